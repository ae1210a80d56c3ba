#include "jansson_oracle.h"

#include <jansson.h>

void oracle_append_text(struct buf *events, char kind, struct slice text)
{
    buf_printf(events, "%c%zu:", kind, text.size);
    buf_append(events, text);
}

void oracle_append_number(struct buf *events, double number)
{
    buf_printf(events, "D%.17g;", number);
}

static void append_value(struct buf *events, json_t *value)
{
    const char *name;
    json_t *member;
    size_t index;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        buf_append_byte(events, '{');
        json_object_foreach(value, name, member)
        {
            oracle_append_text(events, 'N', slice_from_cstr(name));
            append_value(events, member);
        }
        buf_append_byte(events, '}');
        break;
    case JSON_ARRAY:
        buf_append_byte(events, '[');
        json_array_foreach(value, index, member)
        {
            append_value(events, member);
        }
        buf_append_byte(events, ']');
        break;
    case JSON_STRING:
        oracle_append_text(events, 'S', slice_of(json_string_value(value), json_string_length(value)));
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        oracle_append_number(events, json_number_value(value));
        break;
    case JSON_TRUE:
        buf_append_byte(events, 't');
        break;
    case JSON_FALSE:
        buf_append_byte(events, 'f');
        break;
    case JSON_NULL:
        buf_append_byte(events, 'n');
        break;
    }
}

enum oracle_verdict oracle_read(struct slice text, struct buf *events)
{
    if (text.size > 0 && memchr(text.data, '\0', text.size))
        return ORACLE_REFUSES;
    json_error_t error;
    json_t *value =
        json_loadb(text.data, text.size, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);
    if (!value) {
        enum json_error_code code = json_error_code(&error);
        bool cannot_tell = code == json_error_numeric_overflow || code == json_error_null_byte_in_key;
        return cannot_tell ? ORACLE_CANNOT_TELL : ORACLE_REFUSES;
    }
    if (events)
        append_value(events, value);
    json_decref(value);
    return ORACLE_ACCEPTS;
}
