"""What a call is judged by, read as one state of the store and by one statement."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import dnc_registry
from chasedata_mcp.ledger.chain import indexed, plain
from chasedata_mcp.ledger.events import read_time, written
from chasedata_mcp.ledger.facts import Known, Likeness
from chasedata_mcp.ledger.freeze import frozen_of
from chasedata_mcp.ledger.grants import callers, grant_of
from chasedata_mcp.ledger.models import FREE_TEXT, Kind
from chasedata_mcp.ledger.reservations import Counting
from chasedata_mcp.ledger.union_query import Branch, Found, Of

_ENDED_IN_WORDS = f"(outcome <> '{Outcome.DONE.value}' OR tool = 'available_inbound_agents')"
"""What may have come back in the dialer's words: any failure, and who can take a call."""
_STATE = (
    # Below zero is what a memory held that holds nothing any more.
    f"SELECT {Of.ACCOUNT}, CASE WHEN EXISTS "  # noqa: S608 - of the numbers above
    f"(SELECT 1 FROM ledger_memory WHERE account = ? AND way = '{dnc_registry.ON}') "
    "THEN remembered ELSE -remembered END, remembered + let_go, "
    "frozen_at, frozen_why, frozen_by, rearmed "
    "FROM ledger_accounts WHERE account = ?"
)
_OPEN = (
    f"SELECT {Of.GRANT}, used, 0, body, '', '', '' FROM ledger_grants "  # noqa: S608 - as above
    "WHERE account = ? AND until > ? AND caller IN (?, ?) AND revoked IS NULL AND used < at_most"
)
_READ = (
    f"SELECT {Of.READ}, 0, 0, at, '', '', '' FROM (SELECT at FROM ledger_entries "  # noqa: S608 - as above
    "WHERE caller = ? AND at > ? "
    # Where to begin is found by the time, with some room for what was noted late.
    "AND seq >= (SELECT seq FROM ledger_entries WHERE at > ? ORDER BY at LIMIT 1) "
    f"AND ({_ENDED_IN_WORDS} OR tool IN ('search_lead', 'update_lead')) "
    "AND EXISTS (SELECT 1 FROM ledger_events WHERE ledger_events.entry = ledger_entries.entry "
    f"AND (({_ENDED_IN_WORDS} AND body LIKE '%\"{FREE_TEXT}\":true%') OR "
    f"(outcome = '{Outcome.DONE.value}' AND ((tool = 'update_lead' AND what = 'found') OR "
    "(tool = 'search_lead' AND what = 'read' AND body LIKE '%\"detailed\":true%'))))) "
    "ORDER BY seq DESC LIMIT 1) AS found"
)
"""No value passes for what is looked for in a body: its quotes are escaped there."""
_LIKE_IT = (
    f"SELECT {Of.TWIN}, 0, 0, '', '', '', '' WHERE EXISTS (SELECT 1 FROM ledger_entries "  # noqa: S608 - as above
    f"WHERE digest = ? AND account = ? AND kind = '{Kind.WRITE.value}' "
    f"AND outcome <> '{Outcome.REFUSED.value}' AND at >= ?)"
)
_NOTED_LATE = timedelta(minutes=1)
_UNKNOWN: Found = (Of.ACCOUNT, 0, 0, "", "", "", "")
"""What stands for the row of an account of which nothing was ever kept."""


def branches(  # noqa: PLR0913, PLR0917 - as `Ledger.known`
    account: str,
    caller: str,
    numbers: Collection[str],
    counting: Counting,
    now: datetime,
    read_since: datetime | None = None,
    like: Likeness | None = None,
) -> list[Branch]:
    """The small questions whose answers a call is judged by."""
    ours = indexed(account)
    wanted = [indexed(number) for number in numbers]
    return [
        (_STATE, (ours, ours)),
        (_OPEN, (ours, written(now), *(indexed(name) for name in callers(caller)))),
        *([] if read_since is None else [_last_read(caller, read_since)]),
        *([] if like is None else [_like(like, ours)]),
        *counting.branches(account),
        *(
            _among(ours, wanted[start : start + dnc_registry.A_PART])
            for start in range(0, len(wanted), dnc_registry.A_PART)
        ),
    ]


Answers = Mapping[int, Sequence[Found]]
"""The rows by what they are for."""


def sorted_out(rows: Iterable[Found]) -> Answers:
    """The rows, which come in any order, by what they are for."""
    found: dict[int, list[Found]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found


def rearmed(found: Answers) -> str:
    """When the account was rearmed last, empty where it never was."""
    return _account(found)[-1]


def known(
    found: Answers,
    counting: Counting,
    is_lost: Callable[[int], bool],
    like: Likeness | None = None,
) -> Known:
    """What was found; `is_lost` says whether a memory is that has ever held so many."""
    _, remembered, ever, frozen_at, why, by, _ = _account(found)
    grants = [grant_of(row[3], row[1]) for row in found.get(Of.GRANT, ())]
    return Known(
        frozen=frozen_of(frozen_at, why, by),
        suppressed=frozenset([plain(row[3]) for row in found.get(Of.NUMBER, ())]),
        remembered=max(0, remembered),
        counts=counting.counts({row[2]: row[1] for row in found.get(Of.COUNT, ())}),
        grants=tuple(sorted(grants, key=lambda grant: (grant.given, grant.id))),
        # The count of a memory that holds nothing is of one that is lost.
        memory_lost=remembered < 0 or is_lost(ever),
        last_read=max([read_time(row[3]) for row in found.get(Of.READ, ())], default=None),
        # Nobody has looked for a call like it where that wasn't asked.
        may_have_twin=like is None or Of.TWIN in found,
    )


def _account(found: Answers) -> Found:
    return next(iter(found.get(Of.ACCOUNT, ())), _UNKNOWN)


def _like(like: Likeness, account: str) -> Branch:
    """Whether a call like this one was or may have been done: a row, or none."""
    return _LIKE_IT, (indexed(like.digest), account, written(like.since))


def _last_read(caller: str, since: datetime) -> Branch:
    """When a caller was last shown what others wrote: a row, or none."""
    return _READ, (indexed(caller), written(since), written(since - _NOTED_LATE))


def _among(account: str, numbers: Sequence[str]) -> Branch:
    return _held(len(numbers)), (account, *numbers)


@lru_cache(maxsize=dnc_registry.A_PART)
def _held(numbers: int) -> str:
    return (
        f"SELECT {Of.NUMBER}, 0, 0, number, '', '', '' FROM ledger_memory "  # noqa: S608 - as above
        f"WHERE account = ? AND way = '{dnc_registry.ON}' "
        f"AND number IN ({', '.join('?' * numbers)})"
    )
