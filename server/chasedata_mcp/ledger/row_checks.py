"""Checks of the rows that are derived from events, against those events."""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.connection import Connection, Row
from chasedata_mcp.ledger.event_bodies import ParsedEvent
from chasedata_mcp.ledger.events import Body, EventKind
from chasedata_mcp.ledger.freeze import FROZEN_ACCOUNTS
from chasedata_mcp.ledger.grants import row_hash
from chasedata_mcp.ledger.models import EntryKind
from chasedata_mcp.ledger.rows import Label, encode, list_keys, make_label, shows_free_text
from chasedata_mcp.ledger.spans import LENGTH
from chasedata_mcp.ledger.verification import Flaw, VerificationProblem

_KEYS = "SELECT seq, key FROM ledger_keys"
_CALLS = "SELECT seq, entry, at, label FROM ledger_calls ORDER BY seq"
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

    def of(self, statement: str) -> Iterator[Row]:
        """Read the rows of a query, as they come."""
        return self._stack.enter_context(closing(self._connection.stream(statement)))


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
    """A check of the keys that find entries."""

    def __init__(self) -> None:
        self._sums = _Sums()

    def expect(self, event: ParsedEvent) -> None:
        """Derive from an event the keys of the entry that it opens."""
        for key in list_keys(event):
            self._sums.add(event.seq, hash((key, event.seq, str)))

    def problems(self, rows: RowReader) -> Iterator[VerificationProblem]:
        """Report where the keys don't agree."""
        for seq, key in rows.of(_KEYS):
            # With its type, since the same bytes hash as text does.
            self._sums.take(seq, hash((key, seq, key.__class__)))
        yield from self._sums.problems("What finds the entries by number or subject")


class EntryRows:
    """A check of the rows that find entries by anything else."""

    def __init__(self) -> None:
        self._sums = _Sums()
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

    def problems(self, rows: RowReader, end: int) -> Iterator[VerificationProblem]:
        """Report where the rows don't agree with the events up to an end."""
        for write in self._writes.values():
            if write.label is not None:
                label = write.label._replace(outcome=write.outcome, free_text=write.free_text)
                self._sums.add(write.seq, hash((write.call, self._hash(label))))
        labels = {number: hash(repr(tuple(label))) for number, *label in rows.of(_LABELS)}
        times: dict[int, tuple[str, str]] = {}
        for seq, entry, at, number in rows.of(_CALLS):
            self._sums.take(seq, hash((_hash_call(seq, entry, at), labels.get(number))))
            if isinstance(at, str):
                earliest, latest = times.get((seq - 1) // LENGTH, (at, at))
                times[(seq - 1) // LENGTH] = min(earliest, at), max(latest, at)
        yield from self._sums.problems("What finds the entries")
        yield from _check_spans(rows, times, end)

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
    """What the events say of a write, in whatever order: those carried over a cut come late."""

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


class FreezeAndGrantRows:
    """A check of the rows of freezes and grants."""

    def __init__(self) -> None:
        self._frozen: dict[str, tuple[object, ...]] = {}
        self._given: dict[str, tuple[object, ...]] = {}
        self._revoked: dict[str, str] = {}

    def expect(self, event: ParsedEvent) -> None:
        """Derive from an event what the rows have to be."""
        body = event.body
        match event.what:
            case EventKind.FROZEN:
                frozen = event.at, encode(body["why"]), encode(body["by"])
                self._frozen[encode(body["account"])] = frozen
            case EventKind.REARMED:
                self._frozen.pop(encode(body["account"]), None)
            case EventKind.GRANTED:
                self._given[encode(body["id"])] = (
                    *(encode(body["account"]), encode(body["caller"])),
                    *(body["until"], body["at_most"], body["row"]),
                )
            case EventKind.REVOKED:
                self._revoked[encode(body["id"])] = event.at
            case _:
                pass

    def problems(self, rows: RowReader) -> Iterator[VerificationProblem]:
        """Report the rows that don't agree."""
        for account, *found in rows.of(FROZEN_ACCOUNTS):
            if self._frozen.pop(account, None) != tuple(found):
                yield VerificationProblem(Flaw.STANDING, None, _FREEZE)
        for _ in self._frozen:
            yield VerificationProblem(Flaw.STANDING, None, _FREEZE)
        # Only the rows that are there: that of a grant that is over is removed. Uses aren't events.
        for grant_id, *stored, body, revoked in rows.of(_GRANTS):
            given = self._given.get(grant_id)
            if given != (*stored, row_hash(body)) or revoked != self._revoked.get(grant_id):
                yield VerificationProblem(Flaw.STANDING, None, _GRANT)
