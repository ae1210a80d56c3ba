/* item.h - items and values from DynamoDB JSON. What is no item ends the test. */
#ifndef STATOR_TEST_SUPPORT_ITEM_H
#define STATOR_TEST_SUPPORT_ITEM_H

#include "item/item.h"
#include "item/wire.h"
#include "support/cmocka.h"

static inline struct slice item_from_json(struct arena *arena, const char *json)
{
    struct json_reader r;
    struct slice item = SLICE_NONE;
    struct error issue, err;
    error_init(&issue, arena);
    error_init(&err, arena);
    json_reader_init(&r, slice_from_cstr(json), JSON_DEPTH_MAX, arena);
    if (!wire_read_item(&r, json_next(&r), arena, &item, &issue, &err) || issue.code != ERR_NONE)
        fail_msg("not an item: %s", json);
    return item;
}

static inline struct value value_from_json(struct arena *arena, const char *json)
{
    struct value value;
    struct slice item = item_from_json(arena, arena_printf(arena, "{\"v\":%s}", json));
    assert_true(item_attribute(item, SLICE("v"), &value));
    return value;
}

#endif
