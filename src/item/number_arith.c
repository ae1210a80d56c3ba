/* Sums and differences, worked out exactly on base-100 digits.
 *
 * The digits of both operands are laid side by side in one row, from the first pair of the one that reaches higher to
 * the last pair of the one that reaches lower. If that row is longer than ROW_PAIRS_MAX the result has too many digits,
 * whatever they are: the lowest pair stays as it is or becomes 100 minus itself, never 00, because the other operand has
 * nothing there; and at most the highest pair can go away, because cancelling more needs operands that begin within a
 * pair of each other, and those reach no further than 21 pairs together.
 *
 * A result of more than 38 digits is an error, with DynamoDB's text of an overflow: it was seen to answer that to
 * 1E50 + 1 and 1E50 - 1, where nothing overflows but the precision (scylladb, test_number.py). */
#include "item/number.h"

#include "base/contract.h"
#include "item/number_priv.h"

#include <string.h>

enum { ROW_PAIRS_MAX = 22 };

/* Pairs on their way to a result; zeros may stand at both ends. row[0] is for a carry. */
struct row {
    int exponent; /* of row[0] */
    unsigned count;
    int8_t row[1 + ROW_PAIRS_MAX];
};

static int last_exponent(const struct number_pairs *p)
{
    return p->exponent - (int)p->count + 1;
}

/* `a` in a row long enough for both. false: there are too many pairs. PRE: a->exponent >= b->exponent. */
static bool row_begin(const struct number_pairs *a, const struct number_pairs *b, struct row *row)
{
    int last_a = last_exponent(a);
    int last_b = last_exponent(b);
    int pairs = a->exponent - (last_a < last_b ? last_a : last_b) + 1;
    if (pairs > ROW_PAIRS_MAX)
        return false;
    row->exponent = a->exponent + 1;
    row->count = (unsigned)pairs + 1;
    memset(row->row, 0, sizeof row->row);
    memcpy(row->row + 1, a->pairs, a->count);
    return true;
}

/* sign +1: adds `b` to the row. sign -1: takes it away. PRE: the result is not negative. */
static void row_combine(struct row *row, const struct number_pairs *b, int sign)
{
    unsigned first = (unsigned)(row->exponent - b->exponent);
    int carry = 0;
    for (unsigned i = first + b->count; i-- > 0 && (i >= first || carry);) {
        int sum = row->row[i] + carry + (i >= first ? sign * b->pairs[i - first] : 0);
        carry = sum < 0 ? -1 : sum > 99;
        row->row[i] = (int8_t)(sum - 100 * carry);
    }
    INVARIANT(carry == 0);
}

static bool row_finish(const struct row *row, bool negative, struct number *out, struct error *err)
{
    unsigned first = 0;
    unsigned end = row->count;
    while (row->row[first] == 0)
        first++;
    while (row->row[end - 1] == 0)
        end--;
    struct number_pairs result = {.negative = negative, .exponent = row->exponent - (int)first};
    result.count = end - first;
    if (result.exponent > EXPONENT_MAX)
        return number_overflow(err);
    if (result.exponent < EXPONENT_MIN)
        return number_underflow(err);
    const uint8_t *pairs = (const uint8_t *)row->row + first;
    if (pairs_digit_count(pairs, result.count) > NUMBER_DIGITS_MAX)
        return number_overflow(err);
    memcpy(result.pairs, pairs, result.count);
    number_pairs_write(&result, out);
    return true;
}

static int compare_magnitudes(const struct number_pairs *a, const struct number_pairs *b)
{
    if (a->exponent != b->exponent)
        return a->exponent < b->exponent ? -1 : 1;
    return slice_compare(slice_of(a->pairs, a->count), slice_of(b->pairs, b->count));
}

static bool add_pairs(const struct number_pairs *a, const struct number_pairs *b, struct number *out,
                      struct error *err)
{
    int order = compare_magnitudes(a, b);
    if (order == 0 && a->negative != b->negative) {
        number_set_zero(out);
        return true;
    }
    const struct number_pairs *larger = order >= 0 ? a : b;
    const struct number_pairs *smaller = order >= 0 ? b : a;
    struct row row;
    if (!row_begin(larger, smaller, &row))
        return number_overflow(err);
    row_combine(&row, smaller, a->negative == b->negative ? 1 : -1);
    return row_finish(&row, larger->negative, out, err);
}

static void copy(struct slice encoded, struct number *out)
{
    PRE(encoded.size <= NUMBER_BYTES_MAX);
    memmove(out->bytes, encoded.data, encoded.size);
    out->size = (uint8_t)encoded.size;
}

static void read_pairs(struct slice encoded, struct number_pairs *p)
{
    bool valid = number_pairs_read(encoded, p);
    PRE(valid);
}

bool number_add(struct slice a, struct slice b, struct number *out, struct error *err)
{
    if (number_is_zero(a) || number_is_zero(b)) {
        copy(number_is_zero(a) ? b : a, out);
        return true;
    }
    struct number_pairs x;
    struct number_pairs y;
    read_pairs(a, &x);
    read_pairs(b, &y);
    return add_pairs(&x, &y, out, err);
}

bool number_subtract(struct slice a, struct slice b, struct number *out, struct error *err)
{
    if (number_is_zero(b)) {
        copy(a, out);
        return true;
    }
    if (number_is_zero(a)) {
        copy(b, out);
        number_invert(out->bytes, out->size);
        return true;
    }
    struct number_pairs x;
    struct number_pairs y;
    read_pairs(a, &x);
    read_pairs(b, &y);
    y.negative = !y.negative;
    return add_pairs(&x, &y, out, err);
}

void number_from_u64(uint64_t value, struct number *out)
{
    uint8_t pairs[10]; /* of 2^64 - 1 */
    unsigned first = sizeof pairs;
    for (; value > 0; value /= 100)
        pairs[--first] = (uint8_t)(value % 100);
    if (first == sizeof pairs) {
        number_set_zero(out);
        return;
    }
    unsigned end = sizeof pairs;
    struct number_pairs result = {.exponent = (int)(end - first) - 1};
    while (pairs[end - 1] == 0)
        end--;
    result.count = end - first;
    memcpy(result.pairs, pairs + first, result.count);
    number_pairs_write(&result, out);
}
