/* update_table.h - from what UpdateTable was asked for to the change it makes to a descriptor.
 * Use:     the api layer fills an update_table_input from the request, whose single members it has held against the
 *          service model already. update_table_check() holds the request against itself. Then
 *
 *              table_update_init() ─▶ catalog_edit_table(&update.edit) ─▶ update_table_shown()
 *
 *          changes the table, or says what in it stands against the change, and yields what the reply shows: not quite
 *          the new descriptor, but one whose changes are still going on.
 * Serial:  what depends on the table is decided inside the edit, so that of two changes at once each sees the other.
 * Whole:   a request that is refused changes nothing.
 * Owns:    nothing. Input and arena outlive the update.
 * Source:  semantics.md 12.5, 13.4; README.md tells where sources differ. */
#ifndef STATOR_TABLE_UPDATE_TABLE_H
#define STATOR_TABLE_UPDATE_TABLE_H

#include "table/catalog.h"
#include "table/create_table.h"

/* One element of GlobalSecondaryIndexUpdates. A request may hold what is no single action; the check refuses it. */
struct index_update_input {
    const struct index_input *create; /* NULL: not given */
    const struct index_input *update; /* name and throughputs only */
    bool update_warm_given;           /* WarmThroughput, perhaps of nothing */
    struct slice dropped;             /* Delete: the name; SLICE_NONE */
};

struct update_table_input {
    struct slice name; /* plain, valid */
    bool definitions_given;
    struct key_attribute *definitions;
    size_t definition_count;

    bool billing_given;
    enum billing_mode billing_mode;
    struct throughput_input throughput;
    struct optional_units on_demand; /* of nothing: as if not given; -1 takes a maximum away */
    struct optional_units warm;      /* of nothing: as if not given */

    bool index_updates_given;
    const struct index_update_input *index_updates;
    size_t index_update_count;

    bool stream_given;
    bool stream_enabled;
    bool stream_view_given;
    enum stream_view_type stream_view;
    bool encryption_given;
    struct encryption_input encryption;
    struct slice table_class; /* SLICE_NONE */
    bool protection_given;
    bool deletion_protection;

    const char *unsupported; /* the first member given that this version cannot do; NULL: none */
    bool multi_region_consistency_given;
};

/* What is wrong with the request whatever the table is, and what this version cannot do. ERR_VALIDATION. */
[[nodiscard]] bool update_table_check(const struct update_table_input *input, struct error *err);

struct table_update {
    struct catalog_edit edit; /* first */
    const struct update_table_input *input;
    int64_t create_delay_ms; /* how long what changes is CREATING or UPDATING */
    int64_t delete_delay_ms; /* how long a deleted index is DELETING */
    uint32_t stream_shards;  /* of a stream that is enabled */
    table_index_hook *index_made;
    table_index_hook *index_dropped;

    /* Set by the edit. */
    struct table former;    /* the table before */
    int64_t at_ms;          /* of the commit */
    bool throughput_scaled; /* within PROVISIONED */
};

/* PRE: the input passed update_table_check(). The hooks must be there. The edit fails with ERR_RESOURCE_IN_USE,
 * ERR_RESOURCE_NOT_FOUND (an index), ERR_LIMIT_EXCEEDED or ERR_VALIDATION. */
void table_update_init(struct table_update *update, const struct update_table_input *input,
                       const struct catalog *catalog, table_index_hook *index_made,
                       table_index_hook *index_dropped);

/* The table as the reply shows it at update->at_ms; `after` is the new descriptor. Lives as long as `after`, the update and
 * the arena of the edit; its arrays are from `arena`. */
struct table update_table_shown(const struct table_update *update, const struct table *after,
                                struct arena *arena);

#endif
