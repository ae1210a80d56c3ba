/* A request body into the C struct its shape describes, in one pass over the text. */
#include "api/decode_priv.h"

#include "base/contract.h"
#include "item/wire.h"

#include <stdlib.h>

static bool decode_value(struct decoder *d, const struct shape *shape, enum json_token token,
                         enum decode_place place, void *out);
static bool decode_structure(struct decoder *d, const struct shape *shape, enum json_token token,
                             enum decode_place place, void *out);

/* ------------------------------------------------------------------ arrays */

/* A list or map while it grows; it has room for `capacity` elements of `element_size` bytes. */
struct growing {
    char *at;
    size_t count;
    size_t capacity;
    size_t element_size;
};

static bool grow(struct decoder *d, struct growing *g)
{
    size_t capacity = g->capacity ? g->capacity * 2 : 4;
    size_t bytes = arena_array_size(g->element_size, capacity);
    if (bytes > SHAPE_ARRAYS_BYTES_MAX - d->arrays_bytes)
        return error_set(d->err, ERR_TOO_LARGE, "Request entity too large");
    d->arrays_bytes += bytes;
    char *larger = arena_alloc(d->arena, bytes);
    if (g->count)
        memcpy(larger, g->at, g->count * g->element_size);
    memset(larger + g->count * g->element_size, 0, (capacity - g->count) * g->element_size);
    g->at = larger;
    g->capacity = capacity;
    return true;
}

/* The next element, zeroed; NULL when the bound is reached, which is reported. */
static void *next_element(struct decoder *d, struct growing *g)
{
    if (g->count == g->capacity && !grow(d, g))
        return NULL;
    return g->at + g->element_size * g->count++;
}

/* An empty array is not an absent one. */
static void *array_start(struct decoder *d, const struct growing *g)
{
    return g->at ? g->at : arena_alloc(d->arena, 0);
}

/* ------------------------------------------------------------------ keys given twice */

struct key_position {
    struct slice key;
    size_t index;
};

static int compare_positions(const void *a, const void *b)
{
    const struct key_position *x = a, *y = b;
    int order = slice_compare(x->key, y->key);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static struct slice key_at(const struct growing *g, size_t key_offset, size_t index)
{
    return *(const struct slice *)(g->at + index * g->element_size + key_offset);
}

/* Marks with an absent key what a later entry replaces. */
static void mark_replaced(struct decoder *d, struct growing *g, size_t key_offset)
{
    struct key_position *sorted = ARENA_NEW_ARRAY(d->arena, struct key_position, g->count);
    for (size_t i = 0; i < g->count; i++)
        sorted[i] = (struct key_position){key_at(g, key_offset, i), i};
    qsort(sorted, g->count, sizeof *sorted, compare_positions);
    for (size_t i = 0; i + 1 < g->count; i++) {
        if (slice_equal(sorted[i].key, sorted[i + 1].key))
            *(struct slice *)(g->at + sorted[i].index * g->element_size + key_offset) = SLICE_NONE;
    }
}

static bool has_equal_keys(const struct growing *g, size_t key_offset)
{
    for (size_t i = 1; i < g->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (slice_equal(key_at(g, key_offset, i), key_at(g, key_offset, j)))
                return true;
        }
    }
    return false;
}

/* As in a Java map the last value of a key stays. Small maps, which are nearly all, are compared pair by pair. */
static void drop_replaced(struct decoder *d, struct growing *g, size_t key_offset)
{
    enum { SMALL = 12 };
    if (g->count <= SMALL && !has_equal_keys(g, key_offset))
        return;
    mark_replaced(d, g, key_offset);
    size_t kept = 0;
    for (size_t i = 0; i < g->count; i++) {
        if (slice_is_none(key_at(g, key_offset, i)))
            continue;
        if (kept != i)
            memcpy(g->at + kept * g->element_size, g->at + i * g->element_size, g->element_size);
        kept++;
    }
    g->count = kept;
}

/* ------------------------------------------------------------------ lists and maps */

static bool decode_list(struct decoder *d, const struct shape *shape, enum json_token token,
                        enum decode_place place, struct shape_array *out)
{
    if (token != JSON_ARRAY_BEGIN)
        return decode_not_collection(d, shape, token, place);
    struct growing g = {.element_size = shape->element_size};
    while ((token = json_next(&d->json)) != JSON_ARRAY_END) {
        void *element = next_element(d, &g);
        if (!element)
            return false;
        if (token != JSON_NULL && !decode_value(d, shape->element, token, DECODE_ELEMENT, element))
            return false;
    }
    *out = (struct shape_array){array_start(d, &g), g.count};
    return true;
}

static bool decode_entry(struct decoder *d, const struct shape *shape, struct slice key,
                         enum json_token token, struct growing *g)
{
    char *entry = next_element(d, g);
    if (!entry)
        return false;
    *(struct slice *)(entry + shape->key_offset) = key;
    return decode_value(d, shape->element, token, DECODE_ELEMENT, entry + shape->value_offset);
}

static bool decode_map(struct decoder *d, const struct shape *shape, enum json_token token,
                       enum decode_place place, struct shape_array *out)
{
    if (token != JSON_OBJECT_BEGIN)
        return decode_not_collection(d, shape, token, place);
    struct growing g = {.element_size = shape->element_size};
    while ((token = json_next(&d->json)) == JSON_NAME) {
        struct slice key = d->json.text;
        token = json_next(&d->json);
        if (token != JSON_NULL && !decode_entry(d, shape, key, token, &g))
            return false;
    }
    if (token != JSON_OBJECT_END)
        return decode_not_json(d);
    drop_replaced(d, &g, shape->key_offset);
    *out = (struct shape_array){array_start(d, &g), g.count};
    return true;
}

/* ------------------------------------------------------------------ attribute values */

static bool decode_attribute_value(struct decoder *d, const struct shape *shape, enum json_token token,
                                   enum decode_place place, struct request_value *out)
{
    if (token != JSON_OBJECT_BEGIN)
        return decode_not_collection(d, shape, token, place);
    out->given = true;
    error_init(&out->issue, d->arena);
    return wire_read_value_worded(&d->json, token, d->wording, d->arena, &out->value, &out->issue, d->err);
}

static bool decode_item(struct decoder *d, const struct shape *shape, enum json_token token,
                        enum decode_place place, struct request_item *out)
{
    if (token != JSON_OBJECT_BEGIN)
        return decode_not_collection(d, shape, token, place);
    error_init(&out->issue, d->arena);
    if (!wire_read_item_worded(&d->json, token, d->wording, d->arena, &out->item, &out->issue, d->err))
        return false;
    if (out->issue.code != ERR_NONE)
        out->item = SLICE(""); /* given, but nothing that could be read */
    return true;
}

static bool decode_expression_value(struct decoder *d, struct slice placeholder, enum json_token token,
                                    struct growing *g, struct request_values *out)
{
    static const struct shape value_shape = {.kind = SHAPE_VALUE};
    if (token != JSON_OBJECT_BEGIN)
        return decode_not_collection(d, &value_shape, token, DECODE_ELEMENT);
    struct expr_value *entry = next_element(d, g);
    if (!entry)
        return false;
    entry->placeholder = placeholder;
    bool had_issue = out->issue.code != ERR_NONE;
    if (!wire_read_value_worded(&d->json, token, d->wording, d->arena, &entry->value, &out->issue, d->err))
        return false;
    if (!had_issue && out->issue.code != ERR_NONE)
        out->issue_key = placeholder;
    return true;
}

static bool decode_expression_values(struct decoder *d, const struct shape *shape, enum json_token token,
                                     enum decode_place place, struct request_values *out)
{
    if (token != JSON_OBJECT_BEGIN)
        return decode_not_collection(d, shape, token, place);
    error_init(&out->issue, d->arena);
    struct growing g = {.element_size = sizeof(struct expr_value)};
    while ((token = json_next(&d->json)) == JSON_NAME) {
        struct slice placeholder = d->json.text;
        token = json_next(&d->json);
        if (token != JSON_NULL && !decode_expression_value(d, placeholder, token, &g, out))
            return false;
    }
    if (token != JSON_OBJECT_END)
        return decode_not_json(d);
    drop_replaced(d, &g, offsetof(struct expr_value, placeholder));
    out->at = array_start(d, &g);
    out->count = g.count;
    return true;
}

/* ------------------------------------------------------------------ structures */

/* Clients mostly send members in the order of the model, so the search starts behind the last one found. */
static const struct shape_member *find_member(const struct shape *shape, struct slice name, size_t *hint)
{
    size_t count = shape->member_count;
    for (size_t tried = 0, i = *hint; tried < count; tried++, i++) {
        if (i >= count)
            i = 0;
        const struct shape_member *m = &shape->members[i];
        if (m->name.size == name.size && memcmp(m->name.data, name.data, name.size) == 0) {
            *hint = i + 1;
            return m;
        }
    }
    return NULL;
}

/* A structure member is a pointer; everything else lies in the struct itself. */
static bool decode_member(struct decoder *d, const struct shape *shape, enum json_token token, void *out)
{
    if (shape->kind != SHAPE_STRUCTURE)
        return decode_value(d, shape, token, DECODE_MEMBER, out);
    void *inner = arena_zalloc(d->arena, shape->size);
    if (!decode_structure(d, shape, token, DECODE_MEMBER, inner))
        return false;
    *(void **)out = inner;
    return true;
}

static bool decode_members(struct decoder *d, const struct shape *shape, char *out)
{
    size_t hint = 0;
    enum json_token token;
    while ((token = json_next(&d->json)) == JSON_NAME) {
        const struct shape_member *m = find_member(shape, d->json.text, &hint);
        token = json_next(&d->json);
        if (!m) {
            if (!json_skip(&d->json, token))
                return decode_not_json(d);
            continue;
        }
        memset(out + m->offset, 0, m->size);
        if (token != JSON_NULL && !decode_member(d, m->shape, token, out + m->offset))
            return false;
    }
    return token == JSON_OBJECT_END || decode_not_json(d);
}

static bool decode_structure(struct decoder *d, const struct shape *shape, enum json_token token,
                             enum decode_place place, void *out)
{
    if (token != JSON_OBJECT_BEGIN)
        return decode_not_collection(d, shape, token, place);
    return decode_members(d, shape, out);
}

static bool decode_value(struct decoder *d, const struct shape *shape, enum json_token token,
                         enum decode_place place, void *out)
{
    switch (shape->kind) {
    case SHAPE_STRING:
        return decode_string(d, token, out);
    case SHAPE_INTEGER:
    case SHAPE_LONG:
        return decode_number(d, shape, token, out);
    case SHAPE_BOOLEAN:
        return decode_boolean(d, token, out);
    case SHAPE_ENUM:
        return decode_enum(d, shape, token, out);
    case SHAPE_BLOB:
        return decode_blob(d, token, out);
    case SHAPE_VALUE:
        return decode_attribute_value(d, shape, token, place, out);
    case SHAPE_ITEM:
        return decode_item(d, shape, token, place, out);
    case SHAPE_VALUES:
        return decode_expression_values(d, shape, token, place, out);
    case SHAPE_LIST:
        return decode_list(d, shape, token, place, out);
    case SHAPE_MAP:
        return decode_map(d, shape, token, place, out);
    case SHAPE_STRUCTURE:
        return decode_structure(d, shape, token, place, out);
    }
    UNREACHABLE();
}

static bool decode_body(struct decoder *d, const struct shape *input, void *out)
{
    enum json_token token = json_next(&d->json);
    if (token == JSON_INVALID || token == JSON_END)
        return decode_not_json(d);
    if (!decode_structure(d, input, token, DECODE_ELEMENT, out))
        return false;
    return json_next(&d->json) == JSON_END || decode_not_json(d);
}

bool shape_decode(const struct shape *input, enum shape_wording wording, struct slice body,
                  struct arena *arena, void **input_out, struct error *err)
{
    PRE(input->kind == SHAPE_STRUCTURE);
    struct decoder d = {
        .arena = arena, .err = err, .wording = wording == SHAPE_NAMES_MEMBER ? WIRE_NEWER : WIRE_OLDER};
    json_reader_init(&d.json, body, JSON_DEPTH_MAX, arena);
    void *out = arena_zalloc(arena, input->size);
    if (!decode_body(&d, input, out)) {
        /* Syntax comes before types: a type error does not count if the text goes on as something else than JSON. */
        if (err->code == ERR_SERIALIZATION && err->message && !json_valid(body, JSON_DEPTH_MAX))
            error_set(err, ERR_SERIALIZATION, NULL);
        return false;
    }
    *input_out = out;
    return true;
}
