/* scan_priv.h - finds the bytes of a string that need attention, 16 (SSE2) or 8 (any machine) at a time. */
#ifndef STATOR_JSON_SCAN_PRIV_H
#define STATOR_JSON_SCAN_PRIV_H

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Of each byte, the high bit: set if it is a quote, a backslash or a control character. Exact for the lowest such
 * byte; bytes above it may be marked falsely, because a borrow runs upwards. Bytes >= 0x80 may be marked too. */
static inline uint64_t scan_special8(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t quote = eight ^ ones * '"';
    uint64_t backslash = eight ^ ones * '\\';
    uint64_t found =
        ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | ((eight - ones * 0x20) & ~eight);
    return found & ones * 0x80;
}

static inline uint64_t scan_load8(const char *at)
{
    uint64_t eight;
    memcpy(&eight, at, sizeof eight);
    return eight;
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
        uint64_t eight = scan_load8(at);
        if (scan_special8(eight) | (eight & 0x8080808080808080u))
            break;
        at += 8;
    }
#endif
    while (at < end && !scan_byte_stops(*at))
        at++;
    return at;
}

/* The first byte of [at, end) that a JSON string must escape; else end. */
static inline const char *scan_unescaped(const char *at, const char *end)
{
#ifdef __SSE2__
    while (end - at >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)at);
        __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
        __m128i stops = _mm_or_si128(control, _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                           _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
        unsigned mask = (unsigned)_mm_movemask_epi8(stops);
        if (mask)
            return at + __builtin_ctz(mask);
        at += 16;
    }
#endif
    while (end - at >= 8 && scan_special8(scan_load8(at)) == 0)
        at += 8;
    while (at < end && (unsigned char)*at >= 0x20 && *at != '"' && *at != '\\')
        at++;
    return at;
}

#endif
