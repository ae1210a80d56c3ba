/* parser_priv.h - what the grammar of statements and that of expressions share: the tokens, the growing tree, complaints.
 * Errors:  a syntax error ends parsing at once. What can be read but not be told by the tree is a refusal: parsing goes on,
 *          because DynamoDB looks for these only in what it could read, and the first of them is told at the end.
 * Bounds:  recursion is bounded by `nesting`; a tree that grows to the left by `depth` of its nodes.
 * See:     README.md, Grammar. */
#ifndef STATOR_PARTIQL_PARSER_PRIV_H
#define STATOR_PARTIQL_PARSER_PRIV_H

#include "partiql/lexer_priv.h"
#include "partiql/syntax.h"

/* How strongly infix operators bind; an expression takes those that bind more strongly than it was told. */
enum { RANK_ANY = 0, RANK_SET = 5, RANK_SELECT = 6 };

/* A statement may stand wherever an expression may; it is a node to the expression's grammar. */
struct parsed_statement {
    const struct partiql_node *node;
    struct partiql_statement *statement;
    size_t keyword; /* its first token */
};

struct parser {
    struct arena *arena;
    struct token_list list;
    size_t at; /* the current token */
    unsigned nesting;
    uint32_t parameter_count;
    size_t statement_count;
    struct parsed_statement latest;       /* of all statements that were read to their end */
    struct parsed_statement first_change; /* the first of them that is no SELECT */
    const char *refusal;                  /* NULL: none */
    struct error *err;
};

static inline enum token_kind parser_token(const struct parser *p)
{
    return (enum token_kind)p->list.tokens[p->at].kind;
}

/* The kind of the token `ahead` of the current one; behind the last is TOKEN_END. */
static inline enum token_kind parser_token_ahead(const struct parser *p, size_t ahead)
{
    size_t at = p->at + ahead;
    return at < p->list.count ? (enum token_kind)p->list.tokens[at].kind : TOKEN_END;
}

static inline struct slice parser_text(const struct parser *p)
{
    return token_text(&p->list, p->at);
}

/* The token is next: then it is passed. */
static inline bool parser_accept(struct parser *p, enum token_kind kind)
{
    if (parser_token(p) != kind)
        return false;
    p->at++;
    return true;
}

/* "Statement wasn't well formed, can't be processed: ..." Always false. */
bool parser_fail(struct parser *p, const char *detail);
/* Fails with `detail` unless the token is next, which is then passed. */
[[nodiscard]] bool parser_expect(struct parser *p, enum token_kind kind, const char *detail);
/* Keeps the first. */
void parser_refuse(struct parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "line:column:length" of a token. */
const char *parser_token_place(const struct parser *p, size_t token);

/* One level of nesting more; fails if it is one too many. */
[[nodiscard]] bool parser_enter(struct parser *p);
static inline void parser_leave(struct parser *p)
{
    p->nesting--;
}

/* A node of the token at `token`. */
struct partiql_node *parser_node(struct parser *p, enum partiql_kind kind, size_t token);
/* The node ends with the token before the current one. */
static inline void parser_end_node(const struct parser *p, struct partiql_node *node)
{
    const struct token *last = &p->list.tokens[p->at - 1];
    node->end = (uint16_t)(last->at + last->size);
}

/* Nodes one after another; the last is kept for the next to come. */
struct node_list {
    struct partiql_node *first;
    struct partiql_node *last;
    size_t count;
};

static inline void node_list_add(struct node_list *list, struct partiql_node *node)
{
    if (list->last)
        list->last->next = node;
    else
        list->first = node;
    list->last = node;
    list->count++;
}

/* The list is the node's operands, and the token before the current one its last. Fails if the tree becomes too deep. */
[[nodiscard]] bool parser_finish_node(struct parser *p, struct partiql_node *node,
                                      const struct node_list *operands);
/* A number of digits only. */
bool parser_is_unsigned_integer(const struct partiql_node *node);

/* The token is the unquoted word, in any letter case. */
bool parser_is_word(const struct parser *p, size_t token, struct slice word);
const char *parser_lower(struct parser *p, struct slice text);
/* The text that a quoted token stands for, or that of any other. */
struct slice parser_token_value(struct parser *p, size_t token);

/* An expression of what binds more strongly than `rank`. */
[[nodiscard]] bool parser_expression(struct parser *p, int rank, struct partiql_node **out);
/* expression ( ',' expression )* */
[[nodiscard]] bool parser_expression_list(struct parser *p, struct node_list *out);
/* What stands between operators, with its steps: a.b[0], 'x', [1, 2], f(a), ( ... ). */
[[nodiscard]] bool parser_term(struct parser *p, struct partiql_node **out);
/* The name of a type, in capitals. */
[[nodiscard]] bool parser_type(struct parser *p, struct slice *name_out);
/* name ( '.' name | '[' literal ']' )* */
[[nodiscard]] bool parser_simple_path(struct parser *p, struct partiql_node **out);

/* A path of one or two names becomes a target; anything else is refused. */
void parser_make_target(struct parser *p, const struct partiql_node *path, struct partiql_target *out);
/* [ [AS] name ] [ AT name ] [ BY name ]   which is refused. */
[[nodiscard]] bool parser_source_aliases(struct parser *p);
/* What FROM names, if need be with joins, which are refused. */
[[nodiscard]] bool parser_source(struct parser *p, int rank, bool with_joins, struct partiql_target *out);
/* [ WHERE expression ] */
[[nodiscard]] bool parser_where(struct parser *p, int rank, const struct partiql_node **out);
/* [ word expression ]   which is refused; its place is where the expression begins. */
[[nodiscard]] bool parser_clause(struct parser *p, enum token_kind word, const char *name);
/* The current token is SELECT. */
[[nodiscard]] bool parser_select(struct parser *p, struct partiql_statement *statement);

/* Whether a statement begins here that may stand where an expression may. */
bool parser_at_statement(const struct parser *p);
/* PRE: parser_at_statement(). The node stands for the statement and says nothing of it. */
[[nodiscard]] bool parser_statement(struct parser *p, struct partiql_node **out);

#endif
