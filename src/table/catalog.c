#include "table/catalog.h"

#include "base/contract.h"
#include "base/log.h"
#include "table/arn.h"
#include "table/catalog_priv.h"
#include "table/descriptor.h"

#include <stdlib.h>
#include <sys/random.h>

enum { ARENA_BYTES = 4096 };

void catalog_options_init(struct catalog_options *options)
{
    *options = (struct catalog_options){
        .region = SLICE("us-east-1"), .account = SLICE("000000000000"), .stream_shards = 4};
}

struct slice catalog_region(const struct catalog *catalog)
{
    return catalog->options.region;
}

struct slice catalog_account(const struct catalog *catalog)
{
    return catalog->options.account;
}

int64_t catalog_create_delay_ms(const struct catalog *catalog)
{
    return catalog->options.create_delay_ms;
}

int64_t catalog_delete_delay_ms(const struct catalog *catalog)
{
    return catalog->options.delete_delay_ms;
}

uint32_t catalog_stream_shards(const struct catalog *catalog)
{
    return catalog->options.stream_shards;
}

/* ------------------------------------------------------------------ loading */

/* Grows by doubling; what is outgrown stays in the arena, which ends with the loading. */
struct table_list {
    const struct catalog_options *options;
    struct arena *arena;
    struct table **at;
    size_t count;
    size_t capacity;
};

static void release_tables(void *arg)
{
    struct table_list *list = arg;
    for (size_t i = 0; i < list->count; i++)
        table_release(list->at[i]);
}

static void list_add(struct table_list *list, struct table *t)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        struct table **grown = ARENA_NEW_ARRAY(list->arena, struct table *, capacity);
        if (list->count > 0)
            memcpy(grown, list->at, list->count * sizeof(*grown));
        list->at = grown;
        list->capacity = capacity;
    }
    list->at[list->count++] = t;
}

static bool take_table(void *arg, const struct storage_entry *entry, struct error *err)
{
    struct table_list *list = arg;
    struct table *t;
    if (!descriptor_read(entry->value, &t, err))
        return false;
    t->arn = table_arn(&t->arena, list->options->region, list->options->account, t->name);
    list_add(list, t);
    return true;
}

/* Changes that are durable before the view is taken are in it; those that become so later are published after this. */
static bool load(struct catalog *catalog, struct error *err)
{
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    struct table_list list = {.options = &catalog->options, .arena = &arena};
    const struct storage_partition_range all = {.space = STORAGE_SPACE_CATALOG,
                                                .partition = catalog_table_key(SLICE("")).partition};
    arena_cleanup_add(&arena, release_tables, &list);

    pthread_mutex_lock(&catalog->publishing);
    struct storage_view *view = storage_view_take(catalog->options.store);
    bool ok = view ? storage_view_each(view, &all, &arena, take_table, &list, err)
                   : error_set(err, ERR_UNAVAILABLE, "The store cannot be read at the moment");
    if (ok)
        catalog_publish_all(catalog, list.at, list.count);
    pthread_mutex_unlock(&catalog->publishing);
    storage_view_release(view);
    arena_release(&arena);
    return ok;
}

/* ------------------------------------------------------------------ open, close, tick */

static uint64_t random_seed(void)
{
    uint64_t seed = 0;
    while (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed)) {
    }
    return seed;
}

bool catalog_open(const struct catalog_options *options, struct catalog **catalog_out, struct error *err)
{
    struct catalog *catalog = calloc(1, sizeof(*catalog));
    INVARIANT(catalog != NULL);
    arena_init(&catalog->arena, ARENA_BYTES);
    catalog->options = *options;
    catalog->options.region = arena_copy(&catalog->arena, options->region);
    catalog->options.account = arena_copy(&catalog->arena, options->account);
    catalog->hash_seed = random_seed();
    shared_slot_init(&catalog->current);
    pthread_mutex_init(&catalog->publishing, NULL);
    if (!load(catalog, err)) {
        (void)error_add_detail(err, "cannot load the catalog");
        catalog_close(catalog);
        return false;
    }
    catalog_tick(catalog);
    *catalog_out = catalog;
    return true;
}

void catalog_close(struct catalog *catalog)
{
    shared_slot_publish(&catalog->current, NULL);
    pthread_mutex_destroy(&catalog->publishing);
    arena_release(&catalog->arena);
    free(catalog);
}

/* Says so when removal begins to fail and when it works again, not at every try in between. */
static void report_tick(struct catalog *catalog, bool ok, const struct error *err)
{
    bool failed_before = atomic_exchange(&catalog->tick_failed, !ok);
    if (!ok && !failed_before)
        log_error(LOG_WARNING, "deleted tables cannot be removed yet", err);
    if (ok && failed_before)
        log_event(LOG_INFO, "deleted tables are removed again");
}

/* The outcome of a write that ends with ERR_STORAGE is known once the store can be read again. */
static void clear_doubt(struct catalog *catalog)
{
    struct arena arena;
    struct error err;
    if (!atomic_exchange(&catalog->in_doubt, false))
        return;
    arena_init(&arena, 1024);
    error_init(&err, &arena);
    if (!load(catalog, &err))
        atomic_store(&catalog->in_doubt, true);
    arena_release(&arena);
}

void catalog_tick(struct catalog *catalog)
{
    clear_doubt(catalog);
    const struct catalog_snapshot *snapshot = catalog_take(catalog);
    int64_t now_ms = clock_wall_ms(catalog->options.clock);
    for (size_t i = 0; i < catalog_count(snapshot); i++) {
        const struct table *t = catalog_at(snapshot, i);
        if (!table_gone(t, now_ms))
            continue;
        struct arena arena;
        struct error err;
        arena_init(&arena, ARENA_BYTES);
        error_init(&err, &arena);
        bool ok = catalog_remove_due(catalog, t, &arena, &err);
        report_tick(catalog, ok, &err);
        arena_release(&arena);
        if (!ok)
            break;
    }
    catalog_give(snapshot);
}
