/* An alternative as a range of keys, and what ranges are to each other. */
#include "partiql/plan_access_priv.h"

#include "base/contract.h"

/* ------------------------------------------------------------------ one range */

/* A transaction is canceled for it, in other words. */
static bool wrong_type(const struct access *a, const struct key_attribute *attribute)
{
    a->plan->refusal = "The provided key element does not match the schema";
    return error_set(a->p->err, ERR_VALIDATION,
                     "Key attribute's data type should match its data type in table's schema: Key %.*s",
                     SLICE_PRINTF(attribute->name));
}

static bool check_type(const struct access *a, const struct key_attribute *attribute,
                       const struct key_condition *condition)
{
    return (condition->operand.type == attribute->type &&
            (condition->comparison != KEY_BETWEEN || condition->upper.type == attribute->type)) ||
           wrong_type(a, attribute);
}

static bool push(const struct access *a, const struct key_attribute *attribute,
                 const struct key_condition *condition, struct range *range)
{
    range->conditions.conditions[range->conditions.count++] = *condition;
    return check_type(a, attribute, condition);
}

/* An alternative's conditions as an array, the first one first, and which of them the range says exactly. */
struct chain {
    const struct term **terms;
    bool *exact;
    size_t count;
};

static void make_chain(const struct planner *p, const struct term *last, struct chain *out)
{
    out->count = 0;
    for (const struct term *term = last; term; term = term->before)
        out->count++;
    out->terms = ARENA_NEW_ARRAY(p->arena, const struct term *, out->count);
    out->exact = ARENA_NEW_ARRAY(p->arena, bool, out->count);
    size_t at = out->count;
    for (const struct term *term = last; term; term = term->before)
        out->terms[--at] = term;
}

static const struct key_condition *condition_at(const struct chain *chain, size_t index)
{
    return &chain->terms[index]->key->condition;
}

static bool is_about(const struct chain *chain, size_t index, bool is_hash, unsigned number)
{
    const struct key_term *key = chain->terms[index]->key;
    return key && key->is_hash == is_hash && key->number == number;
}

static bool is_equality(const struct chain *chain, size_t index, bool is_hash, unsigned number)
{
    return is_about(chain, index, is_hash, number) && condition_at(chain, index)->comparison == KEY_EQ;
}

static bool push_hash(const struct access *a, struct chain *chain, unsigned number, struct range *range)
{
    const struct key_condition *pushed = NULL;
    for (size_t i = 0; i < chain->count; i++) {
        if (!is_equality(chain, i, true, number))
            continue;
        if (!pushed)
            pushed = condition_at(chain, i);
        chain->exact[i] = value_equal(&pushed->operand, &condition_at(chain, i)->operand);
        range->contradictory |= !chain->exact[i];
    }
    INVARIANT(pushed);
    return push(a, &a->key->hash[number], pushed, range);
}

static bool is_lower(enum key_comparison comparison)
{
    return comparison == KEY_GT || comparison == KEY_GE;
}

static bool is_upper(enum key_comparison comparison)
{
    return comparison == KEY_LT || comparison == KEY_LE;
}

/* The first condition on this attribute of the sort key that is an equality; else the first of any kind. The chain's count:
 * there is none. */
static size_t first_about(const struct chain *chain, unsigned number)
{
    size_t first = chain->count;
    for (size_t i = 0; i < chain->count; i++) {
        if (is_equality(chain, i, false, number))
            return i;
        if (first == chain->count && is_about(chain, i, false, number))
            first = i;
    }
    return first;
}

/* Whether the two are a lower bound and an upper one with something between. */
static bool is_interval(const struct key_condition *lower, const struct key_condition *upper)
{
    return is_lower(lower->comparison) && is_upper(upper->comparison) &&
           lower->operand.type == upper->operand.type && lower->operand.type <= VALUE_B &&
           value_compare(&lower->operand, &upper->operand) <= 0;
}

/* A bound and the other one as one BETWEEN, which says bounds that are not in it too wide. */
static struct key_condition between(struct chain *chain, size_t lower, size_t upper)
{
    const struct key_condition *from = condition_at(chain, lower);
    const struct key_condition *to = condition_at(chain, upper);
    chain->exact[lower] = from->comparison == KEY_GE;
    chain->exact[upper] = to->comparison == KEY_LE;
    return (struct key_condition){.attribute = from->attribute,
                                  .comparison = KEY_BETWEEN,
                                  .operand = from->operand,
                                  .upper = to->operand};
}

/* What the range says of the attribute, of which `first` is one condition. */
static struct key_condition narrowest(struct chain *chain, unsigned number, size_t first)
{
    const struct key_condition *one = condition_at(chain, first);
    chain->exact[first] = true;
    for (size_t i = 0; i < chain->count; i++) {
        if (!is_about(chain, i, false, number))
            continue;
        const struct key_condition *two = condition_at(chain, i);
        if (is_interval(one, two))
            return between(chain, first, i);
        if (is_interval(two, one))
            return between(chain, i, first);
        if (one->comparison == KEY_EQ && two->comparison == KEY_EQ)
            chain->exact[i] = value_equal(&one->operand, &two->operand);
    }
    return *one;
}

/* *more: the next attribute of the sort key may have a condition, too. */
static bool push_range(const struct access *a, struct chain *chain, unsigned number, struct range *range,
                       bool *more)
{
    size_t first = first_about(chain, number);
    *more = false;
    if (first == chain->count)
        return true;
    const struct key_condition pushed = narrowest(chain, number, first);
    *more = pushed.comparison == KEY_EQ;
    return push(a, &a->key->range[number], &pushed, range);
}

/* Recursion: PARTIQL_DEPTH_MAX. */
static bool names_sort_key(const struct key_schema *key, const struct partiql_node *node)
{
    struct key_term attribute;
    if (node->kind == PARTIQL_PATH)
        return alternatives_key_attribute(key, node, &attribute) && !attribute.is_hash;
    for (const struct partiql_node *operand = node->operands; operand; operand = operand->next)
        if (names_sort_key(key, operand))
            return true;
    return false;
}

static void leave_rest(const struct access *a, const struct chain *chain, struct range *range)
{
    range->rest = ARENA_NEW_ARRAY(a->p->arena, const struct partiql_node *, chain->count);
    for (size_t i = 0; i < chain->count; i++) {
        if (chain->exact[i])
            continue;
        range->rest[range->rest_count++] = chain->terms[i]->node;
        range->vague |= !chain->terms[i]->key && names_sort_key(a->key, chain->terms[i]->node);
    }
}

static bool make_range(const struct access *a, struct chain *chain, struct range *range)
{
    *range = (struct range){.contradictory = false};
    for (unsigned i = 0; i < a->key->hash_count; i++)
        if (!push_hash(a, chain, i, range))
            return false;
    bool more = true;
    for (unsigned i = 0; i < a->key->range_count && more; i++)
        if (!push_range(a, chain, i, range, &more))
            return false;
    leave_rest(a, chain, range);
    return true;
}

/* ------------------------------------------------------------------ several ranges */

/* An alternative that asks for two partitions at once finds nothing, and is left out; but for the last one, whose filter then
 * lets nothing through. */
static bool make_all(const struct access *a, const struct alternatives *set, struct ranges *out)
{
    for (size_t i = 0; i < set->count; i++) {
        struct chain chain;
        struct range range;
        make_chain(a->p, set->last[i], &chain);
        if (!make_range(a, &chain, &range))
            return false;
        out->some_contradictory |= range.contradictory;
        if (range.contradictory && (out->count > 0 || i + 1 < set->count))
            continue;
        for (size_t j = 0; j < chain.count; j++)
            out->left[chain.terms[j]->conjunct] |= !chain.exact[j];
        out->at[out->count++] = range;
    }
    return true;
}

static bool same_partition(const struct access *a, const struct range *x, const struct range *y)
{
    for (unsigned i = 0; i < a->key->hash_count; i++)
        if (!value_equal(&x->conditions.conditions[i].operand, &y->conditions.conditions[i].operand))
            return false;
    return true;
}

static void group_ranges(const struct access *a, struct ranges *ranges)
{
    ranges->group_count = 0;
    for (size_t i = 0; i < ranges->count; i++) {
        struct range *range = &ranges->at[i];
        range->group = i;
        for (size_t j = 0; j < i && range->group == i; j++)
            if (same_partition(a, range, &ranges->at[j]))
                range->group = ranges->at[j].group;
        ranges->group_count += range->group == i;
    }
}

/* Whether every value that `x` lets through is less than every value that `y` does. */
static bool is_before(const struct key_condition *x, const struct key_condition *y)
{
    if (is_lower(x->comparison) || is_upper(y->comparison))
        return false;
    const struct value *lower = &y->operand;
    if (x->comparison == KEY_BEGINS_WITH)
        return value_compare(&x->operand, lower) < 0 &&
               !slice_starts_with(lower->payload, x->operand.payload);
    const struct value *upper = x->comparison == KEY_BETWEEN ? &x->upper : &x->operand;
    int order = value_compare(upper, lower);
    return order < 0 || (order == 0 && (x->comparison == KEY_LT || y->comparison == KEY_GT));
}

/* 0: they overlap. */
int ranges_compare_sorts(const struct access *a, const struct range *x, const struct range *y)
{
    for (size_t i = a->key->hash_count; i < x->conditions.count && i < y->conditions.count; i++) {
        const struct key_condition *one = &x->conditions.conditions[i];
        const struct key_condition *two = &y->conditions.conditions[i];
        if (is_before(one, two))
            return -1;
        if (is_before(two, one))
            return 1;
        if (one->comparison != KEY_EQ || two->comparison != KEY_EQ)
            return 0;
    }
    return 0;
}

/* Which groups have ranges with entries in common. */
static bool find_overlaps(const struct access *a, const struct ranges *ranges, bool *overlaps)
{
    for (size_t i = 0; i < ranges->count; i++)
        for (size_t j = 0; j < i; j++) {
            const struct range *x = &ranges->at[i], *y = &ranges->at[j];
            if (x->group != y->group || ranges_compare_sorts(a, x, y) != 0)
                continue;
            if (!restrictions_check_overlap(x->vague || y->vague, a->p->err))
                return false;
            overlaps[x->group] = true;
        }
    return true;
}

/* What ranges have in common would be read twice: of their partition there is one range instead, without a condition on the sort
 * key. What they said of that is the filter's. */
static bool merge_overlaps(const struct access *a, struct ranges *ranges)
{
    bool *overlaps = ARENA_NEW_ARRAY(a->p->arena, bool, ranges->count);
    size_t count = 0;
    if (!find_overlaps(a, ranges, overlaps))
        return false;
    for (size_t i = 0; i < ranges->count; i++) {
        struct range range = ranges->at[i];
        if (overlaps[range.group] && range.group != i)
            continue;
        if (overlaps[range.group]) {
            range.conditions.count = a->key->hash_count;
            memset(ranges->left, true, a->conjuncts.count * sizeof *ranges->left);
        }
        ranges->at[count++] = range;
    }
    ranges->count = count;
    return true;
}

bool ranges_make(const struct access *a, const struct alternatives *set, struct ranges *out)
{
    *out = (struct ranges){.at = ARENA_NEW_ARRAY(a->p->arena, struct range, set->count),
                           .left = ARENA_NEW_ARRAY(a->p->arena, bool, a->conjuncts.count)};
    if (!make_all(a, set, out))
        return false;
    group_ranges(a, out);
    if (!merge_overlaps(a, out))
        return false;
    group_ranges(a, out);
    return true;
}
