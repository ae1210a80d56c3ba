/* Watching over what was dropped. The store hides it at once and gives its room back by itself, when no view is older than
 * the drop; the job makes that visible. */
#include "base/contract.h"
#include "engine/index.h"
#include "jobs/jobs_priv.h"

enum { LOOK_MS = 100 };

static bool stage(struct storage_tx *tx, const struct table *table, struct slice index, uint32_t *spaces,
                  size_t count, struct arena *arena, struct error *err)
{
    struct job job = {.kind = SLICE("drop"),
                      .table = table->name,
                      .table_id = table->id,
                      .index = index,
                      .spaces = spaces,
                      .space_count = count,
                      .total = (int64_t)count};
    return job_tx_stage(tx, &job, arena, err);
}

bool jobs_stage_table_drop(struct storage_tx *tx, const struct table *table, struct arena *arena,
                           struct error *err)
{
    uint32_t spaces[3 + TABLE_LSI_MAX + TABLE_GSI_MAX];
    size_t count = 0;
    PRE(index_kept_count(table) + 2 <= sizeof spaces / sizeof spaces[0]);
    spaces[count++] = table->space;
    if (table->collections_space != 0)
        spaces[count++] = table->collections_space;
    for (size_t i = 0; i < index_kept_count(table); i++)
        if (index_at(table, i)->space != 0)
            spaces[count++] = index_at(table, i)->space;
    return stage(tx, table, SLICE_NONE, spaces, count, arena, err);
}

bool jobs_stage_drop(struct storage_tx *tx, const struct table *table, const struct table_index *index,
                     struct arena *arena, struct error *err)
{
    uint32_t space;
    if (!index)
        return jobs_stage_table_drop(tx, table, arena, err);
    space = index->space;
    return stage(tx, table, index->name, &space, 1, arena, err);
}

static bool count_given_back(struct job_run *run, int64_t *count_out, struct error *err)
{
    *count_out = 0;
    for (size_t i = 0; i < run->job.space_count; i++) {
        bool dropping;
        if (!storage_view_dropping(run->view, run->job.spaces[i], &dropping, err))
            return false;
        *count_out += !dropping;
    }
    return true;
}

static bool run_progress(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct job_run *run = ((struct job_write *)write)->run;
    return job_tx_check(tx, run, err) && job_tx_put(tx, &run->job, run->arena, err);
}

bool drop_step(struct job_run *run, struct error *err)
{
    int64_t count;
    if (!count_given_back(run, &count, err))
        return false;
    bool progress = count != run->job.done;
    run->job.done = count;
    if (count == (int64_t)run->job.space_count)
        return job_end(run, JOB_DONE, err);
    run->wait_ms = LOOK_MS;
    struct job_write write = {{.run = run_progress, .arena = run->arena}, run};
    return !progress || storage_write_wait(run->engine->storage, &write.write, err);
}
