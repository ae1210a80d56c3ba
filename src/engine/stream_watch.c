#include "engine/stream_watch.h"

#include "base/contract.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SLOTS = 256 };

/* Spaces share slots. A watch may be done for the sake of another space, and then simply finds nothing. */
struct slot {
    _Atomic uint64_t newest; /* commit that recorded in a space of this slot */
    _Atomic size_t waiting;
    struct stream_watch *first;
};

struct stream_watches {
    const struct clock *clock;
    pthread_mutex_t mutex; /* of the lists */
    size_t count;
    _Atomic bool stopped;
    struct slot slots[SLOTS];
};

static struct slot *slot_of(struct stream_watches *w, uint32_t space)
{
    return &w->slots[space % SLOTS];
}

struct stream_watches *stream_watches_new(const struct clock *clock)
{
    struct stream_watches *w = calloc(1, sizeof *w);
    INVARIANT(w != NULL);
    w->clock = clock;
    pthread_mutex_init(&w->mutex, NULL);
    return w;
}

/* ------------------------------------------------------------------ leaving */

typedef bool is_over(const struct stream_watch *watch, int64_t number);

/* Takes the watches of a slot that are over out of their list, and calls them once the mutex is free. */
static void end_those(struct stream_watches *w, struct slot *slot, is_over *over, int64_t number)
{
    struct stream_watch *ended = NULL;
    pthread_mutex_lock(&w->mutex);
    for (struct stream_watch **at = &slot->first; *at;) {
        struct stream_watch *watch = *at;
        if (!over(watch, number)) {
            at = &watch->next;
            continue;
        }
        *at = watch->next;
        watch->next = ended;
        ended = watch;
        w->count--;
        atomic_fetch_sub(&slot->waiting, 1);
    }
    pthread_mutex_unlock(&w->mutex);
    while (ended) {
        struct stream_watch *watch = ended;
        ended = watch->next;
        watch->done(watch);
    }
}

static bool has_news(const struct stream_watch *watch, int64_t commit)
{
    return watch->commit < (uint64_t)commit;
}

static bool is_late(const struct stream_watch *watch, int64_t now_ns)
{
    return watch->deadline_ns <= now_ns;
}

static bool always(const struct stream_watch *watch, int64_t number)
{
    (void)watch, (void)number;
    return true;
}

void stream_watches_stop(struct stream_watches *w)
{
    pthread_mutex_lock(&w->mutex);
    atomic_store(&w->stopped, true);
    pthread_mutex_unlock(&w->mutex);
    for (size_t i = 0; i < SLOTS; i++)
        end_those(w, &w->slots[i], always, 0);
}

bool stream_watches_stopped(struct stream_watches *w)
{
    return atomic_load(&w->stopped);
}

void stream_watches_free(struct stream_watches *w)
{
    if (!w)
        return;
    stream_watches_stop(w);
    pthread_mutex_destroy(&w->mutex);
    free(w);
}

/* ------------------------------------------------------------------ waiting */

/* false: there are too many already, or nobody may wait any more. */
static bool enter(struct stream_watches *w, struct slot *slot, struct stream_watch *watch)
{
    pthread_mutex_lock(&w->mutex);
    bool fits = !atomic_load(&w->stopped) && w->count < STREAM_WATCH_MAX;
    if (fits) {
        watch->next = slot->first;
        slot->first = watch;
        w->count++;
        atomic_fetch_add(&slot->waiting, 1);
    }
    pthread_mutex_unlock(&w->mutex);
    return fits;
}

/* Whoever records sets `newest` and then looks whether anybody waits; whoever waits says so and then looks at `newest`. So one of
 * the two sees the other. */
void stream_watch_add(struct stream_watches *w, struct stream_watch *watch)
{
    struct slot *slot = slot_of(w, watch->space);
    if (!enter(w, slot, watch)) {
        watch->done(watch);
        return;
    }
    uint64_t newest = atomic_load(&slot->newest);
    if (newest > 0)
        end_those(w, slot, has_news, (int64_t)newest);
}

void stream_watch_recorded(struct stream_watches *w, uint32_t space, uint64_t commit)
{
    struct slot *slot = slot_of(w, space);
    uint64_t newest = atomic_load_explicit(&slot->newest, memory_order_relaxed);
    while (newest < commit && !atomic_compare_exchange_weak(&slot->newest, &newest, commit))
        ;
    if (atomic_load(&slot->waiting) > 0)
        end_those(w, slot, has_news, (int64_t)commit);
}

void stream_watch_tick(struct stream_watches *w)
{
    if (!w)
        return;
    int64_t now_ns = clock_monotonic_ns(w->clock);
    for (size_t i = 0; i < SLOTS; i++)
        if (atomic_load_explicit(&w->slots[i].waiting, memory_order_relaxed) > 0)
            end_those(w, &w->slots[i], is_late, now_ns);
}
