#include "engine/stream_watch.h"

#include "base/contract.h"
#include "support/cmocka.h"

#include <pthread.h>
#include <stdatomic.h>

static struct clock_test clock_at;
static struct stream_watches *watches;

static void note(struct stream_watch *watch)
{
    atomic_fetch_add((_Atomic int *)watch->arg, 1);
}

static struct stream_watch waiting(uint32_t space, uint64_t commit, int64_t ms, _Atomic int *called)
{
    return (struct stream_watch){.space = space,
                                 .commit = commit,
                                 .deadline_ns = clock_monotonic_ns(&clock_at.clock) + ms * 1000000,
                                 .done = note,
                                 .arg = called};
}

static void a_record_ends_the_waiting(void **state)
{
    (void)state;
    _Atomic int called = 0;
    struct stream_watch watch = waiting(20, 5, 1000, &called);
    stream_watch_add(watches, &watch);
    assert_int_equal(called, 0);
    stream_watch_recorded(watches, 21, 6);
    assert_int_equal(called, 0);
    stream_watch_recorded(watches, 20, 7);
    assert_int_equal(called, 1);
    stream_watch_recorded(watches, 20, 8);
    assert_int_equal(called, 1);
}

static void what_was_recorded_before_the_watch_counts(void **state)
{
    (void)state;
    _Atomic int called = 0;
    struct stream_watch watch = waiting(20, 5, 1000, &called);
    stream_watch_recorded(watches, 20, 6);
    stream_watch_add(watches, &watch);
    assert_int_equal(called, 1);
}

static void what_the_reader_has_seen_does_not(void **state)
{
    (void)state;
    _Atomic int called = 0;
    struct stream_watch watch = waiting(20, 6, 1000, &called);
    stream_watch_recorded(watches, 20, 6);
    stream_watch_add(watches, &watch);
    assert_int_equal(called, 0);
    stream_watch_recorded(watches, 20, 6);
    assert_int_equal(called, 0);
    stream_watch_recorded(watches, 20, 7);
    assert_int_equal(called, 1);
}

static void time_ends_it_too(void **state)
{
    (void)state;
    _Atomic int called = 0;
    struct stream_watch soon = waiting(20, 1, 100, &called);
    struct stream_watch later = waiting(20, 1, 200, &called);
    stream_watch_add(watches, &soon);
    stream_watch_add(watches, &later);
    clock_test_advance(&clock_at, 99);
    stream_watch_tick(watches);
    assert_int_equal(called, 0);
    clock_test_advance(&clock_at, 1);
    stream_watch_tick(watches);
    assert_int_equal(called, 1);
    clock_test_advance(&clock_at, 100);
    stream_watch_tick(watches);
    assert_int_equal(called, 2);
}

static void nobody_is_left_at_the_end(void **state)
{
    (void)state;
    _Atomic int called = 0;
    struct stream_watch watch = waiting(20, 1, 100, &called);
    stream_watch_add(watches, &watch);
    stream_watches_free(watches);
    watches = NULL;
    assert_int_equal(called, 1);
}

static void nobody_waits_after_the_stop(void **state)
{
    (void)state;
    _Atomic int called = 0;
    struct stream_watch before = waiting(20, 1, 100, &called);
    struct stream_watch after = waiting(20, 1, 100, &called);
    stream_watch_add(watches, &before);
    stream_watches_stop(watches);
    assert_int_equal(called, 1);
    stream_watch_add(watches, &after);
    assert_int_equal(called, 2);
}

static void too_many_need_not_wait(void **state)
{
    (void)state;
    static struct stream_watch many[STREAM_WATCH_MAX + 1];
    _Atomic int called = 0;
    for (size_t i = 0; i <= STREAM_WATCH_MAX; i++) {
        many[i] = waiting(20 + (uint32_t)i, 1, 100, &called);
        stream_watch_add(watches, &many[i]);
    }
    assert_int_equal(called, 1);
    stream_watches_free(watches);
    watches = NULL;
    assert_int_equal(called, STREAM_WATCH_MAX + 1);
}

/* ------------------------------------------------------------------ threads */

enum { COMMITS = 20000 };

static _Atomic uint64_t durable;

static void *record(void *arg)
{
    (void)arg;
    for (uint64_t commit = 1; commit <= COMMITS; commit++) {
        atomic_store(&durable, commit);
        stream_watch_recorded(watches, 20, commit);
    }
    return NULL;
}

/* A reader that only ever waits for news gets to the last commit: no news is missed. */
static void no_news_is_missed(void **state)
{
    (void)state;
    pthread_t writer;
    uint64_t seen = 0;
    atomic_store(&durable, 0);
    assert_int_equal(pthread_create(&writer, NULL, record, NULL), 0);
    while (seen < COMMITS) {
        _Atomic int called = 0;
        struct stream_watch watch = waiting(20, seen, 1000, &called);
        stream_watch_add(watches, &watch);
        while (!atomic_load(&called))
            ;
        uint64_t now = atomic_load(&durable);
        assert_true(now > seen);
        seen = now;
    }
    pthread_join(writer, NULL);
}

static int setup(void **state)
{
    (void)state;
    clock_test_init(&clock_at, 1700000000000);
    watches = stream_watches_new(&clock_at.clock);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stream_watches_free(watches);
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_record_ends_the_waiting),
        TEST(what_was_recorded_before_the_watch_counts),
        TEST(what_the_reader_has_seen_does_not),
        TEST(time_ends_it_too),
        TEST(nobody_is_left_at_the_end),
        TEST(nobody_waits_after_the_stop),
        TEST(too_many_need_not_wait),
        TEST(no_news_is_missed),
    };
    return cmocka_run_group_tests_name("stream watch", tests, NULL, NULL);
}
