/* Durable instants. The syncer publishes one after each log sync; readers take the newest by one fetch-and-add.
 * All that are alive form a list, so that the keeper knows when nobody can see a dropped space any more and when
 * the database may be reopened. */
#include "base/contract.h"
#include "storage/rocksdb/rocks_priv.h"

#include <stdlib.h>

enum { PREFETCH_BYTES = 4096 };

static struct rocks_view *view_of(struct shared *shared)
{
    return (struct rocks_view *)((char *)shared - offsetof(struct rocks_view, shared));
}

static void link_view(struct rocks *r, struct rocks_view *view)
{
    pthread_mutex_lock(&r->views_mutex);
    view->older = r->views_newest;
    if (r->views_newest)
        r->views_newest->newer = view;
    else
        r->views_oldest = view;
    r->views_newest = view;
    pthread_mutex_unlock(&r->views_mutex);
}

static void destroy_view(struct shared *shared)
{
    struct rocks_view *view = view_of(shared);
    struct rocks *r = view->store;
    rocks_view_drop_idle(view);
    rocksdb_readoptions_destroy(view->read);
    rocksdb_release_snapshot(r->db, view->snapshot);
    pthread_mutex_lock(&r->views_mutex);
    if (view->older)
        view->older->newer = view->newer;
    else
        r->views_oldest = view->newer;
    if (view->newer)
        view->newer->older = view->older;
    else
        r->views_newest = view->older;
    pthread_mutex_unlock(&r->views_mutex);
    free(view);
}

struct rocks_view *rocks_view_new(struct rocks *r, const rocksdb_snapshot_t *take_snapshot, uint64_t commit)
{
    struct rocks_view *view = aligned_alloc(alignof(struct rocks_view), sizeof *view);
    INVARIANT(view != NULL);
    memset(view, 0, sizeof *view);
    view->base.backend = &rocks_backend;
    view->store = r;
    view->snapshot = take_snapshot;
    view->commit = commit;
    view->read = rocksdb_readoptions_create();
    rocksdb_readoptions_set_snapshot(view->read, take_snapshot);
    shared_init(&view->shared, destroy_view);
    link_view(r, view);
    return view;
}

void rocks_view_publish(struct rocks *r, struct rocks_view *take_view)
{
    shared_slot_publish(&r->current, take_view ? &take_view->shared : NULL);
}

uint64_t rocks_views_oldest_commit(struct rocks *r)
{
    pthread_mutex_lock(&r->views_mutex);
    uint64_t commit = r->views_oldest ? r->views_oldest->commit : UINT64_MAX;
    pthread_mutex_unlock(&r->views_mutex);
    return commit;
}

struct storage_view *rocks_view_take(struct storage *store)
{
    struct shared *shared = shared_slot_take(&((struct rocks *)store)->current);
    return shared ? &view_of(shared)->base : NULL;
}

void rocks_view_release(struct storage_view *base)
{
    struct rocks_view *view = (struct rocks_view *)base;
    shared_slot_give_back(&view->store->current, &view->shared);
}

uint64_t rocks_view_commit(const struct storage_view *view)
{
    return ((const struct rocks_view *)view)->commit;
}

/* The value is copied: a pinned block would outlive the view, and a copy costs less than keeping track of it. */
bool rocks_get(struct rocks *r, const rocksdb_readoptions_t *read, struct slice key, struct arena *arena,
               struct slice *value_out, bool *found_out, struct error *err)
{
    char *text = NULL;
    rocksdb_pinnableslice_t *pinned =
        rocksdb_get_pinned_cf(r->db, read, rocks_family(r, key), key.data, key.size, &text);
    if (text)
        return rocks_check(text, err);
    *found_out = pinned != NULL;
    if (!pinned)
        return true;
    struct slice sealed, value;
    sealed.data = rocksdb_pinnableslice_value(pinned, &sealed.size);
    bool ok = rocks_value_open(key, sealed, &value, err);
    if (ok)
        *value_out = arena_copy(arena, value);
    rocksdb_pinnableslice_destroy(pinned);
    return ok;
}

bool rocks_get_hot(struct rocks *r, const rocksdb_readoptions_t *read, uint64_t commit, struct slice key,
                   uint64_t fingerprint, struct arena *arena, struct slice *value_out, bool *found_out,
                   struct error *err)
{
    *found_out = rocks_hot_find(r->hot, fingerprint, key, commit, arena, value_out);
    if (*found_out)
        return true;
    if (!rocks_get(r, read, key, arena, value_out, found_out, err))
        return false;
    if (*found_out)
        rocks_hot_offer(r->hot, fingerprint, key, commit, *value_out);
    return true;
}

bool rocks_record_get(struct rocks *r, const rocksdb_readoptions_t *read, enum rocks_record_kind kind,
                      uint32_t space, struct rocks_record *out, bool *found_out, struct error *err)
{
    struct rocks_record_room record_room;
    struct rocks_key_room key_room;
    struct storage_key name = rocks_record_key(&record_room, kind, space);
    struct slice key = rocks_key_build(&key_room, err->arena, &name);
    struct slice value;
    if (!rocks_get(r, read, key, err->arena, &value, found_out, err))
        return false;
    if (*found_out && !rocks_record_decode(value, out))
        return rocks_error_corrupt(key, "system record of unknown layout", err);
    return true;
}

bool rocks_view_get(struct storage_view *base, const struct storage_key *key, struct arena *arena,
                    struct slice *value_out, bool *found_out, struct error *err)
{
    struct rocks_view *view = (struct rocks_view *)base;
    struct rocks_key_room room;
    struct slice encoded = rocks_key_build(&room, arena, key);
    return rocks_get_hot(view->store, view->read, view->commit, encoded, rocks_key_fingerprint(encoded),
                         arena, value_out, found_out, err);
}

void rocks_view_prefetch(struct storage_view *base, const struct storage_key *key)
{
    struct rocks_view *view = (struct rocks_view *)base;
    struct rocks_key_room room;
    struct arena scratch;
    struct error ignored;
    struct slice value;
    bool found;
    arena_init(&scratch, PREFETCH_BYTES);
    error_init(&ignored, &scratch);
    struct slice encoded = rocks_key_build(&room, &scratch, key);
    rocksdb_readoptions_t *read = rocksdb_readoptions_create();
    rocksdb_readoptions_set_snapshot(read, view->snapshot);
    rocksdb_readoptions_set_fill_cache(read, 0);
    (void)rocks_get_hot(view->store, read, view->commit, encoded, rocks_key_fingerprint(encoded), &scratch,
                        &value, &found, &ignored);
    rocksdb_readoptions_destroy(read);
    arena_release(&scratch);
}

bool rocks_view_usage(struct storage_view *base, uint32_t space, struct storage_usage *out, struct error *err)
{
    struct rocks_view *view = (struct rocks_view *)base;
    struct rocks_record record;
    bool found;
    if (!rocks_record_get(view->store, view->read, ROCKS_RECORD_USAGE, space, &record, &found, err))
        return false;
    *out = (struct storage_usage){0};
    if (found)
        *out = (struct storage_usage){.entries = (int64_t)record.first, .bytes = (int64_t)record.second};
    return true;
}

/* *state_out: an enum rocks_space_state; 0 if there is no record. */
static bool read_state(struct storage_view *base, uint32_t space, uint64_t *state_out, struct error *err)
{
    struct rocks_view *view = (struct rocks_view *)base;
    struct rocks_record record;
    bool found;
    if (!rocks_record_get(view->store, view->read, ROCKS_RECORD_SPACE, space, &record, &found, err))
        return false;
    *state_out = found ? record.first : 0;
    return true;
}

/* The system's own have no record. */
bool rocks_view_has_space(struct storage_view *base, uint32_t space, bool *has_out, struct error *err)
{
    uint64_t state;
    if (!read_state(base, space, &state, err))
        return false;
    *has_out = state == ROCKS_SPACE_LIVE || space < STORAGE_SPACE_FIRST_FREE;
    return true;
}

bool rocks_view_dropping(struct storage_view *base, uint32_t space, bool *dropping_out, struct error *err)
{
    uint64_t state;
    if (!read_state(base, space, &state, err))
        return false;
    *dropping_out = state == ROCKS_SPACE_DROPPING;
    return true;
}

bool rocks_view_scan_partition(struct storage_view *base, const struct storage_partition_range *range,
                               struct arena *arena, struct storage_cursor **cursor_out, struct error *err)
{
    (void)err;
    struct rocks_view *view = (struct rocks_view *)base;
    rocks_cursor_open_partition((struct rocks_cursor_source){view->store, view, NULL}, range, arena,
                                cursor_out);
    return true;
}

bool rocks_view_scan_hash(struct storage_view *base, const struct storage_hash_range *range,
                          struct arena *arena, struct storage_cursor **cursor_out, struct error *err)
{
    (void)err;
    struct rocks_view *view = (struct rocks_view *)base;
    rocks_cursor_open_hash((struct rocks_cursor_source){view->store, view, NULL}, range, arena, cursor_out);
    return true;
}
