/* What is asked of a new trigger: src/server/admin_triggers.h. */
#include "triggers/triggers_priv.h"

#include "support/arena.h"

static struct trigger trigger;
static enum trigger_start start;

static bool accepts(const char *json)
{
    error_init(&err, &arena);
    bool ok = trigger_read_definition(slice_from_cstr(json), &arena, &trigger, &start, &err);
    if (!ok)
        assert_int_equal(err.code, ERR_VALIDATION);
    return ok;
}

static void table_and_target_are_enough(void **state)
{
    (void)state;
    assert_true(accepts("{\"table\":\"Orders\",\"target\":\"http://localhost:9000/x\"}"));
    assert_int_equal(trigger.target, TRIGGER_URL);
    assert_int_equal(trigger.batch_size, 100);
    assert_int_equal(trigger.window_ms, 0);
    assert_int_equal(trigger.lanes, 1);
    assert_int_equal(trigger.retries, -1);
    assert_int_equal(trigger.timeout_ms, 60000);
    assert_int_equal(trigger.dead_letters, TRIGGER_DEAD_LOGGED);
    assert_int_equal(start, TRIGGER_LATEST);
    assert_true(slice_is_none(trigger.name));
    assert_true(slice_is_none(trigger.filter));
}

static void everything_can_be_said(void **state)
{
    (void)state;
    assert_true(
        accepts("{\"name\":\"a-B_9.c\",\"table\":\"Orders\",\"target\":\"./run it\",\"filter\": "
                "{\"eventName\": [\"INSERT\"]} ,\"batch_size\":10000,\"window_ms\":300000,\"parallel\":10,"
                "\"retries\":0,\"timeout_ms\":900000,\"on_failure\":\"/var/dead.jsonl\","
                "\"start\":\"TRIM_HORIZON\"}"));
    assert_int_equal(trigger.target, TRIGGER_COMMAND);
    assert_true(slice_equal(trigger.filter, SLICE("{\"eventName\": [\"INSERT\"]}")));
    assert_int_equal(trigger.batch_size, 10000);
    assert_int_equal(trigger.lanes, 10);
    assert_int_equal(trigger.retries, 0);
    assert_int_equal(trigger.dead_letters, TRIGGER_DEAD_TO_FILE);
    assert_int_equal(start, TRIGGER_TRIM_HORIZON);
    assert_true(accepts("{\"table\":\"A\",\"target\":\"https://x\",\"on_failure\":\"table:Dead\"}"));
    assert_int_equal(trigger.dead_letters, TRIGGER_DEAD_TO_TABLE);
    assert_true(slice_equal(trigger.dead_letters_text, SLICE("Dead")));
}

static void mistakes_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"table\":\"A\"}",
        "{\"target\":\"http://x\"}",
        "{\"table\":\"A\",\"target\":\"http://x\"",
        "{\"table\":\"A\",\"target\":\"http://x\"} x",
        "{\"table\":\"A\",\"target\":\"http://x y\"}",
        "{\"table\":\"A\",\"target\":\"\"}",
        "{\"table\":\"A\",\"target\":\"a\\u0000b\"}",
        "{\"table\":5,\"target\":\"http://x\"}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"batchSize\":5}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"batch_size\":0}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"batch_size\":10001}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"batch_size\":1.5}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"batch_size\":\"5\"}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"window_ms\":300001}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"parallel\":11}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"retries\":-2}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"timeout_ms\":900001}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"timeout_ms\":99999999999999999999}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"start\":\"latest\"}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"name\":\"a/b\"}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"on_failure\":\"relative\"}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"on_failure\":\"table:A\"}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"filter\":\"{}\"}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"filter\":{\"eventName\":[]}}",
        "{\"table\":\"A\",\"target\":\"http://x\",\"filter\":{\"eventName\":}}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (accepts(bad[i]))
            fail_msg("accepted: %s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_and_target_are_enough),
        cmocka_unit_test(everything_can_be_said),
        cmocka_unit_test(mistakes_are_refused),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
