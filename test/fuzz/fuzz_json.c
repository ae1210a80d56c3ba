/* The JSON reader on any bytes, with jansson as the oracle: both accept or both refuse (jansson_oracle.h says
 * where it cannot tell), and what is accepted survives being written and read again. Corpus: corpus/json. */
#include "../unit/json/jansson_oracle.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "json/utf8.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

static void write_tagged(struct json_writer *w, char tag, struct slice text)
{
    json_begin_object(w);
    json_name(w, slice_of(&tag, 1));
    json_string(w, text);
    json_end_object(w);
}

/* Reads all tokens, writing each, by the reader's short cuts: that of the innermost container. */
static bool copy(struct json_reader *r, struct json_writer *w)
{
    bool in_object[JSON_DEPTH_MAX + 1] = {false};
    unsigned depth = 0;
    for (;;) {
        struct slice name = SLICE("");
        char tag;
        enum json_token token =
            in_object[depth] ? json_next_member(r, &name, &tag) : json_next_element(r, &tag);
        switch (token) {
        case JSON_INVALID:
            expect(json_next(r) == JSON_INVALID, "an invalid text stays invalid");
            return false;
        case JSON_END:
            return true;
        case JSON_OBJECT_BEGIN:
            in_object[++depth] = true;
            json_begin_object(w);
            break;
        case JSON_OBJECT_END:
            depth--;
            json_end_object(w);
            break;
        case JSON_ARRAY_BEGIN:
            in_object[++depth] = false;
            json_begin_array(w);
            break;
        case JSON_ARRAY_END:
            depth--;
            json_end_array(w);
            break;
        case JSON_NAME:
            expect(utf8_valid(name), "names are UTF-8");
            json_name(w, name);
            if (tag)
                write_tagged(w, tag, r->text);
            break;
        case JSON_STRING:
            expect(utf8_valid(r->text), "strings are UTF-8");
            if (tag)
                write_tagged(w, tag, r->text);
            else
                json_string(w, r->text);
            break;
        case JSON_NUMBER:
            json_raw(w, r->text);
            break;
        case JSON_TRUE:
            json_bool(w, true);
            break;
        case JSON_FALSE:
            json_bool(w, false);
            break;
        case JSON_NULL:
            json_raw(w, SLICE("null"));
            break;
        }
    }
}

static bool read_and_write(struct slice text, struct arena *arena, struct slice *out)
{
    struct json_reader r;
    struct json_writer w;
    struct buf b;
    buf_init(&b, arena, 1);
    json_reader_init(&r, text, JSON_DEPTH_MAX, arena);
    json_writer_init(&w, &b);
    bool valid = copy(&r, &w);
    *out = buf_slice(&b);
    return valid;
}

static size_t brackets(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '[' || text.data[i] == '{';
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);
    struct arena arena;
    arena_init(&arena, 4096);
    struct slice written, again;
    bool valid = read_and_write(text, &arena, &written);
    expect(valid == json_valid(text, JSON_DEPTH_MAX), "the short cuts change nothing");
    /* Jansson goes deeper than we do. */
    enum oracle_verdict verdict =
        brackets(text) > JSON_DEPTH_MAX ? ORACLE_CANNOT_TELL : oracle_read(text, NULL);
    expect(verdict == ORACLE_CANNOT_TELL || valid == (verdict == ORACLE_ACCEPTS), "the oracle agrees");
    if (valid) {
        expect(read_and_write(written, &arena, &again), "what is written is valid");
        expect(slice_equal(written, again), "what is written is a fixed point");
    }
    arena_release(&arena);
    return 0;
}
