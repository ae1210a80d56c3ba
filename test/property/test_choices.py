#!/usr/bin/env python3
"""Choices replay what they drew and shrink to what matters."""

import random
import unittest

from choices import Choices, shrink


def numbers(c):
    return c.many(lambda: c.below(1000), 50, percent=95)


class Replay(unittest.TestCase):
    def test_gives_the_same_again(self):
        first = Choices(random.Random(1))
        drawn = [numbers(first), first.pick("abc"), first.chance(50), first.weighted((1, "x"), (3, "y"))]
        again = Choices(replay=first.made)
        self.assertEqual([numbers(again), again.pick("abc"), again.chance(50), again.weighted((1, "x"), (3, "y"))], drawn)

    def test_of_nothing_is_what_is_simplest(self):
        c = Choices()
        self.assertEqual([numbers(c), c.pick("abc"), c.chance(50)], [[], "a", False])


class Shrinking(unittest.TestCase):
    def smallest(self, seed, fails):
        def attempt(made):
            c = Choices(replay=made)
            return (c.made, c.spans) if fails(numbers(c)) else None
        for more in range(1000):
            c = Choices(random.Random(f"{seed} {more}"))
            if fails(numbers(c)):
                return numbers(Choices(replay=shrink(attempt, c.made, c.spans, 5)))
        self.fail("nothing fails")

    def test_leaves_what_matters(self):
        self.assertEqual(self.smallest(1, lambda drawn: any(n >= 700 for n in drawn)), [700])
        self.assertEqual(self.smallest(2, lambda drawn: len(drawn) > 2), [0, 0, 0])
        self.assertEqual(sorted(self.smallest(3, lambda drawn: 500 in drawn or sum(drawn) > 5000))[-1] >= 500, True)


if __name__ == "__main__":
    unittest.main()
