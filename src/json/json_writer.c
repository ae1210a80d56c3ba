#include "json/json_writer.h"

#include "json/base64.h"
#include "json/scan_priv.h"

static void before_value(struct json_writer *w)
{
    if (w->comma)
        buf_append_byte(w->out, ',');
    w->comma = true;
}

void json_begin_object(struct json_writer *w)
{
    before_value(w);
    buf_append_byte(w->out, '{');
    w->comma = false;
}

void json_end_object(struct json_writer *w)
{
    buf_append_byte(w->out, '}');
    w->comma = true;
}

void json_begin_array(struct json_writer *w)
{
    before_value(w);
    buf_append_byte(w->out, '[');
    w->comma = false;
}

void json_end_array(struct json_writer *w)
{
    buf_append_byte(w->out, ']');
    w->comma = true;
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

/* The text with its escapes and the closing quote; the opening one stands before `b`'s end already. */
static void append_text_and_quote(struct buf *b, struct slice text)
{
    const char *at = text.data;
    const char *end = at + text.size;
    for (;;) {
        char *out = buf_reserve(b, (size_t)(end - at) + ESCAPE_BYTES_MAX);
        const char *stop = scan_unescaped(at, end);
        memcpy(out, at, (size_t)(stop - at));
        out += stop - at;
        if (stop == end) {
            *out++ = '"';
            b->size = (size_t)(out - b->data);
            return;
        }
        out = write_escape(out, (unsigned char)*stop);
        b->size = (size_t)(out - b->data);
        at = stop + 1;
    }
}

void json_string(struct json_writer *w, struct slice text)
{
    char *out = buf_reserve(w->out, text.size + 2 + ESCAPE_BYTES_MAX);
    if (w->comma)
        *out++ = ',';
    *out++ = '"';
    w->out->size = (size_t)(out - w->out->data);
    append_text_and_quote(w->out, text);
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
    before_value(w);
    size_t text_size = base64_text_size(bytes.size);
    char *out = buf_reserve(w->out, text_size + 2);
    out[0] = '"';
    base64_encode(bytes, out + 1);
    out[text_size + 1] = '"';
    w->out->size += text_size + 2;
}

void json_raw(struct json_writer *w, struct slice text)
{
    before_value(w);
    buf_append(w->out, text);
}

/* ------------------------------------------------------------------ other scalars */

void json_bool(struct json_writer *w, bool value)
{
    json_raw(w, value ? SLICE("true") : SLICE("false"));
}

void json_i64(struct json_writer *w, int64_t value)
{
    before_value(w);
    buf_append_i64(w->out, value);
}

void json_seconds(struct json_writer *w, int64_t ms)
{
    before_value(w);
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
    before_value(w);
    uint64_t magnitude = halves < 0 ? -(uint64_t)halves : (uint64_t)halves;
    if (halves < 0)
        buf_append_byte(w->out, '-');
    buf_append_i64(w->out, (int64_t)(magnitude / 2));
    buf_append(w->out, magnitude % 2 ? SLICE(".5") : SLICE(".0"));
}
