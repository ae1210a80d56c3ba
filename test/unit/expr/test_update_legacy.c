/* AttributeUpdates (semantics.md 6) applied to items: what they do otherwise than update expressions. */
#include "update_fixture.h"

#include "expr/legacy.h"

#define MISMATCH "Type mismatch for attribute to update"

/* One update of the attribute "a". `value` NULL: none. */
struct legacy_case {
    enum legacy_action action;
    const char *value;
    const char *former;  /* of "a"; NULL: absent; "-": there is no item */
    const char *after;   /* of "a"; NULL: absent; "-": there is no item */
    const char *message; /* or the update fails */
};

/* The item with this "a". */
static struct slice item_with(struct fixture *f, const char *a)
{
    if (!a)
        return fixture_item(f, KEY);
    if (strcmp(a, "-") == 0)
        return SLICE_NONE;
    return fixture_item(f, arena_printf(&f->arena, "{\"a\":%s,\"pk\":{\"S\":\"k\"}}", a));
}

static void check_case(struct fixture *f, const struct legacy_case *c)
{
    fixture_reset(f);
    struct legacy_update update = {
        .attribute = SLICE("a"), .action = c->action, .has_value = c->value != NULL};
    if (c->value) {
        fixture_values(f, arena_printf(&f->arena, "{\":v\":%s}", c->value));
        update.value = f->scope.values[0].value;
    }
    struct expr *e = expr_from_updates(&update, 1, &f->arena);
    struct slice former = item_with(f, c->former);
    struct slice after;
    bool applied = expr_update_apply(e, former, fixture_item(f, KEY), &f->arena, &after, &f->err);
    assert_int_equal(applied, c->message == NULL);
    if (!applied) {
        assert_string_equal(f->err.message, c->message);
        return;
    }
    struct slice expected = item_with(f, c->after);
    assert_int_equal(slice_is_none(after), slice_is_none(expected));
    if (!slice_is_none(after))
        assert_true(slice_equal(after, expected));
}

#define N(n) "{\"N\":\"" #n "\"}"

/* scylladb, test_item.py: test_update_item_add, test_update_item_delete, test_update_item_non_existent */
static void actions_do_what_was_observed(void **state)
{
    static const struct legacy_case cases[] = {
        {LEGACY_PUT, N(1), NULL, N(1), NULL},
        {LEGACY_PUT, N(1), "{\"S\":\"x\"}", N(1), NULL},
        {LEGACY_PUT, N(1), "-", N(1), NULL},
        {LEGACY_ADD, N(2), N(7), N(9), NULL},
        {LEGACY_ADD, N(-3.5), N(9), N(5.5), NULL},
        {LEGACY_ADD, N(2), NULL, N(2), NULL},
        {LEGACY_ADD, N(2), "-", N(2), NULL},
        {LEGACY_ADD, "{\"NS\":[\"3\",\"5\"]}", "{\"NS\":[\"1\",\"3\"]}", "{\"NS\":[\"1\",\"3\",\"5\"]}",
         NULL},
        {LEGACY_ADD, "{\"SS\":[\"b\"]}", NULL, "{\"SS\":[\"b\"]}", NULL},
        {LEGACY_ADD, "{\"L\":[{\"N\":\"3\"}]}", "{\"L\":[{\"N\":\"1\"}]}",
         "{\"L\":[{\"N\":\"1\"},{\"N\":\"3\"}]}", NULL},
        {LEGACY_ADD, "{\"L\":[{\"N\":\"3\"}]}", NULL, "{\"L\":[{\"N\":\"3\"}]}", NULL},
        {LEGACY_ADD, "{\"L\":[{\"N\":\"3\"}]}", "-", "{\"L\":[{\"N\":\"3\"}]}", NULL},
        {LEGACY_DELETE, NULL, N(1), NULL, NULL},
        {LEGACY_DELETE, NULL, NULL, NULL, NULL},
        {LEGACY_DELETE, NULL, "-", "-", NULL},
        {LEGACY_DELETE, "{\"SS\":[\"b\"]}", "-", "-", NULL},
        {LEGACY_DELETE, "{\"SS\":[\"b\"]}", NULL, NULL, NULL},
        {LEGACY_DELETE, "{\"SS\":[\"b\",\"c\"]}", "{\"SS\":[\"a\",\"b\"]}", "{\"SS\":[\"a\"]}", NULL},
        {LEGACY_DELETE, "{\"SS\":[\"b\",\"a\"]}", "{\"SS\":[\"a\",\"b\"]}", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(*state, &cases[i]);
}

/* scylladb as above; dynalite, updateItem.js, "should return ValidationException if trying to delete/add incorrect types" */
static void what_is_stored_has_to_be_of_the_same_type(void **state)
{
    static const struct legacy_case cases[] = {
        {LEGACY_ADD, N(2), "{\"S\":\"x\"}", NULL, MISMATCH},
        {LEGACY_ADD, N(2), "{\"NS\":[\"1\"]}", NULL, MISMATCH},
        {LEGACY_ADD, N(2), "{\"L\":[]}", NULL, MISMATCH},
        {LEGACY_ADD, "{\"NS\":[\"1\"]}", "{\"SS\":[\"1\"]}", NULL, MISMATCH},
        {LEGACY_ADD, "{\"NS\":[\"1\"]}", N(1), NULL, MISMATCH},
        {LEGACY_ADD, "{\"L\":[]}", "{\"SS\":[\"1\"]}", NULL, MISMATCH},
        {LEGACY_ADD, "{\"L\":[]}", N(2), NULL, MISMATCH},
        {LEGACY_DELETE, "{\"NS\":[\"1\"]}", "{\"SS\":[\"1\"]}", NULL, MISMATCH},
        {LEGACY_DELETE, "{\"NS\":[\"1\"]}", N(1), NULL, MISMATCH},
        {LEGACY_DELETE, "{\"NS\":[\"1\"]}", "{\"L\":[{\"N\":\"1\"}]}", NULL, MISMATCH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(*state, &cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(actions_do_what_was_observed),
        TEST_CASE(what_is_stored_has_to_be_of_the_same_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
