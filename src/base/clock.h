/* clock.h - the time, from the system or from a test.
 * Use:     everything that needs the time takes a `struct clock *`; only start-up names clock_system().
 * Threads: any. A test clock may be moved while others read it. */
#ifndef STATOR_BASE_CLOCK_H
#define STATOR_BASE_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

struct clock {
    int64_t (*wall_ms)(const struct clock *c);      /* since 1970, UTC; may be some milliseconds late */
    int64_t (*monotonic_ns)(const struct clock *c); /* only differences mean anything */
};

/* The machine's clock. */
const struct clock *clock_system(void);

static inline int64_t clock_wall_ms(const struct clock *c)
{
    return c->wall_ms(c);
}

static inline int64_t clock_monotonic_ns(const struct clock *c)
{
    return c->monotonic_ns(c);
}

/* A clock that stands still until it is told otherwise. */
struct clock_test {
    struct clock clock; /* first, so that &t.clock is the clock */
    _Atomic int64_t now_ms;
};

void clock_test_init(struct clock_test *t, int64_t now_ms);
void clock_test_advance(struct clock_test *t, int64_t by_ms);

#endif
