/* update_table.c - UpdateTable: one change of a table, in one commit with what begins or ends by it. The rules are those
 * of src/table. */
#include "api/api.h"
#include "api/item_reply.h"
#include "api/table_description.h"
#include "api/table_resource.h"
#include "api/update_table_shapes.h"
#include "engine/engine.h"
#include "jobs/jobs.h"

struct update_table_state {
    struct catalog_change change;
    struct table_update update;
    struct update_table_input input;
};

static bool reply(struct api_request *q, struct error *err)
{
    const struct update_table_state *state = q->state;
    struct storage_view *view;
    struct table_usage usage;
    if (state->change.error.code != ERR_NONE) {
        *err = state->change.error;
        return false;
    }
    jobs_wake(q->api->options.jobs);
    struct table shown = update_table_shown(&state->update, state->change.table, q->arena);
    if (!engine_view(q->api->options.engine, q->arena, &view, err) ||
        !table_usage_read(view, &shown, q->arena, &usage, err))
        return false;
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("TableDescription"));
    write_table_description(&q->json, &shown, state->update.at_ms, &usage, TABLE_DESCRIPTION_CHANGED);
    json_end_object(&q->json);
    return true;
}

static void change_done(struct catalog_change *change)
{
    api_resume(change->arg, reply);
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct update_table_request *in = q->input;
    struct catalog *catalog = q->api->options.catalog;
    struct update_table_state *state = ARENA_NEW(q->arena, struct update_table_state);
    struct table_reference reference;
    if (!request_table_reference(q, in->table_name, &reference, err))
        return false;
    state->input = update_table_input_of(q->arena, in, reference.name);
    if (!update_table_check(&state->input, err))
        return false;
    table_update_init(&state->update, &state->input, catalog, jobs_stage_backfill, jobs_stage_drop);
    state->change = (struct catalog_change){.arena = q->arena, .done = change_done, .arg = q};
    q->state = state;
    api_suspend(q);
    catalog_edit_table(catalog, reference.name, &state->update.edit, &state->change);
    return true;
}

const struct api_operation update_table_operation = {OPERATION_UPDATE_TABLE, &shape_update_table_request,
                                                     handle};
