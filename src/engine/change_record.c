#include "engine/change_record.h"

#include "base/contract.h"
#include "item/item.h"
#include "item/value_builder.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

/* What stands before the images. */
struct header {
    uint8_t version;
    uint8_t event;
    uint8_t flags;
    uint8_t unused;
    uint32_t old_bytes; /* little-endian, as what follows */
    int64_t created_us;
};

enum { VERSION = 2, HAS_OLD = 1, HAS_NEW = 2, HAS_KEYS = 4, BY_SERVICE = 8 };

static_assert(sizeof(struct header) == 16, "docs/format.md#stream-record");

const char *change_event_name(enum change_event event)
{
    static const char *const names[] = {"INSERT", "MODIFY", "REMOVE"};
    PRE(event <= CHANGE_REMOVE);
    return names[event];
}

/* ------------------------------------------------------------------ keys of records */

/* Shards are told apart by their number, records by commit and change; big-endian, so that bytes are in order. */
struct record_key {
    uint32_t shard;
    struct {
        uint64_t commit;
        uint32_t change;
    } __attribute__((packed)) sort;
};

static struct slice shard_bytes(const struct record_key *key)
{
    return slice_of(&key->shard, sizeof key->shard);
}

static struct slice sort_bytes(const struct record_key *key)
{
    return slice_of(&key->sort, sizeof key->sort);
}

static struct record_key record_key_of(uint32_t shard, struct stream_position position)
{
    return (struct record_key){.shard = htobe32(shard),
                               .sort = {htobe64(position.commit), htobe32(position.change)}};
}

static bool read_position(struct slice sort, struct stream_position *out)
{
    struct record_key key;
    if (sort.size != sizeof key.sort)
        return false;
    memcpy(&key.sort, sort.data, sizeof key.sort);
    *out = (struct stream_position){be64toh(key.sort.commit), be32toh(key.sort.change)};
    return true;
}

/* ------------------------------------------------------------------ recording */

static bool shows_old(enum stream_view_type view)
{
    return view == STREAM_VIEW_OLD_IMAGE || view == STREAM_VIEW_NEW_AND_OLD_IMAGES;
}

static bool shows_new(enum stream_view_type view)
{
    return view == STREAM_VIEW_NEW_IMAGE || view == STREAM_VIEW_NEW_AND_OLD_IMAGES;
}

static void copy_attribute(struct value_builder *b, const struct key_attribute *attribute, struct slice item)
{
    struct value value;
    uint32_t member;
    bool found = item_attribute(item, attribute->name, &value);
    INVARIANT(found);
    bool begun = value_builder_entry_begin(b, attribute->name, &member);
    INVARIANT(begun);
    value_builder_member_end(b, member, value_builder_copy(b, &value));
}

static struct slice keys_of(const struct key_schema *key, struct slice item, struct arena *arena)
{
    struct value_builder b;
    value_builder_init(&b, arena, 128);
    struct value_builder_mark mark = value_builder_begin_item(&b);
    for (unsigned i = 0; i < key->hash_count; i++)
        copy_attribute(&b, &key->hash[i], item);
    for (unsigned i = 0; i < key->range_count; i++)
        copy_attribute(&b, &key->range[i], item);
    return value_builder_end_item(&b, mark);
}

static enum change_event event_of(const struct change_to_record *change)
{
    if (slice_is_none(change->former))
        return CHANGE_INSERT;
    return slice_is_none(change->after) ? CHANGE_REMOVE : CHANGE_MODIFY;
}

/* Either image has the keys; they are kept by themselves only if there is none. */
static struct slice encode(struct storage_tx *tx, const struct change_to_record *change,
                           enum stream_view_type view, struct arena *arena)
{
    struct slice first = shows_old(view) ? change->former : SLICE_NONE;
    struct slice second = shows_new(view) ? change->after : SLICE_NONE;
    struct header header = {
        .version = VERSION,
        .event = (uint8_t)event_of(change),
        .flags = (uint8_t)((slice_is_none(first) ? 0 : HAS_OLD) | (slice_is_none(second) ? 0 : HAS_NEW) |
                           (change->by_service ? BY_SERVICE : 0)),
        .created_us = (int64_t)htole64((uint64_t)storage_tx_commit_us(tx)),
    };
    if (!(header.flags & (HAS_OLD | HAS_NEW))) {
        header.flags |= HAS_KEYS;
        first = keys_of(&change->table->key, slice_is_none(change->after) ? change->former : change->after,
                        arena);
    }
    header.old_bytes = htole32((uint32_t)first.size);
    char *bytes = arena_alloc(arena, sizeof header + first.size + second.size);
    memcpy(bytes, &header, sizeof header);
    if (first.size)
        memcpy(bytes + sizeof header, first.data, first.size);
    if (second.size)
        memcpy(bytes + sizeof header + first.size, second.data, second.size);
    return slice_of(bytes, sizeof header + first.size + second.size);
}

bool change_record_stage(struct storage_tx *tx, const struct change_to_record *change, enum stream_kind kind,
                         struct arena *arena, struct error *err)
{
    const struct table_stream *stream = &change->table->streams[kind];
    PRE(stream->enabled);
    struct stream_position position = {storage_tx_commit_number(tx), change->change};
    struct record_key record =
        record_key_of(stream_shard_of(change->key->partition, stream->shards), position);
    struct storage_key key = {stream->space, shard_bytes(&record), sort_bytes(&record)};
    return storage_tx_put(tx, &key, encode(tx, change, stream->view, arena), err);
}

/* ------------------------------------------------------------------ reading */

bool change_cursor_open(struct storage_view *view, const struct stream_generation *generation, uint32_t shard,
                        struct stream_position from, struct arena *arena, struct change_cursor *out,
                        struct error *err)
{
    struct record_key key = record_key_of(shard, from);
    const struct storage_partition_range range = {
        .space = generation->space,
        .partition = shard_bytes(&key),
        .lower = {STORAGE_BOUND_INCLUSIVE, sort_bytes(&key)},
    };
    return storage_view_scan_partition(view, &range, arena, &out->cursor, err);
}

static bool decode(struct slice value, struct change_record *out)
{
    struct header header;
    if (value.size < sizeof header)
        return false;
    memcpy(&header, value.data, sizeof header);
    struct slice images = slice_after(value, sizeof header);
    size_t first_bytes = le32toh(header.old_bytes);
    if (header.version != VERSION || header.event > CHANGE_REMOVE || first_bytes > images.size)
        return false;
    struct slice first = slice_of(images.data, first_bytes);
    struct slice second = slice_after(images, first_bytes);
    *out = (struct change_record){
        .position = out->position,
        .event = (enum change_event)header.event,
        .by_service = header.flags & BY_SERVICE,
        .created_ms = (int64_t)le64toh((uint64_t)header.created_us) / 1000,
        .created_us = (int64_t)le64toh((uint64_t)header.created_us),
        .old_image = header.flags & HAS_OLD ? first : SLICE_NONE,
        .new_image = header.flags & HAS_NEW ? second : SLICE_NONE,
    };
    out->keys = header.flags & HAS_NEW ? second : first;
    return (header.flags & (HAS_OLD | HAS_NEW | HAS_KEYS)) != 0;
}

bool change_cursor_next(struct change_cursor *cursor, struct change_record *out, bool *found_out,
                        struct error *err)
{
    struct storage_entry entry;
    if (!storage_cursor_next(cursor->cursor, &entry, found_out, err))
        return false;
    if (!*found_out || (read_position(entry.sort, &out->position) && decode(entry.value, out)))
        return true;
    (void)error_set(err, ERR_CORRUPT, NULL);
    return error_add_detail(err, "a record of a stream cannot be read");
}

void change_cursor_close(struct change_cursor *cursor)
{
    storage_cursor_close(cursor->cursor);
}

/* ------------------------------------------------------------------ size */

static int64_t key_bytes(const struct key_attribute *attributes, unsigned count, struct slice item)
{
    int64_t bytes = 0;
    for (unsigned i = 0; i < count; i++) {
        struct value value;
        if (item_attribute(item, attributes[i].name, &value))
            bytes += (int64_t)(attributes[i].name.size + value_size_bytes(&value));
    }
    return bytes;
}

int64_t change_record_size_bytes(const struct change_record *record, const struct key_schema *key)
{
    int64_t bytes = key_bytes(key->hash, key->hash_count, record->keys) +
                    key_bytes(key->range, key->range_count, record->keys);
    bytes += slice_is_none(record->old_image) ? 0 : (int64_t)item_size_bytes(record->old_image);
    bytes += slice_is_none(record->new_image) ? 0 : (int64_t)item_size_bytes(record->new_image);
    return bytes;
}
