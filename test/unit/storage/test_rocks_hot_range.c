/* What is remembered of ranges: what a scan is given out of memory, and when it has to look for itself. */
#include "storage/rocksdb/rocks_hot_range.h"

#include "storage/rocksdb/rocks_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { BUDGET_BYTES = 1 << 20, SPACE = 20, WHOLE = 1000 };

struct fixture {
    struct rocks_hot *hot;
    struct arena arena;
    struct rocks_hot_range range;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    arena_init(&f->arena, 4096);
    f->hot = rocks_hot_new(BUDGET_BYTES);
    assert_non_null(f->hot);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    rocks_hot_free(f->hot);
    arena_release(&f->arena);
    free(f);
    return 0;
}

static struct slice key_of(struct fixture *f, uint32_t space, const char *partition, const char *sort)
{
    struct storage_key key = {space, slice_from_cstr(partition), slice_from_cstr(sort)};
    char *bytes = arena_alloc_bytes(&f->arena, rocks_key_size(&key));
    rocks_key_encode(bytes, &key);
    return slice_of(bytes, rocks_key_size(&key));
}

static void open_range(struct fixture *f, uint64_t view_commit, const char *partition, const char *from,
                       const char *to, bool reverse)
{
    rocks_hot_range_open(&f->range, f->hot, view_commit, key_of(f, SPACE, partition, from),
                         key_of(f, SPACE, partition, to), reverse, &f->arena);
}

/* A scan of at most `steps` steps over a partition that holds the letters of `stored`, each with its own as value: what it was
 * given out of memory, a "." for the end, then "|" and the letters for which it had to look, and "." for the end. */
static const char *scan_range(struct fixture *f, const char *stored, int steps)
{
    struct buf seen;
    size_t given = 0;
    bool unknown = false, ended = false;
    buf_init(&seen, &f->arena, 64);
    for (int i = 0; i < steps && !ended; i++) {
        struct slice sort, value;
        if (!unknown) {
            switch (rocks_hot_range_next(&f->range, &sort, &value)) {
            case ROCKS_HOT_RANGE_ENTRY:
                assert_true(slice_equal(sort, value));
                buf_append(&seen, sort);
                given++;
                continue;
            case ROCKS_HOT_RANGE_END:
                buf_append_byte(&seen, '.');
                ended = true;
                continue;
            case ROCKS_HOT_RANGE_UNKNOWN:
                buf_append_byte(&seen, '|');
                unknown = true;
            }
        }
        struct slice letter = slice_of(stored + given, stored[given] ? 1 : 0);
        ended = letter.size == 0;
        if (ended)
            rocks_hot_range_add_end(&f->range);
        else
            rocks_hot_range_add(&f->range, letter, letter);
        buf_append(&seen, ended ? SLICE(".") : letter);
        given++;
    }
    rocks_hot_range_close(&f->range);
    buf_append_byte(&seen, '\0');
    return seen.data;
}

static const char *scan(struct fixture *f, uint64_t view_commit, const char *partition, const char *stored,
                        int steps)
{
    open_range(f, view_commit, partition, "", "\xff", false);
    return scan_range(f, stored, steps);
}

static void a_range_is_remembered_when_it_is_asked_for_again(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(scan(f, 5, "p", "abc", WHOLE), "|abc.");
    assert_int_equal(rocks_hot_bytes(f->hot), 0);
    assert_string_equal(scan(f, 5, "p", "abc", WHOLE), "|abc.");
    assert_string_equal(scan(f, 5, "p", "???", WHOLE), "abc.");
    assert_string_equal(scan(f, 9, "p", "???", WHOLE), "abc.");
    assert_string_equal(scan(f, 5, "p", "???", 2), "ab");
}

static void that_there_is_nothing_is_remembered_too(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 2; i++)
        assert_string_equal(scan(f, 5, "p", "", WHOLE), "|.");
    assert_string_equal(scan(f, 5, "p", "???", WHOLE), ".");
}

static void a_beginning_is_remembered_and_grows_with_who_goes_further(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 2; i++)
        assert_string_equal(scan(f, 5, "p", "abcdef", 2), "|ab");
    assert_string_equal(scan(f, 5, "p", "??cdef", 4), "ab|cd");
    assert_string_equal(scan(f, 5, "p", "????ef", 3), "abc");
    assert_string_equal(scan(f, 5, "p", "????ef", WHOLE), "abcd|ef.");
    assert_string_equal(scan(f, 5, "p", "??????", WHOLE), "abcdef.");
}

static void nothing_is_learned_from_who_has_seen_nothing(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++)
        assert_string_equal(scan(f, 5, "p", "abc", 0), "");
    assert_int_equal(rocks_hot_bytes(f->hot), 0);
}

static void other_bounds_and_directions_are_other_ranges(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *from, *to, *stored;
        bool reverse;
    } ranges[] = {
        {"a", "c", "ab", false}, {"a", "c", "ba", true}, {"a", "b", "a", false}, {"b", "c", "b", false}};
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
            for (int again = 0; again < 3; again++) {
                bool known = round > 0 || again > 1;
                char expected[8];
                open_range(f, 5, "p", ranges[i].from, ranges[i].to, ranges[i].reverse);
                snprintf(expected, sizeof expected, known ? "%s." : "|%s.", ranges[i].stored);
                assert_string_equal(scan_range(f, known ? "??" : ranges[i].stored, WHOLE), expected);
            }
}

static void a_change_in_the_partition_forgets_every_range_of_it(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 2; i++) {
        scan(f, 5, "p", "abc", WHOLE);
        scan(f, 5, "q", "xyz", WHOLE);
    }
    for (int i = 0; i < 2; i++) {
        open_range(f, 5, "p", "a", "b", false);
        scan_range(f, "a", WHOLE);
    }
    rocks_hot_range_change(f->hot, key_of(f, SPACE, "p", "far away"), 6);
    assert_string_equal(scan(f, 6, "p", "abcd", WHOLE), "|abcd.");
    open_range(f, 6, "p", "a", "b", false);
    assert_string_equal(scan_range(f, "a", WHOLE), "|a.");
    assert_string_equal(scan(f, 6, "q", "???", WHOLE), "xyz.");
}

static void a_view_before_the_change_is_neither_answered_nor_believed(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 2; i++)
        scan(f, 5, "p", "abc", WHOLE);
    open_range(f, 5, "p", "", "\xff", false);
    struct rocks_hot_range before = f->range;
    rocks_hot_range_change(f->hot, key_of(f, SPACE, "p", "b"), 6);
    f->range = before;
    assert_string_equal(scan_range(f, "???", WHOLE), "abc."); /* it has borrowed what it reads */
    assert_int_equal(rocks_hot_bytes(f->hot), 0);
    for (int i = 0; i < 3; i++)
        assert_string_equal(scan(f, 5, "p", "abc", WHOLE), "|abc.");
    assert_int_equal(rocks_hot_bytes(f->hot), 0);
    assert_string_equal(scan(f, 6, "p", "ac", WHOLE), "|ac.");
    assert_string_equal(scan(f, 7, "p", "??", WHOLE), "ac.");
}

static void a_change_while_a_scan_reads_is_not_covered_up(void **state)
{
    struct fixture *f = *state;
    scan(f, 5, "p", "abc", WHOLE);
    open_range(f, 5, "p", "", "\xff", false);
    rocks_hot_range_change(f->hot, key_of(f, SPACE, "p", "b"), 6);
    assert_string_equal(scan_range(f, "abc", WHOLE), "|abc.");
    assert_string_equal(scan(f, 6, "p", "ac", WHOLE), "|ac.");
}

static void a_long_range_is_not_remembered_and_not_in_parts(void **state)
{
    struct fixture *f = *state;
    static char value[1024];
    for (int round = 0; round < 3; round++) {
        struct slice sort;
        struct slice found;
        open_range(f, 5, "p", "", "\xff", false);
        for (int i = 0; i < 40; i++) {
            assert_int_equal(rocks_hot_range_next(&f->range, &sort, &found), ROCKS_HOT_RANGE_UNKNOWN);
            rocks_hot_range_add(&f->range, slice_of(&i, sizeof i), slice_of(value, sizeof value));
        }
        rocks_hot_range_add_end(&f->range);
        rocks_hot_range_close(&f->range);
        assert_int_equal(rocks_hot_bytes(f->hot), 0);
    }
}

static void logs_are_not_told_of(void **state)
{
    struct fixture *f = *state;
    struct slice log = key_of(f, SPACE | STORAGE_SPACE_LOG, "p", "b");
    rocks_hot_range_expect_change(f->hot, log);
    rocks_hot_range_change(f->hot, log, 9);
    assert_true(rocks_hot_unchanged(f->hot, rocks_partition_fingerprint(log), 8));
}

static void without_a_cache_everybody_looks_for_himself(void **state)
{
    struct fixture *f = *state;
    rocks_hot_free(f->hot);
    f->hot = NULL;
    for (int i = 0; i < 3; i++)
        assert_string_equal(scan(f, 5, "p", "abc", WHOLE), "|abc.");
    rocks_hot_range_change(NULL, key_of(f, SPACE, "p", "b"), 6);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_range_is_remembered_when_it_is_asked_for_again),
        CASE(that_there_is_nothing_is_remembered_too),
        CASE(a_beginning_is_remembered_and_grows_with_who_goes_further),
        CASE(nothing_is_learned_from_who_has_seen_nothing),
        CASE(other_bounds_and_directions_are_other_ranges),
        CASE(a_change_in_the_partition_forgets_every_range_of_it),
        CASE(a_view_before_the_change_is_neither_answered_nor_believed),
        CASE(a_change_while_a_scan_reads_is_not_covered_up),
        CASE(a_long_range_is_not_remembered_and_not_in_parts),
        CASE(logs_are_not_told_of),
        CASE(without_a_cache_everybody_looks_for_himself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
