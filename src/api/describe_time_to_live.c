/* describe_time_to_live.c - DescribeTimeToLive: which attribute of a table says when its items expire. */
#include "api/api.h"
#include "api/common_shapes.h"
#include "api/item_reply.h"
#include "api/table_resource.h"
#include "table/time_to_live.h"

struct describe_time_to_live_input {
    struct slice table_name;
};

static const struct shape_member members[] = {
    MEMBER(struct describe_time_to_live_input, table_name, "TableName", shape_table_arn, MEMBER_TABLE_NAME),
};
static const struct shape input_shape =
    STRUCTURE(struct describe_time_to_live_input, "DescribeTimeToLiveInput", members);

static void write_description(struct json_writer *w, const struct table *t)
{
    bool enabled = !slice_is_none(t->ttl_attribute);
    bool filling = t->expiry_index && t->expiry_index->status == INDEX_CREATING;
    json_name(w, SLICE("TimeToLiveDescription"));
    json_begin_object(w);
    json_member_string(w, "TimeToLiveStatus",
                       filling   ? SLICE("ENABLING")
                       : enabled ? SLICE("ENABLED")
                                 : SLICE("DISABLED"));
    if (enabled)
        json_member_string(w, "AttributeName", t->ttl_attribute);
    json_end_object(w);
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct describe_time_to_live_input *in = q->input;
    struct table_reference reference;
    if (!request_table_reference(q, in->table_name, &reference, err))
        return false;
    const struct table *t = catalog_find(request_catalog(q), reference.name);
    if (!t)
        return error_set(err, ERR_RESOURCE_NOT_FOUND, "Requested resource not found: Table: %.*s not found",
                         SLICE_PRINTF(reference.name));
    if (!time_to_live_check_readable(t, q->now_ms, err))
        return false;
    json_begin_object(&q->json);
    write_description(&q->json, t);
    json_end_object(&q->json);
    return true;
}

const struct api_operation describe_time_to_live_operation = {OPERATION_DESCRIBE_TIME_TO_LIVE, &input_shape,
                                                              handle};
