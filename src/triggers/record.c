/* Triggers and lanes to records and back. The member names here are the stored format: docs/format.md#triggers. */
#include "base/contract.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "triggers/triggers_priv.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

enum { RECORD_VERSION = 1, RECORD_DEPTH_MAX = 4, NUMBER_TEXT_BYTES = 24 };

static const char *const state_names[TRIGGER_STATE_COUNT] = {"RUNNING", "PAUSED", "FAILED", "ENDED"};

const char *trigger_state_name(enum trigger_state state)
{
    PRE(state < TRIGGER_STATE_COUNT);
    return state_names[state];
}

void trigger_counts_add(struct trigger_counts *to, const struct trigger_counts *counts)
{
    to->delivered += counts->delivered;
    to->passed_over += counts->passed_over;
    to->given_up += counts->given_up;
    to->gaps += counts->gaps;
}

/* ------------------------------------------------------------------ the table of members */

enum member_kind {
    MEMBER_TEXT,   /* struct slice; absent: SLICE_NONE */
    MEMBER_NUMBER, /* int64_t or uint64_t; absent: 0 */
    MEMBER_SMALL,  /* uint32_t; likewise */
    MEMBER_FLAG,   /* bool; absent: false */
    MEMBER_ENUM,   /* an enum as its number, though stored with a name; absent: the first */
};

static const char *const target_names[] = {"url", "command", "kinesis"};
static const char *const dead_names[] = {"log", "file", "table"};

struct member {
    const char *name;
    enum member_kind kind;
    size_t offset;
    const char *const *names; /* MEMBER_ENUM */
    unsigned name_count;
};

#define AT(member) offsetof(struct trigger, member)

static const struct member members[] = {
    {"id", MEMBER_NUMBER, AT(id)},
    {"epoch", MEMBER_NUMBER, AT(epoch)},
    {"name", MEMBER_TEXT, AT(name)},
    {"state", MEMBER_ENUM, AT(state), state_names, TRIGGER_STATE_COUNT},
    {"error", MEMBER_TEXT, AT(error)},
    {"created_ms", MEMBER_NUMBER, AT(created_ms)},
    {"table", MEMBER_TEXT, AT(table)},
    {"table_id", MEMBER_TEXT, AT(table_id)},
    {"label", MEMBER_TEXT, AT(label)},
    {"start_commit", MEMBER_NUMBER, AT(start.commit)},
    {"start_change", MEMBER_SMALL, AT(start.change)},
    {"drained", MEMBER_FLAG, AT(drained)},
    {"delivered", MEMBER_NUMBER, AT(counts.delivered)},
    {"passed_over", MEMBER_NUMBER, AT(counts.passed_over)},
    {"given_up", MEMBER_NUMBER, AT(counts.given_up)},
    {"gaps", MEMBER_NUMBER, AT(counts.gaps)},
    {"target_kind", MEMBER_ENUM, AT(target), target_names, 3},
    {"target", MEMBER_TEXT, AT(target_text)},
    {"filter", MEMBER_TEXT, AT(filter)},
    {"batch_size", MEMBER_NUMBER, AT(batch_size)},
    {"window_ms", MEMBER_NUMBER, AT(window_ms)},
    {"lanes", MEMBER_NUMBER, AT(lanes)},
    {"retries", MEMBER_NUMBER, AT(retries)},
    {"timeout_ms", MEMBER_NUMBER, AT(timeout_ms)},
    {"dead_letters", MEMBER_ENUM, AT(dead_letters), dead_names, 3},
    {"dead_letters_to", MEMBER_TEXT, AT(dead_letters_text)},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------ writing */

static void write_member(struct json_writer *w, const struct member *m, const void *at)
{
    struct slice name = slice_from_cstr(m->name);
    switch (m->kind) {
    case MEMBER_TEXT:
        if (!slice_is_none(*(const struct slice *)at))
            json_name(w, name), json_string(w, *(const struct slice *)at);
        return;
    case MEMBER_NUMBER:
        if (*(const int64_t *)at != 0)
            json_name(w, name), json_i64(w, *(const int64_t *)at);
        return;
    case MEMBER_SMALL:
        if (*(const uint32_t *)at != 0)
            json_name(w, name), json_i64(w, *(const uint32_t *)at);
        return;
    case MEMBER_FLAG:
        if (*(const bool *)at)
            json_name(w, name), json_bool(w, true);
        return;
    case MEMBER_ENUM:
        json_name(w, name);
        json_string(w, slice_from_cstr(m->names[*(const unsigned *)at]));
        return;
    }
}

void trigger_write(const struct trigger *trigger, struct buf *out)
{
    struct json_writer w;
    buf_append_byte(out, RECORD_VERSION);
    json_writer_init(&w, out);
    json_begin_object(&w);
    for (size_t i = 0; i < COUNT_OF(members); i++)
        write_member(&w, &members[i], (const char *)trigger + members[i].offset);
    json_end_object(&w);
}

/* ------------------------------------------------------------------ reading */

static bool read_number(struct slice text, int64_t *out)
{
    char digits[NUMBER_TEXT_BYTES] = {0};
    char *end;
    if (text.size >= sizeof digits)
        return false;
    memcpy(digits, text.data, text.size);
    errno = 0;
    long long number = strtoll(digits, &end, 10);
    *out = number;
    return errno == 0 && *end == '\0';
}

static bool read_enum(const struct member *m, struct slice name, unsigned *out)
{
    for (*out = 0; *out < m->name_count; ++*out)
        if (slice_equal(name, slice_from_cstr(m->names[*out])))
            return true;
    return false;
}

static bool read_value(struct json_reader *r, enum json_token token, const struct member *m,
                       struct arena *arena, void *at)
{
    int64_t number;
    switch (m->kind) {
    case MEMBER_TEXT:
        *(struct slice *)at = arena_copy(arena, r->text);
        return token == JSON_STRING;
    case MEMBER_NUMBER:
        return token == JSON_NUMBER && read_number(r->text, at);
    case MEMBER_SMALL:
        if (token != JSON_NUMBER || !read_number(r->text, &number) || number < 0 || number > UINT32_MAX)
            return false;
        *(uint32_t *)at = (uint32_t)number;
        return true;
    case MEMBER_FLAG:
        *(bool *)at = token == JSON_TRUE;
        return token == JSON_TRUE || token == JSON_FALSE;
    case MEMBER_ENUM:
        return token == JSON_STRING && read_enum(m, r->text, at);
    }
    UNREACHABLE();
}

static bool read_object(struct slice record, struct arena *arena, struct trigger *out)
{
    struct json_reader r;
    enum json_token token;
    if (record.size == 0 || record.data[0] != RECORD_VERSION)
        return false;
    json_reader_init(&r, slice_after(record, 1), RECORD_DEPTH_MAX, arena);
    if (json_next(&r) != JSON_OBJECT_BEGIN)
        return false;
    while ((token = json_next(&r)) == JSON_NAME) {
        struct slice name = r.text;
        size_t i = 0;
        token = json_next(&r);
        while (i < COUNT_OF(members) && !slice_equal(name, slice_from_cstr(members[i].name)))
            i++;
        if (i == COUNT_OF(members)
                ? !json_skip(&r, token)
                : !read_value(&r, token, &members[i], arena, (char *)out + members[i].offset))
            return false;
    }
    return token == JSON_OBJECT_END && json_next(&r) == JSON_END;
}

static bool damaged(const char *what, struct error *err)
{
    (void)error_set(err, ERR_CORRUPT, "Internal server error");
    return error_add_detail(err, "%s", what);
}

bool trigger_read(struct slice record, struct arena *arena, struct trigger *out, struct error *err)
{
    *out = (struct trigger){0};
    if (!read_object(record, arena, out) || out->id == 0 || slice_is_none(out->name) ||
        slice_is_none(out->table) || slice_is_none(out->table_id) || slice_is_none(out->label) ||
        slice_is_none(out->target_text) || out->lanes < 1 || out->lanes > TRIGGER_LANES_MAX ||
        out->batch_size < 1)
        return damaged("damaged record of a trigger", err);
    return true;
}

/* ------------------------------------------------------------------ lanes */

struct stored_lane {
    uint32_t version; /* all little-endian */
    uint32_t change;
    uint64_t commit;
    int64_t delivered;
    int64_t passed_over;
    int64_t given_up;
    int64_t gaps;
};

static_assert(sizeof(struct stored_lane) == LANE_RECORD_BYTES, "docs/format.md#triggers");

static int64_t little(int64_t number)
{
    return (int64_t)htole64((uint64_t)number);
}

void lane_state_write(const struct lane_state *state, char out[LANE_RECORD_BYTES])
{
    const struct stored_lane stored = {
        .version = htole32(RECORD_VERSION),
        .change = htole32(state->position.change),
        .commit = htole64(state->position.commit),
        .delivered = little(state->counts.delivered),
        .passed_over = little(state->counts.passed_over),
        .given_up = little(state->counts.given_up),
        .gaps = little(state->counts.gaps),
    };
    memcpy(out, &stored, sizeof stored);
}

bool lane_state_read(struct slice record, struct lane_state *out, struct error *err)
{
    struct stored_lane stored;
    if (record.size != sizeof stored)
        return damaged("damaged position of a trigger", err);
    memcpy(&stored, record.data, sizeof stored);
    if (le32toh(stored.version) != RECORD_VERSION)
        return damaged("position of a trigger in an unknown format", err);
    out->position = (struct stream_position){le64toh(stored.commit), le32toh(stored.change)};
    out->counts = (struct trigger_counts){little(stored.delivered), little(stored.passed_over),
                                          little(stored.given_up), little(stored.gaps)};
    return true;
}
