/* The older parameters as expressions: semantics.md 6, the documentation of Condition and ExpectedAttributeValue, and what
 * was observed of them: NOT_CONTAINS is false of an attribute that is not there, NE is true. */
#include "expr/legacy.h"
#include "fixture.h"

#include "base/contract.h"
#include "expr/update.h"

#include <stdio.h>

static const struct {
    const char *name;
    enum legacy_comparison comparison;
} comparisons[] = {
    {"EQ", LEGACY_EQ},
    {"NE", LEGACY_NE},
    {"LT", LEGACY_LT},
    {"LE", LEGACY_LE},
    {"GT", LEGACY_GT},
    {"GE", LEGACY_GE},
    {"BETWEEN", LEGACY_BETWEEN},
    {"IN", LEGACY_IN},
    {"BEGINS_WITH", LEGACY_BEGINS_WITH},
    {"CONTAINS", LEGACY_CONTAINS},
    {"NOT_CONTAINS", LEGACY_NOT_CONTAINS},
    {"NULL", LEGACY_NULL},
    {"NOT_NULL", LEGACY_NOT_NULL},
};

static enum legacy_comparison comparison_named(const char *name)
{
    for (size_t i = 0; i < sizeof comparisons / sizeof comparisons[0]; i++)
        if (strcmp(comparisons[i].name, name) == 0)
            return comparisons[i].comparison;
    fail_msg("no comparison is called %s", name);
    UNREACHABLE();
}

/* `operands_json` is an array of attribute values. */
static struct legacy_condition condition(struct fixture *f, const char *attribute, const char *comparison,
                                         const char *operands_json)
{
    struct value *operands = ARENA_NEW_ARRAY(&f->arena, struct value, 32);
    struct legacy_condition c = {slice_from_cstr(attribute), comparison_named(comparison), operands, 0};
    struct json_reader r;
    json_reader_init(&r, slice_from_cstr(operands_json), 16, &f->arena);
    assert_int_equal(json_next(&r), JSON_ARRAY_BEGIN);
    enum json_token token;
    while ((token = json_next(&r)) != JSON_ARRAY_END) {
        struct error issue;
        error_init(&issue, &f->arena);
        assert_true(wire_read_value(&r, token, &f->arena, &operands[c.operand_count++], &issue, &f->err));
        assert_int_equal(issue.code, ERR_NONE);
    }
    return c;
}

/* ------------------------------------------------------------------ one condition */

static const char item_json[] =
    "{\"s\":{\"S\":\"hello\"},\"n\":{\"N\":\"6\"},\"b\":{\"B\":\"aGVsbG8=\"},\"t\":{\"BOOL\":true},"
    "\"null\":{\"NULL\":true},\"ss\":{\"SS\":[\"a\",\"b\"]},\"ns\":{\"NS\":[\"1\",\"6\"]},"
    "\"bs\":{\"BS\":[\"YQ==\"]},\"l\":{\"L\":[{\"S\":\"a\"},{\"N\":\"6\"},{\"BOOL\":true},{\"NULL\":true}]},"
    "\"m\":{\"M\":{\"a\":{\"S\":\"x\"}}},\"a.b\":{\"S\":\"dotted\"},\"l[0]\":{\"S\":\"indexed\"}}";

struct row {
    const char *attribute;
    const char *comparison;
    const char *operands;
    bool expected;
};

static void check_rows(struct fixture *f, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fixture_reset(f);
        struct legacy_condition c = condition(f, rows[i].attribute, rows[i].comparison, rows[i].operands);
        struct expr *e = expr_from_conditions(EXPR_CONDITION, &c, 1, false, &f->arena);
        if (expr_matches(e, fixture_item(f, item_json)) != rows[i].expected)
            fail_msg("%s %s %s is not %s", rows[i].attribute, rows[i].comparison, rows[i].operands,
                     rows[i].expected ? "true" : "false");
    }
}

#define CHECK_ROWS(f, rows) check_rows((f), (rows), sizeof(rows) / sizeof((rows)[0]))

static void equality_is_of_type_and_value(void **state)
{
    static const struct row rows[] = {
        {"s", "EQ", "[{\"S\":\"hello\"}]", true},
        {"s", "EQ", "[{\"S\":\"hell\"}]", false},
        {"s", "EQ", "[{\"B\":\"aGVsbG8=\"}]", false},
        {"n", "EQ", "[{\"N\":\"6.0\"}]", true},
        {"n", "EQ", "[{\"S\":\"6\"}]", false},
        {"n", "EQ", "[{\"NS\":[\"6\"]}]", false},
        {"t", "EQ", "[{\"BOOL\":true}]", true},
        {"t", "EQ", "[{\"BOOL\":false}]", false},
        {"null", "EQ", "[{\"NULL\":true}]", true},
        {"ss", "EQ", "[{\"SS\":[\"b\",\"a\"]}]", true},
        {"ss", "EQ", "[{\"SS\":[\"a\"]}]", false},
        {"ns", "EQ", "[{\"NS\":[\"6\",\"1\"]}]", true},
        {"bs", "EQ", "[{\"BS\":[\"YQ==\"]}]", true},
        {"l", "EQ", "[{\"L\":[{\"S\":\"a\"},{\"N\":\"6\"},{\"BOOL\":true},{\"NULL\":true}]}]", true},
        {"l", "EQ", "[{\"L\":[{\"N\":\"6\"},{\"S\":\"a\"}]}]", false},
        {"m", "EQ", "[{\"M\":{\"a\":{\"S\":\"x\"}}}]", true},
        {"m", "EQ", "[{\"M\":{}}]", false},
        {"absent", "EQ", "[{\"S\":\"hello\"}]", false},
    };
    CHECK_ROWS(*state, rows);
}

static void what_is_not_there_is_not_equal(void **state)
{
    static const struct row rows[] = {
        {"s", "NE", "[{\"S\":\"hello\"}]", false},     {"s", "NE", "[{\"S\":\"other\"}]", true},
        {"s", "NE", "[{\"N\":\"1\"}]", true},          {"ss", "NE", "[{\"SS\":[\"b\",\"a\"]}]", false},
        {"absent", "NE", "[{\"S\":\"hello\"}]", true}, {"m", "NE", "[{\"M\":{\"a\":{\"S\":\"x\"}}}]", false},
    };
    CHECK_ROWS(*state, rows);
}

static void order_is_of_values_of_one_type(void **state)
{
    static const struct row rows[] = {
        {"n", "LT", "[{\"N\":\"10\"}]", true},
        {"n", "LT", "[{\"N\":\"6\"}]", false},
        {"n", "LE", "[{\"N\":\"6\"}]", true},
        {"n", "GT", "[{\"N\":\"5.9\"}]", true},
        {"n", "GE", "[{\"N\":\"6\"}]", true},
        {"n", "GE", "[{\"N\":\"7\"}]", false},
        {"n", "LT", "[{\"S\":\"9\"}]", false},
        {"n", "GE", "[{\"S\":\"0\"}]", false},
        {"s", "GT", "[{\"S\":\"HELLO\"}]", true},
        {"s", "LE", "[{\"S\":\"hello\"}]", true},
        {"b", "LT", "[{\"B\":\"/w==\"}]", true},
        {"ns", "GT", "[{\"N\":\"0\"}]", false},
        {"absent", "LT", "[{\"N\":\"10\"}]", false},
        {"absent", "GE", "[{\"N\":\"10\"}]", false},
        {"n", "BETWEEN", "[{\"N\":\"6\"},{\"N\":\"8\"}]", true},
        {"n", "BETWEEN", "[{\"N\":\"4\"},{\"N\":\"6\"}]", true},
        {"n", "BETWEEN", "[{\"N\":\"7\"},{\"N\":\"8\"}]", false},
        {"n", "BETWEEN", "[{\"S\":\"0\"},{\"S\":\"9\"}]", false},
        {"absent", "BETWEEN", "[{\"N\":\"0\"},{\"N\":\"9\"}]", false},
    };
    CHECK_ROWS(*state, rows);
}

static void in_is_equality_with_any(void **state)
{
    static const struct row rows[] = {
        {"n", "IN", "[{\"N\":\"6\"}]", true},
        {"n", "IN", "[{\"N\":\"1\"},{\"N\":\"2\"},{\"N\":\"6.00\"}]", true},
        {"n", "IN", "[{\"N\":\"1\"},{\"N\":\"2\"}]", false},
        {"n", "IN", "[{\"S\":\"6\"}]", false},
        {"ns", "IN", "[{\"N\":\"6\"}]", false},
        {"l", "IN", "[{\"N\":\"6\"}]", false},
        {"absent", "IN", "[{\"N\":\"6\"}]", false},
    };
    CHECK_ROWS(*state, rows);
}

static void begins_with_is_of_text_and_bytes(void **state)
{
    static const struct row rows[] = {
        {"s", "BEGINS_WITH", "[{\"S\":\"hell\"}]", true},  {"s", "BEGINS_WITH", "[{\"S\":\"ello\"}]", false},
        {"s", "BEGINS_WITH", "[{\"B\":\"aGU=\"}]", false}, {"b", "BEGINS_WITH", "[{\"B\":\"aGU=\"}]", true},
        {"n", "BEGINS_WITH", "[{\"S\":\"6\"}]", false},    {"absent", "BEGINS_WITH", "[{\"S\":\"\"}]", false},
    };
    CHECK_ROWS(*state, rows);
}

static void contains_is_of_parts_and_members(void **state)
{
    static const struct row rows[] = {
        {"s", "CONTAINS", "[{\"S\":\"ell\"}]", true},   {"s", "CONTAINS", "[{\"S\":\"dog\"}]", false},
        {"s", "CONTAINS", "[{\"N\":\"1\"}]", false},    {"b", "CONTAINS", "[{\"B\":\"bA==\"}]", true},
        {"ss", "CONTAINS", "[{\"S\":\"a\"}]", true},    {"ns", "CONTAINS", "[{\"N\":\"6\"}]", true},
        {"ns", "CONTAINS", "[{\"S\":\"6\"}]", false},   {"bs", "CONTAINS", "[{\"B\":\"YQ==\"}]", true},
        {"l", "CONTAINS", "[{\"N\":\"6\"}]", true},     {"l", "CONTAINS", "[{\"BOOL\":true}]", true},
        {"l", "CONTAINS", "[{\"BOOL\":false}]", false}, {"l", "CONTAINS", "[{\"NULL\":true}]", true},
        {"m", "CONTAINS", "[{\"S\":\"a\"}]", false},    {"absent", "CONTAINS", "[{\"S\":\"\"}]", false},
    };
    CHECK_ROWS(*state, rows);
}

static void not_contains_wants_something_that_does_not_contain(void **state)
{
    static const struct row rows[] = {
        {"s", "NOT_CONTAINS", "[{\"S\":\"dog\"}]", true},
        {"s", "NOT_CONTAINS", "[{\"S\":\"ell\"}]", false},
        {"s", "NOT_CONTAINS", "[{\"N\":\"1\"}]", true},
        {"ns", "NOT_CONTAINS", "[{\"N\":\"6\"}]", false},
        {"ns", "NOT_CONTAINS", "[{\"N\":\"7\"}]", true},
        {"l", "NOT_CONTAINS", "[{\"N\":\"7\"}]", true},
        {"l", "NOT_CONTAINS", "[{\"N\":\"6\"}]", false},
        {"n", "NOT_CONTAINS", "[{\"N\":\"6\"}]", true},
        {"absent", "NOT_CONTAINS", "[{\"S\":\"a\"}]", false},
    };
    CHECK_ROWS(*state, rows);
}

static void null_is_absence_whatever_the_type(void **state)
{
    static const struct row rows[] = {
        {"null", "NOT_NULL", "[]", true}, {"null", "NULL", "[]", false},  {"s", "NOT_NULL", "[]", true},
        {"s", "NULL", "[]", false},       {"absent", "NULL", "[]", true}, {"absent", "NOT_NULL", "[]", false},
    };
    CHECK_ROWS(*state, rows);
}

static void a_name_is_whole_whatever_it_holds(void **state)
{
    static const struct row rows[] = {
        {"a.b", "EQ", "[{\"S\":\"dotted\"}]", true},
        {"l[0]", "EQ", "[{\"S\":\"indexed\"}]", true},
        {"m.a", "NOT_NULL", "[]", false},
        {"l[1]", "NULL", "[]", true},
    };
    CHECK_ROWS(*state, rows);
}

static void of_no_item_every_attribute_is_missing(void **state)
{
    struct fixture *f = *state;
    const struct legacy_condition absent = condition(f, "s", "NULL", "[]");
    const struct legacy_condition other = condition(f, "s", "NE", "[{\"S\":\"a\"}]");
    const struct legacy_condition without = condition(f, "s", "NOT_CONTAINS", "[{\"S\":\"a\"}]");
    assert_true(expr_matches(expr_from_conditions(EXPR_CONDITION, &absent, 1, false, &f->arena), SLICE_NONE));
    assert_true(expr_matches(expr_from_conditions(EXPR_CONDITION, &other, 1, false, &f->arena), SLICE_NONE));
    assert_false(
        expr_matches(expr_from_conditions(EXPR_CONDITION, &without, 1, false, &f->arena), SLICE_NONE));
}

/* ------------------------------------------------------------------ many conditions */

static struct slice numbered_name(struct fixture *f, size_t i)
{
    return slice_from_cstr(arena_printf(&f->arena, "attribute%zu", i));
}

static void all_or_any_of_them(void **state)
{
    struct fixture *f = *state;
    struct slice item = fixture_item(
        f, "{\"attribute0\":{\"N\":\"6\"},\"attribute1\":{\"N\":\"6\"},\"attribute2\":{\"N\":\"6\"},"
           "\"attribute3\":{\"N\":\"6\"},\"attribute4\":{\"N\":\"6\"},\"attribute5\":{\"N\":\"6\"},"
           "\"attribute6\":{\"N\":\"6\"},\"attribute7\":{\"N\":\"6\"},\"attribute8\":{\"N\":\"6\"}}");
    const char *texts[2] = {"[{\"N\":\"7\"}]", "[{\"N\":\"6\"}]"};
    for (unsigned count = 1; count <= 9; count++) {
        for (unsigned true_ones = 0; true_ones < 1U << count; true_ones += 1 + (count > 5) * 6) {
            struct legacy_condition conditions[9];
            for (unsigned i = 0; i < count; i++) {
                conditions[i] = condition(f, "", "EQ", texts[(true_ones >> i) & 1]);
                conditions[i].attribute = numbered_name(f, i);
            }
            struct expr *all = expr_from_conditions(EXPR_FILTER, conditions, count, false, &f->arena);
            struct expr *any = expr_from_conditions(EXPR_FILTER, conditions, count, true, &f->arena);
            assert_int_equal(expr_matches(all, item), true_ones == (1U << count) - 1);
            assert_int_equal(expr_matches(any, item), true_ones != 0);
        }
    }
}

static void as_many_as_there_may_be(void **state)
{
    struct fixture *f = *state;
    enum { IN_EACH = LEGACY_OPERANDS_MAX / LEGACY_CONDITIONS_MAX };
    struct legacy_condition *conditions =
        ARENA_NEW_ARRAY(&f->arena, struct legacy_condition, LEGACY_CONDITIONS_MAX);
    struct legacy_condition one =
        condition(f, "n", "IN", "[{\"N\":\"1\"},{\"N\":\"2\"},{\"N\":\"3\"},{\"N\":\"4\"}]");
    assert_int_equal(one.operand_count, IN_EACH);
    for (size_t i = 0; i < LEGACY_CONDITIONS_MAX; i++) {
        conditions[i] = one;
        conditions[i].attribute = numbered_name(f, i);
    }
    struct slice item = fixture_item(f, "{\"attribute4095\":{\"N\":\"4\"}}");
    struct expr *any = expr_from_conditions(EXPR_FILTER, conditions, LEGACY_CONDITIONS_MAX, true, &f->arena);
    struct expr *all = expr_from_conditions(EXPR_FILTER, conditions, LEGACY_CONDITIONS_MAX, false, &f->arena);
    assert_true(expr_matches(any, item));
    assert_false(expr_matches(all, item));
    for (size_t i = 0; i < LEGACY_CONDITIONS_MAX; i++)
        conditions[i].comparison = LEGACY_NOT_CONTAINS, conditions[i].operand_count = 1;
    any = expr_from_conditions(EXPR_FILTER, conditions, LEGACY_CONDITIONS_MAX, true, &f->arena);
    assert_true(expr_matches(any, item));
}

static void names_are_known_for_checks_against_keys(void **state)
{
    struct fixture *f = *state;
    struct legacy_condition conditions[2] = {condition(f, "n", "NULL", "[]"),
                                             condition(f, "a.b", "NOT_NULL", "[]")};
    struct expr *e = expr_from_conditions(EXPR_FILTER, conditions, 2, false, &f->arena);
    assert_int_equal(expr_top_level_count(e), 2);
    assert_true(slice_equal(expr_top_level_name(e, 0), SLICE("n")));
    assert_true(slice_equal(expr_top_level_name(e, 1), SLICE("a.b")));
    assert_false(expr_has_nested_path(e, SLICE("a.b")));
    assert_true(expr_is_legacy(e));
    assert_false(expr_is_legacy(fixture_expr(f, EXPR_FILTER, "attribute_exists(a)", NULL, NULL)));
}

/* ------------------------------------------------------------------ key conditions */

static void key_conditions_keep_comparison_and_operands(void **state)
{
    static const struct {
        const char *comparison;
        const char *operands;
        enum key_comparison expected;
    } rows[] = {
        {"EQ", "[{\"S\":\"a\"}]", KEY_EQ},
        {"LT", "[{\"S\":\"a\"}]", KEY_LT},
        {"LE", "[{\"S\":\"a\"}]", KEY_LE},
        {"GT", "[{\"S\":\"a\"}]", KEY_GT},
        {"GE", "[{\"S\":\"a\"}]", KEY_GE},
        {"BETWEEN", "[{\"S\":\"a\"},{\"S\":\"b\"}]", KEY_BETWEEN},
        {"BEGINS_WITH", "[{\"S\":\"a\"}]", KEY_BEGINS_WITH},
        {"NE", "[{\"S\":\"a\"}]", KEY_NOT_INDEXABLE},
        {"IN", "[{\"S\":\"a\"}]", KEY_NOT_INDEXABLE},
        {"CONTAINS", "[{\"S\":\"a\"}]", KEY_NOT_INDEXABLE},
        {"NOT_CONTAINS", "[{\"S\":\"a\"}]", KEY_NOT_INDEXABLE},
        {"NULL", "[]", KEY_NOT_INDEXABLE},
        {"NOT_NULL", "[]", KEY_NOT_INDEXABLE},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct legacy_condition conditions[2] = {condition(f, "pk", "EQ", "[{\"N\":\"1\"}]"),
                                                 condition(f, "sk", rows[i].comparison, rows[i].operands)};
        struct key_conditions key;
        expr_key_conditions(expr_from_key_conditions(conditions, 2, &f->arena), &key);
        assert_int_equal(key.count, 2);
        assert_true(slice_equal(key.conditions[0].attribute, SLICE("pk")));
        assert_int_equal(key.conditions[0].operand.type, VALUE_N);
        assert_true(slice_equal(key.conditions[1].attribute, SLICE("sk")));
        assert_int_equal(key.conditions[1].comparison, rows[i].expected);
        if (rows[i].expected != KEY_NOT_INDEXABLE)
            assert_true(slice_equal(key.conditions[1].operand.payload, SLICE("a")));
        if (rows[i].expected == KEY_BETWEEN)
            assert_true(slice_equal(key.conditions[1].upper.payload, SLICE("b")));
    }
}

/* ------------------------------------------------------------------ projections */

static const char *projected(struct fixture *f, const struct expr *e, const char *item)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, &f->arena, 64);
    json_writer_init(&w, &out);
    expr_project(e, fixture_item(f, item), &w);
    return arena_copy_cstr(&f->arena, buf_slice(&out));
}

static void attributes_are_got_whole_and_by_name(void **state)
{
    struct fixture *f = *state;
    const struct slice names[] = {SLICE("z"), SLICE("a.b"), SLICE("absent"), SLICE("m")};
    struct expr *e = expr_from_attributes(names, 4, &f->arena);
    assert_string_equal(
        projected(f, e,
                  "{\"m\":{\"M\":{\"x\":{\"N\":\"1\"}}},\"a\":{\"M\":{\"b\":{\"S\":\"in\"}}},"
                  "\"a.b\":{\"S\":\"out\"},\"y\":{\"S\":\"y\"},\"z\":{\"NULL\":true},\"zz\":{\"S\":\"\"}}"),
        "{\"a.b\":{\"S\":\"out\"},\"m\":{\"M\":{\"x\":{\"N\":\"1\"}}},\"z\":{\"NULL\":true}}");
    /* Fewer attributes than names are looked up the other way round. */
    assert_string_equal(projected(f, e, "{\"zz\":{\"S\":\"\"},\"z\":{\"S\":\"z\"}}"),
                        "{\"z\":{\"S\":\"z\"}}");
    assert_string_equal(projected(f, e, "{\"y\":{\"S\":\"y\"}}"), "{}");
}

static void any_number_of_attributes(void **state)
{
    struct fixture *f = *state;
    enum { COUNT = 100000 };
    struct slice *names = ARENA_NEW_ARRAY(&f->arena, struct slice, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        names[i] = numbered_name(f, COUNT - i);
    struct expr *e = expr_from_attributes(names, COUNT, &f->arena);
    assert_string_equal(projected(f, e, "{\"attribute77777\":{\"N\":\"1\"},\"other\":{\"N\":\"1\"}}"),
                        "{\"attribute77777\":{\"N\":\"1\"}}");
    assert_int_equal(expr_top_level_count(e), COUNT);
    assert_false(expr_has_nested_path(e, SLICE("attribute1")));
}

/* ------------------------------------------------------------------ updates */

static struct legacy_update update(struct fixture *f, const char *attribute, enum legacy_action action,
                                   const char *value_json)
{
    struct legacy_update u = {.attribute = slice_from_cstr(attribute), .action = action};
    if (value_json) {
        fixture_values(f, arena_printf(&f->arena, "{\":v\":%s}", value_json));
        u.has_value = true;
        u.value = f->scope.values[0].value;
    }
    return u;
}

static void updates_name_their_targets_in_the_order_given(void **state)
{
    struct fixture *f = *state;
    const struct legacy_update updates[] = {
        update(f, "z", LEGACY_PUT, "{\"S\":\"new\"}"),
        update(f, "a", LEGACY_ADD, "{\"N\":\"1\"}"),
        update(f, "m", LEGACY_DELETE, NULL),
        update(f, "b", LEGACY_DELETE, "{\"SS\":[\"x\"]}"),
    };
    struct expr *e = expr_from_updates(updates, 4, &f->arena);
    assert_int_equal(expr_update_target_count(e), 4);
    const struct slice expected[] = {SLICE("z"), SLICE("a"), SLICE("m"), SLICE("b")};
    for (size_t i = 0; i < 4; i++)
        assert_true(slice_equal(expr_update_target(e, i), expected[i]));
}

static void only_what_is_put_is_known_beforehand(void **state)
{
    struct fixture *f = *state;
    const struct legacy_update updates[] = {
        update(f, "put", LEGACY_PUT, "{\"S\":\"new\"}"),
        update(f, "added", LEGACY_ADD, "{\"N\":\"1\"}"),
        update(f, "gone", LEGACY_DELETE, NULL),
    };
    struct expr *e = expr_from_updates(updates, 3, &f->arena);
    struct value v;
    assert_true(expr_update_constant(e, SLICE("put"), &v));
    assert_true(slice_equal(v.payload, SLICE("new")));
    assert_false(expr_update_constant(e, SLICE("added"), &v));
    assert_false(expr_update_constant(e, SLICE("gone"), &v));
    assert_false(expr_update_constant(e, SLICE("other"), &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(equality_is_of_type_and_value),
        TEST_CASE(what_is_not_there_is_not_equal),
        TEST_CASE(order_is_of_values_of_one_type),
        TEST_CASE(in_is_equality_with_any),
        TEST_CASE(begins_with_is_of_text_and_bytes),
        TEST_CASE(contains_is_of_parts_and_members),
        TEST_CASE(not_contains_wants_something_that_does_not_contain),
        TEST_CASE(null_is_absence_whatever_the_type),
        TEST_CASE(a_name_is_whole_whatever_it_holds),
        TEST_CASE(of_no_item_every_attribute_is_missing),
        TEST_CASE(all_or_any_of_them),
        TEST_CASE(as_many_as_there_may_be),
        TEST_CASE(names_are_known_for_checks_against_keys),
        TEST_CASE(key_conditions_keep_comparison_and_operands),
        TEST_CASE(attributes_are_got_whole_and_by_name),
        TEST_CASE(any_number_of_attributes),
        TEST_CASE(updates_name_their_targets_in_the_order_given),
        TEST_CASE(only_what_is_put_is_known_beforehand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
