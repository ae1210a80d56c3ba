/* Triggers and lanes to records and back. The member names here are the stored format: docs/format.md#triggers. */
#include "json/record.h"
#include "base/contract.h"
#include "triggers/triggers_priv.h"

#include <assert.h>
#include <endian.h>

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

/* ------------------------------------------------------------------ triggers */

static const char *const target_names[] = {"url", "command", "kinesis"};
static const char *const dead_names[] = {"log", "file", "table"};

#define AT(member) offsetof(struct trigger, member)

static const struct record_field fields[] = {
    {"id", RECORD_I64, AT(id)},
    {"epoch", RECORD_I64, AT(epoch)},
    {"name", RECORD_TEXT, AT(name)},
    {"state", RECORD_ENUM, AT(state), state_names, TRIGGER_STATE_COUNT},
    {"error", RECORD_TEXT, AT(error)},
    {"created_ms", RECORD_I64, AT(created_ms)},
    {"table", RECORD_TEXT, AT(table)},
    {"table_id", RECORD_TEXT, AT(table_id)},
    {"label", RECORD_TEXT, AT(label)},
    {"start_commit", RECORD_I64, AT(start.commit)},
    {"start_change", RECORD_U32, AT(start.change)},
    {"drained", RECORD_BOOL, AT(drained)},
    {"delivered", RECORD_I64, AT(counts.delivered)},
    {"passed_over", RECORD_I64, AT(counts.passed_over)},
    {"given_up", RECORD_I64, AT(counts.given_up)},
    {"gaps", RECORD_I64, AT(counts.gaps)},
    {"target_kind", RECORD_ENUM, AT(target), target_names, 3},
    {"target", RECORD_TEXT, AT(target_text)},
    {"filter", RECORD_TEXT, AT(filter)},
    {"batch_size", RECORD_I64, AT(batch_size)},
    {"window_ms", RECORD_I64, AT(window_ms)},
    {"lanes", RECORD_I64, AT(lanes)},
    {"retries", RECORD_I64, AT(retries)},
    {"timeout_ms", RECORD_I64, AT(timeout_ms)},
    {"dead_letters", RECORD_ENUM, AT(dead_letters), dead_names, 3},
    {"dead_letters_to", RECORD_TEXT, AT(dead_letters_text)},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool damaged(const char *what, struct error *err)
{
    (void)error_set(err, ERR_CORRUPT, NULL);
    return error_add_detail(err, "%s", what);
}

void trigger_write(const struct trigger *trigger, struct buf *out)
{
    struct json_writer w;
    record_open(&w, out);
    record_put_fields(&w, fields, COUNT_OF(fields), trigger);
    json_end_object(&w);
}

bool trigger_read(struct slice record, struct arena *arena, struct trigger *out, struct error *err)
{
    struct record_reader r;
    *out = (struct trigger){0};
    if (!record_begin(&r, record, arena, err))
        return false;
    record_take_fields(&r, fields, COUNT_OF(fields), out);
    if (!record_end(&r) || out->id == 0 || slice_is_none(out->name) || slice_is_none(out->table) ||
        slice_is_none(out->table_id) || slice_is_none(out->label) || slice_is_none(out->target_text) ||
        out->lanes < 1 || out->lanes > TRIGGER_LANES_MAX || out->batch_size < 1)
        return damaged("damaged record of a trigger", err);
    return true;
}

/* ------------------------------------------------------------------ lanes */

enum { LANE_VERSION = 1 };

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
        .version = htole32(LANE_VERSION),
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
    if (le32toh(stored.version) != LANE_VERSION)
        return damaged("position of a trigger in an unknown format", err);
    out->position = (struct stream_position){le64toh(stored.commit), le32toh(stored.change)};
    out->counts = (struct trigger_counts){little(stored.delivered), little(stored.passed_over),
                                          little(stored.given_up), little(stored.gaps)};
    return true;
}
