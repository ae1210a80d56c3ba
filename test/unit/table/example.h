/* example.h - a table that has everything a table can have. For tests. */
#ifndef TEST_TABLE_EXAMPLE_H
#define TEST_TABLE_EXAMPLE_H

#include "table/table.h"

static inline struct key_attribute example_attribute(const char *name, enum value_type type)
{
    return (struct key_attribute){slice_from_cstr(name), type};
}

/* Billed on demand, with one index of each kind and one that was deleted, a stream, a managed key, tags; being deleted.
 * Static: not reference-counted. */
static inline const struct table *example_full(void)
{
    static struct key_attribute definitions[4];
    static struct slice included[2];
    static struct table_index local_index, global_index, leaving_index;
    static struct search_schema_element search[2];
    static struct vector_index vector_index;
    static struct table_tag tags[2];
    static struct kinesis_destination destinations[3];
    static struct table t;

    destinations[0] = (struct kinesis_destination){.arn = SLICE("arn:aws:kinesis:us-east-1:1:stream/a"),
                                                   .settled_ms = 1658528579005,
                                                   .updated_ms = 1658528579006};
    destinations[1] = (struct kinesis_destination){.arn = SLICE("arn:aws:kinesis:us-east-1:1:stream/b"),
                                                   .state = DESTINATION_DISABLED,
                                                   .precision = TIME_PRECISION_MICROSECOND};
    destinations[2] = (struct kinesis_destination){
        .arn = SLICE("none"), .state = DESTINATION_FAILED, .error = SLICE("no stream of Kinesis")};
    definitions[0] = example_attribute("pk", VALUE_S);
    definitions[1] = example_attribute("sk", VALUE_N);
    definitions[2] = example_attribute("year", VALUE_N);
    definitions[3] = example_attribute("tenant \"one\"", VALUE_B);
    included[0] = SLICE("title");
    included[1] = SLICE("caf\xc3\xa9");
    local_index = (struct table_index){
        .name = SLICE("ByYear"),
        .space = 18,
        .key = {1, 1, {definitions[0]}, {definitions[2]}},
        .projection = {PROJECTION_INCLUDE, included, 2},
    };
    global_index = (struct table_index){
        .name = SLICE("ByTenant"),
        .space = 19,
        .key = {2, 1, {definitions[3], definitions[2]}, {definitions[1]}},
        .projection = {.type = PROJECTION_KEYS_ONLY},
        .on_demand = {.write_given = true, .write_units = 7},
        .warm = {.read_given = true, .read_units = 13000},
        .status = INDEX_CREATING,
        .added_later = true,
        .active_ms = 1658528579001,
        .updating_ms = 1658528579002,
    };
    leaving_index = (struct table_index){
        .name = SLICE("ByLabel"),
        .space = 20,
        .key = {1, 0, {definitions[1]}, {{SLICE_NONE, VALUE_S}}},
        .projection = {.type = PROJECTION_ALL},
        .throughput_changes = {.increased_ms = 1658528578700, .decreased_ms = 1658528578800, .decreases = 2},
        .gone_ms = 1658528579003,
    };
    search[0] = (struct search_schema_element){definitions[0], true};
    search[1] = (struct search_schema_element){definitions[2], false};
    vector_index = (struct vector_index){
        .name = SLICE("ByMeaning"),
        .vector_attribute = SLICE("embedding"),
        .dimensions = 384,
        .distance = VECTOR_EUCLIDEAN,
        .projection = {.type = PROJECTION_ALL},
        .search_schema = search,
        .search_schema_count = 2,
    };
    tags[0] = (struct table_tag){SLICE("team"), SLICE("storage")};
    tags[1] = (struct table_tag){SLICE("note"), SLICE("")};
    t = (struct table){
        .name = SLICE("Music"),
        .arn = SLICE("arn:aws:dynamodb:us-east-1:000000000000:table/Music"),
        .id = SLICE("0b5c1c7e-2f7a-4d52-9d0c-3a8f0f8f7b11"),
        .space = 17,
        .created_ms = 1658528578619,
        .active_ms = 1658528579000,
        .updating_ms = 1658528579004,
        .updating = TABLE_CHANGE_INDEX,
        .gone_ms = 1658528600000,
        .key = {1, 1, {definitions[0]}, {definitions[1]}},
        .definitions = definitions,
        .definition_count = 4,
        .local_indexes = &local_index,
        .local_index_count = 1,
        .global_indexes = &global_index,
        .global_index_count = 1,
        .leaving_index = &leaving_index,
        .vector_indexes = &vector_index,
        .vector_index_count = 1,
        .billing_mode = BILLING_PAY_PER_REQUEST,
        .on_demand_since_ms = 1658528578619,
        .throughput_changes = {.increased_ms = 1658528578900, .decreased_ms = 1658528578901, .decreases = 3},
        .on_demand = {.read_given = true, .read_units = 10, .write_given = true, .write_units = 5},
        .warm = {.write_given = true, .write_units = 4001},
        .streams = {[STREAM_SHOWN] = {.enabled = true,
                                      .view = STREAM_VIEW_NEW_AND_OLD_IMAGES,
                                      .space = 23,
                                      .shards = 4,
                                      .label = SLICE("2022-07-22T22:22:58.619")},
                    [STREAM_HIDDEN] = {.enabled = true,
                                       .view = STREAM_VIEW_OLD_IMAGE,
                                       .space = 24,
                                       .shards = 2,
                                       .label = SLICE("2022-07-22T22:22:58.620")}},
        .destinations = destinations,
        .destination_count = 3,
        .encryption_described = true,
        .deletion_protection = true,
        .table_class = SLICE("STANDARD_INFREQUENT_ACCESS"),
        .class_changed_ms = 1658528578902,
        .ttl_attribute = SLICE("expires"),
        .resource_policy = SLICE("{\"Version\":\"2012-10-17\"}"),
        .tags = tags,
        .tag_count = 2,
    };
    return &t;
}

/* Provisioned, a partition key, nothing else. */
static inline const struct table *example_plain(void)
{
    static struct key_attribute definition;
    static struct table t;
    definition = example_attribute("pk", VALUE_S);
    t = (struct table){
        .name = SLICE("Plain"),
        .arn = SLICE("arn:aws:dynamodb:us-east-1:000000000000:table/Plain"),
        .id = SLICE("0b5c1c7e-2f7a-4d52-9d0c-3a8f0f8f7b12"),
        .space = 16,
        .created_ms = 1658528578000,
        .key = {.hash_count = 1, .hash = {definition}},
        .definitions = &definition,
        .definition_count = 1,
        .billing_mode = BILLING_PROVISIONED,
        .throughput = {5, 6},
    };
    return &t;
}

#endif
