/* What depends on the placeholders: semantics.md 5.1 and 5.4. */
#include "fixture.h"

#define VALUES                                                                                           \
    "{\":s\":{\"S\":\"a\"},\":n\":{\"N\":\"1\"},\":b\":{\"B\":\"AQID\"},\":t\":{\"BOOL\":true},\":u\":{" \
    "\"NULL\":true},"                                                                                    \
    "\":ss\":{\"SS\":[\"a\"]},\":ns\":{\"NS\":[\"1\"]},\":bs\":{\"BS\":[\"AQ==\"]},\":l\":{\"L\":[]},"   \
    "\":m\":{\"M\":{}}}"

/* ------------------------------------------------------------------ placeholders */

static void undefined_placeholders_are_named(void **state)
{
    struct fixture *f = *state;
#define NO_NAME  "An expression attribute name used in the document path is not defined; attribute name: "
#define NO_VALUE "An expression attribute value used in expression is not defined; attribute value: "
    static const struct rejected rows[] = {
        {"#x = :s", NO_NAME "#x"},
        {"a.#x = :s", NO_NAME "#x"},
        {"a[0].#n.#x = :s", NO_NAME "#x"},
        {"a = :x", NO_VALUE ":x"},
        {"#n = :s AND #x = :x", NO_NAME "#x"},
        {":x = #x", NO_VALUE ":x"},
        {"a BETWEEN :s AND :S", NO_VALUE ":S"},
        {"a IN (:s, #n, :x)", NO_VALUE ":x"},
        {"size(#x) = :s", NO_NAME "#x"},
        {"contains(a, :x)", NO_VALUE ":x"},
    };
    CHECK_REJECTED(f, EXPR_CONDITION, rows, "{\"#n\":\"n\"}", VALUES);
    static const struct rejected projections[] = {{"a,b,a,#a", NO_NAME "#a"}, {"a.#b.#c", NO_NAME "#b"}};
    CHECK_REJECTED(f, EXPR_PROJECTION, projections, NULL, NULL);
#undef NO_NAME
#undef NO_VALUE
}

static void binding_marks_what_it_uses(void **state)
{
    struct fixture *f = *state;
    (void)fixture_expr(f, EXPR_CONDITION, "#b.x = :c OR begins_with(#b, :a)",
                       "{\"#a\":\"x\",\"#b\":\"y\",\"#c\":\"z\"}",
                       "{\":a\":{\"S\":\"\"},\":b\":{\"S\":\"\"},\":c\":{\"S\":\"\"}}");
    assert_false(f->scope.names[0].used);
    assert_true(f->scope.names[1].used);
    assert_false(f->scope.names[2].used);
    assert_true(f->scope.values[0].used);
    assert_false(f->scope.values[1].used);
    assert_true(f->scope.values[2].used);
}

static void many_placeholders_are_found_as_few(void **state)
{
    struct fixture *f = *state;
    struct buf names;
    struct buf values;
    struct buf text;
    buf_init(&names, &f->arena, 256);
    buf_init(&values, &f->arena, 256);
    buf_init(&text, &f->arena, 256);
    for (int i = 0; i < 100; i++) {
        buf_printf(&names, "%c\"#n%d\":\"name%d\"", i ? ',' : '{', i, i);
        buf_printf(&values, "%c\":n%d\":{\"N\":\"%d\"}", i ? ',' : '{', i, i);
        if (i % 2)
            buf_printf(&text, "%s#n%d = :n%d", text.size ? " OR " : "", i, i);
    }
    buf_append(&names, slice_of("}", 2));
    buf_append(&values, slice_of("}", 2));
    buf_append_byte(&text, '\0');
    struct expr *e = fixture_expr(f, EXPR_CONDITION, text.data, names.data, values.data);
    assert_int_equal(expr_top_level_count(e), 50);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(f->scope.names[i].used, i % 2);
        assert_int_equal(f->scope.values[i].used, i % 2);
    }
    assert_true(expr_matches(e, fixture_item(f, "{\"name99\":{\"N\":\"99\"}}")));
    assert_false(expr_matches(e, fixture_item(f, "{\"name99\":{\"N\":\"98\"},\"name98\":{\"N\":\"98\"}}")));
    struct expr *other;
    assert_string_equal(
        fixture_error(f, EXPR_CONDITION, "#n100 = :n1", NULL, NULL, &other),
        "Invalid ConditionExpression: An expression attribute name used in the document path is not "
        "defined; attribute name: #n100");
}

/* ------------------------------------------------------------------ number of operands */

static void functions_take_their_number_of_operands(void **state)
{
    struct fixture *f = *state;
#define COUNT "Incorrect number of operands for operator or function; operator or function: "
    static const struct rejected rows[] = {
        {"attribute_exists(a, b)", COUNT "attribute_exists, number of operands: 2"},
        {"attribute_not_exists(a, :s, b)", COUNT "attribute_not_exists, number of operands: 3"},
        {"attribute_type(a)", COUNT "attribute_type, number of operands: 1"},
        {"begins_with(a)", COUNT "begins_with, number of operands: 1"},
        {"begins_with(a, b, c)", COUNT "begins_with, number of operands: 3"},
        {"contains(a)", COUNT "contains, number of operands: 1"},
        {"size(a, b) = :n", COUNT "size, number of operands: 2"},
        {"contains(a, size(b, c))", COUNT "size, number of operands: 2"},
    };
#undef COUNT
    CHECK_REJECTED(f, EXPR_FILTER, rows, NULL, VALUES);
}

static void in_takes_at_most_100_operands(void **state)
{
    struct fixture *f = *state;
    struct buf text;
    buf_init(&text, &f->arena, 1024);
    buf_append_literal(&text, "a IN (b");
    for (int i = 1; i < 100; i++)
        buf_append_literal(&text, ",b");
    char *closed = arena_printf(&f->arena, "%.*s)", SLICE_PRINTF(buf_slice(&text)));
    char *larger = arena_printf(&f->arena, "%.*s,b)", SLICE_PRINTF(buf_slice(&text)));
    struct expr *e = fixture_expr(f, EXPR_CONDITION, closed, NULL, NULL);
    assert_non_null(e);
    assert_string_equal(
        fixture_error(f, EXPR_CONDITION, larger, NULL, NULL, &e),
        "Invalid ConditionExpression: The IN operator is provided with too many operands; number of "
        "operands: 101");
}

/* ------------------------------------------------------------------ distinct operands */

static void the_same_path_twice_is_rejected(void **state)
{
    struct fixture *f = *state;
#define DISTINCT                                                                                     \
    "The first operand must be distinct from the remaining operands for this operator or function; " \
    "operator: "
    static const struct rejected rows[] = {
        {"a = a", DISTINCT "=, first operand: [a]"},
        {"a <> a", DISTINCT "<>, first operand: [a]"},
        {"a < a", DISTINCT "<, first operand: [a]"},
        {"a <= a", DISTINCT "<=, first operand: [a]"},
        {"a > a", DISTINCT ">, first operand: [a]"},
        {"a >= a", DISTINCT ">=, first operand: [a]"},
        {"a.b[0].c = a.b[0].c", DISTINCT "=, first operand: [a, b, [0], c]"},
        {"#a[3] = a[3]", DISTINCT "=, first operand: [a, [3]]"},
        {"(a) = a", DISTINCT "=, first operand: [a]"},
        {"begins_with(#d, #d)", DISTINCT "begins_with, first operand: [x.y]"},
        {"contains(a, a)", DISTINCT "contains, first operand: [a]"},
        {"attribute_type(a, #a)", DISTINCT "attribute_type, first operand: [a]"},
        {"a IN (b, c.d, #a)", DISTINCT "IN, first operand: [a]"},
        {"a.b BETWEEN a.b AND c", DISTINCT "BETWEEN, first operand: [a, b]"},
        {"a BETWEEN b AND (a)", DISTINCT "BETWEEN, first operand: [a]"},
    };
#undef DISTINCT
    CHECK_REJECTED(f, EXPR_CONDITION, rows, "{\"#a\":\"a\",\"#d\":\"x.y\"}", NULL);
    static const char *const texts[] = {"a = b",      "a = a.b",           "a.b = a.c",        "a[0] = a[1]",
                                        ":s = :s",    "a = #d.b",          "b IN (a, a)",      "b IN (c)",
                                        "a IN (a.b)", "b BETWEEN a AND a", "size(a) = size(a)"};
    CHECK_ACCEPTED(f, EXPR_CONDITION, texts, "{\"#a\":\"a\",\"#d\":\"x.y\"}", VALUES);
}

/* ------------------------------------------------------------------ types */

#define INCORRECT(function, type)                                                                   \
    "Incorrect operand type for operator or function; operator or function: " function ", operand " \
    "type: " type

static void ordering_takes_strings_numbers_and_binaries(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        {"a < :t", INCORRECT("<", "BOOL")},
        {"a <= :u", INCORRECT("<=", "NULL")},
        {"a > :ss", INCORRECT(">", "SS")},
        {"a >= :ns", INCORRECT(">=", "NS")},
        {":bs < a", INCORRECT("<", "BS")},
        {":l < a", INCORRECT("<", "L")},
        {"a < :m", INCORRECT("<", "M")},
        {":n > :t", INCORRECT(">", "BOOL")},
        {":t > :n", INCORRECT(">", "BOOL")},
        {"size(a) > :t", INCORRECT(">", "BOOL")},
        {"attribute_not_exists(z) OR a > :t", INCORRECT(">", "BOOL")},
        {"NOT (a > :t)", INCORRECT(">", "BOOL")},
        {"a BETWEEN :t AND :t", INCORRECT("BETWEEN", "BOOL")},
        {":m BETWEEN a AND b", INCORRECT("BETWEEN", "M")},
        {"a BETWEEN b AND :l", INCORRECT("BETWEEN", "L")},
    };
    CHECK_REJECTED(f, EXPR_FILTER, rows, NULL, VALUES);
    static const char *const texts[] = {
        "a < :s", "a < :n", "a < :b", "a = :t", "a <> :m", "a IN (:t, :u, :l)", ":s < :n"};
    CHECK_ACCEPTED(f, EXPR_FILTER, texts, NULL, VALUES);
}

static void functions_take_their_types(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        {"begins_with(a, :n)", INCORRECT("begins_with", "N")},
        {"begins_with(:n, a)", INCORRECT("begins_with", "N")},
        {"begins_with(a, :ss)", INCORRECT("begins_with", "SS")},
        {"begins_with(a, :t)", INCORRECT("begins_with", "BOOL")},
        {"begins_with(a, :u)", INCORRECT("begins_with", "NULL")},
        {"begins_with(a, size(b))", INCORRECT("begins_with", "N")},
        {"size(:n) = a", INCORRECT("size", "N")},
        {"size(:t) = a", INCORRECT("size", "BOOL")},
        {"size(:u) = a", INCORRECT("size", "NULL")},
        {"size(size(a)) = b", INCORRECT("size", "N")},
        {"attribute_type(a, :n)", INCORRECT("attribute_type", "N")},
        {"attribute_type(a, :l)", INCORRECT("attribute_type", "L")},
        {"attribute_type(a, size(b))", INCORRECT("attribute_type", "N")},
        {"attribute_type(a, b)",
         INCORRECT("attribute_type", "{S,SS,N,NS,B,BS,BOOL,NULL,L,M,HD,DOUBLE,FLOAT,HDS,FS,DOUBLESET,DICT,"
                                     "DECIMAL,INT,DECIMALSET,INTSET}")},
        {"attribute_type(a, :s)",
         "Invalid attribute type name found; type: a, valid types: {S,SS,N,NS,B,BS,BOOL,NULL,L,M}"},
        {"attribute_exists(:s)",
         "Operator or function requires a document path; operator or function: attribute_exists"},
        {"attribute_not_exists(:s)",
         "Operator or function requires a document path; operator or function: attribute_not_exists"},
        {"attribute_exists(size(a))",
         "Operator or function requires a document path; operator or function: attribute_exists"},
    };
    CHECK_REJECTED(f, EXPR_CONDITION, rows, NULL, VALUES);
    static const char *const texts[] = {
        "begins_with(a, :s)",
        "begins_with(a, :b)",
        "begins_with(:s, a)",
        "contains(a, :n)",
        "contains(a, :m)",
        "contains(:l, a)",
        "size(:s) = a",
        "size(:b) = a",
        "size(:ss) = a",
        "size(:l) = a",
        "size(:m) = a",
        "attribute_type(a, :type)",
        "attribute_type(:n, :type)",
    };
    CHECK_ACCEPTED(
        f, EXPR_CONDITION, texts, NULL,
        "{\":type\":{\"S\":\"NULL\"},\":s\":{\"S\":\"a\"},\":n\":{\"N\":\"1\"},\":b\":{\"B\":\"AQID\"},"
        "\":ss\":{\"SS\":[\"a\"]},\":l\":{\"L\":[]},\":m\":{\"M\":{}}}");
}

static void between_wants_bounds_of_one_type_in_order(void **state)
{
    struct fixture *f = *state;
#define SAME  "The BETWEEN operator requires same data type for lower and upper bounds; "
#define ORDER "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
    static const struct rejected rows[] = {
        {"a BETWEEN :one AND :a", SAME "lower bound operand: AttributeValue: {N:1}, "
                                       "upper bound operand: AttributeValue: {S:a}"},
        {"a BETWEEN :two AND :one", ORDER "lower bound operand: AttributeValue: {N:2}, "
                                          "upper bound operand: AttributeValue: {N:1}"},
        {"a BETWEEN :b AND :a", ORDER "lower bound operand: AttributeValue: {S:b}, "
                                      "upper bound operand: AttributeValue: {S:a}"},
        {":one BETWEEN :two AND :one", ORDER "lower bound operand: AttributeValue: {N:2}, "
                                             "upper bound operand: AttributeValue: {N:1}"},
        {"a BETWEEN :ten AND :two", ORDER "lower bound operand: AttributeValue: {N:10}, "
                                          "upper bound operand: AttributeValue: {N:2}"},
        {"a BETWEEN :bin AND :a", SAME "lower bound operand: AttributeValue: {B:AQID}, "
                                       "upper bound operand: AttributeValue: {S:a}"},
    };
#undef SAME
#undef ORDER
    static const char values[] = "{\":one\":{\"N\":\"1\"},\":two\":{\"N\":\"2.0\"},\":ten\":{\"N\":\"1e1\"},"
                                 "\":a\":{\"S\":\"a\"},\":b\":{\"S\":\"b\"},\":bin\":{\"B\":\"AQID\"}}";
    CHECK_REJECTED(f, EXPR_CONDITION, rows, NULL, values);
    static const char *const texts[] = {"a BETWEEN :one AND :one", "a BETWEEN :two AND :ten",
                                        "a BETWEEN :b AND c", "a BETWEEN b AND :a",
                                        "a BETWEEN size(b) AND :a"};
    CHECK_ACCEPTED(f, EXPR_CONDITION, texts, NULL, values);
}

/* ------------------------------------------------------------------ order */

static void one_condition_is_checked_wholly_before_the_next(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        /* Inside one condition: undefined, count, distinct, type; the worst stands last. */
        {"contains(size(:n, a), :x)",
         "An expression attribute value used in expression is not defined; attribute value: :x"},
        {"begins_with(size(:n), size(b, c))", "Incorrect number of operands for operator or function; "
                                              "operator or function: size, number of operands: 2"},
        {"begins_with(size(:n), b) AND a = a", INCORRECT("size", "N")},
        {"a = a AND b = :x",
         "The first operand must be distinct from the remaining operands for this operator or "
         "function; operator: =, first operand: [a]"},
        {"a < :t OR #x = b", INCORRECT("<", "BOOL")},
        {"(a = b AND NOT c < :t) OR a = a", INCORRECT("<", "BOOL")},
    };
    CHECK_REJECTED(f, EXPR_CONDITION, rows, NULL, VALUES);
}

/* ------------------------------------------------------------------ top-level names */

static void top_level_names_are_told_once_in_order(void **state)
{
    struct fixture *f = *state;
    struct expr *e = fixture_expr(f, EXPR_FILTER, "b = :s AND #a.x > c AND size(b) < :n AND a IN (d[0], b)",
                                  "{\"#a\":\"a\"}", VALUES);
    static const char *const names[] = {"b", "a", "c", "d"};
    assert_int_equal(expr_top_level_count(e), 4);
    for (size_t i = 0; i < 4; i++)
        assert_true(slice_equal(expr_top_level_name(e, i), slice_from_cstr(names[i])));
    assert_true(expr_has_nested_path(e, SLICE("a")));
    assert_false(expr_has_nested_path(e, SLICE("b")));
    assert_false(expr_has_nested_path(e, SLICE("c")));
    assert_true(expr_has_nested_path(e, SLICE("d")));
    assert_false(expr_has_nested_path(e, SLICE("x")));

    fixture_reset(f);
    e = fixture_expr(f, EXPR_PROJECTION, "z, a.b, a.c, y[1]", NULL, NULL);
    assert_int_equal(expr_top_level_count(e), 3);
    assert_true(slice_equal(expr_top_level_name(e, 1), SLICE("a")));
    assert_true(expr_has_nested_path(e, SLICE("y")));
    assert_false(expr_has_nested_path(e, SLICE("z")));

    fixture_reset(f);
    e = fixture_expr(f, EXPR_FILTER, ":s = :n", NULL, VALUES);
    assert_int_equal(expr_top_level_count(e), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(undefined_placeholders_are_named),
        TEST_CASE(binding_marks_what_it_uses),
        TEST_CASE(many_placeholders_are_found_as_few),
        TEST_CASE(functions_take_their_number_of_operands),
        TEST_CASE(in_takes_at_most_100_operands),
        TEST_CASE(the_same_path_twice_is_rejected),
        TEST_CASE(ordering_takes_strings_numbers_and_binaries),
        TEST_CASE(functions_take_their_types),
        TEST_CASE(between_wants_bounds_of_one_type_in_order),
        TEST_CASE(one_condition_is_checked_wholly_before_the_next),
        TEST_CASE(top_level_names_are_told_once_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
