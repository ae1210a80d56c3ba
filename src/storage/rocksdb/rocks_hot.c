#include "storage/rocksdb/rocks_hot.h"

#include "base/contract.h"
#include "base/prefetch.h"
#include "storage/rocksdb/rocks_format.h"

#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    WAYS = 4,
    BYTES_PER_WAY = 512,      /* how many slots the budget pays for: more than there are typical values */
    BUCKETS_MIN = 16,         /* below, a cache is of no use */
    BYTES_PER_EVICTION = 512, /* for how many an offer looks at one more bucket for room, */
    EVICTIONS_MIN = 16,       /* beyond so many */
    ENTRIES_MIN = 8,          /* one takes no more than this part of the budget */
    AHEAD_BYTES = 1024,       /* of a value that is likely to be read */
};

struct rocks_hot_entry {
    _Atomic unsigned references; /* the bucket's, and one a reader that copies */
    bool recent;                 /* found since the last look for something to drop */
    uint32_t key_size;
    uint32_t value_size;
    char bytes[]; /* key, value */
};

struct bucket {
    alignas(64) _Atomic bool locked; /* held for some tens of instructions */
    uint32_t missed;                 /* of the key that was last asked for by rocks_hot_borrow() in vain */
    uint64_t stamp;
    uint32_t tags[WAYS];
    struct rocks_hot_entry *entries[WAYS];
};

struct rocks_hot {
    uint64_t bytes_max;
    uint64_t entry_bytes_max;
    _Atomic uint64_t bytes;
    _Atomic uint64_t hand; /* the bucket in which room is looked for next */
    uint64_t bucket_mask;
    struct bucket *buckets;
};

/* ------------------------------------------------------------------ buckets */

static struct bucket *bucket_of(const struct rocks_hot *hot, uint64_t hash)
{
    return &hot->buckets[hash & hot->bucket_mask];
}

static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

static bool try_lock(struct bucket *b)
{
    return !atomic_load_explicit(&b->locked, memory_order_relaxed) &&
           !atomic_exchange_explicit(&b->locked, true, memory_order_acquire);
}

static void lock(struct bucket *b)
{
    while (!try_lock(b))
        sched_yield();
}

static void unlock(struct bucket *b)
{
    atomic_store_explicit(&b->locked, false, memory_order_release);
}

/* ------------------------------------------------------------------ entries */

static size_t entry_bytes(const struct rocks_hot_entry *e)
{
    return sizeof *e + e->key_size + e->value_size;
}

static struct rocks_hot_entry *entry_new(struct rocks_hot *hot, struct slice key, struct slice value)
{
    struct rocks_hot_entry *e = malloc(sizeof *e + key.size + value.size);
    INVARIANT(e != NULL);
    atomic_init(&e->references, 1);
    e->recent = false;
    e->key_size = (uint32_t)key.size;
    e->value_size = (uint32_t)value.size;
    memcpy(e->bytes, key.data, key.size);
    if (value.size)
        memcpy(e->bytes + key.size, value.data, value.size);
    atomic_fetch_add_explicit(&hot->bytes, entry_bytes(e), memory_order_relaxed);
    return e;
}

static void entry_release(struct rocks_hot *hot, struct rocks_hot_entry *e)
{
    if (!e || atomic_fetch_sub_explicit(&e->references, 1, memory_order_acq_rel) != 1)
        return;
    atomic_fetch_sub_explicit(&hot->bytes, entry_bytes(e), memory_order_relaxed);
    free(e);
}

static bool entry_has_key(const struct rocks_hot_entry *e, struct slice key)
{
    return e->key_size == key.size && memcmp(e->bytes, key.data, key.size) == 0;
}

/* The way that holds `key`; WAYS if none does. PRE: locked. */
static unsigned find_way(const struct bucket *b, uint32_t tag, struct slice key)
{
    unsigned way = 0;
    while (way < WAYS && !(b->entries[way] && b->tags[way] == tag && entry_has_key(b->entries[way], key)))
        way++;
    return way;
}

/* What is likely to be copied begins to come from memory while its key is still being compared. */
static void prefetch_entry(const struct bucket *b, uint32_t tag)
{
    for (unsigned way = 0; way < WAYS; way++)
        if (b->entries[way] && b->tags[way] == tag)
            prefetch_bytes((const char *)b->entries[way], AHEAD_BYTES);
}

/* An empty way, or the first that was not found lately; all get older by being looked at. PRE: locked. */
static unsigned find_room(struct bucket *b)
{
    for (unsigned way = 0; way < WAYS; way++)
        if (!b->entries[way])
            return way;
    for (unsigned way = 0; way < WAYS; way++) {
        if (!b->entries[way]->recent)
            return way;
        b->entries[way]->recent = false;
    }
    return 0;
}

/* ------------------------------------------------------------------ room */

static bool has_room(struct rocks_hot *hot, size_t bytes)
{
    return atomic_load_explicit(&hot->bytes, memory_order_relaxed) + bytes <= hot->bytes_max;
}

/* Takes one entry out of a bucket, if one there was not found lately. */
static struct rocks_hot_entry *take_old_entry(struct bucket *b)
{
    struct rocks_hot_entry *taken = NULL;
    if (!try_lock(b))
        return NULL;
    for (unsigned way = 0; way < WAYS && !taken; way++) {
        struct rocks_hot_entry *e = b->entries[way];
        if (e && !e->recent) {
            taken = e;
            b->entries[way] = NULL;
        } else if (e) {
            e->recent = false;
        }
    }
    unlock(b);
    return taken;
}

/* A clock hand goes round the buckets. */
static bool make_room(struct rocks_hot *hot, size_t bytes)
{
    for (size_t i = 0; i < EVICTIONS_MIN + bytes / BYTES_PER_EVICTION && !has_room(hot, bytes); i++) {
        uint64_t at = atomic_fetch_add_explicit(&hot->hand, 1, memory_order_relaxed);
        entry_release(hot, take_old_entry(bucket_of(hot, at)));
    }
    return has_room(hot, bytes);
}

/* ------------------------------------------------------------------ the cache */

struct rocks_hot *rocks_hot_new(uint64_t bytes_max)
{
    uint64_t buckets = 1;
    while (buckets * 2 * WAYS * BYTES_PER_WAY <= bytes_max)
        buckets *= 2;
    if (buckets < BUCKETS_MIN)
        return NULL;
    struct rocks_hot *hot = calloc(1, sizeof *hot);
    INVARIANT(hot != NULL);
    hot->bytes_max = bytes_max;
    hot->entry_bytes_max = bytes_max / ENTRIES_MIN < ROCKS_HOT_ENTRY_BYTES_MAX ? bytes_max / ENTRIES_MIN
                                                                               : ROCKS_HOT_ENTRY_BYTES_MAX;
    hot->bucket_mask = buckets - 1;
    hot->buckets = aligned_alloc(alignof(struct bucket), buckets * sizeof *hot->buckets);
    INVARIANT(hot->buckets != NULL);
    memset(hot->buckets, 0, buckets * sizeof *hot->buckets);
    return hot;
}

void rocks_hot_free(struct rocks_hot *hot)
{
    if (!hot)
        return;
    rocks_hot_clear(hot, 0);
    free(hot->buckets);
    free(hot);
}

/* With a reference of the caller's; NULL if it is not here or must not be shown to this view. PRE: locked. */
static struct rocks_hot_entry *take_reference(struct bucket *b, uint64_t hash, struct slice key,
                                              uint64_t view_commit)
{
    prefetch_entry(b, tag_of(hash));
    unsigned way = b->stamp <= view_commit ? find_way(b, tag_of(hash), key) : WAYS;
    if (way == WAYS)
        return NULL;
    struct rocks_hot_entry *e = b->entries[way];
    e->recent = true;
    atomic_fetch_add_explicit(&e->references, 1, memory_order_relaxed);
    return e;
}

static struct slice value_of(const struct rocks_hot_entry *e)
{
    return slice_of(e->bytes + e->key_size, e->value_size);
}

bool rocks_hot_find(struct rocks_hot *hot, uint64_t hash, struct slice key, uint64_t view_commit,
                    struct arena *arena, struct slice *value_out)
{
    if (!hot)
        return false;
    struct bucket *b = bucket_of(hot, hash);
    if (!try_lock(b))
        return false;
    struct rocks_hot_entry *e = take_reference(b, hash, key, view_commit);
    unlock(b);
    if (!e)
        return false;
    *value_out = arena_copy(arena, value_of(e));
    entry_release(hot, e);
    return true;
}

struct rocks_hot_entry *rocks_hot_borrow(struct rocks_hot *hot, uint64_t hash, struct slice key,
                                         uint64_t view_commit, struct slice *value_out, bool *asked_again_out)
{
    *asked_again_out = false;
    if (!hot)
        return NULL;
    struct bucket *b = bucket_of(hot, hash);
    if (!try_lock(b))
        return NULL;
    struct rocks_hot_entry *e = take_reference(b, hash, key, view_commit);
    if (!e) {
        uint64_t missed = rocks_key_fingerprint(key);
        *asked_again_out = b->missed == tag_of(missed);
        b->missed = tag_of(missed);
    }
    unlock(b);
    if (e)
        *value_out = value_of(e);
    return e;
}

void rocks_hot_give_back(struct rocks_hot *hot, struct rocks_hot_entry *entry)
{
    entry_release(hot, entry);
}

void rocks_hot_offer(struct rocks_hot *hot, uint64_t hash, struct slice key, uint64_t view_commit,
                     struct slice value)
{
    if (!hot || key.size + value.size > hot->entry_bytes_max ||
        !make_room(hot, sizeof(struct rocks_hot_entry) + key.size + value.size))
        return;
    struct rocks_hot_entry *entering = entry_new(hot, key, value);
    struct bucket *b = bucket_of(hot, hash);
    if (try_lock(b)) {
        if (b->stamp <= view_commit) {
            unsigned way = find_way(b, tag_of(hash), key);
            if (way == WAYS)
                way = find_room(b);
            struct rocks_hot_entry *leaving = b->entries[way];
            b->entries[way] = entering;
            b->tags[way] = tag_of(hash);
            entering = leaving;
        }
        unlock(b);
    }
    entry_release(hot, entering);
}

/* Whether the new value may take the place of the old one: it is one, of a size that fits. */
static bool may_stay(struct rocks_hot *hot, const struct rocks_hot_entry *old, struct slice key,
                     struct slice value)
{
    size_t bytes = key.size + value.size;
    return !slice_is_none(value) && bytes <= hot->entry_bytes_max &&
           (value.size <= old->value_size || has_room(hot, sizeof *old + bytes));
}

void rocks_hot_expect_change(const struct rocks_hot *hot, uint64_t hash)
{
    if (hot)
        __builtin_prefetch(bucket_of(hot, hash), 1);
}

void rocks_hot_change(struct rocks_hot *hot, uint64_t hash, struct slice key, uint64_t commit,
                      struct slice value)
{
    struct rocks_hot_entry *leaving = NULL;
    if (!hot)
        return;
    struct bucket *b = bucket_of(hot, hash);
    lock(b);
    INVARIANT(commit >= b->stamp);
    b->stamp = commit;
    unsigned way = find_way(b, tag_of(hash), key);
    if (way < WAYS) {
        leaving = b->entries[way];
        b->entries[way] = may_stay(hot, leaving, key, value) ? entry_new(hot, key, value) : NULL;
    }
    unlock(b);
    entry_release(hot, leaving);
}

void rocks_hot_forget(struct rocks_hot *hot, uint64_t hash, uint64_t commit)
{
    struct rocks_hot_entry *leaving[WAYS] = {NULL};
    if (!hot)
        return;
    struct bucket *b = bucket_of(hot, hash);
    lock(b);
    INVARIANT(commit >= b->stamp);
    b->stamp = commit;
    for (unsigned way = 0; way < WAYS; way++) {
        if (b->tags[way] != tag_of(hash))
            continue;
        leaving[way] = b->entries[way];
        b->entries[way] = NULL;
    }
    unlock(b);
    for (unsigned way = 0; way < WAYS; way++)
        entry_release(hot, leaving[way]);
}

bool rocks_hot_unchanged(struct rocks_hot *hot, uint64_t hash, uint64_t commit)
{
    if (!hot)
        return false;
    struct bucket *b = bucket_of(hot, hash);
    lock(b);
    bool unchanged = b->stamp <= commit;
    unlock(b);
    return unchanged;
}

void rocks_hot_clear(struct rocks_hot *hot, uint64_t commit)
{
    for (uint64_t i = 0; hot && i <= hot->bucket_mask; i++) {
        struct bucket *b = &hot->buckets[i];
        struct rocks_hot_entry *leaving[WAYS];
        lock(b);
        b->stamp = commit;
        memcpy(leaving, b->entries, sizeof leaving);
        memset(b->entries, 0, sizeof b->entries);
        unlock(b);
        for (unsigned way = 0; way < WAYS; way++)
            entry_release(hot, leaving[way]);
    }
}

uint64_t rocks_hot_bytes(struct rocks_hot *hot)
{
    return hot ? atomic_load_explicit(&hot->bytes, memory_order_relaxed) : 0;
}
