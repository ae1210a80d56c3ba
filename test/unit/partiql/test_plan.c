/* What statements write, and what they show. Sources: developer guide, ql-reference.*; the dynamodb-conformance suites
 * (tier2/partiql, error-messages/partiql*); floci-io/floci, DynamoDbPartiQL*IntegrationTest, captured from DynamoDB. */
#include "plan_fixture.h"

/* ------------------------------------------------------------------ rows */

static void star_shows_whole_items(void **state)
{
    struct fixture *f = *state;
    struct partiql_plan plan = fixture_planned(f, "SELECT * FROM T", NULL);
    assert_false(plan.names_columns);
    assert_null(plan.projection);
    assert_string_equal(fixture_row(f, &plan, "{\"b\":{\"N\":\"1\"},\"a\":{\"S\":\"x\"}}"),
                        "{\"a\":{\"S\":\"x\"},\"b\":{\"N\":\"1\"}}");
}

static void columns_are_called_from_their_last_name_on(void **state)
{
    struct fixture *f = *state;
    const char *item = "{\"a\":{\"S\":\"x\"},\"m\":{\"M\":{\"n\":{\"S\":\"deep\"},\"l\":{\"L\":[{\"N\":\"7\"}"
                       ",{\"L\":[{\"N\":\"8\"},{\"N\":"
                       "\"9\"}]}]}}},\"q.r\":{\"N\":\"3\"}}";
    const struct {
        const char *columns;
        const char *row;
    } rows[] = {
        {"a", "{\"a\":{\"S\":\"x\"}}"},
        {"m.n", "{\"n\":{\"S\":\"deep\"}}"},
        {"m.l[0]", "{\"l[0]\":{\"N\":\"7\"}}"},
        {"m.l[1][1]", "{\"l[1][1]\":{\"N\":\"9\"}}"},
        {"m['n']", "{\"n\":{\"S\":\"deep\"}}"},
        {"\"q.r\", a", "{\"q.r\":{\"N\":\"3\"},\"a\":{\"S\":\"x\"}}"},
        {"m, m.n, m.l[0], m.l[1]",
         "{\"m\":{\"M\":{\"l\":{\"L\":[{\"N\":\"7\"},{\"L\":[{\"N\":\"8\"},{\"N\":\"9\"}]}]},\"n\":{\"S\":"
         "\"deep\"}}},\"n\":{"
         "\"S\":\"deep\"},\"l[0]\":{\"N\":\"7\"},\"l[1]\":{\"L\":[{\"N\":\"8\"},{\"N\":\"9\"}]}}"},
        {"nope", "{}"},
        {"a.x, m.l[7], m.n[0], nope, A", "{}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture_reset(f);
        struct partiql_plan plan = fixture_planned(
            f, arena_printf(&f->arena, "SELECT %s FROM T WHERE pk = 'x'", rows[i].columns), NULL);
        assert_true(plan.names_columns);
        assert_string_equal(fixture_row(f, &plan, item), rows[i].row);
    }
}

static void projection_names_each_attribute_once(void **state)
{
    struct fixture *f = *state;
    struct partiql_plan plan = fixture_planned(f, "SELECT m.a, x, m.b[0], m[3] FROM T", NULL);
    assert_int_equal(expr_top_level_count(plan.projection), 2);
    assert_true(slice_equal(expr_top_level_name(plan.projection, 0), SLICE("m")));
    assert_true(slice_equal(expr_top_level_name(plan.projection, 1), SLICE("x")));
}

/* ------------------------------------------------------------------ conditions */

static const char filtered[] =
    "{\"pk\":{\"S\":\"p\"},\"n\":{\"N\":\"5\"},\"s\":{\"S\":\"str\"},\"t\":{\"BOOL\":true},\"z\":{\"NULL\":"
    "true},"
    "\"b\":{\"B\":\"AQI=\"},\"l\":{\"L\":[{\"S\":\"a\"},{\"N\":\"2\"}]},\"m\":{\"M\":{\"x\":{\"N\":\"1\"},"
    "\"y\":{\"M\":{\"k\":{"
    "\"S\":\"v\"}}}}},\"ss\":{\"SS\":[\"a\",\"b\"]},\"ns\":{\"NS\":[\"1\",\"2\"]}}";

static void filter_means_what_where_says(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *where;
        bool holds;
    } rows[] = {
        {"n = 5", true},
        {"5 = n", true},
        {"5 > n", false},
        {"6 > n", true},
        {"n <> 6 AND n != 7", true},
        {"n <> '5'", true},
        {"n > 4 AND n < 6 AND n >= 5 AND n <= 5", true},
        {"s < 5", false},
        {"n BETWEEN 5 AND 6", true},
        {"n NOT BETWEEN 5 AND 6", false},
        {"5 BETWEEN n AND 7", true},
        {"n IN [1, 5]", true},
        {"n IN (1, s, 5)", true},
        {"n NOT IN [1, 5]", false},
        {"n IN [1, '5']", false},
        {"n IN <<4, 5>>", true},
        {"nope = 1", false},
        {"NOT nope = 1", true},
        {"nope <> 1", true},
        {"nope IS MISSING", true},
        {"n IS MISSING", false},
        {"n IS NOT MISSING", true},
        {"m.nope IS MISSING AND m.x IS NOT MISSING", true},
        {"z IS NULL", true},
        {"s IS NULL", false},
        {"nope IS NULL", false},
        {"nope IS NOT NULL", true},
        {"z IS NOT NULL", false},
        {"z = NULL", true},
        {"t IS BOOL AND s IS STRING AND n IS DECIMAL AND l IS LIST AND m IS STRUCT AND b IS BLOB", true},
        {"s IS BOOL", false},
        {"t = TRUE", true},
        {"l = ['a', 2]", true},
        {"l = [2, 'a']", false},
        {"m = {'y': {'k': 'v'}, 'x': 1}", true},
        {"ss = <<'b', 'a'>>", true},
        {"ns = <<2.0, 1>>", true},
        {"ss = ['a', 'b']", false},
        {"m.y.k = 'v' AND l[1] = 2", true},
        {"size(s) = 3 AND size(l) = 2 AND SIZE(ss) >= 2", true},
        {"size(n) > 0", false},
        {"contains(s, 'tr') AND contains(ss, 'a') AND contains(l, 2)", true},
        {"contains(ss, 'c')", false},
        {"begins_with(s, 'st') AND NOT begins_with(s, 'tr')", true},
        {"attribute_type(n, 'N') AND attribute_type(ss, 'SS')", true},
        {"attribute_exists(m.x) AND ATTRIBUTE_NOT_EXISTS(nope)", true},
        {"(n = 6 OR s = 'str') AND NOT (n = 6 OR s = 'x')", true},
        {"n = 6 AND s = 'str' OR t = true", true},
        {"attribute_exists(nope) = false", true},
        {"true = attribute_exists(n)", true},
        {"attribute_exists(n) <> 1", true},
        {"attribute_exists(n) = 1", false},
        {"contains(nope, 'z') = false", true},
        {"(n BETWEEN 0 AND 5) = true", true},
        {"(n = 6 OR s = 'x') = false", true},
        {"attribute_exists(nope) IN [true, false]", true},
        {"attribute_exists(n) = attribute_exists(s)", true},
        {"attribute_exists(n) = t", true},
        {"attribute_exists(n) = s", false},
        {"NOT attribute_exists(n) = true", false},
        {"(attribute_exists(n) = true) = false", false},
        {"(n IS MISSING) = false", true},
        {"(NOT n = 5) = false", true},
        {"1 = 1", true},
        {"n = - - 5", true},
        {"n IN []", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture_reset(f);
        const char *text = arena_printf(&f->arena, "SELECT * FROM T WHERE pk = 'p' AND %s", rows[i].where);
        struct partiql_plan plan = fixture_planned(f, text, NULL);
        if (fixture_selects(&plan, fixture_item(f, filtered)) != rows[i].holds)
            fail_msg("%s", text);
    }
}

/* ------------------------------------------------------------------ INSERT */

static void insert_puts_the_item_if_there_is_none(void **state)
{
    struct fixture *f = *state;
    struct partiql_plan plan = fixture_planned(
        f,
        "INSERT INTO T VALUE {'pk': 'p', 'sk': ?, 'n': -1.5e-3, 'd': -0, 'q': 'it''s', 't': true, 'z': null, "
        "'list': [1, 'two', []], 'map': {'e': {'f': 4}}, 'ns': <<1, 34, 4.5>>, 'ss': <<'b', 'a'>>, 'x': 1, "
        "'x': "
        "2}",
        "[{\"S\":\"s\"}]");
    assert_int_equal(plan.change.action, ITEM_PUT);
    assert_ptr_equal(plan.change.table, &f->table);
    assert_true(plan.has_key);
    assert_true(slice_equal(plan.change.key.partition, SLICE("p")));
    assert_true(slice_equal(plan.change.key.sort, SLICE("s")));
    assert_true(item_valid(plan.change.item));
    assert_string_equal(
        fixture_json(f, plan.change.item),
        "{\"d\":{\"N\":\"0\"},\"list\":{\"L\":[{\"N\":\"1\"},{\"S\":\"two\"},{\"L\":[]}]},\"map\":"
        "{\"M\":{\"e\":{\"M\":{\"f\":{\"N\":\"4\"}}"
        "}}},\"n\":{\"N\":\"-0.0015\"},\"ns\":{\"NS\":[\"1\",\"4.5\",\"34\"]},\"pk\":{\"S\":"
        "\"p\"},\"q\":{\"S\":\"it's\"},\"sk\":{"
        "\"S\":\"s\"},\"ss\":{\"SS\":[\"a\",\"b\"]},\"t\":{\"BOOL\":true},\"x\":{\"N\":\"2\"}"
        ",\"z\":{\"NULL\":true}}");
    assert_true(expr_matches(plan.change.condition, SLICE_NONE));
    assert_false(expr_matches(plan.change.condition, plan.change.item));
}

static void insert_of_a_parameter_puts_its_map(void **state)
{
    struct fixture *f = *state;
    struct partiql_plan plan = fixture_planned(f, "INSERT INTO H VALUE ?",
                                               "[{\"M\":{\"id\":{\"N\":\"1\"},\"a\":{\"SS\":[\"x\"]}}}]");
    assert_true(item_valid(plan.change.item));
    assert_string_equal(fixture_json(f, plan.change.item), "{\"a\":{\"SS\":[\"x\"]},\"id\":{\"N\":\"1\"}}");
}

/* ------------------------------------------------------------------ UPDATE */

static const char *updated(struct fixture *f, const char *changes, const char *former)
{
    struct partiql_plan plan =
        fixture_planned(f, arena_printf(&f->arena, "UPDATE T %s WHERE pk = 'p' AND sk = 's'", changes), NULL);
    struct slice after;
    assert_int_equal(plan.change.action, ITEM_UPDATE);
    if (!expr_update_apply(plan.change.update, fixture_item(f, former), plan.change.item, &f->arena, &after,
                           &f->err))
        return arena_printf(&f->arena, "!%s", f->err.message);
    return fixture_json(f, after);
}

static void update_changes_what_it_names(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *changes;
        const char *former;
        const char *after;
    } rows[] = {
        {"SET a = 1, b = 'x'", "{}", "{\"a\":{\"N\":\"1\"},\"b\":{\"S\":\"x\"}}"},
        {"SET a = 1 SET b = {'c': [2020]} REMOVE d", "{\"d\":{\"N\":\"1\"}}",
         "{\"a\":{\"N\":\"1\"},\"b\":{\"M\":{\"c\":{\"L\":[{\"N\":\"2020\"}]}}}}"},
        {"SET n = n + 1", "{\"n\":{\"N\":\"1\"}}", "{\"n\":{\"N\":\"2\"}}"},
        {"SET n=n-1", "{\"n\":{\"N\":\"1\"}}", "{\"n\":{\"N\":\"0\"}}"},
        {"SET n = 10 - n", "{\"n\":{\"N\":\"1\"}}", "{\"n\":{\"N\":\"9\"}}"},
        {"SET n = n - - 2", "{\"n\":{\"N\":\"1\"}}", "{\"n\":{\"N\":\"3\"}}"},
        {"SET n = m", "{\"m\":{\"N\":\"7\"}}", "{\"m\":{\"N\":\"7\"},\"n\":{\"N\":\"7\"}}"},
        {"SET m.a[0] = 'y'", "{\"m\":{\"M\":{\"a\":{\"L\":[{\"S\":\"x\"}]}}}}",
         "{\"m\":{\"M\":{\"a\":{\"L\":[{\"S\":\"y\"}]}}}}"},
        {"REMOVE li[0]", "{\"li\":{\"L\":[{\"S\":\"x\"},{\"S\":\"y\"}]}}",
         "{\"li\":{\"L\":[{\"S\":\"y\"}]}}"},
        {"SET li = list_append(li, [2])", "{\"li\":{\"L\":[{\"N\":\"1\"}]}}",
         "{\"li\":{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"}]}}"},
        {"SET li = LIST_APPEND([2], li)", "{\"li\":{\"L\":[{\"N\":\"1\"}]}}",
         "{\"li\":{\"L\":[{\"N\":\"2\"},{\"N\":\"1\"}]}}"},
        {"SET s = set_add(s, <<'b'>>)", "{\"s\":{\"SS\":[\"a\"]}}", "{\"s\":{\"SS\":[\"a\",\"b\"]}}"},
        {"SET s = SET_ADD(s, <<'b'>>)", "{}", "{\"s\":{\"SS\":[\"b\"]}}"},
        {"SET m.s = set_delete(m.s, <<1>>)", "{\"m\":{\"M\":{\"s\":{\"NS\":[\"1\",\"2\"]}}}}",
         "{\"m\":{\"M\":{\"s\":{\"NS\":[\"2\"]}}}}"},
        {"SET s = set_delete(s, <<'a'>>)", "{\"s\":{\"SS\":[\"a\"]}}", "{}"},
        {"SET s = set_add(s, <<1>>)", "{\"s\":{\"SS\":[\"a\"]}}",
         "!An operand in the update expression has an incorrect data type"},
        {"SET li = list_append(li, [1])", "{}",
         "!The provided expression refers to an attribute that does not exist in the item"},
        {"SET li[0] = 'x'", "{}",
         "!The document path provided in the update expression is invalid for update"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture_reset(f);
        assert_string_equal(updated(f, rows[i].changes, rows[i].former), rows[i].after);
    }
}

static void value_too_deep_where_it_goes_is_told_briefly(void **state)
{
    struct fixture *f = *state;
    struct buf deep;
    buf_init(&deep, &f->arena, 256);
    for (int i = 0; i < 31; i++)
        buf_append_literal(&deep, "[");
    buf_append_literal(&deep, "1");
    for (int i = 0; i < 31; i++)
        buf_append_literal(&deep, "]");
    const char *changes = arena_printf(&f->arena, "SET m.d = %.*s", SLICE_PRINTF(buf_slice(&deep)));
    assert_string_equal(updated(f, changes, "{\"m\":{\"M\":{}}}"),
                        "!Nesting Levels have exceeded supported limits");
}

static void update_needs_the_item(void **state)
{
    struct fixture *f = *state;
    struct partiql_plan plan = fixture_planned(f, "UPDATE T SET a = 1 WHERE sk = 's' AND pk = 'p'", NULL);
    assert_true(slice_equal(plan.change.key.partition, SLICE("p")));
    assert_string_equal(fixture_json(f, plan.change.item), "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"s\"}}");
    assert_false(plan.change.limits_record);
    assert_false(expr_matches(plan.change.condition, SLICE_NONE));
    assert_true(expr_matches(plan.change.condition, plan.change.item));
    plan = fixture_planned(f, "UPDATE T SET a = 1 WHERE (sk = 's' AND x IS MISSING) AND pk = 'p'", NULL);
    assert_false(expr_matches(plan.change.condition, SLICE_NONE));
    assert_true(expr_matches(plan.change.condition, plan.change.item));
    assert_false(
        expr_matches(plan.change.condition,
                     fixture_item(f, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"s\"},\"x\":{\"N\":\"1\"}}")));
}

static void update_may_begin_with_its_condition(void **state)
{
    struct fixture *f = *state;
    struct partiql_plan plan = fixture_planned(f, "FROM T WHERE pk = 'p' AND sk = 's' SET a = 1", NULL);
    assert_int_equal(plan.change.action, ITEM_UPDATE);
    assert_true(plan.has_key);
}

/* ------------------------------------------------------------------ DELETE and EXISTS */

static void delete_needs_no_item(void **state)
{
    struct fixture *f = *state;
    const char *item = "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"s\"},\"x\":{\"N\":\"1\"}}";
    struct partiql_plan plan = fixture_planned(f, "DELETE FROM T WHERE pk = 'p' AND sk = 's'", NULL);
    assert_int_equal(plan.change.action, ITEM_DELETE);
    assert_null(plan.change.condition);
    plan = fixture_planned(f, "DELETE FROM T WHERE pk = 'p' AND sk = 's' AND x = 2 AND pk = 'p'", NULL);
    assert_true(expr_matches(plan.change.condition, SLICE_NONE));
    assert_false(expr_matches(plan.change.condition, fixture_item(f, item)));
    plan = fixture_planned(f, "DELETE FROM T WHERE pk = 'p' AND sk = 's' AND (x = 2 OR x = 1)", NULL);
    assert_true(expr_matches(plan.change.condition, fixture_item(f, item)));
}

static void exists_is_a_check(void **state)
{
    struct fixture *f = *state;
    struct partiql_plan plan =
        fixture_planned(f, "EXISTS(SELECT * FROM T WHERE (pk='p' AND sk='s') AND Awards IS MISSING)", NULL);
    assert_int_equal(plan.change.action, ITEM_CHECK);
    assert_true(plan.has_key);
    assert_true(slice_equal(plan.change.key.sort, SLICE("s")));
    assert_true(expr_matches(plan.change.condition, fixture_item(f, "{\"pk\":{\"S\":\"p\"}}")));
    assert_false(expr_matches(plan.change.condition, fixture_item(f, "{\"Awards\":{\"S\":\"p\"}}")));
    /* Of two keys the first is read, and the second is a condition. */
    plan = fixture_planned(f, "EXISTS(SELECT * FROM T WHERE pk='p' AND sk='s' AND pk='q' AND x=1)", NULL);
    assert_true(slice_equal(plan.change.key.partition, SLICE("p")));
    assert_false(
        expr_matches(plan.change.condition, fixture_item(f, "{\"pk\":{\"S\":\"p\"},\"x\":{\"N\":\"1\"}}")));
}

/* ------------------------------------------------------------------ RETURNING */

static const char *returned(struct fixture *f, const char *text, const char *former, const char *after)
{
    struct buf out;
    struct json_writer w;
    struct partiql_plan plan = fixture_planned(f, text, NULL);
    plan.change.former = former ? fixture_item(f, former) : SLICE_NONE;
    plan.change.after = after ? fixture_item(f, after) : SLICE_NONE;
    buf_init(&out, &f->arena, 64);
    json_writer_init(&w, &out);
    if (!partiql_write_returning(&plan, &w)) {
        assert_int_equal(out.size, 0);
        return "nothing";
    }
    return arena_copy_cstr(&f->arena, buf_slice(&out));
}

static void returning_shows_old_or_new_all_or_modified(void **state)
{
    struct fixture *f = *state;
    const char *old =
        "{\"l\":{\"L\":[{\"S\":\"a\"},{\"S\":\"b\"}]},\"pk\":{\"S\":\"p\"},\"x\":{\"N\":\"1\"}}";
    const char *new = "{\"l\":{\"L\":[{\"S\":\"c\"},{\"S\":\"b\"}]},\"pk\":{\"S\":\"p\"}}";
    const char *update = "UPDATE T SET l[0] = 'c' REMOVE x WHERE pk = 'p' AND sk = 's'";
    assert_string_equal(returned(f, update, old, new), "nothing");
    assert_string_equal(returned(f, arena_printf(&f->arena, "%s RETURNING ALL OLD *", update), old, new),
                        old);
    assert_string_equal(returned(f, arena_printf(&f->arena, "%s RETURNING ALL NEW *", update), old, new),
                        new);
    assert_string_equal(returned(f, arena_printf(&f->arena, "%s RETURNING MODIFIED OLD *", update), old, new),
                        "{\"l\":{\"L\":[{\"S\":\"a\"}]},\"x\":{\"N\":\"1\"}}");
    assert_string_equal(returned(f, arena_printf(&f->arena, "%s RETURNING MODIFIED NEW *", update), old, new),
                        "{\"l\":{\"L\":[{\"S\":\"c\"}]}}");
    assert_string_equal(
        returned(f, "UPDATE T REMOVE x WHERE pk = 'p' AND sk = 's' RETURNING MODIFIED NEW *", old, new),
        "nothing");
    assert_string_equal(
        returned(f, "DELETE FROM T WHERE pk = 'p' AND sk = 's' RETURNING ALL OLD *", old, NULL), old);
    assert_string_equal(
        returned(f, "DELETE FROM T WHERE pk = 'p' AND sk = 's' RETURNING ALL OLD *", NULL, NULL), "nothing");
}

/* ------------------------------------------------------------------ refusals */

static void faults_of_the_item_are_reasons_of_a_transaction(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *text;
        const char *message;
        const char *refusal; /* NULL: none; "=": the message */
    } rows[] = {
        {"UPDATE T SET a = 1 WHERE pk = 'p'",
         "Where clause does not contain a mandatory equality on all key attributes",
         "The provided key element does not match the schema"},
        {"UPDATE T SET a = 1", "Where clause does not contain a mandatory equality on all key attributes",
         "The provided key element does not match the schema"},
        {"UPDATE T SET a = 1 WHERE pk = 'p' OR sk = 's'",
         "Where clause does not contain a mandatory equality on all key attributes",
         "The provided key element does not match the schema"},
        {"UPDATE T SET a = 1 WHERE pk IN ['p'] AND sk = 's'",
         "Where clause does not contain a mandatory equality on all key attributes",
         "The provided key element does not match the schema"},
        {"DELETE FROM T WHERE sk > 's' AND pk = 'p'",
         "Where clause does not contain a mandatory equality on all key attributes",
         "The provided key element does not match the schema"},
        {"DELETE FROM T WHERE pk = 'p' AND sk = 1", "The provided key element does not match the schema",
         "="},
        {"UPDATE T SET a = 1 WHERE pk = 'p' AND sk = 's' AND pk = 'q'",
         "Multiple conditions on same key pk. Only single item Update/Insert/Delete are supported", "="},
        {"UPDATE T SET pk = 'x' WHERE pk = 'p' AND sk = 's'",
         "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of "
         "the key",
         "="},
        {"UPDATE T REMOVE sk WHERE pk = 'p' AND sk = 's'",
         "One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of "
         "the key",
         "="},
        {"UPDATE T SET g = 1 WHERE pk = 'p' AND sk = 's'",
         "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N "
         "IndexName: "
         "all",
         "="},
        {"INSERT INTO T VALUE {'pk': 'p'}",
         "One or more parameter values were invalid: Missing the key sk in the item", "="},
        {"INSERT INTO T VALUE {'pk': 1, 'sk': 's'}",
         "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N", "="},
        {"INSERT INTO T VALUE {'pk': 'p', 'sk': 's', 'g': ''}",
         "One or more parameter values are not valid. A value specified for a secondary index key is not "
         "supported. "
         "The AttributeValue for a key attribute cannot contain an empty string value. IndexName: all, "
         "IndexKey: g",
         "="},
        {"SELECT * FROM T WHERE pk = 'p' AND sk = 1",
         "Key attribute's data type should match its data type in table's schema: Key sk",
         "The provided key element does not match the schema"},
        {"EXISTS(SELECT * FROM T WHERE pk = 'p' AND sk = 's')",
         "EXISTS() must contain a single item read with additional condition", NULL},
        {"EXISTS(SELECT * FROM T WHERE pk = 'p' AND x = 1)",
         "EXISTS() must contain a single item read with additional condition", NULL},
        {"EXISTS(SELECT * FROM T WHERE pk IN ['p'] AND sk = 's' AND x = 1)",
         "EXISTS() must contain a single item read with additional condition", NULL},
        {"SELECT * FROM T WHERE pk IN ['p', 'p']",
         "Overlapping conditions with range keys are not supported in where clause", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct partiql_plan plan;
        fixture_reset(f);
        const char *message = fixture_plan(f, rows[i].text, NULL, &plan);
        if (!message || strcmp(message, rows[i].message) != 0)
            fail_msg("%s: %s", rows[i].text, message ? message : "accepted");
        const char *refusal =
            rows[i].refusal && rows[i].refusal[0] == '=' ? rows[i].message : rows[i].refusal;
        if (refusal ? !plan.refusal || strcmp(plan.refusal, refusal) != 0 : plan.refusal != NULL)
            fail_msg("%s: refusal %s", rows[i].text, plan.refusal ? plan.refusal : "none");
    }
}

static void item_that_is_too_large_is_refused(void **state)
{
    struct fixture *f = *state;
    struct partiql_plan plan;
    char *large = arena_alloc(&f->arena, 410000);
    memset(large, 'x', 409600);
    large[409600 - 5] = 0;
    const char *parameters = arena_printf(&f->arena, "[{\"S\":\"%s\"}]", large);
    const char *insert = "INSERT INTO T VALUE {'pk': 'p', 'sk': 's', 'a': ?}";
    assert_string_equal(fixture_plan(f, insert, parameters, &plan),
                        "Item size has exceeded the maximum allowed size");
    assert_non_null(plan.refusal);
    large[409600 - 7] = 0;
    assert_null(fixture_plan(f, insert, arena_printf(&f->arena, "[{\"S\":\"%s\"}]", large), &plan));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(star_shows_whole_items),
        TEST_CASE(columns_are_called_from_their_last_name_on),
        TEST_CASE(projection_names_each_attribute_once),
        TEST_CASE(filter_means_what_where_says),
        TEST_CASE(insert_puts_the_item_if_there_is_none),
        TEST_CASE(insert_of_a_parameter_puts_its_map),
        TEST_CASE(update_changes_what_it_names),
        TEST_CASE(value_too_deep_where_it_goes_is_told_briefly),
        TEST_CASE(update_needs_the_item),
        TEST_CASE(update_may_begin_with_its_condition),
        TEST_CASE(delete_needs_no_item),
        TEST_CASE(exists_is_a_check),
        TEST_CASE(returning_shows_old_or_new_all_or_modified),
        TEST_CASE(faults_of_the_item_are_reasons_of_a_transaction),
        TEST_CASE(item_that_is_too_large_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
