/* Filling an index: alone, against writes at the worst moments, stopped, refused, cancelled. */
#include "jobs_fixture.h"

enum { MANY = 1000, MANY_INDEXED = 600 };

/* ------------------------------------------------------------------ the whole way */

static void an_index_gets_the_entries_of_all_items_that_fit(void **state)
{
    struct jobs_fixture *f = *state;
    fixture_create_table(f);
    fixture_put_many(f, MANY);
    fixture_start_jobs(f);
    fixture_add_index(f, "ByGroup", true, PROJECTION_KEYS_ONLY);
    struct job job = fixture_wait_for(f, "backfill", JOB_DONE).job;
    assert_int_equal(fixture_check_index(f, "ByGroup"), MANY_INDEXED);
    assert_int_equal(job.done, MANY);
    assert_int_equal(job.total, MANY);
    assert_int_equal(job.written, MANY_INDEXED);
    assert_true(job.ended_ms >= job.created_ms && job.created_ms > 0);
    assert_string_equal(arena_copy_cstr(&f->arena, job.table), TABLE_NAME);
    assert_string_equal(arena_copy_cstr(&f->arena, job.index), "ByGroup");
}

static void the_index_of_an_empty_table_is_active_soon(void **state)
{
    struct jobs_fixture *f = *state;
    fixture_create_table(f);
    fixture_start_jobs(f);
    fixture_add_index(f, "ByGroup", false, PROJECTION_ALL);
    fixture_wait_for(f, "backfill", JOB_DONE);
    assert_int_equal(fixture_check_index(f, "ByGroup"), 0);
}

static void several_indexes_are_filled_side_by_side(void **state)
{
    struct jobs_fixture *f = *state;
    fixture_create_table(f);
    fixture_put_many(f, MANY);
    fixture_add_index(f, "First", true, PROJECTION_KEYS_ONLY);
    fixture_add_index(f, "Second", false, PROJECTION_ALL);
    fixture_add_index(f, "Third", true, PROJECTION_ALL);
    fixture_start_jobs(f);
    assert_int_equal(fixture_check_index(f, "First"), MANY_INDEXED);
    assert_int_equal(fixture_check_index(f, "Second"), MANY_INDEXED);
    assert_int_equal(fixture_check_index(f, "Third"), MANY_INDEXED);
}

static void large_items_make_short_steps(void **state)
{
    struct jobs_fixture *f = *state;
    char *item = malloc(400000);
    fixture_create_table(f);
    for (int i = 0; i < 12; i++) {
        snprintf(item, 400000, "{\"pk\":{\"S\":\"%d\"},\"g\":{\"S\":\"a\"},\"x\":{\"S\":\"%0300000d\"}}", i,
                 i);
        fixture_put(f, item);
    }
    free(item);
    fixture_start_jobs(f);
    fixture_add_index(f, "ByGroup", false, PROJECTION_ALL);
    fixture_wait_for(f, "backfill", JOB_DONE);
    assert_int_equal(fixture_check_index(f, "ByGroup"), 12);
    struct jobs_stats stats;
    jobs_stats(f->jobs, &stats);
    assert_true(stats.steps >= 12);
}

/* ------------------------------------------------------------------ one step against writes */

/* A step over all items, as of a view that is taken now. */
struct held_step {
    struct arena arena;
    struct job_run run;
};

static void hold_step(struct jobs_fixture *f, struct held_step *s)
{
    bool found;
    arena_init(&s->arena, 4096);
    s->run =
        (struct job_run){.engine = &f->engine, .catalog = f->catalog, .arena = &s->arena, .items_max = 100};
    s->run.view = storage_view_take(f->engine.storage);
    fixture_check(f, job_view_get(s->run.view, 1, &s->arena, &s->run.stored, &s->run.job, &found, &f->err));
    assert_true(found);
}

static void finish_step(struct held_step *s)
{
    arena_reset(&s->arena);
    storage_view_release(s->run.view);
    arena_release(&s->arena);
}

static void take_step(struct jobs_fixture *f, struct held_step *s)
{
    fixture_check(f, backfill_step(&s->run, &f->err));
    finish_step(s);
}

static void writes_between_view_and_commit_are_respected(void **state)
{
    struct jobs_fixture *f = *state;
    struct held_step s;
    fixture_create_table(f);
    for (int i = 0; i < 60; i++)
        fixture_put(f, arena_printf(&f->arena,
                                    "{\"pk\":{\"S\":\"%d\"},\"g\":{\"S\":\"old\"},\"x\":{\"N\":\"1\"}}", i));
    fixture_add_index(f, "ByGroup", false, PROJECTION_KEYS_ONLY);
    hold_step(f, &s);
    for (int i = 0; i < 10; i++) { /* moved */
        fixture_put(f, arena_printf(&f->arena, "{\"pk\":{\"S\":\"%d\"},\"g\":{\"S\":\"new\"}}", i));
    }
    for (int i = 10; i < 20; i++) /* gone */
        fixture_write(f, ITEM_DELETE, arena_printf(&f->arena, "{\"pk\":{\"S\":\"%d\"}}", i));
    for (int i = 20; i < 30; i++) /* out of the index */
        fixture_put(f, arena_printf(&f->arena, "{\"pk\":{\"S\":\"%d\"}}", i));
    for (int i = 30; i < 40; i++) /* changed in nothing that the index has, so that no write made the entry */
        fixture_put(f, arena_printf(&f->arena,
                                    "{\"pk\":{\"S\":\"%d\"},\"g\":{\"S\":\"old\"},\"x\":{\"N\":\"2\"}}", i));
    for (int i = 40; i < 50; i++) { /* changed, and back again */
        fixture_put(f, arena_printf(&f->arena, "{\"pk\":{\"S\":\"%d\"}}", i));
        fixture_put(f, arena_printf(&f->arena,
                                    "{\"pk\":{\"S\":\"%d\"},\"g\":{\"S\":\"old\"},\"x\":{\"N\":\"1\"}}", i));
    }
    fixture_put(f, "{\"pk\":{\"S\":\"late\"},\"g\":{\"S\":\"new\"}}");
    take_step(f, &s);
    fixture_start_jobs(f);
    fixture_wait_for(f, "backfill", JOB_DONE);
    assert_int_equal(fixture_check_index(f, "ByGroup"), 41);
}

static void writes_before_the_view_are_not_done_again(void **state)
{
    struct jobs_fixture *f = *state;
    fixture_create_table(f);
    fixture_put_many(f, 50);
    fixture_add_index(f, "ByGroup", true, PROJECTION_ALL);
    for (int i = 0; i < 50; i += 2)
        fixture_put(f,
                    arena_printf(&f->arena,
                                 "{\"pk\":{\"S\":\"i%d\"},\"g\":{\"S\":\"group\"},\"h\":{\"N\":\"1\"}}", i));
    fixture_start_jobs(f);
    struct job job = fixture_wait_for(f, "backfill", JOB_DONE).job;
    assert_int_equal(fixture_check_index(f, "ByGroup"), 40);
    assert_int_equal(job.written, 15);
}

static void a_write_prepared_before_the_index_keeps_it(void **state)
{
    struct jobs_fixture *f = *state;
    struct held_commit before, during;
    fixture_create_table(f);
    fixture_put_many(f, 20);
    const char *moved = "{\"pk\":{\"S\":\"i0\"},\"g\":{\"S\":\"moved\"},\"h\":{\"N\":\"1\"}}";
    held_prepare(&before, fixture_table(f, &f->arena), ITEM_PUT, moved, &f->arena);
    fixture_add_index(f, "ByGroup", true, PROJECTION_ALL);
    held_prepare(&during, fixture_table(f, &f->arena), ITEM_DELETE, "{\"pk\":{\"S\":\"i1\"}}", &f->arena);
    fixture_start_jobs(f);
    fixture_wait_for(f, "backfill", JOB_DONE);
    assert_int_equal(fixture_check_index(f, "ByGroup"), 12);
    assert_int_equal(held_finish(&before, &f->engine, &f->arena), ERR_NONE);
    assert_int_equal(held_finish(&during, &f->engine, &f->arena), ERR_NONE);
    assert_int_equal(fixture_check_index(f, "ByGroup"), 11);
    held_prepare(&before, fixture_table(f, &f->arena), ITEM_DELETE, "{\"pk\":{\"S\":\"i0\"}}", &f->arena);
    fixture_remove_index(f, "ByGroup");
    assert_int_equal(held_finish(&before, &f->engine, &f->arena), ERR_NONE);
}

/* ------------------------------------------------------------------ stopped and refused */

static void it_goes_on_where_it_was_stopped(void **state)
{
    struct jobs_fixture *f = *state;
    fixture_create_table(f);
    fixture_put_many(f, MANY);
    fixture_add_index(f, "ByGroup", true, PROJECTION_ALL);
    int64_t done = 0;
    for (int i = 0; i < 5; i++) {
        struct held_step s;
        hold_step(f, &s);
        take_step(f, &s);
        fixture_start_jobs(f);
        struct job job = fixture_job(f, "backfill").job;
        assert_true(job.done >= done + 100 && job.done <= MANY);
        done = job.done;
        if (i == 0)
            assert_int_equal(fixture_order(f, job.id, JOB_SET_RATE, 20), ERR_NONE);
        usleep(30000);
        fixture_stop_jobs(f);
    }
    fixture_start_jobs(f);
    assert_int_equal(fixture_order(f, 1, JOB_SET_RATE, 0), ERR_NONE);
    struct job job = fixture_wait_for(f, "backfill", JOB_DONE).job;
    assert_int_equal(job.done, MANY);
    assert_int_equal(job.written, MANY_INDEXED);
    assert_int_equal(fixture_check_index(f, "ByGroup"), MANY_INDEXED);
}

static void what_the_store_refuses_is_tried_again(void **state)
{
    struct jobs_fixture *f = *state;
    static const enum storage_fault_call calls[] = {STORAGE_FAULT_GET, STORAGE_FAULT_SCAN,
                                                    STORAGE_FAULT_TX_GET, STORAGE_FAULT_TX_PUT,
                                                    STORAGE_FAULT_COMMIT};
    fixture_create_table(f);
    fixture_put_many(f, 300);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        const char *name = arena_printf(&f->arena, "Index%zu", i);
        fixture_add_index(f, name, true, PROJECTION_ALL);
        storage_faulty_set(f->engine.storage, calls[i],
                           (struct storage_fault){.action = STORAGE_FAULT_FAIL, .after = 3, .times = 5});
        fixture_start_jobs(f);
        for (int ms = 0; ms < PATIENCE_MS && fixture_index(f, name)->status != INDEX_ACTIVE; ms++)
            usleep(1000);
        fixture_fault(f, calls[i], 0);
        assert_int_equal(fixture_check_index(f, name), 180);
        struct jobs_stats stats;
        jobs_stats(f->jobs, &stats);
        assert_true(stats.refused > 0);
        fixture_stop_jobs(f);
    }
}

/* ------------------------------------------------------------------ cancelled */

static bool rest(struct job_run *run, struct error *err)
{
    (void)err;
    run->wait_ms = 1000;
    return true;
}

static void cancelling_takes_the_index_away(void **state)
{
    static const struct job_kind kinds[] = {{"backfill", rest, backfill_cancel}, {"drop", drop_step, NULL}};
    struct jobs_fixture *f = *state;
    fixture_create_table(f);
    fixture_put_many(f, 100);
    fixture_start_jobs(f);
    fixture_add_index(f, "Other", false, PROJECTION_ALL);
    fixture_wait_for(f, "backfill", JOB_DONE);
    fixture_stop_jobs(f);
    fixture_add_index(f, "ByGroup", false, PROJECTION_ALL);
    uint32_t space = fixture_index(f, "ByGroup")->space;
    fixture_check(f, jobs_open_kinds(&f->engine, f->catalog, kinds, 2, &f->jobs, &f->err));
    uint64_t id = fixture_job(f, "backfill").job.id;
    assert_int_equal(fixture_order(f, id, JOB_CANCEL, 0), ERR_NONE);
    assert_int_equal(fixture_wait_for(f, "backfill", JOB_CANCELLED).job.id, id);
    for (int ms = 0; ms < PATIENCE_MS && fixture_index(f, "ByGroup"); ms++)
        usleep(1000);
    assert_null(fixture_index(f, "ByGroup"));
    assert_int_equal(fixture_check_index(f, "Other"), 60);
    arena_reset(&f->arena); /* gives views back */
    assert_int_equal(fixture_wait_for(f, "drop", JOB_DONE).job.spaces[0], space);
    assert_int_equal(fixture_order(f, id, JOB_CANCEL, 0), ERR_RESOURCE_NOT_FOUND);
}

static void an_index_that_is_removed_ends_its_job(void **state)
{
    struct jobs_fixture *f = *state;
    fixture_create_table(f);
    fixture_put_many(f, 100);
    fixture_add_index(f, "ByGroup", false, PROJECTION_ALL);
    fixture_remove_index(f, "ByGroup");
    fixture_add_index(f, "ByGroup", true, PROJECTION_ALL); /* another of the same name */
    fixture_start_jobs(f);
    assert_int_equal(fixture_wait_for(f, "backfill", JOB_DONE).job.id, 3);
    assert_int_equal(fixture_check_index(f, "ByGroup"), 60);
    struct job_list list;
    fixture_check(f, jobs_list(f->jobs, &f->arena, &list, &f->err));
    for (size_t i = 0; i < list.count; i++)
        if (list.jobs[i].job.id == 1)
            assert_int_equal(list.jobs[i].job.state, JOB_CANCELLED);
}

static void an_index_removed_during_a_step_ends_its_job(void **state)
{
    struct jobs_fixture *f = *state;
    struct held_step s;
    fixture_create_table(f);
    fixture_put_many(f, 10);
    fixture_add_index(f, "ByGroup", false, PROJECTION_ALL);
    hold_step(f, &s);
    fixture_remove_index(f, "ByGroup");
    take_step(f, &s);
    fixture_start_jobs(f);
    assert_int_equal(fixture_wait_for(f, "backfill", JOB_CANCELLED).job.id, 1);
}

static bool stage_for_another(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    uint32_t space = 17; /* of the index that there is */
    struct job job = {.kind = SLICE("backfill"),
                      .table = SLICE(TABLE_NAME),
                      .table_id = SLICE("0b5c1c7e-2f7a-4d52-9d0c-3a8f0f8f7b11"),
                      .spaces = &space,
                      .space_count = 1};
    return job_tx_stage(tx, &job, write->arena, err);
}

static void a_table_of_the_same_name_is_another(void **state)
{
    struct jobs_fixture *f = *state;
    fixture_create_table(f);
    fixture_put_many(f, 10);
    fixture_start_jobs(f);
    fixture_add_index(f, "ByGroup", false, PROJECTION_ALL);
    fixture_wait_for(f, "backfill", JOB_DONE);
    assert_int_equal(fixture_index(f, "ByGroup")->space, 17);
    struct storage_write write = {.run = stage_for_another, .arena = &f->arena};
    fixture_check(f, storage_write_wait(f->engine.storage, &write, &f->err));
    assert_int_equal(fixture_wait_for(f, "backfill", JOB_CANCELLED).job.id, 2);
    assert_int_equal(fixture_check_index(f, "ByGroup"), 6);
}

/* ------------------------------------------------------------------ drops */

static void a_dropped_table_is_watched_until_its_room_is_given_back(void **state)
{
    struct jobs_fixture *f = *state;
    struct catalog_change change = {.arena = &f->arena};
    fixture_create_table(f);
    fixture_put_many(f, 10);
    fixture_start_jobs(f);
    fixture_add_index(f, "ByGroup", false, PROJECTION_ALL);
    fixture_wait_for(f, "backfill", JOB_DONE);
    struct storage_view *older = storage_view_take(f->engine.storage);
    fixture_check(f, catalog_delete_table_wait(f->catalog, SLICE(TABLE_NAME), &change, &f->err));
    struct job_status status = fixture_wait_for(f, "drop", JOB_RUNNING);
    assert_int_equal(status.job.total, 2);
    assert_int_equal(fixture_order(f, status.job.id, JOB_CANCEL, 0), ERR_RESOURCE_IN_USE);
    usleep(300000);
    assert_int_equal(fixture_job(f, "drop").job.state, JOB_RUNNING);
    storage_view_release(older);
    arena_reset(&f->arena); /* gives other views back */
    assert_int_equal(fixture_wait_for(f, "drop", JOB_DONE).job.done, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_index_gets_the_entries_of_all_items_that_fit),
        TEST(the_index_of_an_empty_table_is_active_soon),
        TEST(several_indexes_are_filled_side_by_side),
        TEST(large_items_make_short_steps),
        TEST(writes_between_view_and_commit_are_respected),
        TEST(writes_before_the_view_are_not_done_again),
        TEST(a_write_prepared_before_the_index_keeps_it),
        TEST(it_goes_on_where_it_was_stopped),
        TEST(what_the_store_refuses_is_tried_again),
        TEST(cancelling_takes_the_index_away),
        TEST(an_index_that_is_removed_ends_its_job),
        TEST(an_index_removed_during_a_step_ends_its_job),
        TEST(a_table_of_the_same_name_is_another),
        TEST(a_dropped_table_is_watched_until_its_room_is_given_back),
    };
    return cmocka_run_group_tests_name("backfill", tests, NULL, NULL);
}
