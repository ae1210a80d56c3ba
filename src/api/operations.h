/* operations.h - every operation of DynamoDB and DynamoDB Streams, as data: one list, from which dispatch,
 *          permissions, metrics and the list of what is built are made.
 * Use:     operation_find() on the X-Amz-Target header; operation_info() for what is known about an operation.
 * Adding:  an operation gets built by writing its file and turning LATER into BUILT here; see README.md.
 * Source:  the service models, and for the newest operations the type declarations of the AWS SDK for
 *          JavaScript v3.
 * Threads: any; everything here is constant. */
#ifndef STATOR_API_OPERATIONS_H
#define STATOR_API_OPERATIONS_H

#include "base/slice.h"

#include <stdbool.h>

/* clang-format off */
/* X(ID, c_name, WireName, service, kind, state, content errors, range errors, action)
 * ID, c_name      OPERATION_PUT_ITEM; the operation is put_item_operation, defined in put_item.c
 * service         which target prefix it is called by: DYNAMODB or STREAMS
 * kind            READ: changes nothing. WRITE: may change items. CONTROL: tables, indexes, backups, settings, tags
 * state           BUILT, or LATER: the server answers UnknownOperationException
 * content errors  PREFIXED: since 2026 DynamoDB puts "1 validation error detected: " before what is wrong with
 *                 the content of a request (semantics.md 1.6); BARE: it does not
 * range errors    how a length or value outside its range is told: ECHOED "Value '0' at 'limit' failed ...", as it has
 *                 always been; NAMED "Value at 'Limit' failed ...", where the service checks against its model
 *                 (captured from the service in several regions, August to October 2026). What is wrong inside attribute
 *                 values is worded accordingly
 * action          OWN: IAM's action is dynamodb:WireName. OF_PARTS: it needs the actions of the item operations
 *                 or statements it is made of */
#define OPERATIONS(X) \
    X(BATCH_EXECUTE_STATEMENT, batch_execute_statement, BatchExecuteStatement, DYNAMODB, WRITE, BUILT, BARE, ECHOED, OF_PARTS) \
    X(BATCH_GET_ITEM, batch_get_item, BatchGetItem, DYNAMODB, READ, BUILT, BARE, NAMED, OWN) \
    X(BATCH_WRITE_ITEM, batch_write_item, BatchWriteItem, DYNAMODB, WRITE, BUILT, BARE, ECHOED, OWN) \
    X(CANCEL_BULK_OPERATION, cancel_bulk_operation, CancelBulkOperation, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(CREATE_BACKUP, create_backup, CreateBackup, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(CREATE_GLOBAL_TABLE, create_global_table, CreateGlobalTable, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(CREATE_TABLE, create_table, CreateTable, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(DELETE_BACKUP, delete_backup, DeleteBackup, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(DELETE_ITEM, delete_item, DeleteItem, DYNAMODB, WRITE, BUILT, PREFIXED, NAMED, OWN) \
    X(DELETE_RESOURCE_POLICY, delete_resource_policy, DeleteResourcePolicy, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(DELETE_TABLE, delete_table, DeleteTable, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(DESCRIBE_BACKUP, describe_backup, DescribeBackup, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(DESCRIBE_BULK_OPERATION, describe_bulk_operation, DescribeBulkOperation, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(DESCRIBE_CONTINUOUS_BACKUPS, describe_continuous_backups, DescribeContinuousBackups, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(DESCRIBE_CONTRIBUTOR_INSIGHTS, describe_contributor_insights, DescribeContributorInsights, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(DESCRIBE_ENDPOINTS, describe_endpoints, DescribeEndpoints, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(DESCRIBE_EXPORT, describe_export, DescribeExport, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(DESCRIBE_GLOBAL_TABLE, describe_global_table, DescribeGlobalTable, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(DESCRIBE_GLOBAL_TABLE_SETTINGS, describe_global_table_settings, DescribeGlobalTableSettings, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(DESCRIBE_IMPORT, describe_import, DescribeImport, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(DESCRIBE_KINESIS_STREAMING_DESTINATION, describe_kinesis_streaming_destination, DescribeKinesisStreamingDestination, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(DESCRIBE_LIMITS, describe_limits, DescribeLimits, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(DESCRIBE_TABLE, describe_table, DescribeTable, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(DESCRIBE_TABLE_REPLICA_AUTO_SCALING, describe_table_replica_auto_scaling, DescribeTableReplicaAutoScaling, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(DESCRIBE_TIME_TO_LIVE, describe_time_to_live, DescribeTimeToLive, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(DISABLE_KINESIS_STREAMING_DESTINATION, disable_kinesis_streaming_destination, DisableKinesisStreamingDestination, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(ENABLE_KINESIS_STREAMING_DESTINATION, enable_kinesis_streaming_destination, EnableKinesisStreamingDestination, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(EXECUTE_STATEMENT, execute_statement, ExecuteStatement, DYNAMODB, WRITE, BUILT, BARE, ECHOED, OF_PARTS) \
    X(EXECUTE_TRANSACTION, execute_transaction, ExecuteTransaction, DYNAMODB, WRITE, BUILT, BARE, ECHOED, OF_PARTS) \
    X(EXPORT_TABLE_TO_POINT_IN_TIME, export_table_to_point_in_time, ExportTableToPointInTime, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(GET_ITEM, get_item, GetItem, DYNAMODB, READ, BUILT, BARE, NAMED, OWN) \
    X(GET_RESOURCE_POLICY, get_resource_policy, GetResourcePolicy, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(IMPORT_TABLE, import_table, ImportTable, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(LIST_BACKUPS, list_backups, ListBackups, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(LIST_BULK_OPERATIONS, list_bulk_operations, ListBulkOperations, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(LIST_CONTRIBUTOR_INSIGHTS, list_contributor_insights, ListContributorInsights, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(LIST_EXPORTS, list_exports, ListExports, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(LIST_GLOBAL_TABLES, list_global_tables, ListGlobalTables, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(LIST_IMPORTS, list_imports, ListImports, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(LIST_TABLES, list_tables, ListTables, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(LIST_TAGS_OF_RESOURCE, list_tags_of_resource, ListTagsOfResource, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(PUT_ITEM, put_item, PutItem, DYNAMODB, WRITE, BUILT, PREFIXED, NAMED, OWN) \
    X(PUT_RESOURCE_POLICY, put_resource_policy, PutResourcePolicy, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(QUERY, query, Query, DYNAMODB, READ, BUILT, PREFIXED, NAMED, OWN) \
    X(RESTORE_TABLE_FROM_BACKUP, restore_table_from_backup, RestoreTableFromBackup, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(RESTORE_TABLE_TO_POINT_IN_TIME, restore_table_to_point_in_time, RestoreTableToPointInTime, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(SCAN, scan, Scan, DYNAMODB, READ, BUILT, BARE, ECHOED, OWN) \
    X(SEARCH_VECTORS, search_vectors, SearchVectors, DYNAMODB, READ, LATER, BARE, NAMED, OWN) \
    X(START_BULK_PUT_ITEMS, start_bulk_put_items, StartBulkPutItems, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(TAG_RESOURCE, tag_resource, TagResource, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(TRANSACT_GET_ITEMS, transact_get_items, TransactGetItems, DYNAMODB, READ, BUILT, BARE, ECHOED, OF_PARTS) \
    X(TRANSACT_WRITE_ITEMS, transact_write_items, TransactWriteItems, DYNAMODB, WRITE, BUILT, BARE, ECHOED, OF_PARTS) \
    X(UNTAG_RESOURCE, untag_resource, UntagResource, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(UPDATE_CONTINUOUS_BACKUPS, update_continuous_backups, UpdateContinuousBackups, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(UPDATE_CONTRIBUTOR_INSIGHTS, update_contributor_insights, UpdateContributorInsights, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(UPDATE_GLOBAL_TABLE, update_global_table, UpdateGlobalTable, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(UPDATE_GLOBAL_TABLE_SETTINGS, update_global_table_settings, UpdateGlobalTableSettings, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(UPDATE_ITEM, update_item, UpdateItem, DYNAMODB, WRITE, BUILT, PREFIXED, NAMED, OWN) \
    X(UPDATE_KINESIS_STREAMING_DESTINATION, update_kinesis_streaming_destination, UpdateKinesisStreamingDestination, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(UPDATE_TABLE, update_table, UpdateTable, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(UPDATE_TABLE_REPLICA_AUTO_SCALING, update_table_replica_auto_scaling, UpdateTableReplicaAutoScaling, DYNAMODB, CONTROL, LATER, BARE, ECHOED, OWN) \
    X(UPDATE_TIME_TO_LIVE, update_time_to_live, UpdateTimeToLive, DYNAMODB, CONTROL, BUILT, BARE, ECHOED, OWN) \
    X(DESCRIBE_STREAM, describe_stream, DescribeStream, STREAMS, READ, BUILT, BARE, ECHOED, OWN) \
    X(GET_RECORDS, get_records, GetRecords, STREAMS, READ, BUILT, BARE, ECHOED, OWN) \
    X(GET_SHARD_ITERATOR, get_shard_iterator, GetShardIterator, STREAMS, READ, BUILT, BARE, ECHOED, OWN) \
    X(LIST_STREAMS, list_streams, ListStreams, STREAMS, READ, BUILT, BARE, ECHOED, OWN)
/* clang-format on */

/* The operation of a request whose target names none is OPERATION_NONE. */
enum operation_id {
    OPERATION_NONE,
#define X(id, c_name, wire_name, service, kind, state, content, ranges, action) OPERATION_##id,
    OPERATIONS(X)
#undef X
        OPERATION_COUNT
};

enum operation_service { OPERATION_SERVICE_DYNAMODB, OPERATION_SERVICE_STREAMS };

enum operation_kind { OPERATION_KIND_READ, OPERATION_KIND_WRITE, OPERATION_KIND_CONTROL };

struct operation {
    enum operation_id id;
    struct slice name; /* "PutItem" */
    enum operation_service service;
    enum operation_kind kind;
    bool built;
    bool content_errors_prefixed;
    bool range_errors_named;
    struct slice action; /* "dynamodb:PutItem"; SLICE_NONE if it is that of its parts */
};

/* Facts from the list above. For OPERATION_NONE the name is "Unknown" and it is not built. PRE: id <
 * OPERATION_COUNT. */
const struct operation *operation_info(enum operation_id id);

/* The operation called by "DynamoDB_20120810.PutItem"; OPERATION_NONE if no service has it. Letter case
 * matters. */
enum operation_id operation_find(struct slice target);

#endif
