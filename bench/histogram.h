/* histogram.h - latencies in buckets that are never wider than 1/128 of their value.
 * Use:     one histogram per thread; merge them at the end.
 * Owns:    nothing: the struct is flat.
 * Threads: one. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

/* Values below 256 ns have a bucket each; every doubling above is cut into 128. */
enum { histogram_buckets = 256 + 128 * 34 };

struct histogram {
    uint64_t counts[histogram_buckets];
    uint64_t total;
    int64_t max_ns;
};

void histogram_add(struct histogram *h, int64_t value_ns);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The smallest value that at least `share` (0..1) of all values do not exceed; 0 if there are none. */
int64_t histogram_quantile_ns(const struct histogram *h, double share);

#endif
