/* engine.h - what the item operations share: the store, the expression cache, the workers.
 * Use:     made once by server/, handed to every request. Operations are functions over it:
 *          item_key.h    key attributes of items and Key maps, checked against the table
 *          item_write.h  put, update and delete, one or many, conditional or not, in one commit
 *          item_read.h   one item, and pages of Query and Scan
 *          index.h       secondary indexes
 *          collection.h  sizes of item collections
 *          past_views.h  the store as it was
 *          change_record.h, stream_watch.h  what streams keep of changes
 *          expiry.h      when items expire
 *          capacity.h    what they consume
 *          secret.h      by what the server knows its own tokens
 * Owns:    nothing; server/ opens and closes the parts.
 * Threads: any. */
#ifndef STATOR_ENGINE_ENGINE_H
#define STATOR_ENGINE_ENGINE_H

#include "base/clock.h"
#include "base/workers.h"
#include "engine/expiry.h"
#include "engine/past_views.h"
#include "engine/secret.h"
#include "engine/stream_watch.h"
#include "expr/expr.h"
#include "storage/storage.h"
#include "table/table.h"

struct engine {
    struct storage *storage;
    struct expr_cache *expressions;
    struct workers *workers; /* for reads that outgrow an event loop's patience */
    const struct clock *clock;
    struct stream_watches *stream_watches; /* who waits for records; NULL: nobody can */
    struct expiry_notes *expiry_notes;     /* what is expired when it is written; NULL: nobody asks */
    struct past_views *past_views;         /* what is read of global indexes; NULL: what there is now */
    int64_t collection_bytes_max; /* of an item collection in a table with local indexes; 0: no limit */
    unsigned conflict_percent; /* of the requests that could meet a transaction, how many are told they did */
    unsigned char secret[SECRET_BYTES]; /* of tokens given to clients */
};

/* Writes are serial here, so requests never meet. For tests of clients some are told that they did: whether this one is, and
 * which of its `count` items is to blame. */
bool engine_draws_conflict(const struct engine *engine, size_t count, size_t *which_out);

/* The newest durable instant, held until `arena` is reset. ERR_UNAVAILABLE while the store recovers. */
[[nodiscard]] bool engine_view(struct engine *engine, struct arena *arena, struct storage_view **view_out,
                               struct error *err);

/* The instant at which an index is read: of a global one an earlier one, if they are to lag. `table` is the descriptor in which
 * the index was found. */
[[nodiscard]] bool engine_index_view(struct engine *engine, const struct table *table,
                                     const struct table_index *index, struct arena *arena,
                                     struct storage_view **view_out, struct error *err);

#endif
