#include "support/cmocka.h"
#include "table/arn.h"

#include <string.h>

static void assert_slice(struct slice s, const char *expected)
{
    assert_true(slice_equal(s, slice_from_cstr(expected)));
}

static void names_have_three_to_255_plain_characters(void **state)
{
    (void)state;
    char longest[256];
    memset(longest, 'x', sizeof(longest));
    assert_true(table_name_valid(SLICE("abc")));
    assert_true(table_name_valid(SLICE("A-z_0.9")));
    assert_true(table_name_valid(slice_of(longest, 255)));
    assert_false(table_name_valid(slice_of(longest, 256)));
    assert_false(table_name_valid(SLICE("ab")));
    assert_false(table_name_valid(SLICE("")));
    assert_false(table_name_valid(SLICE("a b c")));
    assert_false(table_name_valid(SLICE("abc\0")));
    assert_false(table_name_valid(SLICE("caf\xc3\xa9")));
    assert_false(table_name_valid(SLICE("a/b/c")));
}

static void a_tables_arn_comes_apart(void **state)
{
    (void)state;
    struct table_arn_parts parts;
    assert_true(table_arn_parse(SLICE("arn:aws:dynamodb:eu-west-1:123456789012:table/Music"), &parts));
    assert_slice(parts.name, "Music");
    assert_slice(parts.region, "eu-west-1");
    assert_slice(parts.account, "123456789012");
    assert_true(table_arn_parse(SLICE("arn:aws-cn:dynamodb:cn-north-1:123456789012:table/Music"), &parts));
}

static void what_is_not_a_tables_arn_is_refused(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",
        "Music",
        "arn:",
        "arn:aws:dynamodb:eu-west-1:123456789012",
        "arn:aws:dynamodb:eu-west-1:123456789012:",
        "arn:aws:dynamodb:eu-west-1:123456789012:table",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/ab",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/Music/index/ByYear",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/Music/stream/2015-05-11T21:21:33.291",
        "arn:aws:dynamodb::123456789012:global-table/Music",
        "arn:aws:s3:eu-west-1:123456789012:table/Music",
        "arn:other:dynamodb:eu-west-1:123456789012:table/Music",
        "urn:aws:dynamodb:eu-west-1:123456789012:table/Music",
    };
    struct table_arn_parts parts;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(table_arn_parse(slice_from_cstr(others[i]), &parts));
}

static void arns_are_made_as_they_are_read(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024);
    struct slice arn = table_arn(&arena, SLICE("us-east-1"), SLICE("000000000000"), SLICE("Music"));
    assert_slice(arn, "arn:aws:dynamodb:us-east-1:000000000000:table/Music");
    assert_slice(index_arn(&arena, arn, SLICE("ByYear")),
                 "arn:aws:dynamodb:us-east-1:000000000000:table/Music/index/ByYear");
    struct table_arn_parts parts;
    assert_true(table_arn_parse(arn, &parts));
    assert_slice(parts.name, "Music");
    arena_release(&arena);
}

static void ids_are_random_uuids_of_version_4(void **state)
{
    (void)state;
    char first[TABLE_ID_BYTES], second[TABLE_ID_BYTES];
    table_id_make(first);
    table_id_make(second);
    assert_memory_not_equal(first, second, sizeof(first));
    for (size_t i = 0; i < sizeof(first); i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23)
            assert_int_equal(first[i], '-');
        else
            assert_non_null(strchr("0123456789abcdef", first[i]));
    }
    assert_int_equal(first[14], '4');
    assert_non_null(strchr("89ab", first[19]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_three_to_255_plain_characters),
        cmocka_unit_test(a_tables_arn_comes_apart),
        cmocka_unit_test(what_is_not_a_tables_arn_is_refused),
        cmocka_unit_test(arns_are_made_as_they_are_read),
        cmocka_unit_test(ids_are_random_uuids_of_version_4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
