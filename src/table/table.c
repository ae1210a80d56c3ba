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

const char *table_status_name(enum table_status status)
{
    switch (status) {
    case TABLE_CREATING:
        return "CREATING";
    case TABLE_ACTIVE:
        return "ACTIVE";
    case TABLE_UPDATING:
        return "UPDATING";
    case TABLE_DELETING:
        return "DELETING";
    }
    UNREACHABLE();
}

const char *billing_mode_name(enum billing_mode mode)
{
    switch (mode) {
    case BILLING_PROVISIONED:
        return "PROVISIONED";
    case BILLING_PAY_PER_REQUEST:
        return "PAY_PER_REQUEST";
    }
    UNREACHABLE();
}

const char *projection_type_name(enum projection_type type)
{
    switch (type) {
    case PROJECTION_ALL:
        return "ALL";
    case PROJECTION_KEYS_ONLY:
        return "KEYS_ONLY";
    case PROJECTION_INCLUDE:
        return "INCLUDE";
    }
    UNREACHABLE();
}

const char *stream_view_type_name(enum stream_view_type type)
{
    switch (type) {
    case STREAM_VIEW_NEW_IMAGE:
        return "NEW_IMAGE";
    case STREAM_VIEW_OLD_IMAGE:
        return "OLD_IMAGE";
    case STREAM_VIEW_NEW_AND_OLD_IMAGES:
        return "NEW_AND_OLD_IMAGES";
    case STREAM_VIEW_KEYS_ONLY:
        return "KEYS_ONLY";
    }
    UNREACHABLE();
}

const char *vector_distance_name(enum vector_distance distance)
{
    switch (distance) {
    case VECTOR_COSINE:
        return "COSINE";
    case VECTOR_DOT_PRODUCT:
        return "DOT_PRODUCT";
    case VECTOR_EUCLIDEAN:
        return "EUCLIDEAN";
    }
    UNREACHABLE();
}
