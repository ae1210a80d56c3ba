"""Query is a filter over a sorted list, in either direction, whole or page by page."""

import generate
from case import Reply
from model import conditions, keys, paths, values
from model.keys import KeyCondition
from model.values import S, Value
from text import Writer

from .common import capacity, key_of, one_page, sort_value

MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def sort_operand(c, kind, items):
    if items and c.chance(70):
        return c.pick(items)["sk"]
    return sort_value(c, kind)


def key_condition(c, kind, items):
    """A condition on the sort key, or None."""
    if kind is None:
        return None
    operator = c.pick([None, "=", "<", "<=", ">", ">=", "BETWEEN"] + (["begins_with"] if kind != "N" else []))
    if operator is None:
        return None
    first = sort_operand(c, kind, items)
    if operator == "BETWEEN":
        second = sort_operand(c, kind, items)
        return KeyCondition(operator, (second, first) if values.before(second, first) else (first, second))
    if operator == "begins_with":
        length = c.below(len(first.content) + 1)
        return KeyCondition(operator, (Value(kind, first.content[:length] or first.content),))
    return KeyCondition(operator, (first,))


def condition_text(c, writer, partition, condition):
    """The key condition as text: either part first, values on either side, maybe in parentheses."""
    parts = [compared(c, writer, "pk", "=", partition)]
    match condition:
        case KeyCondition("BETWEEN", (low, high)):
            parts.append(f"{writer.path(('sk',))} {writer.keyword('BETWEEN')} {writer.constant(low)} {writer.keyword('AND')} "
                         f"{writer.constant(high)}")
        case KeyCondition("begins_with", (start,)):
            parts.append(writer.call("begins_with", [writer.path(("sk",)), writer.constant(start)]))
        case KeyCondition(operator, (operand,)):
            parts.append(compared(c, writer, "sk", operator, operand))
    parts = [f"({part})" if c.chance(10) else part for part in parts]
    if c.chance(20):
        parts.reverse()
    return f"{writer.space()}{writer.keyword('AND')}{writer.space()}".join(parts)


def compared(c, writer, name, operator, operand):
    sides = writer.path((name,)), operator, writer.constant(operand)
    if c.chance(15):
        sides = sides[2], MIRRORED[operator], sides[0]
    return " ".join(sides)


def pages(case, items, request, found, condition, wanted, limit):
    """Reads page by page. Each page holds `limit` items before the filter; a key follows it even if nothing else does."""
    c = case.c
    at = 0
    while True:
        read = found[at:at + limit] if limit else found[at:]
        shown = [item for item in read if condition is None or conditions.holds(condition, item)]
        size = sum(map(values.item_bytes, read))
        expected = {"Count": len(shown), "ScannedCount": len(read),
                    **capacity(request["TableName"], values.read_units(size, request["ConsistentRead"]))}
        if request.get("Select") != "COUNT":
            expected["Items"] = [paths.project(item, wanted) if wanted else item for item in shown]
        at += len(read)
        more = bool(limit) and len(read) == limit
        if more:
            expected["LastEvaluatedKey"] = key_of(read[-1])
        case.expect("a page of a Query", items, "Query", request, Reply(expected))
        if not more or "sk" not in read[-1]:
            return  # how to go on behind the one item of a table without sort key nobody has said
        request["ExclusiveStartKey"] = values.wire_item(key_of(read[-1]), generate.spelling(c))


def query(case, table, kind, items):
    c = case.c
    writer = Writer(c, generate.spelling(c))
    partition = S(c.pick(["p", "q", "nobody"]))
    wanted_keys = key_condition(c, kind, items)
    forward = not c.chance(40)
    found = keys.selected(items, "pk", partition, kind and "sk", wanted_keys, forward)
    request = {"TableName": table, "KeyConditionExpression": condition_text(c, writer, partition, wanted_keys),
               "ReturnConsumedCapacity": "TOTAL", "ConsistentRead": c.chance(50)}
    if not forward or c.chance(20):
        request["ScanIndexForward"] = forward
    condition = generate.condition(c, c.pick(items), generate.KEYS) if items and c.chance(25) else None
    if condition:
        request["FilterExpression"] = writer.condition_text(condition)
    wanted = generate.some_paths(c, c.pick(items), 4) if items and c.chance(25) else None
    if wanted:
        request["ProjectionExpression"] = writer.projection_text(wanted)
    elif c.chance(10):
        request["Select"] = "COUNT"
    limit = c.pick([0, 1, 2, 3, 7]) if c.chance(60) else 0
    if limit:
        request["Limit"] = limit
    pages(case, items, {**request, **writer.request()}, found, condition, wanted, limit)


def run(case):
    c = case.c
    kind = c.pick(["N", "S", "B"]) if not c.chance(10) else None
    table = case.table(sort=kind)
    held = {}

    def one():
        key = {"pk": S(c.pick("pq")), **({"sk": sort_value(c, kind)} if kind else {})}
        held[tuple(key.values())] = generate.item(c, key)

    c.many(one, 25, percent=93)
    items = one_page(held.values())
    case.put(items)
    c.many(lambda: query(case, table, kind, items), 15, percent=90, at_least=1)
