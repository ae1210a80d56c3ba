#!/usr/bin/env python3
"""The checker against histories picked by hand, and against a search through all orders."""

import itertools
import random
import unittest
from dataclasses import dataclass

from checker import NO_ANSWER, Anomaly, Event, final_states


class Reading:
    @staticmethod
    def is_read(_):
        return True


class Writing:
    @staticmethod
    def is_read(answer):
        return answer == "refused"


@dataclass(frozen=True)
class Read(Reading):
    name: str

    def apply(self, state):
        return dict(state)[self.name], state


@dataclass(frozen=True)
class Write(Writing):
    name: str
    value: int

    def apply(self, state):
        return "ok", tuple(sorted({**dict(state), self.name: self.value}.items()))


@dataclass(frozen=True)
class Add(Writing):
    """Answers with the sum."""
    name: str
    value: int

    def apply(self, state):
        value = dict(state)[self.name] + self.value
        return value, Write(self.name, value).apply(state)[1]


@dataclass(frozen=True)
class Exchange(Writing):
    """Writes if the value is what is expected."""
    name: str
    expected: int
    value: int

    def apply(self, state):
        if dict(state)[self.name] != self.expected:
            return "refused", state
        return Write(self.name, self.value).apply(state)


@dataclass(frozen=True)
class ReadAll(Reading):
    def apply(self, state):
        return state, state


@dataclass(frozen=True)
class WriteBoth(Writing):
    value: int

    def apply(self, state):
        return "ok", (("x", self.value), ("y", self.value))


START = (("x", 0), ("y", 0))


def history(*lines):
    """Each line: begin, end, operation, answer."""
    return [Event(f"s{n}", operation, begin, end, answer) for n, (begin, end, operation, answer) in enumerate(lines)]


def is_good(events):
    try:
        final_states(events, {START})
    except Anomaly:
        return False
    return True


class HandMade(unittest.TestCase):
    def good(self, *lines):
        self.assertTrue(is_good(history(*lines)))

    def bad(self, *lines):
        self.assertFalse(is_good(history(*lines)))

    def test_nothing_is_good(self):
        self.good()

    def test_a_read_sees_the_write_before_it(self):
        self.good((0, 1, Write("x", 1), "ok"), (2, 3, Read("x"), 1))
        self.bad((0, 1, Write("x", 1), "ok"), (2, 3, Read("x"), 0))

    def test_a_read_during_a_write_sees_either(self):
        self.good((0, 9, Write("x", 1), "ok"), (2, 3, Read("x"), 0))
        self.good((0, 9, Write("x", 1), "ok"), (2, 3, Read("x"), 1))
        self.bad((0, 9, Write("x", 1), "ok"), (2, 3, Read("x"), 2))

    def test_reads_do_not_go_back(self):
        write = (0, 9, Write("x", 1), "ok")
        self.good(write, (1, 2, Read("x"), 0), (3, 4, Read("x"), 1))
        self.bad(write, (1, 2, Read("x"), 1), (3, 4, Read("x"), 0))
        self.good(write, (1, 4, Read("x"), 1), (3, 5, Read("x"), 0))

    def test_what_touches_in_time_overlaps(self):
        self.good((0, 2, Write("x", 1), "ok"), (2, 3, Read("x"), 0))

    def test_a_value_from_nowhere(self):
        self.bad((0, 1, Read("x"), 7))

    def test_two_sums_at_once_differ(self):
        self.good((0, 5, Add("x", 1), 1), (1, 4, Add("x", 1), 2))
        self.good((0, 5, Add("x", 1), 2), (1, 4, Add("x", 1), 1))
        self.bad((0, 5, Add("x", 1), 1), (1, 4, Add("x", 1), 1))

    def test_only_one_of_two_exchanges_succeeds(self):
        one, two = Exchange("x", 0, 1), Exchange("x", 0, 2)
        self.good((0, 5, one, "ok"), (1, 4, two, "refused"))
        self.bad((0, 5, one, "ok"), (1, 4, two, "ok"))
        self.bad((0, 5, one, "refused"), (1, 4, two, "refused"))

    def test_a_lost_update(self):
        self.bad((0, 1, Read("x"), 0), (2, 3, Add("x", 5), 5), (4, 5, Exchange("x", 0, 1), "ok"))

    def test_the_order_of_writes_is_found(self):
        writes = [(0, 9, Write("x", n), "ok") for n in range(1, 6)]
        reads = [(10 + n, 10 + n, Read("x"), 3) for n in range(3)]
        self.good(*writes, *reads)
        self.bad(*writes, *reads, (20, 21, Read("x"), 4))

    def test_reads_during_many_writes_fix_their_order(self):
        writes = [(0, 99, Write("x", n), "ok") for n in range(1, 6)]
        self.good(*writes, *[(n, n, Read("x"), value) for n, value in enumerate((4, 1, 5, 2, 3), 10)])
        self.bad(*writes, *[(n, n, Read("x"), value) for n, value in enumerate((4, 1, 5, 1, 3), 10)])

    def test_without_an_answer_it_happened_or_not(self):
        lost = (0, 9, Write("x", 1), NO_ANSWER)
        self.good(lost, (10, 11, Read("x"), 0))
        self.good(lost, (10, 11, Read("x"), 1))
        self.good(lost, (1, 2, Read("x"), 0), (10, 11, Read("x"), 1))
        self.bad(lost, (1, 2, Read("x"), 1), (10, 11, Read("x"), 0))
        self.bad(lost, (10, 11, Read("x"), 2))

    def test_without_an_answer_it_does_not_happen_after_the_end(self):
        lost = (0, 9, Write("x", 1), NO_ANSWER)
        self.bad(lost, (10, 11, Read("x"), 0), (12, 13, Read("x"), 1))

    def test_without_an_answer_it_happens_once_at_most(self):
        lost = (0, 9, Add("x", 1), NO_ANSWER)
        self.good(lost, (10, 11, Add("x", 1), 2))
        self.good(lost, (10, 11, Add("x", 1), 1))
        self.bad(lost, (10, 11, Add("x", 1), 3))

    def test_what_was_read_is_not_lost(self):
        """As when a read shows what is not durable, and the power goes."""
        self.bad((0, 50, Write("x", 1), NO_ANSWER), (10, 20, Read("x"), 1), (60, 70, Read("x"), 0))

    def test_items_are_read_at_one_instant(self):
        write = (0, 9, WriteBoth(1), "ok")
        self.good(write, (1, 2, ReadAll(), START))
        self.good(write, (1, 2, ReadAll(), (("x", 1), ("y", 1))))
        self.bad(write, (1, 2, ReadAll(), (("x", 1), ("y", 0))))

    def test_a_transaction_is_not_seen_half(self):
        write = (0, 9, WriteBoth(1), "ok")
        self.good(write, (1, 2, Read("x"), 0), (3, 4, Read("y"), 1))
        self.bad(write, (1, 2, Read("x"), 1), (3, 4, Read("y"), 0))

    def test_all_readers_see_the_same_order(self):
        writes = (0, 99, Write("x", 1), "ok"), (0, 99, Write("y", 1), "ok")
        x_first, y_first = (("x", 1), ("y", 0)), (("x", 0), ("y", 1))
        self.good(*writes, (1, 2, ReadAll(), x_first), (3, 4, ReadAll(), x_first))
        self.bad(*writes, (1, 9, ReadAll(), x_first), (1, 9, ReadAll(), y_first))

    def test_items_are_checked_together(self):
        """Each of x and y alone is linearizable. (Long fork.)"""
        writes = (0, 99, Write("x", 1), "ok"), (0, 99, Write("y", 1), "ok")
        self.bad(*writes, (1, 2, Read("x"), 1), (3, 4, Read("y"), 0), (1, 2, Read("y"), 1), (3, 4, Read("x"), 0))

    def test_final_states_are_all_that_are_possible(self):
        events = history((0, 5, Write("x", 1), "ok"), (1, 4, Write("x", 2), "ok"), (0, 9, Write("y", 3), NO_ANSWER))
        self.assertEqual(final_states(events, {START}),
                         {(("x", x), ("y", y)) for x, y in itertools.product((1, 2), (0, 3))})

    def test_what_is_possible_goes_on_in_the_next_history(self):
        states = final_states(history((0, 5, Write("x", 1), NO_ANSWER)), {START})
        self.assertEqual(final_states(history((6, 7, Read("x"), 1)), states), {(("x", 1), ("y", 0))})
        with self.assertRaises(Anomaly):
            final_states(history((6, 7, Read("x"), 2)), states)

    def test_long_histories_take_no_longer_than_they_are_long(self):
        events, total = [], 0
        for n in range(0, 30000, 3):
            total += 1
            events += history((n, n + 4, Add("x", 1), total), (n, n + 5, Read("x"), total), (n + 1, n + 2, Read("y"), 0))
        self.assertEqual(final_states(events, {START}), {(("x", total), ("y", 0))})

    def test_the_text_tells_what_cannot_be(self):
        with self.assertRaisesRegex(Anomaly, "s1: .*'x'.* the answer 0"):
            final_states(history((0, 1, Write("x", 1), "ok"), (2, 3, Read("x"), 0)), {START})


def some_order_explains(events):
    """By trying all of them."""
    lost = [e for e in events if not e.answered()]
    for count in range(len(lost) + 1):
        for left_out in itertools.combinations(lost, count):
            for order in itertools.permutations([e for e in events if e not in left_out]):
                if _explains(order):
                    return True
    return False


def _explains(order):
    state, latest_begin = START, -1
    for e in order:
        if e.end < latest_begin:
            return False
        latest_begin = max(latest_begin, e.begin)
        answer, state = e.operation.apply(state)
        if e.answered() and answer != e.answer:
            return False
    return True


def random_operation(rng):
    name, value = rng.choice("xy"), rng.randrange(3)
    return rng.choice([Read(name), Read(name), Write(name, value), Add(name, 1), Exchange(name, rng.randrange(3), value),
                       ReadAll(), WriteBoth(value)])


def random_history(rng):
    """Run in some order, so that most are good; then some answers are changed or lost."""
    events, state, now = [], START, 0
    for n in range(rng.randrange(2, 7)):
        now += rng.randrange(3)
        operation = random_operation(rng)
        answer, state = operation.apply(state)
        draw = rng.random()
        if draw < 0.15:
            answer = NO_ANSWER
        elif draw < 0.3:
            answer = operation.apply(rng.choice([START, (("x", 1), ("y", 1)), (("x", 2), ("y", 0))]))[0]
        events.append(Event(n, operation, max(now - rng.randrange(6), 0), now + rng.randrange(6), answer))
    rng.shuffle(events)
    return events


class AgainstAllOrders(unittest.TestCase):
    def test_the_verdicts_are_equal(self):
        rng, verdicts = random.Random(1), []
        for _ in range(2500):
            events = random_history(rng)
            verdicts.append(some_order_explains(events))
            self.assertEqual(is_good(events), verdicts[-1], events)
        self.assertGreater(min(verdicts.count(True), verdicts.count(False)), 300)


if __name__ == "__main__":
    unittest.main()
