#include "storage/rocksdb/rocks_priv.h"

unsigned rocks_stats_bucket(uint64_t value)
{
    unsigned bucket = value ? 63 - (unsigned)__builtin_clzll(value) : 0;
    return bucket < STORAGE_HISTOGRAM_BUCKETS ? bucket : STORAGE_HISTOGRAM_BUCKETS - 1;
}

static uint64_t load(_Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static enum storage_state state_of(struct rocks *r)
{
    if (atomic_load(&r->down))
        return STORAGE_DOWN;
    return atomic_load(&r->failed) || atomic_load(&r->disk_low) ? STORAGE_READ_ONLY : STORAGE_READ_WRITE;
}

uint64_t rocks_property(const struct rocks *r, const char *name)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < ROCKS_FAMILIES; i++) {
        uint64_t value = 0;
        if (rocksdb_property_int_cf(r->db, r->families[i], name, &value) == 0)
            sum += value;
    }
    return sum;
}

/* A view keeps the database open while its properties are read. */
static void read_properties(struct rocks *r, struct storage_stats *out)
{
    struct storage_view *view = rocks_view_take(&r->base);
    if (!view)
        return;
    out->cache_bytes = rocksdb_cache_get_usage(r->cache) + rocks_hot_bytes(r->hot);
    out->memtable_bytes = rocks_property(r, "rocksdb.size-all-mem-tables");
    out->table_reader_bytes = rocks_property(r, "rocksdb.estimate-table-readers-mem");
    out->disk_bytes = rocks_property(r, "rocksdb.total-sst-files-size");
    rocks_view_release(view);
}

bool rocks_outgrows_memory(struct storage *store)
{
    return atomic_load_explicit(&((struct rocks *)store)->outgrown, memory_order_relaxed);
}

void rocks_stats(struct storage *store, struct storage_stats *out)
{
    struct rocks *r = (struct rocks *)store;
    *out = (struct storage_stats){
        .state = state_of(r),
        .commits = load(&r->counters.commits),
        .groups = load(&r->counters.groups),
        .sync_us_sum = load(&r->counters.sync_us_sum),
        .queue_depth = queue_count(&r->queue),
        .refused = admission_refused(&r->admission),
    };
    for (size_t i = 0; i < STORAGE_HISTOGRAM_BUCKETS; i++) {
        out->group_size[i] = load(&r->counters.group_size[i]);
        out->sync_us[i] = load(&r->counters.sync_us[i]);
    }
    read_properties(r, out);
}
