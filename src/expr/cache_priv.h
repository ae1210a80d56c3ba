/* cache_priv.h - parsed expressions by kind and text: expr_cache of expr.h from inside.
 * Levels:  a small table of each thread's own, which needs no lock, before a table shared by all, cut into shards with a
 *          lock each. Both hold references, so an entry may be dropped while requests still use its tree.
 * See:     README.md, section Cache. */
#ifndef STATOR_EXPR_CACHE_PRIV_H
#define STATOR_EXPR_CACHE_PRIV_H

#include "expr/tree_priv.h"

/* The parsed expression with a reference that the caller must give back. Fails as expr_tree_parse(); what fails is not
 * kept. */
[[nodiscard]] bool expr_cache_take(struct expr_cache *cache, enum expr_kind kind, struct slice text,
                                   struct arena *arena, struct expr_tree **tree_out, struct error *err);

/* Whether the shared table holds it now; for tests. */
bool expr_cache_holds(struct expr_cache *cache, enum expr_kind kind, struct slice text);

/* Gives back what the calling thread keeps for itself; otherwise that happens when it ends. */
void expr_cache_forget_thread(void);

#endif
