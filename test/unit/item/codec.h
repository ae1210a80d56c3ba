/* codec.h - decodes and encodes in one call each, for tests of src/item. */
#ifndef STATOR_TEST_CODEC_H
#define STATOR_TEST_CODEC_H

#include "item/item.h"
#include "item/wire.h"

#include <stdlib.h>
#include <string.h>

struct decoded {
    bool ok;
    struct slice item;
    struct value value;
    struct error issue;
    struct error err;
};

static inline struct decoded decode_worded(struct arena *arena, struct slice text, bool item,
                                           enum wire_wording wording)
{
    struct decoded d = {0};
    struct json_reader r;
    error_init(&d.issue, arena);
    error_init(&d.err, arena);
    json_reader_init(&r, text, JSON_DEPTH_MAX, arena);
    enum json_token token = json_next(&r);
    if (item)
        d.ok = wire_read_item_worded(&r, token, wording, arena, &d.item, &d.issue, &d.err);
    else
        d.ok = wire_read_value_worded(&r, token, wording, arena, &d.value, &d.issue, &d.err);
    if (d.ok && json_next(&r) != JSON_END) {
        d.ok = false;
        error_set(&d.err, ERR_INTERNAL, "the reader did not stop behind the value");
    }
    return d;
}

static inline struct decoded decode(struct arena *arena, struct slice text, bool item)
{
    return decode_worded(arena, text, item, WIRE_OLDER);
}

static inline struct decoded decode_item(struct arena *arena, const char *text)
{
    return decode(arena, slice_from_cstr(text), true);
}

static inline struct decoded decode_value(struct arena *arena, const char *text)
{
    return decode(arena, slice_from_cstr(text), false);
}

/* The item of a text that has nothing wrong with it; SLICE_NONE otherwise. */
static inline struct slice sound_item(struct arena *arena, struct slice text)
{
    struct decoded d = decode(arena, text, true);
    return d.ok && d.issue.code == ERR_NONE ? d.item : SLICE_NONE;
}

static inline struct slice encode_item(struct arena *arena, struct slice item)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, arena, 16);
    json_writer_init(&w, &out);
    wire_write_item(&w, item);
    return buf_slice(&out);
}

static inline struct slice encode_value(struct arena *arena, const struct value *v)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, arena, 16);
    json_writer_init(&w, &out);
    wire_write_value(&w, v);
    return buf_slice(&out);
}

#endif
