/* Rules and texts: semantics.md 13.6, the developer guide on tagging, and the service itself. */
#include "base/buf.h"
#include "store.h"
#include "support/cmocka.h"
#include "table/tags.h"

#include <string.h>

static struct table_tag tag(const char *key, const char *value)
{
    return (struct table_tag){slice_from_cstr(key), slice_from_cstr(value)};
}

static void assert_message(const char *message)
{
    assert_int_equal(s->err.code, ERR_VALIDATION);
    assert_string_equal(s->err.message, message);
}

static void accepts(const char *key, const char *value)
{
    const struct table_tag one = tag(key, value);
    if (!table_tags_check(&one, 1, &s->err))
        fail_msg("%s", s->err.message);
}

static void refuses(const char *key, const char *value, const char *message)
{
    const struct table_tag one = tag(key, value);
    assert_false(table_tags_check(&one, 1, &s->err));
    assert_message(message);
}

static const char *repeat(const char *text, unsigned count)
{
    struct buf out;
    buf_init(&out, &s->arena, 256);
    for (unsigned i = 0; i < count; i++)
        buf_append(&out, slice_from_cstr(text));
    return arena_copy_cstr(&s->arena, buf_slice(&out));
}

/* ------------------------------------------------------------------ what a tag may be */

static void letters_digits_blanks_and_some_signs(void **state)
{
    (void)state;
    accepts("k", "");
    accepts("Team 1+2-3=4._:/@", "a b");
    accepts("\xc3\xa4\xc3\x9f\xc3\xa9", "\xe5\xad\x97"); /* äßé, 字 */
    accepts("\xd0\xb6 \xd9\xa3", "\xf0\xa0\x80\x80");    /* ж, an Arabic digit; a letter beyond 16 bits */
    refuses("a#b", "v", "The Tag Key provided is invalid, Key: a#b");
    refuses("a\tb", "v", "The Tag Key provided is invalid, Key: a\tb");
    refuses("k", "50%", "The Tag Value provided is invalid, Value: 50%");
    refuses("k", "\xe2\x82\xac", "The Tag Value provided is invalid, Value: \xe2\x82\xac");         /* € */
    refuses("k", "\xf0\x9f\x98\x80", "The Tag Value provided is invalid, Value: \xf0\x9f\x98\x80"); /* 😀 */
}

static void lengths_are_in_characters(void **state)
{
    (void)state;
    accepts(repeat("k", 128), repeat("v", 256));
    accepts(repeat("\xc3\xa4", 128), repeat("\xe5\xad\x97", 256));
    refuses("", "v", "The Tag Key provided is invalid, Key: ");
    refuses(repeat("k", 129), "v",
            arena_printf(&s->arena, "The Tag Key provided is invalid, Key: %s", repeat("k", 129)));
    refuses("k", repeat("v", 257),
            arena_printf(&s->arena, "The Tag Value provided is invalid, Value: %s", repeat("v", 257)));
}

static void what_is_missing_is_told(void **state)
{
    (void)state;
    const struct table_tag keyless = {SLICE_NONE, SLICE("v")}, valueless = {SLICE("k"), SLICE_NONE};
    assert_false(table_tags_check(&keyless, 1, &s->err));
    assert_message("The Tag Key provided is invalid, Key: null");
    assert_false(table_tags_check(&valueless, 1, &s->err));
    assert_message("The Tag Value provided is invalid, Value: null");
}

static void the_service_keeps_a_prefix_for_itself(void **state)
{
    (void)state;
    refuses("aws:team", "v", "Tag Key cannot be prefixed with aws:, Key: aws:team");
    refuses("AWS:team", "v", "Tag Key cannot be prefixed with aws:, Key: AWS:team");
    accepts("aws", "aws:v");
    accepts("my-aws:team", "v");
}

static void keys_differ(void **state)
{
    (void)state;
    const struct table_tag tags[] = {tag("k", "1"), tag("K", "2"), tag("k", "3")};
    assert_true(table_tags_check(tags, 2, &s->err));
    assert_false(table_tags_check(tags, 3, &s->err));
    assert_message("Duplicate Tag Keys provided as input: Duplicate Tag Key found k");
}

static void no_more_than_50_at_once(void **state)
{
    (void)state;
    struct table_tag tags[TABLE_TAGS_MAX + 1];
    struct slice keys[TABLE_TAGS_MAX + 1];
    for (int i = 0; i <= TABLE_TAGS_MAX; i++) {
        tags[i] = tag(arena_printf(&s->arena, "k%d", i), "v");
        keys[i] = tags[i].key;
    }
    assert_true(table_tags_check(tags, TABLE_TAGS_MAX, &s->err));
    assert_true(table_tag_keys_check(keys, TABLE_TAGS_MAX, &s->err));
    assert_false(table_tags_check(tags, TABLE_TAGS_MAX + 1, &s->err));
    assert_message("Number of Tags exceed the current limit for the provided ResourceArn");
    assert_false(table_tag_keys_check(keys, TABLE_TAGS_MAX + 1, &s->err));
    assert_message("Number of Tags exceed the current limit for the provided ResourceArn");
}

static void keys_that_go_are_keys(void **state)
{
    (void)state;
    const struct slice keys[] = {SLICE("k"), SLICE("k"), SLICE("a*b")};
    assert_true(table_tag_keys_check(keys, 2, &s->err));
    assert_false(table_tag_keys_check(keys, 3, &s->err));
    assert_message("The Tag Key provided is invalid, Key: a*b");
}

/* ------------------------------------------------------------------ changes */

static bool edit(struct tags_edit *tags)
{
    struct catalog_change change = {.arena = &s->arena};
    return catalog_edit_table_wait(s->catalog, SLICE("Music"), &tags->edit, &change, &s->err);
}

static bool put(const struct table_tag *tags, size_t count)
{
    struct tags_edit change;
    tags_edit_init_put(&change, tags, count);
    return edit(&change);
}

static bool take_away(const struct slice *keys, size_t count)
{
    struct tags_edit change;
    tags_edit_init_remove(&change, keys, count);
    return edit(&change);
}

/* "k=v;l=;" */
static void assert_tags(const char *expected)
{
    struct buf text;
    const struct catalog_snapshot *snapshot = catalog_take(s->catalog);
    const struct table *t = catalog_find(snapshot, SLICE("Music"));
    assert_non_null(t);
    buf_init(&text, &s->arena, 64);
    for (size_t i = 0; i < t->tag_count; i++)
        buf_printf(&text, "%.*s=%.*s;", SLICE_PRINTF(t->tags[i].key), SLICE_PRINTF(t->tags[i].value));
    catalog_give(snapshot);
    assert_string_equal(arena_copy_cstr(&s->arena, buf_slice(&text)), expected);
}

static void tags_are_put_replaced_and_taken_away(void **state)
{
    (void)state;
    const struct table_tag first[] = {tag("k", "v"), tag("l", "")}, second[] = {tag("m", "x"), tag("k", "w")};
    const struct slice gone[] = {SLICE("l"), SLICE("nowhere"), SLICE("l")};
    assert_true(store_create(s, "Music"));
    assert_true(put(first, 2));
    assert_tags("k=v;l=;");
    assert_true(put(second, 2));
    assert_tags("k=w;l=;m=x;");
    assert_true(take_away(gone, 3));
    assert_tags("k=w;m=x;");
}

static void a_table_has_no_more_than_50(void **state)
{
    (void)state;
    struct table_tag tags[TABLE_TAGS_MAX];
    const struct table_tag another = tag("another", "v"), again = tag("k7", "w");
    assert_true(store_create(s, "Music"));
    for (int i = 0; i < TABLE_TAGS_MAX; i++)
        tags[i] = tag(arena_printf(&s->arena, "k%d", i), "v");
    assert_true(put(tags, TABLE_TAGS_MAX));
    assert_false(put(&another, 1));
    assert_message("Number of Tags exceed the current limit for the provided ResourceArn");
    assert_true(put(&again, 1));
    assert_true(take_away(&tags[0].key, 1));
    assert_true(put(&another, 1));
}

static void only_what_is_there_has_tags(void **state)
{
    (void)state;
    const struct table_tag one = tag("k", "v");
    assert_false(put(&one, 1));
    assert_int_equal(s->err.code, ERR_RESOURCE_NOT_FOUND);
    catalog_close(s->catalog);
    assert_true(store_open_catalog(s, 1000, 0));
    assert_true(store_create(s, "Music"));
    assert_false(put(&one, 1));
    assert_int_equal(s->err.code, ERR_RESOURCE_IN_USE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(letters_digits_blanks_and_some_signs),
        STORE_TEST(lengths_are_in_characters),
        STORE_TEST(what_is_missing_is_told),
        STORE_TEST(the_service_keeps_a_prefix_for_itself),
        STORE_TEST(keys_differ),
        STORE_TEST(no_more_than_50_at_once),
        STORE_TEST(keys_that_go_are_keys),
        STORE_TEST(tags_are_put_replaced_and_taken_away),
        STORE_TEST(a_table_has_no_more_than_50),
        STORE_TEST(only_what_is_there_has_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
