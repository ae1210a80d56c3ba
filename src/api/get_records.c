/* get_records.c - GetRecords: the records of a shard from an iterator on, in the order of the commits that made them.
 * Next:    the iterator that comes back stands behind everything that was seen: behind the last record, or, if there was no
 *          further one, behind the view's last commit. Of a shard that is closed and read to its end there is none.
 * Waiting: a request with the header x-stator-wait-ms that finds nothing in an open shard is answered when there is something, or
 *          when that many milliseconds have passed. Without it nobody waits.
 * Long:    what does not fit a step of the event loop is read on a worker. */
#include "api/stream_request.h"
#include "base/contract.h"
#include "engine/change_json.h"
#include "engine/engine.h"
#include "engine/item_read.h"
#include "engine/stream_watch.h"

enum { RECORDS_MAX = 1000, RECORDS_BYTES_MAX = 1024 * 1024, WAIT_MS_MAX = 20 * 1000 };

struct get_records_input {
    struct slice shard_iterator;
    struct optional_i64 limit;
};

static const struct shape shape_iterator = {.kind = SHAPE_STRING, .range = FROM_TO(1, 2048)};
static const struct shape shape_limit = {.kind = SHAPE_INTEGER, .range = FROM_TO(1, RECORDS_MAX)};

#define M(field, name, shape, flag) MEMBER(struct get_records_input, field, name, shape, flag)
static const struct shape_member members[] = {
    M(shard_iterator, "ShardIterator", shape_iterator, MEMBER_REQUIRED),
    M(limit, "Limit", shape_limit, MEMBER_OPTIONAL),
};
static const struct shape input_shape = STRUCTURE(struct get_records_input, "GetRecordsInput", members);

/* A page while it is read. */
struct record_page {
    struct shard_iterator iterator;
    struct stream stream;
    const struct stream_generation *generation;
    struct storage_view *view;
    struct change_cursor cursor;
    struct stream_position next;
    size_t count;
    size_t bytes;
    bool ended; /* there is no further record in this view */

    struct stream_watch watch;
    int64_t deadline_ns; /* of waiting; 0: nobody waits */
};

static void end_view(struct record_page *page)
{
    if (!page->view)
        return;
    change_cursor_close(&page->cursor);
    storage_view_release(page->view);
    page->view = NULL;
}

static void release_page(void *arg)
{
    end_view(arg);
}

/* ------------------------------------------------------------------ opening */

/* The shard that the iterator is about may have been trimmed since it was made. */
static bool find_generation(struct record_page *page, struct error *err)
{
    struct stream_shard shard = page->iterator.shard;
    page->generation = stream_find_generation(&page->stream, shard);
    if (page->generation)
        return true;
    if (shard.first_commit < page->stream.generations[0].first_commit)
        return error_set(err, ERR_TRIMMED_DATA_ACCESS, "The data you are trying to access has been trimmed");
    return error_set(err, ERR_RESOURCE_NOT_FOUND, "Requested resource not found: Shard does not exist");
}

static bool open_page(struct api_request *q, struct record_page *page, struct error *err)
{
    struct engine *engine = q->api->options.engine;
    struct storage_view *view = storage_view_take(engine->storage);
    if (!view)
        return error_set(err, ERR_UNAVAILABLE, "The service is temporarily unavailable.");
    if (request_stream(q, view, page->iterator.arn, &page->stream, err) && find_generation(page, err) &&
        change_cursor_open(view, page->generation, page->iterator.shard.number, page->next, q->arena,
                           &page->cursor, err)) {
        page->view = view;
        return true;
    }
    storage_view_release(view);
    return false;
}

/* ------------------------------------------------------------------ reading */

static bool is_full(const struct api_request *q, const struct record_page *page)
{
    const struct get_records_input *in = q->input;
    size_t limit = in->limit.given ? (size_t)in->limit.value : RECORDS_MAX;
    return page->count >= limit || page->bytes >= RECORDS_BYTES_MAX;
}

/* Whether one more fits: a page has its first record whatever its size. */
static bool fits(const struct record_page *page, size_t bytes)
{
    return page->count == 0 || page->bytes + bytes <= RECORDS_BYTES_MAX;
}

/* Reads on until the page is finished, or about `budget_bytes` more were read. */
static bool read_records(struct api_request *q, struct record_page *page, size_t budget_bytes,
                         bool *finished_out, struct error *err)
{
    const struct change_json as = {
        .form = CHANGE_JSON_RECORD, .stream = &page->stream, .region = q->api->options.region};
    size_t stop_bytes = page->bytes + budget_bytes;
    while (!page->ended && !is_full(q, page) && page->bytes < stop_bytes) {
        struct change_record record;
        bool found;
        if (!change_cursor_next(&page->cursor, &record, &found, err))
            return false;
        page->ended = !found;
        if (!found)
            break;
        size_t bytes = (size_t)change_record_size_bytes(&record, &page->stream.key);
        if (!fits(page, bytes)) {
            page->bytes = RECORDS_BYTES_MAX;
            break;
        }
        change_json_write(&as, &record, &q->json);
        page->next = (struct stream_position){record.position.commit, record.position.change + 1};
        page->bytes += bytes;
        page->count++;
    }
    *finished_out = page->ended || is_full(q, page);
    return true;
}

/* ------------------------------------------------------------------ the reply */

static void begin_reply(struct api_request *q)
{
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("Records"));
    json_begin_array(&q->json);
}

static bool is_closed(const struct record_page *page)
{
    return page->generation->last_commit != 0;
}

static bool end_reply(struct api_request *q, struct record_page *page)
{
    struct stream_position seen = {storage_view_commit(page->view) + 1, 0};
    json_end_array(&q->json);
    if (!page->ended || !is_closed(page)) {
        struct shard_iterator next = page->iterator;
        next.from = page->ended && seen.commit > page->next.commit ? seen : page->next;
        next.made_ms = clock_wall_ms(q->api->options.clock);
        json_member_string(&q->json, "NextShardIterator", shard_iterator_write(q, &next));
    }
    json_end_object(&q->json);
    end_view(page);
    return true;
}

static bool read_rest(struct api_request *q, struct error *err)
{
    bool finished;
    return read_records(q, q->state, SIZE_MAX / 2, &finished, err) && end_reply(q, q->state);
}

/* ------------------------------------------------------------------ waiting */

static api_step read_page;

static void watch_done(struct stream_watch *watch)
{
    api_resume(watch->arg, read_page);
}

/* The view goes, so that the store need not keep what is old. */
static bool wait_for_records(struct api_request *q, struct record_page *page)
{
    struct engine *engine = q->api->options.engine;
    page->watch = (struct stream_watch){
        .space = page->generation->space,
        .commit = storage_view_commit(page->view),
        .deadline_ns = page->deadline_ns,
        .done = watch_done,
        .arg = q,
    };
    end_view(page);
    page->ended = false;
    api_suspend(q);
    stream_watch_add(engine->stream_watches, &page->watch);
    return true;
}

static bool may_wait(const struct api_request *q, const struct record_page *page)
{
    return page->deadline_ns != 0 && page->count == 0 && page->ended && !is_closed(page) &&
           clock_monotonic_ns(q->api->options.clock) < page->deadline_ns &&
           !stream_watches_stopped(q->api->options.engine->stream_watches);
}

/* ------------------------------------------------------------------ the whole */

/* Also after waiting. */
static bool read_page(struct api_request *q, struct error *err)
{
    struct record_page *page = q->state;
    struct json_mark start = json_mark(&q->json);
    bool finished;
    if (!open_page(q, page, err))
        return false;
    begin_reply(q);
    if (!read_records(q, page, ITEM_PAGE_STEP_BYTES, &finished, err))
        return false;
    if (!finished)
        return api_offload(q, q->api->options.engine->workers, read_rest);
    if (may_wait(q, page)) {
        json_rewind(&q->json, start);
        return wait_for_records(q, page);
    }
    return end_reply(q, page);
}

/* Milliseconds to wait; 0 if the request does not say, or not in digits. */
static int64_t wait_ms(const struct api_request *q)
{
    struct slice text = field_value(http_headers(q->exchange), SLICE("x-stator-wait-ms"));
    int64_t ms = 0;
    if (slice_is_none(text) || text.size > 6)
        return 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return 0;
        ms = ms * 10 + (text.data[i] - '0');
    }
    return ms < WAIT_MS_MAX ? ms : WAIT_MS_MAX;
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct get_records_input *in = q->input;
    struct record_page *page = ARENA_NEW(q->arena, struct record_page);
    int64_t wait = wait_ms(q);
    if (!shard_iterator_read(q, in->shard_iterator, &page->iterator, err))
        return false;
    page->next = page->iterator.from;
    page->deadline_ns = wait > 0 ? clock_monotonic_ns(q->api->options.clock) + wait * 1000000 : 0;
    arena_cleanup_add(q->arena, release_page, page);
    q->state = page;
    return read_page(q, err);
}

const struct api_operation get_records_operation = {OPERATION_GET_RECORDS, &input_shape, handle};
