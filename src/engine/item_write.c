#include "engine/item_write.h"

#include "engine/capacity.h"
#include "item/item.h"

static bool read_former(struct storage_tx *tx, struct item_change *change, struct arena *arena,
                        struct error *err)
{
    bool found;
    if (!storage_tx_get(tx, &change->key, arena, &change->former, &found, err))
        return false;
    if (!found)
        change->former = SLICE_NONE;
    change->refused = change->condition && !expr_matches(change->condition, change->former);
    return true;
}

static int64_t size_or_zero(struct slice item)
{
    return slice_is_none(item) ? 0 : (int64_t)item_size_bytes(item);
}

static bool add_usage(struct storage_tx *tx, const struct item_change *change, struct slice after,
                      struct error *err)
{
    struct storage_usage by = {
        .entries = !slice_is_none(after) - !slice_is_none(change->former),
        .bytes = size_or_zero(after) - size_or_zero(change->former),
    };
    if (by.entries == 0 && by.bytes == 0)
        return true;
    return storage_tx_add_usage(tx, change->table->space, by, err);
}

/* Stored items are canonical, so a put that changes nothing is seen by comparing bytes and writes nothing. */
static bool stage(struct storage_tx *tx, const struct item_change *change, struct error *err)
{
    switch (change->action) {
    case ITEM_PUT:
        if (!slice_is_none(change->former) && slice_equal(change->former, change->item))
            return true;
        return storage_tx_put(tx, &change->key, change->item, err) &&
               add_usage(tx, change, change->item, err);
    case ITEM_DELETE:
        if (slice_is_none(change->former))
            return true;
        return storage_tx_delete(tx, &change->key, err) && add_usage(tx, change, SLICE_NONE, err);
    }
    return true;
}

/* A dropped space means that the table went away between lookup and commit. */
static bool table_is_gone(struct error *err)
{
    if (err->code == ERR_NO_SPACE)
        return error_set(err, ERR_RESOURCE_NOT_FOUND, "Requested resource not found");
    return false;
}

static bool run_commit(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct item_commit *commit = (struct item_commit *)write;
    bool refused = false;
    for (size_t i = 0; i < commit->count; i++) {
        if (!read_former(tx, &commit->changes[i], write->arena, err))
            return table_is_gone(err);
        refused |= commit->changes[i].refused;
    }
    if (refused)
        return error_set(err, ERR_CONDITIONAL_CHECK_FAILED, "The conditional request failed");
    for (size_t i = 0; i < commit->count; i++)
        if (!stage(tx, &commit->changes[i], err))
            return table_is_gone(err);
    return true;
}

static void commit_done(struct storage_write *write)
{
    struct item_commit *commit = (struct item_commit *)write;
    commit->done(commit);
}

/* The items as they are now, so that their blocks are in memory when the commit asks for them. What goes wrong
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
    for (size_t i = 0; i < commit->count; i++) {
        struct slice value;
        bool found;
        if (!storage_view_get(view, &commit->changes[i].key, &scratch, &value, &found, &ignored))
            break;
    }
    arena_release(&scratch);
    storage_view_release(view);
}

void item_commit_submit(struct engine *engine, struct item_commit *commit, struct arena *arena)
{
    if (storage_outgrows_memory(engine->storage))
        read_ahead(engine, commit);
    commit->storage = (struct storage_write){.run = run_commit, .done = commit_done, .arena = arena};
    error_init(&commit->storage.error, arena);
    storage_write(engine->storage, &commit->storage);
}

int64_t item_change_capacity_halves(const struct item_change *change)
{
    int64_t before = size_or_zero(change->former);
    int64_t after = change->action == ITEM_PUT ? size_or_zero(change->item) : 0;
    return capacity_write_halves((size_t)(before > after ? before : after));
}
