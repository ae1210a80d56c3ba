/* What the operands of one operator or function must be, as far as that is known without an item. bind.c and
 * bind_update.c put these checks in their order. */
#include "expr/bound_priv.h"

#include "base/contract.h"
#include "item/number.h"
#include "json/base64.h"

/* ------------------------------------------------------------------ number of operands */

static unsigned function_operand_count(enum expr_op function)
{
    switch (function) {
    case OP_ATTRIBUTE_EXISTS:
    case OP_ATTRIBUTE_NOT_EXISTS:
    case OP_SIZE:
        return 1;
    case OP_IF_NOT_EXISTS:
    case OP_LIST_APPEND:
    case OP_ATTRIBUTE_TYPE:
    case OP_BEGINS_WITH:
    case OP_CONTAINS:
        return 2;
    case OP_PATH:
    case OP_VALUE:
    case OP_OR:
    case OP_AND:
    case OP_NOT:
    case OP_EQ:
    case OP_NE:
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
    case OP_PLUS:
    case OP_MINUS:
    case OP_BETWEEN:
    case OP_IN:
    case OP_COUNT:
        break;
    }
    UNREACHABLE();
}

bool expr_check_operand_count(const struct expr *e, const struct expr_node *node, struct error *err)
{
    enum expr_op op = (enum expr_op)node->op;
    if (expr_op_is_function(op) && node->operand_count != function_operand_count(op))
        return expr_invalid(
            e, err,
            "Incorrect number of operands for operator or function; operator or function: %s, "
            "number of operands: %u",
            expr_op_text(op), node->operand_count);
    if (op == OP_IN && node->operand_count - 1 > EXPR_IN_OPERANDS_MAX)
        return expr_invalid(e, err,
                            "The IN operator is provided with too many operands; number of operands: %d",
                            node->operand_count - 1);
    return true;
}

/* ------------------------------------------------------------------ distinct operands */

static const struct expr_node *operand(const struct expr *e, const struct expr_node *node, unsigned index)
{
    const struct expr_node *nodes = e->tree->nodes;
    const struct expr_node *found = &nodes[node->operand];
    while (index-- > 0)
        found = &nodes[found->next];
    return found;
}

static bool element_equal(const struct bound_element *a, const struct bound_element *b)
{
    if (slice_is_none(a->name) || slice_is_none(b->name))
        return slice_is_none(a->name) && slice_is_none(b->name) && a->index == b->index;
    return slice_equal(a->name, b->name);
}

static bool path_equal(const struct expr *e, const struct path *a, const struct path *b)
{
    if (a->element_count != b->element_count)
        return false;
    for (size_t i = 0; i < a->element_count; i++)
        if (!element_equal(&expr_path_elements(e, a)[i], &expr_path_elements(e, b)[i]))
            return false;
    return true;
}

static bool wants_distinct(enum expr_op op)
{
    return expr_op_is_comparator(op) || op == OP_BETWEEN || op == OP_IN ||
           (expr_op_is_function(op) && op != OP_LIST_APPEND);
}

bool expr_check_distinct(const struct expr *e, const struct expr_node *node, struct error *err)
{
    enum expr_op op = (enum expr_op)node->op;
    if (!wants_distinct(op))
        return true;
    const struct expr_node *nodes = e->tree->nodes;
    const struct expr_node *first = operand(e, node, 0);
    if (first->op != OP_PATH)
        return true;
    const struct path *path = &e->tree->paths[first->operand];
    for (unsigned i = first->next; i != NODE_NONE; i = nodes[i].next) {
        if (nodes[i].op != OP_PATH || !path_equal(e, path, &e->tree->paths[nodes[i].operand]))
            continue;
        struct slice text = expr_path_text(e, path);
        return expr_invalid(
            e, err,
            "The first operand must be distinct from the remaining operands for this operator "
            "or function; operator: %s, first operand: %.*s",
            expr_op_text(op), SLICE_PRINTF(text));
    }
    return true;
}

/* ------------------------------------------------------------------ types of operands */

#define TYPE_BIT(type) (1u << (type))
static const unsigned TYPES_ORDERED = TYPE_BIT(VALUE_S) | TYPE_BIT(VALUE_N) | TYPE_BIT(VALUE_B);
static const unsigned TYPES_BEGINNING = TYPE_BIT(VALUE_S) | TYPE_BIT(VALUE_B);
static const unsigned TYPES_SIZED = TYPE_BIT(VALUE_S) | TYPE_BIT(VALUE_B) | TYPE_BIT(VALUE_SS) |
                                    TYPE_BIT(VALUE_NS) | TYPE_BIT(VALUE_BS) | TYPE_BIT(VALUE_L) |
                                    TYPE_BIT(VALUE_M);

/* The type an operand has whatever the item: that of a constant, N of size(), BOOL of a condition, which is an operand only
 * in what was built. */
static bool known_type(const struct expr *e, const struct expr_node *node, enum value_type *out)
{
    if (node->op == OP_VALUE)
        *out = e->values[node->operand].type;
    else if (node->op == OP_SIZE)
        *out = VALUE_N;
    else if (expr_node_is_condition(node))
        *out = VALUE_BOOL;
    else
        return false;
    return true;
}

static bool incorrect_type(const struct expr *e, enum expr_op op, const char *type, struct error *err)
{
    return expr_invalid(
        e, err, "Incorrect operand type for operator or function; operator or function: %s, operand type: %s",
        expr_op_text(op), type);
}

static bool check_all_types(const struct expr *e, const struct expr_node *node, unsigned allowed,
                            struct error *err)
{
    for (unsigned i = 0; i < node->operand_count; i++) {
        enum value_type type;
        if (known_type(e, operand(e, node, i), &type) && !(TYPE_BIT(type) & allowed))
            return incorrect_type(e, (enum expr_op)node->op, value_type_name(type), err);
    }
    return true;
}

static bool check_is_path(const struct expr *e, const struct expr_node *node, struct error *err)
{
    if (operand(e, node, 0)->op == OP_PATH)
        return true;
    return expr_invalid(e, err, "Operator or function requires a document path; operator or function: %s",
                        expr_op_text((enum expr_op)node->op));
}

/* A path may be of any type; DynamoDB then lists all it knows, those that no client ever sees included. */
#define TYPES_OF_A_PATH \
    "{S,SS,N,NS,B,BS,BOOL,NULL,L,M,HD,DOUBLE,FLOAT,HDS,FS,DOUBLESET,DICT,DECIMAL,INT,DECIMALSET,INTSET}"

static bool check_type_name(const struct expr *e, const struct expr_node *node, struct error *err)
{
    const struct expr_node *name = operand(e, node, 1);
    enum value_type type;
    if (!known_type(e, name, &type))
        return incorrect_type(e, OP_ATTRIBUTE_TYPE, TYPES_OF_A_PATH, err);
    if (type != VALUE_S)
        return incorrect_type(e, OP_ATTRIBUTE_TYPE, value_type_name(type), err);
    struct slice text = e->values[name->operand].payload;
    if (value_type_from_name(text, &type))
        return true;
    /* PartiQL, whose conditions are built, was seen in 2026 with the types in this other order. */
    return expr_invalid(
        e, err, "Invalid attribute type name found; type: %.*s, valid types: %s", SLICE_PRINTF(text),
        e->origin == EXPR_BUILT ? "{N,BS,L,B,NULL,M,S,SS,NS,BOOL}" : "{S,SS,N,NS,B,BS,BOOL,NULL,L,M}");
}

static void print_bound(const struct value *v, struct buf *out)
{
    buf_printf(out, "AttributeValue: {%s:", value_type_name(v->type));
    if (v->type == VALUE_N) {
        char text[NUMBER_TEXT_BYTES_MAX];
        size_t size = number_format(v->payload, text);
        buf_append(out, slice_of(text, size));
    } else if (v->type == VALUE_S) {
        buf_append(out, v->payload);
    } else {
        size_t size = base64_text_size(v->payload.size);
        base64_encode(v->payload, buf_reserve(out, size));
        out->size += size;
    }
    buf_append_byte(out, '}');
}

static bool wrong_bounds(const struct expr *e, const char *rule, const struct value *lower,
                         const struct value *upper, struct error *err)
{
    struct buf text;
    buf_init(&text, e->arena, 128);
    buf_append_literal(&text, "lower bound operand: ");
    print_bound(lower, &text);
    buf_append_literal(&text, ", upper bound operand: ");
    print_bound(upper, &text);
    return expr_invalid(e, err, "The BETWEEN operator requires %s; %.*s", rule,
                        SLICE_PRINTF(buf_slice(&text)));
}

static bool check_bounds(const struct expr *e, const struct expr_node *node, struct error *err)
{
    const struct expr_node *lower = operand(e, node, 1);
    const struct expr_node *upper = operand(e, node, 2);
    if (lower->op != OP_VALUE || upper->op != OP_VALUE)
        return true;
    const struct value *low = &e->values[lower->operand];
    const struct value *high = &e->values[upper->operand];
    if (low->type != high->type)
        return wrong_bounds(e, "same data type for lower and upper bounds", low, high, err);
    if (value_compare(low, high) > 0)
        return wrong_bounds(e, "upper bound to be greater than or equal to lower bound", low, high, err);
    return true;
}

bool expr_check_operand_types(const struct expr *e, const struct expr_node *node, struct error *err)
{
    switch ((enum expr_op)node->op) {
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
        return check_all_types(e, node, TYPES_ORDERED, err);
    case OP_BETWEEN:
        return check_all_types(e, node, TYPES_ORDERED, err) && check_bounds(e, node, err);
    case OP_PLUS:
    case OP_MINUS:
        return check_all_types(e, node, TYPE_BIT(VALUE_N), err);
    case OP_LIST_APPEND:
        return check_all_types(e, node, TYPE_BIT(VALUE_L), err);
    case OP_SIZE:
        return check_all_types(e, node, TYPES_SIZED, err);
    case OP_IF_NOT_EXISTS:
    case OP_ATTRIBUTE_EXISTS:
    case OP_ATTRIBUTE_NOT_EXISTS:
        return check_is_path(e, node, err);
    case OP_ATTRIBUTE_TYPE:
        return check_type_name(e, node, err);
    case OP_BEGINS_WITH:
        return check_all_types(e, node, TYPES_BEGINNING, err);
    case OP_PATH:
    case OP_VALUE:
    case OP_OR:
    case OP_AND:
    case OP_NOT:
    case OP_EQ:
    case OP_NE:
    case OP_IN:
    case OP_CONTAINS:
        return true;
    case OP_COUNT:
        break;
    }
    UNREACHABLE();
}
