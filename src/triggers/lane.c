/* The steps of a lane, and what follows from what came of each. Each is short; whatever takes time is begun, and the lane's next
 * step comes when it is done. */
#include "base/contract.h"
#include "base/log.h"
#include "triggers/delivery_priv.h"
#include "triggers/lane_priv.h"
#include "triggers/reader_priv.h"

enum {
    WRITE_CHUNK_BYTES = 512,
    STORE_MS = 1000, /* between storing positions when nothing is called */
};

/* ------------------------------------------------------------------ states */

static int64_t now_ns(const struct lane *lane)
{
    return triggers_now_ns(lane->run->triggers);
}

static void take_turn(struct lane *lane, enum lane_work work)
{
    lane->work = work;
    lane->waits = LANE_WAITS_TURN;
    triggers_ready(lane);
}

static void rest(struct lane *lane, enum lane_work work, int64_t ms)
{
    lane->work = work;
    lane->waits = LANE_WAITS_REST;
    triggers_at(lane, now_ns(lane) + ms * NS_PER_MS);
}

/* What was refused is done again later. */
static void refused(struct lane *lane, enum lane_work work, const struct error *err)
{
    const char *why = err->message ? err->message : err->detail ? err->detail : error_code_name(err->code);
    if (lane->refusals == 0)
        log_error(LOG_WARNING, "a trigger has to wait", err);
    run_note_waits(lane->run, why);
    rest(lane, work, triggers_rest_ms(lane->run->triggers, ++lane->refusals));
}

static void went_well(struct lane *lane)
{
    if (lane->refusals > 0)
        run_note_waits(lane->run, NULL);
    lane->refusals = 0;
}

static void drop_batch(struct lane *lane)
{
    batch_clear(&lane->batch);
    run_let_go(lane->run, lane);
}

static void end(struct lane *lane)
{
    triggers_forget_time(lane);
    drop_batch(lane);
    lane->waits = LANE_WAITS_END;
    run_check_end(lane->run);
}

/* ------------------------------------------------------------------ storing the position */

static struct lane_state reached(const struct lane *lane)
{
    const struct batch *b = &lane->batch;
    struct lane_state state = {
        .shard = lane->shard, .lane = lane->number, .position = lane->next, .counts = lane->counts};
    state.counts.passed_over = lane->passed_over;
    if (b->begin < b->count) {
        state.position = b->records[b->begin].position;
        state.counts.passed_over = b->records[b->begin].passed_over;
    }
    return state;
}

static bool is_dirty(const struct lane *lane)
{
    struct lane_state state = reached(lane);
    return memcmp(&state.counts, &lane->stored.counts, sizeof state.counts) != 0 ||
           position_before(lane->stored.position, state.position);
}

static bool run_store(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct lane_write *w = (struct lane_write *)write;
    const struct trigger *trigger = &w->lane->run->trigger;
    return lane_tx_put(tx, trigger->id, trigger->epoch, &w->state, write->arena, &w->superseded, err);
}

static void store_done(struct storage_write *write)
{
    struct lane *lane = ((struct lane_write *)write)->lane;
    bool posted = triggers_post(lane->run->triggers, &lane->mail);
    INVARIANT(posted);
}

static void after_store(struct lane *lane)
{
    if (!batch_is_done(&lane->batch)) {
        int64_t ms = lane->rest_ms;
        lane->rest_ms = 0;
        if (ms > 0)
            rest(lane, LANE_CALL, ms);
        else
            take_turn(lane, LANE_CALL);
    } else {
        drop_batch(lane);
        take_turn(lane, LANE_READ);
    }
}

static void take_store(struct trigger_mail *mail)
{
    struct lane *lane = (struct lane *)((char *)mail - offsetof(struct lane, mail));
    struct lane_write *w = &lane->write;
    lane->waits = LANE_WAITS_TURN;
    if (lane->run->retired) {
        end(lane);
    } else if (w->storage.error.code != ERR_NONE) {
        refused(lane, LANE_STORE, &w->storage.error);
    } else if (w->superseded) {
        triggers_plan(lane->run->triggers, 0); /* which retires the run */
        rest(lane, LANE_STORE, STORE_MS);
    } else {
        lane->stored = w->state;
        lane->stored_ns = now_ns(lane);
        went_well(lane);
        after_store(lane);
    }
    arena_reset(&lane->write_arena);
}

static void store(struct lane *lane)
{
    struct lane_write *w = &lane->write;
    *w = (struct lane_write){.lane = lane, .state = reached(lane)};
    w->storage = (struct storage_write){.run = run_store, .done = store_done, .arena = &lane->write_arena};
    lane->mail.take = take_store;
    lane->waits = LANE_WAITS_WRITE;
    storage_write(lane->run->triggers->engine->storage, &w->storage);
}

/* ------------------------------------------------------------------ reading */

static void begin_window(struct lane *lane)
{
    if (lane->batch.count > 0 && lane->window_ns == 0)
        lane->window_ns = now_ns(lane) + lane->run->trigger.window_ms * NS_PER_MS;
}

static void close_batch(struct lane *lane)
{
    lane->window_ns = 0;
    batch_close(&lane->batch);
    run_hold_bytes(lane->run, lane, lane->batch.text.size);
    take_turn(lane, LANE_CALL);
}

/* There is nothing more for now. */
static void caught_up(struct lane *lane, const struct storage_view *view, uint32_t space)
{
    run_watch(lane->run, space, storage_view_commit(view));
    if (lane->batch.count > 0 && now_ns(lane) >= lane->window_ns) {
        close_batch(lane);
    } else if (lane->batch.count > 0) {
        lane->waits = LANE_WAITS_WINDOW;
        triggers_at(lane, lane->window_ns);
    } else {
        drop_batch(lane);
        lane->waits = LANE_WAITS_NEWS;
        if (is_dirty(lane))
            triggers_at(lane, lane->stored_ns + STORE_MS * NS_PER_MS);
    }
}

/* Of the stream. */
static void ended(struct lane *lane)
{
    if (lane->batch.count > 0)
        close_batch(lane);
    else if (is_dirty(lane))
        store(lane); /* and look again */
    else
        end(lane);
}

/* What does not pass by itself. */
static bool is_final(enum error_code code)
{
    return code == ERR_CORRUPT;
}

static void failed_to_read(struct lane *lane, const struct error *err)
{
    if (!is_final(err->code)) {
        refused(lane, LANE_READ, err);
        return;
    }
    drop_batch(lane);
    lane->next = lane->stored.position;
    run_fail(lane->run, err);
    lane->waits = LANE_WAITS_END;
}

static void read_in_view(struct lane *lane, struct storage_view *view)
{
    struct error err;
    uint32_t space;
    error_init(&err, &lane->run->triggers->scratch);
    enum reading reading = reader_read(lane, view, &space, &err);
    begin_window(lane);
    if (reading != READING_FAILED)
        went_well(lane);
    switch (reading) {
    case READING_FULL:
        close_batch(lane);
        return;
    case READING_MORE:
        take_turn(lane, LANE_READ);
        return;
    case READING_CAUGHT_UP:
        caught_up(lane, view, space);
        return;
    case READING_ENDED:
        ended(lane);
        return;
    case READING_STALE:
        lane->waits = LANE_WAITS_NEWS;
        triggers_plan(lane->run->triggers, 0);
        return;
    case READING_FAILED:
        failed_to_read(lane, &err);
        return;
    }
}

static void read_some(struct lane *lane)
{
    struct triggers *t = lane->run->triggers;
    if (!run_hold(lane->run, lane)) {
        lane->waits = LANE_WAITS_SHARE;
        return;
    }
    struct storage_view *view = storage_view_take(t->engine->storage);
    if (!view) {
        struct error err;
        error_init(&err, &t->scratch);
        (void)error_set(&err, ERR_UNAVAILABLE, "the store cannot be read at the moment");
        refused(lane, LANE_READ, &err);
    } else {
        read_in_view(lane, view);
        storage_view_release(view);
    }
    arena_reset(&t->scratch);
}

/* ------------------------------------------------------------------ calling */

static void after_failure(struct lane *lane, const struct delivery *delivery)
{
    struct batch *b = &lane->batch;
    enum batch_step step = batch_failed(b, delivery->retries, delivery->named);
    lane->rest_ms = step == BATCH_CALL_LATER ? triggers_rest_ms(lane->run->triggers, b->attempts) : 0;
    if (step == BATCH_GIVE_UP)
        take_turn(lane, LANE_BURY);
    else if (delivery->taken > 0)
        store(lane);
    else if (step == BATCH_CALL_LATER)
        rest(lane, LANE_CALL, lane->rest_ms);
    else
        take_turn(lane, LANE_CALL);
}

static void call_done(struct call *call)
{
    struct lane *lane = call->arg;
    struct delivery delivery = delivery_end(lane);
    lane->waits = LANE_WAITS_TURN;
    if (delivery.complete || (lane->run->retired && delivery.taken > 0))
        store(lane);
    else if (lane->run->retired)
        end(lane);
    else
        after_failure(lane, &delivery);
}

static void call_target(struct lane *lane)
{
    lane->waits = LANE_WAITS_CALL;
    lane->rest_ms = 0;
    delivery_begin(lane, call_done);
}

/* ------------------------------------------------------------------ giving up */

static void given_up(struct lane *lane)
{
    went_well(lane);
    lane->counts.given_up++;
    batch_given_up(&lane->batch);
    store(lane);
}

static void take_burial(struct trigger_mail *mail)
{
    struct lane *lane = (struct lane *)((char *)mail - offsetof(struct lane, mail));
    enum error_code code = lane->burial.storage.error.code;
    lane->waits = LANE_WAITS_TURN;
    if (code != ERR_NONE && lane->run->retired)
        end(lane);
    else if (code != ERR_NONE)
        refused(lane, LANE_BURY, &lane->burial.storage.error);
    arena_reset(&lane->write_arena);
    if (code == ERR_NONE)
        given_up(lane);
}

static void burial_done(struct item_commit *commit)
{
    struct lane *lane = commit->arg;
    bool posted = triggers_post(lane->run->triggers, &lane->mail);
    INVARIANT(posted);
}

static bool put_into_table(struct lane *lane, const struct dead_letter *letter, struct error *err)
{
    struct triggers *t = lane->run->triggers;
    if (!dead_letter_to_table(letter, t->catalog, &lane->write_arena, &lane->buried, err))
        return false;
    lane->burial =
        (struct item_commit){.changes = &lane->buried, .count = 1, .done = burial_done, .arg = lane};
    lane->mail.take = take_burial;
    lane->waits = LANE_WAITS_WRITE;
    item_commit_submit(t->engine, &lane->burial, &lane->write_arena);
    return true;
}

static void bury(struct lane *lane)
{
    const struct dead_letter letter = dead_letter_of(lane);
    struct error err;
    error_init(&err, &lane->write_arena);
    if (lane->refusals == 0)
        dead_letter_log(&letter);
    switch (letter.trigger->dead_letters) {
    case TRIGGER_DEAD_LOGGED:
        given_up(lane);
        return;
    case TRIGGER_DEAD_TO_FILE:
        if (dead_letter_to_file(&letter, &lane->write_arena, &err))
            given_up(lane);
        else
            refused(lane, LANE_BURY, &err);
        return;
    case TRIGGER_DEAD_TO_TABLE:
        if (!put_into_table(lane, &letter, &err))
            refused(lane, LANE_BURY, &err);
        return;
    }
}

/* ------------------------------------------------------------------ public */

void lane_init(struct lane *lane, struct run *run, uint32_t shard, uint32_t number)
{
    *lane = (struct lane){.run = run, .shard = shard, .number = number, .waits = LANE_WAITS_NEWS};
    lane->stored = (struct lane_state){.shard = shard, .lane = number, .position = run->trigger.start};
    lane->next = lane->stored.position;
    batch_init(&lane->batch);
    arena_init(&lane->write_arena, WRITE_CHUNK_BYTES);
}

void lane_release(struct lane *lane)
{
    PRE(lane_is_quiet(lane) && !lane->ready && lane->timer == 0);
    batch_release(&lane->batch);
    arena_release(&lane->write_arena);
}

void lane_go(struct lane *lane)
{
    if (lane->waits != LANE_WAITS_TURN)
        return;
    if (lane->run->retired && lane->work != LANE_STORE) {
        end(lane);
        return;
    }
    switch (lane->work) {
    case LANE_READ:
        read_some(lane);
        return;
    case LANE_CALL:
        call_target(lane);
        return;
    case LANE_BURY:
        bury(lane);
        return;
    case LANE_STORE:
        store(lane);
        return;
    }
}

void lane_wake(struct lane *lane)
{
    switch (lane->waits) {
    case LANE_WAITS_NEWS:
    case LANE_WAITS_WINDOW:
    case LANE_WAITS_END:
        triggers_forget_time(lane);
        take_turn(lane, LANE_READ);
        return;
    case LANE_WAITS_TURN:
    case LANE_WAITS_SHARE:
    case LANE_WAITS_CALL:
    case LANE_WAITS_WRITE:
    case LANE_WAITS_REST:
        return;
    }
}

void lane_due(struct lane *lane)
{
    if (lane->waits == LANE_WAITS_NEWS)
        store(lane);
    else if (lane->waits == LANE_WAITS_WINDOW)
        take_turn(lane, LANE_READ);
    else if (lane->waits == LANE_WAITS_REST)
        take_turn(lane, lane->work);
}

void lane_retire(struct lane *lane, bool give_up)
{
    if (lane->waits == LANE_WAITS_CALL && give_up) {
        delivery_give_up(lane);
        lane->waits = LANE_WAITS_TURN;
    }
    if (lane_is_quiet(lane))
        end(lane);
}
