/* The operations' own files, found by id. Apart from operations.c so that the list can be used without them. */
#include "api/api.h"

#define ROW_BUILT(c_name) &c_name##_operation
#define ROW_LATER(c_name) NULL

const struct api_operation *const api_operations[OPERATION_COUNT] = {
#define X(id, c_name, wire_name, service, kind, state, content, ranges, action) \
    [OPERATION_##id] = ROW_##state(c_name),
    OPERATIONS(X)
#undef X
};
