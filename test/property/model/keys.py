"""Key conditions, and the order in which Query answers."""

from typing import NamedTuple

from . import conditions, values


class KeyCondition(NamedTuple):
    """What a Query asks of the sort key: an operator of conditions, BETWEEN or begins_with, and its values."""
    operator: str
    operands: tuple


def matches(condition, value):
    match condition:
        case None:
            return True
        case KeyCondition("BETWEEN", (low, high)):
            return conditions.between(value, low, high)
        case KeyCondition("begins_with", (start,)):
            return conditions.begins_with(value, start)
        case KeyCondition(operator, (operand,)):
            return conditions.compare(operator, value, operand)
    raise TypeError(condition)


def selected(items, hash_name, hash_value, sort_name, condition, forward):
    """The items of one partition that meet the condition, in order."""
    found = [item for item in items
             if item[hash_name] == hash_value and (sort_name is None or matches(condition, item[sort_name]))]
    if sort_name is not None:
        found.sort(key=lambda item: values.sort_key(item[sort_name]), reverse=not forward)
    return found
