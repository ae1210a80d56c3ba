/* What storage.h promises of what commits together and what it changes, asked of every backend:
 * storage_groups disk|memory|faulty. */
#include "suite.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ groups */

/* A transaction that holds the writer, so that what is queued behind it becomes one group. */
struct gate {
    struct storage_write write;
    struct arena arena;
    sem_t entered, leave, finished;
};

static bool gate_run(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct gate *g = (struct gate *)write;
    (void)tx;
    (void)err;
    sem_post(&g->entered);
    sem_wait(&g->leave);
    return true;
}

static void gate_done(struct storage_write *write)
{
    sem_post(&((struct gate *)write)->finished);
}

static void gate_close(struct gate *g, struct storage *store)
{
    *g = (struct gate){.write = {.run = gate_run, .done = gate_done, .arena = &g->arena}};
    arena_init(&g->arena, 1024);
    sem_init(&g->entered, 0, 0);
    sem_init(&g->leave, 0, 0);
    sem_init(&g->finished, 0, 0);
    storage_write(store, &g->write);
    sem_wait(&g->entered);
}

static void gate_open(struct gate *g)
{
    sem_post(&g->leave);
    sem_wait(&g->finished);
    arena_release(&g->arena);
}

/* A counter kept in an entry: reads what the transaction before it wrote. */
struct increment {
    struct storage_write write;
    struct arena arena;
    bool fails;
    uint64_t before;
    atomic_int *order; /* answers given so far */
    int answered;
    sem_t *finished;
};

static bool increment_run(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct increment *i = (struct increment *)write;
    struct storage_key key = harness_key("counter", SLICE(""));
    struct slice value;
    bool found;
    i->before = 0;
    if (!storage_tx_get(tx, &key, write->arena, &value, &found, err))
        return false;
    if (found)
        memcpy(&i->before, value.data, sizeof i->before);
    uint64_t after = i->before + 1;
    if (!storage_tx_put(tx, &key, slice_of(&after, sizeof after), err) ||
        !storage_tx_add_usage(tx, SPACE, (struct storage_usage){1, -2}, err))
        return false;
    return !i->fails || error_set(err, ERR_CONDITIONAL_CHECK_FAILED, "no");
}

static void increment_done(struct storage_write *write)
{
    struct increment *i = (struct increment *)write;
    i->answered = atomic_fetch_add(i->order, 1);
    sem_post(i->finished);
}

static void increment_init(struct increment *i, atomic_int *order, sem_t *finished)
{
    *i = (struct increment){.write = {.run = increment_run, .done = increment_done, .arena = &i->arena},
                            .order = order,
                            .finished = finished};
    arena_init(&i->arena, 1024);
}

static void group_members_see_earlier_members_and_not_failed_ones(void **state)
{
    enum { COUNT = 50 };
    struct harness *h = *state;
    struct gate gate;
    struct increment *increments = calloc(COUNT, sizeof *increments);
    atomic_int order = 0;
    sem_t finished;
    sem_init(&finished, 0, 0);
    gate_close(&gate, h->store);
    for (int i = 0; i < COUNT; i++) {
        increment_init(&increments[i], &order, &finished);
        increments[i].fails = i % 3 == 2;
        storage_write(h->store, &increments[i].write);
    }
    gate_open(&gate);
    for (int i = 0; i < COUNT; i++)
        sem_wait(&finished);
    uint64_t expected = 0, number = increments[0].write.commit_number - 1;
    for (int i = 0; i < COUNT; i++) {
        struct increment *inc = &increments[i];
        assert_int_equal(inc->before, expected);
        assert_int_equal(inc->answered, i);
        assert_int_equal(inc->write.error.code, inc->fails ? ERR_CONDITIONAL_CHECK_FAILED : ERR_NONE);
        expected += !inc->fails;
        number += !inc->fails;
        assert_int_equal(inc->write.commit_number, number);
        arena_release(&inc->arena);
    }
    free(increments);
    struct slice last = harness_get(h, "counter", SLICE(""));
    assert_true(slice_equal(last, slice_of(&expected, sizeof expected)));
    struct storage_stats stats;
    storage_stats(h->store, &stats);
    assert_true(stats.group_size[5] > 0);
    assert_int_equal(stats.commits, number);
}

static void full_queue_refuses_at_once(void **state)
{
    struct harness *h = *state;
    struct gate gate;
    size_t count = h->options.queue_max + 1;
    struct increment *increments = calloc(count, sizeof *increments);
    atomic_int order = 0;
    sem_t finished;
    sem_init(&finished, 0, 0);
    gate_close(&gate, h->store);
    for (size_t i = 0; i < count; i++) {
        increment_init(&increments[i], &order, &finished);
        storage_write(h->store, &increments[i].write);
    }
    assert_int_equal(atomic_load(&order), 1);
    assert_int_equal(increments[count - 1].write.error.code, ERR_THROTTLING);
    gate_open(&gate);
    for (size_t i = 0; i < count; i++)
        sem_wait(&finished);
    for (size_t i = 0; i < count - 1; i++) {
        assert_int_equal(increments[i].write.error.code, ERR_NONE);
        assert_int_equal(increments[i].before, i);
        arena_release(&increments[i].arena);
    }
    arena_release(&increments[count - 1].arena);
    free(increments);
}

enum { PRODUCERS = 8, EACH = 400 };

struct producer {
    pthread_t thread;
    struct storage *store;
    uint64_t numbers[EACH];
    uint64_t before[EACH];
};

/* Each write's effect must be in a view that is taken after its answer. */
static void *produce(void *arg)
{
    struct producer *p = arg;
    struct arena arena;
    struct error err;
    arena_init(&arena, 4096);
    for (int i = 0; i < EACH; i++) {
        struct increment inc = {.write = {.run = increment_run, .arena = &arena}};
        error_init(&err, &arena);
        if (!storage_write_wait(p->store, &inc.write, &err))
            abort();
        p->numbers[i] = inc.write.commit_number;
        p->before[i] = inc.before;
        struct storage_view *view = storage_view_take(p->store);
        struct storage_key key = harness_key("counter", SLICE(""));
        struct slice value;
        bool found;
        uint64_t seen;
        if (storage_view_commit(view) < inc.write.commit_number ||
            !storage_view_get(view, &key, &arena, &value, &found, &err) || !found)
            abort();
        memcpy(&seen, value.data, sizeof seen);
        if (seen <= inc.before)
            abort();
        storage_view_release(view);
        arena_reset(&arena);
    }
    arena_release(&arena);
    return NULL;
}

static void commit_numbers_are_gapless_under_many_producers(void **state)
{
    struct harness *h = *state;
    struct producer *producers = calloc(PRODUCERS, sizeof *producers);
    static bool taken[PRODUCERS * EACH];
    memset(taken, 0, sizeof taken);
    struct storage_view *view = storage_view_take(h->store);
    uint64_t base = storage_view_commit(view);
    storage_view_release(view);
    for (int i = 0; i < PRODUCERS; i++) {
        producers[i].store = h->store;
        pthread_create(&producers[i].thread, NULL, produce, &producers[i]);
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i].thread, NULL);
    for (int i = 0; i < PRODUCERS; i++)
        for (int j = 0; j < EACH; j++) {
            uint64_t number = producers[i].numbers[j] - base - 1;
            assert_true(number < PRODUCERS * EACH && !taken[number]);
            taken[number] = true;
            /* The counter's order is the commit order. */
            assert_int_equal(producers[i].before[j], number);
        }
    free(producers);
    struct storage_usage usage;
    view = storage_view_take(h->store);
    assert_true(storage_view_usage(view, SPACE, &usage, &h->err));
    assert_int_equal(usage.entries, PRODUCERS * EACH);
    assert_int_equal(usage.bytes, -2 * PRODUCERS * EACH);
    storage_view_release(view);
}

/* ------------------------------------------------------------------ what changed since a view */

enum { WATCHED_KEYS = 64 };

static struct storage_view *watched_view;
static bool watched_unchanged[WATCHED_KEYS];

static struct storage_key watched_key(struct arena *arena, int i)
{
    return harness_key(arena_printf(arena, "watched %d", i), SLICE("s"));
}

static bool watch_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    (void)err;
    for (int i = 0; i < WATCHED_KEYS; i++) {
        struct storage_key key = watched_key(&step->harness->arena, i);
        watched_unchanged[i] = storage_tx_unchanged(tx, watched_view, &key);
    }
    return true;
}

static bool put_and_watch_run(struct storage_tx *tx, struct harness_step *step, struct error *err)
{
    struct storage_key key = watched_key(&step->harness->arena, 7);
    return storage_tx_put(tx, &key, SLICE("own"), err) && watch_run(tx, step, err);
}

/* Keys may be taken for changed when they are not, but few of them. */
static void assert_most_unchanged(void)
{
    int unchanged = 0;
    for (int i = 0; i < WATCHED_KEYS; i++)
        unchanged += watched_unchanged[i];
    assert_true(unchanged > WATCHED_KEYS / 2);
}

static void what_changed_after_a_view_is_never_taken_for_unchanged(void **state)
{
    struct harness *h = *state;
    for (int i = 0; i < WATCHED_KEYS; i++)
        harness_put(h, arena_printf(&h->arena, "watched %d", i), SLICE("s"), SLICE("one"));
    watched_view = storage_view_take(h->store);
    harness_put(h, "watched 3", SLICE("s"), SLICE("two"));
    harness_delete(h, "watched 5", SLICE("s"));
    assert_int_equal(harness_write(h, watch_run, &(struct harness_step){0}), ERR_NONE);
    assert_false(watched_unchanged[3] || watched_unchanged[5]);
    assert_most_unchanged();
    assert_int_equal(harness_write(h, put_and_watch_run, &(struct harness_step){0}), ERR_NONE);
    assert_false(watched_unchanged[7]);
    assert_most_unchanged();
    storage_view_release(watched_view);
    watched_view = storage_view_take(h->store);
    assert_int_equal(harness_write(h, watch_run, &(struct harness_step){0}), ERR_NONE);
    assert_most_unchanged();
    assert_true(watched_unchanged[3] && watched_unchanged[5] && watched_unchanged[7]);
    harness_drop_space(h, SPACE);
    assert_int_equal(harness_write(h, watch_run, &(struct harness_step){0}), ERR_NONE);
    for (int i = 0; i < WATCHED_KEYS; i++)
        assert_false(watched_unchanged[i]);
    storage_view_release(watched_view);
}

struct watched_change {
    struct storage_write write;
    struct arena arena;
    sem_t *finished;
    bool unchanged;
};

static bool put_watched_run(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct storage_key key = watched_key(write->arena, 0);
    return storage_tx_put(tx, &key, SLICE("two"), err);
}

static bool ask_watched_run(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    (void)err;
    struct storage_key key = watched_key(write->arena, 0);
    ((struct watched_change *)write)->unchanged = storage_tx_unchanged(tx, watched_view, &key);
    return true;
}

static void watched_done(struct storage_write *write)
{
    sem_post(((struct watched_change *)write)->finished);
}

static void changes_of_the_same_group_count(void **state)
{
    struct harness *h = *state;
    struct watched_change changes[3] = {0};
    struct gate gate;
    sem_t finished;
    harness_put(h, "watched 0", SLICE("s"), SLICE("one"));
    watched_view = storage_view_take(h->store);
    sem_init(&finished, 0, 0);
    gate_close(&gate, h->store);
    for (int i = 0; i < 3; i++) {
        arena_init(&changes[i].arena, 1024);
        changes[i].finished = &finished;
        changes[i].unchanged = true;
        changes[i].write = (struct storage_write){.run = i == 1 ? put_watched_run : ask_watched_run,
                                                  .done = watched_done,
                                                  .arena = &changes[i].arena};
        storage_write(h->store, &changes[i].write);
    }
    gate_open(&gate);
    for (int i = 0; i < 3; i++)
        sem_wait(&finished);
    assert_true(changes[0].unchanged);
    assert_false(changes[2].unchanged);
    storage_view_release(watched_view);
    for (int i = 0; i < 3; i++)
        arena_release(&changes[i].arena);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(group_members_see_earlier_members_and_not_failed_ones),
        SUITE_TEST(full_queue_refuses_at_once),
        SUITE_TEST(commit_numbers_are_gapless_under_many_producers),
        SUITE_TEST(what_changed_after_a_view_is_never_taken_for_unchanged),
        SUITE_TEST(changes_of_the_same_group_count),
    };
    return suite_main(argc, argv, tests, sizeof tests / sizeof tests[0]);
}
