/* value_builder.h - writes stored values, members first, into one growing run of bytes.
 * Use:     value_builder_init(); then values. A scalar is one call. A container is begun, gets its members, and is
 *          ended, which puts directory and order in place. A member is begun, its value is written by any of these
 *          calls, and it is ended:
 *              begin; { member_begin | entry_begin; value; member_end }*; end_list | end_set | end_map | end_item
 * Returns: every value tells what it counts for in an item's size (semantics.md 4.3); member_end wants it back.
 * Order:   members may come in any order: sets and maps are sorted here. Of entries with the same name the last
 *          one stays.
 * Owns:    memory of the arena. The bytes move while they grow: what was built is read only at the end.
 * Bounds:  VALUE_BUILDER_MEMBERS_MAX members of open containers; an item that needs more cannot be within its size
 *          limit. Depth is the caller's.
 * Format:  docs/format.md#value. */
#ifndef STATOR_ITEM_VALUE_BUILDER_H
#define STATOR_ITEM_VALUE_BUILDER_H

#include "base/buf.h"
#include "item/item.h"
#include "item/number.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each member counts for at least one byte of its item, but for one empty string or binary in each set and an
 * entry with an empty name in each map. */
enum { VALUE_BUILDER_MEMBERS_MAX = ITEM_SIZE_BYTES_MAX + 64 };

/* Members are private, but for `out`, where the values are. */
struct value_builder {
    struct buf out;
    struct buf scratch; /* members in the order they came, while they are put in order */
    struct arena *arena;
    struct value_builder_member *members; /* of all open containers, innermost last */
    uint32_t member_count;
    uint32_t member_capacity;
    struct value_builder_member *spare; /* for sorting */
    size_t spare_capacity;
};

/* Where an open container begins. */
struct value_builder_mark {
    size_t at;
    uint32_t member_first;
};

void value_builder_init(struct value_builder *b, struct arena *arena, size_t capacity);

/* PRE: type is S, N (text is an encoding, see number.h) or B. */
size_t value_builder_text(struct value_builder *b, enum value_type type, struct slice text);
/* A binary value from its base64 text. false: the text is malformed; nothing was written. */
[[nodiscard]] bool value_builder_base64(struct value_builder *b, struct slice text, size_t *size_bytes_out);
size_t value_builder_bool(struct value_builder *b, bool value);
size_t value_builder_null(struct value_builder *b);
/* A value that is in stored form already. */
size_t value_builder_copy(struct value_builder *b, const struct value *v);

/* A number as a value by itself, in the arena. */
void value_of_number(const struct number *n, struct arena *arena, struct value *out);

struct value_builder_mark value_builder_begin(struct value_builder *b);
/* As value_builder_begin(), for what value_builder_end_item() ends. PRE: nothing is open. */
struct value_builder_mark value_builder_begin_item(struct value_builder *b);

/* Whether there may be no more members. */
static inline bool value_builder_is_full(const struct value_builder *b)
{
    return b->member_count == VALUE_BUILDER_MEMBERS_MAX;
}
/* A member of a list or set. false: there are too many; nothing was begun. */
[[nodiscard]] bool value_builder_member_begin(struct value_builder *b, uint32_t *member_out);
/* An entry of a map. */
[[nodiscard]] bool value_builder_entry_begin(struct value_builder *b, struct slice name,
                                             uint32_t *member_out);
/* The member's value has been written; size_bytes is what writing it returned. */
void value_builder_member_end(struct value_builder *b, uint32_t member, size_t size_bytes);
/* The same in one step, value_builder_text() being between beginning and end. false: as at the beginning. */
[[nodiscard]] bool value_builder_text_member(struct value_builder *b, enum value_type type,
                                             struct slice text);
[[nodiscard]] bool value_builder_text_entry(struct value_builder *b, struct slice name, enum value_type type,
                                            struct slice text);

size_t value_builder_end_list(struct value_builder *b, struct value_builder_mark mark);
size_t value_builder_end_map(struct value_builder *b, struct value_builder_mark mark);
/* false: it has duplicates. The members then stand in `out` from mark.at on, one value after the other, as they
 * were written, until value_builder_abandon(). PRE: at least one member, each of the set's element type. */
[[nodiscard]] bool value_builder_end_set(struct value_builder *b, struct value_builder_mark mark,
                                         enum value_type type, size_t *size_bytes_out);
/* Returns the whole item; PRE: the mark is from value_builder_begin_item(). */
struct slice value_builder_end_item(struct value_builder *b, struct value_builder_mark mark);
/* Forgets the container and what it held. */
void value_builder_abandon(struct value_builder *b, struct value_builder_mark mark);

#endif
