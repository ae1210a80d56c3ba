/* What is recorded: semantics.md 14.1. */
#include "engine/change_json.h"
#include "indexed.h"
#include "table/stream.h"

#define KEY "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"s\"}"

/* ------------------------------------------------------------------ a stream of the table */

struct edit {
    struct catalog_edit edit; /* first */
    enum { OPEN, CLOSE, ROLL } step;
    enum stream_view_type view;
    enum stream_kind kind;
};

static bool run(struct catalog_edit *base, struct storage_tx *tx, struct table *next, struct arena *arena,
                struct error *err)
{
    const struct edit *edit = (const struct edit *)base;
    switch (edit->step) {
    case OPEN:
        next->streams[edit->kind].view = edit->view;
        return stream_open(tx, next, edit->kind, 1, arena, err);
    case CLOSE:
        return stream_close(tx, next, edit->kind, arena, err);
    case ROLL:
        return stream_roll(tx, next, edit->kind, INT64_MAX, arena, err);
    }
    return false;
}

/* The test goes on with the former descriptor until `look`. */
static void make(struct indexed *s, struct edit edit, bool look)
{
    struct catalog_change change = {.arena = &s->f->arena};
    edit.edit.run = run;
    assert_true(catalog_edit_table_wait(s->catalog, s->table->name, &edit.edit, &change, &s->f->err));
    if (look)
        s->table = change.table;
}

static void open_stream(struct indexed *s, enum stream_view_type view)
{
    make(s, (struct edit){.step = OPEN, .view = view}, true);
}

static struct stream stream_of_kind(struct indexed *s, enum stream_kind kind)
{
    struct stream stream;
    bool found;
    assert_true(stream_find(indexed_view(s), s->table->name, s->table->streams[kind].label, &s->f->arena,
                            &stream, &found, &s->f->err));
    assert_true(found);
    return stream;
}

static struct stream stream_of(struct indexed *s)
{
    return stream_of_kind(s, STREAM_SHOWN);
}

/* ------------------------------------------------------------------ reading it */

enum { RECORDS_MAX = 64 };

static struct change_record records[RECORDS_MAX];

static struct slice copy(struct indexed *s, struct slice bytes)
{
    return slice_is_none(bytes) ? bytes : arena_copy(&s->f->arena, bytes);
}

static size_t read_from(struct indexed *s, const struct stream_generation *generation,
                        struct stream_position from)
{
    struct change_cursor cursor;
    size_t count = 0;
    assert_true(change_cursor_open(indexed_view(s), generation, 0, from, &s->f->arena, &cursor, &s->f->err));
    for (;;) {
        struct change_record record;
        bool found;
        assert_true(change_cursor_next(&cursor, &record, &found, &s->f->err));
        if (!found)
            break;
        assert_true(count < RECORDS_MAX);
        record.keys = copy(s, record.keys);
        record.old_image = copy(s, record.old_image);
        record.new_image = copy(s, record.new_image);
        records[count++] = record;
    }
    change_cursor_close(&cursor);
    return count;
}

static size_t read_all(struct indexed *s)
{
    struct stream stream = stream_of(s);
    return read_from(s, &stream.generations[stream.generation_count - 1], (struct stream_position){0, 0});
}

static void assert_image(struct indexed *s, struct slice image, const char *json)
{
    if (!json)
        assert_true(slice_is_none(image));
    else
        assert_true(slice_equal(image, fixture_item(s->f, json)));
}

static void put(struct indexed *s, const char *json)
{
    struct item_change change = indexed_put(s, json);
    assert_int_equal(indexed_commit(s, &change, 1), ERR_NONE);
}

static void delete (struct indexed *s, const char *json)
{
    struct item_change change = indexed_delete(s, json);
    assert_int_equal(indexed_commit(s, &change, 1), ERR_NONE);
}

/* ------------------------------------------------------------------ tests */

static void every_view_has_its_images(void **state)
{
    static const struct {
        enum stream_view_type view;
        bool old_image, new_image;
    } views[] = {{STREAM_VIEW_KEYS_ONLY, false, false},
                 {STREAM_VIEW_NEW_IMAGE, false, true},
                 {STREAM_VIEW_OLD_IMAGE, true, false},
                 {STREAM_VIEW_NEW_AND_OLD_IMAGES, true, true}};
    struct indexed *s = *state;
    for (size_t i = 0; i < 4; i++) {
        bool old_image = views[i].old_image, new_image = views[i].new_image;
        open_stream(s, views[i].view);
        put(s, KEY ",\"x\":{\"N\":\"1\"}}");
        put(s, KEY ",\"x\":{\"N\":\"2\"}}");
        delete (s, KEY "}");
        assert_int_equal(read_all(s), 3);
        assert_int_equal(records[0].event, CHANGE_INSERT);
        assert_image(s, records[0].old_image, NULL);
        assert_image(s, records[0].new_image, new_image ? KEY ",\"x\":{\"N\":\"1\"}}" : NULL);
        assert_int_equal(records[1].event, CHANGE_MODIFY);
        assert_image(s, records[1].old_image, old_image ? KEY ",\"x\":{\"N\":\"1\"}}" : NULL);
        assert_image(s, records[1].new_image, new_image ? KEY ",\"x\":{\"N\":\"2\"}}" : NULL);
        assert_int_equal(records[2].event, CHANGE_REMOVE);
        assert_image(s, records[2].old_image, old_image ? KEY ",\"x\":{\"N\":\"2\"}}" : NULL);
        assert_image(s, records[2].new_image, NULL);
        /* pk, p, sk, s: 6 bytes; x and its number: 3 */
        int64_t image = old_image && new_image ? 18 : old_image || new_image ? 9 : 0;
        assert_int_equal(change_record_size_bytes(&records[1], &s->table->key), 6 + image);
        make(s, (struct edit){.step = CLOSE}, true);
    }
}

static void two_streams_have_each_their_records(void **state)
{
    struct indexed *s = *state;
    open_stream(s, STREAM_VIEW_KEYS_ONLY);
    put(s, KEY "}");
    make(s, (struct edit){.step = OPEN, .view = STREAM_VIEW_NEW_AND_OLD_IMAGES, .kind = STREAM_HIDDEN}, true);
    put(s, KEY ",\"x\":{\"N\":\"1\"}}");
    assert_int_equal(read_all(s), 2);
    assert_image(s, records[1].old_image, NULL);
    struct stream_position shown = records[1].position;
    struct stream hidden = stream_of_kind(s, STREAM_HIDDEN);
    assert_int_equal(read_from(s, &hidden.generations[0], (struct stream_position){0, 0}), 1);
    assert_int_equal(records[0].position.commit, shown.commit);
    assert_image(s, records[0].old_image, KEY "}");
    assert_image(s, records[0].new_image, KEY ",\"x\":{\"N\":\"1\"}}");
    make(s, (struct edit){.step = CLOSE, .kind = STREAM_SHOWN}, true);
    delete (s, KEY "}");
    assert_int_equal(read_from(s, &hidden.generations[0], (struct stream_position){0, 0}), 2);
}

static void what_changes_nothing_leaves_no_record(void **state)
{
    struct indexed *s = *state;
    open_stream(s, STREAM_VIEW_NEW_AND_OLD_IMAGES);
    delete (s, KEY "}");
    put(s, KEY "}");
    put(s, KEY "}");
    struct item_change update = indexed_update(s, KEY "}", "REMOVE nothing");
    assert_int_equal(indexed_commit(s, &update, 1), ERR_NONE);
    struct item_change refused = indexed_put(s, KEY ",\"x\":{\"N\":\"1\"}}");
    refused.condition = indexed_expression(s, EXPR_CONDITION, "attribute_not_exists(pk)");
    assert_int_equal(indexed_commit(s, &refused, 1), ERR_CONDITIONAL_CHECK_FAILED);
    struct item_change check = indexed_delete(s, KEY "}");
    check.action = ITEM_CHECK;
    check.condition = indexed_expression(s, EXPR_CONDITION, "attribute_exists(pk)");
    assert_int_equal(indexed_commit(s, &check, 1), ERR_NONE);
    assert_int_equal(read_all(s), 1);
    assert_int_equal(records[0].event, CHANGE_INSERT);
}

static void changes_of_a_commit_stand_in_their_order(void **state)
{
    struct indexed *s = *state;
    open_stream(s, STREAM_VIEW_KEYS_ONLY);
    struct item_change changes[12];
    for (size_t i = 0; i < 12; i++)
        changes[i] = indexed_put(
            s, arena_printf(&s->f->arena, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%zu\"}}", 20 - i));
    assert_int_equal(indexed_commit(s, changes, 12), ERR_NONE);
    put(s, KEY "}");
    assert_int_equal(read_all(s), 13);
    for (uint32_t i = 0; i < 12; i++) {
        assert_int_equal(records[i].position.commit, records[0].position.commit);
        assert_int_equal(records[i].position.change, i);
        assert_image(s, records[i].keys,
                     arena_printf(&s->f->arena, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%u\"}}", 20 - i));
    }
    assert_true(records[12].position.commit > records[11].position.commit);
}

static void reading_begins_where_it_is_told(void **state)
{
    struct indexed *s = *state;
    open_stream(s, STREAM_VIEW_KEYS_ONLY);
    put(s, KEY "}");
    delete (s, KEY "}");
    put(s, KEY "}");
    struct stream stream = stream_of(s);
    assert_int_equal(read_all(s), 3);
    struct stream_position second = records[1].position;
    assert_int_equal(read_from(s, &stream.generations[0], second), 2);
    assert_int_equal(records[0].event, CHANGE_REMOVE);
    second.change++;
    assert_int_equal(read_from(s, &stream.generations[0], second), 1);
    assert_int_equal(records[0].event, CHANGE_INSERT);
}

/* A write that was prepared before the shards changed goes where the commit finds the stream. */
static void records_go_to_the_generation_that_is_open(void **state)
{
    struct indexed *s = *state;
    open_stream(s, STREAM_VIEW_KEYS_ONLY);
    put(s, KEY "}");
    struct item_change prepared = indexed_delete(s, KEY "}");
    make(s, (struct edit){.step = ROLL}, false);
    assert_int_equal(indexed_commit(s, &prepared, 1), ERR_NONE);
    struct stream stream = stream_of(s);
    assert_int_equal(stream.generation_count, 2);
    assert_int_equal(read_from(s, &stream.generations[0], (struct stream_position){0, 0}), 1);
    assert_true(records[0].position.commit < stream.generations[0].last_commit);
    assert_int_equal(read_from(s, &stream.generations[1], (struct stream_position){0, 0}), 1);
    assert_true(records[0].position.commit > stream.generations[1].first_commit);
}

static void nothing_is_recorded_without_a_stream(void **state)
{
    struct indexed *s = *state;
    put(s, KEY "}");
    open_stream(s, STREAM_VIEW_KEYS_ONLY);
    struct item_change prepared = indexed_delete(s, KEY "}");
    make(s, (struct edit){.step = CLOSE}, false);
    assert_int_equal(indexed_commit(s, &prepared, 1), ERR_NONE);
    assert_int_equal(read_all(s), 0);
}

static void what_the_service_removes_says_so(void **state)
{
    struct indexed *s = *state;
    open_stream(s, STREAM_VIEW_KEYS_ONLY);
    put(s, KEY "}");
    struct item_change change = indexed_delete(s, KEY "}");
    change.by_service = true;
    assert_int_equal(indexed_commit(s, &change, 1), ERR_NONE);
    assert_int_equal(read_all(s), 2);
    assert_false(records[0].by_service);
    assert_true(records[1].by_service);
}

static const char *json_of(struct indexed *s, enum change_json_form form, const struct change_record *record)
{
    struct stream stream = stream_of(s);
    struct json_writer w;
    struct buf out;
    stream.table_id = SLICE("37fc94c7-02ac-4ea8-b347-fdd7c2d66aad");
    const struct change_json as = {form, &stream, SLICE("eu-west-1"), SLICE("arn")};
    buf_init(&out, &s->f->arena, 256);
    json_writer_init(&w, &out);
    change_json_write(&as, record, &w);
    buf_append_byte(&out, '\0');
    return out.data;
}

static const char *kinesis_json_of(struct indexed *s, const struct change_json *as,
                                   const struct change_record *record)
{
    struct json_writer w;
    struct buf out;
    buf_init(&out, &s->f->arena, 1024);
    json_writer_init(&w, &out);
    change_json_write(as, record, &w);
    buf_append_byte(&out, '\0');
    return out.data;
}

static void records_look_like_the_services(void **state)
{
    struct indexed *s = *state;
    open_stream(s, STREAM_VIEW_NEW_AND_OLD_IMAGES);
    const struct change_record record = {
        .position = {7, 3},
        .event = CHANGE_REMOVE,
        .by_service = true,
        .created_ms = 1658528578619,
        .keys = fixture_item(s->f, KEY ",\"x\":{\"N\":\"1\"}}"),
        .old_image = fixture_item(s->f, KEY ",\"x\":{\"N\":\"1\"}}"),
        .new_image = SLICE_NONE,
    };
#define DYNAMODB                                                                                         \
    "\"eventName\":\"REMOVE\",\"eventVersion\":\"1.1\",\"eventSource\":\"aws:dynamodb\",\"awsRegion\":"  \
    "\"eu-west-1\",\"dynamodb\":{\"ApproximateCreationDateTime\":1658528578,\"Keys\":{\"pk\":{\"S\":"    \
    "\"p\"},\"sk\":{\"S\":\"s\"}},\"OldImage\":{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"s\"},\"x\":{\"N\":" \
    "\"1\"}},\"SequenceNumber\":\"10000000000000000000700003\",\"SizeBytes\":15,\"StreamViewType\":"     \
    "\"NEW_AND_OLD_IMAGES\"}"
    const char *json = json_of(s, CHANGE_JSON_RECORD, &record);
    assert_non_null(strstr(json, DYNAMODB ",\"userIdentity\":{\"PrincipalId\":\"dynamodb.amazonaws.com\","
                                          "\"Type\":\"Service\"}}"));
    assert_memory_equal(json, "{\"eventID\":\"37fc94c702ac4ea8", strlen("{\"eventID\":\"37fc94c702ac4ea8"));
    assert_non_null(strstr(json_of(s, CHANGE_JSON_EVENT, &record),
                           DYNAMODB ",\"eventSourceARN\":\"arn\",\"userIdentity\":{\"principalId\":"
                                    "\"dynamodb.amazonaws.com\",\"type\":\"Service\"}}"));
}

static void records_in_kinesis_look_like_the_services(void **state)
{
    struct indexed *s = *state;
    open_stream(s, STREAM_VIEW_NEW_AND_OLD_IMAGES);
    struct stream stream = stream_of(s);
    struct change_record record = {
        .position = {7, 3},
        .event = CHANGE_MODIFY,
        .created_ms = 1658528578619,
        .created_us = 1658528578619042,
        .keys = fixture_item(s->f, KEY ",\"x\":{\"N\":\"2\"}}"),
        .old_image = fixture_item(s->f, KEY ",\"x\":{\"N\":\"1\"}}"),
        .new_image = fixture_item(s->f, KEY ",\"x\":{\"N\":\"2\"}}"),
    };
    struct change_json as = {.form = CHANGE_JSON_KINESIS, .stream = &stream, .region = SLICE("eu-west-1")};
    const char *json = kinesis_json_of(s, &as, &record);
#define KINESIS_KEYS "\"Keys\":{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"s\"}},"
#define KINESIS_IMAGE(name, x) \
    "\"" name "\":{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"s\"},\"x\":{\"N\":\"" x "\"}},"
    static const char begin[] = "{\"awsRegion\":\"eu-west-1\",\"eventID\":\"";
    assert_memory_equal(json, begin, sizeof begin - 1);
    assert_int_equal(json[sizeof begin - 1 + 8], '-');
    const char *rest = json + sizeof begin - 1 + 36;
    assert_string_equal(
        rest, "\",\"eventName\":\"MODIFY\",\"userIdentity\":null,\"recordFormat\":"
              "\"application/json\",\"tableName\":\"indexed\",\"dynamodb\":{"
              "\"ApproximateCreationDateTime\":1658528578619," KINESIS_KEYS KINESIS_IMAGE("NewImage", "2")
                  KINESIS_IMAGE("OldImage", "1") "\"SizeBytes\":24},\"eventSource\":\"aws:dynamodb\"}");
    as.precision = TIME_PRECISION_MICROSECOND;
    record.by_service = true;
    json = kinesis_json_of(s, &as, &record);
    assert_non_null(strstr(json, "\"ApproximateCreationDateTime\":1658528578619042,"));
    assert_non_null(
        strstr(json, "\"SizeBytes\":24,\"ApproximateCreationDateTimePrecision\":\"MICROSECOND\"}"));
    assert_non_null(strstr(json, "\"userIdentity\":{\"principalId\":\"dynamodb.amazonaws.com\",\"type\":"
                                 "\"Service\"}"));
}

static void later_commits_have_greater_times(void **state)
{
    struct indexed *s = *state;
    open_stream(s, STREAM_VIEW_KEYS_ONLY);
    put(s, KEY "}");
    delete (s, KEY "}");
    put(s, KEY "}");
    assert_int_equal(read_all(s), 3);
    assert_true(records[0].created_us < records[1].created_us);
    assert_true(records[1].created_us < records[2].created_us);
    assert_int_equal(records[2].created_ms, records[2].created_us / 1000);
}

static void events_have_ids_of_their_own(void **state)
{
    struct indexed *s = *state;
    open_stream(s, STREAM_VIEW_KEYS_ONLY);
    struct stream stream = stream_of(s);
    static const struct stream_position places[] = {{1, 0}, {1, 1}, {2, 0}, {256, 0}, {1, 256}};
    char ids[5][CHANGE_EVENT_ID_BYTES];
    for (size_t i = 0; i < 5; i++) {
        change_event_id(&stream, places[i], ids[i]);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(ids[i], ids[j], CHANGE_EVENT_ID_BYTES);
    }
    char again[CHANGE_EVENT_ID_BYTES];
    change_event_id(&stream, places[0], again);
    assert_memory_equal(again, ids[0], CHANGE_EVENT_ID_BYTES);
}

/* The entry of the first record, as it is stored. */
static struct storage_entry stored(struct indexed *s)
{
    static const char shard[] = {0, 0, 0, 0};
    struct storage_cursor *cursor;
    struct storage_entry entry;
    bool found;
    const struct storage_partition_range range = {.space = s->table->streams[STREAM_SHOWN].space,
                                                  .partition = slice_of(shard, sizeof shard)};
    assert_true(storage_view_scan_partition(indexed_view(s), &range, &s->f->arena, &cursor, &s->f->err));
    assert_true(storage_cursor_next(cursor, &entry, &found, &s->f->err) && found);
    entry.sort = copy(s, entry.sort);
    entry.value = copy(s, entry.value);
    storage_cursor_close(cursor);
    return entry;
}

/* The time is left out: it is that of the commit. */
static void assert_stored(struct indexed *s, const char *head, size_t head_bytes, const char *images,
                          size_t image_bytes)
{
    struct storage_entry entry = stored(s);
    int64_t created_us;
    assert_int_equal(read_all(s), 1);
    struct stream_position position = records[0].position;
    assert_int_equal(entry.sort.size, 12);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal((unsigned char)entry.sort.data[i], (position.commit >> (56 - 8 * i)) & 255);
    assert_memory_equal(entry.sort.data + 8, "\0\0\0\0", 4);
    assert_int_equal(entry.value.size, head_bytes + 8 + image_bytes);
    assert_memory_equal(entry.value.data, head, head_bytes);
    memcpy(&created_us, entry.value.data + head_bytes, 8);
    assert_int_equal(created_us, records[0].created_us);
    assert_memory_equal(entry.value.data + head_bytes + 8, images, image_bytes);
}

#define BYTES(text) text, sizeof text - 1
#define KEYS_BYTES  "\x01\x06\0\0\0\x09\x02\x06\x0C\x02pk\0\x01p\x02sk\0\x01s"
#define ITEM_BYTES  "\x01\x09\0\0\0\x09\x03\x06\x0C\x12\x02pk\0\x01p\x02sk\0\x01s\x01x\x01\x02\xC2\x02"

/* The examples of docs/format.md#stream-record. */
static void records_are_stored_as_documented(void **state)
{
    struct indexed *s = *state;
    put(s, KEY "}");
    open_stream(s, STREAM_VIEW_NEW_AND_OLD_IMAGES);
    put(s, KEY ",\"x\":{\"N\":\"1\"}}");
    assert_stored(s, BYTES("\x02\x01\x03\x00\x15\0\0\0"), BYTES(KEYS_BYTES ITEM_BYTES));
    make(s, (struct edit){.step = CLOSE}, true);
    open_stream(s, STREAM_VIEW_OLD_IMAGE);
    delete (s, KEY "}");
    assert_stored(s, BYTES("\x02\x02\x01\x00\x1C\0\0\0"), BYTES(ITEM_BYTES));
    make(s, (struct edit){.step = CLOSE}, true);
    open_stream(s, STREAM_VIEW_NEW_IMAGE);
    put(s, KEY ",\"x\":{\"N\":\"1\"}}");
    assert_stored(s, BYTES("\x02\x00\x02\x00\0\0\0\0"), BYTES(ITEM_BYTES));
    make(s, (struct edit){.step = CLOSE}, true);
    open_stream(s, STREAM_VIEW_KEYS_ONLY);
    delete (s, KEY "}");
    assert_stored(s, BYTES("\x02\x02\x04\x00\x15\0\0\0"), BYTES(KEYS_BYTES));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, indexed_setup, indexed_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_view_has_its_images),
        TEST(two_streams_have_each_their_records),
        TEST(what_changes_nothing_leaves_no_record),
        TEST(changes_of_a_commit_stand_in_their_order),
        TEST(reading_begins_where_it_is_told),
        TEST(records_go_to_the_generation_that_is_open),
        TEST(nothing_is_recorded_without_a_stream),
        TEST(what_the_service_removes_says_so),
        TEST(records_look_like_the_services),
        TEST(records_in_kinesis_look_like_the_services),
        TEST(later_commits_have_greater_times),
        TEST(events_have_ids_of_their_own),
        TEST(records_are_stored_as_documented),
    };
    return cmocka_run_group_tests_name("change record", tests, NULL, NULL);
}
