#include "api/common_shapes.h"
#include "api/shape.h"

#include <stdio.h>

#include "support/arena.h"

/* ------------------------------------------------------------------ requests */

struct keys_and_attributes {
    LIST_OF(struct request_item) keys;
    struct optional_bool consistent_read;
};

struct keys_entry {
    struct slice table_name;
    struct keys_and_attributes keys;
};

struct put_request {
    struct request_item item;
};

struct write_request {
    struct put_request *put;
};

struct writes_entry {
    struct slice table_name;
    LIST_OF(struct write_request) writes;
};

struct input {
    struct slice table_name;
    struct slice index_name;
    struct optional_enum select;
    struct optional_i64 limit;
    struct optional_i64 segment;
    LIST_OF(struct key_schema_element) key_schema;
    LIST_OF(struct key_schema_element) short_list;
    struct provisioned_throughput *provisioned_throughput;
    LIST_OF(struct keys_entry) request_items;
    LIST_OF(struct writes_entry) writes;
    LIST_OF(struct condition_entry) conditions;
    LIST_OF(struct slice) attributes;
    struct slice token;
    struct slice bucket;
    struct slice account;
    struct slice text;
    struct slice blob;
};

static const struct shape keys_shape = LIST(struct request_item, shape_item, FROM_TO(1, 3));
static const struct shape_member keys_members[] = {
    MEMBER(struct keys_and_attributes, keys, "Keys", keys_shape, MEMBER_REQUIRED),
    MEMBER(struct keys_and_attributes, consistent_read, "ConsistentRead", shape_boolean, MEMBER_OPTIONAL),
};
static const struct shape keys_and_attributes =
    STRUCTURE(struct keys_and_attributes, "KeysAndAttributes", keys_members);
static const struct shape request_items =
    MAP(struct keys_entry, table_name, shape_table_arn, keys, keys_and_attributes, FROM_TO(1, 2));

static const struct shape_member put_members[] = {
    MEMBER(struct put_request, item, "Item", shape_item, MEMBER_REQUIRED)};
static const struct shape put_request = STRUCTURE(struct put_request, "PutRequest", put_members);
static const struct shape_member write_members[] = {
    MEMBER(struct write_request, put, "PutRequest", put_request, MEMBER_OPTIONAL)};
static const struct shape write_request = STRUCTURE(struct write_request, "WriteRequest", write_members);
static const struct shape write_list = LIST(struct write_request, write_request, FROM_TO(1, 2));
static const struct shape writes =
    MAP(struct writes_entry, table_name, shape_string, writes, write_list, FROM_TO(1, 25));

static const struct shape segment = {.kind = SHAPE_INTEGER, .range = FROM_TO(0, 999999)};

static const struct shape_member element_members[] = {
    MEMBER(struct key_schema_element, attribute_name, "AttributeName", shape_string, MEMBER_OPTIONAL),
    MEMBER(struct key_schema_element, key_type, "KeyType", shape_key_type, MEMBER_OPTIONAL),
};
static const struct shape element = STRUCTURE(struct key_schema_element, "KeySchemaElement", element_members);
static const struct shape short_list = LIST(struct key_schema_element, element, AT_MOST(2));
static const struct shape token = {.kind = SHAPE_STRING, .pattern = PATTERN_CLIENT_TOKEN};
static const struct shape bucket = {
    .kind = SHAPE_STRING, .pattern = PATTERN_S3_BUCKET, .range = AT_MOST(255)};
static const struct shape account = {.kind = SHAPE_STRING, .pattern = PATTERN_ACCOUNT_ID};
static const struct shape short_text = {.kind = SHAPE_STRING, .range = FROM_TO(2, 3)};
static const struct shape blob = {.kind = SHAPE_BLOB, .range = AT_MOST(2)};

#define M(field, name, shape) MEMBER(struct input, field, name, shape, MEMBER_OPTIONAL)
static const struct shape_member members[] = {
    M(table_name, "TableName", shape_table_arn),
    M(index_name, "IndexName", shape_index_name),
    M(select, "Select", shape_select),
    M(limit, "Limit", shape_positive_integer),
    M(segment, "Segment", segment),
    M(key_schema, "KeySchema", shape_key_schema),
    M(short_list, "ShortList", short_list),
    M(provisioned_throughput, "ProvisionedThroughput", shape_provisioned_throughput),
    M(request_items, "RequestItems", request_items),
    M(writes, "Writes", writes),
    M(conditions, "KeyConditions", shape_conditions),
    M(attributes, "AttributesToGet", shape_attribute_names),
    M(token, "ClientToken", token),
    M(bucket, "S3Bucket", bucket),
    M(account, "S3BucketOwner", account),
    M(text, "Text", short_text),
    M(blob, "Blob", blob),
};
static const struct shape input_shape = STRUCTURE(struct input, "TestInput", members);

/* A data operation: TableName and Key are required. */
struct key_input {
    struct slice table_name;
    struct request_item key;
};
static const struct shape_member key_members[] = {
    MEMBER(struct key_input, table_name, "TableName", shape_table_arn, MEMBER_REQUIRED),
    MEMBER(struct key_input, key, "Key", shape_item, MEMBER_REQUIRED),
};
static const struct shape key_shape = STRUCTURE(struct key_input, "GetItemInput", key_members);

/* What the newer wording is about. */
struct write_input {
    struct optional_enum capacity;
    struct slice table_name;
    struct optional_enum return_values;
    struct optional_enum conditional_operator;
    struct optional_enum update_return_values;
    struct optional_enum query_operator;
    struct request_item key;
};
#define W(field, name, shape, flag) MEMBER(struct write_input, field, name, shape, flag)
static const struct shape_member write_input_members[] = {
    W(capacity, "ReturnConsumedCapacity", shape_return_consumed_capacity, MEMBER_OPTIONAL),
    W(table_name, "TableName", shape_table_arn, MEMBER_REQUIRED),
    W(return_values, "ReturnValues", shape_return_values, MEMBER_OPTIONAL),
    W(update_return_values, "UpdateReturnValues", shape_return_values_of_update, MEMBER_OPTIONAL),
    W(conditional_operator, "ConditionalOperator", shape_conditional_operator, MEMBER_OPTIONAL),
    W(query_operator, "QueryOperator", shape_conditional_operator_of_query, MEMBER_OPTIONAL),
    W(key, "Key", shape_item, MEMBER_REQUIRED),
};
static const struct shape write_input_shape =
    STRUCTURE(struct write_input, "UpdateItemInput", write_input_members);

/* BatchWriteItem. */
struct batch_input {
    struct optional_enum capacity;
    LIST_OF(struct writes_entry) writes;
};
static const struct shape_member batch_members[] = {
    MEMBER(struct batch_input, capacity, "ReturnConsumedCapacity", shape_return_consumed_capacity,
           MEMBER_OPTIONAL),
    MEMBER(struct batch_input, writes, "RequestItems", writes, MEMBER_REQUIRED_LAST),
};
static const struct shape batch_shape = STRUCTURE(struct batch_input, "BatchWriteItemInput", batch_members);

/* Operations on tables. */
struct table_input {
    struct slice table_name;
    LIST_OF(struct key_schema_element) key_schema;
};
static const struct shape_member describe_members[] = {
    MEMBER(struct table_input, table_name, "TableName", shape_table_arn, MEMBER_TABLE_NAME),
    MEMBER(struct table_input, key_schema, "KeySchema", shape_key_schema, MEMBER_REQUIRED),
};
static const struct shape describe_shape =
    STRUCTURE(struct table_input, "DescribeTableInput", describe_members);
static const struct shape_member create_members[] = {
    MEMBER(struct table_input, key_schema, "KeySchema", shape_key_schema, MEMBER_REQUIRED),
    MEMBER(struct table_input, table_name, "TableName", shape_table_name, MEMBER_PARAMETER),
};
static const struct shape create_shape = STRUCTURE(struct table_input, "CreateTableInput", create_members);

/* ------------------------------------------------------------------ helpers */

/* The error's text; NULL if all constraints are kept. */
static const char *check(const struct shape *shape, const char *json, enum shape_wording wording)
{
    void *in = NULL;
    error_init(&err, &arena);
    if (!shape_decode(shape, wording, slice_from_cstr(json), &arena, &in, &err))
        fail_msg("%s: %s", json, err.message ? err.message : "not JSON");
    if (shape_check(shape, in, wording, &err))
        return NULL;
    assert_int_equal(err.code, ERR_VALIDATION);
    return err.message;
}

static void assert_text(const struct shape *shape, const char *json, enum shape_wording wording,
                        const char *expected)
{
    const char *actual = check(shape, json, wording);
    if (!actual)
        fail_msg("%s was accepted", json);
    assert_string_equal(actual, expected);
}

#define assert_echoes(json, expected) assert_text(&input_shape, (json), SHAPE_ECHOES_VALUE, (expected))
#define assert_names(json, expected)  assert_text(&input_shape, (json), SHAPE_NAMES_MEMBER, (expected))
#define assert_accepted(json)         assert_null(check(&input_shape, (json), SHAPE_ECHOES_VALUE))

#define ONE                           "1 validation error detected: "
#define FAILED                        "failed to satisfy constraint: "

/* ------------------------------------------------------------------ texts of semantics.md 1.6 */

static void good_requests_pass(void **state)
{
    (void)state;
    shape_assert(&input_shape);
    assert_accepted("{}");
    assert_accepted(
        "{\"TableName\":\"a\",\"IndexName\":\"a.b\",\"Select\":\"COUNT\",\"Limit\":1,\"Segment\":0,"
        "\"KeySchema\":[{\"AttributeName\":\"a\",\"KeyType\":\"HASH\"}],"
        "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":1,\"WriteCapacityUnits\":1},"
        "\"RequestItems\":{\"abc\":{\"Keys\":[{\"a\":{\"S\":\"b\"}}]}},\"Writes\":{\"abc\":[{}]},"
        "\"AttributesToGet\":[\"a\"],\"ClientToken\":\"a\",\"S3Bucket\":\"my-bucket.x\","
        "\"S3BucketOwner\":\"123456789012\",\"Text\":\"ab\",\"Blob\":\"AAA=\"}");
}

static void required_members_must_not_be_null(void **state)
{
    (void)state;
    assert_text(&key_shape, "{\"TableName\":\"abc\"}", SHAPE_ECHOES_VALUE,
                ONE "Value null at 'key' " FAILED "Member must not be null");
    assert_text(&key_shape, "{\"TableName\":\"abc\",\"Key\":null}", SHAPE_NAMES_MEMBER,
                ONE "Value null at 'key' " FAILED "Member must not be null");
    assert_text(&key_shape, "{}", SHAPE_ECHOES_VALUE,
                "2 validation errors detected: Value null at 'tableName' " FAILED
                "Member must not be null; Value null at 'key' " FAILED "Member must not be null");
    assert_null(check(&key_shape, "{\"TableName\":\"abc\",\"Key\":{}}", SHAPE_ECHOES_VALUE));
}

static void a_key_with_bad_content_is_there(void **state)
{
    (void)state;
    assert_null(check(&key_shape, "{\"TableName\":\"abc\",\"Key\":{\"a\":{}}}", SHAPE_ECHOES_VALUE));
}

static void numbers_have_limits(void **state)
{
    (void)state;
    assert_echoes("{\"Limit\":0}",
                  ONE "Value '0' at 'limit' " FAILED "Member must have value greater than or equal to 1");
    assert_echoes("{\"Segment\":-1}",
                  ONE "Value '-1' at 'segment' " FAILED "Member must have value greater than or equal to 0");
    assert_echoes("{\"Segment\":1000000}", ONE "Value '1000000' at 'segment' " FAILED
                                               "Member must have value less than or equal to 999999");
}

/* Captured from the service in 2026. */
static void the_newer_wording_names_the_member_only(void **state)
{
    (void)state;
    assert_names("{\"Limit\":0}",
                 ONE "Value at 'Limit' " FAILED "Member must have value greater than or equal to 1");
    assert_names("{\"IndexName\":\"ab\"}",
                 ONE "Value at 'IndexName' " FAILED "Member must have length greater than or equal to 3");
    assert_names("{\"TableName\":\"\"}",
                 ONE "Value at 'TableName' " FAILED "Member must have length greater than or equal to 1");
    assert_names("{\"RequestItems\":{}}",
                 ONE "Value at 'RequestItems' " FAILED "Member must have length greater than or equal to 1");
    assert_names("{\"RequestItems\":{\"abc\":{\"Keys\":[{},{},{},{}]}}}",
                 ONE "Value at 'RequestItems.abc.member.Keys' " FAILED
                     "Member must have length less than or equal to 3");
    assert_names("{\"RequestItems\":{\"abc\":{\"Keys\":[]}}}",
                 ONE "Value at 'RequestItems.abc.member.Keys' " FAILED
                     "Member must have length greater than or equal to 1");
    assert_names("{\"Writes\":{\"abc\":[{},{},{}]}}", ONE "Value at 'Writes.abc.member' " FAILED
                                                          "Member must have length less than or equal to 2");
}

static void enums_print_their_names_in_the_services_order(void **state)
{
    (void)state;
    assert_echoes("{\"Select\":\"count\"}",
                  ONE "Value 'count' at 'select' " FAILED
                      "Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, "
                      "ALL_PROJECTED_ATTRIBUTES]");
    assert_names("{\"Select\":\"\"}", ONE "Value '' at 'select' " FAILED
                                          "Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, "
                                          "ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]");
}

static void assert_enum(const struct shape *shape, const char *printed)
{
    struct buf b;
    buf_init(&b, &arena, 256);
    buf_append_byte(&b, '[');
    for (size_t i = 0; i < shape->name_count; i++)
        buf_printf(&b, "%s%.*s", i ? ", " : "", SLICE_PRINTF(shape->names[i]));
    buf_append_byte(&b, ']');
    buf_append_byte(&b, '\0');
    assert_string_equal(b.data, printed);
}

static void shared_enums_have_the_services_order(void **state)
{
    (void)state;
    assert_enum(&shape_return_consumed_capacity, "[INDEXES, TOTAL, NONE]");
    assert_enum(&shape_return_item_collection_metrics, "[SIZE, NONE]");
    assert_enum(&shape_return_values, "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]");
    assert_enum(&shape_conditional_operator, "[OR, AND]");
    assert_enum(&shape_comparison_operator, "[IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, "
                                            "BEGINS_WITH, GE, CONTAINS]");
    assert_enum(&shape_key_type, "[HASH, RANGE]");
    assert_enum(&shape_attribute_type, "[B, N, S]");
}

static void shared_enums_match_their_c_values(void **state)
{
    (void)state;
    assert_true(
        slice_equal(shape_return_consumed_capacity.names[RETURN_CONSUMED_CAPACITY_NONE - 1], SLICE("NONE")));
    assert_true(slice_equal(shape_return_values.names[RETURN_VALUES_ALL_OLD - 1], SLICE("ALL_OLD")));
    assert_true(slice_equal(shape_return_values.names[RETURN_VALUES_UPDATED_NEW - 1], SLICE("UPDATED_NEW")));
    assert_true(slice_equal(shape_select.names[SELECT_ALL_PROJECTED_ATTRIBUTES - 1],
                            SLICE("ALL_PROJECTED_ATTRIBUTES")));
    assert_true(slice_equal(shape_select.names[SELECT_COUNT - 1], SLICE("COUNT")));
    assert_true(slice_equal(shape_comparison_operator.names[COMPARISON_CONTAINS - 1], SLICE("CONTAINS")));
    assert_true(slice_equal(shape_comparison_operator.names[COMPARISON_EQ - 1], SLICE("EQ")));
    assert_true(slice_equal(shape_conditional_operator.names[CONDITIONAL_OPERATOR_AND - 1], SLICE("AND")));
    assert_true(slice_equal(shape_attribute_type.names[ATTRIBUTE_TYPE_S - 1], SLICE("S")));
    assert_true(slice_equal(shape_key_type.names[KEY_TYPE_RANGE - 1], SLICE("RANGE")));
}

static void names_have_a_pattern_and_a_length(void **state)
{
    (void)state;
    assert_echoes("{\"IndexName\":\"abc;\"}",
                  ONE "Value 'abc;' at 'indexName' " FAILED "Member must satisfy regular expression pattern: "
                      "[a-zA-Z0-9_.-]+");
    assert_echoes(
        "{\"IndexName\":\"a;\"}",
        "2 validation errors detected: Value 'a;' at 'indexName' " FAILED
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value 'a;' at 'indexName' " FAILED
        "Member must have length greater than or equal to 3");
}

/* Captured from the service in 2026: a name's upper limit and pattern are echoed whatever the wording. */
static void table_names_of_data_operations(void **state)
{
    char json[400], expected[600], name[257];
    (void)state;
    memset(name, 'a', 256);
    name[256] = '\0';
    snprintf(json, sizeof json, "{\"TableName\":\"%s\"}", name);
    snprintf(expected, sizeof expected,
             ONE "Value '%s' at 'tableName' " FAILED "Member must have length less than or equal to 255",
             name);
    assert_names(json, expected);
    assert_echoes(json, expected);
    assert_names("{\"TableName\":\"bad table!@#\"}",
                 ONE "Value 'bad table!@#' at 'tableName' " FAILED
                     "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
    assert_echoes("{\"TableName\":\"\"}",
                  ONE "Value '' at 'tableName' " FAILED "Member must have length greater than or equal to 1");
}

static void a_table_may_be_named_by_its_arn(void **state)
{
    char json[1200], name[1024];
    (void)state;
    assert_accepted("{\"TableName\":\"arn:aws:dynamodb:us-east-1:123456789012:table/abc\"}");
    assert_accepted(
        "{\"RequestItems\":{\"arn:aws:dynamodb:us-east-1:123456789012:table/abc\":{\"Keys\":[{}]}}}");
    memset(name, 'a', sizeof name);
    snprintf(json, sizeof json, "{\"TableName\":\"arn:%.1021s\"}", name);
    assert_non_null(strstr(check(&input_shape, json, SHAPE_NAMES_MEMBER),
                           "Member must have length less than or equal to 1024"));
}

static void list_elements_are_numbered_from_one(void **state)
{
    (void)state;
    assert_echoes("{\"KeySchema\":[{\"AttributeName\":\"a\",\"KeyType\":\"HASH\"},"
                  "{\"AttributeName\":\"a\",\"KeyType\":\"INVALID\"}]}",
                  ONE "Value 'INVALID' at 'keySchema.2.member.keyType' " FAILED
                      "Member must satisfy enum value set: [HASH, RANGE]");
    assert_echoes("{\"KeySchema\":[{}]}",
                  "2 validation errors detected: Value null at 'keySchema.1.member.attributeName' " FAILED
                  "Member must not be null; Value null at 'keySchema.1.member.keyType' " FAILED
                  "Member must not be null");
    assert_echoes("{\"AttributesToGet\":[]}", ONE "Value '[]' at 'attributesToGet' " FAILED
                                                  "Member must have length greater than or equal to 1");
}

static void structures_print_as_java_does(void **state)
{
    (void)state;
    assert_echoes(
        "{\"ShortList\":[{\"AttributeName\":\"UUID\",\"KeyType\":\"HASH\"},"
        "{\"AttributeName\":\"UUID\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"x\"}]}",
        ONE "Value '[KeySchemaElement(attributeName=UUID, keyType=HASH), KeySchemaElement(attributeName="
            "UUID, keyType=HASH), KeySchemaElement(attributeName=x, keyType=null)]' at 'shortList' " FAILED
            "Member must have length less than or equal to 2");
    assert_echoes("{\"Blob\":\"AAAA\"}",
                  ONE "Value 'java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]' at 'blob' " FAILED
                      "Member must have length less than or equal to 2");
}

static void members_of_structures_have_paths(void **state)
{
    (void)state;
    assert_echoes(
        "{\"ProvisionedThroughput\":{\"ReadCapacityUnits\":0,\"WriteCapacityUnits\":-1}}",
        "2 validation errors detected: Value '-1' at 'provisionedThroughput.writeCapacityUnits' " FAILED
        "Member must have value greater than or equal to 1; Value '0' at "
        "'provisionedThroughput.readCapacityUnits' " FAILED
        "Member must have value greater than or equal to 1");
}

static void map_values_have_paths(void **state)
{
    (void)state;
    assert_echoes("{\"RequestItems\":{\"abc\":{}}}",
                  ONE "Value null at 'requestItems.abc.member.keys' " FAILED "Member must not be null");
    assert_echoes(
        "{\"KeyConditions\":{\"a.b\":{\"ComparisonOperator\":\"XX\"}}}",
        ONE "Value 'XX' at 'keyConditions.a.b.member.comparisonOperator' " FAILED
            "Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, "
            "NE, LE, BEGINS_WITH, GE, CONTAINS]");
}

/* Captured from the service in 2026. */
static void bad_map_keys_show_the_map_as_json(void **state)
{
    static const char expected[] = ONE
        "Value '{\"bad!name\":{\"Keys\":[{\"pk\":{\"S\":\"a\"}}]}}' at 'requestItems' " FAILED
        "Map keys must satisfy constraint: [Member must have length less than or equal to 255, Member must "
        "have "
        "length greater than or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]";
    (void)state;
    assert_names("{\"RequestItems\":{\"bad!name\":{\"Keys\":[{\"pk\":{\"S\":\"a\"}}]}}}", expected);
    assert_echoes("{\"RequestItems\":{\"bad!name\":{\"Keys\":[{\"pk\":{\"S\":\"a\"}}]}}}", expected);
}

static void lengths_of_map_values_are_told_of_the_map(void **state)
{
    (void)state;
    assert_echoes(
        "{\"Writes\":{\"abc\":[]}}",
        ONE "Value '{abc=[]}' at 'writes' " FAILED
            "Map value must satisfy constraint: [Member must have length less than or equal to 2, Member "
            "must have length greater than or equal to 1]");
    /* Captured from the service in 2026. */
    const char *text = check(
        &input_shape, "{\"Writes\":{\"abc\":[{\"PutRequest\":{\"Item\":{\"pk\":{\"S\":\"bw-0\"}}}},{},{}]}}",
        SHAPE_ECHOES_VALUE);
    assert_non_null(strstr(
        text, "Value '{abc=[WriteRequest(putRequest=PutRequest(item={pk=AttributeValue(s=bw-0, n=null, "
              "b=null, iNT=null, dECIMAL=null, dOUBLE=null, sS=null, nS=null, bS=null, iNTSET=null, "
              "dECIMALSET=null, dOUBLESET=null, m=null, l=null, nULL=null, bOOL=null)})), "
              "WriteRequest(putRequest=null), WriteRequest(putRequest=null)]}' at 'writes' "));
}

static void attribute_values_print_all_that_they_hold(void **state)
{
    (void)state;
    const char *text =
        check(&input_shape,
              "{\"Writes\":{\"abc\":[{\"PutRequest\":{\"Item\":{\"a\":{\"L\":[{\"N\":\"1.50\"}]},"
              "\"b\":{\"M\":{\"x\":{\"B\":\"AAA=\"}}},\"c\":{\"SS\":[\"y\",\"x\"]},"
              "\"d\":{\"NULL\":true},\"e\":{\"BOOL\":false}}}},{},{}]}}",
              SHAPE_ECHOES_VALUE);
    assert_non_null(strstr(text, "item={a=AttributeValue(s=null, n=null, b=null,"));
    assert_non_null(strstr(text, "m=null, l=[AttributeValue(s=null, n=1.5, b=null,"));
    assert_non_null(
        strstr(text, "m={x=AttributeValue(s=null, n=null, b=java.nio.HeapByteBuffer[pos=0 lim=2 cap=2], "));
    assert_non_null(strstr(
        text, "c=AttributeValue(s=null, n=null, b=null, iNT=null, dECIMAL=null, dOUBLE=null, sS=[x, y], "));
    assert_non_null(strstr(text, "l=null, nULL=true, bOOL=null), e=AttributeValue("));
    assert_non_null(strstr(text, "l=null, nULL=null, bOOL=false)})), WriteRequest("));
}

static void patterns_of_exports(void **state)
{
    (void)state;
    assert_echoes("{\"ClientToken\":\"a$\"}",
                  ONE "Value 'a$' at 'clientToken' " FAILED
                      "Member must satisfy regular expression pattern: ^[^\\$]+$");
    assert_echoes("{\"S3Bucket\":\"-a\"}", ONE
                  "Value '-a' at 's3Bucket' " FAILED
                  "Member must satisfy regular expression pattern: ^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$");
    assert_echoes("{\"S3BucketOwner\":\"12345678901\"}",
                  ONE "Value '12345678901' at 's3BucketOwner' " FAILED
                      "Member must satisfy regular expression pattern: [0-9]{12}");
}

static void lengths_are_counted_in_utf16(void **state)
{
    (void)state;
    assert_accepted("{\"Text\":\"\\ud83d\\ude00\"}");
    assert_accepted("{\"Text\":\"\\u00e9\\u20ac\\u00e9\"}");
    assert_non_null(check(&input_shape, "{\"Text\":\"\\u20ac\"}", SHAPE_ECHOES_VALUE));
    assert_non_null(check(&input_shape, "{\"Text\":\"\\ud83d\\ude00\\ud83d\\ude00\"}", SHAPE_ECHOES_VALUE));
}

static void at_most_ten_are_listed(void **state)
{
    const char *at;
    size_t count = 0;
    (void)state;
    const char *text = check(&input_shape, "{\"KeySchema\":[{},{},{},{},{},{},{}]}", SHAPE_ECHOES_VALUE);
    assert_int_equal(strncmp(text, "10 validation errors detected: ", 31), 0);
    for (at = text; (at = strstr(at, "Value null at")); at++)
        count++;
    assert_int_equal(count, 10);
}

static void failures_stand_in_table_order(void **state)
{
    (void)state;
    assert_echoes("{\"Limit\":0,\"Select\":\"x\",\"IndexName\":\"ab\"}",
                  "3 validation errors detected: Value 'ab' at 'indexName' " FAILED
                  "Member must have length greater than or equal to 3; Value 'x' at 'select' " FAILED
                  "Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, "
                  "ALL_PROJECTED_ATTRIBUTES]; Value '0' at 'limit' " FAILED
                  "Member must have value greater than or equal to 1");
}

/* ------------------------------------------------------------------ the newer wording, captured in 2026 */

#define CAPACITY                                                                                          \
    "Value 'X' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value " \
    "set: "                                                                                               \
    "[INDEXES, TOTAL, NONE]"
#define NEWER_RETURN_VALUES                                                                              \
    "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, " \
    "UPDATE_NEW, NONE]"
#define NEWER_OPERATOR "Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]"

static void assert_write(const char *more, const char *expected)
{
    char json[300];
    snprintf(json, sizeof json, "{\"Key\":{},%s}", more);
    assert_text(&write_input_shape, json, SHAPE_NAMES_MEMBER, expected);
}

static void a_named_member_is_told_alone(void **state)
{
    (void)state;
    assert_write("\"TableName\":\"\",\"ReturnConsumedCapacity\":\"X\",\"ReturnValues\":\"X\"",
                 ONE "Value at 'TableName' " FAILED "Member must have length greater than or equal to 1");
    assert_names("{\"IndexName\":\"ab\",\"Select\":\"x\",\"Limit\":0}",
                 ONE "Value at 'IndexName' " FAILED "Member must have length greater than or equal to 3");
}

static void some_enums_have_a_newer_set(void **state)
{
    (void)state;
    assert_write("\"TableName\":\"abc\",\"ReturnConsumedCapacity\":\"X\",\"ReturnValues\":\"X\"",
                 "2 validation errors detected: " CAPACITY "; " NEWER_RETURN_VALUES);
    assert_write("\"TableName\":\"abc\",\"ReturnConsumedCapacity\":\"X\",\"UpdateReturnValues\":\"X\"",
                 ONE NEWER_RETURN_VALUES);
    assert_write("\"TableName\":\"abc\",\"ReturnConsumedCapacity\":\"X\",\"ConditionalOperator\":\"XOR\"",
                 ONE NEWER_OPERATOR);
    assert_write("\"TableName\":\"abc\",\"ReturnConsumedCapacity\":\"X\",\"QueryOperator\":\"XOR\"",
                 NEWER_OPERATOR);
}

static void without_a_required_member_all_is_told_in_the_older_way(void **state)
{
    (void)state;
    assert_text(&write_input_shape,
                "{\"TableName\":\"\",\"ReturnConsumedCapacity\":\"X\",\"ReturnValues\":\"X\"}",
                SHAPE_NAMES_MEMBER,
                "4 validation errors detected: " CAPACITY "; Value '' at 'tableName' " FAILED
                "Member must have length greater than or equal to 1; Value 'X' at 'returnValues' " FAILED
                "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]; "
                "Value null at 'key' " FAILED "Member must not be null");
}

static void a_last_member_waits_for_the_others(void **state)
{
    (void)state;
    assert_text(&batch_shape, "{\"RequestItems\":{\"abc\":[]},\"ReturnConsumedCapacity\":\"X\"}",
                SHAPE_ECHOES_VALUE, ONE CAPACITY);
    assert_non_null(check(&batch_shape, "{\"RequestItems\":{\"abc\":[]}}", SHAPE_ECHOES_VALUE));
    assert_text(&batch_shape, "{}", SHAPE_ECHOES_VALUE,
                ONE "Value null at 'requestItems' " FAILED "Member must not be null");
}

/* ------------------------------------------------------------------ operations on tables */

static void a_missing_table_parameter_has_its_own_text(void **state)
{
    static const char expected[] = "The parameter 'TableName' is required but was not present in the request";
    (void)state;
    assert_text(&describe_shape, "{}", SHAPE_ECHOES_VALUE, expected);
    assert_text(&create_shape, "{}", SHAPE_ECHOES_VALUE, expected);
    assert_text(&create_shape, "{\"TableName\":null,\"KeySchema\":[]}", SHAPE_ECHOES_VALUE, expected);
}

static void a_table_parameter_of_wrong_length_has_its_own_text(void **state)
{
    static const char expected[] =
        "TableName must be at least 3 characters long and at most 255 characters long";
    char json[400], name[257];
    (void)state;
    assert_text(&describe_shape, "{\"TableName\":\"\"}", SHAPE_ECHOES_VALUE, expected);
    assert_text(&describe_shape, "{\"TableName\":\"a;\"}", SHAPE_ECHOES_VALUE, expected);
    memset(name, 'a', 256);
    name[256] = '\0';
    snprintf(json, sizeof json, "{\"TableName\":\"%s\"}", name);
    assert_text(&describe_shape, json, SHAPE_ECHOES_VALUE, expected);
    assert_text(&describe_shape,
                "{\"TableName\":\"abc;\",\"KeySchema\":[{\"AttributeName\":\"a\",\"KeyType\":\"HASH\"}]}",
                SHAPE_ECHOES_VALUE,
                ONE "Value 'abc;' at 'tableName' " FAILED
                    "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
}

/* Captured from the service in 2026. */
static void the_name_of_a_new_table_is_an_ordinary_constraint(void **state)
{
    (void)state;
    assert_text(&create_shape,
                "{\"TableName\":\"ab\",\"KeySchema\":[{\"AttributeName\":\"a\",\"KeyType\":\"HASH\"}]}",
                SHAPE_ECHOES_VALUE,
                ONE "Value 'ab' at 'tableName' " FAILED "Member must have length greater than or equal to 3");
}

/* ------------------------------------------------------------------ table references */

static void a_plain_name_is_its_own_reference(void **state)
{
    struct table_reference r;
    (void)state;
    assert_true(table_reference_parse(SLICE("abc"), &r, &err));
    assert_true(slice_equal(r.name, SLICE("abc")));
    assert_true(slice_equal(r.given, SLICE("abc")));
    assert_true(slice_is_none(r.region));
    assert_true(slice_is_none(r.account));
}

static void an_arn_names_region_account_and_table(void **state)
{
    struct table_reference r;
    (void)state;
    assert_true(
        table_reference_parse(SLICE("arn:aws:dynamodb:eu-west-1:123456789012:table/a.b-c"), &r, &err));
    assert_true(slice_equal(r.name, SLICE("a.b-c")));
    assert_true(slice_equal(r.region, SLICE("eu-west-1")));
    assert_true(slice_equal(r.account, SLICE("123456789012")));
    assert_true(slice_equal(r.given, SLICE("arn:aws:dynamodb:eu-west-1:123456789012:table/a.b-c")));
    assert_false(table_reference_parse(SLICE("arn:aws:s3:::bucket"), &r, &err));
    assert_int_equal(err.code, ERR_VALIDATION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(good_requests_pass),
        ARENA_TEST(required_members_must_not_be_null),
        ARENA_TEST(a_key_with_bad_content_is_there),
        ARENA_TEST(numbers_have_limits),
        ARENA_TEST(the_newer_wording_names_the_member_only),
        ARENA_TEST(enums_print_their_names_in_the_services_order),
        ARENA_TEST(shared_enums_have_the_services_order),
        ARENA_TEST(shared_enums_match_their_c_values),
        ARENA_TEST(names_have_a_pattern_and_a_length),
        ARENA_TEST(table_names_of_data_operations),
        ARENA_TEST(a_table_may_be_named_by_its_arn),
        ARENA_TEST(list_elements_are_numbered_from_one),
        ARENA_TEST(structures_print_as_java_does),
        ARENA_TEST(members_of_structures_have_paths),
        ARENA_TEST(map_values_have_paths),
        ARENA_TEST(bad_map_keys_show_the_map_as_json),
        ARENA_TEST(lengths_of_map_values_are_told_of_the_map),
        ARENA_TEST(attribute_values_print_all_that_they_hold),
        ARENA_TEST(patterns_of_exports),
        ARENA_TEST(a_named_member_is_told_alone),
        ARENA_TEST(some_enums_have_a_newer_set),
        ARENA_TEST(without_a_required_member_all_is_told_in_the_older_way),
        ARENA_TEST(a_last_member_waits_for_the_others),
        ARENA_TEST(lengths_are_counted_in_utf16),
        ARENA_TEST(at_most_ten_are_listed),
        ARENA_TEST(failures_stand_in_table_order),
        ARENA_TEST(a_missing_table_parameter_has_its_own_text),
        ARENA_TEST(a_table_parameter_of_wrong_length_has_its_own_text),
        ARENA_TEST(the_name_of_a_new_table_is_an_ordinary_constraint),
        ARENA_TEST(a_plain_name_is_its_own_reference),
        ARENA_TEST(an_arn_names_region_account_and_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
