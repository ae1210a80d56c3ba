#include "api/operations.h"
#include "support/cmocka.h"

#include <stdio.h>

/* The commands of @aws-sdk/client-dynamodb 3.1162.0 and @aws-sdk/client-dynamodb-streams 3.1141.0. */
static const char *const dynamodb_names[] = {
    "BatchExecuteStatement",
    "BatchGetItem",
    "BatchWriteItem",
    "CancelBulkOperation",
    "CreateBackup",
    "CreateGlobalTable",
    "CreateTable",
    "DeleteBackup",
    "DeleteItem",
    "DeleteResourcePolicy",
    "DeleteTable",
    "DescribeBackup",
    "DescribeBulkOperation",
    "DescribeContinuousBackups",
    "DescribeContributorInsights",
    "DescribeEndpoints",
    "DescribeExport",
    "DescribeGlobalTable",
    "DescribeGlobalTableSettings",
    "DescribeImport",
    "DescribeKinesisStreamingDestination",
    "DescribeLimits",
    "DescribeTable",
    "DescribeTableReplicaAutoScaling",
    "DescribeTimeToLive",
    "DisableKinesisStreamingDestination",
    "EnableKinesisStreamingDestination",
    "ExecuteStatement",
    "ExecuteTransaction",
    "ExportTableToPointInTime",
    "GetItem",
    "GetResourcePolicy",
    "ImportTable",
    "ListBackups",
    "ListBulkOperations",
    "ListContributorInsights",
    "ListExports",
    "ListGlobalTables",
    "ListImports",
    "ListTables",
    "ListTagsOfResource",
    "PutItem",
    "PutResourcePolicy",
    "Query",
    "RestoreTableFromBackup",
    "RestoreTableToPointInTime",
    "Scan",
    "SearchVectors",
    "StartBulkPutItems",
    "TagResource",
    "TransactGetItems",
    "TransactWriteItems",
    "UntagResource",
    "UpdateContinuousBackups",
    "UpdateContributorInsights",
    "UpdateGlobalTable",
    "UpdateGlobalTableSettings",
    "UpdateItem",
    "UpdateKinesisStreamingDestination",
    "UpdateTable",
    "UpdateTableReplicaAutoScaling",
    "UpdateTimeToLive",
};

static const char *const streams_names[] = {
    "DescribeStream",
    "GetRecords",
    "GetShardIterator",
    "ListStreams",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum operation_id find(const char *prefix, const char *name)
{
    char target[128];
    snprintf(target, sizeof target, "%s.%s", prefix, name);
    return operation_find(slice_from_cstr(target));
}

static void assert_found(const char *prefix, const char *other_prefix, const char *const *names, size_t count,
                         enum operation_service service)
{
    for (size_t i = 0; i < count; i++) {
        enum operation_id id = find(prefix, names[i]);
        if (id == OPERATION_NONE)
            fail_msg("%s is not known", names[i]);
        assert_true(slice_equal(operation_info(id)->name, slice_from_cstr(names[i])));
        assert_int_equal(operation_info(id)->id, id);
        assert_int_equal(operation_info(id)->service, service);
        assert_int_equal(find(other_prefix, names[i]), OPERATION_NONE);
    }
}

static void every_operation_of_the_sdk_is_found(void **state)
{
    (void)state;
    assert_found("DynamoDB_20120810", "DynamoDBStreams_20120810", dynamodb_names, COUNT(dynamodb_names),
                 OPERATION_SERVICE_DYNAMODB);
    assert_found("DynamoDBStreams_20120810", "DynamoDB_20120810", streams_names, COUNT(streams_names),
                 OPERATION_SERVICE_STREAMS);
    assert_int_equal(OPERATION_COUNT - 1, COUNT(dynamodb_names) + COUNT(streams_names));
}

static void unknown_targets_are_no_operation(void **state)
{
    static const char *const targets[] = {
        "",
        ".",
        "PutItem",
        ".PutItem",
        "DynamoDB_20120810",
        "DynamoDB_20120810.",
        "DynamoDB_20120810.P",
        "DynamoDB_20120810.putItem",
        "DynamoDB_20120810.PUTITEM",
        "DynamoDB_20120810.PutItems",
        "DynamoDB_20120810.PutIte",
        "DynamoDB_20120810.PutItem ",
        "DynamoDB_20120810.Unknown",
        "dynamodb_20120810.PutItem",
        "DynamoDB_20111205.PutItem",
        "DynamoDBStreams_20120810.PutItem",
        "DynamoDB_20120810.GetRecords",
        "DynamoDB_20120810.DescribeDescribeDescribeDescribeDescribeDescribeDescribe",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++)
        assert_int_equal(operation_find(slice_from_cstr(targets[i])), OPERATION_NONE);
}

static void actions_are_named_after_operations(void **state)
{
    (void)state;
    assert_true(slice_equal(operation_info(OPERATION_PUT_ITEM)->action, SLICE("dynamodb:PutItem")));
    assert_true(slice_equal(operation_info(OPERATION_GET_RECORDS)->action, SLICE("dynamodb:GetRecords")));
    assert_true(slice_is_none(operation_info(OPERATION_TRANSACT_WRITE_ITEMS)->action));
    assert_true(slice_is_none(operation_info(OPERATION_EXECUTE_STATEMENT)->action));
}

/* semantics.md 1.6, the rollout of 2026. */
static void content_errors_of_writes_and_query_are_prefixed(void **state)
{
    (void)state;
    assert_true(operation_info(OPERATION_PUT_ITEM)->content_errors_prefixed);
    assert_true(operation_info(OPERATION_UPDATE_ITEM)->content_errors_prefixed);
    assert_true(operation_info(OPERATION_DELETE_ITEM)->content_errors_prefixed);
    assert_true(operation_info(OPERATION_QUERY)->content_errors_prefixed);
    assert_false(operation_info(OPERATION_GET_ITEM)->content_errors_prefixed);
    assert_false(operation_info(OPERATION_SCAN)->content_errors_prefixed);
    assert_false(operation_info(OPERATION_BATCH_GET_ITEM)->content_errors_prefixed);
    assert_false(operation_info(OPERATION_TRANSACT_WRITE_ITEMS)->content_errors_prefixed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_of_the_sdk_is_found),
        cmocka_unit_test(unknown_targets_are_no_operation),
        cmocka_unit_test(actions_are_named_after_operations),
        cmocka_unit_test(content_errors_of_writes_and_query_are_prefixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
