/* Encoding: stored bytes in, JSON out, in one pass over both. */
#include "item/wire.h"

#include "item/item.h"
#include "item/number.h"

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

static void write_entries(struct json_writer *w, const struct value *map)
{
    struct slice entries = value_members(map);
    json_begin_object(w);
    for (uint32_t i = 0; i < map->count; i++) {
        struct slice name;
        struct value value;
        value_next_entry(&entries, &name, &value);
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
