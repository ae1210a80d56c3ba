"""DynamoDB's numbers: decimals of at most 38 significant digits, of magnitude 1E-130 up to below 1E+126."""

from decimal import Context

DIGITS_MAX = 38
EXPONENT_MIN = -130  # of the first digit
EXPONENT_MAX = 125

OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
IMPRECISE = "Attempting to store more than 38 significant digits in a Number"

# Wide enough that nothing which two numbers in range can give is ever rounded.
EXACT = Context(prec=600, Emin=-9999, Emax=9999)


def trimmed(number):
    """The digits and the exponent of the last one, without zeros at either end."""
    _, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    exponent += len(text) - len(text.rstrip("0"))
    return text.rstrip("0"), exponent if text else 0


def plain(number):
    """The one way in which DynamoDB writes a number: no exponent, no zeros that say nothing, no minus before zero."""
    digits, exponent = trimmed(number)
    if not digits:
        return "0"
    sign = "-" if number.is_signed() else ""
    if exponent >= 0:
        return sign + digits + "0" * exponent
    if len(digits) > -exponent:
        return sign + digits[:exponent] + "." + digits[exponent:]
    return sign + "0." + "0" * (-exponent - len(digits)) + digits


def fault(number):
    """What is wrong with a number as a value: one of the texts above, or None."""
    digits, exponent = trimmed(number)
    if not digits:
        return None
    first = exponent + len(digits) - 1
    if first > EXPONENT_MAX:
        return OVERFLOW
    if first < EXPONENT_MIN:
        return UNDERFLOW
    return IMPRECISE if len(digits) > DIGITS_MAX else None


def size_bytes(number):
    """Zero is one byte; others are one byte, one for each pair of digits counted from the decimal point, one for a minus."""
    digits, exponent = trimmed(number)
    if not digits:
        return 1
    if exponent % 2:
        digits += "0"
    return 1 + (len(digits) + 1) // 2 + number.is_signed()
