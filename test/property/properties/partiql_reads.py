"""SELECT finds what the model finds, in the order asked for, whole or page by page; and what Query and Scan find."""

import generate
from case import Reply
from generate import ConditionMaker
from model import conditions, keys, paths, values
from model.conditions import Constant, In, Size
from model.values import N, S
from partiql_text import STATEMENT_MAX, PartiqlWriter
from text import Writer

from .common import one_page, sort_value
from .queries import condition_text, key_condition

PAGES_MAX = 100


class WhereMaker(ConditionMaker):
    """What PartiQL was seen to take: sizes of paths, and lists of constants."""

    def size(self):
        size, length = super().size()
        return (Size(self.path()) if isinstance(size.of, Constant) else size), length

    def inside(self):
        made = super().inside()
        return In(made.operand, tuple(one for one in made.options if isinstance(one, Constant)) or (Constant(N(1)),))


def where_condition(c, item, without=generate.KEYS):
    return WhereMaker(c, item, without).condition()


# -------------------------------------------------------------------- what is asked, and what the model answers

def column(path):
    """What a column is called: its path from the last name on."""
    last = max(at for at, step in enumerate(path) if isinstance(step, str))
    return path[last] + "".join(f"[{step}]" for step in path[last + 1:])


def row(item, wanted):
    if not wanted:
        return item
    found = {column(path): paths.resolve(item, path) for path in wanted}
    return {name: value for name, value in found.items() if value is not None}


def some_columns(c, items):
    """Paths of which no two are columns of one name."""
    named = {}
    for path in generate.some_paths(c, c.pick(items), 4):
        named.setdefault(column(path), path)
    return list(named.values())


class Select:
    """A statement at random, and the items that it reads."""

    def __init__(self, c, table, kind, items):
        self.c = c
        self.items = items
        self.writer = PartiqlWriter(c, generate.spelling(c))
        self.partitions = [] if c.chance(25) else list(dict.fromkeys(c.many(lambda: c.pick("pqrx"), 3, percent=25, at_least=1)))
        self.sort = key_condition(c, kind, items) if self.partitions else None
        self.condition = where_condition(c, c.pick(items)) if items and c.chance(50) else None
        self.wanted = some_columns(c, items) if items and c.chance(40) else []
        self.order = self.ordered(kind) if self.partitions and c.chance(60) else {}
        self.text = self.statement(table)

    def ordered(self, kind):
        """The attributes to sort by, in their order, with whether they go down."""
        names = ["pk"] if len(self.partitions) > 1 or self.c.chance(30) else []
        if kind and (not names or self.c.chance(70)):
            names.append("sk")
        return {name: self.c.chance(50) for name in names or ["pk"]}

    def statement(self, table):
        w = self.writer
        parts = self.key_parts()
        if self.condition:
            parts.append(self.condition)
        columns = w.joined([w.path(path) for path in self.wanted]) if self.wanted else "*"
        text = f"{w.keyword('SELECT')} {columns} {w.keyword('FROM')}{w.space()}\"{table}\""
        if parts:
            text += f"{w.space()}{w.where(parts)}"
        if self.order:
            terms = [w.name(name) + (" " + w.keyword("DESC") if down else w.keyword(" ASC") if self.c.chance(30) else "")
                     for name, down in self.order.items()]
            text += f" {w.keyword('ORDER')} {w.keyword('BY')} {w.joined(terms)}"
        return w.statement(text)

    def key_parts(self):
        w = self.writer
        if not self.partitions:
            return []
        written = [w.constant(S(partition)) for partition in self.partitions]
        if len(written) == 1:
            parts = [f"{w.name('pk')} = {written[0]}"]
        elif self.c.chance(50):
            parts = [f"{w.name('pk')} {w.keyword('IN')} [{w.joined(written)}]"]
        else:
            parts = ["(" + f" {w.keyword('OR')} ".join(f"{w.name('pk')} = {one}" for one in written) + ")"]
        match self.sort:
            case keys.KeyCondition("BETWEEN", (low, high)):
                parts.append(conditions.Between(conditions.Path(("sk",)), Constant(low), Constant(high)))
            case keys.KeyCondition("begins_with", (start,)):
                parts.append(conditions.Function("begins_with", (conditions.Path(("sk",)), Constant(start))))
            case keys.KeyCondition(operator, (operand,)):
                parts.append(conditions.Compare(operator, conditions.Path(("sk",)), Constant(operand)))
        return parts

    def read(self, kind):
        """The items read, in order if one was asked for. Without the sort key among what is sorted by, it was seen to go down."""
        if not self.partitions:
            return self.items
        down = self.order.get("sk", True)
        partitions = sorted(self.partitions, reverse=self.order.get("pk", False))
        return [item for partition in partitions
                for item in keys.selected(self.items, "pk", S(partition), kind and "sk", self.sort, not down)]

    def shows(self, items):
        return [row(item, self.wanted) for item in items if self.condition is None or conditions.holds(self.condition, item)]


# -------------------------------------------------------------------- asking and comparing

def same_rows(found, expected):
    """The same, in any order."""
    left = list(expected)
    for one in found:
        if one not in left:
            return False
        left.remove(one)
    return not left


def asked(case, select, request):
    """One page: its rows, and the token of the next one."""
    reply = case.ask("ExecuteStatement", request)
    if reply.error:
        case.disagree("a statement is refused", select.items, "ExecuteStatement", request, [Reply()], reply)
    return reply, reply.members["Items"], reply.members.get("NextToken")


def whole(case, select, request, read):
    """Everything at once, with what it costs."""
    request["ReturnConsumedCapacity"] = "TOTAL"
    reply, rows, token = asked(case, select, request)
    expected = select.shows(read)
    same = rows == expected if select.order else same_rows(rows, expected)
    units = values.read_units(sum(map(values.item_bytes, read)), request["ConsistentRead"])
    costs = reply.members["ConsumedCapacity"]["CapacityUnits"]
    if not same or token is not None or (len(select.partitions) < 2 and costs != units):
        case.disagree(f"a SELECT, which should cost {units}", select.items, "ExecuteStatement", request,
                      [Reply({"Items": expected})], reply)


def pages(case, select, request, read, limit):
    """Page by page. After the last item there may be a page with nothing."""
    request["Limit"] = limit
    found, at = [], 0
    for _ in range(PAGES_MAX):
        reply, rows, token = asked(case, select, request)
        expected = select.shows(read[at:at + limit])
        at += limit
        if select.order and rows != expected or len(rows) > limit or (token is None and at < len(read)):
            case.disagree("a page of a SELECT", select.items, "ExecuteStatement", request, [Reply({"Items": expected})], reply)
        found += rows
        if token is None:
            break
        request["NextToken"] = token
    request.pop("NextToken", None)
    if not same_rows(found, select.shows(read)):
        case.disagree(f"the pages of a SELECT have {len(found)} rows", select.items, "ExecuteStatement", request,
                      [Reply({"Items": select.shows(read)})], None)


def by_expressions(case, select, table):
    """The same said to Query or Scan."""
    writer = Writer(case.c, generate.spelling(case.c))
    request = {"TableName": table}
    if select.condition:
        request["FilterExpression"] = writer.condition_text(select.condition)
    if select.partitions:
        request["KeyConditionExpression"] = condition_text(case.c, writer, S(select.partitions[0]), select.sort)
    return case.done("Query" if select.partitions else "Scan", {**request, **writer.request()}).members["Items"]


def one_select(case, table, kind, items):
    c = case.c
    select = Select(c, table, kind, items)
    if len(select.text["Statement"]) > STATEMENT_MAX:
        return
    request = {**select.text, "ConsistentRead": c.chance(50)}
    read = select.read(kind)
    limit = c.pick([0, 1, 2, 3, 7])
    if limit:
        pages(case, select, request, read, limit)
    else:
        whole(case, select, request, read)
    if c.chance(20) and len(select.partitions) < 2:
        found = [row(item, select.wanted) for item in by_expressions(case, select, table)]
        if not same_rows(found, select.shows(read)):
            case.disagree("Query and Scan find something else", items, "ExecuteStatement", request, [Reply({"Items": found})],
                          None)


def run(case):
    c = case.c
    kind = c.pick(["N", "S", "B"]) if not c.chance(15) else None
    table = case.table(sort=kind)
    held = {}

    def one():
        key = {"pk": S(c.pick("pqr")), **({"sk": sort_value(c, kind)} if kind else {})}
        held[tuple(key.values())] = generate.item(c, key)

    c.many(one, 25, percent=93)
    items = one_page(held.values())
    case.put(items)
    c.many(lambda: one_select(case, table, kind, items), 15, percent=90, at_least=1)
