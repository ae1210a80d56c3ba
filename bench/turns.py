"""How servers are measured beside each other: they take turns.

The pace of a machine changes from minute to minute, by more than what is to be told apart. So only what was measured
within seconds is compared: in a round each server is measured once and shortly, there are several rounds of each workload,
and a ratio is one of two measurements of the same round. Used by bench/run."""

import os
import statistics
import sys


class Workload:
    """What the load generator is asked to do. `table` decides the data; `half_of` names the workload whose rate is
    halved for a fixed-rate run."""

    def __init__(self, name, verb, table, connections, constant, half_of=None):
        self.name = name
        self.verb = verb
        self.table = table
        self.connections = connections
        self.constant = constant  # whether the constant answer is a fair yardstick for it
        self.half_of = half_of


WORKLOADS = [
    Workload("get", "get", "items", 32, True),
    Workload("get-half", "get", "items", 32, True, half_of="get"),
    Workload("put", "put", "items", 64, True),
    Workload("update", "update", "items", 64, True),
    Workload("mixed", "mixed", "items", 64, True),
    Workload("query-10", "query", "parts10", 32, True),
    Workload("query-100", "query", "parts100", 16, False),
    Workload("batch-write", "batch-write", "items", 16, True),
    Workload("transact-write", "transact-write", "items", 64, False),
    Workload("scan", "scan", "items", 4, False),
]
VERBS_THAT_READ = ("get", "query", "scan")
ROUNDS_TO_WARM = 2  # which do not count, before the first of a workload that reads: caches are to have seen its data
PARTITIONS = {"items": 0, "parts10": 10, "parts100": 100}
COMPANY_MAX = 0.05  # of the machine, used by other programs
SETTLE_S_MAX = 10
LOAD_SEED = 1


def data_of(o, table):
    items = o.items if table == "items" else max(o.items // 5, 200)
    return {"table": "bench-" + table, "items": items, "partition": PARTITIONS[table]}


def share_of_others(report):
    """How much of the machine other programs used, idle servers among them."""
    return (report["other_cpu_s"] or 0) / report["seconds"] / os.cpu_count()


def order(servers, number):
    """Who comes after whom in a round. Every second one goes backwards, and every two begin with the next server, so that
    none always has the same one before it."""
    first = number // 2 % len(servers)
    turned = servers[first:] + servers[:first]
    return turned[::-1] if number % 2 else turned


def first_seed(o, w, number):
    """Of the measurements of one round, no two of which bring the same items: a put should not find what it brings."""
    return LOAD_SEED + 1 + (o.chosen.index(w) * (o.rounds + ROUNDS_TO_WARM) + ROUNDS_TO_WARM + number) * o.tries


def measure(o, server, w, seed, rate):
    """Measures again if the machine was not ours, and keeps the measurement with the least company. None if the server does
    not know the operation."""
    options = {"connections": w.connections, "duration": o.duration, "warmup": o.warmup, "rate": rate, **data_of(o, w.table)}
    if o.pauses and rate:
        options["pauses"] = True
    best = None
    for attempt in range(o.tries):
        report = server.loadgen(w.verb, seed=seed + attempt, **options)
        if report is None:
            return None
        if best is None or share_of_others(report) < share_of_others(best):
            best = report
        if share_of_others(best) <= COMPANY_MAX:
            break
    return best


def settle(server, w):
    """What a writer has left to do, such as compaction, must not run into the next server's turn."""
    if server.stores and w.verb not in VERBS_THAT_READ and not server.settle(SETTLE_S_MAX):
        print(f"  {server.name} is still busy {SETTLE_S_MAX} s after {w.name}", file=sys.stderr)


def rounds_to_warm(w):
    return ROUNDS_TO_WARM if w.verb in VERBS_THAT_READ and not w.half_of else 0


def half_of(runs):
    return max(int(statistics.median(r["requests_per_s"] for r in runs) / 2), 1)


def run_workload(o, servers, w, before):
    """All rounds of one workload. Returns a list of reports, one a round, for each server that knows the operation. `before`: the
    same of the workloads before it."""
    reports = {s.name: [] for s in servers if s.stores or w.constant}
    rates = {name: half_of(before[w.half_of][name]) if w.half_of else 0 for name in reports}
    for number in range(-rounds_to_warm(w), o.rounds):
        for server in order([s for s in servers if s.name in reports], number) if reports else []:
            report = measure(o, server, w, first_seed(o, w, number), rates[server.name])
            if report is None:
                print(f"  {w.name} is not known to {server.name}", file=sys.stderr)
                del reports[server.name]
                continue
            if number >= 0:
                reports[server.name].append(report)
            settle(server, w)
        if number < 0:
            continue
        rounded = ", ".join(f"{name} {runs[-1]['requests_per_s']:.0f}/s" for name, runs in reports.items())
        print(f"{w.name}, round {number + 1} of {o.rounds}: {rounded}", file=sys.stderr)
    return reports


def run_workloads(o, servers):
    """The reports of each server, by workload, in the order of rounds."""
    done = {}
    for w in o.chosen:
        done[w.name] = run_workload(o, servers, w, done)
    return {s.name: {name: reports[s.name] for name, reports in done.items() if s.name in reports} for s in servers}
