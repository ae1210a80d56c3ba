/* arena.h - all memory of one request: allocated by bumping a pointer, given back at once.
 * Use:     arena_init() once, arena_alloc() freely, arena_reset() between requests, arena_release() at the
 *          end. What comes from an arena nobody frees.
 * Owns:    its chunks, and through cleanups whatever is not memory: iterators, snapshots, references.
 * Bounds:  none of its own. What is read from a client is bounded where it is read (body size, page size),
 *          so an arena is bounded by its request.
 * Memory:  allocation never fails: when the system has none left the process logs it and aborts, because
 *          a database that cannot allocate cannot keep its promises either, and its log makes the restart safe.
 * Threads: one at a time. A request may move between threads, with a happens-before in between. */
#ifndef STATOR_BASE_ARENA_H
#define STATOR_BASE_ARENA_H

#include "base/slice.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct arena_chunk;
struct arena_cleanup;

/* Members are private; the struct is here so that it can be embedded. */
struct arena {
    char *next;                     /* first free byte of the current chunk */
    char *limit;                    /* one past the current chunk */
    struct arena_chunk *chunks;     /* newest first; arena_reset() keeps one */
    struct arena_cleanup *cleanups; /* newest first, which is the order they run in */
    size_t chunk_bytes;
};

/* The first chunk of `chunk_bytes` is allocated on first use. */
void arena_init(struct arena *a, size_t chunk_bytes);
/* Runs the cleanups, newest first, and makes all memory available again. Keeps one chunk, the largest of at most four
 * times `chunk_bytes`: after a request that needed so much the next one finds it. */
void arena_reset(struct arena *a);
/* Runs the cleanups and frees everything. The arena may be used again after arena_init(). */
void arena_release(struct arena *a);

/* Slow path of arena_alloc() and arena_alloc_bytes(): from a new chunk. */
void *arena_alloc_slowly(struct arena *a, size_t size) __attribute__((returns_nonnull));

/* Bytes without alignment: for text and encodings. */
__attribute__((returns_nonnull)) static inline char *arena_alloc_bytes(struct arena *a, size_t size)
{
    if (__builtin_expect(!a->next || size > (size_t)(a->limit - a->next), 0))
        return arena_alloc_slowly(a, size);
    char *memory = a->next;
    a->next += size;
    return memory;
}

/* Memory is uninitialised and aligned for any type. size may be 0: the result is unique and not NULL. */
__attribute__((returns_nonnull)) static inline void *arena_alloc(struct arena *a, size_t size)
{
    size_t padding = -(uintptr_t)a->next & (alignof(max_align_t) - 1);
    bool fits = a->next && size <= SIZE_MAX / 2 && padding + size <= (size_t)(a->limit - a->next);
    if (__builtin_expect(!fits, 0))
        return arena_alloc_slowly(a, size);
    char *memory = a->next + padding;
    a->next = memory + size;
    return memory;
}
/* As arena_alloc(), filled with zero bytes. */
void *arena_zalloc(struct arena *a, size_t size) __attribute__((returns_nonnull));
/* Makes the newest allocation `data` of `size` bytes larger, in place if there is room, else by copying. */
char *arena_grow_bytes(struct arena *a, char *data, size_t size, size_t size_wanted);

#define ARENA_NEW(a, type)          ((type *)arena_zalloc((a), sizeof(type)))
#define ARENA_NEW_ARRAY(a, type, n) ((type *)arena_zalloc((a), arena_array_size(sizeof(type), (n))))
/* Size of an array; aborts on overflow. */
size_t arena_array_size(size_t element_size, size_t count);

struct slice arena_copy(struct arena *a, struct slice s);
/* NUL-terminated copy. */
char *arena_copy_cstr(struct arena *a, struct slice s);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list args);

/* Calls run(arg) at the next reset or release, before memory goes away. */
void arena_cleanup_add(struct arena *a, void (*run)(void *arg), void *arg);

#endif
