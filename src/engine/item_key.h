/* item_key.h - from key attributes to the key an item is stored under.
 * Use:     an item that is put, a Key map and an ExclusiveStartKey each have their own rules and texts.
 * Owns:    nothing; the key borrows from the item's bytes.
 * Source:  semantics.md sections 4.4 and 8.1. */
#ifndef STATOR_ENGINE_ITEM_KEY_H
#define STATOR_ENGINE_ITEM_KEY_H

#include "base/error.h"
#include "item/item.h"
#include "json/json_writer.h"
#include "table/table.h"

/* The key of an item to be put, which holds the key attributes among others. */
[[nodiscard]] bool item_key_of_item(const struct table *table, struct slice item, struct storage_key *key_out,
                                    struct error *err);

/* The key in a Key map, which holds exactly the key attributes; SLICE_NONE, a null, holds none. */
[[nodiscard]] bool item_key_of_map(const struct table *table, struct slice map, struct storage_key *key_out,
                                   struct error *err);

/* An attribute of a Key map, which must be there with its type. */
[[nodiscard]] bool item_key_check_member(const struct key_attribute *attribute, struct slice map,
                                         struct value *out, struct error *err);

/* Whether a value may stand for this key attribute in a key condition or key map: not empty, not too long.
 * `is_hash` says which bound and text apply. */
[[nodiscard]] bool item_key_check_value(const struct key_attribute *attribute, const struct value *value,
                                        bool is_hash, struct error *err);

/* What a Query or a Scan goes through: the entries of an index, or the items of the table itself. */
struct item_source {
    const struct table *table;
    const struct table_index *index; /* NULL: the table */
};

static inline const struct key_schema *item_source_key(const struct item_source *source)
{
    return source->index ? &source->index->key : &source->table->key;
}
static inline uint32_t item_source_space(const struct item_source *source)
{
    return source->index ? source->index->space : source->table->space;
}

/* The key attributes of the source, of an index those of its table too, each once. */
enum { ITEM_SOURCE_ATTRIBUTES_MAX = 2 * TABLE_KEY_ATTRIBUTES_MAX + 2 };
size_t item_source_attributes(const struct item_source *source,
                              const struct key_attribute *out[ITEM_SOURCE_ATTRIBUTES_MAX]);

/* These attributes of a stored item as a DynamoDB JSON object: a LastEvaluatedKey. */
void item_key_write(const struct item_source *source, struct slice item, struct json_writer *w);

bool item_key_has_attribute(const struct key_schema *key, struct slice name);

#endif
