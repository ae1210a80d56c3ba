/* create_table.c - CreateTable: the descriptor and the space of a table, in one commit. The rules are those of
 * src/table; here is the way in and out. */
#include "api/api.h"
#include "api/create_table_shapes.h"
#include "api/table_description.h"
#include "table/catalog.h"

struct create_table_state {
    struct catalog_change change;
    struct table wanted;
};

static bool reply(struct api_request *q, struct error *err)
{
    const struct create_table_state *state = q->state;
    const struct table_usage nothing = {0};
    if (state->change.error.code != ERR_NONE) {
        *err = state->change.error;
        return false;
    }
    struct table shown = table_facts(state->change.table);
    shown.active_ms = INT64_MAX; /* CREATING, however soon it is ACTIVE */
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("TableDescription"));
    write_table_description(&q->json, &shown, q->now_ms, &nothing, TABLE_DESCRIPTION_NEW);
    json_end_object(&q->json);
    return true;
}

static void change_done(struct catalog_change *change)
{
    api_resume(change->arg, reply);
}

/* A table can only be made here; what asks for one elsewhere is not understood as one here. */
static bool check_place(const struct api_request *q, const struct create_table_request *in,
                        const struct table_reference *reference, struct error *err)
{
    const struct api_options *options = &q->api->options;
    if (!slice_is_none(reference->region) && (!slice_equal(reference->region, options->region) ||
                                              !slice_equal(reference->account, options->account_id)))
        return error_set(err, ERR_VALIDATION, "Invalid TableArn: Invalid ResourceArn provided as input %.*s",
                         SLICE_PRINTF(reference->given));
    if (!slice_is_none(in->global_table_source_arn))
        return error_set(err, ERR_VALIDATION,
                         "GlobalTableSourceArn is not supported by this version of Stator");
    if (!slice_is_none(in->global_table_settings_replication_mode))
        return error_set(err, ERR_VALIDATION,
                         "GlobalTableSettingsReplicationMode is not supported by this version of Stator");
    return true;
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct create_table_request *in = q->input;
    struct create_table_state *state = ARENA_NEW(q->arena, struct create_table_state);
    struct table_reference reference;
    if (!table_reference_parse(in->table_name, &reference, err))
        return false;
    struct create_table_input input = create_table_input_of(q->arena, in, reference.name);
    if (!create_table_validate(q->arena, &input, &state->wanted, err) ||
        !check_place(q, in, &reference, err) || !create_table_supported(&input, err))
        return false;
    state->change = (struct catalog_change){.arena = q->arena, .done = change_done, .arg = q};
    q->state = state;
    api_suspend(q);
    catalog_create_table(q->api->options.catalog, &state->wanted, &state->change);
    return true;
}

const struct api_operation create_table_operation = {OPERATION_CREATE_TABLE, &shape_create_table_request,
                                                     handle};
