#include "api/item_reply.h"

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

void write_consumed_capacity_object(struct json_writer *w, struct optional_enum mode, struct slice table_name,
                                    int64_t halves)
{
    json_begin_object(w);
    json_member_string(w, "TableName", table_name);
    json_name(w, SLICE("CapacityUnits"));
    json_half_units(w, halves);
    if (mode.value == RETURN_CONSUMED_CAPACITY_INDEXES) {
        json_name(w, SLICE("Table"));
        json_begin_object(w);
        json_name(w, SLICE("CapacityUnits"));
        json_half_units(w, halves);
        json_end_object(w);
    }
    json_end_object(w);
}

void write_consumed_capacity(struct json_writer *w, struct optional_enum mode, struct slice table_name,
                             int64_t halves)
{
    if (!wants_consumed_capacity(mode))
        return;
    json_name(w, SLICE("ConsumedCapacity"));
    write_consumed_capacity_object(w, mode, table_name, halves);
}
