#include "api/write_item.h"

#include "api/expressions.h"
#include "api/item_reply.h"
#include "engine/item_key.h"
#include "item/item.h"
#include "item/wire.h"

/* What lasts from the request to the reply. */
struct write_item_state {
    struct item_commit commit;
    struct item_change change;
    struct expressions expressions;
};

/* ------------------------------------------------------------------ checks */

static bool check_return_values(struct optional_enum mode, struct error *err)
{
    if (mode.value == RETURN_VALUES_ABSENT || mode.value == RETURN_VALUES_NONE ||
        mode.value == RETURN_VALUES_ALL_OLD)
        return true;
    return error_set(err, ERR_VALIDATION, "ReturnValues can only be ALL_OLD or NONE");
}

static bool check_size(const struct write_item_input *in, enum item_action action, struct error *err)
{
    if (action != ITEM_PUT || item_size_bytes(in->item.item) <= ITEM_SIZE_BYTES_MAX)
        return true;
    return error_set(err, ERR_VALIDATION, "Item size has exceeded the maximum allowed size");
}

static bool check_content(struct api_request *q, const struct write_item_input *in, enum item_action action,
                          struct expressions *expressions, struct error *err)
{
    const struct expression_request request = {
        .expressions = {{EXPR_CONDITION, in->condition_expression}},
        .expression_count = 1,
        .legacy = {{"Expected", in->expected.at != NULL},
                   {"ConditionalOperator", in->conditional_operator.value != CONDITIONAL_OPERATOR_ABSENT}},
        .legacy_count = 2,
        .names = in->names.at,
        .name_count = in->names.count,
        .values = &in->values,
    };
    return (expressions_check(&request, err) || api_content_error(q, err)) &&
           api_check_issue(q, &in->item.issue, err) &&
           ((check_return_values(in->return_values, err) && check_size(in, action, err) &&
             expressions_bind(q, &request, expressions, err)) ||
            api_content_error(q, err));
}

static bool find_key(const struct table *table, enum item_action action, struct slice item,
                     struct storage_key *key_out, struct error *err)
{
    switch (action) {
    case ITEM_PUT:
        return item_key_of_item(table, item, key_out, err);
    case ITEM_DELETE:
        return item_key_of_map(table, item, key_out, err);
    }
    return false;
}

/* ------------------------------------------------------------------ reply */

static void show_refusing_item(struct api_request *q, struct slice item)
{
    struct buf members;
    struct json_writer w;
    buf_init(&members, q->arena, 256);
    json_writer_init(&w, &members);
    json_name(&w, SLICE("Item"));
    wire_write_item(&w, item);
    q->error_members = buf_slice(&members);
}

static bool reply_failure(struct api_request *q, const struct write_item_input *in,
                          const struct write_item_state *state, struct error *err)
{
    *err = state->commit.storage.error;
    if (err->code == ERR_CONDITIONAL_CHECK_FAILED &&
        in->return_values_on_failure.value == RETURN_VALUES_ON_FAILURE_ALL_OLD &&
        !slice_is_none(state->change.former))
        show_refusing_item(q, state->change.former);
    return false;
}

static bool reply(struct api_request *q, struct error *err)
{
    const struct write_item_input *in = q->input;
    const struct write_item_state *state = q->state;
    if (state->commit.storage.error.code != ERR_NONE)
        return reply_failure(q, in, state, err);
    json_begin_object(&q->json);
    if (in->return_values.value == RETURN_VALUES_ALL_OLD && !slice_is_none(state->change.former)) {
        json_name(&q->json, SLICE("Attributes"));
        wire_write_item(&q->json, state->change.former);
    }
    write_consumed_capacity(&q->json, in->return_consumed_capacity, in->table_name,
                            item_change_capacity_halves(&state->change));
    json_end_object(&q->json);
    return true;
}

static void commit_done(struct item_commit *commit)
{
    api_resume(commit->arg, reply);
}

/* ------------------------------------------------------------------ request */

bool write_item(struct api_request *q, enum item_action action, struct error *err)
{
    const struct write_item_input *in = q->input;
    struct write_item_state *state = ARENA_NEW(q->arena, struct write_item_state);
    const struct table *table;
    struct storage_key key;
    if (!check_content(q, in, action, &state->expressions, err) ||
        !catalog_use(request_catalog(q), in->table_name, &table, err) ||
        !find_key(table, action, in->item.item, &key, err) ||
        !expressions_check_key_paths(state->expressions.condition, table, err))
        return false;
    state->change = (struct item_change){
        .table = table,
        .action = action,
        .key = key,
        .item = action == ITEM_PUT ? in->item.item : SLICE_NONE,
        .condition = state->expressions.condition,
    };
    state->commit =
        (struct item_commit){.changes = &state->change, .count = 1, .done = commit_done, .arg = q};
    q->state = state;
    api_suspend(q);
    item_commit_submit(q->api->options.engine, &state->commit, q->arena);
    return true;
}
