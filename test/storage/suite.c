/* What storage.h promises, asked of every backend, of a space of either kind: storage_suite disk|memory|faulty [log]. */
#include "harness.h"

#include "base/buf.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum harness_kind suite_kind;

static int open_harness(void **state)
{
    struct harness *h = malloc(sizeof *h);
    harness_open(h, suite_kind);
    *state = h;
    return 0;
}

static int close_harness(void **state)
{
    harness_close(*state);
    free(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_harness, close_harness)

/* ------------------------------------------------------------------ entries */

static void put_entry_is_read_back(void **state)
{
    struct harness *h = *state;
    harness_put(h, "p", SLICE("s"), SLICE("value"));
    assert_slice(harness_get(h, "p", SLICE("s")), "value");
}

static void absent_entry_is_not_an_error(void **state)
{
    struct harness *h = *state;
    harness_put(h, "p", SLICE("s"), SLICE("value"));
    assert_slice(harness_get(h, "p", SLICE("t")), NULL);
    assert_slice(harness_get(h, "p", SLICE("")), NULL);
    assert_slice(harness_get(h, "ps", SLICE("")), NULL);
    assert_slice(harness_get(h, "q", SLICE("s")), NULL);
    assert_slice(harness_get_from(h, SPACE + 1, "p", SLICE("s")), NULL);
}

static void put_replaces_and_delete_removes(void **state)
{
    struct harness *h = *state;
    harness_put(h, "p", SLICE("s"), SLICE("one"));
    harness_put(h, "p", SLICE("s"), SLICE("two"));
    assert_slice(harness_get(h, "p", SLICE("s")), "two");
    harness_delete(h, "p", SLICE("s"));
    assert_slice(harness_get(h, "p", SLICE("s")), NULL);
    harness_delete(h, "p", SLICE("s"));
}

static void empty_sort_empty_value_and_empty_partition_are_entries(void **state)
{
    struct harness *h = *state;
    harness_put(h, "p", SLICE(""), SLICE(""));
    harness_put(h, "", SLICE(""), SLICE("nothing"));
    assert_slice(harness_get(h, "p", SLICE("")), "");
    assert_slice(harness_get(h, "", SLICE("")), "nothing");
    assert_string_equal(harness_scan(h, "p", ANY_BOUND, ANY_BOUND, false), "= ");
}

static void keys_and_values_hold_any_byte(void **state)
{
    struct harness *h = *state;
    char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    struct storage_key key = {SPACE, slice_of(all, 256), slice_of(all, 256)};
    struct storage_view *view;
    struct slice value;
    bool found;
    harness_put(h, "p", SLICE("a\0b"), SLICE("1\0"));
    harness_put(h, "p", SLICE("a"), SLICE("2"));
    harness_put(h, "p", SLICE("a\0"), slice_of(all, 256));
    view = storage_view_take(h->store);
    assert_true(storage_view_get(view, &key, &h->arena, &value, &found, &h->err));
    assert_false(found);
    key = harness_key("p", SLICE("a\0"));
    assert_true(storage_view_get(view, &key, &h->arena, &value, &found, &h->err));
    assert_true(found && slice_equal(value, slice_of(all, 256)));
    key = harness_key("p", SLICE("a\0b"));
    assert_true(storage_view_get(view, &key, &h->arena, &value, &found, &h->err));
    assert_true(found && slice_equal(value, SLICE("1\0")));
    storage_view_release(view);
}

static void largest_partition_and_large_value_are_kept(void **state)
{
    struct harness *h = *state;
    char *partition = arena_alloc(&h->arena, STORAGE_PARTITION_BYTES_MAX + 1);
    memset(partition, 0xff, STORAGE_PARTITION_BYTES_MAX);
    partition[STORAGE_PARTITION_BYTES_MAX] = '\0';
    char *value = arena_alloc(&h->arena, 500000);
    memset(value, 'v', 500000);
    harness_put(h, partition, SLICE("\xff"), slice_of(value, 500000));
    harness_put(h, partition, SLICE("\xff\xff"), SLICE("2"));
    struct slice read = harness_get(h, partition, SLICE("\xff"));
    assert_true(slice_equal(read, slice_of(value, 500000)));
    harness_put(h, partition, SLICE("\xff"), SLICE("1"));
    assert_string_equal(harness_scan(h, partition, ANY_BOUND, ANY_BOUND, false), "\xff=1 \xff\xff=2 ");
    assert_string_equal(harness_scan(h, partition, ANY_BOUND, ANY_BOUND, true), "\xff\xff=2 \xff=1 ");
}

/* ------------------------------------------------------------------ scans of a partition */

static void fill_letters(struct harness *h)
{
    static const char *const sorts[] = {"c", "a", "bb", "b", "ba", "d"};
    for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++)
        harness_put(h, "p", slice_from_cstr(sorts[i]), SLICE("1"));
    harness_put(h, "o", SLICE("b"), SLICE("other"));
    harness_put(h, "q", SLICE("b"), SLICE("other"));
    harness_put(h, "pb", SLICE(""), SLICE("other"));
}

static void partition_is_in_byte_order_both_ways(void **state)
{
    struct harness *h = *state;
    fill_letters(h);
    harness_put(h, "p", SLICE("\xff"), SLICE("1"));
    harness_put(h, "p", SLICE("Z"), SLICE("1"));
    assert_string_equal(harness_scan(h, "p", ANY_BOUND, ANY_BOUND, false),
                        "Z=1 a=1 b=1 ba=1 bb=1 c=1 d=1 \xff=1 ");
    assert_string_equal(harness_scan(h, "p", ANY_BOUND, ANY_BOUND, true),
                        "\xff=1 d=1 c=1 bb=1 ba=1 b=1 a=1 Z=1 ");
    assert_string_equal(harness_scan(h, "absent", ANY_BOUND, ANY_BOUND, false), "");
    assert_string_equal(harness_scan(h, "absent", ANY_BOUND, ANY_BOUND, true), "");
}

static void bounds_include_and_exclude(void **state)
{
    struct harness *h = *state;
    fill_letters(h);
    for (int reverse = 0; reverse < 2; reverse++) {
        const char *inside = reverse ? "bb=1 ba=1 " : "ba=1 bb=1 ";
        assert_string_equal(harness_scan(h, "p", EXCLUSIVE("b"), EXCLUSIVE("c"), reverse), inside);
        assert_string_equal(harness_scan(h, "p", INCLUSIVE("ba"), INCLUSIVE("bb"), reverse), inside);
        assert_string_equal(harness_scan(h, "p", INCLUSIVE("b0"), INCLUSIVE("bz"), reverse), inside);
        assert_string_equal(harness_scan(h, "p", EXCLUSIVE("b0"), EXCLUSIVE("bz"), reverse), inside);
        assert_string_equal(harness_scan(h, "p", INCLUSIVE("b"), INCLUSIVE("b"), reverse), "b=1 ");
        assert_string_equal(harness_scan(h, "p", EXCLUSIVE("c"), ANY_BOUND, reverse), "d=1 ");
        assert_string_equal(harness_scan(h, "p", ANY_BOUND, EXCLUSIVE("b"), reverse), "a=1 ");
    }
    assert_string_equal(harness_scan(h, "p", ANY_BOUND, INCLUSIVE("b"), true), "b=1 a=1 ");
    assert_string_equal(harness_scan(h, "p", INCLUSIVE("c"), ANY_BOUND, true), "d=1 c=1 ");
}

static void impossible_bounds_give_nothing(void **state)
{
    struct harness *h = *state;
    fill_letters(h);
    for (int reverse = 0; reverse < 2; reverse++) {
        assert_string_equal(harness_scan(h, "p", EXCLUSIVE("b"), EXCLUSIVE("b"), reverse), "");
        assert_string_equal(harness_scan(h, "p", INCLUSIVE("b"), EXCLUSIVE("b"), reverse), "");
        assert_string_equal(harness_scan(h, "p", EXCLUSIVE("b"), INCLUSIVE("b"), reverse), "");
        assert_string_equal(harness_scan(h, "p", INCLUSIVE("c"), INCLUSIVE("a"), reverse), "");
    }
}

static void prefix_bound_takes_all_that_start_so(void **state)
{
    struct harness *h = *state;
    fill_letters(h);
    assert_string_equal(harness_scan(h, "p", INCLUSIVE("b"), PREFIX("b"), false), "b=1 ba=1 bb=1 ");
    assert_string_equal(harness_scan(h, "p", INCLUSIVE("b"), PREFIX("b"), true), "bb=1 ba=1 b=1 ");
    assert_string_equal(harness_scan(h, "p", EXCLUSIVE("ba"), PREFIX("b"), false), "bb=1 ");
    assert_string_equal(harness_scan(h, "p", ANY_BOUND, PREFIX("b"), false), "a=1 b=1 ba=1 bb=1 ");
    assert_string_equal(harness_scan(h, "p", INCLUSIVE(""), PREFIX(""), true), "d=1 c=1 bb=1 ba=1 b=1 a=1 ");
    assert_string_equal(harness_scan(h, "p", INCLUSIVE("bc"), PREFIX("bc"), false), "");
}

static void prefix_of_highest_bytes_ends_with_the_partition(void **state)
{
    struct harness *h = *state;
    harness_put(h, "\xff", SLICE("\xfe\xff"), SLICE("1"));
    harness_put(h, "\xff", SLICE("\xff"), SLICE("2"));
    harness_put(h, "\xff", SLICE("\xff\xff"), SLICE("3"));
    harness_put(h, "\xff", SLICE("\xff\xff\xff"), SLICE("4"));
    harness_put(h, "\xff\xff", SLICE(""), SLICE("other"));
    for (int reverse = 0; reverse < 2; reverse++) {
        assert_string_equal(harness_scan(h, "\xff", INCLUSIVE("\xff\xff"), PREFIX("\xff\xff"), reverse),
                            reverse ? "\xff\xff\xff=4 \xff\xff=3 " : "\xff\xff=3 \xff\xff\xff=4 ");
        assert_string_equal(harness_scan(h, "\xff", INCLUSIVE("\xfe\xff"), PREFIX("\xfe\xff"), reverse),
                            "\xfe\xff=1 ");
    }
}

static void scan_outlives_the_view_it_was_made_from(void **state)
{
    struct harness *h = *state;
    struct storage_partition_range range = {.space = SPACE, .partition = SLICE("p")};
    struct storage_cursor *cursor;
    fill_letters(h);
    struct storage_view *view = storage_view_take(h->store);
    assert_true(storage_view_scan_partition(view, &range, &h->arena, &cursor, &h->err));
    storage_view_release(view);
    harness_delete(h, "p", SLICE("a"));
    harness_put(h, "p", SLICE("e"), SLICE("1"));
    assert_string_equal(harness_list(h, cursor), "a=1 b=1 ba=1 bb=1 c=1 d=1 ");
}

static void cursor_left_open_ends_with_its_arena(void **state)
{
    struct harness *h = *state;
    struct storage_partition_range range = {.space = SPACE, .partition = SLICE("p")};
    struct storage_cursor *cursor;
    struct storage_entry entry;
    bool found;
    fill_letters(h);
    struct storage_view *view = storage_view_take(h->store);
    assert_true(storage_view_scan_partition(view, &range, &h->arena, &cursor, &h->err));
    storage_view_release(view);
    assert_true(storage_cursor_next(cursor, &entry, &found, &h->err) && found);
    assert_slice(entry.partition, "p");
}

/* ------------------------------------------------------------------ scans over hashes */

enum { SCANNED_PARTITIONS = 300 };

static bool put_many_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    for (int i = 0; i < SCANNED_PARTITIONS; i++) {
        char name[16];
        snprintf(name, sizeof name, "part%d", i);
        for (int j = 0; j < 2; j++) {
            struct storage_key key = harness_key(name, slice_of(&"xy"[j], 1));
            if (!storage_tx_put(tx, &key, step->value, err))
                return false;
        }
    }
    return true;
}

static void fill_partitions(struct harness *h)
{
    struct harness_step step = {.value = SLICE("v")};
    assert_int_equal(harness_write(h, put_many_run, &step), ERR_NONE);
    harness_create_space(h, SPACE + 1);
    harness_try_put(h, SPACE + 1, "elsewhere", SLICE(""), SLICE("v"));
}

/* Counts entries by partition and checks their order. Returns how many there were, at most `limit`. */
static int scan_hashes(struct harness *h, struct storage_hash_range *range, int limit, int *seen)
{
    struct storage_view *view = storage_view_take(h->store);
    struct storage_cursor *cursor;
    int count = 0;
    uint64_t last_hash = 0;
    assert_true(storage_view_scan_hash(view, range, &h->arena, &cursor, &h->err));
    while (count < limit) {
        struct storage_entry entry;
        bool found;
        assert_true(storage_cursor_next(cursor, &entry, &found, &h->err));
        if (!found)
            break;
        uint64_t hash = storage_partition_hash(entry.partition);
        assert_true(hash >= range->hash_first && hash <= range->hash_last && hash >= last_hash);
        last_hash = hash;
        seen[atoi(arena_copy_cstr(&h->arena, slice_after(entry.partition, 4)))]++;
        range->resume = true;
        range->after_partition = arena_copy(&h->arena, entry.partition);
        range->after_sort = arena_copy(&h->arena, entry.sort);
        count++;
    }
    storage_cursor_close(cursor);
    storage_view_release(view);
    return count;
}

static void assert_each_seen_twice(const int *seen)
{
    for (int i = 0; i < SCANNED_PARTITIONS; i++)
        assert_int_equal(seen[i], 2);
}

static void hash_ranges_part_a_space_without_gap_or_overlap(void **state)
{
    struct harness *h = *state;
    fill_partitions(h);
    for (uint64_t segments = 1; segments <= 7; segments += 3) {
        int seen[SCANNED_PARTITIONS] = {0};
        for (uint64_t i = 0; i < segments; i++) {
            uint64_t width = UINT64_MAX / segments;
            struct storage_hash_range range = {
                .space = SPACE,
                .hash_first = i * width,
                .hash_last = i == segments - 1 ? UINT64_MAX : (i + 1) * width - 1,
            };
            scan_hashes(h, &range, 1000, seen);
        }
        assert_each_seen_twice(seen);
    }
}

static void one_hash_is_one_partition(void **state)
{
    struct harness *h = *state;
    int seen[SCANNED_PARTITIONS] = {0};
    uint64_t hash = storage_partition_hash(SLICE("part17"));
    struct storage_hash_range range = {.space = SPACE, .hash_first = hash, .hash_last = hash};
    fill_partitions(h);
    assert_int_equal(scan_hashes(h, &range, 1000, seen), 2);
    assert_int_equal(seen[17], 2);
}

static void scan_in_pages_sees_everything_once(void **state)
{
    struct harness *h = *state;
    int seen[SCANNED_PARTITIONS] = {0};
    struct storage_hash_range range = {.space = SPACE, .hash_last = UINT64_MAX};
    fill_partitions(h);
    while (scan_hashes(h, &range, 7, seen) > 0)
        ;
    assert_each_seen_twice(seen);
}

static void scan_resumes_after_a_key_that_is_gone(void **state)
{
    struct harness *h = *state;
    int seen[SCANNED_PARTITIONS] = {0};
    struct storage_hash_range range = {.space = SPACE, .hash_last = UINT64_MAX};
    fill_partitions(h);
    int count = scan_hashes(h, &range, 101, seen);
    char *partition = arena_copy_cstr(&h->arena, range.after_partition);
    harness_delete(h, partition, range.after_sort);
    count += scan_hashes(h, &range, 1000, seen);
    assert_int_equal(count, 2 * SCANNED_PARTITIONS);
    assert_each_seen_twice(seen);
}

static void scan_resumed_behind_its_range_is_empty(void **state)
{
    struct harness *h = *state;
    int seen[SCANNED_PARTITIONS] = {0};
    uint64_t hash = storage_partition_hash(SLICE("part17"));
    fill_partitions(h);
    struct storage_hash_range range = {.space = SPACE,
                                       .hash_first = 0,
                                       .hash_last = hash - 1,
                                       .resume = true,
                                       .after_partition = SLICE("part17"),
                                       .after_sort = SLICE("x")};
    assert_int_equal(scan_hashes(h, &range, 1000, seen), 0);
    range = (struct storage_hash_range){.space = SPACE,
                                        .hash_first = hash + 1,
                                        .hash_last = UINT64_MAX,
                                        .resume = true,
                                        .after_partition = SLICE("part17"),
                                        .after_sort = SLICE("x")};
    scan_hashes(h, &range, 1000, seen);
    assert_int_equal(seen[17], 0);
}

/* ------------------------------------------------------------------ views */

static void view_does_not_see_later_commits(void **state)
{
    struct harness *h = *state;
    harness_put(h, "p", SLICE("a"), SLICE("old"));
    struct storage_view *view = storage_view_take(h->store);
    harness_put(h, "p", SLICE("a"), SLICE("new"));
    harness_put(h, "p", SLICE("b"), SLICE("new"));
    assert_slice(harness_view_get(h, view, "p", SLICE("a")), "old");
    assert_slice(harness_view_get(h, view, "p", SLICE("b")), NULL);
    struct storage_view *later = storage_view_take(h->store);
    assert_slice(harness_view_get(h, later, "p", SLICE("a")), "new");
    assert_int_equal(storage_view_commit(later), storage_view_commit(view) + 2);
    storage_view_release(later);
    storage_view_release(view);
}

static void value_outlives_its_view(void **state)
{
    struct harness *h = *state;
    harness_put(h, "p", SLICE("a"), SLICE("value"));
    struct slice value = harness_get(h, "p", SLICE("a"));
    harness_put(h, "p", SLICE("a"), SLICE("other"));
    assert_slice(value, "value");
}

/* Of what is there, is not, was changed since the view, and is of a size that no cache takes. */
static void what_was_prefetched_is_read_as_before(void **state)
{
    struct harness *h = *state;
    struct slice large = slice_of(arena_zalloc(&h->arena, 300000), 300000);
    const struct storage_key keys[] = {
        harness_key("p", SLICE("a")),     harness_key("p", SLICE("changed")),
        harness_key("p", SLICE("gone")),  harness_key("p", SLICE("absent")),
        harness_key("p", SLICE("large")),
    };
    harness_put(h, "p", SLICE("a"), SLICE("value"));
    harness_put(h, "p", SLICE("changed"), SLICE("old"));
    harness_put(h, "p", SLICE("gone"), SLICE("old"));
    harness_put(h, "p", SLICE("large"), large);
    struct storage_view *view = storage_view_take(h->store);
    harness_put(h, "p", SLICE("changed"), SLICE("new"));
    harness_delete(h, "p", SLICE("gone"));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        storage_view_prefetch(view, &keys[i]);
    assert_slice(harness_view_get(h, view, "p", SLICE("changed")), "old");
    assert_slice(harness_view_get(h, view, "p", SLICE("gone")), "old");
    storage_view_release(view);
    assert_slice(harness_get(h, "p", SLICE("a")), "value");
    assert_slice(harness_get(h, "p", SLICE("changed")), "new");
    assert_slice(harness_get(h, "p", SLICE("gone")), NULL);
    assert_slice(harness_get(h, "p", SLICE("absent")), NULL);
    assert_true(slice_equal(harness_get(h, "p", SLICE("large")), large));
}

/* ------------------------------------------------------------------ transactions */

static bool expect_tx(struct storage_tx *tx, struct harness_step *step, const char *sort,
                      const char *expected, struct error *err)
{
    struct storage_key key = harness_key("p", slice_from_cstr(sort));
    struct slice value = SLICE_NONE;
    bool found;
    if (!storage_tx_get(tx, &key, &step->harness->arena, &value, &found, err))
        return false;
    assert_slice(found ? value : SLICE_NONE, expected);
    return true;
}

static bool tx_put(struct storage_tx *tx, const char *sort, const char *value, struct error *err)
{
    struct storage_key key = harness_key("p", slice_from_cstr(sort));
    return storage_tx_put(tx, &key, slice_from_cstr(value), err);
}

static bool tx_delete(struct storage_tx *tx, const char *sort, struct error *err)
{
    struct storage_key key = harness_key("p", slice_from_cstr(sort));
    return storage_tx_delete(tx, &key, err);
}

static bool reads_own_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    return expect_tx(tx, step, "a", "stored", err) && expect_tx(tx, step, "b", NULL, err) &&
           tx_put(tx, "a", "one", err) && expect_tx(tx, step, "a", "one", err) &&
           tx_put(tx, "a", "two", err) && expect_tx(tx, step, "a", "two", err) && tx_delete(tx, "a", err) &&
           expect_tx(tx, step, "a", NULL, err) && tx_put(tx, "b", "three", err) &&
           expect_tx(tx, step, "b", "three", err);
}

static void transaction_reads_its_own_writes(void **state)
{
    struct harness *h = *state;
    struct harness_step step = {0};
    harness_put(h, "p", SLICE("a"), SLICE("stored"));
    assert_int_equal(harness_write(h, reads_own_run, &step), ERR_NONE);
    assert_slice(harness_get(h, "p", SLICE("a")), NULL);
    assert_slice(harness_get(h, "p", SLICE("b")), "three");
}

static const char *tx_scan(struct storage_tx *tx, struct harness *h, struct storage_bound lower,
                           struct storage_bound upper, bool reverse)
{
    struct storage_partition_range range = {SPACE, SLICE("p"), lower, upper, reverse};
    struct storage_cursor *cursor;
    assert_true(storage_tx_scan_partition(tx, &range, &h->arena, &cursor, &h->err));
    return harness_list(h, cursor);
}

static bool merges_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    struct harness *h = step->harness;
    struct storage_key other = harness_key("o", SLICE("c"));
    assert_true(tx_put(tx, "A", "new", err) && tx_put(tx, "bc", "new", err) && tx_put(tx, "e", "new", err));
    assert_true(tx_put(tx, "ba", "changed", err) && tx_put(tx, "x", "gone", err) && tx_delete(tx, "x", err));
    assert_true(tx_delete(tx, "a", err) && tx_delete(tx, "d", err) && tx_delete(tx, "absent", err));
    assert_true(storage_tx_put(tx, &other, SLICE("other"), err));
    assert_string_equal(tx_scan(tx, h, ANY_BOUND, ANY_BOUND, false),
                        "A=new b=1 ba=changed bb=1 bc=new c=1 e=new ");
    assert_string_equal(tx_scan(tx, h, ANY_BOUND, ANY_BOUND, true),
                        "e=new c=1 bc=new bb=1 ba=changed b=1 A=new ");
    assert_string_equal(tx_scan(tx, h, INCLUSIVE("b"), PREFIX("b"), true), "bc=new bb=1 ba=changed b=1 ");
    assert_string_equal(tx_scan(tx, h, EXCLUSIVE("bc"), ANY_BOUND, false), "c=1 e=new ");
    return true;
}

static void transaction_scan_merges_stored_and_staged(void **state)
{
    struct harness *h = *state;
    struct harness_step step = {0};
    fill_letters(h);
    assert_int_equal(harness_write(h, merges_run, &step), ERR_NONE);
    assert_string_equal(harness_scan(h, "p", ANY_BOUND, ANY_BOUND, false),
                        "A=new b=1 ba=changed bb=1 bc=new c=1 e=new ");
}

static bool deletes_while_scanning_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    struct harness *h = step->harness;
    struct storage_partition_range range = {.space = SPACE, .partition = SLICE("p")};
    struct storage_cursor *cursor;
    assert_true(tx_put(tx, "aa", "staged", err) && tx_put(tx, "z", "staged", err));
    assert_true(storage_tx_scan_partition(tx, &range, &h->arena, &cursor, err));
    for (int seen = 0;; seen++) {
        struct storage_entry entry;
        bool found;
        assert_true(storage_cursor_next(cursor, &entry, &found, err));
        if (!found) {
            assert_int_equal(seen, 8);
            return true;
        }
        struct storage_key key = {SPACE, entry.partition, entry.sort};
        assert_true(storage_tx_delete(tx, &key, err));
    }
}

static void transaction_may_change_what_it_scans(void **state)
{
    struct harness *h = *state;
    struct harness_step step = {0};
    fill_letters(h);
    assert_int_equal(harness_write(h, deletes_while_scanning_run, &step), ERR_NONE);
    assert_string_equal(harness_scan(h, "p", ANY_BOUND, ANY_BOUND, false), "");
}

static bool fails_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    assert_true(tx_put(tx, "a", "lost", err) && tx_delete(tx, "b", err));
    assert_true(storage_tx_create_space(tx, SPACE + 7, err));
    assert_true(storage_tx_add_usage(tx, SPACE, (struct storage_usage){5, 50}, err));
    assert_true(expect_tx(tx, step, "a", "lost", err));
    return error_set(err, ERR_CONDITIONAL_CHECK_FAILED, "no");
}

static void failed_transaction_leaves_nothing(void **state)
{
    struct harness *h = *state;
    struct harness_step step = {0};
    struct storage_usage usage;
    harness_put(h, "p", SLICE("b"), SLICE("kept"));
    assert_int_equal(harness_write(h, fails_run, &step), ERR_CONDITIONAL_CHECK_FAILED);
    assert_string_equal(h->err.message, "no");
    struct storage_view *view = storage_view_take(h->store);
    assert_slice(harness_view_get(h, view, "p", SLICE("a")), NULL);
    assert_true(storage_view_usage(view, SPACE, &usage, &h->err));
    assert_int_equal(usage.entries, 0);
    assert_int_equal(step.write.commit_number, storage_view_commit(view));
    storage_view_release(view);
    assert_int_equal(harness_try_put(h, SPACE + 7, "p", SLICE(""), SLICE("")), ERR_NO_SPACE);
    harness_create_space(h, SPACE + 7);
}

static bool reads_only_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    return expect_tx(tx, step, "b", "kept", err);
}

static void transaction_that_writes_nothing_takes_no_number(void **state)
{
    struct harness *h = *state;
    struct harness_step first = {0}, second = {0};
    harness_put(h, "p", SLICE("b"), SLICE("kept"));
    assert_int_equal(harness_write(h, reads_only_run, &first), ERR_NONE);
    assert_int_equal(harness_write(h, reads_only_run, &second), ERR_NONE);
    assert_int_equal(first.write.commit_number, second.write.commit_number);
    assert_true(first.write.commit_ms > 1600000000000);
}

/* ------------------------------------------------------------------ groups */

/* A transaction that holds the writer, so that what is queued behind it becomes one group. */
struct gate {
    struct storage_write write;
    struct arena arena;
    sem_t entered, leave, finished;
};

static bool gate_run(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct gate *g = (struct gate *)write;
    (void)tx;
    (void)err;
    sem_post(&g->entered);
    sem_wait(&g->leave);
    return true;
}

static void gate_done(struct storage_write *write)
{
    sem_post(&((struct gate *)write)->finished);
}

static void gate_close(struct gate *g, struct storage *store)
{
    *g = (struct gate){.write = {.run = gate_run, .done = gate_done, .arena = &g->arena}};
    arena_init(&g->arena, 1024);
    sem_init(&g->entered, 0, 0);
    sem_init(&g->leave, 0, 0);
    sem_init(&g->finished, 0, 0);
    storage_write(store, &g->write);
    sem_wait(&g->entered);
}

static void gate_open(struct gate *g)
{
    sem_post(&g->leave);
    sem_wait(&g->finished);
    arena_release(&g->arena);
}

/* A counter kept in an entry: reads what the transaction before it wrote. */
struct increment {
    struct storage_write write;
    struct arena arena;
    bool fails;
    uint64_t before;
    atomic_int *order; /* answers given so far */
    int answered;
    sem_t *finished;
};

static bool increment_run(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct increment *i = (struct increment *)write;
    struct storage_key key = harness_key("counter", SLICE(""));
    struct slice value;
    bool found;
    i->before = 0;
    if (!storage_tx_get(tx, &key, write->arena, &value, &found, err))
        return false;
    if (found)
        memcpy(&i->before, value.data, sizeof i->before);
    uint64_t after = i->before + 1;
    if (!storage_tx_put(tx, &key, slice_of(&after, sizeof after), err) ||
        !storage_tx_add_usage(tx, SPACE, (struct storage_usage){1, -2}, err))
        return false;
    return !i->fails || error_set(err, ERR_CONDITIONAL_CHECK_FAILED, "no");
}

static void increment_done(struct storage_write *write)
{
    struct increment *i = (struct increment *)write;
    i->answered = atomic_fetch_add(i->order, 1);
    sem_post(i->finished);
}

static void increment_init(struct increment *i, atomic_int *order, sem_t *finished)
{
    *i = (struct increment){.write = {.run = increment_run, .done = increment_done, .arena = &i->arena},
                            .order = order,
                            .finished = finished};
    arena_init(&i->arena, 1024);
}

static void group_members_see_earlier_members_and_not_failed_ones(void **state)
{
    enum { COUNT = 50 };
    struct harness *h = *state;
    struct gate gate;
    struct increment *increments = calloc(COUNT, sizeof *increments);
    atomic_int order = 0;
    sem_t finished;
    sem_init(&finished, 0, 0);
    gate_close(&gate, h->store);
    for (int i = 0; i < COUNT; i++) {
        increment_init(&increments[i], &order, &finished);
        increments[i].fails = i % 3 == 2;
        storage_write(h->store, &increments[i].write);
    }
    gate_open(&gate);
    for (int i = 0; i < COUNT; i++)
        sem_wait(&finished);
    uint64_t expected = 0, number = increments[0].write.commit_number - 1;
    for (int i = 0; i < COUNT; i++) {
        struct increment *inc = &increments[i];
        assert_int_equal(inc->before, expected);
        assert_int_equal(inc->answered, i);
        assert_int_equal(inc->write.error.code, inc->fails ? ERR_CONDITIONAL_CHECK_FAILED : ERR_NONE);
        expected += !inc->fails;
        number += !inc->fails;
        assert_int_equal(inc->write.commit_number, number);
        arena_release(&inc->arena);
    }
    free(increments);
    struct slice last = harness_get(h, "counter", SLICE(""));
    assert_true(slice_equal(last, slice_of(&expected, sizeof expected)));
    struct storage_stats stats;
    storage_stats(h->store, &stats);
    assert_true(stats.group_size[5] > 0);
    assert_int_equal(stats.commits, number);
}

static void full_queue_refuses_at_once(void **state)
{
    struct harness *h = *state;
    struct gate gate;
    size_t count = h->options.queue_max + 1;
    struct increment *increments = calloc(count, sizeof *increments);
    atomic_int order = 0;
    sem_t finished;
    sem_init(&finished, 0, 0);
    gate_close(&gate, h->store);
    for (size_t i = 0; i < count; i++) {
        increment_init(&increments[i], &order, &finished);
        storage_write(h->store, &increments[i].write);
    }
    assert_int_equal(atomic_load(&order), 1);
    assert_int_equal(increments[count - 1].write.error.code, ERR_THROTTLING);
    gate_open(&gate);
    for (size_t i = 0; i < count; i++)
        sem_wait(&finished);
    for (size_t i = 0; i < count - 1; i++) {
        assert_int_equal(increments[i].write.error.code, ERR_NONE);
        assert_int_equal(increments[i].before, i);
        arena_release(&increments[i].arena);
    }
    arena_release(&increments[count - 1].arena);
    free(increments);
}

enum { PRODUCERS = 8, EACH = 400 };

struct producer {
    pthread_t thread;
    struct storage *store;
    uint64_t numbers[EACH];
    uint64_t before[EACH];
};

/* Each write's effect must be in a view that is taken after its answer. */
static void *produce(void *arg)
{
    struct producer *p = arg;
    struct arena arena;
    struct error err;
    arena_init(&arena, 4096);
    for (int i = 0; i < EACH; i++) {
        struct increment inc = {.write = {.run = increment_run, .arena = &arena}};
        error_init(&err, &arena);
        if (!storage_write_wait(p->store, &inc.write, &err))
            abort();
        p->numbers[i] = inc.write.commit_number;
        p->before[i] = inc.before;
        struct storage_view *view = storage_view_take(p->store);
        struct storage_key key = harness_key("counter", SLICE(""));
        struct slice value;
        bool found;
        uint64_t seen;
        if (storage_view_commit(view) < inc.write.commit_number ||
            !storage_view_get(view, &key, &arena, &value, &found, &err) || !found)
            abort();
        memcpy(&seen, value.data, sizeof seen);
        if (seen <= inc.before)
            abort();
        storage_view_release(view);
        arena_reset(&arena);
    }
    arena_release(&arena);
    return NULL;
}

static void commit_numbers_are_gapless_under_many_producers(void **state)
{
    struct harness *h = *state;
    struct producer *producers = calloc(PRODUCERS, sizeof *producers);
    static bool taken[PRODUCERS * EACH];
    memset(taken, 0, sizeof taken);
    struct storage_view *view = storage_view_take(h->store);
    uint64_t base = storage_view_commit(view);
    storage_view_release(view);
    for (int i = 0; i < PRODUCERS; i++) {
        producers[i].store = h->store;
        pthread_create(&producers[i].thread, NULL, produce, &producers[i]);
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i].thread, NULL);
    for (int i = 0; i < PRODUCERS; i++)
        for (int j = 0; j < EACH; j++) {
            uint64_t number = producers[i].numbers[j] - base - 1;
            assert_true(number < PRODUCERS * EACH && !taken[number]);
            taken[number] = true;
            /* The counter's order is the commit order. */
            assert_int_equal(producers[i].before[j], number);
        }
    free(producers);
    struct storage_usage usage;
    view = storage_view_take(h->store);
    assert_true(storage_view_usage(view, SPACE, &usage, &h->err));
    assert_int_equal(usage.entries, PRODUCERS * EACH);
    assert_int_equal(usage.bytes, -2 * PRODUCERS * EACH);
    storage_view_release(view);
}

/* ------------------------------------------------------------------ spaces and usage */

static bool usage_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    return storage_tx_add_usage(tx, step->space, (struct storage_usage){2, 100}, err) &&
           storage_tx_add_usage(tx, step->space, (struct storage_usage){-1, -30}, err);
}

static struct storage_usage usage_of(struct harness *h, uint32_t space)
{
    struct storage_usage usage;
    struct storage_view *view = storage_view_take(h->store);
    assert_true(storage_view_usage(view, space, &usage, &h->err));
    storage_view_release(view);
    return usage;
}

static void usage_adds_up(void **state)
{
    struct harness *h = *state;
    assert_int_equal(usage_of(h, SPACE).entries, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(harness_write(h, usage_run, &(struct harness_step){.space = SPACE}), ERR_NONE);
    assert_int_equal(usage_of(h, SPACE).entries, 3);
    assert_int_equal(usage_of(h, SPACE).bytes, 210);
    assert_int_equal(harness_write(h, usage_run, &(struct harness_step){.space = SPACE + 1}), ERR_NO_SPACE);
}

static void writing_to_a_missing_space_is_refused(void **state)
{
    struct harness *h = *state;
    assert_int_equal(harness_try_put(h, SPACE + 1, "p", SLICE(""), SLICE("v")), ERR_NO_SPACE);
    assert_int_equal(harness_try_put(h, 0, "p", SLICE(""), SLICE("v")), ERR_NO_SPACE);
    assert_int_equal(harness_try_put(h, STORAGE_SPACE_CATALOG, "p", SLICE(""), SLICE("v")), ERR_NONE);
    assert_slice(harness_get_from(h, STORAGE_SPACE_CATALOG, "p", SLICE("")), "v");
}

static void dropped_space_is_hidden_at_once_and_its_id_never_used_again(void **state)
{
    struct harness *h = *state;
    harness_create_space(h, SPACE + 1);
    harness_try_put(h, SPACE + 1, "p", SLICE("a"), SLICE("v"));
    harness_write(h, usage_run, &(struct harness_step){.space = SPACE + 1});
    harness_put(h, "p", SLICE("a"), SLICE("neighbour"));
    struct storage_view *before = storage_view_take(h->store);
    harness_drop_space(h, SPACE + 1);
    assert_slice(harness_get_from(h, SPACE + 1, "p", SLICE("a")), NULL);
    assert_slice(harness_get(h, "p", SLICE("a")), "neighbour");
    assert_int_equal(usage_of(h, SPACE + 1).entries, 0);
    assert_int_equal(harness_try_put(h, SPACE + 1, "p", SLICE("a"), SLICE("v")), ERR_NO_SPACE);
    assert_int_equal(harness_try_create_space(h, SPACE + 1), ERR_NO_SPACE);
    usleep(300000);
    struct storage_key key = {SPACE + 1, SLICE("p"), SLICE("a")};
    struct slice value;
    bool found;
    assert_true(storage_view_get(before, &key, &h->arena, &value, &found, &h->err));
    assert_true(found);
    storage_view_release(before);
    usleep(300000);
    assert_int_equal(harness_try_create_space(h, SPACE + 1), ERR_NO_SPACE);
    assert_int_equal(harness_try_create_space(h, SPACE), ERR_NO_SPACE);
    assert_int_equal(harness_try_create_space(h, STORAGE_SPACE_CATALOG), ERR_NO_SPACE);
    assert_int_equal(harness_try_create_space(h, 0), ERR_NO_SPACE);
    harness_create_space(h, SPACE + 2);
}

static bool whole_life_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    uint32_t space = SPACE + 3;
    struct storage_key key = {space, SLICE("p"), SLICE("a")};
    struct slice value;
    bool found;
    assert_true(storage_tx_create_space(tx, space, err));
    assert_true(storage_tx_put(tx, &key, SLICE("v"), err));
    assert_true(storage_tx_add_usage(tx, space, (struct storage_usage){1, 1}, err));
    assert_true(storage_tx_get(tx, &key, &step->harness->arena, &value, &found, err) && found);
    assert_true(storage_tx_drop_space(tx, space, err));
    assert_true(storage_tx_get(tx, &key, &step->harness->arena, &value, &found, err) && !found);
    assert_false(storage_tx_put(tx, &key, SLICE("v"), err));
    assert_int_equal(err->code, ERR_NO_SPACE);
    assert_false(storage_tx_create_space(tx, space, err));
    assert_false(storage_tx_drop_space(tx, space, err));
    return true;
}

static void space_may_live_and_die_in_one_transaction(void **state)
{
    struct harness *h = *state;
    assert_int_equal(harness_write(h, whole_life_run, &(struct harness_step){0}), ERR_NONE);
    assert_slice(harness_get_from(h, SPACE + 3, "p", SLICE("a")), NULL);
    assert_int_equal(usage_of(h, SPACE + 3).entries, 0);
}

static bool create_one_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    return storage_tx_create_space(tx, step->space, err);
}

static bool create_many_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    for (uint32_t i = 0; i < 300; i++)
        if (!storage_tx_create_space(tx, step->space + i, err) ||
            !storage_tx_add_usage(tx, step->space + i, (struct storage_usage){i, i}, err))
            return false;
    return true;
}

static void hundreds_of_spaces_are_kept_apart(void **state)
{
    struct harness *h = *state;
    assert_int_equal(harness_write(h, create_many_run, &(struct harness_step){.space = 1000}), ERR_NONE);
    for (uint32_t i = 0; i < 300; i++)
        assert_int_equal(usage_of(h, 1000 + i).bytes, i);
    for (uint32_t i = 0; i < 300; i += 2)
        harness_drop_space(h, 1000 + i);
    for (uint32_t i = 0; i < 300; i++)
        assert_int_equal(harness_try_put(h, 1000 + i, "p", SLICE(""), SLICE("")),
                         i % 2 == 0 ? ERR_NO_SPACE : ERR_NONE);
}

static bool mark_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    uint64_t before = storage_tx_space_mark(tx, step->space);
    if (!storage_tx_mark_space(tx, step->space, err))
        return false;
    assert_int_equal(storage_tx_space_mark(tx, step->space), storage_tx_commit_number(tx));
    assert_true(before < storage_tx_commit_number(tx));
    return true;
}

static bool mark_and_fail_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    return mark_run(tx, step, err) && error_set(err, ERR_VALIDATION, "no");
}

static uint64_t expected_mark;

static bool check_mark_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    (void)err;
    assert_int_equal(storage_tx_space_mark(tx, step->space), expected_mark);
    return true;
}

static void a_space_has_the_number_of_the_commit_that_made_or_marked_it(void **state)
{
    struct harness *h = *state;
    struct harness_step made = {.space = SPACE + 1}, marked = made, failed = made, last = made,
                        gone = {.space = SPACE + 2};
    harness_write(h, create_one_run, &made);
    expected_mark = made.write.commit_number;
    harness_write(h, check_mark_run, &last);
    assert_int_equal(harness_write(h, mark_run, &marked), ERR_NONE);
    assert_int_equal(harness_write(h, mark_and_fail_run, &failed), ERR_VALIDATION);
    expected_mark = marked.write.commit_number;
    harness_write(h, check_mark_run, &last);
    assert_int_equal(harness_write(h, mark_run, &gone), ERR_NO_SPACE);
    expected_mark = 0;
    harness_write(h, check_mark_run, &gone);
}

/* ------------------------------------------------------------------ what changed since a view */

enum { WATCHED_KEYS = 64 };

static struct storage_view *watched_view;
static bool watched_unchanged[WATCHED_KEYS];

static struct storage_key watched_key(struct arena *arena, int i)
{
    return harness_key(arena_printf(arena, "watched %d", i), SLICE("s"));
}

static bool watch_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    (void)err;
    for (int i = 0; i < WATCHED_KEYS; i++) {
        struct storage_key key = watched_key(&step->harness->arena, i);
        watched_unchanged[i] = storage_tx_unchanged(tx, watched_view, &key);
    }
    return true;
}

static bool put_and_watch_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    struct storage_key key = watched_key(&step->harness->arena, 7);
    return storage_tx_put(tx, &key, SLICE("own"), err) && watch_run(tx, step, err);
}

/* Keys may be taken for changed when they are not, but few of them. */
static void assert_most_unchanged(void)
{
    int unchanged = 0;
    for (int i = 0; i < WATCHED_KEYS; i++)
        unchanged += watched_unchanged[i];
    assert_true(unchanged > WATCHED_KEYS / 2);
}

static void what_changed_after_a_view_is_never_taken_for_unchanged(void **state)
{
    struct harness *h = *state;
    for (int i = 0; i < WATCHED_KEYS; i++)
        harness_put(h, arena_printf(&h->arena, "watched %d", i), SLICE("s"), SLICE("one"));
    watched_view = storage_view_take(h->store);
    harness_put(h, "watched 3", SLICE("s"), SLICE("two"));
    harness_delete(h, "watched 5", SLICE("s"));
    assert_int_equal(harness_write(h, watch_run, &(struct harness_step){0}), ERR_NONE);
    assert_false(watched_unchanged[3] || watched_unchanged[5]);
    assert_most_unchanged();
    assert_int_equal(harness_write(h, put_and_watch_run, &(struct harness_step){0}), ERR_NONE);
    assert_false(watched_unchanged[7]);
    assert_most_unchanged();
    storage_view_release(watched_view);
    watched_view = storage_view_take(h->store);
    assert_int_equal(harness_write(h, watch_run, &(struct harness_step){0}), ERR_NONE);
    assert_most_unchanged();
    assert_true(watched_unchanged[3] && watched_unchanged[5] && watched_unchanged[7]);
    harness_drop_space(h, SPACE);
    assert_int_equal(harness_write(h, watch_run, &(struct harness_step){0}), ERR_NONE);
    for (int i = 0; i < WATCHED_KEYS; i++)
        assert_false(watched_unchanged[i]);
    storage_view_release(watched_view);
}

struct watched_change {
    struct storage_write write;
    struct arena arena;
    sem_t *finished;
    bool unchanged;
};

static bool put_watched_run(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct storage_key key = watched_key(write->arena, 0);
    return storage_tx_put(tx, &key, SLICE("two"), err);
}

static bool ask_watched_run(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    (void)err;
    struct storage_key key = watched_key(write->arena, 0);
    ((struct watched_change *)write)->unchanged = storage_tx_unchanged(tx, watched_view, &key);
    return true;
}

static void watched_done(struct storage_write *write)
{
    sem_post(((struct watched_change *)write)->finished);
}

static void changes_of_the_same_group_count(void **state)
{
    struct harness *h = *state;
    struct watched_change changes[3] = {0};
    struct gate gate;
    sem_t finished;
    harness_put(h, "watched 0", SLICE("s"), SLICE("one"));
    watched_view = storage_view_take(h->store);
    sem_init(&finished, 0, 0);
    gate_close(&gate, h->store);
    for (int i = 0; i < 3; i++) {
        arena_init(&changes[i].arena, 1024);
        changes[i].finished = &finished;
        changes[i].unchanged = true;
        changes[i].write = (struct storage_write){.run = i == 1 ? put_watched_run : ask_watched_run,
                                                  .done = watched_done,
                                                  .arena = &changes[i].arena};
        storage_write(h->store, &changes[i].write);
    }
    gate_open(&gate);
    for (int i = 0; i < 3; i++)
        sem_wait(&finished);
    assert_true(changes[0].unchanged);
    assert_false(changes[2].unchanged);
    storage_view_release(watched_view);
    for (int i = 0; i < 3; i++)
        arena_release(&changes[i].arena);
}

/* ------------------------------------------------------------------ giving back what was dropped */

static bool is_dropping(struct harness *h, uint32_t space)
{
    struct storage_view *view = storage_view_take(h->store);
    bool dropping;
    assert_true(storage_view_dropping(view, space, &dropping, &h->err));
    storage_view_release(view);
    return dropping;
}

static bool has_space(struct storage_view *view, struct harness *h, uint32_t space)
{
    bool has;
    assert_true(storage_view_has_space(view, space, &has, &h->err));
    return has;
}

/* Each view as of its own instant. */
static void a_view_tells_which_spaces_there_are(void **state)
{
    struct harness *h = *state;
    struct storage_view *before = storage_view_take(h->store);
    assert_true(has_space(before, h, SPACE));
    assert_true(has_space(before, h, STORAGE_SPACE_CATALOG));
    assert_true(has_space(before, h, STORAGE_SPACE_JOBS));
    assert_false(has_space(before, h, SPACE + 77));
    harness_drop_space(h, SPACE);
    struct storage_view *after = storage_view_take(h->store);
    assert_true(has_space(before, h, SPACE));
    assert_false(has_space(after, h, SPACE));
    storage_view_release(before);
    storage_view_release(after);
    for (int i = 0; i < 200 && is_dropping(h, SPACE); i++)
        usleep(20000);
    after = storage_view_take(h->store);
    assert_false(has_space(after, h, SPACE));
    storage_view_release(after);
}

static void a_space_is_dropping_until_its_files_are_given_back(void **state)
{
    struct harness *h = *state;
    harness_put(h, "p", SLICE("s"), SLICE("value"));
    struct storage_view *older = storage_view_take(h->store);
    assert_false(is_dropping(h, SPACE));
    assert_false(is_dropping(h, SPACE + 1));
    harness_drop_space(h, SPACE);
    usleep(150000); /* longer than the keeper sleeps */
    assert_true(is_dropping(h, SPACE));
    storage_view_release(older);
    for (int i = 0; i < 200 && is_dropping(h, SPACE); i++)
        usleep(20000);
    assert_false(is_dropping(h, SPACE));
}

/* ------------------------------------------------------------------ the store */

static void healthy_store_says_so(void **state)
{
    struct harness *h = *state;
    struct storage_stats stats;
    harness_put(h, "p", SLICE("a"), SLICE("v"));
    storage_stats(h->store, &stats);
    assert_int_equal(stats.state, STORAGE_READ_WRITE);
    assert_int_equal(stats.commits, 2);
    assert_int_equal(stats.groups, 2);
    assert_int_equal(stats.group_size[0], 2);
    assert_int_equal(stats.queue_depth, 0);
    assert_true(stats.memtable_bytes > 0);
}

static void commit_time_never_goes_back(void **state)
{
    struct harness *h = *state;
    struct clock_test clock;
    struct harness_step first = {.partition = "p", .sort = SLICE("a"), .space = SPACE}, second = first;
    storage_close(h->store);
    clock_test_init(&clock, 5000);
    h->options.clock = &clock.clock;
    if (h->kind == HARNESS_DISK)
        harness_remove_directory(h->path);
    if (!storage_open_rocksdb(&h->options, &h->store, &h->err))
        fail_msg("%s", h->err.message);
    harness_create_space(h, SPACE);
    assert_int_equal(harness_write(h, usage_run, &first), ERR_NONE);
    assert_int_equal(first.write.commit_ms, 5000);
    clock_test_advance(&clock, -4000);
    assert_int_equal(harness_write(h, usage_run, &second), ERR_NONE);
    assert_int_equal(second.write.commit_ms, 5000);
    if (h->kind == HARNESS_DISK) {
        harness_reopen(h);
        assert_int_equal(harness_write(h, usage_run, &second), ERR_NONE);
        assert_int_equal(second.write.commit_ms, 5001); /* what was lost of the time is made up for */
    }
    clock_test_advance(&clock, 10000);
    assert_int_equal(harness_write(h, usage_run, &second), ERR_NONE);
    assert_int_equal(second.write.commit_ms, 11000);
}

static int64_t last_commit_us;

static bool later_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    int64_t us = storage_tx_commit_us(tx);
    assert_true(us > last_commit_us);
    assert_int_equal(storage_tx_commit_ms(tx), us / 1000);
    last_commit_us = us;
    return usage_run(tx, step, err);
}

static void commit_times_in_microseconds_all_differ(void **state)
{
    struct harness *h = *state;
    struct clock_test clock;
    struct harness_step step = {.partition = "p", .sort = SLICE("a"), .space = SPACE};
    storage_close(h->store);
    clock_test_init(&clock, 5000);
    h->options.clock = &clock.clock;
    if (h->kind == HARNESS_DISK)
        harness_remove_directory(h->path);
    if (!storage_open_rocksdb(&h->options, &h->store, &h->err))
        fail_msg("%s", h->err.message);
    harness_create_space(h, SPACE);
    last_commit_us = 0;
    assert_int_equal(harness_write(h, later_run, &step), ERR_NONE);
    clock_test_advance(&clock, -4000);
    /* So many that those behind the clock fill more than a millisecond. */
    for (int i = 0; i < 1500; i++)
        assert_int_equal(harness_write(h, later_run, &step), ERR_NONE);
    assert_int_equal(last_commit_us / 1000, 5001);
    if (h->kind == HARNESS_DISK)
        harness_reopen(h);
    assert_int_equal(harness_write(h, later_run, &step), ERR_NONE);
    clock_test_advance(&clock, 10000);
    assert_int_equal(harness_write(h, later_run, &step), ERR_NONE);
    assert_int_equal(last_commit_us, 11000 * 1000);
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "memory";
    suite_kind = strcmp(kind, "disk") == 0     ? HARNESS_DISK
                 : strcmp(kind, "faulty") == 0 ? HARNESS_FAULTY
                                               : HARNESS_MEMORY;
    if (argc > 2 && strcmp(argv[2], "log") == 0)
        harness_space |= STORAGE_SPACE_LOG;
    const struct CMUnitTest tests[] = {
        TEST(put_entry_is_read_back),
        TEST(absent_entry_is_not_an_error),
        TEST(put_replaces_and_delete_removes),
        TEST(empty_sort_empty_value_and_empty_partition_are_entries),
        TEST(keys_and_values_hold_any_byte),
        TEST(largest_partition_and_large_value_are_kept),
        TEST(partition_is_in_byte_order_both_ways),
        TEST(bounds_include_and_exclude),
        TEST(impossible_bounds_give_nothing),
        TEST(prefix_bound_takes_all_that_start_so),
        TEST(prefix_of_highest_bytes_ends_with_the_partition),
        TEST(scan_outlives_the_view_it_was_made_from),
        TEST(cursor_left_open_ends_with_its_arena),
        TEST(hash_ranges_part_a_space_without_gap_or_overlap),
        TEST(one_hash_is_one_partition),
        TEST(scan_in_pages_sees_everything_once),
        TEST(scan_resumes_after_a_key_that_is_gone),
        TEST(scan_resumed_behind_its_range_is_empty),
        TEST(view_does_not_see_later_commits),
        TEST(value_outlives_its_view),
        TEST(what_was_prefetched_is_read_as_before),
        TEST(transaction_reads_its_own_writes),
        TEST(transaction_scan_merges_stored_and_staged),
        TEST(transaction_may_change_what_it_scans),
        TEST(failed_transaction_leaves_nothing),
        TEST(transaction_that_writes_nothing_takes_no_number),
        TEST(group_members_see_earlier_members_and_not_failed_ones),
        TEST(full_queue_refuses_at_once),
        TEST(commit_numbers_are_gapless_under_many_producers),
        TEST(usage_adds_up),
        TEST(writing_to_a_missing_space_is_refused),
        TEST(dropped_space_is_hidden_at_once_and_its_id_never_used_again),
        TEST(space_may_live_and_die_in_one_transaction),
        TEST(hundreds_of_spaces_are_kept_apart),
        TEST(a_space_has_the_number_of_the_commit_that_made_or_marked_it),
        TEST(what_changed_after_a_view_is_never_taken_for_unchanged),
        TEST(changes_of_the_same_group_count),
        TEST(a_view_tells_which_spaces_there_are),
        TEST(a_space_is_dropping_until_its_files_are_given_back),
        TEST(healthy_store_says_so),
        TEST(commit_time_never_goes_back),
        TEST(commit_times_in_microseconds_all_differ),
    };
    return cmocka_run_group_tests_name(kind, tests, NULL, NULL);
}
