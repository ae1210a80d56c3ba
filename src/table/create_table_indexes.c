/* Index names, projections and what is particular to each kind of index. */
#include "base/contract.h"
#include "table/create_table_priv.h"

enum { VECTOR_DIMENSIONS_MAX = 4096 };

/* ------------------------------------------------------------------ names */

/* The index names of a table, in the order in which they are checked. */
static struct slice index_name(const struct create_table_input *input, size_t i)
{
    if (i < input->local_index_count)
        return input->local_indexes[i].name;
    i -= input->local_index_count;
    if (i < input->global_index_count)
        return input->global_indexes[i].name;
    return input->vector_indexes[i - input->global_index_count].name;
}

static bool check_name_is_new(const struct create_table_input *input, size_t index, struct error *err)
{
    struct slice name = index_name(input, index);
    for (size_t i = 0; i < index; i++) {
        if (slice_equal(index_name(input, i), name))
            return INVALID_PARAMETER(err, "Duplicate index name: %.*s", SLICE_PRINTF(name));
    }
    return true;
}

/* ------------------------------------------------------------------ projections */

static bool check_names(const struct projection_input *projection, struct error *err)
{
    for (size_t i = 0; i < projection->non_key_count; i++) {
        if (slice_is_none(projection->non_key[i]))
            return INVALID_PARAMETER(err, "NonKeyAttributes must not contain null");
        for (size_t j = 0; j < i; j++) {
            if (slice_equal(projection->non_key[i], projection->non_key[j]))
                return INVALID_PARAMETER(err, "Duplicate element in NonKeyAttributes: %.*s",
                                         SLICE_PRINTF(projection->non_key[i]));
        }
    }
    return true;
}

bool create_table_check_projection(const struct projection_input *projection, size_t *budget,
                                   struct error *err)
{
    if (!projection->type_given)
        return INVALID_PARAMETER(err, "Unknown ProjectionType: null");
    if (projection->type != PROJECTION_INCLUDE && projection->non_key_given)
        return INVALID_PARAMETER(err, "ProjectionType is %s, but NonKeyAttributes is specified",
                                 projection_type_name(projection->type));
    if (projection->type == PROJECTION_INCLUDE && projection->non_key_count == 0)
        return INVALID_PARAMETER(err, "ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
    if (projection->non_key_count > *budget)
        return INVALID_PARAMETER(
            err, "Number of NonKeyAttributes of all indexes exceeds the per-table limit of %d",
            TABLE_NON_KEY_ATTRIBUTES_MAX);
    *budget -= projection->non_key_count;
    return check_names(projection, err);
}

/* ------------------------------------------------------------------ each kind */

static bool check_local_index(const struct create_table_input *input, const struct index_input *index,
                              struct error *err)
{
    struct slice hash = index->key.at[0].name;
    struct slice table_hash = input->key.at[0].name;
    if (index->key.count < 2)
        return INVALID_PARAMETER(err, "Index KeySchema does not have a range key for index: %.*s",
                                 SLICE_PRINTF(index->name));
    if (!slice_equal(hash, table_hash))
        return INVALID_PARAMETER(
            err,
            "Index KeySchema does not have the same leading hash key as table KeySchema for "
            "index: %.*s. index hash key: %.*s, table hash key: %.*s",
            SLICE_PRINTF(index->name), SLICE_PRINTF(hash), SLICE_PRINTF(table_hash));
    return true;
}

/* Two vector indexes on one attribute index the same vectors. */
static bool check_dimensions(const struct create_table_input *input, size_t i, struct error *err)
{
    const struct vector_index_input *index = &input->vector_indexes[i];
    if (index->dimensions < 1 || index->dimensions > VECTOR_DIMENSIONS_MAX)
        return INVALID_PARAMETER(err, "Number of dimensions must be between 1 and %d inclusive.",
                                 VECTOR_DIMENSIONS_MAX);
    for (size_t j = 0; j < i; j++) {
        const struct vector_index_input *other = &input->vector_indexes[j];
        if (slice_equal(other->vector_attribute, index->vector_attribute) &&
            other->dimensions != index->dimensions)
            return INVALID_PARAMETER(
                err,
                "Conflicting attribute definition for '%.*s'. All VectorIndexes on the same "
                "vector attribute must use the same dimensions.",
                SLICE_PRINTF(index->vector_attribute));
    }
    return true;
}

static size_t inline_filter_count(const struct vector_index_input *index)
{
    size_t count = 0;
    for (size_t i = 0; i < index->search_schema.count; i++)
        count += !index->search_schema.at[i].is_hash;
    return count;
}

/* The vector attribute and each inline filter count against the budget as well. */
static bool check_vector_index(const struct create_table_input *input, size_t i, size_t *budget,
                               struct error *err)
{
    const struct vector_index_input *index = &input->vector_indexes[i];
    size_t own = 1 + inline_filter_count(index);
    if (!check_dimensions(input, i, err))
        return false;
    *budget = *budget > own ? *budget - own : 0;
    return create_table_check_projection(&index->projection, budget, err);
}

bool create_table_check_indexes(const struct create_table_input *input, struct error *err)
{
    size_t budget = TABLE_NON_KEY_ATTRIBUTES_MAX;
    size_t number = 0; /* of the index, over all kinds */

    if (input->local_index_count > 0 && input->key.count < 2)
        return INVALID_PARAMETER(
            err, "Table KeySchema does not have a range key, which is required when specifying a "
                 "LocalSecondaryIndex");
    for (size_t i = 0; i < input->local_index_count; i++) {
        const struct index_input *index = &input->local_indexes[i];
        if (!check_local_index(input, index, err) ||
            !create_table_check_projection(&index->projection, &budget, err) ||
            !check_name_is_new(input, number++, err))
            return false;
    }
    for (size_t i = 0; i < input->global_index_count; i++) {
        const struct index_input *index = &input->global_indexes[i];
        if (!create_table_check_projection(&index->projection, &budget, err) ||
            !create_table_check_index_throughput(input, index, err) ||
            !check_name_is_new(input, number++, err))
            return false;
    }
    if (input->vector_index_count > 0 && input->billing_mode != BILLING_PAY_PER_REQUEST)
        return INVALID_PARAMETER(err, "Vector indexes are only supported for PAY_PER_REQUEST tables");
    for (size_t i = 0; i < input->vector_index_count; i++) {
        if (!check_vector_index(input, i, &budget, err) || !check_name_is_new(input, number++, err))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ descriptors */

static struct projection projection_of(const struct projection_input *input)
{
    return (struct projection){.type = input->type,
                               .non_key_attributes = input->non_key,
                               .non_key_attribute_count = input->non_key_count};
}

struct table_index create_table_index_of(const struct create_table_input *input,
                                         const struct index_input *index)
{
    return (struct table_index){.name = index->name,
                                .key = create_table_key_schema(input, index->key),
                                .projection = projection_of(&index->projection),
                                .throughput = index->throughput.units,
                                .on_demand = index->on_demand,
                                .warm = index->warm};
}

static struct table_index *fill(struct arena *arena, const struct create_table_input *input,
                                const struct index_input *indexes, size_t count)
{
    struct table_index *filled = ARENA_NEW_ARRAY(arena, struct table_index, count);
    for (size_t i = 0; i < count; i++)
        filled[i] = create_table_index_of(input, &indexes[i]);
    return filled;
}

static struct vector_index *fill_vector(struct arena *arena, const struct create_table_input *input)
{
    struct vector_index *filled = ARENA_NEW_ARRAY(arena, struct vector_index, input->vector_index_count);
    for (size_t i = 0; i < input->vector_index_count; i++) {
        const struct vector_index_input *from = &input->vector_indexes[i];
        filled[i] = (struct vector_index){
            .name = from->name,
            .vector_attribute = from->vector_attribute,
            .dimensions = from->dimensions,
            .distance = from->distance,
            .projection = projection_of(&from->projection),
            .search_schema = ARENA_NEW_ARRAY(arena, struct search_schema_element, from->search_schema.count),
            .search_schema_count = from->search_schema.count,
        };
        for (size_t j = 0; j < from->search_schema.count; j++)
            filled[i].search_schema[j] = (struct search_schema_element){
                *create_table_definition(input, from->search_schema.at[j].name),
                from->search_schema.at[j].is_hash};
    }
    return filled;
}

void create_table_fill_indexes(struct arena *arena, const struct create_table_input *input,
                               struct table *wanted)
{
    wanted->local_indexes = fill(arena, input, input->local_indexes, input->local_index_count);
    wanted->local_index_count = input->local_index_count;
    wanted->global_indexes = fill(arena, input, input->global_indexes, input->global_index_count);
    wanted->global_index_count = input->global_index_count;
    wanted->vector_indexes = fill_vector(arena, input);
    wanted->vector_index_count = input->vector_index_count;
}
