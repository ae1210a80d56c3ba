/* admin_client.h - one request to a server's admin endpoint: plain HTTP, one connection, the whole reply in memory.
 * Bounds: ADMIN_REPLY_BYTES_MAX; ADMIN_WAIT_S for the server to answer.
 * Errors: ERR_CONFIG for an address that makes no sense, ERR_UNAVAILABLE for a server that does not answer. */
#ifndef STATOR_CLI_ADMIN_CLIENT_H
#define STATOR_CLI_ADMIN_CLIENT_H

#include "base/error.h"

enum { ADMIN_REPLY_BYTES_MAX = 16 << 20, ADMIN_WAIT_S = 30 };

struct admin_reply {
    unsigned status;
    struct slice body;
};

/* `address` is host:port, `body` JSON or empty. The reply lives in `arena`. */
[[nodiscard]] bool admin_send(const char *address, const char *method, const char *path, struct slice body,
                              struct arena *arena, struct admin_reply *out, struct error *err);

#endif
