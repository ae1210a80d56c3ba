/* Scans. A cursor walks a RocksDB iterator between two encoded bounds and, inside a transaction, merges what the
 * group has changed and RocksDB does not know yet. Of a view's partition it first gives out what is remembered of an earlier
 * scan (rocks_hot_range.h); it begins to walk where that ends, if it is asked for more.
 *
 * A partition's keys share their first 12 bytes, which is what the bloom filters know, so a partition scan seeks
 * in prefix mode: both bounds have that prefix and files without it are skipped. A scan over hashes, and the
 * partition whose upper bound falls behind its prefix, seek in total order. */
#include "base/contract.h"
#include "base/prefetch.h"
#include "storage/rocksdb/rocks_hot_range.h"
#include "storage/rocksdb/rocks_priv.h"

enum cursor_state {
    CURSOR_RECALLING, /* gives out what is remembered, which may be nothing */
    CURSOR_WALKING,
    CURSOR_ENDED, /* closed, or the range is empty */
};

struct rocks_cursor {
    struct storage_cursor base;
    struct rocks *store;
    struct arena *arena;
    enum cursor_state state;
    bool reverse;
    struct rocks_view *view; /* a reference, or NULL */
    struct rocks_scan scan;  /* narrowed to what is behind `recalled` when the walk begins */
    struct slice head;       /* what the keys of the scanned partition begin with; none: a scan over hashes */
    struct rocks_hot_range range; /* if remembers() */
    struct slice recalled;        /* the last sort key that came from there */
    struct rocks_iterator *walker;
    rocksdb_iterator_t *iterator;    /* its handle */
    bool iterator_behind;            /* the entry given out last is the iterator's: step before looking */
    struct rocks_change *changes;    /* of the overlay, in key order */
    size_t change_first, change_end; /* those not given out yet */
    struct rocks_cursor **owner;     /* the list of a transaction's open cursors, or NULL */
    struct rocks_cursor *next;
};

/* ------------------------------------------------------------------ open and close */

/* A record of a log is read once or twice, by one reader after the other. */
static bool remembers(const struct rocks_cursor *c)
{
    return c->view && !slice_is_none(c->head) && !rocks_key_is_log(c->head);
}

static void close_cursor(void *arg)
{
    struct rocks_cursor *c = arg;
    if (remembers(c))
        rocks_hot_range_close(&c->range);
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
    c->state = CURSOR_ENDED;
    c->walker = NULL;
    c->view = NULL;
    c->owner = NULL;
    c->change_first = c->change_end = 0;
}

void rocks_cursor_close(struct storage_cursor *cursor)
{
    close_cursor(cursor);
}

static bool same_prefix(struct slice a, struct slice b)
{
    return a.size >= ROCKS_PREFIX_BYTES && b.size >= ROCKS_PREFIX_BYTES &&
           memcmp(a.data, b.data, ROCKS_PREFIX_BYTES) == 0;
}

static bool is_empty(const struct rocks_scan *scan)
{
    return scan->upper.size > 0 && slice_compare(scan->lower, scan->upper) >= 0;
}

/* What a scan over hashes reads is not worth pushing hot blocks out of the cache. Bounds and head are in `arena`. */
static void open_cursor(struct rocks_cursor_source source, struct slice head, struct slice lower,
                        struct slice upper, bool reverse, struct arena *arena,
                        struct storage_cursor **cursor_out)
{
    struct rocks_cursor *c = ARENA_NEW(arena, struct rocks_cursor);
    c->base.backend = &rocks_backend;
    c->store = source.store;
    c->arena = arena;
    c->state = CURSOR_ENDED;
    c->reverse = reverse;
    c->scan = (struct rocks_scan){lower, upper, same_prefix(lower, upper), !slice_is_none(head)};
    c->head = head;
    *cursor_out = &c->base;
    if (is_empty(&c->scan))
        return;
    c->state = CURSOR_RECALLING;
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
    if (remembers(c))
        rocks_hot_range_open(&c->range, c->store->hot, c->view->commit, lower, upper, reverse, arena);
    arena_cleanup_add(arena, close_cursor, c);
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
    open_cursor(source, head, lower_key(arena, head, range->lower), upper_key(arena, head, range->upper),
                range->reverse, arena, cursor_out);
}

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
    open_cursor(source, SLICE_NONE, lower, upper, false, arena, cursor_out);
}

/* ------------------------------------------------------------------ recalling */

/* false: nobody remembers what comes next. */
static bool recall(struct rocks_cursor *c, struct storage_entry *entry_out, bool *found_out)
{
    enum rocks_hot_range_step step =
        remembers(c) ? rocks_hot_range_next(&c->range, &entry_out->sort, &entry_out->value)
                     : ROCKS_HOT_RANGE_UNKNOWN;
    *found_out = step == ROCKS_HOT_RANGE_ENTRY;
    if (*found_out) {
        entry_out->partition = slice_after(c->head, ROCKS_HEAD_BYTES);
        c->recalled = entry_out->sort;
    }
    return step != ROCKS_HOT_RANGE_UNKNOWN;
}

/* ------------------------------------------------------------------ walking */

static void seek(struct rocks_cursor *c)
{
    if (!c->reverse)
        rocksdb_iter_seek(c->iterator, c->scan.lower.data, c->scan.lower.size);
    else if (c->scan.upper.size > 0)
        rocksdb_iter_seek_for_prev(c->iterator, c->scan.upper.data, c->scan.upper.size);
    else
        rocksdb_iter_seek_to_last(c->iterator);
}

/* Behind what was recalled. */
static void start_walking(struct rocks_cursor *c)
{
    c->state = CURSOR_WALKING;
    if (!slice_is_none(c->recalled) && c->reverse)
        c->scan.upper = join(c->arena, c->head, c->recalled);
    else if (!slice_is_none(c->recalled))
        c->scan.lower = join_after(c->arena, c->head, c->recalled);
    if (is_empty(&c->scan))
        return;
    c->walker = rocks_iterator_open(c->store, c->view, &c->scan);
    c->iterator = rocks_iterator_handle(c->walker);
    seek(c);
}

/* The iterator's key and value; false when it has no more, with *err set if that is because it failed. */
static bool iterator_entry(struct rocks_cursor *c, struct slice *key, struct slice *sealed, bool *ok,
                           struct error *err)
{
    if (!c->walker)
        return false;
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
 * checked and written out; by itself the processor would do so only within a page. */
static void prefetch_neighbour(const struct rocks_cursor *c, struct slice sealed)
{
    enum { AHEAD_BYTES_MAX = 2048 };
    size_t bytes = sealed.size < AHEAD_BYTES_MAX ? sealed.size : AHEAD_BYTES_MAX;
    prefetch_bytes(c->reverse ? sealed.data - bytes : sealed.data + sealed.size, bytes);
}

static bool open_entry(struct slice key, struct slice sealed, struct storage_entry *entry_out,
                       struct error *err)
{
    struct storage_key parts;
    if (!rocks_key_decode(key, &parts))
        return rocks_error_corrupt(key, "stored key of unknown layout", err);
    entry_out->partition = parts.partition;
    entry_out->sort = parts.sort;
    return rocks_value_open(key, sealed, &entry_out->value, err);
}

static bool walk(struct rocks_cursor *c, struct storage_entry *entry_out, bool *found_out, struct error *err)
{
    struct slice key, sealed;
    bool ok = true;
    *found_out = merged_entry(c, &key, &sealed, &ok, err);
    if (!*found_out) {
        if (ok && remembers(c))
            rocks_hot_range_add_end(&c->range);
        return ok;
    }
    prefetch_neighbour(c, sealed);
    if (!open_entry(key, sealed, entry_out, err))
        return false;
    if (remembers(c))
        rocks_hot_range_add(&c->range, entry_out->sort, entry_out->value);
    return true;
}

bool rocks_cursor_next(struct storage_cursor *base, struct storage_entry *entry_out, bool *found_out,
                       struct error *err)
{
    struct rocks_cursor *c = (struct rocks_cursor *)base;
    *found_out = false;
    if (c->state == CURSOR_RECALLING) {
        if (recall(c, entry_out, found_out))
            return true;
        start_walking(c);
    }
    return c->state == CURSOR_ENDED || walk(c, entry_out, found_out, err);
}
