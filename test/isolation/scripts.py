"""The anomalies that the literature knows, each as a small script of concurrent sessions.

A script is a function of its keys: x and y are in one partition, z is in another table. It returns what is there at first, the
sessions, and two kinds of claims about how it may end: what must never be, and what must be possible, so that the script is known
to come near the anomaly. Beyond these every answer is compared with the model (suite.py)."""

from typing import NamedTuple

from model import (Add, AtLeast, BatchGet, BatchWrite, Check, Delete, Entry, Equals, Exists, Get, Increase, Key, Missing, Put,
                   Query, Scan, Set, TransactGet, TransactWrite, Update, make_item)

SCRIPTS = []


class Keys(NamedTuple):
    x: Key
    y: Key
    z: Key
    token: str  # of nobody else; the beginning of tokens


def keys_of(number, token):
    pk = f"script-{number}"
    return Keys(Key("first", pk, "x"), Key("first", pk, "y"), Key("second", pk, "z"), token)


class Plan(NamedTuple):
    sessions: tuple
    first: tuple = ()  # operations
    never: dict = {}  # words -> whether it is so, of an Outcome
    possible: dict = {}


class Outcome:
    """How it ended."""

    def __init__(self, keys, answers, state):
        self.answers = answers  # of each session, in order
        self.state = state
        self.x, self.y, self.z = (value(state.get(key)) for key in keys[:3])

    def words(self):
        return [answer[0] for answers in self.answers for answer in answers]


def script(function):
    SCRIPTS.append(function)
    return function


def value(item):
    return None if item is None else dict(item).get("v")


def values(answer):
    """The v of each item of a read, in order; None for an item that is not there."""
    return [value(found.item if isinstance(found, Entry) else found) for found in answer[1]]


def put(key, number, **more):
    return Put(key, item=make_item(v=number), **more)


def take(key, amount):
    return Update(key, AtLeast("v", amount), actions=(Add("v", -amount),))


def give(key, amount):
    return Update(key, actions=(Add("v", amount),))


def do(*operations):
    """A session without decisions."""
    for operation in operations:
        yield operation


# -------------------------------------------------------------------- what fails leaves nothing

@script
def dirty_read(k):
    """What a canceled transaction would have written is never seen."""
    bad = TransactWrite((put(k.x, 1), put(k.z, 1), Check(k.y, Exists())))
    return Plan(first=(put(k.x, 0), put(k.z, 0)),
                sessions=(do(bad, bad), do(Get(k.x), TransactGet((k.z, k.x)))),
                never={"a write of a canceled transaction is seen": lambda o: any(1 in values(a) for a in o.answers[1]),
                       "it stays": lambda o: 1 in (o.x, o.z),
                       "it is not canceled": lambda o: "ok" in [a[0] for a in o.answers[0]]})


@script
def refused_write(k):
    """Nor what a conditional write would have written."""
    return Plan(first=(put(k.x, 0),),
                sessions=(do(put(k.x, 1, condition=Missing()), Update(k.x, Equals("v", 7), actions=(Set("v", 2),))),
                          do(Get(k.x), Delete(k.x, Equals("v", 1)), Get(k.x))),
                never={"it is seen": lambda o: o.x != 0 or "ok" in o.words()})


@script
def intermediate_read(k):
    """Of two writes by one transaction and one after it, the first is seen with its transaction or not at all."""
    return Plan(first=(put(k.x, 0), put(k.y, 0)),
                sessions=(do(TransactWrite((put(k.x, 1), put(k.y, 1))), put(k.x, 2)),
                          do(TransactGet((k.x, k.y)), Query(k.x.table, k.x.pk))),
                never={"2 without 1": lambda o: any(values(a) == [2, 0] for a in o.answers[1]),
                       "1 without 1": lambda o: any(values(a) in ([1, 0], [0, 1]) for a in o.answers[1])},
                possible={"between": lambda o: [1, 1] in map(values, o.answers[1])})


# -------------------------------------------------------------------- writes against writes

@script
def dirty_write(k):
    """Two transactions write the same items: all are the one's or all the other's."""
    def all_are(number):
        return TransactWrite((put(k.x, number), give(k.y, number), put(k.z, number)))
    return Plan(sessions=(do(all_are(1)), do(all_are(2)), do(TransactGet((k.x, k.z)), Get(k.z))),
                never={"x and z differ": lambda o: o.x != o.z, "y is not both": lambda o: o.y != 3})


@script
def lost_update(k):
    """Read, then write what was read and one more, unconditionally. Nobody prevents that."""
    def increase():
        read = yield Get(k.x)
        yield put(k.x, values(read)[0] + 1)
    return Plan(first=(put(k.x, 0),), sessions=(increase(), increase(), do(Get(k.x))),
                possible={"an increase is lost": lambda o: o.x == 1, "none is": lambda o: o.x == 2})


@script
def lost_update_prevented(k):
    """The same on condition that it still is what was read."""
    def increase():
        read = yield Get(k.x)
        old = values(read)[0]
        yield put(k.x, old + 1, condition=Equals("v", old))
    return Plan(first=(put(k.x, 0),), sessions=(increase(), increase(), increase()),
                never={"a success is lost": lambda o: o.x != o.words().count("ok")},
                possible={"all succeed": lambda o: o.x == 3, "one does": lambda o: o.x == 1})


@script
def lost_update_by_update(k):
    """With UpdateItem the server does it at once."""
    def increase(action):
        yield Update(k.x, returns="new", actions=(action("v", 1),))
        yield Get(k.x)
    return Plan(first=(put(k.x, 0),), sessions=(increase(Add), increase(Increase), increase(Add)),
                never={"one is lost": lambda o: o.x != 3,
                       "two get the same": lambda o: len({value(a[0][1]) for a in o.answers}) < 3})


@script
def lost_update_in_transactions(k):
    """Read both items at once, then write both on the condition that they are what was read."""
    def move():
        read = yield TransactGet((k.x, k.z))
        x, z = values(read)
        yield TransactWrite((put(k.x, x - 1, condition=Equals("v", x)), put(k.z, z + 1, condition=Equals("v", z))))
    return Plan(first=(put(k.x, 5), put(k.z, 5)), sessions=(move(), move(), do(TransactGet((k.z, k.x)))),
                never={"the sum changes": lambda o: o.x + o.z != 10 or sum(values(o.answers[2][0])) != 10,
                       "a success is lost": lambda o: o.z - 5 != o.words().count("ok")},
                possible={"both succeed": lambda o: o.z == 7, "one does": lambda o: o.z == 6})


@script
def chain_of_old_values(k):
    """Each write gets the value that it replaced, so the answers tell the order of all."""
    def session(number):
        return do(put(k.x, number, returns="old"), put(k.x, number + 1, returns="old"))
    def values_seen(o):
        return [value(a[1]) for answers in o.answers for a in answers] + [o.x]
    return Plan(first=(put(k.x, 0),), sessions=(session(10), session(20), session(30)),
                never={"a value is replaced twice": lambda o: len(set(values_seen(o))) < 7})


@script
def one_of_many_creates(k):
    """A lock: who creates the item has it."""
    def session(number):
        answer = yield put(k.x, number, condition=Missing(), shows=True)
        if answer[0] == "ok":
            yield Get(k.x)
            yield Delete(k.x, Equals("v", number))
    return Plan(sessions=(session(1), session(2), session(3)),
                never={"it remains": lambda o: o.x is not None,
                       "another one is in": lambda o: any(a[0][0] == "ok" and value(a[1][1][0]) != n
                                                          for n, a in enumerate(o.answers, 1)),
                       "it cannot be given back": lambda o: any(a[0][0] == "ok" and a[2][0] != "ok" for a in o.answers)},
                possible={"all get it in turn": lambda o: o.words().count("ok") == 6,
                          "only one gets it": lambda o: o.words().count("ok") == 2})


@script
def unique_names(k):
    """An account and its name are made together or not at all."""
    def register(number):
        return do(TransactWrite((put(k.x, number, condition=Missing()), put(k.z, number, condition=Missing()))))
    return Plan(sessions=(register(1), register(2), do(Get(k.z), Get(k.x))),
                never={"both succeed": lambda o: o.words().count("ok") != 1, "they differ": lambda o: o.x != o.z or o.x is None,
                       "the name is there and the account is not":
                           lambda o: values(o.answers[2][0]) != [None] and values(o.answers[2][1]) == [None]})


@script
def deleted_meanwhile(k):
    """An update makes an item that is gone anew; on condition that it exists it does not."""
    return Plan(first=(put(k.x, 1), put(k.y, 1)),
                sessions=(do(Delete(k.x), Delete(k.y, returns="old")),
                          do(Update(k.x, actions=(Add("v", 10),), returns="new"),
                             Update(k.y, Exists(), actions=(Add("v", 10),), shows=True)), do(BatchGet((k.x, k.y)))),
                never={"y is there": lambda o: o.y is not None, "x is as it was": lambda o: o.x not in (None, 10)},
                possible={"x is anew": lambda o: o.x == 10, "x is gone": lambda o: o.x is None})


# -------------------------------------------------------------------- reads against writes

@script
def transfer_and_reads(k):
    """Read skew: two reads of one each see a transfer half, every request for both sees it whole."""
    transfer = TransactWrite((take(k.x, 3), give(k.y, 3)))
    return Plan(first=(put(k.x, 10), put(k.y, 10)),
                sessions=(do(transfer, TransactWrite((take(k.y, 1), give(k.x, 1)))), do(Get(k.y), Get(k.x)),
                          do(TransactGet((k.x, k.y)))),
                never={"one request sees half": lambda o: sum(values(o.answers[2][0])) != 20},
                possible={"two requests see half": lambda o: sum(values(o.answers[1][0]) + values(o.answers[1][1])) != 20})


@script
def transfer_and_pages(k):
    """A page of a Query or Scan and a batch of reads are one instant here."""
    return Plan(first=(put(k.x, 10), put(k.y, 10)),
                sessions=(do(TransactWrite((take(k.x, 3), give(k.y, 3))), TransactWrite((take(k.x, 3), give(k.y, 3)))),
                          do(Query(k.x.table, k.x.pk), Scan(k.x.table, frozenset((k.x.pk,)))),
                          do(BatchGet((k.y, k.x)), Query(k.x.table, k.x.pk, False))),
                never={"half is seen": lambda o: any(sum(values(a)) != 20 for answers in o.answers[1:] for a in answers)})


@script
def transfer_between_tables(k):
    transfer = TransactWrite((take(k.x, 3), give(k.z, 3)))
    return Plan(first=(put(k.x, 10), put(k.z, 10)),
                sessions=(do(transfer, transfer), do(TransactGet((k.x, k.z)), BatchGet((k.z, k.x))), do(TransactGet((k.z, k.x)))),
                never={"half is seen": lambda o: any(sum(values(a)) != 20 for answers in o.answers[1:] for a in answers)})


@script
def fractured_read(k):
    """Who has seen one write of a transaction sees the other one from then on."""
    return Plan(first=(put(k.x, 0), put(k.z, 0)),
                sessions=(do(TransactWrite((put(k.x, 1), put(k.z, 1)))), do(Get(k.x), Get(k.z)), do(Get(k.z), Get(k.x))),
                never={"half is seen": lambda o: any(values(a[0]) == [1] and values(a[1]) == [0] for a in o.answers[1:])})


@script
def batch_is_whole(k):
    """BatchWriteItem is one commit here."""
    return Plan(first=(put(k.x, 0), put(k.z, 0)),
                sessions=(do(BatchWrite((put(k.x, 1), put(k.z, 1))), BatchWrite((Delete(k.x), put(k.z, 2)))),
                          do(TransactGet((k.x, k.z)), BatchGet((k.x, k.z)))),
                never={"half is seen": lambda o: any(values(a) not in ([0, 0], [1, 1], [None, 2]) for a in o.answers[1])})


@script
def reads_go_forward(k):
    """Monotonic reads: by whatever request, nobody sees an item as it was before he last saw it."""
    def seen(o):
        return [values(answer)[0] for answer in o.answers[1]]
    return Plan(first=(put(k.x, 0),),
                sessions=(do(put(k.x, 1), Update(k.x, actions=(Set("v", 2),))),
                          do(Get(k.x), Query(k.x.table, k.x.pk), TransactGet((k.x,)), Scan(k.x.table, frozenset((k.x.pk,))))),
                never={"a read goes back": lambda o: seen(o) != sorted(seen(o))},
                possible={"they differ": lambda o: len(set(seen(o))) == 3})


@script
def reads_repeat_or_not(k):
    """Two requests are not one: between them an item may change and another come."""
    return Plan(first=(put(k.x, 0),),
                sessions=(do(Query(k.x.table, k.x.pk), Query(k.x.table, k.x.pk)), do(TransactWrite((put(k.x, 1), put(k.y, 1))))),
                never={"a phantom comes alone": lambda o: any(values(a) not in ([0], [1, 1]) for a in o.answers[0])},
                possible={"a phantom": lambda o: len(values(o.answers[0][0])) < len(values(o.answers[0][1]))})


@script
def own_writes_are_read(k):
    def session(key, number):
        yield put(key, number)
        yield Get(key)
        yield Delete(key)
        yield Query(key.table, key.pk)
    return Plan(sessions=(session(k.x, 1), session(k.y, 2)),
                never={"one is not": lambda o: any(values(a[1]) == [None] for a in o.answers),
                       "a deletion is not": lambda o: values(o.answers[0][3]) not in ([], [2])})


@script
def causes_come_first(k):
    """y is written when x is: who sees the later write also sees the earlier one."""
    return Plan(first=(put(k.x, 0), put(k.z, 0)),
                sessions=(do(put(k.x, 1), put(k.z, 1)), do(Get(k.z), Get(k.x)), do(TransactGet((k.x, k.z)))),
                never={"an effect without its cause": lambda o: [values(a) for a in o.answers[1]] == [[1], [0]],
                       "at one instant": lambda o: values(o.answers[2][0]) == [0, 1]},
                possible={"the cause alone": lambda o: values(o.answers[2][0]) == [1, 0]})


@script
def causes_across_sessions(k):
    """The second session writes y because it saw x; the third one sees y and then asks for x."""
    def follow():
        read = yield Get(k.x)
        if values(read) == [1]:
            yield put(k.z, 1)
    return Plan(first=(put(k.x, 0),), sessions=(do(put(k.x, 1)), follow(), do(Get(k.z), Get(k.x))),
                never={"an effect without its cause": lambda o: [values(a) for a in o.answers[2]] == [[1], [0]]},
                possible={"all of it": lambda o: values(o.answers[2][0]) == [1]})


@script
def long_fork(k):
    """Two independent writes: all readers see them in the same order."""
    one, two = do(TransactGet((k.x, k.z))), do(TransactGet((k.z, k.x)))
    return Plan(first=(put(k.x, 0), put(k.z, 0)), sessions=(do(put(k.x, 1)), do(put(k.z, 1)), one, two),
                never={"two orders": lambda o: values(o.answers[2][0]) == [1, 0] and values(o.answers[3][0]) == [1, 0]})


# -------------------------------------------------------------------- decisions on what may change

def on_call(k, guard):
    """Two doctors are on call; each leaves if the other one stays. `guard`: the transaction checks that he does."""
    def leave(mine, other):
        read = yield TransactGet((mine, other))
        if values(read) == [1, 1]:
            yield TransactWrite((put(mine, 0), Check(other, Equals("v", 1)))) if guard else put(mine, 0)
    return (put(k.x, 1), put(k.z, 1)), (leave(k.x, k.z), leave(k.z, k.x), do(Get(k.x)))


@script
def write_skew(k):
    """Nobody prevents that either."""
    first, sessions = on_call(k, False)
    return Plan(sessions, first, possible={"nobody is on call": lambda o: o.x + o.z == 0, "one is": lambda o: o.x + o.z == 1})


@script
def write_skew_prevented(k):
    """With a ConditionCheck of what was read but is not written."""
    first, sessions = on_call(k, True)
    return Plan(sessions, first, never={"not one is on call": lambda o: o.x + o.z != 1},
                possible={"one is canceled": lambda o: "canceled" in o.words()})


@script
def circular_conditions(k):
    """Each of three writes unless the next one has: a circle that has to be open somewhere."""
    def session(mine, other):
        return do(TransactWrite((put(mine, 1, condition=Missing(), shows=True), Check(other, Missing(), shows=True))), Get(other))
    return Plan(sessions=(session(k.x, k.y), session(k.y, k.z), session(k.z, k.x)),
                never={"not two write": lambda o: [o.x, o.y, o.z].count(1) != 2})


@script
def conditions_see_what_was_before(k):
    """Not what the same transaction writes."""
    def exchange(x, y):
        return TransactWrite((Update(k.x, Equals("v", x), actions=(Set("v", y),)),
                              Update(k.y, Equals("v", y), actions=(Set("v", x),))))
    swap, back = exchange(1, 2), exchange(2, 1)
    return Plan(first=(put(k.x, 1), put(k.y, 2)), sessions=(do(swap, swap), do(back), do(TransactGet((k.x, k.y)))),
                never={"they are equal": lambda o: o.x == o.y or len(set(values(o.answers[2][0]))) == 1})


@script
def budget(k):
    """What is spent from two places is counted in a third, on conditions that all hold at once or do not."""
    def spend(key, amount):
        return TransactWrite((take(key, amount), Update(k.z, AtLeast("v", amount), actions=(Add("v", -amount),))))
    return Plan(first=(put(k.x, 5), put(k.y, 5), put(k.z, 6)),
                sessions=(do(spend(k.x, 4), spend(k.x, 1)), do(spend(k.y, 4), spend(k.y, 1))),
                never={"too much is spent": lambda o: min(o.x, o.y, o.z) < 0,
                       "the count is wrong": lambda o: o.x + o.y - 4 != o.z},
                possible={"one is canceled": lambda o: "canceled" in o.words()})


# -------------------------------------------------------------------- tokens

@script
def same_request_twice(k):
    """As after a lost answer: it takes effect once."""
    transfer = TransactWrite((give(k.x, 1), give(k.z, 1)), k.token + "a")
    return Plan(sessions=(do(transfer, transfer), do(transfer), do(TransactGet((k.x, k.z)), Delete(k.x))),
                never={"not once": lambda o: o.z != 1, "x is anew": lambda o: o.x not in (None, 1)})


@script
def another_request_with_the_token(k):
    one = TransactWrite((give(k.x, 1),), k.token + "a")
    two = TransactWrite((give(k.x, 2),), k.token + "a")
    return Plan(sessions=(do(one, two), do(two, one)),
                never={"both are done": lambda o: o.x not in (1, 2),
                       "one is not refused": lambda o: o.words().count("mismatch") != 2})


@script
def canceled_request_again(k):
    """A canceled transaction has not used its token: it is done when its conditions hold."""
    ask = TransactWrite((put(k.x, 1), Check(k.z, Exists())), k.token + "a")
    return Plan(sessions=(do(ask, ask), do(put(k.z, 1), ask)), never={"it is not done": lambda o: o.x != 1},
                possible={"it was canceled": lambda o: "canceled" in o.words(),
                          "it was not": lambda o: "canceled" not in o.words()})
