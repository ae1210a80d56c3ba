/* tags.h - the rules for tags of a table.
 * Source:  semantics.md 13.6. */
#ifndef STATOR_TABLE_TAGS_H
#define STATOR_TABLE_TAGS_H

#include "table/table.h"

enum { TABLE_TAGS_MAX = 50, TABLE_TAG_KEY_CHARACTERS_MAX = 128, TABLE_TAG_VALUE_CHARACTERS_MAX = 256 };

/* A list of new tags: keys, values, no key twice, not too many. ERR_VALIDATION. */
[[nodiscard]] bool table_tags_check(const struct table_tag *tags, size_t count, struct error *err);

#endif
