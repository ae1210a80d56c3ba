#include "partiql/plan_priv.h"

#include "base/contract.h"
#include "item/value_builder.h"

#include <strings.h>

/* ------------------------------------------------------------------ names */

bool condition_function(struct slice name, enum expr_op *op_out)
{
    static const enum expr_op functions[] = {OP_SIZE,           OP_ATTRIBUTE_EXISTS, OP_ATTRIBUTE_NOT_EXISTS,
                                             OP_ATTRIBUTE_TYPE, OP_BEGINS_WITH,      OP_CONTAINS};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        const char *text = expr_op_text(functions[i]);
        if (strlen(text) == name.size && strncasecmp(text, name.data, name.size) == 0) {
            *op_out = functions[i];
            return true;
        }
    }
    return false;
}

/* Of PartiQL's types those that are stored as one type and as nothing else. */
int condition_type_named(struct slice name)
{
    static const struct {
        struct slice name;
        enum value_type type;
    } types[] = {
        {{"NULL", 4}, VALUE_NULL}, {{"BOOLEAN", 7}, VALUE_BOOL}, {{"DECIMAL", 7}, VALUE_N},
        {{"NUMERIC", 7}, VALUE_N}, {{"STRING", 6}, VALUE_S},     {{"BLOB", 4}, VALUE_B},
        {{"LIST", 4}, VALUE_L},    {{"STRUCT", 6}, VALUE_M},     {{"TUPLE", 5}, VALUE_M},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (slice_equal(types[i].name, name))
            return (int)types[i].type;
    return CONDITION_TYPE_NONE;
}

static bool comparator_of(enum partiql_kind kind, enum expr_op *op_out)
{
    static const enum expr_op comparators[] = {OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE};
    if (kind < PARTIQL_EQ || kind > PARTIQL_GE)
        return false;
    *op_out = comparators[kind - PARTIQL_EQ];
    return true;
}

bool condition_is(const struct partiql_node *node)
{
    enum expr_op op;
    if (node->kind == PARTIQL_CALL)
        return condition_function(node->text, &op) && expr_op_is_condition(op);
    return (node->kind >= PARTIQL_OR && node->kind <= PARTIQL_LIKE);
}

/* ------------------------------------------------------------------ paths */

size_t condition_path(const struct partiql_node *path, struct expr_step steps[EXPR_STEPS_MAX])
{
    PRE(path->kind == PARTIQL_PATH && path->operand_count < EXPR_STEPS_MAX);
    size_t count = 0;
    steps[count++] = (struct expr_step){.name = path->text};
    for (const struct partiql_node *step = path->operands; step; step = step->next) {
        bool is_index = step->kind == PARTIQL_STEP_INDEX;
        steps[count++] = (struct expr_step){.name = is_index ? SLICE_NONE : step->text,
                                            .index = is_index ? step->number : 0};
    }
    return count;
}

bool condition_same_path(const struct partiql_node *a, const struct partiql_node *b)
{
    if (!slice_equal(a->text, b->text) || a->operand_count != b->operand_count)
        return false;
    const struct partiql_node *y = b->operands;
    for (const struct partiql_node *x = a->operands; x; x = x->next, y = y->next)
        if (x->kind != y->kind ||
            (x->kind == PARTIQL_STEP_INDEX ? x->number != y->number : !slice_equal(x->text, y->text)))
            return false;
    return true;
}

/* ------------------------------------------------------------------ taking apart */

static size_t count_conjuncts(const struct partiql_node *node)
{
    if (node->kind != PARTIQL_AND)
        return 1;
    size_t count = 0;
    for (const struct partiql_node *operand = node->operands; operand; operand = operand->next)
        count += count_conjuncts(operand);
    return count;
}

static void add_conjuncts(const struct partiql_node *node, struct conjuncts *out)
{
    if (node->kind != PARTIQL_AND) {
        out->at[out->count++] = node;
        return;
    }
    for (const struct partiql_node *operand = node->operands; operand; operand = operand->next)
        add_conjuncts(operand, out);
}

void condition_conjuncts(const struct planner *p, struct conjuncts *out)
{
    const struct partiql_node *where = p->statement->where;
    *out = (struct conjuncts){.count = 0};
    if (!where)
        return;
    out->at = ARENA_NEW_ARRAY(p->arena, const struct partiql_node *, count_conjuncts(where));
    add_conjuncts(where, out);
}

/* ------------------------------------------------------------------ building */

struct condition_maker {
    const struct planner *p;
    struct expr_builder *builder;
};

static bool add_condition(struct condition_maker *m, const struct partiql_node *node);

static void add_path(struct condition_maker *m, const struct partiql_node *path)
{
    struct expr_step steps[EXPR_STEPS_MAX];
    expr_builder_path(m->builder, steps, condition_path(path, steps));
}

static bool add_operand(struct condition_maker *m, const struct partiql_node *node)
{
    if (node->kind == PARTIQL_PATH) {
        add_path(m, node);
        return true;
    }
    if (literal_is_constant(node)) {
        struct value value;
        if (!literal_value(m->p, node, &value))
            return false;
        expr_builder_value(m->builder, &value);
        return true;
    }
    if (condition_is(node))
        return add_condition(m, node);
    if (!add_operand(m, node->operands))
        return false;
    expr_builder_operator(m->builder, OP_SIZE, 1);
    return true;
}

static bool add_operator(struct condition_maker *m, enum expr_op op, const struct partiql_node *node)
{
    for (const struct partiql_node *operand = node->operands; operand; operand = operand->next)
        if (!add_operand(m, operand))
            return false;
    expr_builder_operator(m->builder, op, node->operand_count);
    return true;
}

/* The members of the list or set that the parameter holds. */
static bool add_members(struct condition_maker *m, const struct partiql_node *parameter, size_t *count_out)
{
    const struct value *list = &m->p->parameters[parameter->number];
    if (list->type < VALUE_SS || list->type == VALUE_M)
        return restrictions_refuse(m->p, parameter);
    for (uint32_t i = 0; i < list->count; i++) {
        struct value member;
        value_element(list, i, &member);
        expr_builder_value(m->builder, &member);
    }
    *count_out = list->count;
    return true;
}

static bool add_in(struct condition_maker *m, const struct partiql_node *in)
{
    if (!in->collection)
        return add_operator(m, OP_IN, in);
    size_t count = 0;
    if (!add_operand(m, in->operands) || !add_members(m, in->operands->next, &count))
        return false;
    expr_builder_operator(m->builder, OP_IN, 1 + count);
    return true;
}

/* MISSING is what is not there; NULL is a type like others, which what is not there does not have. */
static void add_is(struct condition_maker *m, const struct partiql_node *is)
{
    int type = condition_type_named(is->text);
    add_path(m, is->operands);
    if (type == CONDITION_TYPE_NONE) {
        expr_builder_operator(m->builder, OP_ATTRIBUTE_NOT_EXISTS, 1);
        return;
    }
    struct value_builder b;
    struct value name;
    value_builder_init(&b, m->p->arena, 8);
    (void)value_builder_text(&b, VALUE_S, slice_from_cstr(value_type_name((enum value_type)type)));
    value_read(buf_slice(&b.out), &name);
    expr_builder_value(m->builder, &name);
    expr_builder_operator(m->builder, OP_ATTRIBUTE_TYPE, 2);
}

static bool add_joined(struct condition_maker *m, enum expr_op op, const struct partiql_node *node)
{
    for (const struct partiql_node *operand = node->operands; operand; operand = operand->next)
        if (!add_condition(m, operand))
            return false;
    expr_builder_operator(m->builder, op, node->operand_count);
    return true;
}

static bool add_call(struct condition_maker *m, const struct partiql_node *call)
{
    enum expr_op op = OP_COUNT;
    bool known = condition_function(call->text, &op);
    INVARIANT(known);
    return add_operator(m, op, call);
}

/* As if it were not negated. */
static bool add_plain(struct condition_maker *m, const struct partiql_node *node)
{
    enum expr_op op;
    if (comparator_of((enum partiql_kind)node->kind, &op))
        return add_operator(m, op, node);
    if (node->kind == PARTIQL_OR || node->kind == PARTIQL_AND)
        return add_joined(m, node->kind == PARTIQL_OR ? OP_OR : OP_AND, node);
    if (node->kind == PARTIQL_NOT)
        return add_joined(m, OP_NOT, node);
    if (node->kind == PARTIQL_BETWEEN)
        return add_operator(m, OP_BETWEEN, node);
    if (node->kind == PARTIQL_IN)
        return add_in(m, node);
    if (node->kind == PARTIQL_CALL)
        return add_call(m, node);
    INVARIANT(node->kind == PARTIQL_IS);
    add_is(m, node);
    return true;
}

/* Recursion: PARTIQL_DEPTH_MAX. */
static bool add_condition(struct condition_maker *m, const struct partiql_node *node)
{
    if (!add_plain(m, node))
        return false;
    if (node->negated)
        expr_builder_operator(m->builder, OP_NOT, 1);
    return true;
}

/* ------------------------------------------------------------------ what is asked of an item */

/* An item is there if its partition key is. */
static void add_guard(struct condition_maker *m, enum expr_op op)
{
    const struct expr_step key = {.name = m->p->table->key.hash[0].name};
    expr_builder_path(m->builder, &key, 1);
    expr_builder_operator(m->builder, op, 1);
}

static bool add_conjoined(struct condition_maker *m, const struct conjuncts *conjuncts)
{
    for (size_t i = 0; i < conjuncts->count; i++)
        if (!add_condition(m, conjuncts->at[i]))
            return false;
    if (conjuncts->count > 1)
        expr_builder_operator(m->builder, OP_AND, conjuncts->count);
    return true;
}

bool condition_make(const struct planner *p, enum expr_kind kind, const struct conjuncts *conjuncts,
                    enum condition_guard guard, const struct expr **expr_out)
{
    struct condition_maker m = {.p = p, .builder = expr_builder_new(kind, p->arena)};
    bool has_conditions = conjuncts->count > 0;
    *expr_out = NULL;
    if (!has_conditions && (guard == GUARD_NOTHING || guard == GUARD_MAY_MISS))
        return true;
    if (!add_conjoined(&m, conjuncts))
        return false;
    if (guard == GUARD_EXISTS)
        add_guard(&m, OP_ATTRIBUTE_EXISTS);
    if (guard == GUARD_MAY_MISS || guard == GUARD_EXISTS_NOT)
        add_guard(&m, OP_ATTRIBUTE_NOT_EXISTS);
    if (has_conditions && guard != GUARD_NOTHING)
        expr_builder_operator(m.builder, guard == GUARD_MAY_MISS ? OP_OR : OP_AND, 2);
    struct expr *e;
    if (!expr_builder_end_checked(m.builder, &e, p->err))
        return false;
    *expr_out = e;
    return true;
}
