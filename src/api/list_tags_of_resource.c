/* list_tags_of_resource.c - ListTagsOfResource. All tags that a table can have make one page, so that there never is a
 * token to go on with, and none that could be given back. */
#include "api/api.h"
#include "api/common_shapes.h"
#include "api/item_reply.h"
#include "api/table_resource.h"

struct list_tags_of_resource_input {
    struct slice resource_arn;
    struct slice next_token;
};

#define M(field, name, shape) MEMBER(struct list_tags_of_resource_input, field, name, shape, MEMBER_OPTIONAL)
static const struct shape_member members[] = {
    M(resource_arn, "ResourceArn", shape_resource_arn),
    M(next_token, "NextToken", shape_string),
};
static const struct shape input_shape =
    STRUCTURE(struct list_tags_of_resource_input, "ListTagsOfResourceInput", members);

static void write_tags(struct json_writer *w, const struct table *t)
{
    json_name(w, SLICE("Tags"));
    json_begin_array(w);
    for (size_t i = 0; i < t->tag_count; i++) {
        json_begin_object(w);
        json_member_string(w, "Key", t->tags[i].key);
        json_member_string(w, "Value", t->tags[i].value);
        json_end_object(w);
    }
    json_end_array(w);
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct list_tags_of_resource_input *in = q->input;
    struct table_reference reference;
    if (!resource_arn_check(in->resource_arn, err) ||
        !resource_table_reference(q, in->resource_arn, &reference, err))
        return false;
    if (!slice_is_none(in->next_token))
        return error_set(err, ERR_VALIDATION, "Invalid NextToken: %.*s", SLICE_PRINTF(in->next_token));
    const struct table *t = catalog_find(request_catalog(q), reference.name);
    if (!t)
        return resource_not_found(in->resource_arn, err);
    json_begin_object(&q->json);
    write_tags(&q->json, t);
    json_end_object(&q->json);
    return true;
}

const struct api_operation list_tags_of_resource_operation = {OPERATION_LIST_TAGS_OF_RESOURCE, &input_shape,
                                                              handle};
