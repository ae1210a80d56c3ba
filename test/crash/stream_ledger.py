"""What a table's items went through, kept outside of the database, and what its streams have to say about it.

Time is counted by Clock: whatever was answered before something else was sent has lower numbers. Each change that may be in
a stream has the two moments that it happened between, and so have the commits that enabled and disabled the streams."""

import itertools

from ledger import ABSENT
from server import Failure

UNSEEN = "unseen"  # an image that the view type does not show
FOREVER = float("inf")


class Clock:
    """Threads share it: next() of a count is one step."""

    def __init__(self):
        self._count = itertools.count(1)

    def now(self):
        return next(self._count)


class Change:
    """One item went from one version to another. `transaction` names what it was committed with."""

    __slots__ = ("sent", "answered", "old", "new", "transaction")

    def __init__(self, sent, answered, old, new, transaction=None):
        self.sent, self.answered, self.old, self.new, self.transaction = sent, answered, old, new, transaction

    @property
    def event(self):
        if self.old is ABSENT:
            return "INSERT"
        return "REMOVE" if self.new is ABSENT else "MODIFY"

    def __repr__(self):
        return f"{self.old}→{self.new}"


class Record:
    """What is kept of a record of a stream: versions in place of images."""

    __slots__ = ("number", "event_id", "event", "old", "new")

    def __init__(self, number, event_id, event, old, new):
        self.number, self.event_id, self.event, self.old, self.new = number, event_id, event, old, new

    def same(self, other):
        return all(getattr(self, name) == getattr(other, name) for name in Record.__slots__)

    def is_of(self, change):
        return (self.event == change.event and self.old in (UNSEEN, change.old) and self.new in (UNSEEN, change.new))

    @property
    def commit(self):
        """Stator's sequence numbers are 1, 20 digits of the commit, 5 of the change in it."""
        return str(self.number)[1:21]

    def __repr__(self):
        return f"{self.event} {self.old}→{self.new} at {self.number}"


class Enabled:
    """A time during which a table had a stream, and the base on which its changes build."""

    def __init__(self, arn, enable_sent, enable_answered):
        self.arn = arn
        self.enable = (enable_sent, enable_answered)
        self.disable = (FOREVER, FOREVER)
        self.base = None  # key -> version, scanned after it was enabled

    def has(self, change):
        """True, False, or None: the change and a change of the stream were under way together."""
        if change.sent >= self.enable[1] and change.answered <= self.disable[0]:
            return True
        if change.answered <= self.enable[0] or change.sent >= self.disable[1]:
            return False
        return None


class TableLedger:
    """Keys with one writer each, and counters that everybody adds to."""

    def __init__(self, name, view):
        self.name = name
        self.view = view
        self.changes = {}  # key -> its changes, in order
        self.versions = {}  # key -> the version it is known to have
        self.pending = {}  # key -> (version, sent, transaction) that was not answered
        self.counted = {}  # counter -> {count: (sent, answered)} that were answered with their count
        self.added = {}  # counter -> how often it surely was added to
        self.unsure = {}  # counter -> how many more there may be
        self.streams = []  # Enabled, the oldest first

    # ---------------------------------------------------------------- keys with one writer

    def version(self, key):
        return self.versions.get(key, ABSENT)

    def wrote(self, key, version, sent, answered, transaction=None):
        if version == self.version(key):
            return  # nothing changed: there must be no record
        self.changes.setdefault(key, []).append(Change(sent, answered, self.version(key), version, transaction))
        self.versions[key] = version

    def may_have_written(self, key, version, sent, transaction=None):
        self.pending[key] = (version, sent, transaction)

    # ---------------------------------------------------------------- counters

    def added_one(self, counter, count, sent, answered):
        """count None: it is not known which."""
        self.added[counter] = self.added.get(counter, 0) + 1
        if count is not None:
            counted = self.counted.setdefault(counter, {})
            if count in counted:
                raise Failure(f"{self.name} {counter}: two were told that they are number {count}")
            counted[count] = (sent, answered)

    def may_have_added(self, counter):
        self.unsure[counter] = self.unsure.get(counter, 0) + 1

    # ---------------------------------------------------------------- after a restart

    def resolve(self, found, now):
        """`found`: key -> version, of counters their count. From now on it is what is there."""
        wrong = []
        for counter in set(self.added) | set(self.unsure):
            count, least = found.pop(counter, ABSENT) or 0, self.added.get(counter, 0)
            if not least <= count <= least + self.unsure.get(counter, 0):
                wrong.append(f"{counter} is {count}; {least} were acknowledged, {self.unsure.get(counter, 0)} not answered")
            self.added[counter] = count
            self.unsure[counter] = 0
        for key, (version, sent, transaction) in self.pending.items():
            if found.get(key, ABSENT) == version:
                self.wrote(key, version, sent, now, transaction)
        self.pending = {}
        for key in set(self.versions) | set(found):
            if found.get(key, ABSENT) != self.version(key):
                wrong.append(f"{key} is version {found.get(key, ABSENT)}, not {self.version(key)}")
        if wrong:
            raise Failure("\n  ".join([f"table {self.name} is not what was written:"] + wrong[:20]))

    # ---------------------------------------------------------------- what streams must say

    def all_changes(self):
        """key -> changes; those of counters follow from their counts. A count nobody was told lies between its neighbours."""
        changes = dict(self.changes)
        for counter, total in self.added.items():
            known = self.counted.get(counter, {})
            its = [Change(*known.get(n, (0, FOREVER)), n - 1 or ABSENT, n) for n in range(1, total + 1)]
            for before, after in zip(its, its[1:]):
                after.sent = max(before.sent, after.sent)
            for before, after in zip(reversed(its[:-1]), reversed(its[1:])):
                before.answered = min(before.answered, after.answered)
            changes[counter] = its
        return changes

    def check(self, enabled, records):
        """Raises Failure unless the records of one stream (key -> records) are what happened while it was enabled. Returns
        transaction -> the commits that its changes were recorded with."""
        commits = {}
        changes = self.all_changes()
        for key in set(changes) | set(records):
            its = changes.get(key, [])
            firsts = self._beginnings(enabled, key, its, records.get(key, []))
            if len(firsts) > 1:
                continue  # without images, changes around an enabling can look alike
            for change, record in zip(its[firsts[0]:], records.get(key, [])):
                if change.transaction is not None:
                    commits.setdefault(change.transaction, set()).add(record.commit)
        return commits

    def _beginnings(self, enabled, key, changes, records):
        """Where among the changes the records may begin. They are a run of changes without a gap: all that surely happened while
        the stream was enabled, none that surely did not."""
        presence = [enabled.has(change) for change in changes]
        surely = [i for i, there in enumerate(presence) if there]
        least = surely[0] if surely else len(changes)
        most = surely[-1] + 1 if surely else 0
        firsts = []
        for first in range(min(least, len(changes) - len(records)) + 1):
            end = first + len(records)
            if (end >= most and False not in presence[first:end] and
                    all(record.is_of(change) for record, change in zip(records, changes[first:end]))):
                firsts.append(first)
        if firsts:
            return firsts
        raise Failure(f"{self.view} stream of {self.name}, {key}: the records are not the changes\n"
                      f"    changes, from {least} to {most} surely: {_excerpt(changes)}\n    records: {_excerpt(records)}")

    def reconstruct(self, enabled, records):
        """key -> version, as a reader knows it who has the base and the records; UNSEEN where images are not shown."""
        table = dict(enabled.base)
        for key, its in records.items():
            table[key] = its[-1].new
        return {key: version for key, version in table.items() if version is not ABSENT}


def _excerpt(things):
    shown = things if len(things) <= 40 else things[:20] + ["..."] + things[-20:]
    return f"{len(things)}: {' '.join(map(str, shown))}"
