"""UpdateItem makes of an item what the model makes of it, says what it was asked to say, or fails and changes nothing."""

import generate
from case import CONDITION_FAILED, VALIDATION, Reply
from model import conditions, updates, values
from model.values import S
from text import Writer

from .common import capacity, sort_value
from .conditions import FAILED

GROWN_BYTES = 100_000  # an item that has grown beyond this is replaced
MODES = ["ALL_NEW", "UPDATED_NEW", "UPDATED_OLD", "ALL_OLD", "NONE"]


def reply_to(outcome, table, mode, returned, old):
    """What UpdateItem says when this is what comes of it; `returned` chooses the attributes."""
    if outcome.error:
        return Reply(error=VALIDATION, message=outcome.error)
    units = max(values.write_units(item) for item in (old or {}, outcome.item or {}))
    attributes = returned(mode, old, outcome.item)
    return Reply({**({"Attributes": attributes} if attributes else {}), **capacity(table, units)})


def expect_outcome(case, table, key, request, old, outcomes, returned):
    """Makes the update and checks the reply and what is there afterwards, which is returned."""
    mode = case.c.pick(MODES)
    request = {"TableName": table, "Key": values.wire_item(key), **request, "ReturnValues": mode, "ReturnConsumedCapacity": "TOTAL"}
    replies = [reply_to(outcome, table, mode, returned, old) for outcome in outcomes]
    given = [old] if old else []
    got = case.expect("an update does what it says", given, "UpdateItem", request, *replies)
    possible = [old if outcome.error else outcome.item for outcome, reply in zip(outcomes, replies) if reply == got]
    check_item(case, table, given, request, possible)
    return possible[0]


def check_item(case, table, given, request, possible):
    """Reads the item after an update; on a disagreement shows the update, whose fault it is."""
    seen = case.ask("GetItem", {"TableName": table, "Key": request["Key"], "ConsistentRead": True})
    if seen.error or seen.members.get("Item") not in possible:
        case.disagree("an update leaves what it should", given, "UpdateItem", request,
                      [Reply({"Item": item} if item else {}) for item in possible], seen)
    held = [seen.members["Item"]] if "Item" in seen.members else []
    case.check_size("an update keeps account of sizes", given, "UpdateItem", request, held)


def conditional(case, table, key, writer, request, old):
    """Adds a condition to the request. Returns whether it holds; if not, the request has been made."""
    c = case.c
    condition = generate.condition(c, old or key)
    request["ConditionExpression"] = writer.condition_text(condition)
    if conditions.holds(condition, old or {}):
        return True
    mode = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if c.chance(50) else {}
    case.expect("a condition that is not met", [old] if old else [], "UpdateItem",
                {"TableName": table, "Key": values.wire_item(key), **request, **mode, **writer.request()},
                Reply({"Item": old} if mode and old else {}, CONDITION_FAILED, FAILED))
    return False


def update(case, table, key, held):
    """One UpdateItem. Returns what is there then."""
    c = case.c
    writer = Writer(c, generate.spelling(c))
    actions = generate.UpdateMaker(c, held or key).update() if not c.chance(3) else ()
    request = {"UpdateExpression": writer.update_text(actions)} if actions else {}
    if c.chance(15) and not conditional(case, table, key, writer, request, held):
        return held
    return expect_outcome(case, table, key, {**request, **writer.request()}, held, updates.apply(actions, held, key),
                          lambda mode, old, new: updates.returned(mode, actions, old, new))


def one_after_another(case, change):
    """Changes one item again and again by `change(case, table, key, held)`."""
    c = case.c
    sort = c.pick([None, None, "N", "S", "B"])
    table = case.table(sort)
    key = {"pk": S("p"), **({"sk": sort_value(c, sort)} if sort else {})}
    held = None

    def one():
        nonlocal held
        if (held is None and not c.chance(15)) or (held is not None and values.item_bytes(held) > GROWN_BYTES):
            held = generate.item(c, key)
            case.put([held])
        held = change(case, table, key, held)

    c.many(one, 20, percent=90, at_least=1)


def run(case):
    one_after_another(case, update)
