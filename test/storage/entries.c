/* What storage.h promises of entries, views and transactions, asked of every backend: storage_entries disk|memory|faulty. */
#include "suite.h"

#include <string.h>

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
    suite_put_letters(h);
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
    suite_put_letters(h);
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(put_entry_is_read_back),
        SUITE_TEST(absent_entry_is_not_an_error),
        SUITE_TEST(put_replaces_and_delete_removes),
        SUITE_TEST(empty_sort_empty_value_and_empty_partition_are_entries),
        SUITE_TEST(keys_and_values_hold_any_byte),
        SUITE_TEST(largest_partition_and_large_value_are_kept),
        SUITE_TEST(view_does_not_see_later_commits),
        SUITE_TEST(value_outlives_its_view),
        SUITE_TEST(what_was_prefetched_is_read_as_before),
        SUITE_TEST(transaction_reads_its_own_writes),
        SUITE_TEST(transaction_scan_merges_stored_and_staged),
        SUITE_TEST(transaction_may_change_what_it_scans),
        SUITE_TEST(failed_transaction_leaves_nothing),
        SUITE_TEST(transaction_that_writes_nothing_takes_no_number),
    };
    return suite_main(argc, argv, tests, sizeof tests / sizeof tests[0]);
}
