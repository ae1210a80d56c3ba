#include "api/item_reply.h"

#include "engine/collection.h"
#include "engine/engine.h"
#include "engine/index.h"
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

static void write_units(struct json_writer *w, struct slice name, int64_t halves)
{
    json_name(w, name);
    json_begin_object(w);
    json_name(w, SLICE("CapacityUnits"));
    json_half_units(w, halves);
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
        write_units(w, index_at(consumed->table, i)->name, consumed->index_halves[i]);
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
    int64_t total = consumed->table_halves;
    for (size_t i = 0; i < counted_indexes(consumed); i++)
        total += consumed->index_halves[i];
    return total;
}

static void write_parts(struct json_writer *w, const struct consumed_capacity *consumed)
{
    size_t indexes = counted_indexes(consumed);
    write_units(w, SLICE("Table"), consumed->table_halves);
    if (indexes == 0)
        return;
    size_t locals = consumed->table->local_index_count;
    write_index_units(w, SLICE("LocalSecondaryIndexes"), consumed, 0, locals);
    write_index_units(w, SLICE("GlobalSecondaryIndexes"), consumed, locals, indexes);
}

void write_consumed_object(struct json_writer *w, struct optional_enum mode,
                           const struct consumed_capacity *consumed)
{
    json_begin_object(w);
    json_member_string(w, "TableName", consumed->table_name);
    json_name(w, SLICE("CapacityUnits"));
    json_half_units(w, total_halves(consumed));
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
    const struct value key = {.type = hash->type, .payload = partition};
    struct collection_range range = size_now(q, table, partition);
    json_begin_object(w);
    json_name(w, SLICE("ItemCollectionKey"));
    json_begin_object(w);
    json_name(w, hash->name);
    wire_write_value(w, &key);
    json_end_object(w);
    json_name(w, SLICE("SizeEstimateRangeGB"));
    json_begin_array(w);
    json_half_units(w, 2 * range.low);
    json_half_units(w, 2 * range.high);
    json_end_array(w);
    json_end_object(w);
}
