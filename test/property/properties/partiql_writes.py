"""INSERT, UPDATE and DELETE do what the model does, alone, in batches and in transactions; and what UpdateItem does."""

import generate
from case import CONDITION_FAILED, VALIDATION, Reply
from generate import UpdateMaker
from model import conditions, paths, updates, values
from model.conditions import Constant, Path
from model.updates import Add, Arithmetic, Delete, ListAppend, Outcome, Set
from model.values import N, S, Value
from partiql_text import STATEMENT_MAX, PartiqlWriter
from text import Writer

from .common import capacity, sort_value
from .conditions import FAILED
from .partiql_reads import where_condition
from .updates import GROWN_BYTES

DUPLICATE = "Duplicate primary key exists in table"
# The text for an item that an update makes too deep is shorter than elsewhere.
TOO_DEEP = "Nesting Levels have exceeded supported limits"
RETURNING = {"ALL OLD": "ALL_OLD", "ALL NEW": "ALL_NEW", "MODIFIED OLD": "UPDATED_OLD", "MODIFIED NEW": "UPDATED_NEW"}


class SetMaker(UpdateMaker):
    """Updates that UPDATE has words for."""

    def assigned(self):
        c = self.c
        kind = c.weighted((5, "value"), (3, "sum"), (2, "list"), (2, "path"))
        if kind == "sum":
            return Arithmetic(c.pick("+-"), self.path(("N",)), Constant(N(generate.number(c))))
        if kind == "list":
            more = Constant(Value("L", tuple(c.many(lambda: generate.value(c, 1), 3))))
            path = self.path(("L",))
            return ListAppend(path, more) if c.chance(70) else ListAppend(more, path)
        if kind == "path":
            return self.path()
        return Constant(generate.value_near(c, self.item))

    def action(self):
        made = super().action()
        if isinstance(made, Add) and made.value.type == "N":
            return Set(made.path, Arithmetic("+", Path(made.path), Constant(made.value)))
        return made


class Statement:
    """One statement at random on one item; `outcomes` says what may come of it. Each outcome's item is what is there then."""

    def __init__(self, case, table, key, held, alone):
        self.c = case.c
        self.table = table
        self.key = key
        self.held = held
        self.alone = alone  # what transactions do not take may be used
        self.writer = PartiqlWriter(self.c, generate.spelling(self.c))
        self.mode = None  # of RETURNING
        self.actions = ()
        self.condition = None
        kind = self.c.weighted((6, self.update), (2, self.delete), (2, self.insert))
        self.text, self.outcomes = kind()

    def maybe_condition(self):
        if self.c.chance(30):
            self.condition = where_condition(self.c, self.held or self.key)
        return [*self.writer.keys(self.key), *([self.condition] if self.condition else [])]

    def is_met(self):
        return self.condition is None or conditions.holds(self.condition, self.held or {})

    def returning(self, modes):
        if not self.alone or not self.c.chance(50):
            return ""
        written = self.c.pick(modes)
        self.mode = RETURNING[written]
        return f" {self.writer.keyword('RETURNING')} {self.writer.keyword(written)} *"

    def update(self):
        w = self.writer
        self.actions = SetMaker(self.c, self.held or self.key).update()
        changes = w.changes_text(self.actions)
        where = w.where(self.maybe_condition())
        if self.c.chance(15):
            text = f"{w.keyword('FROM')} \"{self.table}\" {where} {changes}"
        else:
            text = f"{w.keyword('UPDATE')} \"{self.table}\" {changes} {where}"
        text += self.returning(list(RETURNING))
        if self.held is None or not self.is_met():
            return w.statement(text), [Outcome(None, CONDITION_FAILED)]
        return w.statement(text), updates_of(self.actions, self.held, self.key)

    def delete(self):
        w = self.writer
        text = f"{w.keyword('DELETE')} {w.keyword('FROM')} \"{self.table}\" {w.where(self.maybe_condition())}"
        text += self.returning(["ALL OLD"])
        failed = self.held is not None and not self.is_met()
        return w.statement(text), [Outcome(None, CONDITION_FAILED) if failed else Outcome(None)]

    def insert(self):
        w = self.writer
        item = generate.item(self.c, self.key)
        text = (f"{w.keyword('INSERT')} {w.keyword('INTO')} \"{self.table}\" {w.keyword('VALUE')} "
                f"{w.tuple(item, w.constant)}")
        return w.statement(text), [Outcome(None, "DuplicateItemException") if self.held is not None else Outcome(item)]

    def rows(self, outcome):
        """What RETURNING shows."""
        shown = updates.returned(self.mode, self.actions, self.held, outcome.item)
        return [shown] if shown else []

    def units(self, outcome):
        return max(values.write_units(item) for item in (self.held or {}, outcome.item or {}))


def updates_of(actions, held, key):
    """As UpdateItem's, but for what that operation alone measures; and for the text of what becomes too deep."""
    outcomes = updates.apply(actions, held, key, measured=False)
    return outcomes + [Outcome(None, TOO_DEEP) for outcome in outcomes if outcome.error == updates.TOO_DEEP]


def stored(case, table, key):
    return case.done("GetItem", {"TableName": table, "Key": values.wire_item(key), "ConsistentRead": True}).members.get("Item")


# -------------------------------------------------------------------- one statement

def reply_to(statement, outcome, shows_item):
    match outcome.error:
        case None:
            return Reply({"Items": statement.rows(outcome), **capacity(statement.table, statement.units(outcome))})
        case "DuplicateItemException":
            return Reply(error=outcome.error, message=DUPLICATE)
        case error if error == CONDITION_FAILED:
            return Reply({"Item": statement.held} if shows_item and statement.held else {}, error, FAILED)
    return Reply(error=VALIDATION, message=outcome.error)


def check(case, statement, operation, request, outcomes):
    """What is there afterwards is what one of the outcomes leaves there."""
    given = [statement.held] if statement.held else []
    possible = [statement.held if outcome.error else outcome.item for outcome in outcomes]
    found = stored(case, statement.table, statement.key)
    if found not in possible:
        case.disagree(f"a statement leaves {values.wire_item(found or {})}", given, operation, request,
                      [Reply({"Item": item} if item else {}) for item in possible], None)
    return found


def execute(case, table, key, held):
    """By ExecuteStatement."""
    statement = Statement(case, table, key, held, alone=True)
    if len(statement.text["Statement"]) > STATEMENT_MAX:
        return held
    shows_item = statement.outcomes[0].error != "DuplicateItemException" and case.c.chance(40)
    request = {**statement.text, "ReturnConsumedCapacity": "TOTAL",
               **({"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if shows_item else {})}
    given = [held] if held else []
    replies = [reply_to(statement, outcome, shows_item) for outcome in statement.outcomes]
    got = case.expect("a statement does what it says", given, "ExecuteStatement", request, *replies)
    happened = [outcome for outcome, reply in zip(statement.outcomes, replies) if reply == got]
    after = check(case, statement, "ExecuteStatement", request, happened)
    if statement.actions and got.error is None and case.c.chance(25):
        by_update_item(case, statement, request, got, after)
    return after


def by_update_item(case, statement, request, got, after):
    """UpdateItem makes the same of a copy in another table, and returns the same."""
    table = case.names["U"]
    case.done("PutItem", {"TableName": table, "Item": values.wire_item(statement.held)})
    writer = Writer(case.c, generate.spelling(case.c))
    update = {"TableName": table, "Key": values.wire_item(statement.key), "ReturnValues": statement.mode or "NONE",
              "UpdateExpression": writer.update_text(statement.actions)}
    attributes = case.done("UpdateItem", {**update, **writer.request()}).members.get("Attributes")
    if stored(case, table, statement.key) != after or got.members["Items"] != ([attributes] if attributes else []):
        case.disagree("UpdateItem makes something else of it", [statement.held], "ExecuteStatement", request,
                      [Reply({"Items": [attributes] if attributes else []})], None)


# -------------------------------------------------------------------- several statements

CODES = {CONDITION_FAILED: ("ConditionalCheckFailed",), "DuplicateItemException": ("DuplicateItem", "ConditionalCheckFailed")}


def has_reason(reason, outcomes):
    """Does the reason, or the error in a batch, tell of one of these outcomes?"""
    for outcome in outcomes:
        if outcome.error is None:
            if reason == {"Code": "None"}:
                return True
        elif reason.get("Code") in CODES.get(outcome.error, ("ValidationError",)):
            if outcome.error in CODES or reason.get("Message") == outcome.error:
                return True
    return False


def several(case, table, held, alone):
    statements = [Statement(case, table, {"pk": S(pk), **rest}, item, alone) for (pk, rest, item) in held]
    fitting = [one for one in statements if len(one.text["Statement"]) <= STATEMENT_MAX]
    return fitting, [one.text for one in fitting]


def in_batch(case, table, held):
    statements, texts = several(case, table, held, True)
    request = {"Statements": texts}
    reply = case.ask("BatchExecuteStatement", request)
    given = [one.held for one in statements if one.held]
    answers = reply.members.get("Responses", [])
    for statement, answer in zip(statements, answers):
        if "Error" in answer:
            happened = [one for one in statement.outcomes if one.error and has_reason(answer["Error"], [one])]
        else:
            row = [values.item_from_wire(answer["Item"])] if "Item" in answer else []
            happened = [one for one in statement.outcomes if not one.error and row == statement.rows(one)]
        if not happened or answer.get("TableName") != table:
            case.disagree(f"a statement of a batch is answered by {answer}", given, "BatchExecuteStatement", request, [], reply)
        check(case, statement, "BatchExecuteStatement", request, happened)
    if len(answers) != len(statements):
        case.disagree("a batch is not answered statement by statement", given, "BatchExecuteStatement", request, [], reply)


def in_transaction(case, table, held):
    """All or nothing, and everything that fails is told."""
    statements, texts = several(case, table, held, False)
    request = {"TransactStatements": texts}
    reply = case.ask("ExecuteTransaction", request)
    given = [one.held for one in statements if one.held]
    if reply.error is None:
        right = reply == Reply({"Responses": []})
        happened = [[one for one in statement.outcomes if not one.error] for statement in statements]
    else:
        reasons = reply.members.get("CancellationReasons", [])
        right = (reply.error == "TransactionCanceledException" and len(reasons) == len(statements)
                 and any(reason != {"Code": "None"} for reason in reasons)
                 and all(has_reason(reason, statement.outcomes) for reason, statement in zip(reasons, statements)))
        happened = [[Outcome(None, "cancelled")]] * len(statements)
    if not right or not all(happened):
        case.disagree("a transaction", given, "ExecuteTransaction", request, [], reply)
    for statement, outcomes in zip(statements, happened):
        check(case, statement, "ExecuteTransaction", request, outcomes)


def run(case):
    c = case.c
    sort = c.pick([None, None, "N", "S", "B"])
    table = case.table(sort)
    case.table(sort, alias="U")
    rest = {"sk": sort_value(c, sort)} if sort else {}
    key = {"pk": S("p"), **rest}
    held = None

    def one():
        nonlocal held
        if (held is None and not c.chance(30)) or (held is not None and values.item_bytes(held) > GROWN_BYTES):
            held = generate.item(c, key)
            case.put([held])
        held = execute(case, table, key, held)

    def together():
        """On items of their own."""
        named = c.many(lambda: None, 6, percent=70, at_least=1)
        items = []
        for number in range(len(named)):
            pk = f"{number}"
            item = None if c.chance(20) else generate.item(c, {"pk": S(pk), **rest})
            case.done("DeleteItem", {"TableName": table, "Key": values.wire_item({"pk": S(pk), **rest})})
            if item is not None:
                case.put([item])
            items.append((pk, rest, item))
        c.pick([in_batch, in_transaction])(case, table, items)

    c.many(lambda: together() if c.chance(25) else one(), 20, percent=90, at_least=1)
