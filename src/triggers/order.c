/* Steering: each order is one commit. It is answered once the thread has taken it up. */
#include "base/contract.h"
#include "base/log.h"
#include "triggers/triggers_priv.h"

#include <semaphore.h>
#include <stdio.h>

enum { NAME_TRIES_MAX = TRIGGERS_MAX + 1, NAME_SUFFIX_BYTES = 8 };

/* ------------------------------------------------------------------ inside the transaction */

static bool no_such_trigger(struct slice name, struct error *err)
{
    return error_set(err, ERR_RESOURCE_NOT_FOUND, "There is no trigger '%.*s'", SLICE_PRINTF(name));
}

static bool no_such_table(struct slice name, struct error *err)
{
    return error_set(err, ERR_RESOURCE_NOT_FOUND, "There is no table '%.*s'", SLICE_PRINTF(name));
}

static bool cannot(const struct trigger *trigger, struct error *err)
{
    return error_set(err, ERR_RESOURCE_IN_USE, "Trigger '%.*s' is %s", SLICE_PRINTF(trigger->name),
                     trigger_state_name(trigger->state));
}

/* The table's own name, or with a number behind it. */
static bool choose_name(struct storage_tx *tx, struct trigger *trigger, struct arena *arena,
                        struct error *err)
{
    struct slice base = trigger->table;
    struct trigger other;
    bool found = true;
    if (base.size > TRIGGER_NAME_BYTES_MAX - NAME_SUFFIX_BYTES)
        base.size = TRIGGER_NAME_BYTES_MAX - NAME_SUFFIX_BYTES;
    for (int i = 1; found; i++) {
        INVARIANT(i <= NAME_TRIES_MAX);
        trigger->name =
            i == 1 ? base : slice_from_cstr(arena_printf(arena, "%.*s-%d", SLICE_PRINTF(base), i));
        if (!trigger_tx_get(tx, trigger->name, arena, &other, &found, err))
            return false;
    }
    return true;
}

static bool check_name(struct storage_tx *tx, struct trigger *trigger, struct arena *arena, struct error *err)
{
    struct trigger other;
    bool found;
    if (slice_is_none(trigger->name))
        return choose_name(tx, trigger, arena, err);
    if (!trigger_tx_get(tx, trigger->name, arena, &other, &found, err))
        return false;
    return !found || error_set(err, ERR_RESOURCE_IN_USE, "There is a trigger '%.*s' already",
                               SLICE_PRINTF(trigger->name));
}

static bool check_room(struct storage_tx *tx, struct arena *arena, struct error *err)
{
    size_t count;
    if (!trigger_tx_count(tx, arena, &count, err))
        return false;
    return count < TRIGGERS_MAX ||
           error_set(err, ERR_LIMIT_EXCEEDED, "There are %d triggers; that is as many as there may be",
                     TRIGGERS_MAX);
}

/* From where lanes begin that have no position. */
static void set_start(const struct trigger_order *order, struct trigger *trigger)
{
    switch (order->from) {
    case TRIGGER_LATEST:
        trigger->start = (struct stream_position){trigger->epoch, 0};
        return;
    case TRIGGER_TRIM_HORIZON:
        trigger->start = (struct stream_position){0, 0};
        return;
    case TRIGGER_AT_SEQUENCE:
        trigger->start = order->at;
        return;
    }
}

static bool create(struct storage_tx *tx, struct trigger_order *order, struct arena *arena, struct error *err)
{
    struct trigger *trigger = &order->trigger;
    const struct table *table;
    *trigger = order->wanted;
    if (!catalog_tx_table(tx, trigger->table, order->table_id, arena, &table, err))
        return false;
    if (!table)
        return no_such_table(trigger->table, err);
    if (!table->streams[STREAM_SHOWN].enabled)
        return error_set(err, ERR_VALIDATION,
                         "The stream of table '%.*s' is not enabled: its changes are not recorded",
                         SLICE_PRINTF(trigger->table));
    if (!check_room(tx, arena, err) || !check_name(tx, trigger, arena, err))
        return false;
    trigger->id = storage_tx_commit_number(tx);
    trigger->state = TRIGGER_RUNNING;
    trigger->error = SLICE_NONE;
    trigger->created_ms = storage_tx_commit_ms(tx);
    trigger->table_id = table->id;
    trigger->label = table->streams[STREAM_SHOWN].label;
    if (!trigger_tx_new_epoch(tx, trigger, arena, NULL, err))
        return false;
    set_start(order, trigger);
    return trigger_tx_put(tx, trigger, arena, err);
}

static bool reset(struct storage_tx *tx, struct trigger_order *order, struct arena *arena, struct error *err)
{
    struct trigger *trigger = &order->trigger;
    const struct table *table;
    if (trigger->state == TRIGGER_ENDED)
        return cannot(trigger, err);
    if (!catalog_tx_table(tx, trigger->table, trigger->table_id, arena, &table, err))
        return false;
    if (!table)
        return no_such_table(trigger->table, err);
    trigger->label = slice_is_none(order->label) ? table->streams[STREAM_SHOWN].label : order->label;
    trigger->drained = false;
    trigger->counts = (struct trigger_counts){0};
    if (!trigger_tx_new_epoch(tx, trigger, arena, NULL, err))
        return false;
    set_start(order, trigger);
    return trigger_tx_put(tx, trigger, arena, err);
}

static bool set_state(struct storage_tx *tx, struct trigger *trigger, enum trigger_state state,
                      struct arena *arena, struct error *err)
{
    if (trigger->state == TRIGGER_ENDED || (state == TRIGGER_PAUSED && trigger->state == TRIGGER_FAILED))
        return cannot(trigger, err);
    trigger->state = state;
    trigger->error = SLICE_NONE;
    return trigger_tx_put(tx, trigger, arena, err);
}

/* A delivery to Kinesis comes and goes with its destination; one that is not live any more may be given up. */
static bool check_kinesis(struct storage_tx *tx, const struct trigger_order *order, struct arena *arena,
                          struct error *err)
{
    const struct trigger *trigger = &order->trigger;
    const struct table *table;
    if (trigger->target != TRIGGER_KINESIS)
        return true;
    if (order->action == TRIGGER_RESET)
        return error_set(err, ERR_VALIDATION, "A delivery to Kinesis cannot be reset");
    if (order->action != TRIGGER_DELETE)
        return true;
    if (!catalog_tx_table(tx, trigger->table, trigger->table_id, arena, &table, err))
        return false;
    const struct table_stream *stream = table ? &table->streams[STREAM_HIDDEN] : NULL;
    return !stream || !stream->enabled || !slice_equal(stream->label, trigger->label) ||
           error_set(err, ERR_RESOURCE_IN_USE,
                     "This delivery belongs to a Kinesis destination that is enabled: it ends with "
                     "DisableKinesisStreamingDestination");
}

static bool run_order(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct trigger_order *order = (struct trigger_order *)write;
    struct trigger *trigger = &order->trigger;
    struct arena *arena = write->arena;
    bool found;
    if (order->action == TRIGGER_CREATE)
        return create(tx, order, arena, err);
    if (!trigger_tx_get(tx, order->name, arena, trigger, &found, err))
        return false;
    if (!found)
        return no_such_trigger(order->name, err);
    if (!check_kinesis(tx, order, arena, err))
        return false;
    switch (order->action) {
    case TRIGGER_PAUSE:
        return set_state(tx, trigger, TRIGGER_PAUSED, arena, err);
    case TRIGGER_RESUME:
        return set_state(tx, trigger, TRIGGER_RUNNING, arena, err);
    case TRIGGER_RESET:
        return reset(tx, order, arena, err);
    case TRIGGER_DELETE:
        return trigger_tx_delete(tx, trigger, arena, err);
    case TRIGGER_CREATE:
        break;
    }
    UNREACHABLE();
}

/* ------------------------------------------------------------------ what is looked up beforehand */

static bool check_dead_letters(const struct trigger *trigger, const struct catalog_snapshot *snapshot,
                               struct error *err)
{
    if (trigger->dead_letters != TRIGGER_DEAD_TO_TABLE)
        return true;
    const struct table *table = catalog_find(snapshot, trigger->dead_letters_text);
    return table ? dead_letter_check_table(table, err) : no_such_table(trigger->dead_letters_text, err);
}

static bool prepare_create(struct triggers *t, struct trigger_order *order, struct arena *arena,
                           struct error *err)
{
    const struct trigger *wanted = &order->wanted;
    if (wanted->target == TRIGGER_COMMAND && !t->options.commands)
        return error_set(err, ERR_VALIDATION,
                         "The server runs no commands for triggers; it would with --trigger-commands");
    const struct catalog_snapshot *snapshot = catalog_take(t->catalog);
    const struct table *table = catalog_find(snapshot, wanted->table);
    bool ok = table ? check_dead_letters(wanted, snapshot, err) : no_such_table(wanted->table, err);
    if (ok)
        order->table_id = arena_copy(arena, table->id);
    catalog_give(snapshot);
    return ok;
}

struct search {
    const struct trigger_order *order;
    struct slice table_id;
    struct slice label;
};

/* The last one that had begun by then. */
static bool take_stream(void *arg, const struct stream *stream)
{
    struct search *search = arg;
    if (slice_equal(stream->table_id, search->table_id) && stream->kind == STREAM_SHOWN &&
        (slice_is_none(search->label) || stream->generations[0].first_commit <= search->order->at.commit))
        search->label = stream->label;
    return true;
}

static bool take_trigger(void *arg, const struct trigger *trigger, struct error *err)
{
    struct trigger_order *order = arg;
    (void)err;
    if (slice_equal(trigger->name, order->name))
        order->trigger = *trigger;
    return true;
}

/* Which of the table's streams has that number. */
static bool prepare_reset(struct triggers *t, struct trigger_order *order, struct arena *arena,
                          struct error *err)
{
    struct storage_view *view;
    if (order->from != TRIGGER_AT_SEQUENCE)
        return true;
    if (!engine_view(t->engine, arena, &view, err) ||
        !trigger_view_each(view, arena, take_trigger, order, err))
        return false;
    if (slice_is_none(order->trigger.name))
        return no_such_trigger(order->name, err);
    struct search search = {order, order->trigger.table_id, SLICE_NONE};
    if (!stream_each(view, order->trigger.table, NULL, arena, take_stream, &search, err))
        return false;
    order->label = search.label;
    return true;
}

static bool prepare(struct triggers *t, struct trigger_order *order, struct arena *arena, struct error *err)
{
    order->table_id = SLICE_NONE;
    order->label = SLICE_NONE;
    order->trigger = (struct trigger){0};
    if (order->action == TRIGGER_CREATE)
        return prepare_create(t, order, arena, err);
    return order->action != TRIGGER_RESET || prepare_reset(t, order, arena, err);
}

/* ------------------------------------------------------------------ public */

/* On the triggers' thread. */
static void take_order(struct trigger_mail *mail)
{
    struct trigger_order *order =
        (struct trigger_order *)((char *)mail - offsetof(struct trigger_order, mail));
    struct triggers *t = mail->triggers;
    order->next = t->orders;
    t->orders = order;
    triggers_plan(t, 0);
}

static void log_order(const struct trigger_order *order)
{
    static const char *const what[] = {"trigger created", "trigger paused", "trigger resumed",
                                       "trigger reset", "trigger deleted"};
    log_event(LOG_INFO, what[order->action], LOG_SLICE("trigger", order->trigger.name),
              LOG_SLICE("table", order->trigger.table));
}

static void order_done(struct storage_write *write)
{
    struct trigger_order *order = (struct trigger_order *)write;
    order->error = write->error;
    if (order->error.code == ERR_NONE)
        log_order(order);
    if (order->error.code != ERR_NONE || !triggers_post(order->mail.triggers, &order->mail))
        order->done(order);
}

void triggers_order(struct triggers *t, struct trigger_order *order, struct arena *arena)
{
    PRE(order->done);
    order->write = (struct storage_write){.run = run_order, .done = order_done, .arena = arena};
    order->mail = (struct trigger_mail){.take = take_order, .triggers = t};
    error_init(&order->error, arena);
    if (prepare(t, order, arena, &order->error))
        storage_write(t->engine->storage, &order->write);
    else
        order->done(order);
}

static void post(struct trigger_order *order)
{
    sem_post(order->arg);
}

bool triggers_order_wait(struct triggers *t, struct trigger_order *order, struct arena *arena,
                         struct error *err)
{
    sem_t done;
    sem_init(&done, 0, 0);
    order->done = post;
    order->arg = &done;
    triggers_order(t, order, arena);
    while (sem_wait(&done) != 0)
        continue;
    sem_destroy(&done);
    if (order->error.code == ERR_NONE)
        return true;
    return error_set(err, order->error.code, "%s", order->error.message ? order->error.message : "");
}
