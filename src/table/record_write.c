#include "table/descriptor_priv.h"
#include "table/record_priv.h"

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

void record_put_attribute(struct json_writer *w, const struct key_attribute *attribute, const char *role)
{
    json_begin_object(w);
    record_put_text(w, "name", attribute->name);
    record_put_cstr(w, "type", value_type_name(attribute->type));
    if (role)
        record_put_cstr(w, "role", role);
    json_end_object(w);
}

void record_put_key(struct json_writer *w, const struct key_schema *key)
{
    record_begin_list(w, "key");
    for (unsigned i = 0; i < key->hash_count; i++)
        record_put_attribute(w, &key->hash[i], "HASH");
    for (unsigned i = 0; i < key->range_count; i++)
        record_put_attribute(w, &key->range[i], "RANGE");
    json_end_array(w);
}

void record_open(struct json_writer *w, struct buf *out)
{
    buf_append_byte(out, CATALOG_RECORD_VERSION);
    json_writer_init(w, out);
    json_begin_object(w);
}
