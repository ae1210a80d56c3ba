#include "expr/lexer_priv.h"

#include "base/contract.h"

#include <strings.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name_part(char c)
{
    return is_name_start(c) || is_digit(c) || c == '_';
}

static size_t run_length(struct slice s, bool (*belongs)(char c))
{
    size_t size = 0;
    while (size < s.size && belongs(s.data[size]))
        size++;
    return size;
}

static enum token_kind name_kind(struct slice name)
{
    static const struct {
        const char *word;
        enum token_kind kind;
    } keywords[] = {
        {"AND", TOKEN_AND},         {"OR", TOKEN_OR},   {"NOT", TOKEN_NOT},
        {"BETWEEN", TOKEN_BETWEEN}, {"IN", TOKEN_IN},   {"SET", TOKEN_SET},
        {"REMOVE", TOKEN_REMOVE},   {"ADD", TOKEN_ADD}, {"DELETE", TOKEN_DELETE},
    };
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        const char *word = keywords[i].word;
        if (strlen(word) == name.size && strncasecmp(word, name.data, name.size) == 0)
            return keywords[i].kind;
    }
    return TOKEN_NAME;
}

/* A character outside ASCII is shown whole, not byte by byte. */
static size_t character_size(struct slice s)
{
    size_t size = 1;
    if ((unsigned char)s.data[0] >= 0xC0)
        while (size < s.size && size < 4 && ((unsigned char)s.data[size] & 0xC0) == 0x80)
            size++;
    return size;
}

static enum token_kind punctuation_kind(struct slice s, size_t *size_out)
{
    char second = s.size > 1 ? s.data[1] : '\0';
    *size_out = 1;
    switch (s.data[0]) {
    case '(':
        return TOKEN_OPEN;
    case ')':
        return TOKEN_CLOSE;
    case '[':
        return TOKEN_OPEN_INDEX;
    case ']':
        return TOKEN_CLOSE_INDEX;
    case '.':
        return TOKEN_DOT;
    case ',':
        return TOKEN_COMMA;
    case '=':
        return TOKEN_EQ;
    case '+':
        return TOKEN_PLUS;
    case '-':
        return TOKEN_MINUS;
    case '<':
        *size_out = second == '>' || second == '=' ? 2 : 1;
        return second == '>' ? TOKEN_NE : second == '=' ? TOKEN_LE : TOKEN_LT;
    case '>':
        *size_out = second == '=' ? 2 : 1;
        return second == '=' ? TOKEN_GE : TOKEN_GT;
    default:
        *size_out = character_size(s);
        return TOKEN_BAD;
    }
}

/* The token at the start of `s`, which begins with something other than space. */
static enum token_kind read_token(struct slice s, size_t *size_out)
{
    char c = s.data[0];
    if (is_name_start(c)) {
        *size_out = run_length(s, is_name_part);
        return name_kind(slice_of(s.data, *size_out));
    }
    if (is_digit(c)) {
        /* No number begins with a zero but zero itself. */
        *size_out = c == '0' ? 1 : run_length(s, is_digit);
        return TOKEN_DIGITS;
    }
    if (c == '#' || c == ':') {
        *size_out = 1 + run_length(slice_after(s, 1), is_name_part);
        if (*size_out == 1)
            return TOKEN_BAD;
        return c == '#' ? TOKEN_NAME_PLACEHOLDER : TOKEN_VALUE_PLACEHOLDER;
    }
    return punctuation_kind(s, size_out);
}

void token_list_read(struct arena *arena, struct slice text, struct token_list *out)
{
    PRE(text.size <= TOKEN_TEXT_BYTES_MAX);
    struct token *tokens = arena_alloc(arena, arena_array_size(sizeof *tokens, text.size + 1));
    size_t count = 0;
    size_t at = 0;
    while (at < text.size) {
        if (is_space(text.data[at])) {
            at++;
            continue;
        }
        size_t size;
        enum token_kind kind = read_token(slice_after(text, at), &size);
        tokens[count++] = (struct token){.at = (uint16_t)at, .size = (uint16_t)size, .kind = (uint8_t)kind};
        at += size;
    }
    tokens[count++] = (struct token){.at = (uint16_t)at, .kind = TOKEN_END};
    *out = (struct token_list){.text = text, .tokens = tokens, .count = count};
}
