/* Scans. A cursor walks a RocksDB iterator between two encoded bounds and, inside a transaction, merges what the
 * group has changed and RocksDB does not know yet.
 *
 * A partition's keys share their first 12 bytes, which is what the bloom filters know, so a partition scan seeks
 * in prefix mode: both bounds have that prefix and files without it are skipped. A scan over hashes, and the
 * partition whose upper bound falls behind its prefix, seek in total order. */
#include "base/contract.h"
#include "storage/rocksdb/rocks_priv.h"

struct rocks_cursor {
    struct storage_cursor base;
    struct rocks_view *view; /* a reference, or NULL */
    struct rocks_scan scan;
    struct rocks_iterator *walker; /* NULL: closed, or the range is empty */
    rocksdb_iterator_t *iterator;  /* its handle */
    bool reverse;
    bool iterator_behind;            /* the entry given out last is the iterator's: step before looking */
    struct rocks_change *changes;    /* of the overlay, in key order */
    size_t change_first, change_end; /* those not given out yet */
    struct rocks_cursor **owner;     /* the list of a transaction's open cursors, or NULL */
    struct rocks_cursor *next;
};

/* ------------------------------------------------------------------ open and close */

static void close_cursor(void *arg)
{
    struct rocks_cursor *c = arg;
    if (c->walker)
        rocks_iterator_close(c->walker, c->view, &c->scan);
    if (c->view)
        shared_release(&c->view->shared);
    if (c->owner) {
        struct rocks_cursor **at = c->owner;
        while (*at != c)
            at = &(*at)->next;
        *at = c->next;
    }
    c->walker = NULL;
    c->iterator = NULL;
    c->view = NULL;
    c->owner = NULL;
    c->change_first = c->change_end = 0;
}

void rocks_cursor_close(struct storage_cursor *cursor)
{
    close_cursor(cursor);
}

static void seek(struct rocks_cursor *c)
{
    if (!c->reverse)
        rocksdb_iter_seek(c->iterator, c->scan.lower.data, c->scan.lower.size);
    else if (c->scan.upper.size > 0)
        rocksdb_iter_seek_for_prev(c->iterator, c->scan.upper.data, c->scan.upper.size);
    else
        rocksdb_iter_seek_to_last(c->iterator);
}

static bool same_prefix(struct slice a, struct slice b)
{
    return a.size >= ROCKS_PREFIX_BYTES && b.size >= ROCKS_PREFIX_BYTES &&
           memcmp(a.data, b.data, ROCKS_PREFIX_BYTES) == 0;
}

/* Bounds are in `arena`. */
static void open_cursor(struct rocks_cursor_source source, struct slice lower, struct slice upper,
                        bool reverse, bool keep_in_cache, struct arena *arena,
                        struct storage_cursor **cursor_out)
{
    struct rocks_cursor *c = ARENA_NEW(arena, struct rocks_cursor);
    c->base.backend = &rocks_backend;
    c->scan = (struct rocks_scan){lower, upper, same_prefix(lower, upper), keep_in_cache};
    c->reverse = reverse;
    *cursor_out = &c->base;
    if (upper.size > 0 && slice_compare(lower, upper) >= 0)
        return;
    if (source.view) {
        c->view = source.view;
        shared_retain(&c->view->shared);
    }
    if (source.tx) {
        c->owner = &source.tx->cursors;
        c->next = source.tx->cursors;
        source.tx->cursors = c;
        c->change_end = rocks_overlay_range(&source.store->overlay, lower, upper, arena, &c->changes);
    }
    c->walker = rocks_iterator_open(source.store, source.view, &c->scan);
    c->iterator = rocks_iterator_handle(c->walker);
    arena_cleanup_add(arena, close_cursor, c);
    seek(c);
}

/* ------------------------------------------------------------------ bounds */

/* head · sort, with room for one byte more. */
static struct slice join(struct arena *arena, struct slice head, struct slice sort)
{
    char *bytes = arena_alloc_bytes(arena, head.size + sort.size + 1);
    memcpy(bytes, head.data, head.size);
    if (sort.size)
        memcpy(bytes + head.size, sort.data, sort.size);
    return slice_of(bytes, head.size + sort.size);
}

/* The least key greater than head · sort. */
static struct slice join_after(struct arena *arena, struct slice head, struct slice sort)
{
    struct slice key = join(arena, head, sort);
    ((char *)key.data)[key.size] = '\0';
    return slice_of(key.data, key.size + 1);
}

/* The least key greater than all that begin with head · sort; empty if there is none. */
static struct slice join_behind(struct arena *arena, struct slice head, struct slice sort)
{
    struct slice key = join(arena, head, sort);
    return slice_of(key.data, rocks_key_successor((char *)key.data, key.size));
}

static struct slice lower_key(struct arena *arena, struct slice head, struct storage_bound bound)
{
    switch (bound.kind) {
    case STORAGE_BOUND_NONE:
        return head;
    case STORAGE_BOUND_INCLUSIVE:
        return join(arena, head, bound.sort);
    case STORAGE_BOUND_EXCLUSIVE:
        return join_after(arena, head, bound.sort);
    case STORAGE_BOUND_PREFIX:
        break;
    }
    UNREACHABLE();
}

static struct slice upper_key(struct arena *arena, struct slice head, struct storage_bound bound)
{
    switch (bound.kind) {
    case STORAGE_BOUND_NONE:
        return join_behind(arena, head, SLICE(""));
    case STORAGE_BOUND_INCLUSIVE:
        return join_after(arena, head, bound.sort);
    case STORAGE_BOUND_EXCLUSIVE:
        return join(arena, head, bound.sort);
    case STORAGE_BOUND_PREFIX:
        return join_behind(arena, head, bound.sort);
    }
    UNREACHABLE();
}

static struct slice encode(struct arena *arena, const struct storage_key *key)
{
    size_t size = rocks_key_size(key);
    char *bytes = arena_alloc_bytes(arena, size);
    rocks_key_encode(bytes, key);
    return slice_of(bytes, size);
}

void rocks_cursor_open_partition(struct rocks_cursor_source source,
                                 const struct storage_partition_range *range, struct arena *arena,
                                 struct storage_cursor **cursor_out)
{
    struct storage_key first = {range->space, range->partition, SLICE("")};
    struct slice head = encode(arena, &first);
    open_cursor(source, lower_key(arena, head, range->lower), upper_key(arena, head, range->upper),
                range->reverse, true, arena, cursor_out);
}

/* What a scan of everything reads is not worth pushing hot blocks out of the cache. */
void rocks_cursor_open_hash(struct rocks_cursor_source source, const struct storage_hash_range *range,
                            struct arena *arena, struct storage_cursor **cursor_out)
{
    char prefix[ROCKS_PREFIX_BYTES];
    rocks_prefix_encode(prefix, range->space, range->hash_first);
    struct slice lower = arena_copy(arena, slice_of(prefix, sizeof prefix));
    rocks_prefix_encode(prefix, range->space, range->hash_last);
    struct slice upper = join_behind(arena, slice_of(prefix, sizeof prefix), SLICE(""));
    if (range->resume) {
        struct storage_key last = {range->space, range->after_partition, range->after_sort};
        struct slice after = join_after(arena, encode(arena, &last), SLICE(""));
        if (slice_compare(after, lower) > 0)
            lower = after;
    }
    if (range->hash_first > range->hash_last)
        upper = lower;
    open_cursor(source, lower, upper, false, false, arena, cursor_out);
}

/* ------------------------------------------------------------------ walking */

/* The iterator's key and value; false when it has no more, with *err set if that is because it failed. */
static bool iterator_entry(struct rocks_cursor *c, struct slice *key, struct slice *sealed, bool *ok,
                           struct error *err)
{
    if (c->iterator_behind) {
        c->iterator_behind = false;
        if (c->reverse)
            rocksdb_iter_prev(c->iterator);
        else
            rocksdb_iter_next(c->iterator);
    }
    if (!rocksdb_iter_valid(c->iterator)) {
        char *text = NULL;
        rocksdb_iter_get_error(c->iterator, &text);
        *ok = rocks_check(text, err);
        return false;
    }
    key->data = rocksdb_iter_key(c->iterator, &key->size);
    sealed->data = rocksdb_iter_value(c->iterator, &sealed->size);
    return true;
}

static const struct rocks_change *overlay_entry(const struct rocks_cursor *c)
{
    if (c->change_first == c->change_end)
        return NULL;
    return c->reverse ? &c->changes[c->change_end - 1] : &c->changes[c->change_first];
}

static void overlay_advance(struct rocks_cursor *c)
{
    if (c->reverse)
        c->change_end--;
    else
        c->change_first++;
}

/* The next entry of both sources; a change hides RocksDB's entry of the same key. */
static bool merged_entry(struct rocks_cursor *c, struct slice *key, struct slice *sealed, bool *ok,
                         struct error *err)
{
    for (;;) {
        bool stored = iterator_entry(c, key, sealed, ok, err);
        if (!*ok)
            return false;
        const struct rocks_change *change = overlay_entry(c);
        if (!stored && !change)
            return false;
        int order = !stored ? 1 : !change ? -1 : slice_compare(*key, change->key);
        if (stored && change && c->reverse)
            order = -order;
        if (order <= 0)
            c->iterator_behind = true;
        if (order < 0)
            return true;
        overlay_advance(c);
        if (change->kind == ROCKS_CHANGE_PUT) {
            *key = change->key;
            *sealed = change->sealed;
            return true;
        }
    }
}

/* Entries of a block lie one behind the other, and the next one is likely as long as this one. It is fetched while this one is
 * checked and written out; by itself the processor would do so only within a page. Reaching past the block does no harm. */
static void prefetch_neighbour(const struct rocks_cursor *c, struct slice sealed)
{
    enum { LINE_BYTES = 64, AHEAD_BYTES_MAX = 2048 };
    size_t bytes = sealed.size < AHEAD_BYTES_MAX ? sealed.size : AHEAD_BYTES_MAX;
    const char *neighbour = c->reverse ? sealed.data - bytes : sealed.data + sealed.size;
    for (size_t at = 0; at < bytes; at += LINE_BYTES)
        __builtin_prefetch(neighbour + at);
}

bool rocks_cursor_next(struct storage_cursor *base, struct storage_entry *entry_out, bool *found_out,
                       struct error *err)
{
    struct rocks_cursor *c = (struct rocks_cursor *)base;
    struct slice key, sealed;
    bool ok = true;
    *found_out = c->iterator && merged_entry(c, &key, &sealed, &ok, err);
    if (!*found_out)
        return ok;
    prefetch_neighbour(c, sealed);
    struct storage_key parts;
    if (!rocks_key_decode(key, &parts))
        return rocks_error_corrupt(key, "stored key of unknown layout", err);
    entry_out->partition = parts.partition;
    entry_out->sort = parts.sort;
    return rocks_value_open(key, sealed, &entry_out->value, err);
}
