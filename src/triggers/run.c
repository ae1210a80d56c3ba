/* A trigger that runs: its lanes, the stream they read, what they hold in memory together, and its end. */
#include "base/contract.h"
#include "base/log.h"
#include "triggers/lane_priv.h"

#include <stdio.h>
#include <stdlib.h>

enum { CHUNK_BYTES = 4096, WATCH_MS = 60 * 1000, AGAIN_MS = 1000 };

/* ------------------------------------------------------------------ notes */

void run_note_call(struct run *run)
{
    pthread_mutex_lock(&run->triggers->mutex);
    run->note->calls++;
    run->note->calls_in_flight++;
    pthread_mutex_unlock(&run->triggers->mutex);
}

void run_note_called(struct run *run, const char *error)
{
    struct note *note = run->note;
    int64_t now_ms = clock_wall_ms(run->triggers->engine->clock);
    pthread_mutex_lock(&run->triggers->mutex);
    note->calls_in_flight--;
    if (error) {
        note->calls_failed++;
        note->last_error_ms = now_ms;
        snprintf(note->last_error, sizeof note->last_error, "%s", error);
    }
    pthread_mutex_unlock(&run->triggers->mutex);
}

void run_note_waits(struct run *run, const char *why)
{
    pthread_mutex_lock(&run->triggers->mutex);
    snprintf(run->note->waits, sizeof run->note->waits, "%s", why ? why : "");
    pthread_mutex_unlock(&run->triggers->mutex);
}

/* ------------------------------------------------------------------ what is held in memory */

bool run_hold(struct run *run, struct lane *lane)
{
    if (lane->holds)
        return true;
    bool fits = run->held < run->share && run->held_bytes + run->batch_bytes_max <= run->share_bytes;
    if (run->held > 0 && !fits) {
        run->waiting++;
        return false;
    }
    lane->holds = true;
    lane->held_bytes = run->batch_bytes_max;
    run->held++;
    run->held_bytes += lane->held_bytes;
    return true;
}

void run_hold_bytes(struct run *run, struct lane *lane, size_t bytes)
{
    PRE(lane->holds);
    run->held_bytes += bytes - lane->held_bytes;
    lane->held_bytes = bytes;
}

void run_let_go(struct run *run, struct lane *lane)
{
    if (!lane->holds)
        return;
    lane->holds = false;
    run->held--;
    run->held_bytes -= lane->held_bytes;
    if (run->waiting == 0)
        return;
    run->waiting = 0;
    for (size_t i = 0; i < run->lane_count; i++) {
        struct lane *other = &run->lanes[i];
        if (other->waits == LANE_WAITS_SHARE) {
            other->waits = LANE_WAITS_TURN;
            triggers_ready(other);
        }
    }
}

/* ------------------------------------------------------------------ news */

struct watch {
    struct stream_watch watch; /* first */
    struct trigger_mail mail;
};

static void watched(struct stream_watch *watch)
{
    struct watch *w = (struct watch *)watch;
    if (!triggers_post(w->mail.triggers, &w->mail))
        free(w);
}

static void wake_lanes(struct run *run)
{
    for (size_t i = 0; i < run->lane_count; i++)
        lane_wake(&run->lanes[i]);
}

static void take_news(struct trigger_mail *mail)
{
    struct watch *w = (struct watch *)((char *)mail - offsetof(struct watch, mail));
    for (struct run *run = mail->triggers->runs; run; run = run->next) {
        if (run->watch != w)
            continue;
        run->watch = NULL;
        if (!run->retired)
            wake_lanes(run);
    }
    free(w);
}

/* An older watch of the same space tells of everything that a younger one would. */
void run_watch(struct run *run, uint32_t space, uint64_t commit)
{
    struct triggers *t = run->triggers;
    if (run->watch && run->watch->watch.space == space)
        return;
    if (stream_watches_stopped(t->engine->stream_watches))
        return;
    struct watch *w = calloc(1, sizeof *w);
    INVARIANT(w != NULL);
    w->watch = (struct stream_watch){
        .space = space,
        .commit = commit,
        .deadline_ns = triggers_now_ns(t) + WATCH_MS * NS_PER_MS,
        .done = watched,
    };
    w->mail = (struct trigger_mail){.take = take_news, .triggers = t};
    run->watch = w;
    stream_watch_add(t->engine->stream_watches, &w->watch);
}

/* ------------------------------------------------------------------ changes of the trigger */

static bool change_trigger(struct run_write *w, struct storage_tx *tx, struct trigger *trigger,
                           struct arena *arena, struct error *err)
{
    const struct table *table;
    switch (w->what) {
    case RUN_FAILS:
        trigger->state = TRIGGER_FAILED;
        trigger->error = w->text;
        return true;
    case RUN_IS_DRAINED:
        trigger->drained = true;
        return true;
    case RUN_IS_OVER:
        return true;
    case RUN_ENDS:
        if (!catalog_tx_table(tx, trigger->table, trigger->table_id, arena, &table, err))
            return false;
        w->superseded = table != NULL;
        trigger->state = TRIGGER_ENDED;
        trigger->error = SLICE("the table was deleted");
        return true;
    case RUN_MOVES:
        trigger->label = w->text;
        trigger->start = (struct stream_position){0, 0};
        trigger->drained = false;
        return trigger_tx_new_epoch(tx, trigger, arena, &trigger->counts, err);
    }
    UNREACHABLE();
}

static bool run_change(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct run_write *w = (struct run_write *)write;
    const struct run *run = w->run;
    struct trigger trigger;
    bool found;
    w->superseded = false;
    if (!trigger_tx_get(tx, run->trigger.name, write->arena, &trigger, &found, err))
        return false;
    w->superseded = !found || trigger.id != run->trigger.id || trigger.epoch != run->trigger.epoch ||
                    trigger.state != TRIGGER_RUNNING;
    if (w->superseded)
        return true;
    trigger.counts.gaps += run->lost;
    if (w->what == RUN_IS_OVER)
        return trigger_tx_delete(tx, &trigger, write->arena, err);
    if (!change_trigger(w, tx, &trigger, write->arena, err))
        return false;
    return w->superseded || trigger_tx_put(tx, &trigger, write->arena, err);
}

static void change_done(struct storage_write *write)
{
    struct run *run = ((struct run_write *)write)->run;
    bool posted = triggers_post(run->triggers, &run->mail);
    INVARIANT(posted);
}

static void take_change(struct trigger_mail *mail)
{
    struct run *run = (struct run *)((char *)mail - offsetof(struct run, mail));
    bool failed = run->write.storage.error.code != ERR_NONE;
    bool undone = failed || run->write.superseded;
    run->writes = false;
    if (failed)
        log_error(LOG_WARNING, "a trigger has to wait", &run->write.storage.error);
    else if (!undone && run->write.what == RUN_IS_DRAINED)
        run->trigger.drained = true;
    else if (!undone && run->write.what == RUN_ENDS)
        log_event(LOG_WARNING, "a trigger has ended: its table was deleted",
                  LOG_SLICE("trigger", run->trigger.name), LOG_SLICE("table", run->trigger.table));
    else if (!undone && run->write.what == RUN_IS_OVER)
        log_event(LOG_INFO, "a disabled Kinesis destination has got everything",
                  LOG_SLICE("table", run->trigger.table), LOG_SLICE("stream", run->trigger.target_text));
    run->lost = run->lost && undone;
    arena_reset(&run->write_arena);
    triggers_plan(run->triggers, undone ? AGAIN_MS : 0);
}

static void change(struct run *run, int what, struct slice text)
{
    struct run_write *w = &run->write;
    if (run->writes)
        return;
    run->writes = true;
    *w = (struct run_write){.run = run};
    w->what = what;
    w->text = slice_is_none(text) ? text : arena_copy(&run->write_arena, text);
    w->storage = (struct storage_write){.run = run_change, .done = change_done, .arena = &run->write_arena};
    run->mail.take = take_change;
    storage_write(run->triggers->engine->storage, &w->storage);
}

void run_fail(struct run *run, const struct error *why)
{
    const char *text = why->message ? why->message : error_code_name(why->code);
    char full[CALL_ERROR_BYTES];
    snprintf(full, sizeof full, "%s%s%s", text, why->detail ? ": " : "", why->detail ? why->detail : "");
    log_error(LOG_ERROR, "a trigger has failed", why);
    change(run, RUN_FAILS, slice_from_cstr(full));
}

/* ------------------------------------------------------------------ its end */

struct next_stream {
    struct slice table_id;
    struct slice label; /* SLICE_NONE: there is none */
};

static bool take_stream(void *arg, const struct stream *stream)
{
    struct next_stream *next = arg;
    if (!slice_equal(stream->table_id, next->table_id) || stream->kind != STREAM_SHOWN)
        return true;
    next->label = stream->label;
    return false;
}

static bool table_is_there(const struct run *run)
{
    const struct catalog_snapshot *snapshot = catalog_take(run->triggers->catalog);
    const struct table *table = catalog_find(snapshot, run->trigger.table);
    bool there = table && slice_equal(table->id, run->trigger.table_id);
    catalog_give(snapshot);
    return there;
}

static void follow(struct run *run, struct storage_view *view)
{
    struct triggers *t = run->triggers;
    const struct stream_name after = {run->trigger.table, run->trigger.label};
    struct next_stream next = {run->trigger.table_id, SLICE_NONE};
    struct error err;
    error_init(&err, &run->write_arena);
    if (!stream_each(view, run->trigger.table, &after, &run->write_arena, take_stream, &next, &err)) {
        log_error(LOG_ERROR, "the streams of a table cannot be read", &err);
        triggers_plan(t, AGAIN_MS);
    } else if (!slice_is_none(next.label)) {
        log_event(LOG_INFO, "a trigger goes on with the table's next stream",
                  LOG_SLICE("trigger", run->trigger.name), LOG_SLICE("label", next.label));
        change(run, RUN_MOVES, next.label);
    } else if (!table_is_there(run)) {
        change(run, RUN_ENDS, SLICE_NONE);
    } else {
        run_note_waits(run, "the stream of the table is disabled");
        if (!run->trigger.drained)
            change(run, RUN_IS_DRAINED, SLICE_NONE);
    }
    if (!run->writes)
        arena_reset(&run->write_arena);
}

void run_check_end(struct run *run)
{
    if (run->retired || run->writes)
        return;
    for (size_t i = 0; i < run->lane_count; i++)
        if (run->lanes[i].waits != LANE_WAITS_END)
            return;
    if (run->trigger.target == TRIGGER_KINESIS) {
        change(run, RUN_IS_OVER, SLICE_NONE);
        return;
    }
    struct storage_view *view = storage_view_take(run->triggers->engine->storage);
    if (!view) {
        triggers_plan(run->triggers, AGAIN_MS);
        return;
    }
    follow(run, view);
    storage_view_release(view);
}

bool run_is_quiet(const struct run *run)
{
    for (size_t i = 0; i < run->lane_count; i++)
        if (!lane_is_quiet(&run->lanes[i]))
            return false;
    return !run->writes;
}

void run_retire(struct run *run, bool give_up)
{
    run->retired = true;
    for (size_t i = 0; i < run->lane_count; i++)
        lane_retire(&run->lanes[i], give_up);
}

/* ------------------------------------------------------------------ its begin */

static bool look_at_stream(struct run *run, struct storage_view *view, struct error *err)
{
    const struct trigger *trigger = &run->trigger;
    const struct triggers_options *options = &run->triggers->options;
    struct arena arena;
    struct stream stream;
    bool found;
    arena_init(&arena, CHUNK_BYTES);
    if (!stream_find(view, trigger->table, trigger->label, &arena, &stream, &found, err)) {
        arena_release(&arena);
        return false;
    }
    if (found && slice_equal(stream.table_id, trigger->table_id)) {
        arena_release(&run->stream_arena);
        run->stream_arena = arena;
        run->stream = stream;
        run->end_commit = stream.generations[stream.generation_count - 1].last_commit;
        run->arn =
            stream_arn(&run->stream_arena, options->region, options->account, trigger->table, trigger->label);
    } else {
        /* What is known of it is still told to the dead letters. */
        run->stream.generation_count = 0;
        arena_release(&arena);
    }
    return true;
}

static void take_lane(void *arg, const struct lane_state *state)
{
    struct run *run = arg;
    size_t lanes = (size_t)run->trigger.lanes;
    size_t i = state->shard * lanes + state->lane;
    if (state->lane >= lanes || i >= run->lane_count)
        return;
    struct lane *lane = &run->lanes[i];
    lane->stored = *state;
    lane->next = state->position;
    lane->counts = state->counts;
    lane->passed_over = state->counts.passed_over;
}

/* Items keep their shard's number from one generation to the next only if there are as many. */
static bool check_shards(const struct stream *stream, struct error *err)
{
    for (size_t i = 1; i < stream->generation_count; i++)
        if (stream->generations[i].shard_count != stream->generations[0].shard_count)
            return error_set(err, ERR_CORRUPT, "the stream's shards have changed in number");
    return true;
}

static bool make_lanes(struct run *run, struct storage_view *view, struct error *err)
{
    const struct stream *stream = &run->stream;
    size_t lanes = (size_t)run->trigger.lanes;
    run->lost = stream->generation_count == 0 && !run->trigger.drained;
    if (run->lost)
        log_event(LOG_ERROR, "a stream was trimmed before a trigger had read it",
                  LOG_SLICE("trigger", run->trigger.name), LOG_SLICE("table", run->trigger.table));
    if (stream->generation_count == 0)
        return true;
    run->lane_count = stream->generations[0].shard_count * lanes;
    run->lanes = calloc(run->lane_count, sizeof *run->lanes);
    INVARIANT(run->lanes != NULL);
    for (size_t i = 0; i < run->lane_count; i++)
        lane_init(&run->lanes[i], run, (uint32_t)(i / lanes), (uint32_t)(i % lanes));
    return lane_view_each(view, run->trigger.id, &run->triggers->scratch, take_lane, run, err);
}

static struct slice keep(struct run *run, struct slice text)
{
    return slice_is_none(text) ? text : arena_copy(&run->arena, text);
}

static void copy_trigger(struct run *run, const struct trigger *trigger)
{
    struct trigger *t = &run->trigger;
    *t = *trigger;
    t->name = keep(run, t->name);
    t->error = SLICE_NONE;
    t->table = keep(run, t->table);
    t->table_id = keep(run, t->table_id);
    t->label = keep(run, t->label);
    t->target_text = keep(run, t->target_text);
    t->filter = keep(run, t->filter);
    t->dead_letters_text = keep(run, t->dead_letters_text);
    run->target = arena_copy_cstr(&run->arena, t->target_text);
    run->name = arena_copy_cstr(&run->arena, t->name);
    if (t->target == TRIGGER_KINESIS)
        run->body_begin = kinesis_body_begin(t->target_text, &run->arena);
}

bool run_new(struct triggers *t, const struct trigger *trigger, struct storage_view *view,
             struct run **run_out, struct error *err)
{
    struct run *run = calloc(1, sizeof *run);
    INVARIANT(run != NULL);
    run->triggers = t;
    arena_init(&run->arena, CHUNK_BYTES);
    arena_init(&run->stream_arena, CHUNK_BYTES);
    arena_init(&run->write_arena, CHUNK_BYTES);
    copy_trigger(run, trigger);
    if ((slice_is_none(trigger->filter) ||
         filter_read(run->trigger.filter, &run->arena, &run->filter, err)) &&
        look_at_stream(run, view, err) && check_shards(&run->stream, err) && make_lanes(run, view, err)) {
        *run_out = run;
        return true;
    }
    run_free(run);
    return false;
}

void run_free(struct run *run)
{
    PRE(run_is_quiet(run));
    for (size_t i = 0; i < run->lane_count; i++) {
        triggers_forget_time(&run->lanes[i]);
        lane_release(&run->lanes[i]);
    }
    free(run->lanes);
    arena_release(&run->write_arena);
    arena_release(&run->stream_arena);
    arena_release(&run->arena);
    free(run);
}

/* A destination that is not there any more keeps the precision that it had. */
static void look_at_destination(struct run *run)
{
    const struct catalog_snapshot *snapshot = catalog_take(run->triggers->catalog);
    const struct table *table = catalog_find(snapshot, run->trigger.table);
    if (table && slice_equal(table->id, run->trigger.table_id))
        for (size_t i = 0; i < table->destination_count; i++)
            if (slice_equal(table->destinations[i].arn, run->trigger.target_text))
                run->precision = table->destinations[i].precision;
    catalog_give(snapshot);
}

bool run_refresh(struct run *run, struct storage_view *view, struct error *err)
{
    if (run->trigger.target == TRIGGER_KINESIS)
        look_at_destination(run);
    if (!look_at_stream(run, view, err) || !check_shards(&run->stream, err))
        return false;
    wake_lanes(run);
    if (run->lane_count > 0)
        return true;
    if (run->stream.generation_count > 0)
        run_retire(run, true); /* one of the same name is there again: to be begun anew, with lanes */
    else
        run_check_end(run);
    return true;
}
