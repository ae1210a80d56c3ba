#include "base/bytes8.h"
#include "support/cmocka.h"

#include <stdbool.h>

static void the_first_byte_of_the_text_is_the_lowest(void **state)
{
    (void)state;
    char copy[8];
    uint64_t eight = bytes8_load("abcdefgh");
    assert_int_equal(eight & 0xFF, 'a');
    assert_int_equal(eight >> 56, 'h');
    bytes8_store(copy, eight);
    assert_memory_equal(copy, "abcdefgh", sizeof copy);
}

/* Every byte at every place, between others that are not marked, of every kind. */
static void marks_say_whether_and_where_first(void **state)
{
    (void)state;
    static const unsigned char fillers[] = {0x21, 'x', 0x7e, 0x80, 0xa0, 0xff};
    for (size_t f = 0; f < sizeof fillers; f++) {
        for (unsigned at = 0; at < 8; at++) {
            for (unsigned byte = 0; byte < 0x100; byte++) {
                unsigned char text[8];
                memset(text, fillers[f], sizeof text);
                text[at] = (unsigned char)byte;
                uint64_t eight = bytes8_load((const char *)text);
                uint64_t below = bytes8_below(eight, 0x20);
                uint64_t equal = bytes8_equal(eight, ' ');
                assert_int_equal(below != 0, byte < 0x20);
                assert_int_equal(equal != 0, byte == ' ');
                if (below | equal)
                    assert_int_equal(bytes8_first(below | equal), at);
            }
        }
    }
}

static void of_several_marks_the_first_is_exact(void **state)
{
    (void)state;
    assert_int_equal(bytes8_first(bytes8_equal(bytes8_load("ab,,,,,,"), ',')), 2);
    assert_int_equal(bytes8_first(bytes8_equal(bytes8_load("abc-,-,-"), ',')), 4);
    assert_int_equal(bytes8_first(bytes8_below(bytes8_load("abc\x1f d\x01."), 0x20)), 3);
}

static void letters_alone_become_lower_case(void **state)
{
    (void)state;
    for (unsigned at = 0; at < 8; at++) {
        for (unsigned byte = 0; byte < 0x100; byte++) {
            unsigned char text[8] = "Zz@[`{\xc1\xda", expected[8] = "zz@[`{\xc1\xda";
            text[at] = (unsigned char)byte;
            expected[at] = (unsigned char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
            char lower[8];
            bytes8_store(lower, bytes8_lower_case(bytes8_load((const char *)text)));
            assert_memory_equal(lower, expected, sizeof lower);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_byte_of_the_text_is_the_lowest),
        cmocka_unit_test(marks_say_whether_and_where_first),
        cmocka_unit_test(of_several_marks_the_first_is_exact),
        cmocka_unit_test(letters_alone_become_lower_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
