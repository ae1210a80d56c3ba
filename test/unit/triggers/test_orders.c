/* What triggers can be told, and what is shown of them. */
#include "fixture.h"

static void a_name_is_chosen(void **state)
{
    struct fixture *f = *state;
    struct trigger_status status;
    fixture_create_table(f);
    fixture_create(f, "");
    fixture_create(f, "");
    fixture_create(f, "");
    assert_true(fixture_find(f, "Things", &status));
    assert_true(fixture_find(f, "Things-2", &status));
    assert_true(fixture_find(f, "Things-3", &status));
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fixture_try_create(f, "", TRIGGER_LATEST), ERR_RESOURCE_NOT_FOUND);
    fixture_create_named(f, TABLE_NAME, false);
    assert_int_equal(fixture_try_create(f, "", TRIGGER_LATEST), ERR_VALIDATION);
    fixture_edit_stream(f, STREAM_OPEN);
    fixture_create(f, ",\"name\":\"one\"");
    assert_int_equal(fixture_try_create(f, ",\"name\":\"one\"", TRIGGER_LATEST), ERR_RESOURCE_IN_USE);
    assert_int_equal(fixture_try_create(f, ",\"on_failure\":\"table:None\"", TRIGGER_LATEST),
                     ERR_RESOURCE_NOT_FOUND);
    assert_int_equal(fixture_order(f, TRIGGER_PAUSE, "none"), ERR_RESOURCE_NOT_FOUND);
    assert_int_equal(fixture_order(f, TRIGGER_DELETE, "none"), ERR_RESOURCE_NOT_FOUND);
}

static void commands_are_for_servers_that_allow_them(void **state)
{
    struct fixture *f = *state;
    const char *json = "{\"table\":\"" TABLE_NAME "\",\"target\":\"cat\"}";
    struct trigger_order order = {.action = TRIGGER_CREATE, .wanted = fixture_wanted(f, json)};
    fixture_create_table(f);
    assert_true(triggers_order_wait(f->triggers, &order, &f->arena, &f->err));
    arena_reset(&f->arena);
    fixture_stop(f);
    f->options.commands = false;
    fixture_start(f);
    order.wanted = fixture_wanted(f, json);
    assert_false(triggers_order_wait(f->triggers, &order, &f->arena, &f->err));
    assert_int_equal(f->err.code, ERR_VALIDATION);
}

static void there_are_at_most_a_hundred(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    for (int i = 0; i < TRIGGERS_MAX; i++)
        fixture_create(f, "");
    assert_int_equal(fixture_try_create(f, "", TRIGGER_LATEST), ERR_LIMIT_EXCEEDED);
    assert_int_equal(fixture_order(f, TRIGGER_DELETE, "Things-50"), ERR_NONE);
    fixture_create(f, "");
    fixture_put_many(f, 5, 0, 5);
    UNTIL(fixture_seen(f) == 5 * TRIGGERS_MAX);
}

static void a_paused_trigger_calls_nobody(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_create(f, "");
    fixture_put_many(f, 5, 0, 10);
    fixture_wait_delivered(f, 10);
    assert_int_equal(fixture_order(f, TRIGGER_PAUSE, TABLE_NAME), ERR_NONE);
    fixture_put_many(f, 5, 10, 10);
    usleep(30000);
    assert_int_equal(fixture_seen(f), 10);
    struct trigger_status status = fixture_status(f);
    assert_int_equal(status.trigger.state, TRIGGER_PAUSED);
    assert_int_equal(status.lag_records, 10);
    assert_true(status.lag_ms >= 10);
    assert_int_equal(fixture_order(f, TRIGGER_PAUSE, TABLE_NAME), ERR_NONE);
    assert_int_equal(fixture_order(f, TRIGGER_RESUME, TABLE_NAME), ERR_NONE);
    fixture_wait_delivered(f, 20);
    assert_int_equal(fixture_seen(f), 20);
    fixture_check_order(f, 5, 20);
}

static void a_pause_lets_calls_come_to_their_end(void **state)
{
    struct fixture *f = *state;
    fixture_set_respond(f, fixture_holds);
    fixture_create_table(f);
    fixture_create(f, "");
    fixture_put(f, "k0", 0);
    UNTIL(fixture_in_flight(f) == 1);
    assert_int_equal(fixture_order(f, TRIGGER_PAUSE, TABLE_NAME), ERR_NONE);
    assert_int_equal(fixture_order(f, TRIGGER_RESUME, TABLE_NAME), ERR_NONE);
    fixture_put(f, "k0", 1);
    usleep(30000);
    assert_int_equal(fixture_seen(f), 1); /* the item's next change waits for the call */
    f->seen[0].taken = true;
    fixture_set_respond(f, fixture_takes);
    assert_int_equal(fixture_let_go(f, ""), 1);
    fixture_wait_delivered(f, 2);
    assert_int_equal(fixture_seen(f), 2);
    fixture_check_order(f, 1, 2);
}

static void a_reset_delivers_again(void **state)
{
    struct fixture *f = *state;
    char fifth[STREAM_SEQUENCE_BYTES + 1];
    fixture_create_table(f);
    fixture_create(f, "");
    for (int i = 0; i < 10; i++)
        fixture_put(f, "k0", i);
    fixture_wait_delivered(f, 10);
    for (size_t i = 0; i < 10; i++)
        if (f->seen[i].value == 5)
            memcpy(fifth, f->seen[i].sequence, sizeof fifth);
    fixture_reset(f, TRIGGER_TRIM_HORIZON, NULL);
    fixture_wait_delivered(f, 10);
    assert_int_equal(fixture_seen(f), 20);
    assert_string_equal(f->seen[0].event, f->seen[10].event);
    fixture_reset(f, TRIGGER_AT_SEQUENCE, fifth);
    fixture_wait_delivered(f, 5);
    assert_int_equal(fixture_seen(f), 25);
    assert_int_equal(f->seen[20].value, 5);
    fixture_reset(f, TRIGGER_LATEST, NULL);
    fixture_put(f, "k0", 10);
    fixture_wait_delivered(f, 1);
    assert_int_equal(fixture_seen(f), 26);
}

static void a_reset_gives_calls_up(void **state)
{
    struct fixture *f = *state;
    fixture_set_respond(f, fixture_holds);
    fixture_create_table(f);
    fixture_create(f, "");
    fixture_put(f, "k0", 0);
    UNTIL(fixture_in_flight(f) == 1);
    fixture_set_respond(f, fixture_takes);
    fixture_reset(f, TRIGGER_LATEST, NULL);
    UNTIL(fixture_in_flight(f) == 0);
    fixture_put(f, "k0", 1);
    fixture_wait_delivered(f, 1);
    assert_int_equal(f->seen[1].value, 1);
    assert_int_equal(fixture_status(f).calls_in_flight, 0);
}

static void a_deleted_trigger_is_gone(void **state)
{
    struct fixture *f = *state;
    struct trigger_status status;
    fixture_set_respond(f, fixture_holds);
    fixture_create_table(f);
    fixture_create(f, "");
    fixture_put(f, "k0", 0);
    UNTIL(fixture_in_flight(f) == 1);
    assert_int_equal(fixture_order(f, TRIGGER_DELETE, TABLE_NAME), ERR_NONE);
    assert_int_equal(fixture_in_flight(f), 0);
    assert_false(fixture_find(f, TABLE_NAME, &status));
    /* One of the same name begins at its own start. */
    fixture_set_respond(f, fixture_takes);
    fixture_create(f, "");
    fixture_wait_delivered(f, 1);
    assert_int_equal(fixture_seen(f), 2);
}

static void orders_are_durable_when_they_are_answered(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_create(f, "");
    assert_int_equal(fixture_order(f, TRIGGER_PAUSE, TABLE_NAME), ERR_NONE);
    arena_reset(&f->arena);
    fixture_stop(f);
    fixture_start(f);
    assert_int_equal(fixture_status(f).trigger.state, TRIGGER_PAUSED);
    fixture_put(f, "k0", 0);
    usleep(20000);
    assert_int_equal(fixture_seen(f), 0);
}

static void orders_are_answered_after_the_end(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_create(f, "");
    triggers_stop(f->triggers);
    assert_int_equal(fixture_order(f, TRIGGER_PAUSE, TABLE_NAME), ERR_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_name_is_chosen),
        TEST(what_makes_no_sense_is_refused),
        TEST(commands_are_for_servers_that_allow_them),
        TEST(there_are_at_most_a_hundred),
        TEST(a_paused_trigger_calls_nobody),
        TEST(a_pause_lets_calls_come_to_their_end),
        TEST(a_reset_delivers_again),
        TEST(a_reset_gives_calls_up),
        TEST(a_deleted_trigger_is_gone),
        TEST(orders_are_durable_when_they_are_answered),
        TEST(orders_are_answered_after_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
