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

static bool is_name_character(char c)
{
    return is_alphanumeric(c) || c == '_' || c == '.' || c == '-';
}

static bool all(struct slice text, bool (*allowed)(char))
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
