/* Key conditions: a condition that is nothing but comparisons of key attributes with constants, joined by AND. The
 * grammar is that of all conditions; this rejects what an index cannot answer (semantics.md 5.6). Since 2026 these texts
 * too begin with "Invalid KeyConditionExpression: ", however often they name it themselves. */
#include "expr/expr.h"

#include "base/contract.h"
#include "expr/bound_priv.h"

#define INVALID "Invalid KeyConditionExpression: "

static bool invalid_operator(const char *operator, struct error * err)
{
    return error_set(err, ERR_VALIDATION,
                     INVALID "Invalid operator used in KeyConditionExpression: %s", operator);
}

static bool invalid_condition(const char *why, struct error *err)
{
    return error_set(err, ERR_VALIDATION, INVALID "Invalid condition in KeyConditionExpression: %s", why);
}

static bool nested_operation(struct error *err)
{
    return error_set(err, ERR_VALIDATION, INVALID "KeyConditionExpressions cannot contain nested operations");
}

static bool check_operator(const struct expr *e, const struct expr_node *node, struct error *err)
{
    enum expr_op op = (enum expr_op)node->op;
    switch (op) {
    case OP_EQ:
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
        return true;
    case OP_BETWEEN:
    case OP_BEGINS_WITH:
        if (e->tree->nodes[node->operand].op == OP_PATH)
            return true;
        return error_set(
            err, ERR_VALIDATION,
            INVALID "Invalid condition in KeyConditionExpression: %s operator must have the key attribute as "
                    "its first operand",
            expr_op_text(op));
    case OP_OR:
    case OP_NOT:
    case OP_NE:
    case OP_IN:
    case OP_ATTRIBUTE_EXISTS:
    case OP_ATTRIBUTE_NOT_EXISTS:
    case OP_ATTRIBUTE_TYPE:
    case OP_CONTAINS:
        return invalid_operator(expr_op_text(op), err);
    case OP_SIZE:
        return nested_operation(err);
    case OP_PATH:
    case OP_VALUE:
    case OP_AND:
    case OP_PLUS:
    case OP_MINUS:
    case OP_IF_NOT_EXISTS:
    case OP_LIST_APPEND:
    case OP_COUNT:
        break;
    }
    UNREACHABLE();
}

/* Finds the one operand that is a path; it must be a top-level name, and the others must be constants. */
static bool find_attribute(const struct expr *e, const struct expr_node *node,
                           const struct expr_node **attribute_out, struct error *err)
{
    const struct expr_node *nodes = e->tree->nodes;
    const struct expr_node *attribute = NULL;
    for (unsigned i = node->operand; i != NODE_NONE; i = nodes[i].next) {
        if (nodes[i].op == OP_SIZE)
            return nested_operation(err);
        if (nodes[i].op != OP_PATH)
            continue;
        if (attribute)
            return invalid_condition("Multiple attribute names used in one condition", err);
        if (e->tree->paths[nodes[i].operand].element_count > 1)
            return error_set(err, ERR_VALIDATION,
                             INVALID "KeyConditionExpressions cannot have conditions on nested attributes");
        attribute = &nodes[i];
    }
    if (!attribute)
        return invalid_condition("No key attribute specified", err);
    *attribute_out = attribute;
    return true;
}

static enum key_comparison comparison_of(enum expr_op op, bool mirrored)
{
    switch (op) {
    case OP_EQ:
        return KEY_EQ;
    case OP_LT:
        return mirrored ? KEY_GT : KEY_LT;
    case OP_LE:
        return mirrored ? KEY_GE : KEY_LE;
    case OP_GT:
        return mirrored ? KEY_LT : KEY_GT;
    case OP_GE:
        return mirrored ? KEY_LE : KEY_GE;
    case OP_BETWEEN:
        return KEY_BETWEEN;
    case OP_BEGINS_WITH:
        return KEY_BEGINS_WITH;
    case OP_PATH:
    case OP_VALUE:
    case OP_OR:
    case OP_AND:
    case OP_NOT:
    case OP_NE:
    case OP_IN:
    case OP_PLUS:
    case OP_MINUS:
    case OP_IF_NOT_EXISTS:
    case OP_LIST_APPEND:
    case OP_SIZE:
    case OP_ATTRIBUTE_EXISTS:
    case OP_ATTRIBUTE_NOT_EXISTS:
    case OP_ATTRIBUTE_TYPE:
    case OP_CONTAINS:
    case OP_COUNT:
        break;
    }
    UNREACHABLE();
}

static bool add_condition(struct expr *e, const struct expr_node *node, const struct expr_node *attribute,
                          struct error *err)
{
    PRE(attribute);
    struct key_conditions *key = e->key;
    const struct expr_node *nodes = e->tree->nodes;
    struct slice name = expr_path_elements(e, &e->tree->paths[attribute->operand])->name;
    for (size_t i = 0; i < key->count; i++)
        if (slice_equal(key->conditions[i].attribute, name))
            return error_set(err, ERR_VALIDATION,
                             INVALID "KeyConditionExpressions must only contain one condition per key");
    if (key->count == KEY_CONDITIONS_MAX)
        return error_set(err, ERR_VALIDATION, "Conditions can be of length 1 or 2 only");
    bool mirrored = attribute != &nodes[node->operand];
    const struct expr_node *first = &nodes[mirrored ? node->operand : attribute->next];
    struct key_condition *added = &key->conditions[key->count++];
    *added = (struct key_condition){
        .attribute = name,
        .comparison = comparison_of((enum expr_op)node->op, mirrored),
        .operand = e->values[first->operand],
    };
    if (node->op == OP_BETWEEN)
        added->upper = e->values[nodes[first->next].operand];
    return true;
}

/* Recursion: as deep as operators nest, at most EXPR_OPERATORS_MAX. */
static bool collect(struct expr *e, const struct expr_node *node, struct error *err)
{
    const struct expr_node *nodes = e->tree->nodes;
    if (node->op == OP_AND)
        return collect(e, &nodes[node->operand], err) && collect(e, &nodes[nodes[node->operand].next], err);
    const struct expr_node *attribute = NULL;
    return check_operator(e, node, err) && find_attribute(e, node, &attribute, err) &&
           add_condition(e, node, attribute, err);
}

bool expr_bind_key_conditions(struct expr *e, struct error *err)
{
    e->key = arena_alloc(e->arena, sizeof *e->key);
    e->key->count = 0;
    return collect(e, &e->tree->nodes[e->tree->node_count - 1], err);
}
