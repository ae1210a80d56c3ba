"""Can the tests fail? Each fault of faults.py is built into a copy of the sources, and one of the tests has to notice it."""

import os
import random
import subprocess
import sys
import time

from faults import FAULTS
from server import Failure

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "mutation"))

import tree

# The quick ones first.
TESTS = {
    "bank": ["bank"],
    "groups": ["run", "--only", "groups"],
    "items": ["run", "--only", "items"],
    "scripts": ["run", "--only", "scripts", "--times", "1", "--made-up", "10"],
}
SECONDS_MAX = 120


def _chosen(o):
    faults = [fault for fault in FAULTS if not o.fault or o.fault in fault.name]
    if not faults:
        raise Failure(f"no fault's name holds {o.fault!r}")
    if o.sample is not None:
        faults = random.Random(o.choice).sample(faults, min(o.sample, len(faults)))
    return faults


def _notices(test, seed, binary, directory):
    """What the test finds wrong, in a line; None if nothing."""
    program, *options = TESTS[test]
    command = [os.path.join(HERE, program), *options, "--seed", str(seed), "--stator", binary, "--data", directory]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return "it does not end"
    if done.returncode == 0:
        return None
    return done.stderr.strip().split("\n")[0].partition(": ")[2] or "it cannot be run: " + done.stderr


def _try(o, binary, seed, directory):
    """The names of the tests that notice. With --sample the first will do."""
    noticed = []
    for test in TESTS:
        place = os.path.join(directory, test)
        what = _notices(test, seed, binary, place)
        if what is not None:
            noticed.append(test)
            print(f"  {test}: {what[:230]}", flush=True)
            if o.sample is not None:
                break
    return noticed


def run(o, seed, directory):
    try:
        for fault in FAULTS:
            tree.check(fault.name, fault.changes)
        if o.check:
            print(f"{len(FAULTS)} faults fit the sources")
            return
        tree.copy_tree()
        missed = []
        for number, fault in enumerate(_chosen(o)):
            began = time.monotonic()
            print(f"{fault.name}:", flush=True)
            with tree.broken(fault.name, fault.changes) as binary:
                noticed = _try(o, binary, seed, os.path.join(directory, str(number)))
            verdict = "noticed by " + ", ".join(noticed) if noticed else "NOT NOTICED"
            print(f"  {verdict}, {time.monotonic() - began:.0f} s", flush=True)
            missed += [] if noticed else [fault.name]
    except tree.Failure as e:
        raise Failure(str(e)) from e
    if missed:
        raise Failure(f"{len(missed)} faults are not noticed: " + "; ".join(missed))
