/* reply.h - what every reply carries, whatever it answers: request id, checksum, content type, CORS.
 * Use:     reply_send() once per exchange.
 * Source:  semantics.md 1.1 to 1.3.
 * Threads: the exchange's loop; request ids from any thread. */
#ifndef STATOR_API_REPLY_H
#define STATOR_API_REPLY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "http/http.h"

#include <stdbool.h>

enum { REQUEST_ID_BYTES = 52 };

/* A new id: 52 characters of 0-9 and A-V, unlike any other. */
struct slice reply_request_id(struct arena *arena);

struct reply {
    unsigned status;
    struct slice content_type; /* SLICE_NONE: none */
    struct slice request_id;
    bool cross_origin; /* the request named an Origin */
    struct slice body;
};

void reply_send(struct http_exchange *x, const struct reply *reply);

/* Answers a browser's question whether it may call: OPTIONS with an Origin. */
void reply_preflight(struct http_exchange *x);

/* {"__type":"...","message":"..."} into `out`. `members` are further ones as JSON text without braces, or SLICE_NONE; they
 * stand before the message, as the service has them.
 * A client never sees the text of an error of status 500, which is meant for the operator. */
void reply_write_error(struct buf *out, const struct error *err, struct slice members);

#endif
