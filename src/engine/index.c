#include "engine/index.h"

#include "base/contract.h"
#include "engine/capacity.h"
#include "item/item.h"
#include "item/key.h"
#include "item/value_builder.h"

/* ------------------------------------------------------------------ keys of entries */

enum { SORT_BYTES_USUAL = 128 };

/* The value can stand for this attribute of a key. */
static bool fits(const struct key_attribute *attribute, const struct value *value, size_t bytes_max)
{
    return value->type == attribute->type && value->payload.size > 0 && value->payload.size <= bytes_max;
}

static bool read_attributes(const struct key_attribute *attributes, unsigned count, size_t bytes_max,
                            const struct value *item, struct value *out)
{
    for (unsigned i = 0; i < count; i++)
        if (!value_member(item, attributes[i].name, &out[i]) || !fits(&attributes[i], &out[i], bytes_max))
            return false;
    return true;
}

static struct slice composite(const struct value *values, unsigned count, struct arena *arena)
{
    struct buf key;
    buf_init(&key, arena, SORT_BYTES_USUAL);
    for (unsigned i = 0; i < count; i++)
        key_append(&key, &values[i]);
    return buf_slice(&key);
}

static void append_attribute(struct buf *key, const struct key_attribute *attribute, const struct value *item)
{
    struct value value;
    bool found = value_member(item, attribute->name, &value);
    INVARIANT(found);
    key_append(key, &value);
}

static struct slice sort_key(const struct table *table, const struct table_index *index,
                             const struct value *ranges, const struct value *item, struct arena *arena)
{
    struct buf key;
    buf_init(&key, arena, SORT_BYTES_USUAL);
    for (unsigned i = 0; i < index->key.range_count; i++)
        key_append(&key, &ranges[i]);
    if (!table_index_is_local(table, index))
        append_attribute(&key, &table->key.hash[0], item);
    if (table->key.range_count)
        append_attribute(&key, &table->key.range[0], item);
    return buf_slice(&key);
}

static bool entry_key(const struct table *table, const struct table_index *index, const struct value *item,
                      struct arena *arena, struct storage_key *key_out)
{
    struct value hashes[TABLE_KEY_ATTRIBUTES_MAX];
    struct value ranges[TABLE_KEY_ATTRIBUTES_MAX];
    const struct key_schema *key = &index->key;
    if (!read_attributes(key->hash, key->hash_count, KEY_PARTITION_BYTES_MAX, item, hashes) ||
        !read_attributes(key->range, key->range_count, KEY_SORT_BYTES_MAX, item, ranges))
        return false;
    *key_out = (struct storage_key){
        .space = index->space,
        .partition =
            key->hash_count == 1 ? key_single(&hashes[0]) : composite(hashes, key->hash_count, arena),
        .sort = sort_key(table, index, ranges, item, arena),
    };
    return true;
}

/* ------------------------------------------------------------------ what entries hold */

static void copy_entry(struct value_builder *b, struct slice name, const struct value *value)
{
    uint32_t member;
    /* There is room: the item has no more members than an item may have. */
    bool begun = value_builder_entry_begin(b, name, &member);
    INVARIANT(begun);
    value_builder_member_end(b, member, value_builder_copy(b, value));
}

/* Both the item's attributes and the projected names are sorted. */
static struct slice project(const struct table_index *index, const struct value *item, size_t item_bytes,
                            struct arena *arena)
{
    struct value_builder b;
    value_builder_init(&b, arena, item_bytes < 512 ? item_bytes : 512);
    struct value_builder_mark mark = value_builder_begin_item(&b);
    struct slice members = value_members(item);
    size_t next = 0;
    for (uint32_t i = 0; i < item->count && next < index->projected_count; i++) {
        struct slice name;
        struct value value;
        value_next_entry(&members, &name, &value);
        while (next < index->projected_count && slice_compare(index->projected[next], name) < 0)
            next++;
        if (next < index->projected_count && slice_equal(index->projected[next], name))
            copy_entry(&b, name, &value);
    }
    return value_builder_end_item(&b, mark);
}

bool index_entry_of(const struct table *table, const struct table_index *index, struct slice item,
                    struct arena *arena, struct index_entry *entry_out)
{
    struct value attributes;
    if (slice_is_none(item))
        return false;
    item_attributes(item, &attributes);
    if (!entry_key(table, index, &attributes, arena, &entry_out->key))
        return false;
    entry_out->item =
        index->projection.type == PROJECTION_ALL ? item : project(index, &attributes, item.size, arena);
    return true;
}

/* ------------------------------------------------------------------ following items */

static bool key_equal(const struct storage_key *a, const struct storage_key *b)
{
    return slice_equal(a->partition, b->partition) && slice_equal(a->sort, b->sort);
}

static bool count_entry(struct storage_tx *tx, uint32_t space, int64_t entries, int64_t bytes,
                        struct error *err)
{
    if (entries == 0 && bytes == 0)
        return true;
    return storage_tx_add_usage(tx, space, (struct storage_usage){entries, bytes}, err);
}

static int64_t bytes_of(const struct index_entry *entry)
{
    return (int64_t)item_size_bytes(entry->item);
}

/* While an index is being made, an item's former entry may not be there yet. */
static bool is_there(struct storage_tx *tx, const struct table_index *index, const struct index_entry *entry,
                     struct arena *arena, bool *there_out, struct error *err)
{
    struct slice ignored;
    *there_out = true;
    return index->status == INDEX_ACTIVE || storage_tx_get(tx, &entry->key, arena, &ignored, there_out, err);
}

bool index_put_entry(struct storage_tx *tx, const struct index_entry *entry, struct error *err)
{
    return storage_tx_put(tx, &entry->key, entry->item, err) &&
           count_entry(tx, entry->key.space, 1, bytes_of(entry), err);
}

static bool delete_entry(struct storage_tx *tx, const struct table_index *index,
                         const struct index_entry *entry, struct arena *arena, struct error *err)
{
    bool there;
    if (!is_there(tx, index, entry, arena, &there, err))
        return false;
    return !there || (storage_tx_delete(tx, &entry->key, err) &&
                      count_entry(tx, entry->key.space, -1, -bytes_of(entry), err));
}

static bool replace_entry(struct storage_tx *tx, const struct table_index *index,
                          const struct index_entry *former, const struct index_entry *after,
                          struct arena *arena, struct error *err)
{
    bool there;
    if (!is_there(tx, index, former, arena, &there, err))
        return false;
    if (!there)
        return index_put_entry(tx, after, err);
    return storage_tx_put(tx, &after->key, after->item, err) &&
           count_entry(tx, after->key.space, 0, bytes_of(after) - bytes_of(former), err);
}

static int64_t halves_of(const struct index_entry *entry)
{
    return capacity_write_halves(item_size_bytes(entry->item));
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static bool follow(struct storage_tx *tx, const struct table *table, const struct table_index *index,
                   struct slice former_item, struct slice after_item, struct arena *arena,
                   int64_t *halves_out, struct error *err)
{
    struct index_entry former, after;
    bool was = index_entry_of(table, index, former_item, arena, &former);
    bool is = index_entry_of(table, index, after_item, arena, &after);
    *halves_out = 0;
    if (was && is && key_equal(&former.key, &after.key)) {
        if (slice_equal(former.item, after.item))
            return true;
        *halves_out = larger(halves_of(&former), halves_of(&after));
        return replace_entry(tx, index, &former, &after, arena, err);
    }
    *halves_out = (was ? halves_of(&former) : 0) + (is ? halves_of(&after) : 0);
    return (!was || delete_entry(tx, index, &former, arena, err)) &&
           (!is || index_put_entry(tx, &after, err));
}

bool index_follow(struct storage_tx *tx, const struct table *table, struct slice former, struct slice after,
                  struct arena *arena, int64_t *halves, struct error *err)
{
    for (size_t i = 0; i < index_count(table); i++)
        if (!follow(tx, table, index_at(table, i), former, after, arena, &halves[i], err))
            return false;
    return true;
}
