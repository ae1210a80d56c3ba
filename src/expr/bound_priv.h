/* bound_priv.h - an expression bound to one request: the shared tree beside arrays that give its symbols a meaning.
 * Owns:    nothing; all of it lives in the request's arena, whose cleanup gives the tree back.
 * Threads: nothing in it changes after expr_bind(). */
#ifndef STATOR_EXPR_BOUND_PRIV_H
#define STATOR_EXPR_BOUND_PRIV_H

#include "base/buf.h"
#include "expr/tree_priv.h"

/* One step of a path: a member's name, or if that is SLICE_NONE an element's index. */
struct bound_element {
    struct slice name;
    uint32_t index;
};

struct top_level_name {
    struct slice name;
    bool nested; /* some path goes on below it */
};

/* One step of one or more paths, of what a projection selects or an update writes. Children are a list: of a map in the
 * order written (of an update: in the order of names, as items are stored), of a list by index. */
struct selection {
    const struct bound_element *element; /* NULL at the root */
    struct selection *first_child;
    struct selection *last_child;
    struct selection *next;
    uint32_t child_count;
    uint32_t number;
    uint32_t path;                      /* number of the first path through here */
    bool complete;                      /* a path ends here: everything below is selected */
    const struct update_action *action; /* EXPR_UPDATE, where complete: what is done here */
};

struct expr {
    struct expr_tree *tree;
    struct arena *arena;
    bool bound;
    struct bound_element *elements; /* numbered as tree->elements */
    struct value *values;           /* numbered as tree->values */
    struct top_level_name *top_levels;
    size_t top_level_count;
    struct key_conditions *key;        /* EXPR_KEY_CONDITION */
    const struct selection *selection; /* EXPR_PROJECTION: the paths; EXPR_UPDATE: the targets. The root */
    bool legacy; /* made from the older parameters, which have some texts and rules of their own */
};

static inline const struct bound_element *expr_path_elements(const struct expr *e, const struct path *path)
{
    return &e->elements[path->element];
}

/* "[a, b, [0]]" */
void expr_path_print(const struct bound_element *elements, size_t count, struct buf *out);

/* Fails with "Invalid {kind}: " and the text. */
#define expr_invalid(e, err, format, ...) \
    error_set((err), ERR_VALIDATION, "Invalid %s: " format, expr_kind_name((e)->tree->kind), ##__VA_ARGS__)

/* Steps of expr_bind() for one kind, after all placeholders are resolved. */
[[nodiscard]] bool expr_bind_key_conditions(struct expr *e, struct error *err);
[[nodiscard]] bool expr_bind_projection(struct expr *e, struct error *err);

#endif
