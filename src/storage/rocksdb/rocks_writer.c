/* The writer: one thread that runs transaction functions one after another, so that they need no locks and cannot
 * conflict. What one round finds in the commit queue becomes a group: one batch in RocksDB, one log sync. */
#include "base/contract.h"
#include "base/log.h"
#include "storage/rocksdb/rocks_priv.h"

#include <stdlib.h>

static struct storage_write *write_of(struct queue_node *node)
{
    return (struct storage_write *)((char *)node - offsetof(struct storage_write, node));
}

/* ------------------------------------------------------------------ refusing */

/* Before anything ran: such a write has seen nothing, so its answer waits for nothing. */
static void refuse(struct rocks *r, struct storage_write *write, enum error_code code, const char *message)
{
    error_init(&write->error, write->arena);
    error_set(&write->error, code, "%s", message);
    write->commit_number = 0;
    write->commit_ms = clock_wall_ms(r->options.clock);
    storage_write_finish(write);
}

static void refuse_read_only(struct rocks *r, struct storage_write *write)
{
    refuse(r, write, ERR_UNAVAILABLE, "The store is read-only at the moment. Please try again.");
}

static void refuse_overload(struct rocks *r, struct storage_write *write)
{
    uint64_t count;
    if (admission_note_refusal(&r->admission, &count))
        log_event(LOG_WARNING, "writes refused: they would wait too long", LOG_NUMBER("refused", count),
                  LOG_NUMBER("queued", queue_count(&r->queue)));
    refuse(r, write, ERR_THROTTLING, "The server has more writes than it can take. Please try again.");
}

void rocks_write(struct storage *store, struct storage_write *write)
{
    struct rocks *r = (struct rocks *)store;
    if (admission_allows(&r->admission, queue_count(&r->queue)) && queue_push(&r->queue, &write->node))
        return;
    if (atomic_load(&r->closing))
        refuse(r, write, ERR_UNAVAILABLE, "The server is shutting down. Please try again.");
    else
        refuse_overload(r, write);
}

/* ------------------------------------------------------------------ building a group */

/* Writes taken from the queue and not yet run, oldest first. */
struct backlog {
    struct queue_node *oldest, *newest;
    size_t count;
};

static void backlog_add(struct rocks *r, struct backlog *b, struct queue_node *list)
{
    size_t before = b->count;
    if (!list)
        return;
    if (b->newest)
        b->newest->next = list;
    else
        b->oldest = list;
    for (b->count++; list->next; list = list->next)
        b->count++;
    b->newest = list;
    admission_taken(&r->admission, b->count - before);
}

static struct storage_write *backlog_pop(struct backlog *b)
{
    struct queue_node *node = b->oldest;
    b->oldest = node->next;
    b->count--;
    if (!b->oldest)
        b->newest = NULL;
    node->next = NULL;
    return write_of(node);
}

static void group_add(struct rocks_group *group, struct storage_write *write)
{
    if (group->newest)
        group->newest->next = &write->node;
    else
        group->oldest = &write->node;
    group->newest = &write->node;
    group->count++;
}

/* true: the transaction changed something. */
static bool run_transaction(struct rocks *r, struct storage_write *write)
{
    rocks_tx_begin(r, clock_wall_ms(r->options.clock));
    error_init(&write->error, write->arena);
    bool kept = write->run(&r->tx.base, write, &write->error);
    if (kept) {
        write->error.code = ERR_NONE;
        rocks_tx_keep(&r->tx);
    } else {
        INVARIANT(write->error.code != ERR_NONE);
        rocks_tx_drop(&r->tx);
    }
    write->commit_number = r->commit;
    write->commit_ms = r->tx.commit_us / 1000;
    return kept && r->tx.staged;
}

static void batch_usage(struct rocks *r)
{
    const uint32_t *ids;
    size_t count = rocks_spaces_touched(&r->spaces, &ids);
    for (size_t i = 0; i < count; i++) {
        if (!rocks_spaces_live(&r->spaces, ids[i]))
            continue;
        struct storage_usage usage = rocks_spaces_usage(&r->spaces, ids[i]);
        rocks_batch_record(r, ROCKS_RECORD_USAGE, ids[i],
                           (struct rocks_record){(uint64_t)usage.entries, (uint64_t)usage.bytes});
    }
    rocks_spaces_settle(&r->spaces);
}

/* One batch for the whole group, with the usage of what it touched and its last commit's number and time. */
static void write_batch(struct rocks *r, struct rocks_group *group)
{
    rocks_batch_changes(r);
    batch_usage(r);
    rocks_batch_record(r, ROCKS_RECORD_COMMIT, 0,
                       (struct rocks_record){r->commit, (uint64_t)r->commit_us / 1000});
    char *text = NULL;
    rocksdb_write(r->db, r->write_options, r->batch, &text);
    if (text) {
        group->failed = true;
        rocks_fail(r, text);
        rocksdb_free(text);
    } else {
        group->snapshot = rocksdb_create_snapshot(r->db);
    }
}

static bool has_room(const struct rocks *r, const struct rocks_group *group)
{
    return group->count < r->options.group_max && r->staged_bytes < ROCKS_GROUP_BYTES_MAX;
}

static void build_group(struct rocks *r, struct rocks_group *group, struct backlog *backlog)
{
    uint64_t changed = 0;
    while (backlog->oldest && has_room(r, group)) {
        struct storage_write *write = backlog_pop(backlog);
        changed += run_transaction(r, write);
        group_add(group, write);
    }
    group->commit = r->commit;
    if (changed > 0)
        write_batch(r, group);
    group->commits = changed;
    rocksdb_writebatch_clear(r->batch);
    rocks_overlay_reset(&r->overlay);
    arena_reset(&r->arena);
    r->staged_bytes = 0;
}

/* ------------------------------------------------------------------ the thread */

static bool may_write(struct rocks *r)
{
    return !atomic_load(&r->failed) && !atomic_load(&r->disk_low);
}

/* While the writer waited for a free group more may have come: groups grow with the load. */
static void run_round(struct rocks *r, struct backlog *backlog)
{
    struct rocks_group *group = rocks_pipeline_get(r);
    if (backlog->count < r->options.group_max)
        backlog_add(r, backlog, queue_take(&r->queue));
    pthread_mutex_lock(&r->writing);
    bool allowed = may_write(r);
    if (allowed)
        build_group(r, group, backlog);
    pthread_mutex_unlock(&r->writing);
    rocks_pipeline_submit(r, group);
    while (!allowed && backlog->oldest) {
        admission_dropped(&r->admission, 1);
        refuse_read_only(r, backlog_pop(backlog));
    }
}

void *rocks_writer_main(void *rocks)
{
    struct rocks *r = rocks;
    struct backlog backlog = {0};
    rocksdb_set_perf_level(rocksdb_disable); /* RocksDB counts every comparison of keys, for nobody */
    for (;;) {
        struct queue_node *taken = queue_wait(&r->queue);
        if (!taken)
            return NULL;
        backlog_add(r, &backlog, taken);
        while (backlog.oldest)
            run_round(r, &backlog);
    }
}
