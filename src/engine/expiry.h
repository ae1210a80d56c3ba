/* expiry.h - when items expire; and notes for the one who removes them, of those whose time is over already when they are
 *          written.
 * Why:     the remover goes through a table's expiry index by time, and from where it last was: what it has removed leaves marks
 *          behind it, which take long to step over. An item that is written with a time that has passed has its entry back
 *          there.
 * Promise: an entry whose time was over when its commit became visible is noted after that. So the remover, which takes the
 *          notes first and a view then, either sees the entry, or finds the note the next time.
 * Lost:    with the process, and where a commit comes back whose outcome was unknown. Who relies on notes has to begin at the start
 *          now and then.
 * Cost:    a commit pays for a look at the time of each item, nothing where items do not expire.
 * Threads: any.
 * Source:  semantics.md 16.1. */
#ifndef STATOR_ENGINE_EXPIRY_H
#define STATOR_ENGINE_EXPIRY_H

#include "item/number.h"
#include "table/table.h"

/* Items expire whose time is a number of seconds in [since, until): it is over, but not by more than five years. */
struct expiry_times {
    struct number since;
    struct number until;
};
/* `delay_ms`: how long items stay after their time. */
struct expiry_times expiry_times_at(int64_t now_ms, int64_t delay_ms);

struct expiry_notes;

struct expiry_notes *expiry_notes_new(void);
void expiry_notes_free(struct expiry_notes *n); /* NULL is allowed */

/* An item that was written, after views show it. `after` may be SLICE_NONE. */
void expiry_note(struct expiry_notes *n, const struct table *table, struct slice after, int64_t now_ms);

/* Calls take() for each expiry index (by its space) that has a note, with the earliest time noted, and forgets them. */
typedef void expiry_take(void *arg, uint32_t space, const struct number *earliest);
void expiry_notes_take(struct expiry_notes *n, expiry_take *take, void *arg);

#endif
