#!/usr/bin/python3
"""Compares number.h, sums and differences too, with an implementation of its own, made of Python's decimal and
docs/format.md#number.

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
OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"


def read(text):
    """The value of a text, or the message it is refused with."""
    mantissa, _, exponent = text.lower().partition(b"e")
    if not GRAMMAR.fullmatch(text) or not -2**63 <= int(exponent or b"0") < 2**63:
        return None, NOT_A_NUMBER + ": " + text.decode()
    exponent = int(exponent or b"0")
    value = decimal.Decimal(mantissa.decode())
    if value == 0:
        return (None, OVERFLOW) if exponent > 125 else (None, UNDERFLOW) if exponent < -130 else (value * 0, None)
    return judge(value, exponent)


def read_older(text):
    """The same for number_parse_older(): as java.math.BigDecimal reads it."""
    if text == b"":
        return None, NOT_A_NUMBER
    mantissa, _, exponent = text.lower().partition(b"e")
    scale = len(mantissa.partition(b".")[2]) - int(exponent or b"0") if GRAMMAR.fullmatch(text) else None
    if scale is None or scale >= 2**31 or int(exponent or b"0") >= 2**31:
        return None, NOT_A_NUMBER + ": " + text.decode()
    value = decimal.Decimal(mantissa.decode())
    if value == 0:
        return decimal.Decimal(0), None
    if value.adjusted() + int(exponent or b"0") + 1 >= 2**31:
        return None, UNDERFLOW
    return judge(value, int(exponent or b"0"))


def judge(value, exponent):
    value = value.scaleb(max(-10**9, min(10**9, exponent)))
    if value.adjusted() > 125:
        return None, OVERFLOW
    if value.adjusted() < -130:
        return None, UNDERFLOW
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
             "99999999999999999999", "9223372036854775807", "9223372036854775808", "2147483646", "2147483647",
             "2147483648", "2147483649", digits(4)])
        if rng.random() < 0.03 and text:
            at = rng.randrange(len(text))
            text = text[:at] + rng.choice(" .eE-+x,_\u0661") + text[at + rng.randrange(2):]
        yield text.encode()
    for exponent in range(-135, 130):
        for mantissa in ("1", "-1", "9.9", "10.01", "99999999999999999999999999999999999999", "5.0e", "0"):
            yield f"{mantissa}e{exponent}".encode()


def combine(first, operator, second):
    """A sum or difference, or the message it is refused with: too many digits are told as an overflow."""
    value = first + second if operator == "+" else first - second
    if value == 0:
        return decimal.Decimal(0), None
    if value.adjusted() < -130:
        return None, UNDERFLOW
    if value.adjusted() > 125 or len(value.normalize().as_tuple().digits) > 38:
        return None, OVERFLOW
    return value.normalize(), None


def sums(rng):
    """Operands that reach into one another, that cancel each other out but for a little, and that are far apart."""
    digits = lambda n: rng.choice("123456789") + "".join(rng.choice("0000123456789999") for _ in range(n - 1))
    for _ in range(60000):
        count = rng.choice([1, 1, 2, 3, 5, 18, 19, 20, 30, 37, 38])
        exponent = rng.choice([0, 0, -2, rng.randrange(-40, 40), rng.randrange(-130, 126 - count)])
        first = decimal.Decimal(digits(count)).scaleb(exponent)
        kind = rng.randrange(4)
        if kind == 0:
            second = decimal.Decimal(digits(rng.choice([1, 2, 4, 19, 38]))).scaleb(exponent + rng.randrange(-40, 40))
        elif kind == 1:
            second = first + decimal.Decimal(digits(rng.choice([1, 3, 10]))).scaleb(exponent + rng.randrange(-3, 3))
        elif kind == 2:
            second = decimal.Decimal(10).scaleb(first.adjusted()) - first
        else:
            second = decimal.Decimal(digits(1)).scaleb(rng.randrange(-130, 126))
        first, second = first * rng.choice([1, -1]), second * rng.choice([1, 1, -1])
        texts = [format(n, "e").encode() for n in (first, second)]
        if all(read(text)[1] is None for text in texts):
            yield texts[0], rng.choice("+-"), texts[1]
    ends = [b"0", b"1e-130", b"1.1e-130", b"9.9999999999999999999999999999999999999e125", b"1e125", b"9e125", b"1",
            b"99999999999999999999999999999999999999", b"1e37", b"1e38", b"1e50", b"1e-38", b"1e-37", b"0.5"]
    for first in ends + [b"-" + end for end in ends]:
        for second in ends:
            for operator in "+-":
                yield first, operator, second


def answers_of(tool, lines):
    run = subprocess.run([tool], input="".join(line + "\n" for line in lines), text=True, stdout=subprocess.PIPE,
                         check=True)
    answers = run.stdout.splitlines()
    assert len(answers) == len(lines), (len(answers), len(lines))
    return answers


def told(value, message):
    return f"ok {encode(value).hex()} {plain(value)} {size(value)}" if message is None else "error " + message


def check_texts(tool, prefix, reader):
    texts = list(candidates(random.Random(38)))
    encodings = {}
    failures = 0
    for text, answer in zip(texts, answers_of(tool, [prefix + text.hex() for text in texts])):
        value, message = reader(text)
        if message is None:
            encodings[bytes.fromhex(answer.split()[1]) if answer.startswith("ok ") else b""] = value
        if answer != told(value, message):
            failures += 1
            print(f"{text!r}\n  is       {answer}\n  expected {told(value, message)}")
    values = [value for _, value in sorted(encodings.items())]
    if any(a >= b for a, b in zip(values, values[1:])):
        failures += 1
        print("bytes do not sort as the numbers do")
    print(f"{len(texts)} texts, {len(encodings)} different numbers, {failures} failures")
    assert len(encodings) > 5000
    return failures


def check_sums(tool):
    questions = list(sums(random.Random(39)))
    lines = [first.hex() + operator + second.hex() for first, operator, second in questions]
    failures = exact = 0
    for (first, operator, second), answer in zip(questions, answers_of(tool, lines)):
        value, message = combine(read(first)[0], operator, read(second)[0])
        exact += message is None
        if answer != told(value, message):
            failures += 1
            print(f"{first} {operator} {second}\n  is       {answer}\n  expected {told(value, message)}")
    print(f"{len(questions)} sums, {exact} of them numbers, {failures} failures")
    assert exact > 20000 and len(questions) - exact > 5000
    return failures


def main():
    tool = sys.argv[1]
    sys.exit(check_texts(tool, "", read) + check_texts(tool, "older", read_older) + check_sums(tool) != 0)


main()
