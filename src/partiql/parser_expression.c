/* Expressions, by how strongly their operators bind; from the loosest:
 *   UNION EXCEPT INTERSECT  |  OR  |  AND  |  NOT  |  = <> IS IN  |  < <= > >= BETWEEN LIKE  |  + - ||  |  * / %
 * All infix operators take what stands left of them first. */
#include "partiql/parser_priv.h"

#include <strings.h>

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

/* Of an operator of two operands that needs no care of its own. */
static enum partiql_kind binary_kind(enum token_kind kind)
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

/* Makes the list the node's operands. */
static bool set_operands(struct parser *p, struct partiql_node *node, const struct node_list *operands)
{
    node->operands = operands->first;
    node->operand_count = operands->count;
    unsigned depth = 0;
    for (const struct partiql_node *operand = operands->first; operand; operand = operand->next)
        if (operand->depth > depth)
            depth = operand->depth;
    if (depth == PARTIQL_DEPTH_MAX)
        return parser_fail(p, "Statement is nested too deeply");
    node->depth = (uint8_t)(depth + 1);
    return true;
}

/* The node of an operator whose first operand is read. */
static struct partiql_node *operator_node(struct parser *p, enum token_kind kind, struct partiql_node *left,
                                          struct node_list *operands)
{
    struct partiql_node *node = parser_node(p, binary_kind(kind), p->at);
    node->negated = is_negated(kind);
    node->at = left->at;
    node_list_add(operands, left);
    return node;
}

static bool finish_operator(struct parser *p, struct partiql_node *node, const struct node_list *operands)
{
    parser_end_node(p, node);
    return set_operands(p, node, operands);
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

/* ------------------------------------------------------------------ IS type */

struct type_name {
    const char *word;
    const char *name;
    uint8_t parameters_max;
};

static const struct type_name *type_named(struct slice word)
{
    static const struct type_name types[] = {
        {"ANY", "ANY", 0},
        {"BAG", "BAG", 0},
        {"BIGINT", "INTEGER8", 0},
        {"BLOB", "BLOB", 0},
        {"BOOL", "BOOLEAN", 0},
        {"BOOLEAN", "BOOLEAN", 0},
        {"CHAR", "CHARACTER", 1},
        {"CHARACTER", "CHARACTER", 1},
        {"CLOB", "CLOB", 0},
        {"DATE", "DATE", 0},
        {"DEC", "DECIMAL", 2},
        {"DECIMAL", "DECIMAL", 2},
        {"FLOAT", "FLOAT", 1},
        {"INT", "INTEGER", 0},
        {"INT2", "SMALLINT", 0},
        {"INT4", "INTEGER4", 0},
        {"INT8", "INTEGER8", 0},
        {"INTEGER", "INTEGER", 0},
        {"INTEGER2", "SMALLINT", 0},
        {"INTEGER4", "INTEGER4", 0},
        {"INTEGER8", "INTEGER8", 0},
        {"LIST", "LIST", 0},
        {"MISSING", "MISSING", 0},
        {"NULL", "NULL", 0},
        {"NUMERIC", "NUMERIC", 2},
        {"REAL", "REAL", 0},
        {"SEXP", "SEXP", 0},
        {"SMALLINT", "SMALLINT", 0},
        {"STRING", "STRING", 0},
        {"STRUCT", "STRUCT", 0},
        {"SYMBOL", "SYMBOL", 0},
        {"TIME", "TIME", 1},
        {"TIMESTAMP", "TIMESTAMP", 0},
        {"TUPLE", "TUPLE", 0},
        {"VARCHAR", "CHARACTER VARYING", 1},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const struct type_name *type = &types[i];
        if (strlen(type->word) == word.size && strncasecmp(type->word, word.data, word.size) == 0)
            return type;
    }
    return NULL;
}

static bool is_word(const struct parser *p, size_t token, struct slice word)
{
    struct slice text = token_text(&p->list, token);
    return text.size == word.size && strncasecmp(text.data, word.data, word.size) == 0;
}

/* Two words that are one type's name; passes the first. */
static const struct type_name *two_word_type(struct parser *p)
{
    static const struct type_name varying = {"", "CHARACTER VARYING", 1};
    static const struct type_name precise = {"", "DOUBLE PRECISION", 0};
    if (p->at + 1 >= p->list.count)
        return NULL;
    const struct type_name *type = NULL;
    if (is_word(p, p->at, SLICE("CHARACTER")) && is_word(p, p->at + 1, SLICE("VARYING")))
        type = &varying;
    if (is_word(p, p->at, SLICE("DOUBLE")) && is_word(p, p->at + 1, SLICE("PRECISION")))
        type = &precise;
    p->at += type != NULL;
    return type;
}

static bool is_unsigned_integer(const struct partiql_node *node)
{
    if (node->kind != PARTIQL_NUMBER)
        return false;
    for (size_t i = 0; i < node->text.size; i++)
        if (node->text.data[i] < '0' || node->text.data[i] > '9')
            return false;
    return true;
}

/* The numbers of DECIMAL(10, 2); the tree has no use for them. */
static bool type_parameters(struct parser *p, const struct type_name *type)
{
    struct node_list list = {0};
    if (parser_accept(p, TOKEN_OPEN) &&
        (!parser_expression_list(p, &list) || !parser_expect(p, TOKEN_CLOSE, "Expected RIGHT_PAREN")))
        return false;
    if (list.count > type->parameters_max)
        return parser_fail(p, arena_printf(p->arena, "CAST for %s must have arity of 0..%d", type->name,
                                           type->parameters_max));
    for (const struct partiql_node *node = list.first; node; node = node->next)
        if (!is_unsigned_integer(node))
            return parser_fail(p, "Type parameter must be an unsigned integer literal");
    return true;
}

/* The current token is IS or IS NOT. */
static bool parse_is(struct parser *p, struct partiql_node **expression)
{
    struct node_list operands = {0};
    struct partiql_node *node = operator_node(p, parser_token(p), *expression, &operands);
    p->at++;
    const struct type_name *type = two_word_type(p);
    if (!type && parser_token(p) >= TOKEN_OR)
        type = type_named(parser_text(p));
    if (!type)
        return parser_fail(p, "Expected type name");
    p->at++;
    node->text = slice_from_cstr(type->name);
    *expression = node;
    return type_parameters(p, type) && finish_operator(p, node, &operands);
}

/* ------------------------------------------------------------------ infix operators */

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
           finish_operator(p, node, &operands);
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
    return finish_operator(p, node, &operands);
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
        return finish_operator(p, node, &operands);
    }
    p->at += 2;
    struct node_list list;
    if (!parser_expression_list(p, &list) || !parser_expect(p, TOKEN_CLOSE, "Expected RIGHT_PAREN"))
        return false;
    operands.last->next = list.first;
    operands.last = list.last;
    operands.count += list.count;
    return finish_operator(p, node, &operands);
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
    return right_operand(p, &operands) && finish_operator(p, node, &operands);
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
    return finish_operator(p, node, &operands);
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

/* ------------------------------------------------------------------ constructors and calls */

/* The members between the current token and the closing one. */
static bool parse_members(struct parser *p, enum partiql_kind kind, enum token_kind close,
                          const char *missing, struct partiql_node **out)
{
    struct partiql_node *node = parser_node(p, kind, p->at);
    struct node_list members = {0};
    p->at++;
    if (!parser_accept(p, close) &&
        (!parser_expression_list(p, &members) || !parser_expect(p, close, missing)))
        return false;
    *out = node;
    return finish_operator(p, node, &members);
}

/* '{' [ name ':' value ( ',' name ':' value )* ] '}' */
static bool parse_tuple(struct parser *p, struct partiql_node **out)
{
    struct partiql_node *tuple = parser_node(p, PARTIQL_TUPLE, p->at);
    struct node_list members = {0};
    p->at++;
    bool is_empty = parser_accept(p, TOKEN_CLOSE_BRACE);
    while (!is_empty) {
        struct partiql_node *name, *value;
        if (!parser_expression(p, RANK_ANY, &name) || !parser_expect(p, TOKEN_COLON, "Expected COLON") ||
            !parser_expression(p, RANK_ANY, &value))
            return false;
        node_list_add(&members, name);
        node_list_add(&members, value);
        if (parser_accept(p, TOKEN_COMMA))
            continue;
        if (!parser_expect(p, TOKEN_CLOSE_BRACE, "Expected RIGHT_CURLY"))
            return false;
        break;
    }
    *out = tuple;
    return finish_operator(p, tuple, &members);
}

/* ( expression ), or ( a, b ), which is a list. */
static bool parse_group(struct parser *p, struct partiql_node **out)
{
    size_t open = p->at++;
    struct node_list members;
    if (!parser_expression_list(p, &members) || !parser_expect(p, TOKEN_CLOSE, "Expected RIGHT_PAREN"))
        return false;
    *out = members.first;
    if (members.count == 1)
        return true;
    *out = parser_node(p, PARTIQL_LIST, open);
    return finish_operator(p, *out, &members);
}

static bool is_aggregate(const struct parser *p, size_t token)
{
    return is_word(p, token, SLICE("COUNT")) || is_word(p, token, SLICE("SUM")) ||
           is_word(p, token, SLICE("AVG")) || is_word(p, token, SLICE("MIN")) ||
           is_word(p, token, SLICE("MAX"));
}

/* The name in small letters, as DynamoDB tells it. */
static const char *lower_name(struct parser *p, size_t token)
{
    char *name = arena_copy_cstr(p->arena, token_text(&p->list, token));
    for (char *c = name; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + ('a' - 'A'));
    return name;
}

/* DISTINCT or ALL before an aggregate's argument. */
static void pass_quantifier(struct parser *p, size_t name)
{
    if (parser_token(p) == TOKEN_DISTINCT)
        parser_refuse(p, "Unexpected path component at %s", parser_token_place(p, name));
    p->at += parser_token(p) == TOKEN_DISTINCT || parser_token(p) == TOKEN_ALL;
}

/* Of COUNT(*); nothing else is called with it. */
static bool parse_star_argument(struct parser *p, size_t name, struct node_list *arguments)
{
    if (!is_word(p, name, SLICE("COUNT")))
        return parser_fail(p, arena_printf(p->arena, "%s(*) is not allowed", lower_name(p, name)));
    enum token_kind before = (enum token_kind)p->list.tokens[p->at - 1].kind;
    if (before == TOKEN_DISTINCT)
        return parser_fail(p, "COUNT(DISTINCT *) is not supported");
    if (before == TOKEN_ALL)
        return parser_fail(p, "COUNT(ALL *) is not supported");
    node_list_add(arguments, parser_node(p, PARTIQL_STEP_ALL, p->at++));
    return true;
}

/* name '(' [ expression ( ',' expression )* ] ')'   with the name as the current token */
static bool parse_call(struct parser *p, struct partiql_node **out)
{
    size_t name = p->at;
    struct partiql_node *call = parser_node(p, PARTIQL_CALL, name);
    call->text = parser_token_value(p, name);
    call->quoted = parser_token(p) == TOKEN_QUOTED_NAME;
    p->at += 2;
    bool aggregate = is_aggregate(p, name);
    if (aggregate)
        pass_quantifier(p, name);
    struct node_list arguments = {0};
    if (parser_token(p) == TOKEN_STAR) {
        if (!parse_star_argument(p, name, &arguments))
            return false;
    } else if (parser_token(p) != TOKEN_CLOSE && !parser_expression_list(p, &arguments)) {
        return false;
    }
    if (!parser_expect(p, TOKEN_CLOSE, "Expected RIGHT_PAREN"))
        return false;
    if (aggregate && arguments.count != 1)
        return parser_fail(p, "Aggregate functions are always unary");
    *out = call;
    return finish_operator(p, call, &arguments);
}

/* ------------------------------------------------------------------ terms */

static bool parse_atom(struct parser *p, enum partiql_kind kind, struct partiql_node **out)
{
    *out = parser_node(p, kind, p->at);
    (*out)->text = parser_token_value(p, p->at);
    (*out)->quoted = parser_token(p) == TOKEN_QUOTED_NAME;
    p->at++;
    return true;
}

/* A word that says all by its kind. */
static bool parse_word(struct parser *p, enum partiql_kind kind, struct partiql_node **out)
{
    *out = parser_node(p, kind, p->at++);
    return true;
}

static bool parse_name(struct parser *p, struct partiql_node **out)
{
    return parser_token_ahead(p, 1) == TOKEN_OPEN ? parse_call(p, out) : parse_atom(p, PARTIQL_PATH, out);
}

/* What SQL has and the tree does not: it is not even read. */
static bool parse_foreign(struct parser *p)
{
    enum token_kind next = parser_token_ahead(p, 1);
    const char *name;
    switch (p->list.tokens[p->at].kind) {
    case TOKEN_CREATE:
        if (next != TOKEN_TABLE && next != TOKEN_INDEX)
            return parser_fail(p, "Unexpected token following CREATE");
        name = next == TOKEN_TABLE ? "CreateTable" : "CreateIndex";
        break;
    case TOKEN_DROP:
        if (next != TOKEN_TABLE && next != TOKEN_INDEX)
            return parser_fail(p, "Unexpected token following DROP");
        name = next == TOKEN_TABLE ? "DropTable" : "DropIndex";
        break;
    case TOKEN_CASE:
        name = next == TOKEN_WHEN ? "SearchedCase" : "SimpleCase";
        break;
    case TOKEN_CAST:
        name = "Cast";
        break;
    case TOKEN_EXEC:
        name = "Exec";
        break;
    case TOKEN_VALUES:
        name = "Bag";
        break;
    default:
        name = "Select";
        break;
    }
    return error_set(p->err, ERR_VALIDATION, "Unsupported operation: %s", name);
}

/* A name with the @ that asks for a variable rather than an attribute; DynamoDB has no variables. */
static bool parse_scoped_name(struct parser *p, struct partiql_node **out)
{
    p->at++;
    if (!token_is_name(parser_token(p)))
        return parser_fail(p, "Identifier must follow @-operator");
    return parse_atom(p, PARTIQL_PATH, out);
}

static bool parse_parameter(struct parser *p, struct partiql_node **out)
{
    *out = parser_node(p, PARTIQL_PARAMETER, p->at++);
    (*out)->number = p->parameter_count++;
    return true;
}

static bool parse_term(struct parser *p, struct partiql_node **out)
{
    enum token_kind kind = parser_token(p);
    if (parser_at_statement(p))
        return parser_statement(p, out);
    switch (p->list.tokens[p->at].kind) {
    case TOKEN_NAME:
    case TOKEN_QUOTED_NAME:
        return parse_name(p, out);
    case TOKEN_STRING:
        return parse_atom(p, PARTIQL_STRING, out);
    case TOKEN_NUMBER:
        return parse_atom(p, PARTIQL_NUMBER, out);
    case TOKEN_TRUE:
        return parse_word(p, PARTIQL_TRUE, out);
    case TOKEN_FALSE:
        return parse_word(p, PARTIQL_FALSE, out);
    case TOKEN_NULL:
        return parse_word(p, PARTIQL_NULL, out);
    case TOKEN_MISSING:
        return parse_word(p, PARTIQL_MISSING, out);
    case TOKEN_PARAMETER:
        return parse_parameter(p, out);
    case TOKEN_ION:
        parser_refuse(p, "Ion literals are not supported at %s", parser_token_place(p, p->at));
        return parse_atom(p, PARTIQL_STRING, out);
    case TOKEN_OPEN:
        return parse_group(p, out);
    case TOKEN_OPEN_BRACKET:
        return parse_members(p, PARTIQL_LIST, TOKEN_CLOSE_BRACKET, "Expected RIGHT_BRACKET", out);
    case TOKEN_OPEN_BAG:
        return parse_members(p, PARTIQL_BAG, TOKEN_CLOSE_BAG, "Expected RIGHT_DOUBLE_ANGLE_BRACKET", out);
    case TOKEN_OPEN_BRACE:
        return parse_tuple(p, out);
    case TOKEN_AT_SIGN:
        return parse_scoped_name(p, out);
    case TOKEN_FUNCTION:
        return parser_token_ahead(p, 1) == TOKEN_OPEN ? parse_call(p, out)
                                                      : parser_fail(p, "Unexpected keyword");
    case TOKEN_CREATE:
    case TOKEN_DROP:
    case TOKEN_CASE:
    case TOKEN_CAST:
    case TOKEN_EXEC:
    case TOKEN_PIVOT:
    case TOKEN_VALUES:
        return parse_foreign(p);
    default:
        break;
    }
    return parser_fail(p, kind >= TOKEN_EQ && kind <= TOKEN_EXCEPT ? "Unexpected operator"
                          : kind >= TOKEN_ALL                      ? "Unexpected keyword"
                                                                   : "Unexpected term");
}

/* ------------------------------------------------------------------ paths */

/* What follows the dot. */
static bool parse_dot_step(struct parser *p, bool simple, struct partiql_node **out)
{
    if (token_is_name(parser_token(p)))
        return parse_atom(p, PARTIQL_STEP_NAME, out);
    if (parser_token(p) != TOKEN_STAR)
        return parser_fail(p, "Invalid path dot component");
    if (simple)
        return parser_fail(p, "Invalid path dot component for simple path");
    *out = parser_node(p, PARTIQL_STEP_ALL, p->at++);
    (*out)->number = 1;
    return true;
}

/* DynamoDB's own limit on a list index. */
static bool read_index(struct partiql_node *node)
{
    uint64_t index = 0;
    for (size_t i = 0; i < node->text.size && index <= INT32_MAX; i++)
        index = index * 10 + (uint64_t)(node->text.data[i] - '0');
    node->number = (uint32_t)index;
    return index <= INT32_MAX;
}

/* A string between brackets is a name, a number an index; there is no other step for the tree. */
static void make_step(struct parser *p, struct partiql_node *node)
{
    if (node->kind == PARTIQL_STRING) {
        node->kind = PARTIQL_STEP_NAME;
        node->quoted = true;
    } else if (is_unsigned_integer(node) && read_index(node)) {
        node->kind = PARTIQL_STEP_INDEX;
    } else {
        parser_refuse(p, "Unexpected path component at %s",
                      partiql_place(p->list.text, node->at, node->end, p->arena));
    }
}

static bool is_plain(const struct partiql_node *node)
{
    return node->kind <= PARTIQL_STRING || (node->kind == PARTIQL_PATH && !node->operands);
}

/* What follows the opening bracket. */
static bool parse_bracket_step(struct parser *p, bool simple, struct partiql_node **out)
{
    if (parser_token(p) == TOKEN_STAR)
        *out = parser_node(p, PARTIQL_STEP_ALL, p->at++);
    else if (!parser_expression(p, RANK_ANY, out))
        return false;
    if (!parser_expect(p, TOKEN_CLOSE_BRACKET, "Expected RIGHT_BRACKET"))
        return false;
    if (simple && !is_plain(*out))
        return parser_fail(p, "Invalid path component for simple path");
    if ((*out)->kind != PARTIQL_STEP_ALL)
        make_step(p, *out);
    return true;
}

/* ( '.' name | '.' '*' | '[' expression ']' | '[' '*' ']' )*   behind the root, whose operands they become */
static bool parse_steps(struct parser *p, bool simple, struct partiql_node *root)
{
    enum token_kind next = parser_token(p);
    if (next != TOKEN_DOT && next != TOKEN_OPEN_BRACKET)
        return true;
    struct node_list steps = {0};
    if (root->kind != PARTIQL_PATH)
        parser_refuse(p, "Unexpected path component at %s",
                      partiql_place(p->list.text, root->at, root->end, p->arena));
    /* Of (a.b).c the first steps are there. */
    for (const struct partiql_node *step = root->operands; step && root->kind == PARTIQL_PATH;) {
        const struct partiql_node *following = step->next;
        node_list_add(&steps, (struct partiql_node *)step);
        step = following;
    }
    while (next == TOKEN_DOT || next == TOKEN_OPEN_BRACKET) {
        struct partiql_node *step;
        p->at++;
        if (!(next == TOKEN_DOT ? parse_dot_step(p, simple, &step) : parse_bracket_step(p, simple, &step)))
            return false;
        node_list_add(&steps, step);
        next = parser_token(p);
    }
    return finish_operator(p, root, &steps);
}

bool parser_simple_path(struct parser *p, struct partiql_node **out)
{
    if (!token_is_name(parser_token(p)))
        return parser_fail(p, "Expected identifier for simple path");
    return parse_atom(p, PARTIQL_PATH, out) && parse_steps(p, true, *out);
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
    return finish_operator(p, *out, &operands);
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
    return finish_operator(p, node, &operands);
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
        return parse_term(p, out) && parse_steps(p, false, *out);
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
