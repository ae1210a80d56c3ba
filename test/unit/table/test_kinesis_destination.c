/* Texts and states: semantics.md 13.8 and the service itself, October 2026. */
#include "store.h"
#include "support/cmocka.h"
#include "table/kinesis_destination.h"
#include "table/stream.h"

#define ARN(name) "arn:aws:kinesis:us-east-1:000000000000:stream/" name
#define NOT_VALID "Table is not in a valid state to enable Kinesis Streaming Destination: "
#define NOT_ENABLED \
    NOT_VALID       \
    "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation."
#define NOT_DISABLED  NOT_VALID "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation."
#define NOT_THERE     "Requested resource not found: Table: Music not found"
#define BEING_DELETED "Attempt to change a resource which is still in use: Table is being deleted: Music"

enum { DELAY_MS = 1000 };

/* ------------------------------------------------------------------ changes */

static bool make(struct destination_edit *edit)
{
    struct catalog_change change = {.arena = &s->arena};
    error_init(&s->err, &s->arena);
    return catalog_edit_table_wait(s->catalog, SLICE("Music"), &edit->edit, &change, &s->err);
}

static unsigned deliveries;

static bool take_note(struct storage_tx *tx, const struct table *table,
                      const struct kinesis_destination *destination, struct arena *arena, struct error *err)
{
    (void)tx, (void)arena, (void)err;
    assert_true(table->streams[STREAM_HIDDEN].enabled);
    assert_int_equal(destination->state, DESTINATION_LIVE);
    deliveries++;
    return true;
}

static bool enable_with(const char *arn, enum time_precision precision)
{
    struct destination_edit edit;
    destination_edit_init_enable(&edit, s->catalog, slice_from_cstr(arn), precision, take_note);
    return make(&edit);
}

static bool enable(const char *arn)
{
    return enable_with(arn, TIME_PRECISION_DEFAULT);
}

static bool disable(const char *arn)
{
    struct destination_edit edit;
    destination_edit_init_disable(&edit, s->catalog, slice_from_cstr(arn));
    return make(&edit);
}

static bool update(const char *arn, enum time_precision precision)
{
    struct destination_edit edit;
    destination_edit_init_update(&edit, s->catalog, slice_from_cstr(arn), precision);
    return make(&edit);
}

static void refused(bool made, enum error_code code, const char *message)
{
    assert_false(made);
    assert_string_equal(s->err.message, message);
    assert_int_equal(s->err.code, code);
}

/* ------------------------------------------------------------------ what is there */

/* Name and status of each, such as "a=ACTIVE b=DISABLED". */
static const char *destinations(void)
{
    const struct catalog_snapshot *snapshot = catalog_take(s->catalog);
    const struct table *t = catalog_find(snapshot, SLICE("Music"));
    const char *text = "";
    for (size_t i = 0; i < t->destination_count; i++) {
        struct kinesis_arn_parts arn = {.name = SLICE("?")};
        bool parsed = kinesis_arn_parse(t->destinations[i].arn, &arn);
        text = arena_printf(
            &s->arena, "%s%s%.*s=%s", text, i > 0 ? " " : "", SLICE_PRINTF(parsed ? arn.name : SLICE("?")),
            kinesis_destination_status_at(&t->destinations[i], clock_wall_ms(&s->clock.clock)));
    }
    catalog_give(snapshot);
    return text;
}

static enum time_precision precision(void)
{
    const struct catalog_snapshot *snapshot = catalog_take(s->catalog);
    enum time_precision found = catalog_find(snapshot, SLICE("Music"))->destinations[0].precision;
    catalog_give(snapshot);
    return found;
}

static bool has_hidden_stream(void)
{
    const struct catalog_snapshot *snapshot = catalog_take(s->catalog);
    const struct table *t = catalog_find(snapshot, SLICE("Music"));
    bool enabled = t->streams[STREAM_HIDDEN].enabled;
    assert_false(t->streams[STREAM_SHOWN].enabled);
    if (enabled)
        assert_int_equal(t->streams[STREAM_HIDDEN].view, STREAM_VIEW_NEW_AND_OLD_IMAGES);
    assert_int_equal(enabled, kinesis_destination_live(t) != NULL);
    catalog_give(snapshot);
    return enabled;
}

static void with_delays(void)
{
    catalog_close(s->catalog);
    assert_true(store_open_catalog(s, DELAY_MS, DELAY_MS));
    assert_true(store_create(s, "Music"));
    clock_test_advance(&s->clock, DELAY_MS);
}

/* ------------------------------------------------------------------ tests */

static void a_live_destination_has_a_hidden_stream(void **state)
{
    (void)state;
    assert_true(store_create(s, "Music"));
    assert_string_equal(destinations(), "");
    assert_true(enable(ARN("a")));
    assert_string_equal(destinations(), "a=ACTIVE");
    assert_true(has_hidden_stream());
    assert_int_equal(deliveries, 1);
    assert_true(disable(ARN("a")));
    assert_string_equal(destinations(), "a=DISABLED");
    assert_false(has_hidden_stream());
    assert_true(enable(ARN("a")));
    assert_string_equal(destinations(), "a=ACTIVE");
    assert_true(has_hidden_stream());
}

static void only_one_is_live(void **state)
{
    (void)state;
    assert_true(store_create(s, "Music"));
    assert_true(enable(ARN("a")));
    refused(enable(ARN("a")), ERR_VALIDATION, NOT_ENABLED);
    refused(enable(ARN("b")), ERR_VALIDATION, NOT_ENABLED);
    assert_true(disable(ARN("a")));
    assert_true(enable(ARN("b")));
    assert_string_equal(destinations(), "b=ACTIVE a=DISABLED");
    refused(enable(ARN("a")), ERR_VALIDATION, NOT_ENABLED);
}

static void what_is_not_active_is_not_disabled(void **state)
{
    (void)state;
    assert_true(store_create(s, "Music"));
    refused(disable(ARN("a")), ERR_VALIDATION, NOT_DISABLED);
    refused(disable("not-an-arn"), ERR_VALIDATION, NOT_DISABLED);
    assert_true(enable(ARN("a")));
    refused(disable(ARN("b")), ERR_VALIDATION, NOT_DISABLED);
    assert_true(disable(ARN("a")));
    refused(disable(ARN("a")), ERR_VALIDATION, NOT_DISABLED);
}

static void steps_take_the_delays(void **state)
{
    (void)state;
    with_delays();
    assert_true(enable(ARN("a")));
    assert_string_equal(destinations(), "a=ENABLING");
    refused(enable(ARN("a")), ERR_VALIDATION, NOT_ENABLED);
    refused(disable(ARN("a")), ERR_VALIDATION, NOT_DISABLED);
    refused(update(ARN("a"), TIME_PRECISION_MICROSECOND), ERR_VALIDATION,
            NOT_VALID "Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. "
                      "TableName: Music, kdsArn: " ARN("a"));
    clock_test_advance(&s->clock, DELAY_MS);
    assert_string_equal(destinations(), "a=ACTIVE");
    assert_true(update(ARN("a"), TIME_PRECISION_MICROSECOND));
    assert_string_equal(destinations(), "a=UPDATING");
    assert_int_equal(precision(), TIME_PRECISION_MICROSECOND);
    refused(disable(ARN("a")), ERR_VALIDATION, NOT_DISABLED);
    clock_test_advance(&s->clock, DELAY_MS);
    assert_true(disable(ARN("a")));
    assert_string_equal(destinations(), "a=DISABLING");
    refused(enable(ARN("a")), ERR_VALIDATION, NOT_ENABLED);
    assert_true(disable(ARN("a")));
    clock_test_advance(&s->clock, DELAY_MS);
    assert_string_equal(destinations(), "a=DISABLED");
    refused(disable(ARN("a")), ERR_VALIDATION, NOT_DISABLED);
}

static void a_precision_is_set_once(void **state)
{
    (void)state;
    assert_true(store_create(s, "Music"));
    refused(update(ARN("a"), TIME_PRECISION_MICROSECOND), ERR_VALIDATION,
            NOT_VALID "No streaming destination with streamArn: " ARN("a") " found for table with "
                                                                           "tableName: Music");
    assert_true(enable(ARN("a")));
    assert_int_equal(precision(), TIME_PRECISION_DEFAULT);
    assert_false(update(ARN("a"), TIME_PRECISION_MILLISECOND));
    assert_memory_equal(s->err.message,
                        "Invalid Request: Precision is already set to the desired value of MILLISECOND for "
                        "tableId: ",
                        91);
    assert_true(update(ARN("a"), TIME_PRECISION_MICROSECOND));
    assert_int_equal(precision(), TIME_PRECISION_MICROSECOND);
    assert_false(update(ARN("a"), TIME_PRECISION_MICROSECOND));
    assert_true(update(ARN("a"), TIME_PRECISION_MILLISECOND));
    assert_true(disable(ARN("a")));
    assert_true(enable(ARN("a")));
    assert_int_equal(precision(), TIME_PRECISION_DEFAULT);
}

static void what_cannot_work_is_enable_failed(void **state)
{
    (void)state;
    assert_true(store_create(s, "Music"));
    assert_true(enable("arn:aws:kinesis:us-west-2:000000000000:stream/far"));
    assert_string_equal(destinations(), "far=ENABLE_FAILED");
    assert_false(has_hidden_stream());
    assert_int_equal(deliveries, 0);
    assert_true(enable("arn:aws:dynamodb:us-east-1:000000000000:table/Music"));
    assert_true(enable("arn:aws:dynamodb:us-east-1:000000000000:table/Music"));
    assert_string_equal(destinations(), "?=ENABLE_FAILED far=ENABLE_FAILED");
    assert_true(enable(ARN("a")));
    assert_string_equal(destinations(), "a=ACTIVE ?=ENABLE_FAILED far=ENABLE_FAILED");
    assert_true(has_hidden_stream());
}

static void the_oldest_are_forgotten(void **state)
{
    (void)state;
    assert_true(store_create(s, "Music"));
    for (int i = 0; i < TABLE_DESTINATIONS_MAX + 2; i++) {
        const char *arn = arena_printf(&s->arena, ARN("s%d"), i);
        assert_true(enable(arn));
        assert_true(disable(arn));
    }
    const struct catalog_snapshot *snapshot = catalog_take(s->catalog);
    const struct table *t = catalog_find(snapshot, SLICE("Music"));
    assert_int_equal(t->destination_count, TABLE_DESTINATIONS_MAX);
    assert_true(slice_equal(t->destinations[TABLE_DESTINATIONS_MAX - 1].arn, SLICE(ARN("s2"))));
    catalog_give(snapshot);
}

static void only_of_a_table_that_stands(void **state)
{
    (void)state;
    refused(enable(ARN("a")), ERR_RESOURCE_NOT_FOUND, NOT_THERE);
    catalog_close(s->catalog);
    assert_true(store_open_catalog(s, DELAY_MS, DELAY_MS));
    assert_true(store_create(s, "Music"));
    refused(enable(ARN("a")), ERR_RESOURCE_NOT_FOUND, NOT_THERE);
    refused(disable(ARN("a")), ERR_RESOURCE_NOT_FOUND, NOT_THERE);
    refused(update(ARN("a"), TIME_PRECISION_MICROSECOND), ERR_RESOURCE_NOT_FOUND, NOT_THERE);
    clock_test_advance(&s->clock, DELAY_MS);
    assert_true(enable(ARN("a")));
    clock_test_advance(&s->clock, DELAY_MS);
    assert_true(store_delete(s, "Music"));
    refused(enable(ARN("b")), ERR_VALIDATION, NOT_ENABLED);
    refused(disable(ARN("a")), ERR_VALIDATION, NOT_DISABLED);
    refused(update(ARN("a"), TIME_PRECISION_MICROSECOND), ERR_RESOURCE_IN_USE, BEING_DELETED);
}

static void arns_are_taken_apart(void **state)
{
    (void)state;
    struct kinesis_arn_parts arn;
    assert_true(kinesis_arn_parse(SLICE("arn:aws-cn:kinesis:cn-north-1:123456789012:stream/a.b"), &arn));
    assert_true(slice_equal(arn.region, SLICE("cn-north-1")));
    assert_true(slice_equal(arn.account, SLICE("123456789012")));
    assert_true(slice_equal(arn.name, SLICE("a.b")));
    static const char *const others[] = {
        "",
        "arn:aws:kinesis:us-east-1:000000000000",
        "arn:aws:kinesis:us-east-1:000000000000:stream/",
        "arn:aws:kinesis:us-east-1:000000000000:stream/a/consumer/b:1",
        "arn:aws:kinesis::000000000000:stream/a",
        "arn:aws:firehose:us-east-1:000000000000:deliverystream/a",
        "arn:gcp:kinesis:us-east-1:000000000000:stream/a",
        "urn:aws:kinesis:us-east-1:000000000000:stream/a",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(kinesis_arn_parse(slice_from_cstr(others[i]), &arn));
}

static int setup(void **state)
{
    deliveries = 0;
    return store_test_set_up(state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, store_test_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_live_destination_has_a_hidden_stream),
        TEST(only_one_is_live),
        TEST(what_is_not_active_is_not_disabled),
        TEST(steps_take_the_delays),
        TEST(a_precision_is_set_once),
        TEST(what_cannot_work_is_enable_failed),
        TEST(the_oldest_are_forgotten),
        TEST(only_of_a_table_that_stands),
        TEST(arns_are_taken_apart),
    };
    return cmocka_run_group_tests_name("kinesis destination", tests, NULL, NULL);
}
