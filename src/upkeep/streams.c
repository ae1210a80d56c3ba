/* streams.c - the chore that closes the shards of streams and opens their children, and drops what was closed long ago. */
#include "base/contract.h"
#include "base/log.h"
#include "table/stream.h"
#include "upkeep/upkeep_priv.h"

enum {
    LOOKS = 10, /* within the shorter of the two times */
    LOOK_MS_MIN = 20,
    LOOK_MS_MAX = 10 * 1000,
};

/* A stream of which something is due. */
struct due_stream {
    struct slice table;
    struct slice label;
    enum stream_kind kind;
    bool trims;
    bool rolls;
    struct due_stream *next;
};

struct search {
    struct arena *arena;
    int64_t opened_before_ms;
    int64_t closed_before_ms;
    struct due_stream *first;
};

static bool take(void *arg, const struct stream *stream)
{
    struct search *search = arg;
    const struct stream_generation *oldest = &stream->generations[0];
    const struct stream_generation *newest = &stream->generations[stream->generation_count - 1];
    bool trims = oldest->last_commit != 0 && oldest->closed_ms < search->closed_before_ms;
    bool rolls = newest->last_commit == 0 && newest->opened_ms < search->opened_before_ms &&
                 stream->generation_count < STREAM_GENERATIONS_MAX;
    if (trims || rolls) {
        struct due_stream *due = ARENA_NEW(search->arena, struct due_stream);
        *due = (struct due_stream){stream->table, stream->label, stream->kind, trims, rolls, search->first};
        search->first = due;
    }
    return true;
}

static bool find_due(struct upkeep *u, struct search *search, struct error *err)
{
    struct storage_view *view = storage_view_take(u->engine->storage);
    if (!view)
        return error_set(err, ERR_UNAVAILABLE, "the store cannot be read at the moment");
    bool found = stream_each(view, SLICE_NONE, NULL, &u->arena, take, search, err);
    storage_view_release(view);
    return found;
}

/* ------------------------------------------------------------------ rolling */

struct roll {
    struct catalog_edit edit; /* first */
    const struct due_stream *due;
    int64_t opened_before_ms;
    uint32_t closed_space; /* 0: nothing was rolled */
    uint64_t commit;
};

/* The stream may have been closed, or closed and opened anew, since it was found. */
static bool run_roll(struct catalog_edit *edit, struct storage_tx *tx, struct table *next,
                     struct arena *arena, struct error *err)
{
    struct roll *roll = (struct roll *)edit;
    const struct due_stream *due = roll->due;
    const struct table_stream *stream = &next->streams[due->kind];
    uint32_t open_space = stream->space;
    roll->closed_space = 0;
    if (!stream->enabled || !slice_equal(stream->label, due->label))
        return true;
    if (!stream_roll(tx, next, due->kind, roll->opened_before_ms, arena, err))
        return false;
    roll->closed_space = stream->space == open_space ? 0 : open_space;
    roll->commit = storage_tx_commit_number(tx);
    return true;
}

/* Those who wait for records of shards that are closed now learn that there will be none. */
static bool roll(struct upkeep *u, const struct due_stream *due, int64_t opened_before_ms, struct error *err)
{
    struct roll roll = {{run_roll}, due, opened_before_ms, 0, 0};
    struct catalog_change change = {.arena = &u->arena};
    if (!catalog_edit_table_wait(u->catalog, due->table, &roll.edit, &change, err))
        return err->code == ERR_RESOURCE_NOT_FOUND;
    if (roll.closed_space == 0)
        return true;
    atomic_fetch_add(&u->rolled, 1);
    if (u->engine->stream_watches)
        stream_watch_recorded(u->engine->stream_watches, roll.closed_space, roll.commit);
    return true;
}

/* ------------------------------------------------------------------ trimming */

struct trim {
    struct storage_write write; /* first */
    const struct due_stream *due;
    int64_t closed_before_ms;
};

static bool run_trim(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    const struct trim *trim = (const struct trim *)write;
    return stream_trim(tx, trim->due->table, trim->due->label, trim->closed_before_ms, write->arena, err);
}

static bool trim(struct upkeep *u, const struct due_stream *due, int64_t closed_before_ms, struct error *err)
{
    struct trim trim = {{.run = run_trim, .arena = &u->arena}, due, closed_before_ms};
    if (!storage_write_wait(u->engine->storage, &trim.write, err))
        return false;
    atomic_fetch_add(&u->trimmed, 1);
    return true;
}

/* ------------------------------------------------------------------ the chore */

static int64_t look_ms(const struct upkeep_options *options)
{
    int64_t shorter = options->stream_retention_ms;
    if (options->stream_shard_ms > 0 && options->stream_shard_ms < shorter)
        shorter = options->stream_shard_ms;
    int64_t ms = shorter / LOOKS;
    return ms < LOOK_MS_MIN ? LOOK_MS_MIN : ms > LOOK_MS_MAX ? LOOK_MS_MAX : ms;
}

bool upkeep_streams(struct upkeep *u, int64_t *again_ms, struct error *err)
{
    const struct upkeep_options *options = &u->options;
    int64_t now_ms = clock_wall_ms(u->engine->clock);
    struct search search = {
        .arena = &u->arena,
        .opened_before_ms = options->stream_shard_ms > 0 ? now_ms - options->stream_shard_ms : INT64_MIN,
        .closed_before_ms = now_ms - options->stream_retention_ms,
    };
    *again_ms = look_ms(options);
    if (!find_due(u, &search, err))
        return false;
    for (const struct due_stream *due = search.first; due && !upkeep_stopping(u); due = due->next)
        if ((due->trims && !trim(u, due, search.closed_before_ms, err)) ||
            (due->rolls && !roll(u, due, search.opened_before_ms, err)))
            return false;
    return true;
}
