/* Evaluation of conditions on stored bytes. An operand that is not there, or has no size, makes every comparison false
 * but <>, which it makes true; NOT then turns that round (semantics.md 5.5). */
#include "expr/expr.h"

#include "base/contract.h"
#include "expr/evaluate_priv.h"
#include "item/item.h"
#include "item/number.h"

struct evaluation {
    const struct expr *e;
    struct value attributes; /* of the item */
    bool item_exists;
};

/* An operand's value, with room for a number that is stored nowhere. */
struct operand {
    struct value value;
    struct number number;
};

/* ------------------------------------------------------------------ operands */

bool expr_descend(const struct bound_element *element, const struct value *parent, struct value *out)
{
    if (!slice_is_none(element->name))
        return parent->type == VALUE_M && value_member(parent, element->name, out);
    if (parent->type != VALUE_L || element->index >= parent->count)
        return false;
    value_element(parent, element->index, out);
    return true;
}

bool expr_path_value(const struct expr *e, const struct path *path, const struct value *attributes,
                     struct value *out)
{
    const struct bound_element *elements = expr_path_elements(e, path);
    if (!value_member(attributes, elements[0].name, out))
        return false;
    for (unsigned i = 1; i < path->element_count; i++) {
        struct value parent = *out;
        if (!expr_descend(&elements[i], &parent, out))
            return false;
    }
    return true;
}

/* DynamoDB counts a string in UTF-16 code units, as Java's length() does: a character is one, beyond U+FFFF two. */
static size_t utf16_length(struct slice text)
{
    size_t length = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        length += (byte & 0xC0) != 0x80;
        length += byte >= 0xF0;
    }
    return length;
}

static bool size_of_value(const struct value *v, size_t *out)
{
    switch (v->type) {
    case VALUE_S:
        *out = utf16_length(v->payload);
        return true;
    case VALUE_B:
        *out = v->payload.size;
        return true;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
    case VALUE_L:
    case VALUE_M:
        *out = v->count;
        return true;
    case VALUE_N:
    case VALUE_BOOL:
    case VALUE_NULL:
        return false;
    }
    UNREACHABLE();
}

static bool evaluate(const struct evaluation *ev, const struct expr_node *node);

static bool operand_value(const struct evaluation *ev, const struct expr_node *node, struct operand *out)
{
    const struct expr_tree *tree = ev->e->tree;
    if (node->op == OP_PATH)
        return ev->item_exists &&
               expr_path_value(ev->e, &tree->paths[node->operand], &ev->attributes, &out->value);
    if (node->op == OP_VALUE) {
        out->value = ev->e->values[node->operand];
        return true;
    }
    if (expr_node_is_condition(node)) {
        out->value = (struct value){.type = VALUE_BOOL, .boolean = evaluate(ev, node)};
        return true;
    }
    INVARIANT(node->op == OP_SIZE);
    /* Binding has seen to it that a size is taken of a path or constant only. */
    struct operand sized;
    size_t size;
    if (!operand_value(ev, &tree->nodes[node->operand], &sized) || !size_of_value(&sized.value, &size))
        return false;
    number_from_u64(size, &out->number);
    out->value = (struct value){.type = VALUE_N, .payload = number_slice(&out->number)};
    return true;
}

/* ------------------------------------------------------------------ comparing */

/* What is stored nowhere, a size or the outcome of a condition, has no encoding of a whole value. */
static bool values_equal(const struct value *a, const struct value *b)
{
    if (a->type != b->type)
        return false;
    if (a->type == VALUE_BOOL)
        return a->boolean == b->boolean;
    return a->type == VALUE_N ? slice_equal(a->payload, b->payload) : value_equal(a, b);
}

static bool is_ordered(enum value_type type)
{
    return type == VALUE_S || type == VALUE_N || type == VALUE_B;
}

/* *order_out is set if the two have an order. */
static bool compare_values(const struct value *a, const struct value *b, int *order_out)
{
    if (a->type != b->type || !is_ordered(a->type))
        return false;
    *order_out = value_compare(a, b);
    return true;
}

static bool order_satisfies(enum expr_op op, int order)
{
    if (op == OP_LT)
        return order < 0;
    if (op == OP_LE)
        return order <= 0;
    if (op == OP_GT)
        return order > 0;
    INVARIANT(op == OP_GE);
    return order >= 0;
}

static bool evaluate_comparison(const struct evaluation *ev, const struct expr_node *node)
{
    const struct expr_node *left = &ev->e->tree->nodes[node->operand];
    const struct expr_node *right = &ev->e->tree->nodes[left->next];
    struct operand a;
    struct operand b;
    bool both = operand_value(ev, left, &a) && operand_value(ev, right, &b);
    if (node->op == OP_EQ)
        return both && values_equal(&a.value, &b.value);
    if (node->op == OP_NE)
        return !both || !values_equal(&a.value, &b.value);
    int order;
    return both && compare_values(&a.value, &b.value, &order) &&
           order_satisfies((enum expr_op)node->op, order);
}

static bool evaluate_between(const struct evaluation *ev, const struct expr_node *node)
{
    const struct expr_node *nodes = ev->e->tree->nodes;
    const struct expr_node *tested = &nodes[node->operand];
    const struct expr_node *lower = &nodes[tested->next];
    const struct expr_node *upper = &nodes[lower->next];
    struct operand v;
    struct operand low;
    struct operand high;
    int from;
    int to;
    return operand_value(ev, tested, &v) && operand_value(ev, lower, &low) &&
           operand_value(ev, upper, &high) && compare_values(&v.value, &low.value, &from) &&
           compare_values(&v.value, &high.value, &to) && from >= 0 && to <= 0;
}

static bool evaluate_in(const struct evaluation *ev, const struct expr_node *node)
{
    const struct expr_node *nodes = ev->e->tree->nodes;
    const struct expr_node *tested = &nodes[node->operand];
    struct operand v;
    if (!operand_value(ev, tested, &v))
        return false;
    for (unsigned i = tested->next; i != NODE_NONE; i = nodes[i].next) {
        struct operand candidate;
        if (operand_value(ev, &nodes[i], &candidate) && values_equal(&v.value, &candidate.value))
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ functions */

static bool begins_with(const struct value *v, const struct value *prefix)
{
    bool text = v->type == VALUE_S || v->type == VALUE_B;
    return text && v->type == prefix->type && slice_starts_with(v->payload, prefix->payload);
}

static bool list_contains(const struct value *list, const struct value *searched)
{
    for (uint32_t i = 0; i < list->count; i++) {
        struct value element;
        value_element(list, i, &element);
        if (values_equal(&element, searched))
            return true;
    }
    return false;
}

static bool bytes_contain(struct slice bytes, struct slice searched)
{
    return searched.size == 0 || memmem(bytes.data, bytes.size, searched.data, searched.size) != NULL;
}

static bool contains(const struct value *v, const struct value *searched)
{
    switch (v->type) {
    case VALUE_S:
    case VALUE_B:
        return searched->type == v->type && bytes_contain(v->payload, searched->payload);
    case VALUE_SS:
        return searched->type == VALUE_S && value_set_contains(v, searched);
    case VALUE_NS:
        return searched->type == VALUE_N && value_set_contains(v, searched);
    case VALUE_BS:
        return searched->type == VALUE_B && value_set_contains(v, searched);
    case VALUE_L:
        return list_contains(v, searched);
    case VALUE_M:
    case VALUE_N:
    case VALUE_BOOL:
    case VALUE_NULL:
        return false;
    }
    UNREACHABLE();
}

/* The functions of two operands; all are false when one of them is missing. */
static bool evaluate_function(const struct evaluation *ev, const struct expr_node *node)
{
    const struct expr_node *first = &ev->e->tree->nodes[node->operand];
    struct operand a;
    struct operand b;
    if (!operand_value(ev, first, &a) || !operand_value(ev, &ev->e->tree->nodes[first->next], &b))
        return false;
    if (node->op == OP_BEGINS_WITH)
        return begins_with(&a.value, &b.value);
    if (node->op == OP_CONTAINS)
        return contains(&a.value, &b.value);
    INVARIANT(node->op == OP_ATTRIBUTE_TYPE);
    enum value_type type;
    return value_type_from_name(b.value.payload, &type) && a.value.type == type;
}

static bool exists(const struct evaluation *ev, const struct expr_node *node)
{
    struct operand ignored;
    return operand_value(ev, &ev->e->tree->nodes[node->operand], &ignored);
}

/* ------------------------------------------------------------------ conditions */

/* Whether one of the operands comes to `wanted`, which decides an OR or AND. */
static bool some_operand_is(const struct evaluation *ev, const struct expr_node *node, bool wanted)
{
    const struct expr_node *nodes = ev->e->tree->nodes;
    for (unsigned i = node->operand; i != NODE_NONE; i = nodes[i].next)
        if (evaluate(ev, &nodes[i]) == wanted)
            return true;
    return false;
}

/* Recursion: as deep as operators nest, at most EXPR_OPERATORS_MAX; of what was built as its builder said. */
static bool evaluate(const struct evaluation *ev, const struct expr_node *node)
{
    const struct expr_node *nodes = ev->e->tree->nodes;
    switch ((enum expr_op)node->op) {
    case OP_OR:
        return some_operand_is(ev, node, true);
    case OP_AND:
        return !some_operand_is(ev, node, false);
    case OP_NOT:
        return !evaluate(ev, &nodes[node->operand]);
    case OP_EQ:
    case OP_NE:
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
        return evaluate_comparison(ev, node);
    case OP_BETWEEN:
        return evaluate_between(ev, node);
    case OP_IN:
        return evaluate_in(ev, node);
    case OP_ATTRIBUTE_EXISTS:
        return exists(ev, node);
    case OP_ATTRIBUTE_NOT_EXISTS:
        return !exists(ev, node);
    case OP_ATTRIBUTE_TYPE:
    case OP_BEGINS_WITH:
    case OP_CONTAINS:
        return evaluate_function(ev, node);
    case OP_PATH:
    case OP_VALUE:
    case OP_PLUS:
    case OP_MINUS:
    case OP_IF_NOT_EXISTS:
    case OP_LIST_APPEND:
    case OP_SIZE:
    case OP_COUNT:
        break;
    }
    UNREACHABLE();
}

bool expr_matches(const struct expr *e, struct slice item)
{
    PRE(e->bound && (e->tree->kind == EXPR_CONDITION || e->tree->kind == EXPR_FILTER));
    struct evaluation ev = {.e = e, .item_exists = !slice_is_none(item)};
    if (ev.item_exists)
        item_attributes(item, &ev.attributes);
    return evaluate(&ev, &e->tree->nodes[e->tree->node_count - 1]);
}
