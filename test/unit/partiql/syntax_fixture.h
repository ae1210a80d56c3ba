/* syntax_fixture.h - statements from C strings, and their trees as text: (= a.b[0] 'x'), ?0, [1 2], {'k' 1}, <<1>>; names between
 * double quotes if they were; an operator that is negated begins with !, an IN whose candidates are in one value is in*. */
#ifndef STATOR_TEST_PARTIQL_SYNTAX_FIXTURE_H
#define STATOR_TEST_PARTIQL_SYNTAX_FIXTURE_H

#include "base/buf.h"
#include "partiql/syntax.h"
#include "support/cmocka.h"

struct fixture {
    struct arena arena;
    struct error err;
};

static inline int fixture_setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    arena_init(&f->arena, 4096);
    error_init(&f->err, &f->arena);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    arena_release(&f->arena);
    test_free(f);
    return 0;
}

static inline void fixture_reset(struct fixture *f)
{
    arena_reset(&f->arena);
    error_init(&f->err, &f->arena);
}

/* The message, or NULL if the text is a statement. */
static inline const char *fixture_error(struct fixture *f, const char *text,
                                        const struct partiql_statement **out)
{
    if (partiql_parse(slice_from_cstr(text), &f->arena, out, &f->err))
        return NULL;
    assert_int_equal(f->err.code, ERR_VALIDATION);
    return f->err.message;
}

static inline const struct partiql_statement *fixture_statement(struct fixture *f, const char *text)
{
    const struct partiql_statement *statement = NULL;
    const char *message = fixture_error(f, text, &statement);
    if (message)
        fail_msg("%s: %s", text, message);
    return statement;
}

/* ------------------------------------------------------------------ trees as text */

static inline const char *operator_name(const struct partiql_node *node)
{
    switch ((enum partiql_kind)node->kind) {
    case PARTIQL_OR:
        return "or";
    case PARTIQL_AND:
        return "and";
    case PARTIQL_NOT:
        return "not";
    case PARTIQL_EQ:
        return "=";
    case PARTIQL_NE:
        return "<>";
    case PARTIQL_LT:
        return "<";
    case PARTIQL_LE:
        return "<=";
    case PARTIQL_GT:
        return ">";
    case PARTIQL_GE:
        return ">=";
    case PARTIQL_BETWEEN:
        return "between";
    case PARTIQL_IN:
        return node->collection ? "in*" : "in";
    case PARTIQL_IS:
        return "is";
    case PARTIQL_LIKE:
        return "like";
    case PARTIQL_PLUS:
        return "+";
    case PARTIQL_MINUS:
        return "-";
    case PARTIQL_TIMES:
        return "*";
    case PARTIQL_DIVIDE:
        return "/";
    case PARTIQL_MODULO:
        return "%";
    case PARTIQL_CONCAT:
        return "||";
    case PARTIQL_NEGATE:
        return "neg";
    case PARTIQL_CALL:
        return "call";
    case PARTIQL_NULL:
    case PARTIQL_MISSING:
    case PARTIQL_TRUE:
    case PARTIQL_FALSE:
    case PARTIQL_NUMBER:
    case PARTIQL_STRING:
    case PARTIQL_PARAMETER:
    case PARTIQL_LIST:
    case PARTIQL_TUPLE:
    case PARTIQL_BAG:
    case PARTIQL_PATH:
    case PARTIQL_STEP_NAME:
    case PARTIQL_STEP_INDEX:
    case PARTIQL_STEP_ALL:
        break;
    }
    fail_msg("no operator: %d", node->kind);
    return "";
}

static inline const char *node_text(struct fixture *f, const struct partiql_node *node);

/* The operands, each after a space. */
static inline const char *operands_text(struct fixture *f, const struct partiql_node *node)
{
    const char *text = "";
    size_t count = 0;
    for (const struct partiql_node *operand = node->operands; operand; operand = operand->next) {
        text = arena_printf(&f->arena, "%s%s%s", text, count++ ? " " : "", node_text(f, operand));
        assert_true(operand->depth < node->depth);
        assert_true(operand->at <= operand->end);
    }
    assert_int_equal(count, node->operand_count);
    return text;
}

static inline const char *name_text(struct fixture *f, const struct partiql_node *node)
{
    const char *quote = node->quoted ? "\"" : "";
    return arena_printf(&f->arena, "%s%.*s%s", quote, SLICE_PRINTF(node->text), quote);
}

static inline const char *path_text(struct fixture *f, const struct partiql_node *path)
{
    const char *text = name_text(f, path);
    for (const struct partiql_node *step = path->operands; step; step = step->next) {
        if (step->kind == PARTIQL_STEP_NAME)
            text = arena_printf(&f->arena, "%s.%s", text, name_text(f, step));
        else if (step->kind == PARTIQL_STEP_INDEX)
            text = arena_printf(&f->arena, "%s[%u]", text, step->number);
        else
            text = arena_printf(&f->arena, "%s%s", text, step->number ? ".*" : "[*]");
    }
    return text;
}

static inline const char *node_text(struct fixture *f, const struct partiql_node *node)
{
    switch ((int)node->kind) {
    case PARTIQL_NULL:
        return "null";
    case PARTIQL_MISSING:
        return "missing";
    case PARTIQL_TRUE:
        return "true";
    case PARTIQL_FALSE:
        return "false";
    case PARTIQL_NUMBER:
        return arena_printf(&f->arena, "%.*s", SLICE_PRINTF(node->text));
    case PARTIQL_STRING:
        return arena_printf(&f->arena, "'%.*s'", SLICE_PRINTF(node->text));
    case PARTIQL_PARAMETER:
        return arena_printf(&f->arena, "?%u", node->number);
    case PARTIQL_LIST:
        return arena_printf(&f->arena, "[%s]", operands_text(f, node));
    case PARTIQL_TUPLE:
        return arena_printf(&f->arena, "{%s}", operands_text(f, node));
    case PARTIQL_BAG:
        return arena_printf(&f->arena, "<<%s>>", operands_text(f, node));
    case PARTIQL_PATH:
        return path_text(f, node);
    case PARTIQL_STEP_ALL:
        return "*";
    case PARTIQL_CALL:
        return arena_printf(&f->arena, "%s(%s)", name_text(f, node), operands_text(f, node));
    case PARTIQL_IS:
        return arena_printf(&f->arena, "(%sis %s %.*s)", node->negated ? "!" : "", operands_text(f, node),
                            SLICE_PRINTF(node->text));
    default:
        return arena_printf(&f->arena, "(%s%s %s)", node->negated ? "!" : "", operator_name(node),
                            operands_text(f, node));
    }
}

/* The tree of an expression, as the WHERE of a statement. */
static inline const char *where_text(struct fixture *f, const char *expression)
{
    const char *text = arena_printf(&f->arena, "SELECT * FROM T WHERE %s", expression);
    return node_text(f, fixture_statement(f, text)->where);
}

/* ------------------------------------------------------------------ tables of texts */

struct row {
    const char *text;
    const char *expected;
};

static inline void check_where(struct fixture *f, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fixture_reset(f);
        const char *tree = where_text(f, rows[i].text);
        if (strcmp(tree, rows[i].expected) != 0)
            fail_msg("%s\n  got      %s\n  expected %s", rows[i].text, tree, rows[i].expected);
    }
}

#define CHECK_WHERE(f, rows) check_where((f), (rows), sizeof(rows) / sizeof((rows)[0]))

/* What is expected stands behind the envelope, if it does not begin with '!'. */
static inline void check_rejected(struct fixture *f, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fixture_reset(f);
        const struct partiql_statement *statement;
        const char *message = fixture_error(f, rows[i].text, &statement);
        const char *expected =
            rows[i].expected[0] == '!'
                ? rows[i].expected + 1
                : arena_printf(&f->arena, "Statement wasn't well formed, can't be processed: %s",
                               rows[i].expected);
        if (!message)
            fail_msg("accepted: %s", rows[i].text);
        if (strcmp(message, expected) != 0)
            fail_msg("%s\n  got      %s\n  expected %s", rows[i].text, message, expected);
    }
}

#define CHECK_REJECTED(f, rows) check_rejected((f), (rows), sizeof(rows) / sizeof((rows)[0]))

#define TEST_CASE(name)         cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
