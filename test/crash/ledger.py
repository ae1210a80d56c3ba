"""What may be in the database, kept outside of it.

A Ledger holds, for each key, the versions that its item may have: one if the last write was answered, more if it was
not. A version names one write of one item; the item's whole content follows from its key and version, so that an item
that is part one write and part another equals no version's item."""

import base64
import hashlib
import random
import threading

ABSENT = None


def _payload_bytes(rng):
    """Mostly small, now and then larger than a block of the log, rarely than several."""
    draw = rng.random()
    if draw < 0.6:
        return rng.randrange(20, 300)
    if draw < 0.93:
        return rng.randrange(300, 4000)
    if draw < 0.995:
        return rng.randrange(4000, 40000)
    return rng.randrange(100000, 300000)


def make_item(key, version):
    """The item that write `version` puts at `key`, in DynamoDB's JSON. Sets are in order, numbers in their shortest
    form, so that what a server gives back is equal after sorting its sets."""
    name = f"{key[0]}/{key[1]}/{version}"
    rng = random.Random(hashlib.md5(name.encode()).digest())
    stream = hashlib.shake_128(name.encode())
    size = _payload_bytes(rng)
    return {
        "pk": {"S": key[0]},
        "sk": {"S": key[1]},
        "version": {"N": str(version)},
        "text": {"S": stream.hexdigest(size // 4 + 1)},
        "bytes": {"B": base64.b64encode(stream.digest(size // 2 + 1)).decode()},
        "tags": {"SS": sorted({f"tag-{rng.randrange(50)}" for _ in range(rng.randrange(1, 5))})},
        "list": {"L": [{"N": str(rng.randrange(10**6))} for _ in range(rng.randrange(0, 6))]},
        "map": {"M": {"name": {"S": name}, "even": {"BOOL": version % 2 == 0}, "none": {"NULL": True}}},
    }


def normal(item):
    """An item as a server gave it back, with its sets sorted."""
    return {name: {t: sorted(v) if t in ("SS", "NS", "BS") else v for t, v in value.items()}
            for name, value in item.items()}


def version_of(item):
    """The version that an item claims to be, if its content bears it out; raises ValueError if it does not."""
    try:
        key = (item["pk"]["S"], item["sk"]["S"])
        version = int(item["version"]["N"])
    except (KeyError, TypeError, ValueError) as e:
        raise ValueError(f"not an item of this test: {str(item)[:300]}") from e
    wanted = make_item(key, version)
    if normal(item) != wanted:
        wrong = [n for n in sorted(set(item) | set(wanted)) if item.get(n) != wanted.get(n)]
        raise ValueError(f"item {key} of version {version} is not whole: {', '.join(wrong)}")
    return version


class Ledger:
    """Keys that only one thread writes."""

    def __init__(self):
        self.possible = {}  # key -> set of versions; keys not in it are absent
        self.before = {}  # key -> the version before the first unanswered write
        self.acknowledged = 0
        self.unanswered = 0
        self.kept = 0  # unanswered writes that turned out to have happened

    def known(self, key):
        """The version at `key`; only when no write to it is unanswered."""
        (version,) = self.possible.get(key, {ABSENT})
        return version

    def is_known(self, key):
        return len(self.possible.get(key, {ABSENT})) == 1

    def wrote(self, key, version):
        self.acknowledged += 1
        self.possible[key] = {version}

    def may_have_written(self, key, version):
        self.unanswered += 1
        if self.is_known(key):
            self.before[key] = self.known(key)
        self.possible[key] = self.possible.get(key, {ABSENT}) | {version}

    def found(self, key, version):
        """Returns what is wrong with finding `version` at `key`, or None. From now on it is what has to be there."""
        possible = self.possible.get(key, {ABSENT})
        if version not in possible:
            def words(v):
                return "absent" if v is ABSENT else f"version {v}"
            return f"{key} is {words(version)}; possible: {', '.join(sorted(map(words, possible)))}"
        self.kept += len(possible) > 1 and version != self.before[key]
        self.possible[key] = {version}
        return None


class Counters:
    """Keys that all threads write, each write on condition that the item still has the version that was read.

    The version is count * writers_max + writer. Whatever count was acknowledged or seen by a reader has one writer for
    ever, and is never followed by a lower one."""

    writers_max = 1000

    def __init__(self):
        self.mutex = threading.Lock()
        self.settled = {}  # key -> {count: version} acknowledged or seen
        self.unanswered = {}  # key -> versions that may have been written

    @classmethod
    def following(cls, version, writer):
        count = 0 if version is ABSENT else version // cls.writers_max
        return (count + 1) * cls.writers_max + writer

    def newest(self, key):
        with self.mutex:
            return max(self.settled.get(key, {0: 0}))

    def may_have_written(self, key, version):
        with self.mutex:
            self.unanswered.setdefault(key, set()).add(version)

    def settle(self, key, version, least=0):
        """Version `version` was acknowledged, or seen by a reader who began when `least` was the newest count. Returns
        what is wrong with that, or None."""
        count = 0 if version is ABSENT else version // self.writers_max
        with self.mutex:
            counts = self.settled.setdefault(key, {})
            if count < least:
                return f"{key} went back from count {least} to {count}"
            if counts.setdefault(count, version) != version:
                return f"count {count} of {key} was written twice: versions {counts[count]} and {version}"
        return None

    def found(self, key, version):
        """After a restart. Returns what is wrong with finding `version` at `key`, or None."""
        newest = self.newest(key)
        count = 0 if version is ABSENT else version // self.writers_max
        if count > newest and version not in self.unanswered.get(key, set()):
            return f"{key} has version {version}, which nobody wrote"
        return self.settle(key, version, newest)
