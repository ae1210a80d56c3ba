/* INSERT, UPDATE, DELETE; and statements as terms of expressions, so that a text is read as DynamoDB reads it whatever it is. */
#include "partiql/parser_priv.h"

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
    if (!parser_clause(p, TOKEN_AT, "AT"))
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
    parser_make_target(p, path, &statement->target);
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
    parser_make_target(p, path, &statement->target);
    return parser_source_aliases(p);
}

static bool parse_update(struct parser *p, struct partiql_statement *statement)
{
    p->at++;
    return parse_changed_target(p, statement) && parse_changes(p, statement) &&
           parser_where(p, RANK_ANY, &statement->where) && parse_returning(p, statement);
}

/* FROM source [ WHERE expression ] changes */
static bool parse_from(struct parser *p, struct partiql_statement *statement)
{
    p->at++;
    return parser_source(p, RANK_ANY, true, &statement->target) &&
           parser_where(p, RANK_ANY, &statement->where) && parse_changes(p, statement) &&
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
           parser_where(p, RANK_ANY, &statement->where) && parse_returning(p, statement);
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
        return parser_select(p, statement);
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
