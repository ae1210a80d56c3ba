/* rocks_overlay.h - what the group under construction has written and RocksDB does not know yet.
 * Use:     a transaction adds its changes as it makes them; if it is dropped, rocks_overlay_rollback() takes
 *          them out again. Reads look here first. Reset when the group has been written.
 * How:     an array of changes in the order they were made, and a hash table of chains, newest first, by key.
 *          Because changes leave in the reverse order of their coming, taking one out is one assignment.
 * Owns:    its arrays; keys and values live in the group's arena.
 * Bounds:  the group's: transactions and bytes in a group are bounded.
 * Threads: the writer's alone. */
#ifndef STATOR_STORAGE_ROCKSDB_ROCKS_OVERLAY_H
#define STATOR_STORAGE_ROCKSDB_ROCKS_OVERLAY_H

#include "base/arena.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rocks_change_kind { ROCKS_CHANGE_PUT, ROCKS_CHANGE_DELETE, ROCKS_CHANGE_DROP_SPACE };

struct rocks_change {
    enum rocks_change_kind kind;
    uint32_t space;       /* of ROCKS_CHANGE_DROP_SPACE, which has no key */
    uint32_t older;       /* private: 1 + index of the next change in the same chain; 0: none */
    uint64_t fingerprint; /* rocks_key_fingerprint(key) */
    struct slice key;     /* encoded */
    struct slice sealed;  /* of ROCKS_CHANGE_PUT: value and checksum */
};

/* Members are private, save that the first `count` changes may be read. */
struct rocks_overlay {
    struct rocks_change *changes;
    size_t count;
    size_t capacity;
    uint32_t *chains; /* 1 + index of the newest change whose fingerprint falls here; 0: none */
    size_t chain_count;
};

void rocks_overlay_init(struct rocks_overlay *o);
void rocks_overlay_release(struct rocks_overlay *o);
void rocks_overlay_reset(struct rocks_overlay *o);

void rocks_overlay_add(struct rocks_overlay *o, struct rocks_change change);
/* Takes out every change after the first `count`. */
void rocks_overlay_rollback(struct rocks_overlay *o, size_t count);

/* The newest change of this key; NULL if the group has not touched it. */
const struct rocks_change *rocks_overlay_find(const struct rocks_overlay *o, struct slice key,
                                              uint64_t fingerprint);

/* The newest change of each key, in key order; changes without a key are left out. The array is `arena`'s, what it points to is
 * valid until the next change. */
size_t rocks_overlay_newest(const struct rocks_overlay *o, struct arena *arena,
                            const struct rocks_change ***newest_out);

/* The newest change of each key in [lower, upper), in key order, copied into `arena` (keys and
 * values are not: they live as long as the group). An empty `upper` is no bound. */
size_t rocks_overlay_range(const struct rocks_overlay *o, struct slice lower, struct slice upper,
                           struct arena *arena, struct rocks_change **changes_out);

#endif
