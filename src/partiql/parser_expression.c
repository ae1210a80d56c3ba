/* Expressions, by how strongly their operators bind; from the loosest:
 *   UNION EXCEPT INTERSECT  |  OR  |  AND  |  NOT  |  = <> IS IN  |  < <= > >= BETWEEN LIKE  |  + - ||  |  * / %
 * All infix operators take what stands left of them first. */
#include "partiql/parser_priv.h"

enum { RANK_NOT = 30 };

/* 0: no infix operator. */
static int infix_rank(enum token_kind kind)
{
    static const uint8_t ranks[TOKEN_KEYWORD + 1] = {
        [TOKEN_UNION] = RANK_SET, [TOKEN_EXCEPT] = RANK_SET, [TOKEN_INTERSECT] = RANK_SET,
        [TOKEN_OR] = 10,          [TOKEN_AND] = 20,          [TOKEN_EQ] = 40,
        [TOKEN_NE] = 40,          [TOKEN_IS] = 40,           [TOKEN_IS_NOT] = 40,
        [TOKEN_IN] = 40,          [TOKEN_NOT_IN] = 40,       [TOKEN_LT] = 50,
        [TOKEN_LE] = 50,          [TOKEN_GT] = 50,           [TOKEN_GE] = 50,
        [TOKEN_BETWEEN] = 50,     [TOKEN_NOT_BETWEEN] = 50,  [TOKEN_LIKE] = 50,
        [TOKEN_NOT_LIKE] = 50,    [TOKEN_PLUS] = 60,         [TOKEN_MINUS] = 60,
        [TOKEN_CONCAT] = 60,      [TOKEN_STAR] = 70,         [TOKEN_SLASH] = 70,
        [TOKEN_PERCENT] = 70,
    };
    return ranks[kind];
}

/* The node that an infix operator makes. */
static enum partiql_kind infix_kind(enum token_kind kind)
{
    static const uint8_t kinds[TOKEN_KEYWORD + 1] = {
        [TOKEN_OR] = PARTIQL_OR,           [TOKEN_AND] = PARTIQL_AND,
        [TOKEN_EQ] = PARTIQL_EQ,           [TOKEN_NE] = PARTIQL_NE,
        [TOKEN_LT] = PARTIQL_LT,           [TOKEN_LE] = PARTIQL_LE,
        [TOKEN_GT] = PARTIQL_GT,           [TOKEN_GE] = PARTIQL_GE,
        [TOKEN_PLUS] = PARTIQL_PLUS,       [TOKEN_MINUS] = PARTIQL_MINUS,
        [TOKEN_CONCAT] = PARTIQL_CONCAT,   [TOKEN_STAR] = PARTIQL_TIMES,
        [TOKEN_SLASH] = PARTIQL_DIVIDE,    [TOKEN_PERCENT] = PARTIQL_MODULO,
        [TOKEN_BETWEEN] = PARTIQL_BETWEEN, [TOKEN_NOT_BETWEEN] = PARTIQL_BETWEEN,
        [TOKEN_LIKE] = PARTIQL_LIKE,       [TOKEN_NOT_LIKE] = PARTIQL_LIKE,
        [TOKEN_IN] = PARTIQL_IN,           [TOKEN_NOT_IN] = PARTIQL_IN,
        [TOKEN_IS] = PARTIQL_IS,           [TOKEN_IS_NOT] = PARTIQL_IS,
    };
    return (enum partiql_kind)kinds[kind];
}

static bool is_negated(enum token_kind kind)
{
    return kind == TOKEN_NOT_IN || kind == TOKEN_NOT_BETWEEN || kind == TOKEN_NOT_LIKE ||
           kind == TOKEN_IS_NOT;
}

/* ------------------------------------------------------------------ operands */

/* The node of an operator whose first operand is read. */
static struct partiql_node *operator_node(struct parser *p, enum token_kind kind, struct partiql_node *left,
                                          struct node_list *operands)
{
    struct partiql_node *node = parser_node(p, infix_kind(kind), p->at);
    node->negated = is_negated(kind);
    node->at = left->at;
    node_list_add(operands, left);
    return node;
}

bool parser_expression_list(struct parser *p, struct node_list *out)
{
    *out = (struct node_list){0};
    do {
        struct partiql_node *node;
        if (!parser_expression(p, RANK_ANY, &node))
            return false;
        node_list_add(out, node);
    } while (parser_accept(p, TOKEN_COMMA));
    return true;
}

/* What stands behind an infix operator, the current token. */
static bool right_operand(struct parser *p, struct node_list *operands)
{
    int rank = infix_rank(parser_token(p));
    if (p->list.count - p->at < 3)
        return parser_fail(p, "Missing right-hand side expression of infix operator");
    p->at++;
    struct partiql_node *node;
    if (!parser_expression(p, rank, &node))
        return false;
    node_list_add(operands, node);
    return true;
}

static bool at_end_of_text(const struct parser *p)
{
    return parser_token(p) == TOKEN_END ||
           (parser_token(p) == TOKEN_SEMICOLON && parser_token_ahead(p, 1) == TOKEN_END);
}

/* The third operand, behind the current token. */
static bool third_operand(struct parser *p, int rank, const char *missing, struct node_list *operands)
{
    p->at++;
    if (at_end_of_text(p))
        return parser_fail(p, missing);
    struct partiql_node *node;
    if (!parser_expression(p, rank, &node))
        return false;
    node_list_add(operands, node);
    return true;
}

/* ------------------------------------------------------------------ infix operators */

/* The current token is IS or IS NOT. */
static bool parse_is(struct parser *p, struct partiql_node **expression)
{
    struct node_list operands = {0};
    struct partiql_node *node = operator_node(p, parser_token(p), *expression, &operands);
    *expression = node;
    p->at++;
    return parser_type(p, &node->text) && parser_finish_node(p, node, &operands);
}

static bool parse_between(struct parser *p, struct partiql_node **expression)
{
    struct node_list operands = {0};
    int rank = infix_rank(parser_token(p));
    struct partiql_node *node = operator_node(p, parser_token(p), *expression, &operands);
    *expression = node;
    if (!right_operand(p, &operands))
        return false;
    if (parser_token(p) != TOKEN_AND)
        return parser_fail(p, "Expected AND keyword");
    return third_operand(p, rank, "Expected expression after AND", &operands) &&
           parser_finish_node(p, node, &operands);
}

static bool parse_like(struct parser *p, struct partiql_node **expression)
{
    struct node_list operands = {0};
    int rank = infix_rank(parser_token(p));
    struct partiql_node *node = operator_node(p, parser_token(p), *expression, &operands);
    *expression = node;
    if (!right_operand(p, &operands))
        return false;
    if (parser_token(p) == TOKEN_ESCAPE &&
        !third_operand(p, rank, "Expected expression after ESCAPE", &operands))
        return false;
    return parser_finish_node(p, node, &operands);
}

/* The members of a list stand for the list itself. */
static void add_candidates(struct partiql_node *node, struct node_list *operands)
{
    struct partiql_node *right = operands->last;
    if (right->kind != PARTIQL_LIST && right->kind != PARTIQL_BAG) {
        node->collection = true;
        return;
    }
    struct partiql_node *left = operands->first;
    left->next = right->operands;
    operands->count = 1 + right->operand_count;
}

static bool parse_in(struct parser *p, struct partiql_node **expression)
{
    struct node_list operands = {0};
    struct partiql_node *node = operator_node(p, parser_token(p), *expression, &operands);
    *expression = node;
    enum token_kind inner = parser_token_ahead(p, 2);
    if (parser_token_ahead(p, 1) != TOKEN_OPEN || inner == TOKEN_SELECT || inner == TOKEN_VALUES) {
        if (!right_operand(p, &operands))
            return false;
        add_candidates(node, &operands);
        return parser_finish_node(p, node, &operands);
    }
    p->at += 2;
    struct node_list list;
    if (!parser_expression_list(p, &list) || !parser_expect(p, TOKEN_CLOSE, "Expected RIGHT_PAREN"))
        return false;
    operands.last->next = list.first;
    operands.last = list.last;
    operands.count += list.count;
    return parser_finish_node(p, node, &operands);
}

/* UNION [ALL | DISTINCT] and its like: nothing in the tree. */
static bool parse_set_operator(struct parser *p)
{
    enum token_kind kind = parser_token(p);
    parser_refuse(p, "Unsupported operation: %s",
                  kind == TOKEN_UNION    ? "Union"
                  : kind == TOKEN_EXCEPT ? "Except"
                                         : "Intersect");
    enum token_kind next = parser_token_ahead(p, 1);
    p->at += next == TOKEN_ALL || next == TOKEN_DISTINCT;
    if (p->list.count - p->at < 3)
        return parser_fail(p, "Missing right-hand side expression of infix operator");
    p->at++;
    struct partiql_node *right;
    return parser_expression(p, RANK_SET, &right);
}

static bool parse_binary(struct parser *p, struct partiql_node **expression)
{
    struct node_list operands = {0};
    struct partiql_node *node = operator_node(p, parser_token(p), *expression, &operands);
    *expression = node;
    return right_operand(p, &operands) && parser_finish_node(p, node, &operands);
}

/* operand ( AND operand )*   as one node; the current token is the first AND, or OR. */
static bool parse_chain(struct parser *p, struct partiql_node **expression)
{
    enum token_kind kind = parser_token(p);
    struct node_list operands = {0};
    struct partiql_node *node = operator_node(p, kind, *expression, &operands);
    *expression = node;
    do {
        if (!right_operand(p, &operands))
            return false;
    } while (parser_token(p) == kind);
    return parser_finish_node(p, node, &operands);
}

static bool parse_infix(struct parser *p, struct partiql_node **expression)
{
    switch (p->list.tokens[p->at].kind) {
    case TOKEN_UNION:
    case TOKEN_EXCEPT:
    case TOKEN_INTERSECT:
        return parse_set_operator(p);
    case TOKEN_AND:
    case TOKEN_OR:
        return parse_chain(p, expression);
    case TOKEN_IS:
    case TOKEN_IS_NOT:
        return parse_is(p, expression);
    case TOKEN_IN:
    case TOKEN_NOT_IN:
        return parse_in(p, expression);
    case TOKEN_BETWEEN:
    case TOKEN_NOT_BETWEEN:
        return parse_between(p, expression);
    case TOKEN_LIKE:
    case TOKEN_NOT_LIKE:
        return parse_like(p, expression);
    default:
        return parse_binary(p, expression);
    }
}

/* ------------------------------------------------------------------ prefix operators */

/* A number takes its sign into its text. */
static void negate_number(struct parser *p, struct partiql_node *number, size_t sign)
{
    struct slice text = number->text;
    uint16_t at = p->list.tokens[sign].at;
    if (text.data[0] == '-')
        number->text = slice_after(text, 1);
    else if (text.data == p->list.text.data + at + 1)
        number->text = slice_of(text.data - 1, text.size + 1);
    else
        number->text = slice_from_cstr(arena_printf(p->arena, "-%.*s", SLICE_PRINTF(text)));
    number->at = at;
}

static bool parse_unary(struct parser *p, struct partiql_node **out);

/* The current token is a plus or a minus. */
static bool parse_sign(struct parser *p, struct partiql_node **out)
{
    size_t sign = p->at++;
    bool is_minus = p->list.tokens[sign].kind == TOKEN_MINUS;
    struct partiql_node *operand;
    if (!parser_enter(p))
        return false;
    bool is_read = parse_unary(p, &operand);
    parser_leave(p);
    if (!is_read)
        return false;
    *out = operand;
    if (operand->kind == PARTIQL_NUMBER) {
        if (is_minus)
            negate_number(p, operand, sign);
        return true;
    }
    if (!is_minus) {
        parser_refuse(p, "Unsupported operation: Pos");
        return true;
    }
    struct node_list operands = {0};
    node_list_add(&operands, operand);
    *out = parser_node(p, PARTIQL_NEGATE, sign);
    return parser_finish_node(p, *out, &operands);
}

static bool parse_not(struct parser *p, struct partiql_node **out)
{
    struct partiql_node *node = parser_node(p, PARTIQL_NOT, p->at++);
    struct partiql_node *operand;
    if (!parser_expression(p, RANK_NOT, &operand))
        return false;
    struct node_list operands = {0};
    node_list_add(&operands, operand);
    *out = node;
    return parser_finish_node(p, node, &operands);
}

static bool parse_unary(struct parser *p, struct partiql_node **out)
{
    switch (p->list.tokens[p->at].kind) {
    case TOKEN_NOT:
        return parse_not(p, out);
    case TOKEN_PLUS:
    case TOKEN_MINUS:
        return parse_sign(p, out);
    default:
        return parser_term(p, out);
    }
}

bool parser_expression(struct parser *p, int rank, struct partiql_node **out)
{
    if (!parser_enter(p))
        return false;
    bool is_read = parse_unary(p, out);
    while (is_read && infix_rank(parser_token(p)) > rank)
        is_read = parse_infix(p, out);
    parser_leave(p);
    return is_read;
}
