/* descriptor.h - a table's descriptor as a stored record.
 * Format:  a version byte, then one JSON object; members with their default value are left out, members that are not
 *          known are passed over, so that an older program reads what a newer one of the same version wrote. The ARN
 *          is not stored: it follows from the name and the configured region and account. docs/format.md#catalog.
 * Checks:  the checksum is the storage layer's. What passes it and still makes no sense is ERR_CORRUPT. */
#ifndef STATOR_TABLE_DESCRIPTOR_H
#define STATOR_TABLE_DESCRIPTOR_H

#include "base/buf.h"
#include "table/table.h"

void descriptor_write(const struct table *t, struct buf *out);

/* *table_out is a new descriptor without ARN, with one reference that is the caller's. */
[[nodiscard]] bool descriptor_read(struct slice record, struct table **table_out, struct error *err);

/* What the catalog knows beside its tables. */
struct catalog_totals {
    uint32_t next_space; /* never used before */
    uint32_t table_count;
};

void catalog_totals_write(const struct catalog_totals *totals, struct buf *out);
[[nodiscard]] bool catalog_totals_read(struct slice record, struct arena *arena, struct catalog_totals *out,
                                       struct error *err);

#endif
