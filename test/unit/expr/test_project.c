/* semantics.md 5.2 and 5.3 */
#include "fixture.h"

static const char ITEM[] = "{\"pk\":{\"S\":\"p1\"},\"a\":{\"M\":{\"b\":{\"L\":[{\"N\":\"2\"},{\"N\":\"4\"},{"
                           "\"M\":{\"x\":{\"S\":\"hi\"},\"y\":{"
                           "\"S\":\"yo\"}}}]},\"c\":{\"N\":\"5\"}}},\"b\":{\"S\":\"hello\"},\"l\":{\"L\":[{"
                           "\"S\":\"zero\"},{\"S\":\"one\"},{\"NULL\":"
                           "true},{\"S\":\"three\"}]},\"em\":{\"M\":{}},\"el\":{\"L\":[]},\"s\":{\"SS\":["
                           "\"y\",\"x\"]},\"x.y\":{\"S\":\"dot\"},"
                           "\"lm\":{\"L\":[{\"M\":{\"v\":{\"S\":\"a0\"},\"w\":{\"S\":\"x0\"}}},{\"M\":{\"v\":"
                           "{\"S\":\"a1\"}}},{\"M\":{\"v\":{\"S\":"
                           "\"a2\"}}}]}}";

static const char NAMES[] = "{\"#a\":\"a\",\"#b\":\"b\",\"#d\":\"x.y\"}";

static const char *project(struct fixture *f, const char *text, const char *item)
{
    fixture_reset(f);
    struct expr *e = fixture_expr(f, EXPR_PROJECTION, text, NAMES, NULL);
    struct buf out;
    buf_init(&out, &f->arena, 16);
    struct json_writer w;
    json_writer_init(&w, &out);
    /* Inside an array, so that a comma lost or doubled is seen. */
    json_begin_array(&w);
    expr_project(e, fixture_item(f, item), &w);
    expr_project(e, fixture_item(f, "{}"), &w);
    json_end_array(&w);
    assert_true(out.size >= 5 && memcmp(out.data + out.size - 4, ",{}]", 4) == 0);
    return arena_copy_cstr(&f->arena, slice_of(out.data + 1, out.size - 5));
}

struct row {
    const char *text;
    const char *json;
};

static void check(struct fixture *f, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = project(f, rows[i].text, ITEM);
        if (strcmp(got, rows[i].json) != 0)
            fail_msg("%s\n  got      %s\n  expected %s", rows[i].text, got, rows[i].json);
    }
}

#define CHECK(f, rows) check((f), (rows), sizeof(rows) / sizeof((rows)[0]))

static void top_level_attributes_are_selected(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"b", "{\"b\":{\"S\":\"hello\"}}"},
        {"pk,b", "{\"pk\":{\"S\":\"p1\"},\"b\":{\"S\":\"hello\"}}"},
        {"#d", "{\"x.y\":{\"S\":\"dot\"}}"},
        {"s, em, el", "{\"s\":{\"SS\":[\"x\",\"y\"]},\"em\":{\"M\":{}},\"el\":{\"L\":[]}}"},
    };
    CHECK(f, rows);
}

static void nesting_is_kept(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"a.c", "{\"a\":{\"M\":{\"c\":{\"N\":\"5\"}}}}"},
        {"a.b[0]", "{\"a\":{\"M\":{\"b\":{\"L\":[{\"N\":\"2\"}]}}}}"},
        {"#a.#b[2].y", "{\"a\":{\"M\":{\"b\":{\"L\":[{\"M\":{\"y\":{\"S\":\"yo\"}}}]}}}}"},
        {"a.b[0], a.c", "{\"a\":{\"M\":{\"b\":{\"L\":[{\"N\":\"2\"}]},\"c\":{\"N\":\"5\"}}}}"},
        {"a.c, b, a.b[2].x",
         "{\"a\":{\"M\":{\"c\":{\"N\":\"5\"},\"b\":{\"L\":[{\"M\":{\"x\":{\"S\":\"hi\"}}}]}}},"
         "\"b\":{\"S\":\"hello\"}}"},
    };
    CHECK(f, rows);
}

static void lists_are_compacted_in_index_order(void **state)
{
    struct fixture *f = *state;
    static const struct row rows[] = {
        {"l[0], l[3]", "{\"l\":{\"L\":[{\"S\":\"zero\"},{\"S\":\"three\"}]}}"},
        {"l[3],l[1],l[0]", "{\"l\":{\"L\":[{\"S\":\"zero\"},{\"S\":\"one\"},{\"S\":\"three\"}]}}"},
        {"l[2]", "{\"l\":{\"L\":[{\"NULL\":true}]}}"},
        {"lm[2].v, lm[0].v",
         "{\"lm\":{\"L\":[{\"M\":{\"v\":{\"S\":\"a0\"}}},{\"M\":{\"v\":{\"S\":\"a2\"}}}]}}"},
        {"lm[0].w, lm[1].w, lm[2].v",
         "{\"lm\":{\"L\":[{\"M\":{\"w\":{\"S\":\"x0\"}}},{\"M\":{\"v\":{\"S\":\"a2\"}}}]}}"},
    };
    CHECK(f, rows);
}

static void what_is_not_there_is_left_out_with_its_parents(void **state)
{
    struct fixture *f = *state;
    static const char *const absent[] = {"x",    "a.b[3]",   "a.x",       "a.x.y", "a.b[3].x", "a.b.x",
                                         "a[0]", "a.b[0].x", "a.b[0][0]", "b.x",   "b[0]",     "s[0]",
                                         "em.x", "el[0]",    "l[4]",      "x.y"};
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        assert_string_equal(project(f, absent[i], ITEM), "{}");
    static const struct row rows[] = {
        {"a.x, a.b[0], x, a.b[3].x", "{\"a\":{\"M\":{\"b\":{\"L\":[{\"N\":\"2\"}]}}}}"},
        {"a.b[3], a.c", "{\"a\":{\"M\":{\"c\":{\"N\":\"5\"}}}}"},
        {"x, b, y", "{\"b\":{\"S\":\"hello\"}}"},
        {"em.x, b", "{\"b\":{\"S\":\"hello\"}}"},
        {"b, em.x", "{\"b\":{\"S\":\"hello\"}}"},
    };
    CHECK(f, rows);
}

static void overlapping_paths_are_rejected(void **state)
{
    struct fixture *f = *state;
#define OVERLAP(one, two)                                                                                   \
    "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: " one \
    ", path two: " two
    static const struct rejected rows[] = {
        {"a, a", OVERLAP("[a]", "[a]")},
        {"a.b, a.b", OVERLAP("[a, b]", "[a, b]")},
        {"a[1], a[1]", OVERLAP("[a, [1]]", "[a, [1]]")},
        {"a, a.b", OVERLAP("[a]", "[a, b]")},
        {"a.b, a", OVERLAP("[a, b]", "[a]")},
        {"a.b, a.b[0]", OVERLAP("[a, b]", "[a, b, [0]]")},
        {"a, a.b[2].c", OVERLAP("[a]", "[a, b, [2], c]")},
        {"a.b.d, a.b", OVERLAP("[a, b, d]", "[a, b]")},
        {"a.b.c, x, a.b.d, a.b", OVERLAP("[a, b, c]", "[a, b]")},
        {"b, #b", OVERLAP("[b]", "[b]")},
        {"#d, b, #d.z", OVERLAP("[x.y]", "[x.y, z]")},
        {"x, a.b, y, a.b.c, x", OVERLAP("[a, b]", "[a, b, c]")},
    };
    CHECK_REJECTED(f, EXPR_PROJECTION, rows, NAMES, NULL);
    static const char *const texts[] = {"a, b",        "a.b, a.c", "a.b.d, a.b.e", "a[1], a[2]",
                                        "a.b, a.c[2]", "#d, x.y",  "a.b, b.a",     "a[1].b, a[1].c"};
    CHECK_ACCEPTED(f, EXPR_PROJECTION, texts, NAMES, NULL);
#define CONFLICT(one, two)                                                                                   \
    "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: " one \
    ", path two: " two
    static const struct rejected conflicts[] = {
        {"a.b, a[1]", CONFLICT("[a, b]", "[a, [1]]")},
        {"a[1], a.b", CONFLICT("[a, [1]]", "[a, b]")},
        {"a.b.c, x, a[0].d.e", CONFLICT("[a, b, c]", "[a, [0], d, e]")},
        {"x.a[0][1], x.a[0].z", CONFLICT("[x, a, [0], [1]]", "[x, a, [0], z]")},
        {"a.b, a[0], c.d, c[0]", CONFLICT("[a, b]", "[a, [0]]")},
        /* An overlap goes before a conflict. */
        {"a.b, a[0], c, c", OVERLAP("[c]", "[c]")},
        {"a.b, a[0], a[0].x", OVERLAP("[a, [0]]", "[a, [0], x]")},
    };
    CHECK_REJECTED(f, EXPR_PROJECTION, conflicts, NULL, NULL);
}

static void errors_come_in_order(void **state)
{
    struct fixture *f = *state;
    static const struct rejected rows[] = {
        {"a, a, #x, status", "Attribute name is a reserved keyword; reserved keyword: status"},
        {"a, a, #x",
         "An expression attribute name used in the document path is not defined; attribute name: #x"},
        {"b.c, b[0], a, a", OVERLAP("[a]", "[a]")},
        {"b.c, b[0], a", CONFLICT("[b, c]", "[b, [0]]")},
    };
    CHECK_REJECTED(f, EXPR_PROJECTION, rows, NULL, NULL);
}

static void hundreds_of_paths_are_selected(void **state)
{
    struct fixture *f = *state;
    struct buf text;
    struct buf item;
    struct buf expected;
    buf_init(&text, &f->arena, 4096);
    buf_init(&item, &f->arena, 4096);
    buf_init(&expected, &f->arena, 4096);
    buf_append_literal(&item, "{\"l\":{\"L\":[");
    buf_append_literal(&expected, "{\"l\":{\"L\":[");
    for (int i = 0; i < 400; i++) {
        buf_printf(&text, "%sl[%d]", i ? "," : "", 399 - i);
        buf_printf(&item, "%s{\"N\":\"%d\"}", i ? "," : "", i);
        buf_printf(&expected, "%s{\"N\":\"%d\"}", i ? "," : "", i);
    }
    buf_append(&item, slice_of("]}}", 4));
    buf_append(&expected, slice_of("]}}", 4));
    buf_append_byte(&text, '\0');
    struct expr *e = fixture_expr(f, EXPR_PROJECTION, text.data, NULL, NULL);
    struct buf out;
    buf_init(&out, &f->arena, 16);
    struct json_writer w;
    json_writer_init(&w, &out);
    expr_project(e, fixture_item(f, item.data), &w);
    assert_true(slice_equal(buf_slice(&out), slice_from_cstr(expected.data)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(top_level_attributes_are_selected),
        TEST_CASE(nesting_is_kept),
        TEST_CASE(lists_are_compacted_in_index_order),
        TEST_CASE(what_is_not_there_is_left_out_with_its_parents),
        TEST_CASE(overlapping_paths_are_rejected),
        TEST_CASE(errors_come_in_order),
        TEST_CASE(hundreds_of_paths_are_selected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
