/* condition.h - what a key condition means, said the plain way. */
#ifndef STATOR_TEST_SUPPORT_CONDITION_H
#define STATOR_TEST_SUPPORT_CONDITION_H

#include "expr/expr.h"
#include "item/item.h"
#include "support/cmocka.h"

/* What has no such attribute, or one of another type, is not met. */
static inline bool condition_holds(const struct key_condition *c, struct slice item)
{
    struct value v;
    if (!item_attribute(item, c->attribute, &v) || v.type != c->operand.type)
        return false;
    int order = value_compare(&v, &c->operand);
    switch (c->comparison) {
    case KEY_EQ:
        return order == 0;
    case KEY_LT:
        return order < 0;
    case KEY_LE:
        return order <= 0;
    case KEY_GT:
        return order > 0;
    case KEY_GE:
        return order >= 0;
    case KEY_BETWEEN:
        return order >= 0 && value_compare(&v, &c->upper) <= 0;
    case KEY_BEGINS_WITH:
        return slice_starts_with(v.payload, c->operand.payload);
    case KEY_NOT_INDEXABLE:
        break;
    }
    fail_msg("not a condition of a range");
    return false;
}

#endif
