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

static const struct storage_partition_range all_triggers = {.space = STORAGE_SPACE_TRIGGERS,
                                                            .partition = SLICE("triggers")};

static struct storage_key trigger_key(struct slice name)
{
    return (struct storage_key){all_triggers.space, all_triggers.partition, name};
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

static bool count_entry(void *arg, const struct storage_entry *entry, struct error *err)
{
    (void)entry, (void)err;
    ++*(size_t *)arg;
    return true;
}

bool trigger_tx_count(struct storage_tx *tx, struct arena *arena, size_t *count_out, struct error *err)
{
    *count_out = 0;
    return storage_tx_each(tx, &all_triggers, arena, count_entry, count_out, err);
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

struct lanes_found {
    struct arena *arena;
    struct stored_sort *sorts;
    struct trigger_counts *counts; /* of all together; may be NULL */
};

static bool take_stored_lane(void *arg, const struct storage_entry *entry, struct error *err)
{
    struct lanes_found *found = arg;
    struct lane_state state;
    if (found->counts && entry->sort.size > 0) {
        if (!lane_state_read(entry->value, &state, err))
            return false;
        trigger_counts_add(found->counts, &state.counts);
    }
    struct stored_sort *one = ARENA_NEW(found->arena, struct stored_sort);
    *one = (struct stored_sort){arena_copy(found->arena, entry->sort), found->sorts};
    found->sorts = one;
    return true;
}

/* Everything in the trigger's own partition; what its lanes counted is added up. */
static bool forget_lanes(struct storage_tx *tx, uint64_t id, struct arena *arena,
                         struct trigger_counts *counts_out, struct error *err)
{
    struct lane_key room;
    struct storage_key key = lane_key(&room, id, 0, 0);
    const struct storage_partition_range all = {.space = key.space, .partition = key.partition};
    struct lanes_found found = {.arena = arena, .counts = counts_out};
    if (!storage_tx_each(tx, &all, arena, take_stored_lane, &found, err))
        return false;
    for (const struct stored_sort *one = found.sorts; one; one = one->next) {
        key.sort = one->sort;
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

struct each_trigger {
    struct arena *arena;
    trigger_take *take;
    void *arg;
};

static bool take_trigger(void *arg, const struct storage_entry *entry, struct error *err)
{
    const struct each_trigger *each = arg;
    struct trigger trigger;
    return trigger_read(entry->value, each->arena, &trigger, err) && each->take(each->arg, &trigger, err);
}

bool trigger_view_each(struct storage_view *view, struct arena *arena, trigger_take *take, void *arg,
                       struct error *err)
{
    struct each_trigger each = {arena, take, arg};
    return storage_view_each(view, &all_triggers, arena, take_trigger, &each, err);
}

struct each_lane {
    lane_take *take;
    void *arg;
};

static bool take_lane(void *arg, const struct storage_entry *entry, struct error *err)
{
    const struct each_lane *each = arg;
    struct lane_key key;
    if (entry->sort.size != sizeof key.sort)
        return true;
    memcpy(&key.sort, entry->sort.data, sizeof key.sort);
    struct lane_state state = {.shard = be32toh(key.sort.shard), .lane = be32toh(key.sort.lane)};
    if (!lane_state_read(entry->value, &state, err))
        return false;
    each->take(each->arg, &state);
    return true;
}

bool lane_view_each(struct storage_view *view, uint64_t id, struct arena *arena, lane_take *take, void *arg,
                    struct error *err)
{
    struct lane_key room;
    const struct storage_key any = lane_key(&room, id, 0, 0);
    const struct storage_partition_range all = {.space = any.space, .partition = any.partition};
    struct each_lane each = {take, arg};
    return storage_view_each(view, &all, arena, take_lane, &each, err);
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
