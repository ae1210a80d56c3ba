"""The same operations as PartiQL statements. What they do is the same, but UPDATE makes no item, and INSERT replaces none."""

from dataclasses import dataclass, replace

from model import (CONDITION_FAILED, Add, AtLeast, Check, Delete, Equals, Exists, Get, Missing, Put, Remove, Set, TransactGet,
                   TransactWrite, Update, Write, error_of, item_from_wire, to_wire, unexpected)

_RETURNING = {None: "", "old": " RETURNING ALL OLD *", "new": " RETURNING ALL NEW *", "changed": " RETURNING MODIFIED NEW *"}


class _Text:
    """A statement's text grows with its parameters."""

    def __init__(self):
        self.parameters = []

    def value(self, value):
        self.parameters.append(to_wire(value))
        return "?"

    def where(self, key, condition):
        parts = [f'"{name}" = {self.value(value)}' for name, value in (("pk", key.pk), ("sk", key.sk))]
        if isinstance(condition, (Equals, AtLeast)):
            parts.append(f'"{condition.name}" {"=" if isinstance(condition, Equals) else ">="} {self.value(condition.value)}')
        return " WHERE " + " AND ".join(parts)

    def change(self, action):
        if isinstance(action, Remove):
            return f'REMOVE "{action.name}"'
        if isinstance(action, Add):
            return f'SET "{action.name}" = "{action.name}" + {self.value(action.value)}'
        return f'SET "{action.name}" = {self.value(action.value)}'


def _statement(operation):
    """Text and parameters, in the members of a request."""
    text = _Text()
    key = operation.key
    if isinstance(operation, Get):
        words = f'SELECT * FROM "{key.table}"{text.where(key, None)}'
    elif isinstance(operation, Put):
        members = [f"'{name}': {text.value(value)}" for name, value in (("pk", key.pk), ("sk", key.sk), *operation.item)]
        words = f'INSERT INTO "{key.table}" VALUE {{{", ".join(members)}}}'
    elif isinstance(operation, Update):
        changes = " ".join(text.change(action) for action in operation.actions)
        words = f'UPDATE "{key.table}" {changes}{text.where(key, operation.condition)}{_RETURNING[operation.returns]}'
    elif isinstance(operation, Delete):
        words = f'DELETE FROM "{key.table}"{text.where(key, None)}{_RETURNING[operation.returns]}'
    else:
        words = f'EXISTS(SELECT * FROM "{key.table}"{text.where(key, operation.condition)})'
    members = {"Statement": words, "Parameters": text.parameters}
    if getattr(operation, "shows", False):
        members["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return members


def as_statement(write):
    """The write that a statement can do instead, much the same; None if there is none."""
    if isinstance(write, Put):
        return Put(write.key, Missing(), item=write.item)
    if isinstance(write, Delete):
        return Delete(write.key, None, write.returns)
    if isinstance(write, Check):
        return write if isinstance(write.condition, (Equals, AtLeast)) else None
    if isinstance(write.condition, Missing) or not all(_fits(write, action) for action in write.actions):
        return None
    return replace(write, condition=write.condition or Exists())


def _fits(write, action):
    """A sum needs a number to begin with."""
    has_number = isinstance(write.condition, (Equals, AtLeast)) and write.condition.name == action.name
    return isinstance(action, (Set, Remove)) or (isinstance(action, Add) and has_number)


@dataclass(frozen=True)
class Execute:
    """ExecuteStatement of a Get, or of a write that as_statement() gave."""
    operation: object

    @property
    def key(self):
        return self.operation.key

    def request(self):
        members = _statement(self.operation)
        if isinstance(self.operation, Get):
            members["ConsistentRead"] = True
        return "ExecuteStatement", members

    def read(self, status, body):
        if status == 400 and error_of(body) in (CONDITION_FAILED, "DuplicateItemException"):
            return "refused", item_from_wire(body.get("Item")) if getattr(self.operation, "shows", False) else None
        if status != 200:
            raise unexpected(self, status, body)
        item = item_from_wire(body["Items"][0]) if body["Items"] else None
        return ("ok", item) if isinstance(self.operation, Write) else ("items", (item,))

    def apply(self, state):
        return self.operation.apply(state)

    def is_read(self, answer):
        return self.operation.is_read(answer)

    def __str__(self):
        return f"statement: {self.operation}"


@dataclass(frozen=True)
class ExecuteWrites(TransactWrite):
    """ExecuteTransaction of writes that as_statement() gave."""

    def request(self):
        request = {"TransactStatements": [_statement(write) for write in self.writes]}
        if self.token is not None:
            request["ClientRequestToken"] = self.token
        return "ExecuteTransaction", request

    def __str__(self):
        return "statements: " + super().__str__()


@dataclass(frozen=True)
class ExecuteGets(TransactGet):
    """ExecuteTransaction of SELECT."""

    def request(self):
        return "ExecuteTransaction", {"TransactStatements": [_statement(Get(key)) for key in self.keys]}

    def __str__(self):
        return "statements: " + super().__str__()
