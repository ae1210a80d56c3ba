/* measure.h - one run of a workload: how many answers came, how long each took, and what that cost.
 * Way:     clients run on threads of their own. They warm up, are measured between two samples of CPU time and flushes,
 *          and go on at another rate if the options ask for that. A finite workload is measured from its start to its end.
 * Pauses:  where they are watched, latencies that no pause touched are counted apart, too. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "client.h"
#include "histogram.h"
#include "options.h"
#include "workload.h"

#include <stdint.h>

/* What is read at both ends of the measurement; -1: not known. */
struct sample {
    int64_t at_ns;
    int64_t server_cpu_ns;
    int64_t own_cpu_ns;
    int64_t machine_ns;
    int64_t flushes;
};

struct result {
    struct client_counts counts;
    struct histogram latency;
    struct histogram lateness;
    struct histogram refusal;
    struct histogram undisturbed; /* latencies while all processors were there */
    unsigned pauses;              /* of a processor */
    int64_t paused_ns;            /* their sum */
    struct client_window windows[CLIENT_WINDOWS_MAX];
    struct sample begin;
    struct sample end;
    int64_t rss_bytes;
    int64_t rss_peak_bytes;
};

/* *result begins as zeros. Ends the program if the run cannot be made. */
void measure(const struct options *o, struct workload *w, struct result *result);

#endif
