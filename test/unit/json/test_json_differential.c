/* The JSON reader against jansson, over generated texts and mutations of them, from a fixed seed. */
#include "jansson_oracle.h"
#include "json/json_reader.h"
#include "support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((random_state >> 33) % limit);
}

#define PICK(array) (array)[random_below(sizeof(array) / sizeof *(array))]

/* ------------------------------------------------------------------ generated texts */

enum { TEXT_MAX = 4096, DEPTH_MAX = 6 };

static char text[TEXT_MAX + 64];
static size_t text_size;
static unsigned name_count; /* makes names unique */

static void put(const char *piece)
{
    size_t size = strlen(piece);
    if (text_size + size <= TEXT_MAX) {
        memcpy(text + text_size, piece, size);
        text_size += size;
    }
}

static void put_space(void)
{
    static const char *const spaces[] = {"", "", "", "", " ", "\n", "\t", "\r", "  "};
    put(PICK(spaces));
}

static void put_string(bool name)
{
    static const char *const pieces[] = {
        "a",
        "key",
        "0123456789abcdef",
        "the quick brown fox",
        " ",
        "\\n",
        "\\\"",
        "\\\\",
        "\\/",
        "\\b\\f\\r\\t",
        "\\u0041",
        "\\u00e9",
        "\\u20ac",
        "\\ud83d\\ude00",
        "\\u001f",
        "\xC3\xA9",
        "\xE2\x82\xAC",
        "\xF0\x9F\x98\x80",
        "\xEF\xBF\xBF",
        "\xF4\x8F\xBF\xBF",
        "\x7F",
        "\xED\x9F\xBF",
        "\xEE\x80\x80",
        "{}[]:,",
    };
    put("\"");
    if (name) {
        char unique[16];
        snprintf(unique, sizeof unique, "%u.", name_count++);
        put(unique);
    }
    for (uint32_t n = random_below(6); n > 0; n--)
        put(PICK(pieces));
    if (!name && random_below(16) == 0)
        put("\\u0000");
    put("\"");
}

static void put_value(unsigned depth)
{
    static const char *const scalars[] = {"0",         "-0",   "1",     "-17",
                                          "3.25",      "1e3",  "1E-2",  "12345678901234567890",
                                          "0.001e+10", "true", "false", "null"};
    put_space();
    uint32_t kind = random_below(depth < DEPTH_MAX && text_size < TEXT_MAX / 2 ? 8 : 4);
    if (kind < 2) {
        put(PICK(scalars));
    } else if (kind < 4) {
        put_string(false);
    } else {
        bool object = kind < 6;
        put(object ? "{" : "[");
        uint32_t members = random_below(5);
        for (uint32_t i = 0; i < members; i++) {
            if (i > 0)
                put(",");
            put_space();
            if (object) {
                put_string(true);
                put_space();
                put(":");
            }
            put_value(depth + 1);
        }
        put_space();
        put(object ? "}" : "]");
    }
    put_space();
}

static void generate(void)
{
    text_size = 0;
    name_count = 0;
    put_value(0);
}

static void mutate(void)
{
    static const char interesting[] =
        "\"\\{}[]:,.-+0129eEtrufalsn \n\t/\x80\xBF\xC0\xC3\xE0\xED\xF0\xF4\xFF\x01\x1F";
    for (uint32_t n = 1 + random_below(3); n > 0 && text_size > 0; n--) {
        size_t at = random_below((uint32_t)text_size);
        size_t span = 1 + random_below(8);
        if (span > text_size - at)
            span = text_size - at;
        switch (random_below(4)) {
        case 0: /* change a byte */
            text[at] =
                random_below(4) ? interesting[random_below(sizeof interesting)] : (char)random_below(256);
            break;
        case 1: /* take bytes out */
            memmove(text + at, text + at + span, text_size - at - span);
            text_size -= span;
            break;
        case 2: /* double bytes */
            memmove(text + at + span, text + at, text_size - at);
            text_size += span;
            break;
        default: /* cut off */
            text_size = at;
        }
        if (text_size > TEXT_MAX)
            text_size = TEXT_MAX;
    }
}

/* ------------------------------------------------------------------ comparison */

/* Our tokens as the oracle writes its own. */
static bool append_events(struct json_reader *r, struct buf *events)
{
    for (;;) {
        enum json_token token = json_next(r);
        char number[TEXT_MAX];
        switch (token) {
        case JSON_INVALID:
            return false;
        case JSON_END:
            return true;
        case JSON_OBJECT_BEGIN:
        case JSON_OBJECT_END:
        case JSON_ARRAY_BEGIN:
        case JSON_ARRAY_END:
        case JSON_TRUE:
        case JSON_FALSE:
        case JSON_NULL:
            buf_append_byte(events, "??{}[]???tfn"[token]);
            break;
        case JSON_NAME:
        case JSON_STRING:
            oracle_append_text(events, token == JSON_NAME ? 'N' : 'S', r->text);
            break;
        case JSON_NUMBER:
            snprintf(number, sizeof number, "%.*s", SLICE_PRINTF(r->text));
            oracle_append_number(events, strtod(number, NULL));
            break;
        }
    }
}

/* Without a byte behind its end. */
static bool ours_valid(void)
{
    char *exact = malloc(text_size ? text_size : 1);
    memcpy(exact, text, text_size);
    bool valid = json_valid(slice_of(exact, text_size), JSON_DEPTH_MAX);
    free(exact);
    return valid;
}

static void generated_texts_read_the_same(void **state)
{
    (void)state;
    random_state = 20120810;
    struct arena arena;
    arena_init(&arena, 65536);
    unsigned accepted = 0;
    for (int i = 0; i < 20000; i++) {
        generate();
        struct buf ours, theirs;
        buf_init(&ours, &arena, TEXT_MAX);
        buf_init(&theirs, &arena, TEXT_MAX);
        struct json_reader r;
        json_reader_init(&r, slice_of(text, text_size), JSON_DEPTH_MAX, &arena);
        bool valid = append_events(&r, &ours);
        /* Texts that were cut at their greatest size are not valid. */
        assert_int_equal(oracle_read(slice_of(text, text_size), &theirs),
                         valid ? ORACLE_ACCEPTS : ORACLE_REFUSES);
        if (valid && !slice_equal(buf_slice(&ours), buf_slice(&theirs)))
            fail_msg("read differently: %.*s", (int)text_size, text);
        accepted += valid;
        arena_reset(&arena);
    }
    arena_release(&arena);
    assert_true(accepted > 10000);
}

static void mutated_texts_are_accepted_by_both_or_neither(void **state)
{
    (void)state;
    random_state = 19700101;
    unsigned accepted = 0;
    for (int i = 0; i < 100000; i++) {
        generate();
        mutate();
        enum oracle_verdict verdict = oracle_read(slice_of(text, text_size), NULL);
        accepted += verdict == ORACLE_ACCEPTS;
        if (verdict != ORACLE_CANNOT_TELL && ours_valid() != (verdict == ORACLE_ACCEPTS))
            fail_msg("jansson %s: %.*s", verdict == ORACLE_ACCEPTS ? "accepts" : "refuses", (int)text_size,
                     text);
    }
    assert_true(accepted > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated_texts_read_the_same),
        cmocka_unit_test(mutated_texts_are_accepted_by_both_or_neither),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
