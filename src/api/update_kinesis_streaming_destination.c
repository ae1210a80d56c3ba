/* update_kinesis_streaming_destination.c - UpdateKinesisStreamingDestination: in which units a destination gets the times of
 *          changes. */
#include "api/kinesis_request.h"

static bool handle(struct api_request *q, struct error *err)
{
    const struct kinesis_request *in = q->input;
    struct kinesis_change *made = ARENA_NEW(q->arena, struct kinesis_change);
    enum time_precision precision = kinesis_request_precision(in);
    if (precision == TIME_PRECISION_DEFAULT)
        return error_set(err, ERR_VALIDATION,
                         "Streaming destination cannot be updated with given parameters: "
                         "UpdateKinesisStreamingConfiguration cannot be null or contain only null values");
    made->status = "UPDATING";
    made->configuration_name = "UpdateKinesisStreamingConfiguration";
    destination_edit_init_update(&made->edit, q->api->options.catalog, in->stream_arn, precision);
    return kinesis_change_submit(q, made, err);
}

const struct api_operation update_kinesis_streaming_destination_operation = {
    OPERATION_UPDATE_KINESIS_STREAMING_DESTINATION, &shape_kinesis_update_request, handle};
