/* What each action of an update makes of the item as it was. Operands come first, then the target's path, then the types:
 * the order in which one action is told what is wrong with it. How deep the values nest is what can be wrong with the item
 * that comes of all of them. */
#include "expr/update_priv.h"

#include "base/contract.h"
#include "expr/evaluate_priv.h"
#include "item/number.h"
#include "item/value_builder.h"

/* ------------------------------------------------------------------ errors */

static bool missing_attribute(struct update *u)
{
    return error_set(u->err, ERR_VALIDATION,
                     "The provided expression refers to an attribute that does not exist in the item");
}

static bool invalid_path(struct update *u)
{
    return error_set(u->err, ERR_VALIDATION,
                     "The document path provided in the update expression is invalid for update");
}

static bool incorrect_type(struct update *u)
{
    if (u->e->origin == EXPR_LEGACY)
        return error_set(u->err, ERR_VALIDATION, "Type mismatch for attribute to update");
    return error_set(u->err, ERR_VALIDATION,
                     "An operand in the update expression has an incorrect data type");
}

static bool too_deep(struct update *u)
{
    /* Of a PartiQL statement, whose update is built, it was seen without the rest. */
    return error_set(u->err, ERR_VALIDATION, "Nesting Levels have exceeded supported limits%s",
                     u->e->origin == EXPR_BUILT
                         ? ""
                         : ": Attributes in the item have nested levels beyond supported limit");
}

/* ------------------------------------------------------------------ operands */

/* A value from `level` levels down (constants are from the first) goes to where the target is. Only what goes further down
 * than it was can be too deep there. */
static void check_depth(struct update *u, const struct value *v, unsigned level, unsigned target_level)
{
    if (target_level > level && value_depth(v) + target_level - 1 > VALUE_DEPTH_MAX)
        u->too_deep = true;
}

static bool read_path(struct update *u, const struct path *path, unsigned target_level, struct value *out)
{
    if (!expr_path_value(u->e, path, &u->attributes, out))
        return false;
    check_depth(u, out, path->element_count, target_level);
    return true;
}

/* Recursion: as deep as functions nest, at most EXPR_OPERATORS_MAX. */
static bool read_operand(struct update *u, const struct expr_node *node, unsigned target_level,
                         struct value *out)
{
    const struct expr_tree *tree = u->e->tree;
    if (node->op == OP_VALUE) {
        *out = u->e->values[node->operand];
        check_depth(u, out, 1, target_level);
        return true;
    }
    if (node->op == OP_PATH)
        return read_path(u, &tree->paths[node->operand], target_level, out) || missing_attribute(u);
    INVARIANT(node->op == OP_IF_NOT_EXISTS);
    const struct expr_node *tested = &tree->nodes[node->operand];
    return read_path(u, &tree->paths[tested->operand], target_level, out) ||
           read_operand(u, &tree->nodes[tested->next], target_level, out);
}

static bool read_operands(struct update *u, const struct expr_node *node, unsigned target_level,
                          enum value_type type, struct value *first, struct value *second)
{
    const struct expr_node *left = &u->e->tree->nodes[node->operand];
    const struct expr_node *right = &u->e->tree->nodes[left->next];
    if (!read_operand(u, left, target_level, first) || !read_operand(u, right, target_level, second))
        return false;
    return (first->type == type && second->type == type) || incorrect_type(u);
}

/* ------------------------------------------------------------------ results */

static void put(struct change *change, const struct value *v)
{
    change->kind = CHANGE_PUT;
    change->value = *v;
    change->splice = NULL;
}

static void put_splice(struct change *change, const struct value_splice *splice)
{
    change->kind = CHANGE_PUT;
    change->splice = splice;
}

static bool put_sum(struct update *u, const struct value *a, const struct value *b, bool difference,
                    struct change *change)
{
    struct number result;
    if (difference ? !number_subtract(a->payload, b->payload, &result, u->err)
                   : !number_add(a->payload, b->payload, &result, u->err))
        return false;
    struct value v;
    value_of_number(&result, u->arena, &v);
    put(change, &v);
    return true;
}

/* The larger list is the one that is left as it is, because the members of the other are looked at. */
static void put_concatenation(struct update *u, const struct value *first, const struct value *second,
                              struct change *change)
{
    bool to_first = first->encoded.size >= second->encoded.size;
    const struct value *base = to_first ? first : second;
    const struct value *added = to_first ? second : first;
    struct value_splice *splice = ARENA_NEW(u->arena, struct value_splice);
    struct value_edit *edit = ARENA_NEW(u->arena, struct value_edit);
    *edit = (struct value_edit){
        .at = to_first ? base->count : 0, .content = EDIT_MEMBERS, .value = *added, .count = added->count};
    *splice = (struct value_splice){.base = *base, .edits = edit, .edit_count = 1};
    value_splice_measure(splice);
    put_splice(change, splice);
}

/* ------------------------------------------------------------------ SET */

static bool work_out_value(struct update *u, const struct expr_node *node, unsigned target_level,
                           struct change *change)
{
    struct value first;
    struct value second;
    if (node->op == OP_PLUS || node->op == OP_MINUS)
        return read_operands(u, node, target_level, VALUE_N, &first, &second) &&
               put_sum(u, &first, &second, node->op == OP_MINUS, change);
    if (node->op == OP_LIST_APPEND) {
        if (!read_operands(u, node, target_level, VALUE_L, &first, &second))
            return false;
        put_concatenation(u, &first, &second, change);
        return true;
    }
    if (!read_operand(u, node, target_level, &first))
        return false;
    put(change, &first);
    return true;
}

/* ------------------------------------------------------------------ ADD and DELETE */

/* `operand` comes to what is stored: a number, a set; of the older parameters a list too. */
static bool add(struct update *u, const struct value *stored, const struct value *operand,
                struct change *change)
{
    if (stored->type != operand->type)
        return incorrect_type(u);
    if (operand->type == VALUE_N)
        return put_sum(u, stored, operand, false, change);
    if (operand->type == VALUE_L) {
        put_concatenation(u, stored, operand, change);
        return true;
    }
    struct value_splice *splice = ARENA_NEW(u->arena, struct value_splice);
    value_splice_union(stored, operand, u->arena, splice);
    if (splice->edit_count > 0)
        put_splice(change, splice);
    return true;
}

static bool take_away(struct update *u, const struct value *stored, const struct value *operand,
                      struct change *change)
{
    if (stored->type != operand->type)
        return incorrect_type(u);
    struct value_splice *splice = ARENA_NEW(u->arena, struct value_splice);
    value_splice_difference(stored, operand, u->arena, splice);
    if (splice->count == 0)
        change->kind = CHANGE_REMOVE;
    else if (splice->edit_count > 0)
        put_splice(change, splice);
    return true;
}

/* ------------------------------------------------------------------ actions */

/* The container that the target is a member of: all of a path but its last element has to be there. */
static bool find_parent(struct update *u, const struct path *path, struct value *parent)
{
    const struct bound_element *elements = expr_path_elements(u->e, path);
    unsigned last = path->element_count - 1u;
    *parent = u->attributes;
    for (unsigned i = 0; i < last; i++) {
        struct value at = *parent;
        if (!expr_descend(&elements[i], &at, parent))
            return invalid_path(u);
    }
    return parent->type == (slice_is_none(elements[last].name) ? VALUE_L : VALUE_M) || invalid_path(u);
}

static bool work_out_action(struct update *u, const struct update_action *action, struct change *change)
{
    const struct expr_tree *tree = u->e->tree;
    const struct path *path = &tree->paths[action->path];
    const struct bound_element *last = &expr_path_elements(u->e, path)[path->element_count - 1];
    struct value parent;
    struct value operand;
    struct value stored;
    *change = (struct change){.kind = CHANGE_NOTHING};
    switch ((enum update_action_kind)action->kind) {
    case ACTION_SET:
        return work_out_value(u, &tree->nodes[action->node], path->element_count, change) &&
               find_parent(u, path, &parent);
    case ACTION_REMOVE:
        change->kind = CHANGE_REMOVE;
        return find_parent(u, path, &parent);
    case ACTION_ADD:
        if (!read_operand(u, &tree->nodes[action->node], path->element_count, &operand) ||
            !find_parent(u, path, &parent))
            return false;
        if (expr_descend(last, &parent, &stored))
            return add(u, &stored, &operand, change);
        put(change, &operand);
        return true;
    case ACTION_DELETE:
        if (!read_operand(u, &tree->nodes[action->node], path->element_count, &operand) ||
            !find_parent(u, path, &parent))
            return false;
        return !expr_descend(last, &parent, &stored) || take_away(u, &stored, &operand, change);
    }
    UNREACHABLE();
}

bool update_work_out(struct update *u)
{
    const struct expr_tree *tree = u->e->tree;
    for (size_t i = 0; i < tree->action_count; i++)
        if (!work_out_action(u, &tree->actions[i], &u->changes[i]))
            return false;
    return !u->too_deep || too_deep(u);
}
