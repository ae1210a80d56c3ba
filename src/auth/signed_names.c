/* The names of a list of signed headers: "host;x-amz-date". A client lists the same ones with each request, so each
 * thread keeps those that it has split last. */
#include "auth/auth_priv.h"

#include "base/bytes8.h"

#include <stdlib.h>

enum { KEPT_BYTES_MAX = 512 };

static void lower_case(struct slice text, char *out)
{
    size_t i = 0;
    for (; text.size - i >= 8; i += 8)
        bytes8_store(out + i, bytes8_lower_case(bytes8_load(text.data + i)));
    for (; i < text.size; i++)
        out[i] = text.data[i] >= 'A' && text.data[i] <= 'Z' ? (char)(text.data[i] | 0x20) : text.data[i];
}

static int compare_names(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static void join(struct signed_names *names, char *out)
{
    names->joined = slice_of(out, 0);
    for (size_t i = 0; i < names->count; i++) {
        if (i > 0)
            out[names->joined.size++] = ';';
        memcpy(out + names->joined.size, names->names[i].data, names->names[i].size);
        names->joined.size += names->names[i].size;
    }
}

/* Names beyond the limit are left out: no honest signature has them, and this one will not match. What is in `lower` and
 * `joined`, both as large as the list, the names refer to. */
static void split(struct signed_names *names, struct slice list, char *lower, char *joined)
{
    lower_case(list, lower);
    names->count = 0;
    names->with_host = false;
    for (struct slice rest = slice_of(lower, list.size); rest.size > 0;) {
        const char *end = memchr(rest.data, ';', rest.size);
        struct slice name = slice_of(rest.data, end ? (size_t)(end - rest.data) : rest.size);
        if (names->count < SIGNED_HEADERS_MAX)
            names->names[names->count++] = name;
        names->with_host |= slice_equal(name, SLICE("host"));
        rest = slice_after(rest, end ? name.size + 1 : name.size);
    }
    qsort(names->names, names->count, sizeof names->names[0], compare_names);
    join(names, joined);
}

static const struct signed_names *split_in_arena(struct slice list, struct arena *arena)
{
    struct signed_names *names = arena_alloc(arena, sizeof *names);
    split(names, list, arena_alloc_bytes(arena, list.size), arena_alloc_bytes(arena, list.size));
    return names;
}

const struct signed_names *signed_names(struct slice list, struct arena *arena)
{
    static _Thread_local struct {
        size_t size; /* 0: nothing is kept yet */
        char list[KEPT_BYTES_MAX];
        char lower[KEPT_BYTES_MAX];
        char joined[KEPT_BYTES_MAX];
        struct signed_names names;
    } kept;
    if (list.size == 0 || list.size > KEPT_BYTES_MAX)
        return split_in_arena(list, arena);
    if (!slice_equal(slice_of(kept.list, kept.size), list)) {
        split(&kept.names, list, kept.lower, kept.joined);
        memcpy(kept.list, list.data, list.size);
        kept.size = list.size;
    }
    return &kept.names;
}
