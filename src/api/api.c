#include "api/api.h"

#include "api/reply.h"
#include "base/contract.h"
#include "base/field.h"
#include "base/log.h"
#include "json/json_reader.h"

enum { REPLY_BYTES = 2048, ARENA_CHUNK_BYTES = 1024 };

/* ------------------------------------------------------------------ set-up */

void api_init(struct api *api, const struct api_options *options)
{
    *api = (struct api){.options = *options};
    arena_init(&api->arena, ARENA_CHUNK_BYTES);
    api->health = slice_from_cstr(
        arena_printf(&api->arena, "healthy: dynamodb.%.*s.amazonaws.com ", SLICE_PRINTF(options->region)));
    for (unsigned id = OPERATION_NONE; id < OPERATION_COUNT; id++) {
        const struct api_operation *operation = options->operations[id];
        if (!operation)
            continue;
        INVARIANT(operation_info(id)->built && operation->id == id && operation->handle != NULL);
        INVARIANT(operation->input->kind == SHAPE_STRUCTURE);
        shape_assert(operation->input);
    }
}

void api_release(struct api *api)
{
    arena_release(&api->arena);
}

/* ------------------------------------------------------------------ the end of a request */

static void send(struct api_request *q, unsigned status)
{
    struct reply reply = {.status = status,
                          .content_type = q->content_type,
                          .request_id = q->request_id,
                          .cross_origin = q->cross_origin,
                          .body = buf_slice(&q->reply)};
    const struct api_options *options = &q->api->options;
    unsigned loop = http_loop(q->exchange);
    enum operation_id id = q->info->id;
    enum error_code code = q->error.code;
    int64_t received_ns = http_received_ns(q->exchange);
    reply_send(q->exchange, &reply);
    /* The request may be gone now. */
    if (options->observe)
        options->observe(options->observe_arg, loop, id, code,
                         clock_monotonic_ns(clock_system()) - received_ns);
}

/* Failures of ours are the operator's business; refusals are not, unless they are looked for. Before the operation is
 * known nothing of ours can fail: what is called 500 there is a broken body, and any client can send those. */
static void log_failure(struct api_request *q, unsigned status)
{
    if (status >= 500 && q->info->id != OPERATION_NONE) {
        error_add_detail(&q->error, "%.*s, request %.*s", SLICE_PRINTF(q->info->name),
                         SLICE_PRINTF(q->request_id));
        log_error(LOG_ERROR, "request failed", &q->error);
        return;
    }
    log_event(LOG_DEBUG, "request refused", LOG_SLICE("operation", q->info->name),
              LOG_SLICE("request_id", q->request_id), LOG_TEXT("code", error_code_name(q->error.code)),
              LOG_TEXT("reason", q->error.message));
}

static void send_error(struct api_request *q)
{
    unsigned status = error_code_http_status(q->error.code);
    INVARIANT(q->error.code != ERR_NONE);
    log_failure(q, status);
    q->reply.size = 0; /* whatever the step had written before it failed */
    reply_write_error(&q->reply, &q->error, q->error_members);
    send(q, status);
}

static void send_outcome(struct api_request *q, bool ok)
{
    if (!ok)
        send_error(q);
    else
        send(q, 200);
}

/* ------------------------------------------------------------------ steps */

static void run_step(struct api_request *q, api_step *step)
{
    bool ok = step(q, &q->error);
    INVARIANT(ok || !q->suspended);
    if (!q->suspended)
        send_outcome(q, ok);
}

void api_suspend(struct api_request *q)
{
    PRE(!q->suspended);
    q->suspended = true;
    http_suspend(q->exchange);
}

static void go_on(struct http_exchange *x, void *arg)
{
    struct api_request *q = arg;
    (void)x;
    q->suspended = false;
    run_step(q, q->next_step);
}

void api_resume(struct api_request *q, api_step *step)
{
    q->next_step = step;
    http_resume(q->exchange, go_on, q);
}

static void send_offloaded(struct http_exchange *x, void *arg)
{
    struct api_request *q = arg;
    (void)x;
    q->suspended = false;
    send_outcome(q, !q->step_failed);
}

static void run_offloaded(struct work *work)
{
    struct api_request *q = (struct api_request *)((char *)work - offsetof(struct api_request, work));
    q->step_failed = !q->next_step(q, &q->error);
    http_resume(q->exchange, send_offloaded, q);
}

bool api_offload(struct api_request *q, struct workers *workers, api_step *step)
{
    api_suspend(q);
    q->next_step = step;
    q->work = (struct work){.run = run_offloaded};
    workers_submit(workers, &q->work);
    return true;
}

/* ------------------------------------------------------------------ errors of handlers */

bool api_content_error(const struct api_request *q, struct error *err)
{
    if (q->info->content_errors_prefixed && err->code == ERR_VALIDATION && err->message)
        err->message = arena_printf(q->arena, "1 validation error detected: %s", err->message);
    return false;
}

bool api_check_issue(const struct api_request *q, const struct error *issue, struct error *err)
{
    if (issue->code == ERR_NONE)
        return true;
    *err = *issue;
    return api_content_error(q, err);
}

/* ------------------------------------------------------------------ from the wire to the handler */

static bool find_operation(struct api_request *q, struct error *err)
{
    struct slice target = field_value(http_headers(q->exchange), SLICE("X-Amz-Target"));
    enum operation_id id = slice_is_none(target) ? OPERATION_NONE : operation_find(target);
    q->info = operation_info(id);
    q->operation = q->api->options.operations[id];
    return q->operation || error_set(err, ERR_UNKNOWN_OPERATION, NULL);
}

static bool authenticate(struct api_request *q, struct error *err)
{
    const struct auth_request signed_request = {.method = http_method(q->exchange),
                                                .path = http_path(q->exchange),
                                                .query = http_query(q->exchange),
                                                .headers = http_headers(q->exchange),
                                                .body = http_body_raw(q->exchange)};
    return auth_verify(q->api->options.auth, &signed_request, q->now_ms, q->arena, &q->identity, err);
}

/* A body that is not JSON is told before an unknown target or a bad signature. The body of a good request is read once
 * only: by the decoder, which finds that out itself. */
static bool identify(struct api_request *q, struct error *err)
{
    if (find_operation(q, err) && authenticate(q, err))
        return true;
    if (!json_valid(http_body(q->exchange), JSON_DEPTH_MAX))
        error_set(err, ERR_SERIALIZATION, NULL);
    return false;
}

static bool check_body(struct api_request *q, struct error *err)
{
    if (!http_body_intact(q->exchange))
        return error_set(err, ERR_INTERNAL, "the body could not be decompressed");
    return http_body(q->exchange).size > 0 || error_set(err, ERR_SERIALIZATION, NULL);
}

static bool decode(struct api_request *q, struct error *err)
{
    const struct shape *shape = q->operation->input;
    enum shape_wording wording = q->info->range_errors_named ? SHAPE_NAMES_MEMBER : SHAPE_ECHOES_VALUE;
    void *input;
    if (!shape_decode(shape, wording, http_body(q->exchange), q->arena, &input, err))
        return false;
    q->input = input;
    return shape_check(shape, input, wording, err);
}

static bool handle(struct api_request *q, struct error *err)
{
    return check_body(q, err) && identify(q, err) && decode(q, err) && q->operation->handle(q, err);
}

static struct api_request *request_new(struct http_exchange *x, const struct api *api,
                                       struct slice content_type)
{
    struct arena *arena = http_arena(x);
    struct api_request *q = ARENA_NEW(arena, struct api_request);
    q->exchange = x;
    q->api = api;
    q->arena = arena;
    q->info = operation_info(OPERATION_NONE);
    q->now_ms = clock_wall_ms(api->options.clock);
    q->content_type = content_type;
    q->request_id = reply_request_id(arena);
    q->cross_origin = field_find(http_headers(x), SLICE("Origin")) != NULL;
    buf_init(&q->reply, arena, REPLY_BYTES);
    json_writer_init(&q->json, &q->reply);
    error_init(&q->error, arena);
    return q;
}

/* The type the reply has too; SLICE_NONE if it is none of ours. Parameters are ignored. */
static struct slice accepted_content_type(struct slice given)
{
    static const struct slice accepted[] = {{"application/x-amz-json-1.0", 26}, {"application/json", 16}};
    const char *semicolon = given.size ? memchr(given.data, ';', given.size) : NULL;
    size_t size = semicolon ? (size_t)(semicolon - given.data) : given.size;
    while (size > 0 && (given.data[size - 1] == ' ' || given.data[size - 1] == '\t'))
        size--;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        if (size == accepted[i].size && strncasecmp(given.data, accepted[i].data, size) == 0)
            return accepted[i];
    }
    return SLICE_NONE;
}

static void send_plain(struct http_exchange *x, unsigned status, struct slice content_type, struct slice body)
{
    struct reply reply = {.status = status,
                          .content_type = content_type,
                          .request_id = reply_request_id(http_arena(x)),
                          .cross_origin = field_find(http_headers(x), SLICE("Origin")) != NULL,
                          .body = body};
    reply_send(x, &reply);
}

/* What is no call of an operation: a health check, a browser's preflight, or nothing we know. */
static void handle_other(struct http_exchange *x, const struct api *api)
{
    struct slice method = http_method(x);
    if (slice_equal(method, SLICE("GET")) && slice_equal(http_path(x), SLICE("/")))
        send_plain(x, 200, SLICE("text/plain"), api->health);
    else if (slice_equal(method, SLICE("OPTIONS")) && field_find(http_headers(x), SLICE("Origin")))
        reply_preflight(x);
    else
        send_plain(x, 404, SLICE_NONE, SLICE("<UnknownOperationException/>\n"));
}

void api_handle(struct http_exchange *x, void *arg)
{
    const struct api *api = arg;
    struct slice content_type = SLICE_NONE;
    if (slice_equal(http_method(x), SLICE("POST")))
        content_type = accepted_content_type(field_value(http_headers(x), SLICE("Content-Type")));
    if (slice_is_none(content_type)) {
        handle_other(x, api);
        return;
    }
    run_step(request_new(x, api, content_type), handle);
}
