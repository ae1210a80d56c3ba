#include "base/log.h"
#include "support/cmocka.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CAPTURED_BYTES = 20000 };

static char captured[CAPTURED_BYTES];
static int saved_stderr;
static int ends[2];

static void capture_start(void)
{
    saved_stderr = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
}

static size_t capture_end(void)
{
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    ssize_t size = read(ends[0], captured, sizeof captured - 1);
    close(ends[0]);
    assert_true(size >= 0);
    captured[size] = '\0';
    return (size_t)size;
}

static int defaults(void **state)
{
    (void)state;
    log_configure(LOG_FORMAT_TEXT, LOG_INFO);
    return 0;
}

static void text_line_has_time_level_message_and_fields(void **state)
{
    (void)state;
    capture_start();
    log_event(LOG_INFO, "store opened", LOG_TEXT("path", "/data"), LOG_NUMBER("tables", -3));
    capture_end();
    assert_int_equal(captured[10], 'T');
    assert_non_null(strstr(captured, "Z info store opened path=\"/data\" tables=-3\n"));
}

static void message_may_stand_alone(void **state)
{
    (void)state;
    capture_start();
    log_event(LOG_WARNING, "nothing more");
    capture_end();
    assert_non_null(strstr(captured, " warning nothing more\n"));
}

static void json_line_is_one_object(void **state)
{
    (void)state;
    log_configure(LOG_FORMAT_JSON, LOG_INFO);
    capture_start();
    log_event(LOG_ERROR, "failed", LOG_TEXT("why", "a \"b\"\n"), LOG_NUMBER("n", 5));
    size_t size = capture_end();
    assert_int_equal(memcmp(captured, "{\"time\":\"", 9), 0);
    assert_non_null(strstr(
        captured, "\"level\":\"error\",\"message\":\"failed\",\"why\":\"a \\\"b\\\"\\u000a\",\"n\":5}\n"));
    assert_int_equal(captured[size - 1], '\n');
}

static void lower_levels_are_left_out(void **state)
{
    (void)state;
    log_configure(LOG_FORMAT_TEXT, LOG_WARNING);
    capture_start();
    log_event(LOG_DEBUG, "no");
    log_event(LOG_INFO, "no");
    log_event(LOG_WARNING, "yes");
    log_event(LOG_ERROR, "yes");
    capture_end();
    assert_null(strstr(captured, "no"));
    assert_non_null(strstr(strstr(captured, "yes") + 3, "yes"));
}

static void input_cannot_forge_a_line(void **state)
{
    (void)state;
    capture_start();
    log_event(LOG_INFO, "request", LOG_SLICE("agent", SLICE("x\n2026 error forged\r\x7f\0y")));
    size_t size = capture_end();
    assert_int_equal(strlen(captured), size);
    assert_ptr_equal(strchr(captured, '\n'), captured + size - 1);
    assert_non_null(strstr(captured, "\\u000d\\u007f\\u0000y\""));
}

static void long_line_is_cut_and_still_ends(void **state)
{
    (void)state;
    static char text[10000];
    memset(text, 'x', sizeof text - 1);
    capture_start();
    log_event(LOG_INFO, "long", LOG_TEXT("text", text));
    size_t size = capture_end();
    assert_int_equal(size, 4096);
    assert_int_equal(captured[size - 1], '\n');
}

static void error_is_logged_with_its_detail_and_origin(void **state)
{
    (void)state;
    struct arena arena;
    struct error err;
    arena_init(&arena, 256);
    error_init(&err, &arena);
    error_set(&err, ERR_STORAGE, "Internal server error");
    error_add_detail(&err, "disk on fire");
    capture_start();
    log_error(LOG_ERROR, "write failed", &err);
    err = (struct error){.arena = &arena, .code = ERR_SERIALIZATION};
    log_error(LOG_ERROR, "no texts", &err);
    capture_end();
    assert_non_null(
        strstr(captured, "code=\"ERR_STORAGE\" error=\"Internal server error\" detail=\"disk on fire\""));
    assert_non_null(strstr(captured, "test_log.c"));
    assert_non_null(strstr(captured, "no texts code=\"ERR_SERIALIZATION\" error=\"\""));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(text_line_has_time_level_message_and_fields, defaults),
        cmocka_unit_test_setup(message_may_stand_alone, defaults),
        cmocka_unit_test_setup(json_line_is_one_object, defaults),
        cmocka_unit_test_setup(lower_levels_are_left_out, defaults),
        cmocka_unit_test_setup(input_cannot_forge_a_line, defaults),
        cmocka_unit_test_setup(long_line_is_cut_and_still_ends, defaults),
        cmocka_unit_test_setup(error_is_logged_with_its_detail_and_origin, defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
