/* store.h - a store and a catalog over it, with a clock that stands still. For tests. */
#ifndef TEST_TABLE_STORE_H
#define TEST_TABLE_STORE_H

#include "base/contract.h"
#include "example.h"
#include "storage/storage.h"
#include "support/cmocka.h"
#include "table/catalog.h"

enum { START_MS = 1700000000 };

struct test_store {
    struct clock_test clock;
    struct storage *storage;
    struct catalog *catalog;
    struct arena arena; /* of what tests ask for */
    struct error err;
};

static inline void store_open(struct test_store *s, const char *path)
{
    struct storage_options options;
    storage_options_init(&options);
    options.path = path;
    options.clock = &s->clock.clock;
    options.disk_reserve_bytes = 0;
    if (!storage_open_rocksdb(&options, &s->storage, &s->err))
        contract_broken("store", s->err.message ? s->err.message : "", __FILE__, __LINE__);
}

static inline bool store_open_catalog(struct test_store *s, int64_t create_delay_ms, int64_t delete_delay_ms)
{
    struct catalog_options options;
    catalog_options_init(&options);
    options.store = s->storage;
    options.clock = &s->clock.clock;
    options.create_delay_ms = create_delay_ms;
    options.delete_delay_ms = delete_delay_ms;
    return catalog_open(&options, &s->catalog, &s->err);
}

/* path NULL: in memory. */
static inline void store_set_up(struct test_store *s, const char *path)
{
    *s = (struct test_store){0};
    clock_test_init(&s->clock, START_MS);
    arena_init(&s->arena, 4096);
    error_init(&s->err, &s->arena);
    store_open(s, path);
}

static inline void store_tear_down(struct test_store *s)
{
    arena_release(&s->arena);
    if (s->catalog)
        catalog_close(s->catalog);
    storage_close(s->storage);
}

/* A table like example_plain(), called otherwise. */
static inline bool store_create(struct test_store *s, const char *name)
{
    struct table wanted = *example_plain();
    wanted.name = slice_from_cstr(name);
    struct catalog_change change = {.arena = &s->arena};
    return catalog_create_table_wait(s->catalog, &wanted, &change, &s->err);
}

static inline bool store_delete(struct test_store *s, const char *name)
{
    struct catalog_change change = {.arena = &s->arena};
    return catalog_delete_table_wait(s->catalog, slice_from_cstr(name), &change, &s->err);
}

struct store_probe {
    struct storage_write write; /* first */
    uint32_t space;
};

/* Tries to write, and takes it back. */
static inline bool store_probe_run(struct storage_tx *tx, struct storage_write *write, struct error *err)
{
    const struct store_probe *probe = (const struct store_probe *)write;
    const struct storage_key key = {probe->space, SLICE("probe"), SLICE("")};
    return storage_tx_put(tx, &key, SLICE("value"), err) && error_set(err, ERR_VALIDATION, "it exists");
}

static inline bool store_space_exists(struct test_store *s, uint32_t space)
{
    struct store_probe probe = {.write = {.run = store_probe_run, .arena = &s->arena}, .space = space};
    struct error err;
    error_init(&err, &s->arena);
    if (storage_write_wait(s->storage, &probe.write, &err) ||
        (err.code != ERR_NO_SPACE && err.code != ERR_VALIDATION))
        contract_broken("probe", err.message ? err.message : "", __FILE__, __LINE__);
    return err.code == ERR_VALIDATION;
}

/* For tests that need no more than one, with a catalog in which nothing takes time. */
static struct test_store store;
static struct test_store *const s = &store;

static inline int store_test_set_up(void **state)
{
    (void)state;
    store_set_up(s, NULL);
    return store_open_catalog(s, 0, 0) ? 0 : -1;
}

static inline int store_test_tear_down(void **state)
{
    (void)state;
    store_tear_down(s);
    return 0;
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, store_test_set_up, store_test_tear_down)

#endif
