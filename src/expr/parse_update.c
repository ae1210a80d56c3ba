/* The grammar of updates.
 *
 *     update  := section+                        each of the four at most once
 *     section := SET set ( ',' set )*            | ADD path :value ( ',' path :value )*
 *              | REMOVE path ( ',' path )*       | DELETE path :value ( ',' path :value )*
 *     set     := path '=' value
 *     value   := operand | operand ( '+' | '-' ) operand | '(' value ')'
 *     operand := path | :value | name '(' operand ( ',' operand )* ')' | '(' operand ')'
 *
 * A whole of the machine is a sum here: it is the value of a SET, alone or in parentheses, and no operand. */
#include "expr/machine_priv.h"

#include "base/contract.h"

/* ------------------------------------------------------------------ the value of a SET */

/* Finishes a sum that waits for the newest part. */
static void finish_sum(struct machine *m)
{
    const struct pending *top = machine_innermost(m);
    if (!top || top->kind != PENDING_SUM)
        return;
    enum expr_op op = (enum expr_op)top->op;
    m->pending_count--;
    (void)machine_finish_operator(m, op, 2);
}

static enum machine_step begin_sum(struct machine *m, enum expr_op op)
{
    if (machine_newest(m)->sort == PART_WHOLE || !machine_whole_allowed(m))
        return machine_fail(m);
    machine_push_pending(m, PENDING_SUM, op);
    m->parser->at++;
    return STEP_WANT_PART;
}

static enum machine_step take_close(struct machine *m)
{
    finish_sum(m);
    return m->pending_count == 0 ? machine_fail(m) : machine_close(m);
}

/* The value ends before whatever cannot continue it: the section knows what may follow. */
static enum machine_step end_value(struct machine *m)
{
    finish_sum(m);
    return m->pending_count == 0 ? STEP_DONE : machine_fail(m);
}

static enum machine_step take_comma(struct machine *m)
{
    const struct pending *top = machine_innermost(m);
    if (!top || top->kind != PENDING_FUNCTION)
        return end_value(m);
    m->parser->at++;
    return STEP_WANT_PART;
}

static enum machine_step have_part(struct machine *m)
{
    enum token_kind token = parser_token(m->parser);
    if (token == TOKEN_PLUS)
        return begin_sum(m, OP_PLUS);
    if (token == TOKEN_MINUS)
        return begin_sum(m, OP_MINUS);
    if (token == TOKEN_CLOSE)
        return take_close(m);
    if (token == TOKEN_COMMA)
        return take_comma(m);
    return end_value(m);
}

/* The value becomes the newest node. */
static bool parse_value(struct machine *m)
{
    m->part_count = 0;
    m->pending_count = 0;
    enum machine_step step = STEP_WANT_PART;
    while (step == STEP_WANT_PART || step == STEP_HAVE_PART)
        step = step == STEP_HAVE_PART ? have_part(m) : machine_take_operand(m);
    return step == STEP_DONE;
}

/* ------------------------------------------------------------------ actions */

static bool parse_set(struct machine *m, struct update_action *action)
{
    struct parser *p = m->parser;
    if (parser_token(p) != TOKEN_EQ)
        return parser_syntax_error(p);
    p->at++;
    if (!parse_value(m))
        return false;
    action->node = (uint16_t)(p->node_count - 1);
    return true;
}

static bool parse_constant(struct machine *m, struct update_action *action)
{
    if (parser_token(m->parser) != TOKEN_VALUE_PLACEHOLDER)
        return parser_syntax_error(m->parser);
    action->node = machine_add_value(m->parser);
    return true;
}

static bool parse_action(struct machine *m, enum update_action_kind kind)
{
    struct parser *p = m->parser;
    if (!parser_path(p))
        return false;
    struct update_action *action = &p->actions[p->action_count++];
    *action = (struct update_action){
        .kind = (uint8_t)kind,
        .path = (uint16_t)(p->path_count - 1),
        .node = NODE_NONE,
    };
    switch (kind) {
    case ACTION_SET:
        return parse_set(m, action);
    case ACTION_REMOVE:
        return true;
    case ACTION_ADD:
    case ACTION_DELETE:
        return parse_constant(m, action);
    }
    UNREACHABLE();
}

/* ------------------------------------------------------------------ sections */

static bool section_of_token(enum token_kind token, enum update_action_kind *kind_out)
{
    if (token < TOKEN_SET || token > TOKEN_DELETE)
        return false;
    *kind_out = (enum update_action_kind)(token - TOKEN_SET + ACTION_SET);
    return true;
}

static void complain_repeated(struct parser *p, enum update_action_kind kind)
{
    static const char *const names[] = {
        [ACTION_SET] = "SET", [ACTION_REMOVE] = "REMOVE", [ACTION_ADD] = "ADD", [ACTION_DELETE] = "DELETE"};
    parser_complain(p, COMPLAINT_REPEATED_SECTION, p->at,
                    "The \"%s\" section can only be used once in an update expression;", names[kind]);
}

static bool parse_section(struct machine *m, bool seen[])
{
    struct parser *p = m->parser;
    enum update_action_kind kind;
    if (!section_of_token(parser_token(p), &kind))
        return parser_syntax_error(p);
    if (seen[kind])
        complain_repeated(p, kind);
    seen[kind] = true;
    do {
        p->at++;
        if (!parse_action(m, kind))
            return false;
    } while (parser_token(p) == TOKEN_COMMA);
    return true;
}

bool parser_update(struct parser *p)
{
    struct machine m;
    machine_init(&m, p);
    bool seen[ACTION_DELETE + 1] = {false};
    do {
        if (!parse_section(&m, seen))
            return false;
    } while (parser_token(p) != TOKEN_END);
    return true;
}
