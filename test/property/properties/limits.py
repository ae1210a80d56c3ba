"""Neither an item nor what an update writes of it may be larger than 400 KB."""

import generate
from model import updates, values
from model.conditions import Constant
from model.updates import Add, Remove, Set
from model.values import N, S
from text import Writer

from .updates import expect_outcome


def padded(c, actions, item, key):
    """The actions with one more that sets an attribute so long that the limit is just met, or just missed."""
    def figure(length):
        [outcome] = updates.apply([*actions, Set(("pad",), Constant(S("x" * length)))], item, key)
        return max(values.item_bytes(outcome.item), updates.record_bytes(actions + [Set(("pad",), None)], outcome.item))

    length = values.ITEM_BYTES_MAX - figure(0) + c.below(2)
    at = c.below(len(actions) + 1)
    return actions[:at] + [Set(("pad",), Constant(S("x" * length)))] + actions[at:]


def run(case):
    c = case.c
    table = case.table()
    key = {"pk": S("p" * (1 + c.below(40)))}
    item = {**key, "n": N(1), **({"untouched": S("u" * c.below(30))} if c.chance(50) else {})}
    case.put([item])
    possible = [Set(("a",), Constant(generate.value(c, 1))), Add(("n",), N(c.below(1000))), Remove(("b",)), Remove(("c",))]
    actions = [action for action in possible if c.chance(40)]
    actions = padded(c, actions, item, key)
    writer = Writer(c, generate.spelling(c))
    request = {"UpdateExpression": writer.update_text(actions), **writer.request()}
    expect_outcome(case, table, key, request, item, updates.apply(actions, item, key),
                   lambda mode, old, new: updates.returned(mode, actions, old, new))
