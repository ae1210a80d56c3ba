/* shape_priv.h - how shapes lie in memory: shared by decoding, checking and printing. */
#ifndef STATOR_API_SHAPE_PRIV_H
#define STATOR_API_SHAPE_PRIV_H

#include "api/shape.h"

/* Every LIST_OF(T) has this layout. */
struct shape_array {
    void *at; /* NULL when absent */
    size_t count;
};

/* Bytes a value of this shape takes as a member of a struct. */
size_t shape_member_size(const struct shape *shape);
/* Bytes it takes as an element of a list or the value of a map: structures stand there themselves. */
size_t shape_element_size(const struct shape *shape);

/* Whether the member at `at` is there. PRE: as a member, that is, a structure is a pointer. */
bool shape_given(const struct shape *shape, const void *at);
/* As an element: a structure always is. */
bool shape_element_given(const struct shape *shape, const void *at);

/* Where the members of a structure lie, seen from a member or element of that shape. */
static inline const void *shape_structure_of_member(const void *at)
{
    return *(const void *const *)at;
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
