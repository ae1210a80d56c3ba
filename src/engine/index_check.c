/* Values that secondary indexes cannot hold. A key attribute of an index may be missing from an item, but if it is there
 * it must be able to be a key. If several indexes refuse it, the first by name is named. */
#include "base/contract.h"
#include "engine/index.h"
#include "expr/update.h"
#include "item/item.h"
#include "item/key.h"

/* Looks at one key attribute of one index. */
struct visit;
typedef bool check_attribute(const struct visit *v, const struct table_index *index,
                             const struct key_attribute *attribute, size_t bytes_max, struct error *err);

struct visit {
    check_attribute *check;
    const void *arg;
};

static bool visit_attributes(const struct table_index *index, const struct key_attribute *attributes,
                             unsigned count, size_t bytes_max, const struct visit *v, struct error *err)
{
    for (unsigned i = 0; i < count; i++)
        if (!v->check(v, index, &attributes[i], bytes_max, err))
            return false;
    return true;
}

static bool visit_index(const struct table_index *index, const struct visit *v, struct error *err)
{
    const struct key_schema *key = &index->key;
    return visit_attributes(index, key->hash, key->hash_count, KEY_PARTITION_BYTES_MAX, v, err) &&
           visit_attributes(index, key->range, key->range_count, KEY_SORT_BYTES_MAX, v, err);
}

/* Fails as the first index by name that fails. */
static bool visit_indexes(const struct table *table, const struct visit *v, struct error *err)
{
    const struct table_index *refuses = NULL;
    for (size_t i = 0; i < index_count(table); i++) {
        const struct table_index *index = index_at(table, i);
        bool earlier = !refuses || slice_compare(index->name, refuses->name) < 0;
        if (earlier && !visit_index(index, v, err))
            refuses = index;
    }
    return !refuses;
}

/* ------------------------------------------------------------------ items that are put */

static bool type_mismatch(const struct table_index *index, const struct key_attribute *attribute,
                          enum value_type actual, struct error *err)
{
    return error_set(err, ERR_VALIDATION,
                     "One or more parameter values were invalid: Type mismatch for Index Key %.*s Expected: "
                     "%s Actual: %s IndexName: %.*s",
                     SLICE_PRINTF(attribute->name), value_type_name(attribute->type), value_type_name(actual),
                     SLICE_PRINTF(index->name));
}

static const char *kind_of(const struct value *value)
{
    return value->type == VALUE_S ? "string" : "binary";
}

static bool check_put(const struct visit *v, const struct table_index *index,
                      const struct key_attribute *attribute, size_t bytes_max, struct error *err)
{
    struct value found;
    const struct value *value = &found;
    if (!value_member(v->arg, attribute->name, &found))
        return true;
    if (value->type != attribute->type)
        return type_mismatch(index, attribute, value->type, err);
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

/* An item counts together with its entries in local indexes. */
static bool fits_with_entries(const struct table *table, struct slice item, struct arena *arena)
{
    size_t bytes = item_size_bytes(item);
    if (bytes * (1 + table->local_index_count) <= ITEM_SIZE_BYTES_MAX)
        return true;
    for (size_t i = 0; i < table->local_index_count; i++) {
        struct index_entry entry;
        if (index_entry_of(table, &table->local_indexes[i], item, arena, &entry))
            bytes += item_size_bytes(entry.item);
    }
    return bytes <= ITEM_SIZE_BYTES_MAX;
}

bool index_check_put(const struct table *table, struct slice item, struct error *err)
{
    struct value attributes;
    if (index_count(table) == 0)
        return true;
    item_attributes(item, &attributes);
    const struct visit v = {check_put, &attributes};
    if (!visit_indexes(table, &v, err))
        return false;
    return fits_with_entries(table, item, err->arena) ||
           error_set(err, ERR_VALIDATION, "Item size has exceeded the maximum allowed size");
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

static bool too_long_by_update(struct error *err)
{
    return error_set(
        err, ERR_VALIDATION,
        "The update expression attempted to update the secondary index key beyond allowed size limits");
}

static bool check_known(const struct visit *v, const struct table_index *index,
                        const struct key_attribute *attribute, size_t bytes_max, struct error *err)
{
    enum value_type type;
    struct value value;
    if (!expr_update_known_type(v->arg, attribute->name, &type))
        return true;
    if (type != attribute->type)
        return type_mismatch(index, attribute, type, err);
    if (!expr_update_constant(v->arg, attribute->name, &value))
        return true;
    if (value.payload.size == 0)
        return empty_by_update(&value, err);
    return value.payload.size <= bytes_max || too_long_by_update(err);
}

bool index_check_update(const struct table *table, const struct expr *update, struct error *err)
{
    const struct visit v = {check_known, update};
    return !update || index_count(table) == 0 || visit_indexes(table, &v, err);
}

struct updated {
    struct value former; /* no members if there was no item */
    struct value after;
};

/* Only what the update changed is its fault. */
static bool changed(const struct updated *updated, struct slice name, struct value *out)
{
    struct value before;
    return value_member(&updated->after, name, out) &&
           !(updated->former.count > 0 && value_member(&updated->former, name, &before) &&
             value_equal(&before, out));
}

static bool check_changed(const struct visit *v, const struct table_index *index,
                          const struct key_attribute *attribute, size_t bytes_max, struct error *err)
{
    struct value value;
    (void)index;
    if (!changed(v->arg, attribute->name, &value))
        return true;
    if (value.type != attribute->type)
        return error_set(
            err, ERR_VALIDATION,
            "The update expression attempted to update the secondary index key to unsupported type");
    if (value.payload.size == 0)
        return empty_by_update(&value, err);
    return value.payload.size <= bytes_max || too_long_by_update(err);
}

bool index_check_updated(const struct table *table, struct slice former, struct slice after,
                         struct arena *arena, struct error *err)
{
    struct updated updated = {.former.count = 0};
    if (index_count(table) == 0 || slice_is_none(after))
        return true;
    if (!slice_is_none(former))
        item_attributes(former, &updated.former);
    item_attributes(after, &updated.after);
    const struct visit v = {check_changed, &updated};
    if (!visit_indexes(table, &v, err))
        return false;
    return fits_with_entries(table, after, arena) ||
           error_set(err, ERR_VALIDATION, "Item size to update has exceeded the maximum allowed size");
}
