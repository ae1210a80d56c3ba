"""Scan finds everything once, whole, page by page and in segments; a partition lies in one segment."""

import generate
from case import by_key
from model import conditions, values
from model.values import N, S
from text import Writer

from .common import key_of, one_page


def pages(case, request, limit):
    """The pages' items, and how many items were read."""
    items, scanned = [], 0
    if limit:
        request = {**request, "Limit": limit}
    while True:
        reply = case.ask("Scan", request)
        if reply.error:
            return None, f"{reply.error} {reply.message}"
        found = reply.members
        if found["Count"] != len(found["Items"]) or limit and found["ScannedCount"] > limit:
            return None, f"Count {found['Count']}, ScannedCount {found['ScannedCount']} with {len(found['Items'])} items"
        items += found["Items"]
        scanned += found["ScannedCount"]
        if "LastEvaluatedKey" not in found:
            return items, scanned
        if limit and found["ScannedCount"] != limit:
            return None, "a page is cut short"
        request = {**request, "ExclusiveStartKey": values.wire_item(found["LastEvaluatedKey"])}


def check(case, held, request, limit, condition):
    """Scans in as many segments as asked for, and compares all that is found with all that is there."""
    c = case.c
    total = c.pick([1, 2, 3, 7])
    found, partitions, scanned = [], {}, 0
    for segment in range(total):
        one = {**request, "Segment": segment, "TotalSegments": total} if total > 1 else request
        items, read = pages(case, one, limit)
        if items is None:
            case.disagree(read, held, "Scan", one, [], None)
        found += items
        scanned += read
        for item in items:
            partitions.setdefault(item["pk"], set()).add(segment)
    expected = sorted((item for item in held if condition is None or conditions.holds(condition, item)), key=by_key)
    if sorted(found, key=by_key) != expected or scanned != len(held):
        case.disagree(f"in {total} segments, with Limit {limit}, of {len(held)} items {scanned} are read; the filter should let "
                      f"{len(expected)} through and lets {len(found)}", held, "Scan", request, [], None)
    if any(len(segments) > 1 for segments in partitions.values()):
        case.disagree("a partition lies in several segments", held, "Scan", request, [], None)


def run(case):
    c = case.c
    table = case.table(sort="N")
    held = {}
    for item in c.many(lambda: generate.item(c, {"pk": S(c.pick("pqrstuvwxyz")), "sk": N(c.below(5))}), 60, percent=97):
        held[tuple(key_of(item).values())] = item
    items = one_page(held.values())
    case.put(items)

    def one():
        writer = Writer(c, generate.spelling(c))
        request = {"TableName": table, "ConsistentRead": True}
        condition = generate.condition(c, c.pick(items)) if items and c.chance(40) else None
        if condition:
            request.update(FilterExpression=writer.condition_text(condition), **writer.request())
        check(case, items, request, c.pick([0, 1, 2, 5]), condition)

    c.many(one, 6, percent=80, at_least=1)
