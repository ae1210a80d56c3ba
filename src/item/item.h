/* item.h - one item in stored form.
 * Layout:  format version, DynamoDB's size of the item, then the attributes as a map value sorted by name with an
 *          offset directory. Byte-exact: docs/format.md#item. The checksum is the storage layer's, around the value.
 * Use:     an item is a slice; it is read in place and never modified. Made by wire.h.
 * Bounds:  ITEM_SIZE_BYTES_MAX in DynamoDB's own measure; the stored bytes are at most a small multiple of it. */
#ifndef STATOR_ITEM_ITEM_H
#define STATOR_ITEM_ITEM_H

#include "item/value.h"

enum { ITEM_SIZE_BYTES_MAX = 409600 };

/* Whether stored bytes are an item this version can read, all offsets inside; walks everything.
 * For data that comes from outside the write path: tests, fuzzing, import, check commands. */
[[nodiscard]] bool item_valid(struct slice item);

/* The attributes as a map value. PRE: made by wire.h or read back through storage. */
void item_attributes(struct slice item, struct value *map_out);
[[nodiscard]] bool item_attribute(struct slice item, struct slice name, struct value *out);
/* DynamoDB's size of the item; read from the header, not computed. */
size_t item_size_bytes(struct slice item);

#endif
