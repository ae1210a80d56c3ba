/* write_item.h - what PutItem, UpdateItem and DeleteItem have in common: a conditional change of one item. The actions of
 *          TransactWriteItems are decoded into the same struct and checked by the same functions.
 * Use:     an operation's file has the member table over write_item_input and calls write_item(). A transaction checks the
 *          content of all its actions, then prepares all their changes.
 * Flow:    check, look up the table, submit the commit, suspend; when it is durable, answer on the loop. */
#ifndef STATOR_API_WRITE_ITEM_H
#define STATOR_API_WRITE_ITEM_H

#include "api/api.h"
#include "api/common_shapes.h"
#include "api/expressions.h"
#include "engine/item_write.h"
#include "table/catalog.h"

struct write_item_input {
    struct slice table_name;
    struct request_item item; /* PutItem: Item; UpdateItem, DeleteItem: Key */
    LIST_OF(struct expected_entry) expected;
    LIST_OF(struct attribute_update_entry) attribute_updates; /* UpdateItem */
    struct optional_enum conditional_operator;
    struct optional_enum return_values;
    struct optional_enum return_consumed_capacity;
    struct optional_enum return_item_collection_metrics;
    struct optional_enum return_values_on_failure;
    struct slice condition_expression;
    struct slice update_expression; /* UpdateItem */
    LIST_OF(struct expr_name) names;
    struct request_values values;
};

/* The members that all have; `own` is Item or Key. */
#define WRITE_ITEM_MEMBERS(own, return_values_shape)                                                      \
    WRITE_ITEM_MEMBER(return_consumed_capacity, "ReturnConsumedCapacity", shape_return_consumed_capacity, \
                      MEMBER_OPTIONAL),                                                                   \
        WRITE_ITEM_MEMBER(table_name, "TableName", shape_table_arn, MEMBER_REQUIRED),                     \
        WRITE_ITEM_MEMBER(return_values, "ReturnValues", return_values_shape, MEMBER_OPTIONAL),           \
        WRITE_ITEM_MEMBER(conditional_operator, "ConditionalOperator", shape_conditional_operator,        \
                          MEMBER_OPTIONAL),                                                               \
        WRITE_ITEM_MEMBER(item, own, shape_item, MEMBER_REQUIRED),                                        \
        WRITE_ITEM_MEMBER(return_item_collection_metrics, "ReturnItemCollectionMetrics",                  \
                          shape_return_item_collection_metrics, MEMBER_OPTIONAL),                         \
        WRITE_ITEM_MEMBER(expected, "Expected", shape_expected, MEMBER_OPTIONAL),                         \
        WRITE_ITEM_MEMBER(condition_expression, "ConditionExpression", shape_string, MEMBER_OPTIONAL),    \
        WRITE_ITEM_MEMBER(names, "ExpressionAttributeNames", shape_expression_names, MEMBER_OPTIONAL),    \
        WRITE_ITEM_MEMBER(values, "ExpressionAttributeValues", shape_expression_values, MEMBER_OPTIONAL), \
        WRITE_ITEM_MEMBER(return_values_on_failure, "ReturnValuesOnConditionCheckFailure",                \
                          shape_return_values_on_failure, MEMBER_OPTIONAL)
#define WRITE_ITEM_MEMBER(field, name, shape, flag) MEMBER(struct write_item_input, field, name, shape, flag)

/* What is wrong with the request alone. *expressions_out is bound. */
[[nodiscard]] bool write_item_check(struct api_request *q, const struct write_item_input *in,
                                    enum item_action action, struct expressions *expressions_out,
                                    struct error *err);
/* What is wrong with it in view of its table; the change that it asks for. PRE: it passed write_item_check(). */
[[nodiscard]] bool write_item_prepare(const struct catalog_snapshot *catalog,
                                      const struct write_item_input *in, enum item_action action,
                                      const struct expressions *expressions, struct item_change *change_out,
                                      struct error *err);

/* The handler of all three. */
[[nodiscard]] bool write_item(struct api_request *q, enum item_action action, struct error *err);

#endif
