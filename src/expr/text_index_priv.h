/* text_index_priv.h - finds one of many texts: placeholders of a scope, children in a tree of paths.
 * Use:     text_index_init() with the number of texts that may be added. Keys live in groups, so that one index serves
 *          many small sets.
 * Owns:    nothing; keys are borrowed, the table is the arena's.
 * Bounds:  as said at init; a lookup costs a hash and usually one comparison. */
#ifndef STATOR_EXPR_TEXT_INDEX_PRIV_H
#define STATOR_EXPR_TEXT_INDEX_PRIV_H

#include "base/arena.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text_index_entry;

struct text_index {
    struct text_index_entry *entries;
    size_t mask;
};

void text_index_init(struct text_index *index, struct arena *arena, size_t count_max);
/* Of a key added twice the first is found. */
void text_index_add(struct text_index *index, uint32_t group, struct slice key, uint32_t number);
[[nodiscard]] bool text_index_find(const struct text_index *index, uint32_t group, struct slice key,
                                   uint32_t *number_out);

#endif
