/* update_table_priv.h - the parts of the edit that UpdateTable makes. Private to src/table. */
#ifndef STATOR_TABLE_UPDATE_TABLE_PRIV_H
#define STATOR_TABLE_UPDATE_TABLE_PRIV_H

#include "table/create_table_priv.h"
#include "table/update_table.h"

/* A table that is still being changed in a way that excludes this one. The text after it is a literal. */
#define STILL_IN_USE(err, ...) \
    error_set((err), ERR_RESOURCE_IN_USE, "Attempt to change a resource which is still in use: " __VA_ARGS__)

/* The edit under way. */
struct update_context {
    struct table_update *update;
    struct storage_tx *tx;
    struct table *next;
    struct arena *arena;
    int64_t now_ms;
    struct error *err;
};

static inline bool units_given(const struct optional_units *units)
{
    return units->read_given || units->write_given;
}

static inline bool is_structural(const struct index_update_input *one)
{
    return one->create || !slice_is_none(one->dropped);
}

static inline struct slice index_update_name(const struct index_update_input *one)
{
    if (one->create)
        return one->create->name;
    return one->update ? one->update->name : one->dropped;
}

/* When a change that begins now is over: 0 if changes take no time. */
static inline int64_t over_ms(const struct update_context *c, int64_t delay_ms)
{
    return delay_ms > 0 ? c->now_ms + delay_ms : 0;
}

/* The table is UPDATING from now on, in this. */
static inline void begin_updating(const struct update_context *c, enum table_change change, int64_t delay_ms)
{
    c->next->updating_ms = over_ms(c, delay_ms);
    c->next->updating = delay_ms > 0 ? change : TABLE_CHANGE_NONE;
}

/* update_table_throughput.c: OnDemandThroughput that a table or an index (SLICE_NONE: the table) cannot have;
 * -1 is allowed if it can take a maximum away. */
[[nodiscard]] bool update_table_check_on_demand(const struct optional_units *units, bool may_clear,
                                                struct slice index, struct error *err);
/* Billing mode and all throughput of the table. */
[[nodiscard]] bool update_table_throughput(const struct update_context *c);
/* Of an index that is there, and of one that is made. */
[[nodiscard]] bool update_table_index_throughput(const struct update_context *c, struct table_index *index,
                                                 const struct index_input *input);
[[nodiscard]] bool update_table_check_new_index(const struct update_context *c,
                                                const struct index_input *input);

/* update_table_indexes.c: all of GlobalSecondaryIndexUpdates. */
[[nodiscard]] bool update_table_indexes(const struct update_context *c);

#endif
