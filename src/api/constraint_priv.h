/* constraint_priv.h - values as error texts show them. */
#ifndef STATOR_API_CONSTRAINT_PRIV_H
#define STATOR_API_CONSTRAINT_PRIV_H

#include "api/shape_priv.h"
#include "base/buf.h"

/* Whether the value stands in a struct, where a structure is a pointer, or in a list or map. */
enum print_place { PRINT_MEMBER, PRINT_ELEMENT };

/* As Java's toString() does: [a, b], {k=v}, KeySchemaElement(attributeName=id, keyType=HASH), null. */
void print_java(struct buf *out, const struct shape *shape, const void *at, enum print_place place);
/* As the request's JSON, absent members left out. */
void print_json(struct buf *out, const struct shape *shape, const void *at, enum print_place place);

/* A member's name with its first letter in lower case. */
void print_lower_first(struct buf *out, struct slice name);

#endif
