/* batch_write_item.c - BatchWriteItem: up to 25 unconditional puts and deletes over any number of tables.
 * The API promises only that each of them is atomic; here all of them share one commit, and so one log sync. */
#include "api/common_shapes.h"
#include "api/item_reply.h"
#include "base/contract.h"
#include "engine/index.h"
#include "engine/item_key.h"
#include "engine/item_write.h"
#include "item/item.h"

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

static bool same_key(const struct item_change *a, const struct item_change *b)
{
    return a->table == b->table && slice_equal(a->key.partition, b->key.partition) &&
           slice_equal(a->key.sort, b->key.sort);
}

static bool check_distinct(const struct item_change *changes, size_t count, struct error *err)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (same_key(&changes[i], &changes[j]))
                return error_set(err, ERR_VALIDATION, "Provided list of item keys contains duplicates");
    return true;
}

static bool make_changes(struct api_request *q, const struct batch_write_item_input *in,
                         struct item_change *changes, struct error *err)
{
    const struct catalog_snapshot *catalog = request_catalog(q);
    size_t count = 0;
    for (size_t i = 0; i < in->request_items.count; i++) {
        const struct table_writes *writes = &in->request_items.at[i];
        const struct table *table;
        if (!catalog_use(catalog, writes->table_name, &table, err))
            return false;
        for (size_t j = 0; j < writes->requests.count; j++)
            if (!make_change(table, &writes->requests.at[j], &changes[count++], err))
                return false;
    }
    return check_distinct(changes, count, err);
}

/* ------------------------------------------------------------------ reply */

/* What the changes of one table consumed together. All were made in one commit, with one set of indexes. */
static struct consumed_capacity consumed_by(struct slice table_name, const struct item_change *changes,
                                            size_t count, struct arena *arena)
{
    const struct table *table = changes[0].table;
    int64_t *index_halves = ARENA_NEW_ARRAY(arena, int64_t, index_count(table));
    struct consumed_capacity consumed = {
        .table_name = table_name, .table = table, .index_halves = index_halves};
    for (size_t i = 0; i < count; i++) {
        consumed.table_halves += item_change_capacity_halves(&changes[i]);
        for (size_t j = 0; changes[i].index_halves && j < index_count(table); j++)
            index_halves[j] += changes[i].index_halves[j];
    }
    return consumed;
}

/* The changes stand in the order of the request, table by table. */
static void write_capacities(struct api_request *q, const struct batch_write_item_input *in,
                             const struct item_change *changes)
{
    struct json_writer *w = &q->json;
    json_name(w, SLICE("ConsumedCapacity"));
    json_begin_array(w);
    for (size_t i = 0; i < in->request_items.count; i++) {
        const struct table_writes *writes = &in->request_items.at[i];
        const struct consumed_capacity consumed =
            consumed_by(writes->table_name, changes, writes->requests.count, q->arena);
        write_consumed_object(w, in->return_consumed_capacity, &consumed);
        changes += writes->requests.count;
    }
    json_end_array(w);
}

static bool is_repeated(const struct item_change *changes, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (slice_equal(changes[i].key.partition, changes[number].key.partition))
            return true;
    return false;
}

/* Each collection once. */
static void write_collections(struct api_request *q, const struct batch_write_item_input *in,
                              const struct item_change *changes)
{
    struct json_writer *w = &q->json;
    struct json_mark before = json_mark(w);
    bool any = false;
    json_name(w, SLICE("ItemCollectionMetrics"));
    json_begin_object(w);
    for (size_t i = 0; i < in->request_items.count; i++) {
        const struct table_writes *writes = &in->request_items.at[i];
        if (wants_collection_metrics(in->return_item_collection_metrics, changes[0].table)) {
            any = true;
            json_name(w, writes->table_name);
            json_begin_array(w);
            for (size_t j = 0; j < writes->requests.count; j++)
                if (!is_repeated(changes, j))
                    write_collection_metrics(q, changes[j].table, changes[j].key.partition);
            json_end_array(w);
        }
        changes += writes->requests.count;
    }
    json_end_object(w);
    if (!any)
        json_rewind(w, before);
}

static bool reply(struct api_request *q, struct error *err)
{
    const struct batch_write_item_input *in = q->input;
    const struct item_commit *commit = q->state;
    if (commit->storage.error.code != ERR_NONE) {
        *err = commit->storage.error;
        return false;
    }
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("UnprocessedItems"));
    json_begin_object(&q->json);
    json_end_object(&q->json);
    if (wants_consumed_capacity(in->return_consumed_capacity))
        write_capacities(q, in, commit->changes);
    write_collections(q, in, commit->changes);
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
    size_t count = 0;
    if (!check_content(q, in, &count, err))
        return false;
    struct item_commit *commit = ARENA_NEW(q->arena, struct item_commit);
    *commit = (struct item_commit){
        .changes = ARENA_NEW_ARRAY(q->arena, struct item_change, count),
        .count = count,
        .done = commit_done,
        .arg = q,
    };
    if (!make_changes(q, in, commit->changes, err))
        return false;
    q->state = commit;
    api_suspend(q);
    item_commit_submit(q->api->options.engine, commit, q->arena);
    return true;
}

const struct api_operation batch_write_item_operation = {OPERATION_BATCH_WRITE_ITEM, &input_shape, handle};
