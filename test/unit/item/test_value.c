/* Stored values: bytes by docs/format.md#value, directories, sets, sizes by semantics.md 4.3. */
#include "codec.h"
#include "item/value_builder.h"

#include <stdio.h>

#include "support/arena.h"

static struct value value_of(const char *text)
{
    struct decoded d = decode_value(&arena, text);
    assert_true(d.ok);
    assert_int_equal(d.issue.code, ERR_NONE);
    return d.value;
}

static void assert_stored(const char *text, const char *hex)
{
    struct value v = value_of(text);
    struct buf actual;
    buf_init(&actual, &arena, 64);
    for (size_t i = 0; i < v.encoded.size; i++)
        buf_printf(&actual, "%02x", (unsigned char)v.encoded.data[i]);
    buf_append_byte(&actual, '\0');
    assert_string_equal(actual.data, hex);
}

static void bytes_are_those_of_the_format(void **state)
{
    (void)state;
    assert_stored("{\"S\":\"\"}", "0000");
    assert_stored("{\"S\":\"abc\"}", "0003616263");
    assert_stored("{\"N\":\"0\"}", "010180");
    assert_stored("{\"N\":\"-1\"}", "01023dfd");
    assert_stored("{\"B\":\"AP8=\"}", "020200ff");
    assert_stored("{\"BOOL\":false}", "03");
    assert_stored("{\"BOOL\":true}", "13");
    assert_stored("{\"NULL\":true}", "04");
    assert_stored("{\"SS\":[\"b\",\"a\"]}", "05"
                                            "02"
                                            "0306"
                                            "000161"
                                            "000162");
    assert_stored("{\"NS\":[\"1\",\"0\"]}", "06"
                                            "02"
                                            "0307"
                                            "010180"
                                            "0102c202");
    assert_stored("{\"BS\":[\"AA==\"]}", "07"
                                         "01"
                                         "03"
                                         "020100");
    assert_stored("{\"L\":[]}", "0800");
    assert_stored("{\"L\":[{\"NULL\":true},{\"L\":[]}]}", "08"
                                                          "02"
                                                          "0103"
                                                          "04"
                                                          "0800");
    assert_stored("{\"M\":{}}", "0900");
    assert_stored("{\"M\":{\"b\":{\"BOOL\":true},\"\":{\"S\":\"x\"}}}", "09"
                                                                        "02"
                                                                        "0407"
                                                                        "00"
                                                                        "000178"
                                                                        "0162"
                                                                        "13");
}

static void lengths_take_more_bytes_when_they_must(void **state)
{
    (void)state;
    for (size_t size = 126; size <= 129; size++) {
        char *text = arena_printf(&arena, "{\"S\":\"%0*d\"}", (int)size, 0);
        struct value v = value_of(text);
        assert_int_equal(v.encoded.size, 1 + (size < 128 ? 1 : 2) + size);
        assert_int_equal(v.payload.size, size);
    }
}

static void directories_are_as_narrow_as_they_can_be(void **state)
{
    (void)state;
    /* A list of one string: its only offset is the string's stored size. */
    static const struct {
        size_t stored;
        unsigned width;
    } cases[] = {{255, 1}, {256, 2}, {65535, 2}, {65536, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t length = cases[i].stored - (cases[i].stored < 1000 ? 3 : 4);
        char *text = arena_printf(&arena, "{\"L\":[{\"S\":\"%0*d\"}]}", (int)length, 0);
        struct value v = value_of(text);
        assert_int_equal((unsigned char)v.encoded.data[0], 8 | (cases[i].width / 2) << 4);
        assert_int_equal(v.encoded.size, 2 + cases[i].width + cases[i].stored);
        struct value element;
        value_element(&v, 0, &element);
        assert_int_equal(element.payload.size, length);
    }
}

static void every_type_has_its_wire_name(void **state)
{
    (void)state;
    static const char *const names[VALUE_TYPE_COUNT] = {"S",  "N",  "B",  "BOOL", "NULL",
                                                        "SS", "NS", "BS", "L",    "M"};
    enum value_type type;
    for (unsigned i = 0; i < VALUE_TYPE_COUNT; i++) {
        assert_string_equal(value_type_name((enum value_type)i), names[i]);
        assert_true(value_type_from_name(slice_from_cstr(names[i]), &type));
        assert_int_equal(type, i);
    }
    static const char *const none[] = {"",    "s",     "X",    "A",   "T", "SN",
                                       "BOO", "BOOLE", "null", "SSS", "O", "\xFF"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(value_type_from_name(slice_from_cstr(none[i]), &type));
}

/* A map, list and set of `count` members each, with names n0 n1 ... in mixed order. */
static struct value large(const char *type, uint32_t count)
{
    struct buf text;
    buf_init(&text, &arena, 1024);
    bool map = *type == 'M', list = *type == 'L';
    buf_printf(&text, "{\"%s\":%c", type, map ? '{' : '[');
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = (uint32_t)((uint64_t)i * 7919 % count); /* 7919 is prime: each once */
        if (i)
            buf_append_byte(&text, ',');
        if (map)
            buf_printf(&text, "\"n%u\":{\"N\":\"%u\"}", number, number);
        else if (list)
            buf_printf(&text, "{\"N\":\"%u\"}", number);
        else
            buf_printf(&text, "\"%u\"", number);
    }
    buf_append(&text, map ? SLICE("}}") : SLICE("]}"));
    struct decoded d = decode(&arena, buf_slice(&text), false);
    assert_true(d.ok);
    assert_int_equal(d.issue.code, ERR_NONE);
    assert_int_equal(d.value.count, count);
    return d.value;
}

static void assert_number(const struct value *v, uint32_t number)
{
    char text[32];
    snprintf(text, sizeof text, "{\"N\":\"%u\"}", number);
    assert_true(slice_equal(encode_value(&arena, v), slice_from_cstr(text)));
}

static void every_member_of_a_map_is_found(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 1, 2, 3, 5, 24, 25, 48, 49, 100, 5000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct value map = large("M", counts[i]);
        struct slice previous = SLICE_NONE;
        for (uint32_t k = 0; k < counts[i]; k++) {
            char name[16];
            struct value v;
            snprintf(name, sizeof name, "n%u", k);
            assert_true(value_member(&map, slice_from_cstr(name), &v));
            assert_number(&v, k);
            snprintf(name, sizeof name, "n%u.", k);
            assert_false(value_member(&map, slice_from_cstr(name), &v));
            struct slice entry;
            value_entry(&map, k, &entry, &v);
            assert_true(slice_is_none(previous) || slice_compare(previous, entry) < 0);
            previous = entry;
        }
        struct value v;
        assert_false(value_member(&map, SLICE(""), &v));
        assert_false(value_member(&map, SLICE("m"), &v));
        assert_false(value_member(&map, SLICE("z"), &v));
    }
}

static void a_list_keeps_its_order(void **state)
{
    (void)state;
    struct value list = large("L", 3000);
    for (uint32_t i = 0; i < 3000; i++) {
        struct value v;
        value_element(&list, i, &v);
        assert_number(&v, i * 7919 % 3000);
    }
}

static void one_after_another_or_by_index_members_are_the_same(void **state)
{
    (void)state;
    static const char *const types[] = {"L", "SS", "NS", "M"};
    for (size_t t = 0; t < 4; t++) {
        struct value container = large(types[t], 700);
        struct slice members = value_members(&container);
        for (uint32_t i = 0; i < container.count; i++) {
            struct value member, next;
            struct slice name, next_name;
            if (container.type == VALUE_M) {
                value_entry(&container, i, &name, &member);
                value_next_entry(&members, &next_name, &next);
                assert_true(slice_equal(name, next_name));
            } else {
                value_element(&container, i, &member);
                value_next_element(&members, &next);
            }
            assert_int_equal(member.type, next.type);
            assert_ptr_equal(member.payload.data, next.payload.data);
            assert_true(value_equal(&member, &next));
        }
        assert_int_equal(members.size, 0);
    }
}

static void a_set_finds_its_members_and_no_others(void **state)
{
    (void)state;
    static const char *const types[] = {"SS", "NS"};
    for (size_t t = 0; t < 2; t++) {
        struct value set = large(types[t], 2000);
        for (uint32_t i = 0; i < 4000; i++) {
            char text[32];
            snprintf(text, sizeof text, "{\"%c\":\"%u\"}", *types[t], i);
            struct value member = value_of(text);
            assert_int_equal(value_set_contains(&set, &member), i < 2000);
        }
        struct value previous = {0};
        for (uint32_t i = 0; i < set.count; i++) {
            struct value member;
            value_element(&set, i, &member);
            assert_int_equal(member.type, t == 0 ? VALUE_S : VALUE_N);
            assert_true(i == 0 || value_compare(&previous, &member) < 0);
            previous = member;
        }
    }
    struct value binaries = value_of("{\"BS\":[\"AA==\",\"/w==\",\"\"]}");
    struct value empty = value_of("{\"B\":\"\"}"), absent = value_of("{\"B\":\"AAA=\"}");
    assert_true(value_set_contains(&binaries, &empty));
    assert_false(value_set_contains(&binaries, &absent));
}

static void scalars_compare_by_number_or_bytes(void **state)
{
    (void)state;
    static const char *const ascending[][2] = {
        {"{\"N\":\"9\"}", "{\"N\":\"10\"}"},
        {"{\"N\":\"-10\"}", "{\"N\":\"-9\"}"},
        {"{\"N\":\"-1\"}", "{\"N\":\"0\"}"},
        {"{\"S\":\"10\"}", "{\"S\":\"9\"}"},
        {"{\"S\":\"\"}", "{\"S\":\"a\"}"},
        {"{\"S\":\"a\"}", "{\"S\":\"a\\u0000\"}"},
        {"{\"S\":\"Z\"}", "{\"S\":\"a\"}"},
        {"{\"S\":\"z\"}", "{\"S\":\"\\u00e9\"}"},
        {"{\"S\":\"\\uffff\"}", "{\"S\":\"\\ud800\\udc00\"}"}, /* by UTF-8, not by UTF-16 */
        {"{\"B\":\"fw==\"}", "{\"B\":\"gA==\"}"},
    };
    for (size_t i = 0; i < sizeof ascending / sizeof *ascending; i++) {
        struct value low = value_of(ascending[i][0]), high = value_of(ascending[i][1]);
        assert_true(value_compare(&low, &high) < 0);
        assert_true(value_compare(&high, &low) > 0);
        assert_int_equal(value_compare(&low, &low), 0);
        assert_false(value_equal(&low, &high));
    }
}

static void equality_is_deep_and_blind_to_order(void **state)
{
    (void)state;
    struct value a =
        value_of("{\"M\":{\"x\":{\"SS\":[\"1\",\"2\"]},\"y\":{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"}]}}}");
    struct value b =
        value_of("{\"M\":{\"y\":{\"L\":[{\"N\":\"1.0\"},{\"N\":\"2\"}]},\"x\":{\"SS\":[\"2\",\"1\"]}}}");
    struct value c =
        value_of("{\"M\":{\"x\":{\"SS\":[\"1\",\"2\"]},\"y\":{\"L\":[{\"N\":\"2\"},{\"N\":\"1\"}]}}}");
    assert_true(value_equal(&a, &b));
    assert_false(value_equal(&a, &c)); /* lists have an order */
    struct value s = value_of("{\"S\":\"1\"}"), n = value_of("{\"N\":\"1\"}"),
                 bytes = value_of("{\"B\":\"MQ==\"}");
    assert_false(value_equal(&s, &n));
    assert_false(value_equal(&s, &bytes));
    struct value yes = value_of("{\"BOOL\":true}"), no = value_of("{\"BOOL\":false}");
    assert_false(value_equal(&yes, &no));
}

static void sizes_are_those_of_the_reference(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t size;
    } cases[] = {
        {"{\"S\":\"\"}", 0},
        {"{\"S\":\"\xE2\x82\xAC\"}", 3},
        {"{\"B\":\"AAEC\"}", 3},
        {"{\"BOOL\":false}", 1},
        {"{\"NULL\":true}", 1},
        {"{\"N\":\"0\"}", 1},
        {"{\"N\":\"-12\"}", 3},
        {"{\"SS\":[\"ab\",\"\",\"c\"]}", 3},
        {"{\"NS\":[\"1\",\"-1\",\"0\"]}", 2 + 3 + 1},
        {"{\"BS\":[\"AAEC\",\"AA==\"]}", 4},
        {"{\"L\":[]}", 3},
        {"{\"M\":{}}", 3},
        {"{\"L\":[{\"S\":\"abc\"},{\"NULL\":true}]}", 3 + (1 + 3) + (1 + 1)},
        {"{\"M\":{\"ab\":{\"S\":\"abc\"},\"c\":{\"N\":\"1\"}}}", 3 + (1 + 2 + 3) + (1 + 1 + 2)},
        {"{\"L\":[{\"M\":{\"k\":{\"L\":[{\"BOOL\":true}]}}}]}", 3 + 1 + (3 + 1 + 1 + (3 + 1 + 1))},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct value v = value_of(cases[i].text);
        assert_int_equal(value_size_bytes(&v), cases[i].size);
    }
}

/* The same value by the builder alone, from parts that are in stored form already. */
static void a_value_can_be_built_from_others(void **state)
{
    (void)state;
    struct value one = value_of("{\"N\":\"1\"}"), list = value_of("{\"L\":[{\"S\":\"x\"}]}");
    struct value_builder b;
    uint32_t member;
    value_builder_init(&b, &arena, 1);
    struct value_builder_mark map = value_builder_begin(&b);
    assert_true(value_builder_entry_begin(&b, SLICE("z"), &member));
    value_builder_member_end(&b, member, value_builder_copy(&b, &list));
    assert_true(value_builder_entry_begin(&b, SLICE("set"), &member));
    struct value_builder_mark set = value_builder_begin(&b);
    for (int i = 1; i >= 0; i--) {
        uint32_t inner;
        assert_true(value_builder_member_begin(&b, &inner));
        value_builder_member_end(&b, inner, value_builder_text(&b, VALUE_S, i ? SLICE("q") : SLICE("p")));
    }
    size_t size;
    assert_true(value_builder_end_set(&b, set, VALUE_SS, &size));
    value_builder_member_end(&b, member, size);
    assert_true(value_builder_entry_begin(&b, SLICE("a"), &member));
    value_builder_member_end(&b, member, value_builder_copy(&b, &one));
    size = value_builder_end_map(&b, map);

    struct value built;
    value_read(buf_slice(&b.out), &built);
    struct value expected = value_of(
        "{\"M\":{\"a\":{\"N\":\"1\"},\"set\":{\"SS\":[\"p\",\"q\"]},\"z\":{\"L\":[{\"S\":\"x\"}]}}}");
    assert_true(value_equal(&built, &expected));
    assert_int_equal(size, value_size_bytes(&expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_those_of_the_format),
        cmocka_unit_test(lengths_take_more_bytes_when_they_must),
        cmocka_unit_test(directories_are_as_narrow_as_they_can_be),
        cmocka_unit_test(every_type_has_its_wire_name),
        cmocka_unit_test(every_member_of_a_map_is_found),
        cmocka_unit_test(a_list_keeps_its_order),
        cmocka_unit_test(one_after_another_or_by_index_members_are_the_same),
        cmocka_unit_test(a_set_finds_its_members_and_no_others),
        cmocka_unit_test(scalars_compare_by_number_or_bytes),
        cmocka_unit_test(equality_is_deep_and_blind_to_order),
        cmocka_unit_test(sizes_are_those_of_the_reference),
        cmocka_unit_test(a_value_can_be_built_from_others),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
