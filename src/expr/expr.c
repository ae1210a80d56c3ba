#include "expr/expr.h"

#include "base/contract.h"
#include "expr/bound_priv.h"
#include "expr/cache_priv.h"
#include "expr/update.h"

const char *expr_kind_name(enum expr_kind kind)
{
    switch (kind) {
    case EXPR_CONDITION:
        return "ConditionExpression";
    case EXPR_FILTER:
        return "FilterExpression";
    case EXPR_KEY_CONDITION:
        return "KeyConditionExpression";
    case EXPR_PROJECTION:
        return "ProjectionExpression";
    case EXPR_UPDATE:
        return "UpdateExpression";
    }
    UNREACHABLE();
}

const char *expr_error_prefix(const struct expr *e)
{
    static const char *const prefixes[] = {
        [EXPR_CONDITION] = "Invalid ConditionExpression: ",
        [EXPR_FILTER] = "Invalid FilterExpression: ",
        [EXPR_KEY_CONDITION] = "Invalid KeyConditionExpression: ",
        [EXPR_PROJECTION] = "Invalid ProjectionExpression: ",
        [EXPR_UPDATE] = "Invalid UpdateExpression: ",
    };
    return e->origin == EXPR_BUILT ? "" : prefixes[e->tree->kind];
}

static void release_tree(void *arg)
{
    expr_tree_release(arg);
}

bool expr_parse(struct expr_cache *cache, enum expr_kind kind, struct slice text, struct arena *arena,
                struct expr **expr_out, struct error *err)
{
    struct expr_tree *tree;
    bool parsed = cache ? expr_cache_take(cache, kind, text, arena, &tree, err)
                        : expr_tree_parse(kind, text, arena, &tree, err);
    if (!parsed)
        return false;
    arena_cleanup_add(arena, release_tree, tree);
    struct expr *e = ARENA_NEW(arena, struct expr);
    e->tree = tree;
    e->arena = arena;
    *expr_out = e;
    return true;
}

size_t expr_top_level_count(const struct expr *e)
{
    PRE(e->bound);
    return e->top_level_count;
}

struct slice expr_top_level_name(const struct expr *e, size_t index)
{
    PRE(e->bound && index < e->top_level_count);
    return e->top_levels[index].name;
}

bool expr_has_nested_path(const struct expr *e, struct slice top_level_name)
{
    PRE(e->bound);
    for (size_t i = 0; i < e->top_level_count; i++)
        if (slice_equal(e->top_levels[i].name, top_level_name))
            return e->top_levels[i].nested;
    return false;
}

void expr_key_conditions(const struct expr *e, struct key_conditions *out)
{
    PRE(e->bound && e->tree->kind == EXPR_KEY_CONDITION);
    *out = *e->key;
}

struct slice expr_path_text(const struct expr *e, const struct path *path)
{
    struct buf text;
    buf_init(&text, e->arena, 128);
    buf_append_byte(&text, '[');
    const struct bound_element *elements = expr_path_elements(e, path);
    for (size_t i = 0; i < path->element_count; i++) {
        if (i > 0)
            buf_append_literal(&text, ", ");
        if (slice_is_none(elements[i].name))
            buf_printf(&text, "[%u]", elements[i].index);
        else
            buf_append(&text, elements[i].name);
    }
    buf_append_byte(&text, ']');
    return buf_slice(&text);
}

/* ------------------------------------------------------------------ updates */

size_t expr_update_target_count(const struct expr *e)
{
    PRE(e->bound && e->tree->kind == EXPR_UPDATE);
    return e->target_count;
}

struct slice expr_update_target(const struct expr *e, size_t index)
{
    PRE(e->bound && index < e->target_count);
    return e->targets[index];
}

/* The action that sets or changes this attribute as a whole; NULL if there is none. There is one at most. */
static const struct update_action *action_on(const struct expr *e, struct slice top_level_name)
{
    PRE(e->bound && e->tree->kind == EXPR_UPDATE);
    const struct expr_tree *tree = e->tree;
    for (size_t i = 0; i < tree->action_count; i++) {
        const struct path *path = &tree->paths[tree->actions[i].path];
        if (path->element_count == 1 && slice_equal(expr_path_elements(e, path)->name, top_level_name))
            return &tree->actions[i];
    }
    return NULL;
}

bool expr_update_constant(const struct expr *e, struct slice top_level_name, struct value *value_out)
{
    const struct update_action *action = action_on(e, top_level_name);
    if (!action || action->kind != ACTION_SET)
        return false;
    const struct expr_node *value = &e->tree->nodes[action->node];
    if (value->op != OP_VALUE)
        return false;
    *value_out = e->values[value->operand];
    return true;
}

bool expr_update_known_type(const struct expr *e, struct slice top_level_name, enum value_type *type_out)
{
    const struct update_action *action = action_on(e, top_level_name);
    if (!action || action->node == NODE_NONE)
        return false;
    const struct expr_node *value = &e->tree->nodes[action->node];
    if (value->op == OP_VALUE)
        *type_out = e->values[value->operand].type;
    else if (value->op == OP_PLUS || value->op == OP_MINUS)
        *type_out = VALUE_N;
    else if (value->op == OP_LIST_APPEND)
        *type_out = VALUE_L;
    else
        return false;
    return true;
}
