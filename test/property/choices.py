"""Randomness that can be replayed and made smaller.

Everything random about a case is drawn from a Choices, as small whole numbers. The list of numbers drawn is the case: fed in
again, it gives the same case; with parts taken out or made smaller, it gives a smaller one. Generators keep to one rule: 0
stands for what is simplest. So nothing that is generated needs code for shrinking."""

import contextlib
import time


class Choices:
    def __init__(self, random=None, replay=()):
        """Draws from `random`, or from the numbers in `replay` and then zeros."""
        self.random = random
        self.replay = replay
        self.made = []
        self.spans = []  # (begin, end) of what was drawn for one thing

    def below(self, bound):
        """A number from 0 to bound - 1."""
        at = len(self.made)
        if self.random is not None:
            number = self.random.randrange(bound)
        else:
            number = min(self.replay[at], bound - 1) if at < len(self.replay) else 0
        self.made.append(number)
        return number

    def chance(self, percent):
        """True that often; False is simpler."""
        return self.below(100) >= 100 - percent

    def pick(self, options):
        """One of them; the first is simplest."""
        return options[self.below(len(options))]

    def weighted(self, *options):
        """One of the second parts of pairs (weight, what); the first is simplest."""
        at = self.below(sum(weight for weight, _ in options))
        for weight, what in options:
            if at < weight:
                return what
            at -= weight
        raise AssertionError("not reached")

    def many(self, make, at_most, percent=70, at_least=0):
        """A list of what `make` makes: after each, another one follows that often."""
        made = []
        while len(made) < at_most and (len(made) < at_least or self.chance(percent)):
            with self.span():
                made.append(make())
        return made

    @contextlib.contextmanager
    def span(self):
        """What is drawn inside is one thing, which a smaller case may lack."""
        begin = max(0, len(self.made) - 1)  # with the choice that there is another one
        yield
        self.spans.append((begin, len(self.made)))


def shrink(attempt, made, spans, seconds):
    """A smaller list of numbers which still fails. `attempt(numbers)` runs a case and returns what it drew, as (made, spans),
    or None if it passed."""
    deadline = time.monotonic() + seconds

    def better(candidate):
        nonlocal made, spans
        if time.monotonic() > deadline or candidate == made:
            return False
        result = attempt(candidate)
        if result is None or (len(result[0]), result[0]) >= (len(made), made):
            return False
        made, spans = result
        return True

    improved = True
    while improved and time.monotonic() < deadline:
        improved = False
        for begin, end in sorted(set(spans), key=lambda span: span[0] - span[1]):
            improved |= end <= len(made) and better(made[:begin] + made[end:])
        for width in (8, 4, 2, 1):
            at = len(made) - width
            while at >= 0:
                if better(made[:at] + made[at + width:]) or better(made[:at] + [0] * width + made[at + width:]):
                    improved = True
                at -= 1
        for at in range(len(made)):
            for smaller in (made[at] // 2, made[at] - 1) if at < len(made) and made[at] else ():
                improved |= at < len(made) and better(made[:at] + [smaller] + made[at + 1:])
    return made
