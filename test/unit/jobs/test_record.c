/* Jobs as stored bytes: what docs/format.md#jobs says. */
#include "jobs_fixture.h"

static struct slice written(struct arena *arena, const struct job *job)
{
    struct buf record;
    buf_init(&record, arena, 64);
    job_write(job, &record);
    return buf_slice(&record);
}

/* The version byte, then text. */
static struct slice record_of(struct arena *arena, const char *json)
{
    return slice_from_cstr(arena_printf(arena, "\x01%s", json));
}

static void assert_same_slice(struct slice a, struct slice b)
{
    assert_int_equal(slice_is_none(a), slice_is_none(b));
    assert_true(slice_equal(a, b));
}

static void a_job_reads_back_as_it_was_written(void **state)
{
    struct jobs_fixture *f = *state;
    uint32_t spaces[] = {16, 4294967294};
    struct job out, job = {.id = 7,
                           .kind = SLICE("backfill"),
                           .state = JOB_FAILED,
                           .error = SLICE("the disk \"sda\" is\ngone"),
                           .table = SLICE("Things"),
                           .table_id = SLICE("0b5c1c7e-2f7a-4d52-9d0c-3a8f0f8f7b11"),
                           .index = SLICE("ByName"),
                           .spaces = spaces,
                           .space_count = 2,
                           .cursor = SLICE("\x00\x02p\xff\x00"),
                           .done = 3,
                           .total = INT64_MAX,
                           .written = 1,
                           .items_per_s_max = 500,
                           .created_ms = 1658528578000,
                           .ended_ms = 1658528578001};
    fixture_check(f, job_read(written(&f->arena, &job), &f->arena, &out, &f->err));
    assert_int_equal(out.id, 7);
    assert_same_slice(out.kind, job.kind);
    assert_int_equal(out.state, JOB_FAILED);
    assert_same_slice(out.error, job.error);
    assert_same_slice(out.table, job.table);
    assert_same_slice(out.table_id, job.table_id);
    assert_same_slice(out.index, job.index);
    assert_int_equal(out.space_count, 2);
    assert_memory_equal(out.spaces, spaces, sizeof spaces);
    assert_same_slice(out.cursor, job.cursor);
    assert_int_equal(out.done, 3);
    assert_true(out.total == INT64_MAX);
    assert_int_equal(out.written, 1);
    assert_int_equal(out.items_per_s_max, 500);
    assert_true(out.created_ms == job.created_ms && out.ended_ms == job.ended_ms);
}

static void the_bytes_are_those_of_the_format(void **state)
{
    struct jobs_fixture *f = *state;
    uint32_t space = 18;
    struct job job = {.id = 3,
                      .kind = SLICE("backfill"),
                      .table = SLICE("Plain"),
                      .table_id = SLICE("0b5c1c7e-2f7a-4d52-9d0c-3a8f0f8f7b12"),
                      .index = SLICE("ByYear"),
                      .spaces = &space,
                      .space_count = 1,
                      .cursor = SLICE("\x00\x01"
                                      "a"),
                      .done = 256,
                      .total = 2000,
                      .written = 200,
                      .created_ms = 1658528578000};
    assert_same_slice(written(&f->arena, &job),
                      record_of(&f->arena,
                                "{\"id\":3,\"kind\":\"backfill\",\"table\":\"Plain\","
                                "\"table_id\":\"0b5c1c7e-2f7a-4d52-9d0c-3a8f0f8f7b12\",\"index\":\"ByYear\","
                                "\"cursor\":\"AAFh\",\"done\":256,\"total\":2000,\"written\":200,"
                                "\"created_ms\":1658528578000,\"state\":\"RUNNING\",\"spaces\":[18]}"));
    struct buf totals;
    buf_init(&totals, &f->arena, 64);
    job_totals_write(&(struct job_totals){.next_id = 4, .ended = 2}, &totals);
    assert_same_slice(buf_slice(&totals), record_of(&f->arena, "{\"next_id\":4,\"ended\":2}"));
}

#define LEAST "\"id\":1,\"kind\":\"drop\",\"table\":\"T\",\"table_id\":\"x\",\"state\":\"DONE\""

static void members_of_newer_programs_are_passed_over(void **state)
{
    struct jobs_fixture *f = *state;
    struct job job;
    struct slice record =
        record_of(&f->arena, "{\"to\":{\"bucket\":[1,{\"a\":null}]}," LEAST ",\"of\":true}");
    fixture_check(f, job_read(record, &f->arena, &job, &f->err));
    assert_int_equal(job.state, JOB_DONE);
    assert_int_equal(job.space_count, 0);
    assert_true(slice_is_none(job.cursor) && slice_is_none(job.index));
}

static void what_makes_no_sense_is_corrupt(void **state)
{
    struct jobs_fixture *f = *state;
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "{" LEAST "}x",
        "{" LEAST ",\"done\":-1}",
        "{" LEAST ",\"done\":1.5}",
        "{" LEAST ",\"done\":\"1\"}",
        "{" LEAST ",\"done\":99999999999999999999}",
        "{" LEAST ",\"cursor\":\"A\"}",
        "{" LEAST ",\"index\":3}",
        "{" LEAST ",\"spaces\":[4294967296]}",
        "{" LEAST ",\"spaces\":[\"1\"]}",
        "{" LEAST ",\"spaces\":7}",
        "{" LEAST ",\"state\":\"ASLEEP\"}",
        "{\"kind\":\"drop\",\"table\":\"T\",\"table_id\":\"x\",\"state\":\"DONE\"}",
        "{\"id\":1,\"table\":\"T\",\"table_id\":\"x\",\"state\":\"DONE\"}",
        "{\"id\":1,\"kind\":\"drop\",\"table_id\":\"x\",\"state\":\"DONE\"}",
        "{\"id\":1,\"kind\":\"drop\",\"table\":\"T\",\"state\":\"DONE\"}",
        "{\"id\":1,\"kind\":\"drop\",\"table\":\"T\",\"table_id\":\"x\"}",
    };
    struct job job;
    struct job_totals totals;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_false(job_read(record_of(&f->arena, texts[i]), &f->arena, &job, &f->err));
        assert_int_equal(f->err.code, ERR_CORRUPT);
    }
    assert_false(job_read(SLICE("\x02{" LEAST "}"), &f->arena, &job, &f->err));
    assert_false(job_read(SLICE(""), &f->arena, &job, &f->err));
    assert_false(job_totals_read(record_of(&f->arena, "{}"), &f->arena, &totals, &f->err));
    assert_int_equal(f->err.code, ERR_CORRUPT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_job_reads_back_as_it_was_written),
        TEST(the_bytes_are_those_of_the_format),
        TEST(members_of_newer_programs_are_passed_over),
        TEST(what_makes_no_sense_is_corrupt),
    };
    return cmocka_run_group_tests_name("job record", tests, NULL, NULL);
}
