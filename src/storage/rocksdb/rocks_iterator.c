/* RocksDB iterators, kept for the next scan. Making and destroying one costs as much as stepping over ten items, and says
 * nothing about the range: one iterator serves any number of partitions of the same state, one after the other. So a view
 * keeps a few that are not in use. What an iterator holds besides, memtables and files that RocksDB would give up, is given
 * back with the view, which the next commit replaces, or by the keeper.
 *
 * RocksDB reads the bounds where the read options have them whenever it seeks, so they can be set for each scan. */
#include "base/contract.h"
#include "storage/rocksdb/rocks_priv.h"

#include <stdlib.h>

struct rocks_iterator {
    rocksdb_iterator_t *iterator;
    rocksdb_readoptions_t *read; /* has the bounds, which are borrowed */
};

/* ------------------------------------------------------------------ one */

static struct rocks_iterator *new_iterator(struct rocks *r, const struct rocks_view *view,
                                           const struct rocks_scan *scan)
{
    struct rocks_iterator *it = malloc(sizeof *it);
    INVARIANT(it != NULL);
    it->read = rocksdb_readoptions_create();
    if (view)
        rocksdb_readoptions_set_snapshot(it->read, view->snapshot);
    rocksdb_readoptions_set_total_order_seek(it->read, !scan->within_prefix);
    rocksdb_readoptions_set_fill_cache(it->read, scan->keep_in_cache);
    rocksdb_readoptions_set_iterate_lower_bound(it->read, scan->lower.data, scan->lower.size);
    if (scan->upper.size > 0)
        rocksdb_readoptions_set_iterate_upper_bound(it->read, scan->upper.data, scan->upper.size);
    it->iterator = rocksdb_create_iterator_cf(r->db, it->read, rocks_family(r, scan->lower));
    return it;
}

static void destroy(struct rocks_iterator *it)
{
    rocksdb_iter_destroy(it->iterator);
    rocksdb_readoptions_destroy(it->read);
    free(it);
}

rocksdb_iterator_t *rocks_iterator_handle(const struct rocks_iterator *it)
{
    return it->iterator;
}

/* ------------------------------------------------------------------ those not in use */

/* Threads begin at different slots, so that each mostly finds its own. */
static unsigned first_slot(void)
{
    static _Atomic unsigned threads;
    static _Thread_local unsigned mine;
    if (mine == 0)
        mine = 1 + atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) % ROCKS_IDLE_ITERATORS;
    return mine - 1;
}

static struct rocks_iterator *take_idle(struct rocks_view *view)
{
    unsigned first = first_slot();
    for (unsigned i = 0; i < ROCKS_IDLE_ITERATORS; i++) {
        _Atomic(struct rocks_iterator *) *slot = &view->idle[(first + i) % ROCKS_IDLE_ITERATORS].iterator;
        if (!atomic_load_explicit(slot, memory_order_relaxed))
            continue;
        struct rocks_iterator *it = atomic_exchange_explicit(slot, NULL, memory_order_acq_rel);
        if (it)
            return it;
    }
    return NULL;
}

static bool keep_idle(struct rocks_view *view, struct rocks_iterator *it)
{
    unsigned first = first_slot();
    for (unsigned i = 0; i < ROCKS_IDLE_ITERATORS; i++) {
        struct rocks_iterator *none = NULL;
        if (atomic_compare_exchange_strong_explicit(&view->idle[(first + i) % ROCKS_IDLE_ITERATORS].iterator,
                                                    &none, it, memory_order_acq_rel, memory_order_relaxed))
            return true;
    }
    return false;
}

void rocks_view_drop_idle(struct rocks_view *view)
{
    for (unsigned i = 0; i < ROCKS_IDLE_ITERATORS; i++) {
        struct rocks_iterator *it =
            atomic_exchange_explicit(&view->idle[i].iterator, NULL, memory_order_acq_rel);
        if (it)
            destroy(it);
    }
}

/* ------------------------------------------------------------------ for cursors */

/* Iterators of this kind differ in their bounds only. */
static bool is_common(const struct rocks *r, const struct rocks_scan *scan)
{
    return scan->within_prefix && scan->keep_in_cache && scan->upper.size > 0 &&
           rocks_family(r, scan->lower) == r->families[ROCKS_FAMILY_DEFAULT];
}

struct rocks_iterator *rocks_iterator_open(struct rocks *r, struct rocks_view *view,
                                           const struct rocks_scan *scan)
{
    struct rocks_iterator *it = view && is_common(r, scan) ? take_idle(view) : NULL;
    if (!it)
        return new_iterator(r, view, scan);
    rocksdb_readoptions_set_iterate_lower_bound(it->read, scan->lower.data, scan->lower.size);
    rocksdb_readoptions_set_iterate_upper_bound(it->read, scan->upper.data, scan->upper.size);
    return it;
}

/* One that has failed would fail again. */
void rocks_iterator_close(struct rocks_iterator *it, struct rocks_view *view, const struct rocks_scan *scan)
{
    char *text = NULL;
    rocksdb_iter_get_error(it->iterator, &text);
    if (text || !view || !is_common(view->store, scan) || !keep_idle(view, it))
        destroy(it);
    rocksdb_free(text);
}
