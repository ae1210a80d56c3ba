/* A store whose process is killed, or whose machine loses power, in the middle of writes: what it acknowledged is there, and
 * of each write all or nothing: storage_kills disk. */
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    KILL_ROUNDS = 20,
    KILL_WRITERS = 8,
    KILL_ENTRIES = 40,
    KILL_VALUE_BYTES = 600,
    KILL_RECORD_BYTES_MAX = 6000,
};

/* One writer's write: its round number into two entries, the log and the usage, together. */
struct pair {
    struct storage_write write;
    struct arena arena;
    uint32_t writer;
    uint64_t value;
    size_t record_bytes;
    int pipe;
    struct storage *store;
};

struct acknowledged {
    uint32_t writer;
    uint32_t padding;
    uint64_t value;
};

static struct storage_key pair_key(char name[24], uint32_t writer, uint64_t value, const char *side)
{
    snprintf(name, 24, "w%u-%u", (unsigned)writer, (unsigned)(value % KILL_ENTRIES));
    return (struct storage_key){SPACE, slice_from_cstr(name), slice_from_cstr(side)};
}

/* A partition of the log for each writer. */
static bool append_record(struct storage_tx *tx, const struct pair *p, struct error *err)
{
    char sort[8], bytes[KILL_RECORD_BYTES_MAX] = {0};
    for (size_t i = 0; i < sizeof sort; i++)
        sort[i] = (char)(p->value >> (56 - 8 * i));
    memcpy(bytes, &p->value, sizeof p->value);
    struct storage_key key = {LOG_SPACE, slice_of(&p->writer, sizeof p->writer), slice_of(sort, sizeof sort)};
    return storage_tx_put(tx, &key, slice_of(bytes, p->record_bytes), err);
}

static bool pair_run(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct pair *p = (struct pair *)write;
    char name[24];
    char bytes[KILL_VALUE_BYTES] = {0};
    memcpy(bytes, &p->value, sizeof p->value);
    struct slice value = slice_of(bytes, sizeof bytes);
    struct storage_key left = pair_key(name, p->writer, p->value, "left");
    struct storage_key right = {SPACE, left.partition, SLICE("right")};
    struct storage_key newest = {SPACE, slice_of(&p->writer, sizeof p->writer), SLICE("newest")};
    return storage_tx_put(tx, &left, value, err) && storage_tx_put(tx, &right, value, err) &&
           storage_tx_put(tx, &newest, value, err) && append_record(tx, p, err) &&
           storage_tx_add_usage(tx, SPACE, (struct storage_usage){1, 0}, err);
}

static bool report(int pipe, const struct acknowledged *a)
{
    return write(pipe, a, sizeof *a) == (ssize_t)sizeof *a;
}

/* Reports over the pipe, then writes the next. The pipe outlives the process. */
static void pair_done(struct storage_write *write)
{
    struct pair *p = (struct pair *)write;
    if (write->error.code != ERR_NONE)
        _exit(3);
    struct acknowledged a = {.writer = p->writer, .value = p->value};
    if (!report(p->pipe, &a))
        _exit(4);
    p->value++;
    arena_reset(&p->arena);
    storage_write(p->store, write);
}

/* Memtables so small that files are written and merged all the time. */
static void set_kill_options(struct storage_options *options, const char *path)
{
    storage_options_init(options);
    options->path = path;
    options->cache_bytes = 1 << 20;
    options->memtable_bytes = 1 << 20;
    options->disk_reserve_bytes = 0;
}

/* A program of its own, because RocksDB's threads do not survive a fork: path, size of records, then each writer's next value.
 * Reports on standard output. */
static int run_until_killed(char **args)
{
    struct storage_options options;
    struct arena arena;
    struct error err;
    struct storage *store;
    static struct pair pairs[KILL_WRITERS];
    arena_init(&arena, 4096);
    error_init(&err, &arena);
    set_kill_options(&options, args[0]);
    if (!storage_open_rocksdb(&options, &store, &err))
        return 5;
    for (uint32_t i = 0; i < KILL_WRITERS; i++) {
        pairs[i] = (struct pair){
            .write = {.run = pair_run, .done = pair_done, .arena = &pairs[i].arena},
            .writer = i,
            .value = strtoull(args[2 + i], NULL, 10),
            .record_bytes = strtoull(args[1], NULL, 10),
            .pipe = STDOUT_FILENO,
            .store = store,
        };
        arena_init(&pairs[i].arena, 1024);
        storage_write(store, &pairs[i].write);
    }
    for (;;)
        pause();
}

/* In turn records are so small that only the items' family writes files, and so large that the logs' writes most. */
static size_t record_bytes_of(int round)
{
    static const size_t sizes[] = {8, 1000, KILL_RECORD_BYTES_MAX};
    return sizes[round % 3];
}

/* `powerloss`: the library of test/crash that makes a kill a loss of power, or NULL. */
static pid_t start_writing(const char *path, int round, const uint64_t *acknowledged, int pipe,
                           const char *powerloss)
{
    char values[KILL_WRITERS][24];
    char name[] = "storage_disk", command[] = "write", directory[64], record_bytes[24];
    char *args[KILL_WRITERS + 5] = {name, command, directory, record_bytes};
    snprintf(directory, sizeof directory, "%s", path);
    snprintf(record_bytes, sizeof record_bytes, "%zu", record_bytes_of(round));
    for (int i = 0; i < KILL_WRITERS; i++) {
        snprintf(values[i], sizeof values[i], "%llu", (unsigned long long)acknowledged[i] + 1);
        args[4 + i] = values[i];
    }
    pid_t child = fork();
    if (child == 0) {
        dup2(pipe, STDOUT_FILENO);
        if (powerloss) {
            setenv("POWERLOSS_DIR", path, 1);
            setenv("LD_PRELOAD", powerloss, 1);
        }
        execv("/proc/self/exe", args);
        _exit(6);
    }
    return child;
}

static uint64_t number_of(struct slice value)
{
    uint64_t number = 0;
    assert_true(slice_is_none(value) || value.size == KILL_VALUE_BYTES);
    if (!slice_is_none(value))
        memcpy(&number, value.data, sizeof number);
    return number;
}

/* A record of each value, in order. */
static void check_log(struct harness *h, struct storage_view *view, uint32_t writer, uint64_t newest)
{
    struct storage_partition_range range = {.space = LOG_SPACE,
                                            .partition = slice_of(&writer, sizeof writer)};
    struct storage_cursor *cursor;
    struct storage_entry entry;
    bool found;
    assert_true(storage_view_scan_partition(view, &range, &h->arena, &cursor, &h->err));
    for (uint64_t v = 1; v <= newest; v++) {
        assert_true(storage_cursor_next(cursor, &entry, &found, &h->err) && found);
        assert_memory_equal(entry.value.data, &v, sizeof v);
    }
    assert_true(storage_cursor_next(cursor, &entry, &found, &h->err));
    assert_false(found);
    storage_cursor_close(cursor);
}

/* Every acknowledged value is there, at most one more, each pair is whole, and the log agrees. Returns how many were written. */
static uint64_t check_writer(struct harness *h, struct storage_view *view, uint32_t writer,
                             uint64_t *acknowledged)
{
    struct storage_key key = {SPACE, slice_of(&writer, sizeof writer), SLICE("newest")};
    struct slice value = SLICE_NONE;
    bool found;
    assert_true(storage_view_get(view, &key, &h->arena, &value, &found, &h->err));
    uint64_t newest = number_of(found ? value : SLICE_NONE);
    assert_true(newest == *acknowledged || newest == *acknowledged + 1);
    *acknowledged = newest;
    for (uint64_t v = newest > KILL_ENTRIES ? newest - KILL_ENTRIES + 1 : 1; v <= newest; v++) {
        char name[24];
        pair_key(name, writer, v, "");
        assert_int_equal(number_of(harness_view_get(h, view, name, SLICE("left"))), v);
        assert_int_equal(number_of(harness_view_get(h, view, name, SLICE("right"))), v);
    }
    check_log(h, view, writer, newest);
    return newest;
}

static void kill_again_and_again(struct harness *h, const char *powerloss)
{
    uint64_t acknowledged[KILL_WRITERS] = {0};
    unsigned seed = (unsigned)getpid();
    print_message("seed %u\n", seed);
    harness_create_space(h, LOG_SPACE);
    storage_close(h->store);
    set_kill_options(&h->options, h->path);
    for (int round = 0; round < KILL_ROUNDS; round++) {
        int ends[2];
        struct acknowledged a;
        uint64_t total = 0;
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pid_t child = start_writing(h->path, round, acknowledged, ends[1], powerloss);
        close(ends[1]);
        int reports = (int)(rand_r(&seed) % 1500);
        for (int i = 0; i < reports && read(ends[0], &a, sizeof a) == sizeof a; i++)
            acknowledged[a.writer] = a.value;
        kill(child, SIGKILL);
        while (read(ends[0], &a, sizeof a) == sizeof a)
            acknowledged[a.writer] = a.value;
        close(ends[0]);
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));

        assert_true(storage_open_rocksdb(&h->options, &h->store, &h->err));
        struct storage_view *view = storage_view_take(h->store);
        for (uint32_t i = 0; i < KILL_WRITERS; i++)
            total += check_writer(h, view, i, &acknowledged[i]);
        struct storage_usage usage;
        assert_true(storage_view_usage(view, SPACE, &usage, &h->err));
        assert_int_equal(usage.entries, total);
        assert_int_equal(storage_view_commit(view), total + 2);
        storage_view_release(view);
        arena_reset(&h->arena);
        if (round < KILL_ROUNDS - 1)
            storage_close(h->store);
    }
}

static void killed_store_keeps_what_it_acknowledged(void **state)
{
    kill_again_and_again(*state, NULL);
}

static void store_that_loses_power_keeps_what_it_acknowledged(void **state)
{
    const char *powerloss = getenv("POWERLOSS_LIBRARY");
    if (!powerloss)
        skip();
    kill_again_and_again(*state, powerloss);
}

int main(int argc, char **argv)
{
    if (argc == 4 + KILL_WRITERS && strcmp(argv[1], "write") == 0)
        return run_until_killed(argv + 2);
    const struct CMUnitTest tests[] = {
        SUITE_TEST(killed_store_keeps_what_it_acknowledged),
        SUITE_TEST(store_that_loses_power_keeps_what_it_acknowledged),
    };
    return suite_main(argc, argv, tests, sizeof tests / sizeof tests[0]);
}
