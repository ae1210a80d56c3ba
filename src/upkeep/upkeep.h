/* upkeep.h - work that never ends, on a thread of its own: streams are rolled and trimmed, expired items are removed.
 * Streams: the open shards of a stream are closed, and their children opened, when they are `shard_ms` old; closed ones are
 *          dropped when they were closed `retention_ms` ago.
 * Expiry:  items whose time-to-live attribute has passed (engine/expiry.h), found through the table's expiry index, deleted in
 *          small commits that look again whether the item is still expired.
 * State:   none that matters: all of it is decided from what is stored, so it goes on after a crash.
 * Gentle:  what it does is small steps, on a thread that lets others run first; it waits while the store refuses.
 * Threads: any. */
#ifndef STATOR_UPKEEP_UPKEEP_H
#define STATOR_UPKEEP_UPKEEP_H

#include "engine/engine.h"
#include "table/catalog.h"

struct upkeep;

struct upkeep_options {
    int64_t stream_shard_ms;     /* how long shards are open; 0: until the stream is disabled */
    int64_t stream_retention_ms; /* how long what was closed is kept */
    int64_t expiry_delay_ms;     /* how long after its time an item is removed, at the earliest */
    int64_t expiry_items_per_s;  /* most that are removed a second, of all tables; 0: as fast as it goes */
};
void upkeep_options_init(struct upkeep_options *options);

/* Engine and catalog are borrowed until upkeep_close(). */
[[nodiscard]] bool upkeep_open(struct engine *engine, struct catalog *catalog,
                               const struct upkeep_options *options, struct upkeep **upkeep_out,
                               struct error *err);
/* Ends the thread after the step it is in. NULL is allowed, in both. */
void upkeep_stop(struct upkeep *upkeep);
void upkeep_close(struct upkeep *upkeep);

struct upkeep_stats {
    uint64_t rolled;          /* streams */
    uint64_t trimmed;         /* streams */
    uint64_t expired;         /* items that were removed */
    int64_t expiry_behind_ms; /* for so long there have been expired items to remove all the time */
};
void upkeep_stats(struct upkeep *upkeep, struct upkeep_stats *out);

#endif
