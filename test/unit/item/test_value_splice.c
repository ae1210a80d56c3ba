/* Splices: what they make is byte for byte what building the same container afresh makes, and counts for as much. */
#include "codec.h"
#include "item/value_builder.h"
#include "item/value_splice.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/arena.h"

static struct value value_of(const char *text)
{
    struct decoded d = decode_value(&arena, text);
    assert_true(d.ok);
    assert_int_equal(d.issue.code, ERR_NONE);
    return d.value;
}

/* ------------------------------------------------------------------ items around one container */

/* The item {"c": v, "d": {"S": "x"}}. */
static struct slice item_around(const struct value *v)
{
    struct value_builder b;
    uint32_t member;
    value_builder_init(&b, &arena, 256);
    struct value_builder_mark mark = value_builder_begin_item(&b);
    assert_true(value_builder_entry_begin(&b, SLICE("c"), &member));
    value_builder_member_end(&b, member, value_builder_copy(&b, v));
    assert_true(value_builder_entry_begin(&b, SLICE("d"), &member));
    value_builder_member_end(&b, member, value_builder_text(&b, VALUE_S, SLICE("x")));
    return value_builder_end_item(&b, mark);
}

/* The item around `base` with the splice in its place, which has to be the item around `expected`. */
static void assert_makes(struct value_splice *splice, const struct value *expected)
{
    struct slice former = item_around(&splice->base);
    struct value attributes;
    item_attributes(former, &attributes);
    /* The base that is in the item, so that its size need not be known. */
    bool found = value_member(&attributes, SLICE("c"), &splice->base);
    assert_true(found);
    value_splice_measure(splice);
    struct value_edit edit = {.at = 0, .removes = true, .content = EDIT_SPLICE, .splice = splice};
    struct value_splice root = {.base = attributes, .is_item = true, .edits = &edit, .edit_count = 1};
    value_splice_measure(&root);
    struct slice made = item_splice(&root, item_size_bytes(former), &arena);
    struct slice wanted = item_around(expected);
    assert_true(item_valid(made));
    assert_int_equal(item_size_bytes(made), item_size_bytes(wanted));
    assert_true(slice_equal(made, wanted));
    assert_int_equal(value_splice_size_bytes(splice), value_size_bytes(expected));
}

/* ------------------------------------------------------------------ each kind of edit */

static struct value_edit removal(uint32_t at)
{
    return (struct value_edit){.at = at, .removes = true};
}

static struct value_edit replacement(uint32_t at, const char *json)
{
    return (struct value_edit){.at = at, .removes = true, .content = EDIT_VALUE, .value = value_of(json)};
}

static struct value_edit insertion(uint32_t at, const char *name, const char *json)
{
    struct slice given = name ? slice_from_cstr(name) : SLICE_NONE;
    return (struct value_edit){.at = at, .content = EDIT_VALUE, .name = given, .value = value_of(json)};
}

static struct value_edit members(uint32_t at, const char *json, uint32_t first, uint32_t count)
{
    return (struct value_edit){
        .at = at, .content = EDIT_MEMBERS, .value = value_of(json), .first = first, .count = count};
}

static void assert_edits(const char *base, struct value_edit *edits, size_t count, const char *expected)
{
    struct value_splice splice = {.base = value_of(base), .edits = edits, .edit_count = count};
    struct value wanted = value_of(expected);
    assert_makes(&splice, &wanted);
}

#define ASSERT_EDITS(base, expected, ...)                    \
    assert_edits((base), (struct value_edit[]){__VA_ARGS__}, \
                 sizeof((struct value_edit[]){__VA_ARGS__}) / sizeof(struct value_edit), (expected))

#define ABC "{\"L\":[{\"S\":\"a\"},{\"S\":\"b\"},{\"S\":\"c\"}]}"
#define MAP "{\"M\":{\"k\":{\"N\":\"1\"},\"m\":{\"L\":[]}}}"

static void members_come_and_go(void **state)
{
    (void)state;
    ASSERT_EDITS(ABC, "{\"L\":[{\"S\":\"b\"},{\"S\":\"c\"}]}", removal(0));
    ASSERT_EDITS(ABC, "{\"L\":[]}", removal(0), removal(1), removal(2));
    ASSERT_EDITS(ABC, "{\"L\":[{\"S\":\"a\"},{\"NULL\":true},{\"S\":\"c\"}]}",
                 replacement(1, "{\"NULL\":true}"));
    ASSERT_EDITS(ABC, "{\"L\":[{\"N\":\"1\"},{\"S\":\"a\"},{\"S\":\"b\"},{\"S\":\"c\"},{\"N\":\"2\"}]}",
                 insertion(0, NULL, "{\"N\":\"1\"}"), insertion(3, NULL, "{\"N\":\"2\"}"));
    ASSERT_EDITS(ABC, "{\"L\":[{\"S\":\"a\"},{\"N\":\"1\"},{\"N\":\"2\"},{\"N\":\"3\"},{\"S\":\"c\"}]}",
                 insertion(1, NULL, "{\"N\":\"1\"}"), insertion(1, NULL, "{\"N\":\"2\"}"),
                 replacement(1, "{\"N\":\"3\"}"));
    ASSERT_EDITS(ABC, "{\"L\":[{\"S\":\"b\"},{\"S\":\"c\"},{\"S\":\"b\"}]}", removal(0),
                 members(3, ABC, 1, 1));
    ASSERT_EDITS("{\"L\":[]}", ABC, members(0, ABC, 0, 3));
    ASSERT_EDITS("{\"L\":[]}", "{\"L\":[]}", members(0, ABC, 1, 0));
    ASSERT_EDITS(MAP, "{\"M\":{\"k\":{\"N\":\"1\"}}}", removal(1));
    ASSERT_EDITS(MAP, "{\"M\":{\"k\":{\"S\":\"long\"},\"m\":{\"L\":[]}}}",
                 replacement(0, "{\"S\":\"long\"}"));
    ASSERT_EDITS(
        MAP,
        "{\"M\":{\"\":{\"N\":\"7\"},\"k\":{\"N\":\"1\"},\"l\":{\"NULL\":true},\"m\":{\"L\":[]},\"z\":{"
        "\"BOOL\":true}}}",
        insertion(0, "", "{\"N\":\"7\"}"), insertion(1, "l", "{\"NULL\":true}"),
        insertion(2, "z", "{\"BOOL\":true}"));
    ASSERT_EDITS("{\"M\":{}}", "{\"M\":{\"a\":{\"S\":\"\"}}}", insertion(0, "a", "{\"S\":\"\"}"));
}

static void splices_stand_in_one_another(void **state)
{
    (void)state;
    struct value base = value_of("{\"M\":{\"a\":{\"L\":[{\"S\":\"x\"},{\"M\":{\"n\":{\"N\":\"1\"}}}]},\"b\":"
                                 "{\"N\":\"2\"}}}");
    struct value list, map;
    assert_true(value_member(&base, SLICE("a"), &list));
    value_element(&list, 1, &map);
    struct value_edit number = replacement(0, "{\"N\":\"123456\"}");
    struct value_splice inner = {.base = map, .edits = &number, .edit_count = 1};
    value_splice_measure(&inner);
    struct value_edit in_list = {.at = 1, .removes = true, .content = EDIT_SPLICE, .splice = &inner};
    struct value_splice middle = {.base = list, .edits = &in_list, .edit_count = 1};
    value_splice_measure(&middle);
    struct value_edit edits[] = {
        {.at = 0, .removes = true, .content = EDIT_SPLICE, .splice = &middle},
        {.at = 1, .content = EDIT_SPLICE, .name = SLICE("aa"), .splice = &middle},
    };
    struct value_splice outer = {.base = base, .edits = edits, .edit_count = 2};
    struct value expected = value_of(
        "{\"M\":{\"a\":{\"L\":[{\"S\":\"x\"},{\"M\":{\"n\":{\"N\":\"123456\"}}}]},\"aa\":{\"L\":[{\"S\":"
        "\"x\"},{\"M\":{\"n\":{\"N\":\"123456\"}}}]},\"b\":{\"N\":\"2\"}}}");
    assert_makes(&outer, &expected);
}

/* ------------------------------------------------------------------ widths of directories */

/* A list of `count` strings of `size` bytes each. */
static struct value list_of(uint32_t count, size_t size)
{
    static const char text[200];
    struct value_builder b;
    value_builder_init(&b, &arena, 256);
    struct value_builder_mark mark = value_builder_begin(&b);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t member;
        assert_true(value_builder_member_begin(&b, &member));
        value_builder_member_end(&b, member, value_builder_text(&b, VALUE_S, slice_of(text, size)));
    }
    (void)value_builder_end_list(&b, mark);
    struct value v;
    value_read(buf_slice(&b.out), &v);
    return v;
}

static void the_directory_is_as_wide_as_it_must_be(void **state)
{
    (void)state;
    /* Members of 5 bytes: 51 of them fill 255 bytes, 13107 fill 65535. */
    static const uint32_t counts[] = {50, 51, 52, 53, 13106, 13107, 13108, 13109};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        for (int change = -2; change <= 2; change++) {
            struct value base = list_of(counts[i], 3);
            struct value expected = list_of((uint32_t)((int)counts[i] + change), 3);
            struct value more = list_of(2, 3);
            struct value_edit edits[2] = {removal(0), removal(7)};
            size_t edit_count = change < 0 ? (size_t)-change : change > 0;
            if (change > 0)
                edits[0] = (struct value_edit){
                    .at = 20, .content = EDIT_MEMBERS, .value = more, .count = (uint32_t)change};
            struct value_splice splice = {.base = base, .edits = edits, .edit_count = edit_count};
            assert_makes(&splice, &expected);
            arena_reset(&arena);
        }
    }
}

/* ------------------------------------------------------------------ sets */

/* A set of the numbers below `limit` whose bits are in `mask`, as JSON. */
static struct value set_of(enum value_type type, uint64_t mask)
{
    static const char *const names[] = {"SS", "NS", "BS"};
    struct buf text;
    buf_init(&text, &arena, 256);
    buf_printf(&text, "{\"%s\":[", names[type - VALUE_SS]);
    const char *separator = "";
    for (int i = 63; i >= 0; i--) {
        if (!(mask >> i & 1))
            continue;
        if (type == VALUE_BS)
            buf_printf(&text, "%s\"%c%cA=\"", separator, 'A' + i % 26, 'A' + i / 26);
        else
            buf_printf(&text, "%s\"%d\"", separator, i * i);
        separator = ",";
    }
    buf_append_literal(&text, "]}");
    return value_of(arena_copy_cstr(&arena, buf_slice(&text)));
}

static void check_sets(enum value_type type, uint64_t a, uint64_t b)
{
    struct value base = set_of(type, a);
    struct value other = set_of(type, b);
    struct value_splice splice;
    value_splice_union(&base, &other, &arena, &splice);
    assert_int_equal(splice.edit_count == 0, (a | b) == a);
    struct value expected = set_of(type, a | b);
    assert_makes(&splice, &expected);
    value_splice_difference(&base, &other, &arena, &splice);
    assert_int_equal(splice.edit_count == 0, (a & ~b) == a);
    assert_int_equal(splice.count, __builtin_popcountll(a & ~b));
    if (splice.count == 0)
        return;
    expected = set_of(type, a & ~b);
    assert_makes(&splice, &expected);
}

static void sets_are_united_and_lessened(void **state)
{
    (void)state;
    static const uint64_t masks[] = {
        1, 2, 3, 5, 0xF0, 0xFF, UINT64_MAX, 1ull << 63, 0xAAAAAAAAAAAAAAAA, 0x00FF00FF00FF00FF};
    for (enum value_type type = VALUE_SS; type <= VALUE_BS; type++) {
        for (size_t i = 0; i < sizeof masks / sizeof *masks; i++)
            for (size_t j = 0; j < sizeof masks / sizeof *masks; j++) {
                check_sets(type, masks[i], masks[j]);
                arena_reset(&arena);
            }
        srand(7);
        for (int i = 0; i < 300; i++) {
            uint64_t a = ((uint64_t)rand() << 33 ^ (uint64_t)rand()) | 1;
            uint64_t b = ((uint64_t)rand() << 33 ^ (uint64_t)rand()) | 2;
            check_sets(type, a, i % 3 ? b : (a & b) | 1);
            arena_reset(&arena);
        }
    }
}

/* ------------------------------------------------------------------ finding places */

static void what_is_not_there_has_a_place(void **state)
{
    (void)state;
    struct value map = value_of("{\"M\":{\"b\":{\"N\":\"1\"},\"d\":{\"N\":\"2\"},\"f\":{\"N\":\"3\"}}}");
    struct value set = value_of("{\"SS\":[\"b\",\"d\",\"f\"]}");
    static const char names[] = "abcdefg";
    static const uint32_t places[] = {0, 0, 1, 1, 2, 2, 3};
    for (size_t i = 0; i < 7; i++) {
        for (uint32_t from = 0; from <= places[i]; from++) {
            uint32_t at;
            struct value found;
            struct slice name = slice_of(names + i, 1);
            assert_int_equal(value_find_member(&map, name, from, &at, &found), i % 2 == 1);
            assert_int_equal(at, places[i]);
            assert_int_equal(value_find_in_set(&set, name, from, &at), i % 2 == 1);
            assert_int_equal(at, places[i]);
        }
    }
    struct value many = set_of(VALUE_NS, UINT64_MAX);
    for (uint32_t i = 0; i < many.count; i++) {
        struct value member;
        value_element(&many, i, &member);
        for (uint32_t from = 0; from <= i; from++) {
            uint32_t at;
            assert_true(value_find_in_set(&many, member.payload, from, &at));
            assert_int_equal(at, i);
        }
    }
}

static void depth_counts_lists_and_maps(void **state)
{
    (void)state;
    struct value v = value_of("{\"S\":\"\"}");
    assert_int_equal(value_depth(&v), 1);
    v = value_of("{\"SS\":[\"a\"]}");
    assert_int_equal(value_depth(&v), 1);
    v = value_of("{\"L\":[]}");
    assert_int_equal(value_depth(&v), 2);
    v = value_of("{\"L\":[{\"NS\":[\"1\"]},{\"M\":{\"a\":{\"L\":[{\"N\":\"1\"}]}}},{\"L\":[]}]}");
    assert_int_equal(value_depth(&v), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_and_go),
        cmocka_unit_test(splices_stand_in_one_another),
        cmocka_unit_test(the_directory_is_as_wide_as_it_must_be),
        cmocka_unit_test(sets_are_united_and_lessened),
        cmocka_unit_test(what_is_not_there_has_a_place),
        cmocka_unit_test(depth_counts_lists_and_maps),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
