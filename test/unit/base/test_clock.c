#include "base/clock.h"
#include "support/cmocka.h"

#include <time.h>

static void system_clock_is_the_machines(void **state)
{
    (void)state;
    const struct clock *c = clock_system();
    int64_t before = (int64_t)time(NULL);
    int64_t now_ms = clock_wall_ms(c);
    int64_t after = (int64_t)time(NULL);
    assert_true(now_ms >= before * 1000 && now_ms < (after + 1) * 1000);
}

static void monotonic_time_does_not_fall(void **state)
{
    (void)state;
    const struct clock *c = clock_system();
    int64_t last = clock_monotonic_ns(c);
    for (int i = 0; i < 10000; i++) {
        int64_t now = clock_monotonic_ns(c);
        assert_true(now >= last);
        last = now;
    }
}

static void test_clock_moves_only_when_told(void **state)
{
    (void)state;
    struct clock_test t;
    clock_test_init(&t, 1000);
    assert_int_equal(clock_wall_ms(&t.clock), 1000);
    int64_t start_ns = clock_monotonic_ns(&t.clock);
    clock_test_advance(&t, 250);
    assert_int_equal(clock_wall_ms(&t.clock), 1250);
    assert_int_equal(clock_monotonic_ns(&t.clock) - start_ns, 250000000);
    clock_test_advance(&t, -1250);
    assert_int_equal(clock_wall_ms(&t.clock), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(system_clock_is_the_machines),
        cmocka_unit_test(monotonic_time_does_not_fall),
        cmocka_unit_test(test_clock_moves_only_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
