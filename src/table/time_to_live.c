#include "table/time_to_live.h"

#include "base/contract.h"

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

static bool run(struct catalog_edit *edit, struct storage_tx *tx, struct table *next, struct arena *arena,
                struct error *err)
{
    const struct time_to_live_edit *ttl = (struct time_to_live_edit *)edit;
    struct slice current = next->ttl_attribute;
    (void)arena;
    if (!check_changeable(next, storage_tx_commit_ms(tx), err))
        return false;
    if (!slice_is_none(current) && !slice_equal(current, ttl->attribute))
        return error_set(err, ERR_VALIDATION,
                         "TimeToLive is active on a different AttributeName: current AttributeName is %.*s",
                         SLICE_PRINTF(current));
    if (ttl->enabled == !slice_is_none(current))
        return error_set(err, ERR_VALIDATION, "TimeToLive is already %s",
                         ttl->enabled ? "enabled" : "disabled");
    next->ttl_attribute = ttl->enabled ? ttl->attribute : SLICE_NONE;
    return true;
}

void time_to_live_edit_init(struct time_to_live_edit *edit, bool enabled, struct slice attribute)
{
    *edit = (struct time_to_live_edit){.edit = {run}, .enabled = enabled, .attribute = attribute};
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
