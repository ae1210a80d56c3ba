/* What is in the files of a store on disk, looked at and damaged behind its back: storage_files disk. */
#include "suite.h"

#include <fcntl.h>
#include <glob.h>
#include <rocksdb/c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ------------------------------------------------------------------ behind its back */

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

static void reopen_after(struct harness *h, void (*damage)(struct harness *h))
{
    storage_close(h->store);
    h->store = NULL;
    damage(h);
    if (!storage_open_rocksdb(&h->options, &h->store, &h->err))
        fail_msg("%s", h->err.message);
}

/* ------------------------------------------------------------------ damage */

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

/* Of a store that is not closed all is in the log. */
static void put_three_values(struct harness *h)
{
    harness_put(h, "p", SLICE("a"), SLICE("first value"));
    harness_put(h, "p", SLICE("b"), SLICE("second value"));
    harness_put(h, "p", SLICE("c"), SLICE("third value"));
}

static void log_damaged_before_acknowledged_writes_is_refused(void **state)
{
    struct harness *h = *state;
    char directory[64];
    struct storage *store;
    harness_make_directory(directory);
    const char *own = h->options.path;
    h->options.path = directory;
    harness_run_killed(&h->options, put_three_values);
    flip_in_file(directory, ".log", SLICE("second value"));
    const char *message = harness_fail_to_open(h, ERR_CORRUPT);
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
    struct harness *h = *state, other;
    struct storage_options options = h->options;
    char directory[64], command[256];
    harness_make_directory(directory);
    options.path = directory;
    harness_run_killed(&options, put_three_values);
    /* What a crash leaves behind the last sync: half a record. */
    snprintf(command, sizeof command, "for f in %s/*.log; do printf 'torn\\001\\002\\003' >> $f; done",
             directory);
    assert_int_equal(system(command), 0);
    if (!harness_open_existing(&other, &options))
        fail_msg("%s", other.err.message);
    assert_slice(harness_get(&other, "p", SLICE("c")), "third value");
    harness_close(&other);
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(changed_value_is_noticed_and_others_are_read),
        SUITE_TEST(damaged_block_is_noticed_and_the_rest_goes_on),
        SUITE_TEST(log_damaged_before_acknowledged_writes_is_refused),
        SUITE_TEST(log_with_a_torn_end_is_accepted),
        SUITE_TEST(store_without_a_family_for_logs_gets_one),
        SUITE_TEST(logs_and_only_logs_are_in_the_logs_family),
        SUITE_TEST(log_does_not_pile_up_when_one_family_is_written),
    };
    return suite_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
