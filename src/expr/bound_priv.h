/* bound_priv.h - an expression bound to one request: the shared tree beside arrays that give its symbols a meaning.
 * Owns:    nothing; all of it lives in the request's arena, whose cleanup gives the tree back.
 * Threads: nothing in it changes after expr_bind(). */
#ifndef STATOR_EXPR_BOUND_PRIV_H
#define STATOR_EXPR_BOUND_PRIV_H

#include "base/buf.h"
#include "expr/tree_priv.h"

/* One step of a path: a member's name, or if that is SLICE_NONE an element's index. */
struct bound_element {
    struct slice name;
    uint32_t index;
};

struct top_level_name {
    struct slice name;
    bool nested; /* some path goes on below it */
};

struct selection; /* selection_priv.h */

/* Where an expression comes from: texts of errors differ, and some rules. */
enum expr_origin {
    EXPR_PARSED,
    EXPR_LEGACY, /* of the older parameters */
    EXPR_BUILT,  /* otherwise made by a builder */
};

struct expr {
    struct expr_tree *tree;
    struct arena *arena;
    bool bound;
    struct bound_element *elements; /* numbered as tree->elements */
    struct value *values;           /* numbered as tree->values */
    struct top_level_name *top_levels;
    size_t top_level_count;
    struct key_conditions *key;        /* EXPR_KEY_CONDITION */
    const struct selection *selection; /* EXPR_PROJECTION: the paths; EXPR_UPDATE: the targets. The root */
    struct slice *targets; /* EXPR_UPDATE: top-level attributes written, in the order of the text */
    size_t target_count;
    const struct slice
        *wanted; /* EXPR_PROJECTION made of AttributesToGet, instead of a selection: the names, sorted */
    size_t wanted_count;
    enum expr_origin origin;
};

static inline const struct bound_element *expr_path_elements(const struct expr *e, const struct path *path)
{
    return &e->elements[path->element];
}

/* "[a, b, [0]]" */
struct slice expr_path_text(const struct expr *e, const struct path *path);

/* "Invalid FilterExpression: "; of what was built nothing, since no parameter has it. */
const char *expr_error_prefix(const struct expr *e);

/* Fails with that and the text. */
#define expr_invalid(e, err, format, ...) \
    error_set((err), ERR_VALIDATION, "%s" format, expr_error_prefix(e), ##__VA_ARGS__)

/* Checks of one operator or function; of other nodes there is nothing to check. */
typedef bool expr_check(const struct expr *e, const struct expr_node *node, struct error *err);
expr_check expr_check_operand_count;
expr_check expr_check_distinct;
expr_check expr_check_operand_types;

/* All three of a whole expression, in the order in which DynamoDB makes them of its kind. */
[[nodiscard]] bool expr_bind_check(const struct expr *e, struct error *err);

/* Steps of expr_bind(), after all placeholders are resolved: elements and values are there. */
[[nodiscard]] bool expr_bind_key_conditions(struct expr *e, struct error *err);
/* Fails: paths of a projection, or targets of an update, overlap or conflict. */
[[nodiscard]] bool expr_bind_selection(struct expr *e, struct error *err);
void expr_bind_top_levels(struct expr *e);

/* expr_project() for e->wanted. */
void expr_project_wanted(const struct expr *e, struct slice item, struct json_writer *w);

#endif
