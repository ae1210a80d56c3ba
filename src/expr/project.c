/* Projections: at bind the paths become a tree of selections, and every item is written by walking that tree, so that
 * only what is selected is looked up, each part once.
 *
 * Overlap: a path that ends where another ends or goes on (a.b and a.b.c). Conflict: two paths that treat the same
 * attribute as a map and as a list (a.b and a[0]). An overlap is reported before a conflict, wherever they stand. */
#include "expr/expr.h"

#include "base/contract.h"
#include "expr/bound_priv.h"
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

static const struct path *path_at(const struct builder *b, uint32_t number)
{
    return &b->e->tree->paths[number];
}

static bool clash(struct builder *b, const char *verb, uint32_t one, uint32_t two)
{
    const uint32_t numbers[2] = {one, two};
    struct slice texts[2];
    for (int i = 0; i < 2; i++) {
        const struct path *path = path_at(b, numbers[i]);
        struct buf text;
        buf_init(&text, b->e->arena, 128);
        expr_path_print(expr_path_elements(b->e, path), path->element_count, &text);
        texts[i] = buf_slice(&text);
    }
    return expr_invalid(b->e, b->err,
                        "Two document paths %s with each other; must remove or rewrite one of these paths; "
                        "path one: %.*s, path two: %.*s",
                        verb, SLICE_PRINTF(texts[0]), SLICE_PRINTF(texts[1]));
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

static bool add_path(struct builder *b, uint32_t number)
{
    const struct path *path = path_at(b, number);
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
    return true;
}

static int compare_index(const void *a, const void *b)
{
    uint32_t one = (*(struct selection *const *)a)->element->index;
    uint32_t two = (*(struct selection *const *)b)->element->index;
    return (one > two) - (one < two);
}

/* List elements are written by index, whatever the order of the paths. */
static void sort_children(struct builder *b, struct selection *parent)
{
    if (parent->child_count < 2 || !slice_is_none(parent->first_child->element->name))
        return;
    struct selection **sorted = ARENA_NEW_ARRAY(b->e->arena, struct selection *, parent->child_count);
    size_t count = 0;
    for (struct selection *child = parent->first_child; child; child = child->next)
        sorted[count++] = child;
    qsort(sorted, count, sizeof *sorted, compare_index);
    parent->first_child = sorted[0];
    parent->last_child = sorted[count - 1];
    for (size_t i = 0; i < count; i++)
        sorted[i]->next = i + 1 < count ? sorted[i + 1] : NULL;
}

bool expr_bind_projection(struct expr *e, struct error *err)
{
    size_t room = (size_t)e->tree->element_count + 1;
    struct builder b = {.e = e, .err = err, .selection_count = 1};
    b.selections = arena_alloc(e->arena, arena_array_size(sizeof *b.selections, room));
    b.selections[0] = (struct selection){0};
    text_index_init(&b.children, e->arena, room);
    for (uint32_t i = 0; i < e->tree->path_count; i++)
        if (!add_path(&b, i))
            return false;
    if (b.conflict)
        return clash(&b, "conflict", b.conflict_one, b.conflict_two);
    for (uint32_t i = 0; i < b.selection_count; i++)
        sort_children(&b, &b.selections[i]);
    e->selection = b.selections;
    return true;
}

/* ------------------------------------------------------------------ writing */

static bool write_selected(const struct selection *selection, const struct value *v, struct json_writer *w);

/* The selected members of a map, or elements of a list. Returns how many there were. */
static size_t write_children(const struct selection *selection, const struct value *v, struct json_writer *w)
{
    size_t written = 0;
    for (const struct selection *child = selection->first_child; child; child = child->next) {
        const struct bound_element *element = child->element;
        struct value member;
        if (v->type == VALUE_L) {
            if (!slice_is_none(element->name) || element->index >= v->count)
                continue;
            value_element(v, element->index, &member);
            written += write_selected(child, &member, w);
            continue;
        }
        if (slice_is_none(element->name) || !value_member(v, element->name, &member))
            continue;
        /* The name is taken back if nothing below it is there. */
        struct json_writer before = *w;
        size_t size_before = w->out->size;
        json_name(w, element->name);
        if (write_selected(child, &member, w)) {
            written++;
        } else {
            *w = before;
            w->out->size = size_before;
        }
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
    struct json_writer before = *w;
    size_t size_before = w->out->size;
    bool list = v->type == VALUE_L;
    json_begin_object(w);
    json_name(w, list ? SLICE("L") : SLICE("M"));
    if (list)
        json_begin_array(w);
    else
        json_begin_object(w);
    if (write_children(selection, v, w) == 0) {
        *w = before;
        w->out->size = size_before;
        return false;
    }
    if (list)
        json_end_array(w);
    else
        json_end_object(w);
    json_end_object(w);
    return true;
}

void expr_project(const struct expr *e, struct slice item, struct json_writer *w)
{
    PRE(e->bound && e->tree->kind == EXPR_PROJECTION);
    struct value attributes;
    item_attributes(item, &attributes);
    json_begin_object(w);
    (void)write_children(e->selection, &attributes, w);
    json_end_object(w);
}
