/* field.h - one name and value of an HTTP message, as its sender spelled it. Shared by http and auth. */
#ifndef STATOR_BASE_FIELD_H
#define STATOR_BASE_FIELD_H

#include "base/slice.h"

#include <stddef.h>
#include <strings.h>

struct field {
    struct slice name;
    struct slice value;
};

struct field_list {
    const struct field *fields;
    size_t count;
};

/* Whether the field has that name, letter case aside. Most that are as long differ in the first letter. */
static inline bool field_is(const struct field *f, struct slice name)
{
    return f->name.size == name.size && name.size > 0 && ((f->name.data[0] ^ name.data[0]) & ~0x20) == 0 &&
           strncasecmp(f->name.data, name.data, name.size) == 0;
}

/* The first field of that name, letter case aside; NULL if there is none. */
static inline const struct field *field_find(struct field_list list, struct slice name)
{
    for (size_t i = 0; i < list.count; i++) {
        const struct field *f = &list.fields[i];
        if (field_is(f, name))
            return f;
    }
    return NULL;
}

/* Its value; SLICE_NONE if there is none. */
static inline struct slice field_value(struct field_list list, struct slice name)
{
    const struct field *f = field_find(list, name);
    return f ? f->value : SLICE_NONE;
}

#endif
