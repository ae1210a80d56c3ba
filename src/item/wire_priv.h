/* wire_priv.h - what decoding needs for its error texts. */
#ifndef STATOR_ITEM_WIRE_PRIV_H
#define STATOR_ITEM_WIRE_PRIV_H

#include "item/wire.h"

/* ---- wire_set_text.c */

/* The members of an SS or BS of which at least two are equal, `set` being their encodings one after another as they were
 * sent. The older way shows them like that: [b, a, b]. The newer one has taken them into a sorted set up to the first
 * repeat: ["a", "b", "b"]. */
struct slice wire_set_text(struct arena *arena, enum value_type type, enum wire_wording wording,
                           struct slice set);

/* ---- wire_type_error.c. All set *err to ERR_SERIALIZATION and return false; `token` is what came. */

bool wire_syntax_error(const struct json_reader *r, struct error *err);
/* Instead of the scalar of this Java type. */
bool wire_not_a_scalar(const struct json_reader *r, enum json_token token, const char *package,
                       const char *java_type, struct error *err);
/* Instead of the beginning of a list; of a map of attribute values; of an attribute value in a map or list. */
bool wire_not_a_list(const struct json_reader *r, enum json_token token, struct error *err);
bool wire_not_a_map(const struct json_reader *r, enum json_token token, struct error *err);
bool wire_not_a_value(const struct json_reader *r, enum json_token token, struct error *err);

#endif
