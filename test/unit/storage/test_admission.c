/* Numbers are those of admission.h: as many may wait as are answered in a second, two groups in any case. */
#include "storage/admission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After the four above, as cmocka asks. */
#include <cmocka.h>

enum { GROUP = 100, WAIT_MS = 1000 };

struct fixture {
    struct clock_test clock;
    struct admission admission;
};

static void open_fixture(struct fixture *f, int64_t wait_max_ms)
{
    clock_test_init(&f->clock, 1000000);
    admission_init(&f->admission, &f->clock.clock, wait_max_ms, GROUP);
}

/* For `rounds` times 10 ms a group of `each` is answered, and `left` go on waiting. */
static void work(struct fixture *f, int rounds, size_t each, size_t left)
{
    admission_taken(&f->admission, left);
    for (int i = 0; i < rounds; i++) {
        admission_taken(&f->admission, each);
        clock_test_advance(&f->clock, 10);
        admission_answered(&f->admission, each, 0);
    }
    admission_dropped(&f->admission, left);
}

static void any_number_may_wait_until_something_was_measured(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, WAIT_MS);
    assert_true(admission_allows(&f.admission, 1000000));
    work(&f, 100, 1, 0);
    assert_true(admission_allows(&f.admission, 1000000));
}

static void as_many_may_wait_as_are_answered_in_time(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, WAIT_MS);
    work(&f, 20, 50, GROUP); /* 5000 a second */
    assert_true(admission_allows(&f.admission, 4999));
    assert_false(admission_allows(&f.admission, 5000));
    open_fixture(&f, WAIT_MS / 10);
    work(&f, 20, 50, GROUP);
    assert_true(admission_allows(&f.admission, 499));
    assert_false(admission_allows(&f.admission, 500));
}

static void writes_that_left_the_queue_still_wait(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, WAIT_MS);
    work(&f, 20, 50, GROUP);
    admission_taken(&f.admission, 4000);
    assert_true(admission_allows(&f.admission, 999));
    assert_false(admission_allows(&f.admission, 1000));
}

static void two_groups_may_wait_however_slow_the_store_is(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, WAIT_MS);
    work(&f, 20, 1, GROUP); /* 100 a second */
    assert_true(admission_allows(&f.admission, 2 * GROUP - 1));
    assert_false(admission_allows(&f.admission, 2 * GROUP));
}

/* One write at a time answered slowly is a quiet client, not a slow store. */
static void rate_of_a_store_that_keeps_up_is_no_measure(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, WAIT_MS);
    work(&f, 100, 1, GROUP - 1);
    assert_true(admission_allows(&f.admission, 1000000));
    work(&f, 20, 50, GROUP);
    work(&f, 100, 1, GROUP - 1);
    assert_true(admission_allows(&f.admission, 4999));
}

static void store_that_recovers_is_believed_within_a_tenth_of_a_second(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, WAIT_MS);
    work(&f, 100, 1, GROUP);
    assert_false(admission_allows(&f.admission, 400));
    work(&f, 10, 50, GROUP);
    assert_true(admission_allows(&f.admission, 4900));
}

static void idle_time_is_no_part_of_the_rate(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, WAIT_MS);
    work(&f, 20, 50, GROUP);
    work(&f, 1, 1, 0);
    clock_test_advance(&f.clock, 3600000);
    work(&f, 20, 50, GROUP);
    assert_true(admission_allows(&f.admission, 4999));
}

/* ------------------------------------------------------------------ stalls */

static void nothing_may_wait_behind_a_stall(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, WAIT_MS);
    admission_tick(&f.admission, 0);
    admission_taken(&f.admission, 1);
    admission_tick(&f.admission, 0);
    clock_test_advance(&f.clock, WAIT_MS - 1);
    admission_tick(&f.admission, 0);
    assert_true(admission_allows(&f.admission, 0));
    clock_test_advance(&f.clock, 1);
    admission_tick(&f.admission, 0);
    assert_false(admission_allows(&f.admission, 0));
}

static void stall_ends_with_the_first_answer(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, WAIT_MS);
    admission_taken(&f.admission, 2);
    admission_tick(&f.admission, 0);
    clock_test_advance(&f.clock, WAIT_MS);
    admission_tick(&f.admission, 0);
    assert_false(admission_allows(&f.admission, 0));
    admission_answered(&f.admission, 1, 0);
    assert_true(admission_allows(&f.admission, 0));
    admission_tick(&f.admission, 0);
    assert_true(admission_allows(&f.admission, 0));
}

/* Writes in the queue wait as well: the writer may be the one that hangs. */
static void stall_of_the_writer_is_seen_by_the_queue(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, WAIT_MS);
    admission_tick(&f.admission, 3);
    clock_test_advance(&f.clock, WAIT_MS);
    admission_tick(&f.admission, 3);
    assert_false(admission_allows(&f.admission, 3));
}

static void idle_store_is_not_stalled(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, WAIT_MS);
    for (int i = 0; i < 3; i++) {
        clock_test_advance(&f.clock, 100 * WAIT_MS);
        admission_tick(&f.admission, 0);
        assert_true(admission_allows(&f.admission, 0));
    }
    admission_taken(&f.admission, 1);
    clock_test_advance(&f.clock, WAIT_MS / 10);
    admission_tick(&f.admission, 0);
    assert_true(admission_allows(&f.admission, 0));
}

static void without_a_bound_any_number_waits_any_time(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, 0);
    work(&f, 100, 1, GROUP);
    admission_taken(&f.admission, 1);
    admission_tick(&f.admission, 0);
    clock_test_advance(&f.clock, 3600000);
    admission_tick(&f.admission, 0);
    assert_true(admission_allows(&f.admission, 1000000));
}

/* ------------------------------------------------------------------ telling */

static void refusals_are_told_once_a_second_and_none_is_left_out(void **state)
{
    (void)state;
    struct fixture f;
    uint64_t count;
    open_fixture(&f, WAIT_MS);
    assert_true(admission_note_refusal(&f.admission, &count));
    assert_int_equal(count, 1);
    for (int i = 0; i < 9; i++) {
        clock_test_advance(&f.clock, 100);
        assert_false(admission_note_refusal(&f.admission, &count));
    }
    clock_test_advance(&f.clock, 100);
    assert_true(admission_note_refusal(&f.admission, &count));
    assert_int_equal(count, 10);
    assert_int_equal(admission_refused(&f.admission), 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_may_wait_until_something_was_measured),
        cmocka_unit_test(as_many_may_wait_as_are_answered_in_time),
        cmocka_unit_test(writes_that_left_the_queue_still_wait),
        cmocka_unit_test(two_groups_may_wait_however_slow_the_store_is),
        cmocka_unit_test(rate_of_a_store_that_keeps_up_is_no_measure),
        cmocka_unit_test(store_that_recovers_is_believed_within_a_tenth_of_a_second),
        cmocka_unit_test(idle_time_is_no_part_of_the_rate),
        cmocka_unit_test(nothing_may_wait_behind_a_stall),
        cmocka_unit_test(stall_ends_with_the_first_answer),
        cmocka_unit_test(stall_of_the_writer_is_seen_by_the_queue),
        cmocka_unit_test(idle_store_is_not_stalled),
        cmocka_unit_test(without_a_bound_any_number_waits_any_time),
        cmocka_unit_test(refusals_are_told_once_a_second_and_none_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
