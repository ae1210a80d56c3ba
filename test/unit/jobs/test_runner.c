/* The runner with kinds of work that are made up: whose turn it is, how fast, what stops it and what does not. */
#include "jobs_fixture.h"

#include <stdatomic.h>

/* ------------------------------------------------------------------ kinds that are made up */

static _Atomic int order_of_steps[1024]; /* ids, one after another */
static _Atomic int step_count;
static _Atomic enum error_code next_error; /* of the next step, which then is dropped */
static _Atomic bool last_step_is_bad;      /* the same, for ever */
static _Atomic int64_t largest_bound;
static struct jobs
    *_Atomic paused_in_step; /* whose job is paused between a step's beginning and its commit */

static int64_t now_ms(void)
{
    return clock_monotonic_ns(clock_system()) / 1000000;
}

static bool run_step(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct job_run *run = ((struct job_write *)write)->run;
    return job_tx_check(tx, run, err) && job_tx_put(tx, &run->job, run->arena, err);
}

static bool works(struct error *err)
{
    enum error_code code = atomic_exchange(&next_error, ERR_NONE);
    if (code != ERR_NONE)
        return error_set(err, code, "made up");
    return !last_step_is_bad || error_set(err, ERR_CORRUPT, "made up, and for ever");
}

static void pause_once(struct job_run *run)
{
    struct jobs *jobs = atomic_exchange(&paused_in_step, NULL);
    struct job_order order = {.id = run->job.id, .action = JOB_PAUSE};
    struct error err;
    error_init(&err, run->arena);
    if (jobs && !jobs_order_wait(jobs, &order, run->arena, &err))
        contract_broken("order", err.message, __FILE__, __LINE__);
}

/* Counts to `total`, as far as it may in a step. */
static bool count_step(struct job_run *run, struct error *err)
{
    int64_t items = run->job.total - run->job.done;
    order_of_steps[step_count++ % 1024] = (int)run->job.id;
    if (run->items_max > largest_bound)
        largest_bound = run->items_max;
    if (!works(err))
        return false;
    if (items > run->items_max)
        items = run->items_max;
    if (items == 0)
        return job_end(run, JOB_DONE, err);
    run->job.done += items;
    run->items = items;
    pause_once(run);
    struct job_write write = {{.run = run_step, .arena = run->arena}, run};
    return storage_write_wait(run->engine->storage, &write.write, err);
}

/* Takes back one at a time. */
static bool count_back(struct job_run *run, struct error *err)
{
    if (!works(err))
        return false;
    if (run->job.done == 0)
        return job_end(run, JOB_CANCELLED, err);
    run->job.done--;
    struct job_write write = {{.run = run_step, .arena = run->arena}, run};
    return storage_write_wait(run->engine->storage, &write.write, err);
}

static _Atomic int64_t slow_step_ms; /* of all slow steps together */

/* One item at a time, each taking five milliseconds and a commit. */
static bool slow_step(struct job_run *run, struct error *err)
{
    int64_t began_ms = now_ms();
    if (run->job.done == run->job.total)
        return job_end(run, JOB_DONE, err);
    usleep(5000);
    run->job.done++;
    run->items = 1;
    struct job_write write = {{.run = run_step, .arena = run->arena}, run};
    bool ok = storage_write_wait(run->engine->storage, &write.write, err);
    run->commit = write.write.commit_number;
    slow_step_ms += now_ms() - began_ms;
    return ok;
}

static const struct job_kind made_up_kinds[] = {
    {"count", count_step, count_back}, {"slow", slow_step, NULL}, {"stubborn", count_step, NULL}};

struct staging {
    struct storage_write write; /* first */
    struct job job;
};

static bool run_staging(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct staging *s = (struct staging *)write;
    struct job *job = &s->job;
    job->table = SLICE("Things");
    job->table_id = SLICE("0b5c1c7e-2f7a-4d52-9d0c-3a8f0f8f7b11");
    return job_tx_stage(tx, job, write->arena, err);
}

static uint64_t stage(struct jobs_fixture *f, const char *kind, int64_t total, int64_t items_per_s_max)
{
    struct staging s = {{.run = run_staging, .arena = &f->arena},
                        {.kind = slice_from_cstr(kind), .total = total, .items_per_s_max = items_per_s_max}};
    fixture_check(f, storage_write_wait(f->engine.storage, &s.write, &f->err));
    return s.job.id;
}

static void start(struct jobs_fixture *f)
{
    step_count = 0;
    largest_bound = 0;
    next_error = ERR_NONE;
    last_step_is_bad = false;
    fixture_check(f, jobs_open_kinds(&f->engine, f->catalog, made_up_kinds, 3, &f->jobs, &f->err));
}

static struct job_status status_of(struct jobs_fixture *f, uint64_t id)
{
    struct job_list list;
    fixture_check(f, jobs_list(f->jobs, &f->arena, &list, &f->err));
    for (size_t i = 0; i < list.count; i++)
        if (list.jobs[i].job.id == id)
            return list.jobs[i];
    fail_msg("there is no job %llu", (unsigned long long)id);
    return (struct job_status){0};
}

static struct job_status wait_for(struct jobs_fixture *f, uint64_t id, enum job_state state)
{
    for (int ms = 0; ms < PATIENCE_MS; ms += 2) {
        struct job_status status = status_of(f, id);
        if (status.job.state == state)
            return status;
        usleep(2000);
    }
    fail_msg("job %llu is %s", (unsigned long long)id, job_state_name(status_of(f, id).job.state));
    return (struct job_status){0};
}

/* A job is seen to be done as soon as its last step is committed, which is before the runner counts it. */
static struct jobs_stats stats_at_rest(struct jobs_fixture *f)
{
    struct jobs_stats stats;
    jobs_stats(f->jobs, &stats);
    for (int ms = 0; ms < PATIENCE_MS && stats.in_state[JOB_RUNNING] > 0; ms += 2) {
        usleep(2000);
        jobs_stats(f->jobs, &stats);
    }
    return stats;
}

/* ------------------------------------------------------------------ turns */

static void a_job_is_done_when_its_work_is(void **state)
{
    struct jobs_fixture *f = *state;
    start(f);
    uint64_t id = stage(f, "count", 5000, 0);
    jobs_wake(f->jobs);
    struct job_status status = wait_for(f, id, JOB_DONE);
    assert_int_equal(status.job.done, 5000);
    assert_int_equal(status.percent, 100);
    assert_int_equal(status.left_s, -1);
    struct jobs_stats stats = stats_at_rest(f);
    assert_int_equal(stats.items, 5000);
    assert_int_equal(stats.in_state[JOB_RUNNING], 0);
}

static void jobs_take_turns(void **state)
{
    struct jobs_fixture *f = *state;
    uint64_t ids[3];
    for (int i = 0; i < 3; i++)
        ids[i] = stage(f, "count", 2000, 0);
    start(f);
    for (int i = 0; i < 3; i++)
        wait_for(f, ids[i], JOB_DONE);
    for (int i = 0; i + 3 < 12; i++)
        assert_int_equal(order_of_steps[i], order_of_steps[i + 3]);
    assert_int_not_equal(order_of_steps[0], order_of_steps[1]);
    assert_int_not_equal(order_of_steps[1], order_of_steps[2]);
}

static void a_job_is_found_without_a_word(void **state)
{
    struct jobs_fixture *f = *state;
    start(f);
    usleep(20000);
    wait_for(f, stage(f, "count", 10, 0), JOB_DONE);
}

/* Rates and turns of several jobs rest on it. */
static void steps_are_of_many_items_but_not_of_any_number(void **state)
{
    struct jobs_fixture *f = *state;
    uint64_t id = stage(f, "count", 20000, 0);
    start(f);
    wait_for(f, id, JOB_DONE);
    assert_in_range(largest_bound, 64, 256);
    assert_in_range(step_count, 20000 / 256, 20000 / 64 + 1);
}

static void jobs_of_unknown_kinds_are_left_alone(void **state)
{
    struct jobs_fixture *f = *state;
    uint64_t unknown = stage(f, "sing", 10, 0), known = stage(f, "count", 10, 0);
    start(f);
    wait_for(f, known, JOB_DONE);
    assert_int_equal(status_of(f, unknown).job.state, JOB_RUNNING);
    assert_int_equal(fixture_order(f, unknown, JOB_PAUSE, 0), ERR_RESOURCE_IN_USE);
}

static void the_newest_of_those_that_ended_are_kept(void **state)
{
    struct jobs_fixture *f = *state;
    struct job_list list;
    uint64_t last = 0;
    start(f);
    uint64_t slow = stage(f, "count", 1000, 1);
    for (int i = 0; i < JOBS_KEPT_MAX + 10; i++)
        last = stage(f, "count", 1, 0);
    jobs_wake(f->jobs);
    wait_for(f, last, JOB_DONE);
    fixture_check(f, jobs_list(f->jobs, &f->arena, &list, &f->err));
    assert_int_equal(list.count, 1 + JOBS_KEPT_MAX);
    assert_int_equal(list.jobs[0].job.id, slow);
    assert_int_equal(list.jobs[1].job.id, last);
    assert_int_equal(list.jobs[JOBS_KEPT_MAX].job.id, last - JOBS_KEPT_MAX + 1);
    assert_int_equal(fixture_order(f, slow, JOB_CANCEL, 0), ERR_NONE);
    wait_for(f, slow, JOB_CANCELLED); /* though its id is older than any that is kept */
}

/* ------------------------------------------------------------------ rates */

static void a_rate_is_kept(void **state)
{
    struct jobs_fixture *f = *state;
    uint64_t id = stage(f, "count", 400, 1000);
    int64_t began_ms = now_ms();
    start(f);
    wait_for(f, id, JOB_DONE);
    int64_t took_ms = now_ms() - began_ms;
    assert_true(took_ms >= 340);
    assert_true(took_ms < 4000);
    assert_true(largest_bound <= 50);
}

static void a_rate_can_be_set_while_it_runs(void **state)
{
    struct jobs_fixture *f = *state;
    uint64_t id = stage(f, "count", 100000, 10);
    start(f);
    usleep(300000);
    struct job_status status = status_of(f, id);
    assert_in_range(status.job.done, 1, 20);
    assert_int_equal(status.percent, 0);
    assert_int_equal(fixture_order(f, id, JOB_SET_RATE, 0), ERR_NONE);
    assert_int_equal(status_of(f, id).job.items_per_s_max, 0);
    wait_for(f, id, JOB_DONE);
}

static _Atomic bool others_write;

static bool run_nothing(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    (void)write;
    return storage_tx_add_usage(tx, STORAGE_SPACE_CATALOG, (struct storage_usage){0}, err);
}

static void *write_on(void *fixture)
{
    struct jobs_fixture *f = fixture;
    struct arena arena;
    arena_init(&arena, 1024);
    while (others_write) {
        struct error err;
        error_init(&err, &arena);
        struct storage_write write = {.run = run_nothing, .arena = &arena};
        if (!storage_write_wait(f->engine.storage, &write, &err))
            contract_broken("write", err.message, __FILE__, __LINE__);
        arena_reset(&arena);
    }
    arena_release(&arena);
    return NULL;
}

static void a_job_leaves_most_of_the_time_to_others(void **state)
{
    struct jobs_fixture *f = *state;
    pthread_t other;
    uint64_t id = stage(f, "slow", 20, 0);
    int64_t began_ms = now_ms();
    others_write = true;
    assert_int_equal(pthread_create(&other, NULL, write_on, f), 0);
    start(f);
    slow_step_ms = 0;
    wait_for(f, id, JOB_DONE);
    others_write = false;
    pthread_join(other, NULL);
    assert_true(now_ms() - began_ms >= 3 * slow_step_ms);
}

static void progress_is_shown(void **state)
{
    struct jobs_fixture *f = *state;
    uint64_t id = stage(f, "count", 1000, 200);
    start(f);
    struct job_status status = {0};
    for (int ms = 0; ms < PATIENCE_MS && status.items_per_s == 0; ms += 10) {
        status = status_of(f, id);
        usleep(10000);
    }
    assert_in_range(status.items_per_s, 100, 300);
    assert_in_range(status.percent, 5, 60);
    assert_int_equal(status.percent, status.job.done / 10);
    assert_in_range(status.left_s, 1, 10);
}

/* ------------------------------------------------------------------ steering */

static void a_job_rests_while_it_is_paused(void **state)
{
    struct jobs_fixture *f = *state;
    uint64_t id = stage(f, "count", 1000000, 20000);
    start(f);
    usleep(100000);
    assert_int_equal(fixture_order(f, id, JOB_PAUSE, 0), ERR_NONE);
    int64_t done = status_of(f, id).job.done;
    assert_true(done > 0);
    usleep(100000);
    assert_int_equal(status_of(f, id).job.done, done);
    assert_int_equal(status_of(f, id).job.state, JOB_PAUSED);
    assert_int_equal(fixture_order(f, id, JOB_PAUSE, 0), ERR_NONE);
    fixture_stop_jobs(f);
    start(f); /* it stays paused */
    usleep(50000);
    assert_int_equal(status_of(f, id).job.done, done);
    assert_int_equal(fixture_order(f, id, JOB_RESUME, 0), ERR_NONE);
    usleep(100000);
    assert_true(status_of(f, id).job.done > done);
}

static void a_step_that_was_under_way_is_dropped(void **state)
{
    struct jobs_fixture *f = *state;
    uint64_t id = stage(f, "count", 1000, 100);
    start(f);
    usleep(50000);
    paused_in_step = f->jobs;
    wait_for(f, id, JOB_PAUSED);
    int64_t done = status_of(f, id).job.done;
    usleep(100000);
    assert_int_equal(status_of(f, id).job.done, done);
    assert_int_equal(status_of(f, id).job.state, JOB_PAUSED);
    struct jobs_stats stats;
    jobs_stats(f->jobs, &stats);
    assert_int_equal(stats.items, done);
    assert_int_equal(stats.refused, 0);
}

static void a_job_is_cancelled_step_by_step(void **state)
{
    struct jobs_fixture *f = *state;
    uint64_t id = stage(f, "count", 1000000, 1000);
    start(f);
    usleep(100000);
    assert_int_equal(fixture_order(f, id, JOB_CANCEL, 0), ERR_NONE);
    assert_int_equal(wait_for(f, id, JOB_CANCELLED).job.done, 0);
    assert_int_equal(fixture_order(f, id, JOB_RESUME, 0), ERR_RESOURCE_NOT_FOUND);
}

static void what_cannot_be_done_is_refused(void **state)
{
    struct jobs_fixture *f = *state;
    uint64_t stubborn = stage(f, "stubborn", 1000000, 100), id = stage(f, "count", 1000000, 1000);
    start(f);
    assert_int_equal(fixture_order(f, 77, JOB_PAUSE, 0), ERR_RESOURCE_NOT_FOUND);
    assert_int_equal(fixture_order(f, 0, JOB_PAUSE, 0), ERR_RESOURCE_NOT_FOUND);
    assert_int_equal(fixture_order(f, stubborn, JOB_PAUSE, 0), ERR_RESOURCE_IN_USE);
    assert_int_equal(fixture_order(f, stubborn, JOB_SET_RATE, 1), ERR_RESOURCE_IN_USE);
    usleep(100000);
    assert_int_equal(fixture_order(f, id, JOB_PAUSE, 0), ERR_NONE);
    usleep(50000);
    last_step_is_bad = true; /* so that cancelling does not come to an end */
    assert_int_equal(fixture_order(f, id, JOB_CANCEL, 0), ERR_NONE);
    wait_for(f, id, JOB_FAILED);
    assert_int_equal(fixture_order(f, id, JOB_PAUSE, 0), ERR_RESOURCE_IN_USE);
}

/* ------------------------------------------------------------------ failures */

static void a_failed_job_waits_and_can_go_on(void **state)
{
    struct jobs_fixture *f = *state;
    uint64_t id = stage(f, "count", 1000, 0), other = stage(f, "count", 1000, 0);
    start(f);
    wait_for(f, other, JOB_DONE);
    wait_for(f, id, JOB_DONE);
    last_step_is_bad = true;
    id = stage(f, "count", 1000, 0);
    jobs_wake(f->jobs);
    struct job_status status = wait_for(f, id, JOB_FAILED);
    assert_string_equal(arena_copy_cstr(&f->arena, status.job.error), "ERR_CORRUPT: made up, and for ever");
    assert_int_equal(status.job.done, 0);
    int steps = step_count;
    usleep(50000);
    assert_int_equal(step_count, steps);
    struct jobs_stats stats;
    jobs_stats(f->jobs, &stats);
    assert_int_equal(stats.in_state[JOB_FAILED], 1);
    last_step_is_bad = false;
    assert_int_equal(fixture_order(f, id, JOB_RESUME, 0), ERR_NONE);
    status = wait_for(f, id, JOB_DONE);
    assert_true(slice_is_none(status.job.error));
}

static void what_passes_is_waited_for(void **state)
{
    struct jobs_fixture *f = *state;
    static const enum error_code codes[] = {ERR_THROTTLING, ERR_UNAVAILABLE, ERR_STORAGE};
    start(f);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct jobs_stats before, after;
        jobs_stats(f->jobs, &before);
        next_error = codes[i];
        uint64_t id = stage(f, "count", 100, 0);
        jobs_wake(f->jobs);
        assert_int_equal(wait_for(f, id, JOB_DONE).job.done, 100);
        jobs_stats(f->jobs, &after);
        assert_int_equal(after.refused, before.refused + 1);
    }
}

static void a_store_that_refuses_everything_loses_no_job(void **state)
{
    struct jobs_fixture *f = *state;
    uint64_t id = stage(f, "count", 1000, 0);
    fixture_fault(f, STORAGE_FAULT_COMMIT, UINT64_MAX);
    start(f);
    usleep(200000);
    struct job_status status = status_of(f, id);
    assert_int_equal(status.job.state, JOB_RUNNING);
    assert_int_equal(status.job.done, 0);
    assert_string_equal(arena_copy_cstr(&f->arena, status.waits), "injected fault");
    assert_true(step_count < 20); /* ever more slowly */
    fixture_fault(f, STORAGE_FAULT_COMMIT, 0);
    wait_for(f, id, JOB_DONE);
}

static void a_list_that_cannot_be_read_is_read_later(void **state)
{
    struct jobs_fixture *f = *state;
    uint64_t id = stage(f, "count", 1000, 0);
    fixture_fault(f, STORAGE_FAULT_SCAN, 1);
    start(f);
    usleep(50000);
    wait_for(f, id, JOB_DONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_job_is_done_when_its_work_is),
        TEST(jobs_take_turns),
        TEST(a_job_is_found_without_a_word),
        TEST(steps_are_of_many_items_but_not_of_any_number),
        TEST(jobs_of_unknown_kinds_are_left_alone),
        TEST(the_newest_of_those_that_ended_are_kept),
        TEST(a_rate_is_kept),
        TEST(a_rate_can_be_set_while_it_runs),
        TEST(a_job_leaves_most_of_the_time_to_others),
        TEST(progress_is_shown),
        TEST(a_job_rests_while_it_is_paused),
        TEST(a_step_that_was_under_way_is_dropped),
        TEST(a_job_is_cancelled_step_by_step),
        TEST(what_cannot_be_done_is_refused),
        TEST(a_failed_job_waits_and_can_go_on),
        TEST(what_passes_is_waited_for),
        TEST(a_store_that_refuses_everything_loses_no_job),
        TEST(a_list_that_cannot_be_read_is_read_later),
    };
    return cmocka_run_group_tests_name("job runner", tests, NULL, NULL);
}
