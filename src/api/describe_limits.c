/* describe_limits.c - DescribeLimits: AWS's default quotas. Stator has no throughput quotas; clients that plan by them
 * see the ones they know. Source: semantics.md 13.5. */
#include "api/api.h"

enum { ACCOUNT_UNITS_MAX = 80000, TABLE_UNITS_MAX = 40000 };

struct describe_limits_input {
    char unused; /* the request has no members */
};

static const struct shape input_shape = {
    .kind = SHAPE_STRUCTURE, .name = "DescribeLimitsInput", .size = sizeof(struct describe_limits_input)};

static bool handle(struct api_request *q, struct error *err)
{
    (void)err;
    json_begin_object(&q->json);
    json_member_i64(&q->json, "AccountMaxReadCapacityUnits", ACCOUNT_UNITS_MAX);
    json_member_i64(&q->json, "AccountMaxWriteCapacityUnits", ACCOUNT_UNITS_MAX);
    json_member_i64(&q->json, "TableMaxReadCapacityUnits", TABLE_UNITS_MAX);
    json_member_i64(&q->json, "TableMaxWriteCapacityUnits", TABLE_UNITS_MAX);
    json_end_object(&q->json);
    return true;
}

const struct api_operation describe_limits_operation = {OPERATION_DESCRIBE_LIMITS, &input_shape, handle};
