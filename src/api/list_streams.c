/* list_streams.c - ListStreams: streams of one table or of all, those that are disabled included while they are kept. */
#include "api/stream_request.h"
#include "engine/engine.h"

struct list_streams_input {
    struct slice table_name;
    struct optional_i64 limit;
    struct slice exclusive_start_stream_arn;
};

#define M(field, name, shape) MEMBER(struct list_streams_input, field, name, shape, MEMBER_OPTIONAL)
static const struct shape_member members[] = {
    M(table_name, "TableName", shape_table_name),
    M(limit, "Limit", shape_stream_page_limit),
    M(exclusive_start_stream_arn, "ExclusiveStartStreamArn", shape_stream_arn),
};
static const struct shape input_shape = STRUCTURE(struct list_streams_input, "ListStreamsInput", members);

/* The page while it is written. */
struct page {
    struct api_request *q;
    size_t room;
    struct slice last; /* ARN */
    bool more;
};

static bool take(void *arg, const struct stream *stream)
{
    struct page *page = arg;
    struct api_request *q = page->q;
    const struct api_options *options = &q->api->options;
    if (stream->kind != STREAM_SHOWN)
        return true;
    if (page->room == 0) {
        page->more = true;
        return false;
    }
    page->room--;
    page->last = stream_arn(q->arena, options->region, options->account_id, stream->table, stream->label);
    json_begin_object(&q->json);
    json_member_string(&q->json, "StreamArn", page->last);
    json_member_string(&q->json, "TableName", stream->table);
    json_member_string(&q->json, "StreamLabel", stream->label);
    json_end_object(&q->json);
    return true;
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct list_streams_input *in = q->input;
    struct page page = {.q = q, .room = in->limit.given ? (size_t)in->limit.value : STREAM_PAGE_MAX};
    struct stream_name after;
    struct storage_view *view;
    bool resumes = !slice_is_none(in->exclusive_start_stream_arn);
    if ((resumes && !request_stream_name(q, in->exclusive_start_stream_arn, &after, err)) ||
        !engine_view(q->api->options.engine, q->arena, &view, err))
        return false;
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("Streams"));
    json_begin_array(&q->json);
    if (!stream_each(view, in->table_name, resumes ? &after : NULL, q->arena, take, &page, err))
        return false;
    json_end_array(&q->json);
    if (page.more)
        json_member_string(&q->json, "LastEvaluatedStreamArn", page.last);
    json_end_object(&q->json);
    return true;
}

const struct api_operation list_streams_operation = {OPERATION_LIST_STREAMS, &input_shape, handle};
