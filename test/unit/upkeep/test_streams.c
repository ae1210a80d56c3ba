/* When shards are rolled and go: semantics.md 14.2, 14.3. The chore runs on the test's thread, with the test's clock; once it runs
 * on its own. */
#include "upkeep/upkeep_priv.h"

#include "../table/store.h"
#include "support/cmocka.h"
#include "table/stream.h"

#include <string.h>
#include <unistd.h>

enum { SHARD_MS = 1000, RETENTION_MS = 5000 };

static struct engine engine;
static struct upkeep upkeep;

static int set_up(void **state)
{
    (void)state;
    store_set_up(s, NULL);
    assert_true(store_open_catalog(s, 0, 0));
    engine = (struct engine){.storage = s->storage, .clock = &s->clock.clock};
    engine.stream_watches = stream_watches_new(engine.clock);
    upkeep = (struct upkeep){.engine = &engine, .catalog = s->catalog};
    upkeep.options =
        (struct upkeep_options){.stream_shard_ms = SHARD_MS, .stream_retention_ms = RETENTION_MS};
    arena_init(&upkeep.arena, 4096);
    pthread_mutex_init(&upkeep.mutex, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pthread_mutex_destroy(&upkeep.mutex);
    arena_release(&upkeep.arena);
    stream_watches_free(engine.stream_watches);
    store_tear_down(s);
    return 0;
}

/* ------------------------------------------------------------------ tables and streams */

struct setting {
    struct catalog_edit edit; /* first */
    bool enabled;
};

static bool run_set(struct catalog_edit *edit, struct storage_tx *tx, struct table *next, struct arena *arena,
                    struct error *err)
{
    next->streams[STREAM_SHOWN].view = STREAM_VIEW_KEYS_ONLY;
    return ((struct setting *)edit)->enabled ? stream_open(tx, next, STREAM_SHOWN, 2, arena, err)
                                             : stream_close(tx, next, STREAM_SHOWN, arena, err);
}

static void set(const char *table, bool enabled)
{
    struct setting setting = {{run_set}, enabled};
    struct catalog_change change = {.arena = &s->arena};
    assert_true(catalog_edit_table_wait(s->catalog, slice_from_cstr(table), &setting.edit, &change, &s->err));
}

static void make(const char *table)
{
    assert_true(store_create(s, table));
    set(table, true);
}

struct found {
    size_t count;
    struct stream first;
};

static bool take(void *arg, const struct stream *stream)
{
    struct found *found = arg;
    if (found->count++ == 0)
        found->first = *stream;
    return true;
}

/* The streams of a table; `first` is the oldest. */
static struct found look(const char *table)
{
    struct found found = {0};
    struct storage_view *view = storage_view_take(s->storage);
    assert_true(stream_each(view, slice_from_cstr(table), NULL, &s->arena, take, &found, &s->err));
    storage_view_release(view);
    return found;
}

static size_t generations(const char *table)
{
    return look(table).first.generation_count;
}

/* Time passes, and the chore runs. */
static void run_after(int64_t ms)
{
    int64_t again_ms;
    clock_test_advance(&s->clock, ms);
    assert_true(upkeep_streams(&upkeep, &again_ms, &s->err));
    assert_in_range(again_ms, 1, SHARD_MS);
    arena_reset(&upkeep.arena);
}

/* ------------------------------------------------------------------ rolling */

static void shards_are_rolled_when_their_time_is_over(void **state)
{
    (void)state;
    make("Music");
    run_after(SHARD_MS);
    assert_int_equal(generations("Music"), 1);
    run_after(1);
    struct stream stream = look("Music").first;
    assert_int_equal(stream.generation_count, 2);
    assert_int_equal(stream.generations[0].closed_ms, START_MS + SHARD_MS + 1);
    assert_int_equal(stream.generations[1].opened_ms, START_MS + SHARD_MS + 1);
    assert_true(stream.generations[0].last_commit == stream.generations[1].first_commit);
    run_after(SHARD_MS);
    assert_int_equal(generations("Music"), 2);
    run_after(1);
    assert_int_equal(generations("Music"), 3);
    assert_int_equal(atomic_load(&upkeep.rolled), 2);
}

static void each_stream_has_its_own_time(void **state)
{
    (void)state;
    make("Music");
    run_after(SHARD_MS / 2);
    make("Films");
    run_after(SHARD_MS / 2 + 1);
    assert_int_equal(generations("Music"), 2);
    assert_int_equal(generations("Films"), 1);
    run_after(SHARD_MS / 2);
    assert_int_equal(generations("Music"), 2);
    assert_int_equal(generations("Films"), 2);
}

static void without_a_time_shards_stay_open(void **state)
{
    (void)state;
    upkeep.options.stream_shard_ms = 0;
    make("Music");
    for (int i = 0; i < 3; i++)
        run_after(RETENTION_MS * 100);
    assert_int_equal(generations("Music"), 1);
    assert_int_equal(atomic_load(&upkeep.rolled) + atomic_load(&upkeep.trimmed), 0);
}

static void a_disabled_stream_is_not_rolled(void **state)
{
    (void)state;
    make("Music");
    set("Music", false);
    run_after(SHARD_MS + 1);
    assert_int_equal(generations("Music"), 1);
    assert_int_equal(atomic_load(&upkeep.rolled), 0);
}

static int done_count;

static void note_done(struct stream_watch *watch)
{
    (void)watch;
    done_count++;
}

static void who_waits_for_records_learns_that_the_shard_is_closed(void **state)
{
    (void)state;
    make("Music");
    make("Films");
    set("Films", false);
    struct stream_watch of_a = {.space = look("Music").first.generations[0].space,
                                .commit = 1000,
                                .deadline_ns = INT64_MAX,
                                .done = note_done};
    struct stream_watch of_b = of_a;
    of_b.space = look("Films").first.generations[0].space;
    struct storage_view *view = storage_view_take(s->storage);
    of_a.commit = of_b.commit = storage_view_commit(view);
    storage_view_release(view);
    done_count = 0;
    stream_watch_add(engine.stream_watches, &of_a);
    stream_watch_add(engine.stream_watches, &of_b);
    run_after(SHARD_MS);
    assert_int_equal(done_count, 0);
    run_after(1);
    assert_int_equal(done_count, 1);
    stream_watches_stop(engine.stream_watches); /* the other is this function's, too */
    assert_int_equal(done_count, 2);
}

/* ------------------------------------------------------------------ trimming */

static void what_was_closed_before_the_retention_goes(void **state)
{
    (void)state;
    make("Music");
    run_after(SHARD_MS + 1);
    uint32_t space = look("Music").first.generations[0].space;
    assert_true(store_space_exists(s, space));
    upkeep.options.stream_shard_ms = 0;
    run_after(RETENTION_MS);
    assert_int_equal(generations("Music"), 2);
    run_after(1);
    assert_int_equal(generations("Music"), 1);
    assert_false(store_space_exists(s, space));
    assert_true(store_space_exists(s, look("Music").first.generations[0].space));
    assert_int_equal(atomic_load(&upkeep.trimmed), 1);
}

static void a_stream_that_is_rolled_is_trimmed_in_the_same_round(void **state)
{
    (void)state;
    make("Music");
    run_after(SHARD_MS + 1);
    uint64_t first = look("Music").first.generations[1].first_commit;
    run_after(RETENTION_MS + 1);
    struct stream stream = look("Music").first;
    assert_int_equal(stream.generation_count, 2);
    assert_true(stream.generations[0].first_commit == first);
}

/* So many rounds that what is kept would be seen to grow. */
static void as_much_goes_as_comes(void **state)
{
    (void)state;
    make("Music");
    for (int i = 0; i < 50; i++) {
        run_after(SHARD_MS + 1);
        assert_in_range(generations("Music"), 1, 1 + RETENTION_MS / SHARD_MS + 1);
    }
    assert_int_equal(atomic_load(&upkeep.rolled), 50);
    assert_true(atomic_load(&upkeep.trimmed) >= 43);
}

static void a_disabled_stream_goes_with_its_last_shards(void **state)
{
    (void)state;
    make("Music");
    set("Music", false);
    clock_test_advance(&s->clock, RETENTION_MS / 2);
    set("Music", true);
    assert_int_equal(look("Music").count, 2);
    upkeep.options.stream_shard_ms = 0;
    run_after(RETENTION_MS / 2);
    assert_int_equal(look("Music").count, 2);
    run_after(1);
    assert_int_equal(look("Music").count, 1);
    assert_int_equal(look("Music").first.closed_ms, 0);
}

static void the_stream_of_a_deleted_table_goes_too(void **state)
{
    (void)state;
    make("Music");
    uint32_t space = look("Music").first.generations[0].space;
    assert_true(store_delete(s, "Music"));
    run_after(RETENTION_MS);
    assert_int_equal(look("Music").count, 1);
    run_after(1);
    assert_int_equal(look("Music").count, 0);
    assert_false(store_space_exists(s, space));
}

/* ------------------------------------------------------------------ by itself */

static void the_thread_does_it_unasked(void **state)
{
    (void)state;
    struct upkeep *u;
    struct upkeep_options options;
    struct upkeep_stats stats = {0};
    upkeep_options_init(&options);
    options.stream_shard_ms = 1;
    options.stream_retention_ms = 1;
    engine.clock = clock_system();
    make("Music");
    assert_true(upkeep_open(&engine, s->catalog, &options, &u, &s->err));
    for (int i = 0; i < 5000 && (stats.rolled < 3 || stats.trimmed < 3); i++) {
        usleep(1000);
        clock_test_advance(&s->clock, 1); /* by which the store dates commits */
        upkeep_stats(u, &stats);
    }
    upkeep_stop(u);
    upkeep_close(u);
    assert_true(stats.rolled >= 3 && stats.trimmed >= 3);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(shards_are_rolled_when_their_time_is_over),
        CASE(each_stream_has_its_own_time),
        CASE(without_a_time_shards_stay_open),
        CASE(a_disabled_stream_is_not_rolled),
        CASE(who_waits_for_records_learns_that_the_shard_is_closed),
        CASE(what_was_closed_before_the_retention_goes),
        CASE(a_stream_that_is_rolled_is_trimmed_in_the_same_round),
        CASE(as_much_goes_as_comes),
        CASE(a_disabled_stream_goes_with_its_last_shards),
        CASE(the_stream_of_a_deleted_table_goes_too),
        CASE(the_thread_does_it_unasked),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
