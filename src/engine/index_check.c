/* Values that secondary indexes cannot hold. A key attribute of an index may be missing from an item, but if it is there
 * it must be able to be a key. */
#include "engine/index.h"
#include "expr/update.h"
#include "item/item.h"
#include "item/key.h"

typedef bool check_value(const struct table_index *index, const struct key_attribute *attribute,
                         const struct value *value, size_t bytes_max, struct error *err);

/* Calls `check` for every key attribute of every index that `read` yields a value for. */
typedef bool read_value(const void *from, struct slice name, struct value *out);

struct visit {
    read_value *read;
    const void *from;
    check_value *check;
};

static bool visit_attributes(const struct table_index *index, const struct key_attribute *attributes,
                             unsigned count, size_t bytes_max, const struct visit *v, struct error *err)
{
    for (unsigned i = 0; i < count; i++) {
        struct value value;
        if (v->read(v->from, attributes[i].name, &value) &&
            !v->check(index, &attributes[i], &value, bytes_max, err))
            return false;
    }
    return true;
}

static bool visit_indexes(const struct table *table, const struct visit *v, struct error *err)
{
    for (size_t i = 0; i < index_count(table); i++) {
        const struct table_index *index = index_at(table, i);
        const struct key_schema *key = &index->key;
        if (!visit_attributes(index, key->hash, key->hash_count, KEY_PARTITION_BYTES_MAX, v, err) ||
            !visit_attributes(index, key->range, key->range_count, KEY_SORT_BYTES_MAX, v, err))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ items that are put */

static bool type_mismatch(const struct table_index *index, const struct key_attribute *attribute,
                          const struct value *value, struct error *err)
{
    return error_set(err, ERR_VALIDATION,
                     "One or more parameter values were invalid: Type mismatch for Index Key %.*s Expected: "
                     "%s Actual: %s IndexName: %.*s",
                     SLICE_PRINTF(attribute->name), value_type_name(attribute->type),
                     value_type_name(value->type), SLICE_PRINTF(index->name));
}

static const char *kind_of(const struct value *value)
{
    return value->type == VALUE_S ? "string" : "binary";
}

static bool check_put(const struct table_index *index, const struct key_attribute *attribute,
                      const struct value *value, size_t bytes_max, struct error *err)
{
    if (value->type != attribute->type)
        return type_mismatch(index, attribute, value, err);
    if (value->payload.size == 0)
        return error_set(
            err, ERR_VALIDATION,
            "One or more parameter values are not valid. A value specified for a secondary index key is not "
            "supported. The AttributeValue for a key attribute cannot contain an empty %s value. IndexName: "
            "%.*s, IndexKey: %.*s",
            kind_of(value), SLICE_PRINTF(index->name), SLICE_PRINTF(attribute->name));
    if (value->payload.size <= bytes_max)
        return true;
    if (bytes_max == KEY_PARTITION_BYTES_MAX)
        return error_set(err, ERR_VALIDATION,
                         "One or more parameter values were invalid: Size of hashkey has exceeded the "
                         "maximum size limit of2048 bytes");
    return error_set(err, ERR_VALIDATION,
                     "One or more parameter values were invalid: Aggregated size of all range keys has "
                     "exceeded the size limit of 1024 bytes");
}

static bool read_item(const void *attributes, struct slice name, struct value *out)
{
    return value_member(attributes, name, out);
}

bool index_check_put(const struct table *table, struct slice item, struct error *err)
{
    struct value attributes;
    if (index_count(table) == 0)
        return true;
    item_attributes(item, &attributes);
    const struct visit v = {read_item, &attributes, check_put};
    return visit_indexes(table, &v, err);
}

/* ------------------------------------------------------------------ updates */

static bool empty_by_update(const struct value *value, struct error *err)
{
    return error_set(err, ERR_VALIDATION,
                     "One or more parameter values are not valid. The update expression attempted to update "
                     "a secondary index key to a value that is not supported. The AttributeValue for a key "
                     "attribute cannot contain an empty %s value.",
                     kind_of(value));
}

static bool check_constant(const struct table_index *index, const struct key_attribute *attribute,
                           const struct value *value, size_t bytes_max, struct error *err)
{
    if (value->type != attribute->type)
        return type_mismatch(index, attribute, value, err);
    if (value->payload.size == 0)
        return empty_by_update(value, err);
    if (value->payload.size > bytes_max)
        return error_set(err, ERR_VALIDATION,
                         "The update expression attempted to update the secondary index key beyond allowed "
                         "size limits");
    return true;
}

static bool read_constant(const void *update, struct slice name, struct value *out)
{
    return expr_update_constant(update, name, out);
}

bool index_check_update(const struct table *table, const struct expr *update, struct error *err)
{
    const struct visit v = {read_constant, update, check_constant};
    return !update || index_count(table) == 0 || visit_indexes(table, &v, err);
}

struct updated {
    struct value former; /* no members if there was no item */
    struct value after;
};

/* Only what the update changed is its fault. */
static bool read_updated(const void *from, struct slice name, struct value *out)
{
    const struct updated *updated = from;
    struct value before;
    return value_member(&updated->after, name, out) &&
           !(updated->former.count > 0 && value_member(&updated->former, name, &before) &&
             value_equal(&before, out));
}

static bool check_computed(const struct table_index *index, const struct key_attribute *attribute,
                           const struct value *value, size_t bytes_max, struct error *err)
{
    if (value->type != attribute->type)
        return error_set(
            err, ERR_VALIDATION,
            "The update expression attempted to update the secondary index key to unsupported type");
    return check_constant(index, attribute, value, bytes_max, err);
}

bool index_check_updated(const struct table *table, struct slice former, struct slice after,
                         struct error *err)
{
    struct updated updated = {.former.count = 0};
    if (index_count(table) == 0 || slice_is_none(after))
        return true;
    if (!slice_is_none(former))
        item_attributes(former, &updated.former);
    item_attributes(after, &updated.after);
    const struct visit v = {read_updated, &updated, check_computed};
    return visit_indexes(table, &v, err);
}
