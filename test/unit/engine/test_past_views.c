/* Views from a moment ago, of a store that is nothing but its views. */
#include "engine/past_views.h"

#include "base/clock.h"
#include "storage/storage_priv.h"
#include "support/cmocka.h"

#include <stdlib.h>

struct fake_view {
    struct storage_view base;
    struct fake_store *store;
    uint64_t commit;
};

struct fake_store {
    struct storage base;
    uint64_t commit;
    bool down;
    int held; /* views that were not given back */
};

static struct storage_view *view_take(struct storage *store)
{
    struct fake_store *fake = (struct fake_store *)store;
    if (fake->down)
        return NULL;
    struct fake_view *view = calloc(1, sizeof *view);
    *view = (struct fake_view){{fake->base.backend}, fake, fake->commit};
    fake->held++;
    return &view->base;
}

static void view_release(struct storage_view *view)
{
    ((struct fake_view *)view)->store->held--;
    free(view);
}

static uint64_t view_commit(const struct storage_view *view)
{
    return ((const struct fake_view *)view)->commit;
}

static const struct storage_backend backend = {
    .view_take = view_take, .view_release = view_release, .view_commit = view_commit};

struct past {
    struct fake_store store;
    struct clock_test clock;
    struct past_views *views;
    struct arena arena;
};

enum { DELAY_MS = 1000, TICK_MS = 50 };

static int setup(void **state)
{
    struct past *t = calloc(1, sizeof *t);
    t->store = (struct fake_store){.base = {&backend}, .commit = 100};
    clock_test_init(&t->clock, 1000000);
    arena_init(&t->arena, 1024);
    t->views = past_views_new(&t->store.base, &t->clock.clock, DELAY_MS);
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct past *t = *state;
    arena_release(&t->arena);
    past_views_free(t->views);
    assert_int_equal(t->store.held, 0);
    free(t);
    return 0;
}

/* Time goes on for a while, with a commit before every tick. */
static void pass(struct past *t, int64_t ms)
{
    for (int64_t passed = 0; passed < ms; passed += TICK_MS) {
        clock_test_advance(&t->clock, TICK_MS);
        t->store.commit++;
        past_views_tick(t->views);
    }
}

static uint64_t taken(struct past *t, uint64_t commit_min)
{
    struct storage_view *view = past_views_take(t->views, commit_min, &t->arena);
    return view ? storage_view_commit(view) : 0;
}

static void a_new_store_is_shown_as_it_was_at_first(void **state)
{
    struct past *t = *state;
    assert_int_equal(taken(t, 0), 100);
    pass(t, DELAY_MS / 2);
    assert_int_equal(taken(t, 0), 100);
}

static void what_is_shown_is_as_old_as_the_delay(void **state)
{
    struct past *t = *state;
    pass(t, 2 * DELAY_MS);
    assert_int_equal(taken(t, 0), t->store.commit - DELAY_MS / TICK_MS);
    for (int i = 0; i < 100; i++) {
        pass(t, TICK_MS);
        assert_int_equal(taken(t, 0), t->store.commit - DELAY_MS / TICK_MS);
    }
}

static void what_was_committed_last_is_shown_when_its_time_has_come(void **state)
{
    struct past *t = *state;
    pass(t, 2 * DELAY_MS);
    uint64_t last = t->store.commit;
    for (int64_t passed = 0; passed < DELAY_MS; passed += TICK_MS) {
        assert_true(taken(t, 0) < last);
        clock_test_advance(&t->clock, TICK_MS);
        past_views_tick(t->views);
    }
    assert_int_equal(taken(t, 0), last);
    clock_test_advance(&t->clock, (int64_t)3600 * 1000);
    past_views_tick(t->views);
    assert_int_equal(taken(t, 0), last);
}

static void nothing_older_than_asked_is_shown(void **state)
{
    struct past *t = *state;
    pass(t, 2 * DELAY_MS);
    uint64_t now = t->store.commit;
    assert_int_equal(taken(t, now - 3), now - 3);
    assert_int_equal(taken(t, now), now);
    assert_int_equal(taken(t, now + 1), 0);
    assert_int_equal(taken(t, 1), now - DELAY_MS / TICK_MS);
}

static void few_views_are_held(void **state)
{
    struct past *t = *state;
    pass(t, 10 * DELAY_MS);
    assert_true(t->store.held <= DELAY_MS / TICK_MS + 2);
    for (int i = 0; i < 100; i++)
        past_views_tick(t->views);
    assert_true(t->store.held <= DELAY_MS / TICK_MS + 2);
}

static void a_long_delay_does_not_need_more(void **state)
{
    struct past *t = *state;
    past_views_free(t->views);
    t->views = past_views_new(&t->store.base, &t->clock.clock, 600 * 1000);
    pass(t, 1300 * 1000);
    assert_true(t->store.held <= PAST_VIEWS_MAX);
    uint64_t ticks = 600 * 1000 / TICK_MS, lag = t->store.commit - taken(t, 0);
    assert_true(lag >= ticks && lag <= ticks + ticks / 40);
}

static void a_store_that_cannot_be_read_gets_its_views_back(void **state)
{
    struct past *t = *state;
    pass(t, DELAY_MS);
    t->store.down = true;
    past_views_tick(t->views);
    assert_int_equal(t->store.held, 0);
    assert_int_equal(taken(t, 0), 0);
    t->store.down = false;
    past_views_tick(t->views);
    assert_int_equal(taken(t, 0), t->store.commit);
}

static void a_reader_keeps_its_view(void **state)
{
    struct past *t = *state;
    struct storage_view *view = past_views_take(t->views, 0, &t->arena);
    pass(t, 3 * DELAY_MS);
    t->store.down = true;
    past_views_tick(t->views);
    assert_int_equal(t->store.held, 1);
    assert_int_equal(storage_view_commit(view), 100);
    arena_reset(&t->arena);
    assert_int_equal(t->store.held, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_new_store_is_shown_as_it_was_at_first),
        TEST(what_is_shown_is_as_old_as_the_delay),
        TEST(what_was_committed_last_is_shown_when_its_time_has_come),
        TEST(nothing_older_than_asked_is_shown),
        TEST(few_views_are_held),
        TEST(a_long_delay_does_not_need_more),
        TEST(a_store_that_cannot_be_read_gets_its_views_back),
        TEST(a_reader_keeps_its_view),
    };
    return cmocka_run_group_tests_name("past_views", tests, NULL, NULL);
}
