/* Descriptors to records. The member names here are the stored format. */
#include "table/descriptor.h"
#include "table/descriptor_priv.h"
#include "table/key_record_priv.h"

static void write_throughput(struct json_writer *w, const struct throughput *throughput)
{
    if (throughput->read_units == 0 && throughput->write_units == 0)
        return;
    json_name(w, SLICE("throughput"));
    json_begin_object(w);
    record_put_i64(w, "read", throughput->read_units);
    record_put_i64(w, "write", throughput->write_units);
    json_end_object(w);
}

static void write_throughput_changes(struct json_writer *w, const struct throughput_changes *changes)
{
    record_put_i64(w, "increased_ms", changes->increased_ms);
    record_put_i64(w, "decreased_ms", changes->decreased_ms);
    record_put_i64(w, "decreases", changes->decreases);
}

/* Here zero is a value, so what is given is written whatever it is. */
static void write_optional_units(struct json_writer *w, const char *name, const struct optional_units *units)
{
    if (!units->read_given && !units->write_given)
        return;
    json_name(w, slice_from_cstr(name));
    json_begin_object(w);
    if (units->read_given)
        json_member_i64(w, "read", units->read_units);
    if (units->write_given)
        json_member_i64(w, "write", units->write_units);
    json_end_object(w);
}

static void write_projection(struct json_writer *w, const struct projection *projection)
{
    json_name(w, SLICE("projection"));
    json_begin_object(w);
    record_put_cstr(w, "type", projection_type_name(projection->type));
    if (projection->non_key_attribute_count > 0) {
        record_begin_list(w, "attributes");
        for (size_t i = 0; i < projection->non_key_attribute_count; i++)
            json_string(w, projection->non_key_attributes[i]);
        json_end_array(w);
    }
    json_end_object(w);
}

static void write_index(struct json_writer *w, const struct table_index *index)
{
    json_begin_object(w);
    record_put_text(w, "name", index->name);
    record_put_i64(w, "space", index->space);
    record_put_key(w, &index->key);
    write_projection(w, &index->projection);
    write_throughput(w, &index->throughput);
    write_throughput_changes(w, &index->throughput_changes);
    write_optional_units(w, "on_demand", &index->on_demand);
    write_optional_units(w, "warm", &index->warm);
    record_put_bool(w, "creating", index->status == INDEX_CREATING);
    record_put_bool(w, "added_later", index->added_later);
    record_put_i64(w, "active_ms", index->active_ms);
    record_put_i64(w, "updating_ms", index->updating_ms);
    record_put_i64(w, "gone_ms", index->gone_ms);
    json_end_object(w);
}

static void write_indexes(struct json_writer *w, const char *name, const struct table_index *indexes,
                          size_t count)
{
    if (count == 0)
        return;
    record_begin_list(w, name);
    for (size_t i = 0; i < count; i++)
        write_index(w, &indexes[i]);
    json_end_array(w);
}

static void write_vector_indexes(struct json_writer *w, const struct table *t)
{
    if (t->vector_index_count == 0)
        return;
    record_begin_list(w, "vector_indexes");
    for (size_t i = 0; i < t->vector_index_count; i++) {
        const struct vector_index *index = &t->vector_indexes[i];
        json_begin_object(w);
        record_put_text(w, "name", index->name);
        record_put_text(w, "attribute", index->vector_attribute);
        record_put_i64(w, "dimensions", index->dimensions);
        record_put_cstr(w, "distance", vector_distance_name(index->distance));
        write_projection(w, &index->projection);
        record_begin_list(w, "search");
        for (size_t j = 0; j < index->search_schema_count; j++)
            record_put_attribute(w, &index->search_schema[j].attribute,
                                 index->search_schema[j].is_hash ? "HASH" : "INLINE_FILTER");
        json_end_array(w);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_definitions(struct json_writer *w, const struct table *t)
{
    record_begin_list(w, "definitions");
    for (size_t i = 0; i < t->definition_count; i++)
        record_put_attribute(w, &t->definitions[i], NULL);
    json_end_array(w);
}

const struct descriptor_stream_members descriptor_stream_members[STREAM_KIND_COUNT] = {
    [STREAM_SHOWN] = {"stream_view", "stream_space", "stream_shards", "stream_label"},
    [STREAM_HIDDEN] = {"hidden_stream_view", "hidden_stream_space", "hidden_stream_shards",
                       "hidden_stream_label"},
};

static void write_stream(struct json_writer *w, const struct descriptor_stream_members *names,
                         const struct table_stream *stream)
{
    if (stream->enabled)
        record_put_cstr(w, names->view, stream_view_type_name(stream->view));
    record_put_i64(w, names->space, stream->space);
    record_put_i64(w, names->shards, stream->shards);
    record_put_text(w, names->label, stream->label);
}

static void write_destinations(struct json_writer *w, const struct table *t)
{
    if (t->destination_count == 0)
        return;
    record_begin_list(w, "destinations");
    for (size_t i = 0; i < t->destination_count; i++) {
        const struct kinesis_destination *destination = &t->destinations[i];
        json_begin_object(w);
        record_put_text(w, "arn", destination->arn);
        record_put_cstr(w, "state", destination_state_name(destination->state));
        if (destination->precision != TIME_PRECISION_DEFAULT)
            record_put_cstr(w, "precision", time_precision_name(destination->precision));
        record_put_text(w, "error", destination->error);
        record_put_i64(w, "settled_ms", destination->settled_ms);
        record_put_i64(w, "updated_ms", destination->updated_ms);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_tags(struct json_writer *w, const struct table *t)
{
    if (t->tag_count == 0)
        return;
    record_begin_list(w, "tags");
    for (size_t i = 0; i < t->tag_count; i++) {
        json_begin_object(w);
        record_put_text(w, "key", t->tags[i].key);
        record_put_text(w, "value", t->tags[i].value);
        json_end_object(w);
    }
    json_end_array(w);
}

void descriptor_write(const struct table *t, struct buf *out)
{
    struct json_writer writer, *w = &writer;
    record_open(w, out);
    record_put_text(w, "name", t->name);
    record_put_text(w, "id", t->id);
    record_put_i64(w, "space", t->space);
    record_put_i64(w, "collections_space", t->collections_space);
    record_put_i64(w, "mark", (int64_t)t->mark);
    record_put_i64(w, "created_ms", t->created_ms);
    record_put_i64(w, "active_ms", t->active_ms);
    record_put_i64(w, "updating_ms", t->updating_ms);
    if (t->updating != TABLE_CHANGE_NONE)
        record_put_cstr(w, "updating", table_change_name(t->updating));
    record_put_i64(w, "gone_ms", t->gone_ms);
    record_put_key(w, &t->key);
    write_definitions(w, t);
    write_indexes(w, "local_indexes", t->local_indexes, t->local_index_count);
    write_indexes(w, "global_indexes", t->global_indexes, t->global_index_count);
    if (t->leaving_index) {
        json_name(w, SLICE("leaving_index"));
        write_index(w, t->leaving_index);
    }
    write_vector_indexes(w, t);
    record_put_cstr(w, "billing", billing_mode_name(t->billing_mode));
    record_put_i64(w, "on_demand_since_ms", t->on_demand_since_ms);
    write_throughput(w, &t->throughput);
    write_throughput_changes(w, &t->throughput_changes);
    write_optional_units(w, "on_demand", &t->on_demand);
    write_optional_units(w, "warm", &t->warm);
    for (enum stream_kind kind = 0; kind < STREAM_KIND_COUNT; kind++)
        write_stream(w, &descriptor_stream_members[kind], &t->streams[kind]);
    write_destinations(w, t);
    record_put_bool(w, "encryption_described", t->encryption_described);
    record_put_bool(w, "deletion_protection", t->deletion_protection);
    record_put_text(w, "table_class", t->table_class);
    record_put_i64(w, "class_changed_ms", t->class_changed_ms);
    record_put_text(w, "ttl_attribute", t->ttl_attribute);
    if (t->expiry_index) {
        record_put_i64(w, "expiry_space", t->expiry_index->space);
        record_put_bool(w, "expiry_creating", t->expiry_index->status == INDEX_CREATING);
    }
    record_put_text(w, "resource_policy", t->resource_policy);
    write_tags(w, t);
    json_end_object(w);
}

void catalog_totals_write(const struct catalog_totals *totals, struct buf *out)
{
    struct json_writer writer, *w = &writer;
    record_open(w, out);
    record_put_i64(w, "next_space", totals->next_space);
    record_put_i64(w, "tables", totals->table_count);
    json_end_object(w);
}
