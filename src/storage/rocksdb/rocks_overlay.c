#include "storage/rocksdb/rocks_overlay.h"

#include "base/contract.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 1024 };

void rocks_overlay_init(struct rocks_overlay *o)
{
    *o = (struct rocks_overlay){0};
}

void rocks_overlay_release(struct rocks_overlay *o)
{
    free(o->changes);
    free(o->chains);
    rocks_overlay_init(o);
}

void rocks_overlay_reset(struct rocks_overlay *o)
{
    if (o->count > 0)
        memset(o->chains, 0, o->chain_count * sizeof *o->chains);
    o->count = 0;
}

static uint32_t *chain_of(const struct rocks_overlay *o, uint64_t fingerprint)
{
    return &o->chains[fingerprint & (o->chain_count - 1)];
}

static void link_change(struct rocks_overlay *o, size_t at)
{
    struct rocks_change *change = &o->changes[at];
    if (change->kind == ROCKS_CHANGE_DROP_SPACE)
        return;
    uint32_t *chain = chain_of(o, change->fingerprint);
    change->older = *chain;
    *chain = (uint32_t)at + 1;
}

/* There are as many chains as there may be changes. Linking again in order keeps each chain newest first. */
static void grow(struct rocks_overlay *o)
{
    o->capacity = o->capacity ? o->capacity * 2 : CAPACITY_FIRST;
    o->chain_count = o->capacity;
    o->changes = reallocarray(o->changes, o->capacity, sizeof *o->changes);
    free(o->chains);
    o->chains = calloc(o->chain_count, sizeof *o->chains);
    INVARIANT(o->changes && o->chains && o->capacity < UINT32_MAX);
    for (size_t i = 0; i < o->count; i++)
        link_change(o, i);
}

void rocks_overlay_add(struct rocks_overlay *o, struct rocks_change change)
{
    if (o->count == o->capacity)
        grow(o);
    o->changes[o->count] = change;
    link_change(o, o->count);
    o->count++;
}

void rocks_overlay_rollback(struct rocks_overlay *o, size_t count)
{
    PRE(count <= o->count);
    while (o->count > count) {
        const struct rocks_change *change = &o->changes[--o->count];
        if (change->kind != ROCKS_CHANGE_DROP_SPACE)
            *chain_of(o, change->fingerprint) = change->older;
    }
}

const struct rocks_change *rocks_overlay_find(const struct rocks_overlay *o, struct slice key,
                                              uint64_t fingerprint)
{
    if (o->count == 0)
        return NULL;
    for (uint32_t at = *chain_of(o, fingerprint); at != 0; at = o->changes[at - 1].older) {
        const struct rocks_change *change = &o->changes[at - 1];
        if (change->fingerprint == fingerprint && slice_equal(change->key, key))
            return change;
    }
    return NULL;
}

static int compare_keys(const void *a, const void *b)
{
    return slice_compare(((const struct rocks_change *)a)->key, ((const struct rocks_change *)b)->key);
}

/* Every change of the group is looked at, but most are told apart by their first bytes, and only those in range
 * are sorted. A change counts if it is the newest of its key. */
size_t rocks_overlay_range(const struct rocks_overlay *o, struct slice lower, struct slice upper,
                           struct arena *arena, struct rocks_change **changes_out)
{
    size_t found = 0;
    struct rocks_change *in_range = NULL;
    for (size_t i = 0; i < o->count; i++) {
        const struct rocks_change *change = &o->changes[i];
        if (change->kind == ROCKS_CHANGE_DROP_SPACE || slice_compare(change->key, lower) < 0 ||
            (upper.size > 0 && slice_compare(change->key, upper) >= 0))
            continue;
        if (rocks_overlay_find(o, change->key, change->fingerprint) != change)
            continue;
        if (!in_range)
            in_range = arena_alloc(arena, arena_array_size(sizeof *in_range, o->count - i));
        in_range[found++] = *change;
    }
    if (found > 1)
        qsort(in_range, found, sizeof *in_range, compare_keys);
    *changes_out = in_range;
    return found;
}
