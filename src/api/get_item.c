/* get_item.c - GetItem: one item by its key, from the newest durable instant. */
#include "api/common_shapes.h"
#include "api/expressions.h"
#include "api/item_reply.h"
#include "engine/capacity.h"
#include "engine/item_key.h"
#include "engine/item_read.h"
#include "item/wire.h"

struct get_item_input {
    struct slice table_name;
    struct request_item key;
    LIST_OF(struct slice) attributes_to_get;
    struct optional_bool consistent_read;
    struct optional_enum return_consumed_capacity;
    struct slice projection_expression;
    LIST_OF(struct expr_name) names;
};

#define M(field, name, shape, flag) MEMBER(struct get_item_input, field, name, shape, flag)
static const struct shape_member members[] = {
    M(return_consumed_capacity, "ReturnConsumedCapacity", shape_return_consumed_capacity, MEMBER_OPTIONAL),
    M(key, "Key", shape_item, MEMBER_REQUIRED),
    M(attributes_to_get, "AttributesToGet", shape_attribute_names, MEMBER_OPTIONAL),
    M(table_name, "TableName", shape_table_arn, MEMBER_REQUIRED),
    M(consistent_read, "ConsistentRead", shape_boolean, MEMBER_OPTIONAL),
    M(projection_expression, "ProjectionExpression", shape_string, MEMBER_OPTIONAL),
    M(names, "ExpressionAttributeNames", shape_expression_names, MEMBER_OPTIONAL),
};
static const struct shape input_shape = STRUCTURE(struct get_item_input, "GetItemInput", members);

static bool check_request(struct api_request *q, const struct get_item_input *in,
                          struct expressions *expressions, struct error *err)
{
    const struct expression_request request = {
        .expressions = {{EXPR_PROJECTION, in->projection_expression}},
        .expression_count = 1,
        .names = in->names.at,
        .name_count = in->names.count,
        .older = {.attributes_to_get = in->attributes_to_get.at,
                  .attribute_count = in->attributes_to_get.count},
    };
    return (expressions_check(&request, err) || api_content_error(q, err)) &&
           api_check_issue(q, &in->key.issue, err) &&
           ((expressions_check_older(&request, err) && expressions_bind(q, &request, expressions, err)) ||
            api_content_error(q, err));
}

static void write_reply(struct api_request *q, const struct get_item_input *in, const struct expr *projection,
                        struct slice item)
{
    struct json_writer *w = &q->json;
    json_begin_object(w);
    if (!slice_is_none(item)) {
        json_name(w, SLICE("Item"));
        if (projection)
            expr_project(projection, item, w);
        else
            wire_write_item(w, item);
    }
    size_t size = slice_is_none(item) ? 0 : item_size_bytes(item);
    write_consumed_capacity(w, in->return_consumed_capacity, in->table_name,
                            capacity_read_halves(size, in->consistent_read.value));
    json_end_object(w);
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct get_item_input *in = q->input;
    struct expressions expressions;
    const struct table *table;
    struct storage_key key;
    struct storage_view *view;
    struct slice item;
    if (!check_request(q, in, &expressions, err) ||
        !catalog_use(request_catalog(q), in->table_name, &table, err) ||
        !item_key_of_map(table, in->key.item, &key, err) ||
        !expressions_check_key_paths(expressions.projection, table, err) ||
        !engine_view(q->api->options.engine, q->arena, &view, err) ||
        !item_get(view, &key, q->arena, &item, err))
        return false;
    write_reply(q, in, expressions.projection, item);
    return true;
}

const struct api_operation get_item_operation = {OPERATION_GET_ITEM, &input_shape, handle};
