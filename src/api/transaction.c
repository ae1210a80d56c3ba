/* Contents: the commit · reasons · faults of requests · tokens · capacity. */
#include "api/transaction.h"

#include "engine/capacity.h"
#include "engine/engine.h"
#include "engine/index.h"
#include "item/item.h"
#include "item/wire.h"

/* ------------------------------------------------------------------ the commit */

static void commit_done(struct item_commit *commit)
{
    struct transaction *transaction = commit->arg;
    api_resume(transaction->request, transaction->then);
}

static const struct error *conflict(struct arena *arena)
{
    struct error *err = ARENA_NEW(arena, struct error);
    error_init(err, arena);
    error_set(err, ERR_TRANSACTION_CONFLICT, "Transaction is ongoing for the item");
    return err;
}

void transaction_submit(struct api_request *q, struct transaction *transaction)
{
    struct engine *engine = q->api->options.engine;
    struct item_commit *commit = &transaction->commit;
    size_t which;
    if (engine_draws_conflict(engine, commit->count, &which))
        commit->changes[which].refusal = conflict(q->arena);
    transaction->request = q;
    commit->done = commit_done;
    commit->arg = transaction;
    api_suspend(q);
    item_commit_submit(engine, commit, q->arena);
}

/* ------------------------------------------------------------------ reasons */

/* Why an item canceled the transaction, if it did. */
struct reason {
    const struct error *error; /* ERR_NONE: it did not */
    struct slice item;         /* to be shown; SLICE_NONE: none is */
    bool inserts;
};

static struct slice reason_code(const struct reason *reason)
{
    if (reason->error->code == ERR_NONE)
        return SLICE("None");
    if (reason->inserts && reason->error->code == ERR_CONDITIONAL_CHECK_FAILED)
        return SLICE("DuplicateItem");
    return error_code_of_part(reason->error->code);
}

static const char *reason_message(const struct reason *reason)
{
    if (reason->inserts && reason->error->code == ERR_CONDITIONAL_CHECK_FAILED)
        return "Duplicate primary key exists in table";
    return reason->error->message;
}

/* Members stand in the order of their names. */
static void write_reason(struct json_writer *w, const struct reason *reason)
{
    json_begin_object(w);
    json_member_string(w, "Code", reason_code(reason));
    if (!slice_is_none(reason->item)) {
        json_name(w, SLICE("Item"));
        wire_write_item(w, reason->item);
    }
    if (reason->error->code != ERR_NONE && reason_message(reason))
        json_member_string(w, "Message", slice_from_cstr(reason_message(reason)));
    json_end_object(w);
}

static void write_reasons(struct api_request *q, const struct reason *reasons, size_t count)
{
    struct buf members;
    struct json_writer w;
    buf_init(&members, q->arena, 256);
    json_writer_init(&w, &members);
    json_name(&w, SLICE("CancellationReasons"));
    json_begin_array(&w);
    for (size_t i = 0; i < count; i++)
        write_reason(&w, &reasons[i]);
    json_end_array(&w);
    q->error_members = buf_slice(&members);
}

static bool cancel(struct api_request *q, const struct reason *reasons, size_t count, struct error *err)
{
    struct buf codes;
    buf_init(&codes, q->arena, 256);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_append_literal(&codes, ", ");
        buf_append(&codes, reason_code(&reasons[i]));
    }
    write_reasons(q, reasons, count);
    return error_set(err, ERR_TRANSACTION_CANCELED,
                     "Transaction cancelled, please refer cancellation reasons for specific reasons [%.*s]",
                     SLICE_PRINTF(buf_slice(&codes)));
}

static struct reason reason_of(const struct transaction *transaction, size_t number)
{
    const struct item_change *change = &transaction->commit.changes[number];
    bool shows = transaction->shows_item && transaction->shows_item[number] &&
                 change->error.code == ERR_CONDITIONAL_CHECK_FAILED;
    return (struct reason){
        .error = &change->error,
        .item = shows ? change->former : SLICE_NONE,
        .inserts = transaction->inserts && transaction->inserts[number],
    };
}

bool transaction_check(struct api_request *q, const struct transaction *transaction, struct error *err)
{
    const struct item_commit *commit = &transaction->commit;
    if (commit->storage.error.code == ERR_NONE)
        return true;
    if (!commit->canceled) {
        *err = commit->storage.error;
        return false;
    }
    struct reason *reasons = ARENA_NEW_ARRAY(q->arena, struct reason, commit->count);
    for (size_t i = 0; i < commit->count; i++)
        reasons[i] = reason_of(transaction, i);
    return cancel(q, reasons, commit->count, err);
}

bool transaction_cancel(struct api_request *q, size_t count, size_t which, const struct error *reason,
                        struct error *err)
{
    static const struct error none = {.code = ERR_NONE};
    struct reason *reasons = ARENA_NEW_ARRAY(q->arena, struct reason, count);
    for (size_t i = 0; i < count; i++)
        reasons[i].error = i == which ? reason : &none;
    return cancel(q, reasons, count, err);
}

bool transaction_cancel_for(struct api_request *q, const struct error *errors, size_t count,
                            struct error *err)
{
    struct reason *reasons = ARENA_NEW_ARRAY(q->arena, struct reason, count);
    for (size_t i = 0; i < count; i++)
        reasons[i].error = &errors[i];
    return cancel(q, reasons, count, err);
}

bool transaction_check_conflict(struct api_request *q, size_t count, struct error *err)
{
    size_t which;
    return !engine_draws_conflict(q->api->options.engine, count, &which) ||
           transaction_cancel(q, count, which, conflict(q->arena), err);
}

/* ------------------------------------------------------------------ faults of requests */

/* Only the texts tell what DynamoDB leaves to those who carry actions out: values that cannot be stored where they are to go.
 * Empty ones ("are not valid") are none of them, nor are items that are too large, or paths into keys. */
bool transaction_is_reason(const struct error *err)
{
    static const struct slice beginnings[] = {
        {"One or more parameter values were invalid", 41},
        {"The provided key element does not match the schema", 50},
        {"The update expression attempted to update the secondary index key", 65},
    };
    if (err->code != ERR_VALIDATION || !err->message)
        return false;
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
        if (slice_starts_with(slice_from_cstr(err->message), beginnings[i]))
            return true;
    return false;
}

bool transaction_check_distinct(const struct item_change *changes, size_t count, struct error *err)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (item_change_same_item(&changes[i], &changes[j]))
                return error_set(err, ERR_VALIDATION,
                                 "Transaction request cannot include multiple operations on one item");
    return true;
}

bool transaction_check_bytes(size_t bytes, struct error *err)
{
    return bytes <= TRANSACTION_BYTES_MAX ||
           error_set(err, ERR_VALIDATION, "Transaction payload size cannot exceed 4 MB");
}

/* ------------------------------------------------------------------ tokens */

const struct request_token *transaction_token(const struct api_request *q, struct slice text,
                                              struct fingerprint *asked)
{
    if (slice_is_none(text))
        return NULL;
    struct request_token *token = ARENA_NEW(q->arena, struct request_token);
    token->scope = q->api->options.account_id;
    token->text = text;
    fingerprint_finish(asked, token->fingerprint);
    return token;
}

/* ------------------------------------------------------------------ capacity */

struct consumed_capacity transaction_read_capacity(struct slice name, struct slice item)
{
    size_t bytes = slice_is_none(item) ? 0 : item_size_bytes(item);
    return (struct consumed_capacity){
        .table_name = name, .table_halves = 2 * capacity_read_halves(bytes, true), .kind = CONSUMED_READING};
}

static struct consumed_capacity written(const struct item_change *change, struct slice name,
                                        struct arena *arena)
{
    size_t indexes = change->index_halves ? index_count(change->table) : 0;
    int64_t *index_halves = ARENA_NEW_ARRAY(arena, int64_t, indexes);
    for (size_t i = 0; i < indexes; i++)
        index_halves[i] = 2 * change->index_halves[i];
    return (struct consumed_capacity){
        .table_name = name,
        .table_halves = 2 * item_change_capacity_halves(change),
        .table = change->table,
        .index_halves = indexes > 0 ? index_halves : NULL,
        .kind = CONSUMED_WRITING,
    };
}

void transaction_write_capacity(struct api_request *q, struct optional_enum mode,
                                const struct transaction *transaction, const struct slice *names)
{
    const struct item_commit *commit = &transaction->commit;
    if (!wants_consumed_capacity(mode))
        return;
    struct consumed_capacity *parts = ARENA_NEW_ARRAY(q->arena, struct consumed_capacity, commit->count);
    for (size_t i = 0; i < commit->count; i++)
        parts[i] = commit->repeated ? transaction_read_capacity(names[i], commit->changes[i].former)
                                    : written(&commit->changes[i], names[i], q->arena);
    write_consumed_list(q, mode, parts, commit->count);
}
