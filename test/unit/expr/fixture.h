/* fixture.h - expressions from C strings: placeholders and items are written as the JSON of a request. */
#ifndef STATOR_TEST_EXPR_FIXTURE_H
#define STATOR_TEST_EXPR_FIXTURE_H

#include "base/buf.h"
#include "expr/expr.h"
#include "support/item.h"

struct fixture {
    struct arena arena;
    struct error err;
    struct expr_scope scope;
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

/* Forgets everything made so far. */
static inline void fixture_reset(struct fixture *f)
{
    arena_reset(&f->arena);
    error_init(&f->err, &f->arena);
    f->scope = (struct expr_scope){0};
}

static inline void fixture_names(struct fixture *f, const char *json)
{
    struct json_reader r;
    json_reader_init(&r, slice_from_cstr(json), 8, &f->arena);
    assert_int_equal(json_next(&r), JSON_OBJECT_BEGIN);
    f->scope.names = ARENA_NEW_ARRAY(&f->arena, struct expr_name, 2048);
    f->scope.name_count = 0;
    while (json_next(&r) == JSON_NAME) {
        struct expr_name *n = &f->scope.names[f->scope.name_count++];
        n->placeholder = r.text;
        assert_int_equal(json_next(&r), JSON_STRING);
        n->name = r.text;
    }
    assert_int_equal(json_next(&r), JSON_END);
}

static inline void fixture_values(struct fixture *f, const char *json)
{
    struct json_reader r;
    json_reader_init(&r, slice_from_cstr(json), 80, &f->arena);
    assert_int_equal(json_next(&r), JSON_OBJECT_BEGIN);
    f->scope.values = ARENA_NEW_ARRAY(&f->arena, struct expr_value, 2048);
    f->scope.value_count = 0;
    while (json_next(&r) == JSON_NAME) {
        struct expr_value *v = &f->scope.values[f->scope.value_count++];
        v->placeholder = r.text;
        struct error issue;
        error_init(&issue, &f->arena);
        assert_true(wire_read_value(&r, json_next(&r), &f->arena, &v->value, &issue, &f->err));
        assert_int_equal(issue.code, ERR_NONE);
    }
    assert_int_equal(json_next(&r), JSON_END);
}

/* NULL: no item. */
static inline struct slice fixture_item(struct fixture *f, const char *json)
{
    return json ? item_from_json(&f->arena, json) : SLICE_NONE;
}

/* Parses and binds; the error's message, or NULL. NULL for names or values: there are none. */
static inline const char *fixture_error(struct fixture *f, enum expr_kind kind, const char *text,
                                        const char *names, const char *values, struct expr **expr_out)
{
    if (names)
        fixture_names(f, names);
    if (values)
        fixture_values(f, values);
    struct expr *e;
    if (!expr_parse(NULL, kind, slice_from_cstr(text), &f->arena, &e, &f->err) ||
        !expr_bind(e, &f->scope, &f->err)) {
        assert_int_equal(f->err.code, ERR_VALIDATION);
        return f->err.message;
    }
    *expr_out = e;
    return NULL;
}

static inline struct expr *fixture_expr(struct fixture *f, enum expr_kind kind, const char *text,
                                        const char *names, const char *values)
{
    struct expr *e = NULL;
    const char *message = fixture_error(f, kind, text, names, values, &e);
    if (message)
        fail_msg("%s: %s", text, message);
    return e;
}

/* One row of a table of texts that are rejected. */
struct rejected {
    const char *text;
    const char *message; /* after "Invalid {kind}: ", if it does not begin with '!' */
};

static inline void check_rejected(struct fixture *f, enum expr_kind kind, const struct rejected *rows,
                                  size_t count, const char *names, const char *values)
{
    for (size_t i = 0; i < count; i++) {
        fixture_reset(f);
        struct expr *e;
        const char *message = fixture_error(f, kind, rows[i].text, names, values, &e);
        const char *expected =
            rows[i].message[0] == '!'
                ? rows[i].message + 1
                : arena_printf(&f->arena, "Invalid %s: %s", expr_kind_name(kind), rows[i].message);
        if (!message)
            fail_msg("accepted: %s", rows[i].text);
        if (strcmp(message, expected) != 0)
            fail_msg("%s\n  got      %s\n  expected %s", rows[i].text, message, expected);
    }
}

#define CHECK_REJECTED(f, kind, rows, names, values) \
    check_rejected((f), (kind), (rows), sizeof(rows) / sizeof((rows)[0]), (names), (values))

static inline void check_accepted(struct fixture *f, enum expr_kind kind, const char *const *texts,
                                  size_t count, const char *names, const char *values)
{
    for (size_t i = 0; i < count; i++) {
        fixture_reset(f);
        (void)fixture_expr(f, kind, texts[i], names, values);
    }
}

#define CHECK_ACCEPTED(f, kind, texts, names, values) \
    check_accepted((f), (kind), (texts), sizeof(texts) / sizeof((texts)[0]), (names), (values))

#define TEST_CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
