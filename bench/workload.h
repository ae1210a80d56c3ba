/* workload.h - what the load generator asks for, and whether the answer was right.
 * Use:     one source per thread: source_next() for a signed request, source_done() with its reply.
 * Kinds:   get, put, update, query, batch-write, transact-write and mixed draw from a pool of requests that were made before the run.
 *          load writes every item once, 25 at a time, insert one at a time; count and scan follow the pages of parallel segments. Those make each request
 *          when it is needed, because the next one depends on the last answer or the whole would not fit in memory.
 * Puts:    each key of the pool is written with at least two contents in turn, so that no put finds what it brings and a
 *          server that recognises writes without effect gains nothing.
 * Owns:    its requests. A request is the connection's until source_done() or source_dropped().
 * Threads: one per source; only the position of load and insert is shared, and atomic. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "signer.h"
#include "tool.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum workload_kind {
    WORKLOAD_GET,
    WORKLOAD_PUT,
    WORKLOAD_UPDATE,
    WORKLOAD_QUERY,
    WORKLOAD_BATCH_WRITE,
    WORKLOAD_TRANSACT_WRITE,
    WORKLOAD_MIXED,
    WORKLOAD_LOAD,
    WORKLOAD_INSERT,
    WORKLOAD_SCAN,
    WORKLOAD_COUNT,
};

/* Three global secondary indexes of the table: KEYS_ONLY, INCLUDE and ALL. */
enum workload_indexes {
    WORKLOAD_INDEXES_NONE,
    WORKLOAD_INDEXES_STAYING, /* a put leaves the item where it was in each */
    WORKLOAD_INDEXES_MOVING,  /* a put gives the item another place in each */
};

struct workload {
    enum workload_kind kind;
    enum workload_indexes indexes;
    const char *table;
    uint64_t items;          /* in the table */
    uint64_t partition;      /* items that share a partition key; 0: the table has no sort key */
    unsigned item_bytes;     /* by DynamoDB's own accounting */
    unsigned pool;           /* requests prepared, by all threads together */
    unsigned page_limit;     /* of scan; 0: pages of 1 MB */
    const char *stream;      /* view type of the table's stream; NULL: it has none */
    uint64_t expires_from_s; /* times in an attribute "expires" begin then; 0: items have none */
    uint64_t expires_over_s; /* and end so much later */
    uint64_t seed;
    bool unchecked; /* only the status of a reply counts, not its content */
    _Atomic uint64_t load_next;
};

struct reply {
    unsigned status;
    const char *body;
    size_t body_bytes;
};

struct source;

struct source *source_new(struct workload *w, struct signer *signer, unsigned thread, unsigned threads,
                          unsigned connections);
void source_free(struct source *s);

/* Another request for `connection` (of this thread, from 0), or NULL when it has nothing more to do. */
struct request *source_next(struct source *s, unsigned connection);

/* Takes the answer. Returns NULL if it was right, or what is wrong with it. *items_out is the number of items written
 * or received. */
const char *source_done(struct source *s, unsigned connection, struct request *r, const struct reply *reply,
                        uint64_t *items_out);
/* The request was not answered. */
void source_dropped(struct source *s, struct request *r);

/* Whether it ends by itself. */
bool workload_is_finite(enum workload_kind kind);

/* CreateTable's body for the table that `w` describes. */
void workload_table_body(const struct workload *w, struct text *out);

#endif
