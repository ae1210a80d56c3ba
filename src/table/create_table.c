#include "table/create_table.h"

#include "base/contract.h"
#include "table/arn.h"
#include "table/create_table_priv.h"
#include "table/tags.h"

/* ------------------------------------------------------------------ settings */

static bool check_stream(const struct create_table_input *input, struct error *err)
{
    if (!input->stream_given)
        return true;
    if (input->stream_enabled && !input->stream_view_given)
        return INVALID_PARAMETER(err,
                                 "Table is being created with a stream enabled, UpdateViewType is required");
    if (!input->stream_enabled && input->stream_view_given)
        return INVALID_PARAMETER(
            err, "Table is being created with a stream disabled, UpdateViewType should not be "
                 "specified");
    return true;
}

bool create_table_encryption_enabled(const struct encryption_input *encryption)
{
    return encryption->enabled_given ? encryption->enabled : !slice_is_none(encryption->type);
}

bool create_table_check_encryption(const struct encryption_input *encryption, struct error *err)
{
    bool type_given = !slice_is_none(encryption->type);
    bool key_given = !slice_is_none(encryption->key_id);
    if (encryption->enabled_given && !encryption->enabled && type_given)
        return INVALID_PARAMETER(err, "SSEType can not be specified if Enabled is false");
    if (encryption->enabled_given && !encryption->enabled && key_given)
        return INVALID_PARAMETER(err, "KMSMasterKeyId can not be specified if Enabled is false");
    if (type_given && !slice_equal(encryption->type, SLICE("KMS")))
        return INVALID_PARAMETER(err, "SSEType %.*s is not supported", SLICE_PRINTF(encryption->type));
    if (key_given && !type_given)
        return INVALID_PARAMETER(err, "SSEType KMS is required if KMSMasterKeyId is specified");
    return true;
}

bool create_table_check_class(struct slice table_class, struct error *err)
{
    if (slice_is_none(table_class) || slice_equal(table_class, SLICE("STANDARD")) ||
        slice_equal(table_class, SLICE("STANDARD_INFREQUENT_ACCESS")))
        return true;
    return error_set(
        err, ERR_VALIDATION,
        "Invalid table-class parameter provided. Please try again with a valid table-class value: "
        "[STANDARD, STANDARD_INFREQUENT_ACCESS].");
}

/* ------------------------------------------------------------------ the whole */

static void fill(struct arena *arena, const struct create_table_input *input, struct table *wanted)
{
    *wanted = (struct table){
        .name = input->name,
        .key = create_table_key_schema(input, input->key),
        .definitions = input->definitions,
        .definition_count = input->definition_count,
        .billing_mode = input->billing_mode,
        .throughput = input->throughput.units,
        .on_demand = input->on_demand,
        .warm = input->warm,
        .streams[STREAM_SHOWN] = {.enabled = input->stream_given && input->stream_enabled,
                                  .view = input->stream_view},
        .encryption_described = create_table_encryption_enabled(&input->encryption),
        .deletion_protection = input->deletion_protection,
        .table_class = input->table_class,
        .resource_policy = input->resource_policy,
        .tags = input->tags,
        .tag_count = input->tag_count,
    };
    create_table_fill_indexes(arena, input, wanted);
}

bool create_table_validate(struct arena *arena, const struct create_table_input *input,
                           struct table *wanted_out, struct error *err)
{
    PRE(table_name_valid(input->name));
    if (!create_table_check_lengths(input, err) || !create_table_check_throughput(input, err) ||
        !create_table_check_keys(arena, input, err) || !create_table_check_indexes(input, err) ||
        !check_stream(input, err) || !create_table_check_encryption(&input->encryption, err) ||
        !create_table_check_class(input->table_class, err) ||
        !table_tags_check(input->tags, input->tag_count, err))
        return false;
    fill(arena, input, wanted_out);
    return true;
}

/* ------------------------------------------------------------------ what this version cannot do */

/* The key that the service manages itself is only a name for "encrypted, with no key of yours": nothing hangs on
 * it. A customer's key promises that revoking it makes the data unreadable, which is not so here. */
static bool is_customer_key(struct slice key_id)
{
    struct slice managed = SLICE("alias/aws/dynamodb");
    if (slice_is_none(key_id))
        return false;
    if (slice_starts_with(key_id, SLICE("arn:")) && key_id.size > managed.size)
        key_id = slice_after(key_id, key_id.size - managed.size);
    return !slice_equal(key_id, managed);
}

bool create_table_not_supported(struct error *err, const char *feature)
{
    return error_set(err, ERR_VALIDATION, "%s is not supported by this version of Stator", feature);
}

bool create_table_check_encryption_key(struct slice key_id, struct error *err)
{
    return !is_customer_key(key_id) ||
           create_table_not_supported(err, "SSESpecification with a customer managed KMSMasterKeyId");
}

bool create_table_supported(const struct create_table_input *input, struct error *err)
{
    if (input->vector_index_count > 0)
        return create_table_not_supported(err, "VectorIndexes");
    if (!create_table_check_encryption_key(input->encryption.key_id, err))
        return false;
    if (!slice_is_none(input->resource_policy))
        return create_table_not_supported(err, "ResourcePolicy");
    return true;
}
