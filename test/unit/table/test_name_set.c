/* The expected texts are from error messages of the service. */
#include "table/name_set.h"

#include <stdio.h>

#include "support/arena.h"

static struct name_set set_of(const char *const *names)
{
    struct name_set set;
    name_set_init(&set, &arena, 64);
    for (; *names; names++)
        name_set_add(&set, slice_from_cstr(*names));
    return set;
}

#define SET(...) set_of((const char *const[]){__VA_ARGS__, NULL})

static void a_name_is_in_it_once(void **state)
{
    (void)state;
    struct name_set set = SET("a", "b", "a");
    assert_int_equal(set.count, 2);
    assert_true(name_set_contains(&set, SLICE("b")));
    assert_false(name_set_contains(&set, SLICE("c")));
}

static void definitions_print_as_the_service_prints_them(void **state)
{
    (void)state;
    struct name_set set = SET("pk", "sk", "a", "b", "c");
    assert_string_equal(name_set_print_sized(&set, &arena), "[sk, a, b, pk, c]");
    set = SET("pk", "sk");
    assert_string_equal(name_set_print_sized(&set, &arena), "[sk, pk]");
    set = SET("ProductName", "CreatedTime", "ProductDescription", "ProductId");
    assert_string_equal(name_set_print_sized(&set, &arena),
                        "[ProductId, CreatedTime, ProductDescription, ProductName]");
    set = SET("my-hash", "my-string", "my-int");
    assert_string_equal(name_set_print_sized(&set, &arena), "[my-string, my-int, my-hash]");
}

static void keys_print_as_the_service_prints_them(void **state)
{
    (void)state;
    struct name_set set = SET("pk", "sk", "a");
    assert_string_equal(name_set_print_grown(&set, &arena), "[a, sk, pk]");
    set = SET("ProductId", "ProductName", "CreatedTime");
    assert_string_equal(name_set_print_grown(&set, &arena), "[CreatedTime, ProductName, ProductId]");
    set = SET("my-string", "my-hash");
    assert_string_equal(name_set_print_grown(&set, &arena), "[my-hash, my-string]");
}

/* Java: "é".hashCode() == 233, "😀".hashCode() == 1772899. */
static void names_beyond_ascii_are_hashed_as_utf_16(void **state)
{
    (void)state;
    struct name_set set = SET("\xc3\xa9", "a");
    /* 233 & 15 == 9; 97 & 15 == 1 */
    assert_string_equal(name_set_print_grown(&set, &arena), "[a, \xc3\xa9]");
    set = SET("\xf0\x9f\x98\x80", "b");
    /* (1772899 ^ 27) & 15 == 8; 98 & 15 == 2 */
    assert_string_equal(name_set_print_grown(&set, &arena), "[b, \xf0\x9f\x98\x80]");
    set = SET("\xf0\x9f\x98\x80", "i", "h");
    /* 105 & 15 == 9; 104 & 15 == 8, added after the first of its bucket */
    assert_string_equal(name_set_print_grown(&set, &arena), "[\xf0\x9f\x98\x80, h, i]");
}

static void the_empty_set_prints_too(void **state)
{
    (void)state;
    struct name_set set;
    name_set_init(&set, &arena, 0);
    assert_string_equal(name_set_print_sized(&set, &arena), "[]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_in_it_once),
        cmocka_unit_test(definitions_print_as_the_service_prints_them),
        cmocka_unit_test(keys_print_as_the_service_prints_them),
        cmocka_unit_test(names_beyond_ascii_are_hashed_as_utf_16),
        cmocka_unit_test(the_empty_set_prints_too),
    };
    return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
