/* fixture.h - items from DynamoDB JSON and tables of a given key, for the engine's tests. */
#ifndef STATOR_TEST_ENGINE_FIXTURE_H
#define STATOR_TEST_ENGINE_FIXTURE_H

#include "base/arena.h"
#include "base/error.h"
#include "support/item.h"
#include "table/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    struct arena arena;
    struct error err;
    struct table hash_only; /* key pk: S */
    struct table with_sort; /* key pk: S, sk: S */
    struct table by_number; /* key pk: N, sk: N */
};

static inline struct table fixture_table(uint32_t space, enum value_type type, bool has_range)
{
    struct table t = {.name = SLICE("table"), .space = space};
    t.key.hash_count = 1;
    t.key.hash[0] = (struct key_attribute){SLICE("pk"), type};
    t.key.range_count = has_range;
    t.key.range[0] = (struct key_attribute){SLICE("sk"), type};
    return t;
}

static inline int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    arena_init(&f->arena, 4096);
    error_init(&f->err, &f->arena);
    f->hash_only = fixture_table(16, VALUE_S, false);
    f->with_sort = fixture_table(17, VALUE_S, true);
    f->by_number = fixture_table(18, VALUE_N, true);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    arena_release(&f->arena);
    free(f);
    return 0;
}

static inline struct slice fixture_item(struct fixture *f, const char *json)
{
    return item_from_json(&f->arena, json);
}

static inline struct value fixture_value(struct fixture *f, const char *json)
{
    return value_from_json(&f->arena, json);
}

static inline void fixture_assert_error(struct fixture *f, bool succeeded, const char *message)
{
    assert_false(succeeded);
    assert_int_equal(f->err.code, ERR_VALIDATION);
    assert_string_equal(f->err.message, message);
}

#endif
