"""Is there a serial order that explains what was seen?

An operation was under way from its call until its answer. A history is linearizable (strictly serializable, if operations touch
several items) if all its operations can be put into one order, in which each gets the answer it got, and in which none comes
before one that had ended when it began.

The search follows time (Wing and Gong's idea, in the just-in-time form of Lowe's). It keeps every configuration that the history
so far allows: the state, and which of the operations under way have taken effect. Only when an operation ends must it have taken
effect, so only then are the configurations extended: by all that is under way, in all orders, until it has. Equal configurations
are one, which is what keeps this from being exponential. None left: there is no such order.

An operation is anything with apply(state), which returns its answer and the state after it, and is_read(answer), which is true
if whatever gives this answer changes nothing in any state. States and answers are compared and hashed."""

from typing import Any, NamedTuple

CONFIGURATIONS_MAX = 200000
LINES_MAX = 30  # of the operations that are shown
NO_ANSWER = object()


class Event(NamedTuple):
    """One operation of a history. Without an answer it may have taken effect or not; but not after `end`, when the server was
    gone."""
    session: Any
    operation: Any
    begin: int
    end: int
    answer: Any

    def answered(self):
        return self.answer is not NO_ANSWER


class Anomaly(Exception):
    """There is no such order; the text tells where the search ended."""


class Undecided(Exception):
    """There are too many possibilities."""


class Configuration(NamedTuple):
    state: Any
    done: int  # a bit for each operation under way that has taken effect


class _Search:
    def __init__(self, starts):
        self.under_way = {}  # bit -> event
        self.configurations = {Configuration(state, 0) for state in starts}

    def begin(self, event):
        """Returns the bit by which the event is known while it is under way."""
        bit = 1
        while bit in self.under_way:
            bit <<= 1
        self.under_way[bit] = event
        self.configurations = {self._with_reads(c.state, c.done, {bit: event}) for c in self.configurations}
        return bit

    def end(self, bit):
        """Keeps what is possible now that the event has ended; false if nothing is."""
        event = self.under_way[bit]
        reached = self._reach(bit)
        if not event.answered():
            reached |= self.configurations
        self.configurations = {Configuration(c.state, c.done & ~bit) for c in reached}
        del self.under_way[bit]
        return bool(reached)

    def _reach(self, bit):
        """All configurations in which the event has taken effect, and nothing that need not have done so before it."""
        reached = {c for c in self.configurations if c.done & bit}
        seen = set(self.configurations - reached)
        left = list(seen)
        while left:
            for c in self._successors(left.pop()):
                if c.done & bit:
                    reached.add(c)
                elif c not in seen:
                    seen.add(c)
                    left.append(c)
            if len(seen) + len(reached) > CONFIGURATIONS_MAX:
                raise Undecided(f"more than {CONFIGURATIONS_MAX} configurations")
        return reached

    def _successors(self, c):
        for bit, event in self.under_way.items():
            if c.done & bit:
                continue
            answer, state = event.operation.apply(c.state)
            if answer == event.answer if event.answered() else state != c.state:
                yield self._with_reads(state, c.done | bit, self.under_way)

    @staticmethod
    def _with_reads(state, done, events):
        """A read that fits the state may as well happen at once: whatever may follow without it may follow after it."""
        for bit, event in events.items():
            if not done & bit and event.answered() and event.operation.is_read(event.answer):
                if event.operation.apply(state)[0] == event.answer:
                    done |= bit
        return Configuration(state, done)


def _in_time(events):
    """(event, is its end) by time. What ends at the very moment when another begins has overlapped it."""
    moments = [(e.begin, 0, n, e) for n, e in enumerate(events)] + [(e.end, 1, n, e) for n, e in enumerate(events)]
    return [(n, e, bool(is_end)) for _, is_end, n, e in sorted(moments, key=lambda m: m[:3])]


def _tell(events, search, bit):
    event = search.under_way[bit]
    lines = [f"no serial order gives {event.session}: {event.operation} the answer {event.answer}"]
    for c in sorted(search.configurations, key=str)[:6]:
        waiting = [str(e.operation) for b, e in search.under_way.items() if not c.done & b and b != bit]
        lines.append(f"  before it: {c.state}" + (f", and perhaps {'; '.join(waiting)}" if waiting else ""))
    lines.append("  the last operations, in the order of their ends (begin and end in us):")
    for e in sorted((e for e in events if e.begin <= event.end), key=lambda e: (e.end, e.begin))[-LINES_MAX:]:
        answer = e.answer if e.answered() else "no answer"
        times = f"{(e.begin - event.end) // 1000:8} {(e.end - event.end) // 1000:8}"
        lines.append(f"    {times}  {e.session}: {e.operation} -> {answer}")
    return "\n".join(lines)


def final_states(events, starts):
    """The states in which the history may have ended, having begun in one of `starts`. Raises Anomaly if there is none."""
    search, bits = _Search(starts), {}
    for number, event, is_end in _in_time(events):
        if not is_end:
            bits[number] = search.begin(event)
            continue
        before = search.configurations
        if not search.end(bits[number]):
            search.configurations = before
            search.under_way[bits[number]] = event
            raise Anomaly(_tell(events, search, bits[number]))
    return {c.state for c in search.configurations}
