/* Global indexes that UpdateTable makes and deletes, and what stands against it. The texts are those of semantics.md 12.5 and
 * of the service itself; more of them, and those that the request alone decides, are in test/api/cases. */
#include "update.h"

/* ------------------------------------------------------------------ indexes come */

static void a_new_index_is_made_with_its_job_in_one_commit(void **state)
{
    (void)state;
    create(ON_DEMAND_TABLE);
    changes(INDEXES(MADE("ByA", "a")) "," DEFINED("a"));
    assert_string_equal(hooks, "made ByA;");
    assert_int_equal(index_now("ByA")->status, INDEX_CREATING);
    assert_true(index_now("ByA")->added_later);
    assert_true(store_space_exists(s, index_now("ByA")->space));
    assert_int_not_equal(index_now("ByA")->space, now()->space);
    assert_defined("pk a");
    assert_status(TABLE_ACTIVE);
    assert_index_status("ByA", TABLE_CREATING);
    assert_true(table_index_backfilling_at(index_now("ByA"), clock_wall_ms(&s->clock.clock)));
    fill_all();
    assert_index_status("ByA", TABLE_ACTIVE);
}

static void an_index_whose_job_cannot_begin_is_not_made(void **state)
{
    (void)state;
    create(ON_DEMAND_TABLE);
    hooks_fail = true;
    refuses(INDEXES(MADE("ByA", "a")) "," DEFINED("a"), ERR_THROTTLING, "no jobs today");
    assert_int_equal(now()->global_index_count, 0);
    assert_defined("pk");
    assert_false(store_space_exists(s, now()->space + 1));
    hooks_fail = false;
    changes(INDEXES(MADE("ByA", "a")) "," DEFINED("a"));
    assert_int_equal(index_now("ByA")->space, now()->space + 1);
}

static void the_reply_shows_a_new_index_before_it_is_filled(void **state)
{
    (void)state;
    create(ON_DEMAND_TABLE);
    with_index("First");
    changes(INDEXES(MADE("Second", "b")) "," DEFINED("b"));
    assert_int_equal(table_status_at(&shown, update.at_ms), TABLE_UPDATING);
    assert_int_equal(shown.global_index_count, 2);
    const struct table_index *made = &shown.global_indexes[1];
    assert_true(slice_equal(made->name, SLICE("Second")));
    assert_int_equal(table_index_status_at(&shown, &shown.global_indexes[0], update.at_ms), TABLE_ACTIVE);
    assert_int_equal(table_index_status_at(&shown, made, update.at_ms), TABLE_CREATING);
    assert_false(table_index_backfilling_at(made, update.at_ms));
}

static void indexes_come_one_at_a_time(void **state)
{
    (void)state;
    create(ON_DEMAND_TABLE);
    changes(INDEXES(MADE("ByA", "a")) "," DEFINED("a"));
    refuses(INDEXES(MADE("ByB", "b")) "," DEFINED("b"), ERR_LIMIT_EXCEEDED, LIMITED);
    refuses(INDEXES(MADE("ByA", "b")) "," DEFINED("b"), ERR_RESOURCE_IN_USE,
            IN_USE "Index is being created.  Table: Music Index: ByA");
    assert_string_equal(hooks, "");
    fill_all();
    changes(INDEXES(MADE("ByB", "b")) "," DEFINED("b"));
    assert_defined("pk a b");
}

/* An index that is being filled may go: that is how one gets rid of a mistake. */
static void an_index_that_is_being_filled_can_be_deleted(void **state)
{
    (void)state;
    create(ON_DEMAND_TABLE);
    changes(INDEXES(MADE("ByA", "a")) "," DEFINED("a"));
    uint32_t space = index_now("ByA")->space;
    changes(INDEXES(DROPPED("ByA")));
    assert_string_equal(hooks, "dropped ByA;");
    assert_false(store_space_exists(s, space));
    assert_int_equal(now()->global_index_count, 0);
}

static void an_index_is_allocated_first(void **state)
{
    (void)state;
    create(PROVISIONED_TABLE);
    with_delays(DELAY_MS, 0);
    changes(INDEXES(MADE_WITH("ByA", "a", "," THROUGHPUT(1, 1))) "," DEFINED("a"));
    assert_status(TABLE_UPDATING);
    assert_index_status("ByA", TABLE_CREATING);
    assert_false(table_index_backfilling_at(index_now("ByA"), clock_wall_ms(&s->clock.clock)));
    refuses(INDEXES(DROPPED("ByA")), ERR_RESOURCE_IN_USE,
            IN_USE "Index creation is in resource allocation phase. Retry deletion during backfilling phase "
                   "or when the index is active. Table: Music Index: ByA");
    refuses(INDEXES(CHANGED("ByA", THROUGHPUT(2, 2))), ERR_RESOURCE_IN_USE,
            IN_USE "Index is being created but is not backfilling yet.  Table: Music Index: ByA");
    refuses(THROUGHPUT(20, 20), ERR_RESOURCE_IN_USE,
            IN_USE "Can't change table IOPS when an index is being created. Table: Music Indexes: [ByA]");
    assert_false(store_delete(s, "Music"));
    assert_int_equal(s->err.code, ERR_RESOURCE_IN_USE);
    pass_ms(DELAY_MS);
    assert_status(TABLE_ACTIVE);
    assert_true(table_index_backfilling_at(index_now("ByA"), clock_wall_ms(&s->clock.clock)));
    changes(INDEXES(CHANGED("ByA", THROUGHPUT(2, 2))));
}

/* The clock and the job: whichever is later. */
static void an_index_that_is_filled_early_is_creating_until_its_time(void **state)
{
    (void)state;
    create(ON_DEMAND_TABLE);
    with_delays(DELAY_MS, 0);
    with_index("ByA");
    assert_index_status("ByA", TABLE_CREATING);
    assert_false(table_index_usable(index_now("ByA"), clock_wall_ms(&s->clock.clock)));
    pass_ms(DELAY_MS);
    assert_index_status("ByA", TABLE_ACTIVE);
    assert_true(table_index_usable(index_now("ByA"), clock_wall_ms(&s->clock.clock)));
}

static void a_table_stays_while_its_index_is_made(void **state)
{
    (void)state;
    create(ON_DEMAND_TABLE);
    changes(INDEXES(MADE("ByA", "a")) "," DEFINED("a"));
    look_away();
    assert_false(store_delete(s, "Music"));
    assert_int_equal(s->err.code, ERR_RESOURCE_IN_USE);
    assert_string_equal(s->err.message, IN_USE "Cannot delete table while indexes are being created, "
                                               "updated, or deleted.");
    fill_all();
    assert_true(store_delete(s, "Music"));
}

static void no_more_than_20_global_indexes(void **state)
{
    (void)state;
    char name[16];
    create(ON_DEMAND_TABLE);
    for (unsigned i = 0; i < TABLE_GSI_MAX; i++) {
        (void)snprintf(name, sizeof(name), "index-%u", i);
        with_index(name);
    }
    refuses(INDEXES(MADE("another", "a")) "," DEFINED("a"), ERR_LIMIT_EXCEEDED,
            "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20");
    refuses(INDEXES(MADE("index-7", "a")) "," DEFINED("a"), ERR_VALIDATION,
            "Attempting to create an index which already exists");
    changes(INDEXES(DROPPED("index-7")));
    with_index("another");
}

static void what_all_indexes_include_is_limited(void **state)
{
    (void)state;
    struct buf names;
    create(ON_DEMAND_TABLE);
    for (unsigned round = 0; round < 6; round++) {
        buf_init(&names, &s->arena, 256);
        for (unsigned i = 0; i < 20; i++)
            buf_printf(&names, "%s\"x%u\"", i ? "," : "", i);
        const char *members =
            arena_printf(&s->arena,
                         INDEXES("{\"Create\":{\"IndexName\":\"index-%u\",\"KeySchema\":[" KEY(
                             "a") "],\"Projection\":{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[%.*"
                                  "s]}}}") "," DEFINED("a"),
                         round, SLICE_PRINTF(buf_slice(&names)));
        assert_int_equal(change(members), round < 5);
        if (round < 5)
            fill_all();
    }
    assert_int_equal(s->err.code, ERR_VALIDATION);
    assert_int_equal(now()->global_index_count, 5);
}

static void an_attribute_keeps_its_type(void **state)
{
    (void)state;
    create(ON_DEMAND_TABLE);
    with_index("ByA");
    refuses(INDEXES(MADE("Other", "a")) ",\"AttributeDefinitions\":[{\"AttributeName\":\"a\","
                                        "\"AttributeType\":\"N\"}]",
            ERR_VALIDATION,
            P "Attributes cannot be redefined. Please check that your attribute has the same type as "
              "previously defined. Existing schema: Schema:[SchemaElement: key{a:S:HASH}] New schema: "
              "Schema:[SchemaElement: key{a:N:HASH}]");
    changes(INDEXES(DROPPED("ByA")));
    changes(INDEXES(MADE("Other", "a")) ",\"AttributeDefinitions\":[{\"AttributeName\":\"a\","
                                        "\"AttributeType\":\"N\"}]");
    assert_int_equal(index_now("Other")->key.hash[0].type, VALUE_N);
}

/* ------------------------------------------------------------------ indexes go */

static void a_deleted_index_is_gone_with_what_it_defined(void **state)
{
    (void)state;
    create(ON_DEMAND_TABLE);
    with_index("First");
    changes(INDEXES(MADE("Second", "b")) "," DEFINED("b"));
    fill_all();
    uint32_t space = index_now("First")->space;
    changes(INDEXES(DROPPED("First")));
    assert_string_equal(hooks, "dropped First;");
    assert_false(store_space_exists(s, space));
    assert_defined("pk b");
    assert_null(now()->leaving_index);
    assert_status(TABLE_ACTIVE);
    assert_int_equal(shown.global_index_count, 2);
    assert_int_equal(table_index_status_at(&shown, &shown.global_indexes[0], update.at_ms), TABLE_DELETING);
    assert_int_equal(table_index_status_at(&shown, &shown.global_indexes[1], update.at_ms), TABLE_ACTIVE);
    assert_int_equal(shown.definition_count, 3);
    refuses(INDEXES(DROPPED("First")), ERR_RESOURCE_NOT_FOUND,
            "Requested resource not found: Index First for table Music");
}

static void a_deleted_index_is_shown_while_deleting_takes_time(void **state)
{
    (void)state;
    create(ON_DEMAND_TABLE);
    with_index("ByA");
    with_delays(0, DELAY_MS);
    uint32_t space = index_now("ByA")->space;
    changes(INDEXES(DROPPED("ByA")));
    assert_false(store_space_exists(s, space));
    assert_null(table_find_index(now(), SLICE("ByA")));
    assert_index_status("ByA", TABLE_DELETING);
    assert_status(TABLE_UPDATING);
    refuses(INDEXES(MADE("ByA", "a")) "," DEFINED("a"), ERR_RESOURCE_IN_USE,
            IN_USE "Index is being deleted.  Table: Music Index: ByA");
    refuses(INDEXES(DROPPED("ByA")), ERR_RESOURCE_IN_USE,
            IN_USE "Index is being deleted.  Table: Music Index: ByA");
    refuses(INDEXES(MADE("ByB", "b")) "," DEFINED("b"), ERR_LIMIT_EXCEEDED, LIMITED);
    refuses("\"OnDemandThroughput\":{\"MaxReadRequestUnits\":5}", ERR_RESOURCE_IN_USE,
            IN_USE "OnDemandThroughput cannot be updated while index deletion is in progress for indexes: "
                   "[ByA]");
    look_away();
    assert_false(store_delete(s, "Music"));
    assert_int_equal(s->err.code, ERR_RESOURCE_IN_USE);
    pass_ms(DELAY_MS);
    assert_status(TABLE_ACTIVE);
    changes(INDEXES(MADE("ByA", "a")) "," DEFINED("a"));
    assert_null(now()->leaving_index);
}

static void a_protected_table_can_lose_an_index(void **state)
{
    (void)state;
    create(ON_DEMAND_TABLE);
    with_index("ByA");
    changes("\"DeletionProtectionEnabled\":true");
    changes(INDEXES(DROPPED("ByA")));
    assert_true(now()->deletion_protection);
}

/* ------------------------------------------------------------------ one after another */

static void ignore(struct catalog_change *change)
{
    (void)change;
}

/* Both are under way before either is done. */
static void of_two_changes_at_once_the_second_sees_the_first(void **state)
{
    (void)state;
    create(ON_DEMAND_TABLE);
    struct arena arena;
    arena_init(&arena, 4096);
    struct catalog_change first = {.arena = &arena, .done = ignore}, second = {.arena = &s->arena};
    assert_true(prepare(INDEXES(MADE("First", "a")) "," DEFINED("a")));
    const struct update_table_input first_input = input;
    struct table_update first_update;
    table_update_init(&first_update, &first_input, s->catalog, index_made, index_dropped);
    assert_true(prepare(INDEXES(MADE("Second", "b")) "," DEFINED("b")));
    catalog_edit_table(s->catalog, SLICE("Music"), &first_update.edit, &first);
    assert_false(catalog_edit_table_wait(s->catalog, SLICE("Music"), &update.edit, &second, &s->err));
    assert_string_equal(s->err.message, LIMITED);
    assert_int_equal(now()->global_index_count, 1);
    arena_release(&arena);
}

static void a_table_that_comes_or_goes_is_not_changed(void **state)
{
    (void)state;
    with_delays(DELAY_MS, DELAY_MS);
    create(ON_DEMAND_TABLE);
    refuses("\"DeletionProtectionEnabled\":true", ERR_RESOURCE_IN_USE,
            IN_USE "Table is being created: Music");
    pass_ms(DELAY_MS);
    look_away();
    assert_true(store_delete(s, "Music"));
    refuses("\"DeletionProtectionEnabled\":true", ERR_RESOURCE_IN_USE,
            IN_USE "Table is being deleted: Music");
    pass_ms(DELAY_MS);
    refuses("\"DeletionProtectionEnabled\":true", ERR_RESOURCE_NOT_FOUND,
            "Requested resource not found: Table: Music not found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_index_is_made_with_its_job_in_one_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_index_whose_job_cannot_begin_is_not_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_reply_shows_a_new_index_before_it_is_filled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(indexes_come_one_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_index_that_is_being_filled_can_be_deleted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_index_is_allocated_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_index_that_is_filled_early_is_creating_until_its_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_table_stays_while_its_index_is_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_more_than_20_global_indexes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_all_indexes_include_is_limited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_attribute_keeps_its_type, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_deleted_index_is_gone_with_what_it_defined, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_deleted_index_is_shown_while_deleting_takes_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_protected_table_can_lose_an_index, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_two_changes_at_once_the_second_sees_the_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_table_that_comes_or_goes_is_not_changed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
