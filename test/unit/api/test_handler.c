/* What becomes of a request whose handler fails, suspends it, or hands it to a worker. */
#include "api_fixture.h"

/* ------------------------------------------------------------------ errors of handlers */

static void a_failed_step_leaves_nothing_of_its_reply(void **state)
{
    (void)state;
    step_fails = true;
    call("GetItem", GOOD);
    assert_error("com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
                 ",\"message\":\"Requested resource not found\"");
    assert_int_equal(observed.code, ERR_RESOURCE_NOT_FOUND);
}

static void content_errors_get_the_prefix_of_their_operation(void **state)
{
    (void)state;
    call("PutItem", GOOD);
    assert_error("com.amazon.coral.validate#ValidationException",
                 ",\"message\":\"1 validation error detected: ExpressionAttributeValues must not be empty\"");
}

static void content_errors_of_other_operations_are_bare(void **state)
{
    (void)state;
    call("Scan", GOOD);
    assert_error("com.amazon.coral.validate#ValidationException",
                 ",\"message\":\"ExpressionAttributeValues must not be empty\"");
}

static void errors_may_have_further_members(void **state)
{
    (void)state;
    call("CreateTable", GOOD);
    assert_error("com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
                 ",\"Item\":{\"id\":{\"S\":\"1\"}},\"message\":\"The conditional request failed\"");
}

static void clients_do_not_see_what_failed_inside(void **state)
{
    (void)state;
    call("DeleteTable", GOOD);
    assert_reply(500, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\","
                      "\"message\":\"Internal server error\"}");
    assert_int_equal(observed.code, ERR_STORAGE);
}

static void issues_become_content_errors(void **state)
{
    struct error issue, err;
    struct api_request q = {.arena = &x.arena, .info = operation_info(OPERATION_PUT_ITEM)};
    (void)state;
    error_init(&issue, &x.arena);
    error_init(&err, &x.arena);
    assert_true(api_check_issue(&q, &issue, &err));
    assert_int_equal(err.code, ERR_NONE);
    error_set(&issue, ERR_VALIDATION, "bad");
    assert_false(api_check_issue(&q, &issue, &err));
    assert_string_equal(err.message, "1 validation error detected: bad");
    q.info = operation_info(OPERATION_GET_ITEM);
    assert_false(api_check_issue(&q, &issue, &err));
    assert_string_equal(err.message, "bad");
}

/* ------------------------------------------------------------------ steps elsewhere */

static void a_suspended_request_is_answered_when_resumed(void **state)
{
    (void)state;
    call("DeleteItem", GOOD);
    assert_int_equal(x.replies, 0);
    api_resume(suspended, answer);
    run_resumed(&x);
    assert_reply(200, "{\"TableName\":\"abc\",\"Key\":\"key\"}");
    assert_int_equal(observed.calls, 1);
}

static void a_resumed_step_may_fail(void **state)
{
    (void)state;
    call("DeleteItem", GOOD);
    step_fails = true;
    api_resume(suspended, answer);
    run_resumed(&x);
    assert_error("com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
                 ",\"message\":\"Requested resource not found\"");
}

static void a_resumed_step_may_suspend_again(void **state)
{
    (void)state;
    call("DeleteItem", GOOD);
    api_resume(suspended, answer_later);
    run_resumed(&x);
    assert_int_equal(x.replies, 0);
    api_resume(suspended, answer);
    run_resumed(&x);
    assert_int_equal(x.status, 200);
    assert_int_equal(x.replies, 1);
}

static void a_worker_may_write_the_reply(void **state)
{
    (void)state;
    call("Query", GOOD);
    run_resumed(&x);
    assert_reply(200, "{\"TableName\":\"abc\",\"Key\":\"key\"}");
}

static void a_worker_may_fail(void **state)
{
    (void)state;
    step_fails = true;
    call("Query", GOOD);
    run_resumed(&x);
    assert_error("com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
                 ",\"message\":\"Requested resource not found\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(a_failed_step_leaves_nothing_of_its_reply),
        TEST_CASE(content_errors_get_the_prefix_of_their_operation),
        TEST_CASE(content_errors_of_other_operations_are_bare),
        TEST_CASE(errors_may_have_further_members),
        TEST_CASE(clients_do_not_see_what_failed_inside),
        TEST_CASE(issues_become_content_errors),
        TEST_CASE(a_suspended_request_is_answered_when_resumed),
        TEST_CASE(a_resumed_step_may_fail),
        TEST_CASE(a_resumed_step_may_suspend_again),
        TEST_CASE(a_worker_may_write_the_reply),
        TEST_CASE(a_worker_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
