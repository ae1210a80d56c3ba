/* tags.h - the rules for tags of a table, and the changes of them.
 * Source:  semantics.md 13.6. */
#ifndef STATOR_TABLE_TAGS_H
#define STATOR_TABLE_TAGS_H

#include "table/catalog.h"
#include "table/table.h"

enum { TABLE_TAGS_MAX = 50, TABLE_TAG_KEY_CHARACTERS_MAX = 128, TABLE_TAG_VALUE_CHARACTERS_MAX = 256 };

/* A list of new tags: keys, values, no key twice, not too many. ERR_VALIDATION. */
[[nodiscard]] bool table_tags_check(const struct table_tag *tags, size_t count, struct error *err);
/* The same of keys alone, which are to be removed. */
[[nodiscard]] bool table_tag_keys_check(const struct slice *keys, size_t count, struct error *err);

/* Either tags to put, in place of those with their keys, or keys whose tags go. */
struct tags_edit {
    struct catalog_edit edit; /* first */
    const struct table_tag *put;
    size_t put_count;
    const struct slice *removed;
    size_t removed_count;
};

/* For catalog_edit_table(). PRE: both were checked. The edit fails with ERR_VALIDATION (too many in all) or
 * ERR_RESOURCE_IN_USE. */
void tags_edit_init_put(struct tags_edit *edit, const struct table_tag *tags, size_t count);
void tags_edit_init_remove(struct tags_edit *edit, const struct slice *keys, size_t count);

#endif
