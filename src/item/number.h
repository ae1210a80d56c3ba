/* number.h - DynamoDB numbers: exact decimals of up to 38 significant digits.
 * Range:    zero, and magnitudes from 1E-130 to 9.9999999999999999999999999999999999999E+125.
 * Encoding: one byte string per number, canonical (equal numbers are equal bytes) and ordered (bytes compare as
 *           the numbers do, also when something follows them in a key). Used in keys and values alike.
 *           Byte-exact description: docs/format.md#number.
 * Source:   semantics.md section 4.2; sizes 4.3. */
#ifndef STATOR_ITEM_NUMBER_H
#define STATOR_ITEM_NUMBER_H

#include "base/error.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NUMBER_DIGITS_MAX = 38,
    NUMBER_BYTES_MAX = 22,      /* longest encoding */
    NUMBER_TEXT_BYTES_MAX = 176 /* longest plain decimal text */
};

struct number {
    uint8_t size;
    char bytes[NUMBER_BYTES_MAX];
};

/* From wire text. Fails with ERR_VALIDATION and DynamoDB's own message: not a number, overflow, underflow, too precise.
 * A zero is in range or not by the exponent it is written with. */
[[nodiscard]] bool number_parse(struct slice text, struct number *out, struct error *err);
/* The same as the operations have it that read numbers in the older way (item/wire.h): another text for an empty
 * number, exponents of 32 bits, and zero is zero. */
[[nodiscard]] bool number_parse_older(struct slice text, struct number *out, struct error *err);

/* To wire text: plain decimal without exponent, at most NUMBER_TEXT_BYTES_MAX bytes at `text`. Returns the
 * length. PRE: `encoded` is a valid encoding. */
size_t number_format(struct slice encoded, char *text);

/* Whether stored bytes are a valid, canonical encoding. */
[[nodiscard]] bool number_valid(struct slice encoded);

/* Exact sum and difference of two encodings; `out` may be where an operand is. Fails: ERR_VALIDATION, when the result is out
 * of range or needs more digits than a number has (texts of semantics.md 4.2; too many digits are told as an overflow). */
[[nodiscard]] bool number_add(struct slice a, struct slice b, struct number *out, struct error *err);
[[nodiscard]] bool number_subtract(struct slice a, struct slice b, struct number *out, struct error *err);

void number_from_u64(uint64_t value, struct number *out);

/* What the number counts for in the item's size. */
size_t number_size_bytes(struct slice encoded);

static inline struct slice number_slice(const struct number *n)
{
    return slice_of(n->bytes, n->size);
}

#endif
