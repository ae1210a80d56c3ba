#include "expr/legacy.h"

#include "base/contract.h"
#include "expr/bound_priv.h"
#include "expr/builder.h"
#include "item/item.h"
#include "item/wire.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool expr_is_legacy(const struct expr *e)
{
    return e->origin == EXPR_LEGACY;
}

/* What was built. Attributes are distinct and counts within the bounds, so nothing can be wrong with it. */
static struct expr *built(struct expr_builder *b, struct arena *arena)
{
    struct expr *e = NULL;
    struct error none;
    error_init(&none, arena);
    bool sound = expr_builder_end(b, &e, &none);
    PRE(sound);
    e->origin = EXPR_LEGACY;
    return e;
}

/* ------------------------------------------------------------------ conditions */

/* The condition's attribute and its operands under one operator. */
static void add_comparison(struct expr_builder *b, enum expr_op op, const struct legacy_condition *condition,
                           size_t operand_count)
{
    const struct expr_step attribute = {.name = condition->attribute};
    expr_builder_path(b, &attribute, 1);
    for (size_t i = 0; i < operand_count; i++)
        expr_builder_value(b, &condition->operands[i]);
    expr_builder_operator(b, op, 1 + operand_count);
}

/* An attribute that is not there does not contain anything, and still NOT_CONTAINS is false: it wants something that could
 * have contained the operand. */
static void add_not_contains(struct expr_builder *b, const struct legacy_condition *condition)
{
    add_comparison(b, OP_ATTRIBUTE_EXISTS, condition, 0);
    add_comparison(b, OP_CONTAINS, condition, 1);
    expr_builder_operator(b, OP_NOT, 1);
    expr_builder_operator(b, OP_AND, 2);
}

static void add_condition(struct expr_builder *b, const struct legacy_condition *condition)
{
    switch (condition->comparison) {
    case LEGACY_EQ:
        add_comparison(b, OP_EQ, condition, 1);
        return;
    case LEGACY_NE:
        add_comparison(b, OP_NE, condition, 1);
        return;
    case LEGACY_LT:
        add_comparison(b, OP_LT, condition, 1);
        return;
    case LEGACY_LE:
        add_comparison(b, OP_LE, condition, 1);
        return;
    case LEGACY_GT:
        add_comparison(b, OP_GT, condition, 1);
        return;
    case LEGACY_GE:
        add_comparison(b, OP_GE, condition, 1);
        return;
    case LEGACY_BETWEEN:
        add_comparison(b, OP_BETWEEN, condition, 2);
        return;
    case LEGACY_IN:
        add_comparison(b, OP_IN, condition, condition->operand_count);
        return;
    case LEGACY_BEGINS_WITH:
        add_comparison(b, OP_BEGINS_WITH, condition, 1);
        return;
    case LEGACY_CONTAINS:
        add_comparison(b, OP_CONTAINS, condition, 1);
        return;
    case LEGACY_NOT_CONTAINS:
        add_not_contains(b, condition);
        return;
    case LEGACY_NULL:
        add_comparison(b, OP_ATTRIBUTE_NOT_EXISTS, condition, 0);
        return;
    case LEGACY_NOT_NULL:
        add_comparison(b, OP_ATTRIBUTE_EXISTS, condition, 0);
        return;
    }
    UNREACHABLE();
}

/* No condition is more than these nodes beside its operands: of NOT_CONTAINS two paths with their operators, a NOT and an AND.
 * One more joins them all. */
enum { NODES_PER_CONDITION_MAX = 6 };
static_assert(LEGACY_CONDITIONS_MAX * NODES_PER_CONDITION_MAX + LEGACY_OPERANDS_MAX < EXPR_BUILDER_PARTS_MAX);

struct expr *expr_from_conditions(enum expr_kind kind, const struct legacy_condition *conditions,
                                  size_t count, bool any, struct arena *arena)
{
    PRE(kind == EXPR_CONDITION || kind == EXPR_FILTER);
    PRE(count > 0 && count <= LEGACY_CONDITIONS_MAX);
    struct expr_builder *b = expr_builder_new(kind, arena);
    for (size_t i = 0; i < count; i++)
        add_condition(b, &conditions[i]);
    if (count > 1)
        expr_builder_operator(b, any ? OP_OR : OP_AND, count);
    return built(b, arena);
}

/* What has no tree: an expression that consists of the names of attributes, and what these are to be. They stand in an array of
 * structs of `stride` bytes, whose first member they are. */
static struct expr *of_names(enum expr_kind kind, const struct slice *first, size_t stride, size_t count,
                             struct arena *arena)
{
    struct expr_tree *tree = ARENA_NEW(arena, struct expr_tree);
    struct expr *e = ARENA_NEW(arena, struct expr);
    *tree = (struct expr_tree){.kind = kind, .text = SLICE("")};
    *e = (struct expr){.tree = tree, .arena = arena, .bound = true, .origin = EXPR_LEGACY};
    e->top_levels = ARENA_NEW_ARRAY(arena, struct top_level_name, count);
    for (size_t i = 0; i < count; i++)
        e->top_levels[i].name = *(const struct slice *)((const char *)first + i * stride);
    e->top_level_count = count;
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
    struct expr *e = of_names(EXPR_KEY_CONDITION, &conditions->attribute, sizeof *conditions, count, arena);
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
    struct expr *e = of_names(EXPR_PROJECTION, names, sizeof *names, count, arena);
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

struct expr *expr_from_updates(const struct legacy_update *updates, size_t count, struct arena *arena)
{
    PRE(count > 0 && count <= LEGACY_UPDATES_MAX);
    static_assert((int)LEGACY_UPDATES_MAX < (int)EXPR_BUILDER_PARTS_MAX);
    struct expr_builder *b = expr_builder_new(EXPR_UPDATE, arena);
    for (size_t i = 0; i < count; i++) {
        const struct expr_step attribute = {.name = updates[i].attribute};
        if (updates[i].has_value)
            expr_builder_value(b, &updates[i].value);
        expr_builder_action(b, action_kind_of(&updates[i]), &attribute, 1);
    }
    return built(b, arena);
}
