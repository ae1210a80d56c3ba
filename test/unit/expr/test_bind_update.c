/* Update expressions bound to placeholders: semantics.md 5.7, and what update.h tells of them. */
#include "fixture.h"

#include "expr/selection_priv.h"
#include "expr/update.h"

#define VALUES                                                                                           \
    "{\":s\":{\"S\":\"a\"},\":n\":{\"N\":\"1\"},\":b\":{\"B\":\"AQID\"},\":t\":{\"BOOL\":true},\":u\":{" \
    "\"NULL\":true},"                                                                                    \
    "\":ss\":{\"SS\":[\"a\"]},\":ns\":{\"NS\":[\"1\"]},\":bs\":{\"BS\":[\"AQ==\"]},\":l\":{\"L\":[]},"   \
    "\":m\":{\"M\":{}}}"

/* ------------------------------------------------------------------ errors */

static void undefined_placeholders_are_named(void **state)
{
    struct fixture *f = *state;
#define NO_NAME  "An expression attribute name used in the document path is not defined; attribute name: "
#define NO_VALUE "An expression attribute value used in expression is not defined; attribute value: "
    static const struct rejected rows[] = {
        {"SET #x = :n", NO_NAME "#x"},
        {"SET a.#x[0] = :n", NO_NAME "#x"},
        {"SET a = #x", NO_NAME "#x"},
        {"SET a = if_not_exists(b, #x)", NO_NAME "#x"},
        {"REMOVE a, #x", NO_NAME "#x"},
        {"ADD #x :n", NO_NAME "#x"},
        {"SET a = :x", NO_VALUE ":x"},
        {"SET a = b + :x", NO_VALUE ":x"},
        {"ADD a :x", NO_VALUE ":x"},
        {"DELETE a :x", NO_VALUE ":x"},
        /* Looked up before anybody sees that no value may stand there. */
        {"SET a = if_not_exists(:x, :n)", NO_VALUE ":x"},
        {"SET a = if_not_exists(:x)", NO_VALUE ":x"},
    };
    CHECK_REJECTED(f, EXPR_UPDATE, rows, "{\"#n\":\"n\"}", VALUES);
}

#define OVERLAP(one, two)                                                                                   \
    "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: " one \
    ", path two: " two
#define CONFLICT(one, two)                                                                                   \
    "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: " one \
    ", path two: " two

static void targets_do_not_overlap(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        {"SET a = :n REMOVE a", OVERLAP("[a]", "[a]")},
        {"REMOVE a SET a = :n", OVERLAP("[a]", "[a]")},
        {"SET a = :n, a = :n", OVERLAP("[a]", "[a]")},
        {"SET #a = :n, a = :n", OVERLAP("[a]", "[a]")},
        {"SET a = :n, a.b = :n", OVERLAP("[a]", "[a, b]")},
        {"SET a.b = :n, a.b.c.d.e = :n", OVERLAP("[a, b]", "[a, b, c, d, e]")},
        {"SET a.b.c.d.e = :n, a.b = :n", OVERLAP("[a, b, c, d, e]", "[a, b]")},
        {"SET a = :n, a[1] = :n", OVERLAP("[a]", "[a, [1]]")},
        {"SET a[1][1] = :n, a[1] = :n", OVERLAP("[a, [1], [1]]", "[a, [1]]")},
        {"SET a[1][1] = :n, a[1][1] = :n", OVERLAP("[a, [1], [1]]", "[a, [1], [1]]")},
        {"ADD a.b :n DELETE a.b :ss", OVERLAP("[a, b]", "[a, b]")},
        {"set d[1] = a, d.b = a, c[1].a = a, #c = if_not_exists(a)", OVERLAP("[c, [1], a]", "[c]")},
        {"set c.b.#c = a, c = a, #d = a", OVERLAP("[c, b, c]", "[c]")},
        {"set #c[3].#d = a, #c[3] = a", OVERLAP("[c, [3], [3]]", "[c, [3]]")},
        {"remove c, #c.a, #d", OVERLAP("[c]", "[c, a]")},
        {"remove a, #c, a, #d", OVERLAP("[a]", "[a]")},
        {"SET lst[0] = :n, lst[0].ok = :n", OVERLAP("[lst, [0]]", "[lst, [0], ok]")},
    };
    CHECK_REJECTED(f, EXPR_UPDATE, rows, "{\"#a\":\"a\",\"#c\":\"c\",\"#d\":\"[3]\"}", VALUES);
}

static void targets_do_not_conflict(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        {"SET a.b = :n, a[1] = :n", CONFLICT("[a, b]", "[a, [1]]")},
        {"SET a.b.c = :n, a.b[2] = :n", CONFLICT("[a, b, c]", "[a, b, [2]]")},
        {"remove a.#c set a[1] = #d", CONFLICT("[a, c]", "[a, [1]]")},
        {"set #c[3].#d = a, #c.#d[3] = if_not_exists(a)", CONFLICT("[c, [3], [3]]", "[c, [3], [3]]")},
    };
    CHECK_REJECTED(f, EXPR_UPDATE, rows, "{\"#c\":\"c\",\"#d\":\"[3]\"}", VALUES);
}

static void what_is_only_read_neither_overlaps_nor_conflicts(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = {
        "SET a = a + :n",
        "REMOVE a SET b = a",
        "SET a = b.c + b[1]",
        "SET a.b = a[0], a.c = a",
        "SET a = if_not_exists(b, :n), c = b + b",
        "SET a = list_append(a, a)",
        "SET a[0] = :n, a[1] = :n REMOVE a[2]",
        "SET a.b = :n, a.c.d = :n, b.x = :n REMOVE a.x, b.y",
    };
    CHECK_ACCEPTED(f, EXPR_UPDATE, texts, NULL, VALUES);
}

static void add_takes_numbers_and_sets_and_delete_takes_sets(void **state)
{
    struct fixture *f = *state;
#define INCORRECT(op, type)                                                                  \
    "Incorrect operand type for operator or function; operator: " op ", operand type: " type \
    ", typeSet: ALLOWED_FOR_ADD_OPERAND"
    static const struct rejected rows[] = {
        {"ADD a :s", INCORRECT("ADD", "STRING")},       {"ADD a :b", INCORRECT("ADD", "BINARY")},
        {"ADD a :t", INCORRECT("ADD", "BOOL")},         {"ADD a :u", INCORRECT("ADD", "NULL")},
        {"ADD a.b :l", INCORRECT("ADD", "LIST")},       {"ADD a :m", INCORRECT("ADD", "MAP")},
        {"DELETE a :s", INCORRECT("DELETE", "STRING")}, {"DELETE a :n", INCORRECT("DELETE", "NUMBER")},
        {"DELETE a :b", INCORRECT("DELETE", "BINARY")}, {"DELETE a.b :t", INCORRECT("DELETE", "BOOL")},
        {"DELETE a :u", INCORRECT("DELETE", "NULL")},   {"DELETE a :l", INCORRECT("DELETE", "LIST")},
        {"DELETE a :m", INCORRECT("DELETE", "MAP")},
    };
    CHECK_REJECTED(f, EXPR_UPDATE, rows, NULL, VALUES);
    static const char *const texts[] = {"ADD a :n, b :ss, c.d :ns, e[0] :bs", "DELETE a :ss, b :ns, c.d :bs"};
    CHECK_ACCEPTED(f, EXPR_UPDATE, texts, NULL, VALUES);
}

static void functions_and_sums_take_their_operands(void **state)
{
    struct fixture *f = *state;
#define COUNT(function, n)                                                                               \
    "Incorrect number of operands for operator or function; operator or function: " function ", number " \
    "of operands: " n
#define TYPE(op, type) \
    "Incorrect operand type for operator or function; operator or function: " op ", operand type: " type
#define PATH "Operator or function requires a document path; operator or function: if_not_exists"
    static const struct rejected rows[] = {
        {"set a = if_not_exists(c)", COUNT("if_not_exists", "1")},
        {"set a = if_not_exists(c, :n, :n)", COUNT("if_not_exists", "3")},
        {"set a = list_append(:l)", COUNT("list_append", "1")},
        {"set a = list_append(:l, :l, :l)", COUNT("list_append", "3")},
        {"set a = if_not_exists(:n, c)", PATH},
        {"set a = if_not_exists(if_not_exists(a, b), c)", PATH},
        {"set a = list_append(:s, a)", TYPE("list_append", "S")},
        {"set a = list_append(a, :n)", TYPE("list_append", "N")},
        {"set a = list_append(:b, a)", TYPE("list_append", "B")},
        {"set a = list_append(:t, a)", TYPE("list_append", "BOOL")},
        {"set a = list_append(:u, a)", TYPE("list_append", "NULL")},
        {"set a = list_append(:ss, a)", TYPE("list_append", "SS")},
        {"set a = list_append(:ns, a)", TYPE("list_append", "NS")},
        {"set a = list_append(:bs, a)", TYPE("list_append", "BS")},
        {"set a = list_append(:m, a)", TYPE("list_append", "M")},
        {"set a = a + :s", TYPE("+", "S")},
        {"set a = :s + :b", TYPE("+", "S")},
        {"set a = :b + a", TYPE("+", "B")},
        {"set a = a - :t", TYPE("-", "BOOL")},
        {"set a = a - :u", TYPE("-", "NULL")},
        {"set a = a + :ss", TYPE("+", "SS")},
        {"set a = (a + :ns)", TYPE("+", "NS")},
        {"set a = a - (:bs)", TYPE("-", "BS")},
        {"set a = :m - a", TYPE("-", "M")},
        {"set a = :l + :n", TYPE("+", "L")},
        {"set a = if_not_exists(a, a)",
         "The first operand must be distinct from the remaining operands for this operator or function; "
         "operator: if_not_exists, first operand: [a]"},
    };
    CHECK_REJECTED(f, EXPR_UPDATE, rows, NULL, VALUES);
    /* What if_not_exists yields is known only with an item. */
    static const char *const texts[] = {"set a = list_append(if_not_exists(a, :s), :l)",
                                        "set a = if_not_exists(a, :s) + :n", "set a = if_not_exists(a, :m)"};
    CHECK_ACCEPTED(f, EXPR_UPDATE, texts, NULL, VALUES);
}

static void errors_come_in_order(void **state)
{
    struct fixture *f = *state;
    /* Each row repeats the one before without its worst fault, the worst standing last in the text. */
    static const struct rejected rows[] = {
        {"set a = list_append(:s, :l) add b :s, c.d :n, c[0] :n, e :n, e :n, f :x, #x :n", NO_NAME "#x"},
        {"set a = list_append(:s, :l) add b :s, c.d :n, c[0] :n, e :n, e :n, f :x", NO_VALUE ":x"},
        {"set a = list_append(:s, :l) add b :s, c.d :n, c[0] :n, e :n, e :n", OVERLAP("[e]", "[e]")},
        {"set a = list_append(:s, :l) add b :s, c.d :n, c[0] :n", CONFLICT("[c, d]", "[c, [0]]")},
        {"set a = list_append(:s, :l), c = if_not_exists(a) add b :s", INCORRECT("ADD", "STRING")},
        {"set a = list_append(:s, :l), c = if_not_exists(a)", TYPE("list_append", "S")},
        /* What stands inside is checked wholly before what it stands in. */
        {"set c = list_append(if_not_exists(a), :s)", COUNT("if_not_exists", "1")},
        {"set c = list_append(if_not_exists(:n, a), :s, :l)", PATH},
    };
    CHECK_REJECTED(f, EXPR_UPDATE, rows, NULL, VALUES);
}

static void paths_have_at_most_32_elements(void **state)
{
    struct fixture *f = *state;
    char path[128] = "a";
    for (int i = 1; i < 33; i++)
        strcat(path, ".b");
    char *target = arena_printf(&f->arena, "REMOVE %s", path);
    char *operand = arena_printf(&f->arena, "SET z = %s", path);
    char *deepest = arena_printf(&f->arena, "SET z = %.*s", (int)strlen(path) - 2, path);
    struct expr *e;
    static const char message[] = "Invalid UpdateExpression: The document path has too many nesting levels; "
                                  "nesting levels: 33";
    assert_string_equal(fixture_error(f, EXPR_UPDATE, target, NULL, NULL, &e), message);
    assert_string_equal(fixture_error(f, EXPR_UPDATE, operand, NULL, NULL, &e), message);
    (void)fixture_expr(f, EXPR_UPDATE, deepest, NULL, NULL);
}

/* ------------------------------------------------------------------ what is known of a bound update */

static void targets_are_told_once_in_the_order_of_the_text(void **state)
{
    struct fixture *f = *state;
    struct expr *e =
        fixture_expr(f, EXPR_UPDATE, "SET z.b = y, #n = :n REMOVE z.a, c[1] ADD m :n DELETE c[0] :ss",
                     "{\"#n\":\"b\"}", VALUES);
    static const char *const names[] = {"z", "b", "c", "m"};
    assert_int_equal(expr_update_target_count(e), 4);
    for (size_t i = 0; i < 4; i++)
        assert_true(slice_equal(expr_update_target(e, i), slice_from_cstr(names[i])));
    /* What is read counts among the names of the expression, but is no target. */
    assert_int_equal(expr_top_level_count(e), 5);
    assert_true(expr_has_nested_path(e, SLICE("z")));
    assert_false(expr_has_nested_path(e, SLICE("y")));
}

static void a_constant_is_known_before_there_is_an_item(void **state)
{
    struct fixture *f = *state;
    struct expr *e = fixture_expr(
        f, EXPR_UPDATE, "SET a = :n, b = (:s), c = d, e = :n + :n, f.x = :n ADD g :n REMOVE h", NULL, VALUES);
    struct value v;
    assert_true(expr_update_constant(e, SLICE("a"), &v));
    assert_int_equal(v.type, VALUE_N);
    assert_true(expr_update_constant(e, SLICE("b"), &v));
    assert_int_equal(v.type, VALUE_S);
    static const char *const others[] = {"c", "d", "e", "f", "g", "h", "x", "y"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(expr_update_constant(e, slice_from_cstr(others[i]), &v));
}

static void print_selection(const struct expr *e, const struct selection *s, struct buf *out)
{
    for (const struct selection *child = s->first_child; child; child = child->next) {
        if (child != s->first_child)
            buf_append_byte(out, ' ');
        if (selection_is_index(child))
            buf_printf(out, "[%u]", child->element->index);
        else
            buf_append(out, child->element->name);
        assert_int_equal(child->complete, child->action != NULL);
        assert_int_equal(child->complete, child->first_child == NULL);
        if (child->action) {
            buf_printf(out, "=%d", (int)(child->action - e->tree->actions));
            continue;
        }
        buf_append_byte(out, '(');
        print_selection(e, child, out);
        buf_append_byte(out, ')');
    }
}

static void targets_form_a_tree_in_the_order_of_stored_maps_and_lists(void **state)
{
    struct fixture *f = *state;
    struct expr *e = fixture_expr(f, EXPR_UPDATE,
                                  "SET b = :n, ab = :n, a.z = :n, a.b[10] = :n, a.b[9].x = :n "
                                  "REMOVE #long, a.b[2], c[1][0] ADD B :n, c[0].d :n",
                                  "{\"#long\":\"abcdefghi\"}", VALUES);
    struct buf out;
    buf_init(&out, &f->arena, 256);
    print_selection(e, e->selection, &out);
    buf_append_byte(&out, '\0');
    assert_string_equal(out.data, "B=8 a(b([2]=6 [9](x=4) [10]=3) z=2) ab=1 abcdefghi=5 b=0 "
                                  "c([0](d=9) [1]([0]=7))");
}

static void binding_marks_what_it_uses(void **state)
{
    struct fixture *f = *state;
    (void)fixture_expr(f, EXPR_UPDATE, "SET #b.x = :c + if_not_exists(#b, :a)", "{\"#a\":\"x\",\"#b\":\"y\"}",
                       "{\":a\":{\"N\":\"1\"},\":b\":{\"S\":\"\"},\":c\":{\"N\":\"1\"}}");
    assert_false(f->scope.names[0].used);
    assert_true(f->scope.names[1].used);
    assert_true(f->scope.values[0].used);
    assert_false(f->scope.values[1].used);
    assert_true(f->scope.values[2].used);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(undefined_placeholders_are_named),
        TEST_CASE(targets_do_not_overlap),
        TEST_CASE(targets_do_not_conflict),
        TEST_CASE(what_is_only_read_neither_overlaps_nor_conflicts),
        TEST_CASE(add_takes_numbers_and_sets_and_delete_takes_sets),
        TEST_CASE(functions_and_sums_take_their_operands),
        TEST_CASE(errors_come_in_order),
        TEST_CASE(paths_have_at_most_32_elements),
        TEST_CASE(targets_are_told_once_in_the_order_of_the_text),
        TEST_CASE(a_constant_is_known_before_there_is_an_item),
        TEST_CASE(targets_form_a_tree_in_the_order_of_stored_maps_and_lists),
        TEST_CASE(binding_marks_what_it_uses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
