#include "api/write_item.h"

#include "api/item_reply.h"
#include "base/contract.h"
#include "engine/index.h"
#include "engine/item_key.h"
#include "expr/update.h"
#include "item/item.h"
#include "item/wire.h"

/* What lasts from the request to the reply. */
struct write_item_state {
    struct item_commit commit;
    struct item_change change;
    struct expressions expressions;
};

/* ------------------------------------------------------------------ checks */

static bool check_return_values(struct optional_enum mode, enum item_action action, struct error *err)
{
    if (action == ITEM_UPDATE || mode.value == RETURN_VALUES_ABSENT || mode.value == RETURN_VALUES_NONE ||
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

static struct expression_request expressions_of(const struct api_request *q,
                                                const struct write_item_input *in, enum item_action action)
{
    struct expression_request request = {
        .names = in->names.at,
        .name_count = in->names.count,
        .values = &in->values,
        .older = {.expected = in->expected.at,
                  .expected_count = in->expected.count,
                  .attribute_updates = in->attribute_updates.at,
                  .update_count = in->attribute_updates.count,
                  .conditional_operator = in->conditional_operator.value},
        .terse = q->info->content_errors_prefixed,
    };
    struct expression_parameter *next = request.expressions;
    if (action == ITEM_UPDATE)
        *next++ = (struct expression_parameter){EXPR_UPDATE, in->update_expression};
    *next++ = (struct expression_parameter){EXPR_CONDITION, in->condition_expression};
    request.expression_count = (size_t)(next - request.expressions);
    return request;
}

bool write_item_check(struct api_request *q, const struct write_item_input *in, enum item_action action,
                      struct expressions *expressions_out, struct error *err)
{
    const struct expression_request request = expressions_of(q, in, action);
    return (expressions_check(&request, err) || api_content_error(q, err)) &&
           api_check_issue(q, &in->item.issue, err) &&
           ((check_return_values(in->return_values, action, err) && check_size(in, action, err) &&
             expressions_check_older(&request, err) && expressions_bind(q, &request, expressions_out, err)) ||
            api_content_error(q, err));
}

static bool find_key(const struct table *table, enum item_action action, struct slice item,
                     struct storage_key *key_out, struct error *err)
{
    switch (action) {
    case ITEM_PUT:
        return item_key_of_item(table, item, key_out, err);
    case ITEM_DELETE:
    case ITEM_UPDATE:
    case ITEM_CHECK:
        return item_key_of_map(table, item, key_out, err);
    }
    UNREACHABLE();
}

/* The key of an item is its identity: an update leaves it alone. */
static bool check_targets(const struct expr *update, const struct table *table, struct error *err)
{
    for (size_t i = 0; update && i < expr_update_target_count(update); i++) {
        struct slice target = expr_update_target(update, i);
        if (item_key_has_attribute(&table->key, target))
            return error_set(err, ERR_VALIDATION,
                             "One or more parameter values were invalid: Cannot update attribute %.*s. This "
                             "attribute is part of the key",
                             SLICE_PRINTF(target));
    }
    return true;
}

/* The order in which DynamoDB compares a write with its table. */
static bool check_schema(const struct expressions *expressions, const struct table *table,
                         enum item_action action, struct slice item, struct error *err)
{
    return (action != ITEM_PUT || index_check_put(table, item, err)) &&
           check_targets(expressions->update, table, err) &&
           index_check_update(table, expressions->update, err) &&
           expressions_check_key_paths(expressions->update, table, err) &&
           expressions_check_key_paths(expressions->condition, table, err);
}

bool write_item_prepare(const struct catalog_snapshot *catalog, const struct write_item_input *in,
                        enum item_action action, const struct expressions *expressions,
                        struct item_change *change_out, struct error *err)
{
    const struct table *table;
    struct storage_key key;
    if (!catalog_use(catalog, in->table_name, &table, err) ||
        !find_key(table, action, in->item.item, &key, err) ||
        !check_schema(expressions, table, action, in->item.item, err))
        return false;
    *change_out = (struct item_change){
        .table = table,
        .action = action,
        .key = key,
        .item = in->item.item,
        .update = expressions->update,
        .condition = expressions->condition,
    };
    return true;
}

/* ------------------------------------------------------------------ reply */

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

static bool write_whole(struct json_writer *w, struct slice item)
{
    if (slice_is_none(item))
        return false;
    wire_write_item(w, item);
    return true;
}

/* What the mode shows; false: there is nothing, and nothing was written. */
static bool write_shown(struct json_writer *w, enum return_values mode, const struct item_change *change)
{
    switch (mode) {
    case RETURN_VALUES_ALL_OLD:
        return write_whole(w, change->former);
    case RETURN_VALUES_ALL_NEW:
        return write_whole(w, change->after);
    case RETURN_VALUES_UPDATED_OLD:
        return expr_update_write_old(change->update, change->former, w);
    case RETURN_VALUES_UPDATED_NEW:
        return expr_update_write_new(change->update, change->after, w);
    case RETURN_VALUES_ABSENT:
    case RETURN_VALUES_NONE:
        return false;
    }
    UNREACHABLE();
}

static void write_attributes(struct json_writer *w, enum return_values mode, const struct item_change *change)
{
    struct json_mark before = json_mark(w);
    json_name(w, SLICE("Attributes"));
    if (!write_shown(w, mode, change))
        json_rewind(w, before);
}

static bool reply(struct api_request *q, struct error *err)
{
    const struct write_item_input *in = q->input;
    const struct write_item_state *state = q->state;
    if (state->commit.storage.error.code != ERR_NONE)
        return reply_failure(q, in, state, err);
    json_begin_object(&q->json);
    write_attributes(&q->json, (enum return_values)in->return_values.value, &state->change);
    const struct consumed_capacity consumed = {
        .table_name = in->table_name,
        .table_halves = item_change_capacity_halves(&state->change),
        .table = state->change.table,
        .index_halves = state->change.index_halves,
    };
    write_consumed(&q->json, in->return_consumed_capacity, &consumed);
    if (wants_collection_metrics(in->return_item_collection_metrics, state->change.table)) {
        json_name(&q->json, SLICE("ItemCollectionMetrics"));
        write_collection_metrics(q, state->change.table, state->change.key.partition);
    }
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
    if (!write_item_check(q, in, action, &state->expressions, err) ||
        !write_item_prepare(request_catalog(q), in, action, &state->expressions, &state->change, err) ||
        !check_no_conflict(q, err))
        return false;
    state->change.limits_record = action == ITEM_UPDATE;
    state->commit =
        (struct item_commit){.changes = &state->change, .count = 1, .done = commit_done, .arg = q};
    q->state = state;
    api_suspend(q);
    item_commit_submit(q->api->options.engine, &state->commit, q->arena);
    return true;
}
