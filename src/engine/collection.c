#include "engine/collection.h"

#include "base/contract.h"
#include "item/item.h"

#include <assert.h>
#include <endian.h>

/* What is stored under the partition key in the table's collections space. */
struct record {
    char version;
    char bytes[8]; /* big-endian */
};

enum { VERSION = 1, LOOK_BYTES_MAX = 256 * 1024 };

static_assert(sizeof(struct record) == 9, "docs/format.md#item-collection");

static struct storage_key key_of(const struct table *table, struct slice partition)
{
    return (struct storage_key){.space = table->collections_space, .partition = partition, .sort = SLICE("")};
}

static struct record encode(int64_t bytes)
{
    struct record r = {.version = VERSION};
    uint64_t big = htobe64((uint64_t)bytes);
    memcpy(r.bytes, &big, sizeof big);
    return r;
}

static bool decode(struct slice value, bool found, int64_t *bytes_out, struct error *err)
{
    uint64_t big;
    *bytes_out = 0;
    if (!found)
        return true;
    if (value.size != sizeof(struct record) || value.data[0] != VERSION) {
        error_set(err, ERR_CORRUPT, "Internal server error");
        return error_add_detail(err, "the size of an item collection is of unknown layout");
    }
    memcpy(&big, value.data + 1, sizeof big);
    *bytes_out = (int64_t)be64toh(big);
    return true;
}

bool collection_follow(struct storage_tx *tx, const struct table *table, struct slice partition,
                       int64_t by_bytes, int64_t bytes_max, struct arena *arena, struct error *err)
{
    struct storage_key key = key_of(table, partition);
    struct slice value;
    bool found;
    int64_t bytes;
    PRE(collection_counted(table));
    if (by_bytes == 0)
        return true;
    if (!storage_tx_get(tx, &key, arena, &value, &found, err) || !decode(value, found, &bytes, err))
        return false;
    bytes += by_bytes;
    if (by_bytes > 0 && bytes_max > 0 && bytes > bytes_max)
        return error_set(err, ERR_ITEM_COLLECTION_SIZE_LIMIT_EXCEEDED, "Collection size exceeded.");
    INVARIANT(bytes >= 0);
    if (bytes == 0)
        return storage_tx_delete(tx, &key, err);
    struct record r = encode(bytes);
    return storage_tx_put(tx, &key, slice_of(&r, sizeof r), err);
}

bool collection_bytes(struct storage_view *view, const struct table *table, struct slice partition,
                      struct arena *arena, int64_t *bytes_out, struct error *err)
{
    struct storage_key key = key_of(table, partition);
    struct slice value;
    bool found;
    PRE(collection_counted(table));
    return storage_view_get(view, &key, arena, &value, &found, err) && decode(value, found, bytes_out, err);
}

/* ------------------------------------------------------------------ estimates */

static struct collection_range gigabytes_around(int64_t bytes)
{
    return (struct collection_range){bytes >> 30, (bytes >> 30) + 1};
}

/* What the table and its local indexes hold together. */
static bool table_bytes(struct storage_view *view, const struct table *table, int64_t *bytes_out,
                        struct error *err)
{
    struct storage_usage usage;
    if (!storage_view_usage(view, table->space, &usage, err))
        return false;
    *bytes_out = usage.bytes;
    for (size_t i = 0; i < table->local_index_count; i++) {
        if (!storage_view_usage(view, table->local_indexes[i].space, &usage, err))
            return false;
        *bytes_out += usage.bytes;
    }
    return true;
}

/* Whether the collection has few items: then it has few entries. */
static bool is_small(struct storage_view *view, const struct table *table, struct slice partition,
                     struct arena *arena, bool *small_out, struct error *err)
{
    const struct storage_partition_range all = {.space = table->space, .partition = partition};
    struct storage_cursor *cursor;
    size_t bytes = 0;
    bool more = true;
    if (!storage_view_scan_partition(view, &all, arena, &cursor, err))
        return false;
    while (more && bytes < LOOK_BYTES_MAX) {
        struct storage_entry entry;
        if (!storage_cursor_next(cursor, &entry, &more, err))
            return false;
        bytes += more ? item_size_bytes(entry.value) : 0;
    }
    storage_cursor_close(cursor);
    *small_out = !more;
    return true;
}

bool collection_estimate(struct storage_view *view, const struct table *table, struct slice partition,
                         struct arena *arena, struct collection_range *range_out, struct error *err)
{
    int64_t bytes;
    bool small;
    if (collection_counted(table)) {
        if (!collection_bytes(view, table, partition, arena, &bytes, err))
            return false;
        *range_out = gigabytes_around(bytes);
        return true;
    }
    if (!table_bytes(view, table, &bytes, err))
        return false;
    *range_out = gigabytes_around(bytes);
    if (range_out->low == 0)
        return true;
    if (!is_small(view, table, partition, arena, &small, err))
        return false;
    *range_out = (struct collection_range){0, small ? 1 : range_out->high};
    return true;
}
