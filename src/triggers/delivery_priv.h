/* delivery_priv.h - how a lane delivers: calls the target with what its batch has to be called, and learns from the answer what of
 * it was taken. Private to src/triggers.
 * Use:     delivery_begin(); once done() is called, or the call is no longer waited for, delivery_end() or delivery_give_up().
 * Kinds:   a function takes all, or, as batchItemFailures say, all before a record; Kinesis answers for each. */
#ifndef STATOR_TRIGGERS_DELIVERY_PRIV_H
#define STATOR_TRIGGERS_DELIVERY_PRIV_H

#include "triggers/lane_priv.h"

/* What came of it. */
struct delivery {
    bool complete;   /* all that was called was taken */
    size_t taken;    /* records; they have left the batch */
    bool named;      /* the target said of the first that is left that it failed */
    int64_t retries; /* of what is left, before it is given up; -1: any number */
};

/* PRE: the batch is closed, and not done. done() is called with the lane as call->arg. */
void delivery_begin(struct lane *lane, void (*done)(struct call *call));
/* lane->error says why, unless it is complete. */
struct delivery delivery_end(struct lane *lane);
/* done() is not going to be called. */
void delivery_give_up(struct lane *lane);

#endif
