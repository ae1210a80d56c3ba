/* Readers find tables while others come and go; run under the thread sanitizer. */
#include "store.h"
#include "support/cmocka.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { READERS = 3, WRITERS = 2, CHANGES = 150 };

static struct table plain; /* made before there are threads */
static _Atomic bool stop;
static _Atomic uint64_t found_count;

/* Every table a snapshot shows is whole, and the one nobody touches is always there. */
static void *read_tables(void *arg)
{
    (void)arg;
    while (!atomic_load(&stop)) {
        const struct catalog_snapshot *snapshot = catalog_take(store.catalog);
        const struct table *t;
        INVARIANT(catalog_find(snapshot, SLICE("always")) != NULL);
        for (size_t i = 0; i < catalog_count(snapshot); i++) {
            t = catalog_at(snapshot, i);
            INVARIANT(catalog_find(snapshot, t->name) == t);
            INVARIANT(t->id.size == 36 && t->key.hash_count == 1 && t->space >= STORAGE_SPACE_FIRST_FREE);
            INVARIANT(i == 0 || slice_compare(catalog_at(snapshot, i - 1)->name, t->name) < 0);
            atomic_fetch_add(&found_count, 1);
        }
        catalog_give(snapshot);
    }
    return NULL;
}

static void *change_tables(void *arg)
{
    const char *prefix = arg;
    struct table wanted = plain;
    for (int i = 0; i < CHANGES; i++) {
        struct arena arena;
        struct error err;
        arena_init(&arena, 4096);
        error_init(&err, &arena);
        wanted.name = slice_from_cstr(arena_printf(&arena, "%s-%d", prefix, i));
        struct catalog_change created = {.arena = &arena}, deleted = {.arena = &arena};
        INVARIANT(catalog_create_table_wait(store.catalog, &wanted, &created, &err));
        const struct catalog_snapshot *snapshot = catalog_take(store.catalog);
        INVARIANT(catalog_find(snapshot, wanted.name) != NULL);
        catalog_give(snapshot);
        if (i % 3 != 0)
            INVARIANT(catalog_delete_table_wait(store.catalog, wanted.name, &deleted, &err));
        arena_release(&arena);
    }
    return NULL;
}

static void no_change_is_lost_and_no_reader_sees_half_of_one(void **state)
{
    (void)state;
    pthread_t readers[READERS], writers[WRITERS];
    static const char *const prefixes[WRITERS] = {"one", "two"};
    assert_true(store_create(&store, "always"));
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_tables, NULL), 0);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, change_tables, (void *)(uintptr_t)prefixes[i]), 0);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(writers[i], NULL);
    atomic_store(&stop, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    assert_true(atomic_load(&found_count) > 0);

    const struct catalog_snapshot *snapshot = catalog_take(store.catalog);
    assert_int_equal(catalog_count(snapshot), 1 + WRITERS * (CHANGES / 3));
    catalog_give(snapshot);
}

/* One name, many who want it: exactly one gets it each time. */
static _Atomic int winners;

static void *create_contended(void *arg)
{
    (void)arg;
    struct arena arena;
    struct error err;
    arena_init(&arena, 4096);
    error_init(&err, &arena);
    struct table wanted = plain;
    wanted.name = SLICE("contended");
    struct catalog_change change = {.arena = &arena};
    if (catalog_create_table_wait(store.catalog, &wanted, &change, &err))
        atomic_fetch_add(&winners, 1);
    else
        INVARIANT(err.code == ERR_RESOURCE_IN_USE);
    arena_release(&arena);
    return NULL;
}

static void of_many_who_create_a_name_one_succeeds(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        pthread_t threads[4];
        atomic_store(&winners, 0);
        for (int i = 0; i < 4; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, create_contended, NULL), 0);
        for (int i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
        assert_int_equal(atomic_load(&winners), 1);
        assert_true(store_delete(&store, "contended"));
    }
}

static int set_up(void **state)
{
    atomic_store(&stop, false);
    plain = *example_plain();
    return store_test_set_up(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_change_is_lost_and_no_reader_sees_half_of_one, set_up,
                                        store_test_tear_down),
        cmocka_unit_test_setup_teardown(of_many_who_create_a_name_one_succeeds, set_up, store_test_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
