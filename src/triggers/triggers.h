/* triggers.h - functions that Stator calls with the changes of a table: each change at least once, those of an item in order.
 *
 *     stream ─▶ shard ─▶ lane ─▶ records that pass the filter ─▶ batch ─▶ the target ─▶ the lane's position, in a commit
 *
 * Target:  a URL, which gets by POST what AWS Lambda gives a function for a DynamoDB event source; or a command, which gets it on
 *          its standard input. The answer may name records that failed (batchItemFailures).
 * Order:   a lane is a part of a shard's partition keys. Lanes run side by side, each has one call at a time, and goes from a
 *          closed shard to its child. So the changes of an item are never overtaken.
 * Promise: a lane's position moves only over records that the target took, that the filter passes over, or that were given up
 *          and are with the dead letters. It is durable before the next call. A crash in between repeats calls; eventID and
 *          SequenceNumber are then the same.
 * Failure: a batch is tried again, ever more slowly, `retries` times; then it is halved until the record that fails is alone;
 *          that one is tried as often once more, and given up. What was trimmed before it was read is told: log, metric, status.
 * Follows: shards that are rolled; a stream that is enabled anew, from its start, once the former one is read. When the table is
 *          deleted and its last record read, the trigger has ENDED.
 * Steered: triggers_order(): create, pause, resume, reset, delete; all durable.
 * Owns:    one thread, on which everything happens that does not wait: reading, filtering, and the beginnings and ends of calls.
 *          A target that is slow keeps nobody waiting but its own lanes. Records live in STORAGE_SPACE_TRIGGERS;
 *          docs/format.md#triggers.
 * Bounds:  the enum below. Calls and the batches they hold are bounded in total, and shared out evenly among the triggers.
 * Threads: any.
 * See:     README.md in this folder; docs/triggers.md for whoever uses them. */
#ifndef STATOR_TRIGGERS_TRIGGERS_H
#define STATOR_TRIGGERS_TRIGGERS_H

#include "engine/engine.h"
#include "table/catalog.h"
#include "table/stream.h"

struct kinesis_endpoint;
struct triggers;

enum {
    TRIGGERS_MAX = 100,
    TRIGGER_NAME_BYTES_MAX = 255,
    TRIGGER_TARGET_BYTES_MAX = 2048,
    TRIGGER_FILTER_BYTES_MAX = 48 * 1024,
    TRIGGER_BATCH_SIZE_MAX = 10000,
    TRIGGER_BATCH_BYTES_MAX = 6 << 20,
    TRIGGER_WINDOW_MS_MAX = 300 * 1000,
    TRIGGER_LANES_MAX = 10,
    TRIGGER_RETRIES_MAX = 10000,
    TRIGGER_TIMEOUT_MS_MIN = 100,
    TRIGGER_TIMEOUT_MS_MAX = 900 * 1000,
    TRIGGER_ANSWER_BYTES_MAX = 6 << 20,
    TRIGGER_LAG_RECORDS_MAX = 10000, /* counted for each trigger; what is behind them is not looked at */
};

/* ------------------------------------------------------------------ what a trigger is */

/*                ┌──pause──▶ PAUSED
 *                │ ◀─resume──
 *     create ─▶ RUNNING ─▶ FAILED: something that does not pass, such as a record that cannot be read
 *                │ ◀─resume──
 *                └─▶ ENDED: its table was deleted */
enum trigger_state { TRIGGER_RUNNING, TRIGGER_PAUSED, TRIGGER_FAILED, TRIGGER_ENDED, TRIGGER_STATE_COUNT };
/* "RUNNING", ... */
const char *trigger_state_name(enum trigger_state state);

/* TRIGGER_KINESIS: a data stream, by its ARN; only destinations have it, and it reads the table's hidden stream (kinesis.h). */
enum trigger_target { TRIGGER_URL, TRIGGER_COMMAND, TRIGGER_KINESIS };

/* Where records go that are given up. */
enum trigger_dead_letters {
    TRIGGER_DEAD_LOGGED,   /* nowhere else than to the log */
    TRIGGER_DEAD_TO_FILE,  /* a line of JSON each */
    TRIGGER_DEAD_TO_TABLE, /* an item each */
};

/* Records, since the trigger was made or reset. */
struct trigger_counts {
    int64_t delivered;
    int64_t passed_over; /* by the filter */
    int64_t given_up;
    int64_t gaps; /* not of records: how often a lane found that what it was to read next had been trimmed */
};

struct trigger {
    uint64_t id;    /* never used again */
    uint64_t epoch; /* the commit since when the positions of its lanes count */
    struct slice name;
    enum trigger_state state;
    struct slice error; /* why it has FAILED or ENDED; else SLICE_NONE */
    int64_t created_ms;

    struct slice table;
    struct slice table_id;
    struct slice label; /* of the stream that is read */
    struct stream_position
        start;    /* from where lanes begin that have no position; {0, 0}: the oldest record */
    bool drained; /* that stream has ended, and was read to its end */
    struct trigger_counts counts; /* of streams before this one */

    enum trigger_target target;
    struct slice target_text;
    struct slice filter; /* JSON; SLICE_NONE: everything passes */
    int64_t batch_size;
    int64_t window_ms;
    int64_t lanes;   /* of each shard */
    int64_t retries; /* -1: for ever */
    int64_t timeout_ms;
    enum trigger_dead_letters dead_letters;
    struct slice dead_letters_text; /* path or table */
};

enum trigger_start { TRIGGER_LATEST, TRIGGER_TRIM_HORIZON, TRIGGER_AT_SEQUENCE };

/* Reads what a new trigger is to be from a JSON object: table and target, and if given name, filter, batch_size, window_ms,
 * parallel, retries, timeout_ms, on_failure, start. ERR_VALIDATION says what is wrong. What is read lives in `arena`. */
[[nodiscard]] bool trigger_read_definition(struct slice json, struct arena *arena, struct trigger *out,
                                           enum trigger_start *start_out, struct error *err);

/* Whether a filter makes sense; ERR_VALIDATION if not. */
[[nodiscard]] bool trigger_check_filter(struct slice filter, struct arena *arena, struct error *err);

/* ------------------------------------------------------------------ running them */

struct triggers_options {
    struct slice region; /* of records and ARNs */
    struct slice account;
    bool commands;                          /* whether targets may be commands */
    const struct kinesis_endpoint *kinesis; /* NULL: destinations have to wait */
    int64_t rest_ms_min;                    /* after a first failure; later ones double it */
    int64_t rest_ms_max;
};
/* us-east-1, 000000000000, no commands, 100 ms to 30 s. */
void triggers_options_init(struct triggers_options *options);

/* Takes up the triggers there are. Engine, catalog and what the options point to are borrowed until triggers_close(). The
 * engine has stream watches. */
[[nodiscard]] bool triggers_open(struct engine *engine, struct catalog *catalog,
                                 const struct triggers_options *options, struct triggers **triggers_out,
                                 struct error *err);
/* Gives calls in flight up: they happen again when the triggers are opened anew. Ends the thread. */
void triggers_stop(struct triggers *triggers);
/* PRE: stopped, the engine's stream watches too, and the store is closed or nobody orders any more. NULL is allowed, here, in
 * triggers_stop() and in triggers_tick(). */
void triggers_close(struct triggers *triggers);
/* Notices what changed in the catalog: some times a second. */
void triggers_tick(struct triggers *triggers);

/* ------------------------------------------------------------------ what can be seen */

struct trigger_status {
    struct trigger trigger;
    struct trigger_counts counts;    /* all of them */
    struct stream_position position; /* of the lane that is furthest behind */
    int64_t lag_records;             /* that no lane is over yet */
    bool lag_has_more;               /* than were counted, or could be read */
    int64_t lag_ms;                  /* how long ago the oldest of them was made */
    /* Since the server was started. */
    int64_t calls;
    int64_t calls_failed;
    int64_t calls_in_flight;
    struct slice last_error; /* SLICE_NONE: there was none */
    int64_t last_error_ms;
    struct slice waits; /* for what it waits at the moment; SLICE_NONE: for nothing but changes */
};

struct trigger_list {
    struct trigger_status *triggers; /* by name */
    size_t count;
};

/* Of each trigger at most `lag_records_max` records are counted, which takes about a microsecond each. */
[[nodiscard]] bool triggers_list(struct triggers *triggers, int64_t lag_records_max, struct arena *arena,
                                 struct trigger_list *out, struct error *err);

/* ------------------------------------------------------------------ steering */

enum trigger_action { TRIGGER_CREATE, TRIGGER_PAUSE, TRIGGER_RESUME, TRIGGER_RESET, TRIGGER_DELETE };

struct trigger_mail {
    struct trigger_mail *next;
    void (*take)(struct trigger_mail *mail);
    struct triggers *triggers;
};

/* Filled by the caller and kept in place until done(). */
struct trigger_order {
    struct storage_write write; /* first; private */
    enum trigger_action action;
    struct slice name;
    struct trigger wanted;     /* TRIGGER_CREATE; by trigger_read_definition() */
    enum trigger_start from;   /* TRIGGER_CREATE, TRIGGER_RESET */
    struct stream_position at; /* TRIGGER_AT_SEQUENCE */
    void (*done)(struct trigger_order *order);
    void *arg;

    struct error error;     /* ERR_NONE: it is durable */
    struct trigger trigger; /* as it is then, or was when it was deleted */

    /* Private. */
    struct trigger_mail mail;
    struct trigger_order *next;
    struct slice table_id;
    struct slice label;
};

/* done() runs on the triggers' thread, on one of the store, or before this returns; it must be short. No call that the order
 * puts an end to begins after done(); those in flight are finished if it is a pause, and given up if it is a reset or the end.
 * Fails with ERR_VALIDATION, ERR_RESOURCE_NOT_FOUND (no such trigger or table), ERR_RESOURCE_IN_USE (the name is taken, or it
 * cannot be done to this trigger), ERR_LIMIT_EXCEEDED, or an error of the store. */
void triggers_order(struct triggers *triggers, struct trigger_order *order, struct arena *arena);
/* The same, waiting for the end. */
[[nodiscard]] bool triggers_order_wait(struct triggers *triggers, struct trigger_order *order,
                                       struct arena *arena, struct error *err);

#endif
