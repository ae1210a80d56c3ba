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
/* The definition of that attribute; NULL if there is none. */
const struct key_attribute *create_table_definition(const struct create_table_input *input,
                                                    struct slice name);
/* PRE: create_table_check_keys() passed. */
struct key_schema create_table_key_schema(const struct create_table_input *input,
                                          struct key_element_list elements);

/* create_table_indexes.c: what is left to check of indexes, and their descriptors. PRE: the keys passed. */
[[nodiscard]] bool create_table_check_indexes(const struct create_table_input *input, struct error *err);
void create_table_fill_indexes(struct arena *arena, const struct create_table_input *input,
                               struct table *wanted);

/* create_table_throughput.c */
[[nodiscard]] bool create_table_check_throughput(const struct create_table_input *input, struct error *err);
/* Of one global index. */
[[nodiscard]] bool create_table_check_index_throughput(const struct create_table_input *input,
                                                       const struct index_input *index, struct error *err);

#endif
