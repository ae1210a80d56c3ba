"""Reads the streams of one table as consumers do that keep checkpoints: shard by shard, a shard after its parent is done.

A consumer that is told to forgets where it was and goes back to its checkpoints. What it then reads again has to be what it
has read before, record for record, and so has what it reads after the server was killed."""

import random
import threading
import time

from dynamodb import Client, NotSent, Unanswered
from ledger import ABSENT
from server import Failure
from stream_ledger import UNSEEN, Record
from stream_workers import version_at

VIEWS = {"KEYS_ONLY": (), "NEW_IMAGE": ("NewImage",), "OLD_IMAGE": ("OldImage",),
         "NEW_AND_OLD_IMAGES": ("NewImage", "OldImage")}


class Shard:
    def __init__(self, name, parent):
        self.name = name
        self.parent = parent  # Shard; None: there is none (any more)
        self.first = self.last = None  # sequence numbers; last is None while it is open
        self.records = []  # (key, Record) as first read
        self.checkpoint = 0  # so many records are dealt with for good
        self.at = 0  # so many have been read since the last checkpoint was gone back to
        self.iterator = None
        self.done = False

    def forget(self):
        self.at = self.checkpoint
        self.iterator = None
        self.done = False

    def is_ready(self):
        return not self.done and (self.parent is None or self.parent.done)

    def descends_from(self, other):
        return self is other or (self.parent is not None and self.parent.descends_from(other))


class Stream:
    """One stream, as far as it was read."""

    def __init__(self, arn):
        self.arn = arn
        self.shards = {}  # name -> Shard
        self.closed = False

    def records(self):
        """key -> records in their order."""
        found = {}
        for shard in self.shards.values():
            for key, record in shard.records:
                found.setdefault(key, []).append(record)
        return found

    def is_read(self):
        return self.closed and all(shard.done for shard in self.shards.values())


class Place:
    """Where the server is, and whether it is there at all. Shared by whoever outlives it."""

    def __init__(self):
        self.changed = threading.Condition()
        self.port = 0
        self.up = False
        self.over = False

    def set(self, up, port=0):
        with self.changed:
            self.up, self.port = up, port
            self.changed.notify_all()

    def end(self):
        with self.changed:
            self.over = True
            self.changed.notify_all()

    def wait(self):
        """The port, once the server is up; None when it is all over."""
        with self.changed:
            self.changed.wait_for(lambda: self.up or self.over)
            return None if self.over else self.port

    def is_up(self, port):
        with self.changed:
            return self.up and self.port == port and not self.over


class Consumer:
    """Not a thread itself: work() reads a page or looks for shards."""

    def __init__(self, ledger, seed, steady=False):
        self.table = ledger.name
        self.view = ledger.view
        self.rng = random.Random(f"{seed}/{ledger.name}")
        self.steady = steady  # never forgets, asks for whole pages, does not wait
        self.client = None
        self.streams = {}  # arn -> Stream, the oldest first
        self.event_ids = set()
        self.reread = 0
        self.waited = 0

    def connect(self, port):
        self.client = Client(port)

    def call(self, operation, request, headers=None):
        status, body = self.client.call(operation, request, headers)
        if status >= 500:
            raise Unanswered(f"{operation}: {status}")
        if status != 200:
            raise Failure(f"{operation} {request} was answered with {status} {body}")
        return body

    # ---------------------------------------------------------------- one piece of work

    def work(self):
        """Returns whether anything was there."""
        if not self.steady and self.rng.random() < 0.02:
            self.forget()
        stream = self.current()
        ready = [shard for shard in stream.shards.values() if shard.is_ready()] if stream else []
        if not ready or self.rng.random() < 0.05:
            self.look()
            return False
        shard = min(ready, key=lambda shard: shard.first) if self.steady else self.rng.choice(ready)
        return self.read_page(stream, shard)

    def current(self):
        """The oldest stream that is not read to its end."""
        return next((stream for stream in self.streams.values() if not stream.is_read()), None)

    def forget(self):
        """As if this consumer had been killed and another went on in its place."""
        for stream in self.streams.values():
            for shard in stream.shards.values():
                shard.forget()

    def drain(self):
        """Reads what is left, when nobody writes any more: until nothing was there in any shard."""
        found = True
        while found:
            found = False
            self.look()
            for stream in self.streams.values():
                self.describe(stream)
                for shard in [shard for shard in stream.shards.values() if not shard.done]:
                    found = self.drain_shard(stream, shard) or found

    def drain_shard(self, stream, shard):
        found = False
        while not shard.done:
            if not self.read_page(stream, shard):
                break
            found = True
        return found or shard.done

    # ---------------------------------------------------------------- finding shards

    def look(self):
        for listed in self.pages("ListStreams", {"TableName": self.table}, "Streams", "StreamArn"):
            self.streams.setdefault(listed["StreamArn"], Stream(listed["StreamArn"]))
        if list(self.streams) != sorted(self.streams):
            raise Failure(f"streams of {self.table} are listed in the order {list(self.streams)}")
        stream = self.current()
        if stream:
            self.describe(stream)

    def pages(self, operation, request, member, last):
        """Of ListStreams, in pages of random size."""
        after = {}
        while True:
            body = self.call(operation, {**request, **after, **self.limit(100)})
            yield from body[member]
            if "LastEvaluated" + last not in body:
                return
            after = {"ExclusiveStart" + last: body["LastEvaluated" + last]}

    def limit(self, most):
        if self.steady or self.rng.random() < 0.5:
            return {}
        return {"Limit": self.rng.choice([1, 2, 7, most])}

    def describe(self, stream):
        after, names, closed = {}, [], False
        while True:
            body = self.call("DescribeStream", {"StreamArn": stream.arn, **after, **self.limit(100)})["StreamDescription"]
            closed = body["StreamStatus"] == "DISABLED"
            for described in body["Shards"]:
                names.append(described["ShardId"])
                self.note(stream, described)
            if "LastEvaluatedShardId" not in body:
                break
            after = {"ExclusiveStartShardId": body["LastEvaluatedShardId"]}
        if names != sorted(set(names)):
            raise Failure(f"shards of {stream.arn} come in the order {names}")
        stream.closed = closed

    def note(self, stream, described):
        name, numbers = described["ShardId"], described["SequenceNumberRange"]
        shard = stream.shards.get(name)
        if shard is None:
            parent = stream.shards.get(described.get("ParentShardId"))
            if parent is None and stream.shards and "ParentShardId" in described:
                raise Failure(f"shard {name} comes before its parent {described['ParentShardId']}")
            shard = stream.shards[name] = Shard(name, parent)
            shard.first = int(numbers["StartingSequenceNumber"])
            if parent is not None and (parent.last is None or parent.last >= shard.first):
                raise Failure(f"shard {name} begins with {shard.first}, its parent ends with {parent.last}")
        if int(numbers["StartingSequenceNumber"]) != shard.first:
            raise Failure(f"shard {name} began with {shard.first} and begins with {numbers}")
        last = int(numbers["EndingSequenceNumber"]) if "EndingSequenceNumber" in numbers else None
        if shard.last not in (None, last):
            raise Failure(f"shard {name} ended with {shard.last} and ends with {last}")
        shard.last = last

    def children(self, stream, shard):
        """By the filter, as newer consumers look for them."""
        body = self.call("DescribeStream", {"StreamArn": stream.arn,
                                            "ShardFilter": {"Type": "CHILD_SHARDS", "ShardId": shard.name}})
        for described in body["StreamDescription"]["Shards"]:
            if described.get("ParentShardId") != shard.name:
                raise Failure(f"{described} is no child of {shard.name}")
            self.note(stream, described)

    # ---------------------------------------------------------------- reading a shard

    def begin(self, stream, shard):
        """Where the checkpoint says."""
        request = {"StreamArn": stream.arn, "ShardId": shard.name}
        if shard.at > 0:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                     "SequenceNumber": str(shard.records[shard.at - 1][1].number)}
        elif self.rng.random() < 0.5:
            where = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": str(shard.first)}
        else:
            where = {"ShardIteratorType": "TRIM_HORIZON"}
        return self.call("GetShardIterator", {**request, **where})["ShardIterator"]

    def wait_header(self, shard):
        if self.steady or shard.last is not None or self.rng.random() < 0.6:
            return {}
        self.waited += 1
        return {"x-stator-wait-ms": str(self.rng.randrange(1, 150))}

    def read_page(self, stream, shard):
        if shard.iterator is None:
            shard.iterator = self.begin(stream, shard)
        body = self.call("GetRecords", {"ShardIterator": shard.iterator, **self.limit(1000)}, self.wait_header(shard))
        for record in body["Records"]:
            self.take(shard, record)
        shard.iterator = body.get("NextShardIterator")
        if shard.iterator is None:
            self.end(stream, shard)
        if self.rng.random() < 0.3:
            shard.checkpoint = shard.at
        return bool(body["Records"])

    def end(self, stream, shard):
        """Only a shard that is closed has an end, and it has nothing behind it."""
        if shard.last is None:
            self.describe(stream)
        if shard.last is None:
            raise Failure(f"shard {shard.name} has an end, and is open")
        if shard.at < len(shard.records):
            raise Failure(f"shard {shard.name} ended after {shard.at} records; it had {len(shard.records)}")
        shard.done = True
        if self.rng.random() < 0.5:
            self.children(stream, shard)

    def take(self, shard, told):
        try:
            key, record = self.compact(told)
        except (KeyError, ValueError) as e:
            raise Failure(f"a record of {shard.name} is not right: {e!r} {str(told)[:500]}") from e
        if shard.at < len(shard.records):
            before = shard.records[shard.at]
            if before[0] != key or not before[1].same(record):
                raise Failure(f"shard {shard.name}, record {shard.at}, was {before}, and is {key} {record}")
            self.reread += 1
        else:
            self.take_new(shard, key, record)
        shard.at += 1

    def take_new(self, shard, key, record):
        former = shard.records[-1][1].number if shard.records else shard.first - 1
        if record.number <= former:
            raise Failure(f"shard {shard.name}: {record} comes after number {former}")
        if shard.last is not None and record.number > shard.last:
            raise Failure(f"shard {shard.name} ends with {shard.last}, but has {record}")
        if record.event_id in self.event_ids:
            raise Failure(f"event id {record.event_id} of {key} was another's")
        self.event_ids.add(record.event_id)
        shard.records.append((key, record))

    def compact(self, told):
        """The key, and the record with versions in place of images, which must be those of whole items."""
        body = told["dynamodb"]
        key, images = tuple(body["Keys"][name]["S"] for name in ("pk", "sk")), VIEWS[self.view]
        event = told["eventName"]
        if len(body["Keys"]) != 2 or body["StreamViewType"] != self.view or told["eventSource"] != "aws:dynamodb":
            raise ValueError("not of this table's stream")
        versions = []
        for name, without in (("OldImage", "INSERT"), ("NewImage", "REMOVE")):
            if (name in body) != (name in images and event != without):
                raise ValueError(f"{event} of {self.view} and {name}")
            versions.append(self.version(key, body[name]) if name in body else ABSENT if event == without else UNSEEN)
        return key, Record(int(body["SequenceNumber"]), told["eventID"], event, *versions)

    def version(self, key, image):
        found, version = version_at(image)
        if found != key:
            raise ValueError(f"the image is of {found}")
        return version

    # ---------------------------------------------------------------- when all is read

    def check_shards(self):
        """A key stays in the shards of one line, since all of its changes are to be in order."""
        for stream in self.streams.values():
            shard_of = {}
            for shard in stream.shards.values():
                for key in {key for key, _ in shard.records}:
                    former = shard_of.get(key)
                    if former is not None and not shard.descends_from(former):
                        raise Failure(f"{key} is in {former.name} and then in {shard.name}, which does not descend from it")
                    shard_of[key] = shard

    def same_as(self, other):
        """Raises Failure unless another consumer has read the same. Shards may have been rolled in between."""
        mine, its = ({name: shard.records for stream in c.streams.values() for name, shard in stream.shards.items()
                      if shard.records} for c in (self, other))
        for name in mine.keys() | its.keys():
            a, b = mine.get(name, []), its.get(name, [])
            if len(a) != len(b) or any(x[0] != y[0] or not x[1].same(y[1]) for x, y in zip(a, b)):
                raise Failure(f"two consumers of {self.table} read shard {name} as {len(a)} and {len(b)} records, not the same")


class ConsumerThread:
    """Lets a consumer work until it is told to end, over kills of the server."""

    def __init__(self, consumer, place):
        self.consumer = consumer
        self.place = place
        self.failure = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self.thread.start()

    def join(self):
        self.thread.join()
        if self.failure is not None:
            raise self.failure

    def _run(self):
        try:
            while True:
                port = self.place.wait()
                if port is None:
                    return
                self._serve(port)
        except Exception as e:  # whatever it is, the test has failed
            self.failure = e if isinstance(e, Failure) else Failure(f"consumer of {self.consumer.table}: {e!r}")

    def _serve(self, port):
        """Until the server is gone. Whoever ends it says so before."""
        self.consumer.connect(port)
        try:
            while self.place.is_up(port):
                if not self.consumer.work():
                    time.sleep(0.005)
        except (NotSent, Unanswered) as e:
            if self.place.is_up(port):
                raise Failure(f"consumer of {self.consumer.table} lost its connection: {e}") from e
        finally:
            self.consumer.client.close()
