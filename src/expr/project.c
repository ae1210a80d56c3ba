#include "expr/expr.h"

#include "base/contract.h"
#include "expr/selection_priv.h"

void expr_project(const struct expr *e, struct slice item, struct json_writer *w)
{
    PRE(e->bound && e->tree->kind == EXPR_PROJECTION);
    if (e->wanted) {
        expr_project_wanted(e, item, w);
        return;
    }
    if (expr_selection_write(e->selection, item, w))
        return;
    json_begin_object(w);
    json_end_object(w);
}
