"""What a property is tried with: tables of its own, calls, and the comparison of replies with what the model says."""

import json
import os
import sys
import tempfile
import zlib

from model import values

CRASH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "crash")
sys.path.append(CRASH)
import dynamodb  # noqa: E402  the crash test's client and server are of use here too
import server  # noqa: E402

ITEM_MEMBERS = ("Item", "Attributes", "LastEvaluatedKey")
VALIDATION = "ValidationException"
CONDITION_FAILED = "ConditionalCheckFailedException"


class Disagreement(Exception):
    """The server and the model do not say the same; the text is a case for the corpus in test/api."""


class Reply:
    """A reply of the server, or what the model expects of it: the members of the body, with items as the model's."""

    def __init__(self, members=None, error=None, message=None):
        self.members = members or {}
        self.error = error
        self.message = message

    def __eq__(self, other):
        return (self.members, self.error, self.message) == (other.members, other.error, other.message)

    @staticmethod
    def read(status, body):
        if status == 200:
            return Reply(_from_wire(body))
        rest = {name: member for name, member in body.items() if name not in ("__type", "message", "Message")}
        return Reply(_from_wire(rest), body.get("__type", "").split("#")[-1], body.get("message", body.get("Message")))

    def json(self):
        """As a case of the corpus has it."""
        body = {}
        for name, member in self.members.items():
            if name in ITEM_MEMBERS:
                body[name] = values.wire_item(member)
            elif name == "Items":
                body[name] = [values.wire_item(item) for item in member]
            else:
                body[name] = member
        if self.error is None:
            return {"reply": body}
        return {"error": {"type": self.error, "message": self.message, **body}}


def _from_wire(body):
    read = {name: values.item_from_wire(member) if name in ITEM_MEMBERS else member for name, member in body.items()}
    if "Items" in read:
        read["Items"] = [values.item_from_wire(item) for item in read["Items"]]
    return read


def in_lines(file):
    """A file of the corpus with a line for each member."""
    def members(entries, indent):
        return ",\n".join(f"{indent}{json.dumps(name)}: {json.dumps(member, ensure_ascii=False)}" for name, member in entries)
    [case] = file["cases"]
    head = members([entry for entry in file.items() if entry[0] != "cases"], "  ")
    return "{\n" + head + ',\n  "cases": [{\n' + members(case.items(), "    ") + "\n  }]\n}"


def by_key(item):
    return tuple(values.sort_key(item[name]) for name in ("pk", "sk") if name in item)


def without_prefix(message):
    """Some operations say this before some texts; which ones is for the corpus to know."""
    return message and message.removeprefix("1 validation error detected: ")


class Client(dynamodb.Client):
    """Sends half of the bodies as UTF-8 where json.dumps() would escape."""

    def _signed(self, operation, body):
        if zlib.crc32(body) % 2:
            body = json.dumps(json.loads(body), ensure_ascii=False).encode()
        return super()._signed(operation, body)


class World:
    """The server under test. It is started again if it falls over."""

    def __init__(self, endpoint=None, command=None):
        self.endpoint = endpoint
        self.command = command
        self.process = None
        self.log = None
        self.client = None
        self.calls = 0
        self.tables = 0

    def start(self):
        if self.endpoint:
            self.client = Client(self.endpoint[1])
            self.client.host = "{}:{}".format(*self.endpoint)
            self.client.address = self.endpoint
            return
        handle, self.log = tempfile.mkstemp(prefix="stator-property-", suffix=".log")
        os.close(handle)
        self.process = server.Server(self.command, "", self.log, None, None)
        self.process.spawn()
        self.process.wait_until_ready()
        self.client = Client(self.process.port)

    def end(self):
        if self.process:
            self.process.abandon()
            os.unlink(self.log)
            self.process = None

    def call(self, operation, request):
        self.calls += 1
        return self.client.call(operation, request)

    def call_again_if_closed(self, operation, request):
        try:
            return self.call(operation, request)
        except dynamodb.Unanswered:
            if self.process and self.process.process.poll() is not None:
                raise
            return self.call(operation, request)

    def log_tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-20:])


class Case:
    """One case of a property."""

    def __init__(self, world, choices):
        self.world = world
        self.c = choices
        self.tables = {}  # alias: description
        self.names = {}  # alias: the table's name

    # ---------------------------------------------------------------- tables and items

    def table(self, sort=None, hash_type="S", alias="T"):
        """Makes a table with the hash key pk and, if it has a type, the sort key sk."""
        self.world.tables += 1
        name = f"Property-{os.getpid()}-{self.world.tables}"
        self.names[alias] = name
        self.tables[alias] = {"hash": f"pk:{hash_type}", **({"range": f"sk:{sort}"} if sort else {})}
        kinds = {"pk": hash_type, **({"sk": sort} if sort else {})}
        self.done("CreateTable", {
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind} for key, kind in kinds.items()],
            "KeySchema": [{"AttributeName": key, "KeyType": use} for key, use in zip(kinds, ("HASH", "RANGE"))]})
        return name

    def drop_tables(self):
        for name in self.names.values():
            self.world.call("DeleteTable", {"TableName": name})
        self.names = {}

    def put(self, items, alias="T"):
        for at in range(0, len(items), 25):
            self.done("BatchWriteItem", {"RequestItems": {self.names[alias]: [
                {"PutRequest": {"Item": values.wire_item(item)}} for item in items[at:at + 25]]}})

    def done(self, operation, request):
        """A call that prepares something and has to succeed."""
        reply = self.ask(operation, request)
        if reply.error:
            self.disagree("what prepares the test is refused", [], operation, request, [Reply()], reply)
        return reply

    def check_size(self, what, given, operation, request, items):
        """Compares the table's size with that of the items that should be in it. Only Stator keeps it up to date; there it
        shows each byte by which an item's recorded size is wrong."""
        if self.world.endpoint:
            return
        name = request["TableName"]
        table = self.done("DescribeTable", {"TableName": name}).members["Table"]
        found = table["ItemCount"], table["TableSizeBytes"]
        expected = len(items), sum(map(values.item_bytes, items))
        if found != expected:
            self.disagree(f"{what}: the table should have {expected[0]} items of {expected[1]} bytes and has {found[0]} of "
                          f"{found[1]}", given, operation, request, [], None)

    # ---------------------------------------------------------------- asking and comparing

    def ask(self, operation, request):
        try:
            status, body = self.world.call_again_if_closed(operation, request)
        except (dynamodb.Unanswered, dynamodb.NotSent) as e:
            raise Disagreement(f"no answer ({e}) to {operation} {json.dumps(request)}\n{self.ending()}") from e
        try:
            return Reply.read(status, body)
        except ValueError as e:
            raise Disagreement(f"{e} in the answer to {operation} {json.dumps(request)}: {json.dumps(body)}") from e

    def ending(self):
        """What is known of the end of the server, which is started again."""
        if not self.world.process:
            return ""
        tail = self.world.log_tail()
        self.world.end()
        self.world.start()
        self.names = {}
        return tail

    def expect(self, what, given, operation, request, *expected, any_prefix=True):
        """Makes the call and raises Disagreement unless the reply is one of those expected. `given` are the items that are
        there, as far as they matter. What Scan finds is compared in the order of the keys. Returns the reply expected."""
        reply = self.ask(operation, request)
        if operation == "Scan" and "Items" in reply.members:
            reply.members["Items"].sort(key=by_key)
        for one in expected:
            message = reply.message
            if any_prefix and one.message and not one.message.startswith("1 validation"):
                message = without_prefix(message)
            if one == Reply(reply.members, reply.error, message):
                return one
        self.disagree(what, given, operation, request, expected, reply)

    def disagree(self, what, given, operation, request, expected, reply):
        raise Disagreement(self.corpus_case(what, given, operation, request, expected, reply))

    def corpus_case(self, what, given, operation, request, expected, reply):
        """The disagreement as a file of test/api/cases."""
        answers = [one.json() for one in expected]
        if len(answers) > 1 and all("reply" in answer for answer in answers):
            answer = {"reply": {"$one_of": [answer["reply"] for answer in answers]}}
        elif len(answers) > 1 and all("error" in answer for answer in answers):
            answer = {"error": {"type": VALIDATION, "message": {"$one_of": [one["error"]["message"] for one in answers]}}}
        else:
            answer = answers[0] if answers else {"reply": {}}
        alias = next((alias for alias, name in self.names.items() if name in json.dumps(request)), "T")
        case = {"name": what, "source": "test/property", "own_tables": True,
                "given": [{"table": alias, "item": values.wire_item(item)} for item in given],
                "call": operation, "request": request, **answer}
        text = in_lines({"about": what, "tables": self.tables, "cases": [case]})
        got = json.dumps(reply.json(), ensure_ascii=False) if reply else "otherwise"
        more = "" if len(answers) < 2 or answers[0] is not answer else "\n  or " + json.dumps(answers[1:], ensure_ascii=False)
        for alias, name in self.names.items():
            text, got, more = (one.replace(name, f"${{{alias}}}") for one in (text, got, more))
        return f"{text}{more}\n  but the server says\n{got}"
