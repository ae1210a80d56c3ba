#include "api/read_page.h"

#include "engine/capacity.h"
#include "engine/index.h"

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

/* ------------------------------------------------------------------ what is read */

static bool is_global(const struct item_source *source)
{
    return source->index && !table_index_is_local(source->table, source->index);
}

static bool unknown_index(struct slice name, struct error *err)
{
    return error_set(err, ERR_VALIDATION, "The table does not have the specified index: %.*s",
                     SLICE_PRINTF(name));
}

bool read_page_check_usable(const struct api_request *q, const struct item_source *source, struct error *err)
{
    return !source->index || table_index_usable(source->index, q->now_ms) ||
           error_set(err, ERR_VALIDATION, "Cannot read from backfilling global secondary index: %.*s",
                     SLICE_PRINTF(source->index->name));
}

static bool check_index(const struct api_request *q, const struct read_page_input *in,
                        const struct item_source *source, struct error *err)
{
    if (is_global(source) && in->consistent_read.value)
        return error_set(err, ERR_VALIDATION,
                         "Consistent reads are not supported on global secondary indexes");
    return read_page_check_usable(q, source, err);
}

bool read_page_source(struct api_request *q, const struct read_page_input *in, struct item_source *source_out,
                      struct error *err)
{
    *source_out = (struct item_source){.index = NULL};
    if (!catalog_use(request_catalog(q), in->table_name, &source_out->table, err))
        return false;
    if (slice_is_none(in->index_name))
        return true;
    source_out->index = table_find_index(source_out->table, in->index_name);
    return source_out->index ? check_index(q, in, source_out, err) : unknown_index(in->index_name, err);
}

/* ------------------------------------------------------------------ which attributes it has */

static bool projects(const struct table_index *index, struct slice name)
{
    if (index->projection.type == PROJECTION_ALL)
        return true;
    for (size_t i = 0; i < index->projected_count; i++)
        if (slice_equal(index->projected[i], name))
            return true;
    return false;
}

/* The top-level names in the expression that the index does not project, as a list; SLICE_NONE if there are none. */
static struct slice not_projected(const struct table_index *index, const struct expr *e, struct arena *arena)
{
    struct buf names;
    bool any = false;
    buf_init(&names, arena, 64);
    for (size_t i = 0; e && i < expr_top_level_count(e); i++) {
        struct slice name = expr_top_level_name(e, i);
        if (projects(index, name))
            continue;
        if (any)
            buf_append_literal(&names, ", ");
        buf_append(&names, name);
        any = true;
    }
    return any ? buf_slice(&names) : SLICE_NONE;
}

bool read_page_lacks(const struct item_source *source, const struct expr *e)
{
    for (size_t i = 0; source->index && e && i < expr_top_level_count(e); i++)
        if (!projects(source->index, expr_top_level_name(e, i)))
            return true;
    return false;
}

/* A filter is applied to entries, whatever is fetched afterwards. */
static bool check_filter(const struct table_index *index, const struct expr *filter, struct error *err)
{
    struct slice names = not_projected(index, filter, err->arena);
    if (slice_is_none(names))
        return true;
    return error_set(
        err, ERR_VALIDATION,
        "One or more parameter values were invalid: Secondary index %.*s does not project one or "
        "more filter attributes: [%.*s]",
        SLICE_PRINTF(index->name), SLICE_PRINTF(names));
}

static bool check_all_attributes(const struct item_source *source, struct error *err)
{
    if (!is_global(source))
        return true;
    return error_set(err, ERR_VALIDATION,
                     "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported "
                     "for global secondary index %.*s because its projection type is not ALL",
                     SLICE_PRINTF(source->index->name));
}

static bool check_projection(const struct item_source *source, const struct expr *projection, bool *fetch_out,
                             struct error *err)
{
    struct slice names = not_projected(source->index, projection, err->arena);
    *fetch_out = !slice_is_none(names);
    if (!*fetch_out || !is_global(source))
        return true;
    return error_set(
        err, ERR_VALIDATION,
        "One or more parameter values were invalid: Global secondary index %.*s does not project "
        "[%.*s]",
        SLICE_PRINTF(source->index->name), SLICE_PRINTF(names));
}

bool read_page_check_attributes(const struct read_page_input *in, const struct item_source *source,
                                const struct expressions *expressions, bool *fetch_out, struct error *err)
{
    bool lacks = false;
    *fetch_out = false;
    if (!source->index || source->index->projection.type == PROJECTION_ALL)
        return true;
    *fetch_out = in->select.value == SELECT_ALL_ATTRIBUTES;
    if ((*fetch_out && !check_all_attributes(source, err)) ||
        !check_projection(source, expressions->projection, &lacks, err))
        return false;
    *fetch_out = *fetch_out || lacks;
    return check_filter(source->index, expressions->filter, err);
}

bool read_page_view(struct api_request *q, const struct item_source *source, struct storage_view **view_out,
                    struct error *err)
{
    struct engine *engine = q->api->options.engine;
    if (!source->index)
        return engine_view(engine, q->arena, view_out, err);
    return engine_index_view(engine, source->table, source->index, q->arena, view_out, err);
}

/* ------------------------------------------------------------------ reading and answering */

/* Of an index the table is charged for what was fetched, and the index for its entries. */
struct consumed_capacity read_page_consumed(struct api_request *q, const struct item_page *page,
                                            struct slice table_name, int64_t halves, bool consistent)
{
    const struct item_source *source = &page->source;
    struct consumed_capacity consumed = {.table_name = table_name, .table_halves = halves};
    if (source->index) {
        int64_t *index_halves = ARENA_NEW_ARRAY(q->arena, int64_t, index_count(source->table));
        index_halves[index_number(source->table, source->index)] = halves;
        consumed.table_halves = capacity_block_halves(page->fetched_blocks, consistent);
        consumed.table = source->table;
        consumed.index_halves = index_halves;
    }
    return consumed;
}

static void write_capacity(struct api_request *q, const struct read_page_input *in,
                           const struct item_page *page)
{
    bool consistent = in->consistent_read.value;
    const struct consumed_capacity consumed = read_page_consumed(
        q, page, in->table_name, capacity_read_halves(page->bytes, consistent), consistent);
    write_consumed(&q->json, in->return_consumed_capacity, &consumed);
}

/* The page's own view may be from before the index. */
bool read_page_index_is_deleted(struct api_request *q, const struct item_page *page, bool *is_deleted_out,
                                struct error *err)
{
    struct storage_view *newest;
    bool is_there = true;
    *is_deleted_out = false;
    if (!page->source.index || page->scanned > 0)
        return true;
    if (!engine_view(q->api->options.engine, q->arena, &newest, err) ||
        !storage_view_has_space(newest, page->source.index->space, &is_there, err))
        return false;
    *is_deleted_out = !is_there;
    return true;
}

static bool check_not_deleted(struct api_request *q, const struct item_page *page, struct error *err)
{
    bool is_deleted;
    return read_page_index_is_deleted(q, page, &is_deleted, err) &&
           (!is_deleted || unknown_index(page->source.index->name, err));
}

static bool write_end(struct api_request *q, const struct read_page_input *in, const struct item_page *page,
                      struct error *err)
{
    struct json_writer *w = &q->json;
    if (!check_not_deleted(q, page, err))
        return false;
    if (page->items)
        json_end_array(w);
    json_member_i64(w, "Count", (int64_t)page->matched);
    json_member_i64(w, "ScannedCount", (int64_t)page->scanned);
    if (!slice_is_none(page->last_key_json)) {
        json_name(w, SLICE("LastEvaluatedKey"));
        json_raw(w, page->last_key_json);
    }
    if (wants_consumed_capacity(in->return_consumed_capacity))
        write_capacity(q, in, page);
    json_end_object(w);
    return true;
}

/* The rest of the page, on a worker. */
static bool read_rest(struct api_request *q, struct error *err)
{
    struct item_page *page = q->state;
    bool finished = false;
    while (!finished)
        if (!item_page_read(page, ITEM_PAGE_BYTES_MAX, &finished, err))
            return false;
    return write_end(q, q->input, page, err);
}

bool read_page_start(struct api_request *q, const struct read_page *start, struct error *err)
{
    const struct read_page_input *in = q->input;
    struct item_page *page = ARENA_NEW(q->arena, struct item_page);
    *page = (struct item_page){
        .source = start->source,
        .view = start->view,
        .cursor = start->cursor,
        .arena = q->arena,
        .fetch = start->fetch ? ITEM_FETCH_MATCHES : ITEM_FETCH_NOTHING,
        .limit = (uint64_t)in->limit.value,
        .filter = start->expressions->filter,
        .show = item_show_projected,
        .shown = start->expressions->projection,
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
    return write_end(q, in, page, err);
}
