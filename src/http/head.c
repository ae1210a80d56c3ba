/* The head of a request: its target, its header fields, and what they announce of a body. libmicrohttpd has parsed
 * them leniently; what two parties could read in two ways (request smuggling) is refused here. */
#include "http/http_priv.h"

#include "base/bytes8.h"

#include <strings.h>

/* ------------------------------------------------------------------ target */

static const char *find_byte(const char *from, const char *end, char byte)
{
    const char *found = from < end ? memchr(from, byte, (size_t)(end - from)) : NULL;
    return found ? found : end;
}

/* "http://host:8000/a?b" is how a proxy asks; what follows the authority is the path. */
static struct slice without_authority(struct slice target)
{
    static const struct slice schemes[] = {{"http://", 7}, {"https://", 8}};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t size = schemes[i].size;
        if (target.size < size || strncasecmp(target.data, schemes[i].data, size) != 0)
            continue;
        const char *end = target.data + target.size;
        const char *path = find_byte(target.data + size, find_byte(target.data + size, end, '?'), '/');
        return slice_of(path, (size_t)(end - path));
    }
    return target;
}

void target_split(struct slice target, struct slice *path_out, struct slice *query_out)
{
    target = without_authority(target);
    const char *end = target.data + target.size;
    const char *mark = find_byte(target.data, end, '?');
    *path_out = slice_of(target.data, (size_t)(mark - target.data));
    *query_out = mark < end ? slice_of(mark + 1, (size_t)(end - mark - 1)) : slice_of(end, 0);
    if (path_out->size == 0)
        *path_out = SLICE("/");
}

/* ------------------------------------------------------------------ fields */

struct gathering {
    struct field *fields;
    size_t count;
    size_t capacity;
};

static enum MHD_Result gather_field(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_size,
                                    const char *value, size_t value_size)
{
    struct gathering *g = arg;
    (void)kind;
    if (g->count == g->capacity)
        return MHD_NO;
    while (value_size > 0 && (value[value_size - 1] == ' ' || value[value_size - 1] == '\t'))
        value_size--;
    g->fields[g->count++] =
        (struct field){slice_of(name, name_size), slice_of(value ? value : "", value_size)};
    return MHD_YES;
}

/* The texts stay in libmicrohttpd's memory of the connection, which lives as long as the exchange. */
static struct field_list gather_fields(struct http_exchange *x)
{
    int count = MHD_get_connection_values_n(x->mhd, MHD_HEADER_KIND, NULL, NULL);
    struct gathering g = {.capacity = count > 0 ? (size_t)count : 0};
    g.fields = arena_alloc(&x->arena, arena_array_size(sizeof *g.fields, g.capacity));
    MHD_get_connection_values_n(x->mhd, MHD_HEADER_KIND, gather_field, &g);
    return (struct field_list){g.fields, g.count};
}

static bool has_blank_or_control(const char *eight_bytes)
{
    uint64_t eight = bytes8_load(eight_bytes);
    return (bytes8_below(eight, ' ' + 1) | bytes8_equal(eight, 0x7f)) != 0;
}

/* Of eight bytes or more the last eight, looked at first, cover what is left over by steps of eight. */
static bool is_field_name(struct slice name)
{
    if (name.size < 8) {
        for (size_t i = 0; i < name.size; i++)
            if ((unsigned char)name.data[i] <= ' ' || name.data[i] == 0x7f)
                return false;
        return name.size > 0;
    }
    if (has_blank_or_control(name.data + name.size - 8))
        return false;
    for (size_t i = 0; i + 8 < name.size; i += 8)
        if (has_blank_or_control(name.data + i))
            return false;
    return true;
}

static bool parse_length(struct slice text, uint64_t *length_out)
{
    uint64_t length = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = (unsigned char)text.data[i] - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(length, 10, &length) ||
            __builtin_add_overflow(length, digit, &length))
            return false;
    }
    *length_out = length;
    return text.size > 0;
}

/* The status that refuses these fields, or 0. */
static unsigned read_framing(struct http_exchange *x)
{
    unsigned lengths = 0, encodings = 0;
    for (size_t i = 0; i < x->headers.count; i++) {
        const struct field *f = &x->headers.fields[i];
        if (!is_field_name(f->name))
            return MHD_HTTP_BAD_REQUEST;
        if (field_is(f, SLICE("Content-Length"))) {
            lengths++;
            if (!parse_length(f->value, &x->content_length))
                return MHD_HTTP_BAD_REQUEST;
        } else if (field_is(f, SLICE("Transfer-Encoding"))) {
            encodings++;
            if (f->value.size != 7 || strncasecmp(f->value.data, "chunked", 7) != 0)
                return MHD_HTTP_NOT_IMPLEMENTED;
            x->chunked = true;
        }
    }
    return lengths + encodings > 1 ? MHD_HTTP_BAD_REQUEST : 0;
}

void head_take(struct http_exchange *x)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    x->headers = gather_fields(x);
    x->refusal = read_framing(x);
    if (info && info->header_size > x->loop->server->options.header_bytes_max)
        x->refusal = MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;
}

bool head_expects_continue(const struct http_exchange *x)
{
    struct slice value = field_value(x->headers, SLICE("Expect"));
    return value.size == 12 && strncasecmp(value.data, "100-continue", 12) == 0;
}
