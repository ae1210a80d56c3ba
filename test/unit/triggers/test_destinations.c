/* Deliveries to Kinesis from their begin to their end: an endpoint that takes some, refuses, fails, or is not there for a while. */
#include "fixture.h"

#define ARN   "arn:aws:kinesis:us-east-1:000000000000:stream/changes"
#define OTHER "arn:aws:kinesis:us-east-1:000000000000:stream/other"

/* ------------------------------------------------------------------ destinations */

static void make(struct fixture *f, struct destination_edit *edit)
{
    struct catalog_change change = {.arena = &f->arena};
    fixture_check(f, catalog_edit_table_wait(f->catalog, SLICE(TABLE_NAME), &edit->edit, &change, &f->err));
}

static void enable(struct fixture *f, const char *arn)
{
    struct destination_edit edit;
    destination_edit_init_enable(&edit, f->catalog, slice_from_cstr(arn), TIME_PRECISION_DEFAULT,
                                 triggers_stage_destination);
    make(f, &edit);
}

static void disable(struct fixture *f, const char *arn)
{
    struct destination_edit edit;
    destination_edit_init_disable(&edit, f->catalog, slice_from_cstr(arn));
    make(f, &edit);
}

/* The delivery that was begun `index`-th of those that are there; false: there are not as many. */
static bool find_delivery(struct fixture *f, size_t index, struct trigger_status *out)
{
    struct trigger_list list;
    arena_reset(&f->arena);
    fixture_check(f, triggers_list(f->triggers, TRIGGER_LAG_RECORDS_MAX, &f->arena, &list, &f->err));
    for (size_t i = 0; i < list.count; i++) {
        *out = list.triggers[i];
        if (out->trigger.target == TRIGGER_KINESIS && index-- == 0)
            return true;
    }
    return false;
}

static struct trigger_status delivery(struct fixture *f)
{
    struct trigger_status status = {0};
    assert_true(find_delivery(f, 0, &status));
    return status;
}

static size_t count_deliveries(struct fixture *f)
{
    struct trigger_status ignored;
    size_t count = 0;
    while (find_delivery(f, count, &ignored))
        count++;
    return count;
}

/* Of each key all values arrived, and read to the end the last ones stand in order. Other triggers' calls do not count. */
static void check_last(struct fixture *f, int keys, int from, int to)
{
    pthread_mutex_lock(&f->mutex);
    for (int k = 0; k < keys; k++) {
        char key[16];
        int64_t expected = to - 1;
        while (expected % keys != k)
            expected--;
        snprintf(key, sizeof key, "k%d", k);
        for (size_t i = f->seen_count; i > 0 && expected >= from; i--) {
            const struct seen *seen = &f->seen[i - 1];
            if (!seen->taken || strcmp(seen->key, key) != 0 || strncmp(seen->trigger, "kinesis:", 8) != 0)
                continue;
            if (seen->value < expected)
                fail_msg("%s: %lld stands behind %lld", key, (long long)seen->value, (long long)expected);
            if (seen->value == expected)
                expected -= keys;
        }
        if (expected >= from)
            fail_msg("%s: %lld never came", key, (long long)expected);
    }
    pthread_mutex_unlock(&f->mutex);
}

/* ------------------------------------------------------------------ what the endpoint does */

static unsigned chance = 1;

static unsigned roll_dice(unsigned sides)
{
    chance = chance * 1103515245 + 12345;
    return (chance >> 16) % sides;
}

/* Takes all, some or nothing; refuses what is more than one, or answers nothing that can be used. */
static const char *is_moody(struct fixture *f, size_t first, size_t last)
{
    switch (roll_dice(6)) {
    case 0:
        return "!500";
    case 1:
        return last - first > 1 ? "?" : "!503";
    case 2:
        return fixture_takes(f, first, last);
    default:
        for (size_t i = first; i < last; i++)
            f->seen[i].taken = roll_dice(3) > 0;
        return "";
    }
}

/* What holds a change of k3 cannot be parsed, it says. */
static const char *refuses_k3(struct fixture *f, size_t first, size_t last)
{
    for (size_t i = first; i < last; i++)
        if (strcmp(f->seen[i].key, "k3") == 0)
            return "?";
    return fixture_takes(f, first, last);
}

static const char *fails_kinesis(struct fixture *f, size_t first, size_t last)
{
    return strncmp(f->seen[first].trigger, "kinesis:", 8) == 0 ? "!500" : fixture_takes(f, first, last);
}

/* ------------------------------------------------------------------ tests */

static void changes_of_an_item_end_in_order_whatever_fails(void **state)
{
    struct fixture *f = *state;
    fixture_create_named(f, TABLE_NAME, false);
    fixture_set_respond(f, is_moody);
    enable(f, ARN);
    for (int i = 0; i < 12; i++) {
        fixture_put_many(f, 7, i * 60, 60);
        if (i % 3 == 1)
            fixture_edit_stream_of(f, STREAM_HIDDEN, STREAM_ROLL);
        if (i % 4 == 3) {
            arena_reset(&f->arena);
            fixture_stop(f);
            fixture_start(f);
        }
    }
    UNTIL(delivery(f).lag_records == 0);
    disable(f, ARN);
    UNTIL(count_deliveries(f) == 0);
    check_last(f, 7, 0, 720);
}

static void a_disabled_destination_gets_the_rest_and_is_gone(void **state)
{
    struct fixture *f = *state;
    fixture_create_named(f, TABLE_NAME, false);
    fixture_put_many(f, 7, 0, 7);
    fixture_set_respond(f, fixture_fails);
    enable(f, ARN);
    fixture_put_many(f, 7, 7, 14);
    UNTIL(fixture_calls(f) > 2);
    disable(f, ARN);
    fixture_put_many(f, 7, 21, 14);
    for (int ms = 0; ms < 30; ms++) {
        triggers_tick(f->triggers);
        usleep(1000);
    }
    assert_int_equal(delivery(f).lag_records, 14);
    fixture_set_respond(f, fixture_takes);
    UNTIL(count_deliveries(f) == 0);
    check_last(f, 7, 7, 21);
    for (size_t i = 0; i < f->seen_count; i++)
        assert_true(f->seen[i].value >= 7 && f->seen[i].value < 21);
}

static void the_same_stream_enabled_again_waits_for_what_is_left(void **state)
{
    struct fixture *f = *state;
    struct trigger_status status;
    fixture_create_named(f, TABLE_NAME, false);
    fixture_set_respond(f, fixture_fails);
    enable(f, ARN);
    fixture_put_many(f, 7, 0, 14);
    UNTIL(fixture_calls(f) > 2);
    disable(f, ARN);
    enable(f, ARN);
    fixture_put_many(f, 7, 14, 14);
    UNTIL(find_delivery(f, 1, &status) && !slice_is_none(status.waits));
    fixture_stop(f);
    fixture_start(f);
    fixture_set_respond(f, fixture_takes);
    UNTIL(count_deliveries(f) == 1 && delivery(f).lag_records == 0);
    assert_true(slice_is_none(delivery(f).waits));
    fixture_check_order(f, 7, 28);
}

static void another_stream_waits_for_nothing(void **state)
{
    struct fixture *f = *state;
    fixture_create_named(f, TABLE_NAME, false);
    fixture_set_respond(f, fixture_holds);
    enable(f, ARN);
    fixture_put(f, "k0", 0);
    UNTIL(fixture_in_flight(f) == 1);
    disable(f, ARN);
    fixture_set_respond(f, fixture_takes);
    enable(f, OTHER);
    fixture_put(f, "k0", 1);
    UNTIL(fixture_seen(f) == 2 && f->seen[1].taken);
    assert_false(f->seen[0].taken);
}

static void a_deleted_table_is_delivered_to_its_end(void **state)
{
    struct fixture *f = *state;
    fixture_create_named(f, TABLE_NAME, false);
    fixture_set_respond(f, fixture_fails);
    enable(f, ARN);
    fixture_put_many(f, 7, 0, 14);
    UNTIL(fixture_calls(f) > 2);
    fixture_delete_table(f);
    fixture_create_named(f, TABLE_NAME, false);
    fixture_put_many(f, 7, 14, 14);
    fixture_stop(f);
    fixture_start(f);
    fixture_set_respond(f, fixture_takes);
    UNTIL(count_deliveries(f) == 0);
    check_last(f, 7, 0, 14);
    for (size_t i = 0; i < f->seen_count; i++)
        assert_true(f->seen[i].value < 14);
}

static void the_shown_stream_is_not_disturbed_nor_disturbs(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_create(f, "");
    fixture_set_respond(f, fails_kinesis);
    enable(f, ARN);
    fixture_put_many(f, 7, 0, 21);
    /* What the destination waits for is no lag of the trigger's. */
    fixture_wait_delivered(f, 21);
    assert_int_equal(delivery(f).lag_records, 21);
    fixture_edit_stream_of(f, STREAM_HIDDEN, STREAM_ROLL);
    fixture_edit_stream(f, STREAM_ROLL);
    fixture_put_many(f, 7, 21, 21);
    fixture_wait_delivered(f, 42);
    fixture_trim(f);
    fixture_edit_stream(f, STREAM_CLOSE);
    UNTIL(fixture_status(f).trigger.drained);
    fixture_put_many(f, 7, 42, 7);
    fixture_edit_stream(f, STREAM_OPEN);
    fixture_put_many(f, 7, 49, 7);
    fixture_wait_delivered(f, 49);
    assert_int_equal(delivery(f).lag_records, 56);
    fixture_set_respond(f, fixture_takes);
    UNTIL(delivery(f).lag_records == 0);
    assert_int_equal(delivery(f).counts.delivered, 56);
    assert_int_equal(delivery(f).counts.gaps, 0);
    check_last(f, 7, 0, 56);
    disable(f, ARN);
    UNTIL(count_deliveries(f) == 0);
    fixture_put_many(f, 7, 56, 7);
    fixture_wait_delivered(f, 56);
    assert_int_equal(fixture_status(f).counts.gaps, 0);
    assert_int_equal(fixture_status(f).trigger.state, TRIGGER_RUNNING);
}

static void what_was_trimmed_undelivered_is_a_gap(void **state)
{
    struct fixture *f = *state;
    fixture_create_named(f, TABLE_NAME, false);
    enable(f, ARN);
    fixture_put_many(f, 7, 0, 14);
    UNTIL(delivery(f).lag_records == 0);
    fixture_stop(f);
    fixture_put_many(f, 7, 14, 14);
    fixture_edit_stream_of(f, STREAM_HIDDEN, STREAM_ROLL);
    fixture_put_many(f, 7, 28, 14);
    fixture_trim_of(f, STREAM_HIDDEN);
    fixture_start(f);
    UNTIL(delivery(f).lag_records == 0);
    assert_int_equal(delivery(f).counts.gaps, 2); /* of both shards */
    check_last(f, 7, 28, 42);
}

static void what_is_refused_is_found_and_waited_for(void **state)
{
    struct fixture *f = *state;
    fixture_create_named(f, TABLE_NAME, false);
    fixture_set_respond(f, fixture_fails);
    enable(f, ARN);
    fixture_put_many(f, 7, 0, 70);
    UNTIL(fixture_calls(f) > 2);
    fixture_set_respond(f, refuses_k3);
    size_t calls = fixture_calls(f);
    UNTIL(fixture_calls(f) > calls + 40);
    assert_int_equal(delivery(f).counts.given_up, 0);
    assert_true(delivery(f).lag_records > 0);
    fixture_set_respond(f, fixture_takes);
    UNTIL(delivery(f).lag_records == 0);
    assert_int_equal(delivery(f).counts.delivered, 70);
    assert_int_equal(delivery(f).counts.given_up, 0);
    check_last(f, 7, 0, 70);
}

static void without_an_endpoint_changes_are_kept(void **state)
{
    struct fixture *f = *state;
    fixture_create_named(f, TABLE_NAME, false);
    enable(f, ARN);
    fixture_put_many(f, 7, 0, 7);
    UNTIL(delivery(f).lag_records == 0);
    arena_reset(&f->arena);
    fixture_stop(f);
    f->options.kinesis = NULL;
    fixture_start(f);
    fixture_put_many(f, 7, 7, 14);
    UNTIL(slice_equal(delivery(f).waits, SLICE("the server was started without a Kinesis endpoint")));
    assert_int_equal(delivery(f).lag_records, 14);
    arena_reset(&f->arena);
    fixture_stop(f);
    f->options.kinesis = &f->kinesis;
    fixture_start(f);
    UNTIL(delivery(f).lag_records == 0);
    check_last(f, 7, 0, 21);
}

static void a_delivery_is_paused_but_not_taken_from_its_destination(void **state)
{
    struct fixture *f = *state;
    char name[TRIGGER_NAME_BYTES_MAX];
    fixture_create_named(f, TABLE_NAME, false);
    enable(f, ARN);
    fixture_text(name, sizeof name, delivery(f).trigger.name);
    assert_int_equal(fixture_order(f, TRIGGER_PAUSE, name), ERR_NONE);
    fixture_put_many(f, 7, 0, 14);
    assert_int_equal(fixture_order(f, TRIGGER_RESET, name), ERR_VALIDATION);
    assert_int_equal(fixture_order(f, TRIGGER_DELETE, name), ERR_RESOURCE_IN_USE);
    assert_int_equal(fixture_seen(f), 0);
    assert_int_equal(fixture_order(f, TRIGGER_RESUME, name), ERR_NONE);
    UNTIL(delivery(f).lag_records == 0);
    assert_int_equal(fixture_order(f, TRIGGER_PAUSE, name), ERR_NONE);
    fixture_put_many(f, 7, 14, 14);
    disable(f, ARN);
    assert_int_equal(fixture_order(f, TRIGGER_DELETE, name), ERR_NONE);
    assert_int_equal(count_deliveries(f), 0);
    assert_int_equal(fixture_seen(f), 14);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(changes_of_an_item_end_in_order_whatever_fails),
        TEST(a_disabled_destination_gets_the_rest_and_is_gone),
        TEST(the_same_stream_enabled_again_waits_for_what_is_left),
        TEST(another_stream_waits_for_nothing),
        TEST(a_deleted_table_is_delivered_to_its_end),
        TEST(the_shown_stream_is_not_disturbed_nor_disturbs),
        TEST(what_was_trimmed_undelivered_is_a_gap),
        TEST(what_is_refused_is_found_and_waited_for),
        TEST(without_an_endpoint_changes_are_kept),
        TEST(a_delivery_is_paused_but_not_taken_from_its_destination),
    };
    return cmocka_run_group_tests_name("triggers destinations", tests, NULL, NULL);
}
