#include "expr/update.h"

#include "base/contract.h"
#include "expr/selection_priv.h"
#include "expr/update_priv.h"
#include "item/item.h"

/* ------------------------------------------------------------------ putting changes in place */

/* Where a target stands among the members of `base`, or where it would; *from is a place it is not before. */
static bool locate(const struct value *base, const struct bound_element *element, uint32_t *from,
                   struct value *out)
{
    if (base->type == VALUE_M)
        return value_find_member(base, element->name, *from, from, out);
    bool found = element->index < base->count;
    *from = found ? element->index : base->count;
    if (found)
        value_element(base, element->index, out);
    return found;
}

static struct value_splice *splice_container(struct update *u, const struct selection *selection,
                                             const struct value *base);

/* One target, or container of targets, as an edit of the container it is in. false: nothing is to be done. */
static bool make_edit(struct update *u, const struct selection *target, const struct value *base, bool found,
                      const struct value *member, struct value_edit *edit)
{
    if (!target->complete) {
        INVARIANT(found);
        edit->content = EDIT_SPLICE;
        edit->splice = splice_container(u, target, member);
        edit->removes = true;
        return edit->splice->edit_count > 0;
    }
    const struct change *change = &u->changes[target->action - u->e->tree->actions];
    edit->removes = found;
    switch (change->kind) {
    case CHANGE_NOTHING:
        return false;
    case CHANGE_REMOVE:
        edit->content = EDIT_NOTHING;
        return found;
    case CHANGE_PUT:
        edit->content = change->splice ? EDIT_SPLICE : EDIT_VALUE;
        edit->splice = change->splice;
        edit->value = change->value;
        edit->name = base->type == VALUE_M ? target->element->name : SLICE_NONE;
        return true;
    }
    UNREACHABLE();
}

/* A container with all changes to its members: targets are in the order of members. Recursion: as deep as paths. */
static struct value_splice *splice_container(struct update *u, const struct selection *selection,
                                             const struct value *base)
{
    struct value_splice *s = arena_alloc(u->arena, sizeof *s);
    *s = (struct value_splice){.base = *base, .is_item = selection == u->e->selection};
    s->edits = arena_alloc(u->arena, arena_array_size(sizeof *s->edits, selection->child_count));
    uint32_t at = 0;
    for (const struct selection *child = selection->first_child; child; child = child->next) {
        struct value member;
        struct value_edit *edit = &s->edits[s->edit_count];
        bool found = locate(base, child->element, &at, &member);
        edit->at = at;
        s->edit_count += make_edit(u, child, base, found, &member, edit);
    }
    value_splice_measure(s);
    return s;
}

/* ------------------------------------------------------------------ applying */

static bool check_size(int64_t size_bytes, struct error *err)
{
    return size_bytes <= ITEM_SIZE_BYTES_MAX ||
           error_set(err, ERR_VALIDATION, "Item size to update has exceeded the maximum allowed size");
}

static bool only_takes_away(const struct expr_tree *tree)
{
    for (size_t i = 0; i < tree->action_count; i++)
        if (tree->actions[i].kind == ACTION_SET || tree->actions[i].kind == ACTION_ADD)
            return false;
    return true;
}

/* `base` with all actions done. */
static bool apply(const struct expr *e, struct slice base, struct arena *arena, struct slice *item_out,
                  struct error *err)
{
    struct update u = {.e = e, .arena = arena, .err = err};
    item_attributes(base, &u.attributes);
    u.changes = arena_alloc(arena, arena_array_size(sizeof *u.changes, e->tree->action_count));
    if (!update_work_out(&u))
        return false;
    const struct value_splice *attributes = splice_container(&u, e->selection, &u.attributes);
    size_t former_size = item_size_bytes(base);
    if (!check_size((int64_t)former_size + attributes->size_change, err))
        return false;
    *item_out = attributes->edit_count == 0 ? base : item_splice(attributes, former_size, arena);
    if (slice_equal(*item_out, base))
        *item_out = base;
    return true;
}

bool expr_update_apply(const struct expr *e, struct slice former, struct slice key, struct arena *arena,
                       struct slice *item_out, struct error *err)
{
    bool exists = !slice_is_none(former);
    if (!e) {
        *item_out = exists ? former : key;
        return true;
    }
    PRE(e->bound && e->tree->kind == EXPR_UPDATE);
    if (!exists && only_takes_away(e->tree)) {
        *item_out = SLICE_NONE;
        return true;
    }
    return apply(e, exists ? former : key, arena, item_out, err);
}

/* ------------------------------------------------------------------ what was touched */

/* Paths mean what stands there in the item at hand, so that an element that was appended beyond its index is not found,
 * and one that moved down into the place of a removed one is: that is what DynamoDB returns. */
static bool write_touched(const struct expr *e, struct slice item, struct json_writer *w)
{
    if (!e || slice_is_none(item))
        return false;
    PRE(e->bound && e->tree->kind == EXPR_UPDATE);
    return expr_selection_write(e->selection, item, w);
}

bool expr_update_write_old(const struct expr *e, struct slice former, struct json_writer *w)
{
    return write_touched(e, former, w);
}

bool expr_update_write_new(const struct expr *e, struct slice item, struct json_writer *w)
{
    return write_touched(e, item, w);
}
