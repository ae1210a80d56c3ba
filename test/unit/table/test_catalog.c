#include "store.h"
#include "support/directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ------------------------------------------------------------------ shorthand */

/* What can be said of a table after the snapshot is given back. */
struct seen {
    bool found;
    bool usable;
    enum table_status status;
    uint32_t space;
    char id[40];
};

static struct seen see(const char *name)
{
    struct seen seen = {0};
    int64_t now_ms = clock_wall_ms(&s->clock.clock);
    const struct catalog_snapshot *snapshot = catalog_take(s->catalog);
    const struct table *t = catalog_find(snapshot, slice_from_cstr(name));
    if (t) {
        seen = (struct seen){true, table_usable(t, now_ms), table_status_at(t, now_ms), t->space, ""};
        memcpy(seen.id, t->id.data, t->id.size);
    }
    catalog_give(snapshot);
    return seen;
}

static void create(const char *name)
{
    if (!store_create(s, name))
        fail_msg("%s", s->err.message);
}

static void drop(const char *name)
{
    if (!store_delete(s, name))
        fail_msg("%s", s->err.message);
}

static void assert_error(enum error_code code, const char *message)
{
    assert_string_equal(error_code_name(s->err.code), error_code_name(code));
    assert_string_equal(s->err.message, message);
}

static void assert_names(const char *const *names, size_t count)
{
    const struct catalog_snapshot *snapshot = catalog_take(s->catalog);
    assert_int_equal(catalog_count(snapshot), count);
    for (size_t i = 0; i < count; i++)
        assert_true(slice_equal(catalog_at(snapshot, i)->name, slice_from_cstr(names[i])));
    catalog_give(snapshot);
}

#define ASSERT_NAMES(...)                            \
    assert_names((const char *const[]){__VA_ARGS__}, \
                 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static bool put(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    (void)write;
    uint32_t space = see("Music").space;
    const struct storage_key key = {space, SLICE("p"), SLICE("s")};
    return storage_tx_put(tx, &key, SLICE("value"), err);
}

/* ------------------------------------------------------------------ creating */

static void a_new_catalog_is_empty(void **state)
{
    (void)state;
    assert_names(NULL, 0);
    assert_false(see("Music").found);
}

static void a_created_table_is_there_at_once(void **state)
{
    (void)state;
    struct table wanted = *example_plain();
    wanted.name = SLICE("Music");
    wanted.id = SLICE_NONE;
    wanted.space = 0;
    wanted.gone_ms = 1;
    struct catalog_change change = {.arena = &s->arena};
    assert_true(catalog_create_table_wait(s->catalog, &wanted, &change, &s->err));
    assert_true(slice_equal(change.table->arn, SLICE("arn:aws:dynamodb:us-east-1:000000000000:table/Music")));
    assert_int_equal(change.table->id.size, 36);
    assert_int_equal(change.table->created_ms, START_MS);
    assert_int_equal(change.table->on_demand_since_ms, 0);
    assert_int_equal(change.table->throughput.read_units, 5);

    struct seen seen = see("Music");
    assert_true(seen.found && seen.usable);
    assert_int_equal(seen.status, TABLE_ACTIVE);
    assert_true(seen.space >= STORAGE_SPACE_FIRST_FREE);
    assert_true(store_space_exists(s, seen.space));
}

static void a_table_on_demand_remembers_since_when(void **state)
{
    (void)state;
    struct table wanted = *example_plain();
    wanted.billing_mode = BILLING_PAY_PER_REQUEST;
    struct catalog_change change = {.arena = &s->arena};
    assert_true(catalog_create_table_wait(s->catalog, &wanted, &change, &s->err));
    assert_int_equal(change.table->on_demand_since_ms, START_MS);
}

static void a_name_is_taken_once(void **state)
{
    (void)state;
    create("Music");
    struct seen first = see("Music");
    assert_false(store_create(s, "Music"));
    assert_error(ERR_RESOURCE_IN_USE, "Table already exists: Music");
    assert_string_equal(see("Music").id, first.id);
    create("music");
}

static void spaces_are_never_used_again(void **state)
{
    (void)state;
    create("Music");
    struct seen first = see("Music");
    drop("Music");
    create("Music");
    struct seen second = see("Music");
    assert_true(second.space > first.space);
    assert_string_not_equal(second.id, first.id);
    assert_false(store_space_exists(s, first.space));
    assert_true(store_space_exists(s, second.space));
}

static void names_are_in_byte_order(void **state)
{
    (void)state;
    create("b-b");
    create("a.a");
    create("B-b");
    create("b-b-");
    ASSERT_NAMES("B-b", "a.a", "b-b", "b-b-");
    const struct catalog_snapshot *snapshot = catalog_take(s->catalog);
    assert_int_equal(catalog_index_after(snapshot, SLICE("")), 0);
    assert_int_equal(catalog_index_after(snapshot, SLICE("B-b")), 1);
    assert_int_equal(catalog_index_after(snapshot, SLICE("aaa")), 2);
    assert_int_equal(catalog_index_after(snapshot, SLICE("b-b")), 3);
    assert_int_equal(catalog_index_after(snapshot, SLICE("zzz")), 4);
    catalog_give(snapshot);
}

static void a_catalog_holds_2500_tables_and_no_more(void **state)
{
    (void)state;
    char name[32];
    for (int i = 0; i < TABLE_COUNT_MAX; i++) {
        struct arena arena;
        arena_init(&arena, 4096);
        struct table wanted = *example_plain();
        wanted.name = slice_from_cstr(arena_printf(&arena, "table-%d", i));
        struct catalog_change change = {.arena = &arena};
        assert_true(catalog_create_table_wait(s->catalog, &wanted, &change, &s->err));
        arena_release(&arena);
    }
    for (int i = 0; i < TABLE_COUNT_MAX; i++) {
        snprintf(name, sizeof(name), "table-%d", i);
        assert_true(see(name).found);
    }
    assert_false(see("table-2500").found);
    assert_false(store_create(s, "one-more"));
    assert_error(ERR_LIMIT_EXCEEDED,
                 "Subscriber limit exceeded: There is a limit of 2500 tables per subscriber");
    drop("table-7");
    create("one-more");
}

/* ------------------------------------------------------------------ naming */

static void tables_are_found_by_arn_too(void **state)
{
    (void)state;
    create("Music");
    const struct catalog_snapshot *snapshot = catalog_take(s->catalog);
    const struct table *t = catalog_find(snapshot, SLICE("Music"));
    assert_ptr_equal(catalog_resolve(snapshot, SLICE("Music")), t);
    assert_ptr_equal(catalog_resolve(snapshot, t->arn), t);
    assert_null(catalog_resolve(snapshot, SLICE("arn:aws:dynamodb:us-east-2:000000000000:table/Music")));
    assert_null(catalog_resolve(snapshot, SLICE("arn:aws:dynamodb:us-east-1:000000000001:table/Music")));
    assert_null(catalog_resolve(snapshot, SLICE("arn:aws:dynamodb:us-east-1:000000000000:table/Other")));
    assert_null(
        catalog_resolve(snapshot, SLICE("arn:aws:dynamodb:us-east-1:000000000000:table/Music/index/ByYear")));
    assert_null(catalog_resolve(snapshot, SLICE("")));
    catalog_give(snapshot);
}

static bool use(const char *name)
{
    const struct table *t;
    const struct catalog_snapshot *snapshot = catalog_take(s->catalog);
    bool usable = catalog_use(snapshot, slice_from_cstr(name), &t, &s->err);
    catalog_give(snapshot);
    return usable;
}

static void data_operations_find_active_tables_only(void **state)
{
    (void)state;
    catalog_close(s->catalog);
    assert_true(store_open_catalog(s, 1000, 1000));
    assert_false(use("Music"));
    assert_error(ERR_RESOURCE_NOT_FOUND, "Requested resource not found");
    create("Music");
    assert_false(use("Music"));
    clock_test_advance(&s->clock, 1000);
    assert_true(use("Music"));
    drop("Music");
    assert_false(use("Music"));
    assert_error(ERR_RESOURCE_NOT_FOUND, "Requested resource not found");
}

/* ------------------------------------------------------------------ deleting */

static void a_deleted_table_is_gone_at_once(void **state)
{
    (void)state;
    create("Music");
    struct seen seen = see("Music");
    struct catalog_change change = {.arena = &s->arena};
    assert_true(catalog_delete_table_wait(s->catalog, SLICE("Music"), &change, &s->err));
    assert_string_equal(arena_copy_cstr(&s->arena, change.table->id), seen.id);
    assert_int_equal(table_status_at(change.table, START_MS), TABLE_DELETING);
    assert_false(see("Music").found);
    assert_names(NULL, 0);
    assert_false(store_space_exists(s, seen.space));
}

static void only_what_exists_can_be_deleted(void **state)
{
    (void)state;
    assert_false(store_delete(s, "Music"));
    assert_error(ERR_RESOURCE_NOT_FOUND, "Requested resource not found: Table: Music not found");
}

static void protection_keeps_a_table(void **state)
{
    (void)state;
    struct table wanted = *example_plain();
    wanted.deletion_protection = true;
    struct catalog_change change = {.arena = &s->arena};
    assert_true(catalog_create_table_wait(s->catalog, &wanted, &change, &s->err));
    assert_false(store_delete(s, "Plain"));
    assert_error(ERR_VALIDATION,
                 "Resource cannot be deleted as it is currently protected against deletion. Disable "
                 "deletion protection first.");
    assert_true(see("Plain").usable);
}

static void a_reader_keeps_what_it_has_found(void **state)
{
    (void)state;
    create("Music");
    const struct catalog_snapshot *snapshot = catalog_take(s->catalog);
    const struct table *t = catalog_find(snapshot, SLICE("Music"));
    drop("Music");
    assert_true(slice_equal(t->name, SLICE("Music")));
    assert_ptr_equal(catalog_find(snapshot, SLICE("Music")), t);
    catalog_give(snapshot);
}

/* ------------------------------------------------------------------ lifecycle */

static void a_table_is_creating_until_its_delay_is_over(void **state)
{
    (void)state;
    catalog_close(s->catalog);
    assert_true(store_open_catalog(s, 1000, 0));
    create("Music");
    assert_int_equal(see("Music").status, TABLE_CREATING);
    assert_false(see("Music").usable);
    assert_false(store_create(s, "Music"));
    assert_error(ERR_RESOURCE_IN_USE,
                 "Attempt to change a resource which is still in use: Table is being created: Music");
    assert_false(store_delete(s, "Music"));
    assert_error(ERR_RESOURCE_IN_USE,
                 "Attempt to change a resource which is still in use: Table is being created: Music");
    clock_test_advance(&s->clock, 999);
    assert_int_equal(see("Music").status, TABLE_CREATING);
    clock_test_advance(&s->clock, 1);
    assert_int_equal(see("Music").status, TABLE_ACTIVE);
    assert_true(see("Music").usable);
    drop("Music");
    assert_false(see("Music").found);
}

static void a_table_is_deleting_until_its_delay_is_over(void **state)
{
    (void)state;
    catalog_close(s->catalog);
    assert_true(store_open_catalog(s, 0, 1000));
    create("Music");
    struct seen seen = see("Music");
    drop("Music");
    assert_int_equal(see("Music").status, TABLE_DELETING);
    assert_false(see("Music").usable);
    ASSERT_NAMES("Music");
    assert_false(store_create(s, "Music"));
    assert_error(ERR_RESOURCE_IN_USE, "Table already exists: Music");
    clock_test_advance(&s->clock, 500);
    drop("Music"); /* again: changes nothing */
    catalog_tick(s->catalog);
    assert_true(see("Music").found);
    assert_true(store_space_exists(s, seen.space));

    clock_test_advance(&s->clock, 500);
    assert_false(see("Music").found);
    assert_false(store_delete(s, "Music"));
    assert_error(ERR_RESOURCE_NOT_FOUND, "Requested resource not found: Table: Music not found");
    assert_true(store_space_exists(s, seen.space));
    catalog_tick(s->catalog);
    assert_false(store_space_exists(s, seen.space));
    assert_names(NULL, 0);
}

static void a_name_is_free_when_its_table_is_due(void **state)
{
    (void)state;
    catalog_close(s->catalog);
    assert_true(store_open_catalog(s, 0, 1000));
    create("Music");
    struct seen first = see("Music");
    drop("Music");
    clock_test_advance(&s->clock, 1000);
    create("Music");
    struct seen second = see("Music");
    assert_true(second.usable);
    assert_string_not_equal(second.id, first.id);
    assert_false(store_space_exists(s, first.space));
    catalog_tick(s->catalog);
    assert_true(see("Music").usable);
    assert_true(store_space_exists(s, second.space));
    ASSERT_NAMES("Music");
}

/* ------------------------------------------------------------------ persistence */

static char directory[64];

static void reopen(int64_t delete_delay_ms)
{
    catalog_close(s->catalog);
    s->catalog = NULL;
    storage_close(s->storage);
    store_open(s, directory);
    assert_true(store_open_catalog(s, 0, delete_delay_ms));
}

static void tables_survive_a_restart(void **state)
{
    (void)state;
    struct storage_write write = {.run = put, .arena = &s->arena};
    create("Music");
    create("Films");
    create("Books");
    assert_true(storage_write_wait(s->storage, &write, &s->err));
    struct seen music = see("Music");
    drop("Films");
    reopen(0);
    ASSERT_NAMES("Books", "Music");
    assert_true(see("Music").usable);
    assert_string_equal(see("Music").id, music.id);
    assert_int_equal(see("Music").space, music.space);

    struct storage_view *view = storage_view_take(s->storage);
    const struct storage_key key = {music.space, SLICE("p"), SLICE("s")};
    struct slice value;
    bool found;
    assert_true(storage_view_get(view, &key, &s->arena, &value, &found, &s->err));
    storage_view_release(view);
    assert_true(found);

    create("Films");
    assert_true(see("Films").space > see("Books").space);
    assert_false(store_create(s, "Music"));
}

static void what_fell_due_while_away_is_removed_at_start(void **state)
{
    (void)state;
    reopen(1000);
    create("Music");
    create("Films");
    struct seen films = see("Films");
    drop("Films");
    clock_test_advance(&s->clock, 500);
    drop("Music");
    clock_test_advance(&s->clock, 500);
    reopen(1000);
    ASSERT_NAMES("Music");
    assert_int_equal(see("Music").status, TABLE_DELETING);
    assert_false(store_space_exists(s, films.space));
}

static bool damage(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    (void)write;
    const struct storage_key key = {STORAGE_SPACE_CATALOG, SLICE("table"), SLICE("Music")};
    return storage_tx_put(tx, &key, SLICE("\001{\"name\":"), err);
}

static void a_catalog_that_makes_no_sense_does_not_open(void **state)
{
    (void)state;
    struct storage_write write = {.run = damage, .arena = &s->arena};
    create("Films");
    assert_true(storage_write_wait(s->storage, &write, &s->err));
    catalog_close(s->catalog);
    s->catalog = NULL;
    assert_false(store_open_catalog(s, 0, 0));
    assert_int_equal(s->err.code, ERR_CORRUPT);
    s->catalog = NULL;
}

/* ------------------------------------------------------------------ faults */

static void a_failed_commit_changes_nothing(void **state)
{
    (void)state;
    create("Films");
    catalog_close(s->catalog);
    s->storage = storage_open_faulty(s->storage);
    assert_true(store_open_catalog(s, 0, 0));
    const struct storage_fault fault = {.action = STORAGE_FAULT_FAIL, .after = 0, .times = 2};
    storage_faulty_set(s->storage, STORAGE_FAULT_COMMIT, fault);
    assert_false(store_create(s, "Music"));
    assert_int_equal(s->err.code, ERR_STORAGE);
    assert_false(see("Music").found);
    assert_false(store_delete(s, "Films"));
    assert_true(see("Films").usable);
    create("Music");
    drop("Films");
    ASSERT_NAMES("Music");
}

/* As when a commit was on disk although its sync failed: the table is there, and this catalog does not know. */
static void what_was_in_doubt_is_read_again(void **state)
{
    (void)state;
    struct test_store other = *s;
    catalog_close(s->catalog);
    s->storage = storage_open_faulty(s->storage);
    assert_true(store_open_catalog(s, 0, 0));
    other.storage = s->storage;
    assert_true(store_open_catalog(&other, 0, 0));
    assert_true(store_create(&other, "Music"));
    catalog_close(other.catalog);
    s->arena = other.arena; /* it has grown */
    catalog_tick(s->catalog);
    assert_false(see("Music").found);
    const struct storage_fault fault = {.action = STORAGE_FAULT_FAIL, .after = 0, .times = 1};
    storage_faulty_set(s->storage, STORAGE_FAULT_COMMIT, fault);
    assert_false(store_create(s, "Films"));
    catalog_tick(s->catalog);
    assert_true(see("Music").usable);
    assert_false(see("Films").found);
}

/* ------------------------------------------------------------------ set-up */

static int on_disk(void **state)
{
    (void)state;
    directory_make(directory);
    store_set_up(s, directory);
    assert_true(store_open_catalog(s, 0, 0));
    return 0;
}

static int close_and_remove(void **state)
{
    (void)state;
    store_tear_down(s);
    directory_remove(directory);
    return 0;
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, on_disk, close_and_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_new_catalog_is_empty),
        STORE_TEST(a_created_table_is_there_at_once),
        STORE_TEST(a_table_on_demand_remembers_since_when),
        STORE_TEST(a_name_is_taken_once),
        STORE_TEST(spaces_are_never_used_again),
        STORE_TEST(names_are_in_byte_order),
        STORE_TEST(a_catalog_holds_2500_tables_and_no_more),
        STORE_TEST(tables_are_found_by_arn_too),
        STORE_TEST(data_operations_find_active_tables_only),
        STORE_TEST(a_deleted_table_is_gone_at_once),
        STORE_TEST(only_what_exists_can_be_deleted),
        STORE_TEST(protection_keeps_a_table),
        STORE_TEST(a_reader_keeps_what_it_has_found),
        STORE_TEST(a_table_is_creating_until_its_delay_is_over),
        STORE_TEST(a_table_is_deleting_until_its_delay_is_over),
        STORE_TEST(a_name_is_free_when_its_table_is_due),
        ON_DISK(tables_survive_a_restart),
        ON_DISK(what_fell_due_while_away_is_removed_at_start),
        STORE_TEST(a_catalog_that_makes_no_sense_does_not_open),
        STORE_TEST(a_failed_commit_changes_nothing),
        STORE_TEST(what_was_in_doubt_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
