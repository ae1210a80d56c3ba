/* describe_kinesis_streaming_destination.c - DescribeKinesisStreamingDestination: the destination of a table, and those it had. */
#include "api/api.h"
#include "api/common_shapes.h"
#include "api/item_reply.h"
#include "api/table_resource.h"
#include "table/kinesis_destination.h"

struct describe_kinesis_streaming_destination_input {
    struct slice table_name;
};

static const struct shape_member members[] = {
    MEMBER(struct describe_kinesis_streaming_destination_input, table_name, "TableName", shape_table_arn,
           MEMBER_REQUIRED),
};
static const struct shape input_shape = STRUCTURE(struct describe_kinesis_streaming_destination_input,
                                                  "DescribeKinesisStreamingDestinationInput", members);

static void write_destination(struct api_request *q, const struct kinesis_destination *destination)
{
    struct json_writer *w = &q->json;
    json_begin_object(w);
    json_member_string(w, "StreamArn", destination->arn);
    json_member_string(w, "DestinationStatus",
                       slice_from_cstr(kinesis_destination_status_at(destination, q->now_ms)));
    if (!slice_is_none(destination->error))
        json_member_string(w, "DestinationStatusDescription", destination->error);
    if (destination->precision != TIME_PRECISION_DEFAULT)
        json_member_string(w, "ApproximateCreationDateTimePrecision",
                           slice_from_cstr(time_precision_name(destination->precision)));
    json_end_object(w);
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct describe_kinesis_streaming_destination_input *in = q->input;
    struct table_reference reference;
    if (!request_table_reference(q, in->table_name, &reference, err))
        return false;
    const struct table *t = catalog_find(request_catalog(q), reference.name);
    if (!t)
        return error_set(err, ERR_RESOURCE_NOT_FOUND, "Requested resource not found: Table: %.*s not found",
                         SLICE_PRINTF(reference.name));
    json_begin_object(&q->json);
    json_member_string(&q->json, "TableName", reference.name);
    json_name(&q->json, SLICE("KinesisDataStreamDestinations"));
    json_begin_array(&q->json);
    for (size_t i = 0; i < t->destination_count; i++)
        write_destination(q, &t->destinations[i]);
    json_end_array(&q->json);
    json_end_object(&q->json);
    return true;
}

const struct api_operation describe_kinesis_streaming_destination_operation = {
    OPERATION_DESCRIBE_KINESIS_STREAMING_DESTINATION, &input_shape, handle};
