"""Sums and differences are exact, or they fail."""

from decimal import Decimal

import generate
from model import numbers, updates
from model.conditions import Constant, Path
from model.updates import Add, Arithmetic, Set
from model.values import N, S
from text import Writer

from .updates import expect_outcome

KEY = {"pk": S("p")}


def pair(c):
    """Two numbers that may have much, little or nothing to do with each other."""
    a = generate.wide_number(c)
    kind = c.below(6)
    if kind == 5:
        return close_to_nothing(c)
    if kind == 0:
        return a, generate.wide_number(c)
    if kind == 1:
        return a, c.pick([a.copy_negate(), a])
    # The second number lies some places beside the first: where digits meet, and where 38 of them are just enough.
    shift = c.below(45) - 2
    digits = generate.digits(c, 38)
    exponent = a.adjusted() - shift - len(digits) + 1
    b = Decimal(f"{c.pick(['', '-'])}{digits}E{exponent}")
    if kind == 4:
        b = numbers.EXACT.subtract(b, a)  # so that the sum is short
    return (a, b) if numbers.fault(b) is None else (a, Decimal(1))


def close_to_nothing(c):
    """Two numbers whose difference may be below the smallest that there is."""
    a, b = (Decimal(f"{generate.digits(c, 5)}E-134") for _ in range(2))
    shift = Decimal(f"1E{numbers.EXPONENT_MIN + c.below(3)}")
    return numbers.EXACT.add(a, shift), numbers.EXACT.add(b, shift).copy_negate()


def run(case):
    c = case.c
    table = case.table()

    def one():
        a, b = pair(c)
        held = {**KEY, "a": N(a)}
        case.put([held])
        writer = Writer(c, generate.spelling(c))
        match c.below(4):
            case 0:
                action = Set(("a",), Arithmetic(c.pick("+-"), Path(("a",)), Constant(N(b))))
            case 1:
                action = Set(("r",), Arithmetic(c.pick("+-"), Constant(N(b)), Path(("a",))))
            case 2:
                action = Set(("r",), Arithmetic(c.pick("+-"), Constant(N(a)), Constant(N(b))))
            case _:
                action = Add(("a",), N(b))
        text = writer.update_text([action])
        expect_outcome(case, table, KEY, {"UpdateExpression": text, **writer.request()}, held,
                       updates.apply([action], held, KEY),
                       lambda mode, old, new: updates.returned(mode, [action], old, new))

    c.many(one, 40, percent=95, at_least=1)
