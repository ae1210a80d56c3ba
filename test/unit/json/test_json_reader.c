/* The JSON reader against RFC 8259 and RFC 3629. */
#include "json/json_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/arena.h"

/* A copy without a byte after its end, so that a sanitizer sees every step too far. */
static struct slice exact(const void *bytes, size_t size)
{
    char *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    return slice_of(copy, size);
}

static bool valid_bytes(const void *bytes, size_t size)
{
    struct slice text = exact(bytes, size);
    bool valid = json_valid(text, JSON_DEPTH_MAX);
    free((void *)text.data);
    return valid;
}

static bool valid(const char *text)
{
    return valid_bytes(text, strlen(text));
}

#define assert_valid(text)                           \
    do {                                             \
        if (!valid(text))                            \
            fail_msg("should be valid: %s", (text)); \
    } while (0)

#define assert_not_valid(text)                           \
    do {                                                 \
        if (valid(text))                                 \
            fail_msg("should not be valid: %s", (text)); \
    } while (0)

/* The text of the one string that `json` is. */
static struct slice string_of(const char *json)
{
    struct json_reader r;
    json_reader_init(&r, slice_from_cstr(json), 1, &arena);
    assert_int_equal(json_next(&r), JSON_STRING);
    struct slice text = r.text;
    assert_int_equal(json_next(&r), JSON_END);
    return text;
}

#define assert_text(actual, literal)                                   \
    do {                                                               \
        struct slice text_ = (actual);                                 \
        assert_int_equal(text_.size, sizeof(literal) - 1);             \
        assert_memory_equal(text_.data, literal, sizeof(literal) - 1); \
    } while (0)

static void tokens_come_in_text_order(void **state)
{
    (void)state;
    static const enum json_token expected[] = {
        JSON_OBJECT_BEGIN, JSON_NAME,       JSON_ARRAY_BEGIN, JSON_NUMBER,      JSON_STRING,
        JSON_TRUE,         JSON_FALSE,      JSON_NULL,        JSON_ARRAY_END,   JSON_NAME,
        JSON_OBJECT_BEGIN, JSON_OBJECT_END, JSON_NAME,        JSON_ARRAY_BEGIN, JSON_ARRAY_END,
        JSON_OBJECT_END,   JSON_END,        JSON_END};
    struct json_reader r;
    json_reader_init(&r, SLICE(" { \"a\" :[1 , \"x\",true,false ,null] ,\"b\":{ },\"c\":[ ]}\t\r\n "), 8,
                     &arena);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(json_next(&r), expected[i]);
}

static void a_string_without_escapes_is_a_slice_of_the_text(void **state)
{
    (void)state;
    struct slice text = SLICE("\"gr\xC3\xBC\xC3\x9F\"");
    struct json_reader r;
    json_reader_init(&r, text, 1, &arena);
    assert_int_equal(json_next(&r), JSON_STRING);
    assert_ptr_equal(r.text.data, text.data + 1);
    assert_int_equal(r.text.size, text.size - 2);
}

static void escapes_are_undone(void **state)
{
    (void)state;
    assert_text(string_of("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "\"\\/\b\f\n\r\t");
    assert_text(string_of("\"a\\u0041\\u00e9\\u20AC\\u0000z\""), "aA\xC3\xA9\xE2\x82\xAC\0z");
    assert_text(string_of("\"\\ud83d\\uDE00\""), "\xF0\x9F\x98\x80");
    assert_text(string_of("\"\\uD800\\uDC00\\uDBFF\\uDFFF\""), "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
    assert_text(string_of("\"\\uE000\\uFFFF\\u007f\\u0080\\u07ff\\u0800\""),
                "\xEE\x80\x80\xEF\xBF\xBF\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80");
    assert_text(string_of("\"\""), "");
}

static void names_are_unescaped_too(void **state)
{
    (void)state;
    struct json_reader r;
    json_reader_init(&r, SLICE("{\"a\\n\":\"b\\n\"}"), 1, &arena);
    assert_int_equal(json_next(&r), JSON_OBJECT_BEGIN);
    assert_int_equal(json_next(&r), JSON_NAME);
    assert_text(r.text, "a\n");
    assert_int_equal(json_next(&r), JSON_STRING);
    assert_text(r.text, "b\n");
}

static void malformed_escapes_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "\"\\\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u\"",
        "\"\\u12\"",
        "\"\\u123\"",
        "\"\\u123g\"",
        "\"\\U0041\"",
        "\"\\ud800\"",
        "\"\\ud800x\"",
        "\"\\ud800\\n\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\\ud800\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\ud83d\\ude0\"",
        "\"\\ud83d\\ude0",
        "\"\\a\"",
        "\"\\u 123\"",
        "\"\\u-123\"",
        "\"\\'\"",
        "\"\\0\"",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_not_valid(texts[i]);
}

static void control_characters_must_be_escaped(void **state)
{
    (void)state;
    for (int c = 0; c < 0x20; c++) {
        for (size_t before = 0; before < 40; before++) {
            char text[48];
            memset(text, 'x', sizeof text);
            text[0] = '"';
            text[1 + before] = (char)c;
            text[45] = '"';
            assert_false(valid_bytes(text, 46));
            text[1 + before] = 0x7F;
            assert_true(valid_bytes(text, 46));
        }
    }
}

static void numbers_are_those_of_the_grammar(void **state)
{
    (void)state;
    static const char *const good[] = {
        "0",          "-0",   "1",    "-1",     "10",
        "1234567890", "0.0",  "-0.5", "1.25",   "1e0",
        "1E+5",       "1e-5", "0e0",  "1.5E10", "123456789012345678901234567890.5e-999999999999"};
    static const char *const bad[] = {"+1",        "01",  "-01", "00",   "1.",    ".5",   "-",   "-.5",
                                      "1e",        "1e+", "1E-", "1.e5", "0x10",  "1a",   "NaN", "Infinity",
                                      "-Infinity", "1 2", "--1", "1,",   "1_000", "1.5.2"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct json_reader r;
        struct slice text = exact(good[i], strlen(good[i]));
        json_reader_init(&r, text, 1, &arena);
        assert_int_equal(json_next(&r), JSON_NUMBER);
        assert_true(slice_equal(r.text, text)); /* as written */
        assert_int_equal(json_next(&r), JSON_END);
        free((void *)text.data);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_not_valid(bad[i]);
}

static void broken_structure_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "[",
        "]",
        "{",
        "}",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,,2]",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "{\"a\" 1}",
        "{\"a\"::1}",
        "[1}",
        "{\"a\":1]",
        "[]]",
        "{}{}",
        "[] []",
        "1 1",
        "tru",
        "truex",
        "True",
        "nul",
        "falsee",
        "nulll",
        "'a'",
        "\"a",
        "\"",
        "[\"a]",
        "//x\n1",
        "/**/1",
        "\xEF\xBB\xBF"
        "1",
        "{\"a\":1 \"b\":2}",
        "{\"a\",\"b\"}",
        "[:]",
        "\f1",
        "\v1",
        "\xC2\xA0"
        "1",
        "{null:1}",
        "{\"a\":1,2}",
        "undefined",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_not_valid(texts[i]);
    assert_false(valid_bytes("1\0", 2));
    assert_false(valid_bytes("\0"
                             "1",
                             2));
    assert_false(json_valid(SLICE_NONE, 1));
}

static void every_truncation_of_a_text_is_refused(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[1.5e3,\"x\\u00e9\\ud83d\\ude00\xE2\x82\xAC\",true,null,{\"b\":{}}]}";
    assert_valid(text);
    for (size_t size = 0; size < sizeof text - 1; size++)
        assert_false(valid_bytes(text, size));
}

static void an_invalid_text_stays_invalid(void **state)
{
    (void)state;
    struct json_reader r;
    json_reader_init(&r, SLICE("[1,x,2]"), 4, &arena);
    assert_int_equal(json_next(&r), JSON_ARRAY_BEGIN);
    assert_int_equal(json_next(&r), JSON_NUMBER);
    for (int i = 0; i < 3; i++)
        assert_int_equal(json_next(&r), JSON_INVALID);
}

/* RFC 3629 by its table: every one- to four-byte sequence over bytes that matter. */
static bool utf8_by_the_table(const unsigned char *b, size_t size)
{
    if (size == 1)
        return b[0] < 0x80;
    for (size_t i = 1; i < size; i++) {
        if (b[i] < 0x80 || b[i] > 0xBF)
            return false;
    }
    if (size == 2)
        return b[0] >= 0xC2 && b[0] <= 0xDF;
    if (size == 3)
        return (b[0] == 0xE0 && b[1] >= 0xA0) || (b[0] >= 0xE1 && b[0] <= 0xEC) ||
               (b[0] == 0xED && b[1] <= 0x9F) || b[0] == 0xEE || b[0] == 0xEF;
    return (b[0] == 0xF0 && b[1] >= 0x90) || (b[0] >= 0xF1 && b[0] <= 0xF3) || (b[0] == 0xF4 && b[1] <= 0x8F);
}

static void utf8_is_strict(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                          0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED,
                                          0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    enum { N = sizeof bytes };
    for (size_t i = 0; i < (size_t)N * N * N * N; i++) {
        unsigned char sequence[4] = {bytes[i % N], bytes[i / N % N], bytes[i / N / N % N],
                                     bytes[i / N / N / N]};
        /* Only sequences whose first byte asks for all of them, so that the table decides about the whole. */
        size_t size = sequence[0] < 0x80 ? 1 : sequence[0] < 0xE0 ? 2 : sequence[0] < 0xF0 ? 3 : 4;
        char text[40] = "\"0123456789abcdefghij";
        size_t before = i % 20 + 1;
        memcpy(text + before, sequence, size);
        memcpy(text + before + size, "xy\"", 3);
        assert_int_equal(valid_bytes(text, before + size + 3), utf8_by_the_table(sequence, size));
        /* Cut off in the middle of the last sequence. */
        for (size_t part = 1; part < size; part++) {
            text[before + part] = '"';
            assert_false(valid_bytes(text, before + part + 1));
        }
    }
}

static void depth_is_bounded(void **state)
{
    (void)state;
    char text[2 * JSON_DEPTH_MAX + 3];
    for (size_t depth = 1; depth <= JSON_DEPTH_MAX; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_true(json_valid(slice_of(text, 2 * depth), (unsigned)depth));
        assert_false(json_valid(slice_of(text, 2 * depth), (unsigned)depth - 1));
    }
    memset(text, '[', JSON_DEPTH_MAX + 1);
    memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    assert_false(json_valid(slice_of(text, 2 * (JSON_DEPTH_MAX + 1)), JSON_DEPTH_MAX));
}

static void brackets_match_at_every_depth(void **state)
{
    (void)state;
    /* Objects and arrays in turn by a pattern, over more than one word of the bit stack. */
    char text[1024];
    char closing[256];
    size_t size = 0;
    enum { DEPTH = 200 };
    for (size_t i = 0; i < DEPTH; i++) {
        bool object = (i * 7 + i / 5) % 3 == 0;
        const char *opening = object ? "{\"\":" : "[";
        memcpy(text + size, opening, strlen(opening));
        size += strlen(opening);
        closing[DEPTH - 1 - i] = object ? '}' : ']';
    }
    text[size++] = '1';
    memcpy(text + size, closing, DEPTH);
    assert_true(valid_bytes(text, size + DEPTH));
    for (size_t i = 0; i < DEPTH; i++) {
        text[size + i] ^= ']' ^ '}';
        assert_false(valid_bytes(text, size + DEPTH));
        text[size + i] ^= ']' ^ '}';
    }
}

static void skip_passes_over_one_value(void **state)
{
    (void)state;
    struct json_reader r;
    json_reader_init(&r, SLICE("[{\"a\":[1,{\"b\":\"\\n\"}]},[[]],5,\"\\t\"]"), 8, &arena);
    assert_int_equal(json_next(&r), JSON_ARRAY_BEGIN);
    assert_true(json_skip(&r, json_next(&r)));
    assert_true(json_skip(&r, json_next(&r)));
    enum json_token token = json_next(&r);
    assert_int_equal(token, JSON_NUMBER);
    assert_true(json_skip(&r, token));
    assert_text(r.text, "5");
    assert_int_equal(json_next(&r), JSON_STRING);
    assert_text(r.text, "\t"); /* unescaping works again after a skip */
    assert_int_equal(json_next(&r), JSON_ARRAY_END);
    assert_int_equal(json_offset(&r), 34);
}

/* Reads by the short cuts, that of the innermost container, and beside it by json_next(), which has to say the same. Returns
 * how many tagged strings were taken. */
static unsigned read_both_ways(struct slice text, unsigned depth_max)
{
    struct json_reader quick, slow;
    bool in_object[JSON_DEPTH_MAX + 1] = {false};
    unsigned depth = 0, tagged = 0;
    json_reader_init(&quick, text, depth_max, &arena);
    json_reader_init(&slow, text, depth_max, &arena);
    for (;;) {
        struct slice name = SLICE_NONE;
        char tag;
        enum json_token token =
            in_object[depth] ? json_next_member(&quick, &name, &tag) : json_next_element(&quick, &tag);
        enum json_token expected = json_next(&slow);
        if (token == JSON_NAME) {
            assert_int_equal(expected, JSON_NAME);
            assert_true(slice_equal(name, slow.text));
            expected = tag ? json_next(&slow) : JSON_NAME;
        }
        if (tag) {
            tagged++;
            assert_int_equal(expected, JSON_OBJECT_BEGIN);
            assert_int_equal(json_next(&slow), JSON_NAME);
            assert_true(slice_equal(slice_of(&tag, 1), slow.text));
            assert_int_equal(json_next(&slow), JSON_STRING);
            assert_true(slice_equal(quick.text, slow.text));
            assert_int_equal(json_next(&slow), JSON_OBJECT_END);
        } else {
            assert_int_equal(token, expected);
            if (token == JSON_STRING || token == JSON_NUMBER)
                assert_true(slice_equal(quick.text, slow.text));
        }
        assert_int_equal(json_offset(&quick), json_offset(&slow));
        if (token == JSON_END || token == JSON_INVALID)
            return tagged;
        if (token == JSON_OBJECT_BEGIN || token == JSON_ARRAY_BEGIN)
            in_object[++depth] = token == JSON_OBJECT_BEGIN;
        depth -= token == JSON_OBJECT_END || token == JSON_ARRAY_END;
    }
}

static void the_short_cuts_take_tagged_strings_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned tagged;
    } cases[] = {
        {"{\"a\":{\"S\":\"x\"}}", 1},
        {"{\"a\":{\"S\":\"\"},\"\":{\"N\":\"1\"}}", 2},
        {"[{\"S\":\"x\"},{\"1\":\"y\"},[{\"B\":\"\"}]]", 3},
        {" { \"a\" : { \"S\" : \"x\" } , \"b\"\t:\r\n{ \"S\":\"y\"}}", 2},
        {" [ { \"S\" : \"x\" } , { \"S\" : \"y\" } ] ", 2},
        {"{\"a\":{\"S\":\"\\u00e9\\n\"},\"b\\t\":{\"S\":\"\xC3\xA9\"}}", 2},
        {"{\"a\":{\"S\":\"a text that is longer than sixteen bytes\"},\"b\":{}}", 1},
        {"{\"S\":\"x\"}", 0}, /* in neither */
        {"{\"a\":\"S\",\"b\":1,\"c\":{\"S\":\"x\"}}", 1},
        {"{\"a\":{\"SS\":\"x\"}}", 0},
        {"{\"a\":{\"\":\"x\"}}", 0},
        {"{\"a\":{\"S\":1}}", 0},
        {"{\"a\":{\"S\":null}}", 0},
        {"{\"a\":{\"S\":[\"x\"]}}", 0},
        {"{\"a\":{\"S\":\"x\",\"N\":\"1\"}}", 0},
        {"{\"a\":{\"\\u0053\":\"x\"}}", 0},
        {"{\"a\":{\"\\\":\"x\"}}", 0}, /* the name goes on: \":  */
        {"{\"a\":{\"\xC3\xA9\":\"x\"}}", 0},
        {"{\"a\":{\"\xC3\":\"x\"}}", 0},
        {"{\"a\":{\"\n\":\"x\"}}", 0},
        {"{\"a\":{\"S\":\"\n\"}}", 0},
        {"{\"a\":{\"S\":\"\xFF\"}}", 0},
        {"{\"a\":{\"S\":\"\\x\"}}", 0},
        {"{\"a\" {\"S\":\"x\"}}", 0},
        {"{\"a\":{\"S\" \"x\"}}", 0},
        {"{\"a\":{\"S\":\"x\"]}", 0},
        {"{,\"a\":{\"S\":\"x\"}}", 0},
        {"{\"a\":{\"S\":\"x\"}\"b\":{\"S\":\"x\"}}", 1},
        {"{\"a\":{\"S\":\"x\"},}", 1},
        {"[{\"S\":\"x\"}{\"S\":\"x\"}]", 1},
        {"[,{\"S\":\"x\"}]", 0},
        {"[{\"S\":\"x\"},]", 1},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = strlen(cases[i].text);
        struct slice text = exact(cases[i].text, size);
        assert_int_equal(read_both_ways(text, 8), cases[i].tagged);
        free((void *)text.data);
        for (; size > 0; size--) { /* all its beginnings, which are cut off somewhere */
            text = exact(cases[i].text, size);
            assert_true(read_both_ways(text, 8) <= cases[i].tagged);
            free((void *)text.data);
        }
    }
}

static void the_short_cuts_go_no_deeper_than_allowed(void **state)
{
    (void)state;
    struct slice in_object = SLICE("{\"a\":{\"S\":\"x\"}}");
    struct slice in_array = SLICE("[[{\"S\":\"x\"}]]");
    assert_int_equal(read_both_ways(in_object, 2), 1);
    assert_int_equal(read_both_ways(in_object, 1), 0);
    assert_int_equal(read_both_ways(in_array, 3), 1);
    assert_int_equal(read_both_ways(in_array, 2), 0);
}

static void skip_refuses_what_is_invalid_inside(void **state)
{
    (void)state;
    struct json_reader r;
    json_reader_init(&r, SLICE("[[1,[2,{\"a\":01}]]]"), 8, &arena);
    assert_int_equal(json_next(&r), JSON_ARRAY_BEGIN);
    assert_false(json_skip(&r, json_next(&r)));
    assert_int_equal(json_next(&r), JSON_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_come_in_text_order),
        cmocka_unit_test(a_string_without_escapes_is_a_slice_of_the_text),
        cmocka_unit_test(escapes_are_undone),
        cmocka_unit_test(names_are_unescaped_too),
        cmocka_unit_test(malformed_escapes_are_refused),
        cmocka_unit_test(control_characters_must_be_escaped),
        cmocka_unit_test(numbers_are_those_of_the_grammar),
        cmocka_unit_test(broken_structure_is_refused),
        cmocka_unit_test(every_truncation_of_a_text_is_refused),
        cmocka_unit_test(an_invalid_text_stays_invalid),
        cmocka_unit_test(utf8_is_strict),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(brackets_match_at_every_depth),
        cmocka_unit_test(skip_passes_over_one_value),
        cmocka_unit_test(the_short_cuts_take_tagged_strings_and_nothing_else),
        cmocka_unit_test(the_short_cuts_go_no_deeper_than_allowed),
        cmocka_unit_test(skip_refuses_what_is_invalid_inside),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
