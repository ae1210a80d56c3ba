/* change_record.h - what a stream keeps of a change of an item: recorded in the item's own commit, read in commit order.
 * Use:     item_write.c stages a record for each change of a table whose stream is enabled; readers open a shard at a position
 *          and take records.
 * Kept:    in the space of the generation that is open (table/stream.h), a partition a shard, in the order of commit numbers, and
 *          within a commit in the order of its changes. The images that the view type asks for, and the keys if there is none.
 * Order:   commits are numbered and published in one order, so a reader that has seen one record has seen all before it.
 * Nothing: is recorded of a write that leaves its item as it was, of a failed condition, of index entries that a job makes.
 * Owns:    nothing; what is read lives until the next call, or in the arena.
 * Threads: change_record_stage() in a transaction function; reading anywhere.
 * Source:  semantics.md 14.1. Format: docs/format.md#stream-record. */
#ifndef STATOR_ENGINE_CHANGE_RECORD_H
#define STATOR_ENGINE_CHANGE_RECORD_H

#include "base/arena.h"
#include "base/error.h"
#include "storage/storage.h"
#include "table/stream.h"
#include "table/table.h"

enum change_event { CHANGE_INSERT, CHANGE_MODIFY, CHANGE_REMOVE };
/* "INSERT", ... */
const char *change_event_name(enum change_event event);

struct change_record {
    struct stream_position position;
    enum change_event event;
    bool by_service; /* an expired item was removed */
    int64_t created_ms;
    int64_t created_us; /* the same; later commits have greater ones */
    struct slice keys; /* the key attributes as an item; of a stored record perhaps with others beside them */
    struct slice old_image; /* SLICE_NONE if the view type has none, or there is none */
    struct slice new_image; /* likewise */
};

/* Stages the record of one change in one of the table's streams. `change`: its place in the commit. PRE: former and after
 * differ (SLICE_NONE: there is no item); the stream is enabled. */
struct change_to_record {
    const struct table *table;
    const struct storage_key *key;
    struct slice former;
    struct slice after;
    uint32_t change;
    bool by_service;
};
[[nodiscard]] bool change_record_stage(struct storage_tx *tx, const struct change_to_record *change,
                                       enum stream_kind kind, struct arena *arena, struct error *err);

/* The records of a shard, from a position on. */
struct change_cursor {
    struct storage_cursor *cursor;
};
/* `from`: the first position that may be read. */
[[nodiscard]] bool change_cursor_open(struct storage_view *view, const struct stream_generation *generation,
                                      uint32_t shard, struct stream_position from, struct arena *arena,
                                      struct change_cursor *out, struct error *err);
/* The next record; valid until the next call. *found_out false: there is none yet. ERR_CORRUPT. */
[[nodiscard]] bool change_cursor_next(struct change_cursor *cursor, struct change_record *out,
                                      bool *found_out, struct error *err);
void change_cursor_close(struct change_cursor *cursor);

/* As DynamoDB counts it in SizeBytes: keys and images, for this view type. */
int64_t change_record_size_bytes(const struct change_record *record, const struct key_schema *key);

#endif
