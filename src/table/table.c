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
    if (now_ms < t->active_ms)
        return TABLE_CREATING;
    return now_ms < t->updating_ms ? TABLE_UPDATING : TABLE_ACTIVE;
}

bool table_check_changeable(const struct table *t, int64_t now_ms, struct error *err)
{
    switch (table_status_at(t, now_ms)) {
    case TABLE_CREATING:
        return error_set(err, ERR_RESOURCE_IN_USE,
                         "Attempt to change a resource which is still in use: Table is being created: %.*s",
                         SLICE_PRINTF(t->name));
    case TABLE_DELETING:
        return error_set(err, ERR_RESOURCE_IN_USE,
                         "Attempt to change a resource which is still in use: Table is being deleted: %.*s",
                         SLICE_PRINTF(t->name));
    case TABLE_ACTIVE:
    case TABLE_UPDATING:
        return true;
    }
    UNREACHABLE();
}

/* ------------------------------------------------------------------ throughput */

static int64_t utc_day(int64_t ms)
{
    return ms / (24 * 60 * 60 * INT64_C(1000));
}

int64_t throughput_decreases_today(const struct throughput_changes *changes, int64_t now_ms)
{
    return utc_day(changes->decreased_ms) == utc_day(now_ms) ? changes->decreases : 0;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct throughput throughput_warm(enum billing_mode mode, struct throughput provisioned,
                                  const struct optional_units *asked)
{
    struct throughput warm = provisioned;
    if (mode == BILLING_PAY_PER_REQUEST)
        warm = (struct throughput){TABLE_ON_DEMAND_READ_UNITS, TABLE_ON_DEMAND_WRITE_UNITS};
    if (asked->read_given)
        warm.read_units = larger(warm.read_units, asked->read_units);
    if (asked->write_given)
        warm.write_units = larger(warm.write_units, asked->write_units);
    return warm;
}

/* ------------------------------------------------------------------ names */

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
static const char *const precision_names[] = {
    [TIME_PRECISION_DEFAULT] = "DEFAULT",
    [TIME_PRECISION_MILLISECOND] = "MILLISECOND",
    [TIME_PRECISION_MICROSECOND] = "MICROSECOND",
};
static const char *const destination_state_names[] = {
    [DESTINATION_LIVE] = "LIVE",
    [DESTINATION_DISABLED] = "DISABLED",
    [DESTINATION_FAILED] = "FAILED",
};
static const char *const distance_names[] = {
    [VECTOR_COSINE] = "COSINE",
    [VECTOR_DOT_PRODUCT] = "DOT_PRODUCT",
    [VECTOR_EUCLIDEAN] = "EUCLIDEAN",
};

static const char *const change_names[] = {
    [TABLE_CHANGE_NONE] = "NONE",
    [TABLE_CHANGE_THROUGHPUT] = "THROUGHPUT",
    [TABLE_CHANGE_CLASS] = "CLASS",
    [TABLE_CHANGE_INDEX] = "INDEX",
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
NAMES_BOTH_WAYS(time_precision, time_precision, precision_names)
NAMES_BOTH_WAYS(destination_state, destination_state, destination_state_names)
NAMES_BOTH_WAYS(vector_distance, vector_distance, distance_names)
NAMES_BOTH_WAYS(table_change, table_change, change_names)
