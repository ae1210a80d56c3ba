#include "api/create_table_shapes.h"

#include "base/contract.h"

#include <assert.h>

/* ------------------------------------------------------------------ shapes */

/* A range is checked by the table layer, which has texts of its own for it. */
#define PAIR(c_name, wire_name, read_name, write_name)                            \
    static const struct shape_member c_name##_members[] = {                       \
        MEMBER(struct unit_pair, read, read_name, shape_long, MEMBER_OPTIONAL),   \
        MEMBER(struct unit_pair, write, write_name, shape_long, MEMBER_OPTIONAL), \
    };                                                                            \
    const struct shape shape_##c_name = STRUCTURE(struct unit_pair, wire_name, c_name##_members)

PAIR(on_demand_throughput, "OnDemandThroughput", "MaxReadRequestUnits", "MaxWriteRequestUnits");
PAIR(warm_throughput, "WarmThroughput", "ReadUnitsPerSecond", "WriteUnitsPerSecond");

#define INDEX(field, name, shape, flag) MEMBER(struct secondary_index, field, name, shape, flag)

static const struct shape_member local_index_members[] = {
    INDEX(index_name, "IndexName", shape_index_name, MEMBER_REQUIRED),
    INDEX(key_schema, "KeySchema", shape_key_schema, MEMBER_REQUIRED),
    INDEX(projection, "Projection", shape_projection, MEMBER_REQUIRED),
};
static const struct shape local_index =
    STRUCTURE(struct secondary_index, "LocalSecondaryIndex", local_index_members);
static const struct shape local_indexes = LIST(struct secondary_index, local_index, ANY_LENGTH);

const struct shape_member global_index_members[] = {
    INDEX(index_name, "IndexName", shape_index_name, MEMBER_REQUIRED),
    INDEX(key_schema, "KeySchema", shape_key_schema, MEMBER_REQUIRED),
    INDEX(projection, "Projection", shape_projection, MEMBER_REQUIRED),
    INDEX(provisioned_throughput, "ProvisionedThroughput", shape_provisioned_throughput, MEMBER_OPTIONAL),
    INDEX(on_demand_throughput, "OnDemandThroughput", shape_on_demand_throughput, MEMBER_OPTIONAL),
    INDEX(warm_throughput, "WarmThroughput", shape_warm_throughput, MEMBER_OPTIONAL),
};
static_assert(sizeof global_index_members / sizeof global_index_members[0] == GLOBAL_INDEX_MEMBER_COUNT,
              "told in the header");
static const struct shape global_index =
    STRUCTURE(struct secondary_index, "GlobalSecondaryIndex", global_index_members);
static const struct shape global_indexes = LIST(struct secondary_index, global_index, ANY_LENGTH);

static const struct slice search_schema_type_names[] = {NAME("HASH"), NAME("INLINE_FILTER")};
static const struct shape search_schema_type = ENUMERATION(search_schema_type_names);
static const struct shape_member search_schema_members[] = {
    MEMBER(struct search_schema_entry, attribute_name, "AttributeName", shape_key_attribute_name,
           MEMBER_REQUIRED),
    MEMBER(struct search_schema_entry, type, "SearchSchemaElementType", search_schema_type, MEMBER_REQUIRED),
};
static const struct shape search_schema_element =
    STRUCTURE(struct search_schema_entry, "SearchSchemaElement", search_schema_members);
static const struct shape search_schema =
    LIST(struct search_schema_entry, search_schema_element, AT_LEAST(1));

static const struct shape_member vector_attribute_members[] = {
    MEMBER(struct vector_attribute, attribute_name, "AttributeName", shape_key_attribute_name,
           MEMBER_REQUIRED),
};
static const struct shape vector_attribute =
    STRUCTURE(struct vector_attribute, "VectorAttributeDefinition", vector_attribute_members);
static const struct slice distance_names[] = {NAME("COSINE"), NAME("DOT_PRODUCT"), NAME("EUCLIDEAN")};
static const struct shape distance_function = ENUMERATION(distance_names);
static const struct shape dimensions = {.kind = SHAPE_LONG, .range = AT_LEAST(1)};

#define VECTOR(field, name, shape, flag) MEMBER(struct vector_index_request, field, name, shape, flag)
static const struct shape_member vector_index_members[] = {
    VECTOR(index_name, "IndexName", shape_index_name, MEMBER_REQUIRED),
    VECTOR(vector_attribute, "VectorAttribute", vector_attribute, MEMBER_REQUIRED),
    VECTOR(search_schema, "SearchSchema", search_schema, MEMBER_OPTIONAL),
    VECTOR(projection, "Projection", shape_projection, MEMBER_REQUIRED),
    VECTOR(dimensions, "Dimensions", dimensions, MEMBER_REQUIRED),
    VECTOR(distance_function, "DistanceFunction", distance_function, MEMBER_REQUIRED),
};
static const struct shape vector_index =
    STRUCTURE(struct vector_index_request, "VectorIndex", vector_index_members);
static const struct shape vector_indexes = LIST(struct vector_index_request, vector_index, ANY_LENGTH);

static const struct slice stream_view_names[] = {NAME("OLD_IMAGE"), NAME("KEYS_ONLY"),
                                                 NAME("NEW_AND_OLD_IMAGES"), NAME("NEW_IMAGE")};
static const struct shape stream_view = ENUMERATION(stream_view_names);
static const struct shape_member stream_members[] = {
    MEMBER(struct stream_specification, enabled, "StreamEnabled", shape_boolean, MEMBER_REQUIRED),
    MEMBER(struct stream_specification, view_type, "StreamViewType", stream_view, MEMBER_OPTIONAL),
};
const struct shape shape_stream_specification =
    STRUCTURE(struct stream_specification, "StreamSpecification", stream_members);

static const struct slice encryption_type_names[] = {NAME("AES256"), NAME("KMS")};
static const struct shape encryption_type = ENUMERATION(encryption_type_names);
static const struct shape_member encryption_members[] = {
    MEMBER(struct encryption_specification, enabled, "Enabled", shape_boolean, MEMBER_OPTIONAL),
    MEMBER(struct encryption_specification, type, "SSEType", encryption_type, MEMBER_OPTIONAL),
    MEMBER(struct encryption_specification, kms_master_key_id, "KMSMasterKeyId", shape_string,
           MEMBER_OPTIONAL),
};
const struct shape shape_encryption_specification =
    STRUCTURE(struct encryption_specification, "SSESpecification", encryption_members);

#define M(field, name, shape, flag) MEMBER(struct create_table_request, field, name, shape, flag)
static const struct shape_member members[] = {
    M(attribute_definitions, "AttributeDefinitions", shape_attribute_definitions, MEMBER_REQUIRED),
    M(table_name, "TableName", shape_table_arn, MEMBER_TABLE_NAME),
    M(key_schema, "KeySchema", shape_key_schema, MEMBER_REQUIRED),
    M(local_secondary_indexes, "LocalSecondaryIndexes", local_indexes, MEMBER_OPTIONAL),
    M(global_secondary_indexes, "GlobalSecondaryIndexes", global_indexes, MEMBER_OPTIONAL),
    M(vector_indexes, "VectorIndexes", vector_indexes, MEMBER_OPTIONAL),
    M(billing_mode, "BillingMode", shape_billing_mode, MEMBER_OPTIONAL),
    M(provisioned_throughput, "ProvisionedThroughput", shape_provisioned_throughput, MEMBER_OPTIONAL),
    M(on_demand_throughput, "OnDemandThroughput", shape_on_demand_throughput, MEMBER_OPTIONAL),
    M(warm_throughput, "WarmThroughput", shape_warm_throughput, MEMBER_OPTIONAL),
    M(stream_specification, "StreamSpecification", shape_stream_specification, MEMBER_OPTIONAL),
    M(encryption, "SSESpecification", shape_encryption_specification, MEMBER_OPTIONAL),
    M(tags, "Tags", shape_tags, MEMBER_OPTIONAL),
    M(table_class, "TableClass", shape_string, MEMBER_OPTIONAL),
    M(deletion_protection_enabled, "DeletionProtectionEnabled", shape_boolean, MEMBER_OPTIONAL),
    M(resource_policy, "ResourcePolicy", shape_string, MEMBER_OPTIONAL),
    M(global_table_source_arn, "GlobalTableSourceArn", shape_string, MEMBER_OPTIONAL),
    M(global_table_settings_replication_mode, "GlobalTableSettingsReplicationMode", shape_string,
      MEMBER_OPTIONAL),
};
const struct shape shape_create_table_request =
    STRUCTURE(struct create_table_request, "CreateTableInput", members);

/* ------------------------------------------------------------------ in the terms of src/table */

static enum value_type value_type_of(struct optional_enum type)
{
    switch ((enum attribute_type)type.value) {
    case ATTRIBUTE_TYPE_B:
        return VALUE_B;
    case ATTRIBUTE_TYPE_N:
        return VALUE_N;
    case ATTRIBUTE_TYPE_S:
        return VALUE_S;
    case ATTRIBUTE_TYPE_ABSENT:
        break;
    }
    UNREACHABLE();
}

static struct key_element_list key_of(struct arena *arena, const struct key_schema_element *at, size_t count)
{
    struct key_element *elements = ARENA_NEW_ARRAY(arena, struct key_element, count);
    for (size_t i = 0; i < count; i++)
        elements[i] = (struct key_element){at[i].attribute_name, at[i].key_type.value == KEY_TYPE_HASH};
    return (struct key_element_list){elements, count};
}

static struct key_element_list search_schema_of(struct arena *arena, const struct vector_index_request *index)
{
    struct key_element *elements = ARENA_NEW_ARRAY(arena, struct key_element, index->search_schema.count);
    for (size_t i = 0; i < index->search_schema.count; i++)
        elements[i] = (struct key_element){index->search_schema.at[i].attribute_name,
                                           index->search_schema.at[i].type.value == SEARCH_SCHEMA_HASH};
    return (struct key_element_list){elements, index->search_schema.count};
}

static struct projection_input projection_of(const struct index_projection *projection)
{
    struct projection_input input = {
        .type_given = projection->projection_type.value != INDEX_PROJECTION_ABSENT,
        .non_key_given = projection->non_key_attributes.at != NULL,
        .non_key = projection->non_key_attributes.at,
        .non_key_count = projection->non_key_attributes.count,
    };
    if (input.type_given && !projection_type_from_name(projection->projection_type.text, &input.type))
        UNREACHABLE();
    return input;
}

struct throughput_input throughput_input_of(const struct provisioned_throughput *throughput)
{
    if (!throughput)
        return (struct throughput_input){0};
    return (struct throughput_input){.given = true,
                                     .units = {.read_units = throughput->read_capacity_units.value,
                                               .write_units = throughput->write_capacity_units.value}};
}

struct optional_units optional_units_of(const struct unit_pair *pair)
{
    if (!pair)
        return (struct optional_units){0};
    return (struct optional_units){.read_given = pair->read.given,
                                   .read_units = pair->read.value,
                                   .write_given = pair->write.given,
                                   .write_units = pair->write.value};
}

struct index_input index_input_of(struct arena *arena, const struct secondary_index *index)
{
    return (struct index_input){
        .name = index->index_name,
        .key = key_of(arena, index->key_schema.at, index->key_schema.count),
        .projection = projection_of(index->projection),
        .throughput = throughput_input_of(index->provisioned_throughput),
        .on_demand = optional_units_of(index->on_demand_throughput),
        .warm = optional_units_of(index->warm_throughput),
    };
}

static const struct index_input *indexes_of(struct arena *arena, const struct secondary_index *at,
                                            size_t count)
{
    PRE(at || count == 0);
    struct index_input *indexes = ARENA_NEW_ARRAY(arena, struct index_input, count);
    for (size_t i = 0; i < count; i++)
        indexes[i] = index_input_of(arena, &at[i]);
    return indexes;
}

static const struct vector_index_input *vector_indexes_of(struct arena *arena,
                                                          const struct create_table_request *request)
{
    size_t count = request->vector_indexes.count;
    PRE(request->vector_indexes.at || count == 0);
    struct vector_index_input *indexes = ARENA_NEW_ARRAY(arena, struct vector_index_input, count);
    for (size_t i = 0; i < count; i++) {
        const struct vector_index_request *index = &request->vector_indexes.at[i];
        indexes[i] = (struct vector_index_input){
            .name = index->index_name,
            .vector_attribute = index->vector_attribute->attribute_name,
            .dimensions = index->dimensions.value,
            .projection = projection_of(index->projection),
            .search_schema = search_schema_of(arena, index),
        };
        if (!vector_distance_from_name(index->distance_function.text, &indexes[i].distance))
            UNREACHABLE();
    }
    return indexes;
}

struct key_attribute *key_attributes_of(struct arena *arena, const struct attribute_definition *at,
                                        size_t count)
{
    struct key_attribute *definitions = ARENA_NEW_ARRAY(arena, struct key_attribute, count);
    for (size_t i = 0; i < count; i++)
        definitions[i] = (struct key_attribute){at[i].attribute_name, value_type_of(at[i].attribute_type)};
    return definitions;
}

struct table_tag *table_tags_of(struct arena *arena, const struct tag *at, size_t count)
{
    struct table_tag *tags = ARENA_NEW_ARRAY(arena, struct table_tag, count);
    for (size_t i = 0; i < count; i++)
        tags[i] = (struct table_tag){at[i].key, at[i].value};
    return tags;
}

bool stream_view_given(const struct stream_specification *stream, enum stream_view_type *out)
{
    bool given = stream->view_type.value != STREAM_VIEW_TYPE_ABSENT;
    if (given && !stream_view_type_from_name(stream->view_type.text, out))
        UNREACHABLE(); /* the shape lets no other through */
    return given;
}

static void fill_stream(struct create_table_input *input, const struct stream_specification *stream)
{
    if (!stream)
        return;
    input->stream_given = true;
    input->stream_enabled = stream->enabled.value;
    input->stream_view_given = stream_view_given(stream, &input->stream_view);
}

struct encryption_input encryption_input_of(const struct encryption_specification *encryption)
{
    if (!encryption)
        return (struct encryption_input){0};
    return (struct encryption_input){.enabled_given = encryption->enabled.given,
                                     .enabled = encryption->enabled.value,
                                     .type = encryption->type.text,
                                     .key_id = encryption->kms_master_key_id};
}

struct create_table_input create_table_input_of(struct arena *arena,
                                                const struct create_table_request *request,
                                                struct slice table_name)
{
    bool on_demand = request->billing_mode.value == BILLING_MODE_PAY_PER_REQUEST;
    struct create_table_input input = {
        .name = table_name,
        .definitions =
            key_attributes_of(arena, request->attribute_definitions.at, request->attribute_definitions.count),
        .definition_count = request->attribute_definitions.count,
        .key = key_of(arena, request->key_schema.at, request->key_schema.count),
        .local_indexes_given = request->local_secondary_indexes.at != NULL,
        .local_indexes =
            indexes_of(arena, request->local_secondary_indexes.at, request->local_secondary_indexes.count),
        .local_index_count = request->local_secondary_indexes.count,
        .global_indexes_given = request->global_secondary_indexes.at != NULL,
        .global_indexes =
            indexes_of(arena, request->global_secondary_indexes.at, request->global_secondary_indexes.count),
        .global_index_count = request->global_secondary_indexes.count,
        .vector_indexes_given = request->vector_indexes.at != NULL,
        .vector_indexes = vector_indexes_of(arena, request),
        .vector_index_count = request->vector_indexes.count,
        .billing_mode = on_demand ? BILLING_PAY_PER_REQUEST : BILLING_PROVISIONED,
        .throughput = throughput_input_of(request->provisioned_throughput),
        .on_demand = optional_units_of(request->on_demand_throughput),
        .warm = optional_units_of(request->warm_throughput),
        .encryption = encryption_input_of(request->encryption),
        .deletion_protection = request->deletion_protection_enabled.value,
        .table_class = request->table_class,
        .resource_policy = request->resource_policy,
        .tags = table_tags_of(arena, request->tags.at, request->tags.count),
        .tag_count = request->tags.count,
    };
    fill_stream(&input, request->stream_specification);
    return input;
}
