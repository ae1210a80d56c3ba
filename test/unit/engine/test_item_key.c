/* Keys of items, Key maps and their texts: semantics.md 4.4. */
#include "engine/item_key.h"
#include "fixture.h"

static char *repeated(struct fixture *f, char c, size_t count)
{
    char *text = arena_alloc_bytes(&f->arena, count + 1);
    memset(text, c, count);
    text[count] = '\0';
    return text;
}

static void an_item_is_stored_under_its_key_attributes(void **state)
{
    struct fixture *f = *state;
    struct storage_key key;
    assert_true(item_key_of_item(
        &f->with_sort, fixture_item(f, "{\"sk\":{\"S\":\"b\"},\"x\":{\"N\":\"1\"},\"pk\":{\"S\":\"a\"}}"),
        &key, &f->err));
    assert_int_equal(key.space, 17);
    assert_true(slice_equal(key.partition, SLICE("a")));
    assert_true(slice_equal(key.sort, SLICE("b")));
    assert_true(item_key_of_item(&f->hash_only, fixture_item(f, "{\"pk\":{\"S\":\"a\"}}"), &key, &f->err));
    assert_int_equal(key.sort.size, 0);
}

static void equal_numbers_are_the_same_key(void **state)
{
    struct fixture *f = *state;
    struct storage_key a, b;
    assert_true(item_key_of_map(
        &f->by_number, fixture_item(f, "{\"pk\":{\"N\":\"1\"},\"sk\":{\"N\":\"10\"}}"), &a, &f->err));
    assert_true(item_key_of_map(
        &f->by_number, fixture_item(f, "{\"pk\":{\"N\":\"1.0\"},\"sk\":{\"N\":\"1e1\"}}"), &b, &f->err));
    assert_true(slice_equal(a.partition, b.partition) && slice_equal(a.sort, b.sort));
}

static void an_item_without_its_key_is_refused(void **state)
{
    struct fixture *f = *state;
    struct storage_key key;
    fixture_assert_error(
        f, item_key_of_item(&f->with_sort, fixture_item(f, "{\"sk\":{\"S\":\"b\"}}"), &key, &f->err),
        "One or more parameter values were invalid: Missing the key pk in the item");
    fixture_assert_error(
        f, item_key_of_item(&f->with_sort, fixture_item(f, "{\"pk\":{\"S\":\"\"}}"), &key, &f->err),
        "One or more parameter values were invalid: Missing the key sk in the item");
    fixture_assert_error(
        f,
        item_key_of_item(&f->with_sort, fixture_item(f, "{\"pk\":{\"N\":\"1\"},\"sk\":{\"S\":\"b\"}}"), &key,
                         &f->err),
        "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N");
}

static void a_key_map_holds_exactly_the_key(void **state)
{
    static const char *const wrong[] = {
        "{}",
        "{\"pk\":{\"S\":\"a\"}}",
        "{\"pk\":{\"S\":\"a\"},\"x\":{\"S\":\"b\"}}",
        "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"b\"},\"x\":{\"S\":\"b\"}}",
        "{\"pk\":{\"S\":\"a\"},\"sk\":{\"N\":\"1\"}}",
    };
    struct fixture *f = *state;
    struct storage_key key;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        fixture_assert_error(f, item_key_of_map(&f->with_sort, fixture_item(f, wrong[i]), &key, &f->err),
                             "The provided key element does not match the schema");
    /* A null among the Keys of a batch. */
    fixture_assert_error(f, item_key_of_map(&f->with_sort, SLICE_NONE, &key, &f->err),
                         "The provided key element does not match the schema");
}

static void empty_key_values_are_refused(void **state)
{
    struct fixture *f = *state;
    struct storage_key key;
    fixture_assert_error(
        f, item_key_of_item(&f->hash_only, fixture_item(f, "{\"pk\":{\"S\":\"\"}}"), &key, &f->err),
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        "contain an empty string value. Key: pk");
    f->hash_only.key.hash[0].type = VALUE_B;
    fixture_assert_error(
        f, item_key_of_item(&f->hash_only, fixture_item(f, "{\"pk\":{\"B\":\"\"}}"), &key, &f->err),
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        "contain an empty binary value. Key: pk");
}

static bool key_of_sizes(struct fixture *f, size_t hash, size_t range)
{
    struct storage_key key;
    const char *json = arena_printf(&f->arena, "{\"pk\":{\"S\":\"%s\"},\"sk\":{\"S\":\"%s\"}}",
                                    repeated(f, 'h', hash), repeated(f, 'r', range));
    return item_key_of_item(&f->with_sort, fixture_item(f, json), &key, &f->err);
}

static void key_values_have_a_largest_size(void **state)
{
    struct fixture *f = *state;
    assert_true(key_of_sizes(f, 2048, 1024));
    fixture_assert_error(
        f, key_of_sizes(f, 2049, 1024),
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size "
        "limit of2048 bytes");
    fixture_assert_error(
        f, key_of_sizes(f, 2048, 1025),
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded "
        "the size limit of 1024 bytes");
}

static void the_written_key_is_the_key_alone(void **state)
{
    struct fixture *f = *state;
    struct buf text;
    struct json_writer w;
    buf_init(&text, &f->arena, 64);
    json_writer_init(&w, &text);
    const struct item_source source = {.table = &f->with_sort};
    item_key_write(&source,
                   fixture_item(f, "{\"a\":{\"S\":\"x\"},\"sk\":{\"S\":\"b\"},\"pk\":{\"S\":\"a\"}}"), &w);
    assert_true(slice_equal(buf_slice(&text), SLICE("{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"b\"}}")));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_item_is_stored_under_its_key_attributes),
        TEST(equal_numbers_are_the_same_key),
        TEST(an_item_without_its_key_is_refused),
        TEST(a_key_map_holds_exactly_the_key),
        TEST(empty_key_values_are_refused),
        TEST(key_values_have_a_largest_size),
        TEST(the_written_key_is_the_key_alone),
    };
    return cmocka_run_group_tests_name("item_key", tests, NULL, NULL);
}
