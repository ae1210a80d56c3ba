/* request.h - a CreateTable request as JSON, taken the whole way to a descriptor. For tests. */
#ifndef TEST_TABLE_REQUEST_H
#define TEST_TABLE_REQUEST_H

#include "api/create_table_shapes.h"
#include "table/create_table.h"

/* Everything up to, but without, create_table_supported(). */
static inline bool request_validate(struct arena *arena, const char *json,
                                    struct create_table_input *input_out, struct table *wanted_out,
                                    struct error *err)
{
    void *decoded;
    error_init(err, arena);
    if (!shape_decode(&shape_create_table_request, SHAPE_ECHOES_VALUE, slice_from_cstr(json), arena, &decoded,
                      err) ||
        !shape_check(&shape_create_table_request, decoded, SHAPE_ECHOES_VALUE, err))
        return false;
    const struct create_table_request *request = decoded;
    *input_out = create_table_input_of(arena, request, request->table_name);
    return create_table_validate(arena, input_out, wanted_out, err);
}

/* Members that most requests have. */
#define ON_DEMAND "\"TableName\":\"Music\",\"BillingMode\":\"PAY_PER_REQUEST\","
#define HASH_KEY  "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}]"
#define HASH_DEF  "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}]"
#define BOTH_KEYS                                                     \
    "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}," \
    "{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}]"
#define DEF(name)            "{\"AttributeName\":\"" name "\",\"AttributeType\":\"S\"}"
#define KEY(name)            "{\"AttributeName\":\"" name "\",\"KeyType\":\"HASH\"}"
#define RANGE(name)          "{\"AttributeName\":\"" name "\",\"KeyType\":\"RANGE\"}"
#define KEYS_ONLY_PROJECTION "\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"}"

#endif
