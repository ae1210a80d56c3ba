/* The grammar of conditions, filters and key conditions, as an operator-precedence machine.
 *
 *     condition := and ( OR and )*            operand  := path | :value | function | '(' operand ')'
 *     and       := not ( AND not )*           function := name '(' operand ( ',' operand )* ')'
 *     not       := NOT not | primary          path     := see parser_path(); its head may stand in parentheses
 *     primary   := operand ( '=' | '<>' | '<' | '<=' | '>' | '>=' ) operand
 *                | operand BETWEEN operand AND operand
 *                | operand IN '(' operand ( ',' operand )* ')'
 *                | function | '(' condition ')'
 *
 * An opening parenthesis does not tell whether a condition or an operand follows, so both are parsed alike and each
 * finished part knows its sort. Parts wait on one stack, the operators that wait for them on another; two functions
 * alternate: want_part() where a part must begin, have_part() after one. */
#include "expr/parser_priv.h"

#include "base/contract.h"

enum part_sort {
    PART_OPERAND,   /* a path or value: not a condition */
    PART_FUNCTION,  /* either, as far as syntax goes */
    PART_CONDITION, /* true or false: not an operand */
};

struct part {
    uint16_t node;
    uint8_t sort; /* enum part_sort */
    bool grouped; /* stood in parentheses of its own */
};

enum pending_kind {
    PENDING_GROUP,    /* '(' */
    PENDING_FUNCTION, /* name '(' */
    PENDING_IN,       /* operand IN '(' */
    PENDING_COMPARATOR,
    PENDING_BETWEEN, /* before its AND */
    PENDING_BOUNDS,  /* BETWEEN after its AND */
    PENDING_NOT,     /* these three in rising looseness */
    PENDING_AND,
    PENDING_OR,
};

struct pending {
    uint8_t kind;          /* enum pending_kind */
    uint8_t op;            /* enum expr_op; of an unknown function OP_COUNT */
    bool operands_only;    /* PENDING_GROUP: opened where no condition may stand */
    uint16_t operand_base; /* parts below this one belong to what is outside */
    uint16_t token;        /* PENDING_FUNCTION: its name */
};

struct machine {
    struct parser *parser;
    struct part *parts;
    size_t part_count;
    struct pending *pending;
    size_t pending_count;
};

/* ------------------------------------------------------------------ stacks */

static struct pending *innermost(const struct machine *m)
{
    return m->pending_count ? &m->pending[m->pending_count - 1] : NULL;
}

static struct part *newest_part(const struct machine *m)
{
    return &m->parts[m->part_count - 1];
}

static void push_pending(struct machine *m, enum pending_kind kind, enum expr_op op)
{
    m->pending[m->pending_count++] = (struct pending){
        .kind = (uint8_t)kind,
        .op = (uint8_t)op,
        .operand_base = (uint16_t)m->part_count,
    };
}

static void push_part(struct machine *m, size_t node, enum part_sort sort)
{
    m->parts[m->part_count++] = (struct part){.node = (uint16_t)node, .sort = (uint8_t)sort};
}

/* Whether a condition may stand where the innermost pending operator waits. */
static bool condition_allowed(const struct machine *m)
{
    const struct pending *top = innermost(m);
    if (!top)
        return true;
    if (top->kind == PENDING_GROUP)
        return !top->operands_only;
    return top->kind >= PENDING_NOT;
}

/* ------------------------------------------------------------------ nodes */

static struct expr_node *add_node(struct parser *p, enum expr_op op)
{
    struct expr_node *node = &p->nodes[p->node_count];
    *node = (struct expr_node){.op = (uint8_t)op, .first = (uint16_t)p->node_count, .next = NODE_NONE};
    p->node_count++;
    return node;
}

static void count_operator(struct parser *p)
{
    /* DynamoDB stops counting at the first that is too many, so the number is always the same. */
    if (++p->operator_count > EXPR_OPERATORS_MAX)
        parser_complain(p, COMPLAINT_OPERATOR_COUNT,
                        "The expression contains too many operators; operator count: %zu", p->operator_count);
}

/* A node whose operands are the parts from `base` on, which it takes off the stack. */
static struct expr_node *add_operator(struct machine *m, enum expr_op op, size_t base)
{
    struct parser *p = m->parser;
    struct expr_node *node = add_node(p, op);
    INVARIANT(base < m->part_count);
    node->operand = m->parts[base].node;
    node->operand_count = (uint16_t)(m->part_count - base);
    node->first = p->nodes[node->operand].first;
    for (size_t i = base; i + 1 < m->part_count; i++)
        p->nodes[m->parts[i].node].next = m->parts[i + 1].node;
    m->part_count = base;
    count_operator(p);
    return node;
}

static size_t index_of(const struct parser *p, const struct expr_node *node)
{
    return (size_t)(node - p->nodes);
}

static void complain_misused(struct parser *p, enum expr_op function)
{
    parser_complain(p, COMPLAINT_MISUSED_FUNCTION,
                    "The function is not allowed to be used this way in an expression; function: %s",
                    expr_op_text(function));
}

/* Functions that yield true or false are no operands. */
static void check_operands(struct machine *m, size_t base)
{
    for (size_t i = base; i < m->part_count; i++) {
        enum expr_op op = (enum expr_op)m->parser->nodes[m->parts[i].node].op;
        if (expr_op_is_function(op) && op != OP_SIZE)
            complain_misused(m->parser, op);
    }
}

/* The part is used as a condition: a function is one only if it yields true or false. */
static void use_as_condition(struct machine *m, const struct part *part)
{
    if (part->sort != PART_FUNCTION)
        return;
    struct expr_node *node = &m->parser->nodes[part->node];
    node->condition = true;
    if (node->op == OP_SIZE)
        complain_misused(m->parser, OP_SIZE);
}

/* ------------------------------------------------------------------ finishing what is pending */

static void finish_comparison(struct machine *m, enum expr_op op, size_t operand_count)
{
    size_t base = m->part_count - operand_count;
    check_operands(m, base);
    struct expr_node *node = add_operator(m, op, base);
    node->condition = true;
    push_part(m, index_of(m->parser, node), PART_CONDITION);
}

static void finish_logic(struct machine *m, enum expr_op op, size_t operand_count)
{
    size_t base = m->part_count - operand_count;
    for (size_t i = base; i < m->part_count; i++)
        use_as_condition(m, &m->parts[i]);
    push_part(m, index_of(m->parser, add_operator(m, op, base)), PART_CONDITION);
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
    case PENDING_IN:
    case PENDING_BETWEEN:
        break;
    }
    UNREACHABLE();
}

/* The newest part as the operand of a NOT, AND or OR, or as the whole: it must be able to be a condition. */
static bool require_condition(struct machine *m)
{
    return newest_part(m)->sort != PART_OPERAND || parser_syntax_error(m->parser);
}

/* Finishes the pending operators that bind no looser than `loosest`, down to the innermost parenthesis. The current
 * token is blamed for what cannot be finished. */
static bool finish_until(struct machine *m, enum pending_kind loosest)
{
    for (;;) {
        const struct pending *top = innermost(m);
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

static enum expr_op function_of_name(struct slice name)
{
    for (int op = OP_SIZE; op < OP_COUNT; op++)
        if (slice_equal(name, slice_from_cstr(expr_op_text((enum expr_op)op))))
            return (enum expr_op)op;
    return OP_COUNT;
}

static void open_function(struct machine *m)
{
    struct parser *p = m->parser;
    push_pending(m, PENDING_FUNCTION, function_of_name(token_text(&p->list, p->at)));
    innermost(m)->token = (uint16_t)p->at;
    p->at += 2;
}

static void open_group(struct machine *m)
{
    bool operands_only = !condition_allowed(m);
    push_pending(m, PENDING_GROUP, OP_COUNT);
    innermost(m)->operands_only = operands_only;
    m->parser->at++;
}

static void take_value(struct machine *m)
{
    struct parser *p = m->parser;
    const struct token *token = &p->list.tokens[p->at];
    add_node(p, OP_VALUE)->operand = (uint16_t)p->value_count;
    p->values[p->value_count++] = (struct text_range){token->at, token->size};
    push_part(m, p->node_count - 1, PART_OPERAND);
    p->at++;
}

static bool take_path(struct machine *m)
{
    struct parser *p = m->parser;
    if (!parser_path(p))
        return false;
    add_node(p, OP_PATH)->operand = (uint16_t)(p->path_count - 1);
    push_part(m, p->node_count - 1, PART_OPERAND);
    return true;
}

/* Everything up to and including the next part. */
static bool want_part(struct machine *m)
{
    struct parser *p = m->parser;
    for (;;) {
        switch (parser_token(p)) {
        case TOKEN_OPEN:
            open_group(m);
            continue;
        case TOKEN_NOT:
            if (!condition_allowed(m))
                return parser_syntax_error(p);
            push_pending(m, PENDING_NOT, OP_NOT);
            p->at++;
            continue;
        case TOKEN_NAME:
            if (parser_next_token(p) == TOKEN_OPEN) {
                open_function(m);
                continue;
            }
            return take_path(m);
        case TOKEN_NAME_PLACEHOLDER:
            return take_path(m);
        case TOKEN_VALUE_PLACEHOLDER:
            take_value(m);
            return true;
        case TOKEN_END:
        case TOKEN_DIGITS:
        case TOKEN_CLOSE:
        case TOKEN_OPEN_INDEX:
        case TOKEN_CLOSE_INDEX:
        case TOKEN_DOT:
        case TOKEN_COMMA:
        case TOKEN_EQ:
        case TOKEN_NE:
        case TOKEN_LT:
        case TOKEN_LE:
        case TOKEN_GT:
        case TOKEN_GE:
        case TOKEN_AND:
        case TOKEN_OR:
        case TOKEN_BETWEEN:
        case TOKEN_IN:
        case TOKEN_BAD:
            return parser_syntax_error(p);
        }
    }
}

/* ------------------------------------------------------------------ after a part */

enum step { STEP_FAILED, STEP_WANT_PART, STEP_HAVE_PART, STEP_DONE };

static enum step failed(struct machine *m)
{
    (void)parser_syntax_error(m->parser);
    return STEP_FAILED;
}

/* The newest part becomes the left operand of a comparison. */
static enum step begin_comparison(struct machine *m, enum pending_kind kind, enum expr_op op)
{
    if (newest_part(m)->sort == PART_CONDITION || !condition_allowed(m))
        return failed(m);
    m->parser->at++;
    if (kind == PENDING_IN) {
        if (parser_token(m->parser) != TOKEN_OPEN)
            return failed(m);
        m->parser->at++;
    }
    push_pending(m, kind, op);
    return STEP_WANT_PART;
}

static enum step take_logic(struct machine *m, enum pending_kind kind, enum expr_op op)
{
    if (!finish_until(m, kind))
        return STEP_FAILED;
    if (newest_part(m)->sort == PART_OPERAND || !condition_allowed(m))
        return failed(m);
    push_pending(m, kind, op);
    m->parser->at++;
    return STEP_WANT_PART;
}

static enum step take_and(struct machine *m)
{
    struct pending *top = innermost(m);
    if (!top || top->kind != PENDING_BETWEEN)
        return take_logic(m, PENDING_AND, OP_AND);
    top->kind = PENDING_BOUNDS;
    m->parser->at++;
    return STEP_WANT_PART;
}

static enum step take_comma(struct machine *m)
{
    const struct pending *top = innermost(m);
    if (!top || (top->kind != PENDING_FUNCTION && top->kind != PENDING_IN))
        return failed(m);
    m->parser->at++;
    return STEP_WANT_PART;
}

static void close_group(struct machine *m)
{
    struct part *part = newest_part(m);
    if (part->grouped)
        parser_complain(m->parser, COMPLAINT_PARENTHESES, "The expression has redundant parentheses;");
    part->grouped = true;
}

static void close_function(struct machine *m, const struct pending *function)
{
    struct parser *p = m->parser;
    check_operands(m, function->operand_base);
    if (function->op == OP_COUNT) {
        struct slice name = token_text(&p->list, function->token);
        parser_complain(p, COMPLAINT_UNKNOWN_FUNCTION, "Invalid function name; function: %.*s",
                        SLICE_PRINTF(name));
    }
    struct expr_node *node = add_operator(m, (enum expr_op)function->op, function->operand_base);
    push_part(m, index_of(p, node), PART_FUNCTION);
}

static enum step take_close(struct machine *m)
{
    if (!finish_until(m, PENDING_OR))
        return STEP_FAILED;
    if (m->pending_count == 0)
        return failed(m);
    struct pending closed = m->pending[--m->pending_count];
    m->parser->at++;
    if (closed.kind == PENDING_GROUP)
        close_group(m);
    else if (closed.kind == PENDING_FUNCTION)
        close_function(m, &closed);
    else
        finish_comparison(m, OP_IN, m->part_count - closed.operand_base + 1);
    return STEP_HAVE_PART;
}

/* (a).b is a.b */
static enum step extend_path(struct machine *m)
{
    struct part *part = newest_part(m);
    if (m->parser->nodes[part->node].op != OP_PATH)
        return failed(m);
    part->grouped = false;
    return parser_path_rest(m->parser) ? STEP_HAVE_PART : STEP_FAILED;
}

static enum step take_end(struct machine *m)
{
    if (!finish_until(m, PENDING_OR))
        return STEP_FAILED;
    if (m->pending_count > 0 || newest_part(m)->sort == PART_OPERAND)
        return failed(m);
    use_as_condition(m, newest_part(m));
    return STEP_DONE;
}

static enum step have_part(struct machine *m)
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
    case TOKEN_NOT:
    case TOKEN_BAD:
        return failed(m);
    }
    UNREACHABLE();
}

bool parser_condition(struct parser *p)
{
    size_t room = p->list.count;
    struct machine m = {.parser = p};
    m.parts = arena_alloc(p->arena, arena_array_size(sizeof *m.parts, room));
    m.pending = arena_alloc(p->arena, arena_array_size(sizeof *m.pending, room));
    enum step step = STEP_WANT_PART;
    while (step == STEP_WANT_PART || step == STEP_HAVE_PART) {
        if (step == STEP_HAVE_PART)
            step = have_part(&m);
        else
            step = want_part(&m) ? STEP_HAVE_PART : STEP_FAILED;
    }
    return step == STEP_DONE;
}
