#include "engine/item_range.h"

#include "engine/item_key.h"
#include "item/key.h"

/* ------------------------------------------------------------------ key conditions against the schema */

static const struct key_condition *condition_on(const struct key_conditions *conditions,
                                                struct slice attribute)
{
    for (size_t i = 0; i < conditions->count; i++)
        if (slice_equal(conditions->conditions[i].attribute, attribute))
            return &conditions->conditions[i];
    return NULL;
}

static bool missed(struct slice attribute, struct error *err)
{
    return error_set(err, ERR_VALIDATION, "Query condition missed key schema element: %.*s",
                     SLICE_PRINTF(attribute));
}

static bool check_operand(const struct key_attribute *attribute, const struct value *operand, bool is_hash,
                          struct error *err)
{
    if (operand->type != attribute->type)
        return error_set(
            err, ERR_VALIDATION,
            "One or more parameter values were invalid: Condition parameter type does not match schema "
            "type");
    return item_key_check_value(attribute, operand, is_hash, err);
}

static bool check_condition(const struct key_attribute *attribute, const struct key_condition *condition,
                            bool is_hash, struct error *err)
{
    return check_operand(attribute, &condition->operand, is_hash, err) &&
           (condition->comparison != KEY_BETWEEN ||
            check_operand(attribute, &condition->upper, is_hash, err));
}

/* Finds the condition on the partition key, which must be an equality, and the one on the sort key, if any.
 */
static bool match_schema(const struct key_schema *schema, const struct key_conditions *conditions,
                         const struct key_condition **hash_out, const struct key_condition **range_out,
                         struct error *err)
{
    size_t key_count = schema->hash_count + schema->range_count;
    if (conditions->count > key_count)
        return error_set(
            err, ERR_VALIDATION,
            "The number of query conditions (%zu) exceeds the number of key attributes defined in the "
            "schema (%zu)",
            conditions->count, key_count);
    *hash_out = condition_on(conditions, schema->hash[0].name);
    *range_out = schema->range_count ? condition_on(conditions, schema->range[0].name) : NULL;
    if (!*hash_out)
        return missed(schema->hash[0].name, err);
    if ((*hash_out)->comparison != KEY_EQ)
        return error_set(err, ERR_VALIDATION, "Query key condition not supported");
    if (conditions->count == 2 && !*range_out)
        return missed(schema->range[0].name, err);
    return check_condition(&schema->hash[0], *hash_out, true, err) &&
           (!*range_out || check_condition(&schema->range[0], *range_out, false, err));
}

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
    }
}

/* ------------------------------------------------------------------ starting keys */

enum start_rules { START_OF_QUERY, START_OF_SCAN };

/* A Query says no more than that the key is invalid when its attributes are wrong; a Scan says why. */
static bool read_start(const struct table *table, struct slice start, enum start_rules rules,
                       struct storage_key *key_out, struct error *err)
{
    struct error reason;
    error_init(&reason, err->arena);
    if (item_key_of_map(table, start, key_out, &reason))
        return true;
    bool mismatch = strcmp(reason.message, "The provided key element does not match the schema") == 0;
    if (rules == START_OF_QUERY && mismatch)
        return error_set(err, ERR_VALIDATION, "The provided starting key is invalid");
    return error_set(err, ERR_VALIDATION, "The provided starting key is invalid: %s", reason.message);
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

static bool start_query_behind(const struct table *table, struct slice start, bool has_range_condition,
                               struct storage_partition_range *range, struct error *err)
{
    struct storage_key key;
    if (!read_start(table, start, START_OF_QUERY, &key, err))
        return false;
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

/* ------------------------------------------------------------------ ranges */

bool item_query_range(const struct table *table, const struct key_conditions *conditions, bool reverse,
                      struct slice start, struct storage_partition_range *range_out, struct error *err)
{
    const struct key_condition *hash = NULL, *sort = NULL;
    if (!match_schema(&table->key, conditions, &hash, &sort, err))
        return false;
    *range_out = (struct storage_partition_range){
        .space = table->space,
        .partition = key_single(&hash->operand),
        .reverse = reverse,
    };
    if (sort)
        bound_by_condition(sort, range_out);
    return slice_is_none(start) || start_query_behind(table, start, sort != NULL, range_out, err);
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
        if (!read_start(table, start, START_OF_SCAN, &key, err))
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
