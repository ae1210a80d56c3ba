/* partiql_statement.h - a PartiQL statement of a request on its way to a plan: what the three operations that run them share.
 * Use:     the shapes; then, in DynamoDB's order, partiql_take_parameters(), partiql_read(), partiql_find_table(),
 *          partiql_make_plan(). ExecuteStatement runs the four one after another; the others do each for all statements before
 *          the next where a fault of one fails them all.
 * Owns:    nothing; everything lives in the request's arena.
 * Errors:  ERR_VALIDATION, ERR_RESOURCE_NOT_FOUND.
 * Source:  semantics.md 18; README.md, PartiQL. */
#ifndef STATOR_API_PARTIQL_STATEMENT_H
#define STATOR_API_PARTIQL_STATEMENT_H

#include "api/api.h"
#include "api/common_shapes.h"
#include "api/item_reply.h"
#include "partiql/plan.h"

/* A statement as it is asked for; ExecuteStatement has these among its own members. */
struct partiql_input {
    struct slice statement;
    LIST_OF(struct request_value) parameters;
    struct optional_bool consistent_read; /* a transaction's statements have none */
    struct optional_enum return_values_on_failure;
};

extern const struct shape shape_partiql_text;
extern const struct shape shape_partiql_parameters;

/* What has become of it. */
struct partiql_job {
    const struct partiql_input *in;
    const struct value *parameters;
    const struct partiql_statement *statement; /* NULL until it is read */
    const struct table *table;                 /* NULL until it is found */
    struct partiql_plan plan;
};

/* Whether the values can be taken: DynamoDB complains of them before it reads the statement. */
[[nodiscard]] bool partiql_take_parameters(struct api_request *q, struct partiql_job *job, struct error *err);
/* Syntax, and what DynamoDB refuses whatever the table. PRE: parameters are taken. */
[[nodiscard]] bool partiql_read(struct api_request *q, struct partiql_job *job, struct error *err);
[[nodiscard]] bool partiql_find_table(const struct catalog_snapshot *catalog, struct partiql_job *job,
                                      struct error *err);
[[nodiscard]] bool partiql_make_plan(struct api_request *q, struct partiql_job *job, struct error *err);

static inline bool partiql_is_read(const struct partiql_job *job)
{
    return job->statement->kind == PARTIQL_SELECT;
}

/* Where EXISTS() has no place. PRE: read. */
[[nodiscard]] bool partiql_refuse_exists(const struct partiql_job *job, struct error *err);

/* Whether a SELECT reads one item by its key and asks for nothing else, as batches and transactions want it. PRE: planned. */
bool partiql_reads_by_key(const struct partiql_job *job);

/* The table as the statement spells it, which is how replies name it. PRE: read. */
static inline struct slice partiql_table_name(const struct partiql_job *job)
{
    return job->statement->target.table;
}

/* What the change consumed that was made for it. */
struct consumed_capacity partiql_written(const struct partiql_job *job);

/* Turns the false condition of an INSERT into what that means. */
void partiql_tell_duplicate(const struct partiql_job *job, struct error *err);

/* Whether a failed condition is to be shown with the item that failed it. */
static inline bool partiql_shows_item(const struct partiql_input *in)
{
    return in->return_values_on_failure.value == RETURN_VALUES_ON_FAILURE_ALL_OLD;
}

/* An item that is shown by a SELECT: for item_read.h. `plan` is the struct partiql_plan. */
void partiql_show_row(const void *plan, struct slice item, struct json_writer *w);

#endif
