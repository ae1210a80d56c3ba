"""The operations of the tests, each in three forms: what is sent, what an answer says, and what it does to a model of the
database in which one operation happens after another.

A State maps keys to items; an item is its attributes without the key, sorted. An answer is a tuple that begins with "items" (of a
read), "ok", "refused" (one condition), "canceled" (a transaction: a word for each of its writes) or "mismatch" (of a token).
"conflict" no model gives: it is for tests of a server that is told to feign conflicts."""

from dataclasses import dataclass
from typing import NamedTuple, Optional

from server import Failure


class Key(NamedTuple):
    table: str
    pk: str
    sk: str

    def __str__(self):
        return f"{self.pk}/{self.sk}" if self.sk else self.pk


class Entry(NamedTuple):
    """Of a page."""
    key: Key
    item: tuple


class State:
    """Immutable; equal states are equal and hash alike."""

    __slots__ = ("items", "_hash")

    def __init__(self, items):
        self.items = items
        self._hash = hash(frozenset(items.items()))

    def get(self, key):
        return self.items.get(key)

    def replaced(self, changes):
        """With the items of `changes`; None removes one."""
        items = {**self.items, **changes}
        return State({key: item for key, item in items.items() if item is not None})

    def __eq__(self, other):
        return self.items == other.items

    def __hash__(self):
        return self._hash

    def __repr__(self):
        return "{" + ", ".join(f"{k}: {show(i)}" for k, i in sorted(self.items.items())) + "}"


def make_item(**attributes):
    return tuple(sorted(attributes.items()))


def show(item):
    return "none" if item is None else " ".join(f"{name}={value}" for name, value in item) or "empty"


# -------------------------------------------------------------------- the wire

def to_wire(value):
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def key_to_wire(key):
    return {"pk": to_wire(key.pk), "sk": to_wire(key.sk)}


def item_to_wire(key, item):
    return {**key_to_wire(key), **{name: to_wire(value) for name, value in item}}


def _from_wire(value):
    [(kind, text)] = value.items()
    return int(text) if kind == "N" else text


def item_from_wire(wire):
    """None for none."""
    if wire is None:
        return None
    return tuple(sorted((name, _from_wire(value)) for name, value in wire.items() if name not in ("pk", "sk")))


def key_from_wire(table, wire):
    return Key(table, wire["pk"]["S"], wire["sk"]["S"])


def error_of(body):
    return body.get("__type", "").rpartition("#")[2]


class Expressions:
    """The texts of one request's expressions, with the names and values they need."""

    def __init__(self):
        self.names = {}
        self.values = {}

    def name(self, name):
        self.names["#" + name] = name
        return "#" + name

    def value(self, value):
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = to_wire(value)
        return placeholder

    def members(self):
        return {name: found for name, found in (("ExpressionAttributeNames", self.names),
                                                ("ExpressionAttributeValues", self.values)) if found}


# -------------------------------------------------------------------- conditions

@dataclass(frozen=True)
class Exists:
    def holds(self, item):
        return item is not None

    def text(self, _):
        return "attribute_exists(pk)"


@dataclass(frozen=True)
class Missing:
    def holds(self, item):
        return item is None

    def text(self, _):
        return "attribute_not_exists(pk)"


@dataclass(frozen=True)
class Equals:
    name: str
    value: int

    def holds(self, item):
        return item is not None and dict(item).get(self.name) == self.value

    def text(self, expressions):
        return f"{expressions.name(self.name)} = {expressions.value(self.value)}"


@dataclass(frozen=True)
class AtLeast:
    name: str
    value: int

    def holds(self, item):
        return item is not None and dict(item).get(self.name, -1) >= self.value

    def text(self, expressions):
        return f"{expressions.name(self.name)} >= {expressions.value(self.value)}"


# -------------------------------------------------------------------- what an update does

@dataclass(frozen=True)
class Set:
    name: str
    value: object

    def change(self, before, after):
        after[self.name] = self.value

    def text(self, expressions):
        return "SET", f"{expressions.name(self.name)} = {expressions.value(self.value)}"


@dataclass(frozen=True)
class Add:
    name: str
    value: int

    def change(self, before, after):
        after[self.name] = before.get(self.name, 0) + self.value

    def text(self, expressions):
        return "ADD", f"{expressions.name(self.name)} {expressions.value(self.value)}"


@dataclass(frozen=True)
class Increase:
    """The same in another way."""
    name: str
    value: int

    def change(self, before, after):
        after[self.name] = before.get(self.name, 0) + self.value

    def text(self, expressions):
        name = expressions.name(self.name)
        return "SET", f"{name} = if_not_exists({name}, {expressions.value(0)}) + {expressions.value(self.value)}"


@dataclass(frozen=True)
class Remove:
    name: str

    def change(self, before, after):
        after.pop(self.name, None)

    def text(self, expressions):
        return "REMOVE", expressions.name(self.name)


# -------------------------------------------------------------------- writes of one item

CONDITION_FAILED = "ConditionalCheckFailedException"


def unexpected(operation, status, body):
    return Failure(f"{operation} was answered with {status} {body}")


@dataclass(frozen=True)
class Write:
    """`returns`: what the answer shows of the item: None, "old", "new", "changed" (the attributes that an update names, as they
    are then). `shows`: it shows the item if the condition is false."""
    key: Key
    condition: Optional[object] = None
    returns: Optional[str] = None
    shows: bool = False

    def after(self, item):
        """The item after the write."""
        raise NotImplementedError

    def holds(self, item):
        return self.condition is None or self.condition.holds(item)

    def apply(self, state):
        before = state.get(self.key)
        if not self.holds(before):
            return ("refused", before if self.shows else None), state
        after = self.after(before)
        return ("ok", self._returned(before, after)), state.replaced({self.key: after})

    def _returned(self, before, after):
        return {None: None, "old": before, "new": after}[self.returns]

    @staticmethod
    def is_read(answer):
        return answer[0] == "refused"

    def read(self, status, body):
        if status == 400 and error_of(body) == CONDITION_FAILED and self.condition is not None:
            return "refused", item_from_wire(body.get("Item"))
        if status != 200:
            raise unexpected(self, status, body)
        return "ok", item_from_wire(body.get("Attributes"))

    def request(self):
        request = {"TableName": self.key.table, **self.members()}
        if self.returns is not None:
            request["ReturnValues"] = {"old": "ALL_OLD", "new": "ALL_NEW", "changed": "UPDATED_NEW"}[self.returns]
        return self.name, request

    def members(self):
        """What TransactWriteItems has of it, too."""
        expressions = Expressions()
        members = self.own_members(expressions)
        if self.condition is not None:
            members["ConditionExpression"] = self.condition.text(expressions)
        if self.shows:
            members["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return {**members, **expressions.members()}

    def __str__(self):
        condition = f" if {self.condition}" if self.condition is not None else ""
        return f"{type(self).__name__} {self.key}{self.detail()}{condition}"

    def detail(self):
        return ""


@dataclass(frozen=True)
class Put(Write):
    item: tuple = ()
    name = "PutItem"

    def after(self, item):
        return self.item

    def own_members(self, _):
        return {"Item": item_to_wire(self.key, self.item)}

    def detail(self):
        return " " + show(self.item)


@dataclass(frozen=True)
class Delete(Write):
    name = "DeleteItem"

    def after(self, item):
        return None

    def own_members(self, _):
        return {"Key": key_to_wire(self.key)}


@dataclass(frozen=True)
class Update(Write):
    actions: tuple = ()
    name = "UpdateItem"

    def after(self, item):
        before = dict(item or ())
        after = dict(before)
        for action in self.actions:
            action.change(before, after)
        return make_item(**after)

    def own_members(self, expressions):
        clauses = {}
        for action in self.actions:
            word, text = action.text(expressions)
            clauses.setdefault(word, []).append(text)
        return {"Key": key_to_wire(self.key),
                "UpdateExpression": " ".join(f"{word} {', '.join(texts)}" for word, texts in clauses.items())}

    def _returned(self, before, after):
        if self.returns != "changed":
            return super()._returned(before, after)
        return tuple((name, value) for name, value in after if name in [action.name for action in self.actions])

    def detail(self):
        return " " + " ".join(map(str, self.actions))


@dataclass(frozen=True)
class Check(Write):
    """Only in transactions."""
    name = "ConditionCheck"

    def after(self, item):
        return item

    def own_members(self, _):
        return {"Key": key_to_wire(self.key)}


# -------------------------------------------------------------------- reads

@dataclass(frozen=True)
class Read:
    @staticmethod
    def is_read(_):
        return True

    def read(self, status, body):
        if status != 200:
            raise unexpected(self, status, body)
        return "items", self.items_of(body)

    def apply(self, state):
        return ("items", self.found(state)), state


@dataclass(frozen=True)
class Get(Read):
    key: Key

    def request(self):
        return "GetItem", {"TableName": self.key.table, "Key": key_to_wire(self.key), "ConsistentRead": True}

    def items_of(self, body):
        return (item_from_wire(body.get("Item")),)

    def found(self, state):
        return (state.get(self.key),)

    def __str__(self):
        return f"Get {self.key}"


def is_conflict(body):
    return any(reason["Code"] == "TransactionConflict" for reason in body.get("CancellationReasons", ()))


@dataclass(frozen=True)
class TransactGet(Read):
    keys: tuple

    def request(self):
        return "TransactGetItems", {"TransactItems": [{"Get": {"TableName": key.table, "Key": key_to_wire(key)}}
                                                      for key in self.keys]}

    def read(self, status, body):
        return ("conflict",) if is_conflict(body) else super().read(status, body)

    def items_of(self, body):
        return tuple(item_from_wire(response.get("Item")) for response in body["Responses"])

    def found(self, state):
        return tuple(state.get(key) for key in self.keys)

    def __str__(self):
        return f"TransactGet {', '.join(map(str, self.keys))}"


@dataclass(frozen=True)
class BatchGet(Read):
    keys: tuple

    def request(self):
        tables = {}
        for key in self.keys:
            tables.setdefault(key.table, {"ConsistentRead": True, "Keys": []})["Keys"].append(key_to_wire(key))
        return "BatchGetItem", {"RequestItems": tables}

    def items_of(self, body):
        if body["UnprocessedKeys"]:
            raise Failure(f"{self} leaves keys unprocessed: {body}")
        found = {key_from_wire(table, item): item for table, items in body["Responses"].items() for item in items}
        return tuple(item_from_wire(found.get(key)) for key in self.keys)

    def found(self, state):
        return tuple(state.get(key) for key in self.keys)

    def __str__(self):
        return f"BatchGet {', '.join(map(str, self.keys))}"


def entries_of(table, body):
    if "LastEvaluatedKey" in body:
        raise Failure(f"what is read of {table} does not fit on a page")
    return [Entry(key_from_wire(table, item), item_from_wire(item)) for item in body["Items"]]


@dataclass(frozen=True)
class Query(Read):
    """One page."""
    table: str
    pk: str
    forward: bool = True

    def request(self):
        return "Query", {"TableName": self.table, "KeyConditionExpression": "pk = :p", "ConsistentRead": True,
                         "ExpressionAttributeValues": {":p": to_wire(self.pk)}, "ScanIndexForward": self.forward}

    def items_of(self, body):
        return tuple(entries_of(self.table, body))

    def found(self, state):
        there = sorted(Entry(key, item) for key, item in state.items.items() if (key.table, key.pk) == (self.table, self.pk))
        return tuple(there if self.forward else reversed(there))

    def __str__(self):
        return f"Query {self.pk}"


@dataclass(frozen=True)
class Scan(Read):
    """One page, of which only the partitions `pks` are looked at."""
    table: str
    pks: frozenset

    def request(self):
        return "Scan", {"TableName": self.table, "ConsistentRead": True}

    def items_of(self, body):
        return tuple(sorted(entry for entry in entries_of(self.table, body) if entry.key.pk in self.pks))

    def found(self, state):
        return tuple(sorted(Entry(key, item) for key, item in state.items.items()
                            if key.table == self.table and key.pk in self.pks))

    def __str__(self):
        return f"Scan {self.table}"


# -------------------------------------------------------------------- writes of several items

@dataclass(frozen=True)
class BatchWrite:
    """Puts and deletes without conditions. All of a batch is one commit here, though DynamoDB promises less."""
    writes: tuple

    def request(self):
        tables = {}
        for write in self.writes:
            tables.setdefault(write.key.table, []).append({write.name.replace("Item", "Request"): write.members()})
        return "BatchWriteItem", {"RequestItems": tables}

    def read(self, status, body):
        if status != 200 or body["UnprocessedItems"]:
            raise unexpected(self, status, body)
        return ("ok",)

    def apply(self, state):
        return ("ok",), state.replaced({write.key: write.after(None) for write in self.writes})

    @staticmethod
    def is_read(_):
        return False

    def __str__(self):
        return f"BatchWrite {'; '.join(map(str, self.writes))}"


def token_key(token):
    """Under which the model remembers a request's token; no table is called so."""
    return Key("", token, "")


@dataclass(frozen=True)
class TransactWrite:
    writes: tuple
    token: Optional[str] = None

    def request(self):
        actions = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete", "ConditionCheck": "ConditionCheck"}
        request = {"TransactItems": [{actions[write.name]: {"TableName": write.key.table, **write.members()}}
                                     for write in self.writes]}
        if self.token is not None:
            request["ClientRequestToken"] = self.token
        return "TransactWriteItems", request

    def read(self, status, body):
        error = error_of(body)
        if is_conflict(body):
            return ("conflict",)
        if status == 400 and error == "TransactionCanceledException":
            return "canceled", tuple(map(self._reason, self.writes, body["CancellationReasons"]))
        if status == 400 and error == "IdempotentParameterMismatchException":
            return ("mismatch",)
        if status != 200:
            raise unexpected(self, status, body)
        return ("ok",)

    def _reason(self, write, reason):
        if reason["Code"] == "None":
            return "none", None
        if reason["Code"] not in ("ConditionalCheckFailed", "DuplicateItem") or write.condition is None:
            raise Failure(f"{self} was canceled by {reason}")
        return "refused", item_from_wire(reason.get("Item"))

    def apply(self, state):
        former = state.get(token_key(self.token)) if self.token is not None else None
        if former is not None:
            return ("ok",) if former == self._fingerprint() else ("mismatch",), state
        reasons = tuple(self._check(write, state.get(write.key)) for write in self.writes)
        if any(word == "refused" for word, _ in reasons):
            return ("canceled", reasons), state
        changes = {write.key: write.after(state.get(write.key)) for write in self.writes}
        if self.token is not None:
            changes[token_key(self.token)] = self._fingerprint()
        return ("ok",), state.replaced(changes)

    def _fingerprint(self):
        return (("request", str(self)),)

    @staticmethod
    def _check(write, before):
        if write.holds(before):
            return "none", None
        return "refused", before if write.shows else None

    @staticmethod
    def is_read(answer):
        return answer[0] in ("canceled", "mismatch")

    def __str__(self):
        token = f" (token {self.token})" if self.token is not None else ""
        return f"TransactWrite {'; '.join(map(str, self.writes))}{token}"
