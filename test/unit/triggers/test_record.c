/* The stored form: docs/format.md#triggers. */
#include "triggers/triggers_priv.h"

#include "support/arena.h"

static const char stored[] =
    "\x01{\"id\":7,\"epoch\":9,\"name\":\"mail\",\"state\":\"PAUSED\",\"created_ms\":1658528578000,"
    "\"table\":\"Orders\",\"table_id\":\"0b5c1c7e-2f7a-4d52-9d0c-3a8f0f8f7b12\","
    "\"label\":\"2026-11-21T06:30:00.123\",\"start_commit\":9,\"start_change\":2,\"drained\":true,"
    "\"delivered\":5,\"passed_over\":1,\"given_up\":2,\"gaps\":3,\"target_kind\":\"command\","
    "\"target\":\"./send \\\"it\\\"\",\"filter\":\"{\\\"eventName\\\":[\\\"INSERT\\\"]}\",\"batch_size\":100,"
    "\"window_ms\":50,\"lanes\":4,\"retries\":-1,\"timeout_ms\":60000,\"dead_letters\":\"table\","
    "\"dead_letters_to\":\"Dead\"}";

static void the_record_of_a_trigger_is_documented(void **state)
{
    struct trigger trigger;
    struct buf out;
    (void)state;
    assert_true(trigger_read(slice_of(stored, sizeof stored - 1), &arena, &trigger, &err));
    assert_int_equal(trigger.id, 7);
    assert_int_equal(trigger.state, TRIGGER_PAUSED);
    assert_int_equal(trigger.start.change, 2);
    assert_true(trigger.drained);
    assert_int_equal(trigger.counts.gaps, 3);
    assert_int_equal(trigger.target, TRIGGER_COMMAND);
    assert_true(slice_equal(trigger.target_text, SLICE("./send \"it\"")));
    assert_int_equal(trigger.retries, -1);
    assert_int_equal(trigger.dead_letters, TRIGGER_DEAD_TO_TABLE);
    buf_init(&out, &arena, 64);
    trigger_write(&trigger, &out);
    assert_true(slice_equal(buf_slice(&out), slice_of(stored, sizeof stored - 1)));
}

static void damage_is_noticed(void **state)
{
    struct trigger trigger;
    struct lane_state lane;
    (void)state;
    for (size_t size = 0; size < sizeof stored - 1; size++) {
        error_init(&err, &arena);
        assert_false(trigger_read(slice_of(stored, size), &arena, &trigger, &err));
        assert_int_equal(err.code, ERR_CORRUPT);
    }
    assert_false(trigger_read(SLICE("\x02{}"), &arena, &trigger, &err));
    assert_false(lane_state_read(SLICE("short"), &lane, &err));
}

static void the_record_of_a_lane_is_documented(void **ignored)
{
    static const char bytes[] = "\1\0\0\0\2\0\0\0\3\1\0\0\0\0\0\0\4\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0"
                                "\6\0\0\0\0\0\0\0\7\0\0\0\0\0\0";
    const struct lane_state state = {.position = {259, 2}, .counts = {4, 5, 6, 7}};
    struct lane_state again = {0};
    char out[LANE_RECORD_BYTES];
    (void)ignored;
    lane_state_write(&state, out);
    assert_memory_equal(out, bytes, sizeof out);
    assert_true(lane_state_read(slice_of(out, sizeof out), &again, &err));
    assert_memory_equal(&again, &state, sizeof state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_record_of_a_trigger_is_documented),
        cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(the_record_of_a_lane_is_documented),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
