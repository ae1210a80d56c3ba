#include "api/reply.h"

#include "base/bytes8.h"
#include "base/field.h"
#include "json/json_writer.h"

#include <libdeflate.h>
#include <stdint.h>
#include <sys/random.h>

/* ------------------------------------------------------------------ request ids */

/* xoshiro256++ (Blackman and Vigna), one per thread, seeded by the system. Ids need to differ, not to be secret. */
struct generator {
    bool seeded;
    uint64_t state[4];
};

static uint64_t rotate_left(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static void generator_seed(struct generator *g)
{
    ssize_t size = getrandom(g->state, sizeof g->state, 0);
    if (size != (ssize_t)sizeof g->state) {
        int64_t now = clock_monotonic_ns(clock_system());
        g->state[0] ^= (uint64_t)now;
        g->state[1] ^= (uint64_t)(uintptr_t)g;
    }
    g->state[3] |= 1; /* all zero is the one state that never leaves itself */
    g->seeded = true;
}

static uint64_t generator_next(struct generator *g)
{
    uint64_t *s = g->state;
    uint64_t result = rotate_left(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

/* Five bits of each byte, as the digits of base 32. */
static uint64_t eight_characters(uint64_t bits)
{
    uint64_t digits = bits & BYTES8_ONES * 31;
    uint64_t letters =
        (digits + BYTES8_ONES * (0x80 - 10)) >> 7 & BYTES8_ONES; /* 1 in each that is above 9 */
    return digits + BYTES8_ONES * '0' + letters * ('A' - '0' - 10);
}

struct slice reply_request_id(struct arena *arena)
{
    static _Thread_local struct generator shared;
    if (!shared.seeded)
        generator_seed(&shared);
    struct generator generator = shared; /* in registers meanwhile */
    char *id = arena_alloc_bytes(arena, REQUEST_ID_BYTES + 7);
    for (size_t i = 0; i < REQUEST_ID_BYTES; i += 8)
        bytes8_store(id + i, eight_characters(generator_next(&generator)));
    shared = generator;
    return slice_of(id, REQUEST_ID_BYTES);
}

/* ------------------------------------------------------------------ sending */

enum { FIELDS_MAX = 8 };

struct field_writer {
    struct field *fields;
    size_t count;
};

static struct field_writer begin_fields(struct arena *arena)
{
    return (struct field_writer){.fields = arena_alloc(arena, FIELDS_MAX * sizeof(struct field))};
}

static void add(struct field_writer *w, struct slice name, struct slice value)
{
    w->fields[w->count++] = (struct field){name, value};
}

static struct slice decimal(struct arena *arena, uint32_t value)
{
    struct buf b;
    buf_init(&b, arena, 12);
    buf_append_i64(&b, value);
    return buf_slice(&b);
}

void reply_send(struct http_exchange *x, const struct reply *reply)
{
    struct arena *arena = http_arena(x);
    struct field_writer w = begin_fields(arena);
    uint32_t crc = libdeflate_crc32(0, reply->body.data, reply->body.size);
    add(&w, SLICE("Server"), SLICE("Server"));
    if (!slice_is_none(reply->content_type))
        add(&w, SLICE("Content-Type"), reply->content_type);
    add(&w, SLICE("x-amzn-RequestId"), reply->request_id);
    add(&w, SLICE("x-amz-crc32"), decimal(arena, crc));
    if (reply->cross_origin) {
        add(&w, SLICE("Access-Control-Allow-Origin"), SLICE("*"));
        add(&w, SLICE("Access-Control-Expose-Headers"),
            SLICE("x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"));
    }
    http_reply(x, reply->status, (struct field_list){w.fields, w.count}, reply->body);
}

void reply_preflight(struct http_exchange *x)
{
    struct arena *arena = http_arena(x);
    struct field_writer w = begin_fields(arena);
    struct slice headers = field_value(http_headers(x), SLICE("Access-Control-Request-Headers"));
    struct slice method = field_value(http_headers(x), SLICE("Access-Control-Request-Method"));
    add(&w, SLICE("Server"), SLICE("Server"));
    add(&w, SLICE("x-amzn-RequestId"), reply_request_id(arena));
    add(&w, SLICE("Access-Control-Allow-Origin"), SLICE("*"));
    if (!slice_is_none(headers))
        add(&w, SLICE("Access-Control-Allow-Headers"), headers);
    if (!slice_is_none(method))
        add(&w, SLICE("Access-Control-Allow-Methods"), method);
    add(&w, SLICE("Access-Control-Max-Age"), SLICE("172800"));
    http_reply(x, 200, (struct field_list){w.fields, w.count}, SLICE(""));
}

/* ------------------------------------------------------------------ errors */

void reply_write_error(struct buf *out, const struct error *err, struct slice members)
{
    const char *message = error_code_http_status(err->code) == 500 ? "Internal server error" : err->message;
    struct json_writer w;
    json_writer_init(&w, out);
    json_begin_object(&w);
    json_member_string(&w, "__type", slice_from_cstr(error_code_wire_type(err->code)));
    if (!slice_is_none(members)) {
        buf_append_byte(out, ',');
        buf_append(out, members);
    }
    if (message) {
        json_name(&w, slice_from_cstr(error_code_message_member(err->code)));
        json_string(&w, slice_from_cstr(message));
    }
    json_end_object(&w);
}
