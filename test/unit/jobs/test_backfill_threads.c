/* Indexes come and go while several threads write; each time one is there, or is being made, it is compared entry by entry with
 * what the items say. The seed is printed; STATOR_SEED=n repeats the choices. */
#include "jobs_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { WRITERS = 3, KEYS = 400, ROUNDS = 25, TABLE_IS_HELD = 8 };

struct writer {
    struct jobs_fixture *f;
    pthread_t thread;
    unsigned seed;
    uint64_t writes;
};

static _Atomic bool stopping;
static struct writer writers[WRITERS];
static unsigned writer_count;

static unsigned draw(unsigned *seed, unsigned below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % below;
}

/* Absent, unfit, one of few: so that items come into the index, leave it, move in it and stay. */
static const char *random_g(struct arena *arena, unsigned *seed)
{
    switch (draw(seed, 6)) {
    case 0:
        return "";
    case 1:
        return "\"g\":{\"N\":\"1\"},";
    default:
        return arena_printf(arena, "\"g\":{\"S\":\"g%u\"},", draw(seed, 4));
    }
}

static const char *random_item(struct arena *arena, unsigned *seed)
{
    unsigned key = draw(seed, KEYS);
    const char *g = random_g(arena, seed);
    const char *h = draw(seed, 8) ? arena_printf(arena, "\"h\":{\"N\":\"%u\"},", draw(seed, 3)) : "";
    return arena_printf(arena, "{\"pk\":{\"S\":\"k%u\"},%s%s\"x\":{\"N\":\"%u\"}}", key, g, h, draw(seed, 5));
}

static const struct expr *random_update(struct jobs_fixture *f, struct arena *arena, unsigned *seed)
{
    static const char *const texts[] = {"REMOVE g", "REMOVE x", "SET g = if_not_exists(y, pk)", "SET y = pk",
                                        "SET x = pk REMOVE h"};
    static struct expr_scope empty;
    struct expr *e;
    struct error err;
    error_init(&err, arena);
    assert_true(expr_parse(f->engine.expressions, EXPR_UPDATE, slice_from_cstr(texts[draw(seed, 5)]), arena,
                           &e, &err) &&
                expr_bind(e, &empty, &err));
    return e;
}

static void prepare(struct writer *w, struct held_commit *held, const struct table *table,
                    struct arena *arena)
{
    unsigned kind = draw(&w->seed, 10);
    const char *key = arena_printf(arena, "{\"pk\":{\"S\":\"k%u\"}}", draw(&w->seed, KEYS));
    if (kind < 6) {
        held_prepare(held, table, ITEM_PUT, random_item(arena, &w->seed), arena);
    } else if (kind < 8) {
        held_prepare(held, table, ITEM_DELETE, key, arena);
    } else {
        held_prepare(held, table, ITEM_UPDATE, key, arena);
        held->change.update = random_update(w->f, arena, &w->seed);
    }
}

/* The descriptor is used for several writes, so that it is often out of date. */
static void *write_on(void *arg)
{
    struct writer *w = arg;
    while (!stopping) {
        struct arena arena;
        arena_init(&arena, 4096);
        const struct table *table = fixture_table(w->f, &arena);
        for (int i = 0; i < TABLE_IS_HELD; i++) {
            struct held_commit held;
            prepare(w, &held, table, &arena);
            enum error_code code = held_finish(&held, &w->f->engine, &arena);
            if (code != ERR_NONE && code != ERR_VALIDATION)
                contract_broken("write", error_code_name(code), __FILE__, __LINE__);
            w->writes++;
        }
        arena_release(&arena);
    }
    return NULL;
}

static bool ended(struct jobs_fixture *f)
{
    struct job job = fixture_job(f, "backfill").job;
    if (job.state == JOB_FAILED)
        fail_msg("%.*s", SLICE_PRINTF(job.error));
    return job_has_ended(&job);
}

static void pause_for(unsigned us)
{
    nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

/* Steers the job as nobody would. */
static void disturb(struct jobs_fixture *f, unsigned *seed)
{
    uint64_t id = fixture_job(f, "backfill").job.id;
    switch (draw(seed, 6)) {
    case 0:
        (void)fixture_order(f, id, JOB_PAUSE, 0);
        pause_for(draw(seed, 3000));
        (void)fixture_order(f, id, JOB_RESUME, 0);
        return;
    case 1:
        (void)fixture_order(f, id, JOB_SET_RATE, 20000);
        return;
    case 2:
        fixture_stop_jobs(f);
        fixture_start_jobs(f);
        return;
    default:
        pause_for(draw(seed, 2000));
    }
}

static void make_and_remove(struct jobs_fixture *f, const char *name, unsigned *seed)
{
    fixture_add_index(f, name, draw(seed, 2), draw(seed, 2) ? PROJECTION_ALL : PROJECTION_KEYS_ONLY);
    if (draw(seed, 6) == 0) { /* removed, or cancelled, before it is complete */
        disturb(f, seed);
        if (draw(seed, 2))
            fixture_remove_index(f, name);
        else if (fixture_order(f, fixture_job(f, "backfill").job.id, JOB_CANCEL, 0) != ERR_NONE)
            fixture_remove_index(f, name);
        while (!ended(f) || fixture_index(f, name))
            pause_for(1000);
        return;
    }
    while (!ended(f))
        disturb(f, seed);
    fixture_check_index(f, name);
    pause_for(draw(seed, 5000));
    fixture_check_index(f, name); /* after more writes */
    fixture_remove_index(f, name);
}

/* Also when the test has failed. */
static uint64_t stop_writers(void)
{
    uint64_t writes = 0;
    stopping = true;
    for (; writer_count > 0; writer_count--) {
        pthread_join(writers[writer_count - 1].thread, NULL);
        writes += writers[writer_count - 1].writes;
    }
    return writes;
}

static void start_writers(struct jobs_fixture *f, unsigned seed)
{
    stopping = false;
    for (; writer_count < WRITERS; writer_count++) {
        struct writer *w = &writers[writer_count];
        *w = (struct writer){.f = f, .seed = seed + writer_count};
        assert_int_equal(pthread_create(&w->thread, NULL, write_on, w), 0);
    }
}

static void an_index_is_right_whatever_is_written_meanwhile(void **state)
{
    struct jobs_fixture *f = *state;
    const char *given = getenv("STATOR_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)clock_monotonic_ns(clock_system());
    print_message("seed %u\n", seed);
    fixture_create_table(f);
    fixture_start_jobs(f);
    fixture_add_index(f, "Lasting", true, PROJECTION_ALL); /* beside those that come and go */
    fixture_wait_for(f, "backfill", JOB_DONE);
    start_writers(f, seed);
    pause_for(50000);
    for (int round = 0; round < ROUNDS; round++) {
        make_and_remove(f, round % 2 ? "Odd" : "Even", &seed);
        arena_reset(&f->arena);
    }
    uint64_t writes = stop_writers();
    assert_true(fixture_check_index(f, "Lasting") > 0);
    print_message("%llu writes\n", (unsigned long long)writes);
}

static int stop_and_teardown(void **state)
{
    stop_writers();
    return fixture_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_index_is_right_whatever_is_written_meanwhile, fixture_setup,
                                        stop_and_teardown),
    };
    return cmocka_run_group_tests_name("backfill threads", tests, NULL, NULL);
}
