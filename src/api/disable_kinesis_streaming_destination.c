/* disable_kinesis_streaming_destination.c - DisableKinesisStreamingDestination: they do not any more. */
#include "api/kinesis_request.h"

static bool handle(struct api_request *q, struct error *err)
{
    const struct kinesis_request *in = q->input;
    struct kinesis_change *made = ARENA_NEW(q->arena, struct kinesis_change);
    if (kinesis_request_precision(in) != TIME_PRECISION_DEFAULT)
        return error_set(err, ERR_VALIDATION,
                         "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters");
    made->status = "DISABLING";
    destination_edit_init_disable(&made->edit, q->api->options.catalog, in->stream_arn);
    return kinesis_change_submit(q, made, err);
}

const struct api_operation disable_kinesis_streaming_destination_operation = {
    OPERATION_DISABLE_KINESIS_STREAMING_DESTINATION, &shape_kinesis_request, handle};
