/* Binding: gives a tree's symbols their meaning in one request, and makes the checks that depend on it. What is wrong
 * whatever the placeholders stand for was found by the parser. */
#include "expr/expr.h"

#include "base/contract.h"
#include "expr/bound_priv.h"
#include "expr/text_index_priv.h"

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
    if (path->element_count > EXPR_PATH_ELEMENTS_MAX)
        return expr_invalid(b->e, b->err, "The document path has too many nesting levels; nesting levels: %u",
                            path->element_count);
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

/* ------------------------------------------------------------------ conditions */

static expr_check *const checks[] = {expr_check_operand_count, expr_check_distinct, expr_check_operand_types};
enum { CHECK_COUNT = sizeof checks / sizeof checks[0] };

/* One comparison, BETWEEN, IN or function with all that stands in it: each check goes over the whole of it before the
 * next begins, which is DynamoDB's order (semantics.md 5.4). */
static bool check_condition(const struct expr *e, const struct expr_node *condition, struct error *err)
{
    for (size_t i = 0; i < CHECK_COUNT; i++)
        for (const struct expr_node *node = &e->tree->nodes[condition->first]; node <= condition; node++)
            if (!checks[i](e, node, err))
                return false;
    return true;
}

static bool bind_condition(struct binder *b, const struct expr_node *condition)
{
    for (const struct expr_node *node = &b->e->tree->nodes[condition->first]; node <= condition; node++)
        if (!resolve_operand(b, node))
            return false;
    return check_condition(b->e, condition, b->err);
}

static bool bind_conditions(struct binder *b)
{
    const struct expr_tree *tree = b->e->tree;
    for (size_t i = 0; i < tree->node_count; i++)
        if (tree->nodes[i].condition && !bind_condition(b, &tree->nodes[i]))
            return false;
    return true;
}

/* ------------------------------------------------------------------ projections and updates */

static bool resolve_paths(struct binder *b)
{
    for (size_t i = 0; i < b->e->tree->path_count; i++)
        if (!resolve_path(b, &b->e->tree->paths[i]))
            return false;
    return true;
}

static bool resolve_values(struct binder *b)
{
    for (uint16_t i = 0; i < b->e->tree->value_count; i++)
        if (!resolve_value(b, i))
            return false;
    return true;
}

/* "Incorrect operand type ..." knows types by other names than everything else does. */
static const char *long_type_name(enum value_type type)
{
    switch (type) {
    case VALUE_S:
        return "STRING";
    case VALUE_N:
        return "NUMBER";
    case VALUE_B:
        return "BINARY";
    case VALUE_BOOL:
        return "BOOL";
    case VALUE_NULL:
        return "NULL";
    case VALUE_L:
        return "LIST";
    case VALUE_M:
        return "MAP";
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        break;
    }
    UNREACHABLE();
}

static bool is_set(enum value_type type)
{
    return type == VALUE_SS || type == VALUE_NS || type == VALUE_BS;
}

/* ADD takes numbers and sets, DELETE sets. */
static bool check_constant(struct binder *b, const struct update_action *action)
{
    if (action->kind != ACTION_ADD && action->kind != ACTION_DELETE)
        return true;
    const struct expr_node *node = &b->e->tree->nodes[action->node];
    enum value_type type = b->e->values[node->operand].type;
    if (is_set(type) || (type == VALUE_N && action->kind == ACTION_ADD))
        return true;
    /* The set is called so for both. */
    return expr_invalid(b->e, b->err,
                        "Incorrect operand type for operator or function; operator: %s, operand type: %s, "
                        "typeSet: ALLOWED_FOR_ADD_OPERAND",
                        action->kind == ACTION_ADD ? "ADD" : "DELETE", long_type_name(type));
}

/* Of operators and functions one is checked wholly before the next, what stands in them first. */
static bool check_operators(const struct expr *e, struct error *err)
{
    const struct expr_tree *tree = e->tree;
    for (size_t i = 0; i < tree->node_count; i++)
        for (size_t check = 0; check < CHECK_COUNT; check++)
            if (!checks[check](e, &tree->nodes[i], err))
                return false;
    return true;
}

/* Each step goes over the whole text before the next begins, which is DynamoDB's order (semantics.md 5.7). */
static bool bind_update(struct binder *b)
{
    const struct expr_tree *tree = b->e->tree;
    if (!resolve_paths(b) || !resolve_values(b) || !expr_bind_selection(b->e, b->err))
        return false;
    for (size_t i = 0; i < tree->action_count; i++)
        if (!check_constant(b, &tree->actions[i]))
            return false;
    return check_operators(b->e, b->err);
}

bool expr_bind_check(const struct expr *e, struct error *err)
{
    const struct expr_tree *tree = e->tree;
    if (tree->kind == EXPR_UPDATE)
        return check_operators(e, err);
    for (size_t i = 0; i < tree->node_count; i++)
        if (tree->nodes[i].condition && !check_condition(e, &tree->nodes[i], err))
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

void expr_bind_top_levels(struct expr *e)
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
        return resolve_paths(b) && expr_bind_selection(b->e, b->err);
    case EXPR_UPDATE:
        return bind_update(b);
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
    expr_bind_top_levels(e);
    e->bound = true;
    return true;
}
