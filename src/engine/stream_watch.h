/* stream_watch.h - waiting for the next record of a stream, without asking again and again.
 * Use:     a reader that found nothing adds a watch and goes away; it is called back when a commit that records something in
 *          that space has become durable, or when its time is over.
 *
 *              view ─▶ nothing there ─▶ stream_watch_add(commit of the view) ─▶ ... ─▶ done() ─▶ a new view
 *
 * Promise: nothing is missed: a commit after the view's calls done(), also if it was durable before the watch was added.
 * Cost:    a commit that records nothing pays nothing; one that does pays a look at an atomic while nobody waits.
 * Owns:    nothing; the watch is the caller's, and in place until done().
 * Threads: any. done() runs on a thread of the store, on that of stream_watch_tick(), or inside stream_watch_add(): it must
 *          be short.
 * Bounds:  STREAM_WATCH_MAX watches; more are done at once. */
#ifndef STATOR_ENGINE_STREAM_WATCH_H
#define STATOR_ENGINE_STREAM_WATCH_H

#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

enum { STREAM_WATCH_MAX = 10000 };

struct stream_watches;

struct stream_watch {
    uint32_t space;
    uint64_t commit;     /* what the reader has seen */
    int64_t deadline_ns; /* by the monotonic clock */
    void (*done)(struct stream_watch *watch);
    void *arg;
    struct stream_watch *next; /* private */
};

struct stream_watches *stream_watches_new(const struct clock *clock);
/* From now on nobody waits: those who do are done, and so is whoever comes. Before a server ends its connections. */
void stream_watches_stop(struct stream_watches *w);
bool stream_watches_stopped(struct stream_watches *w);
/* Whoever still waits is done. NULL is allowed, here and in the tick. */
void stream_watches_free(struct stream_watches *w);

void stream_watch_add(struct stream_watches *w, struct stream_watch *watch);
/* A commit that recorded in this space is durable, and views show it. */
void stream_watch_recorded(struct stream_watches *w, uint32_t space, uint64_t commit);
/* Those whose time is over; some times a second. */
void stream_watch_tick(struct stream_watches *w);

#endif
