#include "base/shared.h"

#include "base/contract.h"

#include <sched.h>
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

/* ------------------------------------------------------------------ one word */

/* A word's own reference is kept in the object as WORD_WEIGHT rather than 1, so that while the object is
 * published its count stays far above zero however many readers of the word have already given back. */
static const int64_t WORD_WEIGHT = (int64_t)1 << 40;

/* PRE: the object, if there is one, has the word's weight already. */
static void word_publish(struct shared_word *w, struct shared *object)
{
    uint64_t former = atomic_exchange_explicit(&w->word, (uint64_t)(uintptr_t)object, memory_order_acq_rel);
    if (pointer_of(former))
        add_references(pointer_of(former), (int64_t)readers_of(former) - WORD_WEIGHT);
}

static struct shared *word_take(struct shared_word *w)
{
    /* An empty word must not collect readers: there is no object to fold them into. */
    if (pointer_of(atomic_load_explicit(&w->word, memory_order_relaxed)) == NULL)
        return NULL;
    uint64_t word = atomic_fetch_add_explicit(&w->word, ONE_READER, memory_order_acquire) + ONE_READER;
    struct shared *object = pointer_of(word);
    if (!object)
        return NULL; /* emptied in between; publish of the next object overwrites the stray count */
    while (readers_of(word) >= READERS_FOLD && pointer_of(word) == object) {
        if (atomic_compare_exchange_weak_explicit(&w->word, &word, word & POINTER_MASK, memory_order_acq_rel,
                                                  memory_order_relaxed)) {
            add_references(object, (int64_t)readers_of(word));
            break;
        }
    }
    return object;
}

/* One reader less in the word, whoever it was: what counts is the sum of all words and the object's own count. */
static bool word_give_back(struct shared_word *w, const struct shared *object)
{
    uint64_t word = atomic_load_explicit(&w->word, memory_order_relaxed);
    while (pointer_of(word) == object && readers_of(word) > 0)
        if (atomic_compare_exchange_weak_explicit(&w->word, &word, word - ONE_READER, memory_order_release,
                                                  memory_order_relaxed))
            return true;
    return false;
}

/* ------------------------------------------------------------------ the slot */

/* Threads that begin one after the other have different copies. */
static struct shared_word *own_copy(struct shared_slot *slot)
{
    static _Atomic unsigned threads;
    static _Thread_local unsigned mine;
    if (mine == 0)
        mine = 1 + atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) % SHARED_COPIES;
    return &slot->copies[mine - 1];
}

void shared_slot_init(struct shared_slot *slot)
{
    atomic_init(&slot->publishing, false);
    atomic_init(&slot->current.word, 0);
    for (unsigned i = 0; i < SHARED_COPIES; i++)
        atomic_init(&slot->copies[i].word, 0);
}

void shared_slot_publish(struct shared_slot *slot, struct shared *take_object)
{
    if (take_object)
        atomic_fetch_add_explicit(&take_object->references, (1 + SHARED_COPIES) * WORD_WEIGHT - 1,
                                  memory_order_relaxed);
    while (atomic_exchange_explicit(&slot->publishing, true, memory_order_acquire))
        sched_yield();
    word_publish(&slot->current, take_object);
    for (unsigned i = 0; i < SHARED_COPIES; i++)
        word_publish(&slot->copies[i], take_object);
    atomic_store_explicit(&slot->publishing, false, memory_order_release);
}

struct shared *shared_slot_take(struct shared_slot *slot)
{
    const struct shared *current =
        pointer_of(atomic_load_explicit(&slot->current.word, memory_order_acquire));
    if (!current)
        return NULL;
    struct shared *object = word_take(own_copy(slot));
    if (object == current)
        return object;
    shared_slot_give_back(slot, object);
    return word_take(&slot->current);
}

void shared_slot_give_back(struct shared_slot *slot, struct shared *object)
{
    if (object && !word_give_back(own_copy(slot), object))
        shared_release(object);
}
