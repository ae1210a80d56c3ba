#include "histogram.h"

#include <stddef.h>

static size_t bucket_of(uint64_t value)
{
    if (value < 256) {
        return (size_t)value;
    }
    unsigned shift =
        (unsigned)(63 - __builtin_clzll(value)) - 7; /* leaves 8 significant bits, the first of them set */
    size_t bucket = 256 + (size_t)(shift - 1) * 128 + (size_t)((value >> shift) - 128);
    return bucket < histogram_buckets ? bucket : histogram_buckets - 1;
}

static uint64_t bucket_top(size_t bucket)
{
    if (bucket < 256) {
        return bucket;
    }
    unsigned shift = (unsigned)((bucket - 256) / 128) + 1;
    uint64_t bits = 128 + (bucket - 256) % 128;
    return ((bits + 1) << shift) - 1;
}

void histogram_add(struct histogram *h, int64_t value_ns)
{
    int64_t value = value_ns < 0 ? 0 : value_ns;
    h->counts[bucket_of((uint64_t)value)]++;
    h->total++;
    if (value > h->max_ns) {
        h->max_ns = value;
    }
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (size_t i = 0; i < histogram_buckets; i++) {
        into->counts[i] += from->counts[i];
    }
    into->total += from->total;
    if (from->max_ns > into->max_ns) {
        into->max_ns = from->max_ns;
    }
}

int64_t histogram_quantile_ns(const struct histogram *h, double share)
{
    if (h->total == 0) {
        return 0;
    }
    uint64_t wanted = (uint64_t)(share * (double)h->total + 0.999999);
    uint64_t seen = 0;
    for (size_t i = 0; i < histogram_buckets; i++) {
        seen += h->counts[i];
        if (seen >= wanted && seen > 0) {
            int64_t top = (int64_t)bucket_top(i);
            return top < h->max_ns ? top : h->max_ns;
        }
    }
    return h->max_ns;
}
