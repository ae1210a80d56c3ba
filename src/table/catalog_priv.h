/* catalog_priv.h - what the files of the catalog share. Private to src/table. */
#ifndef STATOR_TABLE_CATALOG_PRIV_H
#define STATOR_TABLE_CATALOG_PRIV_H

#include "base/arena.h"
#include "base/shared.h"
#include "table/catalog.h"

#include <pthread.h>
#include <stdatomic.h>

struct catalog {
    struct catalog_options options; /* slices live in `arena` */
    struct arena arena;
    uint64_t hash_seed; /* so that nobody can choose names that collide */
    struct shared_slot current;
    pthread_mutex_t publishing; /* one change at a time makes the next snapshot of the one before */
    _Atomic bool tick_failed;   /* the last one did; said once, not at each */
    _Atomic bool
        in_doubt; /* a change failed that may be there nonetheless: what is stored has to be read again */
};

/* ------------------------------------------------------------------ catalog_snapshot.c */

/* Publishes the snapshot of these tables, which must be in byte order of their names; they stay the caller's. */
void catalog_publish_all(struct catalog *catalog, struct table *const *tables, size_t count);
/* Publishes the current snapshot with `table`, in place of the one of the same name if there is one. */
void catalog_publish_put(struct catalog *catalog, struct table *table);
/* Publishes the current snapshot without the table of that name and id; does nothing if it is another table's. */
void catalog_publish_remove(struct catalog *catalog, struct slice name, struct slice id);

/* ------------------------------------------------------------------ catalog_change.c */

/* Removes one table whose deletion is due, waiting for it. A table that is not, or not any more, is left alone. */
[[nodiscard]] bool catalog_remove_due(struct catalog *catalog, const struct table *table, struct arena *arena,
                                      struct error *err);

/* Where the store has it. */
static inline struct storage_key catalog_table_key(struct slice name)
{
    return (struct storage_key){.space = STORAGE_SPACE_CATALOG, .partition = SLICE("table"), .sort = name};
}
static inline struct storage_key catalog_totals_key(void)
{
    return (struct storage_key){
        .space = STORAGE_SPACE_CATALOG, .partition = SLICE("totals"), .sort = SLICE("")};
}

#endif
