"""The least of a DynamoDB client: one connection, signed requests, and a clear answer to what is known about a request
that got none."""

import contextlib
import datetime
import hashlib
import hmac
import json
import socket

ACCESS_KEY = "crash"
SECRET = "crash-secret"
REGION = "us-east-1"
CONTENT_TYPE = "application/x-amz-json-1.0"
SIGNED_HEADERS = "content-type;host;x-amz-date;x-amz-target"
STREAMS = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}


class NotSent(Exception):
    """The server could not be reached: the request has not happened."""


class Unanswered(Exception):
    """The request was sent, at least in part, and no whole answer came: it may have happened or not."""


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Client:
    """One connection. Not for several threads."""

    _keys = {}  # signing keys by day

    def __init__(self, port, timeout_s=30):
        self.host = f"127.0.0.1:{port}"
        self.address = ("127.0.0.1", port)
        self.timeout_s = timeout_s
        self.socket = None
        self.received = b""
        self.unsigned = {}  # headers of the request that is sent

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None
        self.received = b""

    def call(self, operation, request, headers=None):
        """Returns the status and the decoded body. `headers` are sent unsigned."""
        self.send(operation, request, headers)
        return self.receive()

    def send(self, operation, request, headers=None):
        """The first half of call(), for those who have several connections and wait for all of them at once."""
        self.unsigned = headers or {}
        message = self._signed(operation, json.dumps(request).encode())
        if self.socket is None:
            try:
                self.socket = socket.create_connection(self.address, timeout=self.timeout_s)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as e:
                raise NotSent(str(e)) from e
        with self._may_fail():
            self.socket.sendall(message)

    def receive(self):
        """The answer to what was sent."""
        with self._may_fail():
            return self._answer()

    @contextlib.contextmanager
    def _may_fail(self):
        try:
            yield
        except (OSError, ValueError, EOFError) as e:
            self.close()
            raise Unanswered(f"{type(e).__name__}: {e}") from e

    def _signed(self, operation, body):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        day = now[:8]
        target = f"{'DynamoDBStreams' if operation in STREAMS else 'DynamoDB'}_20120810.{operation}"
        if day not in Client._keys:
            key = ("AWS4" + SECRET).encode()
            for part in (day, REGION, "dynamodb", "aws4_request"):
                key = _hmac(key, part)
            Client._keys[day] = key
        canonical = (f"POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{self.host}\nx-amz-date:{now}\n"
                     f"x-amz-target:{target}\n\n{SIGNED_HEADERS}\n{hashlib.sha256(body).hexdigest()}")
        scope = f"{day}/{REGION}/dynamodb/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = _hmac(Client._keys[day], to_sign).hex()
        more = "".join(f"{name}: {value}\r\n" for name, value in self.unsigned.items())
        return (f"POST / HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: {CONTENT_TYPE}\r\nX-Amz-Target: {target}\r\n"
                f"X-Amz-Date: {now}\r\nAuthorization: AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}, "
                f"SignedHeaders={SIGNED_HEADERS}, Signature={signature}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
                ).encode() + body

    def _more(self):
        more = self.socket.recv(1 << 20)
        if not more:
            raise EOFError("closed by the server")
        self.received += more

    def _answer(self):
        while b"\r\n\r\n" not in self.received:
            self._more()
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        size = int(fields["content-length"])
        while len(self.received) < size:
            self._more()
        body, self.received = self.received[:size], self.received[size:]
        if fields.get("connection", "").lower() == "close":
            self.close()
        return int(lines[0].split(" ")[1]), json.loads(body) if body else {}
