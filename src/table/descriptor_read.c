/* Records to descriptors. */
#include "table/arn.h"
#include "table/descriptor.h"
#include "table/descriptor_priv.h"
#include "table/index_priv.h"
#include "table/key_record_priv.h"

/* ------------------------------------------------------------------ parts */

static void take_throughput(struct record_reader *r, struct throughput *out)
{
    record_expect(r, JSON_OBJECT_BEGIN);
    while (record_next_member(r)) {
        if (record_is(r, "read"))
            out->read_units = record_take_i64(r);
        else if (record_is(r, "write"))
            out->write_units = record_take_i64(r);
        else
            record_pass_over(r);
    }
}

/* false: the member is none of these. */
static bool take_throughput_change(struct record_reader *r, struct throughput_changes *out)
{
    if (record_is(r, "increased_ms"))
        out->increased_ms = record_take_i64(r);
    else if (record_is(r, "decreased_ms"))
        out->decreased_ms = record_take_i64(r);
    else if (record_is(r, "decreases"))
        out->decreases = record_take_i64(r);
    else
        return false;
    return true;
}

static void take_optional_units(struct record_reader *r, struct optional_units *out)
{
    record_expect(r, JSON_OBJECT_BEGIN);
    while (record_next_member(r)) {
        if (record_is(r, "read")) {
            out->read_units = record_take_i64(r);
            out->read_given = true;
        } else if (record_is(r, "write")) {
            out->write_units = record_take_i64(r);
            out->write_given = true;
        } else {
            record_pass_over(r);
        }
    }
}

static void take_projection(struct record_reader *r, struct projection *out)
{
    record_expect(r, JSON_OBJECT_BEGIN);
    while (record_next_member(r)) {
        if (record_is(r, "type")) {
            if (!projection_type_from_name(record_take_text(r), &out->type))
                r->broken = true;
        } else if (record_is(r, "attributes")) {
            out->non_key_attribute_count = 0;
            out->non_key_attributes = ARENA_NEW_ARRAY(r->arena, struct slice, record_count_elements(r));
            while (record_next_element(r))
                out->non_key_attributes[out->non_key_attribute_count++] = record_take_text(r);
        } else {
            record_pass_over(r);
        }
    }
}

static void take_index(struct record_reader *r, struct table_index *out)
{
    record_expect(r, JSON_OBJECT_BEGIN);
    while (record_next_member(r)) {
        if (record_is(r, "name"))
            out->name = record_take_text(r);
        else if (record_is(r, "space"))
            out->space = record_take_u32(r);
        else if (record_is(r, "key"))
            record_take_key(r, &out->key);
        else if (record_is(r, "projection"))
            take_projection(r, &out->projection);
        else if (record_is(r, "throughput"))
            take_throughput(r, &out->throughput);
        else if (record_is(r, "on_demand"))
            take_optional_units(r, &out->on_demand);
        else if (record_is(r, "warm"))
            take_optional_units(r, &out->warm);
        else if (record_is(r, "creating"))
            out->status = record_take_bool(r) ? INDEX_CREATING : INDEX_ACTIVE;
        else if (record_is(r, "added_later"))
            out->added_later = record_take_bool(r);
        else if (record_is(r, "active_ms"))
            out->active_ms = record_take_i64(r);
        else if (record_is(r, "updating_ms"))
            out->updating_ms = record_take_i64(r);
        else if (record_is(r, "gone_ms"))
            out->gone_ms = record_take_i64(r);
        else if (!take_throughput_change(r, &out->throughput_changes))
            record_pass_over(r);
    }
    if (!table_name_valid(out->name) || out->key.hash_count == 0)
        r->broken = true;
}

static struct table_index *take_indexes(struct record_reader *r, size_t *count_out)
{
    *count_out = 0;
    struct table_index *indexes = ARENA_NEW_ARRAY(r->arena, struct table_index, record_count_elements(r));
    while (record_next_element(r))
        take_index(r, &indexes[(*count_out)++]);
    return indexes;
}

static void take_search_schema(struct record_reader *r, struct vector_index *out)
{
    out->search_schema_count = 0;
    out->search_schema = ARENA_NEW_ARRAY(r->arena, struct search_schema_element, record_count_elements(r));
    while (record_next_element(r)) {
        struct record_attribute stored = record_take_attribute(r);
        out->search_schema[out->search_schema_count++] =
            (struct search_schema_element){stored.attribute, slice_equal(stored.role, SLICE("HASH"))};
    }
}

static void take_vector_index(struct record_reader *r, struct vector_index *out)
{
    record_expect(r, JSON_OBJECT_BEGIN);
    while (record_next_member(r)) {
        if (record_is(r, "name")) {
            out->name = record_take_text(r);
        } else if (record_is(r, "attribute")) {
            out->vector_attribute = record_take_text(r);
        } else if (record_is(r, "dimensions")) {
            out->dimensions = record_take_i64(r);
        } else if (record_is(r, "distance")) {
            if (!vector_distance_from_name(record_take_text(r), &out->distance))
                r->broken = true;
        } else if (record_is(r, "projection")) {
            take_projection(r, &out->projection);
        } else if (record_is(r, "search")) {
            take_search_schema(r, out);
        } else {
            record_pass_over(r);
        }
    }
    if (!table_name_valid(out->name))
        r->broken = true;
}

static void take_vector_indexes(struct record_reader *r, struct table *t)
{
    t->vector_index_count = 0;
    t->vector_indexes = ARENA_NEW_ARRAY(r->arena, struct vector_index, record_count_elements(r));
    while (record_next_element(r))
        take_vector_index(r, &t->vector_indexes[t->vector_index_count++]);
}

static void take_definitions(struct record_reader *r, struct table *t)
{
    t->definition_count = 0;
    t->definitions = ARENA_NEW_ARRAY(r->arena, struct key_attribute, record_count_elements(r));
    while (record_next_element(r))
        t->definitions[t->definition_count++] = record_take_attribute(r).attribute;
}

static void take_destination(struct record_reader *r, struct kinesis_destination *out)
{
    record_expect(r, JSON_OBJECT_BEGIN);
    while (record_next_member(r)) {
        if (record_is(r, "arn")) {
            out->arn = record_take_text(r);
        } else if (record_is(r, "state")) {
            if (!destination_state_from_name(record_take_text(r), &out->state))
                r->broken = true;
        } else if (record_is(r, "precision")) {
            if (!time_precision_from_name(record_take_text(r), &out->precision))
                r->broken = true;
        } else if (record_is(r, "error")) {
            out->error = record_take_text(r);
        } else if (record_is(r, "settled_ms")) {
            out->settled_ms = record_take_i64(r);
        } else if (record_is(r, "updated_ms")) {
            out->updated_ms = record_take_i64(r);
        } else {
            record_pass_over(r);
        }
    }
    if (slice_is_none(out->arn))
        r->broken = true;
}

static void take_destinations(struct record_reader *r, struct table *t)
{
    t->destination_count = 0;
    t->destinations = ARENA_NEW_ARRAY(r->arena, struct kinesis_destination, record_count_elements(r));
    while (record_next_element(r))
        take_destination(r, &t->destinations[t->destination_count++]);
}

static void take_tags(struct record_reader *r, struct table *t)
{
    t->tag_count = 0;
    t->tags = ARENA_NEW_ARRAY(r->arena, struct table_tag, record_count_elements(r));
    while (record_next_element(r)) {
        struct table_tag *tag = &t->tags[t->tag_count++];
        record_expect(r, JSON_OBJECT_BEGIN);
        while (record_next_member(r)) {
            if (record_is(r, "key"))
                tag->key = record_take_text(r);
            else if (record_is(r, "value"))
                tag->value = record_take_text(r);
            else
                record_pass_over(r);
        }
    }
}

/* ------------------------------------------------------------------ records */

static void take_table_change(struct record_reader *r, enum table_change *out)
{
    if (!table_change_from_name(record_take_text(r), out))
        r->broken = true;
}

/* Identity, keys and indexes. */
static bool take_schema_member(struct record_reader *r, struct table *t)
{
    if (record_is(r, "name"))
        t->name = record_take_text(r);
    else if (record_is(r, "id"))
        t->id = record_take_text(r);
    else if (record_is(r, "space"))
        t->space = record_take_u32(r);
    else if (record_is(r, "collections_space"))
        t->collections_space = record_take_u32(r);
    else if (record_is(r, "mark"))
        t->mark = (uint64_t)record_take_i64(r);
    else if (record_is(r, "created_ms"))
        t->created_ms = record_take_i64(r);
    else if (record_is(r, "active_ms"))
        t->active_ms = record_take_i64(r);
    else if (record_is(r, "updating_ms"))
        t->updating_ms = record_take_i64(r);
    else if (record_is(r, "updating"))
        take_table_change(r, &t->updating);
    else if (record_is(r, "gone_ms"))
        t->gone_ms = record_take_i64(r);
    else if (record_is(r, "key"))
        record_take_key(r, &t->key);
    else if (record_is(r, "definitions"))
        take_definitions(r, t);
    else if (record_is(r, "local_indexes"))
        t->local_indexes = take_indexes(r, &t->local_index_count);
    else if (record_is(r, "global_indexes"))
        t->global_indexes = take_indexes(r, &t->global_index_count);
    else if (record_is(r, "leaving_index"))
        take_index(r, t->leaving_index = ARENA_NEW(r->arena, struct table_index));
    else if (record_is(r, "vector_indexes"))
        take_vector_indexes(r, t);
    else
        return false;
    return true;
}

static struct table_index *expiry_index(struct record_reader *r, struct table *t)
{
    if (!t->expiry_index)
        t->expiry_index = ARENA_NEW(r->arena, struct table_index);
    return t->expiry_index;
}

static bool take_stream(struct record_reader *r, const struct descriptor_stream_members *names,
                        struct table_stream *stream)
{
    if (record_is(r, names->view)) {
        stream->enabled = stream_view_type_from_name(record_take_text(r), &stream->view);
        if (!stream->enabled)
            r->broken = true;
    } else if (record_is(r, names->space)) {
        stream->space = record_take_u32(r);
    } else if (record_is(r, names->shards)) {
        stream->shards = record_take_u32(r);
    } else if (record_is(r, names->label)) {
        stream->label = record_take_text(r);
    } else {
        return false;
    }
    return true;
}

static bool take_stream_member(struct record_reader *r, struct table *t)
{
    for (enum stream_kind kind = 0; kind < STREAM_KIND_COUNT; kind++)
        if (take_stream(r, &descriptor_stream_members[kind], &t->streams[kind]))
            return true;
    return false;
}

static bool take_setting_member(struct record_reader *r, struct table *t)
{
    if (record_is(r, "billing")) {
        if (!billing_mode_from_name(record_take_text(r), &t->billing_mode))
            r->broken = true;
    } else if (record_is(r, "on_demand_since_ms")) {
        t->on_demand_since_ms = record_take_i64(r);
    } else if (record_is(r, "throughput")) {
        take_throughput(r, &t->throughput);
    } else if (record_is(r, "on_demand")) {
        take_optional_units(r, &t->on_demand);
    } else if (record_is(r, "warm")) {
        take_optional_units(r, &t->warm);
    } else if (record_is(r, "encryption_described")) {
        t->encryption_described = record_take_bool(r);
    } else if (record_is(r, "deletion_protection")) {
        t->deletion_protection = record_take_bool(r);
    } else if (record_is(r, "table_class")) {
        t->table_class = record_take_text(r);
    } else if (record_is(r, "class_changed_ms")) {
        t->class_changed_ms = record_take_i64(r);
    } else if (record_is(r, "ttl_attribute")) {
        t->ttl_attribute = record_take_text(r);
    } else if (record_is(r, "expiry_space")) {
        expiry_index(r, t)->space = record_take_u32(r);
    } else if (record_is(r, "expiry_creating")) {
        expiry_index(r, t)->status = record_take_bool(r) ? INDEX_CREATING : INDEX_ACTIVE;
    } else if (record_is(r, "resource_policy")) {
        t->resource_policy = record_take_text(r);
    } else if (record_is(r, "destinations")) {
        take_destinations(r, t);
    } else if (record_is(r, "tags")) {
        take_tags(r, t);
    } else {
        return take_stream_member(r, t) || take_throughput_change(r, &t->throughput_changes);
    }
    return true;
}

static bool streams_make_sense(const struct table *t)
{
    for (enum stream_kind kind = 0; kind < STREAM_KIND_COUNT; kind++) {
        const struct table_stream *stream = &t->streams[kind];
        if (stream->enabled &&
            (stream->space < STORAGE_SPACE_FIRST_FREE || stream->shards == 0 || slice_is_none(stream->label)))
            return false;
    }
    return true;
}

static bool makes_sense(const struct table *t)
{
    return table_name_valid(t->name) && t->id.size == TABLE_ID_BYTES &&
           t->space >= STORAGE_SPACE_FIRST_FREE && t->key.hash_count == 1 && t->key.range_count <= 1 &&
           (!t->expiry_index ||
            (t->expiry_index->space >= STORAGE_SPACE_FIRST_FREE && !slice_is_none(t->ttl_attribute))) &&
           streams_make_sense(t);
}

bool descriptor_read(struct slice record, struct table **table_out, struct error *err)
{
    struct record_reader r;
    struct table *t = table_new();
    if (!record_begin(&r, record, &t->arena, err)) {
        table_release(t);
        return false;
    }
    while (record_next_member(&r)) {
        if (!take_schema_member(&r, t) && !take_setting_member(&r, t))
            record_pass_over(&r);
    }
    if (!record_end(&r) || !makes_sense(t)) {
        (void)error_set(err, ERR_CORRUPT, NULL);
        (void)error_add_detail(err, "catalog record of table '%.*s' cannot be read", SLICE_PRINTF(t->name));
        table_release(t);
        return false;
    }
    if (t->expiry_index)
        table_describe_expiry_index(t->expiry_index, t->ttl_attribute);
    table_work_out_projected(t);
    *table_out = t;
    return true;
}

bool catalog_totals_read(struct slice record, struct arena *arena, struct catalog_totals *out,
                         struct error *err)
{
    struct record_reader r;
    *out = (struct catalog_totals){0};
    if (!record_begin(&r, record, arena, err))
        return false;
    while (record_next_member(&r)) {
        if (record_is(&r, "next_space"))
            out->next_space = record_take_u32(&r);
        else if (record_is(&r, "tables"))
            out->table_count = record_take_u32(&r);
        else
            record_pass_over(&r);
    }
    if (record_end(&r) && out->next_space >= STORAGE_SPACE_FIRST_FREE)
        return true;
    (void)error_set(err, ERR_CORRUPT, NULL);
    return error_add_detail(err, "catalog totals cannot be read");
}
