/* change_json.h - a change record as JSON: what GetRecords shows, and what functions are called with.
 * Forms:   the two services spell some things differently: a function's event has the stream's ARN beside the record, and the
 *          members of userIdentity begin with small letters.
 * Source:  semantics.md 14.1; the event format in the documentation of AWS Lambda. */
#ifndef STATOR_ENGINE_CHANGE_JSON_H
#define STATOR_ENGINE_CHANGE_JSON_H

#include "engine/change_record.h"
#include "json/json_writer.h"

enum change_json_form { CHANGE_JSON_RECORD, CHANGE_JSON_EVENT };

enum { CHANGE_EVENT_ID_BYTES = 32 };

/* Of the same record always the same, and unlike any other's: 32 hexadecimal digits. */
void change_event_id(const struct stream *stream, struct stream_position position,
                     char out[CHANGE_EVENT_ID_BYTES]);

struct change_json {
    enum change_json_form form;
    const struct stream *stream;
    struct slice region;
    struct slice arn; /* the stream's; of CHANGE_JSON_EVENT */
};

/* {"eventID":...,"dynamodb":{...}} */
void change_json_write(const struct change_json *as, const struct change_record *record,
                       struct json_writer *w);

#endif
