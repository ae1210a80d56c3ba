/* Base64 against RFC 4648: its test vectors and its canonical form. */
#include "json/base64.h"
#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

static const char *const vectors[][2] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xFB\xFF\xBF", "+/+/"},
};

/* Buffers of exactly the promised sizes, so that a sanitizer sees every byte too many. */
static bool decode(const char *text, size_t text_size, char **bytes, size_t *size)
{
    char *exact_text = malloc(text_size + 1);
    memcpy(exact_text, text, text_size);
    exact_text = realloc(exact_text, text_size ? text_size : 1);
    size_t max = base64_bytes_max(text_size);
    *bytes = malloc(max ? max : 1);
    bool decoded = base64_decode(slice_of(exact_text, text_size), *bytes, size);
    free(exact_text);
    return decoded;
}

static bool decodes(const char *text, size_t text_size)
{
    char *bytes;
    size_t size;
    bool decoded = decode(text, text_size, &bytes, &size);
    free(bytes);
    return decoded;
}

static void the_vectors_of_the_rfc_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const char *plain = vectors[i][0];
        size_t text_size = base64_text_size(strlen(plain));
        assert_int_equal(text_size, strlen(vectors[i][1]));
        char text[16];
        base64_encode(slice_from_cstr(plain), text);
        assert_memory_equal(text, vectors[i][1], text_size);

        char *bytes;
        size_t size;
        assert_true(decode(vectors[i][1], text_size, &bytes, &size));
        assert_int_equal(size, strlen(plain));
        assert_memory_equal(bytes, plain, size);
        free(bytes);
    }
}

static void all_bytes_survive(void **state)
{
    (void)state;
    char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    for (size_t begin = 0; begin < 4; begin++) {
        for (size_t count = 0; count + begin <= 256; count++) {
            char text[352];
            base64_encode(slice_of(all + begin, count), text);
            char *bytes;
            size_t size;
            assert_true(decode(text, base64_text_size(count), &bytes, &size));
            assert_int_equal(size, count);
            assert_memory_equal(bytes, all + begin, count);
            free(bytes);
        }
    }
}

/* A group of four characters is accepted exactly if encoding its bytes gives it back. */
static void a_text_is_accepted_only_if_it_is_the_canonical_one(void **state)
{
    (void)state;
    static const char alphabet[] = "AQgwZz09+/=-_ \n\x80!B";
    enum { N = sizeof alphabet - 1 };
    for (size_t i = 0; i < (size_t)N * N * N * N; i++) {
        char text[8] = "Zm9v";
        for (size_t k = 0, rest = i; k < 4; k++, rest /= N)
            text[4 + k] = alphabet[rest % N];
        char *bytes;
        size_t size = 0;
        bool accepted = decode(text, 8, &bytes, &size);
        bool canonical = false;
        if (accepted) {
            char again[12];
            canonical = base64_text_size(size) == 8;
            if (canonical) {
                base64_encode(slice_of(bytes, size), again);
                canonical = memcmp(again, text, 8) == 0;
            }
            assert_true(canonical);
        } else {
            /* Refused: padding out of place, stray bits, or a character that is none. */
            bool letters[4];
            static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            for (size_t k = 0; k < 4; k++)
                letters[k] = text[4 + k] && strchr(base64, text[4 + k]);
            assert_false(letters[0] && letters[1] && letters[2] && letters[3]);
            bool one_pad = letters[0] && letters[1] && letters[2] && text[7] == '=';
            if (one_pad)
                assert_true((strchr(base64, text[6]) - base64) % 4 != 0);
            if (letters[0] && letters[1] && text[6] == '=' && text[7] == '=')
                assert_true((strchr(base64, text[5]) - base64) % 16 != 0);
        }
        free(bytes);
    }
}

static void lengths_that_are_no_multiple_of_four_are_refused(void **state)
{
    (void)state;
    for (size_t size = 0; size < 16; size++)
        assert_int_equal(decodes("AAAAAAAAAAAAAAAA", size), size % 4 == 0);
}

static void padding_inside_is_refused(void **state)
{
    (void)state;
    assert_false(decodes("Zg==Zg==", 8));
    assert_false(decodes("Zm8=Zm9v", 8));
    assert_false(decodes("====", 4));
    assert_false(decodes("Z===", 4));
    assert_false(decodes("=+/=", 4));
    assert_false(decodes("+/+=", 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfc_hold),
        cmocka_unit_test(all_bytes_survive),
        cmocka_unit_test(a_text_is_accepted_only_if_it_is_the_canonical_one),
        cmocka_unit_test(lengths_that_are_no_multiple_of_four_are_refused),
        cmocka_unit_test(padding_inside_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
