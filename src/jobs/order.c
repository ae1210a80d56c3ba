/* Steering: each order changes the job's record in a commit of its own. A step that was under way finds the record changed and
 * is dropped. */
#include "base/contract.h"
#include "jobs/jobs_priv.h"

static bool not_found(uint64_t id, struct error *err)
{
    return error_set(err, ERR_RESOURCE_NOT_FOUND, "There is no job %llu that has not ended",
                     (unsigned long long)id);
}

/* What the order makes of a job that has not ended; JOB_STATE_COUNT: it cannot be done now. */
static enum job_state state_after(enum job_action action, enum job_state state)
{
    bool ending = state == JOB_CANCELLING;
    switch (action) {
    case JOB_PAUSE:
        return ending || state == JOB_FAILED ? JOB_STATE_COUNT : JOB_PAUSED;
    case JOB_RESUME:
        return ending ? JOB_STATE_COUNT : JOB_RUNNING;
    case JOB_CANCEL:
        return JOB_CANCELLING;
    case JOB_SET_RATE:
        return state;
    }
    UNREACHABLE();
}

static bool check_kind(const struct job_order *order, struct error *err)
{
    const struct job_kind *kind = jobs_find_kind(order->jobs, order->job.kind);
    if (kind && kind->cancel)
        return true;
    return error_set(err, ERR_RESOURCE_IN_USE, "A job of kind %.*s cannot be steered",
                     SLICE_PRINTF(order->job.kind));
}

static bool apply(struct job_order *order, struct error *err)
{
    struct job *job = &order->job;
    enum job_state state = state_after(order->action, job->state);
    if (state == JOB_STATE_COUNT)
        return error_set(err, ERR_RESOURCE_IN_USE, "Job %llu is %s", (unsigned long long)job->id,
                         job_state_name(job->state));
    job->state = state;
    if (state != JOB_FAILED)
        job->error = SLICE_NONE;
    if (order->action == JOB_SET_RATE)
        job->items_per_s_max = order->items_per_s;
    return true;
}

static bool run_order(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct job_order *order = (struct job_order *)write;
    bool found;
    if (!job_tx_get(tx, order->id, write->arena, &order->job, &found, err))
        return false;
    if (!found)
        return not_found(order->id, err);
    return check_kind(order, err) && apply(order, err) && job_tx_put(tx, &order->job, write->arena, err);
}

static void order_done(struct storage_write *write)
{
    struct job_order *order = (struct job_order *)write;
    order->error = write->error;
    if (order->error.code == ERR_NONE)
        jobs_wake(order->jobs);
    if (order->done)
        order->done(order);
}

static void prepare(struct jobs *jobs, struct job_order *order, struct arena *arena)
{
    PRE(order->items_per_s >= 0 && order->items_per_s <= JOBS_ITEMS_PER_S_MAX);
    order->jobs = jobs;
    order->write = (struct storage_write){.run = run_order, .done = order_done, .arena = arena};
    error_init(&order->error, arena);
}

void jobs_order(struct jobs *jobs, struct job_order *order, struct arena *arena)
{
    PRE(order->done);
    prepare(jobs, order, arena);
    storage_write(jobs->engine->storage, &order->write);
}

bool jobs_order_wait(struct jobs *jobs, struct job_order *order, struct arena *arena, struct error *err)
{
    order->done = NULL;
    prepare(jobs, order, arena);
    return storage_write_wait(jobs->engine->storage, &order->write, err);
}
