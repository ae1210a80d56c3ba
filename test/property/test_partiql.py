#!/usr/bin/env python3
"""How PartiQL statements are written down, and what the properties expect of them, against facts picked by hand."""

import random
import re
import unittest

from choices import Choices
from model import updates
from model.conditions import Compare, Constant, Function, In, Path
from model.updates import Add, Arithmetic, Delete, Outcome, Remove, Set
from model.values import BOOL, NULL, SS, B, L, M, N, S
from partiql_text import PartiqlWriter
from properties import partiql_reads, partiql_writes


def simplest():
    """Draws nothing but what is simplest: parameters in place of literals, for one."""
    return PartiqlWriter(Choices(), lambda number: format(number, "f"))


def writers(count=200):
    return [PartiqlWriter(Choices(random.Random(seed)), lambda number: format(number, "f")) for seed in range(count)]


class Text(unittest.TestCase):
    def test_parameters_stand_in_the_order_in_which_they_are_asked_for(self):
        writer = simplest()
        second, first = writer.constant(S("second")), writer.constant(N(1))
        self.assertEqual(writer.statement(f"x = {first} AND y = {second}"),
                         {"Statement": "x = ? AND y = ?", "Parameters": [{"N": "1"}, {"S": "second"}]})
        self.assertEqual(simplest().statement("SELECT"), {"Statement": "SELECT"})

    def test_literals(self):
        writer = simplest()
        for value, text in ((S("it's"), "'it''s'"), (S(""), "''"), (N("-1.5"), "-1.5"), (BOOL(True), "TRUE"), (NULL, "NULL"),
                            (L(N(1), S("a")), "[1, 'a']"), (L(), "[]"), (M(a=L(NULL)), "{'a':[NULL]}"),
                            (SS("b", "a"), "<<'a', 'b'>>"), (B(b"a"), None),
                            (L(B(b"a")), None), (M(a=M(b=B(b""))), None), (S("\0"), None)):
            self.assertEqual(writer.literal(value), text)

    def test_names_are_quoted_where_they_have_to_be(self):
        self.assertEqual(simplest().path(("a", 0, "x.y", "b")), 'a[0]."x.y".b')

    def test_what_a_literal_says_is_what_it_stands_for(self):
        for writer in writers():
            text = writer.constant(N("-7"))
            self.assertIn(writer.statement(text), ({"Statement": "-7"}, {"Statement": "?", "Parameters": [{"N": "-7"}]}))

    def test_no_comment_begins_by_accident(self):
        action = Set(("n",), Arithmetic("-", Path(("n",)), Constant(N(-1))))
        for writer in writers():
            self.assertNotIn("--", writer.statement(writer.action(action))["Statement"])

    def test_changes(self):
        writer = simplest()
        text = writer.changes_text([Set(("a",), Path(("b",))), Remove(("c",)), Remove(("d1",)), Add(("e f",), SS("x")),
                                    Delete(("g",), SS("y"))])
        self.assertEqual(writer.statement(text)["Statement"],
                         'SET a = b REMOVE c REMOVE d1 SET "e f" = set_add("e f", ?) SET g = set_delete(g, ?)')

    def test_conditions(self):
        writer = simplest()
        text = writer.joined_by_and([Compare("<>", Path(("a",)), Constant(N(1))), In(Path(("b",)), (Constant(N(2)),)),
                                     Function("attribute_type", (Path(("c",)), Constant(S("S"))))])
        self.assertEqual(writer.statement(text)["Statement"], "a <> ? AND b IN [?] AND attribute_type(c, ?)")

    def test_other_ways_of_the_same(self):
        tests = [Function("attribute_exists", (Path(("a",)),)), Function("attribute_not_exists", (Path(("a",)),)),
                 Function("attribute_type", (Path(("a",)), Constant(S("NULL"))))]
        seen = {re.sub(r"\s+", " ", writer.statement(writer.primary(test))["Statement"]).upper()
                for test in tests for writer in writers(60)}
        self.assertLessEqual({"A IS NOT MISSING", "A IS MISSING", "A IS NULL"}, seen)
        self.assertFalse({"A IS NOT NULL"} & seen)


class Expectations(unittest.TestCase):
    def test_a_column_is_called_from_its_last_name_on(self):
        for path, name in ((("a",), "a"), (("a", "b"), "b"), (("a", 1), "a[1]"), (("a", "b", 0, 2), "b[0][2]"),
                           (("a", 0, "b"), "b")):
            self.assertEqual(partiql_reads.column(path), name)

    def test_a_row_has_what_there_is_of_its_columns(self):
        item = {"pk": S("p"), "m": M(k=L(N(1)))}
        self.assertEqual(partiql_reads.row(item, []), item)
        self.assertEqual(partiql_reads.row(item, [("m", "k", 0), ("m", "x"), ("nope",)]), {"k[0]": N(1)})

    def test_only_update_item_measures_what_it_writes(self):
        held = {"pk": S("p")}
        actions = [Set(("a",), Constant(S("x" * (409600 - 20))))]
        self.assertIn(Outcome(None, updates.TOO_LARGE), updates.apply(actions, held, held))
        [outcome] = partiql_writes.updates_of(actions, held, held)
        self.assertEqual((outcome.error, set(outcome.item)), (None, {"pk", "a"}))
        larger = [Set(("a",), Constant(S("x" * 409600)))]
        self.assertEqual(partiql_writes.updates_of(larger, held, held), [Outcome(None, updates.TOO_LARGE)])


if __name__ == "__main__":
    unittest.main()
