/* What functions answer: errors as the Lambda runtime interface emulator tells them (status 200 and a body with errorType), and
 * batchItemFailures. An answer that is no JSON object says nothing, and so that all is well. */
#include "json/json_reader.h"
#include "triggers/triggers_priv.h"

#include <stdio.h>

enum { ANSWER_DEPTH_MAX = 64, TEXT_MAX = 160 };

struct answer_reader {
    struct json_reader json;
    struct arena *arena;
    struct answer *out;
    struct slice error_type;
    struct slice error_message;
    bool broken; /* batchItemFailures are not as they should be */
    size_t capacity;
};

static void take_position(struct answer_reader *r, struct slice sequence)
{
    struct answer *out = r->out;
    if (out->count == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 16;
        struct stream_position *grown = ARENA_NEW_ARRAY(r->arena, struct stream_position, capacity);
        if (out->count > 0)
            memcpy(grown, out->positions, out->count * sizeof *grown);
        out->positions = grown;
        r->capacity = capacity;
    }
    if (!stream_sequence_parse(sequence, &out->positions[out->count]))
        r->broken = true;
    else
        out->count++;
}

/* {"itemIdentifier":"..."}, of which the brace was read. */
static bool read_failure(struct answer_reader *r)
{
    enum json_token token;
    bool found = false;
    while ((token = json_next(&r->json)) == JSON_NAME) {
        bool identifier = slice_equal(r->json.text, SLICE("itemIdentifier"));
        token = json_next(&r->json);
        if (identifier && token == JSON_STRING) {
            take_position(r, r->json.text);
            found = true;
        } else if (!json_skip(&r->json, token)) {
            return false;
        }
    }
    r->broken = r->broken || !found;
    return token == JSON_OBJECT_END;
}

/* false: it is not JSON. */
static bool read_failures(struct answer_reader *r, enum json_token token)
{
    if (token == JSON_NULL)
        return true;
    if (token != JSON_ARRAY_BEGIN) {
        r->broken = true;
        return json_skip(&r->json, token);
    }
    while ((token = json_next(&r->json)) != JSON_ARRAY_END) {
        if (token == JSON_OBJECT_BEGIN) {
            if (!read_failure(r))
                return false;
        } else {
            r->broken = true;
            if (token == JSON_INVALID || !json_skip(&r->json, token))
                return false;
        }
    }
    return true;
}

static bool read_object(struct answer_reader *r)
{
    enum json_token token;
    while ((token = json_next(&r->json)) == JSON_NAME) {
        struct slice name = r->json.text;
        token = json_next(&r->json);
        if (slice_equal(name, SLICE("batchItemFailures"))) {
            if (!read_failures(r, token))
                return false;
        } else if (slice_equal(name, SLICE("errorType")) && token == JSON_STRING) {
            r->error_type = r->json.text;
        } else if (slice_equal(name, SLICE("errorMessage")) && token == JSON_STRING) {
            r->error_message = r->json.text;
        } else if (!json_skip(&r->json, token)) {
            return false;
        }
    }
    return token == JSON_OBJECT_END && json_next(&r->json) == JSON_END;
}

static int shown(struct slice text)
{
    return (int)(text.size < TEXT_MAX ? text.size : TEXT_MAX);
}

void answer_read(struct slice body, struct arena *arena, struct answer *out)
{
    struct answer_reader r = {.arena = arena, .out = out};
    *out = (struct answer){0};
    json_reader_init(&r.json, body, ANSWER_DEPTH_MAX, arena);
    if (json_next(&r.json) != JSON_OBJECT_BEGIN || !read_object(&r)) {
        out->count = 0;
        return;
    }
    if (!slice_is_none(r.error_type)) {
        out->failed = true;
        snprintf(out->error, sizeof out->error, "the function failed: %.*s: %.*s", shown(r.error_type),
                 r.error_type.data, shown(r.error_message), r.error_message.data ? r.error_message.data : "");
        call_make_plain(out->error);
    } else if (r.broken) {
        out->failed = true;
        snprintf(out->error, sizeof out->error,
                 "batchItemFailures without a SequenceNumber as itemIdentifier");
    }
}
