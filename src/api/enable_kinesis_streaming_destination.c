/* enable_kinesis_streaming_destination.c - EnableKinesisStreamingDestination: the changes of a table go to a Kinesis data stream. */
#include "api/kinesis_request.h"
#include "triggers/kinesis.h"

static bool handle(struct api_request *q, struct error *err)
{
    const struct kinesis_request *in = q->input;
    struct kinesis_change *made = ARENA_NEW(q->arena, struct kinesis_change);
    if (!q->api->options.kinesis)
        return error_set(err, ERR_VALIDATION,
                         "Kinesis streaming destinations cannot be enabled: this server was started without "
                         "a Kinesis endpoint (--kinesis-endpoint)");
    made->status = "ENABLING";
    made->configuration_name = "EnableKinesisStreamingConfiguration";
    destination_edit_init_enable(&made->edit, q->api->options.catalog, in->stream_arn,
                                 kinesis_request_precision(in), triggers_stage_destination);
    return kinesis_change_submit(q, made, err);
}

const struct api_operation enable_kinesis_streaming_destination_operation = {
    OPERATION_ENABLE_KINESIS_STREAMING_DESTINATION, &shape_kinesis_request, handle};
