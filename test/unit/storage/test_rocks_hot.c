/* Hot values: what a view may be answered from memory, and what it may not. */
#include "storage/rocksdb/rocks_hot.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { BUDGET_BYTES = 1 << 20 };

struct fixture {
    struct rocks_hot *hot;
    struct arena arena;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    arena_init(&f->arena, 4096);
    f->hot = rocks_hot_new(BUDGET_BYTES);
    assert_non_null(f->hot);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    rocks_hot_free(f->hot);
    arena_release(&f->arena);
    free(f);
    return 0;
}

/* One bucket for all keys with the same hash. */
static uint64_t hash_of(uint64_t number)
{
    return number * 0x9e3779b97f4a7c15;
}

static const char *find(struct fixture *f, uint64_t hash, const char *key, uint64_t view_commit)
{
    struct slice value;
    if (!rocks_hot_find(f->hot, hash, slice_from_cstr(key), view_commit, &f->arena, &value))
        return "nothing";
    return arena_copy_cstr(&f->arena, value);
}

static void offer(struct fixture *f, uint64_t hash, const char *key, uint64_t view_commit, const char *value)
{
    rocks_hot_offer(f->hot, hash, slice_from_cstr(key), view_commit, slice_from_cstr(value));
}

static void change(struct fixture *f, uint64_t hash, const char *key, uint64_t commit, const char *value)
{
    rocks_hot_change(f->hot, hash, slice_from_cstr(key), commit, value ? slice_from_cstr(value) : SLICE_NONE);
}

static void an_offered_value_is_found_by_its_key(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(find(f, 1, "a", 5), "nothing");
    offer(f, 1, "a", 5, "x");
    offer(f, 1, "b", 5, "");
    assert_string_equal(find(f, 1, "a", 5), "x");
    assert_string_equal(find(f, 1, "a", 9), "x");
    assert_string_equal(find(f, 1, "b", 5), "");
    assert_string_equal(find(f, 1, "c", 5), "nothing");
}

static void a_view_before_the_change_is_not_answered(void **state)
{
    struct fixture *f = *state;
    offer(f, 1, "a", 5, "old");
    change(f, 1, "a", 6, "new");
    assert_string_equal(find(f, 1, "a", 5), "nothing");
    assert_string_equal(find(f, 1, "a", 6), "new");
}

static void a_view_before_the_change_is_not_believed(void **state)
{
    struct fixture *f = *state;
    change(f, 1, "a", 6, "new");
    offer(f, 1, "a", 5, "old");
    assert_string_equal(find(f, 1, "a", 7), "nothing");
    offer(f, 1, "a", 6, "new");
    assert_string_equal(find(f, 1, "a", 7), "new");
}

static void a_removed_key_is_gone(void **state)
{
    struct fixture *f = *state;
    offer(f, 1, "a", 5, "x");
    offer(f, 1, "b", 5, "y");
    change(f, 1, "a", 6, NULL);
    assert_string_equal(find(f, 1, "a", 6), "nothing");
    assert_string_equal(find(f, 1, "b", 6), "y");
}

static void what_nobody_asked_for_does_not_enter_by_a_change(void **state)
{
    struct fixture *f = *state;
    change(f, 1, "a", 6, "x");
    assert_string_equal(find(f, 1, "a", 6), "nothing");
    assert_int_equal(rocks_hot_bytes(f->hot), 0);
}

static void cleared_means_forgotten_and_old_views_are_not_believed(void **state)
{
    struct fixture *f = *state;
    offer(f, 1, "a", 5, "x");
    rocks_hot_clear(f->hot, 8);
    assert_string_equal(find(f, 1, "a", 9), "nothing");
    assert_int_equal(rocks_hot_bytes(f->hot), 0);
    offer(f, 1, "a", 7, "x");
    assert_string_equal(find(f, 1, "a", 9), "nothing");
    offer(f, 1, "a", 8, "x");
    assert_string_equal(find(f, 1, "a", 9), "x");
}

static void memory_stays_within_the_budget(void **state)
{
    struct fixture *f = *state;
    static char value[ROCKS_HOT_ENTRY_BYTES_MAX];
    for (uint64_t i = 0; i < 5000; i++) {
        size_t size = (size_t)(hash_of(i) >> 51);
        rocks_hot_offer(f->hot, hash_of(i), slice_of((char *)&i, sizeof i), 1, slice_of(value, size));
        assert_true(rocks_hot_bytes(f->hot) <= BUDGET_BYTES);
    }
    assert_true(rocks_hot_bytes(f->hot) > BUDGET_BYTES / 2);
    rocks_hot_clear(f->hot, 1);
    rocks_hot_offer(f->hot, 1, SLICE("a"), 1, slice_of(value, sizeof value));
    assert_int_equal(rocks_hot_bytes(f->hot), 0);
}

static void a_budget_of_nothing_is_no_cache(void **state)
{
    (void)state;
    struct arena arena;
    struct slice value;
    assert_null(rocks_hot_new(1000));
    arena_init(&arena, 1024);
    rocks_hot_offer(NULL, 1, SLICE("a"), 1, SLICE("x"));
    assert_false(rocks_hot_find(NULL, 1, SLICE("a"), 1, &arena, &value));
    rocks_hot_change(NULL, 1, SLICE("a"), 1, SLICE("x"));
    rocks_hot_clear(NULL, 1);
    rocks_hot_free(NULL);
    arena_release(&arena);
}

/* ------------------------------------------------------------------ readers beside a writer */

enum { KEYS = 48, BUCKETS_USED = 12, COMMITS = 30000, READERS = 3 };

struct race {
    struct rocks_hot *hot;
    _Atomic uint64_t durable; /* the newest view */
    _Atomic uint64_t hits;
};

/* Commit c stores c under one key, and every seventh removes it instead. */
static uint64_t key_of_commit(uint64_t commit)
{
    return hash_of(commit) >> 40 & 0xffff;
}

static bool changes(uint64_t commit, uint64_t key)
{
    return key_of_commit(commit) % KEYS == key;
}

/* What the history says: the value of `key` in a view of that commit; 0 if it is absent. */
static uint64_t true_value(uint64_t key, uint64_t view_commit)
{
    while (view_commit > 0 && !changes(view_commit, key))
        view_commit--;
    return view_commit % 7 == 0 ? 0 : view_commit;
}

static struct slice bytes_of(const uint64_t *number)
{
    return slice_of((const char *)number, sizeof *number);
}

static void *read_and_compare(void *arg)
{
    struct race *race = arg;
    struct arena arena;
    uint64_t key = 0;
    arena_init(&arena, 1024);
    /* On a busy machine the writer may be done before a reader has begun. */
    for (uint64_t view = 0; view < COMMITS || atomic_load(&race->hits) == 0; key = (key + 1) % KEYS) {
        struct slice found;
        view = atomic_load(&race->durable);
        uint64_t expected = true_value(key, view);
        if (rocks_hot_find(race->hot, key % BUCKETS_USED, bytes_of(&key), view, &arena, &found)) {
            uint64_t value;
            memcpy(&value, found.data, sizeof value);
            if (value != expected)
                fail_msg("key %d in view %d: found %d, true is %d", (int)key, (int)view, (int)value,
                         (int)expected);
            atomic_fetch_add(&race->hits, 1);
        } else if (expected) {
            rocks_hot_offer(race->hot, key % BUCKETS_USED, bytes_of(&key), view, bytes_of(&expected));
        }
        arena_reset(&arena);
    }
    arena_release(&arena);
    return NULL;
}

/* Commits become visible some later than they change the cache, as behind a log sync. */
static void hits_are_true_while_a_writer_changes_keys(void **state)
{
    struct fixture *f = *state;
    struct race race = {.hot = f->hot};
    pthread_t readers[READERS];
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_and_compare, &race), 0);
    for (uint64_t commit = 1; commit <= COMMITS; commit++) {
        uint64_t key = key_of_commit(commit) % KEYS;
        struct slice value = commit % 7 == 0 ? SLICE_NONE : bytes_of(&commit);
        rocks_hot_change(race.hot, key % BUCKETS_USED, bytes_of(&key), commit, value);
        if (commit % 5 == 0)
            atomic_store(&race.durable, commit);
    }
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    assert_true(atomic_load(&race.hits) > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_offered_value_is_found_by_its_key),
        TEST(a_view_before_the_change_is_not_answered),
        TEST(a_view_before_the_change_is_not_believed),
        TEST(a_removed_key_is_gone),
        TEST(what_nobody_asked_for_does_not_enter_by_a_change),
        TEST(cleared_means_forgotten_and_old_views_are_not_believed),
        TEST(memory_stays_within_the_budget),
        cmocka_unit_test(a_budget_of_nothing_is_no_cache),
        TEST(hits_are_true_while_a_writer_changes_keys),
    };
    return cmocka_run_group_tests_name("hot values", tests, NULL, NULL);
}
