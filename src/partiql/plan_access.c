/* In which order ranges are read, and what of a plan they are. */
#include "partiql/plan_access_priv.h"

#include "base/contract.h"

/* ------------------------------------------------------------------ order */

/* A condition of ORDER BY, found in the key. */
static bool order_term(const struct key_schema *key, const struct partiql_order *order, struct key_term *out)
{
    return alternatives_key_attribute(key, order->key, out);
}

static bool check_order_keys(const struct access *a)
{
    for (const struct partiql_order *order = a->p->statement->order_by; order; order = order->next) {
        struct key_term term;
        if (order_term(a->key, order, &term))
            continue;
        struct slice name = order->key->kind == PARTIQL_PATH
                                ? order->key->text
                                : slice_of(a->p->statement->text.data + order->key->at,
                                           (size_t)order->key->end - order->key->at);
        return error_set(a->p->err, ERR_VALIDATION,
                         "Attribute %.*s in ORDER BY clause must be part of the primary key",
                         SLICE_PRINTF(name));
    }
    return true;
}

/* Entries of one partition can be had in the order of the sort key or in the opposite one: nothing else can be asked of its
 * attributes than that, from the first on. */
static bool check_order_directions(const struct access *a)
{
    const struct partiql_order *first = NULL;
    unsigned expected = 0;
    for (const struct partiql_order *order = a->p->statement->order_by; order; order = order->next) {
        struct key_term term;
        bool found = order_term(a->key, order, &term);
        INVARIANT(found);
        if (term.is_hash)
            continue;
        if (!first)
            first = order;
        if (term.number != expected++ || order->descending != first->descending)
            return error_set(a->p->err, ERR_VALIDATION,
                             "Attributes of the sort key must be in the order of the key schema, and in one "
                             "direction, in ORDER BY clause.");
    }
    return true;
}

/* Several partitions are put in order by what comes first. */
static bool check_order_of_groups(const struct access *a)
{
    unsigned hashes = 0;
    for (const struct partiql_order *order = a->p->statement->order_by; order; order = order->next) {
        struct key_term term;
        bool found = order_term(a->key, order, &term);
        INVARIANT(found);
        if (!term.is_hash)
            break;
        hashes |= 1u << term.number;
    }
    return hashes == (1u << a->key->hash_count) - 1 ||
           error_set(
               a->p->err, ERR_VALIDATION,
               "Must have hash key in ORDER BY clause when more than one hash key condition specified in "
               "WHERE clause.");
}

/* DynamoDB reads from the end unless the sort key is asked for in rising order, even if ORDER BY names the partition key
 * alone. */
static bool is_reverse(const struct access *a)
{
    const struct partiql_order *order = a->p->statement->order_by;
    bool any = order != NULL;
    for (; order; order = order->next) {
        struct key_term term;
        if (order_term(a->key, order, &term) && !term.is_hash)
            return order->descending;
    }
    return any;
}

static int compare_groups(const struct access *a, const struct range *x, const struct range *y)
{
    for (const struct partiql_order *order = a->p->statement->order_by; order; order = order->next) {
        struct key_term term;
        if (!order_term(a->key, order, &term) || !term.is_hash)
            break;
        int compared = value_compare(&x->conditions.conditions[term.number].operand,
                                     &y->conditions.conditions[term.number].operand);
        if (compared != 0)
            return order->descending ? -compared : compared;
    }
    return (x->group > y->group) - (x->group < y->group);
}

static int compare_ranges(const struct access *a, bool reverse, const struct range *x, const struct range *y)
{
    if (x->group != y->group)
        return compare_groups(a, x, y);
    return reverse ? ranges_compare_sorts(a, y, x) : ranges_compare_sorts(a, x, y);
}

/* In the order in which they are to be read. They are few. */
static void sort_ranges(const struct access *a, bool reverse, struct ranges *ranges)
{
    for (size_t i = 1; i < ranges->count; i++) {
        struct range range = ranges->at[i];
        size_t at = i;
        for (; at > 0 && compare_ranges(a, reverse, &range, &ranges->at[at - 1]) < 0; at--)
            ranges->at[at] = ranges->at[at - 1];
        ranges->at[at] = range;
    }
}

static bool plan_order(const struct access *a, struct ranges *ranges, struct partiql_plan *plan)
{
    if (a->p->statement->order_by &&
        (!check_order_directions(a) || (ranges->group_count > 1 && !check_order_of_groups(a))))
        return false;
    plan->reverse = is_reverse(a);
    sort_ranges(a, plan->reverse, ranges);
    return true;
}

/* ------------------------------------------------------------------ the plan */

static void take_ranges(const struct planner *p, const struct ranges *ranges, struct partiql_plan *plan)
{
    struct key_conditions *taken = ARENA_NEW_ARRAY(p->arena, struct key_conditions, ranges->count);
    for (size_t i = 0; i < ranges->count; i++)
        taken[i] = ranges->at[i].conditions;
    plan->is_query = true;
    plan->ranges = taken;
    plan->range_count = ranges->count;
}

static bool is_one_key(const struct access *a, const struct ranges *ranges)
{
    const struct key_conditions *conditions = &ranges->at[0].conditions;
    return ranges->count == 1 && conditions->count == a->key->hash_count + a->key->range_count &&
           conditions->conditions[conditions->count - 1].comparison == KEY_EQ;
}

static bool take_key(const struct access *a, const struct ranges *ranges, struct partiql_plan *plan)
{
    if (plan->source.index || !is_one_key(a, ranges))
        return true;
    struct slice map;
    plan->has_key = true;
    const struct key_conditions *conditions = &ranges->at[0].conditions;
    write_key_map(a->p, conditions->conditions, conditions->count, &map);
    return item_key_of_map(a->p->table, map, &plan->key, a->p->err);
}

static bool check_index(const struct access *a, const struct ranges *ranges, const struct partiql_plan *plan)
{
    if (!plan->source.index || ranges->some_contradictory)
        return true;
    struct index_filter *filters = ARENA_NEW_ARRAY(a->p->arena, struct index_filter, ranges->count);
    for (size_t i = 0; i < ranges->count; i++)
        filters[i] = (struct index_filter){&ranges->at[i].conditions.conditions[0].operand,
                                           ranges->at[i].rest, ranges->at[i].rest_count};
    return index_check_filters(a->p, plan->source.index, filters, ranges->count);
}

/* `left`: of each conjunct, whether the filter has it; NULL: it has all. */
static bool make_filter(const struct access *a, const bool *left, struct partiql_plan *plan)
{
    size_t count = a->conjuncts.count;
    struct conjuncts filter = {.at = ARENA_NEW_ARRAY(a->p->arena, const struct partiql_node *, count)};
    for (size_t i = 0; i < count; i++)
        if (!left || left[i])
            filter.at[filter.count++] = a->conjuncts.at[i];
    return condition_make(a->p, EXPR_FILTER, &filter, GUARD_NOTHING, &plan->filter);
}

static bool plan_query(const struct access *a, struct partiql_plan *plan)
{
    struct alternatives *set = ARENA_NEW(a->p->arena, struct alternatives);
    struct ranges ranges;
    if (!alternatives_find(a, set) ||
        !restrictions_check_ranges(set->too_many ? PARTIQL_RANGES_MAX + 1 : set->count, a->p->err) ||
        !ranges_make(a, set, &ranges) || !plan_order(a, &ranges, plan) || !check_index(a, &ranges, plan))
        return false;
    take_ranges(a->p, &ranges, plan);
    return take_key(a, &ranges, plan) && make_filter(a, ranges.left, plan);
}

bool access_plan(const struct planner *p, struct partiql_plan *plan)
{
    struct access a = {.p = p, .plan = plan, .key = item_source_key(&plan->source)};
    condition_conjuncts(p, &a.conjuncts);
    if (!check_order_keys(&a))
        return false;
    if (alternatives_fix_partition(&a))
        return plan_query(&a, plan);
    if (p->statement->order_by)
        return error_set(p->err, ERR_VALIDATION,
                         "Must have at least one non-optional hash key condition in WHERE clause when using "
                         "ORDER BY clause.");
    return make_filter(&a, NULL, plan);
}
