"""The properties: each is a function of a case, which makes something up, asks the server and compares with the model."""

from . import arithmetic, conditions, items, legacy, limits, partiql_reads, partiql_writes, projections, queries, scans, updates

# name: (the property, how many of its cases are run in a round)
ALL = {
    "items": (items.run, 6),
    "conditions": (conditions.run, 10),
    "updates": (updates.run, 12),
    "projections": (projections.run, 6),
    "arithmetic": (arithmetic.run, 6),
    "limits": (limits.run, 2),
    "queries": (queries.run, 6),
    "scans": (scans.run, 2),
    "legacy": (legacy.run, 8),
    "partiql_reads": (partiql_reads.run, 6),
    "partiql_writes": (partiql_writes.run, 8),
}
