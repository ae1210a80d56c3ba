/* A query string as it is signed: names and values decoded, encoded anew in the one canonical way, sorted. */
#include "auth/auth_priv.h"

#include <stdlib.h>

static bool is_unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static void append_encoded_byte(struct buf *out, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    char escape[3] = {'%', digits[c >> 4], digits[c & 15]};
    if (is_unreserved(c))
        buf_append_byte(out, (char)c);
    else
        buf_append(out, slice_of(escape, sizeof escape));
}

void append_encoded(struct buf *out, struct slice bytes, bool keep_slash)
{
    for (size_t i = 0; i < bytes.size; i++) {
        if (keep_slash && bytes.data[i] == '/')
            buf_append_byte(out, '/');
        else
            append_encoded_byte(out, (unsigned char)bytes.data[i]);
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte at *at, decoded, and *at moved past it. A '%' that begins no escape stands for itself, as does '+'. */
static unsigned char next_decoded(struct slice text, size_t *at)
{
    char c = text.data[(*at)++];
    if (c != '%' || text.size - *at < 2)
        return (unsigned char)c;
    int high = hex_value(text.data[*at]), low = hex_value(text.data[*at + 1]);
    if (high < 0 || low < 0)
        return (unsigned char)c;
    *at += 2;
    return (unsigned char)(high << 4 | low);
}

static struct slice recode(struct slice text, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena, text.size);
    for (size_t at = 0; at < text.size;)
        append_encoded_byte(&out, next_decoded(text, &at));
    return buf_slice(&out);
}

static struct slice decode(struct slice text, struct arena *arena)
{
    char *out = arena_alloc_bytes(arena, text.size);
    size_t size = 0;
    for (size_t at = 0; at < text.size;)
        out[size++] = (char)next_decoded(text, &at);
    return slice_of(out, size);
}

static struct slice until(struct slice text, char byte)
{
    const char *found = memchr(text.data, byte, text.size);
    return found ? slice_of(text.data, (size_t)(found - text.data)) : text;
}

static size_t count_pieces(struct slice text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '&';
    return count;
}

struct query query_parse(struct slice text, struct arena *arena)
{
    struct query query = {NULL, 0};
    if (text.size == 0)
        return query;
    query.parameters = ARENA_NEW_ARRAY(arena, struct query_parameter, count_pieces(text));
    for (size_t at = 0; at < text.size;) {
        struct slice piece = until(slice_after(text, at), '&');
        at += piece.size + 1;
        if (piece.size == 0)
            continue;
        struct slice name = until(piece, '=');
        struct slice value = name.size < piece.size ? slice_after(piece, name.size + 1) : SLICE("");
        query.parameters[query.count++] = (struct query_parameter){recode(name, arena), recode(value, arena)};
    }
    return query;
}

static int compare_parameters(const void *a, const void *b)
{
    const struct query_parameter *left = a, *right = b;
    int order = slice_compare(left->name, right->name);
    return order != 0 ? order : slice_compare(left->value, right->value);
}

void query_sort(struct query *query)
{
    if (query->count > 1)
        qsort(query->parameters, query->count, sizeof *query->parameters, compare_parameters);
}

struct slice query_value(const struct query *query, struct slice name, struct arena *arena)
{
    for (size_t i = 0; i < query->count; i++)
        if (slice_equal(query->parameters[i].name, name))
            return decode(query->parameters[i].value, arena);
    return SLICE_NONE;
}
