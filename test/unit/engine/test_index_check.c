/* What indexes refuse, of items that are put and of updates: semantics.md 4.3, 4.4, 5.8; which index is named: README.md. */
#include "expr/update.h"
#include "indexed.h"

static bool check_put(struct indexed *s, const char *json)
{
    return index_check_put(s->table, fixture_item(s->f, json), &s->f->err);
}

#define KEY "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"s\"}"

#define MISMATCH(attribute, expected, actual, index)                                    \
    "One or more parameter values were invalid: Type mismatch for Index Key " attribute \
    " Expected: " expected " Actual: " actual " IndexName: " index
#define EMPTY_PUT(type, index, attribute)                                                              \
    "One or more parameter values are not valid. A value specified for a secondary index key is not "  \
    "supported. "                                                                                      \
    "The AttributeValue for a key attribute cannot contain an empty " type " value. IndexName: " index \
    ", IndexKey: " attribute
#define EMPTY_UPDATE(type)                                                                                   \
    "One or more parameter values are not valid. The update expression attempted to update a secondary "     \
    "index key "                                                                                             \
    "to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty " type \
    " value."
#define LONG_HASH                                                                                            \
    "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 " \
    "bytes"
#define LONG_RANGE                                                                                        \
    "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size " \
    "limit of "                                                                                           \
    "1024 bytes"
#define LONG_UPDATE \
    "The update expression attempted to update the secondary index key beyond allowed size limits"
#define TYPE_UPDATE "The update expression attempted to update the secondary index key to unsupported type"

static void an_item_may_lack_index_keys(void **state)
{
    struct indexed *s = *state;
    assert_true(check_put(s, KEY "}"));
    assert_true(check_put(s, KEY ",\"g\":{\"S\":\"g\"},\"l\":{\"N\":\"1\"}}"));
}

static void index_keys_have_their_types(void **state)
{
    struct indexed *s = *state;
    fixture_assert_error(s->f, check_put(s, KEY ",\"g\":{\"N\":\"1\"}}"), MISMATCH("g", "S", "N", "all"));
    fixture_assert_error(s->f, check_put(s, KEY ",\"l\":{\"NULL\":true}}"),
                         MISMATCH("l", "N", "NULL", "locals"));
    fixture_assert_error(s->f, check_put(s, KEY ",\"m\":{\"L\":[]}}"), MISMATCH("m", "S", "L", "localk"));
    fixture_assert_error(s->f, check_put(s, KEY ",\"b\":{\"S\":\"b\"}}"), MISMATCH("b", "B", "S", "multi"));
    /* `h` is in "all" before it is in "keys", and "all" is before "multi". */
    fixture_assert_error(s->f, check_put(s, KEY ",\"h\":{\"SS\":[\"a\"]},\"m\":{\"N\":\"1\"}}"),
                         MISMATCH("h", "N", "SS", "all"));
}

static void index_keys_are_not_empty(void **state)
{
    struct indexed *s = *state;
    fixture_assert_error(s->f, check_put(s, KEY ",\"g\":{\"S\":\"\"}}"), EMPTY_PUT("string", "all", "g"));
    fixture_assert_error(s->f, check_put(s, KEY ",\"b\":{\"B\":\"\"}}"), EMPTY_PUT("binary", "multi", "b"));
}

static const char *with_text(struct indexed *s, const char *attribute, unsigned bytes)
{
    return arena_printf(&s->f->arena, KEY ",\"%s\":{\"S\":\"%0*d\"}}", attribute, (int)bytes, 0);
}

static void index_keys_have_the_bounds_of_table_keys(void **state)
{
    struct indexed *s = *state;
    assert_true(check_put(s, with_text(s, "g", 2048)));
    fixture_assert_error(s->f, check_put(s, with_text(s, "g", 2049)), LONG_HASH);
    assert_true(check_put(s, with_text(s, "m", 1024)));
    fixture_assert_error(s->f, check_put(s, with_text(s, "m", 1025)), LONG_RANGE);
}

static const char *with_size(struct indexed *s, const char *more, size_t bytes)
{
    size_t size = item_size_bytes(fixture_item(s->f, arena_printf(&s->f->arena, KEY "%s}", more)));
    return arena_printf(&s->f->arena, KEY "%s,\"z\":{\"S\":\"%0*d\"}}", more, (int)(bytes - size - 1), 0);
}

static void an_item_counts_with_its_entries_in_local_indexes(void **state)
{
    static const char too_large[] = "Item size has exceeded the maximum allowed size";
    struct indexed *s = *state;
    /* In no local index: the item alone. */
    assert_true(check_put(s, with_size(s, "", ITEM_SIZE_BYTES_MAX)));
    /* In `locals` as a whole: twice. */
    assert_true(check_put(s, with_size(s, ",\"l\":{\"N\":\"1\"}", ITEM_SIZE_BYTES_MAX / 2)));
    fixture_assert_error(
        s->f, check_put(s, with_size(s, ",\"l\":{\"N\":\"1\"}", ITEM_SIZE_BYTES_MAX / 2 + 1)), too_large);
    /* In `localk` with pk, sk and m: 8 bytes more. */
    assert_true(check_put(s, with_size(s, ",\"m\":{\"S\":\"m\"}", ITEM_SIZE_BYTES_MAX - 8)));
    fixture_assert_error(s->f, check_put(s, with_size(s, ",\"m\":{\"S\":\"m\"}", ITEM_SIZE_BYTES_MAX - 7)),
                         too_large);
    /* Global ones do not count. */
    assert_true(check_put(s, with_size(s, ",\"g\":{\"S\":\"g\"},\"h\":{\"N\":\"1\"}", ITEM_SIZE_BYTES_MAX)));
}

/* ------------------------------------------------------------------ updates */

static struct expr *update_of(struct indexed *s, const char *text, const char *value_json)
{
    struct expr_value *value = ARENA_NEW(&s->f->arena, struct expr_value);
    struct expr_scope scope = {.values = value, .value_count = value_json != NULL};
    struct expr *e;
    value->placeholder = SLICE(":v");
    if (value_json)
        value->value = fixture_value(s->f, value_json);
    assert_true(expr_parse(NULL, EXPR_UPDATE, slice_from_cstr(text), &s->f->arena, &e, &s->f->err));
    assert_true(expr_bind(e, &scope, &s->f->err));
    return e;
}

static bool check_update(struct indexed *s, const char *text, const char *value_json)
{
    return index_check_update(s->table, update_of(s, text, value_json), &s->f->err);
}

static void what_an_update_will_set_is_known(void **state)
{
    struct indexed *s = *state;
    assert_true(index_check_update(s->table, NULL, &s->f->err));
    assert_true(check_update(s, "SET g = :v", "{\"S\":\"g\"}"));
    assert_true(check_update(s, "SET g = z", NULL));
    assert_true(check_update(s, "SET g = if_not_exists(g, :v)", "{\"N\":\"1\"}"));
    assert_true(check_update(s, "SET g.a = :v", "{\"N\":\"1\"}"));
    assert_true(check_update(s, "REMOVE g", NULL));
    assert_true(check_update(s, "ADD h :v", "{\"N\":\"1\"}"));
    assert_true(check_update(s, "SET h = h + :v", "{\"N\":\"1\"}"));
    fixture_assert_error(s->f, check_update(s, "SET g = :v", "{\"N\":\"1\"}"),
                         MISMATCH("g", "S", "N", "all"));
    fixture_assert_error(s->f, check_update(s, "SET g = h + :v", "{\"N\":\"1\"}"),
                         MISMATCH("g", "S", "N", "all"));
    fixture_assert_error(s->f, check_update(s, "SET m = list_append(m, :v)", "{\"L\":[]}"),
                         MISMATCH("m", "S", "L", "localk"));
    fixture_assert_error(s->f, check_update(s, "ADD m :v", "{\"N\":\"1\"}"),
                         MISMATCH("m", "S", "N", "localk"));
    fixture_assert_error(s->f, check_update(s, "DELETE b :v", "{\"BS\":[\"YQ==\"]}"),
                         MISMATCH("b", "B", "BS", "multi"));
    fixture_assert_error(s->f, check_update(s, "SET g = :v", "{\"S\":\"\"}"), EMPTY_UPDATE("string"));
    fixture_assert_error(s->f, check_update(s, "SET b = :v", "{\"B\":\"\"}"), EMPTY_UPDATE("binary"));
    fixture_assert_error(s->f,
                         check_update(s, "SET m = :v", arena_printf(&s->f->arena, "{\"S\":\"%01025d\"}", 0)),
                         LONG_UPDATE);
}

static bool check_updated(struct indexed *s, const char *former, const char *after)
{
    return index_check_updated(s->table, former ? fixture_item(s->f, former) : SLICE_NONE,
                               after ? fixture_item(s->f, after) : SLICE_NONE, &s->f->arena, &s->f->err);
}

static void what_an_update_came_to_is_checked_too(void **state)
{
    struct indexed *s = *state;
    assert_true(check_updated(s, KEY "}", KEY ",\"g\":{\"S\":\"g\"}}"));
    assert_true(check_updated(s, KEY ",\"g\":{\"S\":\"g\"}}", KEY "}"));
    assert_true(check_updated(s, KEY "}", NULL));
    fixture_assert_error(s->f, check_updated(s, NULL, KEY ",\"g\":{\"N\":\"1\"}}"), TYPE_UPDATE);
    fixture_assert_error(s->f, check_updated(s, KEY ",\"g\":{\"S\":\"g\"}}", KEY ",\"g\":{\"N\":\"1\"}}"),
                         TYPE_UPDATE);
    fixture_assert_error(s->f, check_updated(s, KEY "}", KEY ",\"m\":{\"S\":\"\"}}"), EMPTY_UPDATE("string"));
    fixture_assert_error(s->f, check_updated(s, KEY "}", with_text(s, "g", 2049)), LONG_UPDATE);
}

/* It is there from before the index was. */
static void what_an_update_leaves_alone_is_not_its_fault(void **state)
{
    struct indexed *s = *state;
    assert_true(
        check_updated(s, KEY ",\"g\":{\"N\":\"1\"}}", KEY ",\"g\":{\"N\":\"1\"},\"x\":{\"N\":\"1\"}}"));
    fixture_assert_error(s->f, check_updated(s, KEY ",\"g\":{\"N\":\"1\"}}", KEY ",\"g\":{\"N\":\"2\"}}"),
                         TYPE_UPDATE);
}

static void an_updated_item_counts_with_its_entries_too(void **state)
{
    struct indexed *s = *state;
    const char *fits = with_size(s, ",\"l\":{\"N\":\"1\"}", ITEM_SIZE_BYTES_MAX / 2);
    const char *does_not = with_size(s, ",\"l\":{\"N\":\"1\"}", ITEM_SIZE_BYTES_MAX / 2 + 1);
    assert_true(check_updated(s, KEY "}", fits));
    fixture_assert_error(s->f, check_updated(s, KEY "}", does_not),
                         "Item size to update has exceeded the maximum allowed size");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, indexed_setup, indexed_teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_item_may_lack_index_keys),
        TEST(index_keys_have_their_types),
        TEST(index_keys_are_not_empty),
        TEST(index_keys_have_the_bounds_of_table_keys),
        TEST(an_item_counts_with_its_entries_in_local_indexes),
        TEST(what_an_update_will_set_is_known),
        TEST(what_an_update_came_to_is_checked_too),
        TEST(what_an_update_leaves_alone_is_not_its_fault),
        TEST(an_updated_item_counts_with_its_entries_too),
    };
    return cmocka_run_group_tests_name("index_check", tests, NULL, NULL);
}
