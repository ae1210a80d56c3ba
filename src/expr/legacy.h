/* legacy.h - the parameters that expressions replaced, as the same bound expressions.
 * Use:     the api layer checks the shapes and texts of the older parameters (semantics.md 6) and describes them with these
 *          structs; the result is evaluated, matched to the schema and applied like any other bound expression.
 * Owns:    nothing; everything is borrowed or lives in the arena, for as long as the expression is used.
 * Errors:  none: what can be wrong was checked by the caller. Texts that appear only when an item is met (an update's type
 *          mismatch) differ from those of expressions; the expression remembers where it comes from.
 * Threads: any.
 * Source:  semantics.md 6; the service model's documentation of Condition, ExpectedAttributeValue, AttributeValueUpdate. */
#ifndef STATOR_EXPR_LEGACY_H
#define STATOR_EXPR_LEGACY_H

#include "expr/expr.h"

enum legacy_comparison {
    LEGACY_EQ,
    LEGACY_NE,
    LEGACY_LT,
    LEGACY_LE,
    LEGACY_GT,
    LEGACY_GE,
    LEGACY_BETWEEN, /* two operands */
    LEGACY_IN,      /* one or more */
    LEGACY_BEGINS_WITH,
    LEGACY_CONTAINS,
    LEGACY_NOT_CONTAINS,
    LEGACY_NULL,     /* none */
    LEGACY_NOT_NULL, /* none */
};

struct legacy_condition {
    struct slice attribute; /* a whole name: dots and brackets mean nothing */
    enum legacy_comparison comparison;
    const struct value *operands;
    size_t operand_count; /* as the comparison wants them */
};

/* Expected (EXPR_CONDITION), QueryFilter and ScanFilter (EXPR_FILTER): all of the conditions, or with `any` one of them.
 * PRE: count > 0. */
struct expr *expr_from_conditions(enum expr_kind kind, const struct legacy_condition *conditions,
                                  size_t count, bool any, struct arena *arena);

/* KeyConditions as an EXPR_KEY_CONDITION. PRE: 0 < count <= KEY_CONDITIONS_MAX; only EQ, LT, LE, GT, GE, BETWEEN and
 * BEGINS_WITH, each attribute once. */
struct expr *expr_from_key_conditions(const struct legacy_condition *conditions, size_t count,
                                      struct arena *arena);

/* AttributesToGet as an EXPR_PROJECTION. PRE: count > 0, no name twice. */
struct expr *expr_from_attributes(const struct slice *names, size_t count, struct arena *arena);

enum legacy_action { LEGACY_PUT, LEGACY_ADD, LEGACY_DELETE };

struct legacy_update {
    struct slice attribute;
    enum legacy_action action;
    bool has_value;     /* always, but for a DELETE of the whole attribute */
    struct value value; /* PUT: any; ADD: N, a set or L (appended); DELETE: a set */
};

/* AttributeUpdates as an EXPR_UPDATE. PRE: count > 0, no attribute twice. */
struct expr *expr_from_updates(const struct legacy_update *updates, size_t count, struct arena *arena);

#endif
