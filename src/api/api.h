/* api.h - a request's way from HTTP to an operation and back.
 * Use:     server/ calls api_init() and gives api_handle() to the http server. An operation is one file with an
 *          input struct, its shape and a handler, named in operations.h.
 * Order:   method and content type, body, target, signature, member types, constraints, then the handler: the
 *          order of semantics.md 1.4. JSON syntax comes before the target there; so when one of the later steps
 *          fails the body is looked at first, and the usual request is read once only.
 * Handler: a step. It validates q->input, does its work, writes the reply through q->json and returns true; or
 *          sets *err and returns false. It runs on an event loop and must not wait. Work that ends elsewhere goes
 *          on in further steps:
 *            write:     api_suspend(q), start the write; its done() calls api_resume(q, step) from any thread;
 *                       `step` runs on the loop again and answers.
 *            long read: return api_offload(q, workers, step); `step` runs on a worker, and what came of it is
 *                       sent from the loop.
 *          A step may suspend again.
 * Owns:    a request lives in its exchange's arena. Whatever the operation needs longer than one step it keeps
 *          there (q->state).
 * Errors:  go to the client as semantics.md 1.3 has it. 500 and 503 are logged with request id, operation and
 *          detail.
 * Threads: one at a time per request; see http.h. struct api is constant after api_init().
 * See:     README.md in this folder. */
#ifndef STATOR_API_API_H
#define STATOR_API_API_H

#include "api/operations.h"
#include "api/shape.h"
#include "auth/auth.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/workers.h"
#include "http/http.h"
#include "json/json_writer.h"

#include <stdbool.h>
#include <stdint.h>

struct catalog;
struct engine;
struct jobs;
struct api;
struct api_request;

/* One step of answering a request. true: the reply is written, or the request was suspended. */
typedef bool api_step(struct api_request *q, struct error *err);

/* ------------------------------------------------------------------ operations */

/* What an operation's file defines. */
struct api_operation {
    enum operation_id id;
    const struct shape *input; /* SHAPE_STRUCTURE; its struct is q->input */
    api_step *handle;
};

/* One per operation that is BUILT. */
#define X(id, c_name, wire_name, service, kind, state, content, ranges, action) \
    extern const struct api_operation c_name##_operation;
OPERATIONS(X)
#undef X

/* By id; NULL for those that are not built. */
extern const struct api_operation *const api_operations[OPERATION_COUNT];

/* ------------------------------------------------------------------ set-up */

struct api_options {
    struct auth *auth;
    const struct clock *clock;
    struct slice region;
    struct slice account_id;
    struct engine *engine;
    struct catalog *catalog;
    struct jobs *jobs;
    bool kinesis; /* changes of tables can be delivered to Kinesis data streams */
    /* Called once per request on its loop, after the reply was given to http; for metrics. May be NULL.
     * Operation and code are OPERATION_NONE and ERR_NONE where there is none. Requests that are no call at
     * all (health, CORS preflight, what is answered 404) are not shown. */
    void (*observe)(void *arg, unsigned loop, enum operation_id op, enum error_code code, int64_t latency_ns);
    void *observe_arg;
    /* api_operations, save in tests. */
    const struct api_operation *const *operations;
};

struct api {
    struct api_options options;
    struct slice health; /* what GET / answers */
    struct arena arena;  /* of texts made at start */
};

/* Borrows everything in `options`. Checks all tables (shape_assert). */
void api_init(struct api *api, const struct api_options *options);
void api_release(struct api *api);

/* The http_handler; `api` is the struct api. */
void api_handle(struct http_exchange *x, void *api);

/* ------------------------------------------------------------------ one request */

struct api_request {
    struct http_exchange *exchange;
    const struct api *api;
    struct arena *arena; /* the exchange's */
    const struct api_operation *operation;
    const struct operation *info; /* name, kind, ...; never NULL */
    struct auth_identity identity;
    int64_t now_ms;    /* wall clock, read once */
    const void *input; /* the decoded struct of operation->input */
    void *state;       /* the operation's own, across its steps */

    struct buf reply;
    struct json_writer json; /* writes to `reply`; a reply of nothing is sent as an empty body */

    struct error error;         /* the `err` every step gets */
    struct slice error_members; /* further members of the error body, `"Item":{...}`; SLICE_NONE: none */

    /* Private. */
    struct slice request_id;
    struct slice content_type;
    bool cross_origin;
    bool suspended;
    bool step_failed; /* what an offloaded step returned */
    api_step *next_step;
    struct work work;
};

/* ------------------------------------------------------------------ steps elsewhere */

/* The reply will come later: the framework sends nothing when this step returns true. On the loop only. */
void api_suspend(struct api_request *q);
/* Runs `step` on the request's loop. From any thread, once per api_suspend(); the caller must not touch the
 * request afterwards. */
void api_resume(struct api_request *q, api_step *step);
/* Suspends, runs `step` on a worker and sends what came of it. The step must not suspend. Always true. */
bool api_offload(struct api_request *q, struct workers *workers, api_step *step);

/* ------------------------------------------------------------------ errors of handlers */

/* For what is wrong with the content of the request, before any table is looked at: puts DynamoDB's newer
 * prefix before the text of an ERR_VALIDATION if this operation has it (operations.h). Always false. */
bool api_content_error(const struct api_request *q, struct error *err);

/* Reports the issue a value, item or key was decoded with, as content error. true if there is none. */
[[nodiscard]] bool api_check_issue(const struct api_request *q, const struct error *issue, struct error *err);

#endif
