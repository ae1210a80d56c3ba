/* kinesis_destination.h - the Kinesis data stream that a table's changes go to: its states, and the changes of a descriptor that
 *          enable, disable and update it.
 *
 *     (none) ──enable──▶ ENABLING ─▶ ACTIVE ◀──▶ UPDATING           by the clock, from what is stored
 *                │  ▲                  │
 *                │  └──enable──┐    disable
 *                ▼             │       ▼
 *         ENABLE_FAILED    DISABLED ◀─ DISABLING
 *
 * One:     a table has at most one destination that is ENABLING, ACTIVE, UPDATING or DISABLING; others are remembered.
 * Stream:  while one is live the table has a hidden stream (stream.h) of both images, from which it is fed.
 * Source:  semantics.md 13.8, and answers of the service of October 2026: README.md. */
#ifndef STATOR_TABLE_KINESIS_DESTINATION_H
#define STATOR_TABLE_KINESIS_DESTINATION_H

#include "table/catalog.h"

/* "ENABLING", "ACTIVE", "UPDATING", "DISABLING", "DISABLED" or "ENABLE_FAILED". */
const char *kinesis_destination_status_at(const struct kinesis_destination *destination, int64_t now_ms);
/* Where the table's changes go; NULL: nowhere. */
const struct kinesis_destination *kinesis_destination_live(const struct table *t);

/* arn:{partition}:kinesis:{region}:{account}:stream/{name}; false: it is no data stream's. */
struct kinesis_arn_parts {
    struct slice region, account, name;
};
[[nodiscard]] bool kinesis_arn_parse(struct slice arn, struct kinesis_arn_parts *out);

/* Stages what delivers to a destination that was just enabled; its hidden stream is open. */
typedef bool kinesis_destination_hook(struct storage_tx *tx, const struct table *table,
                                      const struct kinesis_destination *destination, struct arena *arena,
                                      struct error *err);

struct destination_edit {
    struct catalog_edit edit; /* first */
    struct slice arn;
    enum time_precision precision; /* enable, update */
    struct slice region;           /* the catalog's */
    int64_t delay_ms;              /* until what was begun has settled */
    uint32_t stream_shards;
    kinesis_destination_hook *enabled;
};

/* For catalog_edit_table(); `arn` stays until done(). They fail with ERR_VALIDATION (the destination is in another state, or has
 * the precision already), ERR_RESOURCE_NOT_FOUND (the table is CREATING) or ERR_RESOURCE_IN_USE (it is DELETING).
 * Enabling what cannot work succeeds: the destination is ENABLE_FAILED then, as DynamoDB has it. */
void destination_edit_init_enable(struct destination_edit *edit, const struct catalog *catalog,
                                  struct slice arn, enum time_precision precision,
                                  kinesis_destination_hook *enabled);
void destination_edit_init_disable(struct destination_edit *edit, const struct catalog *catalog,
                                   struct slice arn);
/* PRE: not TIME_PRECISION_DEFAULT. */
void destination_edit_init_update(struct destination_edit *edit, const struct catalog *catalog,
                                  struct slice arn, enum time_precision precision);

#endif
