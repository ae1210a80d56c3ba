/* expressions.h - the expressions of one request: their parameters checked, parsed and bound in DynamoDB's order. The
 *            older parameters become the same bound expressions.
 * Use:     describe the parameters in an expression_request. expressions_check() comes first, expressions_check_older()
 *          where the operation's own content has its turn (mostly after it), expressions_bind() last.
 * Owns:    nothing; everything lives in the request's arena.
 * Errors:  ERR_VALIDATION; semantics.md 5.1 and 6. Callers pass failures through api_content_error().
 * Source:  semantics.md 5.1 (order), 6 (mixing with the older parameters). */
#ifndef STATOR_API_EXPRESSIONS_H
#define STATOR_API_EXPRESSIONS_H

#include "api/api.h"
#include "api/legacy.h"
#include "expr/expr.h"
#include "table/table.h"

enum { EXPRESSIONS_MAX = 4 };

/* An expression the operation has; text is SLICE_NONE if the request does not give it. */
struct expression_parameter {
    enum expr_kind kind;
    struct slice text;
};

struct expression_request {
    struct expression_parameter expressions[EXPRESSIONS_MAX]; /* in the order error texts list them */
    size_t expression_count;
    struct expr_name *names; /* ExpressionAttributeNames; NULL if absent */
    size_t name_count;
    const struct request_values *values; /* NULL if the operation has none */
    struct legacy_parameters older;
    bool terse; /* does not say which expressions are missing where values are given without one */
};

/* The bound expressions by kind; NULL where there is none. */
struct expressions {
    struct expr *condition;
    struct expr *filter;
    struct expr *key_condition;
    struct expr *projection;
    struct expr *update;
    struct expr_scope scope;
};

/* The parameters against each other: mixed, missing, alone where they cannot be. */
[[nodiscard]] bool expressions_check(const struct expression_request *request, struct error *err);

/* What the older parameters hold, but for KeyConditions. */
[[nodiscard]] bool expressions_check_older(const struct expression_request *request, struct error *err);

/* Checks the placeholders, parses and binds all of them, then looks for unused placeholders; KeyConditions are checked
 * and bound after that. PRE: both checks were made. */
[[nodiscard]] bool expressions_bind(const struct api_request *q, const struct expression_request *request,
                                    struct expressions *out, struct error *err);

/* Checks against a table. `e` may be NULL in both. */

/* Key attributes of table and indexes are scalars: no path may go below one. */
[[nodiscard]] bool expressions_check_key_paths(const struct expr *e, const struct table *table,
                                               struct error *err);
/* A Query's filter is for what the key condition cannot say: it may not name an attribute of the key that is queried. */
[[nodiscard]] bool expressions_check_query_filter(const struct expr *e, const struct key_schema *key,
                                                  struct error *err);

#endif
