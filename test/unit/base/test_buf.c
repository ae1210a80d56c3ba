#include "base/buf.h"
#include "support/cmocka.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int open_arena(void **state)
{
    static struct arena a;
    arena_init(&a, 256);
    *state = &a;
    return 0;
}

static int close_arena(void **state)
{
    arena_release(*state);
    return 0;
}

static void assert_text(const struct buf *b, const char *expected)
{
    assert_int_equal(b->size, strlen(expected));
    assert_memory_equal(b->data, expected, b->size);
}

static void what_is_appended_follows(void **state)
{
    struct buf b;
    buf_init(&b, *state, 2);
    buf_append(&b, SLICE("one"));
    buf_append(&b, SLICE(""));
    buf_append(&b, SLICE_NONE);
    buf_append_byte(&b, ' ');
    buf_append_literal(&b, "two");
    buf_printf(&b, " %d%s", 3, "!");
    assert_text(&b, "one two 3!");
    assert_true(slice_equal(buf_slice(&b), SLICE("one two 3!")));
}

static void growing_keeps_the_contents(void **state)
{
    struct buf b;
    buf_init(&b, *state, 0);
    for (int i = 0; i < 5000; i++) {
        buf_append_byte(&b, (char)i);
        if (i % 97 == 0)
            arena_alloc_bytes(*state, 1);
    }
    for (int i = 0; i < 5000; i++)
        assert_int_equal((unsigned char)b.data[i], (unsigned char)i);
}

static void integers_are_decimal_also_the_extreme_ones(void **state)
{
    const int64_t values[] = {0, 1, -1, 9, 10, 1234567890, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct buf b;
        char expected[32];
        buf_init(&b, *state, 1);
        buf_append_i64(&b, values[i]);
        snprintf(expected, sizeof expected, "%" PRId64, values[i]);
        assert_text(&b, expected);
    }
}

static void reserved_room_is_the_callers_to_fill(void **state)
{
    struct buf b;
    buf_init(&b, *state, 4);
    char *at = buf_reserve(&b, 100);
    memset(at, 'r', 100);
    b.size += 60;
    assert_int_equal(buf_slice(&b).size, 60);
    buf_append_byte(&b, 'e');
    assert_int_equal(b.data[59], 'r');
    assert_int_equal(b.data[60], 'e');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_appended_follows, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(growing_keeps_the_contents, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(integers_are_decimal_also_the_extreme_ones, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(reserved_room_is_the_callers_to_fill, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
