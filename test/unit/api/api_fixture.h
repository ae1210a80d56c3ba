/* api_fixture.h - an api whose operations are made for the test, one exchange with it, and what it observed.
 *
 *     GetItem        answers, or fails once it has written its reply if `step_fails`
 *     Query          the same on a worker
 *     DeleteItem     suspends; the request is `suspended`
 *     BatchGetItem   answers nothing
 *     PutItem, Scan  refuse the content of the request
 *     CreateTable    fails a condition, with a further member
 *     DeleteTable    fails inside */
#ifndef STATOR_TEST_API_API_FIXTURE_H
#define STATOR_TEST_API_API_FIXTURE_H

#include "api/api.h"
#include "api/common_shapes.h"
#include "exchange_stub.h"

#include <string.h>

/* ------------------------------------------------------------------ operations */

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

static inline void write_reply(struct api_request *q)
{
    const struct input *in = q->input;
    json_begin_object(&q->json);
    json_member_string(&q->json, "TableName", in->table_name);
    json_member_string(&q->json, "Key", q->identity.access_key_id);
    json_end_object(&q->json);
}

static inline bool answer(struct api_request *q, struct error *err)
{
    write_reply(q);
    if (step_fails)
        return error_set(err, ERR_RESOURCE_NOT_FOUND, "Requested resource not found");
    return true;
}

static inline bool answer_later(struct api_request *q, struct error *err)
{
    (void)err;
    suspended = q;
    api_suspend(q);
    return true;
}

static inline bool answer_elsewhere(struct api_request *q, struct error *err)
{
    (void)err;
    return api_offload(q, workers, answer);
}

static inline bool answer_nothing(struct api_request *q, struct error *err)
{
    (void)q;
    (void)err;
    return true;
}

static inline bool refuse_content(struct api_request *q, struct error *err)
{
    error_set(err, ERR_VALIDATION, "ExpressionAttributeValues must not be empty");
    return api_content_error(q, err);
}

static inline bool fail_condition(struct api_request *q, struct error *err)
{
    q->error_members = SLICE("\"Item\":{\"id\":{\"S\":\"1\"}}");
    return error_set(err, ERR_CONDITIONAL_CHECK_FAILED, "The conditional request failed");
}

static inline bool fail_inside(struct api_request *q, struct error *err)
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
static struct http_exchange x; /* of the case that runs */

static struct {
    unsigned calls;
    unsigned loop;
    enum operation_id operation;
    enum error_code code;
    int64_t latency_ns;
} observed;

static inline void observe(void *arg, unsigned loop, enum operation_id operation, enum error_code code,
                           int64_t latency_ns)
{
    assert_ptr_equal(arg, &observed);
    observed.calls++;
    observed.loop = loop;
    observed.operation = operation;
    observed.code = code;
    observed.latency_ns = latency_ns;
}

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
{
    (void)state;
    workers_free(workers);
    arena_release(&x.arena);
    api_release(&api);
    return 0;
}

static inline void header(const char *name, const char *value)
{
    x.fields[x.field_count++] = (struct field){slice_from_cstr(name), slice_from_cstr(value)};
}

/* A POST as SDKs send it. */
static inline void call(const char *operation, const char *body)
{
    char *target = arena_printf(&x.arena, "DynamoDB_20120810.%s", operation);
    header("content-type", "application/x-amz-json-1.0");
    header("x-amz-target", target);
    x.body = slice_from_cstr(body);
    api_handle(&x, &api);
}

static inline const char *reply_header(const char *name)
{
    struct slice value = field_value(x.reply_fields, slice_from_cstr(name));
    return slice_is_none(value) ? NULL : arena_copy_cstr(&x.arena, value);
}

static inline void assert_reply(unsigned status, const char *body)
{
    assert_int_equal(x.replies, 1);
    assert_string_equal(arena_copy_cstr(&x.arena, x.reply_body), body);
    assert_int_equal(x.status, status);
}

static inline void assert_error(const char *type, const char *rest)
{
    assert_reply(400, arena_printf(&x.arena, "{\"__type\":\"%s\"%s}", type, rest));
}

#define CORAL           "com.amazon.coral.service#"
#define GOOD            "{\"TableName\":\"abc\"}"
#define NOT_JSON        "{\"TableName\":\"abc\""

#define TEST_CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
