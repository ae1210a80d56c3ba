#include "engine/past_views.h"

#include "base/contract.h"
#include "base/shared.h"

#include <pthread.h>
#include <stdlib.h>

enum { STEPS = 50 }; /* into which the delay is divided at most */

struct past_view {
    struct shared shared; /* one reference of the history, one of each reader */
    struct storage_view *view;
    int64_t taken_ns;
};

struct past_views {
    struct storage *store;
    const struct clock *clock;
    int64_t delay_ns;
    pthread_mutex_t mutex; /* held for some tens of instructions */
    size_t count;
    struct past_view *views[PAST_VIEWS_MAX]; /* oldest first; commits rise */
};

static void destroy(struct shared *shared)
{
    struct past_view *past = (struct past_view *)shared;
    storage_view_release(past->view);
    free(past);
}

struct past_views *past_views_new(struct storage *store, const struct clock *clock, int64_t delay_ms)
{
    struct past_views *p = calloc(1, sizeof *p);
    INVARIANT(p != NULL);
    PRE(delay_ms > 0);
    p->store = store;
    p->clock = clock;
    p->delay_ns = delay_ms * 1000000;
    pthread_mutex_init(&p->mutex, NULL);
    past_views_tick(p);
    return p;
}

/* Forgets the oldest `count`. */
static void forget(struct past_views *p, size_t count)
{
    struct past_view *leaving[PAST_VIEWS_MAX];
    pthread_mutex_lock(&p->mutex);
    memcpy(leaving, p->views, count * sizeof *leaving);
    p->count -= count;
    memmove(p->views, p->views + count, p->count * sizeof *p->views);
    pthread_mutex_unlock(&p->mutex);
    for (size_t i = 0; i < count; i++)
        shared_release(&leaving[i]->shared);
}

void past_views_free(struct past_views *p)
{
    if (!p)
        return;
    forget(p, p->count);
    pthread_mutex_destroy(&p->mutex);
    free(p);
}

/* How many nobody is going to be shown any more: all before the newest that is old enough. */
static size_t outdated(const struct past_views *p, int64_t now_ns)
{
    size_t count = 0;
    while (count + 1 < p->count && p->views[count + 1]->taken_ns <= now_ns - p->delay_ns)
        count++;
    return count;
}

static void remember(struct past_views *p, struct storage_view *take_view, int64_t now_ns)
{
    struct past_view *past = calloc(1, sizeof *past);
    INVARIANT(past != NULL && p->count < PAST_VIEWS_MAX);
    shared_init(&past->shared, destroy);
    past->view = take_view;
    past->taken_ns = now_ns;
    pthread_mutex_lock(&p->mutex);
    p->views[p->count++] = past;
    pthread_mutex_unlock(&p->mutex);
}

/* Nothing was committed since the newest, or it is too new for another one. */
static bool is_enough(const struct past_views *p, const struct storage_view *view, int64_t now_ns)
{
    if (p->count == 0)
        return false;
    const struct past_view *newest = p->views[p->count - 1];
    return storage_view_commit(newest->view) == storage_view_commit(view) ||
           now_ns - newest->taken_ns < p->delay_ns / STEPS;
}

void past_views_tick(struct past_views *p)
{
    if (!p)
        return;
    int64_t now_ns = clock_monotonic_ns(p->clock);
    struct storage_view *view = storage_view_take(p->store);
    if (!view) {
        forget(p, p->count);
        return;
    }
    forget(p, outdated(p, now_ns));
    if (is_enough(p, view, now_ns))
        storage_view_release(view);
    else
        remember(p, view, now_ns);
}

static void give_back(void *shared)
{
    shared_release(shared);
}

/* PRE: locked. */
static struct past_view *choose(const struct past_views *p, uint64_t commit_min, int64_t now_ns)
{
    for (size_t i = outdated(p, now_ns); i < p->count; i++)
        if (storage_view_commit(p->views[i]->view) >= commit_min)
            return p->views[i];
    return NULL;
}

struct storage_view *past_views_take(struct past_views *p, uint64_t commit_min, struct arena *arena)
{
    int64_t now_ns = clock_monotonic_ns(p->clock);
    pthread_mutex_lock(&p->mutex);
    struct past_view *past = choose(p, commit_min, now_ns);
    if (past)
        shared_retain(&past->shared);
    pthread_mutex_unlock(&p->mutex);
    if (!past)
        return NULL;
    arena_cleanup_add(arena, give_back, &past->shared);
    return past->view;
}
