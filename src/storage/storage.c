#include "storage/storage.h"

#include "base/contract.h"
#include "storage/storage_priv.h"

#include <pthread.h>

/* Also the definition of the hash in docs/format.md#storage-key. */
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t storage_partition_hash(struct slice partition)
{
    return XXH3_64bits(partition.data, partition.size);
}

void storage_options_init(struct storage_options *options)
{
    *options = (struct storage_options){
        .clock = clock_system(),
        .cache_bytes = (uint64_t)256 << 20,
        .memtable_bytes = (uint64_t)128 << 20,
        .queue_max = 4096,
        .wait_max_ms = 1000,
        .group_max = 256,
        .disk_reserve_bytes = (uint64_t)256 << 20,
        .sync = true,
    };
}

/* ------------------------------------------------------------------ waiting for a write */

struct storage_waiter {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool finished;
};

/* The waiter is read before done(), which may hand the write to another thread. */
void storage_write_finish(struct storage_write *write)
{
    struct storage_waiter *waiter = write->waiter;
    if (write->done)
        write->done(write);
    if (!waiter)
        return;
    pthread_mutex_lock(&waiter->mutex);
    waiter->finished = true;
    pthread_cond_signal(&waiter->wake);
    pthread_mutex_unlock(&waiter->mutex);
}

/* Texts are copied, because the write's arena need not be the caller's. */
static bool copy_error(const struct error *from, struct error *to)
{
    struct arena *arena = to->arena;
    *to = *from;
    to->arena = arena;
    if (from->message)
        to->message = arena_copy_cstr(arena, slice_from_cstr(from->message));
    if (from->detail)
        to->detail = arena_copy_cstr(arena, slice_from_cstr(from->detail));
    return false;
}

bool storage_write_wait(struct storage *store, struct storage_write *write, struct error *err)
{
    PRE(write->run && write->arena);
    struct storage_waiter waiter = {.finished = false};
    pthread_mutex_init(&waiter.mutex, NULL);
    pthread_cond_init(&waiter.wake, NULL);
    write->waiter = &waiter;
    store->backend->write(store, write);
    pthread_mutex_lock(&waiter.mutex);
    while (!waiter.finished)
        pthread_cond_wait(&waiter.wake, &waiter.mutex);
    pthread_mutex_unlock(&waiter.mutex);
    pthread_cond_destroy(&waiter.wake);
    pthread_mutex_destroy(&waiter.mutex);
    write->waiter = NULL;
    return write->error.code == ERR_NONE || copy_error(&write->error, err);
}

/* ------------------------------------------------------------------ dispatch */

static void check_key(const struct storage_key *key)
{
    PRE(key->partition.size <= STORAGE_PARTITION_BYTES_MAX);
}

static void check_partition_range(const struct storage_partition_range *range)
{
    PRE(range->partition.size <= STORAGE_PARTITION_BYTES_MAX);
    PRE(range->lower.kind != STORAGE_BOUND_PREFIX);
}

void storage_close(struct storage *store)
{
    if (store)
        store->backend->close(store);
}

void storage_write(struct storage *store, struct storage_write *write)
{
    PRE(write->run && write->done && write->arena);
    write->waiter = NULL;
    store->backend->write(store, write);
}

bool storage_outgrows_memory(struct storage *store)
{
    return store->backend->outgrows_memory(store);
}

void storage_stats(struct storage *store, struct storage_stats *out)
{
    store->backend->stats(store, out);
}

struct storage_view *storage_view_take(struct storage *store)
{
    return store->backend->view_take(store);
}

void storage_view_release(struct storage_view *view)
{
    if (view)
        view->backend->view_release(view);
}

uint64_t storage_view_commit(const struct storage_view *view)
{
    return view->backend->view_commit(view);
}

bool storage_view_get(struct storage_view *view, const struct storage_key *key, struct arena *arena,
                      struct slice *value_out, bool *found_out, struct error *err)
{
    check_key(key);
    return view->backend->view_get(view, key, arena, value_out, found_out, err);
}

void storage_view_prefetch(struct storage_view *view, const struct storage_key *key)
{
    check_key(key);
    view->backend->view_prefetch(view, key);
}

bool storage_view_scan_partition(struct storage_view *view, const struct storage_partition_range *range,
                                 struct arena *arena, struct storage_cursor **cursor_out, struct error *err)
{
    check_partition_range(range);
    return view->backend->view_scan_partition(view, range, arena, cursor_out, err);
}

bool storage_view_scan_hash(struct storage_view *view, const struct storage_hash_range *range,
                            struct arena *arena, struct storage_cursor **cursor_out, struct error *err)
{
    PRE(range->after_partition.size <= STORAGE_PARTITION_BYTES_MAX);
    return view->backend->view_scan_hash(view, range, arena, cursor_out, err);
}

bool storage_view_usage(struct storage_view *view, uint32_t space, struct storage_usage *out,
                        struct error *err)
{
    return view->backend->view_usage(view, space, out, err);
}

bool storage_view_has_space(struct storage_view *view, uint32_t space, bool *has_out, struct error *err)
{
    return view->backend->view_has_space(view, space, has_out, err);
}

bool storage_view_dropping(struct storage_view *view, uint32_t space, bool *dropping_out, struct error *err)
{
    return view->backend->view_dropping(view, space, dropping_out, err);
}

bool storage_cursor_next(struct storage_cursor *cursor, struct storage_entry *entry_out, bool *found_out,
                         struct error *err)
{
    return cursor->backend->cursor_next(cursor, entry_out, found_out, err);
}

void storage_cursor_close(struct storage_cursor *cursor)
{
    if (cursor)
        cursor->backend->cursor_close(cursor);
}

bool storage_tx_get(struct storage_tx *tx, const struct storage_key *key, struct arena *arena,
                    struct slice *value_out, bool *found_out, struct error *err)
{
    check_key(key);
    return tx->backend->tx_get(tx, key, arena, value_out, found_out, err);
}

bool storage_tx_scan_partition(struct storage_tx *tx, const struct storage_partition_range *range,
                               struct arena *arena, struct storage_cursor **cursor_out, struct error *err)
{
    check_partition_range(range);
    return tx->backend->tx_scan_partition(tx, range, arena, cursor_out, err);
}

bool storage_tx_put(struct storage_tx *tx, const struct storage_key *key, struct slice value,
                    struct error *err)
{
    check_key(key);
    return tx->backend->tx_put(tx, key, value, err);
}

bool storage_tx_delete(struct storage_tx *tx, const struct storage_key *key, struct error *err)
{
    check_key(key);
    return tx->backend->tx_delete(tx, key, err);
}

bool storage_tx_create_space(struct storage_tx *tx, uint32_t space, struct error *err)
{
    return tx->backend->tx_create_space(tx, space, err);
}

bool storage_tx_drop_space(struct storage_tx *tx, uint32_t space, struct error *err)
{
    return tx->backend->tx_drop_space(tx, space, err);
}

bool storage_tx_mark_space(struct storage_tx *tx, uint32_t space, struct error *err)
{
    return tx->backend->tx_mark_space(tx, space, err);
}

uint64_t storage_tx_space_mark(const struct storage_tx *tx, uint32_t space)
{
    return tx->backend->tx_space_mark(tx, space);
}

bool storage_tx_unchanged(const struct storage_tx *tx, const struct storage_view *view,
                          const struct storage_key *key)
{
    check_key(key);
    return tx->backend->tx_unchanged(tx, view, key);
}

bool storage_tx_add_usage(struct storage_tx *tx, uint32_t space, struct storage_usage by, struct error *err)
{
    return tx->backend->tx_add_usage(tx, space, by, err);
}

uint64_t storage_tx_commit_number(const struct storage_tx *tx)
{
    return tx->backend->tx_commit_number(tx);
}

int64_t storage_tx_commit_ms(const struct storage_tx *tx)
{
    return tx->backend->tx_commit_ms(tx);
}

int64_t storage_tx_commit_us(const struct storage_tx *tx)
{
    return tx->backend->tx_commit_us(tx);
}

/* ------------------------------------------------------------------ each entry of a range */

static bool take_each(struct storage_cursor *cursor, storage_take *take, void *arg, struct error *err)
{
    struct storage_entry entry;
    bool found, ok;
    do
        ok = storage_cursor_next(cursor, &entry, &found, err) && (!found || take(arg, &entry, err));
    while (ok && found);
    storage_cursor_close(cursor);
    return ok;
}

bool storage_view_each(struct storage_view *view, const struct storage_partition_range *range,
                       struct arena *arena, storage_take *take, void *arg, struct error *err)
{
    struct storage_cursor *cursor;
    return storage_view_scan_partition(view, range, arena, &cursor, err) && take_each(cursor, take, arg, err);
}

bool storage_tx_each(struct storage_tx *tx, const struct storage_partition_range *range, struct arena *arena,
                     storage_take *take, void *arg, struct error *err)
{
    struct storage_cursor *cursor;
    return storage_tx_scan_partition(tx, range, arena, &cursor, err) && take_each(cursor, take, arg, err);
}
