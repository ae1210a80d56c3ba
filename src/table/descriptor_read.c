/* Records to descriptors. A reader that has met something it cannot use is `broken` and yields nothing more, so that
 * the functions below read on without a check at every step; the end looks once. */
#include "json/json_reader.h"
#include "table/arn.h"
#include "table/descriptor.h"
#include "table/descriptor_priv.h"
#include "table/index_priv.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

enum { RECORD_DEPTH_MAX = 8, NUMBER_TEXT_BYTES = 24 };

struct record_reader {
    struct json_reader json;
    struct arena *arena;   /* of what is read */
    struct slice name;     /* of the member */
    enum json_token token; /* the first of its value, or of the element */
    bool broken;
};

/* ------------------------------------------------------------------ values */

static bool broken(struct record_reader *r)
{
    r->broken = true;
    return false;
}

static bool is(const struct record_reader *r, const char *name)
{
    return slice_equal(r->name, slice_from_cstr(name));
}

/* The next member of the object that began; false at its end. Every member must be taken or passed over. */
static bool next_member(struct record_reader *r)
{
    if (r->broken)
        return false;
    enum json_token token = json_next(&r->json);
    if (token == JSON_OBJECT_END)
        return false;
    if (token != JSON_NAME)
        return broken(r);
    r->name = r->json.text;
    r->token = json_next(&r->json);
    return true;
}

static bool next_element(struct record_reader *r)
{
    if (r->broken)
        return false;
    r->token = json_next(&r->json);
    if (r->token == JSON_INVALID || r->token == JSON_END)
        return broken(r);
    return r->token != JSON_ARRAY_END;
}

static void expect(struct record_reader *r, enum json_token token)
{
    if (r->token != token)
        r->broken = true;
}

static void pass_over(struct record_reader *r)
{
    if (!r->broken && !json_skip(&r->json, r->token))
        r->broken = true;
}

static struct slice take_text(struct record_reader *r)
{
    expect(r, JSON_STRING);
    return r->broken ? SLICE_NONE : arena_copy(r->arena, r->json.text);
}

static int64_t take_i64(struct record_reader *r)
{
    expect(r, JSON_NUMBER);
    if (r->broken || r->json.text.size >= NUMBER_TEXT_BYTES) {
        r->broken = true;
        return 0;
    }
    char text[NUMBER_TEXT_BYTES] = {0};
    memcpy(text, r->json.text.data, r->json.text.size);
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0')
        r->broken = true;
    return value;
}

static uint32_t take_u32(struct record_reader *r)
{
    int64_t value = take_i64(r);
    if (value < 0 || value > UINT32_MAX) {
        r->broken = true;
        return 0;
    }
    return (uint32_t)value;
}

static bool take_bool(struct record_reader *r)
{
    if (r->token != JSON_TRUE && r->token != JSON_FALSE)
        r->broken = true;
    return r->token == JSON_TRUE;
}

/* How many elements the array has that just began, found out by a reader that runs ahead. */
static size_t count_elements(struct record_reader *r)
{
    expect(r, JSON_ARRAY_BEGIN);
    struct record_reader ahead = *r;
    size_t count = 0;
    while (next_element(&ahead)) {
        pass_over(&ahead);
        count++;
    }
    if (ahead.broken)
        r->broken = true;
    return r->broken ? 0 : count;
}

/* ------------------------------------------------------------------ parts */

struct stored_attribute {
    struct key_attribute attribute;
    struct slice role;
};

static struct stored_attribute take_attribute(struct record_reader *r)
{
    struct stored_attribute stored = {0};
    bool typed = false;
    expect(r, JSON_OBJECT_BEGIN);
    while (next_member(r)) {
        if (is(r, "name"))
            stored.attribute.name = take_text(r);
        else if (is(r, "type"))
            typed = value_type_from_name(take_text(r), &stored.attribute.type);
        else if (is(r, "role"))
            stored.role = take_text(r);
        else
            pass_over(r);
    }
    enum value_type type = stored.attribute.type;
    if (slice_is_none(stored.attribute.name) || !typed ||
        (type != VALUE_S && type != VALUE_N && type != VALUE_B))
        r->broken = true;
    return stored;
}

static void take_key(struct record_reader *r, struct key_schema *key)
{
    expect(r, JSON_ARRAY_BEGIN);
    while (next_element(r)) {
        struct stored_attribute stored = take_attribute(r);
        if (slice_equal(stored.role, SLICE("HASH")) && key->hash_count < TABLE_KEY_ATTRIBUTES_MAX)
            key->hash[key->hash_count++] = stored.attribute;
        else if (slice_equal(stored.role, SLICE("RANGE")) && key->range_count < TABLE_KEY_ATTRIBUTES_MAX)
            key->range[key->range_count++] = stored.attribute;
        else
            r->broken = true;
    }
}

static void take_throughput(struct record_reader *r, struct throughput *out)
{
    expect(r, JSON_OBJECT_BEGIN);
    while (next_member(r)) {
        if (is(r, "read"))
            out->read_units = take_i64(r);
        else if (is(r, "write"))
            out->write_units = take_i64(r);
        else
            pass_over(r);
    }
}

/* false: the member is none of these. */
static bool take_throughput_change(struct record_reader *r, struct throughput_changes *out)
{
    if (is(r, "increased_ms"))
        out->increased_ms = take_i64(r);
    else if (is(r, "decreased_ms"))
        out->decreased_ms = take_i64(r);
    else if (is(r, "decreases"))
        out->decreases = take_i64(r);
    else
        return false;
    return true;
}

static void take_optional_units(struct record_reader *r, struct optional_units *out)
{
    expect(r, JSON_OBJECT_BEGIN);
    while (next_member(r)) {
        if (is(r, "read")) {
            out->read_units = take_i64(r);
            out->read_given = true;
        } else if (is(r, "write")) {
            out->write_units = take_i64(r);
            out->write_given = true;
        } else {
            pass_over(r);
        }
    }
}

static void take_projection(struct record_reader *r, struct projection *out)
{
    expect(r, JSON_OBJECT_BEGIN);
    while (next_member(r)) {
        if (is(r, "type")) {
            if (!projection_type_from_name(take_text(r), &out->type))
                r->broken = true;
        } else if (is(r, "attributes")) {
            out->non_key_attribute_count = 0;
            out->non_key_attributes = ARENA_NEW_ARRAY(r->arena, struct slice, count_elements(r));
            while (next_element(r))
                out->non_key_attributes[out->non_key_attribute_count++] = take_text(r);
        } else {
            pass_over(r);
        }
    }
}

static void take_index(struct record_reader *r, struct table_index *out)
{
    expect(r, JSON_OBJECT_BEGIN);
    while (next_member(r)) {
        if (is(r, "name"))
            out->name = take_text(r);
        else if (is(r, "space"))
            out->space = take_u32(r);
        else if (is(r, "key"))
            take_key(r, &out->key);
        else if (is(r, "projection"))
            take_projection(r, &out->projection);
        else if (is(r, "throughput"))
            take_throughput(r, &out->throughput);
        else if (is(r, "on_demand"))
            take_optional_units(r, &out->on_demand);
        else if (is(r, "warm"))
            take_optional_units(r, &out->warm);
        else if (is(r, "creating"))
            out->status = take_bool(r) ? INDEX_CREATING : INDEX_ACTIVE;
        else if (is(r, "added_later"))
            out->added_later = take_bool(r);
        else if (is(r, "active_ms"))
            out->active_ms = take_i64(r);
        else if (is(r, "updating_ms"))
            out->updating_ms = take_i64(r);
        else if (is(r, "gone_ms"))
            out->gone_ms = take_i64(r);
        else if (!take_throughput_change(r, &out->throughput_changes))
            pass_over(r);
    }
    if (!table_name_valid(out->name) || out->key.hash_count == 0)
        r->broken = true;
}

static struct table_index *take_indexes(struct record_reader *r, size_t *count_out)
{
    *count_out = 0;
    struct table_index *indexes = ARENA_NEW_ARRAY(r->arena, struct table_index, count_elements(r));
    while (next_element(r))
        take_index(r, &indexes[(*count_out)++]);
    return indexes;
}

static void take_search_schema(struct record_reader *r, struct vector_index *out)
{
    out->search_schema_count = 0;
    out->search_schema = ARENA_NEW_ARRAY(r->arena, struct search_schema_element, count_elements(r));
    while (next_element(r)) {
        struct stored_attribute stored = take_attribute(r);
        out->search_schema[out->search_schema_count++] =
            (struct search_schema_element){stored.attribute, slice_equal(stored.role, SLICE("HASH"))};
    }
}

static void take_vector_index(struct record_reader *r, struct vector_index *out)
{
    expect(r, JSON_OBJECT_BEGIN);
    while (next_member(r)) {
        if (is(r, "name")) {
            out->name = take_text(r);
        } else if (is(r, "attribute")) {
            out->vector_attribute = take_text(r);
        } else if (is(r, "dimensions")) {
            out->dimensions = take_i64(r);
        } else if (is(r, "distance")) {
            if (!vector_distance_from_name(take_text(r), &out->distance))
                r->broken = true;
        } else if (is(r, "projection")) {
            take_projection(r, &out->projection);
        } else if (is(r, "search")) {
            take_search_schema(r, out);
        } else {
            pass_over(r);
        }
    }
    if (!table_name_valid(out->name))
        r->broken = true;
}

static void take_vector_indexes(struct record_reader *r, struct table *t)
{
    t->vector_index_count = 0;
    t->vector_indexes = ARENA_NEW_ARRAY(r->arena, struct vector_index, count_elements(r));
    while (next_element(r))
        take_vector_index(r, &t->vector_indexes[t->vector_index_count++]);
}

static void take_definitions(struct record_reader *r, struct table *t)
{
    t->definition_count = 0;
    t->definitions = ARENA_NEW_ARRAY(r->arena, struct key_attribute, count_elements(r));
    while (next_element(r))
        t->definitions[t->definition_count++] = take_attribute(r).attribute;
}

static void take_tags(struct record_reader *r, struct table *t)
{
    t->tag_count = 0;
    t->tags = ARENA_NEW_ARRAY(r->arena, struct table_tag, count_elements(r));
    while (next_element(r)) {
        struct table_tag *tag = &t->tags[t->tag_count++];
        expect(r, JSON_OBJECT_BEGIN);
        while (next_member(r)) {
            if (is(r, "key"))
                tag->key = take_text(r);
            else if (is(r, "value"))
                tag->value = take_text(r);
            else
                pass_over(r);
        }
    }
}

/* ------------------------------------------------------------------ records */

static void take_table_change(struct record_reader *r, enum table_change *out)
{
    if (!table_change_from_name(take_text(r), out))
        r->broken = true;
}

/* Identity, keys and indexes. */
static bool take_schema_member(struct record_reader *r, struct table *t)
{
    if (is(r, "name"))
        t->name = take_text(r);
    else if (is(r, "id"))
        t->id = take_text(r);
    else if (is(r, "space"))
        t->space = take_u32(r);
    else if (is(r, "collections_space"))
        t->collections_space = take_u32(r);
    else if (is(r, "mark"))
        t->mark = (uint64_t)take_i64(r);
    else if (is(r, "created_ms"))
        t->created_ms = take_i64(r);
    else if (is(r, "active_ms"))
        t->active_ms = take_i64(r);
    else if (is(r, "updating_ms"))
        t->updating_ms = take_i64(r);
    else if (is(r, "updating"))
        take_table_change(r, &t->updating);
    else if (is(r, "gone_ms"))
        t->gone_ms = take_i64(r);
    else if (is(r, "key"))
        take_key(r, &t->key);
    else if (is(r, "definitions"))
        take_definitions(r, t);
    else if (is(r, "local_indexes"))
        t->local_indexes = take_indexes(r, &t->local_index_count);
    else if (is(r, "global_indexes"))
        t->global_indexes = take_indexes(r, &t->global_index_count);
    else if (is(r, "leaving_index"))
        take_index(r, t->leaving_index = ARENA_NEW(r->arena, struct table_index));
    else if (is(r, "vector_indexes"))
        take_vector_indexes(r, t);
    else
        return false;
    return true;
}

static bool take_setting_member(struct record_reader *r, struct table *t)
{
    if (is(r, "billing")) {
        if (!billing_mode_from_name(take_text(r), &t->billing_mode))
            r->broken = true;
    } else if (is(r, "on_demand_since_ms")) {
        t->on_demand_since_ms = take_i64(r);
    } else if (is(r, "throughput")) {
        take_throughput(r, &t->throughput);
    } else if (is(r, "on_demand")) {
        take_optional_units(r, &t->on_demand);
    } else if (is(r, "warm")) {
        take_optional_units(r, &t->warm);
    } else if (is(r, "stream_view")) {
        t->stream_enabled = stream_view_type_from_name(take_text(r), &t->stream_view_type);
        if (!t->stream_enabled)
            r->broken = true;
    } else if (is(r, "stream_label")) {
        t->stream_label = take_text(r);
    } else if (is(r, "encryption_described")) {
        t->encryption_described = take_bool(r);
    } else if (is(r, "deletion_protection")) {
        t->deletion_protection = take_bool(r);
    } else if (is(r, "table_class")) {
        t->table_class = take_text(r);
    } else if (is(r, "class_changed_ms")) {
        t->class_changed_ms = take_i64(r);
    } else if (is(r, "ttl_attribute")) {
        t->ttl_attribute = take_text(r);
    } else if (is(r, "resource_policy")) {
        t->resource_policy = take_text(r);
    } else if (is(r, "tags")) {
        take_tags(r, t);
    } else {
        return take_throughput_change(r, &t->throughput_changes);
    }
    return true;
}

static bool begin_record(struct record_reader *r, struct slice record, struct arena *arena, struct error *err)
{
    if (record.size == 0 || record.data[0] != CATALOG_RECORD_VERSION) {
        (void)error_set(err, ERR_CORRUPT, NULL);
        return error_add_detail(err, "catalog record of unknown version %d",
                                record.size ? record.data[0] : -1);
    }
    *r = (struct record_reader){.arena = arena};
    json_reader_init(&r->json, slice_after(record, 1), RECORD_DEPTH_MAX, arena);
    r->token = json_next(&r->json);
    expect(r, JSON_OBJECT_BEGIN);
    return true;
}

static bool end_record(struct record_reader *r)
{
    return !r->broken && json_next(&r->json) == JSON_END;
}

static bool makes_sense(const struct table *t)
{
    return table_name_valid(t->name) && t->id.size == TABLE_ID_BYTES &&
           t->space >= STORAGE_SPACE_FIRST_FREE && t->key.hash_count == 1 && t->key.range_count <= 1;
}

bool descriptor_read(struct slice record, struct table **table_out, struct error *err)
{
    struct record_reader r;
    struct table *t = table_new();
    if (!begin_record(&r, record, &t->arena, err)) {
        table_release(t);
        return false;
    }
    while (next_member(&r)) {
        if (!take_schema_member(&r, t) && !take_setting_member(&r, t))
            pass_over(&r);
    }
    if (!end_record(&r) || !makes_sense(t)) {
        (void)error_set(err, ERR_CORRUPT, NULL);
        (void)error_add_detail(err, "catalog record of table '%.*s' cannot be read", SLICE_PRINTF(t->name));
        table_release(t);
        return false;
    }
    table_work_out_projected(t);
    *table_out = t;
    return true;
}

bool catalog_totals_read(struct slice record, struct arena *arena, struct catalog_totals *out,
                         struct error *err)
{
    struct record_reader r;
    *out = (struct catalog_totals){0};
    if (!begin_record(&r, record, arena, err))
        return false;
    while (next_member(&r)) {
        if (is(&r, "next_space"))
            out->next_space = take_u32(&r);
        else if (is(&r, "tables"))
            out->table_count = take_u32(&r);
        else
            pass_over(&r);
    }
    if (end_record(&r) && out->next_space >= STORAGE_SPACE_FIRST_FREE)
        return true;
    (void)error_set(err, ERR_CORRUPT, NULL);
    return error_add_detail(err, "catalog totals cannot be read");
}
