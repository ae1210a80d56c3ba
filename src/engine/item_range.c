#include "engine/item_range.h"

#include "base/contract.h"
#include "engine/item_key.h"
#include "item/key.h"

/* ------------------------------------------------------------------ a query against the schema */

/* What a query says about one key attribute. */
struct key_part {
    const struct key_attribute *attribute;
    bool is_hash;
    const struct key_condition *condition; /* NULL: none, which only a sort key may have */
    struct value start;                    /* of the starting key, if there is one */
};

static bool read_start(struct key_part *part, struct slice start, struct error *err)
{
    if (!item_attribute(start, part->attribute->name, &part->start))
        return error_set(err, ERR_VALIDATION, "The provided starting key is invalid");
    if (part->start.type != part->attribute->type)
        return error_set(err, ERR_VALIDATION, "The provided key element does not match the schema");
    return true;
}

static const struct key_condition *condition_on(const struct key_conditions *conditions,
                                                struct slice attribute)
{
    for (size_t i = 0; i < conditions->count; i++)
        if (slice_equal(conditions->conditions[i].attribute, attribute))
            return &conditions->conditions[i];
    return NULL;
}

static bool check_operand_type(const struct key_part *part, const struct value *operand, struct error *err)
{
    if (operand->type == part->attribute->type)
        return true;
    return error_set(
        err, ERR_VALIDATION,
        "One or more parameter values were invalid: Condition parameter type does not match schema "
        "type");
}

static bool check_condition(const struct key_part *part, struct error *err)
{
    const struct key_condition *condition = part->condition;
    if (condition->comparison == KEY_NOT_INDEXABLE)
        return error_set(err, ERR_VALIDATION,
                         "Attempted conditional constraint is not an indexable operation");
    bool has_upper = condition->comparison == KEY_BETWEEN;
    if (!check_operand_type(part, &condition->operand, err) ||
        (has_upper && !check_operand_type(part, &condition->upper, err)))
        return false;
    if (part->is_hash && condition->comparison != KEY_EQ)
        return error_set(err, ERR_VALIDATION, "Query key condition not supported");
    return item_key_check_value(part->attribute, &condition->operand, part->is_hash, err) &&
           (!has_upper || item_key_check_value(part->attribute, &condition->upper, part->is_hash, err));
}

static bool read_condition(struct key_part *part, const struct key_conditions *conditions, struct error *err)
{
    part->condition = condition_on(conditions, part->attribute->name);
    if (part->condition)
        return check_condition(part, err);
    if (!part->is_hash && conditions->count == 1)
        return true;
    return error_set(err, ERR_VALIDATION, "Query condition missed key schema element: %.*s",
                     SLICE_PRINTF(part->attribute->name));
}

static bool read_part(struct key_part *part, const struct key_conditions *conditions, struct slice start,
                      struct error *err)
{
    return (slice_is_none(start) || read_start(part, start, err)) && read_condition(part, conditions, err);
}

static bool check_counts(size_t key_count, const struct key_conditions *conditions, struct slice start,
                         struct error *err)
{
    struct value attributes;
    if (!slice_is_none(start)) {
        item_attributes(start, &attributes);
        if (attributes.count != key_count)
            return error_set(err, ERR_VALIDATION, "The provided starting key is invalid");
    }
    if (conditions->count > key_count)
        return error_set(
            err, ERR_VALIDATION,
            "The number of query conditions (%zu) exceeds the number of key attributes defined in the "
            "schema (%zu)",
            conditions->count, key_count);
    return true;
}

/* The way DynamoDB goes: one key attribute after the other, and of each first the starting key, then the conditions. So a
 * missing partition key condition is told before a wrong sort key to start from. */
static bool match_schema(const struct key_schema *schema, const struct key_conditions *conditions,
                         struct slice start, struct key_part *hash, struct key_part *range, struct error *err)
{
    *hash = (struct key_part){.attribute = &schema->hash[0], .is_hash = true};
    *range = (struct key_part){.attribute = &schema->range[0]};
    return check_counts(schema->hash_count + schema->range_count, conditions, start, err) &&
           read_part(hash, conditions, start, err) &&
           (schema->range_count == 0 || read_part(range, conditions, start, err));
}

/* ------------------------------------------------------------------ bounds */

static void bound_by_condition(const struct key_condition *condition, struct storage_partition_range *range)
{
    struct slice operand = key_single(&condition->operand);
    struct storage_bound inclusive = {STORAGE_BOUND_INCLUSIVE, operand};
    struct storage_bound exclusive = {STORAGE_BOUND_EXCLUSIVE, operand};
    switch (condition->comparison) {
    case KEY_EQ:
        range->lower = range->upper = inclusive;
        return;
    case KEY_LT:
        range->upper = exclusive;
        return;
    case KEY_LE:
        range->upper = inclusive;
        return;
    case KEY_GT:
        range->lower = exclusive;
        return;
    case KEY_GE:
        range->lower = inclusive;
        return;
    case KEY_BETWEEN:
        range->lower = inclusive;
        range->upper = (struct storage_bound){STORAGE_BOUND_INCLUSIVE, key_single(&condition->upper)};
        return;
    case KEY_BEGINS_WITH:
        range->lower = inclusive;
        range->upper = (struct storage_bound){STORAGE_BOUND_PREFIX, operand};
        return;
    case KEY_NOT_INDEXABLE:
        break;
    }
    UNREACHABLE();
}

static bool above_lower(const struct storage_bound *lower, struct slice sort)
{
    switch (lower->kind) {
    case STORAGE_BOUND_INCLUSIVE:
        return slice_compare(sort, lower->sort) >= 0;
    case STORAGE_BOUND_EXCLUSIVE:
        return slice_compare(sort, lower->sort) > 0;
    case STORAGE_BOUND_NONE:
    case STORAGE_BOUND_PREFIX:
        return true;
    }
    return true;
}

static bool below_upper(const struct storage_bound *upper, struct slice sort)
{
    switch (upper->kind) {
    case STORAGE_BOUND_INCLUSIVE:
        return slice_compare(sort, upper->sort) <= 0;
    case STORAGE_BOUND_EXCLUSIVE:
        return slice_compare(sort, upper->sort) < 0;
    case STORAGE_BOUND_PREFIX:
        return slice_starts_with(sort, upper->sort) || slice_compare(sort, upper->sort) < 0;
    case STORAGE_BOUND_NONE:
        return true;
    }
    return true;
}

/* An empty or too long value is told once everything fits the schema, in a frame that a wrong type does not get. */
static bool check_start_value(const struct key_part *part, struct error *err)
{
    struct error reason;
    error_init(&reason, err->arena);
    if (item_key_check_value(part->attribute, &part->start, part->is_hash, &reason))
        return true;
    return error_set(err, ERR_VALIDATION, "The provided starting key is invalid: %s", reason.message);
}

static bool start_behind(struct storage_key key, bool has_range_condition,
                         struct storage_partition_range *range, struct error *err)
{
    bool same_partition = slice_equal(key.partition, range->partition);
    if (has_range_condition) {
        if (!above_lower(&range->lower, key.sort) || !below_upper(&range->upper, key.sort))
            return error_set(err, ERR_VALIDATION,
                             "The provided starting key does not match the range key predicate");
        if (!same_partition)
            return error_set(err, ERR_VALIDATION,
                             "The query can return at most one row and cannot be restarted");
    }
    if (!same_partition)
        return error_set(
            err, ERR_VALIDATION,
            "The provided starting key is outside query boundaries based on provided conditions");
    *(range->reverse ? &range->upper : &range->lower) =
        (struct storage_bound){STORAGE_BOUND_EXCLUSIVE, key.sort};
    return true;
}

bool item_query_range(const struct table *table, const struct key_conditions *conditions, bool reverse,
                      struct slice start, struct storage_partition_range *range_out, struct error *err)
{
    struct key_part hash, sort;
    if (!match_schema(&table->key, conditions, start, &hash, &sort, err))
        return false;
    *range_out = (struct storage_partition_range){
        .space = table->space,
        .partition = key_single(&hash.condition->operand),
        .reverse = reverse,
    };
    if (sort.condition)
        bound_by_condition(sort.condition, range_out);
    if (slice_is_none(start))
        return true;
    bool has_sort = table->key.range_count > 0;
    if (!check_start_value(&hash, err) || (has_sort && !check_start_value(&sort, err)))
        return false;
    struct storage_key key = {
        .partition = key_single(&hash.start),
        .sort = has_sort ? key_single(&sort.start) : SLICE(""),
    };
    return start_behind(key, sort.condition != NULL, range_out, err);
}

/* ------------------------------------------------------------------ scans */

/* Unlike a Query, a Scan tells of every fault in the same frame. */
static bool read_scan_start(const struct table *table, struct slice start, struct storage_key *key_out,
                            struct error *err)
{
    struct error reason;
    error_init(&reason, err->arena);
    if (item_key_of_map(table, start, key_out, &reason))
        return true;
    return error_set(err, ERR_VALIDATION, "The provided starting key is invalid: %s", reason.message);
}

/* The first hash of segment `index`: index * 2^64 / total, rounded up. For index == total it wraps to 0. */
static uint64_t segment_begin(uint64_t index, uint64_t total)
{
    unsigned __int128 space = (unsigned __int128)1 << 64;
    return (uint64_t)((space * index + total - 1) / total);
}

bool item_scan_range(const struct table *table, struct scan_segment segment, struct slice start,
                     struct storage_hash_range *range_out, struct error *err)
{
    struct storage_hash_range range = {
        .space = table->space,
        .hash_first = segment_begin(segment.index, segment.total),
        .hash_last = segment_begin((uint64_t)segment.index + 1, segment.total) - 1,
    };
    if (!slice_is_none(start)) {
        struct storage_key key;
        if (!read_scan_start(table, start, &key, err))
            return false;
        uint64_t hash = storage_partition_hash(key.partition);
        if (hash < range.hash_first || hash > range.hash_last)
            return error_set(err, ERR_VALIDATION,
                             "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                             "ExclusiveStartKey with correct Segment. TotalSegments: %u Segment: %u",
                             segment.total, segment.index);
        range.resume = true;
        range.after_partition = key.partition;
        range.after_sort = key.sort;
    }
    *range_out = range;
    return true;
}
