/* machine_priv.h - the operator-precedence machine that the grammars of conditions and of update values share.
 * Shape:   an opening parenthesis does not tell what follows: an operand alone, or a whole (a condition, a sum). Both are
 *          parsed alike and each finished part knows its sort. Parts wait on one stack, the operators that wait for them
 *          on another; two steps alternate: one where a part must begin, one after a part. The machine knows operands,
 *          groups and functions; a grammar adds its operators around them.
 * Bounds:  no recursion; each stack has room for one entry a token. */
#ifndef STATOR_EXPR_MACHINE_PRIV_H
#define STATOR_EXPR_MACHINE_PRIV_H

#include "expr/parser_priv.h"

enum part_sort {
    PART_OPERAND,  /* a path or value: no whole of a condition */
    PART_FUNCTION, /* either, as far as syntax goes */
    PART_WHOLE,    /* true or false, or a sum: not an operand */
};

struct part {
    uint16_t node;
    uint16_t token; /* PART_FUNCTION: its name */
    uint8_t sort;   /* enum part_sort */
    bool grouped;   /* stood in parentheses of its own */
};

enum pending_kind {
    PENDING_GROUP,    /* '(' */
    PENDING_FUNCTION, /* name '(' */
    PENDING_SUM,      /* operand '+' or '-' */
    PENDING_IN,       /* operand IN '(' */
    PENDING_COMPARATOR,
    PENDING_BETWEEN, /* before its AND */
    PENDING_BOUNDS,  /* BETWEEN after its AND */
    PENDING_NOT,     /* these three in rising looseness */
    PENDING_AND,
    PENDING_OR,
};

struct pending {
    uint8_t kind;          /* enum pending_kind */
    uint8_t op;            /* enum expr_op; of an unknown function OP_COUNT */
    bool operands_only;    /* PENDING_GROUP: opened where no whole may stand */
    uint16_t operand_base; /* parts below this one belong to what is outside */
    uint16_t token;        /* PENDING_FUNCTION: its name */
};

struct machine {
    struct parser *parser;
    struct part *parts;
    size_t part_count;
    struct pending *pending;
    size_t pending_count;
};

enum machine_step { STEP_FAILED, STEP_WANT_PART, STEP_HAVE_PART, STEP_DONE };

void machine_init(struct machine *m, struct parser *p);

static inline struct pending *machine_innermost(const struct machine *m)
{
    return m->pending_count ? &m->pending[m->pending_count - 1] : NULL;
}

static inline struct part *machine_newest(const struct machine *m)
{
    return &m->parts[m->part_count - 1];
}

/* A syntax error at the current token. */
enum machine_step machine_fail(struct machine *m);
void machine_push_pending(struct machine *m, enum pending_kind kind, enum expr_op op);
/* Whether a whole may stand where the innermost pending operator waits. */
bool machine_whole_allowed(const struct machine *m);

/* A node whose operands are the newest `operand_count` parts, which become one part, the whole. */
struct expr_node *machine_finish(struct machine *m, enum expr_op op, size_t operand_count);
/* As machine_finish(), of an operator whose operands are values: most functions may not be among them. */
struct expr_node *machine_finish_operator(struct machine *m, enum expr_op op, size_t operand_count);
/* PRE: the part is a function. */
void machine_complain_misused(struct machine *m, const struct part *part);

/* Adds a node for the current token, a value's placeholder, and takes it. Returns the node's number. */
uint16_t machine_add_value(struct parser *p);
/* Where a part must begin: takes a path or value, or opens a group or function. */
enum machine_step machine_take_operand(struct machine *m);
/* After a part: closes the innermost group or function, whose parenthesis the current token is. PRE: it is one of these. */
enum machine_step machine_close(struct machine *m);

#endif
