/* create_table.h - from what CreateTable was asked for to the descriptor it makes.
 * Use:     the api layer fills a create_table_input from the request, whose single members it has held against the
 *          service model already (present, enum value, length, range). create_table_validate() applies the rules that
 *          connect them and yields a descriptor; create_table_supported() refuses what this version cannot do yet.
 * Owns:    nothing. The descriptor's slices are the input's, its arrays are the arena's; it has no identity yet and
 *          no arena of its own. catalog_create_table() makes the lasting one of it.
 * Order:   billing and throughput, key schemas and definitions, local, global, vector indexes, stream, encryption,
 *          class, tags: the order in which DynamoDB reports, as far as that was observed.
 * Source:  semantics.md 12.1, 12.2, 13, 17. */
#ifndef STATOR_TABLE_CREATE_TABLE_H
#define STATOR_TABLE_CREATE_TABLE_H

#include "table/table.h"

/* One element of a KeySchema or SearchSchema. */
struct key_element {
    struct slice name;
    bool is_hash; /* else RANGE, or INLINE_FILTER */
};

struct key_element_list {
    const struct key_element *at;
    size_t count;
};

struct projection_input {
    bool type_given;
    enum projection_type type;
    bool non_key_given;
    struct slice *non_key;
    size_t non_key_count;
};

struct throughput_input {
    bool given;
    struct throughput units;
};

struct index_input {
    struct slice name;
    struct key_element_list key;
    struct projection_input projection;
    /* Of global indexes only. */
    struct throughput_input throughput;
    struct optional_units on_demand;
    struct optional_units warm;
};

struct vector_index_input {
    struct slice name;
    struct slice vector_attribute;
    int64_t dimensions;
    enum vector_distance distance;
    struct projection_input projection;
    struct key_element_list search_schema;
};

struct encryption_input {
    bool enabled_given;
    bool enabled;
    struct slice type;   /* "KMS", "AES256"; SLICE_NONE */
    struct slice key_id; /* KMSMasterKeyId; SLICE_NONE */
};

struct create_table_input {
    struct slice name; /* plain, valid */
    struct key_attribute *definitions;
    size_t definition_count;
    struct key_element_list key;

    bool local_indexes_given;
    const struct index_input *local_indexes;
    size_t local_index_count;
    bool global_indexes_given;
    const struct index_input *global_indexes;
    size_t global_index_count;
    bool vector_indexes_given;
    const struct vector_index_input *vector_indexes;
    size_t vector_index_count;

    enum billing_mode billing_mode; /* PROVISIONED if not given */
    struct throughput_input throughput;
    struct optional_units on_demand;
    struct optional_units warm;

    bool stream_given;
    bool stream_enabled;
    bool stream_view_given;
    enum stream_view_type stream_view;
    struct encryption_input encryption;
    bool deletion_protection;
    struct slice table_class;     /* SLICE_NONE */
    struct slice resource_policy; /* SLICE_NONE */
    struct table_tag *tags;
    size_t tag_count;
};

/* *wanted_out is set on success. Fails with ERR_VALIDATION and DynamoDB's text. */
[[nodiscard]] bool create_table_validate(struct arena *arena, const struct create_table_input *input,
                                         struct table *wanted_out, struct error *err);

/* Whether a valid table can be had from this version. What would be accepted and then not work is refused:
 * vector indexes, streams, customer-managed encryption keys, resource policies. ERR_VALIDATION. */
[[nodiscard]] bool create_table_supported(const struct create_table_input *input, struct error *err);

#endif
