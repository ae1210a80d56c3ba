#include "expr/tree_priv.h"

#include "base/contract.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

const char *expr_op_text(enum expr_op op)
{
    static const char *const texts[OP_COUNT] = {
#define X(code, text) [code] = text,
        EXPR_OPERATORS(X)
#undef X
    };
    PRE(op < OP_COUNT && texts[op]);
    return texts[op];
}

static void destroy(struct shared *object)
{
    free(object);
}

/* Takes `size` bytes at *at for a copy of `from`. */
static void *place(char **at, const void *from, size_t size)
{
    void *to = *at;
    if (size)
        memcpy(to, from, size);
    *at += size;
    return to;
}

struct expr_tree *expr_tree_new(const struct expr_tree *parts)
{
    size_t elements = parts->element_count * sizeof *parts->elements;
    size_t nodes = parts->node_count * sizeof *parts->nodes;
    size_t paths = parts->path_count * sizeof *parts->paths;
    size_t values = parts->value_count * sizeof *parts->values;
    size_t actions = parts->action_count * sizeof *parts->actions;
    struct expr_tree *tree =
        malloc(sizeof *tree + elements + nodes + paths + values + actions + parts->text.size);
    INVARIANT(tree != NULL);
    *tree = *parts;
    shared_init(&tree->shared, destroy);
    /* By falling alignment, so that no padding is needed between them. */
    static_assert(alignof(struct expr_tree) >= alignof(struct path_element));
    static_assert(alignof(struct path_element) >= alignof(struct expr_node));
    static_assert(alignof(struct expr_node) >= alignof(struct path));
    static_assert(alignof(struct path) >= alignof(struct text_range));
    static_assert(alignof(struct text_range) >= alignof(struct update_action));
    char *at = (char *)(tree + 1);
    tree->elements = place(&at, parts->elements, elements);
    tree->nodes = place(&at, parts->nodes, nodes);
    tree->paths = place(&at, parts->paths, paths);
    tree->values = place(&at, parts->values, values);
    tree->actions = place(&at, parts->actions, actions);
    tree->text = slice_of(place(&at, parts->text.data, parts->text.size), parts->text.size);
    return tree;
}

void expr_tree_retain(struct expr_tree *tree)
{
    shared_retain(&tree->shared);
}

void expr_tree_release(struct expr_tree *tree)
{
    shared_release(&tree->shared);
}
