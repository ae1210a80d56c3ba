"""Histories of clients that do as they like, across servers that are killed: of single items, and of transactions over three.

The clients know nothing. All is written down, and the checker decides whether there is an order in which it can have happened."""

import random

from checker import NO_ANSWER, final_states
from crowd import Crowd
from model import (Add, AtLeast, BatchGet, BatchWrite, Check, Delete, Equals, Exists, Get, Increase, Key, Missing, Put, Query,
                   Remove, Scan, Set, State, TransactGet, TransactWrite, Update, Write, make_item)
from statements import Execute, ExecuteGets, ExecuteWrites, as_statement


class Client:
    """Draws operations. `values` are numbers that nobody else writes; what was seen last is what conditions ask for."""

    def __init__(self, name, seed, keys):
        self.name = name
        self.rng = random.Random(f"{seed}/{name}")
        self.keys = keys
        self.number = int(name[1:])
        self.count = 0
        self.seen = {key: 0 for key in keys}

    def value(self):
        self.count += 1
        return self.count * 1000 + self.number

    def script(self):
        while True:
            operation = self.draw()
            answer = yield operation
            if answer is not NO_ANSWER:
                self.look(operation, answer)

    def look(self, operation, answer):
        """Keeps the v that an answer shows of an item."""
        if isinstance(operation, Execute):
            operation = operation.operation
        if isinstance(operation, Get):
            self.saw(operation.key, answer[1][0])
        elif isinstance(operation, Write):
            self.saw(operation.key, answer[1])
        elif isinstance(operation, (TransactGet, BatchGet)):
            for key, item in zip(operation.keys, answer[1]):
                self.saw(key, item)

    def saw(self, key, item):
        self.seen[key] = dict(item or ()).get("v", self.seen[key])

    def condition(self, key):
        return self.rng.choice((Equals("v", self.seen[key]), Equals("v", self.seen[key]), Exists(), Missing(),
                                AtLeast("v", self.seen[key])))

    def perhaps(self, value):
        return value if self.rng.random() < 0.5 else None

    def write(self, key, returns=True):
        """`returns`: the answer may show something of the item."""
        condition = self.perhaps(self.condition(key))
        shows = condition is not None and self.rng.random() < 0.5
        old = self.perhaps("old") if returns else None
        draw = self.rng.random()
        if draw < 0.35:
            return Put(key, condition, old, shows, make_item(v=self.value()))
        if draw < 0.55:
            return Delete(key, condition, old, shows)
        actions = self.rng.choice((
            (Add("v", 1),), (Add("v", 1),), (Increase("v", 1000),), (Set("v", self.value()), Add("n", 1)),
            (Remove("n"), Add("v", 1)), (Set("w", self.value()),)))
        ways = [None, "old", "new"] + ["changed"] * (not any(isinstance(a, Remove) for a in actions))
        return Update(key, condition, self.rng.choice(ways) if returns else None, shows, actions)


    def in_either_way(self, write):
        """By its operation or as a statement."""
        statement = as_statement(write) if self.rng.random() < 0.3 else None
        return write if statement is None else Execute(statement)


class ItemClient(Client):
    """One item at a time, in all the ways there are to name one."""

    def draw(self):
        key = self.rng.choice(self.keys)
        draw = self.rng.random()
        if draw < 0.25:
            return Get(key)
        if draw < 0.4:
            return self.rng.choice((BatchGet((key,)), TransactGet((key,)), Query(key.table, key.pk), Execute(Get(key)),
                                    ExecuteGets((key,))))
        if draw < 0.45:
            return TransactWrite((self.write(key, returns=False),))
        return self.in_either_way(self.write(key))


class GroupClient(Client):
    """Several items of a group at a time."""

    def __init__(self, name, seed, groups, token=""):
        super().__init__(name, seed, [key for group in groups for key in group])
        self.groups = groups
        self.again = None  # a transaction with a token, to be sent once more
        self.token = token + name
        self.tokens = 0

    def script(self):
        while True:
            operation = self.again or self.draw()
            answer = yield operation
            has_token = isinstance(operation, TransactWrite) and operation.token is not None
            again = has_token and (answer is NO_ANSWER or self.rng.random() < 0.3)
            self.again = operation if again else None
            if answer is not NO_ANSWER:
                self.look(operation, answer)

    def some(self, group):
        return tuple(self.rng.sample(group, self.rng.randrange(1, len(group) + 1)))

    def transaction(self, group):
        writes = []
        for key in self.some(group):
            if self.rng.random() < 0.3:
                writes.append(Check(key, self.condition(key), None, self.rng.random() < 0.5))
            else:
                writes.append(self.write(key, returns=False))
        kind = TransactWrite
        if self.rng.random() < 0.25:
            statements = [as_statement(write) for write in writes]
            if None not in statements:
                kind, writes = ExecuteWrites, statements
        if self.rng.random() > 0.2:
            return kind(tuple(writes))
        self.tokens += 1
        return kind(tuple(writes), f"{self.token}-{self.tokens}")

    def batch(self, group):
        return BatchWrite(tuple(Put(key, item=make_item(v=self.value())) if self.rng.random() < 0.7 else Delete(key)
                                for key in self.some(group)))

    def draw(self):
        group = self.rng.choice(self.groups)
        draw = self.rng.random()
        if draw < 0.35:
            return self.transaction(group)
        if draw < 0.55:
            return self.rng.choice((TransactGet, TransactGet, ExecuteGets))(self.some(group))
        if draw < 0.6:
            return BatchGet(self.some(group))
        if draw < 0.65:
            return Query(group[0].table, group[0].pk, self.rng.random() < 0.5)
        if draw < 0.7:
            return Scan(group[0].table, frozenset(key.pk for key in group))
        if draw < 0.75:
            return self.batch(group)
        if draw < 0.85:
            return Get(self.rng.choice(group))
        return self.in_either_way(self.write(self.rng.choice(group)))


# -------------------------------------------------------------------- rounds

class Items:
    """Four items, each a history of its own."""
    title = "items"
    client = ItemClient
    clients = 12

    def __init__(self):
        self.targets = [Key("first", f"item-{n}", "only") for n in range(4)]
        self.histories = [(key,) for key in self.targets]

    @staticmethod
    def keys_of(operation):
        if isinstance(operation, (TransactWrite, BatchWrite)):
            return operation.writes[0].key
        if isinstance(operation, (TransactGet, BatchGet)):
            return operation.keys[0]
        if isinstance(operation, Query):
            return Key(operation.table, operation.pk, "only")
        return operation.key


class Groups(Items):
    """Two groups of three items: two in one partition, one in another table."""
    title = "groups"
    client = GroupClient
    clients = 8

    def __init__(self):
        self.targets = [(Key("first", f"group-{n}", "a"), Key("first", f"group-{n}", "b"), Key("second", f"group-{n}", "c"))
                        for n in range(2)]
        self.histories = self.targets

    @staticmethod
    def keys_of(operation):
        if isinstance(operation, Scan):
            return Key(operation.table, min(operation.pks), "a")
        if isinstance(operation, Query):
            return Key(operation.table, operation.pk, "a")
        return Items.keys_of(operation)


class Recorder:
    def __init__(self, place, kind, seed):
        self.place = place
        self.kind = kind
        self.seed = seed
        self.states = {history: {State({})} for history in kind.histories}
        self.history_of = {key: history for history in kind.histories for key in history}
        clients = [kind.client(f"c{n}", seed, kind.targets) for n in range(kind.clients)]
        self.crowd = Crowd(0, [(client.name, client.script()) for client in clients])

    def round(self, number, seconds):
        way = self.place.start()
        self.crowd.resume_at(self.place.port)
        self.crowd.run(seconds)
        self.place.kill()
        self.crowd.server_is_gone()
        self.check()
        events = self.crowd.events
        lost = sum(not e.answered() for e in events)
        print(f"{self.kind.title}, round {number}: {way} after {seconds:.2f} s: {len(events) - lost} operations answered, "
              f"{lost} not; serializable", flush=True)
        self.crowd.events = []

    def check(self):
        by_history = {history: [] for history in self.kind.histories}
        for event in self.crowd.events:
            by_history[self.history_of[self.kind.keys_of(event.operation)]].append(event)
        for history, events in by_history.items():
            last = {e.session: e.operation for e in events}.values()
            tokens = {operation.token for operation in last if isinstance(operation, TransactWrite)}
            self.states[history] = {_without_tokens(state, tokens) for state in final_states(events, self.states[history])}

    def finish(self):
        """What is there must be one of the ways in which it can have ended."""
        self.place.start("kill")
        self.crowd = Crowd(self.place.port, [(f"end-{n}", _read_all(history)) for n, history in enumerate(self.kind.histories)])
        self.crowd.run()
        self.check()
        self.place.kill()


def _read_all(history):
    yield from (Get(key) for key in history)


def _without_tokens(state, kept):
    """Without the tokens that nobody is going to send again."""
    return State({key: item for key, item in state.items.items() if key.table or key.pk in kept})


def run(place, kind, seed, rounds):
    recorder = Recorder(place, kind, seed)
    rng = random.Random(f"{seed}/{kind.title}")
    for number in range(1, rounds + 1):
        recorder.round(number, rng.uniform(0.05, 0.4))
    recorder.finish()
