/* create_table_shapes.h - the request of CreateTable as it is decoded, and as src/table wants it; with the parts that
 * UpdateTable has too. Private to these two and their tests. */
#ifndef STATOR_API_CREATE_TABLE_SHAPES_H
#define STATOR_API_CREATE_TABLE_SHAPES_H

#include "api/common_shapes.h"
#include "table/create_table.h"

struct unit_pair {
    struct optional_i64 read;
    struct optional_i64 write;
};

struct secondary_index {
    struct slice index_name;
    LIST_OF(struct key_schema_element) key_schema;
    struct index_projection *projection;
    struct provisioned_throughput *provisioned_throughput; /* global only, as what follows */
    struct unit_pair *on_demand_throughput;
    struct unit_pair *warm_throughput;
};

enum search_schema_type { SEARCH_SCHEMA_ABSENT, SEARCH_SCHEMA_HASH, SEARCH_SCHEMA_INLINE_FILTER };

struct search_schema_entry {
    struct slice attribute_name;
    struct optional_enum type; /* enum search_schema_type */
};

struct vector_attribute {
    struct slice attribute_name;
};

enum distance_function { DISTANCE_ABSENT, DISTANCE_COSINE, DISTANCE_DOT_PRODUCT, DISTANCE_EUCLIDEAN };

struct vector_index_request {
    struct slice index_name;
    struct vector_attribute *vector_attribute;
    LIST_OF(struct search_schema_entry) search_schema;
    struct index_projection *projection;
    struct optional_i64 dimensions;
    struct optional_enum distance_function; /* enum distance_function */
};

enum stream_view {
    STREAM_VIEW_TYPE_ABSENT,
    STREAM_VIEW_TYPE_OLD_IMAGE,
    STREAM_VIEW_TYPE_KEYS_ONLY,
    STREAM_VIEW_TYPE_NEW_AND_OLD_IMAGES,
    STREAM_VIEW_TYPE_NEW_IMAGE,
};

struct stream_specification {
    struct optional_bool enabled;
    struct optional_enum view_type; /* enum stream_view */
};

struct encryption_specification {
    struct optional_bool enabled;
    struct optional_enum type; /* AES256, KMS */
    struct slice kms_master_key_id;
};

struct create_table_request {
    struct slice table_name;
    LIST_OF(struct attribute_definition) attribute_definitions;
    LIST_OF(struct key_schema_element) key_schema;
    LIST_OF(struct secondary_index) local_secondary_indexes;
    LIST_OF(struct secondary_index) global_secondary_indexes;
    LIST_OF(struct vector_index_request) vector_indexes;
    struct optional_enum billing_mode; /* enum billing_mode_given */
    struct provisioned_throughput *provisioned_throughput;
    struct unit_pair *on_demand_throughput;
    struct unit_pair *warm_throughput;
    struct stream_specification *stream_specification;
    struct encryption_specification *encryption;
    LIST_OF(struct tag) tags;
    struct slice table_class;
    struct optional_bool deletion_protection_enabled;
    struct slice resource_policy;
    struct slice global_table_source_arn;
    struct slice global_table_settings_replication_mode;
};

extern const struct shape shape_create_table_request;

/* ------------------------------------------------------------------ shared with UpdateTable */

extern const struct shape shape_on_demand_throughput;     /* struct unit_pair * */
extern const struct shape shape_warm_throughput;          /* struct unit_pair * */
extern const struct shape shape_stream_specification;     /* struct stream_specification * */
extern const struct shape shape_encryption_specification; /* struct encryption_specification * */
/* The members of a new global index. */
extern const struct shape_member global_index_members[];
enum { GLOBAL_INDEX_MEMBER_COUNT = 6 };

/* In the terms of src/table. PRE: they passed shape_check(). Absent parts give absent ones. */
struct key_attribute *key_attributes_of(struct arena *arena, const struct attribute_definition *at,
                                        size_t count);
struct index_input index_input_of(struct arena *arena, const struct secondary_index *index);
/* *out is set if it is given. */
bool stream_view_given(const struct stream_specification *stream, enum stream_view_type *out);
struct throughput_input throughput_input_of(const struct provisioned_throughput *throughput);
struct optional_units optional_units_of(const struct unit_pair *pair);
struct encryption_input encryption_input_of(const struct encryption_specification *encryption);
struct table_tag *table_tags_of(struct arena *arena, const struct tag *at, size_t count);

/* ------------------------------------------------------------------ CreateTable */

/* The request in the terms of src/table; arrays come from the arena. PRE: it passed shape_check(). */
struct create_table_input create_table_input_of(struct arena *arena,
                                                const struct create_table_request *request,
                                                struct slice table_name);

#endif
