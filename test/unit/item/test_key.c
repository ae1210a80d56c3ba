/* Keys: order of the bytes is order of the values, attribute by attribute. */
#include "codec.h"
#include "item/key.h"

#include <stdio.h>

#include "support/arena.h"

static struct value value_of(const char *text)
{
    struct decoded d = decode_value(&arena, text);
    assert_true(d.ok && d.issue.code == ERR_NONE);
    return d.value;
}

static struct slice composite(const struct value *values, size_t count)
{
    struct buf key;
    buf_init(&key, &arena, 1);
    for (size_t i = 0; i < count; i++)
        key_append(&key, &values[i]);
    return buf_slice(&key);
}

static void a_single_key_is_the_bare_value(void **state)
{
    (void)state;
    struct value s = value_of("{\"S\":\"a\\u0000b\"}"), b = value_of("{\"B\":\"AAE=\"}"),
                 n = value_of("{\"N\":\"1\"}");
    assert_true(slice_equal(key_single(&s), slice_of("a\0b", 3)));
    assert_true(slice_equal(key_single(&b), slice_of("\0\1", 2)));
    assert_true(slice_equal(key_single(&n), SLICE("\xC2\x02")));
}

static void a_prefix_of_a_string_is_a_prefix_of_its_key(void **state)
{
    (void)state;
    struct value whole = value_of("{\"S\":\"order#2024-01\"}"), part = value_of("{\"S\":\"order#\"}");
    assert_true(slice_starts_with(key_single(&whole), key_single(&part)));
}

static void composite_bytes_are_those_of_the_format(void **state)
{
    (void)state;
    struct value values[] = {value_of("{\"S\":\"a\\u0000b\"}"), value_of("{\"N\":\"1\"}"),
                             value_of("{\"B\":\"AP8A\"}"), value_of("{\"S\":\"\"}")};
    static const char expected[] = "a\0\xFF"
                                   "b\0\0"
                                   "\xC2\x02"
                                   "\0\xFF\xFF\0\xFF\0\0"
                                   "\0\0";
    struct slice key = composite(values, 4);
    assert_int_equal(key.size, sizeof expected - 1);
    assert_memory_equal(key.data, expected, key.size);
}

static int sign_of(int n)
{
    return (n > 0) - (n < 0);
}

/* All pairs of all triples over values that are close to each other. */
static void order_is_by_the_first_then_the_second_then_the_third(void **state)
{
    (void)state;
    static const char *const texts[3][7] = {
        {"{\"S\":\"\"}", "{\"S\":\"\\u0000\"}", "{\"S\":\"\\u0000\\u0000\"}", "{\"S\":\"\\u0001\"}",
         "{\"S\":\"a\"}", "{\"S\":\"a\\u0000\"}", "{\"S\":\"ab\"}"},
        {"{\"N\":\"0\"}", "{\"N\":\"1\"}", "{\"N\":\"1.5\"}", "{\"N\":\"-1\"}", "{\"N\":\"-1.5\"}",
         "{\"N\":\"1e125\"}", "{\"N\":\"-1e125\"}"},
        {"{\"B\":\"\"}", "{\"B\":\"AA==\"}", "{\"B\":\"AP8=\"}", "{\"B\":\"/w==\"}", "{\"B\":\"//8=\"}",
         "{\"B\":\"AAA=\"}", "{\"B\":\"AQ==\"}"},
    };
    struct value values[3][7];
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 7; k++)
            values[i][k] = value_of(texts[i][k]);
    }
    static struct slice keys[343];
    for (int i = 0; i < 343; i++) {
        struct value triple[3] = {values[0][i / 49], values[1][i / 7 % 7], values[2][i % 7]};
        keys[i] = composite(triple, 3);
    }
    for (int i = 0; i < 343; i++) {
        for (int k = 0; k < 343; k++) {
            int expected = sign_of(value_compare(&values[0][i / 49], &values[0][k / 49]));
            if (expected == 0)
                expected = sign_of(value_compare(&values[1][i / 7 % 7], &values[1][k / 7 % 7]));
            if (expected == 0)
                expected = sign_of(value_compare(&values[2][i % 7], &values[2][k % 7]));
            assert_int_equal(sign_of(slice_compare(keys[i], keys[k])), expected);
        }
    }
}

/* The attributes before the last make a prefix that no other values share: a Query on them is a range scan. */
static void leading_attributes_make_a_prefix_of_their_own(void **state)
{
    (void)state;
    struct value a[] = {value_of("{\"S\":\"a\"}"), value_of("{\"N\":\"1\"}")};
    struct value ab[] = {value_of("{\"S\":\"ab\"}"), value_of("{\"N\":\"1\"}")};
    struct value a_nul[] = {value_of("{\"S\":\"a\\u0000\"}"), value_of("{\"N\":\"1\"}")};
    struct slice prefix = composite(a, 1);
    assert_true(slice_starts_with(composite(a, 2), prefix));
    assert_false(slice_starts_with(composite(ab, 2), prefix));
    assert_false(slice_starts_with(composite(a_nul, 2), prefix));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_key_is_the_bare_value),
        cmocka_unit_test(a_prefix_of_a_string_is_a_prefix_of_its_key),
        cmocka_unit_test(composite_bytes_are_those_of_the_format),
        cmocka_unit_test(order_is_by_the_first_then_the_second_then_the_third),
        cmocka_unit_test(leading_attributes_make_a_prefix_of_their_own),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
