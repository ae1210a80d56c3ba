/* Contents: checks · one item · ranges · pages · reply. */
#include "api/partiql_select.h"

#include "api/partiql_token.h"
#include "api/read_page.h"
#include "engine/capacity.h"
#include "engine/item_range.h"
#include "engine/item_read.h"
#include "item/item.h"

enum {
    RANGES_PER_PAGE = 10,        /* developer guide, ql-operators, IN: "in pages of up to 10 items" */
    RANGE_STEP_BYTES = 2 * 1024, /* opening a range takes about as long as reading this much */
};

struct select_state {
    const struct partiql_select *select;
    struct item_page page;
    struct storage_partition_range *ranges; /* of a Query */
    size_t range_end;                       /* how many there are; of a Scan one */
    size_t range;                           /* the one being read */
    size_t page_end;                        /* behind the last range that this page may read */
    size_t range_bytes;                     /* page.bytes when it began */
    int64_t halves;                         /* what the ranges before it consumed */
};

static const struct partiql_plan *plan_of(const struct select_state *s)
{
    return &s->select->job->plan;
}

static bool is_consistent(const struct partiql_select *select)
{
    return select->job->in->consistent_read.value;
}

/* ------------------------------------------------------------------ checks */

static bool check_consistency(const struct partiql_select *select, struct error *err)
{
    const struct item_source *source = &select->job->plan.source;
    return !is_consistent(select) || !source->index || table_index_is_local(source->table, source->index) ||
           error_set(err, ERR_VALIDATION,
                     "Strongly consistent read is not supported on Global Secondary Indexes");
}

static bool read_token(struct api_request *q, const struct partiql_select *select,
                       struct partiql_position *position_out, struct error *err)
{
    *position_out = (struct partiql_position){.range = 0};
    return slice_is_none(select->next_token) ||
           partiql_token_read(q, select->job, select->next_token, position_out, err);
}

/* ------------------------------------------------------------------ one item */

static void write_item_reply(struct api_request *q, const struct partiql_select *select, struct slice item)
{
    const struct partiql_plan *plan = &select->job->plan;
    size_t size = slice_is_none(item) ? 0 : item_size_bytes(item);
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("Items"));
    json_begin_array(&q->json);
    if (!slice_is_none(item) && (!plan->filter || expr_matches(plan->filter, item)))
        partiql_write_row(plan, item, &q->json);
    json_end_array(&q->json);
    write_consumed_capacity(&q->json, select->return_consumed_capacity, partiql_table_name(select->job),
                            capacity_read_halves(size, is_consistent(select)));
    json_end_object(&q->json);
}

static bool read_item(struct api_request *q, const struct partiql_select *select, struct error *err)
{
    struct storage_view *view;
    struct slice item;
    if (!engine_view(q->api->options.engine, q->arena, &view, err) ||
        !item_get(view, &select->job->plan.key, q->arena, &item, err))
        return false;
    write_item_reply(q, select, item);
    return true;
}

/* ------------------------------------------------------------------ ranges */

/* All of them before the first is read: what is wrong with one fails the statement, not a later page. */
static bool make_ranges(struct api_request *q, struct select_state *s, struct error *err)
{
    const struct partiql_plan *plan = plan_of(s);
    s->range_end = plan->is_query ? plan->range_count : 1;
    s->ranges = ARENA_NEW_ARRAY(q->arena, struct storage_partition_range, s->range_end);
    for (size_t i = 0; plan->is_query && i < plan->range_count; i++)
        if (!item_query_range(&plan->source, &plan->ranges[i], plan->reverse, SLICE_NONE, q->arena,
                              &s->ranges[i], err))
            return false;
    return true;
}

static bool open_query(struct api_request *q, struct select_state *s, const struct partiql_position *from,
                       struct error *err)
{
    struct storage_partition_range range = s->ranges[s->range];
    if (from && from->behind_key)
        *(range.reverse ? &range.upper : &range.lower) =
            (struct storage_bound){STORAGE_BOUND_EXCLUSIVE, from->sort};
    return storage_view_scan_partition(s->page.view, &range, q->arena, &s->page.cursor, err);
}

static bool open_scan(struct api_request *q, struct select_state *s, const struct partiql_position *from,
                      struct error *err)
{
    const struct scan_segment whole = {.index = 0, .total = 1};
    struct storage_hash_range range;
    if (!item_scan_range(&plan_of(s)->source, whole, SLICE_NONE, q->arena, &range, err))
        return false;
    if (from && from->behind_key) {
        range.resume = true;
        range.after_partition = from->partition;
        range.after_sort = from->sort;
    }
    return storage_view_scan_hash(s->page.view, &range, q->arena, &s->page.cursor, err);
}

/* `from`: where in the range; NULL: at its beginning. */
static bool open_range(struct api_request *q, struct select_state *s, const struct partiql_position *from,
                       struct error *err)
{
    return plan_of(s)->is_query ? open_query(q, s, from, err) : open_scan(q, s, from, err);
}

/* Each range is a read of its own, and rounded by itself. */
static void end_range(struct select_state *s)
{
    s->halves += capacity_read_halves(s->page.bytes - s->range_bytes, is_consistent(s->select));
    s->range_bytes = s->page.bytes;
    storage_cursor_close(s->page.cursor);
    s->range++;
}

/* ------------------------------------------------------------------ pages */

static bool stopped_at_limit(const struct select_state *s)
{
    return !slice_is_none(s->page.last_key_json);
}

/* Reads on until the page is finished or about `budget_bytes` more were read. */
static bool read_on(struct api_request *q, struct select_state *s, size_t budget_bytes, bool *finished_out,
                    struct error *err)
{
    size_t spent = 0;
    *finished_out = false;
    while (spent < budget_bytes) {
        size_t before = s->page.bytes + s->page.fetched_bytes;
        bool ended;
        if (!item_page_read(&s->page, budget_bytes - spent, &ended, err))
            return false;
        spent += s->page.bytes + s->page.fetched_bytes - before;
        if (!ended)
            continue;
        end_range(s);
        if (stopped_at_limit(s) || s->range == s->page_end) {
            *finished_out = true;
            return true;
        }
        if (!open_range(q, s, NULL, err))
            return false;
        spent += RANGE_STEP_BYTES;
    }
    return true;
}

/* Where the next page begins; false: this one is the last. */
static bool next_position(const struct select_state *s, struct partiql_position *out)
{
    if (stopped_at_limit(s)) {
        *out = (struct partiql_position){.range = s->range - 1,
                                         .behind_key = true,
                                         .partition = s->page.last_key.partition,
                                         .sort = s->page.last_key.sort};
        return true;
    }
    *out = (struct partiql_position){.range = s->range};
    return s->range < s->range_end;
}

/* ------------------------------------------------------------------ reply */

static void write_capacity(struct api_request *q, const struct select_state *s)
{
    const struct consumed_capacity consumed = read_page_consumed(
        q, &s->page, partiql_table_name(s->select->job), s->halves, is_consistent(s->select));
    write_consumed(&q->json, s->select->return_consumed_capacity, &consumed);
}

static void write_end(struct api_request *q, const struct select_state *s)
{
    struct json_writer *w = &q->json;
    const struct partiql_job *job = s->select->job;
    struct partiql_position next;
    json_end_array(w);
    if (next_position(s, &next))
        json_member_string(w, "NextToken", partiql_token_make(q, job, &next));
    if (stopped_at_limit(s)) {
        json_name(w, SLICE("LastEvaluatedKey"));
        json_raw(w, s->page.last_key_json);
    }
    if (wants_consumed_capacity(s->select->return_consumed_capacity))
        write_capacity(q, s);
    json_end_object(w);
}

static bool end_page(struct api_request *q, const struct select_state *s, struct error *err)
{
    bool is_deleted;
    if (!read_page_index_is_deleted(q, &s->page, &is_deleted, err))
        return false;
    if (is_deleted)
        return error_set(err, ERR_VALIDATION, "The table does not have the specified index");
    write_end(q, s);
    return true;
}

/* The rest of the page, on a worker. */
static bool read_rest(struct api_request *q, struct error *err)
{
    struct select_state *s = q->state;
    bool finished = false;
    while (!finished)
        if (!read_on(q, s, ITEM_PAGE_BYTES_MAX, &finished, err))
            return false;
    return end_page(q, s, err);
}

static bool read_first(struct api_request *q, struct select_state *s, struct error *err)
{
    bool finished = s->range == s->page_end;
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("Items"));
    json_begin_array(&q->json);
    if (!finished && !read_on(q, s, ITEM_PAGE_STEP_BYTES, &finished, err))
        return false;
    if (finished)
        return end_page(q, s, err);
    buf_reserve(&q->reply, ITEM_PAGE_BYTES_MAX); /* or a long page would be copied each time it doubles */
    return api_offload(q, q->api->options.engine->workers, read_rest);
}

/* The ranges that this page may read. What contradicts itself has none, and is an empty page. */
static bool begin_page(struct api_request *q, struct select_state *s, const struct partiql_position *from,
                       struct error *err)
{
    s->range = from->range;
    if (s->range > s->range_end)
        return error_set(err, ERR_VALIDATION, "Invalid NextToken");
    s->page_end = s->range_end - s->range > RANGES_PER_PAGE ? s->range + RANGES_PER_PAGE : s->range_end;
    return s->range == s->page_end || open_range(q, s, from, err);
}

static bool read_page(struct api_request *q, const struct partiql_select *select,
                      const struct partiql_position *from, struct error *err)
{
    const struct partiql_plan *plan = &select->job->plan;
    struct select_state *s = ARENA_NEW(q->arena, struct select_state);
    s->select = select;
    s->page = (struct item_page){
        .source = plan->source,
        .arena = q->arena,
        .fetch = read_page_lacks(&plan->source, plan->projection) ? ITEM_FETCH_READ : ITEM_FETCH_NOTHING,
        .limit = select->limit,
        .filter = plan->filter,
        .show = partiql_show_row,
        .shown = plan,
        .items = &q->json,
    };
    q->state = s;
    return make_ranges(q, s, err) && read_page_view(q, &plan->source, &s->page.view, err) &&
           begin_page(q, s, from, err) && read_first(q, s, err);
}

bool partiql_select_start(struct api_request *q, const struct partiql_select *select, struct error *err)
{
    const struct partiql_plan *plan = &select->job->plan;
    struct partiql_position from;
    if (!check_consistency(select, err) || !read_page_check_usable(q, &plan->source, err) ||
        !read_token(q, select, &from, err))
        return false;
    if (plan->has_key && !plan->source.index)
        return read_item(q, select, err);
    return read_page(q, select, &from, err);
}
