/* Fingerprints of requests. docs/format.md#tokens. */
#include "engine/fingerprint.h"
#include "support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>

struct result {
    unsigned char bytes[REQUEST_FINGERPRINT_BYTES];
};

static struct result finish(struct fingerprint *f)
{
    struct result r;
    fingerprint_finish(f, r.bytes);
    return r;
}

static struct result of(struct slice first, struct slice second)
{
    struct fingerprint f;
    fingerprint_init(&f);
    fingerprint_add(&f, first);
    fingerprint_add(&f, second);
    return finish(&f);
}

/* Two members as a JSON object has them, and a part behind it. */
static struct result of_members(struct slice a, struct slice a_value, struct slice b, struct slice b_value)
{
    struct fingerprint f;
    fingerprint_init(&f);
    fingerprint_add_number(&f, 1);
    fingerprint_add_member(&f, a, a_value);
    fingerprint_add_member(&f, b, b_value);
    fingerprint_add(&f, SLICE("behind"));
    return finish(&f);
}

static void assert_same(struct result a, struct result b)
{
    assert_memory_equal(a.bytes, b.bytes, sizeof a.bytes);
}

static void assert_other(struct result a, struct result b)
{
    assert_memory_not_equal(a.bytes, b.bytes, sizeof a.bytes);
    assert_memory_not_equal(a.bytes, b.bytes, 8);
    assert_memory_not_equal(a.bytes + 8, b.bytes + 8, 8);
}

static void equal_parts_have_equal_fingerprints(void **state)
{
    (void)state;
    assert_same(of(SLICE("a"), SLICE("b")), of(SLICE("a"), SLICE("b")));
}

static void order_and_boundaries_matter(void **state)
{
    (void)state;
    assert_other(of(SLICE("a"), SLICE("b")), of(SLICE("b"), SLICE("a")));
    assert_other(of(SLICE("ab"), SLICE("c")), of(SLICE("a"), SLICE("bc")));
    assert_other(of(SLICE("ab"), SLICE("")), of(SLICE(""), SLICE("ab")));
}

static void absent_is_not_empty(void **state)
{
    (void)state;
    assert_other(of(SLICE_NONE, SLICE("b")), of(SLICE(""), SLICE("b")));
    assert_other(of(SLICE("a"), SLICE_NONE), of(SLICE("a"), SLICE("")));
}

static void members_have_no_order(void **state)
{
    (void)state;
    assert_same(of_members(SLICE("#a"), SLICE("x"), SLICE("#b"), SLICE("y")),
                of_members(SLICE("#b"), SLICE("y"), SLICE("#a"), SLICE("x")));
    assert_other(of_members(SLICE("#a"), SLICE("x"), SLICE("#b"), SLICE("y")),
                 of_members(SLICE("#a"), SLICE("y"), SLICE("#b"), SLICE("x")));
}

static void what_members_belong_to_matters(void **state)
{
    struct fingerprint f, g;
    (void)state;
    fingerprint_init(&f);
    fingerprint_add_member(&f, SLICE("#a"), SLICE("x"));
    fingerprint_add_number(&f, 7);
    fingerprint_init(&g);
    fingerprint_add_number(&g, 7);
    fingerprint_add_member(&g, SLICE("#a"), SLICE("x"));
    assert_other(finish(&f), finish(&g));
}

/* It is stored, so it may not change from one program to the next. */
static void it_is_the_same_for_ever(void **state)
{
    static const unsigned char expected[REQUEST_FINGERPRINT_BYTES] = {
        0x97, 0x75, 0x85, 0x01, 0xbe, 0xf0, 0x6a, 0x66, 0x99, 0x2b, 0xdd, 0xe6, 0x1b, 0xc6, 0x30, 0x67};
    struct result r = of_members(SLICE("#a"), SLICE("x"), SLICE("#b"), SLICE_NONE);
    (void)state;
    assert_memory_equal(r.bytes, expected, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_parts_have_equal_fingerprints),
        cmocka_unit_test(order_and_boundaries_matter),
        cmocka_unit_test(absent_is_not_empty),
        cmocka_unit_test(members_have_no_order),
        cmocka_unit_test(what_members_belong_to_matters),
        cmocka_unit_test(it_is_the_same_for_ever),
    };
    return cmocka_run_group_tests_name("fingerprint", tests, NULL, NULL);
}
