/* What is wrong with a text whatever its placeholders stand for. */
#include "fixture.h"

/* ------------------------------------------------------------------ size */

static void the_empty_text_is_rejected_for_every_kind(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {{"", "The expression can not be empty;"}};
    CHECK_REJECTED(f, EXPR_CONDITION, rows, NULL, NULL);
    CHECK_REJECTED(f, EXPR_FILTER, rows, NULL, NULL);
    CHECK_REJECTED(f, EXPR_KEY_CONDITION, rows, NULL, NULL);
    CHECK_REJECTED(f, EXPR_PROJECTION, rows, NULL, NULL);
}

static char *text_of_size(struct fixture *f, const char *tail, size_t size)
{
    char *text = arena_alloc_bytes(&f->arena, size + 1);
    memset(text, 'a', size);
    memcpy(text + size - strlen(tail), tail, strlen(tail));
    text[size] = '\0';
    return text;
}

static void a_text_of_4096_bytes_is_accepted_and_one_more_is_not(void **state)
{
    struct fixture *f = *state;
    static const struct {
        enum expr_kind kind;
        const char *tail;
        const char *message;
    } rows[] = {
        {EXPR_CONDITION, " = b",
         "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression "
         "size: 4097"},
        {EXPR_FILTER, " = b",
         "Invalid FilterExpression: Expression size has exceeded the maximum allowed size; expression size: "
         "4097"},
        {EXPR_KEY_CONDITION, " = :v",
         "Invalid KeyConditionExpression: Expression size has exceeded the maximum allowed size;"},
        {EXPR_PROJECTION, ", b",
         "Invalid ProjectionExpression: Expression size has exceeded the maximum allowed size;"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture_reset(f);
        fixture_values(f, "{\":v\":{\"S\":\"x\"}}");
        (void)fixture_expr(f, rows[i].kind, text_of_size(f, rows[i].tail, 4096), NULL, NULL);
        struct expr *e;
        const char *message =
            fixture_error(f, rows[i].kind, text_of_size(f, rows[i].tail, 4097), NULL, NULL, &e);
        assert_non_null(message);
        assert_string_equal(message, rows[i].message);
    }
}

static void size_goes_before_syntax(void **state)
{
    struct fixture *f = *state;
    char text[5001];
    memset(text, '(', 5000);
    text[5000] = '\0';
    const struct rejected rows[] = {
        {text, "Expression size has exceeded the maximum allowed size; expression size: 5000"}};
    CHECK_REJECTED(f, EXPR_CONDITION, rows, NULL, NULL);
}

/* ------------------------------------------------------------------ syntax */

static void syntax_errors_name_the_token_and_its_neighbours(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        /* Observed answers. */
        {"foo", "Syntax error; token: \"<EOF>\", near: \"foo\""},
        {"a = = b", "Syntax error; token: \"=\", near: \"= = b\""},
        {"(", "Syntax error; token: \"<EOF>\", near: \"(\""},
        {"((((((a = b", "Syntax error; token: \"<EOF>\", near: \"b\""},
        {"a[-1] = b", "Syntax error; token: \"-\", near: \"[-1\""},
        {"!!! INVALID !!!", "Syntax error; token: \"!\", near: \"!!\""},
        {"NOT (a)", "Syntax error; token: \"<EOF>\", near: \")\""},
        /* The same rule elsewhere. */
        {"a   =\t=  b", "Syntax error; token: \"=\", near: \"=\t=  b\""},
        {")", "Syntax error; token: \")\", near: \")\""},
        {"   ", "Syntax error; token: \"<EOF>\", near: \"   \""},
        {" a = ", "Syntax error; token: \"<EOF>\", near: \"= \""},
        {"  = a", "Syntax error; token: \"=\", near: \"  = a\""},
        {"a = 5 ", "Syntax error; token: \"5\", near: \"= 5 \""},
        {"_version = :v", "Syntax error; token: \"_\", near: \"_version\""},
        {"a = b AND __typename = :v", "Syntax error; token: \"_\", near: \"AND __\""},
        {"a._b = c", "Syntax error; token: \"_\", near: \"._b\""},
        {"_f(a)", "Syntax error; token: \"_\", near: \"_f\""},
        {"a[007] = b", "Syntax error; token: \"0\", near: \"007\""},
        {"a[4.5] = b", "Syntax error; token: \".\", near: \"4.5\""},
        {"a = b c = d", "Syntax error; token: \"c\", near: \"b c =\""},
        {"a = b)", "Syntax error; token: \")\", near: \"b)\""},
        {"a == b", "Syntax error; token: \"=\", near: \"== b\""},
        {"a != b", "Syntax error; token: \"!\", near: \"a !=\""},
        {"a = 5", "Syntax error; token: \"5\", near: \"= 5\""},
        {"a = 'x'", "Syntax error; token: \"'\", near: \"= 'x\""},
        {"a = b\xC3\xA9", "Syntax error; token: \"\xC3\xA9\", near: \"b\xC3\xA9\""},
        {"\xF0\x9F\x98\x80 = b", "Syntax error; token: \"\xF0\x9F\x98\x80\", near: \"\xF0\x9F\x98\x80 =\""},
        {"a-b = c", "Syntax error; token: \"-\", near: \"a-b\""},
        {"1a = b", "Syntax error; token: \"1\", near: \"1a\""},
        {"# = b", "Syntax error; token: \"#\", near: \"# =\""},
        {"a = :", "Syntax error; token: \":\", near: \"= :\""},
        {"a = :v-w", "Syntax error; token: \"-\", near: \":v-w\""},
    };
    CHECK_REJECTED(f, EXPR_CONDITION, rows, NULL, "{\":v\":{\"S\":\"x\"}}");
}

static void conditions_follow_their_grammar(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        {"a = b AND", "Syntax error; token: \"<EOF>\", near: \"AND\""},
        {"AND a = b", "Syntax error; token: \"AND\", near: \"AND a\""},
        {"a AND b = c", "Syntax error; token: \"AND\", near: \"a AND b\""},
        {"a = b OR c", "Syntax error; token: \"<EOF>\", near: \"c\""},
        {"(a) OR b = c", "Syntax error; token: \"OR\", near: \") OR b\""},
        {"NOT a", "Syntax error; token: \"<EOF>\", near: \"a\""},
        {"NOT", "Syntax error; token: \"<EOF>\", near: \"NOT\""},
        {"a NOT = b", "Syntax error; token: \"NOT\", near: \"a NOT =\""},
        {"a = NOT b", "Syntax error; token: \"NOT\", near: \"= NOT b\""},
        {"a = (NOT b)", "Syntax error; token: \"NOT\", near: \"(NOT b\""},
        {"a = b = c", "Syntax error; token: \"=\", near: \"b = c\""},
        {"(a = b) = c", "Syntax error; token: \"=\", near: \") = c\""},
        {"a = (b = c)", "Syntax error; token: \"=\", near: \"b = c\""},
        {"a = (b AND c)", "Syntax error; token: \"AND\", near: \"b AND c\""},
        {"a BETWEEN b", "Syntax error; token: \"<EOF>\", near: \"b\""},
        {"a BETWEEN b OR c", "Syntax error; token: \"OR\", near: \"b OR c\""},
        {"a BETWEEN b, c", "Syntax error; token: \",\", near: \"b, c\""},
        {"(a BETWEEN b)", "Syntax error; token: \")\", near: \"b)\""},
        {"a BETWEEN (b AND c)", "Syntax error; token: \"AND\", near: \"b AND c\""},
        {"a BETWEEN b = c AND d", "Syntax error; token: \"=\", near: \"b = c\""},
        {"a BETWEEN b AND c BETWEEN d AND e", "Syntax error; token: \"BETWEEN\", near: \"c BETWEEN d\""},
        {"a IN b", "Syntax error; token: \"b\", near: \"IN b\""},
        {"a IN ()", "Syntax error; token: \")\", near: \"()\""},
        {"a IN (b", "Syntax error; token: \"<EOF>\", near: \"b\""},
        {"a IN (b,)", "Syntax error; token: \")\", near: \",)\""},
        {"a IN (b c)", "Syntax error; token: \"c\", near: \"b c)\""},
        {"a IN (b = c)", "Syntax error; token: \"=\", near: \"b = c\""},
        {"a IN (b) IN (c)", "Syntax error; token: \"IN\", near: \") IN (\""},
        {"a IN ((b, c))", "Syntax error; token: \",\", near: \"b, c\""},
        {"size()", "Syntax error; token: \")\", near: \"()\""},
        {"attribute_exists(a", "Syntax error; token: \"<EOF>\", near: \"a\""},
        {"attribute_exists a", "Syntax error; token: \"a\", near: \"attribute_exists a\""},
        {"begins_with(a b)", "Syntax error; token: \"b\", near: \"a b)\""},
        {"begins_with(a, b = c)", "Syntax error; token: \"=\", near: \"b = c\""},
        {"begins_with(a, NOT b)", "Syntax error; token: \"NOT\", near: \", NOT b\""},
        {"a, b", "Syntax error; token: \",\", near: \"a, b\""},
        {"(a, b)", "Syntax error; token: \",\", near: \"a, b\""},
        {"()", "Syntax error; token: \")\", near: \"()\""},
        {"a. = b", "Syntax error; token: \"=\", near: \". = b\""},
        {".a = b", "Syntax error; token: \".\", near: \".a\""},
        {"a..b = c", "Syntax error; token: \".\", near: \"..b\""},
        {"a.1 = c", "Syntax error; token: \"1\", near: \".1 =\""},
        {"a[] = c", "Syntax error; token: \"]\", near: \"[] =\""},
        {"a[b] = c", "Syntax error; token: \"b\", near: \"[b]\""},
        {"a[1 = c", "Syntax error; token: \"=\", near: \"1 = c\""},
        {"[1] = c", "Syntax error; token: \"[\", near: \"[1\""},
        {"a.:v = c", "Syntax error; token: \":v\", near: \".:v =\""},
        {":v.a = c", "Syntax error; token: \".\", near: \":v.a\""},
        {"(:v).a = c", "Syntax error; token: \".\", near: \").a\""},
        {"#n(a)", "Syntax error; token: \"(\", near: \"#n(a\""},
        {"a.and = b", "Syntax error; token: \"and\", near: \".and =\""},
        {"between = b", "Syntax error; token: \"between\", near: \"between =\""},
        {"ADD #n :v", "Syntax error; token: \"ADD\", near: \"ADD #n\""},
        {"a = :v AND SET b = :v", "Syntax error; token: \"SET\", near: \"AND SET b\""},
        {"set(a)", "Syntax error; token: \"set\", near: \"set(\""},
    };
    CHECK_REJECTED(f, EXPR_CONDITION, rows, "{\"#n\":\"n\"}", "{\":v\":{\"S\":\"x\"}}");
}

static void conditions_of_every_form_are_accepted(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = {
        "a = b",
        "a<>b",
        "a<b",
        "a<=b",
        "a>b",
        "a>=b",
        "\ta\r\n=\n b ",
        "a=b AND c=d OR NOT e=f",
        "a=b and c=d oR nOt e=f",
        "NOT NOT NOT a = b",
        "a BETWEEN b AND c AND d BETWEEN e AND f",
        "a between b and c or d = e",
        "a IN (b)",
        "a in (b, c, :v, #n)",
        "(a = b)",
        "(a) = (b)",
        "(a = b) AND (c = d)",
        "((a = b) AND (c = d))",
        "((a) = b)",
        "NOT (a = b OR c = d)",
        "(a) BETWEEN (b) AND (c)",
        "a IN ((b), (c))",
        "attribute_exists(a)",
        "attribute_not_exists (a)",
        "(attribute_exists((a)))",
        "attribute_type(a, :t)",
        "begins_with(a, b)",
        "contains(a.b[3].c, :v)",
        "size(a) > size(b)",
        "(size(a)) = b",
        "contains(a, size(b))",
        "a.b.c[0][1].#n = :v",
        "(a).b = c",
        "((a).b)[1] = c",
        "a [ 0 ] . b = c",
        "a[0] = b",
        "a[2147483647] = b",
        "a1_ = #n",
        "#_ = :_",
        "andy = notb",
        "attribute_exists = size1",
        "attribute_exists(contains)",
    };
    CHECK_ACCEPTED(f, EXPR_CONDITION, texts, "{\"#n\":\"n\",\"#_\":\"m\"}",
                   "{\":v\":{\"S\":\"x\"},\":t\":{\"S\":\"S\"},\":_\":{\"S\":\"x\"}}");
}

static void projections_follow_their_grammar(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        {"!!! INVALID !!!", "Syntax error; token: \"!\", near: \"!!\""},
        {"a,", "Syntax error; token: \"<EOF>\", near: \",\""},
        {",a", "Syntax error; token: \",\", near: \",a\""},
        {"a,,b", "Syntax error; token: \",\", near: \",,b\""},
        {"a b", "Syntax error; token: \"b\", near: \"a b\""},
        {"l[a]", "Syntax error; token: \"a\", near: \"[a]\""},
        {"(a)", "Syntax error; token: \"(\", near: \"(a\""},
        {":v", "Syntax error; token: \":v\", near: \":v\""},
        {"a.and", "Syntax error; token: \"and\", near: \".and\""},
        {"Between", "Syntax error; token: \"Between\", near: \"Between\""},
        {"ADD, b", "Syntax error; token: \"ADD\", near: \"ADD,\""},
    };
    /* A function is no path: the syntax error is what counts. */
    static const struct rejected function[] = {{"size(a)", "Syntax error; token: \"(\", near: \"size(a\""}};
    CHECK_REJECTED(f, EXPR_PROJECTION, rows, NULL, NULL);
    CHECK_REJECTED(f, EXPR_PROJECTION, function, NULL, NULL);
    static const char *const texts[] = {"a", " a  ,   b  ", "a.b[0], a.c, #n.#n", "a[0][1]"};
    CHECK_ACCEPTED(f, EXPR_PROJECTION, texts, "{\"#n\":\"n\"}", NULL);
}

/* ------------------------------------------------------------------ complaints */

static void double_parentheses_are_redundant(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        {"((a = b))", "The expression has redundant parentheses;"},
        {"((attribute_exists(a)))", "The expression has redundant parentheses;"},
        {"NOT ((a = b))", "The expression has redundant parentheses;"},
        {"c = d AND ((a = b))", "The expression has redundant parentheses;"},
        {"((a = b AND c = d))", "The expression has redundant parentheses;"},
        {"((a)) = b", "The expression has redundant parentheses;"},
        {"a = ((:v))", "The expression has redundant parentheses;"},
        {"a BETWEEN ((b)) AND c", "The expression has redundant parentheses;"},
        {"a IN (((b)))", "The expression has redundant parentheses;"},
        {"size(((a))) = b", "The expression has redundant parentheses;"},
        {"((a).b) = c AND ((d)).e = f", "The expression has redundant parentheses;"},
    };
    CHECK_REJECTED(f, EXPR_FILTER, rows, NULL, NULL);
}

static void unknown_functions_are_rejected(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        {"starts_with(a, b)", "Invalid function name; function: starts_with"},
        {"ATTRIBUTE_EXISTS(a)", "Invalid function name; function: ATTRIBUTE_EXISTS"},
        {"Size(a) = b", "Invalid function name; function: Size"},
        {"a = f(b)", "Invalid function name; function: f"},
        {"f(g(a), h(b)) = c", "Invalid function name; function: f"},
        {"a = b AND if_not_exists(a, b)",
         "The function is not allowed in a condition expression; function: if_not_exists"},
    };
    CHECK_REJECTED(f, EXPR_CONDITION, rows, NULL, NULL);
}

static void functions_stand_only_where_they_may(void **state)
{
    struct fixture *f = *state;
#define MISUSED "The function is not allowed to be used this way in an expression; function: "
    static const struct rejected rows[] = {
        {"size(a)", MISUSED "size"},
        {"(size(a))", MISUSED "size"},
        {"NOT size(a)", MISUSED "size"},
        {"a = b AND size(a)", MISUSED "size"},
        {"size(a) OR a = b", MISUSED "size"},
        {"attribute_exists(a) = b", MISUSED "attribute_exists"},
        {"a = attribute_not_exists(b)", MISUSED "attribute_not_exists"},
        {"a < (contains(b, c))", MISUSED "contains"},
        {"begins_with(a, b) BETWEEN c AND d", MISUSED "begins_with"},
        {"a BETWEEN b AND begins_with(c, d)", MISUSED "begins_with"},
        {"a IN (b, attribute_type(c, d))", MISUSED "attribute_type"},
        {"attribute_type(a, b) IN (c)", MISUSED "attribute_type"},
        {"size(attribute_exists(a)) > b", MISUSED "attribute_exists"},
        {"begins_with(a, contains(b, c))", MISUSED "contains"},
    };
    CHECK_REJECTED(f, EXPR_CONDITION, rows, NULL, NULL);
#undef MISUSED
}

static void reserved_words_stand_nowhere_in_a_path(void **state)
{
    struct fixture *f = *state;
#define RESERVED "Attribute name is a reserved keyword; reserved keyword: "
    static const struct rejected rows[] = {
        {"status = :v", RESERVED "status"},
        {"a.abORt = :v", RESERVED "abORt"},
        {"a[0].Name = :v", RESERVED "Name"},
        {"#a.zone = :v", RESERVED "zone"},
        {"a = data", RESERVED "data"},
        {"attribute_exists(size)", RESERVED "size"},
        {"a BETWEEN name AND abort", RESERVED "name"},
        {"a IN (b, value)", RESERVED "value"},
    };
    static const struct rejected projections[] = {
        {"a.abORt", RESERVED "abORt"},
        {"#a,ABSoLUTE", RESERVED "ABSoLUTE"},
        {"a, b, comment", RESERVED "comment"},
    };
#undef RESERVED
    CHECK_REJECTED(f, EXPR_CONDITION, rows, NULL, NULL);
    CHECK_REJECTED(f, EXPR_PROJECTION, projections, NULL, NULL);
    static const char *const free[] = {"#s = a", "a.#s = b", "abortive = b"};
    CHECK_ACCEPTED(f, EXPR_CONDITION, free, "{\"#s\":\"status\"}", NULL);
}

static void list_indexes_end_at_2147483647(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        {"a[2147483648] = b", "List index is not within the allowable range; index: [2147483648]"},
        {"a[4294967296] = b", "List index is not within the allowable range; index: [4294967296]"},
        {"a[99999999999999999999999] = b",
         "List index is not within the allowable range; index: [99999999999999999999999]"},
    };
    CHECK_REJECTED(f, EXPR_CONDITION, rows, NULL, NULL);
}

static void paths_have_at_most_32_elements(void **state)
{
    struct fixture *f = *state;
    char text[128] = "a";
    for (int i = 1; i < 32; i++)
        strcat(text, i % 2 ? ".b" : "[1]");
    (void)fixture_expr(f, EXPR_PROJECTION, text, NULL, NULL);
    strcat(text, "[0]");
    const struct rejected rows[] = {
        {text, "The document path has too many nesting levels; nesting levels: 33"}};
    CHECK_REJECTED(f, EXPR_PROJECTION, rows, NULL, NULL);
}

/* ------------------------------------------------------------------ operators */

static const char *repeat(struct fixture *f, const char *head, const char *middle, size_t count,
                          const char *tail)
{
    struct buf b;
    buf_init(&b, &f->arena, 4200);
    buf_append(&b, slice_from_cstr(head));
    for (size_t i = 0; i < count; i++)
        buf_append(&b, slice_from_cstr(middle));
    buf_append(&b, slice_from_cstr(tail));
    buf_append_byte(&b, '\0');
    return b.data;
}

static void expect_message(struct fixture *f, const char *text, const char *message)
{
    const char *copy = text;
    struct expr *e;
    const char *got = fixture_error(f, EXPR_CONDITION, copy, NULL, NULL, &e);
    assert_non_null(got);
    assert_string_equal(got, message);
}

static void an_expression_has_at_most_300_operators(void **state)
{
    struct fixture *f = *state;
    static const char too_many[] =
        "Invalid ConditionExpression: The expression contains too many operators; operator count: 301";
    (void)fixture_expr(f, EXPR_CONDITION, repeat(f, "NOT a=b", " OR a=b", 149, ""), NULL, NULL); /* 300 */
    expect_message(f, repeat(f, "NOT NOT a=b", " OR a=b", 149, ""), too_many);
    expect_message(f, repeat(f, "a<b ", "or (a<b ", 454, repeat(f, "", ")", 454, "")), too_many);
    expect_message(f, repeat(f, "", "not ", 1000, "a<b"), too_many);
    /* Parentheses do not count; functions do. */
    (void)fixture_expr(f, EXPR_CONDITION, repeat(f, "a<b ", "or (a<b ", 149, repeat(f, "", ")", 149, "")),
                       NULL, NULL);
    (void)fixture_expr(f, EXPR_CONDITION, repeat(f, "a=size(b)", " OR a=b", 149, ""), NULL, NULL);
    expect_message(f, repeat(f, "a=size(b)", " OR a=size(b)", 100, ""), too_many);
    /* IN counts once. */
    (void)fixture_expr(f, EXPR_CONDITION, repeat(f, "a IN (b", ",b", 99, repeat(f, ")", " OR a=b", 149, "")),
                       NULL, NULL);
}

static void any_depth_of_nesting_gets_its_right_answer(void **state)
{
    struct fixture *f = *state;
    expect_message(f, repeat(f, "", "(", 4096, ""),
                   "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"(\"");
    expect_message(f, repeat(f, "", "(", 2046, repeat(f, "a<b", ")", 2046, "")),
                   "Invalid ConditionExpression: The expression has redundant parentheses;");
    expect_message(f, repeat(f, "a < ", "f(", 1355, repeat(f, "b", ")", 1355, "")),
                   "Invalid ConditionExpression: Invalid function name; function: f");
    expect_message(
        f, repeat(f, "a = ", "size(", 200, repeat(f, "b", ")", 200, "")),
        "Invalid ConditionExpression: Incorrect operand type for operator or function; operator or "
        "function: size, operand type: N");
    expect_message(
        f, repeat(f, "", "NOT (", 600, repeat(f, "a<b", ")", 600, "")),
        "Invalid ConditionExpression: The expression contains too many operators; operator count: 301");
    (void)fixture_expr(f, EXPR_CONDITION, repeat(f, "", "NOT (", 299, repeat(f, "a<b", ")", 299, "")), NULL,
                       NULL);
}

static void complaints_come_in_dynamodbs_order(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        /* Reading ends at a syntax error or redundant parentheses, whichever comes first. */
        {"f(status) AND ((c = d)) AND", "The expression has redundant parentheses;"},
        {"f(status) AND = ((c = d))", "Syntax error; token: \"=\", near: \"AND = (\""},
        /* Of words, indexes and functions goes first what stands first; a function stands before its operands. */
        {"a = b AND status = c AND f(d)", "Attribute name is a reserved keyword; reserved keyword: status"},
        {"a = b AND f(status)", "Invalid function name; function: f"},
        {"attribute_exists((views), (#a)) > b",
         "The function is not allowed to be used this way in an expression; function: attribute_exists"},
        {"a[9999999999] = status", "List index is not within the allowable range; index: [9999999999]"},
        {"size(list_append(a, b))",
         "The function is not allowed to be used this way in an expression; function: size"},
        {"f(a) = size(b)", "Invalid function name; function: f"},
        /* Placeholders are looked up after that, and operands counted after them. */
        {"attribute_exists(views, #a)", "Attribute name is a reserved keyword; reserved keyword: views"},
        {":a < abOrT", "Attribute name is a reserved keyword; reserved keyword: abOrT"},
        {"#a = :b AND status = c", "Attribute name is a reserved keyword; reserved keyword: status"},
        {"attribute_exists(#Pictures.RearView, :a) and a=a",
         "An expression attribute name used in the document path is not defined; attribute name: #Pictures"},
    };
    CHECK_REJECTED(f, EXPR_CONDITION, rows, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(the_empty_text_is_rejected_for_every_kind),
        TEST_CASE(a_text_of_4096_bytes_is_accepted_and_one_more_is_not),
        TEST_CASE(size_goes_before_syntax),
        TEST_CASE(syntax_errors_name_the_token_and_its_neighbours),
        TEST_CASE(conditions_follow_their_grammar),
        TEST_CASE(conditions_of_every_form_are_accepted),
        TEST_CASE(projections_follow_their_grammar),
        TEST_CASE(double_parentheses_are_redundant),
        TEST_CASE(unknown_functions_are_rejected),
        TEST_CASE(functions_stand_only_where_they_may),
        TEST_CASE(reserved_words_stand_nowhere_in_a_path),
        TEST_CASE(list_indexes_end_at_2147483647),
        TEST_CASE(paths_have_at_most_32_elements),
        TEST_CASE(an_expression_has_at_most_300_operators),
        TEST_CASE(any_depth_of_nesting_gets_its_right_answer),
        TEST_CASE(complaints_come_in_dynamodbs_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
