#!/usr/bin/python3
"""Compares number.h with an implementation of its own, made of Python's decimal and docs/format.md#number.

Usage: number_oracle.py PATH_OF_NUMBER_TOOL
"""
import decimal
import random
import re
import subprocess
import sys

decimal.setcontext(decimal.Context(prec=4000, Emin=-10**17, Emax=10**17))
GRAMMAR = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
NOT_A_NUMBER = "The parameter cannot be converted to a numeric value"


def read(text):
    """The value of a text, or the message it is refused with."""
    if text == b"":
        return None, NOT_A_NUMBER
    if not GRAMMAR.fullmatch(text):
        return None, NOT_A_NUMBER + ": " + text.decode()
    mantissa, _, exponent = text.lower().partition(b"e")
    value = decimal.Decimal(mantissa.decode())
    if value == 0:
        return decimal.Decimal(0), None
    value = value.scaleb(max(-10**9, min(10**9, int(exponent or b"0"))))
    if value.adjusted() > 125:
        return None, "Number overflow. Attempting to store a number with magnitude larger than supported range"
    if value.adjusted() < -130:
        return None, "Number underflow. Attempting to store a number with magnitude smaller than supported range"
    if len(value.normalize().as_tuple().digits) > 38:
        return None, "Attempting to store more than 38 significant digits in a Number"
    return value.normalize(), None


def pairs_of(value):
    """Base-100 digits around the decimal point: (exponent of the first, the digits without outer zeros)."""
    sign, digits, exponent = value.as_tuple()
    number = int("".join(map(str, digits)))
    if exponent % 2:
        number, exponent = number * 10, exponent - 1
    pairs = []
    while number:
        number, pair = divmod(number, 100)
        pairs.insert(0, pair)
    first = exponent // 2 + len(pairs) - 1
    while pairs[-1] == 0:
        pairs.pop()
    return first, pairs


def encode(value):
    if value == 0:
        return b"\x80"
    exponent, pairs = pairs_of(value)
    first = bytes([0xFF, 0xC8]) if exponent == 62 else bytes([0x81 + exponent + 65])
    body = first + bytes(2 * pair + 1 for pair in pairs[:-1]) + bytes([2 * pairs[-1]])
    return bytes(255 - byte for byte in body) if value < 0 else body


def size(value):
    return 1 if value == 0 else 1 + len(pairs_of(value)[1]) + (value < 0)


def plain(value):
    return "0" if value == 0 else format(value, "f")


def candidates(rng):
    digits = lambda n: "".join(rng.choice("0012345678999") for _ in range(n))
    for _ in range(40000):
        text = rng.choice(["", "", "-", "+"])
        text += digits(rng.choice([0, 1, 2, 3, 5, 10, 19, 20, 36, 37, 38, 39, 60]))
        text += rng.choice(["", "", ".", "." + digits(rng.choice([1, 2, 3, 18, 37, 38, 39, 130]))])
        text += rng.choice(["", "", "e", "E"]) and "e" + rng.choice(["", "-", "+"]) + rng.choice(
            [str(rng.randrange(0, 5)), str(rng.randrange(0, 140)), str(rng.randrange(120, 135)), "", "00012",
             "99999999999999999999", digits(4)])
        if rng.random() < 0.03 and text:
            at = rng.randrange(len(text))
            text = text[:at] + rng.choice(" .eE-+x,_\u0661") + text[at + rng.randrange(2):]
        yield text.encode()
    for exponent in range(-135, 130):
        for mantissa in ("1", "-1", "9.9", "10.01", "99999999999999999999999999999999999999", "5.0e", "0"):
            yield f"{mantissa}e{exponent}".encode()


def main():
    texts = list(candidates(random.Random(38)))
    run = subprocess.run([sys.argv[1]], input="".join(t.hex() + "\n" for t in texts), text=True,
                         stdout=subprocess.PIPE, check=True)
    answers = run.stdout.splitlines()
    assert len(answers) == len(texts), (len(answers), len(texts))
    encodings = {}
    failures = 0
    for text, answer in zip(texts, answers):
        value, message = read(text)
        if message is None:
            expected = f"ok {encode(value).hex()} {plain(value)} {size(value)}"
            encodings[bytes.fromhex(answer.split()[1]) if answer.startswith("ok ") else b""] = value
        else:
            expected = "error " + message
        if answer != expected:
            failures += 1
            print(f"{text!r}\n  is       {answer}\n  expected {expected}")
    values = [value for _, value in sorted(encodings.items())]
    if any(a >= b for a, b in zip(values, values[1:])):
        failures += 1
        print("bytes do not sort as the numbers do")
    print(f"{len(texts)} texts, {len(encodings)} different numbers, {failures} failures")
    assert len(encodings) > 5000
    sys.exit(failures != 0)


main()
