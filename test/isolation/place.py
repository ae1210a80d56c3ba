"""A server with its data directory and the tables of the tests."""

import os
import random
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "crash"))

from dynamodb import ACCESS_KEY, SECRET, Client
from server import Failure, Server, build_powerloss

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STATOR = ["serve", "--listen", "127.0.0.1:{port}", "--admin-listen", "127.0.0.1:{admin_port}", "--data", "{data}",
          "--credentials", "{credentials}", "--memtable-size", "4M", "--cache-size", "8M"]
TABLES = ("first", "second")
SLOW_SYNC_US = 4000


def add_options(parser):
    """What every test here can be told."""
    parser.add_argument("--seed", type=int, help="of everything random but the timing (the clock's)")
    parser.add_argument("--stator", default=os.path.join(ROOT, "build", "stator"), help="(build/stator)")
    parser.add_argument("--stator-options", default="", help="more options for stator serve, in one word")
    parser.add_argument("--data", help="directory to work in (a temporary one, removed if all is well)")


def new_seed(o):
    return o.seed if o.seed is not None else int(time.time())


class Place:
    def __init__(self, o, seed, directory):
        self.rng = random.Random(f"{seed}/place")
        data = os.path.join(directory, "data")
        self.server = Server([o.stator] + STATOR + o.stator_options.split(), data, os.path.join(directory, "server.log"),
                             build_powerloss(directory), None)
        with open(os.open(data + ".credentials", os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as f:
            f.write(f"[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET}\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.abandon()

    @property
    def port(self):
        return self.server.port

    def start(self, way=None, slow=False):
        """Returns the way in which this server will end, "kill" or "power": kill() does it. With "power" it has a slow disk,
        mostly (always if `slow`), so that what is written waits for long to become durable, and of what is not yet durable a
        part is often on the disk."""
        way = way or self.rng.choice(("kill", "power", "power", "power"))
        slow_sync = slow or self.rng.random() < 0.7
        self.server.disk = {"POWERLOSS_SYNC_US": str(SLOW_SYNC_US if slow_sync else 0),
                            "POWERLOSS_PUSH_ONE_IN": self.rng.choice(("1", "1", "64"))}
        if not slow and self.rng.random() < 0.1:
            self._spawn(way)  # and again before it has recovered
            time.sleep(self.rng.uniform(0, 0.08))
            self.server.kill()
        self._spawn(way)
        self.server.wait_until_ready()
        return way

    def _spawn(self, way):
        self.server.spawn(self.rng.randrange(1 << 60) if way == "power" else None)

    def kill(self):
        if self.server.process.poll() is not None:
            raise Failure(f"the server has ended by itself, with status {self.server.process.returncode}")
        self.server.kill()

    def make_tables(self, names=TABLES):
        client = Client(self.port)
        for name in names:
            status, body = client.call("CreateTable", {
                "TableName": name, "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]})
            if status != 200:
                raise Failure(f"CreateTable was answered with {status} {body}")
        for name in names:
            self._wait_for_table(client, name)
        client.close()

    @staticmethod
    def _wait_for_table(client, name):
        deadline = time.monotonic() + 10
        while client.call("DescribeTable", {"TableName": name})[1]["Table"]["TableStatus"] != "ACTIVE":
            if time.monotonic() > deadline:
                raise Failure("a table did not become active")
            time.sleep(0.01)
