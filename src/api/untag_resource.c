/* untag_resource.c - UntagResource: tags of a table go; those that are not there do not matter. */
#include "api/api.h"
#include "api/common_shapes.h"
#include "api/item_reply.h"
#include "api/table_resource.h"
#include "table/tags.h"

struct untag_resource_input {
    struct slice resource_arn;
    LIST_OF(struct slice) tag_keys;
};

struct untag_resource_state {
    struct catalog_change change;
    struct tags_edit edit;
};

static const struct shape tag_keys = LIST(struct slice, shape_string, ANY_LENGTH);
static const struct shape_member members[] = {
    MEMBER(struct untag_resource_input, resource_arn, "ResourceArn", shape_resource_arn, MEMBER_OPTIONAL),
    MEMBER(struct untag_resource_input, tag_keys, "TagKeys", tag_keys, MEMBER_OPTIONAL),
};
static const struct shape input_shape = STRUCTURE(struct untag_resource_input, "UntagResourceInput", members);

static bool reply(struct api_request *q, struct error *err)
{
    const struct untag_resource_state *state = q->state;
    if (state->change.error.code == ERR_NONE)
        return true;
    *err = state->change.error;
    if (err->code == ERR_RESOURCE_NOT_FOUND)
        return resource_not_found(((const struct untag_resource_input *)q->input)->resource_arn, err);
    return false;
}

static void change_done(struct catalog_change *change)
{
    api_resume(change->arg, reply);
}

static bool check_keys(const struct untag_resource_input *in, struct error *err)
{
    if (in->tag_keys.count == 0)
        return error_set(err, ERR_VALIDATION, "Atleast one Tag Key needs to be provided as Input.");
    return table_tag_keys_check(in->tag_keys.at, in->tag_keys.count, err);
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct untag_resource_input *in = q->input;
    struct untag_resource_state *state = ARENA_NEW(q->arena, struct untag_resource_state);
    struct table_reference reference;
    if (!resource_arn_check(in->resource_arn, err))
        return false;
    if (!in->tag_keys.at)
        return error_set(err, ERR_VALIDATION,
                         "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: "
                         "Member must not be null");
    if (!resource_table_reference(q, in->resource_arn, &reference, err) || !check_keys(in, err))
        return false;
    tags_edit_init_remove(&state->edit, in->tag_keys.at, in->tag_keys.count);
    state->change = (struct catalog_change){.arena = q->arena, .done = change_done, .arg = q};
    q->state = state;
    api_suspend(q);
    catalog_edit_table(q->api->options.catalog, reference.name, &state->edit.edit, &state->change);
    return true;
}

const struct api_operation untag_resource_operation = {OPERATION_UNTAG_RESOURCE, &input_shape, handle};
