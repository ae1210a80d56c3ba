/* item_range.h - which stored entries a Query or a Scan is about.
 * Use:     item_query_range(), or item_scan_start() and item_scan_range(); then storage_view_scan_partition() or _hash().
 * Owns:    nothing; ranges borrow from the request, keys of several attributes are made in the arena.
 * Source:  semantics.md sections 5.6 (schema errors), 8.1 (starting keys), 8.5 (segments), 12.4 (several attributes). */
#ifndef STATOR_ENGINE_ITEM_RANGE_H
#define STATOR_ENGINE_ITEM_RANGE_H

#include "base/error.h"
#include "engine/item_key.h"
#include "expr/expr.h"
#include "storage/storage.h"
#include "table/table.h"

/* `start` is the ExclusiveStartKey as a stored map, SLICE_NONE if there is none. */
[[nodiscard]] bool item_query_range(const struct item_source *source, const struct key_conditions *conditions,
                                    bool reverse, struct slice start, struct arena *arena,
                                    struct storage_partition_range *range_out, struct error *err);

/* Segments divide the hash space evenly: disjoint, complete, stable. */
struct scan_segment {
    uint32_t index;
    uint32_t total; /* 1: the whole table */
};

/* Of a starting key what DynamoDB looks at first: of an index its own key attributes, their number and their types. */
[[nodiscard]] bool item_scan_start(const struct item_source *source, struct slice start, struct error *err);
/* PRE: item_scan_start(). */
[[nodiscard]] bool item_scan_range(const struct item_source *source, struct scan_segment segment,
                                   struct slice start, struct arena *arena,
                                   struct storage_hash_range *range_out, struct error *err);

#endif
