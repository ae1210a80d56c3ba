/* Triggers inside transactions and views.
 *
 *     partition "triggers"       sort: name                        the trigger
 *     partition its id, 8 bytes  sort: empty                       the epoch that counts
 *                                sort: shard, lane, 4 bytes each   where the lane is, in that epoch
 *
 * All numbers in keys are big-endian. */
#include "base/contract.h"
#include "item/item.h"
#include "item/key.h"
#include "triggers/triggers_priv.h"

#include <endian.h>

enum { RECORD_BYTES = 1024 };

/* ------------------------------------------------------------------ keys */

struct lane_key {
    uint64_t id;
    struct {
        uint32_t shard;
        uint32_t lane;
    } sort;
};

static struct storage_key trigger_key(struct slice name)
{
    return (struct storage_key){STORAGE_SPACE_TRIGGERS, SLICE("triggers"), name};
}

static struct storage_key lane_key(struct lane_key *room, uint64_t id, uint32_t shard, uint32_t lane)
{
    *room = (struct lane_key){htobe64(id), {htobe32(shard), htobe32(lane)}};
    return (struct storage_key){STORAGE_SPACE_TRIGGERS, slice_of(&room->id, sizeof room->id),
                                slice_of(&room->sort, sizeof room->sort)};
}

static struct storage_key epoch_key(struct lane_key *room, uint64_t id)
{
    struct storage_key key = lane_key(room, id, 0, 0);
    key.sort = SLICE("");
    return key;
}

/* ------------------------------------------------------------------ transactions */

bool trigger_tx_get(struct storage_tx *tx, struct slice name, struct arena *arena, struct trigger *out,
                    bool *found_out, struct error *err)
{
    struct storage_key key = trigger_key(name);
    struct slice record;
    return storage_tx_get(tx, &key, arena, &record, found_out, err) &&
           (!*found_out || trigger_read(record, arena, out, err));
}

bool trigger_tx_count(struct storage_tx *tx, struct arena *arena, size_t *count_out, struct error *err)
{
    const struct storage_partition_range all = {.space = STORAGE_SPACE_TRIGGERS,
                                                .partition = SLICE("triggers")};
    struct storage_cursor *cursor;
    struct storage_entry entry;
    bool found = true;
    if (!storage_tx_scan_partition(tx, &all, arena, &cursor, err))
        return false;
    for (*count_out = 0; storage_cursor_next(cursor, &entry, &found, err); ++*count_out) {
        if (!found) {
            storage_cursor_close(cursor);
            return true;
        }
    }
    return false;
}

bool trigger_tx_put(struct storage_tx *tx, const struct trigger *trigger, struct arena *arena,
                    struct error *err)
{
    struct storage_key key = trigger_key(trigger->name);
    struct buf record;
    buf_init(&record, arena, RECORD_BYTES);
    trigger_write(trigger, &record);
    return storage_tx_put(tx, &key, buf_slice(&record), err);
}

struct stored_sort {
    struct slice sort;
    struct stored_sort *next;
};

/* Everything in the trigger's own partition; what its lanes counted is added up. */
static bool find_lanes(struct storage_tx *tx, struct slice partition, struct arena *arena,
                       struct trigger_counts *counts_out, struct stored_sort **out, struct error *err)
{
    const struct storage_partition_range all = {.space = STORAGE_SPACE_TRIGGERS, .partition = partition};
    struct storage_cursor *cursor;
    struct storage_entry entry;
    bool found = true;
    if (!storage_tx_scan_partition(tx, &all, arena, &cursor, err))
        return false;
    for (;;) {
        struct lane_state state;
        if (!storage_cursor_next(cursor, &entry, &found, err))
            return false;
        if (!found)
            break;
        if (counts_out && entry.sort.size > 0) {
            if (!lane_state_read(entry.value, &state, err))
                return false;
            trigger_counts_add(counts_out, &state.counts);
        }
        struct stored_sort *one = ARENA_NEW(arena, struct stored_sort);
        *one = (struct stored_sort){arena_copy(arena, entry.sort), *out};
        *out = one;
    }
    storage_cursor_close(cursor);
    return true;
}

static bool forget_lanes(struct storage_tx *tx, uint64_t id, struct arena *arena,
                         struct trigger_counts *counts_out, struct error *err)
{
    struct lane_key room;
    struct storage_key key = lane_key(&room, id, 0, 0);
    struct stored_sort *sorts = NULL;
    if (!find_lanes(tx, key.partition, arena, counts_out, &sorts, err))
        return false;
    for (; sorts; sorts = sorts->next) {
        key.sort = sorts->sort;
        if (!storage_tx_delete(tx, &key, err))
            return false;
    }
    return true;
}

bool trigger_tx_new_epoch(struct storage_tx *tx, struct trigger *trigger, struct arena *arena,
                          struct trigger_counts *counts_out, struct error *err)
{
    struct lane_key room;
    struct storage_key key = epoch_key(&room, trigger->id);
    trigger->epoch = storage_tx_commit_number(tx);
    uint64_t epoch = htobe64(trigger->epoch);
    return forget_lanes(tx, trigger->id, arena, counts_out, err) &&
           storage_tx_put(tx, &key, slice_of(&epoch, sizeof epoch), err);
}

bool trigger_tx_delete(struct storage_tx *tx, const struct trigger *trigger, struct arena *arena,
                       struct error *err)
{
    struct storage_key key = trigger_key(trigger->name);
    return forget_lanes(tx, trigger->id, arena, NULL, err) && storage_tx_delete(tx, &key, err);
}

bool lane_tx_put(struct storage_tx *tx, uint64_t id, uint64_t epoch, const struct lane_state *state,
                 struct arena *arena, bool *superseded_out, struct error *err)
{
    struct lane_key room;
    struct storage_key key = epoch_key(&room, id);
    uint64_t expected = htobe64(epoch);
    struct slice stored;
    bool found;
    if (!storage_tx_get(tx, &key, arena, &stored, &found, err))
        return false;
    *superseded_out = !found || !slice_equal(stored, slice_of(&expected, sizeof expected));
    if (*superseded_out)
        return true;
    char record[LANE_RECORD_BYTES];
    key = lane_key(&room, id, state->shard, state->lane);
    lane_state_write(state, record);
    return storage_tx_put(tx, &key, slice_of(record, sizeof record), err);
}

/* ------------------------------------------------------------------ views */

bool trigger_view_each(struct storage_view *view, struct arena *arena, trigger_take *take, void *arg,
                       struct error *err)
{
    const struct storage_partition_range all = {.space = STORAGE_SPACE_TRIGGERS,
                                                .partition = SLICE("triggers")};
    struct storage_cursor *cursor;
    struct storage_entry entry;
    bool found = true;
    if (!storage_view_scan_partition(view, &all, arena, &cursor, err))
        return false;
    for (;;) {
        struct trigger trigger;
        if (!storage_cursor_next(cursor, &entry, &found, err))
            return false;
        if (!found)
            break;
        if (!trigger_read(entry.value, arena, &trigger, err) || !take(arg, &trigger, err))
            return false;
    }
    storage_cursor_close(cursor);
    return true;
}

static bool read_lane(const struct storage_entry *entry, struct lane_state *out, struct error *err)
{
    struct lane_key key;
    memcpy(&key.sort, entry->sort.data, sizeof key.sort);
    *out = (struct lane_state){.shard = be32toh(key.sort.shard), .lane = be32toh(key.sort.lane)};
    return lane_state_read(entry->value, out, err);
}

bool lane_view_each(struct storage_view *view, uint64_t id, struct arena *arena, lane_take *take, void *arg,
                    struct error *err)
{
    struct lane_key room;
    const struct storage_key any = lane_key(&room, id, 0, 0);
    const struct storage_partition_range all = {.space = STORAGE_SPACE_TRIGGERS, .partition = any.partition};
    struct storage_cursor *cursor;
    struct storage_entry entry;
    bool found = true;
    if (!storage_view_scan_partition(view, &all, arena, &cursor, err))
        return false;
    for (;;) {
        struct lane_state state;
        if (!storage_cursor_next(cursor, &entry, &found, err))
            return false;
        if (!found)
            break;
        if (entry.sort.size != sizeof room.sort)
            continue;
        if (!read_lane(&entry, &state, err))
            return false;
        take(arg, &state);
    }
    storage_cursor_close(cursor);
    return true;
}

/* ------------------------------------------------------------------ lanes */

/* Shards are ranges of the hash, told apart by its high bits; lanes by its low ones. Part of the stored format. */
uint32_t lane_of_record(const struct key_schema *key, const struct change_record *record, uint32_t lanes)
{
    struct value value;
    if (lanes == 1)
        return 0;
    bool found = item_attribute(record->keys, key->hash[0].name, &value);
    INVARIANT(found);
    uint64_t low = storage_partition_hash(key_single(&value)) & UINT32_MAX;
    return (uint32_t)(low * lanes >> 32);
}
