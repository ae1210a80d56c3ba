/* client.h - one thread of connections that ask without pause, or at a fixed rate.
 * Use:     fill a client, client_run() on its thread; the caller moves *phase on.
 * Closed loop: each connection has one request outstanding and sends the next when it has the answer. Latency runs from
 *          sending.
 * Fixed rate: requests fall due at even intervals whether or not earlier ones are answered. One that finds no idle
 *          connection waits for it. Latency runs from when the request was due, so that a server that stalls is charged
 *          for the requests it kept waiting; those still unanswered at the end count with the time they have waited.
 *          With a patience, one that has found no idle connection for so long is given up, and counted: a generator has
 *          only so many connections, and what it does not send is not the server's merit.
 * Refused: an answer that asks to come back later (ThrottlingException, or status 503). It is an error, too, unless
 *          refusals are part of the measurement.
 * Counts:  only answers that arrive in PHASE_MEASURE. In PHASE_AFTER the rate is another, and latencies go into a window
 *          for each tenth of a second, by when the request was due.
 * Threads: a client is its thread's; *phase is shared. */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "histogram.h"
#include "workload.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum phase {
    PHASE_WARM,
    PHASE_MEASURE,
    PHASE_AFTER,
    PHASE_STOP,
};

enum {
    CLIENT_WINDOWS_MAX = 100,
    CLIENT_WINDOW_NS = 100000000,
};

struct client_counts {
    uint64_t requests;
    uint64_t errors;
    uint64_t throttled;   /* refused by ThrottlingException */
    uint64_t unavailable; /* refused by status 503 */
    uint64_t due;         /* at a fixed rate */
    uint64_t unsent;      /* of those: given up, because no connection was idle */
    uint64_t items;
    uint64_t bytes_sent;
    uint64_t bytes_received;
    uint64_t reconnects;
};

struct client_answer {
    int64_t due_ns;
    int64_t latency_ns;
};

/* What fell due in one tenth of a second of PHASE_AFTER. */
struct client_window {
    struct histogram latency;
    uint64_t refused;
    uint64_t unsent;
};

struct client {
    const char *address; /* IPv4, dotted */
    uint16_t port;
    unsigned connections;
    double rate_per_s;       /* of this thread; 0: closed loop */
    double rate_after_per_s; /* in PHASE_AFTER */
    int64_t patience_ns;     /* 0: without end */
    bool refusals_expected;
    bool real_time; /* runs before all others on its processor, as if it were another machine */
    struct source *source;
    const _Atomic int *phase;
    _Atomic int *first_error; /* 0 until some client has printed one */

    struct client_counts counts;
    struct histogram latency;
    struct histogram refusal; /* latencies of refusals, where they are expected */
    struct client_window
        *windows; /* CLIENT_WINDOWS_MAX of them, the caller's; NULL: there is no PHASE_AFTER */
    struct client_answer
        *answers; /* those of `latency` one by one, as far as there is room; the caller's, or NULL */
    uint64_t answers_count;
    uint64_t answers_max;
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
