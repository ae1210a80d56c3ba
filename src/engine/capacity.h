/* capacity.h - what an operation consumes, counted in half units so that it stays exact.
 * Source: semantics.md section 9.1. */
#ifndef STATOR_ENGINE_CAPACITY_H
#define STATOR_ENGINE_CAPACITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CAPACITY_READ_BLOCK_BYTES = 4096, CAPACITY_WRITE_BLOCK_BYTES = 1024 };

static inline size_t capacity_read_blocks(size_t bytes)
{
    return (bytes + CAPACITY_READ_BLOCK_BYTES - 1) / CAPACITY_READ_BLOCK_BYTES;
}

static inline int64_t capacity_block_halves(size_t blocks, bool consistent)
{
    return (int64_t)blocks * (consistent ? 2 : 1);
}

/* Nothing read still counts as one block. */
static inline int64_t capacity_read_halves(size_t bytes, bool consistent)
{
    size_t blocks = capacity_read_blocks(bytes);
    return capacity_block_halves(blocks ? blocks : 1, consistent);
}

static inline int64_t capacity_write_halves(size_t bytes)
{
    size_t blocks = (bytes + CAPACITY_WRITE_BLOCK_BYTES - 1) / CAPACITY_WRITE_BLOCK_BYTES;
    return (int64_t)(blocks ? blocks : 1) * 2;
}

#endif
