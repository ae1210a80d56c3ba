"""Update expressions as trees, and what becomes of an item.

What may come of an update is a list of outcomes, most often of one: several where the documentation leaves the answer open, and
where several things are wrong at a time, of which DynamoDB reports one."""

import itertools
from typing import Any, NamedTuple

from . import numbers, paths, values
from .conditions import Constant, Path
from .values import Value

MISSING = "The provided expression refers to an attribute that does not exist in the item"
WRONG_TYPE = "An operand in the update expression has an incorrect data type"
BAD_PATH = "The document path provided in the update expression is invalid for update"
TOO_LARGE = "Item size to update has exceeded the maximum allowed size"
TOO_DEEP = ("Nesting Levels have exceeded supported limits: "
            "Attributes in the item have nested levels beyond supported limit")


class IfNotExists(NamedTuple):
    path: Path
    otherwise: Any


class ListAppend(NamedTuple):
    left: Any
    right: Any


class Arithmetic(NamedTuple):
    operator: str  # + or -
    left: Any
    right: Any


class Set(NamedTuple):
    path: tuple
    operand: Any


class Remove(NamedTuple):
    path: tuple


class Add(NamedTuple):
    path: tuple
    value: Value


class Delete(NamedTuple):
    path: tuple
    value: Value


class Outcome(NamedTuple):
    """Either an error's text, or the item that is there afterwards (None: none)."""
    item: dict | None
    error: str | None = None


class Failure(Exception):
    """Why an action cannot be done: one of the texts above."""


# -------------------------------------------------------------------- operands

def arithmetic(operator, a, b):
    """The exact result. One that needs more than 38 digits was seen to be called an overflow."""
    if a.type != "N" or b.type != "N":
        raise Failure(WRONG_TYPE)
    exact = (numbers.EXACT.add if operator == "+" else numbers.EXACT.subtract)(a.content, b.content)
    fault = numbers.fault(exact)
    if fault:
        raise Failure(numbers.UNDERFLOW if fault == numbers.UNDERFLOW else numbers.OVERFLOW)
    return Value("N", exact)


def computed(operand, item):
    """The value of an operand, by the item as it was."""
    match operand:
        case Constant(value):
            return value
        case Path(steps):
            value = paths.resolve(item, steps)
            if value is None:
                raise Failure(MISSING)
            return value
        case IfNotExists(path, otherwise):
            value = paths.resolve(item, path.steps)
            return computed(otherwise, item) if value is None else value
        case ListAppend(left, right):
            left, right = computed(left, item), computed(right, item)
            if left.type != "L" or right.type != "L":
                raise Failure(WRONG_TYPE)
            return Value("L", left.content + right.content)
        case Arithmetic(operator, left, right):
            return arithmetic(operator, computed(left, item), computed(right, item))
    raise TypeError(operand)


def added(old, value):
    """What ADD makes of the old value, None if there is none."""
    if old is None:
        return value
    if value.type == "N":
        return arithmetic("+", old, value)
    if old.type != value.type:
        raise Failure(WRONG_TYPE)
    return Value(old.type, old.content | value.content)


def without(old, value):
    """What DELETE leaves of the old set: None for nothing."""
    if old is None:
        return None
    if old.type != value.type:
        raise Failure(WRONG_TYPE)
    rest = old.content - value.content
    return Value(old.type, rest) if rest else None


# -------------------------------------------------------------------- the item after

def has_parent(item, path):
    """What is inside a document needs that document."""
    if len(path) == 1:
        return True
    parent = paths.resolve(item, path[:-1])
    return parent is not None and parent.type == ("L" if isinstance(path[-1], int) else "M")


def results(action, item, is_new):
    """What the action may give to its path: a value, None for nothing, or a Failure; most often there is one answer."""
    path = action.path
    try:
        match action:
            case Set(_, operand):
                result = computed(operand, item)
            case Remove(_):
                result = None
            case Add(_, value):
                result = added(paths.resolve(item, path), value)
            case Delete(_, value):
                result = without(paths.resolve(item, path), value)
    except Failure as failure:
        result = failure
    if has_parent(item, path):
        return [result]
    if is_new and is_removal(action) or isinstance(action, Delete):
        return [None, Failure(BAD_PATH)]  # nobody has said which
    faults = [result] if isinstance(result, Failure) else []
    if not faults and len(path) - 1 + values.depth(result) > values.NESTING_MAX:
        faults = [Failure(TOO_DEEP)]  # it would be, if it were written there
    return [Failure(BAD_PATH), *faults]


def changed(value, changes):
    """The value with the changes {rest of a path: new value, or None} made inside it. Indexes are those of the list as it
    was; what goes beyond its end is appended in their order."""
    if () in changes:
        return changes[()]
    if value is None or value.type not in ("L", "M"):
        return value  # what is to be removed from it is not there
    steps = {}
    for rest, new in changes.items():
        steps.setdefault(rest[0], {})[rest[1:]] = new
    entries = dict(value.content) if value.type == "M" else dict(enumerate(value.content))
    for step, inner in steps.items():
        entries[step] = changed(entries.get(step), inner)
    left = {step: entry for step, entry in entries.items() if entry is not None}
    return Value("M", left) if value.type == "M" else Value("L", tuple(left[index] for index in sorted(left)))


def is_removal(action):
    return isinstance(action, (Remove, Delete))


def record_bytes(actions, item):
    """What an update of top-level attributes counts for beside the item it makes: DynamoDB was seen to measure what the
    update writes, with some bytes for each action. That may be more than the item, for keys are not written."""
    written = {action.path[0] for action in actions if not is_removal(action)}
    return 3 + sum(2 if is_removal(action) else 19 for action in actions) + \
        values.item_bytes({name: value for name, value in item.items() if name in written})


def judged(item, actions=()):
    """The outcome of writing this item."""
    if any(values.depth(value) > values.NESTING_MAX for value in item.values()):
        return Outcome(None, TOO_DEEP)
    if max(values.item_bytes(item), record_bytes(actions, item)) > values.ITEM_BYTES_MAX:
        return Outcome(None, TOO_LARGE)
    return Outcome(item)


def apply(actions, item, key, measured=True):
    """The possible outcomes of the actions on the item, None if there is no item. Only UpdateItem was seen to measure what
    it writes beside the item that it makes."""
    if item is None and actions and all(map(is_removal, actions)):
        return [Outcome(None)]
    former = dict(key) if item is None else item
    outcomes = []
    for together in itertools.product(*(results(action, former, item is None) for action in actions)):
        changes = {action.path: result for action, result in zip(actions, together) if not isinstance(result, Failure)}
        written = judged(changed(Value("M", former), changes).content, actions if measured else ())
        errors = [Outcome(None, str(result)) for result in together if isinstance(result, Failure)]
        # Of several things that are wrong any may be reported.
        outcomes += errors + ([written] if written.error or not errors else [])
    return outcomes


def returned(mode, actions, old, new):
    """The Attributes of the reply, {} for none."""
    touched = [action.path for action in actions]
    match mode:
        case "ALL_OLD":
            return old or {}
        case "ALL_NEW":
            return new or {}
        case "UPDATED_OLD":
            return paths.project(old or {}, touched)
        case "UPDATED_NEW":
            return paths.project(new or {}, touched)
    return {}
