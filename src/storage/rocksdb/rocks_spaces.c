#include "storage/rocksdb/rocks_spaces.h"

#include "base/contract.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 64 };

/* An array that cannot grow ends the process, as in arena.h and for the same reason. */
static void *grow_array(void *array, size_t element_bytes, size_t *capacity)
{
    size_t wanted = *capacity ? *capacity * 2 : CAPACITY_FIRST;
    void *larger = reallocarray(array, wanted, element_bytes);
    INVARIANT(larger != NULL);
    *capacity = wanted;
    return larger;
}

/* Ids are given out in sequence, so the multiplication spreads them; the table is at most half full. */
static struct rocks_space *slot_of(struct rocks_space *slots, size_t capacity, uint32_t id)
{
    size_t at = (size_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (capacity - 1);
    while (slots[at].filled && slots[at].id != id)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static const struct rocks_space *find(const struct rocks_spaces *s, uint32_t id)
{
    if (s->capacity == 0)
        return NULL;
    const struct rocks_space *slot = slot_of(s->slots, s->capacity, id);
    return slot->filled ? slot : NULL;
}

/* Twice the room for what is live; what is not live stays behind. */
static void grow_table(struct rocks_spaces *s)
{
    size_t live = 0;
    for (size_t i = 0; i < s->capacity; i++)
        live += s->slots[i].filled && (s->slots[i].live || s->slots[i].touched);
    size_t capacity = CAPACITY_FIRST;
    while (capacity < 4 * (live + 1))
        capacity *= 2;
    struct rocks_space *slots = calloc(capacity, sizeof *slots);
    INVARIANT(slots != NULL);
    for (size_t i = 0; i < s->capacity; i++)
        if (s->slots[i].filled && (s->slots[i].live || s->slots[i].touched))
            *slot_of(slots, capacity, s->slots[i].id) = s->slots[i];
    free(s->slots);
    s->slots = slots;
    s->capacity = capacity;
    s->filled = live;
}

static struct rocks_space *find_or_add(struct rocks_spaces *s, uint32_t id)
{
    if (2 * (s->filled + 1) > s->capacity)
        grow_table(s);
    struct rocks_space *slot = slot_of(s->slots, s->capacity, id);
    if (!slot->filled) {
        *slot = (struct rocks_space){.id = id, .filled = true};
        s->filled++;
    }
    return slot;
}

/* The slot, ready to be changed: what it held is noted first. */
static struct rocks_space *change(struct rocks_spaces *s, uint32_t id)
{
    struct rocks_space *slot = find_or_add(s, id);
    if (s->undo_count == s->undo_capacity)
        s->undo = grow_array(s->undo, sizeof *s->undo, &s->undo_capacity);
    s->undo[s->undo_count++] = *slot;
    return slot;
}

void rocks_spaces_init(struct rocks_spaces *s)
{
    *s = (struct rocks_spaces){0};
}

void rocks_spaces_release(struct rocks_spaces *s)
{
    free(s->slots);
    free(s->undo);
    free(s->touched);
    rocks_spaces_init(s);
}

void rocks_spaces_clear(struct rocks_spaces *s)
{
    rocks_spaces_release(s);
}

bool rocks_spaces_live(const struct rocks_spaces *s, uint32_t id)
{
    const struct rocks_space *space = find(s, id);
    return space && space->live;
}

struct storage_usage rocks_spaces_usage(const struct rocks_spaces *s, uint32_t id)
{
    const struct rocks_space *space = find(s, id);
    return space && space->live ? space->usage : (struct storage_usage){0};
}

uint64_t rocks_spaces_mark(const struct rocks_spaces *s, uint32_t id)
{
    const struct rocks_space *space = find(s, id);
    return space && space->live ? space->mark : 0;
}

void rocks_spaces_create(struct rocks_spaces *s, uint32_t id, uint64_t mark)
{
    PRE(!rocks_spaces_live(s, id));
    struct rocks_space *space = change(s, id);
    space->live = true;
    space->mark = mark;
    space->usage = (struct storage_usage){0};
}

void rocks_spaces_set_mark(struct rocks_spaces *s, uint32_t id, uint64_t mark)
{
    PRE(rocks_spaces_live(s, id));
    change(s, id)->mark = mark;
}

void rocks_spaces_drop(struct rocks_spaces *s, uint32_t id)
{
    PRE(rocks_spaces_live(s, id));
    change(s, id)->live = false;
}

void rocks_spaces_add_usage(struct rocks_spaces *s, uint32_t id, struct storage_usage by)
{
    PRE(rocks_spaces_live(s, id));
    struct rocks_space *space = change(s, id);
    space->usage.entries += by.entries;
    space->usage.bytes += by.bytes;
    if (space->touched)
        return;
    space->touched = true;
    if (s->touched_count == s->touched_capacity)
        s->touched = grow_array(s->touched, sizeof *s->touched, &s->touched_capacity);
    s->touched[s->touched_count++] = id;
}

void rocks_spaces_begin(struct rocks_spaces *s)
{
    s->undo_count = 0;
}

/* A space stays touched: it is on the list already, and writing its former usage again does no harm. */
void rocks_spaces_rollback(struct rocks_spaces *s)
{
    while (s->undo_count > 0) {
        const struct rocks_space former = s->undo[--s->undo_count];
        struct rocks_space *space = find_or_add(s, former.id);
        space->live = former.live;
        space->mark = former.mark;
        space->usage = former.usage;
    }
}

size_t rocks_spaces_touched(const struct rocks_spaces *s, const uint32_t **ids_out)
{
    *ids_out = s->touched;
    return s->touched_count;
}

void rocks_spaces_settle(struct rocks_spaces *s)
{
    for (size_t i = 0; i < s->touched_count; i++)
        find_or_add(s, s->touched[i])->touched = false;
    s->touched_count = 0;
}
