/* lexer_priv.h - expression text to tokens; all kinds of expression share it.
 * Use:     token_list_read() once over the whole text. Reading cannot fail: what is no token becomes TOKEN_BAD, one
 *          character each, for the parser to complain about in its place.
 * Owns:    nothing: the array lives in the arena, a token is a range of the text.
 * Bounds:  one token a byte at most, and the last is always TOKEN_END. PRE: the text is at most TOKEN_TEXT_BYTES_MAX.
 * See:     semantics.md 5.1. */
#ifndef STATOR_EXPR_LEXER_PRIV_H
#define STATOR_EXPR_LEXER_PRIV_H

#include "base/arena.h"
#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

enum { TOKEN_TEXT_BYTES_MAX = 65534 };

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,              /* abc */
    TOKEN_NAME_PLACEHOLDER,  /* #abc */
    TOKEN_VALUE_PLACEHOLDER, /* :abc */
    TOKEN_DIGITS,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_OPEN_INDEX,
    TOKEN_CLOSE_INDEX,
    TOKEN_DOT,
    TOKEN_COMMA,
    TOKEN_EQ,
    TOKEN_NE,
    TOKEN_LT,
    TOKEN_LE,
    TOKEN_GT,
    TOKEN_GE,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_AND, /* keywords, in any letter case and all kinds of expression */
    TOKEN_OR,
    TOKEN_NOT,
    TOKEN_BETWEEN,
    TOKEN_IN,
    TOKEN_SET,
    TOKEN_REMOVE,
    TOKEN_ADD,
    TOKEN_DELETE,
    TOKEN_BAD,
};

struct token {
    uint16_t at;
    uint16_t size;
    uint8_t kind; /* enum token_kind */
};

struct token_list {
    struct slice text;
    const struct token *tokens;
    size_t count; /* TOKEN_END included */
};

void token_list_read(struct arena *arena, struct slice text, struct token_list *out);

static inline struct slice token_text(const struct token_list *list, size_t index)
{
    return slice_of(list->text.data + list->tokens[index].at, list->tokens[index].size);
}

#endif
