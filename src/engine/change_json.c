#include "engine/change_json.h"

#include "base/contract.h"
#include "item/item.h"
#include "item/wire.h"

/* The table's id is random; commits and changes count up. */
void change_event_id(const struct stream *stream, struct stream_position position,
                     char out[CHANGE_EVENT_ID_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    struct slice id = stream->table_id;
    uint64_t low = position.commit * 0x9E3779B97F4A7C15u + position.change;
    size_t at = 0;
    for (size_t i = 0; i < id.size && at < CHANGE_EVENT_ID_BYTES / 2; i++)
        if (id.data[i] != '-')
            out[at++] = id.data[i];
    INVARIANT(at == CHANGE_EVENT_ID_BYTES / 2);
    for (; at < CHANGE_EVENT_ID_BYTES; at++, low >>= 4)
        out[at] = digits[low & 15];
}

static void write_keys_of(const struct key_attribute *attributes, unsigned count, struct slice item,
                          struct json_writer *w)
{
    for (unsigned i = 0; i < count; i++) {
        struct value value;
        if (!item_attribute(item, attributes[i].name, &value))
            continue;
        json_name(w, attributes[i].name);
        wire_write_value(w, &value);
    }
}

static void write_keys(const struct key_schema *key, struct slice item, struct json_writer *w)
{
    json_begin_object(w);
    write_keys_of(key->hash, key->hash_count, item, w);
    write_keys_of(key->range, key->range_count, item, w);
    json_end_object(w);
}

static void write_image(struct json_writer *w, struct slice name, struct slice image)
{
    if (slice_is_none(image))
        return;
    json_name(w, name);
    wire_write_item(w, image);
}

static void write_change(const struct change_json *as, const struct change_record *record,
                         struct json_writer *w)
{
    char sequence[STREAM_SEQUENCE_BYTES];
    const struct stream *stream = as->stream;
    stream_sequence_write(record->position, sequence);
    json_begin_object(w);
    json_name(w, SLICE("ApproximateCreationDateTime"));
    json_i64(w, record->created_ms / 1000);
    json_name(w, SLICE("Keys"));
    write_keys(&stream->key, record->keys, w);
    write_image(w, SLICE("NewImage"), record->new_image);
    write_image(w, SLICE("OldImage"), record->old_image);
    json_member_string(w, "SequenceNumber", slice_of(sequence, sizeof sequence));
    json_member_i64(w, "SizeBytes", change_record_size_bytes(record, &stream->key));
    json_member_string(w, "StreamViewType", slice_from_cstr(stream_view_type_name(stream->view)));
    json_end_object(w);
}

static void write_identity(enum change_json_form form, struct json_writer *w)
{
    bool event = form != CHANGE_JSON_RECORD;
    json_name(w, SLICE("userIdentity"));
    json_begin_object(w);
    json_name(w, event ? SLICE("principalId") : SLICE("PrincipalId"));
    json_string(w, SLICE("dynamodb.amazonaws.com"));
    json_name(w, event ? SLICE("type") : SLICE("Type"));
    json_string(w, SLICE("Service"));
    json_end_object(w);
}

static void write_kinesis_change(const struct change_json *as, const struct change_record *record,
                                 struct json_writer *w)
{
    bool fine = as->precision == TIME_PRECISION_MICROSECOND;
    const struct key_schema *key = &as->stream->key;
    json_begin_object(w);
    json_member_i64(w, "ApproximateCreationDateTime", fine ? record->created_us : record->created_ms);
    json_name(w, SLICE("Keys"));
    write_keys(key, record->keys, w);
    write_image(w, SLICE("NewImage"), record->new_image);
    write_image(w, SLICE("OldImage"), record->old_image);
    json_member_i64(w, "SizeBytes", change_record_size_bytes(record, key));
    if (fine)
        json_member_string(w, "ApproximateCreationDateTimePrecision", SLICE("MICROSECOND"));
    json_end_object(w);
}

/* With hyphens behind the 8th, 12th, 16th and 20th digit. */
static void write_uuid(const char digits[CHANGE_EVENT_ID_BYTES], struct json_writer *w)
{
    char text[CHANGE_EVENT_ID_BYTES + 4];
    size_t size = 0;
    for (size_t i = 0; i < CHANGE_EVENT_ID_BYTES; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            text[size++] = '-';
        text[size++] = digits[i];
    }
    json_string(w, slice_of(text, size));
}

static void write_kinesis(const struct change_json *as, const struct change_record *record,
                          const char id[CHANGE_EVENT_ID_BYTES], struct json_writer *w)
{
    json_begin_object(w);
    json_member_string(w, "awsRegion", as->region);
    json_name(w, SLICE("eventID"));
    write_uuid(id, w);
    json_member_string(w, "eventName", slice_from_cstr(change_event_name(record->event)));
    if (record->by_service) {
        write_identity(as->form, w);
    } else {
        json_name(w, SLICE("userIdentity"));
        json_raw(w, SLICE("null"));
    }
    json_member_string(w, "recordFormat", SLICE("application/json"));
    json_member_string(w, "tableName", as->stream->table);
    json_name(w, SLICE("dynamodb"));
    write_kinesis_change(as, record, w);
    json_member_string(w, "eventSource", SLICE("aws:dynamodb"));
    json_end_object(w);
}

void change_json_write(const struct change_json *as, const struct change_record *record,
                       struct json_writer *w)
{
    char id[CHANGE_EVENT_ID_BYTES];
    change_event_id(as->stream, record->position, id);
    if (as->form == CHANGE_JSON_KINESIS) {
        write_kinesis(as, record, id, w);
        return;
    }
    json_begin_object(w);
    json_member_string(w, "eventID", slice_of(id, sizeof id));
    json_member_string(w, "eventName", slice_from_cstr(change_event_name(record->event)));
    json_member_string(w, "eventVersion", SLICE("1.1"));
    json_member_string(w, "eventSource", SLICE("aws:dynamodb"));
    json_member_string(w, "awsRegion", as->region);
    json_name(w, SLICE("dynamodb"));
    write_change(as, record, w);
    if (as->form == CHANGE_JSON_EVENT)
        json_member_string(w, "eventSourceARN", as->arn);
    if (record->by_service)
        write_identity(as->form, w);
    json_end_object(w);
}
