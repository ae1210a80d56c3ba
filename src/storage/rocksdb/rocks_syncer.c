/* The second half of the pipeline. A group that was written to RocksDB waits here for the log sync that makes it
 * durable; the syncer takes all that wait, syncs once, publishes the newest one's snapshot as the view that
 * readers get, and then answers every write in order. While it waits for the disk the writer builds the next group.
 * ROCKS_GROUPS bounds how far the writer may run ahead, and so makes groups grow when the disk is the limit.
 *
 * Where nothing has to be waited for, the writer does this itself: in memory, unsynced, and for a group that wrote
 * nothing while no other is under way. */
#include "base/contract.h"
#include "base/log.h"
#include "storage/rocksdb/rocks_priv.h"

/* ------------------------------------------------------------------ one sync */

static void count_sync(struct rocks *r, int64_t ns)
{
    uint64_t us = (uint64_t)ns / 1000;
    atomic_fetch_add_explicit(&r->counters.sync_us[rocks_stats_bucket(us)], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&r->counters.sync_us_sum, us, memory_order_relaxed);
}

/* Unsynced stores still hand the log to the system, so that at least a killed process loses nothing. */
static bool sync_log(struct rocks *r)
{
    if (!r->options.path)
        return true;
    char *text = NULL;
    int64_t start_ns = clock_monotonic_ns(clock_system());
    rocksdb_flush_wal(r->db, r->durable, &text);
    if (r->durable)
        count_sync(r, clock_monotonic_ns(clock_system()) - start_ns);
    if (!text)
        return true;
    rocks_fail(r, text);
    rocksdb_free(text);
    return false;
}

static void publish(struct rocks *r, const rocksdb_snapshot_t *take_snapshot, uint64_t commit)
{
    if (r->durable)
        rocks_directory_note_synced(&r->directory, commit);
    rocks_view_publish(r, rocks_view_new(r, take_snapshot, commit));
}

/* Makes the groups durable as far as they go: all, or those before the first that failed. */
static void settle(struct rocks *r, struct rocks_group *groups)
{
    struct rocks_group *newest = NULL;
    bool failed = atomic_load(&r->sync_failed);
    for (struct rocks_group *g = groups; g; g = g->next) {
        failed = g->failed = failed || g->failed;
        if (!failed && g->snapshot)
            newest = g;
    }
    if (newest && !sync_log(r)) {
        atomic_store(&r->sync_failed, true);
        newest = NULL;
        for (struct rocks_group *g = groups; g; g = g->next)
            g->failed = true;
    }
    for (struct rocks_group *g = groups; g; g = g->next)
        if (g->snapshot && g != newest)
            rocksdb_release_snapshot(r->db, g->snapshot);
    if (newest)
        publish(r, newest->snapshot, newest->commit);
}

/* ------------------------------------------------------------------ answers */

/* Also a write that was refused by its own function may have been so because of what is now lost. */
static void set_failure(struct rocks *r, struct storage_write *write)
{
    error_init(&write->error, write->arena);
    error_set(&write->error, ERR_STORAGE, "Internal server error");
    pthread_mutex_lock(&r->keeper_mutex);
    error_add_detail(&write->error, "the commit could not be made durable: %s", r->failure ? r->failure : "");
    pthread_mutex_unlock(&r->keeper_mutex);
    write->commit_number = 0;
}

/* Before the answers, so that who has his answer finds it counted. */
static void count_group(struct rocks *r, const struct rocks_group *group)
{
    if (group->count == 0)
        return;
    admission_answered(&r->admission, group->count, queue_count(&r->queue));
    atomic_fetch_add_explicit(&r->counters.groups, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&r->counters.group_size[rocks_stats_bucket(group->count)], 1,
                              memory_order_relaxed);
    if (!group->failed)
        atomic_fetch_add_explicit(&r->counters.commits, group->commits, memory_order_relaxed);
}

static void answer(struct rocks *r, struct rocks_group *group)
{
    struct queue_node *node = group->oldest;
    count_group(r, group);
    while (node) {
        struct queue_node *next = node->next;
        struct storage_write *write =
            (struct storage_write *)((char *)node - offsetof(struct storage_write, node));
        if (group->failed)
            set_failure(r, write);
        storage_write_finish(write);
        node = next;
    }
}

static void give_back(struct rocks *r, struct rocks_group *group)
{
    pthread_mutex_lock(&r->pipeline_mutex);
    *group = (struct rocks_group){.next = r->free_groups};
    r->free_groups = group;
    r->free_group_count++;
    pthread_cond_broadcast(&r->group_free);
    pthread_mutex_unlock(&r->pipeline_mutex);
}

static void complete(struct rocks *r, struct rocks_group *groups)
{
    settle(r, groups);
    while (groups) {
        struct rocks_group *next = groups->next;
        answer(r, groups);
        give_back(r, groups);
        groups = next;
    }
}

/* ------------------------------------------------------------------ the pipeline */

void rocks_pipeline_init(struct rocks *r)
{
    pthread_mutex_init(&r->pipeline_mutex, NULL);
    pthread_cond_init(&r->group_ready, NULL);
    pthread_cond_init(&r->group_free, NULL);
    for (size_t i = 0; i < ROCKS_GROUPS; i++)
        give_back(r, &r->groups[i]);
}

void rocks_pipeline_release(struct rocks *r)
{
    pthread_cond_destroy(&r->group_free);
    pthread_cond_destroy(&r->group_ready);
    pthread_mutex_destroy(&r->pipeline_mutex);
}

struct rocks_group *rocks_pipeline_get(struct rocks *r)
{
    pthread_mutex_lock(&r->pipeline_mutex);
    while (!r->free_groups)
        pthread_cond_wait(&r->group_free, &r->pipeline_mutex);
    struct rocks_group *group = r->free_groups;
    r->free_groups = group->next;
    r->free_group_count--;
    pthread_mutex_unlock(&r->pipeline_mutex);
    group->next = NULL;
    return group;
}

void rocks_pipeline_submit(struct rocks *r, struct rocks_group *group)
{
    pthread_mutex_lock(&r->pipeline_mutex);
    bool alone = r->free_group_count == ROCKS_GROUPS - 1;
    bool at_once = !r->durable || (alone && !group->snapshot && !group->failed);
    if (!at_once) {
        if (r->ready_newest)
            r->ready_newest->next = group;
        else
            r->ready_oldest = group;
        r->ready_newest = group;
        pthread_cond_signal(&r->group_ready);
    }
    pthread_mutex_unlock(&r->pipeline_mutex);
    if (at_once)
        complete(r, group);
}

void rocks_pipeline_close(struct rocks *r)
{
    pthread_mutex_lock(&r->pipeline_mutex);
    r->pipeline_closed = true;
    pthread_cond_signal(&r->group_ready);
    pthread_mutex_unlock(&r->pipeline_mutex);
}

bool rocks_pipeline_idle(struct rocks *r)
{
    pthread_mutex_lock(&r->pipeline_mutex);
    bool idle = r->free_group_count == ROCKS_GROUPS;
    pthread_mutex_unlock(&r->pipeline_mutex);
    return idle;
}

/* Every group that waits; NULL: the pipeline is closed and empty. */
static struct rocks_group *take_ready(struct rocks *r)
{
    pthread_mutex_lock(&r->pipeline_mutex);
    while (!r->ready_oldest && !r->pipeline_closed)
        pthread_cond_wait(&r->group_ready, &r->pipeline_mutex);
    struct rocks_group *groups = r->ready_oldest;
    r->ready_oldest = r->ready_newest = NULL;
    pthread_mutex_unlock(&r->pipeline_mutex);
    return groups;
}

void *rocks_syncer_main(void *rocks)
{
    struct rocks *r = rocks;
    for (;;) {
        struct rocks_group *groups = take_ready(r);
        if (!groups)
            return NULL;
        complete(r, groups);
    }
}
