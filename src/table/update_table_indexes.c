/* Global indexes that come, go and change. One comes or goes at a time. */
#include "base/buf.h"
#include "base/contract.h"
#include "table/update_table_priv.h"

/* ------------------------------------------------------------------ whether it can be done now */

static bool one_at_a_time(const struct update_context *c)
{
    return error_set(c->err, ERR_LIMIT_EXCEEDED,
                     "Subscriber limit exceeded: Only 1 online index can be created or deleted "
                     "simultaneously per table");
}

static size_t count_structural(const struct update_table_input *input)
{
    size_t count = 0;
    for (size_t i = 0; i < input->index_update_count; i++)
        count += is_structural(&input->index_updates[i]);
    return count;
}

/* An index that is CREATING or DELETING, other than the one of that name. */
static bool another_comes_or_goes(const struct update_context *c, struct slice name)
{
    const struct table *t = c->next;
    if (table_leaving_index_at(t, c->now_ms))
        return true;
    for (size_t i = 0; i < t->global_index_count; i++) {
        const struct table_index *index = &t->global_indexes[i];
        if (!table_index_usable(index, c->now_ms) && !slice_equal(index->name, name))
            return true;
    }
    return false;
}

/* The two blanks are the service's. */
static bool index_in_use(const struct update_context *c, const char *what, struct slice name)
{
    return STILL_IN_USE(c->err, "%s  Table: %.*s Index: %.*s", what, SLICE_PRINTF(c->next->name),
                        SLICE_PRINTF(name));
}

static bool check_not_leaving(const struct update_context *c, struct slice name)
{
    const struct table_index *leaving = table_leaving_index_at(c->next, c->now_ms);
    if (leaving && slice_equal(leaving->name, name))
        return index_in_use(c, "Index is being deleted.", name);
    return true;
}

static bool check_name_is_free(const struct update_context *c, struct slice name)
{
    const struct table_index *there = table_find_index(c->next, name);
    if (!check_not_leaving(c, name))
        return false;
    if (!there)
        return true;
    if (!table_index_usable(there, c->now_ms))
        return index_in_use(c, "Index is being created.", name);
    return error_set(c->err, ERR_VALIDATION, "Attempting to create an index which already exists");
}

/* `verb`: "delete" or "update". */
static bool check_is_global(const struct update_context *c, struct slice name, const char *verb)
{
    const struct table_index *there = table_find_index(c->next, name);
    if (!check_not_leaving(c, name))
        return false;
    if (!there)
        return error_set(c->err, ERR_RESOURCE_NOT_FOUND,
                         "Requested resource not found: Index %.*s for table %.*s", SLICE_PRINTF(name),
                         SLICE_PRINTF(c->next->name));
    if (table_index_is_local(c->next, there))
        return error_set(c->err, ERR_VALIDATION,
                         "Cannot %s an index that is not a GlobalSecondaryIndex: %.*s", verb,
                         SLICE_PRINTF(name));
    return true;
}

static bool check_droppable(const struct update_context *c, struct slice name)
{
    if (!check_is_global(c, name, "delete"))
        return false;
    if (c->now_ms < table_find_index(c->next, name)->active_ms)
        return STILL_IN_USE(c->err,
                            "Index creation is in resource allocation phase. Retry deletion during "
                            "backfilling phase or when the index is active. Table: %.*s Index: %.*s",
                            SLICE_PRINTF(c->next->name), SLICE_PRINTF(name));
    return true;
}

static bool check_updatable(const struct update_context *c, struct slice name)
{
    if (!check_is_global(c, name, "update"))
        return false;
    const struct table_index *index = table_find_index(c->next, name);
    if (c->now_ms < index->active_ms)
        return index_in_use(c, "Index is being created but is not backfilling yet.", name);
    if (c->now_ms < index->updating_ms)
        return index_in_use(c, "Index is being updated.", name);
    return true;
}

/* While the table changes otherwise nothing comes or goes. */
static bool check_table_stands(const struct update_context *c)
{
    const struct table *former = &c->update->former;
    if (c->now_ms >= former->updating_ms)
        return true;
    switch (former->updating) {
    case TABLE_CHANGE_THROUGHPUT:
        return STILL_IN_USE(c->err,
                            "Can't create or delete indexes while table IOPS are being updated. Table: %.*s",
                            SLICE_PRINTF(former->name));
    case TABLE_CHANGE_CLASS:
        return STILL_IN_USE(c->err,
                            "Can't create or delete an index when a table class update is in progress.");
    case TABLE_CHANGE_INDEX:
    case TABLE_CHANGE_NONE:
        return true;
    }
    UNREACHABLE();
}

static bool check_one(const struct update_context *c, const struct index_update_input *one)
{
    struct slice name = index_update_name(one);
    if (one->update)
        return check_updatable(c, name);
    bool ok = one->create ? check_name_is_free(c, name) : check_droppable(c, name);
    if (!ok || !check_table_stands(c))
        return false;
    return !another_comes_or_goes(c, name) || one_at_a_time(c);
}

static bool check_all(const struct update_context *c)
{
    const struct update_table_input *input = c->update->input;
    if (count_structural(input) > 1)
        return one_at_a_time(c);
    for (size_t i = 0; i < input->index_update_count; i++) {
        if (!check_one(c, &input->index_updates[i]))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ definitions */

static bool key_has(const struct key_schema *key, struct slice name)
{
    for (unsigned i = 0; i < key->hash_count; i++) {
        if (slice_equal(key->hash[i].name, name))
            return true;
    }
    for (unsigned i = 0; i < key->range_count; i++) {
        if (slice_equal(key->range[i].name, name))
            return true;
    }
    return false;
}

/* The first key of the table that has the attribute; NULL: none. */
static const struct key_schema *find_key_with(const struct table *t, struct slice name)
{
    if (key_has(&t->key, name))
        return &t->key;
    for (size_t i = 0; i < t->local_index_count; i++) {
        if (key_has(&t->local_indexes[i].key, name))
            return &t->local_indexes[i].key;
    }
    for (size_t i = 0; i < t->global_index_count; i++) {
        if (key_has(&t->global_indexes[i].key, name))
            return &t->global_indexes[i].key;
    }
    return NULL;
}

static void print_element(struct buf *out, const struct key_attribute *attribute, const char *role)
{
    buf_printf(out, "%sSchemaElement: key{%.*s:%s:%s}", out->size ? ", " : "", SLICE_PRINTF(attribute->name),
               value_type_name(attribute->type), role);
}

static struct slice print_key(const struct key_schema *key, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena, 64);
    for (unsigned i = 0; i < key->hash_count; i++)
        print_element(&out, &key->hash[i], "HASH");
    for (unsigned i = 0; i < key->range_count; i++)
        print_element(&out, &key->range[i], "RANGE");
    return buf_slice(&out);
}

/* An attribute has one type in all keys of a table. */
static bool define(const struct update_context *c, const struct key_schema *key,
                   const struct key_attribute *attribute)
{
    struct table *t = c->next;
    for (size_t i = 0; i < t->definition_count; i++) {
        if (!slice_equal(t->definitions[i].name, attribute->name))
            continue;
        if (t->definitions[i].type == attribute->type)
            return true;
        const struct key_schema *there = find_key_with(t, attribute->name);
        INVARIANT(there != NULL);
        return INVALID_PARAMETER(
            c->err,
            "Attributes cannot be redefined. Please check that your attribute has the same type as "
            "previously defined. Existing schema: Schema:[%.*s] New schema: Schema:[%.*s]",
            SLICE_PRINTF(print_key(there, c->arena)), SLICE_PRINTF(print_key(key, c->arena)));
    }
    t->definitions[t->definition_count++] = *attribute;
    return true;
}

static bool define_all(const struct update_context *c, const struct key_schema *key)
{
    struct table *t = c->next;
    struct key_attribute *definitions = ARENA_NEW_ARRAY(
        c->arena, struct key_attribute, t->definition_count + key->hash_count + key->range_count);
    for (size_t i = 0; i < t->definition_count; i++)
        definitions[i] = t->definitions[i];
    t->definitions = definitions;
    for (unsigned i = 0; i < key->hash_count; i++) {
        if (!define(c, key, &key->hash[i]))
            return false;
    }
    for (unsigned i = 0; i < key->range_count; i++) {
        if (!define(c, key, &key->range[i]))
            return false;
    }
    return true;
}

/* Definitions that no key uses any more go with the index that used them. */
static void prune_definitions(const struct update_context *c)
{
    struct table *t = c->next;
    struct key_attribute *kept = ARENA_NEW_ARRAY(c->arena, struct key_attribute, t->definition_count);
    size_t count = 0;
    for (size_t i = 0; i < t->definition_count; i++) {
        if (find_key_with(t, t->definitions[i].name))
            kept[count++] = t->definitions[i];
    }
    t->definitions = kept;
    t->definition_count = count;
}

/* ------------------------------------------------------------------ the changes */

static bool check_counts(const struct update_context *c, const struct index_input *input)
{
    const struct table *t = c->next;
    size_t budget = TABLE_NON_KEY_ATTRIBUTES_MAX;
    if (t->global_index_count >= TABLE_GSI_MAX)
        return error_set(
            c->err, ERR_LIMIT_EXCEEDED,
            "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of %d",
            TABLE_GSI_MAX);
    for (size_t i = 0; i < t->local_index_count; i++)
        budget -= t->local_indexes[i].projection.non_key_attribute_count;
    for (size_t i = 0; i < t->global_index_count; i++)
        budget -= t->global_indexes[i].projection.non_key_attribute_count;
    return create_table_check_projection(&input->projection, &budget, c->err);
}

/* From here on writes keep the index; what was there before them is a job's. */
static bool make(const struct update_context *c, const struct index_input *input)
{
    const struct create_table_input defined = {.definitions = c->update->input->definitions,
                                               .definition_count = c->update->input->definition_count};
    struct table *t = c->next;
    struct table_index made = create_table_index_of(&defined, input);
    if (!check_counts(c, input) || !update_table_check_new_index(c, input) || !define_all(c, &made.key) ||
        !catalog_tx_new_space(c->tx, c->arena, &made.space, c->err))
        return false;
    made.status = INDEX_CREATING;
    made.added_later = true;
    made.active_ms = over_ms(c, c->update->create_delay_ms);
    begin_updating(c, TABLE_CHANGE_INDEX, c->update->create_delay_ms);
    t->global_indexes[t->global_index_count++] = made; /* there is room */
    return c->update->index_made(c->tx, t, &t->global_indexes[t->global_index_count - 1], c->arena, c->err);
}

static bool drop(const struct update_context *c, struct slice name)
{
    struct table *t = c->next;
    struct table_index dropped = *table_find_index(t, name);
    size_t kept = 0;
    for (size_t i = 0; i < t->global_index_count; i++) {
        if (!slice_equal(t->global_indexes[i].name, name))
            t->global_indexes[kept++] = t->global_indexes[i];
    }
    t->global_index_count = kept;
    prune_definitions(c);
    if (c->update->delete_delay_ms > 0) {
        t->leaving_index = ARENA_NEW(c->arena, struct table_index);
        *t->leaving_index = dropped;
        t->leaving_index->gone_ms = c->now_ms + c->update->delete_delay_ms;
    }
    begin_updating(c, TABLE_CHANGE_INDEX, c->update->delete_delay_ms);
    return storage_tx_drop_space(c->tx, dropped.space, c->err) &&
           c->update->index_dropped(c->tx, t, &dropped, c->arena, c->err);
}

static struct table_index *find_global(struct table *t, struct slice name)
{
    for (size_t i = 0; i < t->global_index_count; i++) {
        if (slice_equal(t->global_indexes[i].name, name))
            return &t->global_indexes[i];
    }
    UNREACHABLE();
}

static bool change_one(const struct update_context *c, const struct index_update_input *one)
{
    if (one->create)
        return make(c, one->create);
    if (one->update)
        return update_table_index_throughput(c, find_global(c->next, one->update->name), one->update);
    return drop(c, one->dropped);
}

bool update_table_indexes(const struct update_context *c)
{
    const struct update_table_input *input = c->update->input;
    struct table *t = c->next;
    if (input->index_update_count == 0)
        return true;
    if (!check_all(c))
        return false;
    struct table_index *copies = ARENA_NEW_ARRAY(c->arena, struct table_index, t->global_index_count + 1);
    for (size_t i = 0; i < t->global_index_count; i++)
        copies[i] = t->global_indexes[i];
    t->global_indexes = copies;
    for (size_t i = 0; i < input->index_update_count; i++) {
        if (!change_one(c, &input->index_updates[i]))
            return false;
    }
    return true;
}
