#include "api/partiql_statement.h"

#include "api/legacy_priv.h"
#include "base/contract.h"

const struct shape shape_partiql_text = {.kind = SHAPE_STRING, .range = FROM_TO(1, PARTIQL_TEXT_MAX)};
const struct shape shape_partiql_parameters = LIST(struct request_value, shape_attribute_value, AT_LEAST(1));

bool partiql_take_parameters(struct api_request *q, struct partiql_job *job, struct error *err)
{
    size_t count = job->in->parameters.count;
    struct value *values = ARENA_NEW_ARRAY(q->arena, struct value, count);
    for (size_t i = 0; i < count; i++) {
        const struct request_value *given = &job->in->parameters.at[i];
        if (!legacy_check_value(given, err))
            return false;
        values[i] = given->value;
    }
    job->parameters = values;
    return true;
}

bool partiql_read(struct api_request *q, struct partiql_job *job, struct error *err)
{
    return partiql_parse(job->in->statement, q->arena, &job->statement, err) &&
           partiql_check(job->statement, job->in->parameters.count, err) &&
           partiql_check_values(job->statement, job->parameters, err);
}

bool partiql_find_table(const struct catalog_snapshot *catalog, struct partiql_job *job, struct error *err)
{
    return catalog_use(catalog, partiql_table_name(job), &job->table, err);
}

bool partiql_make_plan(struct api_request *q, struct partiql_job *job, struct error *err)
{
    return partiql_plan(job->statement, job->parameters, job->table, q->arena, &job->plan, err);
}

bool partiql_refuse_exists(const struct partiql_job *job, struct error *err)
{
    return job->statement->kind != PARTIQL_EXISTS ||
           error_set(err, ERR_VALIDATION, "EXISTS can only be used in ExecuteTransaction write requests.");
}

bool partiql_reads_by_key(const struct partiql_job *job)
{
    PRE(partiql_is_read(job));
    return job->plan.has_key && !job->plan.filter && !job->plan.source.index;
}

struct consumed_capacity partiql_written(const struct partiql_job *job)
{
    const struct item_change *change = &job->plan.change;
    return (struct consumed_capacity){
        .table_name = partiql_table_name(job),
        .table_halves = item_change_capacity_halves(change),
        .table = change->table,
        .index_halves = change->index_halves,
    };
}

void partiql_tell_duplicate(const struct partiql_job *job, struct error *err)
{
    if (job->statement->kind == PARTIQL_INSERT && err->code == ERR_CONDITIONAL_CHECK_FAILED)
        error_set(err, ERR_DUPLICATE_ITEM, "Duplicate primary key exists in table");
}

void partiql_show_row(const void *plan, struct slice item, struct json_writer *w)
{
    partiql_write_row(plan, item, w);
}
