/* item_write.h - puts, updates, deletes and checks: one or many, conditional or not, in one commit.
 * Use:     fill an item_commit with the changes and a done function, item_commit_submit(); when done() is
 *          called the commit is durable or its error is set.
 * Promise: all changes of one item_commit become durable together or none does; conditions and updates see the
 *          items as they were before it. The changes name distinct items. If some fail, each of those has its error, whichever
 *          came first, and nothing is done (but see skips_failed).
 * Tokens:  a commit with a token that was claimed by an equal one changes nothing and succeeds; one that fails claims nothing.
 * Owns:    the commit and everything it points to is the engine's from submit until done().
 * Threads: submit from any; done() runs on a thread of the store and must be short (storage.h). */
#ifndef STATOR_ENGINE_ITEM_WRITE_H
#define STATOR_ENGINE_ITEM_WRITE_H

#include "engine/engine.h"
#include "engine/request_token.h"
#include "table/table.h"

enum item_action {
    ITEM_PUT,
    ITEM_DELETE,
    ITEM_UPDATE,
    ITEM_CHECK, /* changes nothing; its condition must hold */
};

struct index_images;

struct item_change {
    /* What to do. */
    const struct table *table; /* replaced by the current one if it was edited before the commit */
    enum item_action action;
    struct storage_key key;
    struct slice item; /* ITEM_PUT: what to store; ITEM_UPDATE: the Key map, of which a new item is made */
    const struct expr *update;    /* ITEM_UPDATE; NULL: without actions */
    bool limits_record;           /* ITEM_UPDATE: what it writes is limited, too; of UpdateItem itself */
    const struct expr *condition; /* NULL: unconditional */
    bool by_service;              /* of its own accord: an expired item is removed; streams tell */
    /* Not 0: it fails like a false condition unless the table's items expire, still, by the index of this space. */
    uint32_t expiry_space;
    const struct error *refusal; /* NULL: none; else why it fails whatever is stored: then it needs no key */
    const struct index_images
        *images; /* private: how indexes are going to see the item, worked out beforehand */
    /* What was found, once done. */
    struct slice former; /* the item before; SLICE_NONE if there was none, or the change was refused */
    struct slice after;  /* the item after; SLICE_NONE if there is none, or the change failed */
    /* Half units of write capacity that each index consumed, numbered as in index.h; NULL: nothing of any. */
    int64_t *index_halves;
    uint32_t recorded_in
        [STREAM_KIND_COUNT]; /* private: the spaces of the streams that have a record of it; 0: none */
    struct error error; /* why the change failed: a false condition, ERR_VALIDATION; ERR_NONE if it did not */
};

struct item_commit {
    struct storage_write storage; /* first; .arena and .error are the caller's to give and read */
    const struct engine *engine;  /* private */
    struct item_change *changes;
    size_t count;
    const struct request_token *token; /* NULL: the request has none */
    /* Changes that fail are left out, and the others are done. PRE: all are ITEM_DELETE, which cannot fail once they are
     * being staged. */
    bool skips_failed;
    /* Once done. */
    bool
        repeated; /* the token's request was committed before. Nothing was done now; the changes show the items as they are, in
                      former and in after */
    bool canceled; /* some changes failed, and for no other reason nothing was done */
    void (*done)(struct item_commit *commit);
    void *arg; /* for done() */
};

/* After done(): commit->storage.error.code is ERR_NONE; or that of the first change that failed, if it was canceled; or
 * ERR_IDEMPOTENT_PARAMETER_MISMATCH; or ERR_RESOURCE_NOT_FOUND if a table was dropped meanwhile; or an error of the
 * store. */
void item_commit_submit(struct engine *engine, struct item_commit *commit, struct arena *arena);

/* Whether two changes are about one item. PRE: neither is refused. */
static inline bool item_change_same_item(const struct item_change *a, const struct item_change *b)
{
    return a->key.space == b->key.space && slice_equal(a->key.partition, b->key.partition) &&
           slice_equal(a->key.sort, b->key.sort);
}

/* Half units of write capacity that the change consumed of the table alone: by the larger of the item before and after. */
int64_t item_change_capacity_halves(const struct item_change *change);

#endif
