/* Jobs to records and back. The member names here are the stored format: docs/format.md#jobs. */
#include "json/record.h"
#include "base/contract.h"
#include "jobs/jobs_priv.h"

static const char *const state_names[JOB_STATE_COUNT] = {
    [JOB_RUNNING] = "RUNNING",       [JOB_PAUSED] = "PAUSED", [JOB_FAILED] = "FAILED",
    [JOB_CANCELLING] = "CANCELLING", [JOB_DONE] = "DONE",     [JOB_CANCELLED] = "CANCELLED",
};

const char *job_state_name(enum job_state state)
{
    PRE(state < JOB_STATE_COUNT);
    return state_names[state];
}

#define AT(member) offsetof(struct job, member)

/* Beside these: "spaces". */
static const struct record_field job_fields[] = {
    {"id", RECORD_COUNT, AT(id)},
    {"kind", RECORD_TEXT, AT(kind)},
    {"error", RECORD_TEXT, AT(error)},
    {"table", RECORD_TEXT, AT(table)},
    {"table_id", RECORD_TEXT, AT(table_id)},
    {"index", RECORD_TEXT, AT(index)},
    {"cursor", RECORD_BASE64, AT(cursor)},
    {"done", RECORD_COUNT, AT(done)},
    {"total", RECORD_COUNT, AT(total)},
    {"written", RECORD_COUNT, AT(written)},
    {"items_per_s_max", RECORD_COUNT, AT(items_per_s_max)},
    {"created_ms", RECORD_COUNT, AT(created_ms)},
    {"ended_ms", RECORD_COUNT, AT(ended_ms)},
    {"state", RECORD_ENUM, AT(state), state_names, JOB_STATE_COUNT},
};

static const struct record_field totals_fields[] = {
    {"next_id", RECORD_COUNT, offsetof(struct job_totals, next_id)},
    {"ended", RECORD_COUNT, offsetof(struct job_totals, ended)},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool damaged(const char *what, struct error *err)
{
    (void)error_set(err, ERR_CORRUPT, NULL);
    return error_add_detail(err, "%s", what);
}

/* ------------------------------------------------------------------ a job */

static void put_spaces(struct json_writer *w, const struct job *job)
{
    if (job->space_count == 0)
        return;
    record_begin_list(w, "spaces");
    for (size_t i = 0; i < job->space_count; i++)
        json_i64(w, job->spaces[i]);
    json_end_array(w);
}

void job_write(const struct job *job, struct buf *out)
{
    struct json_writer w;
    record_open(&w, out);
    record_put_fields(&w, job_fields, COUNT_OF(job_fields), job);
    put_spaces(&w, job);
    json_end_object(&w);
}

static void take_spaces(struct record_reader *r, struct job *job)
{
    job->spaces = ARENA_NEW_ARRAY(r->arena, uint32_t, record_count_elements(r));
    job->space_count = 0;
    while (record_next_element(r))
        job->spaces[job->space_count++] = record_take_u32(r);
}

bool job_read(struct slice record, struct arena *arena, struct job *out, struct error *err)
{
    struct record_reader r;
    *out = (struct job){.state = JOB_STATE_COUNT};
    if (!record_begin(&r, record, arena, err))
        return false;
    while (record_next_member(&r)) {
        if (record_is(&r, "spaces"))
            take_spaces(&r, out);
        else if (!record_take_field(&r, job_fields, COUNT_OF(job_fields), out))
            record_pass_over(&r);
    }
    if (!record_end(&r) || out->id == 0 || slice_is_none(out->kind) || slice_is_none(out->table) ||
        slice_is_none(out->table_id) || out->state == JOB_STATE_COUNT)
        return damaged("damaged record of a job", err);
    return true;
}

/* ------------------------------------------------------------------ what belongs to no one job */

void job_totals_write(const struct job_totals *totals, struct buf *out)
{
    struct json_writer w;
    record_open(&w, out);
    record_put_fields(&w, totals_fields, COUNT_OF(totals_fields), totals);
    json_end_object(&w);
}

bool job_totals_read(struct slice record, struct arena *arena, struct job_totals *out, struct error *err)
{
    struct record_reader r;
    *out = (struct job_totals){0};
    if (!record_begin(&r, record, arena, err))
        return false;
    record_take_fields(&r, totals_fields, COUNT_OF(totals_fields), out);
    if (!record_end(&r) || out->next_id == 0)
        return damaged("damaged record of what belongs to no one job", err);
    return true;
}
