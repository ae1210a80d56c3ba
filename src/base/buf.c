#include "base/buf.h"

#include "base/contract.h"
#include "base/decimal.h"

#include <stdarg.h>
#include <stdio.h>

void buf_grow(struct buf *b, size_t more)
{
    size_t wanted = b->size + more;
    INVARIANT(wanted >= more);
    size_t capacity = b->capacity * 2 > wanted ? b->capacity * 2 : wanted;
    b->data = arena_grow_bytes(b->arena, b->data, b->capacity, capacity);
    b->capacity = capacity;
}

void buf_append_i64(struct buf *b, int64_t value)
{
    char text[20];
    char *end = text + sizeof text;
    char *at = end;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    for (; rest >= 10; rest /= 100)
        memcpy(at -= 2, decimal_pairs + 2 * (rest % 100), 2);
    if (rest > 0 || at == end)
        *--at = (char)('0' + rest);
    if (value < 0)
        *--at = '-';
    buf_append(b, slice_of(at, (size_t)(end - at)));
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    INVARIANT(size >= 0);
    vsnprintf(buf_reserve(b, (size_t)size + 1), (size_t)size + 1, format, args);
    va_end(args);
    b->size += (size_t)size;
}
