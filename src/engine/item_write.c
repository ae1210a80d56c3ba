#include "engine/item_write.h"

#include "base/contract.h"
#include "engine/capacity.h"
#include "engine/change_record.h"
#include "engine/collection.h"
#include "engine/index.h"
#include "engine/stream_watch.h"
#include "expr/update.h"
#include "item/item.h"
#include "table/catalog.h"

#include <string.h>

static bool read_former(struct storage_tx *tx, struct item_change *change, struct arena *arena,
                        struct error *err)
{
    bool found;
    if (!storage_tx_get(tx, &change->key, arena, &change->former, &found, err))
        return false;
    if (!found)
        change->former = SLICE_NONE;
    return true;
}

/* A table that was edited since the change was prepared: what is stored says how its indexes are kept now. */
static bool refresh_table(struct storage_tx *tx, struct item_change *change, struct arena *arena,
                          struct error *err)
{
    const struct table *table = change->table;
    if (storage_tx_space_mark(tx, table->space) == table->mark)
        return true;
    if (!catalog_tx_table(tx, table->name, table->id, arena, &table, err))
        return false;
    if (!table)
        return error_set(err, ERR_NO_SPACE, NULL);
    change->table = table;
    change->images = NULL;
    return true;
}

/* With another attribute, or after time to live was switched off and on, it is another index. */
static bool expires_by(const struct table *table, uint32_t space)
{
    return table->expiry_index && table->expiry_index->space == space;
}

static bool update(struct item_change *change, struct arena *arena, struct error *err)
{
    return expr_update_apply(change->update, change->former, change->item, arena, &change->after, err) &&
           (!change->limits_record || expr_update_check_record(change->update, change->after, err)) &&
           index_check_updated(change->table, change->former, change->after, arena, err);
}

static void condition_failed(struct item_change *change)
{
    error_set(&change->error, ERR_CONDITIONAL_CHECK_FAILED, "The conditional request failed");
}

/* From the item before to the item after, or to the change's error. */
static void work_out(struct item_change *change, struct arena *arena)
{
    if (change->condition && !expr_matches(change->condition, change->former)) {
        condition_failed(change);
        return;
    }
    switch (change->action) {
    case ITEM_PUT:
        change->after = change->item;
        return;
    case ITEM_DELETE:
        return;
    case ITEM_UPDATE:
        if (!update(change, arena, &change->error))
            change->after = SLICE_NONE;
        return;
    case ITEM_CHECK:
        change->after = change->former;
        return;
    }
    UNREACHABLE();
}

static int64_t size_or_zero(struct slice item)
{
    return slice_is_none(item) ? 0 : (int64_t)item_size_bytes(item);
}

static bool add_usage(struct storage_tx *tx, const struct item_change *change, struct error *err)
{
    struct storage_usage by = {
        .entries = !slice_is_none(change->after) - !slice_is_none(change->former),
        .bytes = size_or_zero(change->after) - size_or_zero(change->former),
    };
    if (by.entries == 0 && by.bytes == 0)
        return true;
    return storage_tx_add_usage(tx, change->table->space, by, err);
}

static bool same_item(struct slice a, struct slice b)
{
    if (slice_is_none(a) || slice_is_none(b))
        return slice_is_none(a) && slice_is_none(b);
    return slice_equal(a, b);
}

/* Staging: what the changes of one commit share. */
struct staging {
    struct storage_tx *tx;
    struct arena *arena;
    const struct engine *engine;
};

/* *local_bytes_out: by which the entries in local indexes grew. */
static bool stage_indexes(const struct staging *s, struct item_change *change, int64_t *local_bytes_out,
                          struct error *err)
{
    size_t count = index_kept_count(change->table);
    *local_bytes_out = 0;
    if (count == 0)
        return true;
    change->index_halves = ARENA_NEW_ARRAY(s->arena, int64_t, count);
    struct index_change seen = {
        .table = change->table,
        .former = change->former,
        .after = change->after,
        .images = change->images,
        .halves = change->index_halves,
    };
    bool followed = index_follow(s->tx, &seen, s->arena, err);
    *local_bytes_out = seen.local_bytes;
    return followed;
}

static bool stage_collection(const struct staging *s, const struct item_change *change, int64_t local_bytes,
                             struct error *err)
{
    if (!collection_counted(change->table))
        return true;
    int64_t by_bytes = size_or_zero(change->after) - size_or_zero(change->former) + local_bytes;
    return collection_follow(s->tx, change->table, change->key.partition, by_bytes,
                             s->engine->collection_bytes_max, s->arena, err);
}

/* `number`: of the change in its commit. */
static bool stage_records(const struct staging *s, struct item_change *change, uint32_t number,
                          struct error *err)
{
    const struct table *table = change->table;
    const struct change_to_record seen = {
        .table = table,
        .key = &change->key,
        .former = change->former,
        .after = change->after,
        .change = number,
        .by_service = change->by_service,
    };
    for (enum stream_kind kind = 0; kind < STREAM_KIND_COUNT; kind++) {
        if (!table->streams[kind].enabled)
            continue;
        change->recorded_in[kind] = table->streams[kind].space;
        if (!change_record_stage(s->tx, &seen, kind, s->arena, err))
            return false;
    }
    return true;
}

/* Stored items are canonical, so a change that changes nothing is seen by comparing bytes and writes nothing. */
static bool stage(const struct staging *s, struct item_change *change, uint32_t number, struct error *err)
{
    int64_t local_bytes;
    if (change->action == ITEM_CHECK || same_item(change->former, change->after))
        return true;
    bool staged = slice_is_none(change->after) ? storage_tx_delete(s->tx, &change->key, err)
                                               : storage_tx_put(s->tx, &change->key, change->after, err);
    return staged && add_usage(s->tx, change, err) && stage_indexes(s, change, &local_bytes, err) &&
           stage_collection(s, change, local_bytes, err) && stage_records(s, change, number, err);
}

/* That its collection would be too large is the change's own failure; the others go on. */
static bool stage_or_fail(const struct staging *s, struct item_change *change, uint32_t number,
                          struct error *err)
{
    struct error own;
    error_init(&own, s->arena);
    if (stage(s, change, number, &own))
        return true;
    if (own.code != ERR_ITEM_COLLECTION_SIZE_LIMIT_EXCEEDED) {
        *err = own;
        return false;
    }
    change->error = own;
    change->after = SLICE_NONE;
    return true;
}

/* A dropped space means that the table went away between lookup and commit. */
static bool table_is_gone(struct error *err)
{
    if (err->code == ERR_NO_SPACE)
        return error_set(err, ERR_RESOURCE_NOT_FOUND, "Requested resource not found");
    return false;
}

static void start_over(struct item_commit *commit)
{
    commit->repeated = commit->canceled = false;
    for (size_t i = 0; i < commit->count; i++) {
        struct item_change *change = &commit->changes[i];
        change->former = change->after = SLICE_NONE;
        memset(change->recorded_in, 0, sizeof change->recorded_in);
        error_init(&change->error, commit->storage.arena);
    }
}

/* What the token's first request left, or others after it. */
static bool show_all(struct storage_tx *tx, struct item_commit *commit, struct error *err)
{
    for (size_t i = 0; i < commit->count; i++) {
        struct item_change *change = &commit->changes[i];
        if (change->refusal)
            continue;
        if (!read_former(tx, change, commit->storage.arena, err))
            return false;
        change->after = change->former;
    }
    return true;
}

/* Reads and works out every change before the first is staged, so that none sees another. Those that fail have their
 * error then. */
static bool work_out_all(struct storage_tx *tx, struct item_commit *commit, struct error *err)
{
    struct arena *arena = commit->storage.arena;
    for (size_t i = 0; i < commit->count; i++) {
        struct item_change *change = &commit->changes[i];
        if (change->refusal) {
            change->error = *change->refusal;
            continue;
        }
        if (!refresh_table(tx, change, arena, err) || !read_former(tx, change, arena, err))
            return false;
        if (change->expiry_space != 0 && !expires_by(change->table, change->expiry_space))
            condition_failed(change);
        else
            work_out(change, arena);
    }
    return true;
}

static const struct item_change *first_failed(const struct item_commit *commit)
{
    for (size_t i = 0; i < commit->count; i++)
        if (commit->changes[i].error.code != ERR_NONE)
            return &commit->changes[i];
    return NULL;
}

/* Where collections have a limit a change may fail by being staged. All are to tell why they fail, so those are staged even
 * if others have failed already. */
static bool stage_all(struct storage_tx *tx, struct item_commit *commit, struct error *err)
{
    const struct staging s = {tx, commit->storage.arena, commit->engine};
    bool failed = !commit->skips_failed && first_failed(commit);
    for (size_t i = 0; i < commit->count; i++) {
        struct item_change *change = &commit->changes[i];
        bool matters = !failed || (s.engine->collection_bytes_max > 0 && collection_counted(change->table));
        if (change->error.code == ERR_NONE && matters && !stage_or_fail(&s, change, (uint32_t)i, err))
            return false;
    }
    return true;
}

static bool cancel_if_failed(struct item_commit *commit, struct error *err)
{
    const struct item_change *failed = first_failed(commit);
    if (!failed || commit->skips_failed)
        return true;
    commit->canceled = true;
    *err = failed->error;
    return false;
}

static bool make_changes(struct storage_tx *tx, struct item_commit *commit, struct error *err)
{
    start_over(commit);
    if (commit->token &&
        !request_token_claim(tx, commit->token, commit->storage.arena, &commit->repeated, err))
        return false;
    if (commit->repeated)
        return show_all(tx, commit, err);
    return work_out_all(tx, commit, err) && stage_all(tx, commit, err) && cancel_if_failed(commit, err);
}

static bool run_commit(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    return make_changes(tx, (struct item_commit *)write, err) || table_is_gone(err);
}

static void announce_kind(struct stream_watches *watches, const struct item_commit *commit,
                          enum stream_kind kind)
{
    uint32_t former = 0;
    for (size_t i = 0; i < commit->count; i++) {
        uint32_t space = commit->changes[i].recorded_in[kind];
        if (space != 0 && space != former)
            stream_watch_recorded(watches, space, commit->storage.commit_number);
        former = space;
    }
}

/* Tells those who wait for records. */
static void announce(const struct item_commit *commit)
{
    struct stream_watches *watches = commit->engine->stream_watches;
    for (enum stream_kind kind = 0; watches && kind < STREAM_KIND_COUNT; kind++)
        announce_kind(watches, commit, kind);
}

static void note_expired(const struct item_commit *commit)
{
    const struct engine *engine = commit->engine;
    if (!engine->expiry_notes)
        return;
    for (size_t i = 0; i < commit->count; i++) {
        const struct item_change *change = &commit->changes[i];
        if (change->table->expiry_index && !slice_is_none(change->after))
            expiry_note(engine->expiry_notes, change->table, change->after, clock_wall_ms(engine->clock));
    }
}

static void commit_done(struct storage_write *write)
{
    struct item_commit *commit = (struct item_commit *)write;
    if (write->error.code == ERR_NONE) {
        announce(commit);
        note_expired(commit);
    }
    commit->done(commit);
}

/* What the service removes nobody reads again, so that it takes the place of nothing in memory. */
static bool read_item_ahead(struct storage_view *view, const struct item_change *change,
                            struct arena *scratch, struct error *ignored)
{
    struct slice value;
    bool found;
    if (change->refusal)
        return true;
    if (!change->by_service)
        return storage_view_get(view, &change->key, scratch, &value, &found, ignored);
    storage_view_prefetch(view, &change->key);
    return true;
}

/* The items as they are now, so that they are in memory when the commit asks for them. What goes wrong
 * here the commit will meet itself. */
static void read_ahead(struct engine *engine, const struct item_commit *commit)
{
    struct storage_view *view = storage_view_take(engine->storage);
    if (!view)
        return;
    struct arena scratch;
    struct error ignored;
    arena_init(&scratch, 4096);
    error_init(&ignored, &scratch);
    for (size_t i = 0; i < commit->count; i++)
        if (!read_item_ahead(view, &commit->changes[i], &scratch, &ignored))
            break;
    arena_release(&scratch);
    storage_view_release(view);
}

/* What indexes will hold of an item that is put is known now; the writer has less time than we have. */
static void prepare_indexes(struct item_change *change, struct arena *arena)
{
    bool known = change->action == ITEM_PUT && !change->refusal && index_kept_count(change->table) > 0;
    change->images = known ? index_images_of(change->table, change->item, arena) : NULL;
}

void item_commit_submit(struct engine *engine, struct item_commit *commit, struct arena *arena)
{
    for (size_t i = 0; i < commit->count; i++) {
        PRE(!commit->skips_failed || commit->changes[i].action == ITEM_DELETE);
        prepare_indexes(&commit->changes[i], arena);
    }
    if (storage_outgrows_memory(engine->storage))
        read_ahead(engine, commit);
    commit->engine = engine;
    commit->storage = (struct storage_write){.run = run_commit, .done = commit_done, .arena = arena};
    error_init(&commit->storage.error, arena);
    storage_write(engine->storage, &commit->storage);
}

int64_t item_change_capacity_halves(const struct item_change *change)
{
    int64_t before = size_or_zero(change->former);
    int64_t after = size_or_zero(change->after);
    return capacity_write_halves((size_t)(before > after ? before : after));
}
