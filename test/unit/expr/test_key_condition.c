/* semantics.md 5.6 */
#include "fixture.h"

#include <stdio.h>

#define VALUES                                                                                              \
    "{\":s\":{\"S\":\"a\"},\":z\":{\"S\":\"z\"},\":n\":{\"N\":\"5\"},\":t\":{\"BOOL\":true},\":b\":{\"B\":" \
    "\"AQ==\"}}"
#define NAMES "{\"#p\":\"pk\"}"

static struct key_conditions key_conditions(struct fixture *f, const char *text)
{
    fixture_reset(f);
    struct key_conditions out;
    expr_key_conditions(fixture_expr(f, EXPR_KEY_CONDITION, text, NAMES, VALUES), &out);
    return out;
}

static void check_condition(const struct key_condition *c, const char *attribute,
                            enum key_comparison comparison, const char *operand)
{
    assert_true(slice_equal(c->attribute, slice_from_cstr(attribute)));
    assert_int_equal(c->comparison, comparison);
    assert_true(slice_equal(c->operand.payload, slice_from_cstr(operand)));
}

static void partition_key_alone_or_with_sort_key_in_any_order(void **state)
{
    struct fixture *f = *state;
    struct key_conditions k = key_conditions(f, "pk = :s");
    assert_int_equal(k.count, 1);
    check_condition(&k.conditions[0], "pk", KEY_EQ, "a");
    k = key_conditions(f, "#p = :s AND sk > :z");
    assert_int_equal(k.count, 2);
    check_condition(&k.conditions[0], "pk", KEY_EQ, "a");
    check_condition(&k.conditions[1], "sk", KEY_GT, "z");
    k = key_conditions(f, "((sk < :z) AND (pk = :s))");
    assert_int_equal(k.count, 2);
    check_condition(&k.conditions[0], "sk", KEY_LT, "z");
    check_condition(&k.conditions[1], "pk", KEY_EQ, "a");
}

static void every_comparison_is_given_with_the_attribute_on_the_left(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *operator;
        enum key_comparison straight;
        enum key_comparison mirrored;
    } rows[] = {{"=", KEY_EQ, KEY_EQ},
                {"<", KEY_LT, KEY_GT},
                {"<=", KEY_LE, KEY_GE},
                {">", KEY_GT, KEY_LT},
                {">=", KEY_GE, KEY_LE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[32];
        snprintf(text, sizeof text, "sk %s :s", rows[i].operator);
        struct key_conditions k = key_conditions(f, text);
        check_condition(&k.conditions[0], "sk", rows[i].straight, "a");
        snprintf(text, sizeof text, ":s %s sk", rows[i].operator);
        k = key_conditions(f, text);
        check_condition(&k.conditions[0], "sk", rows[i].mirrored, "a");
    }
}

static void between_and_begins_with_are_given(void **state)
{
    struct fixture *f = *state;
    struct key_conditions k = key_conditions(f, "pk = :s AND sk BETWEEN :s AND :z");
    check_condition(&k.conditions[1], "sk", KEY_BETWEEN, "a");
    assert_true(slice_equal(k.conditions[1].upper.payload, SLICE("z")));
    k = key_conditions(f, "begins_with(sk, :z) AND pk = :s");
    check_condition(&k.conditions[0], "sk", KEY_BEGINS_WITH, "z");
    check_condition(&k.conditions[1], "pk", KEY_EQ, "a");
}

static void eight_attributes_are_the_most(void **state)
{
    struct fixture *f = *state;
    struct key_conditions k = key_conditions(
        f, "a1 = :s AND a2 = :s AND a3 = :s AND a4 = :s AND b1 = :s AND b2 = :s AND b3 = :s AND b4 < :s");
    assert_int_equal(k.count, 8);
    check_condition(&k.conditions[7], "b4", KEY_LT, "a");
    static const struct rejected rows[] = {
        {"a1=:s AND a2=:s AND a3=:s AND a4=:s AND b1=:s AND b2=:s AND b3=:s AND b4=:s AND b5=:s",
         "!Conditions can be of length 1 or 2 only"}};
    CHECK_REJECTED(f, EXPR_KEY_CONDITION, rows, NULL, VALUES);
}

static void what_an_index_cannot_answer_is_rejected(void **state)
{
    struct fixture *f = *state;
#define OPERATOR  "Invalid operator used in KeyConditionExpression: "
#define CONDITION "Invalid condition in KeyConditionExpression: "
    static const struct rejected rows[] = {
        {"pk = :s OR sk = :z", OPERATOR "OR"},
        {"NOT pk = :s", OPERATOR "NOT"},
        {"pk = :s AND NOT sk = :z", OPERATOR "NOT"},
        {"pk IN (:s)", OPERATOR "IN"},
        {"pk = :s AND sk in (:z)", OPERATOR "IN"},
        {"pk <> :s", OPERATOR "<>"},
        {"attribute_exists(pk)", OPERATOR "attribute_exists"},
        {"pk = :s AND attribute_not_exists(sk)", OPERATOR "attribute_not_exists"},
        {"attribute_type(pk, :type)", OPERATOR "attribute_type"},
        {"contains(pk, :s)", OPERATOR "contains"},
        {"pk = :s AND (sk = :z OR sk = :s)", OPERATOR "OR"},
        {"size(pk) = :n", "KeyConditionExpressions cannot contain nested operations"},
        {"pk = :s AND sk > size(a)", "KeyConditionExpressions cannot contain nested operations"},
        {"pk BETWEEN size(a) AND :n", "KeyConditionExpressions cannot contain nested operations"},
        {"pk = sk", CONDITION "Multiple attribute names used in one condition"},
        {"pk = :s AND sk BETWEEN a AND :z", CONDITION "Multiple attribute names used in one condition"},
        {"begins_with(pk, sk)", CONDITION "Multiple attribute names used in one condition"},
        {":s = :z", CONDITION "No key attribute specified"},
        {":s BETWEEN pk AND :z",
         CONDITION "BETWEEN operator must have the key attribute as its first operand"},
        {"begins_with(:s, pk)",
         CONDITION "begins_with operator must have the key attribute as its first operand"},
        {"begins_with(:s, :z)",
         CONDITION "begins_with operator must have the key attribute as its first operand"},
        {"pk.a = :s", "KeyConditionExpressions cannot have conditions on nested attributes"},
        {"pk[0] = :s", "KeyConditionExpressions cannot have conditions on nested attributes"},
        {"pk = :s AND :z < sk.a", "KeyConditionExpressions cannot have conditions on nested attributes"},
        {"pk = :s AND begins_with(sk[0], :z)",
         "KeyConditionExpressions cannot have conditions on nested attributes"},
        {"pk.a > :s", "KeyConditionExpressions cannot have conditions on nested attributes"},
        {"pk = :s AND sk > :s AND sk < :z",
         "KeyConditionExpressions must only contain one condition per key"},
        {"pk = :s AND pk = :s", "KeyConditionExpressions must only contain one condition per key"},
        {"pk = :s AND #p = :s", "KeyConditionExpressions must only contain one condition per key"},
    };
#undef OPERATOR
#undef CONDITION
    CHECK_REJECTED(
        f, EXPR_KEY_CONDITION, rows, NAMES,
        "{\":s\":{\"S\":\"a\"},\":z\":{\"S\":\"z\"},\":n\":{\"N\":\"5\"},\":type\":{\"S\":\"S\"}}");
}

static void they_are_conditions_first(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        {"pk", "Syntax error; token: \"<EOF>\", near: \"pk\""},
        {"pk = :s AND sk != :z", "Syntax error; token: \"!\", near: \"sk !=\""},
        {"((sk = :z) AND ((pk = :s)))", "The expression has redundant parentheses;"},
        {"pk = :s AND dog(sk, :z)", "Invalid function name; function: dog"},
        {"pk = :s AND BEGINS_WITH(sk, :z)", "Invalid function name; function: BEGINS_WITH"},
        {"data.a = :s", "Attribute name is a reserved keyword; reserved keyword: data"},
        {"pk = :x OR sk = :s",
         "An expression attribute value used in expression is not defined; attribute value: :x"},
        {"pk = :s AND begins_with(sk, :n)",
         "Incorrect operand type for operator or function; operator or function: "
         "begins_with, operand type: N"},
        {"pk = :s AND sk < :t",
         "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"},
        {"pk = pk",
         "The first operand must be distinct from the remaining operands for this operator or function; "
         "operator: =, first operand: [pk]"},
    };
    CHECK_REJECTED(f, EXPR_KEY_CONDITION, rows, NULL, VALUES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(partition_key_alone_or_with_sort_key_in_any_order),
        TEST_CASE(every_comparison_is_given_with_the_attribute_on_the_left),
        TEST_CASE(between_and_begins_with_are_given),
        TEST_CASE(eight_attributes_are_the_most),
        TEST_CASE(what_an_index_cannot_answer_is_rejected),
        TEST_CASE(they_are_conditions_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
