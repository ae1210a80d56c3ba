/* Encoding: stored bytes in, JSON out, in one pass over both. */
#include "item/wire.h"

#include "item/item.h"
#include "item/number.h"

#include <assert.h>
#include <string.h>

struct opening {
    char text[8];
    uint8_t size;
};

/* What stands before a value of each type. */
static const struct opening openings[VALUE_TYPE_COUNT] = {
    [VALUE_S] = {"{\"S\":", 5},       [VALUE_N] = {"{\"N\":", 5},       [VALUE_B] = {"{\"B\":", 5},
    [VALUE_BOOL] = {"{\"BOOL\":", 8}, [VALUE_NULL] = {"{\"NULL\":", 8}, [VALUE_SS] = {"{\"SS\":", 6},
    [VALUE_NS] = {"{\"NS\":", 6},     [VALUE_BS] = {"{\"BS\":", 6},     [VALUE_L] = {"{\"L\":", 5},
    [VALUE_M] = {"{\"M\":", 5},
};

static_assert(VALUE_S < VALUE_NULL && VALUE_N < VALUE_NULL && VALUE_B < VALUE_NULL &&
                  VALUE_BOOL < VALUE_NULL && VALUE_NULL < VALUE_SS && VALUE_NULL < VALUE_L &&
                  VALUE_NULL < VALUE_M,
              "those without members come first");

/* Writes all eight bytes, as that is one store, and counts those that are wanted. */
static void write_opening(struct json_writer *w, enum value_type type)
{
    const struct opening *opening = &openings[type];
    char *out = buf_reserve(w->out, 1 + sizeof opening->text);
    *out = ',';
    memcpy(out + w->comma, opening->text, sizeof opening->text);
    w->out->size += w->comma + opening->size;
    w->comma = false;
}

static void write_number(struct json_writer *w, struct slice encoded)
{
    char *begin = buf_reserve(w->out, NUMBER_TEXT_BYTES_MAX + 3);
    char *at = begin;
    if (w->comma)
        *at++ = ',';
    *at++ = '"';
    at += number_format(encoded, at);
    *at++ = '"';
    w->out->size += (size_t)(at - begin);
    w->comma = true;
}

static void write_scalar_text(struct json_writer *w, const struct value *v)
{
    if (v->type == VALUE_N)
        write_number(w, v->payload);
    else if (v->type == VALUE_B)
        json_base64(w, v->payload);
    else
        json_string(w, v->payload);
}

static void write_set(struct json_writer *w, const struct value *set)
{
    struct slice members = value_members(set);
    json_begin_array(w);
    for (uint32_t i = 0; i < set->count; i++) {
        struct value member;
        value_next_element(&members, &member);
        write_scalar_text(w, &member);
    }
    json_end_array(w);
}

static void write_list(struct json_writer *w, const struct value *list)
{
    struct slice elements = value_members(list);
    json_begin_array(w);
    for (uint32_t i = 0; i < list->count; i++) {
        struct value element;
        value_next_element(&elements, &element);
        wire_write_value(w, &element);
    }
    json_end_array(w);
}

/* ------------------------------------------------------------------ entries of maps */

/* The most that a value of one of the types below takes without its opening and closing. */
static inline size_t plain_room(const struct value *v)
{
    return v->type == VALUE_S ? v->payload.size + JSON_PLAIN_ROOM : NUMBER_TEXT_BYTES_MAX + 2;
}

/* NULL if a string has to be escaped. */
static inline char *put_plain(char *out, const struct value *v)
{
    if (v->type == VALUE_S)
        return json_plain_string(out, v->payload);
    if (v->type == VALUE_N) {
        *out++ = '"';
        out += number_format(v->payload, out);
        *out++ = '"';
        return out;
    }
    bool is_true = v->type == VALUE_NULL || v->boolean;
    memcpy(out, is_true ? "true" : "false", 5);
    return out + (is_true ? 4 : 5);
}

/* Name and value in one step, as nearly all attributes can be written: S, N, BOOL and NULL. False, with nothing written: others,
 * and where something has to be escaped. */
static inline bool write_plain_entry(struct json_writer *w, struct slice name, const struct value *v)
{
    const struct opening *opening = &openings[v->type];
    if (v->type > VALUE_NULL || v->type == VALUE_B)
        return false;
    char *begin = buf_reserve(w->out, name.size + JSON_PLAIN_ROOM + plain_room(v) + sizeof opening->text +
                                          sizeof ",:}");
    char *out = begin;
    *out = ',';
    out = json_plain_string(out + w->comma, name);
    if (!out)
        return false;
    *out++ = ':';
    memcpy(out, opening->text, sizeof opening->text);
    out = put_plain(out + opening->size, v);
    if (!out)
        return false;
    *out++ = '}';
    w->out->size += (size_t)(out - begin);
    w->comma = true;
    return true;
}

static void write_entries(struct json_writer *w, const struct value *map)
{
    struct slice entries = value_members(map);
    json_begin_object(w);
    for (uint32_t i = 0; i < map->count; i++) {
        struct slice name;
        struct value value;
        value_next_entry(&entries, &name, &value);
        if (write_plain_entry(w, name, &value))
            continue;
        json_name(w, name);
        wire_write_value(w, &value);
    }
    json_end_object(w);
}

void wire_write_value(struct json_writer *w, const struct value *v)
{
    write_opening(w, v->type);
    switch (v->type) {
    case VALUE_S:
    case VALUE_N:
    case VALUE_B:
        write_scalar_text(w, v);
        break;
    case VALUE_BOOL:
        json_bool(w, v->boolean);
        break;
    case VALUE_NULL:
        json_bool(w, true);
        break;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        write_set(w, v);
        break;
    case VALUE_L:
        write_list(w, v);
        break;
    case VALUE_M:
        write_entries(w, v);
        break;
    }
    json_end_object(w);
}

void wire_write_item(struct json_writer *w, struct slice item)
{
    struct value attributes;
    item_attributes(item, &attributes);
    write_entries(w, &attributes);
}
