"""Random values, items, and what can be asked of them. 0 always draws what is simplest (see choices.py).

Values come from small pools, so that things drawn apart are often equal, and now and then from everywhere."""

from decimal import Decimal

from model import conditions, numbers, paths, values
from model.conditions import And, Between, Compare, Constant, Function, In, Not, Or, Path, Size
from model.updates import Add, Arithmetic, Delete, IfNotExists, ListAppend, Remove, Set
from model.values import BOOL, NULL, L, M, N, S, Value

KEYS = ("pk", "sk")  # what the tables of the tests call their key attributes
NAMES = ["a", "b", "c", "d1", "E_2", "f", "g", "h", "name", "SIZE", "x.y", "é", "-", "a b", "[0]", "#a", ":b", "1st", "_u",
         "\U0001f600"]
TEXTS = ["", "a", "b", "ab", "aa", "ba", "abc", "A", "é", "aé", "\U0001f600", "é\U0001f600b", "\uffff", "\0", "\u0301", "N", "10", "9"]
BYTES = [b"", b"a", b"b", b"ab", b"aa", b"\0", b"\xff", b"\x7f\x80", b"abc", b"\xff\xff"]
NUMBERS = ["0", "1", "2", "-1", "3", "10", "9", "1.5", "-2", "0.1", "100", "-0.1", "99", "-10", "12345678901234567890"]
PATH_STEPS_MAX = 32
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
        return c.pick(["x", "é", "\U0001f600"]) * (200 + c.below(200) + (c.below(20000) if c.chance(5) else 0))
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
    if deep == 3 and c.chance(3):
        return nested(c) if c.chance(30) else large(c)
    documents = ((3, "L"), (3, "M")) if deep else ()
    kind = c.weighted((4, "S"), (5, "N"), (2, "B"), (1, "BOOL"), (1, "NULL"), (2, "set"), *documents)
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


def large(c):
    """A container of many members: where counts and offsets take more bytes than usual."""
    count = c.weighted((6, 20), (3, 70), (2, 300), (1, 1000))
    end = "x" * c.pick([0, 1, 9, 60])
    kind = c.pick(["L", "M", "SS", "NS", "BS"])
    match kind:
        case "L":
            return L(*(S(f"{i}{end}") for i in range(count)))
        case "M":
            return Value("M", {f"{i}{end}": N(i) for i in range(count)})
        case "NS":
            return Value("NS", frozenset(Decimal(i - count // 2).scaleb(i % 3) for i in range(count) if i % 10))
    texts = [f"{i}{end}" for i in range(count)]
    return Value(kind, frozenset(texts if kind == "SS" else (text.encode() for text in texts)))


def nested(c):
    """A scalar as deep inside documents as it may be, or nearly."""
    made = scalar(c) if c.chance(80) else L() if c.chance(50) else M()
    for _ in range(values.NESTING_MAX - values.depth(made) - c.below(4)):
        made = M(a=made) if c.chance(50) else L(made)
    return made


def attributes(c, at_most=8):
    return dict(c.many(lambda: (c.pick(NAMES), value(c)), at_most, percent=80))


def item(c, key):
    return {**key, **attributes(c)}


# -------------------------------------------------------------------- paths

def path_to(c, item, without=(), kinds=values.TYPES):
    """A path to something of these types; to nothing if there is none."""
    known = [path for path, value in paths.everything_in(item) if path[0] not in without and value.type in kinds]
    return c.pick(known) if known else (c.pick(NAMES),)


def path_into(c, item, without=()):
    """A path that leads somewhere in the item, or nearly."""
    path = path_to(c, item, without) if c.chance(85) else (c.pick(NAMES),)
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
    return path[:1 if path[0] in KEYS else PATH_STEPS_MAX]  # DynamoDB refuses paths into keys


def varied(c, known):
    """The value, or one that is nearly the same."""
    kind = c.below(8)
    if kind < 5 or known.type not in values.ORDERED:
        return known
    if known.type == "N":
        near = numbers.EXACT.add(known.content, c.pick([1, -1, Decimal("0.1")]))
        return known if numbers.fault(near) else N(near)
    more = known.content + ("a" if known.type == "S" else b"a")
    return Value(known.type, c.pick([known.content[:-1], known.content[1:], more]))


def value_near(c, item):
    """A value that is in the item, or like one, or any."""
    if c.chance(60):
        found = paths.resolve(item, path_into(c, item))
        if found is not None:
            return varied(c, found)
    return value(c, 2)


def scalar_near(c, item, kinds=("S", "N", "B")):
    near = value_near(c, item)
    return near if near.type in kinds else scalar(c, kinds)


# -------------------------------------------------------------------- conditions

# The types of which these functions make something.
OPERANDS = {"begins_with": ("S", "B"), "contains": ("S", "B", "SS", "NS", "BS", "L")}


class ConditionMaker:
    """Conditions that are well formed: what DynamoDB refuses by the text and the constants alone is not made."""

    def __init__(self, c, item, without=()):
        self.c = c
        self.item = item  # what constants and paths are taken from
        self.without = without  # attributes that may not be named

    def path(self, kinds=values.TYPES):
        """A path, rather to something of these types."""
        if kinds is not values.TYPES and self.c.chance(70):
            return Path(path_to(self.c, self.item, self.without, kinds)[:PATH_STEPS_MAX])
        return Path(path_into(self.c, self.item, self.without))

    def two_paths(self):
        first, second = self.path(), self.path()
        return None if first == second else (first, second)

    def there(self, path):
        """What the path leads to, if anything."""
        return paths.resolve(self.item, path.steps)

    def near(self, path, kinds=values.TYPES):
        """A constant to compare the path with, of one of these types."""
        found = self.there(path)
        drawn = varied(self.c, found) if found is not None and self.c.chance(70) else value_near(self.c, self.item)
        if drawn.type in kinds:
            return Constant(drawn)
        return Constant(scalar(self.c, [kind for kind in values.ORDERED if kind in kinds]))

    def size(self):
        """A size, and a number close to it."""
        sized = self.path(self.c.weighted((1, ("S",)), (1, ("B", "SS", "NS", "BS", "L", "M"))))
        found = self.there(sized)
        if self.c.chance(10):
            near = value_near(self.c, self.item)
            if near.type not in ("N", "BOOL", "NULL"):
                sized, found = Constant(near), near
        length = (found and conditions.length(found)) or 0
        return Size(sized), Constant(N(length + self.c.pick([0, 0, 0, 1, -1])))

    def comparison(self):
        c = self.c
        operator = c.pick(["=", "<>", "<", "<=", ">", ">="])
        kind = c.below(10)
        if kind < 6:
            path = self.path()
            sides = [path, self.near(path, values.TYPES if operator in ("=", "<>") else values.ORDERED)]
        elif kind < 8:
            size, length = self.size()
            sides = [size, length if c.chance(80) else self.path()]
        else:
            sides = self.two_paths() or [self.path(), Constant(scalar(c))]
        return Compare(operator, *(reversed(sides) if c.chance(25) else sides))

    def bounds(self, first):
        """Two operands of which the first may be the constant given."""
        c = self.c
        if c.chance(25):
            return self.path(), self.path()
        second = scalar_near(c, self.item, (first.type,))
        low, high = (second, first) if values.before(second, first) else (first, second)
        kind = c.below(8)
        return (self.path() if kind == 7 else Constant(low)), (self.path() if kind == 6 else Constant(high))

    def between(self):
        kind = self.c.below(8)
        operand = self.path()
        low, high = self.bounds(self.near(operand, values.ORDERED).value)
        if kind == 7:
            operand, length = self.size()
            low, high = self.bounds(length.value)
        elif kind == 6 and isinstance(low, Path) and isinstance(high, Path):
            operand = self.near(low, values.ORDERED)
        if operand in (low, high):  # DynamoDB wants the first operand to be another one
            return Compare("=", operand, Constant(scalar(self.c)))
        return Between(operand, low, high)

    def inside(self):
        c = self.c
        operand = self.path()
        options = c.many(lambda: self.path() if c.chance(15) else self.near(operand), 6, at_least=1)
        if c.chance(10):
            operand, length = self.size()
            options.append(length)
        return In(operand, tuple(option for option in options if option != operand) or (Constant(N(1)),))

    def function(self):
        c = self.c
        name = c.pick(["attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"])
        path = self.path(OPERANDS.get(name, values.TYPES))
        match name:
            case "attribute_type":
                found = self.there(path)
                kind = found.type if found and c.chance(40) else c.pick(values.TYPES)
                return Function(name, (path, Constant(S(kind))))
            case "begins_with" | "contains":
                part = self.begin(path) if name == "begins_with" else self.part(path)
                return Function(name, self.two_paths() or (path, part) if c.chance(10) else (path, part))
        return Function(name, (path,))

    def begin(self, path):
        """Something that a string or bytes may begin with."""
        near = self.near(path, ("S", "B")).value
        length = len(near.content)
        return Constant(Value(near.type, near.content[self.c.pick([0, 0, 0, 1]):length - self.c.below(length + 1)]))

    def part(self, path):
        """Something that a string, a set or a list may contain."""
        near = self.near(path).value
        if near.type in values.SETS and self.c.chance(70):
            return Constant(Value(near.type[0], self.c.pick(sorted(near.content))))
        if near.type == "L" and near.content and self.c.chance(70):
            return Constant(self.c.pick(near.content))
        if near.type in ("S", "B"):
            at = self.c.below(len(near.content) + 1)
            return Constant(Value(near.type, near.content[at:at + 1 + self.c.below(3)]))
        return Constant(near)

    def simple(self):
        return self.c.weighted((8, self.comparison), (4, self.function), (2, self.between), (2, self.inside))()

    def condition(self, deep=3):
        c = self.c
        kind = c.weighted((10, "simple"), *(((3, "and"), (3, "or"), (2, "not")) if deep else ()))
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
        self.focus = None  # a document in which many of the targets lie

    def path(self, kinds=None):
        """A path to read; most often to something of these types."""
        if kinds is not None and self.c.chance(80):
            return Path(path_to(self.c, self.item, (), kinds)[:PATH_STEPS_MAX])
        return Path(path_into(self.c, self.item))

    def operand(self, kinds=None, constant=None):
        """A path, a constant or if_not_exists() of the two; constants by `constant`."""
        c = self.c
        constant = constant or (lambda: nested(c) if c.chance(3) else value_near(c, self.item))
        kind = c.weighted((5, "constant"), (4, "path"), (2, "if_not_exists"))
        if kind == "constant":
            return Constant(constant())
        if kind == "path":
            return self.path(kinds)
        tested, otherwise = self.path(kinds), self.operand(kinds, constant)
        return IfNotExists(tested, Constant(constant()) if otherwise == tested else otherwise)

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

    def inside(self, path):
        """A path to a member of the document, or to one that it may get."""
        document = paths.resolve(self.item, path)
        count = len(document.content)
        if document.type == "L":
            return path + (self.c.below(count + 1 + self.c.below(3)),)
        names = sorted(document.content)
        return path + (self.c.pick(names) if names and self.c.chance(70) else self.c.pick(NAMES),)

    def target(self, kinds):
        if self.focus and self.c.chance(75):
            return self.inside(self.focus)
        if kinds and self.c.chance(50):
            return path_to(self.c, self.item, KEYS, kinds)[:PATH_STEPS_MAX]
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
        documents = [path for path, value in paths.everything_in(self.item) if value.type in ("L", "M")]
        if documents and self.c.chance(30):
            self.focus = self.c.pick(documents)
            if len(self.focus) >= PATH_STEPS_MAX:
                self.focus = None
        actions = []
        for action in self.c.many(self.action, 6, percent=75 if self.focus else 55, at_least=1):
            if apart(action.path, [other.path for other in actions]):
                actions.append(action)
        return tuple(actions) or (Set(("a",), Constant(N(1))),)
