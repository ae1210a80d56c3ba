#include "engine/index.h"

#include "base/contract.h"
#include "engine/capacity.h"
#include "item/item.h"
#include "item/key.h"
#include "item/value_builder.h"

enum { SORT_BYTES_USUAL = 128, ENTRY_BYTES_USUAL = 512 };

size_t index_number(const struct table *table, const struct table_index *index)
{
    return table_index_is_local(table, index)
               ? (size_t)(index - table->local_indexes)
               : table->local_index_count + (size_t)(index - table->global_indexes);
}

/* ------------------------------------------------------------------ keys of entries */

/* An item's values of an index's key attributes. */
struct index_key {
    struct value hash[TABLE_KEY_ATTRIBUTES_MAX];
    struct value range[TABLE_KEY_ATTRIBUTES_MAX];
};

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

static bool read_key(const struct table_index *index, const struct value *item, struct index_key *out)
{
    const struct key_schema *key = &index->key;
    return read_attributes(key->hash, key->hash_count, KEY_PARTITION_BYTES_MAX, item, out->hash) &&
           read_attributes(key->range, key->range_count, KEY_SORT_BYTES_MAX, item, out->range);
}

struct slice index_partition(const struct value *hashes, unsigned count, struct arena *arena)
{
    struct buf key;
    if (count == 1)
        return key_single(&hashes[0]);
    if (count == 0)
        return SLICE("");
    buf_init(&key, arena, SORT_BYTES_USUAL);
    for (unsigned i = 0; i < count; i++)
        key_append(&key, &hashes[i]);
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

static struct storage_key stored_key(const struct table *table, const struct table_index *index,
                                     const struct index_key *key, const struct value *item,
                                     struct arena *arena)
{
    return (struct storage_key){
        .space = index->space,
        .partition = index_partition(key->hash, index->key.hash_count, arena),
        .sort = sort_key(table, index, key->range, item, arena),
    };
}

bool index_entry_key(const struct table *table, const struct table_index *index, struct slice item,
                     struct arena *arena, struct storage_key *key_out)
{
    struct value attributes;
    struct index_key key;
    item_attributes(item, &attributes);
    if (!read_key(index, &attributes, &key))
        return false;
    *key_out = stored_key(table, index, &key, &attributes, arena);
    return true;
}

/* ------------------------------------------------------------------ what entries hold */

/* The attributes of an item that an index projects, one after another. Both the item's attributes and the projected names
 * are sorted. */
struct projected {
    const struct table_index *index;
    struct slice members;
    uint32_t left; /* of the members */
    size_t next;   /* of the names */
};

static struct projected projected_of(const struct table_index *index, const struct value *item)
{
    return (struct projected){.index = index, .members = value_members(item), .left = item->count};
}

static bool next_projected(struct projected *p, struct slice *name, struct value *value)
{
    const struct table_index *index = p->index;
    while (p->left > 0 && p->next < index->projected_count) {
        p->left--;
        value_next_entry(&p->members, name, value);
        int order = -1;
        while (p->next < index->projected_count &&
               (order = slice_compare(index->projected[p->next], *name)) < 0)
            p->next++;
        if (order == 0)
            return true;
    }
    return false;
}

static bool same_projected(const struct table_index *index, const struct value *a, const struct value *b)
{
    struct projected in_a = projected_of(index, a);
    struct projected in_b = projected_of(index, b);
    for (;;) {
        struct slice name_a, name_b;
        struct value value_a, value_b;
        bool more_a = next_projected(&in_a, &name_a, &value_a);
        bool more_b = next_projected(&in_b, &name_b, &value_b);
        if (!more_a || !more_b)
            return more_a == more_b;
        if (!slice_equal(name_a, name_b) || !value_equal(&value_a, &value_b))
            return false;
    }
}

static size_t projected_bytes(const struct table_index *index, const struct value *item)
{
    struct projected p = projected_of(index, item);
    struct slice name;
    struct value value;
    size_t bytes = 0;
    while (next_projected(&p, &name, &value))
        bytes += name.size + value_size_bytes(&value);
    return bytes;
}

static struct slice project(const struct table_index *index, const struct value *item, size_t item_bytes,
                            struct arena *arena)
{
    struct value_builder b;
    struct projected p = projected_of(index, item);
    struct slice name;
    struct value value;
    value_builder_init(&b, arena, item_bytes < ENTRY_BYTES_USUAL ? item_bytes : ENTRY_BYTES_USUAL);
    struct value_builder_mark mark = value_builder_begin_item(&b);
    while (next_projected(&p, &name, &value)) {
        uint32_t member;
        /* There is room: the item has no more members than an item may have. */
        bool begun = value_builder_entry_begin(&b, name, &member);
        INVARIANT(begun);
        value_builder_member_end(&b, member, value_builder_copy(&b, &value));
    }
    return value_builder_end_item(&b, mark);
}

static bool projects_all(const struct table_index *index)
{
    return index->projection.type == PROJECTION_ALL;
}

static struct slice entry_item(const struct table_index *index, struct slice item,
                               const struct value *attributes, struct arena *arena)
{
    return projects_all(index) ? item : project(index, attributes, item.size, arena);
}

/* An item as one index sees it. */
struct index_image {
    bool is_there; /* else the item is not in that index */
    struct index_key key;
    struct index_entry entry;
};

struct index_images {
    size_t count; /* of the indexes */
    struct index_image at[];
};

static void make_image(const struct table *table, const struct table_index *index, struct slice item,
                       struct arena *arena, struct index_image *out)
{
    struct value attributes;
    item_attributes(item, &attributes);
    out->is_there = read_key(index, &attributes, &out->key);
    if (!out->is_there)
        return;
    out->entry.key = stored_key(table, index, &out->key, &attributes, arena);
    out->entry.item = entry_item(index, item, &attributes, arena);
}

bool index_entry_of(const struct table *table, const struct table_index *index, struct slice item,
                    struct arena *arena, struct index_entry *entry_out)
{
    struct index_image image;
    if (slice_is_none(item))
        return false;
    make_image(table, index, item, arena, &image);
    if (image.is_there)
        *entry_out = image.entry;
    return image.is_there;
}

const struct index_images *index_images_of(const struct table *table, struct slice item, struct arena *arena)
{
    size_t count = index_kept_count(table);
    struct index_images *images =
        arena_alloc(arena, sizeof *images + arena_array_size(sizeof images->at[0], count));
    images->count = count;
    for (size_t i = 0; i < count; i++)
        make_image(table, index_at(table, i), item, arena, &images->at[i]);
    return images;
}

/* ------------------------------------------------------------------ staging entries */

static bool count_entry(struct storage_tx *tx, uint32_t space, int64_t entries, int64_t bytes,
                        struct error *err)
{
    if (entries == 0 && bytes == 0)
        return true;
    return storage_tx_add_usage(tx, space, (struct storage_usage){entries, bytes}, err);
}

bool index_put_entry(struct storage_tx *tx, const struct index_entry *entry, struct error *err)
{
    return storage_tx_put(tx, &entry->key, entry->item, err) &&
           count_entry(tx, entry->key.space, 1, (int64_t)item_size_bytes(entry->item), err);
}

/* While an index is being made, an item's former entry may not be there yet. */
static bool is_there(struct storage_tx *tx, const struct table_index *index, const struct storage_key *key,
                     struct arena *arena, bool *there_out, struct error *err)
{
    struct slice ignored;
    *there_out = true;
    return index->status == INDEX_ACTIVE || storage_tx_get(tx, key, arena, &ignored, there_out, err);
}

static bool delete_entry(struct storage_tx *tx, const struct table_index *index,
                         const struct storage_key *key, size_t bytes, struct arena *arena, struct error *err)
{
    bool there;
    if (!is_there(tx, index, key, arena, &there, err))
        return false;
    return !there ||
           (storage_tx_delete(tx, key, err) && count_entry(tx, key->space, -1, -(int64_t)bytes, err));
}

/* The former entry has the same key. */
static bool replace_entry(struct storage_tx *tx, const struct table_index *index,
                          const struct index_entry *entry, size_t former_bytes, struct arena *arena,
                          struct error *err)
{
    bool there;
    int64_t bytes = (int64_t)item_size_bytes(entry->item);
    if (!is_there(tx, index, &entry->key, arena, &there, err))
        return false;
    if (!there)
        return index_put_entry(tx, entry, err);
    return storage_tx_put(tx, &entry->key, entry->item, err) &&
           count_entry(tx, entry->key.space, 0, bytes - (int64_t)former_bytes, err);
}

/* ------------------------------------------------------------------ following items */

/* One side of a change as an index sees it. */
struct side {
    struct slice item;
    struct value attributes;
    bool is_in;
    const struct index_key *key; /* if it is */
    struct index_key own_key;    /* which it is, unless there is an image */
};

static void look(struct side *side, const struct table_index *index)
{
    side->key = &side->own_key;
    side->is_in = !slice_is_none(side->item) && read_key(index, &side->attributes, &side->own_key);
}

static void look_at_image(struct side *side, const struct index_image *image)
{
    side->key = &image->key;
    side->is_in = image->is_there;
}

static size_t entry_bytes(const struct table_index *index, const struct side *side)
{
    return projects_all(index) ? item_size_bytes(side->item) : projected_bytes(index, &side->attributes);
}

static bool same_values(const struct value *a, const struct value *b, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!slice_equal(a[i].payload, b[i].payload))
            return false;
    return true;
}

/* The rest of an entry's key is the table's, which an item keeps. */
static bool same_key(const struct table_index *index, const struct side *a, const struct side *b)
{
    return same_values(a->key->hash, b->key->hash, index->key.hash_count) &&
           same_values(a->key->range, b->key->range, index->key.range_count);
}

/* Changes of one item, index after index. */
struct following {
    struct storage_tx *tx;
    struct index_change *change;
    struct side former, after;
    struct arena *arena;
};

static struct index_entry entry_after(const struct following *f, const struct table_index *index,
                                      size_t number)
{
    const struct table *table = f->change->table;
    const struct side *after = &f->after;
    if (f->change->images)
        return f->change->images->at[number].entry;
    return (struct index_entry){
        .key = stored_key(table, index, after->key, &after->attributes, f->arena),
        .item = entry_item(index, after->item, &after->attributes, f->arena),
    };
}

static void count(struct following *f, size_t number, int64_t halves, int64_t bytes)
{
    f->change->halves[number] = halves;
    if (number < f->change->table->local_index_count)
        f->change->local_bytes += bytes;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The item has the same place in the index as before. */
static bool follow_in_place(struct following *f, const struct table_index *index, size_t number,
                            struct error *err)
{
    if (!projects_all(index) && same_projected(index, &f->former.attributes, &f->after.attributes))
        return true;
    struct index_entry entry = entry_after(f, index, number);
    size_t bytes = item_size_bytes(entry.item);
    size_t former_bytes = entry_bytes(index, &f->former);
    count(f, number, larger(capacity_write_halves(former_bytes), capacity_write_halves(bytes)),
          (int64_t)bytes - (int64_t)former_bytes);
    return replace_entry(f->tx, index, &entry, former_bytes, f->arena, err);
}

static bool follow_out(struct following *f, const struct table_index *index, size_t number, struct error *err)
{
    const struct side *former = &f->former;
    struct storage_key key = stored_key(f->change->table, index, former->key, &former->attributes, f->arena);
    size_t bytes = entry_bytes(index, former);
    count(f, number, f->change->halves[number] + capacity_write_halves(bytes), -(int64_t)bytes);
    return delete_entry(f->tx, index, &key, bytes, f->arena, err);
}

static bool follow_in(struct following *f, const struct table_index *index, size_t number, struct error *err)
{
    struct index_entry entry = entry_after(f, index, number);
    size_t bytes = item_size_bytes(entry.item);
    count(f, number, f->change->halves[number] + capacity_write_halves(bytes), (int64_t)bytes);
    return index_put_entry(f->tx, &entry, err);
}

static bool follow(struct following *f, size_t number, struct error *err)
{
    const struct table_index *index = index_at(f->change->table, number);
    look(&f->former, index);
    if (f->change->images)
        look_at_image(&f->after, &f->change->images->at[number]);
    else
        look(&f->after, index);
    if (f->former.is_in && f->after.is_in && same_key(index, &f->former, &f->after))
        return follow_in_place(f, index, number, err);
    return (!f->former.is_in || follow_out(f, index, number, err)) &&
           (!f->after.is_in || follow_in(f, index, number, err));
}

static void open_side(struct side *side, struct slice item)
{
    side->item = item;
    if (!slice_is_none(item))
        item_attributes(item, &side->attributes);
}

bool index_follow(struct storage_tx *tx, struct index_change *change, struct arena *arena, struct error *err)
{
    struct following f = {.tx = tx, .change = change, .arena = arena};
    size_t count_of_all = index_kept_count(change->table);
    PRE(!change->images || change->images->count == count_of_all);
    open_side(&f.former, change->former);
    open_side(&f.after, change->after);
    change->local_bytes = 0;
    for (size_t i = 0; i < count_of_all; i++) {
        change->halves[i] = 0;
        if (!follow(&f, i, err))
            return false;
    }
    return true;
}
