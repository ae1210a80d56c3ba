/* stream.h - which streams there are, and the shards they are made of.
 *
 *     stream       one for each time that a table's stream was enabled: a label, a kind, a view type
 *     generation   shards that were opened together and are closed together; it has a space of its own
 *     shard        a range of the hashes of partition keys: the changes of an item are all in one shard of a generation;
 *                  its parent is the shard of the same range in the generation before
 *
 *     enable ─▶ generation 0 ──roll──▶ generation 1 ──roll──▶ ... ──disable──▶ readable, until the last one was trimmed
 *
 * Stored:  a record a stream in STORAGE_SPACE_STREAMS (partition: the table's name, sort: the label), kept until its records
 *          are trimmed, also when the table is gone. Writers of items know the open generation from the table's descriptor.
 * Order:   what a commit records goes to the generation that is open then. A generation is opened and closed by commits of the
 *          catalog, so of any two records the one of the older generation has the lower commit number.
 * Trimmed: generation by generation, by dropping their spaces: those that were closed long enough ago.
 * Threads: functions with a transaction inside transaction functions; with a view on any thread.
 * Source:  semantics.md 14.2. Format: docs/format.md#streams. */
#ifndef STATOR_TABLE_STREAM_H
#define STATOR_TABLE_STREAM_H

#include "table/table.h"

enum {
    STREAM_SHARDS_MAX = 64,
    STREAM_GENERATIONS_MAX = 256, /* that are kept; the newest is not closed while there are so many */
    STREAM_LABEL_BYTES = 23,      /* 2026-11-21T06:30:00.123 */
    STREAM_SHARD_ID_BYTES = 37,   /* shardId-, 20 digits, -, 8 hexadecimal digits */
    STREAM_SEQUENCE_BYTES = 26,
};

struct stream_generation {
    uint32_t space;
    uint32_t shard_count;
    uint64_t first_commit; /* by which it was opened: its records have greater numbers */
    int64_t opened_ms;
    uint64_t last_commit; /* by which it was closed: its records have lower numbers; 0: it is open */
    int64_t closed_ms;
};

struct stream {
    struct slice table;
    struct slice table_id;
    struct slice label;
    enum stream_kind kind;
    enum stream_view_type view;
    struct key_schema key; /* the table's */
    int64_t created_ms;
    int64_t closed_ms;                     /* 0: it is enabled */
    struct stream_generation *generations; /* the oldest kept first; never none */
    size_t generation_count;
};

/* ------------------------------------------------------------------ names */

/* A shard by itself: the number of its generation's first commit, and its number in there. */
struct stream_shard {
    uint64_t first_commit;
    uint32_t number;
};
void stream_shard_write(struct stream_shard shard, char out[STREAM_SHARD_ID_BYTES]);
[[nodiscard]] bool stream_shard_parse(struct slice id, struct stream_shard *out);

/* Where a record stands: the commit that made it, and the change's place in that. */
struct stream_position {
    uint64_t commit;
    uint32_t change;
};
/* Decimal digits, always as many, so that their order is that of the numbers. */
void stream_sequence_write(struct stream_position position, char out[STREAM_SEQUENCE_BYTES]);
/* Takes any decimal number that a stream could have given out. */
[[nodiscard]] bool stream_sequence_parse(struct slice digits, struct stream_position *out);

/* {table arn}/stream/{label} */
struct slice stream_arn(struct arena *arena, struct slice region, struct slice account, struct slice table,
                        struct slice label);
/* Takes it apart; false: it is no stream's. Region and account are the caller's to compare. */
struct stream_arn_parts {
    struct slice region, account, table, label;
};
[[nodiscard]] bool stream_arn_parse(struct slice arn, struct stream_arn_parts *out);

/* The shard of a generation that has this partition. */
static inline uint32_t stream_shard_of(struct slice partition, uint32_t shard_count)
{
    return (uint32_t)(((__uint128_t)storage_partition_hash(partition) * shard_count) >> 64);
}

/* ------------------------------------------------------------------ changes; inside the transaction that changes `next` */

/* Begins a stream of that kind for the table: of the view in next->streams, with this many shards. Sets the label and where
 * changes are recorded. */
[[nodiscard]] bool stream_open(struct storage_tx *tx, struct table *next, enum stream_kind kind,
                               uint32_t shard_count, struct arena *arena, struct error *err);
/* Ends the table's stream of that kind. Its records stay. PRE: it is enabled. */
[[nodiscard]] bool stream_close(struct storage_tx *tx, struct table *next, enum stream_kind kind,
                                struct arena *arena, struct error *err);
/* Ends all that are enabled. */
[[nodiscard]] bool stream_close_all(struct storage_tx *tx, struct table *next, struct arena *arena,
                                    struct error *err);
/* Closes the open generation, if it was opened before `before_ms`, and opens another. Nothing happens if too many are kept.
 * PRE: the stream is enabled. */
[[nodiscard]] bool stream_roll(struct storage_tx *tx, struct table *next, enum stream_kind kind,
                               int64_t before_ms, struct arena *arena, struct error *err);

/* Drops the generations of one stream that were closed before `before_ms`, and the stream with its last one. Needs no table. */
[[nodiscard]] bool stream_trim(struct storage_tx *tx, struct slice table, struct slice label,
                               int64_t before_ms, struct arena *arena, struct error *err);

/* ------------------------------------------------------------------ reading */

/* *found_out false: there is none (any more). */
[[nodiscard]] bool stream_find(struct storage_view *view, struct slice table, struct slice label,
                               struct arena *arena, struct stream *out, bool *found_out, struct error *err);

/* Calls take() for the streams of one table (`table` SLICE_NONE: of all), the older of a table first, behind the one of `after`
 * (NULL: from the start), until it returns false. */
struct stream_name {
    struct slice table;
    struct slice label;
};
typedef bool stream_take(void *arg, const struct stream *stream);
[[nodiscard]] bool stream_each(struct storage_view *view, struct slice table, const struct stream_name *after,
                               struct arena *arena, stream_take *take, void *arg, struct error *err);

#endif
