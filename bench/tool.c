#include "tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void tool_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

void *tool_realloc(void *old, size_t size_bytes)
{
    void *p = realloc(old, size_bytes);
    if (p == NULL) {
        tool_fail("no memory for %zu bytes", size_bytes);
    }
    return p;
}

void *tool_zalloc(size_t count, size_t size_bytes)
{
    void *p = calloc(count, size_bytes);
    if (p == NULL) {
        tool_fail("no memory for %zu times %zu bytes", count, size_bytes);
    }
    return p;
}

int64_t tool_now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t tool_wall_s(void)
{
    return (int64_t)time(NULL);
}

static void text_reserve(struct text *t, size_t more_bytes)
{
    size_t needed = t->size_bytes + more_bytes;
    if (needed > t->capacity_bytes) {
        t->capacity_bytes = needed * 2;
        t->bytes = tool_realloc(t->bytes, t->capacity_bytes);
    }
}

void text_add(struct text *t, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    text_reserve(t, 128);
    size_t room = t->capacity_bytes - t->size_bytes;
    int n = vsnprintf(t->bytes + t->size_bytes, room, format, args);
    if ((size_t)n >= room) {
        text_reserve(t, (size_t)n + 1);
        vsnprintf(t->bytes + t->size_bytes, (size_t)n + 1, format, again);
    }
    t->size_bytes += (size_t)n;
    va_end(again);
    va_end(args);
}

void text_add_bytes(struct text *t, const char *bytes, size_t size_bytes)
{
    text_reserve(t, size_bytes + 1);
    memcpy(t->bytes + t->size_bytes, bytes, size_bytes);
    t->size_bytes += size_bytes;
    t->bytes[t->size_bytes] = '\0';
}

void text_release(struct text *t)
{
    free(t->bytes);
    memset(t, 0, sizeof *t);
}

uint64_t random_next(struct random *r)
{
    uint64_t z = (r->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t random_below(struct random *r, uint64_t limit)
{
    return random_next(r) % limit;
}
