#include "expr/legacy.h"

#include "base/contract.h"
#include "expr/bound_priv.h"
#include "item/item.h"
#include "item/wire.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* An expression of this kind whose tree has nothing yet. The tree is this request's alone, so nobody counts its
 * references. */
static struct expr *new_expr(enum expr_kind kind, struct expr_tree *tree, struct arena *arena)
{
    *tree = (struct expr_tree){.kind = kind, .text = SLICE("")};
    struct expr *e = ARENA_NEW(arena, struct expr);
    *e = (struct expr){.tree = tree, .arena = arena, .bound = true, .legacy = true};
    return e;
}

bool expr_is_legacy(const struct expr *e)
{
    return e->legacy;
}

/* ------------------------------------------------------------------ conditions */

/* The arrays of a tree of conditions while they are filled. Each condition has one path and one element; their numbers are
 * the condition's. */
struct grower {
    struct expr_tree *tree;
    struct expr *e;
    struct expr_node *nodes;
    struct path *paths;
    enum expr_op joiner; /* OP_AND or OP_OR */
    const struct legacy_condition *conditions;
};

static uint16_t add_node(struct grower *g, struct expr_node node)
{
    INVARIANT(g->tree->node_count < NODE_NONE);
    g->nodes[g->tree->node_count] = node;
    return g->tree->node_count++;
}

static uint16_t add_path_node(struct grower *g, uint16_t condition)
{
    uint16_t self = g->tree->node_count;
    return add_node(
        g, (struct expr_node){.op = OP_PATH, .first = self, .operand = condition, .next = NODE_NONE});
}

static uint16_t add_value_node(struct grower *g, const struct value *value)
{
    uint16_t number = g->tree->value_count++;
    g->e->values[number] = *value;
    uint16_t self = g->tree->node_count;
    return add_node(g,
                    (struct expr_node){.op = OP_VALUE, .first = self, .operand = number, .next = NODE_NONE});
}

/* The condition's attribute and its operands under one operator. */
static uint16_t add_comparison(struct grower *g, enum expr_op op, uint16_t number, size_t operand_count)
{
    uint16_t first = add_path_node(g, number);
    uint16_t last = first;
    for (size_t i = 0; i < operand_count; i++) {
        uint16_t operand = add_value_node(g, &g->conditions[number].operands[i]);
        g->nodes[last].next = operand;
        last = operand;
    }
    return add_node(g, (struct expr_node){.op = (uint8_t)op,
                                          .condition = true,
                                          .first = first,
                                          .operand = first,
                                          .operand_count = (uint16_t)(operand_count + 1),
                                          .next = NODE_NONE});
}

/* `left` and what was built after it. */
static uint16_t add_joined(struct grower *g, enum expr_op op, uint16_t left, uint16_t right)
{
    g->nodes[left].next = right;
    return add_node(g, (struct expr_node){.op = (uint8_t)op,
                                          .first = g->nodes[left].first,
                                          .operand = left,
                                          .operand_count = 2,
                                          .next = NODE_NONE});
}

/* An attribute that is not there does not contain anything, and still NOT_CONTAINS is false: it wants something that could
 * have contained the operand. */
static uint16_t add_not_contains(struct grower *g, uint16_t number)
{
    uint16_t exists = add_comparison(g, OP_ATTRIBUTE_EXISTS, number, 0);
    uint16_t contains = add_comparison(g, OP_CONTAINS, number, 1);
    uint16_t negated = add_node(g, (struct expr_node){.op = OP_NOT,
                                                      .first = g->nodes[contains].first,
                                                      .operand = contains,
                                                      .operand_count = 1,
                                                      .next = NODE_NONE});
    return add_joined(g, OP_AND, exists, negated);
}

static uint16_t add_condition(struct grower *g, uint16_t number)
{
    switch (g->conditions[number].comparison) {
    case LEGACY_EQ:
        return add_comparison(g, OP_EQ, number, 1);
    case LEGACY_NE:
        return add_comparison(g, OP_NE, number, 1);
    case LEGACY_LT:
        return add_comparison(g, OP_LT, number, 1);
    case LEGACY_LE:
        return add_comparison(g, OP_LE, number, 1);
    case LEGACY_GT:
        return add_comparison(g, OP_GT, number, 1);
    case LEGACY_GE:
        return add_comparison(g, OP_GE, number, 1);
    case LEGACY_BETWEEN:
        return add_comparison(g, OP_BETWEEN, number, 2);
    case LEGACY_IN:
        return add_comparison(g, OP_IN, number, g->conditions[number].operand_count);
    case LEGACY_BEGINS_WITH:
        return add_comparison(g, OP_BEGINS_WITH, number, 1);
    case LEGACY_CONTAINS:
        return add_comparison(g, OP_CONTAINS, number, 1);
    case LEGACY_NOT_CONTAINS:
        return add_not_contains(g, number);
    case LEGACY_NULL:
        return add_comparison(g, OP_ATTRIBUTE_NOT_EXISTS, number, 0);
    case LEGACY_NOT_NULL:
        return add_comparison(g, OP_ATTRIBUTE_EXISTS, number, 0);
    }
    UNREACHABLE();
}

/* The conditions from `from` to before `to`, joined. Halving keeps the tree low: recursion, here and in evaluation, is as
 * deep as the logarithm of their number. */
static uint16_t add_conditions(struct grower *g, size_t from, size_t to)
{
    if (to - from == 1)
        return add_condition(g, (uint16_t)from);
    size_t middle = from + (to - from) / 2;
    uint16_t left = add_conditions(g, from, middle);
    uint16_t right = add_conditions(g, middle, to);
    return add_joined(g, g->joiner, left, right);
}

/* No condition is more than these nodes beside its operands: path, operator; NOT_CONTAINS has both twice, a NOT and an AND;
 * and a joiner. */
enum { NODES_PER_CONDITION_MAX = 7 };
static_assert(LEGACY_CONDITIONS_MAX * NODES_PER_CONDITION_MAX + LEGACY_OPERANDS_MAX < NODE_NONE);

static size_t count_operands(const struct legacy_condition *conditions, size_t count)
{
    size_t operands = 0;
    for (size_t i = 0; i < count; i++)
        operands += conditions[i].operand_count;
    return operands;
}

/* The attributes stand in an array of structs of `stride` bytes, whose first member they are. */
static void set_names(struct expr *e, const struct slice *first, size_t stride, size_t count)
{
    e->top_levels = ARENA_NEW_ARRAY(e->arena, struct top_level_name, count);
    for (size_t i = 0; i < count; i++)
        e->top_levels[i].name = *(const struct slice *)((const char *)first + i * stride);
    e->top_level_count = count;
}

/* One path for each name, with the same number, and so its one element. */
static void set_paths(struct expr *e, struct expr_tree *tree)
{
    size_t count = e->top_level_count;
    struct path *paths = ARENA_NEW_ARRAY(e->arena, struct path, count);
    e->elements = ARENA_NEW_ARRAY(e->arena, struct bound_element, count);
    for (size_t i = 0; i < count; i++) {
        e->elements[i].name = e->top_levels[i].name;
        paths[i] = (struct path){.element = (uint16_t)i, .element_count = 1};
    }
    tree->paths = paths;
    tree->path_count = (uint16_t)count;
    tree->element_count = (uint16_t)count;
}

struct expr *expr_from_conditions(enum expr_kind kind, const struct legacy_condition *conditions,
                                  size_t count, bool any, struct arena *arena)
{
    PRE(kind == EXPR_CONDITION || kind == EXPR_FILTER);
    PRE(count > 0 && count <= LEGACY_CONDITIONS_MAX);
    size_t operands = count_operands(conditions, count);
    PRE(operands <= LEGACY_OPERANDS_MAX);
    struct expr_tree *tree = ARENA_NEW(arena, struct expr_tree);
    struct expr *e = new_expr(kind, tree, arena);
    set_names(e, &conditions->attribute, sizeof *conditions, count);
    set_paths(e, tree);
    e->values = ARENA_NEW_ARRAY(arena, struct value, operands);
    struct grower g = {.tree = tree, .e = e, .joiner = any ? OP_OR : OP_AND, .conditions = conditions};
    g.nodes = ARENA_NEW_ARRAY(arena, struct expr_node, count * NODES_PER_CONDITION_MAX + operands);
    tree->nodes = g.nodes;
    (void)add_conditions(&g, 0, count);
    return e;
}

/* ------------------------------------------------------------------ key conditions */

static enum key_comparison key_comparison_of(enum legacy_comparison comparison)
{
    switch (comparison) {
    case LEGACY_EQ:
        return KEY_EQ;
    case LEGACY_LT:
        return KEY_LT;
    case LEGACY_LE:
        return KEY_LE;
    case LEGACY_GT:
        return KEY_GT;
    case LEGACY_GE:
        return KEY_GE;
    case LEGACY_BETWEEN:
        return KEY_BETWEEN;
    case LEGACY_BEGINS_WITH:
        return KEY_BEGINS_WITH;
    case LEGACY_NE:
    case LEGACY_IN:
    case LEGACY_CONTAINS:
    case LEGACY_NOT_CONTAINS:
    case LEGACY_NULL:
    case LEGACY_NOT_NULL:
        return KEY_NOT_INDEXABLE;
    }
    UNREACHABLE();
}

struct expr *expr_from_key_conditions(const struct legacy_condition *conditions, size_t count,
                                      struct arena *arena)
{
    PRE(count > 0 && count <= KEY_CONDITIONS_MAX);
    struct expr *e = new_expr(EXPR_KEY_CONDITION, ARENA_NEW(arena, struct expr_tree), arena);
    set_names(e, &conditions->attribute, sizeof *conditions, count);
    e->key = ARENA_NEW(arena, struct key_conditions);
    e->key->count = count;
    for (size_t i = 0; i < count; i++) {
        const struct legacy_condition *from = &conditions[i];
        struct key_condition *to = &e->key->conditions[i];
        to->attribute = from->attribute;
        to->comparison = key_comparison_of(from->comparison);
        if (to->comparison != KEY_NOT_INDEXABLE)
            to->operand = from->operands[0];
        if (to->comparison == KEY_BETWEEN)
            to->upper = from->operands[1];
    }
    return e;
}

/* ------------------------------------------------------------------ projections */

static int compare_names(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

struct expr *expr_from_attributes(const struct slice *names, size_t count, struct arena *arena)
{
    PRE(count > 0);
    struct expr *e = new_expr(EXPR_PROJECTION, ARENA_NEW(arena, struct expr_tree), arena);
    set_names(e, names, sizeof *names, count);
    struct slice *sorted = ARENA_NEW_ARRAY(arena, struct slice, count);
    memcpy(sorted, names, count * sizeof *names);
    qsort(sorted, count, sizeof *sorted, compare_names);
    e->wanted = sorted;
    e->wanted_count = count;
    return e;
}

static void write_member(struct slice name, const struct value *v, struct json_writer *w)
{
    json_name(w, name);
    wire_write_value(w, v);
}

static void write_by_name(const struct expr *e, const struct value *attributes, struct json_writer *w)
{
    for (size_t i = 0; i < e->wanted_count; i++) {
        struct value member;
        if (value_member(attributes, e->wanted[i], &member))
            write_member(e->wanted[i], &member, w);
    }
}

static void write_by_attribute(const struct expr *e, const struct value *attributes, struct json_writer *w)
{
    struct slice members = value_members(attributes);
    for (uint32_t i = 0; i < attributes->count; i++) {
        struct slice name;
        struct value member;
        value_next_entry(&members, &name, &member);
        if (bsearch(&name, e->wanted, e->wanted_count, sizeof *e->wanted, compare_names))
            write_member(name, &member, w);
    }
}

/* A request may want more names than any item has attributes: the fewer are looked up among the others. */
void expr_project_wanted(const struct expr *e, struct slice item, struct json_writer *w)
{
    struct value attributes;
    item_attributes(item, &attributes);
    json_begin_object(w);
    if (e->wanted_count <= attributes.count)
        write_by_name(e, &attributes, w);
    else
        write_by_attribute(e, &attributes, w);
    json_end_object(w);
}

/* ------------------------------------------------------------------ updates */

static enum update_action_kind action_kind_of(const struct legacy_update *update)
{
    switch (update->action) {
    case LEGACY_PUT:
        return ACTION_SET;
    case LEGACY_ADD:
        return ACTION_ADD;
    case LEGACY_DELETE:
        return update->has_value ? ACTION_DELETE : ACTION_REMOVE;
    }
    UNREACHABLE();
}

static void set_actions(struct expr *e, struct expr_tree *tree, const struct legacy_update *updates,
                        size_t count)
{
    struct update_action *actions = ARENA_NEW_ARRAY(e->arena, struct update_action, count);
    struct expr_node *nodes = ARENA_NEW_ARRAY(e->arena, struct expr_node, count);
    for (size_t i = 0; i < count; i++) {
        actions[i] = (struct update_action){
            .kind = (uint8_t)action_kind_of(&updates[i]), .path = (uint16_t)i, .node = NODE_NONE};
        if (!updates[i].has_value)
            continue;
        uint16_t number = tree->value_count++;
        e->values[number] = updates[i].value;
        nodes[number] =
            (struct expr_node){.op = OP_VALUE, .first = number, .operand = number, .next = NODE_NONE};
        actions[i].node = number;
    }
    tree->node_count = tree->value_count;
    tree->nodes = nodes;
    tree->actions = actions;
    tree->action_count = (uint16_t)count;
}

struct expr *expr_from_updates(const struct legacy_update *updates, size_t count, struct arena *arena)
{
    PRE(count > 0 && count <= LEGACY_UPDATES_MAX);
    struct expr_tree *tree = ARENA_NEW(arena, struct expr_tree);
    struct expr *e = new_expr(EXPR_UPDATE, tree, arena);
    set_names(e, &updates->attribute, sizeof *updates, count);
    set_paths(e, tree);
    e->values = ARENA_NEW_ARRAY(arena, struct value, count);
    set_actions(e, tree, updates, count);
    struct error none;
    error_init(&none, arena);
    bool distinct = expr_bind_selection(e, &none);
    PRE(distinct);
    return e;
}
