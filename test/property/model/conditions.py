"""Conditions and filters as trees, and whether an item meets them."""

from typing import Any, NamedTuple

from . import paths, values
from .values import Value


class Path(NamedTuple):
    steps: tuple


class Constant(NamedTuple):
    value: Value


class Size(NamedTuple):
    of: Any  # a Path or a Constant


class Compare(NamedTuple):
    operator: str  # = <> < <= > >=
    left: Any
    right: Any


class Between(NamedTuple):
    operand: Any
    low: Any
    high: Any


class In(NamedTuple):
    operand: Any
    options: tuple


class Function(NamedTuple):
    name: str
    operands: tuple


class And(NamedTuple):
    parts: tuple


class Or(NamedTuple):
    parts: tuple


class Not(NamedTuple):
    part: Any


def length(value):
    """What size() says: None for values that have no size. A string's length counts UTF-16 units, as in Java."""
    if value.type == "S":
        return len(value.content.encode("utf-16-le")) // 2
    if value.type in ("N", "BOOL", "NULL"):
        return None
    return len(value.content)


def value_of(operand, item):
    """The value of an operand, None if it has none."""
    match operand:
        case Path(steps):
            return paths.resolve(item, steps)
        case Constant(value):
            return value
        case Size(of):
            value = value_of(of, item)
            size = value and length(value)
            return None if size is None else values.N(size)


def compare(operator, a, b):
    """Missing operands are None."""
    if operator == "<>":
        return a is None or b is None or a != b
    if a is None or b is None:
        return False
    match operator:
        case "=":
            return a == b
        case "<":
            return values.before(a, b)
        case ">":
            return values.before(b, a)
        case "<=":
            return values.before(a, b) or a == b and a.type in values.ORDERED
        case ">=":
            return values.before(b, a) or a == b and a.type in values.ORDERED


def between(value, low, high):
    return compare("<=", low, value) and compare("<=", value, high)


def begins_with(value, start):
    """Only strings with strings, and bytes with bytes."""
    if value is None or start is None or value.type != start.type or value.type not in ("S", "B"):
        return False
    return value.content.startswith(start.content)


def contains(value, part):
    if value is None or part is None:
        return False
    match value, part:
        case (Value("S", whole), Value("S", inner)) | (Value("B", whole), Value("B", inner)):
            return inner in whole
        case (Value("SS", members), Value("S", member)) | (Value("NS", members), Value("N", member)) \
                | (Value("BS", members), Value("B", member)):
            return member in members
        case Value("L", elements), _:
            return any(element == part for element in elements)
    return False


def function(name, operands):
    match name, operands:
        case "attribute_exists", (value,):
            return value is not None
        case "attribute_not_exists", (value,):
            return value is None
        case "attribute_type", (value, kind):
            return value is not None and value.type == kind.content
        case "begins_with", (value, start):
            return begins_with(value, start)
        case "contains", (value, part):
            return contains(value, part)


def holds(condition, item):
    """Does the item meet the condition? For an item that does not exist, give an empty one."""
    match condition:
        case Compare(operator, left, right):
            return compare(operator, value_of(left, item), value_of(right, item))
        case Between(operand, low, high):
            return between(*(value_of(one, item) for one in (operand, low, high)))
        case In(operand, options):
            value = value_of(operand, item)
            return any(compare("=", value, value_of(option, item)) for option in options)
        case Function(name, operands):
            return function(name, tuple(value_of(operand, item) for operand in operands))
        case And(parts):
            return all(holds(part, item) for part in parts)
        case Or(parts):
            return any(holds(part, item) for part in parts)
        case Not(part):
            return not holds(part, item)
    raise TypeError(condition)
