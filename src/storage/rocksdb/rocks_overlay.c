#include "storage/rocksdb/rocks_overlay.h"

#include "base/contract.h"

#include <endian.h>
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

/* A change and the first bytes of its key, by which most are told apart. */
struct place {
    uint64_t lead;
    const struct rocks_change *change;
};

static uint64_t lead_of(struct slice key)
{
    uint64_t lead = 0;
    memcpy(&lead, key.data, key.size < sizeof lead ? key.size : sizeof lead);
    return be64toh(lead);
}

static bool is_behind(const struct place *a, const struct place *b)
{
    return a->lead != b->lead ? a->lead > b->lead : slice_compare(a->change->key, b->change->key) > 0;
}

/* What is equal stays in its order. */
static void merge(const struct place *a, const struct place *a_end, const struct place *b_end,
                  struct place *out)
{
    const struct place *b = a_end;
    while (a < a_end && b < b_end)
        *out++ = is_behind(a, b) ? *b++ : *a++;
    while (a < a_end)
        *out++ = *a++;
    while (b < b_end)
        *out++ = *b++;
}

/* Returns where the result stands: in `places` or in `other`, which is as large. Written out because qsort() calls a
 * function for each comparison, and this is done for every group. */
static const struct place *sort(struct place *places, struct place *other, size_t count)
{
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t middle = at + width < count ? at + width : count;
            size_t end = middle + width < count ? middle + width : count;
            merge(places + at, places + middle, places + end, other + at);
        }
        struct place *sorted = other;
        other = places;
        places = sorted;
    }
    return places;
}

size_t rocks_overlay_newest(const struct rocks_overlay *o, struct arena *arena,
                            const struct rocks_change ***newest_out)
{
    struct place *places = arena_alloc(arena, arena_array_size(2 * sizeof *places, o->count));
    const struct rocks_change **newest = arena_alloc(arena, arena_array_size(sizeof(void *), o->count));
    size_t count = 0, found = 0;
    for (size_t i = 0; i < o->count; i++)
        if (o->changes[i].kind != ROCKS_CHANGE_DROP_SPACE)
            places[count++] = (struct place){lead_of(o->changes[i].key), &o->changes[i]};
    const struct place *sorted = sort(places, places + count, count);
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || !slice_equal(sorted[i].change->key, sorted[i + 1].change->key))
            newest[found++] = sorted[i].change;
    *newest_out = newest;
    return found;
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
