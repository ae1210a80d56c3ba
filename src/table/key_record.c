#include "table/key_record_priv.h"

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
