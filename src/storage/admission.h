/* admission.h - whether one more write may wait for its commit, or is better told at once to come back.
 *
 * A queue that is bounded by a number alone is too long for slow writes and too short for quick ones: sixteen thousand
 * puts are half a second, sixteen thousand transactions of a hundred puts a minute. What bounds this one is time. While the
 * store is behind, the writes that it answers are counted, and only as many may wait as it answers in `wait_max_ms`. While it
 * answers nothing for as long, because its disk hangs, none may.
 *
 * The rate says something only while the store works as fast as it can, that is, while a whole group or more waits: groups grow
 * with the load. Up to two groups may therefore always wait, and as long as nothing was measured, any number.
 *
 * Use:     admission_allows() before a write is queued, admission_note_refusal() if it is not. admission_taken() and
 *          admission_answered() by those who take writes from the queue and answer them; admission_tick() now and then.
 * Cost:    three loads for a write, two additions for a group.
 * Threads: admission_allows() and admission_note_refusal() any; admission_answered() one at a time; admission_tick() one. */
#ifndef STATOR_STORAGE_ADMISSION_H
#define STATOR_STORAGE_ADMISSION_H

#include "base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Members are private. */
struct admission {
    const struct clock *clock;
    int64_t wait_max_ns; /* 0: any */
    size_t group_max;
    _Atomic size_t allowed; /* to wait; SIZE_MAX: any number, because nothing was measured */
    _Atomic bool stalled;   /* nothing was answered for wait_max_ns */
    _Atomic size_t held;    /* taken from the queue, and not answered */
    _Atomic uint64_t answered;
    _Atomic uint64_t refused;

    /* Of who answers: what was answered since the store was first seen to be behind. */
    int64_t window_began_ns; /* 0: it is not behind */
    uint64_t window_answered;
    double rate_per_s; /* 0: not measured */

    /* Of who ticks: since when nothing but `ticked_answered` was answered. */
    uint64_t ticked_answered;
    int64_t ticked_since_ns;

    _Atomic int64_t told_ns; /* when refusals were last told of */
    _Atomic uint64_t told;   /* and how many there had been by then */
};

/* `group_max` is how many writes become one group. */
void admission_init(struct admission *a, const struct clock *clock, int64_t wait_max_ms, size_t group_max);

/* `queued` writes are in the queue, beside those that were taken from it. */
static inline bool admission_allows(const struct admission *a, size_t queued)
{
    return queued + atomic_load_explicit(&a->held, memory_order_relaxed) <
               atomic_load_explicit(&a->allowed, memory_order_relaxed) &&
           !atomic_load_explicit(&a->stalled, memory_order_relaxed);
}

/* Counts a refusal. true: it is to be told of, with *count_out refusals since the last time; at most once a second. */
bool admission_note_refusal(struct admission *a, uint64_t *count_out);
/* Since the start. */
uint64_t admission_refused(const struct admission *a);

void admission_taken(struct admission *a, size_t count);
/* Taken, and answered without having been tried: says nothing about the rate. Any thread. */
void admission_dropped(struct admission *a, size_t count);
/* `queued` as above, seen by who answers. */
void admission_answered(struct admission *a, size_t count, size_t queued);
void admission_tick(struct admission *a, size_t queued);

#endif
