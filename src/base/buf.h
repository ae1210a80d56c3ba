/* buf.h - bytes that are written front to back: replies, encodings, keys.
 * Use:     buf_init() on an arena, append, then read `data` and `size`.
 * Owns:    nothing: memory is the arena's. A buffer that is the arena's newest allocation grows in place.
 * Bounds:  the caller's; see arena.h.
 * Threads: as the arena. */
#ifndef STATOR_BASE_BUF_H
#define STATOR_BASE_BUF_H

#include "base/arena.h"
#include "base/slice.h"

#include <stdint.h>
#include <string.h>

struct buf {
    char *data;
    size_t size;
    size_t capacity;
    struct arena *arena;
};

static inline void buf_init(struct buf *b, struct arena *arena, size_t capacity)
{
    *b = (struct buf){.data = arena_alloc_bytes(arena, capacity), .capacity = capacity, .arena = arena};
}

/* Slow path of buf_reserve(). */
void buf_grow(struct buf *b, size_t more);

/* Room for `more` bytes at the returned address; the caller writes them and adds to size. */
static inline char *buf_reserve(struct buf *b, size_t more)
{
    if (__builtin_expect(more > b->capacity - b->size, 0))
        buf_grow(b, more);
    return b->data + b->size;
}

static inline void buf_append(struct buf *b, struct slice s)
{
    char *at = buf_reserve(b, s.size);
    if (s.size)
        memcpy(at, s.data, s.size);
    b->size += s.size;
}

static inline void buf_append_byte(struct buf *b, char byte)
{
    *buf_reserve(b, 1) = byte;
    b->size++;
}

#define buf_append_literal(b, literal) buf_append((b), SLICE(literal))

/* Decimal digits. */
void buf_append_i64(struct buf *b, int64_t value);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline struct slice buf_slice(const struct buf *b)
{
    return slice_of(b->data, b->size);
}

#endif
