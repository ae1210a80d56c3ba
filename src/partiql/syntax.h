/* syntax.h - a PartiQL statement's syntax: from text to a tree that says what was written, and nothing about what it means.
 * Use:     partiql_parse(); then plan.h decides what may be done with it. Parser and tree know nothing of tables, of key
 *          attributes, or of what DynamoDB refuses today: they take any expression where an expression may stand, any projection, any
 *          number of sort keys. Restrictions are restrictions.c's.
 * Owns:    the tree lives in the arena and borrows from the text.
 * Errors:  ERR_VALIDATION "Statement wasn't well formed, can't be processed: {detail}"; and, in DynamoDB's words, for what can be
 *          read but has no place in the tree: aliases, joins, subqueries, LIMIT and the like.
 * Bounds:  PARTIQL_TEXT_MAX bytes of text (the API's constraint; here anything beyond 65534 is refused); the tree of an expression,
 *          and parentheses, are PARTIQL_DEPTH_MAX deep, so recursion over a tree is safe; at most two nodes a byte. Linear time.
 * Threads: any.
 * Source:  semantics.md 18.2; README.md, Grammar. */
#ifndef STATOR_PARTIQL_SYNTAX_H
#define STATOR_PARTIQL_SYNTAX_H

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PARTIQL_TEXT_MAX = 8192, PARTIQL_DEPTH_MAX = 128 };

enum partiql_kind {
    /* Literals */
    PARTIQL_NULL,
    PARTIQL_MISSING,
    PARTIQL_TRUE,
    PARTIQL_FALSE,
    PARTIQL_NUMBER,    /* text: as written, with a minus if it is negative; "7." and ".5e1" are numbers */
    PARTIQL_STRING,    /* text: what it stands for */
    PARTIQL_PARAMETER, /* number: which `?` it is, from 0 */
    /* Constructors: what they hold are operands, in order. */
    PARTIQL_LIST,  /* [a, b] */
    PARTIQL_TUPLE, /* {'k': v}: name, value, name, value */
    PARTIQL_BAG,   /* <<a, b>> */
    /* A path: text is its first name, operands are its further steps. */
    PARTIQL_PATH,
    PARTIQL_STEP_NAME,  /* .text or ['text'] */
    PARTIQL_STEP_INDEX, /* [number] */
    PARTIQL_STEP_ALL,   /* number: 0 of [*], 1 of .* */
    /* Operators. AND and OR have two or more operands: a chain is one node. */
    PARTIQL_OR,
    PARTIQL_AND,
    PARTIQL_NOT,
    PARTIQL_EQ,
    PARTIQL_NE,
    PARTIQL_LT,
    PARTIQL_LE,
    PARTIQL_GT,
    PARTIQL_GE,
    PARTIQL_BETWEEN, /* operand, lower, upper; may be negated */
    PARTIQL_IN, /* operand, then what it may be, each an operand: a list's or bag's members, or what stands between
                      * parentheses; or, with `collection`, one operand that holds them all: a IN ?; may be negated */
    PARTIQL_IS,   /* one operand; text: NULL, MISSING or a type's name in capitals; may be negated */
    PARTIQL_LIKE, /* operand, pattern, perhaps what escapes in it; may be negated */
    PARTIQL_PLUS,
    PARTIQL_MINUS,
    PARTIQL_TIMES,
    PARTIQL_DIVIDE,
    PARTIQL_MODULO,
    PARTIQL_CONCAT, /* || */
    PARTIQL_NEGATE,
    PARTIQL_CALL, /* text: the function's name as written; operands: its arguments, of f(*) a PARTIQL_STEP_ALL */
};

struct partiql_node {
    uint8_t kind; /* enum partiql_kind */
    bool negated;
    bool quoted;     /* of a name: it stood between quotes, so that its letter case counts for PartiQL */
    bool collection; /* of IN */
    uint8_t depth;   /* 1 of what has no operands */
    uint16_t at;     /* where it begins in the statement */
    uint16_t end;    /* one behind its last byte; parentheses around it do not count */
    uint32_t number;
    struct slice text;
    size_t operand_count;
    const struct partiql_node *operands; /* the first; the others follow through `next` */
    const struct partiql_node *next;
};

/* What FROM, INTO, UPDATE name. */
struct partiql_target {
    struct slice table; /* a name or an ARN */
    struct slice index; /* SLICE_NONE: none */
    bool table_quoted;
    bool index_quoted;
    uint16_t at; /* in the statement */
    uint16_t end;
};

struct partiql_order {
    const struct partiql_node *key;
    bool descending;
    const struct partiql_order *next;
};

enum partiql_change_kind { PARTIQL_SET, PARTIQL_REMOVE };

/* One assignment or removal of an UPDATE, in the order written. */
struct partiql_change {
    enum partiql_change_kind kind;
    const struct partiql_node *path;
    const struct partiql_node *value; /* SET only */
    const struct partiql_change *next;
};

enum partiql_statement_kind {
    PARTIQL_SELECT,
    PARTIQL_INSERT,
    PARTIQL_UPDATE,
    PARTIQL_DELETE,
    PARTIQL_EXISTS, /* EXISTS(SELECT ...): the SELECT's parts */
};

enum partiql_returning {
    PARTIQL_RETURNING_NOTHING,
    PARTIQL_RETURNING_ALL_OLD,
    PARTIQL_RETURNING_ALL_NEW,
    PARTIQL_RETURNING_MODIFIED_OLD,
    PARTIQL_RETURNING_MODIFIED_NEW,
};

struct partiql_statement {
    enum partiql_statement_kind kind;
    struct slice text; /* the statement as it was given */
    struct partiql_target target;
    const struct partiql_node *columns;   /* SELECT: the first, others through `next`; NULL: * */
    const struct partiql_node *value;     /* INSERT */
    const struct partiql_change *changes; /* UPDATE */
    const struct partiql_node *where;     /* NULL: none */
    const struct partiql_order *order_by; /* NULL: none */
    enum partiql_returning returning;
    size_t parameter_count; /* how many `?` it has */
};

/* On failure *out is not set. FROM t WHERE c SET a = 1 is an UPDATE whose parameters are numbered in the order of the text. */
[[nodiscard]] bool partiql_parse(struct slice text, struct arena *arena, const struct partiql_statement **out,
                                 struct error *err);

/* "line:column:characters" of a part of the text, as DynamoDB has it behind many a message; from 1. The text of a node's first
 * token begins at node->at; that of a PARTIQL_CALL is its name. */
const char *partiql_place(struct slice text, size_t at, size_t end, struct arena *arena);

/* DynamoDB's names of what can be read but not be done: "Unsupported operation: Like". PRE: not a step of a path. */
const char *partiql_operation_name(const struct partiql_node *node);

#endif
