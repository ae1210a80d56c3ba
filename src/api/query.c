/* query.c - Query: the items of one partition key value, in the order of their sort keys; of a table or of an index. */
#include "api/read_page.h"
#include "engine/item_range.h"

#define M(field, name, shape, flag) READ_PAGE_MEMBER(field, name, shape, flag)
static const struct shape_member members[] = {
    M(return_consumed_capacity, "ReturnConsumedCapacity", shape_return_consumed_capacity, MEMBER_OPTIONAL),
    M(select, "Select", shape_select, MEMBER_OPTIONAL),
    M(limit, "Limit", shape_positive_integer, MEMBER_OPTIONAL),
    M(attributes_to_get, "AttributesToGet", shape_attribute_names, MEMBER_OPTIONAL),
    M(table_name, "TableName", shape_table_arn, MEMBER_REQUIRED),
    M(index_name, "IndexName", shape_index_name, MEMBER_OPTIONAL),
    M(consistent_read, "ConsistentRead", shape_boolean, MEMBER_OPTIONAL),
    M(key_conditions, "KeyConditions", shape_conditions, MEMBER_OPTIONAL),
    M(filter, "QueryFilter", shape_conditions, MEMBER_OPTIONAL),
    M(conditional_operator, "ConditionalOperator", shape_conditional_operator_of_query, MEMBER_OPTIONAL),
    M(scan_index_forward, "ScanIndexForward", shape_boolean, MEMBER_OPTIONAL),
    M(exclusive_start_key, "ExclusiveStartKey", shape_item, MEMBER_OPTIONAL),
    M(projection_expression, "ProjectionExpression", shape_string, MEMBER_OPTIONAL),
    M(filter_expression, "FilterExpression", shape_string, MEMBER_OPTIONAL),
    M(key_condition_expression, "KeyConditionExpression", shape_string, MEMBER_OPTIONAL),
    M(names, "ExpressionAttributeNames", shape_expression_names, MEMBER_OPTIONAL),
    M(values, "ExpressionAttributeValues", shape_expression_values, MEMBER_OPTIONAL),
};
static const struct shape input_shape = STRUCTURE(struct read_page_input, "QueryInput", members);

static bool check_key_condition_given(const struct read_page_input *in, struct error *err)
{
    if (!slice_is_none(in->key_condition_expression) || in->key_conditions.at)
        return true;
    return error_set(err, ERR_VALIDATION,
                     "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
                     "request.");
}

/* Of all that can be wrong with a Query's content only Select is told in the frame of the checks against the model; so
 * it comes right after those. */
static bool check_content(struct api_request *q, const struct read_page_input *in,
                          struct expressions *expressions, struct error *err)
{
    struct expression_request request = {
        .expressions = {{EXPR_PROJECTION, in->projection_expression},
                        {EXPR_FILTER, in->filter_expression},
                        {EXPR_KEY_CONDITION, in->key_condition_expression}},
        .expression_count = 3,
        .names = in->names.at,
        .name_count = in->names.count,
        .values = &in->values,
        .older = read_page_older(in, "QueryFilter"),
    };
    request.older.filter_first = true;
    request.older.key_conditions = in->key_conditions.at;
    request.older.key_condition_count = in->key_conditions.count;
    return (read_page_check_select(in, err) || api_content_error(q, err)) &&
           expressions_check(&request, err) && expressions_check_older(&request, err) &&
           read_page_check_start(in, err) && check_key_condition_given(in, err) &&
           expressions_bind(q, &request, expressions, err);
}

/* The older KeyConditions know one partition key and one sort key. */
static bool check_key_conditions(const struct read_page_input *in, const struct item_source *source,
                                 struct error *err)
{
    const struct key_schema *key = item_source_key(source);
    if (!in->key_conditions.at || (key->hash_count == 1 && key->range_count <= 1))
        return true;
    return error_set(err, ERR_VALIDATION,
                     "KeyConditions is not supported for an index with several HASH or RANGE attributes: "
                     "%.*s. Use KeyConditionExpression",
                     SLICE_PRINTF(source->index->name));
}

/* The order in which DynamoDB compares a request with its table or index. */
static bool check_against_source(const struct read_page_input *in, struct read_page *page,
                                 struct arena *arena, struct storage_partition_range *range_out,
                                 struct error *err)
{
    const struct expressions *e = page->expressions;
    const struct table *table = page->source.table;
    struct key_conditions conditions;
    bool reverse = in->scan_index_forward.given && !in->scan_index_forward.value;
    expr_key_conditions(e->key_condition, &conditions);
    return check_key_conditions(in, &page->source, err) &&
           item_query_range(&page->source, &conditions, reverse, in->exclusive_start_key.item, arena,
                            range_out, err) &&
           expressions_check_key_paths(e->projection, table, err) &&
           expressions_check_query_filter(e->filter, item_source_key(&page->source), err) &&
           read_page_check_attributes(in, &page->source, e, &page->fetch, err) &&
           expressions_check_key_paths(e->filter, table, err);
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct read_page_input *in = q->input;
    struct expressions expressions;
    struct read_page page = {.expressions = &expressions};
    struct storage_partition_range range;
    return check_content(q, in, &expressions, err) && read_page_source(q, in, &page.source, err) &&
           check_against_source(in, &page, q->arena, &range, err) &&
           read_page_view(q, &page.source, &page.view, err) &&
           storage_view_scan_partition(page.view, &range, q->arena, &page.cursor, err) &&
           read_page_start(q, &page, err);
}

const struct api_operation query_operation = {OPERATION_QUERY, &input_shape, handle};
