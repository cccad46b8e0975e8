"""Spans: the times of the entries among so many events each, by which a page finds a day long ago.

Entries are in the order in which they were written, and their times nearly so: each machine has a
clock of its own, and a read is written a moment later. A span's times are exact, however they lie.
It is written once, with its last event; an index on time would take 44 bytes an entry and a part of
every write.
"""

from chasedata_mcp.ledger.connection import Connection

LENGTH = 1000
"""The events of a span."""
EVERYWHERE = (0, 2**63 - 1)
_CLOSE = """
    INSERT INTO ledger_spans (first, last, earliest, latest)
    SELECT ?, ?, earliest, latest FROM (
        SELECT min(at) AS earliest, max(at) AS latest FROM ledger_calls WHERE seq BETWEEN ? AND ?
    ) AS times WHERE earliest IS NOT NULL
"""
_OVERLAPPING = """
    SELECT first, last FROM ledger_spans WHERE latest >= ? AND earliest < ? ORDER BY first DESC
"""
_CLOSED = "SELECT coalesce(max(last), 0) FROM ledger_spans"
BEFORE_ALL_SINCE = (
    "coalesce((SELECT min(first) - 1 FROM ledger_spans WHERE latest >= ?), "
    "(SELECT max(last) FROM ledger_spans), 0)"
)
"""A place in the chain before every entry that is not older than a time."""
_BEFORE_ALL, _AFTER_ALL = "", "~"
"""Texts that stand before and behind every time."""


def close_spans(connection: Connection, before: int, after: int) -> None:
    """Write the spans that the events between two places complete."""
    for number in range(before // LENGTH, after // LENGTH):
        span = number * LENGTH + 1, (number + 1) * LENGTH
        connection.run(_CLOSE, (*span, *span))


def list_ranges(
    connection: Connection, since: str | None, until: str | None
) -> list[tuple[int, int]]:
    """List from where to where in the chain entries of a time may be, the newest first."""
    if since is None and until is None:
        return [EVERYWHERE]
    ranges: list[tuple[int, int]] = [(connection.fetch_value(_CLOSED) + 1, EVERYWHERE[1])]
    times = since or _BEFORE_ALL, until or _AFTER_ALL
    for first, last in connection.fetch_all(_OVERLAPPING, times):
        if last + 1 == ranges[-1][0]:
            ranges[-1] = first, ranges[-1][1]
        else:
            ranges.append((first, last))
    return ranges
