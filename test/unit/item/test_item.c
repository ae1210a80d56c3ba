/* Items: header, size, lookup, and the check of bytes of unknown origin. */
#include "codec.h"

#include <stdio.h>

#include "support/arena.h"

static struct slice item_of(const char *text)
{
    struct slice item = sound_item(&arena, slice_from_cstr(text));
    assert_false(slice_is_none(item));
    return item;
}

static void an_item_is_version_size_and_a_map(void **state)
{
    (void)state;
    struct slice item = item_of("{\"b\":{\"N\":\"0\"},\"a\":{\"S\":\"x\"}}");
    static const char expected[] = "\x01"
                                   "\x04\0\0\0"
                                   "\x09\x02\x05\x0A"
                                   "\1a\0\1x"
                                   "\1b\1\1\x80";
    assert_int_equal(item.size, sizeof expected - 1);
    assert_memory_equal(item.data, expected, item.size);
}

static void size_counts_names_and_values(void **state)
{
    (void)state;
    assert_int_equal(item_size_bytes(item_of("{}")), 0);
    assert_int_equal(item_size_bytes(item_of("{\"a\":{\"S\":\"\"}}")), 1);
    assert_int_equal(item_size_bytes(item_of("{\"\xC3\xA9\":{\"S\":\"\xC3\xA9\"},\"n\":{\"N\":\"-123\"}}")),
                     4 + 5);
    assert_int_equal(item_size_bytes(item_of("{\"m\":{\"M\":{\"k\":{\"L\":[{\"NULL\":true}]}}}}")),
                     1 + (3 + 1 + 1 + (3 + 1 + 1)));
}

static void attributes_are_found_by_name(void **state)
{
    (void)state;
    struct slice item = item_of("{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"7\"},\"data\":{\"B\":\"AA==\"}}");
    struct value v;
    assert_true(item_attribute(item, SLICE("pk"), &v));
    assert_int_equal(v.type, VALUE_S);
    assert_true(slice_equal(v.payload, SLICE("p")));
    assert_true(item_attribute(item, SLICE("sk"), &v));
    assert_int_equal(v.type, VALUE_N);
    assert_true(item_attribute(item, SLICE("data"), &v));
    assert_int_equal(v.type, VALUE_B);
    assert_false(item_attribute(item, SLICE("p"), &v));
    assert_false(item_attribute(item, SLICE("pkk"), &v));
    assert_false(item_attribute(item_of("{}"), SLICE("pk"), &v));
}

/* 400 KB of a hundred thousand elements. */
static void the_largest_items_hold(void **state)
{
    (void)state;
    static const struct {
        const char *begin, *element, *end;
        uint32_t count;
        size_t size;
    } cases[] = {
        /* Ends with an element of its own, so that the text needs no comma care. */
        {"{\"l\":{\"L\":[", "{\"S\":\"abc\"},", "{\"NULL\":true}]}}", 102398, 1 + 3 + 102398 * 4 + 2},
        {"{\"l\":{\"L\":[", "{\"S\":\"\"},", "{\"NULL\":true}]}}", 409000, 1 + 3 + 409000 + 2},
        {"{\"l\":{\"L\":[", "{\"L\":[]},", "{\"NULL\":true}]}}", 102000, 1 + 3 + 102000 * 4 + 2},
        {"{\"l\":{\"L\":[", "{\"M\":{\"\":{\"S\":\"\"}}},", "{\"NULL\":true}]}}", 81000,
         1 + 3 + 81000 * 5 + 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena local;
        arena_init(&local, 65536);
        struct buf text;
        buf_init(&text, &local, 1 << 20);
        buf_append(&text, slice_from_cstr(cases[i].begin));
        for (uint32_t k = 0; k < cases[i].count; k++)
            buf_append(&text, slice_from_cstr(cases[i].element));
        buf_append(&text, slice_from_cstr(cases[i].end));
        struct slice item = sound_item(&local, buf_slice(&text));
        assert_false(slice_is_none(item));
        assert_int_equal(item_size_bytes(item), cases[i].size);
        assert_true(item_size_bytes(item) <= ITEM_SIZE_BYTES_MAX);
        assert_true(item_valid(item));
        assert_true(item.size < 7 * item_size_bytes(item)); /* a small multiple */
        assert_true(slice_equal(encode_item(&local, item), buf_slice(&text)));
        arena_release(&local);
    }
}

static void sixty_thousand_attributes_in_any_order_hold(void **state)
{
    (void)state;
    enum { COUNT = 60000, STEP = 7919 };
    struct buf text;
    buf_init(&text, &arena, 1 << 20);
    for (uint32_t i = 0; i < COUNT; i++)
        buf_printf(&text, "%c\"%05x\":{\"BOOL\":true}", i ? ',' : '{',
                   (uint32_t)((uint64_t)i * STEP % COUNT));
    buf_append_byte(&text, '}');
    struct slice item = sound_item(&arena, buf_slice(&text));
    assert_false(slice_is_none(item));
    assert_true(item_valid(item));
    assert_int_equal(item_size_bytes(item), COUNT * 6);
    struct value attributes, v;
    struct slice name;
    item_attributes(item, &attributes);
    assert_int_equal(attributes.count, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        char expected[8];
        snprintf(expected, sizeof expected, "%05x", i);
        value_entry(&attributes, i, &name, &v);
        assert_true(slice_equal(name, slice_from_cstr(expected)));
    }
}

/* ------------------------------------------------------------------ item_valid */

/* From hexadecimal, blanks ignored, without a byte behind the end. */
static bool valid_hex(const char *hex)
{
    char *bytes = malloc(strlen(hex) / 2 + 1);
    size_t size = 0;
    for (const char *at = hex; *at; at++) {
        unsigned byte;
        if (*at == ' ')
            continue;
        assert_int_equal(sscanf(at, "%2x", &byte), 1);
        bytes[size++] = (char)byte;
        at++;
    }
    bytes = realloc(bytes, size ? size : 1);
    bool valid = item_valid(slice_of(bytes, size));
    free(bytes);
    return valid;
}

static void what_the_format_describes_is_valid(void **state)
{
    (void)state;
    assert_true(valid_hex("01 00000000 0900"));
    assert_true(valid_hex("01 02000000 0901 05 0161 000161"));
    assert_true(valid_hex("01 02000000 0901 03 0161 13"));
    assert_true(valid_hex("01 06000000 0901 06 0161 0801 01 04"));
    assert_true(valid_hex("01 03000000 0901 0c 0161 0502 0306 000161 000162"));
}

static void what_the_format_does_not_describe_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        const char *why;
    } cases[] = {
        {"", "nothing"},
        {"01", "no size"},
        {"01 00000000", "no map"},
        {"00 00000000 0900", "version"},
        {"02 00000000 0900", "version"},
        {"01 01000000 0900", "size"},
        {"01 00000000 0800", "a list"},
        {"01 00000000 0004", "a string"},
        {"01 00000000 1900", "an empty map with wide offsets"},
        {"01 00000000 098000", "count longer than it need be"},
        {"01 00000000 0980808080 8000", "count too long"},
        {"01 00000000 09ffffffff0f", "count beyond the bytes"},
        {"01 00000000 090000", "bytes behind"},
        {"01 01000000 0901 02 00 13", "empty attribute name"},
        {"01 02000000 0901 02 0161", "no value"},
        {"01 02000000 0901 04 0161 13 00", "bytes behind a value"},
        {"01 05000000 0901 06 0161 0801 01 04", "size of a list"},
        {"01 02000000 0901 04 0161 13", "offset beyond the end"},
        {"01 02000000 0901 02 0161 13", "offset before the end"},
        {"01 02000000 1901 0300 0161 13", "offset wider than it need be"},
        {"01 02000000 0901 03 0161 23", "BOOL of another value"},
        {"01 02000000 0901 03 0161 14", "NULL with a bit"},
        {"01 02000000 0901 03 0161 0a", "unknown type"},
        {"01 02000000 0901 05 0161 100162", "S with a bit"},
        {"01 02000000 0901 05 0161 000262", "string beyond the end"},
        {"01 02000000 0901 06 0161 00810062", "length longer than it need be"},
        {"01 02000000 0901 05 0161 0001ff", "not UTF-8"},
        {"01 02000000 0901 03 01ff 13", "name not UTF-8"},
        {"01 02000000 0901 05 0161 010181", "no number"},
        {"01 04000000 0902 0306 0162 13 0161 13", "names out of order"},
        {"01 04000000 0902 0306 0161 13 0161 13", "a name twice"},
        {"01 04000000 0902 0603 0161 13 0162 13", "offsets falling"},
        {"01 01000000 0901 04 0161 0500", "empty set"},
        {"01 03000000 0901 0c 0161 0502 0306 000162 000161", "set out of order"},
        {"01 03000000 0901 0c 0161 0502 0306 000161 000161", "a member twice"},
        {"01 02000000 0901 08 0161 0501 03 010180", "a number in a string set"},
        {"01 06000000 0901 09 0161 0501 05 0501 03 000161", "a set in a set"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (valid_hex(cases[i].hex))
            fail_msg("%s: %s", cases[i].why, cases[i].hex);
    }
}

/* A list of one, `levels` deep in all with the scalar, as an attribute. */
static bool nested_lists_valid(unsigned levels)
{
    char value[256] = {4};
    size_t size = 1;
    for (unsigned i = 1; i < levels; i++) {
        memmove(value + 3, value, size);
        memcpy(value, "\x08\x01", 2);
        value[2] = (char)size;
        size += 3;
    }
    char item[300] = "\x01\0\0\0\0\x09\x01";
    size_t size_bytes = 1 + 4 * (levels - 1) + 1;
    item[1] = (char)size_bytes;
    item[7] = (char)(size + 2);
    memcpy(item + 8,
           "\x01"
           "a",
           2);
    memcpy(item + 10, value, size);
    return item_valid(slice_of(item, 10 + size));
}

static void deeper_than_32_levels_is_not_valid(void **state)
{
    (void)state;
    for (unsigned levels = 1; levels < 40; levels++)
        assert_int_equal(nested_lists_valid(levels), levels <= VALUE_DEPTH_MAX);
}

/* No truncation of an item is one, and no changed byte goes unnoticed unless the result is a sound item. */
static void damage_is_noticed_or_harmless(void **state)
{
    (void)state;
    struct slice item = item_of("{\"pk\":{\"S\":\"p\\u00e9\"},\"n\":{\"NS\":[\"1\",\"2.5\"]},\"m\":{\"M\":{"
                                "\"a\":{\"L\":[{\"BOOL\":true},"
                                "{\"B\":\"AAEC\"}]},\"b\":{\"SS\":[\"x\",\"y\"]}}}}");
    assert_true(item_valid(item));
    struct arena local;
    arena_init(&local, 4096);
    for (size_t size = 0; size < item.size; size++) {
        char *cut = malloc(size ? size : 1);
        memcpy(cut, item.data, size);
        assert_false(item_valid(slice_of(cut, size)));
        free(cut);
    }
    char *bytes = malloc(item.size);
    for (size_t at = 0; at < item.size; at++) {
        for (int byte = 0; byte < 256; byte++) {
            memcpy(bytes, item.data, item.size);
            bytes[at] = (char)byte;
            struct slice damaged = slice_of(bytes, item.size);
            if (!item_valid(damaged))
                continue;
            struct slice text = encode_item(&local, damaged);
            struct slice again = sound_item(&local, text);
            assert_true(slice_equal(again, damaged));
            arena_reset(&local);
        }
    }
    free(bytes);
    arena_release(&local);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_is_version_size_and_a_map),
        cmocka_unit_test(size_counts_names_and_values),
        cmocka_unit_test(attributes_are_found_by_name),
        cmocka_unit_test(the_largest_items_hold),
        cmocka_unit_test(sixty_thousand_attributes_in_any_order_hold),
        cmocka_unit_test(what_the_format_describes_is_valid),
        cmocka_unit_test(what_the_format_does_not_describe_is_not),
        cmocka_unit_test(deeper_than_32_levels_is_not_valid),
        cmocka_unit_test(damage_is_noticed_or_harmless),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
