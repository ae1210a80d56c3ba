/* plan_priv.h - what the parts of the planner share: plan.c (SELECT, the way in), plan_access.c (WHERE to ranges, with
 * plan_access_priv.h), plan_index.c (what an index holds), plan_write.c (changes), plan_condition.c (conditions as expressions),
 * literal.c (values), plan_row.c (rows); restrictions.c has what DynamoDB refuses today although the rest could do it. */
#ifndef STATOR_PARTIQL_PLAN_PRIV_H
#define STATOR_PARTIQL_PLAN_PRIV_H

#include "expr/builder.h"
#include "partiql/plan.h"

/* One statement being planned. */
struct planner {
    const struct partiql_statement *statement;
    const struct value *parameters;
    const struct table *table; /* NULL: only values and operands are looked at */
    struct arena *arena;
    struct error *err;
};

/* ------------------------------------------------------------------ literal.c */

/* Whether a node stands for one value whatever the item. Of constructors what they hold is not looked at. */
bool literal_is_constant(const struct partiql_node *node);
/* PRE: it does. */
[[nodiscard]] bool literal_value(const struct planner *p, const struct partiql_node *node, struct value *out);
/* The item that an INSERT is to put. PRE: a tuple or parameter. */
[[nodiscard]] bool literal_item(const struct planner *p, const struct partiql_node *node,
                                struct slice *item_out);

/* Where inside a value something stands; NULL: it is the value. */
struct literal_place {
    const struct literal_place *outer;
    struct slice name; /* SLICE_NONE: an element */
    size_t index;
};
/* "root.a[0]" */
struct slice literal_place_text(const struct literal_place *place, struct arena *arena);

/* ------------------------------------------------------------------ plan_condition.c */

/* The functions that may stand in conditions. false: there is no such function. */
[[nodiscard]] bool condition_function(struct slice name, enum expr_op *op_out);
/* The type that IS means by a name, or a negative number. */
enum { CONDITION_TYPE_NONE = -1 };
int condition_type_named(struct slice name);
/* Whether a node comes to true or false. */
bool condition_is(const struct partiql_node *node);

/* A path's steps. PRE: restrictions_check_path(). */
size_t condition_path(const struct partiql_node *path, struct expr_step steps[EXPR_STEPS_MAX]);
/* Whether two paths are spelled alike. */
bool condition_same_path(const struct partiql_node *a, const struct partiql_node *b);

/* Conditions that all have to hold. */
struct conjuncts {
    const struct partiql_node **at;
    size_t count;
};
/* WHERE taken apart at its ANDs, those between parentheses too. */
void condition_conjuncts(const struct planner *p, struct conjuncts *out);

/* What is asked of the item beside the conditions. */
enum condition_guard {
    GUARD_NOTHING,
    GUARD_EXISTS,     /* and it exists */
    GUARD_MAY_MISS,   /* or there is none */
    GUARD_EXISTS_NOT, /* there is none; PRE: no conditions */
};
/* *expr_out is NULL if nothing is asked. PRE: but for GUARD_NOTHING, the table is known. */
[[nodiscard]] bool condition_make(const struct planner *p, enum expr_kind kind,
                                  const struct conjuncts *conjuncts, enum condition_guard guard,
                                  const struct expr **expr_out);

/* ------------------------------------------------------------------ plan_access.c */

/* `attribute op constant`, whatever side the constant stood on, of a key attribute. */
struct key_term {
    struct key_condition condition;
    bool is_hash;
    unsigned number; /* of the attribute, in its part of the key */
};
/* false: the condition is no such comparison, or (*failed) its value could not be made. */
[[nodiscard]] bool access_key_term(const struct planner *p, const struct key_schema *key,
                                   const struct partiql_node *node, struct key_term *out, bool *failed);

/* Fills source's ranges, reverse, filter, has_key and key of a SELECT. PRE: plan->source. */
[[nodiscard]] bool access_plan(const struct planner *p, struct partiql_plan *plan);

/* ------------------------------------------------------------------ plan_index.c */

/* The conditions that are left to be a range's filter; they may name what the index does not hold. */
struct index_filter {
    const struct value *partition;
    const struct partiql_node *const *conditions;
    size_t count;
};
/* Whether the index holds what the filters of all ranges ask for. PRE: source->index. */
[[nodiscard]] bool index_check_filters(const struct planner *p, const struct table_index *index,
                                       const struct index_filter *filters, size_t count);
/* And what the columns do: a global index must, of a local one it is fetched. */
[[nodiscard]] bool index_check_columns(const struct planner *p, const struct item_source *source);

/* ------------------------------------------------------------------ plan_write.c, plan_row.c */

[[nodiscard]] bool write_plan(const struct planner *p, struct partiql_plan *plan);
/* What an INSERT puts, whatever its table. */
[[nodiscard]] bool write_inserted(const struct planner *p, struct slice *item_out);
/* Attributes with these values, as a stored map. */
void write_key_map(const struct planner *p, const struct key_condition *conditions, size_t count,
                   struct slice *map_out);
/* The update of an UPDATE. */
[[nodiscard]] bool write_update(const struct planner *p, const struct expr **update_out);

/* SELECT's columns, in plan->columns and plan->projection. */
[[nodiscard]] bool row_plan(const struct planner *p, struct partiql_plan *plan);

/* ------------------------------------------------------------------ restrictions.c */

/* What stands in a tuple, list or bag; at the root, which has no place, in the tuple of an INSERT. */
[[nodiscard]] bool restrictions_check_member(const struct planner *p, const struct partiql_node *member,
                                             const struct literal_place *place);
/* The second argument of set_add() and set_delete(). */
[[nodiscard]] bool restrictions_check_set(const struct planner *p, const struct partiql_node *call,
                                          const struct value *value);
/* How many ranges a SELECT reads. */
[[nodiscard]] bool restrictions_check_ranges(size_t count, struct error *err);
/* Two ranges have entries in common. `vague`: one of them is for a condition on the sort key that no range can say. */
[[nodiscard]] bool restrictions_check_overlap(bool vague, struct error *err);
/* Of a SELECT, once its source is known. */
[[nodiscard]] bool restrictions_check_source(const struct item_source *source, struct error *err);
[[nodiscard]] bool restrictions_check_columns(const struct planner *p);
/* Always false: two columns have this name. */
bool restrictions_refuse_column_name(struct slice name, struct error *err);
/* "Unsupported operation: Like"; always false. */
bool restrictions_refuse(const struct planner *p, const struct partiql_node *node);

#endif
