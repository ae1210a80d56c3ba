/* What UPDATED_OLD and UPDATED_NEW return: the paths of the update, looked up in the item before and in the item after. */
#include "update_fixture.h"

struct returned {
    const char *text;
    const char *former;
    const char *old; /* NULL: nothing */
    const char *new; /* NULL: nothing */
};

static const char VALUES[] =
    "{\":1\":{\"N\":\"1\"},\":s\":{\"S\":\"s\"},\":l\":{\"L\":[{\"S\":\"x\"}]},\":ss\":{\"SS\":[\"b\"]}}";

#define PK "\"pk\":{\"S\":\"k\"}"

/* "" where nothing is written. */
static struct slice write_touched(struct fixture *f, const struct expr *e, struct slice item, bool old)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, &f->arena, 256);
    json_writer_init(&w, &out);
    bool written = old ? expr_update_write_old(e, item, &w) : expr_update_write_new(e, item, &w);
    assert_int_equal(written, out.size > 0);
    return buf_slice(&out);
}

static void check_text(const struct returned *c, const char *what, struct slice got, const char *expected)
{
    if (!slice_equal(got, slice_from_cstr(expected ? expected : "")))
        fail_msg("%s: %s is %.*s, not %s", c->text, what, SLICE_PRINTF(got), expected ? expected : "absent");
}

static void check_returned(struct fixture *f, const struct returned *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fixture_reset(f);
        struct expr *e = fixture_expr(f, EXPR_UPDATE, rows[i].text, NULL, VALUES);
        struct slice former = fixture_item(f, rows[i].former);
        struct slice after;
        if (!expr_update_apply(e, former, fixture_item(f, KEY), &f->arena, &after, &f->err))
            fail_msg("%s: %s", rows[i].text, f->err.message);
        check_text(&rows[i], "UPDATED_OLD", write_touched(f, e, former, true), rows[i].old);
        check_text(&rows[i], "UPDATED_NEW", write_touched(f, e, after, false), rows[i].new);
    }
}

#define CHECK_RETURNED(f, rows) check_returned((f), (rows), sizeof(rows) / sizeof((rows)[0]))

#define AB                      "{" PK ",\"a\":{\"S\":\"hi\"},\"b\":{\"S\":\"dog\"}}"

/* scylladb, test_update_item_returnvalues_updated_old and _new */
static void whole_attributes_are_returned_if_they_are_there(void **state)
{
    static const struct returned rows[] = {
        {"SET b = :s, c = :1", AB, "{\"b\":{\"S\":\"dog\"}}", "{\"b\":{\"S\":\"s\"},\"c\":{\"N\":\"1\"}}"},
        {"REMOVE b", AB, "{\"b\":{\"S\":\"dog\"}}", NULL},
        {"SET c = :1", AB, NULL, "{\"c\":{\"N\":\"1\"}}"},
        {"SET a = a", AB, "{\"a\":{\"S\":\"hi\"}}", "{\"a\":{\"S\":\"hi\"}}"},
        {"SET a = :s REMOVE b, z", AB, "{\"a\":{\"S\":\"hi\"},\"b\":{\"S\":\"dog\"}}",
         "{\"a\":{\"S\":\"s\"}}"},
        {"SET a = :1", NULL, NULL, "{\"a\":{\"N\":\"1\"}}"},
        {"REMOVE a", NULL, NULL, NULL},
        {"REMOVE z", AB, NULL, NULL},
        {"ADD n :1 DELETE s :ss", "{" PK ",\"n\":{\"N\":\"2\"},\"s\":{\"SS\":[\"b\"]}}",
         "{\"n\":{\"N\":\"2\"},\"s\":{\"SS\":[\"b\"]}}", "{\"n\":{\"N\":\"3\"}}"},
        {"ADD s :ss SET l = list_append(l, :l)", "{" PK ",\"l\":{\"L\":[]},\"s\":{\"SS\":[\"a\"]}}",
         "{\"l\":{\"L\":[]},\"s\":{\"SS\":[\"a\"]}}",
         "{\"l\":{\"L\":[{\"S\":\"x\"}]},\"s\":{\"SS\":[\"a\",\"b\"]}}"},
    };
    CHECK_RETURNED(*state, rows);
}

#define NESTED                                                                                               \
    "{" PK ",\"a\":{\"M\":{\"b\":{\"S\":\"dog\"},\"c\":{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"},{\"N\":\"3\"}]}}" \
    "},\"d\":{"                                                                                              \
    "\"S\":\"cat\"}}"

/* scylladb, test_update_item_returnvalues_nested */
static void of_nested_paths_only_what_they_name_is_returned(void **state)
{
    static const struct returned rows[] = {
        {"SET a.b = :s", NESTED, "{\"a\":{\"M\":{\"b\":{\"S\":\"dog\"}}}}",
         "{\"a\":{\"M\":{\"b\":{\"S\":\"s\"}}}}"},
        {"SET a.c[1] = :s", NESTED, "{\"a\":{\"M\":{\"c\":{\"L\":[{\"N\":\"2\"}]}}}}",
         "{\"a\":{\"M\":{\"c\":{\"L\":[{\"S\":\"s\"}]}}}}"},
        {"SET a.c[1] = :1, a.b = :s", NESTED,
         "{\"a\":{\"M\":{\"b\":{\"S\":\"dog\"},\"c\":{\"L\":[{\"N\":\"2\"}]}}}}",
         "{\"a\":{\"M\":{\"b\":{\"S\":\"s\"},\"c\":{\"L\":[{\"N\":\"1\"}]}}}}"},
        {"SET a.x = :1", NESTED, NULL, "{\"a\":{\"M\":{\"x\":{\"N\":\"1\"}}}}"},
        {"REMOVE a.b", NESTED, "{\"a\":{\"M\":{\"b\":{\"S\":\"dog\"}}}}", NULL},
        {"REMOVE a.z", NESTED, NULL, NULL},
    };
    CHECK_RETURNED(*state, rows);
}

/* As observed there: an index is looked up in the new list, whatever element stands at it now. */
static void indexes_are_looked_up_in_both_lists_alike(void **state)
{
    static const struct returned rows[] = {
        {"SET a.c[100] = :1", NESTED, NULL, NULL},
        {"SET a.c[3] = :s", NESTED, NULL, "{\"a\":{\"M\":{\"c\":{\"L\":[{\"S\":\"s\"}]}}}}"},
        {"REMOVE a.c[1]", NESTED, "{\"a\":{\"M\":{\"c\":{\"L\":[{\"N\":\"2\"}]}}}}",
         "{\"a\":{\"M\":{\"c\":{\"L\":[{\"N\":\"3\"}]}}}}"},
        {"REMOVE a.c[2]", NESTED, "{\"a\":{\"M\":{\"c\":{\"L\":[{\"N\":\"3\"}]}}}}", NULL},
        {"REMOVE a.c[1], a.c[3]", NESTED, "{\"a\":{\"M\":{\"c\":{\"L\":[{\"N\":\"2\"}]}}}}",
         "{\"a\":{\"M\":{\"c\":{\"L\":[{\"N\":\"3\"}]}}}}"},
        {"REMOVE a.c[2], a.c[0]", NESTED, "{\"a\":{\"M\":{\"c\":{\"L\":[{\"N\":\"1\"},{\"N\":\"3\"}]}}}}",
         "{\"a\":{\"M\":{\"c\":{\"L\":[{\"N\":\"2\"}]}}}}"},
    };
    CHECK_RETURNED(*state, rows);
}

/* dynalite, updateItem.js, "should update nested attributes" */
static void sections_may_meet_in_one_list(void **state)
{
    static const struct returned rows[] = {
        {"SET c[1] = pk, c[4] = :1, c[2] = c[0] ADD c[8] :ss, c[6] :1",
         "{" PK ",\"c\":{\"L\":[{\"N\":\"1\"},{\"N\":\"3\"}]}}", "{\"c\":{\"L\":[{\"N\":\"3\"}]}}",
         "{\"c\":{\"L\":[{\"S\":\"k\"},{\"N\":\"1\"},{\"N\":\"1\"}]}}"},
    };
    CHECK_RETURNED(*state, rows);
}

static void without_actions_nothing_is_returned(void **state)
{
    struct fixture *f = *state;
    struct slice item = fixture_item(f, AB);
    assert_int_equal(write_touched(f, NULL, item, true).size, 0);
    assert_int_equal(write_touched(f, NULL, item, false).size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(whole_attributes_are_returned_if_they_are_there),
        TEST_CASE(of_nested_paths_only_what_they_name_is_returned),
        TEST_CASE(indexes_are_looked_up_in_both_lists_alike),
        TEST_CASE(sections_may_meet_in_one_list),
        TEST_CASE(without_actions_nothing_is_returned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
