#include "expr/builder.h"

#include "base/contract.h"
#include "expr/bound_priv.h"

#include <assert.h>

static_assert((int)EXPR_STEPS_MAX == (int)EXPR_PATH_ELEMENTS_MAX);
static_assert((int)EXPR_BUILDER_PARTS_MAX < (int)NODE_NONE);

enum { ROOM_FIRST = 16 };

/* An array that grows. */
struct parts {
    void *at;
    size_t count;
    size_t room;
    size_t size; /* of one */
};

struct expr_builder {
    struct expr *e;
    struct parts nodes;    /* struct expr_node */
    struct parts paths;    /* struct path */
    struct parts elements; /* struct bound_element */
    struct parts values;   /* struct value */
    struct parts actions;  /* struct update_action */
    struct parts stack;    /* uint16_t: roots that wait for an operator */
    bool too_large;        /* nothing more is taken in; the stack means nothing */
};

struct expr_builder *expr_builder_new(enum expr_kind kind, struct arena *arena)
{
    PRE(kind != EXPR_KEY_CONDITION);
    struct expr_tree *tree = ARENA_NEW(arena, struct expr_tree);
    struct expr_builder *b = ARENA_NEW(arena, struct expr_builder);
    b->e = ARENA_NEW(arena, struct expr);
    /* The tree is this request's alone, so nobody counts its references. */
    *tree = (struct expr_tree){.kind = kind, .text = SLICE("")};
    *b->e = (struct expr){.tree = tree, .arena = arena, .origin = EXPR_BUILT};
    b->nodes.size = sizeof(struct expr_node);
    b->paths.size = sizeof(struct path);
    b->elements.size = sizeof(struct bound_element);
    b->values.size = sizeof(struct value);
    b->actions.size = sizeof(struct update_action);
    b->stack.size = sizeof(uint16_t);
    return b;
}

/* ------------------------------------------------------------------ parts */

/* The next of them. PRE: it is within the bounds. */
static void *add_part(struct expr_builder *b, struct parts *parts)
{
    if (parts->count == parts->room) {
        size_t room = parts->room ? 2 * parts->room : ROOM_FIRST;
        void *larger = arena_alloc(b->e->arena, arena_array_size(parts->size, room));
        if (parts->count > 0)
            memcpy(larger, parts->at, parts->count * parts->size);
        parts->at = larger;
        parts->room = room;
    }
    return (char *)parts->at + parts->count++ * parts->size;
}

/* Whether `more` of them can be added. Nothing else is as many as nodes and elements together are. */
static bool has_room(struct expr_builder *b, const struct parts *parts, size_t more)
{
    if (!b->too_large && more > EXPR_BUILDER_PARTS_MAX - parts->count)
        b->too_large = true;
    return !b->too_large;
}

static struct expr_node *node_at(const struct expr_builder *b, uint16_t number)
{
    return (struct expr_node *)b->nodes.at + number;
}

static void push(struct expr_builder *b, struct expr_node node)
{
    uint16_t *root = add_part(b, &b->stack);
    *root = (uint16_t)b->nodes.count;
    node.next = NODE_NONE;
    *(struct expr_node *)add_part(b, &b->nodes) = node;
}

static uint16_t pop(struct expr_builder *b)
{
    PRE(b->stack.count > 0);
    return ((const uint16_t *)b->stack.at)[--b->stack.count];
}

/* Returns the path's number. */
static uint16_t add_path(struct expr_builder *b, const struct expr_step *steps, size_t step_count)
{
    PRE(step_count > 0 && step_count <= EXPR_STEPS_MAX && !slice_is_none(steps[0].name));
    uint16_t number = (uint16_t)b->paths.count;
    struct path *path = add_part(b, &b->paths);
    *path = (struct path){.element = (uint16_t)b->elements.count, .element_count = (uint16_t)step_count};
    for (size_t i = 0; i < step_count; i++) {
        struct bound_element *element = add_part(b, &b->elements);
        *element = (struct bound_element){.name = steps[i].name, .index = steps[i].index};
    }
    return number;
}

/* ------------------------------------------------------------------ operands and operators */

void expr_builder_path(struct expr_builder *b, const struct expr_step *steps, size_t step_count)
{
    if (!has_room(b, &b->elements, step_count) || !has_room(b, &b->nodes, 1))
        return;
    uint16_t self = (uint16_t)b->nodes.count;
    push(b, (struct expr_node){.op = OP_PATH, .first = self, .operand = add_path(b, steps, step_count)});
}

void expr_builder_value(struct expr_builder *b, const struct value *value)
{
    if (!has_room(b, &b->nodes, 1))
        return;
    uint16_t self = (uint16_t)b->nodes.count;
    uint16_t number = (uint16_t)b->values.count;
    *(struct value *)add_part(b, &b->values) = *value;
    push(b, (struct expr_node){.op = OP_VALUE, .first = self, .operand = number});
}

void expr_builder_operator(struct expr_builder *b, enum expr_op op, size_t operand_count)
{
    PRE(op > OP_VALUE && op < OP_COUNT && operand_count > 0);
    if (!has_room(b, &b->nodes, 1))
        return;
    uint16_t operand = NODE_NONE;
    for (size_t i = 0; i < operand_count; i++) {
        uint16_t before = pop(b);
        node_at(b, before)->next = operand;
        operand = before;
    }
    push(b, (struct expr_node){.op = (uint8_t)op,
                               .condition = expr_op_is_condition(op),
                               .first = node_at(b, operand)->first,
                               .operand = operand,
                               .operand_count = (uint16_t)operand_count});
}

/* ------------------------------------------------------------------ actions and columns */

void expr_builder_action(struct expr_builder *b, enum update_action_kind kind, const struct expr_step *steps,
                         size_t step_count)
{
    PRE(b->e->tree->kind == EXPR_UPDATE);
    if (!has_room(b, &b->elements, step_count))
        return;
    uint16_t node = kind == ACTION_REMOVE ? NODE_NONE : pop(b);
    PRE(kind == ACTION_SET || kind == ACTION_REMOVE || node_at(b, node)->op == OP_VALUE);
    struct update_action *action = add_part(b, &b->actions);
    *action =
        (struct update_action){.kind = (uint8_t)kind, .path = add_path(b, steps, step_count), .node = node};
}

void expr_builder_column(struct expr_builder *b, const struct expr_step *steps, size_t step_count)
{
    PRE(b->e->tree->kind == EXPR_PROJECTION);
    if (has_room(b, &b->elements, step_count))
        (void)add_path(b, steps, step_count);
}

/* ------------------------------------------------------------------ the end */

static void finish_tree(const struct expr_builder *b)
{
    struct expr_tree *tree = b->e->tree;
    tree->nodes = b->nodes.at;
    tree->paths = b->paths.at;
    tree->actions = b->actions.at;
    tree->node_count = (uint16_t)b->nodes.count;
    tree->path_count = (uint16_t)b->paths.count;
    tree->element_count = (uint16_t)b->elements.count;
    tree->value_count = (uint16_t)b->values.count;
    tree->action_count = (uint16_t)b->actions.count;
    b->e->elements = b->elements.at;
    b->e->values = b->values.at;
}

static bool has_selection(enum expr_kind kind)
{
    return kind == EXPR_UPDATE || kind == EXPR_PROJECTION;
}

static bool end(struct expr_builder *b, bool checked, struct expr **expr_out, struct error *err)
{
    struct expr *e = b->e;
    enum expr_kind kind = e->tree->kind;
    if (b->too_large)
        return error_set(err, ERR_VALIDATION, "Expression size has exceeded the maximum allowed size;");
    PRE(b->stack.count == (has_selection(kind) ? 0 : 1));
    PRE(!has_selection(kind) || b->paths.count > 0);
    finish_tree(b);
    if ((checked && !expr_bind_check(e, err)) || (has_selection(kind) && !expr_bind_selection(e, err)))
        return false;
    expr_bind_top_levels(e);
    e->bound = true;
    *expr_out = e;
    return true;
}

bool expr_builder_end(struct expr_builder *b, struct expr **expr_out, struct error *err)
{
    return end(b, false, expr_out, err);
}

bool expr_builder_end_checked(struct expr_builder *b, struct expr **expr_out, struct error *err)
{
    return end(b, true, expr_out, err);
}
