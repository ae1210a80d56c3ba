/* The shapes are those of semantics.md 13.2 and 13.3 and of the service's own replies. */
#include "api/table_description.h"
#include "example.h"

#include "support/arena.h"

static struct slice describe_at(const struct table *t, int64_t now_ms, const struct table_usage *usage,
                                enum table_description_form form)
{
    struct buf text;
    struct json_writer w;
    buf_init(&text, &arena, 256);
    json_writer_init(&w, &text);
    write_table_description(&w, t, now_ms, usage, form);
    return buf_slice(&text);
}

/* When all that the examples went through is over. */
static struct slice describe(const struct table *t, const struct table_usage *usage,
                             enum table_description_form form)
{
    return describe_at(t, INT64_MAX, usage, form);
}

/* example_full() long after it was made, its index filled, not deleted. */
static struct table full_and_active(void)
{
    struct table t = *example_full();
    struct table_index *index = ARENA_NEW(&arena, struct table_index);
    *index = t.global_indexes[0];
    index->status = INDEX_ACTIVE;
    t.global_indexes = index;
    t.gone_ms = 0;
    return t;
}

static void assert_text(struct slice actual, const char *expected)
{
    assert_string_equal(arena_copy_cstr(&arena, actual), expected);
}

#define PLAIN_CORE(status)                                                             \
    "{\"TableName\":\"Plain\",\"TableStatus\":\"" status "\","                         \
    "\"ProvisionedThroughput\":{\"NumberOfDecreasesToday\":0,\"ReadCapacityUnits\":5," \
    "\"WriteCapacityUnits\":6},"                                                       \
    "\"TableSizeBytes\":1234,\"ItemCount\":7,"                                         \
    "\"TableArn\":\"arn:aws:dynamodb:us-east-1:000000000000:table/Plain\","            \
    "\"TableId\":\"0b5c1c7e-2f7a-4d52-9d0c-3a8f0f8f7b12\",\"DeletionProtectionEnabled\":false"
#define PLAIN_SCHEMA                                                                  \
    ",\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}]," \
    "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],\"CreationDateTime\":1658528578"

static const struct table_usage usage = {.table = {.entries = 7, .bytes = 1234}};

static void a_provisioned_table_shows_its_units_as_warm(void **state)
{
    (void)state;
    assert_text(
        describe(example_plain(), &usage, TABLE_DESCRIPTION_FULL), PLAIN_CORE("ACTIVE") PLAIN_SCHEMA
        ",\"WarmThroughput\":{\"ReadUnitsPerSecond\":5,\"WriteUnitsPerSecond\":6,\"Status\":\"ACTIVE\"}}");
}

static void a_new_table_shows_no_warm_throughput_it_was_not_given(void **state)
{
    (void)state;
    struct table t = *example_plain();
    t.active_ms = INT64_MAX;
    assert_text(describe_at(&t, t.created_ms, &usage, TABLE_DESCRIPTION_NEW),
                PLAIN_CORE("CREATING") PLAIN_SCHEMA "}");
}

static void a_deleted_table_shows_its_core(void **state)
{
    (void)state;
    struct table t = *example_plain();
    t.gone_ms = t.created_ms;
    assert_text(describe(&t, &usage, TABLE_DESCRIPTION_DELETED), PLAIN_CORE("DELETING") "}");
}

static void a_table_shows_everything_it_has(void **state)
{
    (void)state;
    static const struct storage_usage local = {.entries = 3, .bytes = 300},
                                      global = {.entries = 4, .bytes = 400};
    const struct table_usage all = {.table = {10, 1000}, .local_indexes = &local, .global_indexes = &global};
    struct table t = full_and_active();
    assert_text(
        describe(&t, &all, TABLE_DESCRIPTION_FULL),
        "{\"TableName\":\"Music\",\"TableStatus\":\"ACTIVE\","
        "\"ProvisionedThroughput\":{\"LastIncreaseDateTime\":1658528578.9,"
        "\"LastDecreaseDateTime\":1658528578.901,\"NumberOfDecreasesToday\":0,\"ReadCapacityUnits\":0,"
        "\"WriteCapacityUnits\":0},"
        "\"TableSizeBytes\":1000,\"ItemCount\":10,"
        "\"TableArn\":\"arn:aws:dynamodb:us-east-1:000000000000:table/Music\","
        "\"TableId\":\"0b5c1c7e-2f7a-4d52-9d0c-3a8f0f8f7b11\",\"DeletionProtectionEnabled\":true,"
        "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"},"
        "{\"AttributeName\":\"sk\",\"AttributeType\":\"N\"},"
        "{\"AttributeName\":\"tenant \\\"one\\\"\",\"AttributeType\":\"B\"},"
        "{\"AttributeName\":\"year\",\"AttributeType\":\"N\"}],"
        "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},"
        "{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}],\"CreationDateTime\":1658528578.619,"
        "\"BillingModeSummary\":{\"BillingMode\":\"PAY_PER_REQUEST\","
        "\"LastUpdateToPayPerRequestDateTime\":1658528578.619},"
        "\"LocalSecondaryIndexes\":[{\"IndexName\":\"ByYear\","
        "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},"
        "{\"AttributeName\":\"year\",\"KeyType\":\"RANGE\"}],"
        "\"Projection\":{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[\"caf\xc3\xa9\",\"title\"]},"
        "\"IndexSizeBytes\":300,\"ItemCount\":3,"
        "\"IndexArn\":\"arn:aws:dynamodb:us-east-1:000000000000:table/Music/index/ByYear\"}],"
        "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"ByTenant\","
        "\"KeySchema\":[{\"AttributeName\":\"tenant \\\"one\\\"\",\"KeyType\":\"HASH\"},"
        "{\"AttributeName\":\"year\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}],"
        "\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"},\"IndexStatus\":\"ACTIVE\","
        "\"ProvisionedThroughput\":{\"NumberOfDecreasesToday\":0,\"ReadCapacityUnits\":0,"
        "\"WriteCapacityUnits\":0},"
        "\"IndexSizeBytes\":400,\"ItemCount\":4,"
        "\"IndexArn\":\"arn:aws:dynamodb:us-east-1:000000000000:table/Music/index/ByTenant\","
        "\"OnDemandThroughput\":{\"MaxWriteRequestUnits\":7},"
        "\"WarmThroughput\":{\"ReadUnitsPerSecond\":13000,\"WriteUnitsPerSecond\":4000,\"Status\":\"ACTIVE\"}"
        "}],"
        "\"VectorIndexes\":[{\"IndexName\":\"ByMeaning\","
        "\"SearchSchema\":[{\"AttributeName\":\"pk\",\"SearchSchemaElementType\":\"HASH\"},"
        "{\"AttributeName\":\"year\",\"SearchSchemaElementType\":\"INLINE_FILTER\"}],"
        "\"Projection\":{\"ProjectionType\":\"ALL\"},\"VectorAttribute\":{\"AttributeName\":\"embedding\"},"
        "\"Dimensions\":384,\"DistanceFunction\":\"EUCLIDEAN\",\"IndexStatus\":\"ACTIVE\","
        "\"IndexSizeBytes\":0,\"ItemCount\":0,"
        "\"IndexArn\":\"arn:aws:dynamodb:us-east-1:000000000000:table/Music/index/ByMeaning\"}],"
        "\"StreamSpecification\":{\"StreamEnabled\":true,\"StreamViewType\":\"NEW_AND_OLD_IMAGES\"},"
        "\"LatestStreamLabel\":\"2022-07-22T22:22:58.619\",\"LatestStreamArn\":"
        "\"arn:aws:dynamodb:us-east-1:000000000000:table/Music/stream/2022-07-22T22:22:58.619\","
        "\"SSEDescription\":{\"Status\":\"ENABLED\",\"SSEType\":\"KMS\","
        "\"KMSMasterKeyArn\":\"arn:aws:kms:us-east-1:000000000000:alias/aws/dynamodb\"},"
        "\"TableClassSummary\":{\"TableClass\":\"STANDARD_INFREQUENT_ACCESS\","
        "\"LastUpdateDateTime\":1658528578.902},"
        "\"OnDemandThroughput\":{\"MaxReadRequestUnits\":10,\"MaxWriteRequestUnits\":5},"
        "\"WarmThroughput\":{\"ReadUnitsPerSecond\":12000,\"WriteUnitsPerSecond\":4001,\"Status\":\"ACTIVE\"}"
        "}");
}

static bool contains(struct slice text, const char *part)
{
    return memmem(text.data, text.size, part, strlen(part)) != NULL;
}

static void a_new_table_is_working_on_what_it_was_given(void **state)
{
    (void)state;
    struct table t = full_and_active();
    t.global_indexes[0].added_later = false;
    struct slice text = describe_at(&t, t.created_ms, &usage, TABLE_DESCRIPTION_NEW);
    assert_true(contains(text, "\"BillingModeSummary\":{\"BillingMode\":\"PAY_PER_REQUEST\"}"));
    assert_true(contains(text, "\"IndexStatus\":\"CREATING\",\"ProvisionedThroughput\""));
    assert_true(contains(text, "\"WriteUnitsPerSecond\":4001,\"Status\":\"UPDATING\""));
    assert_false(contains(text, "\"WriteUnitsPerSecond\":4000"));
}

/* Switched back: the summary stays and says so. */
static void a_table_that_once_was_on_demand_shows_its_mode(void **state)
{
    (void)state;
    struct table t = *example_plain();
    t.on_demand_since_ms = 1658528578000;
    struct slice text = describe(&t, &usage, TABLE_DESCRIPTION_FULL);
    assert_true(contains(text, "\"BillingModeSummary\":{\"BillingMode\":\"PROVISIONED\","
                               "\"LastUpdateToPayPerRequestDateTime\":1658528578}"));
}

/* ------------------------------------------------------------------ indexes that come and go */

#define BY_TENANT(t) ((t).global_indexes[0])

static void assert_index(const struct table *t, int64_t now_ms, const char *part)
{
    struct slice text = describe_at(t, now_ms, &usage, TABLE_DESCRIPTION_FULL);
    if (!contains(text, part))
        fail_msg("no %s in %.*s", part, SLICE_PRINTF(text));
}

/* First it is allocated, then filled; the table takes part in neither. */
static void a_new_index_of_an_old_table_says_whether_it_is_being_filled(void **state)
{
    (void)state;
    struct table t = full_and_active();
    t.leaving_index = NULL;
    BY_TENANT(t).status = INDEX_CREATING;
    assert_index(&t, BY_TENANT(t).active_ms - 1, "\"IndexStatus\":\"CREATING\",\"Backfilling\":false,");
    assert_index(&t, BY_TENANT(t).active_ms, "\"IndexStatus\":\"CREATING\",\"Backfilling\":true,");
    BY_TENANT(t).status = INDEX_ACTIVE;
    assert_index(&t, BY_TENANT(t).active_ms - 1, "\"IndexStatus\":\"CREATING\",\"Backfilling\":false,");
    assert_index(&t, BY_TENANT(t).updating_ms - 1, "\"IndexStatus\":\"UPDATING\",\"Prov");
    assert_index(&t, BY_TENANT(t).updating_ms, "\"IndexStatus\":\"ACTIVE\",\"Prov");
}

static void a_deleted_index_is_shown_for_a_while(void **state)
{
    (void)state;
    struct table t = full_and_active();
    int64_t gone_ms = t.leaving_index->gone_ms;
    struct slice text = describe_at(&t, gone_ms - 1, &usage, TABLE_DESCRIPTION_FULL);
    assert_true(contains(text, "{\"IndexName\":\"ByLabel\","));
    assert_true(contains(text, "\"IndexStatus\":\"DELETING\",\"ProvisionedThroughput\":{"
                               "\"LastIncreaseDateTime\":1658528578.7,\"LastDecreaseDateTime\":1658528578.8,"
                               "\"NumberOfDecreasesToday\":2"));
    assert_false(contains(describe_at(&t, gone_ms, &usage, TABLE_DESCRIPTION_FULL), "ByLabel"));
    t.global_index_count = 0;
    assert_true(contains(describe_at(&t, gone_ms - 1, &usage, TABLE_DESCRIPTION_FULL),
                         "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"ByLabel\","));
    assert_false(contains(describe_at(&t, gone_ms, &usage, TABLE_DESCRIPTION_FULL), "Global"));
}

static void indexes_go_with_their_table(void **state)
{
    (void)state;
    struct table t = full_and_active();
    t.gone_ms = 1;
    assert_index(&t, INT64_MAX, "\"IndexName\":\"ByTenant\"");
    assert_index(&t, INT64_MAX, "\"IndexStatus\":\"DELETING\"");
}

/* ------------------------------------------------------------------ what a change shows */

static void a_table_is_updating_until_its_time(void **state)
{
    (void)state;
    struct table t = full_and_active();
    assert_index(&t, t.updating_ms - 1, "\"TableStatus\":\"UPDATING\"");
    assert_index(&t, t.updating_ms, "\"TableStatus\":\"ACTIVE\"");
}

static void what_rises_or_changes_says_so(void **state)
{
    (void)state;
    struct table t = full_and_active();
    t.warm_rises = true;
    t.encryption_changes = true;
    BY_TENANT(t).warm_rises = true;
    struct slice text = describe(&t, &usage, TABLE_DESCRIPTION_CHANGED);
    assert_true(contains(text, "\"SSEDescription\":{\"Status\":\"UPDATING\"}"));
    assert_true(contains(text, "\"WriteUnitsPerSecond\":4001,\"Status\":\"UPDATING\""));
    assert_true(
        contains(text, "\"ReadUnitsPerSecond\":13000,\"WriteUnitsPerSecond\":4000,\"Status\":\"UPDATING\""));
}

/* 1658528578 is 2022-07-22T22:22:58Z; midnight is 5822 s later. */
static void decreases_are_counted_a_day(void **state)
{
    (void)state;
    const int64_t midnight_ms = (1658528578 + 5822) * INT64_C(1000);
    struct table t = full_and_active();
    assert_index(&t, midnight_ms - 1, "\"NumberOfDecreasesToday\":3");
    struct slice text = describe_at(&t, midnight_ms, &usage, TABLE_DESCRIPTION_FULL);
    assert_false(contains(text, "\"NumberOfDecreasesToday\":3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(a_provisioned_table_shows_its_units_as_warm),
        ARENA_TEST(a_new_table_shows_no_warm_throughput_it_was_not_given),
        ARENA_TEST(a_deleted_table_shows_its_core),
        ARENA_TEST(a_table_shows_everything_it_has),
        ARENA_TEST(a_new_table_is_working_on_what_it_was_given),
        ARENA_TEST(a_table_that_once_was_on_demand_shows_its_mode),
        ARENA_TEST(a_new_index_of_an_old_table_says_whether_it_is_being_filled),
        ARENA_TEST(a_deleted_index_is_shown_for_a_while),
        ARENA_TEST(indexes_go_with_their_table),
        ARENA_TEST(a_table_is_updating_until_its_time),
        ARENA_TEST(what_rises_or_changes_says_so),
        ARENA_TEST(decreases_are_counted_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
