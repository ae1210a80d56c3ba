/* batch_execute_statement.c - BatchExecuteStatement: up to 25 statements of PartiQL, each of which succeeds or fails by itself: all of
 * them read one item each, or all of them write one.
 * Writes: each is a commit of its own, all under way at once; they share their log syncs with whatever else is written. The reply is
 *         written when the last is done.
 * Long:   like a page of Query, the first items are read on the event loop and the rest on a worker.
 * Contents: input · state · checks · entries of the reply · reads · writes. */
#include "api/partiql_statement.h"
#include "base/contract.h"
#include "engine/capacity.h"
#include "engine/item_read.h"
#include "item/item.h"
#include "item/wire.h"

#include <stdatomic.h>

enum { BATCH_STATEMENTS_MAX = 25, COMMIT_ARENA_BYTES = 512 };

/* ------------------------------------------------------------------ input */

struct batch_execute_statement_input {
    LIST_OF(struct partiql_input) statements;
    struct optional_enum return_consumed_capacity;
};

#define S(field, name, shape, flag) MEMBER(struct partiql_input, field, name, shape, flag)
static const struct shape_member statement_members[] = {
    S(statement, "Statement", shape_partiql_text, MEMBER_REQUIRED),
    S(parameters, "Parameters", shape_partiql_parameters, MEMBER_OPTIONAL),
    S(consistent_read, "ConsistentRead", shape_boolean, MEMBER_OPTIONAL),
    S(return_values_on_failure, "ReturnValuesOnConditionCheckFailure", shape_return_values_on_failure,
      MEMBER_OPTIONAL),
};
static const struct shape shape_statement =
    STRUCTURE(struct partiql_input, "BatchStatementRequest", statement_members);
static const struct shape shape_statements =
    LIST(struct partiql_input, shape_statement, FROM_TO(1, BATCH_STATEMENTS_MAX));

#define M(field, name, shape, flag) MEMBER(struct batch_execute_statement_input, field, name, shape, flag)
static const struct shape_member members[] = {
    M(statements, "Statements", shape_statements, MEMBER_REQUIRED),
    M(return_consumed_capacity, "ReturnConsumedCapacity", shape_return_consumed_capacity, MEMBER_OPTIONAL),
};
static const struct shape input_shape =
    STRUCTURE(struct batch_execute_statement_input, "BatchExecuteStatementInput", members);

/* ------------------------------------------------------------------ state */

struct batch;

struct batch_statement {
    struct partiql_job job;
    struct error error; /* why it was not carried out, or failed; ERR_NONE */
    bool carried_out;   /* with whatever outcome: its reply names the table */
    struct consumed_capacity consumed;
    /* Of a write. */
    struct batch *batch;
    struct item_commit commit;
    struct arena arena; /* the commit's: the store works on one while the next is submitted */
};

struct batch {
    struct api_request *request;
    struct batch_statement *statements;
    size_t count;
    struct storage_view *view; /* of reads */
    size_t done;               /* entries of the reply that are written */
    size_t bytes;              /* of the items read */
    _Atomic size_t under_way;  /* commits */
};

static bool failed(const struct batch_statement *s)
{
    return s->error.code != ERR_NONE;
}

static struct batch *batch_new(struct api_request *q, const struct batch_execute_statement_input *in)
{
    struct batch *batch = ARENA_NEW(q->arena, struct batch);
    batch->request = q;
    batch->count = in->statements.count;
    batch->statements = ARENA_NEW_ARRAY(q->arena, struct batch_statement, batch->count);
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_statement *s = &batch->statements[i];
        s->batch = batch;
        s->job.in = &in->statements.at[i];
        error_init(&s->error, q->arena);
    }
    return batch;
}

/* ------------------------------------------------------------------ checks */

static void read_statement(struct api_request *q, struct batch_statement *s)
{
    bool good = partiql_take_parameters(q, &s->job, &s->error) && partiql_read(q, &s->job, &s->error) &&
                partiql_refuse_exists(&s->job, &s->error);
    INVARIANT(good == !failed(s));
}

/* A statement that cannot be read is neither a read nor a write. *reads_out: they are reads, or there is none. */
static bool check_not_mixed(const struct batch *batch, bool *reads_out, struct error *err)
{
    bool reads = false, writes = false;
    for (size_t i = 0; i < batch->count; i++) {
        const struct partiql_job *job = &batch->statements[i].job;
        if (!job->statement || job->statement->kind == PARTIQL_EXISTS)
            continue;
        reads = reads || partiql_is_read(job);
        writes = writes || !partiql_is_read(job);
    }
    *reads_out = !writes;
    return !(reads && writes) ||
           error_set(err, ERR_VALIDATION,
                     "Read and write requests together in the same batch is not supported.");
}

static bool check_reads_by_key(const struct partiql_job *job, struct error *err)
{
    return !partiql_is_read(job) || partiql_reads_by_key(job) ||
           error_set(err, ERR_VALIDATION,
                     "Select statements within BatchExecuteStatement must specify the primary key in the "
                     "where clause.");
}

static void plan_statement(struct api_request *q, const struct catalog_snapshot *catalog,
                           struct batch_statement *s)
{
    bool good = partiql_find_table(catalog, &s->job, &s->error) && partiql_make_plan(q, &s->job, &s->error) &&
                check_reads_by_key(&s->job, &s->error);
    INVARIANT(good == !failed(s));
}

static bool same_item(const struct batch_statement *a, const struct batch_statement *b)
{
    const struct storage_key *x = &a->job.plan.key, *y = &b->job.plan.key;
    return x->space == y->space && slice_equal(x->partition, y->partition) && slice_equal(x->sort, y->sort);
}

static bool check_distinct(const struct batch *batch, struct error *err)
{
    for (size_t i = 1; i < batch->count; i++)
        for (size_t j = 0; j < i && !failed(&batch->statements[i]); j++)
            if (!failed(&batch->statements[j]) && same_item(&batch->statements[i], &batch->statements[j]))
                return error_set(err, ERR_VALIDATION, "Provided list of item keys contains duplicates");
    return true;
}

static bool prepare(struct api_request *q, struct batch *batch, bool *reads_out, struct error *err)
{
    const struct catalog_snapshot *catalog = request_catalog(q);
    for (size_t i = 0; i < batch->count; i++)
        read_statement(q, &batch->statements[i]);
    if (!check_not_mixed(batch, reads_out, err))
        return false;
    for (size_t i = 0; i < batch->count; i++)
        if (!failed(&batch->statements[i]))
            plan_statement(q, catalog, &batch->statements[i]);
    return check_distinct(batch, err);
}

/* ------------------------------------------------------------------ entries of the reply */

static void write_error(struct json_writer *w, const struct batch_statement *s)
{
    const struct item_change *change = &s->job.plan.change;
    json_name(w, SLICE("Error"));
    json_begin_object(w);
    json_member_string(w, "Code", error_code_of_part(s->error.code));
    if (s->error.code == ERR_CONDITIONAL_CHECK_FAILED && partiql_shows_item(s->job.in) &&
        !slice_is_none(change->former)) {
        json_name(w, SLICE("Item"));
        wire_write_item(w, change->former);
    }
    const char *message =
        error_code_http_status(s->error.code) >= 500 ? "Internal server error" : s->error.message;
    if (message)
        json_member_string(w, "Message", slice_from_cstr(message));
    json_end_object(w);
}

/* `item`: what a SELECT found; SLICE_NONE: nothing. */
static void write_shown(struct json_writer *w, const struct batch_statement *s, struct slice item)
{
    struct json_mark before = json_mark(w);
    json_name(w, SLICE("Item"));
    if (!partiql_is_read(&s->job)) {
        if (!partiql_write_returning(&s->job.plan, w))
            json_rewind(w, before);
        return;
    }
    if (slice_is_none(item))
        json_rewind(w, before);
    else
        partiql_write_row(&s->job.plan, item, w);
}

static void write_entry(struct json_writer *w, const struct batch_statement *s, struct slice item)
{
    json_begin_object(w);
    if (failed(s))
        write_error(w, s);
    else
        write_shown(w, s, item);
    if (s->carried_out)
        json_member_string(w, "TableName", partiql_table_name(&s->job));
    json_end_object(w);
}

static void begin_reply(struct api_request *q)
{
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("Responses"));
    json_begin_array(&q->json);
}

static void end_reply(struct api_request *q, const struct batch *batch)
{
    const struct batch_execute_statement_input *in = q->input;
    struct consumed_capacity *parts = ARENA_NEW_ARRAY(q->arena, struct consumed_capacity, batch->count);
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++)
        if (batch->statements[i].carried_out)
            parts[count++] = batch->statements[i].consumed;
    json_end_array(&q->json);
    write_consumed_list(q, in->return_consumed_capacity, parts, count);
    json_end_object(&q->json);
}

/* ------------------------------------------------------------------ reads */

static bool read_next(struct api_request *q, struct batch *batch, struct error *err)
{
    struct batch_statement *s = &batch->statements[batch->done++];
    struct slice item = SLICE_NONE;
    if (!failed(s)) {
        if (!item_get(batch->view, &s->job.plan.key, q->arena, &item, err))
            return false;
        size_t size = slice_is_none(item) ? 0 : item_size_bytes(item);
        batch->bytes += size;
        s->carried_out = true;
        s->consumed = (struct consumed_capacity){
            .table_name = partiql_table_name(&s->job),
            .table_halves = capacity_read_halves(size, s->job.in->consistent_read.value)};
    }
    write_entry(&q->json, s, item);
    return true;
}

/* Until all is read, or `bytes` in all. */
static bool read_until(struct api_request *q, struct batch *batch, size_t bytes, struct error *err)
{
    while (batch->done < batch->count && batch->bytes < bytes)
        if (!read_next(q, batch, err))
            return false;
    return true;
}

static bool read_rest(struct api_request *q, struct error *err)
{
    if (!read_until(q, q->state, SIZE_MAX, err))
        return false;
    end_reply(q, q->state);
    return true;
}

static bool read_all(struct api_request *q, struct batch *batch, struct error *err)
{
    struct engine *engine = q->api->options.engine;
    if (!engine_view(engine, q->arena, &batch->view, err))
        return false;
    begin_reply(q);
    if (!read_until(q, batch, ITEM_PAGE_STEP_BYTES, err))
        return false;
    if (batch->done < batch->count)
        return api_offload(q, engine->workers, read_rest);
    end_reply(q, batch);
    return true;
}

/* ------------------------------------------------------------------ writes */

/* A change that was refused would have cost what the item is now, or what an INSERT brought. */
static struct consumed_capacity refused(const struct partiql_job *job)
{
    const struct item_change *change = &job->plan.change;
    size_t former = slice_is_none(change->former) ? 0 : item_size_bytes(change->former);
    size_t brought = change->action == ITEM_PUT ? item_size_bytes(change->item) : 0;
    return (struct consumed_capacity){.table_name = partiql_table_name(job),
                                      .refused_halves =
                                          capacity_write_halves(former > brought ? former : brought)};
}

static void take_outcome(struct batch_statement *s)
{
    if (failed(s))
        return;
    s->carried_out = true;
    s->error = s->commit.storage.error;
    partiql_tell_duplicate(&s->job, &s->error);
    s->consumed = failed(s) ? refused(&s->job) : partiql_written(&s->job);
}

/* That the store takes no writes at all is no matter of single statements: clients are to try again. */
static bool check_store(const struct batch *batch, struct error *err)
{
    for (size_t i = 0; i < batch->count; i++)
        if (!failed(&batch->statements[i]) || error_code_http_status(batch->statements[i].error.code) < 500)
            return true;
    *err = batch->statements[0].error;
    return false;
}

static bool reply(struct api_request *q, struct error *err)
{
    struct batch *batch = q->state;
    for (size_t i = 0; i < batch->count; i++)
        take_outcome(&batch->statements[i]);
    if (!check_store(batch, err))
        return false;
    begin_reply(q);
    for (size_t i = 0; i < batch->count; i++)
        write_entry(&q->json, &batch->statements[i], SLICE_NONE);
    end_reply(q, batch);
    return true;
}

/* On a thread of the store; the last one brings the request back. */
static void commit_done(struct item_commit *commit)
{
    struct batch *batch = commit->arg;
    if (atomic_fetch_sub(&batch->under_way, 1) == 1)
        api_resume(batch->request, reply);
}

static void release_arena(void *arena)
{
    arena_release(arena);
}

static void submit(struct api_request *q, struct batch_statement *s)
{
    arena_init(&s->arena, COMMIT_ARENA_BYTES);
    arena_cleanup_add(q->arena, release_arena, &s->arena);
    s->commit = (struct item_commit){
        .changes = &s->job.plan.change, .count = 1, .done = commit_done, .arg = s->batch};
    item_commit_submit(q->api->options.engine, &s->commit, &s->arena);
}

/* Nothing of the batch may be touched once its last commit is submitted: the reply may be on its way. */
static bool write_all(struct api_request *q, struct batch *batch, struct error *err)
{
    size_t last = 0, count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_statement *s = &batch->statements[i];
        if (failed(s) || !check_no_conflict(q, &s->error))
            continue;
        last = i;
        count++;
    }
    if (count == 0)
        return reply(q, err);
    atomic_store(&batch->under_way, count);
    api_suspend(q);
    for (size_t i = 0; i <= last; i++)
        if (!failed(&batch->statements[i]))
            submit(q, &batch->statements[i]);
    return true;
}

/* ------------------------------------------------------------------ request */

static bool handle(struct api_request *q, struct error *err)
{
    struct batch *batch = batch_new(q, q->input);
    bool reads;
    q->state = batch;
    return prepare(q, batch, &reads, err) && (reads ? read_all(q, batch, err) : write_all(q, batch, err));
}

const struct api_operation batch_execute_statement_operation = {OPERATION_BATCH_EXECUTE_STATEMENT,
                                                                &input_shape, handle};
