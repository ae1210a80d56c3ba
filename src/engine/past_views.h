/* past_views.h - the store as it was a moment ago, for global indexes that are to lag behind their table as DynamoDB's do.
 * Use:     past_views_tick() some times a second; readers past_views_take() what is old enough.
 * Lag:     at least the delay, and at most a tick or a fiftieth of the delay more. In its first moments a store is shown
 *          as it was at the first tick.
 * Owns:    references to views, which it gives back while the store cannot be read, so that the store can recover.
 * Bounds:  PAST_VIEWS_MAX views. Each keeps the store from forgetting what was replaced after it.
 * Threads: tick on one, take on any. */
#ifndef STATOR_ENGINE_PAST_VIEWS_H
#define STATOR_ENGINE_PAST_VIEWS_H

#include "base/clock.h"
#include "storage/storage.h"

enum { PAST_VIEWS_MAX = 64 };

struct past_views;

/* Both are borrowed. */
struct past_views *past_views_new(struct storage *store, const struct clock *clock, int64_t delay_ms);
/* Before the store is closed. NULL is allowed, here and in past_views_tick(). */
void past_views_free(struct past_views *p);

void past_views_tick(struct past_views *p);

/* The newest view that is old enough, held until `arena` is reset; but not one that is older than the commit `commit_min`: of
 * those the oldest. NULL: there is none. */
struct storage_view *past_views_take(struct past_views *p, uint64_t commit_min, struct arena *arena);

#endif
