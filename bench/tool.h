/* tool.h - what the benchmark's programs share: end with a message, memory that is there, clocks, text, random numbers. */
#ifndef BENCH_TOOL_H
#define BENCH_TOOL_H

#include <stddef.h>
#include <stdint.h>

/* Ends the program with status 1 after "<program>: <message>" on stderr. */
__attribute__((noreturn, format(printf, 1, 2))) void tool_fail(const char *format, ...);

/* Ends the program if there is no memory. */
void *tool_realloc(void *old, size_t size_bytes);
void *tool_zalloc(size_t count, size_t size_bytes);

int64_t tool_now_ns(void); /* monotonic */
int64_t tool_wall_s(void); /* Unix time */

/* Text that grows. */
struct text {
    char *bytes;
    size_t size_bytes;
    size_t capacity_bytes;
};
__attribute__((format(printf, 2, 3))) void text_add(struct text *t, const char *format, ...);
void text_add_bytes(struct text *t, const char *bytes, size_t size_bytes);
void text_release(struct text *t);

/* SplitMix64: every seed is a good one. */
struct random {
    uint64_t state;
};
uint64_t random_next(struct random *r);
uint64_t random_below(struct random *r, uint64_t limit);

#endif
