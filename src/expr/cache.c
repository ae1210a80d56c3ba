#include "expr/cache_priv.h"

#include "base/contract.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    SHARDS_MAX = 16,
    SHARD_ENTRIES_MIN = 8, /* fewer shards rather than smaller ones: eviction is by shard */
    FRONT_ENTRIES = 64,    /* of each thread; a power of two */
};

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    INVARIANT(memory != NULL);
    return memory;
}

static uint64_t hash_of(enum expr_kind kind, struct slice text)
{
    return XXH3_64bits_withSeed(text.data, text.size, (uint64_t)kind);
}

static bool tree_is(const struct expr_tree *tree, enum expr_kind kind, struct slice text)
{
    return tree->kind == kind && slice_equal(tree->text, text);
}

/* ------------------------------------------------------------------ shards */

struct entry {
    struct expr_tree *tree;
    uint64_t hash;
    struct entry *same_bucket;
    struct entry *newer; /* in order of use */
    struct entry *older;
};

/* A hash table whose entries are also a list, most recently used first. All of it is under the lock. */
struct shard {
    pthread_mutex_t lock;
    struct entry **buckets;
    size_t bucket_mask;
    struct entry *newest;
    struct entry *oldest;
    size_t count;
    size_t count_max;
};

struct expr_cache {
    uint64_t id; /* never used again, so that no front mistakes a new cache for one that is gone */
    size_t shard_count;
    struct shard shards[SHARDS_MAX];
};

static void shard_init(struct shard *s, size_t count_max)
{
    size_t buckets = 1;
    while (buckets < count_max)
        buckets *= 2;
    *s = (struct shard){.bucket_mask = buckets - 1, .count_max = count_max};
    s->buckets = allocate(buckets * sizeof *s->buckets);
    pthread_mutex_init(&s->lock, NULL);
}

static void shard_release(struct shard *s)
{
    while (s->newest) {
        struct entry *entry = s->newest;
        s->newest = entry->older;
        expr_tree_release(entry->tree);
        free(entry);
    }
    free(s->buckets);
    pthread_mutex_destroy(&s->lock);
}

static struct shard *shard_of(struct expr_cache *cache, uint64_t hash)
{
    /* The upper bits: the lower ones choose bucket and front entry. */
    return &cache->shards[(hash >> 48) % cache->shard_count];
}

static struct entry **bucket_of(struct shard *s, uint64_t hash)
{
    return &s->buckets[hash & s->bucket_mask];
}

static void unlink_use(struct shard *s, struct entry *entry)
{
    if (entry->newer)
        entry->newer->older = entry->older;
    else
        s->newest = entry->older;
    if (entry->older)
        entry->older->newer = entry->newer;
    else
        s->oldest = entry->newer;
}

static void link_newest(struct shard *s, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = s->newest;
    if (s->newest)
        s->newest->newer = entry;
    else
        s->oldest = entry;
    s->newest = entry;
}

/* PRE: locked. */
static struct entry *shard_find(struct shard *s, uint64_t hash, enum expr_kind kind, struct slice text)
{
    for (struct entry *entry = *bucket_of(s, hash); entry; entry = entry->same_bucket)
        if (entry->hash == hash && tree_is(entry->tree, kind, text))
            return entry;
    return NULL;
}

/* PRE: locked and not empty. The caller gets the entry's reference. */
static struct expr_tree *shard_evict_oldest(struct shard *s)
{
    struct entry *entry = s->oldest;
    unlink_use(s, entry);
    struct entry **link = bucket_of(s, entry->hash);
    while (*link != entry)
        link = &(*link)->same_bucket;
    *link = entry->same_bucket;
    s->count--;
    struct expr_tree *tree = entry->tree;
    free(entry);
    return tree;
}

/* With a reference for the caller; NULL if it is not there. */
static struct expr_tree *shard_take(struct shard *s, uint64_t hash, enum expr_kind kind, struct slice text)
{
    struct expr_tree *tree = NULL;
    pthread_mutex_lock(&s->lock);
    struct entry *entry = shard_find(s, hash, kind, text);
    if (entry) {
        tree = entry->tree;
        expr_tree_retain(tree);
        unlink_use(s, entry);
        link_newest(s, entry);
    }
    pthread_mutex_unlock(&s->lock);
    return tree;
}

/* Keeps a reference of its own to the caller's tree, unless another thread was faster. */
static void shard_add(struct shard *s, uint64_t hash, struct expr_tree *tree)
{
    struct expr_tree *evicted = NULL;
    pthread_mutex_lock(&s->lock);
    if (!shard_find(s, hash, tree->kind, tree->text)) {
        if (s->count == s->count_max)
            evicted = shard_evict_oldest(s);
        expr_tree_retain(tree);
        struct entry *entry = allocate(sizeof *entry);
        *entry = (struct entry){.tree = tree, .hash = hash, .same_bucket = *bucket_of(s, hash)};
        *bucket_of(s, hash) = entry;
        link_newest(s, entry);
        s->count++;
    }
    pthread_mutex_unlock(&s->lock);
    if (evicted)
        expr_tree_release(evicted);
}

/* ------------------------------------------------------------------ a thread's own front */

/* One place for each hash: what comes later takes the place of what was there. */
struct front {
    struct {
        uint64_t cache_id; /* 0: free */
        uint64_t hash;
        struct expr_tree *tree;
    } entries[FRONT_ENTRIES];
    bool registered; /* the thread's end will empty it */
};

static _Thread_local struct front front;
static pthread_once_t front_once = PTHREAD_ONCE_INIT;
static pthread_key_t front_key;

static void empty_front(void *arg)
{
    struct front *f = arg;
    for (size_t i = 0; i < FRONT_ENTRIES; i++) {
        if (f->entries[i].cache_id)
            expr_tree_release(f->entries[i].tree);
        f->entries[i].cache_id = 0;
    }
    f->registered = false;
}

static void create_front_key(void)
{
    int failed = pthread_key_create(&front_key, empty_front);
    INVARIANT(failed == 0);
}

static void register_front(void)
{
    pthread_once(&front_once, create_front_key);
    pthread_setspecific(front_key, &front);
    front.registered = true;
}

void expr_cache_forget_thread(void)
{
    empty_front(&front);
}

/* With a reference for the caller; NULL if it is not there. */
static struct expr_tree *front_take(const struct expr_cache *cache, uint64_t hash, enum expr_kind kind,
                                    struct slice text)
{
    size_t at = hash & (FRONT_ENTRIES - 1);
    if (front.entries[at].cache_id != cache->id || front.entries[at].hash != hash)
        return NULL;
    struct expr_tree *tree = front.entries[at].tree;
    if (!tree_is(tree, kind, text))
        return NULL;
    expr_tree_retain(tree);
    return tree;
}

/* Keeps a reference of its own. */
static void front_put(const struct expr_cache *cache, uint64_t hash, struct expr_tree *tree)
{
    if (!front.registered)
        register_front();
    size_t at = hash & (FRONT_ENTRIES - 1);
    if (front.entries[at].cache_id)
        expr_tree_release(front.entries[at].tree);
    expr_tree_retain(tree);
    front.entries[at].cache_id = cache->id;
    front.entries[at].hash = hash;
    front.entries[at].tree = tree;
}

/* ------------------------------------------------------------------ both */

bool expr_cache_take(struct expr_cache *cache, enum expr_kind kind, struct slice text, struct arena *arena,
                     struct expr_tree **tree_out, struct error *err)
{
    uint64_t hash = hash_of(kind, text);
    struct expr_tree *tree = front_take(cache, hash, kind, text);
    if (!tree) {
        struct shard *s = shard_of(cache, hash);
        tree = shard_take(s, hash, kind, text);
        if (!tree) {
            if (!expr_tree_parse(kind, text, arena, &tree, err))
                return false;
            shard_add(s, hash, tree);
        }
        front_put(cache, hash, tree);
    }
    *tree_out = tree;
    return true;
}

bool expr_cache_holds(struct expr_cache *cache, enum expr_kind kind, struct slice text)
{
    uint64_t hash = hash_of(kind, text);
    struct shard *s = shard_of(cache, hash);
    pthread_mutex_lock(&s->lock);
    bool held = shard_find(s, hash, kind, text) != NULL;
    pthread_mutex_unlock(&s->lock);
    return held;
}

/* ------------------------------------------------------------------ the cache as a whole */

struct expr_cache *expr_cache_new(size_t entries_max)
{
    PRE(entries_max > 0);
    static _Atomic uint64_t last_id;
    struct expr_cache *cache = allocate(sizeof *cache);
    cache->id = atomic_fetch_add(&last_id, 1) + 1;
    cache->shard_count = 1;
    while (cache->shard_count < SHARDS_MAX && entries_max / (cache->shard_count * 2) >= SHARD_ENTRIES_MIN)
        cache->shard_count *= 2;
    for (size_t i = 0; i < cache->shard_count; i++)
        shard_init(&cache->shards[i], entries_max / cache->shard_count);
    return cache;
}

void expr_cache_free(struct expr_cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < cache->shard_count; i++)
        shard_release(&cache->shards[i]);
    free(cache);
}

size_t expr_cache_count(struct expr_cache *cache)
{
    size_t count = 0;
    for (size_t i = 0; i < cache->shard_count; i++) {
        pthread_mutex_lock(&cache->shards[i].lock);
        count += cache->shards[i].count;
        pthread_mutex_unlock(&cache->shards[i].lock);
    }
    return count;
}
