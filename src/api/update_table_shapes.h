/* update_table_shapes.h - the request of UpdateTable as it is decoded, and as src/table wants it. Private to
 * update_table.c and its tests. */
#ifndef STATOR_API_UPDATE_TABLE_SHAPES_H
#define STATOR_API_UPDATE_TABLE_SHAPES_H

#include "api/create_table_shapes.h"
#include "table/update_table.h"

struct index_drop {
    struct slice index_name;
};

struct index_update_request {
    struct secondary_index *update; /* without key and projection */
    struct secondary_index *create;
    struct index_drop *drop;
};

/* A member of which only matters that it is there. */
struct refused_member {
    char unused;
};

struct update_table_request {
    struct slice table_name;
    LIST_OF(struct attribute_definition) attribute_definitions;
    struct optional_enum billing_mode; /* enum billing_mode_given */
    struct provisioned_throughput *provisioned_throughput;
    LIST_OF(struct index_update_request) global_secondary_index_updates;
    struct stream_specification *stream_specification;
    struct encryption_specification *encryption;
    LIST_OF(struct refused_member) replica_updates;
    struct slice table_class;
    struct optional_bool deletion_protection_enabled;
    struct optional_enum multi_region_consistency;
    LIST_OF(struct refused_member) global_table_witness_updates;
    struct unit_pair *on_demand_throughput;
    struct unit_pair *warm_throughput;
    struct slice global_table_settings_replication_mode;
    LIST_OF(struct refused_member) vector_index_updates;
};

extern const struct shape shape_update_table_request;

/* The request in the terms of src/table; arrays come from the arena. PRE: it passed shape_check(). */
struct update_table_input update_table_input_of(struct arena *arena,
                                                const struct update_table_request *request,
                                                struct slice table_name);

#endif
