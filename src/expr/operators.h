/* operators.h - what expressions are made of: operators, functions, actions of updates.
 * Source: semantics.md 5.4, 5.7. */
#ifndef STATOR_EXPR_OPERATORS_H
#define STATOR_EXPR_OPERATORS_H

#include <stdbool.h>

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

/* Whether it comes to true or false by comparing or looking at something; AND, OR and NOT join such. */
static inline bool expr_op_is_condition(enum expr_op op)
{
    return (op >= OP_EQ && op <= OP_IN) || (op >= OP_ATTRIBUTE_EXISTS && op < OP_COUNT);
}

/* What an update does to one target, in the order in which error texts and results know the sections. */
enum update_action_kind { ACTION_SET, ACTION_REMOVE, ACTION_ADD, ACTION_DELETE };

#endif
