#include "base/contract.h"
#include "triggers/delivery_priv.h"

#include <stdio.h>

/* ------------------------------------------------------------------ functions */

/* What the target said: up to which record it took them, and what is wrong with that one; *error_out NULL: nothing. */
static size_t judge(struct lane *lane, const struct answer *answer, bool *named_out, const char **error_out)
{
    const struct batch *b = &lane->batch;
    size_t index = b->begin;
    *named_out = false;
    *error_out = NULL;
    if (lane->call.failed) {
        *error_out = lane->call.error;
    } else if (answer->failed) {
        *error_out = answer->error;
    } else if (answer->count == 0) {
        index = b->cut;
    } else if (!batch_find_lowest(b, answer, &index)) {
        *error_out = "batchItemFailures name a record that was not in the batch";
        index = b->begin;
    } else {
        *error_out = "named in batchItemFailures";
        *named_out = true;
    }
    return index;
}

static struct delivery end_function(struct lane *lane)
{
    struct call *call = &lane->call;
    struct batch *b = &lane->batch;
    struct delivery delivery = {.retries = lane->run->trigger.retries};
    struct answer answer = {0};
    const char *error;
    if (!call->failed)
        answer_read(buf_slice(&call->answer), &call->arena, &answer);
    size_t index = judge(lane, &answer, &delivery.named, &error);
    if (error)
        snprintf(lane->error, sizeof lane->error, "%s", error);
    delivery.complete = !error;
    delivery.taken = index - b->begin;
    batch_taken(b, index);
    return delivery;
}

/* ------------------------------------------------------------------ Kinesis */

static struct slice entry_at(const struct batch *b, size_t i)
{
    return slice_of(b->text.data + b->records[i].at, b->records[i].size);
}

/* Whether an entry before that one, which is going to be sent again, is of the same item. */
static bool follows_failed(const struct batch *b, const bool *taken, size_t i)
{
    struct slice key = kinesis_entry_key(entry_at(b, b->begin + i));
    for (size_t j = 0; j < i; j++)
        if (!taken[j] && slice_equal(kinesis_entry_key(entry_at(b, b->begin + j)), key))
            return true;
    return false;
}

/* *count_out: how many are not going to be sent again. */
static bool *find_taken(const struct batch *b, const struct kinesis_answer *answer, struct arena *arena,
                        size_t *count_out)
{
    size_t called = b->cut - b->begin;
    bool *taken = ARENA_NEW_ARRAY(arena, bool, called);
    bool any_failed = false;
    *count_out = 0;
    for (size_t i = 0; i < called; i++) {
        any_failed = any_failed || answer->failed[i];
        taken[i] = !answer->failed[i] && !(any_failed && follows_failed(b, taken, i));
        *count_out += taken[i];
    }
    return taken;
}

/* What is refused for what it holds is halved until it is alone, and given up only if it is too large. */
static int64_t kinesis_retries(const struct lane *lane)
{
    const struct batch *b = &lane->batch;
    bool refused_it = kinesis_refused_content(lane->call.status, buf_slice(&lane->call.answer));
    bool alone = b->cut - b->begin == 1;
    if (!refused_it || (alone && kinesis_entry_bytes(entry_at(b, b->begin)) <= KINESIS_RECORD_BYTES_MAX))
        return -1;
    return 0;
}

static struct delivery end_kinesis(struct lane *lane)
{
    struct call *call = &lane->call;
    struct batch *b = &lane->batch;
    struct delivery delivery = {.retries = -1};
    struct kinesis_answer answer = {.understood = true};
    size_t called = b->cut - b->begin;
    bool *taken = NULL;
    if (call->failed) {
        snprintf(lane->error, sizeof lane->error, "%s", call->error);
        delivery.retries = kinesis_retries(lane);
    } else {
        kinesis_answer_read(buf_slice(&call->answer), called, &call->arena, &answer);
        if (answer.understood)
            taken = find_taken(b, &answer, &call->arena, &delivery.taken);
        snprintf(lane->error, sizeof lane->error, "%s", answer.error);
        call_make_plain(lane->error);
    }
    delivery.complete = delivery.taken == called;
    if (delivery.complete)
        batch_taken(b, b->cut);
    else if (delivery.taken > 0)
        batch_taken_some(b, taken);
    return delivery;
}

static void prepare_kinesis(struct lane *lane, struct call *call)
{
    const struct run *run = lane->run;
    struct triggers *t = run->triggers;
    call->target = t->options.kinesis->url;
    call->parts[0] = run->body_begin;
    call->parts[2] = KINESIS_BODY_END;
    call->headers = kinesis_headers(t->options.kinesis, run->trigger.target_text, call->parts, CALL_PARTS,
                                    clock_wall_ms(t->engine->clock), &t->filter_scratch);
}

/* ------------------------------------------------------------------ calls */

void delivery_begin(struct lane *lane, void (*done)(struct call *call))
{
    struct run *run = lane->run;
    struct call *call = &lane->call;
    *call = (struct call){
        .kind = run->trigger.target,
        .target = run->target,
        .trigger = run->name,
        .timeout_ms = run->trigger.timeout_ms,
        .done = done,
        .arg = lane,
    };
    batch_body(&lane->batch, call->parts);
    if (lane_is_kinesis(lane))
        prepare_kinesis(lane, call);
    run_note_call(run);
    run->triggers->caller->begin(run->triggers->caller, call);
    arena_reset(&run->triggers->filter_scratch);
}

struct delivery delivery_end(struct lane *lane)
{
    struct delivery delivery = lane_is_kinesis(lane) ? end_kinesis(lane) : end_function(lane);
    lane->counts.delivered += (int64_t)delivery.taken;
    run_note_called(lane->run, delivery.complete ? NULL : lane->error);
    arena_release(&lane->call.arena);
    return delivery;
}

void delivery_give_up(struct lane *lane)
{
    struct caller *caller = lane->run->triggers->caller;
    caller->give_up(caller, &lane->call);
    arena_release(&lane->call.arena);
    run_note_called(lane->run, NULL);
}
