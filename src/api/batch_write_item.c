/* batch_write_item.c - BatchWriteItem: up to 25 unconditional puts and deletes over any number of tables.
 * The API promises only that each of them is atomic; here all of them share one commit, and so one log sync. A write that is
 * told to be in conflict with a transaction (engine.h) is left out and comes back as unprocessed. */
#include "api/common_shapes.h"
#include "api/item_reply.h"
#include "base/contract.h"
#include "engine/index.h"
#include "engine/item_key.h"
#include "engine/item_write.h"
#include "item/item.h"
#include "item/wire.h"

enum { BATCH_WRITE_MAX = 25 };

/* ------------------------------------------------------------------ input */

struct put_request {
    struct request_item item;
};

struct delete_request {
    struct request_item key;
};

struct write_request {
    struct put_request *put;
    struct delete_request *delete;
};

struct table_writes {
    struct slice table_name;
    LIST_OF(struct write_request) requests;
};

struct batch_write_item_input {
    LIST_OF(struct table_writes) request_items;
    struct optional_enum return_consumed_capacity;
    struct optional_enum return_item_collection_metrics;
};

static const struct shape_member put_request_members[] = {
    MEMBER(struct put_request, item, "Item", shape_item, MEMBER_REQUIRED),
};
static const struct shape shape_put_request = {
    .kind = SHAPE_STRUCTURE,
    .name = "PutRequest",
    .members = put_request_members,
    .member_count = 1,
    .size = sizeof(struct put_request),
    .java_trailing = ", workloadProfileName=null",
};

static const struct shape_member delete_request_members[] = {
    MEMBER(struct delete_request, key, "Key", shape_item, MEMBER_REQUIRED),
};
static const struct shape shape_delete_request =
    STRUCTURE(struct delete_request, "DeleteRequest", delete_request_members);

static const struct shape_member write_request_members[] = {
    MEMBER(struct write_request, put, "PutRequest", shape_put_request, MEMBER_OPTIONAL),
    MEMBER(struct write_request, delete, "DeleteRequest", shape_delete_request, MEMBER_OPTIONAL),
};
static const struct shape shape_write_request =
    STRUCTURE(struct write_request, "WriteRequest", write_request_members);

static const struct shape shape_write_requests =
    LIST(struct write_request, shape_write_request, FROM_TO(1, BATCH_WRITE_MAX));
static const struct shape shape_request_items = MAP(struct table_writes, table_name, shape_table_arn,
                                                    requests, shape_write_requests, AT_MOST(BATCH_WRITE_MAX));

#define M(field, name, shape, flag) MEMBER(struct batch_write_item_input, field, name, shape, flag)
static const struct shape_member members[] = {
    M(return_consumed_capacity, "ReturnConsumedCapacity", shape_return_consumed_capacity, MEMBER_OPTIONAL),
    M(return_item_collection_metrics, "ReturnItemCollectionMetrics", shape_return_item_collection_metrics,
      MEMBER_OPTIONAL),
    M(request_items, "RequestItems", shape_request_items, MEMBER_REQUIRED_LAST),
};
static const struct shape input_shape =
    STRUCTURE(struct batch_write_item_input, "BatchWriteItemInput", members);

/* ------------------------------------------------------------------ state */

struct batch_write_state {
    struct item_commit commit;
    struct slice *names; /* of each change its table as the request spells it */
    /* What was left out; NULL: nothing was. */
    const struct table_writes *conflicting_table;
    const struct write_request *conflicting;
};

/* ------------------------------------------------------------------ checks */

static bool check_write(struct api_request *q, const struct write_request *write, struct error *err)
{
    if (!write->put == !write->delete)
        return error_set(
            err, ERR_VALIDATION,
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
            "supported datatypes");
    if (write->delete)
        return api_check_issue(q, &write->delete->key.issue, err);
    if (!api_check_issue(q, &write->put->item.issue, err))
        return false;
    if (item_size_bytes(write->put->item.item) > ITEM_SIZE_BYTES_MAX)
        return error_set(err, ERR_VALIDATION, "Item size has exceeded the maximum allowed size");
    return true;
}

static bool check_content(struct api_request *q, const struct batch_write_item_input *in, size_t *count_out,
                          struct error *err)
{
    size_t count = 0;
    if (in->request_items.count == 0)
        return error_set(err, ERR_VALIDATION, "The requestItems parameter is required for BatchWriteItem");
    for (size_t i = 0; i < in->request_items.count; i++) {
        const struct table_writes *writes = &in->request_items.at[i];
        for (size_t j = 0; j < writes->requests.count; j++)
            if (!check_write(q, &writes->requests.at[j], err))
                return false;
        count += writes->requests.count;
    }
    if (count > BATCH_WRITE_MAX)
        return error_set(err, ERR_VALIDATION, "Too many items requested for the BatchWriteItem call");
    *count_out = count;
    return true;
}

/* Whether the item has the table's key attributes with their types; their values are judged later. In a batch
 * DynamoDB does not say which one is wrong. */
static bool check_schema(const struct key_attribute *attributes, unsigned count, struct slice item,
                         struct error *err)
{
    for (unsigned i = 0; i < count; i++) {
        struct value value;
        if (!item_attribute(item, attributes[i].name, &value) || value.type != attributes[i].type)
            return error_set(err, ERR_VALIDATION, "The provided key element does not match the schema");
    }
    return true;
}

static bool make_change(const struct table *table, const struct write_request *write, struct item_change *out,
                        struct error *err)
{
    PRE(write->put || write->delete);
    *out = (struct item_change){.table = table, .action = write->put ? ITEM_PUT : ITEM_DELETE};
    if (write->delete)
        return item_key_of_map(table, write->delete->key.item, &out->key, err);
    out->item = write->put->item.item;
    return check_schema(table->key.hash, table->key.hash_count, out->item, err) &&
           check_schema(table->key.range, table->key.range_count, out->item, err) &&
           item_key_of_item(table, out->item, &out->key, err) && index_check_put(table, out->item, err);
}

static bool check_distinct(const struct item_change *changes, size_t count, struct error *err)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (item_change_same_item(&changes[i], &changes[j]))
                return error_set(err, ERR_VALIDATION, "Provided list of item keys contains duplicates");
    return true;
}

static bool make_changes(struct api_request *q, const struct batch_write_item_input *in,
                         struct batch_write_state *state, struct error *err)
{
    const struct catalog_snapshot *catalog = request_catalog(q);
    size_t count = 0;
    for (size_t i = 0; i < in->request_items.count; i++) {
        const struct table_writes *writes = &in->request_items.at[i];
        const struct table *table;
        if (!catalog_use(catalog, writes->table_name, &table, err))
            return false;
        for (size_t j = 0; j < writes->requests.count; j++, count++) {
            state->names[count] = writes->table_name;
            if (!make_change(table, &writes->requests.at[j], &state->commit.changes[count], err))
                return false;
        }
    }
    return check_distinct(state->commit.changes, count, err);
}

/* ------------------------------------------------------------------ conflicts */

static void find_write(const struct batch_write_item_input *in, size_t number,
                       struct batch_write_state *state)
{
    const struct table_writes *writes = in->request_items.at;
    while (number >= writes->requests.count)
        number -= writes++->requests.count;
    state->conflicting_table = writes;
    state->conflicting = &writes->requests.at[number];
}

static void leave_out_conflict(const struct engine *engine, const struct batch_write_item_input *in,
                               struct batch_write_state *state)
{
    struct item_commit *commit = &state->commit;
    size_t which;
    if (!engine_draws_conflict(engine, commit->count, &which))
        return;
    find_write(in, which, state);
    commit->count--;
    memmove(&commit->changes[which], &commit->changes[which + 1],
            (commit->count - which) * sizeof commit->changes[0]);
    memmove(&state->names[which], &state->names[which + 1], (commit->count - which) * sizeof state->names[0]);
}

/* In the form of a request, so that the client can send it as it is. */
static void write_unprocessed(struct json_writer *w, const struct batch_write_state *state)
{
    const struct write_request *write = state->conflicting;
    json_name(w, SLICE("UnprocessedItems"));
    json_begin_object(w);
    if (write) {
        json_name(w, state->conflicting_table->table_name);
        json_begin_array(w);
        json_begin_object(w);
        json_name(w, write->put ? SLICE("PutRequest") : SLICE("DeleteRequest"));
        json_begin_object(w);
        json_name(w, write->put ? SLICE("Item") : SLICE("Key"));
        wire_write_item(w, write->put ? write->put->item.item : write->delete->key.item);
        json_end_object(w);
        json_end_object(w);
        json_end_array(w);
    }
    json_end_object(w);
}

/* ------------------------------------------------------------------ reply */

static void write_capacities(struct api_request *q, struct optional_enum mode,
                             const struct batch_write_state *state)
{
    const struct item_commit *commit = &state->commit;
    struct consumed_capacity *parts = ARENA_NEW_ARRAY(q->arena, struct consumed_capacity, commit->count);
    for (size_t i = 0; i < commit->count; i++)
        parts[i] = (struct consumed_capacity){
            .table_name = state->names[i],
            .table_halves = item_change_capacity_halves(&commit->changes[i]),
            .table = commit->changes[i].table,
            .index_halves = commit->changes[i].index_halves,
        };
    write_consumed_list(q, mode, parts, commit->count);
}

static bool reply(struct api_request *q, struct error *err)
{
    const struct batch_write_item_input *in = q->input;
    const struct batch_write_state *state = q->state;
    const struct item_commit *commit = &state->commit;
    if (commit->storage.error.code != ERR_NONE) {
        *err = commit->storage.error;
        return false;
    }
    json_begin_object(&q->json);
    write_unprocessed(&q->json, state);
    if (wants_consumed_capacity(in->return_consumed_capacity))
        write_capacities(q, in->return_consumed_capacity, state);
    write_collections(q, in->return_item_collection_metrics, commit->changes, state->names, commit->count);
    json_end_object(&q->json);
    return true;
}

static void commit_done(struct item_commit *commit)
{
    api_resume(commit->arg, reply);
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct batch_write_item_input *in = q->input;
    struct engine *engine = q->api->options.engine;
    size_t count = 0;
    if (!check_content(q, in, &count, err))
        return false;
    struct batch_write_state *state = ARENA_NEW(q->arena, struct batch_write_state);
    *state = (struct batch_write_state){
        .commit = {.changes = ARENA_NEW_ARRAY(q->arena, struct item_change, count),
                   .count = count,
                   .done = commit_done,
                   .arg = q},
        .names = ARENA_NEW_ARRAY(q->arena, struct slice, count),
    };
    if (!make_changes(q, in, state, err))
        return false;
    leave_out_conflict(engine, in, state);
    q->state = state;
    api_suspend(q);
    item_commit_submit(engine, &state->commit, q->arena);
    return true;
}

const struct api_operation batch_write_item_operation = {OPERATION_BATCH_WRITE_ITEM, &input_shape, handle};
