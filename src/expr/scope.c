#include "expr/expr.h"

#include "base/buf.h"
#include "expr/tree_priv.h"

/* ------------------------------------------------------------------ spelling */

static bool is_placeholder(struct slice key, char prefix)
{
    if (key.size < 2 || key.data[0] != prefix)
        return false;
    for (size_t i = 1; i < key.size; i++) {
        char c = key.data[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (!word)
            return false;
    }
    return true;
}

/* DynamoDB tells the size of a name's placeholder that is too long, not of a value's. Length goes before spelling. */
static bool check_name_key(struct slice key, struct error *err)
{
    if (key.size > EXPR_PLACEHOLDER_BYTES_MAX)
        return error_set(
            err, ERR_VALIDATION,
            "ExpressionAttributeNames contains invalid key: The expression attribute map contains a key "
            "that is too long; size of key: %zu",
            key.size);
    if (!is_placeholder(key, '#'))
        return error_set(err, ERR_VALIDATION,
                         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"%.*s\"",
                         SLICE_PRINTF(key));
    return true;
}

static bool check_value_key(struct slice key, struct error *err)
{
    if (key.size > EXPR_PLACEHOLDER_BYTES_MAX)
        return error_set(
            err, ERR_VALIDATION,
            "ExpressionAttributeValues contains invalid key: The expression attribute map contains a key "
            "that is too long;");
    if (!is_placeholder(key, ':'))
        return error_set(err, ERR_VALIDATION,
                         "ExpressionAttributeValues contains invalid key: Syntax error; key: \"%.*s\"",
                         SLICE_PRINTF(key));
    return true;
}

bool expr_scope_check_names(const struct expr_scope *scope, struct error *err)
{
    for (size_t i = 0; i < scope->name_count; i++) {
        const struct expr_name *n = &scope->names[i];
        if (!check_name_key(n->placeholder, err))
            return false;
        if (n->name.size == 0)
            return error_set(
                err, ERR_VALIDATION,
                "ExpressionAttributeNames contains invalid value: Empty attribute name for key %.*s",
                SLICE_PRINTF(n->placeholder));
        if (n->name.size > VALUE_NAME_BYTES_MAX)
            return error_set(err, ERR_VALIDATION,
                             "Attribute name is too large, must be less than 65536 bytes");
    }
    return true;
}

bool expr_scope_check_values(const struct expr_scope *scope, struct error *err)
{
    for (size_t i = 0; i < scope->value_count; i++)
        if (!check_value_key(scope->values[i].placeholder, err))
            return false;
    return true;
}

/* ------------------------------------------------------------------ use */

static void list_key(struct buf *keys, struct slice key)
{
    if (keys->size)
        buf_append_literal(keys, ", ");
    buf_append(keys, key);
}

static bool report_unused(const char *parameter, const struct buf *keys, struct error *err)
{
    return error_set(err, ERR_VALIDATION, "Value provided in %s unused in expressions: keys: {%.*s}",
                     parameter, SLICE_PRINTF(buf_slice(keys)));
}

bool expr_scope_check_used(const struct expr_scope *scope, struct error *err)
{
    bool unused = false;
    for (size_t i = 0; i < scope->name_count; i++)
        unused |= !scope->names[i].used;
    for (size_t i = 0; i < scope->value_count; i++)
        unused |= !scope->values[i].used;
    if (!unused)
        return true;
    struct buf keys;
    buf_init(&keys, err->arena, 256);
    for (size_t i = 0; i < scope->name_count; i++)
        if (!scope->names[i].used)
            list_key(&keys, scope->names[i].placeholder);
    if (keys.size)
        return report_unused("ExpressionAttributeNames", &keys, err);
    for (size_t i = 0; i < scope->value_count; i++)
        if (!scope->values[i].used)
            list_key(&keys, scope->values[i].placeholder);
    return report_unused("ExpressionAttributeValues", &keys, err);
}
