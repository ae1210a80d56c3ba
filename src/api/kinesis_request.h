/* kinesis_request.h - what the operations on Kinesis destinations share: their requests, and the change that three of them make.
 * Source:  semantics.md 13.8; answers of the service of October 2026. */
#ifndef STATOR_API_KINESIS_REQUEST_H
#define STATOR_API_KINESIS_REQUEST_H

#include "api/api.h"
#include "api/common_shapes.h"
#include "table/kinesis_destination.h"

struct kinesis_configuration {
    struct optional_enum precision;
};

struct kinesis_request {
    struct slice table_name;
    struct slice stream_arn;
    struct kinesis_configuration *configuration;
};
extern const struct shape shape_kinesis_request;        /* to enable and to disable */
extern const struct shape shape_kinesis_update_request; /* with an UpdateKinesisStreamingConfiguration */

/* TIME_PRECISION_DEFAULT: none was given. */
enum time_precision kinesis_request_precision(const struct kinesis_request *in);

struct kinesis_change {
    struct catalog_change change;
    struct destination_edit edit;
    struct slice table;             /* its name */
    const char *status;             /* that the reply shows */
    const char *configuration_name; /* under which it shows the configuration; NULL: not at all */
};

/* Makes the change to the request's table, and answers. `made` has its edit, status and configuration_name. */
[[nodiscard]] bool kinesis_change_submit(struct api_request *q, struct kinesis_change *made,
                                         struct error *err);

#endif
