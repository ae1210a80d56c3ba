"""UpdateItem makes of an item what the model makes of it, says what it was asked to say, or fails and changes nothing."""

import generate
from case import CONDITION_FAILED, VALIDATION, Reply
from model import conditions, updates, values
from model.values import S
from text import Writer

from .common import capacity
from .conditions import FAILED

MODES = ["ALL_NEW", "UPDATED_NEW", "UPDATED_OLD", "ALL_OLD", "NONE"]
KEY = {"pk": S("p")}


def reply_to(outcome, table, mode, returned, old):
    """What UpdateItem says when this is what comes of it; `returned` chooses the attributes."""
    if outcome.error:
        return Reply(error=VALIDATION, message=outcome.error)
    units = max(values.write_units(item) for item in (old or {}, outcome.item or {}))
    attributes = returned(mode, old, outcome.item)
    return Reply({**({"Attributes": attributes} if attributes else {}), **capacity(table, units)})


def expect_outcome(case, table, request, old, outcomes, returned):
    """Makes the update and checks the reply and what is there afterwards, which is returned."""
    mode = case.c.pick(MODES)
    request = {"TableName": table, "Key": values.wire_item(KEY), **request, "ReturnValues": mode, "ReturnConsumedCapacity": "TOTAL"}
    replies = [reply_to(outcome, table, mode, returned, old) for outcome in outcomes]
    given = [old] if old else []
    got = case.expect("an update does what it says", given, "UpdateItem", request, *replies)
    possible = [old if outcome.error else outcome.item for outcome, reply in zip(outcomes, replies) if reply == got]
    check_item(case, table, given, request, possible)
    return possible[0]


def check_item(case, table, given, request, possible):
    """Reads the item after an update; on a disagreement shows the update, whose fault it is."""
    seen = case.ask("GetItem", {"TableName": table, "Key": values.wire_item(KEY), "ConsistentRead": True})
    if seen.error or seen.members.get("Item") not in possible:
        case.disagree("an update leaves what it should", given, "UpdateItem", request,
                      [Reply({"Item": item} if item else {}) for item in possible], seen)
    held = [seen.members["Item"]] if "Item" in seen.members else []
    case.check_size("an update keeps account of sizes", given, "UpdateItem", request, held)


def conditional(case, table, writer, request, old):
    """Adds a condition to the request. Returns whether it holds."""
    c = case.c
    condition = generate.condition(c, old or KEY)
    request["ConditionExpression"] = writer.condition_text(condition)
    if conditions.holds(condition, old or {}):
        return True
    mode = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if c.chance(50) else {}
    case.expect("a condition that is not met", [old] if old else [], "UpdateItem",
                {"TableName": table, "Key": values.wire_item(KEY), **request, **mode, **writer.request()},
                Reply({"Item": old} if mode and old else {}, CONDITION_FAILED, FAILED))
    return False


def run(case):
    c = case.c
    table = case.table()
    held = None
    if not c.chance(15):
        held = generate.item(c, KEY)
        case.put([held])

    def one():
        nonlocal held
        writer = Writer(c, generate.spelling(c))
        actions = generate.UpdateMaker(c, held or KEY).update() if not c.chance(3) else ()
        request = {"UpdateExpression": writer.update_text(actions)} if actions else {}
        if c.chance(15) and not conditional(case, table, writer, request, held):
            return
        held = expect_outcome(case, table, {**request, **writer.request()}, held, updates.apply(actions, held, KEY),
                              lambda mode, old, new: updates.returned(mode, actions, old, new))
        if held is None or values.item_bytes(held) > 50_000:
            held = generate.item(c, KEY)
            case.put([held])

    c.many(one, 20, percent=90, at_least=1)
