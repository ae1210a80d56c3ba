/* decode_priv.h - one decoding of a request body: shared by decode.c (what holds others) and decode_scalar.c. */
#ifndef STATOR_API_DECODE_PRIV_H
#define STATOR_API_DECODE_PRIV_H

#include "api/shape_priv.h"
#include "item/wire.h"
#include "json/json_reader.h"

struct decoder {
    struct json_reader json;
    struct arena *arena;
    struct error *err;
    enum wire_wording wording;
    size_t arrays_bytes; /* spent of SHAPE_ARRAYS_BYTES_MAX */
};

/* Where a value stands; some texts of semantics.md 1.5 depend on it. */
enum decode_place { DECODE_MEMBER, DECODE_ELEMENT };

/* All report and return false. */
bool decode_not_json(struct decoder *d);
/* A scalar was expected, of `java_type` in `package`: "Integer", "java.lang". */
bool decode_not_scalar(struct decoder *d, enum json_token token, const char *package, const char *java_type);
/* A list, map or structure was expected and `token` does not begin one. */
bool decode_not_collection(struct decoder *d, const struct shape *shape, enum json_token token,
                           enum decode_place place);

/* One value whose first token is `token` (not null), into zeroed memory. */
bool decode_string(struct decoder *d, enum json_token token, struct slice *out);
bool decode_number(struct decoder *d, const struct shape *shape, enum json_token token,
                   struct optional_i64 *out);
bool decode_boolean(struct decoder *d, enum json_token token, struct optional_bool *out);
bool decode_enum(struct decoder *d, const struct shape *shape, enum json_token token,
                 struct optional_enum *out);
bool decode_blob(struct decoder *d, enum json_token token, struct slice *out);

#endif
