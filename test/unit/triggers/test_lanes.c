/* Reading, calling, moving on: each change at least once, those of an item in order, whatever fails meanwhile. */
#include "fixture.h"

static void every_change_is_delivered_once(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_create(f, "");
    fixture_put_many(f, 10, 0, 300);
    fixture_wait_delivered(f, 300);
    assert_int_equal(fixture_seen(f), 300);
    fixture_check_order(f, 10, 300);
}

static void what_was_there_before_is_delivered_from_the_horizon(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_put_many(f, 10, 0, 100);
    fixture_create(f, "");
    fixture_wait_delivered(f, 100);
    fixture_check_order(f, 10, 100);
}

static void what_was_there_before_is_not_the_latest(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_put_many(f, 10, 0, 50);
    assert_int_equal(fixture_try_create(f, "", TRIGGER_LATEST), ERR_NONE);
    fixture_put_many(f, 10, 50, 50);
    fixture_wait_delivered(f, 50);
    assert_int_equal(fixture_seen(f), 50);
    for (size_t i = 0; i < 50; i++)
        assert_true(f->seen[i].value >= 50);
}

static void a_batch_is_bounded(void **state)
{
    struct fixture *f = *state;
    size_t in_call[100] = {0};
    fixture_create_table(f);
    fixture_put_many(f, 10, 0, 100);
    fixture_create(f, ",\"batch_size\":7");
    fixture_wait_delivered(f, 100);
    for (size_t i = 0; i < f->seen_count; i++)
        assert_true(++in_call[f->seen[i].call] <= 7);
}

static void a_window_waits_for_a_full_batch(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_create(f, ",\"batch_size\":5,\"window_ms\":300000");
    for (int i = 0; i < 5; i++) {
        assert_int_equal(fixture_calls(f), 0);
        fixture_put(f, "same", i);
        usleep(5000);
    }
    fixture_wait_delivered(f, 5);
    assert_int_equal(fixture_calls(f), 1);
}

static void a_window_ends(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_create(f, ",\"window_ms\":50");
    fixture_put(f, "same", 1);
    fixture_put(f, "same", 2);
    fixture_wait_delivered(f, 2);
    assert_int_equal(fixture_calls(f), 1);
}

/* ------------------------------------------------------------------ lanes */

static unsigned chance = 1;

static const char *takes_by_chance(struct fixture *f, size_t first, size_t last)
{
    chance = chance * 1103515245 + 12345;
    if (chance >> 16 & 1)
        return "!by chance";
    if ((chance >> 17 & 3) == 0 && last - first > 1) {
        static char answer[128];
        size_t bad = first + (chance >> 20) % (last - first);
        for (size_t i = first; i < bad; i++)
            f->seen[i].taken = true;
        snprintf(answer, sizeof answer, "{\"batchItemFailures\":[{\"itemIdentifier\":\"%s\"}]}",
                 f->seen[bad].sequence);
        return answer;
    }
    return fixture_takes(f, first, last);
}

static void order_is_kept_when_calls_fail(void **state)
{
    struct fixture *f = *state;
    fixture_set_respond(f, takes_by_chance);
    fixture_create_table(f);
    fixture_create(f, ",\"parallel\":4,\"batch_size\":9");
    fixture_put_many(f, 23, 0, 600);
    fixture_wait_delivered(f, 600);
    fixture_check_order(f, 23, 600);
    assert_int_equal(fixture_delivered(f), 600);
}

static void lanes_are_called_side_by_side(void **state)
{
    struct fixture *f = *state;
    fixture_set_respond(f, fixture_holds);
    fixture_create_table(f);
    fixture_put_many(f, 100, 0, 200);
    fixture_create(f, ",\"parallel\":5,\"batch_size\":10");
    UNTIL(fixture_in_flight(f) == 10); /* two shards of five lanes */
    usleep(20000);
    assert_int_equal(fixture_in_flight(f), 10);
    for (size_t i = 0; i < f->seen_count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(f->seen[i].key, f->seen[k].key) == 0)
                assert_int_equal(f->seen[i].call, f->seen[k].call);
    fixture_set_respond(f, fixture_takes);
    pthread_mutex_lock(&f->mutex);
    for (size_t i = 0; i < f->seen_count; i++)
        f->seen[i].taken = true;
    pthread_mutex_unlock(&f->mutex);
    assert_int_equal(fixture_let_go(f, ""), 10);
    fixture_wait_delivered(f, 200);
    fixture_check_order(f, 100, 200);
}

static const char *holds_first_trigger(struct fixture *f, size_t first, size_t last)
{
    return strcmp(f->seen[first].trigger, "slow") == 0 ? NULL : fixture_takes(f, first, last);
}

static void a_slow_target_keeps_nobody_else_waiting(void **state)
{
    struct fixture *f = *state;
    struct trigger_status status;
    fixture_set_respond(f, holds_first_trigger);
    fixture_create_table(f);
    fixture_create(f, ",\"name\":\"slow\"");
    fixture_create(f, "");
    fixture_put_many(f, 10, 0, 200);
    fixture_wait_delivered(f, 200);
    assert_true(fixture_find(f, "slow", &status));
    assert_int_equal(status.counts.delivered, 0);
    assert_int_equal(status.lag_records, 200);
    assert_true(status.calls_in_flight > 0);
}

/* ------------------------------------------------------------------ positions */

static void positions_are_kept_over_a_restart(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_create(f, ",\"parallel\":3");
    fixture_put_many(f, 10, 0, 100);
    fixture_wait_delivered(f, 100);
    arena_reset(&f->arena);
    fixture_stop(f);
    fixture_put_many(f, 10, 100, 100);
    fixture_start(f);
    fixture_wait_delivered(f, 200);
    assert_int_equal(fixture_seen(f), 200);
    fixture_check_order(f, 10, 200);
}

static void a_call_that_was_given_up_happens_again(void **state)
{
    struct fixture *f = *state;
    fixture_set_respond(f, fixture_holds);
    fixture_create_table(f);
    fixture_create(f, "");
    fixture_put(f, "a", 1);
    UNTIL(fixture_seen(f) == 1);
    arena_reset(&f->arena);
    fixture_stop(f);
    fixture_set_respond(f, fixture_takes);
    fixture_start(f);
    fixture_wait_delivered(f, 1);
    assert_int_equal(fixture_seen(f), 2);
    assert_string_equal(f->seen[0].event, f->seen[1].event);
    assert_string_equal(f->seen[0].sequence, f->seen[1].sequence);
}

static void what_the_filter_passes_over_is_not_read_again(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_create(f,
                   ",\"filter\":{\"dynamodb\":{\"NewImage\":{\"v\":{\"N\":[{\"numeric\":[\">=\",90]}]}}}}");
    fixture_put_many(f, 10, 0, 100);
    UNTIL(fixture_delivered(f) == 10 && fixture_status(f).lag_records == 0);
    assert_int_equal(fixture_status(f).counts.passed_over, 90);
    arena_reset(&f->arena);
    fixture_stop(f);
    fixture_start(f);
    fixture_put_many(f, 10, 0, 10);
    UNTIL(fixture_status(f).counts.passed_over == 100);
    assert_int_equal(fixture_seen(f), 10);
}

static void a_position_that_cannot_be_stored_is_stored_later(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_create(f, "");
    fixture_set_respond(f, fixture_holds);
    fixture_put(f, "a", 1);
    UNTIL(fixture_in_flight(f) == 1);
    storage_faulty_set(f->engine.storage, STORAGE_FAULT_COMMIT,
                       (struct storage_fault){.action = STORAGE_FAULT_FAIL, .times = 5});
    fixture_set_respond(f, fixture_takes);
    fixture_let_go(f, "");
    fixture_wait_delivered(f, 1);
    assert_int_equal(fixture_seen(f), 1);
    UNTIL(slice_is_none(fixture_status(f).waits));
}

/* ------------------------------------------------------------------ giving up */

static const char *chokes_on_13(struct fixture *f, size_t first, size_t last)
{
    for (size_t i = first; i < last; i++)
        if (f->seen[i].value % 100 == 13)
            return "!cannot stand 13";
    return fixture_takes(f, first, last);
}

static char dead_path[64];

/* Lines of the file that have this in them. */
static size_t count_lines(const char *needle)
{
    char line[65536];
    size_t count = 0;
    FILE *file = fopen(dead_path, "r");
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file))
        count += strstr(line, needle) != NULL;
    fclose(file);
    return count;
}

static void a_record_that_fails_goes_to_the_dead_letters_alone(void **state)
{
    struct fixture *f = *state;
    snprintf(dead_path, sizeof dead_path, "/tmp/stator-dead-%d", (int)getpid());
    unlink(dead_path);
    fixture_set_respond(f, chokes_on_13);
    fixture_create_table(f);
    fixture_put_many(f, 10, 0, 300);
    fixture_create(f, arena_printf(&f->arena, ",\"retries\":2,\"on_failure\":\"%s\"", dead_path));
    fixture_wait_delivered(f, 300);
    assert_int_equal(fixture_status(f).counts.given_up, 3);
    assert_int_equal(fixture_delivered(f), 297);
    assert_int_equal(count_lines("{\"deadLetter\":{\"trigger\":\"Things\""), 3);
    assert_int_equal(count_lines("\"error\":\"cannot stand 13\""), 3);
    assert_int_equal(count_lines("\"attempts\":3"), 3);
    assert_int_equal(count_lines("\"NewImage\":{\"pk\":{\"S\":\"k3\"},\"v\":{\"N\":\"113\"}}"), 1);
    assert_true(slice_equal(fixture_status(f).last_error, SLICE("cannot stand 13")));
    unlink(dead_path);
}

static void dead_letters_are_not_put_into_just_any_file(void **state)
{
    struct fixture *f = *state;
    snprintf(dead_path, sizeof dead_path, "/tmp/stator-other-%d", (int)getpid());
    FILE *file = fopen(dead_path, "w");
    fputs("mine\n", file);
    fclose(file);
    fixture_set_respond(f, fixture_fails);
    fixture_create_table(f);
    fixture_create(f, arena_printf(&f->arena, ",\"retries\":0,\"on_failure\":\"%s\"", dead_path));
    fixture_put(f, "a", 1);
    UNTIL(!slice_is_none(fixture_status(f).waits));
    assert_int_equal(fixture_status(f).counts.given_up, 0);
    unlink(dead_path); /* now it can be made */
    fixture_wait_delivered(f, 1);
    assert_int_equal(count_lines("\"sequenceNumber\""), 1);
    UNTIL(slice_is_none(fixture_status(f).waits));
    unlink(dead_path);
}

static size_t count_items(struct fixture *f, const char *name)
{
    const struct catalog_snapshot *snapshot = catalog_take(f->catalog);
    struct storage_usage usage;
    struct storage_view *view;
    fixture_check(f, engine_view(&f->engine, &f->arena, &view, &f->err));
    fixture_check(
        f, storage_view_usage(view, catalog_find(snapshot, slice_from_cstr(name))->space, &usage, &f->err));
    catalog_give(snapshot);
    return (size_t)usage.entries;
}

static void dead_letters_may_be_items(void **state)
{
    struct fixture *f = *state;
    fixture_set_respond(f, chokes_on_13);
    fixture_create_table(f);
    fixture_create_named(f, "Dead", false);
    fixture_put_many(f, 10, 0, 300);
    fixture_create(f, ",\"retries\":0,\"on_failure\":\"table:Dead\"");
    fixture_wait_delivered(f, 300);
    assert_int_equal(count_items(f, "Dead"), 3);
    assert_int_equal(fixture_delivered(f), 297);
}

static void without_end_nothing_is_given_up(void **state)
{
    struct fixture *f = *state;
    fixture_set_respond(f, fixture_fails);
    fixture_create_table(f);
    fixture_create(f, "");
    fixture_put_many(f, 10, 0, 20);
    UNTIL(fixture_calls(f) > 30);
    assert_int_equal(fixture_status(f).counts.given_up, 0);
    assert_int_equal(fixture_status(f).lag_records, 20);
    fixture_set_respond(f, fixture_takes);
    fixture_wait_delivered(f, 20);
    fixture_check_order(f, 10, 20);
}

static const char *names_what_it_does_not_know(struct fixture *f, size_t first, size_t last)
{
    (void)first, (void)last;
    return f->calls < 4 ? "{\"batchItemFailures\":[{\"itemIdentifier\":\"10000000000000000000000000\"}]}"
                        : fixture_takes(f, first, last);
}

static void a_name_that_was_not_in_the_batch_is_a_failure(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_set_respond(f, names_what_it_does_not_know);
    fixture_put(f, "a", 1);
    fixture_create(f, "");
    fixture_wait_delivered(f, 1);
    assert_int_equal(fixture_calls(f), 4);
    assert_int_equal(fixture_status(f).calls_failed, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_change_is_delivered_once),
        TEST(what_was_there_before_is_delivered_from_the_horizon),
        TEST(what_was_there_before_is_not_the_latest),
        TEST(a_batch_is_bounded),
        TEST(a_window_waits_for_a_full_batch),
        TEST(a_window_ends),
        TEST(order_is_kept_when_calls_fail),
        TEST(lanes_are_called_side_by_side),
        TEST(a_slow_target_keeps_nobody_else_waiting),
        TEST(positions_are_kept_over_a_restart),
        TEST(a_call_that_was_given_up_happens_again),
        TEST(what_the_filter_passes_over_is_not_read_again),
        TEST(a_position_that_cannot_be_stored_is_stored_later),
        TEST(a_record_that_fails_goes_to_the_dead_letters_alone),
        TEST(dead_letters_are_not_put_into_just_any_file),
        TEST(dead_letters_may_be_items),
        TEST(without_end_nothing_is_given_up),
        TEST(a_name_that_was_not_in_the_batch_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
