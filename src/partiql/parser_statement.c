/* Statements. They are expressions to what stands around them, so that a text is read as DynamoDB reads it whatever it is. */
#include "partiql/parser_priv.h"

/* ------------------------------------------------------------------ what a statement is about */

/* A path of one or two names. */
static void make_target(struct parser *p, const struct partiql_node *path, struct partiql_target *out)
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

/* [ [AS] name ] [ AT name ] [ BY name ] */
static bool parse_source_aliases(struct parser *p)
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

static bool parse_source(struct parser *p, int rank, bool with_joins, struct partiql_target *out);

/* The current token is behind the words of the join. */
static bool parse_joined(struct parser *p, int rank, bool has_condition)
{
    struct partiql_target other;
    bool grouped = has_condition && parser_token(p) == TOKEN_OPEN;
    if (!parse_source(p, rank, grouped, &other))
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
        bool is_read = parse_source(p, rank, true, out);
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
    make_target(p, path, out);
    return true;
}

static bool parse_source(struct parser *p, int rank, bool with_joins, struct partiql_target *out)
{
    return parse_source_term(p, rank, out) && parse_source_aliases(p) &&
           (!with_joins || parse_joins(p, rank));
}

static bool parse_where(struct parser *p, int rank, const struct partiql_node **out)
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

/* The clause has one expression, and its place is where that begins. */
static bool pass_clause(struct parser *p, enum token_kind word, const char *name)
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

static bool parse_select(struct parser *p, struct partiql_statement *statement)
{
    p->at++;
    if (!parse_projection(p, statement) || !parser_expect(p, TOKEN_FROM, "Expected FROM after SELECT list") ||
        !parse_source(p, RANK_SELECT, true, &statement->target) || !pass_let(p) ||
        !parse_where(p, RANK_SELECT, &statement->where))
        return false;
    if (parser_accept(p, TOKEN_ORDER) && !parse_order(p, statement))
        return false;
    return pass_group_by(p) && pass_clause(p, TOKEN_HAVING, "HAVING") &&
           pass_clause(p, TOKEN_LIMIT, "LIMIT") && pass_clause(p, TOKEN_OFFSET, "OFFSET");
}

/* ------------------------------------------------------------------ RETURNING */

static bool parse_returned_kind(struct parser *p, enum partiql_returning *out)
{
    enum token_kind which = parser_token(p);
    enum token_kind when = parser_token_ahead(p, 1);
    if ((which != TOKEN_ALL && which != TOKEN_MODIFIED) || (when != TOKEN_OLD && when != TOKEN_NEW))
        return parser_fail(p, "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.");
    p->at += 2;
    if (which == TOKEN_ALL)
        *out = when == TOKEN_OLD ? PARTIQL_RETURNING_ALL_OLD : PARTIQL_RETURNING_ALL_NEW;
    else
        *out = when == TOKEN_OLD ? PARTIQL_RETURNING_MODIFIED_OLD : PARTIQL_RETURNING_MODIFIED_NEW;
    return true;
}

/* '*', or one attribute. */
static bool parse_returned_column(struct parser *p)
{
    size_t first = p->at;
    if (parser_accept(p, TOKEN_STAR))
        return true;
    struct partiql_node *column;
    if (!parser_expression(p, RANK_ANY, &column))
        return false;
    if (column->kind != PARTIQL_PATH)
        return parser_fail(p, "Unsupported syntax in RETURNING columns.");
    if (column->operand_count > 1)
        return parser_fail(p, "More than two paths in RETURNING columns.");
    parser_refuse(p, "Unsupported clause: RETURNING at %s", parser_token_place(p, first));
    return true;
}

/* [ RETURNING (ALL | MODIFIED) (OLD | NEW) '*' ]; of a list the tree tells the first, and it is refused */
static bool parse_returning(struct parser *p, struct partiql_statement *statement)
{
    if (!parser_accept(p, TOKEN_RETURNING))
        return true;
    if (!parse_returned_kind(p, &statement->returning) || !parse_returned_column(p))
        return false;
    while (parser_token(p) == TOKEN_COMMA) {
        parser_refuse(p, "Unsupported clause: RETURNING at %s", parser_token_place(p, p->at));
        p->at++;
        enum partiql_returning another;
        if (!parse_returned_kind(p, &another) || !parse_returned_column(p))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ INSERT */

/* What may stand behind the value: AT expression, ON CONFLICT WHERE expression DO NOTHING. */
static bool pass_insert_options(struct parser *p)
{
    if (!pass_clause(p, TOKEN_AT, "AT"))
        return false;
    if (parser_token(p) != TOKEN_ON || parser_token_ahead(p, 1) != TOKEN_CONFLICT)
        return true;
    parser_refuse(p, "Unsupported clause: ON CONFLICT at %s", parser_token_place(p, p->at));
    p->at += 2;
    struct partiql_node *condition;
    if (!parser_expect(p, TOKEN_WHERE, "invalid ON CONFLICT syntax") ||
        !parser_expression(p, RANK_ANY, &condition))
        return false;
    if (parser_token(p) != TOKEN_DO || parser_token_ahead(p, 1) != TOKEN_NOTHING)
        return parser_fail(p, "invalid ON CONFLICT syntax");
    p->at += 2;
    return true;
}

/* INSERT INTO path VALUE expression   or, refused, INSERT INTO path expression */
static bool parse_insert(struct parser *p, struct partiql_statement *statement)
{
    struct partiql_node *path, *value;
    p->at++;
    if (!parser_simple_path(p, &path))
        return false;
    make_target(p, path, &statement->target);
    bool has_value = parser_accept(p, TOKEN_VALUE);
    if (!parser_expression(p, RANK_ANY, &value))
        return false;
    statement->value = value;
    if (has_value)
        return pass_insert_options(p) && parse_returning(p, statement);
    parser_refuse(p, "Unsupported operation: Insert");
    return true;
}

/* ------------------------------------------------------------------ UPDATE */

struct change_list {
    struct partiql_change *last;
    const struct partiql_change *first;
};

static void add_change(struct parser *p, struct change_list *changes, enum partiql_change_kind kind,
                       const struct partiql_node *path, const struct partiql_node *value)
{
    struct partiql_change *change = ARENA_NEW(p->arena, struct partiql_change);
    *change = (struct partiql_change){.kind = kind, .path = path, .value = value};
    if (changes->last)
        changes->last->next = change;
    else
        changes->first = change;
    changes->last = change;
}

/* SET path '=' expression ( ',' ... )* */
static bool parse_set(struct parser *p, struct change_list *changes)
{
    do {
        struct partiql_node *path, *value;
        p->at++;
        if (!parser_simple_path(p, &path) || !parser_expect(p, TOKEN_EQ, "Expected '='") ||
            !parser_expression(p, RANK_ANY, &value))
            return false;
        add_change(p, changes, PARTIQL_SET, path, value);
    } while (parser_token(p) == TOKEN_COMMA);
    return true;
}

/* REMOVE path ( ',' path )* */
static bool parse_remove(struct parser *p, struct change_list *changes)
{
    do {
        struct partiql_node *path;
        p->at++;
        if (!parser_simple_path(p, &path))
            return false;
        add_change(p, changes, PARTIQL_REMOVE, path, NULL);
    } while (parser_token(p) == TOKEN_COMMA);
    return true;
}

/* INSERT as one of the changes of an UPDATE. */
static bool pass_insert(struct parser *p)
{
    struct partiql_statement ignored = {0};
    parser_refuse(p, "Unsupported operation: Insert");
    return parse_insert(p, &ignored);
}

static bool parse_changes(struct parser *p, struct partiql_statement *statement)
{
    struct change_list changes = {0};
    size_t first = p->at;
    for (;;) {
        bool is_read;
        if (parser_token(p) == TOKEN_SET)
            is_read = parse_set(p, &changes);
        else if (parser_token(p) == TOKEN_REMOVE)
            is_read = parse_remove(p, &changes);
        else if (parser_token(p) == TOKEN_INSERT_INTO)
            is_read = pass_insert(p);
        else
            break;
        if (!is_read)
            return false;
    }
    statement->changes = changes.first;
    return p->at > first || parser_fail(p, "Expected data manipulation");
}

/* path [ alias ], of an UPDATE or DELETE */
static bool parse_changed_target(struct parser *p, struct partiql_statement *statement)
{
    struct partiql_node *path;
    if (!parser_simple_path(p, &path))
        return false;
    make_target(p, path, &statement->target);
    return parse_source_aliases(p);
}

static bool parse_update(struct parser *p, struct partiql_statement *statement)
{
    p->at++;
    return parse_changed_target(p, statement) && parse_changes(p, statement) &&
           parse_where(p, RANK_ANY, &statement->where) && parse_returning(p, statement);
}

/* FROM source [ WHERE expression ] changes */
static bool parse_from(struct parser *p, struct partiql_statement *statement)
{
    p->at++;
    return parse_source(p, RANK_ANY, true, &statement->target) &&
           parse_where(p, RANK_ANY, &statement->where) && parse_changes(p, statement) &&
           parse_returning(p, statement);
}

/* SET or REMOVE of nothing that is named. */
static bool parse_bare_change(struct parser *p, struct partiql_statement *statement)
{
    struct change_list changes = {0};
    bool is_set = parser_token(p) == TOKEN_SET;
    if (!(is_set ? parse_set(p, &changes) : parse_remove(p, &changes)))
        return false;
    statement->changes = changes.first;
    parser_refuse(p, "Unsupported operation: %s", is_set ? "Set" : "Remove");
    return true;
}

static bool parse_delete(struct parser *p, struct partiql_statement *statement)
{
    p->at++;
    return parser_expect(p, TOKEN_FROM, "Expected FROM after DELETE") && parse_changed_target(p, statement) &&
           parse_where(p, RANK_ANY, &statement->where) && parse_returning(p, statement);
}

/* ------------------------------------------------------------------ all of them */

bool parser_at_statement(const struct parser *p)
{
    switch (p->list.tokens[p->at].kind) {
    case TOKEN_SELECT:
    case TOKEN_INSERT_INTO:
    case TOKEN_UPDATE:
    case TOKEN_DELETE:
    case TOKEN_FROM:
    case TOKEN_SET:
    case TOKEN_REMOVE:
        return true;
    default:
        return false;
    }
}

static bool parse_kind(struct parser *p, struct partiql_statement *statement)
{
    statement->kind = PARTIQL_UPDATE;
    switch (p->list.tokens[p->at].kind) {
    case TOKEN_SELECT:
        statement->kind = PARTIQL_SELECT;
        return parse_select(p, statement);
    case TOKEN_INSERT_INTO:
        statement->kind = PARTIQL_INSERT;
        return parse_insert(p, statement);
    case TOKEN_DELETE:
        statement->kind = PARTIQL_DELETE;
        return parse_delete(p, statement);
    case TOKEN_UPDATE:
        return parse_update(p, statement);
    case TOKEN_FROM:
        return parse_from(p, statement);
    default:
        return parse_bare_change(p, statement);
    }
}

bool parser_statement(struct parser *p, struct partiql_node **out)
{
    struct partiql_statement *statement = ARENA_NEW(p->arena, struct partiql_statement);
    size_t keyword = p->at;
    if (!parse_kind(p, statement))
        return false;
    struct partiql_node *node = parser_node(p, PARTIQL_MISSING, keyword);
    parser_end_node(p, node);
    p->latest = (struct parsed_statement){node, statement, keyword};
    p->statement_count++;
    if (statement->kind != PARTIQL_SELECT && !p->first_change.statement)
        p->first_change = p->latest;
    *out = node;
    return true;
}
