/* Jobs to records and back. The member names here are the stored format: docs/format.md#jobs. */
#include "base/contract.h"
#include "jobs/jobs_priv.h"
#include "json/base64.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

enum { RECORD_VERSION = 1, RECORD_DEPTH_MAX = 8, NUMBER_TEXT_BYTES = 24, SPACES_MAX = 64 };

static const char *const state_names[JOB_STATE_COUNT] = {
    [JOB_RUNNING] = "RUNNING",       [JOB_PAUSED] = "PAUSED", [JOB_FAILED] = "FAILED",
    [JOB_CANCELLING] = "CANCELLING", [JOB_DONE] = "DONE",     [JOB_CANCELLED] = "CANCELLED",
};

const char *job_state_name(enum job_state state)
{
    PRE(state < JOB_STATE_COUNT);
    return state_names[state];
}

static bool state_from_name(struct slice name, enum job_state *out)
{
    for (unsigned i = 0; i < JOB_STATE_COUNT; i++) {
        if (slice_equal(name, slice_from_cstr(state_names[i]))) {
            *out = (enum job_state)i;
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ the table of members */

enum member_kind {
    MEMBER_TEXT,   /* struct slice; absent: SLICE_NONE */
    MEMBER_BYTES,  /* the same, in base64 */
    MEMBER_NUMBER, /* int64_t or uint64_t; absent: 0 */
};

struct member {
    const char *name;
    enum member_kind kind;
    size_t offset;
};

#define AT(member) offsetof(struct job, member)

/* Beside these: "state" and "spaces". */
static const struct member job_members[] = {
    {"id", MEMBER_NUMBER, AT(id)},
    {"kind", MEMBER_TEXT, AT(kind)},
    {"error", MEMBER_TEXT, AT(error)},
    {"table", MEMBER_TEXT, AT(table)},
    {"table_id", MEMBER_TEXT, AT(table_id)},
    {"index", MEMBER_TEXT, AT(index)},
    {"cursor", MEMBER_BYTES, AT(cursor)},
    {"done", MEMBER_NUMBER, AT(done)},
    {"total", MEMBER_NUMBER, AT(total)},
    {"written", MEMBER_NUMBER, AT(written)},
    {"items_per_s_max", MEMBER_NUMBER, AT(items_per_s_max)},
    {"created_ms", MEMBER_NUMBER, AT(created_ms)},
    {"ended_ms", MEMBER_NUMBER, AT(ended_ms)},
};

static const struct member totals_members[] = {
    {"next_id", MEMBER_NUMBER, offsetof(struct job_totals, next_id)},
    {"ended", MEMBER_NUMBER, offsetof(struct job_totals, ended)},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------ writing */

static void write_member(struct json_writer *w, const struct member *m, const void *object)
{
    const void *at = (const char *)object + m->offset;
    struct slice text = m->kind == MEMBER_NUMBER ? SLICE_NONE : *(const struct slice *)at;
    int64_t number = m->kind == MEMBER_NUMBER ? *(const int64_t *)at : 0;
    if (slice_is_none(text) && number == 0)
        return;
    json_name(w, slice_from_cstr(m->name));
    switch (m->kind) {
    case MEMBER_TEXT:
        json_string(w, text);
        return;
    case MEMBER_BYTES:
        json_base64(w, text);
        return;
    case MEMBER_NUMBER:
        json_i64(w, number);
        return;
    }
}

static void begin(struct json_writer *w, struct buf *out)
{
    buf_append_byte(out, RECORD_VERSION);
    json_writer_init(w, out);
    json_begin_object(w);
}

static void write_spaces(struct json_writer *w, const struct job *job)
{
    if (job->space_count == 0)
        return;
    json_name(w, SLICE("spaces"));
    json_begin_array(w);
    for (size_t i = 0; i < job->space_count; i++)
        json_i64(w, job->spaces[i]);
    json_end_array(w);
}

void job_write(const struct job *job, struct buf *out)
{
    struct json_writer w;
    begin(&w, out);
    for (size_t i = 0; i < COUNT_OF(job_members); i++)
        write_member(&w, &job_members[i], job);
    json_member_string(&w, "state", slice_from_cstr(job_state_name(job->state)));
    write_spaces(&w, job);
    json_end_object(&w);
}

void job_totals_write(const struct job_totals *totals, struct buf *out)
{
    struct json_writer w;
    begin(&w, out);
    for (size_t i = 0; i < COUNT_OF(totals_members); i++)
        write_member(&w, &totals_members[i], totals);
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
    return errno == 0 && *end == '\0' && number >= 0;
}

static bool read_bytes(struct slice text, struct arena *arena, struct slice *out)
{
    char *bytes = arena_alloc_bytes(arena, base64_bytes_max(text.size));
    size_t size;
    if (!base64_decode(text, bytes, &size))
        return false;
    *out = slice_of(bytes, size);
    return true;
}

static bool read_value(struct json_reader *r, enum json_token token, const struct member *m,
                       struct arena *arena, void *object)
{
    void *at = (char *)object + m->offset;
    switch (m->kind) {
    case MEMBER_TEXT:
        *(struct slice *)at = arena_copy(arena, r->text);
        return token == JSON_STRING;
    case MEMBER_BYTES:
        return token == JSON_STRING && read_bytes(r->text, arena, at);
    case MEMBER_NUMBER:
        return token == JSON_NUMBER && read_number(r->text, at);
    }
    UNREACHABLE();
}

static bool read_spaces(struct json_reader *r, enum json_token token, struct arena *arena, struct job *job)
{
    if (token != JSON_ARRAY_BEGIN)
        return false;
    job->spaces = ARENA_NEW_ARRAY(arena, uint32_t, SPACES_MAX);
    while ((token = json_next(r)) == JSON_NUMBER) {
        int64_t space;
        if (job->space_count == SPACES_MAX || !read_number(r->text, &space) || space > UINT32_MAX)
            return false;
        job->spaces[job->space_count++] = (uint32_t)space;
    }
    return token == JSON_ARRAY_END;
}

/* A member that is not in the table. `job` is NULL when a job is not what is read. */
static bool read_other(struct json_reader *r, struct slice name, enum json_token token, struct arena *arena,
                       struct job *job)
{
    if (job && slice_equal(name, SLICE("state")))
        return token == JSON_STRING && state_from_name(r->text, &job->state);
    if (job && slice_equal(name, SLICE("spaces")))
        return read_spaces(r, token, arena, job);
    return json_skip(r, token);
}

static bool read_object(struct slice record, const struct member *members, size_t count, struct arena *arena,
                        void *object, struct job *job)
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
        while (i < count && !slice_equal(name, slice_from_cstr(members[i].name)))
            i++;
        if (i < count ? !read_value(&r, token, &members[i], arena, object)
                      : !read_other(&r, name, token, arena, job))
            return false;
    }
    return token == JSON_OBJECT_END && json_next(&r) == JSON_END;
}

static bool damaged(const char *what, struct error *err)
{
    error_set(err, ERR_CORRUPT, "Internal server error");
    return error_add_detail(err, "%s", what);
}

bool job_read(struct slice record, struct arena *arena, struct job *out, struct error *err)
{
    *out = (struct job){.state = JOB_STATE_COUNT};
    if (!read_object(record, job_members, COUNT_OF(job_members), arena, out, out) || out->id == 0 ||
        slice_is_none(out->kind) || slice_is_none(out->table) || slice_is_none(out->table_id) ||
        out->state == JOB_STATE_COUNT)
        return damaged("damaged record of a job", err);
    return true;
}

bool job_totals_read(struct slice record, struct arena *arena, struct job_totals *out, struct error *err)
{
    *out = (struct job_totals){0};
    if (!read_object(record, totals_members, COUNT_OF(totals_members), arena, out, NULL) || out->next_id == 0)
        return damaged("damaged record of what belongs to no one job", err);
    return true;
}
