/* update_time_to_live.c - UpdateTimeToLive: items expire by an attribute, or no more. */
#include "api/api.h"
#include "api/common_shapes.h"
#include "api/item_reply.h"
#include "api/table_resource.h"
#include "jobs/jobs.h"
#include "table/time_to_live.h"

struct time_to_live_specification {
    struct optional_bool enabled;
    struct slice attribute_name;
};

struct update_time_to_live_input {
    struct slice table_name;
    struct time_to_live_specification *specification;
};

struct update_time_to_live_state {
    struct catalog_change change;
    struct time_to_live_edit edit;
};

static const struct shape_member specification_members[] = {
    MEMBER(struct time_to_live_specification, enabled, "Enabled", shape_boolean, MEMBER_REQUIRED),
    MEMBER(struct time_to_live_specification, attribute_name, "AttributeName", shape_key_attribute_name,
           MEMBER_REQUIRED),
};
static const struct shape specification =
    STRUCTURE(struct time_to_live_specification, "TimeToLiveSpecification", specification_members);
static const struct shape_member members[] = {
    MEMBER(struct update_time_to_live_input, table_name, "TableName", shape_table_arn, MEMBER_REQUIRED),
    MEMBER(struct update_time_to_live_input, specification, "TimeToLiveSpecification", specification,
           MEMBER_REQUIRED),
};
static const struct shape input_shape =
    STRUCTURE(struct update_time_to_live_input, "UpdateTimeToLiveInput", members);

static bool reply(struct api_request *q, struct error *err)
{
    const struct update_time_to_live_state *state = q->state;
    if (state->change.error.code != ERR_NONE) {
        *err = state->change.error;
        return false;
    }
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("TimeToLiveSpecification"));
    json_begin_object(&q->json);
    json_member_bool(&q->json, "Enabled", state->edit.enabled);
    json_member_string(&q->json, "AttributeName", state->edit.attribute);
    json_end_object(&q->json);
    json_end_object(&q->json);
    return true;
}

static void change_done(struct catalog_change *change)
{
    struct api_request *q = change->arg;
    if (change->error.code == ERR_NONE)
        jobs_wake(q->api->options.jobs);
    api_resume(change->arg, reply);
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct update_time_to_live_input *in = q->input;
    struct update_time_to_live_state *state = ARENA_NEW(q->arena, struct update_time_to_live_state);
    struct table_reference reference;
    if (!request_table_reference(q, in->table_name, &reference, err))
        return false;
    time_to_live_edit_init(&state->edit, in->specification->enabled.value, in->specification->attribute_name,
                           jobs_stage_backfill, jobs_stage_drop);
    state->change = (struct catalog_change){.arena = q->arena, .done = change_done, .arg = q};
    q->state = state;
    api_suspend(q);
    catalog_edit_table(q->api->options.catalog, reference.name, &state->edit.edit, &state->change);
    return true;
}

const struct api_operation update_time_to_live_operation = {OPERATION_UPDATE_TIME_TO_LIVE, &input_shape,
                                                            handle};
