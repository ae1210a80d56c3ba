/* reader_priv.h - how a lane reads: records of its shard, those of its own that its filter lets pass into its batch, its position
 * over all of them. Private to src/triggers.
 * Bounds:  500 records or 512 KB in a step; the batch as the trigger says. */
#ifndef STATOR_TRIGGERS_READER_PRIV_H
#define STATOR_TRIGGERS_READER_PRIV_H

#include "triggers/lane_priv.h"

enum reading {
    READING_FULL,      /* the batch is */
    READING_MORE,      /* there may be more, but that is enough for one step */
    READING_CAUGHT_UP, /* of an open shard, in *space_out */
    READING_ENDED,     /* the stream has */
    READING_STALE,     /* what is known of the stream is too old */
    READING_FAILED,
};

/* A step, in this view. Reports what was trimmed before it was read. */
enum reading reader_read(struct lane *lane, struct storage_view *view, uint32_t *space_out,
                         struct error *err);

#endif
