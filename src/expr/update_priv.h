/* update_priv.h - one update being applied to one item, in two steps: first what every action makes of the item as it was
 * (update_changes.c), where all that can be wrong is found in the order of the text; then the item with all of that in
 * place (update.c). */
#ifndef STATOR_EXPR_UPDATE_PRIV_H
#define STATOR_EXPR_UPDATE_PRIV_H

#include "expr/bound_priv.h"
#include "item/value_splice.h"

enum change_kind {
    CHANGE_NOTHING,
    CHANGE_PUT,
    CHANGE_REMOVE,
};

/* What an action does to its target. */
struct change {
    enum change_kind kind;
    struct value value;                /* CHANGE_PUT */
    const struct value_splice *splice; /* CHANGE_PUT: makes the value, if it is not NULL */
};

struct update {
    const struct expr *e;
    struct value attributes; /* of the item as it was, or of the key */
    struct arena *arena;
    struct error *err;
    struct change *changes; /* numbered as tree->actions */
    bool too_deep;          /* some value would nest too deep where it is put */
};

/* Fills u->changes. Fails with DynamoDB's text for the first action that cannot be. */
[[nodiscard]] bool update_work_out(struct update *u);

#endif
