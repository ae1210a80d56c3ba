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

/* What the trees behind these expressions can hold. Whoever asks for more is refused by the api layer. */
enum {
    LEGACY_CONDITIONS_MAX = 4096,
    LEGACY_OPERANDS_MAX = 16384, /* of all conditions of one parameter together */
    LEGACY_UPDATES_MAX = 32768,
};

struct legacy_condition {
    struct slice attribute; /* first; a whole name: dots and brackets mean nothing */
    enum legacy_comparison comparison;
    const struct value *operands;
    size_t operand_count; /* as the comparison wants them */
};

/* Expected (EXPR_CONDITION), QueryFilter and ScanFilter (EXPR_FILTER): all of the conditions, or with `any` one of them.
 * Operands are copied, their bytes borrowed. PRE: 0 < count <= LEGACY_CONDITIONS_MAX, with at most LEGACY_OPERANDS_MAX
 * operands; each attribute once. */
struct expr *expr_from_conditions(enum expr_kind kind, const struct legacy_condition *conditions,
                                  size_t count, bool any, struct arena *arena);

/* KeyConditions as an EXPR_KEY_CONDITION. What no index answers (NE, IN, NULL, ...) becomes KEY_NOT_INDEXABLE: the engine
 * refuses it once it knows that the attribute is a key. PRE: 0 < count <= KEY_CONDITIONS_MAX; each attribute once. */
struct expr *expr_from_key_conditions(const struct legacy_condition *conditions, size_t count,
                                      struct arena *arena);

/* AttributesToGet as an EXPR_PROJECTION, any number of them. PRE: count > 0, no name twice. */
struct expr *expr_from_attributes(const struct slice *names, size_t count, struct arena *arena);

enum legacy_action { LEGACY_PUT, LEGACY_ADD, LEGACY_DELETE };

struct legacy_update {
    struct slice attribute; /* first */
    enum legacy_action action;
    bool has_value;     /* always, but for a DELETE of the whole attribute */
    struct value value; /* PUT: any; ADD: N, a set or L (appended); DELETE: a set */
};

/* AttributeUpdates as an EXPR_UPDATE. PRE: 0 < count <= LEGACY_UPDATES_MAX, no attribute twice. */
struct expr *expr_from_updates(const struct legacy_update *updates, size_t count, struct arena *arena);

/* Whether an expression came from here: some texts name the older parameter. */
bool expr_is_legacy(const struct expr *e);

#endif
