/* Numbers against semantics.md 4.2 and 4.3, and order against fixed-point text. */
#include "item/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/arena.h"

#define NINES_38     "99999999999999999999999999999999999999"
#define OVERFLOW     "Number overflow. Attempting to store a number with magnitude larger than supported range"
#define UNDERFLOW    "Number underflow. Attempting to store a number with magnitude smaller than supported range"
#define TOO_PRECISE  "Attempting to store more than 38 significant digits in a Number"
#define NOT_A_NUMBER "The parameter cannot be converted to a numeric value"

static struct number parse_slice(struct slice text)
{
    struct number n;
    error_init(&err, &arena);
    if (!number_parse(text, &n, &err))
        fail_msg("%.*s: %s", SLICE_PRINTF(text), err.message);
    assert_int_equal(err.code, ERR_NONE);
    assert_true(number_valid(number_slice(&n)));
    return n;
}

static struct number parse(const char *text)
{
    return parse_slice(slice_from_cstr(text));
}

static void assert_refused_slice(struct slice text, const char *message)
{
    struct number n;
    error_init(&err, &arena);
    if (number_parse(text, &n, &err))
        fail_msg("accepted: %.*s", SLICE_PRINTF(text));
    assert_int_equal(err.code, ERR_VALIDATION);
    assert_string_equal(err.message, message);
}

static void assert_refused(const char *text, const char *message)
{
    assert_refused_slice(slice_from_cstr(text), message);
}

static void assert_prints(const char *text, const char *expected)
{
    struct number n = parse(text);
    char *printed = malloc(NUMBER_TEXT_BYTES_MAX);
    size_t size = number_format(number_slice(&n), printed);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(printed, expected, size);
    free(printed);
}

static void assert_bytes(const char *text, const char *hex)
{
    struct number n = parse(text);
    char actual[2 * NUMBER_BYTES_MAX + 1] = "";
    for (size_t i = 0; i < n.size; i++)
        sprintf(actual + 2 * i, "%02x", (unsigned char)n.bytes[i]);
    assert_string_equal(actual, hex);
}

static void bytes_are_those_of_the_format(void **state)
{
    (void)state;
    assert_bytes("0", "80");
    assert_bytes("1", "c202");
    assert_bytes("-1", "3dfd");
    assert_bytes("10", "c214");
    assert_bytes("99", "c2c6");
    assert_bytes("100", "c302");
    assert_bytes("123", "c3032e");
    assert_bytes("1.5", "c20364");
    assert_bytes("-1.5", "3dfc9b");
    assert_bytes("0.1", "c114");
    assert_bytes("1e-130", "8102");
    assert_bytes("-1e-130", "7efd");
    assert_bytes("1e123", "ff14");
    assert_bytes("1e124", "ffc802");
    assert_bytes("9.9e125", "ffc8c6");
    assert_bytes("-1e124", "0037fd");
}

static void zero_is_one_byte(void **state)
{
    (void)state;
    static const char *const zeros[] = {
        "0",  "-0",     "+0",  "0.0",   "00",     ".0",
        "0.", "-0.000", "0e5", "0e125", "0e-130", "0000000000000000000000000000000000000000000000"};
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++) {
        assert_bytes(zeros[i], "80");
        assert_prints(zeros[i], "0");
    }
}

static void equal_numbers_are_equal_bytes(void **state)
{
    (void)state;
    static const char *const groups[][6] = {
        {"1", "1.0", "1e0", "+1", "0.01e2", "100E-2"},
        {"-12.5", "-12.50", "-1.25e1", "-125e-1", "-0012.5", "-.125E+2"},
        {"1000", "1e3", "1E+03", "0.001e6", "1000.000", "10000e-1"},
        {"1e-5", "0.00001", ".00001", "10e-6", "1.0e-5", "00.000010"},
    };
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        struct number first = parse(groups[g][0]);
        for (size_t i = 1; i < 6; i++) {
            struct number other = parse(groups[g][i]);
            assert_true(slice_equal(number_slice(&first), number_slice(&other)));
        }
    }
}

static void text_is_plain_and_without_needless_zeros(void **state)
{
    (void)state;
    assert_prints("+007.500", "7.5");
    assert_prints("-0.50", "-0.5");
    assert_prints("1e3", "1000");
    assert_prints("1.5e-3", "0.0015");
    assert_prints("15e-3", "0.015");
    assert_prints("123456.789e1", "1234567.89");
    assert_prints("100", "100");
    assert_prints("10", "10");
    assert_prints("0.1", "0.1");
    assert_prints("0.01", "0.01");
    assert_prints("0.001", "0.001");
    assert_prints("1.01", "1.01");
    assert_prints("10.1", "10.1");
    assert_prints("-1000000", "-1000000");
}

static void the_extremes_are_exact(void **state)
{
    (void)state;
    char expected[NUMBER_TEXT_BYTES_MAX + 1];
    snprintf(expected, sizeof expected, "%s%088d", NINES_38, 0);
    assert_prints("9.9999999999999999999999999999999999999E+125", expected);
    snprintf(expected, sizeof expected, "-%s%088d", NINES_38, 0);
    assert_prints("-" NINES_38 "E88", expected);
    snprintf(expected, sizeof expected, "0.%0130d", 1);
    assert_prints("1E-130", expected);
    snprintf(expected, sizeof expected, "-0.%0129d%s", 0, NINES_38);
    assert_prints("-9.9999999999999999999999999999999999999e-130", expected);
    assert_true(strlen(expected) <= NUMBER_TEXT_BYTES_MAX);
    snprintf(expected, sizeof expected, "1%0125d", 0);
    assert_prints("1e125", expected);
}

static void thirty_eight_digits_are_the_most(void **state)
{
    (void)state;
    assert_prints(NINES_38, NINES_38);
    assert_prints("1.2345678901234567890123456789012345678", "1.2345678901234567890123456789012345678");
    assert_prints("12.345678901234567890123456789012345678", "12.345678901234567890123456789012345678");
    assert_prints("000" NINES_38 "000", NINES_38 "000");
    assert_prints("0.000" NINES_38, "0.000" NINES_38);
    assert_refused("123456789012345678901234567890123456789", TOO_PRECISE);
    assert_refused("-1.23456789012345678901234567890123456789", TOO_PRECISE);
    assert_refused("1.00000000000000000000000000000000000001", TOO_PRECISE);
    assert_refused("1000000000000000000000000000000000000010", TOO_PRECISE);
    assert_prints("1000000000000000000000000000000000000000", "1000000000000000000000000000000000000000");
}

static void magnitude_is_bounded(void **state)
{
    (void)state;
    assert_refused("1e126", OVERFLOW);
    assert_refused("-1e126", OVERFLOW);
    assert_refused("10e125", OVERFLOW);
    assert_refused("1e2147483647", OVERFLOW);
    assert_refused("1e9223372036854775807", OVERFLOW);
    assert_refused("1000e9223372036854775807", OVERFLOW);
    assert_refused("0.00001e131", OVERFLOW);
    assert_refused("1e-131", UNDERFLOW);
    assert_refused("-1e-131", UNDERFLOW);
    assert_refused("0.1e-130", UNDERFLOW);
    assert_refused("1e-2147483648", UNDERFLOW);
    assert_refused("1e-9223372036854775808", UNDERFLOW);
    assert_refused("0.001e-9223372036854775808", UNDERFLOW);
    /* Of a zero the exponent that is written. */
    assert_refused("0e126", OVERFLOW);
    assert_refused("-0.0e126", OVERFLOW);
    assert_refused("0e-131", UNDERFLOW);
    /* Magnitude is looked at before precision. */
    assert_refused("1.23456789012345678901234567890123456789e126", OVERFLOW);
    assert_refused("1.23456789012345678901234567890123456789e-131", UNDERFLOW);
    parse("0.00001e130");
    parse("10e-131");
    parse("1000000000000000000000000000000000000000000000000000000000e-187");
}

static void an_exponent_makes_up_for_many_digits(void **state)
{
    (void)state;
    enum { ZEROS = 1000000 };
    char *text = malloc(ZEROS + 32);
    memset(text, '0', ZEROS);
    text[0] = '1';
    size_t size = ZEROS + (size_t)sprintf(text + ZEROS, "e-%d", ZEROS - 1);
    struct number one = parse_slice(slice_of(text, size));
    memset(text, '0', ZEROS);
    text[1] = '.';
    text[ZEROS - 1] = '1';
    size = ZEROS + (size_t)sprintf(text + ZEROS, "e%d", ZEROS - 2);
    struct number other = parse_slice(slice_of(text, size));
    struct number expected = parse("1");
    assert_true(slice_equal(number_slice(&one), number_slice(&expected)));
    assert_true(slice_equal(number_slice(&other), number_slice(&expected)));
    free(text);
}

static void other_texts_are_not_numbers(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "b",   " 1",       "1 ",        "1\n",   "-",        "+",     ".",  "-.",    "e1",  ".e1",
        "1e",  "1e+",      "1e-",       "1e1.0", "--1",      "+-1",   "1-", "1.2.3", "1,5", "0x10",
        "NaN", "Infinity", "-Infinity", "1_0",   "\xD9\xA1", "1e5e5", "1f", "1d",    "1L",  "1e 5"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char message[128];
        snprintf(message, sizeof message, NOT_A_NUMBER ": %s", texts[i]);
        assert_refused(texts[i], message);
    }
    assert_refused("", NOT_A_NUMBER ": ");
    assert_refused("1e9223372036854775808", NOT_A_NUMBER ": 1e9223372036854775808");
    assert_refused("0e-9223372036854775809", NOT_A_NUMBER ": 0e-9223372036854775809");
    struct number n;
    error_init(&err, &arena);
    assert_false(number_parse(slice_of("1\0", 2), &n, &err));
}

static const char *parse_older(const char *text)
{
    struct number n;
    error_init(&err, &arena);
    return number_parse_older(slice_from_cstr(text), &n, &err) ? "" : err.message;
}

/* Seen with BatchWriteItem; the rest follows from java.math.BigDecimal, whose exponents have 32 bits. */
static void the_older_way_reads_exponents_as_java_does(void **state)
{
    (void)state;
    assert_string_equal(parse_older(""), NOT_A_NUMBER);
    assert_string_equal(parse_older("abc"), NOT_A_NUMBER ": abc");
    assert_string_equal(parse_older("1e126"), OVERFLOW);
    assert_string_equal(parse_older("1e-131"), UNDERFLOW);
    assert_string_equal(parse_older("1e2147483646"), OVERFLOW);
    assert_string_equal(parse_older("1e2147483647"), UNDERFLOW);
    assert_string_equal(parse_older("1e2147483648"), NOT_A_NUMBER ": 1e2147483648");
    assert_string_equal(parse_older("1e-2147483647"), UNDERFLOW);
    assert_string_equal(parse_older("1e-2147483648"), NOT_A_NUMBER ": 1e-2147483648");
    assert_string_equal(parse_older("0.1e-2147483647"), NOT_A_NUMBER ": 0.1e-2147483647");
    assert_string_equal(parse_older("1e-9223372036854775808"), NOT_A_NUMBER ": 1e-9223372036854775808");
    assert_string_equal(parse_older("0e126"), "");
    assert_string_equal(parse_older("123456789012345678901234567890123456789"), TOO_PRECISE);
}

static void digits_may_be_missing_on_one_side_of_the_point(void **state)
{
    (void)state;
    assert_prints(".5", "0.5");
    assert_prints("5.", "5");
    assert_prints("-.5e1", "-5");
    assert_prints("5.E2", "500");
}

static void sizes_are_those_of_the_reference(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t size;
    } cases[] = {{"0", 1},
                 {"12", 2},
                 {"123", 3},
                 {"1.2", 3},
                 {"-12", 3},
                 {"100", 2},
                 {"1", 2},
                 {"-1", 3},
                 {"99", 2},
                 {"0.01", 2},
                 {"0.001", 2},
                 {"1e124", 2},
                 {"-1e125", 3},
                 {"1e-130", 2},
                 {"1234", 3},
                 {"12345", 4},
                 {NINES_38, 20},
                 {"-" NINES_38, 21},
                 {"-" NINES_38 "0", 22},
                 {NINES_38 "e88", 20}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct number n = parse(cases[i].text);
        assert_int_equal(number_size_bytes(number_slice(&n)), cases[i].size);
    }
}

/* ------------------------------------------------------------------ order */

enum { INTEGER_DIGITS = 126, FRACTION_DIGITS = 168, FIXED = INTEGER_DIGITS + FRACTION_DIGITS };

/* A number as a sign and all its digits around a fixed point: compared without any cleverness. */
struct fixed {
    int sign; /* -1, 0, 1 */
    char digits[FIXED];
    struct number number;
};

static uint64_t random_state = 4711;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((random_state >> 33) % limit);
}

static void random_number(struct fixed *f)
{
    char digits[NUMBER_DIGITS_MAX + 1];
    char text[64];
    /* Few digits and close exponents make many near misses. */
    int count = 1 + (int)random_below(random_below(4) ? 4 : NUMBER_DIGITS_MAX);
    int exponent = random_below(2) ? (int)random_below(6) - 3 : (int)random_below(256) - 130;
    static const char likely[] = "00199";
    for (int i = 0; i < count; i++)
        digits[i] = random_below(2) ? likely[random_below(5)] : (char)('0' + random_below(10));
    digits[0] = (char)('1' + random_below(9));
    digits[count] = '\0';
    f->sign = random_below(2) ? 1 : -1;
    memset(f->digits, '0', FIXED);
    memcpy(f->digits + INTEGER_DIGITS - 1 - exponent, digits, (size_t)count);
    snprintf(text, sizeof text, "%s%se%d", f->sign < 0 ? "-" : "", digits, exponent - (count - 1));
    f->number = parse(text);
}

static int compare_fixed(const struct fixed *a, const struct fixed *b)
{
    if (a->sign != b->sign)
        return a->sign - b->sign;
    return a->sign * memcmp(a->digits, b->digits, FIXED);
}

static int sign_of(int n)
{
    return (n > 0) - (n < 0);
}

static void bytes_compare_as_the_numbers_do(void **state)
{
    (void)state;
    enum { COUNT = 2000 };
    struct fixed *numbers = calloc(COUNT, sizeof *numbers);
    memset(numbers[0].digits, '0', FIXED);
    numbers[0].number = parse("0");
    for (size_t i = 1; i < COUNT; i++)
        random_number(&numbers[i]);
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t k = 0; k < COUNT; k++) {
            struct slice a = number_slice(&numbers[i].number), b = number_slice(&numbers[k].number);
            int expected = sign_of(compare_fixed(&numbers[i], &numbers[k]));
            assert_int_equal(sign_of(slice_compare(a, b)), expected);
            /* None is a prefix of another, so that whatever follows in a key cannot change the order. */
            if (expected != 0)
                assert_false(slice_starts_with(b, a));
        }
    }
    free(numbers);
}

/* Digits alone are read in a shorter way than what has a sign, a point or an exponent. */
static void a_plus_changes_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char text[1 + 45];
        size_t size = (size_t)(rand() % 45) + 1;
        int zero_of = 1 + rand() % 4; /* one digit in so many is not 0 */
        text[0] = '+';
        for (size_t k = 1; k <= size; k++)
            text[k] = rand() % zero_of ? '0' : (char)('0' + rand() % 10);
        if (i % 8 == 0)
            text[1 + (size_t)rand() % size] = "/: .e-"[rand() % 6];
        if (text[1] == '-')
            continue; /* +-1 is none, -1 is one */
        struct number with, without;
        struct error ignored;
        error_init(&ignored, &arena);
        error_init(&err, &arena);
        bool read = number_parse(slice_of(text, 1 + size), &with, &ignored);
        assert_int_equal(number_parse(slice_of(text + 1, size), &without, &err), read);
        if (read)
            assert_true(slice_equal(number_slice(&with), number_slice(&without)));
    }
}

static void random_numbers_survive_printing(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct fixed f;
        random_number(&f);
        char text[NUMBER_TEXT_BYTES_MAX];
        size_t size = number_format(number_slice(&f.number), text);
        struct number again = parse_slice(slice_of(text, size));
        assert_true(slice_equal(number_slice(&again), number_slice(&f.number)));
        assert_null(memchr(text, 'e', size));
        assert_int_equal(text[0] == '-', f.sign < 0);
    }
}

/* ------------------------------------------------------------------ encodings of unknown origin */

static void bytes_are_valid_only_if_they_are_canonical(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "\x80\x02",
        "\xC2",
        "\xC2\x01",
        "\xC2\x03",
        "\xC2\x03\x01",
        "\xC2\xC8",
        "\xC2\xC9\x02",
        "\xFF\xC8",
        "\xFF\xC9\x02",
        "\x7F\xFD",
        "\x3D\xFE",
        "\x3D\xFF",
        "\xC2\x02\x02",
        "\xFF\xC8\xC8\x02",
        "\x3D\x02",
        "\xC2\x04\x03",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(number_valid(slice_from_cstr(bad[i])));
    assert_false(number_valid(slice_of("\xC2\x00", 2)));
    assert_false(number_valid(slice_of("\x3D\xFC\xFF", 3)));
    /* 39 and 40 digits. */
    char digits[] = "\xC2\x17\x17\x17\x17\x17\x17\x17\x17\x17\x17\x17\x17\x17\x17\x17\x17\x17\x17\x17\x16";
    assert_false(number_valid(slice_of(digits, 21)));
    digits[1] = 0x03;
    assert_false(number_valid(slice_of(digits, 21)));
    digits[20] = 0x14;
    assert_true(number_valid(slice_of(digits, 21)));
}

/* Any valid encoding of up to three bytes prints as a text whose encoding it is; so no two are equal numbers. */
static void valid_bytes_are_what_parsing_yields(void **state)
{
    (void)state;
    static const unsigned char firsts[] = {0x00, 0x01, 0x3D, 0x7D, 0x7E, 0x7F,
                                           0x80, 0x81, 0x82, 0xC2, 0xFE, 0xFF};
    size_t count = 0;
    for (size_t f = 0; f < sizeof firsts; f++) {
        for (unsigned rest = 0; rest < 65536; rest++) {
            char bytes[3] = {(char)firsts[f], (char)(rest >> 8), (char)rest};
            struct slice encoded = slice_of(bytes, rest < 256 ? 2 : 3);
            if (rest < 256)
                bytes[1] = (char)rest;
            if (!number_valid(encoded))
                continue;
            char text[NUMBER_TEXT_BYTES_MAX];
            struct number n = parse_slice(slice_of(text, number_format(encoded, text)));
            assert_true(slice_equal(number_slice(&n), encoded));
            count++;
        }
    }
    /* Ten of those bytes are of an exponent; 99 last pairs, 99 times 99 last two, and 99 behind each escape. */
    assert_int_equal(count, 10 * (99 + 99 * 99) + 2 * 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_those_of_the_format),
        cmocka_unit_test(zero_is_one_byte),
        cmocka_unit_test(equal_numbers_are_equal_bytes),
        cmocka_unit_test(text_is_plain_and_without_needless_zeros),
        cmocka_unit_test(the_extremes_are_exact),
        cmocka_unit_test(thirty_eight_digits_are_the_most),
        cmocka_unit_test(magnitude_is_bounded),
        cmocka_unit_test(an_exponent_makes_up_for_many_digits),
        cmocka_unit_test(other_texts_are_not_numbers),
        cmocka_unit_test(the_older_way_reads_exponents_as_java_does),
        cmocka_unit_test(digits_may_be_missing_on_one_side_of_the_point),
        cmocka_unit_test(sizes_are_those_of_the_reference),
        cmocka_unit_test(bytes_compare_as_the_numbers_do),
        cmocka_unit_test(a_plus_changes_nothing),
        cmocka_unit_test(random_numbers_survive_printing),
        cmocka_unit_test(bytes_are_valid_only_if_they_are_canonical),
        cmocka_unit_test(valid_bytes_are_what_parsing_yields),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
