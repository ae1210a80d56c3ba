#include "api/pattern_priv.h"

#include "base/contract.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alphanumeric(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Names are in every request: those of tables. */
static const bool name_characters[256] = {
    ['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true, ['4'] = true, ['5'] = true, ['6'] = true,
    ['7'] = true, ['8'] = true, ['9'] = true, ['A'] = true, ['B'] = true, ['C'] = true, ['D'] = true,
    ['E'] = true, ['F'] = true, ['G'] = true, ['H'] = true, ['I'] = true, ['J'] = true, ['K'] = true,
    ['L'] = true, ['M'] = true, ['N'] = true, ['O'] = true, ['P'] = true, ['Q'] = true, ['R'] = true,
    ['S'] = true, ['T'] = true, ['U'] = true, ['V'] = true, ['W'] = true, ['X'] = true, ['Y'] = true,
    ['Z'] = true, ['a'] = true, ['b'] = true, ['c'] = true, ['d'] = true, ['e'] = true, ['f'] = true,
    ['g'] = true, ['h'] = true, ['i'] = true, ['j'] = true, ['k'] = true, ['l'] = true, ['m'] = true,
    ['n'] = true, ['o'] = true, ['p'] = true, ['q'] = true, ['r'] = true, ['s'] = true, ['t'] = true,
    ['u'] = true, ['v'] = true, ['w'] = true, ['x'] = true, ['y'] = true, ['z'] = true, ['_'] = true,
    ['.'] = true, ['-'] = true,
};

static bool is_name_character(char c)
{
    return name_characters[(uint8_t)c];
}

static inline bool all(struct slice text, bool (*allowed)(char))
{
    for (size_t i = 0; i < text.size; i++) {
        if (!allowed(text.data[i]))
            return false;
    }
    return true;
}

/* Letters or digits at both ends, two of them at least; word characters, dots and hyphens in between. */
static bool is_bucket(struct slice text)
{
    return text.size >= 2 && is_alphanumeric(text.data[0]) && is_alphanumeric(text.data[text.size - 1]) &&
           all(text, is_name_character);
}

bool pattern_matches(enum shape_pattern pattern, struct slice text)
{
    switch (pattern) {
    case PATTERN_NONE:
        return true;
    case PATTERN_NAME:
        return text.size > 0 && all(text, is_name_character);
    case PATTERN_TABLE:
        return pattern_is_arn(text) || pattern_matches(PATTERN_NAME, text);
    case PATTERN_ACCOUNT_ID:
        return text.size == 12 && all(text, is_digit);
    case PATTERN_CLIENT_TOKEN:
        return text.size > 0 && !memchr(text.data, '$', text.size);
    case PATTERN_S3_BUCKET:
        return is_bucket(text);
    }
    UNREACHABLE();
}

const char *pattern_text(enum shape_pattern pattern)
{
    switch (pattern) {
    case PATTERN_NONE:
        break;
    case PATTERN_NAME:
    case PATTERN_TABLE:
        return "[a-zA-Z0-9_.-]+";
    case PATTERN_ACCOUNT_ID:
        return "[0-9]{12}";
    case PATTERN_CLIENT_TOKEN:
        return "^[^\\$]+$";
    case PATTERN_S3_BUCKET:
        return "^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$";
    }
    UNREACHABLE();
}
