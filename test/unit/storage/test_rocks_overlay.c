#include "storage/rocksdb/rocks_overlay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After the four above, as cmocka asks. */
#include <cmocka.h>

#include "storage/rocksdb/rocks_format.h"

#include <stdio.h>
#include <string.h>

static struct rocks_overlay overlay;
static struct arena arena;

static int open_overlay(void **state)
{
    (void)state;
    arena_init(&arena, 4096);
    rocks_overlay_init(&overlay);
    return 0;
}

static int close_overlay(void **state)
{
    (void)state;
    rocks_overlay_release(&overlay);
    arena_release(&arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_overlay, close_overlay)

static void add(const char *key, const char *value)
{
    struct slice k = arena_copy(&arena, slice_from_cstr(key));
    struct slice v = value ? arena_copy(&arena, slice_from_cstr(value)) : SLICE_NONE;
    enum rocks_change_kind kind = value ? ROCKS_CHANGE_PUT : ROCKS_CHANGE_DELETE;
    rocks_overlay_add(
        &overlay,
        (struct rocks_change){.kind = kind, .fingerprint = rocks_key_fingerprint(k), .key = k, .sealed = v});
}

static const struct rocks_change *find(const char *key)
{
    struct slice k = slice_from_cstr(key);
    return rocks_overlay_find(&overlay, k, rocks_key_fingerprint(k));
}

static void assert_value(const char *key, const char *expected)
{
    const struct rocks_change *change = find(key);
    assert_non_null(change);
    assert_true(slice_equal(change->sealed, slice_from_cstr(expected)));
}

static void newest_change_of_a_key_is_found(void **state)
{
    (void)state;
    assert_null(find("a"));
    add("a", "1");
    add("b", "2");
    add("a", "3");
    assert_value("a", "3");
    assert_value("b", "2");
    assert_null(find("c"));
    add("b", NULL);
    assert_int_equal(find("b")->kind, ROCKS_CHANGE_DELETE);
}

static void rollback_brings_back_what_was_before(void **state)
{
    (void)state;
    add("a", "1");
    size_t mark = overlay.count;
    add("a", "2");
    add("b", "3");
    rocks_overlay_add(&overlay, (struct rocks_change){.kind = ROCKS_CHANGE_DROP_SPACE, .space = 7});
    rocks_overlay_rollback(&overlay, mark);
    assert_value("a", "1");
    assert_null(find("b"));
    rocks_overlay_rollback(&overlay, 0);
    assert_null(find("a"));
}

static void growing_and_rolling_back_keep_thousands_apart(void **state)
{
    (void)state;
    char key[16], value[16];
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 3000; i++) {
            snprintf(key, sizeof key, "key%d", i);
            snprintf(value, sizeof value, "%d-%d", round, i);
            add(key, value);
        }
    assert_value("key17", "1-17");
    rocks_overlay_rollback(&overlay, 3000);
    for (int i = 0; i < 3000; i++) {
        snprintf(key, sizeof key, "key%d", i);
        snprintf(value, sizeof value, "0-%d", i);
        assert_value(key, value);
    }
}

static void reset_forgets(void **state)
{
    (void)state;
    rocks_overlay_reset(&overlay);
    add("a", "1");
    rocks_overlay_reset(&overlay);
    assert_null(find("a"));
    assert_int_equal(overlay.count, 0);
    add("b", "2");
    assert_null(find("a"));
    assert_value("b", "2");
}

static void range_is_sorted_and_has_each_key_once(void **state)
{
    (void)state;
    struct rocks_change *changes;
    add("c", "1");
    add("a", "2");
    add("b", "3");
    add("b", "4");
    add("d", NULL);
    add("e", "5");
    rocks_overlay_add(&overlay, (struct rocks_change){.kind = ROCKS_CHANGE_DROP_SPACE, .space = 7});
    assert_int_equal(rocks_overlay_range(&overlay, SLICE("b"), SLICE("e"), &arena, &changes), 3);
    assert_true(slice_equal(changes[0].key, SLICE("b")) && slice_equal(changes[0].sealed, SLICE("4")));
    assert_true(slice_equal(changes[1].key, SLICE("c")));
    assert_true(slice_equal(changes[2].key, SLICE("d")) && changes[2].kind == ROCKS_CHANGE_DELETE);
    assert_int_equal(rocks_overlay_range(&overlay, SLICE("d"), SLICE(""), &arena, &changes), 2);
    assert_int_equal(rocks_overlay_range(&overlay, SLICE("f"), SLICE(""), &arena, &changes), 0);
}

static void assert_newest(const struct rocks_change *change, const char *key, const char *value)
{
    assert_true(slice_equal(change->key, slice_from_cstr(key)));
    if (value)
        assert_true(change->kind == ROCKS_CHANGE_PUT && slice_equal(change->sealed, slice_from_cstr(value)));
    else
        assert_int_equal(change->kind, ROCKS_CHANGE_DELETE);
}

/* Keys that are equal in their first eight bytes, or are no longer than these, are told apart like all others. */
static void newest_changes_are_in_key_order_and_each_key_is_there_once(void **state)
{
    (void)state;
    const struct rocks_change **newest;
    add("same start, b", "1");
    add("same start, a", "2");
    add("z", "3");
    add("same sta", "4");
    rocks_overlay_add(&overlay, (struct rocks_change){.kind = ROCKS_CHANGE_DROP_SPACE, .space = 7});
    add("a", "5");
    add("same start, b", NULL);
    add("z", NULL);
    add("z", "6");
    add("same start, b", "7");
    add("b", "8");
    add("b", NULL);
    assert_int_equal(rocks_overlay_newest(&overlay, &arena, &newest), 6);
    assert_newest(newest[0], "a", "5");
    assert_newest(newest[1], "b", NULL);
    assert_newest(newest[2], "same sta", "4");
    assert_newest(newest[3], "same start, a", "2");
    assert_newest(newest[4], "same start, b", "7");
    assert_newest(newest[5], "z", "6");
}

static void thousands_of_newest_changes_are_in_key_order(void **state)
{
    (void)state;
    const struct rocks_change **newest;
    char key[16];
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 3001; i++) {
            snprintf(key, sizeof key, "%d", i * 7919 % 3001);
            add(key, round ? key : "old");
        }
    size_t count = rocks_overlay_newest(&overlay, &arena, &newest);
    assert_int_equal(count, 3001);
    for (size_t i = 0; i < count; i++) {
        assert_true(slice_equal(newest[i]->sealed, newest[i]->key));
        assert_true(i == 0 || slice_compare(newest[i - 1]->key, newest[i]->key) < 0);
    }
}

static void nothing_changed_is_no_newest_change(void **state)
{
    (void)state;
    const struct rocks_change **newest;
    assert_int_equal(rocks_overlay_newest(&overlay, &arena, &newest), 0);
    rocks_overlay_add(&overlay, (struct rocks_change){.kind = ROCKS_CHANGE_DROP_SPACE, .space = 7});
    assert_int_equal(rocks_overlay_newest(&overlay, &arena, &newest), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(newest_change_of_a_key_is_found),
        TEST(rollback_brings_back_what_was_before),
        TEST(growing_and_rolling_back_keep_thousands_apart),
        TEST(reset_forgets),
        TEST(range_is_sorted_and_has_each_key_once),
        TEST(newest_changes_are_in_key_order_and_each_key_is_there_once),
        TEST(thousands_of_newest_changes_are_in_key_order),
        TEST(nothing_changed_is_no_newest_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
