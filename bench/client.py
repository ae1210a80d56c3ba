"""A signed client of one connection, for what the load generator has no workload for, and for the first request after a start.

Used by bench/startup, bench/large and bench/soak."""

import datetime
import hashlib
import hmac
import http.client
import json

from servers import ACCESS_KEY, SECRET, Failure

REGION = "us-east-1"
SIGNED = "content-type;host;x-amz-date;x-amz-target"


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signed_headers(host, operation, body, service="DynamoDB_20120810"):
    """The header fields of one request, by Signature Version 4."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    fields = {"content-type": "application/x-amz-json-1.0", "host": host, "x-amz-date": now,
              "x-amz-target": f"{service}.{operation}"}
    canonical = "\n".join(["POST", "/", ""] + [f"{name}:{fields[name]}" for name in SIGNED.split(";")]
                          + ["", SIGNED, hashlib.sha256(body).hexdigest()])
    scope = f"{now[:8]}/{REGION}/dynamodb/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + SECRET).encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    fields["authorization"] = (f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}, SignedHeaders={SIGNED}, "
                               f"Signature={signature}")
    return fields


class Client:
    def __init__(self, port, timeout=30):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.host = f"127.0.0.1:{port}"

    def close(self):
        self.connection.close()

    def ask(self, operation, service="DynamoDB_20120810", **parameters):
        """The answer; Failure if it is not one."""
        body = json.dumps(parameters).encode()
        self.connection.request("POST", "/", body, signed_headers(self.host, operation, body, service))
        response = self.connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise Failure(f"{operation}: {response.status} {text.decode(errors='replace')[:300]}")
        return json.loads(text)

    def ask_stream(self, operation, **parameters):
        return self.ask(operation, "DynamoDBStreams_20120810", **parameters)
