/* What an index does not hold. Its entries are what a SELECT sees: a filter that names something else would find it missing
 * everywhere, and DynamoDB refuses that where it reads by key, but not where it scans (README.md, Indexes). */
#include "partiql/plan_priv.h"

#include "base/contract.h"

static bool projects(const struct table_index *index, struct slice name)
{
    if (index->projection.type == PROJECTION_ALL)
        return true;
    for (size_t i = 0; i < index->projected_count; i++)
        if (slice_equal(index->projected[i], name))
            return true;
    return false;
}

/* ------------------------------------------------------------------ names that are not held */

struct name_list {
    struct slice *at;
    size_t count;
    size_t room;
    struct arena *arena;
};

static void add_name(struct name_list *names, struct slice name)
{
    for (size_t i = 0; i < names->count; i++)
        if (slice_equal(names->at[i], name))
            return;
    if (names->count == names->room) {
        size_t room = names->room ? 2 * names->room : 8;
        struct slice *larger = ARENA_NEW_ARRAY(names->arena, struct slice, room);
        if (names->count > 0)
            memcpy(larger, names->at, names->count * sizeof *larger);
        names->at = larger;
        names->room = room;
    }
    names->at[names->count++] = name;
}

/* Recursion: PARTIQL_DEPTH_MAX. */
static void add_lacking(const struct table_index *index, const struct partiql_node *node,
                        struct name_list *names)
{
    if (node->kind == PARTIQL_PATH && !projects(index, node->text))
        add_name(names, node->text);
    if (node->kind == PARTIQL_PATH)
        return;
    for (const struct partiql_node *operand = node->operands; operand; operand = operand->next)
        add_lacking(index, operand, names);
}

/* As Java hashes a string: by its UTF-16 code units. */
static uint32_t java_hash(struct slice name)
{
    uint32_t hash = 0;
    for (size_t i = 0; i < name.size;) {
        uint8_t byte = (uint8_t)name.data[i++];
        unsigned more = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC0 ? 1 : 0;
        uint32_t character = more == 0 ? byte : byte & (0x3Fu >> more);
        for (; more > 0 && i < name.size; more--)
            character = character << 6 | ((uint8_t)name.data[i++] & 0x3F);
        if (character >= 0x10000) {
            hash = 31 * hash + (0xD7C0 + (character >> 10));
            character = 0xDC00 + (character & 0x3FF);
        }
        hash = 31 * hash + character;
    }
    return hash ^ hash >> 16;
}

/* DynamoDB tells the names of a filter in the order of a Java hash set: those seen were, and nothing else explains them. */
static void order_as_hash_set(struct name_list *names)
{
    uint32_t buckets = 16;
    while (names->count > buckets / 4 * 3)
        buckets *= 2;
    for (size_t i = 1; i < names->count; i++) {
        struct slice name = names->at[i];
        uint32_t bucket = java_hash(name) & (buckets - 1);
        size_t at = i;
        for (; at > 0 && (java_hash(names->at[at - 1]) & (buckets - 1)) > bucket; at--)
            names->at[at] = names->at[at - 1];
        names->at[at] = name;
    }
}

static struct slice text_of(const struct name_list *names)
{
    struct buf text;
    buf_init(&text, names->arena, 64);
    for (size_t i = 0; i < names->count; i++) {
        if (i > 0)
            buf_append_literal(&text, ", ");
        buf_append(&text, names->at[i]);
    }
    return buf_slice(&text);
}

/* ------------------------------------------------------------------ filters and columns */

static struct name_list lacking_of_filter(const struct planner *p, const struct table_index *index,
                                          const struct index_filter *filter)
{
    struct name_list names = {.arena = p->arena};
    for (size_t i = 0; i < filter->count; i++)
        add_lacking(index, filter->conditions[i], &names);
    return names;
}

/* One range whose filter can be answered is enough: DynamoDB looks at each as it comes to read it. If none can, one of them is
 * told; of those seen that was the one of the greatest partition key. */
bool index_check_filters(const struct planner *p, const struct table_index *index,
                         const struct index_filter *filters, size_t count)
{
    struct name_list told = {.arena = p->arena};
    const struct value *greatest = NULL;
    for (size_t i = 0; i < count; i++) {
        struct name_list names = lacking_of_filter(p, index, &filters[i]);
        if (names.count == 0)
            return true;
        if (greatest && value_compare(filters[i].partition, greatest) < 0)
            continue;
        greatest = filters[i].partition;
        told = names;
    }
    order_as_hash_set(&told);
    struct slice text = text_of(&told);
    return error_set(
        p->err, ERR_VALIDATION,
        "One or more parameter values were invalid: Secondary index %.*s does not project one or "
        "more filter attributes: [%.*s]",
        SLICE_PRINTF(index->name), SLICE_PRINTF(text));
}

bool index_check_columns(const struct planner *p, const struct item_source *source)
{
    struct name_list names = {.arena = p->arena};
    if (!source->index || table_index_is_local(source->table, source->index))
        return true;
    for (const struct partiql_node *column = p->statement->columns; column; column = column->next)
        if (!projects(source->index, column->text))
            add_name(&names, column->text);
    if (names.count == 0)
        return true;
    struct slice text = text_of(&names);
    return error_set(
        p->err, ERR_VALIDATION,
        "One or more parameter values were invalid: Global secondary index %.*s does not project [%.*s]",
        SLICE_PRINTF(source->index->name), SLICE_PRINTF(text));
}
