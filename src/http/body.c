/* The body of a request: gathered into one piece, counted against the server's budget, and decompressed. */
#include "http/http_priv.h"

#include "base/contract.h"

#include <libdeflate.h>
#include <strings.h>

enum {
    CHUNKED_BODY_BYTES_FIRST = 4096,
    BUDGET_GRAIN_BYTES_MAX = 1 << 20,
    DEFLATE_RATIO_MAX = 1032, /* deflate cannot do better: 258 bytes for two bits */
    DEFLATE_RATIO_TYPICAL = 6,
};

/* ------------------------------------------------------------------ the budget for bodies in flight
 *
 * The budget is the server's, but no two loops should write one cache line for each request. So a loop takes its
 * share in grains and gives back what it has too much of. */

static size_t budget_grain(const struct http_server *server)
{
    size_t grain = server->options.in_flight_bytes_max / (16 * (size_t)server->options.threads);
    return grain < BUDGET_GRAIN_BYTES_MAX ? grain : BUDGET_GRAIN_BYTES_MAX;
}

static bool take_grant(struct http_loop *loop, size_t bytes)
{
    struct http_server *server = loop->server;
    uint64_t granted = atomic_load_explicit(&server->granted_bytes, memory_order_relaxed);
    do
        if (bytes > server->options.in_flight_bytes_max - granted)
            return false;
    while (!atomic_compare_exchange_weak_explicit(&server->granted_bytes, &granted, granted + bytes,
                                                  memory_order_relaxed, memory_order_relaxed));
    loop->granted_bytes += bytes;
    return true;
}

static bool reserve(struct http_exchange *x, size_t bytes)
{
    struct http_loop *loop = x->loop;
    size_t used = atomic_load_explicit(&loop->in_flight_bytes, memory_order_relaxed);
    if (bytes > loop->granted_bytes - used) {
        size_t missing = bytes - (loop->granted_bytes - used);
        size_t grain = budget_grain(loop->server);
        if (!(grain > missing && take_grant(loop, grain)) && !take_grant(loop, missing))
            return false;
    }
    count_up(&loop->in_flight_bytes, bytes);
    x->reserved_bytes += bytes;
    return true;
}

void body_release(struct http_exchange *x)
{
    struct http_loop *loop = x->loop;
    count_down(&loop->in_flight_bytes, x->reserved_bytes);
    x->reserved_bytes = 0;
    size_t unused = loop->granted_bytes - atomic_load_explicit(&loop->in_flight_bytes, memory_order_relaxed);
    size_t grain = budget_grain(loop->server);
    if (unused > 2 * grain) {
        loop->granted_bytes -= unused - grain;
        atomic_fetch_sub_explicit(&loop->server->granted_bytes, unused - grain, memory_order_relaxed);
    }
}

/* ------------------------------------------------------------------ gathering */

void body_begin(struct http_exchange *x)
{
    if (x->content_length == 0)
        return;
    if (x->content_length > x->loop->server->options.body_bytes_max) {
        x->refusal = MHD_HTTP_CONTENT_TOO_LARGE;
    } else if (!reserve(x, (size_t)x->content_length)) {
        x->refusal = MHD_HTTP_SERVICE_UNAVAILABLE;
    } else {
        x->body_capacity = (size_t)x->content_length;
        x->body = arena_alloc_bytes(&x->arena, x->body_capacity);
    }
}

/* A chunked body doubles as it grows. */
static void make_room(struct http_exchange *x, size_t wanted)
{
    size_t most = x->loop->server->options.body_bytes_max;
    if (wanted > most) {
        x->refusal = MHD_HTTP_CONTENT_TOO_LARGE;
        return;
    }
    size_t capacity = x->body_capacity ? x->body_capacity * 2 : CHUNKED_BODY_BYTES_FIRST;
    capacity = capacity > most ? most : capacity < wanted ? wanted : capacity;
    if (!reserve(x, capacity - x->body_capacity)) {
        x->refusal = MHD_HTTP_SERVICE_UNAVAILABLE;
        return;
    }
    x->body = arena_grow_bytes(&x->arena, x->body, x->body_capacity, capacity);
    x->body_capacity = capacity;
}

/* A refused body is read and dropped up to once more the limit: a client that is still sending when the connection
 * closes would see a reset and not the reply that explains it. */
bool body_append(struct http_exchange *x, const char *data, size_t size)
{
    uint64_t arrived = x->arrived_bytes;
    x->arrived_bytes += size;
    if (!x->refusal && x->arrived_bytes > x->body_capacity) {
        INVARIANT(x->chunked);
        make_room(x, (size_t)x->arrived_bytes);
    }
    if (x->refusal)
        return x->arrived_bytes / 2 <= x->loop->server->options.body_bytes_max;
    memcpy(x->body + arrived, data, size);
    return true;
}

/* ------------------------------------------------------------------ content encoding */

enum encoding { ENCODING_IDENTITY, ENCODING_GZIP, ENCODING_DEFLATE, ENCODING_UNKNOWN };

static bool is_text(struct slice s, struct slice text)
{
    return s.size == text.size && strncasecmp(s.data, text.data, text.size) == 0;
}

static enum encoding encoding_of(const struct http_exchange *x)
{
    struct slice value = field_value(x->headers, SLICE("Content-Encoding"));
    if (value.size == 0 || is_text(value, SLICE("identity")))
        return ENCODING_IDENTITY;
    if (is_text(value, SLICE("gzip")) || is_text(value, SLICE("x-gzip")))
        return ENCODING_GZIP;
    return is_text(value, SLICE("deflate")) ? ENCODING_DEFLATE : ENCODING_UNKNOWN;
}

static bool has_zlib_header(struct slice raw)
{
    const unsigned char *bytes = (const unsigned char *)raw.data;
    return raw.size >= 2 && (bytes[0] & 0x0f) == 8 && (bytes[0] << 8 | bytes[1]) % 31 == 0;
}

typedef enum libdeflate_result decompress_function(struct libdeflate_decompressor *, const void *, size_t,
                                                   void *, size_t, size_t *, size_t *);

/* A first guess at the decompressed size: gzip ends with it, which is believed as far as deflate could reach it. */
static size_t guess_size(struct slice raw, enum encoding encoding, size_t most)
{
    uint64_t guess = (uint64_t)raw.size * DEFLATE_RATIO_TYPICAL;
    if (encoding == ENCODING_GZIP && raw.size >= 18) {
        const unsigned char *end = (const unsigned char *)raw.data + raw.size;
        uint64_t told =
            (uint64_t)end[-4] | (uint64_t)end[-3] << 8 | (uint64_t)end[-2] << 16 | (uint64_t)end[-1] << 24;
        if (told <= (uint64_t)raw.size * DEFLATE_RATIO_MAX)
            guess = told;
    }
    return guess > most ? most : guess < 64 ? 64 : (size_t)guess;
}

/* Tries with more and more room, up to the limit of a body. Leaves body_intact false, or sets refusal, on failure. */
static void decompress_with(struct http_exchange *x, decompress_function *decompress, size_t first_guess)
{
    size_t most = x->loop->server->options.body_bytes_max;
    for (size_t room = first_guess;; room = room > most / 4 ? most : room * 4) {
        size_t consumed = 0, produced = 0;
        if (!reserve(x, room)) {
            x->refusal = MHD_HTTP_SERVICE_UNAVAILABLE;
            return;
        }
        char *out = arena_alloc_bytes(&x->arena, room);
        enum libdeflate_result result = decompress(x->loop->decompressor, x->body_raw.data, x->body_raw.size,
                                                   out, room, &consumed, &produced);
        if (result == LIBDEFLATE_SUCCESS && consumed == x->body_raw.size) {
            x->body_decoded = slice_of(out, produced);
            x->body_intact = true;
            return;
        }
        if (result != LIBDEFLATE_INSUFFICIENT_SPACE)
            return;
        if (room == most) {
            x->refusal = MHD_HTTP_CONTENT_TOO_LARGE;
            return;
        }
    }
}

static bool has_decompressor(struct http_loop *loop)
{
    if (!loop->decompressor)
        loop->decompressor = libdeflate_alloc_decompressor();
    return loop->decompressor != NULL;
}

static void decompress(struct http_exchange *x, enum encoding encoding)
{
    size_t guess = guess_size(x->body_raw, encoding, x->loop->server->options.body_bytes_max);
    if (!has_decompressor(x->loop)) {
        x->refusal = MHD_HTTP_SERVICE_UNAVAILABLE;
        return;
    }
    if (encoding == ENCODING_GZIP) {
        decompress_with(x, libdeflate_gzip_decompress_ex, guess);
        return;
    }
    /* "deflate" means the zlib format, but some clients send the bare stream. */
    if (has_zlib_header(x->body_raw))
        decompress_with(x, libdeflate_zlib_decompress_ex, guess);
    if (!x->body_intact && !x->refusal)
        decompress_with(x, libdeflate_deflate_decompress_ex, guess);
}

void body_end(struct http_exchange *x)
{
    x->body_raw = x->arrived_bytes > 0 ? slice_of(x->body, (size_t)x->arrived_bytes) : SLICE("");
    x->body_decoded = SLICE("");
    x->body_intact = false;
    enum encoding encoding = encoding_of(x);
    switch (encoding) {
    case ENCODING_IDENTITY:
        x->body_decoded = x->body_raw;
        x->body_intact = true;
        break;
    case ENCODING_GZIP:
    case ENCODING_DEFLATE:
        decompress(x, encoding);
        break;
    case ENCODING_UNKNOWN:
        break;
    }
}
