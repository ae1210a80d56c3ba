/* Expired items are removed while writers give them more time, on threads of their own and by the machine's clock: an item whose
 * last acknowledged write gave it time is there, and what is gone was removed once. */
#include "expiring.h"

#include <stdatomic.h>

enum { WRITERS = 3, ITEMS = 24, RUN_MS = 1500 };

struct writer {
    struct indexed s; /* of the whole, but with an arena of its own */
    struct fixture f;
    unsigned number;
    uint64_t seed;
    int64_t end_ms;
    bool mortal[ITEMS]; /* the last write gave it no time, so that it may be gone */
    uint64_t gone;      /* how often one was */
};

static uint32_t draw(struct writer *w, uint32_t below)
{
    w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(w->seed >> 33) % below;
}

/* Asserts of cmocka are for the test's own thread. */
static void check(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static int64_t now_ms(void)
{
    return clock_wall_ms(clock_system());
}

static void write_item(struct writer *w, unsigned item, int64_t time_s)
{
    struct item_change change = indexed_put(
        &w->s,
        arena_printf(&w->f.arena, "{\"pk\":{\"S\":\"w%u\"},\"sk\":{\"S\":\"i%u\"},\"x\":{\"N\":\"%lld\"}}",
                     w->number, item, (long long)time_s));
    check(indexed_commit(&w->s, &change, 1) == ERR_NONE, "a put failed");
    if (slice_is_none(change.former)) {
        check(w->mortal[item], "an item that had time was removed before it was put again");
        w->gone++;
    }
    w->mortal[item] = time_s < now_ms() / 1000 + 100;
}

static void read_item(struct writer *w, unsigned item)
{
    struct item_change key = indexed_delete(
        &w->s, arena_printf(&w->f.arena, "{\"pk\":{\"S\":\"w%u\"},\"sk\":{\"S\":\"i%u\"}}", w->number, item));
    struct slice found;
    check(item_get(indexed_view(&w->s), &key.key, &w->f.arena, &found, &w->f.err), "a get failed");
    check(w->mortal[item] || !slice_is_none(found), "an item that has time was removed");
}

/* Half of the items are on the edge all the time, and get more time when they have just expired. */
static void *run_writer(void *arg)
{
    struct writer *w = arg;
    for (unsigned item = 0; item < ITEMS; item++)
        w->mortal[item] = true;
    for (unsigned item = 0; item < ITEMS; item++)
        write_item(w, item, now_ms() / 1000 + 1000);
    w->gone = 0;
    while (now_ms() < w->end_ms) {
        unsigned item = draw(w, ITEMS);
        uint32_t what = draw(w, 8);
        if (what < 3)
            write_item(w, item, now_ms() / 1000 - draw(w, 3));
        else if (what < 5)
            write_item(w, item, now_ms() / 1000 + 1000);
        else
            read_item(w, item);
        arena_reset(&w->f.arena);
    }
    /* What is still mortal is given time, so that there is nothing left to count. */
    for (unsigned item = 0; item < ITEMS; item++)
        write_item(w, item, now_ms() / 1000 + 1000);
    return NULL;
}

/* The real chore, but again and again instead of every second. */
static void *run_chore(void *arg)
{
    struct expiring *e = arg;
    while (!upkeep_stopping(&e->upkeep)) {
        int64_t again_ms;
        struct error err;
        error_init(&err, &e->upkeep.arena);
        check(upkeep_expired(&e->upkeep, &again_ms, &err), "the chore failed");
        arena_reset(&e->upkeep.arena);
        usleep(200);
    }
    return NULL;
}

static void what_got_more_time_in_time_stays(void **state)
{
    struct expiring *e = *state;
    static struct writer writers[WRITERS];
    pthread_t threads[WRITERS], chore;
    e->s->engine.clock = clock_system();
    expire_by(e, "x");
    assert_int_equal(pthread_create(&chore, NULL, run_chore, e), 0);
    for (unsigned i = 0; i < WRITERS; i++) {
        struct writer *w = &writers[i];
        *w = (struct writer){.s = *e->s, .f = *e->s->f, .number = i, .seed = i + 1};
        arena_init(&w->f.arena, 4096);
        error_init(&w->f.err, &w->f.arena);
        w->s.f = &w->f;
        w->end_ms = now_ms() + RUN_MS;
        assert_int_equal(pthread_create(&threads[i], NULL, run_writer, w), 0);
    }
    uint64_t gone = 0;
    for (unsigned i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        gone += writers[i].gone;
        arena_release(&writers[i].f.arena);
    }
    pthread_mutex_lock(&e->upkeep.mutex);
    e->upkeep.stopping = true;
    pthread_mutex_unlock(&e->upkeep.mutex);
    pthread_join(chore, NULL);
    assert_int_equal(count_of(e, e->s->table->space), WRITERS * ITEMS);
    assert_int_equal(count_of(e, e->s->table->expiry_index->space), WRITERS * ITEMS);
    assert_true(gone > 0);
    assert_int_equal(e->upkeep.expired, gone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_got_more_time_in_time_stays, expiring_setup, expiring_teardown),
    };
    return cmocka_run_group_tests_name("expired items and writers", tests, NULL, NULL);
}
