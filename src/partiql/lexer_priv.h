/* lexer_priv.h - the text of a statement to tokens.
 * Use:     partiql_tokens_read() once over the whole text.
 * Owns:    nothing: the array lives in the arena, a token is a range of the text.
 * Errors:  none is set; false says that something in the text is no token. DynamoDB reads all tokens before it looks at any, and
 *          has nothing to say about the one it could not read; so neither has the parser.
 * Bounds:  one token a byte at most, and the last is always TOKEN_END. PRE: the text is at most TOKEN_TEXT_BYTES_MAX.
 * See:     README.md, Tokens. */
#ifndef STATOR_PARTIQL_LEXER_PRIV_H
#define STATOR_PARTIQL_LEXER_PRIV_H

#include "base/arena.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOKEN_TEXT_BYTES_MAX = 65534 };

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,        /* abc, if it is no keyword */
    TOKEN_QUOTED_NAME, /* "abc" */
    TOKEN_STRING,      /* 'abc' */
    TOKEN_NUMBER,      /* without sign */
    TOKEN_ION,         /* `abc` */
    TOKEN_PARAMETER,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_OPEN_BRACKET,
    TOKEN_CLOSE_BRACKET,
    TOKEN_OPEN_BRACE,
    TOKEN_CLOSE_BRACE,
    TOKEN_OPEN_BAG,
    TOKEN_CLOSE_BAG,
    TOKEN_DOT,
    TOKEN_COMMA,
    TOKEN_COLON,
    TOKEN_SEMICOLON,
    TOKEN_STAR,
    /* Operators, those that are words among them. */
    TOKEN_EQ,
    TOKEN_NE,
    TOKEN_LT,
    TOKEN_LE,
    TOKEN_GT,
    TOKEN_GE,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_SLASH,
    TOKEN_PERCENT,
    TOKEN_CONCAT,
    TOKEN_AT_SIGN,
    TOKEN_OR,
    TOKEN_AND,
    TOKEN_NOT,
    TOKEN_IN,
    TOKEN_NOT_IN, /* two words are one token here and below */
    TOKEN_IS,
    TOKEN_IS_NOT,
    TOKEN_BETWEEN,
    TOKEN_NOT_BETWEEN,
    TOKEN_LIKE,
    TOKEN_NOT_LIKE,
    TOKEN_UNION,
    TOKEN_INTERSECT,
    TOKEN_EXCEPT,
    /* Keywords with a part in the grammar */
    TOKEN_NULL,
    TOKEN_MISSING,
    TOKEN_TRUE,
    TOKEN_FALSE,
    TOKEN_AS, /* these six are not among the keywords that are unexpected */
    TOKEN_ASC,
    TOKEN_AT,
    TOKEN_BY,
    TOKEN_DESC,
    TOKEN_FOR,
    TOKEN_ALL, /* from here on, they are */
    TOKEN_CASE,
    TOKEN_CAST,
    TOKEN_CONFLICT,
    TOKEN_CREATE,
    TOKEN_CROSS,
    TOKEN_DELETE,
    TOKEN_DISTINCT,
    TOKEN_DO,
    TOKEN_DROP,
    TOKEN_ESCAPE,
    TOKEN_EXEC,
    TOKEN_FROM,
    TOKEN_FULL,
    TOKEN_GROUP,
    TOKEN_HAVING,
    TOKEN_INDEX,
    TOKEN_INNER,
    TOKEN_INSERT,
    TOKEN_INSERT_INTO,
    TOKEN_INTO,
    TOKEN_JOIN,
    TOKEN_LEFT,
    TOKEN_LET,
    TOKEN_LIMIT,
    TOKEN_MODIFIED,
    TOKEN_NEW,
    TOKEN_NOTHING,
    TOKEN_OFFSET,
    TOKEN_OLD,
    TOKEN_ON,
    TOKEN_ORDER,
    TOKEN_OUTER,
    TOKEN_PARTIAL,
    TOKEN_PIVOT,
    TOKEN_REMOVE,
    TOKEN_RETURNING,
    TOKEN_RIGHT,
    TOKEN_SELECT,
    TOKEN_SET,
    TOKEN_TABLE,
    TOKEN_UNPIVOT,
    TOKEN_UPDATE,
    TOKEN_VALUE,
    TOKEN_VALUES,
    TOKEN_WHEN,
    TOKEN_WHERE,
    TOKEN_FUNCTION, /* a keyword that may be called: COUNT, SIZE */
    TOKEN_KEYWORD,  /* any other: only reserved */
};

struct token {
    uint16_t at;
    uint16_t size;
    uint8_t kind;     /* enum token_kind */
    bool has_doubled; /* of what is quoted: it holds quotes, doubled */
};

struct token_list {
    struct slice text;
    const struct token *tokens;
    size_t count; /* TOKEN_END included */
};

[[nodiscard]] bool partiql_tokens_read(struct arena *arena, struct slice text, struct token_list *out);

/* What an unquoted word is, in any letter case: TOKEN_NAME, or a keyword's kind. */
enum token_kind keyword_find(struct slice word);

static inline bool token_is_name(enum token_kind kind)
{
    return kind == TOKEN_NAME || kind == TOKEN_QUOTED_NAME;
}

static inline struct slice token_text(const struct token_list *list, size_t index)
{
    return slice_of(list->text.data + list->tokens[index].at, list->tokens[index].size);
}

#endif
