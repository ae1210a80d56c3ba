#include "api/table_description.h"

#include "table/arn.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

/* ------------------------------------------------------------------ usage */

/* An index without a space of its own holds nothing. */
static bool read_space(struct storage_view *view, uint32_t space, struct storage_usage *out,
                       struct error *err)
{
    *out = (struct storage_usage){0};
    return space == 0 || storage_view_usage(view, space, out, err);
}

static bool read_indexes(struct storage_view *view, const struct table_index *indexes, size_t count,
                         struct arena *arena, const struct storage_usage **out, struct error *err)
{
    struct storage_usage *usage = ARENA_NEW_ARRAY(arena, struct storage_usage, count);
    for (size_t i = 0; i < count; i++) {
        if (!read_space(view, indexes[i].space, &usage[i], err))
            return false;
    }
    *out = usage;
    return true;
}

bool table_usage_read(struct storage_view *view, const struct table *t, struct arena *arena,
                      struct table_usage *out, struct error *err)
{
    return read_space(view, t->space, &out->table, err) &&
           read_indexes(view, t->local_indexes, t->local_index_count, arena, &out->local_indexes, err) &&
           read_indexes(view, t->global_indexes, t->global_index_count, arena, &out->global_indexes, err);
}

/* ------------------------------------------------------------------ parts */

/* What all parts of one description are written with. */
struct description {
    struct json_writer *w;
    const struct table *table;
    int64_t now_ms;
    const struct table_usage *usage;
    enum table_description_form form;
};

static void write_cstr(struct json_writer *w, const char *text)
{
    json_string(w, slice_from_cstr(text));
}

static void write_key_element(struct json_writer *w, struct slice name, const char *role_member,
                              const char *role)
{
    json_begin_object(w);
    json_member_string(w, "AttributeName", name);
    json_name(w, slice_from_cstr(role_member));
    write_cstr(w, role);
    json_end_object(w);
}

static void write_key_schema(struct json_writer *w, const struct key_schema *key)
{
    json_name(w, SLICE("KeySchema"));
    json_begin_array(w);
    for (unsigned i = 0; i < key->hash_count; i++)
        write_key_element(w, key->hash[i].name, "KeyType", "HASH");
    for (unsigned i = 0; i < key->range_count; i++)
        write_key_element(w, key->range[i].name, "KeyType", "RANGE");
    json_end_array(w);
}

/* Of key attributes too: their name comes first. */
static int compare_names(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}
static_assert(offsetof(struct key_attribute, name) == 0, "sorted by its first member");

static void write_definitions(struct json_writer *w, const struct table *t)
{
    struct key_attribute *sorted = ARENA_NEW_ARRAY(w->out->arena, struct key_attribute, t->definition_count);
    for (size_t i = 0; i < t->definition_count; i++)
        sorted[i] = t->definitions[i];
    qsort(sorted, t->definition_count, sizeof(*sorted), compare_names);
    json_name(w, SLICE("AttributeDefinitions"));
    json_begin_array(w);
    for (size_t i = 0; i < t->definition_count; i++)
        write_key_element(w, sorted[i].name, "AttributeType", value_type_name(sorted[i].type));
    json_end_array(w);
}

static void write_time(struct json_writer *w, const char *member, int64_t ms)
{
    if (ms == 0)
        return;
    json_name(w, slice_from_cstr(member));
    json_seconds(w, ms);
}

static void write_throughput(const struct description *d, struct throughput throughput,
                             const struct throughput_changes *changes)
{
    struct json_writer *w = d->w;
    json_name(w, SLICE("ProvisionedThroughput"));
    json_begin_object(w);
    write_time(w, "LastIncreaseDateTime", changes->increased_ms);
    write_time(w, "LastDecreaseDateTime", changes->decreased_ms);
    json_member_i64(w, "NumberOfDecreasesToday", throughput_decreases_today(changes, d->now_ms));
    json_member_i64(w, "ReadCapacityUnits", throughput.read_units);
    json_member_i64(w, "WriteCapacityUnits", throughput.write_units);
    json_end_object(w);
}

static void write_on_demand(struct json_writer *w, const struct optional_units *units)
{
    if (!units->read_given && !units->write_given)
        return;
    json_name(w, SLICE("OnDemandThroughput"));
    json_begin_object(w);
    if (units->read_given)
        json_member_i64(w, "MaxReadRequestUnits", units->read_units);
    if (units->write_given)
        json_member_i64(w, "MaxWriteRequestUnits", units->write_units);
    json_end_object(w);
}

static void write_warm(const struct description *d, struct throughput throughput,
                       const struct optional_units *asked, bool rises)
{
    struct json_writer *w = d->w;
    struct throughput warm = throughput_warm(d->table->billing_mode, throughput, asked);
    json_name(w, SLICE("WarmThroughput"));
    json_begin_object(w);
    json_member_i64(w, "ReadUnitsPerSecond", warm.read_units);
    json_member_i64(w, "WriteUnitsPerSecond", warm.write_units);
    json_name(w, SLICE("Status"));
    write_cstr(w, rises ? "UPDATING" : "ACTIVE");
    json_end_object(w);
}

static void write_usage(struct json_writer *w, const char *size_member, const struct storage_usage *usage)
{
    json_name(w, slice_from_cstr(size_member));
    json_i64(w, usage ? usage->bytes : 0);
    json_member_i64(w, "ItemCount", usage ? usage->entries : 0);
}

/* ------------------------------------------------------------------ indexes */

static void write_non_key_attributes(struct json_writer *w, const struct projection *projection)
{
    size_t count = projection->non_key_attribute_count;
    struct slice *sorted = ARENA_NEW_ARRAY(w->out->arena, struct slice, count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = projection->non_key_attributes[i];
    qsort(sorted, count, sizeof(*sorted), compare_names);
    json_name(w, SLICE("NonKeyAttributes"));
    json_begin_array(w);
    for (size_t i = 0; i < count; i++)
        json_string(w, sorted[i]);
    json_end_array(w);
}

static void write_projection(struct json_writer *w, const struct projection *projection)
{
    json_name(w, SLICE("Projection"));
    json_begin_object(w);
    json_name(w, SLICE("ProjectionType"));
    write_cstr(w, projection_type_name(projection->type));
    if (projection->non_key_attribute_count > 0)
        write_non_key_attributes(w, projection);
    json_end_object(w);
}

/* What every kind of index ends with. */
static void write_index_tail(const struct description *d, struct slice name,
                             const struct storage_usage *usage)
{
    struct json_writer *w = d->w;
    write_usage(w, "IndexSizeBytes", usage);
    json_name(w, SLICE("IndexArn"));
    json_string(w, index_arn(w->out->arena, d->table->arn, name));
}

static void write_local_index(const struct description *d, const struct table_index *index,
                              const struct storage_usage *usage)
{
    struct json_writer *w = d->w;
    json_begin_object(w);
    json_member_string(w, "IndexName", index->name);
    write_key_schema(w, &index->key);
    write_projection(w, &index->projection);
    write_index_tail(d, index->name, usage);
    json_end_object(w);
}

static void write_local_indexes(const struct description *d)
{
    const struct table *t = d->table;
    if (t->local_index_count == 0)
        return;
    json_name(d->w, SLICE("LocalSecondaryIndexes"));
    json_begin_array(d->w);
    for (size_t i = 0; i < t->local_index_count; i++)
        write_local_index(d, &t->local_indexes[i],
                          d->usage->local_indexes ? &d->usage->local_indexes[i] : NULL);
    json_end_array(d->w);
}

static void write_status(struct json_writer *w, const char *member, enum table_status status)
{
    json_name(w, slice_from_cstr(member));
    write_cstr(w, table_status_name(status));
}

static void write_global_index(const struct description *d, const struct table_index *index,
                               const struct storage_usage *usage)
{
    struct json_writer *w = d->w;
    enum table_status status = table_index_status_at(d->table, index, d->now_ms);
    bool warm_given = index->warm.read_given || index->warm.write_given;
    json_begin_object(w);
    json_member_string(w, "IndexName", index->name);
    write_key_schema(w, &index->key);
    write_projection(w, &index->projection);
    write_status(w, "IndexStatus", status);
    if (status == TABLE_CREATING && index->added_later)
        json_member_bool(w, "Backfilling", table_index_backfilling_at(index, d->now_ms));
    write_throughput(d, index->throughput, &index->throughput_changes);
    write_index_tail(d, index->name, usage);
    write_on_demand(w, &index->on_demand);
    if (d->form != TABLE_DESCRIPTION_NEW)
        write_warm(d, index->throughput, &index->warm,
                   index->warm_rises || (status == TABLE_CREATING && warm_given));
    json_end_object(w);
}

/* A deleted index that is still shown stands last, and is empty. */
static void write_global_indexes(const struct description *d)
{
    const struct table *t = d->table;
    const struct table_index *leaving = table_leaving_index_at(t, d->now_ms);
    if (t->global_index_count == 0 && !leaving)
        return;
    json_name(d->w, SLICE("GlobalSecondaryIndexes"));
    json_begin_array(d->w);
    for (size_t i = 0; i < t->global_index_count; i++)
        write_global_index(d, &t->global_indexes[i],
                           d->usage->global_indexes ? &d->usage->global_indexes[i] : NULL);
    if (leaving)
        write_global_index(d, leaving, NULL);
    json_end_array(d->w);
}

static void write_search_schema(struct json_writer *w, const struct vector_index *index)
{
    if (index->search_schema_count == 0)
        return;
    json_name(w, SLICE("SearchSchema"));
    json_begin_array(w);
    for (size_t i = 0; i < index->search_schema_count; i++)
        write_key_element(w, index->search_schema[i].attribute.name, "SearchSchemaElementType",
                          index->search_schema[i].is_hash ? "HASH" : "INLINE_FILTER");
    json_end_array(w);
}

/* It is made with its table and lives as long. */
static void write_vector_index(const struct description *d, const struct vector_index *index)
{
    struct json_writer *w = d->w;
    enum table_status status = table_status_at(d->table, d->now_ms);
    json_begin_object(w);
    json_member_string(w, "IndexName", index->name);
    write_search_schema(w, index);
    write_projection(w, &index->projection);
    json_name(w, SLICE("VectorAttribute"));
    json_begin_object(w);
    json_member_string(w, "AttributeName", index->vector_attribute);
    json_end_object(w);
    json_member_i64(w, "Dimensions", index->dimensions);
    json_name(w, SLICE("DistanceFunction"));
    write_cstr(w, vector_distance_name(index->distance));
    write_status(w, "IndexStatus", status == TABLE_UPDATING ? TABLE_ACTIVE : status);
    write_index_tail(d, index->name, NULL);
    json_end_object(w);
}

static void write_vector_indexes(const struct description *d)
{
    const struct table *t = d->table;
    if (t->vector_index_count == 0)
        return;
    json_name(d->w, SLICE("VectorIndexes"));
    json_begin_array(d->w);
    for (size_t i = 0; i < t->vector_index_count; i++)
        write_vector_index(d, &t->vector_indexes[i]);
    json_end_array(d->w);
}

/* ------------------------------------------------------------------ settings */

static void write_billing(const struct description *d)
{
    const struct table *t = d->table;
    if (t->on_demand_since_ms == 0)
        return;
    json_name(d->w, SLICE("BillingModeSummary"));
    json_begin_object(d->w);
    json_name(d->w, SLICE("BillingMode"));
    write_cstr(d->w, billing_mode_name(t->billing_mode));
    if (d->form == TABLE_DESCRIPTION_FULL)
        write_time(d->w, "LastUpdateToPayPerRequestDateTime", t->on_demand_since_ms);
    json_end_object(d->w);
}

static void write_stream(struct json_writer *w, const struct table *t)
{
    const struct table_stream *stream = &t->streams[STREAM_SHOWN];
    if (stream->enabled) {
        json_name(w, SLICE("StreamSpecification"));
        json_begin_object(w);
        json_member_bool(w, "StreamEnabled", true);
        json_name(w, SLICE("StreamViewType"));
        write_cstr(w, stream_view_type_name(stream->view));
        json_end_object(w);
    }
    if (!slice_is_none(stream->label)) {
        json_member_string(w, "LatestStreamLabel", stream->label);
        json_name(w, SLICE("LatestStreamArn"));
        write_cstr(w, arena_printf(w->out->arena, "%.*s/stream/%.*s", SLICE_PRINTF(t->arn),
                                   SLICE_PRINTF(stream->label)));
    }
}

/* The key is named as the service's own, which is the only one there is. While encryption changes no key is shown. */
static void write_encryption(struct json_writer *w, const struct table *t)
{
    struct table_arn_parts arn;
    if (!t->encryption_described && !t->encryption_changes)
        return;
    json_name(w, SLICE("SSEDescription"));
    json_begin_object(w);
    json_name(w, SLICE("Status"));
    write_cstr(w, t->encryption_changes ? "UPDATING" : "ENABLED");
    if (!t->encryption_changes && table_arn_parse(t->arn, &arn)) {
        json_member_string(w, "SSEType", SLICE("KMS"));
        json_name(w, SLICE("KMSMasterKeyArn"));
        write_cstr(w, arena_printf(w->out->arena, "arn:aws:kms:%.*s:%.*s:alias/aws/dynamodb",
                                   SLICE_PRINTF(arn.region), SLICE_PRINTF(arn.account)));
    }
    json_end_object(w);
}

static void write_table_class(struct json_writer *w, const struct table *t)
{
    if (slice_is_none(t->table_class))
        return;
    json_name(w, SLICE("TableClassSummary"));
    json_begin_object(w);
    json_member_string(w, "TableClass", t->table_class);
    write_time(w, "LastUpdateDateTime", t->class_changed_ms);
    json_end_object(w);
}

/* The reply of CreateTable shows only what was asked for, as being worked on. */
static void write_table_warm(const struct description *d)
{
    const struct table *t = d->table;
    bool is_new = d->form == TABLE_DESCRIPTION_NEW;
    if (!is_new || t->warm.read_given || t->warm.write_given)
        write_warm(d, t->throughput, &t->warm, is_new || t->warm_rises);
}

/* ------------------------------------------------------------------ the whole */

static void write_core(const struct description *d)
{
    const struct table *t = d->table;
    json_member_string(d->w, "TableName", t->name);
    write_status(d->w, "TableStatus", table_status_at(t, d->now_ms));
    write_throughput(d, t->throughput, &t->throughput_changes);
    write_usage(d->w, "TableSizeBytes", &d->usage->table);
    json_member_string(d->w, "TableArn", t->arn);
    json_member_string(d->w, "TableId", t->id);
    json_member_bool(d->w, "DeletionProtectionEnabled", t->deletion_protection);
}

static void write_rest(const struct description *d)
{
    const struct table *t = d->table;
    write_definitions(d->w, t);
    write_key_schema(d->w, &t->key);
    write_time(d->w, "CreationDateTime", t->created_ms);
    write_billing(d);
    write_local_indexes(d);
    write_global_indexes(d);
    write_vector_indexes(d);
    write_stream(d->w, t);
    write_encryption(d->w, t);
    write_table_class(d->w, t);
    write_on_demand(d->w, &t->on_demand);
    write_table_warm(d);
}

void write_table_description(struct json_writer *w, const struct table *t, int64_t now_ms,
                             const struct table_usage *usage, enum table_description_form form)
{
    const struct description d = {w, t, now_ms, usage, form};
    json_begin_object(w);
    write_core(&d);
    if (form != TABLE_DESCRIPTION_DELETED)
        write_rest(&d);
    json_end_object(w);
}
