/* A lane: reads records of its shard, has the target called with them, and moves its position. The states are in
 * triggers_priv.h. Each step is short; whatever takes time is begun, and the lane's next step comes when it is done. */
#include "base/contract.h"
#include "base/log.h"
#include "triggers/triggers_priv.h"

#include <stdio.h>

enum {
    WRITE_CHUNK_BYTES = 512,
    STEP_RECORDS = 500, /* looked at in one step */
    STEP_BYTES = 512 * 1024,
    TEXT_BYTES = 4096,
    STORE_MS = 1000, /* between storing positions when nothing is called */
};

/* ------------------------------------------------------------------ states */

static bool is_kinesis(const struct lane *lane)
{
    return lane->run->trigger.target == TRIGGER_KINESIS;
}

static int64_t now_ns(const struct lane *lane)
{
    return triggers_now_ns(lane->run->triggers);
}

static void take_turn(struct lane *lane, enum lane_work work)
{
    lane->work = work;
    lane->waits = LANE_WAITS_TURN;
    triggers_ready(lane);
}

static void rest(struct lane *lane, enum lane_work work, int64_t ms)
{
    lane->work = work;
    lane->waits = LANE_WAITS_REST;
    triggers_at(lane, now_ns(lane) + ms * NS_PER_MS);
}

/* What was refused is done again later. */
static void refused(struct lane *lane, enum lane_work work, const struct error *err)
{
    const char *why = err->message ? err->message : err->detail ? err->detail : error_code_name(err->code);
    if (lane->refusals == 0)
        log_error(LOG_WARNING, "a trigger has to wait", err);
    run_note_waits(lane->run, why);
    rest(lane, work, triggers_rest_ms(lane->run->triggers, ++lane->refusals));
}

static void went_well(struct lane *lane)
{
    if (lane->refusals > 0)
        run_note_waits(lane->run, NULL);
    lane->refusals = 0;
}

static void drop_batch(struct lane *lane)
{
    batch_clear(&lane->batch);
    run_let_go(lane->run, lane);
}

static void end(struct lane *lane)
{
    triggers_forget_time(lane);
    drop_batch(lane);
    lane->waits = LANE_WAITS_END;
    run_check_end(lane->run);
}

/* ------------------------------------------------------------------ storing the position */

static struct lane_state reached(const struct lane *lane)
{
    const struct batch *b = &lane->batch;
    struct lane_state state = {
        .shard = lane->shard, .lane = lane->number, .position = lane->next, .counts = lane->counts};
    state.counts.passed_over = lane->passed_over;
    if (b->begin < b->count) {
        state.position = b->records[b->begin].position;
        state.counts.passed_over = b->records[b->begin].passed_over;
    }
    return state;
}

static bool is_dirty(const struct lane *lane)
{
    struct lane_state state = reached(lane);
    return memcmp(&state.counts, &lane->stored.counts, sizeof state.counts) != 0 ||
           position_before(lane->stored.position, state.position);
}

static bool run_store(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct lane_write *w = (struct lane_write *)write;
    const struct trigger *trigger = &w->lane->run->trigger;
    return lane_tx_put(tx, trigger->id, trigger->epoch, &w->state, write->arena, &w->superseded, err);
}

static void store_done(struct storage_write *write)
{
    struct lane *lane = ((struct lane_write *)write)->lane;
    bool posted = triggers_post(lane->run->triggers, &lane->mail);
    INVARIANT(posted);
}

static void after_store(struct lane *lane)
{
    if (!batch_is_done(&lane->batch)) {
        int64_t ms = lane->rest_ms;
        lane->rest_ms = 0;
        if (ms > 0)
            rest(lane, LANE_CALL, ms);
        else
            take_turn(lane, LANE_CALL);
    } else {
        drop_batch(lane);
        take_turn(lane, LANE_READ);
    }
}

static void take_store(struct trigger_mail *mail)
{
    struct lane *lane = (struct lane *)((char *)mail - offsetof(struct lane, mail));
    struct lane_write *w = &lane->write;
    lane->waits = LANE_WAITS_TURN;
    if (lane->run->retired) {
        end(lane);
    } else if (w->storage.error.code != ERR_NONE) {
        refused(lane, LANE_STORE, &w->storage.error);
    } else if (w->superseded) {
        triggers_plan(lane->run->triggers, 0); /* which retires the run */
        rest(lane, LANE_STORE, STORE_MS);
    } else {
        lane->stored = w->state;
        lane->stored_ns = now_ns(lane);
        went_well(lane);
        after_store(lane);
    }
    arena_reset(&lane->write_arena);
}

static void store(struct lane *lane)
{
    struct lane_write *w = &lane->write;
    *w = (struct lane_write){.lane = lane, .state = reached(lane)};
    w->storage = (struct storage_write){.run = run_store, .done = store_done, .arena = &lane->write_arena};
    lane->mail.take = take_store;
    lane->waits = LANE_WAITS_WRITE;
    storage_write(lane->run->triggers->engine->storage, &w->storage);
}

/* ------------------------------------------------------------------ reading */

enum reading {
    READING_FULL,
    READING_MORE,      /* there may be more, but that is enough for one step */
    READING_CAUGHT_UP, /* of an open shard */
    READING_ENDED,     /* the stream has */
    READING_STALE,     /* what is known of the stream is too old */
    READING_FAILED,
};

struct reader {
    struct lane *lane;
    struct storage_view *view;
    struct change_json as;
    size_t records; /* in this step */
    size_t bytes;
    uint32_t space; /* of READING_CAUGHT_UP */
};

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
        reader->space = generation->space;
        return READING_CAUGHT_UP;
    }
    lane->next = (struct stream_position){generation->last_commit, 0};
    return READING_ENDED;
}

static enum reading read_on(struct reader *reader, struct error *err)
{
    const struct stream_generation *generation;
    while ((generation = find_generation(reader->lane))) {
        enum reading reading = read_generation(reader, generation, err);
        if (reading != READING_ENDED)
            return reading;
    }
    return READING_ENDED;
}

static void begin_window(struct lane *lane)
{
    if (lane->batch.count > 0 && lane->window_ns == 0)
        lane->window_ns = now_ns(lane) + lane->run->trigger.window_ms * NS_PER_MS;
}

static void close_batch(struct lane *lane)
{
    lane->window_ns = 0;
    batch_close(&lane->batch);
    run_hold_bytes(lane->run, lane, lane->batch.text.size);
    take_turn(lane, LANE_CALL);
}

/* There is nothing more for now. */
static void caught_up(struct lane *lane, const struct reader *reader)
{
    run_watch(lane->run, reader->space, storage_view_commit(reader->view));
    if (lane->batch.count > 0 && now_ns(lane) >= lane->window_ns) {
        close_batch(lane);
    } else if (lane->batch.count > 0) {
        lane->waits = LANE_WAITS_WINDOW;
        triggers_at(lane, lane->window_ns);
    } else {
        drop_batch(lane);
        lane->waits = LANE_WAITS_NEWS;
        if (is_dirty(lane))
            triggers_at(lane, lane->stored_ns + STORE_MS * NS_PER_MS);
    }
}

/* Of the stream. */
static void ended(struct lane *lane)
{
    if (lane->batch.count > 0)
        close_batch(lane);
    else if (is_dirty(lane))
        store(lane); /* and look again */
    else
        end(lane);
}

/* What does not pass by itself. */
static bool is_final(enum error_code code)
{
    return code == ERR_CORRUPT;
}

static void failed_to_read(struct lane *lane, const struct error *err)
{
    if (!is_final(err->code)) {
        refused(lane, LANE_READ, err);
        return;
    }
    drop_batch(lane);
    lane->next = lane->stored.position;
    run_fail(lane->run, err);
    lane->waits = LANE_WAITS_END;
}

static void read_in_view(struct lane *lane, struct storage_view *view)
{
    struct run *run = lane->run;
    struct triggers *t = run->triggers;
    struct reader reader = {
        .lane = lane,
        .view = view,
        .as = {is_kinesis(lane) ? CHANGE_JSON_KINESIS : CHANGE_JSON_EVENT, &run->stream, t->options.region,
               run->arn, run->precision},
    };
    struct error err;
    error_init(&err, &t->scratch);
    enum reading reading = read_on(&reader, &err);
    begin_window(lane);
    if (reading != READING_FAILED)
        went_well(lane);
    switch (reading) {
    case READING_FULL:
        close_batch(lane);
        return;
    case READING_MORE:
        take_turn(lane, LANE_READ);
        return;
    case READING_CAUGHT_UP:
        caught_up(lane, &reader);
        return;
    case READING_ENDED:
        ended(lane);
        return;
    case READING_STALE:
        lane->waits = LANE_WAITS_NEWS;
        triggers_plan(t, 0);
        return;
    case READING_FAILED:
        failed_to_read(lane, &err);
        return;
    }
}

static void read_some(struct lane *lane)
{
    struct triggers *t = lane->run->triggers;
    if (!run_hold(lane->run, lane)) {
        lane->waits = LANE_WAITS_SHARE;
        return;
    }
    struct storage_view *view = storage_view_take(t->engine->storage);
    if (!view) {
        struct error err;
        error_init(&err, &t->scratch);
        (void)error_set(&err, ERR_UNAVAILABLE, "the store cannot be read at the moment");
        refused(lane, LANE_READ, &err);
    } else {
        read_in_view(lane, view);
        storage_view_release(view);
    }
    arena_reset(&t->scratch);
}

/* ------------------------------------------------------------------ calling */

/* What the target said: up to which record it took them, and what is wrong with that one; *error_out NULL: nothing. */
static size_t judge(struct lane *lane, const struct answer *answer, bool *named_out, const char **error_out)
{
    const struct batch *b = &lane->batch;
    size_t index = b->begin;
    *named_out = false;
    *error_out = NULL;
    if (lane->call.failed) {
        *error_out = lane->call.error;
    } else if (answer->failed) {
        *error_out = answer->error;
    } else if (answer->count == 0) {
        index = b->cut;
    } else if (!batch_find_lowest(b, answer, &index)) {
        *error_out = "batchItemFailures name a record that was not in the batch";
        index = b->begin;
    } else {
        *error_out = "named in batchItemFailures";
        *named_out = true;
    }
    return index;
}

static void after_failure(struct lane *lane, int64_t retries, bool named, bool progress)
{
    struct batch *b = &lane->batch;
    struct triggers *t = lane->run->triggers;
    enum batch_step step = batch_failed(b, retries, named);
    lane->rest_ms = step == BATCH_CALL_LATER ? triggers_rest_ms(t, b->attempts) : 0;
    if (step == BATCH_GIVE_UP)
        take_turn(lane, LANE_BURY);
    else if (progress)
        store(lane);
    else if (step == BATCH_CALL_LATER)
        rest(lane, LANE_CALL, lane->rest_ms);
    else
        take_turn(lane, LANE_CALL);
}

static void function_called(struct call *call)
{
    struct lane *lane = call->arg;
    struct batch *b = &lane->batch;
    struct answer answer = {0};
    bool named;
    const char *error;
    lane->waits = LANE_WAITS_TURN;
    if (!call->failed)
        answer_read(buf_slice(&call->answer), &call->arena, &answer);
    size_t index = judge(lane, &answer, &named, &error);
    bool progress = index > b->begin;
    if (error)
        snprintf(lane->error, sizeof lane->error, "%s", error);
    run_note_called(lane->run, error ? lane->error : NULL);
    arena_release(&call->arena);
    lane->counts.delivered += (int64_t)(index - b->begin);
    batch_taken(b, index);
    if (!error || (lane->run->retired && progress))
        store(lane);
    else if (lane->run->retired)
        end(lane);
    else
        after_failure(lane, lane->run->trigger.retries, named, progress);
}

/* ------------------------------------------------------------------ calling Kinesis */

static struct slice entry_at(const struct batch *b, size_t i)
{
    return slice_of(b->text.data + b->records[i].at, b->records[i].size);
}

/* Whether an entry before that one, which is going to be sent again, is of the same item. */
static bool follows_failed(const struct batch *b, const bool *taken, size_t i)
{
    struct slice key = kinesis_entry_key(entry_at(b, b->begin + i));
    for (size_t j = 0; j < i; j++)
        if (!taken[j] && slice_equal(kinesis_entry_key(entry_at(b, b->begin + j)), key))
            return true;
    return false;
}

/* *count_out: how many are not going to be sent again. */
static bool *find_taken(const struct batch *b, const struct kinesis_answer *answer, struct arena *arena,
                        size_t *count_out)
{
    size_t called = b->cut - b->begin;
    bool *taken = ARENA_NEW_ARRAY(arena, bool, called);
    bool any_failed = false;
    *count_out = 0;
    for (size_t i = 0; i < called; i++) {
        any_failed = any_failed || answer->failed[i];
        taken[i] = !answer->failed[i] && !(any_failed && follows_failed(b, taken, i));
        *count_out += taken[i];
    }
    return taken;
}

/* What is refused for what it holds is halved until it is alone, and given up only if it is too large. */
static int64_t kinesis_retries(const struct lane *lane)
{
    const struct batch *b = &lane->batch;
    bool refused_it = kinesis_refused_content(lane->call.status, buf_slice(&lane->call.answer));
    bool alone = b->cut - b->begin == 1;
    if (!refused_it || (alone && kinesis_entry_bytes(entry_at(b, b->begin)) <= KINESIS_RECORD_BYTES_MAX))
        return -1;
    return 0;
}

static void kinesis_called(struct call *call)
{
    struct lane *lane = call->arg;
    struct batch *b = &lane->batch;
    struct kinesis_answer answer = {.understood = true};
    size_t called = b->cut - b->begin, taken_count = 0;
    int64_t retries = -1;
    bool *taken = NULL;
    lane->waits = LANE_WAITS_TURN;
    if (call->failed) {
        snprintf(lane->error, sizeof lane->error, "%s", call->error);
        retries = kinesis_retries(lane);
    } else {
        kinesis_answer_read(buf_slice(&call->answer), called, &call->arena, &answer);
        if (answer.understood)
            taken = find_taken(b, &answer, &call->arena, &taken_count);
        snprintf(lane->error, sizeof lane->error, "%s", answer.error);
        call_make_plain(lane->error);
    }
    run_note_called(lane->run, taken_count == called ? NULL : lane->error);
    lane->counts.delivered += (int64_t)taken_count;
    if (taken_count == called)
        batch_taken(b, b->cut);
    else if (taken_count > 0)
        batch_taken_some(b, taken);
    arena_release(&call->arena);
    if (taken_count == called || (lane->run->retired && taken_count > 0))
        store(lane);
    else if (lane->run->retired)
        end(lane);
    else
        after_failure(lane, retries, false, taken_count > 0);
}

static void prepare_kinesis(struct lane *lane, struct call *call)
{
    const struct run *run = lane->run;
    struct triggers *t = run->triggers;
    call->target = t->options.kinesis->url;
    call->done = kinesis_called;
    batch_body(&lane->batch, call->parts);
    call->parts[0] = run->body_begin;
    call->parts[2] = KINESIS_BODY_END;
    call->headers = kinesis_headers(t->options.kinesis, run->trigger.target_text, call->parts, CALL_PARTS,
                                    clock_wall_ms(t->engine->clock), &t->filter_scratch);
}

static void call_target(struct lane *lane)
{
    struct run *run = lane->run;
    struct call *call = &lane->call;
    *call = (struct call){
        .kind = run->trigger.target,
        .target = run->target,
        .trigger = run->name,
        .timeout_ms = run->trigger.timeout_ms,
        .done = function_called,
        .arg = lane,
    };
    if (is_kinesis(lane))
        prepare_kinesis(lane, call);
    else
        batch_body(&lane->batch, call->parts);
    lane->waits = LANE_WAITS_CALL;
    lane->rest_ms = 0;
    run_note_call(run);
    run->triggers->caller->begin(run->triggers->caller, call);
    arena_reset(&run->triggers->filter_scratch);
}

/* ------------------------------------------------------------------ giving up */

static void given_up(struct lane *lane)
{
    went_well(lane);
    lane->counts.given_up++;
    batch_given_up(&lane->batch);
    store(lane);
}

static void take_burial(struct trigger_mail *mail)
{
    struct lane *lane = (struct lane *)((char *)mail - offsetof(struct lane, mail));
    enum error_code code = lane->burial.storage.error.code;
    lane->waits = LANE_WAITS_TURN;
    if (code != ERR_NONE && lane->run->retired)
        end(lane);
    else if (code != ERR_NONE)
        refused(lane, LANE_BURY, &lane->burial.storage.error);
    arena_reset(&lane->write_arena);
    if (code == ERR_NONE)
        given_up(lane);
}

static void burial_done(struct item_commit *commit)
{
    struct lane *lane = commit->arg;
    bool posted = triggers_post(lane->run->triggers, &lane->mail);
    INVARIANT(posted);
}

static bool put_into_table(struct lane *lane, const struct dead_letter *letter, struct error *err)
{
    struct triggers *t = lane->run->triggers;
    if (!dead_letter_to_table(letter, t->catalog, &lane->write_arena, &lane->buried, err))
        return false;
    lane->burial =
        (struct item_commit){.changes = &lane->buried, .count = 1, .done = burial_done, .arg = lane};
    lane->mail.take = take_burial;
    lane->waits = LANE_WAITS_WRITE;
    item_commit_submit(t->engine, &lane->burial, &lane->write_arena);
    return true;
}

static const struct stream_generation *generation_at(const struct stream *stream, struct stream_position at)
{
    for (size_t i = stream->generation_count; i > 0; i--)
        if (stream->generations[i - 1].first_commit < at.commit)
            return &stream->generations[i - 1];
    return NULL;
}

static void bury(struct lane *lane)
{
    struct run *run = lane->run;
    const struct batch_record *record = &lane->batch.records[lane->batch.begin];
    const struct dead_letter letter = {
        .trigger = &run->trigger,
        .stream = &run->stream,
        .shard = lane->shard,
        .generation = generation_at(&run->stream, record->position),
        .record = record,
        .text = slice_of(lane->batch.text.data + record->at, record->size),
        .error = lane->error,
        .attempts = lane->batch.attempts,
        .now_ms = clock_wall_ms(run->triggers->engine->clock),
    };
    struct error err;
    error_init(&err, &lane->write_arena);
    if (lane->refusals == 0)
        dead_letter_log(&letter);
    switch (run->trigger.dead_letters) {
    case TRIGGER_DEAD_LOGGED:
        given_up(lane);
        return;
    case TRIGGER_DEAD_TO_FILE:
        if (dead_letter_to_file(&letter, &lane->write_arena, &err))
            given_up(lane);
        else
            refused(lane, LANE_BURY, &err);
        return;
    case TRIGGER_DEAD_TO_TABLE:
        if (!put_into_table(lane, &letter, &err))
            refused(lane, LANE_BURY, &err);
        return;
    }
}

/* ------------------------------------------------------------------ public */

void lane_init(struct lane *lane, struct run *run, uint32_t shard, uint32_t number)
{
    *lane = (struct lane){.run = run, .shard = shard, .number = number, .waits = LANE_WAITS_NEWS};
    lane->stored = (struct lane_state){.shard = shard, .lane = number, .position = run->trigger.start};
    lane->next = lane->stored.position;
    batch_init(&lane->batch);
    arena_init(&lane->write_arena, WRITE_CHUNK_BYTES);
}

void lane_release(struct lane *lane)
{
    PRE(lane_is_quiet(lane) && !lane->ready && lane->timer == 0);
    batch_release(&lane->batch);
    arena_release(&lane->write_arena);
}

void lane_go(struct lane *lane)
{
    if (lane->waits != LANE_WAITS_TURN)
        return;
    if (lane->run->retired && lane->work != LANE_STORE) {
        end(lane);
        return;
    }
    switch (lane->work) {
    case LANE_READ:
        read_some(lane);
        return;
    case LANE_CALL:
        call_target(lane);
        return;
    case LANE_BURY:
        bury(lane);
        return;
    case LANE_STORE:
        store(lane);
        return;
    }
}

void lane_wake(struct lane *lane)
{
    switch (lane->waits) {
    case LANE_WAITS_NEWS:
    case LANE_WAITS_WINDOW:
    case LANE_WAITS_END:
        triggers_forget_time(lane);
        take_turn(lane, LANE_READ);
        return;
    case LANE_WAITS_TURN:
    case LANE_WAITS_SHARE:
    case LANE_WAITS_CALL:
    case LANE_WAITS_WRITE:
    case LANE_WAITS_REST:
        return;
    }
}

void lane_due(struct lane *lane)
{
    if (lane->waits == LANE_WAITS_NEWS)
        store(lane);
    else if (lane->waits == LANE_WAITS_WINDOW)
        take_turn(lane, LANE_READ);
    else if (lane->waits == LANE_WAITS_REST)
        take_turn(lane, lane->work);
}

void lane_retire(struct lane *lane, bool give_up)
{
    if (lane->waits == LANE_WAITS_CALL && give_up) {
        struct caller *caller = lane->run->triggers->caller;
        caller->give_up(caller, &lane->call);
        arena_release(&lane->call.arena);
        run_note_called(lane->run, NULL);
        lane->waits = LANE_WAITS_TURN;
    }
    if (lane_is_quiet(lane))
        end(lane);
}
