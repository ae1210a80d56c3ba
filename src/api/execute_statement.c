/* execute_statement.c - ExecuteStatement: one statement of PartiQL. A SELECT is read page by page (partiql_select.c), any other is a
 * commit of one change. */
#include "api/partiql_select.h"
#include "engine/item_write.h"

struct execute_statement_input {
    struct partiql_input statement;
    struct slice next_token;
    struct optional_enum return_consumed_capacity;
    struct optional_i64 limit;
};

static const struct shape shape_next_token = {.kind = SHAPE_STRING, .range = FROM_TO(1, 32768)};

#define M(field, name, shape, flag) MEMBER(struct execute_statement_input, field, name, shape, flag)
static const struct shape_member members[] = {
    M(statement.statement, "Statement", shape_partiql_text, MEMBER_REQUIRED),
    M(statement.parameters, "Parameters", shape_partiql_parameters, MEMBER_OPTIONAL),
    M(statement.consistent_read, "ConsistentRead", shape_boolean, MEMBER_OPTIONAL),
    M(next_token, "NextToken", shape_next_token, MEMBER_OPTIONAL),
    M(return_consumed_capacity, "ReturnConsumedCapacity", shape_return_consumed_capacity, MEMBER_OPTIONAL),
    M(limit, "Limit", shape_positive_integer, MEMBER_OPTIONAL),
    M(statement.return_values_on_failure, "ReturnValuesOnConditionCheckFailure",
      shape_return_values_on_failure, MEMBER_OPTIONAL),
};
static const struct shape input_shape =
    STRUCTURE(struct execute_statement_input, "ExecuteStatementInput", members);

/* What lasts from the request to the reply. */
struct execute_statement_state {
    struct partiql_job job;
    struct partiql_select select; /* of a SELECT */
    struct item_commit commit;    /* of the others */
};

/* ------------------------------------------------------------------ writes */

static bool reply_failure(struct api_request *q, const struct execute_statement_state *state,
                          struct error *err)
{
    const struct partiql_job *job = &state->job;
    *err = state->commit.storage.error;
    partiql_tell_duplicate(job, err);
    if (err->code == ERR_CONDITIONAL_CHECK_FAILED && partiql_shows_item(job->in) &&
        !slice_is_none(job->plan.change.former))
        show_refusing_item(q, job->plan.change.former);
    return false;
}

static bool reply(struct api_request *q, struct error *err)
{
    const struct execute_statement_input *in = q->input;
    const struct execute_statement_state *state = q->state;
    const struct partiql_job *job = &state->job;
    if (state->commit.storage.error.code != ERR_NONE)
        return reply_failure(q, state, err);
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("Items"));
    json_begin_array(&q->json);
    partiql_write_returning(&job->plan, &q->json);
    json_end_array(&q->json);
    const struct consumed_capacity consumed = partiql_written(job);
    write_consumed(&q->json, in->return_consumed_capacity, &consumed);
    json_end_object(&q->json);
    return true;
}

static void commit_done(struct item_commit *commit)
{
    api_resume(commit->arg, reply);
}

/* A write gives no token, so none can be its own. */
static bool check_no_token(const struct execute_statement_input *in, struct error *err)
{
    return slice_is_none(in->next_token) ||
           error_set(err, ERR_VALIDATION, "NextToken does not match request");
}

static bool write(struct api_request *q, struct execute_statement_state *state, struct error *err)
{
    if (!check_no_token(q->input, err) || !check_no_conflict(q, err))
        return false;
    state->commit =
        (struct item_commit){.changes = &state->job.plan.change, .count = 1, .done = commit_done, .arg = q};
    api_suspend(q);
    item_commit_submit(q->api->options.engine, &state->commit, q->arena);
    return true;
}

/* ------------------------------------------------------------------ request */

static bool read(struct api_request *q, struct execute_statement_state *state, struct error *err)
{
    const struct execute_statement_input *in = q->input;
    state->select = (struct partiql_select){
        .job = &state->job,
        .limit = (uint64_t)in->limit.value,
        .next_token = in->next_token,
        .return_consumed_capacity = in->return_consumed_capacity,
    };
    return partiql_select_start(q, &state->select, err);
}

static bool prepare(struct api_request *q, struct partiql_job *job, struct error *err)
{
    return partiql_take_parameters(q, job, err) && partiql_read(q, job, err) &&
           partiql_refuse_exists(job, err) && partiql_find_table(request_catalog(q), job, err) &&
           partiql_make_plan(q, job, err);
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct execute_statement_input *in = q->input;
    struct execute_statement_state *state = ARENA_NEW(q->arena, struct execute_statement_state);
    state->job.in = &in->statement;
    q->state = state;
    if (!prepare(q, &state->job, err))
        return false;
    return partiql_is_read(&state->job) ? read(q, state, err) : write(q, state, err);
}

const struct api_operation execute_statement_operation = {OPERATION_EXECUTE_STATEMENT, &input_shape, handle};
