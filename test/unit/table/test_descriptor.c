#include "example.h"
#include "table/descriptor.h"

#include <string.h>

#include "support/arena.h"

static struct slice write(const struct table *t)
{
    struct buf record;
    buf_init(&record, &arena, 64);
    descriptor_write(t, &record);
    return buf_slice(&record);
}

static struct slice record_of(const char *json)
{
    return slice_from_cstr(arena_printf(&arena, "\001%s", json));
}

#define PLAIN_RECORD                                                                                   \
    "{\"name\":\"Plain\",\"id\":\"0b5c1c7e-2f7a-4d52-9d0c-3a8f0f8f7b12\",\"space\":16,\"created_ms\":" \
    "1658528578000,"                                                                                   \
    "\"key\":[{\"name\":\"pk\",\"type\":\"S\",\"role\":\"HASH\"}],\"definitions\":[{\"name\":\"pk\","  \
    "\"type\":\"S\"}],"                                                                                \
    "\"billing\":\"PROVISIONED\",\"throughput\":{\"read\":5,\"write\":6}"

/* docs/format.md shows this record. */
static void a_plain_table_is_this_record(void **state)
{
    (void)state;
    struct slice record = write(example_plain());
    assert_true(slice_equal(record, record_of(PLAIN_RECORD "}")));
}

static void everything_survives(void **state)
{
    (void)state;
    const struct table *full = example_full();
    struct table *t;
    assert_true(descriptor_read(write(full), &t, &err));
    assert_true(slice_is_none(t->arn));
    assert_true(slice_equal(write(t), write(full)));

    assert_true(slice_equal(t->definitions[3].name, full->definitions[3].name));
    assert_int_equal(t->definitions[3].type, VALUE_B);
    assert_int_equal(t->local_indexes[0].space, 18);
    assert_int_equal(t->local_indexes[0].projection.non_key_attribute_count, 2);
    assert_true(slice_equal(t->local_indexes[0].projection.non_key_attributes[1], SLICE("caf\xc3\xa9")));
    assert_int_equal(t->global_indexes[0].key.hash_count, 2);
    assert_false(t->global_indexes[0].on_demand.read_given);
    assert_int_equal(t->global_indexes[0].on_demand.write_units, 7);
    assert_int_equal(t->global_indexes[0].status, INDEX_CREATING);
    assert_true(t->global_indexes[0].added_later);
    assert_int_equal(t->global_indexes[0].active_ms, 1658528579001);
    assert_int_equal(t->global_indexes[0].updating_ms, 1658528579002);
    assert_true(slice_equal(t->leaving_index->name, SLICE("ByLabel")));
    assert_int_equal(t->leaving_index->gone_ms, 1658528579003);
    assert_int_equal(t->leaving_index->throughput_changes.increased_ms, 1658528578700);
    assert_int_equal(t->leaving_index->throughput_changes.decreased_ms, 1658528578800);
    assert_int_equal(t->leaving_index->throughput_changes.decreases, 2);
    assert_int_equal(t->vector_indexes[0].distance, VECTOR_EUCLIDEAN);
    assert_true(t->vector_indexes[0].search_schema[0].is_hash);
    assert_false(t->vector_indexes[0].search_schema[1].is_hash);
    assert_int_equal(t->updating_ms, 1658528579004);
    assert_int_equal(t->updating, TABLE_CHANGE_INDEX);
    assert_int_equal(t->gone_ms, 1658528600000);
    assert_int_equal(t->throughput_changes.decreases, 3);
    assert_int_equal(t->class_changed_ms, 1658528578902);
    assert_true(slice_equal(t->ttl_attribute, SLICE("expires")));
    assert_int_equal(t->streams[STREAM_SHOWN].view, STREAM_VIEW_NEW_AND_OLD_IMAGES);
    assert_int_equal(t->streams[STREAM_SHOWN].space, 23);
    assert_int_equal(t->streams[STREAM_SHOWN].shards, 4);
    assert_true(slice_equal(t->streams[STREAM_SHOWN].label, SLICE("2022-07-22T22:22:58.619")));
    assert_true(t->streams[STREAM_HIDDEN].enabled);
    assert_int_equal(t->streams[STREAM_HIDDEN].view, STREAM_VIEW_OLD_IMAGE);
    assert_int_equal(t->streams[STREAM_HIDDEN].space, 24);
    assert_int_equal(t->streams[STREAM_HIDDEN].shards, 2);
    assert_true(slice_equal(t->streams[STREAM_HIDDEN].label, SLICE("2022-07-22T22:22:58.620")));
    assert_int_equal(t->destination_count, 3);
    assert_int_equal(t->destinations[0].state, DESTINATION_LIVE);
    assert_int_equal(t->destinations[0].settled_ms, 1658528579005);
    assert_int_equal(t->destinations[0].updated_ms, 1658528579006);
    assert_int_equal(t->destinations[1].precision, TIME_PRECISION_MICROSECOND);
    assert_int_equal(t->destinations[2].state, DESTINATION_FAILED);
    assert_true(slice_equal(t->destinations[2].error, SLICE("no stream of Kinesis")));
    assert_true(t->deletion_protection);
    assert_true(t->tags[1].value.data != NULL && t->tags[1].value.size == 0);
    table_release(t);
}

static void a_descriptor_owns_its_memory(void **state)
{
    (void)state;
    struct slice record = write(example_full());
    struct slice expected = arena_copy(&arena, record);
    struct table *t;
    assert_true(descriptor_read(record, &t, &err));
    memset((char *)(uintptr_t)record.data, 'x', record.size);
    assert_true(slice_equal(write(t), expected));
    table_release(t);
}

static void what_a_newer_program_added_is_passed_over(void **state)
{
    (void)state;
    struct table *t;
    assert_true(
        descriptor_read(record_of(PLAIN_RECORD ",\"later\":{\"a\":[1,{\"b\":null}]},\"tags\":[{\"key\":\"k\","
                                               "\"value\":\"v\",\"colour\":\"red\"}]}"),
                        &t, &err));
    assert_int_equal(t->tag_count, 1);
    assert_true(slice_equal(t->tags[0].value, SLICE("v")));
    table_release(t);
}

static void records_that_make_no_sense_are_corrupt(void **state)
{
    (void)state;
    const char *const records[] = {
        "",
        "{}",
        "[]",
        PLAIN_RECORD,
        PLAIN_RECORD "} ]",
        PLAIN_RECORD ",\"space\":15}",
        PLAIN_RECORD ",\"space\":4294967296}",
        PLAIN_RECORD ",\"space\":\"17\"}",
        PLAIN_RECORD ",\"space\":1.5}",
        PLAIN_RECORD ",\"created_ms\":99999999999999999999}",
        PLAIN_RECORD ",\"id\":\"short\"}",
        PLAIN_RECORD ",\"name\":\"a b\"}",
        PLAIN_RECORD ",\"billing\":\"FREE\"}",
        PLAIN_RECORD ",\"stream_view\":\"NONE\"}",
        PLAIN_RECORD
        ",\"hidden_stream_view\":\"NEW_IMAGE\",\"hidden_stream_space\":20,\"hidden_stream_label\":\"x\"}",
        PLAIN_RECORD ",\"key\":[{\"name\":\"pk2\",\"type\":\"S\",\"role\":\"HASH\"}]}",
        PLAIN_RECORD ",\"definitions\":[{\"name\":\"x\",\"type\":\"BOOL\"}]}",
        PLAIN_RECORD ",\"definitions\":[{\"type\":\"S\"}]}",
        PLAIN_RECORD ",\"definitions\":{}}",
        PLAIN_RECORD ",\"global_indexes\":[{\"name\":\"g-a\"}]}",
        PLAIN_RECORD ",\"global_indexes\":[{",
        PLAIN_RECORD ",\"deletion_protection\":1}",
        PLAIN_RECORD ",\"updating\":\"COLOUR\"}",
        PLAIN_RECORD ",\"leaving_index\":{}}",
        PLAIN_RECORD ",\"destinations\":[{}]}",
        PLAIN_RECORD ",\"destinations\":[{\"arn\":\"a\",\"state\":\"ACTIVE\"}]}",
        PLAIN_RECORD ",\"decreases\":\"1\"}",
    };
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        struct table *t;
        error_init(&err, &arena);
        if (descriptor_read(record_of(records[i]), &t, &err))
            fail_msg("read: %s", records[i]);
        assert_int_equal(err.code, ERR_CORRUPT);
    }
}

static void what_only_a_reply_shows_is_not_stored(void **state)
{
    (void)state;
    struct table_index index = *example_full()->global_indexes;
    struct table shown = *example_full();
    index.warm_rises = true;
    shown.global_indexes = &index;
    shown.warm_rises = true;
    shown.encryption_changes = true;
    assert_true(slice_equal(write(&shown), write(example_full())));
}

static void another_version_is_refused(void **state)
{
    (void)state;
    struct table *t;
    assert_false(descriptor_read(SLICE("\002{}"), &t, &err));
    assert_int_equal(err.code, ERR_CORRUPT);
    assert_non_null(strstr(err.detail, "version 2"));
    assert_false(descriptor_read(SLICE(""), &t, &err));
}

static void totals_survive(void **state)
{
    (void)state;
    struct catalog_totals totals = {.next_space = 4294967295, .table_count = 2500}, read;
    struct buf record;
    buf_init(&record, &arena, 64);
    catalog_totals_write(&totals, &record);
    assert_true(slice_equal(buf_slice(&record), SLICE("\001{\"next_space\":4294967295,\"tables\":2500}")));
    assert_true(catalog_totals_read(buf_slice(&record), &arena, &read, &err));
    assert_int_equal(read.next_space, 4294967295);
    assert_int_equal(read.table_count, 2500);
    assert_false(catalog_totals_read(SLICE("\001{\"tables\":1}"), &arena, &read, &err));
    assert_int_equal(err.code, ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(a_plain_table_is_this_record),
        ARENA_TEST(everything_survives),
        ARENA_TEST(a_descriptor_owns_its_memory),
        ARENA_TEST(what_a_newer_program_added_is_passed_over),
        ARENA_TEST(records_that_make_no_sense_are_corrupt),
        ARENA_TEST(what_only_a_reply_shows_is_not_stored),
        ARENA_TEST(another_version_is_refused),
        ARENA_TEST(totals_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
