/* AttributeDefinitions and key schemas. */
#include "base/buf.h"
#include "base/contract.h"
#include "table/create_table_priv.h"
#include "table/name_set.h"

#include <string.h>

enum {
    TABLE_KEY_ELEMENTS_MAX = 2, /* of a table and of a local index */
    SEARCH_SCHEMA_ELEMENTS_MAX = 19,
    /* What all keys of a table can use at most; more definitions than that cannot all be used. */
    KEYS_USED_MAX = TABLE_KEY_ELEMENTS_MAX + TABLE_LSI_MAX * TABLE_KEY_ELEMENTS_MAX +
                    TABLE_GSI_MAX * 2 * TABLE_KEY_ATTRIBUTES_MAX +
                    TABLE_VECTOR_INDEX_MAX * SEARCH_SCHEMA_ELEMENTS_MAX,
    ELEMENTS_PRINTED_MAX = 100
};

/* ------------------------------------------------------------------ lists and their limits */

/* As the service model's own check words it. */
static bool check_key_length(struct key_element_list key, const char *path, struct error *err)
{
    if (key.count <= TABLE_KEY_ELEMENTS_MAX)
        return true;
    struct buf text;
    buf_init(&text, err->arena, 256);
    for (size_t i = 0; i < key.count && i < ELEMENTS_PRINTED_MAX; i++)
        buf_printf(&text, "%sKeySchemaElement(attributeName=%.*s, keyType=%s)", i ? ", " : "",
                   SLICE_PRINTF(key.at[i].name), key.at[i].is_hash ? "HASH" : "RANGE");
    return error_set(
        err, ERR_VALIDATION,
        "1 validation error detected: Value '[%.*s]' at '%s' failed to satisfy constraint: Member must "
        "have length less than or equal to %d",
        SLICE_PRINTF(buf_slice(&text)), path, TABLE_KEY_ELEMENTS_MAX);
}

bool create_table_check_lengths(const struct create_table_input *input, struct error *err)
{
    if (!check_key_length(input->key, "keySchema", err))
        return false;
    for (size_t i = 0; i < input->local_index_count; i++) {
        const char *path = arena_printf(err->arena, "localSecondaryIndexes.%zu.member.keySchema", i + 1);
        if (!check_key_length(input->local_indexes[i].key, path, err))
            return false;
    }
    return true;
}

static bool check_index_counts(const struct create_table_input *input, struct error *err)
{
    if (input->local_indexes_given && input->local_index_count == 0)
        return INVALID_PARAMETER(err, "List of LocalSecondaryIndexes is empty");
    if (input->global_indexes_given && input->global_index_count == 0)
        return INVALID_PARAMETER(err, "List of GlobalSecondaryIndexes is empty");
    if (input->vector_indexes_given && input->vector_index_count == 0)
        return INVALID_PARAMETER(err, "List of VectorIndexes is empty");
    if (input->local_index_count > TABLE_LSI_MAX)
        return INVALID_PARAMETER(err, "Number of LocalSecondaryIndexes exceeds per-table limit of %d",
                                 TABLE_LSI_MAX);
    if (input->global_index_count > TABLE_GSI_MAX)
        return INVALID_PARAMETER(err, "GlobalSecondaryIndex count exceeds the per-table limit of %d",
                                 TABLE_GSI_MAX);
    if (input->vector_index_count > TABLE_VECTOR_INDEX_MAX)
        return INVALID_PARAMETER(err, "VectorIndex count exceeds the per-table limit of %d",
                                 TABLE_VECTOR_INDEX_MAX);
    return true;
}

static bool has_indexes(const struct create_table_input *input)
{
    return input->local_indexes_given || input->global_indexes_given || input->vector_indexes_given;
}

/* ------------------------------------------------------------------ definitions */

const struct key_attribute *create_table_definition(const struct create_table_input *input, struct slice name)
{
    for (size_t i = 0; i < input->definition_count; i++) {
        if (slice_equal(input->definitions[i].name, name))
            return &input->definitions[i];
    }
    return NULL;
}

bool create_table_check_definitions(const struct create_table_input *input, struct error *err)
{
    if (input->definition_count > KEYS_USED_MAX)
        return has_indexes(input)
                   ? INVALID_PARAMETER(err, "Some AttributeDefinitions are not used.")
                   : INVALID_PARAMETER(err, "Number of attributes in KeySchema does not exactly match "
                                            "number of attributes defined in AttributeDefinitions");
    for (size_t i = 0; i < input->definition_count; i++) {
        if (create_table_definition(input, input->definitions[i].name) != &input->definitions[i])
            return error_set(err, ERR_VALIDATION, "Attribute Name is duplicated: %.*s",
                             SLICE_PRINTF(input->definitions[i].name));
    }
    return true;
}

static const char *print_definitions(const struct create_table_input *input, struct arena *arena)
{
    struct name_set set;
    name_set_init(&set, arena, input->definition_count);
    for (size_t i = 0; i < input->definition_count; i++)
        name_set_add(&set, input->definitions[i].name);
    return name_set_print_sized(&set, arena);
}

static bool check_all_defined(const struct create_table_input *input, struct key_element_list key,
                              struct error *err)
{
    bool defined = true;
    struct buf names;
    buf_init(&names, err->arena, 64);
    for (size_t i = 0; i < key.count; i++) {
        defined = defined && create_table_definition(input, key.at[i].name) != NULL;
        buf_printf(&names, "%s%.*s", i ? ", " : "", SLICE_PRINTF(key.at[i].name));
    }
    if (defined)
        return true;
    return INVALID_PARAMETER(
        err,
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [%.*s], "
        "AttributeDefinitions: %s",
        SLICE_PRINTF(buf_slice(&names)), print_definitions(input, err->arena));
}

/* ------------------------------------------------------------------ one key schema */

static bool check_first_is_hash(struct key_element_list key, struct error *err)
{
    PRE(key.count >= 1);
    if (!key.at[0].is_hash)
        return error_set(err, ERR_VALIDATION,
                         "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
    return true;
}

static bool check_no_repeat(struct key_element_list key, struct error *err)
{
    for (size_t i = 1; i < key.count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!slice_equal(key.at[i].name, key.at[j].name))
                continue;
            if (key.count == 2)
                return error_set(
                    err, ERR_VALIDATION,
                    "Both the Hash Key and the Range Key element in the KeySchema have the same name");
            return error_set(err, ERR_VALIDATION,
                             "The KeySchema contains multiple key attributes with the same name");
        }
    }
    return true;
}

/* Of a table or a local index: HASH, or HASH and RANGE. */
static bool check_plain_key(const struct create_table_input *input, struct key_element_list key,
                            struct error *err)
{
    if (!check_all_defined(input, key, err) || !check_no_repeat(key, err) || !check_first_is_hash(key, err))
        return false;
    if (key.count > 1 && key.at[1].is_hash)
        return error_set(err, ERR_VALIDATION,
                         "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
    return true;
}

bool create_table_check_global_key(const struct create_table_input *input, struct key_element_list key,
                                   struct error *err)
{
    size_t hash_count = 0;
    for (size_t i = 0; i < key.count; i++)
        hash_count += key.at[i].is_hash;
    if (hash_count > TABLE_KEY_ATTRIBUTES_MAX)
        return INVALID_PARAMETER(err,
                                 "The KeySchema exceeds the maximum allowed number of HASH key attributes");
    if (key.count - hash_count > TABLE_KEY_ATTRIBUTES_MAX)
        return INVALID_PARAMETER(err,
                                 "The KeySchema exceeds the maximum allowed number of RANGE key attributes");
    if (!check_all_defined(input, key, err) || !check_no_repeat(key, err) || !check_first_is_hash(key, err))
        return false;
    for (size_t i = hash_count; i < key.count; i++) {
        if (key.at[i].is_hash)
            return INVALID_PARAMETER(
                err, "All HASH key attributes must precede RANGE key attributes in the KeySchema");
    }
    return true;
}

static bool check_search_schema(const struct create_table_input *input,
                                const struct vector_index_input *index, struct error *err)
{
    size_t hash_count = 0;
    if (index->search_schema.count > SEARCH_SCHEMA_ELEMENTS_MAX)
        return INVALID_PARAMETER(
            err, "The SearchSchema exceeds the maximum allowed number of elements for index: %.*s",
            SLICE_PRINTF(index->name));
    for (size_t i = 0; i < index->search_schema.count; i++) {
        const struct key_element *element = &index->search_schema.at[i];
        hash_count += element->is_hash;
        if (!create_table_definition(input, element->name))
            return INVALID_PARAMETER(err,
                                     "One element in SearchSchema is not defined in attribute definitions");
        for (size_t j = 0; j < i; j++) {
            if (slice_equal(index->search_schema.at[j].name, element->name))
                return INVALID_PARAMETER(err,
                                         "The SearchSchema contains multiple elements with the same name");
        }
    }
    if (hash_count > 1)
        return INVALID_PARAMETER(err, "The SearchSchema exceeds the maximum allowed number of HASH elements");
    if (index->search_schema.count - hash_count > SEARCH_SCHEMA_ELEMENTS_MAX - 1)
        return INVALID_PARAMETER(
            err, "The SearchSchema exceeds the maximum allowed number of INLINE_FILTER elements");
    return true;
}

/* ------------------------------------------------------------------ all key schemas */

static bool check_table_key(const struct create_table_input *input, struct error *err)
{
    if (input->key.count > input->definition_count)
        return error_set(err, ERR_VALIDATION,
                         "Invalid KeySchema: Some index key attribute have no definition");
    if (!check_plain_key(input, input->key, err))
        return false;
    if (!has_indexes(input) && input->key.count != input->definition_count)
        return INVALID_PARAMETER(
            err, "Number of attributes in KeySchema does not exactly match number of attributes "
                 "defined in AttributeDefinitions");
    return true;
}

static bool check_index_keys(const struct create_table_input *input, struct error *err)
{
    for (size_t i = 0; i < input->local_index_count; i++) {
        if (!check_plain_key(input, input->local_indexes[i].key, err))
            return false;
    }
    for (size_t i = 0; i < input->global_index_count; i++) {
        if (!create_table_check_global_key(input, input->global_indexes[i].key, err))
            return false;
    }
    for (size_t i = 0; i < input->vector_index_count; i++) {
        if (!check_search_schema(input, &input->vector_indexes[i], err))
            return false;
    }
    return true;
}

static void add_names(struct name_set *used, struct key_element_list key)
{
    for (size_t i = 0; i < key.count; i++)
        name_set_add(used, key.at[i].name);
}

static bool check_all_used(struct arena *arena, const struct create_table_input *input, struct error *err)
{
    struct name_set used;
    name_set_init(&used, arena, KEYS_USED_MAX);
    add_names(&used, input->key);
    for (size_t i = 0; i < input->local_index_count; i++)
        add_names(&used, input->local_indexes[i].key);
    for (size_t i = 0; i < input->global_index_count; i++)
        add_names(&used, input->global_indexes[i].key);
    for (size_t i = 0; i < input->vector_index_count; i++)
        add_names(&used, input->vector_indexes[i].search_schema);
    if (used.count == input->definition_count) /* everything used is defined, and once */
        return true;
    return INVALID_PARAMETER(
        err, "Some AttributeDefinitions are not used. AttributeDefinitions: %s, keys used: %s",
        print_definitions(input, arena), name_set_print_grown(&used, arena));
}

bool create_table_check_keys(struct arena *arena, const struct create_table_input *input, struct error *err)
{
    return check_index_counts(input, err) && create_table_check_definitions(input, err) &&
           check_table_key(input, err) && check_index_keys(input, err) && check_all_used(arena, input, err);
}

struct key_schema create_table_key_schema(const struct create_table_input *input,
                                          struct key_element_list elements)
{
    struct key_schema key = {0};
    for (size_t i = 0; i < elements.count; i++) {
        const struct key_attribute *definition = create_table_definition(input, elements.at[i].name);
        INVARIANT(definition != NULL);
        if (elements.at[i].is_hash)
            key.hash[key.hash_count++] = *definition;
        else
            key.range[key.range_count++] = *definition;
    }
    return key;
}
