"""A condition holds for an item or not, whoever asks: Scan and Query as a filter, PutItem and DeleteItem as a condition."""

import generate
from case import CONDITION_FAILED, Reply
from model import conditions, values
from model.values import N, S
from text import Writer

from .common import page, pool, wire_key

FAILED = "The conditional request failed"


def names_keys(condition):
    """Does it speak of key attributes? Query does not let a filter do so."""
    if isinstance(condition, conditions.Path):
        return condition.steps[0] in generate.KEYS
    return isinstance(condition, tuple) and any(map(names_keys, condition))


def as_filter(case, table, items, condition):
    writer = Writer(case.c, generate.spelling(case.c))
    found = [item for item in items if conditions.holds(condition, item)]
    text = writer.condition_text(condition)
    case.expect("a filter lets through what meets it", items, "Scan",
                {"TableName": table, "FilterExpression": text, **writer.request()}, page(found, len(items)))
    if not names_keys(condition):
        writer.values[":partition"] = S("p")
        case.expect("a filter lets through what meets it", items, "Query",
                    {"TableName": table, "KeyConditionExpression": "pk = :partition", "FilterExpression": text,
                     **writer.request()}, page(found, len(items)))


def as_condition(case, table, item, condition):
    """Puts the item again, or deletes what is not there: nothing changes, whether the condition holds or not."""
    c = case.c
    writer = Writer(c, generate.spelling(c))
    is_there = not c.chance(15)
    request = {"TableName": table, "ConditionExpression": writer.condition_text(condition), **writer.request()}
    wants_old = c.chance(30)
    if wants_old:
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if is_there:
        operation, request["Item"] = "PutItem", values.wire_item(item)
    else:
        operation, request["Key"] = "DeleteItem", values.wire_item({"pk": S("nobody"), "sk": N(0)})
    if conditions.holds(condition, item if is_there else {}):
        expected = Reply()
    else:
        expected = Reply({"Item": item} if wants_old and is_there else {}, CONDITION_FAILED, FAILED)
    case.expect("a condition is met or not", [item], operation, request, expected)


def delete_if(case, table, item, condition):
    writer = Writer(case.c, generate.spelling(case.c))
    request = {"TableName": table, "Key": wire_key(item), "ConditionExpression": writer.condition_text(condition),
               **writer.request()}
    if conditions.holds(condition, item):
        case.expect("an item that meets the condition is deleted", [item], "DeleteItem", request, Reply())
        case.put([item])
    else:
        case.expect("an item that does not meet the condition stays", [item], "DeleteItem", request,
                    Reply(error=CONDITION_FAILED, message=FAILED))
        case.expect("an item that does not meet the condition stays", [item], "GetItem",
                    {"TableName": table, "Key": wire_key(item)}, Reply({"Item": item}))


def run(case):
    c = case.c
    table = case.table(sort="N")
    items = pool(c, at_most=12, percent=85)
    items.sort(key=lambda item: item["sk"].content)
    case.put(items)

    def one():
        item = c.pick(items)
        condition = generate.condition(c, item, generate.KEYS if c.chance(60) else ())
        as_filter(case, table, items, condition)
        as_condition(case, table, item, condition)
        if c.chance(15):
            delete_if(case, table, item, condition)

    c.many(one, 25, percent=92, at_least=1)
