/* update_item.c - UpdateItem: changes attributes of an item, or makes one, under a condition if one is given. */
#include "api/write_item.h"

static const struct shape_member members[] = {
    WRITE_ITEM_MEMBERS("Key", shape_return_values_of_update),
    WRITE_ITEM_MEMBER(update_expression, "UpdateExpression", shape_string, MEMBER_OPTIONAL),
    WRITE_ITEM_MEMBER(attribute_updates, "AttributeUpdates", shape_attribute_updates, MEMBER_OPTIONAL),
};
static const struct shape input_shape = STRUCTURE(struct write_item_input, "UpdateItemInput", members);

static bool handle(struct api_request *q, struct error *err)
{
    return write_item(q, ITEM_UPDATE, err);
}

const struct api_operation update_item_operation = {OPERATION_UPDATE_ITEM, &input_shape, handle};
