/* execute_transaction.c - ExecuteTransaction: up to 100 statements of PartiQL, all of them or none: each reads one item, or each
 * writes or checks one.
 * Order:   values of parameters, whichever statement has them; then syntax, statement by statement; reads beside writes. Then, statement
 *          by statement, what is wrong with it in view of its table. Most of that fails the request, and says which statement it
 *          was. But a missing table, and what is wrong with the item itself (partiql/plan.h, refusal), cancel the transaction: of
 *          those all are told, unless a statement behind them fails the request. Then items that are named twice. Then what is
 *          found out by carrying it out: all of that is told.
 * Source:  semantics.md 11, 18; README.md, PartiQL.
 * Contents: input · state · checks · reads · writes. */
#include "api/partiql_statement.h"
#include "api/transaction.h"
#include "engine/item_read.h"
#include "item/item.h"

/* ------------------------------------------------------------------ input */

struct execute_transaction_input {
    LIST_OF(struct partiql_input) statements;
    struct slice client_request_token;
    struct optional_enum return_consumed_capacity;
};

#define S(field, name, shape, flag) MEMBER(struct partiql_input, field, name, shape, flag)
static const struct shape_member statement_members[] = {
    S(statement, "Statement", shape_partiql_text, MEMBER_REQUIRED),
    S(parameters, "Parameters", shape_partiql_parameters, MEMBER_OPTIONAL),
    S(return_values_on_failure, "ReturnValuesOnConditionCheckFailure", shape_return_values_on_failure,
      MEMBER_OPTIONAL),
};
static const struct shape shape_statement =
    STRUCTURE(struct partiql_input, "ParameterizedStatement", statement_members);
static const struct shape shape_statements =
    LIST(struct partiql_input, shape_statement, FROM_TO(1, TRANSACTION_ITEMS_MAX));
static const struct shape shape_client_request_token = {.kind = SHAPE_STRING, .range = FROM_TO(1, 36)};

#define M(field, name, shape, flag) MEMBER(struct execute_transaction_input, field, name, shape, flag)
static const struct shape_member members[] = {
    M(statements, "TransactStatements", shape_statements, MEMBER_REQUIRED),
    M(client_request_token, "ClientRequestToken", shape_client_request_token, MEMBER_OPTIONAL),
    M(return_consumed_capacity, "ReturnConsumedCapacity", shape_return_consumed_capacity, MEMBER_OPTIONAL),
};
static const struct shape input_shape =
    STRUCTURE(struct execute_transaction_input, "ExecuteTransactionInput", members);

/* ------------------------------------------------------------------ state */

struct execution {
    struct partiql_job *jobs;
    struct error *reasons; /* of each: why it cancels the transaction; ERR_NONE: it does not */
    struct slice *names;   /* of each: its table */
    size_t count;
    bool reads;
    struct item_change *items; /* of each: what it does, or which item it reads */
    /* Of reads. */
    struct storage_view *view;
    struct consumed_capacity *consumed;
    size_t done;
    size_t bytes;
    /* Of writes. */
    struct transaction transaction;
};

static struct execution *execution_new(struct api_request *q, const struct execute_transaction_input *in)
{
    struct execution *e = ARENA_NEW(q->arena, struct execution);
    size_t count = in->statements.count;
    *e = (struct execution){
        .jobs = ARENA_NEW_ARRAY(q->arena, struct partiql_job, count),
        .reasons = ARENA_NEW_ARRAY(q->arena, struct error, count),
        .names = ARENA_NEW_ARRAY(q->arena, struct slice, count),
        .items = ARENA_NEW_ARRAY(q->arena, struct item_change, count),
        .consumed = ARENA_NEW_ARRAY(q->arena, struct consumed_capacity, count),
        .count = count,
    };
    for (size_t i = 0; i < count; i++) {
        e->jobs[i].in = &in->statements.at[i];
        error_init(&e->reasons[i], q->arena);
    }
    return e;
}

/* ------------------------------------------------------------------ checks */

static bool fail_in_statement(size_t number, struct error *err)
{
    if (err->code != ERR_VALIDATION)
        return false;
    return error_set(err, ERR_VALIDATION, "Validation failed in TransactStatements[%zu]: %s", number,
                     err->message);
}

static bool take_parameters(struct api_request *q, struct execution *e, struct error *err)
{
    for (size_t i = 0; i < e->count; i++)
        if (!partiql_take_parameters(q, &e->jobs[i], err))
            return false;
    return true;
}

static bool read_statements(struct api_request *q, struct execution *e, struct error *err)
{
    for (size_t i = 0; i < e->count; i++) {
        if (!partiql_read(q, &e->jobs[i], err))
            return fail_in_statement(i, err);
        e->names[i] = partiql_table_name(&e->jobs[i]);
    }
    return true;
}

static bool check_not_mixed(struct execution *e, struct error *err)
{
    size_t reads = 0;
    for (size_t i = 0; i < e->count; i++)
        reads += partiql_is_read(&e->jobs[i]);
    e->reads = reads > 0;
    return reads == 0 || reads == e->count ||
           error_set(err, ERR_VALIDATION,
                     "ExecuteTransaction API does not support both read and write operations in the same "
                     "request.");
}

/* What a transaction takes of a statement. */
static bool check_statement(const struct partiql_statement *statement, struct error *err)
{
    if (statement->returning != PARTIQL_RETURNING_NOTHING)
        return error_set(err, ERR_VALIDATION, "RETURNING clause is not supported in ExecuteTransaction.");
    if (statement->kind == PARTIQL_SELECT && !slice_is_none(statement->target.index))
        return error_set(err, ERR_VALIDATION, "Reads on indices are not supported within transactions.");
    return true;
}

static bool check_reads_by_key(const struct partiql_job *job, struct error *err)
{
    return !partiql_is_read(job) || partiql_reads_by_key(job) ||
           error_set(err, ERR_VALIDATION,
                     "Select statements within ExecuteTransaction must specify the primary key in the where "
                     "clause.");
}

/* false: the request fails. */
static bool plan_statement(struct api_request *q, const struct catalog_snapshot *catalog,
                           struct partiql_job *job, struct error *reason, struct error *err)
{
    if (!partiql_find_table(catalog, job, reason))
        return true;
    if (!check_statement(job->statement, err))
        return false;
    if (partiql_make_plan(q, job, err))
        return check_reads_by_key(job, err);
    if (!job->plan.refusal)
        return false;
    error_set(reason, ERR_VALIDATION, "%s", job->plan.refusal);
    return true;
}

static bool plan_statements(struct api_request *q, struct execution *e, struct error *err)
{
    const struct catalog_snapshot *catalog = request_catalog(q);
    bool canceled = false;
    for (size_t i = 0; i < e->count; i++) {
        struct partiql_job *job = &e->jobs[i];
        if (!plan_statement(q, catalog, job, &e->reasons[i], err))
            return fail_in_statement(i, err);
        canceled = canceled || e->reasons[i].code != ERR_NONE;
        e->items[i] =
            e->reads ? (struct item_change){.table = job->table, .key = job->plan.key} : job->plan.change;
    }
    if (canceled)
        return transaction_cancel_for(q, e->reasons, e->count, err);
    return transaction_check_distinct(e->items, e->count, err);
}

static bool prepare(struct api_request *q, struct execution *e, struct error *err)
{
    return take_parameters(q, e, err) && read_statements(q, e, err) && check_not_mixed(e, err) &&
           plan_statements(q, e, err);
}

/* ------------------------------------------------------------------ reads */

static void write_response(struct api_request *q, const struct partiql_job *job, struct slice item)
{
    json_begin_object(&q->json);
    if (!slice_is_none(item)) {
        json_name(&q->json, SLICE("Item"));
        partiql_write_row(&job->plan, item, &q->json);
    }
    json_end_object(&q->json);
}

static bool read_next(struct api_request *q, struct execution *e, struct error *err)
{
    size_t i = e->done++;
    struct slice item;
    if (!item_get(e->view, &e->items[i].key, q->arena, &item, err))
        return false;
    e->bytes += slice_is_none(item) ? 0 : item_size_bytes(item);
    if (!transaction_check_bytes(e->bytes, err))
        return false;
    e->consumed[i] = transaction_read_capacity(e->names[i], item);
    write_response(q, &e->jobs[i], item);
    return true;
}

/* Until all is read, or `bytes` in all. */
static bool read_until(struct api_request *q, struct execution *e, size_t bytes, struct error *err)
{
    while (e->done < e->count && e->bytes < bytes)
        if (!read_next(q, e, err))
            return false;
    return true;
}

static void begin_reply(struct api_request *q)
{
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("Responses"));
    json_begin_array(&q->json);
}

static void end_read_reply(struct api_request *q, const struct execution *e)
{
    const struct execute_transaction_input *in = q->input;
    json_end_array(&q->json);
    write_consumed_list(q, in->return_consumed_capacity, e->consumed, e->count);
    json_end_object(&q->json);
}

static bool read_rest(struct api_request *q, struct error *err)
{
    if (!read_until(q, q->state, SIZE_MAX, err))
        return false;
    end_read_reply(q, q->state);
    return true;
}

/* All from one instant. A token has nothing to protect here: reading twice does no harm. */
static bool read_all(struct api_request *q, struct execution *e, struct error *err)
{
    struct engine *engine = q->api->options.engine;
    if (!transaction_check_conflict(q, e->count, err) || !engine_view(engine, q->arena, &e->view, err))
        return false;
    begin_reply(q);
    if (!read_until(q, e, ITEM_PAGE_STEP_BYTES, err))
        return false;
    if (e->done < e->count)
        return api_offload(q, engine->workers, read_rest);
    end_read_reply(q, e);
    return true;
}

/* ------------------------------------------------------------------ writes */

/* A reply to writes has no entries for them. */
static bool reply(struct api_request *q, struct error *err)
{
    const struct execute_transaction_input *in = q->input;
    const struct execution *e = q->state;
    if (!transaction_check(q, &e->transaction, err))
        return false;
    begin_reply(q);
    json_end_array(&q->json);
    transaction_write_capacity(q, in->return_consumed_capacity, &e->transaction, e->names);
    json_end_object(&q->json);
    return true;
}

static const struct request_token *token_of(struct api_request *q, const struct execution *e)
{
    const struct execute_transaction_input *in = q->input;
    struct fingerprint asked;
    fingerprint_init(&asked);
    fingerprint_add(&asked, q->info->name);
    for (size_t i = 0; i < e->count; i++) {
        const struct partiql_job *job = &e->jobs[i];
        fingerprint_add(&asked, job->in->statement);
        fingerprint_add_number(&asked, job->in->parameters.count);
        for (size_t j = 0; j < job->in->parameters.count; j++)
            fingerprint_add(&asked, job->parameters[j].encoded);
        fingerprint_add_number(&asked, partiql_shows_item(job->in));
    }
    return transaction_token(q, in->client_request_token, &asked);
}

/* What a statement brings: an item, or values. */
static size_t statement_bytes(const struct partiql_job *job)
{
    size_t bytes = 0;
    if (job->plan.change.action == ITEM_PUT)
        return item_size_bytes(job->plan.change.item);
    for (size_t i = 0; i < job->in->parameters.count; i++)
        bytes += value_size_bytes(&job->parameters[i]);
    return bytes;
}

static bool check_bytes(const struct execution *e, struct error *err)
{
    size_t bytes = 0;
    for (size_t i = 0; i < e->count; i++)
        bytes += statement_bytes(&e->jobs[i]);
    return transaction_check_bytes(bytes, err);
}

static bool write_all(struct api_request *q, struct execution *e, struct error *err)
{
    bool *shows_item = ARENA_NEW_ARRAY(q->arena, bool, e->count);
    bool *inserts = ARENA_NEW_ARRAY(q->arena, bool, e->count);
    for (size_t i = 0; i < e->count; i++) {
        shows_item[i] = partiql_shows_item(e->jobs[i].in);
        inserts[i] = e->jobs[i].statement->kind == PARTIQL_INSERT;
    }
    if (!check_bytes(e, err))
        return false;
    e->transaction = (struct transaction){
        .commit = {.changes = e->items, .count = e->count, .token = token_of(q, e)},
        .shows_item = shows_item,
        .inserts = inserts,
        .then = reply,
    };
    transaction_submit(q, &e->transaction);
    return true;
}

/* ------------------------------------------------------------------ request */

static bool handle(struct api_request *q, struct error *err)
{
    struct execution *e = execution_new(q, q->input);
    q->state = e;
    return prepare(q, e, err) && (e->reads ? read_all(q, e, err) : write_all(q, e, err));
}

const struct api_operation execute_transaction_operation = {OPERATION_EXECUTE_TRANSACTION, &input_shape,
                                                            handle};
