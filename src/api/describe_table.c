/* describe_table.c - DescribeTable: what a table is and how much it holds, as of now. */
#include "api/api.h"
#include "api/item_reply.h"
#include "api/table_description.h"
#include "api/table_resource.h"
#include "engine/engine.h"

struct describe_table_input {
    struct slice table_name;
};

static const struct shape_member members[] = {
    MEMBER(struct describe_table_input, table_name, "TableName", shape_table_arn, MEMBER_TABLE_NAME),
};
static const struct shape input_shape = STRUCTURE(struct describe_table_input, "DescribeTableInput", members);

static bool handle(struct api_request *q, struct error *err)
{
    const struct describe_table_input *in = q->input;
    struct table_reference reference;
    struct storage_view *view;
    struct table_usage usage;
    if (!request_table_reference(q, in->table_name, &reference, err))
        return false;
    const struct table *t = catalog_find(request_catalog(q), reference.name);
    if (!t)
        return error_set(err, ERR_RESOURCE_NOT_FOUND, "Requested resource not found: Table: %.*s not found",
                         SLICE_PRINTF(reference.name));
    if (!engine_view(q->api->options.engine, q->arena, &view, err) ||
        !table_usage_read(view, t, q->arena, &usage, err))
        return false;
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("Table"));
    write_table_description(&q->json, t, q->now_ms, &usage, TABLE_DESCRIPTION_FULL);
    json_end_object(&q->json);
    return true;
}

const struct api_operation describe_table_operation = {OPERATION_DESCRIBE_TABLE, &input_shape, handle};
