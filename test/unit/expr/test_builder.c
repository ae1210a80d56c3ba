/* Expressions that are made: they mean what those of the same text mean, and a little more (builder.h). */
#include "expr/builder.h"
#include "update_fixture.h"

#include "base/contract.h"
#include "expr/update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char item_json[] =
    "{\"n\":{\"N\":\"5\"},\"s\":{\"S\":\"hello\"},\"t\":{\"BOOL\":true},\"f\":{\"BOOL\":false},"
    "\"null\":{\"NULL\":true},\"l\":{\"L\":[{\"S\":\"a\"},{\"M\":{\"x\":{\"N\":\"1\"}}}]},"
    "\"m\":{\"M\":{\"k\":{\"L\":[{\"S\":\"deep\"}]}}},\"ss\":{\"SS\":[\"a\",\"b\"]}}";

/* ------------------------------------------------------------------ building */

/* "m.k[0]" */
static size_t steps_of(struct fixture *f, const char *text, struct expr_step steps[EXPR_STEPS_MAX])
{
    size_t count = 0;
    char *rest = NULL;
    for (char *part = strtok_r(arena_copy_cstr(&f->arena, slice_from_cstr(text)), ".]", &rest); part;
         part = strtok_r(NULL, ".]", &rest)) {
        char *index = strchr(part, '[');
        if (index != part)
            steps[count++] = (struct expr_step){.name = index ? slice_of(part, (size_t)(index - part))
                                                              : slice_from_cstr(part)};
        if (index)
            steps[count++] = (struct expr_step){.name = SLICE_NONE, .index = (uint32_t)atoi(index + 1)};
    }
    return count;
}

static void path(struct fixture *f, struct expr_builder *b, const char *text)
{
    struct expr_step steps[EXPR_STEPS_MAX];
    expr_builder_path(b, steps, steps_of(f, text, steps));
}

static void value(struct fixture *f, struct expr_builder *b, const char *json)
{
    struct value v;
    assert_true(item_attribute(fixture_item(f, arena_printf(&f->arena, "{\"v\":%s}", json)), SLICE("v"), &v));
    expr_builder_value(b, &v);
}

static void action(struct fixture *f, struct expr_builder *b, enum update_action_kind kind, const char *text)
{
    struct expr_step steps[EXPR_STEPS_MAX];
    expr_builder_action(b, kind, steps, steps_of(f, text, steps));
}

static struct expr *ended(struct fixture *f, struct expr_builder *b)
{
    struct expr *e = NULL;
    if (!expr_builder_end_checked(b, &e, &f->err))
        fail_msg("%s", f->err.message);
    return e;
}

static bool holds(struct fixture *f, struct expr_builder *b)
{
    return expr_matches(ended(f, b), fixture_item(f, item_json));
}

static struct expr_builder *condition(struct fixture *f)
{
    return expr_builder_new(EXPR_CONDITION, &f->arena);
}

/* ------------------------------------------------------------------ conditions */

static void comparison_of_path_and_value(void **state)
{
    struct fixture *f = *state;
    const struct {
        enum expr_op op;
        const char *value;
        bool holds;
    } rows[] = {
        {OP_EQ, "{\"N\":\"5\"}", true},  {OP_EQ, "{\"S\":\"5\"}", false}, {OP_NE, "{\"N\":\"5\"}", false},
        {OP_LT, "{\"N\":\"6\"}", true},  {OP_LT, "{\"N\":\"5\"}", false}, {OP_LE, "{\"N\":\"5\"}", true},
        {OP_GT, "{\"N\":\"4\"}", true},  {OP_GE, "{\"N\":\"6\"}", false}, {OP_NE, "{\"S\":\"x\"}", true},
        {OP_GT, "{\"S\":\"4\"}", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct expr_builder *b = condition(f);
        path(f, b, "n");
        value(f, b, rows[i].value);
        expr_builder_operator(b, rows[i].op, 2);
        assert_int_equal(holds(f, b), rows[i].holds);
    }
}

static void operands_keep_their_order(void **state)
{
    struct fixture *f = *state;
    struct expr_builder *b = condition(f);
    value(f, b, "{\"N\":\"4\"}");
    path(f, b, "n");
    expr_builder_operator(b, OP_LT, 2);
    assert_true(holds(f, b));
    b = condition(f);
    path(f, b, "n");
    value(f, b, "{\"N\":\"1\"}");
    value(f, b, "{\"N\":\"5\"}");
    expr_builder_operator(b, OP_BETWEEN, 3);
    assert_true(holds(f, b));
}

static void path_goes_through_maps_and_lists(void **state)
{
    struct fixture *f = *state;
    struct expr_builder *b = condition(f);
    path(f, b, "m.k[0]");
    value(f, b, "{\"S\":\"deep\"}");
    expr_builder_operator(b, OP_EQ, 2);
    path(f, b, "l[1].x");
    value(f, b, "{\"N\":\"1\"}");
    expr_builder_operator(b, OP_EQ, 2);
    expr_builder_operator(b, OP_AND, 2);
    assert_true(holds(f, b));
}

/* A chain of so many, each of which is `n = i`, in one operator. */
static struct expr_builder *chain(struct fixture *f, enum expr_op op, unsigned from, unsigned count)
{
    struct expr_builder *b = condition(f);
    for (unsigned i = 0; i < count; i++) {
        path(f, b, "n");
        value(f, b, arena_printf(&f->arena, "{\"N\":\"%u\"}", from + i));
        expr_builder_operator(b, OP_EQ, 2);
    }
    expr_builder_operator(b, op, count);
    return b;
}

static void chain_of_many_is_one_operator(void **state)
{
    struct fixture *f = *state;
    assert_true(holds(f, chain(f, OP_OR, 0, 6)));
    assert_true(holds(f, chain(f, OP_OR, 5, 3000)));
    assert_false(holds(f, chain(f, OP_OR, 6, 3000)));
    assert_false(holds(f, chain(f, OP_AND, 5, 3)));
    assert_true(holds(f, chain(f, OP_AND, 5, 1)));
}

static void condition_is_an_operand(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *exists; /* attribute_exists() of this ... */
        enum expr_op op;    /* ... compared by this ... */
        const char *with;   /* ... with this value, or path if it is none */
        bool holds;
    } rows[] = {
        {"nope", OP_EQ, "{\"BOOL\":false}", true},
        {"n", OP_EQ, "{\"BOOL\":true}", true},
        {"n", OP_EQ, "{\"BOOL\":false}", false},
        {"n", OP_NE, "{\"N\":\"1\"}", true},
        {"n", OP_EQ, "{\"N\":\"1\"}", false},
        {"n", OP_EQ, "t", true},
        {"n", OP_EQ, "f", false},
        {"nope", OP_EQ, "f", true},
        {"n", OP_EQ, "s", false},
        {"n", OP_EQ, "nope", false},
        {"n", OP_NE, "nope", true},
        {"nope", OP_IN, "{\"BOOL\":false}", true},
        {"nope", OP_IN, "{\"BOOL\":true}", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct expr_builder *b = condition(f);
        path(f, b, rows[i].exists);
        expr_builder_operator(b, OP_ATTRIBUTE_EXISTS, 1);
        if (rows[i].with[0] == '{')
            value(f, b, rows[i].with);
        else
            path(f, b, rows[i].with);
        expr_builder_operator(b, rows[i].op, 2);
        if (holds(f, b) != rows[i].holds)
            fail_msg("row %zu", i);
    }
}

static void joined_condition_is_an_operand(void **state)
{
    struct fixture *f = *state;
    struct expr_builder *b = chain(f, OP_OR, 6, 2);
    value(f, b, "{\"BOOL\":false}");
    expr_builder_operator(b, OP_EQ, 2);
    assert_true(holds(f, b));
}

static void no_item_is_an_item_without_attributes(void **state)
{
    struct fixture *f = *state;
    struct expr_builder *b = condition(f);
    path(f, b, "n");
    expr_builder_operator(b, OP_ATTRIBUTE_NOT_EXISTS, 1);
    struct expr *e = ended(f, b);
    assert_true(expr_matches(e, SLICE_NONE));
    assert_false(expr_matches(e, fixture_item(f, item_json)));
}

static void top_level_names_are_known_once(void **state)
{
    struct fixture *f = *state;
    struct expr_builder *b = condition(f);
    const char *const paths[] = {"m.k[0]", "n", "m", "n", "l[0]"};
    for (size_t i = 0; i < 5; i++) {
        path(f, b, paths[i]);
        expr_builder_operator(b, OP_ATTRIBUTE_EXISTS, 1);
    }
    expr_builder_operator(b, OP_AND, 5);
    struct expr *e = ended(f, b);
    assert_int_equal(expr_top_level_count(e), 3);
    assert_true(slice_equal(expr_top_level_name(e, 0), SLICE("m")));
    assert_true(slice_equal(expr_top_level_name(e, 1), SLICE("n")));
    assert_true(slice_equal(expr_top_level_name(e, 2), SLICE("l")));
    assert_true(expr_has_nested_path(e, SLICE("m")));
    assert_false(expr_has_nested_path(e, SLICE("n")));
}

/* ------------------------------------------------------------------ what is checked */

static void check_fails(struct fixture *f, struct expr_builder *b, const char *message)
{
    struct expr *e;
    assert_false(expr_builder_end_checked(b, &e, &f->err));
    assert_int_equal(f->err.code, ERR_VALIDATION);
    assert_string_equal(f->err.message, message);
}

static void operands_are_checked_on_demand(void **state)
{
    struct fixture *f = *state;
    struct expr_builder *b = condition(f);
    struct expr *e;
    path(f, b, "n");
    value(f, b, "{\"BOOL\":true}");
    expr_builder_operator(b, OP_LT, 2);
    assert_true(expr_builder_end(b, &e, &f->err));
    assert_false(expr_matches(e, fixture_item(f, item_json)));
}

/* Texts without the name of a parameter: as PartiQL has them (nubo-db/dynamodb-conformance, partiql.test.ts). */
static void checks_name_no_parameter(void **state)
{
    struct fixture *f = *state;
    struct expr_builder *b = condition(f);
    path(f, b, "n");
    value(f, b, "{\"BOOL\":true}");
    expr_builder_operator(b, OP_LT, 2);
    check_fails(
        f, b, "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL");
    b = condition(f);
    path(f, b, "n");
    expr_builder_operator(b, OP_ATTRIBUTE_EXISTS, 1);
    path(f, b, "f");
    expr_builder_operator(b, OP_GT, 2);
    check_fails(
        f, b, "Incorrect operand type for operator or function; operator or function: >, operand type: BOOL");
    b = condition(f);
    path(f, b, "n");
    value(f, b, "{\"S\":\"X\"}");
    expr_builder_operator(b, OP_ATTRIBUTE_TYPE, 2);
    check_fails(f, b,
                "Invalid attribute type name found; type: X, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}");
    b = condition(f);
    path(f, b, "n");
    for (unsigned i = 0; i < 101; i++)
        value(f, b, "{\"N\":\"1\"}");
    expr_builder_operator(b, OP_IN, 102);
    check_fails(f, b, "The IN operator is provided with too many operands; number of operands: 101");
    b = expr_builder_new(EXPR_UPDATE, &f->arena);
    path(f, b, "n");
    value(f, b, "{\"NULL\":true}");
    expr_builder_operator(b, OP_MINUS, 2);
    action(f, b, ACTION_SET, "n");
    check_fails(
        f, b, "Incorrect operand type for operator or function; operator or function: -, operand type: NULL");
}

static void too_many_nodes_are_an_error_at_the_end(void **state)
{
    struct fixture *f = *state;
    struct expr_builder *b = chain(f, OP_OR, 5, 1);
    struct expr *e;
    for (unsigned i = 0; i < EXPR_BUILDER_PARTS_MAX; i++)
        value(f, b, "{\"N\":\"1\"}");
    expr_builder_operator(b, OP_IN, EXPR_BUILDER_PARTS_MAX + 1);
    assert_false(expr_builder_end(b, &e, &f->err));
    assert_int_equal(f->err.code, ERR_VALIDATION);
    assert_string_equal(f->err.message, "Expression size has exceeded the maximum allowed size;");
}

static void most_nodes_there_can_be_are_evaluated(void **state)
{
    struct fixture *f = *state;
    struct expr_builder *b = condition(f);
    path(f, b, "n");
    for (unsigned i = 0; i < EXPR_BUILDER_PARTS_MAX - 3; i++)
        value(f, b, "{\"N\":\"1\"}");
    value(f, b, "{\"N\":\"5\"}");
    expr_builder_operator(b, OP_IN, EXPR_BUILDER_PARTS_MAX - 1);
    struct expr *e;
    assert_true(expr_builder_end(b, &e, &f->err));
    assert_true(expr_matches(e, fixture_item(f, item_json)));
}

/* ------------------------------------------------------------------ updates */

static const char *updated(struct fixture *f, struct expr *e, const char *former)
{
    struct slice after;
    if (!expr_update_apply(e, fixture_item(f, former), fixture_item(f, KEY), &f->arena, &after, &f->err))
        return arena_printf(&f->arena, "!%s", f->err.message);
    assert_true(item_valid(after));
    return arena_copy_cstr(&f->arena, json_of_item(f, after));
}

static void every_kind_of_action_is_made(void **state)
{
    struct fixture *f = *state;
    struct expr_builder *b = expr_builder_new(EXPR_UPDATE, &f->arena);
    path(f, b, "n");
    value(f, b, "{\"N\":\"2\"}");
    expr_builder_operator(b, OP_PLUS, 2);
    action(f, b, ACTION_SET, "n");
    action(f, b, ACTION_REMOVE, "m.gone");
    value(f, b, "{\"SS\":[\"b\",\"c\"]}");
    action(f, b, ACTION_ADD, "ss");
    value(f, b, "{\"NS\":[\"1\"]}");
    action(f, b, ACTION_DELETE, "ns");
    path(f, b, "l");
    value(f, b, "{\"L\":[{\"N\":\"9\"}]}");
    expr_builder_operator(b, OP_LIST_APPEND, 2);
    action(f, b, ACTION_SET, "l");
    assert_string_equal(
        updated(f, ended(f, b),
                "{\"pk\":{\"S\":\"k\"},\"n\":{\"N\":\"1\"},\"m\":{\"M\":{\"gone\":{\"S\":\"x\"}}},"
                "\"ss\":{\"SS\":[\"a\",\"b\"]},\"ns\":{\"NS\":[\"1\"]},\"l\":{\"L\":[]}}"),
        "{\"l\":{\"L\":[{\"N\":\"9\"}]},\"m\":{\"M\":{}},\"n\":{\"N\":\"3\"},\"pk\":{\"S\":\"k\"},"
        "\"ss\":{\"SS\":[\"a\",\"b\",\"c\"]}}");
}

static void targets_and_constants_are_known(void **state)
{
    struct fixture *f = *state;
    struct expr_builder *b = expr_builder_new(EXPR_UPDATE, &f->arena);
    struct value v;
    enum value_type type;
    value(f, b, "{\"S\":\"x\"}");
    action(f, b, ACTION_SET, "s");
    path(f, b, "n");
    value(f, b, "{\"N\":\"2\"}");
    expr_builder_operator(b, OP_PLUS, 2);
    action(f, b, ACTION_SET, "n");
    action(f, b, ACTION_REMOVE, "a.b");
    struct expr *e = ended(f, b);
    assert_int_equal(expr_update_target_count(e), 3);
    assert_true(slice_equal(expr_update_target(e, 0), SLICE("s")));
    assert_true(slice_equal(expr_update_target(e, 2), SLICE("a")));
    assert_true(expr_update_constant(e, SLICE("s"), &v));
    assert_true(slice_equal(v.payload, SLICE("x")));
    assert_false(expr_update_constant(e, SLICE("n"), &v));
    assert_true(expr_update_known_type(e, SLICE("n"), &type));
    assert_int_equal(type, VALUE_N);
}

static const char *written(struct fixture *f, const struct expr *e, const char *item, bool old)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, &f->arena, 64);
    json_writer_init(&w, &out);
    bool any = old ? expr_update_write_old(e, fixture_item(f, item), &w)
                   : expr_update_write_new(e, fixture_item(f, item), &w);
    return any ? arena_copy_cstr(&f->arena, buf_slice(&out)) : NULL;
}

static void what_was_touched_is_returned(void **state)
{
    struct fixture *f = *state;
    struct expr_builder *b = expr_builder_new(EXPR_UPDATE, &f->arena);
    value(f, b, "{\"S\":\"y\"}");
    action(f, b, ACTION_SET, "tags[2]");
    value(f, b, "{\"S\":\"x\"}");
    action(f, b, ACTION_SET, "tags[0]");
    struct expr *e = ended(f, b);
    assert_string_equal(
        written(f, e, "{\"tags\":{\"L\":[{\"S\":\"a\"},{\"S\":\"b\"},{\"S\":\"c\"}]},\"k\":{\"N\":\"1\"}}",
                true),
        "{\"tags\":{\"L\":[{\"S\":\"a\"},{\"S\":\"c\"}]}}");
    assert_string_equal(
        written(f, e, "{\"tags\":{\"L\":[{\"S\":\"x\"},{\"S\":\"b\"},{\"S\":\"y\"}]}}", false),
        "{\"tags\":{\"L\":[{\"S\":\"x\"},{\"S\":\"y\"}]}}");
    assert_null(written(f, e, "{\"k\":{\"N\":\"1\"}}", true));
}

static void overlapping_targets_are_refused(void **state)
{
    struct fixture *f = *state;
    struct expr_builder *b = expr_builder_new(EXPR_UPDATE, &f->arena);
    action(f, b, ACTION_REMOVE, "a.b");
    action(f, b, ACTION_REMOVE, "a");
    check_fails(f, b,
                "Two document paths overlap with each other; must remove or rewrite one of these paths; path "
                "one: [a, b], path two: [a]");
}

/* ------------------------------------------------------------------ projections */

static void columns_are_a_projection(void **state)
{
    struct fixture *f = *state;
    struct expr_builder *b = expr_builder_new(EXPR_PROJECTION, &f->arena);
    const char *const columns[] = {"m.k[0]", "n", "nope"};
    struct expr_step steps[EXPR_STEPS_MAX];
    struct buf out;
    struct json_writer w;
    for (size_t i = 0; i < 3; i++)
        expr_builder_column(b, steps, steps_of(f, columns[i], steps));
    struct expr *e = ended(f, b);
    buf_init(&out, &f->arena, 64);
    json_writer_init(&w, &out);
    expr_project(e, fixture_item(f, item_json), &w);
    assert_string_equal(arena_copy_cstr(&f->arena, buf_slice(&out)),
                        "{\"m\":{\"M\":{\"k\":{\"L\":[{\"S\":\"deep\"}]}}},\"n\":{\"N\":\"5\"}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(comparison_of_path_and_value),
        TEST_CASE(operands_keep_their_order),
        TEST_CASE(path_goes_through_maps_and_lists),
        TEST_CASE(chain_of_many_is_one_operator),
        TEST_CASE(condition_is_an_operand),
        TEST_CASE(joined_condition_is_an_operand),
        TEST_CASE(no_item_is_an_item_without_attributes),
        TEST_CASE(top_level_names_are_known_once),
        TEST_CASE(operands_are_checked_on_demand),
        TEST_CASE(checks_name_no_parameter),
        TEST_CASE(too_many_nodes_are_an_error_at_the_end),
        TEST_CASE(most_nodes_there_can_be_are_evaluated),
        TEST_CASE(every_kind_of_action_is_made),
        TEST_CASE(targets_and_constants_are_known),
        TEST_CASE(what_was_touched_is_returned),
        TEST_CASE(overlapping_targets_are_refused),
        TEST_CASE(columns_are_a_projection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
