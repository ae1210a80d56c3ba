/* Encoding: stored bytes in, JSON out, in one pass over both. */
#include "item/wire.h"

#include "item/item.h"
#include "item/number.h"

/* {"S": and its like: what stands before a value of each type. */
static const struct slice openings[VALUE_TYPE_COUNT] = {
    [VALUE_S] = {"{\"S\":", 5},       [VALUE_N] = {"{\"N\":", 5},       [VALUE_B] = {"{\"B\":", 5},
    [VALUE_BOOL] = {"{\"BOOL\":", 8}, [VALUE_NULL] = {"{\"NULL\":", 8}, [VALUE_SS] = {"{\"SS\":", 6},
    [VALUE_NS] = {"{\"NS\":", 6},     [VALUE_BS] = {"{\"BS\":", 6},     [VALUE_L] = {"{\"L\":", 5},
    [VALUE_M] = {"{\"M\":", 5},
};

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
    json_begin_array(w);
    for (uint32_t i = 0; i < set->count; i++) {
        struct value member;
        value_element(set, i, &member);
        write_scalar_text(w, &member);
    }
    json_end_array(w);
}

static void write_list(struct json_writer *w, const struct value *list)
{
    json_begin_array(w);
    for (uint32_t i = 0; i < list->count; i++) {
        struct value element;
        value_element(list, i, &element);
        wire_write_value(w, &element);
    }
    json_end_array(w);
}

static void write_entries(struct json_writer *w, const struct value *map)
{
    json_begin_object(w);
    for (uint32_t i = 0; i < map->count; i++) {
        struct slice name;
        struct value value;
        value_entry(map, i, &name, &value);
        json_name(w, name);
        wire_write_value(w, &value);
    }
    json_end_object(w);
}

void wire_write_value(struct json_writer *w, const struct value *v)
{
    json_raw(w, openings[v->type]);
    w->comma = false;
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
