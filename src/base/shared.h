/* shared.h - a reference-counted object that many threads read while one replaces it.
 * Use:     the durable view, the catalog and the credentials are each "the current one": readers take the
 *          current one for the length of a request, a publisher puts a new one in its place, and the old
 *          one goes away with its last reader. Embed `struct shared` first in the object.
 * How:     the slot is one word: a 48-bit pointer and a 16-bit count of readers who took the pointer since it
 *          was published. Taking is a single fetch-and-add, so no reader ever waits and no pointer can be
 *          freed between being read and being counted. Giving back decrements the object's own count; a
 *          publisher that replaces the object first moves the slot's count into it. The object's count may
 *          pass through negative values meanwhile; it ends at zero exactly once.
 * Bounds:  the 16-bit count is folded into the object long before it could overflow.
 * Threads: any for take and give; publishing is lock-free too, though normally one thread does it. */
#ifndef STATOR_BASE_SHARED_H
#define STATOR_BASE_SHARED_H

#include <stdatomic.h>
#include <stdint.h>

struct shared {
    _Atomic int64_t references;
    void (*destroy)(struct shared *object);
};

struct shared_slot {
    _Atomic uint64_t word;
};

/* The object starts with one reference, which belongs to the caller. */
void shared_init(struct shared *object, void (*destroy)(struct shared *object));
/* One more reference to an object on which the caller already holds one. */
void shared_retain(struct shared *object);
/* Gives one reference back; the last one destroys the object, on this thread. NULL is allowed. */
void shared_release(struct shared *object);

/* An empty slot yields NULL. */
void shared_slot_init(struct shared_slot *slot);
/* Makes `take_object` the current one, taking over the caller's reference; NULL empties the slot. The
 * slot's reference to the former object is given back. */
void shared_slot_publish(struct shared_slot *slot, struct shared *take_object);
/* The current object with a reference that the caller must give back; NULL if there is none. */
struct shared *shared_slot_take(struct shared_slot *slot);

#endif
