#include "upkeep/upkeep_priv.h"

#include "base/contract.h"
#include "base/log.h"
#include "base/priority.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHUNK_BYTES = 64 * 1024, FAILED_MS = 1000, HOUR_MS = 3600 * 1000 };

#define NS_PER_MS ((int64_t)1000000)
#define NS_PER_S  ((int64_t)1000000000)

static const struct {
    chore_run *run;
    const char *fails;   /* what the log says when it begins to fail */
    const char *resumes; /* and when it works again */
} chores[CHORE_COUNT] = {
    [CHORE_STREAMS] = {upkeep_streams, "streams cannot be rolled and trimmed for now",
                       "streams are rolled and trimmed again"},
    [CHORE_EXPIRED] = {upkeep_expired, "expired items cannot be removed for now",
                       "expired items are removed again"},
};

void upkeep_options_init(struct upkeep_options *options)
{
    *options = (struct upkeep_options){
        .stream_shard_ms = 4 * HOUR_MS,
        .stream_retention_ms = 24 * HOUR_MS,
        .expiry_items_per_s = 25000,
    };
}

/* ------------------------------------------------------------------ the thread */

bool upkeep_stopping(struct upkeep *u)
{
    pthread_mutex_lock(&u->mutex);
    bool stopping = u->stopping;
    pthread_mutex_unlock(&u->mutex);
    return stopping;
}

static void report(struct upkeep *u, enum chore_number number, bool ok, const struct error *err)
{
    struct chore *chore = &u->chores[number];
    if (!ok && !chore->failed)
        log_error(LOG_WARNING, chores[number].fails, err);
    if (ok && chore->failed)
        log_event(LOG_INFO, chores[number].resumes);
    chore->failed = !ok;
}

static void run_chore(struct upkeep *u, enum chore_number number)
{
    struct error err;
    int64_t again_ms = FAILED_MS;
    error_init(&err, &u->arena);
    bool ok = chores[number].run(u, &again_ms, &err);
    report(u, number, ok, &err);
    u->chores[number].due_ns = clock_monotonic_ns(u->engine->clock) + (ok ? again_ms : FAILED_MS) * NS_PER_MS;
    arena_reset(&u->arena);
}

static enum chore_number next_chore(const struct upkeep *u)
{
    enum chore_number next = 0;
    for (enum chore_number i = 1; i < CHORE_COUNT; i++)
        if (u->chores[i].due_ns < u->chores[next].due_ns)
            next = i;
    return next;
}

/* false: stop. */
static bool wait_until(struct upkeep *u, int64_t due_ns)
{
    pthread_mutex_lock(&u->mutex);
    for (;;) {
        int64_t now_ns = clock_monotonic_ns(u->engine->clock);
        if (u->stopping || now_ns >= due_ns)
            break;
        struct timespec at;
        clock_gettime(CLOCK_MONOTONIC, &at);
        int64_t ns = at.tv_nsec + (due_ns - now_ns);
        at.tv_sec += (time_t)(ns / NS_PER_S);
        at.tv_nsec = (long)(ns % NS_PER_S);
        pthread_cond_timedwait(&u->wake, &u->mutex, &at);
    }
    bool stopping = u->stopping;
    pthread_mutex_unlock(&u->mutex);
    return !stopping;
}

static void *upkeep_main(void *arg)
{
    struct upkeep *u = arg;
    pthread_setname_np(pthread_self(), "upkeep");
    priority_background();
    for (;;) {
        enum chore_number next = next_chore(u);
        if (!wait_until(u, u->chores[next].due_ns))
            return NULL;
        run_chore(u, next);
    }
}

/* ------------------------------------------------------------------ open and close */

bool upkeep_open(struct engine *engine, struct catalog *catalog, const struct upkeep_options *options,
                 struct upkeep **upkeep_out, struct error *err)
{
    struct upkeep *u = calloc(1, sizeof *u);
    INVARIANT(u != NULL);
    u->engine = engine;
    u->catalog = catalog;
    u->options = *options;
    for (size_t i = 0; i < CHORE_COUNT; i++)
        u->chores[i].due_ns = clock_monotonic_ns(engine->clock);
    arena_init(&u->arena, CHUNK_BYTES);
    pthread_mutex_init(&u->mutex, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&u->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int failure = pthread_create(&u->thread, NULL, upkeep_main, u);
    u->started = failure == 0;
    if (!u->started) {
        upkeep_close(u);
        return error_set(err, ERR_STORAGE, "cannot start a thread: %s", strerror(failure));
    }
    *upkeep_out = u;
    return true;
}

void upkeep_stop(struct upkeep *u)
{
    if (!u || !u->started)
        return;
    pthread_mutex_lock(&u->mutex);
    u->stopping = true;
    pthread_cond_signal(&u->wake);
    pthread_mutex_unlock(&u->mutex);
    pthread_join(u->thread, NULL);
    u->started = false;
}

void upkeep_close(struct upkeep *u)
{
    if (!u)
        return;
    PRE(!u->started);
    upkeep_forget_sweeps(u);
    pthread_cond_destroy(&u->wake);
    pthread_mutex_destroy(&u->mutex);
    arena_release(&u->arena);
    free(u);
}

void upkeep_stats(struct upkeep *u, struct upkeep_stats *out)
{
    int64_t behind_ns = atomic_load(&u->expiry_behind_ns);
    *out = (struct upkeep_stats){
        .rolled = atomic_load(&u->rolled),
        .trimmed = atomic_load(&u->trimmed),
        .expired = atomic_load(&u->expired),
        .expiry_behind_ms =
            behind_ns == 0 ? 0 : (clock_monotonic_ns(u->engine->clock) - behind_ns) / NS_PER_MS,
    };
}
