/* Which items expire, and when they are looked for: semantics.md 16.1. */
#include "expiring.h"

#include "upkeep/sweep_priv.h"

#define YEAR_S ((int64_t)365 * 24 * 3600)

static void only_numbers_between_now_and_five_years_ago_expire(void **state)
{
    struct expiring *e = *state;
    expire_by(e, "x");
    put_time(e, "just", now_s(e) - 1);
    put_time(e, "now", now_s(e));
    put_time(e, "later", now_s(e) + 1);
    put_time(e, "old", now_s(e) - 5 * YEAR_S);
    put_time(e, "too old", now_s(e) - 6 * YEAR_S);
    put_time(e, "zero", 0);
    put_time(e, "negative", -now_s(e));
    put_time(e, "milliseconds", now_s(e) * 1000);
    put(e, "exponent", "{\"N\":\"17E8\"}");
    put(e, "fraction", arena_printf(&e->s->f->arena, "{\"N\":\"%lld.75\"}", (long long)now_s(e) - 1));
    put(e, "string", arena_printf(&e->s->f->arena, "{\"S\":\"%lld\"}", (long long)now_s(e) - 1));
    put(e, "set", arena_printf(&e->s->f->arena, "{\"NS\":[\"%lld\"]}", (long long)now_s(e) - 1));
    put(e, "map", arena_printf(&e->s->f->arena, "{\"M\":{\"x\":{\"N\":\"%lld\"}}}", (long long)now_s(e) - 1));
    sweep(e);
    static const char *const gone[] = {"just", "old", "fraction", "exponent"};
    static const char *const stays[] = {"now",          "later",  "too old", "zero", "negative",
                                        "milliseconds", "string", "set",     "map"};
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
        assert_false(is_there(e, gone[i]));
    for (size_t i = 0; i < sizeof stays / sizeof stays[0]; i++)
        assert_true(is_there(e, stays[i]));
    assert_int_equal(e->upkeep.expired, 4);
    clock_test_advance(&e->clock, 2000);
    sweep(e);
    assert_false(is_there(e, "now"));
    assert_false(is_there(e, "later"));
}

static void an_item_that_was_given_more_time_stays(void **state)
{
    struct expiring *e = *state;
    expire_by(e, "x");
    put_time(e, "a", now_s(e) + 10);
    clock_test_advance(&e->clock, 20 * 1000);
    put_time(e, "a", now_s(e) + 10);
    sweep(e);
    assert_true(is_there(e, "a"));
    assert_int_equal(count_of(e, e->s->table->expiry_index->space), 1);
}

static void the_delay_is_kept(void **state)
{
    struct expiring *e = *state;
    e->upkeep.options.expiry_delay_ms = 5000;
    expire_by(e, "x");
    put_time(e, "a", now_s(e) - 1);
    clock_test_advance(&e->clock, 4000);
    sweep(e);
    assert_true(is_there(e, "a"));
    clock_test_advance(&e->clock, 1000);
    sweep(e);
    assert_false(is_there(e, "a"));
}

/* More than a round holds. */
static void all_of_a_full_table_go_and_their_entries_too(void **state)
{
    struct expiring *e = *state;
    struct storage_usage usage;
    for (int i = 0; i < 1500; i++)
        put_time(e, arena_printf(&e->s->f->arena, "%d", i), now_s(e) - i % 7);
    expire_by(e, "x");
    assert_int_equal(count_of(e, e->s->table->expiry_index->space), 1500);
    clock_test_advance(&e->clock, 1000);
    sweep(e);
    assert_int_equal(e->upkeep.expired, 1500);
    assert_int_equal(count_of(e, e->s->table->space), 0);
    assert_int_equal(count_of(e, e->s->table->expiry_index->space), 0);
    assert_true(storage_view_usage(indexed_view(e->s), e->s->table->space, &usage, &e->s->f->err));
    assert_int_equal(usage.entries, 0);
    assert_int_equal(usage.bytes, 0);
}

static void an_index_that_is_being_filled_is_not_swept(void **state)
{
    struct expiring *e = *state;
    put_time(e, "a", now_s(e) - 10);
    jobs_stop(e->jobs);
    switch_to(e, true, "x");
    put_time(e, "b", now_s(e) - 10);
    sweep(e);
    assert_true(is_there(e, "a"));
    assert_true(is_there(e, "b"));
    jobs_close(e->jobs);
    assert_true(jobs_open(&e->jobs_engine, e->s->catalog, &e->jobs, &e->s->f->err));
    wait_until_filled(e);
    sweep(e);
    assert_false(is_there(e, "a"));
    assert_false(is_there(e, "b"));
}

static void nothing_expires_when_it_is_ended(void **state)
{
    struct expiring *e = *state;
    expire_by(e, "x");
    uint32_t space = e->s->table->expiry_index->space;
    switch_to(e, false, "x");
    put_time(e, "a", now_s(e) - 10);
    sweep(e);
    assert_true(is_there(e, "a"));
    assert_int_equal(count_of(e, space), 0);
}

/* ------------------------------------------------------------------ where a sweep goes on */

/* It goes on where the last one ended; an item whose time is earlier is noted when it is written. */
static void what_is_written_behind_the_sweep_goes_at_once(void **state)
{
    struct expiring *e = *state;
    expire_by(e, "x");
    put_time(e, "a", now_s(e) - 10);
    sweep(e);
    put_time(e, "b", now_s(e) - 100);
    put_time(e, "c", now_s(e) - 1000);
    sweep(e);
    assert_false(is_there(e, "b"));
    assert_false(is_there(e, "c"));
}

static void what_an_update_puts_behind_the_sweep_goes_at_once(void **state)
{
    struct expiring *e = *state;
    expire_by(e, "y");
    struct item_change change =
        indexed_put(e->s, arena_printf(&e->s->f->arena,
                                       "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"a\"},\"l\":{\"N\":\"%lld\"}}",
                                       (long long)now_s(e) - 100));
    assert_int_equal(indexed_commit(e->s, &change, 1), ERR_NONE);
    put_time(e, "b", 1);
    sweep(e);
    assert_true(is_there(e, "a"));
    change = indexed_update(e->s, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"a\"}}", "SET y = l");
    assert_int_equal(indexed_commit(e->s, &change, 1), ERR_NONE);
    sweep(e);
    assert_false(is_there(e, "a"));
}

static void what_was_not_noted_goes_within_an_hour(void **state)
{
    struct expiring *e = *state;
    struct expiry_notes *notes = e->s->engine.expiry_notes;
    expire_by(e, "x");
    put_time(e, "a", now_s(e) - 10);
    sweep(e);
    e->s->engine.expiry_notes = NULL;
    put_time(e, "b", now_s(e) - 100);
    clock_test_advance(&e->clock, 60 * 1000);
    sweep(e);
    assert_true(is_there(e, "b"));
    clock_test_advance(&e->clock, 3600 * 1000);
    sweep(e);
    assert_false(is_there(e, "b"));
    e->s->engine.expiry_notes = notes;
}

/* Both stand where the sweep has been. */
static void after_the_clock_was_set_back_items_expire_when_it_says(void **state)
{
    struct expiring *e = *state;
    expire_by(e, "x");
    put_time(e, "a", now_s(e) - 1);
    sweep(e);
    clock_test_advance(&e->clock, -3600 * 1000);
    put_time(e, "b", now_s(e) + 1);
    put_time(e, "c", now_s(e) + 100);
    clock_test_advance(&e->clock, 2000);
    e->upkeep.places[e->s->table->expiry_index->space % SWEEP_SLOTS]->due_ns = 0; /* by the other clock */
    sweep(e);
    assert_false(is_there(e, "b"));
    assert_true(is_there(e, "c"));
    clock_test_advance(&e->clock, 100 * 1000);
    sweep(e);
    assert_false(is_there(e, "c"));
}

/* ------------------------------------------------------------------ pace */

static void a_rate_bounds_a_round(void **state)
{
    struct expiring *e = *state;
    int64_t again_ms;
    e->upkeep.options.expiry_items_per_s = 40;
    expire_by(e, "x");
    for (int i = 0; i < 10; i++)
        put_time(e, arena_printf(&e->s->f->arena, "%d", i), now_s(e) - 10);
    assert_true(run(e, &again_ms));
    assert_int_equal(e->upkeep.expired, 2);
    assert_int_equal(again_ms, 50);
}

static void it_is_told_how_long_it_has_been_behind(void **state)
{
    struct expiring *e = *state;
    struct upkeep_stats stats;
    int64_t again_ms;
    e->upkeep.options.expiry_items_per_s = 40;
    expire_by(e, "x");
    for (int i = 0; i < 10; i++)
        put_time(e, arena_printf(&e->s->f->arena, "%d", i), now_s(e) - 10);
    assert_true(run(e, &again_ms));
    clock_test_advance(&e->clock, 7000);
    assert_true(run(e, &again_ms));
    upkeep_stats(&e->upkeep, &stats);
    assert_int_equal(stats.expired, 4);
    assert_int_equal(stats.expiry_behind_ms, 7000);
    clock_test_advance(&e->clock, 1000);
    sweep(e);
    upkeep_stats(&e->upkeep, &stats);
    assert_int_equal(stats.expired, 10);
    assert_int_equal(stats.expiry_behind_ms, 0);
}

/* ------------------------------------------------------------------ what goes wrong */

static void what_the_store_refuses_is_removed_later(void **state)
{
    struct expiring *e = *state;
    int64_t again_ms;
    const struct storage_fault fault = {.action = STORAGE_FAULT_FAIL, .times = 1};
    expire_by(e, "x");
    for (int i = 0; i < 100; i++)
        put_time(e, arena_printf(&e->s->f->arena, "%d", i), now_s(e) - 10);
    storage_faulty_set(e->s->engine.storage, STORAGE_FAULT_COMMIT, fault);
    assert_false(run(e, &again_ms));
    clock_test_advance(&e->clock, 1000);
    sweep(e);
    assert_int_equal(e->upkeep.expired, 100);
    assert_int_equal(count_of(e, e->s->table->space), 0);
}

static void what_cannot_be_read_stops_only_what_is_behind_it(void **state)
{
    struct expiring *e = *state;
    int64_t again_ms;
    const struct storage_fault fault = {.action = STORAGE_FAULT_FAIL, .after = 5, .times = 1};
    expire_by(e, "x");
    for (int i = 0; i < 10; i++)
        put_time(e, arena_printf(&e->s->f->arena, "%d", i), now_s(e) - 10);
    storage_faulty_set(e->s->engine.storage, STORAGE_FAULT_SCAN, fault);
    assert_false(run(e, &again_ms));
    assert_true(e->upkeep.expired > 0);
    clock_test_advance(&e->clock, 1000);
    sweep(e);
    assert_int_equal(e->upkeep.expired, 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, expiring_setup, expiring_teardown)
    const struct CMUnitTest tests[] = {
        TEST(only_numbers_between_now_and_five_years_ago_expire),
        TEST(an_item_that_was_given_more_time_stays),
        TEST(the_delay_is_kept),
        TEST(all_of_a_full_table_go_and_their_entries_too),
        TEST(an_index_that_is_being_filled_is_not_swept),
        TEST(nothing_expires_when_it_is_ended),
        TEST(what_is_written_behind_the_sweep_goes_at_once),
        TEST(what_an_update_puts_behind_the_sweep_goes_at_once),
        TEST(what_was_not_noted_goes_within_an_hour),
        TEST(after_the_clock_was_set_back_items_expire_when_it_says),
        TEST(a_rate_bounds_a_round),
        TEST(it_is_told_how_long_it_has_been_behind),
        TEST(what_the_store_refuses_is_removed_later),
        TEST(what_cannot_be_read_stops_only_what_is_behind_it),
    };
    return cmocka_run_group_tests_name("expired items", tests, NULL, NULL);
}
