#include "api/legacy_priv.h"

#include "base/contract.h"

/* ------------------------------------------------------------------ values */

bool legacy_check_value(const struct request_value *value, struct error *err)
{
    if (!value->given)
        return error_set(
            err, ERR_VALIDATION,
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
    if (value->issue.code == ERR_NONE)
        return true;
    *err = value->issue;
    return false;
}

static bool check_values(const struct comparison *c, struct error *err)
{
    for (size_t i = 0; i < c->value_count; i++)
        if (!legacy_check_value(&c->values[i], err))
            return false;
    return true;
}

/* ------------------------------------------------------------------ operators */

#define TYPE(type)     (1u << VALUE_##type)
#define TYPES_ANY      ((1u << VALUE_TYPE_COUNT) - 1)
#define TYPES_ORDERED  (TYPE(S) | TYPE(N) | TYPE(B))
#define TYPES_MEMBERS  (TYPES_ORDERED | TYPE(BOOL) | TYPE(NULL))
#define TYPES_PREFIXES (TYPE(S) | TYPE(B))

/* What each operator wants. */
static const struct comparison_rule {
    const char *name;
    enum legacy_comparison meaning;
    unsigned count_min, count_max; /* of values */
    unsigned types;
} rules[] = {
    [COMPARISON_IN] = {"IN", LEGACY_IN, 1, UINT32_MAX, TYPES_ORDERED},
    [COMPARISON_NULL] = {"NULL", LEGACY_NULL, 0, 0, TYPES_ANY},
    [COMPARISON_BETWEEN] = {"BETWEEN", LEGACY_BETWEEN, 2, 2, TYPES_ORDERED},
    [COMPARISON_LT] = {"LT", LEGACY_LT, 1, 1, TYPES_ORDERED},
    [COMPARISON_NOT_CONTAINS] = {"NOT_CONTAINS", LEGACY_NOT_CONTAINS, 1, 1, TYPES_MEMBERS},
    [COMPARISON_EQ] = {"EQ", LEGACY_EQ, 1, 1, TYPES_ANY},
    [COMPARISON_GT] = {"GT", LEGACY_GT, 1, 1, TYPES_ORDERED},
    [COMPARISON_NOT_NULL] = {"NOT_NULL", LEGACY_NOT_NULL, 0, 0, TYPES_ANY},
    [COMPARISON_NE] = {"NE", LEGACY_NE, 1, 1, TYPES_ANY},
    [COMPARISON_LE] = {"LE", LEGACY_LE, 1, 1, TYPES_ORDERED},
    [COMPARISON_BEGINS_WITH] = {"BEGINS_WITH", LEGACY_BEGINS_WITH, 1, 1, TYPES_PREFIXES},
    [COMPARISON_GE] = {"GE", LEGACY_GE, 1, 1, TYPES_ORDERED},
    [COMPARISON_CONTAINS] = {"CONTAINS", LEGACY_CONTAINS, 1, 1, TYPES_MEMBERS},
};

static bool check_count(const struct comparison *c, struct error *err)
{
    const struct comparison_rule *rule = &rules[c->op];
    if (c->value_count >= rule->count_min && c->value_count <= rule->count_max)
        return true;
    return error_set(err, ERR_VALIDATION,
                     INVALID_PARAMETERS "Invalid number of argument(s) for the %s ComparisonOperator",
                     rule->name);
}

static bool check_same_type(const struct comparison *c, struct error *err)
{
    for (size_t i = 1; i < c->value_count; i++)
        if (c->values[i].value.type != c->values[0].value.type)
            return error_set(err, ERR_VALIDATION,
                             INVALID_PARAMETERS
                             "AttributeValues inside AttributeValueList must be of same type");
    return true;
}

static bool check_type(const struct comparison *c, struct error *err)
{
    const struct comparison_rule *rule = &rules[c->op];
    if (c->value_count == 0 || rule->types & 1u << c->values[0].value.type)
        return true;
    return error_set(err, ERR_VALIDATION,
                     INVALID_PARAMETERS "ComparisonOperator %s is not valid for %s AttributeValue type",
                     rule->name, value_type_name(c->values[0].value.type));
}

static bool check_bounds(const struct comparison *c, struct error *err)
{
    if (c->op != COMPARISON_BETWEEN || value_compare(&c->values[0].value, &c->values[1].value) <= 0)
        return true;
    return error_set(err, ERR_VALIDATION,
                     "The BETWEEN condition was provided a range where the lower bound is greater than the "
                     "upper bound");
}

bool comparison_check(const struct comparison *c, struct error *err)
{
    return check_values(c, err) && check_count(c, err) && check_same_type(c, err) && check_type(c, err) &&
           check_bounds(c, err);
}

struct legacy_condition comparison_translate(const struct comparison *c, struct arena *arena)
{
    struct value *operands = ARENA_NEW_ARRAY(arena, struct value, c->value_count);
    for (size_t i = 0; i < c->value_count; i++)
        operands[i] = c->values[i].value;
    return (struct legacy_condition){.attribute = c->attribute,
                                     .comparison = rules[c->op].meaning,
                                     .operands = operands,
                                     .operand_count = c->value_count};
}

struct comparison comparison_of_condition(const struct condition_entry *entry)
{
    return (struct comparison){
        .attribute = entry->name,
        .op = (enum comparison_operator)entry->condition.comparison_operator.value,
        .values = entry->condition.attribute_value_list.at,
        .value_count = entry->condition.attribute_value_list.count,
    };
}

/* ------------------------------------------------------------------ Expected */

static bool check_comparison_form(const struct expected_attribute *x, struct slice name, struct error *err)
{
    enum comparison_operator op = (enum comparison_operator)x->comparison_operator.value;
    if (x->exists.given)
        return error_set(err, ERR_VALIDATION,
                         INVALID_PARAMETERS
                         "Exists and ComparisonOperator cannot be used together for Attribute: %.*s",
                         SLICE_PRINTF(name));
    if (!x->value.given && !x->attribute_value_list.at && rules[op].count_min > 0)
        return error_set(err, ERR_VALIDATION,
                         INVALID_PARAMETERS "Value or AttributeValueList must be used with "
                                            "ComparisonOperator: %s for Attribute: %.*s",
                         rules[op].name, SLICE_PRINTF(name));
    return true;
}

static bool check_value_form(const struct expected_attribute *x, struct slice name, struct error *err)
{
    bool exists = !x->exists.given || x->exists.value;
    if (x->attribute_value_list.at)
        return error_set(err, ERR_VALIDATION,
                         INVALID_PARAMETERS
                         "AttributeValueList can only be used with a ComparisonOperator for Attribute: %.*s",
                         SLICE_PRINTF(name));
    if (exists && !x->value.given)
        return error_set(err, ERR_VALIDATION,
                         INVALID_PARAMETERS "Value must be provided when Exists is %s for Attribute: %.*s",
                         x->exists.given ? "true" : "null", SLICE_PRINTF(name));
    if (!exists && x->value.given)
        return error_set(err, ERR_VALIDATION,
                         INVALID_PARAMETERS "Value cannot be used when Exists is false for Attribute: %.*s",
                         SLICE_PRINTF(name));
    return true;
}

bool expected_check_form(const struct expected_entry *entry, struct error *err)
{
    const struct expected_attribute *x = &entry->expected;
    if (x->value.given && x->attribute_value_list.at)
        return error_set(err, ERR_VALIDATION,
                         INVALID_PARAMETERS
                         "Value and AttributeValueList cannot be used together for Attribute: %.*s",
                         SLICE_PRINTF(entry->name));
    return x->comparison_operator.value == COMPARISON_ABSENT ? check_value_form(x, entry->name, err)
                                                             : check_comparison_form(x, entry->name, err);
}

struct comparison comparison_of_expected(const struct expected_entry *entry)
{
    const struct expected_attribute *x = &entry->expected;
    struct comparison c = {.attribute = entry->name, .op = COMPARISON_EQ};
    if (x->comparison_operator.value != COMPARISON_ABSENT)
        c.op = (enum comparison_operator)x->comparison_operator.value;
    else if (!x->value.given)
        c.op = COMPARISON_NULL;
    c.values = x->value.given ? &x->value : x->attribute_value_list.at;
    c.value_count = x->value.given ? 1 : x->attribute_value_list.count;
    return c;
}
