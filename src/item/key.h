/* key.h - key attributes as bytes whose order is the order of the values.
 * Single:    S is its UTF-8, B its bytes, N its encoding (number.h), without terminator: a prefix of a string is a
 *            prefix of bytes, which is what begins_with needs.
 * Composite: several attributes in one key (multi-attribute index keys, index key then table key) are
 *            concatenated, each with escapes and a terminator, so that order is by the first, then the second, ... A string's
 *            part without its terminator begins the parts of all strings that begin with it. No part ends with FF.
 * Format:    docs/format.md#key. */
#ifndef STATOR_ITEM_KEY_H
#define STATOR_ITEM_KEY_H

#include "base/buf.h"
#include "item/value.h"

enum {
    KEY_PARTITION_BYTES_MAX = 2048, /* of a partition key value; semantics.md 4.4 */
    KEY_SORT_BYTES_MAX = 1024,
    KEY_TERMINATOR_BYTES = 2 /* of S and B in composite keys */
};

/* The bytes of a key made of this one attribute. Borrowed from the value. PRE: S, N or B. */
struct slice key_single(const struct value *v);
/* Appends one attribute of a composite key. PRE: S, N or B. */
void key_append(struct buf *key, const struct value *v);

#endif
