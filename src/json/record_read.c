#include "json/base64.h"
#include "json/record.h"

#include <errno.h>
#include <stdlib.h>

enum { RECORD_DEPTH_MAX = 8, NUMBER_TEXT_BYTES = 24 };

bool record_begin(struct record_reader *r, struct slice record, struct arena *arena, struct error *err)
{
    if (record.size == 0 || record.data[0] != RECORD_VERSION) {
        (void)error_set(err, ERR_CORRUPT, NULL);
        return error_add_detail(err, "record of unknown version %d", record.size ? record.data[0] : -1);
    }
    *r = (struct record_reader){.arena = arena};
    json_reader_init(&r->json, slice_after(record, 1), RECORD_DEPTH_MAX, arena);
    r->token = json_next(&r->json);
    record_expect(r, JSON_OBJECT_BEGIN);
    return true;
}

bool record_end(struct record_reader *r)
{
    return !r->broken && json_next(&r->json) == JSON_END;
}

/* ------------------------------------------------------------------ values */

bool record_broken(struct record_reader *r)
{
    r->broken = true;
    return false;
}

bool record_is(const struct record_reader *r, const char *name)
{
    return slice_equal(r->name, slice_from_cstr(name));
}

bool record_next_member(struct record_reader *r)
{
    if (r->broken)
        return false;
    enum json_token token = json_next(&r->json);
    if (token == JSON_OBJECT_END)
        return false;
    if (token != JSON_NAME)
        return record_broken(r);
    r->name = r->json.text;
    r->token = json_next(&r->json);
    return true;
}

bool record_next_element(struct record_reader *r)
{
    if (r->broken)
        return false;
    r->token = json_next(&r->json);
    if (r->token == JSON_INVALID || r->token == JSON_END)
        return record_broken(r);
    return r->token != JSON_ARRAY_END;
}

void record_expect(struct record_reader *r, enum json_token token)
{
    if (r->token != token)
        r->broken = true;
}

void record_pass_over(struct record_reader *r)
{
    if (!r->broken && !json_skip(&r->json, r->token))
        r->broken = true;
}

struct slice record_take_text(struct record_reader *r)
{
    record_expect(r, JSON_STRING);
    return r->broken ? SLICE_NONE : arena_copy(r->arena, r->json.text);
}

int64_t record_take_i64(struct record_reader *r)
{
    record_expect(r, JSON_NUMBER);
    if (r->broken || r->json.text.size >= NUMBER_TEXT_BYTES) {
        r->broken = true;
        return 0;
    }
    char text[NUMBER_TEXT_BYTES] = {0};
    memcpy(text, r->json.text.data, r->json.text.size);
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0')
        r->broken = true;
    return value;
}

uint32_t record_take_u32(struct record_reader *r)
{
    int64_t value = record_take_i64(r);
    if (value < 0 || value > UINT32_MAX) {
        r->broken = true;
        return 0;
    }
    return (uint32_t)value;
}

bool record_take_bool(struct record_reader *r)
{
    if (r->token != JSON_TRUE && r->token != JSON_FALSE)
        r->broken = true;
    return r->token == JSON_TRUE;
}

size_t record_count_elements(struct record_reader *r)
{
    record_expect(r, JSON_ARRAY_BEGIN);
    struct record_reader ahead = *r;
    size_t count = 0;
    while (record_next_element(&ahead)) {
        record_pass_over(&ahead);
        count++;
    }
    if (ahead.broken)
        r->broken = true;
    return r->broken ? 0 : count;
}

/* ------------------------------------------------------------------ fields of structs */

static struct slice take_bytes(struct record_reader *r)
{
    record_expect(r, JSON_STRING);
    if (r->broken)
        return SLICE_NONE;
    char *bytes = arena_alloc_bytes(r->arena, base64_bytes_max(r->json.text.size));
    size_t size = 0;
    if (!base64_decode(r->json.text, bytes, &size))
        r->broken = true;
    return slice_of(bytes, size);
}

static int64_t take_count(struct record_reader *r)
{
    int64_t value = record_take_i64(r);
    if (value < 0)
        r->broken = true;
    return value;
}

static unsigned take_enum(struct record_reader *r, const struct record_field *field)
{
    record_expect(r, JSON_STRING);
    for (unsigned i = 0; i < field->name_count && !r->broken; i++)
        if (slice_equal(r->json.text, slice_from_cstr(field->names[i])))
            return i;
    r->broken = true;
    return 0;
}

static void take_value(struct record_reader *r, const struct record_field *field, void *at)
{
    switch (field->kind) {
    case RECORD_TEXT:
        *(struct slice *)at = record_take_text(r);
        return;
    case RECORD_BASE64:
        *(struct slice *)at = take_bytes(r);
        return;
    case RECORD_I64:
        *(int64_t *)at = record_take_i64(r);
        return;
    case RECORD_COUNT:
        *(int64_t *)at = take_count(r);
        return;
    case RECORD_U32:
        *(uint32_t *)at = record_take_u32(r);
        return;
    case RECORD_BOOL:
        *(bool *)at = record_take_bool(r);
        return;
    case RECORD_ENUM:
        *(unsigned *)at = take_enum(r, field);
        return;
    }
}

bool record_take_field(struct record_reader *r, const struct record_field *fields, size_t count, void *object)
{
    for (size_t i = 0; i < count; i++) {
        if (record_is(r, fields[i].name)) {
            take_value(r, &fields[i], (char *)object + fields[i].offset);
            return true;
        }
    }
    return false;
}

void record_take_fields(struct record_reader *r, const struct record_field *fields, size_t count,
                        void *object)
{
    while (record_next_member(r))
        if (!record_take_field(r, fields, count, object))
            record_pass_over(r);
}
