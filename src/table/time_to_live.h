/* time_to_live.h - UpdateTimeToLive's change of a descriptor: which attribute says when an item expires, and the index that
 *          finds items by it.
 * Source:  semantics.md 16.1. */
#ifndef STATOR_TABLE_TIME_TO_LIVE_H
#define STATOR_TABLE_TIME_TO_LIVE_H

#include "table/catalog.h"

struct time_to_live_edit {
    struct catalog_edit edit; /* first */
    bool enabled;
    struct slice attribute; /* to disable it must be the one in force */
    table_index_hook *index_made;
    table_index_hook *index_dropped;
};

/* For catalog_edit_table(). The edit fails with ERR_VALIDATION (nothing to do, or another attribute is in force) or
 * ERR_RESOURCE_IN_USE. */
void time_to_live_edit_init(struct time_to_live_edit *edit, bool enabled, struct slice attribute,
                            table_index_hook *index_made, table_index_hook *index_dropped);

/* In a transaction that changes the descriptor: items expire no more. PRE: they do. */
[[nodiscard]] bool time_to_live_end(struct storage_tx *tx, struct table *next,
                                    table_index_hook *index_dropped, struct arena *arena, struct error *err);

/* Whether it can be told which attribute it is: not of a table that is CREATING or DELETING. ERR_VALIDATION. */
[[nodiscard]] bool time_to_live_check_readable(const struct table *t, int64_t now_ms, struct error *err);

#endif
