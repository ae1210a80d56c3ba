/* scan_priv.h - finds the bytes of a string that need attention, 16 (SSE2) or 8 (any machine) at a time.
 * Never leaves src/json. */
#ifndef STATOR_JSON_SCAN_PRIV_H
#define STATOR_JSON_SCAN_PRIV_H

#include "base/bytes8.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Marks of bytes8.h: the quotes, backslashes and control characters. */
static inline uint64_t scan_special8(uint64_t eight)
{
    return bytes8_below(eight, 0x20) | bytes8_equal(eight, '"') | bytes8_equal(eight, '\\');
}

/* Whether this byte cannot stand in a string of plain ASCII as it is. */
static inline int scan_byte_stops(char c)
{
    return (signed char)c < 0x20 || c == '"' || c == '\\';
}

/* The first byte of [at, end) that is a quote, a backslash, a control character or not ASCII; else end. */
static inline const char *scan_plain_ascii(const char *at, const char *end)
{
#ifdef __SSE2__
    while (end - at >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)at);
        /* As signed bytes, both control characters and all that is not ASCII are below 0x20. */
        __m128i stops = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
                                     _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                  _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
        unsigned mask = (unsigned)_mm_movemask_epi8(stops);
        if (mask)
            return at + __builtin_ctz(mask);
        at += 16;
    }
#else
    while (end - at >= 8) {
        uint64_t eight = bytes8_load(at);
        if (scan_special8(eight) | (eight & BYTES8_HIGHS))
            break;
        at += 8;
    }
#endif
    while (at < end && !scan_byte_stops(*at))
        at++;
    return at;
}

/* Below four bytes. */
static inline const char *scan_copy_shortest(char *out, const char *at, const char *end)
{
    for (; at < end && (unsigned char)*at >= 0x20 && *at != '"' && *at != '\\'; at++)
        *out++ = *at;
    return at;
}

/* Four to seven bytes: the first four and the last four, which overlap. */
static inline const char *scan_copy_short(char *out, const char *at, const char *end)
{
    char eight[8];
    memcpy(eight, at, 4);
    memcpy(eight + 4, end - 4, 4);
    memcpy(out, eight, 4);
    memcpy(out + (end - at) - 4, eight + 4, 4);
    uint64_t found = scan_special8(bytes8_load(eight));
    if (!found)
        return end;
    unsigned index = bytes8_first(found);
    return index < 4 ? at + index : end - 8 + index;
}

#ifdef __SSE2__
/* Of 16 bytes, which it copies, bit n is set if the nth must be escaped. */
static inline unsigned scan_copy_16(char *out, const char *at)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)at);
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    __m128i stops = _mm_or_si128(control, _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                       _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
    _mm_storeu_si128((__m128i *)out, bytes);
    return (unsigned)_mm_movemask_epi8(stops);
}

/* 16 bytes or more. */
static inline const char *scan_copy_long(char *out, const char *at, const char *end)
{
    const char *last = end - 16;
    char *out_last = out + (last - at);
    unsigned found;
    for (; at < last; at += 16, out += 16)
        if ((found = scan_copy_16(out, at)) != 0)
            return at + __builtin_ctz(found);
    found = scan_copy_16(out_last, last);
    return found ? last + __builtin_ctz(found) : end;
}
#endif

static inline uint64_t scan_copy_8(char *out, const char *at)
{
    uint64_t eight = bytes8_load(at);
    bytes8_store(out, eight);
    return scan_special8(eight);
}

/* Copies [at, end) to `out` up to the first byte that a JSON string must escape, and returns that byte's place, or end.
 * There is room at `out` for all of it; what is behind that byte may be copied too. The last step overlaps the one
 * before it, of which is known by then that nothing in it needs an escape. */
static inline const char *scan_copy_unescaped(char *out, const char *at, const char *end)
{
    size_t size = (size_t)(end - at);
    if (size < 4)
        return scan_copy_shortest(out, at, end);
    if (size < 8)
        return scan_copy_short(out, at, end);
#ifdef __SSE2__
    if (size >= 16)
        return scan_copy_long(out, at, end);
#endif
    const char *last = end - 8;
    char *out_last = out + (last - at);
    uint64_t found;
    for (; at < last; at += 8, out += 8)
        if ((found = scan_copy_8(out, at)) != 0)
            return at + bytes8_first(found);
    found = scan_copy_8(out_last, last);
    return found ? last + bytes8_first(found) : end;
}

#endif
