#include "api/kinesis_request.h"

#include "api/table_resource.h"

/* The model has a minimum of 37, but what is shorter was seen to be told as any other text that is no stream's ARN. */
static const struct shape stream_arn = {.kind = SHAPE_STRING, .range = FROM_TO(0, 1024)};

static const struct slice precision_names[] = {NAME("MILLISECOND"), NAME("MICROSECOND")};
static const struct shape precision = ENUMERATION(precision_names);

static const struct shape_member configuration_members[] = {
    MEMBER(struct kinesis_configuration, precision, "ApproximateCreationDateTimePrecision", precision,
           MEMBER_OPTIONAL),
};
static const struct shape enable_configuration =
    STRUCTURE(struct kinesis_configuration, "EnableKinesisStreamingConfiguration", configuration_members);
static const struct shape update_configuration =
    STRUCTURE(struct kinesis_configuration, "UpdateKinesisStreamingConfiguration", configuration_members);

#define M(field, name, shape, flag) MEMBER(struct kinesis_request, field, name, shape, flag)
static const struct shape_member members[] = {
    M(table_name, "TableName", shape_table_arn, MEMBER_REQUIRED),
    M(stream_arn, "StreamArn", stream_arn, MEMBER_REQUIRED),
    M(configuration, "EnableKinesisStreamingConfiguration", enable_configuration, MEMBER_OPTIONAL),
};
const struct shape shape_kinesis_request =
    STRUCTURE(struct kinesis_request, "KinesisStreamingDestinationInput", members);

static const struct shape_member update_members[] = {
    M(table_name, "TableName", shape_table_arn, MEMBER_REQUIRED),
    M(stream_arn, "StreamArn", stream_arn, MEMBER_REQUIRED),
    M(configuration, "UpdateKinesisStreamingConfiguration", update_configuration, MEMBER_OPTIONAL),
};
const struct shape shape_kinesis_update_request =
    STRUCTURE(struct kinesis_request, "UpdateKinesisStreamingDestinationInput", update_members);

enum time_precision kinesis_request_precision(const struct kinesis_request *in)
{
    enum time_precision precision_given;
    bool given = in->configuration && !slice_is_none(in->configuration->precision.text) &&
                 time_precision_from_name(in->configuration->precision.text, &precision_given);
    return given ? precision_given : TIME_PRECISION_DEFAULT;
}

/* ------------------------------------------------------------------ changes */

static void write_configuration(struct json_writer *w, const struct kinesis_change *made)
{
    if (!made->configuration_name)
        return;
    json_name(w, slice_from_cstr(made->configuration_name));
    json_begin_object(w);
    if (made->edit.precision != TIME_PRECISION_DEFAULT)
        json_member_string(w, "ApproximateCreationDateTimePrecision",
                           slice_from_cstr(time_precision_name(made->edit.precision)));
    json_end_object(w);
}

static bool reply(struct api_request *q, struct error *err)
{
    const struct kinesis_change *made = q->state;
    if (made->change.error.code != ERR_NONE) {
        *err = made->change.error;
        return false;
    }
    json_begin_object(&q->json);
    json_member_string(&q->json, "TableName", made->table);
    json_member_string(&q->json, "StreamArn", made->edit.arn);
    json_member_string(&q->json, "DestinationStatus", slice_from_cstr(made->status));
    write_configuration(&q->json, made);
    json_end_object(&q->json);
    return true;
}

static void change_done(struct catalog_change *change)
{
    api_resume(change->arg, reply);
}

bool kinesis_change_submit(struct api_request *q, struct kinesis_change *made, struct error *err)
{
    const struct kinesis_request *in = q->input;
    struct table_reference reference;
    if (!request_table_reference(q, in->table_name, &reference, err))
        return false;
    made->table = reference.name;
    made->change = (struct catalog_change){.arena = q->arena, .done = change_done, .arg = q};
    q->state = made;
    api_suspend(q);
    catalog_edit_table(q->api->options.catalog, reference.name, &made->edit.edit, &made->change);
    return true;
}
