/* What was signed: the canonical request, rebuilt from the request as it arrived. */
#include "auth/auth_priv.h"

/* The text, and one byte after it. PRE: the text is not absent. */
static inline void append_with(struct buf *out, struct slice text, char end)
{
    char *at = buf_reserve(out, text.size + 1);
    memcpy(at, text.data, text.size);
    at[text.size] = end;
    out->size += text.size + 1;
}

/* ------------------------------------------------------------------ path */

/* Takes the last segment away again: "/a/b" becomes "/a". */
static void drop_segment(struct buf *out, size_t start)
{
    while (out->size > start && out->data[out->size - 1] != '/')
        out->size--;
    if (out->size > start)
        out->size--;
}

/* The path is normalised (RFC 3986: no empty, "." and ".." segments) and encoded once more than it is on the wire. */
static void append_path(struct buf *out, struct slice path)
{
    if (path.size <= 1) {
        buf_append_byte(out, '/');
        return;
    }
    size_t start = out->size;
    for (size_t at = 0; at < path.size;) {
        const char *slash = memchr(path.data + at, '/', path.size - at);
        size_t end = slash ? (size_t)(slash - path.data) : path.size;
        struct slice segment = slice_of(path.data + at, end - at);
        at = end + 1;
        if (segment.size == 0 || slice_equal(segment, SLICE(".")))
            continue;
        if (slice_equal(segment, SLICE(".."))) {
            drop_segment(out, start);
            continue;
        }
        buf_append_byte(out, '/');
        append_encoded(out, segment, false);
    }
    if (out->size == start || path.data[path.size - 1] == '/')
        buf_append_byte(out, '/');
}

/* ------------------------------------------------------------------ query */

static void append_query(struct buf *out, const struct claim *claim, struct query *query)
{
    bool first = true;
    query_sort(query);
    for (size_t i = 0; i < query->count; i++) {
        const struct query_parameter *p = &query->parameters[i];
        if (claim->in_query && slice_equal(p->name, SLICE("X-Amz-Signature")))
            continue;
        if (!first)
            buf_append_byte(out, '&');
        first = false;
        append_with(out, p->name, '=');
        buf_append(out, p->value);
    }
}

/* ------------------------------------------------------------------ headers */

enum { LENGTHS = 16 };

struct indexed_field {
    const struct field *field;
    const struct indexed_field *next; /* in the order of the wire */
};

/* The fields by the length of their names, modulo LENGTHS, so that few are looked at to find one. */
struct field_index {
    const struct indexed_field *first[LENGTHS];
};

/* From the last field on, as each comes to stand first. */
static void index_fields(struct field_index *index, struct field_list headers, struct arena *arena)
{
    struct indexed_field *indexed = arena_alloc(arena, arena_array_size(sizeof *indexed, headers.count));
    *index = (struct field_index){0};
    for (size_t i = headers.count; i-- > 0;) {
        const struct field *f = &headers.fields[i];
        const struct indexed_field **first = &index->first[f->name.size % LENGTHS];
        indexed[i] = (struct indexed_field){f, *first};
        *first = &indexed[i];
    }
}

/* Without blanks at its ends, and with one space in place of several. */
static void append_value(struct buf *out, struct slice value)
{
    value = trimmed(value);
    while (value.size > 0) {
        const char *space = memchr(value.data, ' ', value.size);
        size_t word = space ? (size_t)(space - value.data) + 1 : value.size;
        buf_append(out, slice_of(value.data, word));
        while (word < value.size && value.data[word] == ' ')
            word++;
        value = slice_after(value, word);
    }
}

/* A header that came several times counts as one with its values joined; one that did not come, as empty. */
static void append_header(struct buf *out, const struct field_index *index, struct slice name)
{
    bool first = true;
    append_with(out, name, ':');
    for (const struct indexed_field *i = index->first[name.size % LENGTHS]; i; i = i->next) {
        if (!field_is(i->field, name))
            continue;
        if (!first)
            buf_append_byte(out, ',');
        first = false;
        append_value(out, i->field->value);
    }
    buf_append_byte(out, '\n');
}

static void append_headers(struct buf *out, const struct auth_request *request, const struct claim *claim,
                           struct arena *arena)
{
    struct field_index index;
    const struct signed_names *names = signed_names(claim->signed_headers, arena);
    index_fields(&index, request->headers, arena);
    for (size_t i = 0; i < names->count; i++)
        append_header(out, &index, names->names[i]);
    buf_append_byte(out, '\n');
    append_with(out, names->joined, '\n');
}

/* ------------------------------------------------------------------ the whole */

static void append_digest(struct buf *out, const struct sha256_digest *digest)
{
    sha256_hex(digest, buf_reserve(out, SHA256_HEX_BYTES));
    out->size += SHA256_HEX_BYTES;
}

/* What buf_init() reserves holds the canonical request of an SDK, so that it is not copied as it grows. */
struct slice canonical_request_of(const struct auth_request *request, const struct sha256_digest *body_hash,
                                  const struct claim *claim, struct query *query, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena, 2048);
    append_with(&out, request->method, '\n');
    append_path(&out, request->path);
    buf_append_byte(&out, '\n');
    append_query(&out, claim, query);
    buf_append_byte(&out, '\n');
    append_headers(&out, request, claim, arena);
    append_digest(&out, body_hash);
    return buf_slice(&out);
}

struct slice canonical_request(const struct auth_request *request, const struct claim *claim,
                               struct query *query, struct arena *arena)
{
    struct sha256_digest body_hash = sha256(request->body);
    return canonical_request_of(request, &body_hash, claim, query, arena);
}

struct slice string_to_sign(const struct claim *claim, struct slice canonical, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena, 256);
    buf_append_literal(&out, SIGV4_ALGORITHM "\n");
    append_with(&out, slice_of(claim->iso_date, ISO_DATE_BYTES), '\n');
    append_with(&out, claim->scope, '\n');
    struct sha256_digest digest = sha256(canonical);
    append_digest(&out, &digest);
    return buf_slice(&out);
}
