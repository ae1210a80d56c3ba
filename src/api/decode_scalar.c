/* Scalars, and the texts for tokens of the wrong type: semantics.md 1.5. */
#include "api/decode_priv.h"

#include "base/contract.h"
#include "json/base64.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

/* ------------------------------------------------------------------ wrong types */

static bool wrong(struct decoder *d, const char *text)
{
    return error_set(d->err, ERR_SERIALIZATION, "%s", text);
}

bool decode_not_json(struct decoder *d)
{
    return error_set(d->err, ERR_SERIALIZATION, NULL);
}

static bool is_decimal(struct slice number)
{
    for (size_t i = 0; i < number.size; i++) {
        char c = number.data[i];
        if (c == '.' || c == 'e' || c == 'E')
            return true;
    }
    return false;
}

/* The service's name for a scalar token; NULL for others. */
static const char *scalar_name(const struct decoder *d, enum json_token token)
{
    switch (token) {
    case JSON_STRING:
        return "STRING_VALUE";
    case JSON_NUMBER:
        return is_decimal(d->json.text) ? "DECIMAL_VALUE" : "NUMBER_VALUE";
    case JSON_TRUE:
        return "TRUE_VALUE";
    case JSON_FALSE:
        return "FALSE_VALUE";
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
    UNREACHABLE();
}

bool decode_not_scalar(struct decoder *d, enum json_token token, const char *package, const char *java_type)
{
    const char *name = scalar_name(d, token);
    if (name)
        return error_set(d->err, ERR_SERIALIZATION, "%s cannot be converted to %s", name, java_type);
    if (token == JSON_ARRAY_BEGIN)
        return error_set(d->err, ERR_SERIALIZATION, "Unrecognized collection type class %s.%s", package,
                         java_type);
    if (token == JSON_OBJECT_BEGIN)
        return wrong(d, "Start of structure or map found where not expected");
    return decode_not_json(d);
}

/* The Java type the service has for a shape, as its texts spell it. */
static const char *java_type(struct arena *arena, const struct shape *shape)
{
    switch (shape->kind) {
    case SHAPE_STRING:
    case SHAPE_ENUM:
        return "java.lang.String";
    case SHAPE_INTEGER:
        return "java.lang.Integer";
    case SHAPE_LONG:
        return "java.lang.Long";
    case SHAPE_BOOLEAN:
        return "java.lang.Boolean";
    case SHAPE_BLOB:
        return "java.nio.ByteBuffer";
    case SHAPE_VALUE:
        return SHAPE_PACKAGE "AttributeValue";
    case SHAPE_ITEM:
    case SHAPE_VALUES:
        return "java.util.Map<java.lang.String, " SHAPE_PACKAGE "AttributeValue>";
    case SHAPE_LIST:
        return arena_printf(arena, "java.util.List<%s>", java_type(arena, shape->element));
    case SHAPE_MAP:
        return arena_printf(arena, "java.util.Map<java.lang.String, %s>", java_type(arena, shape->element));
    case SHAPE_STRUCTURE:
        return arena_printf(arena, SHAPE_PACKAGE "%s", shape->name);
    }
    UNREACHABLE();
}

/* A scalar where a collection belongs. For collections inside collections the service trips over its own generics. */
static const char *scalar_for_collection(const struct shape *shape, enum decode_place place)
{
    bool object_type = shape->kind == SHAPE_STRUCTURE || shape->kind == SHAPE_VALUE;
    if (place == DECODE_MEMBER)
        return "Unexpected field type";
    if (object_type)
        return "Unexpected value type in payload";
    return "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
           "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "
           "java.lang.Class are "
           "in module java.base of loader 'bootstrap')";
}

bool decode_not_collection(struct decoder *d, const struct shape *shape, enum json_token token,
                           enum decode_place place)
{
    bool object_type = shape->kind == SHAPE_STRUCTURE || shape->kind == SHAPE_VALUE;
    if (token == JSON_ARRAY_BEGIN)
        return error_set(d->err, ERR_SERIALIZATION, "Unrecognized collection type %s%s",
                         object_type ? "class " : "", java_type(d->arena, shape));
    if (token == JSON_OBJECT_BEGIN)
        return wrong(d, "Start of structure or map found where not expected");
    if (scalar_name(d, token))
        return wrong(d, scalar_for_collection(shape, place));
    return decode_not_json(d);
}

/* ------------------------------------------------------------------ scalars */

bool decode_string(struct decoder *d, enum json_token token, struct slice *out)
{
    if (token != JSON_STRING)
        return decode_not_scalar(d, token, "java.lang", "String");
    *out = d->json.text;
    return true;
}

/* Digits with an optional sign; what does not fit becomes the nearest that does. */
static int64_t integer_value(struct slice text)
{
    bool negative = text.data[0] == '-';
    int64_t value = 0;
    for (size_t i = negative; i < text.size; i++) {
        int digit = text.data[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, negative ? -digit : digit, &value))
            return negative ? INT64_MIN : INT64_MAX;
    }
    return value;
}

static int64_t decimal_value(struct arena *arena, struct slice text)
{
    double value = floor(strtod(arena_copy_cstr(arena, text), NULL));
    if (value >= 0x1p63)
        return INT64_MAX;
    return value < -0x1p63 ? INT64_MIN : (int64_t)value;
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

bool decode_number(struct decoder *d, const struct shape *shape, enum json_token token,
                   struct optional_i64 *out)
{
    bool is_long = shape->kind == SHAPE_LONG;
    if (token != JSON_NUMBER)
        return decode_not_scalar(d, token, "java.lang", is_long ? "Long" : "Integer");
    struct slice text = d->json.text;
    out->given = true;
    out->value = is_decimal(text) ? decimal_value(d->arena, text) : integer_value(text);
    if (!is_long)
        out->value = clamp(out->value, INT32_MIN, INT32_MAX);
    return true;
}

static bool equals_ignoring_case(struct slice text, const char *word)
{
    return text.size == strlen(word) && strncasecmp(text.data, word, text.size) == 0;
}

static bool boolean_from_string(struct decoder *d, struct slice text, bool *out)
{
    bool yes = equals_ignoring_case(text, "true") || equals_ignoring_case(text, "yes") ||
               equals_ignoring_case(text, "1");
    bool no = equals_ignoring_case(text, "false") || equals_ignoring_case(text, "no") ||
              equals_ignoring_case(text, "0");
    if (!yes && !no)
        return wrong(d, "Unexpected token received from parser");
    *out = yes;
    return true;
}

bool decode_boolean(struct decoder *d, enum json_token token, struct optional_bool *out)
{
    out->given = true;
    if (token == JSON_STRING)
        return boolean_from_string(d, d->json.text, &out->value);
    if (token != JSON_TRUE && token != JSON_FALSE)
        return decode_not_scalar(d, token, "java.lang", "Boolean");
    out->value = token == JSON_TRUE;
    return true;
}

bool decode_enum(struct decoder *d, const struct shape *shape, enum json_token token,
                 struct optional_enum *out)
{
    if (!decode_string(d, token, &out->text))
        return false;
    out->value = SHAPE_ENUM_UNKNOWN;
    for (size_t i = 0; i < shape->name_count; i++) {
        if (slice_equal(shape->names[i], out->text)) {
            out->value = (unsigned)i + 1;
            break;
        }
    }
    return true;
}

bool decode_blob(struct decoder *d, enum json_token token, struct slice *out)
{
    if (token == JSON_NUMBER || token == JSON_TRUE || token == JSON_FALSE)
        return wrong(d, "only base-64-encoded strings are convertible to bytes");
    if (token != JSON_STRING)
        return decode_not_scalar(d, token, "java.nio", "ByteBuffer");
    struct slice text = d->json.text;
    if (text.size % 4 != 0)
        return error_set(d->err, ERR_SERIALIZATION,
                         "Base64 encoded length is expected a multiple of 4 bytes but found: %zu", text.size);
    char *bytes = arena_alloc_bytes(d->arena, base64_bytes_max(text.size));
    size_t size;
    if (!base64_decode(text, bytes, &size))
        return wrong(d, "Invalid last non-pad Base64 character dectected");
    *out = slice_of(bytes, size);
    return true;
}
