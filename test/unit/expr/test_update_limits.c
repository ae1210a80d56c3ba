/* How large and how deep updates may make an item: semantics.md 4.1, 4.3. */
#include "update_fixture.h"

static const char *repeat(struct fixture *f, const char *head, char c, size_t count, const char *tail)
{
    char *text = arena_alloc_bytes(&f->arena, strlen(head) + count + strlen(tail) + 1);
    char *at = stpcpy(text, head);
    memset(at, c, count);
    strcpy(at + count, tail);
    return text;
}

static void check_size(struct fixture *f, const char *text, size_t stored, size_t given, bool fits)
{
    struct fixture *texts = NULL;
    fixture_setup((void **)&texts);
    const char *former = repeat(texts, "{\"pk\":{\"S\":\"k\"},\"a\":{\"S\":\"", 'x', stored, "\"}}");
    const char *values = repeat(texts, "{\":v\":{\"L\":[{\"S\":\"", 'y', given, "\"}]}}");
    struct update_case c = {text, NULL, values, former, NULL};
    struct slice item;
    struct slice after;
    bool applied = update_apply(f, &c, &item, &after);
    assert_int_equal(applied, fits);
    if (applied)
        assert_int_equal(item_size_bytes(after), item_size_bytes(rebuilt(f, after)));
    else
        assert_string_equal(f->err.message, "Item size to update has exceeded the maximum allowed size");
    fixture_teardown((void **)&texts);
}

static void an_item_is_at_most_409600_bytes(void **state)
{
    /* pk 3 bytes, a 1 beside its text, b 1, a list of one 3 + 1 */
    check_size(*state, "SET b = :v", 200000, 409600 - 200000 - 3 - 1 - 1 - 4, true);
    check_size(*state, "SET b = :v", 200000, 409600 - 200000 - 3 - 1 - 1 - 4 + 1, false);
    check_size(*state, "SET a = :v", 400000, 409600 - 3 - 1 - 4, true);
    check_size(*state, "SET a = :v", 400000, 409600 - 3 - 1 - 4 + 1, false);
    check_size(*state, "SET b = list_append(:v, :v)", 1, (409600 - 3 - 2 - 1 - 3 - 2) / 2, true);
    check_size(*state, "SET b = list_append(:v, :v)", 1, (409600 - 3 - 2 - 1 - 3 - 2) / 2 + 1, false);
    check_size(*state, "SET b = :v REMOVE a", 400000, 409600 - 3 - 1 - 4, true);
}

/* Whether the record of SET b = (padding), and what comes with it, fits when the item counts for `size` bytes: its key pk of
 * `key` bytes, u = "y" and b. */
static bool record_fits(struct fixture *f, const char *update, size_t key, size_t size)
{
    struct fixture *texts = NULL;
    fixture_setup((void **)&texts);
    size_t padding = size - 2 - key - 2 - 1;
    struct update_case c = {update, NULL, repeat(texts, "{\":v\":{\"S\":\"", 'v', padding, "\"}}"),
                            repeat(texts, "{\"u\":{\"S\":\"y\"},\"pk\":{\"S\":\"", 'k', key, "\"}}"), NULL};
    struct slice item;
    struct slice after;
    assert_true(update_apply(f, &c, &item, &after));
    struct expr *e = fixture_expr(f, EXPR_UPDATE, c.text, NULL, c.values);
    bool fits = expr_update_check_record(e, after, &f->err);
    if (!fits)
        assert_string_equal(f->err.message, "Item size to update has exceeded the maximum allowed size");
    fixture_teardown((void **)&texts);
    return fits;
}

/* nubo-db/dynamodb-conformance, itemSizeBySurface.test.ts: the limit, plus what is not written, less 3 and 19 or 2 for
 * each action; but never beyond the limit. */
static void what_is_written_is_measured_too(void **state)
{
    struct fixture *f = *state;
    enum { LIMIT = 409600 };
    static const struct {
        const char *text;
        size_t not_written; /* beside the key */
        size_t actions;
    } rows[] = {
        {"SET b = :v", 2, 3 + 19},
        {"SET b = :v REMOVE r", 2, 3 + 19 + 2},
        {"SET b = :v, u = u", 0, 3 + 19 + 19},
        {"SET b = :v REMOVE r, s, t", 2, 3 + 19 + 6},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t most = LIMIT + 2 + 1 + rows[i].not_written - rows[i].actions;
        assert_true(record_fits(f, rows[i].text, 1, most));
        assert_false(record_fits(f, rows[i].text, 1, most + 1));
        assert_true(record_fits(f, rows[i].text, 100, LIMIT));
    }
    assert_true(expr_update_check_record(NULL, fixture_item(f, KEY), &f->err));
}

/* Whether the record of one SET fits that makes the item { "m": { "a": a string of `size` bytes } }, or { "l": [ it ] }. */
static bool nested_record_fits(struct fixture *f, const char *update, size_t size)
{
    struct fixture *texts = NULL;
    fixture_setup((void **)&texts);
    bool list = update[4] == 'l';
    const char *values = repeat(texts, "{\":v\":{\"S\":\"", 'v', size, "\"}}");
    const char *after = repeat(texts, list ? "{\"l\":{\"L\":[{\"S\":\"" : "{\"m\":{\"M\":{\"a\":{\"S\":\"",
                               'v', size, list ? "\"}]}}" : "\"}}}}");
    fixture_reset(f);
    struct expr *e = fixture_expr(f, EXPR_UPDATE, update, NULL, values);
    struct slice item = fixture_item(f, after);
    bool fits = expr_update_check_record(e, item, &f->err);
    fixture_teardown((void **)&texts);
    return fits;
}

static void an_element_counts_for_one_byte_more_than_a_member(void **state)
{
    struct fixture *f = *state;
    /* m: name 1, map 3, entry 1, name 1; l: name 1, list 3, element 1 */
    assert_true(nested_record_fits(f, "SET m.a = :v", 409600 - 3 - 19 - 6));
    assert_false(nested_record_fits(f, "SET m.a = :v", 409600 - 3 - 19 - 6 + 1));
    assert_true(nested_record_fits(f, "SET l[0] = :v", 409600 - 3 - 20 - 5));
    assert_false(nested_record_fits(f, "SET l[0] = :v", 409600 - 3 - 20 - 5 + 1));
}

/* Lists in one another: `levels` of them around a string. */
static char *nested_lists(struct fixture *f, unsigned levels)
{
    char *text = arena_alloc_bytes(&f->arena, 32 * (size_t)levels + 32);
    char *at = text;
    for (unsigned i = 0; i < levels; i++)
        at = stpcpy(at, "{\"L\":[");
    at = stpcpy(at, "{\"S\":\"s\"}");
    for (unsigned i = 0; i < levels; i++)
        at = stpcpy(at, "]}");
    return text;
}

/* false: the update is refused, because of its nesting. */
static bool nests(struct fixture *f, const char *update, const char *former, unsigned levels)
{
    struct fixture *texts = NULL;
    fixture_setup((void **)&texts);
    const char *values = arena_printf(&texts->arena, "{\":v\":%s}", nested_lists(texts, levels));
    struct update_case c = {update, NULL, values, former, NULL};
    struct slice item;
    struct slice after;
    bool applied = update_apply(f, &c, &item, &after);
    if (applied)
        assert_true(item_valid(after));
    else
        assert_string_equal(f->err.message,
                            "Nesting Levels have exceeded supported limits: Attributes in the "
                            "item have nested levels beyond supported limit");
    fixture_teardown((void **)&texts);
    return applied;
}

static void values_nest_at_most_32_levels(void **state)
{
    struct fixture *f = *state;
    static const char former[] = "{\"pk\":{\"S\":\"k\"},\"m\":{\"M\":{}},\"l\":{\"L\":[{\"M\":{}}]}}";
    assert_true(nests(f, "SET a = :v", former, 31));
    assert_true(nests(f, "SET m.a = :v", former, 30));
    assert_false(nests(f, "SET m.a = :v", former, 31));
    assert_true(nests(f, "SET l[0].a = :v", former, 29));
    assert_false(nests(f, "SET l[0].a = :v", former, 30));
    assert_true(nests(f, "SET l[1] = :v", former, 30));
    assert_false(nests(f, "SET l[1] = :v", former, 31));
    assert_true(nests(f, "SET l = list_append(l, :v)", former, 31));
    assert_false(nests(f, "SET m.a = list_append(l, :v)", former, 31));
    assert_false(nests(f, "SET m.a = if_not_exists(m.a, :v)", former, 31));
}

static void an_action_that_cannot_be_is_told_before_nesting(void **state)
{
    struct fixture *f = *state;
    struct fixture *texts = NULL;
    fixture_setup((void **)&texts);
    struct update_case c = {"SET m.a = :v, z.b = :v", NULL,
                            arena_printf(&texts->arena, "{\":v\":%s}", nested_lists(texts, 31)),
                            "{\"pk\":{\"S\":\"k\"},\"m\":{\"M\":{}}}",
                            "!The document path provided in the update expression is invalid for update"};
    check_update(f, &c);
    fixture_teardown((void **)&texts);
}

static void a_stored_value_may_be_too_deep_for_its_new_place(void **state)
{
    struct fixture *f = *state;
    struct fixture *texts = NULL;
    fixture_setup((void **)&texts);
    const char *former =
        arena_printf(&texts->arena, "{\"pk\":{\"S\":\"k\"},\"m\":{\"M\":{\"a\":%s}},\"d\":%s}",
                     nested_lists(texts, 30), nested_lists(texts, 31));
    assert_true(nests(f, "SET a = d, b = m.a, m.b = m.a", former, 1));
    assert_true(nests(f, "SET m.b = d[0]", former, 1));
    assert_false(nests(f, "SET m.b = d", former, 1));
    assert_false(nests(f, "SET m.b = list_append(m.a, d)", former, 1));
    fixture_teardown((void **)&texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(an_item_is_at_most_409600_bytes),
        TEST_CASE(what_is_written_is_measured_too),
        TEST_CASE(an_element_counts_for_one_byte_more_than_a_member),
        TEST_CASE(values_nest_at_most_32_levels),
        TEST_CASE(an_action_that_cannot_be_is_told_before_nesting),
        TEST_CASE(a_stored_value_may_be_too_deep_for_its_new_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
