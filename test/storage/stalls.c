/* A store whose commits hang for a while: storage_stalls disk|memory. */
#include "suite.h"

#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

enum { STALL_WAIT_MS = 100, STALL_WRITES_MAX = 1000 };

struct stalling {
    struct storage_write write;
    struct arena arena;
    sem_t *entered, *leave; /* NULL: does not stall */
    sem_t *done;
};

static bool stalling_run(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    struct stalling *w = (struct stalling *)write;
    (void)tx, (void)err;
    if (w->entered) {
        sem_post(w->entered);
        sem_wait(w->leave);
    }
    return true;
}

static void stalling_done(struct storage_write *write)
{
    sem_post(((struct stalling *)write)->done);
}

static void stalling_start(struct stalling *w, struct storage *store, sem_t *entered, sem_t *leave,
                           sem_t *done)
{
    *w = (struct stalling){
        .write = {.run = stalling_run, .done = stalling_done, .arena = &w->arena, .error.code = ERR_NONE},
        .entered = entered,
        .leave = leave,
        .done = done};
    arena_init(&w->arena, 256);
    storage_write(store, &w->write);
}

/* One write hangs; others wait behind it, until one is told that it would wait too long. */
static void stalled_store_refuses_until_it_goes_on(void **state)
{
    struct harness *h = *state;
    struct stalling *writes = calloc(STALL_WRITES_MAX, sizeof *writes);
    sem_t entered, leave, done;
    sem_init(&entered, 0, 0);
    sem_init(&leave, 0, 0);
    sem_init(&done, 0, 0);
    h->options.wait_max_ms = STALL_WAIT_MS;
    storage_close(h->store);
    assert_true(storage_open_rocksdb(&h->options, &h->store, &h->err));
    if (h->kind != HARNESS_DISK)
        harness_create_space(h, SPACE);
    stalling_start(&writes[0], h->store, &entered, &leave, &done);
    sem_wait(&entered);
    size_t count = 1;
    while (count < STALL_WRITES_MAX && sem_trywait(&done) != 0) {
        usleep(20000);
        stalling_start(&writes[count++], h->store, NULL, NULL, &done);
    }
    assert_int_equal(writes[count - 1].write.error.code, ERR_THROTTLING);
    sem_post(&leave);
    for (size_t i = 0; i < count - 1; i++) {
        sem_wait(&done);
        assert_int_equal(writes[i].write.error.code, ERR_NONE);
    }
    enum error_code code = ERR_THROTTLING;
    for (int i = 0; i < 200 && code == ERR_THROTTLING; i++, usleep(20000))
        code = harness_try_put(h, SPACE, "p", SLICE("a"), SLICE("after"));
    assert_int_equal(code, ERR_NONE);
    struct storage_stats stats;
    storage_stats(h->store, &stats);
    assert_true(stats.refused >= 1);
    for (size_t i = 0; i < count; i++)
        arena_release(&writes[i].arena);
    free(writes);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {SUITE_TEST(stalled_store_refuses_until_it_goes_on)};
    return suite_main(argc, argv, tests, sizeof tests / sizeof tests[0]);
}
