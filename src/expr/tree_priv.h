/* tree_priv.h - a parsed expression: immutable, free of any request, shared by all that use the same text.
 * Shape:   nodes in post-order: operands stand before what uses them, the root is the last, and the subtree of node n is
 *          the run [n.first, n]. So a pass over the array sees the expression in the order it is written, without
 *          recursion. Paths and values are symbolic: binding resolves them into arrays of the same numbering.
 *          A projection has paths and no nodes. An update has actions, each with a path and most with a subtree.
 * Owns:    its own copy of the text; names and values are ranges of it. One block of memory for everything.
 * Bounds:  text EXPR_TEXT_BYTES_MAX, operators EXPR_OPERATORS_MAX; so at most as many nodes, paths, elements and values as
 *          the text has bytes, and a depth of operators that recursion can follow.
 * Threads: any; the reference count is the only thing that changes. */
#ifndef STATOR_EXPR_TREE_PRIV_H
#define STATOR_EXPR_TREE_PRIV_H

#include "base/shared.h"
#include "expr/expr.h"
#include "expr/operators.h"

#include <stddef.h>
#include <stdint.h>

enum {
    EXPR_TEXT_BYTES_MAX = 4096,
    EXPR_OPERATORS_MAX = 300,
    EXPR_IN_OPERANDS_MAX = 100,
    EXPR_PATH_ELEMENTS_MAX = 32,
    EXPR_PLACEHOLDER_BYTES_MAX = 255,
};

enum { NODE_NONE = UINT16_MAX };

struct expr_node {
    uint8_t op;       /* enum expr_op */
    bool condition;   /* a comparison, BETWEEN, IN or function that stands for true or false by itself */
    uint16_t first;   /* where its subtree begins */
    uint16_t operand; /* its first operand; OP_PATH: number of the path; OP_VALUE: number of the value */
    uint16_t operand_count; /* of OP_PATH and OP_VALUE: 0 */
    uint16_t next;          /* the operand after it in the same operator, or NODE_NONE */
};

/* Whether it comes to true or false. */
static inline bool expr_node_is_condition(const struct expr_node *node)
{
    return node->condition || (node->op >= OP_OR && node->op <= OP_NOT);
}

/* A range of the expression's text. */
struct text_range {
    uint16_t at;
    uint16_t size;
};

enum path_element_kind { ELEMENT_NAME, ELEMENT_PLACEHOLDER, ELEMENT_INDEX };

struct path_element {
    uint8_t kind;            /* enum path_element_kind */
    struct text_range range; /* a name or placeholder */
    uint32_t index;          /* ELEMENT_INDEX */
};

struct path {
    uint16_t element; /* the first; the others follow */
    uint16_t element_count;
};

/* What an update does to one target. The actions stand in the order of the text. */
struct update_action {
    uint8_t kind;  /* enum update_action_kind */
    uint16_t path; /* the target: number of the path */
    uint16_t
        node; /* root of the operand's subtree: any value for SET, an OP_VALUE for ADD and DELETE; else NODE_NONE */
};

struct expr_tree {
    struct shared shared; /* first */
    enum expr_kind kind;
    struct slice text;
    const struct expr_node *nodes;
    const struct path *paths;
    const struct path_element *elements;
    const struct text_range *values; /* of ":x" */
    const struct update_action *actions;
    uint16_t node_count;
    uint16_t path_count;
    uint16_t element_count;
    uint16_t value_count;
    uint16_t action_count;
};

static inline struct slice expr_tree_text(const struct expr_tree *tree, struct text_range range)
{
    return slice_of(tree->text.data + range.at, range.size);
}

/* A copy of `parts`, whose arrays are the caller's, in a block of its own; with one reference, which is the caller's. */
struct expr_tree *expr_tree_new(const struct expr_tree *parts);
void expr_tree_retain(struct expr_tree *tree);
void expr_tree_release(struct expr_tree *tree);

/* Parses `text`; the caller gets the one reference to *tree_out. Scratch memory comes from the arena.
 * Fails: ERR_VALIDATION, for everything that is wrong whatever the placeholders stand for: length, syntax, redundant
 * parentheses, unknown or misplaced functions, reserved words, counts. */
[[nodiscard]] bool expr_tree_parse(enum expr_kind kind, struct slice text, struct arena *arena,
                                   struct expr_tree **tree_out, struct error *err);

#endif
