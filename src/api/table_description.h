/* table_description.h - a TableDescription, as every operation on tables replies with.
 * Shown:   what DynamoDB shows and no more; a setting that was never given is left out. Definitions and projected
 *          attributes stand in the order of their names, indexes in that in which they were made.
 * Source:  semantics.md 13.2, 13.3, 17. */
#ifndef STATOR_API_TABLE_DESCRIPTION_H
#define STATOR_API_TABLE_DESCRIPTION_H

#include "json/json_writer.h"
#include "storage/storage.h"
#include "table/table.h"

/* How much a table and its indexes hold. */
struct table_usage {
    struct storage_usage table;
    const struct storage_usage *local_indexes;  /* one each; NULL: they hold nothing */
    const struct storage_usage *global_indexes; /* likewise */
};

/* As of `view`; nothing for spaces that are gone or not there yet. */
[[nodiscard]] bool table_usage_read(struct storage_view *view, const struct table *t, struct arena *arena,
                                    struct table_usage *out, struct error *err);

enum table_description_form {
    TABLE_DESCRIPTION_FULL,    /* DescribeTable */
    TABLE_DESCRIPTION_NEW,     /* the reply of CreateTable: what it was asked for, not yet in effect */
    TABLE_DESCRIPTION_CHANGED, /* the reply of UpdateTable */
    TABLE_DESCRIPTION_DELETED, /* the reply of DeleteTable: core members only */
};

/* Everything is as of now_ms: a table that is new or goes is CREATING or DELETING if its times say so. */
void write_table_description(struct json_writer *w, const struct table *t, int64_t now_ms,
                             const struct table_usage *usage, enum table_description_form form);

#endif
