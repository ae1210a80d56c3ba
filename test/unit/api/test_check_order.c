/* Which of several mistakes in a request is answered: semantics.md 1.4. */
#include "api_fixture.h"

static void an_empty_body_is_a_serialization_error(void **state)
{
    (void)state;
    call("GetItem", "");
    assert_error(CORAL "SerializationException", "");
}

static void a_broken_body_is_a_server_error(void **state)
{
    (void)state;
    x.broken_body = true;
    call("GetItem", GOOD);
    assert_int_equal(x.status, 500);
}

static void an_unknown_target_has_no_message(void **state)
{
    (void)state;
    call("getItem", GOOD);
    assert_error(CORAL "UnknownOperationException", "");
    assert_int_equal(observed.operation, OPERATION_NONE);
    assert_int_equal(observed.code, ERR_UNKNOWN_OPERATION);
}

static void an_operation_that_is_not_built_is_unknown(void **state)
{
    (void)state;
    call("UpdateTable", GOOD);
    assert_error(CORAL "UnknownOperationException", "");
}

static void a_missing_target_is_unknown(void **state)
{
    (void)state;
    header("Content-Type", "application/x-amz-json-1.0");
    x.body = SLICE(GOOD);
    api_handle(&x, &api);
    assert_error(CORAL "UnknownOperationException", "");
}

static void syntax_comes_before_the_target(void **state)
{
    (void)state;
    call("Nothing", NOT_JSON);
    assert_error(CORAL "SerializationException", "");
}

static void the_target_comes_before_the_signature(void **state)
{
    (void)state;
    header("Authorization", "bad");
    call("Nothing", GOOD);
    assert_error(CORAL "UnknownOperationException", "");
}

static void syntax_comes_before_the_signature(void **state)
{
    (void)state;
    header("Authorization", "bad");
    call("GetItem", NOT_JSON);
    assert_error(CORAL "SerializationException", "");
}

static void the_signature_comes_before_types(void **state)
{
    (void)state;
    header("Authorization", "bad");
    call("GetItem", "{\"TableName\":1}");
    assert_error(CORAL "MissingAuthenticationTokenException",
                 ",\"message\":\"Request is missing Authentication Token\"");
}

static void types_come_before_constraints(void **state)
{
    (void)state;
    call("GetItem", "{\"Limit\":\"x\"}");
    assert_error(CORAL "SerializationException",
                 ",\"Message\":\"STRING_VALUE cannot be converted to Integer\"");
}

static void constraints_come_before_the_handler(void **state)
{
    (void)state;
    call("Scan", "{\"TableName\":\"abc\",\"Limit\":0}");
    assert_error(
        "com.amazon.coral.validate#ValidationException",
        ",\"message\":\"1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1\"");
}

static void operations_choose_the_wording_of_ranges(void **state)
{
    (void)state;
    call("Query", "{\"TableName\":\"abc\",\"Limit\":0}");
    assert_error("com.amazon.coral.validate#ValidationException",
                 ",\"message\":\"1 validation error detected: Value at 'Limit' failed to satisfy constraint: "
                 "Member must have value greater than or equal to 1\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(an_empty_body_is_a_serialization_error),
        TEST_CASE(a_broken_body_is_a_server_error),
        TEST_CASE(an_unknown_target_has_no_message),
        TEST_CASE(an_operation_that_is_not_built_is_unknown),
        TEST_CASE(a_missing_target_is_unknown),
        TEST_CASE(syntax_comes_before_the_target),
        TEST_CASE(the_target_comes_before_the_signature),
        TEST_CASE(syntax_comes_before_the_signature),
        TEST_CASE(the_signature_comes_before_types),
        TEST_CASE(types_come_before_constraints),
        TEST_CASE(constraints_come_before_the_handler),
        TEST_CASE(operations_choose_the_wording_of_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
