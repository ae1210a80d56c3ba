#include "base/clock.h"

#include <time.h>

static int64_t read_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t system_wall_ms(const struct clock *c)
{
    (void)c;
    return read_ns(CLOCK_REALTIME_COARSE) / 1000000;
}

static int64_t system_monotonic_ns(const struct clock *c)
{
    (void)c;
    return read_ns(CLOCK_MONOTONIC);
}

const struct clock *clock_system(void)
{
    static const struct clock system = {system_wall_ms, system_monotonic_ns};
    return &system;
}

static int64_t test_wall_ms(const struct clock *c)
{
    return atomic_load(&((const struct clock_test *)c)->now_ms);
}

static int64_t test_monotonic_ns(const struct clock *c)
{
    return test_wall_ms(c) * 1000000;
}

void clock_test_init(struct clock_test *t, int64_t now_ms)
{
    t->clock = (struct clock){test_wall_ms, test_monotonic_ns};
    atomic_init(&t->now_ms, now_ms);
}

void clock_test_advance(struct clock_test *t, int64_t by_ms)
{
    atomic_fetch_add(&t->now_ms, by_ms);
}
