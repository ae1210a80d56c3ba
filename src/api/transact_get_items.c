/* transact_get_items.c - TransactGetItems: up to 100 distinct items by their keys, all from one instant.
 * Long: like a page of Query, the first items are read on the event loop and the rest on a worker. */
#include "api/common_shapes.h"
#include "api/expressions.h"
#include "api/item_reply.h"
#include "api/transaction.h"
#include "engine/item_key.h"
#include "engine/item_read.h"
#include "item/wire.h"

/* ------------------------------------------------------------------ input */

struct get_action {
    struct request_item key;
    struct slice table_name;
    struct slice projection_expression;
    LIST_OF(struct expr_name) names;
};

struct transact_get {
    struct get_action *get;
};

struct transact_get_items_input {
    LIST_OF(struct transact_get) items;
    struct optional_enum return_consumed_capacity;
};

#define G(field, name, shape, flag) MEMBER(struct get_action, field, name, shape, flag)
static const struct shape_member get_members[] = {
    G(key, "Key", shape_item, MEMBER_REQUIRED),
    G(table_name, "TableName", shape_table_arn, MEMBER_REQUIRED),
    G(projection_expression, "ProjectionExpression", shape_string, MEMBER_OPTIONAL),
    G(names, "ExpressionAttributeNames", shape_expression_names, MEMBER_OPTIONAL),
};
static const struct shape shape_get = STRUCTURE(struct get_action, "Get", get_members);

static const struct shape_member transact_get_members[] = {
    MEMBER(struct transact_get, get, "Get", shape_get, MEMBER_REQUIRED),
};
static const struct shape shape_transact_get =
    STRUCTURE(struct transact_get, "TransactGetItem", transact_get_members);
static const struct shape shape_transact_gets =
    LIST(struct transact_get, shape_transact_get, FROM_TO(1, TRANSACTION_ITEMS_MAX));

#define M(field, name, shape, flag) MEMBER(struct transact_get_items_input, field, name, shape, flag)
static const struct shape_member members[] = {
    M(items, "TransactItems", shape_transact_gets, MEMBER_REQUIRED),
    M(return_consumed_capacity, "ReturnConsumedCapacity", shape_return_consumed_capacity, MEMBER_OPTIONAL),
};
static const struct shape input_shape =
    STRUCTURE(struct transact_get_items_input, "TransactGetItemsInput", members);

/* ------------------------------------------------------------------ state */

struct transact_get_state {
    struct storage_view *view;
    size_t count;
    const struct get_action **gets;
    struct expressions *expressions;
    struct item_change *checks; /* which items they are */
    struct consumed_capacity *consumed;
    size_t done; /* items that are read and written */
    size_t bytes;
};

static struct transact_get_state *state_new(struct arena *arena, const struct transact_get_items_input *in)
{
    struct transact_get_state *state = ARENA_NEW(arena, struct transact_get_state);
    size_t count = in->items.count;
    *state = (struct transact_get_state){
        .count = count,
        .gets = ARENA_NEW_ARRAY(arena, const struct get_action *, count),
        .expressions = ARENA_NEW_ARRAY(arena, struct expressions, count),
        .checks = ARENA_NEW_ARRAY(arena, struct item_change, count),
        .consumed = ARENA_NEW_ARRAY(arena, struct consumed_capacity, count),
    };
    for (size_t i = 0; i < count; i++)
        state->gets[i] = in->items.at[i].get;
    return state;
}

/* ------------------------------------------------------------------ checks */

static bool check_action(struct api_request *q, const struct get_action *get, struct expressions *expressions,
                         struct error *err)
{
    const struct expression_request request = {
        .expressions = {{EXPR_PROJECTION, get->projection_expression}},
        .expression_count = 1,
        .names = get->names.at,
        .name_count = get->names.count,
    };
    return (expressions_check(&request, err) || api_content_error(q, err)) &&
           api_check_issue(q, &get->key.issue, err) &&
           (expressions_bind(q, &request, expressions, err) || api_content_error(q, err));
}

static bool check_content(struct api_request *q, struct transact_get_state *state, struct error *err)
{
    for (size_t i = 0; i < state->count; i++)
        if (!check_action(q, state->gets[i], &state->expressions[i], err))
            return false;
    return true;
}

static bool find_item(const struct catalog_snapshot *catalog, const struct get_action *get,
                      const struct expressions *expressions, struct item_change *out, struct error *err)
{
    return catalog_use(catalog, get->table_name, &out->table, err) &&
           item_key_of_map(out->table, get->key.item, &out->key, err) &&
           expressions_check_key_paths(expressions->projection, out->table, err);
}

/* The first of the faults that cancel the transaction is told, and only if there is none that fails the request. */
static bool find_items(struct api_request *q, struct transact_get_state *state, struct error *err)
{
    const struct catalog_snapshot *catalog = request_catalog(q);
    struct error reason;
    size_t which = 0;
    error_init(&reason, q->arena);
    for (size_t i = 0; i < state->count; i++) {
        if (find_item(catalog, state->gets[i], &state->expressions[i], &state->checks[i], err))
            continue;
        if (!transaction_is_reason(err))
            return false;
        if (reason.code == ERR_NONE) {
            reason = *err;
            which = i;
        }
    }
    if (reason.code != ERR_NONE)
        return transaction_cancel(q, state->count, which, &reason, err);
    return transaction_check_distinct(state->checks, state->count, err);
}

/* ------------------------------------------------------------------ reading */

static void write_response(struct api_request *q, const struct expr *projection, struct slice item)
{
    struct json_writer *w = &q->json;
    json_begin_object(w);
    if (!slice_is_none(item)) {
        json_name(w, SLICE("Item"));
        if (projection)
            expr_project(projection, item, w);
        else
            wire_write_item(w, item);
    }
    json_end_object(w);
}

static bool read_next(struct api_request *q, struct transact_get_state *state, struct error *err)
{
    size_t i = state->done;
    struct slice item;
    if (!item_get(state->view, &state->checks[i].key, q->arena, &item, err))
        return false;
    state->bytes += slice_is_none(item) ? 0 : item_size_bytes(item);
    if (!transaction_check_bytes(state->bytes, err))
        return false;
    state->consumed[i] = transaction_read_capacity(state->gets[i]->table_name, item);
    write_response(q, state->expressions[i].projection, item);
    state->done++;
    return true;
}

/* Until all is read, or `bytes` in all. */
static bool read_until(struct api_request *q, struct transact_get_state *state, size_t bytes,
                       struct error *err)
{
    while (state->done < state->count && state->bytes < bytes)
        if (!read_next(q, state, err))
            return false;
    return true;
}

/* ------------------------------------------------------------------ reply */

static void write_end(struct api_request *q, const struct transact_get_state *state)
{
    const struct transact_get_items_input *in = q->input;
    json_end_array(&q->json);
    write_consumed_list(q, in->return_consumed_capacity, state->consumed, state->count);
    json_end_object(&q->json);
}

static bool read_rest(struct api_request *q, struct error *err)
{
    if (!read_until(q, q->state, SIZE_MAX, err))
        return false;
    write_end(q, q->state);
    return true;
}

static bool handle(struct api_request *q, struct error *err)
{
    struct engine *engine = q->api->options.engine;
    struct transact_get_state *state = state_new(q->arena, q->input);
    q->state = state;
    if (!check_content(q, state, err) || !find_items(q, state, err) ||
        !transaction_check_conflict(q, state->count, err) ||
        !engine_view(engine, q->arena, &state->view, err))
        return false;
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("Responses"));
    json_begin_array(&q->json);
    if (!read_until(q, state, ITEM_PAGE_STEP_BYTES, err))
        return false;
    if (state->done < state->count)
        return api_offload(q, engine->workers, read_rest);
    write_end(q, state);
    return true;
}

const struct api_operation transact_get_items_operation = {OPERATION_TRANSACT_GET_ITEMS, &input_shape,
                                                           handle};
