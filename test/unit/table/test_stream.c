/* Lengths and forms: semantics.md 14.2 and the service model. */
#include "store.h"
#include "support/cmocka.h"
#include "table/stream.h"

#include <string.h>

enum { HOUR_MS = 3600 * 1000 };

/* ------------------------------------------------------------------ names */

static struct slice shard_id(uint64_t commit, uint32_t number)
{
    static char id[STREAM_SHARD_ID_BYTES];
    stream_shard_write((struct stream_shard){commit, number}, id);
    return slice_of(id, sizeof id);
}

static struct slice sequence(uint64_t commit, uint32_t change)
{
    static char digits[STREAM_SEQUENCE_BYTES];
    stream_sequence_write((struct stream_position){commit, change}, digits);
    return slice_of(digits, sizeof digits);
}

static void shards_have_ids_that_clients_accept(void **state)
{
    (void)state;
    struct stream_shard shard;
    assert_true(slice_equal(shard_id(1573, 0xab), SLICE("shardId-00000000000000001573-000000ab")));
    assert_in_range(STREAM_SHARD_ID_BYTES, 28, 65);
    assert_true(stream_shard_parse(shard_id(UINT64_MAX, UINT32_MAX), &shard));
    assert_true(shard.first_commit == UINT64_MAX && shard.number == UINT32_MAX);
    static const char *const wrong[] = {
        "",
        "shardId-00000000000000001573",
        "shardId-00000000000000001573-000000AB",
        "shardId-0000000000000000157x-000000ab",
        "shardId-99999999999999999999-000000ab",
        "shardid-00000000000000001573-000000ab",
        "shardId-00000000000000001573_000000ab",
        "shardId-00000000000000001573-000000abc",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(stream_shard_parse(slice_from_cstr(wrong[i]), &shard));
}

static void sequence_numbers_are_ordered_and_long_enough(void **state)
{
    (void)state;
    static const struct stream_position ordered[] = {{0, 0}, {0, 1},  {0, 99999},     {1, 0},
                                                     {9, 5}, {10, 0}, {UINT64_MAX, 0}};
    char former[STREAM_SEQUENCE_BYTES] = {0};
    assert_in_range(STREAM_SEQUENCE_BYTES, 21, 40);
    for (size_t i = 0; i < sizeof ordered / sizeof ordered[0]; i++) {
        struct slice digits = sequence(ordered[i].commit, ordered[i].change);
        struct stream_position read;
        assert_true(memcmp(former, digits.data, digits.size) < 0);
        memcpy(former, digits.data, digits.size);
        assert_true(stream_sequence_parse(digits, &read));
        assert_true(read.commit == ordered[i].commit && read.change == ordered[i].change);
    }
}

static void only_numbers_that_were_given_out_are_read(void **state)
{
    (void)state;
    struct stream_position read;
    assert_true(stream_sequence_parse(SLICE("00"
                                            "1"
                                            "00000000000000000007"
                                            "00003"),
                                      &read));
    assert_true(read.commit == 7 && read.change == 3);
    assert_false(stream_sequence_parse(SLICE(""), &read));
    assert_false(stream_sequence_parse(SLICE("100000000000000000007"), &read));
    assert_false(stream_sequence_parse(SLICE("200000000000000000000700003"), &read));
    assert_false(stream_sequence_parse(SLICE("1000000000000000000070000x"), &read));
    assert_false(stream_sequence_parse(SLICE("19999999999999999999900000"), &read));
}

static void arns_name_table_and_label(void **state)
{
    (void)state;
    struct arena arena;
    struct stream_arn_parts parts;
    arena_init(&arena, 256);
    struct slice arn = stream_arn(&arena, SLICE("eu-west-1"), SLICE("123456789012"), SLICE("Music"),
                                  SLICE("2015-05-11T21:21:33.291"));
    assert_true(slice_equal(
        arn, SLICE("arn:aws:dynamodb:eu-west-1:123456789012:table/Music/stream/2015-05-11T21:21:33.291")));
    assert_true(stream_arn_parse(arn, &parts));
    assert_true(slice_equal(parts.table, SLICE("Music")));
    assert_true(slice_equal(parts.label, SLICE("2015-05-11T21:21:33.291")));
    assert_true(slice_equal(parts.region, SLICE("eu-west-1")));
    assert_true(slice_equal(parts.account, SLICE("123456789012")));
    assert_false(stream_arn_parse(SLICE("arn:aws:dynamodb:eu-west-1:123456789012:table/Music"), &parts));
    assert_false(
        stream_arn_parse(SLICE("arn:aws:dynamodb:eu-west-1:123456789012:table/Music/stream/"), &parts));
    assert_false(stream_arn_parse(SLICE("/stream/2015"), &parts));
    arena_release(&arena);
}

static void every_partition_has_one_shard(void **state)
{
    (void)state;
    size_t counts[STREAM_SHARDS_MAX] = {0};
    for (int i = 0; i < 64000; i++) {
        uint32_t shard = stream_shard_of(slice_of(&i, sizeof i), STREAM_SHARDS_MAX);
        assert_true(shard < STREAM_SHARDS_MAX);
        assert_int_equal(stream_shard_of(slice_of(&i, sizeof i), 1), 0);
        counts[shard]++;
    }
    for (size_t i = 0; i < STREAM_SHARDS_MAX; i++)
        assert_in_range(counts[i], 800, 1200);
}

/* ------------------------------------------------------------------ streams that come and go */

enum step { OPEN, CLOSE, ROLL, TRIM };

static int64_t roll_before_ms;
static enum stream_kind kind;

struct change {
    struct catalog_edit edit; /* first */
    enum step step;
};

static bool run(struct catalog_edit *edit, struct storage_tx *tx, struct table *next, struct arena *arena,
                struct error *err)
{
    switch (((struct change *)edit)->step) {
    case OPEN:
        next->streams[kind].view = STREAM_VIEW_NEW_IMAGE;
        return stream_open(tx, next, kind, 2, arena, err);
    case CLOSE:
        return stream_close(tx, next, kind, arena, err);
    case ROLL:
        return stream_roll(tx, next, kind, roll_before_ms, arena, err);
    case TRIM:
        return stream_trim(tx, next->name, next->streams[kind].label, storage_tx_commit_ms(tx) - HOUR_MS,
                           arena, err);
    }
    return false;
}

static void make(enum step step)
{
    struct change change = {{run}, step};
    struct catalog_change edit = {.arena = &s->arena};
    if (!catalog_edit_table_wait(s->catalog, SLICE("Music"), &change.edit, &edit, &s->err))
        fail_msg("%s", s->err.message ? s->err.message : s->err.detail);
}

static struct table now(void)
{
    const struct catalog_snapshot *snapshot = catalog_take(s->catalog);
    struct table t = *catalog_find(snapshot, SLICE("Music"));
    for (size_t i = 0; i < STREAM_KIND_COUNT; i++) {
        struct slice *label = &t.streams[i].label;
        *label = slice_is_none(*label) ? SLICE_NONE : arena_copy(&s->arena, *label);
    }
    catalog_give(snapshot);
    return t;
}

static bool find(struct slice label, struct stream *out)
{
    struct storage_view *view = storage_view_take(s->storage);
    bool found;
    assert_true(stream_find(view, SLICE("Music"), label, &s->arena, out, &found, &s->err));
    storage_view_release(view);
    return found;
}

static void a_stream_begins_with_one_generation(void **state)
{
    (void)state;
    struct stream stream;
    assert_true(store_create(s, "Music"));
    make(OPEN);
    struct table t = now();
    assert_true(t.streams[STREAM_SHOWN].enabled);
    assert_int_equal(t.streams[STREAM_SHOWN].shards, 2);
    assert_true(store_space_exists(s, t.streams[STREAM_SHOWN].space));
    assert_true(find(t.streams[STREAM_SHOWN].label, &stream));
    assert_true(slice_equal(stream.table_id, t.id));
    assert_int_equal(stream.view, STREAM_VIEW_NEW_IMAGE);
    assert_true(slice_equal(stream.key.hash[0].name, t.key.hash[0].name));
    assert_int_equal(stream.generation_count, 1);
    assert_int_equal(stream.generations[0].space, t.streams[STREAM_SHOWN].space);
    assert_int_equal(stream.generations[0].last_commit, 0);
    assert_int_equal(stream.closed_ms, 0);
}

static void a_roll_closes_and_opens_in_one_commit(void **state)
{
    (void)state;
    struct stream stream;
    assert_true(store_create(s, "Music"));
    make(OPEN);
    uint32_t first = now().streams[STREAM_SHOWN].space;
    make(ROLL);
    struct table t = now();
    assert_int_not_equal(t.streams[STREAM_SHOWN].space, first);
    assert_true(find(t.streams[STREAM_SHOWN].label, &stream));
    assert_int_equal(stream.generation_count, 2);
    assert_int_equal(stream.generations[0].space, first);
    assert_int_equal(stream.generations[1].space, t.streams[STREAM_SHOWN].space);
    assert_int_equal(stream.generations[0].last_commit, stream.generations[1].first_commit);
    assert_int_equal(stream.generations[1].shard_count, 2);
    assert_true(store_space_exists(s, first));
}

static void only_what_was_opened_before_is_rolled(void **state)
{
    (void)state;
    assert_true(store_create(s, "Music"));
    make(OPEN);
    uint32_t first = now().streams[STREAM_SHOWN].space;
    roll_before_ms = START_MS;
    make(ROLL);
    assert_int_equal(now().streams[STREAM_SHOWN].space, first);
    roll_before_ms = START_MS + 1;
    make(ROLL);
    assert_int_not_equal(now().streams[STREAM_SHOWN].space, first);
}

static void what_was_closed_long_ago_goes(void **state)
{
    (void)state;
    struct stream stream;
    assert_true(store_create(s, "Music"));
    make(OPEN);
    uint32_t first = now().streams[STREAM_SHOWN].space;
    make(ROLL);
    clock_test_advance(&s->clock, HOUR_MS);
    make(TRIM);
    assert_true(store_space_exists(s, first));
    clock_test_advance(&s->clock, 1);
    make(TRIM);
    assert_false(store_space_exists(s, first));
    assert_true(find(now().streams[STREAM_SHOWN].label, &stream));
    assert_int_equal(stream.generation_count, 1);
    assert_true(store_space_exists(s, now().streams[STREAM_SHOWN].space));
}

static void a_disabled_stream_stays_until_it_is_trimmed(void **state)
{
    (void)state;
    struct stream stream;
    assert_true(store_create(s, "Music"));
    make(OPEN);
    uint32_t space = now().streams[STREAM_SHOWN].space;
    make(CLOSE);
    struct table t = now();
    assert_false(t.streams[STREAM_SHOWN].enabled);
    assert_false(slice_is_none(t.streams[STREAM_SHOWN].label));
    assert_true(find(t.streams[STREAM_SHOWN].label, &stream));
    assert_int_not_equal(stream.closed_ms, 0);
    assert_int_not_equal(stream.generations[0].last_commit, 0);
    assert_true(store_space_exists(s, space));
    clock_test_advance(&s->clock, HOUR_MS + 1);
    make(TRIM);
    assert_false(find(t.streams[STREAM_SHOWN].label, &stream));
    assert_false(store_space_exists(s, space));
}

static void each_has_a_label_of_its_own(void **state)
{
    (void)state;
    assert_true(store_create(s, "Music"));
    make(OPEN);
    struct slice first = now().streams[STREAM_SHOWN].label;
    make(CLOSE);
    make(OPEN);
    struct slice second = now().streams[STREAM_SHOWN].label;
    assert_int_equal(first.size, STREAM_LABEL_BYTES);
    assert_true(slice_compare(first, second) < 0);
}

static void a_stream_outlives_its_table(void **state)
{
    (void)state;
    struct stream stream;
    assert_true(store_create(s, "Music"));
    make(OPEN);
    struct table t = now();
    assert_true(store_delete(s, "Music"));
    assert_true(find(t.streams[STREAM_SHOWN].label, &stream));
    assert_int_not_equal(stream.closed_ms, 0);
    assert_true(store_space_exists(s, t.streams[STREAM_SHOWN].space));
}

static void a_table_may_be_made_with_a_stream(void **state)
{
    (void)state;
    struct table wanted = *example_plain();
    struct catalog_change change = {.arena = &s->arena};
    wanted.name = SLICE("Music");
    wanted.streams[STREAM_SHOWN].enabled = true;
    wanted.streams[STREAM_SHOWN].view = STREAM_VIEW_KEYS_ONLY;
    assert_true(catalog_create_table_wait(s->catalog, &wanted, &change, &s->err));
    struct stream stream;
    assert_int_equal(now().streams[STREAM_SHOWN].shards, 4);
    assert_true(find(now().streams[STREAM_SHOWN].label, &stream));
    assert_int_equal(stream.view, STREAM_VIEW_KEYS_ONLY);
}

static void a_table_may_have_a_stream_of_each_kind(void **state)
{
    (void)state;
    struct stream shown, hidden;
    assert_true(store_create(s, "Music"));
    make(OPEN);
    kind = STREAM_HIDDEN;
    make(OPEN);
    make(ROLL);
    struct table t = now();
    assert_true(t.streams[STREAM_SHOWN].enabled && t.streams[STREAM_HIDDEN].enabled);
    assert_int_not_equal(t.streams[STREAM_SHOWN].space, t.streams[STREAM_HIDDEN].space);
    assert_true(find(t.streams[STREAM_SHOWN].label, &shown));
    assert_true(find(t.streams[STREAM_HIDDEN].label, &hidden));
    assert_int_equal(shown.kind, STREAM_SHOWN);
    assert_int_equal(shown.generation_count, 1);
    assert_int_equal(hidden.kind, STREAM_HIDDEN);
    assert_int_equal(hidden.generation_count, 2);
    make(CLOSE);
    assert_true(now().streams[STREAM_SHOWN].enabled);
    assert_false(now().streams[STREAM_HIDDEN].enabled);
}

static void the_streams_of_a_deleted_table_are_all_closed(void **state)
{
    (void)state;
    struct stream stream;
    assert_true(store_create(s, "Music"));
    make(OPEN);
    kind = STREAM_HIDDEN;
    make(OPEN);
    struct table t = now();
    assert_true(store_delete(s, "Music"));
    for (size_t i = 0; i < STREAM_KIND_COUNT; i++) {
        assert_true(find(t.streams[i].label, &stream));
        assert_int_not_equal(stream.closed_ms, 0);
    }
}

static void too_many_generations_are_not_made(void **state)
{
    (void)state;
    struct stream stream;
    assert_true(store_create(s, "Music"));
    make(OPEN);
    for (int i = 0; i < STREAM_GENERATIONS_MAX + 3; i++)
        make(ROLL);
    assert_true(find(now().streams[STREAM_SHOWN].label, &stream));
    assert_int_equal(stream.generation_count, STREAM_GENERATIONS_MAX);
    assert_int_equal(stream.generations[stream.generation_count - 1].space,
                     now().streams[STREAM_SHOWN].space);
}

/* ------------------------------------------------------------------ lists */

static bool count(void *arg, const struct stream *stream)
{
    (void)stream;
    return ++*(int *)arg < 100;
}

static int count_of(struct slice table, const struct stream_name *after)
{
    int counted = 0;
    struct storage_view *view = storage_view_take(s->storage);
    assert_true(stream_each(view, table, after, &s->arena, count, &counted, &s->err));
    storage_view_release(view);
    return counted;
}

static void streams_are_listed_by_table_and_behind_one(void **state)
{
    (void)state;
    assert_true(store_create(s, "Other"));
    assert_true(store_create(s, "Music"));
    make(OPEN);
    const struct stream_name first = {SLICE("Music"), now().streams[STREAM_SHOWN].label};
    make(CLOSE);
    make(OPEN);
    assert_int_equal(count_of(SLICE("Music"), NULL), 2);
    assert_int_equal(count_of(SLICE("Music"), &first), 1);
    assert_int_equal(count_of(SLICE("Other"), NULL), 0);
    assert_int_equal(count_of(SLICE_NONE, NULL), 2);
    assert_int_equal(count_of(SLICE_NONE, &first), 1);
}

/* ------------------------------------------------------------------ stored */

/* docs/format.md#streams. */
static void a_stream_is_stored_as_documented(void **state)
{
    (void)state;
    struct slice record;
    bool found;
    assert_true(store_create(s, "Music"));
    make(OPEN);
    clock_test_advance(&s->clock, 1000);
    make(ROLL);
    clock_test_advance(&s->clock, 1000);
    make(CLOSE);
    struct table t = now();
    struct stream stream;
    assert_true(find(t.streams[STREAM_SHOWN].label, &stream));
    const struct stream_generation *g = stream.generations;
    const struct storage_key key = {STORAGE_SPACE_STREAMS, SLICE("Music"), t.streams[STREAM_SHOWN].label};
    struct storage_view *view = storage_view_take(s->storage);
    assert_true(storage_view_get(view, &key, &s->arena, &record, &found, &s->err) && found);
    storage_view_release(view);
    const char *expected = arena_printf(
        &s->arena,
        "\x01{\"table\":\"Music\",\"table_id\":\"%.*s\",\"label\":\"1970-01-20T16:13:20.000\","
        "\"view\":\"NEW_IMAGE\",\"key\":[{\"name\":\"pk\",\"type\":\"S\",\"role\":\"HASH\"}],"
        "\"created_ms\":1700000000,\"closed_ms\":1700002000,\"generations\":["
        "{\"space\":%u,\"shards\":2,\"first_commit\":%llu,\"opened_ms\":1700000000,\"last_commit\":%llu,"
        "\"closed_ms\":1700001000},"
        "{\"space\":%u,\"shards\":2,\"first_commit\":%llu,\"opened_ms\":1700001000,\"last_commit\":%llu,"
        "\"closed_ms\":1700002000}]}",
        SLICE_PRINTF(t.id), g[0].space, (unsigned long long)g[0].first_commit,
        (unsigned long long)g[0].last_commit, g[1].space, (unsigned long long)g[1].first_commit,
        (unsigned long long)g[1].last_commit);
    assert_int_equal(record.size, strlen(expected));
    assert_memory_equal(record.data, expected, record.size);
}

/* ------------------------------------------------------------------ */

static int setup(void **state)
{
    roll_before_ms = INT64_MAX;
    kind = STREAM_SHOWN;
    return store_test_set_up(state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, store_test_tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shards_have_ids_that_clients_accept),
        cmocka_unit_test(sequence_numbers_are_ordered_and_long_enough),
        cmocka_unit_test(only_numbers_that_were_given_out_are_read),
        cmocka_unit_test(arns_name_table_and_label),
        cmocka_unit_test(every_partition_has_one_shard),
        TEST(a_stream_begins_with_one_generation),
        TEST(a_roll_closes_and_opens_in_one_commit),
        TEST(only_what_was_opened_before_is_rolled),
        TEST(what_was_closed_long_ago_goes),
        TEST(a_disabled_stream_stays_until_it_is_trimmed),
        TEST(each_has_a_label_of_its_own),
        TEST(a_stream_outlives_its_table),
        TEST(a_table_may_be_made_with_a_stream),
        TEST(a_table_may_have_a_stream_of_each_kind),
        TEST(the_streams_of_a_deleted_table_are_all_closed),
        TEST(too_many_generations_are_not_made),
        TEST(streams_are_listed_by_table_and_behind_one),
        TEST(a_stream_is_stored_as_documented),
    };
    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
