/* slice.h - a borrowed run of bytes.
 * Use:     passed by value; the bytes belong to someone else and are borrowed for the call unless a
 *          header says otherwise. Not terminated by NUL, may contain NUL.
 * Absent:  data == NULL. An empty slice has data != NULL and size == 0; SLICE_NONE is the absent one. */
#ifndef STATOR_BASE_SLICE_H
#define STATOR_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
    const char *data;
    size_t size;
};

#define SLICE(literal) ((struct slice){"" literal, sizeof(literal) - 1})
#define SLICE_NONE     ((struct slice){NULL, 0})
/* For printf("%.*s", SLICE_PRINTF(s)). */
#define SLICE_PRINTF(s) (int)(s).size, (s).data

static inline struct slice slice_of(const void *data, size_t size)
{
    return (struct slice){data, size};
}

static inline struct slice slice_from_cstr(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static inline bool slice_is_none(struct slice s)
{
    return s.data == NULL;
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Unsigned byte order; a prefix sorts before what it is a prefix of. Returns <0, 0 or >0. */
static inline int slice_compare(struct slice a, struct slice b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

static inline bool slice_starts_with(struct slice s, struct slice prefix)
{
    return s.size >= prefix.size && (prefix.size == 0 || memcmp(s.data, prefix.data, prefix.size) == 0);
}

/* The rest of `s` after its first `n` bytes. PRE: n <= s.size. */
static inline struct slice slice_after(struct slice s, size_t n)
{
    return (struct slice){s.data + n, s.size - n};
}

#endif
