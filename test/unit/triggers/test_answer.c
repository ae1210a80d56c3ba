/* What functions answer: services-ddb-batchfailurereporting in the documentation of AWS Lambda, and errors as the runtime
 * interface emulator tells them. */
#include "triggers/triggers_priv.h"

#include "support/arena.h"

static struct answer read_text(const char *body)
{
    struct answer answer;
    answer_read(slice_from_cstr(body), &arena, &answer);
    return answer;
}

static void all_is_well(const char *body)
{
    struct answer answer = read_text(body);
    assert_false(answer.failed);
    assert_int_equal(answer.count, 0);
}

static void these_answers_are_success(void **state)
{
    (void)state;
    all_is_well("");
    all_is_well("null");
    all_is_well("\"ok\"");
    all_is_well("ok");
    all_is_well("{}");
    all_is_well("[1]");
    all_is_well("{\"batchItemFailures\":[]}");
    all_is_well("{\"batchItemFailures\":null}");
    all_is_well("{\"statusCode\":200,\"body\":{\"errorType\":\"inner\"}}");
    all_is_well("{\"errorMessage\":\"alone\"}");
}

static void these_answers_are_failure(void **state)
{
    static const char *const bodies[] = {
        "{\"batchItemFailures\":[{\"itemIdentifier\":\"\"}]}",
        "{\"batchItemFailures\":[{\"itemIdentifier\":null}]}",
        "{\"batchItemFailures\":[{\"itemId\":\"10000000000000000000400000\"}]}",
        "{\"batchItemFailures\":[{}]}",
        "{\"batchItemFailures\":[\"10000000000000000000400000\"]}",
        "{\"batchItemFailures\":\"10000000000000000000400000\"}",
        "{\"batchItemFailures\":[{\"itemIdentifier\":\"seven\"}]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        if (!read_text(bodies[i]).failed)
            fail_msg("taken for success: %s", bodies[i]);
}

static void failed_records_are_named_by_their_numbers(void **state)
{
    (void)state;
    struct answer answer =
        read_text("{\"batchItemFailures\":[{\"itemIdentifier\":\"10000000000000000000400002\"},"
                  "{\"itemIdentifier\":\"10000000000000000000300000\",\"more\":1}]}");
    assert_false(answer.failed);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.positions[0].commit, 4);
    assert_int_equal(answer.positions[0].change, 2);
    assert_int_equal(answer.positions[1].commit, 3);
}

static void an_error_of_the_function_is_told(void **state)
{
    (void)state;
    struct answer answer = read_text("{\"errorMessage\":\"no \\u0007 \\u00e9\",\"errorType\":\"ValueError\","
                                     "\"stackTrace\":[\"x\"]}");
    assert_true(answer.failed);
    assert_string_equal(answer.error, "the function failed: ValueError: no ? ??");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(these_answers_are_success),
        cmocka_unit_test(these_answers_are_failure),
        cmocka_unit_test(failed_records_are_named_by_their_numbers),
        cmocka_unit_test(an_error_of_the_function_is_told),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
