"""Checks of the rows that are derived from events, against those events."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from itertools import groupby
from operator import itemgetter

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.connection import Connection, Row
from chasedata_mcp.ledger.event_bodies import ParsedEvent
from chasedata_mcp.ledger.events import EventKind
from chasedata_mcp.ledger.freeze import FROZEN_ACCOUNTS
from chasedata_mcp.ledger.grants import row_hash
from chasedata_mcp.ledger.rows import encode, make_entry_row
from chasedata_mcp.ledger.verification import Flaw, VerificationProblem

_KEYS = "SELECT seq, key FROM ledger_keys ORDER BY seq"
_COLUMNS = ("seq", "entry", "at", "kind", "tool", "caller", "account", "digest", "outcome")
_ENTRIES = "SELECT seq, entry, at, kind, tool, caller, account, digest, outcome FROM ledger_entries"
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


class KeyRows:
    """A check of the keys that find entries, in step with the walk along the chain."""

    def __init__(self, rows: RowReader) -> None:
        self._groups = groupby(rows.of(_KEYS), key=itemgetter(0))
        self._next = next(self._groups, None)
        # Keys that were read ahead of their event: one that was carried over a cut comes later.
        self._early: dict[int, set[str]] = {}

    def skip_to(self, seq: int) -> None:
        """Put aside the keys of entries before an event."""
        while self._next is not None and self._next[0] < seq:
            self._take()

    def of(self, seq: int) -> set[str]:
        """Return the keys of an entry, and take them from those to be accounted for."""
        self.skip_to(seq + 1)
        return self._early.pop(seq, set())

    def left(self) -> Iterator[VerificationProblem]:
        """Report the keys that no event accounts for."""
        while self._next is not None:
            self._take()
        for seq in self._early:
            text = "A number or subject is noted for an entry that isn't there."
            yield VerificationProblem(Flaw.INDEX, seq, text)

    def _take(self) -> None:
        if self._next is not None:
            self._early[self._next[0]] = {key for _, key in self._next[1]}
            self._next = next(self._groups, None)


class EntryRows:
    """A check of the rows that find entries."""

    def __init__(self) -> None:
        # The hash of each row alone, which takes a tenth of the row's memory.
        self._rows: dict[str, int] = {}
        self._outcomes: dict[str, tuple[int, str]] = {}

    def expect(self, event: ParsedEvent) -> None:
        """Derive from an event what the row of its entry has to be."""
        row = make_entry_row(event)
        if row:
            outcome = str(row.pop("outcome"))
            self._rows[event.entry] = _compact(row)
            self._outcomes.setdefault(event.entry, (-1, outcome))
        outcome = str(event.ended["outcome"]) if event.ended else Outcome.UNKNOWN.value
        if outcome != Outcome.UNKNOWN.value:
            seen, _ = self._outcomes.get(event.entry, (-1, ""))
            if event.seq > seen:
                self._outcomes[event.entry] = (event.seq, sys.intern(outcome))

    def problems(self, rows: RowReader) -> Iterator[VerificationProblem]:
        """Report the rows that don't agree."""
        for row in rows.of(_ENTRIES):
            if not self._agrees(row):
                yield VerificationProblem(
                    Flaw.INDEX, row[0], "What finds an entry doesn't agree with it."
                )
        for _ in self._rows:
            yield VerificationProblem(
                Flaw.INDEX, None, "An entry can't be found, though its events are there."
            )

    def _agrees(self, row: Row) -> bool:
        values: dict[str, object] = dict(zip(_COLUMNS, row, strict=True))
        entry, outcome = row[1], values.pop("outcome")
        expected = self._rows.pop(entry, None)
        return expected == _compact(values) and self._outcomes[entry][1] == outcome


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


def _compact(row: Mapping[str, object]) -> int:
    return hash(tuple(sorted(row.items())))
