#include "base/arena.h"

#include "base/contract.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ALIGNMENT = alignof(max_align_t),
    KEPT_CHUNKS_MAX = 4, /* the chunk that is kept across resets is at most as large as so many */
};

struct arena_chunk {
    struct arena_chunk *older;
    size_t bytes; /* usable, after this header */
    alignas(ALIGNMENT) char memory[];
};

struct arena_cleanup {
    struct arena_cleanup *older;
    void (*run)(void *arg);
    void *arg;
};

static void *allocate_or_abort(size_t size)
{
    void *memory = malloc(size);
    if (!memory) {
        fprintf(stderr, "stator: out of memory: could not allocate %zu bytes\n", size);
        abort();
    }
    return memory;
}

static void enter_chunk(struct arena *a, struct arena_chunk *chunk)
{
    a->next = chunk->memory;
    a->limit = chunk->memory + chunk->bytes;
}

/* Opens a chunk with room for `size` bytes, twice as large as the last one up to what reset may keep: then the one that is
 * kept soon has room for all that such a request needs. Large requests get a chunk of their own size. */
static void open_chunk(struct arena *a, size_t size)
{
    PRE(size <= SIZE_MAX / 2);
    size_t kept_max = KEPT_CHUNKS_MAX * a->chunk_bytes;
    size_t bytes = !a->chunks                        ? a->chunk_bytes
                   : a->chunks->bytes < kept_max / 2 ? a->chunks->bytes * 2
                                                     : kept_max;
    if (bytes < size)
        bytes = size;
    struct arena_chunk *chunk = allocate_or_abort(sizeof *chunk + bytes);
    chunk->bytes = bytes;
    chunk->older = a->chunks;
    a->chunks = chunk;
    enter_chunk(a, chunk);
}

void arena_init(struct arena *a, size_t chunk_bytes)
{
    PRE(chunk_bytes >= 256);
    *a = (struct arena){.chunk_bytes = chunk_bytes};
}

/* A cleanup may allocate or register another; the list is taken one by one. */
static void run_cleanups(struct arena *a)
{
    while (a->cleanups) {
        struct arena_cleanup *cleanup = a->cleanups;
        a->cleanups = cleanup->older;
        cleanup->run(cleanup->arg);
    }
}

/* The largest chunk that may be kept; all others are freed. */
static struct arena_chunk *keep_one(struct arena *a)
{
    struct arena_chunk *kept = NULL;
    while (a->chunks) {
        struct arena_chunk *chunk = a->chunks;
        a->chunks = chunk->older;
        bool larger = !kept || chunk->bytes >= kept->bytes;
        if (chunk->bytes <= KEPT_CHUNKS_MAX * a->chunk_bytes && larger) {
            struct arena_chunk *smaller = kept;
            kept = chunk;
            chunk = smaller;
        }
        free(chunk);
    }
    return kept;
}

void arena_reset(struct arena *a)
{
    run_cleanups(a);
    a->chunks = keep_one(a);
    if (!a->chunks) {
        a->next = a->limit = NULL;
        return;
    }
    a->chunks->older = NULL;
    enter_chunk(a, a->chunks);
}

void arena_release(struct arena *a)
{
    run_cleanups(a);
    while (a->chunks) {
        struct arena_chunk *chunk = a->chunks;
        a->chunks = chunk->older;
        free(chunk);
    }
    a->next = a->limit = NULL;
}

void *arena_alloc_slowly(struct arena *a, size_t size)
{
    open_chunk(a, size);
    char *memory = a->next;
    a->next += size;
    return memory;
}

void *arena_zalloc(struct arena *a, size_t size)
{
    void *memory = arena_alloc(a, size);
    return memset(memory, 0, size);
}

char *arena_grow_bytes(struct arena *a, char *data, size_t size, size_t size_wanted)
{
    PRE(data || size == 0);
    PRE(size_wanted >= size);
    if (data && data + size == a->next && size_wanted - size <= (size_t)(a->limit - a->next)) {
        a->next = data + size_wanted;
        return data;
    }
    char *larger = arena_alloc_bytes(a, size_wanted);
    if (size)
        memcpy(larger, data, size);
    return larger;
}

size_t arena_array_size(size_t element_size, size_t count)
{
    size_t size;
    if (__builtin_mul_overflow(element_size, count, &size))
        contract_broken("bound", "array size overflows", __FILE__, __LINE__);
    return size;
}

struct slice arena_copy(struct arena *a, struct slice s)
{
    char *copy = arena_alloc_bytes(a, s.size);
    if (s.size)
        memcpy(copy, s.data, s.size);
    return slice_of(copy, s.size);
}

char *arena_copy_cstr(struct arena *a, struct slice s)
{
    char *copy = arena_alloc_bytes(a, s.size + 1);
    if (s.size)
        memcpy(copy, s.data, s.size);
    copy[s.size] = '\0';
    return copy;
}

char *arena_vprintf(struct arena *a, const char *format, va_list args)
{
    PRE(format != NULL);
    va_list again;
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    INVARIANT(size >= 0);
    char *text = arena_alloc_bytes(a, (size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, args);
    return text;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(a, format, args);
    va_end(args);
    return text;
}

void arena_cleanup_add(struct arena *a, void (*run)(void *arg), void *arg)
{
    struct arena_cleanup *cleanup = arena_alloc(a, sizeof *cleanup);
    *cleanup = (struct arena_cleanup){.older = a->cleanups, .run = run, .arg = arg};
    a->cleanups = cleanup;
}
