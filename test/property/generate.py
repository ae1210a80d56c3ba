"""Random values, items, and what can be asked of them. 0 always draws what is simplest (see choices.py).

Values come from small pools, so that things drawn apart are often equal, and now and then from everywhere."""

from decimal import Decimal

from model import conditions, numbers, paths, updates, values
from model.conditions import And, Between, Compare, Constant, Function, In, Not, Or, Path, Size
from model.updates import Add, Arithmetic, Delete, IfNotExists, ListAppend, Remove, Set
from model.values import BOOL, NULL, B, N, S, Value

KEYS = ("pk", "sk")  # what the tables of the tests call their key attributes
NAMES = ["a", "b", "c", "d1", "E_2", "f", "g", "h", "name", "SIZE", "x.y", "é", "-", "a b", "[0]", "#a", ":b", "1st", "_u", "\U0001f600"]
TEXTS = ["", "a", "b", "ab", "aa", "ba", "abc", "A", "é", "aé", "\U0001f600", "\uffff", "\0", "\u0301", "N", "10", "9"]
BYTES = [b"", b"a", b"b", b"ab", b"aa", b"\0", b"\xff", b"\x7f\x80", b"abc", b"\xff\xff"]
NUMBERS = ["0", "1", "2", "-1", "3", "10", "9", "1.5", "-2", "0.1", "100", "-0.1", "99", "-10", "12345678901234567890"]
SMALL, LARGE = Decimal("1E-130"), Decimal("9.9999999999999999999999999999999999999E+125")


# -------------------------------------------------------------------- scalars

def digits(c, most):
    """A run of digits without zeros at its ends; often nines or ones with zeros, where carries go far."""
    count = 1 + c.below(most)
    kind = c.below(4)
    if kind == 0:
        return "1" + "0" * (count - 2) + "1" * (count > 1)
    if kind == 1:
        return "9" * count
    drawn = "".join(str(c.below(10)) for _ in range(count)).strip("0")
    return drawn or "1"


def wide_number(c):
    """From the whole range, and close to its ends."""
    drawn = digits(c, c.pick([3, 10, 20, 38]))
    lowest, highest = numbers.EXPONENT_MIN, numbers.EXPONENT_MAX
    first = c.weighted((4, c.below(6) - 2), (2, c.below(81) - 40), (1, highest - c.below(4)), (1, lowest + c.below(4)),
                       (1, lowest + c.below(highest - lowest)))
    sign = c.pick(["", "-"])
    return Decimal(f"{sign}{drawn}E{first - len(drawn) + 1}")


def number(c):
    if c.chance(15):
        return c.pick([SMALL, LARGE, SMALL.copy_negate(), LARGE.copy_negate()]) if c.chance(15) else wide_number(c)
    return Decimal(c.pick(NUMBERS))


def spelling(c):
    """A way to write numbers, each of which DynamoDB reads as the same."""
    def spell(value):
        plain = numbers.plain(value)
        kind = c.below(12)
        if kind == 11:
            digits_, exponent = numbers.trimmed(value)
            return f"{'-' if plain[0] == '-' else ''}{digits_ or '0'}{c.pick(['E', 'e'])}{exponent:+d}"
        if kind == 10 and "." in plain and len(plain) < 60:
            return plain + "0"
        if kind == 9 and "." not in plain and len(plain) < 30:
            return plain + ".0"
        if kind == 8 and plain[0] != "-":
            return c.pick(["0", "00", "+"]) + plain
        return plain
    return spell


def text(c):
    if c.chance(6):
        return "".join(chr(c.weighted((6, 97 + c.below(26)), (1, 0x20 + c.below(0x60)), (1, 0xa0 + c.below(0x500)),
                                      (1, 0x1f300 + c.below(0x200)))) for _ in range(c.below(12)))
    if c.chance(1):
        return c.pick(["x", "é", "\U0001f600"]) * (200 + c.below(200))
    return c.pick(TEXTS)


def data(c):
    if c.chance(6):
        return bytes(c.below(256) for _ in range(c.below(10)))
    return c.pick(BYTES)


CONTENTS = {"S": text, "N": number, "B": data}


def scalar(c, kinds=("S", "N", "B")):
    kind = c.pick(kinds)
    return Value(kind, CONTENTS[kind](c))


def set_of(c, kind=None):
    kind = kind or c.pick(values.SETS)
    return Value(kind, frozenset(c.many(lambda: CONTENTS[kind[0]](c), 6, at_least=1)))


# -------------------------------------------------------------------- values and items

def value(c, deep=3):
    """Any value, of at most that many levels of documents."""
    kind = c.weighted((4, "S"), (5, "N"), (2, "B"), (1, "BOOL"), (1, "NULL"), (2, "set"), (3 if deep else 0, "L"), (3 if deep else 0, "M"))
    match kind:
        case "BOOL":
            return BOOL(c.chance(50))
        case "NULL":
            return NULL
        case "set":
            return set_of(c)
        case "L":
            return Value("L", tuple(c.many(lambda: value(c, deep - 1), 5)))
        case "M":
            return Value("M", dict(c.many(lambda: (c.pick(NAMES), value(c, deep - 1)), 5)))
    return scalar(c, (kind,))


def attributes(c, at_most=8):
    return dict(c.many(lambda: (c.pick(NAMES), value(c)), at_most, percent=80))


def item(c, key):
    return {**key, **attributes(c)}


# -------------------------------------------------------------------- paths

def path_into(c, item, without=()):
    """A path that leads somewhere in the item, or nearly."""
    known = [path for path in paths.all_paths(item) if path[0] not in without]
    path = c.pick(known) if known and c.chance(85) else (c.pick(NAMES),)
    if c.chance(15):
        kind = c.below(4)
        if kind == 0 and len(path) > 1:
            path = path[:-1]
        elif kind == 1:
            path += (c.pick(NAMES),)
        elif kind == 2:
            path += (c.below(4),)
        elif isinstance(path[-1], int):
            path = path[:-1] + (path[-1] + 1 + c.below(3),)
    return path[:1] if path[0] in KEYS else path  # DynamoDB refuses paths into keys


def value_near(c, item):
    """A value that is in the item, or like one, or any."""
    if c.chance(60):
        found = paths.resolve(item, path_into(c, item))
        if found is not None:
            if found.type == "N" and c.chance(20):
                near = numbers.EXACT.add(found.content, c.pick([1, -1]))
                return found if numbers.fault(near) else N(near)
            if found.type in ("S", "B") and c.chance(20):
                return Value(found.type, found.content[:-1])
            return found
    return value(c, 2)


def scalar_near(c, item, kinds=("S", "N", "B")):
    near = value_near(c, item)
    return near if near.type in kinds else scalar(c, kinds)


# -------------------------------------------------------------------- conditions

class ConditionMaker:
    """Conditions that are well formed: what DynamoDB refuses by the text and the constants alone is not made."""

    def __init__(self, c, item, without=()):
        self.c = c
        self.item = item  # what constants and paths are taken from
        self.without = without  # attributes that may not be named

    def path(self):
        return Path(path_into(self.c, self.item, self.without))

    def two_paths(self):
        first, second = self.path(), self.path()
        return None if first == second else (first, second)

    def size(self):
        if self.c.chance(10):
            near = value_near(self.c, self.item)
            if near.type not in ("N", "BOOL", "NULL"):
                return Size(Constant(near))
        return Size(self.path())

    def length_near(self):
        found = paths.resolve(self.item, path_into(self.c, self.item, self.without))
        length = found and conditions.length(found)
        return Constant(N((length or 0) + self.c.pick([0, 1, -1])))

    def comparison(self):
        c = self.c
        operator = c.pick(["=", "<>", "<", "<=", ">", ">="])
        kind = c.below(10)
        if kind < 6:
            near = value_near(c, self.item) if operator in ("=", "<>") else scalar_near(c, self.item)
            sides = [self.path(), Constant(near)]
        elif kind < 8:
            sides = [self.size(), self.length_near() if c.chance(70) else self.path()]
        else:
            sides = self.two_paths() or [self.path(), Constant(scalar(c))]
        return Compare(operator, *(reversed(sides) if c.chance(25) else sides))

    def bounds(self):
        """Two operands between which something can lie."""
        c = self.c
        if c.chance(25):
            return self.path(), self.path()
        first = scalar_near(c, self.item)
        second = scalar_near(c, self.item, (first.type,))
        low, high = (second, first) if values.before(second, first) else (first, second)
        kind = c.below(8)
        return (self.path() if kind == 7 else Constant(low)), (self.path() if kind == 6 else Constant(high))

    def between(self):
        low, high = self.bounds()
        kind = self.c.below(8)
        if kind == 7 and isinstance(low, Constant) and low.value.type == "N" and isinstance(high, Constant):
            return Between(self.size(), low, high)
        if kind == 6 and isinstance(low, Path) and isinstance(high, Path):
            return Between(Constant(scalar_near(self.c, self.item)), low, high)
        return Between(self.path(), low, high)

    def inside(self):
        c = self.c
        options = c.many(lambda: self.path() if c.chance(15) else Constant(value_near(c, self.item)), 6, at_least=1)
        operand = self.path() if c.chance(90) else self.size()
        return In(operand, tuple(option for option in options if option != operand) or (Constant(N(1)),))

    def function(self):
        c = self.c
        name = c.pick(["attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"])
        match name:
            case "attribute_type":
                return Function(name, (self.path(), Constant(S(c.pick(values.TYPES)))))
            case "begins_with":
                return Function(name, self.two_operands(lambda: scalar_near(c, self.item, ("S", "B"))))
            case "contains":
                return Function(name, self.two_operands(self.part))
        return Function(name, (self.path(),))

    def part(self):
        """Something that a string, a set or a list may contain."""
        near = value_near(self.c, self.item)
        if near.type in values.SETS and self.c.chance(50):
            return Value(near.type[0], min(near.content))
        if near.type == "L" and near.content and self.c.chance(60):
            return self.c.pick(near.content)
        return near

    def two_operands(self, constant):
        if self.c.chance(15):
            pair = self.two_paths()
            if pair:
                return pair
        return self.path(), Constant(constant())

    def simple(self):
        return self.c.weighted((8, self.comparison), (4, self.function), (2, self.between), (2, self.inside))()

    def condition(self, deep=3):
        c = self.c
        kind = c.weighted((10 if deep else 1, "simple"), (3 if deep else 0, "and"), (3 if deep else 0, "or"), (2 if deep else 0, "not"))
        match kind:
            case "and":
                return And(tuple(c.many(lambda: self.condition(deep - 1), 3, percent=30, at_least=2)))
            case "or":
                return Or(tuple(c.many(lambda: self.condition(deep - 1), 3, percent=30, at_least=2)))
            case "not":
                return Not(self.condition(deep - 1))
        return self.simple()


def condition(c, item, without=()):
    return ConditionMaker(c, item, without).condition()


# -------------------------------------------------------------------- updates and projections

def apart(wanted, taken):
    """Neither inside one of the others nor of a different kind than they."""
    return not any(paths.overlap(wanted, other) or paths.conflict(wanted, other) for other in taken)


def some_paths(c, item, at_most, without=(), percent=60):
    """Paths of which none is in the way of another."""
    taken = []
    for path in c.many(lambda: path_into(c, item, without), at_most, percent=percent, at_least=1):
        if apart(path, taken):
            taken.append(path)
    return taken


class UpdateMaker:
    """Updates whose text is right; whether the item allows them is another matter."""

    def __init__(self, c, item):
        self.c = c
        self.item = item

    def path(self, kinds=None):
        """A path to read; most often to something of these types."""
        if kinds is not None and self.c.chance(80):
            known = [path for path in paths.all_paths(self.item) if paths.resolve(self.item, path).type in kinds]
            if known:
                return Path(self.c.pick(known))
        return Path(path_into(self.c, self.item))

    def operand(self, kinds=None, constant=None):
        """A path, a constant or if_not_exists() of the two; constants by `constant`."""
        c = self.c
        constant = constant or (lambda: value_near(c, self.item))
        kind = c.weighted((5, "constant"), (4, "path"), (2, "if_not_exists"))
        if kind == "constant":
            return Constant(constant())
        if kind == "path":
            return self.path(kinds)
        return IfNotExists(self.path(kinds), self.operand(kinds, constant))

    def number_operand(self):
        return self.operand(("N",), lambda: N(number(self.c)))

    def list_operand(self):
        return self.operand(("L",), lambda: Value("L", tuple(self.c.many(lambda: value(self.c, 1), 3))))

    def assigned(self):
        kind = self.c.weighted((5, "operand"), (3, "sum"), (2, "list"))
        if kind == "sum":
            return Arithmetic(self.c.pick("+-"), self.number_operand(), self.number_operand())
        if kind == "list":
            return ListAppend(self.list_operand(), self.list_operand())
        return self.operand()

    def member_value(self, path, kinds):
        """A number or set for ADD or DELETE, mostly of the type that is there."""
        old = paths.resolve(self.item, path)
        kind = old.type if old is not None and old.type in kinds and self.c.chance(85) else self.c.pick(kinds)
        if kind == "N":
            return N(number(self.c))
        drawn = set_of(self.c, kind)
        if old is not None and old.type == kind and self.c.chance(50):
            known = sorted(old.content)
            return Value(kind, frozenset(known[self.c.below(len(known)):]) | (drawn.content if self.c.chance(30) else frozenset()))
        return drawn

    def target(self, kinds):
        if kinds and self.c.chance(50):
            known = [path for path in paths.all_paths(self.item)
                     if path[0] not in KEYS and paths.resolve(self.item, path).type in kinds]
            if known:
                return self.c.pick(known)
        return path_into(self.c, self.item, KEYS)

    def action(self):
        kind = self.c.weighted((6, Set), (4, Remove), (3, Add), (2, Delete))
        if kind is Set:
            return Set(self.target(()), self.assigned())
        if kind is Remove:
            return Remove(self.target(()))
        kinds = ("N",) + values.SETS if kind is Add else values.SETS
        path = self.target(kinds)
        return kind(path, self.member_value(path, kinds))

    def update(self):
        actions = []
        for action in self.c.many(self.action, 6, percent=55, at_least=1):
            if apart(action.path, [other.path for other in actions]):
                actions.append(action)
        return tuple(actions) or (Set(("a",), Constant(N(1))),)
