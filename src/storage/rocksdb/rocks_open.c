#include "base/contract.h"
#include "base/log.h"
#include "storage/rocksdb/rocks_priv.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    STAGING_CHUNK_BYTES = 1 << 20,
    MEMTABLE_BYTES_MIN = 1 << 20,
};

const struct storage_backend rocks_backend = {
    .close = rocks_close,
    .write = rocks_write,
    .stats = rocks_stats,
    .outgrows_memory = rocks_outgrows_memory,
    .view_take = rocks_view_take,
    .view_release = rocks_view_release,
    .view_commit = rocks_view_commit,
    .view_get = rocks_view_get,
    .view_prefetch = rocks_view_prefetch,
    .view_scan_partition = rocks_view_scan_partition,
    .view_scan_hash = rocks_view_scan_hash,
    .view_usage = rocks_view_usage,
    .view_has_space = rocks_view_has_space,
    .view_dropping = rocks_view_dropping,
    .cursor_next = rocks_cursor_next,
    .cursor_close = rocks_cursor_close,
    .tx_get = rocks_tx_get,
    .tx_scan_partition = rocks_tx_scan_partition,
    .tx_put = rocks_tx_put,
    .tx_delete = rocks_tx_delete,
    .tx_create_space = rocks_tx_create_space,
    .tx_drop_space = rocks_tx_drop_space,
    .tx_mark_space = rocks_tx_mark_space,
    .tx_space_mark = rocks_tx_space_mark,
    .tx_unchanged = rocks_tx_unchanged,
    .tx_add_usage = rocks_tx_add_usage,
    .tx_commit_number = rocks_tx_commit_number,
    .tx_commit_ms = rocks_tx_commit_ms,
    .tx_commit_us = rocks_tx_commit_us,
};

/* ------------------------------------------------------------------ errors */

/* The C API hands statuses over as text; corruption is told by how it begins. */
bool rocks_check(char *take_text, struct error *err)
{
    if (!take_text)
        return true;
    bool corrupt = strncmp(take_text, "Corruption", strlen("Corruption")) == 0;
    error_set(err, corrupt ? ERR_CORRUPT : ERR_STORAGE, "Internal server error");
    error_add_detail(err, "%s", take_text);
    rocksdb_free(take_text);
    return false;
}

/* At start-up the operator reads the message, which clients do not. */
bool rocks_explain_open(const struct rocks *r, struct error *err)
{
    return error_set(err, err->code, "cannot open the store at %s: %s",
                     r->options.path ? r->options.path : "(memory)",
                     err->detail ? err->detail : err->message);
}

/* ------------------------------------------------------------------ what is stored about the store */

bool rocks_load_commit(struct rocks *r, struct error *err)
{
    struct rocks_record record = {0};
    bool found;
    if (!rocks_record_get(r, r->read_latest, ROCKS_RECORD_COMMIT, 0, &record, &found, err))
        return false;
    r->commit = record.first;
    /* Only the milliseconds are stored; the next commit is later than any that had the same. */
    r->commit_us = found ? (int64_t)record.second * 1000 + 999 : 0;
    return true;
}

typedef bool each_record(struct rocks *r, uint32_t space, struct rocks_record record);

static bool load_records(struct rocks *r, enum rocks_record_kind kind, each_record *take, struct arena *arena,
                         struct error *err)
{
    struct rocks_record_room room;
    struct storage_key any = rocks_record_key(&room, kind, 0);
    struct storage_partition_range range = {.space = any.space, .partition = any.partition};
    struct storage_cursor *cursor;
    rocks_cursor_open_partition((struct rocks_cursor_source){r, NULL, NULL}, &range, arena, &cursor);
    for (;;) {
        struct storage_entry entry;
        struct rocks_record record;
        bool found;
        if (!rocks_cursor_next(cursor, &entry, &found, err))
            return false;
        if (!found)
            return true;
        uint32_t space = 0;
        for (size_t i = 0; i < entry.sort.size; i++)
            space = space << 8 | (unsigned char)entry.sort.data[i];
        if (!rocks_record_decode(entry.value, &record) || !take(r, space, record))
            return error_set(err, ERR_CORRUPT, "damaged record of space %u", (unsigned)space);
    }
}

static bool load_space(struct rocks *r, uint32_t space, struct rocks_record record)
{
    switch ((enum rocks_space_state)record.first) {
    case ROCKS_SPACE_LIVE:
        rocks_spaces_create(&r->spaces, space, record.second);
        return true;
    case ROCKS_SPACE_DROPPING:
        rocks_keeper_add_drop(r, (struct rocks_drop){.space = space, .commit = record.second});
        return true;
    case ROCKS_SPACE_DROPPED:
        return true;
    }
    return false;
}

static bool load_usage(struct rocks *r, uint32_t space, struct rocks_record record)
{
    if (rocks_spaces_live(&r->spaces, space))
        rocks_spaces_add_usage(&r->spaces, space,
                               (struct storage_usage){(int64_t)record.first, (int64_t)record.second});
    return true;
}

static bool load_state(struct rocks *r, struct error *err)
{
    struct arena arena;
    arena_init(&arena, 4096);
    rocks_spaces_clear(&r->spaces);
    pthread_mutex_lock(&r->keeper_mutex);
    r->drop_count = 0;
    pthread_mutex_unlock(&r->keeper_mutex);
    for (uint32_t space = 1; space < STORAGE_SPACE_FIRST_FREE; space++)
        rocks_spaces_create(&r->spaces, space, 0);
    bool ok = rocks_load_commit(r, err) && load_records(r, ROCKS_RECORD_SPACE, load_space, &arena, err) &&
              load_records(r, ROCKS_RECORD_USAGE, load_usage, &arena, err);
    rocks_spaces_begin(&r->spaces);
    rocks_spaces_settle(&r->spaces);
    arena_release(&arena);
    return ok;
}

/* ------------------------------------------------------------------ open and close the database */

/* docs/format.md, storage key. */
const char *const rocks_family_names[ROCKS_FAMILIES] = {"default", "logs"};

bool rocks_db_open(struct rocks *r, struct error *err)
{
    uint64_t synced = 0;
    if (r->options.path && (!rocks_directory_read_synced(&r->directory, &synced, err) ||
                            !rocks_check_nothing_lost(r, synced, err)))
        return false;
    char *text = NULL;
    const rocksdb_options_t *const options[ROCKS_FAMILIES] = {r->db_options, r->log_options};
    r->db = rocksdb_open_column_families(r->db_options, r->options.path ? r->options.path : "/stator",
                                         ROCKS_FAMILIES, rocks_family_names, options, r->families, &text);
    if (!rocks_check(text, err))
        return rocks_explain_open(r, err);
    if (!load_state(r, err)) {
        rocks_db_close(r);
        return rocks_explain_open(r, err);
    }
    if (!rocks_check_reaches(r, r->commit, synced, err)) {
        rocks_db_close(r);
        return false;
    }
    if (r->options.path)
        rocks_note_opened(r);
    rocks_hot_clear(r->hot, 0); /* it may know commits that the failure before this took away */
    rocks_view_publish(r, rocks_view_new(r, rocksdb_create_snapshot(r->db), r->commit));
    atomic_store(&r->down, false);
    return true;
}

void rocks_db_close(struct rocks *r)
{
    for (size_t i = 0; r->db && i < ROCKS_FAMILIES; i++)
        if (r->families[i])
            rocksdb_column_family_handle_destroy(r->families[i]);
    if (r->db)
        rocksdb_close(r->db);
    memset(r->families, 0, sizeof r->families);
    r->db = NULL;
}

/* ------------------------------------------------------------------ open and close the store */

/* The name is what the system's tools show, and bench/index-cost looks for. */
static bool start_thread(struct rocks *r, pthread_t *thread, void *(*main)(void *), const char *name,
                         struct error *err)
{
    int failure = pthread_create(thread, NULL, main, r);
    if (failure != 0)
        return error_set(err, ERR_STORAGE, "cannot start a thread: %s", strerror(failure));
    pthread_setname_np(*thread, name);
    r->thread_count++;
    return true;
}

/* The keeper first, because it writes; then the writer, which leaves its last groups to the syncer. */
static void stop_threads(struct rocks *r)
{
    if (r->thread_count > 2) {
        pthread_mutex_lock(&r->keeper_mutex);
        r->keeper_stops = true;
        pthread_cond_signal(&r->keeper_wake);
        pthread_mutex_unlock(&r->keeper_mutex);
        pthread_join(r->keeper, NULL);
    }
    atomic_store(&r->closing, true);
    queue_close(&r->queue);
    if (r->thread_count > 1)
        pthread_join(r->writer, NULL);
    rocks_pipeline_close(r);
    if (r->thread_count > 0)
        pthread_join(r->syncer, NULL);
}

static struct rocks *new_store(const struct storage_options *options)
{
    struct rocks *r = calloc(1, sizeof *r);
    INVARIANT(r != NULL);
    r->base.backend = &rocks_backend;
    r->options = *options;
    if (options->path)
        r->options.path = strdup(options->path);
    if (r->options.memtable_bytes < MEMTABLE_BYTES_MIN)
        r->options.memtable_bytes = MEMTABLE_BYTES_MIN;
    r->durable = options->path && options->sync;
    r->directory = (struct rocks_directory){.lock_fd = -1, .synced_fd = -1};
    queue_init(&r->queue, options->queue_max);
    admission_init(&r->admission, options->clock, options->wait_max_ms, options->group_max);
    shared_slot_init(&r->current);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&r->views_mutex, NULL);
    pthread_mutex_init(&r->writing, NULL);
    pthread_mutex_init(&r->keeper_mutex, NULL);
    pthread_cond_init(&r->keeper_wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    rocks_pipeline_init(r);
    rocks_overlay_init(&r->overlay);
    rocks_spaces_init(&r->spaces);
    arena_init(&r->arena, STAGING_CHUNK_BYTES);
    r->batch = rocksdb_writebatch_create();
    rocks_options_init(r);
    return r;
}

static void free_store(struct rocks *r)
{
    rocks_view_publish(r, NULL);
    PRE(rocks_views_oldest_commit(r) == UINT64_MAX);
    rocks_db_close(r);
    rocks_options_release(r);
    rocks_directory_close(&r->directory);
    rocksdb_writebatch_destroy(r->batch);
    arena_release(&r->arena);
    rocks_spaces_release(&r->spaces);
    rocks_overlay_release(&r->overlay);
    rocks_pipeline_release(r);
    pthread_cond_destroy(&r->keeper_wake);
    pthread_mutex_destroy(&r->keeper_mutex);
    pthread_mutex_destroy(&r->writing);
    pthread_mutex_destroy(&r->views_mutex);
    queue_release(&r->queue);
    free(r->drops);
    free(r->failure);
    free((char *)r->options.path);
    free(r);
}

bool storage_open_rocksdb(const struct storage_options *options, struct storage **store_out,
                          struct error *err)
{
    PRE(options->clock && options->queue_max > 0 && options->group_max > 0);
    struct rocks *r = new_store(options);
    bool ok = (!r->options.path || rocks_directory_open(&r->directory, r->options.path, err)) &&
              rocks_db_open(r, err);
    if (ok) {
        rocks_keeper_check_disk(r);
        ok = start_thread(r, &r->syncer, rocks_syncer_main, "store-syncer", err) &&
             start_thread(r, &r->writer, rocks_writer_main, "store-writer", err) &&
             start_thread(r, &r->keeper, rocks_keeper_main, "store-keeper", err);
    }
    if (!ok) {
        stop_threads(r);
        free_store(r);
        return false;
    }
    if (r->options.path && !r->options.sync)
        log_event(LOG_WARNING, "writes are acknowledged before they are on stable storage",
                  LOG_TEXT("path", r->options.path));
    *store_out = &r->base;
    return true;
}

/* A store that closes in order leaves its data in files, so that the next start has no log to replay. */
static void flush_memtables(struct rocks *r)
{
    if (!r->options.path || !r->db || atomic_load(&r->failed) || atomic_load(&r->disk_low))
        return;
    rocksdb_flushoptions_t *options = rocksdb_flushoptions_create();
    for (size_t i = 0; i < ROCKS_FAMILIES; i++) {
        char *text = NULL;
        rocksdb_flush_cf(r->db, options, r->families[i], &text);
        rocksdb_free(text);
    }
    rocksdb_flushoptions_destroy(options);
}

void rocks_close(struct storage *store)
{
    struct rocks *r = (struct rocks *)store;
    stop_threads(r);
    flush_memtables(r);
    free_store(r);
}
