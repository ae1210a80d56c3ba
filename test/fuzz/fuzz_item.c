/* Stored items and the wire codec on any bytes. The first byte chooses: 'i', an item in stored form; otherwise
 * DynamoDB JSON. Whatever is valid is walked in full, and survives the round trip. Corpus: corpus/item. */
#include "item/item.h"
#include "item/key.h"
#include "item/number.h"
#include "item/wire.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

/* Reads every byte that the value's views show. */
static void walk(const struct value *v, struct buf *key)
{
    struct value member, found;
    struct slice name;
    switch (v->type) {
    case VALUE_S:
    case VALUE_B:
    case VALUE_N:
        expect(value_compare(v, v) == 0, "a value equals itself");
        key->size = 0;
        key_append(key, v);
        expect(key->size >= key_single(v).size, "a composite key is not shorter");
        break;
    case VALUE_BOOL:
    case VALUE_NULL:
        break;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
        for (uint32_t i = 0; i < v->count; i++) {
            value_element(v, i, &member);
            walk(&member, key);
            expect(value_set_contains(v, &member), "a set contains its members");
        }
        break;
    case VALUE_L:
        for (uint32_t i = 0; i < v->count; i++) {
            value_element(v, i, &member);
            walk(&member, key);
        }
        break;
    case VALUE_M:
        for (uint32_t i = 0; i < v->count; i++) {
            value_entry(v, i, &name, &member);
            walk(&member, key);
            expect(value_member(v, name, &found) && value_equal(&member, &found), "a name finds its value");
        }
        break;
    }
}

static bool read_worded(struct slice text, enum wire_wording wording, struct arena *arena, struct slice *item)
{
    struct json_reader r;
    struct error issue, err;
    error_init(&issue, arena);
    error_init(&err, arena);
    json_reader_init(&r, text, JSON_DEPTH_MAX, arena);
    if (!wire_read_item_worded(&r, json_next(&r), wording, arena, item, &issue, &err)) {
        expect(err.code == ERR_SERIALIZATION, "decoding fails with a serialization error");
        return false;
    }
    expect(issue.code == ERR_NONE || issue.code == ERR_VALIDATION, "issues are validation errors");
    return issue.code == ERR_NONE;
}

static bool read_item(struct slice text, struct arena *arena, struct slice *item)
{
    struct slice other;
    bool read = read_worded(text, WIRE_NEWER, arena, item);
    expect(!read || (read_worded(text, WIRE_OLDER, arena, &other) && slice_equal(*item, other)),
           "what is good in the newer way is in the older");
    return read;
}

static void check_item(struct slice item, struct arena *arena)
{
    struct value attributes;
    struct buf key, text;
    struct json_writer w;
    struct slice again;
    item_attributes(item, &attributes);
    buf_init(&key, arena, 64);
    walk(&attributes, &key);
    size_t map_size = value_size_bytes(&attributes);
    expect(map_size - 3 - attributes.count == item_size_bytes(item), "the header has the item's size");

    buf_init(&text, arena, 64);
    json_writer_init(&w, &text);
    wire_write_item(&w, item);
    expect(read_item(buf_slice(&text), arena, &again), "what is written can be read");
    expect(slice_equal(again, item), "and is the same item");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct slice item;
    arena_init(&arena, 4096);
    struct slice rest = slice_of(data, size);
    if (size > 0 && data[0] == 'i') {
        rest = slice_after(rest, 1);
        if (item_valid(rest))
            check_item(rest, &arena);
    } else if (read_item(rest, &arena, &item)) {
        expect(item_valid(item), "what is decoded is valid");
        check_item(item, &arena);
    }
    arena_release(&arena);
    return 0;
}
