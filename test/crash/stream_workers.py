"""Who writes into tables with streams, and who enables and disables the streams."""

import time

from dynamodb import NotSent, Unanswered
from ledger import ABSENT, make_item, version_of
from server import Failure
from stream_ledger import FOREVER, Enabled
from workers import CONDITION_FAILED, Worker, error_of, key_of

COUNTERS = [("shared", f"counter-{i}") for i in range(2)]


class StreamWorker(Worker):
    """`quiet` is set when the server stays and nobody is to write any more."""

    def __init__(self, number, seed, ending, quiet, clock):
        super().__init__(number, seed, ending)
        self.quiet = quiet
        self.clock = clock

    def step(self):
        if self.quiet.is_set():
            self.ending.set()
            raise NotSent("it is quiet")
        self.act()

    def act(self):
        raise NotImplementedError

    def must(self, operation, request):
        status, body = self.client.call(operation, request)
        if status != 200:
            self.refused(operation, status, body)
        return body


class StreamWriter(StreamWorker):
    """Writes keys of its own in every table, adds to counters, and does much that changes nothing."""

    keys_count = 12
    keys_per_partition = 3

    def __init__(self, number, seed, ending, quiet, clock, ledgers):
        super().__init__(number, seed, ending, quiet, clock)
        self.ledgers = ledgers
        self.made = 0
        self.keys = [(f"writer-{number}-{i // self.keys_per_partition}", f"item-{i}") for i in range(self.keys_count)]

    def act(self):
        actions = [(self.put, 25), (self.update, 20), (self.delete, 12), (self.write_batch, 8), (self.transact, 10),
                   (self.add, 15), (self.statement, 6), (self.nothing, 8), (self.fail, 8), (self.cancel, 3)]
        action = self.rng.choices([a for a, _ in actions], [weight for _, weight in actions])[0]
        action(self.rng.choice(self.ledgers), self.rng.choice(self.keys))

    # ---------------------------------------------------------------- writes that count

    def next_version(self):
        self.made += 1
        return self.made

    def version_for(self):
        """The version of a write to come: ABSENT deletes."""
        return ABSENT if self.rng.random() < 0.25 else self.next_version()

    def name(self):
        return f"{self.number}/{self.next_version()}"

    def write(self, operation, request, writes, transaction=None, added=()):
        """`writes` are (ledger, key, version), `added` (ledger, counter)."""
        sent = self.clock.now()
        try:
            body = self.must(operation, request)
        except Unanswered:
            for ledger, key, version in writes:
                ledger.may_have_written(key, version, sent, transaction)
            for ledger, counter in added:
                ledger.may_have_added(counter)
            raise
        answered = self.clock.now()
        for ledger, key, version in writes:
            ledger.wrote(key, version, sent, answered, transaction)
        for ledger, counter in added:
            ledger.added_one(counter, None, sent, answered)
        return body

    def put(self, ledger, key):
        version = self.next_version()
        self.write("PutItem", {"TableName": ledger.name, "Item": make_item(key, version)}, [(ledger, key, version)])

    def update(self, ledger, key):
        version = self.next_version()
        self.write("UpdateItem", {"TableName": ledger.name, **update_to(key, version)}, [(ledger, key, version)])

    def delete(self, ledger, key):
        self.write("DeleteItem", {"TableName": ledger.name, "Key": key_of(key)}, [(ledger, key, ABSENT)])

    def statement(self, ledger, key):
        where = [{"S": part} for part in key]
        if ledger.version(key) is not ABSENT:
            self.write("ExecuteStatement", {"Statement": f'DELETE FROM "{ledger.name}" WHERE pk = ? AND sk = ?',
                                            "Parameters": where}, [(ledger, key, ABSENT)])
            return
        version = self.next_version()
        item = make_item(key, version)
        members = ", ".join(f"'{name}': ?" for name in item)
        self.write("ExecuteStatement", {"Statement": f'INSERT INTO "{ledger.name}" VALUE {{{members}}}',
                                        "Parameters": list(item.values())}, [(ledger, key, version)])

    def write_batch(self, ledger, _):
        """Each write by itself; some change nothing."""
        left = {}
        for key in self.rng.sample(self.keys, self.rng.randrange(2, self.keys_count)):
            same = self.rng.random() < 0.2
            left[key] = ledger.version(key) if same else self.version_for()
        while left:
            requests = [put_or_delete(key, version) for key, version in left.items()]
            sent = self.clock.now()
            try:
                body = self.must("BatchWriteItem", {"RequestItems": {ledger.name: requests}})
            except Unanswered:
                for key, version in left.items():
                    ledger.may_have_written(key, version, sent)
                raise
            answered = self.clock.now()
            again = keys_of(body.get("UnprocessedItems", {}).get(ledger.name, []))
            for key in set(left) - again:
                ledger.wrote(key, left.pop(key), sent, answered)

    def transact(self, _, __):
        """Changes in several tables, all or none; now and then sent twice with one token."""
        name = self.name()
        writes, added, actions = [], [], []
        for ledger in self.rng.sample(self.ledgers, self.rng.randrange(1, len(self.ledgers) + 1)):
            for key in self.rng.sample(self.keys, self.rng.randrange(1, 4)):
                version = self.version_for()
                writes.append((ledger, key, version))
                actions.append(action_of(ledger, key, version, self.rng.random() < 0.5))
            if self.rng.random() < 0.3:
                counter = self.rng.choice(COUNTERS)
                added.append((ledger, counter))
                actions.append({"Update": {"TableName": ledger.name, **add_one(counter)}})
        self.rng.shuffle(actions)
        request = {"TransactItems": actions, "ClientRequestToken": f"{name} of {self.clock.now()}"}
        self.write("TransactWriteItems", request, writes, name, added)
        if self.rng.random() < 0.3:
            self.must("TransactWriteItems", request)

    def add(self, ledger, _):
        counter = self.rng.choice(COUNTERS)
        sent = self.clock.now()
        try:
            body = self.must("UpdateItem", {"TableName": ledger.name, **add_one(counter), "ReturnValues": "UPDATED_NEW"})
        except Unanswered:
            ledger.may_have_added(counter)
            raise
        ledger.added_one(counter, int(body["Attributes"]["n"]["N"]), sent, self.clock.now())

    # ---------------------------------------------------------------- writes that leave no record

    def nothing(self, ledger, key):
        """Writes that leave the item as it is."""
        version = ledger.version(key)
        if version is ABSENT:
            self.must("DeleteItem", {"TableName": ledger.name, "Key": key_of(key)})
        elif self.rng.random() < 0.5:
            self.must("PutItem", {"TableName": ledger.name, "Item": make_item(key, version)})
        else:
            self.must("UpdateItem", {"TableName": ledger.name, **update_to(key, version)})

    def never(self, ledger, key):
        """A condition that does not hold."""
        return {"ConditionExpression": "attribute_exists(pk)" if ledger.version(key) is ABSENT else "attribute_not_exists(pk)"}

    def fail(self, ledger, key):
        operation, request = self.rng.choice([
            ("PutItem", {"Item": make_item(key, self.next_version())}), ("DeleteItem", {"Key": key_of(key)}),
            ("UpdateItem", update_to(key, self.next_version()))])
        status, body = self.client.call(operation, {"TableName": ledger.name, **request, **self.never(ledger, key)})
        if status != 400 or error_of(body) != CONDITION_FAILED:
            self.refused(f"{operation} with a false condition", status, body)

    def cancel(self, ledger, key):
        """A transaction of which one condition does not hold: none of it happens."""
        others = [k for k in self.rng.sample(self.keys, 4) if k != key]
        actions = [action_of(other, k, self.next_version(), True) for other in self.ledgers for k in others]
        actions.append({"Put": {"TableName": ledger.name, "Item": make_item(key, self.next_version()),
                                **self.never(ledger, key)}})
        status, body = self.client.call("TransactWriteItems", {"TransactItems": actions})
        if status != 400 or error_of(body) != "TransactionCanceledException":
            self.refused("TransactWriteItems with a false condition", status, body)


class Switcher(StreamWorker):
    """Disables the stream of one of its tables and enables it anew."""

    def __init__(self, number, seed, ending, quiet, clock, ledgers):
        super().__init__(number, seed, ending, quiet, clock)
        self.ledgers = ledgers
        self.under_way = None  # (ledger, on, sent) of what was not answered

    def act(self):
        left_off = [ledger for ledger in self.ledgers if not is_on(ledger)]  # when the server was killed
        ledger = self.rng.choice(left_off or self.ledgers)
        self.switch(ledger, False)
        time.sleep(self.rng.uniform(0, 0.2))
        self.switch(ledger, True)
        for _ in range(self.rng.randrange(40)):
            time.sleep(0.02)
            if self.ending.is_set() or self.quiet.is_set():
                return

    def switch(self, ledger, on):
        if on == is_on(ledger):
            return
        specification = {"StreamEnabled": on, **({"StreamViewType": ledger.view} if on else {})}
        sent = self.clock.now()
        self.under_way = (ledger, on, sent)
        body = self.must("UpdateTable", {"TableName": ledger.name, "StreamSpecification": specification})
        self.switched(ledger, on, sent, self.clock.now(), body["TableDescription"]["LatestStreamArn"])
        if on:
            ledger.streams[-1].base = scan(self.client, ledger)

    def switched(self, ledger, on, sent, answered, arn):
        self.under_way = None
        if on:
            ledger.streams.append(Enabled(arn, sent, answered))
        else:
            ledger.streams[-1].disable = (sent, answered)

    def resolve(self, client, now):
        """After a restart: whether what was under way has happened. A stream without a base gets one, also if only its scan
        was cut off."""
        if self.under_way is not None:
            ledger, on, sent = self.under_way
            table = describe(client, ledger)
            if table.get("StreamSpecification", {}).get("StreamEnabled", False) == on:
                self.switched(ledger, on, sent, now, table["LatestStreamArn"])
            self.under_way = None
        for ledger in self.ledgers:
            if is_on(ledger) and ledger.streams[-1].base is None:
                ledger.streams[-1].base = scan(client, ledger)


def is_on(ledger):
    return ledger.streams[-1].disable[0] == FOREVER


# -------------------------------------------------------------------- reading tables

def describe(client, ledger):
    status, body = client.call("DescribeTable", {"TableName": ledger.name})
    if status != 200:
        raise Failure(f"DescribeTable was answered with {status} {body}")
    return body["Table"]


def scan(client, ledger):
    """key -> version, of counters their count."""
    found, request = {}, {"TableName": ledger.name, "ConsistentRead": True}
    while True:
        status, body = client.call("Scan", request)
        if status != 200:
            raise Unanswered(f"Scan: {status}") if status >= 500 else Failure(f"Scan was answered with {status} {body}")
        found.update(version_at(item) for item in body["Items"])
        if "LastEvaluatedKey" not in body:
            return found
        request["ExclusiveStartKey"] = body["LastEvaluatedKey"]


def version_at(item):
    """The key and the version of an item that is whole; raises ValueError if it is not."""
    key = (item["pk"]["S"], item["sk"]["S"])
    if key not in COUNTERS:
        return key, version_of(item)
    if set(item) != {"pk", "sk", "n"}:
        raise ValueError(f"counter {key} is {item}")
    return key, int(item["n"]["N"])


# -------------------------------------------------------------------- requests

def update_to(key, version):
    """Makes the item that version, whatever it was."""
    attributes = {name: value for name, value in make_item(key, version).items() if name not in ("pk", "sk")}
    return {"Key": key_of(key),
            "UpdateExpression": "SET " + ", ".join(f"#{i} = :{i}" for i in range(len(attributes))),
            "ExpressionAttributeNames": {f"#{i}": name for i, name in enumerate(attributes)},
            "ExpressionAttributeValues": {f":{i}": value for i, value in enumerate(attributes.values())}}


def add_one(counter):
    return {"Key": key_of(counter), "UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}


def put_or_delete(key, version):
    if version is ABSENT:
        return {"DeleteRequest": {"Key": key_of(key)}}
    return {"PutRequest": {"Item": make_item(key, version)}}


def keys_of(requests):
    """The keys of a batch's requests."""
    stored = [r["PutRequest"]["Item"] if "PutRequest" in r else r["DeleteRequest"]["Key"] for r in requests]
    return {(item["pk"]["S"], item["sk"]["S"]) for item in stored}


def action_of(ledger, key, version, update):
    if version is ABSENT:
        return {"Delete": {"TableName": ledger.name, "Key": key_of(key)}}
    if update:
        return {"Update": {"TableName": ledger.name, **update_to(key, version)}}
    return {"Put": {"TableName": ledger.name, "Item": make_item(key, version)}}
