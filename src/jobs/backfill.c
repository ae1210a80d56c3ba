/* Filling a new index, while the table is written to.
 *
 *     on the runner: items behind the cursor, from a view ─▶ their entries ─▶ which of them are there already
 *     on the writer: each item that changed since is looked at again; entries that are missing are put; new cursor
 *
 * From the commit that adds the index on, writes keep it (engine/index.h): a write that changes what an item has in the index
 * leaves it right, whether or not its former entry was there. So only entries that no write has touched are missing, and those are
 * what the view shows, unless the item changed after it. When the cursor has been everywhere nothing is missing.
 *
 * The view was taken after the job was there, hence after the index was. An item that is unchanged since the view has
 * an unchanged entry, because nothing else writes entries of that item. */
#include "base/contract.h"
#include "engine/index.h"
#include "item/item.h"
#include "jobs/jobs_priv.h"
#include "table/time_to_live.h"
#include "table/update_table.h"

enum { STEP_BYTES_MAX = 256 * 1024 };

/* ------------------------------------------------------------------ beginning and end of the job */

bool jobs_stage_backfill(struct storage_tx *tx, const struct table *table, const struct table_index *index,
                         struct arena *arena, struct error *err)
{
    uint32_t space = index->space;
    struct job job = {.kind = SLICE("backfill"),
                      .table = table->name,
                      .table_id = table->id,
                      .index = index->name,
                      .spaces = &space,
                      .space_count = 1};
    PRE(index->status == INDEX_CREATING);
    return job_tx_stage(tx, &job, arena, err);
}

/* The index that the job is about: it has a space of its own, whatever its name. NULL: it is gone. */
static const struct table_index *index_of(const struct job *job, const struct table *table)
{
    if (!table || !slice_equal(table->id, job->table_id))
        return NULL;
    for (size_t i = 0; i < table->global_index_count; i++)
        if (table->global_indexes[i].space == job->spaces[0])
            return &table->global_indexes[i];
    return table->expiry_index && table->expiry_index->space == job->spaces[0] ? table->expiry_index : NULL;
}

static bool run_if_gone(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct job_run *run = ((struct job_write *)write)->run;
    const struct table *table;
    if (!job_tx_check(tx, run, err) ||
        !catalog_tx_table(tx, run->job.table, run->job.table_id, run->arena, &table, err))
        return false;
    return index_of(&run->job, table) || job_tx_end(tx, &run->job, JOB_CANCELLED, run->arena, err);
}

/* The catalog does not show the index. It may be gone, or so new that it is not shown yet. */
static bool end_if_gone(struct job_run *run, struct error *err)
{
    struct job_write write = {{.run = run_if_gone, .arena = run->arena}, run};
    run->wait_ms = 10;
    return storage_write_wait(run->engine->storage, &write.write, err);
}

/* An edit of the table that ends the job in the same commit. */
struct ending_edit {
    struct catalog_edit edit; /* first */
    struct job_run *run;
    enum job_state state;
    bool gone; /* there is no such index any more */
};

static bool is_gone(struct ending_edit *e, struct error *err)
{
    e->gone = true;
    return error_set(err, ERR_NO_SPACE, "The index is gone");
}

static void activate(struct table *next, const struct table_index *index, struct arena *arena)
{
    bool expiry = index == next->expiry_index;
    struct table_index **from = expiry ? &next->expiry_index : &next->global_indexes;
    size_t count = expiry ? 1 : next->global_index_count;
    size_t at = (size_t)(index - *from);
    struct table_index *indexes = ARENA_NEW_ARRAY(arena, struct table_index, count);
    memcpy(indexes, *from, count * sizeof *indexes);
    indexes[at].status = INDEX_ACTIVE;
    *from = indexes;
}

static bool run_activation(struct catalog_edit *edit, struct storage_tx *tx, struct table *next,
                           struct arena *arena, struct error *err)
{
    struct ending_edit *e = (struct ending_edit *)edit;
    if (!job_tx_check(tx, e->run, err))
        return false;
    const struct table_index *index = index_of(&e->run->job, next);
    if (!index)
        return is_gone(e, err);
    activate(next, index, arena);
    return job_tx_end(tx, &e->run->job, e->state, arena, err);
}

/* As UpdateTable deletes it. */
static bool remove_index(struct ending_edit *e, const struct table_index *index, struct storage_tx *tx,
                         struct table *next, struct arena *arena, struct error *err)
{
    struct table_update update;
    const struct index_update_input removal = {.dropped = index->name};
    const struct update_table_input input = {
        .name = next->name, .index_updates_given = true, .index_updates = &removal, .index_update_count = 1};
    table_update_init(&update, &input, e->run->catalog, jobs_stage_backfill, jobs_stage_drop);
    return update.edit.run(&update.edit, tx, next, arena, err);
}

static bool run_removal(struct catalog_edit *edit, struct storage_tx *tx, struct table *next,
                        struct arena *arena, struct error *err)
{
    struct ending_edit *e = (struct ending_edit *)edit;
    if (!job_tx_check(tx, e->run, err))
        return false;
    const struct table_index *index = index_of(&e->run->job, next);
    if (!index)
        return is_gone(e, err);
    bool removed = index == next->expiry_index ? time_to_live_end(tx, next, jobs_stage_drop, arena, err)
                                               : remove_index(e, index, tx, next, arena, err);
    return removed && job_tx_end(tx, &e->run->job, e->state, arena, err);
}

/* Ends the job with an edit of the table, or without one if table or index are gone. */
static bool edit_and_end(struct job_run *run, enum job_state state,
                         bool (*edit_run)(struct catalog_edit *, struct storage_tx *, struct table *,
                                          struct arena *, struct error *),
                         struct error *err)
{
    struct ending_edit edit = {{edit_run}, run, state, false};
    struct catalog_change change = {.arena = run->arena};
    if (catalog_edit_table_wait(run->catalog, run->job.table, &edit.edit, &change, err))
        return true;
    if (!edit.gone && err->code != ERR_RESOURCE_NOT_FOUND)
        return false;
    return job_end(run, JOB_CANCELLED, err);
}

bool backfill_cancel(struct job_run *run, struct error *err)
{
    return edit_and_end(run, JOB_CANCELLED, run_removal, err);
}

/* ------------------------------------------------------------------ the cursor */

/* The key of the last item that was looked at: size of the partition, big-endian in two bytes; partition; sort key. */
static struct slice cursor_of(const struct storage_key *key, struct arena *arena)
{
    struct buf cursor;
    buf_init(&cursor, arena, 2 + key->partition.size + key->sort.size);
    buf_append_byte(&cursor, (char)(key->partition.size >> 8));
    buf_append_byte(&cursor, (char)key->partition.size);
    buf_append(&cursor, key->partition);
    buf_append(&cursor, key->sort);
    return buf_slice(&cursor);
}

static bool resume_behind(struct slice cursor, struct storage_hash_range *range, struct error *err)
{
    if (slice_is_none(cursor))
        return true;
    size_t size =
        cursor.size < 2 ? 0 : (size_t)(unsigned char)cursor.data[0] << 8 | (unsigned char)cursor.data[1];
    if (cursor.size < 2 + size) {
        error_set(err, ERR_CORRUPT, "Internal server error");
        return error_add_detail(err, "damaged cursor of a backfill");
    }
    range->resume = true;
    range->after_partition = slice_of(cursor.data + 2, size);
    range->after_sort = slice_after(cursor, 2 + size);
    return true;
}

/* ------------------------------------------------------------------ on the runner's thread */

struct backfill_item {
    struct storage_key key;
    bool wanted; /* the item has an entry, and it is not there yet */
    struct index_entry entry;
};

struct backfill_write {
    struct job_write base; /* first */
    const struct table *table;
    const struct table_index *index;
    struct backfill_item *items;
    size_t count;
    struct job next;
    int64_t written;
    bool gone; /* there is no such index any more */
};

static bool look_at_item(struct backfill_write *b, const struct storage_entry *stored, struct error *err)
{
    struct job_run *run = b->base.run;
    struct backfill_item *item = &b->items[b->count++];
    struct slice value = arena_copy(run->arena, stored->value);
    item->key = (struct storage_key){b->table->space, arena_copy(run->arena, stored->partition),
                                     arena_copy(run->arena, stored->sort)};
    item->wanted = index_entry_of(b->table, b->index, value, run->arena, &item->entry);
    if (!item->wanted)
        return true;
    struct slice ignored;
    bool there;
    if (!storage_view_get(run->view, &item->entry.key, run->arena, &ignored, &there, err))
        return false;
    item->wanted = !there;
    return true;
}

static bool read_items(struct backfill_write *b, struct error *err)
{
    struct job_run *run = b->base.run;
    struct storage_hash_range range = {.space = b->table->space, .hash_last = UINT64_MAX};
    struct storage_cursor *cursor;
    size_t bytes = 0;
    b->items = ARENA_NEW_ARRAY(run->arena, struct backfill_item, run->items_max);
    if (!resume_behind(run->job.cursor, &range, err) ||
        !storage_view_scan_hash(run->view, &range, run->arena, &cursor, err))
        return false;
    while (b->count < (size_t)run->items_max && bytes < STEP_BYTES_MAX) {
        struct storage_entry entry;
        bool found;
        if (!storage_cursor_next(cursor, &entry, &found, err))
            return false;
        if (!found)
            break;
        bytes += entry.value.size;
        if (!look_at_item(b, &entry, err))
            return false;
    }
    storage_cursor_close(cursor);
    return true;
}

/* The job as it is after this step. */
static bool work_out_next(struct backfill_write *b, struct error *err)
{
    struct job_run *run = b->base.run;
    struct storage_usage usage;
    b->next = run->job;
    b->next.cursor = cursor_of(&b->items[b->count - 1].key, run->arena);
    b->next.done += (int64_t)b->count;
    if (b->next.total > 0)
        return true;
    if (!storage_view_usage(run->view, b->table->space, &usage, err))
        return false;
    b->next.total = usage.entries;
    return true;
}

/* ------------------------------------------------------------------ on the writer's */

static bool put_entry(struct storage_tx *tx, struct backfill_write *b, const struct index_entry *entry,
                      struct error *err)
{
    b->written++;
    return index_put_entry(tx, entry, err);
}

/* The item changed after the view, or may have. */
static bool look_again(struct storage_tx *tx, struct backfill_write *b, const struct storage_key *key,
                       struct error *err)
{
    struct arena *arena = b->base.run->arena;
    struct index_entry entry;
    struct slice item, ignored;
    bool found, there;
    if (!storage_tx_get(tx, key, arena, &item, &found, err))
        return false;
    if (!found || !index_entry_of(b->table, b->index, item, arena, &entry))
        return true;
    return storage_tx_get(tx, &entry.key, arena, &ignored, &there, err) &&
           (there || put_entry(tx, b, &entry, err));
}

static bool put_items(struct storage_tx *tx, struct backfill_write *b, struct error *err)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct backfill_item *item = &b->items[i];
        bool ok = !storage_tx_unchanged(tx, b->base.run->view, &item->key)
                      ? look_again(tx, b, &item->key, err)
                      : !item->wanted || put_entry(tx, b, &item->entry, err);
        if (!ok)
            return false;
    }
    return true;
}

/* An index never changes what it is, so that an older descriptor will do, as long as the index is there. */
static bool check_index(struct storage_tx *tx, struct backfill_write *b, struct error *err)
{
    if (storage_tx_space_mark(tx, b->index->space) != 0 && storage_tx_space_mark(tx, b->table->space) != 0)
        return true;
    b->gone = true;
    return error_set(err, ERR_NO_SPACE, "The index is gone");
}

static bool run_backfill(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct backfill_write *b = (struct backfill_write *)write;
    struct job_run *run = b->base.run;
    b->written = 0;
    if (!job_tx_check(tx, run, err) || !check_index(tx, b, err) || !put_items(tx, b, err))
        return false;
    b->next.written = run->job.written + b->written;
    return job_tx_put(tx, &b->next, run->arena, err);
}

/* ------------------------------------------------------------------ a step */

static void give_snapshot(void *snapshot)
{
    catalog_give(snapshot);
}

/* Valid as long as the arena of the step. */
static const struct table *find_table(struct job_run *run)
{
    const struct catalog_snapshot *snapshot = catalog_take(run->catalog);
    arena_cleanup_add(run->arena, give_snapshot, (void *)snapshot);
    return catalog_find(snapshot, run->job.table);
}

bool backfill_step(struct job_run *run, struct error *err)
{
    struct backfill_write b = {.base = {{.run = run_backfill, .arena = run->arena}, run}};
    if (run->job.space_count != 1)
        return error_set(err, ERR_CORRUPT, "A backfill is of one index");
    b.table = find_table(run);
    b.index = index_of(&run->job, b.table);
    if (!b.index)
        return end_if_gone(run, err);
    if (!read_items(&b, err))
        return false;
    if (b.count == 0)
        return edit_and_end(run, JOB_DONE, run_activation, err);
    if (!work_out_next(&b, err))
        return false;
    if (!storage_write_wait(run->engine->storage, &b.base.write, err))
        return b.gone && end_if_gone(run, err);
    run->job = b.next;
    run->items = (int64_t)b.count;
    run->commit = b.base.write.commit_number;
    return true;
}
