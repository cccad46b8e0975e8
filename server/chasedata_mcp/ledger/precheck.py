"""The precheck: reads the facts that a call is decided by, in one statement."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import cast

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import dnc_loss, dnc_registry
from chasedata_mcp.ledger.closed_caps import build_closing_branch, find_closed_limits
from chasedata_mcp.ledger.dnc_counts import DncCounts
from chasedata_mcp.ledger.events import format_time, parse_time
from chasedata_mcp.ledger.fact_query import DuplicateQuery, FactQuery, LedgerFacts, Reading
from chasedata_mcp.ledger.freeze import parse_freeze
from chasedata_mcp.ledger.grants import parse_grant
from chasedata_mcp.ledger.models import FREE_TEXT, name_at_terminal, read_principal
from chasedata_mcp.ledger.packed_texts import unpack
from chasedata_mcp.ledger.reservations import LimitCounter
from chasedata_mcp.ledger.rows import decode, encode
from chasedata_mcp.ledger.spans import BEFORE_ALL_SINCE
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.ledger.union_query import AnswerRow, Branch, RowKind
from chasedata_mcp.ledger.usage import CALLED, TEXTS

_MOST_READINGS = 3
_STATE = (
    # The count is negative where the registry is counted to hold numbers and holds none.
    f"SELECT {RowKind.ACCOUNT}, CASE WHEN EXISTS "  # noqa: S608 - of the numbers above
    f"(SELECT 1 FROM ledger_memory WHERE account = ? AND way = '{dnc_registry.ON}') "
    "THEN remembered ELSE -remembered END, remembered + let_go, "
    "frozen_at, frozen_why, frozen_by, rearmed "
    "FROM ledger_accounts WHERE account = ?"
)
_OPEN = (
    f"SELECT {RowKind.GRANT}, used, 0, body, '', '', '' FROM ledger_grants "  # noqa: S608 - as above
    "WHERE account = ? AND until > ? AND store_until > ? AND caller = ? AND revoked IS NULL "
    "AND used < at_most"
)
_READ = (
    f"SELECT {RowKind.READ}, found.seq, event.seq, found.at, event.body, '', '' FROM ("  # noqa: S608 - as above
    "SELECT seq, entry, at FROM ledger_labels JOIN ledger_calls ON label = id "
    # By any client of the principal, whose name is its own. Who looks at a terminal is a person.
    "WHERE account = ? AND caller >= ? AND caller < ? AND caller <> ? AND free_text = 1 AND at > ? "
    f"AND seq > {BEFORE_ALL_SINCE} ORDER BY seq DESC LIMIT {_MOST_READINGS}) AS found "
    "JOIN ledger_events AS event ON event.entry = found.entry"
)
"""The events of the last entries whose answer showed free text: one of them says whose."""
# What was refused has given its reservations back.
_DUPLICATE = (
    f"SELECT {RowKind.DUPLICATE}, 0, 0, '', '', '', '' WHERE EXISTS (SELECT 1 "  # noqa: S608 - as above
    "FROM ledger_reservations WHERE account = ? AND cap = ? AND key = ? AND at >= ?) "
    "OR EXISTS (SELECT 1 FROM ledger_reservations AS used JOIN ledger_entries AS call "
    f"ON call.entry = used.entry AND call.outcome = '{Outcome.UNKNOWN.value}' "
    f"WHERE used.account = ? AND used.cap IN ('{TEXTS}', '{CALLED}') AND used.key = ?)"
)
_AFTER_ALL = "~"
"""Text that stands behind every time."""
_UNKNOWN: AnswerRow = (RowKind.ACCOUNT, 0, 0, "", "", "", "")
"""The row of an account that has none."""


def gather(store: Store, query: FactQuery) -> LedgerFacts:
    """Read the facts that a call is decided by, all of one moment; nothing is reserved.

    Raises:
        LedgerUnreadableError: It can't be read, so nobody can tell.
    """
    ahead = store.time.ahead
    timed = _shift(query, ahead) if ahead else query
    counter = LimitCounter(query.usage, query.limits, timed.now)
    # Before the store, which never falls behind this copy.
    counts = dnc_loss.read_counts_beside(store)
    rows = _by_kind(store.query(_branches(query, timed, counter)))
    # After a rearming some limits count from then on, which only the first answer shows.
    anew = counter.since(_account(rows)[-1])
    if anew is not counter:
        counter, rows = anew, _by_kind(store.query(_branches(query, timed, anew)))
    found = _facts(query, counter, counts, rows)
    restores = rows.get(RowKind.RESTORE, ())
    if restores:
        closed = find_closed_limits(restores, query.limits, timed.now, ahead)
        found = replace(found, closed=closed)
    if not ahead:
        return found
    readings = [replace(reading, at=reading.at - ahead) for reading in found.readings]
    return replace(found, readings=tuple(readings))


def _shift(query: FactQuery, ahead: timedelta) -> FactQuery:
    """Make a query by the store's own time, which is so far ahead of the clock."""
    like = query.duplicate
    if like is not None and like.since is not None:
        like = replace(like, since=like.since + ahead)
    read_since = None if query.read_since is None else query.read_since + ahead
    return replace(query, now=query.now + ahead, read_since=read_since, duplicate=like)


def _branches(given: FactQuery, query: FactQuery, counter: LimitCounter) -> list[Branch]:
    """List the branches that answer a query, which was `given` by the clock."""
    ours = encode(query.account)
    times = format_time(given.now), format_time(query.now)
    numbers = [encode(number) for number in query.numbers]
    return [
        (_STATE, (ours, ours)),
        (_OPEN, (ours, *times, encode(read_principal(query.caller)))),
        *([] if query.read_since is None else [_readings(query, ours, query.read_since)]),
        *([] if query.duplicate is None else _duplicates(query.duplicate, ours)),
        *counter.branches(query.account),
        *([build_closing_branch(query.account)] if query.limits else []),
        *(
            _suppressed_among(ours, numbers[start : start + dnc_registry.BATCH])
            for start in range(0, len(numbers), dnc_registry.BATCH)
        ),
    ]


Rows = Mapping[int, Sequence[AnswerRow]]
"""The rows of the answer, by their kind."""


def _by_kind(rows: Iterable[AnswerRow]) -> Rows:
    """Group the rows by their kind, as they come in any order."""
    grouped: dict[int, list[AnswerRow]] = {}
    for row in rows:
        grouped.setdefault(row[0], []).append(row)
    return grouped


def _facts(query: FactQuery, counter: LimitCounter, beside: DncCounts, rows: Rows) -> LedgerFacts:
    _, suppressed, ever, frozen_at, why, by, _ = _account(rows)
    grants = [parse_grant(row[3], row[1]) for row in rows.get(RowKind.GRANT, ())]
    return LedgerFacts(
        frozen=parse_freeze(frozen_at, why, by),
        suppressed=frozenset([decode(row[3]) for row in rows.get(RowKind.NUMBER, ())]),
        suppressed_count=max(0, suppressed),
        counts=counter.counts(rows.get(RowKind.COUNT, ())),
        grants=tuple(sorted(grants, key=lambda grant: (grant.given, grant.id))),
        # Negative (see `_STATE`) where it has none of the numbers that it should have.
        registry_lost=suppressed < 0 or beside.is_lost(query.account, ever),
        readings=_list_readings(rows.get(RowKind.READ, ())),
        # Without a search there may be one.
        may_have_duplicate=query.duplicate is None or RowKind.DUPLICATE in rows,
    )


def _account(rows: Rows) -> AnswerRow:
    return next(iter(rows.get(RowKind.ACCOUNT, ())), _UNKNOWN)


def _duplicates(query: DuplicateQuery, account: str) -> list[Branch]:
    """Make the branches with a row where a duplicate was or may have been done."""
    since = _AFTER_ALL if query.since is None else format_time(query.since)
    keyed = [(unit.cap, encode(unit.key)) for unit in query.contacts]
    return [(_DUPLICATE, (account, cap, key, since, account, key)) for cap, key in keyed]


def _readings(query: FactQuery, account: str, since: datetime) -> Branch:
    """Make the branch with the last times that a caller's principal was shown free text."""
    principal = read_principal(query.caller)
    begins = encode(f"{principal}/")
    # The first text after all that begin so; columns are compared as bytes (schema.py).
    ends = begins[:-1] + chr(ord("/") + 1)
    time = format_time(since)
    return _READ, (account, begins, ends, encode(name_at_terminal(principal)), time, time)


def _list_readings(rows: Iterable[AnswerRow]) -> tuple[Reading, ...]:
    """Make a reading of each entry, by the last of its events that says whose text was shown."""
    found: dict[int, tuple[int, Reading]] = {}
    for _, entry, event, at, body, *_ in rows:
        sources = tuple(_find_sources(json.loads(unpack(body))))
        if entry not in found or (sources and event > found[entry][0]):
            found[entry] = event if sources else 0, Reading(parse_time(at), sources)
    return tuple(sorted((reading for _, reading in found.values()), key=_at, reverse=True))


def _find_sources(body: object) -> Iterator[str]:
    """Find whose text the body of an event says was shown."""
    if not isinstance(body, dict):
        return
    known = cast("dict[str, object]", body)
    sources = known.get(FREE_TEXT)
    if isinstance(sources, list):
        yield from map(str, cast("list[object]", sources))
        return
    for inner in ("body", "ending", "answer"):
        yield from _find_sources(known.get(inner))


def _at(reading: Reading) -> datetime:
    return reading.at


def _suppressed_among(account: str, numbers: Sequence[str]) -> Branch:
    return _suppressed(len(numbers)), (account, *numbers)


@lru_cache(maxsize=dnc_registry.BATCH)
def _suppressed(numbers: int) -> str:
    return (
        f"SELECT {RowKind.NUMBER}, 0, 0, number, '', '', '' FROM ledger_memory "  # noqa: S608 - as above
        f"WHERE account = ? AND way = '{dnc_registry.ON}' "
        f"AND number IN ({', '.join('?' * numbers)})"
    )
