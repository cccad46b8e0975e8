"""Checks of the rows that are derived from events, against those events."""

import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.connection import Connection, Row, Value
from chasedata_mcp.ledger.event_bodies import ParsedEvent
from chasedata_mcp.ledger.events import Body, EventKind
from chasedata_mcp.ledger.freeze import FROZEN_ACCOUNTS
from chasedata_mcp.ledger.grants import row_hash
from chasedata_mcp.ledger.models import EntryKind
from chasedata_mcp.ledger.rows import Label, encode, list_keys, make_label, shows_free_text
from chasedata_mcp.ledger.spans import LENGTH
from chasedata_mcp.ledger.verification import Flaw, VerificationProblem

_KEYS = "SELECT seq, key FROM ledger_keys WHERE seq >= ?"
_CALLS = "SELECT seq, entry, at, label FROM ledger_calls WHERE seq >= ? ORDER BY seq"
_CALL = "SELECT seq, entry, at, label FROM ledger_calls WHERE seq = ?"
_LABELS = "SELECT id, account, caller, tool, kind, outcome, free_text FROM ledger_labels"
_SPANS = "SELECT first, last, earliest, latest FROM ledger_spans ORDER BY first"
_GRANTS = "SELECT id, account, caller, until, at_most, body, revoked FROM ledger_grants"
_FREEZE = "An account is frozen, or is not, and the chain says otherwise."
_GRANT = "A grant is not as the chain says that it was given or revoked."


class RowReader:
    """A reader of long tables, a few rows at a time; the stack closes what is open."""

    def __init__(self, connection: Connection, stack: ExitStack) -> None:
        self._connection = connection
        self._stack = stack

    def of(self, statement: str, values: Sequence[Value] = ()) -> Iterator[Row]:
        """Read the rows of a query, as they come."""
        return self._stack.enter_context(closing(self._connection.stream(statement, values)))

    def all(self, statement: str, values: Sequence[Value]) -> Sequence[Row]:
        """Read the few rows of a query."""
        return self._connection.fetch_all(statement, values)


class _Sums:
    """Sums of the hashes of rows, one for the entries of each span: of what is expected, and found.

    They agree in whatever order both come, in little room; whoever changes a row can't know the
    hashes, which Python makes with a secret of the process.
    """

    def __init__(self) -> None:
        self._sums: defaultdict[int, int] = defaultdict(int)

    def add(self, seq: int, row: int) -> None:
        """Add a row that has to be there."""
        self._sums[(seq - 1) // LENGTH] += row

    def take(self, seq: int, row: int) -> None:
        """Take away a row that is there."""
        self._sums[(seq - 1) // LENGTH] -= row

    def problems(self, rows: str) -> Iterator[VerificationProblem]:
        """Report the spans whose rows are not those expected."""
        for number in sorted(number for number, rest in self._sums.items() if rest):
            events = f"{number * LENGTH + 1} to {(number + 1) * LENGTH}"
            text = f"{rows} of the events {events} doesn't agree with them."
            yield VerificationProblem(Flaw.INDEX, None, text)


class KeyRows:
    """A check of the keys that find entries, from a place in the chain on."""

    def __init__(self, first: int) -> None:
        self._sums = _Sums()
        self._first = first

    def expect(self, event: ParsedEvent) -> None:
        """Derive from an event the keys of the entry that it opens."""
        for key in list_keys(event):
            self._sums.add(event.seq, hash((key, event.seq, str)))

    def problems(self, rows: RowReader) -> Iterator[VerificationProblem]:
        """Report where the keys don't agree."""
        for seq, key in rows.of(_KEYS, (self._first,)):
            # With its type, since the same bytes hash as text does.
            self._sums.take(seq, hash((key, seq, key.__class__)))
        yield from self._sums.problems("What finds the entries by number or subject")


class EntryRows:
    """A check of what else finds the entries that have events from a place in the chain on."""

    def __init__(self, first: int) -> None:
        self._sums = _Sums()
        self._first = first
        # Of writes alone: reads and refusals end with the event that opens them.
        self._writes: defaultdict[str, _Write] = defaultdict(_Write)
        self._hashes: dict[Label, int] = {}

    def expect(self, event: ParsedEvent) -> None:
        """Derive from an event what the rows of its entry have to be."""
        kind = event.opens
        if kind is None:
            if event.ended is not None:
                self._writes[event.entry].end(event.seq, event.ended)
            return
        label = make_label(event, kind)
        call = _hash_call(event.seq, encode(event.entry), event.happened)
        if kind is EntryKind.WRITE:
            write = self._writes[event.entry]
            write.seq, write.call, write.label = event.seq, call, label
        else:
            self._sums.add(event.seq, hash((call, self._hash(label))))

    def list_unopened(self) -> list[str]:
        """List the entries that have ended since the place, and were opened before it."""
        return [entry for entry, write in self._writes.items() if write.label is None]

    def problems(self, rows: RowReader, end: int) -> Iterator[VerificationProblem]:
        """Report where the rows don't agree with the events up to an end."""
        for write in self._writes.values():
            if write.label is not None:
                label = write.label._replace(outcome=write.outcome, free_text=write.free_text)
                self._sums.add(write.seq, hash((write.call, self._hash(label))))
        labels = {number: hash(repr(tuple(label))) for number, *label in rows.of(_LABELS)}
        times: dict[int, tuple[str, str]] = {}
        for seq, entry, at, number in self._read_calls(rows):
            self._sums.take(seq, hash((_hash_call(seq, entry, at), labels.get(number))))
            if isinstance(at, str):
                earliest, latest = times.get((seq - 1) // LENGTH, (at, at))
                times[(seq - 1) // LENGTH] = min(earliest, at), max(latest, at)
        yield from self._sums.problems("What finds the entries")
        yield from _check_spans(rows, times, end)

    def _read_calls(self, rows: RowReader) -> Iterator[Row]:
        opened = [write.seq for write in self._writes.values() if write.label is not None]
        earlier = (rows.all(_CALL, (seq,)) for seq in opened if seq < self._first)
        return chain(rows.of(_CALLS, (self._first,)), chain.from_iterable(earlier))

    def _hash(self, label: Label) -> int:
        if label not in self._hashes:
            self._hashes[label] = hash(repr(tuple(label)))
        return self._hashes[label]


def _check_spans(
    rows: RowReader, times: Mapping[int, tuple[str, str]], end: int
) -> Iterator[VerificationProblem]:
    """Report the spans whose times leave out an entry, by which a page would leave it out too."""
    spans = {first: tuple(span) for first, *span in rows.of(_SPANS)}
    closed = max((last for last, *_ in spans.values()), default=0)
    if closed > end or closed % LENGTH:
        yield VerificationProblem(Flaw.INDEX, None, "There are times of entries that there aren't.")
        return
    for number, (earliest, latest) in times.items():
        first, last = number * LENGTH + 1, (number + 1) * LENGTH
        if last <= closed and not _is_within((last, earliest, latest), spans.get(first)):
            text = f"The times of the entries of the events {first} to {last} aren't those noted."
            yield VerificationProblem(Flaw.INDEX, None, text)


def _is_within(needed: tuple[int, str, str], span: tuple[object, ...] | None) -> bool:
    match span:
        case (int(last), str(earliest), str(latest)):
            return last == needed[0] and earliest <= needed[1] and needed[2] <= latest
        case _:
            return False


class _Write:
    """The events of a write, in whatever order: those carried over a cut come late."""

    __slots__ = ("call", "free_text", "known_at", "label", "outcome", "seq")

    def __init__(self) -> None:
        self.seq, self.call, self.known_at, self.free_text = 0, 0, -1, 0
        self.outcome: str = Outcome.UNKNOWN.value
        self.label: Label | None = None

    def end(self, seq: int, ending: Body) -> None:
        """Add an ending. The last that knows the outcome counts."""
        if ending["outcome"] != Outcome.UNKNOWN and seq > self.known_at:
            self.known_at, self.outcome = seq, sys.intern(str(ending["outcome"]))
        self.free_text |= shows_free_text(ending)


def _hash_call(seq: int, entry: str, at: str) -> int:
    # With their types, since the same bytes hash as text does.
    return hash((seq, entry, at, entry.__class__, at.__class__))


@dataclass(slots=True)
class Standing:
    """The freezes and grants that events tell of, as hashes of what their rows have to hold.

    Attributes:
        frozen: Of each account that is frozen.
        given: Of each grant.
        revoked: The time at which a grant was revoked.
    """

    frozen: dict[str, str] = field(default_factory=dict[str, str])
    given: dict[str, str] = field(default_factory=dict[str, str])
    revoked: dict[str, str] = field(default_factory=dict[str, str])

    def copy(self) -> "Standing":
        """Copy it as it is now."""
        return Standing(dict(self.frozen), dict(self.given), dict(self.revoked))

    def of_grants(self, present: Collection[str]) -> "Standing":
        """Leave out the grants that have no row: those are over, and get none again."""
        given = {key: row for key, row in self.given.items() if key in present}
        revoked = {key: at for key, at in self.revoked.items() if key in present}
        return Standing(dict(self.frozen), given, revoked)


class FreezeAndGrantRows:
    """A check of the rows of freezes and grants.

    Attributes:
        standing: What the events until now tell.
        present: The grants that have a row, once the rows were read.
    """

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.present: set[str] = set()

    def expect(self, event: ParsedEvent) -> None:
        """Derive from an event what the rows have to be."""
        body, standing = event.body, self.standing
        match event.what:
            case EventKind.FROZEN:
                frozen = event.at, encode(body["why"]), encode(body["by"])
                standing.frozen[encode(body["account"])] = _digest(frozen)
            case EventKind.REARMED:
                standing.frozen.pop(encode(body["account"]), None)
            case EventKind.GRANTED:
                given = (
                    *(encode(body["account"]), encode(body["caller"])),
                    *(body["until"], body["at_most"], body["row"]),
                )
                standing.given[encode(body["id"])] = _digest(given)
            case EventKind.REVOKED:
                standing.revoked[encode(body["id"])] = event.at
            case _:
                pass

    def problems(self, rows: RowReader) -> Iterator[VerificationProblem]:
        """Report the rows that don't agree."""
        frozen = dict(self.standing.frozen)
        for account, *found in rows.of(FROZEN_ACCOUNTS):
            if frozen.pop(account, None) != _digest(found):
                yield VerificationProblem(Flaw.STANDING, None, _FREEZE)
        for _ in frozen:
            yield VerificationProblem(Flaw.STANDING, None, _FREEZE)
        # Only the rows that are there: that of a grant that is over is removed. Uses aren't events.
        for grant_id, *stored, body, revoked in rows.of(_GRANTS):
            self.present.add(grant_id)
            given = self.standing.given.get(grant_id)
            is_given = given == _digest((*stored, row_hash(body)))
            if not is_given or revoked != self.standing.revoked.get(grant_id):
                yield VerificationProblem(Flaw.STANDING, None, _GRANT)


def _digest(values: Sequence[object]) -> str:
    return sha256(repr(tuple(values)).encode()).hexdigest()
