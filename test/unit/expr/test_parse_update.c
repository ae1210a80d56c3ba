/* The grammar of update expressions: semantics.md 5.7. */
#include "fixture.h"

#include "expr/tree_priv.h"

#define NAMES  "{\"#n\":\"n\"}"
#define VALUES "{\":v\":{\"N\":\"1\"},\":w\":{\"N\":\"2\"},\":l\":{\"L\":[]},\":s\":{\"SS\":[\"x\"]}}"

/* ------------------------------------------------------------------ size */

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
    struct expr *e;
    const char *got = fixture_error(f, EXPR_UPDATE, text, NAMES, VALUES, &e);
    assert_non_null(got);
    assert_string_equal(got, message);
}

static void an_update_has_1_to_4096_bytes(void **state)
{
    struct fixture *f = *state;
    expect_message(f, "", "Invalid UpdateExpression: The expression can not be empty;");
    (void)fixture_expr(f, EXPR_UPDATE, repeat(f, "SET", " ", 4088, "a=:v"), NULL, NULL);
    /* Unlike a condition's, its size is not told. */
    expect_message(f, repeat(f, "SET", " ", 4090, "a=:v"),
                   "Invalid UpdateExpression: Expression size has exceeded the maximum allowed size;");
    expect_message(f, repeat(f, "", "(", 10240, ""),
                   "Invalid UpdateExpression: Expression size has exceeded the maximum allowed size;");
}

/* ------------------------------------------------------------------ syntax */

static void sections_follow_their_grammar(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        /* Observed answers. */
        {"INVALID SYNTAX HERE", "Syntax error; token: \"INVALID\", near: \"INVALID SYNTAX\""},
        {"ADD numx", "Syntax error; token: \"<EOF>\", near: \"numx\""},
        {"DELETE setx", "Syntax error; token: \"<EOF>\", near: \"setx\""},
        {"ADD numx 1", "Syntax error; token: \"1\", near: \"numx 1\""},
        {"DELETE setx a", "Syntax error; token: \"a\", near: \"setx a\""},
        {"ADD hits : incr", "Syntax error; token: \":\", near: \"hits : incr\""},
        {"set #, # = :v", "Syntax error; token: \"#\", near: \"set #,\""},
        /* The same rule elsewhere. */
        {"SET", "Syntax error; token: \"<EOF>\", near: \"SET\""},
        {"set a", "Syntax error; token: \"<EOF>\", near: \"a\""},
        {"set a b", "Syntax error; token: \"b\", near: \"a b\""},
        {"set a=set", "Syntax error; token: \"set\", near: \"=set\""},
        {"set add = :v", "Syntax error; token: \"add\", near: \"set add =\""},
        {"set a.remove = :v", "Syntax error; token: \"remove\", near: \".remove =\""},
        {"set and = between", "Syntax error; token: \"and\", near: \"set and =\""},
        {"remove a.not", "Syntax error; token: \"not\", near: \".not\""},
        {"set :v = b", "Syntax error; token: \":v\", near: \"set :v =\""},
        {"set (a) = b", "Syntax error; token: \"(\", near: \"set (a\""},
        {"set a = :v,", "Syntax error; token: \"<EOF>\", near: \",\""},
        {"set a = :v, remove b", "Syntax error; token: \"remove\", near: \", remove b\""},
        {"set a = :v; remove b", "Syntax error; token: \";\", near: \":v; remove\""},
        {"set a = :v b = :w", "Syntax error; token: \"b\", near: \":v b =\""},
        {"set a = :v)", "Syntax error; token: \")\", near: \":v)\""},
        {"set if_not_exists(a, b) = a", "Syntax error; token: \"(\", near: \"if_not_exists(a\""},
        {"a = :v", "Syntax error; token: \"a\", near: \"a =\""},
        {", set a = :v", "Syntax error; token: \",\", near: \", set\""},
        {"remove", "Syntax error; token: \"<EOF>\", near: \"remove\""},
        {"remove a b", "Syntax error; token: \"b\", near: \"a b\""},
        {"remove a = b", "Syntax error; token: \"=\", near: \"a = b\""},
        {"remove :v", "Syntax error; token: \":v\", near: \"remove :v\""},
        {"remove (a)", "Syntax error; token: \"(\", near: \"remove (a\""},
        {"remove a,", "Syntax error; token: \"<EOF>\", near: \",\""},
        {"add a", "Syntax error; token: \"<EOF>\", near: \"a\""},
        {"add a = :v", "Syntax error; token: \"=\", near: \"a = :v\""},
        {"add a b", "Syntax error; token: \"b\", near: \"a b\""},
        {"add a (:v)", "Syntax error; token: \"(\", near: \"a (:v\""},
        {"add a f(b)", "Syntax error; token: \"f\", near: \"a f(\""},
        {"add a :v :w", "Syntax error; token: \":w\", near: \":v :w\""},
        {"add :v b", "Syntax error; token: \":v\", near: \"add :v b\""},
        {"delete a = :s", "Syntax error; token: \"=\", near: \"a = :s\""},
        {"delete a f(b)", "Syntax error; token: \"f\", near: \"a f(\""},
        {"set a[:v] = :w", "Syntax error; token: \":v\", near: \"[:v]\""},
        {"set a[#n] = :w", "Syntax error; token: \"#n\", near: \"[#n]\""},
        {"set a[0.#n = :v", "Syntax error; token: \".\", near: \"0.#n\""},
    };
    CHECK_REJECTED(f, EXPR_UPDATE, rows, NAMES, VALUES);
}

static void values_follow_their_grammar(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        /* Observed answers. */
        {"SET note = :v +", "Syntax error; token: \"<EOF>\", near: \"+\""},
        {"SET numx = numx * :v", "Syntax error; token: \"*\", near: \"numx * :v\""},
        {"SET numx = numx / :v", "Syntax error; token: \"/\", near: \"numx / :v\""},
        {"SET _123 = :v", "Syntax error; token: \"_\", near: \"SET _123\""},
        {"set _something = :v", "Syntax error; token: \"_\", near: \"set _something\""},
        /* One operator, and none inside a function or another sum. */
        {"set a = b + c + d", "Syntax error; token: \"+\", near: \"c + d\""},
        {"set a = b - c + d", "Syntax error; token: \"+\", near: \"c + d\""},
        {"set a = (b + c) + d", "Syntax error; token: \"+\", near: \") + d\""},
        {"set a = b + (c + d)", "Syntax error; token: \"+\", near: \"c + d\""},
        {"set a = if_not_exists(a, :v+:w)", "Syntax error; token: \"+\", near: \":v+:w\""},
        {"set a = list_append(b, (:v - :w))", "Syntax error; token: \"-\", near: \":v - :w\""},
        {"set (a = (b + c))", "Syntax error; token: \"(\", near: \"set (a\""},
        /* The rest of a path may not follow a parenthesis. */
        {"set a = (b.c).d + e", "Syntax error; token: \".\", near: \").d\""},
        {"set a = (b.c)[0] + e", "Syntax error; token: \"[\", near: \")[0\""},
        {"set a = f(b).c", "Syntax error; token: \".\", near: \").c\""},
        {"set a = :v.b", "Syntax error; token: \".\", near: \":v.b\""},
        /* Literals are no operands. */
        {"set a = 1", "Syntax error; token: \"1\", near: \"= 1\""},
        {"set a[1] = \"eight\"", "Syntax error; token: \"\"\", near: \"= \"eight\""},
        {"set a = if_not_exists(a, 100)", "Syntax error; token: \"100\", near: \", 100)\""},
        {"set a = -:v", "Syntax error; token: \"-\", near: \"= -:v\""},
        {"set a = _f(b)", "Syntax error; token: \"_\", near: \"= _f\""},
        {"set a =", "Syntax error; token: \"<EOF>\", near: \"=\""},
        {"set a = b = c", "Syntax error; token: \"=\", near: \"b = c\""},
        {"set a = (b", "Syntax error; token: \"<EOF>\", near: \"b\""},
        {"set a = (b, c = :v", "Syntax error; token: \",\", near: \"b, c\""},
        {"set a = ()", "Syntax error; token: \")\", near: \"()\""},
        {"set a = f()", "Syntax error; token: \")\", near: \"()\""},
        {"set a = f(b", "Syntax error; token: \"<EOF>\", near: \"b\""},
        {"set a = f(b,)", "Syntax error; token: \")\", near: \",)\""},
        {"set a = f(b c)", "Syntax error; token: \"c\", near: \"b c)\""},
        {"set a = #n(b)", "Syntax error; token: \"(\", near: \"#n(b\""},
        {"set a = b < c", "Syntax error; token: \"<\", near: \"b < c\""},
    };
    CHECK_REJECTED(f, EXPR_UPDATE, rows, NAMES, VALUES);
}

static void updates_of_every_form_are_accepted(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = {
        "SET a = :v",
        "sEt\ta=:v",
        "\r\n set  a\n=\n:v ",
        "SET a = b, c = d",
        "SET a.b[0].#n = #n.a[1]",
        "SET #n = :v",
        "REMOVE a",
        "remove a, b.c, d[0]",
        "ADD a :v",
        "add a.b :v, c :s",
        "DELETE a :s",
        "delete a.b :s, c[0] :s",
        "DELETE a :s ADD b :v REMOVE c SET d = :v",
        "REMOVE a SET b = :v",
        "SET a = b + :v",
        "SET a = a - :v",
        "SET a = b+c",
        "SET a = (b + c)",
        "SET a = ((b.c.d)+(e))",
        "SET a = (b)",
        "SET a = (:v), b = (:w)",
        "SET a = if_not_exists(a, :v)",
        "SET a = if_not_exists ((a), (:v))",
        "SET a = if_not_exists(a, :v) + :v",
        "SET a = :v - if_not_exists(b, :w)",
        "SET a = (if_not_exists(b, if_not_exists(c, :v)))",
        "SET a = list_append(a, :l)",
        "SET a = list_append(if_not_exists(a, :l), if_not_exists(b, :l))",
        "SET a = list_append(:l, :l)",
        "SET A123_ = :v REMOVE a1_",
        "SET settle = :v, added = removed",
        "SET if_not_exists = list_append",
    };
    CHECK_ACCEPTED(f, EXPR_UPDATE, texts, NAMES, VALUES);
}

/* ------------------------------------------------------------------ complaints */

static void double_parentheses_are_redundant(void **state)
{
    struct fixture *f = *state;
#define REDUNDANT "The expression has redundant parentheses;"
    static const struct rejected rows[] = {
        {"set a = ((b))", REDUNDANT},
        {"set a = ((b + c))", REDUNDANT},
        {"set a = b + ((c))", REDUNDANT},
        {"set a = if_not_exists(b, ((c)))", REDUNDANT},
        /* Whatever follows is not read any more. */
        {"set a = ((b)) +", REDUNDANT},
    };
    CHECK_REJECTED(f, EXPR_UPDATE, rows, NULL, NULL);
    expect_message(f, repeat(f, "set a = ", "(", 2000, repeat(f, "b", ")", 2000, "")),
                   "Invalid UpdateExpression: " REDUNDANT);
#undef REDUNDANT
}

static void functions_are_those_of_updates(void **state)
{
    struct fixture *f = *state;
#define UNKNOWN "Invalid function name; function: "
#define FOREIGN "The function is not allowed in an update expression; function: "
#define MISUSED "The function is not allowed to be used this way in an expression; function: "
    static const struct rejected rows[] = {
        {"set a = f(b, c, d)", UNKNOWN "f"},
        {"set a = f123_hi(b)", UNKNOWN "f123_hi"},
        {"set a = LIST_APPEND(:l, :l)", UNKNOWN "LIST_APPEND"},
        {"set a = If_Not_Exists(a, :v)", UNKNOWN "If_Not_Exists"},
        {"set a = b + f(c)", UNKNOWN "f"},
        {"set a = if_not_exists(a, f(c))", UNKNOWN "f"},
        {"set a = size(b)", FOREIGN "size"},
        {"set a = size(b) + :v", FOREIGN "size"},
        {"set a = contains(s, :v)", FOREIGN "contains"},
        {"set a = attribute_exists(b)", FOREIGN "attribute_exists"},
        {"set a = attribute_not_exists(b)", FOREIGN "attribute_not_exists"},
        {"set a = attribute_type(b, :v)", FOREIGN "attribute_type"},
        {"set a = if_not_exists(a, begins_with(b, c))", FOREIGN "begins_with"},
        {"set a = list_append(list_append(:l, :l), :l)", MISUSED "list_append"},
        {"set a = list_append(list_append(list_append(:l, :l), :l), :l)", MISUSED "list_append"},
        {"set a = if_not_exists(a, list_append(b, :l))", MISUSED "list_append"},
        {"set a = list_append(b, :l) + :v", MISUSED "list_append"},
    };
    CHECK_REJECTED(f, EXPR_UPDATE, rows, NAMES, VALUES);
    static const struct rejected conditions[] = {
        {"if_not_exists(a, b) = c",
         "The function is not allowed in a condition expression; function: if_not_exists"},
        {"contains(a, list_append(b, c))",
         "The function is not allowed in a condition expression; function: list_append"},
    };
    CHECK_REJECTED(f, EXPR_CONDITION, conditions, NULL, NULL);
    CHECK_REJECTED(f, EXPR_FILTER, conditions, NULL, NULL);
    CHECK_REJECTED(f, EXPR_KEY_CONDITION, conditions, NULL, NULL);
#undef UNKNOWN
#undef FOREIGN
#undef MISUSED
}

static void reserved_words_stand_nowhere_in_a_path(void **state)
{
    struct fixture *f = *state;
#define RESERVED "Attribute name is a reserved keyword; reserved keyword: "
    static const struct rejected rows[] = {
        {"SET COMMENT = :v", RESERVED "COMMENT"},
        {"SET #n[0].COMMENT = :v", RESERVED "COMMENT"},
        {" remove Absolute ", RESERVED "Absolute"},
        {"set a = abOrt", RESERVED "abOrt"},
        {"add data :v", RESERVED "data"},
        {"delete a.value :s", RESERVED "value"},
        {"set a = if_not_exists(name, :v)", RESERVED "name"},
    };
#undef RESERVED
    CHECK_REJECTED(f, EXPR_UPDATE, rows, NAMES, VALUES);
}

static void each_section_is_used_once(void **state)
{
    struct fixture *f = *state;
#define ONCE(name) "The \"" name "\" section can only be used once in an update expression;"
    static const struct rejected rows[] = {
        {"SET a = :v SET b = :w", ONCE("SET")},
        {"set a = #c set c = :d", ONCE("SET")},
        {"set a = b remove c set d = e", ONCE("SET")},
        {"remove #d set a = b remove e", ONCE("REMOVE")},
        {"add #d :e set a = b aDd e :f", ONCE("ADD")},
        {"delete #d :e set a = b delete #e :f", ONCE("DELETE")},
        /* The first that is repeated. */
        {"remove a set a = b set a = b remove a", ONCE("SET")},
    };
#undef ONCE
    CHECK_REJECTED(f, EXPR_UPDATE, rows, NULL, NULL);
}

static void complaints_come_in_order(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        {"set a = f(b) set status = #x[9999999999] set c", "Syntax error; token: \"<EOF>\", near: \"c\""},
        /* Of what else can be seen in the text the first, */
        {"set a = f(status)", "Invalid function name; function: f"},
        {"set status = f(b)", "Attribute name is a reserved keyword; reserved keyword: status"},
        {"set a[2147483648] = status", "List index is not within the allowable range; index: [2147483648]"},
        {" set #c = :c set abOrt = true ", "Attribute name is a reserved keyword; reserved keyword: abOrt"},
        {"set #c = if_not_exist(:c) set c = d", "Invalid function name; function: if_not_exist"},
        /* then the sections, then the placeholders. */
        {"set #c = if_not_exists(:c) set c = d",
         "The \"SET\" section can only be used once in an update expression;"},
        {"set #c = if_not_exists(:c)",
         "An expression attribute name used in the document path is not defined; attribute name: #c"},
    };
    CHECK_REJECTED(f, EXPR_UPDATE, rows, NULL, NULL);
}

static void an_update_has_at_most_300_operators(void **state)
{
    struct fixture *f = *state;
    static const char too_many[] =
        "Invalid UpdateExpression: The expression contains too many operators; operator count: 301";
    struct buf text;
    buf_init(&text, &f->arena, 4096);
    buf_append_literal(&text, "SET a=b+c");
    for (int i = 1; i < 300; i++)
        buf_printf(&text, ",%c%d=b+c", 'a' + i % 4, i);
    /* SET and = are none. */
    char *most = arena_printf(&f->arena, "%.*s,z=y REMOVE x", SLICE_PRINTF(buf_slice(&text)));
    char *more = arena_printf(&f->arena, "%.*s,z=y-x", SLICE_PRINTF(buf_slice(&text)));
    (void)fixture_expr(f, EXPR_UPDATE, most, NULL, NULL);
    expect_message(f, more, too_many);
    /* Nesting is no matter: 200 functions are under the limit, 227 is what 4096 bytes hold. */
    (void)fixture_expr(f, EXPR_UPDATE,
                       repeat(f, "SET a=", "if_not_exists(a,", 227, repeat(f, "b", ")", 227, "")), NULL,
                       NULL);
}

/* ------------------------------------------------------------------ the tree */

static void print_node(const struct expr_tree *tree, unsigned number, struct buf *out)
{
    const struct expr_node *node = &tree->nodes[number];
    if (node->op == OP_PATH) {
        const struct path *path = &tree->paths[node->operand];
        buf_append(out, expr_tree_text(tree, tree->elements[path->element].range));
    } else if (node->op == OP_VALUE) {
        buf_append(out, expr_tree_text(tree, tree->values[node->operand]));
    } else {
        buf_printf(out, "%s(", expr_op_text((enum expr_op)node->op));
        for (unsigned i = node->operand; i != NODE_NONE; i = tree->nodes[i].next) {
            print_node(tree, i, out);
            buf_append_byte(out, tree->nodes[i].next == NODE_NONE ? ')' : ' ');
        }
    }
}

/* Actions as "kind path[elements] operand", the operand as prefix notation; first..last nodes of it in braces. */
static const char *print_actions(struct fixture *f, const struct expr_tree *tree)
{
    static const char *const kinds[] = {"set", "remove", "add", "delete"};
    struct buf out;
    buf_init(&out, &f->arena, 256);
    for (size_t i = 0; i < tree->action_count; i++) {
        const struct update_action *action = &tree->actions[i];
        const struct path *path = &tree->paths[action->path];
        buf_printf(&out, "%s%s %.*s[%u]", i ? "; " : "", kinds[action->kind],
                   SLICE_PRINTF(expr_tree_text(tree, tree->elements[path->element].range)),
                   path->element_count);
        if (action->node == NODE_NONE)
            continue;
        buf_printf(&out, " {%u..%u} ", tree->nodes[action->node].first, action->node);
        print_node(tree, action->node, &out);
    }
    buf_append_byte(&out, '\0');
    return out.data;
}

static void actions_stand_in_the_order_of_the_text_with_their_operands(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text;
        const char *actions;
    } rows[] = {
        {"SET a = :v", "set a[1] {0..0} :v"},
        {"REMOVE a.b[2], #n", "remove a[3]; remove #n[1]"},
        {"DELETE a :s ADD b.c :v REMOVE d SET e = f",
         "delete a[1] {0..0} :s; add b[2] {1..1} :v; remove d[1]; set e[1] {2..2} f"},
        {"SET a = b + :v, c = (:w - d)", "set a[1] {0..2} +(b :v); set c[1] {3..5} -(:w d)"},
        {"SET a = list_append(if_not_exists(b, :l), (c)) REMOVE d",
         "set a[1] {0..4} list_append(if_not_exists(b :l) c); remove d[1]"},
        {"SET a = if_not_exists(b, :v) + if_not_exists(c, :w), d = (:v)",
         "set a[1] {0..6} +(if_not_exists(b :v) if_not_exists(c :w)); set d[1] {7..7} :v"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture_reset(f);
        struct expr_tree *tree;
        assert_true(expr_tree_parse(EXPR_UPDATE, slice_from_cstr(rows[i].text), &f->arena, &tree, &f->err));
        assert_string_equal(print_actions(f, tree), rows[i].actions);
        expr_tree_release(tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(an_update_has_1_to_4096_bytes),
        TEST_CASE(sections_follow_their_grammar),
        TEST_CASE(values_follow_their_grammar),
        TEST_CASE(updates_of_every_form_are_accepted),
        TEST_CASE(double_parentheses_are_redundant),
        TEST_CASE(functions_are_those_of_updates),
        TEST_CASE(reserved_words_stand_nowhere_in_a_path),
        TEST_CASE(each_section_is_used_once),
        TEST_CASE(complaints_come_in_order),
        TEST_CASE(an_update_has_at_most_300_operators),
        TEST_CASE(actions_stand_in_the_order_of_the_text_with_their_operands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
