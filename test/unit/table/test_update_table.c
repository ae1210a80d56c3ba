/* What UpdateTable makes of throughput, billing and settings, and what stands against it. The texts are those of semantics.md
 * 13.4 and of the service itself; more of them, and those that the request alone decides, are in test/api/cases. */
#include "update.h"

/* ------------------------------------------------------------------ provisioned throughput */

static void throughput_changes_leave_their_times(void **state)
{
    (void)state;
    create(PROVISIONED_TABLE);
    changes(THROUGHPUT(20, 10));
    assert_units(now()->throughput, 20, 10);
    assert_int_equal(now()->throughput_changes.increased_ms, START_MS);
    assert_int_equal(now()->throughput_changes.decreased_ms, 0);
    assert_units(shown.throughput, 10, 10);
    pass_ms(5);
    changes(THROUGHPUT(30, 5));
    assert_int_equal(now()->throughput_changes.increased_ms, START_MS + 5);
    assert_int_equal(now()->throughput_changes.decreased_ms, START_MS + 5);
    assert_int_equal(now()->throughput_changes.decreases, 1);
    assert_int_equal(shown.throughput_changes.decreases, 0);
    assert_int_equal(shown.throughput_changes.decreased_ms, START_MS + 5);
}

/* START_MS is 1970-01-20 at 16:13:20. */
static void decreases_are_four_a_day_and_then_one_an_hour(void **state)
{
    (void)state;
    create(PROVISIONED_TABLE);
    changes(THROUGHPUT(10, 9));
    changes(THROUGHPUT(9, 9));
    changes(THROUGHPUT(9, 8));
    changes(THROUGHPUT(8, 8));
#define REFUSED(count, last, next)                                                                           \
    "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After " \
    "the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once "     \
    "every 3600 seconds. Number of decreases today: " count ". Last decrease at Tuesday, January 20, 1970 "  \
    "at " last " Coordinated Universal Time. Next decrease can be made at " next                             \
    " Coordinated Universal Time"
    refuses(THROUGHPUT(7, 8), ERR_LIMIT_EXCEEDED,
            REFUSED("4", "4:13:20 PM", "Tuesday, January 20, 1970 at 5:13:20 PM"));
    changes(THROUGHPUT(20, 8)); /* increases are free */
    pass_ms(HOUR_MS - 1);
    assert_false(change(THROUGHPUT(7, 8)));
    pass_ms(1);
    changes(THROUGHPUT(7, 8));
    assert_false(change(THROUGHPUT(6, 8)));
    pass_ms(6 * HOUR_MS);
    changes(THROUGHPUT(6, 8)); /* 23:13:20 */
    refuses(THROUGHPUT(5, 8), ERR_LIMIT_EXCEEDED,
            REFUSED("6", "11:13:20 PM", "Wednesday, January 21, 1970 at 12:00:00 AM"));
    pass_ms(HOUR_MS); /* the next day */
    changes(THROUGHPUT(5, 8));
    assert_int_equal(now()->throughput_changes.decreases, 1);
    changes(THROUGHPUT(4, 8));
    changes(THROUGHPUT(3, 8));
    changes(THROUGHPUT(2, 8));
    assert_false(change(THROUGHPUT(1, 8)));
    assert_units(now()->throughput, 2, 8);
}

static void an_index_has_decreases_of_its_own(void **state)
{
    (void)state;
    create(PROVISIONED_TABLE);
    with_index_of_its_own();
    for (unsigned i = 0; i < 4; i++)
        changes(arena_printf(&s->arena,
                             "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":%u,\"WriteCapacityUnits\":1}",
                             9 - i));
    changes(INDEXES(CHANGED("ByA", THROUGHPUT(8, 8))));
    assert_units(index_now("ByA")->throughput, 8, 8);
    assert_int_equal(index_now("ByA")->throughput_changes.decreases, 1);
    assert_int_equal(now()->throughput_changes.decreases, 4);
    assert_int_equal(table_index_status_at(&shown, &shown.global_indexes[0], update.at_ms), TABLE_UPDATING);
    assert_units(shown.global_indexes[0].throughput, 9, 9);
    assert_int_equal(table_status_at(&shown, update.at_ms), TABLE_ACTIVE);
    assert_false(change(THROUGHPUT(5, 1) "," INDEXES(CHANGED("ByA", THROUGHPUT(7, 7)))));
    assert_int_equal(s->err.code, ERR_LIMIT_EXCEEDED);
    assert_units(index_now("ByA")->throughput, 8, 8);
}

static void table_and_index_change_together_or_not_at_all(void **state)
{
    (void)state;
    create(PROVISIONED_TABLE);
    with_index_of_its_own();
    refuses(THROUGHPUT(20, 20) "," INDEXES(CHANGED("ByA", THROUGHPUT(9, 9))), ERR_VALIDATION,
            "The provisioned throughput for the index ByA will not change. The requested value equals the "
            "current value. Current ReadCapacityUnits provisioned for index ByA: 9. Requested "
            "ReadCapacityUnits: 9. Current WriteCapacityUnits provisioned for index ByA: 9. Requested "
            "WriteCapacityUnits: 9. Refer to the Amazon DynamoDB Developer Guide for current limits and how "
            "to request higher limits.");
    assert_units(now()->throughput, 10, 10);
    changes(THROUGHPUT(20, 20) "," INDEXES(CHANGED("ByA", THROUGHPUT(19, 19))));
    assert_units(now()->throughput, 20, 20);
    assert_units(index_now("ByA")->throughput, 19, 19);
}

static void throughput_changes_one_at_a_time(void **state)
{
    (void)state;
    create(PROVISIONED_TABLE);
    with_index_of_its_own();
    with_delays(DELAY_MS, 0);
    changes(THROUGHPUT(20, 20));
    assert_status(TABLE_UPDATING);
    assert_true(table_usable(now(), clock_wall_ms(&s->clock.clock)));
    refuses(THROUGHPUT(30, 30), ERR_RESOURCE_IN_USE,
            IN_USE "Table IOPS are currently being updated. Table: Music");
    refuses(INDEXES(DROPPED("ByA")), ERR_RESOURCE_IN_USE,
            IN_USE "Can't create or delete indexes while table IOPS are being updated. Table: Music");
    changes("\"DeletionProtectionEnabled\":true");
    changes("\"DeletionProtectionEnabled\":false");
    look_away();
    assert_false(store_delete(s, "Music"));
    assert_string_equal(s->err.message, IN_USE "Table: Music is in the process of being updated.");
    pass_ms(DELAY_MS);
    assert_status(TABLE_ACTIVE);
    changes(INDEXES(CHANGED("ByA", THROUGHPUT(30, 30))));
    assert_index_status("ByA", TABLE_UPDATING);
    refuses(INDEXES(CHANGED("ByA", THROUGHPUT(40, 40))), ERR_RESOURCE_IN_USE,
            IN_USE "Index is being updated.  Table: Music Index: ByA");
    pass_ms(DELAY_MS);
    assert_index_status("ByA", TABLE_ACTIVE);
}

/* ------------------------------------------------------------------ billing mode */

static void on_demand_and_back(void **state)
{
    (void)state;
    create(PROVISIONED_TABLE);
    with_index_of_its_own();
    pass_ms(5);
    changes("\"BillingMode\":\"PAY_PER_REQUEST\"");
    assert_int_equal(now()->billing_mode, BILLING_PAY_PER_REQUEST);
    assert_int_equal(now()->on_demand_since_ms, START_MS + 5);
    assert_units(now()->throughput, 0, 0);
    assert_units(index_now("ByA")->throughput, 0, 0);
    changes("\"OnDemandThroughput\":{\"MaxReadRequestUnits\":7}");
    changes(INDEXES(CHANGED("ByA", "\"OnDemandThroughput\":{\"MaxWriteRequestUnits\":8}")));
    pass_ms(5);
    changes("\"BillingMode\":\"PAY_PER_REQUEST\"");
    assert_int_equal(now()->on_demand_since_ms, START_MS + 5);

    refuses("\"BillingMode\":\"PROVISIONED\"," THROUGHPUT(3, 3), ERR_VALIDATION,
            P "ProvisionedThroughput must be specified for index: ByA");
    changes(
        "\"BillingMode\":\"PROVISIONED\"," THROUGHPUT(3, 3) "," INDEXES(CHANGED("ByA", THROUGHPUT(4, 4))));
    assert_int_equal(now()->billing_mode, BILLING_PROVISIONED);
    assert_units(now()->throughput, 3, 3);
    assert_units(index_now("ByA")->throughput, 4, 4);
    assert_false(now()->on_demand.read_given);
    assert_false(index_now("ByA")->on_demand.write_given);
    assert_int_equal(now()->on_demand_since_ms, START_MS + 5);
    assert_int_equal(now()->throughput_changes.decreases, 0);
}

static void maximums_are_set_and_taken_away_by_halves(void **state)
{
    (void)state;
    create(ON_DEMAND_TABLE);
    changes("\"OnDemandThroughput\":{\"MaxReadRequestUnits\":7,\"MaxWriteRequestUnits\":8}");
    changes("\"OnDemandThroughput\":{\"MaxReadRequestUnits\":-1}");
    assert_false(now()->on_demand.read_given);
    assert_int_equal(now()->on_demand.write_units, 8);
    assert_int_equal(shown.on_demand.read_units, -1);
    assert_int_equal(table_status_at(&shown, update.at_ms), TABLE_ACTIVE);
}

/* What was once ready stays ready. */
static void a_table_does_not_cool_down(void **state)
{
    (void)state;
    create(PROVISIONED_TABLE);
    assert_units(warm_now(), 10, 10);
    changes(THROUGHPUT(100, 5));
    assert_units(warm_now(), 100, 10);
    changes(THROUGHPUT(1, 1));
    assert_units(warm_now(), 100, 10);
    refuses("\"WarmThroughput\":{\"ReadUnitsPerSecond\":99}", ERR_VALIDATION,
            P
            "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, "
            "decreasing WarmThroughput is not supported");
    changes("\"WarmThroughput\":{\"WriteUnitsPerSecond\":300}");
    assert_units(warm_now(), 100, 300);
    assert_true(shown.warm_rises);
    assert_int_equal(shown.warm.write_units, 10);
    changes("\"BillingMode\":\"PAY_PER_REQUEST\"");
    assert_units(warm_now(), TABLE_ON_DEMAND_READ_UNITS, TABLE_ON_DEMAND_WRITE_UNITS);
    changes("\"BillingMode\":\"PROVISIONED\"," THROUGHPUT(1, 1));
    assert_units(warm_now(), TABLE_ON_DEMAND_READ_UNITS, TABLE_ON_DEMAND_WRITE_UNITS);
}

/* ------------------------------------------------------------------ settings */

static void the_class_changes_with_its_time(void **state)
{
    (void)state;
    create(ON_DEMAND_TABLE);
    with_delays(DELAY_MS, 0);
    changes("\"TableClass\":\"STANDARD\"");
    assert_true(slice_is_none(now()->table_class));
    assert_status(TABLE_ACTIVE);
    pass_ms(5);
    changes("\"TableClass\":\"STANDARD_INFREQUENT_ACCESS\"");
    assert_true(slice_equal(now()->table_class, SLICE("STANDARD_INFREQUENT_ACCESS")));
    assert_int_equal(now()->class_changed_ms, START_MS + 5);
    assert_true(slice_is_none(shown.table_class));
    assert_status(TABLE_UPDATING);
    refuses(INDEXES(MADE("ByA", "a")) "," DEFINED("a"), ERR_RESOURCE_IN_USE,
            IN_USE "Can't create or delete an index when a table class update is in progress.");
    pass_ms(DELAY_MS);
    assert_status(TABLE_ACTIVE);
}

static void encryption_goes_on_and_off(void **state)
{
    (void)state;
    create(ON_DEMAND_TABLE);
    refuses("\"SSESpecification\":{\"Enabled\":false}", ERR_VALIDATION,
            P "Table is already encrypted by default");
    changes("\"SSESpecification\":{\"Enabled\":true}");
    assert_true(now()->encryption_described);
    assert_true(shown.encryption_changes);
    changes("\"SSESpecification\":{\"Enabled\":false}");
    assert_false(now()->encryption_described);
}

static void what_would_silently_not_work_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *members;
        const char *feature;
    } refused[] = {
        {"\"ReplicaUpdates\":[{\"Create\":{\"RegionName\":\"eu-west-1\"}}]", "ReplicaUpdates"},
        {"\"GlobalTableWitnessUpdates\":[{\"Create\":{\"RegionName\":\"eu-west-1\"}}]",
         "GlobalTableWitnessUpdates"},
        {"\"GlobalTableSettingsReplicationMode\":\"ENABLED\"", "GlobalTableSettingsReplicationMode"},
        {"\"SSESpecification\":{\"Enabled\":true,\"SSEType\":\"KMS\",\"KMSMasterKeyId\":"
         "\"arn:aws:kms:us-east-1:000000000000:key/1234\"}",
         "KMSMasterKeyId"},
    };
    create(ON_DEMAND_TABLE);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_false(change(refused[i].members));
        assert_int_equal(s->err.code, ERR_VALIDATION);
        if (!strstr(s->err.message, refused[i].feature) || !strstr(s->err.message, "not supported"))
            fail_msg("%s", s->err.message);
    }
}

static void a_flood_of_updates_is_refused_at_once(void **state)
{
    (void)state;
    struct buf members;
    buf_init(&members, &s->arena, 1 << 20);
    buf_append(&members, SLICE("\"GlobalSecondaryIndexUpdates\":["));
    for (unsigned i = 0; i < 20000; i++)
        buf_printf(&members, "%s{\"Delete\":{\"IndexName\":\"index-%u\"}}", i ? "," : "", i);
    buf_append(&members, SLICE("]"));
    create(ON_DEMAND_TABLE);
    assert_false(change(arena_copy_cstr(&s->arena, buf_slice(&members))));
    assert_int_equal(s->err.code, ERR_VALIDATION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(throughput_changes_leave_their_times, set_up, tear_down),
        cmocka_unit_test_setup_teardown(decreases_are_four_a_day_and_then_one_an_hour, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_index_has_decreases_of_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(table_and_index_change_together_or_not_at_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(throughput_changes_one_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(on_demand_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(maximums_are_set_and_taken_away_by_halves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_table_does_not_cool_down, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_class_changes_with_its_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(encryption_goes_on_and_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_would_silently_not_work_is_refused_by_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flood_of_updates_is_refused_at_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
