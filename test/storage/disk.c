/* What only a store on disk promises: what was acknowledged is there after a restart, damage is noticed, and a
 * directory that is not ours is left alone. */
#include "harness.h"

#include <fcntl.h>
#include <glob.h>
#include <rocksdb/c.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_harness(void **state)
{
    struct harness *h = malloc(sizeof *h);
    harness_open(h, HARNESS_DISK);
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

/* The message of a failed open of h's directory. */
static const char *open_failure(struct harness *h, enum error_code code)
{
    struct storage *store = NULL;
    error_init(&h->err, &h->arena);
    assert_false(storage_open_rocksdb(&h->options, &store, &h->err));
    assert_int_equal(h->err.code, code);
    return h->err.message;
}

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
    const char *message = open_failure(h, ERR_STORAGE);
    assert_non_null(strstr(message, "version 99"));
    assert_non_null(strstr(message, "version 1"));
    assert_false(exists(directory, "CURRENT"));
    assert_false(exists(directory, "SYNCED"));
    write_file(directory, "STATOR", "something else");
    assert_non_null(strstr(open_failure(h, ERR_STORAGE), "does not describe a Stator store"));
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
    assert_non_null(strstr(open_failure(h, ERR_STORAGE), "not a Stator data directory"));
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
    assert_non_null(strstr(open_failure(h, ERR_STORAGE), "is not a directory"));
    snprintf(path, sizeof path, "%s/no/such", directory);
    assert_non_null(strstr(open_failure(h, ERR_STORAGE), "parent directory does not exist"));
    snprintf(path, sizeof path, "/proc/stator");
    assert_non_null(strstr(open_failure(h, ERR_STORAGE), "cannot create data directory"));
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

/* ------------------------------------------------------------------ damage */

/* The families as docs/format.md names them: items, logs. */
static rocksdb_t *open_rocksdb(struct harness *h, rocksdb_options_t *options,
                               rocksdb_column_family_handle_t *families[2])
{
    static const char *const names[2] = {"default", "logs"};
    const rocksdb_options_t *const each[2] = {options, options};
    char *text = NULL;
    rocksdb_t *db = rocksdb_open_column_families(options, h->options.path, 2, names, each, families, &text);
    assert_null(text);
    return db;
}

static void close_rocksdb(rocksdb_t *db, rocksdb_column_family_handle_t *families[2])
{
    rocksdb_column_family_handle_destroy(families[0]);
    rocksdb_column_family_handle_destroy(families[1]);
    rocksdb_close(db);
}

/* Replaces bytes of a stored value behind the store's back, through RocksDB itself: its own checksums hold. */
static void overwrite_through_rocksdb(struct harness *h, struct slice needle, struct slice replacement)
{
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_options_set_prefix_extractor(options, rocksdb_slicetransform_create_fixed_prefix(12));
    rocksdb_readoptions_t *read = rocksdb_readoptions_create();
    rocksdb_readoptions_set_total_order_seek(read, 1);
    rocksdb_writeoptions_t *write = rocksdb_writeoptions_create();
    char *text = NULL;
    int replaced = 0;
    rocksdb_column_family_handle_t *families[2];
    rocksdb_t *db = open_rocksdb(h, options, families);
    rocksdb_iterator_t *it = rocksdb_create_iterator(db, read);
    for (rocksdb_iter_seek_to_first(it); rocksdb_iter_valid(it); rocksdb_iter_next(it)) {
        struct slice key, value;
        key.data = rocksdb_iter_key(it, &key.size);
        value.data = rocksdb_iter_value(it, &value.size);
        char *at = memmem(value.data, value.size, needle.data, needle.size);
        if (!at)
            continue;
        char *changed = malloc(value.size);
        memcpy(changed, value.data, value.size);
        memcpy(changed + (at - value.data), replacement.data, replacement.size);
        rocksdb_put(db, write, key.data, key.size, changed, value.size, &text);
        assert_null(text);
        free(changed);
        replaced++;
    }
    assert_int_equal(replaced, 1);
    rocksdb_iter_destroy(it);
    close_rocksdb(db, families);
    rocksdb_writeoptions_destroy(write);
    rocksdb_readoptions_destroy(read);
    rocksdb_options_destroy(options);
}

static bool try_get(struct harness *h, const char *sort)
{
    struct storage_key key = harness_key("p", slice_from_cstr(sort));
    struct slice value;
    bool found;
    struct storage_view *view = storage_view_take(h->store);
    error_init(&h->err, &h->arena);
    bool ok = storage_view_get(view, &key, &h->arena, &value, &found, &h->err);
    storage_view_release(view);
    return ok;
}

static void reopen_after(struct harness *h, void (*damage)(struct harness *h))
{
    storage_close(h->store);
    h->store = NULL;
    damage(h);
    if (!storage_open_rocksdb(&h->options, &h->store, &h->err))
        fail_msg("%s", h->err.message);
}

static void flip_in_value(struct harness *h)
{
    overwrite_through_rocksdb(h, SLICE("treasure"), SLICE("treasurf"));
}

static void changed_value_is_noticed_and_others_are_read(void **state)
{
    struct harness *h = *state;
    harness_put(h, "p", SLICE("a"), SLICE("before"));
    harness_put(h, "p", SLICE("b"), SLICE("treasure"));
    harness_put(h, "p", SLICE("c"), SLICE("after"));
    reopen_after(h, flip_in_value);
    assert_false(try_get(h, "b"));
    assert_int_equal(h->err.code, ERR_CORRUPT);
    assert_string_equal(h->err.message, "Internal server error");
    assert_non_null(strstr(h->err.detail, "space 16"));
    assert_non_null(strstr(h->err.detail, "key 00000010"));
    assert_non_null(strstr(h->err.detail, "00017062")); /* partition size 1, "p", "b" */
    assert_slice(harness_get(h, "p", SLICE("a")), "before");
    assert_slice(harness_get(h, "p", SLICE("c")), "after");

    struct storage_partition_range range = {.space = SPACE, .partition = SLICE("p")};
    struct storage_cursor *cursor;
    struct storage_entry entry;
    bool found;
    struct storage_view *view = storage_view_take(h->store);
    assert_true(storage_view_scan_partition(view, &range, &h->arena, &cursor, &h->err));
    storage_view_release(view);
    assert_true(storage_cursor_next(cursor, &entry, &found, &h->err) && found);
    assert_false(storage_cursor_next(cursor, &entry, &found, &h->err));
    assert_int_equal(h->err.code, ERR_CORRUPT);
    storage_cursor_close(cursor);
}

/* Flips one byte at `needle` in the first file whose name ends in `suffix`. */
static void flip_in_file(const char *directory, const char *suffix, struct slice needle)
{
    char command[256], path[256] = "";
    snprintf(command, sizeof command, "ls %s/*%s | head -n 1", directory, suffix);
    FILE *list = popen(command, "r");
    assert_non_null(fgets(path, sizeof path, list));
    pclose(list);
    path[strcspn(path, "\n")] = '\0';
    int fd = open(path, O_RDWR);
    struct stat about;
    assert_int_equal(fstat(fd, &about), 0);
    char *bytes = malloc((size_t)about.st_size);
    assert_int_equal(pread(fd, bytes, (size_t)about.st_size, 0), about.st_size);
    char *at = memmem(bytes, (size_t)about.st_size, needle.data, needle.size);
    assert_non_null(at);
    char flipped = (char)(*at ^ 1);
    assert_int_equal(pwrite(fd, &flipped, 1, at - bytes), 1);
    free(bytes);
    close(fd);
}

static void flip_in_table_file(struct harness *h)
{
    flip_in_file(h->options.path, ".sst", SLICE("treasure"));
}

static void damaged_block_is_noticed_and_the_rest_goes_on(void **state)
{
    struct harness *h = *state;
    char filler[1000];
    memset(filler, 'f', sizeof filler);
    /* So many that the store's own records are in another block. */
    for (int i = 0; i < 50; i++) {
        char sort[8];
        snprintf(sort, sizeof sort, "%c%02d", i < 25 ? 'a' : 'c', i);
        harness_put(h, "p", slice_from_cstr(sort), slice_of(filler, sizeof filler));
    }
    harness_put(h, "p", SLICE("b"), SLICE("treasure"));
    reopen_after(h, flip_in_table_file);
    assert_false(try_get(h, "b"));
    assert_int_equal(h->err.code, ERR_CORRUPT);
    assert_non_null(h->err.detail);
    assert_true(try_get(h, "a00") && try_get(h, "c49"));
    harness_put(h, "q", SLICE("a"), SLICE("later"));
    assert_slice(harness_get(h, "q", SLICE("a")), "later");
}

/* A child that fills a store and dies without closing it, so that everything is in the log. */
static void fill_and_die(const struct storage_options *options)
{
    pid_t child = fork();
    if (child == 0) {
        struct harness h = {.kind = HARNESS_DISK, .options = *options};
        arena_init(&h.arena, 1 << 16);
        error_init(&h.err, &h.arena);
        if (!storage_open_rocksdb(options, &h.store, &h.err))
            _exit(1);
        harness_create_space(&h, SPACE);
        harness_put(&h, "p", SLICE("a"), SLICE("first value"));
        harness_put(&h, "p", SLICE("b"), SLICE("second value"));
        harness_put(&h, "p", SLICE("c"), SLICE("third value"));
        kill(getpid(), SIGKILL);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
}

static void log_damaged_before_acknowledged_writes_is_refused(void **state)
{
    struct harness *h = *state;
    char directory[64];
    struct storage *store;
    harness_make_directory(directory);
    const char *own = h->options.path;
    h->options.path = directory;
    fill_and_die(&h->options);
    flip_in_file(directory, ".log", SLICE("second value"));
    const char *message = open_failure(h, ERR_CORRUPT);
    assert_non_null(strstr(message, "ends at commit 2"));
    assert_non_null(strstr(message, "commit 4 was acknowledged"));
    /* Nothing was changed by that: undamaged it opens. */
    flip_in_file(directory, ".log", SLICE("recond value"));
    assert_true(storage_open_rocksdb(&h->options, &store, &h->err));
    storage_close(store);
    h->options.path = own;
    harness_remove_directory(directory);
}

static void log_with_a_torn_end_is_accepted(void **state)
{
    struct harness *h = *state;
    char directory[64], command[256];
    harness_make_directory(directory);
    struct harness other = {.kind = HARNESS_DISK, .options = h->options};
    arena_init(&other.arena, 1 << 16);
    error_init(&other.err, &other.arena);
    other.options.path = directory;
    fill_and_die(&other.options);
    /* What a crash leaves behind the last sync: half a record. */
    snprintf(command, sizeof command, "for f in %s/*.log; do printf 'torn\\001\\002\\003' >> $f; done",
             directory);
    assert_int_equal(system(command), 0);
    if (!storage_open_rocksdb(&other.options, &other.store, &other.err))
        fail_msg("%s", other.err.message);
    assert_slice(harness_get(&other, "p", SLICE("c")), "third value");
    arena_release(&other.arena);
    storage_close(other.store);
    harness_remove_directory(directory);
}

/* ------------------------------------------------------------------ interrupted drops */

/* The state in the space's record; docs/format.md#system-spaces. */
static int stored_space_state(struct harness *h, uint32_t space)
{
    char sort[4] = {0, 0, (char)(space >> 8), (char)space};
    struct slice record = harness_get_from(h, 0, "space", slice_of(sort, sizeof sort));
    return slice_is_none(record) ? 0 : record.data[7];
}

/* A view older than the drop keeps the child from giving the files back before it dies. */
static void drop_and_die(const struct storage_options *options)
{
    pid_t child = fork();
    if (child == 0) {
        struct harness h = {.kind = HARNESS_DISK, .options = *options};
        arena_init(&h.arena, 1 << 16);
        error_init(&h.err, &h.arena);
        if (!storage_open_rocksdb(options, &h.store, &h.err))
            _exit(1);
        harness_create_space(&h, SPACE);
        harness_put(&h, "p", SLICE("a"), SLICE("value"));
        struct storage_view *view = storage_view_take(h.store);
        harness_drop_space(&h, SPACE);
        usleep(250000);
        if (stored_space_state(&h, SPACE) != 2 || harness_view_get(&h, view, "p", SLICE("a")).size != 5)
            _exit(2);
        kill(getpid(), SIGKILL);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
}

static void interrupted_drop_is_finished_after_the_restart(void **state)
{
    struct harness *h = *state;
    struct harness other = {.kind = HARNESS_DISK, .options = h->options};
    char directory[64];
    harness_make_directory(directory);
    other.options.path = directory;
    arena_init(&other.arena, 1 << 16);
    error_init(&other.err, &other.arena);
    drop_and_die(&other.options);
    assert_true(storage_open_rocksdb(&other.options, &other.store, &other.err));
    assert_slice(harness_get(&other, "p", SLICE("a")), NULL);
    struct storage_view *view = storage_view_take(other.store);
    assert_int_equal(storage_view_commit(view), 3);
    storage_view_release(view);
    for (int i = 0; i < 100 && stored_space_state(&other, SPACE) != 3; i++)
        usleep(50000);
    assert_int_equal(stored_space_state(&other, SPACE), 3);
    assert_int_equal(harness_try_create_space(&other, SPACE), ERR_NO_SPACE);
    arena_release(&other.arena);
    storage_close(other.store);
    harness_remove_directory(directory);
}

/* ------------------------------------------------------------------ two families */

static void drop_logs_family(struct harness *h)
{
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_column_family_handle_t *families[2];
    rocksdb_options_set_prefix_extractor(options, rocksdb_slicetransform_create_fixed_prefix(12));
    rocksdb_t *db = open_rocksdb(h, options, families);
    char *text = NULL;
    rocksdb_drop_column_family(db, families[1], &text);
    assert_null(text);
    close_rocksdb(db, families);
    rocksdb_options_destroy(options);
}

/* As stores were made before there were two. */
static void store_without_a_family_for_logs_gets_one(void **state)
{
    struct harness *h = *state;
    harness_put(h, "p", SLICE("a"), SLICE("before"));
    reopen_after(h, drop_logs_family);
    assert_slice(harness_get(h, "p", SLICE("a")), "before");
    harness_create_space(h, LOG_SPACE);
    assert_int_equal(harness_try_put(h, LOG_SPACE, "p", SLICE("a"), SLICE("after")), ERR_NONE);
    harness_reopen(h);
    assert_slice(harness_get(h, "p", SLICE("a")), "before");
    assert_slice(harness_get_from(h, LOG_SPACE, "p", SLICE("a")), "after");
}

/* How many entries of values that hold `needle` a family has. */
static int count_in_family(struct harness *h, int family, struct slice needle)
{
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_readoptions_t *read = rocksdb_readoptions_create();
    rocksdb_column_family_handle_t *families[2];
    int count = 0;
    rocksdb_t *db = open_rocksdb(h, options, families);
    rocksdb_iterator_t *it = rocksdb_create_iterator_cf(db, read, families[family]);
    for (rocksdb_iter_seek_to_first(it); rocksdb_iter_valid(it); rocksdb_iter_next(it)) {
        size_t size;
        const char *value = rocksdb_iter_value(it, &size);
        count += memmem(value, size, needle.data, needle.size) != NULL;
    }
    rocksdb_iter_destroy(it);
    close_rocksdb(db, families);
    rocksdb_readoptions_destroy(read);
    rocksdb_options_destroy(options);
    return count;
}

static void count_both_families(struct harness *h)
{
    assert_int_equal(count_in_family(h, 0, SLICE("item")), 1);
    assert_int_equal(count_in_family(h, 1, SLICE("item")), 0);
    assert_int_equal(count_in_family(h, 0, SLICE("record")), 0);
    assert_int_equal(count_in_family(h, 1, SLICE("record")), 2);
}

static void logs_and_only_logs_are_in_the_logs_family(void **state)
{
    struct harness *h = *state;
    harness_create_space(h, LOG_SPACE);
    harness_put(h, "p", SLICE("a"), SLICE("item"));
    harness_try_put(h, LOG_SPACE, "p", SLICE("a"), SLICE("record 1"));
    harness_try_put(h, LOG_SPACE, "p", SLICE("b"), SLICE("record 2"));
    reopen_after(h, count_both_families);
}

/* RocksDB's log, all files of it. */
static uint64_t log_bytes(const struct harness *h)
{
    char pattern[128];
    glob_t found;
    uint64_t bytes = 0;
    snprintf(pattern, sizeof pattern, "%s/*.log", h->path);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct stat about;
        if (stat(found.gl_pathv[i], &about) == 0) /* it may be gone meanwhile */
            bytes += (uint64_t)about.st_size;
    }
    globfree(&found);
    return bytes;
}

enum { PILE_BYTES = 64 << 20, PILE_VALUE_BYTES = 64 << 10, MEMTABLES_BYTES = 1 << 20 };

/* One entry in the one space, much in the other. Returns the most that the log was. */
static uint64_t pile_up(struct harness *h, uint32_t little, uint32_t much)
{
    static char value[PILE_VALUE_BYTES];
    uint64_t most = 0;
    harness_try_put(h, little, "p", SLICE("little"), SLICE("v"));
    for (unsigned i = 0; i < PILE_BYTES / PILE_VALUE_BYTES; i++) {
        char sort[16];
        snprintf(sort, sizeof sort, "%06u", i);
        assert_int_equal(harness_try_put(h, much, "p", slice_from_cstr(sort), slice_of(value, sizeof value)),
                         ERR_NONE);
        arena_reset(&h->arena);
        uint64_t bytes = log_bytes(h);
        most = bytes > most ? bytes : most;
    }
    return most;
}

/* Twice the memtables are kept, and what is written until a file of the other family is there. */
static void log_does_not_pile_up_when_one_family_is_written(void **state)
{
    struct harness *h = *state;
    storage_close(h->store);
    h->options.memtable_bytes = MEMTABLES_BYTES;
    assert_true(storage_open_rocksdb(&h->options, &h->store, &h->err));
    harness_create_space(h, LOG_SPACE);
    assert_true(pile_up(h, LOG_SPACE, SPACE) < 8 * MEMTABLES_BYTES);
    assert_true(pile_up(h, SPACE, LOG_SPACE) < 8 * MEMTABLES_BYTES);
    assert_slice(harness_get(h, "p", SLICE("little")), "v");
    assert_slice(harness_get_from(h, LOG_SPACE, "p", SLICE("little")), "v");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reopened_store_has_everything),
        TEST(marks_are_as_they_were_after_a_restart),
        TEST(store_of_many_files_reads_the_same),
        TEST(more_data_than_cache_is_said_so),
        TEST(unknown_format_version_is_refused_and_left_alone),
        TEST(foreign_directory_is_refused_and_left_alone),
        TEST(what_is_not_a_directory_is_refused),
        TEST(absent_and_empty_directories_become_stores),
        TEST(second_process_is_kept_out),
        TEST(changed_value_is_noticed_and_others_are_read),
        TEST(damaged_block_is_noticed_and_the_rest_goes_on),
        TEST(log_damaged_before_acknowledged_writes_is_refused),
        TEST(log_with_a_torn_end_is_accepted),
        TEST(interrupted_drop_is_finished_after_the_restart),
        TEST(store_without_a_family_for_logs_gets_one),
        TEST(logs_and_only_logs_are_in_the_logs_family),
        TEST(log_does_not_pile_up_when_one_family_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
