#include "base/log.h"
#include "triggers/reader_priv.h"

enum {
    STEP_RECORDS = 500, /* looked at in one step */
    STEP_BYTES = 512 * 1024,
    TEXT_BYTES = 4096,
};

struct reader {
    struct lane *lane;
    struct storage_view *view;
    struct change_json as;
    size_t records; /* in this step */
    size_t bytes;
    uint32_t *space_out; /* of READING_CAUGHT_UP */
};

/* ------------------------------------------------------------------ where to read */

/* What the lane was to read next is not there any more. */
static void report_gap(struct lane *lane, uint64_t until)
{
    const struct trigger *trigger = &lane->run->trigger;
    char sequence[STREAM_SEQUENCE_BYTES];
    stream_sequence_write(lane->next, sequence);
    lane->counts.gaps++;
    log_event(LOG_ERROR, "changes were trimmed before a trigger had read them",
              LOG_SLICE("trigger", trigger->name), LOG_SLICE("table", trigger->table),
              LOG_SLICE("from_sequence_number", slice_of(sequence, sizeof sequence)),
              LOG_NUMBER("to_commit", until), LOG_NUMBER("shard", lane->shard));
}

/* The generation that is to be read next; NULL: none is left. */
static const struct stream_generation *find_generation(struct lane *lane)
{
    const struct run *run = lane->run;
    const struct stream *stream = &run->stream;
    size_t i = stream->generation_count;
    if (i == 0) {
        if (run->end_commit == 0 || lane->next.commit < run->end_commit) {
            report_gap(lane, run->end_commit);
            lane->next = (struct stream_position){run->end_commit > 0 ? run->end_commit : UINT64_MAX / 2, 0};
        }
        return NULL;
    }
    while (i > 0 && stream->generations[i - 1].first_commit > lane->next.commit)
        i--;
    if (i == 0) {
        const struct stream_generation *oldest = &stream->generations[0];
        if (lane->next.commit != 0)
            report_gap(lane, oldest->first_commit);
        lane->next = (struct stream_position){oldest->first_commit, 0};
        return oldest;
    }
    const struct stream_generation *generation = &stream->generations[i - 1];
    if (generation->last_commit == 0 || lane->next.commit < generation->last_commit)
        return generation;
    return i < stream->generation_count ? generation + 1 : NULL;
}

/* ------------------------------------------------------------------ a record */

static void write_record(struct reader *reader, const struct change_record *record, struct json_writer *w)
{
    struct triggers *t = reader->lane->run->triggers;
    if (reader->as.form == CHANGE_JSON_KINESIS)
        kinesis_entry_write(&reader->as, record, &t->filter_scratch, w);
    else
        change_json_write(&reader->as, record, w);
}

/* Takes the record into the batch; false: it is full without it. */
static bool take_record(struct reader *reader, const struct change_record *record)
{
    struct lane *lane = reader->lane;
    struct run *run = lane->run;
    struct batch *b = &lane->batch;
    struct json_writer w;
    if (b->text.capacity == 0)
        buf_init(&b->text, &b->arena, TEXT_BYTES);
    size_t before = b->text.size;
    if (b->count > 0)
        buf_append_byte(&b->text, ',');
    size_t at = b->text.size;
    json_writer_init(&w, &b->text);
    write_record(reader, record, &w);
    reader->bytes += b->text.size - at;
    struct slice text = slice_of(b->text.data + at, b->text.size - at);
    if (run->filter && !filter_passes(run->filter, text, &run->triggers->filter_scratch)) {
        arena_reset(&run->triggers->filter_scratch);
        b->text.size = before;
        lane->passed_over++;
        return true;
    }
    arena_reset(&run->triggers->filter_scratch);
    if (b->count > 0 && b->text.size > run->batch_bytes_max) {
        b->text.size = before;
        return false;
    }
    batch_add(b, record, lane->passed_over, at);
    return true;
}

/* ------------------------------------------------------------------ a step */

static bool is_full(const struct lane *lane)
{
    return lane->batch.count >= (size_t)lane->run->trigger.batch_size ||
           lane->batch.text.size >= lane->run->batch_bytes_max;
}

static enum reading read_records(struct reader *reader, struct change_cursor *cursor, struct error *err)
{
    struct lane *lane = reader->lane;
    const struct run *run = lane->run;
    while (reader->records < STEP_RECORDS && reader->bytes < STEP_BYTES) {
        struct change_record record;
        bool found;
        if (!change_cursor_next(cursor, &record, &found, err))
            return READING_FAILED;
        if (!found)
            return READING_ENDED; /* of this generation */
        reader->records++;
        bool its = lane_of_record(&run->stream.key, &record, (uint32_t)run->trigger.lanes) == lane->number;
        if (its && !take_record(reader, &record))
            return READING_FULL;
        lane->next = position_after(record.position);
        if (its && is_full(lane))
            return READING_FULL;
    }
    return READING_MORE;
}

static enum reading read_generation(struct reader *reader, const struct stream_generation *generation,
                                    struct error *err)
{
    struct lane *lane = reader->lane;
    struct change_cursor cursor;
    bool kept;
    if (!change_cursor_open(reader->view, generation, lane->shard, lane->next, &lane->run->triggers->scratch,
                            &cursor, err))
        return READING_FAILED;
    enum reading reading = read_records(reader, &cursor, err);
    change_cursor_close(&cursor);
    if (reading != READING_ENDED)
        return reading;
    /* Nothing is found in what was trimmed, either. */
    if (!storage_view_has_space(reader->view, generation->space, &kept, err))
        return READING_FAILED;
    if (!kept)
        return READING_STALE;
    if (generation->last_commit == 0) {
        *reader->space_out = generation->space;
        return READING_CAUGHT_UP;
    }
    lane->next = (struct stream_position){generation->last_commit, 0};
    return READING_ENDED;
}

enum reading reader_read(struct lane *lane, struct storage_view *view, uint32_t *space_out, struct error *err)
{
    const struct run *run = lane->run;
    struct reader reader = {
        .lane = lane,
        .view = view,
        .as = {lane_is_kinesis(lane) ? CHANGE_JSON_KINESIS : CHANGE_JSON_EVENT, &run->stream,
               run->triggers->options.region, run->arn, run->precision},
        .space_out = space_out,
    };
    const struct stream_generation *generation;
    while ((generation = find_generation(lane))) {
        enum reading reading = read_generation(&reader, generation, err);
        if (reading != READING_ENDED)
            return reading;
    }
    return READING_ENDED;
}
