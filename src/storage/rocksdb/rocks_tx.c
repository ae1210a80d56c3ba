/* What a transaction function calls. Its changes go into the group's overlay as it makes them, where its own reads
 * and those of later transactions find them, and into the group's batch only when it has succeeded. */
#include "base/contract.h"
#include "storage/rocksdb/rocks_hot_range.h"
#include "storage/rocksdb/rocks_priv.h"

static struct rocks_tx *tx_of(struct storage_tx *tx)
{
    return (struct rocks_tx *)tx;
}

/* ------------------------------------------------------------------ begin and end */

void rocks_tx_begin(struct rocks *r, int64_t now_ms)
{
    int64_t now_us = now_ms * 1000;
    r->tx = (struct rocks_tx){
        .base.backend = &rocks_backend,
        .store = r,
        .commit = r->commit + 1,
        .commit_us = now_us > r->commit_us ? now_us : r->commit_us + 1,
        .first_change = r->overlay.count,
    };
    rocks_spaces_begin(&r->spaces);
}

static void close_cursors(struct rocks_tx *tx)
{
    while (tx->cursors)
        rocks_cursor_close((struct storage_cursor *)tx->cursors);
}

static struct slice value_of(const struct rocks_change *change)
{
    if (change->kind == ROCKS_CHANGE_DELETE)
        return SLICE_NONE;
    return slice_of(change->sealed.data, change->sealed.size - ROCKS_CHECKSUM_BYTES);
}

/* Before any view shows it: hot values and ranges change now, RocksDB with the group. */
static void settle_change(struct rocks *r, struct rocks_tx *tx, const struct rocks_change *change)
{
    switch (change->kind) {
    case ROCKS_CHANGE_PUT:
    case ROCKS_CHANGE_DELETE:
        rocks_hot_change(r->hot, change->fingerprint, change->key, tx->commit, value_of(change));
        rocks_hot_range_change(r->hot, change->key, tx->commit);
        return;
    case ROCKS_CHANGE_DROP_SPACE:
        rocks_keeper_add_drop(r, (struct rocks_drop){.space = change->space, .commit = tx->commit});
        rocks_hot_clear(r->hot, tx->commit);
        return;
    }
    UNREACHABLE();
}

void rocks_tx_keep(struct rocks_tx *tx)
{
    struct rocks *r = tx->store;
    close_cursors(tx);
    for (size_t i = tx->first_change; i < r->overlay.count; i++)
        settle_change(r, tx, &r->overlay.changes[i]);
    if (tx->staged && !tx->uncounted) {
        r->commit = tx->commit;
        r->commit_us = tx->commit_us;
    }
}

void rocks_tx_drop(struct rocks_tx *tx)
{
    struct rocks *r = tx->store;
    close_cursors(tx);
    rocks_overlay_rollback(&r->overlay, tx->first_change);
    rocks_spaces_rollback(&r->spaces);
}

/* ------------------------------------------------------------------ reading */

static bool get(struct rocks_tx *tx, const struct storage_key *key, struct arena *arena,
                struct slice *value_out, bool *found_out, struct error *err)
{
    struct rocks *r = tx->store;
    struct rocks_key_room room;
    struct slice encoded = rocks_key_build(&room, arena, key);
    uint64_t fingerprint = rocks_key_fingerprint(encoded);
    const struct rocks_change *change = rocks_overlay_find(&r->overlay, encoded, fingerprint);
    if (!change)
        return rocks_get_hot(r, r->read_latest, tx->commit, encoded, fingerprint, arena, value_out, found_out,
                             err);
    *found_out = change->kind == ROCKS_CHANGE_PUT;
    if (*found_out)
        *value_out = arena_copy(arena, value_of(change));
    return true;
}

/* A space dropped in this group is still in RocksDB. */
bool rocks_tx_get(struct storage_tx *base, const struct storage_key *key, struct arena *arena,
                  struct slice *value_out, bool *found_out, struct error *err)
{
    struct rocks_tx *tx = tx_of(base);
    if (rocks_spaces_live(&tx->store->spaces, key->space))
        return get(tx, key, arena, value_out, found_out, err);
    *found_out = false;
    return true;
}

/* A change in this group's earlier transactions has left its stamp with the hot values; those of this one stand in the
 * overlay alone. */
bool rocks_tx_unchanged(const struct storage_tx *base, const struct storage_view *base_view,
                        const struct storage_key *key)
{
    const struct rocks_tx *tx = (const struct rocks_tx *)base;
    const struct rocks_view *view = (const struct rocks_view *)base_view;
    struct rocks *r = tx->store;
    struct rocks_key_room room;
    if (rocks_key_size(key) > sizeof room.bytes || !rocks_spaces_live(&r->spaces, key->space))
        return false;
    struct slice encoded = rocks_key_build(&room, NULL, key);
    uint64_t fingerprint = rocks_key_fingerprint(encoded);
    return rocks_hot_unchanged(r->hot, fingerprint, view->commit) &&
           !rocks_overlay_find(&r->overlay, encoded, fingerprint);
}

bool rocks_tx_scan_partition(struct storage_tx *base, const struct storage_partition_range *range,
                             struct arena *arena, struct storage_cursor **cursor_out, struct error *err)
{
    (void)err;
    struct rocks_tx *tx = tx_of(base);
    struct storage_partition_range nothing = {
        .lower = {STORAGE_BOUND_INCLUSIVE, SLICE("")},
        .upper = {STORAGE_BOUND_EXCLUSIVE, SLICE("")},
    };
    if (!rocks_spaces_live(&tx->store->spaces, range->space))
        range = &nothing;
    rocks_cursor_open_partition((struct rocks_cursor_source){tx->store, NULL, tx}, range, arena, cursor_out);
    return true;
}

uint64_t rocks_tx_commit_number(const struct storage_tx *tx)
{
    return ((const struct rocks_tx *)tx)->commit;
}

int64_t rocks_tx_commit_ms(const struct storage_tx *tx)
{
    return ((const struct rocks_tx *)tx)->commit_us / 1000;
}
int64_t rocks_tx_commit_us(const struct storage_tx *tx)
{
    return ((const struct rocks_tx *)tx)->commit_us;
}

/* ------------------------------------------------------------------ staging */

/* A change of `key`, all but its value. */
static struct rocks_change change_of(struct rocks *r, enum rocks_change_kind kind,
                                     const struct storage_key *key)
{
    size_t size = rocks_key_size(key);
    char *bytes = arena_alloc_bytes(&r->arena, size);
    rocks_key_encode(bytes, key);
    r->staged_bytes += size;
    struct rocks_change change = {.kind = kind, .key = slice_of(bytes, size)};
    change.fingerprint = rocks_key_fingerprint(change.key);
    rocks_hot_expect_change(r->hot, change.fingerprint);
    rocks_hot_range_expect_change(r->hot, change.key);
    return change;
}

static void stage_put(struct rocks_tx *tx, const struct storage_key *key, struct slice value)
{
    struct rocks *r = tx->store;
    struct rocks_change change = change_of(r, ROCKS_CHANGE_PUT, key);
    char *sealed = arena_alloc_bytes(&r->arena, value.size + ROCKS_CHECKSUM_BYTES);
    rocks_value_seal(sealed, change.fingerprint, value);
    change.sealed = slice_of(sealed, value.size + ROCKS_CHECKSUM_BYTES);
    r->staged_bytes += change.sealed.size;
    rocks_overlay_add(&r->overlay, change);
    tx->staged = true;
}

static void stage_delete(struct rocks_tx *tx, const struct storage_key *key)
{
    struct rocks *r = tx->store;
    rocks_overlay_add(&r->overlay, change_of(r, ROCKS_CHANGE_DELETE, key));
    tx->staged = true;
}

static bool check_space(const struct rocks_tx *tx, uint32_t space, struct error *err)
{
    if (rocks_spaces_live(&tx->store->spaces, space))
        return true;
    error_set(err, ERR_NO_SPACE, "Internal server error");
    return error_add_detail(err, "space %u does not exist", (unsigned)space);
}

bool rocks_tx_put(struct storage_tx *base, const struct storage_key *key, struct slice value,
                  struct error *err)
{
    struct rocks_tx *tx = tx_of(base);
    if (!check_space(tx, key->space, err))
        return false;
    stage_put(tx, key, value);
    return true;
}

bool rocks_tx_delete(struct storage_tx *base, const struct storage_key *key, struct error *err)
{
    struct rocks_tx *tx = tx_of(base);
    if (!check_space(tx, key->space, err))
        return false;
    stage_delete(tx, key);
    return true;
}

bool rocks_tx_add_usage(struct storage_tx *base, uint32_t space, struct storage_usage by, struct error *err)
{
    struct rocks_tx *tx = tx_of(base);
    if (!check_space(tx, space, err))
        return false;
    rocks_spaces_add_usage(&tx->store->spaces, space, by);
    tx->staged = true;
    return true;
}

/* ------------------------------------------------------------------ spaces */

static void stage_record(struct rocks_tx *tx, enum rocks_record_kind kind, uint32_t space,
                         struct rocks_record record)
{
    struct rocks_record_room room;
    struct storage_key key = rocks_record_key(&room, kind, space);
    char bytes[ROCKS_RECORD_BYTES];
    rocks_record_encode(bytes, record);
    stage_put(tx, &key, slice_of(bytes, sizeof bytes));
}

static void stage_space(struct rocks_tx *tx, uint32_t space, enum rocks_space_state state)
{
    stage_record(tx, ROCKS_RECORD_SPACE, space, (struct rocks_record){.first = state, .second = tx->commit});
}

/* The stored record outlives the space, so that its id is known to be used. */
bool rocks_tx_create_space(struct storage_tx *base, uint32_t space, struct error *err)
{
    struct rocks_tx *tx = tx_of(base);
    struct rocks_record_room room;
    struct storage_key key = rocks_record_key(&room, ROCKS_RECORD_SPACE, space);
    struct slice record;
    bool used =
        space == ROCKS_SPACE_SYSTEM || space == UINT32_MAX || rocks_spaces_live(&tx->store->spaces, space);
    if (!used && !get(tx, &key, err->arena, &record, &used, err))
        return false;
    if (used) {
        error_set(err, ERR_NO_SPACE, "Internal server error");
        return error_add_detail(err, "space %u was used before", (unsigned)space);
    }
    rocks_spaces_create(&tx->store->spaces, space, tx->commit);
    stage_space(tx, space, ROCKS_SPACE_LIVE);
    return true;
}

/* The stored record of a live space tells the commit that wrote it, which is the mark. */
bool rocks_tx_mark_space(struct storage_tx *base, uint32_t space, struct error *err)
{
    struct rocks_tx *tx = tx_of(base);
    if (!check_space(tx, space, err))
        return false;
    PRE(space >= STORAGE_SPACE_FIRST_FREE);
    rocks_spaces_set_mark(&tx->store->spaces, space, tx->commit);
    stage_space(tx, space, ROCKS_SPACE_LIVE);
    return true;
}

uint64_t rocks_tx_space_mark(const struct storage_tx *base, uint32_t space)
{
    return rocks_spaces_mark(&((const struct rocks_tx *)base)->store->spaces, space);
}

bool rocks_tx_drop_space(struct storage_tx *base, uint32_t space, struct error *err)
{
    struct rocks_tx *tx = tx_of(base);
    struct rocks_record_room room;
    if (!check_space(tx, space, err))
        return false;
    PRE(space >= STORAGE_SPACE_FIRST_FREE);
    rocks_spaces_drop(&tx->store->spaces, space);
    stage_space(tx, space, ROCKS_SPACE_DROPPING);
    struct storage_key usage = rocks_record_key(&room, ROCKS_RECORD_USAGE, space);
    stage_delete(tx, &usage);
    rocks_overlay_add(&tx->store->overlay,
                      (struct rocks_change){.kind = ROCKS_CHANGE_DROP_SPACE, .space = space});
    return true;
}

void rocks_tx_settle_drop(struct storage_tx *base, uint32_t space)
{
    tx_of(base)->uncounted = true;
    stage_space(tx_of(base), space, ROCKS_SPACE_DROPPED);
}

/* ------------------------------------------------------------------ the group's batch */

static void batch_drop(struct rocks *r, uint32_t space)
{
    char first[ROCKS_PREFIX_BYTES], behind[ROCKS_PREFIX_BYTES];
    rocks_prefix_encode(first, space, 0);
    rocks_prefix_encode(behind, space, 0);
    size_t behind_size = rocks_key_successor(behind, 4);
    INVARIANT(behind_size > 0);
    rocksdb_writebatch_delete_range_cf(r->batch, rocks_family(r, slice_of(first, sizeof first)), first,
                                       sizeof first, behind, behind_size);
}

/* Only the newest change of a key, because no view falls between the commits of a group; and in key order, so that of what
 * RocksDB looks at to find a key's place the most is still in the processor's cache from the key before. Drops come last:
 * nothing is put into a space after its drop. */
void rocks_batch_changes(struct rocks *r)
{
    const struct rocks_change **newest;
    size_t count = rocks_overlay_newest(&r->overlay, &r->arena, &newest);
    for (size_t i = 0; i < count; i++) {
        struct slice key = newest[i]->key;
        struct slice sealed = newest[i]->sealed;
        if (newest[i]->kind == ROCKS_CHANGE_PUT)
            rocksdb_writebatch_put_cf(r->batch, rocks_family(r, key), key.data, key.size, sealed.data,
                                      sealed.size);
        else
            rocksdb_writebatch_delete_cf(r->batch, rocks_family(r, key), key.data, key.size);
    }
    for (size_t i = 0; i < r->overlay.count; i++)
        if (r->overlay.changes[i].kind == ROCKS_CHANGE_DROP_SPACE)
            batch_drop(r, r->overlay.changes[i].space);
}

void rocks_batch_record(struct rocks *r, enum rocks_record_kind kind, uint32_t space,
                        struct rocks_record record)
{
    struct rocks_record_room record_room;
    struct rocks_key_room key_room;
    struct storage_key name = rocks_record_key(&record_room, kind, space);
    struct slice key = rocks_key_build(&key_room, &r->arena, &name);
    char value[ROCKS_RECORD_BYTES], sealed[ROCKS_RECORD_BYTES + ROCKS_CHECKSUM_BYTES];
    rocks_record_encode(value, record);
    rocks_value_seal(sealed, rocks_key_fingerprint(key), slice_of(value, sizeof value));
    rocksdb_writebatch_put(r->batch, key.data, key.size, sealed, sizeof sealed);
}
