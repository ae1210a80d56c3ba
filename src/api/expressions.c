#include "api/expressions.h"

#include "base/contract.h"
#include "engine/engine.h"
#include "engine/index.h"
#include "expr/legacy.h"

/* ------------------------------------------------------------------ parameters against each other */

static size_t count_given(const struct expression_request *request)
{
    size_t given = 0;
    for (size_t i = 0; i < request->expression_count; i++)
        given += !slice_is_none(request->expressions[i].text);
    return given;
}

static struct slice text_of(const struct expression_request *request, enum expr_kind kind)
{
    for (size_t i = 0; i < request->expression_count; i++)
        if (request->expressions[i].kind == kind)
            return request->expressions[i].text;
    return SLICE_NONE;
}

static void append_name(struct buf *list, const char *name)
{
    if (list->size)
        buf_append_literal(list, ", ");
    buf_append(list, slice_from_cstr(name));
}

static struct slice expression_names(const struct expression_request *request, struct arena *arena)
{
    struct buf list;
    buf_init(&list, arena, 64);
    for (size_t i = 0; i < request->expression_count; i++)
        if (!slice_is_none(request->expressions[i].text))
            append_name(&list, expr_kind_name(request->expressions[i].kind));
    return buf_slice(&list);
}

static bool mixed(struct slice older, struct slice expressions, struct error *err)
{
    return error_set(err, ERR_VALIDATION,
                     "Can not use both expression and non-expression parameters in the same request: "
                     "Non-expression parameters: {%.*s} Expression parameters: {%.*s}",
                     SLICE_PRINTF(older), SLICE_PRINTF(expressions));
}

/* KeyConditions go together with the other expressions of a Query. */
static bool check_mixing(const struct expression_request *request, struct error *err)
{
    if (!legacy_any(&request->older) || count_given(request) == 0)
        return true;
    bool has_key_condition = !slice_is_none(text_of(request, EXPR_KEY_CONDITION));
    struct slice older = legacy_names(&request->older, has_key_condition, err->arena);
    return older.size == 0 || mixed(older, expression_names(request, err->arena), err);
}

/* Of all that could use a value it is said that it is null; a projection cannot. Writes outside of transactions leave that out
 * since 2026. */
static bool values_without_expression(const struct expression_request *request, struct error *err)
{
    const char *names[EXPRESSIONS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < request->expression_count; i++)
        if (request->expressions[i].kind != EXPR_PROJECTION)
            names[count++] = expr_kind_name(request->expressions[i].kind);
    PRE(count == 1 || count == 2);
    if (request->terse)
        return error_set(err, ERR_VALIDATION,
                         "ExpressionAttributeValues can only be specified when using expressions");
    if (count == 1)
        return error_set(err, ERR_VALIDATION,
                         "ExpressionAttributeValues can only be specified when using expressions: %s is null",
                         names[0]);
    return error_set(
        err, ERR_VALIDATION,
        "ExpressionAttributeValues can only be specified when using expressions: %s and %s are null",
        names[0], names[1]);
}

static bool uses_values(const struct expression_request *request)
{
    for (size_t i = 0; i < request->expression_count; i++)
        if (request->expressions[i].kind != EXPR_PROJECTION && !slice_is_none(request->expressions[i].text))
            return true;
    return false;
}

static bool values_given(const struct expression_request *request)
{
    return request->values && request->values->at;
}

/* ------------------------------------------------------------------ placeholders */

static struct expr_scope scope_of(const struct expression_request *request)
{
    return (struct expr_scope){
        .names = request->names,
        .name_count = request->name_count,
        .values = request->values ? request->values->at : NULL,
        .value_count = request->values ? request->values->count : 0,
    };
}

/* Operations that check against the service's model say no more than what is wrong with the value; of nesting all do. */
static bool check_values_content(const struct api_request *q, const struct request_values *values,
                                 struct error *err)
{
    if (values->issue.code == ERR_NONE)
        return true;
    bool is_nesting = slice_starts_with(slice_from_cstr(values->issue.message), SLICE("Nesting Levels"));
    if (q->info->range_errors_named || is_nesting) {
        *err = values->issue;
        return false;
    }
    return error_set(err, values->issue.code,
                     "ExpressionAttributeValues contains invalid value: %s for key %.*s",
                     values->issue.message, SLICE_PRINTF(values->issue_key));
}

static bool check_placeholders(const struct api_request *q, const struct expression_request *request,
                               struct error *err)
{
    struct expr_scope scope = scope_of(request);
    if (request->names && request->name_count == 0)
        return error_set(err, ERR_VALIDATION, "ExpressionAttributeNames must not be empty");
    if (!expr_scope_check_names(&scope, err))
        return false;
    if (!values_given(request))
        return true;
    if (request->values->count == 0)
        return error_set(err, ERR_VALIDATION, "ExpressionAttributeValues must not be empty");
    return expr_scope_check_values(&scope, err) && check_values_content(q, request->values, err);
}

bool expressions_check(const struct expression_request *request, struct error *err)
{
    if (!check_mixing(request, err))
        return false;
    if (request->names && count_given(request) == 0)
        return error_set(err, ERR_VALIDATION,
                         "ExpressionAttributeNames can only be specified when using expressions");
    if (values_given(request) && !uses_values(request))
        return values_without_expression(request, err);
    return legacy_check_operator(&request->older, err);
}

bool expressions_check_older(const struct expression_request *request, struct error *err)
{
    return !legacy_any(&request->older) || legacy_check(&request->older, err);
}

/* ------------------------------------------------------------------ parse and bind */

/* Whatever order the parameters stand in, DynamoDB parses and checks them in this one, each before the next. */
static const enum expr_kind parse_order[] = {EXPR_UPDATE, EXPR_CONDITION, EXPR_KEY_CONDITION, EXPR_FILTER,
                                             EXPR_PROJECTION};
enum { PARSE_ORDER_COUNT = sizeof parse_order / sizeof parse_order[0] };

static struct expr **slot_of(struct expressions *e, enum expr_kind kind)
{
    switch (kind) {
    case EXPR_CONDITION:
        return &e->condition;
    case EXPR_FILTER:
        return &e->filter;
    case EXPR_KEY_CONDITION:
        return &e->key_condition;
    case EXPR_PROJECTION:
        return &e->projection;
    case EXPR_UPDATE:
        return &e->update;
    }
    UNREACHABLE();
}

static bool bind_texts(const struct api_request *q, const struct expression_request *request,
                       struct expressions *out, struct error *err)
{
    struct expr_cache *cache = q->api->options.engine->expressions;
    for (size_t i = 0; i < PARSE_ORDER_COUNT; i++) {
        struct slice text = text_of(request, parse_order[i]);
        struct expr **slot = slot_of(out, parse_order[i]);
        if (!slice_is_none(text) && !(expr_parse(cache, parse_order[i], text, q->arena, slot, err) &&
                                      expr_bind(*slot, &out->scope, err)))
            return false;
    }
    return expr_scope_check_used(&out->scope, err);
}

/* A text and an older parameter of the same kind do not come together. */
static void bind_older(const struct legacy_parameters *older, struct arena *arena, struct expressions *out)
{
    out->condition = legacy_make_condition(older, arena);
    out->filter = legacy_make_filter(older, arena);
    out->projection = legacy_make_projection(older, arena);
    out->update = legacy_make_update(older, arena);
}

bool expressions_bind(const struct api_request *q, const struct expression_request *request,
                      struct expressions *out, struct error *err)
{
    *out = (struct expressions){.scope = scope_of(request)};
    if (legacy_any(&request->older))
        bind_older(&request->older, q->arena, out);
    if (count_given(request) > 0 &&
        !(check_placeholders(q, request, err) && bind_texts(q, request, out, err)))
        return false;
    if (!request->older.key_conditions)
        return true;
    if (!legacy_check_key_conditions(&request->older, err))
        return false;
    out->key_condition = legacy_make_key_condition(&request->older, q->arena);
    return true;
}

/* ------------------------------------------------------------------ against a table */

static bool check_scalars(const struct expr *e, const struct key_attribute *attributes, unsigned count,
                          const char *kind, struct error *err)
{
    for (unsigned i = 0; i < count; i++)
        if (expr_has_nested_path(e, attributes[i].name))
            return error_set(
                err, ERR_VALIDATION,
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
                "%s: %.*s",
                kind, SLICE_PRINTF(attributes[i].name));
    return true;
}

static bool check_key_scalars(const struct expr *e, const struct key_schema *key, const char *kind,
                              struct error *err)
{
    return check_scalars(e, key->hash, key->hash_count, kind, err) &&
           check_scalars(e, key->range, key->range_count, kind, err);
}

bool expressions_check_key_paths(const struct expr *e, const struct table *table, struct error *err)
{
    if (!e)
        return true;
    if (!check_key_scalars(e, &table->key, "Key", err))
        return false;
    for (size_t i = 0; i < index_count(table); i++)
        if (!check_key_scalars(e, &index_at(table, i)->key, "IndexKey", err))
            return false;
    return true;
}

/* Key attribute by key attribute, as DynamoDB goes through the schema. */
static bool check_not_filtered(const struct expr *e, struct slice attribute, struct error *err)
{
    for (size_t i = 0; i < expr_top_level_count(e); i++)
        if (slice_equal(expr_top_level_name(e, i), attribute))
            return error_set(err, ERR_VALIDATION,
                             "%s can only contain non-primary key attributes: Primary key attribute: %.*s",
                             expr_is_legacy(e) ? "QueryFilter" : "Filter Expression",
                             SLICE_PRINTF(attribute));
    return true;
}

bool expressions_check_query_filter(const struct expr *e, const struct key_schema *key, struct error *err)
{
    if (!e)
        return true;
    for (unsigned i = 0; i < key->hash_count; i++)
        if (!check_not_filtered(e, key->hash[i].name, err))
            return false;
    for (unsigned i = 0; i < key->range_count; i++)
        if (!check_not_filtered(e, key->range[i].name, err))
            return false;
    return true;
}
