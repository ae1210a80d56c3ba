"""What several properties need."""

import generate
from case import Reply
from model import values
from model.values import B, S, Value


PAGE_BYTES = 900_000  # what surely fits into one page of Query or Scan


def key_of(item):
    return {name: item[name] for name in ("pk", "sk") if name in item}


def wire_key(item):
    return values.wire_item(key_of(item))


def capacity(table, units):
    return {"ConsumedCapacity": {"TableName": table, "CapacityUnits": float(units)}}


def not_empty(value):
    """A key's value may not be empty, nor longer than 1024 bytes."""
    if value.type == "N":
        return value
    if value.content:
        return Value(value.type, value.content[:200])
    return S("0") if value.type == "S" else B(b"0")


def sort_value(c, kind):
    return not_empty(generate.scalar(c, (kind,)))


def pool(c, sort="N", at_most=10, percent=75):
    """Items of the partition "p", each with its sort key."""
    items = {}
    for item in c.many(lambda: generate.item(c, {"pk": S("p"), "sk": sort_value(c, sort)}), at_most, percent, at_least=1):
        items[item["sk"]] = item
    return one_page(items.values())


def one_page(items):
    """As many of the items as one page of Query or Scan holds."""
    room, fitting = PAGE_BYTES, []
    for item in items:
        room -= values.item_bytes(item)
        if room < 0:
            break
        fitting.append(item)
    return fitting


def page(items, scanned=None):
    """The reply of a Query or Scan that reads to the end."""
    return Reply({"Items": items, "Count": len(items), "ScannedCount": len(items) if scanned is None else scanned})
