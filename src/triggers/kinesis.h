/* kinesis.h - deliveries to Kinesis data streams: any endpoint that speaks PutRecords.
 * Trigger: a destination that is enabled gets a trigger of its own (TRIGGER_KINESIS), which reads the table's hidden stream from its
 *          begin to its end. It is staged by the commit that enables the destination, and gone once the stream was closed and is
 *          read. So what was committed before the destination was disabled is delivered.
 * Record:  {"Data":"...","PartitionKey":"..."}: the change as JSON (engine/change_json.h) in base64; the key is the same for
 *          all changes of an item.
 * Failed:  records among others that were taken are sent again, and with them later ones of the same item, though these were
 *          taken: so the last that Kinesis has of an item is its last change.
 * Bounds:  500 records and 5 MB a request. A record that is larger than Kinesis takes is given up once the endpoint has refused it
 *          by itself; every other failure is tried again until the stream's retention ends it.
 * Source:  Kinesis Data Streams API reference, PutRecords; semantics.md 13.8. */
#ifndef STATOR_TRIGGERS_KINESIS_H
#define STATOR_TRIGGERS_KINESIS_H

#include "auth/sign.h"
#include "engine/change_json.h"
#include "table/kinesis_destination.h"

enum {
    KINESIS_RECORDS_MAX = 500,
    KINESIS_REQUEST_BYTES_MAX = 5 << 20, /* of text, which is more than Kinesis counts */
    KINESIS_RECORD_BYTES_MAX = 1 << 20, /* of data and key; what a stream takes unless it is told otherwise */
    KINESIS_KEY_BYTES = 32,
    KINESIS_ERROR_BYTES = 200,
};

/* ------------------------------------------------------------------ where to */

struct kinesis_endpoint {
    const char *url;
    struct slice host; /* with the port, if it is named */
    struct slice path;
    struct sign_credentials credentials;
};

/* Takes the URL of an endpoint apart; `url` and the credentials are borrowed. NULL among them: absent. ERR_CONFIG. */
[[nodiscard]] bool kinesis_endpoint_init(struct kinesis_endpoint *endpoint, const char *url,
                                         const char *access_key_id, const char *secret,
                                         const char *session_token, struct error *err);

/* The headers of a PutRecords request with this body. PRE: `arn` is a data stream's. */
struct field_list kinesis_headers(const struct kinesis_endpoint *endpoint, struct slice arn,
                                  const struct slice *body, size_t body_part_count, int64_t now_ms,
                                  struct arena *arena);

/* ------------------------------------------------------------------ what */

/* The same for all changes of an item, of 32 hexadecimal digits. */
void kinesis_partition_key(const struct key_schema *key, struct slice item, char out[KINESIS_KEY_BYTES]);

/* Appends an entry of PutRecords. PRE: as->form is CHANGE_JSON_KINESIS. `scratch` is for the call. */
void kinesis_entry_write(const struct change_json *as, const struct change_record *record,
                         struct arena *scratch, struct json_writer *w);
/* Of an entry that was written so. */
struct slice kinesis_entry_key(struct slice entry);
/* As Kinesis counts it: of its data, before base64, and its key. */
size_t kinesis_entry_bytes(struct slice entry);

/* What stands before and behind the entries. */
struct slice kinesis_body_begin(struct slice arn, struct arena *arena);
#define KINESIS_BODY_END SLICE("]}")

/* ------------------------------------------------------------------ what came of it */

struct kinesis_answer {
    bool understood;
    size_t failed_count;
    bool *failed;                    /* of each entry */
    char error[KINESIS_ERROR_BYTES]; /* of the first that failed; or why it was not understood */
};
void kinesis_answer_read(struct slice body, size_t count, struct arena *arena, struct kinesis_answer *out);

/* Whether a failure is told to be the request's own. */
bool kinesis_refused_content(int status, struct slice body);

/* ------------------------------------------------------------------ beginning */

/* The hook of destination_edit_init_enable(). ERR_LIMIT_EXCEEDED: there are as many triggers as there may be. */
kinesis_destination_hook triggers_stage_destination;

#endif
