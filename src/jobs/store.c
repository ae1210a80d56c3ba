/* Jobs inside transactions and views.
 *
 *     partition "live"    sort: id, big-endian                    those that have not ended
 *     partition "ended"   sort: how many had ended before, likewise   the newest JOBS_KEPT_MAX of those that have
 *     partition "totals"  sort: empty
 *
 * A job that ends moves to the second partition and pushes out the one that ended JOBS_KEPT_MAX before it, so that no list has to
 * be read for it. */
#include "base/contract.h"
#include "jobs/jobs_priv.h"

#include <endian.h>

enum { RECORD_BYTES = 512 };

/* ------------------------------------------------------------------ keys */

struct key_room {
    uint64_t number;
};

static struct storage_key key_of(struct key_room *room, struct slice partition, uint64_t number)
{
    room->number = htobe64(number);
    return (struct storage_key){STORAGE_SPACE_JOBS, partition, slice_of(&room->number, sizeof room->number)};
}

static struct storage_key live_key(struct key_room *room, uint64_t id)
{
    return key_of(room, SLICE("live"), id);
}

static struct storage_key totals_key(void)
{
    return (struct storage_key){STORAGE_SPACE_JOBS, SLICE("totals"), SLICE("")};
}

/* ------------------------------------------------------------------ transactions */

static bool put_job(struct storage_tx *tx, const struct storage_key *key, const struct job *job,
                    struct arena *arena, struct error *err)
{
    struct buf record;
    buf_init(&record, arena, RECORD_BYTES);
    job_write(job, &record);
    return storage_tx_put(tx, key, buf_slice(&record), err);
}

static bool tx_totals(struct storage_tx *tx, struct arena *arena, struct job_totals *out, struct error *err)
{
    struct storage_key key = totals_key();
    struct slice record;
    bool found;
    *out = (struct job_totals){.next_id = 1};
    return storage_tx_get(tx, &key, arena, &record, &found, err) &&
           (!found || job_totals_read(record, arena, out, err));
}

static bool tx_put_totals(struct storage_tx *tx, const struct job_totals *totals, struct arena *arena,
                          struct error *err)
{
    struct storage_key key = totals_key();
    struct buf record;
    buf_init(&record, arena, 64);
    job_totals_write(totals, &record);
    return storage_tx_put(tx, &key, buf_slice(&record), err);
}

bool job_tx_stage(struct storage_tx *tx, struct job *job, struct arena *arena, struct error *err)
{
    struct job_totals totals;
    struct key_room room;
    if (!tx_totals(tx, arena, &totals, err))
        return false;
    job->id = totals.next_id++;
    job->state = JOB_RUNNING;
    job->created_ms = storage_tx_commit_ms(tx);
    struct storage_key key = live_key(&room, job->id);
    return put_job(tx, &key, job, arena, err) && tx_put_totals(tx, &totals, arena, err);
}

bool job_tx_check(struct storage_tx *tx, struct job_run *run, struct error *err)
{
    struct key_room room;
    struct storage_key key = live_key(&room, run->job.id);
    struct slice stored;
    bool found;
    if (!storage_tx_get(tx, &key, run->arena, &stored, &found, err))
        return false;
    run->superseded = !found || !slice_equal(stored, run->stored);
    return !run->superseded || error_set(err, ERR_UNAVAILABLE, "The job was steered meanwhile");
}

bool job_tx_put(struct storage_tx *tx, const struct job *job, struct arena *arena, struct error *err)
{
    struct key_room room;
    struct storage_key key = live_key(&room, job->id);
    PRE(!job_has_ended(job));
    return put_job(tx, &key, job, arena, err);
}

bool job_tx_end(struct storage_tx *tx, struct job *job, enum job_state state, struct arena *arena,
                struct error *err)
{
    struct job_totals totals;
    struct key_room live_room, ended_room, oldest_room;
    if (!tx_totals(tx, arena, &totals, err))
        return false;
    uint64_t number = totals.ended++;
    struct storage_key live = live_key(&live_room, job->id);
    struct storage_key ended = key_of(&ended_room, SLICE("ended"), number);
    job->state = state;
    job->error = SLICE_NONE;
    job->ended_ms = storage_tx_commit_ms(tx);
    PRE(job_has_ended(job));
    if (number >= JOBS_KEPT_MAX) {
        struct storage_key oldest = key_of(&oldest_room, SLICE("ended"), number - JOBS_KEPT_MAX);
        if (!storage_tx_delete(tx, &oldest, err))
            return false;
    }
    return storage_tx_delete(tx, &live, err) && put_job(tx, &ended, job, arena, err) &&
           tx_put_totals(tx, &totals, arena, err);
}

bool job_tx_get(struct storage_tx *tx, uint64_t id, struct arena *arena, struct job *out, bool *found_out,
                struct error *err)
{
    struct key_room room;
    struct storage_key key = live_key(&room, id);
    struct slice record;
    return storage_tx_get(tx, &key, arena, &record, found_out, err) &&
           (!*found_out || job_read(record, arena, out, err));
}

struct ending {
    struct job_write base; /* first */
    enum job_state state;
};

static bool run_ending(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct ending *ending = (struct ending *)write;
    struct job_run *run = ending->base.run;
    return job_tx_check(tx, run, err) && job_tx_end(tx, &run->job, ending->state, run->arena, err);
}

bool job_end(struct job_run *run, enum job_state state, struct error *err)
{
    struct ending ending = {{{.run = run_ending, .arena = run->arena}, run}, state};
    return storage_write_wait(run->engine->storage, &ending.base.write, err);
}

/* ------------------------------------------------------------------ views */

bool job_view_get(struct storage_view *view, uint64_t id, struct arena *arena, struct slice *stored_out,
                  struct job *out, bool *found_out, struct error *err)
{
    struct key_room room;
    struct storage_key key = live_key(&room, id);
    return storage_view_get(view, &key, arena, stored_out, found_out, err) &&
           (!*found_out || job_read(*stored_out, arena, out, err));
}

bool job_view_totals(struct storage_view *view, struct arena *arena, struct job_totals *out,
                     struct error *err)
{
    struct storage_key key = totals_key();
    struct slice record;
    bool found;
    *out = (struct job_totals){.next_id = 1};
    return storage_view_get(view, &key, arena, &record, &found, err) &&
           (!found || job_totals_read(record, arena, out, err));
}

struct each_job {
    struct arena *arena;
    job_take *take;
    void *arg;
};

static bool take_entry(void *arg, const struct storage_entry *entry, struct error *err)
{
    const struct each_job *each = arg;
    struct job job;
    return job_read(entry->value, each->arena, &job, err) && each->take(each->arg, &job, err);
}

bool job_view_each(struct storage_view *view, bool ended, struct arena *arena, job_take *take, void *arg,
                   struct error *err)
{
    const struct storage_partition_range all = {.space = STORAGE_SPACE_JOBS,
                                                .partition = ended ? SLICE("ended") : SLICE("live")};
    struct each_job each = {arena, take, arg};
    return storage_view_each(view, &all, arena, take_entry, &each, err);
}
