/* json_writer.h - appends JSON to a buffer; commas are the writer's business.
 * Use:     json_begin_object(), json_name(), a value, ..., json_end_object(). The caller keeps the nesting right.
 * Owns:    nothing; the text grows in the caller's buf.
 * Text:    strings are taken as valid UTF-8; quote, backslash and control characters are escaped, nothing else. */
#ifndef STATOR_JSON_JSON_WRITER_H
#define STATOR_JSON_JSON_WRITER_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct json_writer {
    struct buf *out;
    bool comma; /* the next name or element needs one before it */
};

static inline void json_writer_init(struct json_writer *w, struct buf *out)
{
    *w = (struct json_writer){.out = out};
}

/* A place in the text to go back to, for what turns out to be empty. */
struct json_mark {
    size_t size;
    bool comma;
};

static inline struct json_mark json_mark(const struct json_writer *w)
{
    return (struct json_mark){.size = w->out->size, .comma = w->comma};
}

/* Takes back everything written since the mark. */
static inline void json_rewind(struct json_writer *w, struct json_mark mark)
{
    w->out->size = mark.size;
    w->comma = mark.comma;
}

/* The comma between the last element and the one to come, where there has to be one. */
static inline void json_before_value(struct json_writer *w)
{
    if (w->comma)
        buf_append_byte(w->out, ',');
    w->comma = true;
}

static inline void json_begin_object(struct json_writer *w)
{
    json_before_value(w);
    buf_append_byte(w->out, '{');
    w->comma = false;
}

static inline void json_end_object(struct json_writer *w)
{
    buf_append_byte(w->out, '}');
    w->comma = true;
}

static inline void json_begin_array(struct json_writer *w)
{
    json_before_value(w);
    buf_append_byte(w->out, '[');
    w->comma = false;
}

static inline void json_end_array(struct json_writer *w)
{
    buf_append_byte(w->out, ']');
    w->comma = true;
}

void json_name(struct json_writer *w, struct slice name);

void json_string(struct json_writer *w, struct slice text);
enum { JSON_STRING_ROOM = 18 };
/* For those who write several things in one step: puts `text` in quotes at `out`, where `b` has room for it, JSON_STRING_ROOM and
 * `room_behind` bytes. Returns the end, with room for `room_behind` bytes; to be called with what was written so far in place, as
 * the buffer moves where escapes need more. b->size is the caller's to set, before and after. */
char *json_put_string(struct buf *b, char *out, struct slice text, size_t room_behind);
void json_i64(struct json_writer *w, int64_t value);
void json_bool(struct json_writer *w, bool value);
/* Standard base64 with padding, in quotes. */
void json_base64(struct json_writer *w, struct slice bytes);
/* A value that is JSON text already. */
void json_raw(struct json_writer *w, struct slice text);
/* Milliseconds as seconds with a fraction of up to three digits: 1658528578.619. */
void json_seconds(struct json_writer *w, int64_t ms);
/* Capacity units, counted in halves: 1 -> 0.5, 2 -> 1.0. */
void json_half_units(struct json_writer *w, int64_t halves);

#define json_member_string(w, name, s) (json_name((w), SLICE(name)), json_string((w), (s)))
#define json_member_i64(w, name, v)    (json_name((w), SLICE(name)), json_i64((w), (v)))
#define json_member_bool(w, name, v)   (json_name((w), SLICE(name)), json_bool((w), (v)))

#endif
