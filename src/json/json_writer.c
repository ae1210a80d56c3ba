#include "json/json_writer.h"

#include "json/base64.h"
#include "json/scan_priv.h"

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

/* What begins with a byte to escape, and the closing quote. Kept out of json_string(), which seldom gets here. */
__attribute__((noinline)) static void append_escaped(struct buf *b, const char *at, const char *end)
{
    while (at < end) {
        char *out = buf_reserve(b, (size_t)(end - at) + ESCAPE_BYTES_MAX);
        out = write_escape(out, (unsigned char)*at++);
        const char *stop = scan_copy_unescaped(out, at, end);
        b->size = (size_t)(out + (stop - at) - b->data);
        at = stop;
    }
    buf_append_byte(b, '"');
}

void json_string(struct json_writer *w, struct slice text)
{
    const char *end = text.data + text.size;
    char *out = buf_reserve(w->out, text.size + sizeof ",\"\"" - 1);
    if (w->comma)
        *out++ = ',';
    *out++ = '"';
    w->comma = true;
    const char *stop = scan_copy_unescaped(out, text.data, end);
    out += stop - text.data;
    if (stop == end)
        *out++ = '"';
    w->out->size = (size_t)(out - w->out->data);
    if (stop < end)
        append_escaped(w->out, stop, end);
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
