"""Document paths: tuples that begin with an attribute's name and go on with names and list indexes. And projections."""

from .values import Value


def text(path):
    """As error texts print it."""
    return "[" + ", ".join(f"[{step}]" if isinstance(step, int) else step for step in path) + "]"


def step_into(value, step):
    """The part of a document that one step leads to; None if there is none."""
    match value, step:
        case Value("M", entries), str():
            return entries.get(step)
        case Value("L", elements), int():
            return elements[step] if step < len(elements) else None
    return None


def resolve(item, path):
    """The value at the path, None if nothing is there."""
    value = item.get(path[0])
    for step in path[1:]:
        value = value and step_into(value, step)
    return value


def everything_in(item):
    """Every path that leads to something, with what is there."""
    found = []

    def visit(value, path):
        found.append((path, value))
        if value.type == "M":
            for name, entry in value.content.items():
                visit(entry, path + (name,))
        elif value.type == "L":
            for index, element in enumerate(value.content):
                visit(element, path + (index,))

    for name, value in item.items():
        visit(value, (name,))
    return found


def overlap(a, b):
    """Is one path the other or a part of it?"""
    shorter = min(len(a), len(b))
    return a[:shorter] == b[:shorter]


def conflict(a, b):
    """Do the paths take the same document for a map and for a list?"""
    for one, other in zip(a, b):
        if type(one) is not type(other):
            return True
        if one != other:
            return False
    return False


def _picked(value, rests):
    """What the rests of paths select of a value, None if that is nothing."""
    if () in rests:
        return value
    steps = {rest[0] for rest in rests}
    parts = {}
    for step in steps:
        inner = step_into(value, step)
        part = inner and _picked(inner, [rest[1:] for rest in rests if rest[0] == step])
        if part is not None:
            parts[step] = part
    if not parts:
        return None
    if value.type == "M":
        return Value("M", parts)
    return Value("L", tuple(parts[index] for index in sorted(parts)))


def project(item, paths):
    """The item with only what the paths lead to, each thing inside its parents; lists close up."""
    whole = _picked(Value("M", item), list(paths))
    return whole.content if whole else {}
