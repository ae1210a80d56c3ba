/* json_reader.h - a pull scanner for one JSON text: no tree, no copies.
 * Use:     json_reader_init() over the whole text, then json_next() until JSON_END or JSON_INVALID.
 * Owns:    nothing. A name or string without escapes is a slice of the text itself; one with escapes is
 *          unescaped into the arena. The text must outlive both. Without an arena (NULL) escapes are checked and left
 *          as they are.
 * Strict:  RFC 8259 grammar; UTF-8 without overlong forms, surrogates or values above U+10FFFF; \u surrogates
 *          must pair; no NUL-terminated tricks, no trailing bytes but white space. Duplicate names are passed on.
 * Numbers: given as their text, never as binary floating point.
 * Bounds:  nesting up to depth_max (at most JSON_DEPTH_MAX); size is bounded by the caller. Deeper text is invalid.
 * Threads: one. */
#ifndef STATOR_JSON_JSON_READER_H
#define STATOR_JSON_JSON_READER_H

#include "base/arena.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum { JSON_DEPTH_MAX = 256 };

enum json_token {
    JSON_INVALID, /* the text is not JSON; every further call says so too */
    JSON_END,     /* the value is complete and nothing but white space follows */
    JSON_OBJECT_BEGIN,
    JSON_OBJECT_END,
    JSON_ARRAY_BEGIN,
    JSON_ARRAY_END,
    JSON_NAME,   /* text = the member's name; its value follows */
    JSON_STRING, /* text = the string, unescaped */
    JSON_NUMBER, /* text = the number as written */
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
};

/* Members are private, except `text`. */
struct json_reader {
    struct slice text; /* of the last JSON_NAME, JSON_STRING or JSON_NUMBER */
    const char *at;
    const char *end;
    const char *begin;
    struct arena *arena;
    unsigned depth;
    unsigned depth_max;
    unsigned state;                                /* what the grammar allows next */
    uint64_t object_at_depth[JSON_DEPTH_MAX / 64]; /* one bit a level: object or array */
};

void json_reader_init(struct json_reader *r, struct slice text, unsigned depth_max, struct arena *arena);
enum json_token json_next(struct json_reader *r);

/* Short cuts for what most of an item is: tagged strings. That is an object of one member whose name is a single character
 * of ASCII, not escaped, and whose value is a string, as in {"S":"text"}. They take one as a whole, leave the string in text
 * and the character in *tag; where there is none *tag is 0, and they do what json_next() does. */

/* The next token of an object. JSON_NAME: *name is set (text is not); with a tag the member's value has been read, too. */
enum json_token json_next_member(struct json_reader *r, struct slice *name, char *tag);
/* The next token of an array; JSON_STRING if there is a tag. */
enum json_token json_next_element(struct json_reader *r, char *tag);

/* Passes over the rest of the value whose first token was `token` (scalars: nothing to do).
 * false: the text is invalid. */
[[nodiscard]] bool json_skip(struct json_reader *r, enum json_token token);

/* Whether `text` as a whole is valid JSON. */
[[nodiscard]] bool json_valid(struct slice text, unsigned depth_max);

/* Bytes consumed so far, for error detail. */
size_t json_offset(const struct json_reader *r);

#endif
