/* collection.h - how much an item collection holds: all items with one partition key, and their entries in local indexes.
 * Use:     item_write.c counts every change in its own commit; the size limit and replies read what was counted.
 * Counted: in tables with local secondary indexes that were made while there was a limit (catalog_options), from their
 *          first item on, and for good. Counting costs a write a third more, so the others go without.
 * Exact:   sizes are those of items and entries as capacity counts them. docs/format.md#item-collection.
 * Source:  semantics.md sections 7 (ItemCollectionMetrics), 12.3. */
#ifndef STATOR_ENGINE_COLLECTION_H
#define STATOR_ENGINE_COLLECTION_H

#include "base/error.h"
#include "storage/storage.h"
#include "table/table.h"

static inline bool collection_counted(const struct table *table)
{
    return table->collections_space != 0;
}

/* Counts a change of the collection's size. ERR_ITEM_COLLECTION_SIZE_LIMIT_EXCEEDED if it grows beyond `bytes_max` (0: no
 * limit); a change that makes it smaller is always allowed. PRE: collection_counted(). */
[[nodiscard]] bool collection_follow(struct storage_tx *tx, const struct table *table, struct slice partition,
                                     int64_t by_bytes, int64_t bytes_max, struct arena *arena,
                                     struct error *err);

/* PRE: collection_counted(). */
[[nodiscard]] bool collection_bytes(struct storage_view *view, const struct table *table,
                                    struct slice partition, struct arena *arena, int64_t *bytes_out,
                                    struct error *err);

/* Whole gigabytes between which the collection's size lies. */
struct collection_range {
    int64_t low;
    int64_t high;
};

/* As close as one gigabyte if the collection is counted, or small, or its table is; else no more than the table holds. */
[[nodiscard]] bool collection_estimate(struct storage_view *view, const struct table *table,
                                       struct slice partition, struct arena *arena,
                                       struct collection_range *range_out, struct error *err);

#endif
