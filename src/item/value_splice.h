/* value_splice.h - containers that differ from stored ones in some of their members, written without reading the rest.
 * Use:     describe the difference as edits and value_splice_measure() it, the innermost container first; the outermost are
 *          an item's attributes, which item_splice() writes.
 * Cost:    members that stay are copied as runs of bytes, their offsets shifted. Only what goes or comes is looked at, for
 *          what it counts for; and where a member is put in the place of what it was made of, not even that.
 * Bytes:   the same as of a container built afresh with these members (canonical): the caller keeps the order of sets and
 *          maps.
 * Owns:    nothing; bases, values and edits are borrowed until the item is written.
 * Format:  docs/format.md#value. */
#ifndef STATOR_ITEM_VALUE_SPLICE_H
#define STATOR_ITEM_VALUE_SPLICE_H

#include "base/arena.h"
#include "item/value.h"

enum value_edit_content {
    EDIT_NOTHING,
    EDIT_VALUE,  /* one member: `value` */
    EDIT_SPLICE, /* one member: what `splice` makes */
    EDIT_MEMBERS, /* members of `value`, which is a list or set like the base: `count` of them from `first` on */
};

/* What becomes of one place of a container. */
struct value_edit {
    uint32_t at; /* a member of the base, or their count for what comes behind the last */
    bool
        removes; /* that member goes, and the content takes its place; otherwise the content comes before it */
    enum value_edit_content content;
    struct slice name; /* of an entry that comes */
    struct value value;
    const struct value_splice *splice;
    uint32_t first;
    uint32_t count;
};

struct value_splice {
    struct value base; /* L, M or a set */
    bool is_item; /* the base are the attributes of an item, whose entries count for nothing by themselves */
    struct value_edit *edits;
    size_t edit_count;
    /* Once measured: */
    size_t count; /* members */
    size_t members_bytes;
    size_t encoded_bytes;
    int64_t size_change; /* of what it counts for in its item's size */
};

/* PRE: edits are in the order of `at`, at most one of a place removes and it is the last there; splices in them are
 * measured. */
void value_splice_measure(struct value_splice *s);
/* What it makes counts for this much. PRE: measured. */
size_t value_splice_size_bytes(const struct value_splice *s);

/* `base` with the members of `other` that it does not have, or without those that it has; measured. Edits come from the
 * arena. Without edits nothing changes; without members there is no such set. PRE: sets of the same type. */
void value_splice_union(const struct value *base, const struct value *other, struct arena *arena,
                        struct value_splice *out);
void value_splice_difference(const struct value *base, const struct value *other, struct arena *arena,
                             struct value_splice *out);

/* The item whose attributes are these, made from one that counts for former_size_bytes. PRE: measured, is_item; not too
 * large to be an item. */
struct slice item_splice(const struct value_splice *attributes, size_t former_size_bytes,
                         struct arena *arena);

#endif
