#include "partiql/parser_priv.h"

#include <stdarg.h>
#include <strings.h>

/* ------------------------------------------------------------------ complaints */

bool parser_fail(struct parser *p, const char *detail)
{
    return error_set(p->err, ERR_VALIDATION, "Statement wasn't well formed, can't be processed: %s", detail);
}

bool parser_expect(struct parser *p, enum token_kind kind, const char *detail)
{
    return parser_accept(p, kind) || parser_fail(p, detail);
}

void parser_refuse(struct parser *p, const char *format, ...)
{
    if (p->refusal)
        return;
    va_list args;
    va_start(args, format);
    p->refusal = arena_vprintf(p->arena, format, args);
    va_end(args);
}

const char *parser_token_place(const struct parser *p, size_t token)
{
    const struct token *t = &p->list.tokens[token];
    return partiql_place(p->list.text, t->at, (size_t)t->at + t->size, p->arena);
}

/* ------------------------------------------------------------------ nodes */

bool parser_enter(struct parser *p)
{
    if (p->nesting == PARTIQL_DEPTH_MAX)
        return parser_fail(p, "Statement is nested too deeply");
    p->nesting++;
    return true;
}

struct partiql_node *parser_node(struct parser *p, enum partiql_kind kind, size_t token)
{
    struct partiql_node *node = ARENA_NEW(p->arena, struct partiql_node);
    const struct token *t = &p->list.tokens[token];
    node->kind = (uint8_t)kind;
    node->depth = 1;
    node->at = t->at;
    node->end = (uint16_t)(t->at + t->size);
    return node;
}

bool parser_finish_node(struct parser *p, struct partiql_node *node, const struct node_list *operands)
{
    unsigned depth = 0;
    for (const struct partiql_node *operand = operands->first; operand; operand = operand->next)
        if (operand->depth > depth)
            depth = operand->depth;
    if (depth == PARTIQL_DEPTH_MAX)
        return parser_fail(p, "Statement is nested too deeply");
    node->operands = operands->first;
    node->operand_count = operands->count;
    node->depth = (uint8_t)(depth + 1);
    parser_end_node(p, node);
    return true;
}

bool parser_is_unsigned_integer(const struct partiql_node *node)
{
    if (node->kind != PARTIQL_NUMBER)
        return false;
    for (size_t i = 0; i < node->text.size; i++)
        if (node->text.data[i] < '0' || node->text.data[i] > '9')
            return false;
    return true;
}

/* ------------------------------------------------------------------ texts of tokens */

bool parser_is_word(const struct parser *p, size_t token, struct slice word)
{
    struct slice text = token_text(&p->list, token);
    return text.size == word.size && strncasecmp(text.data, word.data, word.size) == 0;
}

const char *parser_lower(struct parser *p, struct slice text)
{
    char *lower = arena_copy_cstr(p->arena, text);
    for (char *c = lower; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + ('a' - 'A'));
    return lower;
}

/* Every second of doubled quotes is left out. */
static struct slice without_doubled(struct parser *p, struct slice text, char quote)
{
    char *value = arena_alloc_bytes(p->arena, text.size);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        value[size++] = text.data[i];
        if (text.data[i] == quote)
            i++;
    }
    return slice_of(value, size);
}

struct slice parser_token_value(struct parser *p, size_t token)
{
    const struct token *t = &p->list.tokens[token];
    struct slice text = token_text(&p->list, token);
    if (t->kind != TOKEN_STRING && t->kind != TOKEN_QUOTED_NAME)
        return text;
    struct slice inner = slice_of(text.data + 1, text.size - 2);
    return t->has_doubled ? without_doubled(p, inner, text.data[0]) : inner;
}

/* ------------------------------------------------------------------ the whole text */

/* Nothing, or one semicolon. */
static bool check_end(struct parser *p)
{
    if (parser_token(p) == TOKEN_END)
        return true;
    if (parser_token(p) != TOKEN_SEMICOLON)
        return parser_fail(p, "Unexpected token after expression");
    if (parser_token_ahead(p, 1) != TOKEN_END)
        return parser_fail(p, "Unexpected token after semicolon. (Only one query is allowed.)");
    return true;
}

const char *partiql_operation_name(const struct partiql_node *node)
{
    static const char *const names[] = {
        [PARTIQL_NULL] = "Lit",
        [PARTIQL_MISSING] = "Missing",
        [PARTIQL_TRUE] = "Lit",
        [PARTIQL_FALSE] = "Lit",
        [PARTIQL_NUMBER] = "Lit",
        [PARTIQL_STRING] = "Lit",
        [PARTIQL_PARAMETER] = "Parameter",
        [PARTIQL_LIST] = "List",
        [PARTIQL_TUPLE] = "Struct",
        [PARTIQL_BAG] = "Bag",
        [PARTIQL_PATH] = "Id",
        [PARTIQL_OR] = "Or",
        [PARTIQL_AND] = "And",
        [PARTIQL_NOT] = "Not",
        [PARTIQL_EQ] = "Eq",
        [PARTIQL_NE] = "Ne",
        [PARTIQL_LT] = "Lt",
        [PARTIQL_LE] = "Lte",
        [PARTIQL_GT] = "Gt",
        [PARTIQL_GE] = "Gte",
        [PARTIQL_BETWEEN] = "Between",
        [PARTIQL_IN] = "InCollection",
        [PARTIQL_IS] = "IsType",
        [PARTIQL_LIKE] = "Like",
        [PARTIQL_PLUS] = "Plus",
        [PARTIQL_MINUS] = "Minus",
        [PARTIQL_TIMES] = "Times",
        [PARTIQL_DIVIDE] = "Divide",
        [PARTIQL_MODULO] = "Modulo",
        [PARTIQL_CONCAT] = "Concat",
        [PARTIQL_NEGATE] = "Neg",
        [PARTIQL_CALL] = "Call",
    };
    if (node->negated)
        return "Not";
    if (node->kind == PARTIQL_PATH && node->operands)
        return "Path";
    return names[node->kind];
}

/* EXISTS(SELECT ...), with the SELECT as the only argument. */
static bool is_exists_of(const struct partiql_node *node, const struct partiql_node *select)
{
    return node->kind == PARTIQL_CALL && node->operands == select && node->operand_count == 1 &&
           node->text.size == 6 && strncasecmp(node->text.data, "EXISTS", 6) == 0;
}

static const char *change_keyword(const struct parser *p, size_t token)
{
    switch (p->list.tokens[token].kind) {
    case TOKEN_INSERT_INTO:
        return "insert_into";
    case TOKEN_UPDATE:
        return "update";
    case TOKEN_DELETE:
        return "delete";
    case TOKEN_FROM:
        return "from";
    case TOKEN_SET:
        return "set";
    default:
        return "remove";
    }
}

/* What the whole text is, if it is a statement; if not, why is refused or failed. */
static struct partiql_statement *whole_statement(struct parser *p, const struct partiql_node *root)
{
    const struct parsed_statement *latest = &p->latest;
    const struct parsed_statement *change = &p->first_change;
    if (change->statement && change->node != root) {
        (void)parser_fail(p, arena_printf(p->arena, "Keyword %s only expected at the top level in the query",
                                          change_keyword(p, change->keyword)));
        return NULL;
    }
    if (p->statement_count == 1 && latest->node == root)
        return latest->statement;
    if (p->statement_count == 1 && is_exists_of(root, latest->node)) {
        latest->statement->kind = PARTIQL_EXISTS;
        return latest->statement;
    }
    if (p->statement_count > 0)
        parser_refuse(p, "Unsupported operation: Select");
    parser_refuse(p, "Unsupported operation: %s", partiql_operation_name(root));
    return NULL;
}

static bool parse_text(struct parser *p, struct partiql_statement **out)
{
    struct partiql_node *root;
    if (!parser_expression(p, RANK_ANY, &root) || !check_end(p))
        return false;
    *out = whole_statement(p, root);
    if (*out && !p->refusal)
        return true;
    if (p->refusal)
        return error_set(p->err, ERR_VALIDATION, "%s", p->refusal);
    return false;
}

bool partiql_parse(struct slice text, struct arena *arena, const struct partiql_statement **out,
                   struct error *err)
{
    struct parser p = {.arena = arena, .err = err};
    if (text.size > TOKEN_TEXT_BYTES_MAX)
        return parser_fail(&p, "Statement is too long");
    if (!partiql_tokens_read(arena, text, &p.list))
        return parser_fail(&p, "");
    struct partiql_statement *statement;
    if (!parse_text(&p, &statement))
        return false;
    statement->text = text;
    statement->parameter_count = p.parameter_count;
    *out = statement;
    return true;
}
