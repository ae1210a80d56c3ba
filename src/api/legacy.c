#include "api/legacy_priv.h"

#include "base/contract.h"

#include <stdlib.h>

/* ------------------------------------------------------------------ parameters against each other */

static void list_name(struct buf *list, bool given, const char *name)
{
    if (!given)
        return;
    if (list->size)
        buf_append_literal(list, ", ");
    buf_append(list, slice_from_cstr(name));
}

struct slice legacy_names(const struct legacy_parameters *p, bool with_key_conditions, struct arena *arena)
{
    struct buf list;
    buf_init(&list, arena, 64);
    list_name(&list, p->attributes_to_get, "AttributesToGet");
    list_name(&list, p->attribute_updates, "AttributeUpdates");
    list_name(&list, p->filter, p->filter_name);
    list_name(&list, p->expected, "Expected");
    list_name(&list, p->conditional_operator != CONDITIONAL_OPERATOR_ABSENT, "ConditionalOperator");
    list_name(&list, p->key_conditions && with_key_conditions, "KeyConditions");
    return buf_slice(&list);
}

bool legacy_check_operator(const struct legacy_parameters *p, struct error *err)
{
    size_t conditions = p->filter_count + p->expected_count;
    if (p->conditional_operator == CONDITIONAL_OPERATOR_ABSENT || conditions > 1)
        return true;
    if (conditions == 0)
        return error_set(err, ERR_VALIDATION,
                         "ConditionalOperator cannot be used without Filter or Expected");
    return error_set(err, ERR_VALIDATION,
                     "ConditionalOperator can only be used when Filter or Expected has two or more elements");
}

/* ------------------------------------------------------------------ AttributesToGet */

struct position {
    struct slice name;
    size_t index;
};

static int compare_positions(const void *a, const void *b)
{
    const struct position *x = a, *y = b;
    int order = slice_compare(x->name, y->name);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* The first name that was there before; NULL if each is there once. */
static const struct slice *find_duplicate(const struct slice *names, size_t count, struct arena *arena)
{
    struct position *sorted = ARENA_NEW_ARRAY(arena, struct position, count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct position){names[i], i};
    qsort(sorted, count, sizeof *sorted, compare_positions);
    size_t first = count;
    for (size_t i = 1; i < count; i++)
        if (slice_equal(sorted[i].name, sorted[i - 1].name) && sorted[i].index < first)
            first = sorted[i].index;
    return first < count ? &names[first] : NULL;
}

static bool check_attributes(const struct legacy_parameters *p, struct error *err)
{
    const struct slice *duplicate =
        p->attribute_count > 1 ? find_duplicate(p->attributes_to_get, p->attribute_count, err->arena) : NULL;
    if (!duplicate)
        return true;
    return error_set(err, ERR_VALIDATION, INVALID_PARAMETERS "Duplicate value in attribute name: %.*s",
                     SLICE_PRINTF(*duplicate));
}

struct expr *legacy_make_projection(const struct legacy_parameters *p, struct arena *arena)
{
    return p->attribute_count ? expr_from_attributes(p->attributes_to_get, p->attribute_count, arena) : NULL;
}

/* ------------------------------------------------------------------ AttributeUpdates */

static bool is_set(enum value_type type)
{
    return type == VALUE_SS || type == VALUE_NS || type == VALUE_BS;
}

static bool check_update(const struct attribute_update *u, struct error *err)
{
    unsigned action = u->action.value;
    enum value_type type = u->value.value.type;
    if (!u->value.given)
        return action == ATTRIBUTE_ACTION_DELETE ||
               error_set(err, ERR_VALIDATION,
                         INVALID_PARAMETERS
                         "Only DELETE action is allowed when no attribute value is specified");
    if (!legacy_check_value(&u->value, err))
        return false;
    if (action == ATTRIBUTE_ACTION_DELETE && !is_set(type))
        return error_set(err, ERR_VALIDATION,
                         INVALID_PARAMETERS "DELETE action with value is not supported for the type %s",
                         value_type_name(type));
    if (action == ATTRIBUTE_ACTION_ADD && !is_set(type) && type != VALUE_N && type != VALUE_L)
        return error_set(err, ERR_VALIDATION,
                         INVALID_PARAMETERS "ADD action is not supported for the type %s",
                         value_type_name(type));
    return true;
}

static bool check_updates(const struct legacy_parameters *p, struct error *err)
{
    for (size_t i = 0; i < p->update_count; i++)
        if (!check_update(&p->attribute_updates[i].update, err))
            return false;
    if (p->update_count > LEGACY_UPDATES_MAX)
        return error_set(err, ERR_VALIDATION,
                         "AttributeUpdates has too many attributes; Stator takes up to %d",
                         LEGACY_UPDATES_MAX);
    return true;
}

static enum legacy_action translate_action(unsigned action)
{
    switch ((enum attribute_action)action) {
    case ATTRIBUTE_ACTION_ABSENT:
    case ATTRIBUTE_ACTION_PUT:
        return LEGACY_PUT;
    case ATTRIBUTE_ACTION_ADD:
        return LEGACY_ADD;
    case ATTRIBUTE_ACTION_DELETE:
        return LEGACY_DELETE;
    }
    UNREACHABLE();
}

struct expr *legacy_make_update(const struct legacy_parameters *p, struct arena *arena)
{
    if (p->update_count == 0)
        return NULL;
    struct legacy_update *updates = ARENA_NEW_ARRAY(arena, struct legacy_update, p->update_count);
    for (size_t i = 0; i < p->update_count; i++) {
        const struct attribute_update_entry *entry = &p->attribute_updates[i];
        updates[i] = (struct legacy_update){.attribute = entry->name,
                                            .action = translate_action(entry->update.action.value),
                                            .has_value = entry->update.value.given,
                                            .value = entry->update.value.value};
    }
    return expr_from_updates(updates, p->update_count, arena);
}

/* ------------------------------------------------------------------ conditions */

/* Of one parameter, while its conditions are gone through. */
struct condition_totals {
    const char *parameter;
    size_t conditions;
    size_t operands;
};

static bool count_comparison(struct condition_totals *totals, const struct comparison *c, struct error *err)
{
    totals->conditions++;
    totals->operands += c->value_count;
    if (totals->conditions <= LEGACY_CONDITIONS_MAX && totals->operands <= LEGACY_OPERANDS_MAX)
        return true;
    return error_set(err, ERR_VALIDATION,
                     "%s is too large; Stator takes up to %d conditions with %d values in all",
                     totals->parameter, LEGACY_CONDITIONS_MAX, LEGACY_OPERANDS_MAX);
}

static bool check_conditions(const char *parameter, const struct condition_entry *conditions, size_t count,
                             struct error *err)
{
    struct condition_totals totals = {.parameter = parameter};
    for (size_t i = 0; i < count; i++) {
        struct comparison c = comparison_of_condition(&conditions[i]);
        if (!comparison_check(&c, err) || !count_comparison(&totals, &c, err))
            return false;
    }
    return true;
}

static bool check_expected(const struct legacy_parameters *p, struct error *err)
{
    struct condition_totals totals = {.parameter = "Expected"};
    for (size_t i = 0; i < p->expected_count; i++) {
        if (!expected_check_form(&p->expected[i], err))
            return false;
        struct comparison c = comparison_of_expected(&p->expected[i]);
        if (!comparison_check(&c, err) || !count_comparison(&totals, &c, err))
            return false;
    }
    return true;
}

static bool check_filter(const struct legacy_parameters *p, struct error *err)
{
    return check_conditions(p->filter_name, p->filter, p->filter_count, err);
}

bool legacy_check(const struct legacy_parameters *p, struct error *err)
{
    return (!p->filter_first || check_filter(p, err)) && check_attributes(p, err) && check_updates(p, err) &&
           (p->filter_first || check_filter(p, err)) && check_expected(p, err);
}

bool legacy_check_key_conditions(const struct legacy_parameters *p, struct error *err)
{
    if (!check_conditions("KeyConditions", p->key_conditions, p->key_condition_count, err))
        return false;
    if (p->key_condition_count < 1 || p->key_condition_count > 2)
        return error_set(err, ERR_VALIDATION, "Conditions can be of length 1 or 2 only");
    return true;
}

static struct legacy_condition *translate_conditions(const struct condition_entry *conditions, size_t count,
                                                     struct arena *arena)
{
    struct legacy_condition *translated = ARENA_NEW_ARRAY(arena, struct legacy_condition, count);
    for (size_t i = 0; i < count; i++) {
        struct comparison c = comparison_of_condition(&conditions[i]);
        translated[i] = comparison_translate(&c, arena);
    }
    return translated;
}

struct expr *legacy_make_condition(const struct legacy_parameters *p, struct arena *arena)
{
    if (p->expected_count == 0)
        return NULL;
    struct legacy_condition *conditions = ARENA_NEW_ARRAY(arena, struct legacy_condition, p->expected_count);
    for (size_t i = 0; i < p->expected_count; i++) {
        struct comparison c = comparison_of_expected(&p->expected[i]);
        conditions[i] = comparison_translate(&c, arena);
    }
    return expr_from_conditions(EXPR_CONDITION, conditions, p->expected_count,
                                p->conditional_operator == CONDITIONAL_OPERATOR_OR, arena);
}

struct expr *legacy_make_filter(const struct legacy_parameters *p, struct arena *arena)
{
    if (p->filter_count == 0)
        return NULL;
    return expr_from_conditions(EXPR_FILTER, translate_conditions(p->filter, p->filter_count, arena),
                                p->filter_count, p->conditional_operator == CONDITIONAL_OPERATOR_OR, arena);
}

struct expr *legacy_make_key_condition(const struct legacy_parameters *p, struct arena *arena)
{
    if (p->key_condition_count == 0)
        return NULL;
    return expr_from_key_conditions(translate_conditions(p->key_conditions, p->key_condition_count, arena),
                                    p->key_condition_count, arena);
}
