#include "partiql/lexer_priv.h"

#include "base/contract.h"

/* ------------------------------------------------------------------ characters */

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

static bool is_name_part(char c)
{
    return is_name_start(c) || is_digit(c);
}

struct lexer {
    const char *next;
    const char *end;
};

/* The character `ahead` of the next, or NUL. */
static char peek(const struct lexer *l, size_t ahead)
{
    return (size_t)(l->end - l->next) > ahead ? l->next[ahead] : '\0';
}

/* ------------------------------------------------------------------ numbers */

static size_t skip_digits(struct lexer *l)
{
    const char *start = l->next;
    while (l->next < l->end && is_digit(*l->next))
        l->next++;
    return (size_t)(l->next - start);
}

/* The exponent's magnitude, held below 2^62. */
static bool read_exponent(struct lexer *l, int64_t *out)
{
    l->next++;
    bool negative = peek(l, 0) == '-';
    if (negative || peek(l, 0) == '+')
        l->next++;
    const char *start = l->next;
    if (skip_digits(l) == 0)
        return false;
    int64_t magnitude = 0;
    for (const char *at = start; at < l->next; at++)
        if (magnitude < INT64_C(1) << 58)
            magnitude = magnitude * 10 + (*at - '0');
    *out = negative ? -magnitude : magnitude;
    return true;
}

static bool fits_int32(int64_t n)
{
    return n >= INT32_MIN && n <= INT32_MAX;
}

/* digits [ '.' digits* ] [ exponent ]  |  '.' digits [ exponent ]
 * Exponent and scale must be integers of 32 bits, as those of a Java decimal. */
static bool read_number(struct lexer *l)
{
    size_t fraction = 0;
    bool is_whole = skip_digits(l) > 0;
    if (peek(l, 0) == '.') {
        l->next++;
        fraction = skip_digits(l);
        /* "1.." is taken for a number, and for a bad one. */
        if (is_whole && fraction == 0 && peek(l, 0) == '.')
            return false;
    }
    if (peek(l, 0) != 'e' && peek(l, 0) != 'E')
        return true;
    int64_t exponent;
    return read_exponent(l, &exponent) && fits_int32(exponent) && fits_int32((int64_t)fraction - exponent);
}

/* ------------------------------------------------------------------ quotes and comments */

/* Behind the closing quote; doubled ones are part of what is quoted. */
static bool read_quoted(struct lexer *l, bool *has_doubled)
{
    char quote = *l->next++;
    for (;;) {
        const char *close = memchr(l->next, quote, (size_t)(l->end - l->next));
        if (!close)
            return false;
        l->next = close + 1;
        if (peek(l, 0) != quote)
            return true;
        *has_doubled = true;
        l->next++;
    }
}

static void skip_line_comment(struct lexer *l)
{
    while (l->next < l->end && *l->next != '\n' && *l->next != '\r')
        l->next++;
}

static bool skip_block_comment(struct lexer *l)
{
    for (l->next += 2; l->next < l->end; l->next++)
        if (l->next[0] == '*' && peek(l, 1) == '/') {
            l->next += 2;
            return true;
        }
    return false;
}

/* To the next token or the end. false: a comment has no end. */
static bool skip_space(struct lexer *l)
{
    while (l->next < l->end) {
        if (is_space(*l->next))
            l->next++;
        else if (*l->next == '-' && peek(l, 1) == '-')
            skip_line_comment(l);
        else if (*l->next != '/' || peek(l, 1) != '*')
            return true;
        else if (!skip_block_comment(l))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ tokens */

/* TOKEN_END: the character begins no token. */
static enum token_kind single_kind(char c)
{
    switch (c) {
    case '(':
        return TOKEN_OPEN;
    case ')':
        return TOKEN_CLOSE;
    case '[':
        return TOKEN_OPEN_BRACKET;
    case ']':
        return TOKEN_CLOSE_BRACKET;
    case '{':
        return TOKEN_OPEN_BRACE;
    case '}':
        return TOKEN_CLOSE_BRACE;
    case '.':
        return TOKEN_DOT;
    case ',':
        return TOKEN_COMMA;
    case ':':
        return TOKEN_COLON;
    case ';':
        return TOKEN_SEMICOLON;
    case '*':
        return TOKEN_STAR;
    case '?':
        return TOKEN_PARAMETER;
    case '=':
        return TOKEN_EQ;
    case '<':
        return TOKEN_LT;
    case '>':
        return TOKEN_GT;
    case '+':
        return TOKEN_PLUS;
    case '-':
        return TOKEN_MINUS;
    case '/':
        return TOKEN_SLASH;
    case '%':
        return TOKEN_PERCENT;
    case '@':
        return TOKEN_AT_SIGN;
    default:
        return TOKEN_END;
    }
}

static enum token_kind double_kind(char first, char second)
{
    static const struct {
        char text[3];
        enum token_kind kind;
    } pairs[] = {{"<<", TOKEN_OPEN_BAG}, {">>", TOKEN_CLOSE_BAG}, {"<=", TOKEN_LE},    {">=", TOKEN_GE},
                 {"<>", TOKEN_NE},       {"!=", TOKEN_NE},        {"||", TOKEN_CONCAT}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (pairs[i].text[0] == first && pairs[i].text[1] == second)
            return pairs[i].kind;
    return TOKEN_END;
}

static enum token_kind read_punctuation(struct lexer *l)
{
    char first = *l->next;
    enum token_kind kind = TOKEN_END;
    if (first == '<' || first == '>' || first == '!' || first == '|')
        kind = double_kind(first, peek(l, 1));
    if (kind != TOKEN_END) {
        l->next += 2;
        return kind;
    }
    l->next++;
    return single_kind(first);
}

static enum token_kind read_name(struct lexer *l)
{
    const char *start = l->next;
    while (l->next < l->end && is_name_part(*l->next))
        l->next++;
    return keyword_find(slice_of(start, (size_t)(l->next - start)));
}

/* PRE: there is a character, and it is not space. TOKEN_END: it begins no token. */
static enum token_kind read_token(struct lexer *l, bool *has_doubled)
{
    char c = *l->next;
    if (is_name_start(c))
        return read_name(l);
    if (is_digit(c) || (c == '.' && is_digit(peek(l, 1))))
        return read_number(l) ? TOKEN_NUMBER : TOKEN_END;
    if (c == '\'')
        return read_quoted(l, has_doubled) ? TOKEN_STRING : TOKEN_END;
    if (c == '"')
        return read_quoted(l, has_doubled) ? TOKEN_QUOTED_NAME : TOKEN_END;
    if (c == '`')
        return read_quoted(l, has_doubled) ? TOKEN_ION : TOKEN_END;
    return read_punctuation(l);
}

/* The one token that two words are, or TOKEN_END. */
static enum token_kind joined_kind(enum token_kind first, enum token_kind second)
{
    if (first == TOKEN_NOT)
        return second == TOKEN_IN        ? TOKEN_NOT_IN
               : second == TOKEN_BETWEEN ? TOKEN_NOT_BETWEEN
               : second == TOKEN_LIKE    ? TOKEN_NOT_LIKE
                                         : TOKEN_END;
    if (first == TOKEN_IS && second == TOKEN_NOT)
        return TOKEN_IS_NOT;
    if (first == TOKEN_INSERT && second == TOKEN_INTO)
        return TOKEN_INSERT_INTO;
    return TOKEN_END;
}

bool partiql_tokens_read(struct arena *arena, struct slice text, struct token_list *out)
{
    PRE(text.size <= TOKEN_TEXT_BYTES_MAX);
    struct token *tokens = arena_alloc(arena, arena_array_size(sizeof *tokens, text.size + 1));
    struct lexer l = {text.data, text.data + text.size};
    size_t count = 0;
    while (skip_space(&l)) {
        struct token token = {.at = (uint16_t)(l.next - text.data)};
        if (l.next == l.end) {
            tokens[count++] = token;
            *out = (struct token_list){.text = text, .tokens = tokens, .count = count};
            return true;
        }
        enum token_kind kind = read_token(&l, &token.has_doubled);
        if (kind == TOKEN_END)
            return false;
        enum token_kind joined =
            count == 0 ? TOKEN_END : joined_kind((enum token_kind)tokens[count - 1].kind, kind);
        if (joined != TOKEN_END) {
            token.at = tokens[--count].at;
            kind = joined;
        }
        token.size = (uint16_t)(l.next - text.data - token.at);
        token.kind = (uint8_t)kind;
        tokens[count++] = token;
    }
    return false;
}
