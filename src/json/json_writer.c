#include "json/json_writer.h"

#include "json/base64.h"
#include "json/scan_priv.h"

#include <assert.h>

/* ------------------------------------------------------------------ plain text
 *
 * Each of these copies [at, end) to `out` up to the first byte that a string must escape, and returns that byte's place,
 * or end. There is room at `out` for all of it and COPY_ROOM more; what is behind that byte may be copied too. They differ in how
 * many bytes they are for. A last step that overlaps the one before it begins with bytes known to be plain. */

enum { COPY_ROOM = 16, PAGE_BYTES = 4096 };
static_assert(JSON_STRING_ROOM >= COPY_ROOM + 2, "copying and the quotes");

static const char *copy_bytes(char *out, const char *at, const char *end)
{
    for (; at < end && (unsigned char)*at >= 0x20 && *at != '"' && *at != '\\'; at++)
        *out++ = *at;
    return at;
}

#ifdef __SSE2__
/* Marks those of the 16 bytes that must be escaped. */
__attribute__((always_inline)) static inline __m128i copy_16(char *out, const char *at)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)at);
    _mm_storeu_si128((__m128i *)out, bytes);
    /* With this bit turned over the quote is right behind the control characters, and these are still what is below. */
    __m128i turned = _mm_xor_si128(bytes, _mm_set1_epi8('"' ^ 0x20));
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(turned, _mm_set1_epi8(0x20)), turned);
    return _mm_or_si128(low, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
}

/* Bit n is set if the nth byte is marked. */
static inline unsigned marks(__m128i stops)
{
    return (unsigned)_mm_movemask_epi8(stops);
}

static inline bool copy_64(char *out, const char *at)
{
    __m128i first = _mm_or_si128(copy_16(out, at), copy_16(out + 16, at + 16));
    __m128i second = _mm_or_si128(copy_16(out + 32, at + 32), copy_16(out + 48, at + 48));
    return marks(_mm_or_si128(first, second)) == 0;
}

/* Long texts in long steps, up to the one with a byte to escape in it. */
static const char *copy_from_16(char *out, const char *at, const char *end)
{
    const char *last = end - 16;
    char *out_last = out + (last - at);
    unsigned found;
    while (end - at > 64 && copy_64(out, at))
        at += 64, out += 64;
    for (; at < last; at += 16, out += 16)
        if ((found = marks(copy_16(out, at))) != 0)
            return at + __builtin_ctz(found);
    found = marks(copy_16(out_last, last));
    return found ? last + __builtin_ctz(found) : end;
}

/* Most names and values are this short and of any length, so nothing is done by length: all 16 bytes are read, which is
 * allowed as long as they are in one page of memory, whatever is behind the text. */
static inline bool is_short(const char *at, const char *end)
{
    return at < end && end - at < 16 && ((uintptr_t)at & (PAGE_BYTES - 1)) <= PAGE_BYTES - 16;
}

__attribute__((no_sanitize("address", "thread"))) static inline const char *copy_short(char *out,
                                                                                       const char *at,
                                                                                       const char *end)
{
    unsigned found = marks(copy_16(out, at)) & ((1u << (end - at)) - 1);
    return found ? at + __builtin_ctz(found) : end;
}

/* What is not short. */
static const char *copy_other(char *out, const char *at, const char *end)
{
    return end - at >= 16 ? copy_from_16(out, at, end) : copy_bytes(out, at, end);
}
#else
static inline uint64_t copy_8(char *out, const char *at)
{
    uint64_t eight = bytes8_load(at);
    bytes8_store(out, eight);
    return scan_special8(eight);
}

static const char *copy_from_8(char *out, const char *at, const char *end)
{
    const char *last = end - 8;
    char *out_last = out + (last - at);
    uint64_t found;
    for (; at < last; at += 8, out += 8)
        if ((found = copy_8(out, at)) != 0)
            return at + bytes8_first(found);
    found = copy_8(out_last, last);
    return found ? last + bytes8_first(found) : end;
}

static inline bool is_short(const char *at, const char *end)
{
    return end - at < 8;
}

static inline const char *copy_short(char *out, const char *at, const char *end)
{
    return copy_bytes(out, at, end);
}

static const char *copy_other(char *out, const char *at, const char *end)
{
    return copy_from_8(out, at, end);
}
#endif

static inline const char *copy_plain(char *out, const char *at, const char *end)
{
    return is_short(at, end) ? copy_short(out, at, end) : copy_other(out, at, end);
}

/* ------------------------------------------------------------------ strings */

enum { ESCAPE_BYTES_MAX = 6 };

static char *write_escape(char *out, unsigned char c)
{
    static const char short_form[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
    };
    *out++ = '\\';
    if (c >= 0x20) {
        *out++ = (char)c;
    } else if (short_form[c]) {
        *out++ = short_form[c];
    } else {
        memcpy(out, "u00", 3);
        out[3] = (char)('0' + (c >> 4));
        out[4] = "0123456789abcdef"[c & 15];
        out += 5;
    }
    return out;
}

/* What begins with a byte to escape, and the closing quote. Kept apart, because the others seldom get here. */
__attribute__((noinline)) static char *put_escaped(struct buf *b, char *out, const char *at, const char *end,
                                                   size_t room_behind)
{
    while (at < end) {
        b->size = (size_t)(out - b->data);
        out = buf_reserve(b, (size_t)(end - at) + ESCAPE_BYTES_MAX + COPY_ROOM);
        out = write_escape(out, (unsigned char)*at++);
        const char *stop = copy_plain(out, at, end);
        out += stop - at;
        at = stop;
    }
    b->size = (size_t)(out - b->data);
    out = buf_reserve(b, 1 + room_behind);
    *out = '"';
    return out + 1;
}

/* The text was copied to `out` up to `stop`. */
static inline char *put_rest(struct buf *b, char *out, struct slice text, const char *stop,
                             size_t room_behind)
{
    const char *end = text.data + text.size;
    out += stop - text.data;
    if (stop != end)
        return put_escaped(b, out, stop, end, room_behind);
    *out = '"';
    return out + 1;
}

/* Kept apart, so that a short string costs no call. */
__attribute__((noinline)) static char *put_other(struct buf *b, char *out, struct slice text,
                                                 size_t room_behind)
{
    return put_rest(b, out, text, copy_other(out, text.data, text.data + text.size), room_behind);
}

char *json_put_string(struct buf *b, char *out, struct slice text, size_t room_behind)
{
    const char *end = text.data + text.size;
    *out++ = '"';
    if (is_short(text.data, end))
        return put_rest(b, out, text, copy_short(out, text.data, end), room_behind);
    return put_other(b, out, text, room_behind);
}

void json_string(struct json_writer *w, struct slice text)
{
    struct buf *b = w->out;
    char *out = buf_reserve(b, 1 + text.size + JSON_STRING_ROOM);
    *out = ',';
    out = json_put_string(b, out + w->comma, text, 0);
    b->size = (size_t)(out - b->data);
    w->comma = true;
}

void json_name(struct json_writer *w, struct slice name)
{
    json_string(w, name);
    buf_append_byte(w->out, ':');
    w->comma = false;
}

void json_base64(struct json_writer *w, struct slice bytes)
{
    json_before_value(w);
    size_t text_size = base64_text_size(bytes.size);
    char *out = buf_reserve(w->out, text_size + 2);
    out[0] = '"';
    base64_encode(bytes, out + 1);
    out[text_size + 1] = '"';
    w->out->size += text_size + 2;
}

void json_raw(struct json_writer *w, struct slice text)
{
    json_before_value(w);
    buf_append(w->out, text);
}

/* ------------------------------------------------------------------ other scalars */

void json_bool(struct json_writer *w, bool value)
{
    json_raw(w, value ? SLICE("true") : SLICE("false"));
}

void json_i64(struct json_writer *w, int64_t value)
{
    json_before_value(w);
    buf_append_i64(w->out, value);
}

void json_seconds(struct json_writer *w, int64_t ms)
{
    json_before_value(w);
    uint64_t magnitude = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
    if (ms < 0)
        buf_append_byte(w->out, '-');
    buf_append_i64(w->out, (int64_t)(magnitude / 1000));
    unsigned fraction = (unsigned)(magnitude % 1000);
    if (fraction == 0)
        return;
    char digits[4] = {'.', (char)('0' + fraction / 100), (char)('0' + fraction / 10 % 10),
                      (char)('0' + fraction % 10)};
    size_t size = sizeof digits;
    while (digits[size - 1] == '0')
        size--;
    buf_append(w->out, slice_of(digits, size));
}

void json_half_units(struct json_writer *w, int64_t halves)
{
    json_before_value(w);
    uint64_t magnitude = halves < 0 ? -(uint64_t)halves : (uint64_t)halves;
    if (halves < 0)
        buf_append_byte(w->out, '-');
    buf_append_i64(w->out, (int64_t)(magnitude / 2));
    buf_append(w->out, magnitude % 2 ? SLICE(".5") : SLICE(".0"));
}
