#include "engine/item_key.h"

#include "item/key.h"
#include "item/wire.h"

/* ------------------------------------------------------------------ one attribute */

static bool check_not_empty(const struct key_attribute *attribute, const struct value *value,
                            struct error *err)
{
    if (value->payload.size > 0 || value->type == VALUE_N)
        return true;
    return error_set(
        err, ERR_VALIDATION,
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        "contain an empty %s value. Key: %.*s",
        value->type == VALUE_S ? "string" : "binary", SLICE_PRINTF(attribute->name));
}

bool item_key_check_value(const struct key_attribute *attribute, const struct value *value, bool is_hash,
                          struct error *err)
{
    if (!check_not_empty(attribute, value, err))
        return false;
    if (is_hash && value->payload.size > KEY_PARTITION_BYTES_MAX)
        return error_set(
            err, ERR_VALIDATION,
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size "
            "limit of2048 bytes");
    if (!is_hash && value->payload.size > KEY_SORT_BYTES_MAX)
        return error_set(
            err, ERR_VALIDATION,
            "One or more parameter values were invalid: Aggregated size of all range keys has exceeded "
            "the size limit of 1024 bytes");
    return true;
}

typedef bool read_attribute(const struct key_attribute *attribute, struct slice item, struct value *out,
                            struct error *err);

static bool read_from_item(const struct key_attribute *attribute, struct slice item, struct value *out,
                           struct error *err)
{
    if (!item_attribute(item, attribute->name, out))
        return error_set(err, ERR_VALIDATION,
                         "One or more parameter values were invalid: Missing the key %.*s in the item",
                         SLICE_PRINTF(attribute->name));
    if (out->type != attribute->type)
        return error_set(
            err, ERR_VALIDATION,
            "One or more parameter values were invalid: Type mismatch for key %.*s expected: %s actual: %s",
            SLICE_PRINTF(attribute->name), value_type_name(attribute->type), value_type_name(out->type));
    return true;
}

static bool schema_mismatch(struct error *err)
{
    return error_set(err, ERR_VALIDATION, "The provided key element does not match the schema");
}

bool item_key_check_member(const struct key_attribute *attribute, struct slice map, struct value *out,
                           struct error *err)
{
    if (!item_attribute(map, attribute->name, out) || out->type != attribute->type)
        return schema_mismatch(err);
    return true;
}

/* ------------------------------------------------------------------ whole keys */

/* All attributes are read before the first value is judged, so that a missing sort key is reported before an
 * empty partition key. */
static bool key_of(const struct table *table, struct slice attributes, read_attribute *read,
                   struct storage_key *key_out, struct error *err)
{
    const struct key_schema *schema = &table->key;
    struct value hash, range;
    bool has_range = schema->range_count > 0;
    if (!read(&schema->hash[0], attributes, &hash, err) ||
        (has_range && !read(&schema->range[0], attributes, &range, err)))
        return false;
    if (!item_key_check_value(&schema->hash[0], &hash, true, err) ||
        (has_range && !item_key_check_value(&schema->range[0], &range, false, err)))
        return false;
    *key_out = (struct storage_key){
        .space = table->space,
        .partition = key_single(&hash),
        .sort = has_range ? key_single(&range) : SLICE(""),
    };
    return true;
}

bool item_key_of_item(const struct table *table, struct slice item, struct storage_key *key_out,
                      struct error *err)
{
    return key_of(table, item, read_from_item, key_out, err);
}

bool item_key_of_map(const struct table *table, struct slice map, struct storage_key *key_out,
                     struct error *err)
{
    struct value attributes;
    if (slice_is_none(map))
        return schema_mismatch(err);
    item_attributes(map, &attributes);
    if (attributes.count != table->key.hash_count + table->key.range_count)
        return schema_mismatch(err);
    return key_of(table, map, item_key_check_member, key_out, err);
}

/* ------------------------------------------------------------------ what is read */

bool item_key_has_attribute(const struct key_schema *key, struct slice name)
{
    for (unsigned i = 0; i < key->hash_count; i++)
        if (slice_equal(key->hash[i].name, name))
            return true;
    for (unsigned i = 0; i < key->range_count; i++)
        if (slice_equal(key->range[i].name, name))
            return true;
    return false;
}

static size_t add_schema(const struct key_schema *key, const struct key_schema *but,
                         const struct key_attribute **out)
{
    size_t count = 0;
    for (unsigned i = 0; i < key->hash_count; i++)
        if (!but || !item_key_has_attribute(but, key->hash[i].name))
            out[count++] = &key->hash[i];
    for (unsigned i = 0; i < key->range_count; i++)
        if (!but || !item_key_has_attribute(but, key->range[i].name))
            out[count++] = &key->range[i];
    return count;
}

size_t item_source_attributes(const struct item_source *source,
                              const struct key_attribute *out[ITEM_SOURCE_ATTRIBUTES_MAX])
{
    if (!source->index)
        return add_schema(&source->table->key, NULL, out);
    size_t count = add_schema(&source->index->key, NULL, out);
    return count + add_schema(&source->table->key, &source->index->key, out + count);
}

void item_key_write(const struct item_source *source, struct slice item, struct json_writer *w)
{
    const struct key_attribute *attributes[ITEM_SOURCE_ATTRIBUTES_MAX];
    size_t count = item_source_attributes(source, attributes);
    json_begin_object(w);
    for (size_t i = 0; i < count; i++) {
        struct value value;
        if (!item_attribute(item, attributes[i]->name, &value))
            continue;
        json_name(w, attributes[i]->name);
        wire_write_value(w, &value);
    }
    json_end_object(w);
}
