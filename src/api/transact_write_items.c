/* transact_write_items.c - TransactWriteItems: up to 100 puts, updates, deletes and checks of distinct items, all or none. */
#include "api/common_shapes.h"
#include "api/item_reply.h"
#include "api/transaction.h"
#include "api/write_item.h"
#include "item/item.h"

/* ------------------------------------------------------------------ input */

/* Exactly one of them. */
struct transact_write {
    struct write_item_input *check;
    struct write_item_input *put;
    struct write_item_input *delete;
    struct write_item_input *update;
};

struct transact_write_items_input {
    LIST_OF(struct transact_write) items;
    struct optional_enum return_consumed_capacity;
    struct optional_enum return_item_collection_metrics;
    struct slice client_request_token;
};

#define A(field, name, shape, flag) WRITE_ITEM_MEMBER(field, name, shape, flag)
#define PLACEHOLDERS                                                                                       \
    A(names, "ExpressionAttributeNames", shape_expression_names, MEMBER_OPTIONAL),                         \
        A(values, "ExpressionAttributeValues", shape_expression_values, MEMBER_OPTIONAL),                  \
        A(return_values_on_failure, "ReturnValuesOnConditionCheckFailure", shape_return_values_on_failure, \
          MEMBER_OPTIONAL)

static const struct shape_member check_members[] = {
    A(item, "Key", shape_item, MEMBER_REQUIRED),
    A(table_name, "TableName", shape_table_arn, MEMBER_REQUIRED),
    A(condition_expression, "ConditionExpression", shape_string, MEMBER_REQUIRED),
    PLACEHOLDERS,
};
static const struct shape shape_condition_check =
    STRUCTURE(struct write_item_input, "ConditionCheck", check_members);

static const struct shape_member put_members[] = {
    A(item, "Item", shape_item, MEMBER_REQUIRED),
    A(table_name, "TableName", shape_table_arn, MEMBER_REQUIRED),
    A(condition_expression, "ConditionExpression", shape_string, MEMBER_OPTIONAL),
    PLACEHOLDERS,
};
static const struct shape shape_put = STRUCTURE(struct write_item_input, "Put", put_members);

static const struct shape_member delete_members[] = {
    A(item, "Key", shape_item, MEMBER_REQUIRED),
    A(table_name, "TableName", shape_table_arn, MEMBER_REQUIRED),
    A(condition_expression, "ConditionExpression", shape_string, MEMBER_OPTIONAL),
    PLACEHOLDERS,
};
static const struct shape shape_delete = STRUCTURE(struct write_item_input, "Delete", delete_members);

static const struct shape_member update_members[] = {
    A(item, "Key", shape_item, MEMBER_REQUIRED),
    A(update_expression, "UpdateExpression", shape_string, MEMBER_REQUIRED),
    A(table_name, "TableName", shape_table_arn, MEMBER_REQUIRED),
    A(condition_expression, "ConditionExpression", shape_string, MEMBER_OPTIONAL),
    PLACEHOLDERS,
};
static const struct shape shape_update = STRUCTURE(struct write_item_input, "Update", update_members);

static const struct shape_member transact_write_members[] = {
    MEMBER(struct transact_write, check, "ConditionCheck", shape_condition_check, MEMBER_OPTIONAL),
    MEMBER(struct transact_write, put, "Put", shape_put, MEMBER_OPTIONAL),
    MEMBER(struct transact_write, delete, "Delete", shape_delete, MEMBER_OPTIONAL),
    MEMBER(struct transact_write, update, "Update", shape_update, MEMBER_OPTIONAL),
};
static const struct shape shape_transact_write =
    STRUCTURE(struct transact_write, "TransactWriteItem", transact_write_members);
static const struct shape shape_transact_writes =
    LIST(struct transact_write, shape_transact_write, FROM_TO(1, TRANSACTION_ITEMS_MAX));
static const struct shape shape_client_request_token = {.kind = SHAPE_STRING, .range = FROM_TO(1, 36)};

#define M(field, name, shape, flag) MEMBER(struct transact_write_items_input, field, name, shape, flag)
static const struct shape_member members[] = {
    M(client_request_token, "ClientRequestToken", shape_client_request_token, MEMBER_OPTIONAL),
    M(return_consumed_capacity, "ReturnConsumedCapacity", shape_return_consumed_capacity, MEMBER_OPTIONAL),
    M(return_item_collection_metrics, "ReturnItemCollectionMetrics", shape_return_item_collection_metrics,
      MEMBER_OPTIONAL),
    M(items, "TransactItems", shape_transact_writes, MEMBER_REQUIRED),
};
static const struct shape input_shape =
    STRUCTURE(struct transact_write_items_input, "TransactWriteItemsInput", members);

/* ------------------------------------------------------------------ state */

/* One action of the request, whatever it is. */
struct write_action {
    enum item_action kind;
    const struct write_item_input *in;
    struct expressions expressions;
};

struct transact_write_state {
    struct transaction transaction;
    struct write_action *actions;
    struct slice *names; /* of each action its table as the request spells it */
    bool *shows_item;
};

static struct transact_write_state *state_new(struct arena *arena, size_t count)
{
    struct transact_write_state *state = ARENA_NEW(arena, struct transact_write_state);
    struct item_commit *commit = &state->transaction.commit;
    state->actions = ARENA_NEW_ARRAY(arena, struct write_action, count);
    state->names = ARENA_NEW_ARRAY(arena, struct slice, count);
    state->shows_item = ARENA_NEW_ARRAY(arena, bool, count);
    state->transaction.shows_item = state->shows_item;
    commit->changes = ARENA_NEW_ARRAY(arena, struct item_change, count);
    commit->count = count;
    return state;
}

/* ------------------------------------------------------------------ checks of the request */

static bool read_action(const struct transact_write *write, struct write_action *out, struct error *err)
{
    const struct {
        enum item_action kind;
        const struct write_item_input *in;
    } all[] = {{ITEM_CHECK, write->check},
               {ITEM_PUT, write->put},
               {ITEM_DELETE, write->delete},
               {ITEM_UPDATE, write->update}};
    size_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (!all[i].in)
            continue;
        *out = (struct write_action){.kind = all[i].kind, .in = all[i].in};
        count++;
    }
    if (count == 0)
        return error_set(
            err, ERR_VALIDATION,
            "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request");
    return count == 1 || error_set(err, ERR_VALIDATION,
                                   "TransactItems can only contain one of Check, Put, Update or Delete");
}

static bool read_actions(const struct transact_write_items_input *in, struct transact_write_state *state,
                         struct error *err)
{
    for (size_t i = 0; i < in->items.count; i++) {
        struct write_action *action = &state->actions[i];
        if (!read_action(&in->items.at[i], action, err))
            return false;
        state->names[i] = action->in->table_name;
        state->shows_item[i] = action->in->return_values_on_failure.value == RETURN_VALUES_ON_FAILURE_ALL_OLD;
    }
    return true;
}

static bool check_content(struct api_request *q, struct transact_write_state *state, size_t count,
                          struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct write_action *action = &state->actions[i];
        if (!write_item_check(q, action->in, action->kind, &action->expressions, err))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ changes */

/* The first of the faults that cancel the transaction is told, and only if there is none that fails the request. */
static bool prepare_changes(struct api_request *q, struct transact_write_state *state, struct error *err)
{
    const struct catalog_snapshot *catalog = request_catalog(q);
    struct item_commit *commit = &state->transaction.commit;
    struct error reason;
    size_t which = 0;
    error_init(&reason, q->arena);
    for (size_t i = 0; i < commit->count; i++) {
        const struct write_action *action = &state->actions[i];
        if (write_item_prepare(catalog, action->in, action->kind, &action->expressions, &commit->changes[i],
                               err))
            continue;
        if (!transaction_is_reason(err))
            return false;
        if (reason.code == ERR_NONE) {
            reason = *err;
            which = i;
        }
    }
    if (reason.code != ERR_NONE)
        return transaction_cancel(q, commit->count, which, &reason, err);
    return transaction_check_distinct(commit->changes, commit->count, err);
}

static size_t action_bytes(const struct write_item_input *in)
{
    size_t bytes = item_size_bytes(in->item.item);
    for (size_t i = 0; i < in->values.count; i++)
        bytes += value_size_bytes(&in->values.at[i].value);
    return bytes;
}

static bool check_bytes(const struct transact_write_state *state, size_t count, struct error *err)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += action_bytes(state->actions[i].in);
    return transaction_check_bytes(bytes, err);
}

/* ------------------------------------------------------------------ the token */

static void add_action(struct fingerprint *f, const struct write_action *action)
{
    const struct write_item_input *in = action->in;
    fingerprint_add_number(f, action->kind);
    fingerprint_add(f, in->table_name);
    fingerprint_add(f, in->item.item);
    fingerprint_add(f, in->condition_expression);
    fingerprint_add(f, in->update_expression);
    fingerprint_add_number(f, in->return_values_on_failure.value);
    for (size_t i = 0; i < in->names.count; i++)
        fingerprint_add_member(f, in->names.at[i].placeholder, in->names.at[i].name);
    for (size_t i = 0; i < in->values.count; i++)
        fingerprint_add_member(f, in->values.at[i].placeholder, in->values.at[i].value.encoded);
}

/* What the reply is to tell is not part of what is asked for. */
static const struct request_token *make_token(const struct api_request *q,
                                              const struct transact_write_state *state, size_t count)
{
    const struct transact_write_items_input *in = q->input;
    struct fingerprint f;
    if (slice_is_none(in->client_request_token))
        return NULL;
    fingerprint_init(&f);
    for (size_t i = 0; i < count; i++)
        add_action(&f, &state->actions[i]);
    return transaction_token(q, in->client_request_token, &f);
}

/* ------------------------------------------------------------------ reply */

static bool reply(struct api_request *q, struct error *err)
{
    const struct transact_write_items_input *in = q->input;
    const struct transact_write_state *state = q->state;
    const struct item_commit *commit = &state->transaction.commit;
    if (!transaction_check(q, &state->transaction, err))
        return false;
    json_begin_object(&q->json);
    transaction_write_capacity(q, in->return_consumed_capacity, &state->transaction, state->names);
    write_collections(q, in->return_item_collection_metrics, commit->changes, state->names, commit->count);
    json_end_object(&q->json);
    return true;
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct transact_write_items_input *in = q->input;
    size_t count = in->items.count;
    struct transact_write_state *state = state_new(q->arena, count);
    q->state = state;
    if (!read_actions(in, state, err) || !check_content(q, state, count, err) ||
        !check_bytes(state, count, err) || !prepare_changes(q, state, err))
        return false;
    state->transaction.commit.token = make_token(q, state, count);
    state->transaction.then = reply;
    transaction_submit(q, &state->transaction);
    return true;
}

const struct api_operation transact_write_items_operation = {OPERATION_TRANSACT_WRITE_ITEMS, &input_shape,
                                                             handle};
