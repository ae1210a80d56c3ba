/* rocks_spaces.h - the spaces that exist, and how much each holds, as the transaction now running sees them.
 * Use:     rocks_spaces_begin() before each transaction function; rocks_spaces_rollback() if it is dropped.
 *          The group's end writes one usage record for each touched space, then rocks_spaces_settle().
 * Owns:    its memory. Spaces that were dropped leave it when it grows: whether an id was ever used is
 *          answered by the stored record, not here.
 * Bounds:  the live spaces, which the catalog bounds.
 * Threads: the writer's alone. */
#ifndef STATOR_STORAGE_ROCKSDB_ROCKS_SPACES_H
#define STATOR_STORAGE_ROCKSDB_ROCKS_SPACES_H

#include "storage/storage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rocks_space {
    uint32_t id;
    bool filled; /* this slot of the table is in use */
    bool live;
    bool touched; /* its usage changed in this group */
    uint64_t mark;
    struct storage_usage usage;
};

/* Members are private. */
struct rocks_spaces {
    struct rocks_space *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t filled;
    struct rocks_space *undo; /* former contents of what this transaction changed, oldest first */
    size_t undo_count;
    size_t undo_capacity;
    uint32_t *touched;
    size_t touched_count;
    size_t touched_capacity;
};

void rocks_spaces_init(struct rocks_spaces *s);
void rocks_spaces_release(struct rocks_spaces *s);
/* Forgets everything; the stored records are about to be read again. */
void rocks_spaces_clear(struct rocks_spaces *s);

bool rocks_spaces_live(const struct rocks_spaces *s, uint32_t id);
/* Zero for a space that is not live. */
struct storage_usage rocks_spaces_usage(const struct rocks_spaces *s, uint32_t id);
uint64_t rocks_spaces_mark(const struct rocks_spaces *s, uint32_t id);

/* PRE of the first: not live. PRE of the others: live. */
void rocks_spaces_create(struct rocks_spaces *s, uint32_t id, uint64_t mark);
void rocks_spaces_set_mark(struct rocks_spaces *s, uint32_t id, uint64_t mark);
void rocks_spaces_drop(struct rocks_spaces *s, uint32_t id);
void rocks_spaces_add_usage(struct rocks_spaces *s, uint32_t id, struct storage_usage by);

void rocks_spaces_begin(struct rocks_spaces *s);
void rocks_spaces_rollback(struct rocks_spaces *s);

/* Spaces whose usage changed since the last settle, each once; some may have been dropped since. */
size_t rocks_spaces_touched(const struct rocks_spaces *s, const uint32_t **ids_out);
void rocks_spaces_settle(struct rocks_spaces *s);

#endif
