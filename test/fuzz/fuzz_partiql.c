/* Parses an arbitrary PartiQL statement. Besides not breaking, it must be that
 *   - a tree lies within its text, is no deeper than it says and no deeper than it may be;
 *   - parameters are numbered in the order of the text, without gaps;
 *   - a statement that is written out again from its tree has the same tree;
 *   - every message is one of those that there are. */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/contract.h"
#include "partiql/syntax.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(const struct error *err)
{
    static const char *const beginnings[] = {
        "Statement wasn't well formed, can't be processed: ",
        "Unsupported operation: ",
        "Unsupported clause: ",
        "Unexpected path component at ",
        "Aliasing is not supported",
        "A path may contain at most 2 components in the FROM clause",
        "Ion literals are not supported at ",
        "List index is not within the allowable range; index: [",
    };
    INVARIANT(err->code == ERR_VALIDATION && err->message);
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
        if (slice_starts_with(slice_from_cstr(err->message), slice_from_cstr(beginnings[i])))
            return;
    UNREACHABLE();
}

/* ------------------------------------------------------------------ trees by themselves */

struct tree {
    size_t text_size;
    uint32_t parameter_count;
};

static void check_nodes(struct tree *t, const struct partiql_node *node)
{
    for (; node; node = node->next) {
        INVARIANT(node->at < node->end && node->end <= t->text_size);
        INVARIANT(node->depth >= 1 && node->depth <= PARTIQL_DEPTH_MAX);
        if (node->kind == PARTIQL_PARAMETER)
            INVARIANT(node->number == t->parameter_count++);
        size_t count = 0;
        unsigned depth = 0;
        for (const struct partiql_node *operand = node->operands; operand; operand = operand->next, count++)
            depth = operand->depth > depth ? operand->depth : depth;
        INVARIANT(count == node->operand_count && node->depth == depth + 1);
        check_nodes(t, node->operands);
    }
}

static void check_changes(struct tree *t, const struct partiql_statement *s)
{
    for (const struct partiql_change *change = s->changes; change; change = change->next) {
        INVARIANT(change->path->kind == PARTIQL_PATH);
        INVARIANT((change->kind == PARTIQL_SET) == (change->value != NULL));
        check_nodes(t, change->path);
        check_nodes(t, change->value);
    }
}

static void check_statement(const struct partiql_statement *s)
{
    struct tree t = {.text_size = s->text.size};
    INVARIANT(s->target.at < s->target.end && s->target.end <= s->text.size);
    check_nodes(&t, s->columns);
    check_nodes(&t, s->value);
    /* FROM t WHERE ... SET ... has its parts in another order. */
    bool where_first = s->where && s->changes && s->where->at < s->changes->path->at;
    if (!where_first)
        check_changes(&t, s);
    check_nodes(&t, s->where);
    if (where_first)
        check_changes(&t, s);
    for (const struct partiql_order *order = s->order_by; order; order = order->next)
        check_nodes(&t, order->key);
    INVARIANT(t.parameter_count == s->parameter_count);
}

/* ------------------------------------------------------------------ trees as text */

/* What stands between operands; NULL: no operator with operands on both sides. */
static const char *infix(const struct partiql_node *node)
{
    static const char *const names[] = {
        [PARTIQL_OR] = "OR",    [PARTIQL_AND] = "AND",   [PARTIQL_EQ] = "=",    [PARTIQL_NE] = "<>",
        [PARTIQL_LT] = "<",     [PARTIQL_LE] = "<=",     [PARTIQL_GT] = ">",    [PARTIQL_GE] = ">=",
        [PARTIQL_PLUS] = "+",   [PARTIQL_MINUS] = "-",   [PARTIQL_TIMES] = "*", [PARTIQL_DIVIDE] = "/",
        [PARTIQL_MODULO] = "%", [PARTIQL_CONCAT] = "||", [PARTIQL_CALL] = NULL,
    };
    return names[node->kind];
}

struct writer {
    struct buf out;
    bool is_exact; /* what is written has the same tree */
};

static void write_node(struct writer *w, const struct partiql_node *node);

static void write_quoted(struct writer *w, struct slice text, char quote)
{
    buf_append_byte(&w->out, quote);
    for (size_t i = 0; i < text.size; i++) {
        buf_append_byte(&w->out, text.data[i]);
        if (text.data[i] == quote)
            buf_append_byte(&w->out, quote);
    }
    buf_append_byte(&w->out, quote);
}

static void write_name(struct writer *w, struct slice text, bool quoted)
{
    if (quoted)
        write_quoted(w, text, '"');
    else
        buf_append(&w->out, text);
}

static void write_text(struct writer *w, const char *text)
{
    buf_append(&w->out, slice_from_cstr(text));
}

static void write_operand(struct writer *w, const struct partiql_node *node)
{
    write_text(w, "(");
    write_node(w, node);
    write_text(w, ")");
}

static void write_list(struct writer *w, const struct partiql_node *node, const char *open, const char *close)
{
    write_text(w, open);
    for (; node; node = node->next) {
        write_node(w, node);
        if (node->next)
            write_text(w, ", ");
    }
    write_text(w, close);
}

static void write_tuple(struct writer *w, const struct partiql_node *name)
{
    write_text(w, "{");
    for (; name; name = name->next->next) {
        write_node(w, name);
        write_text(w, ": ");
        write_node(w, name->next);
        if (name->next->next)
            write_text(w, ", ");
    }
    write_text(w, "}");
}

static void write_path(struct writer *w, const struct partiql_node *path)
{
    write_name(w, path->text, path->quoted);
    for (const struct partiql_node *step = path->operands; step; step = step->next) {
        if (step->kind == PARTIQL_STEP_NAME) {
            write_text(w, ".");
            write_name(w, step->text, step->quoted);
        } else if (step->kind == PARTIQL_STEP_INDEX) {
            write_text(w, "[");
            buf_append_i64(&w->out, step->number);
            write_text(w, "]");
        } else {
            write_text(w, step->number ? ".*" : "[*]");
        }
    }
}

static void write_in(struct writer *w, const struct partiql_node *node)
{
    write_operand(w, node->operands);
    write_text(w, node->negated ? " NOT IN " : " IN ");
    const struct partiql_node *candidates = node->operands->next;
    if (!node->collection) {
        write_list(w, candidates, "[", "]");
        return;
    }
    /* Between parentheses it would be a candidate. */
    w->is_exact &= candidates->kind <= PARTIQL_PARAMETER || candidates->kind == PARTIQL_PATH;
    write_node(w, candidates);
}

static void write_between(struct writer *w, const struct partiql_node *node)
{
    write_operand(w, node->operands);
    write_text(w, node->negated ? " NOT BETWEEN " : " BETWEEN ");
    write_operand(w, node->operands->next);
    write_text(w, " AND ");
    write_operand(w, node->operands->next->next);
}

static void write_like(struct writer *w, const struct partiql_node *node)
{
    const struct partiql_node *pattern = node->operands->next;
    write_operand(w, node->operands);
    write_text(w, node->negated ? " NOT LIKE " : " LIKE ");
    write_operand(w, pattern);
    if (!pattern->next)
        return;
    write_text(w, " ESCAPE ");
    write_operand(w, pattern->next);
}

static void write_infix(struct writer *w, const struct partiql_node *node)
{
    for (const struct partiql_node *operand = node->operands; operand; operand = operand->next) {
        write_operand(w, operand);
        if (!operand->next)
            return;
        write_text(w, " ");
        write_text(w, infix(node));
        write_text(w, " ");
    }
}

static void write_node(struct writer *w, const struct partiql_node *node)
{
    switch ((enum partiql_kind)node->kind) {
    case PARTIQL_NULL:
        write_text(w, "NULL");
        return;
    case PARTIQL_MISSING:
        write_text(w, "MISSING");
        return;
    case PARTIQL_TRUE:
        write_text(w, "TRUE");
        return;
    case PARTIQL_FALSE:
        write_text(w, "FALSE");
        return;
    case PARTIQL_NUMBER:
        buf_append(&w->out, node->text);
        return;
    case PARTIQL_STRING:
        write_quoted(w, node->text, '\'');
        return;
    case PARTIQL_PARAMETER:
        write_text(w, "?");
        return;
    case PARTIQL_LIST:
        write_list(w, node->operands, "[", "]");
        return;
    case PARTIQL_TUPLE:
        write_tuple(w, node->operands);
        return;
    case PARTIQL_BAG:
        write_list(w, node->operands, "<<", ">>");
        return;
    case PARTIQL_PATH:
        write_path(w, node);
        return;
    case PARTIQL_STEP_NAME:
    case PARTIQL_STEP_INDEX:
        UNREACHABLE();
    case PARTIQL_STEP_ALL:
        write_text(w, "*");
        return;
    case PARTIQL_NOT:
        write_text(w, "NOT ");
        write_operand(w, node->operands);
        return;
    case PARTIQL_NEGATE:
        write_text(w, "-");
        write_operand(w, node->operands);
        return;
    case PARTIQL_BETWEEN:
        write_between(w, node);
        return;
    case PARTIQL_IN:
        write_in(w, node);
        return;
    case PARTIQL_IS:
        write_operand(w, node->operands);
        write_text(w, node->negated ? " IS NOT " : " IS ");
        buf_append(&w->out, node->text);
        return;
    case PARTIQL_LIKE:
        write_like(w, node);
        return;
    case PARTIQL_CALL:
        write_name(w, node->text, node->quoted);
        write_list(w, node->operands, "(", ")");
        return;
    case PARTIQL_OR:
    case PARTIQL_AND:
    case PARTIQL_EQ:
    case PARTIQL_NE:
    case PARTIQL_LT:
    case PARTIQL_LE:
    case PARTIQL_GT:
    case PARTIQL_GE:
    case PARTIQL_PLUS:
    case PARTIQL_MINUS:
    case PARTIQL_TIMES:
    case PARTIQL_DIVIDE:
    case PARTIQL_MODULO:
    case PARTIQL_CONCAT:
        write_infix(w, node);
        return;
    }
}

static void write_target(struct writer *w, const struct partiql_target *target)
{
    write_name(w, target->table, target->table_quoted);
    if (slice_is_none(target->index))
        return;
    write_text(w, ".");
    write_name(w, target->index, target->index_quoted);
}

static void write_where(struct writer *w, const struct partiql_statement *s)
{
    if (!s->where)
        return;
    write_text(w, " WHERE ");
    write_node(w, s->where);
}

static void write_select(struct writer *w, const struct partiql_statement *s)
{
    write_text(w, "SELECT ");
    if (s->columns)
        write_list(w, s->columns, "", "");
    else
        write_text(w, "*");
    write_text(w, " FROM ");
    write_target(w, &s->target);
    write_where(w, s);
    for (const struct partiql_order *order = s->order_by; order; order = order->next) {
        write_text(w, order == s->order_by ? " ORDER BY " : ", ");
        write_node(w, order->key);
        write_text(w, order->descending ? " DESC" : "");
    }
}

static void write_changes(struct writer *w, const struct partiql_statement *s)
{
    for (const struct partiql_change *change = s->changes; change; change = change->next) {
        write_text(w, change->kind == PARTIQL_SET ? " SET " : " REMOVE ");
        write_node(w, change->path);
        if (change->kind == PARTIQL_REMOVE)
            continue;
        write_text(w, " = ");
        write_node(w, change->value);
    }
}

static void write_returning(struct writer *w, enum partiql_returning returning)
{
    static const char *const texts[] = {
        [PARTIQL_RETURNING_NOTHING] = "",
        [PARTIQL_RETURNING_ALL_OLD] = " RETURNING ALL OLD *",
        [PARTIQL_RETURNING_ALL_NEW] = " RETURNING ALL NEW *",
        [PARTIQL_RETURNING_MODIFIED_OLD] = " RETURNING MODIFIED OLD *",
        [PARTIQL_RETURNING_MODIFIED_NEW] = " RETURNING MODIFIED NEW *",
    };
    write_text(w, texts[returning]);
}

static void write_statement(struct writer *w, const struct partiql_statement *s)
{
    switch (s->kind) {
    case PARTIQL_SELECT:
        write_select(w, s);
        return;
    case PARTIQL_EXISTS:
        write_text(w, "EXISTS(");
        write_select(w, s);
        write_text(w, ")");
        return;
    case PARTIQL_INSERT:
        write_text(w, "INSERT INTO ");
        write_target(w, &s->target);
        write_text(w, " VALUE ");
        write_node(w, s->value);
        break;
    case PARTIQL_UPDATE:
        write_text(w, "UPDATE ");
        write_target(w, &s->target);
        write_changes(w, s);
        write_where(w, s);
        break;
    case PARTIQL_DELETE:
        write_text(w, "DELETE FROM ");
        write_target(w, &s->target);
        write_where(w, s);
        break;
    }
    write_returning(w, s->returning);
}

/* ------------------------------------------------------------------ trees compared */

static void check_same_nodes(const struct partiql_node *a, const struct partiql_node *b, bool same_numbers)
{
    for (; a && b; a = a->next, b = b->next) {
        INVARIANT(a->kind == b->kind && a->negated == b->negated && a->quoted == b->quoted);
        INVARIANT(a->collection == b->collection && a->depth == b->depth);
        INVARIANT(slice_equal(a->text, b->text) && a->operand_count == b->operand_count);
        /* Where the parts of a statement change places, its parameters are numbered anew. */
        INVARIANT(a->number == b->number || (a->kind == PARTIQL_PARAMETER && !same_numbers));
        check_same_nodes(a->operands, b->operands, same_numbers);
    }
    INVARIANT(!a && !b);
}

static void check_same(const struct partiql_statement *a, const struct partiql_statement *b)
{
    bool same_numbers = !(a->where && a->changes && a->where->at < a->changes->path->at);
    INVARIANT(a->kind == b->kind && a->returning == b->returning && a->parameter_count == b->parameter_count);
    INVARIANT(slice_equal(a->target.table, b->target.table));
    INVARIANT(slice_is_none(a->target.index) == slice_is_none(b->target.index));
    INVARIANT(slice_equal(a->target.index, b->target.index));
    check_same_nodes(a->columns, b->columns, same_numbers);
    check_same_nodes(a->value, b->value, same_numbers);
    check_same_nodes(a->where, b->where, same_numbers);
    const struct partiql_change *c = a->changes;
    const struct partiql_change *d = b->changes;
    for (; c && d; c = c->next, d = d->next) {
        INVARIANT(c->kind == d->kind);
        check_same_nodes(c->path, d->path, same_numbers);
        check_same_nodes(c->value, d->value, same_numbers);
    }
    INVARIANT(!c && !d);
    const struct partiql_order *e = a->order_by;
    const struct partiql_order *f = b->order_by;
    for (; e && f; e = e->next, f = f->next) {
        INVARIANT(e->descending == f->descending);
        check_same_nodes(e->key, f->key, same_numbers);
    }
    INVARIANT(!e && !f);
}

static void check_written(struct arena *arena, const struct partiql_statement *s)
{
    struct error err;
    struct writer w = {.is_exact = true};
    const struct partiql_statement *again;
    error_init(&err, arena);
    buf_init(&w.out, arena, 256);
    write_statement(&w, s);
    if (!w.is_exact)
        return;
    if (partiql_parse(buf_slice(&w.out), arena, &again, &err)) {
        check_same(s, again);
        return;
    }
    /* With all its parentheses it may be too much. */
    check_message(&err);
    INVARIANT(strstr(err.message, "nested too deeply") || strstr(err.message, "too long"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct error err;
    const struct partiql_statement *s;
    arena_init(&arena, 4096);
    error_init(&err, &arena);
    if (partiql_parse(slice_of(data, size), &arena, &s, &err)) {
        check_statement(s);
        check_written(&arena, s);
    } else {
        check_message(&err);
    }
    arena_release(&arena);
    return 0;
}
