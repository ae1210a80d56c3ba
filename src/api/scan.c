/* scan.c - Scan: every item of a table, or entry of an index, page by page, or one segment of them. */
#include "api/read_page.h"
#include "engine/item_range.h"

static const struct shape shape_segment = {.kind = SHAPE_INTEGER, .range = FROM_TO(0, 999999)};
static const struct shape shape_total_segments = {.kind = SHAPE_INTEGER, .range = FROM_TO(1, 1000000)};

#define M(field, name, shape, flag) READ_PAGE_MEMBER(field, name, shape, flag)
static const struct shape_member members[] = {
    M(select, "Select", shape_select, MEMBER_OPTIONAL),
    M(attributes_to_get, "AttributesToGet", shape_attribute_names, MEMBER_OPTIONAL),
    M(return_consumed_capacity, "ReturnConsumedCapacity", shape_return_consumed_capacity, MEMBER_OPTIONAL),
    M(conditional_operator, "ConditionalOperator", shape_conditional_operator, MEMBER_OPTIONAL),
    M(table_name, "TableName", shape_table_arn, MEMBER_REQUIRED),
    M(total_segments, "TotalSegments", shape_total_segments, MEMBER_OPTIONAL),
    M(segment, "Segment", shape_segment, MEMBER_OPTIONAL),
    M(limit, "Limit", shape_positive_integer, MEMBER_OPTIONAL),
    M(index_name, "IndexName", shape_index_name, MEMBER_OPTIONAL),
    M(filter, "ScanFilter", shape_conditions, MEMBER_OPTIONAL),
    M(exclusive_start_key, "ExclusiveStartKey", shape_item, MEMBER_OPTIONAL),
    M(consistent_read, "ConsistentRead", shape_boolean, MEMBER_OPTIONAL),
    M(projection_expression, "ProjectionExpression", shape_string, MEMBER_OPTIONAL),
    M(filter_expression, "FilterExpression", shape_string, MEMBER_OPTIONAL),
    M(names, "ExpressionAttributeNames", shape_expression_names, MEMBER_OPTIONAL),
    M(values, "ExpressionAttributeValues", shape_expression_values, MEMBER_OPTIONAL),
};
static const struct shape input_shape = STRUCTURE(struct read_page_input, "ScanInput", members);

/* Segment and TotalSegments come together, the first below the second. */
static bool check_segments(const struct read_page_input *in, struct scan_segment *segment_out,
                           struct error *err)
{
    *segment_out = (struct scan_segment){.index = 0, .total = 1};
    if (!in->segment.given && !in->total_segments.given)
        return true;
    if (!in->total_segments.given)
        return error_set(
            err, ERR_VALIDATION,
            "The TotalSegments parameter is required but was not present in the request when Segment "
            "parameter is present");
    if (!in->segment.given)
        return error_set(
            err, ERR_VALIDATION,
            "The Segment parameter is required but was not present in the request when parameter "
            "TotalSegments is present");
    if (in->segment.value >= in->total_segments.value)
        return error_set(err, ERR_VALIDATION,
                         "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
                         "Segment: %lld is not less than TotalSegments: %lld",
                         (long long)in->segment.value, (long long)in->total_segments.value);
    *segment_out = (struct scan_segment){(uint32_t)in->segment.value, (uint32_t)in->total_segments.value};
    return true;
}

static bool check_content(struct api_request *q, const struct read_page_input *in,
                          struct scan_segment *segment_out, struct expressions *expressions,
                          struct error *err)
{
    const struct expression_request request = {
        .expressions = {{EXPR_PROJECTION, in->projection_expression}, {EXPR_FILTER, in->filter_expression}},
        .expression_count = 2,
        .names = in->names.at,
        .name_count = in->names.count,
        .values = &in->values,
        .older = read_page_older(in, "ScanFilter"),
    };
    return (expressions_check(&request, err) && expressions_check_older(&request, err) &&
            read_page_check_start(in, err) && read_page_check_select(in, err) &&
            check_segments(in, segment_out, err) && expressions_bind(q, &request, expressions, err)) ||
           api_content_error(q, err);
}

/* The order in which DynamoDB compares a request with its table or index. */
static bool check_against_source(const struct read_page_input *in, struct scan_segment segment,
                                 struct read_page *page, struct arena *arena,
                                 struct storage_hash_range *range_out, struct error *err)
{
    const struct expressions *e = page->expressions;
    const struct table *table = page->source.table;
    struct slice start = in->exclusive_start_key.item;
    return item_scan_start(&page->source, start, err) &&
           read_page_check_attributes(in, &page->source, e, &page->fetch, err) &&
           item_scan_range(&page->source, segment, start, arena, range_out, err) &&
           expressions_check_key_paths(e->projection, table, err) &&
           expressions_check_key_paths(e->filter, table, err);
}

static bool handle(struct api_request *q, struct error *err)
{
    const struct read_page_input *in = q->input;
    struct scan_segment segment;
    struct expressions expressions;
    struct read_page page = {.expressions = &expressions};
    struct storage_hash_range range;
    return check_content(q, in, &segment, &expressions, err) && read_page_source(q, in, &page.source, err) &&
           check_against_source(in, segment, &page, q->arena, &range, err) &&
           read_page_view(q, &page.source, &page.view, err) &&
           storage_view_scan_hash(page.view, &range, q->arena, &page.cursor, err) &&
           read_page_start(q, &page, err);
}

const struct api_operation scan_operation = {OPERATION_SCAN, &input_shape, handle};
