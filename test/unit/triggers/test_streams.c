/* Shards with children, streams that end and begin anew, tables that go, changes that were trimmed. */
#include "fixture.h"

static void children_come_after_their_parents(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_set_respond(f, fixture_holds);
    fixture_create(f, ",\"batch_size\":1");
    fixture_put(f, "k0", 0);
    UNTIL(fixture_in_flight(f) == 1);
    fixture_edit_stream(f, STREAM_ROLL);
    for (int i = 1; i < 5; i++)
        fixture_put(f, "k0", i);
    for (int ms = 0; ms < 30; ms++) {
        triggers_tick(f->triggers);
        usleep(1000);
    }
    assert_int_equal(fixture_seen(f), 1);
    f->seen[0].taken = true;
    fixture_set_respond(f, fixture_takes);
    assert_int_equal(fixture_let_go(f, ""), 1);
    fixture_wait_delivered(f, 5);
    fixture_check_order(f, 1, 5);
}

static void rolls_lose_and_repeat_nothing(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_create(f, ",\"parallel\":3,\"batch_size\":11");
    for (int i = 0; i < 20; i++) {
        fixture_put_many(f, 13, i * 26, 26);
        fixture_edit_stream(f, STREAM_ROLL);
        triggers_tick(f->triggers);
    }
    fixture_wait_delivered(f, 520);
    assert_int_equal(fixture_seen(f), 520);
    fixture_check_order(f, 13, 520);
    arena_reset(&f->arena);
    fixture_stop(f);
    fixture_start(f);
    fixture_put_many(f, 13, 520, 13);
    fixture_wait_delivered(f, 533);
    assert_int_equal(fixture_seen(f), 533);
}

static void a_stream_that_is_enabled_anew_is_followed(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_set_respond(f, fixture_holds);
    fixture_create(f, ",\"batch_size\":3");
    fixture_put_many(f, 7, 0, 35);
    UNTIL(fixture_in_flight(f) > 0);
    fixture_edit_stream(f, STREAM_CLOSE);
    fixture_edit_stream(f, STREAM_OPEN);
    fixture_put_many(f, 7, 35, 35);
    fixture_set_respond(f, fixture_takes);
    pthread_mutex_lock(&f->mutex);
    for (size_t i = 0; i < f->seen_count; i++)
        f->seen[i].taken = true;
    pthread_mutex_unlock(&f->mutex);
    fixture_let_go(f, "");
    fixture_wait_delivered(f, 70);
    fixture_check_order(f, 7, 70);
    assert_int_equal(fixture_status(f).counts.gaps, 0);
}

static void a_disabled_stream_is_waited_for(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_create(f, "");
    fixture_put_many(f, 7, 0, 14);
    fixture_edit_stream(f, STREAM_CLOSE);
    UNTIL(fixture_status(f).trigger.drained);
    assert_true(slice_equal(fixture_status(f).waits, SLICE("the stream of the table is disabled")));
    assert_int_equal(fixture_status(f).trigger.state, TRIGGER_RUNNING);
    /* When the old stream is gone nothing is lost, as it was read. */
    fixture_trim(f);
    arena_reset(&f->arena);
    fixture_stop(f);
    fixture_start(f);
    usleep(20000); /* so that it gets another name */
    fixture_edit_stream(f, STREAM_OPEN);
    fixture_put_many(f, 7, 14, 14);
    fixture_wait_delivered(f, 28);
    fixture_check_order(f, 7, 28);
    assert_int_equal(fixture_status(f).counts.gaps, 0);
    UNTIL(slice_is_none(fixture_status(f).waits));
}

static void a_trigger_ends_with_its_table(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_set_respond(f, fixture_fails);
    fixture_create(f, "");
    fixture_put_many(f, 7, 0, 14);
    UNTIL(fixture_calls(f) > 4);
    fixture_delete_table(f);
    for (int ms = 0; ms < 30; ms++) {
        triggers_tick(f->triggers);
        usleep(1000);
    }
    assert_int_equal(fixture_status(f).trigger.state, TRIGGER_RUNNING);
    fixture_set_respond(f, fixture_takes);
    UNTIL(fixture_status(f).trigger.state == TRIGGER_ENDED);
    assert_int_equal(fixture_delivered(f), 14);
    assert_true(slice_equal(fixture_status(f).trigger.error, SLICE("the table was deleted")));
    assert_int_equal(fixture_order(f, TRIGGER_RESUME, TABLE_NAME), ERR_RESOURCE_IN_USE);
    assert_int_equal(fixture_order(f, TRIGGER_PAUSE, TABLE_NAME), ERR_RESOURCE_IN_USE);
    /* One of the same name is another. */
    fixture_create_table(f);
    fixture_put(f, "k0", 99);
    usleep(20000);
    assert_int_equal(fixture_delivered(f), 14);
    assert_int_equal(fixture_order(f, TRIGGER_DELETE, TABLE_NAME), ERR_NONE);
}

static void what_was_trimmed_is_told_and_skipped(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_create(f, "");
    fixture_put_many(f, 7, 0, 14);
    fixture_wait_delivered(f, 14);
    assert_int_equal(fixture_order(f, TRIGGER_PAUSE, TABLE_NAME), ERR_NONE);
    fixture_put_many(f, 7, 14, 14);
    fixture_edit_stream(f, STREAM_ROLL);
    fixture_put_many(f, 7, 28, 14);
    fixture_trim(f);
    assert_int_equal(fixture_order(f, TRIGGER_RESUME, TABLE_NAME), ERR_NONE);
    fixture_wait_delivered(f, 28);
    assert_int_equal(fixture_status(f).counts.gaps, 2); /* of both shards */
    for (size_t i = 14; i < f->seen_count; i++)
        assert_true(f->seen[i].value >= 28);
}

static void a_stream_that_was_trimmed_whole_is_told(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_create(f, "");
    assert_int_equal(fixture_order(f, TRIGGER_PAUSE, TABLE_NAME), ERR_NONE);
    fixture_put_many(f, 7, 0, 14);
    fixture_edit_stream(f, STREAM_CLOSE);
    fixture_trim(f);
    usleep(20000);
    fixture_edit_stream(f, STREAM_OPEN);
    fixture_put_many(f, 7, 14, 14);
    assert_int_equal(fixture_order(f, TRIGGER_RESUME, TABLE_NAME), ERR_NONE);
    fixture_wait_delivered(f, 14);
    assert_true(fixture_status(f).counts.gaps > 0);
}

/* Shards that a lane is reading vanish under it. */
static void trimming_under_a_running_trigger_is_noticed(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_set_respond(f, fixture_holds);
    fixture_create(f, ",\"batch_size\":1");
    for (int i = 0; i < 5; i++)
        fixture_put(f, "k0", i);
    UNTIL(fixture_in_flight(f) == 1);
    fixture_edit_stream(f, STREAM_ROLL);
    fixture_trim(f);
    fixture_put(f, "k0", 5);
    fixture_set_respond(f, fixture_takes);
    fixture_let_go(f, "");
    fixture_wait_delivered(f, 2);
    assert_int_equal(f->seen[0].value, 0);
    assert_int_equal(f->seen[1].value, 5);
    assert_true(fixture_status(f).counts.gaps >= 1);
}

struct damage {
    struct storage_write write; /* first */
    uint32_t space;
};

/* Behind all records of both shards. */
static bool run_damage(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    for (char shard = 0; shard < 2; shard++) {
        const char partition[4] = {0, 0, 0, shard};
        const struct storage_key key = {((struct damage *)write)->space, slice_of(partition, 4),
                                        SLICE("\0\0\0\0\0\1\0\0\0\0\0\0")};
        if (!storage_tx_put(tx, &key, SLICE("no record"), err))
            return false;
    }
    return true;
}

static bool take_newest(void *arg, const struct stream *stream)
{
    *(uint64_t *)arg = stream->generations[stream->generation_count - 1].first_commit;
    return true;
}

/* Where they begin. */
static struct stream_position newest_shards(struct fixture *f)
{
    struct stream_position position = {0, 0};
    struct storage_view *view;
    fixture_check(f, engine_view(&f->engine, &f->arena, &view, &f->err));
    fixture_check(
        f, stream_each(view, SLICE(TABLE_NAME), NULL, &f->arena, take_newest, &position.commit, &f->err));
    return position;
}

static void a_record_that_cannot_be_read_fails_the_trigger(void **state)
{
    struct fixture *f = *state;
    fixture_create_table(f);
    fixture_put_many(f, 7, 0, 14);
    const struct catalog_snapshot *snapshot = catalog_take(f->catalog);
    struct damage damage = {{.run = run_damage, .arena = &f->arena},
                            catalog_find(snapshot, SLICE(TABLE_NAME))->streams[STREAM_SHOWN].space};
    catalog_give(snapshot);
    fixture_check(f, storage_write_wait(f->engine.storage, &damage.write, &f->err));
    assert_int_equal(fixture_try_create(f, "", TRIGGER_TRIM_HORIZON), ERR_NONE);
    fixture_edit_stream(f, STREAM_ROLL); /* the next shards are sound */
    UNTIL(fixture_status(f).trigger.state == TRIGGER_FAILED);
    assert_true(slice_equal(fixture_status(f).trigger.error,
                            SLICE("ERR_CORRUPT: a record of a stream cannot be read")));
    assert_true(fixture_status(f).lag_has_more);
    assert_int_equal(fixture_order(f, TRIGGER_PAUSE, TABLE_NAME), ERR_RESOURCE_IN_USE);
    char next[STREAM_SEQUENCE_BYTES + 1] = {0};
    stream_sequence_write(newest_shards(f), next);
    fixture_reset(f, TRIGGER_AT_SEQUENCE, next);
    fixture_put_many(f, 7, 14, 14);
    assert_int_equal(fixture_order(f, TRIGGER_RESUME, TABLE_NAME), ERR_NONE);
    fixture_wait_delivered(f, 14);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(children_come_after_their_parents),
        TEST(rolls_lose_and_repeat_nothing),
        TEST(a_stream_that_is_enabled_anew_is_followed),
        TEST(a_disabled_stream_is_waited_for),
        TEST(a_trigger_ends_with_its_table),
        TEST(what_was_trimmed_is_told_and_skipped),
        TEST(a_stream_that_was_trimmed_whole_is_told),
        TEST(trimming_under_a_running_trigger_is_noticed),
        TEST(a_record_that_cannot_be_read_fails_the_trigger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
