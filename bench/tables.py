"""The tables that bench/run prints: medians of the rounds, and shares of the constant server's work with their quartiles."""

import statistics

from turns import COMPANY_MAX, share_of_others

YARDSTICK = "constant"
WORK = "requests_per_server_cpu_s"
HEAD = ["workload", "server", "requests/s", "items/s", "per CPU-s", "of constant (quartiles)", "p50 ms", "p99 ms", "p99.9 ms",
        "without pauses: p99", "p99.9", "flushes/1000", "generator us", "errors"]


def median(runs, field):
    values = [r[field] for r in runs if r.get(field) is not None]
    return statistics.median(values) if values else None


def number(value, digits=0):
    return "" if value is None else f"{value:,.{digits}f}".replace(",", " ")


def milliseconds(value_us):
    return "" if value_us is None else f"{value_us / 1000:.2f}"


def ratios(runs, yardsticks):
    """One for each round in which both did measurable work."""
    return [r[WORK] / y[WORK] for r, y in zip(runs, yardsticks) if r[WORK] and y[WORK]]


def share(values):
    """The median of ratios and, of two or more, the quartiles: "61 % (59-63)". Below ten per cent with a decimal."""
    if not values:
        return ""
    percents = [100 * v for v in values]
    middle = statistics.median(percents)
    digits = 0 if middle >= 10 else 1
    if len(percents) == 1 or min(percents) == max(percents):
        return f"{middle:.{digits}f} %"
    low, _, high = statistics.quantiles(percents, n=4, method="inclusive")
    return f"{middle:.{digits}f} % ({low:.{digits}f}-{high:.{digits}f})"


def row(w, server, runs, yardsticks):
    requests = median(runs, "requests")
    flushes = median(runs, "disk_flushes")
    return [w.name, server.name, number(median(runs, "requests_per_s")), number(median(runs, "items_per_s")),
            number(median(runs, WORK)), share(ratios(runs, yardsticks)), milliseconds(median(runs, "p50_us")),
            milliseconds(median(runs, "p99_us")), milliseconds(median(runs, "p99_9_us")),
            milliseconds(median(runs, "undisturbed_p99_us")), milliseconds(median(runs, "undisturbed_p99_9_us")),
            number(1000 * flushes / requests) if requests and flushes is not None else "",
            number(median(runs, "loadgen_us_per_request"), 1), number(sum(r["errors"] for r in runs))]


def print_rates(workloads, servers, reports):
    rows = [row(w, server, reports[server.name][w.name], reports.get(YARDSTICK, {}).get(w.name, []))
            for w in workloads for server in servers if w.name in reports[server.name]]
    widths = [max(len(cells[i]) for cells in [HEAD] + rows) for i in range(len(HEAD))]
    for cells in [HEAD, ["-" * n for n in widths]] + rows:
        aligned = [c.ljust(n) if i < 2 else c.rjust(n) for i, (c, n) in enumerate(zip(cells, widths))]
        print("| " + " | ".join(aligned) + " |")


def print_facts(facts):
    """What each server needs, beside the figures of its work."""
    print("\n| server | start, empty, ms | memory idle, MB | memory with the data, MB | disk bytes an item | signatures |")
    print("| --- | --: | --: | --: | --: | --- |")
    for name, f in facts.items():
        disk = number(f["data_bytes"] / f["items"]) if f["data_bytes"] > f["items"] else ""
        print(f"| {name} | {number(f['start_empty_s'] * 1000)} | {number(f['rss_idle_bytes'] / 1e6)} | "
              f"{number(f['rss_loaded_bytes'] / 1e6)} | {disk} | "
              f"{'verified' if f['verifies_signatures'] else 'not looked at'} |")


def warn_of_company(reports):
    """Other programs on the machine take time, caches and turns on a processor, and the figures show it."""
    shares = [share_of_others(r) for by_name in reports.values() for runs in by_name.values() for r in runs]
    crowded = sum(s > COMPANY_MAX for s in shares)
    if crowded:
        print(f"Not all to be quoted: during {crowded} of {len(shares)} measurements other programs used more than "
              f"{100 * COMPANY_MAX:.0f} % of the machine, at most {100 * max(shares):.0f} %.")
