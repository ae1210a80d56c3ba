/* bytes8.h - looks at eight bytes at once, in one integer, on any machine.
 * Use:     bytes8_load(), then marks: integers in which a byte's high bit says yes. Combine them with |.
 * Promise: the first byte of the text is the lowest of the integer. Of marks, whether there are any is exact, and so is
 *          the first; bytes after it may be marked falsely, because a borrow runs upwards. */
#ifndef STATOR_BASE_BYTES8_H
#define STATOR_BASE_BYTES8_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define BYTES8_ONES  UINT64_C(0x0101010101010101)
#define BYTES8_HIGHS UINT64_C(0x8080808080808080)

static inline uint64_t bytes8_load(const char *at)
{
    uint64_t eight;
    memcpy(&eight, at, sizeof eight);
    return le64toh(eight);
}

static inline void bytes8_store(char *at, uint64_t eight)
{
    eight = htole64(eight);
    memcpy(at, &eight, sizeof eight);
}

/* The bytes below `limit`, which is at most 0x80. */
static inline uint64_t bytes8_below(uint64_t eight, uint8_t limit)
{
    return (eight - BYTES8_ONES * limit) & ~eight & BYTES8_HIGHS;
}

static inline uint64_t bytes8_equal(uint64_t eight, char c)
{
    return bytes8_below(eight ^ BYTES8_ONES * (uint8_t)c, 1);
}

/* With the letters A to Z in lower case. The sums stay within their bytes, as they are of seven bits each. */
static inline uint64_t bytes8_lower_case(uint64_t eight)
{
    uint64_t seven_bits = eight & ~BYTES8_HIGHS;
    uint64_t from_a = seven_bits + BYTES8_ONES * (0x80 - 'A');
    uint64_t beyond_z = seven_bits + BYTES8_ONES * (0x80 - 'Z' - 1);
    return eight | (from_a & ~beyond_z & ~eight & BYTES8_HIGHS) >> 2;
}

/* Index of the first marked byte. PRE: there is one. */
static inline unsigned bytes8_first(uint64_t marks)
{
    return (unsigned)__builtin_ctzll(marks) / 8;
}

#endif
