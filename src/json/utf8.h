/* utf8.h - strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
 * Use:     utf8_sequence_end() where a scanner met a byte with the high bit; utf8_valid() for whole texts.
 * Owns:    nothing.
 * Source:  Unicode 15, table 3-7 (well-formed byte sequences). */
#ifndef STATOR_JSON_UTF8_H
#define STATOR_JSON_UTF8_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

static inline bool utf8_is_continuation(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

/* `at` is at a byte >= 0x80 before `end`. One past the sequence that begins there, or NULL if it is malformed. */
static inline const char *utf8_sequence_end(const char *at, const char *end)
{
    const uint8_t *b = (const uint8_t *)at;
    size_t left = (size_t)(end - at);
    if (b[0] < 0xE0) {
        bool ok = b[0] >= 0xC2 && left >= 2 && utf8_is_continuation(b[1]);
        return ok ? at + 2 : NULL;
    }
    if (b[0] < 0xF0) {
        if (left < 3 || !utf8_is_continuation(b[1]) || !utf8_is_continuation(b[2]))
            return NULL;
        bool overlong = b[0] == 0xE0 && b[1] < 0xA0;
        bool surrogate = b[0] == 0xED && b[1] >= 0xA0;
        return overlong || surrogate ? NULL : at + 3;
    }
    if (b[0] > 0xF4 || left < 4 || !utf8_is_continuation(b[1]) || !utf8_is_continuation(b[2]) ||
        !utf8_is_continuation(b[3]))
        return NULL;
    bool overlong = b[0] == 0xF0 && b[1] < 0x90;
    bool too_large = b[0] == 0xF4 && b[1] >= 0x90;
    return overlong || too_large ? NULL : at + 4;
}

[[nodiscard]] bool utf8_valid(struct slice text);

/* Writes the scalar value at `out` (room for 4) and returns one past it. PRE: not a surrogate, at most U+10FFFF. */
static inline char *utf8_write(char *out, uint32_t scalar)
{
    if (scalar < 0x80) {
        *out++ = (char)scalar;
        return out;
    }
    if (scalar < 0x800) {
        *out++ = (char)(0xC0 | scalar >> 6);
    } else {
        if (scalar < 0x10000) {
            *out++ = (char)(0xE0 | scalar >> 12);
        } else {
            *out++ = (char)(0xF0 | scalar >> 18);
            *out++ = (char)(0x80 | (scalar >> 12 & 0x3F));
        }
        *out++ = (char)(0x80 | (scalar >> 6 & 0x3F));
    }
    *out++ = (char)(0x80 | (scalar & 0x3F));
    return out;
}

#endif
