#include "expr/text_index_priv.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Open addressing, at most half full, so that a free entry ends every search. */
struct text_index_entry {
    struct slice key; /* SLICE_NONE: free */
    uint32_t group;
    uint32_t number;
};

void text_index_init(struct text_index *index, struct arena *arena, size_t count_max)
{
    size_t size = 8;
    while (size < count_max * 2)
        size *= 2;
    index->entries = ARENA_NEW_ARRAY(arena, struct text_index_entry, size);
    index->mask = size - 1;
}

/* The entry of that key, or the free one where it would be. */
static struct text_index_entry *locate(const struct text_index *index, uint32_t group, struct slice key)
{
    size_t at = XXH3_64bits_withSeed(key.data, key.size, group) & index->mask;
    for (;;) {
        struct text_index_entry *entry = &index->entries[at];
        if (slice_is_none(entry->key) || (entry->group == group && slice_equal(entry->key, key)))
            return entry;
        at = (at + 1) & index->mask;
    }
}

void text_index_add(struct text_index *index, uint32_t group, struct slice key, uint32_t number)
{
    struct text_index_entry *entry = locate(index, group, key);
    if (slice_is_none(entry->key))
        *entry = (struct text_index_entry){.key = key, .group = group, .number = number};
}

bool text_index_find(const struct text_index *index, uint32_t group, struct slice key, uint32_t *number_out)
{
    const struct text_index_entry *entry = locate(index, group, key);
    if (slice_is_none(entry->key))
        return false;
    *number_out = entry->number;
    return true;
}
