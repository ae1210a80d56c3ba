#include "api/table_resource.h"

/* ------------------------------------------------------------------ TableName */

static bool is_account_here(const struct api_request *q, const struct table_reference *reference)
{
    return slice_equal(reference->account, q->api->options.account_id);
}

static bool is_region_here(const struct api_request *q, const struct table_reference *reference)
{
    return slice_equal(reference->region, q->api->options.region);
}

bool request_table_reference(const struct api_request *q, struct slice text, struct table_reference *out,
                             struct error *err)
{
    if (!table_reference_parse(text, out, err))
        return false;
    if (slice_is_none(out->region))
        return true;
    if (!is_region_here(q, out))
        return error_set(err, ERR_VALIDATION, "1 validation error detected: Invalid AWS region in '%.*s'",
                         SLICE_PRINTF(text));
    return is_account_here(q, out) || error_set(err, ERR_ACCESS_DENIED, "Access is denied");
}

/* ------------------------------------------------------------------ ResourceArn */

bool resource_arn_check(struct slice arn, struct error *err)
{
    if (slice_is_none(arn) || arn.size == 0)
        return error_set(err, ERR_VALIDATION, "Invalid TableArn");
    if (!slice_starts_with(arn, SLICE("arn:")))
        return error_set(err, ERR_VALIDATION,
                         "One or more parameter values were invalid: ARNs must start with 'arn:': %.*s",
                         SLICE_PRINTF(arn));
    return true;
}

/* What stands behind the fifth colon; SLICE_NONE if it is no ARN of DynamoDB. */
static struct slice dynamodb_resource(struct slice arn)
{
    struct slice rest = arn;
    for (unsigned part = 0; part < 5; part++) {
        const char *colon = memchr(rest.data, ':', rest.size);
        if (!colon)
            return SLICE_NONE;
        struct slice text = slice_of(rest.data, (size_t)(colon - rest.data));
        if (part == 2 && !slice_equal(text, SLICE("dynamodb")))
            return SLICE_NONE;
        rest = slice_after(rest, text.size + 1);
    }
    return rest;
}

/* Whether the resource is `table/{name}/{kind}/...`. */
static bool is_part_of_table(struct slice resource, struct slice kind)
{
    struct slice table = slice_after(resource, SLICE("table/").size);
    const char *slash = memchr(table.data, '/', table.size);
    if (!slash)
        return false;
    struct slice part = slice_after(table, (size_t)(slash - table.data) + 1);
    return slice_starts_with(part, kind);
}

static bool refuse_resource(struct slice arn, struct error *err)
{
    struct slice resource = dynamodb_resource(arn);
    if (slice_is_none(resource) || !slice_starts_with(resource, SLICE("table/")) ||
        is_part_of_table(resource, SLICE("backup/")))
        return error_set(err, ERR_VALIDATION,
                         "One or more parameter values were invalid: Provided Arn is not a DynamoDB resource "
                         "arn: %.*s",
                         SLICE_PRINTF(arn));
    if (is_part_of_table(resource, SLICE("index/")))
        return error_set(err, ERR_VALIDATION,
                         "One or more parameter values were invalid: Invalid resource arn provided, only "
                         "table or stream is accepted. Provided resource arn: %.*s",
                         SLICE_PRINTF(arn));
    return error_set(err, ERR_VALIDATION, "Invalid TableArn: Invalid ResourceArn provided as input %.*s",
                     SLICE_PRINTF(arn));
}

bool resource_table_reference(const struct api_request *q, struct slice arn, struct table_reference *out,
                              struct error *err)
{
    struct error unnamed;
    error_init(&unnamed, q->arena);
    if (!table_reference_parse(arn, out, &unnamed))
        return refuse_resource(arn, err);
    if (!is_account_here(q, out))
        return error_set(err, ERR_ACCESS_DENIED, "Access is denied");
    if (!is_region_here(q, out))
        return error_set(err, ERR_VALIDATION, "Invalid TableArn: Invalid ResourceArn provided as input %.*s",
                         SLICE_PRINTF(arn));
    return true;
}

bool resource_not_found(struct slice arn, struct error *err)
{
    return error_set(err, ERR_RESOURCE_NOT_FOUND, "Requested resource not found: ResourcArn: %.*s not found",
                     SLICE_PRINTF(arn));
}
