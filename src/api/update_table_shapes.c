#include "api/update_table_shapes.h"

#include "base/contract.h"

/* ------------------------------------------------------------------ shapes */

#define INDEX(field, name, shape, flag) MEMBER(struct secondary_index, field, name, shape, flag)
static const struct shape_member update_members[] = {
    INDEX(index_name, "IndexName", shape_index_name, MEMBER_REQUIRED),
    INDEX(provisioned_throughput, "ProvisionedThroughput", shape_provisioned_throughput, MEMBER_OPTIONAL),
    INDEX(on_demand_throughput, "OnDemandThroughput", shape_on_demand_throughput, MEMBER_OPTIONAL),
    INDEX(warm_throughput, "WarmThroughput", shape_warm_throughput, MEMBER_OPTIONAL),
};
static const struct shape update =
    STRUCTURE(struct secondary_index, "UpdateGlobalSecondaryIndexAction", update_members);

static const struct shape create = {.kind = SHAPE_STRUCTURE,
                                    .name = "CreateGlobalSecondaryIndexAction",
                                    .members = global_index_members,
                                    .member_count = GLOBAL_INDEX_MEMBER_COUNT,
                                    .size = sizeof(struct secondary_index)};

static const struct shape_member drop_members[] = {
    MEMBER(struct index_drop, index_name, "IndexName", shape_index_name, MEMBER_REQUIRED),
};
static const struct shape drop =
    STRUCTURE(struct index_drop, "DeleteGlobalSecondaryIndexAction", drop_members);

static const struct shape_member index_update_members[] = {
    MEMBER(struct index_update_request, update, "Update", update, MEMBER_OPTIONAL),
    MEMBER(struct index_update_request, create, "Create", create, MEMBER_OPTIONAL),
    MEMBER(struct index_update_request, drop, "Delete", drop, MEMBER_OPTIONAL),
};
static const struct shape index_update =
    STRUCTURE(struct index_update_request, "GlobalSecondaryIndexUpdate", index_update_members);
static const struct shape index_updates = LIST(struct index_update_request, index_update, ANY_LENGTH);

#define REFUSED(c_name, wire_name, ...)                                                       \
    static const struct shape c_name = {                                                      \
        .kind = SHAPE_STRUCTURE, .name = (wire_name), .size = sizeof(struct refused_member)}; \
    static const struct shape c_name##s = LIST(struct refused_member, c_name, __VA_ARGS__)
REFUSED(replica_update, "ReplicationGroupUpdate", AT_LEAST(1));
REFUSED(witness_update, "GlobalTableWitnessGroupUpdate", FROM_TO(1, 1));
REFUSED(vector_index_update, "VectorIndexUpdate", ANY_LENGTH);

static const struct slice consistency_names[] = {NAME("EVENTUAL"), NAME("STRONG")};
static const struct shape multi_region_consistency = ENUMERATION(consistency_names);

#define M(field, name, shape, flag) MEMBER(struct update_table_request, field, name, shape, flag)
static const struct shape_member members[] = {
    M(attribute_definitions, "AttributeDefinitions", shape_attribute_definitions, MEMBER_OPTIONAL),
    M(table_name, "TableName", shape_table_arn, MEMBER_TABLE_NAME),
    M(billing_mode, "BillingMode", shape_billing_mode, MEMBER_OPTIONAL),
    M(provisioned_throughput, "ProvisionedThroughput", shape_provisioned_throughput, MEMBER_OPTIONAL),
    M(global_secondary_index_updates, "GlobalSecondaryIndexUpdates", index_updates, MEMBER_OPTIONAL),
    M(stream_specification, "StreamSpecification", shape_stream_specification, MEMBER_OPTIONAL),
    M(encryption, "SSESpecification", shape_encryption_specification, MEMBER_OPTIONAL),
    M(replica_updates, "ReplicaUpdates", replica_updates, MEMBER_OPTIONAL),
    M(table_class, "TableClass", shape_string, MEMBER_OPTIONAL),
    M(deletion_protection_enabled, "DeletionProtectionEnabled", shape_boolean, MEMBER_OPTIONAL),
    M(multi_region_consistency, "MultiRegionConsistency", multi_region_consistency, MEMBER_OPTIONAL),
    M(global_table_witness_updates, "GlobalTableWitnessUpdates", witness_updates, MEMBER_OPTIONAL),
    M(on_demand_throughput, "OnDemandThroughput", shape_on_demand_throughput, MEMBER_OPTIONAL),
    M(warm_throughput, "WarmThroughput", shape_warm_throughput, MEMBER_OPTIONAL),
    M(global_table_settings_replication_mode, "GlobalTableSettingsReplicationMode", shape_string,
      MEMBER_OPTIONAL),
    M(vector_index_updates, "VectorIndexUpdates", vector_index_updates, MEMBER_OPTIONAL),
};
const struct shape shape_update_table_request =
    STRUCTURE(struct update_table_request, "UpdateTableInput", members);

/* ------------------------------------------------------------------ in the terms of src/table */

/* An update has neither key nor projection. */
static struct index_input *index_change_of(struct arena *arena, const struct secondary_index *index)
{
    struct index_input *input = ARENA_NEW(arena, struct index_input);
    *input = (struct index_input){.name = index->index_name,
                                  .throughput = throughput_input_of(index->provisioned_throughput),
                                  .on_demand = optional_units_of(index->on_demand_throughput),
                                  .warm = optional_units_of(index->warm_throughput)};
    return input;
}

static struct index_update_input index_update_of(struct arena *arena,
                                                 const struct index_update_request *request)
{
    struct index_update_input input = {0};
    if (request->create) {
        struct index_input *made = ARENA_NEW(arena, struct index_input);
        *made = index_input_of(arena, request->create);
        input.create = made;
    }
    if (request->update) {
        input.update = index_change_of(arena, request->update);
        input.update_warm_given = request->update->warm_throughput != NULL;
    }
    if (request->drop)
        input.dropped = request->drop->index_name;
    return input;
}

static const struct index_update_input *index_updates_of(struct arena *arena,
                                                         const struct update_table_request *request)
{
    const struct index_update_request *at = request->global_secondary_index_updates.at;
    size_t count = at ? request->global_secondary_index_updates.count : 0;
    struct index_update_input *inputs = ARENA_NEW_ARRAY(arena, struct index_update_input, count);
    for (size_t i = 0; i < count; i++)
        inputs[i] = index_update_of(arena, &at[i]);
    return inputs;
}

static const char *unsupported_of(const struct update_table_request *request)
{
    if (request->replica_updates.at)
        return "ReplicaUpdates";
    if (request->global_table_witness_updates.at)
        return "GlobalTableWitnessUpdates";
    if (!slice_is_none(request->global_table_settings_replication_mode))
        return "GlobalTableSettingsReplicationMode";
    return request->vector_index_updates.at ? "VectorIndexUpdates" : NULL;
}

static void fill_stream(struct update_table_input *input, const struct stream_specification *stream)
{
    if (!stream)
        return;
    input->stream_given = true;
    input->stream_enabled = stream->enabled.value;
    input->stream_view_given = stream_view_given(stream, &input->stream_view);
}

struct update_table_input update_table_input_of(struct arena *arena,
                                                const struct update_table_request *request,
                                                struct slice table_name)
{
    bool on_demand = request->billing_mode.value == BILLING_MODE_PAY_PER_REQUEST;
    struct update_table_input input = {
        .name = table_name,
        .definitions_given = request->attribute_definitions.at != NULL,
        .definitions =
            key_attributes_of(arena, request->attribute_definitions.at, request->attribute_definitions.count),
        .definition_count = request->attribute_definitions.count,
        .billing_given = request->billing_mode.value != BILLING_MODE_ABSENT,
        .billing_mode = on_demand ? BILLING_PAY_PER_REQUEST : BILLING_PROVISIONED,
        .throughput = throughput_input_of(request->provisioned_throughput),
        .on_demand = optional_units_of(request->on_demand_throughput),
        .warm = optional_units_of(request->warm_throughput),
        .index_updates_given = request->global_secondary_index_updates.at != NULL,
        .index_updates = index_updates_of(arena, request),
        .index_update_count = request->global_secondary_index_updates.count,
        .encryption_given = request->encryption != NULL,
        .encryption = encryption_input_of(request->encryption),
        .table_class = request->table_class,
        .protection_given = request->deletion_protection_enabled.given,
        .deletion_protection = request->deletion_protection_enabled.value,
        .unsupported = unsupported_of(request),
        .multi_region_consistency_given = !slice_is_none(request->multi_region_consistency.text),
    };
    fill_stream(&input, request->stream_specification);
    return input;
}
