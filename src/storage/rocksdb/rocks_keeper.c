/* Upkeep, on a thread of its own that looks ten times a second:
 * - free space: below the reserve the store refuses writes before RocksDB meets a full disk;
 * - recovery: after a failed write RocksDB's memory holds commits that may never reach the disk and must not be
 *   seen, so the store withdraws its views, waits for those still held, and opens the database again;
 * - whether the data still fit in memory, so that callers know when to read ahead;
 * - dropped spaces: once no view is older than the drop, their files are deleted without being read. */
#include "base/contract.h"
#include "base/log.h"
#include "storage/rocksdb/rocks_priv.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    TICK_MS = 100,
    RECOVERY_PAUSE_MS = 1000, /* before the first attempt and between attempts */
    RECOVERY_ROOM_BYTES = 4 << 20,
};

static struct timespec deadline_in_ms(int64_t ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += ms % 1000 * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

/* ------------------------------------------------------------------ told by the other threads */

void rocks_fail(struct rocks *r, const char *reason)
{
    pthread_mutex_lock(&r->keeper_mutex);
    bool first = !atomic_exchange(&r->failed, true);
    if (first) {
        free(r->failure);
        r->failure = strdup(reason);
    }
    pthread_cond_signal(&r->keeper_wake);
    pthread_mutex_unlock(&r->keeper_mutex);
    if (first)
        log_event(LOG_ERROR, "a write failed: the store is read-only until it has recovered",
                  LOG_TEXT("path", r->options.path), LOG_TEXT("reason", reason));
}

void rocks_keeper_add_drop(struct rocks *r, struct rocks_drop drop)
{
    pthread_mutex_lock(&r->keeper_mutex);
    if (r->drop_count == r->drop_capacity) {
        r->drop_capacity = r->drop_capacity ? 2 * r->drop_capacity : 16;
        r->drops = reallocarray(r->drops, r->drop_capacity, sizeof *r->drops);
        INVARIANT(r->drops != NULL);
    }
    r->drops[r->drop_count++] = drop;
    pthread_cond_signal(&r->keeper_wake);
    pthread_mutex_unlock(&r->keeper_mutex);
}

/* ------------------------------------------------------------------ free space */

void rocks_keeper_check_disk(struct rocks *r)
{
    if (!r->options.path)
        return;
    uint64_t free_bytes = rocks_directory_free_bytes(&r->directory);
    bool low = free_bytes < r->options.disk_reserve_bytes;
    if (atomic_exchange(&r->disk_low, low) == low)
        return;
    log_event(low ? LOG_ERROR : LOG_INFO,
              low ? "the disk is nearly full: the store is read-only" : "the disk has free space again",
              LOG_TEXT("path", r->options.path), LOG_NUMBER("free_bytes", free_bytes),
              LOG_NUMBER("reserve_bytes", r->options.disk_reserve_bytes));
}

/* ------------------------------------------------------------------ memory against files */

/* On disk the files are compressed, so data that just fits is taken for data that does not only rarely. Transactions do not read
 * logs. */
static void compare_sizes(struct rocks *r)
{
    uint64_t files_bytes = 0;
    if (!r->options.path || rocksdb_property_int_cf(r->db, r->families[ROCKS_FAMILY_DEFAULT],
                                                    "rocksdb.total-sst-files-size", &files_bytes) != 0)
        return;
    atomic_store_explicit(&r->outgrown, files_bytes > ROCKS_BLOCK_CACHE_BYTES(r->options.cache_bytes),
                          memory_order_relaxed);
}

/* ------------------------------------------------------------------ recovery */

/* Opening replays the log and writes what it finds to files; it must not fail half-way for lack of room. */
static bool has_room_to_recover(struct rocks *r)
{
    uint64_t memtables = r->db ? rocks_property(r, "rocksdb.size-all-mem-tables") : 0;
    uint64_t wanted = r->options.disk_reserve_bytes + memtables + RECOVERY_ROOM_BYTES;
    return rocks_directory_free_bytes(&r->directory) >= wanted && rocks_directory_probe(&r->directory);
}

static void reopen(struct rocks *r)
{
    struct arena arena;
    struct error err;
    arena_init(&arena, 4096);
    error_init(&err, &arena);
    pthread_mutex_lock(&r->writing);
    rocks_db_close(r);
    bool ok = rocks_db_open(r, &err);
    if (ok) {
        atomic_store(&r->sync_failed, false);
        atomic_store(&r->failed, false);
    }
    uint64_t commit = r->commit;
    pthread_mutex_unlock(&r->writing);
    if (ok)
        log_event(LOG_INFO, "the store has recovered", LOG_TEXT("path", r->options.path),
                  LOG_NUMBER("commit", commit));
    else
        log_error(LOG_ERROR, "the store could not be opened again; it will be tried further", &err);
    arena_release(&arena);
}

/* One step; what it has to wait for is looked at again at the next tick. Once `failed` is set the writer hands over
 * empty groups only, so an idle pipeline means that neither it nor the syncer touches the database. */
static void recover(struct rocks *r)
{
    int64_t now_ns = clock_monotonic_ns(clock_system());
    if (r->recovery_at_ns == 0)
        r->recovery_at_ns = now_ns + (int64_t)RECOVERY_PAUSE_MS * 1000000;
    if (now_ns < r->recovery_at_ns || !rocks_pipeline_idle(r))
        return;
    if ((!atomic_load(&r->down) || !r->db) && !has_room_to_recover(r)) {
        r->recovery_at_ns = now_ns + (int64_t)RECOVERY_PAUSE_MS * 1000000;
        return;
    }
    atomic_store(&r->down, true);
    rocks_view_publish(r, NULL);
    if (rocks_views_oldest_commit(r) != UINT64_MAX)
        return;
    reopen(r);
    r->recovery_at_ns = now_ns + (int64_t)RECOVERY_PAUSE_MS * 1000000;
}

/* ------------------------------------------------------------------ dropped spaces */

/* The drop itself hid the space by a range deletion; this gives back the files that hold nothing else, and leaves
 * the rest to compaction. Readers of such a file would miss entries, hence the wait for older views. */
static void delete_files(struct rocks *r, uint32_t space)
{
    char first[ROCKS_PREFIX_BYTES], behind[ROCKS_PREFIX_BYTES];
    rocks_prefix_encode(first, space, 0);
    rocks_prefix_encode(behind, space, 0);
    size_t behind_size = rocks_key_successor(behind, 4);
    rocksdb_column_family_handle_t *family = rocks_family(r, slice_of(first, sizeof first));
    char *text = NULL;
    rocksdb_delete_file_in_range_cf(r->db, family, first, sizeof first, behind, behind_size, &text);
    rocksdb_free(text);
    text = NULL;
    rocksdb_suggest_compact_range_cf(r->db, family, first, sizeof first, behind, behind_size, &text);
    rocksdb_free(text);
}

struct settle_write {
    struct storage_write write;
    uint32_t space;
};

static bool settle_drop_run(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    (void)err;
    rocks_tx_settle_drop(tx, ((struct settle_write *)write)->space);
    return true;
}

static bool settle_drop(struct rocks *r, uint32_t space)
{
    struct arena arena;
    struct error err;
    arena_init(&arena, 1024);
    error_init(&err, &arena);
    struct settle_write settle = {.write = {.run = settle_drop_run, .arena = &arena}, .space = space};
    bool ok = storage_write_wait(&r->base, &settle.write, &err);
    arena_release(&arena);
    return ok;
}

static bool next_drop(struct rocks *r, struct rocks_drop *out)
{
    pthread_mutex_lock(&r->keeper_mutex);
    bool any = r->drop_count > 0;
    if (any)
        *out = r->drops[0];
    pthread_mutex_unlock(&r->keeper_mutex);
    return any;
}

static void remove_drop(struct rocks *r)
{
    pthread_mutex_lock(&r->keeper_mutex);
    memmove(r->drops, r->drops + 1, --r->drop_count * sizeof *r->drops);
    pthread_mutex_unlock(&r->keeper_mutex);
}

/* Views are durable instants, so that the oldest contains the drop says that the drop is durable, too. */
static void finish_drops(struct rocks *r)
{
    struct rocks_drop drop;
    while (next_drop(r, &drop)) {
        uint64_t oldest = rocks_views_oldest_commit(r);
        if (oldest == UINT64_MAX || oldest < drop.commit)
            return;
        delete_files(r, drop.space);
        if (!settle_drop(r, drop.space))
            return;
        remove_drop(r);
    }
}

/* ------------------------------------------------------------------ iterators */

/* Without commits a view stays, and with it what its iterators hold. */
static void drop_idle_iterators(struct rocks *r)
{
    struct storage_view *view = rocks_view_take(&r->base);
    if (!view)
        return;
    rocks_view_drop_idle((struct rocks_view *)view);
    rocks_view_release(view);
}

/* ------------------------------------------------------------------ the thread */

/* false: the store closes. */
static bool wait_for_tick(struct rocks *r)
{
    struct timespec deadline = deadline_in_ms(TICK_MS);
    pthread_mutex_lock(&r->keeper_mutex);
    if (!r->keeper_stops)
        pthread_cond_timedwait(&r->keeper_wake, &r->keeper_mutex, &deadline);
    bool go_on = !r->keeper_stops;
    pthread_mutex_unlock(&r->keeper_mutex);
    return go_on;
}

/* An in-memory store has no log to recover from: what a failure left unwritten stays so. */
void *rocks_keeper_main(void *rocks)
{
    struct rocks *r = rocks;
    while (wait_for_tick(r)) {
        rocks_keeper_check_disk(r);
        admission_tick(&r->admission, queue_count(&r->queue));
        if (!atomic_load(&r->failed)) {
            r->recovery_at_ns = 0;
            compare_sizes(r);
            drop_idle_iterators(r);
            finish_drops(r);
        } else if (r->options.path) {
            recover(r);
        }
    }
    return NULL;
}
