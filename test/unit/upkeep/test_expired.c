/* Which items expire: semantics.md 16.1. The chore runs on the test's thread, with the test's clock. */
#include "upkeep/upkeep_priv.h"

#include "../engine/indexed.h"
#include "jobs/jobs.h"
#include "table/time_to_live.h"

#include <unistd.h>

#define YEAR_S ((int64_t)365 * 24 * 3600)

struct kept {
    struct indexed *s;
    struct clock_test clock;
    struct jobs *jobs;
    struct upkeep upkeep;
};

static int64_t now_s(struct kept *k)
{
    return clock_wall_ms(&k->clock.clock) / 1000;
}

static void look(struct kept *k)
{
    const struct catalog_snapshot *snapshot = catalog_take(k->s->catalog);
    const struct table *t = catalog_find(snapshot, SLICE("indexed"));
    shared_retain((struct shared *)&t->shared);
    arena_cleanup_add(&k->s->f->arena, (void (*)(void *))table_release, (void *)t);
    k->s->table = t;
    catalog_give(snapshot);
}

static void set(struct kept *k, bool enabled)
{
    struct time_to_live_edit edit;
    struct catalog_change change = {.arena = &k->s->f->arena};
    time_to_live_edit_init(&edit, enabled, SLICE("x"), jobs_stage_backfill, jobs_stage_drop);
    assert_true(catalog_edit_table_wait(k->s->catalog, SLICE("indexed"), &edit.edit, &change, &k->s->f->err));
    jobs_wake(k->jobs);
    for (int i = 0; i < 2000; i++, usleep(1000)) {
        look(k);
        if (!k->s->table->expiry_index || k->s->table->expiry_index->status == INDEX_ACTIVE)
            return;
    }
    fail_msg("the index was not filled");
}

static void put(struct kept *k, const char *sort, const char *value)
{
    struct item_change change =
        indexed_put(k->s, arena_printf(&k->s->f->arena,
                                       "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%s\"},\"x\":%s}", sort, value));
    assert_int_equal(indexed_commit(k->s, &change, 1), ERR_NONE);
}

static void put_time(struct kept *k, const char *sort, int64_t s)
{
    put(k, sort, arena_printf(&k->s->f->arena, "{\"N\":\"%lld\"}", (long long)s));
}

static size_t count_of(struct kept *k, uint32_t space)
{
    static struct storage_entry entries[256];
    return indexed_entries(k->s, space, entries, 256);
}

static bool is_there(struct kept *k, const char *sort)
{
    const struct storage_key key = {k->s->table->space, SLICE("p"), slice_from_cstr(sort)};
    struct slice item;
    assert_true(item_get(indexed_view(k->s), &key, &k->s->f->arena, &item, &k->s->f->err));
    return !slice_is_none(item);
}

/* Until a round finds nothing. */
static void sweep(struct kept *k)
{
    for (uint64_t before = UINT64_MAX; before != atomic_load(&k->upkeep.expired);) {
        int64_t again_ms;
        before = atomic_load(&k->upkeep.expired);
        assert_true(upkeep_expired(&k->upkeep, &again_ms, &k->s->f->err));
        arena_reset(&k->upkeep.arena);
    }
}

static void only_numbers_between_now_and_five_years_ago_expire(void **state)
{
    struct kept *k = *state;
    set(k, true);
    put_time(k, "just", now_s(k) - 1);
    put_time(k, "now", now_s(k));
    put_time(k, "later", now_s(k) + 1);
    put_time(k, "old", now_s(k) - 5 * YEAR_S);
    put_time(k, "too old", now_s(k) - 6 * YEAR_S);
    put(k, "fraction", arena_printf(&k->s->f->arena, "{\"N\":\"%lld.75\"}", (long long)now_s(k) - 1));
    put(k, "string", arena_printf(&k->s->f->arena, "{\"S\":\"%lld\"}", (long long)now_s(k) - 1));
    put(k, "set", arena_printf(&k->s->f->arena, "{\"NS\":[\"%lld\"]}", (long long)now_s(k) - 1));
    sweep(k);
    assert_false(is_there(k, "just"));
    assert_false(is_there(k, "old"));
    assert_false(is_there(k, "fraction"));
    assert_true(is_there(k, "now"));
    assert_true(is_there(k, "later"));
    assert_true(is_there(k, "too old"));
    assert_true(is_there(k, "string"));
    assert_true(is_there(k, "set"));
    assert_int_equal(k->upkeep.expired, 3);
    clock_test_advance(&k->clock, 2000);
    sweep(k);
    assert_false(is_there(k, "now"));
    assert_false(is_there(k, "later"));
}

static void an_item_that_was_given_more_time_stays(void **state)
{
    struct kept *k = *state;
    set(k, true);
    put_time(k, "a", now_s(k) + 10);
    clock_test_advance(&k->clock, 20 * 1000);
    put_time(k, "a", now_s(k) + 10);
    sweep(k);
    assert_true(is_there(k, "a"));
    assert_int_equal(count_of(k, k->s->table->expiry_index->space), 1);
}

static void the_delay_is_kept(void **state)
{
    struct kept *k = *state;
    k->upkeep.options.expiry_delay_ms = 5000;
    set(k, true);
    put_time(k, "a", now_s(k) - 1);
    sweep(k);
    assert_true(is_there(k, "a"));
    clock_test_advance(&k->clock, 5000);
    sweep(k);
    assert_false(is_there(k, "a"));
}

static void more_than_a_round_of_them_go_and_their_entries_too(void **state)
{
    struct kept *k = *state;
    for (int i = 0; i < 200; i++)
        put_time(k, arena_printf(&k->s->f->arena, "%d", i), now_s(k) - i);
    set(k, true);
    assert_int_equal(count_of(k, k->s->table->expiry_index->space), 200);
    clock_test_advance(&k->clock, 1000);
    sweep(k);
    assert_int_equal(k->upkeep.expired, 200);
    assert_int_equal(count_of(k, k->s->table->space), 0);
    assert_int_equal(count_of(k, k->s->table->expiry_index->space), 0);
}

/* A sweep goes on where the last one ended; what was put with an earlier time is found when one begins anew. */
static void what_was_put_behind_the_sweep_goes_too(void **state)
{
    struct kept *k = *state;
    set(k, true);
    put_time(k, "a", now_s(k) - 10);
    sweep(k);
    put_time(k, "b", now_s(k) - 100);
    clock_test_advance(&k->clock, 31 * 1000);
    sweep(k);
    assert_false(is_there(k, "b"));
}

static void a_rate_bounds_a_round(void **state)
{
    struct kept *k = *state;
    int64_t again_ms;
    k->upkeep.options.expiry_items_per_s = 40;
    set(k, true);
    for (int i = 0; i < 10; i++)
        put_time(k, arena_printf(&k->s->f->arena, "%d", i), now_s(k) - 10);
    assert_true(upkeep_expired(&k->upkeep, &again_ms, &k->s->f->err));
    assert_int_equal(k->upkeep.expired, 2);
    assert_int_equal(again_ms, 50);
}

static void nothing_expires_when_it_is_ended(void **state)
{
    struct kept *k = *state;
    set(k, true);
    uint32_t space = k->s->table->expiry_index->space;
    set(k, false);
    put_time(k, "a", now_s(k) - 10);
    sweep(k);
    assert_true(is_there(k, "a"));
    assert_int_equal(count_of(k, space), 0);
}

/* ------------------------------------------------------------------ */

static int setup(void **state)
{
    void *s;
    struct kept *k = calloc(1, sizeof *k);
    if (indexed_setup(&s) != 0)
        return -1;
    k->s = s;
    clock_test_init(&k->clock, 1790000000000);
    k->s->engine.clock = clock_system();
    assert_true(jobs_open(&k->s->engine, k->s->catalog, &k->jobs, &k->s->f->err));
    /* The thread is not started: the chore is called by the tests. */
    static struct engine engine;
    engine = k->s->engine;
    engine.clock = &k->clock.clock;
    k->upkeep.engine = &engine;
    k->upkeep.catalog = k->s->catalog;
    upkeep_options_init(&k->upkeep.options);
    arena_init(&k->upkeep.arena, 4096);
    *state = k;
    return 0;
}

static int teardown(void **state)
{
    struct kept *k = *state;
    void *s = k->s;
    upkeep_forget_sweeps(&k->upkeep);
    arena_release(&k->upkeep.arena);
    jobs_stop(k->jobs);
    jobs_close(k->jobs);
    free(k);
    return indexed_teardown(&s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(only_numbers_between_now_and_five_years_ago_expire),
        TEST(an_item_that_was_given_more_time_stays),
        TEST(the_delay_is_kept),
        TEST(more_than_a_round_of_them_go_and_their_entries_too),
        TEST(what_was_put_behind_the_sweep_goes_too),
        TEST(a_rate_bounds_a_round),
        TEST(nothing_expires_when_it_is_ended),
    };
    return cmocka_run_group_tests_name("expired items", tests, NULL, NULL);
}
