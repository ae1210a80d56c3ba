/* jobs_fixture.h - a store in memory with faults at will, a catalog, an engine, a runner; tables, items, indexes; and the
 * comparison of an index with what the items say. */
#ifndef STATOR_TEST_JOBS_FIXTURE_H
#define STATOR_TEST_JOBS_FIXTURE_H

#include "base/contract.h"
#include "engine/index.h"
#include "engine/item_key.h"
#include "engine/item_read.h"
#include "engine/item_write.h"
#include "jobs/jobs.h"
#include "jobs/jobs_priv.h"
#include "support/item.h"
#include "support/store.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000 };

struct jobs_fixture {
    struct arena arena;
    struct arena scratch; /* of a comparison */
    struct error err;
    struct engine engine; /* its storage is a faulty one */
    struct catalog *catalog;
    struct jobs *jobs; /* NULL: not running */
};

static inline void fixture_check(struct jobs_fixture *f, bool ok)
{
    if (!ok)
        fail_msg("%s (%s)", f->err.message ? f->err.message : "", f->err.detail ? f->err.detail : "");
}

static inline struct jobs_fixture *fixture_open(void)
{
    struct jobs_fixture *f = calloc(1, sizeof *f);
    struct catalog_options catalog;
    arena_init(&f->arena, 4096);
    arena_init(&f->scratch, 4096);
    error_init(&f->err, &f->arena);
    f->engine.clock = clock_system();
    f->engine.storage = storage_open_faulty(store_in_memory(&f->err));
    f->engine.expressions = expr_cache_new(16);
    catalog_options_init(&catalog);
    catalog.store = f->engine.storage;
    catalog.clock = f->engine.clock;
    catalog.dropped = jobs_stage_table_drop;
    fixture_check(f, catalog_open(&catalog, &f->catalog, &f->err));
    return f;
}

static inline void fixture_stop_jobs(struct jobs_fixture *f)
{
    jobs_stop(f->jobs);
    jobs_close(f->jobs);
    f->jobs = NULL;
}

static inline void fixture_start_jobs(struct jobs_fixture *f)
{
    fixture_check(f, jobs_open(&f->engine, f->catalog, &f->jobs, &f->err));
}

static inline void fixture_close(struct jobs_fixture *f)
{
    arena_reset(&f->scratch); /* these give views back */
    arena_reset(&f->arena);
    fixture_stop_jobs(f);
    catalog_close(f->catalog);
    storage_close(f->engine.storage);
    expr_cache_free(f->engine.expressions);
    arena_release(&f->scratch);
    arena_release(&f->arena);
    free(f);
}

static inline void fixture_fault(struct jobs_fixture *f, enum storage_fault_call call, uint64_t times)
{
    storage_faulty_set(f->engine.storage, call,
                       (struct storage_fault){.action = STORAGE_FAULT_FAIL, .times = times});
}

/* ------------------------------------------------------------------ tables */

#define TABLE_NAME "Things"

/* Key pk: S. */
static inline void fixture_create_table(struct jobs_fixture *f)
{
    static struct key_attribute definitions[] = {
        {SLICE("pk"), VALUE_S}, {SLICE("g"), VALUE_S}, {SLICE("h"), VALUE_N}};
    struct table wanted = {.name = SLICE(TABLE_NAME), .definitions = definitions, .definition_count = 3};
    struct catalog_change change = {.arena = &f->arena};
    wanted.billing_mode = BILLING_PAY_PER_REQUEST;
    wanted.key.hash_count = 1;
    wanted.key.hash[0] = definitions[0];
    fixture_check(f, catalog_create_table_wait(f->catalog, &wanted, &change, &f->err));
}

static inline void fixture_give(void *snapshot)
{
    catalog_give(snapshot);
}

/* As it is now; lives until `arena` is reset. NULL: there is none. */
static inline const struct table *fixture_table(struct jobs_fixture *f, struct arena *arena)
{
    const struct catalog_snapshot *snapshot = catalog_take(f->catalog);
    arena_cleanup_add(arena, fixture_give, (void *)snapshot);
    return catalog_find(snapshot, SLICE(TABLE_NAME));
}

static inline const struct table_index *fixture_index(struct jobs_fixture *f, const char *name)
{
    return table_find_index(fixture_table(f, &f->arena), slice_from_cstr(name));
}

/* ------------------------------------------------------------------ indexes */

struct index_edit {
    struct catalog_edit edit; /* first */
    struct table_index index;
};

static inline bool run_add_index(struct catalog_edit *edit, struct storage_tx *tx, struct table *next,
                                 struct arena *arena, struct error *err)
{
    struct index_edit *e = (struct index_edit *)edit;
    size_t count = next->global_index_count;
    struct table_index *indexes = ARENA_NEW_ARRAY(arena, struct table_index, count + 1);
    if (!catalog_tx_new_space(tx, arena, &e->index.space, err))
        return false;
    if (count > 0)
        memcpy(indexes, next->global_indexes, count * sizeof *indexes);
    indexes[count] = e->index;
    next->global_indexes = indexes;
    next->global_index_count = count + 1;
    return jobs_stage_backfill(tx, next, &indexes[count], arena, err);
}

static inline bool run_remove_index(struct catalog_edit *edit, struct storage_tx *tx, struct table *next,
                                    struct arena *arena, struct error *err)
{
    struct index_edit *e = (struct index_edit *)edit;
    struct table_index *kept = ARENA_NEW_ARRAY(arena, struct table_index, next->global_index_count);
    size_t count = 0;
    for (size_t i = 0; i < next->global_index_count; i++) {
        const struct table_index *index = &next->global_indexes[i];
        if (!slice_equal(index->name, e->index.name))
            kept[count++] = *index;
        else if (!storage_tx_drop_space(tx, index->space, err) ||
                 !jobs_stage_drop(tx, next, index, arena, err))
            return false;
    }
    next->global_indexes = kept;
    next->global_index_count = count;
    return true;
}

static inline void fixture_edit(struct jobs_fixture *f, struct index_edit *edit)
{
    struct catalog_change change = {.arena = &f->arena};
    fixture_check(f, catalog_edit_table_wait(f->catalog, SLICE(TABLE_NAME), &edit->edit, &change, &f->err));
    if (f->jobs)
        jobs_wake(f->jobs);
}

/* By g: S, and, if asked for, h: N. */
static inline void fixture_add_index(struct jobs_fixture *f, const char *name, bool with_range,
                                     enum projection_type projection)
{
    struct index_edit edit = {{run_add_index}, {.name = slice_from_cstr(name), .status = INDEX_CREATING}};
    edit.index.key.hash_count = 1;
    edit.index.key.hash[0] = (struct key_attribute){SLICE("g"), VALUE_S};
    edit.index.key.range_count = with_range;
    edit.index.key.range[0] = (struct key_attribute){SLICE("h"), VALUE_N};
    edit.index.projection.type = projection;
    fixture_edit(f, &edit);
}

static inline void fixture_remove_index(struct jobs_fixture *f, const char *name)
{
    struct index_edit edit = {{run_remove_index}, {.name = slice_from_cstr(name)}};
    fixture_edit(f, &edit);
}

/* ------------------------------------------------------------------ items */

/* A commit of one change, that can be given to the store later than it was prepared. */
struct held_commit {
    struct item_commit commit;
    struct item_change change;
    sem_t done;
};

static inline void held_post(struct item_commit *commit)
{
    sem_post(commit->arg);
}

static inline void held_prepare(struct held_commit *held, const struct table *table, enum item_action action,
                                const char *json, struct arena *arena)
{
    struct error err;
    error_init(&err, arena);
    *held = (struct held_commit){.change = {.table = table, .action = action}};
    struct slice item = item_from_json(arena, json);
    if (!item_key_of_item(table, item, &held->change.key, &err))
        fail_msg("%s", err.message);
    held->change.item = item;
    held->commit = (struct item_commit){.changes = &held->change, .count = 1, .done = held_post};
    held->commit.arg = &held->done;
    sem_init(&held->done, 0, 0);
}

static inline enum error_code held_finish(struct held_commit *held, struct engine *engine,
                                          struct arena *arena)
{
    item_commit_submit(engine, &held->commit, arena);
    while (sem_wait(&held->done) != 0)
        continue;
    sem_destroy(&held->done);
    return held->commit.storage.error.code;
}

static inline void fixture_write(struct jobs_fixture *f, enum item_action action, const char *json)
{
    struct held_commit held;
    held_prepare(&held, fixture_table(f, &f->arena), action, json, &f->arena);
    assert_int_equal(held_finish(&held, &f->engine, &f->arena), ERR_NONE);
}

static inline void fixture_put(struct jobs_fixture *f, const char *json)
{
    fixture_write(f, ITEM_PUT, json);
}

/* `count` items i0, i1, ...; of five, one has no g, one has a g that cannot be a key; all have h. */
static inline const char *fixture_nth_json(struct arena *arena, int i)
{
    const char *g = i % 5 == 3 ? "" : i % 5 == 4 ? "\"g\":{\"N\":\"7\"}," : "\"g\":{\"S\":\"group\"},";
    return arena_printf(arena, "{\"pk\":{\"S\":\"i%d\"},%s\"h\":{\"N\":\"%d\"},\"x\":{\"S\":\"%0*d\"}}", i, g,
                        i % 7, i % 50 + 1, i);
}

static inline void fixture_put_many(struct jobs_fixture *f, int count)
{
    for (int i = 0; i < count; i++)
        fixture_put(f, fixture_nth_json(&f->arena, i));
}

/* ------------------------------------------------------------------ what an index has to hold */

static inline struct storage_cursor *fixture_scan(struct storage_view *view, uint32_t space,
                                                  struct arena *arena, struct error *err)
{
    const struct storage_hash_range all = {.space = space, .hash_last = UINT64_MAX};
    struct storage_cursor *cursor;
    assert_true(storage_view_scan_hash(view, &all, arena, &cursor, err));
    return cursor;
}

/* Every item's entry is there, nothing else is, and both are counted; as of one instant, so that writes may go on. Returns how
 * many entries there are. */
static inline int64_t fixture_compare_index(struct jobs_fixture *f, const char *name)
{
    struct arena *arena = &f->scratch;
    struct storage_view *view;
    struct storage_entry stored;
    struct storage_usage expected = {0}, usage;
    int64_t entries = 0;
    bool found;
    arena_reset(arena);
    fixture_check(f, engine_view(&f->engine, arena, &view, &f->err));
    const struct table *table = fixture_table(f, arena);
    const struct table_index *index = table_find_index(table, slice_from_cstr(name));
    assert_non_null(index);
    assert_int_equal(index->status, INDEX_ACTIVE);
    struct storage_cursor *items = fixture_scan(view, table->space, arena, &f->err);
    while (assert_true(storage_cursor_next(items, &stored, &found, &f->err)), found) {
        struct index_entry entry;
        struct slice value = SLICE_NONE;
        if (!index_entry_of(table, index, arena_copy(arena, stored.value), arena, &entry))
            continue;
        assert_true(storage_view_get(view, &entry.key, arena, &value, &found, &f->err));
        if (!found || !slice_equal(value, entry.item))
            fail_msg("item %.*s has %s entry", SLICE_PRINTF(stored.partition), found ? "a wrong" : "no");
        expected.entries++;
        expected.bytes += (int64_t)item_size_bytes(entry.item);
    }
    struct storage_cursor *all = fixture_scan(view, index->space, arena, &f->err);
    while (assert_true(storage_cursor_next(all, &stored, &found, &f->err)), found)
        entries++;
    assert_int_equal(entries, expected.entries);
    assert_true(storage_view_usage(view, index->space, &usage, &f->err));
    assert_int_equal(usage.entries, expected.entries);
    assert_int_equal(usage.bytes, expected.bytes);
    arena_reset(arena);
    return entries;
}

/* The catalog shows a commit a little later than a view does. */
static inline int64_t fixture_check_index(struct jobs_fixture *f, const char *name)
{
    for (int ms = 0; ms < PATIENCE_MS && fixture_index(f, name)->status != INDEX_ACTIVE; ms++)
        usleep(1000);
    return fixture_compare_index(f, name);
}

/* ------------------------------------------------------------------ jobs */

/* The newest job of that kind; .job.id 0: there is none. Lives in f->arena. */
static inline struct job_status fixture_job(struct jobs_fixture *f, const char *kind)
{
    struct job_list list;
    struct job_status newest = {.job.id = 0};
    fixture_check(f, jobs_list(f->jobs, &f->arena, &list, &f->err));
    for (size_t i = 0; i < list.count; i++)
        if (slice_equal(list.jobs[i].job.kind, slice_from_cstr(kind)) && list.jobs[i].job.id > newest.job.id)
            newest = list.jobs[i];
    return newest;
}

static inline struct job_status fixture_wait_for(struct jobs_fixture *f, const char *kind,
                                                 enum job_state state)
{
    struct job_status status = {0};
    for (int ms = 0; ms < PATIENCE_MS; ms += 2) {
        status = fixture_job(f, kind);
        if (status.job.id != 0 && status.job.state == state)
            return status;
        usleep(2000);
    }
    fail_msg("the %s is %s", kind, status.job.id ? job_state_name(status.job.state) : "not there");
    return status;
}

static inline enum error_code fixture_order(struct jobs_fixture *f, uint64_t id, enum job_action action,
                                            int64_t items_per_s)
{
    struct job_order order = {.id = id, .action = action, .items_per_s = items_per_s};
    return jobs_order_wait(f->jobs, &order, &f->arena, &f->err) ? ERR_NONE : f->err.code;
}

static inline int fixture_setup(void **state)
{
    *state = fixture_open();
    return 0;
}

static inline int fixture_teardown(void **state)
{
    fixture_close(*state);
    return 0;
}

#endif
