"""The bank: customers transfer amounts, auditors add up, and the books have to be right entry by entry.

Most accounts are in one table, a partition each; some are in one partition of another table. Each table also has an account
"abroad" of all that went to the other one, so that the accounts of each table alone have a constant sum. A transfer is a
transaction that changes two accounts (four, if it goes abroad) and makes an entry in a ledger, which is a third table."""

import random
from typing import NamedTuple

from checker import NO_ANSWER
from crowd import Crowd
from model import (Add, AtLeast, BatchGet, Exists, Get, Key, Missing, Put, Query, Scan, Set, TransactGet, TransactWrite, Update,
                   make_item, show)
from server import Failure
from statements import ExecuteGets, ExecuteWrites, as_statement

TABLES = ("home", "branch", "ledger")
ACCOUNTS = ([Key("home", f"account-{n}", "balance") for n in range(60)] +
            [Key("branch", "bank", f"account-{n}") for n in range(20)])
BUSY = ACCOUNTS[::14]  # several customers at once have to do with these
ABROAD = {"home": Key("home", "abroad", "balance"), "branch": Key("branch", "bank", "abroad")}
ALL = tuple(ACCOUNTS + list(ABROAD.values()))
HOME_PARTITIONS = frozenset(key.pk for key in ALL if key.table == "home")
AT_FIRST = 100
AMOUNT_MAX = 80
CUSTOMERS = 16
AUDITORS = 3
# So that all accounts together are more than is read in one go.
NOTE = "So that a read of everything takes several steps. " * 16


class Transfer:
    """`state`: "sent" as long as an answer is missing, then "done" or "canceled"; a canceled one may be sent once more."""

    def __init__(self, name, page, source, target, amount):
        self.name = name
        self.page = page  # of the ledger
        self.source = source
        self.target = target
        self.amount = amount
        self.state = "sent"
        self.open = True  # it may yet be sent
        self.entered = False  # in the books

    def entry(self):
        return make_item(source=str(self.source), target=str(self.target), amount=self.amount, times=1)

    def key(self):
        return Key("ledger", self.page, self.name)

    def changes(self):
        """Of each account that it changes, by how much."""
        changes = {self.source: -self.amount, self.target: self.amount}
        if self.source.table != self.target.table:
            changes[ABROAD[self.source.table]] = self.amount
            changes[ABROAD[self.target.table]] = -self.amount
        return changes

    def writes(self, once):
        """`once`: the entry is made on condition that there is none. Otherwise it counts how often it is made."""
        writes = [Update(self.source, AtLeast("balance", self.amount), actions=(Add("balance", -self.amount),)),
                  Update(self.target, Exists(), actions=(Add("balance", self.amount),))]
        writes += [Update(key, actions=(Add("balance", by),)) for key, by in self.changes().items()
                   if key not in (self.source, self.target)]
        if once:
            writes.append(Put(self.key(), Missing(), item=self.entry()))
        else:
            facts = tuple(Set(name, value) for name, value in self.entry() if name != "times")
            writes.append(Update(self.key(), actions=facts + (Add("times", 1),)))
        return tuple(writes)


    def request(self, rng, token=None):
        """In one of two ways: with an entry that counts, or as statements (which know no ADD), with one that must be new."""
        draw = rng.random()
        if draw < 0.3:
            # Every account exists, so that sums have a number to begin with.
            writes = [write if isinstance(write, Update) else as_statement(write) for write in self.writes(True)]
            return ExecuteWrites(tuple(writes), token)
        return TransactWrite(self.writes(draw < 0.5), token)


class Counts(NamedTuple):
    done: int = 0
    canceled: int = 0
    again: int = 0  # sent once more with their token
    sums: int = 0  # added up by auditors

    def __sub__(self, other):
        return Counts(*(a - b for a, b in zip(self, other)))


class Bank:
    def __init__(self, place, seed):
        self.place = place
        self.rng = random.Random(f"{seed}/bank")
        self.transfers = {}  # name -> transfer
        self.unsettled = []  # transfers that were not yet looked up in the ledger
        self.books = {key: 0 if key in ABROAD.values() else AT_FIRST for key in ALL}  # by the ledger
        self.counts = Counts()
        sessions = [(f"customer-{n}", self.customer(f"customer-{n}", random.Random(f"{seed}/c{n}"))) for n in range(CUSTOMERS)]
        sessions += [(f"auditor-{n}", self.auditor(random.Random(f"{seed}/a{n}"))) for n in range(AUDITORS)]
        self.crowd = Crowd(0, sessions)

    def count(self, **by):
        self.counts = self.counts._replace(**{name: getattr(self.counts, name) + n for name, n in by.items()})

    # ---------------------------------------------------------------- customers

    def customer(self, name, rng):
        number = 0
        while True:
            number += 1
            source, target = rng.sample(BUSY if rng.random() < 0.3 else ACCOUNTS, 2)
            transfer = Transfer(f"{name}-{number}", f"{name}-page-{number // 1000}", source, target,
                                rng.randrange(1, AMOUNT_MAX + 1))
            self.transfers[transfer.name] = transfer
            self.unsettled.append(transfer)
            if rng.random() < 0.1:
                yield from self.without_token(transfer, rng)
            else:
                yield from self.with_token(transfer, rng)
            transfer.open = False

    def with_token(self, transfer, rng):
        """Sent until there is an answer; now and then once more after that."""
        request = transfer.request(rng, transfer.name)
        answer = yield request
        while answer is NO_ANSWER or answer[0] == "conflict" or rng.random() < 0.15:
            self.note(transfer, answer)
            self.count(again=1)
            if transfer.state == "canceled":
                transfer.state = "sent"
            answer = yield request
        self.note(transfer, answer)
        if transfer.state == "done" and rng.random() < 0.1:
            yield from self.with_other_amount(transfer)

    def with_other_amount(self, transfer):
        """The token of what is done, for something else."""
        other = Transfer(transfer.name, transfer.page, transfer.source, transfer.target, transfer.amount + 1)
        answer = yield TransactWrite(other.writes(False), transfer.name)
        if answer is not NO_ANSWER and answer[0] not in ("mismatch", "conflict"):
            raise Failure(f"{transfer.name} with another amount was answered with {answer}")

    def without_token(self, transfer, rng):
        """If there is no answer, the ledger tells."""
        request = transfer.request(rng)
        answer = yield request
        while answer is not NO_ANSWER and answer[0] == "conflict":
            answer = yield request
        while answer is NO_ANSWER:
            answer = yield Get(transfer.key())
        if answer[0] == "items":
            answer = ("ok",) if answer[1][0] is not None else ("canceled", (("refused", None),))
        self.note(transfer, answer)

    def note(self, transfer, answer):
        if answer is NO_ANSWER or answer[0] == "conflict":
            return
        if answer[0] not in ("ok", "canceled"):
            raise Failure(f"{transfer.name} was answered with {answer}")
        if answer[0] == "canceled":
            reasons = [word for word, _ in answer[1]]
            if reasons.count("refused") != 1 or reasons[0] != "refused" or transfer.state == "done":
                raise Failure(f"{transfer.name} ({transfer.state}) was canceled for {answer[1]}")
        if transfer.state != "done":
            transfer.state = "done" if answer[0] == "ok" else "canceled"
            self.count(done=transfer.state == "done", canceled=transfer.state == "canceled")

    # ---------------------------------------------------------------- auditors

    def auditor(self, rng):
        """No request may see a transfer half."""
        while True:
            in_some_order = tuple(rng.sample(ALL, len(ALL)))
            request = rng.choice((TransactGet(in_some_order), TransactGet(ALL), ExecuteGets(ALL), BatchGet(ALL),
                                  Scan("home", HOME_PARTITIONS), Query("branch", "bank")))
            done = [t for t in rng.sample(self.unsettled, min(len(self.unsettled), 4)) if t.state == "done"]
            answer = yield request
            if answer is not NO_ANSWER and answer[0] != "conflict":
                self.add_up(request, answer[1])
                self.count(sums=1)
            if done:
                answer = yield Get(done[0].key())
                if answer is not NO_ANSWER and answer[1][0] is None:
                    raise Failure(f"{done[0].name} was acknowledged, and there is no entry")

    def add_up(self, request, found):
        """What a page holds, or those of several items."""
        page = isinstance(request, (Scan, Query))
        items = [entry.item for entry in found] if page else found
        keys = [key for key in ALL if key.table == request.table] if page else request.keys
        if len(items) != len(keys) or None in items:
            raise Failure(f"{request} finds {len(items) - items.count(None)} of {len(keys)} accounts")
        poor = [str(key) for key, item in zip(keys, items) if key not in ABROAD.values() and dict(item)["balance"] < 0]
        if poor and not page:
            raise Failure(f"{', '.join(poor)} has less than nothing")
        wanted = AT_FIRST * sum(key not in ABROAD.values() for key in keys)
        total = sum(dict(item)["balance"] for item in items)
        if total != wanted:
            raise Failure(f"{type(request).__name__} of {len(keys)} accounts adds up to {total}, not {wanted}")

    # ---------------------------------------------------------------- books

    def ask(self, *operations):
        """The answers to operations, one after another."""
        answers = []

        def session():
            for operation in operations:
                answer = yield operation
                while answer[0] == "conflict":
                    answer = yield operation
                answers.append(answer)
        crowd = Crowd(self.place.port, [("books", session())])
        crowd.run()
        crowd.close()
        return answers

    def settle(self):
        """Looks up what was sent since the last time; then every account has to be what the ledger says."""
        lots = [self.unsettled[i:i + 100] for i in range(0, len(self.unsettled), 100)]
        self.unsettled = [t for t in self.unsettled if t.open]
        for lot, (_, items) in zip(lots, self.ask(*(BatchGet(tuple(t.key() for t in lot)) for lot in lots))):
            for transfer, item in zip(lot, items):
                self.enter(transfer, item)
        [(_, balances)] = self.ask(TransactGet(ALL))
        wrong = [f"{key} has {dict(item)['balance']}, by the ledger {self.books[key]}"
                 for key, item in zip(ALL, balances) if dict(item)["balance"] != self.books[key]]
        if wrong:
            raise Failure("the ledger and the accounts differ: " + "; ".join(wrong[:10]))

    def enter(self, transfer, item):
        if item is None:
            if transfer.state == "done":
                raise Failure(f"{transfer.name} was acknowledged, and there is no entry")
            return
        if item != transfer.entry():
            raise Failure(f"{transfer.name} has the entry {show(item)}, not {show(transfer.entry())}")
        if transfer.state == "canceled":
            raise Failure(f"{transfer.name} was canceled, and there is an entry")
        if not transfer.entered:
            transfer.entered = True
            for key, by in transfer.changes().items():
                self.books[key] += by

    def compare_ledger(self):
        """The whole ledger, at the end."""
        pages = {t.page for t in self.transfers.values()}
        done = {t.key(): t.entry() for t in self.transfers.values() if t.entered}
        entries = {}
        for _, found in self.ask(*(Query("ledger", page) for page in pages)):
            entries.update((entry.key, entry.item) for entry in found)
        differ = [str(key) for key in done.keys() | entries.keys() if done.get(key) != entries.get(key)]
        if differ:
            raise Failure(f"{len(differ)} entries of the ledger are not what was done: {', '.join(differ[:10])}")
        return len(entries)

    # ---------------------------------------------------------------- rounds

    def open_accounts(self):
        self.place.start("kill")
        self.place.make_tables(TABLES)
        puts = [Put(key, item=make_item(balance=balance, note=NOTE)) for key, balance in self.books.items()]
        self.ask(TransactWrite(tuple(puts)))
        self.place.kill()

    def round(self, number, seconds):
        way = self.place.start()
        self.settle()
        before = self.counts
        self.crowd.resume_at(self.place.port)
        self.crowd.run(seconds)
        self.place.kill()
        self.crowd.server_is_gone()
        lost = sum(not e.answered() for e in self.crowd.events)
        self.crowd.events = []
        counts = self.counts - before
        print(f"bank, round {number}: {way} after {seconds:.2f} s: {counts.done} transfers done, {counts.canceled} canceled, "
              f"{counts.again} sent again; {counts.sums} sums are right; {lost} requests unanswered", flush=True)

    def finish(self):
        self.place.start("kill")
        self.settle()
        entries = self.compare_ledger()
        self.place.kill()
        print(f"bank: {entries} entries compared, all accounts are what they say", flush=True)


def run(place, seed, rounds):
    bank = Bank(place, seed)
    bank.open_accounts()
    for number in range(1, rounds + 1):
        bank.round(number, bank.rng.uniform(0.05, 0.4))
    bank.finish()
