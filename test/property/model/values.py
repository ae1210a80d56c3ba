"""Attribute values. Two values are equal in DynamoDB's sense when they are equal in Python's."""

import base64
import re
from decimal import Decimal
from typing import Any, NamedTuple

from . import numbers

TYPES = ("S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M")
ORDERED = ("S", "N", "B")
SETS = ("SS", "NS", "BS")
NESTING_MAX = 32
ITEM_BYTES_MAX = 400 * 1024


class Value(NamedTuple):
    """A type's code and what it holds: str, Decimal, bytes, bool, True, a frozenset of those, a tuple or a dict of Values."""
    type: str
    content: Any


def S(text):
    return Value("S", text)


def N(number):
    return Value("N", Decimal(number))


def B(data):
    return Value("B", bytes(data))


def BOOL(truth):
    return Value("BOOL", truth)


NULL = Value("NULL", True)


def SS(*texts):
    return Value("SS", frozenset(texts))


def NS(*members):
    return Value("NS", frozenset(map(Decimal, members)))


def BS(*members):
    return Value("BS", frozenset(map(bytes, members)))


def L(*elements):
    return Value("L", elements)


def M(**entries):
    return Value("M", entries)


# -------------------------------------------------------------------- order and size

def before(a, b):
    """Is `a` less than `b`? Only values of one ordered type are, by number or by bytes."""
    if a.type != b.type or a.type not in ORDERED:
        return False
    if a.type == "S":
        return a.content.encode() < b.content.encode()
    return a.content < b.content


def sort_key(value):
    return value.content.encode() if value.type == "S" else value.content


def size_bytes(value):
    """What the value adds to its item's size."""
    match value:
        case Value("S", text):
            return len(text.encode())
        case Value("N", number):
            return numbers.size_bytes(number)
        case Value("B", data):
            return len(data)
        case Value("BOOL" | "NULL", _):
            return 1
        case Value("SS" | "NS" | "BS" as kind, members):
            return sum(size_bytes(Value(kind[0], member)) for member in members)
        case Value("L", elements):
            return 3 + sum(1 + size_bytes(element) for element in elements)
        case Value("M", entries):
            return 3 + sum(1 + len(name.encode()) + size_bytes(entry) for name, entry in entries.items())


def item_bytes(item):
    return sum(len(name.encode()) + size_bytes(value) for name, value in item.items())


def write_units(item):
    return max(1, -(-item_bytes(item) // 1024))


def read_units(size, consistent):
    blocks = max(1, -(-size // 4096))
    return float(blocks) if consistent else blocks / 2


def depth(value):
    """1 for a scalar or a set, 2 for a list of scalars, even if there are none: what is limited is documents in documents."""
    match value:
        case Value("L", elements):
            return 1 + max(map(depth, elements), default=1)
        case Value("M", entries):
            return 1 + max(map(depth, entries.values()), default=1)
        case _:
            return 1


# -------------------------------------------------------------------- JSON

class NotCanonical(ValueError):
    """A reply that DynamoDB would not write like that."""


def wire(value, spell=numbers.plain):
    """The value as JSON; `spell` writes its numbers."""
    match value:
        case Value("N", number):
            return {"N": spell(number)}
        case Value("B", data):
            return {"B": base64.b64encode(data).decode()}
        case Value("SS", members):
            return {"SS": sorted(members)}
        case Value("NS", members):
            return {"NS": [spell(member) for member in sorted(members)]}
        case Value("BS", members):
            return {"BS": [base64.b64encode(member).decode() for member in sorted(members)]}
        case Value("L", elements):
            return {"L": [wire(element, spell) for element in elements]}
        case Value("M", entries):
            return {"M": wire_item(entries, spell)}
        case Value(kind, content):
            return {kind: content}


def wire_item(item, spell=numbers.plain):
    return {name: wire(value, spell) for name, value in item.items()}


def _number(text):
    if not isinstance(text, str) or not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        raise NotCanonical(f"{text!r} for a number")
    number = Decimal(text)
    if numbers.plain(number) != text:
        raise NotCanonical(f"{text!r} for the number {numbers.plain(number)}")
    return number


def _bytes(text):
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise NotCanonical(f"{text!r} for bytes")
    return data


def _set(kind, members):
    read = {"SS": str, "NS": _number, "BS": _bytes}[kind]
    content = frozenset(read(member) for member in members)
    if not members or len(content) != len(members):
        raise NotCanonical(f"{members!r} for a set")
    return Value(kind, content)


def from_wire(json):
    """The value that a reply holds; NotCanonical if it is not written as DynamoDB writes it."""
    if not isinstance(json, dict) or len(json) != 1:
        raise NotCanonical(f"{json!r} for a value")
    [(kind, content)] = json.items()
    match kind:
        case "S" if isinstance(content, str):
            return S(content)
        case "N":
            return Value("N", _number(content))
        case "B":
            return Value("B", _bytes(content))
        case "BOOL" if isinstance(content, bool):
            return BOOL(content)
        case "NULL" if content is True:
            return NULL
        case "SS" | "NS" | "BS":
            return _set(kind, content)
        case "L" if isinstance(content, list):
            return Value("L", tuple(map(from_wire, content)))
        case "M" if isinstance(content, dict):
            return Value("M", item_from_wire(content))
    raise NotCanonical(f"{json!r} for a value")


def item_from_wire(json):
    return {name: from_wire(value) for name, value in json.items()}
