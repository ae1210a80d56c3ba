#include "storage/rocksdb/rocks_hot.h"

#include "base/contract.h"

#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    WAYS = 4,
    BYTES_PER_WAY = 512,      /* how many slots the budget pays for: more than there are typical values */
    BUCKETS_MIN = 16,         /* below, a cache is of no use */
    EVICTIONS_PER_OFFER = 16, /* how far an offer looks for room */
};

struct entry {
    _Atomic unsigned references; /* the bucket's, and one a reader that copies */
    bool recent;                 /* found since the last look for something to drop */
    uint32_t key_size;
    uint32_t value_size;
    char bytes[]; /* key, value */
};

struct bucket {
    alignas(64) _Atomic bool locked; /* held for some tens of instructions */
    uint64_t stamp;
    uint32_t tags[WAYS];
    struct entry *entries[WAYS];
};

struct rocks_hot {
    uint64_t bytes_max;
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

static size_t entry_bytes(const struct entry *e)
{
    return sizeof *e + e->key_size + e->value_size;
}

static struct entry *entry_new(struct rocks_hot *hot, struct slice key, struct slice value)
{
    struct entry *e = malloc(sizeof *e + key.size + value.size);
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

static void entry_release(struct rocks_hot *hot, struct entry *e)
{
    if (!e || atomic_fetch_sub_explicit(&e->references, 1, memory_order_acq_rel) != 1)
        return;
    atomic_fetch_sub_explicit(&hot->bytes, entry_bytes(e), memory_order_relaxed);
    free(e);
}

static bool entry_has_key(const struct entry *e, struct slice key)
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
    enum { LINE_BYTES = 64, AHEAD_BYTES = 1024 };
    for (unsigned way = 0; way < WAYS; way++)
        for (size_t at = 0; b->entries[way] && b->tags[way] == tag && at < AHEAD_BYTES; at += LINE_BYTES)
            __builtin_prefetch((const char *)b->entries[way] + at);
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
static struct entry *take_old_entry(struct bucket *b)
{
    struct entry *taken = NULL;
    if (!try_lock(b))
        return NULL;
    for (unsigned way = 0; way < WAYS && !taken; way++) {
        struct entry *e = b->entries[way];
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
    for (int i = 0; i < EVICTIONS_PER_OFFER && !has_room(hot, bytes); i++) {
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

bool rocks_hot_find(struct rocks_hot *hot, uint64_t hash, struct slice key, uint64_t view_commit,
                    struct arena *arena, struct slice *value_out)
{
    struct entry *e = NULL;
    if (!hot)
        return false;
    struct bucket *b = bucket_of(hot, hash);
    if (!try_lock(b))
        return false;
    prefetch_entry(b, tag_of(hash));
    unsigned way = b->stamp <= view_commit ? find_way(b, tag_of(hash), key) : WAYS;
    if (way < WAYS) {
        e = b->entries[way];
        e->recent = true;
        atomic_fetch_add_explicit(&e->references, 1, memory_order_relaxed);
    }
    unlock(b);
    if (!e)
        return false;
    *value_out = arena_copy(arena, slice_of(e->bytes + e->key_size, e->value_size));
    entry_release(hot, e);
    return true;
}

void rocks_hot_offer(struct rocks_hot *hot, uint64_t hash, struct slice key, uint64_t view_commit,
                     struct slice value)
{
    if (!hot || key.size + value.size > ROCKS_HOT_ENTRY_BYTES_MAX ||
        !make_room(hot, sizeof(struct entry) + key.size + value.size))
        return;
    struct entry *entering = entry_new(hot, key, value);
    struct bucket *b = bucket_of(hot, hash);
    if (try_lock(b)) {
        if (b->stamp <= view_commit && find_way(b, tag_of(hash), key) == WAYS) {
            unsigned way = find_room(b);
            struct entry *leaving = b->entries[way];
            b->entries[way] = entering;
            b->tags[way] = tag_of(hash);
            entering = leaving;
        }
        unlock(b);
    }
    entry_release(hot, entering);
}

/* Whether the new value may take the place of the old one: it is one, of a size that fits. */
static bool may_stay(struct rocks_hot *hot, const struct entry *old, struct slice key, struct slice value)
{
    size_t bytes = key.size + value.size;
    return !slice_is_none(value) && bytes <= ROCKS_HOT_ENTRY_BYTES_MAX &&
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
    struct entry *leaving = NULL;
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
        struct entry *leaving[WAYS];
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
