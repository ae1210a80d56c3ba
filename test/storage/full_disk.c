/* A disk that fills up: acknowledged writes survive, the store turns read-only, and comes back when space does. Needs
 * to mount a small file system of its own; where that is not allowed the tests are skipped. full_disk [log], as suite.c. */
#include "harness.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

enum { DISK_MB = 48, VALUE_BYTES = 64 << 10 };

struct small_disk {
    struct harness h;
    char mount[64];
    char path[128];
};

static bool mounts_allowed;

/* Mounts of this process alone, which end with it. */
static bool enter_own_mounts(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static int open_disk(void **state)
{
    if (!mounts_allowed)
        return 0;
    struct small_disk *d = calloc(1, sizeof *d);
    char size[32];
    harness_make_directory(d->mount);
    snprintf(size, sizeof size, "size=%dm", DISK_MB);
    assert_int_equal(mount("tmpfs", d->mount, "tmpfs", 0, size), 0);
    snprintf(d->path, sizeof d->path, "%s/store", d->mount);
    harness_open(&d->h, HARNESS_DISK);
    storage_close(d->h.store);
    d->h.options.path = d->path;
    d->h.options.memtable_bytes = 4 << 20;
    *state = d;
    return 0;
}

static int close_disk(void **state)
{
    struct small_disk *d = *state;
    if (!d)
        return 0;
    arena_release(&d->h.arena);
    storage_close(d->h.store);
    harness_remove_directory(d->h.path);
    umount2(d->mount, MNT_DETACH);
    rmdir(d->mount);
    free(d);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_disk, close_disk)

static void open_store(struct small_disk *d)
{
    if (!storage_open_rocksdb(&d->h.options, &d->h.store, &d->h.err))
        fail_msg("%s", d->h.err.message);
    harness_create_space(&d->h, SPACE);
}

static void ballast_path(const struct small_disk *d, char out[160])
{
    snprintf(out, 160, "%s/ballast", d->mount);
}

static void take_space(const struct small_disk *d, int megabytes)
{
    char path[160];
    ballast_path(d, path);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(posix_fallocate(fd, 0, (off_t)megabytes << 20), 0);
    close(fd);
}

/* What the failed write gave back may be enough to recover; this leaves nothing to recover with. */
static void take_the_rest(const struct small_disk *d)
{
    static const char zeros[4096];
    char path[160];
    ballast_path(d, path);
    int fd = open(path, O_WRONLY | O_APPEND);
    assert_true(fd >= 0);
    while (write(fd, zeros, sizeof zeros) == (ssize_t)sizeof zeros)
        continue;
    close(fd);
}

static void free_space(const struct small_disk *d)
{
    char path[160];
    ballast_path(d, path);
    assert_int_equal(unlink(path), 0);
}

static enum error_code put_numbered(struct harness *h, int number, char fill)
{
    static char value[VALUE_BYTES];
    char sort[16];
    memset(value, fill, sizeof value);
    snprintf(sort, sizeof sort, "%06d", number);
    enum error_code code =
        harness_try_put(h, SPACE, "p", slice_from_cstr(sort), slice_of(value, sizeof value));
    arena_reset(&h->arena);
    return code;
}

static enum storage_state state_of(struct harness *h)
{
    struct storage_stats stats;
    storage_stats(h->store, &stats);
    return stats.state;
}

static bool wait_for_state(struct harness *h, enum storage_state state)
{
    for (int i = 0; i < 200 && state_of(h) != state; i++)
        usleep(50000);
    return state_of(h) == state;
}

/* Writes until refused. Returns how many were acknowledged. */
static int fill(struct harness *h, enum error_code *code_out)
{
    int count = 0;
    while (count < 10000 && (*code_out = put_numbered(h, count, 'v')) == ERR_NONE)
        count++;
    return count;
}

static void assert_first_are_whole(struct harness *h, int count)
{
    char sort[16];
    for (int i = 0; i < count; i++) {
        snprintf(sort, sizeof sort, "%06d", i);
        struct slice value = harness_get(h, "p", slice_from_cstr(sort));
        assert_int_equal(value.size, VALUE_BYTES);
        assert_int_equal(value.data[VALUE_BYTES - 1], 'v');
        arena_reset(&h->arena);
    }
}

static void full_disk_turns_the_store_read_only_until_there_is_space(void **state)
{
    struct small_disk *d = *state;
    if (!d)
        skip();
    struct harness *h = &d->h;
    enum error_code code;
    open_store(d);
    take_space(d, DISK_MB - 16);
    int count = fill(h, &code);
    take_the_rest(d);
    assert_true(code == ERR_STORAGE || code == ERR_UNAVAILABLE);
    assert_true(count > 10);
    assert_int_equal(state_of(h), STORAGE_READ_ONLY);
    assert_first_are_whole(h, count);
    assert_int_equal(put_numbered(h, 9999, 'w'), ERR_UNAVAILABLE);

    free_space(d);
    assert_true(wait_for_state(h, STORAGE_READ_WRITE));
    assert_first_are_whole(h, count);
    assert_int_equal(put_numbered(h, 9999, 'w'), ERR_NONE);
    storage_close(h->store);
    assert_true(storage_open_rocksdb(&h->options, &h->store, &h->err));
    assert_first_are_whole(h, count);
}

static void recovery_waits_for_views_that_are_held(void **state)
{
    struct small_disk *d = *state;
    if (!d)
        skip();
    struct harness *h = &d->h;
    enum error_code code;
    open_store(d);
    take_space(d, DISK_MB - 16);
    int count = fill(h, &code);
    take_the_rest(d);
    struct storage_view *view = storage_view_take(h->store);
    free_space(d);
    assert_true(wait_for_state(h, STORAGE_DOWN));
    assert_null(storage_view_take(h->store));
    assert_int_equal(harness_view_get(h, view, "p", SLICE("000000")).size, VALUE_BYTES);
    storage_view_release(view);
    assert_true(wait_for_state(h, STORAGE_READ_WRITE));
    assert_first_are_whole(h, count);
}

static void reserve_stops_writes_before_the_disk_is_full(void **state)
{
    struct small_disk *d = *state;
    if (!d)
        skip();
    struct harness *h = &d->h;
    h->options.disk_reserve_bytes = 20 << 20;
    open_store(d);
    assert_int_equal(put_numbered(h, 0, 'v'), ERR_NONE);
    take_space(d, DISK_MB - 16);
    assert_true(wait_for_state(h, STORAGE_READ_ONLY));
    assert_int_equal(put_numbered(h, 1, 'v'), ERR_UNAVAILABLE);
    assert_non_null(strstr(h->err.message, "read-only"));
    assert_first_are_whole(h, 1);
    free_space(d);
    assert_true(wait_for_state(h, STORAGE_READ_WRITE));
    assert_int_equal(put_numbered(h, 1, 'v'), ERR_NONE);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "log") == 0)
        harness_space |= STORAGE_SPACE_LOG;
    mounts_allowed = enter_own_mounts();
    const struct CMUnitTest tests[] = {
        TEST(full_disk_turns_the_store_read_only_until_there_is_space),
        TEST(recovery_waits_for_views_that_are_held),
        TEST(reserve_stops_writes_before_the_disk_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
