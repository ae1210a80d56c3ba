/* list_tables.c - ListTables: names in byte order, page by page; CREATING and DELETING tables are listed too. */
#include "api/api.h"
#include "api/common_shapes.h"
#include "api/item_reply.h"

enum { PAGE_TABLES_MAX = 100 };

struct list_tables_input {
    struct slice exclusive_start_table_name;
    struct optional_i64 limit;
};

static const struct shape limit_shape = {.kind = SHAPE_INTEGER, .range = FROM_TO(1, PAGE_TABLES_MAX)};

#define M(field, name, shape) MEMBER(struct list_tables_input, field, name, shape, MEMBER_OPTIONAL)
static const struct shape_member members[] = {
    M(exclusive_start_table_name, "ExclusiveStartTableName", shape_table_name),
    M(limit, "Limit", limit_shape),
};
static const struct shape input_shape = STRUCTURE(struct list_tables_input, "ListTablesInput", members);

/* The index of the first table from `index` on that is still there. */
static size_t skip_gone(const struct catalog_snapshot *catalog, size_t index, int64_t now_ms)
{
    while (index < catalog_count(catalog) && table_gone(catalog_at(catalog, index), now_ms))
        index++;
    return index;
}

static bool handle(struct api_request *q, struct error *err)
{
    (void)err;
    const struct list_tables_input *in = q->input;
    const struct catalog_snapshot *catalog = request_catalog(q);
    size_t limit = in->limit.given ? (size_t)in->limit.value : PAGE_TABLES_MAX;
    size_t first = slice_is_none(in->exclusive_start_table_name)
                       ? 0
                       : catalog_index_after(catalog, in->exclusive_start_table_name);
    struct slice last = SLICE_NONE;

    json_begin_object(&q->json);
    json_name(&q->json, SLICE("TableNames"));
    json_begin_array(&q->json);
    size_t i = skip_gone(catalog, first, q->now_ms);
    for (size_t listed = 0; listed < limit && i < catalog_count(catalog); listed++) {
        last = catalog_at(catalog, i)->name;
        json_string(&q->json, last);
        i = skip_gone(catalog, i + 1, q->now_ms);
    }
    json_end_array(&q->json);
    if (i < catalog_count(catalog))
        json_member_string(&q->json, "LastEvaluatedTableName", last);
    json_end_object(&q->json);
    return true;
}

const struct api_operation list_tables_operation = {OPERATION_LIST_TABLES, &input_shape, handle};
