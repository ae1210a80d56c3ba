#include "api/common_shapes.h"
#include "api/shape.h"
#include "item/item.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/arena.h"

/* ------------------------------------------------------------------ a request with everything in it */

struct inner {
    struct slice text;
    struct optional_i64 number;
};

struct inner_entry {
    struct slice key;
    struct inner inner;
};

struct list_entry {
    struct slice key;
    LIST_OF(struct inner) inners;
};

struct text_entry {
    struct slice key;
    struct slice text;
};

struct input {
    struct slice text;
    struct optional_i64 integer;
    struct optional_i64 number;
    struct optional_bool boolean;
    struct optional_enum enumeration;
    struct slice blob;
    LIST_OF(struct slice) texts;
    LIST_OF(struct inner) inners;
    LIST_OF(struct text_entry) text_map;
    LIST_OF(struct inner_entry) inner_map;
    LIST_OF(struct list_entry) list_map;
    struct inner *inner;
    struct request_value value;
    LIST_OF(struct request_value) values;
    struct request_item item;
    LIST_OF(struct request_item) items;
    LIST_OF(struct expr_name) names;
    struct request_values expression_values;
};

static const struct shape_member inner_members[] = {
    MEMBER(struct inner, text, "Text", shape_string, MEMBER_OPTIONAL),
    MEMBER(struct inner, number, "Number", shape_long, MEMBER_OPTIONAL),
};
static const struct shape inner_shape = STRUCTURE(struct inner, "Inner", inner_members);
static const struct shape texts_shape = LIST(struct slice, shape_string, ANY_LENGTH);
static const struct shape inners_shape = LIST(struct inner, inner_shape, ANY_LENGTH);
static const struct shape text_map_shape =
    MAP(struct text_entry, key, shape_string, text, shape_string, ANY_LENGTH);
static const struct shape inner_map_shape =
    MAP(struct inner_entry, key, shape_string, inner, inner_shape, ANY_LENGTH);
static const struct shape list_map_shape =
    MAP(struct list_entry, key, shape_string, inners, inners_shape, ANY_LENGTH);
static const struct shape values_shape = LIST(struct request_value, shape_attribute_value, ANY_LENGTH);
static const struct shape items_shape = LIST(struct request_item, shape_item, ANY_LENGTH);

#define M(field, name, shape) MEMBER(struct input, field, name, shape, MEMBER_OPTIONAL)
static const struct shape_member members[] = {
    M(text, "Text", shape_string),
    M(integer, "Integer", shape_integer),
    M(number, "Long", shape_long),
    M(boolean, "Boolean", shape_boolean),
    M(enumeration, "Enum", shape_return_consumed_capacity),
    M(blob, "Blob", shape_blob),
    M(texts, "Texts", texts_shape),
    M(inners, "Inners", inners_shape),
    M(text_map, "TextMap", text_map_shape),
    M(inner_map, "InnerMap", inner_map_shape),
    M(list_map, "ListMap", list_map_shape),
    M(inner, "Inner", inner_shape),
    M(value, "Value", shape_attribute_value),
    M(values, "Values", values_shape),
    M(item, "Item", shape_item),
    M(items, "Items", items_shape),
    M(names, "ExpressionAttributeNames", shape_expression_names),
    M(expression_values, "ExpressionAttributeValues", shape_expression_values),
};
static const struct shape input_shape = STRUCTURE(struct input, "TestInput", members);

/* ------------------------------------------------------------------ helpers */

static const struct input *decoded(const char *json)
{
    void *out = NULL;
    if (!shape_decode(&input_shape, SHAPE_ECHOES_VALUE, slice_from_cstr(json), &arena, &out, &err))
        fail_msg("%s: %s", json, err.message ? err.message : "not JSON");
    return out;
}

static void assert_refused(const char *json, const char *message)
{
    void *out = NULL;
    error_init(&err, &arena);
    if (shape_decode(&input_shape, SHAPE_ECHOES_VALUE, slice_from_cstr(json), &arena, &out, &err))
        fail_msg("%s was accepted", json);
    assert_int_equal(err.code, ERR_SERIALIZATION);
    if (!message) {
        if (err.message)
            fail_msg("%s: %s", json, err.message);
        return;
    }
    if (!err.message)
        fail_msg("%s is said not to be JSON", json);
    assert_string_equal(err.message, message);
}

static void assert_slice(struct slice actual, const char *expected)
{
    assert_non_null(actual.data);
    assert_int_equal(actual.size, strlen(expected));
    assert_memory_equal(actual.data, expected, actual.size);
}

/* ------------------------------------------------------------------ what is understood */

static void tables_are_consistent(void **state)
{
    (void)state;
    shape_assert(&input_shape);
}

static void absent_members_are_zero(void **state)
{
    static const struct input nothing;
    (void)state;
    assert_memory_equal(decoded("{}"), &nothing, sizeof nothing);
    assert_memory_equal(decoded(" { \"Other\" : [1, {\"a\":[]}], \"x\":\"y\" } "), &nothing, sizeof nothing);
}

static void null_is_absent(void **state)
{
    static const struct input nothing;
    (void)state;
    const struct input *in =
        decoded("{\"Text\":null,\"Integer\":null,\"Boolean\":null,\"Enum\":null,\"Blob\":null,"
                "\"Texts\":null,\"TextMap\":null,\"Inner\":null,\"Value\":null,\"Item\":null,"
                "\"ExpressionAttributeValues\":null}");
    assert_memory_equal(in, &nothing, sizeof nothing);
}

static void scalars_are_read(void **state)
{
    (void)state;
    const struct input *in = decoded("{\"Text\":\"a\\u00e9\",\"Integer\":-7,\"Long\":9007199254740993,"
                                     "\"Boolean\":true,\"Enum\":\"TOTAL\",\"Blob\":\"AAH/\"}");
    assert_slice(in->text, "a\xc3\xa9");
    assert_true(in->integer.given);
    assert_int_equal(in->integer.value, -7);
    assert_true(in->number.value == 9007199254740993);
    assert_true(in->boolean.given && in->boolean.value);
    assert_int_equal(in->enumeration.value, RETURN_CONSUMED_CAPACITY_TOTAL);
    assert_int_equal(in->blob.size, 3);
    assert_memory_equal(in->blob.data, "\x00\x01\xff", 3);
}

static void empty_text_is_given(void **state)
{
    (void)state;
    const struct input *in =
        decoded("{\"Text\":\"\",\"Blob\":\"\",\"Texts\":[],\"TextMap\":{},\"Inner\":{}}");
    assert_slice(in->text, "");
    assert_slice(in->blob, "");
    assert_non_null(in->texts.at);
    assert_int_equal(in->texts.count, 0);
    assert_non_null(in->text_map.at);
    assert_non_null(in->inner);
}

static void unknown_enum_values_are_kept_for_the_check(void **state)
{
    (void)state;
    const struct input *in = decoded("{\"Enum\":\"total\"}");
    assert_int_equal(in->enumeration.value, SHAPE_ENUM_UNKNOWN);
    assert_slice(in->enumeration.text, "total");
}

static void assert_integer(const char *json, int64_t expected)
{
    const struct input *in = decoded(json);
    assert_true(in->integer.given);
    assert_true(in->integer.value == expected);
}

static void numbers_are_floored_and_kept_in_range(void **state)
{
    (void)state;
    assert_integer("{\"Integer\":1.9}", 1);
    assert_integer("{\"Integer\":-1.1}", -2);
    assert_integer("{\"Integer\":12e1}", 120);
    assert_integer("{\"Integer\":2147483648}", INT32_MAX);
    assert_integer("{\"Integer\":-99999999999999999999999}", INT32_MIN);
    assert_integer("{\"Integer\":1e300}", INT32_MAX);
    assert_true(decoded("{\"Long\":1e300}")->number.value == INT64_MAX);
    assert_true(decoded("{\"Long\":-1e300}")->number.value == INT64_MIN);
    assert_true(decoded("{\"Long\":9223372036854775807}")->number.value == INT64_MAX);
    assert_true(decoded("{\"Long\":9223372036854775808}")->number.value == INT64_MAX);
    assert_true(decoded("{\"Long\":-9223372036854775808}")->number.value == INT64_MIN);
}

static void assert_boolean(const char *text, bool expected)
{
    char json[64];
    snprintf(json, sizeof json, "{\"Boolean\":%s}", text);
    const struct input *in = decoded(json);
    assert_true(in->boolean.given);
    assert_int_equal(in->boolean.value, expected);
}

static void booleans_may_be_words(void **state)
{
    (void)state;
    assert_boolean("\"true\"", true);
    assert_boolean("\"TRUE\"", true);
    assert_boolean("\"Yes\"", true);
    assert_boolean("\"1\"", true);
    assert_boolean("\"False\"", false);
    assert_boolean("\"no\"", false);
    assert_boolean("\"0\"", false);
    assert_boolean("false", false);
}

static void collections_are_read(void **state)
{
    (void)state;
    const struct input *in = decoded(
        "{\"Texts\":[\"a\",null,\"b\",\"c\",\"d\",\"e\"],\"Inners\":[{\"Text\":\"x\"},null,{\"Number\":2}],"
        "\"TextMap\":{\"k\":\"v\",\"n\":null,\"l\":\"w\"},\"InnerMap\":{\"k\":{\"Number\":3}},"
        "\"ListMap\":{\"k\":[{\"Text\":\"y\"}],\"e\":[]},\"Inner\":{\"Text\":\"z\"}}");
    assert_int_equal(in->texts.count, 6);
    assert_slice(in->texts.at[0], "a");
    assert_true(slice_is_none(in->texts.at[1]));
    assert_slice(in->texts.at[5], "e");
    assert_int_equal(in->inners.count, 3);
    assert_slice(in->inners.at[0].text, "x");
    assert_false(in->inners.at[1].number.given);
    assert_int_equal(in->inners.at[2].number.value, 2);
    assert_int_equal(in->text_map.count, 2);
    assert_slice(in->text_map.at[1].key, "l");
    assert_slice(in->text_map.at[1].text, "w");
    assert_int_equal(in->inner_map.at[0].inner.number.value, 3);
    assert_int_equal(in->list_map.count, 2);
    assert_slice(in->list_map.at[0].inners.at[0].text, "y");
    assert_int_equal(in->list_map.at[1].inners.count, 0);
    assert_slice(in->inner->text, "z");
}

static void the_last_of_equal_members_stays(void **state)
{
    (void)state;
    const struct input *in =
        decoded("{\"Text\":\"a\",\"Inner\":{\"Text\":\"x\"},\"Text\":\"b\",\"Integer\":1,"
                "\"Inner\":{\"Number\":1},\"Integer\":null}");
    assert_slice(in->text, "b");
    assert_true(slice_is_none(in->inner->text));
    assert_int_equal(in->inner->number.value, 1);
    assert_false(in->integer.given);
}

static void the_last_of_equal_keys_stays(void **state)
{
    (void)state;
    const struct input *in = decoded("{\"TextMap\":{\"a\":\"1\",\"b\":\"2\",\"a\":\"3\"}}");
    assert_int_equal(in->text_map.count, 2);
    assert_slice(in->text_map.at[0].key, "b");
    assert_slice(in->text_map.at[1].key, "a");
    assert_slice(in->text_map.at[1].text, "3");
}

static void the_last_of_equal_keys_stays_in_large_maps(void **state)
{
    struct buf json;
    (void)state;
    buf_init(&json, &arena, 4096);
    buf_append_literal(&json, "{\"TextMap\":{");
    for (int i = 0; i < 3000; i++)
        buf_printf(&json, "%s\"k%d\":\"%d\"", i ? "," : "", i % 1000, i);
    buf_append_literal(&json, "}}");
    buf_append_byte(&json, '\0');
    const struct input *in = decoded(json.data);
    assert_int_equal(in->text_map.count, 1000);
    for (size_t i = 0; i < 1000; i++) {
        char key[16], text[16];
        snprintf(key, sizeof key, "k%zu", i);
        snprintf(text, sizeof text, "%zu", 2000 + i);
        assert_slice(in->text_map.at[i].key, key);
        assert_slice(in->text_map.at[i].text, text);
    }
}

/* ------------------------------------------------------------------ attribute values */

static void attribute_values_become_stored_form(void **state)
{
    struct value v;
    (void)state;
    const struct input *in = decoded("{\"Value\":{\"S\":\"x\"},\"Values\":[{\"BOOL\":true},{\"S\":\"\"}],"
                                     "\"Item\":{\"id\":{\"S\":\"7\"}},\"Items\":[{\"a\":{\"S\":\"b\"}},{}]}");
    assert_true(in->value.given);
    assert_int_equal(in->value.issue.code, ERR_NONE);
    assert_slice(in->value.value.payload, "x");
    assert_int_equal(in->values.count, 2);
    assert_int_equal(in->values.at[0].value.type, VALUE_BOOL);
    assert_true(item_attribute(in->item.item, SLICE("id"), &v));
    assert_slice(v.payload, "7");
    assert_int_equal(in->items.count, 2);
    assert_true(item_attribute(in->items.at[0].item, SLICE("a"), &v));
    assert_false(slice_is_none(in->items.at[1].item));
}

static void wrong_content_is_kept_as_an_issue(void **state)
{
    (void)state;
    const struct input *in = decoded("{\"Value\":{},\"Item\":{\"a\":{\"SS\":[]}},\"Text\":\"after\"}");
    assert_int_equal(in->value.issue.code, ERR_VALIDATION);
    assert_string_equal(
        in->value.issue.message,
        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
    assert_int_equal(in->item.issue.code, ERR_VALIDATION);
    assert_string_equal(in->item.issue.message,
                        "One or more parameter values were invalid: An string set  may not be empty");
    assert_false(slice_is_none(in->item.item));
    assert_slice(in->text, "after");
}

static void placeholders_are_read_as_expressions_want_them(void **state)
{
    (void)state;
    const struct input *in =
        decoded("{\"ExpressionAttributeNames\":{\"#a\":\"x\",\"#b\":\"y\"},"
                "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"1\"},\":b\":{\"BOOL\":true}}}");
    struct expr_scope scope = EXPRESSION_SCOPE(in->names, in->expression_values);
    assert_int_equal(scope.name_count, 2);
    assert_slice(scope.names[1].placeholder, "#b");
    assert_slice(scope.names[1].name, "y");
    assert_false(scope.names[1].used);
    assert_int_equal(scope.value_count, 2);
    assert_slice(scope.values[0].placeholder, ":a");
    assert_slice(scope.values[0].value.payload, "1");
    assert_int_equal(in->expression_values.issue.code, ERR_NONE);
}

static void the_first_bad_expression_value_is_kept(void **state)
{
    (void)state;
    const struct input *in =
        decoded("{\"ExpressionAttributeValues\":{\":a\":{\"S\":\"1\"},\":b\":{\"NULL\":false},"
                "\":c\":{\"NS\":[]}}}");
    assert_string_equal(
        in->expression_values.issue.message,
        "One or more parameter values were invalid: Null attribute value types must have the value "
        "of true");
    assert_slice(in->expression_values.issue_key, ":b");
}

/* ------------------------------------------------------------------ texts of semantics.md 1.5 */

static void a_body_that_is_not_json_has_no_message(void **state)
{
    (void)state;
    assert_refused("", NULL);
    assert_refused("   ", NULL);
    assert_refused("{", NULL);
    assert_refused("{\"Text\":\"a\"", NULL);
    assert_refused("{\"Text\":\"a\"}x", NULL);
    assert_refused("{\"Other\":[1,}", NULL);
    assert_refused("{\"Texts\":[\"a\"", NULL);
    assert_refused("{\"TextMap\":{\"a\":\"b\"", NULL);
    assert_refused("{\"Item\":{\"a\":{\"S\":\"b\"", NULL);
    assert_refused("{\"Inner\":{\"Text\":nul}}", NULL);
}

static void syntax_comes_before_types(void **state)
{
    (void)state;
    assert_refused("{\"Text\":1}", "NUMBER_VALUE cannot be converted to String");
    assert_refused("{\"Text\":1}}", NULL);
    assert_refused("{\"Text\":1,", NULL);
}

static void the_body_must_be_an_object(void **state)
{
    (void)state;
    assert_refused("[]", "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.TestInput");
    assert_refused("1", "Unexpected value type in payload");
    assert_refused("\"{}\"", "Unexpected value type in payload");
}

static void texts_for_strings(void **state)
{
    (void)state;
    assert_refused("{\"Text\":true}", "TRUE_VALUE cannot be converted to String");
    assert_refused("{\"Text\":false}", "FALSE_VALUE cannot be converted to String");
    assert_refused("{\"Text\":23}", "NUMBER_VALUE cannot be converted to String");
    assert_refused("{\"Text\":-2147483648}", "NUMBER_VALUE cannot be converted to String");
    assert_refused("{\"Text\":34.56}", "DECIMAL_VALUE cannot be converted to String");
    assert_refused("{\"Text\":[]}", "Unrecognized collection type class java.lang.String");
    assert_refused("{\"Text\":{}}", "Start of structure or map found where not expected");
    assert_refused("{\"Enum\":1}", "NUMBER_VALUE cannot be converted to String");
    assert_refused("{\"Texts\":[true]}", "TRUE_VALUE cannot be converted to String");
    assert_refused("{\"TextMap\":{\"a\":[]}}", "Unrecognized collection type class java.lang.String");
}

static void texts_for_numbers(void **state)
{
    (void)state;
    assert_refused("{\"Integer\":\"23\"}", "STRING_VALUE cannot be converted to Integer");
    assert_refused("{\"Integer\":true}", "TRUE_VALUE cannot be converted to Integer");
    assert_refused("{\"Integer\":false}", "FALSE_VALUE cannot be converted to Integer");
    assert_refused("{\"Integer\":[]}", "Unrecognized collection type class java.lang.Integer");
    assert_refused("{\"Integer\":{}}", "Start of structure or map found where not expected");
    assert_refused("{\"Long\":\"23\"}", "STRING_VALUE cannot be converted to Long");
    assert_refused("{\"Long\":true}", "TRUE_VALUE cannot be converted to Long");
    assert_refused("{\"Long\":[]}", "Unrecognized collection type class java.lang.Long");
}

static void texts_for_booleans(void **state)
{
    (void)state;
    assert_refused("{\"Boolean\":\"23\"}", "Unexpected token received from parser");
    assert_refused("{\"Boolean\":\"\"}", "Unexpected token received from parser");
    assert_refused("{\"Boolean\":23}", "NUMBER_VALUE cannot be converted to Boolean");
    assert_refused("{\"Boolean\":34.56}", "DECIMAL_VALUE cannot be converted to Boolean");
    assert_refused("{\"Boolean\":[]}", "Unrecognized collection type class java.lang.Boolean");
    assert_refused("{\"Boolean\":{}}", "Start of structure or map found where not expected");
}

static void texts_for_blobs(void **state)
{
    (void)state;
    assert_refused("{\"Blob\":true}", "only base-64-encoded strings are convertible to bytes");
    assert_refused("{\"Blob\":23}", "only base-64-encoded strings are convertible to bytes");
    assert_refused("{\"Blob\":34.56}", "only base-64-encoded strings are convertible to bytes");
    assert_refused("{\"Blob\":[]}", "Unrecognized collection type class java.nio.ByteBuffer");
    assert_refused("{\"Blob\":{}}", "Start of structure or map found where not expected");
    assert_refused("{\"Blob\":\"23456\"}",
                   "Base64 encoded length is expected a multiple of 4 bytes but found: 5");
    assert_refused("{\"Blob\":\"=+/=\"}", "Invalid last non-pad Base64 character dectected");
    assert_refused("{\"Blob\":\"+/+=\"}", "Invalid last non-pad Base64 character dectected");
}

static void texts_for_lists(void **state)
{
    (void)state;
    assert_refused("{\"Texts\":\"23\"}", "Unexpected field type");
    assert_refused("{\"Texts\":true}", "Unexpected field type");
    assert_refused("{\"Texts\":23}", "Unexpected field type");
    assert_refused("{\"Texts\":34.56}", "Unexpected field type");
    assert_refused("{\"Texts\":{}}", "Start of structure or map found where not expected");
}

static void texts_for_maps(void **state)
{
    (void)state;
    assert_refused("{\"TextMap\":\"23\"}", "Unexpected field type");
    assert_refused("{\"TextMap\":true}", "Unexpected field type");
    assert_refused("{\"TextMap\":34.56}", "Unexpected field type");
    assert_refused("{\"TextMap\":[]}",
                   "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>");
    assert_refused("{\"InnerMap\":[]}", "Unrecognized collection type java.util.Map<java.lang.String, "
                                        "com.amazonaws.dynamodb.v20120810.Inner>");
    assert_refused("{\"ListMap\":[]}", "Unrecognized collection type java.util.Map<java.lang.String, "
                                       "java.util.List<com.amazonaws.dynamodb.v20120810.Inner>>");
    assert_refused("{\"Item\":[]}", "Unrecognized collection type java.util.Map<java.lang.String, "
                                    "com.amazonaws.dynamodb.v20120810.AttributeValue>");
    assert_refused("{\"ExpressionAttributeValues\":[]}",
                   "Unrecognized collection type java.util.Map<java.lang."
                   "String, com.amazonaws.dynamodb.v20120810.AttributeValue>");
    assert_refused("{\"ExpressionAttributeValues\":3}", "Unexpected field type");
    assert_refused("{\"Item\":\"x\"}", "Unexpected field type");
}

static void texts_for_structures(void **state)
{
    (void)state;
    assert_refused("{\"Inner\":\"23\"}", "Unexpected field type");
    assert_refused("{\"Inner\":[]}",
                   "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.Inner");
    assert_refused("{\"Inners\":[\"23\"]}", "Unexpected value type in payload");
    assert_refused("{\"Inners\":[[]]}",
                   "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.Inner");
    assert_refused("{\"InnerMap\":{\"a\":true}}", "Unexpected value type in payload");
    assert_refused("{\"Inner\":{\"Number\":\"1\"}}", "STRING_VALUE cannot be converted to Long");
}

static void texts_for_attribute_values(void **state)
{
    (void)state;
    assert_refused("{\"Value\":\"23\"}", "Unexpected field type");
    assert_refused("{\"Values\":[\"23\"]}", "Unexpected value type in payload");
    assert_refused("{\"Values\":[[]]}",
                   "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue");
    assert_refused("{\"Item\":{\"a\":\"b\"}}", "Unexpected value type in payload");
    assert_refused("{\"Value\":{\"S\":1}}", "NUMBER_VALUE cannot be converted to String");
    assert_refused("{\"ExpressionAttributeValues\":{\":a\":true}}", "Unexpected value type in payload");
    assert_refused("{\"ExpressionAttributeValues\":{\":a\":{\"BOOL\":1}}}",
                   "NUMBER_VALUE cannot be converted to Boolean");
}

static void collections_inside_collections_have_a_text_of_their_own(void **state)
{
    static const char cast[] = "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be "
                               "cast to class java.lang.Class "
                               "(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "
                               "java.lang.Class are in module java.base "
                               "of loader 'bootstrap')";
    (void)state;
    assert_refused("{\"ListMap\":{\"a\":\"23\"}}", cast);
    assert_refused("{\"Items\":[true]}", cast);
    assert_refused("{\"ListMap\":{\"a\":{}}}", "Start of structure or map found where not expected");
    assert_refused("{\"Items\":[[]]}", "Unrecognized collection type java.util.Map<java.lang.String, "
                                       "com.amazonaws.dynamodb.v20120810.AttributeValue>");
}

/* ------------------------------------------------------------------ bounds */

static void arrays_are_bounded(void **state)
{
    size_t size = 4 << 20;
    char *json = malloc(size);
    void *out = NULL;
    (void)state;
    assert_non_null(json);
    size_t at = (size_t)sprintf(json, "{\"Inners\":[{}");
    while (at + 8 < size) {
        memcpy(json + at, ",{}", 3);
        at += 3;
    }
    memcpy(json + at, "]}", 2);
    assert_false(shape_decode(&input_shape, SHAPE_ECHOES_VALUE, slice_of(json, at + 2), &arena, &out, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
    free(json);
}

static void nesting_is_bounded(void **state)
{
    char json[4096] = "{\"Other\":";
    size_t at = strlen(json);
    (void)state;
    memset(json + at, '[', 1000);
    memset(json + at + 1000, ']', 1000);
    json[at + 2000] = '}';
    assert_refused(json, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(tables_are_consistent),
        ARENA_TEST(absent_members_are_zero),
        ARENA_TEST(null_is_absent),
        ARENA_TEST(scalars_are_read),
        ARENA_TEST(empty_text_is_given),
        ARENA_TEST(unknown_enum_values_are_kept_for_the_check),
        ARENA_TEST(numbers_are_floored_and_kept_in_range),
        ARENA_TEST(booleans_may_be_words),
        ARENA_TEST(collections_are_read),
        ARENA_TEST(the_last_of_equal_members_stays),
        ARENA_TEST(the_last_of_equal_keys_stays),
        ARENA_TEST(the_last_of_equal_keys_stays_in_large_maps),
        ARENA_TEST(attribute_values_become_stored_form),
        ARENA_TEST(wrong_content_is_kept_as_an_issue),
        ARENA_TEST(placeholders_are_read_as_expressions_want_them),
        ARENA_TEST(the_first_bad_expression_value_is_kept),
        ARENA_TEST(a_body_that_is_not_json_has_no_message),
        ARENA_TEST(syntax_comes_before_types),
        ARENA_TEST(the_body_must_be_an_object),
        ARENA_TEST(texts_for_strings),
        ARENA_TEST(texts_for_numbers),
        ARENA_TEST(texts_for_booleans),
        ARENA_TEST(texts_for_blobs),
        ARENA_TEST(texts_for_lists),
        ARENA_TEST(texts_for_maps),
        ARENA_TEST(texts_for_structures),
        ARENA_TEST(texts_for_attribute_values),
        ARENA_TEST(collections_inside_collections_have_a_text_of_their_own),
        ARENA_TEST(arrays_are_bounded),
        ARENA_TEST(nesting_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
