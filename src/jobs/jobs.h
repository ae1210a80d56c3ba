/* jobs.h - long work that survives restarts: filling a new index, giving back the space of what was dropped.
 * Use:     a change that begins long work stages its job in its own commit (jobs_stage_...), then jobs_wake(); the runner does
 *          the rest: in small steps, each one commit that holds the work and the job's new cursor and counters, so that a
 *          crash at any instant loses and repeats nothing.
 * Seen:    jobs_list(), `stator jobs`, the admin endpoint. Each job shows state, progress, rate and what it fails with.
 * Steered: jobs_pause(), jobs_resume(), jobs_cancel(), jobs_set_rate(); all durable.
 * Owns:    a thread of its own. Records live in STORAGE_SPACE_JOBS; docs/format.md#jobs.
 * Threads: any.
 * Bounds:  one job a new index or dropped space; finished ones are kept for a while, at most JOBS_KEPT_MAX. */
#ifndef STATOR_JOBS_JOBS_H
#define STATOR_JOBS_JOBS_H

#include "engine/engine.h"
#include "table/catalog.h"

struct jobs;

/* Adds the job of filling an index, in the transaction that adds the index to the table's descriptor with INDEX_CREATING.
 * When every item has its entry the job makes it INDEX_ACTIVE; if the index or its table goes away the job ends. */
[[nodiscard]] bool jobs_stage_backfill(struct storage_tx *tx, const struct table *table,
                                       const struct table_index *index, struct arena *arena,
                                       struct error *err);
/* There may be new jobs. */
void jobs_wake(struct jobs *jobs);

#endif
