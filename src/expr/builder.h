/* builder.h - expressions that are made, not parsed: for the older parameters (legacy.c) and for languages with a text of their
 *          own (PartiQL).
 * Use:     a builder is a stack: paths and values are pushed, an operator takes its operands from the top and leaves its
 *          result there. In the end one condition is left; an update has its actions, a projection its paths instead.
 *              b = expr_builder_new(EXPR_FILTER, arena);
 *              expr_builder_path(b, path, 1); expr_builder_value(b, &five); expr_builder_operator(b, OP_GT, 2);
 *              expr_builder_end(b, &e, err);
 *          The result is bound, and used like any other (expr.h, update.h).
 * Wider:   what no text of DynamoDB's says may be built: AND and OR of many, and a condition as an operand of a comparison,
 *          where it is the BOOL that it comes to.
 * Owns:    everything lives in the arena; names and the bytes of values are borrowed, for as long as the expression is used.
 * Checked: targets of an update that overlap. Operands only if asked for (expr_builder_end_checked()): who does not ask has
 *          checked them in the words of its own language. Texts do not name a parameter: "Two document paths overlap ...".
 * Bounds:  EXPR_BUILDER_PARTS_MAX nodes, and as many steps of paths; what goes beyond is left out, and expr_builder_end() fails
 *          with ERR_VALIDATION. Depth is the caller's: evaluation recurses as deep as operators nest, so keep it within a few
 *          hundred.
 * Threads: any. */
#ifndef STATOR_EXPR_BUILDER_H
#define STATOR_EXPR_BUILDER_H

#include "expr/expr.h"
#include "expr/operators.h"

enum { EXPR_BUILDER_PARTS_MAX = 65000 };

struct expr_builder;

/* One step of a path: a member's name, or if that is SLICE_NONE an element's index. The first is a name. */
struct expr_step {
    struct slice name;
    uint32_t index;
};

/* PRE: kind is EXPR_CONDITION, EXPR_FILTER, EXPR_UPDATE or EXPR_PROJECTION. */
struct expr_builder *expr_builder_new(enum expr_kind kind, struct arena *arena);

/* Operands. PRE: step_count > 0, at most EXPR_STEPS_MAX. */
enum { EXPR_STEPS_MAX = 32 };
void expr_builder_path(struct expr_builder *b, const struct expr_step *steps, size_t step_count);
void expr_builder_value(struct expr_builder *b, const struct value *value);
/* PRE: that many operands are on the stack. AND and OR take two or more, all at once: a chain does not nest. */
void expr_builder_operator(struct expr_builder *b, enum expr_op op, size_t operand_count);

/* EXPR_UPDATE: an action on the path, with what is on top of the stack as its operand (REMOVE has none). ADD and DELETE take a
 * value. */
void expr_builder_action(struct expr_builder *b, enum update_action_kind kind, const struct expr_step *steps,
                         size_t step_count);

/* EXPR_PROJECTION: a path to be shown, nesting kept (expr_project()). */
void expr_builder_column(struct expr_builder *b, const struct expr_step *steps, size_t step_count);

/* Once; the builder is done with. Fails: too large; paths of an update or a projection overlap. */
[[nodiscard]] bool expr_builder_end(struct expr_builder *b, struct expr **expr_out, struct error *err);
/* The same, of which the operators and functions are checked as those of a text are: number, distinctness and types of their
 * operands. Fails: also for these, before what overlaps. */
[[nodiscard]] bool expr_builder_end_checked(struct expr_builder *b, struct expr **expr_out,
                                            struct error *err);

#endif
