#include "table/table.h"

#include "base/contract.h"

#include <stdlib.h>

enum { DESCRIPTOR_CHUNK_BYTES = 2048 };

static void destroy(struct shared *object)
{
    struct table *t = (struct table *)object;
    arena_release(&t->arena);
    free(t);
}

struct table *table_new(void)
{
    struct table *t = calloc(1, sizeof(*t));
    INVARIANT(t != NULL);
    shared_init(&t->shared, destroy);
    arena_init(&t->arena, DESCRIPTOR_CHUNK_BYTES);
    return t;
}

enum table_status table_status_at(const struct table *t, int64_t now_ms)
{
    if (t->gone_ms != 0)
        return TABLE_DELETING;
    return now_ms < t->active_ms ? TABLE_CREATING : TABLE_ACTIVE;
}

static const char *const status_names[] = {
    [TABLE_CREATING] = "CREATING",
    [TABLE_ACTIVE] = "ACTIVE",
    [TABLE_UPDATING] = "UPDATING",
    [TABLE_DELETING] = "DELETING",
};
static const char *const index_status_names[] = {
    [INDEX_ACTIVE] = "ACTIVE",
    [INDEX_CREATING] = "CREATING",
};
static const char *const billing_names[] = {
    [BILLING_PROVISIONED] = "PROVISIONED",
    [BILLING_PAY_PER_REQUEST] = "PAY_PER_REQUEST",
};
static const char *const projection_names[] = {
    [PROJECTION_ALL] = "ALL",
    [PROJECTION_KEYS_ONLY] = "KEYS_ONLY",
    [PROJECTION_INCLUDE] = "INCLUDE",
};
static const char *const stream_view_names[] = {
    [STREAM_VIEW_NEW_IMAGE] = "NEW_IMAGE",
    [STREAM_VIEW_OLD_IMAGE] = "OLD_IMAGE",
    [STREAM_VIEW_NEW_AND_OLD_IMAGES] = "NEW_AND_OLD_IMAGES",
    [STREAM_VIEW_KEYS_ONLY] = "KEYS_ONLY",
};
static const char *const distance_names[] = {
    [VECTOR_COSINE] = "COSINE",
    [VECTOR_DOT_PRODUCT] = "DOT_PRODUCT",
    [VECTOR_EUCLIDEAN] = "EUCLIDEAN",
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The index of `name`; `count` if it is not among them. */
static unsigned find_name(const char *const *names, unsigned count, struct slice name)
{
    unsigned i = 0;
    while (i < count && !slice_equal(slice_from_cstr(names[i]), name))
        i++;
    return i;
}

#define NAMES(function, kind, names)             \
    const char *function##_name(enum kind value) \
    {                                            \
        PRE((unsigned)value < COUNT_OF(names));  \
        return names[value];                     \
    }
#define NAMES_BOTH_WAYS(function, kind, names)                   \
    NAMES(function, kind, names)                                 \
    bool function##_from_name(struct slice name, enum kind *out) \
    {                                                            \
        unsigned i = find_name(names, COUNT_OF(names), name);    \
        if (i < COUNT_OF(names))                                 \
            *out = (enum kind)i;                                 \
        return i < COUNT_OF(names);                              \
    }

NAMES(table_status, table_status, status_names)
NAMES(index_status, index_status, index_status_names)
NAMES_BOTH_WAYS(billing_mode, billing_mode, billing_names)
NAMES_BOTH_WAYS(projection_type, projection_type, projection_names)
NAMES_BOTH_WAYS(stream_view_type, stream_view_type, stream_view_names)
NAMES_BOTH_WAYS(vector_distance, vector_distance, distance_names)
