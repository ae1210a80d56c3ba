"""A projection shows the parts that it names, inside their parents, whoever reads."""

import generate
from case import Reply
from model import paths, values
from text import Writer

from .common import page, pool, wire_key


def run(case):
    c = case.c
    table = case.table(sort="N")
    items = pool(c, at_most=8)
    items.sort(key=lambda item: item["sk"].content)
    case.put(items)

    def one():
        item = c.pick(items)
        wanted = generate.some_paths(c, item, 8)
        writer = Writer(c, generate.spelling(c))
        request = {"TableName": table, "ProjectionExpression": writer.projection_text(wanted), **writer.request()}
        shown = [paths.project(one, wanted) for one in items]
        case.expect("GetItem shows what is named", [item], "GetItem", {**request, "Key": wire_key(item)},
                    Reply({"Item": paths.project(item, wanted)}))
        case.expect("Query shows what is named", items, "Query",
                    {**request, "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}}, page(shown))
        if c.chance(30):
            batch(case, request, items, wanted)

    c.many(one, 12, percent=88, at_least=1)


def batch(case, request, items, wanted):
    """BatchGetItem answers in no promised order, so it is asked for one item."""
    item = case.c.pick(items)
    name = request["TableName"]
    body = {member: what for member, what in request.items() if member != "TableName"}
    shown = values.wire_item(paths.project(item, wanted))
    reply = case.ask("BatchGetItem", {"RequestItems": {name: {**body, "Keys": [wire_key(item)]}}})
    found = reply.members.get("Responses", {}).get(name)
    if found is None or [values.item_from_wire(one) for one in found] != [paths.project(item, wanted)]:
        case.disagree("BatchGetItem shows what is named", [item], "BatchGetItem",
                      {"RequestItems": {name: {**body, "Keys": [wire_key(item)]}}},
                      [Reply({"Responses": {name: [shown]}, "UnprocessedKeys": {}})], reply)
