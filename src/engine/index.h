/* index.h - secondary indexes as functions of items: what an item looks like in an index, and how indexes follow items.
 * Entry:   key: the index's hash attributes make the partition; its range attributes, then the table's key (of a local index
 *          its sort key alone), make the sort key, so that entries with equal index keys stand in a stable order.
 *          Value: the projected attributes as an item; of PROJECTION_ALL the item itself. docs/format.md#index-entry.
 * Sparse:  an item that lacks one of the index's key attributes, or has a value there that cannot be a key, has no entry.
 * Promise: entries change in the item's own commit; nothing is written when nothing projected changed.
 * Owns:    nothing; results live in the arena or borrow from the item.
 * Threads: any; index_follow() in a transaction function.
 * Source:  semantics.md sections 4.3, 4.4, 9.2, 12.3, 12.4. */
#ifndef STATOR_ENGINE_INDEX_H
#define STATOR_ENGINE_INDEX_H

#include "base/arena.h"
#include "base/error.h"
#include "expr/expr.h"
#include "storage/storage.h"
#include "table/table.h"

/* How many indexes the table has; they are numbered, local ones first. */
static inline size_t index_count(const struct table *table)
{
    return table->local_index_count + table->global_index_count;
}
/* The same with the one by which items are found that expire, which comes last and is kept like the others. */
static inline size_t index_kept_count(const struct table *table)
{
    return index_count(table) + (table->expiry_index != NULL);
}
static inline const struct table_index *index_at(const struct table *table, size_t number)
{
    if (number < table->local_index_count)
        return &table->local_indexes[number];
    number -= table->local_index_count;
    return number < table->global_index_count ? &table->global_indexes[number] : table->expiry_index;
}
/* The number of one of its indexes. */
size_t index_number(const struct table *table, const struct table_index *index);

/* ------------------------------------------------------------------ entries */

struct index_entry {
    struct storage_key key;
    struct slice item;
};

/* false: the item is not in the index. */
[[nodiscard]] bool index_entry_of(const struct table *table, const struct table_index *index,
                                  struct slice item, struct arena *arena, struct index_entry *entry_out);
/* Its key alone. `item` needs only hold the key attributes of index and table. */
[[nodiscard]] bool index_entry_key(const struct table *table, const struct table_index *index,
                                   struct slice item, struct arena *arena, struct storage_key *key_out);
/* The partition of entries with these values of the index's hash attributes. */
struct slice index_partition(const struct value *hashes, unsigned count, struct arena *arena);

/* What an item looks like in every index that is kept: worked out before the commit, and on any thread. */
struct index_images;
const struct index_images *index_images_of(const struct table *table, struct slice item, struct arena *arena);

/* ------------------------------------------------------------------ what indexes refuse */

/* Whether the item can be in all indexes of the table whose key attributes it has (types, empty values, sizes), and is not too
 * large together with its entries in local ones. The texts are those of an item that is put. ERR_VALIDATION. */
[[nodiscard]] bool index_check_put(const struct table *table, struct slice item, struct error *err);
/* The same of an update, in two parts. Before anything is read: of the values it is known to set. */
[[nodiscard]] bool index_check_update(const struct table *table, const struct expr *update,
                                      struct error *err);
/* Once the item is known: of all that it changed. */
[[nodiscard]] bool index_check_updated(const struct table *table, struct slice former, struct slice after,
                                       struct arena *arena, struct error *err);

/* ------------------------------------------------------------------ following items */

/* A change of an item. PRE: the items differ. */
struct index_change {
    const struct table *table;
    struct slice former;               /* SLICE_NONE: there was none */
    struct slice after;                /* likewise */
    const struct index_images *images; /* of `after`; NULL: not worked out beforehand */
    /* What it came to. */
    int64_t *halves;     /* of each index kept, by number: half units of write capacity that it consumed */
    int64_t local_bytes; /* by which the entries in local indexes grew, all together */
};

/* Stages what the change means for every index. ERR_NO_SPACE if one is gone. */
[[nodiscard]] bool index_follow(struct storage_tx *tx, struct index_change *change, struct arena *arena,
                                struct error *err);

/* Puts the entry of an item that was there before its index. PRE: it is not there yet. */
[[nodiscard]] bool index_put_entry(struct storage_tx *tx, const struct index_entry *entry, struct error *err);

#endif
