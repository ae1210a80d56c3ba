/* What changes the catalog: each change is one transaction that checks and stages, and publishes when durable.
 *
 *     create: name free, below the limit ─▶ record, totals, space
 *     delete: there, ACTIVE with all its indexes, not protected ─▶ no delay: as remove; else the record with gone_ms
 *             already DELETING ─▶ nothing
 *     edit:   there ─▶ what the edit makes of the record, its space marked
 *     remove: still the table that is due ─▶ record, totals and spaces go
 *
 * A transaction function may run more than once: it decides by what it reads through its tx alone, and sets every
 * result anew. */
#include "base/contract.h"
#include "base/log.h"
#include "table/arn.h"
#include "table/catalog_priv.h"
#include "table/descriptor.h"
#include "table/stream.h"

#include <stddef.h>

enum { RECORD_BYTES = 1024 };

static struct catalog_change *change_of(struct storage_write *write)
{
    return (struct catalog_change *)((char *)write - offsetof(struct catalog_change, write));
}

static void release_table(void *table)
{
    table_release(table);
}

/* ------------------------------------------------------------------ inside a transaction */

/* *table_out lives as long as the arena; NULL if there is no record. */
static bool tx_read_table(struct storage_tx *tx, struct slice name, struct arena *arena,
                          struct table **table_out, struct error *err)
{
    struct storage_key key = catalog_table_key(name);
    struct slice record;
    bool found;
    *table_out = NULL;
    if (!storage_tx_get(tx, &key, arena, &record, &found, err))
        return false;
    if (!found)
        return true;
    if (!descriptor_read(record, table_out, err))
        return false;
    arena_cleanup_add(arena, release_table, *table_out);
    return true;
}

static bool tx_put_table(struct storage_tx *tx, const struct table *t, struct catalog_change *change,
                         struct error *err)
{
    struct buf record;
    buf_init(&record, change->arena, RECORD_BYTES);
    descriptor_write(t, &record);
    change->record = buf_slice(&record);
    change->effect = CATALOG_PUTS;
    struct storage_key key = catalog_table_key(t->name);
    return storage_tx_put(tx, &key, change->record, err);
}

static bool tx_read_totals(struct storage_tx *tx, struct arena *arena, struct catalog_totals *out,
                           struct error *err)
{
    struct storage_key key = catalog_totals_key();
    struct slice record;
    bool found;
    if (!storage_tx_get(tx, &key, arena, &record, &found, err))
        return false;
    *out = (struct catalog_totals){.next_space = STORAGE_SPACE_FIRST_FREE};
    return !found || catalog_totals_read(record, arena, out, err);
}

static bool tx_put_totals(struct storage_tx *tx, const struct catalog_totals *totals, struct arena *arena,
                          struct error *err)
{
    struct buf record;
    buf_init(&record, arena, 64);
    catalog_totals_write(totals, &record);
    struct storage_key key = catalog_totals_key();
    return storage_tx_put(tx, &key, buf_slice(&record), err);
}

static bool drop_index_spaces(struct storage_tx *tx, const struct table_index *indexes, size_t count,
                              struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (indexes[i].space != 0 && !storage_tx_drop_space(tx, indexes[i].space, err))
            return false;
    }
    return true;
}

static bool drop_spaces(struct storage_tx *tx, const struct table *t, struct error *err)
{
    return storage_tx_drop_space(tx, t->space, err) &&
           (t->collections_space == 0 || storage_tx_drop_space(tx, t->collections_space, err)) &&
           drop_index_spaces(tx, t->local_indexes, t->local_index_count, err) &&
           drop_index_spaces(tx, t->global_indexes, t->global_index_count, err) &&
           drop_index_spaces(tx, t->expiry_index, t->expiry_index ? 1 : 0, err);
}

/* The record, the spaces and the table's place in the totals. What its streams have recorded stays. */
static bool tx_remove_table(struct storage_tx *tx, struct catalog_change *change, const struct table *t,
                            struct error *err)
{
    const struct catalog_options *options = &change->catalog->options;
    struct catalog_totals totals;
    if (!tx_read_totals(tx, change->arena, &totals, err))
        return false;
    INVARIANT(totals.table_count > 0);
    totals.table_count--;
    struct storage_key key = catalog_table_key(t->name);
    struct table last = *t;
    return stream_close_all(tx, &last, change->arena, err) && storage_tx_delete(tx, &key, err) &&
           drop_spaces(tx, t, err) && tx_put_totals(tx, &totals, change->arena, err) &&
           (!options->dropped || options->dropped(tx, t, change->arena, err));
}

/* ------------------------------------------------------------------ create */

static bool refuse_taken_name(const struct table *existing, int64_t now_ms, struct error *err)
{
    if (table_status_at(existing, now_ms) == TABLE_CREATING)
        return error_set(err, ERR_RESOURCE_IN_USE,
                         "Attempt to change a resource which is still in use: Table is being created: %.*s",
                         SLICE_PRINTF(existing->name));
    return error_set(err, ERR_RESOURCE_IN_USE, "Table already exists: %.*s", SLICE_PRINTF(existing->name));
}

/* Makes room for the name: a table of that name may be there if its time is over. */
static bool clear_name(struct storage_tx *tx, struct catalog_change *change, struct error *err)
{
    struct table *existing;
    int64_t now_ms = storage_tx_commit_ms(tx);
    if (!tx_read_table(tx, change->wanted->name, change->arena, &existing, err))
        return false;
    if (!existing)
        return true;
    if (!table_gone(existing, now_ms))
        return refuse_taken_name(existing, now_ms, err);
    return tx_remove_table(tx, change, existing, err);
}

/* `kind` is 0 or STORAGE_SPACE_LOG. */
static bool new_space_of(struct storage_tx *tx, struct catalog_totals *totals, uint32_t kind,
                         uint32_t *space_out, struct error *err)
{
    INVARIANT(totals->next_space < STORAGE_SPACE_LOG);
    *space_out = kind | totals->next_space++;
    return storage_tx_create_space(tx, *space_out, err);
}

static bool new_space(struct storage_tx *tx, struct catalog_totals *totals, uint32_t *space_out,
                      struct error *err)
{
    return new_space_of(tx, totals, 0, space_out, err);
}

/* A copy of the indexes, each with a space of its own. */
static bool new_index_spaces(struct storage_tx *tx, struct arena *arena, struct catalog_totals *totals,
                             struct table_index **indexes, size_t count, struct error *err)
{
    struct table_index *copies = ARENA_NEW_ARRAY(arena, struct table_index, count);
    for (size_t i = 0; i < count; i++) {
        copies[i] = (*indexes)[i];
        if (!new_space(tx, totals, &copies[i].space, err))
            return false;
    }
    *indexes = copies;
    return true;
}

static bool take_spaces(struct storage_tx *tx, struct catalog_change *change, struct table *t,
                        struct error *err)
{
    struct catalog_totals totals;
    if (!tx_read_totals(tx, change->arena, &totals, err))
        return false;
    if (totals.table_count >= TABLE_COUNT_MAX)
        return error_set(err, ERR_LIMIT_EXCEEDED,
                         "Subscriber limit exceeded: There is a limit of %d tables per subscriber",
                         TABLE_COUNT_MAX);
    totals.table_count++;
    bool counts = t->local_index_count > 0 && change->catalog->options.count_collections;
    t->collections_space = 0;
    return new_space(tx, &totals, &t->space, err) &&
           new_index_spaces(tx, change->arena, &totals, &t->local_indexes, t->local_index_count, err) &&
           (!counts || new_space(tx, &totals, &t->collections_space, err)) &&
           new_index_spaces(tx, change->arena, &totals, &t->global_indexes, t->global_index_count, err) &&
           tx_put_totals(tx, &totals, change->arena, err);
}

static bool run_create(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct catalog_change *change = change_of(write);
    struct table t = *change->wanted;
    if (!clear_name(tx, change, err) || !take_spaces(tx, change, &t, err))
        return false;

    int64_t now_ms = storage_tx_commit_ms(tx);
    int64_t delay_ms = change->catalog->options.create_delay_ms;
    t.id = slice_of(change->id, sizeof(change->id));
    t.mark = storage_tx_commit_number(tx);
    t.created_ms = now_ms;
    t.active_ms = delay_ms > 0 ? now_ms + delay_ms : 0;
    t.gone_ms = 0;
    t.on_demand_since_ms = t.billing_mode == BILLING_PAY_PER_REQUEST ? now_ms : 0;
    if (t.streams[STREAM_SHOWN].enabled &&
        !stream_open(tx, &t, STREAM_SHOWN, change->catalog->options.stream_shards, change->arena, err))
        return false;
    return tx_put_table(tx, &t, change, err);
}

/* ------------------------------------------------------------------ edit */

static bool not_found(struct slice name, struct error *err)
{
    return error_set(err, ERR_RESOURCE_NOT_FOUND, "Requested resource not found: Table: %.*s not found",
                     SLICE_PRINTF(name));
}

bool catalog_tx_new_space(struct storage_tx *tx, struct arena *arena, uint32_t *space_out, struct error *err)
{
    struct catalog_totals totals;
    return tx_read_totals(tx, arena, &totals, err) && new_space(tx, &totals, space_out, err) &&
           tx_put_totals(tx, &totals, arena, err);
}

bool catalog_tx_new_log(struct storage_tx *tx, struct arena *arena, uint32_t *space_out, struct error *err)
{
    struct catalog_totals totals;
    return tx_read_totals(tx, arena, &totals, err) &&
           new_space_of(tx, &totals, STORAGE_SPACE_LOG, space_out, err) &&
           tx_put_totals(tx, &totals, arena, err);
}

static bool run_edit(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct catalog_change *change = change_of(write);
    struct table *stored;
    if (!tx_read_table(tx, change->name, change->arena, &stored, err))
        return false;
    if (!stored || table_gone(stored, storage_tx_commit_ms(tx)))
        return not_found(change->name, err);
    struct table next = *stored;
    if (!change->edit->run(change->edit, tx, &next, change->arena, err))
        return false;
    next.mark = storage_tx_commit_number(tx);
    return storage_tx_mark_space(tx, next.space, err) && tx_put_table(tx, &next, change, err);
}

bool catalog_tx_table(struct storage_tx *tx, struct slice name, struct slice id, struct arena *arena,
                      const struct table **table_out, struct error *err)
{
    struct table *stored;
    if (!tx_read_table(tx, name, arena, &stored, err))
        return false;
    *table_out = stored && slice_equal(stored->id, id) ? stored : NULL;
    return true;
}

/* ------------------------------------------------------------------ delete and remove */

static bool check_deletable(const struct table *t, struct slice name, int64_t now_ms, struct error *err)
{
    if (!t || table_gone(t, now_ms))
        return not_found(name, err);
    if (table_status_at(t, now_ms) == TABLE_CREATING)
        return error_set(err, ERR_RESOURCE_IN_USE,
                         "Attempt to change a resource which is still in use: Table is being created: %.*s",
                         SLICE_PRINTF(name));
    if (t->deletion_protection)
        return error_set(
            err, ERR_VALIDATION,
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion "
            "protection first.");
    if (t->gone_ms != 0)
        return true;
    if (table_indexes_change_at(t, now_ms))
        return error_set(err, ERR_RESOURCE_IN_USE,
                         "Attempt to change a resource which is still in use: Cannot delete table while "
                         "indexes are being created, updated, or deleted.");
    if (table_status_at(t, now_ms) == TABLE_UPDATING)
        return error_set(err, ERR_RESOURCE_IN_USE,
                         "Attempt to change a resource which is still in use: Table: %.*s is in the process "
                         "of being updated.",
                         SLICE_PRINTF(name));
    return true;
}

/* Remembers a descriptor that the transaction does not put. */
static void keep_record(struct catalog_change *change, const struct table *t)
{
    struct buf record;
    buf_init(&record, change->arena, RECORD_BYTES);
    descriptor_write(t, &record);
    change->record = buf_slice(&record);
    change->effect = CATALOG_KEEPS;
}

static bool remove_table(struct storage_tx *tx, struct catalog_change *change, const struct table *t,
                         struct error *err)
{
    keep_record(change, t);
    change->effect = CATALOG_REMOVES;
    return tx_remove_table(tx, change, t, err);
}

static bool run_delete(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct catalog_change *change = change_of(write);
    struct table *stored;
    int64_t now_ms = storage_tx_commit_ms(tx);
    if (!tx_read_table(tx, change->name, change->arena, &stored, err) ||
        !check_deletable(stored, change->name, now_ms, err))
        return false;

    int64_t delay_ms = change->catalog->options.delete_delay_ms;
    struct table deleted = *stored;
    if (stored->gone_ms != 0) {
        keep_record(change, stored);
        return true;
    }
    deleted.gone_ms = now_ms + (delay_ms > 0 ? delay_ms : 0);
    if (delay_ms > 0)
        return tx_put_table(tx, &deleted, change, err);
    return remove_table(tx, change, &deleted, err);
}

static bool run_remove(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct catalog_change *change = change_of(write);
    struct table *stored;
    change->record = SLICE_NONE;
    if (!tx_read_table(tx, change->name, change->arena, &stored, err))
        return false;
    if (!stored || !slice_equal(stored->id, slice_of(change->id, sizeof(change->id))) ||
        !table_gone(stored, storage_tx_commit_ms(tx)))
        return true;
    return remove_table(tx, change, stored, err);
}

/* ------------------------------------------------------------------ after the commit */

static bool publish(struct catalog_change *change, struct error *err)
{
    struct catalog *catalog = change->catalog;
    struct table *t;
    if (!descriptor_read(change->record, &t, err))
        return false;
    t->arn = table_arn(&t->arena, catalog->options.region, catalog->options.account, t->name);
    switch (change->effect) {
    case CATALOG_KEEPS:
        break;
    case CATALOG_PUTS:
        catalog_publish_put(catalog, t);
        break;
    case CATALOG_REMOVES:
        catalog_publish_remove(catalog, t->name, t->id);
        break;
    }
    arena_cleanup_add(change->arena, release_table, t);
    change->table = t;
    return true;
}

static void change_done(struct storage_write *write)
{
    struct catalog_change *change = change_of(write);
    change->error = write->error;
    if (write->error.code == ERR_STORAGE)
        atomic_store(&change->catalog->in_doubt, true);
    if (change->error.code == ERR_NONE && !slice_is_none(change->record)) {
        struct error err;
        error_init(&err, change->arena);
        if (!publish(change, &err))
            change->error = err;
    }
    if (change->done)
        change->done(change);
}

static void prepare(struct catalog *catalog, struct catalog_change *change,
                    bool (*run)(struct storage_tx *, struct storage_write *, struct error *))
{
    change->catalog = catalog;
    change->table = NULL;
    change->record = SLICE_NONE;
    change->effect = CATALOG_KEEPS;
    error_init(&change->error, change->arena);
    change->write = (struct storage_write){.run = run, .done = change_done, .arena = change->arena};
}

static bool write_and_wait(struct catalog_change *change, struct error *err)
{
    PRE(change->done == NULL);
    if (!storage_write_wait(change->catalog->options.store, &change->write, err))
        return false;
    if (change->error.code != ERR_NONE) {
        *err = change->error;
        return false;
    }
    return true;
}

/* ------------------------------------------------------------------ public */

static void prepare_create(struct catalog *catalog, const struct table *wanted, struct catalog_change *change)
{
    prepare(catalog, change, run_create);
    change->wanted = wanted;
    table_id_make(change->id);
}

static void prepare_delete(struct catalog *catalog, struct slice name, struct catalog_change *change)
{
    prepare(catalog, change, run_delete);
    change->name = name;
}

static void prepare_edit(struct catalog *catalog, struct slice name, struct catalog_edit *edit,
                         struct catalog_change *change)
{
    prepare(catalog, change, run_edit);
    change->name = name;
    change->edit = edit;
}

void catalog_create_table(struct catalog *catalog, const struct table *wanted, struct catalog_change *change)
{
    prepare_create(catalog, wanted, change);
    storage_write(catalog->options.store, &change->write);
}

void catalog_delete_table(struct catalog *catalog, struct slice name, struct catalog_change *change)
{
    prepare_delete(catalog, name, change);
    storage_write(catalog->options.store, &change->write);
}

void catalog_edit_table(struct catalog *catalog, struct slice name, struct catalog_edit *edit,
                        struct catalog_change *change)
{
    prepare_edit(catalog, name, edit, change);
    storage_write(catalog->options.store, &change->write);
}

bool catalog_create_table_wait(struct catalog *catalog, const struct table *wanted,
                               struct catalog_change *change, struct error *err)
{
    change->done = NULL;
    prepare_create(catalog, wanted, change);
    return write_and_wait(change, err);
}

bool catalog_delete_table_wait(struct catalog *catalog, struct slice name, struct catalog_change *change,
                               struct error *err)
{
    change->done = NULL;
    prepare_delete(catalog, name, change);
    return write_and_wait(change, err);
}

bool catalog_edit_table_wait(struct catalog *catalog, struct slice name, struct catalog_edit *edit,
                             struct catalog_change *change, struct error *err)
{
    change->done = NULL;
    prepare_edit(catalog, name, edit, change);
    return write_and_wait(change, err);
}

bool catalog_remove_due(struct catalog *catalog, const struct table *table, struct arena *arena,
                        struct error *err)
{
    struct catalog_change change = {.arena = arena};
    PRE(table->id.size == sizeof(change.id));
    prepare(catalog, &change, run_remove);
    change.name = table->name;
    memcpy(change.id, table->id.data, sizeof(change.id));
    if (!write_and_wait(&change, err))
        return false;
    if (change.effect == CATALOG_REMOVES)
        log_event(LOG_INFO, "table removed", LOG_SLICE("table", table->name));
    return true;
}
