/* tag_resource.c - TagResource: tags of a table, in place of those that have the same keys. */
#include "api/api.h"
#include "api/create_table_shapes.h"
#include "api/item_reply.h"
#include "api/table_resource.h"
#include "table/tags.h"

struct tag_resource_input {
    struct slice resource_arn;
    LIST_OF(struct tag) tags;
};

struct tag_resource_state {
    struct catalog_change change;
    struct tags_edit edit;
};

/* What is missing has texts of its own, in an order of its own. */
static const struct shape_member members[] = {
    MEMBER(struct tag_resource_input, resource_arn, "ResourceArn", shape_resource_arn, MEMBER_OPTIONAL),
    MEMBER(struct tag_resource_input, tags, "Tags", shape_tags, MEMBER_OPTIONAL),
};
static const struct shape input_shape = STRUCTURE(struct tag_resource_input, "TagResourceInput", members);

static bool reply(struct api_request *q, struct error *err)
{
    const struct tag_resource_state *state = q->state;
    if (state->change.error.code == ERR_NONE)
        return true;
    *err = state->change.error;
    if (err->code == ERR_RESOURCE_NOT_FOUND)
        return resource_not_found(((const struct tag_resource_input *)q->input)->resource_arn, err);
    return false;
}

static void change_done(struct catalog_change *change)
{
    api_resume(change->arg, reply);
}

static bool check_tags(const struct tag_resource_input *in, const struct table_tag *tags, struct error *err)
{
    if (in->tags.count == 0)
        return error_set(err, ERR_VALIDATION, "Atleast one Tag needs to be provided as Input.");
    return table_tags_check(tags, in->tags.count, err);
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct tag_resource_input *in = q->input;
    struct tag_resource_state *state = ARENA_NEW(q->arena, struct tag_resource_state);
    struct table_reference reference;
    if (!resource_arn_check(in->resource_arn, err))
        return false;
    if (!in->tags.at)
        return error_set(err, ERR_VALIDATION,
                         "1 validation error detected: Value null at 'tags' failed to satisfy constraint: "
                         "Member must not be null");
    const struct table_tag *tags = table_tags_of(q->arena, in->tags.at, in->tags.count);
    if (!resource_table_reference(q, in->resource_arn, &reference, err) || !check_tags(in, tags, err))
        return false;
    tags_edit_init_put(&state->edit, tags, in->tags.count);
    state->change = (struct catalog_change){.arena = q->arena, .done = change_done, .arg = q};
    q->state = state;
    api_suspend(q);
    catalog_edit_table(q->api->options.catalog, reference.name, &state->edit.edit, &state->change);
    return true;
}

const struct api_operation tag_resource_operation = {OPERATION_TAG_RESOURCE, &input_shape, handle};
