/* evaluate_priv.h - reading an item by paths, which conditions and updates share. */
#ifndef STATOR_EXPR_EVALUATE_PRIV_H
#define STATOR_EXPR_EVALUATE_PRIV_H

#include "expr/bound_priv.h"

/* One step down: a member of a map by name, an element of a list by index. false: there is none. */
[[nodiscard]] bool expr_descend(const struct bound_element *element, const struct value *parent,
                                struct value *out);
/* What stands at the end of a path. */
[[nodiscard]] bool expr_path_value(const struct expr *e, const struct path *path,
                                   const struct value *attributes, struct value *out);

#endif
