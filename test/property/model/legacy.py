"""The parameters that expressions replaced: Expected, filters and AttributeUpdates."""

from typing import NamedTuple

from . import conditions, updates
from .values import Value

TYPE_MISMATCH = "Type mismatch for attribute to update"

SIGNS = {"EQ": "=", "NE": "<>", "LT": "<", "LE": "<=", "GT": ">", "GE": ">="}

# The types of value that a comparison takes: those that are documented and observed alike.
OPERAND_TYPES = {
    **{name: ("S", "N", "B", "SS", "NS", "BS") for name in ("EQ", "NE")},
    **{name: ("S", "N", "B") for name in ("LT", "LE", "GT", "GE", "BETWEEN", "IN", "CONTAINS", "NOT_CONTAINS")},
    "BEGINS_WITH": ("S", "B"),
}


class Comparison(NamedTuple):
    attribute: str
    operator: str
    operands: tuple


def meets(comparison, item):
    value = item.get(comparison.attribute)
    match comparison.operator, comparison.operands:
        case "NULL", ():
            return value is None
        case "NOT_NULL", ():
            return value is not None
        case "IN", options:
            return any(conditions.compare("=", value, option) for option in options)
        case "BETWEEN", (low, high):
            return conditions.between(value, low, high)
        case "BEGINS_WITH", (start,):
            return conditions.begins_with(value, start)
        case "CONTAINS", (part,):
            return conditions.contains(value, part)
        case "NOT_CONTAINS", (part,):
            return value is not None and not conditions.contains(value, part)
        case operator, (operand,):
            return conditions.compare(SIGNS[operator], value, operand)
    raise TypeError(comparison)


def holds(comparisons, any_of_them, item):
    verdicts = [meets(comparison, item) for comparison in comparisons]
    return any(verdicts) if any_of_them else all(verdicts)


# -------------------------------------------------------------------- AttributeUpdates

class AttributeUpdate(NamedTuple):
    attribute: str
    action: str  # PUT, ADD or DELETE
    value: Value | None

    @property
    def path(self):
        return (self.attribute,)


def result(update, old):
    """The new value, None to remove it."""
    match update.action, update.value:
        case "PUT", value:
            return value
        case "DELETE", None:
            return None
        case _, value if old is not None and old.type != value.type:
            raise updates.Failure(TYPE_MISMATCH)
        case "DELETE", value:
            return updates.without(old, value)
        case "ADD", Value("L", elements):
            return Value("L", (old.content if old else ()) + elements)
        case "ADD", value:
            return updates.added(old, value)
    raise TypeError(update)


def apply(attribute_updates, item, key):
    """The possible outcomes, as of updates.apply()."""
    if item is None and attribute_updates and all(update.action == "DELETE" for update in attribute_updates):
        return [updates.Outcome(None)]
    new, errors = dict(key) if item is None else dict(item), set()
    for update in attribute_updates:
        try:
            value = result(update, new.get(update.attribute))
        except updates.Failure as failure:
            errors.add(str(failure))
            continue
        if value is None:
            new.pop(update.attribute, None)
        else:
            new[update.attribute] = value
    return [updates.Outcome(None, error) for error in errors] or [updates.judged(new)]
