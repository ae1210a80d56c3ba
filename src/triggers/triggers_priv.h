/* triggers_priv.h - what the files of this folder share. Private to src/triggers.
 * Files:   filter.c   which records pass             record.c     triggers and lanes as stored bytes
 *          store.c    they inside transactions, views order.c     what triggers can be told
 *          definition.c  what is asked of a new one  status.c     what can be seen of them
 *          batch.c    records on their way, halving  answer.c     what a target answered
 *          dead_letter.c  what was given up          target.h     calls of targets
 *          lane_priv.h    a lane, from reading to its next position
 *          run.c      a trigger that runs: its lanes, its stream, its end
 *          triggers.c the thread: mail, turns, timers, which triggers are to run
 * Thread:  runs, lanes, batches and calls are the thread's own. What comes from elsewhere (a write is durable, a stream has news,
 *          an order) comes as mail. What others may see of a run stands in its note, under the mutex. */
#ifndef STATOR_TRIGGERS_PRIV_H
#define STATOR_TRIGGERS_PRIV_H

#include "base/buf.h"
#include "engine/change_json.h"
#include "engine/item_write.h"
#include "triggers/filter.h"
#include "triggers/kinesis.h"
#include "triggers/target.h"
#include "triggers/triggers.h"

#include <pthread.h>
#include <stdatomic.h>

#define NS_PER_MS ((int64_t)1000000)
#define NS_PER_S  ((int64_t)1000000000)

static inline bool position_before(struct stream_position a, struct stream_position b)
{
    return a.commit < b.commit || (a.commit == b.commit && a.change < b.change);
}
static inline struct stream_position position_after(struct stream_position at)
{
    return (struct stream_position){at.commit, at.change + 1};
}

/* ------------------------------------------------------------------ record.c */

void trigger_write(const struct trigger *trigger, struct buf *out);
/* ERR_CORRUPT. What is read lives in `arena`; so `record` need not. */
[[nodiscard]] bool trigger_read(struct slice record, struct arena *arena, struct trigger *out,
                                struct error *err);

/* What is kept of a lane. */
struct lane_state {
    uint32_t shard;
    uint32_t lane;
    struct stream_position position; /* everything before it is done */
    struct trigger_counts counts;
};
enum { LANE_RECORD_BYTES = 48 };
void lane_state_write(const struct lane_state *state, char out[LANE_RECORD_BYTES]);
/* Position and counts. ERR_CORRUPT. */
[[nodiscard]] bool lane_state_read(struct slice record, struct lane_state *out, struct error *err);

void trigger_counts_add(struct trigger_counts *to, const struct trigger_counts *counts);

/* ------------------------------------------------------------------ store.c */

[[nodiscard]] bool trigger_tx_get(struct storage_tx *tx, struct slice name, struct arena *arena,
                                  struct trigger *out, bool *found_out, struct error *err);
[[nodiscard]] bool trigger_tx_count(struct storage_tx *tx, struct arena *arena, size_t *count_out,
                                    struct error *err);
[[nodiscard]] bool trigger_tx_put(struct storage_tx *tx, const struct trigger *trigger, struct arena *arena,
                                  struct error *err);
/* Begins a new epoch: the positions of lanes so far are gone, what they counted is added to *counts_out (may be NULL). */
[[nodiscard]] bool trigger_tx_new_epoch(struct storage_tx *tx, struct trigger *trigger, struct arena *arena,
                                        struct trigger_counts *counts_out, struct error *err);
/* With all that is kept of its lanes. */
[[nodiscard]] bool trigger_tx_delete(struct storage_tx *tx, const struct trigger *trigger,
                                     struct arena *arena, struct error *err);
/* *superseded_out: the epoch is over, nothing was put. */
[[nodiscard]] bool lane_tx_put(struct storage_tx *tx, uint64_t id, uint64_t epoch,
                               const struct lane_state *state, struct arena *arena, bool *superseded_out,
                               struct error *err);

/* Calls take() for each trigger, by name. */
typedef bool trigger_take(void *arg, const struct trigger *trigger, struct error *err);
[[nodiscard]] bool trigger_view_each(struct storage_view *view, struct arena *arena, trigger_take *take,
                                     void *arg, struct error *err);
typedef void lane_take(void *arg, const struct lane_state *state);
[[nodiscard]] bool lane_view_each(struct storage_view *view, uint64_t id, struct arena *arena,
                                  lane_take *take, void *arg, struct error *err);

/* The lane of its shard that a record belongs to. */
uint32_t lane_of_record(const struct key_schema *key, const struct change_record *record, uint32_t lanes);

/* ------------------------------------------------------------------ answer.c */

struct answer {
    bool failed;
    char error[CALL_ERROR_BYTES];      /* why */
    struct stream_position *positions; /* of records that failed; none: all was well */
    size_t count;
};
/* What a target says in the body of an answer that was no failure in itself. */
void answer_read(struct slice body, struct arena *arena, struct answer *out);

/* ------------------------------------------------------------------ batch.c */

struct batch_record {
    struct stream_position position;
    int64_t created_ms;
    int64_t passed_over; /* what its lane had passed over before it */
    size_t at;           /* in the text */
    size_t size;
};

/*     0 ... begin ........ cut ........... count
 *     done    what is called   what comes after
 *
 * When a record among those called is known to fail, it is among [begin, suspect). */
struct batch {
    struct arena arena;
    struct buf text; /* the records as JSON, with commas between them */
    struct batch_record *records;
    size_t count;
    size_t capacity;
    size_t begin;
    size_t cut;
    size_t suspect;   /* 0: nothing is known */
    int64_t attempts; /* that failed, of what is called */
    bool progressed;  /* the last call took some of what it was called with */
};

void batch_init(struct batch *b);
void batch_release(struct batch *b);
/* Empty again; gives large memory back. */
void batch_clear(struct batch *b);
/* The text of the record has been appended, from `at` on. */
void batch_add(struct batch *b, const struct change_record *record, int64_t passed_over, size_t at);
/* All that was added is to be called. */
void batch_close(struct batch *b);
static inline bool batch_is_done(const struct batch *b)
{
    return b->begin == b->count;
}
/* What is called, as {"Records":[...]}. */
void batch_body(const struct batch *b, struct slice parts[CALL_PARTS]);

/* The target took what was called up to `index`. */
void batch_taken(struct batch *b, size_t index);
/* The index of the lowest of these positions; false: one of them is not among those called. PRE: there are some. */
[[nodiscard]] bool batch_find_lowest(const struct batch *b, const struct answer *answer, size_t *index_out);

enum batch_step { BATCH_CALL_LATER, BATCH_CALL_NOW, BATCH_GIVE_UP };
/* What was called failed; `named`: the target said that the first of it did. BATCH_GIVE_UP: the record at `begin`. */
enum batch_step batch_failed(struct batch *b, int64_t retries, bool named);
/* The record at `begin` is with the dead letters. */
void batch_given_up(struct batch *b);
/* The target took some of what was called: those of which `taken` is true, counted from `begin`. They are done; the others move
 * together and are what is called next. PRE: some were, but not all. */
void batch_taken_some(struct batch *b, const bool *taken);

/* ------------------------------------------------------------------ dead_letter.c */

struct lane;

struct dead_letter {
    const struct trigger *trigger;
    const struct stream *stream;
    uint32_t shard;
    const struct stream_generation *generation; /* NULL: it was trimmed */
    const struct batch_record *record;
    struct slice text; /* JSON */
    const char *error;
    int64_t attempts;
    int64_t now_ms;
};

/* The record that the lane gives up: the first of its batch that is not done. */
struct dead_letter dead_letter_of(const struct lane *lane);
void dead_letter_log(const struct dead_letter *letter);
[[nodiscard]] bool dead_letter_to_file(const struct dead_letter *letter, struct arena *arena,
                                       struct error *err);
/* Makes the put of it; the commit's done() is the caller's. The table lives in `arena`. */
[[nodiscard]] bool dead_letter_to_table(const struct dead_letter *letter, struct catalog *catalog,
                                        struct arena *arena, struct item_change *change_out,
                                        struct error *err);
/* Whether dead letters can be kept in a table of these keys. ERR_VALIDATION. */
[[nodiscard]] bool dead_letter_check_table(const struct table *table, struct error *err);

/* ------------------------------------------------------------------ notes */

/* What others may see of a trigger beside what is stored; under the mutex. */
struct note {
    uint64_t id;
    int64_t calls, calls_failed, calls_in_flight;
    int64_t last_error_ms;
    char last_error[CALL_ERROR_BYTES];
    char waits[CALL_ERROR_BYTES];
    struct note *next;
};

/* ------------------------------------------------------------------ run.c */

struct watch;

struct run {
    struct triggers *triggers;
    struct arena arena; /* trigger and filter */
    struct trigger trigger;
    const char *target; /* NUL-terminated */
    const char *name;
    const struct filter *filter; /* NULL: everything passes */
    struct note *note;
    bool retired;

    struct arena stream_arena;
    struct stream stream; /* as of the last look; without generations if it is not there any more */
    uint64_t end_commit;  /* by which its last generation was closed; 0: it was open when it was seen last */
    bool lost;            /* it was not there any more at the first look */
    struct slice arn;
    struct slice body_begin;       /* TRIGGER_KINESIS: of requests */
    enum time_precision precision; /* and of the times in them */
    struct lane *lanes;            /* of shard 0, of shard 1, ... */
    size_t lane_count;
    struct watch *watch; /* NULL: nobody waits for news */

    /* What its lanes hold together, and may. */
    size_t held;
    size_t waiting; /* lanes, for a share */
    size_t held_bytes;
    size_t share;
    size_t share_bytes;
    size_t batch_bytes_max;

    struct run_write {
        struct storage_write storage; /* first */
        struct run *run;
        enum { RUN_ENDS, RUN_FAILS, RUN_MOVES, RUN_IS_DRAINED, RUN_IS_OVER } what;
        struct slice text; /* RUN_MOVES: the label; RUN_FAILS: why */
        bool superseded;
    } write;
    bool writes;
    struct arena write_arena;
    struct trigger_mail mail;

    struct lane *ready_first, *ready_last;
    bool ready; /* among those that take turns */
    struct run *next_ready;
    struct run *next;
};

/* ERR_VALIDATION: its filter cannot be read; an error of the store. *run_out is NULL then. */
[[nodiscard]] bool run_new(struct triggers *t, const struct trigger *trigger, struct storage_view *view,
                           struct run **run_out, struct error *err);
void run_free(struct run *run);
/* Looks at the stream and the destination again, and wakes the lanes. */
[[nodiscard]] bool run_refresh(struct run *run, struct storage_view *view, struct error *err);
/* Begins nothing new. It is gone when all lanes are quiet. */
void run_retire(struct run *run, bool give_up);
bool run_is_quiet(const struct run *run);
/* Something does not pass: the trigger is going to be FAILED. */
void run_fail(struct run *run, const struct error *why);
/* When all lanes have read the stream: goes on with the next stream, waits for one, or ends. */
void run_check_end(struct run *run);
/* Its lanes are woken when there is more in this space than that commit. */
void run_watch(struct run *run, uint32_t space, uint64_t commit);

/* The share of a lane in what is held in memory; false: it has to wait. */
[[nodiscard]] bool run_hold(struct run *run, struct lane *lane);
void run_hold_bytes(struct run *run, struct lane *lane, size_t bytes);
void run_let_go(struct run *run, struct lane *lane);

void run_note_call(struct run *run);
/* `error` NULL: it went well. */
void run_note_called(struct run *run, const char *error);
/* NULL: it waits for nothing. */
void run_note_waits(struct run *run, const char *why);

/* ------------------------------------------------------------------ triggers.c */

struct triggers {
    struct engine *engine;
    struct catalog *catalog;
    struct triggers_options options;
    struct targets *targets;
    struct caller *caller;
    pthread_t thread;
    bool started;

    /* The thread's. */
    struct arena scratch;        /* of a step */
    struct arena filter_scratch; /* of a record */
    struct run *runs;
    struct run *ready_first, *ready_last;
    struct lane **timers; /* a heap by due_ns, from 1 on */
    size_t timer_count, timer_capacity;
    int64_t plan_ns;              /* when to look which triggers there are; INT64_MAX: when told to */
    struct trigger_order *orders; /* durable, to be answered once what they say is so */
    uint64_t random;

    _Atomic(const struct catalog_snapshot *) seen; /* held by the thread */
    _Atomic bool catalog_changed;

    pthread_mutex_t mutex; /* of what follows */
    struct trigger_mail *mail_first, *mail_last;
    bool stopping;
    bool stopped; /* the thread does not look at mail any more */
    struct note *notes;
};

/* triggers_open() with another way to call targets, for tests. */
[[nodiscard]] bool triggers_open_calling(struct engine *engine, struct catalog *catalog,
                                         const struct triggers_options *options, struct caller *caller,
                                         struct triggers **triggers_out, struct error *err);

/* false: the thread has ended, and the mail is the caller's still. */
[[nodiscard]] bool triggers_post(struct triggers *t, struct trigger_mail *mail);
/* Which triggers are to run is looked at again, in a while. */
void triggers_plan(struct triggers *t, int64_t in_ms);
void triggers_ready(struct lane *lane); /* in turn */
void triggers_at(struct lane *lane, int64_t due_ns);
void triggers_forget_time(struct lane *lane);
int64_t triggers_now_ns(const struct triggers *t);
/* How long to rest after that many failures: doubled each time, and spread. */
int64_t triggers_rest_ms(struct triggers *t, int64_t failures);

#endif
