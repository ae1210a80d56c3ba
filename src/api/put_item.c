/* put_item.c - PutItem: stores a whole item in place of what was there, under a condition if one is given. */
#include "api/write_item.h"

static const struct shape_member members[] = {WRITE_ITEM_MEMBERS("Item", shape_return_values)};
static const struct shape input_shape = STRUCTURE(struct write_item_input, "PutItemInput", members);

static bool handle(struct api_request *q, struct error *err)
{
    return write_item(q, ITEM_PUT, err);
}

const struct api_operation put_item_operation = {OPERATION_PUT_ITEM, &input_shape, handle};
