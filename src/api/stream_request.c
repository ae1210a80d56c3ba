#include "api/stream_request.h"

#include "auth/sha256.h"
#include "engine/engine.h"
#include "json/base64.h"

#include <assert.h>
#include <endian.h>

/* The model has a minimum of 37, but what is shorter was seen to be told as any other text that is no ARN. */
const struct shape shape_stream_arn = {.kind = SHAPE_STRING, .range = FROM_TO(0, 1024)};
const struct shape shape_shard_id = {.kind = SHAPE_STRING, .range = FROM_TO(28, 65)};
const struct shape shape_stream_page_limit = {.kind = SHAPE_INTEGER, .range = FROM_TO(1, STREAM_PAGE_MAX)};

/* ------------------------------------------------------------------ streams */

static bool stream_not_found(struct slice arn, struct error *err)
{
    return error_set(err, ERR_RESOURCE_NOT_FOUND, "Requested resource not found: Stream: %.*s not found",
                     SLICE_PRINTF(arn));
}

bool request_stream_name(const struct api_request *q, struct slice arn, struct stream_name *out,
                         struct error *err)
{
    const struct api_options *options = &q->api->options;
    struct stream_arn_parts parts;
    if (!stream_arn_parse(arn, &parts))
        return error_set(err, ERR_VALIDATION, "Invalid StreamArn");
    if (!slice_equal(parts.account, options->account_id) || !slice_equal(parts.region, options->region))
        return stream_not_found(arn, err);
    *out = (struct stream_name){parts.table, parts.label};
    return true;
}

bool request_stream(const struct api_request *q, struct storage_view *view, struct slice arn,
                    struct stream *out, struct error *err)
{
    struct stream_name name;
    bool found;
    return request_stream_name(q, arn, &name, err) &&
           stream_find(view, name.table, name.label, q->arena, out, &found, err) &&
           ((found && out->kind == STREAM_SHOWN) || stream_not_found(arn, err));
}

const struct stream_generation *stream_find_generation(const struct stream *stream, struct stream_shard shard)
{
    for (size_t i = 0; i < stream->generation_count; i++) {
        const struct stream_generation *generation = &stream->generations[i];
        if (generation->first_commit == shard.first_commit)
            return shard.number < generation->shard_count ? generation : NULL;
    }
    return NULL;
}

/* ------------------------------------------------------------------ iterators */

/* Little-endian. */
struct iterator_payload {
    uint64_t first_commit;
    uint64_t commit;
    int64_t made_ms;
    uint32_t shard;
    uint32_t change;
    uint8_t code[16];
};

static_assert(sizeof(struct iterator_payload) == 48, "its text has no padding");

enum { PAYLOAD_TEXT_BYTES = 64 };

#define VERSION_PART "|1|"

/* The first bytes of the HMAC of everything but the code, with the kind of token. */
static void authenticate(const struct api_request *q, struct slice arn, struct iterator_payload *payload)
{
    struct hmac_key key;
    const unsigned char *secret = q->api->options.engine->secret;
    hmac_key_init(&key, slice_of(secret, SECRET_BYTES));
    struct slice fields = slice_of(payload, offsetof(struct iterator_payload, code));
    struct buf text;
    buf_init(&text, q->arena, 512);
    buf_append(&text, SLICE("shard iterator\n"));
    buf_append(&text, arn);
    buf_append(&text, SLICE("\n"));
    buf_append(&text, fields);
    struct sha256_digest digest = hmac_sha256(&key, buf_slice(&text));
    memcpy(payload->code, digest.bytes, sizeof payload->code);
}

struct slice shard_iterator_write(const struct api_request *q, const struct shard_iterator *iterator)
{
    struct iterator_payload payload = {
        .first_commit = htole64(iterator->shard.first_commit),
        .commit = htole64(iterator->from.commit),
        .made_ms = (int64_t)htole64((uint64_t)iterator->made_ms),
        .shard = htole32(iterator->shard.number),
        .change = htole32(iterator->from.change),
    };
    char text[PAYLOAD_TEXT_BYTES];
    authenticate(q, iterator->arn, &payload);
    base64_encode(slice_of(&payload, sizeof payload), text);
    return slice_from_cstr(arena_printf(q->arena, "%.*s" VERSION_PART "%.*s", SLICE_PRINTF(iterator->arn),
                                        PAYLOAD_TEXT_BYTES, text));
}

static bool invalid_iterator(struct error *err)
{
    return error_set(err, ERR_VALIDATION, "Invalid ShardIterator");
}

static bool same_code(const struct iterator_payload *a, const struct iterator_payload *b)
{
    uint8_t different = 0;
    for (size_t i = 0; i < sizeof a->code; i++)
        different |= a->code[i] ^ b->code[i];
    return different == 0;
}

static bool decode(const struct api_request *q, struct slice arn, struct slice text,
                   struct iterator_payload *out)
{
    char bytes[PAYLOAD_TEXT_BYTES];
    size_t size;
    if (text.size != PAYLOAD_TEXT_BYTES || !base64_decode(text, bytes, &size) || size != sizeof *out)
        return false;
    memcpy(out, bytes, sizeof *out);
    struct iterator_payload expected = *out;
    authenticate(q, arn, &expected);
    return same_code(out, &expected);
}

bool shard_iterator_read(const struct api_request *q, struct slice text, struct shard_iterator *out,
                         struct error *err)
{
    size_t tail = PAYLOAD_TEXT_BYTES + sizeof VERSION_PART - 1;
    struct iterator_payload payload;
    if (text.size <= tail)
        return invalid_iterator(err);
    struct slice arn = slice_of(text.data, text.size - tail);
    if (!slice_starts_with(slice_after(text, arn.size), SLICE(VERSION_PART)) ||
        !decode(q, arn, slice_after(text, text.size - PAYLOAD_TEXT_BYTES), &payload))
        return invalid_iterator(err);
    *out = (struct shard_iterator){
        .arn = arn,
        .shard = {le64toh(payload.first_commit), le32toh(payload.shard)},
        .from = {le64toh(payload.commit), le32toh(payload.change)},
        .made_ms = (int64_t)le64toh((uint64_t)payload.made_ms),
    };
    if (q->now_ms - out->made_ms > ITERATOR_LIFE_MS)
        return error_set(err, ERR_EXPIRED_ITERATOR, "The provided iterator exceeds the maximum age allowed.");
    return true;
}
