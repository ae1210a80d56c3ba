/* What is one token, and what is none; seen through the parser. */
#include "syntax_fixture.h"

/* ------------------------------------------------------------------ space */

static void line_and_block_comments_are_space(void **state)
{
    struct fixture *f = *state;
    /* Observed to run: before, between and behind clauses. */
    static const char *const texts[] = {
        "-- a note\nSELECT * FROM \"T\" WHERE pk = 'a'",
        "SELECT * FROM \"T\" -- a note\nWHERE pk = 'a'",
        "SELECT * FROM \"T\" WHERE pk = 'a' -- a note",
        "SELECT * FROM \"T\" /* a note */ WHERE pk = 'a'",
        "SELECT * FROM \"T\" WHERE pk = 'a' /* a note */",
        "SELECT*FROM\"T\"WHERE/***/pk/* 'x' -- */=/*\n*/'a'--",
        "\tSELECT\r\n*\vFROM\f\"T\" WHERE pk = 'a'--x\r",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fixture_reset(f);
        assert_string_equal(node_text(f, fixture_statement(f, texts[i])->where), "(= pk 'a')");
    }
}

static void a_line_comment_takes_the_rest_of_its_line_only(void **state)
{
    struct fixture *f = *state;
    assert_null(fixture_statement(f, "SELECT * FROM T -- WHERE a = 1")->where);
    assert_non_null(fixture_statement(f, "SELECT * FROM T -- x\rWHERE a = 1")->where);
}

static void a_comment_in_a_string_is_text(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"a = 'x -- y'", "(= a 'x -- y')"},
        {"a = '/* x */'", "(= a '/* x */')"},
        {"\"a--b\" = 1", "(= \"a--b\" 1)"},
    };
    CHECK_WHERE(f, rows);
}

/* ------------------------------------------------------------------ what is quoted */

static void doubled_quotes_stand_for_one(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"a = ''", "(= a '')"},
        {"a = 'it''s'", "(= a 'it's')"},
        {"a = ''''", "(= a ''')"},
        {"a = ''''''", "(= a '''')"},
        {"a = 'say \"x\"'", "(= a 'say \"x\"')"},
        {"\"a\"\"b\" = 1", "(= \"a\"b\" 1)"},
        {"\"it's\" = 'x'", "(= \"it's\" 'x')"},
        {"a = 'x\ny \\n'", "(= a 'x\ny \\n')"},
        {"a = '\xC3\xA9\xF0\x9F\x98\x80'", "(= a '\xC3\xA9\xF0\x9F\x98\x80')"},
    };
    CHECK_WHERE(f, rows);
}

static void a_question_mark_in_a_string_is_text(void **state)
{
    struct fixture *f = *state;
    const struct partiql_statement *s =
        fixture_statement(f, "SELECT * FROM T WHERE a = '?' AND b = ? AND \"c?\" = ?");
    assert_int_equal(s->parameter_count, 2);
    assert_string_equal(node_text(f, s->where), "(and (= a '?') (= b ?0) (= \"c?\" ?1))");
}

/* ------------------------------------------------------------------ numbers */

static void numbers_are_kept_as_written(void **state)
{
    struct fixture *f = *state;
    /* Observed to be numbers: exponents in both letter cases and with signs, no digit before the point. */
    static const struct row rows[] = {
        {"a = 7.31e6", "(= a 7.31e6)"},
        {"a = 7.31E6", "(= a 7.31E6)"},
        {"a = 7.31e+6", "(= a 7.31e+6)"},
        {"a = 731e4", "(= a 731e4)"},
        {"a = 73100000e-1", "(= a 73100000e-1)"},
        {"a = .73e1", "(= a .73e1)"},
        {"a = -.73e1", "(= a -.73e1)"},
        {"a = 7.", "(= a 7.)"},
        {"a = 007", "(= a 007)"},
        {"a = 1e2147483647", "(= a 1e2147483647)"},
        {"a = 1e-0000000000000000000002", "(= a 1e-0000000000000000000002)"},
        {"a = 123456789012345678901234567890123456789", "(= a 123456789012345678901234567890123456789)"},
    };
    CHECK_WHERE(f, rows);
}

static void signs_belong_to_the_number(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"a = -1", "(= a -1)"},      {"a = - 1", "(= a -1)"},      {"a = +1", "(= a 1)"},
        {"a = - -1", "(= a 1)"},     {"a = -+-1.5", "(= a 1.5)"},  {"a = -(2)", "(= a -2)"},
        {"a = -(-2)", "(= a 2)"},    {"a = b-1", "(= a (- b 1))"}, {"a = b - -1", "(= a (- b -1))"},
        {"a = -b", "(= a (neg b))"},
    };
    CHECK_WHERE(f, rows);
}

static void exponents_that_java_cannot_hold_are_no_numbers(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        /* Observed: nothing behind the colon. */
        {"SELECT * FROM T WHERE pk = 1e2147483648", ""},
        {"SELECT * FROM T WHERE pk = 1e99999999999", ""},
        {"SELECT * FROM T WHERE pk = 1.5e-2147483647", ""},
        {"SELECT * FROM T WHERE pk = 1e99999999999999999999999999999999999999", ""},
        {"SELECT * FROM T WHERE pk = 1e-99999999999999999999999999999999999999", ""},
    };
    CHECK_REJECTED(f, rows);
}

/* ------------------------------------------------------------------ what is no token */

static void what_is_no_token_has_no_detail(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        /* Observed. */
        {"SELECT * FROM \"T\" WHERE pk = 1 # note", ""},
        {"SELECT * FROM \"T\" WHERE pk = 1 /* note", ""},
        {"SELECT * FROM \"T", ""},
        /* The same in other places. */
        {"SELECT * FROM T WHERE a = 'x", ""},
        {"SELECT * FROM T WHERE a = `x", ""},
        {"SELECT * FROM T WHERE a ! b", ""},
        {"SELECT * FROM T WHERE a | b", ""},
        {"SELECT * FROM T WHERE a ^ b", ""},
        {"SELECT * FROM T WHERE a & b", ""},
        {"SELECT * FROM T WHERE a ~ b", ""},
        {"SELECT * FROM T WHERE \\a = 1", ""},
        {"SELECT * FROM T WHERE \xC3\xA9 = 1", ""},
        {"SELECT * FROM T WHERE a = 1e", ""},
        {"SELECT * FROM T WHERE a = 1e+", ""},
        {"SELECT * FROM T WHERE a = 1..2", ""},
        {"/*", ""},
        {"/*/", ""},
        {"'", ""},
    };
    CHECK_REJECTED(f, rows);
}

static void tokens_go_before_grammar(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"this is nothing #", ""},
        {"SELECT FROM WHERE 'x", ""},
    };
    CHECK_REJECTED(f, rows);
}

static void tokens_need_no_space_between_them(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"a<=1AND b>=2OR c<>3", "(or (and (<= a 1) (>= b 2)) (<> c 3))"},
        {"a!=1", "(<> a 1)"},
        {"a=<<1,<<2>>>>", "(= a <<1 <<2>>>>)"},
        {"a<-1", "(< a -1)"},
        {"a||b='x'", "(= (|| a b) 'x')"},
        {"a[1].b=.5", "(= a[1].b .5)"},
        {"a<?", "(< a ?0)"},
    };
    CHECK_WHERE(f, rows);
}

/* ------------------------------------------------------------------ words */

static void keywords_have_no_letter_case_and_names_have(void **state)
{
    struct fixture *f = *state;
    const struct partiql_statement *s = fixture_statement(
        f, "sElEcT Ab, \"aB\" fRoM tAb wHeRe A iS nOt mIsSiNg aNd B nOt In [tRuE, nUlL] oRdEr bY C dEsC");
    assert_string_equal(node_text(f, s->columns), "Ab");
    assert_string_equal(node_text(f, s->columns->next), "\"aB\"");
    assert_true(slice_equal(s->target.table, SLICE("tAb")));
    assert_string_equal(node_text(f, s->where), "(and (!is A MISSING) (!in B true null))");
    assert_true(s->order_by->descending);
}

static void words_of_sql_and_partiql_must_be_quoted_to_be_names(void **state)
{
    struct fixture *f = *state;
    /* A selection of those that people use as names: SQL-92's keywords and PartiQL's own. The first was observed. */
    static const char *const words[] = {
        "pad",        "key",       "value",    "values",  "user",    "order",  "group",  "level",
        "position",   "date",      "time",     "size",    "count",   "index",  "table",  "list",
        "string",     "timestamp", "language", "section", "session", "names",  "domain", "public",
        "privileges", "desc",      "first",    "last",    "next",    "zone",   "old",    "new",
        "bag",        "inner",     "offset",   "read",    "write",   "option", "view",   "work",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        fixture_reset(f);
        const struct partiql_statement *s;
        const char *bare = arena_printf(&f->arena, "SELECT * FROM T WHERE %s = 1", words[i]);
        if (!fixture_error(f, bare, &s))
            fail_msg("accepted: %s", bare);
        fixture_reset(f);
        const char *quoted = arena_printf(&f->arena, "SELECT * FROM T WHERE \"%s\" = 1", words[i]);
        (void)fixture_statement(f, quoted);
        const char *step = arena_printf(&f->arena, "SELECT * FROM T WHERE a.%s = 1", words[i]);
        const char *message = fixture_error(f, step, &s);
        assert_non_null(message);
        assert_string_equal(message,
                            "Statement wasn't well formed, can't be processed: Invalid path dot component");
    }
}

static void other_words_are_names(void **state)
{
    struct fixture *f = *state;
    /* Among them words that DynamoDB's expressions reserve, and those that PartiQL's only have in some functions. */
    static const char *const words[] = {
        "year",           "month",  "day",  "hour",    "name",  "status", "type", "data",     "ttl",
        "item",           "items",  "hash", "range",   "id",    "_x",     "$x",   "a1",       "begins_with",
        "attribute_type", "Artist", "both", "selects", "fromm", "wher",   "an",   "androids",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        fixture_reset(f);
        const char *text = arena_printf(&f->arena, "%s = 1", words[i]);
        assert_string_equal(where_text(f, text), arena_printf(&f->arena, "(= %s 1)", words[i]));
    }
}

/* ------------------------------------------------------------------ size */

static void a_text_beyond_16_bits_is_refused(void **state)
{
    struct fixture *f = *state;
    size_t size = 65535;
    char *text = arena_alloc_bytes(&f->arena, size + 1);
    memset(text, ' ', size);
    memcpy(text, "SELECT * FROM T", 15);
    text[size - 1] = '\0';
    assert_non_null(fixture_statement(f, text));
    text[size - 1] = ' ';
    text[size] = '\0';
    const struct partiql_statement *s;
    assert_string_equal(fixture_error(f, text, &s),
                        "Statement wasn't well formed, can't be processed: Statement is too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(line_and_block_comments_are_space),
        TEST_CASE(a_line_comment_takes_the_rest_of_its_line_only),
        TEST_CASE(a_comment_in_a_string_is_text),
        TEST_CASE(doubled_quotes_stand_for_one),
        TEST_CASE(a_question_mark_in_a_string_is_text),
        TEST_CASE(numbers_are_kept_as_written),
        TEST_CASE(signs_belong_to_the_number),
        TEST_CASE(exponents_that_java_cannot_hold_are_no_numbers),
        TEST_CASE(what_is_no_token_has_no_detail),
        TEST_CASE(tokens_go_before_grammar),
        TEST_CASE(tokens_need_no_space_between_them),
        TEST_CASE(keywords_have_no_letter_case_and_names_have),
        TEST_CASE(words_of_sql_and_partiql_must_be_quoted_to_be_names),
        TEST_CASE(other_words_are_names),
        TEST_CASE(a_text_beyond_16_bits_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
