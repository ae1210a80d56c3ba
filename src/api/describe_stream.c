/* describe_stream.c - DescribeStream: what a stream is, and its shards with their lineage, page by page. */
#include "api/stream_request.h"
#include "engine/engine.h"

enum shard_filter_type { SHARD_FILTER_ABSENT, SHARD_FILTER_CHILD_SHARDS };

struct shard_filter {
    struct optional_enum type; /* enum shard_filter_type */
    struct slice shard_id;
};

struct describe_stream_input {
    struct slice stream_arn;
    struct optional_i64 limit;
    struct slice exclusive_start_shard_id;
    struct shard_filter *shard_filter;
};

static const struct slice filter_names[] = {NAME("CHILD_SHARDS")};
static const struct shape filter_type = ENUMERATION(filter_names);
static const struct shape_member filter_members[] = {
    MEMBER(struct shard_filter, type, "Type", filter_type, MEMBER_OPTIONAL),
    MEMBER(struct shard_filter, shard_id, "ShardId", shape_shard_id, MEMBER_OPTIONAL),
};
static const struct shape shape_shard_filter = STRUCTURE(struct shard_filter, "ShardFilter", filter_members);

#define M(field, name, shape, flag) MEMBER(struct describe_stream_input, field, name, shape, flag)
static const struct shape_member members[] = {
    M(stream_arn, "StreamArn", shape_stream_arn, MEMBER_REQUIRED),
    M(limit, "Limit", shape_stream_page_limit, MEMBER_OPTIONAL),
    M(exclusive_start_shard_id, "ExclusiveStartShardId", shape_shard_id, MEMBER_OPTIONAL),
    M(shard_filter, "ShardFilter", shape_shard_filter, MEMBER_OPTIONAL),
};
static const struct shape input_shape =
    STRUCTURE(struct describe_stream_input, "DescribeStreamInput", members);

/* ------------------------------------------------------------------ shards */

static void write_sequence(struct json_writer *w, struct slice name, struct stream_position position)
{
    char digits[STREAM_SEQUENCE_BYTES];
    stream_sequence_write(position, digits);
    json_name(w, name);
    json_string(w, slice_of(digits, sizeof digits));
}

static void write_shard_id(struct json_writer *w, struct slice name, struct stream_shard shard)
{
    char id[STREAM_SHARD_ID_BYTES];
    stream_shard_write(shard, id);
    json_name(w, name);
    json_string(w, slice_of(id, sizeof id));
}

/* A shard begins behind the commit that opened it, and ends before the one that closed it. */
static void write_shard(struct json_writer *w, const struct stream_generation *generation,
                        const struct stream_generation *parent, uint32_t number)
{
    json_begin_object(w);
    write_shard_id(w, SLICE("ShardId"), (struct stream_shard){generation->first_commit, number});
    json_name(w, SLICE("SequenceNumberRange"));
    json_begin_object(w);
    write_sequence(w, SLICE("StartingSequenceNumber"),
                   (struct stream_position){generation->first_commit + 1, 0});
    if (generation->last_commit != 0)
        write_sequence(w, SLICE("EndingSequenceNumber"),
                       (struct stream_position){generation->last_commit, 0});
    json_end_object(w);
    if (parent)
        write_shard_id(w, SLICE("ParentShardId"), (struct stream_shard){parent->first_commit, number});
    json_end_object(w);
}

/* Which shards are asked for, and how many still fit on the page. Ids need not be those of shards: they stand before and behind
 * others as texts do, and what is no shard has no children. */
struct shard_page {
    const struct stream *stream;
    struct slice after;  /* id; SLICE_NONE: from the first */
    struct slice parent; /* id; SLICE_NONE: whatever it is */
    size_t room;
    struct stream_shard last;
    bool more;
};

static int compare_id(struct stream_shard shard, struct slice with)
{
    char id[STREAM_SHARD_ID_BYTES];
    stream_shard_write(shard, id);
    return slice_compare(slice_of(id, sizeof id), with);
}

static bool is_asked_for(const struct shard_page *page, const struct stream_generation *parent,
                         struct stream_shard shard)
{
    if (!slice_is_none(page->after) && compare_id(shard, page->after) <= 0)
        return false;
    return slice_is_none(page->parent) ||
           (parent &&
            compare_id((struct stream_shard){parent->first_commit, shard.number}, page->parent) == 0);
}

/* Parents before their children. */
static void write_shards(struct json_writer *w, struct shard_page *page)
{
    const struct stream_generation *parent = NULL;
    for (size_t i = 0; i < page->stream->generation_count; i++) {
        const struct stream_generation *generation = &page->stream->generations[i];
        for (uint32_t number = 0; number < generation->shard_count; number++) {
            struct stream_shard shard = {generation->first_commit, number};
            if (!is_asked_for(page, parent, shard))
                continue;
            if (page->room == 0) {
                page->more = true;
                return;
            }
            page->room--;
            page->last = shard;
            write_shard(w, generation, parent, number);
        }
        parent = generation;
    }
}

/* ------------------------------------------------------------------ the reply */

static void write_key_schema(struct json_writer *w, const struct key_attribute *attributes, unsigned count,
                             struct slice type)
{
    for (unsigned i = 0; i < count; i++) {
        json_begin_object(w);
        json_member_string(w, "AttributeName", attributes[i].name);
        json_member_string(w, "KeyType", type);
        json_end_object(w);
    }
}

static void write_stream(struct api_request *q, struct slice arn, const struct stream *stream)
{
    struct json_writer *w = &q->json;
    json_member_string(w, "StreamArn", arn);
    json_member_string(w, "StreamLabel", stream->label);
    json_member_string(w, "StreamStatus", stream->closed_ms ? SLICE("DISABLED") : SLICE("ENABLED"));
    json_member_string(w, "StreamViewType", slice_from_cstr(stream_view_type_name(stream->view)));
    json_name(w, SLICE("CreationRequestDateTime"));
    json_seconds(w, stream->created_ms);
    json_member_string(w, "TableName", stream->table);
    json_name(w, SLICE("KeySchema"));
    json_begin_array(w);
    write_key_schema(w, stream->key.hash, stream->key.hash_count, SLICE("HASH"));
    write_key_schema(w, stream->key.range, stream->key.range_count, SLICE("RANGE"));
    json_end_array(w);
}

static bool check_filter(const struct shard_filter *filter, struct shard_page *page, struct error *err)
{
    if (!filter)
        return true;
    if (filter->type.value == SHARD_FILTER_ABSENT || slice_is_none(filter->shard_id))
        return error_set(err, ERR_VALIDATION, "ShardFilter requires both Type and ShardId");
    page->parent = filter->shard_id;
    return true;
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct describe_stream_input *in = q->input;
    struct stream stream;
    struct shard_page page = {
        .stream = &stream,
        .after = in->exclusive_start_shard_id,
        .room = in->limit.given ? (size_t)in->limit.value : STREAM_PAGE_MAX,
    };
    struct storage_view *view;
    if (!check_filter(in->shard_filter, &page, err) ||
        !engine_view(q->api->options.engine, q->arena, &view, err) ||
        !request_stream(q, view, in->stream_arn, &stream, err))
        return false;
    json_begin_object(&q->json);
    json_name(&q->json, SLICE("StreamDescription"));
    json_begin_object(&q->json);
    write_stream(q, in->stream_arn, &stream);
    json_name(&q->json, SLICE("Shards"));
    json_begin_array(&q->json);
    write_shards(&q->json, &page);
    json_end_array(&q->json);
    if (page.more)
        write_shard_id(&q->json, SLICE("LastEvaluatedShardId"), page.last);
    json_end_object(&q->json);
    json_end_object(&q->json);
    return true;
}

const struct api_operation describe_stream_operation = {OPERATION_DESCRIBE_STREAM, &input_shape, handle};
