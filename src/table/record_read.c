#include "table/descriptor_priv.h"
#include "table/record_priv.h"

#include <errno.h>
#include <stdlib.h>

enum { RECORD_DEPTH_MAX = 8, NUMBER_TEXT_BYTES = 24 };

bool record_begin(struct record_reader *r, struct slice record, struct arena *arena, struct error *err)
{
    if (record.size == 0 || record.data[0] != CATALOG_RECORD_VERSION) {
        (void)error_set(err, ERR_CORRUPT, NULL);
        return error_add_detail(err, "catalog record of unknown version %d",
                                record.size ? record.data[0] : -1);
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

/* ------------------------------------------------------------------ keys */

struct record_attribute record_take_attribute(struct record_reader *r)
{
    struct record_attribute stored = {0};
    bool typed = false;
    record_expect(r, JSON_OBJECT_BEGIN);
    while (record_next_member(r)) {
        if (record_is(r, "name"))
            stored.attribute.name = record_take_text(r);
        else if (record_is(r, "type"))
            typed = value_type_from_name(record_take_text(r), &stored.attribute.type);
        else if (record_is(r, "role"))
            stored.role = record_take_text(r);
        else
            record_pass_over(r);
    }
    enum value_type type = stored.attribute.type;
    if (slice_is_none(stored.attribute.name) || !typed ||
        (type != VALUE_S && type != VALUE_N && type != VALUE_B))
        r->broken = true;
    return stored;
}

void record_take_key(struct record_reader *r, struct key_schema *key)
{
    record_expect(r, JSON_ARRAY_BEGIN);
    while (record_next_element(r)) {
        struct record_attribute stored = record_take_attribute(r);
        if (slice_equal(stored.role, SLICE("HASH")) && key->hash_count < TABLE_KEY_ATTRIBUTES_MAX)
            key->hash[key->hash_count++] = stored.attribute;
        else if (slice_equal(stored.role, SLICE("RANGE")) && key->range_count < TABLE_KEY_ATTRIBUTES_MAX)
            key->range[key->range_count++] = stored.attribute;
        else
            r->broken = true;
    }
}
