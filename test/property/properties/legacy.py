"""The parameters that expressions replaced say the same things, with a few rules of their own."""

import generate
from case import CONDITION_FAILED, Reply
from model import keys, legacy, updates, values
from model.legacy import AttributeUpdate, Comparison
from model.values import N, S, Value

from .common import page, pool, wire_key
from .conditions import FAILED
from .queries import key_condition
from .updates import expect_outcome, one_after_another

OPERATORS = [*legacy.OPERAND_TYPES, "NULL", "NOT_NULL"]
OPERATOR_OF = {sign: operator for operator, sign in legacy.SIGNS.items()}


def operand(c, item, name, kinds):
    """A value of one of these types to compare the attribute with."""
    found = item.get(name)
    near = generate.varied(c, found) if found is not None and c.chance(70) else generate.value_near(c, item)
    if near.type in kinds:
        return near
    if near.type in values.SETS and near.type[0] in kinds:
        return Value(near.type[0], c.pick(sorted(near.content)))  # what CONTAINS may find
    kind = c.pick(kinds)
    return generate.set_of(c, kind) if kind in values.SETS else generate.scalar(c, (kind,))


def operands(c, item, name, operator):
    if operator in ("NULL", "NOT_NULL"):
        return ()
    first = operand(c, item, name, legacy.OPERAND_TYPES[operator])
    if operator in ("BEGINS_WITH", "CONTAINS", "NOT_CONTAINS") and first.type != "N" and c.chance(50):
        first = Value(first.type, first.content[c.below(2):len(first.content) - c.below(3)])
    kinds = (first.type,)
    if operator == "BETWEEN":
        second = generate.scalar_near(c, item, kinds)
        return (second, first) if values.before(second, first) else (first, second)
    if operator == "IN":
        return (first, *c.many(lambda: generate.scalar_near(c, item, kinds), 3))
    return (first,)


def comparisons(c, item, without=()):
    """Comparisons of attributes of which none is named twice."""
    made = {}

    def one():
        name = generate.path_into(c, item, without)[0]
        operator = c.pick(OPERATORS)
        made[name] = Comparison(name, operator, operands(c, item, name, operator))

    c.many(one, 4, percent=55, at_least=1)
    return list(made.values())


def wire_comparison(c, spell, comparison):
    written = {"ComparisonOperator": comparison.operator}
    if comparison.operands or c.chance(50):
        written["AttributeValueList"] = [values.wire(value, spell) for value in comparison.operands]
    return written


def wire_expected(c, spell, comparison):
    """Expected has shorter ways to say some things."""
    if c.chance(50):
        match comparison:
            case Comparison(_, "EQ", (value,)):
                return {"Value": values.wire(value, spell), **({"Exists": True} if c.chance(50) else {})}
            case Comparison(_, "NULL", ()):
                return {"Exists": False}
            case Comparison(_, operator, (value,)):
                return {"ComparisonOperator": operator, "Value": values.wire(value, spell)}
    return wire_comparison(c, spell, comparison)


def together(c, made, request):
    """All of the comparisons have to hold, or any of them. Adds to the request which."""
    if len(made) > 1 and c.chance(60):
        request["ConditionalOperator"] = c.pick(["AND", "OR"])
    return request.get("ConditionalOperator") == "OR"


# -------------------------------------------------------------------- reading

def filters(case, table, items):
    c = case.c
    by_query = c.chance(50)
    made = comparisons(c, c.pick(items), generate.KEYS if by_query else ())
    spell = generate.spelling(c)
    request = {"TableName": table}
    any_of_them = together(c, made, request)
    wire = {one.attribute: wire_comparison(c, spell, one) for one in made}
    found = [item for item in items if legacy.holds(made, any_of_them, item)]
    scanned = len(items)
    if by_query:
        wanted = key_condition(c, "N", items) if c.chance(30) else None
        request.update(QueryFilter=wire, KeyConditions=key_conditions(c, spell, wanted))
        read = keys.selected(items, "pk", S("p"), "sk", wanted, True)
        found, scanned = [item for item in read if item in found], len(read)
    else:
        request["ScanFilter"] = wire
    shown = attributes_to_get(c, request, items)
    case.expect("an older filter lets through what meets it", items, "Query" if by_query else "Scan", request,
                page([{name: value for name, value in item.items() if shown is None or name in shown} for item in found], scanned))


def key_conditions(c, spell, wanted):
    made = {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "p"}]}}
    if wanted:
        operator = OPERATOR_OF.get(wanted.operator, wanted.operator.upper())
        made["sk"] = wire_comparison(c, spell, Comparison("sk", operator, wanted.operands))
    return made


def attributes_to_get(c, request, items):
    """Names of attributes to show, all if None. What Scan finds without its key could not be compared in order."""
    if "QueryFilter" not in request or c.chance(70):
        return None
    names = {generate.path_into(c, c.pick(items))[0] for _ in range(1 + c.below(4))}
    request["AttributesToGet"] = sorted(names)
    return names


def get(case, table, item):
    request = {"TableName": table, "Key": wire_key(item)}
    wanted = {generate.path_into(case.c, item)[0] for _ in range(1 + case.c.below(4))}
    case.expect("GetItem shows the attributes to get", [item], "GetItem", {**request, "AttributesToGet": sorted(wanted)},
                Reply({"Item": {name: value for name, value in item.items() if name in wanted}}))


def reads(case):
    c = case.c
    table = case.table(sort="N")
    items = sorted(pool(c), key=lambda item: item["sk"].content)
    case.put(items)
    c.many(lambda: get(case, table, c.pick(items)) if c.chance(15) else filters(case, table, items), 20, percent=90, at_least=1)


# -------------------------------------------------------------------- writing

def attribute_update(c, item):
    name = generate.path_into(c, item, generate.KEYS)[0]
    old = item.get(name)
    action = c.pick(["PUT", "ADD", "DELETE"])
    if action == "PUT":
        return AttributeUpdate(name, action, generate.value(c))
    if action == "DELETE" and c.chance(40):
        return AttributeUpdate(name, action, None)
    kinds = values.SETS + (("N", "L") if action == "ADD" else ())
    kind = old.type if old and old.type in kinds and c.chance(75) else c.pick(kinds)
    if kind == "N":
        return AttributeUpdate(name, action, N(generate.number(c)))
    if kind == "L":
        return AttributeUpdate(name, action, Value("L", tuple(c.many(lambda: generate.value(c, 1), 3))))
    drawn = generate.set_of(c, kind)
    if old and old.type == kind and c.chance(50):
        drawn = Value(kind, old.content if c.chance(30) else drawn.content | {min(old.content)})
    return AttributeUpdate(name, action, drawn)


def wire_update(c, spell, update):
    written = {} if update.action == "PUT" and c.chance(30) else {"Action": update.action}
    return {**written, **({} if update.value is None else {"Value": values.wire(update.value, spell)})}


def expectation(case, table, operation, request, held, item):
    """Adds Expected to the request. Returns whether it holds; if not, the request has been made."""
    c = case.c
    made = comparisons(c, item)
    any_of_them = together(c, made, request)
    spell = generate.spelling(c)
    request["Expected"] = {one.attribute: wire_expected(c, spell, one) for one in made}
    if legacy.holds(made, any_of_them, held or {}):
        return True
    case.expect("an expectation that is not met", [held] if held else [], operation, {"TableName": table, **request},
                Reply(error=CONDITION_FAILED, message=FAILED))
    return False


def update(case, table, key, held):
    """One UpdateItem. Returns what is there then."""
    c = case.c
    item = held or key
    made = {one.attribute: one for one in c.many(lambda: attribute_update(c, item), 5, percent=50)}
    spell = generate.spelling(c)
    request = {"AttributeUpdates": {name: wire_update(c, spell, one) for name, one in made.items()}}
    if c.chance(25) and not expectation(case, table, "UpdateItem", {"Key": values.wire_item(key), **request}, held, item):
        return held
    actions = list(made.values())
    return expect_outcome(case, table, key, request, held, legacy.apply(actions, held, key),
                          lambda mode, old, new: updates.returned(mode, actions, old, new))


def put_or_delete(case, table, key, held):
    c = case.c
    item = held or key
    operation, request, after = "DeleteItem", {"Key": values.wire_item(key)}, None
    if c.chance(60):
        operation, request, after = "PutItem", {"Item": values.wire_item(item)}, item
    if expectation(case, table, operation, request, held, item):
        case.expect("an expectation that is met", [held] if held else [], operation, {"TableName": table, **request}, Reply())
        return after
    return held


def write(case, table, key, held):
    return (update if case.c.chance(65) else put_or_delete)(case, table, key, held)


def run(case):
    if case.c.chance(50):
        one_after_another(case, write)
    else:
        reads(case)
