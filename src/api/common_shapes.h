/* common_shapes.h - shapes that several operations share, and what their C types mean.
 * Use:     point to these from member tables; see shape.h.
 * Source:  the service models; printed enum orders from semantics.md 1.6. */
#ifndef STATOR_API_COMMON_SHAPES_H
#define STATOR_API_COMMON_SHAPES_H

#include "api/shape.h"

/* ------------------------------------------------------------------ scalars without constraints */

extern const struct shape shape_string;
extern const struct shape shape_integer;
extern const struct shape shape_long;
extern const struct shape shape_boolean;
extern const struct shape shape_blob;
extern const struct shape shape_attribute_value; /* struct request_value */

/* ------------------------------------------------------------------ names */

extern const struct shape shape_table_arn;          /* a table's name or its ARN: what TableName mostly is */
extern const struct shape shape_table_name;         /* 3..255, PATTERN_NAME: where no ARN may stand */
extern const struct shape shape_index_name;         /* 3..255, PATTERN_NAME */
extern const struct shape shape_attribute_name;     /* 0..65535 */
extern const struct shape shape_key_attribute_name; /* 1..255 */
extern const struct shape shape_attribute_names;    /* AttributesToGet: LIST_OF(struct slice), at least one */
extern const struct shape shape_positive_integer;   /* Limit and the like: at least 1 */

/* What a TableName parameter names. */
struct table_reference {
    struct slice given;   /* as the client wrote it, which is how replies name the table */
    struct slice name;    /* the name alone, 3..255 characters of [a-zA-Z0-9_.-] */
    struct slice region;  /* of the ARN; SLICE_NONE if a plain name was given */
    struct slice account; /* likewise */
};

/* Takes a name or `arn:aws:dynamodb:region:account:table/name` apart. Whether region and account are ours is
 * for the table layer to say. Fails: ERR_VALIDATION. */
[[nodiscard]] bool table_reference_parse(struct slice text, struct table_reference *out, struct error *err);

/* ------------------------------------------------------------------ items and expressions */

extern const struct shape shape_item; /* struct request_item: Item, Key, ExclusiveStartKey */

/* ExpressionAttributeNames: LIST_OF(struct expr_name). */
extern const struct shape shape_expression_names;
/* ExpressionAttributeValues: struct request_values. */
extern const struct shape shape_expression_values;

/* The scope that a request's two maps make; either may be absent. The arrays are shared, not copied. */
#define EXPRESSION_SCOPE(names_, values_)              \
    ((struct expr_scope){.names = (names_).at,         \
                         .name_count = (names_).count, \
                         .values = (values_).at,       \
                         .value_count = (values_).count})
#define EXPRESSION_SCOPE_NAMES(names_) \
    ((struct expr_scope){.names = (names_).at, .name_count = (names_).count})

/* ------------------------------------------------------------------ enums: C order = printed order */

enum return_consumed_capacity {
    RETURN_CONSUMED_CAPACITY_ABSENT,
    RETURN_CONSUMED_CAPACITY_INDEXES,
    RETURN_CONSUMED_CAPACITY_TOTAL,
    RETURN_CONSUMED_CAPACITY_NONE,
};
extern const struct shape shape_return_consumed_capacity;

enum return_item_collection_metrics {
    RETURN_ITEM_COLLECTION_METRICS_ABSENT,
    RETURN_ITEM_COLLECTION_METRICS_SIZE,
    RETURN_ITEM_COLLECTION_METRICS_NONE,
};
extern const struct shape shape_return_item_collection_metrics;

enum return_values {
    RETURN_VALUES_ABSENT,
    RETURN_VALUES_ALL_NEW,
    RETURN_VALUES_UPDATED_OLD,
    RETURN_VALUES_ALL_OLD,
    RETURN_VALUES_NONE,
    RETURN_VALUES_UPDATED_NEW,
};
extern const struct shape shape_return_values;
extern const struct shape shape_return_values_of_update; /* UpdateItem's, with failures told alone */

enum return_values_on_failure {
    RETURN_VALUES_ON_FAILURE_ABSENT,
    RETURN_VALUES_ON_FAILURE_ALL_OLD,
    RETURN_VALUES_ON_FAILURE_NONE,
};
/* ReturnValuesOnConditionCheckFailure */
extern const struct shape shape_return_values_on_failure;

enum select_mode {
    SELECT_ABSENT,
    SELECT_SPECIFIC_ATTRIBUTES,
    SELECT_COUNT,
    SELECT_ALL_ATTRIBUTES,
    SELECT_ALL_PROJECTED_ATTRIBUTES,
};
extern const struct shape shape_select;

enum conditional_operator {
    CONDITIONAL_OPERATOR_ABSENT,
    CONDITIONAL_OPERATOR_OR,
    CONDITIONAL_OPERATOR_AND,
};
extern const struct shape shape_conditional_operator;
extern const struct shape shape_conditional_operator_of_query; /* Query's, told without a prefix */

enum comparison_operator {
    COMPARISON_ABSENT,
    COMPARISON_IN,
    COMPARISON_NULL,
    COMPARISON_BETWEEN,
    COMPARISON_LT,
    COMPARISON_NOT_CONTAINS,
    COMPARISON_EQ,
    COMPARISON_GT,
    COMPARISON_NOT_NULL,
    COMPARISON_NE,
    COMPARISON_LE,
    COMPARISON_BEGINS_WITH,
    COMPARISON_GE,
    COMPARISON_CONTAINS,
};
extern const struct shape shape_comparison_operator;

/* ------------------------------------------------------------------ parameters that expressions replaced */

struct condition {
    LIST_OF(struct request_value) attribute_value_list;
    struct optional_enum comparison_operator;
};

struct condition_entry {
    struct slice name;
    struct condition condition;
};
/* KeyConditions, QueryFilter, ScanFilter: LIST_OF(struct condition_entry). */
extern const struct shape shape_conditions;

struct expected_attribute {
    struct request_value value;
    struct optional_bool exists;
    struct optional_enum comparison_operator;
    LIST_OF(struct request_value) attribute_value_list;
};

struct expected_entry {
    struct slice name;
    struct expected_attribute expected;
};
/* Expected: LIST_OF(struct expected_entry). */
extern const struct shape shape_expected;

enum attribute_action {
    ATTRIBUTE_ACTION_ABSENT,
    ATTRIBUTE_ACTION_ADD,
    ATTRIBUTE_ACTION_PUT,
    ATTRIBUTE_ACTION_DELETE,
};

struct attribute_update {
    struct request_value value;
    struct optional_enum action; /* enum attribute_action */
};

struct attribute_update_entry {
    struct slice name;
    struct attribute_update update;
};
/* AttributeUpdates: LIST_OF(struct attribute_update_entry). */
extern const struct shape shape_attribute_updates;

/* ------------------------------------------------------------------ table definitions */

enum key_type { KEY_TYPE_ABSENT, KEY_TYPE_HASH, KEY_TYPE_RANGE };
extern const struct shape shape_key_type;

struct key_schema_element {
    struct slice attribute_name;
    struct optional_enum key_type; /* enum key_type */
};
extern const struct shape
    shape_key_schema; /* LIST_OF(struct key_schema_element): an index's, which may be long */

enum attribute_type { ATTRIBUTE_TYPE_ABSENT, ATTRIBUTE_TYPE_B, ATTRIBUTE_TYPE_N, ATTRIBUTE_TYPE_S };
extern const struct shape shape_attribute_type;

struct attribute_definition {
    struct slice attribute_name;
    struct optional_enum attribute_type; /* enum attribute_type */
};
extern const struct shape shape_attribute_definitions; /* LIST_OF(struct attribute_definition) */

struct provisioned_throughput {
    struct optional_i64 read_capacity_units;
    struct optional_i64 write_capacity_units;
};
extern const struct shape shape_provisioned_throughput; /* struct provisioned_throughput * */

enum index_projection_type {
    INDEX_PROJECTION_ABSENT,
    INDEX_PROJECTION_ALL,
    INDEX_PROJECTION_INCLUDE,
    INDEX_PROJECTION_KEYS_ONLY,
};

struct index_projection {
    struct optional_enum projection_type; /* enum index_projection_type */
    LIST_OF(struct slice) non_key_attributes;
};
extern const struct shape shape_projection; /* struct index_projection * */

enum billing_mode_given { BILLING_MODE_ABSENT, BILLING_MODE_PROVISIONED, BILLING_MODE_PAY_PER_REQUEST };
extern const struct shape shape_billing_mode;

struct tag {
    struct slice key;
    struct slice value;
};
extern const struct shape shape_tags; /* LIST_OF(struct tag) */
extern const struct shape shape_resource_arn;

#endif
