/* A backend that wraps another and lets its calls fail, dawdle or end the process. Views, cursors, transactions and
 * writes are wrapped too, so that every call passes by here. */
#include "base/contract.h"
#include "storage/storage_priv.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct planned_fault {
    struct storage_fault fault;
    uint64_t calls; /* since it was set */
};

struct faulty {
    struct storage base;
    struct storage *inner;
    pthread_mutex_t mutex;
    struct planned_fault planned[STORAGE_FAULT_CALL_COUNT];
};

struct faulty_view {
    struct storage_view base;
    struct faulty *store;
    struct storage_view *inner;
};

struct faulty_cursor {
    struct storage_cursor base;
    struct faulty *store;
    struct storage_cursor *inner;
};

struct faulty_tx {
    struct storage_tx base;
    struct faulty *store;
    struct storage_tx *inner;
};

/* What the inner store runs in place of the caller's write. */
struct faulty_write {
    struct storage_write write;
    struct faulty *store;
    struct storage_write *outer;
};

static const struct storage_backend faulty_backend;

/* ------------------------------------------------------------------ faults */

void storage_faulty_set(struct storage *faulty, enum storage_fault_call call, struct storage_fault fault)
{
    struct faulty *f = (struct faulty *)faulty;
    PRE(f->base.backend == &faulty_backend && call < STORAGE_FAULT_CALL_COUNT);
    pthread_mutex_lock(&f->mutex);
    f->planned[call] = (struct planned_fault){.fault = fault};
    pthread_mutex_unlock(&f->mutex);
}

static struct storage_fault next_fault(struct faulty *f, enum storage_fault_call call)
{
    pthread_mutex_lock(&f->mutex);
    struct planned_fault *planned = &f->planned[call];
    uint64_t number = planned->calls++;
    struct storage_fault fault = planned->fault;
    if (number < fault.after || number - fault.after >= fault.times)
        fault.action = STORAGE_FAULT_NONE;
    pthread_mutex_unlock(&f->mutex);
    return fault;
}

static void wait_ms(unsigned ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000}, NULL);
}

/* Every wrapped call starts here. */
static bool suffer(struct faulty *f, enum storage_fault_call call, struct error *err)
{
    struct storage_fault fault = next_fault(f, call);
    switch (fault.action) {
    case STORAGE_FAULT_NONE:
        return true;
    case STORAGE_FAULT_DELAY:
        wait_ms(fault.delay_ms);
        return true;
    case STORAGE_FAULT_FAIL:
        error_set(err, ERR_STORAGE, "Internal server error");
        return error_add_detail(err, "injected fault");
    case STORAGE_FAULT_CRASH:
        kill(getpid(), SIGKILL);
        break;
    }
    UNREACHABLE();
}

/* ------------------------------------------------------------------ cursors */

static struct storage_cursor *wrap_cursor(struct faulty *f, struct storage_cursor *inner, struct arena *arena)
{
    struct faulty_cursor *c = ARENA_NEW(arena, struct faulty_cursor);
    *c = (struct faulty_cursor){{&faulty_backend}, f, inner};
    return &c->base;
}

static bool cursor_next(struct storage_cursor *base, struct storage_entry *entry_out, bool *found_out,
                        struct error *err)
{
    struct faulty_cursor *c = (struct faulty_cursor *)base;
    return suffer(c->store, STORAGE_FAULT_SCAN, err) &&
           storage_cursor_next(c->inner, entry_out, found_out, err);
}

static void cursor_close(struct storage_cursor *base)
{
    storage_cursor_close(((struct faulty_cursor *)base)->inner);
}

/* ------------------------------------------------------------------ views */

static struct storage_view *view_take(struct storage *base)
{
    struct faulty *f = (struct faulty *)base;
    struct storage_view *inner = storage_view_take(f->inner);
    if (!inner)
        return NULL;
    struct faulty_view *view = malloc(sizeof *view);
    INVARIANT(view != NULL);
    *view = (struct faulty_view){{&faulty_backend}, f, inner};
    return &view->base;
}

static void view_release(struct storage_view *base)
{
    struct faulty_view *view = (struct faulty_view *)base;
    storage_view_release(view->inner);
    free(view);
}

static uint64_t view_commit(const struct storage_view *base)
{
    return storage_view_commit(((const struct faulty_view *)base)->inner);
}

static bool view_get(struct storage_view *base, const struct storage_key *key, struct arena *arena,
                     struct slice *value_out, bool *found_out, struct error *err)
{
    struct faulty_view *view = (struct faulty_view *)base;
    return suffer(view->store, STORAGE_FAULT_GET, err) &&
           storage_view_get(view->inner, key, arena, value_out, found_out, err);
}

static void view_prefetch(struct storage_view *base, const struct storage_key *key)
{
    storage_view_prefetch(((struct faulty_view *)base)->inner, key);
}

static bool view_scan_partition(struct storage_view *base, const struct storage_partition_range *range,
                                struct arena *arena, struct storage_cursor **cursor_out, struct error *err)
{
    struct faulty_view *view = (struct faulty_view *)base;
    if (!storage_view_scan_partition(view->inner, range, arena, cursor_out, err))
        return false;
    *cursor_out = wrap_cursor(view->store, *cursor_out, arena);
    return true;
}

static bool view_scan_hash(struct storage_view *base, const struct storage_hash_range *range,
                           struct arena *arena, struct storage_cursor **cursor_out, struct error *err)
{
    struct faulty_view *view = (struct faulty_view *)base;
    if (!storage_view_scan_hash(view->inner, range, arena, cursor_out, err))
        return false;
    *cursor_out = wrap_cursor(view->store, *cursor_out, arena);
    return true;
}

static bool view_usage(struct storage_view *base, uint32_t space, struct storage_usage *out,
                       struct error *err)
{
    struct faulty_view *view = (struct faulty_view *)base;
    return suffer(view->store, STORAGE_FAULT_GET, err) && storage_view_usage(view->inner, space, out, err);
}

static bool view_has_space(struct storage_view *base, uint32_t space, bool *has_out, struct error *err)
{
    struct faulty_view *view = (struct faulty_view *)base;
    return suffer(view->store, STORAGE_FAULT_GET, err) &&
           storage_view_has_space(view->inner, space, has_out, err);
}

static bool view_dropping(struct storage_view *base, uint32_t space, bool *dropping_out, struct error *err)
{
    struct faulty_view *view = (struct faulty_view *)base;
    return suffer(view->store, STORAGE_FAULT_GET, err) &&
           storage_view_dropping(view->inner, space, dropping_out, err);
}

/* ------------------------------------------------------------------ transactions */

static struct faulty_tx *tx_of(struct storage_tx *tx)
{
    return (struct faulty_tx *)tx;
}

static bool tx_get(struct storage_tx *tx, const struct storage_key *key, struct arena *arena,
                   struct slice *value_out, bool *found_out, struct error *err)
{
    return suffer(tx_of(tx)->store, STORAGE_FAULT_TX_GET, err) &&
           storage_tx_get(tx_of(tx)->inner, key, arena, value_out, found_out, err);
}

static bool tx_scan_partition(struct storage_tx *tx, const struct storage_partition_range *range,
                              struct arena *arena, struct storage_cursor **cursor_out, struct error *err)
{
    if (!storage_tx_scan_partition(tx_of(tx)->inner, range, arena, cursor_out, err))
        return false;
    *cursor_out = wrap_cursor(tx_of(tx)->store, *cursor_out, arena);
    return true;
}

static bool tx_put(struct storage_tx *tx, const struct storage_key *key, struct slice value,
                   struct error *err)
{
    return suffer(tx_of(tx)->store, STORAGE_FAULT_TX_PUT, err) &&
           storage_tx_put(tx_of(tx)->inner, key, value, err);
}

static bool tx_delete(struct storage_tx *tx, const struct storage_key *key, struct error *err)
{
    return suffer(tx_of(tx)->store, STORAGE_FAULT_TX_PUT, err) &&
           storage_tx_delete(tx_of(tx)->inner, key, err);
}

static bool tx_create_space(struct storage_tx *tx, uint32_t space, struct error *err)
{
    return suffer(tx_of(tx)->store, STORAGE_FAULT_TX_PUT, err) &&
           storage_tx_create_space(tx_of(tx)->inner, space, err);
}

static bool tx_drop_space(struct storage_tx *tx, uint32_t space, struct error *err)
{
    return suffer(tx_of(tx)->store, STORAGE_FAULT_TX_PUT, err) &&
           storage_tx_drop_space(tx_of(tx)->inner, space, err);
}

static bool tx_mark_space(struct storage_tx *tx, uint32_t space, struct error *err)
{
    return suffer(tx_of(tx)->store, STORAGE_FAULT_TX_PUT, err) &&
           storage_tx_mark_space(tx_of(tx)->inner, space, err);
}

static uint64_t tx_space_mark(const struct storage_tx *tx, uint32_t space)
{
    return storage_tx_space_mark(((const struct faulty_tx *)tx)->inner, space);
}

static bool tx_unchanged(const struct storage_tx *tx, const struct storage_view *view,
                         const struct storage_key *key)
{
    return storage_tx_unchanged(((const struct faulty_tx *)tx)->inner,
                                ((const struct faulty_view *)view)->inner, key);
}

static bool tx_add_usage(struct storage_tx *tx, uint32_t space, struct storage_usage by, struct error *err)
{
    return suffer(tx_of(tx)->store, STORAGE_FAULT_TX_PUT, err) &&
           storage_tx_add_usage(tx_of(tx)->inner, space, by, err);
}

static uint64_t tx_commit_number(const struct storage_tx *tx)
{
    return storage_tx_commit_number(((const struct faulty_tx *)tx)->inner);
}

static int64_t tx_commit_ms(const struct storage_tx *tx)
{
    return storage_tx_commit_ms(((const struct faulty_tx *)tx)->inner);
}

static int64_t tx_commit_us(const struct storage_tx *tx)
{
    return storage_tx_commit_us(((const struct faulty_tx *)tx)->inner);
}

/* ------------------------------------------------------------------ writes */

/* A commit that fails does so after the function has staged everything. */
static bool run_outer(struct storage_tx *inner_tx, struct storage_write *inner, struct error *err)
{
    struct faulty_write *w = (struct faulty_write *)inner;
    struct faulty_tx tx = {{&faulty_backend}, w->store, inner_tx};
    return w->outer->run(&tx.base, w->outer, err) && suffer(w->store, STORAGE_FAULT_COMMIT, err);
}

static void finish_outer(struct storage_write *inner)
{
    struct faulty_write *w = (struct faulty_write *)inner;
    struct storage_write *outer = w->outer;
    outer->error = inner->error;
    outer->commit_number = inner->commit_number;
    outer->commit_ms = inner->commit_ms;
    free(w);
    storage_write_finish(outer);
}

static void write_outer(struct storage *base, struct storage_write *outer)
{
    struct faulty *f = (struct faulty *)base;
    struct faulty_write *w = malloc(sizeof *w);
    INVARIANT(w != NULL);
    *w = (struct faulty_write){
        .write = {.run = run_outer, .done = finish_outer, .arena = outer->arena},
        .store = f,
        .outer = outer,
    };
    storage_write(f->inner, &w->write);
}

/* ------------------------------------------------------------------ the store */

static void close_store(struct storage *base)
{
    struct faulty *f = (struct faulty *)base;
    storage_close(f->inner);
    pthread_mutex_destroy(&f->mutex);
    free(f);
}

static bool outgrows_memory(struct storage *base)
{
    return storage_outgrows_memory(((struct faulty *)base)->inner);
}

static void stats(struct storage *base, struct storage_stats *out)
{
    storage_stats(((struct faulty *)base)->inner, out);
}

static const struct storage_backend faulty_backend = {
    .close = close_store,
    .write = write_outer,
    .stats = stats,
    .outgrows_memory = outgrows_memory,
    .view_take = view_take,
    .view_release = view_release,
    .view_commit = view_commit,
    .view_get = view_get,
    .view_prefetch = view_prefetch,
    .view_scan_partition = view_scan_partition,
    .view_scan_hash = view_scan_hash,
    .view_usage = view_usage,
    .view_has_space = view_has_space,
    .view_dropping = view_dropping,
    .cursor_next = cursor_next,
    .cursor_close = cursor_close,
    .tx_get = tx_get,
    .tx_scan_partition = tx_scan_partition,
    .tx_put = tx_put,
    .tx_delete = tx_delete,
    .tx_create_space = tx_create_space,
    .tx_drop_space = tx_drop_space,
    .tx_mark_space = tx_mark_space,
    .tx_space_mark = tx_space_mark,
    .tx_unchanged = tx_unchanged,
    .tx_add_usage = tx_add_usage,
    .tx_commit_number = tx_commit_number,
    .tx_commit_ms = tx_commit_ms,
    .tx_commit_us = tx_commit_us,
};

struct storage *storage_open_faulty(struct storage *take_inner)
{
    struct faulty *f = calloc(1, sizeof *f);
    INVARIANT(f != NULL);
    f->base.backend = &faulty_backend;
    f->inner = take_inner;
    pthread_mutex_init(&f->mutex, NULL);
    return &f->base;
}
