/* Encoding: stored bytes in, JSON out, in one walk over both.
 *
 * The walk reads the stored layout itself rather than through struct value, and writes at a pointer: what is known of the
 * next member is in registers, and room for all of it is made at once. */
#include "item/wire.h"

#include "base/contract.h"
#include "item/item.h"
#include "item/layout_priv.h"
#include "item/number.h"
#include "json/base64.h"

/* How far the walk has come. */
struct place {
    const char *at; /* next stored byte */
    char *out;      /* where the next character goes, inside of the buffer */
};

/* What stands around the texts of one member, that is, all but its name, string or base64: comma, colon, opening and
 * closing, and a number, which is the longest that has no size of its own. Whoever writes makes room for a text and so many
 * bytes; whatever comes behind that makes its own. */
enum { MEMBER_ROOM = 1 + NUMBER_TEXT_BYTES_MAX + 15, ROOM_BEHIND_STRING = MEMBER_ROOM - 1 };

static inline char *make_room(struct buf *b, char *out, size_t text_size)
{
    b->size = (size_t)(out - b->data);
    return buf_reserve(b, text_size + JSON_STRING_ROOM + MEMBER_ROOM);
}

#define PUT_LITERAL(out, literal) \
    ((char *)memcpy((out), (literal), sizeof(literal) - 1) + sizeof(literal) - 1)

/* ------------------------------------------------------------------ scalars */

static inline char *put_number(char *out, struct slice encoded)
{
    *out++ = '"';
    out += number_format(encoded, out);
    *out++ = '"';
    return out;
}

static inline char *put_base64(char *out, struct slice bytes)
{
    *out++ = '"';
    base64_encode(bytes, out);
    out += base64_text_size(bytes.size);
    *out++ = '"';
    return out;
}

static inline char *put_payload(struct buf *b, char *out, enum value_type type, struct slice payload)
{
    if (type == VALUE_N)
        return put_number(out, payload);
    if (type == VALUE_S)
        return json_put_string(b, make_room(b, out, payload.size), payload, ROOM_BEHIND_STRING);
    return put_base64(make_room(b, out, base64_text_size(payload.size)), payload);
}

/* What stands behind the tag of an S, N or B. */
static inline struct place put_scalar_text(struct buf *b, struct place p, enum value_type type)
{
    uint32_t size;
    p.at = varint_read(p.at, &size);
    p.out = put_payload(b, p.out, type, slice_of(p.at, size));
    p.at += size;
    return p;
}

/* ------------------------------------------------------------------ sets, lists and maps */

static struct place put_value(struct buf *b, struct place p);

/* Moves from behind a container's tag to its first member, over the directory. */
static inline const char *first_member(const char *at, uint8_t tag, uint32_t *count)
{
    at = varint_read(at, count);
    return at + ((size_t)*count << (tag >> TAG_SHIFT));
}

/* Room for the next member, behind the comma that all but the first have before them. */
static inline char *next_member(struct buf *b, char *out, uint32_t index, size_t text_size)
{
    out = make_room(b, out, text_size);
    *out = ',';
    return out + (index > 0);
}

static struct place put_set(struct buf *b, struct place p, uint8_t tag)
{
    enum value_type element = set_element_type((enum value_type)(tag & TAG_TYPE_MASK));
    uint32_t count;
    p.at = first_member(p.at, tag, &count);
    *p.out++ = '[';
    for (uint32_t i = 0; i < count; i++) {
        p.out = next_member(b, p.out, i, 0);
        p.at++; /* its tag, which is that of all */
        p = put_scalar_text(b, p, element);
    }
    p.out = make_room(b, p.out, 0);
    *p.out++ = ']';
    return p;
}

static struct place put_list(struct buf *b, struct place p, uint8_t tag)
{
    uint32_t count;
    p.at = first_member(p.at, tag, &count);
    *p.out++ = '[';
    for (uint32_t i = 0; i < count; i++) {
        p.out = next_member(b, p.out, i, 0);
        p = put_value(b, p);
    }
    p.out = make_room(b, p.out, 0);
    *p.out++ = ']';
    return p;
}

static struct place put_map(struct buf *b, struct place p, uint8_t tag)
{
    uint32_t count;
    p.at = first_member(p.at, tag, &count);
    *p.out++ = '{';
    for (uint32_t i = 0; i < count; i++) {
        uint32_t name_size;
        p.at = varint_read(p.at, &name_size);
        p.out = next_member(b, p.out, i, name_size);
        p.out = json_put_string(b, p.out, slice_of(p.at, name_size), ROOM_BEHIND_STRING);
        *p.out++ = ':';
        p.at += name_size;
        p = put_value(b, p);
    }
    p.out = make_room(b, p.out, 0);
    *p.out++ = '}';
    return p;
}

/* ------------------------------------------------------------------ values */

/* What is neither S nor N. */
__attribute__((noinline)) static struct place put_other_value(struct buf *b, struct place p, uint8_t tag)
{
    switch ((enum value_type)(tag & TAG_TYPE_MASK)) {
    case VALUE_B:
        p.out = PUT_LITERAL(p.out, "{\"B\":");
        return put_scalar_text(b, p, VALUE_B);
    case VALUE_BOOL:
        p.out = PUT_LITERAL(p.out, "{\"BOOL\":");
        p.out = tag == TAG_TRUE ? PUT_LITERAL(p.out, "true") : PUT_LITERAL(p.out, "false");
        return p;
    case VALUE_NULL:
        p.out = PUT_LITERAL(p.out, "{\"NULL\":true");
        return p;
    case VALUE_SS:
        p.out = PUT_LITERAL(p.out, "{\"SS\":");
        return put_set(b, p, tag);
    case VALUE_NS:
        p.out = PUT_LITERAL(p.out, "{\"NS\":");
        return put_set(b, p, tag);
    case VALUE_BS:
        p.out = PUT_LITERAL(p.out, "{\"BS\":");
        return put_set(b, p, tag);
    case VALUE_L:
        p.out = PUT_LITERAL(p.out, "{\"L\":");
        return put_list(b, p, tag);
    case VALUE_M:
        p.out = PUT_LITERAL(p.out, "{\"M\":");
        return put_map(b, p, tag);
    case VALUE_S:
    case VALUE_N:
        break;
    }
    UNREACHABLE();
}

/* {"S":"..."}. Room has been made for a member without text. Most are strings and numbers. */
static struct place put_value(struct buf *b, struct place p)
{
    uint8_t tag = (uint8_t)*p.at++;
    if (tag == VALUE_S) {
        p.out = PUT_LITERAL(p.out, "{\"S\":");
        p = put_scalar_text(b, p, VALUE_S);
    } else if (tag == VALUE_N) {
        p.out = PUT_LITERAL(p.out, "{\"N\":");
        p = put_scalar_text(b, p, VALUE_N);
    } else {
        p = put_other_value(b, p, tag);
    }
    *p.out++ = '}';
    return p;
}

/* ------------------------------------------------------------------ entry points */

static struct place begin(struct json_writer *w, const char *at)
{
    char *out = buf_reserve(w->out, MEMBER_ROOM);
    *out = ',';
    return (struct place){.at = at, .out = out + w->comma};
}

/* The walk went over whole values, so it ends where the stored bytes do. */
static void end(struct json_writer *w, struct place p, struct slice stored)
{
    INVARIANT(p.at == stored.data + stored.size);
    w->out->size = (size_t)(p.out - w->out->data);
    w->comma = true;
}

void wire_write_value(struct json_writer *w, const struct value *v)
{
    end(w, put_value(w->out, begin(w, v->encoded.data)), v->encoded);
}

void wire_write_scalar(struct json_writer *w, enum value_type type, struct slice payload)
{
    PRE(type_is_scalar_text(type));
    struct place p = begin(w, payload.data + payload.size);
    memcpy(p.out, "{\" \":", 5);
    p.out[2] = value_type_name(type)[0];
    p.out = put_payload(w->out, p.out + 5, type, payload);
    *p.out++ = '}';
    end(w, p, payload);
}

void wire_write_item(struct json_writer *w, struct slice item)
{
    struct slice map = item_map(item);
    uint8_t tag = (uint8_t)map.data[0];
    end(w, put_map(w->out, begin(w, map.data + 1), tag), map);
}
