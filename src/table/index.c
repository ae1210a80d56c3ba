#include "table/table.h"

#include "table/index_priv.h"

#include <stdlib.h>

const struct table_index *table_find_index(const struct table *t, struct slice name)
{
    for (size_t i = 0; i < t->local_index_count; i++)
        if (slice_equal(t->local_indexes[i].name, name))
            return &t->local_indexes[i];
    for (size_t i = 0; i < t->global_index_count; i++)
        if (slice_equal(t->global_indexes[i].name, name))
            return &t->global_indexes[i];
    return NULL;
}

bool table_index_is_local(const struct table *t, const struct table_index *index)
{
    return index >= t->local_indexes && index < t->local_indexes + t->local_index_count;
}

/* ------------------------------------------------------------------ status */

bool table_index_backfilling_at(const struct table_index *index, int64_t now_ms)
{
    return index->status == INDEX_CREATING && now_ms >= index->active_ms;
}

enum table_status table_index_status_at(const struct table *t, const struct table_index *index,
                                        int64_t now_ms)
{
    enum table_status of_table = table_status_at(t, now_ms);
    if (of_table == TABLE_DELETING || index->gone_ms != 0)
        return TABLE_DELETING;
    if (of_table == TABLE_CREATING || !table_index_usable(index, now_ms))
        return TABLE_CREATING;
    return now_ms < index->updating_ms ? TABLE_UPDATING : TABLE_ACTIVE;
}

bool table_indexes_change_at(const struct table *t, int64_t now_ms)
{
    bool change = table_leaving_index_at(t, now_ms) != NULL;
    for (size_t i = 0; i < t->global_index_count; i++)
        change = change || table_index_status_at(t, &t->global_indexes[i], now_ms) != TABLE_ACTIVE;
    return change;
}

/* ------------------------------------------------------------------ what entries hold */

static void add_name(struct table_index *index, struct slice name)
{
    for (size_t i = 0; i < index->projected_count; i++)
        if (slice_equal(index->projected[i], name))
            return;
    index->projected[index->projected_count++] = name;
}

static void add_key(struct table_index *index, const struct key_schema *key)
{
    for (unsigned i = 0; i < key->hash_count; i++)
        add_name(index, key->hash[i].name);
    for (unsigned i = 0; i < key->range_count; i++)
        add_name(index, key->range[i].name);
}

static int compare_names(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static void work_out_projected(struct table *t, struct table_index *index)
{
    index->projected_count = 0;
    if (index->projection.type == PROJECTION_ALL)
        return;
    size_t most = index->projection.non_key_attribute_count + 4 * TABLE_KEY_ATTRIBUTES_MAX;
    index->projected = ARENA_NEW_ARRAY(&t->arena, struct slice, most);
    add_key(index, &t->key);
    add_key(index, &index->key);
    for (size_t i = 0; i < index->projection.non_key_attribute_count; i++)
        add_name(index, index->projection.non_key_attributes[i]);
    qsort(index->projected, index->projected_count, sizeof *index->projected, compare_names);
}

void table_describe_expiry_index(struct table_index *index, struct slice ttl_attribute)
{
    index->name = SLICE("time to live"); /* as no index can be called that has a name */
    index->key = (struct key_schema){.range_count = 1, .range = {{ttl_attribute, VALUE_N}}};
    index->projection = (struct projection){.type = PROJECTION_KEYS_ONLY};
    index->added_later = true;
}

void table_work_out_projected(struct table *t)
{
    for (size_t i = 0; i < t->local_index_count; i++)
        work_out_projected(t, &t->local_indexes[i]);
    for (size_t i = 0; i < t->global_index_count; i++)
        work_out_projected(t, &t->global_indexes[i]);
    if (t->expiry_index)
        work_out_projected(t, t->expiry_index);
}
