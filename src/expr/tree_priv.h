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

#include <stddef.h>
#include <stdint.h>

enum {
    EXPR_TEXT_BYTES_MAX = 4096,
    EXPR_OPERATORS_MAX = 300,
    EXPR_IN_OPERANDS_MAX = 100,
    EXPR_PATH_ELEMENTS_MAX = 32,
    EXPR_PLACEHOLDER_BYTES_MAX = 255,
};

/* X(code, how it is written). The functions come last, those that yield a value before those that yield true or false. */
#define EXPR_OPERATORS(X)                              \
    X(OP_OR, "OR")                                     \
    X(OP_AND, "AND")                                   \
    X(OP_NOT, "NOT")                                   \
    X(OP_EQ, "=")                                      \
    X(OP_NE, "<>")                                     \
    X(OP_LT, "<")                                      \
    X(OP_LE, "<=")                                     \
    X(OP_GT, ">")                                      \
    X(OP_GE, ">=")                                     \
    X(OP_BETWEEN, "BETWEEN")                           \
    X(OP_IN, "IN")                                     \
    X(OP_PLUS, "+")                                    \
    X(OP_MINUS, "-")                                   \
    X(OP_IF_NOT_EXISTS, "if_not_exists")               \
    X(OP_LIST_APPEND, "list_append")                   \
    X(OP_SIZE, "size")                                 \
    X(OP_ATTRIBUTE_EXISTS, "attribute_exists")         \
    X(OP_ATTRIBUTE_NOT_EXISTS, "attribute_not_exists") \
    X(OP_ATTRIBUTE_TYPE, "attribute_type")             \
    X(OP_BEGINS_WITH, "begins_with")                   \
    X(OP_CONTAINS, "contains")

enum expr_op {
    OP_PATH,
    OP_VALUE,
#define X(code, text) code,
    EXPR_OPERATORS(X)
#undef X
        OP_COUNT
};

/* PRE: an operator or function. */
const char *expr_op_text(enum expr_op op);

static inline bool expr_op_is_function(enum expr_op op)
{
    return op >= OP_IF_NOT_EXISTS && op < OP_COUNT;
}

static inline bool expr_op_is_comparator(enum expr_op op)
{
    return op >= OP_EQ && op <= OP_GE;
}

enum { NODE_NONE = UINT16_MAX };

struct expr_node {
    uint8_t op;       /* enum expr_op */
    bool condition;   /* a comparison, BETWEEN, IN or function that stands for true or false by itself */
    uint16_t first;   /* where its subtree begins */
    uint16_t operand; /* its first operand; OP_PATH: number of the path; OP_VALUE: number of the value */
    uint16_t operand_count; /* of OP_PATH and OP_VALUE: 0 */
    uint16_t next;          /* the operand after it in the same operator, or NODE_NONE */
};

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

/* What an update expression does to one target. The order is that in which error texts and results know the sections;
 * the actions themselves stand in the order of the text. */
enum update_action_kind { ACTION_SET, ACTION_REMOVE, ACTION_ADD, ACTION_DELETE };

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
