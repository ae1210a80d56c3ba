#include "expr/parser_priv.h"

#include "base/contract.h"
#include "expr/reserved_priv.h"

#include <assert.h>
#include <stdarg.h>

/* ------------------------------------------------------------------ errors */

/* `near` runs from the token before to the token after, spacing kept. Before the first token and after the last there is
 * the beginning and the end of the text. */
static struct slice near_text(const struct parser *p)
{
    const struct token *tokens = p->list.tokens;
    const struct token *to = &tokens[p->at + 1 < p->list.count ? p->at + 1 : p->at];
    size_t from = p->at > 0 ? tokens[p->at - 1].at : 0;
    return slice_of(p->list.text.data + from, (size_t)to->at + to->size - from);
}

bool parser_syntax_error(struct parser *p)
{
    struct slice near = near_text(p);
    struct slice token = parser_token(p) == TOKEN_END ? SLICE("<EOF>") : token_text(&p->list, p->at);
    return error_set(p->err, ERR_VALIDATION, "Invalid %s: Syntax error; token: \"%.*s\", near: \"%.*s\"",
                     expr_kind_name(p->kind), SLICE_PRINTF(token), SLICE_PRINTF(near));
}

bool parser_redundant_parentheses(struct parser *p)
{
    return error_set(p->err, ERR_VALIDATION, "Invalid %s: The expression has redundant parentheses;",
                     expr_kind_name(p->kind));
}

void parser_complain(struct parser *p, enum complaint_class class, size_t token, const char *format, ...)
{
    struct complaint *complaint = &p->complaints[class];
    if (complaint->text && complaint->token <= token)
        return;
    va_list args;
    va_start(args, format);
    *complaint = (struct complaint){arena_vprintf(p->arena, format, args), token};
    va_end(args);
}

static bool report_complaints(const struct parser *p)
{
    for (size_t i = 0; i < COMPLAINT_CLASS_COUNT; i++)
        if (p->complaints[i].text)
            return error_set(p->err, ERR_VALIDATION, "Invalid %s: %s", expr_kind_name(p->kind),
                             p->complaints[i].text);
    return true;
}

/* ------------------------------------------------------------------ paths */

/* DynamoDB's own limit on a list index. */
static const uint64_t INDEX_MAX = INT32_MAX;

static struct path_element *add_element(struct parser *p, enum path_element_kind kind)
{
    struct path_element *element = &p->elements[p->element_count++];
    const struct token *token = &p->list.tokens[p->at];
    *element = (struct path_element){.kind = (uint8_t)kind, .range = {token->at, token->size}};
    p->paths[p->path_count - 1].element_count++;
    return element;
}

static bool path_name(struct parser *p)
{
    if (parser_token(p) == TOKEN_NAME_PLACEHOLDER) {
        add_element(p, ELEMENT_PLACEHOLDER);
    } else if (parser_token(p) == TOKEN_NAME) {
        struct slice name = token_text(&p->list, p->at);
        if (reserved_word(name))
            parser_complain(p, COMPLAINT_IN_PLACE, p->at,
                            "Attribute name is a reserved keyword; reserved keyword: %.*s",
                            SLICE_PRINTF(name));
        add_element(p, ELEMENT_NAME);
    } else {
        return parser_syntax_error(p);
    }
    p->at++;
    return true;
}

static bool path_index(struct parser *p)
{
    if (parser_token(p) != TOKEN_DIGITS)
        return parser_syntax_error(p);
    struct slice digits = token_text(&p->list, p->at);
    uint64_t index = 0;
    for (size_t i = 0; i < digits.size && index <= INDEX_MAX; i++)
        index = index * 10 + (uint64_t)(digits.data[i] - '0');
    if (index > INDEX_MAX)
        parser_complain(p, COMPLAINT_IN_PLACE, p->at,
                        "List index is not within the allowable range; index: [%.*s]", SLICE_PRINTF(digits));
    add_element(p, ELEMENT_INDEX)->index = (uint32_t)index;
    p->at++;
    if (parser_token(p) != TOKEN_CLOSE_INDEX)
        return parser_syntax_error(p);
    p->at++;
    return true;
}

bool parser_path_rest(struct parser *p)
{
    for (;;) {
        if (parser_token(p) == TOKEN_DOT) {
            p->at++;
            if (!path_name(p))
                return false;
        } else if (parser_token(p) == TOKEN_OPEN_INDEX) {
            p->at++;
            if (!path_index(p))
                return false;
        } else {
            return true;
        }
    }
}

bool parser_path(struct parser *p)
{
    p->paths[p->path_count++] = (struct path){.element = (uint16_t)p->element_count};
    return path_name(p) && parser_path_rest(p);
}

/* path ( ',' path )* */
static bool parser_projection(struct parser *p)
{
    if (!parser_path(p))
        return false;
    while (parser_token(p) == TOKEN_COMMA) {
        p->at++;
        if (!parser_path(p))
            return false;
    }
    return parser_token(p) == TOKEN_END || parser_syntax_error(p);
}

/* ------------------------------------------------------------------ all kinds */

static bool check_size(enum expr_kind kind, struct slice text, struct error *err)
{
    const char *name = expr_kind_name(kind);
    if (text.size == 0)
        return error_set(err, ERR_VALIDATION, "Invalid %s: The expression can not be empty;", name);
    if (text.size <= EXPR_TEXT_BYTES_MAX)
        return true;
    /* DynamoDB tells the size only for these two. */
    if (kind == EXPR_CONDITION || kind == EXPR_FILTER)
        return error_set(
            err, ERR_VALIDATION,
            "Invalid %s: Expression size has exceeded the maximum allowed size; expression size: %zu", name,
            text.size);
    return error_set(err, ERR_VALIDATION,
                     "Invalid %s: Expression size has exceeded the maximum allowed size;", name);
}

static void parser_init(struct parser *p, enum expr_kind kind, struct slice text, struct arena *arena,
                        struct error *err)
{
    *p = (struct parser){.kind = kind, .arena = arena, .err = err};
    token_list_read(arena, text, &p->list);
    size_t room = p->list.count;
    p->nodes = arena_alloc(arena, arena_array_size(sizeof *p->nodes, room));
    p->paths = arena_alloc(arena, arena_array_size(sizeof *p->paths, room));
    p->elements = arena_alloc(arena, arena_array_size(sizeof *p->elements, room));
    p->values = arena_alloc(arena, arena_array_size(sizeof *p->values, room));
    if (kind == EXPR_UPDATE)
        p->actions = arena_alloc(arena, arena_array_size(sizeof *p->actions, room));
}

static struct expr_tree *finished_tree(const struct parser *p)
{
    static_assert((int)EXPR_TEXT_BYTES_MAX < (int)NODE_NONE);
    struct expr_tree parts = {
        .kind = p->kind,
        .text = p->list.text,
        .nodes = p->nodes,
        .paths = p->paths,
        .elements = p->elements,
        .values = p->values,
        .actions = p->actions,
        .node_count = (uint16_t)p->node_count,
        .path_count = (uint16_t)p->path_count,
        .element_count = (uint16_t)p->element_count,
        .value_count = (uint16_t)p->value_count,
        .action_count = (uint16_t)p->action_count,
    };
    return expr_tree_new(&parts);
}

static bool parse_text(struct parser *p)
{
    switch (p->kind) {
    case EXPR_CONDITION:
    case EXPR_FILTER:
    case EXPR_KEY_CONDITION:
        return parser_condition(p);
    case EXPR_PROJECTION:
        return parser_projection(p);
    case EXPR_UPDATE:
        return parser_update(p);
    }
    UNREACHABLE();
}

bool expr_tree_parse(enum expr_kind kind, struct slice text, struct arena *arena, struct expr_tree **tree_out,
                     struct error *err)
{
    if (!check_size(kind, text, err))
        return false;
    struct parser p;
    parser_init(&p, kind, text, arena, err);
    if (!parse_text(&p) || !report_complaints(&p))
        return false;
    *tree_out = finished_tree(&p);
    return true;
}
