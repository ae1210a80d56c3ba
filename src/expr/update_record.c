/* The second limit of UpdateItem: what it writes, and a few bytes for every action, are together no more than an item may
 * be. Seen by others who tried items of all sizes around the limit (nubo-db/dynamodb-conformance,
 * itemSizeBySurface.test.ts): attributes that the update leaves alone, the key first of all, do not count; 3 bytes do for
 * the update, 19 for each SET or ADD, one more where its path ends in an index, 2 for each REMOVE or DELETE. */
#include "expr/update.h"

#include "base/contract.h"
#include "expr/selection_priv.h"
#include "item/item.h"

enum {
    RECORD_BYTES = 3,
    PUT_BYTES = 19,
    PUT_ELEMENT_BYTES = 20,
    TAKE_BYTES = 2,
};

static bool puts_value(const struct update_action *action)
{
    return action->kind == ACTION_SET || action->kind == ACTION_ADD;
}

/* Actions at this target and below it; *puts is set if some of them put a value. */
static size_t action_bytes(const struct selection *target, bool *puts)
{
    size_t bytes = 0;
    for (const struct selection *child = target->first_child; child; child = child->next)
        bytes += action_bytes(child, puts);
    if (!target->complete)
        return bytes;
    if (!puts_value(target->action))
        return TAKE_BYTES;
    *puts = true;
    return selection_is_index(target) ? PUT_ELEMENT_BYTES : PUT_BYTES;
}

static size_t record_bytes(const struct expr *e, struct slice item)
{
    size_t bytes = RECORD_BYTES;
    for (const struct selection *target = e->selection->first_child; target; target = target->next) {
        struct value v;
        bool puts = false;
        bytes += action_bytes(target, &puts);
        if (puts && item_attribute(item, target->element->name, &v))
            bytes += target->element->name.size + value_size_bytes(&v);
    }
    return bytes;
}

bool expr_update_check_record(const struct expr *e, struct slice item, struct error *err)
{
    if (!e || slice_is_none(item))
        return true;
    PRE(e->bound && e->tree->kind == EXPR_UPDATE);
    /* Only of an item near its own limit can the record be beyond it. */
    size_t most = item_size_bytes(item) + RECORD_BYTES + e->tree->action_count * (size_t)PUT_ELEMENT_BYTES;
    return most <= ITEM_SIZE_BYTES_MAX || record_bytes(e, item) <= ITEM_SIZE_BYTES_MAX ||
           error_set(err, ERR_VALIDATION, "Item size to update has exceeded the maximum allowed size");
}
