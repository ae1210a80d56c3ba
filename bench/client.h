/* client.h - one thread of connections that ask without pause, or at a fixed rate.
 * Use:     fill a client, client_run() on its thread; the caller moves *phase on.
 * Closed loop: each connection has one request outstanding and sends the next when it has the answer. Latency runs from
 *          sending.
 * Fixed rate: requests fall due at even intervals whether or not earlier ones are answered. One that finds no idle
 *          connection waits for it. Latency runs from when the request was due, so that a server that stalls is charged
 *          for the requests it kept waiting; those still unanswered at the end count with the time they have waited.
 * Counts:  only answers that arrive in PHASE_MEASURE.
 * Threads: a client is its thread's; *phase is shared. */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "histogram.h"
#include "workload.h"

#include <stdatomic.h>
#include <stdint.h>

enum phase {
    PHASE_WARM,
    PHASE_MEASURE,
    PHASE_STOP,
};

struct client_counts {
    uint64_t requests;
    uint64_t errors;
    uint64_t items;
    uint64_t bytes_sent;
    uint64_t bytes_received;
    uint64_t reconnects;
};

struct client {
    const char *address; /* IPv4, dotted */
    uint16_t port;
    unsigned connections;
    double rate_per_s; /* of this thread; 0: closed loop */
    struct source *source;
    const _Atomic int *phase;
    _Atomic int *first_error; /* 0 until some client has printed one */

    struct client_counts counts;
    struct histogram latency;
    struct histogram
        lateness;        /* at a fixed rate: from due to sent, the part of latency that is the generator's */
    int64_t finished_ns; /* when a finite workload ended */
};

/* Returns at PHASE_STOP, or when a finite workload has ended. */
void client_run(struct client *c);

/* One request and its answer on a connection of its own. *reply points into `buffer`. Ends the program if the server
 * cannot be reached. */
void client_call_once(const char *address, uint16_t port, const struct request *r, struct text *buffer,
                      struct reply *reply);

#endif
