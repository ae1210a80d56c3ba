#!/usr/bin/env python3
"""The model against facts picked by hand from the documentation and from what was observed of DynamoDB."""

import unittest
from decimal import Decimal

from model import conditions, keys, legacy, numbers, paths, updates, values
from model.conditions import And, Between, Compare, Constant, Function, In, Not, Or, Path, Size
from model.updates import Add, Arithmetic, Delete, IfNotExists, ListAppend, Outcome, Remove, Set
from model.values import BOOL, BS, NS, NULL, SS, B, L, M, N, S

KEY = {"pk": S("k")}


def path(*steps):
    return Path(steps)


class Numbers(unittest.TestCase):
    def test_are_written_without_exponent_and_without_idle_zeros(self):
        for text, plain in (("0", "0"), ("-0", "0"), ("0e1000", "0"), ("1.0", "1"), ("+3", "3"), ("0001.23", "1.23"),
                            (".123", "0.123"), ("1e+5", "100000"), ("-17.4E2", "-1740"), ("100", "100"),
                            ("1E-3", "0.001"), ("12.500", "12.5"), ("1E+125", "1" + "0" * 125),
                            ("1E-130", "0." + "0" * 129 + "1"), ("-1E-2", "-0.01")):
            self.assertEqual(numbers.plain(Decimal(text)), plain, text)

    def test_have_bounds(self):
        for text, fault in (("1E126", numbers.OVERFLOW), ("-11E125", numbers.OVERFLOW), ("9.9E125", None),
                            ("1E-130", None), ("1E-131", numbers.UNDERFLOW), ("0.9E-130", numbers.UNDERFLOW),
                            ("9" * 38, None), ("1" * 39, numbers.IMPRECISE), ("1" * 38 + "0", None),
                            ("0E-999", None), ("0." + "1" * 38, None)):
            self.assertEqual(numbers.fault(Decimal(text)), fault, text)

    def test_take_a_byte_for_each_pair_of_digits(self):
        for text, size in (("0", 1), ("-0", 1), ("1", 2), ("12", 2), ("123", 3), ("1234", 3), ("0042", 2), ("100", 2),
                           ("1010", 3), ("0.0000001", 2), ("1E125", 2), ("1E-100", 2), ("1.5", 3), ("15", 2), ("1.200", 3),
                           ("1.234", 4), ("3.14159", 5), ("123456", 4), ("100.5", 4), ("0.15", 2), ("-42", 3), ("-0.5", 3),
                           ("12345678901234567890123456789012345678", 20)):
            self.assertEqual(numbers.size_bytes(Decimal(text)), size, text)


class Values(unittest.TestCase):
    def test_are_equal_as_dynamodb_has_it(self):
        self.assertEqual(N("1"), N("1.0"))
        self.assertEqual(NS("1", "2"), NS("2.0", "1"))
        self.assertEqual(M(a=N(1), b=L(S("x"))), M(b=L(S("x")), a=N("1e0")))
        self.assertNotEqual(L(N(1), N(2)), L(N(2), N(1)))
        self.assertNotEqual(S("1"), N("1"))
        self.assertNotEqual(SS("a"), BS(b"a"))
        self.assertNotEqual(BOOL(True), N(1))

    def test_order_is_numeric_or_by_bytes(self):
        for low, high in ((N("9"), N("10")), (N("-1"), N("0.5")), (S("Z"), S("a")), (S("a"), S("aa")), (S(""), S("a")),
                          (S("\uffff"), S("\U00010000")), (B(b"\x7f"), B(b"\x80"))):
            self.assertTrue(values.before(low, high), (low, high))
            self.assertFalse(values.before(high, low), (low, high))
        for a, b in ((N("1"), S("2")), (BOOL(False), BOOL(True)), (L(), L(N(1)))):
            self.assertFalse(values.before(a, b), (a, b))

    def test_sizes(self):
        for value, size in ((S("é"), 2), (B(b"abc"), 3), (BOOL(False), 1), (NULL, 1), (SS("a", "bc"), 3), (NS(1, 123), 5),
                            (L(), 3), (M(), 3), (L(S("a"), N(0)), 3 + 2 + 2), (M(ab=S("c")), 3 + 1 + 2 + 1)):
            self.assertEqual(values.size_bytes(value), size, value)
        self.assertEqual(values.item_bytes({"pk": S("k"), "é": N(1)}), 3 + 4)

    def test_read_back_as_they_were_sent(self):
        for value in (S(""), S("é😀\0"), N("-1.50"), B(b"\0\xff"), BOOL(True), NULL, SS("", "a"), NS(1, "2.5"), BS(b"", b"a"),
                      L(S("a"), L(N(1))), M(a=M(b=NULL))):
            self.assertEqual(values.from_wire(values.wire(value)), value)
        for wrong in ({"N": "1.0"}, {"N": "1E5"}, {"N": "+1"}, {"N": 1}, {"S": "a", "N": "1"}, {}, {"SS": []}, {"NULL": False},
                      {"NS": ["1", "1"]}, {"B": "YQ"}):
            with self.assertRaises(ValueError, msg=wrong):
                values.from_wire(wrong)

    def test_depth_counts_the_value_itself(self):
        self.assertEqual([values.depth(value) for value in (S("a"), L(S("a")), M(a=L(S("a"))), SS("a"), L(), L(M()))],
                         [1, 2, 3, 1, 2, 3])


class Paths(unittest.TestCase):
    item = {"a": M(b=L(N(1), N(2), M(c=S("x"))), d=S("y")), "l": L(N(0), N(1), N(2)), "s": S("z")}

    def test_lead_to_values_or_nowhere(self):
        for steps, value in ((("a", "b", 2, "c"), S("x")), (("l", 0), N(0)), (("l", 3), None), (("a", "x"), None),
                             (("s", "x"), None), (("s", 0), None), (("a", 0), None), (("l", "x"), None), (("q", "x", 1), None)):
            self.assertEqual(paths.resolve(self.item, steps), value, steps)

    def test_projection_keeps_parents_and_closes_lists_up(self):
        for wanted, result in (([("a", "d")], {"a": M(d=S("y"))}),
                               ([("l", 2), ("l", 0)], {"l": L(N(0), N(2))}),
                               ([("a", "b", 2, "c"), ("a", "b", 0)], {"a": M(b=L(N(1), M(c=S("x"))))}),
                               ([("a", "q")], {}), ([("l", 9), ("s",)], {"s": S("z")}), ([("s", "x")], {})):
            self.assertEqual(paths.project(self.item, wanted), result, wanted)

    def test_overlap_and_conflict(self):
        self.assertTrue(paths.overlap(("a",), ("a", "b", 0)))
        self.assertTrue(paths.overlap(("a", 1), ("a", 1)))
        self.assertFalse(paths.overlap(("a", 1), ("a", 2)))
        self.assertTrue(paths.conflict(("a", "b", "c"), ("a", "b", 2)))
        self.assertFalse(paths.conflict(("a", "b"), ("a", "c", 0)))
        self.assertEqual(paths.text(("a", "b", 0)), "[a, b, [0]]")


class Conditions(unittest.TestCase):
    item = {"n": N(10), "s": S("banana"), "b": B(b"\1\2\3"), "t": BOOL(True), "z": NULL, "ss": SS("a", "b"), "ns": NS(1, 2),
            "l": L(N(1), S("two"), SS("q")), "m": M(x=N(1), y=M())}

    def truth(self, condition):
        return conditions.holds(condition, self.item)

    def compares(self, name, operator, value):
        return self.truth(Compare(operator, path(name), Constant(value)))

    def test_comparisons(self):
        for name, operator, value, truth in (
                ("n", "=", N("10.0"), True), ("n", "=", S("10"), False), ("n", "<>", N("10"), False), ("n", "<>", S("10"), True),
                ("q", "<>", S("x"), True), ("q", "=", S("x"), False), ("n", "<", N("10.5"), True), ("n", ">=", N(10), True),
                ("n", "<=", S("9"), False), ("s", ">", S("Banana"), True), ("b", "<", B(b"\1\3"), True),
                ("ss", "=", SS("b", "a"), True), ("t", "=", BOOL(True), True), ("z", "=", NULL, True), ("m", "=", M(), False)):
            self.assertEqual(self.compares(name, operator, value), truth, (name, operator, value))

    def test_ordering_of_what_has_no_order_is_false_even_when_equal(self):
        self.assertFalse(self.truth(Compare("<=", path("t"), path("t"))))

    def test_missing_operands(self):
        self.assertFalse(self.truth(Compare("=", path("q"), path("r"))))
        self.assertTrue(self.truth(Compare("<>", path("q"), path("r"))))
        self.assertFalse(self.truth(Between(path("q"), Constant(N(1)), Constant(N(2)))))
        self.assertFalse(self.truth(In(path("q"), (path("r"), Constant(N(1))))))
        self.assertTrue(self.truth(Not(Compare("=", path("q"), Constant(N(1))))))

    def test_between_is_inclusive_and_of_one_type(self):
        for low, high, truth in ((N(10), N(10), True), (N(1), N(9), False), (S("1"), S("2"), False)):
            self.assertEqual(self.truth(Between(path("n"), Constant(low), Constant(high))), truth, (low, high))
        self.assertTrue(self.truth(Between(Constant(N(5)), path("m", "x"), path("n"))))

    def test_in_is_equality_with_any(self):
        self.assertTrue(self.truth(In(path("n"), (Constant(S("a")), Constant(N("1e1"))))))
        self.assertFalse(self.truth(In(path("ns"), (Constant(N(1)),))))

    def test_functions(self):
        for name, operands, truth in (
                ("attribute_exists", (path("z"),), True), ("attribute_exists", (path("m", "q"),), False),
                ("attribute_not_exists", (path("l", 9),), True), ("attribute_type", (path("ss"), Constant(S("SS"))), True),
                ("attribute_type", (path("q"), Constant(S("S"))), False), ("begins_with", (path("s"), Constant(S("ban"))), True),
                ("begins_with", (path("s"), Constant(B(b"ban"))), False), ("begins_with", (path("n"), Constant(S("1"))), False),
                ("begins_with", (path("s"), Constant(S(""))), True), ("contains", (path("s"), Constant(S("nan"))), True),
                ("contains", (path("b"), Constant(B(b"\2"))), True), ("contains", (path("b"), Constant(B(b"\1\3"))), False),
                ("contains", (path("ss"), Constant(S("a"))), True), ("contains", (path("ss"), Constant(SS("a"))), False),
                ("contains", (path("ns"), Constant(N("2.0"))), True), ("contains", (path("ns"), Constant(S("2"))), False),
                ("contains", (path("l"), Constant(SS("q"))), True), ("contains", (path("l"), Constant(S("q"))), False),
                ("contains", (path("m"), Constant(S("x"))), False), ("contains", (path("n"), Constant(N(1))), False)):
            self.assertEqual(self.truth(Function(name, operands)), truth, (name, operands))

    def test_size(self):
        for name, size in (("s", 6), ("b", 3), ("ss", 2), ("l", 3), ("m", 2)):
            self.assertTrue(self.truth(Compare("=", Size(path(name)), Constant(N(size)))), name)
        for name in ("n", "t", "z", "q"):
            self.assertFalse(self.truth(Compare(">=", Size(path(name)), Constant(N(0)))), name)
        self.assertEqual(conditions.length(S("é😀")), 3)

    def test_logic(self):
        yes, no = Compare("=", path("n"), Constant(N(10))), Compare("=", path("n"), Constant(N(1)))
        self.assertTrue(self.truth(Or((no, And((yes, Not(no)))))))
        self.assertFalse(self.truth(And((Or((yes, no)), no))))


class Updates(unittest.TestCase):
    def after(self, item, *actions):
        [outcome] = updates.apply(actions, item and {**KEY, **item}, KEY)
        self.assertIsNone(outcome.error)
        return outcome.item and {name: value for name, value in outcome.item.items() if name != "pk"}

    def errors(self, item, *actions):
        outcomes = updates.apply(actions, item and {**KEY, **item}, KEY)
        self.assertTrue(all(outcome.error for outcome in outcomes))
        return {outcome.error for outcome in outcomes}

    def test_actions_do_not_see_each_other(self):
        self.assertEqual(self.after({"a": N(1), "b": N(2)}, Set(("a",), path("b")), Set(("b",), path("a"))),
                         {"a": N(2), "b": N(1)})
        self.assertEqual(self.after({"a": N(1)}, Remove(("a",)), Set(("b",), path("a"))), {"b": N(1)})
        self.assertEqual(self.errors({"p": N(1)}, Set(("x",), Constant(N(1))), Set(("y",), path("x"))), {updates.MISSING})

    def test_an_item_comes_to_be_unless_all_is_removal(self):
        self.assertEqual(updates.apply((), None, KEY), [Outcome(KEY)])
        self.assertEqual(updates.apply((Remove(("a",)), Remove(("b", 1))), None, KEY), [Outcome(None)])
        self.assertEqual(updates.apply((Delete(("a",), SS("x")),), None, KEY), [Outcome(None)])
        self.assertEqual(updates.apply((Add(("a",), N(8)),), None, KEY), [Outcome({**KEY, "a": N(8)})])

    def test_arithmetic_is_exact(self):
        for operator, a, b, result in (("+", "1", "10000000000000000000000", "10000000000000000000001"),
                                       ("-", "10000000000000000000000", "1", "9999999999999999999999"),
                                       ("+", "0.1", "0.2", "0.3"), ("-", "1E-130", "1E-130", "0")):
            self.assertEqual(self.after({"a": N(a)}, Set(("c",), Arithmetic(operator, path("a"), Constant(N(b))))),
                             {"a": N(a), "c": N(result)})

    def test_arithmetic_has_bounds(self):
        def errors_of(operator, a, b):
            return self.errors({"a": N(a)}, Set(("c",), Arithmetic(operator, path("a"), Constant(N(b)))))
        self.assertEqual(errors_of("+", "9E125", "9E125"), {numbers.OVERFLOW})
        self.assertEqual(errors_of("-", "9E125", "-9E125"), {numbers.OVERFLOW})
        self.assertEqual(errors_of("-", "1.1E-130", "1E-130"), {numbers.UNDERFLOW})
        self.assertEqual(errors_of("-", "1E50", "1"), {numbers.OVERFLOW})

    def test_operands_have_to_be_there_and_of_the_right_type(self):
        self.assertEqual(self.errors({"a": S("x")}, Set(("b",), path("q"))), {updates.MISSING})
        self.assertEqual(self.errors({"a": S("x")}, Set(("b",), Arithmetic("+", path("a"), Constant(N(1))))),
                         {updates.WRONG_TYPE})
        self.assertEqual(self.errors({"a": S("x")}, Set(("b",), ListAppend(path("a"), Constant(L())))), {updates.WRONG_TYPE})
        self.assertEqual(self.errors({"a": S("x")}, Add(("a",), N(1))), {updates.WRONG_TYPE})
        self.assertEqual(self.errors({"a": NS(1)}, Delete(("a",), SS("1"))), {updates.WRONG_TYPE})

    def test_functions(self):
        self.assertEqual(self.after({"l": L(N(1))}, Set(("l",), ListAppend(Constant(L(N(0))), path("l")))), {"l": L(N(0), N(1))})
        self.assertEqual(self.after({"c": N(4)}, Set(("a",), IfNotExists(path("a"), Constant(N(2)))),
                                    Set(("b",), IfNotExists(path("c"), path("nowhere")))), {"a": N(2), "b": N(4), "c": N(4)})

    def test_paths_need_their_parents(self):
        item = {"a": S("x"), "l": L(), "m": M(x=N(1))}
        for target in (("a", "c"), ("l", "c"), ("q", "c"), ("m", 0), ("q", 0), ("m", "q", "r")):
            self.assertEqual(self.errors(item, Set(target, Constant(N(1)))), {updates.BAD_PATH}, target)
            self.assertEqual(self.errors(item, Remove(target)), {updates.BAD_PATH}, target)
        for target in (("m", "q"), ("l", 7), ("q",)):
            self.assertEqual(self.after(item, Remove(target)), item, target)

    def test_list_elements(self):
        item = {"a": L(*map(N, (2, 3, 4, 5, 6, 7)))}
        self.assertEqual(self.after(item, Remove(("a", 1)), Set(("a", 3), Constant(N(17)))), {"a": L(*map(N, (2, 4, 17, 6, 7)))})
        sets = [Set(("a", index), Constant(S(text))) for index, text in ((84, "a1"), (37, "a2"), (17, "a3"), (50, "a4"))]
        self.assertEqual(self.after({"a": L()}, *sets), {"a": L(S("a3"), S("a2"), S("a4"), S("a1"))})
        self.assertEqual(self.after({"a": L(N(1))}, Remove(("a", 0))), {"a": L()})
        self.assertEqual(self.after({"a": L(L(N(1), N(2)), N(3))}, Remove(("a", 0, 0)), Remove(("a", 1))), {"a": L(L(N(2)))})

    def test_sets(self):
        self.assertEqual(self.after({"a": SS("x")}, Add(("a",), SS("x", "y"))), {"a": SS("x", "y")})
        self.assertEqual(self.after({"a": SS("x", "y")}, Delete(("a",), SS("y", "z"))), {"a": SS("x")})
        self.assertEqual(self.after({"a": SS("x"), "b": N(1)}, Delete(("a",), SS("x"))), {"b": N(1)})
        self.assertEqual(self.after({"b": N(1)}, Delete(("a",), SS("x"))), {"b": N(1)})

    def test_what_is_written_is_measured(self):
        def ceiling(key, *actions):
            """How large an item may get that these updates write."""
            return values.ITEM_BYTES_MAX - updates.record_bytes(actions, {}) + values.item_bytes(key)
        one = Set(("b",), Constant(S("x")))
        self.assertEqual(ceiling({"pk": S("K")}, one), values.ITEM_BYTES_MAX - 19)
        self.assertEqual(ceiling({}, one) - ceiling({}, one, Set(("c",), Constant(S("y")))), 19)
        self.assertEqual(ceiling({}, one) - ceiling({}, one, Remove(("r",))), 2)

    def test_values_returned(self):
        old = {**KEY, "a": M(b=S("dog"), c=L(N(1), N(2), N(3)))}
        new = {**KEY, "a": M(b=S("hi"), c=L(N(1), N(3)))}
        actions = (Set(("a", "b"), Constant(S("hi"))), Remove(("a", "c", 1)))
        for mode, attributes in (("NONE", {}), ("ALL_OLD", old), ("ALL_NEW", new),
                                 ("UPDATED_OLD", {"a": M(b=S("dog"), c=L(N(2)))}),
                                 ("UPDATED_NEW", {"a": M(b=S("hi"), c=L(N(3)))})):
            self.assertEqual(updates.returned(mode, actions, old, new), attributes, mode)
        self.assertEqual(updates.returned("UPDATED_NEW", (Set(("l", 100), Constant(N(1))),), {"l": L()}, {"l": L(N(1))}), {})


class Legacy(unittest.TestCase):
    item = {**KEY, "a": N(1), "s": S("hello"), "z": NULL, "ns": NS(2, 4)}

    def test_comparisons(self):
        for attribute, operator, operands, truth in (
                ("a", "EQ", (N(1),), True), ("q", "NE", (N(1),), True), ("a", "NE", (S("1"),), True), ("a", "LT", (S("1"),), False),
                ("z", "NOT_NULL", (), True), ("z", "NULL", (), False), ("q", "NULL", (), True), ("s", "CONTAINS", (S("ell"),), True),
                ("ns", "CONTAINS", (N(4),), True), ("ns", "NOT_CONTAINS", (N(1),), True), ("q", "NOT_CONTAINS", (N(1),), False),
                ("a", "NOT_CONTAINS", (S("x"),), True), ("s", "BEGINS_WITH", (S("he"),), True), ("a", "IN", (N(2), N(1)), True),
                ("ns", "IN", (N(2),), False), ("a", "BETWEEN", (N(1), N(2)), True), ("q", "BETWEEN", (N(0), N(9)), False)):
            self.assertEqual(legacy.meets(legacy.Comparison(attribute, operator, operands), self.item), truth,
                             (attribute, operator, operands))

    def test_updates(self):
        def outcome(action, value, old):
            item = None if old is None else {**KEY, "a": old}
            [one] = legacy.apply([legacy.AttributeUpdate("a", action, value)], item, KEY)
            return one.error or one.item and one.item.get("a", "removed")
        for action, value, old, expected in (
                ("PUT", S("x"), N(1), S("x")), ("DELETE", None, N(1), "removed"), ("DELETE", None, None, None),
                ("ADD", N(2), N(7), N(9)), ("ADD", N(2), None, N(2)), ("ADD", L(N(3)), L(N(1)), L(N(1), N(3))),
                ("ADD", L(N(3)), None, L(N(3))), ("ADD", SS("a"), NS(1), legacy.TYPE_MISMATCH),
                ("DELETE", NS(2, 4), NS(2, 4), "removed"), ("DELETE", NS(1), N(1), legacy.TYPE_MISMATCH)):
            self.assertEqual(outcome(action, value, old), expected, (action, value, old))


class Keys(unittest.TestCase):
    def test_query_filters_a_sorted_list(self):
        items = [{"pk": S(p), "sk": N(n)} for p in "ab" for n in (10, 9, -1)]

        def query(condition, forward=True):
            return [int(item["sk"].content) for item in keys.selected(items, "pk", S("a"), "sk", condition, forward)]
        self.assertEqual(query(None), [-1, 9, 10])
        self.assertEqual(query(keys.KeyCondition(">=", (N(9),)), False), [10, 9])
        self.assertEqual(query(keys.KeyCondition("BETWEEN", (N(-1), N(9)))), [-1, 9])
        self.assertEqual(query(keys.KeyCondition("=", (S("9"),))), [])


if __name__ == "__main__":
    unittest.main()
