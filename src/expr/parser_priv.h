/* parser_priv.h - what the grammars share: the tokens, the growing tree, the complaints.
 * Errors:  a syntax error ends parsing at once, and so do redundant parentheses. Everything else that can be seen without
 *          the placeholders is a complaint: parsing goes on, because DynamoDB looks for these only in what it could
 *          parse. Classes are reported in their order; inside a class that goes first which stands first in the text.
 * Bounds:  no recursion: nesting costs arena memory, at most a few entries a token. */
#ifndef STATOR_EXPR_PARSER_PRIV_H
#define STATOR_EXPR_PARSER_PRIV_H

#include "expr/lexer_priv.h"
#include "expr/tree_priv.h"

enum complaint_class {
    COMPLAINT_IN_PLACE, /* of a word, an index, a function */
    COMPLAINT_OPERATOR_COUNT,
    COMPLAINT_REPEATED_SECTION,
    COMPLAINT_CLASS_COUNT,
};

struct complaint {
    const char *text; /* NULL: none */
    size_t token;
};

struct parser {
    enum expr_kind kind;
    struct arena *arena;
    struct token_list list;
    size_t at; /* the current token */
    /* The tree so far; each array has room for one entry a token. */
    struct expr_node *nodes;
    struct path *paths;
    struct path_element *elements;
    struct text_range *values;
    struct update_action *actions; /* EXPR_UPDATE */
    size_t node_count;
    size_t path_count;
    size_t element_count;
    size_t value_count;
    size_t action_count;
    size_t operator_count;
    struct complaint complaints[COMPLAINT_CLASS_COUNT];
    struct error *err;
};

static inline enum token_kind parser_token(const struct parser *p)
{
    return (enum token_kind)p->list.tokens[p->at].kind;
}

/* The kind of the token after the current one; of the last its own. */
static inline enum token_kind parser_next_token(const struct parser *p)
{
    size_t last = p->list.count - 1;
    return (enum token_kind)p->list.tokens[p->at < last ? p->at + 1 : last].kind;
}

/* "Syntax error; ..." at the current token. Always false. */
bool parser_syntax_error(struct parser *p);
bool parser_redundant_parentheses(struct parser *p);
/* Keeps what stands first in the text, of complaints about the same token what came first. */
void parser_complain(struct parser *p, enum complaint_class class, size_t token, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* path := name ( '.' name | '[' digits ']' )*   with the current token at its start; it becomes the newest path. */
[[nodiscard]] bool parser_path(struct parser *p);
/* The rest of a path, after its first name or closing parenthesis; extends the newest path. */
[[nodiscard]] bool parser_path_rest(struct parser *p);

/* The whole text is one condition, or one update. */
[[nodiscard]] bool parser_condition(struct parser *p);
[[nodiscard]] bool parser_update(struct parser *p);

#endif
