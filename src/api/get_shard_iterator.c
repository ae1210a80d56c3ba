/* get_shard_iterator.c - GetShardIterator: where in a shard reading begins. */
#include "api/stream_request.h"
#include "base/contract.h"
#include "engine/engine.h"

enum iterator_type {
    ITERATOR_ABSENT,
    ITERATOR_AFTER_SEQUENCE_NUMBER,
    ITERATOR_LATEST,
    ITERATOR_AT_SEQUENCE_NUMBER,
    ITERATOR_TRIM_HORIZON,
};

struct get_shard_iterator_input {
    struct slice stream_arn;
    struct slice shard_id;
    struct optional_enum type; /* enum iterator_type */
    struct slice sequence_number;
};

static const struct slice type_names[] = {NAME("AFTER_SEQUENCE_NUMBER"), NAME("LATEST"),
                                          NAME("AT_SEQUENCE_NUMBER"), NAME("TRIM_HORIZON")};
static const struct shape shape_type = ENUMERATION(type_names);
static const struct shape shape_sequence_number = {.kind = SHAPE_STRING, .range = FROM_TO(21, 40)};

#define M(field, name, shape, flag) MEMBER(struct get_shard_iterator_input, field, name, shape, flag)
static const struct shape_member members[] = {
    M(stream_arn, "StreamArn", shape_stream_arn, MEMBER_REQUIRED),
    M(shard_id, "ShardId", shape_shard_id, MEMBER_REQUIRED),
    M(type, "ShardIteratorType", shape_type, MEMBER_REQUIRED),
    M(sequence_number, "SequenceNumber", shape_sequence_number, MEMBER_OPTIONAL),
};
static const struct shape input_shape =
    STRUCTURE(struct get_shard_iterator_input, "GetShardIteratorInput", members);

static bool needs_sequence(const struct get_shard_iterator_input *in)
{
    return in->type.value == ITERATOR_AT_SEQUENCE_NUMBER || in->type.value == ITERATOR_AFTER_SEQUENCE_NUMBER;
}

static bool check_sequence(const struct get_shard_iterator_input *in, struct stream_position *out,
                           struct error *err)
{
    bool given = !slice_is_none(in->sequence_number);
    if (needs_sequence(in) && !given)
        return error_set(err, ERR_VALIDATION, "SequenceNumber is required for ShardIteratorType %.*s",
                         SLICE_PRINTF(in->type.text));
    if (!needs_sequence(in) && given)
        return error_set(err, ERR_VALIDATION,
                         "SequenceNumber must not be specified for ShardIteratorType %.*s",
                         SLICE_PRINTF(in->type.text));
    return !given || stream_sequence_parse(in->sequence_number, out) ||
           error_set(err, ERR_VALIDATION, "Invalid SequenceNumber");
}

/* The first position that may be read. */
static struct stream_position start(const struct get_shard_iterator_input *in, struct storage_view *view,
                                    const struct stream_generation *generation, struct stream_position given)
{
    switch ((enum iterator_type)in->type.value) {
    case ITERATOR_TRIM_HORIZON:
        return (struct stream_position){generation->first_commit, 0};
    case ITERATOR_LATEST:
        return (struct stream_position){storage_view_commit(view) + 1, 0};
    case ITERATOR_AT_SEQUENCE_NUMBER:
        return given;
    case ITERATOR_AFTER_SEQUENCE_NUMBER:
        return (struct stream_position){given.commit, given.change + 1};
    case ITERATOR_ABSENT:
        break;
    }
    UNREACHABLE();
}

/* The generation of the shard, if the shard is there. */
static bool find_generation(const struct stream *stream, struct slice id, struct stream_shard *shard_out,
                            const struct stream_generation **out, struct error *err)
{
    *out = stream_shard_parse(id, shard_out) ? stream_find_generation(stream, *shard_out) : NULL;
    return *out ||
           error_set(err, ERR_RESOURCE_NOT_FOUND, "Requested resource not found: Shard does not exist");
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct get_shard_iterator_input *in = q->input;
    struct stream_position given = {0};
    struct stream stream;
    struct stream_shard shard;
    const struct stream_generation *generation;
    struct storage_view *view;
    if (!check_sequence(in, &given, err) || !engine_view(q->api->options.engine, q->arena, &view, err) ||
        !request_stream(q, view, in->stream_arn, &stream, err) ||
        !find_generation(&stream, in->shard_id, &shard, &generation, err))
        return false;
    const struct shard_iterator iterator = {
        .arn = in->stream_arn,
        .shard = shard,
        .from = start(in, view, generation, given),
        .made_ms = q->now_ms,
    };
    json_begin_object(&q->json);
    json_member_string(&q->json, "ShardIterator", shard_iterator_write(q, &iterator));
    json_end_object(&q->json);
    return true;
}

const struct api_operation get_shard_iterator_operation = {OPERATION_GET_SHARD_ITERATOR, &input_shape,
                                                           handle};
