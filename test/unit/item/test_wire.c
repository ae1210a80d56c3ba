/* DynamoDB JSON: the texts and rules of semantics.md 1.5, 4.1 and 4.2, and round trips. */
#include "codec.h"
#include "item/number.h"

#include <stdio.h>

#include "support/arena.h"

#define SHAPE        "com.amazonaws.dynamodb.v20120810.AttributeValue"
#define INVALID      "One or more parameter values were invalid: "
#define NOT_NUMERIC  "The parameter cannot be converted to a numeric value"
#define NO_STRUCTURE "Start of structure or map found where not expected"
#define NO_BASE64    "only base-64-encoded strings are convertible to bytes"
#define BAD_PADDING  "Invalid last non-pad Base64 character dectected"
#define MULTIPLE                                                                                          \
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported " \
    "datatypes"
#define EMPTY "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
#define NESTING                                                                                        \
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond " \
    "supported limit"

/* Decoding ends at once with SerializationException. */
static void assert_serialization(struct decoded d, const char *text, const char *message)
{
    if (d.ok || d.err.code != ERR_SERIALIZATION)
        fail_msg("no serialization error: %s", text);
    if (!message)
        assert_null(d.err.message);
    else if (!d.err.message || strcmp(d.err.message, message) != 0)
        fail_msg("%s\n  is       %s\n  expected %s", text, d.err.message ? d.err.message : "(none)", message);
}

/* Decoding succeeds and leaves this for later; NULL: nothing. */
static void assert_issue(struct decoded d, const char *text, const char *message)
{
    if (!d.ok)
        fail_msg("refused: %s: %s", text, d.err.message ? d.err.message : "(none)");
    if (!message) {
        if (d.issue.code != ERR_NONE)
            fail_msg("issue with %s: %s", text, d.issue.message);
        return;
    }
    if (d.issue.code != ERR_VALIDATION)
        fail_msg("no issue with %s", text);
    if (strcmp(d.issue.message, message) != 0)
        fail_msg("%s\n  is       %s\n  expected %s", text, d.issue.message, message);
}

struct text_case {
    const char *text;
    const char *message;
};

#define EACH_CASE(array) \
    for (const struct text_case *c = (array); c < (array) + sizeof(array) / sizeof *(array); c++)

static void members_of_a_wrong_type_are_serialization_errors(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        /* String */
        {"{\"S\":true}", "TRUE_VALUE cannot be converted to String"},
        {"{\"S\":false}", "FALSE_VALUE cannot be converted to String"},
        {"{\"S\":23}", "NUMBER_VALUE cannot be converted to String"},
        {"{\"S\":-2147483648}", "NUMBER_VALUE cannot be converted to String"},
        {"{\"S\":34.56}", "DECIMAL_VALUE cannot be converted to String"},
        {"{\"S\":1e2}", "DECIMAL_VALUE cannot be converted to String"},
        {"{\"S\":[]}", "Unrecognized collection type class java.lang.String"},
        {"{\"S\":{}}", NO_STRUCTURE},
        {"{\"N\":1}", "NUMBER_VALUE cannot be converted to String"},
        {"{\"N\":1.5}", "DECIMAL_VALUE cannot be converted to String"},
        {"{\"N\":true}", "TRUE_VALUE cannot be converted to String"},
        {"{\"N\":[1]}", "Unrecognized collection type class java.lang.String"},
        {"{\"N\":{\"a\":1}}", NO_STRUCTURE},
        /* Blob */
        {"{\"B\":true}", NO_BASE64},
        {"{\"B\":23}", NO_BASE64},
        {"{\"B\":34.56}", NO_BASE64},
        {"{\"B\":[]}", "Unrecognized collection type class java.nio.ByteBuffer"},
        {"{\"B\":{}}", NO_STRUCTURE},
        {"{\"B\":\"23456\"}", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
        {"{\"B\":\"a\xC3\xA9\xF0\x9F\x98\x80\xE2\x82\xAC\"}",
         "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
        {"{\"B\":\"=+/=\"}", BAD_PADDING},
        {"{\"B\":\"+/+=\"}", BAD_PADDING},
        /* Boolean */
        {"{\"BOOL\":23}", "NUMBER_VALUE cannot be converted to Boolean"},
        {"{\"BOOL\":34.56}", "DECIMAL_VALUE cannot be converted to Boolean"},
        {"{\"BOOL\":\"maybe\"}", "Unexpected token received from parser"},
        {"{\"BOOL\":\"\"}", "Unexpected token received from parser"},
        {"{\"BOOL\":[]}", "Unrecognized collection type class java.lang.Boolean"},
        {"{\"BOOL\":{}}", NO_STRUCTURE},
        {"{\"NULL\":0}", "NUMBER_VALUE cannot be converted to Boolean"},
        {"{\"NULL\":\"nil\"}", "Unexpected token received from parser"},
        {"{\"NULL\":[]}", "Unrecognized collection type class java.lang.Boolean"},
        /* List */
        {"{\"SS\":\"a\"}", "Unexpected field type"},
        {"{\"SS\":true}", "Unexpected field type"},
        {"{\"SS\":1}", "Unexpected field type"},
        {"{\"SS\":{}}", NO_STRUCTURE},
        {"{\"NS\":\"1\"}", "Unexpected field type"},
        {"{\"BS\":34.56}", "Unexpected field type"},
        {"{\"L\":\"a\"}", "Unexpected field type"},
        {"{\"L\":{}}", NO_STRUCTURE},
        {"{\"SS\":[1]}", "NUMBER_VALUE cannot be converted to String"},
        {"{\"SS\":[\"a\",[]]}", "Unrecognized collection type class java.lang.String"},
        {"{\"NS\":[1.5]}", "DECIMAL_VALUE cannot be converted to String"},
        {"{\"BS\":[\"Yg==\",false]}", NO_BASE64},
        {"{\"BS\":[\"abc\"]}", "Base64 encoded length is expected a multiple of 4 bytes but found: 3"},
        {"{\"L\":[true]}", "Unexpected value type in payload"},
        {"{\"L\":[\"a\"]}", "Unexpected value type in payload"},
        {"{\"L\":[[]]}", "Unrecognized collection type class " SHAPE},
        {"{\"L\":[{\"S\":1}]}", "NUMBER_VALUE cannot be converted to String"},
        /* Map */
        {"{\"M\":\"a\"}", "Unexpected field type"},
        {"{\"M\":5}", "Unexpected field type"},
        {"{\"M\":[]}", "Unrecognized collection type java.util.Map<java.lang.String, " SHAPE ">"},
        {"{\"M\":{\"a\":1}}", "Unexpected value type in payload"},
        {"{\"M\":{\"a\":[]}}", "Unrecognized collection type class " SHAPE},
        {"{\"M\":{\"a\":{\"BS\":[[]]}}}", "Unrecognized collection type class java.nio.ByteBuffer"},
        /* The value itself */
        {"\"a\"", "Unexpected value type in payload"},
        {"12", "Unexpected value type in payload"},
        {"[]", "Unrecognized collection type class " SHAPE},
        /* Not JSON: without a message */
        {"{\"S\":\"a\"", NULL},
        {"{\"S\":x}", NULL},
        {"{\"N\":\"1\",}", NULL},
        {"{\"L\":[{\"S\":\"a\"}", NULL},
        {"{\"SS\":[\"a\"", NULL},
        {"{\"BS\":[\"Yg==\" 1]}", NULL},
        {"{\"BOOL\":tru}", NULL},
        {"{\"M\":{\"a\"}}", NULL},
        {"{\"other\":[}", NULL},
        {"", NULL},
    };
    EACH_CASE(cases)
    assert_serialization(decode_value(&arena, c->text), c->text, c->message);
}

static void an_item_of_a_wrong_type_is_a_serialization_error(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"\"a\"", "Unexpected field type"},
        {"true", "Unexpected field type"},
        {"23", "Unexpected field type"},
        {"[]", "Unrecognized collection type java.util.Map<java.lang.String, " SHAPE ">"},
        {"{\"a\":\"b\"}", "Unexpected value type in payload"},
        {"{\"a\":[]}", "Unrecognized collection type class " SHAPE},
        {"{\"a\":{\"S\":1}}", "NUMBER_VALUE cannot be converted to String"},
        {"{\"a\":{\"S\":\"x\"}", NULL},
        {"{", NULL},
    };
    EACH_CASE(cases)
    assert_serialization(decode_item(&arena, c->text), c->text, c->message);
}

static void values_to_reject_later_are_issues(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"{}", EMPTY},
        {"null", EMPTY},
        {"{\"a\":\"\"}", EMPTY},
        {"{\"S\":null,\"N\":null}", EMPTY},
        {"{\"M\":{\"a\":{}}}", EMPTY},
        {"{\"L\":[{}]}", EMPTY},
        {"{\"L\":[{\"a\":{}}]}", EMPTY},
        {"{\"L\":[null]}", EMPTY},
        {"{\"S\":\"a\",\"N\":\"1\"}", MULTIPLE},
        {"{\"L\":[{\"M\":{}},{\"SS\":[\"a\"],\"BOOL\":true}]}", MULTIPLE},
        {"{\"NULL\":false}", INVALID "Null attribute value types must have the value of true"},
        {"{\"NULL\":\"no\"}", INVALID "Null attribute value types must have the value of true"},
        {"{\"SS\":[]}", INVALID "An string set  may not be empty"},
        {"{\"NS\":[]}", INVALID "An number set  may not be empty"},
        {"{\"BS\":[]}", INVALID "Binary sets should not be empty"},
        {"{\"SS\":[\"a\",\"a\"]}", INVALID "Input collection [a, a] contains duplicates."},
        {"{\"SS\":[\"b\",\"a\",\"c\",\"b\"]}", INVALID "Input collection [b, a, c, b] contains duplicates."},
        {"{\"SS\":[\"\",\"\"]}", INVALID "Input collection [, ] contains duplicates."},
        {"{\"NS\":[\"1\",\"1\"]}", "Input collection contains duplicates"},
        {"{\"NS\":[\"1\",\"2\",\"1.0\"]}", "Input collection contains duplicates"},
        {"{\"BS\":[\"Yg==\",\"Yg==\"]}",
         INVALID "Input collection [Yg==, Yg==]of type BS contains duplicates."},
        {"{\"SS\":[null]}", INVALID "An string set may not have a null string as a member"},
        {"{\"N\":\"\"}", NOT_NUMERIC},
        {"{\"N\":\"b\"}", NOT_NUMERIC ": b"},
        {"{\"NS\":[\"1\",\"\"]}", NOT_NUMERIC},
        {"{\"NS\":[\"1\",\"b\"]}", NOT_NUMERIC ": b"},
        {"{\"N\":\"123456789012345678901234567890123456789\"}",
         "Attempting to store more than 38 significant digits in a Number"},
        {"{\"N\":\"1e126\"}",
         "Number overflow. Attempting to store a number with magnitude larger than supported range"},
        {"{\"N\":\"-1e-131\"}",
         "Number underflow. Attempting to store a number with magnitude smaller than supported range"},
    };
    EACH_CASE(cases)
    assert_issue(decode_value(&arena, c->text), c->text, c->message);
}

static void content_errors_come_before_too_many_datatypes(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"{\"S\":\"a\",\"N\":\"b\"}", NOT_NUMERIC ": b"},
        {"{\"S\":\"\",\"N\":\"\"}", NOT_NUMERIC},
        {"{\"NS\":[\"1\",\"1\"],\"SS\":[]}", "Input collection contains duplicates"},
        {"{\"S\":\"a\",\"N\":\"1\",\"NULL\":false}",
         INVALID "Null attribute value types must have the value of true"},
        {"{\"L\":[{\"S\":\"a\",\"N\":\"1\"},{\"N\":\"x\"}]}",
         MULTIPLE}, /* the first value's own comes first */
    };
    EACH_CASE(cases)
    assert_issue(decode_value(&arena, c->text), c->text, c->message);
}

static void only_the_first_issue_is_kept(void **state)
{
    (void)state;
    struct decoded d = decode_item(&arena, "{\"a\":{\"SS\":[]},\"b\":{\"N\":\"x\"},\"c\":{}}");
    assert_issue(d, "three", INVALID "An string set  may not be empty");
    /* A type error later on still ends everything. */
    d = decode_item(&arena, "{\"a\":{\"SS\":[]},\"b\":{\"N\":1}}");
    assert_serialization(d, "issue, then type", "NUMBER_VALUE cannot be converted to String");
}

/* Seen in several regions in October 2026. */
static void some_operations_use_newer_words(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"{\"N\":\"\"}", NOT_NUMERIC ": "},
        {"{\"N\":\"1e2147483647\"}",
         "Number overflow. Attempting to store a number with magnitude larger than supported range"},
        {"{\"NS\":[\"2\",\"1\",\"2\"]}", INVALID "Input collection contains duplicates."},
        {"{\"SS\":[\"b\",\"a\",\"b\"]}",
         INVALID "Input collection [\"a\", \"b\", \"b\"] contains duplicates."},
        {"{\"SS\":[\"c\",\"a\",\"c\",\"b\",\"a\"]}",
         INVALID "Input collection [\"a\", \"c\", \"c\", \"b\", \"a\"] contains duplicates."},
        {"{\"BS\":[\"/w==\",\"AA==\",\"AA==\"]}",
         INVALID "Input collection [\"AA==\",\"/w==\",\"AA==\"]of type BS contains duplicates."},
        {"{\"SS\":[]}", INVALID "An string set  may not be empty"},
        {"{}", EMPTY},
    };
    EACH_CASE(cases)
    assert_issue(decode_worded(&arena, slice_from_cstr(c->text), false, WIRE_NEWER), c->text, c->message);
}

static void names_of_attributes_must_not_be_empty(void **state)
{
    (void)state;
    assert_issue(decode_item(&arena, "{\"\":{\"S\":\"a\"}}"), "item", "Empty attribute name");
    assert_issue(decode_item(&arena, "{\"m\":{\"M\":{\"\":{\"S\":\"a\"}}}}"), "nested", NULL);
    assert_issue(decode_worded(&arena, SLICE("{\"\":{\"S\":\"a\"}}"), true, WIRE_NEWER), "item",
                 "Empty attribute name");
}

static void names_of_attributes_are_at_most_65535_bytes(void **state)
{
    (void)state;
    for (size_t size = 65535; size <= 65536; size++) {
        char *text = arena_alloc_bytes(&arena, size + 32);
        memset(text, 'n', size + 32);
        memcpy(text, "{\"", 2);
        memcpy(text + 2 + size, "\":{\"NULL\":true}}", 16);
        struct decoded d = decode(&arena, slice_of(text, size + 18), true);
        assert_true(d.ok);
        assert_int_equal(d.issue.code, size == 65535 ? ERR_NONE : ERR_VALIDATION);
    }
}

static void names_inside_maps_are_no_longer(void **state)
{
    (void)state;
    static const char before[] = "{\"m\":{\"M\":{\"", after[] = "\":{\"NULL\":true}}}}";
    for (size_t size = 65535; size <= 65536; size++) {
        struct buf text;
        buf_init(&text, &arena, size + 64);
        buf_append(&text, slice_from_cstr(before));
        memset(buf_reserve(&text, size), 'n', size);
        text.size += size;
        buf_append(&text, slice_from_cstr(after));
        assert_issue(decode(&arena, buf_slice(&text), true), "a long name",
                     size == 65535 ? NULL : "Attribute name is too large, must be less than 65536 bytes");
    }
}

static void null_and_unknown_members_do_not_count(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"S\":\"a\",\"N\":null}",
        "{\"N\":null,\"S\":\"a\"}",
        "{\"X\":1,\"S\":\"a\",\"unknown\":{\"S\":[[]]},\"s\":\"b\"}",
        "{\"SSS\":1,\"\":[],\"BOO\":\"\",\"BOOLE\":2,\"S\":\"a\"}",
        "{\"S\":\"b\",\"S\":\"a\"}", /* the last one stays, and it is one datatype */
    };
    struct decoded expected = decode_value(&arena, "{\"S\":\"a\"}");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct decoded d = decode_value(&arena, texts[i]);
        assert_issue(d, texts[i], NULL);
        assert_true(value_equal(&d.value, &expected.value));
    }
}

static void booleans_may_be_words(void **state)
{
    (void)state;
    static const char *const yes[] = {"true", "\"true\"", "\"TRUE\"", "\"yes\"", "\"Yes\"", "\"1\""};
    static const char *const no[] = {"false", "\"false\"", "\"False\"", "\"no\"", "\"NO\"", "\"0\""};
    for (size_t i = 0; i < 2 * sizeof yes / sizeof *yes; i++) {
        bool truth = i % 2 == 0;
        char text[32];
        snprintf(text, sizeof text, "{\"BOOL\":%s}", truth ? yes[i / 2] : no[i / 2]);
        struct decoded d = decode_value(&arena, text);
        assert_issue(d, text, NULL);
        assert_int_equal(d.value.type, VALUE_BOOL);
        assert_int_equal(d.value.boolean, truth);
        snprintf(text, sizeof text, "{\"NULL\":%s}", truth ? yes[i / 2] : no[i / 2]);
        assert_int_equal(decode_value(&arena, text).issue.code, truth ? ERR_NONE : ERR_VALIDATION);
    }
}

/* `containers` around a scalar, or (scalar NULL) with the innermost empty. */
static const char *nested(unsigned containers, const char *scalar, bool lists)
{
    struct buf text;
    buf_init(&text, &arena, 1024);
    for (unsigned i = 0; i < containers; i++) {
        buf_append(&text, lists ? SLICE("{\"L\":[") : SLICE("{\"M\":{"));
        if (!lists && (scalar || i + 1 < containers))
            buf_append_literal(&text, "\"a\":");
    }
    buf_append(&text, slice_from_cstr(scalar ? scalar : ""));
    for (unsigned i = 0; i < containers; i++)
        buf_append(&text, lists ? SLICE("]}") : SLICE("}}"));
    buf_append_byte(&text, '\0');
    return text.data;
}

static void nesting_ends_at_32_levels(void **state)
{
    (void)state;
    for (int lists = 0; lists < 2; lists++) {
        for (unsigned containers = 28; containers < 60; containers++) {
            const char *text = nested(containers, "{\"N\":\"1\"}", lists);
            assert_issue(decode_value(&arena, text), text, containers <= 31 ? NULL : NESTING);
            text = nested(containers, "{\"SS\":[\"a\"]}", lists);
            assert_issue(decode_value(&arena, text), text, containers <= 31 ? NULL : NESTING);
            text = nested(containers, NULL, lists);
            assert_issue(decode_value(&arena, text), text, containers <= 31 ? NULL : NESTING);
        }
    }
    /* An attribute's value is level 1 of its item, too. */
    for (unsigned containers = 31; containers <= 33; containers++) {
        char *text = arena_printf(&arena, "{\"attribute\":%s}", nested(containers, "{\"NULL\":true}", false));
        struct decoded d = decode_item(&arena, text);
        assert_issue(d, text, containers <= 31 ? NULL : NESTING);
        if (containers == 31)
            assert_true(item_valid(d.item));
    }
}

static void assert_same_error(const struct error *a, const struct error *b)
{
    assert_int_equal(a->code, b->code);
    if (a->message || b->message)
        assert_string_equal(a->message ? a->message : "(none)", b->message ? b->message : "(none)");
}

/* As {"S":"x"} is written by most clients it is read as a whole, and {"S":"x","?":null} member by member. */
static void a_value_read_as_a_whole_is_what_it_is_by_members(void **state)
{
    (void)state;
    static const char names[] = "SNBLM?";
    static const char *const texts[] = {"", "1", "-1.50", "AAA=", "none", "\\u00e9\xC3\xA9"};
    for (unsigned containers = 0; containers < 34; containers += containers == 2 ? 27 : 1) {
        for (size_t i = 0; i < 2 * 6 * 6; i++) {
            bool lists = i % 2;
            char name = names[i / 2 % 6];
            const char *text = texts[i / 12];
            const char *whole =
                nested(containers, arena_printf(&arena, "{\"%c\":\"%s\"}", name, text), lists);
            const char *by_members =
                nested(containers, arena_printf(&arena, "{\"%c\":\"%s\",\"?\":null}", name, text), lists);
            struct decoded a = decode_item(&arena, arena_printf(&arena, "{\"n\":%s}", whole));
            struct decoded b = decode_item(&arena, arena_printf(&arena, "{\"n\":%s}", by_members));
            assert_int_equal(a.ok, b.ok);
            assert_same_error(&a.err, &b.err);
            assert_same_error(&a.issue, &b.issue);
            if (a.ok)
                assert_true(slice_equal(a.item, b.item));
        }
    }
}

static void too_deep_for_the_reader_is_not_json(void **state)
{
    (void)state;
    const char *text = nested(200, NULL, false);
    assert_serialization(decode_value(&arena, text), text, NULL);
}

static void an_item_of_too_many_members_is_an_issue(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, &arena, 1024);
    buf_append_literal(&text, "{\"a\":{\"L\":[");
    for (int i = 0; i < 500000; i++)
        buf_append(&text, i ? SLICE(",{\"S\":\"\"}") : SLICE("{\"S\":\"\"}"));
    buf_append_literal(&text, "]}}");
    struct decoded d = decode(&arena, buf_slice(&text), true);
    assert_issue(d, "500000 members", "Item size has exceeded the maximum allowed size");
    assert_true(item_valid(d.item));
}

/* ------------------------------------------------------------------ round trips */

static void values_come_back_in_canonical_form(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"{\"S\":\"\"}", "{\"S\":\"\"}"},
        {" { \"S\" : \"a\\u00e9\\n\\\"\\\\\\/\" } ", "{\"S\":\"a\xC3\xA9\\n\\\"\\\\/\"}"},
        {"{\"S\":\"\\u0000\\u001f\"}", "{\"S\":\"\\u0000\\u001f\"}"},
        {"{\"N\":\"+001.500e1\"}", "{\"N\":\"15\"}"},
        {"{\"N\":\"-0\"}", "{\"N\":\"0\"}"},
        {"{\"B\":\"\"}", "{\"B\":\"\"}"},
        {"{\"B\":\"AAECAw==\"}", "{\"B\":\"AAECAw==\"}"},
        {"{\"BOOL\":true}", "{\"BOOL\":true}"},
        {"{\"BOOL\":false}", "{\"BOOL\":false}"},
        {"{\"NULL\":true}", "{\"NULL\":true}"},
        {"{\"SS\":[\"b\",\"\",\"ab\",\"a\"]}", "{\"SS\":[\"\",\"a\",\"ab\",\"b\"]}"},
        {"{\"NS\":[\"10\",\"9\",\"-1\",\"0.5\"]}", "{\"NS\":[\"-1\",\"0.5\",\"9\",\"10\"]}"},
        {"{\"BS\":[\"/w==\",\"AA==\",\"\"]}", "{\"BS\":[\"\",\"AA==\",\"/w==\"]}"},
        {"{\"L\":[]}", "{\"L\":[]}"},
        {"{\"M\":{}}", "{\"M\":{}}"},
        {"{\"L\":[{\"S\":\"b\"},{\"S\":\"a\"},{\"L\":[{\"M\":{}}]}]}",
         "{\"L\":[{\"S\":\"b\"},{\"S\":\"a\"},{\"L\":[{\"M\":{}}]}]}"},
        {"{\"M\":{\"b\":{\"N\":\"1\"},\"a\":{\"M\":{\"z\":{\"NULL\":true},\"y\":{\"BOOL\":false}}}}}",
         "{\"M\":{\"a\":{\"M\":{\"y\":{\"BOOL\":false},\"z\":{\"NULL\":true}}},\"b\":{\"N\":\"1\"}}}"},
        {"{\"M\":{\"a\\\"\":{\"S\":\"x\"}}}", "{\"M\":{\"a\\\"\":{\"S\":\"x\"}}}"},
        {"{\"M\":{\"a\":{\"S\":\"\\n\"},\"b\":{\"B\":\"AA==\"},\"c\":{\"S\":\"\"}}}",
         "{\"M\":{\"a\":{\"S\":\"\\n\"},\"b\":{\"B\":\"AA==\"},\"c\":{\"S\":\"\"}}}"},
    };
    EACH_CASE(cases)
    {
        struct decoded d = decode_value(&arena, c->text);
        assert_issue(d, c->text, NULL);
        struct slice text = encode_value(&arena, &d.value);
        if (!slice_equal(text, slice_from_cstr(c->message)))
            fail_msg("%s\n  is       %.*s\n  expected %s", c->text, SLICE_PRINTF(text), c->message);
        /* What comes back is itself a fixed point, byte for byte. */
        struct decoded again = decode(&arena, text, false);
        assert_issue(again, c->text, NULL);
        assert_true(value_equal(&d.value, &again.value));
    }
}

static void scalars_need_no_stored_form(void **state)
{
    (void)state;
    struct buf out;
    struct json_writer w;
    struct number number;
    number_from_u64(42, &number);
    buf_init(&out, &arena, 1);
    json_writer_init(&w, &out);
    json_begin_array(&w);
    wire_write_scalar(&w, VALUE_S, SLICE("a\"b"));
    wire_write_scalar(&w, VALUE_N, number_slice(&number));
    wire_write_scalar(&w, VALUE_B, SLICE("\0\1\2"));
    json_end_array(&w);
    assert_true(slice_equal(buf_slice(&out), SLICE("[{\"S\":\"a\\\"b\"},{\"N\":\"42\"},{\"B\":\"AAEC\"}]")));
}

/* The buffer ends at every place of the text, and what lies behind it is seen to stay. */
static void nothing_is_written_beyond_the_buffer(void **state)
{
    (void)state;
    static const char input[] =
        "{\"M\":{\"a\":{\"L\":[{\"L\":[{\"L\":[]},{\"M\":{}}]},{\"NULL\":true}]},\"b\\\"\":{\"S\":\"\\n\"},"
        "\"bs\":{\"BS\":[\"AA==\",\"AAA=\"]},\"c\":{\"B\":\"AAECAwQFBgcICQ==\"},\"d\":{\"BOOL\":false},"
        "\"n\":{\"N\":\"-0.0000000000000000000000000000000000000000000000000000000000000000000000000000001\"}"
        ","
        "\"ns\":{\"NS\":[\"1\",\"20\",\"1000000000000000000000000000000000000000000000000000000000000\"]},"
        "\"s\":{\"S\":\"a string of more than sixty-four bytes, which are copied in a step of their own\"},"
        "\"ss\":{\"SS\":[\"\",\"one\",\"two\\ttwo\"]}}}";
    enum { BEHIND = 512 };
    char expected[BEHIND];
    memset(expected, '#', sizeof expected);
    struct decoded d = decode_value(&arena, input);
    assert_issue(d, input, NULL);
    struct arena local;
    arena_init(&local, 1 << 16);
    for (size_t capacity = 0; capacity <= sizeof input + BEHIND; capacity++) {
        struct buf out;
        struct json_writer w;
        buf_init(&out, &local, capacity);
        char *behind = arena_alloc_bytes(&local, BEHIND);
        assert_ptr_equal(behind, out.data + capacity);
        memset(behind, '#', BEHIND);
        json_writer_init(&w, &out);
        wire_write_value(&w, &d.value);
        assert_true(slice_equal(buf_slice(&out), slice_from_cstr(input)));
        assert_memory_equal(behind, expected, BEHIND);
        arena_reset(&local);
    }
    arena_release(&local);
}

/* Strings of every length around the steps in which they are copied, with a byte to escape at every place or none. */
static void strings_of_all_lengths_come_back(void **state)
{
    (void)state;
    char input[128], plain[64];
    for (int size = 0; size <= 40; size++)
        for (int at = -1; at < size; at++) {
            for (int i = 0; i < size; i++)
                plain[i] = (char)('a' + i % 26);
            int before = at < 0 ? size : at, after = at < 0 ? 0 : size - at - 1;
            snprintf(input, sizeof input, "{\"M\":{\"%.*s%s%.*s\":{\"S\":\"%.*s%s%.*s\"}}}", before, plain,
                     at < 0 ? "" : "\\\"", after, plain + at + 1, before, plain, at < 0 ? "" : "\\\\", after,
                     plain + at + 1);
            if (size == 0)
                snprintf(input, sizeof input, "{\"M\":{\"name\":{\"S\":\"\"}}}");
            struct decoded d = decode_value(&arena, input);
            assert_issue(d, input, NULL);
            struct slice text = encode_value(&arena, &d.value);
            if (!slice_equal(text, slice_from_cstr(input)))
                fail_msg("is       %.*s\nexpected %s", SLICE_PRINTF(text), input);
        }
}

static void equal_items_are_equal_bytes(void **state)
{
    (void)state;
    struct slice a =
        sound_item(&arena, SLICE("{\"k\":{\"N\":\"1.0\"},\"s\":{\"NS\":[\"2\",\"1\"]},\"m\":{\"M\":{\"x\":{"
                                 "\"S\":\"1\"},\"y\":{\"SS\":[\"b\",\"a\"]}}}}"));
    struct slice b =
        sound_item(&arena, SLICE("{\"m\":{\"M\":{\"y\":{\"SS\":[\"a\",\"b\"]},\"x\":{\"S\":\"\\u0031\"}}},"
                                 "\"s\":{\"NS\":[\"1e0\",\"02\"]},\"k\":{\"N\":\"1\"}}"));
    assert_true(slice_equal(a, b));
    struct slice c = sound_item(&arena, SLICE("{\"k\":{\"N\":\"1\"}}"));
    assert_false(slice_equal(a, c));
}

static void the_last_of_two_equal_names_stays(void **state)
{
    (void)state;
    struct slice a = sound_item(
        &arena, SLICE("{\"b\":{\"S\":\"1\"},\"a\":{\"S\":\"x\"},\"b\":{\"N\":\"2\"},\"b\":{\"S\":\"3\"},"
                      "\"a\":{\"L\":[]},\"\\u0061\":{\"M\":{}}}"));
    struct slice b = sound_item(&arena, SLICE("{\"a\":{\"M\":{}},\"b\":{\"S\":\"3\"}}"));
    assert_true(slice_equal(a, b));
    assert_true(item_valid(a));
    assert_int_equal(item_size_bytes(a), 1 + 3 + 1 + 1);
}

/* Names by which eight bytes do not decide, NUL included. */
static void names_that_begin_alike_are_told_apart(void **state)
{
    (void)state;
    struct slice item = sound_item(
        &arena, SLICE("{\"prefixed2\":{\"N\":\"2\"},\"prefixed\":{\"N\":\"0\"},\"a\\u0000\":{\"N\":"
                      "\"4\"},\"prefixed1\":{\"N\":\"1\"},\"a\":{\"N\":\"3\"}}"));
    assert_true(item_valid(item));
    struct value v;
    static const struct {
        const char *name;
        size_t size;
        const char *number;
    } names[] = {{"prefixed", 8, "{\"N\":\"0\"}"},
                 {"prefixed1", 9, "{\"N\":\"1\"}"},
                 {"prefixed2", 9, "{\"N\":\"2\"}"},
                 {"a", 1, "{\"N\":\"3\"}"},
                 {"a\0", 2, "{\"N\":\"4\"}"}};
    for (size_t i = 0; i < 5; i++) {
        assert_true(item_attribute(item, slice_of(names[i].name, names[i].size), &v));
        assert_true(slice_equal(encode_value(&arena, &v), slice_from_cstr(names[i].number)));
    }
    assert_false(item_attribute(item, SLICE("prefixed3"), &v));
    assert_false(item_attribute(item, SLICE("prefixe"), &v));
    assert_false(item_attribute(item, SLICE(""), &v));
}

static uint64_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((random_state >> 33) % limit);
}

/* A random value as wire text, canonical but for order. */
static void append_random(struct buf *text, unsigned depth)
{
    switch (random_below(depth < 6 ? 10 : 5)) {
    case 0:
        buf_printf(text, "{\"S\":\"%.*s\"}", (int)random_below(40),
                   "some text or other that is cut somewhere\\u00e9");
        break;
    case 1:
        buf_printf(text, "{\"N\":\"%d.%u1\"}", (int)random_below(2000) - 1000, random_below(100));
        break;
    case 2:
        buf_append_literal(text, "{\"B\":\"c29tZSBieXRlcw==\"}");
        break;
    case 3:
        buf_append(text, random_below(2) ? SLICE("{\"BOOL\":true}") : SLICE("{\"BOOL\":false}"));
        break;
    case 4:
        buf_append_literal(text, "{\"NULL\":true}");
        break;
    case 5:
    case 6: {
        bool strings = random_below(2);
        buf_append(text, strings ? SLICE("{\"SS\":[") : SLICE("{\"NS\":["));
        uint32_t step = 1 + 2 * random_below(40); /* odd: all different below the power of two */
        for (uint32_t i = 0, n = 1 + random_below(60); i < n; i++)
            buf_printf(text, "%s\"%s%u\"", i ? "," : "", strings ? "member-" : "", i * step % 64);
        buf_append_literal(text, "]}");
        break;
    }
    case 7:
        buf_append_literal(text, "{\"L\":[");
        for (uint32_t i = 0, n = random_below(8); i < n; i++) {
            if (i)
                buf_append_byte(text, ',');
            append_random(text, depth + 1);
        }
        buf_append_literal(text, "]}");
        break;
    default: {
        buf_append_literal(text, "{\"M\":{");
        uint32_t step = 1 + 2 * random_below(40);
        for (uint32_t i = 0, n = random_below(12); i < n; i++) {
            buf_printf(text, "%s\"name%u\":", i ? "," : "", i * step % 64);
            append_random(text, depth + 1);
        }
        buf_append_literal(text, "}}");
    }
    }
}

static void random_values_are_valid_and_stable(void **state)
{
    (void)state;
    struct arena local;
    arena_init(&local, 65536);
    for (int i = 0; i < 4000; i++) {
        struct buf text;
        buf_init(&text, &local, 256);
        buf_append_literal(&text, "{\"v\":");
        append_random(&text, 0);
        buf_append_byte(&text, '}');
        struct slice item = sound_item(&local, buf_slice(&text));
        if (slice_is_none(item))
            fail_msg("%.*s", SLICE_PRINTF(buf_slice(&text)));
        assert_true(item_valid(item));
        struct slice again = sound_item(&local, encode_item(&local, item));
        assert_true(slice_equal(item, again));
        struct value attributes;
        item_attributes(item, &attributes);
        assert_int_equal(value_size_bytes(&attributes) - 3 - attributes.count, item_size_bytes(item));
        arena_reset(&local);
    }
    arena_release(&local);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_of_a_wrong_type_are_serialization_errors),
        cmocka_unit_test(an_item_of_a_wrong_type_is_a_serialization_error),
        cmocka_unit_test(values_to_reject_later_are_issues),
        cmocka_unit_test(content_errors_come_before_too_many_datatypes),
        cmocka_unit_test(only_the_first_issue_is_kept),
        cmocka_unit_test(some_operations_use_newer_words),
        cmocka_unit_test(names_of_attributes_must_not_be_empty),
        cmocka_unit_test(names_of_attributes_are_at_most_65535_bytes),
        cmocka_unit_test(names_inside_maps_are_no_longer),
        cmocka_unit_test(null_and_unknown_members_do_not_count),
        cmocka_unit_test(booleans_may_be_words),
        cmocka_unit_test(nesting_ends_at_32_levels),
        cmocka_unit_test(a_value_read_as_a_whole_is_what_it_is_by_members),
        cmocka_unit_test(too_deep_for_the_reader_is_not_json),
        cmocka_unit_test(an_item_of_too_many_members_is_an_issue),
        cmocka_unit_test(values_come_back_in_canonical_form),
        cmocka_unit_test(scalars_need_no_stored_form),
        cmocka_unit_test(nothing_is_written_beyond_the_buffer),
        cmocka_unit_test(strings_of_all_lengths_come_back),
        cmocka_unit_test(equal_items_are_equal_bytes),
        cmocka_unit_test(the_last_of_two_equal_names_stays),
        cmocka_unit_test(names_that_begin_alike_are_told_apart),
        cmocka_unit_test(random_values_are_valid_and_stable),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
