/* value.h - one attribute value in stored form, read in place.
 * Use:       a struct value is a view: its slices point into the stored bytes and live as long as they do.
 * Canonical: equal values are equal bytes (sets sorted, map members sorted by name, numbers normalised), so
 *            equality is a memcmp. Maps and lists carry an offset directory, so that one member is found
 *            without reading the others.
 * Format:    docs/format.md#value. Source of the rules: semantics.md section 4. */
#ifndef STATOR_ITEM_VALUE_H
#define STATOR_ITEM_VALUE_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The order is that of the stored tag. */
enum value_type {
    VALUE_S,
    VALUE_N,
    VALUE_B,
    VALUE_BOOL,
    VALUE_NULL,
    VALUE_SS,
    VALUE_NS,
    VALUE_BS,
    VALUE_L,
    VALUE_M,
};

enum {
    VALUE_TYPE_COUNT = 10,
    /* Levels of nesting: the top-level value is the first, and the inside of a list or map is one even if it is empty (which
     * is not established; semantics.md 4.1). */
    VALUE_DEPTH_MAX = 32,
    VALUE_NAME_BYTES_MAX = 65535 /* of an attribute's name and of one inside a map */
};

struct value {
    enum value_type type;
    bool boolean;         /* VALUE_BOOL */
    uint32_t count;       /* sets, L and M: how many members */
    struct slice payload; /* S: text; B: bytes; N: the number's encoding; others: private to value.c */
    struct slice encoded; /* the whole value as stored, tag included */
};

/* The wire name: "S", "N", ... */
const char *value_type_name(enum value_type type);
/* The type of that wire name. */
[[nodiscard]] bool value_type_from_name(struct slice name, enum value_type *out);

/* Reads the value that begins at the start of `bytes`. PRE: bytes passed their checksum (stored) or came from
 * an encoder. Cheap: looks at the first few bytes only. */
void value_read(struct slice bytes, struct value *out);

/* L: element `index`; sets: member `index` in stored order, as a value of the element type. PRE: index < count. */
void value_element(const struct value *list_or_set, uint32_t index, struct value *out);
/* M: entry `index` in name order. PRE: index < count. */
void value_entry(const struct value *map, uint32_t index, struct slice *name, struct value *out);
/* All members of a container one after another, in the same order and for less: value_members() is what there is to
 * read, and each call of value_next...() takes the first of it. To be called `count` times. */
struct slice value_members(const struct value *container);
void value_next_element(struct slice *members, struct value *out);
void value_next_entry(struct slice *members, struct slice *name, struct value *out);
/* M: the member called `name`; false if there is none. */
[[nodiscard]] bool value_member(const struct value *map, struct slice name, struct value *out);
/* M: the same from entry `from` on; where there is none, *index_out is where it would be. */
[[nodiscard]] bool value_find_member(const struct value *map, struct slice name, uint32_t from,
                                     uint32_t *index_out, struct value *out);
/* Sets: likewise for the member with this payload. Fast when it is near `from`. */
[[nodiscard]] bool value_find_in_set(const struct value *set, struct slice payload, uint32_t from,
                                     uint32_t *index_out);
/* Sets: whether they hold that member. `member` is S, N or B of the set's element type. */
[[nodiscard]] bool value_set_contains(const struct value *set, const struct value *member);

static inline bool value_equal(const struct value *a, const struct value *b)
{
    return slice_equal(a->encoded, b->encoded);
}

/* Order of two S, two N or two B. PRE: both have the same one of these types. Returns <0, 0 or >0. */
int value_compare(const struct value *a, const struct value *b);

/* What the value counts for in its item's size (semantics.md 4.3). */
size_t value_size_bytes(const struct value *v);
/* How many levels it nests, itself being one; members of a set are none, the inside of a list or map is one even if it is
 * empty. */
unsigned value_depth(const struct value *v);

#endif
