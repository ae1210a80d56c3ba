/* What DynamoDB says of JSON that is not what an attribute value is made of: its texts name Java's types. */
#include "item/wire_priv.h"

#define ATTRIBUTE_VALUE "com.amazonaws.dynamodb.v20120810.AttributeValue"

bool wire_syntax_error(const struct json_reader *r, struct error *err)
{
    error_set(err, ERR_SERIALIZATION, NULL);
    return error_add_detail(err, "JSON syntax error at byte %zu", json_offset(r));
}

static bool wrong_type(const char *message, struct error *err)
{
    return error_set(err, ERR_SERIALIZATION, "%s", message);
}

/* How DynamoDB names the token of a scalar; NULL for the others. */
static const char *scalar_name(const struct json_reader *r, enum json_token token)
{
    switch (token) {
    case JSON_STRING:
        return "STRING_VALUE";
    case JSON_TRUE:
        return "TRUE_VALUE";
    case JSON_FALSE:
        return "FALSE_VALUE";
    case JSON_NUMBER:
        for (size_t i = 0; i < r->text.size; i++) {
            char c = r->text.data[i];
            if (c == '.' || c == 'e' || c == 'E')
                return "DECIMAL_VALUE";
        }
        return "NUMBER_VALUE";
    case JSON_INVALID:
    case JSON_END:
    case JSON_OBJECT_BEGIN:
    case JSON_OBJECT_END:
    case JSON_ARRAY_BEGIN:
    case JSON_ARRAY_END:
    case JSON_NAME:
    case JSON_NULL:
        return NULL;
    }
    return NULL;
}

bool wire_not_a_scalar(const struct json_reader *r, enum json_token token, const char *package,
                       const char *java_type, struct error *err)
{
    const char *name = scalar_name(r, token);
    if (name)
        return error_set(err, ERR_SERIALIZATION, "%s cannot be converted to %s", name, java_type);
    if (token == JSON_ARRAY_BEGIN)
        return error_set(err, ERR_SERIALIZATION, "Unrecognized collection type class %s.%s", package,
                         java_type);
    if (token == JSON_OBJECT_BEGIN)
        return wrong_type("Start of structure or map found where not expected", err);
    return wire_syntax_error(r, err);
}

bool wire_not_a_list(const struct json_reader *r, enum json_token token, struct error *err)
{
    if (token == JSON_INVALID)
        return wire_syntax_error(r, err);
    return wrong_type(token == JSON_OBJECT_BEGIN ? "Start of structure or map found where not expected"
                                                 : "Unexpected field type",
                      err);
}

bool wire_not_a_map(const struct json_reader *r, enum json_token token, struct error *err)
{
    if (token == JSON_INVALID)
        return wire_syntax_error(r, err);
    return wrong_type(token == JSON_ARRAY_BEGIN
                          ? "Unrecognized collection type java.util.Map<java.lang.String, " //
                          ATTRIBUTE_VALUE ">"
                          : "Unexpected field type",
                      err);
}

bool wire_not_a_value(const struct json_reader *r, enum json_token token, struct error *err)
{
    if (token == JSON_INVALID)
        return wire_syntax_error(r, err);
    return wrong_type(token == JSON_ARRAY_BEGIN ? "Unrecognized collection type class " ATTRIBUTE_VALUE
                                                : "Unexpected value type in payload",
                      err);
}
