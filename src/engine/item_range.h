/* item_range.h - which stored entries a Query or a Scan is about.
 * Use:     item_query_range() or item_scan_range(), then storage_view_scan_partition() or _hash().
 * Owns:    nothing; ranges borrow from the request.
 * Source:  semantics.md sections 5.6 (schema errors), 8.1 (starting keys), 8.5 (segments). */
#ifndef STATOR_ENGINE_ITEM_RANGE_H
#define STATOR_ENGINE_ITEM_RANGE_H

#include "base/error.h"
#include "expr/expr.h"
#include "storage/storage.h"
#include "table/table.h"

/* `start` is the ExclusiveStartKey as a stored map, SLICE_NONE if there is none. */
[[nodiscard]] bool item_query_range(const struct table *table, const struct key_conditions *conditions,
                                    bool reverse, struct slice start,
                                    struct storage_partition_range *range_out, struct error *err);

/* Segments divide the hash space evenly: disjoint, complete, stable. */
struct scan_segment {
    uint32_t index;
    uint32_t total; /* 1: the whole table */
};

[[nodiscard]] bool item_scan_range(const struct table *table, struct scan_segment segment, struct slice start,
                                   struct storage_hash_range *range_out, struct error *err);

#endif
