#include "api/item_reply.h"

#include "engine/collection.h"
#include "engine/engine.h"
#include "engine/index.h"
#include "engine/item_write.h"
#include "item/wire.h"

static void give_catalog(void *snapshot)
{
    catalog_give(snapshot);
}

const struct catalog_snapshot *request_catalog(struct api_request *q)
{
    const struct catalog_snapshot *snapshot = catalog_take(q->api->options.catalog);
    arena_cleanup_add(q->arena, give_catalog, (void *)(uintptr_t)snapshot);
    return snapshot;
}

bool wants_consumed_capacity(struct optional_enum mode)
{
    return mode.value == RETURN_CONSUMED_CAPACITY_TOTAL || mode.value == RETURN_CONSUMED_CAPACITY_INDEXES;
}

static void write_unit_members(struct json_writer *w, enum consumed_kind kind, int64_t halves)
{
    json_name(w, SLICE("CapacityUnits"));
    json_half_units(w, halves);
    if (kind == CONSUMED)
        return;
    json_name(w, kind == CONSUMED_READING ? SLICE("ReadCapacityUnits") : SLICE("WriteCapacityUnits"));
    json_half_units(w, halves);
}

static void write_units(struct json_writer *w, struct slice name, enum consumed_kind kind, int64_t halves)
{
    json_name(w, name);
    json_begin_object(w);
    write_unit_members(w, kind, halves);
    json_end_object(w);
}

/* Indexes that consumed nothing are not shown; nor is a kind of which none consumed anything. */
static void write_index_units(struct json_writer *w, struct slice kind,
                              const struct consumed_capacity *consumed, size_t first, size_t end)
{
    struct json_mark before = json_mark(w);
    bool any = false;
    json_name(w, kind);
    json_begin_object(w);
    for (size_t i = first; i < end; i++) {
        if (consumed->index_halves[i] == 0)
            continue;
        write_units(w, index_at(consumed->table, i)->name, consumed->kind, consumed->index_halves[i]);
        any = true;
    }
    json_end_object(w);
    if (!any)
        json_rewind(w, before);
}

static size_t counted_indexes(const struct consumed_capacity *consumed)
{
    return consumed->table && consumed->index_halves ? index_count(consumed->table) : 0;
}

static int64_t total_halves(const struct consumed_capacity *consumed)
{
    int64_t total = consumed->table_halves + consumed->refused_halves;
    for (size_t i = 0; i < counted_indexes(consumed); i++)
        total += consumed->index_halves[i];
    return total;
}

static void write_parts(struct json_writer *w, const struct consumed_capacity *consumed)
{
    size_t indexes = counted_indexes(consumed);
    write_units(w, SLICE("Table"), consumed->kind, consumed->table_halves);
    if (indexes == 0)
        return;
    size_t locals = consumed->table->local_index_count;
    write_index_units(w, SLICE("LocalSecondaryIndexes"), consumed, 0, locals);
    write_index_units(w, SLICE("GlobalSecondaryIndexes"), consumed, locals, indexes);
}

static void write_consumed_object(struct json_writer *w, struct optional_enum mode,
                                  const struct consumed_capacity *consumed)
{
    json_begin_object(w);
    json_member_string(w, "TableName", consumed->table_name);
    write_unit_members(w, consumed->kind, total_halves(consumed));
    if (mode.value == RETURN_CONSUMED_CAPACITY_INDEXES)
        write_parts(w, consumed);
    json_end_object(w);
}

void write_consumed(struct json_writer *w, struct optional_enum mode,
                    const struct consumed_capacity *consumed)
{
    if (!wants_consumed_capacity(mode))
        return;
    json_name(w, SLICE("ConsumedCapacity"));
    write_consumed_object(w, mode, consumed);
}

void write_consumed_capacity_object(struct json_writer *w, struct optional_enum mode, struct slice table_name,
                                    int64_t halves)
{
    const struct consumed_capacity consumed = {.table_name = table_name, .table_halves = halves};
    write_consumed_object(w, mode, &consumed);
}

void write_consumed_capacity(struct json_writer *w, struct optional_enum mode, struct slice table_name,
                             int64_t halves)
{
    const struct consumed_capacity consumed = {.table_name = table_name, .table_halves = halves};
    write_consumed(w, mode, &consumed);
}

static bool mentioned_before(const struct slice *names, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (slice_equal(names[i], names[number]))
            return true;
    return false;
}

/* A table that was edited between two parts numbers its indexes anew. What an index consumed that the first of them does not know
 * is the table's. */
static void add_index_halves(struct consumed_capacity *sum, int64_t *index_halves,
                             const struct consumed_capacity *part)
{
    for (size_t i = 0; i < counted_indexes(part); i++) {
        const struct table_index *index = index_at(part->table, i);
        if (part->table != sum->table)
            index = table_find_index(sum->table, index->name);
        if (index)
            index_halves[index_number(sum->table, index)] += part->index_halves[i];
        else
            sum->table_halves += part->index_halves[i];
    }
}

/* All parts that are of the table of parts[first]. */
static struct consumed_capacity consumed_of_table(const struct consumed_capacity *parts, size_t first,
                                                  size_t count, struct arena *arena)
{
    struct consumed_capacity sum = {.table_name = parts[first].table_name, .kind = parts[first].kind};
    int64_t *index_halves = NULL;
    for (size_t i = first; i < count; i++) {
        const struct consumed_capacity *part = &parts[i];
        if (!slice_equal(part->table_name, sum.table_name))
            continue;
        sum.table_halves += part->table_halves;
        sum.refused_halves += part->refused_halves;
        if (counted_indexes(part) > 0 && !sum.table) {
            sum.table = part->table;
            sum.index_halves = index_halves = ARENA_NEW_ARRAY(arena, int64_t, index_count(part->table));
        }
        add_index_halves(&sum, index_halves, part);
    }
    return sum;
}

static bool all_refused(const struct consumed_capacity *parts, size_t first, size_t count)
{
    for (size_t i = first; i < count; i++)
        if (slice_equal(parts[i].table_name, parts[first].table_name) && parts[i].refused_halves == 0)
            return false;
    return true;
}

void write_consumed_list(struct api_request *q, struct optional_enum mode,
                         const struct consumed_capacity *parts, size_t count)
{
    if (!wants_consumed_capacity(mode))
        return;
    struct json_mark before = json_mark(&q->json);
    struct slice *names = ARENA_NEW_ARRAY(q->arena, struct slice, count);
    bool any = false;
    json_name(&q->json, SLICE("ConsumedCapacity"));
    json_begin_array(&q->json);
    for (size_t i = 0; i < count; i++) {
        names[i] = parts[i].table_name;
        if (mentioned_before(names, i) || all_refused(parts, i, count))
            continue;
        const struct consumed_capacity sum = consumed_of_table(parts, i, count, q->arena);
        write_consumed_object(&q->json, mode, &sum);
        any = true;
    }
    json_end_array(&q->json);
    if (!any)
        json_rewind(&q->json, before);
}

/* ------------------------------------------------------------------ item collections */

bool wants_collection_metrics(struct optional_enum mode, const struct table *table)
{
    return mode.value == RETURN_ITEM_COLLECTION_METRICS_SIZE && table->local_index_count > 0;
}

/* What was written is written: that its collection's size cannot be read must not fail the request. */
static struct collection_range size_now(struct api_request *q, const struct table *table,
                                        struct slice partition)
{
    struct storage_view *view;
    struct error ignored;
    struct collection_range range;
    error_init(&ignored, q->arena);
    if (engine_view(q->api->options.engine, q->arena, &view, &ignored) &&
        collection_estimate(view, table, partition, q->arena, &range, &ignored))
        return range;
    return (struct collection_range){0, 1};
}

void write_collection_metrics(struct api_request *q, const struct table *table, struct slice partition)
{
    struct json_writer *w = &q->json;
    const struct key_attribute *hash = &table->key.hash[0];
    struct collection_range range = size_now(q, table, partition);
    json_begin_object(w);
    json_name(w, SLICE("ItemCollectionKey"));
    json_begin_object(w);
    json_name(w, hash->name);
    wire_write_scalar(w, hash->type, partition);
    json_end_object(w);
    json_name(w, SLICE("SizeEstimateRangeGB"));
    json_begin_array(w);
    json_half_units(w, 2 * range.low);
    json_half_units(w, 2 * range.high);
    json_end_array(w);
    json_end_object(w);
}

/* A collection is touched by what may change an item of it. */
static bool touches(const struct item_change *change)
{
    return change->action != ITEM_CHECK;
}

static bool touched_before(const struct item_change *changes, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (touches(&changes[i]) && changes[i].key.space == changes[number].key.space &&
            slice_equal(changes[i].key.partition, changes[number].key.partition))
            return true;
    return false;
}

static bool touches_table_before(const struct item_change *changes, const struct slice *names, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (touches(&changes[i]) && slice_equal(names[i], names[number]))
            return true;
    return false;
}

/* Those of the table of changes[first]. */
static void write_collections_of_table(struct api_request *q, const struct item_change *changes,
                                       const struct slice *names, size_t first, size_t count)
{
    json_name(&q->json, names[first]);
    json_begin_array(&q->json);
    for (size_t i = first; i < count; i++)
        if (slice_equal(names[i], names[first]) && touches(&changes[i]) && !touched_before(changes, i))
            write_collection_metrics(q, changes[i].table, changes[i].key.partition);
    json_end_array(&q->json);
}

void write_collections(struct api_request *q, struct optional_enum mode, const struct item_change *changes,
                       const struct slice *names, size_t count)
{
    struct json_mark before = json_mark(&q->json);
    bool any = false;
    json_name(&q->json, SLICE("ItemCollectionMetrics"));
    json_begin_object(&q->json);
    for (size_t i = 0; i < count; i++) {
        if (!touches(&changes[i]) || !wants_collection_metrics(mode, changes[i].table) ||
            touches_table_before(changes, names, i))
            continue;
        write_collections_of_table(q, changes, names, i, count);
        any = true;
    }
    json_end_object(&q->json);
    if (!any)
        json_rewind(&q->json, before);
}

/* ------------------------------------------------------------------ refusals */

void show_refusing_item(struct api_request *q, struct slice item)
{
    struct buf members;
    struct json_writer w;
    buf_init(&members, q->arena, 256);
    json_writer_init(&w, &members);
    json_name(&w, SLICE("Item"));
    wire_write_item(&w, item);
    q->error_members = buf_slice(&members);
}

bool check_no_conflict(const struct api_request *q, struct error *err)
{
    size_t which;
    return !engine_draws_conflict(q->api->options.engine, 1, &which) ||
           error_set(err, ERR_TRANSACTION_CONFLICT, "Transaction is ongoing for the item");
}

struct slice error_code_of_part(enum error_code code)
{
    static const struct {
        enum error_code error;
        struct slice code;
    } codes[] = {
        {ERR_CONDITIONAL_CHECK_FAILED, {"ConditionalCheckFailed", 22}},
        {ERR_VALIDATION, {"ValidationError", 15}},
        {ERR_TRANSACTION_CONFLICT, {"TransactionConflict", 19}},
        {ERR_ITEM_COLLECTION_SIZE_LIMIT_EXCEEDED, {"ItemCollectionSizeLimitExceeded", 31}},
        {ERR_DUPLICATE_ITEM, {"DuplicateItem", 13}},
        {ERR_RESOURCE_NOT_FOUND, {"ResourceNotFound", 16}},
        {ERR_ACCESS_DENIED, {"AccessDenied", 12}},
        {ERR_REQUEST_LIMIT_EXCEEDED, {"RequestLimitExceeded", 20}},
        {ERR_THROTTLING, {"ThrottlingError", 15}},
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].error == code)
            return codes[i].code;
    return SLICE("InternalServerError");
}
