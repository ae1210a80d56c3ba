/* batch_get_item.c - BatchGetItem: up to 100 items by their keys, from one instant, over any number of tables.
 * Long: like a page of Query, the first items are read on the event loop and the rest on a worker. */
#include "api/common_shapes.h"
#include "api/expressions.h"
#include "api/item_reply.h"
#include "engine/capacity.h"
#include "engine/item_key.h"
#include "engine/item_read.h"
#include "item/wire.h"

enum {
    BATCH_GET_KEYS_MAX = 100,
    BATCH_GET_BYTES_MAX = 16 * 1024 * 1024, /* of items; what does not fit goes to UnprocessedKeys */
};

/* ------------------------------------------------------------------ input */

struct keys_and_attributes {
    LIST_OF(struct request_item) keys;
    LIST_OF(struct slice) attributes_to_get;
    struct optional_bool consistent_read;
    struct slice projection_expression;
    LIST_OF(struct expr_name) names;
};

struct table_request {
    struct slice table_name;
    struct keys_and_attributes get;
};

struct batch_get_item_input {
    LIST_OF(struct table_request) request_items;
    struct optional_enum return_consumed_capacity;
};

static const struct shape shape_keys = LIST(struct request_item, shape_item, FROM_TO(1, BATCH_GET_KEYS_MAX));

#define K(field, name, shape, flag) MEMBER(struct keys_and_attributes, field, name, shape, flag)
static const struct shape_member keys_and_attributes_members[] = {
    K(keys, "Keys", shape_keys, MEMBER_REQUIRED),
    K(attributes_to_get, "AttributesToGet", shape_attribute_names, MEMBER_OPTIONAL),
    K(consistent_read, "ConsistentRead", shape_boolean, MEMBER_OPTIONAL),
    K(projection_expression, "ProjectionExpression", shape_string, MEMBER_OPTIONAL),
    K(names, "ExpressionAttributeNames", shape_expression_names, MEMBER_OPTIONAL),
};
static const struct shape shape_keys_and_attributes =
    STRUCTURE(struct keys_and_attributes, "KeysAndAttributes", keys_and_attributes_members);
static const struct shape shape_request_items =
    MAP(struct table_request, table_name, shape_table_arn, get, shape_keys_and_attributes, FROM_TO(1, 100));

#define M(field, name, shape, flag) MEMBER(struct batch_get_item_input, field, name, shape, flag)
static const struct shape_member members[] = {
    M(request_items, "RequestItems", shape_request_items, MEMBER_REQUIRED),
    M(return_consumed_capacity, "ReturnConsumedCapacity", shape_return_consumed_capacity, MEMBER_OPTIONAL),
};
static const struct shape input_shape = STRUCTURE(struct batch_get_item_input, "BatchGetItemInput", members);

/* ------------------------------------------------------------------ state */

/* One table's part of the batch. */
struct table_part {
    const struct table_request *request;
    const struct table *table;
    struct expressions expressions;
    struct storage_key *keys;
    int64_t capacity_halves;
    size_t done; /* keys answered; the rest is unprocessed */
};

struct batch_get_state {
    struct storage_view *view;
    struct table_part *parts;
    size_t part_count;
    size_t part; /* the one that is being read */
    size_t bytes;
    bool full; /* the next item would not fit */
};

/* ------------------------------------------------------------------ checks */

/* Whether no key before this one is equal to it: equal keys are equal bytes. With at most 100 of them, comparing each with each is cheaper than anything cleverer. */
static bool check_new(const struct request_item *keys, size_t index, struct error *err)
{
    for (size_t i = 0; i < index; i++)
        if (slice_equal(keys[index].item, keys[i].item))
            return error_set(err, ERR_VALIDATION, "Provided list of item keys contains duplicates");
    return true;
}

/* What is wrong inside a key or with two of them is told whether or not there is such a table. */
static bool check_keys(struct api_request *q, const struct keys_and_attributes *get, struct error *err)
{
    for (size_t i = 0; i < get->keys.count; i++)
        if (!api_check_issue(q, &get->keys.at[i].issue, err) || !check_new(get->keys.at, i, err))
            return false;
    return true;
}

static bool check_part(struct api_request *q, struct table_part *part, struct error *err)
{
    const struct keys_and_attributes *get = &part->request->get;
    const struct expression_request request = {
        .expressions = {{EXPR_PROJECTION, get->projection_expression}},
        .expression_count = 1,
        .names = get->names.at,
        .name_count = get->names.count,
        .older = {.attributes_to_get = get->attributes_to_get.at,
                  .attribute_count = get->attributes_to_get.count},
    };
    if (!expressions_check(&request, err) || !expressions_check_older(&request, err) ||
        !expressions_bind(q, &request, &part->expressions, err))
        return api_content_error(q, err);
    return check_keys(q, get, err);
}

/* One table's AttributesToGet and another's ProjectionExpression do not go together either. */
static bool check_not_mixed(struct api_request *q, const struct batch_get_state *state, struct error *err)
{
    struct expression_request whole = {.expressions = {{EXPR_PROJECTION, SLICE_NONE}}, .expression_count = 1};
    for (size_t i = 0; i < state->part_count; i++) {
        const struct keys_and_attributes *get = &state->parts[i].request->get;
        if (!slice_is_none(get->projection_expression))
            whole.expressions[0].text = get->projection_expression;
        if (get->attributes_to_get.at)
            whole.older.attributes_to_get = get->attributes_to_get.at;
    }
    return expressions_check(&whole, err) || api_content_error(q, err);
}

static bool check_content(struct api_request *q, struct batch_get_state *state, struct error *err)
{
    if (!check_not_mixed(q, state, err))
        return false;
    size_t keys = 0;
    for (size_t i = 0; i < state->part_count; i++) {
        if (!check_part(q, &state->parts[i], err))
            return false;
        keys += state->parts[i].request->get.keys.count;
    }
    if (keys > BATCH_GET_KEYS_MAX)
        return error_set(err, ERR_VALIDATION, "Too many items requested for the BatchGetItem call");
    return true;
}

static bool resolve_part(struct api_request *q, const struct catalog_snapshot *catalog,
                         struct table_part *part, struct error *err)
{
    const struct keys_and_attributes *get = &part->request->get;
    if (!catalog_use(catalog, part->request->table_name, &part->table, err))
        return false;
    part->keys = ARENA_NEW_ARRAY(q->arena, struct storage_key, get->keys.count);
    for (size_t i = 0; i < get->keys.count; i++)
        if (!item_key_of_map(part->table, get->keys.at[i].item, &part->keys[i], err))
            return false;
    return expressions_check_key_paths(part->expressions.projection, part->table, err);
}

static bool resolve(struct api_request *q, struct batch_get_state *state, struct error *err)
{
    const struct catalog_snapshot *catalog = request_catalog(q);
    for (size_t i = 0; i < state->part_count; i++)
        if (!resolve_part(q, catalog, &state->parts[i], err))
            return false;
    return true;
}

/* ------------------------------------------------------------------ reading */

static void write_item_of(struct api_request *q, const struct table_part *part, struct slice item)
{
    if (part->expressions.projection)
        expr_project(part->expressions.projection, item, &q->json);
    else
        wire_write_item(&q->json, item);
}

/* One key: reads, counts and writes its item, unless the reply is full. */
static bool read_key(struct api_request *q, struct batch_get_state *state, struct table_part *part,
                     struct error *err)
{
    struct slice item;
    if (!item_get(state->view, &part->keys[part->done], q->arena, &item, err))
        return false;
    size_t size = slice_is_none(item) ? 0 : item_size_bytes(item);
    if (state->bytes + size > BATCH_GET_BYTES_MAX) {
        state->full = true;
        return true;
    }
    state->bytes += size;
    part->done++;
    part->capacity_halves += capacity_read_halves(size, part->request->get.consistent_read.value);
    if (!slice_is_none(item))
        write_item_of(q, part, item);
    return true;
}

/* Reads on until all keys are answered, the reply is full, or `budget_bytes` more were read. */
static bool read_keys(struct api_request *q, struct batch_get_state *state, size_t budget_bytes,
                      bool *finished_out, struct error *err)
{
    size_t stop_bytes = state->bytes + budget_bytes;
    while (state->part < state->part_count) {
        struct table_part *part = &state->parts[state->part];
        if (part->done == 0) {
            json_name(&q->json, part->request->table_name);
            json_begin_array(&q->json);
        }
        while (part->done < part->request->get.keys.count && !state->full) {
            if (!read_key(q, state, part, err))
                return false;
            if (state->bytes >= stop_bytes && part->done < part->request->get.keys.count) {
                *finished_out = false;
                return true;
            }
        }
        json_end_array(&q->json);
        state->part++;
    }
    *finished_out = true;
    return true;
}

/* ------------------------------------------------------------------ reply */

static void write_names(struct json_writer *w, const struct keys_and_attributes *get)
{
    json_name(w, SLICE("ExpressionAttributeNames"));
    json_begin_object(w);
    for (size_t i = 0; i < get->names.count; i++) {
        json_name(w, get->names.at[i].placeholder);
        json_string(w, get->names.at[i].name);
    }
    json_end_object(w);
}

static void write_attributes_to_get(struct json_writer *w, const struct keys_and_attributes *get)
{
    json_name(w, SLICE("AttributesToGet"));
    json_begin_array(w);
    for (size_t i = 0; i < get->attributes_to_get.count; i++)
        json_string(w, get->attributes_to_get.at[i]);
    json_end_array(w);
}

/* In the form of a request, so that the client can send it as it is. */
static void write_unprocessed_part(struct json_writer *w, const struct table_part *part)
{
    const struct keys_and_attributes *get = &part->request->get;
    json_name(w, part->request->table_name);
    json_begin_object(w);
    json_name(w, SLICE("Keys"));
    json_begin_array(w);
    for (size_t i = part->done; i < get->keys.count; i++)
        wire_write_item(w, get->keys.at[i].item);
    json_end_array(w);
    if (get->consistent_read.given)
        json_member_bool(w, "ConsistentRead", get->consistent_read.value);
    if (!slice_is_none(get->projection_expression))
        json_member_string(w, "ProjectionExpression", get->projection_expression);
    if (get->names.at)
        write_names(w, get);
    if (get->attributes_to_get.at)
        write_attributes_to_get(w, get);
    json_end_object(w);
}

static void write_end(struct api_request *q, const struct batch_get_state *state)
{
    const struct batch_get_item_input *in = q->input;
    struct json_writer *w = &q->json;
    json_end_object(w);
    json_name(w, SLICE("UnprocessedKeys"));
    json_begin_object(w);
    for (size_t i = 0; i < state->part_count; i++)
        if (state->parts[i].done < state->parts[i].request->get.keys.count)
            write_unprocessed_part(w, &state->parts[i]);
    json_end_object(w);
    if (wants_consumed_capacity(in->return_consumed_capacity)) {
        json_name(w, SLICE("ConsumedCapacity"));
        json_begin_array(w);
        for (size_t i = 0; i < state->part_count; i++)
            write_consumed_capacity_object(w, in->return_consumed_capacity,
                                           state->parts[i].request->table_name,
                                           state->parts[i].capacity_halves);
        json_end_array(w);
    }
    json_end_object(w);
}

static bool read_rest(struct api_request *q, struct error *err)
{
    bool finished;
    if (!read_keys(q, q->state, BATCH_GET_BYTES_MAX * 2, &finished, err))
        return false;
    write_end(q, q->state);
    return true;
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct batch_get_item_input *in = q->input;
    struct batch_get_state *state = ARENA_NEW(q->arena, struct batch_get_state);
    state->part_count = in->request_items.count;
    state->parts = ARENA_NEW_ARRAY(q->arena, struct table_part, state->part_count);
    for (size_t i = 0; i < state->part_count; i++)
        state->parts[i].request = &in->request_items.at[i];
    q->state = state;
    if (!check_content(q, state, err) || !resolve(q, state, err) ||
        !engine_view(q->api->options.engine, q->arena, &state->view, err))
        return false;
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("Responses"));
    json_begin_object(&q->json);
    bool finished;
    if (!read_keys(q, state, ITEM_PAGE_STEP_BYTES, &finished, err))
        return false;
    if (!finished)
        return api_offload(q, q->api->options.engine->workers, read_rest);
    write_end(q, state);
    return true;
}

const struct api_operation batch_get_item_operation = {OPERATION_BATCH_GET_ITEM, &input_shape, handle};
