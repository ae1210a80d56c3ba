/* What statements say, and what is wrong with those that say nothing. */
#include "syntax_fixture.h"

/* ------------------------------------------------------------------ SELECT */

static void check_target(const struct partiql_statement *s, const char *table, const char *index)
{
    assert_true(slice_equal(s->target.table, slice_from_cstr(table)));
    assert_int_equal(slice_is_none(s->target.index), index == NULL);
    if (index)
        assert_true(slice_equal(s->target.index, slice_from_cstr(index)));
}

static void select_names_columns_a_table_and_a_condition(void **state)
{
    struct fixture *f = *state;
    const char *text =
        "SELECT OrderID, Total FROM \"Orders\" WHERE OrderID IN [1, 2, 3] ORDER BY OrderID DESC";
    const struct partiql_statement *s = fixture_statement(f, text);
    assert_int_equal(s->kind, PARTIQL_SELECT);
    assert_true(slice_equal(s->text, slice_from_cstr(text)));
    check_target(s, "Orders", NULL);
    assert_true(s->target.table_quoted);
    assert_string_equal(node_text(f, s->columns), "OrderID");
    assert_string_equal(node_text(f, s->columns->next), "Total");
    assert_null(s->columns->next->next);
    assert_string_equal(node_text(f, s->where), "(in OrderID 1 2 3)");
    assert_string_equal(node_text(f, s->order_by->key), "OrderID");
    assert_true(s->order_by->descending);
    assert_null(s->order_by->next);
    assert_int_equal(s->returning, PARTIQL_RETURNING_NOTHING);
    assert_int_equal(s->parameter_count, 0);
}

static void a_star_is_no_columns(void **state)
{
    struct fixture *f = *state;
    const struct partiql_statement *s = fixture_statement(f, "select * from Music");
    assert_null(s->columns);
    assert_null(s->where);
    assert_null(s->order_by);
    check_target(s, "Music", NULL);
    assert_false(s->target.table_quoted);
}

static void columns_are_paths(void **state)
{
    struct fixture *f = *state;
    /* The developer guide's. */
    const struct partiql_statement *s = fixture_statement(
        f, "SELECT Devices.FireStick.DateWatched[0] FROM WatchList WHERE CustomerID= 'C1' AND MovieID= 'M1'");
    assert_string_equal(node_text(f, s->columns), "Devices.FireStick.DateWatched[0]");
    s = fixture_statement(f, "SELECT payload.\"size\", a['b c'][10], a.b.* FROM T");
    assert_string_equal(node_text(f, s->columns), "payload.\"size\"");
    assert_string_equal(node_text(f, s->columns->next), "a.\"b c\"[10]");
    assert_string_equal(node_text(f, s->columns->next->next), "a.b.*");
}

static void columns_may_be_any_expression(void **state)
{
    struct fixture *f = *state;
    const struct partiql_statement *s =
        fixture_statement(f, "SELECT size(a) + 1, 'x', COUNT(*), b = 2 FROM T");
    static const char *const expected[] = {"(+ size(a) 1)", "'x'", "COUNT(*)", "(= b 2)"};
    const struct partiql_node *column = s->columns;
    for (size_t i = 0; i < 4; i++, column = column->next)
        assert_string_equal(node_text(f, column), expected[i]);
}

static void an_index_is_a_second_name(void **state)
{
    struct fixture *f = *state;
    const struct partiql_statement *s = fixture_statement(f, "SELECT * FROM \"T.1\".\"My-Index\"");
    check_target(s, "T.1", "My-Index");
    assert_true(s->target.index_quoted);
    check_target(fixture_statement(f, "SELECT * FROM T.I WHERE a = 1"), "T", "I");
    check_target(fixture_statement(f, "SELECT * FROM \"arn:aws:dynamodb:us-east-1:123456789012:table/T\""),
                 "arn:aws:dynamodb:us-east-1:123456789012:table/T", NULL);
    check_target(fixture_statement(f, "SELECT * FROM (\"T\")"), "T", NULL);
}

static void several_keys_may_order(void **state)
{
    struct fixture *f = *state;
    const struct partiql_statement *s = fixture_statement(f, "SELECT * FROM T ORDER BY a ASC, b.c DESC, d");
    const struct partiql_order *order = s->order_by;
    assert_string_equal(node_text(f, order->key), "a");
    assert_false(order->descending);
    order = order->next;
    assert_string_equal(node_text(f, order->key), "b.c");
    assert_true(order->descending);
    order = order->next;
    assert_string_equal(node_text(f, order->key), "d");
    assert_false(order->descending);
    assert_null(order->next);
}

static void one_semicolon_may_end_a_statement(void **state)
{
    struct fixture *f = *state;
    (void)fixture_statement(f, "SELECT * FROM T;");
    (void)fixture_statement(f, "DELETE FROM T WHERE a = 1 ; -- done");
    static const struct row rows[] = {
        {"SELECT * FROM T;;", "Unexpected token after semicolon. (Only one query is allowed.)"},
        {"SELECT * FROM T; SELECT * FROM T",
         "Unexpected token after semicolon. (Only one query is allowed.)"},
        {";", "Unexpected term"},
    };
    CHECK_REJECTED(f, rows);
}

/* ------------------------------------------------------------------ INSERT, UPDATE, DELETE, EXISTS */

static void insert_has_one_value(void **state)
{
    struct fixture *f = *state;
    const struct partiql_statement *s = fixture_statement(
        f, "INSERT INTO \"Music\" value {'Artist' : 'Acme Band','SongTitle' : 'PartiQL Rocks'}");
    assert_int_equal(s->kind, PARTIQL_INSERT);
    check_target(s, "Music", NULL);
    assert_string_equal(node_text(f, s->value), "{'Artist' 'Acme Band' 'SongTitle' 'PartiQL Rocks'}");
    s = fixture_statement(
        f, "INSERT INTO T VALUE {'a': ?, 'l': [1, {'m': <<'x', ?>>}], 'n': null, 'e': {}, 'b': true}");
    assert_string_equal(node_text(f, s->value), "{'a' ?0 'l' [1 {'m' <<'x' ?1>>}] 'n' null 'e' {} 'b' true}");
    assert_int_equal(s->parameter_count, 2);
    assert_int_equal(fixture_statement(f, "INSERT INTO T VALUE ? RETURNING ALL OLD *")->returning,
                     PARTIQL_RETURNING_ALL_OLD);
}

static const char *changes_text(struct fixture *f, const struct partiql_statement *s)
{
    const char *text = "";
    for (const struct partiql_change *change = s->changes; change; change = change->next) {
        bool is_set = change->kind == PARTIQL_SET;
        assert_int_equal(is_set, change->value != NULL);
        text = arena_printf(&f->arena, "%s%s%s%s%s;", text, is_set ? "set " : "remove ",
                            node_text(f, change->path), is_set ? " " : "",
                            is_set ? node_text(f, change->value) : "");
    }
    return text;
}

static void update_changes_in_the_order_written(void **state)
{
    struct fixture *f = *state;
    /* All but the last two are the developer guide's. */
    static const struct row rows[] = {
        {"SET AwardsWon=1 SET AwardDetail={'Grammys':[2020, 2018]}",
         "set AwardsWon 1;set AwardDetail {'Grammys' [2020 2018]};"},
        {"SET AwardDetail.Grammys =list_append(AwardDetail.Grammys,[2016])",
         "set AwardDetail.Grammys list_append(AwardDetail.Grammys [2016]);"},
        {"REMOVE AwardDetail.Grammys[2]", "remove AwardDetail.Grammys[2];"},
        {"SET BandMembers =set_add(BandMembers, <<'newbandmember'>>)",
         "set BandMembers set_add(BandMembers <<'newbandmember'>>);"},
        {"SET a = 1, b.c = d + 1 REMOVE e, f['g'] SET h = ?",
         "set a 1;set b.c (+ d 1);remove e;remove f.\"g\";set h ?0;"},
        {"SET \"a\" = b", "set \"a\" b;"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture_reset(f);
        const char *text = arena_printf(
            &f->arena, "UPDATE \"Music\" %s WHERE Artist='Acme Band' AND SongTitle='PartiQL Rocks'",
            rows[i].text);
        const struct partiql_statement *s = fixture_statement(f, text);
        assert_int_equal(s->kind, PARTIQL_UPDATE);
        check_target(s, "Music", NULL);
        assert_string_equal(changes_text(f, s), rows[i].expected);
        assert_string_equal(node_text(f, s->where),
                            "(and (= Artist 'Acme Band') (= SongTitle 'PartiQL Rocks'))");
    }
}

static void an_update_may_begin_with_from(void **state)
{
    struct fixture *f = *state;
    const struct partiql_statement *s = fixture_statement(f, "FROM \"T\" WHERE pk = 'x' SET c = 1 REMOVE d");
    assert_int_equal(s->kind, PARTIQL_UPDATE);
    check_target(s, "T", NULL);
    assert_string_equal(changes_text(f, s), "set c 1;remove d;");
    assert_string_equal(node_text(f, s->where), "(= pk 'x')");
    assert_null(fixture_statement(f, "FROM T REMOVE a")->where);
}

static void delete_has_a_condition_only(void **state)
{
    struct fixture *f = *state;
    const struct partiql_statement *s = fixture_statement(
        f, "DELETE FROM \"Music\" WHERE \"Artist\" = 'Acme Band' AND \"SongTitle\" = 'PartiQL Rocks'");
    assert_int_equal(s->kind, PARTIQL_DELETE);
    check_target(s, "Music", NULL);
    assert_string_equal(node_text(f, s->where),
                        "(and (= \"Artist\" 'Acme Band') (= \"SongTitle\" 'PartiQL Rocks'))");
    assert_int_equal(s->returning, PARTIQL_RETURNING_NOTHING);
}

static void returning_has_four_forms(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text;
        enum partiql_returning expected;
    } rows[] = {
        {"ALL OLD *", PARTIQL_RETURNING_ALL_OLD},
        {"all new *", PARTIQL_RETURNING_ALL_NEW},
        {"MODIFIED OLD *", PARTIQL_RETURNING_MODIFIED_OLD},
        {"Modified New*", PARTIQL_RETURNING_MODIFIED_NEW},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *text =
            arena_printf(&f->arena, "UPDATE T SET a = 1 WHERE b = 2 RETURNING %s", rows[i].text);
        assert_int_equal(fixture_statement(f, text)->returning, rows[i].expected);
        text = arena_printf(&f->arena, "DELETE FROM T RETURNING %s", rows[i].text);
        assert_int_equal(fixture_statement(f, text)->returning, rows[i].expected);
    }
    static const struct row wrong[] = {
        {"DELETE FROM T RETURNING ALL *",
         "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element."},
        {"DELETE FROM T RETURNING OLD *",
         "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element."},
        {"DELETE FROM T RETURNING ALL OLD", "Unexpected term"},
        {"DELETE FROM T RETURNING ALL OLD 'a'", "Unsupported syntax in RETURNING columns."},
        {"DELETE FROM T RETURNING ALL OLD a.b.c", "More than two paths in RETURNING columns."},
        {"DELETE FROM T RETURNING ALL OLD a", "!Unsupported clause: RETURNING at 1:33:1"},
        {"SELECT * FROM T RETURNING ALL OLD *", "Unexpected token after expression"},
    };
    CHECK_REJECTED(f, wrong);
}

static void exists_holds_a_select(void **state)
{
    struct fixture *f = *state;
    const struct partiql_statement *s = fixture_statement(
        f, "EXISTS( SELECT * FROM \"Music\" WHERE \"Artist\" = ? AND \"SongTitle\" = 'PartiQL Rocks')");
    assert_int_equal(s->kind, PARTIQL_EXISTS);
    check_target(s, "Music", NULL);
    assert_string_equal(node_text(f, s->where), "(and (= \"Artist\" ?0) (= \"SongTitle\" 'PartiQL Rocks'))");
    assert_int_equal(s->parameter_count, 1);
    (void)fixture_statement(f, "exists (select a from T);");
}

/* ------------------------------------------------------------------ expressions */

static void literals_and_constructors(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"a = TRUE", "(= a true)"},
        {"a = false", "(= a false)"},
        {"a = Null", "(= a null)"},
        {"a = MISSING", "(= a missing)"},
        {"a = []", "(= a [])"},
        {"a = <<>>", "(= a <<>>)"},
        {"a = {}", "(= a {})"},
        {"a = [1, [2], 'x']", "(= a [1 [2] 'x'])"},
        {"a = (1, 2)", "(= a [1 2])"},
        {"a = <<1, 2>>", "(= a <<1 2>>)"},
        {"a = {'k': [1], 'l': {'m': ?}}", "(= a {'k' [1] 'l' {'m' ?0}})"},
        {"a = {b: 1 + 2}", "(= a {b (+ 1 2)})"},
    };
    CHECK_WHERE(f, rows);
}

static void paths_are_names_and_indexes(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"a.b.c = 1", "(= a.b.c 1)"},
        {"a . b [ 0 ] [ 12 ] = 1", "(= a.b[0][12] 1)"},
        {"a.\"b.c\"[0] = 1", "(= a.\"b.c\"[0] 1)"},
        {"a['it''s'] = 1", "(= a.\"it's\" 1)"},
        {"a[2147483647] = 1", "(= a[2147483647] 1)"},
        {"a[*].b.* = 1", "(= a[*].b.* 1)"},
        {"(a).b = 1", "(= a.b 1)"},
        {"(a.b)[0].c = 1", "(= a.b[0].c 1)"},
        {"@a.b = 1", "(= a.b 1)"},
        {"\"\" = 1", "(= \"\" 1)"},
    };
    CHECK_WHERE(f, rows);
}

static void parameters_are_numbered_in_their_order(void **state)
{
    struct fixture *f = *state;
    const struct partiql_statement *s =
        fixture_statement(f, "UPDATE T SET a = ?, b = [?, ?] WHERE c = ? AND d BETWEEN ? AND ? AND e IN (?, "
                             "?) AND begins_with(f, ?)");
    assert_string_equal(changes_text(f, s), "set a ?0;set b [?1 ?2];");
    assert_string_equal(node_text(f, s->where),
                        "(and (= c ?3) (between d ?4 ?5) (in e ?6 ?7) begins_with(f ?8))");
    assert_int_equal(s->parameter_count, 9);
}

static void comparisons(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"a = 1", "(= a 1)"},   {"a <> 1", "(<> a 1)"}, {"a != 1", "(<> a 1)"}, {"a < 1", "(< a 1)"},
        {"a <= 1", "(<= a 1)"}, {"a > 1", "(> a 1)"},   {"a >= 1", "(>= a 1)"}, {"1 = a", "(= 1 a)"},
    };
    CHECK_WHERE(f, rows);
}

static void between_in_is_and_like_may_be_negated(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"Total BETWEEN 500 AND 600", "(between Total 500 600)"},
        {"a NOT BETWEEN b + 1 AND c", "(!between a (+ b 1) c)"},
        {"a BETWEEN 1 AND 2 AND b = 3", "(and (between a 1 2) (= b 3))"},
        {"a IN [1, 2]", "(in a 1 2)"},
        {"a IN (1, 2)", "(in a 1 2)"},
        {"a IN (1)", "(in a 1)"},
        {"a IN []", "(in a)"},
        {"a IN <<1, 2>>", "(in a 1 2)"},
        {"a IN ((1, 2), 3)", "(in a [1 2] 3)"},
        {"a NOT IN ('x', ?)", "(!in a 'x' ?0)"},
        {"a IN (?)", "(in a ?0)"},
        {"a IN ?", "(in* a ?0)"},
        {"a IN b.c", "(in* a b.c)"},
        {"a IS NULL", "(is a NULL)"},
        {"\"Awards\" is MISSING", "(is \"Awards\" MISSING)"},
        {"a.b IS NOT MISSING", "(!is a.b MISSING)"},
        {"a IS STRING", "(is a STRING)"},
        {"a IS int", "(is a INTEGER)"},
        {"a IS INT8", "(is a INTEGER8)"},
        {"a IS bool AND b IS decimal(10, 2)", "(and (is a BOOLEAN) (is b DECIMAL))"},
        {"a IS CHARACTER VARYING", "(is a CHARACTER VARYING)"},
        {"a IS CHARACTER", "(is a CHARACTER)"},
        {"a IS DOUBLE PRECISION", "(is a DOUBLE PRECISION)"},
        {"a LIKE 'x%'", "(like a 'x%')"},
        {"a NOT LIKE 'x!%' ESCAPE '!'", "(!like a 'x!%' '!')"},
    };
    CHECK_WHERE(f, rows);
}

static void functions_take_any_operands(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"\"OrderID\"=1 AND size(\"Image\") >300", "(and (= \"OrderID\" 1) (> size(\"Image\") 300))"},
        {"attribute_type(\"Artist\", 'S')", "attribute_type(\"Artist\" 'S')"},
        {"begins_with(\"Address\", '7834 24th')", "begins_with(\"Address\" '7834 24th')"},
        {"Begins_With(a, ?)", "Begins_With(a ?0)"},
        {"contains(a.b, [1])", "contains(a.b [1])"},
        {"NOT attribute_exists(a)", "(not attribute_exists(a))"},
        {"f()", "f()"},
        {"f(g(1), a = b)", "f(g(1) (= a b))"},
        {"EXISTS(ss)", "EXISTS(ss)"},
    };
    CHECK_WHERE(f, rows);
}

static void operators_bind_as_in_sql(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        /* Loose to tight: OR, AND, NOT, equality, comparison, addition, multiplication. */
        {"a OR b AND c", "(or a (and b c))"},
        {"a AND b OR c AND d OR e", "(or (and a b) (and c d) e)"},
        {"NOT a AND b", "(and (not a) b)"},
        {"NOT a = 1", "(not (= a 1))"},
        {"NOT NOT a = 1", "(not (not (= a 1)))"},
        {"a = NOT b", "(= a (not b))"},
        {"a = b < c", "(= a (< b c))"},
        {"a < b + c", "(< a (+ b c))"},
        {"a + b * c - d", "(- (+ a (* b c)) d)"},
        {"a || b || 'c' = d", "(= (|| (|| a b) 'c') d)"},
        {"a * b / c % d", "(% (/ (* a b) c) d)"},
        {"-a + b", "(+ (neg a) b)"},
        {"- -a", "(neg (neg a))"},
        {"a - b - c", "(- (- a b) c)"},
        {"a IS NULL = TRUE", "(= (is a NULL) true)"},
        {"a IN [1] AND b", "(and (in a 1) b)"},
        /* Parentheses before all. */
        {"(a OR b) AND c", "(and (or a b) c)"},
        {"(a + b) * c", "(* (+ a b) c)"},
        {"NOT (a OR b)", "(not (or a b))"},
        {"((a)) = (((1)))", "(= a 1)"},
    };
    CHECK_WHERE(f, rows);
}

static void chains_are_one_node_and_parentheses_another(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"a AND b AND c AND d", "(and a b c d)"},
        {"a OR b OR c", "(or a b c)"},
        {"(a AND b) AND c", "(and (and a b) c)"},
        {"a AND (b AND c)", "(and a (and b c))"},
    };
    CHECK_WHERE(f, rows);
}

static void nodes_know_where_they_stand(void **state)
{
    struct fixture *f = *state;
    const char *text = "SELECT * FROM \"T\".\"I\" WHERE a.b = -1 AND size(\"x y\") > 2";
    const struct partiql_statement *s = fixture_statement(f, text);
    const struct partiql_node *first = s->where->operands;
    const struct partiql_node *call = first->next->operands;
    const struct {
        const struct partiql_node *node;
        const char *text;
    } rows[] = {
        {s->where, "a.b = -1 AND size(\"x y\") > 2"},
        {first, "a.b = -1"},
        {first->operands, "a.b"},
        {first->operands->operands, "b"},
        {first->operands->next, "-1"},
        {call, "size(\"x y\")"},
        {call->operands, "\"x y\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct slice part = slice_of(text + rows[i].node->at, (size_t)(rows[i].node->end - rows[i].node->at));
        assert_true(slice_equal(part, slice_from_cstr(rows[i].text)));
    }
    assert_true(slice_equal(slice_of(text + s->target.at, (size_t)(s->target.end - s->target.at)),
                            SLICE("\"T\".\"I\"")));
}

static void places_are_lines_columns_and_lengths_in_characters(void **state)
{
    struct fixture *f = *state;
    struct slice text = SLICE("ab\ncd\r\ne\xC3\xA9\xF0\x9F\x98\x80g\rh");
    assert_string_equal(partiql_place(text, 0, 2, &f->arena), "1:1:2");
    assert_string_equal(partiql_place(text, 4, 5, &f->arena), "2:2:1");
    assert_string_equal(partiql_place(text, 7, 8, &f->arena), "3:1:1");
    assert_string_equal(partiql_place(text, 14, 15, &f->arena), "3:4:1");
    assert_string_equal(partiql_place(text, 8, 14, &f->arena), "3:2:2");
    assert_string_equal(partiql_place(text, 16, 17, &f->arena), "4:1:1");
    assert_string_equal(partiql_place(text, text.size, text.size, &f->arena), "4:2:0");
}

/* ------------------------------------------------------------------ errors */

static void observed_errors(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"SELECT * FROM \"T\" WHERE pk = 1 foo", "Unexpected token after expression"},
        {"SELECT * FROM \"T\" WHERE pk = 1 e5", "Unexpected token after expression"},
        {"INSERT INTO \"T\" VALUE {'pk': 970001} foo", "Unexpected token after expression"},
        {"UPDATE \"T\" SET a = 9 WHERE pk = 970002 foo", "Unexpected token after expression"},
        {"DELETE FROM \"T\" WHERE pk = 970003 foo", "Unexpected token after expression"},
        {"SELECT * FROM \"T\" WHERE pk = 1)", "Unexpected token after expression"},
        {"DELETE FROM \"T\" WHERE pk = 970004 ORDER BY pk", "Unexpected token after expression"},
        {"SELECT * FROM \"T\" ORDER BY pk WHERE pk = 1", "Unexpected token after expression"},
        {"INSERT INTO \"T\" t VALUE {'pk': 'x'}", "Unexpected token after expression"},
        {"FROM \"T\" SET c = 1 WHERE pk = 'x'", "Unexpected token after expression"},
        {"FROM \"T\" SET c = 1 WHERE pk = 'x' SET d = 2", "Unexpected token after expression"},
        {"SELECT * FROM \"T\" WHERE", "Unexpected term"},
        {"SELECT * FROM \"T\" WHERE;", "Unexpected term"},
        {"SELECT * FROM \"T\" WHERE   ", "Unexpected term"},
        {"SELECT pk FROM \"T\" WHERE", "Unexpected term"},
        {"UPDATE \"T\" SET a = 1 WHERE", "Unexpected term"},
        {"DELETE FROM \"T\" WHERE", "Unexpected term"},
        {"SELECT * FROM \"T\" WHERE NOT", "Unexpected term"},
        {"SELECT * FROM \"T\" WHERE (", "Unexpected term"},
        {"SELECT * FROM", "Unexpected term"},
        {"SELECT * FROM \"T\" WHERE pk = 'p1' AND", "Missing right-hand side expression of infix operator"},
        {"SELECT * FROM \"T\" WHERE pk = 'p1' OR", "Missing right-hand side expression of infix operator"},
        {"SELECT * FROM \"T\" WHERE ORDER BY pk", "Unexpected keyword"},
        {"INSERT INTO urls (key, secret_key) VALUES (?, ?)", "Unexpected keyword"},
        {"SELECT * FROM \"T\" WHERE pk = 'a' AND x IS FOO", "Expected type name"},
        {"SELECT * FROM \"T\" WHERE IS NULL", "Unexpected operator"},
        {"SELECT * FROM \"T\" WHERE pk = LIKE", "Unexpected operator"},
        {"DELETE FROM", "Expected identifier for simple path"},
        {"DELETE FROM   ", "Expected identifier for simple path"},
        {"DELETE FROM;", "Expected identifier for simple path"},
        {"DELETE FROM WHERE pk = 'a'", "Expected identifier for simple path"},
        {"SLECT * FROM \"T\" WHERE pk = 'x'", "Expected data manipulation"},
        {"UPDATE Payment-x  SET active=? WHERE subscriptionId=?", "Expected data manipulation"},
        {"SELECT * FROM T WHERE attribute_exists(m.inner)", "Invalid path dot component"},
        {"SELECT payload.size FROM \"table\" WHERE pk='foo'", "Invalid path dot component"},
        {"UPDATE T SET m.inner = set_add(m.inner, <<'y'>>) WHERE a = 1", "Invalid path dot component"},
        {"SELECT * FROM \"T\" t WHERE pk = 'x'", "!Aliasing is not supported"},
        {"SELECT * FROM \"T\" AS t WHERE pk = 'x'", "!Aliasing is not supported"},
        {"UPDATE \"T\" t SET a = 3 WHERE pk = 'x'", "!Aliasing is not supported"},
        {"DELETE FROM \"T\" t WHERE pk = 'x'", "!Aliasing is not supported"},
        {"x IS INT4", "!Unsupported operation: IsType"},
        {"x IS DOUBLE PRECISION", "!Unsupported operation: IsType"},
        {"SELECT id FROM dbimp_page LIMIT 5", "!Unsupported clause: LIMIT at 1:33:1"},
        {"SELECT * FROM \"T\".\"I\".\"extra\" WHERE pk = 'p'",
         "!A path may contain at most 2 components in the FROM clause"},
    };
    CHECK_REJECTED(f, rows);
}

static void what_is_missing_is_told(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"", "Unexpected term"},
        {"-- nothing", "Unexpected term"},
        {"SELECT", "Unexpected term"},
        {"SELECT *", "Expected FROM after SELECT list"},
        {"SELECT a b FROM T", "!Aliasing is not supported"},
        {"SELECT *, a FROM T",
         "Other expressions may not be present in the select list when '*' is used without dot notation."},
        {"SELECT a[*] FROM T", "Invalid use of * in select list"},
        {"SELECT a.*.b FROM T", "Invalid use of * in select list"},
        {"SELECT a[1].* FROM T", "Cannot use [] and * together in SELECT list expression"},
        {"SELECT * FROM T ORDER pk", "Expected BY"},
        {"SELECT * FROM T ORDER BY", "Unexpected term"},
        {"INSERT INTO", "Expected identifier for simple path"},
        {"INSERT T VALUE {}", "Unexpected keyword"},
        {"INSERT INTO T VALUE", "Unexpected term"},
        {"INSERT INTO T VALUE {'a'}", "Expected COLON"},
        {"INSERT INTO T VALUE {'a': 1", "Expected RIGHT_CURLY"},
        {"INSERT INTO T VALUE {'a': 1,}", "Unexpected term"},
        {"INSERT INTO T VALUE {'a': [1}", "Expected RIGHT_BRACKET"},
        {"INSERT INTO T VALUE {'a': <<1}", "Expected RIGHT_DOUBLE_ANGLE_BRACKET"},
        {"UPDATE T", "Expected data manipulation"},
        {"UPDATE T WHERE a = 1", "Expected data manipulation"},
        {"UPDATE T SET", "Expected identifier for simple path"},
        {"UPDATE T SET a", "Expected '='"},
        {"UPDATE T SET a 1", "Expected '='"},
        {"UPDATE T SET a =", "Unexpected term"},
        {"UPDATE T SET a.* = 1", "Invalid path dot component for simple path"},
        {"UPDATE T SET a[*] = 1", "Invalid path component for simple path"},
        {"UPDATE T SET a[?] = 1", "Invalid path component for simple path"},
        {"UPDATE T SET 'a' = 1", "Expected identifier for simple path"},
        {"UPDATE T REMOVE", "Expected identifier for simple path"},
        {"DELETE T WHERE a = 1", "Expected FROM after DELETE"},
        {"SELECT * FROM T WHERE a = ", "Missing right-hand side expression of infix operator"},
        {"SELECT * FROM T WHERE a BETWEEN 1", "Expected AND keyword"},
        {"SELECT * FROM T WHERE a BETWEEN 1 AND", "Expected expression after AND"},
        {"SELECT * FROM T WHERE a LIKE 'x' ESCAPE", "Expected expression after ESCAPE"},
        {"SELECT * FROM T WHERE a IN (1", "Expected RIGHT_PAREN"},
        {"SELECT * FROM T WHERE a IN ()", "Unexpected term"},
        {"SELECT * FROM T WHERE (a = 1", "Expected RIGHT_PAREN"},
        {"SELECT * FROM T WHERE ()", "Unexpected term"},
        {"SELECT * FROM T WHERE f(a", "Expected RIGHT_PAREN"},
        {"SELECT * FROM T WHERE a[1 = 2", "Expected RIGHT_BRACKET"},
        {"SELECT * FROM T WHERE a. = 1", "Invalid path dot component"},
        {"SELECT * FROM T WHERE a IS", "Expected type name"},
        {"SELECT * FROM T WHERE a IS 'NULL'", "Expected type name"},
        {"SELECT * FROM T WHERE a IS \"NULL\"", "Expected type name"},
        {"SELECT * FROM T WHERE a IS INT(4)", "CAST for integer must have arity of 0..0"},
        {"SELECT * FROM T WHERE a IS CHAR('x')", "Type parameter must be an unsigned integer literal"},
        {"SELECT * FROM T WHERE @1 = 2", "Identifier must follow @-operator"},
        {"SELECT * FROM T WHERE size(*) = 2", "size(*) is not allowed"},
        {"SELECT COUNT() FROM T", "Aggregate functions are always unary"},
        {"SELECT * FROM T WHERE a = AS", "Unexpected term"},
        {"EXISTS(SELECT * FROM T", "Expected RIGHT_PAREN"},
        {"EXISTS", "Unexpected keyword"},
    };
    CHECK_REJECTED(f, rows);
}

static void what_has_no_place_in_the_tree_is_refused(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"SELECT * FROM A, B", "!Unsupported clause: JOIN at 1:16:1"},
        {"SELECT * FROM A LEFT OUTER JOIN B ON A.x = B.y", "!Unsupported clause: JOIN at 1:17:4"},
        {"SELECT * FROM A CROSS JOIN B", "!Unsupported clause: JOIN at 1:17:5"},
        {"SELECT DISTINCT a FROM T", "!Unsupported clause: DISTINCT at 1:8:8"},
        {"SELECT VALUE a FROM T", "!Unsupported clause: SELECT VALUE at 1:8:5"},
        {"SELECT * FROM T GROUP BY a, b AS c GROUP AS g", "!Unsupported clause: GROUP BY at 1:26:1"},
        {"SELECT * FROM T HAVING a > 1", "!Unsupported clause: HAVING at 1:24:1"},
        {"SELECT * FROM T\nWHERE a = 1\nLIMIT 100", "!Unsupported clause: LIMIT at 3:7:3"},
        {"SELECT * FROM T OFFSET 5", "!Unsupported clause: OFFSET at 1:24:1"},
        {"SELECT * FROM T LET a AS b", "!Unsupported clause: LET at 1:17:3"},
        {"SELECT * FROM UNPIVOT T", "!Unsupported clause: UNPIVOT at 1:15:7"},
        {"SELECT * FROM ?", "!Unexpected path component at 1:15:1"},
        {"SELECT * FROM T[0]", "!Unexpected path component at 1:15:4"},
        {"SELECT * FROM T WHERE a[b] = 1", "!Unexpected path component at 1:25:1"},
        {"SELECT * FROM T WHERE a[2147483648] = 1",
         "!List index is not within the allowable range; index: [2147483648] at 1:25:10"},
        {"SELECT * FROM T WHERE a[-1] = 1",
         "!List index is not within the allowable range; index: [-1] at 1:26:1"},
        {"SELECT * FROM T WHERE a[1.5] = 1", "!Unexpected path component at 1:25:3"},
        {"SELECT * FROM T WHERE ?.a = 1", "!Unexpected path component at 1:23:1"},
        {"SELECT * FROM T WHERE f(x).a = 1", "!Unexpected path component at 1:23:4"},
        {"SELECT COUNT(DISTINCT a) FROM T", "!Unexpected path component at 1:8:5"},
        {"SELECT * FROM T WHERE a = `1`", "!Ion literals are not supported at 1:27:3"},
        {"SELECT * FROM T WHERE a = +b", "!Unsupported operation: Pos"},
        {"SELECT * FROM T WHERE a IN (SELECT b FROM U)", "!Unsupported operation: Select"},
        {"SELECT * FROM (SELECT b FROM U)", "!Unexpected path component at 1:16:15"},
        {"SELECT a FROM T UNION ALL SELECT b FROM U", "!Unsupported operation: Union"},
        {"EXISTS(SELECT * FROM T) AND a", "!Unsupported operation: Select"},
        {"INSERT INTO T {'a': 1}", "!Unsupported operation: Insert"},
        {"INSERT INTO T VALUE {} AT 1", "!Unsupported clause: AT at 1:27:1"},
        {"INSERT INTO T VALUE {} ON CONFLICT WHERE a DO NOTHING",
         "!Unsupported clause: ON CONFLICT at 1:24:2"},
        {"UPDATE T INSERT INTO a VALUE 1", "!Unsupported operation: Insert"},
        {"SET a = 1", "!Unsupported operation: Set"},
        {"REMOVE a", "!Unsupported operation: Remove"},
        {"CREATE TABLE T", "!Unsupported operation: CreateTable"},
        {"DROP INDEX i ON T", "!Unsupported operation: DropIndex"},
        {"SELECT CASE WHEN a THEN b END FROM T", "!Unsupported operation: SearchedCase"},
        {"SELECT CAST(a AS INT) FROM T", "!Unsupported operation: Cast"},
        {"hello", "!Unsupported operation: Id"},
        {"a.b", "!Unsupported operation: Path"},
        {"1 = 1", "!Unsupported operation: Eq"},
        {"1 NOT IN [1]", "!Unsupported operation: Not"},
        {"f(1)", "!Unsupported operation: Call"},
    };
    CHECK_REJECTED(f, rows);
}

static void syntax_goes_before_what_is_refused(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"SELECT * FROM T t WHERE", "Unexpected term"},
        {"SELECT * FROM T LIMIT 5 foo", "Unexpected token after expression"},
        {"SELECT * FROM A, B WHERE a[b] = ", "Missing right-hand side expression of infix operator"},
        {"SELECT * FROM T t LIMIT 5", "!Aliasing is not supported"},
    };
    CHECK_REJECTED(f, rows);
}

static void a_change_stands_alone(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"EXISTS(DELETE FROM T)", "Keyword delete only expected at the top level in the query"},
        {"SELECT * FROM T WHERE a = (UPDATE T SET b = 1)",
         "Keyword update only expected at the top level in the query"},
        {"UPDATE T SET a = (INSERT INTO T VALUE {})",
         "Keyword insert_into only expected at the top level in the query"},
    };
    CHECK_REJECTED(f, rows);
}

/* ------------------------------------------------------------------ bounds */

/* Its parts one after another: the first, `count` times the second, the third, `end_count` times the fourth, the last. */
static const char *repeated(struct fixture *f, const char *before, const char *part, size_t count,
                            const char *middle, const char *end, size_t end_count, const char *after)
{
    struct buf text;
    buf_init(&text, &f->arena, 65536);
    buf_append(&text, slice_from_cstr(before));
    for (size_t i = 0; i < count; i++)
        buf_append(&text, slice_from_cstr(part));
    buf_append(&text, slice_from_cstr(middle));
    for (size_t i = 0; i < end_count; i++)
        buf_append(&text, slice_from_cstr(end));
    buf_append(&text, slice_from_cstr(after));
    return arena_copy_cstr(&f->arena, buf_slice(&text));
}

static void nesting_is_bounded_in_every_form(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *part;
        const char *middle;
        const char *end;
    } forms[] = {
        {"(", "a", ")"},
        {"[", "1", "]"},
        {"<<", "1", ">>"},
        {"{'a':", "1", "}"},
        {"NOT ", "a", ""},
        {"- ", "a", ""},
        {"f(", "a", ")"},
        {"a[", "1", "]"},
        {"a IN (", "1", ")"},
        {"a = (", "1", ")"},
        {"(SELECT * FROM ", "T", ")"},
        {"+ ", "1", ""},
        {"a BETWEEN (", "1", ") AND 2"},
        {"", "a", " + 1"},
        {"", "a", " = 1"},
        {"a = - ", "b", ""},
        {"EXISTS(SELECT * FROM T WHERE ", "1", ")"},
    };
    static const char deep[] =
        "Statement wasn't well formed, can't be processed: Statement is nested too deeply";
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const struct partiql_statement *s;
        static const size_t counts[] = {40, 200, 1500};
        for (size_t j = 0; j < sizeof counts / sizeof counts[0]; j++) {
            fixture_reset(f);
            const char *text = repeated(f, "SELECT * FROM T WHERE b = ", forms[i].part, counts[j],
                                        forms[i].middle, forms[i].end, counts[j], "");
            const char *message = fixture_error(f, text, &s);
            bool is_deep = message && strcmp(message, deep) == 0;
            if (is_deep != (j > 0))
                fail_msg("%s %zu times: %s", forms[i].part, counts[j], message ? message : "accepted");
        }
    }
}

static void parentheses_nest_to_the_limit(void **state)
{
    struct fixture *f = *state;
    const struct partiql_statement *s;
    /* The statement itself is the first level, its WHERE the second. */
    size_t most = PARTIQL_DEPTH_MAX - 2;
    assert_null(fixture_error(f, repeated(f, "SELECT * FROM T WHERE ", "(", most, "a", ")", most, ""), &s));
    assert_string_equal(node_text(f, s->where), "a");
    assert_non_null(
        fixture_error(f, repeated(f, "SELECT * FROM T WHERE ", "(", most + 1, "a", ")", most + 1, ""), &s));
}

static void long_chains_are_flat(void **state)
{
    struct fixture *f = *state;
    const struct partiql_statement *s =
        fixture_statement(f, repeated(f, "SELECT * FROM T WHERE a = 1", " OR a = 1", 5000, "", "", 0, ""));
    assert_int_equal(s->where->operand_count, 5001);
    assert_int_equal(s->where->depth, 3);
    s = fixture_statement(f, repeated(f, "SELECT a", ", a.b[0]", 5000, "", "", 0, " FROM T"));
    s = fixture_statement(f, repeated(f, "SELECT * FROM T WHERE a IN [1", ", ?", 5000, "]", "", 0, ""));
    assert_int_equal(s->where->operand_count, 5002);
    assert_int_equal(s->parameter_count, 5000);
    s = fixture_statement(f, repeated(f, "UPDATE T SET a = 1", ", a = 1", 5000, "", " REMOVE b", 3000, ""));
    assert_int_equal(s->kind, PARTIQL_UPDATE);
    s = fixture_statement(f, repeated(f, "SELECT a", "[0].b", 5000, "", "", 0, " FROM T"));
    assert_int_equal(s->columns->operand_count, 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(select_names_columns_a_table_and_a_condition),
        TEST_CASE(a_star_is_no_columns),
        TEST_CASE(columns_are_paths),
        TEST_CASE(columns_may_be_any_expression),
        TEST_CASE(an_index_is_a_second_name),
        TEST_CASE(several_keys_may_order),
        TEST_CASE(one_semicolon_may_end_a_statement),
        TEST_CASE(insert_has_one_value),
        TEST_CASE(update_changes_in_the_order_written),
        TEST_CASE(an_update_may_begin_with_from),
        TEST_CASE(delete_has_a_condition_only),
        TEST_CASE(returning_has_four_forms),
        TEST_CASE(exists_holds_a_select),
        TEST_CASE(literals_and_constructors),
        TEST_CASE(paths_are_names_and_indexes),
        TEST_CASE(parameters_are_numbered_in_their_order),
        TEST_CASE(comparisons),
        TEST_CASE(between_in_is_and_like_may_be_negated),
        TEST_CASE(functions_take_any_operands),
        TEST_CASE(operators_bind_as_in_sql),
        TEST_CASE(chains_are_one_node_and_parentheses_another),
        TEST_CASE(nodes_know_where_they_stand),
        TEST_CASE(places_are_lines_columns_and_lengths_in_characters),
        TEST_CASE(observed_errors),
        TEST_CASE(what_is_missing_is_told),
        TEST_CASE(what_has_no_place_in_the_tree_is_refused),
        TEST_CASE(syntax_goes_before_what_is_refused),
        TEST_CASE(a_change_stands_alone),
        TEST_CASE(nesting_is_bounded_in_every_form),
        TEST_CASE(parentheses_nest_to_the_limit),
        TEST_CASE(long_chains_are_flat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
