/* What DynamoDB refuses of a statement whatever its table, in its words where they are known (README.md, Restrictions). The
 * planner relies on the shapes that pass here; what it could do beyond them is said at each. */
#include "partiql/plan_priv.h"

#include "base/contract.h"

#include <strings.h>

/* ------------------------------------------------------------------ texts */

static bool refuse(const struct planner *p, const char *text)
{
    return error_set(p->err, ERR_VALIDATION, "%s", text);
}

static const char *place_of(const struct planner *p, const struct partiql_node *node)
{
    return partiql_place(p->statement->text, node->at, node->end, p->arena);
}

/* The place of a function is its name. */
static const char *place_of_call(const struct planner *p, const struct partiql_node *call)
{
    return partiql_place(p->statement->text, call->at, call->at + call->text.size, p->arena);
}

bool restrictions_refuse(const struct planner *p, const struct partiql_node *node)
{
    return error_set(p->err, ERR_VALIDATION, "Unsupported operation: %s", partiql_operation_name(node));
}

static const char *function_name(const struct planner *p, const struct partiql_node *call)
{
    char *name = arena_copy_cstr(p->arena, call->text);
    for (char *c = name; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + ('a' - 'A'));
    return name;
}

static bool refuse_function(const struct planner *p, const struct partiql_node *call)
{
    return error_set(p->err, ERR_VALIDATION, "Unrecognized function: %s at %s", function_name(p, call),
                     place_of_call(p, call));
}

static bool wrong_operand_count(const struct planner *p, const char *function,
                                const struct partiql_node *call)
{
    return error_set(p->err, ERR_VALIDATION,
                     "Incorrect number of operands for operator or function; operator or function: %s, "
                     "number of operands: %zu",
                     function, call->operand_count);
}

static bool refuse_node(const struct planner *p, const struct partiql_node *node)
{
    if (node->kind == PARTIQL_CALL)
        return refuse_function(p, node);
    return restrictions_refuse(p, node);
}

/* ------------------------------------------------------------------ paths */

/* Wildcards are a path's only steps that are no place in an item. */
static bool check_path(const struct planner *p, const struct partiql_node *path)
{
    if (path->text.size == 0)
        return refuse(p, "Path component cannot be an empty string");
    for (const struct partiql_node *step = path->operands; step; step = step->next) {
        if (step->kind == PARTIQL_STEP_ALL)
            return error_set(p->err, ERR_VALIDATION, "Unexpected path component at %s", place_of(p, step));
        if (step->kind == PARTIQL_STEP_NAME && step->text.size == 0)
            return refuse(p, "Path component cannot be an empty string");
    }
    return path->operand_count < EXPR_STEPS_MAX ||
           error_set(p->err, ERR_VALIDATION,
                     "The document path has too many nesting levels; nesting levels: %zu",
                     path->operand_count + 1);
}

/* ------------------------------------------------------------------ values */

/* The planner puts parameters anywhere. */
bool restrictions_check_member(const struct planner *p, const struct partiql_node *member,
                               const struct literal_place *place)
{
    bool is_call = member->kind == PARTIQL_CALL;
    if (literal_is_constant(member) && (member->kind != PARTIQL_PARAMETER || !place))
        return true;
    struct slice where = literal_place_text(place, p->arena);
    return error_set(p->err, ERR_VALIDATION, "Unsupported data type: %s under key %.*s at %s",
                     is_call ? function_name(p, member) : partiql_operation_name(member), SLICE_PRINTF(where),
                     is_call ? place_of_call(p, member) : place_of(p, member));
}

/* ------------------------------------------------------------------ conditions */

static bool check_condition(const struct planner *p, const struct partiql_node *node);

static bool check_operand(const struct planner *p, const struct partiql_node *node)
{
    if (literal_is_constant(node))
        return true;
    if (node->kind == PARTIQL_PATH)
        return check_path(p, node);
    enum expr_op op;
    bool size = node->kind == PARTIQL_CALL && condition_function(node->text, &op) && op == OP_SIZE;
    if (size && node->operand_count != 1)
        return wrong_operand_count(p, expr_op_text(OP_SIZE), node);
    if (size)
        return check_operand(p, node->operands);
    return condition_is(node) ? check_condition(p, node) : refuse_node(p, node);
}

static bool check_operands(const struct planner *p, const struct partiql_node *node)
{
    for (const struct partiql_node *operand = node->operands; operand; operand = operand->next)
        if (!check_operand(p, operand))
            return false;
    return true;
}

static size_t function_operand_count(enum expr_op op)
{
    return op == OP_ATTRIBUTE_EXISTS || op == OP_ATTRIBUTE_NOT_EXISTS ? 1 : 2;
}

static bool check_call(const struct planner *p, const struct partiql_node *call)
{
    enum expr_op op;
    if (!condition_function(call->text, &op) || !expr_op_is_condition(op))
        return refuse_function(p, call);
    if (call->operand_count != function_operand_count(op))
        return wrong_operand_count(p, expr_op_text(op), call);
    return check_operands(p, call);
}

/* The type of what is missing, and what a type's name means. */
static bool check_is(const struct planner *p, const struct partiql_node *is)
{
    const struct partiql_node *tested = is->operands;
    bool missing = slice_equal(is->text, SLICE("MISSING"));
    if (!missing && condition_type_named(is->text) == CONDITION_TYPE_NONE)
        return restrictions_refuse(p, is);
    return tested->kind == PARTIQL_PATH ? check_path(p, tested) : refuse_node(p, tested);
}

/* A collection may be a parameter. Of a path it would be whatever is stored there; no expression can ask that. */
static bool check_in(const struct planner *p, const struct partiql_node *in)
{
    const struct partiql_node *collection = in->operands->next;
    if (in->collection && collection->kind != PARTIQL_PARAMETER)
        return restrictions_refuse(p, in);
    return check_operands(p, in);
}

static bool check_conditions(const struct planner *p, const struct partiql_node *node)
{
    for (const struct partiql_node *operand = node->operands; operand; operand = operand->next)
        if (!check_condition(p, operand))
            return false;
    return true;
}

/* Recursion: PARTIQL_DEPTH_MAX. */
static bool check_condition(const struct planner *p, const struct partiql_node *node)
{
    switch ((enum partiql_kind)node->kind) {
    case PARTIQL_OR:
    case PARTIQL_AND:
    case PARTIQL_NOT:
        return check_conditions(p, node);
    case PARTIQL_EQ:
    case PARTIQL_NE:
    case PARTIQL_LT:
    case PARTIQL_LE:
    case PARTIQL_GT:
    case PARTIQL_GE:
    case PARTIQL_BETWEEN:
        return check_operands(p, node);
    case PARTIQL_IN:
        return check_in(p, node);
    case PARTIQL_IS:
        return check_is(p, node);
    case PARTIQL_CALL:
        return check_call(p, node);
    case PARTIQL_NULL:
    case PARTIQL_MISSING:
    case PARTIQL_TRUE:
    case PARTIQL_FALSE:
    case PARTIQL_NUMBER:
    case PARTIQL_STRING:
    case PARTIQL_PARAMETER:
    case PARTIQL_LIST:
    case PARTIQL_TUPLE:
    case PARTIQL_BAG:
    case PARTIQL_PATH:
    case PARTIQL_STEP_NAME:
    case PARTIQL_STEP_INDEX:
    case PARTIQL_STEP_ALL:
    case PARTIQL_LIKE:
    case PARTIQL_PLUS:
    case PARTIQL_MINUS:
    case PARTIQL_TIMES:
    case PARTIQL_DIVIDE:
    case PARTIQL_MODULO:
    case PARTIQL_CONCAT:
    case PARTIQL_NEGATE:
        return refuse_node(p, node);
    }
    UNREACHABLE();
}

/* ------------------------------------------------------------------ SELECT */

static bool check_select(const struct planner *p)
{
    return !p->statement->order_by || p->statement->where ||
           refuse(p, "Must have WHERE clause in the statement when using ORDER BY clause.");
}

/* Ranges may fix any number of attributes. */
bool restrictions_check_source(const struct item_source *source, struct error *err)
{
    const struct key_schema *key = item_source_key(source);
    return (key->hash_count == 1 && key->range_count <= 1) ||
           error_set(err, ERR_VALIDATION,
                     "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or "
                     "multi-attribute RANGE keys.");
}

bool restrictions_check_columns(const struct planner *p)
{
    for (const struct partiql_node *column = p->statement->columns; column; column = column->next) {
        if (column->kind != PARTIQL_PATH)
            return error_set(p->err, ERR_VALIDATION, "Unexpected path component at %s",
                             column->kind == PARTIQL_CALL ? place_of_call(p, column) : place_of(p, column));
        if (!check_path(p, column))
            return false;
    }
    return true;
}

bool restrictions_refuse_column_name(struct slice name, struct error *err)
{
    return error_set(err, ERR_VALIDATION, "Duplicate identifiers in select clause: %.*s", SLICE_PRINTF(name));
}

bool restrictions_check_ranges(size_t count, struct error *err)
{
    enum { DYNAMODB_RANGES_MAX = 50 };
    return count <= DYNAMODB_RANGES_MAX ||
           error_set(err, ERR_VALIDATION, "Too many decomposed read operations for a given query.");
}

/* The planner merges them. */
bool restrictions_check_overlap(bool vague, struct error *err)
{
    return vague || error_set(err, ERR_VALIDATION,
                              "Overlapping conditions with range keys are not supported in where clause");
}

/* ------------------------------------------------------------------ changes */

static bool check_insert(const struct planner *p)
{
    const struct partiql_node *value = p->statement->value;
    return value->kind == PARTIQL_TUPLE || value->kind == PARTIQL_PARAMETER || refuse_node(p, value);
}

/* A path or constant. */
static bool check_simple_operand(const struct planner *p, const struct partiql_node *node)
{
    return node->kind == PARTIQL_PATH ? check_path(p, node)
                                      : literal_is_constant(node) || refuse_node(p, node);
}

static bool check_simple_operands(const struct planner *p, const struct partiql_node *node)
{
    return check_simple_operand(p, node->operands) && check_simple_operand(p, node->operands->next);
}

static bool is_named(const struct partiql_node *call, const char *name)
{
    return call->text.size == strlen(name) && strncasecmp(call->text.data, name, call->text.size) == 0;
}

/* Its name in capitals; NULL: it is none of those that may be assigned. */
static const char *assigned_function(const struct partiql_node *call)
{
    static const char *const names[] = {"LIST_APPEND", "SET_ADD", "SET_DELETE"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (is_named(call, names[i]))
            return names[i];
    return NULL;
}

static bool not_a_set(const struct planner *p, const struct partiql_node *call)
{
    return error_set(p->err, ERR_VALIDATION, "The second argument to %s must be a value with type SET at %s",
                     assigned_function(call), place_of(p, call->operands));
}

/* ADD and DELETE would take whatever path, and ADD numbers. */
static bool check_set_function(const struct planner *p, const struct partiql_node *target,
                               const struct partiql_node *call)
{
    const struct partiql_node *first = call->operands;
    if (first->kind != PARTIQL_PATH || !condition_same_path(first, target))
        return error_set(p->err, ERR_VALIDATION,
                         "The first argument to %s must equal the assignment value at %s",
                         assigned_function(call), place_of_call(p, call));
    return first->next->kind == PARTIQL_BAG || first->next->kind == PARTIQL_PARAMETER || not_a_set(p, call);
}

bool restrictions_check_set(const struct planner *p, const struct partiql_node *call,
                            const struct value *value)
{
    return (value->type >= VALUE_SS && value->type <= VALUE_BS) || not_a_set(p, call);
}

static bool check_assigned_call(const struct planner *p, const struct partiql_change *change)
{
    const struct partiql_node *call = change->value;
    const char *name = assigned_function(call);
    if (!name)
        return refuse_function(p, call);
    if (call->operand_count != 2)
        return error_set(p->err, ERR_VALIDATION, "%s must have exactly two arguments at %s", name,
                         place_of_call(p, call));
    return is_named(call, "LIST_APPEND") ? check_simple_operands(p, call)
                                         : check_set_function(p, change->path, call);
}

static bool check_change(const struct planner *p, const struct partiql_change *change)
{
    if (!check_path(p, change->path))
        return false;
    if (change->kind == PARTIQL_REMOVE)
        return true;
    const struct partiql_node *value = change->value;
    if (value->kind == PARTIQL_PLUS || value->kind == PARTIQL_MINUS)
        return check_simple_operands(p, value);
    return value->kind == PARTIQL_CALL ? check_assigned_call(p, change) : check_simple_operand(p, value);
}

static bool check_changes(const struct planner *p)
{
    for (const struct partiql_change *change = p->statement->changes; change; change = change->next)
        if (!check_change(p, change))
            return false;
    return true;
}

static bool check_returning(const struct planner *p, bool allows_old, const char *rule)
{
    static const char *const names[] = {
        [PARTIQL_RETURNING_ALL_OLD] = "ALL OLD",
        [PARTIQL_RETURNING_ALL_NEW] = "ALL NEW",
        [PARTIQL_RETURNING_MODIFIED_OLD] = "MODIFIED OLD",
        [PARTIQL_RETURNING_MODIFIED_NEW] = "MODIFIED NEW",
    };
    enum partiql_returning returning = p->statement->returning;
    return returning == PARTIQL_RETURNING_NOTHING || (allows_old && returning == PARTIQL_RETURNING_ALL_OLD) ||
           error_set(p->err, ERR_VALIDATION, "Invalid returning clause: RETURNING %s *. %s", names[returning],
                     rule);
}

/* ------------------------------------------------------------------ whole statements */

static bool check_target(const struct planner *p)
{
    const struct partiql_target *target = &p->statement->target;
    bool has_index = !slice_is_none(target->index);
    if (target->table.size == 0 || (has_index && target->index.size == 0))
        return refuse(p, "Path component cannot be an empty string");
    if (!has_index)
        return true;
    switch (p->statement->kind) {
    case PARTIQL_SELECT:
        return true;
    case PARTIQL_INSERT:
        return refuse(p, "FROM clause may only contain a single table name");
    case PARTIQL_UPDATE:
    case PARTIQL_DELETE:
        return refuse(p, "This operation is not supported on an index");
    case PARTIQL_EXISTS:
        return refuse(p, "Reads on indices are not supported within transactions.");
    }
    UNREACHABLE();
}

static bool check_kind(const struct planner *p)
{
    switch (p->statement->kind) {
    case PARTIQL_SELECT:
    case PARTIQL_EXISTS:
        return check_select(p);
    case PARTIQL_INSERT:
        return check_insert(p) && check_returning(p, false, "RETURNING is not allowed in INSERT statements.");
    case PARTIQL_UPDATE:
        return check_changes(p);
    case PARTIQL_DELETE:
        return check_returning(p, true, "Only RETURNING ALL OLD * is allowed in DELETE statements.");
    }
    UNREACHABLE();
}

bool partiql_check(const struct partiql_statement *statement, size_t parameter_count, struct error *err)
{
    const struct planner p = {.statement = statement, .arena = err->arena, .err = err};
    if (statement->parameter_count != parameter_count)
        return refuse(&p, "Number of parameters in request and statement don't match.");
    return check_target(&p) && check_kind(&p) && (!statement->where || check_condition(&p, statement->where));
}
