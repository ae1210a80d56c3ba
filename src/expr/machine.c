#include "expr/machine_priv.h"

#include "base/contract.h"

void machine_init(struct machine *m, struct parser *p)
{
    size_t room = p->list.count;
    *m = (struct machine){.parser = p};
    m->parts = arena_alloc(p->arena, arena_array_size(sizeof *m->parts, room));
    m->pending = arena_alloc(p->arena, arena_array_size(sizeof *m->pending, room));
}

enum machine_step machine_fail(struct machine *m)
{
    (void)parser_syntax_error(m->parser);
    return STEP_FAILED;
}

/* ------------------------------------------------------------------ stacks */

void machine_push_pending(struct machine *m, enum pending_kind kind, enum expr_op op)
{
    m->pending[m->pending_count++] = (struct pending){
        .kind = (uint8_t)kind,
        .op = (uint8_t)op,
        .operand_base = (uint16_t)m->part_count,
    };
}

/* The newest node becomes a part. */
static struct part *push_part(struct machine *m, enum part_sort sort)
{
    struct part *part = &m->parts[m->part_count++];
    *part = (struct part){.node = (uint16_t)(m->parser->node_count - 1), .sort = (uint8_t)sort};
    return part;
}

bool machine_whole_allowed(const struct machine *m)
{
    const struct pending *top = machine_innermost(m);
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
        parser_complain(p, COMPLAINT_OPERATOR_COUNT, p->at,
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

void machine_complain_misused(struct machine *m, const struct part *part)
{
    parser_complain(m->parser, COMPLAINT_IN_PLACE, part->token,
                    "The function is not allowed to be used this way in an expression; function: %s",
                    expr_op_text((enum expr_op)m->parser->nodes[part->node].op));
}

/* The only functions whose result is an operand of others. */
static bool is_operand(enum expr_op op)
{
    return !expr_op_is_function(op) || op == OP_SIZE || op == OP_IF_NOT_EXISTS;
}

static void check_operands(struct machine *m, size_t base)
{
    for (size_t i = base; i < m->part_count; i++)
        if (!is_operand((enum expr_op)m->parser->nodes[m->parts[i].node].op))
            machine_complain_misused(m, &m->parts[i]);
}

struct expr_node *machine_finish(struct machine *m, enum expr_op op, size_t operand_count)
{
    struct expr_node *node = add_operator(m, op, m->part_count - operand_count);
    (void)push_part(m, PART_WHOLE);
    return node;
}

struct expr_node *machine_finish_operator(struct machine *m, enum expr_op op, size_t operand_count)
{
    check_operands(m, m->part_count - operand_count);
    return machine_finish(m, op, operand_count);
}

/* ------------------------------------------------------------------ where a part must begin */

static enum expr_op function_of_name(struct slice name)
{
    for (int op = OP_PATH; op < OP_COUNT; op++)
        if (expr_op_is_function((enum expr_op)op) &&
            slice_equal(name, slice_from_cstr(expr_op_text((enum expr_op)op))))
            return (enum expr_op)op;
    return OP_COUNT;
}

static void open_function(struct machine *m)
{
    struct parser *p = m->parser;
    machine_push_pending(m, PENDING_FUNCTION, function_of_name(token_text(&p->list, p->at)));
    machine_innermost(m)->token = (uint16_t)p->at;
    p->at += 2;
}

static void open_group(struct machine *m)
{
    bool operands_only = !machine_whole_allowed(m);
    machine_push_pending(m, PENDING_GROUP, OP_COUNT);
    machine_innermost(m)->operands_only = operands_only;
    m->parser->at++;
}

uint16_t machine_add_value(struct parser *p)
{
    PRE(parser_token(p) == TOKEN_VALUE_PLACEHOLDER);
    const struct token *token = &p->list.tokens[p->at++];
    add_node(p, OP_VALUE)->operand = (uint16_t)p->value_count;
    p->values[p->value_count++] = (struct text_range){token->at, token->size};
    return (uint16_t)(p->node_count - 1);
}

static bool take_path(struct machine *m)
{
    struct parser *p = m->parser;
    if (!parser_path(p))
        return false;
    add_node(p, OP_PATH)->operand = (uint16_t)(p->path_count - 1);
    (void)push_part(m, PART_OPERAND);
    return true;
}

enum machine_step machine_take_operand(struct machine *m)
{
    struct parser *p = m->parser;
    enum token_kind token = parser_token(p);
    if (token == TOKEN_OPEN) {
        open_group(m);
        return STEP_WANT_PART;
    }
    if (token == TOKEN_NAME && parser_next_token(p) == TOKEN_OPEN) {
        open_function(m);
        return STEP_WANT_PART;
    }
    if (token == TOKEN_VALUE_PLACEHOLDER) {
        (void)machine_add_value(p);
        (void)push_part(m, PART_OPERAND);
        return STEP_HAVE_PART;
    }
    /* What is no path is a syntax error there. */
    return take_path(m) ? STEP_HAVE_PART : STEP_FAILED;
}

/* ------------------------------------------------------------------ after a part */

static enum machine_step close_group(struct machine *m)
{
    struct part *part = machine_newest(m);
    if (part->grouped) {
        (void)parser_redundant_parentheses(m->parser);
        return STEP_FAILED;
    }
    part->grouped = true;
    return STEP_HAVE_PART;
}

/* A function that is known, but to the other kind of grammar. */
static bool belongs_elsewhere(const struct parser *p, enum expr_op function)
{
    bool of_updates = function == OP_IF_NOT_EXISTS || function == OP_LIST_APPEND;
    return of_updates != (p->kind == EXPR_UPDATE);
}

static void check_name(struct parser *p, const struct pending *function)
{
    struct slice name = token_text(&p->list, function->token);
    if (function->op == OP_COUNT)
        parser_complain(p, COMPLAINT_IN_PLACE, function->token, "Invalid function name; function: %.*s",
                        SLICE_PRINTF(name));
    else if (belongs_elsewhere(p, (enum expr_op)function->op))
        parser_complain(p, COMPLAINT_IN_PLACE, function->token,
                        "The function is not allowed in %s expression; function: %.*s",
                        p->kind == EXPR_UPDATE ? "an update" : "a condition", SLICE_PRINTF(name));
}

static void close_function(struct machine *m, const struct pending *function)
{
    check_operands(m, function->operand_base);
    check_name(m->parser, function);
    (void)add_operator(m, (enum expr_op)function->op, function->operand_base);
    push_part(m, PART_FUNCTION)->token = function->token;
}

enum machine_step machine_close(struct machine *m)
{
    INVARIANT(m->pending_count > 0);
    struct pending closed = m->pending[--m->pending_count];
    m->parser->at++;
    if (closed.kind == PENDING_GROUP)
        return close_group(m);
    INVARIANT(closed.kind == PENDING_FUNCTION);
    close_function(m, &closed);
    return STEP_HAVE_PART;
}
