/* selection_priv.h - paths put together as a tree: what a projection selects, what an update writes.
 * Shape:   the root stands for the item; each selection below is one step of all paths that go through it. Siblings are
 *          either all names (of a map) or all indexes (of a list); the root's are names. No path of the tree ends inside
 *          another, so that `complete` ones are exactly the leaves.
 * Order:   names as written in a projection; in an update in byte order, as a map stores them, so that both can be gone
 *          through side by side. Indexes are in rising order in both.
 * Owns:    nothing; it lives in the request's arena, depth at most EXPR_PATH_ELEMENTS_MAX.
 * Threads: nothing in it changes after expr_bind(). */
#ifndef STATOR_EXPR_SELECTION_PRIV_H
#define STATOR_EXPR_SELECTION_PRIV_H

#include "expr/bound_priv.h"

struct selection {
    const struct bound_element *element; /* NULL at the root */
    struct selection *first_child;
    struct selection *last_child;
    struct selection *next; /* sibling */
    uint32_t child_count;
    uint32_t number;
    uint32_t path;                      /* number of the first path through here */
    bool complete;                      /* a path ends here: everything below is selected */
    const struct update_action *action; /* EXPR_UPDATE, where complete: what is done here */
};

static inline bool selection_is_index(const struct selection *s)
{
    return slice_is_none(s->element->name);
}

/* Writes the selected parts of `item` as a DynamoDB JSON object: nesting kept, lists compacted, what has nothing
 * selected in it left out. false: nothing is there; nothing was written. */
bool expr_selection_write(const struct selection *root, struct slice item, struct json_writer *w);

#endif
