#include "api/expressions.h"

#include "base/contract.h"
#include "engine/engine.h"

/* ------------------------------------------------------------------ parameters against each other */

static size_t count_given(const struct expression_request *request)
{
    size_t given = 0;
    for (size_t i = 0; i < request->expression_count; i++)
        given += !slice_is_none(request->expressions[i].text);
    return given;
}

static void append_name(struct buf *list, const char *name)
{
    if (list->size)
        buf_append_literal(list, ", ");
    buf_append(list, slice_from_cstr(name));
}

/* Stator takes the older parameters as soon as they are translated into expressions; until then they are
 * refused rather than ignored. */
static bool check_legacy(const struct expression_request *request, struct error *err)
{
    struct buf legacy, expressions;
    buf_init(&legacy, err->arena, 64);
    buf_init(&expressions, err->arena, 64);
    for (size_t i = 0; i < request->legacy_count; i++)
        if (request->legacy[i].given)
            append_name(&legacy, request->legacy[i].name);
    for (size_t i = 0; i < request->expression_count; i++)
        if (!slice_is_none(request->expressions[i].text))
            append_name(&expressions, expr_kind_name(request->expressions[i].kind));
    if (legacy.size && expressions.size)
        return error_set(err, ERR_VALIDATION,
                         "Can not use both expression and non-expression parameters in the same request: "
                         "Non-expression parameters: {%.*s} Expression parameters: {%.*s}",
                         SLICE_PRINTF(buf_slice(&legacy)), SLICE_PRINTF(buf_slice(&expressions)));
    if (legacy.size)
        return error_set(
            err, ERR_VALIDATION,
            "This version of Stator does not support the legacy parameters {%.*s}; use expressions",
            SLICE_PRINTF(buf_slice(&legacy)));
    return true;
}

static bool any_legacy(const struct expression_request *request)
{
    for (size_t i = 0; i < request->legacy_count; i++)
        if (request->legacy[i].given)
            return true;
    return false;
}

/* "FilterExpression and KeyConditionExpression are null": all that could use a value; a projection cannot. */
static bool values_without_expression(const struct expression_request *request, struct error *err)
{
    const char *names[EXPRESSIONS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < request->expression_count; i++)
        if (request->expressions[i].kind != EXPR_PROJECTION)
            names[count++] = expr_kind_name(request->expressions[i].kind);
    PRE(count == 1 || count == 2);
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

static bool check_values_content(const struct request_values *values, struct error *err)
{
    if (values->issue.code == ERR_NONE)
        return true;
    return error_set(err, values->issue.code,
                     "ExpressionAttributeValues contains invalid value: %s for key %.*s",
                     values->issue.message, SLICE_PRINTF(values->issue_key));
}

static bool check_placeholders(const struct expression_request *request, struct error *err)
{
    if (request->names && request->name_count == 0)
        return error_set(err, ERR_VALIDATION, "ExpressionAttributeNames must not be empty");
    if (values_given(request) && request->values->count == 0)
        return error_set(err, ERR_VALIDATION, "ExpressionAttributeValues must not be empty");
    struct expr_scope scope = scope_of(request);
    return expr_scope_check_keys(&scope, err) &&
           (!values_given(request) || check_values_content(request->values, err));
}

bool expressions_check(const struct expression_request *request, struct error *err)
{
    if (any_legacy(request) && !check_legacy(request, err))
        return false;
    if (request->names && count_given(request) == 0)
        return error_set(err, ERR_VALIDATION,
                         "ExpressionAttributeNames can only be specified when using expressions");
    if (values_given(request) && !uses_values(request))
        return values_without_expression(request, err);
    if (!request->names && !values_given(request))
        return true;
    return check_placeholders(request, err);
}

/* ------------------------------------------------------------------ parse and bind */

/* Whatever order the parameters stand in, DynamoDB parses and checks them in this one, each before the next. */
static const enum expr_kind parse_order[] = {EXPR_UPDATE, EXPR_CONDITION, EXPR_KEY_CONDITION, EXPR_FILTER,
                                             EXPR_PROJECTION};
enum { PARSE_ORDER_COUNT = sizeof parse_order / sizeof parse_order[0] };

static struct slice text_of(const struct expression_request *request, enum expr_kind kind)
{
    for (size_t i = 0; i < request->expression_count; i++)
        if (request->expressions[i].kind == kind)
            return request->expressions[i].text;
    return SLICE_NONE;
}

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

bool expressions_bind(const struct api_request *q, const struct expression_request *request,
                      struct expressions *out, struct error *err)
{
    *out = (struct expressions){.scope = scope_of(request)};
    if (count_given(request) == 0)
        return true;
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

static bool check_key_path(const struct expr *e, struct slice attribute, struct error *err)
{
    if (!expr_has_nested_path(e, attribute))
        return true;
    return error_set(
        err, ERR_VALIDATION,
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
        "Key: %.*s",
        SLICE_PRINTF(attribute));
}

bool expressions_check_key_paths(const struct expr *e, const struct table *table, struct error *err)
{
    if (!e)
        return true;
    for (unsigned i = 0; i < table->key.hash_count; i++)
        if (!check_key_path(e, table->key.hash[i].name, err))
            return false;
    for (unsigned i = 0; i < table->key.range_count; i++)
        if (!check_key_path(e, table->key.range[i].name, err))
            return false;
    return true;
}
