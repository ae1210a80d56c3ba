#include "server/admin_triggers.h"

#include "server/admin.h"

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
    admin_write_text(w, "error", trigger->error);
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
    admin_write_text(w, "waits", status->waits);
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
    struct admin_answer answer;
    if (request->err.code != ERR_NONE) {
        admin_refuse_error(x, &request->err);
        return;
    }
    admin_begin(&answer, x);
    json_name(&answer.json, SLICE("triggers"));
    json_begin_array(&answer.json);
    for (size_t i = 0; i < request->list.count; i++)
        write_status(&answer.json, &request->list.triggers[i]);
    json_end_array(&answer.json);
    admin_end(&answer, 200);
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

static void handle_list(const struct admin_request *request)
{
    struct http_exchange *x = request->x;
    struct list_request *waiting = ARENA_NEW(http_arena(x), struct list_request);
    *waiting = (struct list_request){.work.run = run_list, .x = x, .triggers = request->admin->triggers};
    error_init(&waiting->err, http_arena(x));
    http_suspend(x);
    workers_submit(request->admin->workers, &waiting->work);
}

/* ------------------------------------------------------------------ orders */

struct order_request {
    struct trigger_order order; /* first */
    struct http_exchange *x;
};

static void reply_order(struct http_exchange *x, void *arg)
{
    const struct trigger_order *order = arg;
    struct admin_answer answer;
    if (order->error.code != ERR_NONE) {
        admin_refuse_error(x, &order->error);
        return;
    }
    admin_begin(&answer, x);
    write_trigger(&answer.json, &order->trigger);
    admin_end(&answer, 200);
}

static void order_done(struct trigger_order *order)
{
    http_resume(((struct order_request *)order)->x, reply_order, order);
}

/* What the order says beside its action and name. Sets err. */
static bool read_creation(struct http_exchange *x, struct trigger_order *order, struct error *err)
{
    return trigger_read_definition(http_body(x), http_arena(x), &order->wanted, &order->from, err);
}

/* to=LATEST, to=TRIM_HORIZON or to=SEQUENCE. */
static bool read_reset(const struct http_exchange *x, struct trigger_order *order, struct error *err)
{
    struct slice to = SLICE("");
    bool given = admin_parameter(x, SLICE("to"), &to);
    order->from = slice_equal(to, SLICE("LATEST"))         ? TRIGGER_LATEST
                  : slice_equal(to, SLICE("TRIM_HORIZON")) ? TRIGGER_TRIM_HORIZON
                                                           : TRIGGER_AT_SEQUENCE;
    return (given && (order->from != TRIGGER_AT_SEQUENCE || stream_sequence_parse(to, &order->at))) ||
           error_set(err, ERR_VALIDATION,
                     "where to is given as ?to=LATEST, TRIM_HORIZON or a sequence number");
}

static void handle_order(const struct admin_request *request)
{
    struct http_exchange *x = request->x;
    struct order_request *waiting = ARENA_NEW(http_arena(x), struct order_request);
    struct trigger_order *order = &waiting->order;
    struct error err;
    error_init(&err, http_arena(x));
    order->action = (enum trigger_action)request->order;
    order->name = request->name;
    if ((order->action == TRIGGER_CREATE && !read_creation(x, order, &err)) ||
        (order->action == TRIGGER_RESET && !read_reset(x, order, &err))) {
        admin_refuse_error(x, &err);
        return;
    }
    waiting->x = x;
    order->done = order_done;
    http_suspend(x);
    triggers_order(request->admin->triggers, order, http_arena(x));
}

/* ------------------------------------------------------------------ the table */

static const struct admin_action actions[] = {
    {"GET", false, "", handle_list, 0},
    {"POST", false, "", handle_order, TRIGGER_CREATE},
    {"POST", true, "/pause", handle_order, TRIGGER_PAUSE},
    {"POST", true, "/resume", handle_order, TRIGGER_RESUME},
    {"POST", true, "/reset", handle_order, TRIGGER_RESET},
    {"DELETE", true, "", handle_order, TRIGGER_DELETE},
};

const struct admin_resource admin_triggers = {
    .path = "/triggers",
    .actions_text = "there is GET and POST /triggers, POST /triggers/NAME/pause, /resume and /reset, "
                    "and DELETE /triggers/NAME",
    .actions = actions,
    .count = sizeof actions / sizeof actions[0],
};
