#include "fixture.h"

#include "expr/reserved_priv.h"

static void there_are_573_words_sorted_each_once(void **state)
{
    (void)state;
    assert_int_equal(sizeof reserved_words / sizeof reserved_words[0], 573);
    for (size_t i = 0; i < RESERVED_WORD_COUNT; i++) {
        size_t size = strlen(reserved_words[i]);
        assert_true(size >= 2 && size <= RESERVED_WORD_BYTES_MAX);
        assert_int_equal(strspn(reserved_words[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), size);
        if (i > 0)
            assert_true(strcmp(reserved_words[i - 1], reserved_words[i]) < 0);
    }
}

static void every_word_is_found_in_any_letter_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < RESERVED_WORD_COUNT; i++) {
        char lower[RESERVED_WORD_BYTES_MAX + 1] = {0};
        char mixed[RESERVED_WORD_BYTES_MAX + 1] = {0};
        for (size_t j = 0; reserved_words[i][j]; j++) {
            lower[j] = (char)(reserved_words[i][j] - 'A' + 'a');
            mixed[j] = j % 2 ? lower[j] : reserved_words[i][j];
        }
        assert_true(reserved_word(slice_from_cstr(reserved_words[i])));
        assert_true(reserved_word(slice_from_cstr(lower)));
        assert_true(reserved_word(slice_from_cstr(mixed)));
    }
}

static void other_words_are_free(void **state)
{
    (void)state;
    static const char *const words[] = {"",      "a",     "pk",     "sk",
                                        "id",    "abor",  "ABORTS", "zone_",
                                        "zones", "NAME1", "_name",  "a_word_longer_than_any_reserved"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_false(reserved_word(slice_from_cstr(words[i])));
}

static void aws_words_that_are_easily_lost_are_there(void **state)
{
    (void)state;
    /* Misspelt in AWS's own list, or also the name of something else in expressions. */
    static const char *const words[] = {"flattern", "innter", "loged", "size", "ttl", "status", "name",
                                        "data",     "value",  "set",   "and",  "in",  "abort",  "zone"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_true(reserved_word(slice_from_cstr(words[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_573_words_sorted_each_once),
        cmocka_unit_test(every_word_is_found_in_any_letter_case),
        cmocka_unit_test(other_words_are_free),
        cmocka_unit_test(aws_words_that_are_easily_lost_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
