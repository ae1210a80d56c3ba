#include "server/admin_triggers.h"

#include "json/json_writer.h"

enum { LIST_BYTES_USUAL = 8192, REPLY_BYTES_USUAL = 1024 };

static const struct field json_text = {{"Content-Type", 12}, {"application/json", 16}};

/* ------------------------------------------------------------------ replies */

static void reply(struct http_exchange *x, unsigned status, struct buf *body)
{
    buf_append_byte(body, '\n');
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

static void write_dead_letters(struct json_writer *w, const struct trigger *trigger)
{
    if (trigger->dead_letters == TRIGGER_DEAD_LOGGED)
        return;
    struct buf text;
    buf_init(&text, w->out->arena, trigger->dead_letters_text.size + 8);
    if (trigger->dead_letters == TRIGGER_DEAD_TO_TABLE)
        buf_append_literal(&text, "table:");
    buf_append(&text, trigger->dead_letters_text);
    json_member_string(w, "on_failure", buf_slice(&text));
}

static void write_trigger(struct json_writer *w, const struct trigger *trigger)
{
    json_member_string(w, "name", trigger->name);
    json_member_string(w, "state", slice_from_cstr(trigger_state_name(trigger->state)));
    write_text(w, "error", trigger->error);
    json_member_string(w, "table", trigger->table);
    json_member_string(w, "stream_label", trigger->label);
    json_member_string(w, "target", trigger->target_text);
    if (!slice_is_none(trigger->filter)) {
        json_name(w, SLICE("filter"));
        json_raw(w, trigger->filter);
    }
    json_member_i64(w, "batch_size", trigger->batch_size);
    json_member_i64(w, "window_ms", trigger->window_ms);
    json_member_i64(w, "parallel", trigger->lanes);
    json_member_i64(w, "retries", trigger->retries);
    json_member_i64(w, "timeout_ms", trigger->timeout_ms);
    write_dead_letters(w, trigger);
    json_member_i64(w, "created_ms", trigger->created_ms);
}

static void write_status(struct json_writer *w, const struct trigger_status *status)
{
    char sequence[STREAM_SEQUENCE_BYTES];
    stream_sequence_write(status->position, sequence);
    json_begin_object(w);
    write_trigger(w, &status->trigger);
    json_member_i64(w, "delivered", status->counts.delivered);
    json_member_i64(w, "passed_over", status->counts.passed_over);
    json_member_i64(w, "dead_letters", status->counts.given_up);
    json_member_i64(w, "trimmed_gaps", status->counts.gaps);
    json_member_string(w, "position", slice_of(sequence, sizeof sequence));
    json_member_i64(w, "lag_records", status->lag_records);
    json_member_bool(w, "lag_has_more", status->lag_has_more);
    json_member_i64(w, "lag_ms", status->lag_ms);
    json_member_i64(w, "calls", status->calls);
    json_member_i64(w, "calls_failed", status->calls_failed);
    json_member_i64(w, "calls_in_flight", status->calls_in_flight);
    if (!slice_is_none(status->last_error)) {
        json_member_string(w, "last_error", status->last_error);
        json_member_i64(w, "last_error_ms", status->last_error_ms);
    }
    write_text(w, "waits", status->waits);
    json_end_object(w);
}

/* ------------------------------------------------------------------ the list */

struct list_request {
    struct work work; /* first */
    struct http_exchange *x;
    struct triggers *triggers;
    struct trigger_list list;
    struct error err;
};

static void reply_list(struct http_exchange *x, void *arg)
{
    const struct list_request *request = arg;
    struct buf body;
    struct json_writer w;
    if (request->err.code != ERR_NONE) {
        refuse_error(x, &request->err);
        return;
    }
    buf_init(&body, http_arena(x), LIST_BYTES_USUAL);
    json_writer_init(&w, &body);
    json_begin_object(&w);
    json_name(&w, SLICE("triggers"));
    json_begin_array(&w);
    for (size_t i = 0; i < request->list.count; i++)
        write_status(&w, &request->list.triggers[i]);
    json_end_array(&w);
    json_end_object(&w);
    reply(x, 200, &body);
}

/* What lags is counted, which takes too long for the loop. */
static void run_list(struct work *work)
{
    struct list_request *request = (struct list_request *)work;
    struct http_exchange *x = request->x;
    (void)triggers_list(request->triggers, TRIGGER_LAG_RECORDS_MAX, http_arena(x), &request->list,
                        &request->err);
    http_resume(x, reply_list, request);
}

static void handle_list(struct http_exchange *x, struct triggers *triggers, struct workers *workers)
{
    struct list_request *request = ARENA_NEW(http_arena(x), struct list_request);
    *request = (struct list_request){.work.run = run_list, .x = x, .triggers = triggers};
    error_init(&request->err, http_arena(x));
    http_suspend(x);
    workers_submit(workers, &request->work);
}

/* ------------------------------------------------------------------ orders */

struct order_request {
    struct trigger_order order; /* first */
    struct http_exchange *x;
};

static void reply_order(struct http_exchange *x, void *arg)
{
    const struct trigger_order *order = arg;
    struct buf body;
    struct json_writer w;
    if (order->error.code != ERR_NONE) {
        refuse_error(x, &order->error);
        return;
    }
    buf_init(&body, http_arena(x), REPLY_BYTES_USUAL);
    json_writer_init(&w, &body);
    json_begin_object(&w);
    write_trigger(&w, &order->trigger);
    json_end_object(&w);
    reply(x, 200, &body);
}

static void order_done(struct trigger_order *order)
{
    http_resume(((struct order_request *)order)->x, reply_order, order);
}

static void give_order(struct http_exchange *x, struct triggers *triggers, struct order_request *request)
{
    request->x = x;
    request->order.done = order_done;
    http_suspend(x);
    triggers_order(triggers, &request->order, http_arena(x));
}

static void handle_create(struct http_exchange *x, struct triggers *triggers)
{
    struct order_request *request = ARENA_NEW(http_arena(x), struct order_request);
    struct error err;
    error_init(&err, http_arena(x));
    request->order.action = TRIGGER_CREATE;
    if (trigger_read_definition(http_body(x), http_arena(x), &request->order.wanted, &request->order.from,
                                &err))
        give_order(x, triggers, request);
    else
        refuse_error(x, &err);
}

/* to=LATEST, to=TRIM_HORIZON or to=SEQUENCE, and nothing else. */
static bool read_reset(struct slice query, struct trigger_order *order)
{
    struct slice name = SLICE("to=");
    if (!slice_starts_with(query, name))
        return false;
    query = slice_after(query, name.size);
    if (slice_equal(query, SLICE("LATEST")))
        order->from = TRIGGER_LATEST;
    else if (slice_equal(query, SLICE("TRIM_HORIZON")))
        order->from = TRIGGER_TRIM_HORIZON;
    else
        order->from = TRIGGER_AT_SEQUENCE;
    return order->from != TRIGGER_AT_SEQUENCE || stream_sequence_parse(query, &order->at);
}

/* NAME/action, or NAME to be deleted. */
static bool read_order(struct http_exchange *x, struct trigger_order *order)
{
    struct slice path = slice_after(http_path(x), SLICE("/triggers/").size);
    const char *slash = memchr(path.data, '/', path.size);
    struct slice action = slash ? slice_after(path, (size_t)(slash - path.data)) : SLICE("");
    order->name = slice_of(path.data, path.size - action.size);
    if (slice_equal(http_method(x), SLICE("DELETE"))) {
        order->action = TRIGGER_DELETE;
        return action.size == 0;
    }
    if (slice_equal(action, SLICE("/pause")))
        order->action = TRIGGER_PAUSE;
    else if (slice_equal(action, SLICE("/resume")))
        order->action = TRIGGER_RESUME;
    else if (slice_equal(action, SLICE("/reset")))
        order->action = TRIGGER_RESET;
    else
        return false;
    return true;
}

static void handle_order(struct http_exchange *x, struct triggers *triggers)
{
    struct order_request *request = ARENA_NEW(http_arena(x), struct order_request);
    struct trigger_order *order = &request->order;
    if (!read_order(x, order))
        refuse(x, 404,
               SLICE("there is POST /triggers/NAME/pause, /resume and /reset, and DELETE /triggers/NAME"));
    else if (order->action == TRIGGER_RESET && !read_reset(http_query(x), order))
        refuse(x, 400, SLICE("where to is given as ?to=LATEST, TRIM_HORIZON or a sequence number"));
    else
        give_order(x, triggers, request);
}

/* ------------------------------------------------------------------ public */

bool admin_triggers_is_path(struct slice path)
{
    return slice_equal(path, SLICE("/triggers")) || slice_starts_with(path, SLICE("/triggers/"));
}

void admin_triggers_handle(struct http_exchange *x, struct triggers *triggers, struct workers *workers)
{
    struct slice method = http_method(x);
    bool all = slice_equal(http_path(x), SLICE("/triggers"));
    bool post = slice_equal(method, SLICE("POST"));
    if (!slice_is_none(field_value(http_headers(x), SLICE("Origin"))))
        refuse(x, 403, SLICE("pages in a browser have no business here"));
    else if (all && slice_equal(method, SLICE("GET")))
        handle_list(x, triggers, workers);
    else if (all && post)
        handle_create(x, triggers);
    else if (!all && (post || slice_equal(method, SLICE("DELETE"))))
        handle_order(x, triggers);
    else
        refuse(x, 405,
               SLICE("there is GET and POST /triggers, POST /triggers/NAME/pause, /resume and /reset, "
                     "and DELETE /triggers/NAME"));
}
