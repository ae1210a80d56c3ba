#include "fixture.h"

#include <stdlib.h>

static struct expr_name name(const char *placeholder, const char *text, bool used)
{
    return (struct expr_name){slice_from_cstr(placeholder), slice_from_cstr(text), used};
}

static struct expr_value value(const char *placeholder, bool used)
{
    return (struct expr_value){.placeholder = slice_from_cstr(placeholder), .used = used};
}

static void all_used_is_fine(void **state)
{
    struct fixture *f = *state;
    struct expr_name names[] = {name("#a", "a", true)};
    struct expr_value values[] = {value(":a", true)};
    struct expr_scope scope = {names, 1, values, 1};
    assert_true(expr_scope_check_used(&scope, &f->err));
    scope = (struct expr_scope){0};
    assert_true(expr_scope_check_used(&scope, &f->err));
}

static void unused_names_are_listed_before_values(void **state)
{
    struct fixture *f = *state;
    struct expr_name names[] = {name("#a", "a", false), name("#b", "b", true), name("#c", "c", false)};
    struct expr_value values[] = {value(":a", true), value(":b", false), value(":c", false)};
    struct expr_scope scope = {names, 3, values, 3};
    assert_false(expr_scope_check_used(&scope, &f->err));
    assert_int_equal(f->err.code, ERR_VALIDATION);
    assert_string_equal(f->err.message,
                        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #c}");
    names[0].used = names[2].used = true;
    assert_false(expr_scope_check_used(&scope, &f->err));
    assert_string_equal(f->err.message,
                        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b, :c}");
}

static void check_name_key(struct fixture *f, const char *key, const char *text, const char *message)
{
    struct expr_name names[] = {name(key, text, false)};
    struct expr_scope scope = {.names = names, .name_count = 1};
    if (!message) {
        assert_true(expr_scope_check_names(&scope, &f->err));
        return;
    }
    assert_false(expr_scope_check_names(&scope, &f->err));
    assert_string_equal(f->err.message, message);
}

static void check_value_key(struct fixture *f, const char *key, const char *message)
{
    struct expr_value values[] = {value(key, false)};
    struct expr_scope scope = {.values = values, .value_count = 1};
    if (!message) {
        assert_true(expr_scope_check_values(&scope, &f->err));
        return;
    }
    assert_false(expr_scope_check_values(&scope, &f->err));
    assert_string_equal(f->err.message, message);
}

static void placeholders_are_a_mark_and_word_characters(void **state)
{
    struct fixture *f = *state;
    static const char *const good[] = {"a", "A9", "0", "_", "9_x"};
    static const char *const bad[] = {"", "a-b", "a b", "a.b", "#", "\xC3\xA9", "a:"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        check_name_key(f, arena_printf(&f->arena, "#%s", good[i]), "x", NULL);
        check_value_key(f, arena_printf(&f->arena, ":%s", good[i]), NULL);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        check_name_key(
            f, arena_printf(&f->arena, "#%s", bad[i]), "x",
            arena_printf(&f->arena,
                         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#%s\"",
                         bad[i]));
        check_value_key(
            f, arena_printf(&f->arena, ":%s", bad[i]),
            arena_printf(&f->arena,
                         "ExpressionAttributeValues contains invalid key: Syntax error; key: \":%s\"",
                         bad[i]));
    }
    check_name_key(f, "", "x", "ExpressionAttributeNames contains invalid key: Syntax error; key: \"\"");
    check_name_key(f, "a", "x", "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\"");
    check_name_key(f, ":a", "x", "ExpressionAttributeNames contains invalid key: Syntax error; key: \":a\"");
    check_value_key(f, "#a", "ExpressionAttributeValues contains invalid key: Syntax error; key: \"#a\"");
}

static void placeholders_have_at_most_255_bytes(void **state)
{
    struct fixture *f = *state;
    char key[300];
    memset(key, 'a', sizeof key);
    key[255] = '\0';
    key[0] = '#';
    check_name_key(f, key, "x", NULL);
    key[0] = ':';
    check_value_key(f, key, NULL);
    key[255] = '-'; /* too long goes before misspelt */
    key[256] = '\0';
    key[0] = '#';
    check_name_key(
        f, key, "x",
        "ExpressionAttributeNames contains invalid key: The expression attribute map contains a key that is "
        "too long; size of key: 256");
    key[0] = ':';
    check_value_key(
        f, key,
        "ExpressionAttributeValues contains invalid key: The expression attribute map contains a key that "
        "is too long;");
}

static void names_are_not_empty(void **state)
{
    struct fixture *f = *state;
    check_name_key(f, "#a", "",
                   "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a");
}

static void names_have_at_most_65535_bytes(void **state)
{
    struct fixture *f = *state;
    char *name = calloc(1, 65537);
    memset(name, 'n', 65536);
    check_name_key(f, "#a", name, "Attribute name is too large, must be less than 65536 bytes");
    name[65535] = '\0';
    check_name_key(f, "#a", name, NULL);
    free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(all_used_is_fine),
        TEST_CASE(unused_names_are_listed_before_values),
        TEST_CASE(placeholders_are_a_mark_and_word_characters),
        TEST_CASE(placeholders_have_at_most_255_bytes),
        TEST_CASE(names_are_not_empty),
        TEST_CASE(names_have_at_most_65535_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
