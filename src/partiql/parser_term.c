/* Terms: what operators stand between; and the steps behind them. */
#include "partiql/parser_priv.h"

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
    return parser_finish_node(p, node, &members);
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
    return parser_finish_node(p, tuple, &members);
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
    return parser_finish_node(p, *out, &members);
}

static bool is_aggregate(const struct parser *p, size_t token)
{
    return parser_is_word(p, token, SLICE("COUNT")) || parser_is_word(p, token, SLICE("SUM")) ||
           parser_is_word(p, token, SLICE("AVG")) || parser_is_word(p, token, SLICE("MIN")) ||
           parser_is_word(p, token, SLICE("MAX"));
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
    if (!parser_is_word(p, name, SLICE("COUNT")))
        return parser_fail(
            p, arena_printf(p->arena, "%s(*) is not allowed", parser_lower(p, token_text(&p->list, name))));
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
    return parser_finish_node(p, call, &arguments);
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

/* A number between brackets without its sign; SLICE_NONE: it is no whole number. */
static struct slice index_digits(const struct partiql_node *node)
{
    struct partiql_node digits = *node;
    if (node->kind == PARTIQL_NUMBER && node->text.data[0] == '-')
        digits.text = slice_after(node->text, 1);
    return parser_is_unsigned_integer(&digits) ? digits.text : SLICE_NONE;
}

/* DynamoDB's own limit on a list index; -0 is 0. */
static bool read_index(struct slice digits, struct partiql_node *node)
{
    uint64_t index = 0;
    for (size_t i = 0; i < digits.size && index <= INT32_MAX; i++)
        index = index * 10 + (uint64_t)(digits.data[i] - '0');
    node->number = (uint32_t)index;
    return index == 0 || (index <= INT32_MAX && digits.size == node->text.size);
}

static void make_index(struct parser *p, struct slice digits, struct partiql_node *node)
{
    node->kind = PARTIQL_STEP_INDEX;
    if (!read_index(digits, node))
        parser_refuse(p, "List index is not within the allowable range; index: [%.*s] at %s",
                      SLICE_PRINTF(node->text),
                      partiql_place(p->list.text, node->end - digits.size, node->end, p->arena));
    node->text = SLICE_NONE; /* [-0] is [0]. */
}

/* A string between brackets is a name, a number an index; there is no other step for the tree. */
static void make_step(struct parser *p, struct partiql_node *node)
{
    struct slice digits = index_digits(node);
    if (node->kind == PARTIQL_STRING) {
        node->kind = PARTIQL_STEP_NAME;
        node->quoted = true;
    } else if (!slice_is_none(digits)) {
        make_index(p, digits, node);
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
    return parser_finish_node(p, root, &steps);
}

bool parser_simple_path(struct parser *p, struct partiql_node **out)
{
    if (!token_is_name(parser_token(p)))
        return parser_fail(p, "Expected identifier for simple path");
    return parse_atom(p, PARTIQL_PATH, out) && parse_steps(p, true, *out);
}

bool parser_term(struct parser *p, struct partiql_node **out)
{
    return parse_term(p, out) && parse_steps(p, false, *out);
}
