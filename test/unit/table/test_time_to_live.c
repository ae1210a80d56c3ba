/* Texts: semantics.md 16.1 and the service itself. */
#include "store.h"
#include "support/cmocka.h"
#include "table/time_to_live.h"

/* Of the indexes that came and went. */
static unsigned notes;

static bool take_note(struct storage_tx *tx, const struct table *table, const struct table_index *index,
                      struct arena *arena, struct error *err)
{
    (void)tx, (void)table, (void)arena, (void)err;
    assert_true(index->space >= STORAGE_SPACE_FIRST_FREE);
    assert_int_equal(index->key.hash_count, 0);
    assert_int_equal(index->key.range_count, 1);
    notes++;
    return true;
}

static bool set(bool enabled, const char *attribute)
{
    struct time_to_live_edit edit;
    struct catalog_change change = {.arena = &s->arena};
    error_init(&s->err, &s->arena);
    time_to_live_edit_init(&edit, enabled, slice_from_cstr(attribute), take_note, take_note);
    return catalog_edit_table_wait(s->catalog, SLICE("Music"), &edit.edit, &change, &s->err);
}

static void refuses(bool enabled, const char *attribute, enum error_code code, const char *message)
{
    assert_false(set(enabled, attribute));
    assert_string_equal(s->err.message, message);
    assert_int_equal(s->err.code, code);
}

/* NULL: none. */
static void assert_attribute(const char *attribute)
{
    const struct catalog_snapshot *snapshot = catalog_take(s->catalog);
    struct slice actual = catalog_find(snapshot, SLICE("Music"))->ttl_attribute;
    assert_true(attribute ? slice_equal(actual, slice_from_cstr(attribute)) : slice_is_none(actual));
    catalog_give(snapshot);
}

static void one_attribute_at_a_time(void **state)
{
    (void)state;
    assert_true(store_create(s, "Music"));
    refuses(false, "expires", ERR_VALIDATION, "TimeToLive is already disabled");
    assert_true(set(true, "expires"));
    assert_attribute("expires");
    refuses(true, "expires", ERR_VALIDATION, "TimeToLive is already enabled");
    refuses(true, "other", ERR_VALIDATION,
            "TimeToLive is active on a different AttributeName: current AttributeName is expires");
    refuses(false, "other", ERR_VALIDATION,
            "TimeToLive is active on a different AttributeName: current AttributeName is expires");
    assert_attribute("expires");
    assert_true(set(false, "expires"));
    assert_attribute(NULL);
    assert_true(set(true, "other"));
    assert_attribute("other");
}

static bool is_readable(void)
{
    const struct catalog_snapshot *snapshot = catalog_take(s->catalog);
    const struct table *t = catalog_find(snapshot, SLICE("Music"));
    bool readable = time_to_live_check_readable(t, clock_wall_ms(&s->clock.clock), &s->err);
    catalog_give(snapshot);
    return readable;
}

static void only_of_a_table_that_stands(void **state)
{
    (void)state;
    refuses(true, "expires", ERR_RESOURCE_NOT_FOUND, "Requested resource not found: Table: Music not found");
    catalog_close(s->catalog);
    assert_true(store_open_catalog(s, 1000, 1000));
    assert_true(store_create(s, "Music"));
    refuses(true, "expires", ERR_RESOURCE_IN_USE,
            "Attempt to change a resource which is still in use: Table Music is being created");
    assert_false(is_readable());
    assert_string_equal(s->err.message, "Cannot describe time to live while table is in CREATING state: "
                                        "Current table state is CREATING");
    clock_test_advance(&s->clock, 1000);
    assert_true(set(true, "expires"));
    assert_true(is_readable());
    assert_true(store_delete(s, "Music"));
    refuses(false, "expires", ERR_RESOURCE_IN_USE,
            "Attempt to change a resource which is still in use: Table Music is being deleted");
    assert_false(is_readable());
    assert_int_equal(s->err.code, ERR_VALIDATION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(one_attribute_at_a_time),
        STORE_TEST(only_of_a_table_that_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
