/* fixture.h - a store in memory with faults at will, a table with a stream, triggers, and a target that is a function of the test:
 * it sees every call, and answers as it is told to. */
#ifndef STATOR_TEST_TRIGGERS_FIXTURE_H
#define STATOR_TEST_TRIGGERS_FIXTURE_H

#include "base/contract.h"
#include "engine/item_key.h"
#include "json/base64.h"
#include "json/json_reader.h"
#include "support/item.h"
#include "support/store.h"
#include "triggers/triggers_priv.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000, SEEN_MAX = 20000, CALLS_HELD_MAX = 64 };

#define TABLE_NAME "Things"

/* A record that the target saw. */
struct seen {
    char key[16];
    int64_t value; /* its v; -1: the item was deleted */
    char sequence[STREAM_SEQUENCE_BYTES + 1];
    char event[CHANGE_EVENT_ID_BYTES + 1];
    size_t call;
    char trigger[32];
    bool taken;
};

struct fixture;

/* Called on the triggers' thread, under the mutex. Decides about one call: its records are f->seen[first] to f->seen[last - 1]. An
 * answer that is a failure begins with '!'; one that Kinesis refuses for what it holds with '?'; NULL: the call is held until
 * fixture_let_go(). What else it is does not matter to Kinesis: its answer says which records were taken. */
typedef const char *respond(struct fixture *f, size_t first, size_t last);

struct held {
    struct trigger_mail mail;
    struct call *call;
    char answer[4096];
    size_t first, last;
    bool used;
    bool held;
};

struct fixture {
    struct caller caller; /* first */
    struct arena arena;
    struct error err;
    struct engine engine; /* its storage is a faulty one */
    struct catalog *catalog;
    struct triggers *triggers;
    struct triggers_options options;
    struct kinesis_endpoint kinesis;

    pthread_mutex_t mutex; /* of what follows */
    respond *respond;
    struct seen seen[SEEN_MAX];
    size_t seen_count;
    size_t calls;
    size_t in_flight, in_flight_max;
    struct held held[CALLS_HELD_MAX];
};

static inline void fixture_check(struct fixture *f, bool ok)
{
    if (!ok)
        fail_msg("%s (%s)", f->err.message ? f->err.message : "", f->err.detail ? f->err.detail : "");
}

/* ------------------------------------------------------------------ the target */

static inline void fixture_text(char *out, size_t size, struct slice text)
{
    snprintf(out, size, "%.*s", SLICE_PRINTF(text));
}

/* The member of an object that has begun; the rest of the object is passed over with the record. */
static inline void fixture_read_image(struct json_reader *r, struct seen *seen, bool keys)
{
    enum json_token token;
    while ((token = json_next(r)) == JSON_NAME) {
        bool key = slice_equal(r->text, SLICE("pk")), value = slice_equal(r->text, SLICE("v"));
        assert_int_equal(json_next(r), JSON_OBJECT_BEGIN);
        assert_int_equal(json_next(r), JSON_NAME);
        token = json_next(r);
        if (keys && key)
            fixture_text(seen->key, sizeof seen->key, r->text);
        if (!keys && value)
            seen->value = strtoll(r->text.data, NULL, 10);
        assert_true(json_skip(r, token));
        assert_int_equal(json_next(r), JSON_OBJECT_END);
    }
    assert_int_equal(token, JSON_OBJECT_END);
}

static inline void fixture_read_change(struct json_reader *r, struct seen *seen)
{
    while (json_next(r) == JSON_NAME) {
        struct slice name = r->text;
        enum json_token token = json_next(r);
        if (slice_equal(name, SLICE("Keys")))
            fixture_read_image(r, seen, true);
        else if (slice_equal(name, SLICE("NewImage")))
            fixture_read_image(r, seen, false);
        else if (slice_equal(name, SLICE("SequenceNumber")))
            fixture_text(seen->sequence, sizeof seen->sequence, r->text);
        else
            assert_true(json_skip(r, token));
    }
}

static inline void fixture_read_record(struct json_reader *r, struct seen *seen)
{
    while (json_next(r) == JSON_NAME) {
        struct slice name = r->text;
        enum json_token token = json_next(r);
        if (slice_equal(name, SLICE("dynamodb")))
            fixture_read_change(r, seen);
        else if (slice_equal(name, SLICE("eventID")))
            fixture_text(seen->event, sizeof seen->event, r->text);
        else
            assert_true(json_skip(r, token));
    }
}

static inline void fixture_read_entry(struct json_reader *r, struct seen *seen, struct arena *arena)
{
    struct json_reader record;
    while (json_next(r) == JSON_NAME) {
        bool data = slice_equal(r->text, SLICE("Data"));
        assert_int_equal(json_next(r), JSON_STRING);
        if (!data)
            continue;
        char *bytes = arena_alloc_bytes(arena, base64_bytes_max(r->text.size));
        size_t size;
        assert_true(base64_decode(r->text, bytes, &size));
        json_reader_init(&record, slice_of(bytes, size), 64, arena);
        assert_int_equal(json_next(&record), JSON_OBJECT_BEGIN);
        fixture_read_record(&record, seen);
    }
}

static inline void fixture_read_event(struct fixture *f, struct slice body, const char *trigger, bool kinesis)
{
    struct json_reader r;
    struct arena arena;
    arena_init(&arena, 4096);
    json_reader_init(&r, body, 64, &arena);
    assert_int_equal(json_next(&r), JSON_OBJECT_BEGIN);
    while (json_next(&r) == JSON_NAME && !slice_equal(r.text, SLICE("Records")))
        assert_int_equal(json_next(&r), JSON_STRING);
    assert_int_equal(json_next(&r), JSON_ARRAY_BEGIN);
    while (json_next(&r) == JSON_OBJECT_BEGIN) {
        assert_true(f->seen_count < SEEN_MAX);
        struct seen *seen = &f->seen[f->seen_count++];
        *seen = (struct seen){.value = -1, .call = f->calls};
        snprintf(seen->trigger, sizeof seen->trigger, "%s", trigger);
        if (kinesis)
            fixture_read_entry(&r, seen, &arena);
        else
            fixture_read_record(&r, seen);
    }
    arena_release(&arena);
}

static inline void fixture_say(struct call *call, const char *text)
{
    assert_true(call_answer(call, text, strlen(text)));
}

static inline void fixture_refuse(struct call *call)
{
    fixture_say(call, "{\"__type\":\"ValidationException\"}");
    call_fail(call, "refused");
    call->status = 400;
}

static inline void fixture_answer_kinesis(struct fixture *f, const struct held *held)
{
    fixture_say(held->call, "{\"Records\":[");
    for (size_t i = held->first; i < held->last; i++) {
        fixture_say(held->call, i > held->first ? "," : "");
        fixture_say(held->call, f->seen[i].taken ? "{\"ShardId\":\"s\"}" : "{\"ErrorCode\":\"Throttled\"}");
    }
    fixture_say(held->call, "]}");
}

/* On the triggers' thread: the call comes to its end. */
static inline void fixture_end_call(struct trigger_mail *mail)
{
    struct held *held = (struct held *)((char *)mail - offsetof(struct held, mail));
    struct fixture *f = (struct fixture *)mail->triggers->caller;
    pthread_mutex_lock(&f->mutex);
    struct call *call = held->call;
    held->used = held->call != NULL && held->used;
    if (call) {
        f->in_flight--;
        if (held->answer[0] == '!')
            call_fail(call, "%s", held->answer + 1);
        else if (held->answer[0] == '?')
            fixture_refuse(call);
        else if (call->kind == TRIGGER_KINESIS)
            fixture_answer_kinesis(f, held);
        else
            assert_true(call_answer(call, held->answer, strlen(held->answer)));
    }
    held->used = false;
    pthread_mutex_unlock(&f->mutex);
    if (call)
        call->done(call);
}

static inline void fixture_begin(struct caller *caller, struct call *call)
{
    struct fixture *f = (struct fixture *)caller;
    struct arena arena;
    struct buf body;
    arena_init(&arena, 4096);
    buf_init(&body, &arena, 4096);
    for (size_t i = 0; i < CALL_PARTS; i++)
        buf_append(&body, call->parts[i]);
    arena_init(&call->arena, 1024);
    buf_init(&call->answer, &call->arena, 64);
    pthread_mutex_lock(&f->mutex);
    size_t first = f->seen_count, i = 0;
    fixture_read_event(f, buf_slice(&body), call->trigger, call->kind == TRIGGER_KINESIS);
    f->calls++;
    f->in_flight++;
    if (f->in_flight > f->in_flight_max)
        f->in_flight_max = f->in_flight;
    const char *answer = f->respond(f, first, f->seen_count);
    while (i < CALLS_HELD_MAX && f->held[i].used)
        i++;
    assert_true(i < CALLS_HELD_MAX);
    struct held *held = &f->held[i];
    *held = (struct held){.call = call, .first = first, .last = f->seen_count, .used = true, .held = !answer};
    held->mail = (struct trigger_mail){.take = fixture_end_call, .triggers = f->triggers};
    snprintf(held->answer, sizeof held->answer, "%s", answer ? answer : "");
    call->transfer = held;
    pthread_mutex_unlock(&f->mutex);
    if (answer)
        assert_true(triggers_post(f->triggers, &held->mail));
    arena_release(&arena);
}

static inline void fixture_give_up(struct caller *caller, struct call *call)
{
    struct fixture *f = (struct fixture *)caller;
    struct held *held = call->transfer;
    pthread_mutex_lock(&f->mutex);
    held->call = NULL;
    held->used = !held->held; /* its mail is still to come */
    f->in_flight--;
    pthread_mutex_unlock(&f->mutex);
}

/* Answers all calls that are held. Returns how many they were. */
static inline size_t fixture_let_go(struct fixture *f, const char *answer)
{
    size_t count = 0;
    pthread_mutex_lock(&f->mutex);
    for (size_t i = 0; i < CALLS_HELD_MAX; i++) {
        struct held *held = &f->held[i];
        if (!held->used || !held->held || !held->call)
            continue;
        held->held = false;
        snprintf(held->answer, sizeof held->answer, "%s", answer);
        assert_true(triggers_post(f->triggers, &held->mail));
        count++;
    }
    pthread_mutex_unlock(&f->mutex);
    return count;
}

static inline const char *fixture_takes(struct fixture *f, size_t first, size_t last)
{
    for (size_t i = first; i < last; i++)
        f->seen[i].taken = true;
    return "{}";
}

static inline const char *fixture_holds(struct fixture *f, size_t first, size_t last)
{
    (void)f, (void)first, (void)last;
    return NULL;
}

static inline const char *fixture_fails(struct fixture *f, size_t first, size_t last)
{
    (void)f, (void)first, (void)last;
    return "!it failed";
}

static inline void fixture_set_respond(struct fixture *f, respond *by)
{
    pthread_mutex_lock(&f->mutex);
    f->respond = by;
    pthread_mutex_unlock(&f->mutex);
}

/* ------------------------------------------------------------------ open and close */

static inline void fixture_start(struct fixture *f)
{
    f->engine.stream_watches = stream_watches_new(f->engine.clock);
    pthread_mutex_lock(&f->mutex); /* no call before triggers are known */
    bool ok = triggers_open_calling(&f->engine, f->catalog, &f->options, &f->caller, &f->triggers, &f->err);
    pthread_mutex_unlock(&f->mutex);
    fixture_check(f, ok);
}

static inline void fixture_stop(struct fixture *f)
{
    triggers_stop(f->triggers);
    stream_watches_stop(f->engine.stream_watches);
    triggers_close(f->triggers);
    stream_watches_free(f->engine.stream_watches);
    f->triggers = NULL;
    f->engine.stream_watches = NULL;
    memset(f->held, 0, sizeof f->held);
    f->in_flight = 0;
}

static inline struct fixture *fixture_open(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct catalog_options catalog;
    f->caller = (struct caller){fixture_begin, fixture_give_up};
    f->respond = fixture_takes;
    pthread_mutex_init(&f->mutex, NULL);
    arena_init(&f->arena, 4096);
    error_init(&f->err, &f->arena);
    f->engine.clock = clock_system();
    f->engine.storage = storage_open_faulty(store_in_memory(&f->err));
    f->engine.expressions = expr_cache_new(16);
    catalog_options_init(&catalog);
    catalog.store = f->engine.storage;
    catalog.clock = f->engine.clock;
    catalog.stream_shards = 2;
    fixture_check(f, catalog_open(&catalog, &f->catalog, &f->err));
    triggers_options_init(&f->options);
    f->options.commands = true;
    fixture_check(f, kinesis_endpoint_init(&f->kinesis, "http://kinesis", "id", "secret", NULL, &f->err));
    f->options.kinesis = &f->kinesis;
    f->options.rest_ms_min = 1;
    f->options.rest_ms_max = 20;
    fixture_start(f);
    return f;
}

static inline void fixture_close(struct fixture *f)
{
    arena_reset(&f->arena); /* gives views back */
    fixture_stop(f);
    catalog_close(f->catalog);
    storage_close(f->engine.storage);
    expr_cache_free(f->engine.expressions);
    arena_release(&f->arena);
    pthread_mutex_destroy(&f->mutex);
    free(f);
}

/* ------------------------------------------------------------------ tables and their streams */

/* Key pk: S. */
static inline void fixture_create_named(struct fixture *f, const char *name, bool stream)
{
    static struct key_attribute definitions[] = {{SLICE("pk"), VALUE_S}};
    struct table wanted = {.name = slice_from_cstr(name), .definitions = definitions, .definition_count = 1};
    struct catalog_change change = {.arena = &f->arena};
    wanted.billing_mode = BILLING_PAY_PER_REQUEST;
    wanted.key.hash_count = 1;
    wanted.key.hash[0] = definitions[0];
    wanted.streams[STREAM_SHOWN].enabled = stream;
    wanted.streams[STREAM_SHOWN].view = STREAM_VIEW_NEW_AND_OLD_IMAGES;
    fixture_check(f, catalog_create_table_wait(f->catalog, &wanted, &change, &f->err));
}

static inline void fixture_create_table(struct fixture *f)
{
    fixture_create_named(f, TABLE_NAME, true);
}

static inline void fixture_delete_table(struct fixture *f)
{
    struct catalog_change change = {.arena = &f->arena};
    fixture_check(f, catalog_delete_table_wait(f->catalog, SLICE(TABLE_NAME), &change, &f->err));
}

struct stream_edit {
    struct catalog_edit edit; /* first */
    enum { STREAM_OPEN, STREAM_CLOSE, STREAM_ROLL } step;
    enum stream_kind kind;
};

static inline bool fixture_run_edit(struct catalog_edit *base, struct storage_tx *tx, struct table *next,
                                    struct arena *arena, struct error *err)
{
    const struct stream_edit *edit = (const struct stream_edit *)base;
    switch (edit->step) {
    case STREAM_OPEN:
        next->streams[edit->kind].view = STREAM_VIEW_NEW_AND_OLD_IMAGES;
        return stream_open(tx, next, edit->kind, 3, arena, err);
    case STREAM_CLOSE:
        return stream_close(tx, next, edit->kind, arena, err);
    case STREAM_ROLL:
        return stream_roll(tx, next, edit->kind, INT64_MAX, arena, err);
    }
    return false;
}

static inline void fixture_edit_stream_of(struct fixture *f, enum stream_kind kind, int step)
{
    struct stream_edit edit = {.edit = {fixture_run_edit}, .kind = kind};
    struct catalog_change change = {.arena = &f->arena};
    edit.step = step;
    fixture_check(f, catalog_edit_table_wait(f->catalog, SLICE(TABLE_NAME), &edit.edit, &change, &f->err));
}

static inline void fixture_edit_stream(struct fixture *f, int step)
{
    fixture_edit_stream_of(f, STREAM_SHOWN, step);
}

struct trim_write {
    struct storage_write write; /* first */
    struct slice label;
};

static inline bool fixture_run_trim(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    return stream_trim(tx, SLICE(TABLE_NAME), ((struct trim_write *)write)->label, INT64_MAX, write->arena,
                       err);
}

/* Drops all closed shards of the newest stream of that kind. */
static inline void fixture_trim_of(struct fixture *f, enum stream_kind kind)
{
    const struct catalog_snapshot *snapshot = catalog_take(f->catalog);
    const struct table *table = catalog_find(snapshot, SLICE(TABLE_NAME));
    struct trim_write trim = {{.run = fixture_run_trim, .arena = &f->arena}, table->streams[kind].label};
    fixture_check(f, storage_write_wait(f->engine.storage, &trim.write, &f->err));
    catalog_give(snapshot);
}

static inline void fixture_trim(struct fixture *f)
{
    fixture_trim_of(f, STREAM_SHOWN);
}

/* ------------------------------------------------------------------ items */

static inline void fixture_post(struct item_commit *commit)
{
    sem_post(commit->arg);
}

static inline void fixture_put_in(struct fixture *f, const char *name, const char *key, int64_t value)
{
    struct arena arena;
    struct error err;
    sem_t done;
    struct item_change change = {.action = ITEM_PUT};
    struct item_commit commit = {.changes = &change, .count = 1, .done = fixture_post, .arg = &done};
    arena_init(&arena, 4096);
    error_init(&err, &arena);
    change.item =
        item_from_json(&arena, arena_printf(&arena, "{\"pk\":{\"S\":\"%s\"},\"v\":{\"N\":\"%lld\"}}", key,
                                            (long long)value));
    const struct catalog_snapshot *snapshot = catalog_take(f->catalog);
    change.table = catalog_find(snapshot, slice_from_cstr(name));
    assert_non_null(change.table);
    assert_true(item_key_of_item(change.table, change.item, &change.key, &err));
    sem_init(&done, 0, 0);
    item_commit_submit(&f->engine, &commit, &arena);
    while (sem_wait(&done) != 0)
        continue;
    sem_destroy(&done);
    assert_int_equal(commit.storage.error.code, ERR_NONE);
    catalog_give(snapshot);
    arena_release(&arena);
}

static inline void fixture_put(struct fixture *f, const char *key, int64_t value)
{
    fixture_put_in(f, TABLE_NAME, key, value);
}

/* Keys k0, k1, ...; values `from`, `from` + 1, ..., so that those of a key rise. */
static inline void fixture_put_many(struct fixture *f, int keys, int from, int count)
{
    for (int i = from; i < from + count; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i % keys);
        fixture_put(f, key, i);
    }
}

/* ------------------------------------------------------------------ triggers */

static inline struct trigger fixture_wanted(struct fixture *f, const char *json)
{
    struct trigger wanted;
    enum trigger_start ignored;
    fixture_check(f, trigger_read_definition(slice_from_cstr(json), &f->arena, &wanted, &ignored, &f->err));
    return wanted;
}

/* `more` begins with a comma, or is empty. */
static inline enum error_code fixture_try_create(struct fixture *f, const char *more, enum trigger_start from)
{
    const char *json =
        arena_printf(&f->arena, "{\"table\":\"" TABLE_NAME "\",\"target\":\"http://x\"%s}", more);
    struct trigger_order order = {.action = TRIGGER_CREATE, .from = from, .wanted = fixture_wanted(f, json)};
    return triggers_order_wait(f->triggers, &order, &f->arena, &f->err) ? ERR_NONE : f->err.code;
}

static inline void fixture_create(struct fixture *f, const char *more)
{
    fixture_check(f, fixture_try_create(f, more, TRIGGER_TRIM_HORIZON) == ERR_NONE);
}

static inline enum error_code fixture_order(struct fixture *f, enum trigger_action action, const char *name)
{
    struct trigger_order order = {.action = action, .name = slice_from_cstr(name)};
    return triggers_order_wait(f->triggers, &order, &f->arena, &f->err) ? ERR_NONE : f->err.code;
}

static inline void fixture_reset(struct fixture *f, enum trigger_start from, const char *sequence)
{
    struct trigger_order order = {.action = TRIGGER_RESET, .name = SLICE(TABLE_NAME), .from = from};
    if (sequence)
        assert_true(stream_sequence_parse(slice_from_cstr(sequence), &order.at));
    fixture_check(f, triggers_order_wait(f->triggers, &order, &f->arena, &f->err));
}

/* *out lives in f->arena; false: there is none of that name. */
static inline bool fixture_find(struct fixture *f, const char *name, struct trigger_status *out)
{
    struct trigger_list list;
    fixture_check(f, triggers_list(f->triggers, TRIGGER_LAG_RECORDS_MAX, &f->arena, &list, &f->err));
    for (size_t i = 0; i < list.count; i++) {
        *out = list.triggers[i];
        if (slice_equal(out->trigger.name, slice_from_cstr(name)))
            return true;
    }
    return false;
}

static inline struct trigger_status fixture_status(struct fixture *f)
{
    struct trigger_status status = {0};
    assert_true(fixture_find(f, TABLE_NAME, &status));
    return status;
}

/* ------------------------------------------------------------------ waiting */

#define UNTIL(condition)                                                      \
    do {                                                                      \
        int ms_ = 0;                                                          \
        while (!(condition)) {                                                \
            triggers_tick(f->triggers);                                       \
            catalog_tick(f->catalog);                                         \
            usleep(1000);                                                     \
            if (++ms_ == PATIENCE_MS)                                         \
                fail_msg("%s:%d: never: %s", __FILE__, __LINE__, #condition); \
        }                                                                     \
    } while (0)

static inline size_t fixture_seen(struct fixture *f)
{
    pthread_mutex_lock(&f->mutex);
    size_t count = f->seen_count;
    pthread_mutex_unlock(&f->mutex);
    return count;
}

static inline size_t fixture_calls(struct fixture *f)
{
    pthread_mutex_lock(&f->mutex);
    size_t count = f->calls;
    pthread_mutex_unlock(&f->mutex);
    return count;
}

static inline size_t fixture_in_flight(struct fixture *f)
{
    pthread_mutex_lock(&f->mutex);
    size_t count = f->in_flight;
    pthread_mutex_unlock(&f->mutex);
    return count;
}

static inline int64_t fixture_delivered(struct fixture *f)
{
    return fixture_status(f).counts.delivered;
}

static inline void fixture_wait_delivered(struct fixture *f, int64_t count)
{
    UNTIL(fixture_delivered(f) + fixture_status(f).counts.given_up >= count);
    assert_int_equal(fixture_status(f).lag_records, 0);
}

/* Every value of each key was taken, the first time in order; nothing is behind what is missing before it. */
static inline void fixture_check_order(struct fixture *f, int keys, int count)
{
    pthread_mutex_lock(&f->mutex);
    for (int k = 0; k < keys; k++) {
        char key[16];
        int64_t expected = k;
        snprintf(key, sizeof key, "k%d", k);
        for (size_t i = 0; i < f->seen_count; i++) {
            if (strcmp(f->seen[i].key, key) != 0 || !f->seen[i].taken)
                continue;
            if (f->seen[i].value > expected)
                fail_msg("%s: %lld came before %lld", key, (long long)f->seen[i].value, (long long)expected);
            if (f->seen[i].value == expected)
                expected += keys;
        }
        if (expected < count)
            fail_msg("%s: %lld never came", key, (long long)expected);
    }
    pthread_mutex_unlock(&f->mutex);
}

static inline int fixture_setup(void **state)
{
    *state = fixture_open();
    return 0;
}

static inline int fixture_teardown(void **state)
{
    fixture_close(*state);
    return 0;
}

#endif
