#include "table/stream.h"

#include "base/contract.h"
#include "table/arn.h"
#include "table/catalog.h"
#include "table/key_record_priv.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum { RECORD_BYTES = 512, COMMIT_DIGITS = 20, CHANGE_DIGITS = 5, SEQUENCE_DIGITS_MAX = 40 };

static_assert(STREAM_SEQUENCE_BYTES == 1 + COMMIT_DIGITS + CHANGE_DIGITS, "docs/format.md#streams");

/* ------------------------------------------------------------------ digits */

/* Exactly `count` digits of `base`, as a number; false: something else stands there, or it is too large. */
static bool take_digits(struct slice text, size_t count, unsigned base, uint64_t *out)
{
    uint64_t number = 0;
    if (text.size < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        char c = text.data[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                : base;
        if (digit >= base || __builtin_mul_overflow(number, base, &number) ||
            __builtin_add_overflow(number, digit, &number))
            return false;
    }
    *out = number;
    return true;
}

static void put_digits(char *out, size_t count, unsigned base, uint64_t number)
{
    for (size_t i = count; i > 0; i--, number /= base)
        out[i - 1] = "0123456789abcdef"[number % base];
}

/* ------------------------------------------------------------------ shards and positions */

#define SHARD_PREFIX "shardId-"

enum { PREFIX_BYTES = sizeof SHARD_PREFIX - 1, NUMBER_DIGITS = 8 };

static_assert(STREAM_SHARD_ID_BYTES == PREFIX_BYTES + COMMIT_DIGITS + 1 + NUMBER_DIGITS,
              "docs/format.md#streams");

void stream_shard_write(struct stream_shard shard, char out[STREAM_SHARD_ID_BYTES])
{
    memcpy(out, SHARD_PREFIX, PREFIX_BYTES);
    put_digits(out + PREFIX_BYTES, COMMIT_DIGITS, 10, shard.first_commit);
    out[PREFIX_BYTES + COMMIT_DIGITS] = '-';
    put_digits(out + PREFIX_BYTES + COMMIT_DIGITS + 1, NUMBER_DIGITS, 16, shard.number);
}

bool stream_shard_parse(struct slice id, struct stream_shard *out)
{
    uint64_t number;
    if (id.size != STREAM_SHARD_ID_BYTES || !slice_starts_with(id, SLICE(SHARD_PREFIX)) ||
        id.data[PREFIX_BYTES + COMMIT_DIGITS] != '-' ||
        !take_digits(slice_after(id, PREFIX_BYTES), COMMIT_DIGITS, 10, &out->first_commit) ||
        !take_digits(slice_after(id, PREFIX_BYTES + COMMIT_DIGITS + 1), NUMBER_DIGITS, 16, &number))
        return false;
    out->number = (uint32_t)number;
    return true;
}

void stream_sequence_write(struct stream_position position, char out[STREAM_SEQUENCE_BYTES])
{
    out[0] = '1';
    put_digits(out + 1, COMMIT_DIGITS, 10, position.commit);
    put_digits(out + 1 + COMMIT_DIGITS, CHANGE_DIGITS, 10, position.change);
}

bool stream_sequence_parse(struct slice digits, struct stream_position *out)
{
    uint64_t change;
    while (digits.size > STREAM_SEQUENCE_BYTES && digits.data[0] == '0')
        digits = slice_after(digits, 1);
    if (digits.size != STREAM_SEQUENCE_BYTES || digits.data[0] != '1' ||
        !take_digits(slice_after(digits, 1), COMMIT_DIGITS, 10, &out->commit) ||
        !take_digits(slice_after(digits, 1 + COMMIT_DIGITS), CHANGE_DIGITS, 10, &change))
        return false;
    out->change = (uint32_t)change;
    return true;
}

/* ------------------------------------------------------------------ ARNs */

#define STREAM_PART "/stream/"

struct slice stream_arn(struct arena *arena, struct slice region, struct slice account, struct slice table,
                        struct slice label)
{
    return slice_from_cstr(arena_printf(arena, "%.*s" STREAM_PART "%.*s",
                                        SLICE_PRINTF(table_arn(arena, region, account, table)),
                                        SLICE_PRINTF(label)));
}

bool stream_arn_parse(struct slice arn, struct stream_arn_parts *out)
{
    const char *part = memmem(arn.data, arn.size, STREAM_PART, sizeof STREAM_PART - 1);
    struct table_arn_parts table;
    if (!part || !table_arn_parse(slice_of(arn.data, (size_t)(part - arn.data)), &table))
        return false;
    *out = (struct stream_arn_parts){
        .region = table.region,
        .account = table.account,
        .table = table.name,
        .label = slice_after(arn, (size_t)(part - arn.data) + sizeof STREAM_PART - 1),
    };
    return out->label.size > 0;
}

/* ------------------------------------------------------------------ records */

#define AT(member) offsetof(struct stream_generation, member)

static const struct record_field generation_fields[] = {
    {"space", RECORD_U32, AT(space)},
    {"shards", RECORD_U32, AT(shard_count)},
    {"first_commit", RECORD_I64, AT(first_commit)},
    {"opened_ms", RECORD_I64, AT(opened_ms)},
    {"last_commit", RECORD_I64, AT(last_commit)},
    {"closed_ms", RECORD_I64, AT(closed_ms)},
};

enum { GENERATION_FIELDS = sizeof generation_fields / sizeof generation_fields[0] };

static void write_generation(struct json_writer *w, const struct stream_generation *generation)
{
    json_begin_object(w);
    record_put_fields(w, generation_fields, GENERATION_FIELDS, generation);
    json_end_object(w);
}

static void write_stream(const struct stream *stream, struct buf *out)
{
    struct json_writer writer, *w = &writer;
    record_open(w, out);
    record_put_text(w, "table", stream->table);
    record_put_text(w, "table_id", stream->table_id);
    record_put_text(w, "label", stream->label);
    record_put_bool(w, "hidden", stream->kind == STREAM_HIDDEN);
    record_put_cstr(w, "view", stream_view_type_name(stream->view));
    record_put_key(w, &stream->key);
    record_put_i64(w, "created_ms", stream->created_ms);
    record_put_i64(w, "closed_ms", stream->closed_ms);
    record_begin_list(w, "generations");
    for (size_t i = 0; i < stream->generation_count; i++)
        write_generation(w, &stream->generations[i]);
    json_end_array(w);
    json_end_object(w);
}

static void take_generation(struct record_reader *r, struct stream_generation *out)
{
    record_expect(r, JSON_OBJECT_BEGIN);
    record_take_fields(r, generation_fields, GENERATION_FIELDS, out);
    if (out->space < STORAGE_SPACE_FIRST_FREE || out->shard_count == 0 ||
        out->shard_count > STREAM_SHARDS_MAX)
        record_broken(r);
}

/* One more fits, for a roll. */
static void take_generations(struct record_reader *r, struct stream *out)
{
    size_t count = record_count_elements(r);
    out->generation_count = 0;
    out->generations = ARENA_NEW_ARRAY(r->arena, struct stream_generation, count + 1);
    while (record_next_element(r))
        take_generation(r, &out->generations[out->generation_count++]);
}

static void take_member(struct record_reader *r, struct stream *out)
{
    if (record_is(r, "table"))
        out->table = record_take_text(r);
    else if (record_is(r, "table_id"))
        out->table_id = record_take_text(r);
    else if (record_is(r, "label"))
        out->label = record_take_text(r);
    else if (record_is(r, "hidden"))
        out->kind = record_take_bool(r) ? STREAM_HIDDEN : STREAM_SHOWN;
    else if (record_is(r, "view")) {
        if (!stream_view_type_from_name(record_take_text(r), &out->view))
            record_broken(r);
    } else if (record_is(r, "key"))
        record_take_key(r, &out->key);
    else if (record_is(r, "created_ms"))
        out->created_ms = record_take_i64(r);
    else if (record_is(r, "closed_ms"))
        out->closed_ms = record_take_i64(r);
    else if (record_is(r, "generations"))
        take_generations(r, out);
    else
        record_pass_over(r);
}

static bool read_stream(struct slice record, struct arena *arena, struct stream *out, struct error *err)
{
    struct record_reader r;
    *out = (struct stream){0};
    if (!record_begin(&r, record, arena, err))
        return false;
    while (record_next_member(&r))
        take_member(&r, out);
    if (record_end(&r) && table_name_valid(out->table) && !slice_is_none(out->label) &&
        out->generation_count > 0 && out->key.hash_count == 1)
        return true;
    (void)error_set(err, ERR_CORRUPT, NULL);
    return error_add_detail(err, "record of a stream of table '%.*s' cannot be read",
                            SLICE_PRINTF(out->table));
}

/* ------------------------------------------------------------------ inside a transaction */

static struct storage_key stream_key(struct slice table, struct slice label)
{
    return (struct storage_key){.space = STORAGE_SPACE_STREAMS, .partition = table, .sort = label};
}

static bool tx_put(struct storage_tx *tx, const struct stream *stream, struct arena *arena, struct error *err)
{
    struct buf record;
    struct storage_key key = stream_key(stream->table, stream->label);
    buf_init(&record, arena, RECORD_BYTES);
    write_stream(stream, &record);
    return storage_tx_put(tx, &key, buf_slice(&record), err);
}

static bool tx_get(struct storage_tx *tx, struct slice table, struct slice label, struct arena *arena,
                   struct stream *out, bool *found_out, struct error *err)
{
    struct storage_key key = stream_key(table, label);
    struct slice record;
    return storage_tx_get(tx, &key, arena, &record, found_out, err) &&
           (!*found_out || read_stream(record, arena, out, err));
}

/* The stream of that kind that the table's changes go to. */
static bool tx_current(struct storage_tx *tx, const struct table *t, enum stream_kind kind,
                       struct arena *arena, struct stream *out, struct error *err)
{
    bool found;
    if (!tx_get(tx, t->name, t->streams[kind].label, arena, out, &found, err))
        return false;
    if (found && slice_equal(out->table_id, t->id) && out->kind == kind)
        return true;
    (void)error_set(err, ERR_CORRUPT, NULL);
    return error_add_detail(err, "table '%.*s' has a stream that has no record", SLICE_PRINTF(t->name));
}

/* A generation that begins with this commit. */
static bool open_generation(struct storage_tx *tx, uint32_t shard_count, struct arena *arena,
                            struct stream_generation *out, struct error *err)
{
    *out = (struct stream_generation){
        .shard_count = shard_count,
        .first_commit = storage_tx_commit_number(tx),
        .opened_ms = storage_tx_commit_ms(tx),
    };
    return catalog_tx_new_log(tx, arena, &out->space, err);
}

static void close_generation(struct storage_tx *tx, struct stream_generation *generation)
{
    generation->last_commit = storage_tx_commit_number(tx);
    generation->closed_ms = storage_tx_commit_ms(tx);
}

static void record_in(struct table_stream *next, const struct stream_generation *generation)
{
    next->space = generation->space;
    next->shards = generation->shard_count;
}

static struct slice label_at(int64_t ms, struct arena *arena)
{
    struct tm tm;
    time_t s = (time_t)(ms / 1000);
    char day[32];
    gmtime_r(&s, &tm);
    size_t size = strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm);
    INVARIANT(size > 0);
    return slice_from_cstr(arena_printf(arena, "%s.%03d", day, (int)(ms % 1000)));
}

/* The time, or if that is taken the next millisecond that is free. */
static bool new_label(struct storage_tx *tx, struct slice table, struct arena *arena, struct slice *label_out,
                      struct error *err)
{
    bool found = true;
    for (int64_t ms = storage_tx_commit_ms(tx); found; ms++) {
        *label_out = label_at(ms, arena);
        struct storage_key key = stream_key(table, *label_out);
        struct slice ignored;
        if (!storage_tx_get(tx, &key, arena, &ignored, &found, err))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ changes */

bool stream_open(struct storage_tx *tx, struct table *next, enum stream_kind kind, uint32_t shard_count,
                 struct arena *arena, struct error *err)
{
    PRE(shard_count > 0 && shard_count <= STREAM_SHARDS_MAX);
    struct table_stream *opened = &next->streams[kind];
    struct stream_generation generation;
    if (!open_generation(tx, shard_count, arena, &generation, err) ||
        !new_label(tx, next->name, arena, &opened->label, err))
        return false;
    const struct stream stream = {
        .table = next->name,
        .table_id = next->id,
        .label = opened->label,
        .kind = kind,
        .view = opened->view,
        .key = next->key,
        .created_ms = generation.opened_ms,
        .generations = &generation,
        .generation_count = 1,
    };
    opened->enabled = true;
    record_in(opened, &generation);
    return tx_put(tx, &stream, arena, err);
}

bool stream_close(struct storage_tx *tx, struct table *next, enum stream_kind kind, struct arena *arena,
                  struct error *err)
{
    PRE(next->streams[kind].enabled);
    struct stream stream;
    if (!tx_current(tx, next, kind, arena, &stream, err))
        return false;
    close_generation(tx, &stream.generations[stream.generation_count - 1]);
    stream.closed_ms = storage_tx_commit_ms(tx);
    next->streams[kind] = (struct table_stream){.label = next->streams[kind].label};
    return tx_put(tx, &stream, arena, err);
}

bool stream_close_all(struct storage_tx *tx, struct table *next, struct arena *arena, struct error *err)
{
    for (enum stream_kind kind = 0; kind < STREAM_KIND_COUNT; kind++)
        if (next->streams[kind].enabled && !stream_close(tx, next, kind, arena, err))
            return false;
    return true;
}

bool stream_roll(struct storage_tx *tx, struct table *next, enum stream_kind kind, int64_t before_ms,
                 struct arena *arena, struct error *err)
{
    PRE(next->streams[kind].enabled);
    struct stream stream;
    if (!tx_current(tx, next, kind, arena, &stream, err))
        return false;
    struct stream_generation *newest = &stream.generations[stream.generation_count - 1];
    if (newest->opened_ms >= before_ms || stream.generation_count >= STREAM_GENERATIONS_MAX)
        return true;
    close_generation(tx, newest);
    if (!open_generation(tx, newest->shard_count, arena, &newest[1], err))
        return false;
    stream.generation_count++;
    record_in(&next->streams[kind], &newest[1]);
    return tx_put(tx, &stream, arena, err);
}

bool stream_trim(struct storage_tx *tx, struct slice table, struct slice label, int64_t before_ms,
                 struct arena *arena, struct error *err)
{
    struct stream stream;
    bool found;
    size_t old = 0;
    if (!tx_get(tx, table, label, arena, &stream, &found, err))
        return false;
    if (!found)
        return true;
    while (old < stream.generation_count && stream.generations[old].last_commit != 0 &&
           stream.generations[old].closed_ms < before_ms)
        if (!storage_tx_drop_space(tx, stream.generations[old++].space, err))
            return false;
    if (old == 0)
        return true;
    stream.generations += old;
    stream.generation_count -= old;
    struct storage_key key = stream_key(table, label);
    return stream.generation_count > 0 ? tx_put(tx, &stream, arena, err) : storage_tx_delete(tx, &key, err);
}

/* ------------------------------------------------------------------ reading */

bool stream_find(struct storage_view *view, struct slice table, struct slice label, struct arena *arena,
                 struct stream *out, bool *found_out, struct error *err)
{
    struct storage_key key = stream_key(table, label);
    struct slice record;
    return storage_view_get(view, &key, arena, &record, found_out, err) &&
           (!*found_out || read_stream(record, arena, out, err));
}

static bool open_cursor(struct storage_view *view, struct slice table, const struct stream_name *after,
                        struct arena *arena, struct storage_cursor **cursor_out, struct error *err)
{
    if (!slice_is_none(table)) {
        struct storage_partition_range range = {.space = STORAGE_SPACE_STREAMS, .partition = table};
        if (after)
            range.lower = (struct storage_bound){STORAGE_BOUND_EXCLUSIVE, after->label};
        return storage_view_scan_partition(view, &range, arena, cursor_out, err);
    }
    struct storage_hash_range range = {.space = STORAGE_SPACE_STREAMS, .hash_last = UINT64_MAX};
    if (after) {
        range.hash_first = storage_partition_hash(after->table);
        range.resume = true;
        range.after_partition = after->table;
        range.after_sort = after->label;
    }
    return storage_view_scan_hash(view, &range, arena, cursor_out, err);
}

bool stream_each(struct storage_view *view, struct slice table, const struct stream_name *after,
                 struct arena *arena, stream_take *take, void *arg, struct error *err)
{
    struct storage_cursor *cursor;
    bool more = true;
    if (!open_cursor(view, table, after, arena, &cursor, err))
        return false;
    while (more) {
        struct storage_entry entry;
        struct stream stream;
        if (!storage_cursor_next(cursor, &entry, &more, err))
            return false;
        if (more && !read_stream(entry.value, arena, &stream, err))
            return false;
        more = more && take(arg, &stream);
    }
    storage_cursor_close(cursor);
    return true;
}
