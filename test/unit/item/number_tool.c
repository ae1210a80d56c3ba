/* Reads a number's text in hexadecimal from each line, or two with + or - between them, and prints what number.h makes of
 * it, in the older way where the line begins with "older":
 *     ok <encoding in hexadecimal> <plain text> <size>
 *     error <message>
 * Driven by number_oracle.py. */
#include "item/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t from_hex(const char *hex, char *bytes)
{
    size_t size = strspn(hex, "0123456789abcdef") / 2;
    for (size_t i = 0; i < size; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (char)strtoul(digits, NULL, 16);
    }
    return size;
}

/* The number or the sum that a line asks for. */
static bool work_out(const char *line, struct number *out, struct error *err)
{
    static char text[4096];
    struct number other;
    if (strncmp(line, "older", 5) == 0)
        return number_parse_older(slice_of(text, from_hex(line + 5, text)), out, err);
    if (!number_parse(slice_of(text, from_hex(line, text)), out, err))
        return false;
    line += strspn(line, "0123456789abcdef");
    if (*line == '\n')
        return true;
    if (!number_parse(slice_of(text, from_hex(line + 1, text)), &other, err))
        return false;
    struct slice a = number_slice(out);
    struct slice b = number_slice(&other);
    return *line == '+' ? number_add(a, b, out, err) : number_subtract(a, b, out, err);
}

static void answer(const char *line, struct arena *arena)
{
    struct number n;
    struct error err;
    char plain[NUMBER_TEXT_BYTES_MAX];
    error_init(&err, arena);
    if (!work_out(line, &n, &err)) {
        printf("error %s\n", err.message);
        return;
    }
    printf("ok ");
    for (size_t i = 0; i < n.size; i++)
        printf("%02x", (unsigned char)n.bytes[i]);
    size_t size = number_format(number_slice(&n), plain);
    printf(" %.*s %zu\n", (int)size, plain, number_size_bytes(number_slice(&n)));
}

int main(void)
{
    static char line[8192];
    struct arena arena;
    arena_init(&arena, 4096);
    while (fgets(line, sizeof line, stdin)) {
        answer(line, &arena);
        arena_reset(&arena);
    }
    arena_release(&arena);
    return 0;
}
