/* expr.h - DynamoDB's expressions: parsed once, bound to a request, evaluated on stored bytes.
 * Three steps: parse    text to an immutable syntax tree; placeholders stay symbolic. Cached by text, so an expression
 *                       already seen is not parsed again.
 *              bind     the tree to a request's ExpressionAttributeNames and Values; checks everything that can be
 *                       checked without an item (undefined placeholders, operand types, overlapping paths).
 *              evaluate the bound expression on an item, reading only the attributes it names.
 * Owns:    a parsed expression is reference-counted and belongs to the cache and its users; a bound one lives in the
 *          request's arena (which holds the reference).
 * Errors:  ERR_VALIDATION with DynamoDB's text, prefix included ("Invalid FilterExpression: ..."); semantics.md 5.
 * Threads: anywhere; nothing changes in a bound expression. A cache is freed when no thread parses with it any more.
 * See:     update.h (what update expressions do to items), legacy.h (the older parameters as expressions);
 *          README.md in this folder: grammar, order of checks, caching. */
#ifndef STATOR_EXPR_EXPR_H
#define STATOR_EXPR_EXPR_H

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "item/value.h"
#include "json/json_writer.h"

#include <stdbool.h>
#include <stddef.h>

enum expr_kind {
    EXPR_CONDITION,     /* "ConditionExpression" */
    EXPR_FILTER,        /* "FilterExpression" */
    EXPR_KEY_CONDITION, /* "KeyConditionExpression" */
    EXPR_PROJECTION,    /* "ProjectionExpression" */
    EXPR_UPDATE,        /* "UpdateExpression"; see update.h */
};

/* The parameter's name as it stands in requests and error texts. */
const char *expr_kind_name(enum expr_kind kind);

/* ------------------------------------------------------------------ placeholders */

struct expr_name {
    struct slice placeholder; /* "#x" */
    struct slice name;
    bool used;
};

struct expr_value {
    struct slice placeholder; /* ":x" */
    struct value value;
    bool used;
};

/* The substitutions of one request, shared by all its expressions; binding marks what it uses. */
struct expr_scope {
    struct expr_name *names;
    size_t name_count;
    struct expr_value *values;
    size_t value_count;
};

/* After all expressions of the request are bound: complains about the unused, names first. */
[[nodiscard]] bool expr_scope_check_used(const struct expr_scope *scope, struct error *err);
/* Spelling and length of the placeholders themselves, and that names are neither empty nor too long:
 * "ExpressionAttributeNames contains invalid key: Syntax error; key: ..." */
[[nodiscard]] bool expr_scope_check_names(const struct expr_scope *scope, struct error *err);
[[nodiscard]] bool expr_scope_check_values(const struct expr_scope *scope, struct error *err);

/* ------------------------------------------------------------------ parse and bind */

struct expr_cache;
/* Keeps at most `entries_max` parsed expressions of any kind; the least recently used go first, more or less (the cache
 * is made of parts that decide by themselves). Each thread may hold on to a few dozen more. PRE: entries_max > 0. */
struct expr_cache *expr_cache_new(size_t entries_max);
/* Bound expressions outlive it. NULL is allowed. */
void expr_cache_free(struct expr_cache *cache);
/* Entries now; for metrics. */
size_t expr_cache_count(struct expr_cache *cache);

struct expr; /* bound, ready to evaluate */

/* Parse (or find) `text`. What is wrong whatever the placeholders stand for is reported here: syntax, reserved words,
 * functions, limits. The result is not bound yet. Of several expressions in one request each is parsed and bound before
 * the next is parsed, in the order update, condition, key condition, filter, projection (semantics.md 5.1).
 * `cache` NULL: parsed for this request alone. */
[[nodiscard]] bool expr_parse(struct expr_cache *cache, enum expr_kind kind, struct slice text,
                              struct arena *arena, struct expr **expr_out, struct error *err);
/* Once. Names are borrowed from the scope, values copied (their bytes borrowed), for as long as the expression is used.
 * A scope may be bound by one thread at a time. */
[[nodiscard]] bool expr_bind(struct expr *e, struct expr_scope *scope, struct error *err);

/* ------------------------------------------------------------------ condition and filter */

/* PRE: bound, EXPR_CONDITION or EXPR_FILTER. `item` is SLICE_NONE when there is none: every attribute is missing. */
bool expr_matches(const struct expr *e, struct slice item);

/* Top-level attribute names the expression mentions, for checks against key attributes; each once, in the order of
 * their first mention. PRE: bound; of any kind. */
size_t expr_top_level_count(const struct expr *e);
struct slice expr_top_level_name(const struct expr *e, size_t index);
/* Whether some path in it goes below this top-level attribute (a.b, a[0]). */
bool expr_has_nested_path(const struct expr *e, struct slice top_level_name);

/* ------------------------------------------------------------------ key condition */

enum key_comparison {
    KEY_EQ,
    KEY_LT,
    KEY_LE,
    KEY_GT,
    KEY_GE,
    KEY_BETWEEN,
    KEY_BEGINS_WITH,
    KEY_NOT_INDEXABLE, /* of the older KeyConditions only (legacy.h): a comparison that no index answers */
};

struct key_condition {
    struct slice attribute;
    enum key_comparison comparison;
    struct value operand; /* not of KEY_NOT_INDEXABLE */
    struct value upper;   /* KEY_BETWEEN only */
};

enum { KEY_CONDITIONS_MAX = 8 };

/* The conditions of a bound EXPR_KEY_CONDITION in the order written; `attribute op value`, whatever side the value
 * stood on, each attribute once. Binding checked what needs no schema (semantics.md 5.6); the engine matches them to the
 * schema, the number of conditions included: more than KEY_CONDITIONS_MAX are rejected at bind with "Conditions can be of
 * length 1 or 2 only", but that 3 are too many for a classic schema only the engine can say. */
struct key_conditions {
    size_t count;
    struct key_condition conditions[KEY_CONDITIONS_MAX];
};
void expr_key_conditions(const struct expr *e, struct key_conditions *out);

/* ------------------------------------------------------------------ projection */

/* Writes the selected parts of `item` as a DynamoDB JSON object, nesting kept, lists compacted in index order. Missing
 * paths are left out, and so are maps and lists of which nothing selected is there. PRE: bound, EXPR_PROJECTION. */
void expr_project(const struct expr *e, struct slice item, struct json_writer *w);

#endif
