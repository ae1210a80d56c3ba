/* legacy.h - the parameters that expressions replaced: as a request has them, what can be wrong with them, and the bound
 *            expressions they become.
 * Use:     an operation describes its own in the legacy_parameters of an expression_request; expressions.c calls the rest,
 *          and hands out expressions of which nobody needs to know where they come from.
 * Owns:    nothing; everything lives in the request's arena.
 * Errors:  ERR_VALIDATION; the caller passes them through api_content_error() where its operation wants that.
 * Source:  semantics.md 6; the service model's documentation of the parameters. */
#ifndef STATOR_API_LEGACY_H
#define STATOR_API_LEGACY_H

#include "api/common_shapes.h"
#include "base/buf.h"
#include "expr/expr.h"

/* An array is NULL where the parameter is absent, or the operation does not have it. An empty one was given. */
struct legacy_parameters {
    const struct slice *attributes_to_get;
    size_t attribute_count;
    const struct attribute_update_entry *attribute_updates;
    size_t update_count;
    const struct condition_entry *filter;
    size_t filter_count;
    const char *filter_name; /* "QueryFilter" or "ScanFilter" */
    const struct expected_entry *expected;
    size_t expected_count;
    const struct condition_entry *key_conditions;
    size_t key_condition_count;
    unsigned conditional_operator; /* enum conditional_operator */
    bool filter_first;             /* it is checked before AttributesToGet, not after */
};

static inline bool legacy_any(const struct legacy_parameters *p)
{
    return p->attributes_to_get || p->attribute_updates || p->filter || p->expected || p->key_conditions ||
           p->conditional_operator;
}

/* The names of those that were given, as the error about mixing lists them. */
struct slice legacy_names(const struct legacy_parameters *p, bool with_key_conditions, struct arena *arena);

/* ConditionalOperator joins at least two conditions. */
[[nodiscard]] bool legacy_check_operator(const struct legacy_parameters *p, struct error *err);

/* What they hold, all but KeyConditions, which come later. */
[[nodiscard]] bool legacy_check(const struct legacy_parameters *p, struct error *err);
[[nodiscard]] bool legacy_check_key_conditions(const struct legacy_parameters *p, struct error *err);

/* What each of them becomes; NULL where there is nothing in it. PRE: checked. */
struct expr *legacy_make_projection(const struct legacy_parameters *p, struct arena *arena);
struct expr *legacy_make_update(const struct legacy_parameters *p, struct arena *arena);
struct expr *legacy_make_condition(const struct legacy_parameters *p, struct arena *arena);
struct expr *legacy_make_filter(const struct legacy_parameters *p, struct arena *arena);
struct expr *legacy_make_key_condition(const struct legacy_parameters *p, struct arena *arena);

#endif
