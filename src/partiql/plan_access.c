/* From WHERE to what is read. Conditions on key attributes may stand anywhere between ANDs and ORs: taken apart into alternatives,
 * each of which is a chain of ANDs, every alternative that fixes the partition key is one range of a Query; if one does not, all is
 * a Scan. What ranges say exactly is left out of the filter; whatever else there is stays in it as it was written, so that
 * no range can let a wrong item through. */
#include "partiql/plan_priv.h"

#include "base/contract.h"

struct access {
    const struct planner *p;
    struct partiql_plan *plan;
    const struct key_schema *key; /* of what is read */
    size_t conjunct;              /* the part of WHERE that is being taken apart */
};

/* ------------------------------------------------------------------ comparisons of key attributes */

static bool find_key_attribute(const struct key_schema *key, const struct partiql_node *path,
                               struct key_term *out)
{
    if (path->kind != PARTIQL_PATH || path->operand_count > 0)
        return false;
    out->condition.attribute = path->text;
    out->is_hash = true;
    for (out->number = 0; out->number < key->hash_count; out->number++)
        if (slice_equal(key->hash[out->number].name, path->text))
            return true;
    out->is_hash = false;
    for (out->number = 0; out->number < key->range_count; out->number++)
        if (slice_equal(key->range[out->number].name, path->text))
            return true;
    return false;
}

static bool key_comparison_of(enum partiql_kind kind, bool mirrored, enum key_comparison *out)
{
    static const enum key_comparison plain[] = {KEY_EQ, KEY_NOT_INDEXABLE, KEY_LT, KEY_LE, KEY_GT, KEY_GE};
    static const enum key_comparison mirror[] = {KEY_EQ, KEY_NOT_INDEXABLE, KEY_GT, KEY_GE, KEY_LT, KEY_LE};
    if (kind < PARTIQL_EQ || kind > PARTIQL_GE)
        return false;
    *out = (mirrored ? mirror : plain)[kind - PARTIQL_EQ];
    return *out != KEY_NOT_INDEXABLE;
}

/* The shape of a comparison without its value: which attribute, and the first operand that is the value. */
static bool key_term_shape(const struct key_schema *key, const struct partiql_node *node,
                           struct key_term *out, const struct partiql_node **value_out)
{
    const struct partiql_node *first = node->operands;
    enum expr_op function;
    if (node->negated)
        return false;
    if (node->kind == PARTIQL_BETWEEN) {
        out->condition.comparison = KEY_BETWEEN;
        *value_out = first->next;
        return literal_is_constant(first->next) && literal_is_constant(first->next->next) &&
               find_key_attribute(key, first, out);
    }
    if (node->kind == PARTIQL_CALL) {
        if (!condition_function(node->text, &function) || function != OP_BEGINS_WITH)
            return false;
        out->condition.comparison = KEY_BEGINS_WITH;
        *value_out = first->next;
        return literal_is_constant(first->next) && find_key_attribute(key, first, out);
    }
    if (node->kind < PARTIQL_EQ || node->kind > PARTIQL_GE)
        return false;
    bool mirrored = first->kind != PARTIQL_PATH;
    *value_out = mirrored ? first : first->next;
    return key_comparison_of((enum partiql_kind)node->kind, mirrored, &out->condition.comparison) &&
           literal_is_constant(*value_out) && find_key_attribute(key, mirrored ? first->next : first, out);
}

bool access_key_term(const struct planner *p, const struct key_schema *key, const struct partiql_node *node,
                     struct key_term *out, bool *failed)
{
    const struct partiql_node *value;
    *failed = false;
    if (!key_term_shape(key, node, out, &value))
        return false;
    *failed =
        !literal_value(p, value, &out->condition.operand) ||
        (out->condition.comparison == KEY_BETWEEN && !literal_value(p, value->next, &out->condition.upper));
    return !*failed;
}

/* What IN compares with, if all of it is constant; a parameter may hold it together. false: it is not, or there is nothing. */
static bool in_is_constant(const struct planner *p, const struct partiql_node *in)
{
    const struct partiql_node *first = in->operands->next;
    if (in->collection) {
        const struct value *list = &p->parameters[first->number];
        return list->type >= VALUE_SS && list->type != VALUE_M && list->count > 0;
    }
    for (const struct partiql_node *member = first; member; member = member->next)
        if (!literal_is_constant(member))
            return false;
    return first != NULL;
}

/* IN of a key attribute: as many equalities. */
static bool key_in_shape(const struct access *a, const struct partiql_node *node, struct key_term *out)
{
    out->condition.comparison = KEY_EQ;
    return node->kind == PARTIQL_IN && !node->negated && in_is_constant(a->p, node) &&
           find_key_attribute(a->key, node->operands, out);
}

/* The partition key's attributes that every alternative of the condition fixes, as bits. */
static unsigned fixed_hashes(const struct access *a, const struct partiql_node *node)
{
    struct key_term term;
    const struct partiql_node *value;
    if (node->kind == PARTIQL_AND || node->kind == PARTIQL_OR) {
        bool any = node->kind == PARTIQL_OR;
        unsigned fixed = any ? ~0u : 0;
        for (const struct partiql_node *operand = node->operands; operand; operand = operand->next)
            fixed = any ? fixed & fixed_hashes(a, operand) : fixed | fixed_hashes(a, operand);
        return fixed;
    }
    bool equality = (key_term_shape(a->key, node, &term, &value) && term.condition.comparison == KEY_EQ) ||
                    key_in_shape(a, node, &term);
    return equality && term.is_hash ? 1u << term.number : 0;
}

/* Whether alternatives of the condition differ in what they say of the key. */
static bool mentions_key(const struct access *a, const struct partiql_node *node)
{
    struct key_term term;
    const struct partiql_node *value;
    if (node->kind != PARTIQL_AND && node->kind != PARTIQL_OR)
        return key_term_shape(a->key, node, &term, &value) || key_in_shape(a, node, &term);
    for (const struct partiql_node *operand = node->operands; operand; operand = operand->next)
        if (mentions_key(a, operand))
            return true;
    return false;
}

/* ------------------------------------------------------------------ alternatives */

/* One condition of an alternative; the others before it in the chain follow. */
struct term {
    const struct partiql_node *node;
    size_t conjunct; /* the part of WHERE that it is, or is in */
    bool is_key;
    bool exact; /* the range says all of it */
    struct key_term key;
    const struct term *before;
};

struct alternatives {
    const struct term *last[PARTIQL_RANGES_MAX + 1]; /* of each; NULL: it has none yet */
    size_t count;
    bool too_many;
};

static void add_alternative(struct alternatives *set, const struct term *last)
{
    if (set->count == PARTIQL_RANGES_MAX)
        set->too_many = true;
    else
        set->last[set->count++] = last;
}

static const struct term *new_term(const struct access *a, const struct term *before,
                                   const struct partiql_node *node, const struct key_term *key)
{
    struct term *term = ARENA_NEW(a->p->arena, struct term);
    *term = (struct term){.node = node, .conjunct = a->conjunct, .is_key = key != NULL, .before = before};
    if (key)
        term->key = *key;
    return term;
}

static bool add_plain_term(const struct access *a, const struct partiql_node *node, struct alternatives *set)
{
    struct key_term key;
    bool failed;
    bool is_key = access_key_term(a->p, a->key, node, &key, &failed);
    if (failed)
        return false;
    for (size_t i = 0; i < set->count; i++)
        set->last[i] = new_term(a, set->last[i], node, is_key ? &key : NULL);
    return true;
}

/* The value of IN's member `index`; false without an error: there are no more. */
static bool in_member(const struct access *a, const struct partiql_node *in, size_t index,
                      const struct partiql_node **next, struct value *out, bool *failed)
{
    *failed = false;
    if (in->collection) {
        const struct value *list = &a->p->parameters[in->operands->next->number];
        if (index == list->count)
            return false;
        value_element(list, (uint32_t)index, out);
        return true;
    }
    if (!*next)
        return false;
    *failed = !literal_value(a->p, *next, out);
    *next = (*next)->next;
    return !*failed;
}

static bool add_in_terms(const struct access *a, const struct partiql_node *in, struct key_term key,
                         struct alternatives *set)
{
    struct alternatives *from = ARENA_NEW(a->p->arena, struct alternatives);
    const struct partiql_node *next = in->operands->next;
    bool failed;
    *from = *set;
    set->count = 0;
    for (size_t i = 0; !set->too_many && in_member(a, in, i, &next, &key.condition.operand, &failed); i++)
        for (size_t j = 0; j < from->count; j++)
            add_alternative(set, new_term(a, from->last[j], in, &key));
    return set->too_many || !failed;
}

static bool add_terms(const struct access *a, const struct partiql_node *node, struct alternatives *set);

static bool add_or_terms(const struct access *a, const struct partiql_node *node, struct alternatives *set)
{
    struct alternatives *from = ARENA_NEW(a->p->arena, struct alternatives);
    struct alternatives *one = ARENA_NEW(a->p->arena, struct alternatives);
    *from = *set;
    set->count = 0;
    for (const struct partiql_node *operand = node->operands; operand && !set->too_many;
         operand = operand->next) {
        *one = *from;
        if (!add_terms(a, operand, one))
            return false;
        for (size_t i = 0; i < one->count; i++)
            add_alternative(set, one->last[i]);
        set->too_many |= one->too_many;
    }
    return true;
}

/* The condition joins all alternatives there are. Recursion: PARTIQL_DEPTH_MAX. */
static bool add_terms(const struct access *a, const struct partiql_node *node, struct alternatives *set)
{
    struct key_term key;
    if (node->kind == PARTIQL_AND) {
        for (const struct partiql_node *operand = node->operands; operand && !set->too_many;
             operand = operand->next)
            if (!add_terms(a, operand, set))
                return false;
        return true;
    }
    if (node->kind == PARTIQL_OR && mentions_key(a, node))
        return add_or_terms(a, node, set);
    if (key_in_shape(a, node, &key))
        return add_in_terms(a, node, key, set);
    return add_plain_term(a, node, set);
}

/* ------------------------------------------------------------------ one range */

struct range {
    struct key_conditions
        conditions;     /* one for each attribute of the partition key, then those on the sort key */
    bool contradictory; /* it asks for two values of one attribute of the partition key */
    bool vague;         /* something that it does not say is about the sort key */
    size_t group;       /* the number of the first range with this partition key */
    const struct partiql_node **rest; /* what it does not say exactly */
    size_t rest_count;
};

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

/* The alternative's conditions in the order of the text, as an array. */
static struct term *terms_of(const struct planner *p, const struct term *last, size_t *count_out)
{
    size_t count = 0;
    for (const struct term *term = last; term; term = term->before)
        count++;
    struct term *terms = ARENA_NEW_ARRAY(p->arena, struct term, count);
    *count_out = count;
    for (const struct term *term = last; term; term = term->before)
        terms[--count] = *term;
    return terms;
}

static bool is_about(const struct term *term, bool is_hash, unsigned number)
{
    return term->is_key && term->key.is_hash == is_hash && term->key.number == number;
}

static bool push_hash(const struct access *a, struct term *terms, size_t count, unsigned number,
                      struct range *range)
{
    const struct key_condition *pushed = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct key_condition *condition = &terms[i].key.condition;
        if (!is_about(&terms[i], true, number) || condition->comparison != KEY_EQ)
            continue;
        if (!pushed)
            pushed = condition;
        terms[i].exact = value_equal(&pushed->operand, &condition->operand);
        range->contradictory |= !terms[i].exact;
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

/* The first condition on this attribute of the sort key that is an equality; else the first of any kind. */
static struct term *first_about(struct term *terms, size_t count, unsigned number)
{
    struct term *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!is_about(&terms[i], false, number))
            continue;
        if (terms[i].key.condition.comparison == KEY_EQ)
            return &terms[i];
        if (!first)
            first = &terms[i];
    }
    return first;
}

/* A condition that bounds the other side; NULL: none that makes a range with it. */
static struct term *other_bound(struct term *terms, size_t count, unsigned number, const struct term *first)
{
    const struct key_condition *one = &first->key.condition;
    for (size_t i = 0; i < count; i++) {
        const struct key_condition *two = &terms[i].key.condition;
        if (!is_about(&terms[i], false, number) || one->operand.type != two->operand.type ||
            one->operand.type > VALUE_B)
            continue;
        if ((is_lower(one->comparison) && is_upper(two->comparison) &&
             value_compare(&one->operand, &two->operand) <= 0) ||
            (is_upper(one->comparison) && is_lower(two->comparison) &&
             value_compare(&two->operand, &one->operand) <= 0))
            return &terms[i];
    }
    return NULL;
}

/* Two bounds as one BETWEEN, which says bounds that are not in it too wide. */
static struct key_condition between(struct term *one, struct term *two)
{
    struct term *lower = is_lower(one->key.condition.comparison) ? one : two;
    struct term *upper = lower == one ? two : one;
    lower->exact = lower->key.condition.comparison == KEY_GE;
    upper->exact = upper->key.condition.comparison == KEY_LE;
    return (struct key_condition){.attribute = lower->key.condition.attribute,
                                  .comparison = KEY_BETWEEN,
                                  .operand = lower->key.condition.operand,
                                  .upper = upper->key.condition.operand};
}

/* *more: the next attribute of the sort key may have a condition, too. */
static bool push_range(const struct access *a, struct term *terms, size_t count, unsigned number,
                       struct range *range, bool *more)
{
    struct term *first = first_about(terms, count, number);
    *more = first && first->key.condition.comparison == KEY_EQ;
    if (!first)
        return true;
    struct key_condition pushed = first->key.condition;
    struct term *other = other_bound(terms, count, number, first);
    first->exact = true;
    if (other)
        pushed = between(first, other);
    for (size_t i = 0; i < count && *more; i++)
        if (is_about(&terms[i], false, number) && terms[i].key.condition.comparison == KEY_EQ)
            terms[i].exact = value_equal(&pushed.operand, &terms[i].key.condition.operand);
    return push(a, &a->key->range[number], &pushed, range);
}

/* Recursion: PARTIQL_DEPTH_MAX. */
static bool names_sort_key(const struct key_schema *key, const struct partiql_node *node)
{
    struct key_term attribute;
    if (node->kind == PARTIQL_PATH)
        return find_key_attribute(key, node, &attribute) && !attribute.is_hash;
    for (const struct partiql_node *operand = node->operands; operand; operand = operand->next)
        if (names_sort_key(key, operand))
            return true;
    return false;
}

static void leave_rest(const struct access *a, const struct term *terms, size_t count, struct range *range)
{
    for (size_t i = 0; i < count; i++) {
        if (terms[i].exact)
            continue;
        range->rest[range->rest_count++] = terms[i].node;
        range->vague |= !terms[i].is_key && names_sort_key(a->key, terms[i].node);
    }
}

static bool make_range(const struct access *a, struct term *terms, size_t count, struct range *range)
{
    *range = (struct range){.rest = ARENA_NEW_ARRAY(a->p->arena, const struct partiql_node *, count)};
    for (unsigned i = 0; i < a->key->hash_count; i++)
        if (!push_hash(a, terms, count, i, range))
            return false;
    bool more = true;
    for (unsigned i = 0; i < a->key->range_count && more; i++)
        if (!push_range(a, terms, count, i, range, &more))
            return false;
    leave_rest(a, terms, count, range);
    return true;
}

/* ------------------------------------------------------------------ several ranges */

struct ranges {
    struct range *at;
    size_t count;
    bool *left; /* of each conjunct of WHERE: the filter has it */
    bool some_contradictory;
};

/* An alternative that asks for two partitions at once finds nothing, and is left out; but for the last one, whose filter then
 * lets nothing through. */
static bool make_ranges(const struct access *a, const struct alternatives *set, struct ranges *out)
{
    out->at = ARENA_NEW_ARRAY(a->p->arena, struct range, set->count);
    for (size_t i = 0; i < set->count; i++) {
        size_t count;
        struct term *terms = terms_of(a->p, set->last[i], &count);
        struct range range;
        if (!make_range(a, terms, count, &range))
            return false;
        out->some_contradictory |= range.contradictory;
        if (range.contradictory && (out->count > 0 || i + 1 < set->count))
            continue;
        for (size_t j = 0; j < count; j++)
            out->left[terms[j].conjunct] |= !terms[j].exact;
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

static size_t group_ranges(const struct access *a, struct ranges *ranges)
{
    size_t groups = 0;
    for (size_t i = 0; i < ranges->count; i++) {
        struct range *range = &ranges->at[i];
        range->group = i;
        for (size_t j = 0; j < i && range->group == i; j++)
            if (same_partition(a, range, &ranges->at[j]))
                range->group = ranges->at[j].group;
        groups += range->group == i;
    }
    return groups;
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

/* <0, >0: all entries of one range come before those of the other; 0: they overlap. PRE: the same partition. */
static int compare_sorts(const struct access *a, const struct range *x, const struct range *y)
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
            if (x->group != y->group || compare_sorts(a, x, y) != 0)
                continue;
            if (!restrictions_check_overlap(x->vague || y->vague, a->p->err))
                return false;
            overlaps[x->group] = true;
        }
    return true;
}

/* What ranges have in common would be read twice: of their partition there is one range instead, without a condition on the sort
 * key. What they said of that is the filter's. */
static bool merge_overlaps(const struct access *a, size_t conjunct_count, struct ranges *ranges)
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
            memset(ranges->left, true, conjunct_count * sizeof *ranges->left);
        }
        ranges->at[count++] = range;
    }
    ranges->count = count;
    return true;
}

/* ------------------------------------------------------------------ order */

/* A condition of ORDER BY, found in the key. */
static bool order_term(const struct key_schema *key, const struct partiql_order *order, struct key_term *out)
{
    return find_key_attribute(key, order->key, out);
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

/* DynamoDB reads from the end unless the sort key is asked for in rising order, even if ORDER BY names the partition key alone. */
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
    return reverse ? compare_sorts(a, y, x) : compare_sorts(a, x, y);
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

static bool plan_order(const struct access *a, size_t conjunct_count, struct ranges *ranges,
                       struct partiql_plan *plan)
{
    (void)group_ranges(a, ranges);
    if (!merge_overlaps(a, conjunct_count, ranges))
        return false;
    size_t groups = group_ranges(a, ranges);
    if (a->p->statement->order_by &&
        (!check_order_directions(a) || (groups > 1 && !check_order_of_groups(a))))
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

static bool make_filter(const struct planner *p, const struct conjuncts *conjuncts, const bool *left,
                        struct partiql_plan *plan)
{
    struct conjuncts filter = {.at =
                                   ARENA_NEW_ARRAY(p->arena, const struct partiql_node *, conjuncts->count)};
    for (size_t i = 0; i < conjuncts->count; i++)
        if (!left || left[i])
            filter.at[filter.count++] = conjuncts->at[i];
    return condition_make(p, EXPR_FILTER, &filter, GUARD_NOTHING, &plan->filter);
}

static bool plan_query(struct access *a, const struct conjuncts *conjuncts, struct partiql_plan *plan)
{
    struct alternatives *set = ARENA_NEW(a->p->arena, struct alternatives);
    struct ranges ranges = {.left = ARENA_NEW_ARRAY(a->p->arena, bool, conjuncts->count)};
    set->count = 1;
    for (a->conjunct = 0; a->conjunct < conjuncts->count && !set->too_many; a->conjunct++)
        if (!add_terms(a, conjuncts->at[a->conjunct], set))
            return false;
    if (!restrictions_check_ranges(set->too_many ? PARTIQL_RANGES_MAX + 1 : set->count, a->p->err) ||
        !make_ranges(a, set, &ranges) || !plan_order(a, conjuncts->count, &ranges, plan) ||
        !check_index(a, &ranges, plan))
        return false;
    take_ranges(a->p, &ranges, plan);
    return take_key(a, &ranges, plan) && make_filter(a->p, conjuncts, ranges.left, plan);
}

bool access_plan(const struct planner *p, struct partiql_plan *plan)
{
    struct access a = {.p = p, .plan = plan, .key = item_source_key(&plan->source)};
    const struct partiql_node *where = p->statement->where;
    struct conjuncts conjuncts;
    condition_conjuncts(p, &conjuncts);
    if (!check_order_keys(&a))
        return false;
    unsigned all = (1u << a.key->hash_count) - 1;
    if (where && (fixed_hashes(&a, where) & all) == all)
        return plan_query(&a, &conjuncts, plan);
    if (p->statement->order_by)
        return error_set(p->err, ERR_VALIDATION,
                         "Must have at least one non-optional hash key condition in WHERE clause when using "
                         "ORDER BY clause.");
    return make_filter(p, &conjuncts, NULL, plan);
}
