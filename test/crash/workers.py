"""What the clients do while the server lives, each on a thread of its own."""

import random
import threading
import time

from dynamodb import Client, NotSent, Unanswered
from ledger import ABSENT, Counters, make_item, version_of
from server import Failure

TABLE = "crash"
COUNTER_KEYS = [("shared", f"counter-{i}") for i in range(3)]
CONDITION_FAILED = "ConditionalCheckFailedException"


def key_of(item_key):
    return {"pk": {"S": item_key[0]}, "sk": {"S": item_key[1]}}


def error_of(body):
    return body.get("__type", "").rpartition("#")[2]


class Worker:
    """A client that goes on until the server is gone. `ending` is set before the server is told to end: from then on
    refusals are not faults."""

    def __init__(self, number, seed, ending):
        self.number = number
        self.rng = random.Random(f"{seed}/{number}")
        self.ending = ending
        self.client = None
        self.thread = None
        self.failure = None

    def start(self, port):
        self.client = Client(port)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def join(self):
        self.thread.join()
        self.client.close()
        if self.failure is not None:
            raise self.failure

    def _run(self):
        try:
            while True:
                self.step()
        except (NotSent, Unanswered) as e:
            if not self.ending.is_set():
                self.failure = Failure(f"client {self.number} lost its connection: {e}")
        except Exception as e:  # whatever it is, the test has failed
            self.failure = e if isinstance(e, Failure) else Failure(f"client {self.number}: {e!r}")

    def step(self):
        raise NotImplementedError

    def refused(self, operation, status, body):
        """The server answered, but not with success. It may do so only when it is ending; what it did is not known."""
        if self.ending.is_set() and status >= 500:
            raise Unanswered(f"{operation}: {status}")
        raise Failure(f"{operation} was answered with {status} {body}")


class Writer(Worker):
    """Writes keys that nobody else writes, and knows what every answer has to be."""

    keys_count = 64
    keys_per_partition = 16

    def __init__(self, number, seed, ending, ledger):
        super().__init__(number, seed, ending)
        self.ledger = ledger
        self.version = 0
        self.keys = [(f"writer-{number}-{i // self.keys_per_partition}", f"item-{i}") for i in range(self.keys_count)]

    def step(self):
        actions = [(self.put, 30), (self.put_if_same, 20), (self.put_if_other, 8), (self.delete, 12),
                   (self.delete_if_same, 8), (self.write_batch, 12), (self.get, 10)]
        action = self.rng.choices([a for a, _ in actions], [weight for _, weight in actions])[0]
        action(self.rng.choice(self.keys))

    def next_version(self):
        self.version += 1
        return self.version

    def write(self, operation, key, version, request):
        """One write that must succeed. Returns the answer's body."""
        try:
            status, body = self.client.call(operation, {"TableName": TABLE, **request})
            if status != 200:
                self.refused(operation, status, body)
        except Unanswered:
            self.ledger.may_have_written(key, version)
            raise
        self.ledger.wrote(key, version)
        return body

    def condition(self, version):
        """True as long as the item at a key has this version."""
        if version is ABSENT:
            return {"ConditionExpression": "attribute_not_exists(pk)"}
        return {"ConditionExpression": "#v = :v", "ExpressionAttributeNames": {"#v": "version"},
                "ExpressionAttributeValues": {":v": {"N": str(version)}}}

    def put(self, key):
        before = self.ledger.known(key)
        version = self.next_version()
        body = self.write("PutItem", key, version, {"Item": make_item(key, version), "ReturnValues": "ALL_OLD"})
        self.check_item("PutItem's old item", key, body.get("Attributes"), before)

    def put_if_same(self, key):
        version = self.next_version()
        self.write("PutItem", key, version,
                   {"Item": make_item(key, version), **self.condition(self.ledger.known(key))})

    def put_if_other(self, key):
        """A condition that does not hold: nothing may change."""
        other = self.version + 1000000 if self.ledger.known(key) is ABSENT or self.rng.random() < 0.5 else ABSENT
        status, body = self.client.call("PutItem", {"TableName": TABLE, "Item": make_item(key, self.next_version()),
                                                    **self.condition(other)})
        if status != 400 or error_of(body) != CONDITION_FAILED:
            self.refused("PutItem with a false condition", status, body)

    def delete(self, key):
        before = self.ledger.known(key)
        body = self.write("DeleteItem", key, ABSENT, {"Key": key_of(key), "ReturnValues": "ALL_OLD"})
        self.check_item("DeleteItem's old item", key, body.get("Attributes"), before)

    def delete_if_same(self, key):
        self.write("DeleteItem", key, ABSENT, {"Key": key_of(key), **self.condition(self.ledger.known(key))})

    def get(self, key):
        status, body = self.client.call("GetItem", {"TableName": TABLE, "Key": key_of(key), "ConsistentRead": True})
        if status != 200:
            self.refused("GetItem", status, body)
        self.check_item("GetItem", key, body.get("Item"), self.ledger.known(key))

    def check_item(self, what, key, item, wanted):
        found = ABSENT if item is None else version_of(item)
        if found != wanted:
            raise Failure(f"{what} at {key} is version {found}, not {wanted}")

    def write_batch(self, _):
        """Each write of a batch succeeds or fails by itself."""
        writes = {}
        requests = []
        for key in self.rng.sample(self.keys, self.rng.randrange(2, 26)):
            writes[key] = ABSENT if self.rng.random() < 0.25 else self.next_version()
            requests.append({"DeleteRequest": {"Key": key_of(key)}} if writes[key] is ABSENT else
                            {"PutRequest": {"Item": make_item(key, writes[key])}})
        while requests:
            try:
                status, body = self.client.call("BatchWriteItem", {"RequestItems": {TABLE: requests}})
                if status != 200:
                    self.refused("BatchWriteItem", status, body)
            except Unanswered:
                for key, version in writes.items():
                    self.ledger.may_have_written(key, version)
                raise
            requests = body.get("UnprocessedItems", {}).get(TABLE, [])
            left = set()
            for r in requests:
                stored = r["PutRequest"]["Item"] if "PutRequest" in r else r["DeleteRequest"]["Key"]
                left.add((stored["pk"]["S"], stored["sk"]["S"]))
            for key in set(writes) - left:
                self.ledger.wrote(key, writes.pop(key))


class Counter(Worker):
    """Adds to counters that all of its kind add to, by reading and then writing on condition."""

    def __init__(self, number, seed, ending, counters):
        super().__init__(number, seed, ending)
        self.counters = counters

    def step(self):
        key = self.rng.choice(COUNTER_KEYS)
        least = self.counters.newest(key)
        status, body = self.client.call("GetItem", {"TableName": TABLE, "Key": key_of(key), "ConsistentRead": True})
        if status != 200:
            self.refused("GetItem", status, body)
        seen = version_of(body["Item"]) if "Item" in body else ABSENT
        self.check(self.counters.settle(key, seen, least))
        version = Counters.following(seen, self.number)
        condition = ({"ConditionExpression": "attribute_not_exists(pk)"} if seen is ABSENT else
                     {"ConditionExpression": "version = :v", "ExpressionAttributeValues": {":v": {"N": str(seen)}}})
        try:
            status, body = self.client.call("PutItem", {"TableName": TABLE, "Item": make_item(key, version),
                                                        **condition})
            if status != 200 and not (status == 400 and error_of(body) == CONDITION_FAILED):
                self.refused("PutItem", status, body)
        except Unanswered:
            self.counters.may_have_written(key, version)
            raise
        if status == 200:
            self.check(self.counters.settle(key, version))

    def check(self, wrong):
        if wrong is not None:
            raise Failure(wrong)


class TableMaker(Worker):
    """Creates and deletes tables; each holds one item. `tables` says what may be there: name -> set of True, False."""

    def __init__(self, number, seed, ending, tables):
        super().__init__(number, seed, ending)
        self.tables = tables
        self.made = 0

    def step(self):
        there = [name for name, possible in self.tables.items() if possible == {True}]
        if there and (len(there) > 3 or self.rng.random() < 0.4):
            self.change("DeleteTable", self.rng.choice(there), False, {})
        else:
            self.made += 1
            self.change("CreateTable", f"extra-{self.made}", True, {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})
        time.sleep(self.rng.uniform(0.01, 0.1))

    def change(self, operation, name, there, request):
        try:
            status, body = self.client.call(operation, {"TableName": name, **request})
            if status == 400 and error_of(body) == "ResourceInUseException" and operation == "DeleteTable":
                return  # still being created
            if status != 200:
                self.refused(operation, status, body)
        except Unanswered:
            self.tables[name] = self.tables.get(name, {False}) | {there}
            raise
        self.tables[name] = {there}
