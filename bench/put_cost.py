"""What one put costs: the CPU time of the thread that writes, and of all threads of the server.

Used by bench/index-cost and bench/stream-cost."""

import os

from servers import Failure, Stator

CONNECTIONS = 64


def thread_times(pid):
    """Name and nanoseconds of CPU time of each thread, by its number."""
    times = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/comm", encoding="ascii", errors="replace") as f:
                name = f.read().strip()
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as f:
                times[thread] = (name, int(f.read().split()[0]))
        except FileNotFoundError:
            pass  # it ended meanwhile
    return times


def measure(name, o, workload, table):
    """Microseconds of the writer and of the whole server for each put. `table`: options of the load generator's create."""
    server = Stator(name, o)
    options = {"connections": CONNECTIONS, "items": o.items}
    server.drop_data()
    try:
        server.start()
        server.loadgen("create", **table)
        if workload == "insert":
            options["items"] *= 4
        else:
            server.loadgen("load", **options)
            server.settle()
            options["warmup"] = 0
            # After this the former items are found in memory. Another seed: else puts would find what they bring.
            server.loadgen(workload, duration=2, seed=2, **options)
            options["duration"] = o.duration
        before = thread_times(server.pid)
        report = server.loadgen(workload, **options)
        after = thread_times(server.pid)
    finally:
        server.stop()
        server.drop_data()
    if report["errors"] > 0:
        raise Failure(f"{report['errors']} requests failed")
    spent = {t: (name, ns - before.get(t, (name, 0))[1]) for t, (name, ns) in after.items()}
    writer = sum(ns for name, ns in spent.values() if name == "store-writer")
    if writer == 0:
        raise Failure("the server has no thread called store-writer")
    return writer / report["requests"] / 1000, sum(ns for _, ns in spent.values()) / report["requests"] / 1000
