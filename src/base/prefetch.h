/* prefetch.h - memory that will be read soon begins to come into the processor's cache. */
#ifndef STATOR_BASE_PREFETCH_H
#define STATOR_BASE_PREFETCH_H

#include <stddef.h>

/* Nothing is read, so addresses that are not there do no harm. */
static inline void prefetch_bytes(const char *at, size_t bytes)
{
    enum { LINE_BYTES = 64 };
    for (size_t i = 0; i < bytes; i += LINE_BYTES)
        __builtin_prefetch(at + i);
}

#endif
