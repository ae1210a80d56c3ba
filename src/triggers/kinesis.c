/* The pure half of deliveries to Kinesis: entries, requests and answers of PutRecords. */
#include "triggers/kinesis.h"

#include "base/contract.h"
#include "item/item.h"
#include "item/key.h"
#include "json/base64.h"
#include "json/json_reader.h"

#include <stdio.h>

enum { ANSWER_DEPTH_MAX = 8, TEXT_MAX = 160, DATA_BYTES = 4096 };

#define DATA_BEGIN "{\"Data\":\""
#define KEY_BEGIN  "\",\"PartitionKey\":\""
#define KEY_END    "\"}"

/* ------------------------------------------------------------------ where to */

bool kinesis_endpoint_init(struct kinesis_endpoint *endpoint, const char *url, const char *access_key_id,
                           const char *secret, const char *session_token, struct error *err)
{
    struct slice rest = slice_from_cstr(url);
    if (slice_starts_with(rest, SLICE("http://")))
        rest = slice_after(rest, SLICE("http://").size);
    else if (slice_starts_with(rest, SLICE("https://")))
        rest = slice_after(rest, SLICE("https://").size);
    else
        return error_set(err, ERR_CONFIG, "the Kinesis endpoint '%s' is not a URL of http or https", url);
    const char *slash = memchr(rest.data, '/', rest.size);
    size_t host_bytes = slash ? (size_t)(slash - rest.data) : rest.size;
    struct slice host = slice_of(rest.data, host_bytes);
    struct slice path = slash ? slice_after(rest, host_bytes) : SLICE("/");
    if (host.size == 0 || memchr(host.data, '@', host.size) || memchr(path.data, '?', path.size) ||
        memchr(path.data, '#', path.size))
        return error_set(err, ERR_CONFIG, "the Kinesis endpoint '%s' is more or less than a host and a path",
                         url);
    if (!access_key_id || !secret || !*access_key_id || !*secret)
        return error_set(err, ERR_CONFIG,
                         "a Kinesis endpoint needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the "
                         "environment, to sign what it is sent");
    if (strlen(secret) > SIGN_SECRET_BYTES_MAX)
        return error_set(err, ERR_CONFIG, "AWS_SECRET_ACCESS_KEY is longer than %d bytes",
                         SIGN_SECRET_BYTES_MAX);
    bool has_token = session_token && *session_token;
    *endpoint = (struct kinesis_endpoint){
        .url = url,
        .host = host,
        .path = path,
        .credentials = {slice_from_cstr(access_key_id), slice_from_cstr(secret),
                        has_token ? slice_from_cstr(session_token) : SLICE_NONE},
    };
    return true;
}

struct field_list kinesis_headers(const struct kinesis_endpoint *endpoint, struct slice arn,
                                  const struct slice *body, size_t body_part_count, int64_t now_ms,
                                  struct arena *arena)
{
    static const struct field fields[] = {
        {{"content-type", 12}, {"application/x-amz-json-1.1", 26}},
        {{"x-amz-target", 12}, {"Kinesis_20131202.PutRecords", 27}},
    };
    struct kinesis_arn_parts parts;
    bool parsed = kinesis_arn_parse(arn, &parts);
    PRE(parsed);
    const struct sign_request request = {
        .method = SLICE("POST"),
        .path = endpoint->path,
        .host = endpoint->host,
        .region = parts.region,
        .service = SLICE("kinesis"),
        .headers = {fields, 2},
        .body = body,
        .body_part_count = body_part_count,
    };
    struct field_list all = sign_request(&endpoint->credentials, &request, now_ms, arena);
    struct field *with_host = ARENA_NEW_ARRAY(arena, struct field, all.count + 1);
    memcpy(with_host, all.fields, all.count * sizeof *with_host);
    with_host[all.count] = (struct field){SLICE("host"), endpoint->host};
    return (struct field_list){with_host, all.count + 1};
}

/* ------------------------------------------------------------------ what */

static void put_hash(char out[static 16], const struct key_attribute *attribute, struct slice item)
{
    struct value value;
    bool found = item_attribute(item, attribute->name, &value);
    INVARIANT(found);
    uint64_t hash = storage_partition_hash(key_single(&value));
    for (size_t i = 16; i > 0; i--, hash >>= 4)
        out[i - 1] = "0123456789ABCDEF"[hash & 15];
}

/* The first half by the table's partition key, the second by its sort key. */
void kinesis_partition_key(const struct key_schema *key, struct slice item, char out[KINESIS_KEY_BYTES])
{
    put_hash(out, &key->hash[0], item);
    if (key->range_count > 0)
        put_hash(out + 16, &key->range[0], item);
    else
        memset(out + 16, '0', 16);
}

void kinesis_entry_write(const struct change_json *as, const struct change_record *record,
                         struct arena *scratch, struct json_writer *w)
{
    PRE(as->form == CHANGE_JSON_KINESIS);
    char key[KINESIS_KEY_BYTES];
    struct json_writer data_writer;
    struct buf data;
    buf_init(&data, scratch, DATA_BYTES);
    json_writer_init(&data_writer, &data);
    change_json_write(as, record, &data_writer);
    kinesis_partition_key(&as->stream->key, record->keys, key);
    json_begin_object(w);
    json_name(w, SLICE("Data"));
    json_base64(w, buf_slice(&data));
    json_member_string(w, "PartitionKey", slice_of(key, sizeof key));
    json_end_object(w);
}

struct slice kinesis_entry_key(struct slice entry)
{
    size_t end = entry.size - (sizeof KEY_END - 1);
    return slice_of(entry.data + end - KINESIS_KEY_BYTES, KINESIS_KEY_BYTES);
}

size_t kinesis_entry_bytes(struct slice entry)
{
    size_t around = sizeof DATA_BEGIN - 1 + sizeof KEY_BEGIN - 1 + KINESIS_KEY_BYTES + sizeof KEY_END - 1;
    size_t text_bytes = entry.size - around, padding = 0;
    const char *end = entry.data + sizeof DATA_BEGIN - 1 + text_bytes;
    while (padding < text_bytes && end[-1 - (ptrdiff_t)padding] == '=')
        padding++;
    return text_bytes / 4 * 3 - padding + KINESIS_KEY_BYTES;
}

struct slice kinesis_body_begin(struct slice arn, struct arena *arena)
{
    struct kinesis_arn_parts parts;
    struct json_writer w;
    struct buf out;
    bool parsed = kinesis_arn_parse(arn, &parts);
    PRE(parsed);
    buf_init(&out, arena, 256);
    json_writer_init(&w, &out);
    json_begin_object(&w);
    json_member_string(&w, "StreamName", parts.name);
    json_member_string(&w, "StreamARN", arn);
    json_name(&w, SLICE("Records"));
    json_begin_array(&w);
    return buf_slice(&out);
}

/* ------------------------------------------------------------------ what came of it */

static int shown(struct slice text)
{
    return (int)(text.size < TEXT_MAX ? text.size : TEXT_MAX);
}

struct answer_reader {
    struct json_reader json;
    struct kinesis_answer *out;
    size_t count;    /* expected */
    size_t seen;     /* of Records */
    bool has_number; /* FailedRecordCount was there */
    size_t number;
};

/* What stands in an entry, of which the brace was read. */
static bool read_entry(struct answer_reader *r)
{
    enum json_token token;
    struct slice code = SLICE_NONE, message = SLICE("");
    while ((token = json_next(&r->json)) == JSON_NAME) {
        struct slice name = r->json.text;
        token = json_next(&r->json);
        if (slice_equal(name, SLICE("ErrorCode")) && token == JSON_STRING)
            code = r->json.text;
        else if (slice_equal(name, SLICE("ErrorMessage")) && token == JSON_STRING)
            message = r->json.text;
        else if (!json_skip(&r->json, token))
            return false;
    }
    if (token != JSON_OBJECT_END || r->seen >= r->count)
        return false;
    struct kinesis_answer *out = r->out;
    if (!slice_is_none(code)) {
        out->failed[r->seen] = true;
        if (out->failed_count++ == 0)
            snprintf(out->error, sizeof out->error, "%.*s: %.*s", shown(code), code.data, shown(message),
                     message.data);
    }
    r->seen++;
    return true;
}

static bool read_entries(struct answer_reader *r, enum json_token token)
{
    if (token != JSON_ARRAY_BEGIN)
        return false;
    while ((token = json_next(&r->json)) == JSON_OBJECT_BEGIN)
        if (!read_entry(r))
            return false;
    return token == JSON_ARRAY_END;
}

static bool read_number(struct answer_reader *r, enum json_token token)
{
    if (token != JSON_NUMBER)
        return false;
    r->has_number = true;
    for (size_t i = 0; i < r->json.text.size; i++) {
        char c = r->json.text.data[i];
        if (c < '0' || c > '9' || r->number > KINESIS_RECORDS_MAX)
            return false;
        r->number = 10 * r->number + (size_t)(c - '0');
    }
    return true;
}

static bool read_answer(struct answer_reader *r)
{
    enum json_token token;
    if (json_next(&r->json) != JSON_OBJECT_BEGIN)
        return false;
    while ((token = json_next(&r->json)) == JSON_NAME) {
        struct slice name = r->json.text;
        token = json_next(&r->json);
        bool read = slice_equal(name, SLICE("FailedRecordCount")) ? read_number(r, token)
                    : slice_equal(name, SLICE("Records"))         ? read_entries(r, token)
                                                                  : json_skip(&r->json, token);
        if (!read)
            return false;
    }
    return token == JSON_OBJECT_END && json_next(&r->json) == JSON_END;
}

void kinesis_answer_read(struct slice body, size_t count, struct arena *arena, struct kinesis_answer *out)
{
    struct answer_reader r = {.out = out, .count = count};
    *out = (struct kinesis_answer){.failed = ARENA_NEW_ARRAY(arena, bool, count)};
    json_reader_init(&r.json, body, ANSWER_DEPTH_MAX, arena);
    out->understood = read_answer(&r) && r.seen == count && (!r.has_number || r.number == out->failed_count);
    if (!out->understood)
        snprintf(out->error, sizeof out->error, "the answer is not that of PutRecords to %zu records: %.*s",
                 count, shown(body), body.data ? body.data : "");
}

bool kinesis_refused_content(int status, struct slice body)
{
    static const char *const types[] = {"ValidationException", "InvalidArgumentException",
                                        "SerializationException"};
    if (status == 413)
        return true;
    for (size_t i = 0; status == 400 && i < sizeof types / sizeof types[0]; i++)
        if (body.size > 0 && memmem(body.data, body.size, types[i], strlen(types[i])))
            return true;
    return false;
}
