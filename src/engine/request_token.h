/* request_token.h - client request tokens: a transaction that is sent twice is done once.
 * Use:     item_write.c claims a commit's token before anything else; what it stages goes with the commit, so that a token is
 *          remembered exactly if its request took effect.
 * Kept:    for REQUEST_TOKEN_MS at least after the commit, on disk. Tokens live in spaces of their own, a younger and an older: when
 *          the younger has reached that age, the commit that notices drops the older and makes a new one. So nothing needs
 *          sweeping, and a commit looks in two places.
 * Errors:  ERR_IDEMPOTENT_PARAMETER_MISMATCH: the token was used for another request.
 * Source:  semantics.md 11.3. Format: docs/format.md#tokens. */
#ifndef STATOR_ENGINE_REQUEST_TOKEN_H
#define STATOR_ENGINE_REQUEST_TOKEN_H

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "storage/storage.h"

#include <stdbool.h>

enum { REQUEST_TOKEN_MS = 10 * 60 * 1000, REQUEST_FINGERPRINT_BYTES = 16 };

struct request_token {
    struct slice scope; /* whose it is: the account's number */
    struct slice text;  /* 1..36 characters */
    unsigned char fingerprint
        [REQUEST_FINGERPRINT_BYTES]; /* of everything the request asks for; equal requests have equal ones */
};

/* Inside a transaction. *repeated_out: the token was claimed by an equal request before, nothing was staged. */
[[nodiscard]] bool request_token_claim(struct storage_tx *tx, const struct request_token *token,
                                       struct arena *arena, bool *repeated_out, struct error *err);

#endif
