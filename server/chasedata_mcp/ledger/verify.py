"""Walks the whole chain, and says where it isn't what was written."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.exc import DatabaseError

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.chain import entry_row, keys_of
from chasedata_mcp.ledger.event_bodies import Unfolded, unfold
from chasedata_mcp.ledger.events import FIRST, Event, What
from chasedata_mcp.ledger.queries import Rows, event_of
from chasedata_mcp.ledger.row_checks import Standing
from chasedata_mcp.ledger.schema import ENTRIES, EVENTS, KEYS
from chasedata_mcp.ledger.verdicts import Flaw, Head, Problem, Verdict

MOST = 20
"""So many problems are listed; after that, a store is known to be unsound."""


def verify(connection: Connection, kept: Head | None, given: Head | None) -> Verdict:
    """Verify a store against itself, and against heads that were kept elsewhere.

    Args:
        connection: Of a transaction that sees one state of the store.
        kept: The head beside the store, as it was before the transaction began.
        given: A head that was printed or sent elsewhere before.
    """
    walk = _Walk([head for head in (kept, given) if head is not None])
    try:
        with ExitStack() as stack:
            problems = list(islice(walk.problems(Rows(connection, stack)), MOST))
    except DatabaseError:
        problems = [Problem(Flaw.UNREADABLE, None, "The database can't read the store.")]
    return Verdict(walk.head, kept, walk.pruned, tuple(problems))


class _Walk:
    """One walk along the chain; what it has passed so far."""

    def __init__(self, heads: list[Head]) -> None:
        self.head = Head(0, FIRST)
        self.pruned = 0
        self._heads = heads
        self._checkpoints: set[Head] = set()
        self._derived = _Derived()
        self._standing = Standing()

    def problems(self, rows: Rows) -> Iterator[Problem]:
        """Everything that is wrong, as it is found."""
        start: Head | None = None
        keys = _Keys(rows)
        for row in rows.of(select(EVENTS).order_by(EVENTS.c.seq)):
            event = event_of(row)
            if start is None:
                start = self.head = self._start(event)
                keys.skip_to(event.seq)
            yield from self._step(event)
            yield from self._check_body(event, keys)
        yield from self._end(start)
        yield from keys.left()
        yield from self._derived.problems(rows)
        yield from self._standing.problems(rows)

    def _start(self, event: Event) -> Head:
        """The end of what was pruned before the first event, or the beginning of all."""
        if event.seq <= 1:
            return self.head
        self.pruned = event.seq - 1
        return Head(event.seq - 1, event.prev)

    def _step(self, event: Event) -> Iterator[Problem]:
        if event.seq <= self.head.count:
            text = "There is an event where none can be."
            yield Problem(Flaw.INSERTED, event.seq, text)
        elif event.seq > self.head.count + 1:
            gone = event.seq - self.head.count - 1
            text = f"{_events(gone)} before this one {'is' if gone == 1 else 'are'} gone."
            yield Problem(Flaw.REMOVED, event.seq, text)
        elif event.prev != self.head.hash:
            text = "It does not follow the event before it: one of the two isn't in its place."
            yield Problem(Flaw.BROKEN, event.seq, text)
        if not _sealed(event):
            yield Problem(Flaw.EDITED, event.seq, "Its content is not what was sealed.")
        self.head = Head(event.seq, event.hash)
        yield from self._compare()

    def _compare(self) -> Iterator[Problem]:
        """Hold the heads of elsewhere against the chain where it has their count."""
        for kept in self._heads:
            if kept.count == self.head.count and kept.hash != self.head.hash:
                text = "A head kept elsewhere has another hash here: the chain was written anew."
                yield Problem(Flaw.EDITED, kept.count, text)

    def _check_body(self, event: Event, keys: "_Keys") -> Iterator[Problem]:
        try:
            unfolded = unfold(event)
            if unfolded.what is What.PRUNED:
                upto = Head(unfolded.body["upto"], unfolded.body["hash"])
                self._checkpoints.add(upto)
            expected = keys_of(unfolded)
            self._derived.expect(unfolded)
            self._standing.expect(unfolded)
        except (ValueError, KeyError, TypeError, AttributeError):
            yield Problem(Flaw.EDITED, event.seq, "Its content can't be read.")
            return
        if unfolded.opens is not None and keys.of(unfolded.seq) != expected:
            text = "What finds it by number or subject doesn't agree with it."
            yield Problem(Flaw.INDEX, event.seq, text)

    def _end(self, start: Head | None) -> Iterator[Problem]:
        if start is not None and start.count > 0 and start not in self._checkpoints:
            first = "event is" if start.count == 1 else f"{start.count} events are"
            text = f"The first {first} gone, and no checkpoint says so."
            yield Problem(Flaw.REMOVED, start.count + 1, text)
        for kept in self._heads:
            if kept.count > self.head.count:
                text = f"The chain had {_events(kept.count)} once and has {self.head.count}."
                yield Problem(Flaw.CUT, self.head.count, text)
            if start is not None and kept.count == start.count and kept.hash != start.hash:
                text = "A head kept elsewhere has another hash where the chain was pruned."
                yield Problem(Flaw.EDITED, kept.count, text)


class _Keys:
    """The keys by the number of their entry, in step with the walk."""

    def __init__(self, rows: Rows) -> None:
        ordered = rows.of(select(KEYS).order_by(KEYS.c.seq))
        self._groups = groupby(ordered, key=lambda row: row.seq)
        self._next = next(self._groups, None)
        # Of entries that were carried over a cut, whose events come again at any place.
        self._early: dict[int, set[str]] = {}

    def skip_to(self, seq: int) -> None:
        """Put aside what belongs before the first event."""
        while self._next is not None and self._next[0] < seq:
            self._take()

    def of(self, seq: int) -> set[str]:
        """The keys of an entry, which are then done with."""
        self.skip_to(seq + 1)
        return self._early.pop(seq, set())

    def left(self) -> Iterator[Problem]:
        """The keys that no event accounts for."""
        while self._next is not None:
            self._take()
        for seq in self._early:
            text = "A number or subject is noted for an entry that isn't there."
            yield Problem(Flaw.INDEX, seq, text)

    def _take(self) -> None:
        if self._next is not None:
            self._early[self._next[0]] = {row.key for row in self._next[1]}
            self._next = next(self._groups, None)


class _Derived:
    """The rows that find entries, as the events say that they have to be."""

    def __init__(self) -> None:
        # Of each row its hash alone, which is a tenth of the memory.
        self._rows: dict[str, int] = {}
        self._outcomes: dict[str, tuple[int, str]] = {}

    def expect(self, event: Unfolded) -> None:
        """Learn from an event what the row of its entry has to be."""
        row = entry_row(event)
        if row:
            outcome = str(row.pop("outcome"))
            self._rows[event.entry] = _compact(row)
            self._outcomes.setdefault(event.entry, (-1, outcome))
        outcome = str(event.ended["outcome"]) if event.ended else Outcome.UNKNOWN.value
        if outcome != Outcome.UNKNOWN.value:
            seen, _ = self._outcomes.get(event.entry, (-1, ""))
            if event.seq > seen:
                self._outcomes[event.entry] = (event.seq, sys.intern(outcome))

    def problems(self, rows: Rows) -> Iterator[Problem]:
        """Where the rows don't agree."""
        for row in rows.of(select(ENTRIES)):
            if not self._agrees(row):
                yield Problem(Flaw.INDEX, row.seq, "What finds an entry doesn't agree with it.")
        for _ in self._rows:
            yield Problem(Flaw.INDEX, None, "An entry can't be found, though its events are there.")

    def _agrees(self, row: Row[Any]) -> bool:
        values: dict[str, object] = dict(zip(ENTRIES.c.keys(), row, strict=True))
        outcome = values.pop("outcome")
        expected = self._rows.pop(row.entry, None)
        return expected == _compact(values) and self._outcomes[row.entry][1] == outcome


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


def _sealed(event: Event) -> bool:
    try:
        return event.sealed
    except (TypeError, ValueError):
        return False


def _compact(row: dict[str, object]) -> int:
    return hash(tuple(sorted(row.items())))
