"""The precheck: reads the facts that a call is decided by, in one statement."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import dnc_loss, dnc_registry
from chasedata_mcp.ledger.dnc_counts import DncCounts
from chasedata_mcp.ledger.events import format_time, parse_time
from chasedata_mcp.ledger.fact_query import DuplicateQuery, FactQuery, LedgerFacts
from chasedata_mcp.ledger.freeze import parse_freeze
from chasedata_mcp.ledger.grants import parse_grant
from chasedata_mcp.ledger.models import FREE_TEXT, EntryKind, read_principal
from chasedata_mcp.ledger.reservations import LimitCounter
from chasedata_mcp.ledger.rows import decode, encode
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.ledger.union_query import AnswerRow, Branch, RowKind

_MAY_HAVE_TEXT = f"(outcome <> '{Outcome.DONE.value}' OR tool = 'available_inbound_agents')"
"""Entries whose answer may hold text of the dialer's: any failure, and the list of free agents."""
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
    "WHERE account = ? AND until > ? AND caller = ? AND revoked IS NULL AND used < at_most"
)
_READ = (
    f"SELECT {RowKind.READ}, 0, 0, at, '', '', '' FROM (SELECT at FROM ledger_entries "  # noqa: S608 - as above
    "WHERE caller = ? AND at > ? "
    # By the index on time, the row to begin at; a minute before, since notes are written late.
    "AND seq >= (SELECT seq FROM ledger_entries WHERE at > ? ORDER BY at LIMIT 1) "
    f"AND ({_MAY_HAVE_TEXT} OR tool IN ('search_lead', 'update_lead')) "
    "AND EXISTS (SELECT 1 FROM ledger_events WHERE ledger_events.entry = ledger_entries.entry "
    f"AND (({_MAY_HAVE_TEXT} AND body LIKE '%\"{FREE_TEXT}\":true%') OR "
    f"(outcome = '{Outcome.DONE.value}' AND ((tool = 'update_lead' AND what = 'found') OR "
    "(tool = 'search_lead' AND what = 'read' AND body LIKE '%\"detailed\":true%'))))) "
    "ORDER BY seq DESC LIMIT 1) AS found"
)
"""The search in a body can't match a value, whose quotes are escaped there."""
_DUPLICATE = (
    f"SELECT {RowKind.DUPLICATE}, 0, 0, '', '', '', '' WHERE EXISTS (SELECT 1 FROM ledger_entries "  # noqa: S608 - as above
    f"WHERE digest = ? AND account = ? AND kind = '{EntryKind.WRITE.value}' "
    f"AND outcome <> '{Outcome.REFUSED.value}' AND at >= ?)"
)
_NOTED_LATE = timedelta(minutes=1)
_UNKNOWN: AnswerRow = (RowKind.ACCOUNT, 0, 0, "", "", "", "")
"""The row of an account that has none."""


def gather(store: Store, query: FactQuery) -> LedgerFacts:
    """Read the facts that a call is decided by, all of one moment; nothing is reserved.

    Raises:
        LedgerUnreadableError: It can't be read, so nobody can tell.
    """
    counter = LimitCounter(query.usage, query.limits, query.now)
    # Before the store, which never falls behind this copy.
    counts = dnc_loss.read_counts_beside(store)
    rows = _by_kind(store.query(_branches(query, counter)))
    # After a rearming some limits count from then on, which only the first answer shows.
    anew = counter.since(_account(rows)[-1])
    if anew is not counter:
        counter, rows = anew, _by_kind(store.query(_branches(query, anew)))
    return _facts(query, counter, counts, rows)


def _branches(query: FactQuery, counter: LimitCounter) -> list[Branch]:
    """List the branches that answer a query."""
    ours = encode(query.account)
    numbers = [encode(number) for number in query.numbers]
    return [
        (_STATE, (ours, ours)),
        (_OPEN, (ours, format_time(query.now), encode(read_principal(query.caller)))),
        *([] if query.read_since is None else [_last_read(query.caller, query.read_since)]),
        *([] if query.duplicate is None else [_duplicate(query.duplicate, ours)]),
        *counter.branches(query.account),
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
        counts=counter.counts({row[2]: row[1] for row in rows.get(RowKind.COUNT, ())}),
        grants=tuple(sorted(grants, key=lambda grant: (grant.given, grant.id))),
        # Negative (see `_STATE`) where it has none of the numbers that it should have.
        registry_lost=suppressed < 0 or beside.is_lost(query.account, ever),
        last_read=max([parse_time(row[3]) for row in rows.get(RowKind.READ, ())], default=None),
        # Without a search there may be one.
        may_have_duplicate=query.duplicate is None or RowKind.DUPLICATE in rows,
    )


def _account(rows: Rows) -> AnswerRow:
    return next(iter(rows.get(RowKind.ACCOUNT, ())), _UNKNOWN)


def _duplicate(query: DuplicateQuery, account: str) -> Branch:
    """Make the branch with a row where a duplicate was or may have been done."""
    return _DUPLICATE, (encode(query.digest), account, format_time(query.since))


def _last_read(caller: str, since: datetime) -> Branch:
    """Make the branch with the last time that a caller was shown text by others, if any."""
    return _READ, (encode(caller), format_time(since), format_time(since - _NOTED_LATE))


def _suppressed_among(account: str, numbers: Sequence[str]) -> Branch:
    return _suppressed(len(numbers)), (account, *numbers)


@lru_cache(maxsize=dnc_registry.BATCH)
def _suppressed(numbers: int) -> str:
    return (
        f"SELECT {RowKind.NUMBER}, 0, 0, number, '', '', '' FROM ledger_memory "  # noqa: S608 - as above
        f"WHERE account = ? AND way = '{dnc_registry.ON}' "
        f"AND number IN ({', '.join('?' * numbers)})"
    )
