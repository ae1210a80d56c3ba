/* INSERT, UPDATE, DELETE and EXISTS: one change of one item. */
#include "partiql/plan_priv.h"

#include "base/contract.h"
#include "engine/index.h"
#include "expr/update.h"
#include "item/value_builder.h"

#include <strings.h>

/* ------------------------------------------------------------------ refusals */

/* The error is about the item, not the statement: a transaction is canceled for it. */
static bool refused(const struct planner *p, struct partiql_plan *plan)
{
    plan->refusal = p->err->message;
    return false;
}

/* The same, but for a transaction in the words of a Key map. */
static bool refused_key(const struct planner *p, struct partiql_plan *plan, const char *text)
{
    error_set(p->err, ERR_VALIDATION, "%s", text);
    plan->refusal = "The provided key element does not match the schema";
    return false;
}

/* ------------------------------------------------------------------ INSERT */

bool write_inserted(const struct planner *p, struct slice *item_out)
{
    const struct partiql_node *value = p->statement->value;
    if (value->kind == PARTIQL_PARAMETER && p->parameters[value->number].type != VALUE_M)
        return restrictions_refuse(p, value);
    return literal_item(p, value, item_out);
}

static bool check_size(struct slice item, struct error *err)
{
    return item_size_bytes(item) <= ITEM_SIZE_BYTES_MAX ||
           error_set(err, ERR_VALIDATION, "Item size has exceeded the maximum allowed size");
}

static bool plan_insert(const struct planner *p, struct partiql_plan *plan)
{
    const struct conjuncts none = {.count = 0};
    struct item_change *change = &plan->change;
    change->action = ITEM_PUT;
    if (!write_inserted(p, &change->item))
        return false;
    if (!check_size(change->item, p->err) || !item_key_of_item(p->table, change->item, &plan->key, p->err) ||
        !index_check_put(p->table, change->item, p->err))
        return refused(p, plan);
    plan->has_key = true;
    return condition_make(p, EXPR_CONDITION, &none, GUARD_EXISTS_NOT, &change->condition);
}

/* ------------------------------------------------------------------ the key in WHERE */

void write_key_map(const struct planner *p, const struct key_condition *conditions, size_t count,
                   struct slice *map_out)
{
    struct value_builder b;
    value_builder_init(&b, p->arena, 64);
    struct value_builder_mark mark = value_builder_begin_item(&b);
    for (size_t i = 0; i < count; i++) {
        uint32_t member;
        bool begun = value_builder_entry_begin(&b, conditions[i].attribute, &member);
        INVARIANT(begun);
        value_builder_member_end(&b, member, value_builder_copy(&b, &conditions[i].operand));
    }
    *map_out = value_builder_end_item(&b, mark);
}

struct where_key {
    struct key_condition equal[2]; /* the partition key's, then the sort key's */
    bool found[2];
    const struct key_attribute *again; /* one that is compared with another value, too; NULL: none */
    struct conjuncts rest;             /* conditions beside the key */
};

static bool take_conjunct(const struct planner *p, const struct partiql_node *node, struct where_key *out)
{
    const struct key_schema *key = &p->table->key;
    struct key_term term;
    bool failed;
    bool equality = access_key_term(p, key, node, &term, &failed) && term.condition.comparison == KEY_EQ;
    if (failed)
        return false;
    unsigned number = equality && !term.is_hash;
    if (equality && !out->found[number]) {
        out->found[number] = true;
        out->equal[number] = term.condition;
        return true;
    }
    if (equality && value_equal(&out->equal[number].operand, &term.condition.operand))
        return true;
    if (equality && !out->again)
        out->again = term.is_hash ? &key->hash[0] : &key->range[0];
    out->rest.at[out->rest.count++] = node;
    return true;
}

/* Equalities with constants between the ANDs of WHERE; the first of each attribute is its value. */
static bool read_where(const struct planner *p, struct where_key *out)
{
    struct conjuncts all;
    condition_conjuncts(p, &all);
    *out =
        (struct where_key){.rest = {.at = ARENA_NEW_ARRAY(p->arena, const struct partiql_node *, all.count)}};
    for (size_t i = 0; i < all.count; i++)
        if (!take_conjunct(p, all.at[i], out))
            return false;
    return true;
}

static bool has_whole_key(const struct planner *p, const struct where_key *where)
{
    return where->found[0] && (p->table->key.range_count == 0 || where->found[1]);
}

static bool take_where_key(const struct planner *p, const struct where_key *where, struct partiql_plan *plan)
{
    unsigned count = p->table->key.hash_count + p->table->key.range_count;
    write_key_map(p, where->equal, count, &plan->change.item);
    plan->has_key = item_key_of_map(p->table, plan->change.item, &plan->key, p->err);
    return plan->has_key || refused(p, plan);
}

/* The key of an UPDATE or DELETE, and what else WHERE asks for. */
static bool plan_changed_item(const struct planner *p, struct where_key *where, struct partiql_plan *plan)
{
    if (!read_where(p, where))
        return false;
    if (!has_whole_key(p, where))
        return refused_key(p, plan,
                           "Where clause does not contain a mandatory equality on all key attributes");
    if (!where->again)
        return take_where_key(p, where, plan);
    error_set(p->err, ERR_VALIDATION,
              "Multiple conditions on same key %.*s. Only single item Update/Insert/Delete are supported",
              SLICE_PRINTF(where->again->name));
    return refused(p, plan);
}

/* ------------------------------------------------------------------ UPDATE */

static bool is_named(const struct partiql_node *call, const char *name)
{
    return call->text.size == strlen(name) && strncasecmp(call->text.data, name, call->text.size) == 0;
}

static bool push_operand(const struct planner *p, const struct partiql_node *node, struct expr_builder *b)
{
    if (node->kind == PARTIQL_PATH) {
        struct expr_step steps[EXPR_STEPS_MAX];
        expr_builder_path(b, steps, condition_path(node, steps));
        return true;
    }
    struct value value;
    if (!literal_value(p, node, &value))
        return false;
    expr_builder_value(b, &value);
    return true;
}

static bool push_operator(const struct planner *p, enum expr_op op, const struct partiql_node *node,
                          struct expr_builder *b)
{
    if (!push_operand(p, node->operands, b) || !push_operand(p, node->operands->next, b))
        return false;
    expr_builder_operator(b, op, 2);
    return true;
}

/* What set_add() and set_delete() add to their path, or take from it. */
static bool push_set(const struct planner *p, const struct partiql_node *call, struct expr_builder *b)
{
    struct value set;
    if (!literal_value(p, call->operands->next, &set) || !restrictions_check_set(p, call, &set))
        return false;
    expr_builder_value(b, &set);
    return true;
}

/* Pushes what is assigned; *kind is how. */
static bool push_assigned(const struct planner *p, const struct partiql_node *value, struct expr_builder *b,
                          enum update_action_kind *kind)
{
    *kind = ACTION_SET;
    if (value->kind == PARTIQL_PLUS || value->kind == PARTIQL_MINUS)
        return push_operator(p, value->kind == PARTIQL_PLUS ? OP_PLUS : OP_MINUS, value, b);
    if (value->kind != PARTIQL_CALL)
        return push_operand(p, value, b);
    if (is_named(value, "LIST_APPEND"))
        return push_operator(p, OP_LIST_APPEND, value, b);
    *kind = is_named(value, "SET_ADD") ? ACTION_ADD : ACTION_DELETE;
    return push_set(p, value, b);
}

bool write_update(const struct planner *p, const struct expr **update_out)
{
    struct expr_builder *b = expr_builder_new(EXPR_UPDATE, p->arena);
    for (const struct partiql_change *change = p->statement->changes; change; change = change->next) {
        struct expr_step steps[EXPR_STEPS_MAX];
        size_t count = condition_path(change->path, steps);
        enum update_action_kind kind = ACTION_REMOVE;
        if (change->kind == PARTIQL_SET && !push_assigned(p, change->value, b, &kind))
            return false;
        expr_builder_action(b, kind, steps, count);
    }
    struct expr *update;
    if (!expr_builder_end_checked(b, &update, p->err))
        return false;
    *update_out = update;
    return true;
}

static bool check_targets(const struct planner *p, const struct expr *update)
{
    for (size_t i = 0; i < expr_update_target_count(update); i++) {
        struct slice target = expr_update_target(update, i);
        if (item_key_has_attribute(&p->table->key, target))
            return error_set(p->err, ERR_VALIDATION,
                             "One or more parameter values were invalid: Cannot update attribute %.*s. This "
                             "attribute is part of the key",
                             SLICE_PRINTF(target));
    }
    return true;
}

static bool plan_update(const struct planner *p, struct partiql_plan *plan)
{
    struct where_key where;
    struct item_change *change = &plan->change;
    change->action = ITEM_UPDATE;
    if (!write_update(p, &change->update) || !plan_changed_item(p, &where, plan))
        return false;
    if (!check_targets(p, change->update) || !index_check_update(p->table, change->update, p->err))
        return refused(p, plan);
    return condition_make(p, EXPR_CONDITION, &where.rest, GUARD_EXISTS, &change->condition);
}

/* ------------------------------------------------------------------ DELETE and EXISTS */

static bool plan_delete(const struct planner *p, struct partiql_plan *plan)
{
    struct where_key where;
    plan->change.action = ITEM_DELETE;
    return plan_changed_item(p, &where, plan) &&
           condition_make(p, EXPR_CONDITION, &where.rest, GUARD_MAY_MISS, &plan->change.condition);
}

static bool plan_exists(const struct planner *p, struct partiql_plan *plan)
{
    struct where_key where;
    plan->change.action = ITEM_CHECK;
    if (!read_where(p, &where))
        return false;
    if (!has_whole_key(p, &where) || where.rest.count == 0)
        return error_set(p->err, ERR_VALIDATION,
                         "EXISTS() must contain a single item read with additional condition");
    return take_where_key(p, &where, plan) &&
           condition_make(p, EXPR_CONDITION, &where.rest, GUARD_NOTHING, &plan->change.condition);
}

bool write_plan(const struct planner *p, struct partiql_plan *plan)
{
    bool planned = p->statement->kind == PARTIQL_INSERT   ? plan_insert(p, plan)
                   : p->statement->kind == PARTIQL_UPDATE ? plan_update(p, plan)
                   : p->statement->kind == PARTIQL_DELETE ? plan_delete(p, plan)
                                                          : plan_exists(p, plan);
    plan->change.table = p->table;
    plan->change.key = plan->key;
    return planned;
}
