/* rocks_hot_range.h - what scans of small ranges found lately, among the hot values: a range of ten entries is read as one.
 * Use:     a cursor opens one for its bounds, takes from rocks_hot_range_next() what is remembered, reads on in RocksDB from
 *          behind the last of it, and tells rocks_hot_range_add() and rocks_hot_range_add_end() what it finds there. The writer
 *          calls rocks_hot_range_change() for every key that it changes, before any view shows the change.
 * Promise: entries come as RocksDB would give them for that view, from the beginning of the range on. What is remembered is a whole
 *          range, which may be empty, or a beginning, as far as some scan went. It is forgotten when its partition changes.
 * Enters:  what is asked for a second time, so that ranges that are read once do not push out what is read often; nothing of
 *          logs, whose changes need not be told.
 * Owns:    nothing: what is remembered is lent by the hot values and given back by rocks_hot_range_close().
 * Bounds:  as an entry of the hot values; longer ranges are not remembered.
 * Threads: as rocks_hot.h; a struct rocks_hot_range is its cursor's alone. */
#ifndef STATOR_STORAGE_ROCKSDB_ROCKS_HOT_RANGE_H
#define STATOR_STORAGE_ROCKSDB_ROCKS_HOT_RANGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "storage/rocksdb/rocks_hot.h"

/* Members are private. */
struct rocks_hot_range {
    struct rocks_hot *hot;
    struct arena *arena;
    uint64_t hash;
    struct slice key; /* bounds and direction */
    uint64_t view_commit;
    struct rocks_hot_entry *lent; /* NULL: nothing is remembered */
    struct slice remembered;
    struct slice rest;  /* of it: not given out yet */
    bool learning;      /* what the scan finds is to be remembered */
    struct buf learned; /* so far, what was remembered before included */
};

/* What is under `lower` and above, under `upper` only, both of one partition and in `arena`, as a view of that commit has it. */
void rocks_hot_range_open(struct rocks_hot_range *range, struct rocks_hot *hot, uint64_t view_commit,
                          struct slice lower, struct slice upper, bool reverse, struct arena *arena);

enum rocks_hot_range_step {
    ROCKS_HOT_RANGE_ENTRY,
    ROCKS_HOT_RANGE_END,     /* the range has no more */
    ROCKS_HOT_RANGE_UNKNOWN, /* nobody remembers what comes next */
};
/* Slices are valid until the next call for this range. */
enum rocks_hot_range_step rocks_hot_range_next(struct rocks_hot_range *range, struct slice *sort_out,
                                               struct slice *value_out);

/* The next entry, found elsewhere; that there is none. PRE: rocks_hot_range_next() has come to what is unknown. */
void rocks_hot_range_add(struct rocks_hot_range *range, struct slice sort, struct slice value);
void rocks_hot_range_add_end(struct rocks_hot_range *range);

/* Has what was learned remembered. */
void rocks_hot_range_close(struct rocks_hot_range *range);

/* Commit `commit` changes a key. */
void rocks_hot_range_expect_change(const struct rocks_hot *hot, struct slice encoded_key);
void rocks_hot_range_change(struct rocks_hot *hot, struct slice encoded_key, uint64_t commit);

#endif
