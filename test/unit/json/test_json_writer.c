#include "json/json_writer.h"

#include "json/json_reader.h"
#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct buf out;
static struct json_writer writer;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 4096);
    buf_init(&out, &arena, 1);
    json_writer_init(&writer, &out);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

#define assert_written(literal)                                      \
    do {                                                             \
        assert_int_equal(out.size, sizeof(literal) - 1);             \
        assert_memory_equal(out.data, literal, sizeof(literal) - 1); \
    } while (0)

static void commas_stand_between_and_nowhere_else(void **state)
{
    (void)state;
    json_begin_object(&writer);
    json_name(&writer, SLICE("a"));
    json_begin_array(&writer);
    json_end_array(&writer);
    json_name(&writer, SLICE("b"));
    json_begin_array(&writer);
    json_i64(&writer, 1);
    json_begin_object(&writer);
    json_end_object(&writer);
    json_begin_array(&writer);
    json_bool(&writer, true);
    json_end_array(&writer);
    json_bool(&writer, false);
    json_raw(&writer, SLICE("null"));
    json_string(&writer, SLICE("s"));
    json_base64(&writer, SLICE("b"));
    json_end_array(&writer);
    json_member_i64(&writer, "c", INT64_MIN);
    json_member_string(&writer, "d", SLICE(""));
    json_member_bool(&writer, "e", true);
    json_end_object(&writer);
    assert_written(
        "{\"a\":[],\"b\":[1,{},[true],false,null,\"s\",\"Yg==\"],\"c\":-9223372036854775808,\"d\":\"\","
        "\"e\":true}");
}

static void only_what_must_be_escaped_is(void **state)
{
    (void)state;
    json_string(&writer, SLICE("\"\\/ \x7F\xC3\xA9\xF0\x9F\x98\x80<>&'"));
    assert_written("\"\\\"\\\\/ \x7F\xC3\xA9\xF0\x9F\x98\x80<>&'\"");
}

static void control_characters_have_their_short_forms(void **state)
{
    (void)state;
    json_string(&writer, slice_of("\0\1\b\t\n\v\f\r\x1F ", 10));
    assert_written("\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f \"");
}

/* Each byte at each place of strings of each length, of the long ones some: the spans of the fast path end everywhere. */
static void every_byte_at_every_place_survives(void **state)
{
    (void)state;
    struct arena texts;
    arena_init(&texts, 1024);
    for (size_t size = 1; size <= 160; size += size < 40 ? 1 : 5) {
        for (size_t at = 0; at < size; at++) {
            for (int byte = 0; byte < 0x80; byte++) {
                char *text = malloc(size); /* exact, for the sanitizer */
                memset(text, 'x', size);
                text[at] = (char)byte;
                struct buf b;
                struct json_writer w;
                buf_init(&b, &texts, 1);
                json_writer_init(&w, &b);
                json_string(&w, slice_of(text, size));
                struct json_reader r;
                json_reader_init(&r, buf_slice(&b), 1, &texts);
                assert_int_equal(json_next(&r), JSON_STRING);
                assert_true(slice_equal(r.text, slice_of(text, size)));
                assert_int_equal(json_next(&r), JSON_END);
                bool plain = byte >= 0x20 && byte != '"' && byte != '\\';
                assert_int_equal(plain, b.size == size + 2);
                free(text);
                arena_reset(&texts);
            }
        }
    }
    arena_release(&texts);
}

static void bytes_beyond_ascii_stay_as_they_are(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 40; size++) {
        for (int byte = 0x80; byte < 0x100; byte++) {
            char text[40];
            memset(text, byte, size);
            out.size = 0;
            writer.comma = false;
            json_string(&writer, slice_of(text, size));
            assert_int_equal(out.size, size + 2);
            assert_memory_equal(out.data + 1, text, size);
        }
    }
}

static void a_text_of_escapes_alone_fits(void **state)
{
    (void)state;
    char text[1000];
    memset(text, 1, sizeof text);
    json_string(&writer, slice_of(text, sizeof text));
    assert_int_equal(out.size, 6 * sizeof text + 2);
}

/* With something to escape at the end or nowhere, in buffers that are too small for it or just large enough. */
static void a_string_put_leaves_the_room_behind_it(void **state)
{
    (void)state;
    enum { BEHIND = 50 };
    char text[100];
    memset(text, 'x', sizeof text);
    for (size_t size = 0; size <= sizeof text; size++) {
        for (int escaped = 0; escaped <= (size > 0); escaped++) {
            struct buf b;
            buf_init(&b, &arena, 0);
            buf_append_byte(&b, '[');
            if (escaped)
                text[size - 1] = '\n';
            char *place = buf_reserve(&b, size + JSON_STRING_ROOM + BEHIND);
            char *end = json_put_string(&b, place, slice_of(text, size), BEHIND);
            assert_true((size_t)(end - b.data) + BEHIND <= b.capacity);
            assert_int_equal(end - b.data, 1 + size + 2 + (size_t)escaped);
            assert_memory_equal(b.data, "[\"", 2);
            assert_memory_equal(b.data + 2, text, size - (size_t)escaped);
            assert_memory_equal(end - 1 - 2 * escaped, escaped ? "\\n\"" : "\"", 1 + 2 * (size_t)escaped);
            memset(text, 'x', sizeof text);
        }
    }
}

static void seconds_show_only_the_milliseconds_there_are(void **state)
{
    (void)state;
    static const int64_t ms[] = {1658528578619, 1658528578600, 1658528578000, 0, 7, 70, 999, -1,
                                 -1500,         INT64_MAX};
    json_begin_array(&writer);
    for (size_t i = 0; i < sizeof ms / sizeof *ms; i++)
        json_seconds(&writer, ms[i]);
    json_end_array(&writer);
    assert_written(
        "[1658528578.619,1658528578.6,1658528578,0,0.007,0.07,0.999,-0.001,-1.5,9223372036854775.807]");
}

static void capacity_units_always_have_one_decimal(void **state)
{
    (void)state;
    json_begin_array(&writer);
    for (int64_t halves = 0; halves < 5; halves++)
        json_half_units(&writer, halves);
    json_half_units(&writer, 20001);
    json_end_array(&writer);
    assert_written("[0.0,0.5,1.0,1.5,2.0,10000.5]");
}

static void what_was_written_since_a_mark_can_be_taken_back(void **state)
{
    (void)state;
    json_begin_object(&writer);
    struct json_mark first = json_mark(&writer);
    json_member_i64(&writer, "a", 1);
    json_rewind(&writer, first);
    json_member_i64(&writer, "b", 2);
    struct json_mark second = json_mark(&writer);
    json_name(&writer, SLICE("c"));
    json_begin_array(&writer);
    json_rewind(&writer, second);
    json_member_i64(&writer, "d", 3);
    json_end_object(&writer);
    assert_written("{\"b\":2,\"d\":3}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(commas_stand_between_and_nowhere_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_what_must_be_escaped_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(control_characters_have_their_short_forms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_byte_at_every_place_survives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_beyond_ascii_stay_as_they_are, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_text_of_escapes_alone_fits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_string_put_leaves_the_room_behind_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(seconds_show_only_the_milliseconds_there_are, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_written_since_a_mark_can_be_taken_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(capacity_units_always_have_one_decimal, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
