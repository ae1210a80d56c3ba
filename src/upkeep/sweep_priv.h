/* sweep_priv.h - finding the expired items of a table, a round at a time. Private to src/upkeep.
 * Place:   a round goes on in the expiry index where the last one ended. What was removed leaves marks in the store for a while;
 *          a scan from the start would step over all of them each time. What was written behind the place, with a time that had
 *          passed, is noted (engine/expiry.h), and the place goes back there; as often as what that costs allows.
 * Start:   a new place is at the start, and now and then each goes there: notes may be lost.
 * Memory:  places are forgotten with their tables, and with the process. */
#ifndef STATOR_UPKEEP_SWEEP_PRIV_H
#define STATOR_UPKEEP_SWEEP_PRIV_H

#include "upkeep/upkeep_priv.h"

struct sweep_place {
    struct sweep_place *next;
    uint32_t space;        /* of the index */
    bool seen;             /* lately */
    int64_t due_ns;        /* nothing to look for before, unless it is to go back */
    int64_t from_start_ns; /* when it last was at the start */
    char *sort;            /* behind this, which may be empty: at the start; NULL: likewise */
    size_t sort_size;
    bool goes_back; /* behind `back`, once it may */
    struct number back;
    int64_t back_after_ns;
};

/* Its place is there, and is not forgotten. */
void sweep_see(struct upkeep *u, const struct table *table);
/* Those of tables that were not seen since the last call. */
void sweep_forget_unseen(struct upkeep *u);
/* Takes what was noted since the last time. Before the views of the rounds are taken. */
void sweep_take_notes(struct upkeep *u);
/* PRE: seen. */
bool sweep_is_due(struct upkeep *u, const struct table *table);

/* One round over a table. */
struct sweep {
    struct upkeep *u;
    const struct table *table;
    struct sweep_place *place;
    struct expiry_times times;
    struct storage_view *view;
    struct storage_cursor *cursor;
    struct slice began_behind;
    int64_t back_since_ns; /* it went back, and has found nothing since; 0: it did not */
};

/* PRE: the table is seen. Also if it fails it has to be closed. */
[[nodiscard]] bool sweep_open(struct sweep *s, struct upkeep *u, const struct table *table,
                              struct error *err);
/* The next entry of an item that is expired, and the place is behind it. *found_out false: there is none. */
[[nodiscard]] bool sweep_next(struct sweep *s, struct storage_entry *entry_out, bool *found_out,
                              struct error *err);
/* What was found could not be removed for now: the next round is to begin where this one did. */
void sweep_repeat(struct sweep *s);
void sweep_close(struct sweep *s);

#endif
