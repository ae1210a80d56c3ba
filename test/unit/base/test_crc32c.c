#include "base/crc32c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After the four above, as cmocka asks. */
#include <cmocka.h>

#include <string.h>

/* RFC 3720, appendix B.4, and the check value of catalogues. */
static void published_values_hold(void **state)
{
    (void)state;
    char zeros[32] = {0}, ones[32], rising[32], falling[32];
    memset(ones, 0xff, sizeof ones);
    for (int i = 0; i < 32; i++) {
        rising[i] = (char)i;
        falling[i] = (char)(31 - i);
    }
    uint32_t (*const ways[])(struct slice) = {crc32c, crc32c_by_tables};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        assert_int_equal(ways[i](slice_of(zeros, 32)), 0x8a9136aa);
        assert_int_equal(ways[i](slice_of(ones, 32)), 0x62a8ab43);
        assert_int_equal(ways[i](slice_of(rising, 32)), 0x46dd794e);
        assert_int_equal(ways[i](slice_of(falling, 32)), 0x113fdb5c);
        assert_int_equal(ways[i](SLICE("123456789")), 0xe3069283);
        assert_int_equal(ways[i](SLICE("")), 0);
    }
}

static void both_ways_agree_at_every_size_and_address(void **state)
{
    (void)state;
    char bytes[300];
    uint32_t noise = 1;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)((noise = noise * 1664525 + 1013904223) >> 24);
    for (size_t from = 0; from < 16; from++)
        for (size_t size = 0; size <= sizeof bytes - from; size++)
            assert_int_equal(crc32c(slice_of(bytes + from, size)),
                             crc32c_by_tables(slice_of(bytes + from, size)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values_hold),
        cmocka_unit_test(both_ways_agree_at_every_size_and_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
