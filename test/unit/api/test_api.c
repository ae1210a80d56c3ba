/* A request's way through api_handle(), over an http layer and an auth layer made for the test. */
#include "api/api.h"
#include "api/common_shapes.h"
#include "api/reply.h"
#include "base/log.h"
#include "support/cmocka.h"

#include <stdio.h>

#include <libdeflate.h>
#include <pthread.h>

/* ------------------------------------------------------------------ http */

struct http_exchange {
    struct arena arena;
    struct slice method;
    struct slice path;
    struct field fields[8];
    size_t field_count;
    struct slice body;
    bool broken_body;

    bool suspended;
    http_handler *go_on;
    void *go_on_arg;

    unsigned replies;
    unsigned status;
    struct field_list reply_fields;
    struct slice reply_body;
};

struct slice http_method(const struct http_exchange *x)
{
    return x->method;
}

struct slice http_path(const struct http_exchange *x)
{
    return x->path;
}

struct slice http_query(const struct http_exchange *x)
{
    (void)x;
    return SLICE("");
}

struct field_list http_headers(const struct http_exchange *x)
{
    return (struct field_list){x->fields, x->field_count};
}

struct slice http_body_raw(const struct http_exchange *x)
{
    return x->body;
}

struct slice http_body(const struct http_exchange *x)
{
    return x->broken_body ? SLICE("") : x->body;
}

bool http_body_intact(const struct http_exchange *x)
{
    return !x->broken_body;
}

struct arena *http_arena(struct http_exchange *x)
{
    return &x->arena;
}

unsigned http_loop(const struct http_exchange *x)
{
    (void)x;
    return 3;
}

int64_t http_received_ns(const struct http_exchange *x)
{
    (void)x;
    return clock_monotonic_ns(clock_system());
}

void http_reply(struct http_exchange *x, unsigned status, struct field_list fields, struct slice body)
{
    assert_false(x->suspended);
    x->replies++;
    x->status = status;
    x->reply_fields = fields;
    x->reply_body = body;
}

void http_suspend(struct http_exchange *x)
{
    assert_false(x->suspended);
    x->suspended = true;
}

static pthread_mutex_t resume_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t resumed = PTHREAD_COND_INITIALIZER;

void http_resume(struct http_exchange *x, http_handler *go_on, void *arg)
{
    pthread_mutex_lock(&resume_lock);
    x->go_on = go_on;
    x->go_on_arg = arg;
    pthread_cond_signal(&resumed);
    pthread_mutex_unlock(&resume_lock);
}

/* What the loop does once http_resume() has been called. */
static void run_resumed(struct http_exchange *x)
{
    pthread_mutex_lock(&resume_lock);
    while (!x->go_on)
        pthread_cond_wait(&resumed, &resume_lock);
    http_handler *go_on = x->go_on;
    x->go_on = NULL;
    pthread_mutex_unlock(&resume_lock);
    x->suspended = false;
    go_on(x, x->go_on_arg);
}

/* ------------------------------------------------------------------ auth */

/* A request with "Authorization: bad" is refused. */
bool auth_verify(struct auth *auth, const struct auth_request *request, int64_t now_ms, struct arena *arena,
                 struct auth_identity *identity_out, struct error *err)
{
    (void)auth;
    (void)now_ms;
    (void)arena;
    if (slice_equal(field_value(request->headers, SLICE("Authorization")), SLICE("bad")))
        return error_set(err, ERR_MISSING_AUTHENTICATION_TOKEN, "Request is missing Authentication Token");
    *identity_out = (struct auth_identity){SLICE("key"), SLICE("region")};
    return true;
}

/* ------------------------------------------------------------------ operations made for the test */

struct input {
    struct slice table_name;
    struct optional_i64 limit;
};

static const struct shape_member members[] = {
    MEMBER(struct input, table_name, "TableName", shape_table_arn, MEMBER_REQUIRED),
    MEMBER(struct input, limit, "Limit", shape_positive_integer, MEMBER_OPTIONAL),
};
static const struct shape input_shape = STRUCTURE(struct input, "TestInput", members);

static struct workers *workers;
static struct api_request *suspended;
static bool step_fails;

static void write_reply(struct api_request *q)
{
    const struct input *in = q->input;
    json_begin_object(&q->json);
    json_member_string(&q->json, "TableName", in->table_name);
    json_member_string(&q->json, "Key", q->identity.access_key_id);
    json_end_object(&q->json);
}

static bool answer(struct api_request *q, struct error *err)
{
    write_reply(q);
    if (step_fails)
        return error_set(err, ERR_RESOURCE_NOT_FOUND, "Requested resource not found");
    return true;
}

static bool answer_later(struct api_request *q, struct error *err)
{
    (void)err;
    suspended = q;
    api_suspend(q);
    return true;
}

static bool answer_elsewhere(struct api_request *q, struct error *err)
{
    (void)err;
    return api_offload(q, workers, answer);
}

static bool answer_nothing(struct api_request *q, struct error *err)
{
    (void)q;
    (void)err;
    return true;
}

static bool refuse_content(struct api_request *q, struct error *err)
{
    error_set(err, ERR_VALIDATION, "ExpressionAttributeValues must not be empty");
    return api_content_error(q, err);
}

static bool fail_condition(struct api_request *q, struct error *err)
{
    q->error_members = SLICE("\"Item\":{\"id\":{\"S\":\"1\"}}");
    return error_set(err, ERR_CONDITIONAL_CHECK_FAILED, "The conditional request failed");
}

static bool fail_inside(struct api_request *q, struct error *err)
{
    (void)q;
    return error_set(err, ERR_STORAGE, "disk /dev/sda1 is on fire");
}

static const struct api_operation get_item = {OPERATION_GET_ITEM, &input_shape, answer};
static const struct api_operation put_item = {OPERATION_PUT_ITEM, &input_shape, refuse_content};
static const struct api_operation scan = {OPERATION_SCAN, &input_shape, refuse_content};
static const struct api_operation query = {OPERATION_QUERY, &input_shape, answer_elsewhere};
static const struct api_operation delete_item = {OPERATION_DELETE_ITEM, &input_shape, answer_later};
static const struct api_operation batch_get_item = {OPERATION_BATCH_GET_ITEM, &input_shape, answer_nothing};
static const struct api_operation create_table = {OPERATION_CREATE_TABLE, &input_shape, fail_condition};
static const struct api_operation delete_table = {OPERATION_DELETE_TABLE, &input_shape, fail_inside};

static const struct api_operation *const operations[OPERATION_COUNT] = {
    [OPERATION_GET_ITEM] = &get_item,
    [OPERATION_PUT_ITEM] = &put_item,
    [OPERATION_SCAN] = &scan,
    [OPERATION_QUERY] = &query,
    [OPERATION_DELETE_ITEM] = &delete_item,
    [OPERATION_BATCH_GET_ITEM] = &batch_get_item,
    [OPERATION_CREATE_TABLE] = &create_table,
    [OPERATION_DELETE_TABLE] = &delete_table,
};

/* ------------------------------------------------------------------ set-up */

static struct clock_test test_clock;
static struct api api;
static struct http_exchange x;

static struct {
    unsigned calls;
    unsigned loop;
    enum operation_id operation;
    enum error_code code;
    int64_t latency_ns;
} observed;

static void observe(void *arg, unsigned loop, enum operation_id operation, enum error_code code,
                    int64_t latency_ns)
{
    assert_ptr_equal(arg, &observed);
    observed.calls++;
    observed.loop = loop;
    observed.operation = operation;
    observed.code = code;
    observed.latency_ns = latency_ns;
}

static int set_up(void **state)
{
    (void)state;
    clock_test_init(&test_clock, 1700000000000);
    const struct api_options options = {
        .clock = &test_clock.clock,
        .region = SLICE("eu-west-1"),
        .account_id = SLICE("000000000000"),
        .observe = observe,
        .observe_arg = &observed,
        .operations = operations,
    };
    api_init(&api, &options);
    x = (struct http_exchange){.method = SLICE("POST"), .path = SLICE("/"), .body = SLICE("")};
    arena_init(&x.arena, 4096);
    observed.calls = 0;
    step_fails = false;
    workers = workers_new(1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    workers_free(workers);
    arena_release(&x.arena);
    api_release(&api);
    return 0;
}

static void header(const char *name, const char *value)
{
    x.fields[x.field_count++] = (struct field){slice_from_cstr(name), slice_from_cstr(value)};
}

/* A POST as SDKs send it. */
static void call(const char *operation, const char *body)
{
    char *target = arena_printf(&x.arena, "DynamoDB_20120810.%s", operation);
    header("content-type", "application/x-amz-json-1.0");
    header("x-amz-target", target);
    x.body = slice_from_cstr(body);
    api_handle(&x, &api);
}

static const char *reply_header(const char *name)
{
    struct slice value = field_value(x.reply_fields, slice_from_cstr(name));
    return slice_is_none(value) ? NULL : arena_copy_cstr(&x.arena, value);
}

static void assert_reply(unsigned status, const char *body)
{
    assert_int_equal(x.replies, 1);
    assert_string_equal(arena_copy_cstr(&x.arena, x.reply_body), body);
    assert_int_equal(x.status, status);
}

static void assert_error(const char *type, const char *rest)
{
    assert_reply(400, arena_printf(&x.arena, "{\"__type\":\"%s\"%s}", type, rest));
}

#define CORAL    "com.amazon.coral.service#"
#define GOOD     "{\"TableName\":\"abc\"}"
#define NOT_JSON "{\"TableName\":\"abc\""

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

/* ------------------------------------------------------------------ order of checks: semantics.md 1.4 */

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(get_answers_that_it_is_healthy),
        TEST(other_methods_are_not_found),
        TEST(other_paths_are_not_found),
        TEST(other_content_types_are_not_found),
        TEST(a_missing_content_type_is_not_found),
        TEST(browsers_may_ask_first),
        TEST(options_without_origin_is_not_found),
        TEST(a_call_is_answered),
        TEST(the_checksum_is_that_of_the_body),
        TEST(request_ids_are_52_letters_and_digits),
        TEST(request_ids_differ),
        TEST(the_content_type_is_echoed_without_parameters),
        TEST(browsers_see_the_ids),
        TEST(an_operation_may_answer_nothing),
        TEST(an_empty_body_is_a_serialization_error),
        TEST(a_broken_body_is_a_server_error),
        TEST(an_unknown_target_has_no_message),
        TEST(an_operation_that_is_not_built_is_unknown),
        TEST(a_missing_target_is_unknown),
        TEST(syntax_comes_before_the_target),
        TEST(the_target_comes_before_the_signature),
        TEST(syntax_comes_before_the_signature),
        TEST(the_signature_comes_before_types),
        TEST(types_come_before_constraints),
        TEST(constraints_come_before_the_handler),
        TEST(operations_choose_the_wording_of_ranges),
        TEST(a_failed_step_leaves_nothing_of_its_reply),
        TEST(content_errors_get_the_prefix_of_their_operation),
        TEST(content_errors_of_other_operations_are_bare),
        TEST(errors_may_have_further_members),
        TEST(clients_do_not_see_what_failed_inside),
        TEST(issues_become_content_errors),
        TEST(every_call_is_observed_once),
        TEST(a_suspended_request_is_answered_when_resumed),
        TEST(a_resumed_step_may_fail),
        TEST(a_resumed_step_may_suspend_again),
        TEST(a_worker_may_write_the_reply),
        TEST(a_worker_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
