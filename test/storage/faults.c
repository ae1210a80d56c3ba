/* What faulty/ does when it is told to: the n-th call fails cleanly, nothing is left half-written. */
#include "harness.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int open_harness(void **state)
{
    struct harness *h = malloc(sizeof *h);
    harness_open(h, HARNESS_FAULTY);
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

static void fail_once(struct harness *h, enum storage_fault_call call, uint64_t after)
{
    storage_faulty_set(h->store, call, (struct storage_fault){STORAGE_FAULT_FAIL, after, 1, 0});
}

/* A read, three puts and usage, as an item with an index has them. */
static bool item_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    struct slice value;
    bool found;
    for (int i = 0; i < 3; i++) {
        struct storage_key key = harness_key("p", slice_of(&"abc"[i], 1));
        if (!storage_tx_get(tx, &key, &step->harness->arena, &value, &found, err) ||
            !storage_tx_put(tx, &key, step->value, err))
            return false;
    }
    return storage_tx_add_usage(tx, SPACE, (struct storage_usage){3, 30}, err);
}

static enum error_code write_item(struct harness *h, struct slice value)
{
    return harness_write(h, item_run, &(struct harness_step){.value = value});
}

static void assert_item(struct harness *h, const char *expected, int64_t entries)
{
    struct storage_usage usage;
    struct storage_view *view = storage_view_take(h->store);
    for (int i = 0; i < 3; i++)
        assert_slice(harness_view_get(h, view, "p", slice_of(&"abc"[i], 1)), expected);
    assert_true(storage_view_usage(view, SPACE, &usage, &h->err));
    assert_int_equal(usage.entries, entries);
    storage_view_release(view);
}

static void every_failing_call_of_a_write_leaves_it_undone(void **state)
{
    struct harness *h = *state;
    assert_int_equal(write_item(h, SLICE("old")), ERR_NONE);
    for (uint64_t after = 0; after < 4; after++) {
        fail_once(h, STORAGE_FAULT_TX_PUT, after);
        assert_int_equal(write_item(h, SLICE("new")), ERR_STORAGE);
        assert_string_equal(h->err.detail, "injected fault");
        assert_item(h, "old", 3);
    }
    for (uint64_t after = 0; after < 3; after++) {
        fail_once(h, STORAGE_FAULT_TX_GET, after);
        assert_int_equal(write_item(h, SLICE("new")), ERR_STORAGE);
        assert_item(h, "old", 3);
    }
    fail_once(h, STORAGE_FAULT_COMMIT, 1);
    assert_int_equal(write_item(h, SLICE("one")), ERR_NONE);
    assert_int_equal(write_item(h, SLICE("two")), ERR_STORAGE);
    assert_item(h, "one", 6);
    assert_int_equal(write_item(h, SLICE("three")), ERR_NONE);
    assert_item(h, "three", 9);
}

static void failing_read_is_an_error_and_not_an_absence(void **state)
{
    struct harness *h = *state;
    struct storage_key key = harness_key("p", SLICE("a"));
    struct slice value;
    bool found;
    write_item(h, SLICE("v"));
    struct storage_view *view = storage_view_take(h->store);
    fail_once(h, STORAGE_FAULT_GET, 1);
    assert_true(storage_view_get(view, &key, &h->arena, &value, &found, &h->err) && found);
    assert_false(storage_view_get(view, &key, &h->arena, &value, &found, &h->err));
    assert_int_equal(h->err.code, ERR_STORAGE);
    assert_true(storage_view_get(view, &key, &h->arena, &value, &found, &h->err) && found);
    storage_view_release(view);
}

static void failing_scan_stops_where_it_was_told(void **state)
{
    struct harness *h = *state;
    struct storage_partition_range range = {.space = SPACE, .partition = SLICE("p")};
    struct storage_cursor *cursor;
    struct storage_entry entry;
    bool found;
    write_item(h, SLICE("v"));
    struct storage_view *view = storage_view_take(h->store);
    fail_once(h, STORAGE_FAULT_SCAN, 2);
    assert_true(storage_view_scan_partition(view, &range, &h->arena, &cursor, &h->err));
    assert_true(storage_cursor_next(cursor, &entry, &found, &h->err) && found);
    assert_true(storage_cursor_next(cursor, &entry, &found, &h->err) && found);
    assert_false(storage_cursor_next(cursor, &entry, &found, &h->err));
    storage_cursor_close(cursor);
    storage_view_release(view);
}

static void delay_delays(void **state)
{
    struct harness *h = *state;
    struct timespec start, end;
    storage_faulty_set(h->store, STORAGE_FAULT_COMMIT, (struct storage_fault){STORAGE_FAULT_DELAY, 0, 1, 50});
    clock_gettime(CLOCK_MONOTONIC, &start);
    assert_int_equal(write_item(h, SLICE("v")), ERR_NONE);
    clock_gettime(CLOCK_MONOTONIC, &end);
    long ms = (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000;
    assert_true(ms >= 49);
    assert_item(h, "v", 3);
}

static void crash_ends_the_process_before_the_commit(void **state)
{
    struct harness *h = *state;
    struct harness disk = {.kind = HARNESS_DISK, .options = h->options};
    char directory[64];
    harness_make_directory(directory);
    disk.options.path = directory;
    pid_t child = fork();
    if (child == 0) {
        struct storage *inner;
        arena_init(&disk.arena, 1 << 16);
        error_init(&disk.err, &disk.arena);
        if (!storage_open_rocksdb(&disk.options, &inner, &disk.err))
            _exit(1);
        disk.store = storage_open_faulty(inner);
        harness_create_space(&disk, SPACE);
        storage_faulty_set(disk.store, STORAGE_FAULT_COMMIT,
                           (struct storage_fault){STORAGE_FAULT_CRASH, 1, 1, 0});
        write_item(&disk, SLICE("first"));
        write_item(&disk, SLICE("second"));
        _exit(2);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    arena_init(&disk.arena, 1 << 16);
    error_init(&disk.err, &disk.arena);
    assert_true(storage_open_rocksdb(&disk.options, &disk.store, &disk.err));
    assert_item(&disk, "first", 3);
    arena_release(&disk.arena);
    storage_close(disk.store);
    harness_remove_directory(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_failing_call_of_a_write_leaves_it_undone),
        TEST(failing_read_is_an_error_and_not_an_absence),
        TEST(failing_scan_stops_where_it_was_told),
        TEST(delay_delays),
        TEST(crash_ends_the_process_before_the_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
