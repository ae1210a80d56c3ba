#include "server/admin_jobs.h"

#include "server/admin.h"

static void write_job(struct json_writer *w, const struct job *job)
{
    json_member_i64(w, "id", (int64_t)job->id);
    json_member_string(w, "kind", job->kind);
    json_member_string(w, "state", slice_from_cstr(job_state_name(job->state)));
    json_member_string(w, "table", job->table);
    admin_write_text(w, "index", job->index);
    json_member_i64(w, "done", job->done);
    json_member_i64(w, "total", job->total);
    json_member_i64(w, "written", job->written);
    json_member_i64(w, "items_per_s_max", job->items_per_s_max);
    admin_write_text(w, "error", job->error);
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
    admin_write_text(w, "waits", status->waits);
    json_end_object(w);
}

/* ------------------------------------------------------------------ the list */

static void handle_list(const struct admin_request *request)
{
    struct arena *arena = http_arena(request->x);
    struct admin_answer answer;
    struct job_list list;
    struct error err;
    error_init(&err, arena);
    if (!jobs_list(request->admin->jobs, arena, &list, &err)) {
        admin_refuse_error(request->x, &err);
        return;
    }
    admin_begin(&answer, request->x);
    json_name(&answer.json, SLICE("jobs"));
    json_begin_array(&answer.json);
    for (size_t i = 0; i < list.count; i++)
        write_status(&answer.json, &list.jobs[i]);
    json_end_array(&answer.json);
    admin_end(&answer, 200);
}

/* ------------------------------------------------------------------ orders */

struct order_request {
    struct job_order order; /* first */
    struct http_exchange *x;
};

/* Digits and nothing else, up to `most`. */
static bool read_number(struct slice text, int64_t most, int64_t *out)
{
    *out = 0;
    for (size_t at = 0; at < text.size; at++) {
        if (text.data[at] < '0' || text.data[at] > '9')
            return false;
        *out = *out * 10 + (text.data[at] - '0');
        if (*out > most)
            return false;
    }
    return text.size > 0;
}

static bool read_rate(const struct http_exchange *x, int64_t *out)
{
    struct slice rate;
    return admin_parameter(x, SLICE("items_per_s"), &rate) && read_number(rate, JOBS_ITEMS_PER_S_MAX, out);
}

static void reply_order(struct http_exchange *x, void *arg)
{
    const struct job_order *order = arg;
    struct admin_answer answer;
    if (order->error.code != ERR_NONE) {
        admin_refuse_error(x, &order->error);
        return;
    }
    admin_begin(&answer, x);
    write_job(&answer.json, &order->job);
    admin_end(&answer, 200);
}

static void order_done(struct job_order *order)
{
    http_resume(((struct order_request *)order)->x, reply_order, order);
}

static void handle_order(const struct admin_request *request)
{
    struct http_exchange *x = request->x;
    struct order_request *waiting = ARENA_NEW(http_arena(x), struct order_request);
    struct job_order *order = &waiting->order;
    int64_t id;
    order->action = (enum job_action)request->order;
    if (!read_number(request->name, INT64_MAX / 16, &id)) {
        admin_refuse(x, 404, SLICE("a job's id is a number"));
        return;
    }
    if (order->action == JOB_SET_RATE && !read_rate(x, &order->items_per_s)) {
        admin_refuse(x, 400, SLICE("the rate is given as ?items_per_s=N; 0 is as fast as it goes"));
        return;
    }
    waiting->x = x;
    order->id = (uint64_t)id;
    order->done = order_done;
    http_suspend(x);
    jobs_order(request->admin->jobs, order, http_arena(x));
}

/* ------------------------------------------------------------------ the table */

static const struct admin_action actions[] = {
    {"GET", false, "", handle_list, 0},
    {"POST", true, "/pause", handle_order, JOB_PAUSE},
    {"POST", true, "/resume", handle_order, JOB_RESUME},
    {"POST", true, "/cancel", handle_order, JOB_CANCEL},
    {"POST", true, "/rate", handle_order, JOB_SET_RATE},
};

const struct admin_resource admin_jobs = {
    .path = "/jobs",
    .actions_text = "there is GET /jobs and POST /jobs/ID/pause, /resume, /cancel and /rate",
    .actions = actions,
    .count = sizeof actions / sizeof actions[0],
};
