/* delete_item.c - DeleteItem: removes an item by its key, under a condition if one is given. */
#include "api/write_item.h"

static const struct shape_member members[] = {WRITE_ITEM_MEMBERS("Key", shape_return_values)};
static const struct shape input_shape = STRUCTURE(struct write_item_input, "DeleteItemInput", members);

static bool handle(struct api_request *q, struct error *err)
{
    return write_item(q, ITEM_DELETE, err);
}

const struct api_operation delete_item_operation = {OPERATION_DELETE_ITEM, &input_shape, handle};
