/* create_table_priv.h - the parts of create_table_validate(). Private to src/table. */
#ifndef STATOR_TABLE_CREATE_TABLE_PRIV_H
#define STATOR_TABLE_CREATE_TABLE_PRIV_H

#include "table/create_table.h"

/* Most rules share this beginning. The text after it is a literal. */
#define INVALID_PARAMETER(err, ...) \
    error_set((err), ERR_VALIDATION, "One or more parameter values were invalid: " __VA_ARGS__)

/* create_table_keys.c: key schemas of at most two elements for the table and its local indexes. A rule of the
 * service model in effect, and so the first. */
[[nodiscard]] bool create_table_check_lengths(const struct create_table_input *input, struct error *err);
/* Definitions, key schemas of the table and of its indexes, and whether every definition
 * is used. Counts of indexes are checked here as well, so that all that follows is bounded. */
[[nodiscard]] bool create_table_check_keys(struct arena *arena, const struct create_table_input *input,
                                           struct error *err);
/* Definitions alone: none twice, not too many. */
[[nodiscard]] bool create_table_check_definitions(const struct create_table_input *input, struct error *err);
/* One global index: up to four HASH attributes, then up to four RANGE attributes, all of them defined. */
[[nodiscard]] bool create_table_check_global_key(const struct create_table_input *input,
                                                 struct key_element_list key, struct error *err);
/* The definition of that attribute; NULL if there is none. */
const struct key_attribute *create_table_definition(const struct create_table_input *input,
                                                    struct slice name);
/* PRE: the key was checked. */
struct key_schema create_table_key_schema(const struct create_table_input *input,
                                          struct key_element_list elements);

/* create_table_indexes.c: what is left to check of indexes, and their descriptors. PRE: the keys passed. */
[[nodiscard]] bool create_table_check_indexes(const struct create_table_input *input, struct error *err);
/* Takes what the projection names off `budget`, which all indexes of a table share. */
[[nodiscard]] bool create_table_check_projection(const struct projection_input *projection, size_t *budget,
                                                 struct error *err);
struct table_index create_table_index_of(const struct create_table_input *input,
                                         const struct index_input *index);
void create_table_fill_indexes(struct arena *arena, const struct create_table_input *input,
                               struct table *wanted);

/* create_table_throughput.c */
[[nodiscard]] bool create_table_check_throughput(const struct create_table_input *input, struct error *err);
/* Of one global index. */
[[nodiscard]] bool create_table_check_index_throughput(const struct create_table_input *input,
                                                       const struct index_input *index, struct error *err);
/* Provisioned units that no table can have. `subject`: "", or " for index ...". */
[[nodiscard]] bool create_table_check_provisioned(struct throughput units, const char *subject,
                                                  struct error *err);
/* Warm throughput below what there is anyway. `index`: SLICE_NONE is the table. */
[[nodiscard]] bool create_table_check_warm(enum billing_mode mode, const struct optional_units *warm,
                                           struct throughput units, struct slice index, struct error *err);

/* create_table.c */
[[nodiscard]] bool create_table_check_encryption(const struct encryption_input *encryption,
                                                 struct error *err);
/* Without Enabled, naming a type enables. */
bool create_table_encryption_enabled(const struct encryption_input *encryption);
[[nodiscard]] bool create_table_check_encryption_key(struct slice key_id, struct error *err);
[[nodiscard]] bool create_table_check_class(struct slice table_class, struct error *err);
[[nodiscard]] bool create_table_not_supported(struct error *err, const char *feature);

#endif
