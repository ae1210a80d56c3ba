#include "table/time_to_live.h"

#include "base/contract.h"
#include "table/index_priv.h"

/* The words stand in another order than elsewhere. */
static bool check_changeable(const struct table *t, int64_t now_ms, struct error *err)
{
    switch (table_status_at(t, now_ms)) {
    case TABLE_CREATING:
    case TABLE_DELETING:
        return error_set(err, ERR_RESOURCE_IN_USE,
                         "Attempt to change a resource which is still in use: Table %.*s is being %s",
                         SLICE_PRINTF(t->name), t->gone_ms != 0 ? "deleted" : "created");
    case TABLE_ACTIVE:
    case TABLE_UPDATING:
        return true;
    }
    UNREACHABLE();
}

/* Items that are there already get their entries from a job. */
static bool begin(const struct time_to_live_edit *ttl, struct storage_tx *tx, struct table *next,
                  struct arena *arena, struct error *err)
{
    struct table_index *index = ARENA_NEW(arena, struct table_index);
    table_describe_expiry_index(index, ttl->attribute);
    index->status = INDEX_CREATING;
    next->ttl_attribute = ttl->attribute;
    next->expiry_index = index;
    return catalog_tx_new_space(tx, arena, &index->space, err) &&
           ttl->index_made(tx, next, index, arena, err);
}

bool time_to_live_end(struct storage_tx *tx, struct table *next, table_index_hook *index_dropped,
                      struct arena *arena, struct error *err)
{
    const struct table_index *index = next->expiry_index;
    PRE(index != NULL);
    next->ttl_attribute = SLICE_NONE;
    next->expiry_index = NULL;
    return storage_tx_drop_space(tx, index->space, err) && index_dropped(tx, next, index, arena, err);
}

static bool run(struct catalog_edit *edit, struct storage_tx *tx, struct table *next, struct arena *arena,
                struct error *err)
{
    const struct time_to_live_edit *ttl = (struct time_to_live_edit *)edit;
    struct slice current = next->ttl_attribute;
    if (!check_changeable(next, storage_tx_commit_ms(tx), err))
        return false;
    if (!slice_is_none(current) && !slice_equal(current, ttl->attribute))
        return error_set(err, ERR_VALIDATION,
                         "TimeToLive is active on a different AttributeName: current AttributeName is %.*s",
                         SLICE_PRINTF(current));
    if (ttl->enabled == !slice_is_none(current))
        return error_set(err, ERR_VALIDATION, "TimeToLive is already %s",
                         ttl->enabled ? "enabled" : "disabled");
    return ttl->enabled ? begin(ttl, tx, next, arena, err)
                        : time_to_live_end(tx, next, ttl->index_dropped, arena, err);
}

void time_to_live_edit_init(struct time_to_live_edit *edit, bool enabled, struct slice attribute,
                            table_index_hook *index_made, table_index_hook *index_dropped)
{
    *edit = (struct time_to_live_edit){.edit = {run},
                                       .enabled = enabled,
                                       .attribute = attribute,
                                       .index_made = index_made,
                                       .index_dropped = index_dropped};
}

bool time_to_live_check_readable(const struct table *t, int64_t now_ms, struct error *err)
{
    enum table_status status = table_status_at(t, now_ms);
    if (status == TABLE_ACTIVE || status == TABLE_UPDATING)
        return true;
    return error_set(err, ERR_VALIDATION,
                     "Cannot describe time to live while table is in %s state: Current table state is %s",
                     table_status_name(status), table_status_name(status));
}
