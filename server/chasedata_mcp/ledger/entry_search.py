"""The search for the entries of a filter, the newest first, each page in a few milliseconds.

There are many entries and few labels, so that a filter's part on tool, caller and so on is decided
by the labels first: those that it takes are each walked along an index, and of their entries the
newest taken. So are those of a number or a resource, by their keys. Its part on time is decided by
the spans.
"""

from collections.abc import Sequence
from functools import lru_cache

from chasedata_mcp.ledger.connection import Connection, Value, marks
from chasedata_mcp.ledger.events import format_time
from chasedata_mcp.ledger.models import Filter
from chasedata_mcp.ledger.rows import encode, number_key, subject_key
from chasedata_mcp.ledger.spans import EVERYWHERE, list_ranges

_OF_ALL = """
    SELECT call.seq, call.entry FROM ledger_calls AS call WHERE call.seq BETWEEN ? AND ? AND {where}
    ORDER BY call.seq DESC LIMIT ?
"""
_OF_LABEL = """
    SELECT call.seq, call.entry FROM ledger_calls AS call
    WHERE call.label = ? AND call.seq BETWEEN ? AND ? AND {where} ORDER BY call.seq DESC LIMIT ?
"""
_OF_KEY = """
    SELECT call.seq, call.entry FROM ledger_keys AS found
    JOIN ledger_calls AS call ON call.seq = found.seq
    WHERE found.key = ? AND found.seq BETWEEN ? AND ? AND {where} ORDER BY found.seq DESC LIMIT ?
"""
_NEWEST_OF_LABELS = """
    SELECT id, coalesce((
        SELECT call.seq FROM ledger_calls AS call
        WHERE call.label = id AND call.seq BETWEEN ? AND ? AND {where}
        ORDER BY call.seq DESC LIMIT 1
    ), 0) AS newest FROM ledger_labels WHERE {labels} ORDER BY newest DESC LIMIT ?
"""
_COUNT = """
    SELECT coalesce(sum((
        SELECT count(*) FROM ledger_calls AS call
        WHERE call.label = id AND call.seq BETWEEN ? AND ? AND {where}
    )), 0) FROM ledger_labels WHERE {labels}
"""
# The sign keeps both databases from walking all entries of a label, where few have the key.
_IS_LABELLED = "+call.label IN (SELECT id FROM ledger_labels WHERE {labels})"
_HAS_KEY = "EXISTS (SELECT 1 FROM ledger_keys AS one WHERE one.key = ? AND one.seq = call.seq)"
_HAS_A_KEY = "call.seq IN (SELECT seq FROM ledger_keys WHERE key IN ({marks}))"
_ALL = "1 = 1"
_AT_ONCE = 50
"""The labels or keys that one statement walks, so that it binds less than 999 values."""


class EntrySearch:
    """The search for the entries of a filter.

    Args:
        which: The filter.
        labels: A condition on labels besides.
    """

    def __init__(self, which: Filter, labels: str = "") -> None:
        self._since = None if which.since is None else format_time(which.since)
        self._until = None if which.until is None else format_time(which.until)
        self._labels, self._label_values = _match_labels(which, labels)
        self._where, self._values = self._match_times()
        self._keys = _list_number_keys(which)
        if which.subject is not None:
            if self._keys:
                self._where = f"{self._where} AND {_HAS_KEY}"
                self._values = [*self._values, subject_key(which.subject)]
            else:
                self._keys = [subject_key(which.subject)]

    def find(self, connection: Connection, limit: int, before: int | None) -> list[str]:
        """Find the ids of the newest entries, from before a place in the chain."""
        found: list[str] = []
        for first, last in list_ranges(connection, self._since, self._until):
            upto = last if before is None else min(last, before - 1)
            if len(found) < limit and first <= upto:
                found += self._find_between(connection, (first, upto), limit - len(found))
        return found

    def count(self, connection: Connection) -> int:
        """Count all entries."""
        where, values = self._where, self._values
        if self._keys:
            keyed = _HAS_A_KEY.format(marks=marks(len(self._keys)))
            where, values = f"{where} AND {keyed}", [*values, *self._keys]
        statement = _COUNT.format(where=where, labels=self._labels)
        values = [*EVERYWHERE, *values, *self._label_values]
        return int(connection.fetch_value(statement, values))

    def _find_between(
        self, connection: Connection, between: tuple[int, int], limit: int
    ) -> Sequence[str]:
        if self._keys:
            return self._walk_keys(connection, between, limit)
        if self._labels != _ALL:
            return self._walk_labels(connection, between, limit)
        rows = connection.fetch_all(
            _OF_ALL.format(where=self._where), [*between, *self._values, limit]
        )
        return [entry for _, entry in rows]

    def _walk_keys(
        self, connection: Connection, between: tuple[int, int], limit: int
    ) -> Sequence[str]:
        where = self._where
        if self._labels != _ALL:
            where = f"{where} AND {_IS_LABELLED.format(labels=self._labels)}"
        values = [*between, *self._values, *self._label_values]
        return _walk(connection, _OF_KEY.format(where=where), self._keys, values, limit)

    def _walk_labels(
        self, connection: Connection, between: tuple[int, int], limit: int
    ) -> Sequence[str]:
        """Walk the labels that have the newest entries, as many as there may be entries."""
        values = [*between, *self._values]
        newest = _NEWEST_OF_LABELS.format(where=self._where, labels=self._labels)
        rows = connection.fetch_all(newest, [*values, *self._label_values, limit])
        labels = [label for label, place in rows if place]
        return _walk(connection, _OF_LABEL.format(where=self._where), labels, values, limit)

    def _match_times(self) -> tuple[str, Sequence[Value]]:
        """Make the condition on an entry's time, and its values."""
        bounds = {"call.at >= ?": self._since, "call.at < ?": self._until}
        needed = {where: bound for where, bound in bounds.items() if bound is not None}
        return " AND ".join(needed) or _ALL, list(needed.values())


def _walk(
    connection: Connection,
    statement: str,
    sources: Sequence[str | int],
    values: Sequence[Value],
    limit: int,
) -> Sequence[str]:
    """Walk along several labels or keys, and take the newest entries of all."""
    found: dict[int, str] = {}
    for start in range(0, len(sources), _AT_ONCE):
        part = sources[start : start + _AT_ONCE]
        of_all = [value for source in part for value in (source, *values, limit)]
        found.update(connection.fetch_all(_unite(statement, len(part)), of_all))
    return [entry for _, entry in sorted(found.items(), reverse=True)[:limit]]


@lru_cache(maxsize=256)
def _unite(statement: str, times: int) -> str:
    # SQLite has no parentheses around the parts of a union.
    return " UNION ALL ".join([f"SELECT * FROM ({statement}) AS found"] * times)  # noqa: S608 - of the above


def _match_labels(which: Filter, besides: str) -> tuple[str, Sequence[Value]]:
    """Make a filter's condition on labels, and its values."""
    where = [besides] if besides else []
    values: list[Value] = []
    for column in ("tool", "outcome", "caller", "account", "kind"):
        value: str | None = getattr(which, column)
        if value is not None:
            where.append(f"{column} = ?")
            values.append(encode(value))
    if which.principal is not None:
        begins = encode(f"{which.principal}/")
        where.append(f"substr(caller, 1, {len(begins)}) = ?")
        values.append(begins)
    if not which.reads:
        where.append("kind <> 'read'")
    return " AND ".join(where) or _ALL, values


def _list_number_keys(which: Filter) -> list[str]:
    if which.number is None:
        return []
    return [number_key(which.number), *sorted(map(subject_key, which.leads))]
