/* admin_resource.h - what an operator sees and steers over the admin endpoint: a path, under it things with names, verbs for them.
 *     /jobs              all of them
 *     /jobs/3            one
 *     /jobs/3/pause      what it is told
 * Use:     a resource is a table of actions. Each reads its request and answers in one of two forms: an object,
 *          admin_begin() ... admin_end(), or {"error":"..."}, admin_refuse().
 * Refused: by admin_resource_handle() itself what is in no row of the table, and requests with an Origin header. They come from
 *          pages in a browser, which may reach this address but have no business here. */
#ifndef STATOR_SERVER_ADMIN_RESOURCE_H
#define STATOR_SERVER_ADMIN_RESOURCE_H

#include "base/error.h"
#include "http/http.h"
#include "json/json_writer.h"

struct admin;

/* ------------------------------------------------------------------ requests */

struct admin_request {
    struct http_exchange *x;
    struct admin *admin;
    struct slice name; /* of the one it is about; SLICE_NONE: all of them */
    int order;         /* of the action's row */
};

struct admin_action {
    const char *method;
    bool of_one;
    const char *verb; /* "/pause"; empty: none */
    void (*handle)(const struct admin_request *request);
    int order; /* for handle() */
};

struct admin_resource {
    const char *path;
    const char *actions_text; /* what a refused client is told of them */
    const struct admin_action *actions;
    size_t count;
};

/* Answers a request for a path of this resource. false: it is for another one. */
bool admin_resource_handle(const struct admin_resource *resource, struct http_exchange *x,
                           struct admin *admin);

/* The value of the query's one parameter. false: the query is something else. */
bool admin_parameter(const struct http_exchange *x, struct slice name, struct slice *value_out);

/* ------------------------------------------------------------------ answers */

struct admin_answer {
    struct http_exchange *x;
    struct buf body;
    struct json_writer json; /* inside an object */
};

void admin_begin(struct admin_answer *answer, struct http_exchange *x);
void admin_end(struct admin_answer *answer, unsigned status);
/* A member that is left out if the text is SLICE_NONE. */
void admin_write_text(struct json_writer *w, const char *name, struct slice text);

void admin_refuse(struct http_exchange *x, unsigned status, struct slice why);
void admin_refuse_error(struct http_exchange *x, const struct error *err);

#endif
