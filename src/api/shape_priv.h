/* shape_priv.h - how shapes lie in memory: shared by decoding, checking and printing. */
#ifndef STATOR_API_SHAPE_PRIV_H
#define STATOR_API_SHAPE_PRIV_H

#include "api/shape.h"
#include "base/contract.h"

/* Every LIST_OF(T) has this layout. */
struct shape_array {
    void *at; /* NULL when absent */
    size_t count;
};

/* Bytes a value of this shape takes as a member of a struct. */
size_t shape_member_size(const struct shape *shape);
/* Bytes it takes as an element of a list or the value of a map: structures stand there themselves. */
size_t shape_element_size(const struct shape *shape);

/* Where the members of a structure lie, seen from a member or element of that shape. */
static inline const void *shape_structure_of_member(const void *at)
{
    return *(const void *const *)at;
}

/* Whether the member at `at` is there. Here because every member of every request is asked. */
static inline bool shape_given(const struct shape *shape, const void *at)
{
    switch (shape->kind) {
    case SHAPE_STRING:
    case SHAPE_BLOB:
        return !slice_is_none(*(const struct slice *)at);
    case SHAPE_INTEGER:
    case SHAPE_LONG:
        return ((const struct optional_i64 *)at)->given;
    case SHAPE_BOOLEAN:
        return ((const struct optional_bool *)at)->given;
    case SHAPE_ENUM:
        return ((const struct optional_enum *)at)->value != 0;
    case SHAPE_VALUE:
        return ((const struct request_value *)at)->given;
    case SHAPE_ITEM:
        return !slice_is_none(((const struct request_item *)at)->item);
    case SHAPE_VALUES:
        return ((const struct request_values *)at)->at != NULL;
    case SHAPE_LIST:
    case SHAPE_MAP:
        return ((const struct shape_array *)at)->at != NULL;
    case SHAPE_STRUCTURE:
        return shape_structure_of_member(at) != NULL;
    }
    UNREACHABLE();
}

/* As an element: a structure always is there. */
static inline bool shape_element_given(const struct shape *shape, const void *at)
{
    return shape->kind == SHAPE_STRUCTURE || shape_given(shape, at);
}

static inline const void *shape_array_element(const struct shape *shape, const struct shape_array *array,
                                              size_t i)
{
    return (const char *)array->at + i * shape->element_size;
}

/* PRE: SHAPE_MAP. */
static inline struct slice shape_entry_key(const struct shape *map, const void *entry)
{
    return *(const struct slice *)((const char *)entry + map->key_offset);
}

static inline const void *shape_entry_value(const struct shape *map, const void *entry)
{
    return (const char *)entry + map->value_offset;
}

/* The service's package, in which its classes are named in error texts. */
#define SHAPE_PACKAGE "com.amazonaws.dynamodb.v20120810."

#endif
