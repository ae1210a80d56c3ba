/* rocks_hot.h - what was read lately, in front of RocksDB: a hit costs a tenth of a get.
 * Use:     readers rocks_hot_find() or rocks_hot_borrow() with the commit of their view, and rocks_hot_offer() what RocksDB
 *          gave them; the writer calls rocks_hot_change() or rocks_hot_forget() for everything that it changes, before any
 *          view shows the change. Values are under their keys, small ranges under their bounds (rocks_hot_range.h).
 * Promise: a hit is what RocksDB would answer for that view. Each bucket remembers the newest commit that changed
 *          any of its keys (its stamp). What is in a bucket is therefore true for every view from the stamp on, and a
 *          view older than the stamp is neither answered nor believed.
 * Owns:    copies of keys and values, reference-counted, so that they are read without a lock.
 * Bounds:  `bytes_max` for all copies together, and for one, with its key, the lesser of ROCKS_HOT_ENTRY_BYTES_MAX and an eighth
 *          of that; larger ones never enter.
 * Threads: find, borrow, give_back and offer on any thread: they give up rather than wait for a lock. change, forget and clear
 *          on the writer, or on a thread that excludes it; clear also excludes readers of views older than itself. */
#ifndef STATOR_STORAGE_ROCKSDB_ROCKS_HOT_H
#define STATOR_STORAGE_ROCKSDB_ROCKS_HOT_H

#include "base/arena.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum { ROCKS_HOT_ENTRY_BYTES_MAX = 32 * 1024 };

struct rocks_hot;
struct rocks_hot_entry; /* one copy */

/* NULL if bytes_max is too small to be of use; every function below then does nothing. */
struct rocks_hot *rocks_hot_new(uint64_t bytes_max);
void rocks_hot_free(struct rocks_hot *hot);

/* `hash` is a 64-bit hash of `key`, whose bits are all as good. */
[[nodiscard]] bool rocks_hot_find(struct rocks_hot *hot, uint64_t hash, struct slice key,
                                  uint64_t view_commit, struct arena *arena, struct slice *value_out);
/* The same without copying: the value is valid until the entry is given back. NULL: it is not here; then *asked_again_out says
 * whether the last to ask in vain in this bucket asked for the same key, for what is to enter only when it is asked for again. */
struct rocks_hot_entry *rocks_hot_borrow(struct rocks_hot *hot, uint64_t hash, struct slice key,
                                         uint64_t view_commit, struct slice *value_out,
                                         bool *asked_again_out);
void rocks_hot_give_back(struct rocks_hot *hot, struct rocks_hot_entry *entry);
/* What a view of that commit holds under `key`; takes the place of what is here under that key. */
void rocks_hot_offer(struct rocks_hot *hot, uint64_t hash, struct slice key, uint64_t view_commit,
                     struct slice value);
/* A key of this hash is going to change: what that takes is fetched into the processor's cache. */
void rocks_hot_expect_change(const struct rocks_hot *hot, uint64_t hash);
/* Commit `commit` stores `value` under `key`, or removes it (SLICE_NONE). A key that is not here does not enter. */
void rocks_hot_change(struct rocks_hot *hot, uint64_t hash, struct slice key, uint64_t commit,
                      struct slice value);
/* Commit `commit` changes what is under any key of this hash: none stays. */
void rocks_hot_forget(struct rocks_hot *hot, uint64_t hash, uint64_t commit);
/* Whether no commit after `commit` has changed a key of this hash. false: one may have, or it cannot be told. */
bool rocks_hot_unchanged(struct rocks_hot *hot, uint64_t hash, uint64_t commit);
/* Forgets everything, stamps included, except that views older than `commit` are not believed. */
void rocks_hot_clear(struct rocks_hot *hot, uint64_t commit);

/* Bytes of all copies. */
uint64_t rocks_hot_bytes(struct rocks_hot *hot);

#endif
