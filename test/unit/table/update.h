/* update.h - a table and the UpdateTable requests that change it. For tests. */
#ifndef TEST_TABLE_UPDATE_H
#define TEST_TABLE_UPDATE_H

#include "api/update_table_shapes.h"
#include "request.h"
#include "store.h"
#include "support/cmocka.h"

#include <stdio.h>
#include <string.h>

#define P      "One or more parameter values were invalid: "
#define IN_USE "Attempt to change a resource which is still in use: "
#define LIMITED                                                                                    \
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per " \
    "table"
#define UNITS(read, write) "{\"ReadCapacityUnits\":" #read ",\"WriteCapacityUnits\":" #write "}"
#define MADE(name, key)    MADE_WITH(name, key, "")
#define MADE_WITH(name, key, more) \
    "{\"Create\":{\"IndexName\":\"" name "\",\"KeySchema\":[" KEY(key) "]," KEYS_ONLY_PROJECTION more "}}"
#define CHANGED(name, more) "{\"Update\":{\"IndexName\":\"" name "\"," more "}}"
#define DROPPED(name)       "{\"Delete\":{\"IndexName\":\"" name "\"}}"
#define INDEXES(...)        "\"GlobalSecondaryIndexUpdates\":[" __VA_ARGS__ "]"
#define DEFINED(name)       "\"AttributeDefinitions\":[" DEF(name) "]"
#define THROUGHPUT(r, w)    "\"ProvisionedThroughput\":" UNITS(r, w)

/* Tables to begin with. */
#define ON_DEMAND_TABLE "{" ON_DEMAND HASH_KEY "," HASH_DEF "}"
#define PROVISIONED_TABLE                             \
    "{\"TableName\":\"Music\"," HASH_KEY "," HASH_DEF \
    ",\"BillingMode\":\"PROVISIONED\"," THROUGHPUT(10, 10) "}"

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS, DELAY_MS = 1000 };

/* What the last change was, and what its hooks saw. */
static struct update_table_input input;
static struct table_update update;
static struct table shown;
static char hooks[256];
static bool hooks_fail;
static const struct catalog_snapshot *snapshot;

/* ------------------------------------------------------------------ shorthand */

static inline void look_away(void)
{
    if (snapshot)
        catalog_give(snapshot);
    snapshot = NULL;
}

static inline void with_delays(int64_t create_delay_ms, int64_t delete_delay_ms)
{
    look_away();
    catalog_close(s->catalog);
    assert_true(store_open_catalog(s, create_delay_ms, delete_delay_ms));
}

static inline void pass_ms(int64_t ms)
{
    clock_test_advance(&s->clock, ms);
}

static inline void create(const char *json)
{
    struct create_table_input wanted;
    struct table t;
    struct catalog_change change = {.arena = &s->arena};
    assert_true(request_validate(&s->arena, json, &wanted, &t, &s->err));
    assert_true(catalog_create_table_wait(s->catalog, &t, &change, &s->err));
}

static inline bool hook(const char *what, const struct table_index *index, struct error *err)
{
    size_t used = strlen(hooks);
    (void)snprintf(hooks + used, sizeof(hooks) - used, "%s %.*s;", what, SLICE_PRINTF(index->name));
    return !hooks_fail || error_set(err, ERR_THROTTLING, "no jobs today");
}

static inline bool index_made(struct storage_tx *tx, const struct table *table,
                              const struct table_index *index, struct arena *arena, struct error *err)
{
    (void)tx, (void)arena;
    assert_true(index->space >= STORAGE_SPACE_FIRST_FREE);
    assert_ptr_equal(table_find_index(table, index->name), index);
    return hook("made", index, err);
}

static inline bool index_dropped(struct storage_tx *tx, const struct table *table,
                                 const struct table_index *index, struct arena *arena, struct error *err)
{
    (void)tx, (void)arena;
    assert_true(index->space >= STORAGE_SPACE_FIRST_FREE);
    assert_null(table_find_index(table, index->name));
    return hook("dropped", index, err);
}

/* Up to, but without, the edit. */
static inline bool prepare(const char *members)
{
    void *decoded;
    const char *json = arena_printf(&s->arena, "{\"TableName\":\"Music\",%s}", members);
    error_init(&s->err, &s->arena);
    hooks[0] = '\0';
    if (!shape_decode(&shape_update_table_request, SHAPE_ECHOES_VALUE, slice_from_cstr(json), &s->arena,
                      &decoded, &s->err) ||
        !shape_check(&shape_update_table_request, decoded, SHAPE_ECHOES_VALUE, &s->err))
        return false;
    const struct update_table_request *request = decoded;
    input = update_table_input_of(&s->arena, request, request->table_name);
    if (!update_table_check(&input, &s->err))
        return false;
    table_update_init(&update, &input, s->catalog, index_made, index_dropped);
    return true;
}

static inline bool change(const char *members)
{
    struct catalog_change change = {.arena = &s->arena};
    if (!prepare(members) ||
        !catalog_edit_table_wait(s->catalog, SLICE("Music"), &update.edit, &change, &s->err))
        return false;
    shown = update_table_shown(&update, change.table, &s->arena);
    return true;
}

static inline void changes(const char *members)
{
    if (!change(members))
        fail_msg("%s: %s", members, s->err.message);
}

static inline void refuses(const char *members, enum error_code code, const char *message)
{
    if (change(members))
        fail_msg("%s", members);
    assert_string_equal(s->err.message, message);
    assert_string_equal(error_code_name(s->err.code), error_code_name(code));
}

/* ------------------------------------------------------------------ what has become of the table */

/* Valid until the next call. */
static inline const struct table *now(void)
{
    look_away();
    snapshot = catalog_take(s->catalog);
    const struct table *t = catalog_find(snapshot, SLICE("Music"));
    assert_non_null(t);
    return t;
}

static inline const struct table_index *index_now(const char *name)
{
    const struct table_index *index = table_find_index(now(), slice_from_cstr(name));
    assert_non_null(index);
    return index;
}

static inline void assert_status(enum table_status status)
{
    assert_string_equal(table_status_name(table_status_at(now(), clock_wall_ms(&s->clock.clock))),
                        table_status_name(status));
}

/* What clients see; the deleted one that is still shown too. */
static inline void assert_index_status(const char *name, enum table_status status)
{
    const struct table *t = now();
    int64_t now_ms = clock_wall_ms(&s->clock.clock);
    const struct table_index *index = table_find_index(t, slice_from_cstr(name));
    if (!index)
        index = table_leaving_index_at(t, now_ms);
    assert_non_null(index);
    assert_true(slice_equal(index->name, slice_from_cstr(name)));
    assert_string_equal(table_status_name(table_index_status_at(t, index, now_ms)),
                        table_status_name(status));
}

static inline void assert_defined(const char *names)
{
    const struct table *t = now();
    struct buf text;
    buf_init(&text, &s->arena, 64);
    for (size_t i = 0; i < t->definition_count; i++)
        buf_printf(&text, "%s%.*s", i ? " " : "", SLICE_PRINTF(t->definitions[i].name));
    buf_append_byte(&text, '\0');
    assert_string_equal(buf_slice(&text).data, names);
}

static inline void assert_units(struct throughput actual, int64_t read_units, int64_t write_units)
{
    assert_int_equal(actual.read_units, read_units);
    assert_int_equal(actual.write_units, write_units);
}

static inline struct throughput warm_now(void)
{
    const struct table *t = now();
    return throughput_warm(t->billing_mode, t->throughput, &t->warm);
}

/* What the backfill's job does at its end. */
static inline bool run_filled(struct catalog_edit *edit, struct storage_tx *tx, struct table *next,
                              struct arena *arena, struct error *err)
{
    (void)edit, (void)tx, (void)err;
    struct table_index *copies = ARENA_NEW_ARRAY(arena, struct table_index, next->global_index_count);
    for (size_t i = 0; i < next->global_index_count; i++) {
        copies[i] = next->global_indexes[i];
        copies[i].status = INDEX_ACTIVE;
    }
    next->global_indexes = copies;
    return true;
}

static inline void fill_all(void)
{
    struct catalog_edit filled = {run_filled};
    struct catalog_change change = {.arena = &s->arena};
    assert_true(catalog_edit_table_wait(s->catalog, SLICE("Music"), &filled, &change, &s->err));
}

/* Provisioned, ByA, 9 and 9 units. */
static inline void with_index_of_its_own(void)
{
    changes(INDEXES(MADE_WITH("ByA", "a", "," THROUGHPUT(9, 9))) "," DEFINED("a"));
    fill_all();
}

static inline void with_index(const char *name)
{
    changes(arena_printf(&s->arena, INDEXES(MADE("%s", "a")) "," DEFINED("a"), name));
    fill_all();
}

static inline int set_up(void **state)
{
    hooks_fail = false;
    return store_test_set_up(state);
}

static inline int tear_down(void **state)
{
    look_away();
    return store_test_tear_down(state);
}

#endif
