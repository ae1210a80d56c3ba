/* wire.h - DynamoDB JSON to stored values and back, in one pass each.
 * Decode:  reads from a json_reader and leaves stored form in the arena. Two kinds of failure, because DynamoDB
 *          reports them at different times (semantics.md 1.4):
 *          - a member of the wrong JSON type is ERR_SERIALIZATION and ends decoding at once (return false);
 *          - a value DynamoDB would parse and then reject (two datatypes, empty set, bad number, nesting,
 *            NULL that is not true) is put into `issue` and decoding goes on; the operation reports it when its
 *            turn comes. issue->code stays ERR_NONE if there was none; only the first is kept. The decoded bytes
 *            must not be used when there is one.
 *          Unknown members of an attribute value are passed over, null ones count as absent. An unparsable text is
 *          ERR_SERIALIZATION without a message, as DynamoDB has it; it looks at the syntax of the whole text before it
 *          looks at types, so whoever reports a type error first reads the rest of the text to its end.
 * Bounds:  an item of more members than any item within its size limit can have is an issue, not more memory
 *          (value_builder.h). Recursion ends at VALUE_DEPTH_MAX.
 * Wording: DynamoDB checks values in one of two ways, depending on the operation: some operations moved to a newer one in
 *          2026, which words numbers, duplicates and empty names differently and reads exponents differently.
 * Encode:  cannot fail.
 * Texts:   semantics.md 1.5, 4.1, 4.2; those of the newer way as seen in several regions in October 2026. */
#ifndef STATOR_ITEM_WIRE_H
#define STATOR_ITEM_WIRE_H

#include "base/buf.h"
#include "base/error.h"
#include "item/value.h"
#include "json/json_reader.h"
#include "json/json_writer.h"

enum wire_wording { WIRE_OLDER, WIRE_NEWER };

/* Decodes the attribute value whose first token is `token`. *value_out borrows from the arena. The errors are those
 * of a value in a map or list ("Unexpected value type in payload"); where a value is the member of a structure
 * the caller looks at the token first. JSON_NULL is taken for a value without a datatype. */
[[nodiscard]] bool wire_read_value_worded(struct json_reader *r, enum json_token token,
                                          enum wire_wording wording, struct arena *arena,
                                          struct value *value_out, struct error *issue, struct error *err);

/* Decodes a map of attribute values (an Item, a Key) whose first token is `token`. A name given twice keeps the
 * last value, as a Java map does. JSON_NULL, an absent member, is the caller's to see before. */
[[nodiscard]] bool wire_read_item_worded(struct json_reader *r, enum json_token token,
                                         enum wire_wording wording, struct arena *arena,
                                         struct slice *item_out, struct error *issue, struct error *err);

/* For whoever does not show the issue to a client. */
[[nodiscard]] static inline bool wire_read_value(struct json_reader *r, enum json_token token,
                                                 struct arena *arena, struct value *value_out,
                                                 struct error *issue, struct error *err)
{
    return wire_read_value_worded(r, token, WIRE_OLDER, arena, value_out, issue, err);
}
[[nodiscard]] static inline bool wire_read_item(struct json_reader *r, enum json_token token,
                                                struct arena *arena, struct slice *item_out,
                                                struct error *issue, struct error *err)
{
    return wire_read_item_worded(r, token, WIRE_OLDER, arena, item_out, issue, err);
}

/* {"S":"..."}; what counts is v->encoded. */
void wire_write_value(struct json_writer *w, const struct value *v);
/* The same for an S, N or B of which there is no stored form, as in a key. */
void wire_write_scalar(struct json_writer *w, enum value_type type, struct slice payload);
/* {"name":{"S":"..."},...} */
void wire_write_item(struct json_writer *w, struct slice item);

#endif
