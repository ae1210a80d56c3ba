#!/usr/bin/env python3
"""Writes sigv4_vectors.h: requests signed by Signature Version 4, each with what must come out on the way.

An implementation independent of src/auth, after AWS's description of Signature Version 4, by hashlib and hmac.
Requests with a signature given here are those of AWS's published test suite (service "service"); the script fails
if its own signature differs. The others are requests as DynamoDB's clients send them.

    python3 sigv4_reference.py > sigv4_vectors.h
"""

import hashlib
import hmac
import json
from urllib.parse import quote, unquote_to_bytes

KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
DATE = "20150830T123600Z"
UNRESERVED = "-_.~"


def canonical_path(path):
    kept = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    tail = "/" if kept and path.endswith("/") else ""
    return quote("/" + "/".join(kept) + tail, safe="/" + UNRESERVED)


def canonical_query(query, leave_out):
    pairs = []
    for piece in query.split("&"):
        if piece:
            name, _, value = piece.partition("=")
            pairs.append(tuple(quote(unquote_to_bytes(s), safe=UNRESERVED) for s in (name, value)))
    return "&".join(f"{n}={v}" for n, v in sorted(pairs) if n not in leave_out)


def canonical_headers(headers, signed):
    lines = []
    for name in sorted(signed):
        values = [" ".join(v.strip().split()) if "  " in v else v.strip() for n, v in headers if n.lower() == name]
        lines.append(f"{name}:{','.join(values)}\n")
    return "".join(lines)


def digest(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def sign(case):
    signed = case["signed"]
    canonical = "\n".join([
        case["method"],
        canonical_path(case["path"]),
        canonical_query(case["query"], ("X-Amz-Signature",) if case["in_query"] else ()),
        canonical_headers(case["headers"], signed),
        ";".join(sorted(signed)),
        hashlib.sha256(case["body"].encode()).hexdigest(),
    ])
    scope = f"{DATE[:8]}/{case['region']}/{case['service']}/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", DATE, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + SECRET).encode()
    for step in (DATE[:8], case["region"], case["service"], "aws4_request"):
        key = digest(key, step)
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return canonical, to_sign, signature, scope


def complete(case):
    case.setdefault("method", "POST")
    case.setdefault("path", "/")
    case.setdefault("query", "")
    case.setdefault("body", "")
    case.setdefault("region", "us-east-1")
    case.setdefault("service", "dynamodb")
    case.setdefault("in_query", False)
    case.setdefault("published", None)
    if case["in_query"]:
        scope = f"{DATE[:8]}/{case['region']}/{case['service']}/aws4_request"
        case["query"] += ("&" if case["query"] else "") + "&".join([
            "X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Credential=" + quote(f"{KEY_ID}/{scope}", safe=""),
            f"X-Amz-Date={DATE}", "X-Amz-SignedHeaders=" + quote(";".join(case["signed"]), safe=""),
            "X-Amz-Expires=3600"])
    elif not any(n.lower() in ("x-amz-date", "date") for n, _ in case["headers"]):
        case["headers"].append(("X-Amz-Date", DATE))
    canonical, to_sign, signature, scope = sign(case)
    if case["published"]:
        assert signature == case["published"], (case["name"], signature, canonical)
    if case["in_query"]:
        case["query"] += "&X-Amz-Signature=" + signature
    else:
        case["headers"].append(("Authorization", f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, "
                                f"SignedHeaders={';'.join(case['signed'])}, Signature={signature}"))
    case.update(canonical=canonical, to_sign=to_sign, signature=signature)
    return case


def suite(name, published, path="/", query="", headers=(), signed=("host", "x-amz-date"), **rest):
    return complete(dict(name=name, published=published, path=path, query=query, service="service",
                         headers=[("Host", "example.amazonaws.com"), *headers], signed=list(signed),
                         method=rest.pop("method", "GET"), **rest))


WITH_MY_HEADER = ("host", "my-header1", "x-amz-date")
VANILLA = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"

PUBLISHED = [
    suite("get-vanilla", VANILLA),
    suite("get-relative-relative", VANILLA, path="/example1/example2/../.."),
    suite("get-slash-dot-slash", VANILLA, path="/./"),
    suite("get-space", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741", path="/example space/"),
    suite("get-utf8", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85", path="/\u1234"),
    suite("get-vanilla-query-order-encoded", "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
          query="Param-3=Value3&Param=Value2&%E1%88%B4=Value1"),
    suite("get-header-key-duplicate", "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
          headers=[("My-Header1", v) for v in ("value2", "value2", "value1")], signed=WITH_MY_HEADER),
    suite("get-header-value-order", "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
          headers=[("My-Header1", v) for v in ("value4", "value1", "value3", "value2")], signed=WITH_MY_HEADER),
    suite("get-header-value-trim", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
          headers=[("My-Header1", " value1"), ("My-Header2", ' "a   b   c"')],
          signed=("host", "my-header1", "my-header2", "x-amz-date")),
    suite("get-vanilla-with-session-token", "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
          headers=[("X-Amz-Security-Token", "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267")],
          signed=("host", "x-amz-date", "x-amz-security-token")),
    suite("post-x-www-form-urlencoded", "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
          method="POST", body="Param1=value1",
          headers=[("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "13"),
                   ("x-amz-content-sha256", "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e")],
          signed=("content-length", "content-type", "host", "x-amz-content-sha256", "x-amz-date")),
    suite("get-vanilla-utf8-query, presigned", "0bdd809b1519ac4f0c1dc3540e2cc46bd0c7f778eda408b2ebf3b913d21ff600",
          query="\u1234=bar", signed=("host",), in_query=True),
]

GET_ITEM_BODY = '{"TableName":"Music","Key":{"Artist":{"S":"Acme Band"},"SongTitle":{"S":"Happy Day"}}}'
SDK_HEADERS = [
    ("content-type", "application/x-amz-json-1.0"),
    ("x-amz-target", "DynamoDB_20120810.GetItem"),
    ("x-amz-user-agent", "aws-sdk-js/3.900.0"),
    ("user-agent", "aws-sdk-js/3.900.0 ua/2.1 os/linux#6.1 lang/js md/nodejs#22.11.0 api/dynamodb#3.900.0 m/E,n"),
    ("host", "localhost:8000"),
    ("amz-sdk-invocation-id", "9f2f1c1e-6a40-4f5c-9a51-0d3f6a3f7f10"),
    ("amz-sdk-request", "attempt=1; max=3"),
    ("x-amz-date", DATE),
    ("content-length", str(len(GET_ITEM_BODY))),
    ("connection", "keep-alive"),
]
SDK_SIGNED = ["amz-sdk-invocation-id", "amz-sdk-request", "content-length", "content-type", "host", "x-amz-date",
              "x-amz-target", "x-amz-user-agent"]

DERIVED = [
    complete(dict(name="GetItem as an SDK sends it", headers=list(SDK_HEADERS), signed=SDK_SIGNED,
                  body=GET_ITEM_BODY)),
    complete(dict(name="another region", headers=list(SDK_HEADERS), signed=SDK_SIGNED, body=GET_ITEM_BODY,
                  region="ap-southeast-2")),
    complete(dict(name="only the host is signed", headers=[("Host", "localhost:8000")], signed=["host"],
                  body="{}")),
    complete(dict(name="a Date header in HTTP's form",
                  headers=[("Host", "localhost"), ("Date", "Sun, 30 Aug 2015 12:36:00 GMT")],
                  signed=["date", "host"], body="{}")),
    complete(dict(name="a Date header in ISO form", headers=[("Host", "localhost"), ("Date", DATE)],
                  signed=["date", "host"], body="{}")),
    complete(dict(name="names not sorted and not in lower case", headers=[("Host", "localhost")],
                  signed=["x-amz-date", "host"], body="{}")),
    complete(dict(name="a header that is not there", headers=[("Host", "localhost")],
                  signed=["host", "x-absent", "x-amz-date"], body="{}")),
    complete(dict(name="a path, encoded on the wire", path="/a%20b//c/./d/../e/", headers=[("Host", "h")],
                  signed=["host"])),
    complete(dict(name="a query with everything", query="b=2&a=%7e&a=1&=empty&none&plus=+&lower=%c3%a9&bad=%zz&&x=a=b",
                  headers=[("Host", "h")], signed=["host"])),
    complete(dict(name="presigned", headers=[("Host", "localhost:8000")], signed=["host"], in_query=True,
                  body="{}")),
    complete(dict(name="presigned with a query of its own", headers=[("Host", "h"), ("X-Amz-Target", "T.Op")],
                  signed=["host", "x-amz-target"], query="z=1&Action=x%2Fy", in_query=True)),
]


def c_string(text):
    out = []
    for byte in text.encode():
        char = chr(byte)
        out.append(f'\\{byte:03o}' if byte < 32 or byte > 126 or char in '"\\?' else char)
    return '"' + "".join(out) + '"'


def emit(name, cases):
    print(f"static const struct vector {name}[] = {{")
    for case in cases:
        print("    {")
        print(f"        .name = {c_string(case['name'])},")
        for field in ("method", "path", "query", "body", "region", "canonical", "to_sign", "signature"):
            print(f"        .{field} = {c_string(case[field])},")
        print("        .headers = {")
        for header, value in case["headers"]:
            print(f"            {{{c_string(header)}, {c_string(value)}}},")
        print("        },")
        print("    },")
    print("};")


print("/* Written by sigv4_reference.py. */")
print("/* clang-format off */")
print(f"#define VECTOR_KEY_ID {json.dumps(KEY_ID)}")
print(f"#define VECTOR_SECRET {json.dumps(SECRET)}")
print("#define VECTOR_TIME_MS INT64_C(1440938160000)")
print("struct vector {")
print("    const char *name, *method, *path, *query, *body, *region, *canonical, *to_sign, *signature;")
print("    struct { const char *name, *value; } headers[16];")
print("};")
emit("published_vectors", PUBLISHED)
emit("derived_vectors", DERIVED)
print("/* clang-format on */")
