/* catalog.h - all tables there are: an immutable snapshot for readers, and the changes that make the next
 * one.
 *
 *       catalog_take ──▶ snapshot: name → struct table            (readers: no lock, no read of the store)
 *       create/delete ─▶ storage_write: check and stage in one transaction
 *                          └─ durable ─▶ publish previous snapshot + change ─▶ caller's done()
 *
 * Use:     a request takes the snapshot once, finds its tables in it, and gives it back at its end.
 * Owns:    the catalog owns the current snapshot, snapshots share ownership of their tables. A table is valid while
 *          any snapshot it was found in is held (or a reference by shared_retain(&table->shared)).
 * Promise: the descriptor and its space come and go in one commit; a snapshot shows only what is durable; when
 *          done() is called the next catalog_take() sees the change; of changes to one name each sees the one
 *          before.
 * Clock:   CREATING and UPDATING turn into ACTIVE, and DELETING into gone, by the clock alone; catalog_tick() then removes what
 *          is gone from the store. With both delays 0 a table is usable and gone at once.
 * Threads: take, find and give on any thread. done() is called on a thread of the store, or on the caller's before
 *          the call returns: it must be short. Changes may be asked for on any thread.
 * Bounds:  TABLE_COUNT_MAX tables.
 * Format:  docs/format.md#catalog. Source: semantics.md 13. */
#ifndef STATOR_TABLE_CATALOG_H
#define STATOR_TABLE_CATALOG_H

#include "table/table.h"

struct catalog;
struct catalog_snapshot;

struct catalog_options {
    struct storage *store;     /* must outlive the catalog */
    const struct clock *clock; /* the store's own clock */
    struct slice region;       /* "us-east-1"; part of ARNs; copied */
    struct slice account;      /* twelve digits; likewise */
    int64_t create_delay_ms;   /* how long a new table is CREATING */
    int64_t delete_delay_ms;   /* how long a deleted table is DELETING */
    uint32_t stream_shards;    /* of a new stream; 1..STREAM_SHARDS_MAX */
    bool count_collections;    /* new tables with local indexes count the sizes of their item collections */
    /* Called in the transaction that drops a table's spaces, to stage what belongs to it. NULL: nothing does. */
    bool (*dropped)(struct storage_tx *tx, const struct table *table, struct arena *arena, struct error *err);
};

/* us-east-1, 000000000000, no delays, four shards. Store and clock are the caller's to set. */
void catalog_options_init(struct catalog_options *options);

/* Loads all descriptors and removes tables whose deletion is overdue. ERR_STORAGE, ERR_CORRUPT. */
[[nodiscard]] bool catalog_open(const struct catalog_options *options, struct catalog **catalog_out,
                                struct error *err);
/* PRE: no change is under way and no snapshot is held. */
void catalog_close(struct catalog *catalog);

struct slice catalog_region(const struct catalog *catalog);
struct slice catalog_account(const struct catalog *catalog);
/* How long changes take, for those that are not the catalog's own: what is made or altered, and what goes. */
int64_t catalog_create_delay_ms(const struct catalog *catalog);
uint32_t catalog_stream_shards(const struct catalog *catalog);
int64_t catalog_delete_delay_ms(const struct catalog *catalog);

/* ------------------------------------------------------------------ reading */

/* Never NULL, never waits. */
const struct catalog_snapshot *catalog_take(struct catalog *catalog);
void catalog_give(const struct catalog_snapshot *snapshot);

/* The table of that name, whatever its status; NULL if there is none (any more). */
const struct table *catalog_find(const struct catalog_snapshot *snapshot, struct slice name);
/* The same by a TableName parameter: a name, or an ARN of this region and account. */
const struct table *catalog_resolve(const struct catalog_snapshot *snapshot, struct slice name_or_arn);
/* The table whose items a data operation is about. Fails with ERR_RESOURCE_NOT_FOUND `Requested resource not
 * found` if there is none or it is CREATING or DELETING. */
[[nodiscard]] bool catalog_use(const struct catalog_snapshot *snapshot, struct slice name_or_arn,
                               const struct table **table_out, struct error *err);

/* Tables in byte order of their names, those that are gone included: 0 <= index < count. */
size_t catalog_count(const struct catalog_snapshot *snapshot);
const struct table *catalog_at(const struct catalog_snapshot *snapshot, size_t index);
/* The index of the first table whose name is greater than `name`. */
size_t catalog_index_after(const struct catalog_snapshot *snapshot, struct slice name);

/* ------------------------------------------------------------------ changes */

/* A change of the catalog. The caller fills the first three members and keeps it in place until done(). */
struct catalog_change {
    struct arena *arena; /* the catalog's alone until done(); outlives what is read from `table` */
    void (*done)(struct catalog_change *change);
    void *arg;

    /* Set when done() is called. */
    struct error error; /* code ERR_NONE: it is durable and published */
    const struct table
        *table; /* created: the new table; deleted: its last descriptor. Valid as long as the arena. */

    /* Private. */
    struct storage_write write;
    struct catalog *catalog;
    const struct table *wanted;
    struct slice name;
    struct catalog_edit *edit;
    char id[36];
    struct slice
        record; /* of the table as the transaction leaves it, or of the one it removes; SLICE_NONE: neither */
    enum {
        CATALOG_KEEPS,
        CATALOG_PUTS,
        CATALOG_REMOVES
    } effect; /* what becomes of it in the next snapshot */
};

/* Makes a table as `wanted` says; its arn, id, space and times are ignored and given by the catalog. PRE:
 * `wanted` passed create_table_validate() and stays until done(). Fails with ERR_RESOURCE_IN_USE (the name is
 * taken), ERR_LIMIT_EXCEEDED, or an error of storage. */
void catalog_create_table(struct catalog *catalog, const struct table *wanted, struct catalog_change *change);
/* Deletes the table of that name (a plain one). Deleting a table that is DELETING changes nothing and succeeds. Fails
 * with ERR_RESOURCE_NOT_FOUND, ERR_RESOURCE_IN_USE (it or an index is CREATING or UPDATING, or an index is DELETING),
 * ERR_VALIDATION (deletion protection), or an error of storage. */
void catalog_delete_table(struct catalog *catalog, struct slice name, struct catalog_change *change);

/* Runs inside the transaction of a change: makes `next`, a copy of the stored descriptor, what the table is to be. It
 * points its members elsewhere rather than change what they point to; new memory comes from `arena`, and it may stage
 * whatever belongs to the change. It may run again. false: the change fails with *err. */
struct catalog_edit {
    bool (*run)(struct catalog_edit *edit, struct storage_tx *tx, struct table *next, struct arena *arena,
                struct error *err);
};
/* A space with an id that never was one, inside any transaction; that which describes it goes into the same one. */
[[nodiscard]] bool catalog_tx_new_space(struct storage_tx *tx, struct arena *arena, uint32_t *space_out,
                                        struct error *err);
/* The same for a log (storage.h). */
[[nodiscard]] bool catalog_tx_new_log(struct storage_tx *tx, struct arena *arena, uint32_t *space_out,
                                      struct error *err);
/* Stages what belongs to an index that comes or goes, in the transaction that changes the descriptor. */
typedef bool table_index_hook(struct storage_tx *tx, const struct table *table,
                              const struct table_index *index, struct arena *arena, struct error *err);
/* Changes the table of that name (a plain one). `edit` stays until done(). The space is marked (storage.h), so that writes
 * prepared with the older descriptor notice. Fails with ERR_RESOURCE_NOT_FOUND `Requested resource not found: Table: ...`,
 * as `edit` fails, or with an error of storage. Whether a table that is CREATING or DELETING may be changed is for the edit
 * to say: table_check_changeable(). */
void catalog_edit_table(struct catalog *catalog, struct slice name, struct catalog_edit *edit,
                        struct catalog_change *change);
/* The stored descriptor, inside a transaction: for writes whose descriptor is out of date. *table_out is NULL if there is
 * none of that name and id (any more); it lives as long as the arena and has no ARN. */
[[nodiscard]] bool catalog_tx_table(struct storage_tx *tx, struct slice name, struct slice id,
                                    struct arena *arena, const struct table **table_out, struct error *err);

/* The same, waiting for the end; for start-up, tests and background threads. `done` is not called. */
[[nodiscard]] bool catalog_create_table_wait(struct catalog *catalog, const struct table *wanted,
                                             struct catalog_change *change, struct error *err);
[[nodiscard]] bool catalog_delete_table_wait(struct catalog *catalog, struct slice name,
                                             struct catalog_change *change, struct error *err);

[[nodiscard]] bool catalog_edit_table_wait(struct catalog *catalog, struct slice name,
                                           struct catalog_edit *edit, struct catalog_change *change,
                                           struct error *err);

/* Removes tables whose deletion is due, and after a change of unknown outcome (ERR_STORAGE) reads again what is stored. Cheap if
 * there is nothing to do. For a background thread, about 20 times a
 * second; may wait for the store. */
void catalog_tick(struct catalog *catalog);

#endif
