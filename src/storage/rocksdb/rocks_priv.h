/* rocks_priv.h - the store as its own files see it: one struct, and who may touch which part of it.
 * Files:   rocks_open.c     open, close, reopen            rocks_directory.c  files beside RocksDB's, the lock
 *          rocks_options.c  how RocksDB is set up          rocks_view.c       durable instants and reads
 *          rocks_cursor.c   scans                          rocks_iterator.c   RocksDB's iterators, used again
 *          rocks_tx.c       what a transaction function calls
 *          rocks_writer.c   groups of transactions         rocks_syncer.c     log sync, publishing, answers
 *          rocks_keeper.c   free space, recovery, dropped spaces              rocks_stats.c
 *          rocks_log.c      how far RocksDB's log goes     rocks_log_file.c   the log's files
 * See:     ../README.md for the pipeline and the failures it survives. */
#ifndef STATOR_STORAGE_ROCKSDB_ROCKS_PRIV_H
#define STATOR_STORAGE_ROCKSDB_ROCKS_PRIV_H

#include "base/arena.h"
#include "base/queue.h"
#include "base/shared.h"
#include "storage/admission.h"
#include "storage/rocksdb/rocks_directory.h"
#include "storage/rocksdb/rocks_format.h"
#include "storage/rocksdb/rocks_hot.h"
#include "storage/rocksdb/rocks_overlay.h"
#include "storage/rocksdb/rocks_spaces.h"
#include "storage/storage_priv.h"

#include <pthread.h>
#include <rocksdb/c.h>
#include <stdalign.h>
#include <stdatomic.h>

enum {
    ROCKS_GROUPS = 4, /* in the pipeline: one being built, the others on their way to the disk */
    ROCKS_GROUP_BYTES_MAX = 4 << 20, /* a group takes no further transaction beyond this */
    ROCKS_IDLE_ITERATORS = 4,        /* of a view */
    ROCKS_CACHE_LINE_BYTES = 64,
};

/* A durable instant. */
struct rocks_view {
    struct storage_view base;
    struct shared shared;
    struct rocks *store;
    const rocksdb_snapshot_t *snapshot;
    rocksdb_readoptions_t *read;
    uint64_t commit;
    struct rocks_view *older, *newer; /* all that are alive, under views_mutex */
    struct {
        alignas(ROCKS_CACHE_LINE_BYTES) _Atomic(struct rocks_iterator *) iterator;
    } idle[ROCKS_IDLE_ITERATORS]; /* to be used again */
};

/* Transactions that become durable together. Built by the writer, then the syncer's, then free again. */
struct rocks_group {
    struct rocks_group *next;
    struct queue_node *oldest; /* the writes, in order, linked by next */
    struct queue_node *newest;
    size_t count;
    uint64_t commit;                    /* the newest commit that this group and those before it made */
    const rocksdb_snapshot_t *snapshot; /* taken right after it was written; NULL: nothing was */
    uint64_t commits;                   /* that it makes */
    bool failed;                        /* RocksDB refused it */
};

struct rocks_tx {
    struct storage_tx base;
    struct rocks *store;
    uint64_t commit;
    int64_t commit_us;
    size_t first_change; /* of the overlay: where this transaction's begin */
    bool staged;
    bool uncounted;               /* the store's own upkeep: takes no commit number */
    struct rocks_cursor *cursors; /* still open; they end with the transaction */
};

/* A space whose files may go once no view is older than its drop. */
struct rocks_drop {
    uint32_t space;
    uint64_t commit;
};

/* Half of the cache's budget goes to blocks, half to hot values. */
#define ROCKS_BLOCK_CACHE_BYTES(cache_bytes) ((cache_bytes) / 2)

struct rocks_counters {
    _Atomic uint64_t commits;
    _Atomic uint64_t groups;
    _Atomic uint64_t group_size[STORAGE_HISTOGRAM_BUCKETS];
    _Atomic uint64_t sync_us[STORAGE_HISTOGRAM_BUCKETS];
    _Atomic uint64_t sync_us_sum;
};

/* Spaces that are logs (STORAGE_SPACE_LOG), and all others. */
enum rocks_family_number { ROCKS_FAMILY_DEFAULT, ROCKS_FAMILY_LOGS, ROCKS_FAMILIES };

struct rocks {
    struct storage base;
    struct storage_options options; /* path is a copy */
    bool durable;                   /* on disk, and synced before it is acknowledged */
    struct rocks_directory directory;

    /* Set at open. The keeper replaces db when no other thread can be using it: it holds `writing`, no group is in
     * the pipeline, no view is alive. */
    rocksdb_t *db;
    rocksdb_env_t *env; /* of the in-memory mode, else NULL */
    rocksdb_cache_t *cache;
    struct rocks_hot *hot; /* values in front of RocksDB */
    rocksdb_column_family_handle_t *families[ROCKS_FAMILIES];
    rocksdb_options_t *db_options;  /* of the whole, and of the first family */
    rocksdb_options_t *log_options; /* of logs */
    rocksdb_writeoptions_t *write_options;
    rocksdb_readoptions_t *read_latest;

    /* Readers. */
    struct shared_slot current;
    pthread_mutex_t views_mutex;
    struct rocks_view *views_oldest, *views_newest;

    /* The writer's, while it holds `writing`. */
    struct queue queue;
    struct admission admission; /* to the queue */
    pthread_t writer;
    pthread_mutex_t writing;
    struct rocks_tx tx;
    struct rocks_overlay overlay;
    struct rocks_spaces spaces;
    struct arena arena; /* of the group under construction: staged keys and values */
    uint64_t staged_bytes;
    rocksdb_writebatch_t *batch;
    uint64_t commit; /* newest */
    int64_t commit_us;

    /* The pipeline. */
    pthread_mutex_t pipeline_mutex;
    pthread_cond_t group_ready; /* for the syncer */
    pthread_cond_t group_free;  /* for the writer and the keeper */
    struct rocks_group groups[ROCKS_GROUPS];
    struct rocks_group *free_groups;
    size_t free_group_count;
    struct rocks_group *ready_oldest, *ready_newest;
    bool pipeline_closed;
    pthread_t syncer;
    _Atomic bool sync_failed; /* no group succeeds after one failed */

    /* The keeper. */
    pthread_t keeper;
    size_t thread_count; /* started: syncer, writer, keeper, in this order */
    pthread_mutex_t keeper_mutex;
    pthread_cond_t keeper_wake;
    bool keeper_stops;
    int64_t recovery_at_ns;   /* the keeper's: not before; 0: nothing failed */
    struct rocks_drop *drops; /* under keeper_mutex */
    size_t drop_count;
    size_t drop_capacity;
    char *failure; /* under keeper_mutex: RocksDB's words for the failed write, for the log */

    _Atomic bool closing;
    _Atomic bool failed;   /* a group could not be written or synced; only reopening makes this good */
    _Atomic bool disk_low; /* below the reserve */
    _Atomic bool outgrown; /* the files hold more than the block cache */
    _Atomic bool down;     /* cannot be read */
    struct rocks_counters counters;
};

/* Where an encoded key belongs. */
static inline rocksdb_column_family_handle_t *rocks_family(const struct rocks *r, struct slice key)
{
    return r->families[rocks_key_is_log(key) ? ROCKS_FAMILY_LOGS : ROCKS_FAMILY_DEFAULT];
}

extern const struct storage_backend rocks_backend;

/* ------------------------------------------------------------------ errors */

/* Takes RocksDB's text, which may be NULL: then true. Else *err is ERR_CORRUPT or ERR_STORAGE with it as detail. */
[[nodiscard]] bool rocks_check(char *take_text, struct error *err);

/* ------------------------------------------------------------------ open */

/* Opens RocksDB and reads the newest commit and the spaces. The writer must not run. On failure nothing is open. */
[[nodiscard]] bool rocks_db_open(struct rocks *r, struct error *err);
void rocks_db_close(struct rocks *r);
void rocks_close(struct storage *store);

extern const char *const rocks_family_names[ROCKS_FAMILIES];
/* Reads the newest commit, of the database that is open, into r->commit. */
[[nodiscard]] bool rocks_load_commit(struct rocks *r, struct error *err);
/* false. Makes of *err, which says what RocksDB did not like, a message for the operator. */
bool rocks_explain_open(const struct rocks *r, struct error *err);

/* rocks_losses.c: nothing that was acknowledged is missing. `synced` is what SYNCED says. Fails with ERR_CORRUPT. */

/* Before RocksDB is opened; changes nothing on disk. */
[[nodiscard]] bool rocks_check_nothing_lost(struct rocks *r, uint64_t synced, struct error *err);
/* That `commit` is the newest that is left. */
[[nodiscard]] bool rocks_check_reaches(const struct rocks *r, uint64_t commit, uint64_t synced,
                                       struct error *err);
/* Right after RocksDB was opened, before anything is written: from which log on all will be needed. */
void rocks_note_opened(const struct rocks *r);

/* rocks_options.c */
void rocks_options_init(struct rocks *r);
void rocks_options_release(struct rocks *r);

/* ------------------------------------------------------------------ reading */

/* Takes the snapshot over. One reference, the caller's. */
struct rocks_view *rocks_view_new(struct rocks *r, const rocksdb_snapshot_t *take_snapshot, uint64_t commit);
/* Makes it the one that readers take. */
void rocks_view_publish(struct rocks *r, struct rocks_view *take_view);
/* The commit of the oldest view still alive; UINT64_MAX if there is none. */
uint64_t rocks_views_oldest_commit(struct rocks *r);

struct storage_view *rocks_view_take(struct storage *store);
void rocks_view_release(struct storage_view *view);
uint64_t rocks_view_commit(const struct storage_view *view);
void rocks_view_prefetch(struct storage_view *view, const struct storage_key *key);
bool rocks_view_get(struct storage_view *view, const struct storage_key *key, struct arena *arena,
                    struct slice *value_out, bool *found_out, struct error *err);
bool rocks_view_scan_partition(struct storage_view *view, const struct storage_partition_range *range,
                               struct arena *arena, struct storage_cursor **cursor_out, struct error *err);
bool rocks_view_scan_hash(struct storage_view *view, const struct storage_hash_range *range,
                          struct arena *arena, struct storage_cursor **cursor_out, struct error *err);
bool rocks_view_usage(struct storage_view *view, uint32_t space, struct storage_usage *out,
                      struct error *err);

bool rocks_view_has_space(struct storage_view *view, uint32_t space, bool *has_out, struct error *err);
bool rocks_view_dropping(struct storage_view *view, uint32_t space, bool *dropping_out, struct error *err);

/* The value of an encoded key in the state `read` names, checked and copied into `arena`; past the hot values. */
[[nodiscard]] bool rocks_get(struct rocks *r, const rocksdb_readoptions_t *read, struct slice key,
                             struct arena *arena, struct slice *value_out, bool *found_out,
                             struct error *err);
/* The same by way of the hot values. `commit` is the newest that the state contains. */
[[nodiscard]] bool rocks_get_hot(struct rocks *r, const rocksdb_readoptions_t *read, uint64_t commit,
                                 struct slice key, uint64_t fingerprint, struct arena *arena,
                                 struct slice *value_out, bool *found_out, struct error *err);
/* A system record; absent ones are not found. */
[[nodiscard]] bool rocks_record_get(struct rocks *r, const rocksdb_readoptions_t *read,
                                    enum rocks_record_kind kind, uint32_t space, struct rocks_record *out,
                                    bool *found_out, struct error *err);

/* ------------------------------------------------------------------ scans */

/* Where a cursor reads: a view, or the newest state with a transaction's overlay on it. */
struct rocks_cursor_source {
    struct rocks *store;
    struct rocks_view *view; /* NULL: newest state */
    struct rocks_tx *tx;     /* NULL: no overlay */
};

/* What one iterator of RocksDB goes over; the bounds are borrowed while it is open. */
struct rocks_scan {
    struct slice lower; /* inclusive */
    struct slice upper; /* exclusive; empty: none */
    bool within_prefix; /* both have the same prefix */
    bool keep_in_cache;
};

/* Not positioned. `view` NULL: of the newest state. */
struct rocks_iterator *rocks_iterator_open(struct rocks *r, struct rocks_view *view,
                                           const struct rocks_scan *scan);
rocksdb_iterator_t *rocks_iterator_handle(const struct rocks_iterator *it);
/* With what it was opened. */
void rocks_iterator_close(struct rocks_iterator *it, struct rocks_view *view, const struct rocks_scan *scan);
/* Lets go of the iterators that a view keeps to use them again. */
void rocks_view_drop_idle(struct rocks_view *view);

void rocks_cursor_open_partition(struct rocks_cursor_source source,
                                 const struct storage_partition_range *range, struct arena *arena,
                                 struct storage_cursor **cursor_out);
void rocks_cursor_open_hash(struct rocks_cursor_source source, const struct storage_hash_range *range,
                            struct arena *arena, struct storage_cursor **cursor_out);
bool rocks_cursor_next(struct storage_cursor *cursor, struct storage_entry *entry_out, bool *found_out,
                       struct error *err);
void rocks_cursor_close(struct storage_cursor *cursor);

/* ------------------------------------------------------------------ transactions */

void rocks_tx_begin(struct rocks *r, int64_t now_ms);
/* Leaves what was staged in the group's overlay. */
void rocks_tx_keep(struct rocks_tx *tx);
void rocks_tx_drop(struct rocks_tx *tx);
/* Puts what the group's transactions left in the overlay into its batch. */
void rocks_batch_changes(struct rocks *r);
/* Puts a system record into the group's batch, past the overlay. */
void rocks_batch_record(struct rocks *r, enum rocks_record_kind kind, uint32_t space,
                        struct rocks_record record);
/* Stages that a dropped space's files are gone. */
void rocks_tx_settle_drop(struct storage_tx *tx, uint32_t space);

bool rocks_tx_get(struct storage_tx *tx, const struct storage_key *key, struct arena *arena,
                  struct slice *value_out, bool *found_out, struct error *err);
bool rocks_tx_scan_partition(struct storage_tx *tx, const struct storage_partition_range *range,
                             struct arena *arena, struct storage_cursor **cursor_out, struct error *err);
bool rocks_tx_put(struct storage_tx *tx, const struct storage_key *key, struct slice value,
                  struct error *err);
bool rocks_tx_delete(struct storage_tx *tx, const struct storage_key *key, struct error *err);
bool rocks_tx_create_space(struct storage_tx *tx, uint32_t space, struct error *err);
bool rocks_tx_drop_space(struct storage_tx *tx, uint32_t space, struct error *err);
bool rocks_tx_mark_space(struct storage_tx *tx, uint32_t space, struct error *err);
uint64_t rocks_tx_space_mark(const struct storage_tx *tx, uint32_t space);
bool rocks_tx_unchanged(const struct storage_tx *tx, const struct storage_view *view,
                        const struct storage_key *key);
bool rocks_tx_add_usage(struct storage_tx *tx, uint32_t space, struct storage_usage by, struct error *err);
uint64_t rocks_tx_commit_number(const struct storage_tx *tx);
int64_t rocks_tx_commit_ms(const struct storage_tx *tx);
int64_t rocks_tx_commit_us(const struct storage_tx *tx);

/* ------------------------------------------------------------------ the pipeline */

void rocks_write(struct storage *store, struct storage_write *write);
void *rocks_writer_main(void *rocks);

void rocks_pipeline_init(struct rocks *r);
void rocks_pipeline_release(struct rocks *r);
/* Waits until one is free. */
struct rocks_group *rocks_pipeline_get(struct rocks *r);
/* Syncs, publishes and answers in order, on the syncer or, where nothing has to be waited for, at once. */
void rocks_pipeline_submit(struct rocks *r, struct rocks_group *group);
void rocks_pipeline_close(struct rocks *r);
bool rocks_pipeline_idle(struct rocks *r);
void *rocks_syncer_main(void *rocks);

/* ------------------------------------------------------------------ upkeep */

/* A group could not be written: no further one will be until the keeper has reopened the store. */
void rocks_fail(struct rocks *r, const char *reason);
void rocks_keeper_add_drop(struct rocks *r, struct rocks_drop drop);
void *rocks_keeper_main(void *rocks);
/* Looks at the free space now. */
void rocks_keeper_check_disk(struct rocks *r);

void rocks_stats(struct storage *store, struct storage_stats *out);
/* A number that RocksDB tells of each family, summed. PRE: the database is open. */
uint64_t rocks_property(const struct rocks *r, const char *name);
bool rocks_outgrows_memory(struct storage *store);
/* The histogram bucket of a value. */
unsigned rocks_stats_bucket(uint64_t value);

#endif
