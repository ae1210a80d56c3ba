#include "json/record.h"

void record_open(struct json_writer *w, struct buf *out)
{
    buf_append_byte(out, RECORD_VERSION);
    json_writer_init(w, out);
    json_begin_object(w);
}

void record_put_text(struct json_writer *w, const char *name, struct slice text)
{
    if (slice_is_none(text))
        return;
    json_name(w, slice_from_cstr(name));
    json_string(w, text);
}

void record_put_cstr(struct json_writer *w, const char *name, const char *text)
{
    record_put_text(w, name, slice_from_cstr(text));
}

void record_put_i64(struct json_writer *w, const char *name, int64_t value)
{
    if (value == 0)
        return;
    json_name(w, slice_from_cstr(name));
    json_i64(w, value);
}

void record_put_bool(struct json_writer *w, const char *name, bool value)
{
    if (!value)
        return;
    json_name(w, slice_from_cstr(name));
    json_bool(w, value);
}

void record_begin_list(struct json_writer *w, const char *name)
{
    json_name(w, slice_from_cstr(name));
    json_begin_array(w);
}

/* ------------------------------------------------------------------ fields of structs */

static void put_field(struct json_writer *w, const struct record_field *field, const void *at)
{
    switch (field->kind) {
    case RECORD_TEXT:
        record_put_text(w, field->name, *(const struct slice *)at);
        return;
    case RECORD_BASE64:
        if (slice_is_none(*(const struct slice *)at))
            return;
        json_name(w, slice_from_cstr(field->name));
        json_base64(w, *(const struct slice *)at);
        return;
    case RECORD_I64:
    case RECORD_COUNT:
        record_put_i64(w, field->name, *(const int64_t *)at);
        return;
    case RECORD_U32:
        record_put_i64(w, field->name, *(const uint32_t *)at);
        return;
    case RECORD_BOOL:
        record_put_bool(w, field->name, *(const bool *)at);
        return;
    case RECORD_ENUM:
        record_put_cstr(w, field->name, field->names[*(const unsigned *)at]);
        return;
    }
}

void record_put_fields(struct json_writer *w, const struct record_field *fields, size_t count,
                       const void *object)
{
    for (size_t i = 0; i < count; i++)
        put_field(w, &fields[i], (const char *)object + fields[i].offset);
}
