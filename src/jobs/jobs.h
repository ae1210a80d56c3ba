/* jobs.h - long work that survives restarts: filling a new index, giving back the space of what was dropped.
 * Use:     a change that begins long work stages its job in its own commit (jobs_stage_...), then jobs_wake(); the runner does
 *          the rest: in small steps, each one commit that holds the work and the job's new cursor and counters, so that a
 *          crash at any instant loses and repeats nothing.
 * Seen:    jobs_list(), `stator jobs`, the admin endpoint. Each job shows state, progress, rate and what it fails with.
 * Steered: jobs_order(): pause, resume, cancel, set the rate; all durable.
 * Refused: what the store refuses for a while (overload, a full disk, recovery) a job tries again, ever more slowly. What it
 *          cannot get over it reports: FAILED, until somebody resumes or cancels it.
 * Owns:    a thread of its own. Records live in STORAGE_SPACE_JOBS; docs/format.md#jobs.
 * Threads: any.
 * Bounds:  one job a new index or dropped table or index; of those that ended the newest JOBS_KEPT_MAX are kept.
 * See:     README.md in this folder. */
#ifndef STATOR_JOBS_JOBS_H
#define STATOR_JOBS_JOBS_H

#include "engine/engine.h"
#include "table/catalog.h"

struct jobs;

enum {
    JOBS_KEPT_MAX = 64,
    JOBS_ITEMS_PER_S_MAX = 1000000000,
};

/* ------------------------------------------------------------------ starting work */

/* Adds the job of filling an index, in the transaction that adds the index to the table's descriptor with INDEX_CREATING.
 * When every item has its entry the job makes it INDEX_ACTIVE; if the index or its table goes away the job ends. */
[[nodiscard]] bool jobs_stage_backfill(struct storage_tx *tx, const struct table *table,
                                       const struct table_index *index, struct arena *arena,
                                       struct error *err);
/* Adds the job of watching over an index whose space the transaction drops, or over a whole table (index NULL), until its
 * room is given back. */
[[nodiscard]] bool jobs_stage_drop(struct storage_tx *tx, const struct table *table,
                                   const struct table_index *index, struct arena *arena, struct error *err);
/* The same of a whole table; catalog_options.dropped. */
[[nodiscard]] bool jobs_stage_table_drop(struct storage_tx *tx, const struct table *table,
                                         struct arena *arena, struct error *err);

/* ------------------------------------------------------------------ the runner */

/* Takes up all jobs there are. Both are borrowed until jobs_close(). */
[[nodiscard]] bool jobs_open(struct engine *engine, struct catalog *catalog, struct jobs **jobs_out,
                             struct error *err);
/* Ends the thread after the step it is in. Jobs go on when they are opened again. */
void jobs_stop(struct jobs *jobs);
/* PRE: stopped, and nobody wakes or asks any more. NULL is allowed, here and in jobs_stop(). */
void jobs_close(struct jobs *jobs);
/* There may be new jobs. Without it they are found within a second. */
void jobs_wake(struct jobs *jobs);

/* ------------------------------------------------------------------ what jobs there are */

/*                 ┌──pause──▶ PAUSED ──┐
 *                 │ ◀─resume──         │
 *     begin ─▶ RUNNING ──────────────────cancel──▶ CANCELLING ─▶ CANCELLED
 *              │  │ ◀─resume──         │
 *              │  └─────────▶ FAILED ──┘
 *              ├─▶ DONE
 *              └─▶ CANCELLED: what it worked on has gone away */
enum job_state {
    JOB_RUNNING,
    JOB_PAUSED,
    JOB_FAILED,
    JOB_CANCELLING,
    JOB_DONE,
    JOB_CANCELLED,
    JOB_STATE_COUNT
};
/* "RUNNING", ... */
const char *job_state_name(enum job_state state);

struct job {
    uint64_t id;
    struct slice kind; /* "backfill", "drop" */
    enum job_state state;
    struct slice error; /* of JOB_FAILED; else SLICE_NONE */

    /* What it is about. */
    struct slice table;
    struct slice table_id;
    struct slice index; /* SLICE_NONE: the table itself */
    uint32_t *spaces;   /* of the index, or of all that is dropped */
    size_t space_count;

    /* How far it is. */
    struct slice cursor; /* behind which the next step begins; the kind's own; SLICE_NONE: the start */
    int64_t done;        /* items looked at; spaces given back */
    int64_t total;       /* what `done` is going to be, about; 0: not known yet */
    int64_t written;     /* entries */

    int64_t items_per_s_max; /* 0: as fast as it goes */
    int64_t created_ms;
    int64_t ended_ms; /* 0: it has not */
};

static inline bool job_has_ended(const struct job *job)
{
    return job->state == JOB_DONE || job->state == JOB_CANCELLED;
}

struct job_status {
    struct job job;
    int percent;         /* 100 only if it is DONE */
    int64_t items_per_s; /* of late */
    int64_t left_s;      /* at this rate; -1: cannot be told */
    struct slice waits;  /* why it is being refused at the moment; SLICE_NONE: it is not */
};

struct job_list {
    struct job_status *jobs;
    size_t count;
};

/* Those that go on, the oldest first, then those that have ended, the newest first. */
[[nodiscard]] bool jobs_list(struct jobs *jobs, struct arena *arena, struct job_list *out, struct error *err);

struct jobs_stats {
    uint64_t in_state[JOB_STATE_COUNT]; /* now; of those that have not ended */
    uint64_t steps;                     /* this and the others: since the start */
    uint64_t items;
    uint64_t refused;
};
void jobs_stats(struct jobs *jobs, struct jobs_stats *out);

/* ------------------------------------------------------------------ steering */

enum job_action { JOB_PAUSE, JOB_RESUME, JOB_CANCEL, JOB_SET_RATE };

/* Filled by the caller and kept in place until done(). */
struct job_order {
    struct storage_write write; /* first; private */
    uint64_t id;
    enum job_action action;
    int64_t items_per_s; /* JOB_SET_RATE: 0, or up to JOBS_ITEMS_PER_S_MAX */
    void (*done)(struct job_order *order);
    void *arg;

    struct error error; /* ERR_NONE: it is durable */
    struct job job;     /* as it is then */
    struct jobs *jobs;  /* private */
};

/* done() runs on a thread of the store, or before this returns; it must be short. No step that began before the order
 * commits after done(). What the job is already doing is no error. Cancelling takes back what the job has done: of a
 * backfill the index goes away. Fails with ERR_RESOURCE_NOT_FOUND (there is none of that id that has not ended),
 * ERR_RESOURCE_IN_USE (it cannot be done to this job, or not now), or an error of the store. */
void jobs_order(struct jobs *jobs, struct job_order *order, struct arena *arena);
/* The same, waiting for the end; `done` is not called. */
[[nodiscard]] bool jobs_order_wait(struct jobs *jobs, struct job_order *order, struct arena *arena,
                                   struct error *err);

#endif
