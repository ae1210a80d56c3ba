/* Values of requests in error texts: semantics.md 1.6. */
#include "api/constraint_priv.h"

#include "base/contract.h"
#include "item/item.h"
#include "item/number.h"
#include "item/wire.h"

void print_lower_first(struct buf *out, struct slice name)
{
    char first = name.data[0];
    buf_append_byte(out, first >= 'A' && first <= 'Z' ? (char)(first - 'A' + 'a') : first);
    buf_append(out, slice_after(name, 1));
}

/* ------------------------------------------------------------------ Java */

static void java_bytes(struct buf *out, size_t size)
{
    buf_printf(out, "java.nio.HeapByteBuffer[pos=0 lim=%zu cap=%zu]", size, size);
}

static void java_attribute_value(struct buf *out, const struct value *v);
static void java_content(struct buf *out, const struct value *v);

static void java_elements(struct buf *out, const struct value *v)
{
    struct slice members = value_members(v);
    buf_append_byte(out, '[');
    for (uint32_t i = 0; i < v->count; i++) {
        struct value element;
        value_next_element(&members, &element);
        if (i > 0)
            buf_append_literal(out, ", ");
        if (v->type == VALUE_L)
            java_attribute_value(out, &element);
        else
            java_content(out, &element);
    }
    buf_append_byte(out, ']');
}

static void java_entries(struct buf *out, const struct value *map)
{
    struct slice members = value_members(map);
    buf_append_byte(out, '{');
    for (uint32_t i = 0; i < map->count; i++) {
        struct slice name;
        struct value value;
        value_next_entry(&members, &name, &value);
        if (i > 0)
            buf_append_literal(out, ", ");
        buf_append(out, name);
        buf_append_byte(out, '=');
        java_attribute_value(out, &value);
    }
    buf_append_byte(out, '}');
}

/* What a value holds, without its type. */
static void java_content(struct buf *out, const struct value *v)
{
    switch (v->type) {
    case VALUE_S:
        buf_append(out, v->payload);
        return;
    case VALUE_N:
        out->size += number_format(v->payload, buf_reserve(out, NUMBER_TEXT_BYTES_MAX));
        return;
    case VALUE_B:
        java_bytes(out, v->payload.size);
        return;
    case VALUE_BOOL:
        buf_append(out, v->boolean ? SLICE("true") : SLICE("false"));
        return;
    case VALUE_NULL:
        buf_append_literal(out, "true");
        return;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
    case VALUE_L:
        java_elements(out, v);
        return;
    case VALUE_M:
        java_entries(out, v);
        return;
    }
}

/* The members of the service's class, of which it shows more than its model has; `type` is -1 for those. */
static void java_attribute_value(struct buf *out, const struct value *v)
{
    static const struct {
        const char *name;
        int type;
    } members[] = {{"s", VALUE_S},   {"n", VALUE_N}, {"b", VALUE_B},       {"iNT", -1},
                   {"dECIMAL", -1},  {"dOUBLE", -1}, {"sS", VALUE_SS},     {"nS", VALUE_NS},
                   {"bS", VALUE_BS}, {"iNTSET", -1}, {"dECIMALSET", -1},   {"dOUBLESET", -1},
                   {"m", VALUE_M},   {"l", VALUE_L}, {"nULL", VALUE_NULL}, {"bOOL", VALUE_BOOL}};
    const char *separator = "AttributeValue(";
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++, separator = ", ") {
        buf_printf(out, "%s%s=", separator, members[i].name);
        if (members[i].type == (int)v->type)
            java_content(out, v);
        else
            buf_append_literal(out, "null");
    }
    buf_append_byte(out, ')');
}

/* Of a value that is wrong inside nothing is left to be shown. */
static void java_unless_wrong(struct buf *out, const struct value *v, const struct error *issue)
{
    if (issue->code == ERR_NONE)
        java_attribute_value(out, v);
    else
        buf_append_literal(out, "AttributeValue()");
}

static void java_item(struct buf *out, const struct request_item *item)
{
    struct value map;
    if (item->issue.code == ERR_NONE) {
        item_attributes(item->item, &map);
        java_entries(out, &map);
    } else {
        buf_append_literal(out, "{}");
    }
}

static void java_values(struct buf *out, const struct request_values *values)
{
    buf_append_byte(out, '{');
    for (size_t i = 0; i < values->count; i++) {
        if (i > 0)
            buf_append_literal(out, ", ");
        buf_append(out, values->at[i].placeholder);
        buf_append_byte(out, '=');
        java_unless_wrong(out, &values->at[i].value, &values->issue);
    }
    buf_append_byte(out, '}');
}

static void java_list(struct buf *out, const struct shape *shape, const struct shape_array *list)
{
    buf_append_byte(out, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            buf_append_literal(out, ", ");
        print_java(out, shape->element, shape_array_element(shape, list, i), PRINT_ELEMENT);
    }
    buf_append_byte(out, ']');
}

static void java_map(struct buf *out, const struct shape *shape, const struct shape_array *map)
{
    buf_append_byte(out, '{');
    for (size_t i = 0; i < map->count; i++) {
        const void *entry = shape_array_element(shape, map, i);
        if (i > 0)
            buf_append_literal(out, ", ");
        buf_append(out, shape_entry_key(shape, entry));
        buf_append_byte(out, '=');
        print_java(out, shape->element, shape_entry_value(shape, entry), PRINT_ELEMENT);
    }
    buf_append_byte(out, '}');
}

static void java_structure(struct buf *out, const struct shape *shape, const char *at)
{
    buf_append(out, slice_from_cstr(shape->name));
    buf_append_byte(out, '(');
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct shape_member *m = &shape->members[i];
        if (i > 0)
            buf_append_literal(out, ", ");
        print_lower_first(out, m->name);
        buf_append_byte(out, '=');
        print_java(out, m->shape, at + m->offset, PRINT_MEMBER);
    }
    if (shape->java_trailing)
        buf_append(out, slice_from_cstr(shape->java_trailing));
    buf_append_byte(out, ')');
}

void print_java(struct buf *out, const struct shape *shape, const void *at, enum print_place place)
{
    if (place == PRINT_MEMBER ? !shape_given(shape, at) : !shape_element_given(shape, at)) {
        buf_append_literal(out, "null");
        return;
    }
    switch (shape->kind) {
    case SHAPE_STRING:
        buf_append(out, *(const struct slice *)at);
        return;
    case SHAPE_ENUM:
        buf_append(out, ((const struct optional_enum *)at)->text);
        return;
    case SHAPE_INTEGER:
    case SHAPE_LONG:
        buf_append_i64(out, ((const struct optional_i64 *)at)->value);
        return;
    case SHAPE_BOOLEAN:
        buf_append(out, ((const struct optional_bool *)at)->value ? SLICE("true") : SLICE("false"));
        return;
    case SHAPE_BLOB:
        java_bytes(out, ((const struct slice *)at)->size);
        return;
    case SHAPE_VALUE: {
        const struct request_value *v = at;
        java_unless_wrong(out, &v->value, &v->issue);
        return;
    }
    case SHAPE_ITEM:
        java_item(out, at);
        return;
    case SHAPE_VALUES:
        java_values(out, at);
        return;
    case SHAPE_LIST:
        java_list(out, shape, at);
        return;
    case SHAPE_MAP:
        java_map(out, shape, at);
        return;
    case SHAPE_STRUCTURE:
        java_structure(out, shape, place == PRINT_MEMBER ? shape_structure_of_member(at) : at);
        return;
    }
}

/* ------------------------------------------------------------------ JSON */

static void json_value(struct json_writer *w, const struct shape *shape, const void *at,
                       enum print_place place);

static void json_null(struct json_writer *w)
{
    json_raw(w, SLICE("null"));
}

static void json_empty_object(struct json_writer *w)
{
    json_begin_object(w);
    json_end_object(w);
}

static void json_attribute_value(struct json_writer *w, const struct value *value, const struct error *issue)
{
    if (issue->code == ERR_NONE)
        wire_write_value(w, value);
    else
        json_empty_object(w);
}

static void json_item(struct json_writer *w, const struct request_item *item)
{
    if (item->issue.code == ERR_NONE)
        wire_write_item(w, item->item);
    else
        json_empty_object(w);
}

static void json_values(struct json_writer *w, const struct request_values *values)
{
    json_begin_object(w);
    for (size_t i = 0; i < values->count; i++) {
        json_name(w, values->at[i].placeholder);
        json_attribute_value(w, &values->at[i].value, &values->issue);
    }
    json_end_object(w);
}

static void json_list(struct json_writer *w, const struct shape *shape, const struct shape_array *list)
{
    json_begin_array(w);
    for (size_t i = 0; i < list->count; i++)
        json_value(w, shape->element, shape_array_element(shape, list, i), PRINT_ELEMENT);
    json_end_array(w);
}

static void json_map(struct json_writer *w, const struct shape *shape, const struct shape_array *map)
{
    json_begin_object(w);
    for (size_t i = 0; i < map->count; i++) {
        const void *entry = shape_array_element(shape, map, i);
        json_name(w, shape_entry_key(shape, entry));
        json_value(w, shape->element, shape_entry_value(shape, entry), PRINT_ELEMENT);
    }
    json_end_object(w);
}

static void json_structure(struct json_writer *w, const struct shape *shape, const char *at)
{
    json_begin_object(w);
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct shape_member *m = &shape->members[i];
        if (!shape_given(m->shape, at + m->offset))
            continue;
        json_name(w, m->name);
        json_value(w, m->shape, at + m->offset, PRINT_MEMBER);
    }
    json_end_object(w);
}

static void json_value(struct json_writer *w, const struct shape *shape, const void *at,
                       enum print_place place)
{
    if (place == PRINT_MEMBER ? !shape_given(shape, at) : !shape_element_given(shape, at)) {
        json_null(w);
        return;
    }
    switch (shape->kind) {
    case SHAPE_STRING:
        json_string(w, *(const struct slice *)at);
        return;
    case SHAPE_ENUM:
        json_string(w, ((const struct optional_enum *)at)->text);
        return;
    case SHAPE_INTEGER:
    case SHAPE_LONG:
        json_i64(w, ((const struct optional_i64 *)at)->value);
        return;
    case SHAPE_BOOLEAN:
        json_bool(w, ((const struct optional_bool *)at)->value);
        return;
    case SHAPE_BLOB:
        json_base64(w, *(const struct slice *)at);
        return;
    case SHAPE_VALUE: {
        const struct request_value *v = at;
        json_attribute_value(w, &v->value, &v->issue);
        return;
    }
    case SHAPE_ITEM:
        json_item(w, at);
        return;
    case SHAPE_VALUES:
        json_values(w, at);
        return;
    case SHAPE_LIST:
        json_list(w, shape, at);
        return;
    case SHAPE_MAP:
        json_map(w, shape, at);
        return;
    case SHAPE_STRUCTURE:
        json_structure(w, shape, place == PRINT_MEMBER ? shape_structure_of_member(at) : at);
        return;
    }
}

void print_json(struct buf *out, const struct shape *shape, const void *at, enum print_place place)
{
    struct json_writer w;
    json_writer_init(&w, out);
    json_value(&w, shape, at, place);
}
