"""PartiQL statements as text: the trees of the model written down, in one of the many ways in which they can be.

What must not matter varies, as in text.py; beyond that, values stand in the statement or among its parameters."""

from model import conditions, updates
from model.values import wire
from text import BARE, Writer

STATEMENT_MAX = 8192
LITERAL_MAX = 60  # longer ones are parameters, so that statements stay short enough
MARK, MARK_END = "\ue000", "\ue001"  # around a parameter's number, until its place among the others is known
TYPE_NAMES = {"NULL": "NULL", "S": "STRING", "BOOL": "BOOL"}


class PartiqlWriter(Writer):
    """Writes one statement; statement() ends it."""

    def statement(self, text):
        """The members of the request: the statement, and its parameters in the order in which it asks for them."""
        pieces, parameters = [], []
        for piece in text.split(MARK):
            number, end, rest = piece.partition(MARK_END)
            if end:
                parameters.append(wire(self.values[int(number)], self.spell))
            pieces.append("?" + rest if end else piece)
        written = "".join(pieces)
        return {"Statement": written, **({"Parameters": parameters} if parameters else {})}

    # ---------------------------------------------------------------- names and values

    def name(self, name):
        return name if name in BARE and not self.choices.chance(20) else '"' + name.replace('"', '""') + '"'

    def path(self, steps):
        further = (f"[{step}]" if isinstance(step, int) else "." + self.name(step) for step in steps[1:])
        return self.name(steps[0]) + "".join(further)

    def constant(self, value):
        written = self.literal(value) if self.choices.chance(60) else None
        if written is not None and len(written) <= LITERAL_MAX:
            return written
        number = len(self.values)
        self.values[number] = value
        return f"{MARK}{number}{MARK_END}"

    def text_literal(self, text):
        strange = any(char < " " or char == "\uffff" for char in text)
        return None if strange else "'" + text.replace("'", "''") + "'"

    def number_literal(self, number):
        written = wire(number, self.spell)["N"]
        return wire(number)["N"] if written.lstrip("+")[:2].isdigit() and written.lstrip("+")[0] == "0" else written

    def literal(self, value):
        """None if there is no way to write it; nothing inside a collection can be a parameter."""
        match value.type:
            case "S":
                return self.text_literal(value.content)
            case "N":
                return self.number_literal(value)
            case "BOOL":
                return self.keyword("TRUE" if value.content else "FALSE")
            case "NULL":
                return self.keyword("NULL")
            case "L":
                return self.collection("[", [self.literal(element) for element in value.content], "]")
            case "M":
                return self.tuple(value.content, self.literal)
            case "SS" | "NS":
                members = [type(value)(value.type[0], member) for member in sorted(value.content)]
                return self.collection("<<", [self.literal(member) for member in members], ">>")
        return None

    def collection(self, begin, parts, end):
        return None if None in parts else f"{begin}{self.space(False)}{self.joined(parts)}{self.space(False)}{end}"

    def tuple(self, entries, written):
        parts = [(self.text_literal(name), written(entry)) for name, entry in entries.items()]
        if any(None in part for part in parts):
            return None
        return self.collection("{", [f"{name}{self.space(False)}:{self.space(False)}{entry}" for name, entry in parts], "}")

    # ---------------------------------------------------------------- conditions

    def call(self, function, operands):
        return super().call(self.choices.weighted((6, function), (1, function.upper()), (1, function.capitalize())), operands)

    def primary(self, condition):
        match condition:
            case conditions.Compare(operator, left, right):
                if operator == "<>" and self.choices.chance(20):
                    operator = "!="
                return f"{self.compared(left)} {operator} {self.compared(right)}"
            case conditions.In(operand, options):
                return (f"{self.compared(operand)}{self.space()}{self.keyword('IN')}{self.space()}"
                        f"[{self.joined([self.operand(option) for option in options])}]")
            case conditions.Function("attribute_exists" | "attribute_not_exists" as name, (path,)) if self.choices.chance(40):
                return self.tested(path, name == "attribute_exists", "MISSING")
            case conditions.Function("attribute_type", (path, conditions.Constant((_, kind)))) \
                    if kind in TYPE_NAMES and self.choices.chance(40):
                return self.tested(path, False, TYPE_NAMES[kind])
        return super().primary(condition)

    def tested(self, path, negated, what):
        words = ["IS", "NOT", what] if negated else ["IS", what]
        return f"{self.operand(path)}{self.space()}" + self.space().join(map(self.keyword, words))

    def joined_by_and(self, conditions_):
        """`conditions_` are texts, or trees."""
        parts = [part if isinstance(part, str) else self.at_least(3, part) for part in conditions_]
        return f"{self.space()}{self.keyword('AND')}{self.space()}".join(parts)

    # ---------------------------------------------------------------- changes

    def value(self, operand):
        if isinstance(operand, updates.Arithmetic):
            return f"{self.value(operand.left)} {operand.operator} {self.value(operand.right)}"
        return super().value(operand)

    def action(self, action):
        path = self.path(action.path)
        match action:
            case updates.Set(_, operand):
                return f"{path} = {self.value(operand)}"
            case updates.Remove(_):
                return path
            case updates.Add(_, value) | updates.Delete(_, value):
                function = "set_add" if isinstance(action, updates.Add) else "set_delete"
                return f"{path} = {self.call(function, [path, self.constant(value)])}"
        raise TypeError(action)

    def changes_text(self, actions):
        """SET and REMOVE as often as need be; a list of several of one kind may share one."""
        written, last = "", None
        for action in actions:
            kind = "REMOVE" if isinstance(action, updates.Remove) else "SET"
            if kind == last and self.choices.chance(50):
                written += f",{self.space()}{self.action(action)}"
            else:
                written += f"{self.space()}{self.keyword(kind)}{self.space()}{self.action(action)}"
            last = kind
        return written.strip()

    def keys(self, key):
        return [f"{self.name(name)} = {self.constant(value)}" for name, value in key.items()]

    def where(self, parts):
        return f"{self.keyword('WHERE')}{self.space()}{self.joined_by_and(parts)}"
