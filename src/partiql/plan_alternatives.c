/* WHERE as alternatives, each a chain of ANDs. */
#include "partiql/plan_access_priv.h"

#include "base/contract.h"

/* ------------------------------------------------------------------ comparisons of key attributes */

bool alternatives_key_attribute(const struct key_schema *key, const struct partiql_node *path,
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
               alternatives_key_attribute(key, first, out);
    }
    if (node->kind == PARTIQL_CALL) {
        if (!condition_function(node->text, &function) || function != OP_BEGINS_WITH)
            return false;
        out->condition.comparison = KEY_BEGINS_WITH;
        *value_out = first->next;
        return literal_is_constant(first->next) && alternatives_key_attribute(key, first, out);
    }
    if (node->kind < PARTIQL_EQ || node->kind > PARTIQL_GE)
        return false;
    bool mirrored = first->kind != PARTIQL_PATH;
    *value_out = mirrored ? first : first->next;
    return key_comparison_of((enum partiql_kind)node->kind, mirrored, &out->condition.comparison) &&
           literal_is_constant(*value_out) &&
           alternatives_key_attribute(key, mirrored ? first->next : first, out);
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
           alternatives_key_attribute(a->key, node->operands, out);
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

/* Where terms are from. */
struct adding {
    const struct access *a;
    size_t conjunct;
};

static void add_alternative(struct alternatives *set, const struct term *last)
{
    if (set->count == PARTIQL_RANGES_MAX)
        set->too_many = true;
    else
        set->last[set->count++] = last;
}

static const struct term *new_term(const struct adding *to, const struct term *before,
                                   const struct partiql_node *node, const struct key_term *key)
{
    struct term *term = ARENA_NEW(to->a->p->arena, struct term);
    *term = (struct term){.node = node, .conjunct = to->conjunct, .key = key, .before = before};
    return term;
}

static const struct key_term *keep(const struct adding *to, const struct key_term *key)
{
    struct key_term *kept = ARENA_NEW(to->a->p->arena, struct key_term);
    *kept = *key;
    return kept;
}

static bool add_plain_term(const struct adding *to, const struct partiql_node *node, struct alternatives *set)
{
    struct key_term key;
    bool failed;
    const struct key_term *kept = NULL;
    if (access_key_term(to->a->p, to->a->key, node, &key, &failed))
        kept = keep(to, &key);
    for (size_t i = 0; i < set->count && !failed; i++)
        set->last[i] = new_term(to, set->last[i], node, kept);
    return !failed;
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

static bool add_in_terms(const struct adding *to, const struct partiql_node *in, struct key_term key,
                         struct alternatives *set)
{
    struct alternatives *from = ARENA_NEW(to->a->p->arena, struct alternatives);
    const struct partiql_node *next = in->operands->next;
    bool failed = false;
    *from = *set;
    set->count = 0;
    for (size_t i = 0; !set->too_many && in_member(to->a, in, i, &next, &key.condition.operand, &failed);
         i++) {
        const struct key_term *kept = keep(to, &key);
        for (size_t j = 0; j < from->count; j++)
            add_alternative(set, new_term(to, from->last[j], in, kept));
    }
    return !failed;
}

static bool add_terms(const struct adding *to, const struct partiql_node *node, struct alternatives *set);

static bool add_or_terms(const struct adding *to, const struct partiql_node *node, struct alternatives *set)
{
    struct alternatives *from = ARENA_NEW(to->a->p->arena, struct alternatives);
    struct alternatives *one = ARENA_NEW(to->a->p->arena, struct alternatives);
    *from = *set;
    set->count = 0;
    for (const struct partiql_node *operand = node->operands; operand && !set->too_many;
         operand = operand->next) {
        *one = *from;
        if (!add_terms(to, operand, one))
            return false;
        for (size_t i = 0; i < one->count; i++)
            add_alternative(set, one->last[i]);
        set->too_many |= one->too_many;
    }
    return true;
}

/* The condition joins all alternatives there are. Recursion: PARTIQL_DEPTH_MAX. */
static bool add_terms(const struct adding *to, const struct partiql_node *node, struct alternatives *set)
{
    struct key_term key;
    if (node->kind == PARTIQL_AND) {
        for (const struct partiql_node *operand = node->operands; operand && !set->too_many;
             operand = operand->next)
            if (!add_terms(to, operand, set))
                return false;
        return true;
    }
    if (node->kind == PARTIQL_OR && mentions_key(to->a, node))
        return add_or_terms(to, node, set);
    if (key_in_shape(to->a, node, &key))
        return add_in_terms(to, node, key, set);
    return add_plain_term(to, node, set);
}

/* Whether a condition is one term. Those come first, and are shared. */
static bool is_plain(const struct access *a, const struct partiql_node *node)
{
    struct key_term ignored;
    return (node->kind != PARTIQL_OR || !mentions_key(a, node)) && !key_in_shape(a, node, &ignored);
}

static bool add_conjuncts(const struct access *a, bool plain, struct alternatives *set)
{
    for (size_t i = 0; i < a->conjuncts.count && !set->too_many; i++) {
        const struct adding to = {a, i};
        if (is_plain(a, a->conjuncts.at[i]) == plain && !add_terms(&to, a->conjuncts.at[i], set))
            return false;
    }
    return true;
}

bool alternatives_find(const struct access *a, struct alternatives *out)
{
    *out = (struct alternatives){.count = 1};
    return add_conjuncts(a, true, out) && add_conjuncts(a, false, out);
}

bool alternatives_fix_partition(const struct access *a)
{
    unsigned all = (1u << a->key->hash_count) - 1;
    unsigned fixed = 0;
    for (size_t i = 0; i < a->conjuncts.count; i++)
        fixed |= fixed_hashes(a, a->conjuncts.at[i]);
    return (fixed & all) == all;
}
