/* Capacity in half units: semantics.md 9.1. */
#include "engine/capacity.h"
#include "support/cmocka.h"

#include <stdio.h>

static void a_read_counts_blocks_of_4_kb_begun(void **state)
{
    (void)state;
    static const struct {
        size_t bytes;
        int64_t units;
    } rows[] = {{1, 1}, {4096, 1}, {4097, 2}, {8192, 2}, {8193, 3}, {409600, 100}, {1048576, 256}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(capacity_read_halves(rows[i].bytes, true), 2 * rows[i].units);
        assert_int_equal(capacity_read_halves(rows[i].bytes, false), rows[i].units);
    }
}

static void a_write_counts_blocks_of_1_kb_begun(void **state)
{
    (void)state;
    static const struct {
        size_t bytes;
        int64_t units;
    } rows[] = {{1, 1}, {1024, 1}, {1025, 2}, {2048, 2}, {409600, 400}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(capacity_write_halves(rows[i].bytes), 2 * rows[i].units);
}

static void nothing_costs_one_block(void **state)
{
    (void)state;
    assert_int_equal(capacity_read_halves(0, false), 1);
    assert_int_equal(capacity_read_halves(0, true), 2);
    assert_int_equal(capacity_write_halves(0), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_counts_blocks_of_4_kb_begun),
        cmocka_unit_test(a_write_counts_blocks_of_1_kb_begun),
        cmocka_unit_test(nothing_costs_one_block),
    };
    return cmocka_run_group_tests_name("capacity", tests, NULL, NULL);
}
