/* semantics.md 5.5: what conditions say of items. */
#include "fixture.h"

#include <stdio.h>

static const char ITEM[] =
    "{\"pk\":{\"S\":\"p\"},\"s\":{\"S\":\"banana\"},\"n\":{\"N\":\"10\"},\"b\":{\"B\":\"AQIDBA==\"},"
    "\"t\":{\"BOOL\":true},\"u\":{\"NULL\":true},\"ss\":{\"SS\":[\"red\",\"green\"]},\"ns\":{\"NS\":[\"1\","
    "\"2.50\"]},"
    "\"bs\":{\"BS\":[\"AQ==\",\"Ag==\"]},\"l\":{\"L\":[{\"S\":\"x\"},{\"N\":\"3\"},{\"M\":{\"v\":{\"N\":"
    "\"1\"}}},{\"L\":"
    "[{\"S\":\"deep\"}]}]},\"m\":{\"M\":{\"k\":{\"S\":\"v\"},\"o\":{\"M\":{\"p\":{\"N\":\"7\"}}}}},"
    "\"e\":{\"S\":\"\"},\"el\":{\"L\":[]},\"em\":{\"M\":{}},\"x.y\":{\"N\":\"1\"},"
    "\"uni\":{\"S\":\"\\u00e9\\ud834\\udd1e\"}}";

static const char VALUES[] =
    "{\":s\":{\"S\":\"banana\"},\":n\":{\"N\":\"10\"},\":b\":{\"B\":\"AQIDBA==\"},\":t\":{\"BOOL\":true},"
    "\":f\":{\"BOOL\":false},\":u\":{\"NULL\":true},\":ss\":{\"SS\":[\"green\",\"red\"]},\":ns\":{\"NS\":["
    "\"2.5\",\"1\"]},"
    "\":bs\":{\"BS\":[\"Ag==\",\"AQ==\"]},\":em\":{\"M\":{}},\":el\":{\"L\":[]},"
    "\":m\":{\"M\":{\"o\":{\"M\":{\"p\":{\"N\":\"7.0\"}}},\"k\":{\"S\":\"v\"}}},"
    "\":l\":{\"L\":[{\"S\":\"x\"},{\"N\":\"3\"},{\"M\":{\"v\":{\"N\":\"1\"}}},{\"L\":[{\"S\":\"deep\"}]}]},"
    "\":zero\":{\"N\":\"0\"},\":one\":{\"N\":\"1\"},\":two\":{\"N\":\"2\"},\":three\":{\"N\":\"3\"},\":"
    "four\":{\"N\":\"4\"},"
    "\":six\":{\"N\":\"6\"},\":seven\":{\"N\":\"7\"},\":nine\":{\"N\":\"9\"},\":ten\":{\"N\":\"1e1\"},\":"
    "hundred\":{\"N\":"
    "\"100\"},\":a\":{\"S\":\"a\"},\":ban\":{\"S\":\"ban\"},\":nan\":{\"S\":\"nan\"},\":c\":{\"S\":\"c\"},\":"
    "red\":{\"S\":"
    "\"red\"},\":x\":{\"S\":\"x\"},\":v\":{\"S\":\"v\"},\":deep\":{\"S\":\"deep\"},\":empty\":{\"S\":\"\"},"
    "\":b12\":{\"B\":\"AQI=\"},\":b23\":{\"B\":\"AgM=\"},\":b1\":{\"B\":\"AQ==\"},\":b9\":{\"B\":\"CQ==\"},"
    "\":mv\":{\"M\":{"
    "\"v\":{\"N\":\"1\"}}},\":25\":{\"N\":\"2.5\"},"
    "\":S\":{\"S\":\"S\"},\":N\":{\"S\":\"N\"},\":B\":{\"S\":\"B\"},\":BOOL\":{\"S\":\"BOOL\"},\":NULL\":{"
    "\"S\":\"NULL\"},"
    "\":SS\":{\"S\":\"SS\"},\":NS\":{\"S\":\"NS\"},\":BS\":{\"S\":\"BS\"},\":L\":{\"S\":\"L\"},\":M\":{\"S\":"
    "\"M\"}}";

static const char NAMES[] = "{\"#dot\":\"x.y\",\"#m\":\"m\",\"#o\":\"o\"}";

static bool matches(struct fixture *f, const char *text, const char *item)
{
    fixture_reset(f);
    struct expr *e = fixture_expr(f, EXPR_CONDITION, text, NAMES, VALUES);
    return expr_matches(e, fixture_item(f, item));
}

static void expect_all(struct fixture *f, const char *const *texts, size_t count, const char *item,
                       bool expected)
{
    for (size_t i = 0; i < count; i++)
        if (matches(f, texts[i], item) != expected)
            fail_msg("%s is not %s", texts[i], expected ? "true" : "false");
}

#define EXPECT_TRUE(f, texts)  expect_all((f), (texts), sizeof(texts) / sizeof((texts)[0]), ITEM, true)
#define EXPECT_FALSE(f, texts) expect_all((f), (texts), sizeof(texts) / sizeof((texts)[0]), ITEM, false)

/* ------------------------------------------------------------------ comparisons */

static void equality_is_deep_typed_and_numeric(void **state)
{
    struct fixture *f = *state;
    static const char *const yes[] = {
        "s = :s", "n = :ten", "b = :b",   "t = :t",   "u = :u",     "ss = :ss", "ns = :ns",  "bs = :bs",
        "l = :l", "m = :m",   "em = :em", "el = :el", "e = :empty", ":s = s",   "l[0] = :x", "#m.k = :v"};
    static const char *const no[] = {"s = :a",   "n = :nine",    "t = :f",  "s = :n",   "n = :s",
                                     "b = :s",   "l = :el",      "m = :em", "el = :em", "u = :f",
                                     "ss = :ns", "m.o.p = :six", "s = b"};
    EXPECT_TRUE(f, yes);
    EXPECT_FALSE(f, (const char *const[]){"ss = :red"});
    /* <> is the opposite, always. */
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        assert_false(matches(f, no[i], ITEM));
        char *unequal = test_malloc(strlen(no[i]) + 2);
        const char *at = strchr(no[i], '=');
        sprintf(unequal, "%.*s<>%s", (int)(at - no[i]), no[i], at + 1);
        assert_true(matches(f, unequal, ITEM));
        test_free(unequal);
    }
    EXPECT_FALSE(f, ((const char *const[]){"s <> :s", "n <> :ten", "m <> :m", "ss <> :ss"}));
}

static void order_is_that_of_numbers_and_bytes(void **state)
{
    struct fixture *f = *state;
    static const char *const yes[] = {"n > :nine", "n < :hundred", "n >= :ten",    "n <= :ten", "s > :a",
                                      "s < :c",    "s >= :s",      "s <= :s",      "b > :b12",  "b < :b9",
                                      ":nine < n", "e < s",        "m.o.p > :six", "s > :ban"};
    static const char *const no[] = {"n < :nine", "n > :ten", "n < :ten", "s < :a",
                                     "s > :s",    "b < :b12", "s < e"};
    EXPECT_TRUE(f, yes);
    EXPECT_FALSE(f, no);
}

static void values_of_different_or_unordered_types_have_no_order(void **state)
{
    struct fixture *f = *state;
    static const char *const left[] = {"s", "n", "b", "t", "u", "ss", "l", "m", "absent"};
    static const char *const right[] = {":s", ":n", ":b"};
    static const char *const operators[] = {"<", "<=", ">", ">="};
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
        for (size_t j = 0; j < sizeof right / sizeof right[0]; j++)
            for (size_t k = 0; k < sizeof operators / sizeof operators[0]; k++) {
                if (i == j)
                    continue;
                char text[64];
                snprintf(text, sizeof text, "%s %s %s", left[i], operators[k], right[j]);
                assert_false(matches(f, text, ITEM));
                snprintf(text, sizeof text, "NOT %s %s %s", left[i], operators[k], right[j]);
                assert_true(matches(f, text, ITEM));
            }
    EXPECT_FALSE(f, ((const char *const[]){"t < u", "l <= m", "ss >= ns", "t > n", "m < em"}));
}

static void missing_attributes_equal_nothing(void **state)
{
    struct fixture *f = *state;
    static const char *const no[] = {
        "z = :s",
        ":s = z",
        "z = y",
        "z < :s",
        "z <= y",
        "z > :s",
        "z >= :s",
        "z BETWEEN :a AND :c",
        "s BETWEEN z AND :c",
        "s BETWEEN :a AND z",
        "z BETWEEN y AND x",
        "z IN (:s)",
        "s IN (z)",
        "z IN (y)",
        "begins_with(z, :a)",
        "begins_with(s, z)",
        "contains(z, :a)",
        "contains(s, z)",
        "size(z) = :zero",
        "size(z) >= :zero",
        "size(z) < :ten",
        "attribute_exists(z)",
        "attribute_type(z, :S)",
        "m.z = :s",
        "l[9] = :x",
        "s.k = :s",
        "m[0] = :v",
        "l.k = :x",
        "m.k.k = :v",
        "l[3][1] = :deep",
        "absent.deep[3] = :s",
    };
    EXPECT_FALSE(f, no);
    static const char *const yes[] = {
        "z <> :s",
        "z <> y",
        "size(z) <> :one",
        "attribute_not_exists(z)",
        "attribute_not_exists(l[9])",
        "attribute_not_exists(m.k.k)",
        "NOT z = :s",
        "NOT contains(z, :a)",
        "m[0] <> :v",
    };
    EXPECT_TRUE(f, yes);
}

static void of_no_item_every_attribute_is_missing(void **state)
{
    struct fixture *f = *state;
    assert_true(matches(f, "attribute_not_exists(pk)", NULL));
    assert_false(matches(f, "attribute_exists(pk)", NULL));
    assert_false(matches(f, "pk = :s", NULL));
    assert_true(matches(f, "pk <> :s", NULL));
    assert_true(matches(f, "NOT pk = :s", NULL));
    assert_false(matches(f, "size(pk) > :zero", NULL));
    assert_true(matches(f, ":one < :two", NULL));
    assert_true(matches(f, "attribute_not_exists(pk)", "{}"));
}

static void between_includes_its_bounds(void **state)
{
    struct fixture *f = *state;
    static const char *const yes[] = {"n BETWEEN :ten AND :ten",      "n BETWEEN :nine AND :hundred",
                                      "s BETWEEN :a AND :c",          "s BETWEEN :s AND :s",
                                      "b BETWEEN :b1 AND :b9",        ":nine BETWEEN m.o.p AND n",
                                      "size(s) BETWEEN :one AND :six"};
    static const char *const no[] = {"n BETWEEN :one AND :nine", "s BETWEEN :c AND :red",
                                     "s BETWEEN :one AND :two",  "n BETWEEN s AND :hundred",
                                     "t BETWEEN :a AND :c",      "n BETWEEN :hundred AND m.o.p",
                                     "m BETWEEN :a AND :c"};
    EXPECT_TRUE(f, yes);
    EXPECT_FALSE(f, no);
}

static void in_is_equality_with_any(void **state)
{
    struct fixture *f = *state;
    static const char *const yes[] = {"s IN (:s)",          "s IN (:a, :n, :s)", "n IN (:one, :ten)",
                                      "l[0] IN (z, s, :x)", "t IN (:f, :t)",     "m IN (:em, :m)",
                                      ":six IN (size(s))",  "u IN (:u)"};
    static const char *const no[] = {"s IN (:a, :c)", "n IN (:s)", "s IN (z)", "ss IN (:red)"};
    EXPECT_TRUE(f, yes);
    EXPECT_FALSE(f, no);
}

/* ------------------------------------------------------------------ functions */

static void existence_ignores_the_type(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"s", "n", "b",  "t",  "u",       "ss",    "ns",   "bs",    "l",
                                        "m", "e", "el", "em", "l[3][0]", "m.o.p", "#dot", "l[2].v"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "attribute_exists(%s)", names[i]);
        assert_true(matches(f, text, ITEM));
        snprintf(text, sizeof text, "attribute_not_exists(%s)", names[i]);
        assert_false(matches(f, text, ITEM));
    }
}

static void attribute_type_tells_the_stored_type(void **state)
{
    struct fixture *f = *state;
    static const char *const rows[][2] = {{"s", ":S"},    {"n", ":N"},   {"b", ":B"},   {"t", ":BOOL"},
                                          {"u", ":NULL"}, {"ss", ":SS"}, {"ns", ":NS"}, {"bs", ":BS"},
                                          {"l", ":L"},    {"m", ":M"}};
    for (size_t i = 0; i < 10; i++)
        for (size_t j = 0; j < 10; j++) {
            char text[64];
            snprintf(text, sizeof text, "attribute_type(%s, %s)", rows[i][0], rows[j][1]);
            assert_int_equal(matches(f, text, ITEM), i == j);
        }
}

static void begins_with_compares_prefixes_of_one_type(void **state)
{
    struct fixture *f = *state;
    static const char *const yes[] = {"begins_with(s, :ban)",   "begins_with(s, :s)",
                                      "begins_with(s, :empty)", "begins_with(b, :b12)",
                                      "begins_with(:s, :ban)",  "begins_with(m.k, :v)"};
    static const char *const no[] = {"begins_with(s, :nan)", "begins_with(b, :b23)", "begins_with(n, :ban)",
                                     "begins_with(s, :b1)",  "begins_with(l, :x)",   "begins_with(ss, :red)",
                                     "begins_with(e, :a)",   "begins_with(:ban, s)"};
    EXPECT_TRUE(f, yes);
    EXPECT_FALSE(f, no);
}

static void contains_searches_strings_binaries_sets_and_lists(void **state)
{
    struct fixture *f = *state;
    static const char *const yes[] = {
        "contains(s, :nan)",
        "contains(s, :s)",
        "contains(s, :empty)",
        "contains(e, :empty)",
        "contains(b, :b23)",
        "contains(ss, :red)",
        "contains(ns, :25)",
        "contains(bs, :b1)",
        "contains(l, :three)",
        "contains(l, :mv)",
        "contains(l, l[3])",
        "contains(l[3], :deep)",
        "contains(ns, size(m.k))",
        "contains(l, size(ban)) OR s = :s",
        "contains(:ss, l[0]) OR contains(:s, :nan)",
    };
    static const char *const no[] = {
        "contains(s, :c)",    "contains(s, :b1)",   "contains(b, :b9)",   "contains(ss, :a)",
        "contains(ss, :one)", "contains(ns, :red)", "contains(ns, :two)", "contains(bs, :b9)",
        "contains(bs, :red)", "contains(l, :deep)", "contains(l, :one)",  "contains(n, :one)",
        "contains(m, :v)",    "contains(t, :t)",    "contains(u, :u)",    "contains(ss, :ss)",
        "contains(em, :a)",   "contains(el, :a)",
    };
    EXPECT_TRUE(f, yes);
    EXPECT_FALSE(f, no);
}

static void size_counts_what_a_value_holds(void **state)
{
    struct fixture *f = *state;
    static const char *const yes[] = {
        "size(s) = :six",
        "size(b) = :four",
        "size(ss) = :two",
        "size(ns) = :two",
        "size(bs) = :two",
        "size(l) = :four",
        "size(m) = :two",
        "size(e) = :zero",
        "size(el) = :zero",
        "size(em) = :zero",
        "size(:s) = :six",
        "size(s) > size(l)",
        "size(l) = size(b)",
        "size(l[3]) = :one",
        ":six = size(s)",
        "size(s) <> :one",
        "size(s) <> :s",
        "size(m.o) < :two",
        "n > size(s)",
        /* é is one code unit, the clef beyond U+FFFF two. */
        "size(uni) = :three",
    };
    static const char *const no[] = {
        "size(n) = :two", "size(t) = :one", "size(u) = :one",   "size(n) >= :zero", "size(t) < :ten",
        "size(s) = :s",   "size(s) < :two", "size(uni) = :two", "size(uni) = :six",
    };
    EXPECT_TRUE(f, yes);
    EXPECT_FALSE(f, no);
    EXPECT_TRUE(f, ((const char *const[]){"size(n) <> :two", "NOT size(t) = :one"}));
}

/* ------------------------------------------------------------------ logic and paths */

static void not_binds_tighter_than_and_and_than_or(void **state)
{
    struct fixture *f = *state;
    /* T and F stand for a true and a false comparison. */
    static const struct {
        const char *text;
        bool expected;
    } rows[] = {
        {"T OR T AND F", true},    {"(T OR T) AND F", false},    {"F AND F OR T", true},
        {"F AND (F OR T)", false}, {"NOT F AND F", false},       {"NOT (F AND F)", true},
        {"NOT T OR T", true},      {"NOT (T OR T)", false},      {"NOT NOT T", true},
        {"NOT NOT NOT T", false},  {"T AND NOT F", true},        {"F OR F OR T", true},
        {"T AND T AND F", false},  {"F AND T OR T AND T", true}, {"NOT F OR F AND F", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf text;
        fixture_reset(f);
        buf_init(&text, &f->arena, 256);
        for (const char *c = rows[i].text; *c; c++) {
            bool word = *c == 'T' && (c[1] == '\0' || c[1] == ' ' || c[1] == ')') &&
                        (c == rows[i].text || c[-1] != 'O');
            if (word)
                buf_append_literal(&text, "n = :ten");
            else if (*c == 'F')
                buf_append_literal(&text, "n = :nine");
            else
                buf_append_byte(&text, *c);
        }
        buf_append_byte(&text, '\0');
        struct expr *e = fixture_expr(f, EXPR_FILTER, text.data, NAMES, VALUES);
        if (expr_matches(e, fixture_item(f, ITEM)) != rows[i].expected)
            fail_msg("%s", rows[i].text);
    }
}

static void between_takes_its_own_and(void **state)
{
    struct fixture *f = *state;
    EXPECT_TRUE(f, ((const char *const[]){"n BETWEEN :nine AND :hundred AND s = :s",
                                          "s = :a OR n BETWEEN :nine AND :hundred",
                                          "NOT n BETWEEN :one AND :nine AND s = :s"}));
    EXPECT_FALSE(f, ((const char *const[]){"n BETWEEN :nine AND :hundred AND s = :a",
                                           "NOT n BETWEEN :nine AND :hundred OR s = :a"}));
}

static void paths_reach_into_maps_and_lists(void **state)
{
    struct fixture *f = *state;
    static const char *const yes[] = {"m.k = :v",      "m.o.p = :seven",   "#m.#o.p = :seven",
                                      "l[1] = :three", "l[2].v = :one",    "l[3][0] = :deep",
                                      "#dot = :one",   "(m).o.p = :seven", "(m.o).p = :seven"};
    EXPECT_TRUE(f, yes);
    /* A dot inside a placeholder's name does not split it. */
    assert_false(matches(f, "x.y = :one", ITEM));
}

static void the_deepest_and_the_longest_are_evaluated(void **state)
{
    struct fixture *f = *state;
    struct buf text;
    buf_init(&text, &f->arena, 4096);
    for (int i = 0; i < 298; i++)
        buf_append_literal(&text, "NOT (");
    buf_append_literal(&text, "n = :n");
    for (int i = 0; i < 298; i++)
        buf_append_literal(&text, ")");
    buf_append_byte(&text, '\0');
    struct expr *e = fixture_expr(f, EXPR_CONDITION, text.data, NULL, "{\":n\":{\"N\":\"1\"}}");
    assert_true(expr_matches(e, fixture_item(f, "{\"n\":{\"N\":\"1\"}}")));
    assert_false(expr_matches(e, fixture_item(f, "{\"n\":{\"N\":\"2\"}}")));
    text.size = 0;
    buf_append_literal(&text, "n=:n");
    for (int i = 0; i < 149; i++)
        buf_append_literal(&text, " OR a=:n");
    buf_append_byte(&text, '\0');
    e = fixture_expr(f, EXPR_CONDITION, text.data, NULL, NULL);
    assert_true(expr_matches(e, fixture_item(f, "{\"n\":{\"N\":\"1\"}}")));
    assert_true(expr_matches(e, fixture_item(f, "{\"a\":{\"N\":\"1\"}}")));
    assert_false(expr_matches(e, fixture_item(f, "{\"b\":{\"N\":\"1\"}}")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(equality_is_deep_typed_and_numeric),
        TEST_CASE(order_is_that_of_numbers_and_bytes),
        TEST_CASE(values_of_different_or_unordered_types_have_no_order),
        TEST_CASE(missing_attributes_equal_nothing),
        TEST_CASE(of_no_item_every_attribute_is_missing),
        TEST_CASE(between_includes_its_bounds),
        TEST_CASE(in_is_equality_with_any),
        TEST_CASE(existence_ignores_the_type),
        TEST_CASE(attribute_type_tells_the_stored_type),
        TEST_CASE(begins_with_compares_prefixes_of_one_type),
        TEST_CASE(contains_searches_strings_binaries_sets_and_lists),
        TEST_CASE(size_counts_what_a_value_holds),
        TEST_CASE(not_binds_tighter_than_and_and_than_or),
        TEST_CASE(between_takes_its_own_and),
        TEST_CASE(paths_reach_into_maps_and_lists),
        TEST_CASE(the_deepest_and_the_longest_are_evaluated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
