/* change_json.h - a change record as JSON: what GetRecords shows, what functions are called with, and what is put into Kinesis
 *          data streams.
 * Forms:   the two services spell some things differently: a function's event has the stream's ARN beside the record, and the
 *          members of userIdentity begin with small letters. A record in Kinesis has the table's name and no ARN, no sequence
 *          number, a time in milliseconds or microseconds, a userIdentity always, and an eventID in the form of a UUID.
 * Source:  semantics.md 14.1; the event format in the documentation of AWS Lambda; records in
 *          Kinesis as consumers of DynamoDB's have published them. */
#ifndef STATOR_ENGINE_CHANGE_JSON_H
#define STATOR_ENGINE_CHANGE_JSON_H

#include "engine/change_record.h"
#include "json/json_writer.h"

enum change_json_form { CHANGE_JSON_RECORD, CHANGE_JSON_EVENT, CHANGE_JSON_KINESIS };

enum { CHANGE_EVENT_ID_BYTES = 32 };

/* Of the same record always the same, and unlike any other's: 32 hexadecimal digits. */
void change_event_id(const struct stream *stream, struct stream_position position,
                     char out[CHANGE_EVENT_ID_BYTES]);

struct change_json {
    enum change_json_form form;
    const struct stream *stream;
    struct slice region;
    struct slice arn;              /* the stream's; of CHANGE_JSON_EVENT */
    enum time_precision precision; /* of CHANGE_JSON_KINESIS */
};

/* {"eventID":...,"dynamodb":{...}} */
void change_json_write(const struct change_json *as, const struct change_record *record,
                       struct json_writer *w);

#endif
