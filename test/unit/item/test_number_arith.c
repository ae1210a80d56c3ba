/* Sums and differences of numbers: exact, or an error (semantics.md 4.2). number_oracle.py asks many more. */
#include "item/number.h"

#include <stdio.h>
#include <string.h>

#include "support/arena.h"

#define NINES_38  "99999999999999999999999999999999999999"
#define NINES_37  "9999999999999999999999999999999999999"
#define ZEROS_10  "0000000000"
#define OVERFLOW  "Number overflow. Attempting to store a number with magnitude larger than supported range"
#define UNDERFLOW "Number underflow. Attempting to store a number with magnitude smaller than supported range"

static struct number parse(const char *text)
{
    struct number n;
    error_init(&err, &arena);
    if (!number_parse(slice_from_cstr(text), &n, &err))
        fail_msg("%s: %s", text, err.message);
    return n;
}

/* first, operator, second; the result as a number's text, or a message. */
struct row {
    const char *first;
    char operator;
    const char *second;
    const char *expected;
};

static bool combine(const struct row *row, struct number *out)
{
    struct number a = parse(row->first);
    struct number b = parse(row->second);
    return row->operator== '+' ? number_add(number_slice(&a), number_slice(&b), out, &err)
                               : number_subtract(number_slice(&a), number_slice(&b), out, &err);
}

static void check_exact(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct number result;
        error_init(&err, &arena);
        if (!combine(&rows[i], &result))
            fail_msg("%s %c %s: %s", rows[i].first, rows[i].operator, rows[i].second, err.message);
        assert_int_equal(err.code, ERR_NONE);
        struct number expected = parse(rows[i].expected);
        if (!slice_equal(number_slice(&result), number_slice(&expected)))
            fail_msg("%s %c %s is not %s", rows[i].first, rows[i].operator, rows[i].second, rows[i].expected);
    }
}

static void check_refused(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct number result;
        error_init(&err, &arena);
        if (combine(&rows[i], &result))
            fail_msg("%s %c %s is a number", rows[i].first, rows[i].operator, rows[i].second);
        assert_int_equal(err.code, ERR_VALIDATION);
        assert_string_equal(err.message, rows[i].expected);
    }
}

#define CHECK_EXACT(rows)   check_exact((rows), sizeof(rows) / sizeof *(rows))
#define CHECK_REFUSED(rows) check_refused((rows), sizeof(rows) / sizeof *(rows))

static void small_integers_add_up(void **state)
{
    (void)state;
    for (int a = -130; a <= 130; a++) {
        for (int b = -130; b <= 130; b++) {
            char first[8], second[8], sum[8], difference[8];
            snprintf(first, sizeof first, "%d", a);
            snprintf(second, sizeof second, "%d", b);
            snprintf(sum, sizeof sum, "%d", a + b);
            snprintf(difference, sizeof difference, "%d", a - b);
            const struct row rows[] = {{first, '+', second, sum}, {first, '-', second, difference}};
            CHECK_EXACT(rows);
        }
    }
}

static void results_are_exact_and_canonical(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0.1", '+', "0.2", "0.3"},
        {"1.5", '+', "1.5", "3"},
        {"99", '+', "1", "100"},
        {"9999", '+', "1", "10000"},
        {"100", '-', "1", "99"},
        {"10000", '-', "0.0001", "9999.9999"},
        {"123.456", '-', "0.456", "123"},
        {"5.5", '+', "-3.5", "2"},
        {"-7", '-', "-7", "0"},
        {"7", '+', "-7", "0"},
        {"0", '-', "0", "0"},
        {"0", '+', "-12", "-12"},
        {"0", '-', "12", "-12"},
        {"0", '-', "-1.25", "1.25"},
        {"-12", '-', "0", "-12"},
        {"1", '+', "1" ZEROS_10 ZEROS_10 "00", "1" ZEROS_10 ZEROS_10 "01"},
        {"1" ZEROS_10 ZEROS_10 "00", '-', "1", "9999999999999999999999"},
        {"9223372036854775807", '+', "1", "9223372036854775808"},
        {"1e100", '+', "2e100", "3e100"},
        {"1e-130", '+', "1e-130", "2e-130"},
        {"1e125", '-', "1e125", "0"},
    };
    CHECK_EXACT(rows);
}

static void thirty_eight_digits_are_the_most(void **state)
{
    (void)state;
    static const struct row exact[] = {
        {NINES_38, '+', "1", "1e38"},
        {"1e38", '-', "1", NINES_38},
        {"1e37", '+', "1", "10000000000000000000000000000000000001"},
        {NINES_37 "8", '+', "1", NINES_38},
        {NINES_37 "0", '+', "9", NINES_38},
        {NINES_38, '-', NINES_37 "8", "1"},
        {"5" NINES_37, '-', "4" NINES_37, "1e37"},
        {NINES_37 ".5", '+', "0.5", "1e37"},
        {"1.0000000000000000000000000000000000001", '-', "1e-37", "1"},
    };
    /* DynamoDB calls a result of too many digits an overflow. */
    static const struct row refused[] = {
        {"1e50", '+', "1", OVERFLOW},        {"1e50", '-', "1", OVERFLOW},     {"1e38", '+', "1", OVERFLOW},
        {"1e39", '-', "1", OVERFLOW},        {NINES_38, '+', "0.1", OVERFLOW}, {NINES_38, '+', "2", OVERFLOW},
        {NINES_38, '+', NINES_38, OVERFLOW}, {"1", '+', "1e-38", OVERFLOW},    {"1", '-', "1e-130", OVERFLOW},
        {"1e125", '-', "1e-130", OVERFLOW},  {"-1e125", '+', "1", OVERFLOW},
    };
    CHECK_EXACT(exact);
    CHECK_REFUSED(refused);
}

static void magnitude_is_bounded(void **state)
{
    (void)state;
    static const struct row exact[] = {
        {"9e125", '+', "0.9e125", "9.9e125"},
        {"9." NINES_37 "e125", '-', "9e125", "0." NINES_37 "e125"},
        {"-9." NINES_37 "e125", '+', "9." NINES_37 "e125", "0"},
        {"2e-130", '-', "1e-130", "1e-130"},
    };
    static const struct row refused[] = {
        {"9e125", '+', "9e125", OVERFLOW},          {"9e125", '-', "-9e125", OVERFLOW},
        {"-9e125", '-', "9e125", OVERFLOW},         {"9." NINES_37 "e125", '+', "1e88", OVERFLOW},
        {"1.5e-130", '-', "1.4e-130", UNDERFLOW},   {"-1.5e-130", '+', "1.4e-130", UNDERFLOW},
        {"1.00001e-130", '-', "1e-130", UNDERFLOW},
    };
    CHECK_EXACT(exact);
    CHECK_REFUSED(refused);
}

/* Every reach of one operand over the other, through each place where a carry can stop. */
static void carries_run_as_far_as_they_must(void **state)
{
    (void)state;
    for (int exponent = -40; exponent <= 40; exponent++) {
        for (int digits = 1; digits <= 38; digits++) {
            char nines[64], one[32], power[32];
            snprintf(nines, sizeof nines, "%.*se%d", digits, NINES_38, exponent);
            snprintf(one, sizeof one, "1e%d", exponent);
            snprintf(power, sizeof power, "1e%d", exponent + digits);
            char negative[72];
            snprintf(negative, sizeof negative, "-%s", nines);
            const struct row rows[] = {
                {nines, '+', one, power}, {power, '-', one, nines}, {one, '-', power, negative}};
            CHECK_EXACT(rows);
        }
    }
}

static void the_result_may_take_an_operands_place(void **state)
{
    (void)state;
    error_init(&err, &arena);
    struct number n = parse("41");
    struct number one = parse("1");
    assert_true(number_add(number_slice(&n), number_slice(&one), &n, &err));
    struct number expected = parse("42");
    assert_true(slice_equal(number_slice(&n), number_slice(&expected)));
    struct number zero = parse("0");
    assert_true(number_subtract(number_slice(&zero), number_slice(&n), &n, &err));
    expected = parse("-42");
    assert_true(slice_equal(number_slice(&n), number_slice(&expected)));
}

static void integers_become_numbers(void **state)
{
    (void)state;
    static const uint64_t values[] = {0, 1, 9, 10, 99, 100, 101, 12300, 409600, 4294967296, UINT64_MAX};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[24];
        snprintf(text, sizeof text, "%llu", (unsigned long long)values[i]);
        struct number expected = parse(text);
        struct number n;
        number_from_u64(values[i], &n);
        assert_true(slice_equal(number_slice(&n), number_slice(&expected)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_integers_add_up),
        cmocka_unit_test(results_are_exact_and_canonical),
        cmocka_unit_test(thirty_eight_digits_are_the_most),
        cmocka_unit_test(magnitude_is_bounded),
        cmocka_unit_test(carries_run_as_far_as_they_must),
        cmocka_unit_test(the_result_may_take_an_operands_place),
        cmocka_unit_test(integers_become_numbers),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
