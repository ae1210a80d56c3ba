/* What only a store on disk promises: what was acknowledged is there after a restart, and a directory that is not ours is left
 * alone: storage_disk disk. */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ------------------------------------------------------------------ restart */

static bool usage_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    return storage_tx_add_usage(tx, step->space, (struct storage_usage){3, 300}, err);
}

static uint64_t marked_in;

static bool mark_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    marked_in = storage_tx_commit_number(tx);
    return storage_tx_mark_space(tx, step->space, err);
}

static bool check_mark_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    (void)err;
    assert_int_equal(storage_tx_space_mark(tx, step->space), marked_in);
    return true;
}

static void marks_are_as_they_were_after_a_restart(void **state)
{
    struct harness *h = *state;
    struct harness_step step = {.space = SPACE};
    harness_put(h, "p", SLICE("a"), SLICE("one"));
    assert_int_equal(harness_write(h, mark_run, &step), ERR_NONE);
    harness_put(h, "p", SLICE("a"), SLICE("two"));
    harness_reopen(h);
    harness_write(h, check_mark_run, &step);
    assert_string_equal(harness_scan(h, "p", ANY_BOUND, ANY_BOUND, false), "a=two ");
}

static void reopened_store_has_everything(void **state)
{
    struct harness *h = *state;
    struct harness_step usage = {.space = SPACE}, after = usage;
    harness_create_space(h, SPACE + 1);
    harness_create_space(h, SPACE + 2);
    harness_put(h, "p", SLICE("a"), SLICE("one"));
    harness_put(h, "p", SLICE("b"), SLICE("two"));
    harness_delete(h, "p", SLICE("b"));
    harness_drop_space(h, SPACE + 1);
    harness_write(h, usage_run, &usage);
    harness_reopen(h);
    assert_string_equal(harness_scan(h, "p", ANY_BOUND, ANY_BOUND, false), "a=one ");
    assert_int_equal(harness_try_put(h, SPACE + 1, "p", SLICE(""), SLICE("")), ERR_NO_SPACE);
    assert_int_equal(harness_try_create_space(h, SPACE + 1), ERR_NO_SPACE);
    assert_int_equal(harness_try_put(h, SPACE + 2, "p", SLICE(""), SLICE("")), ERR_NONE);
    assert_int_equal(harness_write(h, usage_run, &after), ERR_NONE);
    assert_int_equal(after.write.commit_number, usage.write.commit_number + 2);
    struct storage_usage total;
    struct storage_view *view = storage_view_take(h->store);
    assert_true(storage_view_usage(view, SPACE, &total, &h->err));
    storage_view_release(view);
    assert_int_equal(total.entries, 6);
    assert_int_equal(total.bytes, 600);
}

static void store_of_many_files_reads_the_same(void **state)
{
    struct harness *h = *state;
    char value[4000];
    memset(value, 'x', sizeof value);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 200; i++) {
            char sort[16];
            snprintf(sort, sizeof sort, "%03d", i * 3 + round);
            harness_put(h, "p", slice_from_cstr(sort), slice_of(value, sizeof value));
        }
        harness_reopen(h);
    }
    struct storage_partition_range range = {.space = SPACE, .partition = SLICE("p"), .reverse = true};
    struct storage_cursor *cursor;
    struct storage_view *view = storage_view_take(h->store);
    assert_true(storage_view_scan_partition(view, &range, &h->arena, &cursor, &h->err));
    storage_view_release(view);
    char last[16] = "999";
    int count = 0;
    for (bool found = true; found;) {
        struct storage_entry entry;
        assert_true(storage_cursor_next(cursor, &entry, &found, &h->err));
        if (!found)
            break;
        assert_true(memcmp(entry.sort.data, last, 3) < 0);
        memcpy(last, entry.sort.data, 3);
        count++;
    }
    storage_cursor_close(cursor);
    assert_int_equal(count, 600);
}

/* An orderly close writes all there is to files. */
static void fill_and_reopen(struct harness *h, int from, int to)
{
    char value[4000];
    uint32_t noise = 1;
    for (int i = from; i < to; i++) {
        char sort[16];
        for (size_t at = 0; at < sizeof value; at++)
            value[at] = (char)((noise = noise * 1664525 + 1013904223) >> 24);
        snprintf(sort, sizeof sort, "%04d", i);
        harness_put(h, "p", slice_from_cstr(sort), slice_of(value, sizeof value));
    }
    harness_reopen(h);
}

static bool outgrows_within_seconds(struct storage *store)
{
    for (int tick = 0; tick < 500 && !storage_outgrows_memory(store); tick++)
        usleep(10000);
    return storage_outgrows_memory(store);
}

static void more_data_than_cache_is_said_so(void **state)
{
    struct harness *h = *state;
    h->options.cache_bytes = 1 << 20;
    fill_and_reopen(h, 0, 50);
    usleep(300000); /* some looks of the store at itself */
    assert_false(storage_outgrows_memory(h->store));
    fill_and_reopen(h, 50, 500);
    assert_true(outgrows_within_seconds(h->store));
    harness_put(h, "p", SLICE("0001"), SLICE("new"));
    assert_slice(harness_get(h, "p", SLICE("0001")), "new");
}

/* ------------------------------------------------------------------ refused directories */

static void write_file(const char *directory, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static bool exists(const char *directory, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return access(path, F_OK) == 0;
}

static void unknown_format_version_is_refused_and_left_alone(void **state)
{
    struct harness *h = *state;
    char directory[64];
    harness_make_directory(directory);
    write_file(directory, "STATOR", "Stator store\nformat 99\n");
    const char *own = h->options.path;
    h->options.path = directory;
    const char *message = harness_fail_to_open(h, ERR_STORAGE);
    assert_non_null(strstr(message, "version 99"));
    assert_non_null(strstr(message, "version 1"));
    assert_false(exists(directory, "CURRENT"));
    assert_false(exists(directory, "SYNCED"));
    write_file(directory, "STATOR", "something else");
    assert_non_null(strstr(harness_fail_to_open(h, ERR_STORAGE), "does not describe a Stator store"));
    h->options.path = own;
    harness_remove_directory(directory);
}

static void foreign_directory_is_refused_and_left_alone(void **state)
{
    struct harness *h = *state;
    char directory[64];
    harness_make_directory(directory);
    write_file(directory, "thesis.tex", "precious");
    const char *own = h->options.path;
    h->options.path = directory;
    assert_non_null(strstr(harness_fail_to_open(h, ERR_STORAGE), "not a Stator data directory"));
    assert_false(exists(directory, "STATOR"));
    h->options.path = own;
    harness_remove_directory(directory);
}

static void what_is_not_a_directory_is_refused(void **state)
{
    struct harness *h = *state;
    char directory[64], path[128];
    harness_make_directory(directory);
    write_file(directory, "file", "");
    const char *own = h->options.path;
    snprintf(path, sizeof path, "%s/file", directory);
    h->options.path = path;
    assert_non_null(strstr(harness_fail_to_open(h, ERR_STORAGE), "is not a directory"));
    snprintf(path, sizeof path, "%s/no/such", directory);
    assert_non_null(strstr(harness_fail_to_open(h, ERR_STORAGE), "parent directory does not exist"));
    snprintf(path, sizeof path, "/proc/stator");
    assert_non_null(strstr(harness_fail_to_open(h, ERR_STORAGE), "cannot create data directory"));
    h->options.path = own;
    harness_remove_directory(directory);
}

static void absent_and_empty_directories_become_stores(void **state)
{
    struct harness *h = *state;
    char directory[64], path[128];
    harness_make_directory(directory);
    write_file(directory, "STATOR.tmp", "left by a crash");
    snprintf(path, sizeof path, "%s", directory);
    struct storage_options options = h->options;
    struct storage *store;
    for (int i = 0; i < 2; i++) {
        options.path = path;
        assert_true(storage_open_rocksdb(&options, &store, &h->err));
        storage_close(store);
        assert_true(exists(path, "STATOR"));
        snprintf(path, sizeof path, "%s/child", directory);
    }
    harness_remove_directory(directory);
}

/* The child has its own descriptors; the lock belongs to the parent's. */
static void second_process_is_kept_out(void **state)
{
    struct harness *h = *state;
    pid_t child = fork();
    if (child == 0) {
        struct storage *store;
        struct error err;
        error_init(&err, &h->arena);
        if (storage_open_rocksdb(&h->options, &store, &err))
            _exit(1);
        _exit(strstr(err.message, "in use by another process") ? 0 : 2);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    harness_put(h, "p", SLICE("a"), SLICE("still working"));
}

/* ------------------------------------------------------------------ interrupted drops */

/* The state in the space's record; docs/format.md#system-spaces. */
static int stored_space_state(struct harness *h, uint32_t space)
{
    char sort[4] = {0, 0, (char)(space >> 8), (char)space};
    struct slice record = harness_get_from(h, 0, "space", slice_of(sort, sizeof sort));
    return slice_is_none(record) ? 0 : record.data[7];
}

/* A view older than the drop keeps the store from giving the files back. */
static void begin_to_drop(struct harness *h)
{
    harness_put(h, "p", SLICE("a"), SLICE("value"));
    struct storage_view *view = storage_view_take(h->store);
    harness_drop_space(h, SPACE);
    usleep(250000);
    if (stored_space_state(h, SPACE) != 2 || harness_view_get(h, view, "p", SLICE("a")).size != 5)
        _exit(2);
}

static void interrupted_drop_is_finished_after_the_restart(void **state)
{
    struct harness *h = *state, other;
    struct storage_options options = h->options;
    char directory[64];
    harness_make_directory(directory);
    options.path = directory;
    harness_run_killed(&options, begin_to_drop);
    assert_true(harness_open_existing(&other, &options));
    assert_slice(harness_get(&other, "p", SLICE("a")), NULL);
    struct storage_view *view = storage_view_take(other.store);
    assert_int_equal(storage_view_commit(view), 3);
    storage_view_release(view);
    for (int i = 0; i < 100 && stored_space_state(&other, SPACE) != 3; i++)
        usleep(50000);
    assert_int_equal(stored_space_state(&other, SPACE), 3);
    assert_int_equal(harness_try_create_space(&other, SPACE), ERR_NO_SPACE);
    harness_close(&other);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(reopened_store_has_everything),
        SUITE_TEST(marks_are_as_they_were_after_a_restart),
        SUITE_TEST(store_of_many_files_reads_the_same),
        SUITE_TEST(more_data_than_cache_is_said_so),
        SUITE_TEST(unknown_format_version_is_refused_and_left_alone),
        SUITE_TEST(foreign_directory_is_refused_and_left_alone),
        SUITE_TEST(what_is_not_a_directory_is_refused),
        SUITE_TEST(absent_and_empty_directories_become_stores),
        SUITE_TEST(second_process_is_kept_out),
        SUITE_TEST(interrupted_drop_is_finished_after_the_restart),
    };
    return suite_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
