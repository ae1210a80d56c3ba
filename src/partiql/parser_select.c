/* SELECT, and FROM with what it may name. */
#include "partiql/parser_priv.h"

/* ------------------------------------------------------------------ what a statement is about */

void parser_make_target(struct parser *p, const struct partiql_node *path, struct partiql_target *out)
{
    *out = (struct partiql_target){
        .table = path->text, .table_quoted = path->quoted, .at = path->at, .end = path->end};
    const struct partiql_node *index = path->operands;
    if (path->kind != PARTIQL_PATH || (index && index->kind != PARTIQL_STEP_NAME))
        parser_refuse(p, "Unexpected path component at %s",
                      partiql_place(p->list.text, path->at, path->end, p->arena));
    if (path->kind != PARTIQL_PATH || !index)
        return;
    if (path->operand_count > 1)
        parser_refuse(p, "A path may contain at most 2 components in the FROM clause");
    out->index = index->text;
    out->index_quoted = index->quoted;
}

static bool parse_named_alias(struct parser *p, enum token_kind word, const char *missing)
{
    if (!parser_accept(p, word))
        return true;
    if (!token_is_name(parser_token(p)))
        return parser_fail(p, missing);
    p->at++;
    parser_refuse(p, "Aliasing is not supported");
    return true;
}

/* [ [AS] name ] */
static bool parse_alias(struct parser *p)
{
    if (!token_is_name(parser_token(p)))
        return parse_named_alias(p, TOKEN_AS, "Expected identifier for AS-alias");
    p->at++;
    parser_refuse(p, "Aliasing is not supported");
    return true;
}

bool parser_source_aliases(struct parser *p)
{
    return parse_alias(p) && parse_named_alias(p, TOKEN_AT, "Expected identifier for AT-alias") &&
           parse_named_alias(p, TOKEN_BY, "Expected identifier for BY-alias");
}

/* ------------------------------------------------------------------ FROM */

/* The words of a join at the current token; 0: none is there. */
static size_t join_length(const struct parser *p, bool *is_cross)
{
    size_t length = 0;
    enum token_kind first = parser_token(p);
    *is_cross = false;
    if (first == TOKEN_LEFT || first == TOKEN_RIGHT || first == TOKEN_FULL || first == TOKEN_INNER)
        length++;
    if (first != TOKEN_INNER && parser_token_ahead(p, length) == TOKEN_OUTER)
        length++;
    if (parser_token_ahead(p, length) == TOKEN_CROSS) {
        *is_cross = true;
        length++;
    }
    return parser_token_ahead(p, length) == TOKEN_JOIN ? length + 1 : 0;
}

/* The current token is behind the words of the join. */
static bool parse_joined(struct parser *p, int rank, bool has_condition)
{
    struct partiql_target other;
    bool grouped = has_condition && parser_token(p) == TOKEN_OPEN;
    if (!parser_source(p, rank, grouped, &other))
        return false;
    struct partiql_node *condition;
    return !has_condition ||
           (parser_expect(p, TOKEN_ON, "Expected 'ON'") && parser_expression(p, rank, &condition));
}

static bool parse_joins(struct parser *p, int rank)
{
    for (;;) {
        bool is_cross;
        size_t length = join_length(p, &is_cross);
        bool is_comma = parser_token(p) == TOKEN_COMMA;
        if (length == 0 && !is_comma)
            return true;
        parser_refuse(p, "Unsupported clause: JOIN at %s", parser_token_place(p, p->at));
        p->at += is_comma ? 1 : length;
        if (!parse_joined(p, rank, !is_comma && !is_cross))
            return false;
    }
}

/* A source between parentheses, rather than an expression or a subquery. */
static bool at_grouped_source(const struct parser *p)
{
    enum token_kind inner = parser_token_ahead(p, 1);
    return parser_token(p) == TOKEN_OPEN && inner != TOKEN_SELECT && inner != TOKEN_STRING &&
           inner != TOKEN_NUMBER && inner != TOKEN_TRUE && inner != TOKEN_FALSE;
}

static bool parse_source_term(struct parser *p, int rank, struct partiql_target *out)
{
    if (at_grouped_source(p)) {
        p->at++;
        if (!parser_enter(p))
            return false;
        bool is_read = parser_source(p, rank, true, out);
        parser_leave(p);
        return is_read && parser_expect(p, TOKEN_CLOSE, "Expected RIGHT_PAREN");
    }
    if (parser_token(p) == TOKEN_UNPIVOT) {
        parser_refuse(p, "Unsupported clause: UNPIVOT at %s", parser_token_place(p, p->at));
        p->at++;
    }
    struct partiql_node *path;
    if (!parser_expression(p, rank, &path))
        return false;
    parser_make_target(p, path, out);
    return true;
}

bool parser_source(struct parser *p, int rank, bool with_joins, struct partiql_target *out)
{
    return parse_source_term(p, rank, out) && parser_source_aliases(p) &&
           (!with_joins || parse_joins(p, rank));
}

bool parser_where(struct parser *p, int rank, const struct partiql_node **out)
{
    struct partiql_node *where;
    if (!parser_accept(p, TOKEN_WHERE))
        return true;
    if (!parser_expression(p, rank, &where))
        return false;
    *out = where;
    return true;
}

/* ------------------------------------------------------------------ SELECT */

/* A star ends a path of dots alone. */
static bool check_column(struct parser *p, const struct partiql_node *column)
{
    if (column->kind != PARTIQL_PATH)
        return true;
    bool has_brackets = false;
    for (const struct partiql_node *step = column->operands; step; step = step->next) {
        if (step->kind == PARTIQL_STEP_ALL && (step->number == 0 || step->next))
            return parser_fail(p, "Invalid use of * in select list");
        if (step->kind == PARTIQL_STEP_ALL && has_brackets)
            return parser_fail(p, "Cannot use [] and * together in SELECT list expression");
        has_brackets |= step->kind == PARTIQL_STEP_INDEX || p->list.text.data[step->at] == '\'';
    }
    return true;
}

/* '*'  |  expression [ [AS] name ] ( ',' ... )*   NULL for the star. */
static bool parse_columns(struct parser *p, const struct partiql_node **out)
{
    struct node_list columns = {0};
    bool has_star = false;
    size_t count = 0;
    do {
        count++;
        if (parser_accept(p, TOKEN_STAR)) {
            has_star = true;
            continue;
        }
        struct partiql_node *column;
        if (!parser_expression(p, RANK_ANY, &column) || !check_column(p, column) || !parse_alias(p))
            return false;
        node_list_add(&columns, column);
    } while (parser_accept(p, TOKEN_COMMA));
    if (has_star && count > 1)
        return parser_fail(
            p, "Other expressions may not be present in the select list when '*' is used without dot "
               "notation.");
    *out = columns.first;
    return true;
}

static bool parse_projection(struct parser *p, struct partiql_statement *statement)
{
    if (parser_token(p) == TOKEN_DISTINCT)
        parser_refuse(p, "Unsupported clause: DISTINCT at %s", parser_token_place(p, p->at));
    p->at += parser_token(p) == TOKEN_DISTINCT || parser_token(p) == TOKEN_ALL;
    if (parser_token(p) != TOKEN_VALUE)
        return parse_columns(p, &statement->columns);
    parser_refuse(p, "Unsupported clause: SELECT VALUE at %s", parser_token_place(p, p->at));
    p->at++;
    struct partiql_node *value;
    return parser_expression(p, RANK_ANY, &value);
}

/* BY expression [ASC | DESC] ( ',' ... )* */
static bool parse_order(struct parser *p, struct partiql_statement *statement)
{
    const struct partiql_order **link = &statement->order_by;
    if (!parser_expect(p, TOKEN_BY, "Expected BY"))
        return false;
    do {
        struct partiql_node *key;
        if (!parser_expression(p, RANK_ANY, &key))
            return false;
        struct partiql_order *order = ARENA_NEW(p->arena, struct partiql_order);
        order->key = key;
        order->descending = parser_accept(p, TOKEN_DESC);
        if (!order->descending)
            (void)parser_accept(p, TOKEN_ASC);
        *link = order;
        link = &order->next;
    } while (parser_accept(p, TOKEN_COMMA));
    return true;
}

bool parser_clause(struct parser *p, enum token_kind word, const char *name)
{
    if (!parser_accept(p, word))
        return true;
    size_t first = p->at;
    struct partiql_node *expression;
    if (!parser_expression(p, RANK_SELECT, &expression))
        return false;
    parser_refuse(p, "Unsupported clause: %s at %s", name, parser_token_place(p, first));
    return true;
}

/* GROUP [PARTIAL] BY expression [ [AS] name ] ( ',' ... )* [ GROUP AS name ] */
static bool pass_group_by(struct parser *p)
{
    if (!parser_accept(p, TOKEN_GROUP))
        return true;
    p->at += parser_token(p) == TOKEN_PARTIAL;
    if (!parser_expect(p, TOKEN_BY, "Expected BY"))
        return false;
    parser_refuse(p, "Unsupported clause: GROUP BY at %s", parser_token_place(p, p->at));
    do {
        struct partiql_node *key;
        if (!parser_expression(p, RANK_SELECT, &key) || !parse_alias(p))
            return false;
        if (key->kind == PARTIQL_NUMBER || key->kind == PARTIQL_STRING)
            return parser_fail(p, "Literals (including ordinals) not supported in GROUP BY");
    } while (parser_accept(p, TOKEN_COMMA));
    if (!parser_accept(p, TOKEN_GROUP))
        return true;
    if (!parser_expect(p, TOKEN_AS, "Expected AS keyword"))
        return false;
    if (!token_is_name(parser_token(p)))
        return parser_fail(p, "Expected identifier for GROUP name");
    p->at++;
    return true;
}

/* LET expression AS name ( ',' ... )* */
static bool pass_let(struct parser *p)
{
    if (parser_token(p) != TOKEN_LET)
        return true;
    parser_refuse(p, "Unsupported clause: LET at %s", parser_token_place(p, p->at));
    do {
        p->at++;
        struct partiql_node *value;
        if (!parser_expression(p, RANK_ANY, &value) ||
            !parser_expect(p, TOKEN_AS, "Expected AS following LET expr"))
            return false;
        if (!token_is_name(parser_token(p)))
            return parser_fail(p, "Expected identifier for AS-alias");
        p->at++;
    } while (parser_token(p) == TOKEN_COMMA);
    return true;
}

bool parser_select(struct parser *p, struct partiql_statement *statement)
{
    p->at++;
    if (!parse_projection(p, statement) || !parser_expect(p, TOKEN_FROM, "Expected FROM after SELECT list") ||
        !parser_source(p, RANK_SELECT, true, &statement->target) || !pass_let(p) ||
        !parser_where(p, RANK_SELECT, &statement->where))
        return false;
    if (parser_accept(p, TOKEN_ORDER) && !parse_order(p, statement))
        return false;
    return pass_group_by(p) && parser_clause(p, TOKEN_HAVING, "HAVING") &&
           parser_clause(p, TOKEN_LIMIT, "LIMIT") && parser_clause(p, TOKEN_OFFSET, "OFFSET");
}
