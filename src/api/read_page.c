#include "api/read_page.h"

#include "api/item_reply.h"
#include "engine/capacity.h"

/* ------------------------------------------------------------------ checks */

/* Errors of numbers, of duplicates in sets and of empty number sets are told without the words about the starting key. */
static bool stands_alone(const char *message)
{
    struct slice text = slice_from_cstr(message);
    return slice_starts_with(text, SLICE("The parameter cannot be converted")) ||
           slice_starts_with(text, SLICE("Number ")) ||
           slice_starts_with(text, SLICE("Attempting to store")) ||
           strstr(message, "An number set") != NULL || strstr(message, "contains duplicates") != NULL;
}

bool read_page_check_start(const struct read_page_input *in, struct error *err)
{
    const struct error *issue = &in->exclusive_start_key.issue;
    if (issue->code == ERR_NONE)
        return true;
    if (stands_alone(issue->message))
        return error_set(err, ERR_VALIDATION, "%s", issue->message);
    return error_set(err, ERR_VALIDATION, "The provided starting key is invalid: %s", issue->message);
}

/* The parameter that says what to get; NULL if there is none. */
static const char *projecting_parameter(const struct read_page_input *in)
{
    if (!slice_is_none(in->projection_expression))
        return "ProjectionExpression";
    return in->attributes_to_get.at ? "AttributesToGet" : NULL;
}

static bool projection_conflict(const struct read_page_input *in, const char *chosen, struct error *err)
{
    const char *parameter = projecting_parameter(in);
    if (!parameter)
        return true;
    return error_set(err, ERR_VALIDATION, "Cannot specify the %s when choosing to get %s", parameter, chosen);
}

bool read_page_check_select(const struct read_page_input *in, struct error *err)
{
    switch ((enum select_mode)in->select.value) {
    case SELECT_ABSENT:
        return true;
    case SELECT_SPECIFIC_ATTRIBUTES:
        if (projecting_parameter(in))
            return true;
        return error_set(err, ERR_VALIDATION,
                         "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
                         "SPECIFIC_ATTRIBUTES");
    case SELECT_COUNT:
        return projection_conflict(in, "only the Count", err);
    case SELECT_ALL_ATTRIBUTES:
        return projection_conflict(in, "ALL_ATTRIBUTES", err);
    case SELECT_ALL_PROJECTED_ATTRIBUTES:
        if (!projection_conflict(in, "ALL_PROJECTED_ATTRIBUTES", err))
            return false;
        if (!slice_is_none(in->index_name))
            return true;
        return error_set(err, ERR_VALIDATION,
                         "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
    }
    return true;
}

struct legacy_parameters read_page_older(const struct read_page_input *in, const char *filter_name)
{
    return (struct legacy_parameters){
        .attributes_to_get = in->attributes_to_get.at,
        .attribute_count = in->attributes_to_get.count,
        .filter = in->filter.at,
        .filter_count = in->filter.count,
        .filter_name = filter_name,
        .conditional_operator = in->conditional_operator.value,
    };
}

bool read_page_table(struct api_request *q, const struct read_page_input *in, const struct table **table_out,
                     struct error *err)
{
    if (!catalog_use(request_catalog(q), in->table_name, table_out, err))
        return false;
    if (!slice_is_none(in->index_name))
        return error_set(err, ERR_VALIDATION, "The table does not have the specified index: %.*s",
                         SLICE_PRINTF(in->index_name));
    return true;
}

/* ------------------------------------------------------------------ reading and answering */

static void write_end(struct api_request *q, const struct read_page_input *in, const struct item_page *page)
{
    struct json_writer *w = &q->json;
    if (page->items)
        json_end_array(w);
    json_member_i64(w, "Count", (int64_t)page->matched);
    json_member_i64(w, "ScannedCount", (int64_t)page->scanned);
    if (!slice_is_none(page->last_key_json)) {
        json_name(w, SLICE("LastEvaluatedKey"));
        json_raw(w, page->last_key_json);
    }
    write_consumed_capacity(w, in->return_consumed_capacity, in->table_name,
                            capacity_read_halves(page->bytes, in->consistent_read.value));
    json_end_object(w);
}

/* The rest of the page, on a worker. */
static bool read_rest(struct api_request *q, struct error *err)
{
    struct item_page *page = q->state;
    bool finished = false;
    while (!finished)
        if (!item_page_read(page, ITEM_PAGE_BYTES_MAX, &finished, err))
            return false;
    write_end(q, q->input, page);
    return true;
}

bool read_page_start(struct api_request *q, const struct table *table, struct storage_cursor *cursor,
                     const struct expressions *expressions, struct error *err)
{
    const struct read_page_input *in = q->input;
    struct item_page *page = ARENA_NEW(q->arena, struct item_page);
    *page = (struct item_page){
        .table = table,
        .cursor = cursor,
        .arena = q->arena,
        .limit = (uint64_t)in->limit.value,
        .filter = expressions->filter,
        .projection = expressions->projection,
        .items = in->select.value == SELECT_COUNT ? NULL : &q->json,
    };
    q->state = page;
    json_begin_object(&q->json);
    if (page->items) {
        json_name(&q->json, SLICE("Items"));
        json_begin_array(&q->json);
    }
    bool finished;
    if (!item_page_read(page, ITEM_PAGE_STEP_BYTES, &finished, err))
        return false;
    if (!finished) {
        buf_reserve(&q->reply, ITEM_PAGE_BYTES_MAX); /* or a long page would be copied each time it doubles */
        return api_offload(q, q->api->options.engine->workers, read_rest);
    }
    write_end(q, in, page);
    return true;
}
