/* item_write.h - puts and deletes: one or many, conditional or not, in one commit.
 * Use:     fill an item_commit with the changes and a done function, item_commit_submit(); when done() is
 *          called the commit is durable or its error is set.
 * Promise: all changes of one item_commit become durable together or none does; conditions see the items as
 *          they were before it. The changes name distinct items.
 * Owns:    the commit and everything it points to is the engine's from submit until done().
 * Threads: submit from any; done() runs on a thread of the store and must be short (storage.h). */
#ifndef STATOR_ENGINE_ITEM_WRITE_H
#define STATOR_ENGINE_ITEM_WRITE_H

#include "engine/engine.h"
#include "table/table.h"

enum item_action { ITEM_PUT, ITEM_DELETE };

struct item_change {
    /* What to do. */
    const struct table *table;
    enum item_action action;
    struct storage_key key;
    struct slice item;            /* ITEM_PUT: what to store */
    const struct expr *condition; /* NULL: unconditional */
    /* What was found, once done. */
    struct slice former; /* the item before; SLICE_NONE if there was none */
    bool refused;        /* its condition was false */
};

struct item_commit {
    struct storage_write storage; /* first; .arena and .error are the caller's to give and read */
    struct item_change *changes;
    size_t count;
    void (*done)(struct item_commit *commit);
    void *arg; /* for done() */
};

/* After done(): commit->storage.error.code is ERR_NONE, or ERR_CONDITIONAL_CHECK_FAILED with `refused` set on
 * each change that caused it, or ERR_RESOURCE_NOT_FOUND if a table was dropped meanwhile, or an error of the
 * store. */
void item_commit_submit(struct engine *engine, struct item_commit *commit, struct arena *arena);

/* Half units of write capacity that the change consumed: by the larger of the item before and after. */
int64_t item_change_capacity_halves(const struct item_change *change);

#endif
