#include "base/error.h"
#include "support/cmocka.h"

#include <string.h>

static struct arena arena;

static struct error new_error(void)
{
    struct error err;
    arena_reset(&arena);
    error_init(&err, &arena);
    return err;
}

static void error_is_none_until_set(void **state)
{
    (void)state;
    struct error err = new_error();
    assert_int_equal(err.code, ERR_NONE);
    assert_null(err.message);
}

static void set_tells_message_and_origin_and_returns_false(void **state)
{
    (void)state;
    struct error err = new_error();
    bool result = error_set(&err, ERR_VALIDATION, "bad %s %d", "thing", 7);
    int line = __LINE__ - 1;
    assert_false(result);
    assert_int_equal(err.code, ERR_VALIDATION);
    assert_string_equal(err.message, "bad thing 7");
    assert_null(err.detail);
    assert_non_null(strstr(err.file, "test_error.c"));
    assert_int_equal(err.line, line);
}

static void null_format_is_an_error_without_message(void **state)
{
    (void)state;
    struct error err = new_error();
    error_set(&err, ERR_VALIDATION, "first");
    assert_false(error_set_at(&err, ERR_SERIALIZATION, "file.c", 1, NULL));
    assert_int_equal(err.code, ERR_SERIALIZATION);
    assert_null(err.message);
}

static void later_error_replaces_an_earlier_one_and_its_detail(void **state)
{
    (void)state;
    struct error err = new_error();
    error_set(&err, ERR_STORAGE, "one");
    error_add_detail(&err, "cause");
    error_set(&err, ERR_INTERNAL, "two");
    assert_string_equal(err.message, "two");
    assert_null(err.detail);
}

static void details_are_put_in_front(void **state)
{
    (void)state;
    struct error err = new_error();
    error_set(&err, ERR_STORAGE, "message");
    assert_false(error_add_detail(&err, "read %d", 5));
    assert_string_equal(err.detail, "read 5");
    error_add_detail(&err, "open");
    assert_string_equal(err.detail, "open: read 5");
    assert_string_equal(err.message, "message");
}

/* semantics.md section 1.3. */
static void codes_have_the_names_and_statuses_of_the_wire(void **state)
{
    (void)state;
    assert_string_equal(error_code_wire_type(ERR_VALIDATION),
                        "com.amazon.coral.validate#ValidationException");
    assert_string_equal(error_code_wire_type(ERR_RESOURCE_NOT_FOUND),
                        "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException");
    assert_string_equal(error_code_wire_type(ERR_SERIALIZATION),
                        "com.amazon.coral.service#SerializationException");
    assert_string_equal(error_code_wire_type(ERR_THROTTLING),
                        "com.amazon.coral.availability#ThrottlingException");
    assert_string_equal(error_code_message_member(ERR_VALIDATION), "message");
    assert_string_equal(error_code_message_member(ERR_SERIALIZATION), "Message");
    assert_int_equal(error_code_http_status(ERR_CONDITIONAL_CHECK_FAILED), 400);
    assert_int_equal(error_code_http_status(ERR_INTERNAL), 500);
    assert_int_equal(error_code_http_status(ERR_UNAVAILABLE), 503);
    assert_int_equal(error_code_http_status(ERR_TOO_LARGE), 413);
    assert_string_equal(error_code_name(ERR_NO_SPACE), "ERR_NO_SPACE");
}

static void every_code_reaches_clients_as_something(void **state)
{
    (void)state;
    for (int code = ERR_NONE + 1; code < ERR_COUNT; code++) {
        assert_non_null(strchr(error_code_wire_type((enum error_code)code), '#'));
        assert_in_range(error_code_http_status((enum error_code)code), 400, 599);
    }
}

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena, 256);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_is_none_until_set),
        cmocka_unit_test(set_tells_message_and_origin_and_returns_false),
        cmocka_unit_test(null_format_is_an_error_without_message),
        cmocka_unit_test(later_error_replaces_an_earlier_one_and_its_detail),
        cmocka_unit_test(details_are_put_in_front),
        cmocka_unit_test(codes_have_the_names_and_statuses_of_the_wire),
        cmocka_unit_test(every_code_reaches_clients_as_something),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
