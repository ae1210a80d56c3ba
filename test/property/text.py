"""Expressions as text: trees of the model written down, in one of the many ways in which they can be.

The ways vary in what must not matter: placeholders or bare names, the case of keywords, white space, parentheses."""

from model import conditions, updates
from model.values import wire

# Names that no list of reserved words holds and that need no placeholder.
BARE = {"a", "b", "c", "d1", "E_2", "f", "g", "h"}

PRECEDENCE = {conditions.Or: 1, conditions.And: 2, conditions.Not: 3}


class Writer:
    """Writes the expressions of one request, which share their placeholders."""

    def __init__(self, choices, spell):
        self.choices = choices
        self.spell = spell  # how numbers are written
        self.names = {}
        self.values = {}
        self.by_name = {}

    def request(self):
        """The members that give the placeholders their meaning."""
        request = {}
        if self.names:
            request["ExpressionAttributeNames"] = self.names
        if self.values:
            request["ExpressionAttributeValues"] = {name: wire(value, self.spell) for name, value in self.values.items()}
        return request

    # ---------------------------------------------------------------- tokens

    def space(self, needed=True):
        ways = [" ", "  ", "\n", "\t", "\r\n "] if needed else ["", " ", "\n", "\t"]
        return self.choices.weighted((20, ways[0]), *((1, way) for way in ways[1:]))

    def keyword(self, word):
        return self.choices.weighted((8, word), (1, word.lower()), (1, word.capitalize()), (1, word.swapcase()))

    def name(self, name):
        if name in BARE and not self.choices.chance(15):
            return name
        if name not in self.by_name or self.choices.chance(5):
            self.by_name[name] = self.choices.pick(["#n{}", "#{}", "#N_{}"]).format(len(self.names))
            self.names[self.by_name[name]] = name
        return self.by_name[name]

    def path(self, steps):
        written = self.name(steps[0])
        for step in steps[1:]:
            gap = self.choices.weighted((30, ""), (1, " "))
            written += f"[{gap}{step}{gap}]" if isinstance(step, int) else f"{gap}.{gap}{self.name(step)}"
        return written

    def constant(self, value):
        for placeholder, known in self.values.items():
            if known == value and self.choices.chance(50):
                return placeholder
        placeholder = self.choices.pick([":v{}", ":{}", ":V_{}"]).format(len(self.values))
        self.values[placeholder] = value
        return placeholder

    def joined(self, parts, sign=","):
        return f"{self.space(False)}{sign}{self.space()}".join(parts)

    def call(self, function, operands):
        return f"{function}{self.choices.weighted((20, ''), (1, ' '))}({self.space(False)}{self.joined(operands)})"

    # ---------------------------------------------------------------- conditions

    def operand(self, operand):
        match operand:
            case conditions.Path(steps):
                return self.path(steps)
            case conditions.Constant(value):
                return self.constant(value)
            case conditions.Size(of):
                return self.call("size", [self.operand(of)])
        raise TypeError(operand)

    def maybe_in_parentheses(self, operand):
        return f"({operand})" if self.choices.chance(4) else operand

    def compared(self, operand):
        return self.maybe_in_parentheses(self.operand(operand))

    def primary(self, condition):
        space = self.space
        match condition:
            case conditions.Compare(operator, left, right):
                gap = self.choices.weighted((10, " "), (1, ""), (1, "\n"))
                return f"{self.compared(left)}{gap}{operator}{gap}{self.compared(right)}"
            case conditions.Between(operand, low, high):
                return (f"{self.compared(operand)}{space()}{self.keyword('BETWEEN')}{space()}{self.compared(low)}"
                        f"{space()}{self.keyword('AND')}{space()}{self.compared(high)}")
            case conditions.In(operand, options):
                return (f"{self.compared(operand)}{space()}{self.keyword('IN')}{space()}"
                        f"({self.joined([self.operand(option) for option in options])})")
            case conditions.Function(name, operands):
                return self.call(name, [self.operand(operand) for operand in operands])
        raise TypeError(condition)

    def condition(self, condition):
        """The text and how tightly it binds: 1 OR, 2 AND, 3 NOT, 4 what stands alone, 5 parentheses."""
        match condition:
            case conditions.Or(parts):
                text, binding = self.chain("OR", 1, parts), 1
            case conditions.And(parts):
                text, binding = self.chain("AND", 2, parts), 2
            case conditions.Not(part):
                text, binding = f"{self.keyword('NOT')}{self.space()}{self.at_least(3, part)}", 3
            case _:
                text, binding = self.primary(condition), 4
        return self.in_parentheses(text) if self.choices.chance(8) else (text, binding)

    def in_parentheses(self, text):
        return f"({self.space(False)}{text}{self.space(False)})", 5

    def at_least(self, binding, part):
        """The part's text, in parentheses if it would fall apart without."""
        text, binds = self.condition(part)
        return text if binds >= binding else self.in_parentheses(text)[0]

    def chain(self, word, binding, parts):
        # A part of the same kind would be read as parts of this one: true alike, but not what the tree says.
        return f"{self.space()}{self.keyword(word)}{self.space()}".join(self.at_least(binding + 1, part) for part in parts)

    def condition_text(self, condition):
        return self.condition(condition)[0]

    # ---------------------------------------------------------------- updates

    def value(self, operand):
        match operand:
            case updates.IfNotExists(path, otherwise):
                return self.call("if_not_exists", [self.path(path.steps), self.value(otherwise)])
            case updates.ListAppend(left, right):
                return self.call("list_append", [self.value(left), self.value(right)])
            case updates.Arithmetic(operator, left, right):
                gap = self.choices.weighted((10, " "), (1, ""))
                return f"{self.value(left)}{gap}{operator}{gap}{self.value(right)}"
        return self.operand(operand)

    def action(self, action):
        match action:
            case updates.Set(path, operand):
                gap = self.choices.weighted((10, " "), (1, ""))
                return f"{self.path(path)}{gap}={gap}{self.value(operand)}"
            case updates.Remove(path):
                return self.path(path)
            case updates.Add(path, value) | updates.Delete(path, value):
                return f"{self.path(path)}{self.space()}{self.constant(value)}"
        raise TypeError(action)

    def update_text(self, actions):
        """Clauses stand in the order in which they first appear."""
        clauses = {}
        for action in actions:
            clauses.setdefault(type(action), []).append(self.action(action))
        return self.space().join(f"{self.keyword(kind.__name__.upper())}{self.space()}{self.joined(written)}"
                                 for kind, written in clauses.items())

    # ---------------------------------------------------------------- projections

    def projection_text(self, paths):
        return self.joined([self.path(path) for path in paths])
