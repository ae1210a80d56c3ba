/* Binding: gives a tree's symbols their meaning in one request, and makes the checks that depend on it. What is wrong
 * whatever the placeholders stand for was found by the parser. */
#include "expr/expr.h"

#include "base/contract.h"
#include "expr/bound_priv.h"
#include "expr/text_index_priv.h"
#include "item/number.h"

/* ------------------------------------------------------------------ placeholders */

/* Up to so many placeholders or names it is faster to compare them one by one. */
enum { LINEAR_MAX = 8 };

enum index_group { GROUP_NAMES, GROUP_VALUES };

struct binder {
    struct expr *e;
    struct expr_scope *scope;
    struct text_index index; /* of the scope's placeholders, if there are many */
    bool indexed;
    struct error *err;
};

static void index_scope(struct binder *b)
{
    const struct expr_scope *scope = b->scope;
    text_index_init(&b->index, b->e->arena, scope->name_count + scope->value_count);
    for (size_t i = 0; i < scope->name_count; i++)
        text_index_add(&b->index, GROUP_NAMES, scope->names[i].placeholder, (uint32_t)i);
    for (size_t i = 0; i < scope->value_count; i++)
        text_index_add(&b->index, GROUP_VALUES, scope->values[i].placeholder, (uint32_t)i);
    b->indexed = true;
}

static struct expr_name *find_name(struct binder *b, struct slice placeholder)
{
    uint32_t number;
    if (b->indexed)
        return text_index_find(&b->index, GROUP_NAMES, placeholder, &number) ? &b->scope->names[number]
                                                                             : NULL;
    for (size_t i = 0; i < b->scope->name_count; i++)
        if (slice_equal(b->scope->names[i].placeholder, placeholder))
            return &b->scope->names[i];
    return NULL;
}

static struct expr_value *find_value(struct binder *b, struct slice placeholder)
{
    uint32_t number;
    if (b->indexed)
        return text_index_find(&b->index, GROUP_VALUES, placeholder, &number) ? &b->scope->values[number]
                                                                              : NULL;
    for (size_t i = 0; i < b->scope->value_count; i++)
        if (slice_equal(b->scope->values[i].placeholder, placeholder))
            return &b->scope->values[i];
    return NULL;
}

static bool resolve_name(struct binder *b, struct slice placeholder, struct slice *out)
{
    struct expr_name *found = find_name(b, placeholder);
    if (!found)
        return expr_invalid(b->e, b->err,
                            "An expression attribute name used in the document path is not defined; "
                            "attribute name: %.*s",
                            SLICE_PRINTF(placeholder));
    found->used = true;
    *out = found->name;
    return true;
}

static bool resolve_path(struct binder *b, const struct path *path)
{
    const struct expr_tree *tree = b->e->tree;
    for (unsigned i = path->element; i < (unsigned)path->element + path->element_count; i++) {
        const struct path_element *element = &tree->elements[i];
        struct bound_element *bound = &b->e->elements[i];
        struct slice text = expr_tree_text(tree, element->range);
        switch ((enum path_element_kind)element->kind) {
        case ELEMENT_NAME:
            bound->name = text;
            break;
        case ELEMENT_PLACEHOLDER:
            if (!resolve_name(b, text, &bound->name))
                return false;
            break;
        case ELEMENT_INDEX:
            *bound = (struct bound_element){.name = SLICE_NONE, .index = element->index};
            break;
        }
    }
    return true;
}

static bool resolve_value(struct binder *b, uint16_t number)
{
    struct slice placeholder = expr_tree_text(b->e->tree, b->e->tree->values[number]);
    struct expr_value *found = find_value(b, placeholder);
    if (!found)
        return expr_invalid(
            b->e, b->err,
            "An expression attribute value used in expression is not defined; attribute value: %.*s",
            SLICE_PRINTF(placeholder));
    found->used = true;
    b->e->values[number] = found->value;
    return true;
}

static bool resolve_operand(struct binder *b, const struct expr_node *node)
{
    if (node->op == OP_PATH)
        return resolve_path(b, &b->e->tree->paths[node->operand]);
    if (node->op == OP_VALUE)
        return resolve_value(b, node->operand);
    return true;
}

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

static bool check_operand_count(struct binder *b, const struct expr_node *node)
{
    enum expr_op op = (enum expr_op)node->op;
    if (expr_op_is_function(op) && node->operand_count != function_operand_count(op))
        return expr_invalid(
            b->e, b->err,
            "Incorrect number of operands for operator or function; operator or function: %s, "
            "number of operands: %u",
            expr_op_text(op), node->operand_count);
    if (op == OP_IN && node->operand_count - 1 > EXPR_IN_OPERANDS_MAX)
        return expr_invalid(b->e, b->err,
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

static bool check_distinct(struct binder *b, const struct expr_node *node)
{
    enum expr_op op = (enum expr_op)node->op;
    bool concerned = expr_op_is_comparator(op) || expr_op_is_function(op);
    if (!concerned || node->operand_count != 2)
        return true;
    const struct expr *e = b->e;
    const struct expr_node *first = operand(e, node, 0);
    const struct expr_node *second = operand(e, node, 1);
    if (first->op != OP_PATH || second->op != OP_PATH)
        return true;
    const struct path *path = &e->tree->paths[first->operand];
    if (!path_equal(e, path, &e->tree->paths[second->operand]))
        return true;
    struct buf text;
    buf_init(&text, e->arena, 128);
    expr_path_print(expr_path_elements(e, path), path->element_count, &text);
    return expr_invalid(e, b->err,
                        "The first operand must be distinct from the remaining operands for this operator or "
                        "function; operator: %s, first operand: %.*s",
                        expr_op_text(op), SLICE_PRINTF(buf_slice(&text)));
}

/* ------------------------------------------------------------------ types of operands */

#define TYPE_BIT(type) (1u << (type))
static const unsigned TYPES_ORDERED = TYPE_BIT(VALUE_S) | TYPE_BIT(VALUE_N) | TYPE_BIT(VALUE_B);
static const unsigned TYPES_BEGINNING = TYPE_BIT(VALUE_S) | TYPE_BIT(VALUE_B);
static const unsigned TYPES_SIZED = TYPE_BIT(VALUE_S) | TYPE_BIT(VALUE_B) | TYPE_BIT(VALUE_SS) |
                                    TYPE_BIT(VALUE_NS) | TYPE_BIT(VALUE_BS) | TYPE_BIT(VALUE_L) |
                                    TYPE_BIT(VALUE_M);

/* The type an operand has whatever the item: that of a constant, or N for size(). */
static bool known_type(const struct expr *e, const struct expr_node *node, enum value_type *out)
{
    if (node->op == OP_PATH)
        return false;
    *out = node->op == OP_VALUE ? e->values[node->operand].type : VALUE_N;
    return true;
}

static bool incorrect_type(struct binder *b, enum expr_op op, const char *type)
{
    return expr_invalid(
        b->e, b->err,
        "Incorrect operand type for operator or function; operator or function: %s, operand type: %s",
        expr_op_text(op), type);
}

static bool check_all_types(struct binder *b, const struct expr_node *node, unsigned allowed)
{
    for (unsigned i = 0; i < node->operand_count; i++) {
        enum value_type type;
        if (known_type(b->e, operand(b->e, node, i), &type) && !(TYPE_BIT(type) & allowed))
            return incorrect_type(b, (enum expr_op)node->op, value_type_name(type));
    }
    return true;
}

static bool check_is_path(struct binder *b, const struct expr_node *node)
{
    if (operand(b->e, node, 0)->op == OP_PATH)
        return true;
    return expr_invalid(b->e, b->err,
                        "Operator or function requires a document path; operator or function: %s",
                        expr_op_text((enum expr_op)node->op));
}

static bool check_type_name(struct binder *b, const struct expr_node *node)
{
    const struct expr_node *name = operand(b->e, node, 1);
    enum value_type type;
    if (!known_type(b->e, name, &type))
        return incorrect_type(b, OP_ATTRIBUTE_TYPE, "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
    if (type != VALUE_S)
        return incorrect_type(b, OP_ATTRIBUTE_TYPE, value_type_name(type));
    struct slice text = b->e->values[name->operand].payload;
    if (value_type_from_name(text, &type))
        return true;
    return expr_invalid(
        b->e, b->err,
        "Invalid attribute type name found; type: %.*s, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        SLICE_PRINTF(text));
}

/* As AWS's own Java prints an attribute value. */
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
        buf_printf(out, "java.nio.HeapByteBuffer[pos=0 lim=%zu cap=%zu]", v->payload.size, v->payload.size);
    }
    buf_append_byte(out, '}');
}

static bool wrong_bounds(struct binder *b, const char *rule, const struct value *lower,
                         const struct value *upper)
{
    struct buf text;
    buf_init(&text, b->e->arena, 128);
    buf_append_literal(&text, "lower bound operand: ");
    print_bound(lower, &text);
    buf_append_literal(&text, ", upper bound operand: ");
    print_bound(upper, &text);
    return expr_invalid(b->e, b->err, "The BETWEEN operator requires %s; %.*s", rule,
                        SLICE_PRINTF(buf_slice(&text)));
}

static bool check_bounds(struct binder *b, const struct expr_node *node)
{
    const struct expr_node *lower = operand(b->e, node, 1);
    const struct expr_node *upper = operand(b->e, node, 2);
    if (lower->op != OP_VALUE || upper->op != OP_VALUE)
        return true;
    const struct value *low = &b->e->values[lower->operand];
    const struct value *high = &b->e->values[upper->operand];
    if (low->type != high->type)
        return wrong_bounds(b, "same data type for lower and upper bounds", low, high);
    if (value_compare(low, high) > 0)
        return wrong_bounds(b, "upper bound to be greater than or equal to lower bound", low, high);
    return true;
}

static bool check_types(struct binder *b, const struct expr_node *node)
{
    switch ((enum expr_op)node->op) {
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
        return check_all_types(b, node, TYPES_ORDERED);
    case OP_BETWEEN:
        return check_all_types(b, node, TYPES_ORDERED) && check_bounds(b, node);
    case OP_SIZE:
        return check_all_types(b, node, TYPES_SIZED);
    case OP_ATTRIBUTE_EXISTS:
    case OP_ATTRIBUTE_NOT_EXISTS:
        return check_is_path(b, node);
    case OP_ATTRIBUTE_TYPE:
        return check_type_name(b, node);
    case OP_BEGINS_WITH:
        return check_all_types(b, node, TYPES_BEGINNING);
    case OP_PATH:
    case OP_VALUE:
    case OP_OR:
    case OP_AND:
    case OP_NOT:
    case OP_EQ:
    case OP_NE:
    case OP_PLUS:
    case OP_MINUS:
    case OP_IF_NOT_EXISTS:
    case OP_LIST_APPEND:
    case OP_IN:
    case OP_CONTAINS:
        return true;
    case OP_COUNT:
        break;
    }
    UNREACHABLE();
}

/* ------------------------------------------------------------------ conditions */

typedef bool node_step(struct binder *b, const struct expr_node *node);

/* One comparison, BETWEEN, IN or function with all that stands in it: each check goes over the whole of it before the
 * next begins, which is DynamoDB's order (semantics.md 5.4). */
static bool bind_condition(struct binder *b, const struct expr_node *condition)
{
    static node_step *const steps[] = {resolve_operand, check_operand_count, check_distinct, check_types};
    const struct expr_node *nodes = b->e->tree->nodes;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        for (const struct expr_node *node = &nodes[condition->first]; node <= condition; node++)
            if (!steps[i](b, node))
                return false;
    return true;
}

static bool bind_conditions(struct binder *b)
{
    const struct expr_tree *tree = b->e->tree;
    for (size_t i = 0; i < tree->node_count; i++)
        if (tree->nodes[i].condition && !bind_condition(b, &tree->nodes[i]))
            return false;
    return true;
}

static bool bind_paths(struct binder *b)
{
    for (size_t i = 0; i < b->e->tree->path_count; i++)
        if (!resolve_path(b, &b->e->tree->paths[i]))
            return false;
    return true;
}

/* ------------------------------------------------------------------ top-level names */

static struct top_level_name *find_top_level(struct expr *e, const struct text_index *index,
                                             struct slice name)
{
    PRE(e->top_levels);
    uint32_t number;
    if (index)
        return text_index_find(index, 0, name, &number) ? &e->top_levels[number] : NULL;
    for (size_t i = 0; i < e->top_level_count; i++)
        if (slice_equal(e->top_levels[i].name, name))
            return &e->top_levels[i];
    return NULL;
}

static void collect_top_levels(struct expr *e)
{
    const struct expr_tree *tree = e->tree;
    struct text_index index;
    bool indexed = tree->path_count > LINEAR_MAX;
    if (indexed)
        text_index_init(&index, e->arena, tree->path_count);
    e->top_levels = arena_alloc(e->arena, arena_array_size(sizeof *e->top_levels, tree->path_count));
    for (size_t i = 0; i < tree->path_count; i++) {
        struct slice name = expr_path_elements(e, &tree->paths[i])->name;
        struct top_level_name *known = find_top_level(e, indexed ? &index : NULL, name);
        if (!known) {
            if (indexed)
                text_index_add(&index, 0, name, (uint32_t)e->top_level_count);
            known = &e->top_levels[e->top_level_count++];
            *known = (struct top_level_name){.name = name};
        }
        known->nested |= tree->paths[i].element_count > 1;
    }
}

/* ------------------------------------------------------------------ all kinds */

static bool bind_tree(struct binder *b)
{
    switch (b->e->tree->kind) {
    case EXPR_CONDITION:
    case EXPR_FILTER:
        return bind_conditions(b);
    case EXPR_KEY_CONDITION:
        return bind_conditions(b) && expr_bind_key_conditions(b->e, b->err);
    case EXPR_PROJECTION:
        return bind_paths(b) && expr_bind_projection(b->e, b->err);
    case EXPR_UPDATE:
        break;
    }
    UNREACHABLE();
}

bool expr_bind(struct expr *e, struct expr_scope *scope, struct error *err)
{
    PRE(!e->bound);
    const struct expr_tree *tree = e->tree;
    e->elements = arena_alloc(e->arena, arena_array_size(sizeof *e->elements, tree->element_count));
    e->values = arena_alloc(e->arena, arena_array_size(sizeof *e->values, tree->value_count));
    struct binder b = {.e = e, .scope = scope, .err = err};
    if (scope->name_count > LINEAR_MAX || scope->value_count > LINEAR_MAX)
        index_scope(&b);
    if (!bind_tree(&b))
        return false;
    collect_top_levels(e);
    e->bound = true;
    return true;
}
