/* expiring.h - the table of indexed.h, whose items expire, on a store in memory with faults at will; jobs run on a thread of
 * their own, the chore on the test's, with the test's clock. */
#ifndef STATOR_TEST_UPKEEP_EXPIRING_H
#define STATOR_TEST_UPKEEP_EXPIRING_H

#include "upkeep/upkeep_priv.h"

#include "../engine/indexed.h"
#include "jobs/jobs.h"
#include "table/time_to_live.h"

#include <unistd.h>

struct expiring {
    struct indexed *s;
    struct clock_test clock;
    struct engine jobs_engine; /* by the machine's clock */
    struct jobs *jobs;
    struct upkeep upkeep; /* its thread is not started */
};

static inline int64_t now_s(struct expiring *e)
{
    return clock_wall_ms(&e->clock.clock) / 1000;
}

/* The table as it is now. */
static inline void look(struct expiring *e)
{
    const struct catalog_snapshot *snapshot = catalog_take(e->s->catalog);
    const struct table *t = catalog_find(snapshot, SLICE("indexed"));
    shared_retain((struct shared *)&t->shared);
    arena_cleanup_add(&e->s->f->arena, (void (*)(void *))table_release, (void *)t);
    e->s->table = t;
    catalog_give(snapshot);
}

static inline void switch_to(struct expiring *e, bool enabled, const char *attribute)
{
    struct time_to_live_edit edit;
    struct catalog_change change = {.arena = &e->s->f->arena};
    time_to_live_edit_init(&edit, enabled, slice_from_cstr(attribute), jobs_stage_backfill, jobs_stage_drop);
    assert_true(catalog_edit_table_wait(e->s->catalog, SLICE("indexed"), &edit.edit, &change, &e->s->f->err));
    jobs_wake(e->jobs);
    look(e);
}

static inline void wait_until_filled(struct expiring *e)
{
    for (int i = 0; i < 5000; i++, usleep(1000)) {
        look(e);
        if (!e->s->table->expiry_index || e->s->table->expiry_index->status == INDEX_ACTIVE)
            return;
    }
    fail_msg("the index was not filled");
}

static inline void expire_by(struct expiring *e, const char *attribute)
{
    switch_to(e, true, attribute);
    wait_until_filled(e);
}

static inline void put(struct expiring *e, const char *sort, const char *value)
{
    struct item_change change =
        indexed_put(e->s, arena_printf(&e->s->f->arena,
                                       "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%s\"},\"x\":%s}", sort, value));
    assert_int_equal(indexed_commit(e->s, &change, 1), ERR_NONE);
}

static inline void put_time(struct expiring *e, const char *sort, int64_t s)
{
    put(e, sort, arena_printf(&e->s->f->arena, "{\"N\":\"%lld\"}", (long long)s));
}

static inline size_t count_of(struct expiring *e, uint32_t space)
{
    struct storage_entry *entries = ARENA_NEW_ARRAY(&e->s->f->arena, struct storage_entry, 4096);
    return indexed_entries(e->s, space, entries, 4096);
}

static inline bool is_there(struct expiring *e, const char *sort)
{
    const struct storage_key key = {e->s->table->space, SLICE("p"), slice_from_cstr(sort)};
    struct slice item;
    assert_true(item_get(indexed_view(e->s), &key, &e->s->f->arena, &item, &e->s->f->err));
    return !slice_is_none(item);
}

/* One run of the chore. */
static inline bool run(struct expiring *e, int64_t *again_ms)
{
    bool ok = upkeep_expired(&e->upkeep, again_ms, &e->s->f->err);
    arena_reset(&e->upkeep.arena);
    return ok;
}

/* Until there is nothing to do for now. */
static inline void sweep(struct expiring *e)
{
    int64_t again_ms = 0;
    for (int i = 0; again_ms < 1000; i++) {
        assert_true(run(e, &again_ms));
        assert_true(i < 10000);
    }
}

static inline int expiring_setup(void **state)
{
    void *s;
    struct expiring *e = calloc(1, sizeof *e);
    if (indexed_setup(&s) != 0)
        return -1;
    e->s = s;
    clock_test_init(&e->clock, 1790000000000);
    e->s->engine.storage = storage_open_faulty(e->s->engine.storage);
    e->s->engine.expiry_notes = expiry_notes_new();
    e->s->engine.clock = &e->clock.clock;
    e->jobs_engine = e->s->engine;
    e->jobs_engine.clock = clock_system();
    assert_true(jobs_open(&e->jobs_engine, e->s->catalog, &e->jobs, &e->s->f->err));
    e->upkeep.engine = &e->s->engine;
    e->upkeep.catalog = e->s->catalog;
    upkeep_options_init(&e->upkeep.options);
    e->upkeep.options.expiry_items_per_s = 0;
    arena_init(&e->upkeep.arena, 4096);
    pthread_mutex_init(&e->upkeep.mutex, NULL);
    *state = e;
    return 0;
}

static inline int expiring_teardown(void **state)
{
    struct expiring *e = *state;
    void *s = e->s;
    struct expiry_notes *notes = e->s->engine.expiry_notes;
    upkeep_forget_sweeps(&e->upkeep);
    pthread_mutex_destroy(&e->upkeep.mutex);
    arena_release(&e->upkeep.arena);
    jobs_stop(e->jobs);
    jobs_close(e->jobs);
    free(e);
    int failure = indexed_teardown(&s);
    expiry_notes_free(notes);
    return failure;
}

#endif
