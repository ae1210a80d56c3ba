#include "server/admin_jobs.h"

#include "base/contract.h"
#include "json/json_writer.h"

enum { LIST_BYTES_USUAL = 4096, REPLY_BYTES_USUAL = 512 };

static const struct field json_text = {{"Content-Type", 12}, {"application/json", 16}};

/* ------------------------------------------------------------------ replies */

static void reply(struct http_exchange *x, unsigned status, const struct buf *body)
{
    http_reply(x, status, (struct field_list){&json_text, 1}, buf_slice(body));
}

static void refuse(struct http_exchange *x, unsigned status, struct slice why)
{
    struct buf body;
    struct json_writer w;
    buf_init(&body, http_arena(x), REPLY_BYTES_USUAL);
    json_writer_init(&w, &body);
    json_begin_object(&w);
    json_member_string(&w, "error", why);
    json_end_object(&w);
    buf_append_byte(&body, '\n');
    reply(x, status, &body);
}

static void refuse_error(struct http_exchange *x, const struct error *err)
{
    unsigned status = error_code_http_status(err->code);
    if (err->code == ERR_RESOURCE_NOT_FOUND)
        status = 404;
    else if (err->code == ERR_RESOURCE_IN_USE)
        status = 409;
    else if (err->code == ERR_THROTTLING)
        status = 503;
    refuse(x, status, slice_from_cstr(err->message ? err->message : error_code_name(err->code)));
}

static void write_text(struct json_writer *w, const char *name, struct slice text)
{
    if (slice_is_none(text))
        return;
    json_name(w, slice_from_cstr(name));
    json_string(w, text);
}

static void write_job(struct json_writer *w, const struct job *job)
{
    json_member_i64(w, "id", (int64_t)job->id);
    json_member_string(w, "kind", job->kind);
    json_member_string(w, "state", slice_from_cstr(job_state_name(job->state)));
    json_member_string(w, "table", job->table);
    write_text(w, "index", job->index);
    json_member_i64(w, "done", job->done);
    json_member_i64(w, "total", job->total);
    json_member_i64(w, "written", job->written);
    json_member_i64(w, "items_per_s_max", job->items_per_s_max);
    write_text(w, "error", job->error);
    json_member_i64(w, "created_ms", job->created_ms);
    if (job->ended_ms != 0)
        json_member_i64(w, "ended_ms", job->ended_ms);
}

static void write_status(struct json_writer *w, const struct job_status *status)
{
    json_begin_object(w);
    write_job(w, &status->job);
    json_member_i64(w, "percent", status->percent);
    json_member_i64(w, "items_per_s", status->items_per_s);
    if (status->left_s >= 0)
        json_member_i64(w, "left_s", status->left_s);
    write_text(w, "waits", status->waits);
    json_end_object(w);
}

/* ------------------------------------------------------------------ the list */

static void handle_list(struct http_exchange *x, struct jobs *jobs)
{
    struct arena *arena = http_arena(x);
    struct job_list list;
    struct error err;
    struct buf body;
    struct json_writer w;
    error_init(&err, arena);
    if (!jobs_list(jobs, arena, &list, &err)) {
        refuse_error(x, &err);
        return;
    }
    buf_init(&body, arena, LIST_BYTES_USUAL);
    json_writer_init(&w, &body);
    json_begin_object(&w);
    json_name(&w, SLICE("jobs"));
    json_begin_array(&w);
    for (size_t i = 0; i < list.count; i++)
        write_status(&w, &list.jobs[i]);
    json_end_array(&w);
    json_end_object(&w);
    buf_append_byte(&body, '\n');
    reply(x, 200, &body);
}

/* ------------------------------------------------------------------ orders */

struct order_request {
    struct job_order order; /* first */
    struct http_exchange *x;
};

/* Digits at the front of `text`, which go from it. false: there are none, or they are too large. */
static bool take_number(struct slice *text, int64_t most, int64_t *out)
{
    size_t at = 0;
    *out = 0;
    for (; at < text->size && text->data[at] >= '0' && text->data[at] <= '9'; at++) {
        *out = *out * 10 + (text->data[at] - '0');
        if (*out > most)
            return false;
    }
    *text = slice_after(*text, at);
    return at > 0;
}

/* items_per_s=N, and nothing else. */
static bool read_rate(struct slice query, int64_t *out)
{
    struct slice name = SLICE("items_per_s=");
    if (!slice_starts_with(query, name))
        return false;
    query = slice_after(query, name.size);
    return take_number(&query, JOBS_ITEMS_PER_S_MAX, out) && query.size == 0;
}

static bool read_action(struct slice text, enum job_action *out)
{
    static const struct {
        struct slice name;
        enum job_action action;
    } actions[] = {
        {{"/pause", 6}, JOB_PAUSE},
        {{"/resume", 7}, JOB_RESUME},
        {{"/cancel", 7}, JOB_CANCEL},
        {{"/rate", 5}, JOB_SET_RATE},
    };
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (slice_equal(text, actions[i].name)) {
            *out = actions[i].action;
            return true;
        }
    }
    return false;
}

static void reply_order(struct http_exchange *x, void *arg)
{
    const struct job_order *order = arg;
    struct buf body;
    struct json_writer w;
    if (order->error.code != ERR_NONE) {
        refuse_error(x, &order->error);
        return;
    }
    buf_init(&body, http_arena(x), REPLY_BYTES_USUAL);
    json_writer_init(&w, &body);
    json_begin_object(&w);
    write_job(&w, &order->job);
    json_end_object(&w);
    buf_append_byte(&body, '\n');
    reply(x, 200, &body);
}

static void order_done(struct job_order *order)
{
    http_resume(((struct order_request *)order)->x, reply_order, order);
}

static void handle_order(struct http_exchange *x, struct jobs *jobs)
{
    struct slice path = slice_after(http_path(x), SLICE("/jobs/").size);
    struct order_request *request = ARENA_NEW(http_arena(x), struct order_request);
    struct job_order *order = &request->order;
    int64_t id;
    if (!take_number(&path, INT64_MAX / 16, &id) || !read_action(path, &order->action)) {
        refuse(x, 404, SLICE("there is POST /jobs/ID/pause, /resume, /cancel and /rate"));
        return;
    }
    if (order->action == JOB_SET_RATE && !read_rate(http_query(x), &order->items_per_s)) {
        refuse(x, 400, SLICE("the rate is given as ?items_per_s=N; 0 is as fast as it goes"));
        return;
    }
    request->x = x;
    order->id = (uint64_t)id;
    order->done = order_done;
    http_suspend(x);
    jobs_order(jobs, order, http_arena(x));
}

/* ------------------------------------------------------------------ public */

bool admin_jobs_is_path(struct slice path)
{
    return slice_equal(path, SLICE("/jobs")) || slice_starts_with(path, SLICE("/jobs/"));
}

void admin_jobs_handle(struct http_exchange *x, struct jobs *jobs)
{
    struct slice method = http_method(x);
    bool list = slice_equal(http_path(x), SLICE("/jobs"));
    if (!slice_is_none(field_value(http_headers(x), SLICE("Origin"))))
        refuse(x, 403, SLICE("pages in a browser have no business here"));
    else if (list && slice_equal(method, SLICE("GET")))
        handle_list(x, jobs);
    else if (!list && slice_equal(method, SLICE("POST")))
        handle_order(x, jobs);
    else
        refuse(x, 405, SLICE("there is GET /jobs and POST /jobs/ID/pause, /resume, /cancel and /rate"));
}
