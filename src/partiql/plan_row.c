/* What statements show. A column is a member of the row, called as its path from the last name on: `a.b[0]` is `b[0]`. */
#include "partiql/plan_priv.h"

#include "base/contract.h"
#include "expr/update.h"
#include "item/wire.h"

#include <stdlib.h>

struct partiql_column {
    struct slice name;
    const struct expr_step *steps;
    size_t step_count;
};

/* ------------------------------------------------------------------ planning */

static struct slice name_of(const struct planner *p, const struct expr_step *steps, size_t count)
{
    size_t last = count - 1;
    while (slice_is_none(steps[last].name))
        last--;
    if (last == count - 1)
        return steps[last].name;
    struct buf name;
    buf_init(&name, p->arena, steps[last].name.size + 8);
    buf_append(&name, steps[last].name);
    for (size_t i = last + 1; i < count; i++)
        buf_printf(&name, "[%u]", steps[i].index);
    return buf_slice(&name);
}

static void make_column(const struct planner *p, const struct partiql_node *path,
                        struct partiql_column *column)
{
    struct expr_step *steps = ARENA_NEW_ARRAY(p->arena, struct expr_step, path->operand_count + 1);
    struct expr_step room[EXPR_STEPS_MAX];
    column->step_count = condition_path(path, room);
    memcpy(steps, room, column->step_count * sizeof *steps);
    column->steps = steps;
    column->name = name_of(p, steps, column->step_count);
}

static int compare_slices(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static bool check_names(const struct planner *p, const struct partiql_plan *plan)
{
    struct slice *names = ARENA_NEW_ARRAY(p->arena, struct slice, plan->column_count);
    for (size_t i = 0; i < plan->column_count; i++)
        names[i] = plan->columns[i].name;
    qsort(names, plan->column_count, sizeof *names, compare_slices);
    for (size_t i = 1; i < plan->column_count; i++)
        if (slice_equal(names[i - 1], names[i]))
            return restrictions_refuse_column_name(names[i], p->err);
    return true;
}

/* The attributes that columns are parts of, each once: columns may overlap, paths of a projection may not. */
static bool make_projection(const struct planner *p, struct partiql_plan *plan)
{
    struct slice *roots = ARENA_NEW_ARRAY(p->arena, struct slice, plan->column_count);
    struct expr_builder *b = expr_builder_new(EXPR_PROJECTION, p->arena);
    for (size_t i = 0; i < plan->column_count; i++)
        roots[i] = plan->columns[i].steps[0].name;
    qsort(roots, plan->column_count, sizeof *roots, compare_slices);
    for (size_t i = 0; i < plan->column_count; i++) {
        const struct expr_step root = {.name = roots[i]};
        if (i == 0 || !slice_equal(roots[i - 1], roots[i]))
            expr_builder_column(b, &root, 1);
    }
    struct expr *projection;
    if (!expr_builder_end(b, &projection, p->err))
        return false;
    plan->projection = projection;
    return true;
}

bool row_plan(const struct planner *p, struct partiql_plan *plan)
{
    size_t count = 0;
    for (const struct partiql_node *column = p->statement->columns; column; column = column->next)
        count++;
    plan->names_columns = count > 0;
    if (count == 0)
        return true;
    struct partiql_column *columns = ARENA_NEW_ARRAY(p->arena, struct partiql_column, count);
    count = 0;
    for (const struct partiql_node *column = p->statement->columns; column; column = column->next)
        make_column(p, column, &columns[count++]);
    plan->columns = columns;
    plan->column_count = count;
    return check_names(p, plan) && make_projection(p, plan);
}

/* ------------------------------------------------------------------ writing */

static bool column_value(const struct partiql_column *column, const struct value *attributes,
                         struct value *out)
{
    *out = *attributes;
    for (size_t i = 0; i < column->step_count; i++) {
        const struct expr_step *step = &column->steps[i];
        struct value parent = *out;
        if (!slice_is_none(step->name)) {
            if (parent.type != VALUE_M || !value_member(&parent, step->name, out))
                return false;
            continue;
        }
        if (parent.type != VALUE_L || step->index >= parent.count)
            return false;
        value_element(&parent, step->index, out);
    }
    return true;
}

void partiql_write_row(const struct partiql_plan *plan, struct slice item, struct json_writer *w)
{
    struct value attributes;
    if (!plan->names_columns) {
        wire_write_item(w, item);
        return;
    }
    item_attributes(item, &attributes);
    json_begin_object(w);
    for (size_t i = 0; i < plan->column_count; i++) {
        const struct partiql_column *column = &plan->columns[i];
        struct value value;
        if (!column_value(column, &attributes, &value))
            continue;
        json_name(w, column->name);
        wire_write_value(w, &value);
    }
    json_end_object(w);
}

static bool write_whole(struct slice item, struct json_writer *w)
{
    if (slice_is_none(item))
        return false;
    wire_write_item(w, item);
    return true;
}

bool partiql_write_returning(const struct partiql_plan *plan, struct json_writer *w)
{
    const struct item_change *change = &plan->change;
    switch (plan->statement->returning) {
    case PARTIQL_RETURNING_NOTHING:
        return false;
    case PARTIQL_RETURNING_ALL_OLD:
        return write_whole(change->former, w);
    case PARTIQL_RETURNING_ALL_NEW:
        return write_whole(change->after, w);
    case PARTIQL_RETURNING_MODIFIED_OLD:
        return expr_update_write_old(change->update, change->former, w);
    case PARTIQL_RETURNING_MODIFIED_NEW:
        return expr_update_write_new(change->update, change->after, w);
    }
    UNREACHABLE();
}
