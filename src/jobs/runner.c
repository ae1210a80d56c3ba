/* The runner: one thread that gives each job that goes on a step in turn.
 *
 *     look for jobs ─▶ the next that is due ─▶ read it from a view ─▶ its kind's step ─▶ when it is due again
 *        (when woken, or another id was given out)                        └─ refused: later; failed: FAILED
 *
 * It keeps no copy of a record: a step begins by reading it, and commits only if it is still the same then. So whatever steers
 * a job need only change its record. */
#include "base/contract.h"
#include "base/log.h"
#include "jobs/jobs_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    STEP_CHUNK_BYTES = 64 * 1024,
    ITEMS_MAX = 128,        /* of a step: with their entries they take the writer less than a millisecond */
    REST_FACTOR = 4,        /* after a step, as long as others write */
    STEPS_PER_S_PACED = 20, /* of a job with a rate */
    LOOK_MS = 1000,
    REFUSED_MS_MIN = 10,
    REFUSED_MS_MAX = 2000,
    WINDOW_MS = 1000,
};

#define NS_PER_MS ((int64_t)1000000)
#define NS_PER_S  ((int64_t)1000000000)

static const struct job_kind job_kinds[] = {
    {"backfill", backfill_step, backfill_cancel},
    {"drop", drop_step, NULL},
};

static int64_t now_ns(const struct jobs *jobs)
{
    return clock_monotonic_ns(jobs->engine->clock);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t within(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

const struct job_kind *jobs_find_kind(const struct jobs *jobs, struct slice name)
{
    for (size_t i = 0; i < jobs->kind_count; i++)
        if (slice_equal(name, slice_from_cstr(jobs->kinds[i].name)))
            return &jobs->kinds[i];
    return NULL;
}

/* ------------------------------------------------------------------ the list */

/* By id, as they were given out. */
struct listed_jobs {
    struct job_entry *entries;
    size_t count;
    size_t capacity;
};

static bool take_job(void *arg, const struct job *job, struct error *err)
{
    struct listed_jobs *list = arg;
    (void)err;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 16;
        list->entries = reallocarray(list->entries, list->capacity, sizeof *list->entries);
        INVARIANT(list->entries != NULL);
    }
    list->entries[list->count++] = (struct job_entry){.id = job->id, .state = job->state};
    return true;
}

/* What is known of those that were there before goes on. Both lists are in order. */
static void replace_list(struct jobs *jobs, struct listed_jobs *list)
{
    struct job_entry *former = jobs->entries;
    size_t at = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct job_entry *entry = &list->entries[i];
        enum job_state state = entry->state;
        while (at < jobs->count && former[at].id < entry->id)
            at++;
        if (at < jobs->count && former[at].id == entry->id)
            *entry = former[at];
        else
            entry->window_ns = now_ns(jobs);
        entry->state = state;
        entry->idle = false;
    }
    jobs->entries = list->entries;
    jobs->count = list->count;
    free(former);
}

static bool read_list(struct jobs *jobs, struct storage_view *view, struct error *err)
{
    struct listed_jobs list = {0};
    struct job_totals totals;
    if (!job_view_totals(view, &jobs->arena, &totals, err) ||
        !job_view_each(view, false, &jobs->arena, take_job, &list, err)) {
        free(list.entries);
        return false;
    }
    pthread_mutex_lock(&jobs->mutex);
    replace_list(jobs, &list);
    pthread_mutex_unlock(&jobs->mutex);
    jobs->next_id = totals.next_id;
    return true;
}

static void remove_entry(struct jobs *jobs, struct job_entry *entry)
{
    size_t behind = jobs->count - (size_t)(entry - jobs->entries) - 1;
    memmove(entry, entry + 1, behind * sizeof *entry);
    jobs->count--;
}

/* Whether a job was added without a word. */
static bool find_new_job(struct jobs *jobs, struct storage_view *view, struct error *err)
{
    struct job_totals totals;
    return job_view_totals(view, &jobs->arena, &totals, err) &&
           (totals.next_id == jobs->next_id || read_list(jobs, view, err));
}

/* false: not now; it has to be tried again. */
static bool look_for_jobs(struct jobs *jobs,
                          bool (*look)(struct jobs *, struct storage_view *, struct error *))
{
    struct error err;
    error_init(&err, &jobs->arena);
    struct storage_view *view = storage_view_take(jobs->engine->storage);
    bool ok = view && look(jobs, view, &err);
    if (view && !ok)
        log_error(LOG_ERROR, "the list of jobs cannot be read", &err);
    arena_reset(&jobs->arena);
    if (view)
        storage_view_release(view);
    return ok;
}

/* ------------------------------------------------------------------ what came of a step */

/* What is refused for a while only, by the store or because a table is being changed, or whose outcome is unknown: the stored
 * record will tell. */
static bool is_passing(enum error_code code)
{
    return code == ERR_THROTTLING || code == ERR_UNAVAILABLE || code == ERR_STORAGE ||
           code == ERR_RESOURCE_IN_USE || code == ERR_LIMIT_EXCEEDED;
}

static const char *reason_of(const struct error *err)
{
    return err->detail ? err->detail : err->message ? err->message : error_code_name(err->code);
}

static void refused(struct jobs *jobs, struct job_entry *entry, const struct error *err)
{
    if (entry->refusals == 0)
        log_error(LOG_WARNING, "a job has to wait", err);
    int64_t ms = (int64_t)REFUSED_MS_MIN << (entry->refusals < 8 ? entry->refusals : 8);
    pthread_mutex_lock(&jobs->mutex);
    jobs->refused++;
    entry->refusals++;
    entry->due_ns = now_ns(jobs) + within(ms, REFUSED_MS_MIN, REFUSED_MS_MAX) * NS_PER_MS;
    snprintf(entry->waits, sizeof entry->waits, "%s", reason_of(err));
    pthread_mutex_unlock(&jobs->mutex);
}

static bool run_failure(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct job_run *run = ((struct job_write *)write)->run;
    return job_tx_check(tx, run, err) && job_tx_put(tx, &run->job, run->arena, err);
}

/* As it was before the step, save that it has failed. */
static bool store_failure(struct job_run *run, const struct error *why, struct error *err)
{
    if (!job_read(run->stored, run->arena, &run->job, err))
        return false;
    run->job.state = JOB_FAILED;
    run->job.error =
        slice_from_cstr(arena_printf(run->arena, "%s: %s", error_code_name(why->code), reason_of(why)));
    struct job_write failure = {{.run = run_failure, .arena = run->arena}, run};
    return storage_write_wait(run->engine->storage, &failure.write, err);
}

static void failed(struct jobs *jobs, struct job_entry *entry, struct job_run *run, const struct error *why)
{
    struct error err;
    error_init(&err, run->arena);
    if (!store_failure(run, why, &err)) {
        if (!run->superseded)
            refused(jobs, entry, &err);
        return;
    }
    log_error(LOG_ERROR, "a job has failed", why);
    pthread_mutex_lock(&jobs->mutex);
    entry->state = JOB_FAILED;
    entry->idle = true;
    pthread_mutex_unlock(&jobs->mutex);
}

static void measure(struct job_entry *entry, int64_t items, int64_t now)
{
    int64_t elapsed = now - entry->window_ns;
    entry->window_items += items;
    if (elapsed < WINDOW_MS * NS_PER_MS)
        return;
    entry->items_per_s = (int64_t)((double)entry->window_items * 1e9 / (double)elapsed);
    entry->window_items = 0;
    entry->window_ns = now;
}

/* Others write, too: they get most of the time. */
static int64_t rest_ns(struct jobs *jobs, const struct job_run *run, int64_t took_ns)
{
    bool alone = run->commit <= jobs->commit + 1;
    if (run->commit > 0)
        jobs->commit = run->commit;
    return alone ? 0 : REST_FACTOR * took_ns;
}

static void succeeded(struct jobs *jobs, struct job_entry *entry, const struct job_run *run, int64_t began_ns)
{
    int64_t now = now_ns(jobs);
    int64_t rate = run->job.items_per_s_max;
    int64_t rested_ns = now + rest_ns(jobs, run, now - began_ns);
    pthread_mutex_lock(&jobs->mutex);
    jobs->steps++;
    jobs->items += (uint64_t)run->items;
    entry->refusals = 0;
    entry->waits[0] = '\0';
    entry->state = run->job.state;
    entry->paced_ns = later(entry->paced_ns, began_ns) + (rate > 0 ? run->items * NS_PER_S / rate : 0);
    entry->due_ns = later(later(entry->paced_ns, rested_ns), now + run->wait_ms * NS_PER_MS);
    measure(entry, run->items, now);
    if (job_has_ended(&run->job))
        remove_entry(jobs, entry);
    pthread_mutex_unlock(&jobs->mutex);
}

static void log_end(const struct job *job)
{
    log_event(LOG_INFO, job->state == JOB_DONE ? "job done" : "job cancelled", LOG_NUMBER("id", job->id),
              LOG_SLICE("kind", job->kind), LOG_SLICE("table", job->table),
              LOG_SLICE("index", slice_is_none(job->index) ? SLICE("") : job->index),
              LOG_NUMBER("items", job->done), LOG_NUMBER("entries", job->written));
}

/* ------------------------------------------------------------------ a step */

static void set_idle(struct jobs *jobs, struct job_entry *entry, const struct job *job)
{
    pthread_mutex_lock(&jobs->mutex);
    entry->state = job->state;
    entry->idle = true;
    pthread_mutex_unlock(&jobs->mutex);
}

static void forget(struct jobs *jobs, struct job_entry *entry)
{
    pthread_mutex_lock(&jobs->mutex);
    remove_entry(jobs, entry);
    pthread_mutex_unlock(&jobs->mutex);
}

/* What the job's state asks for; NULL: nothing. */
static bool (*work_of(const struct jobs *jobs, const struct job *job))(struct job_run *, struct error *)
{
    const struct job_kind *kind = jobs_find_kind(jobs, job->kind);
    if (!kind)
        return NULL;
    switch (job->state) {
    case JOB_RUNNING:
        return kind->step;
    case JOB_CANCELLING:
        return kind->cancel;
    case JOB_PAUSED:
    case JOB_FAILED:
    case JOB_DONE:
    case JOB_CANCELLED:
    case JOB_STATE_COUNT:
        return NULL;
    }
    UNREACHABLE();
}

static int64_t items_max(const struct job *job)
{
    return job->items_per_s_max == 0 ? ITEMS_MAX
                                     : within(job->items_per_s_max / STEPS_PER_S_PACED, 1, ITEMS_MAX);
}

static void run_work(struct jobs *jobs, struct job_entry *entry, struct job_run *run)
{
    struct error err;
    error_init(&err, run->arena);
    bool (*work)(struct job_run *, struct error *) = work_of(jobs, &run->job);
    int64_t began_ns = now_ns(jobs);
    if (!work) {
        set_idle(jobs, entry, &run->job);
        return;
    }
    run->items_max = items_max(&run->job);
    if (work(run, &err)) {
        if (job_has_ended(&run->job))
            log_end(&run->job);
        succeeded(jobs, entry, run, began_ns);
    } else if (run->superseded) {
        return; /* to be read again, at its next turn */
    } else if (is_passing(err.code)) {
        refused(jobs, entry, &err);
    } else {
        failed(jobs, entry, run, &err);
    }
}

static void run_in_view(struct jobs *jobs, struct job_entry *entry, struct storage_view *view)
{
    struct job_run run = {
        .engine = jobs->engine, .catalog = jobs->catalog, .arena = &jobs->arena, .view = view};
    struct error err;
    bool found;
    error_init(&err, &jobs->arena);
    if (!job_view_get(view, entry->id, &jobs->arena, &run.stored, &run.job, &found, &err))
        refused(jobs, entry, &err);
    else if (!found)
        forget(jobs, entry);
    else
        run_work(jobs, entry, &run);
}

static void run_step(struct jobs *jobs, struct job_entry *entry)
{
    struct error err;
    error_init(&err, &jobs->arena);
    struct storage_view *view = storage_view_take(jobs->engine->storage);
    if (view) {
        run_in_view(jobs, entry, view);
    } else {
        (void)error_set(&err, ERR_UNAVAILABLE, "The store is recovering");
        refused(jobs, entry, &err);
    }
    arena_reset(&jobs->arena);
    if (view)
        storage_view_release(view);
}

/* ------------------------------------------------------------------ the thread */

/* The next in turn that is due; NULL, and when one will be, if none is. Under the mutex. */
static struct job_entry *next_due(struct jobs *jobs, int64_t now, int64_t *due_ns_out)
{
    size_t first = 0;
    while (first < jobs->count && jobs->entries[first].id <= jobs->turn)
        first++;
    for (size_t i = 0; i < jobs->count; i++) {
        struct job_entry *entry = &jobs->entries[(first + i) % jobs->count];
        if (entry->idle)
            continue;
        if (entry->due_ns <= now) {
            jobs->turn = entry->id;
            return entry;
        }
        if (entry->due_ns < *due_ns_out)
            *due_ns_out = entry->due_ns;
    }
    return NULL;
}

static void wait_until(struct jobs *jobs, int64_t now, int64_t due_ns)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    int64_t ns = at.tv_nsec + (due_ns - now);
    at.tv_sec += (time_t)(ns / NS_PER_S);
    at.tv_nsec = (long)(ns % NS_PER_S);
    pthread_cond_timedwait(&jobs->wake, &jobs->mutex, &at);
}

enum next_thing { STOP, LOOK, LOOK_FOR_NEW, STEP };

/* Waits until there is something to do. */
static enum next_thing next_thing(struct jobs *jobs, int64_t *look_ns, struct job_entry **entry_out)
{
    enum next_thing thing = STEP;
    pthread_mutex_lock(&jobs->mutex);
    for (;;) {
        int64_t now = now_ns(jobs);
        int64_t due_ns = *look_ns;
        if (jobs->stopping)
            thing = STOP;
        else if (jobs->woken)
            thing = LOOK;
        else if (now >= *look_ns)
            thing = LOOK_FOR_NEW;
        if (thing != STEP || (*entry_out = next_due(jobs, now, &due_ns)))
            break;
        wait_until(jobs, now, due_ns);
    }
    if (thing == LOOK)
        jobs->woken = false;
    if (thing == LOOK || thing == LOOK_FOR_NEW)
        *look_ns = now_ns(jobs) + LOOK_MS * NS_PER_MS;
    pthread_mutex_unlock(&jobs->mutex);
    return thing;
}

static void *runner_main(void *arg)
{
    struct jobs *jobs = arg;
    struct job_entry *entry = NULL;
    int64_t look_ns = now_ns(jobs);
    bool list_is_read = false;
    for (;;) {
        switch (next_thing(jobs, &look_ns, &entry)) {
        case STOP:
            return NULL;
        case LOOK:
            list_is_read = look_for_jobs(jobs, read_list);
            break;
        case LOOK_FOR_NEW:
            list_is_read = look_for_jobs(jobs, list_is_read ? find_new_job : read_list);
            break;
        case STEP:
            run_step(jobs, entry);
            break;
        }
    }
}

/* ------------------------------------------------------------------ open and close */

static struct jobs *new_jobs(struct engine *engine, struct catalog *catalog, const struct job_kind *kinds,
                             size_t count)
{
    struct jobs *jobs = calloc(1, sizeof *jobs);
    INVARIANT(jobs != NULL);
    jobs->engine = engine;
    jobs->catalog = catalog;
    jobs->kinds = kinds;
    jobs->kind_count = count;
    jobs->woken = true;
    arena_init(&jobs->arena, STEP_CHUNK_BYTES);
    pthread_mutex_init(&jobs->mutex, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&jobs->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return jobs;
}

bool jobs_open_kinds(struct engine *engine, struct catalog *catalog, const struct job_kind *kinds,
                     size_t count, struct jobs **jobs_out, struct error *err)
{
    struct jobs *jobs = new_jobs(engine, catalog, kinds, count);
    int failure = pthread_create(&jobs->thread, NULL, runner_main, jobs);
    jobs->started = failure == 0;
    if (!jobs->started) {
        jobs_close(jobs);
        return error_set(err, ERR_STORAGE, "cannot start a thread: %s", strerror(failure));
    }
    *jobs_out = jobs;
    return true;
}

bool jobs_open(struct engine *engine, struct catalog *catalog, struct jobs **jobs_out, struct error *err)
{
    return jobs_open_kinds(engine, catalog, job_kinds, sizeof job_kinds / sizeof job_kinds[0], jobs_out, err);
}

void jobs_stop(struct jobs *jobs)
{
    if (!jobs || !jobs->started)
        return;
    pthread_mutex_lock(&jobs->mutex);
    jobs->stopping = true;
    pthread_cond_signal(&jobs->wake);
    pthread_mutex_unlock(&jobs->mutex);
    pthread_join(jobs->thread, NULL);
    jobs->started = false;
}

void jobs_close(struct jobs *jobs)
{
    if (!jobs)
        return;
    PRE(!jobs->started);
    pthread_cond_destroy(&jobs->wake);
    pthread_mutex_destroy(&jobs->mutex);
    arena_release(&jobs->arena);
    free(jobs->entries);
    free(jobs);
}

void jobs_wake(struct jobs *jobs)
{
    pthread_mutex_lock(&jobs->mutex);
    jobs->woken = true;
    pthread_cond_signal(&jobs->wake);
    pthread_mutex_unlock(&jobs->mutex);
}
