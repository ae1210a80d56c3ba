/* Numbers: any text, and any two encodings. A number survives being printed and parsed, sizes and bounds hold, and
 * two valid encodings are neither a prefix of one another nor, printed, the same number. A sum is what is left when
 * each of its parts is taken away again. Corpus: corpus/number. */
#include "item/number.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

static void check_encoding(struct slice encoded, struct arena *arena)
{
    char text[NUMBER_TEXT_BYTES_MAX];
    struct number again;
    struct error err;
    error_init(&err, arena);
    size_t size = number_format(encoded, text);
    expect(size <= NUMBER_TEXT_BYTES_MAX, "the text fits");
    expect(!memchr(text, 'e', size) && !memchr(text, '+', size), "the text is plain");
    expect(number_parse(slice_of(text, size), &again, &err), "the text is a number");
    expect(slice_equal(number_slice(&again), encoded), "and the same one");
    size_t size_bytes = number_size_bytes(encoded);
    expect(size_bytes >= 1 && size_bytes <= NUMBER_BYTES_MAX, "its size is bounded");
}

static void check_text(struct slice text, struct arena *arena)
{
    struct number n, older;
    struct error err;
    error_init(&err, arena);
    if (number_parse(text, &n, &err)) {
        expect(number_valid(number_slice(&n)), "what is parsed is valid");
        check_encoding(number_slice(&n), arena);
        expect(number_parse_older(text, &older, &err) && slice_equal(number_slice(&n), number_slice(&older)),
               "and is a number in the older way too");
    } else {
        expect(err.code == ERR_VALIDATION, "a refusal is a validation error");
    }
}

static void check_sum(struct slice a, struct slice b, struct arena *arena)
{
    struct number sum, back, other;
    struct error err;
    error_init(&err, arena);
    if (!number_add(a, b, &sum, &err)) {
        expect(err.code == ERR_VALIDATION, "a refusal is a validation error");
        expect(!number_add(b, a, &sum, &err), "and it is mutual");
        return;
    }
    check_encoding(number_slice(&sum), arena);
    expect(number_valid(number_slice(&sum)), "a sum is valid");
    expect(number_add(b, a, &other, &err) && slice_equal(number_slice(&other), number_slice(&sum)),
           "the order does not matter");
    expect(number_subtract(number_slice(&sum), b, &back, &err) && slice_equal(number_slice(&back), a),
           "the first is what is left");
    expect(number_subtract(number_slice(&sum), a, &back, &err) && slice_equal(number_slice(&back), b),
           "the second is what is left");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena, 4096);
    struct slice whole = slice_of(data, size);
    check_text(whole, &arena);
    size_t half = size / 2;
    struct slice a = slice_of(data, half), b = slice_after(whole, half);
    if (number_valid(a) && number_valid(b)) {
        check_encoding(a, &arena);
        check_encoding(b, &arena);
        expect(slice_equal(a, b) || (!slice_starts_with(a, b) && !slice_starts_with(b, a)), "no prefixes");
        check_sum(a, b, &arena);
    }
    arena_release(&arena);
    return 0;
}
