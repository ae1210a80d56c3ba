/* What clients are answered, and what is observed of it: calls, and requests that are none. */
#include "api/reply.h"
#include "api_fixture.h"

#include <stdio.h>

#include <libdeflate.h>

/* ------------------------------------------------------------------ what is no call */

static void get_answers_that_it_is_healthy(void **state)
{
    (void)state;
    x.method = SLICE("GET");
    api_handle(&x, &api);
    assert_reply(200, "healthy: dynamodb.eu-west-1.amazonaws.com ");
    assert_int_equal(observed.calls, 0);
}

static void other_methods_are_not_found(void **state)
{
    (void)state;
    x.method = SLICE("PUT");
    api_handle(&x, &api);
    assert_reply(404, "<UnknownOperationException/>\n");
    assert_non_null(reply_header("x-amzn-RequestId"));
}

static void other_paths_are_not_found(void **state)
{
    (void)state;
    x.method = SLICE("GET");
    x.path = SLICE("/x");
    api_handle(&x, &api);
    assert_reply(404, "<UnknownOperationException/>\n");
}

static void other_content_types_are_not_found(void **state)
{
    (void)state;
    header("Content-Type", "application/x-amz-json-1.1");
    header("X-Amz-Target", "DynamoDB_20120810.GetItem");
    x.body = SLICE(GOOD);
    api_handle(&x, &api);
    assert_reply(404, "<UnknownOperationException/>\n");
}

static void a_missing_content_type_is_not_found(void **state)
{
    (void)state;
    header("X-Amz-Target", "DynamoDB_20120810.GetItem");
    x.body = SLICE(GOOD);
    api_handle(&x, &api);
    assert_reply(404, "<UnknownOperationException/>\n");
}

static void browsers_may_ask_first(void **state)
{
    (void)state;
    x.method = SLICE("OPTIONS");
    header("Origin", "http://example.com");
    header("Access-Control-Request-Headers", "x-amz-target,authorization");
    header("Access-Control-Request-Method", "POST");
    api_handle(&x, &api);
    assert_reply(200, "");
    assert_string_equal(reply_header("Access-Control-Allow-Origin"), "*");
    assert_string_equal(reply_header("Access-Control-Allow-Headers"), "x-amz-target,authorization");
    assert_string_equal(reply_header("Access-Control-Allow-Methods"), "POST");
    assert_string_equal(reply_header("Access-Control-Max-Age"), "172800");
}

static void options_without_origin_is_not_found(void **state)
{
    (void)state;
    x.method = SLICE("OPTIONS");
    api_handle(&x, &api);
    assert_reply(404, "<UnknownOperationException/>\n");
}

/* ------------------------------------------------------------------ replies */

static void a_call_is_answered(void **state)
{
    (void)state;
    call("GetItem", GOOD);
    assert_reply(200, "{\"TableName\":\"abc\",\"Key\":\"key\"}");
    assert_string_equal(reply_header("Content-Type"), "application/x-amz-json-1.0");
    assert_string_equal(reply_header("Server"), "Server");
    assert_null(reply_header("Access-Control-Allow-Origin"));
}

static void the_checksum_is_that_of_the_body(void **state)
{
    char expected[16];
    (void)state;
    call("GetItem", GOOD);
    snprintf(expected, sizeof expected, "%u", libdeflate_crc32(0, x.reply_body.data, x.reply_body.size));
    assert_string_equal(reply_header("x-amz-crc32"), expected);
}

static void request_ids_are_52_letters_and_digits(void **state)
{
    (void)state;
    call("GetItem", GOOD);
    const char *id = reply_header("x-amzn-RequestId");
    assert_int_equal(strlen(id), 52);
    assert_int_equal(strspn(id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 52);
}

static void request_ids_differ(void **state)
{
    (void)state;
    struct slice first = reply_request_id(&x.arena);
    for (int i = 0; i < 1000; i++)
        assert_false(slice_equal(first, reply_request_id(&x.arena)));
}

static void the_content_type_is_echoed_without_parameters(void **state)
{
    (void)state;
    header("Content-Type", "application/json ; charset=utf-8");
    header("X-Amz-Target", "DynamoDB_20120810.GetItem");
    x.body = SLICE(GOOD);
    api_handle(&x, &api);
    assert_int_equal(x.status, 200);
    assert_string_equal(reply_header("Content-Type"), "application/json");
}

static void browsers_see_the_ids(void **state)
{
    (void)state;
    header("Origin", "http://example.com");
    call("GetItem", GOOD);
    assert_string_equal(reply_header("Access-Control-Allow-Origin"), "*");
    assert_string_equal(reply_header("Access-Control-Expose-Headers"),
                        "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date");
}

static void an_operation_may_answer_nothing(void **state)
{
    (void)state;
    call("BatchGetItem", GOOD);
    assert_reply(200, "");
    assert_string_equal(reply_header("x-amz-crc32"), "0");
}

/* ------------------------------------------------------------------ observing */

static void every_call_is_observed_once(void **state)
{
    (void)state;
    call("GetItem", GOOD);
    assert_int_equal(observed.calls, 1);
    assert_int_equal(observed.loop, 3);
    assert_int_equal(observed.operation, OPERATION_GET_ITEM);
    assert_int_equal(observed.code, ERR_NONE);
    assert_true(observed.latency_ns >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(get_answers_that_it_is_healthy),
        TEST_CASE(other_methods_are_not_found),
        TEST_CASE(other_paths_are_not_found),
        TEST_CASE(other_content_types_are_not_found),
        TEST_CASE(a_missing_content_type_is_not_found),
        TEST_CASE(browsers_may_ask_first),
        TEST_CASE(options_without_origin_is_not_found),
        TEST_CASE(a_call_is_answered),
        TEST_CASE(the_checksum_is_that_of_the_body),
        TEST_CASE(request_ids_are_52_letters_and_digits),
        TEST_CASE(request_ids_differ),
        TEST_CASE(the_content_type_is_echoed_without_parameters),
        TEST_CASE(browsers_see_the_ids),
        TEST_CASE(an_operation_may_answer_nothing),
        TEST_CASE(every_call_is_observed_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
