/* What was given up: where it stood, why, and the record itself. */
#include "base/contract.h"
#include "base/log.h"
#include "engine/item_key.h"
#include "item/value_builder.h"
#include "triggers/lane_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BEGINS "{\"deadLetter\":"

static const struct stream_generation *generation_at(const struct stream *stream, struct stream_position at)
{
    for (size_t i = stream->generation_count; i > 0; i--)
        if (stream->generations[i - 1].first_commit < at.commit)
            return &stream->generations[i - 1];
    return NULL;
}

struct dead_letter dead_letter_of(const struct lane *lane)
{
    const struct run *run = lane->run;
    const struct batch *b = &lane->batch;
    const struct batch_record *record = &b->records[b->begin];
    return (struct dead_letter){
        .trigger = &run->trigger,
        .stream = &run->stream,
        .shard = lane->shard,
        .generation = generation_at(&run->stream, record->position),
        .record = record,
        .text = slice_of(b->text.data + record->at, record->size),
        .error = lane->error,
        .attempts = b->attempts,
        .now_ms = clock_wall_ms(run->triggers->engine->clock),
    };
}

struct place {
    char sequence[STREAM_SEQUENCE_BYTES];
    char shard[STREAM_SHARD_ID_BYTES];
    char event[CHANGE_EVENT_ID_BYTES];
};

static struct place place_of(const struct dead_letter *letter)
{
    struct place place;
    struct stream_shard shard = {letter->generation ? letter->generation->first_commit : 0, letter->shard};
    stream_sequence_write(letter->record->position, place.sequence);
    stream_shard_write(shard, place.shard);
    change_event_id(letter->stream, letter->record->position, place.event);
    return place;
}

void dead_letter_log(const struct dead_letter *letter)
{
    struct place place = place_of(letter);
    log_event(LOG_ERROR, "a trigger gives up a record", LOG_SLICE("trigger", letter->trigger->name),
              LOG_SLICE("table", letter->trigger->table),
              LOG_SLICE("shard", slice_of(place.shard, sizeof place.shard)),
              LOG_SLICE("sequence_number", slice_of(place.sequence, sizeof place.sequence)),
              LOG_NUMBER("attempts", letter->attempts), LOG_TEXT("error", letter->error));
}

/* ------------------------------------------------------------------ a file */

static struct slice line_of(const struct dead_letter *letter, struct arena *arena)
{
    struct place place = place_of(letter);
    struct buf line;
    struct json_writer w;
    buf_init(&line, arena, letter->text.size + 1024);
    json_writer_init(&w, &line);
    json_begin_object(&w);
    json_name(&w, SLICE("deadLetter"));
    json_begin_object(&w);
    json_member_string(&w, "trigger", letter->trigger->name);
    json_member_string(&w, "table", letter->trigger->table);
    json_member_string(&w, "streamLabel", letter->stream->label);
    json_member_string(&w, "shardId", slice_of(place.shard, sizeof place.shard));
    json_member_string(&w, "sequenceNumber", slice_of(place.sequence, sizeof place.sequence));
    json_member_string(&w, "eventID", slice_of(place.event, sizeof place.event));
    json_member_string(&w, "error", slice_from_cstr(letter->error));
    json_member_i64(&w, "attempts", letter->attempts);
    json_member_i64(&w, "failedAtMs", letter->now_ms);
    json_end_object(&w);
    json_name(&w, SLICE("record"));
    json_raw(&w, letter->text);
    json_end_object(&w);
    buf_append_byte(&line, '\n');
    return buf_slice(&line);
}

static bool refused(const char *path, const char *why, struct error *err)
{
    return error_set(err, ERR_UNAVAILABLE, "dead letters cannot be written to %s: %s", path, why);
}

/* Whoever may make triggers must not be able to append to just any file: an empty one, or one that has dead letters. */
static bool is_for_dead_letters(int fd)
{
    char begin[sizeof FILE_BEGINS - 1];
    struct stat about;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        return false;
    return about.st_size == 0 || (pread(fd, begin, sizeof begin, 0) == (ssize_t)sizeof begin &&
                                  memcmp(begin, FILE_BEGINS, sizeof begin) == 0);
}

static bool append(int fd, struct slice line, const char *path, struct error *err)
{
    if (!is_for_dead_letters(fd))
        return refused(path, "it is there and is no file of dead letters", err);
    while (line.size > 0) {
        ssize_t written = write(fd, line.data, line.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return refused(path, strerror(errno), err);
        line = slice_after(line, (size_t)written);
    }
    return fdatasync(fd) == 0 || refused(path, strerror(errno), err);
}

bool dead_letter_to_file(const struct dead_letter *letter, struct arena *arena, struct error *err)
{
    const char *path = arena_copy_cstr(arena, letter->trigger->dead_letters_text);
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return refused(path, strerror(errno), err);
    bool ok = append(fd, line_of(letter, arena), path, err);
    close(fd);
    return ok;
}

/* ------------------------------------------------------------------ a table */

bool dead_letter_check_table(const struct table *table, struct error *err)
{
    const struct key_schema *key = &table->key;
    if (key->hash[0].type == VALUE_S && (key->range_count == 0 || key->range[0].type == VALUE_S))
        return true;
    return error_set(
        err, ERR_VALIDATION,
        "a table of dead letters needs keys of type S: the trigger's name and the sequence number, "
        "or the event's id alone");
}

static void add_text(struct value_builder *b, struct slice name, struct slice text)
{
    uint32_t member;
    bool begun = value_builder_entry_begin(b, name, &member);
    INVARIANT(begun);
    value_builder_member_end(b, member, value_builder_text(b, VALUE_S, text));
}

static void add_number(struct value_builder *b, struct slice name, int64_t value)
{
    struct number number;
    uint32_t member;
    number_from_u64((uint64_t)value, &number);
    bool begun = value_builder_entry_begin(b, name, &member);
    INVARIANT(begun);
    value_builder_member_end(b, member, value_builder_text(b, VALUE_N, number_slice(&number)));
}

/* Of entries with the same name the last one stays, so the keys come last. */
static struct slice item_of(const struct dead_letter *letter, const struct key_schema *key, bool whole,
                            struct arena *arena)
{
    struct place place = place_of(letter);
    struct slice sequence = slice_of(place.sequence, sizeof place.sequence);
    struct slice event = slice_of(place.event, sizeof place.event);
    struct value_builder b;
    value_builder_init(&b, arena, letter->text.size + 1024);
    struct value_builder_mark mark = value_builder_begin_item(&b);
    add_text(&b, SLICE("trigger"), letter->trigger->name);
    add_text(&b, SLICE("table"), letter->trigger->table);
    add_text(&b, SLICE("streamLabel"), letter->stream->label);
    add_text(&b, SLICE("shardId"), slice_of(place.shard, sizeof place.shard));
    add_text(&b, SLICE("sequenceNumber"), sequence);
    add_text(&b, SLICE("eventID"), event);
    add_text(&b, SLICE("error"), slice_from_cstr(letter->error));
    add_number(&b, SLICE("attempts"), letter->attempts);
    add_number(&b, SLICE("failedAtMs"), letter->now_ms);
    if (whole)
        add_text(&b, SLICE("record"), letter->text);
    add_text(&b, key->hash[0].name, key->range_count > 0 ? letter->trigger->name : event);
    if (key->range_count > 0)
        add_text(&b, key->range[0].name, sequence);
    return value_builder_end_item(&b, mark);
}

static void give(void *snapshot)
{
    catalog_give(snapshot);
}

bool dead_letter_to_table(const struct dead_letter *letter, struct catalog *catalog, struct arena *arena,
                          struct item_change *change_out, struct error *err)
{
    const struct catalog_snapshot *snapshot = catalog_take(catalog);
    arena_cleanup_add(arena, give, (void *)snapshot);
    const struct table *table;
    if (!catalog_use(snapshot, letter->trigger->dead_letters_text, &table, err))
        return error_set(err, ERR_UNAVAILABLE, "there is no table '%.*s' for dead letters",
                         SLICE_PRINTF(letter->trigger->dead_letters_text));
    if (!dead_letter_check_table(table, err))
        return false;
    struct slice item = item_of(letter, &table->key, true, arena);
    if (item_size_bytes(item) > ITEM_SIZE_BYTES_MAX)
        item = item_of(letter, &table->key, false, arena);
    *change_out = (struct item_change){.table = table, .action = ITEM_PUT, .item = item};
    return item_key_of_item(table, item, &change_out->key, err);
}
