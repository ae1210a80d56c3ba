#include "harness.h"

#include "base/buf.h"
#include "support/directory.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

uint32_t harness_space = STORAGE_SPACE_FIRST_FREE;

void harness_remove_directory(const char *path)
{
    directory_remove(path);
}

void harness_make_directory(char out[64])
{
    directory_make(out);
}

static void open_store(struct harness *h)
{
    bool ok = storage_open_rocksdb(&h->options, &h->store, &h->err);
    if (!ok)
        fail_msg("%s", h->err.message);
    if (h->kind == HARNESS_FAULTY)
        h->store = storage_open_faulty(h->store);
}

bool harness_open_existing(struct harness *h, const struct storage_options *options)
{
    *h = (struct harness){.kind = HARNESS_DISK, .options = *options};
    snprintf(h->path, sizeof h->path, "%s", options->path);
    arena_init(&h->arena, 1 << 16);
    error_init(&h->err, &h->arena);
    return storage_open_rocksdb(&h->options, &h->store, &h->err);
}

const char *harness_fail_to_open(struct harness *h, enum error_code code)
{
    struct storage *store = NULL;
    error_init(&h->err, &h->arena);
    assert_false(storage_open_rocksdb(&h->options, &store, &h->err));
    assert_int_equal(h->err.code, code);
    return h->err.message;
}

void harness_run_killed(const struct storage_options *options, void (*work)(struct harness *h))
{
    pid_t child = fork();
    if (child == 0) {
        struct harness h;
        if (!harness_open_existing(&h, options))
            _exit(1);
        harness_create_space(&h, SPACE);
        work(&h);
        kill(getpid(), SIGKILL);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
}

void harness_open(struct harness *h, enum harness_kind kind)
{
    *h = (struct harness){.kind = kind};
    arena_init(&h->arena, 1 << 16);
    error_init(&h->err, &h->arena);
    storage_options_init(&h->options);
    h->options.cache_bytes = 8 << 20;
    h->options.memtable_bytes = 8 << 20;
    h->options.disk_reserve_bytes = 0;
    if (kind == HARNESS_DISK) {
        harness_make_directory(h->path);
        h->options.path = h->path;
    }
    open_store(h);
    harness_create_space(h, SPACE);
}

void harness_close(struct harness *h)
{
    arena_release(&h->arena);
    storage_close(h->store);
    if (h->kind == HARNESS_DISK)
        harness_remove_directory(h->path);
}

void harness_reopen(struct harness *h)
{
    assert_int_equal(h->kind, HARNESS_DISK);
    storage_close(h->store);
    open_store(h);
}

/* ------------------------------------------------------------------ writing */

struct step_run {
    struct storage_write write;
    struct harness_step *step;
    harness_run *run;
};

static bool run_step(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct step_run *s = (struct step_run *)write;
    return s->run(tx, s->step, err);
}

enum error_code harness_write(struct harness *h, harness_run *run, struct harness_step *step)
{
    struct step_run s = {.write = {.run = run_step, .arena = &h->arena}, .step = step, .run = run};
    step->harness = h;
    error_init(&h->err, &h->arena);
    bool ok = storage_write_wait(h->store, &s.write, &h->err);
    step->write.error = s.write.error;
    step->write.commit_number = s.write.commit_number;
    step->write.commit_ms = s.write.commit_ms;
    assert_int_equal(ok, h->err.code == ERR_NONE);
    return h->err.code;
}

static void expect_ok(struct harness *h, enum error_code code)
{
    if (code != ERR_NONE)
        fail_msg("%s: %s (%s)", error_code_name(code), h->err.message, h->err.detail ? h->err.detail : "");
}

struct storage_key harness_key(const char *partition, struct slice sort)
{
    return (struct storage_key){SPACE, slice_from_cstr(partition), sort};
}

static bool put_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    struct storage_key key = {step->space, slice_from_cstr(step->partition), step->sort};
    return storage_tx_put(tx, &key, step->value, err);
}

enum error_code harness_try_put(struct harness *h, uint32_t space, const char *partition, struct slice sort,
                                struct slice value)
{
    struct harness_step step = {.space = space, .partition = partition, .sort = sort, .value = value};
    return harness_write(h, put_run, &step);
}

void harness_put(struct harness *h, const char *partition, struct slice sort, struct slice value)
{
    expect_ok(h, harness_try_put(h, SPACE, partition, sort, value));
}

static bool delete_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    struct storage_key key = harness_key(step->partition, step->sort);
    return storage_tx_delete(tx, &key, err);
}

void harness_delete(struct harness *h, const char *partition, struct slice sort)
{
    struct harness_step step = {.partition = partition, .sort = sort};
    expect_ok(h, harness_write(h, delete_run, &step));
}

static bool create_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    return storage_tx_create_space(tx, step->space, err);
}

enum error_code harness_try_create_space(struct harness *h, uint32_t space)
{
    struct harness_step step = {.space = space};
    return harness_write(h, create_run, &step);
}

void harness_create_space(struct harness *h, uint32_t space)
{
    expect_ok(h, harness_try_create_space(h, space));
}

static bool drop_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    return storage_tx_drop_space(tx, step->space, err);
}

void harness_drop_space(struct harness *h, uint32_t space)
{
    struct harness_step step = {.space = space};
    expect_ok(h, harness_write(h, drop_run, &step));
}

/* ------------------------------------------------------------------ reading */

static struct slice get(struct harness *h, struct storage_view *view, struct storage_key key)
{
    struct slice value = SLICE_NONE;
    bool found = false;
    bool ok = storage_view_get(view, &key, &h->arena, &value, &found, &h->err);
    expect_ok(h, ok ? ERR_NONE : h->err.code);
    return found ? value : SLICE_NONE;
}

struct slice harness_view_get(struct harness *h, struct storage_view *view, const char *partition,
                              struct slice sort)
{
    return get(h, view, harness_key(partition, sort));
}

struct slice harness_get_from(struct harness *h, uint32_t space, const char *partition, struct slice sort)
{
    struct storage_view *view = storage_view_take(h->store);
    assert_non_null(view);
    struct slice value = get(h, view, (struct storage_key){space, slice_from_cstr(partition), sort});
    storage_view_release(view);
    return value;
}

struct slice harness_get(struct harness *h, const char *partition, struct slice sort)
{
    return harness_get_from(h, SPACE, partition, sort);
}

const char *harness_list(struct harness *h, struct storage_cursor *cursor)
{
    struct buf out;
    buf_init(&out, &h->arena, 256);
    for (;;) {
        struct storage_entry entry;
        bool found;
        bool ok = storage_cursor_next(cursor, &entry, &found, &h->err);
        expect_ok(h, ok ? ERR_NONE : h->err.code);
        if (!found)
            break;
        buf_append(&out, entry.sort);
        buf_append_byte(&out, '=');
        buf_append(&out, entry.value);
        buf_append_byte(&out, ' ');
    }
    storage_cursor_close(cursor);
    return arena_copy_cstr(&h->arena, buf_slice(&out));
}

const char *harness_scan(struct harness *h, const char *partition, struct storage_bound lower,
                         struct storage_bound upper, bool reverse)
{
    struct storage_partition_range range = {SPACE, slice_from_cstr(partition), lower, upper, reverse};
    struct storage_view *view = storage_view_take(h->store);
    struct storage_cursor *cursor;
    assert_non_null(view);
    bool ok = storage_view_scan_partition(view, &range, &h->arena, &cursor, &h->err);
    storage_view_release(view);
    expect_ok(h, ok ? ERR_NONE : h->err.code);
    return harness_list(h, cursor);
}

void assert_slice(struct slice actual, const char *expected)
{
    if (!expected) {
        assert_null(actual.data);
        return;
    }
    assert_non_null(actual.data);
    assert_int_equal(actual.size, strlen(expected));
    assert_memory_equal(actual.data, expected, actual.size);
}
