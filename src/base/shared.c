#include "base/shared.h"

#include "base/contract.h"

#include <stddef.h>

/* word:  63      48 47                     0
 *       [ readers  |        pointer         ]   */
enum { POINTER_BITS = 48 };
static const uint64_t ONE_READER = (uint64_t)1 << POINTER_BITS;
static const uint64_t POINTER_MASK = ONE_READER - 1;
/* Fold when a quarter of the range is used: the rest is room for every thread that is between its
 * fetch-and-add and its fold. */
static const uint64_t READERS_FOLD = 1 << 14;

static struct shared *pointer_of(uint64_t word)
{
    return (struct shared *)(uintptr_t)(word & POINTER_MASK);
}

static uint64_t readers_of(uint64_t word)
{
    return word >> POINTER_BITS;
}

static void add_references(struct shared *object, int64_t by)
{
    int64_t before = atomic_fetch_add_explicit(&object->references, by, memory_order_acq_rel);
    if (before + by == 0)
        object->destroy(object);
}

void shared_init(struct shared *object, void (*destroy)(struct shared *object))
{
    PRE(((uintptr_t)object & ~POINTER_MASK) == 0);
    atomic_init(&object->references, 1);
    object->destroy = destroy;
}

void shared_retain(struct shared *object)
{
    atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed);
}

void shared_release(struct shared *object)
{
    if (object)
        add_references(object, -1);
}

void shared_slot_init(struct shared_slot *slot)
{
    atomic_init(&slot->word, 0);
}

/* The slot's own reference is kept in the object as SLOT_WEIGHT rather than 1, so that while the object is
 * published its count stays far above zero however many readers of the slot have already given back. */
static const int64_t SLOT_WEIGHT = (int64_t)1 << 40;

void shared_slot_publish(struct shared_slot *slot, struct shared *take_object)
{
    if (take_object)
        atomic_fetch_add_explicit(&take_object->references, SLOT_WEIGHT - 1, memory_order_relaxed);
    uint64_t former =
        atomic_exchange_explicit(&slot->word, (uint64_t)(uintptr_t)take_object, memory_order_acq_rel);
    struct shared *object = pointer_of(former);
    if (object)
        add_references(object, (int64_t)readers_of(former) - SLOT_WEIGHT);
}

struct shared *shared_slot_take(struct shared_slot *slot)
{
    /* An empty slot must not collect readers: there is no object to fold them into. */
    if (pointer_of(atomic_load_explicit(&slot->word, memory_order_relaxed)) == NULL)
        return NULL;
    uint64_t word = atomic_fetch_add_explicit(&slot->word, ONE_READER, memory_order_acquire) + ONE_READER;
    struct shared *object = pointer_of(word);
    if (!object)
        return NULL; /* emptied in between; publish of the next object overwrites the stray count */
    while (readers_of(word) >= READERS_FOLD && pointer_of(word) == object) {
        if (atomic_compare_exchange_weak_explicit(&slot->word, &word, word & POINTER_MASK,
                                                  memory_order_acq_rel, memory_order_relaxed)) {
            add_references(object, (int64_t)readers_of(word));
            break;
        }
    }
    return object;
}
