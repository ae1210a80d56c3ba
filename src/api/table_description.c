#include "api/table_description.h"

#include "table/arn.h"

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

static void write_definitions(struct json_writer *w, const struct table *t)
{
    json_name(w, SLICE("AttributeDefinitions"));
    json_begin_array(w);
    for (size_t i = 0; i < t->definition_count; i++)
        write_key_element(w, t->definitions[i].name, "AttributeType",
                          value_type_name(t->definitions[i].type));
    json_end_array(w);
}

static void write_throughput(struct json_writer *w, struct throughput throughput)
{
    json_name(w, SLICE("ProvisionedThroughput"));
    json_begin_object(w);
    json_member_i64(w, "NumberOfDecreasesToday", 0);
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

/* What was not asked for is what the billing mode gives anyway. The reply of CreateTable shows only what was asked
 * for, as being worked on. */
static void write_warm(struct json_writer *w, const struct table *t, const struct optional_units *warm,
                       struct throughput throughput, enum table_description_form form)
{
    bool on_demand = t->billing_mode == BILLING_PAY_PER_REQUEST;
    int64_t read = on_demand ? TABLE_ON_DEMAND_READ_UNITS : throughput.read_units;
    int64_t write = on_demand ? TABLE_ON_DEMAND_WRITE_UNITS : throughput.write_units;
    if (form == TABLE_DESCRIPTION_NEW && !warm->read_given && !warm->write_given)
        return;
    json_name(w, SLICE("WarmThroughput"));
    json_begin_object(w);
    json_member_i64(w, "ReadUnitsPerSecond", warm->read_given ? warm->read_units : read);
    json_member_i64(w, "WriteUnitsPerSecond", warm->write_given ? warm->write_units : write);
    json_name(w, SLICE("Status"));
    write_cstr(w, form == TABLE_DESCRIPTION_NEW ? "UPDATING" : "ACTIVE");
    json_end_object(w);
}

static void write_usage(struct json_writer *w, const char *size_member, const struct storage_usage *usage)
{
    json_name(w, slice_from_cstr(size_member));
    json_i64(w, usage ? usage->bytes : 0);
    json_member_i64(w, "ItemCount", usage ? usage->entries : 0);
}

/* ------------------------------------------------------------------ indexes */

static void write_projection(struct json_writer *w, const struct projection *projection)
{
    json_name(w, SLICE("Projection"));
    json_begin_object(w);
    json_name(w, SLICE("ProjectionType"));
    write_cstr(w, projection_type_name(projection->type));
    if (projection->non_key_attribute_count > 0) {
        json_name(w, SLICE("NonKeyAttributes"));
        json_begin_array(w);
        for (size_t i = 0; i < projection->non_key_attribute_count; i++)
            json_string(w, projection->non_key_attributes[i]);
        json_end_array(w);
    }
    json_end_object(w);
}

/* What every kind of index ends with. */
static void write_index_tail(struct json_writer *w, const struct table *t, struct slice name,
                             const struct storage_usage *usage)
{
    write_usage(w, "IndexSizeBytes", usage);
    json_name(w, SLICE("IndexArn"));
    struct arena *arena = w->out->arena;
    json_string(w, index_arn(arena, t->arn, name));
}

static void write_local_indexes(struct json_writer *w, const struct table *t, const struct table_usage *usage)
{
    if (t->local_index_count == 0)
        return;
    json_name(w, SLICE("LocalSecondaryIndexes"));
    json_begin_array(w);
    for (size_t i = 0; i < t->local_index_count; i++) {
        const struct table_index *index = &t->local_indexes[i];
        json_begin_object(w);
        json_member_string(w, "IndexName", index->name);
        write_key_schema(w, &index->key);
        write_projection(w, &index->projection);
        write_index_tail(w, t, index->name, usage->local_indexes ? &usage->local_indexes[i] : NULL);
        json_end_object(w);
    }
    json_end_array(w);
}

/* An index is made with its table and lives as long. */
static void write_index_status(struct json_writer *w, enum table_status status)
{
    json_name(w, SLICE("IndexStatus"));
    write_cstr(w, table_status_name(status == TABLE_UPDATING ? TABLE_ACTIVE : status));
}

static void write_global_indexes(struct json_writer *w, const struct table *t, enum table_status status,
                                 const struct table_usage *usage, enum table_description_form form)
{
    if (t->global_index_count == 0)
        return;
    json_name(w, SLICE("GlobalSecondaryIndexes"));
    json_begin_array(w);
    for (size_t i = 0; i < t->global_index_count; i++) {
        const struct table_index *index = &t->global_indexes[i];
        json_begin_object(w);
        json_member_string(w, "IndexName", index->name);
        write_key_schema(w, &index->key);
        write_projection(w, &index->projection);
        write_index_status(w, status);
        write_throughput(w, index->throughput);
        write_index_tail(w, t, index->name, usage->global_indexes ? &usage->global_indexes[i] : NULL);
        write_on_demand(w, &index->on_demand);
        write_warm(w, t, &index->warm, index->throughput, form);
        json_end_object(w);
    }
    json_end_array(w);
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

static void write_vector_indexes(struct json_writer *w, const struct table *t, enum table_status status)
{
    if (t->vector_index_count == 0)
        return;
    json_name(w, SLICE("VectorIndexes"));
    json_begin_array(w);
    for (size_t i = 0; i < t->vector_index_count; i++) {
        const struct vector_index *index = &t->vector_indexes[i];
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
        write_index_status(w, status);
        write_index_tail(w, t, index->name, NULL);
        json_end_object(w);
    }
    json_end_array(w);
}

/* ------------------------------------------------------------------ settings */

static void write_billing(struct json_writer *w, const struct table *t, enum table_description_form form)
{
    if (t->on_demand_since_ms == 0)
        return;
    json_name(w, SLICE("BillingModeSummary"));
    json_begin_object(w);
    json_name(w, SLICE("BillingMode"));
    write_cstr(w, billing_mode_name(t->billing_mode));
    if (form == TABLE_DESCRIPTION_FULL) {
        json_name(w, SLICE("LastUpdateToPayPerRequestDateTime"));
        json_seconds(w, t->on_demand_since_ms);
    }
    json_end_object(w);
}

static void write_stream(struct json_writer *w, const struct table *t)
{
    if (t->stream_enabled) {
        json_name(w, SLICE("StreamSpecification"));
        json_begin_object(w);
        json_member_bool(w, "StreamEnabled", true);
        json_name(w, SLICE("StreamViewType"));
        write_cstr(w, stream_view_type_name(t->stream_view_type));
        json_end_object(w);
    }
    if (!slice_is_none(t->stream_label)) {
        json_member_string(w, "LatestStreamLabel", t->stream_label);
        json_name(w, SLICE("LatestStreamArn"));
        write_cstr(w, arena_printf(w->out->arena, "%.*s/stream/%.*s", SLICE_PRINTF(t->arn),
                                   SLICE_PRINTF(t->stream_label)));
    }
}

/* The key is named as the service's own, which is the only one there is. */
static void write_encryption(struct json_writer *w, const struct table *t)
{
    struct table_arn_parts arn;
    if (!t->encryption_described || !table_arn_parse(t->arn, &arn))
        return;
    json_name(w, SLICE("SSEDescription"));
    json_begin_object(w);
    json_member_string(w, "Status", SLICE("ENABLED"));
    json_member_string(w, "SSEType", SLICE("KMS"));
    json_name(w, SLICE("KMSMasterKeyArn"));
    write_cstr(w, arena_printf(w->out->arena, "arn:aws:kms:%.*s:%.*s:alias/aws/dynamodb",
                               SLICE_PRINTF(arn.region), SLICE_PRINTF(arn.account)));
    json_end_object(w);
}

static void write_table_class(struct json_writer *w, const struct table *t)
{
    if (slice_is_none(t->table_class))
        return;
    json_name(w, SLICE("TableClassSummary"));
    json_begin_object(w);
    json_member_string(w, "TableClass", t->table_class);
    json_end_object(w);
}

/* ------------------------------------------------------------------ the whole */

static void write_core(struct json_writer *w, const struct table *t, enum table_status status,
                       const struct table_usage *usage)
{
    json_member_string(w, "TableName", t->name);
    json_name(w, SLICE("TableStatus"));
    write_cstr(w, table_status_name(status));
    write_throughput(w, t->throughput);
    write_usage(w, "TableSizeBytes", &usage->table);
    json_member_string(w, "TableArn", t->arn);
    json_member_string(w, "TableId", t->id);
    json_member_bool(w, "DeletionProtectionEnabled", t->deletion_protection);
}

void write_table_description(struct json_writer *w, const struct table *t, enum table_status status,
                             const struct table_usage *usage, enum table_description_form form)
{
    json_begin_object(w);
    write_core(w, t, status, usage);
    if (form != TABLE_DESCRIPTION_DELETED) {
        write_definitions(w, t);
        write_key_schema(w, &t->key);
        json_name(w, SLICE("CreationDateTime"));
        json_seconds(w, t->created_ms);
        write_billing(w, t, form);
        write_local_indexes(w, t, usage);
        write_global_indexes(w, t, status, usage, form);
        write_vector_indexes(w, t, status);
        write_stream(w, t);
        write_encryption(w, t);
        write_table_class(w, t);
        write_on_demand(w, &t->on_demand);
        write_warm(w, t, &t->warm, t->throughput, form);
    }
    json_end_object(w);
}
