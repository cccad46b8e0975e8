"""What a call is judged by, read as one state of the store and by one statement."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import memory, reserving
from chasedata_mcp.ledger.chain import indexed, plain
from chasedata_mcp.ledger.events import read_time, written
from chasedata_mcp.ledger.freezing import frozen_of
from chasedata_mcp.ledger.granting import callers, grant_of
from chasedata_mcp.ledger.limits import Frozen, Grant, Known
from chasedata_mcp.ledger.unions import Branch, Found, Of
from chasedata_mcp.ledger.values import Kind
from chasedata_mcp.limits import Limit, Unit

_STATE = (
    f"SELECT {Of.ACCOUNT}, remembered, frozen_at, frozen_why, frozen_by "  # noqa: S608 - of the numbers above
    "FROM ledger_accounts WHERE account = ?"
)
_ANY = (
    f"SELECT {Of.HOLDS}, 1, '', '', '' WHERE EXISTS "  # noqa: S608 - as above
    f"(SELECT 1 FROM ledger_memory WHERE account = ? AND way = '{memory.ON}')"
)
_OPEN = (
    f"SELECT {Of.GRANT}, used, body, '', '' FROM ledger_grants "  # noqa: S608 - as above
    "WHERE account = ? AND until > ? AND caller IN (?, ?) AND revoked IS NULL AND used < at_most"
)
_READ = (
    f"SELECT {Of.READ}, 0, at, '', '' FROM (SELECT at FROM ledger_entries "  # noqa: S608 - as above
    "WHERE caller = ? AND tool = ? AND outcome = 'done' AND at > ? "
    # Where to begin is found by the time, with some room for what was noted late.
    "AND seq >= (SELECT seq FROM ledger_entries WHERE at > ? ORDER BY at LIMIT 1) "
    "AND EXISTS (SELECT 1 FROM ledger_events WHERE ledger_events.entry = ledger_entries.entry "
    "AND (what = 'found' OR (what = 'read' AND body LIKE '%\"detailed\":true%'))) "
    "ORDER BY seq DESC LIMIT 1) AS found"
)
_LIKE_IT = (
    f"SELECT {Of.TWIN}, 1, '', '', '' WHERE EXISTS (SELECT 1 FROM ledger_entries "  # noqa: S608 - as above
    f"WHERE digest = ? AND account = ? AND kind = '{Kind.WRITE.value}' "
    f"AND outcome <> '{Outcome.REFUSED.value}' AND at >= ?)"
)
_SHOWING = ("search_lead", "update_lead")
_NOTED_LATE = timedelta(minutes=1)


def branches(  # noqa: PLR0913, PLR0917 - as `Ledger.known`
    account: str,
    caller: str,
    numbers: Collection[str],
    units: Collection[Unit],
    limits: Sequence[Limit],
    now: datetime,
    read_since: datetime | None = None,
) -> list[Branch]:
    """The small questions whose answers a call is judged by."""
    ours = indexed(account)
    wanted = [indexed(number) for number in numbers]
    return [
        (_STATE, (ours,)),
        (_ANY, (ours,)),
        (_OPEN, (ours, written(now), *(indexed(name) for name in callers(caller)))),
        *([] if read_since is None else _last_reads(caller, read_since)),
        *reserving.branches(account, units, limits, now),
        *(
            _among(ours, wanted[start : start + memory.A_PART])
            for start in range(0, len(wanted), memory.A_PART)
        ),
    ]


def twin(digest: str, account: str, since: datetime) -> Branch:
    """Whether a call like this one was or may have been done since then: a row, or none."""
    return _LIKE_IT, (indexed(digest), indexed(account), written(since))


def known(rows: Iterable[Found], units: Collection[Unit], limits: Sequence[Limit]) -> Known:
    """What they are answered; what is kept beside the store is not looked at."""
    seen = _Seen()
    for row in rows:
        seen.take(*row)
    return seen.known(units, limits)


class _Seen:
    """The rows of the one statement, sorted by what they are for."""

    def __init__(self) -> None:
        self.suppressed: set[str] = set()
        self._frozen: Frozen | None = None
        self._remembered = 0
        self._holds = False
        self._read = ""
        self._counts: list[tuple[int, int]] = []
        self._grants: list[Grant] = []

    def take(self, what: int, number: int, one: str, two: str, three: str) -> None:
        match what:
            case Of.ACCOUNT:
                self._remembered = number
                self._frozen = frozen_of(one, two, three)
            case Of.COUNT:
                self._counts.append((int(one), number))
            case Of.NUMBER:
                self.suppressed.add(one)
            case Of.READ:
                self._read = max(self._read, one)
            case Of.GRANT:
                self._grants.append(grant_of(one, number))
            case _:
                self._holds = True

    def known(self, units: Collection[Unit], limits: Sequence[Limit]) -> Known:
        """All of it together; the count of a memory that holds nothing is of one that is lost."""
        return Known(
            frozen=self._frozen,
            suppressed=frozenset(map(plain, self.suppressed)),
            remembered=self._remembered if self._holds else 0,
            counts=reserving.counts_of(self._counts, units, limits),
            grants=tuple(sorted(self._grants, key=lambda grant: (grant.given, grant.id))),
            memory_lost=self._remembered > 0 and not self._holds,
            last_read=read_time(self._read) if self._read else None,
        )


def _last_reads(caller: str, since: datetime) -> list[Branch]:
    times = (written(since), written(since - _NOTED_LATE))
    return [(_READ, (indexed(caller), tool, *times)) for tool in _SHOWING]


def _among(account: str, numbers: Sequence[str]) -> Branch:
    return _held(len(numbers)), (account, *numbers)


@lru_cache(maxsize=memory.A_PART)
def _held(numbers: int) -> str:
    return (
        f"SELECT {Of.NUMBER}, 1, number, '', '' FROM ledger_memory "  # noqa: S608 - as above
        f"WHERE account = ? AND way = '{memory.ON}' AND number IN ({', '.join('?' * numbers)})"
    )
