/* jobs_priv.h - what the files of this folder share: records, the steps of a job, kinds of jobs. Private to src/jobs.
 * Files:   record.c  a job as stored bytes         store.c  jobs inside transactions and views
 *          runner.c  the thread                    status.c what can be seen    order.c what can be told
 *          backfill.c, drop.c  a kind each
 * A kind:  a row in job_kinds[]. Its step() does a piece of work in one commit of its own, in whose transaction it calls
 *          job_tx_check() first and job_tx_put() or job_tx_end() last. */
#ifndef STATOR_JOBS_JOBS_PRIV_H
#define STATOR_JOBS_JOBS_PRIV_H

#include "base/buf.h"
#include "jobs/jobs.h"

#include <pthread.h>

/* ------------------------------------------------------------------ record.c */

void job_write(const struct job *job, struct buf *out);
/* ERR_CORRUPT. What is read lives in `arena`. */
[[nodiscard]] bool job_read(struct slice record, struct arena *arena, struct job *out, struct error *err);

struct job_totals {
    uint64_t next_id; /* never used before */
    uint64_t ended;   /* how many jobs have */
};
void job_totals_write(const struct job_totals *totals, struct buf *out);
[[nodiscard]] bool job_totals_read(struct slice record, struct arena *arena, struct job_totals *out,
                                   struct error *err);

/* ------------------------------------------------------------------ store.c */

/* One step of a job. */
struct job_run {
    struct engine *engine;
    struct catalog *catalog;
    struct arena *arena;
    struct storage_view *view; /* in which the job was read */
    struct slice stored;       /* its record there */
    struct job job;            /* read from it. The step changes it as its commit changes the record. */
    int64_t items_max;         /* a bound for this step */

    /* What came of it. */
    int64_t items;   /* that the rate limits */
    uint64_t commit; /* the number of its commit; 0: unknown */
    int64_t wait_ms; /* there is nothing to do before */
    bool superseded; /* the job was steered meanwhile: the step was dropped, to be done again */
};

/* Adds a job: id and created_ms are given here. */
[[nodiscard]] bool job_tx_stage(struct storage_tx *tx, struct job *job, struct arena *arena,
                                struct error *err);
/* false: the job is not as the step found it, and nothing of the step may happen. */
[[nodiscard]] bool job_tx_check(struct storage_tx *tx, struct job_run *run, struct error *err);
/* Stores a job that goes on. */
[[nodiscard]] bool job_tx_put(struct storage_tx *tx, const struct job *job, struct arena *arena,
                              struct error *err);
/* Stores a job that has ended, as `state` says. */
[[nodiscard]] bool job_tx_end(struct storage_tx *tx, struct job *job, enum job_state state,
                              struct arena *arena, struct error *err);
/* *found_out false: there is none of that id that has not ended. */
[[nodiscard]] bool job_tx_get(struct storage_tx *tx, uint64_t id, struct arena *arena, struct job *out,
                              bool *found_out, struct error *err);

[[nodiscard]] bool job_view_get(struct storage_view *view, uint64_t id, struct arena *arena,
                                struct slice *stored_out, struct job *out, bool *found_out,
                                struct error *err);
[[nodiscard]] bool job_view_totals(struct storage_view *view, struct arena *arena, struct job_totals *out,
                                   struct error *err);

/* Calls take() for each job, by id; of those that have ended (`ended`) in the order in which they did. */
typedef bool job_take(void *arg, const struct job *job, struct error *err);
[[nodiscard]] bool job_view_each(struct storage_view *view, bool ended, struct arena *arena, job_take *take,
                                 void *arg, struct error *err);

/* A write of a step: its run() finds the step in it. */
struct job_write {
    struct storage_write write; /* first */
    struct job_run *run;
};
/* Ends the job in a commit of its own. */
[[nodiscard]] bool job_end(struct job_run *run, enum job_state state, struct error *err);

/* ------------------------------------------------------------------ kinds */

struct job_kind {
    const char *name;
    /* A piece of the work; true with a job that has ended: it is finished. */
    bool (*step)(struct job_run *run, struct error *err);
    /* A piece of taking it back, until the job is CANCELLED. NULL: jobs of this kind cannot be steered. */
    bool (*cancel)(struct job_run *run, struct error *err);
};

bool backfill_step(struct job_run *run, struct error *err);
bool backfill_cancel(struct job_run *run, struct error *err);
bool drop_step(struct job_run *run, struct error *err);

/* ------------------------------------------------------------------ runner.c */

/* What the runner knows of a job beside its record. */
struct job_entry {
    uint64_t id;
    enum job_state state; /* when last looked at */
    bool idle;            /* nothing to do until the list is read again */
    int64_t due_ns;       /* not before */
    int64_t paced_ns;     /* what it has done so far was due by then */
    unsigned refusals;    /* one after another */
    char waits[160];      /* why; empty: not refused */
    int64_t window_ns;    /* the rate is measured since then */
    int64_t window_items;
    int64_t items_per_s;
};

struct jobs {
    struct engine *engine;
    struct catalog *catalog;
    const struct job_kind *kinds;
    size_t kind_count;
    pthread_t thread;
    bool started;
    struct arena arena; /* of the step; the runner's */
    uint64_t next_id;   /* the runner's: of the list that was read last */
    uint64_t commit;    /* the runner's: of the last step */

    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t wake;
    bool woken;
    bool stopping;
    struct job_entry *entries; /* by id; only the runner changes which there are */
    size_t count;
    uint64_t turn; /* of whom the last step was */
    uint64_t steps, items, refused;
};

/* jobs_open() with other kinds, for tests. `kinds` is borrowed. */
[[nodiscard]] bool jobs_open_kinds(struct engine *engine, struct catalog *catalog,
                                   const struct job_kind *kinds, size_t count, struct jobs **jobs_out,
                                   struct error *err);
/* NULL: made by a newer program. */
const struct job_kind *jobs_find_kind(const struct jobs *jobs, struct slice name);

#endif
