/* What is wrong with an UpdateTable request whatever its table is. */
#include "table/create_table_priv.h"
#include "table/update_table_priv.h"

/* ------------------------------------------------------------------ which changes go together */

static unsigned count_changes(const struct update_table_input *input)
{
    return (unsigned)input->billing_given + input->throughput.given + units_given(&input->on_demand) +
           units_given(&input->warm) + (input->index_update_count > 0) + input->stream_given +
           input->encryption_given + !slice_is_none(input->table_class) + input->protection_given +
           (input->unsupported != NULL);
}

/* The list names what is not there; of what would not do alone only MultiRegionConsistency can be. */
static bool check_something_given(const struct update_table_input *input, struct error *err)
{
    if (count_changes(input) > 0)
        return true;
    return error_set(
        err, ERR_VALIDATION,
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
        "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
        "ReplicaTransitRoleArn, %sDeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or "
        "TableClass is required",
        input->multi_region_consistency_given ? "" : "MultiRegionConsistency, ");
}

static bool comes_or_goes(const struct update_table_input *input)
{
    for (size_t i = 0; i < input->index_update_count; i++) {
        if (is_structural(&input->index_updates[i]))
            return true;
    }
    return false;
}

static bool makes_index(const struct update_table_input *input)
{
    for (size_t i = 0; i < input->index_update_count; i++) {
        if (input->index_updates[i].create)
            return true;
    }
    return false;
}

/* Nearly every change must come alone. The order is that in which several of them are told. */
static bool check_alone(const struct update_table_input *input, struct error *err)
{
    unsigned changes = count_changes(input);
    if (changes < 2)
        return true;
    if (input->encryption_given)
        return INVALID_PARAMETER(
            err, "Server-Side Encryption modification must be the only operation in the request");
    if (!slice_is_none(input->table_class))
        return INVALID_PARAMETER(err, "TableClass modification must be the only operation in the request");
    if (input->protection_given)
        return INVALID_PARAMETER(err,
                                 "DeletionProtection modification must be the only operation in the request");
    if (units_given(&input->warm) && makes_index(input))
        return INVALID_PARAMETER(
            err, "Create global secondary index cannot be specified when updating WarmThroughput");
    if (units_given(&input->warm))
        return INVALID_PARAMETER(err, "WarmThroughput must be the only operation in the request");
    if (units_given(&input->on_demand) && changes > 1u + input->billing_given)
        return INVALID_PARAMETER(
            err, "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request");
    return true;
}

static bool check_together(const struct update_table_input *input, struct error *err)
{
    bool to_provisioned = input->billing_given && input->billing_mode == BILLING_PROVISIONED;
    if (input->stream_given && (input->throughput.given || to_provisioned))
        return INVALID_PARAMETER(err, "You cannot modify stream status while updating table IOPS");
    if (comes_or_goes(input) && input->throughput.given)
        return INVALID_PARAMETER(err, "You cannot create or delete index while updating table IOPS");
    if (comes_or_goes(input) && input->stream_given)
        return INVALID_PARAMETER(err, "You cannot create or delete index while changing stream status");
    return true;
}

/* ------------------------------------------------------------------ index updates */

static bool check_action(const struct index_update_input *one, struct error *err)
{
    unsigned actions = (unsigned)(one->create != NULL) + (one->update != NULL) + !slice_is_none(one->dropped);
    if (actions == 0)
        return INVALID_PARAMETER(err, "One of GlobalSecondaryIndexUpdate.Update, "
                                      "GlobalSecondaryIndexUpdate.Create, "
                                      "GlobalSecondaryIndexUpdate.Delete must not be null");
    if (actions > 1)
        return INVALID_PARAMETER(err, "Only one global secondary index action is allowed per "
                                      "GlobalSecondaryIndexUpdate object");
    if (one->update && one->update_warm_given && !units_given(&one->update->warm))
        return INVALID_PARAMETER(err,
                                 "WarmThroughput must have at least one of ReadUnitsPerSecond or "
                                 "WriteUnitsPerSecond specified for index: %.*s",
                                 SLICE_PRINTF(one->update->name));
    return true;
}

enum { INDEX_UPDATES_MAX = 1000 };

/* A table has 20 global indexes, so many updates name one twice, or one that is not there; where to look for that is
 * bounded. */
static bool check_actions(const struct update_table_input *input, struct error *err)
{
    const struct index_update_input *updates = input->index_updates;
    if (input->index_updates_given && input->index_update_count == 0)
        return INVALID_PARAMETER(err, "List of GlobalSecondaryIndexUpdates is empty");
    if (input->index_update_count > INDEX_UPDATES_MAX)
        return INVALID_PARAMETER(err, "GlobalSecondaryIndex count exceeds the per-table limit of %d",
                                 TABLE_GSI_MAX);
    for (size_t i = 0; i < input->index_update_count; i++) {
        if (!check_action(&updates[i], err))
            return false;
    }
    for (size_t i = 1; i < input->index_update_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (slice_equal(index_update_name(&updates[i]), index_update_name(&updates[j])))
                return INVALID_PARAMETER(err,
                                         "Only one global secondary index update per index is allowed "
                                         "simultaneously. Index: %.*s",
                                         SLICE_PRINTF(index_update_name(&updates[i])));
        }
    }
    return true;
}

/* Key and projection of an index that is to be made. Definitions are looked at for this alone; those that nobody uses
 * are ignored, otherwise than in CreateTable. */
static bool check_new_index(const struct update_table_input *input, const struct index_input *index,
                            struct error *err)
{
    const struct create_table_input defined = {.definitions = input->definitions,
                                               .definition_count = input->definition_count,
                                               .global_indexes_given = true};
    size_t budget = TABLE_NON_KEY_ATTRIBUTES_MAX;
    if (!input->definitions_given)
        return INVALID_PARAMETER(err, "AttributeDefinitions is not specified for index: %.*s",
                                 SLICE_PRINTF(index->name));
    if (index->key.count > input->definition_count)
        return error_set(err, ERR_VALIDATION,
                         "Invalid KeySchema: Some index key attribute have no definition");
    return create_table_check_definitions(&defined, err) &&
           create_table_check_global_key(&defined, index->key, err) &&
           create_table_check_projection(&index->projection, &budget, err) &&
           update_table_check_on_demand(&index->on_demand, false, index->name, err);
}

static bool check_indexes(const struct update_table_input *input, struct error *err)
{
    bool on_demand = input->billing_given && input->billing_mode == BILLING_PAY_PER_REQUEST;
    for (size_t i = 0; i < input->index_update_count; i++) {
        const struct index_update_input *one = &input->index_updates[i];
        const struct index_input *given = one->create ? one->create : one->update;
        if (on_demand && given && given->throughput.given)
            return INVALID_PARAMETER(err,
                                     "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for "
                                     "index: %.*s when BillingMode is PAY_PER_REQUEST",
                                     SLICE_PRINTF(given->name));
        if (one->create && !check_new_index(input, one->create, err))
            return false;
        if (one->update && !update_table_check_on_demand(&one->update->on_demand, true, given->name, err))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ settings */

static bool check_billing(const struct update_table_input *input, struct error *err)
{
    if (input->billing_given && input->billing_mode == BILLING_PAY_PER_REQUEST && input->throughput.given)
        return INVALID_PARAMETER(
            err, "ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST");
    if (input->billing_given && input->billing_mode == BILLING_PROVISIONED && !input->throughput.given)
        return INVALID_PARAMETER(err,
                                 "ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
    return create_table_check_provisioned(input->throughput.units, "", err) &&
           update_table_check_on_demand(&input->on_demand, true, SLICE_NONE, err);
}

static bool check_stream(const struct update_table_input *input, struct error *err)
{
    if (!input->stream_given)
        return true;
    if (input->stream_enabled && !input->stream_view_given)
        return INVALID_PARAMETER(err, "If stream is being enabled then UpdateViewType is required");
    if (!input->stream_enabled && input->stream_view_given)
        return INVALID_PARAMETER(err,
                                 "If stream is being disabled, then UpdateViewType must not be specified");
    return true;
}

static bool check_supported(const struct update_table_input *input, struct error *err)
{
    if (input->unsupported)
        return create_table_not_supported(err, input->unsupported);
    return create_table_check_encryption_key(input->encryption.key_id, err);
}

bool update_table_check(const struct update_table_input *input, struct error *err)
{
    return check_something_given(input, err) && check_actions(input, err) && check_alone(input, err) &&
           check_together(input, err) && check_billing(input, err) && check_indexes(input, err) &&
           check_stream(input, err) && create_table_check_encryption(&input->encryption, err) &&
           create_table_check_class(input->table_class, err) && check_supported(input, err);
}
