/* The thread of the triggers.
 *
 *     mail ─▶ which triggers are to run (when told, or the catalog has changed) ─▶ times that have come ─▶ turns ─▶ calls ─▶ wait
 *
 * Runs take turns, and in each the lanes of a run, so that a busy trigger delays another by one step. */
#include "base/contract.h"
#include "base/log.h"
#include "triggers/lane_priv.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
    SCRATCH_BYTES = 64 * 1024,
    WAIT_MS_MAX = 60 * 1000,
    TURNS = 32, /* between looks at calls */
    LOOK_AGAIN_MS = 1000,
    CALLS_MAX = 1024, /* at one time, of all triggers */
    COMMANDS_MAX = 64,
    BYTES_MAX = 256 << 20, /* in all their batches */
    BATCH_BYTES_MIN = 1 << 20,
};

int64_t triggers_now_ns(const struct triggers *t)
{
    return clock_monotonic_ns(t->engine->clock);
}

/* ------------------------------------------------------------------ mail */

bool triggers_post(struct triggers *t, struct trigger_mail *mail)
{
    mail->next = NULL;
    pthread_mutex_lock(&t->mutex);
    bool posted = !t->stopped;
    if (posted) {
        if (t->mail_last)
            t->mail_last->next = mail;
        else
            t->mail_first = mail;
        t->mail_last = mail;
        targets_wake(t->targets);
    }
    pthread_mutex_unlock(&t->mutex);
    return posted;
}

static struct trigger_mail *take_mail(struct triggers *t, bool *stopping_out)
{
    pthread_mutex_lock(&t->mutex);
    struct trigger_mail *mail = t->mail_first;
    t->mail_first = NULL;
    t->mail_last = NULL;
    *stopping_out = t->stopping;
    pthread_mutex_unlock(&t->mutex);
    return mail;
}

static void read_mail(struct trigger_mail *mail)
{
    while (mail) {
        struct trigger_mail *next = mail->next;
        mail->take(mail);
        mail = next;
    }
}

/* ------------------------------------------------------------------ turns */

static void add_run(struct triggers *t, struct run *run)
{
    if (run->ready)
        return;
    run->ready = true;
    run->next_ready = NULL;
    if (t->ready_last)
        t->ready_last->next_ready = run;
    else
        t->ready_first = run;
    t->ready_last = run;
}

void triggers_ready(struct lane *lane)
{
    struct run *run = lane->run;
    if (!lane->ready) {
        lane->ready = true;
        lane->next_ready = NULL;
        if (run->ready_last)
            run->ready_last->next_ready = lane;
        else
            run->ready_first = lane;
        run->ready_last = lane;
    }
    add_run(run->triggers, run);
}

static void take_turn(struct triggers *t)
{
    struct run *run = t->ready_first;
    struct lane *lane = run->ready_first;
    t->ready_first = run->next_ready;
    if (!t->ready_first)
        t->ready_last = NULL;
    run->ready = false;
    run->ready_first = lane->next_ready;
    if (!run->ready_first)
        run->ready_last = NULL;
    lane->ready = false;
    if (run->ready_first)
        add_run(t, run);
    lane_go(lane);
}

/* ------------------------------------------------------------------ times */

static void put_timer(struct triggers *t, size_t at, struct lane *lane)
{
    t->timers[at] = lane;
    lane->timer = at;
}

static void sift_up(struct triggers *t, size_t at)
{
    struct lane *lane = t->timers[at];
    for (; at > 1 && lane->due_ns < t->timers[at / 2]->due_ns; at /= 2)
        put_timer(t, at, t->timers[at / 2]);
    put_timer(t, at, lane);
}

static void sift_down(struct triggers *t, size_t at)
{
    struct lane *lane = t->timers[at];
    for (;;) {
        size_t child = 2 * at;
        if (child > t->timer_count)
            break;
        if (child < t->timer_count && t->timers[child + 1]->due_ns < t->timers[child]->due_ns)
            child++;
        if (lane->due_ns <= t->timers[child]->due_ns)
            break;
        put_timer(t, at, t->timers[child]);
        at = child;
    }
    put_timer(t, at, lane);
}

void triggers_forget_time(struct lane *lane)
{
    struct triggers *t = lane->run->triggers;
    size_t at = lane->timer;
    if (at == 0)
        return;
    lane->timer = 0;
    struct lane *last = t->timers[t->timer_count--];
    if (last == lane)
        return;
    put_timer(t, at, last);
    sift_up(t, at);
    sift_down(t, last->timer);
}

void triggers_at(struct lane *lane, int64_t due_ns)
{
    struct triggers *t = lane->run->triggers;
    triggers_forget_time(lane);
    if (t->timer_count + 2 > t->timer_capacity) {
        t->timer_capacity = t->timer_capacity ? 2 * t->timer_capacity : 64;
        t->timers = reallocarray(t->timers, t->timer_capacity, sizeof(struct lane *));
        INVARIANT(t->timers != NULL);
    }
    lane->due_ns = due_ns;
    t->timers[++t->timer_count] = lane;
    lane->timer = t->timer_count;
    sift_up(t, t->timer_count);
}

static void run_timers(struct triggers *t)
{
    int64_t now = triggers_now_ns(t);
    while (t->timer_count > 0 && t->timers[1]->due_ns <= now) {
        struct lane *lane = t->timers[1];
        triggers_forget_time(lane);
        lane_due(lane);
    }
}

static uint64_t next_random(struct triggers *t)
{
    t->random ^= t->random << 13;
    t->random ^= t->random >> 7;
    t->random ^= t->random << 17;
    return t->random;
}

int64_t triggers_rest_ms(struct triggers *t, int64_t failures)
{
    int64_t ms = t->options.rest_ms_min;
    while (--failures > 0 && ms < t->options.rest_ms_max)
        ms *= 2;
    if (ms > t->options.rest_ms_max)
        ms = t->options.rest_ms_max;
    return ms - (int64_t)(next_random(t) % (uint64_t)(ms / 2 + 1));
}

/* ------------------------------------------------------------------ which triggers are to run */

void triggers_plan(struct triggers *t, int64_t in_ms)
{
    int64_t at = triggers_now_ns(t) + in_ms * NS_PER_MS;
    if (at < t->plan_ns)
        t->plan_ns = at;
}

struct planned {
    struct trigger *triggers;
    size_t count;
    struct arena *arena;
};

static bool take_planned(void *arg, const struct trigger *trigger, struct error *err)
{
    struct planned *planned = arg;
    (void)err;
    INVARIANT(planned->count < TRIGGERS_MAX);
    planned->triggers[planned->count++] = *trigger;
    return true;
}

static struct note *find_note(const struct triggers *t, uint64_t id)
{
    struct note *note = t->notes;
    while (note && note->id != id)
        note = note->next;
    return note;
}

/* One for each trigger, also for those that do not run. */
static void keep_notes(struct triggers *t, const struct planned *planned)
{
    pthread_mutex_lock(&t->mutex);
    for (size_t i = 0; i < planned->count; i++) {
        if (find_note(t, planned->triggers[i].id))
            continue;
        struct note *note = calloc(1, sizeof *note);
        INVARIANT(note != NULL);
        *note = (struct note){.id = planned->triggers[i].id, .next = t->notes};
        t->notes = note;
    }
    pthread_mutex_unlock(&t->mutex);
}

/* Those of triggers that are not there any more, and of which no run goes on. */
static void drop_notes(struct triggers *t, const struct planned *planned)
{
    pthread_mutex_lock(&t->mutex);
    for (struct note **at = &t->notes; *at;) {
        struct note *note = *at;
        bool used = false;
        for (size_t i = 0; i < planned->count; i++)
            used = used || planned->triggers[i].id == note->id;
        for (const struct run *run = t->runs; run; run = run->next)
            used = used || run->note == note;
        if (used) {
            at = &note->next;
            continue;
        }
        *at = note->next;
        free(note);
    }
    pthread_mutex_unlock(&t->mutex);
}

static const struct trigger *find_planned(const struct planned *planned, uint64_t id)
{
    for (size_t i = 0; i < planned->count; i++)
        if (planned->triggers[i].id == id)
            return &planned->triggers[i];
    return NULL;
}

/* A pause lets calls come to their end; when there is a new epoch, or no trigger any more, nobody wants to know. */
static void retire_runs(struct triggers *t, const struct planned *planned)
{
    for (struct run *run = t->runs; run; run = run->next) {
        const struct trigger *trigger = find_planned(planned, run->trigger.id);
        bool over = !trigger || trigger->epoch != run->trigger.epoch;
        if (over || trigger->state != TRIGGER_RUNNING)
            run_retire(run, over);
    }
}

/* Also before those that the same trigger had are quiet: then it is for later. */
static struct run *find_run(const struct triggers *t, uint64_t id)
{
    struct run *run = t->runs;
    while (run && run->trigger.id != id)
        run = run->next;
    return run;
}

static void cannot_run(struct triggers *t, struct note *note, const struct error *err)
{
    const char *why = err->message ? err->message : error_code_name(err->code);
    log_error(LOG_ERROR, "a trigger cannot run", err);
    pthread_mutex_lock(&t->mutex);
    snprintf(note->waits, sizeof note->waits, "%s", why);
    pthread_mutex_unlock(&t->mutex);
    triggers_plan(t, LOOK_AGAIN_MS);
}

/* A stream that was a destination before gets what it is owed from then first. */
static const struct trigger *find_elder(const struct planned *planned, const struct trigger *trigger)
{
    for (size_t i = 0; i < planned->count; i++) {
        const struct trigger *other = &planned->triggers[i];
        if (other->target == TRIGGER_KINESIS && other->id < trigger->id &&
            slice_equal(other->table_id, trigger->table_id) &&
            slice_equal(other->target_text, trigger->target_text))
            return other;
    }
    return NULL;
}

/* Whether deliveries to Kinesis can begin. */
static bool can_deliver(struct triggers *t, const struct planned *planned, const struct trigger *trigger)
{
    const char *why = NULL;
    if (!t->options.kinesis)
        why = "the server was started without a Kinesis endpoint";
    else if (find_elder(planned, trigger))
        why = "what was left of the same destination when it was disabled is delivered first";
    if (!why)
        return true;
    struct note *note = find_note(t, trigger->id);
    pthread_mutex_lock(&t->mutex);
    snprintf(note->waits, sizeof note->waits, "%s", why);
    pthread_mutex_unlock(&t->mutex);
    return false;
}

static bool can_start(struct triggers *t, const struct planned *planned, const struct trigger *trigger)
{
    return trigger->state == TRIGGER_RUNNING && !find_run(t, trigger->id) &&
           (trigger->target != TRIGGER_KINESIS || can_deliver(t, planned, trigger));
}

static void start_run(struct triggers *t, const struct trigger *trigger, struct storage_view *view)
{
    struct error err;
    struct run *run;
    struct note *note = find_note(t, trigger->id);
    error_init(&err, &t->scratch);
    if (!run_new(t, trigger, view, &run, &err)) {
        cannot_run(t, note, &err);
        return;
    }
    run->note = note;
    run->next = t->runs;
    t->runs = run;
    run_note_waits(run, NULL);
}

/* What all may hold together is shared out evenly among those that run. */
static void share_out(struct triggers *t)
{
    size_t count = 0;
    for (const struct run *run = t->runs; run; run = run->next)
        count++;
    for (struct run *run = t->runs; run; run = run->next) {
        size_t most = run->trigger.target == TRIGGER_COMMAND ? COMMANDS_MAX : CALLS_MAX;
        run->share = most / count > 0 ? most / count : 1;
        run->share_bytes = BYTES_MAX / count > BATCH_BYTES_MIN ? BYTES_MAX / count : BATCH_BYTES_MIN;
        size_t bytes =
            run->trigger.target == TRIGGER_KINESIS ? KINESIS_REQUEST_BYTES_MAX : TRIGGER_BATCH_BYTES_MAX;
        run->batch_bytes_max = run->share_bytes < bytes ? run->share_bytes : bytes;
    }
}

static void refresh_runs(struct triggers *t, struct storage_view *view)
{
    struct error err;
    for (struct run *run = t->runs; run; run = run->next) {
        error_init(&err, &t->scratch);
        if (run->retired || run_refresh(run, view, &err))
            continue;
        if (err.code == ERR_CORRUPT)
            run_fail(run, &err);
        else
            cannot_run(t, run->note, &err);
    }
}

static void answer_orders(struct triggers *t)
{
    while (t->orders) {
        struct trigger_order *order = t->orders;
        t->orders = order->next;
        order->done(order);
    }
}

static bool plan_in_view(struct triggers *t, struct storage_view *view, struct arena *arena)
{
    struct planned planned = {.arena = arena};
    struct error err;
    error_init(&err, arena);
    planned.triggers = ARENA_NEW_ARRAY(arena, struct trigger, TRIGGERS_MAX);
    if (!trigger_view_each(view, arena, take_planned, &planned, &err)) {
        log_error(LOG_ERROR, "the list of triggers cannot be read", &err);
        return false;
    }
    retire_runs(t, &planned);
    keep_notes(t, &planned);
    for (size_t i = 0; i < planned.count; i++)
        if (can_start(t, &planned, &planned.triggers[i]))
            start_run(t, &planned.triggers[i], view);
    drop_notes(t, &planned);
    share_out(t);
    refresh_runs(t, view);
    return true;
}

static void see_catalog(struct triggers *t)
{
    atomic_store(&t->catalog_changed, false);
    const struct catalog_snapshot *newest = catalog_take(t->catalog);
    const struct catalog_snapshot *former = atomic_exchange(&t->seen, newest);
    if (former)
        catalog_give(former);
}

static void plan(struct triggers *t)
{
    struct arena arena;
    t->plan_ns = INT64_MAX;
    see_catalog(t);
    struct storage_view *view = storage_view_take(t->engine->storage);
    arena_init(&arena, SCRATCH_BYTES);
    bool planned = view && plan_in_view(t, view, &arena);
    arena_release(&arena);
    arena_reset(&t->scratch);
    if (view)
        storage_view_release(view);
    if (planned)
        answer_orders(t);
    else
        triggers_plan(t, LOOK_AGAIN_MS);
}

/* Runs that were retired go once nothing of them is under way; then the same trigger may run anew. */
static void free_retired(struct triggers *t)
{
    for (struct run **at = &t->runs; *at;) {
        struct run *run = *at;
        if (!run->retired || run->ready || !run_is_quiet(run)) {
            at = &run->next;
            continue;
        }
        *at = run->next;
        run_free(run);
        triggers_plan(t, 0);
    }
}

/* ------------------------------------------------------------------ the thread */

static int64_t wait_ms(const struct triggers *t)
{
    int64_t due = t->plan_ns;
    if (t->ready_first)
        return 0;
    if (t->timer_count > 0 && t->timers[1]->due_ns < due)
        due = t->timers[1]->due_ns;
    if (due == INT64_MAX)
        return WAIT_MS_MAX;
    int64_t ms = (due - triggers_now_ns(t) + NS_PER_MS - 1) / NS_PER_MS;
    return ms < 0 ? 0 : ms < WAIT_MS_MAX ? ms : WAIT_MS_MAX;
}

static void work(struct triggers *t)
{
    if (atomic_load(&t->catalog_changed) || triggers_now_ns(t) >= t->plan_ns)
        plan(t);
    run_timers(t);
    for (int i = 0; i < TURNS && t->ready_first; i++)
        take_turn(t);
    targets_work(t->targets);
    free_retired(t);
}

/* Waits for what is under way and cannot be taken back: writes. */
static bool wind_up(struct triggers *t)
{
    for (struct run *run = t->runs; run; run = run->next)
        run_retire(run, true);
    while (t->ready_first)
        take_turn(t);
    free_retired(t);
    return !t->runs;
}

static void *triggers_main(void *arg)
{
    struct triggers *t = arg;
    bool stopping;
    for (;;) {
        read_mail(take_mail(t, &stopping));
        if (stopping && wind_up(t))
            break;
        if (!stopping)
            work(t);
        targets_wait(t->targets, stopping ? WAIT_MS_MAX : wait_ms(t));
    }
    pthread_mutex_lock(&t->mutex);
    t->stopped = true;
    struct trigger_mail *mail = t->mail_first;
    t->mail_first = NULL;
    pthread_mutex_unlock(&t->mutex);
    read_mail(mail);
    answer_orders(t);
    catalog_give(atomic_exchange(&t->seen, NULL));
    return NULL;
}

/* ------------------------------------------------------------------ open and close */

void triggers_options_init(struct triggers_options *options)
{
    *options = (struct triggers_options){
        .region = SLICE("us-east-1"),
        .account = SLICE("000000000000"),
        .rest_ms_min = 100,
        .rest_ms_max = 30 * 1000,
    };
}

bool triggers_open_calling(struct engine *engine, struct catalog *catalog,
                           const struct triggers_options *options, struct caller *caller,
                           struct triggers **triggers_out, struct error *err)
{
    PRE(engine->stream_watches && options->rest_ms_min > 0);
    struct triggers *t = calloc(1, sizeof *t);
    sigset_t all, former;
    INVARIANT(t != NULL);
    if (!targets_open(&t->targets, err)) {
        free(t);
        return false;
    }
    t->engine = engine;
    t->catalog = catalog;
    t->options = *options;
    t->caller = caller ? caller : targets_caller(t->targets);
    if (getrandom(&t->random, sizeof t->random, 0) != sizeof t->random || t->random == 0)
        t->random = 88172645463325252u;
    arena_init(&t->scratch, SCRATCH_BYTES);
    arena_init(&t->filter_scratch, SCRATCH_BYTES);
    pthread_mutex_init(&t->mutex, NULL);
    atomic_store(&t->seen, catalog_take(catalog));
    /* Among them SIGPIPE, of commands that do not read their input. */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &former);
    int failure = pthread_create(&t->thread, NULL, triggers_main, t);
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    t->started = failure == 0;
    if (!t->started) {
        catalog_give(atomic_exchange(&t->seen, NULL));
        triggers_close(t);
        return error_set(err, ERR_STORAGE, "cannot start a thread: %s", strerror(failure));
    }
    *triggers_out = t;
    return true;
}

bool triggers_open(struct engine *engine, struct catalog *catalog, const struct triggers_options *options,
                   struct triggers **triggers_out, struct error *err)
{
    return triggers_open_calling(engine, catalog, options, NULL, triggers_out, err);
}

void triggers_stop(struct triggers *t)
{
    if (!t || !t->started)
        return;
    pthread_mutex_lock(&t->mutex);
    t->stopping = true;
    targets_wake(t->targets);
    pthread_mutex_unlock(&t->mutex);
    pthread_join(t->thread, NULL);
    t->started = false;
}

void triggers_close(struct triggers *t)
{
    if (!t)
        return;
    PRE(!t->started && !t->runs);
    while (t->notes) {
        struct note *note = t->notes;
        t->notes = note->next;
        free(note);
    }
    targets_close(t->targets);
    free(t->timers);
    pthread_mutex_destroy(&t->mutex);
    arena_release(&t->filter_scratch);
    arena_release(&t->scratch);
    free(t);
}

void triggers_tick(struct triggers *t)
{
    if (!t)
        return;
    const struct catalog_snapshot *newest = catalog_take(t->catalog);
    bool changed = newest != atomic_load(&t->seen);
    catalog_give(newest);
    if (!changed || atomic_exchange(&t->catalog_changed, true))
        return;
    targets_wake(t->targets);
}
