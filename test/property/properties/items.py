"""What is written can be read: the same item, in canonical form, for the capacity that its size costs."""

import generate
from case import VALIDATION, Reply, by_key
from model import values
from model.values import B, S

from .common import PAGE_BYTES, capacity, key_of, page, sort_value, wire_key

TOO_LARGE = "Item size has exceeded the maximum allowed size"


def padded(c, item):
    """The item, often with an attribute that brings its size to where capacity changes, or to one byte beside."""
    if c.chance(60):
        return item
    block = c.pick([1024, 4096])
    target = (values.item_bytes({**item, "pad": S("")}) // block + 1) * block
    if c.chance(2):
        target = values.ITEM_BYTES_MAX
    target += c.pick([0, 1, -1])
    bare = {name: value for name, value in item.items() if name != "pad"}
    room = target - values.item_bytes({**bare, "pad": S("")})
    return {**bare, "pad": S("x" * room) if c.chance(50) else B(b"\0" * room)} if room > 0 else item


def put(case, table, held, item):
    """Writes the item over the one held, and returns the one that is there now."""
    c = case.c
    request = {"TableName": table, "Item": values.wire_item(item, generate.spelling(c)), "ReturnConsumedCapacity": "TOTAL"}
    expected = capacity(table, max(values.write_units(item), values.write_units(held) if held else 0))
    if c.chance(40):
        request["ReturnValues"] = "ALL_OLD"
        expected = {**expected, **({"Attributes": held} if held else {})}
    given = [held] if held else []
    if values.item_bytes(item) > values.ITEM_BYTES_MAX:
        case.expect("an item that is too large is refused", given, "PutItem", request, Reply(error=VALIDATION, message=TOO_LARGE))
        return held
    case.expect("an item is put", given, "PutItem", request, Reply(expected))
    return item


def get(case, table, held, key):
    consistent = case.c.chance(50)
    units = values.read_units(values.item_bytes(held) if held else 0, consistent)
    case.expect("an item is read as it was written", [held] if held else [], "GetItem",
                {"TableName": table, "Key": values.wire_item(key, generate.spelling(case.c)), "ConsistentRead": consistent,
                 "ReturnConsumedCapacity": "TOTAL"},
                Reply({**({"Item": held} if held else {}), **capacity(table, units)}))


def delete(case, table, held):
    request = {"TableName": table, "Key": wire_key(held), "ReturnConsumedCapacity": "TOTAL", "ReturnValues": "ALL_OLD"}
    case.expect("an item is deleted", [held], "DeleteItem", request,
                Reply({"Attributes": held, **capacity(table, values.write_units(held))}))


def run(case):
    c = case.c
    hash_type, sort = c.pick(["S", "N", "B"]), c.pick([None, "N", "S", "B"])
    table = case.table(sort, hash_type)
    held = {}

    def one():
        key = {"pk": sort_value(c, hash_type), **({"sk": sort_value(c, sort)} if sort else {})}
        item = padded(c, generate.item(c, key))
        place = tuple(key.values())
        held[place] = put(case, table, held.get(place), item)
        if held[place] is None:
            del held[place]
        get(case, table, held.get(place), key)
        if place in held and c.chance(15):
            delete(case, table, held.pop(place))
            get(case, table, None, key_of(item))

    c.many(one, 30, percent=90, at_least=1)
    case.check_size("writes keep account of sizes", [], "DescribeTable", {"TableName": table}, held.values())
    everything = sorted(held.values(), key=by_key)
    if sum(map(values.item_bytes, everything)) < PAGE_BYTES:
        case.expect("Scan finds all there is", everything, "Scan", {"TableName": table}, page(everything))
