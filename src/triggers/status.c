/* What can be seen: by what is stored, and what the thread has noted beside. */
#include "base/contract.h"
#include "triggers/triggers_priv.h"

enum { LIST_USUAL = 8, SCRATCH_BYTES = 16 * 1024 };

struct gathered {
    struct arena *arena;
    struct trigger_list *list;
    size_t capacity;
};

static bool take_trigger(void *arg, const struct trigger *trigger, struct error *err)
{
    struct gathered *g = arg;
    struct trigger_list *list = g->list;
    (void)err;
    if (list->count == g->capacity) {
        g->capacity = g->capacity ? 2 * g->capacity : LIST_USUAL;
        struct trigger_status *grown = ARENA_NEW_ARRAY(g->arena, struct trigger_status, g->capacity);
        if (list->count > 0)
            memcpy(grown, list->triggers, list->count * sizeof *grown);
        list->triggers = grown;
    }
    list->triggers[list->count++] = (struct trigger_status){
        .trigger = *trigger, .counts = trigger->counts, .last_error = SLICE_NONE, .waits = SLICE_NONE};
    return true;
}

/* ------------------------------------------------------------------ the lag */

struct lag {
    struct trigger_status *status;
    struct stream_position *positions; /* of shard 0, lane 0, 1, ..., of shard 1 */
    struct storage_view *view;
    struct arena *arena;
    struct arena scratch;
    int64_t records_max;
    int64_t oldest_ms; /* INT64_MAX: there is none */
    bool failed;
    struct error *err;
};

static void take_lane(void *arg, const struct lane_state *state)
{
    struct lag *lag = arg;
    size_t lanes = (size_t)lag->status->trigger.lanes;
    trigger_counts_add(&lag->status->counts, &state->counts);
    if (state->shard < STREAM_SHARDS_MAX && state->lane < lanes)
        lag->positions[state->shard * lanes + state->lane] = state->position;
}

static struct stream_position lowest(const struct stream_position *positions, size_t count)
{
    struct stream_position low = positions[0];
    for (size_t i = 1; i < count; i++)
        if (position_before(positions[i], low))
            low = positions[i];
    return low;
}

/* Of one shard of one generation. */
static bool count_records(struct lag *lag, const struct stream *stream,
                          const struct stream_generation *generation, uint32_t shard)
{
    struct trigger_status *status = lag->status;
    uint32_t lanes = (uint32_t)status->trigger.lanes;
    const struct stream_position *positions = lag->positions + (size_t)shard * lanes;
    struct change_cursor cursor;
    bool found = true;
    if (!change_cursor_open(lag->view, generation, shard, lowest(positions, lanes), &lag->scratch, &cursor,
                            lag->err))
        return false;
    while (status->lag_records < lag->records_max) {
        struct change_record record;
        if (!change_cursor_next(&cursor, &record, &found, lag->err))
            return false;
        if (!found)
            break;
        if (position_before(record.position, positions[lane_of_record(&stream->key, &record, lanes)]))
            continue;
        status->lag_records++;
        if (record.created_ms < lag->oldest_ms)
            lag->oldest_ms = record.created_ms;
    }
    status->lag_has_more = found;
    change_cursor_close(&cursor);
    return true;
}

/* A delivery to Kinesis reads one hidden stream; other triggers go on with the table's next one, of those that are shown. */
static bool reads(const struct trigger *trigger, const struct stream *stream)
{
    int order = slice_compare(stream->label, trigger->label);
    bool follows = trigger->target != TRIGGER_KINESIS && stream->kind == STREAM_SHOWN && order > 0;
    return slice_equal(stream->table_id, trigger->table_id) && (order == 0 || follows);
}

static bool take_stream(void *arg, const struct stream *stream)
{
    struct lag *lag = arg;
    const struct trigger *trigger = &lag->status->trigger;
    if (!reads(trigger, stream))
        return true;
    if (slice_equal(stream->label, trigger->label))
        lag->status->position =
            lowest(lag->positions, stream->generations[0].shard_count * (size_t)trigger->lanes);
    for (size_t i = 0; i < stream->generation_count; i++) {
        const struct stream_generation *generation = &stream->generations[i];
        for (uint32_t shard = 0; shard < generation->shard_count; shard++) {
            lag->failed = !count_records(lag, stream, generation, shard);
            arena_reset(&lag->scratch);
            if (lag->failed || lag->status->lag_records >= lag->records_max)
                return false;
        }
    }
    return true;
}

static bool work_out_lag(struct lag *lag, int64_t now_ms)
{
    struct trigger_status *status = lag->status;
    const struct trigger *trigger = &status->trigger;
    size_t count = (size_t)trigger->lanes * STREAM_SHARDS_MAX;
    lag->positions = ARENA_NEW_ARRAY(lag->arena, struct stream_position, count);
    for (size_t i = 0; i < count; i++)
        lag->positions[i] = trigger->start;
    if (!lane_view_each(lag->view, trigger->id, lag->arena, take_lane, lag, lag->err))
        return false;
    status->position = trigger->start;
    if (trigger->state == TRIGGER_ENDED)
        return true;
    bool read =
        stream_each(lag->view, trigger->table, NULL, lag->arena, take_stream, lag, lag->err) && !lag->failed;
    if (lag->oldest_ms != INT64_MAX && lag->oldest_ms < now_ms)
        status->lag_ms = now_ms - lag->oldest_ms;
    return read;
}

/* A stream that cannot be read is a reason to show the trigger, not to show none. */
static void look_at_lag(struct trigger_status *status, struct storage_view *view, int64_t records_max,
                        int64_t now_ms, struct arena *arena)
{
    struct error err;
    error_init(&err, arena);
    struct lag lag = {.status = status,
                      .view = view,
                      .arena = arena,
                      .records_max = records_max,
                      .oldest_ms = INT64_MAX,
                      .err = &err};
    arena_init(&lag.scratch, SCRATCH_BYTES);
    if (!work_out_lag(&lag, now_ms))
        status->lag_has_more = true;
    arena_release(&lag.scratch);
}

/* ------------------------------------------------------------------ notes */

/* Under the mutex. */
static void add_note(const struct note *note, struct trigger_status *status, struct arena *arena)
{
    status->calls = note->calls;
    status->calls_failed = note->calls_failed;
    status->calls_in_flight = note->calls_in_flight;
    status->last_error_ms = note->last_error_ms;
    if (note->last_error[0])
        status->last_error = arena_copy(arena, slice_from_cstr(note->last_error));
    if (note->waits[0] && status->trigger.state == TRIGGER_RUNNING)
        status->waits = arena_copy(arena, slice_from_cstr(note->waits));
}

static void add_notes(struct triggers *t, struct trigger_list *list, struct arena *arena)
{
    pthread_mutex_lock(&t->mutex);
    for (size_t i = 0; i < list->count; i++)
        for (const struct note *note = t->notes; note; note = note->next)
            if (note->id == list->triggers[i].trigger.id)
                add_note(note, &list->triggers[i], arena);
    pthread_mutex_unlock(&t->mutex);
}

bool triggers_list(struct triggers *t, int64_t lag_records_max, struct arena *arena, struct trigger_list *out,
                   struct error *err)
{
    struct storage_view *view;
    *out = (struct trigger_list){0};
    struct gathered g = {.arena = arena, .list = out};
    int64_t now_ms = clock_wall_ms(t->engine->clock);
    if (!engine_view(t->engine, arena, &view, err) || !trigger_view_each(view, arena, take_trigger, &g, err))
        return false;
    for (size_t i = 0; i < out->count; i++)
        look_at_lag(&out->triggers[i], view, lag_records_max, now_ms, arena);
    add_notes(t, out, arena);
    return true;
}
