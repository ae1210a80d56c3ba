#include "base/contract.h"
#include "table/arn.h"
#include "table/catalog_priv.h"

#include <stdlib.h>
#include <xxhash.h>

/* Tables by name in byte order, and a hash table of their positions: open addressing, at most half full. */
struct catalog_snapshot {
    struct shared shared;
    struct catalog *catalog;
    size_t count;
    struct table **tables;
    uint32_t *slots; /* position + 1; 0: empty */
    uint64_t slot_mask;
};

static void destroy(struct shared *object)
{
    struct catalog_snapshot *s = (struct catalog_snapshot *)object;
    for (size_t i = 0; i < s->count; i++)
        table_release(s->tables[i]);
    free(s->tables);
    free(s->slots);
    free(s);
}

/* ------------------------------------------------------------------ reading */

const struct catalog_snapshot *catalog_take(struct catalog *catalog)
{
    const struct catalog_snapshot *s = (const struct catalog_snapshot *)shared_slot_take(&catalog->current);
    POST(s != NULL);
    return s;
}

void catalog_give(const struct catalog_snapshot *snapshot)
{
    if (snapshot)
        shared_slot_give_back(&snapshot->catalog->current, (struct shared *)&snapshot->shared);
}

static uint64_t hash_name(uint64_t seed, struct slice name)
{
    return XXH3_64bits_withSeed(name.data, name.size, seed);
}

/* The slot where the name is, or the empty one where it would be. */
static uint32_t *find_slot(const struct catalog_snapshot *s, struct slice name)
{
    uint64_t at = hash_name(s->catalog->hash_seed, name);
    for (;; at++) {
        uint32_t *slot = &s->slots[at & s->slot_mask];
        if (*slot == 0 || slice_equal(s->tables[*slot - 1]->name, name))
            return slot;
    }
}

const struct table *catalog_find(const struct catalog_snapshot *snapshot, struct slice name)
{
    uint32_t position = *find_slot(snapshot, name);
    if (position == 0)
        return NULL;
    const struct table *t = snapshot->tables[position - 1];
    if (t->gone_ms != 0 && table_gone(t, clock_wall_ms(snapshot->catalog->options.clock)))
        return NULL;
    return t;
}

const struct table *catalog_resolve(const struct catalog_snapshot *snapshot, struct slice name_or_arn)
{
    struct table_arn_parts parts;
    if (!table_arn_parse(name_or_arn, &parts))
        return catalog_find(snapshot, name_or_arn);
    if (!slice_equal(parts.region, snapshot->catalog->options.region) ||
        !slice_equal(parts.account, snapshot->catalog->options.account))
        return NULL;
    return catalog_find(snapshot, parts.name);
}

bool catalog_use(const struct catalog_snapshot *snapshot, struct slice name_or_arn,
                 const struct table **table_out, struct error *err)
{
    const struct table *t = catalog_resolve(snapshot, name_or_arn);
    if (!t || !table_usable(t, clock_wall_ms(snapshot->catalog->options.clock)))
        return error_set(err, ERR_RESOURCE_NOT_FOUND, "Requested resource not found");
    *table_out = t;
    return true;
}

size_t catalog_count(const struct catalog_snapshot *snapshot)
{
    return snapshot->count;
}

const struct table *catalog_at(const struct catalog_snapshot *snapshot, size_t index)
{
    PRE(index < snapshot->count);
    return snapshot->tables[index];
}

size_t catalog_index_after(const struct catalog_snapshot *snapshot, struct slice name)
{
    size_t low = 0, high = snapshot->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slice_compare(snapshot->tables[middle]->name, name) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ------------------------------------------------------------------ publishing */

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    INVARIANT(memory != NULL);
    return memory;
}

static struct catalog_snapshot *snapshot_new(struct catalog *catalog, struct table *const *tables,
                                             size_t count)
{
    struct catalog_snapshot *s = allocate(1, sizeof(*s));
    size_t slot_count = 16;
    while (slot_count < count * 2)
        slot_count *= 2;
    *s = (struct catalog_snapshot){
        .catalog = catalog,
        .tables = allocate(count, sizeof(struct table *)),
        .slots = allocate(slot_count, sizeof(uint32_t)),
        .slot_mask = slot_count - 1,
    };
    shared_init(&s->shared, destroy);
    for (; s->count < count; s->count++) {
        struct table *t = tables[s->count];
        INVARIANT(s->count == 0 || slice_compare(tables[s->count - 1]->name, t->name) < 0);
        shared_retain(&t->shared);
        s->tables[s->count] = t;
        *find_slot(s, t->name) = (uint32_t)s->count + 1;
    }
    return s;
}

void catalog_publish_all(struct catalog *catalog, struct table *const *tables, size_t count)
{
    shared_slot_publish(&catalog->current, &snapshot_new(catalog, tables, count)->shared);
}

/* The current tables, with `put` (unless it is NULL) in place of the one called `name`. */
static void publish_changed(struct catalog *catalog, const struct catalog_snapshot *current,
                            struct slice name, struct table *put)
{
    struct table **tables = allocate(current->count + 1, sizeof(*tables));
    size_t after = catalog_index_after(current, name);
    bool replaces = after > 0 && slice_equal(current->tables[after - 1]->name, name);
    size_t count = replaces ? after - 1 : after;
    if (count > 0)
        memcpy(tables, current->tables, count * sizeof(*tables));
    if (put)
        tables[count++] = put;
    if (current->count > after)
        memcpy(tables + count, current->tables + after, (current->count - after) * sizeof(*tables));
    catalog_publish_all(catalog, tables, count + current->count - after);
    free(tables);
}

void catalog_publish_put(struct catalog *catalog, struct table *table)
{
    pthread_mutex_lock(&catalog->publishing);
    const struct catalog_snapshot *current = catalog_take(catalog);
    publish_changed(catalog, current, table->name, table);
    catalog_give(current);
    pthread_mutex_unlock(&catalog->publishing);
}

void catalog_publish_remove(struct catalog *catalog, struct slice name, struct slice id)
{
    pthread_mutex_lock(&catalog->publishing);
    const struct catalog_snapshot *current = catalog_take(catalog);
    uint32_t position = *find_slot(current, name);
    if (position != 0 && slice_equal(current->tables[position - 1]->id, id))
        publish_changed(catalog, current, name, NULL);
    catalog_give(current);
    pthread_mutex_unlock(&catalog->publishing);
}
