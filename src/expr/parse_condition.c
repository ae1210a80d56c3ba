/* The grammar of conditions, filters and key conditions.
 *
 *     condition := and ( OR and )*            operand  := path | :value | function | '(' operand ')'
 *     and       := not ( AND not )*           function := name '(' operand ( ',' operand )* ')'
 *     not       := NOT not | primary          path     := see parser_path(); its head may stand in parentheses
 *     primary   := operand ( '=' | '<>' | '<' | '<=' | '>' | '>=' ) operand
 *                | operand BETWEEN operand AND operand
 *                | operand IN '(' operand ( ',' operand )* ')'
 *                | function | '(' condition ')'
 *
 * A whole of the machine is a condition here. */
#include "expr/machine_priv.h"

#include "base/contract.h"

/* ------------------------------------------------------------------ finishing what is pending */

static void finish_comparison(struct machine *m, enum expr_op op, size_t operand_count)
{
    machine_finish_operator(m, op, operand_count)->condition = true;
}

/* The part is used as a condition: a function is one only if it yields true or false. */
static void use_as_condition(struct machine *m, const struct part *part)
{
    if (part->sort != PART_FUNCTION)
        return;
    struct expr_node *node = &m->parser->nodes[part->node];
    node->condition = true;
    if (node->op == OP_SIZE)
        machine_complain_misused(m, part);
}

static void finish_logic(struct machine *m, enum expr_op op, size_t operand_count)
{
    for (size_t i = m->part_count - operand_count; i < m->part_count; i++)
        use_as_condition(m, &m->parts[i]);
    (void)machine_finish(m, op, operand_count);
}

/* Finishes the innermost pending operator. PRE: it waits for nothing but the newest part. */
static void finish_innermost(struct machine *m)
{
    struct pending top = m->pending[--m->pending_count];
    switch ((enum pending_kind)top.kind) {
    case PENDING_COMPARATOR:
        finish_comparison(m, (enum expr_op)top.op, 2);
        return;
    case PENDING_BOUNDS:
        finish_comparison(m, OP_BETWEEN, 3);
        return;
    case PENDING_NOT:
        finish_logic(m, OP_NOT, 1);
        return;
    case PENDING_AND:
        finish_logic(m, OP_AND, 2);
        return;
    case PENDING_OR:
        finish_logic(m, OP_OR, 2);
        return;
    case PENDING_GROUP:
    case PENDING_FUNCTION:
    case PENDING_SUM:
    case PENDING_IN:
    case PENDING_BETWEEN:
        break;
    }
    UNREACHABLE();
}

/* The newest part as the operand of a NOT, AND or OR, or as the whole: it must be able to be a condition. */
static bool require_condition(struct machine *m)
{
    return machine_newest(m)->sort != PART_OPERAND || parser_syntax_error(m->parser);
}

/* Finishes the pending operators that bind no looser than `loosest`, down to the innermost parenthesis. The current
 * token is blamed for what cannot be finished. */
static bool finish_until(struct machine *m, enum pending_kind loosest)
{
    for (;;) {
        const struct pending *top = machine_innermost(m);
        if (!top || top->kind < PENDING_COMPARATOR || top->kind > loosest)
            return true;
        if (top->kind == PENDING_BETWEEN)
            return parser_syntax_error(m->parser);
        if (top->kind >= PENDING_NOT && !require_condition(m))
            return false;
        finish_innermost(m);
    }
}

/* ------------------------------------------------------------------ where a part must begin */

static enum machine_step want_part(struct machine *m)
{
    if (parser_token(m->parser) != TOKEN_NOT)
        return machine_take_operand(m);
    if (!machine_whole_allowed(m))
        return machine_fail(m);
    machine_push_pending(m, PENDING_NOT, OP_NOT);
    m->parser->at++;
    return STEP_WANT_PART;
}

/* ------------------------------------------------------------------ after a part */

/* The newest part becomes the left operand of a comparison. */
static enum machine_step begin_comparison(struct machine *m, enum pending_kind kind, enum expr_op op)
{
    if (machine_newest(m)->sort == PART_WHOLE || !machine_whole_allowed(m))
        return machine_fail(m);
    m->parser->at++;
    if (kind == PENDING_IN) {
        if (parser_token(m->parser) != TOKEN_OPEN)
            return machine_fail(m);
        m->parser->at++;
    }
    machine_push_pending(m, kind, op);
    return STEP_WANT_PART;
}

static enum machine_step take_logic(struct machine *m, enum pending_kind kind, enum expr_op op)
{
    if (!finish_until(m, kind))
        return STEP_FAILED;
    if (machine_newest(m)->sort == PART_OPERAND || !machine_whole_allowed(m))
        return machine_fail(m);
    machine_push_pending(m, kind, op);
    m->parser->at++;
    return STEP_WANT_PART;
}

static enum machine_step take_and(struct machine *m)
{
    struct pending *top = machine_innermost(m);
    if (!top || top->kind != PENDING_BETWEEN)
        return take_logic(m, PENDING_AND, OP_AND);
    top->kind = PENDING_BOUNDS;
    m->parser->at++;
    return STEP_WANT_PART;
}

static enum machine_step take_comma(struct machine *m)
{
    const struct pending *top = machine_innermost(m);
    if (!top || (top->kind != PENDING_FUNCTION && top->kind != PENDING_IN))
        return machine_fail(m);
    m->parser->at++;
    return STEP_WANT_PART;
}

static void close_in(struct machine *m)
{
    struct pending closed = m->pending[--m->pending_count];
    m->parser->at++;
    finish_comparison(m, OP_IN, m->part_count - closed.operand_base + 1);
}

static enum machine_step take_close(struct machine *m)
{
    if (!finish_until(m, PENDING_OR))
        return STEP_FAILED;
    const struct pending *top = machine_innermost(m);
    if (!top)
        return machine_fail(m);
    if (top->kind != PENDING_IN)
        return machine_close(m);
    close_in(m);
    return STEP_HAVE_PART;
}

/* (a).b is a.b */
static enum machine_step extend_path(struct machine *m)
{
    struct part *part = machine_newest(m);
    if (m->parser->nodes[part->node].op != OP_PATH)
        return machine_fail(m);
    part->grouped = false;
    return parser_path_rest(m->parser) ? STEP_HAVE_PART : STEP_FAILED;
}

static enum machine_step take_end(struct machine *m)
{
    if (!finish_until(m, PENDING_OR))
        return STEP_FAILED;
    if (m->pending_count > 0 || machine_newest(m)->sort == PART_OPERAND)
        return machine_fail(m);
    use_as_condition(m, machine_newest(m));
    return STEP_DONE;
}

static enum machine_step have_part(struct machine *m)
{
    switch (parser_token(m->parser)) {
    case TOKEN_EQ:
        return begin_comparison(m, PENDING_COMPARATOR, OP_EQ);
    case TOKEN_NE:
        return begin_comparison(m, PENDING_COMPARATOR, OP_NE);
    case TOKEN_LT:
        return begin_comparison(m, PENDING_COMPARATOR, OP_LT);
    case TOKEN_LE:
        return begin_comparison(m, PENDING_COMPARATOR, OP_LE);
    case TOKEN_GT:
        return begin_comparison(m, PENDING_COMPARATOR, OP_GT);
    case TOKEN_GE:
        return begin_comparison(m, PENDING_COMPARATOR, OP_GE);
    case TOKEN_BETWEEN:
        return begin_comparison(m, PENDING_BETWEEN, OP_BETWEEN);
    case TOKEN_IN:
        return begin_comparison(m, PENDING_IN, OP_IN);
    case TOKEN_AND:
        return take_and(m);
    case TOKEN_OR:
        return take_logic(m, PENDING_OR, OP_OR);
    case TOKEN_COMMA:
        return take_comma(m);
    case TOKEN_CLOSE:
        return take_close(m);
    case TOKEN_DOT:
    case TOKEN_OPEN_INDEX:
        return extend_path(m);
    case TOKEN_END:
        return take_end(m);
    case TOKEN_NAME:
    case TOKEN_NAME_PLACEHOLDER:
    case TOKEN_VALUE_PLACEHOLDER:
    case TOKEN_DIGITS:
    case TOKEN_OPEN:
    case TOKEN_CLOSE_INDEX:
    case TOKEN_PLUS:
    case TOKEN_MINUS:
    case TOKEN_NOT:
    case TOKEN_SET:
    case TOKEN_REMOVE:
    case TOKEN_ADD:
    case TOKEN_DELETE:
    case TOKEN_BAD:
        return machine_fail(m);
    }
    UNREACHABLE();
}

bool parser_condition(struct parser *p)
{
    struct machine m;
    machine_init(&m, p);
    enum machine_step step = STEP_WANT_PART;
    while (step == STEP_WANT_PART || step == STEP_HAVE_PART)
        step = step == STEP_HAVE_PART ? have_part(&m) : want_part(&m);
    return step == STEP_DONE;
}
