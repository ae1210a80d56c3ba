/* RocksDB's log as the store reads it itself, after a kill: always what RocksDB would recover, however the log is damaged; and
 * where RocksDB passes over damage to what was acknowledged, the store is not opened. */
#include "harness.h"

#include "storage/rocksdb/rocks_format.h"
#include "storage/rocksdb/rocks_log.h"

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

enum {
    STORES = 6,
    DAMAGES = 40,
    WRITES_MAX = 400,
    VALUE_BYTES_MAX = 60000,
};

static unsigned seed;

static unsigned below(unsigned bound)
{
    return (unsigned)rand_r(&seed) % bound;
}

/* ------------------------------------------------------------------ a store that was killed */

/* Small memtables, so that the log has many files of which some are needed no more. */
static void set_options(struct storage_options *options, const char *path)
{
    storage_options_init(options);
    options->path = path;
    options->cache_bytes = 1 << 20;
    options->memtable_bytes = 4 << 20;
    options->disk_reserve_bytes = 0;
}

/* Puts of all sizes into both families, deletes, and spaces that come and go. */
static void write_something(struct harness *h, unsigned number)
{
    static char value[VALUE_BYTES_MAX];
    char sort[16];
    size_t size = below(4) == 0 ? below(VALUE_BYTES_MAX) : below(300);
    snprintf(sort, sizeof sort, "%u", below(100));
    for (size_t i = 0; i < size; i++)
        value[i] = (char)below(256);
    switch (below(10)) {
    case 0:
        harness_delete(h, "p", slice_from_cstr(sort));
        break;
    case 1:
        if (harness_try_create_space(h, 1000 + number) != ERR_NONE)
            break; /* it was there before the last kill, and an id is never used again */
        harness_try_put(h, 1000 + number, "p", SLICE("a"), SLICE("dropped soon"));
        harness_drop_space(h, 1000 + number);
        break;
    case 2:
    case 3:
    case 4:
        harness_try_put(h, LOG_SPACE, "p", slice_from_cstr(sort), slice_of(value, size));
        break;
    default:
        harness_put(h, "p", slice_from_cstr(sort), slice_of(value, size));
    }
}

/* path, number of writes, seed */
static int write_until_killed(char **args)
{
    struct harness h = {.kind = HARNESS_DISK};
    unsigned writes = (unsigned)strtoul(args[1], NULL, 10);
    seed = (unsigned)strtoul(args[2], NULL, 10);
    arena_init(&h.arena, 1 << 16);
    error_init(&h.err, &h.arena);
    set_options(&h.options, args[0]);
    if (!storage_open_rocksdb(&h.options, &h.store, &h.err))
        return 1;
    harness_try_create_space(&h, SPACE);
    harness_try_create_space(&h, LOG_SPACE);
    for (unsigned i = 0; i < writes; i++)
        write_something(&h, i);
    kill(getpid(), SIGKILL);
    return 2;
}

/* In a program of its own, because RocksDB's threads do not survive a fork. */
static void write_and_die(const char *path, unsigned writes)
{
    char name[] = "storage_log", command[] = "write", directory[64], count[16], first[16];
    char *args[] = {name, command, directory, count, first, NULL};
    snprintf(directory, sizeof directory, "%s", path);
    snprintf(count, sizeof count, "%u", writes);
    snprintf(first, sizeof first, "%u", below(1U << 30));
    pid_t child = fork();
    if (child == 0) {
        execv("/proc/self/exe", args);
        _exit(3);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
}

/* ------------------------------------------------------------------ what RocksDB says */

struct recovered {
    bool opens;
    uint64_t commit;
    uint64_t oldest_log; /* that is needed */
};

static uint64_t stored_commit(rocksdb_t *db, rocksdb_column_family_handle_t *family)
{
    struct rocks_record_room record_room;
    struct rocks_key_room room;
    struct storage_key commit = rocks_record_key(&record_room, ROCKS_RECORD_COMMIT, 0);
    struct slice key = rocks_key_build(&room, NULL, &commit);
    struct rocks_record record = {0};
    rocksdb_readoptions_t *read = rocksdb_readoptions_create();
    char *text = NULL;
    size_t size;
    char *value = rocksdb_get_cf(db, read, family, key.data, key.size, &size, &text);
    assert_null(text);
    if (value)
        assert_true(size == 20 && rocks_record_decode(slice_of(value, 16), &record));
    free(value);
    rocksdb_readoptions_destroy(read);
    return record.first;
}

/* Opens read-only, in the mode of docs/format.md, with the logs that are in another directory than the rest. */
static struct recovered ask_rocksdb_of(const char *path, const char *logs)
{
    static const char *const names[] = {"default", "logs"};
    struct recovered out = {0};
    char *text = NULL;
    rocksdb_column_family_handle_t *families[2];
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_options_set_wal_recovery_mode(options, rocksdb_point_in_time_recovery);
    rocksdb_options_set_prefix_extractor(options, rocksdb_slicetransform_create_fixed_prefix(12));
    rocksdb_options_set_info_log_level(options, 5);
    rocksdb_options_set_wal_dir(options, logs);
    const rocksdb_options_t *const each[] = {options, options};
    rocksdb_t *db =
        rocksdb_open_for_read_only_column_families(options, path, 2, names, each, families, 0, &text);
    out.opens = text == NULL;
    if (out.opens) {
        out.commit = stored_commit(db, families[0]);
        assert_int_equal(rocksdb_property_int(db, "rocksdb.min-log-number-to-keep", &out.oldest_log), 0);
        rocksdb_column_family_handle_destroy(families[0]);
        rocksdb_column_family_handle_destroy(families[1]);
        rocksdb_close(db);
    }
    rocksdb_free(text);
    rocksdb_options_destroy(options);
    return out;
}

static struct recovered ask_rocksdb(const char *path)
{
    return ask_rocksdb_of(path, path);
}

/* The newest commit that is in table files. */
static uint64_t commit_in_files(const char *path)
{
    char nowhere[64];
    harness_make_directory(nowhere);
    struct recovered files = ask_rocksdb_of(path, nowhere);
    harness_remove_directory(nowhere);
    assert_true(files.opens);
    return files.commit;
}

/* ------------------------------------------------------------------ damage, and its repair */

struct log_file {
    char path[128];
    uint64_t number;
    char *bytes;
    size_t size;
};

struct log_files {
    struct log_file files[256];
    size_t count;
};

/* Names have six digits, so that their order is that of their numbers. */
static void read_logs(const char *path, struct log_files *out)
{
    char pattern[128];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/*.log", path);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_true(found.gl_pathc <= sizeof out->files / sizeof out->files[0]);
    out->count = found.gl_pathc;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct log_file *file = &out->files[i];
        struct stat about;
        snprintf(file->path, sizeof file->path, "%s", found.gl_pathv[i]);
        file->number = strtoull(strrchr(file->path, '/') + 1, NULL, 10);
        int fd = open(file->path, O_RDONLY);
        assert_int_equal(fstat(fd, &about), 0);
        file->size = (size_t)about.st_size;
        file->bytes = malloc(file->size + 1);
        assert_int_equal(read(fd, file->bytes, file->size), file->size);
        close(fd);
    }
    globfree(&found);
}

static void free_logs(struct log_files *logs)
{
    for (size_t i = 0; i < logs->count; i++)
        free(logs->files[i].bytes);
}

static void write_bytes(const char *path, const char *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
}

static void repair(const struct log_file *file)
{
    write_bytes(file->path, file->bytes, file->size);
}

static void flip(const struct log_file *file, size_t at, char bits)
{
    char *bytes = malloc(file->size);
    memcpy(bytes, file->bytes, file->size);
    bytes[at] ^= bits;
    write_bytes(file->path, bytes, file->size);
    free(bytes);
}

static void append(const struct log_file *file, size_t size, bool zeros)
{
    char *bytes = calloc(1, file->size + size);
    memcpy(bytes, file->bytes, file->size);
    for (size_t i = 0; i < size && !zeros; i++)
        bytes[file->size + i] = (char)below(256);
    write_bytes(file->path, bytes, file->size + size);
    free(bytes);
}

/* What crashes and disks do, but for what RocksDB does not notice. */
static void damage(const struct log_file *file)
{
    switch (below(4)) {
    case 0:
        append(file, 1 + below(40000), below(2));
        break;
    case 1:
        write_bytes(file->path, file->bytes, below((unsigned)file->size + 1));
        break;
    default:
        if (file->size > 0)
            flip(file, below((unsigned)file->size), 1);
    }
}

/* ------------------------------------------------------------------ the reader */

/* Cutting a whole file off, or at the end of a record, is not damage to RocksDB, which then lacks what was there. The reader
 * says that there is a gap. `in_files` is what RocksDB has of a family whose part of a damaged log is in files already. */
static void assert_agrees(const char *path, uint64_t in_files)
{
    struct recovered rocksdb = ask_rocksdb(path);
    struct rocks_log_found all = rocks_log_read(path, 0);
    if (!rocksdb.opens)
        return;
    struct rocks_log_found needed = rocks_log_read(path, rocksdb.oldest_log);
    assert_true(all.commit <= rocksdb.commit && needed.commit <= rocksdb.commit);
    assert_int_not_equal(needed.end, ROCKS_LOG_UNKNOWN);
    if (needed.end != ROCKS_LOG_GAP && needed.commit > 0 && rocksdb.commit != in_files)
        assert_int_equal(needed.commit, rocksdb.commit);
}

static void reader_finds_what_rocksdb_recovers(void **state)
{
    (void)state;
    static struct log_files logs;
    size_t agreed = 0, several = 0;
    print_message("seed %u\n", seed);
    for (int i = 0; i < STORES; i++) {
        char path[64];
        harness_make_directory(path);
        write_and_die(path, i == 0 ? 3 : 1 + below(WRITES_MAX));
        read_logs(path, &logs);
        struct recovered rocksdb = ask_rocksdb(path);
        assert_true(rocksdb.opens);
        struct rocks_log_found needed = rocks_log_read(path, rocksdb.oldest_log);
        assert_int_equal(needed.end, ROCKS_LOG_WHOLE);
        assert_true(needed.commit == rocksdb.commit || needed.first_commit == 0);
        several += logs.count > 2;
        uint64_t in_files = commit_in_files(path);
        for (int j = 0; j < DAMAGES; j++) {
            const struct log_file *file = &logs.files[below((unsigned)logs.count)];
            damage(file);
            assert_agrees(path, in_files);
            repair(file);
            agreed++;
        }
        free_logs(&logs);
        harness_remove_directory(path);
    }
    assert_true(agreed == STORES * DAMAGES && several > 0);
}

/* ------------------------------------------------------------------ the store */

/* The bytes of all files that matter. */
static void sum_of_files(const char *path, char out[128])
{
    char command[256];
    snprintf(command, sizeof command,
             "cd %s && cat *.log *.sst MANIFEST* CURRENT SYNCED OPENED STATOR 2>&1 | cksum", path);
    FILE *sum = popen(command, "r");
    assert_non_null(fgets(out, 128, sum));
    pclose(sum);
}

static void assert_refused_for(const char *path, const char *reason)
{
    struct storage_options options;
    struct storage *store;
    struct arena arena;
    struct error err;
    char before[128], after[128];
    arena_init(&arena, 4096);
    error_init(&err, &arena);
    set_options(&options, path);
    sum_of_files(path, before);
    assert_false(storage_open_rocksdb(&options, &store, &err));
    assert_int_equal(err.code, ERR_CORRUPT);
    assert_non_null(strstr(err.message, path));
    assert_non_null(strstr(err.message, reason));
    sum_of_files(path, after);
    assert_string_equal(before, after);
    arena_release(&arena);
}

static void assert_refused(const char *path)
{
    assert_refused_for(path, "SYNCED");
}

static void assert_opens(const char *path)
{
    struct storage_options options;
    struct storage *store;
    struct arena arena;
    struct error err;
    arena_init(&arena, 4096);
    error_init(&err, &arena);
    set_options(&options, path);
    if (!storage_open_rocksdb(&options, &store, &err))
        fail_msg("%s", err.message);
    storage_close(store);
    arena_release(&arena);
}

/* A store whose log has at least three files that are needed; the index of the first goes to *first_out. */
static void make_long_log(char path[64], struct log_files *logs, size_t *first_out)
{
    for (;;) {
        harness_make_directory(path);
        write_and_die(path, WRITES_MAX);
        read_logs(path, logs);
        struct recovered rocksdb = ask_rocksdb(path);
        for (*first_out = 0; logs->files[*first_out].number < rocksdb.oldest_log;)
            ++*first_out;
        size_t needed = logs->count - *first_out;
        if (needed >= 3 && logs->files[logs->count - 1].size > 0)
            return;
        free_logs(logs);
        harness_remove_directory(path);
    }
}

/* The first that is needed, those in the middle, the last; from the first on; all. */
static void missing_log_is_noticed(void **state)
{
    (void)state;
    static struct log_files logs;
    char path[64];
    size_t first;
    make_long_log(path, &logs, &first);
    for (size_t i = first; i < logs.count; i++) {
        unlink(logs.files[i].path);
        assert_refused(path);
        repair(&logs.files[i]);
    }
    for (size_t i = first; i < logs.count; i++) {
        unlink(logs.files[i].path);
        assert_refused(path);
    }
    for (size_t i = 0; i < first; i++)
        unlink(logs.files[i].path);
    assert_refused(path);
    for (size_t i = 0; i < logs.count; i++)
        repair(&logs.files[i]);
    assert_opens(path);
    free_logs(&logs);
    harness_remove_directory(path);
}

static void first_log_is_told_by_its_name(void **state)
{
    (void)state;
    static struct log_files logs;
    char path[64], missing[160], empty[160];
    size_t first;
    make_long_log(path, &logs, &first);
    const struct log_file *file = &logs.files[first];
    snprintf(missing, sizeof missing, "%s is missing", file->path);
    snprintf(empty, sizeof empty, "%s is empty", file->path);
    unlink(file->path);
    assert_refused_for(path, missing);
    write_bytes(file->path, "", 0);
    assert_refused_for(path, empty);
    repair(file);
    assert_opens(path);
    free_logs(&logs);
    harness_remove_directory(path);
}

/* Those that RocksDB has not removed yet. */
static void missing_log_that_is_needed_no_more_is_no_loss(void **state)
{
    (void)state;
    static struct log_files logs;
    char path[64];
    size_t first;
    make_long_log(path, &logs, &first);
    for (size_t i = 0; i < first; i++)
        unlink(logs.files[i].path);
    assert_opens(path);
    free_logs(&logs);
    harness_remove_directory(path);
}

/* As the messages say. */
static void store_without_its_note_of_the_newest_commit_opens_with_what_is_left(void **state)
{
    (void)state;
    static struct log_files logs;
    char path[64], synced[128];
    size_t first;
    make_long_log(path, &logs, &first);
    unlink(logs.files[first].path);
    assert_refused(path);
    snprintf(synced, sizeof synced, "%s/SYNCED", path);
    unlink(synced);
    assert_opens(path);
    assert_opens(path);
    free_logs(&logs);
    harness_remove_directory(path);
}

/* ------------------------------------------------------------------ who opened it last */

static void copy_file(const char *directory, const char *from, const char *to)
{
    char command[256];
    snprintf(command, sizeof command, "cp %s/%s %s/%s", directory, from, directory, to);
    assert_int_equal(system(command), 0);
}

/* A former version does not note what it opens, nor does an opening that is cut short before it comes to that. */
static void note_of_an_older_opening_says_nothing(void **state)
{
    (void)state;
    char path[64];
    harness_make_directory(path);
    write_and_die(path, WRITES_MAX);
    copy_file(path, "OPENED", "kept");
    for (int i = 0; i < 3; i++) {
        write_and_die(path, 1 + below(WRITES_MAX));
        copy_file(path, "kept", "OPENED");
        assert_opens(path);
        copy_file(path, "kept", "OPENED");
        assert_opens(path);
    }
    harness_remove_directory(path);
}

static void note_that_is_damaged_or_missing_says_nothing(void **state)
{
    (void)state;
    char path[64], note[128];
    harness_make_directory(path);
    snprintf(note, sizeof note, "%s/OPENED", path);
    write_and_die(path, WRITES_MAX);
    write_bytes(note, "torn", 4);
    assert_opens(path);
    write_and_die(path, WRITES_MAX);
    unlink(note);
    assert_opens(path);
    harness_remove_directory(path);
}

/* ------------------------------------------------------------------ other damage */

static void damage_to_what_was_acknowledged_is_refused_wherever_it_is(void **state)
{
    (void)state;
    static struct log_files logs;
    char path[64];
    size_t first;
    make_long_log(path, &logs, &first);
    for (int i = 0; i < 30; i++) {
        const struct log_file *file = &logs.files[first + below((unsigned)(logs.count - first))];
        if (file->size <= ROCKS_LOG_HEADER_BYTES)
            continue;
        /* Behind the first header, of which the first log's says all that there is. */
        size_t at = ROCKS_LOG_HEADER_BYTES + below((unsigned)file->size - ROCKS_LOG_HEADER_BYTES);
        flip(file, at, (char)(1 << below(8)));
        assert_refused(path);
        repair(file);
    }
    assert_opens(path);
    free_logs(&logs);
    harness_remove_directory(path);
}

/* A type of 5 is that of a log file which is used again, whose old records mean its end to RocksDB, so that it leaves out the
 * rest of the file. A record of no type and length is room that was not used. */
static void damage_that_rocksdb_passes_over_is_refused(void **state)
{
    (void)state;
    static struct log_files logs;
    char path[64];
    size_t first;
    make_long_log(path, &logs, &first);
    const struct log_file *file = &logs.files[first + 1];
    flip(file, 6, 4);
    assert_true(ask_rocksdb(path).opens);
    assert_refused(path);
    repair(file);
    assert_opens(path);
    free_logs(&logs);
    harness_remove_directory(path);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "write") == 0)
        return write_until_killed(argv + 2);
    seed = (unsigned)getpid();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_finds_what_rocksdb_recovers),
        cmocka_unit_test(missing_log_is_noticed),
        cmocka_unit_test(first_log_is_told_by_its_name),
        cmocka_unit_test(missing_log_that_is_needed_no_more_is_no_loss),
        cmocka_unit_test(store_without_its_note_of_the_newest_commit_opens_with_what_is_left),
        cmocka_unit_test(note_of_an_older_opening_says_nothing),
        cmocka_unit_test(note_that_is_damaged_or_missing_says_nothing),
        cmocka_unit_test(damage_to_what_was_acknowledged_is_refused_wherever_it_is),
        cmocka_unit_test(damage_that_rocksdb_passes_over_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
