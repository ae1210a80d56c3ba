/* indexed.h - a table with indexes of every kind, in a store in memory; commits to it and what they leave. */
#ifndef STATOR_TEST_ENGINE_INDEXED_H
#define STATOR_TEST_ENGINE_INDEXED_H

#include "base/clock.h"
#include "engine/index.h"
#include "engine/item_key.h"
#include "engine/item_read.h"
#include "engine/item_write.h"
#include "fixture.h"
#include "support/store.h"
#include "table/catalog.h"

#include <semaphore.h>

struct indexed {
    struct fixture *f;
    struct engine engine;
    struct catalog *catalog;
    const struct table *table;
};

static inline struct key_attribute indexed_attribute(const char *name, enum value_type type)
{
    return (struct key_attribute){slice_from_cstr(name), type};
}

/* The table's key is pk (S) and sk (S).
 *
 *     locals   local    sk and l (N)               ALL
 *     localk   local    m (S)                      KEYS_ONLY
 *     all      global   g (S), h (N)               ALL
 *     include  global   g (S)                      INCLUDE x, y
 *     keys     global   h (N), pk (S)              KEYS_ONLY
 *     multi    global   g (S), h (N) | m (S), l (N), b (B)   INCLUDE x */
static inline void indexed_describe(struct arena *arena, struct table *t)
{
    struct key_attribute pk = indexed_attribute("pk", VALUE_S), sk = indexed_attribute("sk", VALUE_S),
                         g = indexed_attribute("g", VALUE_S), h = indexed_attribute("h", VALUE_N),
                         l = indexed_attribute("l", VALUE_N), m = indexed_attribute("m", VALUE_S),
                         b = indexed_attribute("b", VALUE_B);
    struct slice *more = ARENA_NEW_ARRAY(arena, struct slice, 2);
    more[0] = SLICE("x");
    more[1] = SLICE("y");
    *t = (struct table){.name = SLICE("indexed"), .key = {1, 1, {pk}, {sk}}};
    t->definition_count = 7;
    t->definitions = ARENA_NEW_ARRAY(arena, struct key_attribute, 7);
    memcpy(t->definitions, (struct key_attribute[]){pk, sk, g, h, l, m, b}, 7 * sizeof pk);
    t->local_index_count = 2;
    t->local_indexes = ARENA_NEW_ARRAY(arena, struct table_index, 2);
    t->local_indexes[0] = (struct table_index){
        .name = SLICE("locals"), .key = {1, 1, {pk}, {l}}, .projection = {.type = PROJECTION_ALL}};
    t->local_indexes[1] = (struct table_index){
        .name = SLICE("localk"), .key = {1, 1, {pk}, {m}}, .projection = {.type = PROJECTION_KEYS_ONLY}};
    t->global_index_count = 4;
    t->global_indexes = ARENA_NEW_ARRAY(arena, struct table_index, 4);
    t->global_indexes[0] = (struct table_index){
        .name = SLICE("all"), .key = {1, 1, {g}, {h}}, .projection = {.type = PROJECTION_ALL}};
    t->global_indexes[1] = (struct table_index){
        .name = SLICE("include"), .key = {1, 0, {g}, {{{0}}}}, .projection = {PROJECTION_INCLUDE, more, 2}};
    t->global_indexes[2] = (struct table_index){
        .name = SLICE("keys"), .key = {1, 1, {h}, {pk}}, .projection = {.type = PROJECTION_KEYS_ONLY}};
    t->global_indexes[3] = (struct table_index){.name = SLICE("multi"),
                                                .key = {2, 3, {g, h}, {m, l, b}},
                                                .projection = {PROJECTION_INCLUDE, more, 1}};
}

static inline int indexed_setup(void **state)
{
    struct indexed *s = calloc(1, sizeof *s);
    struct catalog_options catalog_options;
    struct table wanted;
    void *f;
    fixture_setup(&f);
    s->f = f;
    struct catalog_change change = {.arena = &s->f->arena};
    s->engine.storage = store_in_memory(&s->f->err);
    s->engine.expressions = expr_cache_new(16);
    catalog_options_init(&catalog_options);
    catalog_options.store = s->engine.storage;
    catalog_options.clock = clock_system();
    catalog_options.count_collections = true;
    assert_true(catalog_open(&catalog_options, &s->catalog, &s->f->err));
    indexed_describe(&s->f->arena, &wanted);
    assert_true(catalog_create_table_wait(s->catalog, &wanted, &change, &s->f->err));
    s->table = change.table;
    *state = s;
    return 0;
}

static inline int indexed_teardown(void **state)
{
    struct indexed *s = *state;
    void *f = s->f;
    arena_reset(&s->f->arena); /* gives views and tables back */
    catalog_close(s->catalog);
    storage_close(s->engine.storage);
    expr_cache_free(s->engine.expressions);
    fixture_teardown(&f);
    free(s);
    return 0;
}

static inline const struct table_index *indexed_index(const struct indexed *s, const char *name)
{
    const struct table_index *index = table_find_index(s->table, slice_from_cstr(name));
    assert_non_null(index);
    return index;
}

static inline void indexed_done(struct item_commit *commit)
{
    sem_post(commit->arg);
}

static inline enum error_code indexed_commit(struct indexed *s, struct item_change *changes, size_t count)
{
    sem_t done;
    struct item_commit commit = {.changes = changes, .count = count, .done = indexed_done, .arg = &done};
    sem_init(&done, 0, 0);
    item_commit_submit(&s->engine, &commit, &s->f->arena);
    while (sem_wait(&done) != 0)
        continue;
    sem_destroy(&done);
    if (commit.storage.error.code != ERR_NONE)
        s->f->err = commit.storage.error;
    return commit.storage.error.code;
}

static inline struct item_change indexed_put(struct indexed *s, const char *json)
{
    struct item_change change = {.table = s->table, .action = ITEM_PUT, .item = fixture_item(s->f, json)};
    assert_true(item_key_of_item(s->table, change.item, &change.key, &s->f->err));
    return change;
}

static inline struct item_change indexed_delete(struct indexed *s, const char *key_json)
{
    struct item_change change = {.table = s->table, .action = ITEM_DELETE};
    assert_true(item_key_of_map(s->table, fixture_item(s->f, key_json), &change.key, &s->f->err));
    return change;
}

static inline struct expr *indexed_expression(struct indexed *s, enum expr_kind kind, const char *text)
{
    static struct expr_scope empty;
    struct expr *e;
    assert_true(expr_parse(s->engine.expressions, kind, slice_from_cstr(text), &s->f->arena, &e, &s->f->err));
    assert_true(expr_bind(e, &empty, &s->f->err));
    return e;
}

static inline struct item_change indexed_update(struct indexed *s, const char *key_json, const char *text)
{
    struct item_change change = {
        .table = s->table, .action = ITEM_UPDATE, .item = fixture_item(s->f, key_json)};
    assert_true(item_key_of_map(s->table, change.item, &change.key, &s->f->err));
    change.update = indexed_expression(s, EXPR_UPDATE, text);
    return change;
}

/* Until the end of the test. */
static inline struct storage_view *indexed_view(struct indexed *s)
{
    struct storage_view *view;
    assert_true(engine_view(&s->engine, &s->f->arena, &view, &s->f->err));
    return view;
}

/* Everything in a space. */
static inline size_t indexed_entries(struct indexed *s, uint32_t space, struct storage_entry *out,
                                     size_t room)
{
    const struct storage_hash_range all = {.space = space, .hash_last = UINT64_MAX};
    struct storage_cursor *cursor;
    size_t count = 0;
    assert_true(storage_view_scan_hash(indexed_view(s), &all, &s->f->arena, &cursor, &s->f->err));
    for (;;) {
        struct storage_entry entry;
        bool found;
        assert_true(storage_cursor_next(cursor, &entry, &found, &s->f->err));
        if (!found)
            break;
        assert_true(count < room);
        out[count++] = (struct storage_entry){arena_copy(&s->f->arena, entry.partition),
                                              arena_copy(&s->f->arena, entry.sort),
                                              arena_copy(&s->f->arena, entry.value)};
    }
    storage_cursor_close(cursor);
    return count;
}

#endif
