/* number_priv.h - the bytes of a number's encoding and the base-100 digits they stand for.
 * Format: docs/format.md#number.
 *
 * With the decimal point between two digit pairs, a number is 0.p0 p1 p2 ... times 100^(e+1): pairs p of two digits, p0
 * and the last not 00, e from -65 to 62.
 *
 *     zero       80
 *     positive   first byte from e, then one byte a pair: 2p + 1, but 2p for the last
 *     negative   the bytes of the magnitude, each inverted
 *
 * The low bit of a pair's byte says whether more follow, so an encoding tells its own end, none is a prefix of
 * another, and a longer number sorts after the shorter one it begins with (before it, when inverted).
 * 257 first bytes would be needed, so e = 62 borrows: it has the first byte of e = 61, then C8, which is above
 * every pair's byte. */
#ifndef STATOR_ITEM_NUMBER_PRIV_H
#define STATOR_ITEM_NUMBER_PRIV_H

#include "item/number.h"

#include <assert.h>

enum {
    NUMBER_PAIRS_MAX = 20, /* 38 digits that begin in the middle of a pair */
    EXPONENT_MIN = -65,    /* 1E-130 */
    EXPONENT_MAX = 62,     /* 9.99E+125 */
    FIRST_ZERO = 0x80,
    FIRST_POSITIVE_MIN = 0x81, /* e = EXPONENT_MIN */
    FIRST_POSITIVE_MAX = 0xFF, /* e = 61, and 62 */
    ESCAPE = 0xC8,
};
static_assert(FIRST_POSITIVE_MAX - FIRST_POSITIVE_MIN == EXPONENT_MAX - 1 - EXPONENT_MIN,
              "one byte an exponent");
static_assert(2 + NUMBER_PAIRS_MAX == NUMBER_BYTES_MAX, "the escape and 20 pairs are the longest encoding");

/* A number other than zero. */
struct number_pairs {
    bool negative;
    int exponent; /* e */
    unsigned count;
    uint8_t pairs[NUMBER_PAIRS_MAX];
};

/* false: zero, or not an encoding. Everything but the number of digits and the decimal range is checked. */
[[nodiscard]] bool number_pairs_read(struct slice encoded, struct number_pairs *p);
/* PRE: exponent and count are within their limits, the first pair and the last are not 00. */
void number_pairs_write(const struct number_pairs *p, struct number *out);

static inline void number_set_zero(struct number *out)
{
    out->bytes[0] = (char)FIRST_ZERO;
    out->size = 1;
}

static inline bool number_is_zero(struct slice encoded)
{
    return (uint8_t)encoded.data[0] == FIRST_ZERO;
}

/* Of 2 * count digits, those that count. PRE: the first pair and the last are not 00. */
static inline unsigned pairs_digit_count(const uint8_t *pairs, unsigned count)
{
    return 2 * count - (pairs[0] < 10) - (pairs[count - 1] % 10 == 0);
}

/* The bytes before the pairs of a positive number. Returns how many. */
static inline unsigned number_write_exponent(int exponent, uint8_t *bytes)
{
    if (exponent == EXPONENT_MAX) {
        bytes[0] = FIRST_POSITIVE_MAX;
        bytes[1] = ESCAPE;
        return 2;
    }
    bytes[0] = (uint8_t)(FIRST_POSITIVE_MIN + exponent - EXPONENT_MIN);
    return 1;
}

static inline void number_invert(char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)~bytes[i];
}

/* The texts of what is beyond the range (semantics.md 4.2). Always false. */
bool number_overflow(struct error *err);
bool number_underflow(struct error *err);

#endif
