#include "item/number.h"

#include "base/contract.h"
#include "base/decimal.h"
#include "item/number_priv.h"

#include <string.h>

enum { DECIMAL_EXPONENT_MIN = -130, DECIMAL_EXPONENT_MAX = 125 };

/* A parsed number: digits d0 d1 ..., the first and the last not 0, value d0.d1d2... times 10^exponent. */
struct decimal {
    bool negative;
    bool too_precise; /* digits holds the first NUMBER_DIGITS_MAX */
    unsigned count;   /* 0 for zero */
    int64_t exponent;
    int64_t written_exponent;              /* what stands behind the e */
    int64_t fraction_digits;               /* digits behind the point, zeros too */
    uint8_t digits[NUMBER_DIGITS_MAX + 1]; /* one more, so that pairs can be read whole */
};

/* ------------------------------------------------------------------ text to decimal */

static const char *skip_zeros(const char *at, const char *end)
{
    while (at < end && *at == '0')
        at++;
    return at;
}

/* Takes in the digits at `at`, as far as there is room; only zeros may be left out. */
static inline const char *read_digits(struct decimal *d, const char *at, const char *end)
{
    unsigned count = d->count;
    for (; at < end; at++) {
        unsigned digit = (unsigned)*at - '0';
        if (digit > 9)
            break;
        if (count < NUMBER_DIGITS_MAX)
            d->digits[count++] = (uint8_t)digit;
        else if (digit > 0)
            d->too_precise = true;
    }
    d->count = count;
    return at;
}

/* What stands behind the e. false: that is no number of 64 bits. */
static bool read_exponent(const char *at, const char *end, int64_t *exponent)
{
    bool negative = false;
    if (at < end && (*at == '-' || *at == '+'))
        negative = *at++ == '-';
    if (at == end)
        return false;
    *exponent = 0;
    for (; at < end; at++) {
        int digit = *at - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(*exponent, 10, exponent) ||
            __builtin_add_overflow(*exponent, negative ? -digit : digit, exponent))
            return false;
    }
    return true;
}

/* Adds without leaving the range of the type, far out of which nothing makes a difference. */
static int64_t add_saturating(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return b < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

/* false: the text is not a number. */
static bool read_decimal(struct slice text, struct decimal *d)
{
    const char *at = text.data;
    const char *end = at + text.size;
    d->negative = d->too_precise = false;
    d->count = 0;
    d->written_exponent = d->fraction_digits = 0;
    if (at < end && (*at == '-' || *at == '+'))
        d->negative = *at++ == '-';

    const char *integer = at;
    const char *first = skip_zeros(at, end);
    at = read_digits(d, first, end);
    d->exponent = at - first - 1;
    int64_t digit_count = at - integer;
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        if (d->count == 0) {
            at = skip_zeros(at, end);
            d->exponent = fraction - at - 1;
        }
        at = read_digits(d, at, end);
        d->fraction_digits = at - fraction;
        digit_count += d->fraction_digits;
    }
    while (d->count > 0 && d->digits[d->count - 1] == 0)
        d->count--;
    if (digit_count == 0)
        return false;
    if (at == end)
        return true;
    if ((*at != 'e' && *at != 'E') || !read_exponent(at + 1, end, &d->written_exponent))
        return false;
    d->exponent = add_saturating(d->exponent, d->written_exponent);
    return true;
}

/* ------------------------------------------------------------------ decimal to encoding */

/* PRE: the decimal is within range. */
static void encode(struct decimal *d, struct number *out)
{
    if (d->count == 0) {
        number_set_zero(out);
        return;
    }
    uint8_t *begin = (uint8_t *)out->bytes;
    uint8_t *byte = begin + number_write_exponent((int)(d->exponent >> 1), begin);
    const uint8_t *digit = d->digits;
    const uint8_t *end = digit + d->count;
    d->digits[d->count] = 0;
    bool half_pair = (d->exponent & 1) == 0; /* the first digit is alone in its pair */
    if (half_pair)
        *byte++ = (uint8_t)(2 * *digit++ + 1);
    for (; digit < end; digit += 2)
        *byte++ = (uint8_t)(2 * (10 * digit[0] + digit[1]) + 1);
    byte[-1]--;
    out->size = (uint8_t)(byte - begin);
    if (d->negative)
        number_invert(out->bytes, out->size);
}

/* The short way for what most numbers are, digits alone. false: this one is more than that, or needs a closer look. */
static bool encode_digits(struct slice text, struct number *out)
{
    if (text.size == 0 || text.size > NUMBER_DIGITS_MAX || text.data[0] == '0')
        return false;
    const char *at = text.data;
    const char *end = at + text.size;
    uint8_t *begin = (uint8_t *)out->bytes;
    uint8_t *byte = begin + number_write_exponent((int)(text.size - 1) >> 1, begin);
    if (text.size % 2 != 0) {
        unsigned ones = (unsigned)*at++ - '0';
        if (ones > 9)
            return false;
        *byte++ = (uint8_t)(2 * ones + 1);
    }
    for (; at < end; at += 2) {
        unsigned tens = (unsigned)at[0] - '0', ones = (unsigned)at[1] - '0';
        if (tens > 9 || ones > 9)
            return false;
        *byte++ = (uint8_t)(2 * (10 * tens + ones) + 1);
    }
    while (byte[-1] == 2 * 0 + 1) /* pairs of zeros; the first pair is none */
        byte--;
    byte[-1]--;
    out->size = (uint8_t)(byte - begin);
    return true;
}

bool number_overflow(struct error *err)
{
    return error_set(
        err, ERR_VALIDATION,
        "Number overflow. Attempting to store a number with magnitude larger than supported range");
}

bool number_underflow(struct error *err)
{
    return error_set(
        err, ERR_VALIDATION,
        "Number underflow. Attempting to store a number with magnitude smaller than supported range");
}

static bool not_a_number(struct slice text, struct error *err)
{
    return error_set(err, ERR_VALIDATION, "The parameter cannot be converted to a numeric value: %.*s",
                     SLICE_PRINTF(text));
}

static bool check_range(int64_t exponent, struct error *err)
{
    if (exponent > DECIMAL_EXPONENT_MAX)
        return number_overflow(err);
    return exponent >= DECIMAL_EXPONENT_MIN || number_underflow(err);
}

static bool finish(struct decimal *d, struct number *out, struct error *err)
{
    if (d->too_precise)
        return error_set(err, ERR_VALIDATION,
                         "Attempting to store more than 38 significant digits in a Number");
    encode(d, out);
    return true;
}

__attribute__((noinline)) static bool parse(struct slice text, struct number *out, struct error *err)
{
    struct decimal d;
    if (!read_decimal(text, &d))
        return not_a_number(text, err);
    return check_range(d.count > 0 ? d.exponent : d.written_exponent, err) && finish(&d, out, err);
}

/* As Java's BigDecimal has it: exponent and scale are numbers of 32 bits, and so is the precision less the scale, which
 * runs over at its upper end. */
__attribute__((noinline)) static bool parse_older(struct slice text, struct number *out, struct error *err)
{
    struct decimal d;
    if (text.size == 0)
        return error_set(err, ERR_VALIDATION, "The parameter cannot be converted to a numeric value");
    if (!read_decimal(text, &d) || d.written_exponent > INT32_MAX ||
        d.written_exponent < d.fraction_digits - INT32_MAX)
        return not_a_number(text, err);
    if (d.count == 0) {
        number_set_zero(out);
        return true;
    }
    if (d.exponent >= INT32_MAX)
        return number_underflow(err);
    return check_range(d.exponent, err) && finish(&d, out, err);
}

bool number_parse(struct slice text, struct number *out, struct error *err)
{
    return encode_digits(text, out) || parse(text, out, err);
}

bool number_parse_older(struct slice text, struct number *out, struct error *err)
{
    return encode_digits(text, out) || parse_older(text, out, err);
}

/* ------------------------------------------------------------------ encoding to pairs */

/* The exponent, from the bytes before the pairs. Returns where the pairs begin. */
static const uint8_t *read_first_bytes(const uint8_t *bytes, uint8_t mask, int *exponent)
{
    int first = bytes[0] ^ mask;
    if (first == FIRST_POSITIVE_MAX && (bytes[1] ^ mask) == ESCAPE) {
        *exponent = EXPONENT_MAX;
        return bytes + 2;
    }
    *exponent = first - FIRST_POSITIVE_MIN + EXPONENT_MIN;
    return bytes + 1;
}

bool number_pairs_read(struct slice encoded, struct number_pairs *p)
{
    const uint8_t *bytes = (const uint8_t *)encoded.data;
    if (encoded.size < 2 || encoded.size > NUMBER_BYTES_MAX || bytes[0] == FIRST_ZERO)
        return false;
    p->negative = bytes[0] < FIRST_ZERO;
    uint8_t mask = p->negative ? 0xFF : 0;
    const uint8_t *pairs = read_first_bytes(bytes, mask, &p->exponent);
    size_t count = (size_t)(bytes + encoded.size - pairs);
    if (p->exponent < EXPONENT_MIN || count == 0 || count > NUMBER_PAIRS_MAX)
        return false;
    p->count = (unsigned)count;
    for (unsigned i = 0; i < p->count; i++) {
        unsigned byte = pairs[i] ^ mask;
        bool more = i + 1 < p->count;
        if (byte > 199 || (byte & 1) != more)
            return false;
        p->pairs[i] = (uint8_t)(byte >> 1);
    }
    return p->pairs[0] != 0 && p->pairs[p->count - 1] != 0;
}

void number_pairs_write(const struct number_pairs *p, struct number *out)
{
    uint8_t *bytes = (uint8_t *)out->bytes;
    unsigned size = number_write_exponent(p->exponent, bytes);
    for (unsigned i = 0; i < p->count; i++)
        bytes[size++] = (uint8_t)(2 * p->pairs[i] + 1);
    bytes[size - 1]--;
    out->size = (uint8_t)size;
    if (p->negative)
        number_invert(out->bytes, size);
}

/* ------------------------------------------------------------------ encoding to text
 *
 * Straight from the bytes: a pair's byte without its low bit is twice the pair, which is where its digits stand in the
 * table. `mask` is 0xFF for a negative number, whose bytes are inverted, else 0. */

static char *write_zeros(char *out, size_t count)
{
    if (count > 0)
        memset(out, '0', count);
    return out + count;
}

static char *write_pairs(char *out, const uint8_t *pairs, size_t count, uint8_t mask)
{
    for (size_t i = 0; i < count; i++, out += 2)
        memcpy(out, decimal_pairs + ((pairs[i] ^ mask) & 0xFE), 2);
    return out;
}

/* The pairs behind the point, without the zero at the end of the last. */
static char *write_fraction(char *out, const uint8_t *pairs, size_t count, uint8_t mask)
{
    out = write_pairs(out, pairs, count, mask);
    return out - (out[-1] == '0');
}

/* The pairs before the point, without the zero at the beginning of the first. */
static inline char *write_integer(char *out, const uint8_t *pairs, size_t count, uint8_t mask)
{
    uint8_t first = pairs[0] ^ mask;
    if (first >= 2 * 10)
        return write_pairs(out, pairs, count, mask);
    *out++ = (char)('0' + first / 2);
    return write_pairs(out, pairs + 1, count - 1, mask);
}

size_t number_format(struct slice encoded, char *text)
{
    const uint8_t *bytes = (const uint8_t *)encoded.data;
    if (encoded.size == 1) {
        PRE(number_is_zero(encoded));
        text[0] = '0';
        return 1;
    }
    int exponent;
    uint8_t mask = bytes[0] < FIRST_ZERO ? 0xFF : 0;
    const uint8_t *pairs = read_first_bytes(bytes, mask, &exponent);
    PRE(encoded.size <= NUMBER_BYTES_MAX && pairs < bytes + encoded.size);
    size_t count = (size_t)(bytes + encoded.size - pairs);
    int before_point = exponent + 1; /* pairs; more or fewer than there are */
    char *out = text;
    if (mask)
        *out++ = '-';
    if (before_point <= 0) {
        memcpy(out, "0.", 2);
        out = write_zeros(out + 2, 2 * (size_t)-before_point);
        out = write_fraction(out, pairs, count, mask);
    } else if ((size_t)before_point >= count) {
        out = write_integer(out, pairs, count, mask);
        out = write_zeros(out, 2 * ((size_t)before_point - count));
    } else {
        out = write_integer(out, pairs, (size_t)before_point, mask);
        *out++ = '.';
        out = write_fraction(out, pairs + before_point, count - (size_t)before_point, mask);
    }
    return (size_t)(out - text);
}

/* ------------------------------------------------------------------ facts about an encoding */

bool number_valid(struct slice encoded)
{
    if (encoded.size == 1)
        return number_is_zero(encoded);
    struct number_pairs p;
    if (!number_pairs_read(encoded, &p))
        return false;
    return pairs_digit_count(p.pairs, p.count) <= NUMBER_DIGITS_MAX;
}

size_t number_size_bytes(struct slice encoded)
{
    const uint8_t *bytes = (const uint8_t *)encoded.data;
    if (bytes[0] == FIRST_ZERO)
        return 1;
    bool negative = bytes[0] < FIRST_ZERO;
    uint8_t mask = negative ? 0xFF : 0;
    bool escaped = (bytes[0] ^ mask) == FIRST_POSITIVE_MAX && (bytes[1] ^ mask) == ESCAPE;
    return encoded.size - escaped + negative;
}
