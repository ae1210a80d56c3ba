/* What storage.h promises of scans, of a partition and over hashes, asked of every backend: storage_scans disk|memory|faulty. */
#include "suite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ scans of a partition */

static void partition_is_in_byte_order_both_ways(void **state)
{
    struct harness *h = *state;
    suite_put_letters(h);
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
    suite_put_letters(h);
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
    suite_put_letters(h);
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
    suite_put_letters(h);
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

/* Scans of one view may share what is costly to make. Partitions with many entries, in files and in memory, one scan after the
 * other, each with its own bounds and direction, most of them left before their end. */
static void scans_of_one_view_do_not_know_of_each_other(void **state)
{
    enum { PARTITIONS = 7, ENTRIES = 60, SCANS = 500 };
    struct harness *h = *state;
    char name[16], sort[16];
    for (int round = 0; round < 2; round++) {
        for (int p = 0; p < PARTITIONS; p++)
            for (int e = round; e < ENTRIES; e += 2) {
                snprintf(name, sizeof name, "%d", p);
                snprintf(sort, sizeof sort, "%02d", e);
                harness_put(h, name, slice_from_cstr(sort), SLICE("1"));
            }
        if (round == 0 && h->kind == HARNESS_DISK)
            harness_reopen(h);
    }
    struct storage_view *view = storage_view_take(h->store);
    unsigned seed = 1;
    for (int i = 0; i < SCANS; i++) {
        int first = rand_r(&seed) % ENTRIES, last = rand_r(&seed) % ENTRIES, steps = rand_r(&seed) % 20;
        bool reverse = rand_r(&seed) % 2;
        snprintf(name, sizeof name, "%d", rand_r(&seed) % PARTITIONS);
        char lower[16], upper[16];
        snprintf(lower, sizeof lower, "%02d", first);
        snprintf(upper, sizeof upper, "%02d", last);
        struct storage_partition_range range = {.space = SPACE,
                                                .partition = slice_from_cstr(name),
                                                .reverse = reverse,
                                                .lower = {STORAGE_BOUND_INCLUSIVE, slice_from_cstr(lower)},
                                                .upper = {STORAGE_BOUND_EXCLUSIVE, slice_from_cstr(upper)}};
        struct storage_cursor *cursor;
        assert_true(storage_view_scan_partition(view, &range, &h->arena, &cursor, &h->err));
        for (int step = 0; step < steps; step++) {
            struct storage_entry entry;
            bool found;
            assert_true(storage_cursor_next(cursor, &entry, &found, &h->err));
            int expected = reverse ? last - 1 - step : first + step;
            assert_int_equal(found, expected >= first && expected < last);
            if (!found)
                break;
            snprintf(sort, sizeof sort, "%02d", expected);
            assert_true(slice_equal(entry.partition, slice_from_cstr(name)));
            assert_true(slice_equal(entry.sort, slice_from_cstr(sort)));
        }
        storage_cursor_close(cursor);
    }
    storage_view_release(view);
}

static void scan_outlives_the_view_it_was_made_from(void **state)
{
    struct harness *h = *state;
    struct storage_partition_range range = {.space = SPACE, .partition = SLICE("p")};
    struct storage_cursor *cursor;
    suite_put_letters(h);
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
    suite_put_letters(h);
    struct storage_view *view = storage_view_take(h->store);
    assert_true(storage_view_scan_partition(view, &range, &h->arena, &cursor, &h->err));
    storage_view_release(view);
    assert_true(storage_cursor_next(cursor, &entry, &found, &h->err) && found);
    assert_slice(entry.partition, "p");
}

/* ------------------------------------------------------------------ the same scan again */

/* A backend may remember what a scan found. Scans of few different ranges, each many times over, between changes, from the newest
 * view and from one that was taken some changes ago; most are left before their end. */
enum { KNOWN_SORTS = 12, KNOWN_PARTITIONS = 3 };

/* What partitions hold: 0 is nothing. */
struct contents {
    int values[KNOWN_PARTITIONS][KNOWN_SORTS];
};

static void change_something(struct harness *h, struct contents *now, unsigned *seed)
{
    int p = rand_r(seed) % KNOWN_PARTITIONS, s = rand_r(seed) % KNOWN_SORTS, value = rand_r(seed) % 100;
    char name[2] = {(char)('p' + p), '\0'}, sort = (char)('a' + s), text[16];
    snprintf(text, sizeof text, "%d", value);
    now->values[p][s] = value;
    if (value == 0)
        harness_delete(h, name, slice_of(&sort, 1));
    else
        harness_put(h, name, slice_of(&sort, 1), slice_from_cstr(text));
}

static void scan_something(struct harness *h, struct storage_view *view, const struct contents *then,
                           unsigned *seed)
{
    int p = rand_r(seed) % KNOWN_PARTITIONS, first = rand_r(seed) % 2 * 5,
        steps = 1 + rand_r(seed) % (KNOWN_SORTS + 4);
    char name = (char)('p' + p), lower = (char)('a' + first);
    struct storage_partition_range range = {
        .space = SPACE, .partition = slice_of(&name, 1), .reverse = rand_r(seed) % 2};
    if (first > 0)
        range.lower = (struct storage_bound){STORAGE_BOUND_INCLUSIVE, slice_of(&lower, 1)};
    struct storage_cursor *cursor;
    assert_true(storage_view_scan_partition(view, &range, &h->arena, &cursor, &h->err));
    for (int s = range.reverse ? KNOWN_SORTS - 1 : first; steps > 0; s += range.reverse ? -1 : 1) {
        bool outside = s < first || s >= KNOWN_SORTS, found;
        if (!outside && then->values[p][s] == 0)
            continue;
        struct storage_entry entry;
        char sort = (char)('a' + s), text[16];
        assert_true(storage_cursor_next(cursor, &entry, &found, &h->err));
        assert_int_equal(found, !outside);
        if (!found)
            break;
        snprintf(text, sizeof text, "%d", then->values[p][s]);
        assert_true(slice_equal(entry.partition, slice_of(&name, 1)));
        assert_true(slice_equal(entry.sort, slice_of(&sort, 1)));
        assert_slice(entry.value, text);
        steps--;
    }
    storage_cursor_close(cursor);
}

static void a_scan_again_sees_its_own_view(void **state)
{
    enum { CHANGES = 400, SCANS = 8, HELD = 5 };
    struct harness *h = *state;
    struct contents now = {0}, then = {0};
    struct storage_view *held = NULL;
    unsigned seed = 7;
    for (int i = 0; i < CHANGES; i++) {
        if (i % HELD == 0) {
            if (held)
                storage_view_release(held);
            held = storage_view_take(h->store);
            then = now;
        }
        change_something(h, &now, &seed);
        struct storage_view *newest = storage_view_take(h->store);
        for (int j = 0; j < SCANS; j++) {
            scan_something(h, newest, &now, &seed);
            scan_something(h, held, &then, &seed);
        }
        storage_view_release(newest);
        if (i == CHANGES / 2 && h->kind == HARNESS_DISK) {
            storage_view_release(held);
            held = NULL;
            harness_reopen(h);
            i += HELD - i % HELD - 1;
        }
    }
    if (held)
        storage_view_release(held);
}

/* A dropped space's entries are not found by a view that was taken afterwards. */
static void a_scan_again_of_a_dropped_space_finds_nothing(void **state)
{
    struct harness *h = *state;
    suite_put_letters(h);
    for (int i = 0; i < 3; i++)
        assert_string_equal(harness_scan(h, "p", ANY_BOUND, ANY_BOUND, false), "a=1 b=1 ba=1 bb=1 c=1 d=1 ");
    harness_drop_space(h, SPACE);
    assert_string_equal(harness_scan(h, "p", ANY_BOUND, ANY_BOUND, false), "");
}

/* ------------------------------------------------------------------ scans beside a writer */

enum { EQUALS = 6, BESIDE_COMMITS = 3000, BESIDE_READERS = 2 };

struct beside {
    struct harness *harness;
    uint32_t space;
    _Atomic bool over;
    _Atomic uint64_t torn;  /* scans that saw parts of two commits */
    _Atomic uint64_t older; /* than one before, by the same reader */
    _Atomic uint64_t scans;
};

/* Each commit puts the same number under every sort key of one of two partitions. */
static bool put_equals_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    for (int i = 0; i < EQUALS; i++) {
        char sort = (char)('a' + i);
        struct storage_key key = harness_key(step->partition, slice_of(&sort, 1));
        if (!storage_tx_put(tx, &key, step->value, err))
            return false;
    }
    return true;
}

static uint64_t scan_equals(struct beside *b, struct arena *arena, struct error *err, char name, bool reverse)
{
    struct storage_partition_range range = {
        .space = b->space, .partition = slice_of(&name, 1), .reverse = reverse};
    struct storage_view *view = storage_view_take(b->harness->store);
    struct storage_cursor *cursor;
    struct storage_entry entry;
    uint64_t first = 0, number = 0;
    int count = 0;
    for (bool found = storage_view_scan_partition(view, &range, arena, &cursor, err);
         found && storage_cursor_next(cursor, &entry, &found, err) && found; count++) {
        memcpy(&number, entry.value.data, sizeof number);
        if (count == 0)
            first = number;
        if (number != first)
            atomic_fetch_add(&b->torn, 1);
    }
    if (count != 0 && count != EQUALS)
        atomic_fetch_add(&b->torn, 1);
    storage_view_release(view);
    atomic_fetch_add(&b->scans, 1);
    return first;
}

static void *scan_beside(void *arg)
{
    struct beside *b = arg;
    struct arena arena;
    struct error err;
    uint64_t seen[2] = {0, 0};
    arena_init(&arena, 4096);
    for (unsigned i = 0; !atomic_load(&b->over) || i < 100; i++) {
        error_init(&err, &arena);
        uint64_t number = scan_equals(b, &arena, &err, (char)('p' + i % 2), i / 2 % 2);
        if (number < seen[i % 2])
            atomic_fetch_add(&b->older, 1);
        seen[i % 2] = number;
        arena_reset(&arena);
    }
    arena_release(&arena);
    return NULL;
}

static void scans_beside_a_writer_see_whole_commits_and_never_go_back(void **state)
{
    struct harness *h = *state;
    struct beside b = {.harness = h, .space = SPACE};
    pthread_t readers[BESIDE_READERS];
    for (int i = 0; i < BESIDE_READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, scan_beside, &b), 0);
    for (uint64_t i = 1; i <= BESIDE_COMMITS; i++) {
        struct harness_step step = {.partition = i % 2 ? "p" : "q", .value = slice_of(&i, sizeof i)};
        assert_int_equal(harness_write(h, put_equals_run, &step), ERR_NONE);
    }
    atomic_store(&b.over, true);
    for (int i = 0; i < BESIDE_READERS; i++)
        pthread_join(readers[i], NULL);
    assert_int_equal(atomic_load(&b.torn), 0);
    assert_int_equal(atomic_load(&b.older), 0);
    assert_true(atomic_load(&b.scans) >= BESIDE_READERS * 100);
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

/* ------------------------------------------------------------------ each entry */

struct sorts_seen {
    char text[16];
    char last; /* whose entry is refused */
};

static bool see_sort(void *arg, const struct storage_entry *entry, struct error *err)
{
    struct sorts_seen *seen = arg;
    assert_slice(entry->value, "1");
    snprintf(seen->text + strlen(seen->text), sizeof seen->text - strlen(seen->text), "%.*s ",
             SLICE_PRINTF(entry->sort));
    return entry->sort.data[0] != seen->last || error_set(err, ERR_THROTTLING, "enough");
}

static bool each_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    const struct storage_partition_range range = {.space = SPACE, .partition = SLICE("p")};
    struct arena *arena = &step->harness->arena;
    struct sorts_seen all = {.text = ""}, some = {.last = 'c'};
    assert_true(storage_tx_each(tx, &range, arena, see_sort, &all, err));
    assert_string_equal(all.text, "a b ba bb c d ");
    assert_false(storage_tx_each(tx, &range, arena, see_sort, &some, err));
    assert_string_equal(some.text, "a b ba bb c ");
    return false;
}

static void each_entry_is_given_until_one_is_refused(void **state)
{
    struct harness *h = *state;
    struct harness_step step = {.space = SPACE};
    const struct storage_partition_range range = {.space = SPACE, .partition = SLICE("p"), .reverse = true};
    struct sorts_seen all = {.text = ""}, some = {.last = 'c'};
    suite_put_letters(h);
    struct storage_view *view = storage_view_take(h->store);
    assert_true(storage_view_each(view, &range, &h->arena, see_sort, &all, &h->err));
    assert_string_equal(all.text, "d c bb ba b a ");
    assert_false(storage_view_each(view, &range, &h->arena, see_sort, &some, &h->err));
    assert_string_equal(some.text, "d c ");
    assert_int_equal(h->err.code, ERR_THROTTLING);
    storage_view_release(view);
    assert_int_equal(harness_write(h, each_run, &step), ERR_THROTTLING);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(partition_is_in_byte_order_both_ways),
        SUITE_TEST(bounds_include_and_exclude),
        SUITE_TEST(impossible_bounds_give_nothing),
        SUITE_TEST(prefix_bound_takes_all_that_start_so),
        SUITE_TEST(prefix_of_highest_bytes_ends_with_the_partition),
        SUITE_TEST(scans_of_one_view_do_not_know_of_each_other),
        SUITE_TEST(scan_outlives_the_view_it_was_made_from),
        SUITE_TEST(cursor_left_open_ends_with_its_arena),
        SUITE_TEST(a_scan_again_sees_its_own_view),
        SUITE_TEST(a_scan_again_of_a_dropped_space_finds_nothing),
        SUITE_TEST(scans_beside_a_writer_see_whole_commits_and_never_go_back),
        SUITE_TEST(hash_ranges_part_a_space_without_gap_or_overlap),
        SUITE_TEST(one_hash_is_one_partition),
        SUITE_TEST(scan_in_pages_sees_everything_once),
        SUITE_TEST(scan_resumes_after_a_key_that_is_gone),
        SUITE_TEST(scan_resumed_behind_its_range_is_empty),
        SUITE_TEST(each_entry_is_given_until_one_is_refused),
    };
    return suite_main(argc, argv, tests, sizeof tests / sizeof tests[0]);
}
