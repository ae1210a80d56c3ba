/* options.h - what the command line asks for: which server, how much load, and how it is reported. What is asked of the
 * server, and for which items, is the workload's. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include "workload.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    OPTIONS_THREADS_MAX = 16,
};

struct options {
    const char *workload_name;
    bool create; /* the workload is "create": `kind` of struct workload says nothing */

    const char *address;
    uint16_t port;
    const char *access_key;
    const char *secret;
    const char *region;
    pid_t pid;        /* of the server; 0: unknown */
    const char *disk; /* a file on the server's disk, or NULL */

    unsigned connections; /* a multiple of threads */
    unsigned threads;
    double rate_per_s; /* 0: each connection waits for its answer */
    double warmup_s;
    double duration_s;
    double patience_ms; /* 0: without end */
    double rate_after_per_s;
    double after_s; /* at that rate; 0: the run ends with the measurement */

    bool pauses;
    bool refusals;
    bool ttl;
    bool json;
};

/* Sets both to what the arguments say, and to the defaults where they say nothing; texts are the arguments' own. Ends the
 * program after --help, and with a message if the arguments are wrong: status 2 for what is not in the usage, 1 for a wrong value. */
void options_parse(int argc, char **argv, struct options *o, struct workload *w);

#endif
