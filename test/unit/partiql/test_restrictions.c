/* What DynamoDB refuses whatever the table, and its words. Those marked "ours" were seen nowhere. Sources: the dynamodb-conformance
 * suites (error-messages/partiql*), floci-io/floci's tests captured from DynamoDB, xo/dbimp's recordings. */
#include "plan_fixture.h"

static void parameters_are_counted(void **state)
{
    const char *message = "Number of parameters in request and statement don't match.";
    const struct refused_row rows[] = {
        {"SELECT * FROM T WHERE pk = ?", message, NULL},
        {"SELECT * FROM T WHERE pk = ?", message, "[{\"S\":\"a\"},{\"S\":\"b\"}]"},
        {"SELECT * FROM T", message, "[{\"S\":\"a\"}]"},
    };
    CHECK_REFUSED(*state, rows);
}

static void names_are_not_empty(void **state)
{
    const char *message = "Path component cannot be an empty string";
    const struct refused_row rows[] = {
        {"SELECT * FROM \"\" WHERE pk = 'x'", message, NULL},
        {"SELECT * FROM \"T\".\"\" WHERE pk = 'x'", message, NULL},
        {"UPDATE T SET \"\" = 1 WHERE pk = 'x' AND sk = 's'", message, NULL},
        {"SELECT \"\" FROM T", message, NULL},
    };
    CHECK_REFUSED(*state, rows);
}

static void indexes_are_read_only(void **state)
{
    const struct refused_row rows[] = {
        {"INSERT INTO \"T\".\"all\" VALUE {'pk': 'w1'}", "FROM clause may only contain a single table name",
         NULL},
        {"UPDATE \"T\".\"all\" SET a = 'z' WHERE pk = 'p'", "This operation is not supported on an index",
         NULL},
        {"DELETE FROM \"T\".\"all\" WHERE pk = 'p'", "This operation is not supported on an index", NULL},
    };
    CHECK_REFUSED(*state, rows);
}

static void returning_is_for_updates(void **state)
{
#define DELETE "DELETE FROM T WHERE pk = 'x' RETURNING "
    const struct refused_row rows[] = {
        {DELETE "MODIFIED OLD *",
         "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE "
         "statements.",
         NULL},
        {DELETE "ALL NEW *",
         "Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in DELETE "
         "statements.",
         NULL},
        {DELETE "MODIFIED NEW *",
         "Invalid returning clause: RETURNING MODIFIED NEW *. Only RETURNING ALL OLD * is allowed in DELETE "
         "statements.",
         NULL},
        /* ours */
        {"INSERT INTO T VALUE {'pk': 'x'} RETURNING ALL OLD *",
         "Invalid returning clause: RETURNING ALL OLD *. RETURNING is not allowed in INSERT statements.",
         NULL},
    };
#undef DELETE
    CHECK_REFUSED(*state, rows);
}

static void columns_are_paths_with_names_of_their_own(void **state)
{
    const struct refused_row rows[] = {
        {"SELECT COUNT(*) FROM T", "Unexpected path component at 1:8:5", NULL},
        {"SELECT attribute_exists(ss) FROM T", "Unexpected path component at 1:8:16", NULL},
        {"SELECT 'a' FROM T", "Unexpected path component at 1:8:3", NULL},
        {"SELECT pk, a.* FROM T", "Unexpected path component at 1:14:1", NULL},
        {"SELECT a, a FROM T", "Duplicate identifiers in select clause: a", NULL},
        {"SELECT m.z, n.z FROM T", "Duplicate identifiers in select clause: z", NULL},
        {"SELECT a[1], m.a[1] FROM T", "Duplicate identifiers in select clause: a[1]", NULL},
    };
    CHECK_REFUSED(*state, rows);
}

static void operands_have_types(void **state)
{
#define WHERE "SELECT * FROM T WHERE pk = 'x' AND "
#define TYPE  "Incorrect operand type for operator or function; operator or function: "
    const struct refused_row rows[] = {
        {WHERE "val < ?", TYPE "<, operand type: BOOL", "[{\"BOOL\":true}]"},
        {WHERE "val >= ?", TYPE ">=, operand type: SS", "[{\"SS\":[\"a\"]}]"},
        {WHERE "val > [1]", TYPE ">, operand type: L", NULL},
        {WHERE "val BETWEEN ? AND ?", TYPE "BETWEEN, operand type: BOOL",
         "[{\"BOOL\":true},{\"BOOL\":false}]"},
        {WHERE "attribute_exists(n) > false", TYPE ">, operand type: BOOL", NULL},
        {WHERE "begins_with(a, 1)", TYPE "begins_with, operand type: N", NULL},
        {WHERE "attribute_type(l, 1)", TYPE "attribute_type, operand type: N", NULL},
        {WHERE "attribute_type(l, true)", TYPE "attribute_type, operand type: BOOL", NULL},
        {WHERE "attribute_type(l, 'X')",
         "Invalid attribute type name found; type: X, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}", NULL},
        {WHERE "attribute_exists('ss')",
         "Operator or function requires a document path; operator or function: attribute_exists", NULL},
        {WHERE "attribute_exists(?)",
         "Operator or function requires a document path; operator or function: attribute_exists",
         "[{\"S\":\"ss\"}]"},
        {WHERE "attribute_exists()",
         "Incorrect number of operands for operator or function; operator or function: attribute_exists, "
         "number of "
         "operands: 0",
         NULL},
        {WHERE "attribute_exists(ss, ns)",
         "Incorrect number of operands for operator or function; operator or function: attribute_exists, "
         "number of "
         "operands: 2",
         NULL},
        {WHERE "size() = 1",
         "Incorrect number of operands for operator or function; operator or function: size, number of "
         "operands: 0",
         NULL},
        {WHERE "EXISTS(ss)", "Unrecognized function: exists at 1:36:6", NULL},
        {WHERE "set_add(ss, <<'x'>>) = ss", "Unrecognized function: set_add at 1:36:7", NULL},
        {WHERE "foo(x)", "Unrecognized function: foo at 1:36:3", NULL},
    };
    CHECK_REFUSED(*state, rows);
}

/* ours, but for the form of the text */
static void operators_are_those_of_the_documentation(void **state)
{
    const struct refused_row rows[] = {
        {WHERE "a LIKE 'x%'", "Unsupported operation: Like", NULL},
        {WHERE "a + 1 = 2", "Unsupported operation: Plus", NULL},
        {WHERE "a = b - 1", "Unsupported operation: Minus", NULL},
        {WHERE "a = b * 2", "Unsupported operation: Times", NULL},
        {WHERE "a = b || 'x'", "Unsupported operation: Concat", NULL},
        {WHERE "n > -n", "Unsupported operation: Neg", NULL},
        {WHERE "n > -?", "Unsupported operation: Neg", "[{\"N\":\"1\"}]"},
        {WHERE "flag", "Unsupported operation: Id", NULL},
        {WHERE "true", "Unsupported operation: Lit", NULL},
        {WHERE "a = MISSING", "Unsupported operation: Missing", NULL},
        {WHERE "a IS INT4", "Unsupported operation: IsType", NULL},
        {WHERE "1 IS MISSING", "Unsupported operation: Lit", NULL},
        {WHERE "a IN b", "Unsupported operation: InCollection", NULL},
        {WHERE "a[*] = 1", "Unexpected path component at 1:38:1", NULL},
    };
    CHECK_REFUSED(*state, rows);
}

static void values_of_literals_are_checked(void **state)
{
#define SET "UPDATE T SET x = "
#define KEY " WHERE pk = 'p' AND sk = 's'"
    const struct refused_row rows[] = {
        {SET "<<>>" KEY, "Empty bags are not supported", NULL},
        {SET "<<1, 'a'>>" KEY,
         "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags", NULL},
        {SET "<<[1]>>" KEY,
         "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags", NULL},
        {SET "<<'a', 'a'>>" KEY,
         "One or more parameter values were invalid: Input collection [a, a] contains duplicates.", NULL},
        {SET "<<2, 2.0>>" KEY,
         "One or more parameter values were invalid: Input collection [2, 2.0] contains duplicates! under "
         "root",
         NULL},
        {"SELECT * FROM T WHERE s = <<'a','a'>>",
         "One or more parameter values were invalid: Input collection [a, a] contains duplicates.", NULL},
        {SET "[?]" KEY, "Unsupported data type: Parameter under key root[0] at 1:19:1", "[{\"S\":\"v\"}]"},
        {SET "<<?>>" KEY, "Unsupported data type: Parameter under key root[0] at 1:20:1", "[{\"S\":\"v\"}]"},
        {"INSERT INTO T VALUE {'pk':'p','m':{'k':?}}",
         "Unsupported data type: Parameter under key root.k at 1:40:1", "[{\"S\":\"v\"}]"},
        {"INSERT INTO T\nVALUE {'pk': 'p', 'ss': set_add(<<'a'>>, <<'b'>>)}",
         "Unsupported data type: set_add under key root at 2:25:7", NULL},
        {SET "1e126" KEY,
         "Number overflow. Attempting to store a number with magnitude larger than supported range under "
         "root",
         NULL},
        {SET "1e-131" KEY,
         "Number underflow. Attempting to store a number with magnitude smaller than supported range under "
         "root",
         NULL},
        {SET "123456789012345678901234567890123456789" KEY,
         "Attempting to store more than 38 significant digits in a Number under root", NULL},
        {"INSERT INTO T VALUE {'pk': 'p', 'v': [0, {'x': [1e126]}]}",
         "Number overflow. Attempting to store a number with magnitude larger than supported range under "
         "root[1].x[0]",
         NULL},
        {"SELECT * FROM T WHERE pk = 1e126",
         "Number overflow. Attempting to store a number with magnitude larger than supported range under "
         "root",
         NULL},
        {"INSERT INTO T VALUE 1", "Unsupported operation: Lit", NULL},
        {"INSERT INTO T VALUE ?", "Unsupported operation: Parameter", "[{\"S\":\"x\"}]"},
        {"INSERT INTO T VALUE {1: 2}", "Unsupported operation: Lit", NULL},
    };
    CHECK_REFUSED(*state, rows);
}

static const char *nested(struct fixture *f, const char *open, unsigned opens, const char *open_inner,
                          unsigned inner)
{
    struct buf out;
    buf_init(&out, &f->arena, 256);
    for (unsigned i = 0; i < opens; i++)
        buf_append(&out, slice_from_cstr(open));
    for (unsigned i = 0; i < inner; i++)
        buf_append(&out, slice_from_cstr(open_inner));
    buf_append_literal(&out, "1");
    for (unsigned i = 0; i < inner; i++)
        buf_append_byte(&out, open_inner[0] == '[' ? ']' : '}');
    for (unsigned i = 0; i < opens; i++)
        buf_append_byte(&out, open[0] == '[' ? ']' : '}');
    return arena_copy_cstr(&f->arena, buf_slice(&out));
}

static void values_nest_31_levels_around_what_is_in_them(void **state)
{
    struct fixture *f = *state;
    struct partiql_plan plan;
    const char *message =
        fixture_plan(f, arena_printf(&f->arena, SET "%s" KEY, nested(f, "{'a':", 1, "[", 31)), NULL, &plan);
    assert_non_null(message);
    assert_string_equal(
        message, "Nesting Levels have exceeded supported limits under "
                 "root.a[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]["
                 "0][0][0][0]");
    assert_null(
        fixture_plan(f, arena_printf(&f->arena, SET "%s" KEY, nested(f, "[", 31, "[", 0)), NULL, &plan));
    assert_null(fixture_plan(f,
                             arena_printf(&f->arena, "INSERT INTO T VALUE {'pk':'p','sk':'s','d':%s}",
                                          nested(f, "{'a':", 31, "[", 0)),
                             NULL, &plan));
}

static void updates_assign_what_expressions_can_compute(void **state)
{
    const struct refused_row rows[] = {
        {"UPDATE T\nSET t = set_add(ss, <<'x'>>)" KEY,
         "The first argument to SET_ADD must equal the assignment value at 2:9:7", NULL},
        {"UPDATE T\nSET t = set_delete(ss, <<'x'>>)" KEY,
         "The first argument to SET_DELETE must equal the assignment value at 2:9:10", NULL},
        {"UPDATE T\nSET ss = set_add(<<'a'>>, <<'b'>>)" KEY,
         "The first argument to SET_ADD must equal the assignment value at 2:10:7", NULL},
        {"UPDATE T\nSET ss = set_add(ss, 'x')" KEY,
         "The second argument to SET_ADD must be a value with type SET at 2:18:2", NULL},
        {"UPDATE T\nSET \"ss\" = set_delete(\"ss\", ['x'])" KEY,
         "The second argument to SET_DELETE must be a value with type SET at 2:23:4", NULL},
        {"UPDATE T\nSET ss = set_add(ss, ?)" KEY,
         "The second argument to SET_ADD must be a value with type SET at 2:18:2", "[{\"N\":\"1\"}]"},
        {"UPDATE T\nSET ss = set_add(ss)" KEY, "SET_ADD must have exactly two arguments at 2:10:7", NULL},
        {SET "'a' + 1" KEY, TYPE "+, operand type: S", NULL},
        {SET "n - null" KEY, TYPE "-, operand type: NULL", NULL},
        {SET "n + [1]" KEY, TYPE "+, operand type: L", NULL},
        {SET "list_append(x, 1)" KEY, TYPE "list_append, operand type: N", NULL},
        /* ours */
        {SET "foo(x)" KEY, "Unrecognized function: foo at 1:18:3", NULL},
        {SET "n + 1 + 2" KEY, "Unsupported operation: Plus", NULL},
        {SET "n * 2" KEY, "Unsupported operation: Times", NULL},
        {SET "(a = b)" KEY, "Unsupported operation: Eq", NULL},
        {SET "MISSING" KEY, "Unsupported operation: Missing", NULL},
        {SET "1, x.y = 2" KEY,
         "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: "
         "[x], path "
         "two: [x, y]",
         NULL},
    };
    CHECK_REFUSED(*state, rows);
}

static void paths_have_32_steps_at_most(void **state)
{
    struct fixture *f = *state;
    struct partiql_plan plan;
    struct buf path;
    buf_init(&path, &f->arena, 256);
    for (int i = 0; i < 31; i++)
        buf_append_literal(&path, ".a");
    const char *steps = arena_copy_cstr(&f->arena, buf_slice(&path));
    assert_null(fixture_plan(f, arena_printf(&f->arena, WHERE "x%s = 1", steps), NULL, &plan));
    assert_string_equal(fixture_plan(f, arena_printf(&f->arena, WHERE "x%s.a = 1", steps), NULL, &plan),
                        "The document path has too many nesting levels; nesting levels: 33");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(parameters_are_counted),
        TEST_CASE(names_are_not_empty),
        TEST_CASE(indexes_are_read_only),
        TEST_CASE(returning_is_for_updates),
        TEST_CASE(columns_are_paths_with_names_of_their_own),
        TEST_CASE(operands_have_types),
        TEST_CASE(operators_are_those_of_the_documentation),
        TEST_CASE(values_of_literals_are_checked),
        TEST_CASE(values_nest_31_levels_around_what_is_in_them),
        TEST_CASE(updates_assign_what_expressions_can_compute),
        TEST_CASE(paths_have_32_steps_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
