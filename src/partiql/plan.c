/* The way in, and SELECT. */
#include "partiql/plan_priv.h"

#include "base/contract.h"

/* ------------------------------------------------------------------ values */

static bool check_where(const struct planner *p)
{
    struct conjuncts where;
    const struct expr *ignored;
    condition_conjuncts(p, &where);
    return condition_make(p, EXPR_CONDITION, &where, GUARD_NOTHING, &ignored);
}

static bool check_written(const struct planner *p)
{
    struct slice item;
    const struct expr *update;
    switch (p->statement->kind) {
    case PARTIQL_INSERT:
        return write_inserted(p, &item);
    case PARTIQL_UPDATE:
        return write_update(p, &update);
    case PARTIQL_SELECT:
    case PARTIQL_DELETE:
    case PARTIQL_EXISTS:
        return true;
    }
    UNREACHABLE();
}

bool partiql_check_values(const struct partiql_statement *statement, const struct value *parameters,
                          struct error *err)
{
    const struct planner p = {
        .statement = statement, .parameters = parameters, .arena = err->arena, .err = err};
    return check_written(&p) && check_where(&p);
}

/* ------------------------------------------------------------------ SELECT */

static bool is_vector_index(const struct table *table, struct slice name)
{
    for (size_t i = 0; i < table->vector_index_count; i++)
        if (slice_equal(table->vector_indexes[i].name, name))
            return true;
    return false;
}

static bool find_source(const struct planner *p, struct item_source *source)
{
    struct slice index = p->statement->target.index;
    source->table = p->table;
    if (slice_is_none(index))
        return true;
    source->index = table_find_index(p->table, index);
    if (source->index)
        return true;
    if (is_vector_index(p->table, index))
        return error_set(p->err, ERR_VALIDATION, "Scan operation not supported on this index type");
    return error_set(p->err, ERR_VALIDATION, "The table does not have the specified index");
}

static bool plan_select(const struct planner *p, struct partiql_plan *plan)
{
    return find_source(p, &plan->source) && restrictions_check_source(&plan->source, p->err) &&
           restrictions_check_columns(p) && row_plan(p, plan) && index_check_columns(p, &plan->source) &&
           access_plan(p, plan);
}

bool partiql_plan(const struct partiql_statement *statement, const struct value *parameters,
                  const struct table *table, struct arena *arena, struct partiql_plan *plan_out,
                  struct error *err)
{
    const struct planner p = {
        .statement = statement, .parameters = parameters, .table = table, .arena = arena, .err = err};
    *plan_out = (struct partiql_plan){.statement = statement, .table = table};
    return statement->kind == PARTIQL_SELECT ? plan_select(&p, plan_out) : write_plan(&p, plan_out);
}
