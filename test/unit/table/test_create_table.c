/* The expected texts are those of semantics.md 12.2 and of the service itself. */
#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/arena.h"

#define P         "One or more parameter values were invalid: "
#define SIMPLE    "{" ON_DEMAND HASH_KEY "," HASH_DEF
#define COMPOSITE "{" ON_DEMAND BOTH_KEYS ",\"AttributeDefinitions\":[" DEF("pk") "," DEF("sk") "]"
/* Tables of pk, sk, with a definition of a besides, for one index. */
#define WITH_A               "{" ON_DEMAND BOTH_KEYS ",\"AttributeDefinitions\":[" DEF("pk") "," DEF("sk") "," DEF("a") "]"
#define GSI(name, key, rest) "{\"IndexName\":\"" name "\",\"KeySchema\":[" key "]," rest "}"
#define GSIS(...)            ",\"GlobalSecondaryIndexes\":[" __VA_ARGS__ "]"
#define LSIS(...)            ",\"LocalSecondaryIndexes\":[" __VA_ARGS__ "]"
#define VECTORS(...)         ",\"VectorIndexes\":[" __VA_ARGS__ "]"
#define VECTOR(name, dimensions, rest)                                                                     \
    "{\"IndexName\":\"" name "\",\"VectorAttribute\":{\"AttributeName\":\"v\"},\"Dimensions\":" dimensions \
    ",\"DistanceFunction\":\"COSINE\"," KEYS_ONLY_PROJECTION rest "}"
#define PROVISIONED_5 "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":5,\"WriteCapacityUnits\":5}"

struct refusal {
    const char *title;
    const char *request;
    const char *message;
};

static const struct refusal key_refusals[] = {
    {"fewer definitions than keys", "{" ON_DEMAND BOTH_KEYS "," HASH_DEF "}",
     "Invalid KeySchema: Some index key attribute have no definition"},
    {"no definitions at all", "{" ON_DEMAND HASH_KEY ",\"AttributeDefinitions\":[]}",
     "Invalid KeySchema: Some index key attribute have no definition"},
    {"another attribute defined", "{" ON_DEMAND HASH_KEY ",\"AttributeDefinitions\":[" DEF("other") "]}",
     P "Some index key attributes are not defined in AttributeDefinitions. Keys: [pk], AttributeDefinitions: "
       "[other]"},
    {"one of two defined", "{" ON_DEMAND BOTH_KEYS ",\"AttributeDefinitions\":[" DEF("pk") "," DEF("c") "]}",
     P "Some index key attributes are not defined in AttributeDefinitions. Keys: [pk, sk], "
       "AttributeDefinitions: "
       "[pk, c]"},
    {"one attribute as both keys",
     "{" ON_DEMAND
     "\"KeySchema\":[" KEY("pk") "," RANGE("pk") "],\"AttributeDefinitions\":[" DEF("pk") "," DEF("sk") "]}",
     "Both the Hash Key and the Range Key element in the KeySchema have the same name"},
    {"range first", "{" ON_DEMAND "\"KeySchema\":[" RANGE("pk") "]," HASH_DEF "}",
     "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"},
    {"two hash keys",
     "{" ON_DEMAND
     "\"KeySchema\":[" KEY("pk") "," KEY("sk") "],\"AttributeDefinitions\":[" DEF("pk") "," DEF("sk") "]}",
     "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"},
    {"three key elements",
     "{" ON_DEMAND "\"KeySchema\":[" KEY("pk") "," RANGE("sk") "," RANGE(
         "extra") "],\"AttributeDefinitions\":[" DEF("pk") "," DEF("sk") "," DEF("extra") "]}",
     "1 validation error detected: Value '[KeySchemaElement(attributeName=pk, keyType=HASH), "
     "KeySchemaElement(attributeName=sk, keyType=RANGE), KeySchemaElement(attributeName=extra, "
     "keyType=RANGE)]' at "
     "'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2"},
    {"no key elements", "{" ON_DEMAND "\"KeySchema\":[]," HASH_DEF "}",
     "1 validation error detected: Value '[]' at 'keySchema' failed to satisfy constraint: Member must have "
     "length "
     "greater than or equal to 1"},
    {"no key schema", "{" ON_DEMAND HASH_DEF "}",
     "1 validation error detected: Value null at 'keySchema' failed to satisfy constraint: Member must not "
     "be null"},
    {"unused definition",
     "{" ON_DEMAND HASH_KEY ",\"AttributeDefinitions\":[" DEF("pk") "," DEF("spare") "]}",
     P "Number of attributes in KeySchema does not exactly match number of attributes defined in "
       "AttributeDefinitions"},
    {"unused definition beside indexes",
     "{" ON_DEMAND BOTH_KEYS ",\"AttributeDefinitions\":[" DEF("pk") "," DEF("sk") "," DEF("a") "," DEF(
         "b") "," DEF("c") "]" GSIS(GSI("g-a", KEY("a"), "\"Projection\":{}")) "}",
     P "Some AttributeDefinitions are not used. AttributeDefinitions: [sk, a, b, pk, c], keys used: [a, sk, "
       "pk]"},
    {"an attribute defined twice",
     "{" ON_DEMAND HASH_KEY ",\"AttributeDefinitions\":[" DEF("pk") "," DEF("pk") "]}",
     "Attribute Name is duplicated: pk"},
};

static const struct refusal billing_refusals[] = {
    {"on demand and provisioned", SIMPLE "," PROVISIONED_5 "}",
     P
     "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"},
    {"provisioned without units",
     "{\"TableName\":\"Music\"," HASH_KEY "," HASH_DEF ",\"BillingMode\":\"PROVISIONED\"}",
     P "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"},
    {"neither mode nor units", "{\"TableName\":\"Music\"," HASH_KEY "," HASH_DEF "}",
     P "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"},
    {"billing is told before keys", "{\"TableName\":\"Music\"," BOTH_KEYS "," HASH_DEF "}",
     P "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"},
    {"too many read units",
     "{\"TableName\":\"Music\"," HASH_KEY "," HASH_DEF
     ",\"ProvisionedThroughput\":{\"ReadCapacityUnits\":1000000000001,\"WriteCapacityUnits\":1000000000001}}",
     "Given value 1000000000001 for ReadCapacityUnits is out of bounds"},
    {"too many write units",
     "{\"TableName\":\"Music\"," HASH_KEY "," HASH_DEF
     ",\"ProvisionedThroughput\":{\"ReadCapacityUnits\":1000000000000,\"WriteCapacityUnits\":1000000000001}}",
     "Given value 1000000000001 for WriteCapacityUnits is out of bounds"},
    {"no units of either kind",
     "{\"TableName\":\"Music\"," HASH_KEY "," HASH_DEF
     ",\"ProvisionedThroughput\":{\"ReadCapacityUnits\":0,\"WriteCapacityUnits\":0}}",
     "2 validation errors detected: Value '0' at 'provisionedThroughput.writeCapacityUnits' failed to "
     "satisfy "
     "constraint: Member must have value greater than or equal to 1; Value '0' at "
     "'provisionedThroughput.readCapacityUnits' failed to satisfy constraint: Member must have value greater "
     "than or "
     "equal to 1"},
    {"on-demand maximum on a provisioned table",
     "{\"TableName\":\"Music\"," HASH_KEY "," HASH_DEF "," PROVISIONED_5
     ",\"OnDemandThroughput\":{\"MaxReadRequestUnits\":10}}",
     P
     "MaxReadRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED."},
    {"on-demand maximum of nothing",
     SIMPLE ",\"OnDemandThroughput\":{\"MaxReadRequestUnits\":0,\"MaxWriteRequestUnits\":0}}",
     P "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range"},
    {"on-demand maximum taken away before it was there",
     SIMPLE ",\"OnDemandThroughput\":{\"MaxWriteRequestUnits\":-1}}",
     P "Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of valid range"},
    {"warm below what is there anyway",
     SIMPLE ",\"WarmThroughput\":{\"ReadUnitsPerSecond\":11999,\"WriteUnitsPerSecond\":4000}}",
     P "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than initial throughput for "
       "OnDemand. See: "
       "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
       "on-demand-capacity-mode.html#on-demand-capacity-mode-initial"},
    {"warm below what is provisioned",
     "{\"TableName\":\"Music\"," HASH_KEY "," HASH_DEF "," PROVISIONED_5
     ",\"WarmThroughput\":{\"ReadUnitsPerSecond\":5,\"WriteUnitsPerSecond\":4}}",
     P "Requested WriteUnitsPerSecond for WarmThroughput for table is lower than WriteCapacityUnits of "
       "ProvisionedThroughput"},
};

static const struct refusal local_index_refusals[] = {
    {"an empty list", COMPOSITE LSIS() "}", P "List of LocalSecondaryIndexes is empty"},
    {"a table without sort key",
     "{" ON_DEMAND HASH_KEY ",\"AttributeDefinitions\":[" DEF("pk") "," DEF("a") "]" LSIS(
         GSI("l-a", KEY("pk") "," RANGE("a"), KEYS_ONLY_PROJECTION)) "}",
     P "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"},
    {"an index without sort key", COMPOSITE LSIS(GSI("l-a", KEY("pk"), KEYS_ONLY_PROJECTION)) "}",
     P "Index KeySchema does not have a range key for index: l-a"},
    {"another hash key", WITH_A LSIS(GSI("l-a", KEY("a") "," RANGE("sk"), KEYS_ONLY_PROJECTION)) "}",
     P "Index KeySchema does not have the same leading hash key as table KeySchema for index: l-a. index "
       "hash key: a, "
       "table hash key: pk"},
    {"three key elements",
     WITH_A LSIS(GSI("l-a", KEY("pk") "," RANGE("sk") "," RANGE("a"), KEYS_ONLY_PROJECTION)) "}",
     "1 validation error detected: Value '[KeySchemaElement(attributeName=pk, keyType=HASH), "
     "KeySchemaElement(attributeName=sk, keyType=RANGE), KeySchemaElement(attributeName=a, keyType=RANGE)]' "
     "at "
     "'localSecondaryIndexes.1.member.keySchema' failed to satisfy constraint: Member must have length less "
     "than or "
     "equal to 2"},
    {"the hash key as sort key too",
     COMPOSITE LSIS(GSI("l-a", KEY("pk") "," RANGE("pk"), KEYS_ONLY_PROJECTION)) "}",
     "Both the Hash Key and the Range Key element in the KeySchema have the same name"},
    {"six of them",
     COMPOSITE LSIS(
         GSI("l-1", KEY("pk") "," RANGE("sk"), KEYS_ONLY_PROJECTION) "," GSI("l-2", KEY("pk") "," RANGE("sk"), KEYS_ONLY_PROJECTION) "," GSI(
             "l-3", KEY("pk") "," RANGE("sk"),
             KEYS_ONLY_PROJECTION) "," GSI("l-4", KEY("pk") "," RANGE("sk"),
                                           KEYS_ONLY_PROJECTION) "," GSI("l-5", KEY("pk") "," RANGE("sk"),
                                                                         KEYS_ONLY_PROJECTION) "," GSI("l-6",
                                                                                                       KEY("p"
                                                                                                           "k") "," RANGE("s"
                                                                                                                          "k"),
                                                                                                       KEYS_ONLY_PROJECTION)) "}",
     P "Number of LocalSecondaryIndexes exceeds per-table limit of 5"},
};

static const struct refusal global_index_refusals[] = {
    {"an empty list", COMPOSITE GSIS() "}", P "List of GlobalSecondaryIndexes is empty"},
    {"an undefined key", COMPOSITE GSIS(GSI("g-q", KEY("q"), KEYS_ONLY_PROJECTION)) "}",
     P "Some index key attributes are not defined in AttributeDefinitions. Keys: [q], AttributeDefinitions: "
       "[sk, pk]"},
    {"range first", WITH_A GSIS(GSI("g-a", RANGE("sk") "," KEY("a"), KEYS_ONLY_PROJECTION)) "}",
     "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"},
    {"hash after range",
     WITH_A GSIS(GSI("g-a", KEY("a") "," RANGE("sk") "," KEY("pk"), KEYS_ONLY_PROJECTION)) "}",
     P "All HASH key attributes must precede RANGE key attributes in the KeySchema"},
    {"one attribute twice",
     WITH_A GSIS(GSI("g-a", KEY("a") "," KEY("sk") "," RANGE("a"), KEYS_ONLY_PROJECTION)) "}",
     "The KeySchema contains multiple key attributes with the same name"},
    {"five hash keys",
     WITH_A GSIS(
         GSI("g-a", KEY("a") "," KEY("b") "," KEY("c") "," KEY("d") "," KEY("e"), KEYS_ONLY_PROJECTION)) "}",
     P "The KeySchema exceeds the maximum allowed number of HASH key attributes"},
    {"five range keys",
     WITH_A GSIS(GSI("g-a",
                     KEY("a") "," RANGE("b") "," RANGE("c") "," RANGE("d") "," RANGE("e") "," RANGE("f"),
                     KEYS_ONLY_PROJECTION)) "}",
     P "The KeySchema exceeds the maximum allowed number of RANGE key attributes"},
    {"no projection type", WITH_A GSIS(GSI("g-a", KEY("a"), "\"Projection\":{}")) "}",
     P "Unknown ProjectionType: null"},
    {"attributes to a projection of everything",
     WITH_A GSIS(GSI("g-a", KEY("a"),
                     "\"Projection\":{\"ProjectionType\":\"ALL\",\"NonKeyAttributes\":[\"x\"]}")) "}",
     P "ProjectionType is ALL, but NonKeyAttributes is specified"},
    {"attributes to a projection of keys",
     WITH_A GSIS(GSI("g-a", KEY("a"),
                     "\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\",\"NonKeyAttributes\":[\"x\"]}")) "}",
     P "ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified"},
    {"INCLUDE of nothing",
     WITH_A GSIS(GSI("g-a", KEY("a"), "\"Projection\":{\"ProjectionType\":\"INCLUDE\"}")) "}",
     P "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"},
    {"INCLUDE of one attribute twice",
     WITH_A GSIS(
         GSI("g-a", KEY("a"),
             "\"Projection\":{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[\"x\",\"y\",\"x\"]}")) "}",
     P "Duplicate element in NonKeyAttributes: x"},
    {"INCLUDE of null",
     WITH_A GSIS(GSI("g-a", KEY("a"),
                     "\"Projection\":{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[null]}")) "}",
     P "NonKeyAttributes must not contain null"},
    {"throughput on demand", WITH_A GSIS(GSI("g-a", KEY("a"), KEYS_ONLY_PROJECTION "," PROVISIONED_5)) "}",
     P "ProvisionedThroughput should not be specified for index: g-a when BillingMode is PAY_PER_REQUEST"},
    {"no throughput provisioned",
     "{\"TableName\":\"Music\"," PROVISIONED_5 "," HASH_KEY
     ",\"AttributeDefinitions\":[" DEF("pk") "]" GSIS(GSI("g-a", KEY("pk"), KEYS_ONLY_PROJECTION)) "}",
     P "ProvisionedThroughput is not specified for index: g-a"},
    {"too much throughput",
     "{\"TableName\":\"Music\"," PROVISIONED_5 "," HASH_KEY "," HASH_DEF GSIS(GSI(
         "g-a", KEY("pk"),
         KEYS_ONLY_PROJECTION
         ",\"ProvisionedThroughput\":{\"ReadCapacityUnits\":1,\"WriteCapacityUnits\":1000000000001}")) "}",
     "Given value 1000000000001 for WriteCapacityUnits is out of bounds for index g-a"},
    {"on-demand maximum of nothing",
     WITH_A GSIS(GSI("g-a", KEY("a"),
                     KEYS_ONLY_PROJECTION ",\"OnDemandThroughput\":{\"MaxReadRequestUnits\":0}")) "}",
     P "Requested MaxReadRequestUnits for OnDemandThroughput for index : g-a is outside of valid range"},
    {"warm below what is there anyway",
     WITH_A GSIS(
         GSI("g-a", KEY("a"), KEYS_ONLY_PROJECTION ",\"WarmThroughput\":{\"ReadUnitsPerSecond\":1}")) "}",
     P "Requested ReadUnitsPerSecond for WarmThroughput for index g-a is lower than initial throughput for "
       "OnDemand. "
       "See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
       "on-demand-capacity-mode.html#on-demand-capacity-mode-initial"},
    {"one name twice",
     WITH_A GSIS(
         GSI("dup", KEY("a"), KEYS_ONLY_PROJECTION) "," GSI("dup", KEY("sk"), KEYS_ONLY_PROJECTION)) "}",
     P "Duplicate index name: dup"},
    {"the name of a local index",
     WITH_A LSIS(GSI("dup", KEY("pk") "," RANGE("a"), KEYS_ONLY_PROJECTION))
         GSIS(GSI("dup", KEY("a"), KEYS_ONLY_PROJECTION)) "}",
     P "Duplicate index name: dup"},
};

static const struct refusal vector_index_refusals[] = {
    {"an empty list", COMPOSITE VECTORS() "}", P "List of VectorIndexes is empty"},
    {"a provisioned table",
     "{\"TableName\":\"Music\"," PROVISIONED_5 "," HASH_KEY "," HASH_DEF VECTORS(VECTOR("vix", "3", "")) "}",
     P "Vector indexes are only supported for PAY_PER_REQUEST tables"},
    {"an undefined search attribute",
     SIMPLE VECTORS(VECTOR(
         "vix", "3",
         ",\"SearchSchema\":[{\"AttributeName\":\"tenant\",\"SearchSchemaElementType\":\"HASH\"}]")) "}",
     P "One element in SearchSchema is not defined in attribute definitions"},
    {"too many dimensions", SIMPLE VECTORS(VECTOR("vix", "4097", "")) "}",
     P "Number of dimensions must be between 1 and 4096 inclusive."},
    {"six of them",
     SIMPLE VECTORS(
         VECTOR("vix-0", "3", "") "," VECTOR("vix-1", "3", "") "," VECTOR("vix-2", "3", "") "," VECTOR(
             "vix-3", "3", "") "," VECTOR("vix-4", "3", "") "," VECTOR("vix-5", "3", "")) "}",
     P "VectorIndex count exceeds the per-table limit of 5"},
    {"two sizes of one vector", SIMPLE VECTORS(VECTOR("vix", "3", "") "," VECTOR("vix2", "4", "")) "}",
     P "Conflicting attribute definition for 'v'. All VectorIndexes on the same vector attribute must use "
       "the same "
       "dimensions."},
};

static const struct refusal setting_refusals[] = {
    {"a stream without view", SIMPLE ",\"StreamSpecification\":{\"StreamEnabled\":true}}",
     P "Table is being created with a stream enabled, UpdateViewType is required"},
    {"no stream with a view",
     SIMPLE ",\"StreamSpecification\":{\"StreamEnabled\":false,\"StreamViewType\":\"NEW_IMAGE\"}}",
     P "Table is being created with a stream disabled, UpdateViewType should not be specified"},
    {"an unknown view",
     SIMPLE ",\"StreamSpecification\":{\"StreamEnabled\":true,\"StreamViewType\":\"new_image\"}}",
     "1 validation error detected: Value 'new_image' at 'streamSpecification.streamViewType' failed to "
     "satisfy "
     "constraint: Member must satisfy enum value set: [OLD_IMAGE, KEYS_ONLY, NEW_AND_OLD_IMAGES, NEW_IMAGE]"},
    {"no encryption of a type", SIMPLE ",\"SSESpecification\":{\"Enabled\":false,\"SSEType\":\"KMS\"}}",
     P "SSEType can not be specified if Enabled is false"},
    {"no encryption with a key", SIMPLE ",\"SSESpecification\":{\"Enabled\":false,\"KMSMasterKeyId\":\"k\"}}",
     P "KMSMasterKeyId can not be specified if Enabled is false"},
    {"encryption of the old type", SIMPLE ",\"SSESpecification\":{\"Enabled\":true,\"SSEType\":\"AES256\"}}",
     P "SSEType AES256 is not supported"},
    {"a key without type", SIMPLE ",\"SSESpecification\":{\"Enabled\":true,\"KMSMasterKeyId\":\"k\"}}",
     P "SSEType KMS is required if KMSMasterKeyId is specified"},
    {"an unknown class", SIMPLE ",\"TableClass\":\"CHEAP\"}",
     "Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, "
     "STANDARD_INFREQUENT_ACCESS]."},
    {"a reserved tag", SIMPLE ",\"Tags\":[{\"Key\":\"aws:owner\",\"Value\":\"x\"}]}",
     "Tag Key cannot be prefixed with aws:, Key: aws:owner"},
    {"one tag twice", SIMPLE ",\"Tags\":[{\"Key\":\"k\",\"Value\":\"x\"},{\"Key\":\"k\",\"Value\":\"y\"}]}",
     "Duplicate Tag Keys provided as input: Duplicate Tag Key found k"},
    {"a tag of strange characters", SIMPLE ",\"Tags\":[{\"Key\":\"a*b\",\"Value\":\"x\"}]}",
     "The Tag Key provided is invalid, Key: a*b"},
    {"a tag value of strange characters", SIMPLE ",\"Tags\":[{\"Key\":\"k\",\"Value\":\"x;y\"}]}",
     "The Tag Value provided is invalid, Value: x;y"},
};

static void check_all(const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct create_table_input input;
        struct table wanted;
        arena_reset(&arena);
        if (request_validate(&arena, refusals[i].request, &input, &wanted, &err))
            fail_msg("accepted: %s", refusals[i].title);
        if (err.code != ERR_VALIDATION || strcmp(err.message, refusals[i].message) != 0)
            fail_msg("%s: %s: %s\nexpected: %s", refusals[i].title, error_code_name(err.code),
                     err.message ? err.message : "(none)", refusals[i].message);
    }
}

#define CHECK_ALL(refusals) check_all((refusals), sizeof(refusals) / sizeof((refusals)[0]))

static void key_schemas_are_checked(void **state)
{
    (void)state;
    CHECK_ALL(key_refusals);
}

static void billing_and_throughput_agree(void **state)
{
    (void)state;
    CHECK_ALL(billing_refusals);
}

static void local_indexes_are_checked(void **state)
{
    (void)state;
    CHECK_ALL(local_index_refusals);
}

static void global_indexes_are_checked(void **state)
{
    (void)state;
    CHECK_ALL(global_index_refusals);
}

static void vector_indexes_are_checked(void **state)
{
    (void)state;
    CHECK_ALL(vector_index_refusals);
}

static void settings_are_checked(void **state)
{
    (void)state;
    CHECK_ALL(setting_refusals);
}

/* ------------------------------------------------------------------ limits that take many elements */

static void expect_message(const char *request, const char *message)
{
    check_all(&(struct refusal){"built", request, message}, 1);
}

static void more_than_20_global_indexes_are_refused(void **state)
{
    (void)state;
    char request[8192];
    int n = snprintf(request, sizeof(request), "%s", SIMPLE ",\"GlobalSecondaryIndexes\":[");
    for (int i = 0; i < 21; i++)
        n += snprintf(request + n, sizeof(request) - (size_t)n,
                      "%s{\"IndexName\":\"g-%d\",\"KeySchema\":[" KEY("pk") "]," KEYS_ONLY_PROJECTION "}",
                      i ? "," : "", i);
    snprintf(request + n, sizeof(request) - (size_t)n, "]}");
    expect_message(request, P "GlobalSecondaryIndex count exceeds the per-table limit of 20");
}

static void non_key_attributes_of_all_indexes_share_a_limit(void **state)
{
    (void)state;
    char request[16384];
    int n = snprintf(request, sizeof(request), "%s", SIMPLE ",\"GlobalSecondaryIndexes\":[");
    for (int i = 0; i < 6; i++) {
        n += snprintf(request + n, sizeof(request) - (size_t)n,
                      "%s{\"IndexName\":\"g-%d\",\"KeySchema\":[" KEY(
                          "pk") "],\"Projection\":{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[",
                      i ? "," : "", i);
        for (int j = 0; j < (i < 5 ? 20 : 1); j++)
            n += snprintf(request + n, sizeof(request) - (size_t)n, "%s\"x%d\"", j ? "," : "", j);
        n += snprintf(request + n, sizeof(request) - (size_t)n, "]}}");
    }
    snprintf(request + n, sizeof(request) - (size_t)n, "]}");
    expect_message(request, P "Number of NonKeyAttributes of all indexes exceeds the per-table limit of 100");
}

static void more_than_50_tags_are_refused(void **state)
{
    (void)state;
    char request[8192];
    int n = snprintf(request, sizeof(request), "%s", SIMPLE ",\"Tags\":[");
    for (int i = 0; i < 51; i++)
        n += snprintf(request + n, sizeof(request) - (size_t)n, "%s{\"Key\":\"k%d\",\"Value\":\"\"}",
                      i ? "," : "", i);
    snprintf(request + n, sizeof(request) - (size_t)n, "]}");
    expect_message(request, "Number of Tags exceed the current limit for the provided ResourceArn");
}

/* Two checks compare every definition with every other one. */
static void a_flood_of_definitions_is_refused_at_once(void **state)
{
    (void)state;
    enum { DEFINITIONS = 100000, BYTES = DEFINITIONS * 60 };
    char *request = malloc(BYTES);
    int n = snprintf(request, BYTES, "{" ON_DEMAND HASH_KEY ",\"AttributeDefinitions\":[");
    for (int i = 0; i < DEFINITIONS; i++)
        n += snprintf(request + n, BYTES - (size_t)n, "%s{\"AttributeName\":\"a%d\",\"AttributeType\":\"S\"}",
                      i ? "," : "", i);
    snprintf(request + n, BYTES - (size_t)n, "]}");
    expect_message(request,
                   P "Number of attributes in KeySchema does not exactly match number of attributes defined "
                     "in AttributeDefinitions");
    free(request);
}

/* ------------------------------------------------------------------ what is accepted */

static struct create_table_input input;
static struct table wanted;

static void accept(const char *request)
{
    if (!request_validate(&arena, request, &input, &wanted, &err))
        fail_msg("%s", err.message);
}

static void a_simple_table_is_accepted(void **state)
{
    (void)state;
    accept(SIMPLE "}");
    assert_int_equal(wanted.key.hash_count, 1);
    assert_int_equal(wanted.key.range_count, 0);
    assert_true(slice_equal(wanted.key.hash[0].name, SLICE("pk")));
    assert_int_equal(wanted.key.hash[0].type, VALUE_S);
    assert_int_equal(wanted.billing_mode, BILLING_PAY_PER_REQUEST);
    assert_false(wanted.encryption_described);
    assert_true(slice_is_none(wanted.table_class));
}

static void key_types_come_from_the_definitions(void **state)
{
    (void)state;
    accept("{" ON_DEMAND BOTH_KEYS
           ",\"AttributeDefinitions\":[{\"AttributeName\":\"sk\",\"AttributeType\":\"N\"},"
           "{\"AttributeName\":\"pk\",\"AttributeType\":\"B\"}]}");
    assert_int_equal(wanted.key.hash[0].type, VALUE_B);
    assert_int_equal(wanted.key.range[0].type, VALUE_N);
    assert_true(slice_equal(wanted.definitions[0].name, SLICE("sk")));
}

static void a_global_index_may_have_eight_key_attributes(void **state)
{
    (void)state;
    accept(
        "{" ON_DEMAND HASH_KEY
        ",\"AttributeDefinitions\":[" DEF("pk") "," DEF("a") "," DEF("b") "," DEF("c") "," DEF("d") "," DEF(
            "e") "," DEF("f") "," DEF("g") "]" GSIS(GSI("g-a",
                                                        KEY("a") "," KEY("b") "," KEY("c") "," KEY("d") "," RANGE(
                                                            "e") "," RANGE("f") "," RANGE("g") "," RANGE("p"
                                                                                                         "k"),
                                                        KEYS_ONLY_PROJECTION)) "}");
    assert_int_equal(wanted.global_index_count, 1);
    assert_int_equal(wanted.global_indexes[0].key.hash_count, 4);
    assert_int_equal(wanted.global_indexes[0].key.range_count, 4);
}

/* An LSI on the table's own sort key, a GSI on the table's own keys and one named like the table are all fine. */
static void redundant_indexes_are_accepted(void **state)
{
    (void)state;
    accept(COMPOSITE LSIS(GSI("l-a", KEY("pk") "," RANGE("sk"), KEYS_ONLY_PROJECTION))
               GSIS(GSI("Music", KEY("pk") "," RANGE("sk"), KEYS_ONLY_PROJECTION)) "}");
}

static void naming_a_type_enables_encryption(void **state)
{
    (void)state;
    accept(SIMPLE ",\"SSESpecification\":{}}");
    assert_false(wanted.encryption_described);
    accept(SIMPLE ",\"SSESpecification\":{\"Enabled\":false}}");
    assert_false(wanted.encryption_described);
    accept(SIMPLE ",\"SSESpecification\":{\"Enabled\":true}}");
    assert_true(wanted.encryption_described);
    accept(SIMPLE ",\"SSESpecification\":{\"SSEType\":\"KMS\"}}");
    assert_true(wanted.encryption_described);
}

static void halves_of_throughput_are_accepted(void **state)
{
    (void)state;
    accept(SIMPLE ",\"WarmThroughput\":{\"ReadUnitsPerSecond\":12001},\"OnDemandThroughput\":{}}");
    assert_true(wanted.warm.read_given);
    assert_false(wanted.warm.write_given);
    assert_false(wanted.on_demand.read_given);
}

/* ------------------------------------------------------------------ what this version cannot do */

static void expect_unsupported(const char *request, const char *feature)
{
    accept(request);
    error_init(&err, &arena);
    assert_false(create_table_supported(&input, &err));
    assert_int_equal(err.code, ERR_VALIDATION);
    if (!strstr(err.message, feature))
        fail_msg("%s", err.message);
}

static void what_would_silently_not_work_is_refused_by_name(void **state)
{
    (void)state;
    expect_unsupported(SIMPLE VECTORS(VECTOR("vix", "3", "")) "}", "VectorIndexes");
    expect_unsupported(SIMPLE ",\"ResourcePolicy\":\"{}\"}", "ResourcePolicy");
    expect_unsupported(SIMPLE
                       ",\"SSESpecification\":{\"Enabled\":true,\"SSEType\":\"KMS\",\"KMSMasterKeyId\":"
                       "\"arn:aws:kms:us-east-1:000000000000:key/1234\"}}",
                       "KMSMasterKeyId");
}

static void secondary_indexes_are_supported(void **state)
{
    (void)state;
    error_init(&err, &arena);
    accept(WITH_A LSIS(GSI("l-sk", KEY("pk") "," RANGE("sk"), KEYS_ONLY_PROJECTION))
               GSIS(GSI("g-a", KEY("a"), KEYS_ONLY_PROJECTION)) "}");
    assert_true(create_table_supported(&input, &err));
}

static void what_only_describes_is_supported(void **state)
{
    (void)state;
    error_init(&err, &arena);
    accept(SIMPLE ",\"StreamSpecification\":{\"StreamEnabled\":false},\"TableClass\":\"STANDARD\","
                  "\"Tags\":[{\"Key\":\"team\",\"Value\":\"storage\"}],\"DeletionProtectionEnabled\":true}");
    assert_true(create_table_supported(&input, &err));
    assert_true(wanted.deletion_protection);
    assert_int_equal(wanted.tag_count, 1);
    accept(SIMPLE ",\"SSESpecification\":{\"Enabled\":true,\"SSEType\":\"KMS\",\"KMSMasterKeyId\":"
                  "\"alias/aws/dynamodb\"}}");
    assert_true(create_table_supported(&input, &err));
    accept(SIMPLE ",\"SSESpecification\":{\"Enabled\":true,\"SSEType\":\"KMS\",\"KMSMasterKeyId\":"
                  "\"arn:aws:kms:us-east-1:000000000000:alias/aws/dynamodb\"}}");
    assert_true(create_table_supported(&input, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(key_schemas_are_checked),
        ARENA_TEST(billing_and_throughput_agree),
        ARENA_TEST(local_indexes_are_checked),
        ARENA_TEST(global_indexes_are_checked),
        ARENA_TEST(vector_indexes_are_checked),
        ARENA_TEST(settings_are_checked),
        ARENA_TEST(more_than_20_global_indexes_are_refused),
        ARENA_TEST(non_key_attributes_of_all_indexes_share_a_limit),
        ARENA_TEST(more_than_50_tags_are_refused),
        ARENA_TEST(a_flood_of_definitions_is_refused_at_once),
        ARENA_TEST(a_simple_table_is_accepted),
        ARENA_TEST(key_types_come_from_the_definitions),
        ARENA_TEST(a_global_index_may_have_eight_key_attributes),
        ARENA_TEST(redundant_indexes_are_accepted),
        ARENA_TEST(naming_a_type_enables_encryption),
        ARENA_TEST(halves_of_throughput_are_accepted),
        ARENA_TEST(what_would_silently_not_work_is_refused_by_name),
        ARENA_TEST(secondary_indexes_are_supported),
        ARENA_TEST(what_only_describes_is_supported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
