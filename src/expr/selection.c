/* Building the tree of selections, and writing what it selects.
 *
 * Overlap: a path that ends where another ends or goes on (a.b and a.b.c). Conflict: two paths that treat the same
 * attribute as a map and as a list (a.b and a[0]). An overlap is reported before a conflict, wherever they stand. */
#include "expr/selection_priv.h"

#include "base/contract.h"
#include "expr/text_index_priv.h"
#include "item/item.h"
#include "item/wire.h"

#include <stdlib.h>

/* ------------------------------------------------------------------ building */

struct builder {
    struct expr *e;
    struct selection *selections; /* [0] is the root */
    uint32_t selection_count;
    struct text_index children;
    bool conflict;
    uint32_t conflict_one;
    uint32_t conflict_two;
    struct error *err;
};

static bool clash(struct builder *b, const char *verb, uint32_t one, uint32_t two)
{
    struct slice first = expr_path_text(b->e, &b->e->tree->paths[one]);
    struct slice second = expr_path_text(b->e, &b->e->tree->paths[two]);
    return expr_invalid(b->e, b->err,
                        "Two document paths %s with each other; must remove or rewrite one of these paths; "
                        "path one: %.*s, path two: %.*s",
                        verb, SLICE_PRINTF(first), SLICE_PRINTF(second));
}

/* What an element is called among its siblings. */
static struct slice child_key(const struct bound_element *element)
{
    if (slice_is_none(element->name))
        return slice_of(&element->index, sizeof element->index);
    return element->name;
}

static uint32_t child_group(const struct selection *parent, const struct bound_element *element)
{
    return parent->number * 2 + (slice_is_none(element->name) ? 1 : 0);
}

static struct selection *find_child(const struct builder *b, const struct selection *parent,
                                    const struct bound_element *element)
{
    PRE(b->selections);
    uint32_t number;
    if (!text_index_find(&b->children, child_group(parent, element), child_key(element), &number))
        return NULL;
    return &b->selections[number];
}

static struct selection *add_child(struct builder *b, struct selection *parent,
                                   const struct bound_element *element, uint32_t path)
{
    uint32_t number = b->selection_count++;
    struct selection *child = &b->selections[number];
    *child = (struct selection){.element = element, .number = number, .path = path};
    if (parent->last_child)
        parent->last_child->next = child;
    else
        parent->first_child = child;
    parent->last_child = child;
    parent->child_count++;
    text_index_add(&b->children, child_group(parent, element), child_key(element), number);
    return child;
}

static void note_conflict(struct builder *b, const struct selection *parent,
                          const struct bound_element *element, uint32_t path)
{
    const struct selection *first = parent->first_child;
    if (b->conflict || !first || slice_is_none(first->element->name) == slice_is_none(element->name))
        return;
    b->conflict = true;
    b->conflict_one = first->path;
    b->conflict_two = path;
}

static bool add_path(struct builder *b, uint32_t number, const struct update_action *action)
{
    const struct path *path = &b->e->tree->paths[number];
    const struct bound_element *elements = expr_path_elements(b->e, path);
    struct selection *at = &b->selections[0];
    for (unsigned i = 0; i < path->element_count; i++) {
        struct selection *child = find_child(b, at, &elements[i]);
        if (child && (child->complete || i + 1 == path->element_count))
            return clash(b, "overlap", child->path, number);
        if (!child) {
            note_conflict(b, at, &elements[i], number);
            child = add_child(b, at, &elements[i], number);
        }
        at = child;
    }
    at->complete = true;
    at->action = action;
    return true;
}

static bool add_all_paths(struct builder *b)
{
    const struct expr_tree *tree = b->e->tree;
    if (tree->kind == EXPR_UPDATE) {
        for (size_t i = 0; i < tree->action_count; i++)
            if (!add_path(b, tree->actions[i].path, &tree->actions[i]))
                return false;
    } else {
        for (uint32_t i = 0; i < tree->path_count; i++)
            if (!add_path(b, i, NULL))
                return false;
    }
    return !b->conflict || clash(b, "conflict", b->conflict_one, b->conflict_two);
}

/* ------------------------------------------------------------------ order */

static int compare_children(const void *a, const void *b)
{
    const struct bound_element *one = (*(struct selection *const *)a)->element;
    const struct bound_element *two = (*(struct selection *const *)b)->element;
    if (!slice_is_none(one->name))
        return slice_compare(one->name, two->name);
    return (one->index > two->index) - (one->index < two->index);
}

static void sort_children(struct arena *arena, struct selection *parent)
{
    struct selection **sorted = ARENA_NEW_ARRAY(arena, struct selection *, parent->child_count);
    size_t count = 0;
    for (struct selection *child = parent->first_child; child; child = child->next)
        sorted[count++] = child;
    qsort(sorted, count, sizeof *sorted, compare_children);
    parent->first_child = sorted[0];
    parent->last_child = sorted[count - 1];
    for (size_t i = 0; i < count; i++)
        sorted[i]->next = i + 1 < count ? sorted[i + 1] : NULL;
}

static void sort_all(struct builder *b)
{
    for (uint32_t i = 0; i < b->selection_count; i++) {
        struct selection *parent = &b->selections[i];
        if (parent->child_count < 2)
            continue;
        if (b->e->tree->kind == EXPR_UPDATE || selection_is_index(parent->first_child))
            sort_children(b->e->arena, parent);
    }
}

/* The root's children before they are sorted. */
static void keep_targets(struct expr *e, const struct selection *root)
{
    e->targets = arena_alloc(e->arena, arena_array_size(sizeof *e->targets, root->child_count));
    for (const struct selection *child = root->first_child; child; child = child->next)
        e->targets[e->target_count++] = child->element->name;
}

bool expr_bind_selection(struct expr *e, struct error *err)
{
    size_t room = (size_t)e->tree->element_count + 1;
    struct builder b = {.e = e, .err = err, .selection_count = 1};
    b.selections = arena_alloc(e->arena, arena_array_size(sizeof *b.selections, room));
    b.selections[0] = (struct selection){0};
    text_index_init(&b.children, e->arena, room);
    if (!add_all_paths(&b))
        return false;
    if (e->tree->kind == EXPR_UPDATE)
        keep_targets(e, b.selections);
    sort_all(&b);
    e->selection = b.selections;
    return true;
}

/* ------------------------------------------------------------------ writing */

static bool write_selected(const struct selection *selection, const struct value *v, struct json_writer *w);

/* The selected members of a map, or elements of a list. false: there were none. */
static bool write_children(const struct selection *selection, const struct value *v, struct json_writer *w)
{
    bool written = false;
    for (const struct selection *child = selection->first_child; child; child = child->next) {
        struct value member;
        if (v->type == VALUE_L) {
            if (!selection_is_index(child) || child->element->index >= v->count)
                continue;
            value_element(v, child->element->index, &member);
            written |= write_selected(child, &member, w);
            continue;
        }
        if (selection_is_index(child) || !value_member(v, child->element->name, &member))
            continue;
        struct json_mark before = json_mark(w);
        json_name(w, child->element->name);
        if (write_selected(child, &member, w))
            written = true;
        else
            json_rewind(w, before);
    }
    return written;
}

/* Writes what is selected of `v`; if that is nothing, nothing is written. Recursion: EXPR_PATH_ELEMENTS_MAX. */
static bool write_selected(const struct selection *selection, const struct value *v, struct json_writer *w)
{
    if (selection->complete) {
        wire_write_value(w, v);
        return true;
    }
    if (v->type != VALUE_M && v->type != VALUE_L)
        return false;
    struct json_mark before = json_mark(w);
    bool list = v->type == VALUE_L;
    json_begin_object(w);
    json_name(w, list ? SLICE("L") : SLICE("M"));
    if (list)
        json_begin_array(w);
    else
        json_begin_object(w);
    if (!write_children(selection, v, w)) {
        json_rewind(w, before);
        return false;
    }
    if (list)
        json_end_array(w);
    else
        json_end_object(w);
    json_end_object(w);
    return true;
}

bool expr_selection_write(const struct selection *root, struct slice item, struct json_writer *w)
{
    struct value attributes;
    item_attributes(item, &attributes);
    struct json_mark before = json_mark(w);
    json_begin_object(w);
    if (!write_children(root, &attributes, w)) {
        json_rewind(w, before);
        return false;
    }
    json_end_object(w);
    return true;
}
