/* What a SELECT reads. DynamoDB's choice between Query and Scan: developer guide, ql-reference.select; what of WHERE it takes for
 * key conditions: observations of floci-io/floci (DynamoDbPartiQLEdgeCaseIntegrationTest) and the dynamodb-conformance suites. */
#include "plan_fixture.h"

static void partition_key_by_equality_is_one_range(void **state)
{
    const struct access_row rows[] = {
        {"pk = 'a'", "pk=a"},
        {"'a' = pk", "pk=a"},
        {"(pk = 'a')", "pk=a"},
        {"pk = 'a' AND x = 1", "pk=a filter"},
        {"x = 1 AND pk = 'a'", "pk=a filter"},
        {"pk = 'a' AND pk = 'a'", "pk=a"},
        {"pk = 'a' AND (x = 1 OR y = 2)", "pk=a filter"},
        {"pk = 'a' AND attribute_exists(pk)", "pk=a filter"},
        {"pk IN ['a']", "pk=a"},
    };
    CHECK_ACCESS(*state, "T", rows);
}

static void sort_key_by_one_condition_is_in_the_range(void **state)
{
    const struct access_row rows[] = {
        {"pk = 'a' AND sk = '1'", "pk=a sk=1 key"},
        {"sk = '1' AND pk = 'a'", "pk=a sk=1 key"},
        {"(sk = '1') AND (pk = 'a' AND x = 2)", "pk=a sk=1 filter key"},
        {"pk = 'a' AND sk < '1'", "pk=a sk<1"},
        {"pk = 'a' AND sk <= '1'", "pk=a sk<=1"},
        {"pk = 'a' AND sk > '1'", "pk=a sk>1"},
        {"pk = 'a' AND sk >= '1'", "pk=a sk>=1"},
        {"pk = 'a' AND '1' < sk", "pk=a sk>1"},
        {"pk = 'a' AND '1' >= sk", "pk=a sk<=1"},
        {"pk = 'a' AND sk BETWEEN '1' AND '3'", "pk=a sk:1..3"},
        {"pk = 'a' AND begins_with(sk, '1')", "pk=a sk^1"},
        {"pk = 'a' AND BEGINS_WITH(\"sk\", '1') AND x = 1", "pk=a sk^1 filter"},
    };
    CHECK_ACCESS(*state, "T", rows);
}

static void two_bounds_of_the_sort_key_are_one_range(void **state)
{
    const struct access_row rows[] = {
        {"pk = 'a' AND sk >= '1' AND sk <= '3'", "pk=a sk:1..3"},
        {"pk = 'a' AND sk > '1' AND sk <= '3'", "pk=a sk:1..3 filter"},
        {"pk = 'a' AND sk < '3' AND sk >= '1'", "pk=a sk:1..3 filter"},
        {"pk = 'a' AND sk > '3' AND sk < '1'", "pk=a sk>3 filter"},
        {"pk = 'a' AND sk > '1' AND sk > '2'", "pk=a sk>1 filter"},
        {"pk = 'a' AND sk > '0' AND sk = '1'", "pk=a sk=1 filter key"},
        {"pk = 'a' AND sk = '1' AND sk = '2'", "pk=a sk=1 filter key"},
        {"pk = 'a' AND begins_with(sk, '1') AND sk > '10'", "pk=a sk^1 filter"},
    };
    CHECK_ACCESS(*state, "T", rows);
}

static void what_no_range_can_say_is_filtered(void **state)
{
    const struct access_row rows[] = {
        {"pk = 'a' AND NOT sk = '1'", "pk=a filter"},
        {"pk = 'a' AND sk <> '1'", "pk=a filter"},
        {"pk = 'a' AND sk > '0' AND sk <> '1'", "pk=a sk>0 filter"},
        {"pk = 'a' AND NOT begins_with(sk, '1')", "pk=a filter"},
        {"pk = 'a' AND sk NOT IN ['1']", "pk=a filter"},
        {"pk = 'a' AND sk NOT BETWEEN '1' AND '2'", "pk=a filter"},
        {"pk = 'a' AND contains(sk, '1')", "pk=a filter"},
        {"pk = 'a' AND size(sk) = 1", "pk=a filter"},
        {"pk = 'a' AND sk = x", "pk=a filter"},
        {"pk = 'a' AND sk.b = '1'", "pk=a filter"},
        {"pk = 'a' AND pk > '0'", "pk=a filter"},
        {"pk = 'a' AND (sk = '1') = true", "pk=a filter"},
        {"pk = 'a' AND sk IS NOT MISSING", "pk=a filter"},
    };
    CHECK_ACCESS(*state, "T", rows);
}

static void without_the_partition_key_all_is_read(void **state)
{
    const struct access_row rows[] = {
        {"x = 1", "scan filter"},
        {"sk = '1'", "scan filter"},
        {"pk > 'a'", "scan filter"},
        {"pk <> 'a'", "scan filter"},
        {"begins_with(pk, 'a')", "scan filter"},
        {"NOT pk = 'a'", "scan filter"},
        {"pk NOT IN ['a']", "scan filter"},
        {"pk = x", "scan filter"},
        {"pk = 'a' OR x = 1", "scan filter"},
        {"pk = 'a' OR sk = '1'", "scan filter"},
        {"(pk = 'a' AND sk = '1') OR x = 2", "scan filter"},
        {"pk BETWEEN 'a' AND 'b'", "scan filter"},
        {"pk > 1", "scan filter"},
        {"pk.a = 'a'", "scan filter"},
        {"NOT (pk = 'a' AND sk = '1')", "scan filter"},
    };
    CHECK_ACCESS(*state, "T", rows);
}

static void alternatives_are_ranges(void **state)
{
    const struct access_row rows[] = {
        {"pk IN ['a', 'b']", "pk=a | pk=b"},
        {"pk IN ('b', 'a')", "pk=b | pk=a"},
        {"pk = 'a' OR pk = 'b'", "pk=a | pk=b"},
        {"pk = 'a' OR pk = 'b' OR pk = 'c'", "pk=a | pk=b | pk=c"},
        {"pk IN ['a', 'b'] AND x = 1", "pk=a | pk=b filter"},
        {"pk IN ['a', 'b'] AND sk > '1'", "pk=a sk>1 | pk=b sk>1"},
        {"pk IN ['a', 'b'] AND sk IN ['2', '1']", "pk=a sk=1 | pk=a sk=2 | pk=b sk=1 | pk=b sk=2"},
        {"pk = 'a' AND sk IN ['3', '1']", "pk=a sk=1 | pk=a sk=3"},
        {"pk = 'a' AND (sk = '1' OR sk = '2')", "pk=a sk=1 | pk=a sk=2"},
        {"pk = 'a' AND (sk < '1' OR sk > '1' OR sk = '1')", "pk=a sk<1 | pk=a sk=1 | pk=a sk>1"},
        {"(pk = 'a' AND sk = '1') OR (pk = 'b' AND sk = '2')", "pk=a sk=1 | pk=b sk=2"},
        {"(pk = 'a' AND x = 1) OR pk = 'b'", "pk=a | pk=b filter"},
        {"(pk = 'a' OR pk = 'b') AND (sk < '1' OR sk > '2')",
         "pk=a sk<1 | pk=a sk>2 | pk=b sk<1 | pk=b sk>2"},
        {"pk = 'a' AND (begins_with(sk, 'a') OR begins_with(sk, 'b'))", "pk=a sk^a | pk=a sk^b"},
        {"pk = 'a' AND (sk BETWEEN '1' AND '2' OR sk > '2')", "pk=a sk:1..2 | pk=a sk>2"},
    };
    CHECK_ACCESS(*state, "T", rows);
}

static void contradictions_read_one_partition_at_most(void **state)
{
    const struct access_row rows[] = {
        {"pk = 'a' AND pk = 'b'", "pk=a filter"},
        {"pk = 'a' AND pk = 'b' AND sk = '1'", "pk=a sk=1 filter key"},
        {"pk IN ['a', 'b'] AND pk = 'b'", "pk=b"},
        {"pk IN ['a', 'b'] AND pk IN ['b', 'c']", "pk=b"},
        {"pk = 'a' AND (pk = 'b' OR x = 1)", "pk=a filter"},
    };
    CHECK_ACCESS(*state, "T", rows);
}

#define OVERLAPPING "!Overlapping conditions with range keys are not supported in where clause"

static void ranges_do_not_overlap(void **state)
{
    const struct access_row rows[] = {
        {"pk IN ['a', 'a']", OVERLAPPING},
        {"pk = 'a' OR pk = 'a'", OVERLAPPING},
        {"pk = 'a' AND (sk > '0' OR sk < '5')", OVERLAPPING},
        {"pk = 'a' AND (sk = '1' OR x = 'two')", OVERLAPPING},
        {"(pk = 'a' AND x = 1) OR (pk = 'a' AND x = 2)", OVERLAPPING},
        {"pk = 'a' AND x = '1' OR pk = 'a' AND sk = '2'", OVERLAPPING},
        {"pk = 'a' AND x <> '1' OR pk = 'a' AND sk = '2'", OVERLAPPING},
        {"pk = 'a' AND (sk <= '1' OR sk >= '1')", OVERLAPPING},
        {"pk = 'a' AND (begins_with(sk, 'a') OR sk = 'ab')", OVERLAPPING},
        {"pk = 'a' AND (begins_with(sk, 'a') OR sk > 'z')", "pk=a sk^a | pk=a sk>z"},
        {"pk = 'a' AND (begins_with(sk, 'a') OR sk < 'a')", "pk=a sk<a | pk=a sk^a"},
        {"pk = 'a' AND (begins_with(sk, 'a') OR sk <= 'a')", OVERLAPPING},
        {"pk = 'a' AND (sk BETWEEN '1' AND '2' OR sk >= '2')", OVERLAPPING},
    };
    CHECK_ACCESS(*state, "T", rows);
}

/* dynamodb-conformance, tier2/partiql/whereOverlap: what is said of the sort key and is no key condition may overlap. */
static void ranges_that_say_too_little_of_the_sort_key_are_one(void **state)
{
    const struct access_row rows[] = {
        {"pk = 'a' AND NOT sk = '1' OR pk = 'a' AND sk = '2'", "pk=a filter"},
        {"pk = 'a' AND sk <> '1' OR pk = 'a' AND sk = '2'", "pk=a filter"},
        {"pk = 'a' AND NOT begins_with(sk, 'x') OR pk = 'a' AND sk = '2'", "pk=a filter"},
        {"pk = 'a' AND NOT sk IN ['1', '3'] OR pk = 'a' AND sk = '2'", "pk=a filter"},
        {"pk = 'a' OR pk = 'a' AND NOT sk = '1'", "pk=a filter"},
        {"(pk = 'a' AND sk <> '1') OR pk = 'b'", "pk=a | pk=b filter"},
        {"((pk = 'a' AND sk <> '1') OR (pk = 'a' AND sk = '2') OR pk = 'b') AND sk > '0'",
         "pk=a | pk=b sk>0 filter"},
    };
    CHECK_ACCESS(*state, "T", rows);
}

static void key_values_have_the_types_of_the_schema(void **state)
{
    const struct access_row rows[] = {
        {"pk = 1", "!Key attribute's data type should match its data type in table's schema: Key pk"},
        {"pk = 1 OR pk = 'a'",
         "!Key attribute's data type should match its data type in table's schema: Key pk"},
        {"pk = 'a' AND sk IN ['1', 2]",
         "!Key attribute's data type should match its data type in table's schema: Key sk"},
        {"pk = 'a' AND sk > 1",
         "!Key attribute's data type should match its data type in table's schema: Key sk"},
        {"pk = 'a' AND sk BETWEEN 1 AND 2",
         "!Key attribute's data type should match its data type in table's schema: Key sk"},
        {"pk = null", "!Key attribute's data type should match its data type in table's schema: Key pk"},
        {"pk = ''", "pk="},
        {"pk = '' AND sk = '1'", "!One or more parameter values are not valid. The AttributeValue for a key "
                                 "attribute cannot contain an "
                                 "empty string value. Key: pk"},
    };
    CHECK_ACCESS(*state, "T", rows);
}

static const char *in_list(struct fixture *f, unsigned count)
{
    struct buf out;
    buf_init(&out, &f->arena, 1024);
    for (unsigned i = 0; i < count; i++)
        buf_printf(&out, "%s'v%u'", i ? "," : "", i);
    return arena_copy_cstr(&f->arena, buf_slice(&out));
}

static const char *message_of(struct fixture *f, const char *text)
{
    struct partiql_plan plan;
    return fixture_plan(f, text, NULL, &plan);
}

static void fifty_ranges_are_read_at_most(void **state)
{
    struct fixture *f = *state;
    const char *too_many = "Too many decomposed read operations for a given query.";
    const char *select = "SELECT * FROM T WHERE";
    struct partiql_plan plan =
        fixture_planned(f, arena_printf(&f->arena, "%s pk IN [%s]", select, in_list(f, 50)), NULL);
    assert_int_equal(plan.range_count, 50);
    assert_string_equal(message_of(f, arena_printf(&f->arena, "%s pk IN [%s]", select, in_list(f, 51))),
                        too_many);
    assert_string_equal(
        message_of(f, arena_printf(&f->arena, "%s pk='a' AND sk IN [%s]", select, in_list(f, 51))), too_many);
    assert_string_equal(
        message_of(f, arena_printf(&f->arena, "%s pk IN [%s] AND sk IN ['1','2']", select, in_list(f, 26))),
        too_many);
    assert_string_equal(message_of(f, arena_printf(&f->arena, "%s pk IN [%s] AND sk IN [%s]", select,
                                                   in_list(f, 100), in_list(f, 100))),
                        too_many);
    plan =
        fixture_planned(f, arena_printf(&f->arena, "%s pk IN [%s] OR x = 1", select, in_list(f, 51)), NULL);
    assert_false(plan.is_query);
    plan = fixture_planned(
        f, arena_printf(&f->arena, "%s pk IN [%s] AND x IN [%s]", select, in_list(f, 50), in_list(f, 100)),
        NULL);
    assert_int_equal(plan.range_count, 50);
    assert_string_equal(message_of(f, arena_printf(&f->arena, "%s pk IN [%s]", select, in_list(f, 101))),
                        "The IN operator is provided with too many operands; number of operands: 101");
}

static void parameters_are_values(void **state)
{
    struct fixture *f = *state;
    struct partiql_plan plan = fixture_planned(f, "SELECT * FROM T WHERE pk = ? AND sk BETWEEN ? AND ?",
                                               "[{\"S\":\"a\"},{\"S\":\"1\"},{\"S\":\"2\"}]");
    assert_string_equal(fixture_access(f, &plan), "pk=a sk:1..2");
    plan =
        fixture_planned(f, "SELECT * FROM T WHERE pk IN [?, 'b'] AND x = ?", "[{\"S\":\"a\"},{\"N\":\"1\"}]");
    assert_string_equal(fixture_access(f, &plan), "pk=a | pk=b filter");
    plan = fixture_planned(f, "SELECT * FROM T WHERE pk IN ?", "[{\"L\":[{\"S\":\"a\"},{\"S\":\"b\"}]}]");
    assert_string_equal(fixture_access(f, &plan), "pk=a | pk=b");
    plan = fixture_planned(f, "SELECT * FROM T WHERE pk IN ?", "[{\"L\":[]}]");
    assert_string_equal(fixture_access(f, &plan), "scan filter");
    plan = fixture_planned(f, "SELECT * FROM T WHERE x IN ?", "[{\"NS\":[\"1\",\"2\"]}]");
    assert_true(expr_matches(plan.filter, fixture_item(f, "{\"x\":{\"N\":\"2\"}}")));
    assert_false(expr_matches(plan.filter, fixture_item(f, "{\"x\":{\"N\":\"3\"}}")));
}

static void key_is_the_stored_key(void **state)
{
    struct fixture *f = *state;
    struct partiql_plan plan = fixture_planned(f, "SELECT * FROM T WHERE sk = 's' AND pk = 'p'", NULL);
    assert_true(plan.has_key);
    assert_int_equal(plan.key.space, 16);
    assert_true(slice_equal(plan.key.partition, SLICE("p")));
    assert_true(slice_equal(plan.key.sort, SLICE("s")));
    assert_null(plan.filter);
    plan = fixture_planned(f, "SELECT * FROM H WHERE id = 7.0", NULL);
    assert_true(plan.has_key);
    assert_int_equal(plan.key.space, 17);
    assert_int_equal(plan.key.sort.size, 0);
}

/* ------------------------------------------------------------------ order */

static void order_of_the_sort_key_is_a_direction(void **state)
{
    const struct access_row rows[] = {
        {"pk = 'a' ORDER BY sk", "pk=a"},
        {"pk = 'a' ORDER BY sk ASC", "pk=a"},
        {"pk = 'a' ORDER BY sk DESC", "pk=a reverse"},
        {"pk = 'a' ORDER BY \"sk\" DESC, pk", "pk=a reverse"},
        {"pk = 'a' AND sk IN ['1', '3', '2'] ORDER BY sk DESC", "pk=a sk=3 | pk=a sk=2 | pk=a sk=1 reverse"},
        /* Observed: a partition key alone turns the sort key round. */
        {"pk = 'a' ORDER BY pk ASC", "pk=a reverse"},
        {"pk = 'a' ORDER BY pk DESC", "pk=a reverse"},
    };
    CHECK_ACCESS(*state, "T", rows);
}

static void order_of_partitions_is_that_of_their_keys(void **state)
{
    const struct access_row rows[] = {
        {"pk IN ['b', 'c', 'a'] ORDER BY pk", "pk=a | pk=b | pk=c reverse"},
        {"pk IN ['b', 'c', 'a'] ORDER BY pk DESC, sk ASC", "pk=c | pk=b | pk=a"},
        {"pk = 'b' OR pk = 'a' ORDER BY pk, sk DESC", "pk=a | pk=b reverse"},
        {"pk IN ['b', 'a'] AND sk IN ['1', '2'] ORDER BY pk, sk DESC",
         "pk=a sk=2 | pk=a sk=1 | pk=b sk=2 | pk=b sk=1 reverse"},
        {"pk IN ['a', 'b'] ORDER BY sk DESC", "!Must have hash key in ORDER BY clause when more than one "
                                              "hash key condition specified in WHERE clause."},
        {"pk IN ['a', 'b'] ORDER BY sk, pk", "!Must have hash key in ORDER BY clause when more than one hash "
                                             "key condition specified in WHERE clause."},
    };
    CHECK_ACCESS(*state, "T", rows);
}

static void order_needs_keys(void **state)
{
    struct fixture *f = *state;
    const struct access_row rows[] = {
        {"pk = 'a' ORDER BY Total DESC",
         "!Attribute Total in ORDER BY clause must be part of the primary key"},
        {"pk = 'a' ORDER BY sk.x", "!Attribute sk in ORDER BY clause must be part of the primary key"},
        {"pk = 'a' ORDER BY size(sk)",
         "!Attribute size(sk) in ORDER BY clause must be part of the primary key"},
        {"pk > 'a' ORDER BY sk", "!Must have at least one non-optional hash key condition in WHERE clause "
                                 "when using ORDER BY clause."},
        {"pk = 'a' OR x = 1 ORDER BY sk", "!Must have at least one non-optional hash key condition in WHERE "
                                          "clause when using ORDER BY clause."},
    };
    CHECK_ACCESS(f, "T", rows);
    assert_string_equal(message_of(f, "SELECT * FROM T ORDER BY sk"),
                        "Must have WHERE clause in the statement when using ORDER BY clause.");
}

/* ------------------------------------------------------------------ indexes */

static void index_is_read_by_its_own_key(void **state)
{
    struct fixture *f = *state;
    const struct access_row all[] = {
        {"g = 'a'", "g=a"},
        {"g = 'a' AND h > 5", "g=a h>5"},
        {"g = 'a' AND h > 5 ORDER BY h DESC", "g=a h>5 reverse"},
        {"pk = 'a'", "scan filter"},
        {"g = 'a' AND pk = 'b' AND sk = 'c'", "g=a filter"},
        {"g = 1", "!Key attribute's data type should match its data type in table's schema: Key g"},
    };
    const struct access_row locals[] = {
        {"pk = 'a' AND l = 5", "pk=a l=5"},
        {"pk = 'a' AND sk = '5'", "pk=a filter"},
    };
    CHECK_ACCESS(f, "\"T\".\"all\"", all);
    CHECK_ACCESS(f, "\"T\".\"locals\"", locals);
    struct partiql_plan plan = fixture_planned(f, "SELECT * FROM \"T\".\"all\"", NULL);
    assert_ptr_equal(plan.source.index, &f->table.global_indexes[0]);
    assert_false(plan.is_query);
}

static void index_must_be_there(void **state)
{
    const struct refused_row rows[] = {
        {"SELECT * FROM \"T\".\"nope\" WHERE pk = 'p'", "The table does not have the specified index", NULL},
        {"SELECT * FROM \"T\".\"T\" WHERE pk = 'p'", "The table does not have the specified index", NULL},
        {"SELECT * FROM \"T\".\"vectors\"", "Scan operation not supported on this index type", NULL},
        {"SELECT * FROM \"T\".\"multi\" WHERE g = 'a' AND h = 1",
         "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute "
         "RANGE "
         "keys.",
         NULL},
        {"SELECT COUNT(*) FROM \"T\".\"multi\"",
         "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute "
         "RANGE "
         "keys.",
         NULL},
    };
    CHECK_REFUSED(*state, rows);
}

#define FILTER                                                                                          \
    "!One or more parameter values were invalid: Secondary index include does not project one or more " \
    "filter attributes: "

/* dynamodb-conformance, partiql/indexQualifier; floci-io/floci, DynamoDbPartiQLEdgeCaseIntegrationTest. */
static void filter_of_a_keyed_read_is_of_what_the_index_holds(void **state)
{
    const struct access_row rows[] = {
        {"g = 'a' AND x = 1", "g=a filter"},
        {"g = 'a' AND pk = 'p'", "g=a filter"},
        {"g = 'y' AND np = 'np1'", FILTER "[np]"},
        {"g = 'y' AND np.x[0] IS MISSING", FILTER "[np]"},
        {"g = 'y' AND NOT (np = 'np1' OR x = 'x')", FILTER "[np]"},
        {"g = 'y' AND b = '1' AND (a = '2' OR x = '3')", FILTER "[a, b]"},
        {"g = 'y' AND (zz = '1' OR aa = '2' OR mm = '3')", FILTER "[zz, aa, mm]"},
        {"g IN ['y', 'z'] AND np = 'np1'", FILTER "[np]"},
        {"(g = 'b' AND u1 = '1') OR (g = 'q' AND u2 = '1')", FILTER "[u2]"},
        {"(g = 'q' AND u1 = '1') OR (g = 'b' AND u2 = '1')", FILTER "[u1]"},
        {"(g = 'y' AND x = '1') OR (g = 'z' AND aa = '1')", "g=y | g=z filter"},
        {"(g = 'y' AND np = '1') OR g = 'y2'", "g=y | g=y2 filter"},
        {"g = 'y' AND (g = 'z' OR zz = '1')", "g=y filter"},
        {"g > 'a' AND zz = '1'", "scan filter"},
        {"(g = 'y' AND zz = '1') OR aa = '1'", "scan filter"},
        {"np = '1'", "scan filter"},
        {"(g = 'y' AND zz = '1') OR (g = 'y' AND aa = '1')", OVERLAPPING},
    };
    CHECK_ACCESS(*state, "\"T\".\"include\"", rows);
}

static void columns_of_a_global_index_are_what_it_holds(void **state)
{
    struct fixture *f = *state;
    const struct refused_row rows[] = {
        {"SELECT np FROM \"T\".\"include\" WHERE g = 'y'",
         "One or more parameter values were invalid: Global secondary index include does not project [np]",
         NULL},
        {"SELECT b, x, pk, a.b[0] FROM \"T\".\"include\"",
         "One or more parameter values were invalid: Global secondary index include does not project [b, a]",
         NULL},
    };
    CHECK_REFUSED(f, rows);
    (void)fixture_planned(f, "SELECT x, pk, g FROM \"T\".\"include\"", NULL);
    (void)fixture_planned(f, "SELECT np FROM \"T\".\"all\"", NULL);
    struct partiql_plan plan = fixture_planned(f, "SELECT np.a FROM \"T\".\"localk\" WHERE pk = 'p'", NULL);
    assert_int_equal(expr_top_level_count(plan.projection), 1);
    assert_true(slice_equal(expr_top_level_name(plan.projection, 0), SLICE("np")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(partition_key_by_equality_is_one_range),
        TEST_CASE(sort_key_by_one_condition_is_in_the_range),
        TEST_CASE(two_bounds_of_the_sort_key_are_one_range),
        TEST_CASE(what_no_range_can_say_is_filtered),
        TEST_CASE(without_the_partition_key_all_is_read),
        TEST_CASE(alternatives_are_ranges),
        TEST_CASE(contradictions_read_one_partition_at_most),
        TEST_CASE(ranges_do_not_overlap),
        TEST_CASE(ranges_that_say_too_little_of_the_sort_key_are_one),
        TEST_CASE(key_values_have_the_types_of_the_schema),
        TEST_CASE(fifty_ranges_are_read_at_most),
        TEST_CASE(parameters_are_values),
        TEST_CASE(key_is_the_stored_key),
        TEST_CASE(order_of_the_sort_key_is_a_direction),
        TEST_CASE(order_of_partitions_is_that_of_their_keys),
        TEST_CASE(order_needs_keys),
        TEST_CASE(index_is_read_by_its_own_key),
        TEST_CASE(index_must_be_there),
        TEST_CASE(filter_of_a_keyed_read_is_of_what_the_index_holds),
        TEST_CASE(columns_of_a_global_index_are_what_it_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
