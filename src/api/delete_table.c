/* delete_table.c - DeleteTable: the table is gone, or DELETING, once the reply is sent. */
#include "api/api.h"
#include "api/item_reply.h"
#include "api/table_description.h"
#include "api/table_resource.h"
#include "engine/engine.h"

struct delete_table_input {
    struct slice table_name;
};

struct delete_table_state {
    struct catalog_change change;
    struct table_usage usage; /* before it went */
};

static const struct shape_member members[] = {
    MEMBER(struct delete_table_input, table_name, "TableName", shape_table_arn, MEMBER_TABLE_NAME),
};
static const struct shape input_shape = STRUCTURE(struct delete_table_input, "DeleteTableInput", members);

static bool reply(struct api_request *q, struct error *err)
{
    const struct delete_table_state *state = q->state;
    if (state->change.error.code != ERR_NONE) {
        *err = state->change.error;
        return false;
    }
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("TableDescription"));
    write_table_description(&q->json, state->change.table, q->now_ms, &state->usage,
                            TABLE_DESCRIPTION_DELETED);
    json_end_object(&q->json);
    return true;
}

static void change_done(struct catalog_change *change)
{
    api_resume(change->arg, reply);
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct delete_table_input *in = q->input;
    struct delete_table_state *state = ARENA_NEW(q->arena, struct delete_table_state);
    struct table_reference reference;
    struct storage_view *view;
    if (!request_table_reference(q, in->table_name, &reference, err))
        return false;
    const struct table *t = catalog_find(request_catalog(q), reference.name);
    if (!t)
        return error_set(err, ERR_RESOURCE_NOT_FOUND, "Requested resource not found: Table: %.*s not found",
                         SLICE_PRINTF(reference.name));
    if (!engine_view(q->api->options.engine, q->arena, &view, err) ||
        !table_usage_read(view, t, q->arena, &state->usage, err))
        return false;
    state->change = (struct catalog_change){.arena = q->arena, .done = change_done, .arg = q};
    q->state = state;
    api_suspend(q);
    catalog_delete_table(q->api->options.catalog, reference.name, &state->change);
    return true;
}

const struct api_operation delete_table_operation = {OPERATION_DELETE_TABLE, &input_shape, handle};
