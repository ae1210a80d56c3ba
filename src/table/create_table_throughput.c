/* Provisioned, on-demand and warm throughput of a table and of its global indexes. The texts for the two differ
 * in how they name the subject; both are as observed. */
#include "table/create_table_priv.h"

static const int64_t UNITS_MAX = 1000000000000;

static bool check_units(int64_t units, const char *member, const char *subject, struct error *err)
{
    if (units > UNITS_MAX)
        return error_set(err, ERR_VALIDATION, "Given value %lld for %s is out of bounds%s", (long long)units,
                         member, subject);
    return true;
}

bool create_table_check_provisioned(struct throughput units, const char *subject, struct error *err)
{
    return check_units(units.read_units, "ReadCapacityUnits", subject, err) &&
           check_units(units.write_units, "WriteCapacityUnits", subject, err);
}

/* One half of OnDemandThroughput. */
static bool check_maximum(const struct create_table_input *input, bool given, int64_t units,
                          const char *member, struct slice index, struct error *err)
{
    if (!given)
        return true;
    bool of_table = slice_is_none(index);
    if (input->billing_mode == BILLING_PROVISIONED)
        return of_table
                   ? INVALID_PARAMETER(err,
                                       "%s for OnDemandThroughput cannot be specified when table BillingMode "
                                       "is PROVISIONED.",
                                       member)
                   : INVALID_PARAMETER(err,
                                       "%s for OnDemandThroughput for index: %.*s cannot be specified when "
                                       "table BillingMode is PROVISIONED.",
                                       member, SLICE_PRINTF(index));
    if (units < 1)
        return of_table
                   ? INVALID_PARAMETER(err,
                                       "Requested %s for OnDemandThroughput for table is outside of valid "
                                       "range",
                                       member)
                   : INVALID_PARAMETER(err,
                                       "Requested %s for OnDemandThroughput for index : %.*s is outside of "
                                       "valid range",
                                       member, SLICE_PRINTF(index));
    return true;
}

static bool check_on_demand(const struct create_table_input *input, const struct optional_units *units,
                            struct slice index, struct error *err)
{
    return check_maximum(input, units->read_given, units->read_units, "MaxReadRequestUnits", index, err) &&
           check_maximum(input, units->write_given, units->write_units, "MaxWriteRequestUnits", index, err);
}

/* One half of WarmThroughput: it may not be less than what there is anyway. */
static bool check_warm_half(enum billing_mode mode, bool given, int64_t units, int64_t least, bool read,
                            struct slice index, struct error *err)
{
    if (!given || units >= least)
        return true;
    const char *member = read ? "ReadUnitsPerSecond" : "WriteUnitsPerSecond";
    const char *space = slice_is_none(index) ? "table" : "index ";
    int name_size = slice_is_none(index) ? 0 : (int)index.size;
    if (mode == BILLING_PROVISIONED)
        return INVALID_PARAMETER(err,
                                 "Requested %s for WarmThroughput for %s%.*s is lower than %s of "
                                 "ProvisionedThroughput",
                                 member, space, name_size, index.data,
                                 read ? "ReadCapacityUnits" : "WriteCapacityUnits");
    return INVALID_PARAMETER(
        err,
        "Requested %s for WarmThroughput for %s%.*s is lower than initial throughput for "
        "OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
        "on-demand-capacity-mode.html#on-demand-capacity-mode-initial",
        member, space, name_size, index.data);
}

bool create_table_check_warm(enum billing_mode mode, const struct optional_units *warm,
                             struct throughput units, struct slice index, struct error *err)
{
    const struct optional_units nothing = {0};
    struct throughput least = throughput_warm(mode, units, &nothing);
    return check_warm_half(mode, warm->read_given, warm->read_units, least.read_units, true, index, err) &&
           check_warm_half(mode, warm->write_given, warm->write_units, least.write_units, false, index, err);
}

bool create_table_check_throughput(const struct create_table_input *input, struct error *err)
{
    if (input->billing_mode == BILLING_PAY_PER_REQUEST && input->throughput.given)
        return INVALID_PARAMETER(err,
                                 "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                                 "BillingMode is PAY_PER_REQUEST");
    if (input->billing_mode == BILLING_PROVISIONED && !input->throughput.given)
        return INVALID_PARAMETER(err, "ReadCapacityUnits and WriteCapacityUnits must both be specified when "
                                      "BillingMode is PROVISIONED");
    return create_table_check_provisioned(input->throughput.units, "", err) &&
           check_on_demand(input, &input->on_demand, SLICE_NONE, err) &&
           create_table_check_warm(input->billing_mode, &input->warm, input->throughput.units, SLICE_NONE,
                                   err);
}

bool create_table_check_index_throughput(const struct create_table_input *input,
                                         const struct index_input *index, struct error *err)
{
    if (input->billing_mode == BILLING_PAY_PER_REQUEST && index->throughput.given)
        return INVALID_PARAMETER(
            err,
            "ProvisionedThroughput should not be specified for index: %.*s when BillingMode "
            "is PAY_PER_REQUEST",
            SLICE_PRINTF(index->name));
    if (input->billing_mode == BILLING_PROVISIONED && !index->throughput.given)
        return INVALID_PARAMETER(err, "ProvisionedThroughput is not specified for index: %.*s",
                                 SLICE_PRINTF(index->name));
    const char *subject = arena_printf(err->arena, " for index %.*s", SLICE_PRINTF(index->name));
    return create_table_check_provisioned(index->throughput.units, subject, err) &&
           check_on_demand(input, &index->on_demand, index->name, err) &&
           create_table_check_warm(input->billing_mode, &index->warm, index->throughput.units, index->name,
                                   err);
}
