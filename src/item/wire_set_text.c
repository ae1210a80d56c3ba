/* A set with duplicates, as the error about it shows it. */
#include "item/wire_priv.h"

#include "base/buf.h"
#include "json/base64.h"

#include <stdlib.h>

/* A member of a set with duplicates. */
struct member {
    struct slice payload;
    size_t position;
};

static struct member *read_set_members(struct arena *arena, struct slice set, size_t *count_out)
{
    struct value value;
    size_t count = 0;
    for (struct slice rest = set; rest.size > 0; rest = slice_after(rest, value.encoded.size), count++)
        value_read(rest, &value);
    struct member *members = ARENA_NEW_ARRAY(arena, struct member, count);
    for (size_t i = 0; i < count; i++, set = slice_after(set, value.encoded.size)) {
        value_read(set, &value);
        members[i] = (struct member){value.payload, i};
    }
    *count_out = count;
    return members;
}

static int compare_members(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int order = slice_compare(x->payload, y->payload);
    return order ? order : (x->position > y->position) - (x->position < y->position);
}

/* Where the first member stands that an earlier one equals. PRE: there is one. */
static size_t first_repeat(struct arena *arena, const struct member *members, size_t count)
{
    struct member *sorted = ARENA_NEW_ARRAY(arena, struct member, count);
    memcpy(sorted, members, count * sizeof *members);
    qsort(sorted, count, sizeof *sorted, compare_members);
    size_t first = count;
    for (size_t i = 1; i < count; i++) {
        if (slice_equal(sorted[i - 1].payload, sorted[i].payload) && sorted[i].position < first)
            first = sorted[i].position;
    }
    return first;
}

static void append_member(struct buf *text, enum value_type type, const char *quote, struct slice payload)
{
    buf_append(text, slice_from_cstr(quote));
    if (type == VALUE_BS) {
        size_t size = base64_text_size(payload.size);
        base64_encode(payload, buf_reserve(text, size));
        text->size += size;
    } else {
        buf_append(text, payload);
    }
    buf_append(text, slice_from_cstr(quote));
}

struct slice wire_set_text(struct arena *arena, enum value_type type, enum wire_wording wording,
                           struct slice set)
{
    bool newer = wording == WIRE_NEWER;
    const char *separator = newer && type == VALUE_BS ? "," : ", ";
    size_t count;
    struct member *members = read_set_members(arena, set, &count);
    if (newer)
        qsort(members, first_repeat(arena, members, count), sizeof *members, compare_members);
    struct buf text;
    buf_init(&text, arena, 64);
    buf_append_byte(&text, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_append(&text, slice_from_cstr(separator));
        append_member(&text, type, newer ? "\"" : "", members[i].payload);
    }
    buf_append_byte(&text, ']');
    return buf_slice(&text);
}
