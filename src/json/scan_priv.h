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
    for (size_t blocks = (size_t)(end - at) / 16; blocks > 0; blocks--, at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)at);
        /* Only the high bits count. As signed bytes, both control characters and all that is not ASCII are below 0x20. */
        __m128i stops = _mm_or_si128(_mm_subs_epi8(bytes, _mm_set1_epi8(0x20)),
                                     _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                  _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
        unsigned mask = (unsigned)_mm_movemask_epi8(stops);
        if (mask)
            return at + __builtin_ctz(mask);
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

#endif
