/* From key conditions and starting keys to bounds of stored keys. An index's sort key is its range attributes one after the
 * other, then the table's key (index.h), so what a query says of the first of them is a prefix of what is stored. */
#include "engine/item_range.h"

#include "base/contract.h"
#include "engine/index.h"
#include "item/key.h"

/* ------------------------------------------------------------------ a query against the schema */

/* What a query says about one key attribute. */
struct key_part {
    const struct key_attribute *attribute;
    bool is_hash;
    const struct key_condition *condition; /* NULL: none, which only a sort key may have */
    struct value start;                    /* of the starting key, if there is one */
};

struct key_match {
    const struct key_conditions *conditions;
    struct slice start;
    bool strangers; /* some condition is on no key attribute */
    unsigned hash_count, range_count;
    struct key_part hash[TABLE_KEY_ATTRIBUTES_MAX];
    struct key_part range[TABLE_KEY_ATTRIBUTES_MAX];
};

static bool invalid_start(struct error *err)
{
    return error_set(err, ERR_VALIDATION, "The provided starting key is invalid");
}

static bool read_start(const struct key_attribute *attribute, struct slice start, struct value *out,
                       struct error *err)
{
    if (!item_attribute(start, attribute->name, out))
        return invalid_start(err);
    if (out->type != attribute->type)
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

/* A sort key attribute that is not mentioned is one that is not asked about, unless something else was asked instead. */
static bool read_condition(struct key_part *part, const struct key_match *match, struct error *err)
{
    part->condition = condition_on(match->conditions, part->attribute->name);
    if (part->condition)
        return check_condition(part, err);
    if (!part->is_hash && !match->strangers)
        return true;
    return error_set(err, ERR_VALIDATION, "Query condition missed key schema element: %.*s",
                     SLICE_PRINTF(part->attribute->name));
}

static bool read_part(struct key_part *part, const struct key_attribute *attribute, bool is_hash,
                      const struct key_match *match, struct error *err)
{
    *part = (struct key_part){.attribute = attribute, .is_hash = is_hash};
    return (slice_is_none(match->start) || read_start(attribute, match->start, &part->start, err)) &&
           read_condition(part, match, err);
}

static bool check_start_count(const struct item_source *source, struct slice start, struct error *err)
{
    const struct key_attribute *attributes[ITEM_SOURCE_ATTRIBUTES_MAX];
    struct value given;
    if (slice_is_none(start))
        return true;
    item_attributes(start, &given);
    return given.count == item_source_attributes(source, attributes) || invalid_start(err);
}

static bool check_condition_count(const struct key_schema *key, const struct key_conditions *conditions,
                                  struct error *err)
{
    size_t most = key->hash_count + key->range_count;
    if (conditions->count <= most)
        return true;
    return error_set(
        err, ERR_VALIDATION,
        "The number of query conditions (%zu) exceeds the number of key attributes defined in the "
        "schema (%zu)",
        conditions->count, most);
}

static bool has_strangers(const struct key_schema *key, const struct key_conditions *conditions)
{
    for (size_t i = 0; i < conditions->count; i++)
        if (!item_key_has_attribute(key, conditions->conditions[i].attribute))
            return true;
    return false;
}

static bool is_fixed(const struct key_part *part)
{
    return part->condition && part->condition->comparison == KEY_EQ;
}

static bool gap(const struct key_match *match, unsigned behind, struct error *err)
{
    struct buf names;
    buf_init(&names, err->arena, 64);
    for (unsigned i = 0; i < behind; i++) {
        if (is_fixed(&match->range[i]))
            continue;
        if (names.size > 0)
            buf_append_literal(&names, ", ");
        buf_append(&names, match->range[i].attribute->name);
    }
    return error_set(err, ERR_VALIDATION,
                     "RANGE key attributes %.*s must have equality conditions specified in the query because "
                     "a condition is present on key attribute %.*s",
                     SLICE_PRINTF(buf_slice(&names)), SLICE_PRINTF(match->range[behind].attribute->name));
}

/* Of several sort key attributes only the last that is mentioned may have a comparison other than =, and none before it
 * may be left out: otherwise what is asked for is not one run of entries. */
static bool check_gaps(const struct key_match *match, struct error *err)
{
    bool fixed = true;
    for (unsigned i = 0; i < match->range_count; i++) {
        if (match->range[i].condition && !fixed)
            return gap(match, i, err);
        fixed = fixed && is_fixed(&match->range[i]);
    }
    return true;
}

/* The way DynamoDB goes: one key attribute after the other, and of each first the starting key, then the conditions. So a
 * missing partition key condition is told before a wrong sort key to start from. */
static bool match_schema(const struct item_source *source, struct key_match *match, struct error *err)
{
    const struct key_schema *key = item_source_key(source);
    if (!check_start_count(source, match->start, err) || !check_condition_count(key, match->conditions, err))
        return false;
    match->hash_count = key->hash_count;
    match->range_count = key->range_count;
    match->strangers = has_strangers(key, match->conditions);
    for (unsigned i = 0; i < key->hash_count; i++)
        if (!read_part(&match->hash[i], &key->hash[i], true, match, err))
            return false;
    for (unsigned i = 0; i < key->range_count; i++)
        if (!read_part(&match->range[i], &key->range[i], false, match, err))
            return false;
    return check_gaps(match, err);
}

/* ------------------------------------------------------------------ bounds */

static struct slice partition_of(const struct key_match *match, struct arena *arena)
{
    struct value values[TABLE_KEY_ATTRIBUTES_MAX];
    for (unsigned i = 0; i < match->hash_count; i++)
        values[i] = match->hash[i].condition->operand;
    return index_partition(values, match->hash_count, arena);
}

/* What the stored sort keys in question begin with, behind `prefix`, when this attribute has this value. Of a table it is the
 * whole sort key. */
static struct slice stored_value(const struct item_source *source, struct slice prefix,
                                 const struct value *value, struct arena *arena)
{
    struct buf key;
    if (!source->index)
        return key_single(value);
    buf_init(&key, arena, prefix.size + value->payload.size + 2);
    buf_append(&key, prefix);
    key_append(&key, value);
    return buf_slice(&key);
}

static struct storage_bound inclusive(struct slice sort)
{
    return (struct storage_bound){STORAGE_BOUND_INCLUSIVE, sort};
}

/* From the first sort key on that begins with these bytes. */
static struct storage_bound from(struct slice prefix)
{
    return prefix.size > 0 ? inclusive(prefix) : (struct storage_bound){.kind = STORAGE_BOUND_NONE};
}

/* To the last sort key that begins with these bytes. */
static struct storage_bound through(struct slice prefix)
{
    return prefix.size > 0 ? (struct storage_bound){STORAGE_BOUND_PREFIX, prefix}
                           : (struct storage_bound){.kind = STORAGE_BOUND_NONE};
}

static struct storage_bound before(struct slice sort)
{
    return (struct storage_bound){STORAGE_BOUND_EXCLUSIVE, sort};
}

/* To the last sort key with this value: of a table there is but one. */
static struct storage_bound through_value(const struct item_source *source, struct slice stored)
{
    return source->index ? through(stored) : inclusive(stored);
}

/* From the first sort key on that is greater than all with this value. In an index that is the least one greater than all
 * that begin with it; composite keys never end with FF. */
static struct storage_bound after_value(const struct item_source *source, struct slice stored,
                                        struct arena *arena)
{
    if (!source->index)
        return (struct storage_bound){STORAGE_BOUND_EXCLUSIVE, stored};
    struct slice next = arena_copy(arena, stored);
    char *last = (char *)next.data + next.size - 1;
    INVARIANT((unsigned char)*last != 0xFF);
    *last = (char)((unsigned char)*last + 1);
    return inclusive(next);
}

/* The beginning of a string's stored form is the stored form without its end. */
static struct slice stored_beginning(const struct item_source *source, struct slice stored)
{
    return source->index ? slice_of(stored.data, stored.size - KEY_TERMINATOR_BYTES) : stored;
}

/* `prefix`: what the conditions on earlier attributes come to. */
static void bound_by_condition(const struct item_source *source, struct slice prefix,
                               const struct key_condition *condition, struct arena *arena,
                               struct storage_partition_range *range)
{
    struct slice stored = stored_value(source, prefix, &condition->operand, arena);
    range->lower = from(prefix);
    range->upper = through(prefix);
    switch (condition->comparison) {
    case KEY_EQ:
        range->lower = inclusive(stored);
        range->upper = through_value(source, stored);
        return;
    case KEY_LT:
        range->upper = before(stored);
        return;
    case KEY_LE:
        range->upper = through_value(source, stored);
        return;
    case KEY_GT:
        range->lower = after_value(source, stored, arena);
        return;
    case KEY_GE:
        range->lower = inclusive(stored);
        return;
    case KEY_BETWEEN:
        range->lower = inclusive(stored);
        range->upper = through_value(source, stored_value(source, prefix, &condition->upper, arena));
        return;
    case KEY_BEGINS_WITH:
        stored = stored_beginning(source, stored);
        range->lower = inclusive(stored);
        range->upper = through(stored);
        return;
    case KEY_NOT_INDEXABLE:
        break;
    }
    UNREACHABLE();
}

/* Equalities make a prefix, the last condition of all a range behind it. */
static void bound(const struct item_source *source, const struct key_match *match, struct arena *arena,
                  struct storage_partition_range *range)
{
    struct slice prefix = SLICE("");
    for (unsigned i = 0; i < match->range_count && match->range[i].condition; i++) {
        bound_by_condition(source, prefix, match->range[i].condition, arena, range);
        prefix = range->lower.sort;
    }
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

/* ------------------------------------------------------------------ starting keys */

/* What is wrong once everything fits the schema is told in a frame that a wrong type of a queried attribute does not get. */
static bool start_fault(const struct error *reason, struct error *err)
{
    return error_set(err, ERR_VALIDATION, "The provided starting key is invalid: %s", reason->message);
}

static bool check_start_attribute(const struct key_attribute *attribute, bool is_hash, struct slice start,
                                  struct error *err)
{
    struct value value;
    return item_key_check_member(attribute, start, &value, err) &&
           item_key_check_value(attribute, &value, is_hash, err);
}

static bool check_start_schema(const struct key_schema *key, struct slice start, struct error *err)
{
    for (unsigned i = 0; i < key->hash_count; i++)
        if (!check_start_attribute(&key->hash[i], true, start, err))
            return false;
    for (unsigned i = 0; i < key->range_count; i++)
        if (!check_start_attribute(&key->range[i], false, start, err))
            return false;
    return true;
}

/* The stored key that a starting key stands for. PRE: the attributes of the source's own key are there, and of their
 * types. */
static bool start_key(const struct item_source *source, struct slice start, struct arena *arena,
                      struct storage_key *key_out, struct error *err)
{
    struct error reason;
    error_init(&reason, err->arena);
    if (!source->index)
        return item_key_of_map(source->table, start, key_out, &reason) || start_fault(&reason, err);
    if (!check_start_schema(&source->table->key, start, &reason) ||
        !check_start_schema(&source->index->key, start, &reason))
        return start_fault(&reason, err);
    bool has_key = index_entry_key(source->table, source->index, start, arena, key_out);
    INVARIANT(has_key);
    return true;
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

bool item_query_range(const struct item_source *source, const struct key_conditions *conditions, bool reverse,
                      struct slice start, struct arena *arena, struct storage_partition_range *range_out,
                      struct error *err)
{
    struct key_match match = {.conditions = conditions, .start = start};
    struct storage_key key;
    if (!match_schema(source, &match, err))
        return false;
    *range_out = (struct storage_partition_range){
        .space = item_source_space(source),
        .partition = partition_of(&match, arena),
        .reverse = reverse,
    };
    bound(source, &match, arena, range_out);
    if (slice_is_none(start))
        return true;
    bool has_range_condition = match.range_count > 0 && match.range[0].condition;
    return start_key(source, start, arena, &key, err) &&
           start_behind(key, has_range_condition, range_out, err);
}

/* ------------------------------------------------------------------ scans */

bool item_scan_start(const struct item_source *source, struct slice start, struct error *err)
{
    struct value ignored;
    if (slice_is_none(start) || !source->index)
        return true;
    if (!check_start_count(source, start, err))
        return false;
    const struct key_schema *key = &source->index->key;
    for (unsigned i = 0; i < key->hash_count; i++)
        if (!read_start(&key->hash[i], start, &ignored, err))
            return false;
    for (unsigned i = 0; i < key->range_count; i++)
        if (!read_start(&key->range[i], start, &ignored, err))
            return false;
    return true;
}

/* The first hash of segment `index`: index * 2^64 / total, rounded up. For index == total it wraps to 0. */
static uint64_t segment_begin(uint64_t index, uint64_t total)
{
    unsigned __int128 space = (unsigned __int128)1 << 64;
    return (uint64_t)((space * index + total - 1) / total);
}

bool item_scan_range(const struct item_source *source, struct scan_segment segment, struct slice start,
                     struct arena *arena, struct storage_hash_range *range_out, struct error *err)
{
    struct storage_hash_range range = {
        .space = item_source_space(source),
        .hash_first = segment_begin(segment.index, segment.total),
        .hash_last = segment_begin((uint64_t)segment.index + 1, segment.total) - 1,
    };
    if (!slice_is_none(start)) {
        struct storage_key key;
        if (!start_key(source, start, arena, &key, err))
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
