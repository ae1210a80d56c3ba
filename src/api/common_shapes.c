#include "api/common_shapes.h"

#include "table/arn.h"

/* ------------------------------------------------------------------ scalars without constraints */

const struct shape shape_string = {.kind = SHAPE_STRING};
const struct shape shape_integer = {.kind = SHAPE_INTEGER};
const struct shape shape_long = {.kind = SHAPE_LONG};
const struct shape shape_boolean = {.kind = SHAPE_BOOLEAN};
const struct shape shape_blob = {.kind = SHAPE_BLOB};
const struct shape shape_attribute_value = {.kind = SHAPE_VALUE};

/* ------------------------------------------------------------------ names */

const struct shape shape_table_arn = {.kind = SHAPE_STRING, .pattern = PATTERN_TABLE, .range = AT_LEAST(1)};
const struct shape shape_table_name = {
    .kind = SHAPE_STRING, .pattern = PATTERN_NAME, .range = FROM_TO(3, 255)};
const struct shape shape_index_name = {
    .kind = SHAPE_STRING, .pattern = PATTERN_NAME, .range = FROM_TO(3, 255)};
const struct shape shape_attribute_name = {.kind = SHAPE_STRING, .range = AT_MOST(65535)};
const struct shape shape_key_attribute_name = {.kind = SHAPE_STRING, .range = FROM_TO(1, 255)};
const struct shape shape_attribute_names = LIST(struct slice, shape_attribute_name, AT_LEAST(1));
const struct shape shape_positive_integer = {.kind = SHAPE_INTEGER, .range = AT_LEAST(1)};

bool table_reference_parse(struct slice text, struct table_reference *out, struct error *err)
{
    if (!slice_starts_with(text, SLICE("arn:"))) {
        *out = (struct table_reference){.given = text, .name = text};
        return true;
    }
    struct table_arn_parts parts;
    if (!table_arn_parse(text, &parts))
        return error_set(err, ERR_VALIDATION, "Invalid TableArn: Invalid ResourceArn provided as input %.*s",
                         SLICE_PRINTF(text));
    *out = (struct table_reference){
        .given = text, .name = parts.name, .region = parts.region, .account = parts.account};
    return true;
}

/* ------------------------------------------------------------------ items and expressions */

const struct shape shape_item = {.kind = SHAPE_ITEM};
const struct shape shape_expression_names =
    MAP(struct expr_name, placeholder, shape_string, name, shape_string, ANY_LENGTH);
const struct shape shape_expression_values = {.kind = SHAPE_VALUES};

/* ------------------------------------------------------------------ enums */

static const struct slice return_consumed_capacity_names[] = {NAME("INDEXES"), NAME("TOTAL"), NAME("NONE")};
const struct shape shape_return_consumed_capacity = ENUMERATION(return_consumed_capacity_names);

static const struct slice return_item_collection_metrics_names[] = {NAME("SIZE"), NAME("NONE")};
const struct shape shape_return_item_collection_metrics = ENUMERATION(return_item_collection_metrics_names);

static const struct slice return_values_names[] = {NAME("ALL_NEW"), NAME("UPDATED_OLD"), NAME("ALL_OLD"),
                                                   NAME("NONE"), NAME("UPDATED_NEW")};
/* The newer set has a name that there is not, as the service prints it. */
static const struct shape_newer_set return_values_set = {"[ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]",
                                                         NEWER_SET_LISTED};
static const struct shape_newer_set return_values_set_alone = {
    "[ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]", NEWER_SET_ALONE};
const struct shape shape_return_values = ENUMERATION_NEWER(return_values_names, &return_values_set);
const struct shape shape_return_values_of_update =
    ENUMERATION_NEWER(return_values_names, &return_values_set_alone);

static const struct slice return_values_on_failure_names[] = {NAME("ALL_OLD"), NAME("NONE")};
const struct shape shape_return_values_on_failure = ENUMERATION(return_values_on_failure_names);

static const struct slice select_names[] = {NAME("SPECIFIC_ATTRIBUTES"), NAME("COUNT"),
                                            NAME("ALL_ATTRIBUTES"), NAME("ALL_PROJECTED_ATTRIBUTES")};
const struct shape shape_select = ENUMERATION(select_names);

static const struct slice conditional_operator_names[] = {NAME("OR"), NAME("AND")};
static const struct shape_newer_set conditional_operator_set = {"[ALL, OR]", NEWER_SET_ALONE};
static const struct shape_newer_set conditional_operator_set_of_query = {"[ALL, OR]",
                                                                         NEWER_SET_WITHOUT_COUNT};
const struct shape shape_conditional_operator =
    ENUMERATION_NEWER(conditional_operator_names, &conditional_operator_set);
const struct shape shape_conditional_operator_of_query =
    ENUMERATION_NEWER(conditional_operator_names, &conditional_operator_set_of_query);

static const struct slice comparison_operator_names[] = {
    NAME("IN"),          NAME("NULL"), NAME("BETWEEN"),  NAME("LT"), NAME("NOT_CONTAINS"),
    NAME("EQ"),          NAME("GT"),   NAME("NOT_NULL"), NAME("NE"), NAME("LE"),
    NAME("BEGINS_WITH"), NAME("GE"),   NAME("CONTAINS")};
const struct shape shape_comparison_operator = ENUMERATION(comparison_operator_names);

/* ------------------------------------------------------------------ parameters that expressions replaced */

static const struct shape attribute_value_list =
    LIST(struct request_value, shape_attribute_value, ANY_LENGTH);

static const struct shape_member condition_members[] = {
    MEMBER(struct condition, attribute_value_list, "AttributeValueList", attribute_value_list,
           MEMBER_OPTIONAL),
    MEMBER(struct condition, comparison_operator, "ComparisonOperator", shape_comparison_operator,
           MEMBER_REQUIRED),
};
static const struct shape condition = STRUCTURE(struct condition, "Condition", condition_members);
const struct shape shape_conditions =
    MAP(struct condition_entry, name, shape_attribute_name, condition, condition, ANY_LENGTH);

static const struct shape_member expected_members[] = {
    MEMBER(struct expected_attribute, value, "Value", shape_attribute_value, MEMBER_OPTIONAL),
    MEMBER(struct expected_attribute, exists, "Exists", shape_boolean, MEMBER_OPTIONAL),
    MEMBER(struct expected_attribute, comparison_operator, "ComparisonOperator", shape_comparison_operator,
           MEMBER_OPTIONAL),
    MEMBER(struct expected_attribute, attribute_value_list, "AttributeValueList", attribute_value_list,
           MEMBER_OPTIONAL),
};
static const struct shape expected =
    STRUCTURE(struct expected_attribute, "ExpectedAttributeValue", expected_members);
const struct shape shape_expected =
    MAP(struct expected_entry, name, shape_attribute_name, expected, expected, ANY_LENGTH);

static const struct slice attribute_action_names[] = {NAME("ADD"), NAME("PUT"), NAME("DELETE")};
static const struct shape shape_attribute_action = ENUMERATION(attribute_action_names);

static const struct shape_member attribute_update_members[] = {
    MEMBER(struct attribute_update, value, "Value", shape_attribute_value, MEMBER_OPTIONAL),
    MEMBER(struct attribute_update, action, "Action", shape_attribute_action, MEMBER_OPTIONAL),
};
static const struct shape attribute_update =
    STRUCTURE(struct attribute_update, "AttributeValueUpdate", attribute_update_members);
const struct shape shape_attribute_updates =
    MAP(struct attribute_update_entry, name, shape_attribute_name, update, attribute_update, ANY_LENGTH);

/* ------------------------------------------------------------------ table definitions */

static const struct slice key_type_names[] = {NAME("HASH"), NAME("RANGE")};
const struct shape shape_key_type = ENUMERATION(key_type_names);

static const struct shape_member key_schema_element_members[] = {
    MEMBER(struct key_schema_element, attribute_name, "AttributeName", shape_key_attribute_name,
           MEMBER_REQUIRED),
    MEMBER(struct key_schema_element, key_type, "KeyType", shape_key_type, MEMBER_REQUIRED),
};
static const struct shape key_schema_element =
    STRUCTURE(struct key_schema_element, "KeySchemaElement", key_schema_element_members);
const struct shape shape_key_schema = LIST(struct key_schema_element, key_schema_element, AT_LEAST(1));

static const struct slice attribute_type_names[] = {NAME("B"), NAME("N"), NAME("S")};
const struct shape shape_attribute_type = ENUMERATION(attribute_type_names);

static const struct shape_member attribute_definition_members[] = {
    MEMBER(struct attribute_definition, attribute_name, "AttributeName", shape_key_attribute_name,
           MEMBER_REQUIRED),
    MEMBER(struct attribute_definition, attribute_type, "AttributeType", shape_attribute_type,
           MEMBER_REQUIRED),
};
static const struct shape attribute_definition =
    STRUCTURE(struct attribute_definition, "AttributeDefinition", attribute_definition_members);
const struct shape shape_attribute_definitions =
    LIST(struct attribute_definition, attribute_definition, ANY_LENGTH);

static const struct shape capacity_units = {.kind = SHAPE_LONG, .range = AT_LEAST(1)};
/* Failures of the write units are told first. */
static const struct shape_member provisioned_throughput_members[] = {
    MEMBER(struct provisioned_throughput, write_capacity_units, "WriteCapacityUnits", capacity_units,
           MEMBER_REQUIRED),
    MEMBER(struct provisioned_throughput, read_capacity_units, "ReadCapacityUnits", capacity_units,
           MEMBER_REQUIRED),
};
const struct shape shape_provisioned_throughput =
    STRUCTURE(struct provisioned_throughput, "ProvisionedThroughput", provisioned_throughput_members);

static const struct slice projection_type_names[] = {NAME("ALL"), NAME("INCLUDE"), NAME("KEYS_ONLY")};
static const struct shape projection_type = ENUMERATION(projection_type_names);
static const struct shape non_key_attributes = LIST(struct slice, shape_key_attribute_name, FROM_TO(1, 20));

static const struct shape_member projection_members[] = {
    MEMBER(struct index_projection, projection_type, "ProjectionType", projection_type, MEMBER_OPTIONAL),
    MEMBER(struct index_projection, non_key_attributes, "NonKeyAttributes", non_key_attributes,
           MEMBER_OPTIONAL),
};
const struct shape shape_projection = STRUCTURE(struct index_projection, "Projection", projection_members);

static const struct slice billing_mode_names[] = {NAME("PROVISIONED"), NAME("PAY_PER_REQUEST")};
const struct shape shape_billing_mode = ENUMERATION(billing_mode_names);

/* The table layer has texts of its own for what is wrong with a tag. */
static const struct shape_member tag_members[] = {
    MEMBER(struct tag, key, "Key", shape_string, MEMBER_OPTIONAL),
    MEMBER(struct tag, value, "Value", shape_string, MEMBER_OPTIONAL),
};
static const struct shape tag = STRUCTURE(struct tag, "Tag", tag_members);
const struct shape shape_tags = LIST(struct tag, tag, ANY_LENGTH);

/* What is wrong with a short one is told by the operation. */
const struct shape shape_resource_arn = {.kind = SHAPE_STRING, .range = AT_MOST(1283)};
