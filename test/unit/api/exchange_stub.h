/* exchange_stub.h - an http layer and an auth layer that tests of api_handle() are linked with in place of the real ones.
 * Use:     a test fills a struct http_exchange with the request, and finds the reply in it. What http_resume() asks for waits
 *          until the test calls run_resumed(), as the loop would.
 * Promise: replying while suspended, and suspending twice, fail the test. */
#ifndef STATOR_TEST_API_EXCHANGE_STUB_H
#define STATOR_TEST_API_EXCHANGE_STUB_H

#include "auth/auth.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "http/http.h"
#include "support/cmocka.h"

#include <pthread.h>

/* ------------------------------------------------------------------ http */

struct http_exchange {
    struct arena arena;
    struct slice method;
    struct slice path;
    struct field fields[8];
    size_t field_count;
    struct slice body;
    bool broken_body;

    bool suspended;
    http_handler *go_on;
    void *go_on_arg;

    unsigned replies;
    unsigned status;
    struct field_list reply_fields;
    struct slice reply_body;
};

struct slice http_method(const struct http_exchange *x)
{
    return x->method;
}

struct slice http_path(const struct http_exchange *x)
{
    return x->path;
}

struct slice http_query(const struct http_exchange *x)
{
    (void)x;
    return SLICE("");
}

struct field_list http_headers(const struct http_exchange *x)
{
    return (struct field_list){x->fields, x->field_count};
}

struct slice http_body_raw(const struct http_exchange *x)
{
    return x->body;
}

struct slice http_body(const struct http_exchange *x)
{
    return x->broken_body ? SLICE("") : x->body;
}

bool http_body_intact(const struct http_exchange *x)
{
    return !x->broken_body;
}

struct arena *http_arena(struct http_exchange *x)
{
    return &x->arena;
}

unsigned http_loop(const struct http_exchange *x)
{
    (void)x;
    return 3;
}

int64_t http_received_ns(const struct http_exchange *x)
{
    (void)x;
    return clock_monotonic_ns(clock_system());
}

void http_reply(struct http_exchange *x, unsigned status, struct field_list fields, struct slice body)
{
    assert_false(x->suspended);
    x->replies++;
    x->status = status;
    x->reply_fields = fields;
    x->reply_body = body;
}

void http_suspend(struct http_exchange *x)
{
    assert_false(x->suspended);
    x->suspended = true;
}

static pthread_mutex_t resume_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t resumed = PTHREAD_COND_INITIALIZER;

void http_resume(struct http_exchange *x, http_handler *go_on, void *arg)
{
    pthread_mutex_lock(&resume_lock);
    x->go_on = go_on;
    x->go_on_arg = arg;
    pthread_cond_signal(&resumed);
    pthread_mutex_unlock(&resume_lock);
}

/* What the loop does once http_resume() has been called. */
static inline void run_resumed(struct http_exchange *x)
{
    pthread_mutex_lock(&resume_lock);
    while (!x->go_on)
        pthread_cond_wait(&resumed, &resume_lock);
    http_handler *go_on = x->go_on;
    x->go_on = NULL;
    pthread_mutex_unlock(&resume_lock);
    x->suspended = false;
    go_on(x, x->go_on_arg);
}

/* ------------------------------------------------------------------ auth */

/* A request with "Authorization: bad" is refused. */
bool auth_verify(struct auth *auth, const struct auth_request *request, int64_t now_ms, struct arena *arena,
                 struct auth_identity *identity_out, struct error *err)
{
    (void)auth;
    (void)now_ms;
    (void)arena;
    if (slice_equal(field_value(request->headers, SLICE("Authorization")), SLICE("bad")))
        return error_set(err, ERR_MISSING_AUTHENTICATION_TOKEN, "Request is missing Authentication Token");
    *identity_out = (struct auth_identity){SLICE("key"), SLICE("region")};
    return true;
}

#endif
