/* upkeep_priv.h - the chores and the thread they share. Private to src/upkeep.
 * A chore: looks what is due, does a piece of it, and says when it wants to run again. What is refused is told as an error and
 *          tried again; nothing is kept in between that could not be found out again. */
#ifndef STATOR_UPKEEP_UPKEEP_PRIV_H
#define STATOR_UPKEEP_UPKEEP_PRIV_H

#include "upkeep/upkeep.h"

#include <pthread.h>
#include <stdatomic.h>

enum chore_number { CHORE_STREAMS, CHORE_EXPIRED, CHORE_COUNT };
enum { SWEEP_SLOTS = 256 };

struct chore {
    int64_t due_ns;
    bool failed; /* the last time; said once, not at each try */
};

struct upkeep {
    struct engine *engine;
    struct catalog *catalog;
    struct upkeep_options options;
    pthread_t thread;
    bool started;
    struct arena arena; /* of the chore that runs */
    struct chore chores[CHORE_COUNT];
    /* Of items that expire: expired.c, sweep.c. */
    struct sweep_place *places[SWEEP_SLOTS]; /* by space */
    size_t expiry_turn;                      /* of the tables */
    int64_t expiry_due_ns;                   /* no more of them are to be removed before */

    pthread_mutex_t mutex; /* of `stopping` */
    pthread_cond_t wake;
    bool stopping;

    _Atomic uint64_t rolled, trimmed, expired;
    _Atomic int64_t expiry_behind_ns; /* there has been something to remove since then; 0: there is not */
};

/* *again_ms: when it is to run again. */
typedef bool chore_run(struct upkeep *u, int64_t *again_ms, struct error *err);

chore_run upkeep_streams;
chore_run upkeep_expired;
void upkeep_forget_sweeps(struct upkeep *u);

/* Between two pieces of a chore: whether the thread is to end. */
bool upkeep_stopping(struct upkeep *u);

#endif
