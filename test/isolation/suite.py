"""Runs scripts of concurrent sessions, in two ways.

One after another: every order of the sessions' steps, each step when the one before has been answered. The model then says what
each answer must be. Overlapped: all sessions at once, with what they do under way at the same time, again and again. Then there
has to be a serial order that explains the answers and what is there in the end.

Beside the scripts of scripts.py some are made up at random."""

import itertools
import random

from checker import Anomaly, Event, final_states
from crowd import Crowd, Pause
from dynamodb import Client
from histories import GroupClient
from model import BatchWrite, Delete, Get, State
from place import SLOW_SYNC_US
from scripts import SCRIPTS, Outcome, Plan, keys_of
from server import Failure

ORDERS_MAX = 3000
INSTANCES = 6  # of a script, under way at the same time


def script_name(function):
    return function.__name__.replace("_", " ")


def made_up(number, seed):
    """A script of two or three sessions that do anything."""
    def plan(k):
        rng = random.Random(f"{seed}/{number}")
        group = (k.x, k.y, k.z)
        clients = [GroupClient(f"c{n}", f"{seed}/{number}", [group], k.token) for n in range(rng.choice((2, 3)))]
        first = tuple(clients[0].write(key) for key in group if rng.random() < 0.6)
        return Plan(tuple(_few(client, 3 if len(clients) == 2 else 2) for client in clients), first)
    plan.__name__ = f"made_up_{number}"
    return plan


def _few(client, count):
    for _ in range(count):
        operation = client.draw()
        answer = yield operation
        client.look(operation, answer)


class Run:
    """One run of a script: what has happened, and what it must have come to."""

    def __init__(self, function, keys):
        self.function = function
        self.keys = keys
        self.plan = function(keys)
        self.state = State({})
        self.answers = [[] for _ in self.plan.sessions]

    def begin(self, call):
        """Brings about what the script begins with."""
        call(BatchWrite(tuple(Delete(key) for key in self.keys[:3])))
        for operation in self.plan.first:
            self.expect(operation, call(operation))

    def expect(self, operation, answer):
        wanted, self.state = operation.apply(self.state)
        if answer != wanted:
            raise Anomaly(f"{operation} was answered with {answer}, not {wanted}")

    def end(self, possible):
        """Checks the claims. `possible`: those of what may be that have been seen, added to."""
        outcome = Outcome(self.keys, self.answers, self.state)
        for words, is_so in self.plan.never.items():
            if is_so(outcome):
                raise Anomaly(f"{words}: {self.answers}, and at last {self.state}")
        possible.update(words for words, is_so in self.plan.possible.items() if is_so(outcome))


class Suite:
    def __init__(self, place, seed):
        self.place = place
        self.seed = seed
        self.rng = random.Random(f"{seed}/suite")
        self.tokens = itertools.count(1)

    def keys(self, number):
        return keys_of(number, f"script-{next(self.tokens)}")

    # ---------------------------------------------------------------- one after another

    def one_after_another(self, made_up_count):
        self.place.start("kill")
        functions = SCRIPTS + [made_up(n, self.seed) for n in range(made_up_count)]
        orders = sum(self.all_orders(function) for function in functions)
        self.place.kill()
        print(f"scripts, one step after another: {len(functions)} scripts in {orders} orders", flush=True)

    def all_orders(self, function):
        """Walks the tree of choices by remembering the path: at each step, which of the sessions that have not ended is next."""
        clients = [Client(self.place.port) for _ in range(4)]
        possible, path, count = set(), [], 0
        while True:
            run = Run(function, self.keys(0))
            taken = []
            try:
                path = self.in_order(run, clients, path, taken)
                run.end(possible)
            except Anomaly as e:
                raise Anomaly(f"{script_name(function)}, {'; '.join(taken)}: {e}") from e
            count += 1
            if count > ORDERS_MAX:
                raise Failure(f"{script_name(function)} has more than {ORDERS_MAX} orders")
            while path and path[-1][0] + 1 == path[-1][1]:
                path.pop()
            if not path:
                break
            path[-1] = (path[-1][0] + 1, path[-1][1])
        for client in clients:
            client.close()
        missing = set(run.plan.possible) - possible
        if missing:
            raise Anomaly(f"{script_name(function)} in {count} orders never comes to this: {', '.join(missing)}")
        return count

    def in_order(self, run, clients, path, taken):
        """Follows the path as far as it goes, then takes the first that can go on. Returns the path taken: of each step the
        choice and the number of choices."""
        def call(number, operation):
            name, request = operation.request()
            return operation.read(*clients[number].call(name, request))
        run.begin(lambda operation: call(0, operation))
        following = [(number, session, next(session, None)) for number, session in enumerate(run.plan.sessions)]
        followed = []
        while following := [step for step in following if step[2] is not None]:
            choice = path[len(followed)][0] if len(followed) < len(path) else 0
            followed.append((choice, len(following)))
            number, session, operation = following[choice]
            answer = call(number, operation)
            taken.append(f"s{number} {operation} -> {answer}")
            run.answers[number].append(answer)
            run.expect(operation, answer)
            following[choice] = (number, session, _send(session, answer))
        for key in run.keys[:3]:
            run.expect(Get(key), call(0, Get(key)))
        return followed

    # ---------------------------------------------------------------- overlapped

    def overlapped(self, times, made_up_count):
        self.place.start("power", slow=True)
        functions = SCRIPTS + [made_up(n, f"{self.seed}/overlapped") for n in range(made_up_count)]
        for _ in range(times):
            for function in self.rng.sample(functions, len(functions)):
                self.at_once(function)
        self.place.kill()
        print(f"scripts, overlapped: {len(functions)} scripts, each {times * INSTANCES} times", flush=True)

    def at_once(self, function):
        """Several runs of a script on keys of their own, so that they crowd the server."""
        client = Client(self.place.port)
        runs = [Run(function, self.keys(number)) for number in range(INSTANCES)]
        scripts = []
        for run in runs:
            run.begin(lambda operation: operation.read(*client.call(*operation.request())))
            for number, session in enumerate(run.plan.sessions):
                scripts.append(((run, number), self.late(session)))
        crowd = Crowd(self.place.port, self.rng.sample(scripts, len(scripts)))
        crowd.run()
        crowd.close()
        for run in runs:
            self.explain(run, [e for e in crowd.events if e.session[0] is run], client)
        client.close()

    def late(self, session):
        """Sessions begin at once or within the time of a sync."""
        if self.rng.random() < 0.5:
            yield Pause(self.rng.uniform(0, SLOW_SYNC_US / 1e6))
        yield from session

    def explain(self, run, events, client):
        for e in sorted(events, key=lambda e: e.begin):
            run.answers[e.session[1]].append(e.answer)
        last = max(e.end for e in events) + 1
        at_last = [Event("at last", Get(key), last, last, Get(key).read(*client.call(*Get(key).request())))
                   for key in run.keys[:3]]
        events = [e._replace(session=f"s{e.session[1]}") for e in events] + at_last
        try:
            run.state = min(final_states(events, {run.state}), key=str)
            run.end(set())
        except Anomaly as e:
            raise Anomaly(f"{script_name(run.function)}, overlapped: {e}") from e


def _send(session, answer):
    try:
        return session.send(answer)
    except StopIteration:
        return None
