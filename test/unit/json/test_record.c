/* Stored records: docs/format.md, where it says "the version byte 01, then one JSON object". */
#include "json/record.h"

#include <stdlib.h>
#include <string.h>

#include "support/arena.h"

enum colour { RED, GREEN };

struct thing {
    struct slice text;
    struct slice bytes;
    int64_t number;
    uint64_t count;
    uint32_t small;
    bool flag;
    enum colour colour;
};

static const char *const colours[] = {"red", "green"};

static const struct record_field fields[] = {
    {"text", RECORD_TEXT, offsetof(struct thing, text)},
    {"bytes", RECORD_BASE64, offsetof(struct thing, bytes)},
    {"number", RECORD_I64, offsetof(struct thing, number)},
    {"count", RECORD_COUNT, offsetof(struct thing, count)},
    {"small", RECORD_U32, offsetof(struct thing, small)},
    {"flag", RECORD_BOOL, offsetof(struct thing, flag)},
    {"colour", RECORD_ENUM, offsetof(struct thing, colour), colours, 2},
};

enum { FIELD_COUNT = sizeof fields / sizeof fields[0] };

static struct slice written(const struct thing *thing)
{
    struct buf *out = ARENA_NEW(&arena, struct buf);
    struct json_writer w;
    buf_init(out, &arena, 1);
    record_open(&w, out);
    record_put_fields(&w, fields, FIELD_COUNT, thing);
    json_end_object(&w);
    return buf_slice(out);
}

static bool read_thing(struct slice record, struct thing *out)
{
    struct record_reader r;
    *out = (struct thing){0};
    if (!record_begin(&r, record, &arena, &err))
        return false;
    record_take_fields(&r, fields, FIELD_COUNT, out);
    return record_end(&r);
}

static bool reads(const char *json)
{
    struct thing thing;
    return read_thing(slice_from_cstr(arena_printf(&arena, "\x01%s", json)), &thing);
}

static void fields_are_written_in_the_order_of_their_table(void **state)
{
    const struct thing thing = {.text = SLICE("a\"b"),
                                .bytes = SLICE("\x00\x01"
                                               "a"),
                                .number = -5,
                                .count = 7,
                                .small = UINT32_MAX,
                                .flag = true,
                                .colour = GREEN};
    (void)state;
    assert_true(slice_equal(written(&thing),
                            SLICE("\x01{\"text\":\"a\\\"b\",\"bytes\":\"AAFh\",\"number\":-5,\"count\":7,"
                                  "\"small\":4294967295,\"flag\":true,\"colour\":\"green\"}")));
}

static void defaults_are_left_out_but_enums(void **state)
{
    (void)state;
    assert_true(slice_equal(written(&(struct thing){0}), SLICE("\x01{\"colour\":\"red\"}")));
}

static void what_was_written_is_read_back(void **state)
{
    const struct thing thing = {.text = SLICE(""),
                                .bytes = SLICE("\xff\x00"),
                                .number = INT64_MIN,
                                .count = INT64_MAX,
                                .small = 1,
                                .flag = true,
                                .colour = GREEN};
    struct thing out;
    (void)state;
    assert_true(read_thing(written(&thing), &out));
    assert_false(slice_is_none(out.text));
    assert_true(slice_equal(out.text, thing.text) && slice_equal(out.bytes, thing.bytes));
    assert_true(out.number == INT64_MIN && out.count == INT64_MAX && out.small == 1);
    assert_true(out.flag && out.colour == GREEN);
    assert_true(read_thing(written(&(struct thing){0}), &out));
    assert_true(slice_is_none(out.text) && slice_is_none(out.bytes) && !out.flag);
    assert_true(out.number == 0 && out.count == 0 && out.small == 0 && out.colour == RED);
}

static void unknown_members_are_passed_over(void **state)
{
    struct thing out;
    (void)state;
    assert_true(read_thing(SLICE("\x01{\"new\":[{\"text\":1}],\"number\":3,\"other\":null}"), &out));
    assert_int_equal(out.number, 3);
    assert_true(slice_is_none(out.text));
}

static void values_of_other_kinds_break_the_record(void **state)
{
    static const char *const broken[] = {
        "",
        "[]",
        "{",
        "{}x",
        "{\"text\":1}",
        "{\"bytes\":\"A\"}",
        "{\"bytes\":1}",
        "{\"number\":\"1\"}",
        "{\"number\":1.5}",
        "{\"number\":9223372036854775808}",
        "{\"number\":-00000000000000000000000000000000001}",
        "{\"count\":-1}",
        "{\"small\":-1}",
        "{\"small\":4294967296}",
        "{\"flag\":1}",
        "{\"colour\":\"blue\"}",
        "{\"colour\":0}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        assert_false(reads(broken[i]));
    assert_true(reads("{\"flag\":false,\"count\":0}"));
}

static void another_version_is_corrupt(void **state)
{
    struct thing out;
    (void)state;
    assert_false(read_thing(SLICE("\x02{}"), &out));
    assert_int_equal(err.code, ERR_CORRUPT);
    error_init(&err, &arena);
    assert_false(read_thing(SLICE(""), &out));
    assert_int_equal(err.code, ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(fields_are_written_in_the_order_of_their_table),
        ARENA_TEST(defaults_are_left_out_but_enums),
        ARENA_TEST(what_was_written_is_read_back),
        ARENA_TEST(unknown_members_are_passed_over),
        ARENA_TEST(values_of_other_kinds_break_the_record),
        ARENA_TEST(another_version_is_corrupt),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
