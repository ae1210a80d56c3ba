/* shared.h - a reference-counted object that many threads read while one replaces it.
 * Use:     the durable view, the catalog and the credentials are each "the current one": readers take the
 *          current one for the length of a request, a publisher puts a new one in its place, and the old
 *          one goes away with its last reader. Embed `struct shared` first in the object.
 * How:     a word of the slot is a 48-bit pointer and a 16-bit count of readers who took the pointer since it
 *          was published. Taking is a single fetch-and-add, so no reader ever waits and no pointer can be
 *          freed between being read and being counted. A publisher that replaces the object moves the count into the
 *          object's own. The object's count may pass through negative values meanwhile; it ends at zero exactly once.
 *          There is a word that says what is current, and copies of it, each for some of the threads. A reader counts itself
 *          in its copy if that agrees, so that threads which only read write to no memory that others use; if it does not, a publisher
 *          is at work, and it counts itself in the first.
 * Bounds:  the 16-bit count is folded into the object long before it could overflow.
 * Threads: any. Publishers wait for each other, readers for nobody. */
#ifndef STATOR_BASE_SHARED_H
#define STATOR_BASE_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct shared {
    _Atomic int64_t references;
    void (*destroy)(struct shared *object);
};

enum { SHARED_COPIES = 8 };

/* Apart from its neighbours in memory by a line of the processor's cache. */
struct shared_word {
    char apart[56];
    _Atomic uint64_t word;
};

struct shared_slot {
    _Atomic bool publishing;
    struct shared_word current;
    struct shared_word copies[SHARED_COPIES];
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
/* The same as shared_release(), and cheaper if the object came from this slot and is still current. */
void shared_slot_give_back(struct shared_slot *slot, struct shared *object);

#endif
