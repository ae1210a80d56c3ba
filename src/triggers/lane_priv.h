/* lane_priv.h - a lane: reads records of its shard, has the target called with them, and moves its position. Private to
 * src/triggers.
 * Files:   lane.c, what it does when; reader_priv.h, how it reads; delivery_priv.h, how it calls */
#ifndef STATOR_TRIGGERS_LANE_PRIV_H
#define STATOR_TRIGGERS_LANE_PRIV_H

#include "triggers/triggers_priv.h"

/*     TURN ─▶ (read) ─┬─ nothing ──▶ NEWS ─▶ TURN                NEWS: of the stream, or a time to store the position
 *                     ├─ not full ─▶ WINDOW ─▶ TURN
 *                     ├─ the stream ended ─▶ END
 *                     └─▶ CALL ─┬─ taken ──▶ WRITE (the position) ─▶ TURN
 *                               ├─ failed ─▶ REST ─▶ CALL
 *                               └─ to be given up ─▶ WRITE (the dead letter) ─▶ WRITE (the position) ─▶ CALL or TURN
 *
 * What is refused along the way rests and is done again. */
enum lane_waits {
    LANE_WAITS_TURN,
    LANE_WAITS_NEWS,
    LANE_WAITS_WINDOW, /* for more records */
    LANE_WAITS_SHARE,  /* until its run holds less */
    LANE_WAITS_CALL,
    LANE_WAITS_WRITE,
    LANE_WAITS_REST,
    LANE_WAITS_END, /* it has read the stream; or its run ends */
};

enum lane_work { LANE_READ, LANE_CALL, LANE_BURY, LANE_STORE };

struct lane {
    struct run *run;
    uint32_t shard;
    uint32_t number;
    enum lane_waits waits;
    enum lane_work work; /* when its turn has come */

    struct stream_position next;  /* to be read */
    int64_t passed_over;          /* of what was read */
    struct trigger_counts counts; /* of what is done; passed_over as of what is stored */
    struct lane_state stored;     /* what is durable */
    int64_t stored_ns;            /* since when */

    bool holds; /* a share of its run: it has a batch, or reads one */
    size_t held_bytes;
    struct batch batch;
    int64_t window_ns;            /* until then the batch may wait for more */
    int64_t rest_ms;              /* between storing the position and calling again */
    unsigned refusals;            /* one after another */
    char error[CALL_ERROR_BYTES]; /* of the last call */

    struct call call;
    struct lane_write {
        struct storage_write storage; /* first */
        struct lane *lane;
        struct lane_state state;
        bool superseded;
    } write;
    struct item_commit burial;
    struct item_change buried;
    struct arena write_arena; /* of either */
    struct trigger_mail mail; /* that either is done */

    struct lane *next_ready;
    bool ready;
    int64_t due_ns; /* of its timer */
    size_t timer;   /* in the heap, from 1 on; 0: none */
};

void lane_init(struct lane *lane, struct run *run, uint32_t shard, uint32_t number);
void lane_release(struct lane *lane);
/* Its turn. */
void lane_go(struct lane *lane);
/* There may be something to read. */
void lane_wake(struct lane *lane);
/* Its time has come. */
void lane_due(struct lane *lane);
/* Its run ends: nothing new is begun. `give_up`: the call in flight, too. */
void lane_retire(struct lane *lane, bool give_up);
/* Whether nothing is under way that refers to it. */
static inline bool lane_is_quiet(const struct lane *lane)
{
    return lane->waits != LANE_WAITS_CALL && lane->waits != LANE_WAITS_WRITE;
}
static inline bool lane_is_kinesis(const struct lane *lane)
{
    return lane->run->trigger.target == TRIGGER_KINESIS;
}

#endif
