/* storage.h - the seam: a partitioned, ordered map with transactions.
 *
 * A store holds spaces (a table, an index, the catalog: a u32). A space holds entries; an entry's key is
 * (partition bytes, sort bytes). Partitions are ordered by the 64-bit hash of their bytes, entries inside a
 * partition by their sort bytes. That is all DynamoDB needs, and all a distributed engine can give.
 *
 * Reads  go through a view: one consistent and durable instant, shared by all who took it.
 * Writes are transaction functions: storage_write() queues one, the engine runs it, and calls done() once its
 *        effects are durable (or failed). A transaction function may only read and write through its tx, fill its
 *        own reply and allocate from its arena: an engine may run it again (a lost race in a distributed one).
 *
 * Owns:    a view belongs to its takers; a cursor and a value belong to the arena they were asked for with.
 *          A storage_write belongs to the store from storage_write() until done() is called.
 * Promise: when done() reports success the write is on stable storage; commits are totally ordered by commit
 *          number; a view taken after done() sees the write; no view sees a write that a crash could take away.
 * Checks:  every stored value carries a checksum that is verified on read: ERR_CORRUPT if it does not match.
 * Threads: storage_write(), views and stats from any thread. done() is called on a thread of the store: it must
 *          be short and must not call storage_write() synchronously waiting for it.
 * Bounds:  the commit queue, in number (storage_options.queue_max) and in time (wait_max_ms): a write that is one too many, or
 *          would wait too long, is refused with ERR_THROTTLING at once. See admission.h.
 * See:     README.md in this folder for the commit pipeline; docs/format.md for bytes on disk. */
#ifndef STATOR_STORAGE_STORAGE_H
#define STATOR_STORAGE_STORAGE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/queue.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct storage;
struct storage_view;
struct storage_tx;
struct storage_cursor;

enum {
    STORAGE_SPACE_CATALOG = 1,    /* table/ */
    STORAGE_SPACE_JOBS = 2,       /* jobs/ */
    STORAGE_SPACE_TOKENS = 3,     /* engine/request_token.h, secret.h */
    STORAGE_SPACE_STREAMS = 4,    /* table/stream.h */
    STORAGE_SPACE_TRIGGERS = 5,   /* triggers/ */
    STORAGE_SPACE_FIRST_FREE = 16 /* ids below are the system's, and always there; each has one owner */
};

/* In the id of a log: a space whose entries are put in rising order of their sort keys in each partition, are not changed, and go
 * all together when it is dropped. A backend may keep it in another way, which is cheaper to write; it works like any other. */
#define STORAGE_SPACE_LOG ((uint32_t)1 << 31)

struct storage_key {
    uint32_t space;
    struct slice partition; /* at most STORAGE_PARTITION_BYTES_MAX */
    struct slice sort;      /* may be empty */
};

enum { STORAGE_PARTITION_BYTES_MAX = 65535 };

/* ------------------------------------------------------------------ open and close */

struct storage_options {
    const char *path; /* directory; made if absent. NULL: in memory */
    const struct clock *clock;
    uint64_t cache_bytes;        /* blocks and values kept in memory, half and half */
    uint64_t memtable_bytes;     /* all write buffers together */
    size_t queue_max;            /* commit queue */
    int64_t wait_max_ms;         /* for a commit, as far as can be told beforehand; 0: any time */
    size_t group_max;            /* transactions in one group */
    uint64_t disk_reserve_bytes; /* below this much free space the store turns read-only */
    bool sync; /* false: acknowledge before fsync; for tests and bulk loads only, said so in the log */
};

/* Sensible values for everything but path. */
void storage_options_init(struct storage_options *options);

/* Fails with ERR_STORAGE or ERR_CORRUPT and a message fit for the operator: directory not writable, held by
 * another process, made by an unknown format version, damaged. Nothing on disk is changed by a failed open. */
[[nodiscard]] bool storage_open_rocksdb(const struct storage_options *options, struct storage **store_out,
                                        struct error *err);

/* Commits what is queued, then closes. PRE: no view is held any more. */
void storage_close(struct storage *store);

/* ------------------------------------------------------------------ reading */

/* The newest durable instant; give it back soon (end of the request at the latest). NULL while the store cannot be
 * read at all (it is recovering from an I/O error): answer ERR_UNAVAILABLE. Never waits. */
struct storage_view *storage_view_take(struct storage *store);
void storage_view_release(struct storage_view *view);
/* The last commit this view contains. */
uint64_t storage_view_commit(const struct storage_view *view);

/* *value_out is valid until `arena` is reset, whatever happens to the view. */
[[nodiscard]] bool storage_view_get(struct storage_view *view, const struct storage_key *key,
                                    struct arena *arena, struct slice *value_out, bool *found_out,
                                    struct error *err);

/* Has what a transaction is about to get read beforehand, so that it need not wait for the disk, though nobody else will ask
 * for it: the value is kept in memory for a while, and what has to be read for it takes the place of nothing there. What goes wrong
 * the transaction will meet itself. */
void storage_view_prefetch(struct storage_view *view, const struct storage_key *key);

enum storage_bound_kind {
    STORAGE_BOUND_NONE,      /* the end of the partition on that side */
    STORAGE_BOUND_INCLUSIVE, /* the key itself belongs to the range */
    STORAGE_BOUND_EXCLUSIVE, /* it does not */
    STORAGE_BOUND_PREFIX,    /* upper bound only: everything that starts with these bytes belongs */
};

struct storage_bound {
    enum storage_bound_kind kind;
    struct slice sort;
};

/* Entries of one partition, in sort order or its reverse. */
struct storage_partition_range {
    uint32_t space;
    struct slice partition;
    struct storage_bound lower;
    struct storage_bound upper;
    bool reverse;
};

/* Entries of all partitions whose hash lies in [hash_first, hash_last], by hash, then partition, then sort. */
struct storage_hash_range {
    uint32_t space;
    uint64_t hash_first;
    uint64_t hash_last;
    bool resume; /* start just behind this key, which need not exist */
    struct slice after_partition;
    struct slice after_sort;
};

/* The hash that orders partitions. Part of the stored format: it never changes. */
uint64_t storage_partition_hash(struct slice partition);

/* A cursor lives in `arena` and ends with it, or earlier by storage_cursor_close(). It keeps its own reference to
 * the view. Keys in the range are borrowed for the call only. */
[[nodiscard]] bool storage_view_scan_partition(struct storage_view *view,
                                               const struct storage_partition_range *range,
                                               struct arena *arena, struct storage_cursor **cursor_out,
                                               struct error *err);
[[nodiscard]] bool storage_view_scan_hash(struct storage_view *view, const struct storage_hash_range *range,
                                          struct arena *arena, struct storage_cursor **cursor_out,
                                          struct error *err);

struct storage_entry {
    struct slice partition;
    struct slice sort;
    struct slice value;
};

/* The next entry; its slices are valid until the next call on this cursor. *found_out false: the range is done. */
[[nodiscard]] bool storage_cursor_next(struct storage_cursor *cursor, struct storage_entry *entry_out,
                                       bool *found_out, struct error *err);
void storage_cursor_close(struct storage_cursor *cursor);

/* Calls take() for each entry of a range, whose slices are valid until it returns. Ends with the first that fails. */
typedef bool storage_take(void *arg, const struct storage_entry *entry, struct error *err);
[[nodiscard]] bool storage_view_each(struct storage_view *view, const struct storage_partition_range *range,
                                     struct arena *arena, storage_take *take, void *arg, struct error *err);

/* ------------------------------------------------------------------ writing */

struct storage_write {
    struct queue_node node;        /* private */
    struct storage_waiter *waiter; /* private; set by storage_write_wait() */

    /* Decides and stages. true: commit what was staged (nothing staged is fine). false: drop it, err is the reason. */
    bool (*run)(struct storage_tx *tx, struct storage_write *write, struct error *err);
    /* Called exactly once, after the fields below are set. The write is the caller's again. With storage_write_wait()
     * it may be NULL, and must not end the write's life: the waiter still reads it. */
    void (*done)(struct storage_write *write);
    struct arena *arena; /* the store's alone until done(); run() may allocate from it */

    struct error error;     /* code ERR_NONE: committed and durable */
    uint64_t commit_number; /* of this write, if it staged anything; else the last one it could see */
    int64_t commit_ms;      /* wall clock of the commit; never goes back */
};

/* Queues `write`. done() is called in every case, possibly before this returns. Writes that commit are answered in
 * the order of their commit numbers, one after another. */
void storage_write(struct storage *store, struct storage_write *write);

/* As storage_write(), then waits for done() (which may be NULL). *err gets texts in its own arena. For start-up,
 * tests and background threads; never on an http loop. true: committed; false: *err says why. */
[[nodiscard]] bool storage_write_wait(struct storage *store, struct storage_write *write, struct error *err);

/* Inside run() only. Reads see this transaction's own writes and all earlier transactions. */
[[nodiscard]] bool storage_tx_get(struct storage_tx *tx, const struct storage_key *key, struct arena *arena,
                                  struct slice *value_out, bool *found_out, struct error *err);
[[nodiscard]] bool storage_tx_scan_partition(struct storage_tx *tx,
                                             const struct storage_partition_range *range, struct arena *arena,
                                             struct storage_cursor **cursor_out, struct error *err);
[[nodiscard]] bool storage_tx_each(struct storage_tx *tx, const struct storage_partition_range *range,
                                   struct arena *arena, storage_take *take, void *arg, struct error *err);
/* Stage a change. Key and value are borrowed for the call. ERR_NO_SPACE if the space does not exist. */
[[nodiscard]] bool storage_tx_put(struct storage_tx *tx, const struct storage_key *key, struct slice value,
                                  struct error *err);
[[nodiscard]] bool storage_tx_delete(struct storage_tx *tx, const struct storage_key *key, struct error *err);

/* A space comes and goes in the same commit as what describes it. Ids are never used again. Dropping hides the
 * space at once; its entries are removed in the background, also after a crash. */
[[nodiscard]] bool storage_tx_create_space(struct storage_tx *tx, uint32_t space, struct error *err);
[[nodiscard]] bool storage_tx_drop_space(struct storage_tx *tx, uint32_t space, struct error *err);

/* Each space has a mark: the number of the commit that made it or last marked it. Who changes what a space's entries mean
 * (which indexes follow it) marks it in the same commit; a transaction function that was told the meaning beforehand
 * compares the mark it was told with. PRE of the first: the space is not made in this transaction. ERR_NO_SPACE. */
[[nodiscard]] bool storage_tx_mark_space(struct storage_tx *tx, uint32_t space, struct error *err);
/* 0: there is no such space. */
uint64_t storage_tx_space_mark(const struct storage_tx *tx, uint32_t space);

/* Whether what lies under `key` is for certain as `view` has it, without reading it: false means that it may have changed.
 * `view` is older than the transaction, and held until the transaction is done. For transactions that were worked out
 * beforehand and need only look at what changed since. */
bool storage_tx_unchanged(const struct storage_tx *tx, const struct storage_view *view,
                          const struct storage_key *key);

/* Whether there is such a space. What is read of a space that was dropped is nothing, as of an empty one. */
[[nodiscard]] bool storage_view_has_space(struct storage_view *view, uint32_t space, bool *has_out,
                                          struct error *err);

/* Whether the space was dropped and its files are not given back yet. */
[[nodiscard]] bool storage_view_dropping(struct storage_view *view, uint32_t space, bool *dropping_out,
                                         struct error *err);

/* How much a space holds, kept in the same commit as the entries, by whoever writes them. */
struct storage_usage {
    int64_t entries;
    int64_t bytes; /* in the writer's own measure; the engine counts DynamoDB item sizes */
};
[[nodiscard]] bool storage_tx_add_usage(struct storage_tx *tx, uint32_t space, struct storage_usage by,
                                        struct error *err);
/* Zeros if nothing was ever counted there, or there is no such space. */
[[nodiscard]] bool storage_view_usage(struct storage_view *view, uint32_t space, struct storage_usage *out,
                                      struct error *err);

/* The number and time this transaction will commit under. */
uint64_t storage_tx_commit_number(const struct storage_tx *tx);
int64_t storage_tx_commit_ms(const struct storage_tx *tx);
/* The same in microseconds. The clock tells milliseconds; what is beyond them makes it greater than those of all commits before. */
int64_t storage_tx_commit_us(const struct storage_tx *tx);

/* Whether a read may have to wait for the disk, because more is stored than is kept in memory. Then it pays to get
 * what a transaction will get beforehand, from a view and on the caller's thread: the transactions of all callers
 * run one after another, and none should wait for the disk. Cheap; a hint that lags by a second. */
bool storage_outgrows_memory(struct storage *store);

/* ------------------------------------------------------------------ operation */

enum storage_state {
    STORAGE_READ_WRITE,
    STORAGE_READ_ONLY, /* disk full or a failed log write; comes back by itself when it can */
    STORAGE_DOWN,      /* cannot be read either */
};

enum { STORAGE_HISTOGRAM_BUCKETS = 32 }; /* bucket i counts values in [2^i, 2^(i+1)) */

struct storage_stats {
    enum storage_state state;
    uint64_t commits;
    uint64_t groups;
    uint64_t group_size[STORAGE_HISTOGRAM_BUCKETS]; /* transactions per group */
    uint64_t sync_us[STORAGE_HISTOGRAM_BUCKETS];    /* log sync time */
    uint64_t sync_us_sum;
    uint64_t queue_depth;
    uint64_t refused; /* writes, by ERR_THROTTLING */
    uint64_t cache_bytes;
    uint64_t memtable_bytes;
    uint64_t table_reader_bytes; /* index and filter blocks outside the cache */
    uint64_t disk_bytes;
};
void storage_stats(struct storage *store, struct storage_stats *out);

/* ------------------------------------------------------------------ fault injection */

enum storage_fault_call {
    STORAGE_FAULT_GET,
    STORAGE_FAULT_SCAN,
    STORAGE_FAULT_TX_GET,
    STORAGE_FAULT_TX_PUT,
    STORAGE_FAULT_COMMIT,
    STORAGE_FAULT_CALL_COUNT
};
enum storage_fault_action {
    STORAGE_FAULT_NONE,
    STORAGE_FAULT_FAIL,
    STORAGE_FAULT_DELAY,
    STORAGE_FAULT_CRASH
};

/* For each kind of call: from the `after`-th call on, the next `times` calls suffer `action`. */
struct storage_fault {
    enum storage_fault_action action;
    uint64_t after;
    uint64_t times;
    unsigned delay_ms;
};

/* Wraps `take_inner`: same seam, with faults. storage_close() closes both. */
struct storage *storage_open_faulty(struct storage *take_inner);
void storage_faulty_set(struct storage *faulty, enum storage_fault_call call, struct storage_fault fault);

#endif
